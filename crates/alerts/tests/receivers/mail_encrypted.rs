//! A real mail server over encrypted connections: aiosmtpd, with a certificate of an authority of our own.
//!
//! Where it is not installed the tests say so and pass; `cargo xtask test` installs it. `LOGSIFT_NEED_SERVICES=1` makes
//! its absence a failure.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use logsift_alerts::outbox::EntryState;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::work::{Work, until};

const LONG: Duration = Duration::from_secs(60);

struct MailServer {
    process: Child,
    port: u16,
    folder: TempDir,
}

impl MailServer {
    /// Starts one that speaks TLS in that manner; nothing where there is none to start.
    fn start(certificate: &str, key: &str) -> Option<MailServer> {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"];
        let make = |words: &[&str]| {
            let made = Command::new("openssl").args(request).args(words).stderr(Stdio::null()).status();
            assert!(made.is_ok_and(|status| status.success()), "openssl makes a certificate");
        };
        let (authority, authority_key) = (at("authority.pem"), at("authority.key"));
        make(&["-subj", "/CN=authority", "-keyout", &authority_key, "-out", &authority]);
        let server = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
        let no_authority = ["-addext", "basicConstraints=critical,CA:FALSE"];
        let signed = ["-CA", &authority, "-CAkey", &authority_key];
        let files = ["-keyout", &at("key.pem"), "-out", &at("cert.pem")];
        make(&[&server[..], &no_authority, &signed, &files].concat());
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let started = Command::new("aiosmtpd")
            .args([
                "-n",
                "-l",
                &format!("localhost:{port}"),
                certificate,
                &at("cert.pem"),
                key,
                &at("key.pem"),
            ])
            .args(["-c", "aiosmtpd.handlers.Mailbox", &at("box")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match started {
            Ok(process) => {
                until(LONG, "the mail server listens", || TcpStream::connect(("localhost", port)).is_ok());
                Some(MailServer { process, port, folder })
            }
            Err(error) => {
                assert!(std::env::var_os("LOGSIFT_NEED_SERVICES").is_none(), "aiosmtpd: {error}");
                eprintln!("SKIPPED: aiosmtpd is not installed: {error}");
                None
            }
        }
    }

    fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    fn channel(&self, tls: &str, reach: &Value) -> Value {
        json!({ "mail": { "smtp": {
            "host": "localhost", "port": self.port, "tls": tls, "from": "logsift <logsift@example.com>",
            "to": ["you@example.com"], "reach": reach,
        } } })
    }

    /// What arrived.
    fn mails(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path().join("box/new")).into_iter().flatten().flatten();
        entries.map(|entry| String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned()).collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn arrives(server: &MailServer, tls: &str) {
    let work = Work::start(server.channel(tls, &json!({ "authority": server.authority() })));
    work.tell(&["a"]);
    work.sent_within(LONG);
    work.stop();
    let mails = server.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].contains("Subject: ") && mails[0].contains("trouble a"), "{}", mails[0]);
}

#[test]
fn mail_goes_over_a_connection_that_becomes_encrypted() {
    let Some(server) = MailServer::start("--tlscert", "--tlskey") else { return };
    arrives(&server, "starttls");
}

#[test]
fn mail_goes_over_a_connection_that_is_encrypted_from_the_beginning() {
    let Some(server) = MailServer::start("--smtpscert", "--smtpskey") else { return };
    arrives(&server, "tls");
}

#[test]
fn a_server_whose_certificate_nobody_vouches_for_gets_nothing() {
    let Some(server) = MailServer::start("--tlscert", "--tlskey") else { return };
    let work = Work::start(server.channel("starttls", &json!({})));
    work.tell(&["a"]);
    until(LONG, "it is tried", || {
        let waiting = work.service.outbox().list(Some(EntryState::Waiting), 9).unwrap();
        waiting.iter().any(|entry| !entry.why.is_empty())
    });
    assert_eq!(server.mails(), Vec::<String>::new());
    work.stop();
}
