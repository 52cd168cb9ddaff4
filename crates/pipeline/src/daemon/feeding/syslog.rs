//! Syslog from the network in, its lines to the keeper: RFC 3164 and 5424, over UDP, and over TCP by octet counts or newlines.
//!
//! A message is handed on as it came, with its priority: the reader knows both forms. What has several lines becomes one,
//! so that nobody can write a line in another's name. Over TCP the sender waits when there is no room; a datagram cannot
//! wait and is counted as dropped, also where the system dropped it before we saw it.

use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use logsift_stores::journal::{Source, count_lines};

use super::super::counted::{Append, Shared};
use super::super::{StartError, thread};

/// How long a read waits before it is asked whether all ends.
const PATIENCE: Duration = Duration::from_millis(250);
/// Datagrams are handed on together: so many bytes, or as many as come in that time.
const TOGETHER: usize = 256 << 10;
const SOON: Duration = Duration::from_millis(50);
/// A message over TCP is cut here.
const LONGEST: usize = 1 << 20;
/// Connections at once.
const CONNECTIONS: usize = 256;
/// How often the system is asked what it dropped.
const ASK: Duration = Duration::from_secs(2);

/// Listens for datagrams.
pub(super) fn udp(
    shared: Arc<Shared>,
    listen: SocketAddr,
) -> Result<std::thread::JoinHandle<()>, StartError> {
    let refused = |source| StartError::Io { action: format!("listen for syslog at udp {listen}"), source };
    let socket = UdpSocket::bind(listen).map_err(refused)?;
    socket.set_read_timeout(Some(SOON)).map_err(refused)?;
    thread("syslog-udp", move || Datagrams::new(shared, socket).run())
}

/// Listens for connections.
pub(super) fn tcp(
    shared: Arc<Shared>,
    listen: SocketAddr,
) -> Result<std::thread::JoinHandle<()>, StartError> {
    let refused = |source| StartError::Io { action: format!("listen for syslog at tcp {listen}"), source };
    let listener = TcpListener::bind(listen).map_err(refused)?;
    listener.set_nonblocking(true).map_err(refused)?;
    thread("syslog-tcp", move || accept(&shared, &listener))
}

fn source(over: &str) -> Source {
    Source { name: format!("syslog/{over}"), kind: "syslog".to_owned(), labels: Vec::new() }
}

struct Datagrams {
    shared: Arc<Shared>,
    socket: UdpSocket,
    lines: Vec<u8>,
    since: Instant,
    asked: Instant,
    lost: u64,
}

impl Datagrams {
    fn new(shared: Arc<Shared>, socket: UdpSocket) -> Datagrams {
        let now = Instant::now();
        let lost = lost_by_system(&socket).unwrap_or(0);
        Datagrams { shared, socket, lines: Vec::new(), since: now, asked: now, lost }
    }

    fn run(mut self) {
        let mut datagram = vec![0; 64 << 10];
        while !self.shared.is_stopping() {
            // A refused answer to somebody else comes up here as an error; it is nobody's loss.
            if let Ok((count, _)) = self.socket.recv_from(&mut datagram) {
                push_line(datagram.get(..count).unwrap_or_default(), &mut self.lines);
            }
            if self.lines.len() >= TOGETHER || self.since.elapsed() >= SOON {
                self.hand_on();
            }
            if self.asked.elapsed() >= ASK {
                self.ask();
            }
        }
        self.hand_on();
    }

    fn hand_on(&mut self) {
        self.since = Instant::now();
        if self.lines.is_empty() {
            return;
        }
        let lines = std::mem::take(&mut self.lines);
        let count = count_lines(&lines);
        let append = Append { source: source("udp"), file: None, lines, count, ends: true, then: None };
        if self.shared.offer(vec![append]).is_err() {
            self.shared.drop_lines("datagram-queue-full", count);
        }
    }

    fn ask(&mut self) {
        self.asked = Instant::now();
        let Some(lost) = lost_by_system(&self.socket) else { return };
        self.shared.drop_lines("datagram-lost-by-system", lost.saturating_sub(self.lost));
        self.lost = lost;
    }
}

/// Datagrams that the system had no room for, as `/proc/net/udp` tells it.
fn lost_by_system(socket: &UdpSocket) -> Option<u64> {
    let address = socket.local_addr().ok()?;
    let table = if address.is_ipv4() { "/proc/net/udp" } else { "/proc/net/udp6" };
    let text = std::fs::read_to_string(table).ok()?;
    let port = format!(":{:04X}", address.port());
    let row =
        text.lines().find(|row| row.split_whitespace().nth(1).is_some_and(|local| local.ends_with(&port)))?;
    row.split_whitespace().last()?.parse().ok()
}

