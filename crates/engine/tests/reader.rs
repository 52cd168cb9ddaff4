//! The laws of reading: every line is counted once, and chunks do not matter.

use logsift_engine::balance::{Balance, Skip};
use logsift_engine::reader::{Reader, Settings, SourceHint};
use logsift_engine::records::fields::Kind;
use logsift_engine::records::format::FormatFile;
use logsift_engine::records::level::Level;
use logsift_engine::records::library::Library;
use logsift_engine::records::record::{Origin, Record};
use logsift_engine::records::roles::Role;
use proptest::prelude::*;

/// A record as one line of text: enough to tell any two results apart.
fn shown(record: &Record<'_>) -> String {
    let fields: Vec<String> = record
        .fields()
        .map(|(name, value)| format!("{}={}", name.escape_ascii(), value.bytes.escape_ascii()))
        .collect();
    let notes: Vec<&str> = record.notes.names().collect();
    format!(
        "{}+{}@{} {:?} {:?} [{}] {} | {} | {}",
        record.origin.line,
        record.origin.lines,
        record.origin.offset,
        record.time.map(|time| time.to_string()),
        record.level,
        notes.join(","),
        fields.join(" "),
        record.message.escape_ascii(),
        record.text.escape_ascii(),
    )
}

fn read(log: &[u8], chunk: usize) -> (Vec<String>, Balance) {
    let mut seen = Vec::new();
    let mut sink = |record: &Record<'_>| seen.push(shown(record));
    let mut reader = Reader::new(&Settings::new(), SourceHint::default());
    let mut rest = log;
    while !rest.is_empty() {
        let space = reader.space();
        let count = space.len().min(rest.len()).min(chunk);
        space[..count].copy_from_slice(&rest[..count]);
        rest = &rest[count..];
        reader.filled(count, &mut sink);
    }
    reader.finish(&mut sink);
    (seen, reader.balance())
}

fn lines_in(log: &[u8]) -> u64 {
    let newlines = log.iter().filter(|byte| **byte == b'\n').count() as u64;
    newlines + u64::from(!log.is_empty() && !log.ends_with(b"\n"))
}

/// Pieces of real logs and of nonsense, so that arbitrary logs come near the interesting cases.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known: &[&[u8]] = &[
        b"2024-03-01 10:00:00,123 INFO [main] org.example.App: started in 12 ms",
        b"2024-03-01 10:00:01,456 ERROR [main] org.example.App: failed",
        b"java.lang.IllegalStateException: no such row",
        b"\tat org.example.App.main(App.java:17)",
        b"Caused by: java.io.IOException: gone",
        b"2024-03-01 10:00:02.1 17 ERROR app.rpc Traceback (most recent call last):",
        b"2024-03-01 10:00:02.1 17 ERROR app.rpc   File \"/a.py\", line 3, in f",
        b"2024-03-01 10:00:02.1 17 ERROR app.rpc ValueError: no",
        b"Mar  1 10:00:03 box sshd[17]: Accepted password for root",
        b"{\"time\":\"2024-03-01T10:00:00Z\",\"level\":\"warn\",\"msg\":\"slow\",\"ms\":900}",
        b"{\"log\":\"half of it\",\"stream\":\"stdout\",\"time\":\"2024-03-01T10:00:00.1Z\"}",
        b"{\"log\":\"the end\\n\",\"stream\":\"stdout\",\"time\":\"2024-03-01T10:00:00.2Z\"}",
        b"2024-03-01T10:00:00.000000001Z stdout P first part, ",
        b"2024-03-01T10:00:00.000000002Z stdout F last part",
        b"2024-03-01T10:00:00.000000002Z stderr F other",
        b"2024-03-01T10:00:00.000000003Z stdout F:level=warn \tat org.example.App.odd(App.java:1)",
        b"{\"log\":\"\\u001b[31mred\\n\",\"stream\":\"stdout\",\"time\":\"2024-03-01T10:00:00.3Z\"}",
        b"{\"time\":\"2024-03-01T10:00:01Z\",\"message\":\"{\\\"level\\\":\\\"error\\\",\\\"msg\\\":\\\"no\\\"}\"}",
        b"{\"MESSAGE\":[72,105,255],\"PRIORITY\":\"3\",\"__REALTIME_TIMESTAMP\":\"1704881472345678\"}",
        b"level=info ts=2024-03-01T10:00:00Z msg=\"all is well\"",
        b"\x1b[31mred\x1b[0m text",
        b"progress 1%\rprogress 99%",
        b"nul \0 here",
        b"caf\xe9",
        b"  indented",
        b"",
        b"}",
        b"\xff\xfe",
    ];
    prop_oneof![
        8 => proptest::sample::select(known.to_vec()).prop_map(<[u8]>::to_vec),
        1 => proptest::collection::vec(any::<u8>(), 0..40),
    ]
}

