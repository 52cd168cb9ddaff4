//! A daemon to which things happen: its disk fills, an fsync fails, its state is damaged, newer, or in use, handles are few, it
//! is told to stop, and it is sent what nobody may see.
//!
//! Real faults and the real program: a small file system, a file system that cannot be written to, a system call that
//! fails. What needs more rights than there are, or a program that is not there, is skipped and says so.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// A daemon, perhaps below a program that makes a fault.
struct Daemon {
    child: Child,
    port: u16,
    errors: PathBuf,
}

impl Daemon {
    /// Starts one in that folder, with the state `state`; `below` stands before its words.
    fn start(folder: &Path, below: &[&str]) -> Daemon {
        Daemon::start_with(folder, below, &[])
    }

    /// The same with more words.
    fn start_with(folder: &Path, below: &[&str], more: &[&str]) -> Daemon {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let errors = folder.join("errors");
        let listen = format!("127.0.0.1:{port}");
        let program = env!("CARGO_BIN_EXE_logsift");
        let words = [below, &[program, "serve", "--state", "state", "--listen", &listen], more].concat();
        let child = Command::new(words[0])
            .args(&words[1..])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::options().create(true).append(true).open(&errors).unwrap())
            .spawn()
            .unwrap();
        let daemon = Daemon { child, port, errors };
        daemon.wait_until("it answers", || daemon.ask("GET", "/livez", "").is_some());
        daemon
    }

    /// Status and body of an answer; nothing where nobody answers.
    fn ask(&self, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let status = answer.get(9..12)?.parse().ok()?;
        Some((status, answer.split_once("\r\n\r\n")?.1.to_owned()))
    }

    /// Pushes a line with that number; says how that was answered.
    fn push(&self, number: usize) -> u16 {
        self.push_wide(number, 0)
    }

    /// The same line with so many bytes behind it.
    fn push_wide(&self, number: usize, bytes: usize) -> u16 {
        let line = format!("2026-01-15T10:00:00Z INFO request {number} served {}\n", "x".repeat(bytes));
        self.ask("POST", "/ingest", &line).map_or(0, |(status, _)| status)
    }

    fn is_degraded(&self) -> bool {
        self.ask("GET", "/api/v1/status", "").is_some_and(|(_, body)| body.contains("state_not_saved"))
    }

    /// Whether so many lines were read, and no more came.
    fn has_read(&self, lines: usize) -> bool {
        let counted = format!("\"lines\":{{\"came_in\":{lines},\"processed\":{lines},\"in_flight\":0}}");
        self.ask("GET", "/api/v1/status", "").is_some_and(|(_, body)| body.contains(&counted))
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.errors).unwrap_or_default()
    }

    fn wait_until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let since = Instant::now();
        while !is_so() {
            assert!(since.elapsed() < PATIENCE, "{what}: {}", self.said());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Ends the daemon itself, also where it stands below another program.
    fn signal(&self, signal: &str) {
        let own = format!("/proc/{0}/task/{0}/children", self.child.id());
        let below = fs::read_to_string(own).unwrap_or_default();
        let pid = below.split_whitespace().next().map_or(self.child.id().to_string(), str::to_owned);
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    fn end_of_a_dead_one(mut self) {
        self.child.wait().unwrap();
    }

    fn end(mut self, signal: &str) -> Option<i32> {
        self.signal(signal);
        self.child.wait().unwrap().code()
    }
}

fn export(folder: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_logsift"));
    command.args(["state", "export", "--lines", "--state", "state"]).current_dir(folder);
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

/// The numbers of lines that are in an export.
fn numbers(exported: &str) -> Vec<usize> {
    let number = |line: &str| line.split(' ').nth(3)?.parse().ok();
    exported.lines().filter_map(number).collect()
}

/// Says loudly that a fault cannot be made here.
#[expect(clippy::print_stderr, reason = "who runs the tests is to see it")]
fn cannot(fault: &str, words: &[&str]) -> bool {
    let done = Command::new(words[0]).args(&words[1..]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let cannot = !done.is_ok_and(|status| status.success());
    if cannot {
        eprintln!("SKIPPED: {fault} needs `{}`", words.join(" "));
    }
    cannot
}

/// Runs what follows where `state` is a file system of so many bytes.
const SMALL: &str = "mkdir -p state && mount -t tmpfs -o size=16m tmpfs state && exec \"$@\"";
/// The same where it cannot be written to.
const READ_ONLY: &str = "mount --bind state state && mount -o remount,ro,bind state && exec \"$@\"";

#[test]
fn a_full_disk_is_said_and_nothing_acknowledged_is_lost() {
    if cannot("a full disk", &["unshare", "-m", "true"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(folder.path(), &["unshare", "-m", "sh", "-c", SMALL, "sh"]);
    // Another process sees the small file system through the daemon only.
    let state = PathBuf::from(format!("/proc/{}/root", daemon.child.id()))
        .join(folder.path().join("state").strip_prefix("/").unwrap());
    let mut kept = Vec::new();
    for round in 0..3 {
        let number = round * 10;
        assert_eq!(daemon.push(number), 204);
        kept.push(number);
        let mut filler = File::create(state.join("filler")).unwrap();
        while filler.write_all(&[0; 4096]).is_ok() {}
        drop(filler);
        // More than what is left in the last page of a file.
        assert_eq!(daemon.push_wide(number + 1, 64 << 10), 503);
        daemon.wait_until("it says that nothing is saved", || daemon.is_degraded());
        fs::remove_file(state.join("filler")).unwrap();
        let since = Instant::now();
        daemon.wait_until("it saves again", || daemon.push(number + 2) == 204);
        assert!(since.elapsed() < Duration::from_secs(15), "{:?}", since.elapsed());
        kept.push(number + 2);
    }
    let copied = folder.path().join("copied");
    fs::create_dir(&copied).unwrap();
    let copy = Command::new("cp").arg("-r").arg(&state).arg(copied.join("state")).status().unwrap();
    assert!(copy.success());
    assert_eq!(daemon.end("-TERM"), Some(0));
    let found = numbers(&export(&copied));
    assert!(kept.iter().all(|number| found.contains(number)), "{kept:?} {found:?}");
}

#[test]
fn a_disk_that_cannot_be_written_to_is_said_at_the_start() {
    if cannot("a read-only disk", &["unshare", "-m", "true"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("state")).unwrap();
    let words =
        ["-m", "sh", "-c", READ_ONLY, "sh", env!("CARGO_BIN_EXE_logsift"), "serve", "--state", "state"];
    let done =
        Command::new("unshare").args(words).arg("--no-listen").current_dir(folder.path()).output().unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(4), "{said}");
    assert!(said.contains("state`: Read-only file system"), "{said}");
}

#[test]
fn an_fsync_that_failed_is_not_believed_later() {
    if cannot("a failing fsync", &["strace", "-o", "/dev/null", "true"]) {
        return;
    }
    for failing in ["2", "3+3"] {
        let folder = tempfile::tempdir().unwrap();
        let inject = format!("inject=fdatasync:error=EIO:when={failing}");
        let words = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", &inject];
        let daemon = Daemon::start(folder.path(), &words);
        let kept: Vec<usize> = (0..12).filter(|number| daemon.push(*number) == 204).collect();
        assert!(kept.len() > 6, "{kept:?}: {}", daemon.said());
        assert!(daemon.said().contains("Input/output error"), "{}", daemon.said());
        daemon.end("-KILL");
        let found = numbers(&export(folder.path()));
        assert!(kept.iter().all(|number| found.contains(number)), "{kept:?} {found:?}");
        let parts = fs::read_dir(folder.path().join("state/journal")).unwrap().count();
        assert!(parts > 1, "what failed is written again into a new file");
    }
}

#[test]
fn twenty_kills_lose_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let (mut kept, mut number) = (Vec::new(), 0);
    for kill in 0..20 {
        let daemon = Daemon::start(folder.path(), &[]);
        let pid = daemon.child.id().to_string();
        // It strikes while lines are pushed, at another moment each time.
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20 + kill * 37 % 150));
            Command::new("kill").args(["-KILL", &pid]).status().unwrap()
        });
        loop {
            let status = daemon.push(number);
            if status == 204 {
                kept.push(number);
            }
            number += 1;
            if status == 0 {
                break;
            }
        }
        assert!(killer.join().unwrap().success());
        daemon.end_of_a_dead_one();
    }
    let found = numbers(&export(folder.path()));
    assert!(kept.len() > 20, "{} of {number} were acknowledged", kept.len());
    assert!(kept.iter().all(|number| found.contains(number)), "{kept:?} {found:?}");
    // Of what was not acknowledged, some may be there; nothing else, and nothing twice.
    assert!(found.is_sorted() && found.iter().all(|found| *found < number), "{found:?}");
    assert!(found.windows(2).all(|two| two[0] != two[1]), "{found:?}");
}

