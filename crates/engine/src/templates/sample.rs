//! The values of some records of every skeleton: those whose content hashes lowest.
//!
//! Every record of a small skeleton is in its sample, and an even choice of the records of a large
//! one. Which records are chosen depends on their content and time alone, never on when they came,
//! so samples of parts merge to exactly the sample of the whole. The hot path pays one comparison.
//!
//! Most records that are chosen are pushed out again by others before anybody asks for their values. So a
//! record waits as the message that it was and is read when the sample is *settled*: before it is shown,
//! written or merged.
//!
//! In memory a settled record has the texts of its values, but for secrets and personal data. A model holds
//! those texts alone that a list of frequent values needs, see [`Sample::write`].

use std::ops::Range;

use super::scan::fold;
use super::slot::{Kind, kind_of, number_of};
use super::texts::Texts;
use crate::model::{BlockReader, BlockWriter, ModelError};
use crate::records::redact::{Kinds, covered};

/// Records in a sample, unless memory is short.
pub(crate) const ROWS: usize = 64;
/// Bytes kept of a value.
pub(crate) const VALUE: usize = 48;
/// Values kept of a record.
pub(crate) const VALUES: usize = 32;

/// One record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) hash: u64,
    pub(crate) time: i64,
    content: Content,
}

/// What is kept of a record.
#[derive(Clone, Debug, PartialEq)]
enum Content {
    Values(Box<[Seen]>),
    /// Its message, until somebody asks for the values; with the chunks that are taken for values.
    Message(Box<[u8]>, u32),
}

impl Row {
    /// The same record was read twice, and the texts of its values may have been dropped once.
    fn take_texts(&mut self, other: &mut Row) {
        let (Content::Values(mine), Content::Values(theirs)) = (&mut self.content, &mut other.content) else {
            return;
        };
        for (mine, theirs) in mine.iter_mut().zip(theirs) {
            mine.text = mine.text.take().or(theirs.text.take());
        }
    }

    /// Its values; none before the sample is settled.
    pub(crate) fn values(&self) -> &[Seen] {
        match &self.content {
            Content::Values(values) => values,
            Content::Message(..) => &[],
        }
    }

    fn bytes(&self) -> usize {
        let content = match &self.content {
            Content::Values(values) => values.iter().map(Seen::bytes).sum(),
            Content::Message(message, _) => message.len(),
        };
        size_of::<Row>() + content
    }
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) kind: Kind,
    pub(crate) number: Option<f64>,
    pub(crate) hash: u64,
    /// The beginning of its text; nothing where texts must not be kept.
    pub(crate) text: Option<Box<[u8]>>,
}

/// What may be kept of a value beside its type and hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Its text and number.
    Text,
    /// Its number.
    Number,
    /// Neither: it is a secret or says who somebody is.
    Nothing,
}

impl Keep {
    /// What may be kept of the values in the holes of a message.
    pub(crate) fn of_values(
        message: &[u8],
        holes: impl Iterator<Item = Range<usize>>,
        keep_text: bool,
    ) -> Vec<Keep> {
        if !keep_text {
            return holes.map(|_| Keep::Number).collect();
        }
        let secrets = covered(message, Kinds::ALL);
        let is_secret = |hole: &Range<usize>| {
            secrets.iter().any(|range| range.start < hole.end && hole.start < range.end)
        };
        holes.map(|hole| if is_secret(&hole) { Keep::Nothing } else { Keep::Text }).collect()
    }
}

impl Seen {
    /// Looks at a value and keeps of it what may be kept.
    pub(crate) fn of(value: &[u8], keep: Keep) -> Seen {
        let hash = value_hash(value);
        let number = if keep == Keep::Nothing { None } else { number_of(value) };
        let text = (keep == Keep::Text).then(|| Box::from(value.get(..VALUE).unwrap_or(value)));
        Seen { kind: kind_of(value), number, hash, text }
    }

