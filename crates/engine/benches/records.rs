//! How fast whole logs become records: ten thousand lines held in memory, through the whole reader.

use std::fmt::Write as _;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use logsift_engine::reader::{Reader, Settings, SourceHint};
use logsift_engine::records::record::Record;

const LINES: u64 = 10_000;

fn main() {
    divan::main();
}

/// A log whose lines differ in their numbers.
fn log(line: fn(u64, &str) -> String) -> String {
    let mut log = String::new();
    for index in 0..LINES {
        let stamp = format!(
            "2024-05-21T{:02}:{:02}:{:02}.{:03}",
            10 + index / 3600,
            index / 60 % 60,
            index % 60,
            index % 1000
        );
        let written = writeln!(log, "{}", line(index, &stamp));
        assert!(written.is_ok());
    }
    log
}

fn read(bencher: Bencher<'_, '_>, log: String) {
    let settings = Settings::new();
    bencher.counter(ItemsCount::new(LINES)).counter(BytesCount::of_str(&log)).bench_local(|| {
        let mut reader = Reader::new(&settings, SourceHint::default());
        let mut messages = 0;
        let mut sink = |record: &Record<'_>| messages += record.message.len();
        let mut rest = log.as_bytes();
        while !rest.is_empty() {
            let space = reader.space();
            let count = space.len().min(rest.len());
            space[..count].copy_from_slice(&rest[..count]);
            rest = &rest[count..];
            reader.filled(count, &mut sink);
        }
        reader.finish(&mut sink);
        messages
    });
}

#[divan::bench]
fn text(bencher: Bencher<'_, '_>) {
    read(
        bencher,
        log(|index, stamp| {
            let stamp = stamp.replace('T', " ").replace('.', ",");
            format!(
                "{stamp} INFO [worker-{}] org.example.Store: wrote block {index} in {} ms",
                index % 8,
                index % 97
            )
        }),
    );
}

#[divan::bench]
fn json(bencher: Bencher<'_, '_>) {
    read(
        bencher,
        log(|index, stamp| {
            format!(
                r#"{{"time":"{stamp}Z","level":"info","logger":"org.example.Store","thread":"worker-{}","msg":"wrote block {index}","ms":{},"trace_id":"{index:032x}","http":{{"method":"GET","status":200}}}}"#,
                index % 8,
                index % 97,
            )
        }),
    );
}

#[divan::bench]
fn json_in_json(bencher: Bencher<'_, '_>) {
    read(
        bencher,
        log(|index, stamp| {
            format!(
                r#"{{"time":"{stamp}Z","stream":"stdout","message":"{{\"level\":\"warn\",\"msg\":\"wrote block {index}\",\"ms\":{}}}"}}"#,
                index % 97,
            )
        }),
    );
}

#[divan::bench]
fn access(bencher: Bencher<'_, '_>) {
    read(
        bencher,
        log(|index, stamp| {
            let time = stamp.get(11..19).unwrap_or_default();
            format!(
                r#"192.0.2.{} - - [21/May/2024:{time} +0000] "GET /api/items/{index} HTTP/1.1" 200 {} "-" "Mozilla/5.0 (X11; Linux x86_64)""#,
                index % 250,
                index * 7 % 10_000,
            )
        }),
    );
}

#[divan::bench]
fn logfmt(bencher: Bencher<'_, '_>) {
    read(
        bencher,
        log(|index, stamp| {
            format!(
                r#"ts={stamp}Z level=info caller=store.go:{} msg="wrote block" block={index} ms={}"#,
                index % 400,
                index % 97
            )
        }),
    );
}
