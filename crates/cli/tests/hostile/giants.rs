//! Inputs that are larger than what may be held in memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::process::{Command, Stdio};

use super::making::{between, gzip, line, lines};
use super::scan::Place;

/// What every input must be read in.
const MOST_MIB: u64 = 64;

fn is_slow_wanted() -> bool {
    std::env::var_os("LOGSIFT_SLOW_TESTS").is_some()
}

/// Good lines, one line of so many bytes, and good lines again.
fn giant_line(length: u64) -> impl Read {
    let after = (10..20).map(line).collect::<String>();
    let giant = io::repeat(b'x').take(length);
    io::Cursor::new(lines(10)).chain(giant).chain(io::Cursor::new(format!("\n{after}")))
}

fn check_giant(place: &Place) {
    let scanned = place.scan();
    assert_eq!(scanned.code, 0);
    scanned.check_memory(MOST_MIB);
    assert_eq!((scanned.lines(), scanned.count("was served")), (21, 20));
    let row = scanned.row("xxx");
    assert!(row["notes"].as_array().unwrap().iter().any(|note| note == "cut" || note == "record-cut"));
    assert!(row["message"].as_str().unwrap().len() <= 1 << 20);
}

#[test]
fn a_line_of_100_mb_is_cut_and_its_neighbours_are_kept() {
    let place = Place::new();
    let mut file = File::create(place.path().join("giant.log")).unwrap();
    io::copy(&mut giant_line(100_000_000), &mut file).unwrap();
    check_giant(&place);
}

#[test]
fn a_packed_line_of_100_mb_is_cut_and_its_neighbours_are_kept() {
    let place = Place::new();
    let file = File::create(place.path().join("giant.log.gz")).unwrap();
    let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    io::copy(&mut giant_line(100_000_000), &mut encoder).unwrap();
    encoder.finish().unwrap();
    check_giant(&place);
}

#[test]
fn a_giant_line_without_an_end_is_one_record() {
    let place = Place::new();
    let mut file = File::create(place.path().join("giant.log")).unwrap();
    io::copy(&mut io::repeat(b'a').take(50_000_000), &mut file).unwrap();
    let scanned = place.scan();
    scanned.check_memory(MOST_MIB);
    assert_eq!((scanned.code, scanned.lines(), scanned.records()), (0, 1, 1));
}

/// What is passed over behind an open record must not pile up before it.
#[test]
fn blank_lines_behind_a_record_take_no_memory() {
    let place = Place::new();
    let blanks = gzip(&vec![b'\n'; 10_000_000]).repeat(4);
    place.write("bomb.gz", [gzip(b"a record\n"), blanks, gzip(b"another\n")].concat());
    let scanned = place.scan();
    scanned.check_memory(MOST_MIB / 2);
    assert_eq!((scanned.lines(), scanned.records()), (40_000_002, 2));
}

#[cfg(unix)]
#[test]
fn a_log_through_a_fifo_takes_no_memory() {
    let megabytes = if is_slow_wanted() { 2_000 } else { 100 };
    let place = Place::new();
    let fifo = place.path().join("live");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let block: Vec<u8> = lines(20_000);
    let blocks = megabytes * 1_000_000 / block.len();
    let running = place.start(&["live"], Stdio::null(), false);
    let writer = std::thread::spawn(move || {
        let mut fifo = File::options().write(true).open(fifo).unwrap();
        for _ in 0..blocks {
            fifo.write_all(&block).unwrap();
        }
    });
    let scanned = running.wait(|| {});
    writer.join().unwrap();
    scanned.check_memory(MOST_MIB);
    assert_eq!((scanned.code, scanned.records()), (0, blocks as u64 * 20_000));
}

#[test]
fn a_hole_of_a_gib_before_the_log_is_passed() {
    let place = Place::new();
    let mut file = File::create(place.path().join("sparse.log")).unwrap();
    file.seek(SeekFrom::Start(1 << if is_slow_wanted() { 30 } else { 28 })).unwrap();
    file.write_all(&lines(20)).unwrap();
    drop(file);
    let scanned = place.scan();
    scanned.check_memory(MOST_MIB);
    assert_eq!(scanned.count("was served"), 20, "{}", scanned.report["notices"]);
    assert_eq!((scanned.code, scanned.lines()), (0, 20));
    for (index, row) in scanned.rows.iter().enumerate() {
        let notes = row["notes"].to_string();
        assert_eq!((row["time"].is_string(), notes.contains("nuls-removed")), (true, index == 0), "{row}");
    }
}

