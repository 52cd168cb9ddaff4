//! What templates cost: scanning a message, counting one that is known, making a skeleton, making
//! templates of skeletons, merging miners.

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use logsift_engine::model::BlockWriter;
use logsift_engine::records::level::Level;
use logsift_engine::records::time::Time;
use logsift_engine::templates::{Facts, Miner, bench};

fn main() {
    divan::main();
}

const MESSAGES: [(&str, &str); 4] = [
    ("words", "instruction cache parity error corrected by the memory controller"),
    (
        "values",
        "Receiving block blk_-1608999687919862906 src: /10.250.19.102:54106 dest: /10.250.19.102:50010",
    ),
    ("pairs", "authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=183.62.140.253 user=root"),
    ("path", "Deleting instance files /var/lib/nova/instances/b9000564-fe1a-409b-b8cc-1e88b294cd1d_del"),
];

fn message(name: &str) -> &'static [u8] {
    MESSAGES.iter().find(|(known, _)| *known == name).map_or(b"", |(_, text)| text.as_bytes())
}

fn facts(line: u64) -> Facts {
    Facts { level: Some(Level::Info), time: Some(Time::from_nanos(line as i64 * 1_000_000)), line, stream: 0 }
}

/// The pass over the bytes: chunks and the line key.
#[divan::bench(args = ["words", "values", "pairs", "path"])]
fn hash(bencher: Bencher<'_, '_>, name: &str) {
    let message = message(name);
    let mut scanner = bench::Scanner::default();
    bencher.counter(BytesCount::of_slice(message)).bench_local(|| scanner.key(black_box(message)));
}

/// The tokenizer and the rules, which only new lines and samples need.
#[divan::bench(args = ["words", "values", "pairs", "path"])]
fn tokenise(bencher: Bencher<'_, '_>, name: &str) {
    let message = message(name);
    let mut scanner = bench::Scanner::default();
    bencher.counter(BytesCount::of_slice(message)).bench_local(|| scanner.skeleton(black_box(message)).len());
}

/// Scan, look-up and counting of a message whose like was seen.
#[divan::bench(args = ["words", "values", "pairs", "path"])]
fn look_up(bencher: Bencher<'_, '_>, name: &str) {
    let message = message(name);
    let mut miner = Miner::default();
    let mut line = 0;
    (0..5000).for_each(|line| {
        miner.add(message, &facts(line));
    });
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| {
        line += 1;
        miner.add(black_box(message), &facts(line))
    });
}

/// The same, and where its values stand.
#[divan::bench(args = ["words", "values", "pairs", "path"])]
fn spots(bencher: Bencher<'_, '_>, name: &str) {
    let message = message(name);
    let mut miner = Miner::default();
    let mut line = 0;
    (0..5000).for_each(|line| {
        miner.add_spotted(message, &facts(line));
    });
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| {
        line += 1;
        miner.add_spotted(black_box(message), &facts(line)).spots.len()
    });
}

/// The same, and its numbers.
#[divan::bench(args = ["words", "values", "pairs", "path"])]
fn spots_and_numbers(bencher: Bencher<'_, '_>, name: &str) {
    let message = message(name);
    let mut miner = Miner::default();
    let mut line = 0;
    (0..5000).for_each(|line| {
        miner.add_spotted(message, &facts(line));
    });
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| {
        line += 1;
        let message = black_box(message);
        let spots = miner.add_spotted(message, &facts(line)).spots;
        spots.iter().filter_map(|spot| spot.number(message)).map(|number| number.value).sum::<f64>()
    });
}

/// A miner with so many skeletons, of which each tenth has a family of words.
fn miner(skeletons: u64) -> Miner {
    let mut miner = Miner::default();
    for line in 0..skeletons * 3 {
        let shape = line % skeletons;
        let word = |number: u64| -> String {
            (0..5).map(|at| char::from(b'a' + ((number * 2_654_435_761) >> (5 * at)) as u8 % 26)).collect()
        };
        let message =
            format!("{} of the {} took {line} ms at {}", word(shape / 10), word(shape), word(shape % 7));
        miner.add(message.as_bytes(), &facts(line));
    }
    miner
}

#[divan::bench(args = [100, 1000, 10_000], sample_count = 10)]
fn generalise(bencher: Bencher<'_, '_>, skeletons: u64) {
    let miner = miner(skeletons);
    bencher.counter(ItemsCount::new(skeletons)).bench_local(|| black_box(&miner).templates());
}

#[divan::bench(args = [100, 1000, 10_000], sample_count = 10)]
fn merge(bencher: Bencher<'_, '_>, skeletons: u64) {
    let (one, two) = (miner(skeletons), miner(skeletons));
    bencher
        .counter(ItemsCount::new(skeletons))
        .with_inputs(|| (one.clone(), two.clone()))
        .bench_local_values(|(mut one, two)| {
            one.absorb(two);
            one
        });
}

#[divan::bench(args = [1000], sample_count = 10)]
fn write(bencher: Bencher<'_, '_>, skeletons: u64) {
    let miner = miner(skeletons);
    bencher.counter(ItemsCount::new(skeletons)).bench_local(|| {
        let mut block = BlockWriter::default();
        black_box(&miner).write(&mut block);
        block
    });
}