    fn write(&self, block: &mut BlockWriter) {
        block.byte(self.kind as u8);
        block.u64(self.hash);
        block.flag(self.number.is_some());
        if let Some(number) = self.number {
            block.f64(number);
        }
    }

    fn read(block: &mut BlockReader<'_>) -> Result<Seen, ModelError> {
        let offset = block.offset();
        let number = block.byte()?;
        let Some(kind) = Kind::ALL.get(usize::from(number)).copied() else {
            return Err(block.malformed("the type of a value", offset, "a type that is known", number));
        };
        let hash = block.u64()?;
        let number = if block.flag()? { Some(block.f64()?) } else { None };
        Ok(Seen { kind, number, hash, text: None })
    }

    fn bytes(&self) -> usize {
        size_of::<Seen>() + self.text.as_ref().map_or(0, |text| text.len())
    }
}

/// A hash of a value, for counting different ones.
pub(crate) fn value_hash(value: &[u8]) -> u64 {
    super::id::digest(b'v', value).high
}

/// The records of a skeleton with the lowest hashes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sample {
    /// In the order of their hashes.
    rows: Vec<Row>,
    /// Of values that repeated when a part was learned.
    texts: Texts,
}

impl Sample {
    /// Only records whose hash lies below change the sample.
    #[inline]
    pub(crate) fn threshold(&self, rows: usize) -> u64 {
        match self.rows.get(rows.wrapping_sub(1)) {
            Some(last) => last.hash,
            None => u64::MAX,
        }
    }

    /// Takes a record in, if its hash is low enough and it is not in yet, with the chunks of its message that are
    /// taken for values. Gives the bytes gained.
    pub(crate) fn add(&mut self, hash: u64, time: i64, message: &[u8], open: u32, rows: usize) -> isize {
        let Err(place) = self.rows.binary_search_by_key(&hash, |row| row.hash) else { return 0 };
        if place >= rows {
            return 0;
        }
        let row = Row { hash, time, content: Content::Message(Box::from(message), open) };
        let mut gained = row.bytes() as isize;
        if self.rows.len() == rows {
            gained -= self.rows.pop().map_or(0, |last| last.bytes() as isize);
        }
        self.rows.insert(place, row);
        gained
    }

    /// Reads the values of records that wait as messages. Gives the bytes gained.
    pub(crate) fn settle(&mut self, mut read: impl FnMut(&[u8], u32) -> Box<[Seen]>) -> isize {
        let mut gained = 0;
        for row in &mut self.rows {
            if let Content::Message(message, open) = &row.content {
                let values = read(message, *open);
                gained -= row.bytes() as isize;
                row.content = Content::Values(values);
                gained += row.bytes() as isize;
            }
        }
        gained
    }

    /// Takes in the records of another sample.
    pub(crate) fn absorb(&mut self, other: Sample, rows: usize) {
        self.rows.extend(other.rows);
        self.rows.sort_by_key(|row| (row.hash, row.time));
        self.rows.dedup_by(|later, first| {
            let same = later.hash == first.hash;
            if same {
                first.take_texts(later);
            }
            same
        });
        self.texts.absorb(&other.texts, rows / 2);
        self.shorten(rows);
    }

    /// Keeps no more than so many records.
    pub(crate) fn shorten(&mut self, rows: usize) {
        self.rows.truncate(rows);
        self.rows.shrink_to_fit();
        self.texts.shorten(rows / 2);
    }

    /// The text of a value of a record of this sample, where it is known.
    pub(crate) fn text<'a>(&'a self, slot: usize, seen: &'a Seen) -> Option<&'a [u8]> {
        seen.text.as_deref().or_else(|| self.texts.get(slot, seen.hash))
    }

