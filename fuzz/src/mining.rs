//! What the miner makes of messages, and of a state that somebody else wrote.

use logsift_engine::model::{Allowance, BlockReader, BlockWriter, ModelError};
use logsift_engine::templates::{Facts, Miner, MinerSettings, Templates};

/// Lines of which templates are made; more take too long for a fuzzer.
const LINES: usize = 200;

fn settings(budget: usize) -> MinerSettings {
    MinerSettings { budget, keep_values: true }
}

fn mined<'a>(lines: impl Iterator<Item = (usize, &'a [u8])>, budget: usize) -> Miner {
    let mut miner = Miner::new(settings(budget));
    for (line, message) in lines {
        miner.add(message, &Facts { line: line as u64, stream: line as u32 % 3, ..Facts::default() });
    }
    miner
}

fn written(miner: &Miner) -> Vec<u8> {
    let mut block = BlockWriter::default();
    miner.write(&mut block);
    block.bytes().to_vec()
}

fn counts(templates: &Templates) -> Vec<(String, u64)> {
    templates.list().iter().map(|one| (one.id.to_string(), one.stats.count())).collect()
}

fn is_complete(miner: &Miner, records: usize) {
    let templates = miner.templates();
    let sum: u64 = templates.list().iter().map(|template| template.stats.count()).sum();
    assert_eq!(sum + templates.forgotten().count(), records as u64, "each record is counted once");
    assert_eq!(miner.account().records, records as u64);
}

/// The bytes as lines: order and parts change nothing, and no record is lost, not even without memory.
pub(crate) fn templates(bytes: &[u8]) {
    let lines: Vec<(usize, &[u8])> = bytes.split(|byte| *byte == b'\n').take(LINES).enumerate().collect();
    let whole = mined(lines.iter().copied(), 64 << 20);
    is_complete(&whole, lines.len());
    let turned = mined(lines.iter().rev().copied(), 64 << 20);
    assert_eq!(written(&turned), written(&whole), "the order of lines changes nothing");
    let (front, back) = lines.split_at(lines.len() / 3);
    let mut parts = mined(back.iter().copied(), 64 << 20);
    parts.absorb(mined(front.iter().copied(), 64 << 20));
    assert_eq!(counts(&parts.templates()), counts(&whole.templates()), "parts make the whole");
    is_complete(&mined(lines.iter().copied(), 1 << 14), lines.len());
}

/// The bytes as the state of a miner.
pub(crate) fn state(bytes: &[u8]) {
    let read = |bytes: &[u8]| -> Result<Miner, ModelError> {
        let allowance = Allowance::for_input(bytes.len());
        let mut block = BlockReader::new(bytes, &allowance);
        let miner = Miner::read(&mut block, settings(8 << 20))?;
        block.end()?;
        Ok(miner)
    };
    let mut miner = match read(bytes) {
        Ok(miner) => miner,
        Err(error) => return assert!(error.to_string().contains("hint: "), "{error}"),
    };
    let again = read(&written(&miner)).expect("what was read can be written and read again");
    assert_eq!(counts(&again.templates()), counts(&miner.templates()));
    miner.absorb(again);
    miner.add(b"user bob took 5 ms", &Facts::default());
    assert!(!miner.issue().list().is_empty());
}
