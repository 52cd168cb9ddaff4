//! Servers and clients that tests talk to: installed where they are missing and that can be done, so that one command runs everything.
//!
//! As root on a machine with `apt-get`, the packages of [`WANTED`] are installed without starting their services. Elsewhere
//! a word is said, and the tests that need them skip themselves with another.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Programs, and the packages that bring them.
const WANTED: [(&str, &str); 7] = [
    ("prometheus-alertmanager", "prometheus-alertmanager"),
    ("prometheus", "prometheus"),
    ("rsyslogd", "rsyslog"),
    ("aiosmtpd", "python3-aiosmtpd"),
    ("openssl", "openssl"),
    ("strace", "strace"),
    ("systemd-journal-remote", "systemd-journal-remote"),
];

/// What a package manager asks before it starts a service.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Installs what is missing.
pub(crate) fn install() {
    let missing: Vec<&str> =
        WANTED.iter().filter(|(program, _)| !is_there(program)).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return;
    }
    eprintln!("installing {} for tests", missing.join(", "));
    if !with_apt(&missing) {
        eprintln!("could not install {}: tests that need them are skipped", missing.join(", "));
    }
}

fn is_there(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    // Servers stand where only root looks for programs.
    let places = std::env::split_paths(&folders).chain(["/usr/sbin".into(), "/lib/systemd".into()]);
    places.into_iter().any(|folder| folder.join(program).is_file())
}

fn with_apt(packages: &[&str]) -> bool {
    let policy = forbid_services();
    let done = apt(&["install", "-y", "-q", "--no-install-recommends"], packages)
        || apt(&["update", "-q"], &[]) && apt(&["install", "-y", "-q", "--no-install-recommends"], packages);
    if policy {
        // Left behind it would keep other packages from starting theirs.
        let _ = fs::remove_file(POLICY);
    }
    done
}

fn apt(words: &[&str], packages: &[&str]) -> bool {
    let mut command = Command::new("apt-get");
    command.args(words).args(packages).env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Keeps packages from starting services while they are installed. Says whether it has to be undone.
fn forbid_services() -> bool {
    if Path::new(POLICY).exists() || fs::write(POLICY, "#!/bin/sh\nexit 101\n").is_err() {
        return false;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let _ = fs::set_permissions(POLICY, fs::Permissions::from_mode(0o755));
    }
    true
}
