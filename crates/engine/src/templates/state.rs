//! A miner in, its bytes out, and back: what a model file keeps of it.
//!
//! Two miners that have counted the same records write the same bytes, whatever the order in which
//! they came. Reading checks every length before it reserves memory, so foreign bytes can cost no
//! more than a small multiple of their own length; a fault is an error, never a panic.

use super::explosion::{Pattern, Remembered};
use super::id::{SkeletonId, TemplateId, VERSION};
use super::sample::{ROWS, Row, Sample, Seen};
use super::slot::Kind;
use super::stats::{BINS, Stats, Timeline};
use super::table::{Miner, MinerSettings};
use crate::records::level::Level;

/// Why bytes are no miner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The rules that make skeletons were others then.
    #[error(
        "the templates were made by rules of version {0}, this program has version {VERSION}\nhint: learn the model anew from the logs"
    )]
    Version(u8),
    /// The bytes end too early.
    #[error("the templates end in the middle")]
    Short,
    /// A value that no miner writes.
    #[error("the templates are damaged: {0}")]
    Damaged(&'static str),
}

impl Miner {
    /// Writes all that the miner knows.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        number(out, self.rows() as u64);
        self.write_totals(out);
        let entries = self.in_order();
        number(out, entries.len() as u64);
        for entry in entries {
            bytes(out, &entry.text);
            out.push(u8::from(entry.returned));
            write_stats(out, &entry.stats);
            write_sample(out, &entry.sample);
        }
    }

    fn write_totals(&self, out: &mut Vec<u8>) {
        let totals = self.totals();
        write_stats(out, totals.forgotten);
        for count in [totals.forgotten_skeletons, totals.formless, totals.returned] {
            number(out, count);
        }
        let patterns = totals.patterns;
        number(out, patterns.len() as u64);
        for pattern in patterns {
            fixed(out, pattern.rest);
            fixed(out, pattern.skeleton);
        }
        let words = totals.remembered.words();
        number(out, words.len() as u64);
        words.iter().for_each(|word| fixed(out, *word));
        let issued = self.lineage().issued();
        number(out, issued.len() as u64);
        for (id, skeleton) in issued {
            fixed(out, id.0);
            fixed(out, skeleton.0);
        }
    }

    /// Reads what [`Miner::write`] wrote. All bytes must be used.
    pub fn read(state: &[u8], settings: MinerSettings) -> Result<Miner, StateError> {
        let mut from = Source { rest: state };
        let version = from.byte()?;
        if version != VERSION {
            return Err(StateError::Version(version));
        }
        let mut miner = Miner::new(settings);
        let rows = from.number()? as usize;
        if rows > ROWS || !rows.is_power_of_two() {
            return Err(StateError::Damaged("the size of samples"));
        }
        miner.set_rows(rows);
        read_totals(&mut from, &mut miner)?;
        for _ in 0..from.count(8)? {
            let text = from.bytes()?;
            let returned = from.byte()? != 0;
            let stats = read_stats(&mut from)?;
            if stats.count() == 0 {
                return Err(StateError::Damaged("a skeleton without a record"));
            }
            let sample = read_sample(&mut from, rows)?;
            miner.restore(text, returned, stats, sample);
        }
        if !from.rest.is_empty() {
            return Err(StateError::Damaged("more bytes than skeletons"));
        }
        Ok(miner)
    }
}

fn read_totals(from: &mut Source<'_>, miner: &mut Miner) -> Result<(), StateError> {
    let forgotten = read_stats(from)?;
    let counts = [from.number()?, from.number()?, from.number()?];
    let mut patterns = Vec::new();
    for _ in 0..from.count(16)? {
        patterns.push(Pattern { rest: from.fixed()?, skeleton: from.fixed()? });
    }
    let words = from.count(8)?;
    let words = (0..words).map(|_| from.fixed()).collect::<Result<Vec<u64>, _>>()?;
    let remembered = Remembered::from_words(words).ok_or(StateError::Damaged("the set of forgotten ids"))?;
    miner.restore_totals(forgotten, counts, patterns, remembered);
    for _ in 0..from.count(16)? {
        let id = TemplateId(from.fixed()?);
        miner.lineage_mut().note(id, SkeletonId(from.fixed()?));
    }
    Ok(())
}