fn log() -> impl Strategy<Value = Vec<u8>> {
    let ends: &[&[u8]] = &[b"\n", b"\r\n", b"\n\n"];
    let line = (piece(), proptest::sample::select(ends.to_vec())).prop_map(|(mut line, end)| {
        line.extend_from_slice(end);
        line
    });
    (proptest::collection::vec(line, 0..60), piece())
        .prop_map(|(lines, last)| [lines.concat(), last].concat())
}

type Seen = (String, Option<Level>, Option<String>, Option<String>);

/// Message, level, time and what the record says about a role.
fn read_meaning(log: &str, role: Role) -> Vec<Seen> {
    let mut seen = Vec::new();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut sink = |record: &Record<'_>| {
        let attribute = record.attribute(role).map(|value| text(value.bytes));
        let time = record.time.map(|time| time.to_string());
        seen.push((text(record.message), record.level, time, attribute));
    };
    let mut reader = Reader::new(&Settings::new(), SourceHint::default());
    reader.space()[..log.len()].copy_from_slice(log.as_bytes());
    reader.filled(log.len(), &mut sink);
    reader.finish(&mut sink);
    seen
}

#[test]
fn the_journal_as_json_is_read() {
    let entry = |message: &str, priority: u8, micros: u64| {
        format!(
            "{{\"__CURSOR\":\"s=1\",\"MESSAGE\":{message},\"PRIORITY\":\"{priority}\",\"_HOSTNAME\":\"node-7\",\
             \"__REALTIME_TIMESTAMP\":\"{micros}\",\"SYSLOG_IDENTIFIER\":\"sshd\"}}\n"
        )
    };
    let log = entry("\"session opened\"", 6, 1_704_881_472_345_678)
        + &entry("[99,97,102,233]", 3, 1_704_881_473_000_000)
        + &entry("\"\\u001b[31mred\\u001b[0m\"", 4, 1_704_881_474_000_000);
    let seen = |message: &str, level, time: &str| {
        (message.to_owned(), Some(level), Some(time.to_owned()), Some("node-7".to_owned()))
    };
    let expected = [
        seen("session opened", Level::Info, "2024-01-10T10:11:12.345678Z"),
        seen("café", Level::Error, "2024-01-10T10:11:13Z"),
        seen("red", Level::Warn, "2024-01-10T10:11:14Z"),
    ];
    assert_eq!(read_meaning(&log, Role::Host), expected);
}

/// A level in the wrapping says that the line is a record, whatever it looks like, and one that the program states
/// itself counts before it.
#[test]
fn a_wrapping_that_states_the_level_wraps_a_record() {
    let line = |tags: &str, text: &str| format!("2024-05-21T10:00:00Z stdout {tags} {text}\n");
    let log: String = [
        line("F:level=error", "java.lang.IllegalStateException: pool is empty"),
        line("F:level=error", "\tat org.example.Pool.take(Pool.java:7)"),
        line("F:level=warn", "slow"),
        line("P:level=info", "half "),
        line("F:level=info", "and half"),
    ]
    .concat();
    let mut seen = Vec::new();
    let mut sink = |record: &Record<'_>| {
        seen.push((record.level, record.origin.lines, String::from_utf8_lossy(record.message).into_owned()));
    };
    let mut reader = Reader::new(&Settings::new(), SourceHint::default());
    reader.space()[..log.len()].copy_from_slice(log.as_bytes());
    reader.filled(log.len(), &mut sink);
    reader.finish(&mut sink);
    let expected = [
        (Level::Error, 1, "java.lang.IllegalStateException: pool is empty"),
        (Level::Error, 1, "\tat org.example.Pool.take(Pool.java:7)"),
        (Level::Warn, 1, "slow"),
        (Level::Info, 2, "half and half"),
    ];
    let expected = expected.map(|(level, lines, text)| (Some(level), lines, text.to_owned()));
    assert_eq!(seen, expected);
}

