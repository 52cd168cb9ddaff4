//! Files that are no plain files, or change while they are read: nothing hangs.

use std::path::{Path, PathBuf};
use std::process::Command;

use logsift_sources::NoticeKind;

use crate::making::*;

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn a_fifo_in_a_folder_is_skipped() {
    let folder = tempfile::tempdir().unwrap();
    fifo(&folder.path().join("pipe"));
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    std::fs::write(folder.path().join("a.log"), "a\n").unwrap();
    let seen = read(&plan_of(&[folder.path()]));
    assert_eq!(seen.names(folder.path()), ["a.log"]);
    assert!(seen.told(NoticeKind::Skipped, "is a FIFO and was skipped"));
    assert!(seen.told(NoticeKind::Skipped, "is a socket and was skipped"));
}

#[test]
fn a_fifo_that_was_named_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    fifo(&path);
    let writer = std::thread::spawn({
        let path = path.clone();
        move || std::fs::write(path, gzip(b"through the pipe\n")).unwrap()
    });
    let seen = read(&plan_of(&[&path]));
    writer.join().unwrap();
    assert_eq!(seen.logs[0].1, b"through the pipe\n");
    assert_eq!(seen.notices, []);
}

#[test]
fn a_file_that_was_swapped_for_a_fifo_does_not_block() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    std::fs::write(&path, "a\n").unwrap();
    let plan = plan_of(&[folder.path()]);
    std::fs::remove_file(&path).unwrap();
    fifo(&path);
    let seen = read(&plan);
    assert!(seen.logs.is_empty() && seen.told(NoticeKind::Unreadable, "is now a FIFO"), "{:?}", seen.notices);
    std::fs::remove_file(&path).unwrap();
    assert!(read(&plan).told(NoticeKind::Unreadable, "could not be opened: no such file"));
}

#[test]
fn endless_devices_are_refused() {
    for device in ["/dev/zero", "/dev/urandom"] {
        let seen = read(&plan_of(&[Path::new(device)]));
        assert!(seen.logs.is_empty() && seen.told(NoticeKind::Unreadable, "is a device"), "{device}");
    }
    let seen = read(&plan_of(&[Path::new("/dev/null")]));
    assert_eq!((seen.logs.len(), seen.notices.len()), (1, 0));
}

#[test]
fn open_files_can_be_named_by_their_number() {
    use std::os::fd::AsRawFd;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    std::fs::write(&path, "a\n").unwrap();
    let file = std::fs::File::open(&path).unwrap();
    let name = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    let seen = read(&plan_of(&[&name]));
    assert_eq!(seen.logs[0].1, b"a\n");

    let (reader, writer) = std::io::pipe().unwrap();
    std::thread::spawn(move || std::io::Write::write_all(&mut { writer }, b"piped\n").unwrap());
    let name = PathBuf::from(format!("/proc/self/fd/{}", reader.as_raw_fd()));
    assert_eq!(read(&plan_of(&[&name])).logs[0].1, b"piped\n");
}

#[test]
fn files_of_the_system_are_read_only_by_name() {
    let seen = read(&plan_of(&[Path::new("/proc/self/status")]));
    assert!(seen.logs[0].1.starts_with(b"Name:"));
    let seen = read(&plan_of(&[Path::new("/proc/self")]));
    assert!(seen.logs.is_empty() && seen.told(NoticeKind::Skipped, "the state of the system"));
}

#[test]
fn what_may_not_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let forbidden = folder.path().join("secret.log");
    std::fs::write(&forbidden, "s\n").unwrap();
    std::fs::write(folder.path().join("z.log"), "z\n").unwrap();
    std::fs::create_dir(folder.path().join("locked")).unwrap();
    for path in [&forbidden, &folder.path().join("locked")] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o000)).unwrap();
    }
    if std::fs::File::open(&forbidden).is_ok() {
        eprintln!("SKIPPED: what_may_not_be_read_is_told needs a user that is not root");
        return;
    }
    let seen = read(&plan_of(&[folder.path()]));
    assert_eq!(seen.names(folder.path()), ["z.log"]);
    assert!(seen.told(NoticeKind::Unreadable, "could not be opened: permission denied"));
    assert!(seen.told(NoticeKind::Unreadable, "the folder could not be read: permission denied"));
}

#[test]
fn logs_with_odd_bytes_are_logs() {
    let text = String::from_utf8(lines(200)).unwrap();
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin = text.replace("served", "bedient f\u{fc}r").chars().map(|c| c as u32 as u8).collect();
    for bytes in [Vec::new(), utf16, latin, [vec![0; 100_000], text.clone().into_bytes()].concat()] {
        let seen = read_bytes(&bytes);
        assert!(seen.logs[0].1 == bytes);
        assert_eq!(seen.notices, []);
    }
}
