//! A journal of systemd, as journald's own tools write one, against the daemon: in another folder, and over a kill.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::daemon::Daemon;

/// Where Debian has it; on no path, since only services start it.
const WRITER: &str = "/lib/systemd/systemd-journal-remote";

/// Adds entries to the journal in a folder: one a second, in turns of two units.
fn write(folder: &Path, numbers: std::ops::Range<u64>) {
    let mut export = String::new();
    for number in numbers {
        let unit = if number % 2 == 0 { "shop" } else { "mail" };
        write!(
            export,
            "__REALTIME_TIMESTAMP={}\n__MONOTONIC_TIMESTAMP={}\n_BOOT_ID=0123456789abcdef0123456789abcdef\n\
             _MACHINE_ID=fedcba9876543210fedcba9876543210\n_HOSTNAME=web-1\nPRIORITY=6\nSYSLOG_IDENTIFIER={unit}\n\
             _SYSTEMD_UNIT={unit}.service\n_PID=7\nMESSAGE=request {number} served\n\n",
            1_768_471_200_000_000 + number * 1_000_000,
            (number + 1) * 1_000_000,
        )
        .unwrap();
    }
    let entries = folder.with_extension("export");
    fs::write(&entries, export).unwrap();
    let written = Command::new(WRITER)
        .arg("-o")
        .arg(folder.join("remote.journal"))
        .arg(&entries)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(written.unwrap().success());
}

/// Says loudly that the tools are missing, which `cargo xtask test` installs where it can.
#[expect(clippy::print_stderr, reason = "who runs the tests is to see it")]
fn is_missing() -> bool {
    let reads = Command::new("journalctl").arg("--version").stdout(Stdio::null()).status();
    let missing = !Path::new(WRITER).exists() || !reads.is_ok_and(|status| status.success());
    if missing {
        eprintln!(
            "SKIPPED: systemd-journal-remote is not installed; `cargo xtask test` installs it on Debian as root"
        );
    }
    missing
}

#[test]
fn a_journal_is_read_once_over_a_kill_and_by_unit() {
    if is_missing() {
        return;
    }
    let (state, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let journal = folder.path().join("journal");
    fs::create_dir(&journal).unwrap();
    write(&journal, 0..50);
    let words = ["--journald", "--journald-folder", journal.to_str().unwrap()];
    let mut daemon = Daemon::start(state.path(), &words);
    daemon.wait_for(50);
    daemon.kill();
    write(&journal, 50..80);
    let daemon = Daemon::start(state.path(), &words);
    daemon.wait_for(80);
    drop(daemon);
    let other = tempfile::tempdir().unwrap();
    let units = [&words[..], &["--unit", "shop.service"]].concat();
    let daemon = Daemon::start(other.path(), &units);
    daemon.wait_for(40);
    // Those of the other unit would have come by now.
    std::thread::sleep(Duration::from_millis(500));
    daemon.wait_for(40);
}
