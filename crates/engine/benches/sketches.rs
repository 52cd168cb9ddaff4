//! What the summaries and the model file cost: `cargo bench -p logsift-engine --bench sketches`.

use std::hint::black_box;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use logsift_engine::model::{Allowance, BlockReader, BlockWriter, PartDigest, crc32c, digest};
use logsift_engine::records::time::Time;
use logsift_engine::sketches::{Bloom, Counts, Distinct, Quantiles, Top};

fn main() {
    divan::main();
}

const ITEMS: u64 = 10_000;

/// Hashes that look random and are the same in every run.
fn hashes(different: u64) -> Vec<u64> {
    (0..ITEMS).map(|item| (item % different + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect()
}

/// Values between `low` and `low · 2^doublings`, in no order.
fn values(low: f64, doublings: f64) -> Vec<f64> {
    hashes(ITEMS)
        .into_iter()
        .map(|hash| low * 2f64.powf(doublings * (hash >> 11) as f64 / (1u64 << 53) as f64))
        .collect()
}

#[divan::bench(args = [10, 60, 10_000])]
fn distinct_add(bencher: Bencher<'_, '_>, different: u64) {
    let hashes = hashes(different);
    bencher.counter(ItemsCount::new(ITEMS)).with_inputs(Distinct::default).bench_values(|mut distinct| {
        hashes.iter().for_each(|hash| distinct.add(*hash));
        distinct
    });
}

#[divan::bench]
fn distinct_estimate(bencher: Bencher<'_, '_>) {
    let mut distinct = Distinct::default();
    hashes(ITEMS).into_iter().for_each(|hash| distinct.add(hash));
    bencher.bench(|| black_box(&distinct).estimate());
}

#[divan::bench]
fn distinct_absorb(bencher: Bencher<'_, '_>) {
    let mut distinct = Distinct::default();
    hashes(ITEMS).into_iter().for_each(|hash| distinct.add(hash));
    bencher.with_inputs(|| distinct.clone()).bench_refs(|into| into.absorb(black_box(&distinct)));
}

#[divan::bench(args = [1.5, 10.0, 31.0])]
fn quantiles_add(bencher: Bencher<'_, '_>, doublings: f64) {
    let values = values(1.0, doublings);
    let mut warm = Quantiles::default();
    values.iter().for_each(|value| warm.add(*value));
    bencher.counter(ItemsCount::new(ITEMS)).with_inputs(|| warm.clone()).bench_refs(|quantiles| {
        values.iter().for_each(|value| quantiles.add(*value));
    });
}

#[divan::bench]
fn quantiles_add_whole(bencher: Bencher<'_, '_>) {
    let values: Vec<f64> = values(20.0, 2.0).into_iter().map(f64::round).collect();
    bencher.counter(ItemsCount::new(ITEMS)).with_inputs(Quantiles::default).bench_values(|mut quantiles| {
        values.iter().for_each(|value| quantiles.add(*value));
        quantiles
    });
}

#[divan::bench]
fn quantiles_quantile(bencher: Bencher<'_, '_>) {
    let mut quantiles = Quantiles::default();
    values(1.0, 10.0).into_iter().for_each(|value| quantiles.add(value));
    bencher.bench(|| black_box(&quantiles).quantile(0.95));
}

#[divan::bench]
fn quantiles_absorb(bencher: Bencher<'_, '_>) {
    let mut quantiles = Quantiles::default();
    values(1.0, 10.0).into_iter().for_each(|value| quantiles.add(value));
    bencher.with_inputs(|| quantiles.clone()).bench_refs(|into| into.absorb(black_box(&quantiles)));
}

#[divan::bench(args = [4, 30, 10_000])]
fn top_add(bencher: Bencher<'_, '_>, different: u64) {
    let hashes = hashes(different);
    bencher.counter(ItemsCount::new(ITEMS)).with_inputs(Top::default).bench_values(|mut top| {
        hashes.iter().for_each(|hash| top.add(*hash, b"192.0.2.17"));
        top
    });
}

#[divan::bench]
fn counts_add(bencher: Bencher<'_, '_>) {
    let times: Vec<Time> = (0..ITEMS).map(|step| Time::from_nanos(step as i64 * 700_000_000)).collect();
    bencher.counter(ItemsCount::new(ITEMS)).with_inputs(Counts::default).bench_values(|mut counts| {
        times.iter().for_each(|time| counts.add(*time));
        counts
    });
}

#[divan::bench]
fn bloom_may_hold(bencher: Bencher<'_, '_>) {
    let hashes = hashes(ITEMS);
    let mut bloom = Bloom::default();
    hashes.iter().for_each(|hash| bloom.add(*hash));
    bencher
        .counter(ItemsCount::new(ITEMS))
        .bench(|| hashes.iter().filter(|hash| bloom.may_hold(**hash)).count());
}

#[divan::bench]
fn checksum_of_a_mebibyte(bencher: Bencher<'_, '_>) {
    let bytes = vec![0x5A; 1 << 20];
    bencher.counter(BytesCount::of_slice(&bytes)).bench(|| crc32c(black_box(&bytes)));
}

#[divan::bench]
fn digest_of_a_mebibyte(bencher: Bencher<'_, '_>) {
    let bytes = vec![0x5A; 1 << 20];
    bencher.counter(BytesCount::of_slice(&bytes)).bench(|| digest(black_box(&bytes)));
}

#[divan::bench]
fn part_digest_of_records(bencher: Bencher<'_, '_>) {
    let record = [b'x'; 120];
    bencher.counter(ItemsCount::new(ITEMS)).bench(|| {
        let mut digest = PartDigest::default();
        (0..ITEMS).for_each(|_| digest.add(black_box(&record)));
        digest.part()
    });
}

#[divan::bench]
fn quantiles_write(bencher: Bencher<'_, '_>) {
    let mut quantiles = Quantiles::default();
    values(1.0, 10.0).into_iter().for_each(|value| quantiles.add(value));
    bencher.bench(|| {
        let mut block = BlockWriter::default();
        black_box(&quantiles).write(&mut block);
        block
    });
}

#[divan::bench]
fn quantiles_read(bencher: Bencher<'_, '_>) {
    let mut quantiles = Quantiles::default();
    values(1.0, 10.0).into_iter().for_each(|value| quantiles.add(value));
    let mut block = BlockWriter::default();
    quantiles.write(&mut block);
    bencher.bench(|| {
        let allowance = Allowance::for_input(block.bytes().len());
        Quantiles::read(&mut BlockReader::new(black_box(block.bytes()), &allowance)).map(|read| read.count())
    });
}