fn accept(shared: &Arc<Shared>, listener: &TcpListener) {
    let open = Arc::new(AtomicUsize::new(0));
    while !shared.is_stopping() {
        match listener.accept() {
            // Who comes too many is turned away, and comes again.
            Ok(_) if open.load(Ordering::Relaxed) >= CONNECTIONS => {}
            Ok((stream, _)) => {
                let (shared, open) = (Arc::clone(shared), Arc::clone(&open));
                open.fetch_add(1, Ordering::Relaxed);
                let counted = Arc::clone(&open);
                let started = thread("syslog-peer", move || {
                    // A connection that breaks is the sender's to mend.
                    let _ = Connection { shared, stream, pending: Vec::new() }.run();
                    open.fetch_sub(1, Ordering::Relaxed);
                });
                if started.is_err() {
                    counted.fetch_sub(1, Ordering::Relaxed);
                }
            }
            Err(_) => std::thread::sleep(PATIENCE / 5),
        }
    }
}

struct Connection {
    shared: Arc<Shared>,
    stream: TcpStream,
    pending: Vec<u8>,
}

impl Connection {
    fn run(mut self) -> io::Result<()> {
        self.stream.set_nonblocking(false)?;
        self.stream.set_read_timeout(Some(PATIENCE))?;
        let mut block = vec![0; 64 << 10];
        while !self.shared.is_stopping() {
            match self.stream.read(&mut block) {
                Ok(0) => break,
                Ok(count) => self.pending.extend_from_slice(block.get(..count).unwrap_or_default()),
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
                    ) =>
                {
                    continue;
                }
                Err(error) => return Err(error),
            }
            let lines = unframe(&mut self.pending, false);
            self.hand_on(lines);
        }
        let lines = unframe(&mut self.pending, true);
        self.hand_on(lines);
        Ok(())
    }

    fn hand_on(&self, lines: Vec<u8>) {
        if lines.is_empty() {
            return;
        }
        let count = count_lines(&lines);
        let append = Append { source: source("tcp"), file: None, lines, count, ends: true, then: None };
        if self.shared.hand(append).is_err() {
            self.shared.drop_lines("lost-at-stop", count);
        }
    }
}

/// Takes whole messages off, each as a line. With `ended` what is left is one, too.
fn unframe(pending: &mut Vec<u8>, ended: bool) -> Vec<u8> {
    let (mut lines, mut used) = (Vec::new(), 0);
    while let Some((message, count)) = next(pending.get(used..).unwrap_or_default(), ended) {
        push_line(message, &mut lines);
        used += count;
    }
    pending.drain(..used);
    lines
}

/// The first message and how many bytes it takes with its frame.
fn next(bytes: &[u8], ended: bool) -> Option<(&[u8], usize)> {
    if bytes.is_empty() {
        return None;
    }
    if let Some((digits, length)) = octets(bytes) {
        let start = digits + 1;
        let whole = bytes.get(start..start + length).map(|message| (message, start + length));
        return whole.or_else(|| ended.then(|| (bytes.get(start..).unwrap_or_default(), bytes.len())));
    }
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) if end <= LONGEST => Some((bytes.get(..end)?, end + 1)),
        _ if bytes.len() >= LONGEST => Some((bytes.get(..LONGEST)?, LONGEST)),
        Some(end) => Some((bytes.get(..end)?, end + 1)),
        None => ended.then_some((bytes, bytes.len())),
    }
}

/// `57 <34>1 …`: how many digits, and the length that they say.
fn octets(bytes: &[u8]) -> Option<(usize, usize)> {
    let digits = bytes.iter().take(8).take_while(|byte| byte.is_ascii_digit()).count();
    let starts = bytes.get(digits..digits + 2).is_some_and(|next| next == b" <");
    let length: usize = std::str::from_utf8(bytes.get(..digits)?).ok()?.parse().ok()?;
    (starts && (1..=LONGEST).contains(&length)).then_some((digits, length))
}

/// A message as one line: what would begin another becomes a blank.
fn push_line(message: &[u8], lines: &mut Vec<u8>) {
    let end = message.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r' | 0)).map_or(0, |at| at + 1);
    let message = message.get(..end).unwrap_or_default();
    if !message.is_empty() {
        lines.extend(message.iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }));
        lines.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], ended: bool, lines: &str, left: &str) {
        let mut pending = bytes.to_vec();
        let found = unframe(&mut pending, ended);
        assert_eq!(
            (String::from_utf8(found).unwrap().as_str(), pending.as_slice()),
            (lines, left.as_bytes())
        );
    }

    #[test]
    fn both_framings_are_understood_and_mixed() {
        check(b"<34>one\n<34>two\n<3", false, "<34>one\n<34>two\n", "<3");
        check(b"7 <34>one7 <34>two9 <34>", false, "<34>one\n<34>two\n", "9 <34>");
        check(b"8 <34>a\nb\n7 <34>two<34>three\n", false, "<34>a b\n<34>two\n<34>three\n", "");
        check(b"<34>last", true, "<34>last\n", "");
        check(b"99 <34>cut", true, "<34>cut\n", "");
        // A number that is no count is text.
        check(b"12 monkeys\n", false, "12 monkeys\n", "");
        check(b"\n\r\n\0\n", false, "", "");
    }

    #[test]
    fn a_message_without_end_is_cut() {
        let mut pending = vec![b'x'; LONGEST + 10];
        assert_eq!(unframe(&mut pending, false).len(), LONGEST + 1);
        assert_eq!(pending.len(), 10);
    }
}
