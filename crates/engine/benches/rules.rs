//! What listening for rules costs: `cargo bench -p logsift-engine --bench rules`.
//!
//! A log is read and mined as `scan` does it, with no rule, with the built-in ones and with a thousand more, of which
//! some are about every tenth record. `compile` makes an automaton of them.

use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use logsift_engine::detectors::rule::file::RuleFile;
use logsift_engine::detectors::rule::{Listener, RuleSet, built_in_files};
use logsift_engine::reader::{Reader, Settings, SourceHint};
use logsift_engine::records::record::{Record, RecordSink, StreamId};
use logsift_engine::templates::{Facts, Miner};

fn main() {
    divan::main();
}

const RECORDS: u64 = 50_000;
const PACKS: [&str; 3] = ["none", "built-in", "a thousand more"];

const PARTS: [&str; 8] = ["disk", "queue", "cache", "session", "index", "replica", "worker", "gateway"];
const TROUBLES: [&str; 5] = ["rejected", "overflowed", "vanished", "stalled", "diverged"];

/// As many rules as there are ways to combine them, and a number.
fn thousand() -> impl Iterator<Item = RuleFile> {
    (0..1000).map(|nth: usize| {
        let (part, trouble) = (PARTS[nth % PARTS.len()], TROUBLES[nth / PARTS.len() % TROUBLES.len()]);
        let text = format!(
            "title: T\nseverity: low\nwhen: {{words: [\"{part} of shard {nth} {trouble}\", \"{trouble}-{nth}-{part}*\"]}}\n"
        );
        RuleFile::parse(&format!("rule-{nth}.yaml"), &text).expect("the rule is right")
    })
}

fn pack(name: &str) -> Vec<RuleFile> {
    match name {
        "none" => Vec::new(),
        "built-in" => built_in_files().map(|(_, file)| file).collect(),
        _ => built_in_files().map(|(_, file)| file).chain(thousand()).collect(),
    }
}

/// A service that mostly goes about its business.
fn log() -> Vec<u8> {
    let line = |nth: u64| {
        let chance = (nth ^ nth >> 31).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
        let (minute, second) = (nth / 6000 % 60, nth / 100 % 60);
        let what = match chance % 10 {
            0 => format!(
                "{} of shard {} {}",
                PARTS[nth as usize % 8],
                chance % 1000,
                TROUBLES[nth as usize % 5]
            ),
            1 => {
                format!("Failed password for root from 198.51.100.{} port {}", chance % 200, chance % 60_000)
            }
            2 | 3 => format!("served /items/{} in {} ms", chance % 5000, chance % 90),
            4 | 5 => format!("session {:x} begins for user-{}", chance, chance % 40),
            6 => format!("cache has {} entries, {} bytes", chance % 700, chance),
            _ => format!("job {} done, {} left", chance % 77, chance % 9),
        };
        format!("2025-05-01T10:{minute:02}:{second:02}Z INFO app: {what}\n")
    };
    (0..RECORDS).map(line).collect::<String>().into_bytes()
}

/// Mines records and listens to them.
struct Scanning {
    miner: Miner,
    listener: Listener,
}

impl RecordSink for Scanning {
    fn stream(&mut self, id: StreamId, name: &str) {
        self.listener.stream(id, name);
    }

    fn record(&mut self, record: &Record<'_>) {
        let facts = Facts { level: record.level, time: record.time, ..Facts::default() };
        let spotted = self.miner.add_spotted(record.message, &facts);
        let (skeleton, look) = (spotted.skeleton, spotted.look);
        self.listener.hear(record, skeleton, look, (0, 0));
    }
}

fn scan(log: &[u8], rules: &Arc<RuleSet>) -> impl Sized + use<> {
    let mut sink = Scanning { miner: Miner::default(), listener: Listener::new(Arc::clone(rules)) };
    let mut reader = Reader::new(&Settings::default(), SourceHint::default());
    let mut rest = log;
    while !rest.is_empty() {
        let space = reader.space();
        let length = space.len().min(rest.len());
        space[..length].copy_from_slice(&rest[..length]);
        rest = &rest[length..];
        reader.filled(length, &mut sink);
    }
    reader.finish(&mut sink);
    sink.listener.finish()
}

#[divan::bench(args = PACKS)]
fn scanned_with(bencher: Bencher<'_, '_>, name: &str) {
    let (log, rules) = (log(), Arc::new(RuleSet::compile(&pack(name)).expect("the rules are right")));
    bencher.counter(ItemsCount::new(RECORDS)).bench_local(|| scan(&log, &rules));
}

#[divan::bench(args = PACKS)]
fn compile(bencher: Bencher<'_, '_>, name: &str) {
    let files = pack(name);
    bencher.counter(ItemsCount::new(files.len())).bench_local(|| RuleSet::compile(&files));
}