#[test]
fn json_within_json_says_what_its_program_said() {
    let log = "{\"time\":\"2024-03-01T10:00:00Z\",\"level\":\"info\",\"message\":\
        \"{\\\"time\\\":1709287201.5,\\\"level\\\":\\\"error\\\",\\\"msg\\\":\\\"no route\\\",\\\"traceId\\\":\\\"ab12\\\"}\"}\n";
    let seen = read_meaning(&log.repeat(3), Role::TraceId);
    let expected = (
        "no route".to_owned(),
        Some(Level::Error),
        Some("2024-03-01T10:00:01.500Z".to_owned()),
        Some("ab12".to_owned()),
    );
    assert_eq!(seen, [expected.clone(), expected.clone(), expected]);
}

/// Pieces of journal exports: whole fields, data with any bytes, empty lines and damage.
fn journal() -> impl Strategy<Value = Vec<u8>> {
    let known: &[&[u8]] = &[
        b"__CURSOR=s=1;i=2\n",
        b"__REALTIME_TIMESTAMP=1704881472345678\n",
        b"_SOURCE_REALTIME_TIMESTAMP=1704881472000000\n",
        b"PRIORITY=3\n",
        b"_HOSTNAME=node-7\nSYSLOG_IDENTIFIER=sshd\n",
        b"MESSAGE=all is well\n",
        b"MESSAGE=caf\xe9 \x1b[31mred\x1b[0m\n",
        b"MESSAGE\n\x0b\0\0\0\0\0\0\0two\nlines\xff\0\n",
        b"DATA\n\x05\0\0\0\0\0\0\0\n\n\n\n\n\n",
        b"EMPTY\n\0\0\0\0\0\0\0\0\n",
        b"BROKEN\n\xff\xff\xff\xff\xff\xff\xff\xff\n",
        b"no field\r\n",
        b"\r\n",
        b"\n",
        b"\n\n",
    ];
    let piece = prop_oneof![
        8 => proptest::sample::select(known.to_vec()).prop_map(<[u8]>::to_vec),
        1 => proptest::collection::vec(any::<u8>(), 0..20),
    ];
    proptest::collection::vec(piece, 0..60)
        .prop_map(|pieces| [b"__CURSOR=first\n".to_vec(), pieces.concat()].concat())
}

