//! Rows that may be among the nearest of one query: estimates in, the nearest out, exactly.
//!
//! Rows are collected with a lower estimate of half their squared distance (less half the squared length of the
//! query, which is the same for all). Now and then the pool is settled: where so many rows as are asked for
//! are certainly nearer than some distance, all that are certainly further are dropped, and from then on
//! none of these is collected. That costs no look at the rows themselves, which are rarely in the nearest
//! cache. Where estimates cannot tell rows apart (duplicates, lattices, enormous lengths), those in the
//! pool are measured, and the nearest kept apart: so a pool never outgrows its room.

use crate::local_outlier_factor::neighbours::{LONGEST, Measured, Neighbour, square_distance};

/// Room beyond the neighbours that are asked for, before the pool is settled.
const ROOM: usize = 44;

/// What measures rows from a query.
pub(super) struct Measures<'a> {
    pub(super) query: &'a [f64],
    pub(super) rows: &'a Measured,
    pub(super) numbers: &'a [u32],
    pub(super) slacks: &'a [f32],
}

impl Measures<'_> {
    fn neighbour(&self, index: u32) -> Neighbour {
        let index = index as usize;
        Neighbour { square: square_distance(self.query, self.rows.row(index)), row: self.numbers[index] }
    }
}

/// What may be said of the estimates for a query.
#[derive(Clone, Copy)]
pub(super) struct Slack {
    square: f64,
    error: f64,
}

impl Slack {
    /// For a query of this squared length.
    pub(super) fn of(square: f64, error: f64) -> Self {
        Self { square, error }
    }

    /// The estimate above which a row is further than this squared distance.
    fn limit(&self, reach: f64) -> f32 {
        if self.square > LONGEST {
            return f32::INFINITY;
        }
        ((reach - self.square) / 2.0 + self.square * self.error) as f32
    }

    /// The squared distance within which a row with this upper estimate stands.
    fn reach(&self, upper: f32) -> f64 {
        if self.square > LONGEST {
            return f64::INFINITY;
        }
        (f64::from(upper) + self.square * (0.5 + self.error)) * 2.0
    }
}

/// A row with its lower estimate.
#[derive(Clone, Copy)]
struct Open {
    estimate: f32,
    index: u32,
}

/// The rows that may be among the nearest.
pub(super) struct Pool {
    count: usize,
    open: Vec<Open>,
    /// Upper estimates, while the pool is settled.
    uppers: Vec<f32>,
    /// Those that were measured, the nearest first.
    measured: Vec<Neighbour>,
    limit: f32,
    reach: f64,
}

impl Pool {
    pub(super) fn new(count: usize) -> Self {
        Self {
            count,
            open: Vec::with_capacity(count + ROOM),
            uppers: Vec::with_capacity(count + ROOM),
            measured: Vec::new(),
            limit: f32::INFINITY,
            reach: f64::INFINITY,
        }
    }

    pub(super) fn clear(&mut self) {
        self.open.clear();
        self.measured.clear();
        (self.limit, self.reach) = (f32::INFINITY, f64::INFINITY);
    }

    /// Above this estimate, no row is among the nearest.
    pub(super) fn limit(&self) -> f32 {
        self.limit
    }

    /// The squared distance within which a row may still be among the nearest.
    pub(super) fn reach(&self) -> f64 {
        self.reach
    }

    pub(super) fn push(&mut self, estimate: f32, index: u32) {
        self.open.push(Open { estimate, index });
    }

    pub(super) fn is_full(&self) -> bool {
        self.open.len() >= self.count + ROOM
    }

    /// Makes room.
    pub(super) fn settle(&mut self, measures: &Measures<'_>, slack: Slack) {
        self.drop_the_far(measures, slack);
        if self.open.len() > self.count + ROOM / 2 {
            self.measure(measures);
            if let Some(last) = self.measured.get(self.count - 1) {
                self.tighten(last.square, slack);
            }
        }
    }

    /// Drops what is further than so many others, whatever the errors of their estimates.
    fn drop_the_far(&mut self, measures: &Measures<'_>, slack: Slack) {
        self.uppers.clear();
        let uppers = self.open.iter().map(|open| {
            let upper = open.estimate + measures.slacks[open.index as usize];
            if upper.is_nan() { f32::INFINITY } else { upper }
        });
        self.uppers.extend(uppers);
        let (_, &mut upper, _) = self.uppers.select_nth_unstable_by(self.count - 1, f32::total_cmp);
        if upper.is_finite() {
            self.tighten(slack.reach(upper), slack);
            let limit = self.limit;
            self.open.retain(|open| {
                let above = open.estimate > limit;
                !above
            });
        }
    }

    fn tighten(&mut self, reach: f64, slack: Slack) {
        if reach < self.reach {
            (self.reach, self.limit) = (reach, slack.limit(reach));
        }
    }

    /// Measures all in the pool, one after another without a decision in between, so that the processor
    /// waits for many of them at a time; of equally near ones, those with the smaller numbers stay.
    fn measure(&mut self, measures: &Measures<'_>) {
        self.measured.extend(self.open.drain(..).map(|open| measures.neighbour(open.index)));
        self.measured.sort_unstable_by(|a, b| a.square.total_cmp(&b.square).then(a.row.cmp(&b.row)));
        self.measured.truncate(self.count);
    }

    /// The nearest, in order.
    pub(super) fn found(&mut self, measures: &Measures<'_>, slack: Slack) -> &[Neighbour] {
        if self.open.len() > self.count {
            self.drop_the_far(measures, slack);
        }
        self.measure(measures);
        &self.measured
    }
}
