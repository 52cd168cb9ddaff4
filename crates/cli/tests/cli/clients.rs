//! Programs that people run already against the daemon: rsyslog and logger send to it, Prometheus scrapes it.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::daemon::{Daemon, PATIENCE};

/// Ends a program with its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Says loudly that a program is missing, which `cargo xtask test` installs where it can.
#[expect(clippy::print_stderr, reason = "who runs the tests is to see it")]
fn is_missing(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&folders).chain(["/usr/sbin".into(), "/sbin".into()]);
    let missing = !places.into_iter().any(|folder| folder.join(program).is_file());
    if missing {
        eprintln!("SKIPPED: `{program}` is not installed; `cargo xtask test` installs it on Debian as root");
    }
    missing
}

/// An address that was free a moment ago.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < PATIENCE, "{what}");
        thread::sleep(Duration::from_millis(50));
    }
}

fn rsyslog(folder: &Path, port: u16, framing: &str) -> Running {
    let socket = folder.join("log.sock");
    let folder = folder.display();
    let settings = format!(
        "global(workDirectory=\"{folder}\")\n\
         module(load=\"imuxsock\" SysSock.Use=\"off\")\n\
         input(type=\"imuxsock\" Socket=\"{folder}/log.sock\" RateLimit.Interval=\"0\")\n\
         action(type=\"omfwd\" target=\"127.0.0.1\" port=\"{port}\" protocol=\"tcp\" TCP_Framing=\"{framing}\" \
         template=\"RSYSLOG_SyslogProtocol23Format\" action.resumeRetryCount=\"-1\")\n"
    );
    let file = socket.with_file_name("rsyslog.conf");
    fs::write(&file, settings).unwrap();
    let mut command = Command::new("rsyslogd");
    command.arg("-n").arg("-f").arg(&file).arg("-i").arg(socket.with_file_name("rsyslogd.pid"));
    let path = std::env::var("PATH").unwrap_or_default();
    let child = command.env("PATH", format!("{path}:/usr/sbin")).stderr(Stdio::null()).spawn().unwrap();
    wait_until("rsyslog opens its socket", || socket.exists());
    Running(child)
}

#[test]
fn rsyslog_sends_in_both_framings_and_every_line_arrives() {
    if is_missing("rsyslogd") || is_missing("logger") {
        return;
    }
    for framing in ["traditional", "octet-counted"] {
        let (state, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let address = free();
        let daemon = Daemon::start(state.path(), &["--syslog-tcp", &address.to_string()]);
        let _rsyslog = rsyslog(folder.path(), address.port(), framing);
        let lines: String =
            (0..500).map(|number| format!("worker {number} finished job {}\n", number * 7)).collect();
        let mut logger = Command::new("logger")
            .args(["-t", "shop", "-u"])
            .arg(folder.path().join("log.sock"))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        logger.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
        assert!(logger.wait().unwrap().success());
        wait_until(framing, || {
            let status = daemon.get("/api/v1/status");
            // What rsyslog says of itself may come beside them.
            let came = status.split("\"processed\":").nth(1).and_then(|rest| rest.split(',').next());
            came.and_then(|count| count.parse::<u64>().ok()).is_some_and(|count| count >= 500)
        });
        wait_until("the template is known", || {
            daemon.get("/api/v1/templates").contains("worker <number> finished job <number>")
        });
    }
}

#[test]
fn logger_sends_datagrams() {
    if is_missing("logger") {
        return;
    }
    let state = tempfile::tempdir().unwrap();
    let address = free();
    let daemon = Daemon::start(state.path(), &["--syslog-udp", &address.to_string()]);
    for format in ["--rfc3164", "--rfc5424"] {
        let port = address.port().to_string();
        let sent = Command::new("logger")
            .args(["--udp", format, "-n", "127.0.0.1", "-P", &port, "-t", "shop", "disk is full"])
            .status();
        assert!(sent.unwrap().success());
    }
    daemon.wait_for(2);
}

#[test]
fn prometheus_scrapes_and_finds_nothing_to_complain_of() {
    if is_missing("prometheus") || is_missing("promtool") {
        return;
    }
    let (state, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let daemon = Daemon::start(state.path(), &[]);
    daemon.post("/ingest?app=shop", "2026-11-21T10:00:00Z INFO one\n2026-11-21T10:00:01Z INFO two\n");
    daemon.wait_for(2);
    let answer = daemon.get("/metrics");
    let metrics = answer.split_once("\r\n\r\n").unwrap().1;
    let mut tool = Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).spawn().unwrap();
    tool.stdin.take().unwrap().write_all(metrics.as_bytes()).unwrap();
    assert!(tool.wait().unwrap().success(), "{metrics}");
    let settings = format!(
        "global: {{ scrape_interval: 1s, scrape_timeout: 1s }}\nscrape_configs:\n  - job_name: logsift\n    \
         static_configs: [{{ targets: ['{}'] }}]\n",
        daemon.address
    );
    let file = folder.path().join("prometheus.yml");
    fs::write(&file, settings).unwrap();
    let address = free().to_string();
    let child = Command::new("prometheus")
        .arg(format!("--config.file={}", file.display()))
        .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
        .arg(format!("--web.listen-address={address}"))
        .stderr(Stdio::null())
        .spawn();
    let _prometheus = Running(child.unwrap());
    wait_until("Prometheus has scraped", || {
        let Ok(mut stream) = TcpStream::connect(&address) else { return false };
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let question = "GET /api/v1/query?query=logsift_lines_total HTTP/1.0\r\nHost: localhost\r\n\r\n";
        let mut answer = String::new();
        stream.write_all(question.as_bytes()).unwrap();
        stream.read_to_string(&mut answer).is_ok() && answer.contains(",\"2\"]")
    });
}