#[test]
fn a_journal_is_read_by_entries() {
    let log = b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1704881472345678\nPRIORITY=4\n_HOSTNAME=node-7\n\
        _SYSTEMD_UNIT=ssh.service\nMESSAGE=disk \x1b[31mfull\x1b[0m\n\n\n\
        __CURSOR=s=2\n_SOURCE_REALTIME_TIMESTAMP=1704881473000000\nMESSAGE\n\x07\0\0\0\0\0\0\0one\ntwo\n_PID=7";
    let mut reader = Reader::new(&Settings::new(), SourceHint::default());
    let mut seen = Vec::new();
    let mut sink = |record: &Record<'_>| {
        let pid = record.field("_PID").map(|value| value.kind);
        let message = String::from_utf8_lossy(record.message).into_owned();
        let time = record.time.map(|time| time.to_string());
        seen.push((record.origin, time, record.level, record.stream.0, message, pid));
    };
    reader.space()[..log.len()].copy_from_slice(log);
    reader.filled(log.len(), &mut sink);
    reader.finish(&mut sink);
    let second = log.windows(12).rposition(|bytes| bytes == b"__CURSOR=s=2").unwrap() as u64;
    let time = |text: &str| Some(text.to_owned());
    let expected = [
        (
            Origin { line: 1, offset: 0, lines: 7 },
            time("2024-01-10T10:11:12.345678Z"),
            Some(Level::Warn),
            1,
            "disk full".to_owned(),
            None,
        ),
        (
            Origin { line: 9, offset: second, lines: 6 },
            time("2024-01-10T10:11:13Z"),
            None,
            0,
            "one\ntwo".to_owned(),
            Some(Kind::Number),
        ),
    ];
    assert_eq!(seen, expected);
    assert_eq!(reader.streams()[1].name, "node-7/ssh.service");
    assert_eq!(reader.balance().skipped(Skip::Blank), 1);
    assert_eq!(reader.balance().lines, 14);
    assert_eq!(reader.formats()[0].name, "journal-export");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_line_is_counted_once(log in log()) {
        let (records, balance) = read(&log, usize::MAX);
        prop_assert!(balance.holds(), "{balance}");
        prop_assert_eq!(balance.records, records.len() as u64, "{}\n{}", log.escape_ascii(), records.join("\n"));
        let wide = log.starts_with(b"\xff\xfe") || log.starts_with(b"\xfe\xff") || log.contains(&0);
        prop_assert!(wide || balance.lines == lines_in(&log), "{balance}");
    }

    #[test]
    fn chunks_do_not_matter(log in log(), chunk in 1usize..200) {
        prop_assert_eq!(read(&log, chunk), read(&log, usize::MAX));
    }

    #[test]
    fn every_line_of_a_journal_is_counted_once(log in journal(), chunk in 1usize..200) {
        let (records, balance) = read(&log, usize::MAX);
        prop_assert!(balance.holds(), "{balance}");
        prop_assert_eq!(balance.records, records.len() as u64);
        prop_assert_eq!(balance.lines, lines_in(&log), "{}", log.escape_ascii());
        prop_assert_eq!(read(&log, chunk), (records, balance));
    }

    #[test]
    fn records_come_in_the_order_of_their_lines(log in log()) {
        let line = |record: &String| record.split('+').next().unwrap().parse::<u64>().unwrap();
        let (records, _) = read(&log, usize::MAX);
        prop_assert!(records.is_sorted_by_key(line), "{}\n{}", log.escape_ascii(), records.join("\n"));
    }
}

#[test]
fn indented_messages_of_one_second_stay_records() {
    let log = b"Mar  1 10:00:03 box kernel: On node 0 totalpages: 7\n\
                Mar  1 10:00:03 box kernel:   DMA zone: 4096 pages, LIFO batch:1\n\
                Mar  1 10:00:03 box kernel:   Normal zone: 28334 pages\n\
                Mar  1 10:00:04 box kernel: CPU 0 is up\n";
    let (records, balance) = read(log, usize::MAX);
    assert_eq!((records.len(), balance.continuations), (4, 0), "{}", records.join("\n"));
}

/// The lines of each record's message, read with a format that is described by the text of a file.
fn messages_with(file: &str, log: &str) -> Vec<String> {
    let file = FormatFile::parse("own", file).expect("a format file");
    let library = Library::default().with([file]).expect("a format that compiles");
    let settings = Settings::new().with_library(library).with_format("own").expect("a known format");
    let mut seen = Vec::new();
    let mut sink = |record: &Record<'_>| seen.push(String::from_utf8_lossy(record.message).into_owned());
    let mut reader = Reader::new(&settings, SourceHint::default());
    reader.space()[..log.len()].copy_from_slice(log.as_bytes());
    reader.filled(log.len(), &mut sink);
    reader.finish(&mut sink);
    seen
}

#[test]
fn a_format_names_what_tells_its_writers_apart() {
    let log = "2024-03-01 10:00:02.100 ERROR <a> Traceback (most recent call last):\n\
               2024-03-01 10:00:02.100 ERROR <b> Traceback (most recent call last):\n\
               2024-03-01 10:00:02.100 ERROR <a>   File \"/a.py\", line 3, in f\n\
               2024-03-01 10:00:02.100 ERROR <b>   File \"/b.py\", line 4, in g\n\
               2024-03-01 10:00:02.100 ERROR <a> ValueError: no\n\
               2024-03-01 10:00:02.100 ERROR <b> KeyError: 'x'\n";
    let file = "name: own\ntitle: own\npatterns: ['{time} {level} <{request}> {message}']\n";
    let parted = messages_with(&format!("{file}lane: [request]\n"), log);
    assert_eq!(parted.len(), 2, "{parted:?}");
    assert!(parted[0].ends_with("ValueError: no") && parted[1].ends_with("KeyError: 'x'"), "{parted:?}");
    assert_ne!(messages_with(file, log), parted);
}

#[test]
fn the_formats_of_a_log_are_named_for_reading_it_again() {
    let known = |one_in: usize| {
        let line = |nth: usize| match nth % one_in {
            0 => format!("2026-03-01 10:{:02}:{:02} ERROR no answer from db-{nth}\n", nth / 60, nth % 60),
            _ => format!(
                "{{\"time\":\"2026-03-01T10:{:02}:{:02}Z\",\"level\":\"info\",\"msg\":\"served {nth}\"}}\n",
                nth / 60,
                nth % 60
            ),
        };
        let log: String = (0..600).map(line).collect();
        let mut reader = Reader::new(&Settings::default(), SourceHint::default());
        reader.space()[..log.len()].copy_from_slice(log.as_bytes());
        reader.filled(log.len(), &mut |_: &Record<'_>| {});
        reader.finish(&mut |_: &Record<'_>| {});
        reader.known_formats()
    };
    let mixed = known(3);
    assert_eq!(mixed, ["json", "{time} {level} {message}"]);
    assert!(mixed.iter().all(|words| Settings::default().with_format(words).is_ok()), "{mixed:?}");
    assert_eq!(known(1000).len(), 1, "one line in so many has no format of its own");
}
