//! The values of some records of every skeleton: those whose content hashes lowest.
//!
//! Every record of a small skeleton is in its sample, and an even choice of the records of a large
//! one. Which records are chosen depends on their content and time alone, never on when they came,
//! so samples of parts merge to exactly the sample of the whole. The hot path pays one comparison.

use super::scan::fold;
use super::slot::{Kind, kind_of, number_of};

/// Records in a sample, unless memory is short.
pub(crate) const ROWS: usize = 64;
/// Bytes kept of a value.
pub(crate) const VALUE: usize = 48;
/// Values kept of a record.
pub(crate) const VALUES: usize = 32;

/// The values of one record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) hash: u64,
    pub(crate) time: i64,
    pub(crate) values: Box<[Seen]>,
}

impl Row {
    fn bytes(&self) -> usize {
        size_of::<Row>() + self.values.iter().map(Seen::bytes).sum::<usize>()
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

impl Seen {
    /// Looks at a value. The text is kept only where that is allowed.
    pub(crate) fn of(value: &[u8], keep_text: bool) -> Seen {
        let hash = value_hash(value);
        let text = keep_text.then(|| Box::from(value.get(..VALUE).unwrap_or(value)));
        Seen { kind: kind_of(value), number: number_of(value), hash, text }
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

    /// Takes a record in, if its hash is low enough and it is not in yet. Gives the bytes gained.
    pub(crate) fn add<'a>(
        &mut self,
        hash: u64,
        time: i64,
        values: impl Iterator<Item = &'a [u8]>,
        keep_text: bool,
        rows: usize,
    ) -> isize {
        let Err(place) = self.rows.binary_search_by_key(&hash, |row| row.hash) else { return 0 };
        if place >= rows {
            return 0;
        }
        let values = values.take(VALUES).map(|value| Seen::of(value, keep_text)).collect();
        let row = Row { hash, time, values };
        let mut gained = row.bytes() as isize;
        if self.rows.len() == rows {
            gained -= self.rows.pop().map_or(0, |last| last.bytes() as isize);
        }
        self.rows.insert(place, row);
        gained
    }

    /// Takes in the records of another sample.
    pub(crate) fn absorb(&mut self, other: Sample, rows: usize) {
        self.rows.extend(other.rows);
        self.rows.sort_by_key(|row| (row.hash, row.time));
        self.rows.dedup_by_key(|row| row.hash);
        self.shorten(rows);
    }

    /// Keeps no more than so many records.
    pub(crate) fn shorten(&mut self, rows: usize) {
        self.rows.truncate(rows);
        self.rows.shrink_to_fit();
    }

    /// The sample of rows as [`Sample::rows`] gave them.
    pub(crate) fn of_rows(rows: Vec<Row>, limit: usize) -> Option<Sample> {
        let ordered = rows.is_sorted_by(|one, two| one.hash < two.hash);
        (ordered && rows.len() <= limit).then_some(Sample { rows })
    }

    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Heap bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.rows.iter().map(Row::bytes).sum()
    }
}

/// The hash by which a record is chosen.
#[inline]
pub(crate) fn choice(content: u64, time: i64) -> u64 {
    fold(content ^ 0xE703_7ED1_A0B4_28DB, time as u64 ^ 0x5899_65CC_7537_4CC3)
}