/// The files that a start reads of a state that was stopped, with an epoch that is over.
fn stopped(folder: &Path) -> Vec<PathBuf> {
    let daemon = Daemon::start(folder, &[]);
    let lines: String =
        (0..600).map(|number| format!("2026-01-15T10:00:00Z INFO request {number} served\n")).collect();
    assert_eq!(daemon.ask("POST", "/ingest", &lines).unwrap().0, 204);
    assert!(daemon.ask("POST", "/api/v1/models/train", "").is_some());
    let models = folder.join("state/models");
    daemon.wait_until("a model is written", || {
        fs::read_dir(&models).is_ok_and(|mut files| files.any(|file| file.is_ok()))
    });
    daemon.push(600);
    assert_eq!(daemon.end("-TERM"), Some(0));
    let newest = |name: &str| {
        let files = fs::read_dir(folder.join("state").join(name)).unwrap().flatten();
        files.map(|file| file.path()).max().unwrap()
    };
    vec![newest("journal"), newest("models"), folder.join("state/facts.sqlite")]
}

fn serve(folder: &Path, words: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_logsift"));
    command.args(["serve", "--state", "state", "--no-listen"]).args(words).current_dir(folder);
    // One that is not refused would go on for ever.
    let (said, into) = std::io::pipe().unwrap();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(into).spawn().unwrap();
    drop(command);
    let since = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if since.elapsed() > PATIENCE => {
                child.kill().unwrap();
                break child.wait().unwrap();
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    (status.code(), std::io::read_to_string(said).unwrap())
}

#[test]
fn a_damaged_state_starts_with_what_is_sound_or_not_at_all_if_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let files = stopped(folder.path());
    let damages: [fn(&mut Vec<u8>); 4] = [
        |bytes| bytes.truncate(bytes.len() / 2),
        |bytes| bytes.fill(0),
        |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x40;
        },
        |bytes| bytes.clear(),
    ];
    for file in &files {
        let sound = fs::read(file).unwrap();
        for damage in damages {
            let mut bytes = sound.clone();
            damage(&mut bytes);
            fs::write(file, &bytes).unwrap();
            let since = Instant::now();
            let daemon = Daemon::start(folder.path(), &[]);
            assert!(since.elapsed() < Duration::from_secs(10), "{}: {:?}", file.display(), since.elapsed());
            assert_eq!(daemon.push(700), 204);
            let said = daemon.said();
            assert_eq!(daemon.end("-TERM"), Some(0));
            assert!(!said.contains("panicked"), "{}: {said}", file.display());
            fs::remove_dir_all(folder.path().join("state")).unwrap();
            stopped(folder.path());
        }
    }
    let facts = folder.path().join("state/facts.sqlite");
    fs::write(&facts, [7; 9000]).unwrap();
    let (code, said) = serve(folder.path(), &["--require-state"]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("facts.sqlite") && said.contains("--require-state"), "{said}");
    assert_eq!(fs::read(&facts).unwrap(), [7; 9000], "it is left as it is");
}

