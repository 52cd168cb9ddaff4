//! A miner in, a block of the model file out, and back.
//!
//! Two miners that have counted the same records write the same bytes, whatever the order in which
//! they came. Texts of values that are not repeated stay behind, so parts that are written, read and
//! merged may know fewer texts than the whole; all else is the same. Every length is checked before memory is taken for it (see [`crate::model`]); a fault
//! is an error that says where, never a panic.

use super::broad::Broad;
use super::explosion::{PATTERNS, Pattern, Remembered};
use super::id::{SkeletonId, TemplateId, VERSION};
use super::lineage::MOST;
use super::sample::{ROWS, Sample};
use super::stats::{BINS, Stats, Timeline};
use super::table::{Miner, MinerSettings};
use super::token::LONGEST;
use crate::model::{BlockReader, BlockWriter, ModelError};
use crate::records::level::Level;

/// More skeletons than fit into any memory.
const SKELETONS: usize = 1 << 28;

impl Miner {
    /// Writes all that the miner knows.
    pub fn write(&self, block: &mut BlockWriter) {
        self.settled().write_settled(block);
    }

    fn write_settled(&self, block: &mut BlockWriter) {
        block.byte(VERSION);
        block.varint(self.rows() as u64);
        block.flag(self.account().narrow);
        self.write_totals(block);
        block.list(self.in_order().into_iter(), |block, entry| {
            block.slice(&entry.text);
            block.flag(entry.returned);
            write_stats(block, &entry.stats);
            entry.sample.write(block, self.rows());
            block.flag(entry.broad.is_some());
            if let Some(broad) = &entry.broad {
                broad.write(block);
            }
        });
    }

    fn write_totals(&self, block: &mut BlockWriter) {
        let totals = self.totals();
        write_stats(block, totals.forgotten);
        for count in [totals.forgotten_skeletons, totals.formless, totals.returned] {
            block.varint(count);
        }
        block.list(totals.patterns.into_iter(), |block, pattern| {
            block.u64(pattern.rest);
            block.u64(pattern.skeleton);
            for number in [pattern.stream, pattern.open, pattern.chunks] {
                block.varint(u64::from(number));
            }
        });
        block.list(totals.remembered.words().iter(), |block, word| block.u64(*word));
        block.list(self.lineage().issued(), |block, (id, skeleton)| {
            block.u64(id.0);
            block.u64(skeleton.0);
        });
    }

    /// Reads what [`Miner::write`] wrote.
    pub fn read(block: &mut BlockReader<'_>, settings: MinerSettings) -> Result<Miner, ModelError> {
        let offset = block.offset();
        let version = block.byte()?;
        if version != VERSION {
            return Err(block.malformed("the version of the rules for skeletons", offset, "1", version));
        }
        let mut miner = Miner::new(settings);
        let offset = block.offset();
        let rows = block.at_most("the size of samples", ROWS as u64)? as usize;
        if !rows.is_power_of_two() {
            return Err(block.malformed("the size of samples", offset, "a power of two", rows));
        }
        miner.restore_shares(rows, block.flag()?);
        read_totals(block, &mut miner)?;
        for _ in 0..block.count("skeletons", SKELETONS, 17)? {
            read_entry(block, &mut miner, rows)?;
        }
        Ok(miner)
    }
}

fn read_entry(block: &mut BlockReader<'_>, miner: &mut Miner, rows: usize) -> Result<(), ModelError> {
    let text = block.slice("a skeleton", 2 * LONGEST)?;
    let returned = block.flag()?;
    let offset = block.offset();
    let stats = read_stats(block)?;
    if stats.count() == 0 {
        return Err(block.malformed("the records of a skeleton", offset, "one or more", 0));
    }
    let sample = Sample::read(block, rows)?;
    let broad = if block.flag()? { Some(Box::new(Broad::read(block)?)) } else { None };
    miner.restore(text, returned, stats, sample, broad);
    Ok(())
}

