//! Rows of the kernel matrix, computed when asked for and kept while there is room.
//!
//! The solver swaps what it is done with to the end, so a row is often needed only up to some length;
//! it is computed up to there, and further when more is asked for. The row that was not asked for
//! longest makes room.

use crate::data::{Rows, Table};
use crate::lanes::{self, Kernel, LANES, Lanes};

/// Rows to be compared, in an order that changes, with rows of the matrix.
pub(super) struct Matrix {
    kernel: Kernel,
    rows: Table,
    panels: Vec<Lanes>,
    /// The kernel of each row with itself.
    diagonal: Vec<f64>,
    cached: Vec<Option<Cached>>,
    /// Numbers that may still be kept.
    room: usize,
    clock: u64,
    scratch: Vec<Lanes>,
}

struct Cached {
    values: Vec<f32>,
    asked: u64,
}

impl Matrix {
    /// `room` is how many numbers may be kept; two rows are kept in any case.
    pub(super) fn new(rows: Rows<'_>, kernel: Kernel, room: usize) -> Self {
        let mut matrix = Self {
            kernel,
            rows: Table::from(rows),
            panels: lanes::panels(rows),
            diagonal: Vec::new(),
            cached: (0..rows.len()).map(|_| None).collect(),
            room: room.max(rows.len() * 2),
            clock: 0,
            scratch: Vec::new(),
        };
        matrix.diagonal = rows.iter().map(|row| matrix.of_itself(row)).collect();
        matrix
    }

    fn of_itself(&self, row: &[f32]) -> f64 {
        let mut out = [[0.0; LANES]];
        lanes::kernel_row(self.kernel, &lanes::panels(Rows::one(row)), row, &mut out);
        f64::from(out[0][0])
    }

    pub(super) fn diagonal(&self) -> &[f64] {
        &self.diagonal
    }

    /// Makes sure that the rows are there up to `length`; the second may not displace the first.
    pub(super) fn load(&mut self, first: usize, second: usize, length: usize) {
        self.load_one(first, length, second);
        self.load_one(second, length, first);
    }

    /// A row that was loaded, up to `length`.
    pub(super) fn row(&self, index: usize, length: usize) -> &[f32] {
        self.cached[index].as_ref().map_or(&[], |cached| &cached.values[..length])
    }

    fn load_one(&mut self, index: usize, length: usize, keep: usize) {
        self.clock += 1;
        let mut values = self.cached[index].take().map_or_else(Vec::new, |cached| cached.values);
        if values.len() < length {
            self.room += values.capacity();
            self.make_room(length, keep);
            let from = values.len() / LANES * LANES;
            values.truncate(from);
            values.reserve_exact(length - from);
            self.compute(index, from, length, &mut values);
            self.room = self.room.saturating_sub(values.capacity());
        }
        self.cached[index] = Some(Cached { values, asked: self.clock });
    }

    fn compute(&mut self, index: usize, from: usize, length: usize, values: &mut Vec<f32>) {
        let columns = self.rows.rows().columns();
        let panels = from / LANES..length.div_ceil(LANES);
        self.scratch.resize(panels.len(), [0.0; LANES]);
        let row = self.rows.rows().row(index);
        let wanted = &self.panels[panels.start * columns..panels.end * columns];
        lanes::kernel_row(self.kernel, wanted, row, &mut self.scratch);
        values.extend(self.scratch.iter().flatten().take(length - from));
    }

    fn make_room(&mut self, wanted: usize, keep: usize) {
        while self.room < wanted {
            let cached = self.cached.iter().enumerate().filter(|&(index, _)| index != keep);
            let oldest = cached.filter_map(|(index, cached)| cached.as_ref().map(|c| (c.asked, index))).min();
            let Some((_, index)) = oldest else { return };
            if let Some(cached) = self.cached[index].take() {
                self.room += cached.values.capacity();
            }
        }
    }

    /// Exchanges two rows, in all that is kept.
    pub(super) fn swap(&mut self, a: usize, b: usize) {
        let (a, b) = (a.min(b), a.max(b));
        if a == b {
            return;
        }
        let columns = self.rows.rows().columns();
        let values = self.rows.values_mut();
        for column in 0..columns {
            values.swap(a * columns + column, b * columns + column);
            let one = self.panels[a / LANES * columns + column][a % LANES];
            let other = std::mem::replace(&mut self.panels[b / LANES * columns + column][b % LANES], one);
            self.panels[a / LANES * columns + column][a % LANES] = other;
        }
        self.diagonal.swap(a, b);
        self.cached.swap(a, b);
        for cached in self.cached.iter_mut().flatten() {
            let length = cached.values.len();
            if b < length {
                cached.values.swap(a, b);
            } else if a < length {
                // What stands at `b` is not known: the row ends before `a` now.
                cached.values.truncate(a);
            }
        }
    }

    /// For the rows from `start` on, the weighted sum over the kernel with all rows.
    pub(super) fn sums(&self, weights: &[f64], start: usize) -> Vec<f64> {
        let rows = self.rows.rows();
        let taken: Vec<usize> = (0..rows.len()).filter(|&index| weights[index] > 0.0).collect();
        let panels = lanes::panels(Table::pick(rows, &taken).rows());
        let mut lanes_of = vec![[0.0; LANES]; taken.len().div_ceil(LANES)];
        for (place, &index) in taken.iter().enumerate() {
            lanes_of[place / LANES][place % LANES] = weights[index] as f32;
        }
        let mut out = vec![0.0; rows.len() - start];
        if !taken.is_empty() {
            let queries = rows.slice(start, rows.len()).values();
            lanes::kernel_sums(self.kernel, &panels, &lanes_of, queries, &mut out);
        }
        out
    }
}