#[test]
fn a_newer_state_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let files = stopped(folder.path());
    for file in files.iter().filter(|file| file.extension().is_some_and(|end| end != "sqlite")) {
        let sound = fs::read(file).unwrap();
        let mut newer = sound.clone();
        newer[8..12].copy_from_slice(&99u32.to_le_bytes());
        fs::write(file, &newer).unwrap();
        let (code, said) = serve(folder.path(), &[]);
        assert_eq!(code, Some(4), "{}: {said}", file.display());
        assert!(said.contains("99") && said.contains("formats up to"), "{said}");
        assert_eq!(fs::read(file).unwrap(), newer);
        fs::write(file, &sound).unwrap();
    }
}

#[test]
fn a_state_in_use_is_refused_and_one_of_a_dead_process_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let first = Daemon::start(folder.path(), &[]);
    let (code, said) = serve(folder.path(), &[]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains(&format!("used by process {}", first.child.id())), "{said}");
    first.end("-KILL");
    let second = Daemon::start(folder.path(), &[]);
    assert_eq!(second.push(1), 204);
    assert_eq!(second.end("-TERM"), Some(0));
}

#[test]
fn a_few_handles_are_enough_for_many_files() {
    const FEW: [&str; 2] = ["prlimit", "--nofile=64:64"];
    if cannot("few handles", &[FEW[0], FEW[1], "true"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs");
    fs::create_dir(&logs).unwrap();
    let append = |second: usize| {
        for number in 0..150 {
            let path = logs.join(format!("of-{number}-only.log"));
            let mut file = File::options().create(true).append(true).open(path).unwrap();
            writeln!(file, "2026-01-15T10:00:0{second}Z INFO request {number} served").unwrap();
        }
    };
    append(0);
    let daemon = Daemon::start_with(folder.path(), &FEW, &["logs"]);
    daemon.wait_until("every file is read", || daemon.has_read(150));
    append(1);
    daemon.wait_until("what came later is, too", || daemon.has_read(300));
    assert_eq!(daemon.push(1), 204);
    for number in 0..150 {
        fs::remove_file(logs.join(format!("of-{number}-only.log"))).unwrap();
    }
    let open = || {
        let files = fs::read_dir(format!("/proc/{}/fd", daemon.child.id())).unwrap().flatten();
        let places = files.filter_map(|file| fs::read_link(file.path()).ok());
        places.filter(|place| place.starts_with(&logs)).count()
    };
    daemon.wait_until("no deleted file is held", || open() == 0);
    assert_eq!(daemon.end("-TERM"), Some(0));
}

/// A service that begins a new file now and then, and turns a link to it.
#[test]
fn what_a_link_leads_to_is_read_once_wherever_it_is_turned() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let begin = |number: usize| {
        let name = format!("host.{number}.log");
        let lines: String = (0..10)
            .map(|nth| format!("2026-01-15T10:00:0{nth}Z INFO request {} served\n", number * 10 + nth))
            .collect();
        fs::write(folder.join(&name), lines).unwrap();
        let _ = fs::remove_file(folder.join("app.log"));
        std::os::unix::fs::symlink(&name, folder.join("app.log")).unwrap();
    };
    begin(0);
    let daemon = Daemon::start_with(folder, &[], &["*.log"]);
    for number in 1..6 {
        daemon.wait_until("all is read", || daemon.has_read(number * 10));
        // As it is seen, whatever the daemon does at that moment.
        std::thread::sleep(Duration::from_millis(170 * number as u64));
        begin(number);
    }
    daemon.wait_until("all is read", || daemon.has_read(60));
    std::thread::sleep(Duration::from_secs(2));
    assert!(daemon.has_read(60), "{:?}", daemon.ask("GET", "/api/v1/status", ""));
    daemon.signal("-TERM");
    daemon.end_of_a_dead_one();
    let mut read = numbers(&export(folder));
    read.sort_unstable();
    assert_eq!(read, (0..60).collect::<Vec<_>>());
}

#[test]
fn it_stops_within_seconds_and_at_once_when_told_twice() {
    let folder = tempfile::tempdir().unwrap();
    let lines: String = (0..100_000)
        .map(|number| format!("2026-01-15T10:00:00Z INFO request {number} served by {}\n", number % 7))
        .collect();
    let daemon = Daemon::start(folder.path(), &[]);
    assert_eq!(daemon.ask("POST", "/ingest", &lines).unwrap().0, 204);
    let since = Instant::now();
    assert_eq!(daemon.end("-TERM"), Some(0));
    assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
    let daemon = Daemon::start(folder.path(), &[]);
    assert_eq!(daemon.ask("POST", "/ingest", &lines).unwrap().0, 204);
    daemon.signal("-TERM");
    std::thread::sleep(Duration::from_millis(10));
    assert_eq!(daemon.end("-TERM"), None, "the second signal ended it");
    assert_eq!(numbers(&export(folder.path())).len(), 200_000);
}

#[test]
fn it_stops_within_seconds_though_thousands_of_logs_are_being_read() {
    const LOGS: usize = 2000;
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs");
    fs::create_dir(&logs).unwrap();
    for number in 0..LOGS {
        let line = format!("2026-01-15T10:00:00Z INFO request {number} served\n");
        fs::write(logs.join(format!("app-{number:05}.log")), line).unwrap();
    }
    for patience in [300, 900] {
        let daemon = Daemon::start_with(folder.path(), &[], &["logs"]);
        std::thread::sleep(Duration::from_millis(patience));
        let since = Instant::now();
        assert_eq!(daemon.end("-TERM"), Some(0));
        assert!(since.elapsed() < Duration::from_secs(3), "{:?}", since.elapsed());
    }
    let daemon = Daemon::start_with(folder.path(), &[], &["logs"]);
    daemon.wait_until("all of it is read, and nothing twice", || daemon.has_read(LOGS));
    assert_eq!(daemon.end("-TERM"), Some(0));
    let mut found = numbers(&export(folder.path()));
    found.sort_unstable();
    assert_eq!(found, (0..LOGS).collect::<Vec<_>>());
}

#[test]
fn a_process_that_dies_leaves_no_picture_of_its_memory() {
    const LARGE: [&str; 2] = ["prlimit", "--core=1000000:1000000"];
    if cannot("cores", &[LARGE[0], LARGE[1], "true"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(folder.path(), &LARGE);
    let limits = fs::read_to_string(format!("/proc/{}/limits", daemon.child.id())).unwrap();
    let cores = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(cores.split_whitespace().nth(4), Some("0"), "{cores}");
    assert_eq!(daemon.end("-TERM"), Some(0));
}

/// All bytes of all files in a folder, and their names.
fn everything(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => everything(&path),
            false => vec![(path.clone(), fs::read(&path).unwrap())],
        })
        .collect()
}

#[test]
fn what_is_redacted_stands_in_no_file_and_no_answer() {
    const SECRETS: [(&str, &str); 5] = [
        ("login with password=hunter2hunter2 failed", "hunter2hunter2"),
        ("connecting to postgres://app:s3cr3tword@db.example.com/shop", "s3cr3tword"),
        ("authorization: Bearer abcdef0123456789abcdef", "abcdef0123456789abcdef"),
        ("mail of jane.roe@example.com was refused", "jane.roe@example.com"),
        ("card 4111 1111 1111 1111 was declined", "1111 1111 1111"),
    ];
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("app.log");
    let line = |number: usize| {
        let (minute, second) = (number / 600, number / 10 % 60);
        let secret = SECRETS[number / 7 % SECRETS.len()].0;
        let text = if number.is_multiple_of(7) {
            format!("ERROR {secret}")
        } else {
            format!("INFO request {number} served")
        };
        format!("2026-01-15T10:{minute:02}:{second:02}Z {text}\n")
    };
    let lines: String = (0..2000).map(line).collect();
    fs::write(&logs, &lines).unwrap();
    let daemon = Daemon::start_with(folder.path(), &[], &["app.log", "--redact", "--own-log", "json"]);
    assert_eq!(daemon.ask("POST", "/ingest", &lines).unwrap().0, 204);
    daemon.wait_until("all is read", || daemon.has_read(4000));
    daemon.ask("POST", "/api/v1/models/train", "").unwrap();
    daemon.wait_until("a model is written", || {
        fs::read_dir(folder.path().join("state/models")).is_ok_and(|mut files| files.any(|file| file.is_ok()))
    });
    let paths = [
        "/metrics",
        "/api/v1/templates",
        "/api/v1/incidents",
        "/api/v1/findings",
        "/api/v1/lines",
        "/api/v1/status",
    ];
    let mut found: Vec<(PathBuf, Vec<u8>)> =
        paths.map(|path| (path.into(), daemon.ask("GET", path, "").unwrap().1.into_bytes())).to_vec();
    assert_eq!(daemon.end("-TERM"), Some(0));
    fs::remove_file(&logs).unwrap();
    found.extend(everything(folder.path()));
    let exported = export(folder.path());
    assert!(exported.contains("[redacted:email]"), "{}", exported.lines().next().unwrap_or_default());
    found.push(("export".into(), exported.into_bytes()));
    for (place, bytes) in &found {
        for (_, secret) in SECRETS {
            let shown = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!shown, "`{secret}` stands in {}", place.display());
        }
    }
}
