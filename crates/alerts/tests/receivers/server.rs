//! Servers on 127.0.0.1 that do what a script says: answer, refuse, hang, drip, reset, redirect, never end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// What a server does with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    Ok,
    Status(u16),
    /// 429 with `Retry-After: 1`.
    TooMany,
    Hang,
    /// A byte a second.
    Slow,
    /// It has the request; nobody is told.
    Lost,
    Redirect(u16),
    /// A body without an end.
    Huge,
    Garbage,
    /// Mail: refused at the recipient.
    Refuse(u16),
    /// Mail: it takes the mail and closes before it says so.
    Drop,
}

/// A request or a mail that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) at: Instant,
    pub(crate) behaviour: Behaviour,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let start = format!("{}:", name.to_ascii_lowercase());
        let line = self.head.lines().find(|line| line.to_ascii_lowercase().starts_with(&start))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    }
}

/// A server, and what it got.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) port: u16,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Server {
    /// Does these one after the other, the last one for ever.
    pub(crate) fn http(script: &[Behaviour]) -> Server {
        Server::start(script, http)
    }

    pub(crate) fn mail(script: &[Behaviour]) -> Server {
        Server::start(script, mail)
    }

    fn start(
        script: &[Behaviour],
        serve: fn(TcpStream, Behaviour, &Mutex<Vec<Got>>) -> std::io::Result<()>,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let got: Arc<Mutex<Vec<Got>>> = Arc::default();
        let (script, kept) = (script.to_vec(), Arc::clone(&got));
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let behaviour = *script.get(number).unwrap_or(script.last().unwrap());
                let kept = Arc::clone(&kept);
                // A sender that goes away in the middle is no error of the test.
                thread::spawn(move || stream.and_then(|stream| serve(stream, behaviour, &kept)));
            }
        });
        Server { port, got }
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

fn reset(stream: TcpStream) {
    // Unread bytes make the kernel answer with a reset instead of an end.
    drop(stream);
}

fn http(mut stream: TcpStream, behaviour: Behaviour, got: &Mutex<Vec<Got>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body).into_owned();
    got.lock().unwrap().push(Got { at: Instant::now(), behaviour, head, body });
    let plain = |status: u16, more: &str| {
        format!("HTTP/1.1 {status} X\r\n{more}Content-Length: 2\r\nConnection: close\r\n\r\nok")
    };
    match behaviour {
        Behaviour::Ok => stream.write_all(plain(200, "").as_bytes()),
        Behaviour::Status(status) => stream.write_all(plain(status, "").as_bytes()),
        Behaviour::TooMany => stream.write_all(plain(429, "Retry-After: 1\r\n").as_bytes()),
        Behaviour::Redirect(port) => {
            let place = format!("Location: http://127.0.0.1:{port}/internal\r\n");
            stream.write_all(plain(302, &place).as_bytes())
        }
        Behaviour::Hang => {
            thread::sleep(Duration::from_secs(60));
            Ok(())
        }
        Behaviour::Slow => {
            for byte in plain(200, "").bytes() {
                stream.write_all(&[byte])?;
                thread::sleep(Duration::from_secs(1));
            }
            Ok(())
        }
        Behaviour::Lost | Behaviour::Drop => {
            reset(stream);
            Ok(())
        }
        Behaviour::Huge => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n")?;
            loop {
                stream.write_all(&[b'x'; 65_536])?;
            }
        }
        Behaviour::Garbage | Behaviour::Refuse(_) => {
            stream.write_all(b"\x00\xff\x16\x03\x01 SSH-2.0-not-http\r\n")
        }
    }
}

fn mail(mut stream: TcpStream, behaviour: Behaviour, got: &Mutex<Vec<Got>>) -> std::io::Result<()> {
    if behaviour == Behaviour::Hang {
        thread::sleep(Duration::from_secs(60));
    }
    let mut reader = BufReader::new(stream.try_clone()?);
    stream.write_all(b"220 test ESMTP\r\n")?;
    let mut head = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let word = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        match word.as_str() {
            "EHLO" | "HELO" => stream.write_all(b"250-test\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n")?,
            "RCPT" if matches!(behaviour, Behaviour::Refuse(_)) => {
                let Behaviour::Refuse(code) = behaviour else { return Ok(()) };
                stream.write_all(format!("{code} no\r\n").as_bytes())?;
            }
            "DATA" => {
                stream.write_all(b"354 go\r\n")?;
                let mut body = String::new();
                loop {
                    let mut line = String::new();
                    if reader.read_line(&mut line)? == 0 || line == ".\r\n" {
                        break;
                    }
                    body.push_str(&line);
                }
                got.lock().unwrap().push(Got { at: Instant::now(), behaviour, head: head.clone(), body });
                if behaviour == Behaviour::Drop {
                    return stream.shutdown(Shutdown::Both);
                }
                stream.write_all(b"250 stored\r\n")?;
            }
            "QUIT" => return stream.write_all(b"221 bye\r\n"),
            "AUTH" => {
                head.push_str(&line);
                stream.write_all(b"235 ok\r\n")?;
            }
            _ => {
                head.push_str(&line);
                stream.write_all(b"250 ok\r\n")?;
            }
        }
    }
}