// ---- writing -----------------------------------------------------------------------------------

/// Seven bits a byte, the lowest first.
fn number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn fixed(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn bytes(out: &mut Vec<u8>, text: &[u8]) {
    number(out, text.len() as u64);
    out.extend_from_slice(text);
}

fn write_stats(out: &mut Vec<u8>, stats: &Stats) {
    let parts = stats.parts();
    number(out, parts.count);
    parts.levels.iter().for_each(|count| number(out, *count));
    for value in [parts.first as u64, parts.last as u64] {
        fixed(out, value);
    }
    number(out, parts.first_line);
    number(out, parts.last_line);
    match parts.timeline.parts() {
        None => out.push(0),
        Some((width, first, bins)) => {
            out.push(width as u8);
            fixed(out, first as u64);
            bins.iter().for_each(|count| number(out, u64::from(*count)));
        }
    }
}

fn write_sample(out: &mut Vec<u8>, sample: &Sample) {
    number(out, sample.rows().len() as u64);
    for row in sample.rows() {
        fixed(out, row.hash);
        fixed(out, row.time as u64);
        number(out, row.values.len() as u64);
        for seen in &row.values {
            out.push(seen.kind as u8);
            match &seen.text {
                // Everything else follows from a text that is whole; a cut one has its own hash.
                Some(text) => bytes(out, text),
                None => number(out, 0),
            }
            out.push(u8::from(seen.text.is_some()) | u8::from(seen.number.is_some()) << 1);
            fixed(out, seen.hash);
            if let Some(value) = seen.number {
                fixed(out, value.to_bits());
            }
        }
    }
}

// ---- reading -----------------------------------------------------------------------------------

struct Source<'a> {
    rest: &'a [u8],
}

impl<'a> Source<'a> {
    fn byte(&mut self) -> Result<u8, StateError> {
        let (first, rest) = self.rest.split_first().ok_or(StateError::Short)?;
        self.rest = rest;
        Ok(*first)
    }

    fn number(&mut self) -> Result<u64, StateError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                return Err(StateError::Damaged("a number that is too large"));
            }
            value |= part << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(StateError::Damaged("a number that is too long"))
    }

    fn fixed(&mut self) -> Result<u64, StateError> {
        let (word, rest) = self.rest.split_first_chunk::<8>().ok_or(StateError::Short)?;
        self.rest = rest;
        Ok(u64::from_le_bytes(*word))
    }

    /// How many things follow, each of which takes at least so many bytes.
    fn count(&mut self, least: usize) -> Result<usize, StateError> {
        let count = self.number()?;
        let room = self.rest.len() / least;
        usize::try_from(count).ok().filter(|count| *count <= room).ok_or(StateError::Short)
    }

    fn bytes(&mut self) -> Result<&'a [u8], StateError> {
        let length = self.count(1)?;
        let (text, rest) = self.rest.split_at_checked(length).ok_or(StateError::Short)?;
        self.rest = rest;
        Ok(text)
    }
}

fn read_stats(from: &mut Source<'_>) -> Result<Stats, StateError> {
    let count = from.number()?;
    let mut levels = [0; Level::ALL.len()];
    for level in &mut levels {
        *level = from.number()?;
    }
    let known = levels.iter().try_fold(0u64, |sum, level| sum.checked_add(*level));
    if known.is_none_or(|known| known > count) {
        return Err(StateError::Damaged("more levels than records"));
    }
    let (first, last) = (from.fixed()? as i64, from.fixed()? as i64);
    let (first_line, last_line) = (from.number()?, from.number()?);
    let timeline = read_timeline(from)?;
    Ok(Stats::of_parts(count, levels, (first, last), (first_line, last_line), timeline))
}