    /// The texts that a model may hold: those of values that two records have, and those that were
    /// chosen so when a part was learned.
    fn lasting_texts(&self, most: usize) -> Texts {
        let mut texts = self.texts.clone();
        let slots = self.rows.iter().map(|row| row.values().len()).max().unwrap_or(0);
        for slot in 0..slots {
            let mut seen: Vec<&Seen> = self.rows.iter().filter_map(|row| row.values().get(slot)).collect();
            seen.sort_by_key(|seen| seen.hash);
            for same in seen.chunk_by(|one, two| one.hash == two.hash).filter(|same| same.len() > 1) {
                for (seen, text) in same.iter().filter_map(|seen| Some((seen, seen.text.as_deref()?))) {
                    texts.add(slot, seen.hash, text, most);
                }
            }
        }
        texts
    }

    /// Writes the records with types, numbers and hashes of their values, then the texts of values
    /// that repeat.
    pub(crate) fn write(&self, block: &mut BlockWriter, limit: usize) {
        block.list(self.rows.iter(), |block, row| {
            block.u64(row.hash);
            block.signed(row.time);
            block.list(row.values().iter(), |block, seen| seen.write(block));
        });
        self.lasting_texts(limit / 2).write(block);
    }

    /// Reads what [`Sample::write`] wrote.
    pub(crate) fn read(block: &mut BlockReader<'_>, limit: usize) -> Result<Sample, ModelError> {
        let offset = block.offset();
        let rows = block.list("records of a sample", limit, 10, |block| {
            let (hash, time) = (block.u64()?, block.signed()?);
            let values = block.list("values", VALUES, 10, Seen::read)?;
            Ok(Row { hash, time, content: Content::Values(values.into()) })
        })?;
        if !rows.is_sorted_by(|one, two| one.hash < two.hash) {
            return Err(block.malformed(
                "a sample",
                offset,
                "records in the order of their hashes",
                rows.len(),
            ));
        }
        Ok(Sample { rows, texts: Texts::read(block, limit / 2)? })
    }

    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Heap bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.rows.iter().map(Row::bytes).sum::<usize>() + self.texts.bytes()
    }
}

/// The hash by which a record is chosen.
#[inline]
pub(crate) fn choice(content: u64, time: i64) -> u64 {
    fold(content ^ 0xE703_7ED1_A0B4_28DB, time as u64 ^ 0x5899_65CC_7537_4CC3)
}

#[cfg(test)]
mod tests {
    use super::super::skeleton::Skeletons;
    use super::*;

    fn kept(message: &str, keep_text: bool) -> Vec<(String, Keep)> {
        let mut skeletons = Skeletons::default();
        skeletons.read(message.as_bytes(), 0);
        let keeps = Keep::of_values(message.as_bytes(), skeletons.holes(), keep_text);
        let value = |hole: Range<usize>| message[hole].to_owned();
        skeletons.holes().map(value).zip(keeps).collect()
    }

    #[test]
    fn secrets_and_personal_data_are_not_kept() {
        let table: &[(&str, &[Keep])] = &[
            (
                "login of user7x with password=hunter22 from 10.0.0.1",
                &[Keep::Text, Keep::Nothing, Keep::Text],
            ),
            ("mail to alice@example.com took 5 ms", &[Keep::Nothing, Keep::Text]),
            ("card 4111 1111 1111 1111 was charged 17.50", &[Keep::Nothing, Keep::Text]),
            ("open https://bob:pa55word@example.com/x now", &[Keep::Nothing]),
            ("api_key=4f9d1c77aa01be9c ok=1", &[Keep::Nothing, Keep::Text]),
            ("took 5 ms", &[Keep::Text]),
        ];
        for (message, wanted) in table {
            let keeps: Vec<Keep> = kept(message, true).into_iter().map(|(_, keep)| keep).collect();
            assert_eq!(keeps, *wanted, "{message}: {:?}", kept(message, true));
            assert!(kept(message, false).iter().all(|(_, keep)| *keep == Keep::Number), "{message}");
        }
        let card = Seen::of(b"4111111111111111", Keep::Nothing);
        assert_eq!((card.number, card.text), (None, None));
    }
}