fn read_totals(block: &mut BlockReader<'_>, miner: &mut Miner) -> Result<(), ModelError> {
    let forgotten = read_stats(block)?;
    let counts = [block.varint()?, block.varint()?, block.varint()?];
    let patterns = block.list("sentences that exploded", PATTERNS, 19, read_pattern)?;
    let offset = block.offset();
    let words = block.list("the set of forgotten ids", 1 << 28, 8, BlockReader::u64)?;
    let length = words.len();
    let remembered = Remembered::from_words(words).ok_or_else(|| {
        block.malformed("the set of forgotten ids", offset, "a power of two of words", length)
    })?;
    miner.restore_totals(forgotten, counts, patterns, remembered);
    for _ in 0..block.count("ids that were given out", MOST, 16)? {
        let id = TemplateId(block.u64()?);
        miner.lineage_mut().note(id, SkeletonId(block.u64()?));
    }
    Ok(())
}

fn read_pattern(block: &mut BlockReader<'_>) -> Result<Pattern, ModelError> {
    let (rest, skeleton) = (block.u64()?, block.u64()?);
    let mut number = |what| block.at_most(what, u64::from(u32::MAX)).map(|number| number as u32);
    let (stream, open, chunks) = (number("a stream")?, number("open chunks")?, number("chunks")?);
    Ok(Pattern { rest, skeleton, stream, open, chunks })
}

fn write_stats(block: &mut BlockWriter, stats: &Stats) {
    let parts = stats.parts();
    block.varint(parts.count);
    parts.levels.iter().for_each(|count| block.varint(*count));
    block.signed(parts.first);
    block.signed(parts.last);
    block.varint(parts.first_line);
    block.varint(parts.last_line);
    match parts.timeline.parts() {
        None => block.byte(0),
        Some((width, first, bins)) => {
            block.byte(width as u8);
            block.signed(first);
            bins.iter().for_each(|count| block.varint(u64::from(*count)));
        }
    }
}

fn read_stats(block: &mut BlockReader<'_>) -> Result<Stats, ModelError> {
    let offset = block.offset();
    let count = block.varint()?;
    let mut levels = [0; Level::ALL.len()];
    for level in &mut levels {
        *level = block.varint()?;
    }
    let known = levels.iter().try_fold(0u64, |sum, level| sum.checked_add(*level));
    if known.is_none_or(|known| known > count) {
        return Err(block.malformed("counts of levels", offset, "no more than records", count));
    }
    let times = (block.signed()?, block.signed()?);
    let lines = (block.varint()?, block.varint()?);
    Ok(Stats::of_parts(count, levels, times, lines, read_timeline(block)?))
}

fn read_timeline(block: &mut BlockReader<'_>) -> Result<Timeline, ModelError> {
    let offset = block.offset();
    let width = u32::from(block.byte()?);
    if width == 0 {
        return Ok(Timeline::default());
    }
    let first = block.signed()?;
    let mut bins = Box::new([0u32; BINS]);
    for bin in bins.iter_mut() {
        *bin = block.at_most("a count of a time line", u64::from(u32::MAX))? as u32;
    }
    Timeline::of_parts(width, first, bins)
        .ok_or_else(|| block.malformed("a time line", offset, "bins within the time there is", width))
}

#[cfg(test)]
mod tests {
    use super::super::Facts;
    use super::*;
    use crate::model::Allowance;
    use crate::records::time::Time;

    fn miner(lines: u64) -> Miner {
        let mut miner = Miner::default();
        for line in 0..lines {
            let time = (line % 3 != 0).then(|| Time::from_nanos(line as i64 * 77_000_000_000));
            let facts = Facts { level: Level::ALL.get(line as usize % 10).copied(), time, line, stream: 0 };
            miner.add(format!("task {line} of user{} took {line} ms", line % 7).as_bytes(), &facts);
            miner.add(b"nothing to do", &facts);
        }
        miner.issue();
        miner
    }

    fn written(miner: &Miner) -> Vec<u8> {
        let mut block = BlockWriter::default();
        miner.write(&mut block);
        block.bytes().to_vec()
    }

    fn read(state: &[u8]) -> Result<Miner, ModelError> {
        let allowance = Allowance::for_input(state.len());
        let mut block = BlockReader::new(state, &allowance);
        let miner = Miner::read(&mut block, MinerSettings::default())?;
        block.end()?;
        Ok(miner)
    }

