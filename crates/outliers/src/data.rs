//! What goes in: rows of numbers, or sequences of events, contiguous in memory.
//!
//! Rows are `f32`, because memory traffic and not precision limits every model here (sums are
//! `f64`). A view (`Rows`, `Sequences`) borrows; an owner (`Table`, `SequenceTable`) grows. Cutting
//! a view into blocks copies nothing.

use crate::error::FitError;
use crate::guard::LIMIT;

/// Rows of numbers, one after another, each with the same number of columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rows<'a> {
    values: &'a [f32],
    columns: usize,
    count: usize,
}

impl<'a> Rows<'a> {
    /// Views `values` as rows of `columns` numbers; nothing where they do not come out even.
    #[must_use]
    pub fn new(values: &'a [f32], columns: usize) -> Option<Self> {
        if columns == 0 {
            return values.is_empty().then_some(Self { values, columns, count: 0 });
        }
        values.len().is_multiple_of(columns).then(|| Self { values, columns, count: values.len() / columns })
    }

    /// One row.
    #[must_use]
    pub fn one(row: &'a [f32]) -> Self {
        Self { values: row, columns: row.len(), count: usize::from(!row.is_empty()) }
    }

    /// How many rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Numbers per row.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// All numbers, row after row.
    #[must_use]
    pub fn values(&self) -> &'a [f32] {
        self.values
    }

    /// The row with this number.
    ///
    /// # Panics
    /// Where there is no such row, as a slice does.
    #[must_use]
    pub fn row(&self, index: usize) -> &'a [f32] {
        &self.values[index * self.columns..(index + 1) * self.columns]
    }

    /// The rows in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'a [f32]> + Clone {
        self.values.chunks_exact(self.columns.max(1))
    }

    /// The rows from `start` up to `end`, without copying; both are cut to what there is.
    #[must_use]
    pub fn slice(&self, start: usize, end: usize) -> Self {
        let end = end.min(self.count);
        let start = start.min(end);
        Self {
            values: &self.values[start * self.columns..end * self.columns],
            columns: self.columns,
            count: end - start,
        }
    }

    /// The numbers of one column, from the first row to the last.
    pub fn column(&self, column: usize) -> impl Iterator<Item = f32> + Clone + 'a {
        self.values.iter().skip(column).step_by(self.columns.max(1)).copied()
    }

    /// What every fit over rows asks first: enough rows, a column, finite numbers of at most [`LIMIT`].
    ///
    /// # Errors
    /// Says which of the three is missing, and where.
    pub fn check(&self, needed: usize) -> Result<(), FitError> {
        if self.count < needed {
            return Err(FitError::TooFew { found: self.count, needed });
        }
        if self.columns == 0 {
            return Err(FitError::NoColumns);
        }
        match self.values.iter().position(|value| value.is_nan() || value.abs() > LIMIT) {
            None => Ok(()),
            Some(place) => Err(FitError::NotFinite {
                row: place / self.columns,
                column: place % self.columns,
                value: self.values[place],
            }),
        }
    }
}

/// Rows that are owned and can grow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    values: Vec<f32>,
    columns: usize,
}

impl Table {
    /// An empty table of so many columns.
    #[must_use]
    pub fn new(columns: usize) -> Self {
        Self { values: Vec::new(), columns }
    }

    /// A table of these values; nothing where they do not come out even.
    #[must_use]
    pub fn from_values(values: Vec<f32>, columns: usize) -> Option<Self> {
        Rows::new(&values, columns)?;
        Some(Self { values, columns })
    }

    /// Copies the rows with these numbers, in this order.
    ///
    /// # Panics
    /// Where there is no such row.
    #[must_use]
    pub fn pick(rows: Rows<'_>, indices: &[usize]) -> Self {
        let mut values = Vec::with_capacity(indices.len() * rows.columns());
        indices.iter().for_each(|&index| values.extend_from_slice(rows.row(index)));
        Self { values, columns: rows.columns() }
    }

    /// Appends a row and says whether it had the right number of columns; if not, it is left out.
    pub fn push(&mut self, row: &[f32]) -> bool {
        let fits = row.len() == self.columns && self.columns > 0;
        if fits {
            self.values.extend_from_slice(row);
        }
        fits
    }

    /// Appends rows and says whether they had the right number of columns; if not, they are left out.
    pub fn extend(&mut self, rows: Rows<'_>) -> bool {
        let fits = rows.columns() == self.columns;
        if fits {
            self.values.extend_from_slice(rows.values());
        }
        fits
    }

    /// Views the rows.
    #[must_use]
    pub fn rows(&self) -> Rows<'_> {
        let count = self.values.len().checked_div(self.columns).unwrap_or(0);
        Rows { values: &self.values, columns: self.columns, count }
    }

    /// All numbers, to be changed in place.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }
}

impl<'a> From<Rows<'a>> for Table {
    fn from(rows: Rows<'a>) -> Self {
        Self { values: rows.values().to_vec(), columns: rows.columns() }
    }
}

