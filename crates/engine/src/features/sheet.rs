//! Rows before their columns are fixed: numbers, and keys that become columns once a layout is fitted.
//!
//! All rows stand in three lists one after another, so a row costs no allocation of its own. A row has a lot drawn
//! from its place; where there are too many rows, those with the lowest lots are left out. So what is left is the
//! same sample whatever the order in which logs are read.

use super::layout::Met;
use crate::model::digest;

/// Where a row stands in the logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowPlace {
    /// The line of its first record.
    pub line: u64,
    /// Where that begins.
    pub offset: u64,
    /// The stream within the log.
    pub stream: u32,
    /// Seconds since 1970 of its first record, or where its window begins.
    pub seconds: Option<i64>,
    /// Records it stands for.
    pub records: u32,
}

/// What a key belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Space {
    /// A value of one of the categories.
    Category(u8),
    /// A skeleton or an event.
    Template,
    /// A word.
    Term,
    /// A word by its bucket.
    Bucket,
    /// A field with a number.
    Field,
}

/// A key with its number: how often, or what the field says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) space: Space,
    pub(super) key: u64,
    pub(super) value: f32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Row {
    place: RowPlace,
    /// Where its entries end.
    end: usize,
    lot: u8,
}

/// Rows of one log, or of several.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    width: usize,
    numbers: Vec<f32>,
    entries: Vec<Entry>,
    rows: Vec<Row>,
    /// What templates mean that a training never met.
    pub(super) met: Met,
}

/// One row of a sheet.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowView<'a> {
    pub(super) numbers: &'a [f32],
    pub(super) entries: &'a [Entry],
    pub(super) met: &'a Met,
}

impl Sheet {
    /// Without rows, for so many numbers in each.
    pub(super) fn new(width: usize) -> Sheet {
        Sheet { width, ..Sheet::default() }
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Where a row stands.
    pub fn place(&self, row: usize) -> RowPlace {
        self.rows.get(row).map(|row| row.place).unwrap_or_default()
    }

    /// Forgets all rows and keeps the memory.
    pub fn clear(&mut self) {
        self.numbers.clear();
        self.entries.clear();
        self.rows.clear();
    }

    /// Words of four bytes that a row takes, and its lot: how many zeros its hash begins with.
    pub fn weight(&self, row: usize) -> (u64, u8) {
        let lot = self.rows.get(row).map_or(0, |row| row.lot);
        ((self.width + 6 * self.view(row).entries.len() + 8) as u64, lot)
    }

    /// Adds a row; `log` is the name of its log, by which its lot is drawn.
    pub(super) fn push(&mut self, numbers: &[f32], entries: &[Entry], place: RowPlace, log: u64) {
        self.numbers.extend(numbers.iter().take(self.width));
        let missing = self.width.saturating_sub(numbers.len());
        self.numbers.extend(std::iter::repeat_n(f32::NAN, missing));
        self.entries.extend_from_slice(entries);
        let lot = mixed(log ^ mixed(place.line ^ u64::from(place.stream) << 48)).leading_zeros() as u8;
        self.rows.push(Row { place, end: self.entries.len(), lot });
    }

    /// Leaves only rows whose lot is at least this.
    pub fn thin(&mut self, lot: u8) {
        if self.rows.iter().all(|row| row.lot >= lot) {
            return;
        }
        let thinned = self.rows.iter().enumerate().filter(|(_, row)| row.lot >= lot);
        let mut kept = Sheet::new(self.width);
        for (at, row) in thinned {
            kept.copy(self.view(at), *row);
        }
        kept.met = std::mem::take(&mut self.met);
        *self = kept;
    }

    /// Adds the rows of another.
    pub fn append(&mut self, other: &Sheet) {
        self.width = self.width.max(other.width);
        for (at, row) in other.rows.iter().enumerate() {
            self.copy(other.view(at), *row);
        }
    }

    fn copy(&mut self, view: RowView<'_>, row: Row) {
        self.numbers.extend_from_slice(view.numbers);
        self.entries.extend_from_slice(view.entries);
        self.rows.push(Row { end: self.entries.len(), ..row });
    }

    /// A row.
    pub(super) fn view(&self, row: usize) -> RowView<'_> {
        let end_of = |row: Option<usize>| row.and_then(|row| self.rows.get(row)).map_or(0, |row| row.end);
        let (start, end) = (end_of(row.checked_sub(1)), end_of(Some(row)));
        let numbers = self.numbers.get(row * self.width..(row + 1) * self.width);
        RowView {
            numbers: numbers.unwrap_or_default(),
            entries: self.entries.get(start..end).unwrap_or_default(),
            met: &self.met,
        }
    }

    /// All rows.
    pub(super) fn views(&self) -> impl Iterator<Item = RowView<'_>> {
        (0..self.rows.len()).map(|row| self.view(row))
    }

    /// Numbers in a row.
    pub(super) fn width(&self) -> usize {
        self.width
    }
}

/// The hash of a name or value. It stands in models, so it is one that never changes.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    digest(bytes) as u64
}

/// Spreads the bits of a number.
pub(super) fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(lines: std::ops::Range<u64>) -> Sheet {
        let mut sheet = Sheet::new(2);
        for line in lines {
            let entry = Entry { space: Space::Term, key: line, value: 1.0 };
            let entries = vec![entry; (line % 3) as usize];
            let place = RowPlace { line, records: 1, ..RowPlace::default() };
            sheet.push(&[line as f32, 1.0], &entries, place, 7);
        }
        sheet
    }

    #[test]
    fn rows_keep_what_belongs_to_them() {
        let mut whole = sheet(0..40);
        whole.append(&sheet(40..100));
        assert_eq!(whole.len(), 100);
        for line in 0..100 {
            let view = whole.view(line);
            assert_eq!((view.numbers[0], view.entries.len()), (line as f32, line % 3));
            assert_eq!(whole.place(line).line, line as u64);
        }
        assert_eq!(whole.weight(99), (2 + 8, whole.weight(99).1));
        assert_eq!(whole.weight(98).0, 2 + 6 * 2 + 8);
    }

    #[test]
    fn thinning_in_parts_is_thinning_the_whole() {
        let mut whole = sheet(0..1000);
        whole.thin(2);
        let mut parts = sheet(0..500);
        parts.thin(1);
        parts.append(&sheet(500..1000));
        parts.thin(2);
        let lines = |sheet: &Sheet| (0..sheet.len()).map(|row| sheet.place(row).line).collect::<Vec<_>>();
        assert_eq!(lines(&whole), lines(&parts));
        assert!((180..320).contains(&whole.len()), "{}", whole.len());
        assert!(whole.views().zip(lines(&whole)).all(|(view, line)| view.numbers[0] == line as f32));
    }
}
