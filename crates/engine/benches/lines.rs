//! What the work around lines costs: looking over a block, cleaning a line, decoding, following a trace.

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use logsift_engine::lines::clean::{Trouble, clean_line};
use logsift_engine::lines::encoding::{Decoder, Encoding};
use logsift_engine::lines::traces::{Trace, Verdict, continues};

fn main() {
    divan::main();
}

const LINE: &str = "2024-05-01 10:00:00,123 INFO [main] com.example.App - served 200 in 12 ms";

/// A block as the reader has it in its buffer, small enough for the cache.
fn block(line: &str) -> Vec<u8> {
    format!("{line}\n").repeat((256 << 10) / (line.len() + 1)).into_bytes()
}

#[divan::bench(args = ["", "\r", " Zürich"])]
fn scan(bencher: Bencher<'_, '_>, ending: &str) {
    let block = block(&format!("{LINE}{ending}"));
    bencher.counter(BytesCount::of_slice(&block)).bench(|| Trouble::scan(black_box(&block)));
}

#[divan::bench(args = ["same", "crlf", "utf8", "latin1", "coloured", "progress"])]
fn clean(bencher: Bencher<'_, '_>, kind: &str) {
    let line: Vec<u8> = match kind {
        "crlf" => format!("{LINE}\r").into_bytes(),
        "utf8" => format!("{LINE} Zürich").into_bytes(),
        "latin1" => [LINE.as_bytes(), b" Z\xFCrich"].concat(),
        "coloured" => LINE.replace("INFO", "\x1B[32mINFO\x1B[0m").into_bytes(),
        "progress" => format!("10%\r20%\r30%\r{LINE}").into_bytes(),
        _ => LINE.as_bytes().to_vec(),
    };
    let mut out = Vec::with_capacity(1024);
    bencher.counter(ItemsCount::new(1_usize)).bench_local(move || {
        out.clear();
        clean_line(black_box(&line), &mut out)
    });
}

#[divan::bench]
fn decode_utf16(bencher: Bencher<'_, '_>) {
    let wide: Vec<u8> = block(LINE).iter().flat_map(|byte| [*byte, 0]).collect();
    let mut out = Vec::with_capacity(wide.len());
    bencher.counter(BytesCount::of_slice(&wide)).bench_local(move || {
        out.clear();
        Decoder::new(Encoding::Utf16Le).decode(black_box(&wide), &mut out);
    });
}

const FIXTURES: [(&str, &str); 11] = [
    ("body", include_str!("../tests/traces/body.txt")),
    ("dotnet", include_str!("../tests/traces/dotnet.txt")),
    ("go", include_str!("../tests/traces/go.txt")),
    ("java", include_str!("../tests/traces/java.txt")),
    ("kernel", include_str!("../tests/traces/kernel.txt")),
    ("native", include_str!("../tests/traces/native.txt")),
    ("node", include_str!("../tests/traces/node.txt")),
    ("php", include_str!("../tests/traces/php.txt")),
    ("python", include_str!("../tests/traces/python.txt")),
    ("ruby", include_str!("../tests/traces/ruby.txt")),
    ("rust", include_str!("../tests/traces/rust.txt")),
];

fn lines_of(language: &str) -> Vec<&'static [u8]> {
    let fixture = FIXTURES.iter().find(|(name, _)| *name == language).map_or("", |(_, text)| text);
    fixture.lines().filter_map(|line| line.get(2..)).map(message).map(str::as_bytes).collect()
}

/// The kernel's lines are judged without their headers.
fn message(line: &'static str) -> &'static str {
    let seconds = line.strip_prefix("[ ").and_then(|rest| rest.split_once("] "));
    seconds.map_or(line, |(_, message)| message)
}

/// Opening, following and judging as the reader does; the figure is for one line.
#[divan::bench(args = FIXTURES.map(|(name, _)| name))]
fn follow(bencher: Bencher<'_, '_>, language: &str) {
    let lines = lines_of(language);
    bencher.counter(ItemsCount::new(lines.len())).bench(|| follow_all(black_box(&lines)));
}

fn follow_all(lines: &[&[u8]]) -> usize {
    let mut open: Option<Trace> = None;
    let mut joined = 0;
    for line in lines {
        let verdict = open.as_mut().map_or(Verdict::No, |trace| trace.accepts(line));
        if verdict == Verdict::No {
            open = Trace::begin(line);
            joined += usize::from(continues(line));
        } else {
            joined += 1;
        }
    }
    joined
}

#[divan::bench(args = ["\tat com.example.Main.run(Main.java:5)", LINE, "an ordinary sentence without a header"])]
fn judge_alone(bencher: Bencher<'_, '_>, line: &str) {
    bencher.counter(ItemsCount::new(1_usize)).bench(|| continues(black_box(line.as_bytes())));
}

#[divan::bench(args = ["com.example.AppException: no", LINE, "an ordinary sentence without a header"])]
fn open(bencher: Bencher<'_, '_>, line: &str) {
    bencher.counter(ItemsCount::new(1_usize)).bench(|| Trace::begin(black_box(line.as_bytes())));
}