#[test]
fn a_bomb_of_zeros_merely_streams() {
    let member = gzip(&vec![0; 10_000_000]);
    let members = if is_slow_wanted() { 1_000 } else { 30 };
    let place = Place::new();
    place.write("bomb.gz", member.repeat(members));
    place.write("good.log", lines(20));
    let scanned = place.scan();
    scanned.check_memory(MOST_MIB);
    assert_eq!(scanned.count("was served"), 20);
}

#[test]
fn a_bomb_of_blank_lines_merely_streams() {
    let place = Place::new();
    place.write("bomb.gz", gzip(&vec![b'\n'; 10_000_000]).repeat(5));
    let scanned = place.scan();
    scanned.check_memory(MOST_MIB);
    assert_eq!((scanned.lines(), scanned.records()), (50_000_000, 0));
}

#[test]
fn a_million_hosts_are_not_a_million_streams_in_memory() {
    let count = if is_slow_wanted() { 1_000_000 } else { 200_000 };
    let host =
        |n: usize| format!("Mar  4 09:{:02}:{:02} host-{n} app[7]: job {n} done\n", n / 60 % 60, n % 60);
    let place = Place::with((0..count).map(host).collect::<String>());
    let scanned = place.scan_report(&["."]);
    // Every job is a session until it is known that none goes on.
    scanned.check_memory(2 * MOST_MIB);
    assert_eq!((scanned.code, scanned.records()), (0, count as u64));
}

#[test]
fn a_million_containers_are_not_a_million_writers_in_memory() {
    let pod = |n: usize| format!("[pod/web-{n}/app] 2024-03-04T09:00:00Z INFO job {n} done\n");
    let place = Place::with((0..200_000).map(pod).collect::<String>());
    let scanned = place.scan_report(&["."]);
    scanned.check_memory(MOST_MIB);
    assert_eq!((scanned.code, scanned.lines()), (0, 200_000));
}

#[test]
fn a_trace_of_a_million_lines_is_one_bounded_record() {
    let frames: String =
        (0..1_000_000).map(|n| format!("\tat com.example.Main.f{n}(Main.java:{n})\n")).collect();
    let place = Place::with(between(format!("java.lang.StackOverflowError\n{}", frames.trim_end())));
    let scanned = place.scan();
    scanned.check_memory(MOST_MIB);
    assert_eq!((scanned.code, scanned.lines(), scanned.count("was served")), (0, 1_000_021, 20));
    let row = scanned.row("com.example.Main.f0(");
    assert!(row["lines"].as_u64().unwrap() >= 1_000_001, "{}", row["lines"]);
    assert!(row["notes"].as_array().unwrap().iter().any(|note| note == "record-cut"));
    assert!(row["message"].as_str().unwrap().len() <= 1 << 20);
}

#[test]
fn objects_of_ten_thousand_keys_are_read() {
    let keys: Vec<String> = (0..10_000).map(|n| format!("\"key{n}\":{n}")).collect();
    let object =
        |n: usize| format!("{{\"time\":\"2024-03-04T09:00:00Z\",\"msg\":\"wide {n}\",{}}}\n", keys.join(","));
    let place = Place::with((0..50).map(object).collect::<String>());
    let scanned = place.scan();
    scanned.check_memory(MOST_MIB);
    assert_eq!((scanned.code, scanned.records(), scanned.count("wide")), (0, 50, 50));
}

#[test]
fn the_deepest_nesting_is_only_a_long_line() {
    for open in ["[", "{\"a\":"] {
        let deep = format!("{{\"msg\":\"deep\",\"x\":{}", open.repeat(100_000));
        let place = Place::with(between(deep));
        let scanned = place.scan();
        scanned.check_memory(MOST_MIB);
        assert_eq!((scanned.code, scanned.lines(), scanned.count("was served")), (0, 21, 20));
        let json = format!("{{\"time\":\"2024-03-04T09:00:00Z\",\"msg\":\"fine\",\"x\":{}}}\n", {
            let close = if open == "[" { "]" } else { "}" };
            format!("{}1{}", open.repeat(100_000), close.repeat(100_000))
        });
        let scanned = Place::with(json.repeat(5)).scan();
        assert_eq!((scanned.code, scanned.lines()), (0, 5));
    }
}