/// Sequences of events; an event is a number that means nothing but itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sequences<'a> {
    events: &'a [u32],
    /// Where each sequence begins, and where the last one ends: one more than there are sequences.
    bounds: &'a [usize],
}

impl<'a> Sequences<'a> {
    /// How many sequences.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bounds.len().saturating_sub(1)
    }

    /// Whether there is no sequence.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sequence with this number.
    ///
    /// # Panics
    /// Where there is no such sequence, as a slice does.
    #[must_use]
    pub fn sequence(&self, index: usize) -> &'a [u32] {
        &self.events[self.bounds[index]..self.bounds[index + 1]]
    }

    /// The sequences in order.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u32]> + '_ {
        (0..self.len()).map(|index| self.sequence(index))
    }

    /// The sequences from `start` up to `end`, without copying; both are cut to what there is.
    #[must_use]
    pub fn slice(&self, start: usize, end: usize) -> Self {
        let end = end.min(self.len());
        let start = start.min(end);
        Self { events: self.events, bounds: &self.bounds[start..end + 1] }
    }

    /// How many events there are in all sequences.
    #[must_use]
    pub fn event_count(&self) -> usize {
        match (self.bounds.first(), self.bounds.last()) {
            (Some(first), Some(last)) => last - first,
            _ => 0,
        }
    }
}

/// Sequences that are owned and can grow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceTable {
    events: Vec<u32>,
    bounds: Vec<usize>,
}

impl Default for SequenceTable {
    fn default() -> Self {
        Self { events: Vec::new(), bounds: vec![0] }
    }
}

impl SequenceTable {
    /// No sequence yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a sequence, which may be empty.
    pub fn push(&mut self, events: &[u32]) {
        self.events.extend_from_slice(events);
        self.bounds.push(self.events.len());
    }

    /// Views the sequences.
    #[must_use]
    pub fn sequences(&self) -> Sequences<'_> {
        Sequences { events: &self.events, bounds: &self.bounds }
    }
}

impl<S: AsRef<[u32]>> FromIterator<S> for SequenceTable {
    fn from_iter<I: IntoIterator<Item = S>>(sequences: I) -> Self {
        let mut table = Self::new();
        sequences.into_iter().for_each(|sequence| table.push(sequence.as_ref()));
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_without_copying() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let rows = Rows::new(&values, 2).unwrap();
        assert_eq!((rows.len(), rows.columns()), (3, 2));
        assert_eq!(rows.row(1), [3.0, 4.0]);
        assert_eq!(rows.slice(1, 9).iter().collect::<Vec<_>>(), [[3.0, 4.0], [5.0, 6.0]]);
        assert_eq!(rows.column(1).collect::<Vec<_>>(), [2.0, 4.0, 6.0]);
        assert!(rows.slice(5, 2).is_empty());
        assert_eq!(Rows::new(&values, 4), None);
        assert_eq!(Rows::new(&values, 0), None);
        assert!(Rows::new(&[], 0).is_some_and(|rows| rows.is_empty() && rows.iter().len() == 0));
        assert_eq!(Table::pick(rows, &[2, 0]).rows().values(), [5.0, 6.0, 1.0, 2.0]);
    }

    #[test]
    fn what_cannot_be_trained_on_is_named() {
        let check = |values: &[f32], columns, needed| Rows::new(values, columns).unwrap().check(needed);
        assert_eq!(check(&[1.0, 2.0], 2, 1), Ok(()));
        assert_eq!(check(&[], 2, 1), Err(FitError::TooFew { found: 0, needed: 1 }));
        assert_eq!(check(&[], 0, 0), Err(FitError::NoColumns));
        assert_eq!(
            check(&[1.0, 2.0, 3.0, f32::INFINITY], 2, 1),
            Err(FitError::NotFinite { row: 1, column: 1, value: f32::INFINITY })
        );
        assert!(matches!(check(&[f32::MAX], 1, 1), Err(FitError::NotFinite { .. })));
        assert!(matches!(check(&[f32::NAN], 1, 1), Err(FitError::NotFinite { row: 0, column: 0, .. })));
    }

    #[test]
    fn a_table_takes_only_rows_of_its_width() {
        let mut table = Table::new(2);
        assert!(table.push(&[1.0, 2.0]));
        assert!(!table.push(&[1.0]));
        assert!(!Table::new(0).push(&[]));
        assert_eq!(table.rows().len(), 1);
    }

    #[test]
    fn sequences_may_be_empty() {
        let table: SequenceTable = [vec![1, 2], vec![], vec![3]].into_iter().collect();
        let sequences = table.sequences();
        assert_eq!(sequences.iter().collect::<Vec<_>>(), [&[1, 2][..], &[], &[3]]);
        assert_eq!(sequences.slice(1, 9).iter().collect::<Vec<_>>(), [&[][..], &[3]]);
        assert_eq!((sequences.slice(1, 3).event_count(), sequences.event_count()), (1, 3));
        assert!(SequenceTable::new().sequences().is_empty());
    }
}