    #[test]
    fn what_is_written_is_read_back() {
        let miner = miner(400);
        let state = written(&miner);
        let again = read(&state).expect("it was written just now");
        assert_eq!(written(&again), state);
        assert_eq!(again.account(), miner.account());
        assert!(again.bytes() <= miner.settled().bytes());
        let mut on = again;
        let mut off = miner;
        for miner in [&mut on, &mut off] {
            miner.add(b"task 5 of user5 took 5 ms", &Facts::default());
        }
        assert_eq!(written(&on), written(&off));
    }

    #[test]
    fn parts_and_the_whole_write_the_same_bytes() {
        let mut parts = [Miner::default(), Miner::default()];
        let mut whole = Miner::default();
        for line in 0..4000u64 {
            let facts = Facts { line, time: Some(Time::from_nanos(line as i64)), level: None, stream: 0 };
            let message = format!("request {} took {line} ms", line % 40);
            whole.add(message.as_bytes(), &facts);
            parts[line as usize % 2].add(message.as_bytes(), &facts);
        }
        let [one, mut two] = parts;
        two.absorb(one);
        assert_eq!(written(&two), written(&whole));
    }

    /// What a value is, who made it up, and how often it comes, decide about its text.
    #[test]
    fn only_texts_of_repeated_values_are_written() {
        let mut miner = Miner::default();
        for line in 0..40_000u64 {
            let facts = Facts { line, ..Facts::default() };
            let message =
                format!("user u{} with token=s3cret{} asked for item-{line}", line % 5 + 30, line % 3);
            miner.add(message.as_bytes(), &facts);
        }
        let state = written(&miner);
        let holds = |text: &[u8]| state.windows(text.len()).any(|window| window == text);
        assert!(holds(b"u30") && holds(b"u34"));
        assert!(!holds(b"item-") && !holds(b"s3cret"));
        let templates = read(&state).expect("it was written just now").templates();
        let tops: Vec<usize> = templates.list()[0].slots.iter().map(|slot| slot.top.len()).collect();
        assert_eq!(tops, [5, 0, 0]);
        assert!(!format!("{miner:?}").contains("s3cret"), "not even in memory");
    }

    #[test]
    fn written_parts_merge_in_any_order_to_the_byte() {
        let part = |seed: u64| {
            let mut miner = Miner::default();
            for line in 0..300 {
                let message =
                    format!("user {} took item {}", (line * 7 + seed) % 40 + 10, line * seed % 90 + 10);
                miner.add(message.as_bytes(), &Facts { line: seed * 1000 + line, ..Facts::default() });
            }
            read(&written(&miner)).expect("it was written just now")
        };
        let again = |miner: &Miner| read(&written(miner)).expect("it was written just now");
        let merged = |order: [u64; 3]| {
            let mut all = part(order[0]);
            all.absorb(part(order[1]));
            let mut all = again(&all);
            all.absorb(part(order[2]));
            written(&all)
        };
        assert_eq!(merged([1, 2, 3]), merged([3, 2, 1]));
        assert_eq!(merged([1, 2, 3]), merged([2, 3, 1]));
        assert_eq!(merged([1, 2, 3]), merged([1, 3, 2]));
    }

    #[test]
    fn damaged_bytes_are_an_error_or_a_miner() {
        let state = written(&miner(40));
        for length in 0..state.len() {
            assert!(read(&state[..length]).is_err(), "{length} bytes");
        }
        for place in 0..state.len() {
            let mut damaged = state.clone();
            damaged[place] ^= [0x01, 0x80, 0xff][place % 3];
            if let Ok(miner) = read(&damaged) {
                let _ = miner.templates();
            }
        }
        assert!(read(&[VERSION + 1]).is_err());
    }

    #[test]
    fn lengths_are_checked_before_memory_is_reserved() {
        let mut block = BlockWriter::default();
        block.byte(VERSION);
        block.varint(ROWS as u64);
        block.flag(false);
        write_stats(&mut block, &Stats::default());
        block.raw(&[0, 0, 0]);
        block.varint(1 << 63);
        assert!(read(block.bytes()).is_err());
    }
}
