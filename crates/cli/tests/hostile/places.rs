//! Folders, links and files that are not what they seem, or change while they are read.
#![cfg(unix)]

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};

use super::making::lines;
use super::scan::Place;

fn fifo(place: &Place, name: &str) {
    assert!(Command::new("mkfifo").arg(place.path().join(name)).status().unwrap().success());
}

#[test]
fn what_is_no_file_in_a_folder_does_not_hang() {
    let place = Place::new();
    place.write("good.log", lines(20));
    fifo(&place, "pipe.log");
    let _listener = UnixListener::bind(place.path().join("socket.log")).unwrap();
    symlink("/dev/zero", place.path().join("zero.log")).unwrap();
    symlink("/dev/urandom", place.path().join("random.log")).unwrap();
    let scanned = place.scan();
    assert_eq!((scanned.code, scanned.records()), (0, 20), "{}", scanned.report["notices"]);
    for name in ["pipe.log", "socket.log"] {
        assert!(scanned.told(name, ""), "{name}: {}", scanned.report["notices"]);
    }
}

#[test]
fn links_lead_neither_out_nor_around() {
    let outside = Place::with(lines(100));
    let place = Place::new();
    place.write("a/b/good.log", lines(20));
    symlink(place.path(), place.path().join("a/b/around")).unwrap();
    symlink(".", place.path().join("a/self")).unwrap();
    symlink(outside.path(), place.path().join("out")).unwrap();
    symlink(outside.path().join("input.log"), place.path().join("out.log")).unwrap();
    symlink("nowhere", place.path().join("broken.log")).unwrap();
    symlink("circle.log", place.path().join("circle.log")).unwrap();
    let scanned = place.scan();
    assert_eq!(scanned.count("was served"), 20, "{}", scanned.report["notices"]);
    assert!(scanned.told(".", "lead out"), "{}", scanned.report["notices"]);
}

#[test]
fn a_deep_folder_and_a_folder_of_nothing() {
    let place = Place::new();
    let mut path = place.path().to_owned();
    for _ in 0..200 {
        path.push("deeper");
    }
    fs::create_dir_all(&path).unwrap();
    assert_eq!(place.scan().code, 3);
    fs::write(path.join("good.log"), lines(20)).unwrap();
    assert_eq!(place.scan().count("was served"), 20);
}

#[test]
fn an_unreadable_file_is_named_and_the_rest_is_read() {
    let place = Place::new();
    place.write("good.log", lines(20));
    let secret = place.write("secret.log", lines(20));
    fs::set_permissions(&secret, Permissions::from_mode(0o0)).unwrap();
    // Some users may read everything.
    let expected = if File::open(&secret).is_ok() { (0, 40) } else { (3, 20) };
    let scanned = place.scan();
    assert_eq!((scanned.code, scanned.count("was served")), expected);
    assert!(scanned.code == 0 || scanned.told("secret.log", "could not be opened"));
}

#[test]
fn a_file_that_shrinks_while_it_is_read_ends_well() {
    let place = Place::with(lines(400_000));
    let path = place.path().join("input.log");
    let running = place.start(&["input.log"], Stdio::null(), false);
    std::thread::sleep(std::time::Duration::from_millis(60));
    File::options().write(true).open(&path).unwrap().set_len(1_000_000).unwrap();
    let scanned = running.wait(|| {});
    // Where it was cut before it was opened, or after it was read, there is nothing to tell.
    let before = (1_000_000..1_000_100).contains(&scanned.report["totals"]["bytes"].as_u64().unwrap());
    let after = scanned.records() == 400_000;
    let said = scanned.code == 3 && scanned.told("input.log", "shrank");
    assert!(
        before || after || said,
        "{} {} {}",
        scanned.code,
        scanned.records(),
        scanned.report["totals"]["bytes"]
    );
    assert!(scanned.records() >= 10_000);
}

#[test]
fn a_file_that_grows_faster_than_it_is_read_has_an_end() {
    let place = Place::with(lines(50_000));
    let mut file = File::options().append(true).open(place.path().join("input.log")).unwrap();
    let more = lines(2_000);
    let scanned = place.start(&["input.log"], Stdio::null(), false).wait(|| file.write_all(&more).unwrap());
    assert_eq!(scanned.code, 0);
    assert!(scanned.records() >= 50_000);
}

#[test]
fn a_file_that_vanishes_before_it_is_read_is_named() {
    let place = Place::new();
    for n in 0..300 {
        place.write(&format!("{n:03}.log"), lines(300));
    }
    let last = place.path().join("299.log");
    let scanned = place.start(&["."], Stdio::null(), false).wait(|| drop(fs::remove_file(&last)));
    assert!(scanned.records() >= 299 * 300);
    assert!(scanned.records() == 300 * 300 || scanned.code == 0 || scanned.told("299.log", ""));
}

#[test]
fn a_folder_of_very_many_small_files_is_read_in_little_memory() {
    let count = if std::env::var_os("LOGSIFT_SLOW_TESTS").is_some() { 100_000 } else { 5_000 };
    let place = Place::new();
    let log = lines(3);
    for n in 0..count {
        let folder = place.path().join(format!("{}", n / 1_000));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("host{n}-app.log")), &log).unwrap();
    }
    let scanned = place.scan_report(&["."]);
    assert_eq!((scanned.code, scanned.records()), (0, count * 3));
    scanned.check_memory(64 + 2 * count / 1_000);
}