fn read_timeline(from: &mut Source<'_>) -> Result<Timeline, StateError> {
    let width = u32::from(from.byte()?);
    if width == 0 {
        return Ok(Timeline::default());
    }
    let first = from.fixed()? as i64;
    let mut bins = Box::new([0u32; BINS]);
    for bin in bins.iter_mut() {
        *bin = u32::try_from(from.number()?).map_err(|_| StateError::Damaged("a count of a time line"))?;
    }
    Timeline::of_parts(width, first, bins).ok_or(StateError::Damaged("the bins of a time line"))
}

fn read_sample(from: &mut Source<'_>, rows: usize) -> Result<Sample, StateError> {
    let count = from.count(17)?;
    let mut read = Vec::with_capacity(count.min(rows));
    for _ in 0..count {
        let (hash, time) = (from.fixed()?, from.fixed()? as i64);
        let values = from.count(11)?;
        let values = (0..values).map(|_| read_seen(from)).collect::<Result<_, _>>()?;
        read.push(Row { hash, time, values });
    }
    Sample::of_rows(read, rows).ok_or(StateError::Damaged("the order of a sample"))
}

fn read_seen(from: &mut Source<'_>) -> Result<Seen, StateError> {
    let kind = Kind::ALL
        .get(usize::from(from.byte()?))
        .copied()
        .ok_or(StateError::Damaged("the type of a value"))?;
    let text = from.bytes()?;
    let flags = from.byte()?;
    let hash = from.fixed()?;
    let number = if flags & 2 != 0 { Some(f64::from_bits(from.fixed()?)) } else { None };
    Ok(Seen { kind, number, hash, text: (flags & 1 != 0).then(|| Box::from(text)) })
}

#[cfg(test)]
mod tests {
    use super::super::Facts;
    use super::*;
    use crate::records::time::Time;

    fn miner(lines: u64) -> Miner {
        let mut miner = Miner::default();
        for line in 0..lines {
            let time = (line % 3 != 0).then(|| Time::from_nanos(line as i64 * 77_000_000_000));
            let facts = Facts { level: Level::ALL.get(line as usize % 10).copied(), time, line };
            miner.add(format!("task {line} of user{} took {line} ms", line % 7).as_bytes(), &facts);
            miner.add(b"nothing to do", &facts);
        }
        miner.issue();
        miner
    }

    fn written(miner: &Miner) -> Vec<u8> {
        let mut out = Vec::new();
        miner.write(&mut out);
        out
    }

    #[test]
    fn what_is_written_is_read_back() {
        let miner = miner(200);
        let state = written(&miner);
        let again = Miner::read(&state, MinerSettings::default()).expect("it was written just now");
        assert_eq!(written(&again), state);
        assert_eq!(again.account(), miner.account());
        assert_eq!(again.bytes(), miner.bytes());
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
        for line in 0..500u64 {
            let facts = Facts { line, time: Some(Time::from_nanos(line as i64)), level: None };
            let message = format!("request {} took {line} ms", line % 40);
            whole.add(message.as_bytes(), &facts);
            parts[line as usize % 2].add(message.as_bytes(), &facts);
        }
        let [one, mut two] = parts;
        two.absorb(one);
        assert_eq!(written(&two), written(&whole));
    }

    #[test]
    fn damaged_bytes_are_an_error_or_a_miner() {
        let state = written(&miner(12));
        for length in 0..state.len() {
            assert!(Miner::read(&state[..length], MinerSettings::default()).is_err(), "{length} bytes");
        }
        for place in 0..state.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut damaged = state.clone();
                damaged[place] ^= flip;
                if let Ok(miner) = Miner::read(&damaged, MinerSettings::default()) {
                    let _ = miner.templates();
                }
            }
        }
        assert_eq!(
            Miner::read(&[VERSION + 1], MinerSettings::default()).err(),
            Some(StateError::Version(VERSION + 1))
        );
    }

    #[test]
    fn lengths_are_checked_before_memory_is_reserved() {
        let mut state = vec![VERSION];
        number(&mut state, ROWS as u64);
        write_stats(&mut state, &Stats::default());
        state.extend_from_slice(&[0, 0, 0]);
        number(&mut state, 1 << 63);
        assert_eq!(Miner::read(&state, MinerSettings::default()).err(), Some(StateError::Short));
    }
}
