//! Bytes that are no plain UTF-8 lines.

use super::making::{between, line, lines};
use super::scan::{Place, Scanned};

fn scan(bytes: impl AsRef<[u8]>) -> Scanned {
    Place::with(bytes).scan()
}

/// All twenty good lines are there, and the one between them is read as these words.
#[track_caller]
fn check_between(bytes: impl AsRef<[u8]>, words: &str) {
    let scanned = scan(between(bytes));
    assert_eq!((scanned.code, scanned.count("was served")), (0, 20), "{:?}", scanned.some_messages());
    scanned.row(words);
}

fn with_text(text: &[u8]) -> Vec<u8> {
    [b"2024-03-04T09:00:10Z WARN api: ", text].concat()
}

#[test]
fn bytes_that_are_no_utf8_cost_no_line() {
    check_between(with_text(b"Stra\xDFe"), "Straße");
    check_between(with_text(b"cut \xE2\x82"), "cut ");
    check_between(with_text(b"\xFF\xFE\xFD"), "");
    check_between(with_text(b"over\xC0\xAFlong \xED\xA0\x80 end"), "end");
    check_between((0x80..=0xFF).collect::<Vec<u8>>(), "");
}

fn utf16(text: &str, mark: bool, big: bool) -> Vec<u8> {
    let mark = if mark { "\u{feff}" } else { "" };
    let units = mark.encode_utf16().chain(text.encode_utf16());
    units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

#[test]
fn utf_16_is_read_with_and_without_a_mark() {
    let text: String =
        (0..50).map(line).chain(["2024-03-04T10:00:00Z WARN api: größe → 日本 🦀\n".into()]).collect();
    for (mark, big) in [(true, false), (true, true), (false, false), (false, true)] {
        let scanned = scan(utf16(&text, mark, big));
        assert_eq!((scanned.lines(), scanned.count("was served")), (51, 50), "{mark} {big}");
        scanned.row("größe → 日本 🦀");
    }
}

#[test]
fn utf_16_that_ends_in_the_middle_of_a_character_loses_no_line() {
    let mut bytes = utf16(&(0..50).map(line).collect::<String>(), true, false);
    bytes.extend_from_slice(&[b'x', 0, 0x3D, 0xD8, 0x80]);
    let scanned = scan(bytes);
    assert_eq!((scanned.lines(), scanned.count("was served")), (51, 50));
}

#[test]
fn latin_1_is_read_as_such() {
    let log = (0..50).map(|n| format!("2024-03-04T09:00:{n:02}Z INFO api: Größe {n}\n")).collect::<String>();
    let scanned = scan(log.chars().map(|character| character as u8).collect::<Vec<u8>>());
    assert_eq!(scanned.count("Größe"), 50);
}

#[test]
fn nuls_are_taken_out() {
    check_between(with_text(b"a\0b\0\0c"), "abc");
    check_between(
        [&[0; 5_000][..], b"2024-03-04T09:00:10Z WARN api: behind a hole"].concat(),
        "behind a hole",
    );
    let scanned = scan([&[0; 300_000][..], &lines(20)].concat());
    assert_eq!(scanned.count("was served"), 20, "{}", scanned.report);
    let scanned = scan([&lines(20)[..], &[0; 300_000]].concat());
    assert_eq!(scanned.count("was served"), 20, "{}", scanned.report);
}

#[test]
fn ends_of_lines_of_every_kind() {
    let crlf: String = (0..20).map(|n| line(n).replace('\n', "\r\n")).collect();
    let scanned = scan(&crlf);
    assert_eq!((scanned.lines(), scanned.count("was served")), (20, 20));
    assert!(scanned.messages().iter().all(|message| message.ends_with("served")));
    let progress: String = (0..=100).map(|percent| format!("\r loading {percent}%")).collect();
    check_between(with_text(progress.as_bytes()), "loading 100%");
    let scanned = scan("\r\r\r\n\n\r\n");
    assert_eq!((scanned.lines(), scanned.records()), (3, 0));
}

#[test]
fn lone_returns_over_many_blocks_are_one_line() {
    let progress: String = (0..400_000).map(|step| format!("\r{step:09} of 400000")).collect();
    let scanned = scan(between(progress));
    assert_eq!((scanned.code, scanned.lines(), scanned.count("was served")), (0, 21, 20));
}

#[test]
fn codes_of_terminals_are_taken_out() {
    check_between(
        with_text(b"\x1b[31mred\x1b[0m \x1b]0;title\x07and \x1b]8;;http://example.com\x1b\\link"),
        "red and link",
    );
    check_between(with_text(b"\x1b]52;c;aGk=\x07clip\x9b31mboard"), "clip");
    check_between(with_text("a\u{202e}b\u{200b}c\u{feff}".as_bytes()), "a");
    let coloured: String = (0..20).map(|n| format!("\u{1b}[32m{}\u{1b}[0m\n", line(n).trim_end())).collect();
    let scanned = scan(coloured);
    assert_eq!(scanned.count("was served"), 20);
    assert!(
        scanned.rows.iter().all(|row| row["time"].is_string() && row["level"] == "info"),
        "{:?}",
        scanned.rows[0]
    );
}

/// What comes out of the escapes of JSON is cleaned like what stood there from the beginning.
#[test]
fn codes_in_escapes_of_json_are_taken_out() {
    let evil = r"\u001b[31mred\u001b[0m \u001b]0;title\u0007bell\u0000nul\u009b1mC1\u007f";
    let docker = |n: usize| {
        format!(
            "{{\"log\":\"{evil} {n}\\n\",\"stream\":\"stdout\",\"time\":\"2024-03-04T09:00:{n:02}.5Z\"}}\n"
        )
    };
    let json = |n: usize| {
        format!(
            "{{\"time\":\"2024-03-04T09:00:{n:02}Z\",\"msg\":\"{evil} {n}\",\"k\\u001b[31m\":\"{evil}\"}}\n"
        )
    };
    let scanned = scan((0..20).map(docker).collect::<String>());
    check_all_clean(&scanned);
    let scanned = scan((0..20).map(json).collect::<String>());
    check_all_clean(&scanned);
    for row in &scanned.rows {
        let fields = row["fields"].to_string();
        assert!(!fields.contains("\\u00") && !fields.contains("[31m"), "{fields}");
    }
}

fn check_all_clean(scanned: &Scanned) {
    assert_eq!(scanned.records(), 20);
    for (message, row) in scanned.messages().iter().zip(&scanned.rows) {
        assert!(message.starts_with("red bell"), "{message:?}");
        assert!(!message.contains(char::is_control), "{message:?}");
        assert!(row["notes"].as_array().unwrap().iter().any(|note| note == "escapes-removed"), "{row}");
    }
}

#[test]
fn tiny_logs_and_logs_of_blanks() {
    for (bytes, lines, records) in [
        ("", 0, 0),
        ("a", 1, 1),
        ("a\nb", 2, 2),
        ("\n", 1, 0),
        (" \n\t\n  \t ", 3, 0),
        ("\u{feff}", 0, 0),
        ("\u{feff}x\n", 1, 1),
    ] {
        let scanned = scan(bytes);
        assert_eq!((scanned.lines(), scanned.records()), (lines, records), "{bytes:?}: {}", scanned.report);
    }
}

#[test]
fn any_bytes_are_endured() {
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    for words in
        [&["\n", "\t"][..], &["\n", "{", "\"", "\\", ":"], &["\n", "\u{1b}[", "2024-03-04T09:00:00Z ", "\r"]]
    {
        let mut bytes = Vec::new();
        while bytes.len() < 100_000 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            match words.get((state % 16) as usize) {
                Some(word) => bytes.extend_from_slice(word.as_bytes()),
                None => bytes.push((state >> 32) as u8),
            }
        }
        let place = Place::with(&bytes);
        place.write("good.txt", lines(20));
        let scanned = place.scan();
        assert_eq!(scanned.count("was served"), 20);
    }
}
