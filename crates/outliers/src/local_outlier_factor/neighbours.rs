//! The nearest rows of any row, exactly, without comparing all with all where that can be avoided.
//!
//! Rows are put into an order in which sixty-four that follow each other are close (the leaves of a
//! k-d tree), each leaf with the box around it. Queries that are close go together: leaves are
//! visited from the nearest to the furthest, and passed over where the whole box is further away than
//! what was found. Within a leaf, all distances come from one product of matrices. That is an
//! estimate with a known error, and estimates alone decide what may be near enough ([`pool`]); only
//! the few that are left at the end are measured exactly. With few columns the boxes save most of
//! the work; with many, where no index helps, what is left is a blocked comparison at the speed of
//! the processor.

mod measured;
mod pool;

use std::ops::Range;

use crate::data::Rows;
use crate::error::LoadError;
use crate::lanes::{self, LANES, Lanes, QUERIES};
pub(super) use crate::local_outlier_factor::neighbours::measured::Measured;
use crate::local_outlier_factor::neighbours::measured::square_distance;
use crate::local_outlier_factor::neighbours::pool::{Measures, Pool, Slack};
use crate::save::{Reader, Writer};

/// Rows of a leaf.
const LEAF: usize = 64;

/// Panels of a leaf.
const PANELS: usize = LEAF / LANES;

/// Queries that visit the leaves together.
const GROUP: usize = 32;

/// A row and its squared distance from a query.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Neighbour {
    pub(super) square: f64,
    pub(super) row: u32,
}

/// Rows that can be searched.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Neighbours {
    /// The rows in the order of the leaves.
    rows: Measured,
    /// The number that each had before.
    numbers: Vec<u32>,
    /// Subtracted from every row before products are taken, so that little cancels out.
    origin: Vec<f32>,
    panels: Vec<Lanes>,
    /// Half the squared length of each row, less the error of the estimate.
    terms: Vec<Lanes>,
    /// What the estimate of each row may be short by.
    slacks: Vec<f32>,
    /// For each leaf the smallest and the largest value of every column.
    boxes: Vec<Span>,
    /// The relative error of the estimate.
    error: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Span {
    low: f32,
    high: f32,
}

impl Neighbours {
    /// Takes in at least one row.
    pub(super) fn new(rows: &Measured) -> Self {
        let order = spatial_order(rows.rows(), LEAF);
        let numbers = order.iter().map(|&row| row as u32).collect();
        Self::in_order(rows.pick(&order), numbers)
    }

    fn in_order(measured: Measured, numbers: Vec<u32>) -> Self {
        let rows = measured.rows();
        let columns = rows.columns();
        let count = rows.len() as f64;
        let origin: Vec<f32> = (0..columns)
            .map(|column| (rows.column(column).map(f64::from).sum::<f64>() / count) as f32)
            .collect();
        // A product of so many terms is off by at most half as many units in the last place, relative
        // to the lengths; moving the origin adds less than the rest.
        let error = f64::from(f32::EPSILON) * (columns as f64 + 8.0);
        let mut terms = vec![[f32::INFINITY; LANES]; rows.len().div_ceil(LANES)];
        let moved = moved(&measured.long, &origin);
        let mut slacks = Vec::with_capacity(rows.len());
        for (index, row) in moved.chunks_exact(columns).enumerate() {
            terms[index / LANES][index % LANES] = estimate_term(row, error);
            slacks.push(slack(square_length(row), error));
        }
        let boxes = (0..rows.len())
            .step_by(LEAF)
            .flat_map(|start| box_around(rows.slice(start, start + LEAF)))
            .collect();
        let panels = Rows::new(&moved, columns).map_or_else(Vec::new, lanes::panels);
        Self { numbers, origin, panels, terms, slacks, boxes, error, rows: measured }
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// What measures the rows from this one.
    fn measures<'a>(&'a self, query: &'a [f64]) -> Measures<'a> {
        Measures { query, rows: &self.rows, numbers: &self.numbers, slacks: &self.slacks }
    }

    /// For each row that was taken in, by its number: what `give` makes of its `count` nearest others.
    pub(super) fn of_own<T: Copy + Default + Send + Sync>(
        &self,
        count: usize,
        workers: &dyn crate::workers::Workers,
        width: usize,
        give: &(dyn Fn(&[Neighbour], &mut [T]) + Sync),
    ) -> Vec<T> {
        let parts = self.len().div_ceil(GROUP * 8);
        let pieces = crate::workers::map(workers, parts, |part| {
            let start = part * GROUP * 8;
            let end = (start + GROUP * 8).min(self.len());
            let mut piece = vec![T::default(); (end - start) * width];
            let mut search = Search::new(self, count);
            for first in (start..end).step_by(GROUP) {
                let group: Vec<usize> = (first..(first + GROUP).min(end)).collect();
                let own = Some(first);
                search.run(&self.rows, &group, own, |place, found| {
                    let at = (first - start + place) * width;
                    give(found, &mut piece[at..at + width]);
                });
            }
            piece
        });
        let mut given = vec![T::default(); self.len() * width];
        for (place, values) in pieces.iter().flat_map(|piece| piece.chunks_exact(width)).enumerate() {
            let at = self.numbers[place] as usize * width;
            given[at..at + width].copy_from_slice(values);
        }
        given
    }

    /// Calls `give` with the `count` nearest rows of each query, in any order of queries.
    pub(super) fn of_queries(
        &self,
        queries: &Measured,
        count: usize,
        mut give: impl FnMut(usize, &[Neighbour]),
    ) {
        let order = spatial_order(queries.rows(), GROUP);
        let mut search = Search::new(self, count);
        for group in order.chunks(GROUP) {
            search.run(queries, group, None, |place, found| give(group[place], found));
        }
    }

    /// The row with this number of a search result.
    #[cfg(test)]
    fn original(&self) -> Measured {
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by_key(|&place| self.numbers[place]);
        self.rows.pick(&order)
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.u32s(&self.numbers);
        writer.f64s(&self.rows.long);
    }

    #[cfg(test)]
    pub(super) fn write_short(&self, writer: &mut Writer) {
        writer.u32s(&self.numbers);
        writer.f32s(self.rows.rows().values());
    }

    /// Reads what `write` wrote; before version 2 rows were short.
    pub(super) fn read(reader: &mut Reader<'_>, columns: usize, version: u16) -> Result<Self, LoadError> {
        let numbers = reader.u32s()?;
        let long = match version {
            1 => reader.finite_f32s()?.into_iter().map(f64::from).collect(),
            _ => reader.finite_f64s()?,
        };
        if long.len() % columns.max(1) != 0 {
            return Err(LoadError::Damaged("the rows"));
        }
        let rows = Measured::new(long, columns);
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        let numbered = sorted.iter().enumerate().all(|(place, &number)| place == number as usize);
        let limited = rows.rows().check(1).is_ok();
        if numbers.len() != rows.rows().len() || !numbered || !limited {
            return Err(LoadError::Damaged("the rows"));
        }
        Ok(Self::in_order(rows, numbers))
    }
}

/// An order in which rows that follow each other are close: halved by the column in which they spread
/// most, until `leaf` are left. All leaves are full but the last.
fn spatial_order(rows: Rows<'_>, leaf: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let mut open = Vec::new();
    open.push(0..rows.len());
    while let Some(range) = open.pop() {
        if range.len() <= leaf {
            continue;
        }
        let members = &mut order[range.clone()];
        let (column, spread) = widest(rows, members);
        if spread <= 0.0 {
            continue;
        }
        let middle = (range.len() / 2).next_multiple_of(leaf);
        members.select_nth_unstable_by(middle, |&a, &b| {
            rows.row(a)[column].total_cmp(&rows.row(b)[column]).then(a.cmp(&b))
        });
        open.push(range.start..range.start + middle);
        open.push(range.start + middle..range.end);
    }
    order
}

fn widest(rows: Rows<'_>, members: &[usize]) -> (usize, f32) {
    let mut ranges = vec![Span { low: f32::INFINITY, high: f32::NEG_INFINITY }; rows.columns()];
    for &member in members {
        widen(&mut ranges, rows.row(member));
    }
    let spreads = ranges.iter().map(|range| range.high - range.low).enumerate();
    spreads.fold((0, 0.0), |best, next| if next.1 > best.1 { next } else { best })
}

fn widen(ranges: &mut [Span], row: &[f32]) {
    for (range, &value) in ranges.iter_mut().zip(row) {
        range.low = range.low.min(value);
        range.high = range.high.max(value);
    }
}

/// Wider than short numbers say by what they, and those of a query beside it, may be off from the long ones.
fn box_around(rows: Rows<'_>) -> Vec<Span> {
    let mut ranges = vec![Span { low: f32::INFINITY, high: f32::NEG_INFINITY }; rows.columns()];
    rows.iter().for_each(|row| widen(&mut ranges, row));
    for range in &mut ranges {
        range.low = range.low.next_down().next_down();
        range.high = range.high.next_up().next_up();
    }
    ranges
}

/// The rows as seen from the origin. Subtracted before they are made short, so that the error is relative to
/// what is left.
fn moved(long: &[f64], origin: &[f32]) -> Vec<f32> {
    let row = |row: &[f64]| {
        row.iter()
            .zip(origin)
            .map(|(value, &origin)| (value - f64::from(origin)) as f32)
            .collect::<Vec<f32>>()
    };
    long.chunks_exact(origin.len().max(1)).flat_map(row).collect()
}

/// Longer than this, products could leave the range of an `f32`: such rows are always measured.
const LONGEST: f64 = 1e37;

fn square_length(row: &[f32]) -> f64 {
    row.iter().map(|&value| f64::from(value) * f64::from(value)).sum()
}

fn estimate_term(row: &[f32], error: f64) -> f32 {
    let square = square_length(row);
    if square > LONGEST { f32::NEG_INFINITY } else { (square * (0.5 - error)) as f32 }
}

/// How much more than its lower estimate half the squared distance of a row of this squared length may
/// be, without what the query adds.
fn slack(square: f64, error: f64) -> f32 {
    if square > LONGEST { f32::INFINITY } else { (square * error * 2.0) as f32 }
}

/// The squared distance between two boxes, a little less than it is.
fn gap(a: &[Span], b: &[Span]) -> f64 {
    let square: f64 = a
        .iter()
        .zip(b)
        .map(|(a, b)| {
            let apart = f64::from(b.low - a.high).max(f64::from(a.low - b.high)).max(0.0);
            apart * apart
        })
        .sum();
    square * (1.0 - 1e-6)
}

/// How far the middles of two boxes are apart, in a unit of its own.
fn between_middles(a: &[Span], b: &[Span]) -> f64 {
    let apart = a.iter().zip(b).map(|(a, b)| f64::from(a.low + a.high) - f64::from(b.low + b.high));
    apart.map(|apart| apart * apart).sum()
}

/// The squared distance of a row from a box, a little less than it is.
fn gap_of_row(row: &[f32], ranges: &[Span]) -> f64 {
    let mut sums = [0f32; 4];
    for (values, ranges) in row.chunks(4).zip(ranges.chunks(4)) {
        for ((sum, value), range) in sums.iter_mut().zip(values).zip(ranges) {
            let apart = (range.low - value).max(value - range.high).max(0.0);
            *sum += apart * apart;
        }
    }
    f64::from((sums[0] + sums[1]) + (sums[2] + sums[3])) * (1.0 - 1e-4)
}

/// A search for groups of queries; keeps its memory from group to group.
struct Search<'a> {
    among: &'a Neighbours,
    pools: Vec<Pool>,
    /// The queries with the origin of the rows.
    moved: Vec<f32>,
    /// What may be said of their estimates.
    slack_of: Vec<Slack>,
    /// Those of the moved queries that visit a leaf, and which these are.
    gathered: Vec<f32>,
    active: Vec<usize>,
    limits: Vec<f32>,
    products: Vec<Lanes>,
    hits: Vec<u8>,
    /// The leaves in the order of their visit: how far their middle is from that of the queries, how
    /// far their box at least is, and which they are.
    leaves: Vec<(f64, f64, usize)>,
}

impl<'a> Search<'a> {
    fn new(among: &'a Neighbours, count: usize) -> Self {
        Self {
            among,
            pools: (0..GROUP).map(|_| Pool::new(count)).collect(),
            moved: Vec::new(),
            slack_of: Vec::new(),
            gathered: Vec::new(),
            active: Vec::new(),
            limits: Vec::new(),
            products: vec![[0.0; LANES]; GROUP * PANELS],
            hits: vec![0; GROUP],
            leaves: Vec::new(),
        }
    }

    /// Searches for the queries with these numbers. `own` is where the first of them stands among the
    /// rows themselves, which are then not their own neighbours.
    fn run(
        &mut self,
        queries: &Measured,
        group: &[usize],
        own: Option<usize>,
        mut give: impl FnMut(usize, &[Neighbour]),
    ) {
        self.pools.iter_mut().for_each(Pool::clear);
        self.order_leaves(queries, group);
        self.move_to_origin(queries, group);
        let leaves = std::mem::take(&mut self.leaves);
        let (mut looked, mut passed_over) = (0usize, 0usize);
        let mut furthest = f64::INFINITY;
        let all: Vec<usize> = (0..group.len()).collect();
        let mut active = Vec::with_capacity(GROUP);
        for &(_, bound, leaf) in &leaves {
            if bound > furthest {
                continue;
            }
            // Where boxes hardly ever save a query, not even looking at them is quicker.
            let look = looked < 4 * GROUP || passed_over * 8 > looked;
            let tightened = if look {
                active.clear();
                active.extend(all.iter().copied().filter(|&place| {
                    self.gap_to_leaf(queries.rows().row(group[place]), leaf) <= self.pools[place].reach()
                }));
                looked += group.len();
                passed_over += group.len() - active.len();
                self.visit(queries, group, &active, leaf, own)
            } else {
                self.visit(queries, group, &all, leaf, own)
            };
            if tightened {
                furthest = all.iter().map(|&place| self.pools[place].reach()).fold(0.0, f64::max);
            }
        }
        self.leaves = leaves;
        for (place, &query) in group.iter().enumerate() {
            give(
                place,
                self.pools[place].found(&self.among.measures(queries.row(query)), self.slack_of[place]),
            );
        }
    }

    fn move_to_origin(&mut self, queries: &Measured, group: &[usize]) {
        self.moved.clear();
        self.slack_of.clear();
        self.active.clear();
        for &query in group {
            let start = self.moved.len();
            self.moved.extend(moved(queries.row(query), &self.among.origin));
            self.slack_of.push(Slack::of(square_length(&self.moved[start..]), self.among.error));
        }
    }

    fn order_leaves(&mut self, queries: &Measured, group: &[usize]) {
        let mut around = vec![Span { low: f32::INFINITY, high: f32::NEG_INFINITY }; queries.rows().columns()];
        group.iter().for_each(|&query| widen(&mut around, queries.rows().row(query)));
        let boxes = self.among.boxes.chunks_exact(queries.rows().columns());
        self.leaves.clear();
        self.leaves.extend(
            boxes
                .enumerate()
                .map(|(leaf, ranges)| (between_middles(&around, ranges), gap(&around, ranges), leaf)),
        );
        self.leaves.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.2.cmp(&b.2)));
    }

    fn gap_to_leaf(&self, row: &[f32], leaf: usize) -> f64 {
        let columns = row.len();
        gap_of_row(row, &self.among.boxes[leaf * columns..(leaf + 1) * columns])
    }

    /// Looks through a leaf, and says whether any limit became tighter.
    fn visit(
        &mut self,
        queries: &Measured,
        group: &[usize],
        active: &[usize],
        leaf: usize,
        own: Option<usize>,
    ) -> bool {
        let among = self.among;
        let columns = queries.rows().columns();
        self.gather(active, columns);
        self.limits.clear();
        self.limits.extend(active.iter().map(|&place| self.pools[place].limit()));
        let panels = leaf * PANELS..((leaf + 1) * PANELS).min(among.terms.len());
        let used = active.len() * panels.len();
        lanes::estimated_products(
            &among.panels[panels.start * columns..panels.end * columns],
            columns,
            &self.gathered,
            &mut self.products,
        );
        let terms = &among.terms[panels.clone()];
        lanes::hits(&self.products[..used], terms, &self.limits, &mut self.hits);
        let mut tightened = false;
        for (nth, &place) in active.iter().enumerate() {
            if self.hits[nth] == 0 {
                continue;
            }
            self.collect(place, nth, &panels, own.map(|first| first + place));
            if self.pools[place].is_full() {
                self.pools[place].settle(&among.measures(queries.row(group[place])), self.slack_of[place]);
                tightened = true;
            }
        }
        tightened
    }

    /// Puts the rows of a leaf that may be near enough to a query into its pool.
    fn collect(&mut self, place: usize, nth: usize, panels: &Range<usize>, itself: Option<usize>) {
        let among = self.among;
        let (limit, mut hits) = (self.limits[nth], self.hits[nth]);
        while hits != 0 {
            let hit = hits.trailing_zeros() as usize;
            hits &= hits - 1;
            let panel = panels.start + hit;
            let (product, term) = (&self.products[nth * panels.len() + hit], &among.terms[panel]);
            let mut bits = lanes::bits(product, term, limit);
            while bits != 0 {
                let lane = bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let index = panel * LANES + lane;
                if index < among.len() && itself != Some(index) {
                    self.pools[place].push(term[lane] - product[lane], index as u32);
                }
            }
        }
    }

    /// Puts the active queries side by side; most of the time that is all of them, as last time.
    fn gather(&mut self, active: &[usize], columns: usize) {
        if active == self.active {
            return;
        }
        self.gathered.clear();
        for &place in active {
            self.gathered.extend_from_slice(&self.moved[place * columns..(place + 1) * columns]);
        }
        self.gathered.resize(active.len().next_multiple_of(QUERIES) * columns, 0.0);
        self.active.clear();
        self.active.extend_from_slice(active);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Table;
    use crate::laws;
    use crate::workers::Alone;

    fn plain(rows: &Measured, query: &[f64], count: usize, itself: Option<usize>) -> Vec<(f64, u32)> {
        let mut all: Vec<(f64, u32)> = (0..rows.rows().len())
            .filter(|&row| Some(row) != itself)
            .map(|row| (square_distance(query, rows.row(row)), row as u32))
            .collect();
        all.sort_by(|a, b| a.partial_cmp(b).unwrap());
        all.truncate(count);
        all
    }

    fn check(table: &Table, count: usize) {
        check_measured(&Measured::from(table.rows()), count);
    }

    fn check_measured(rows: &Measured, count: usize) {
        let neighbours = Neighbours::new(rows);
        assert_eq!(&neighbours.original(), rows);
        let own = neighbours.of_own(count, &Alone, count, &|found, out: &mut [(f64, u32)]| {
            out.iter_mut().zip(found).for_each(|(out, found)| *out = (found.square, found.row));
        });
        for row in 0..rows.rows().len() {
            let expected = plain(rows, rows.row(row), count, Some(row));
            assert_eq!(own[row * count..][..expected.len()], expected, "row {row}");
        }
        let queries = Measured::from(laws::cloud_with_outlier(70, rows.rows().columns()).rows());
        let mut seen = 0;
        neighbours.of_queries(&queries, count, |query, found| {
            let found: Vec<(f64, u32)> = found.iter().map(|found| (found.square, found.row)).collect();
            assert_eq!(found, plain(rows, queries.row(query), count, None), "query {query}");
            seen += 1;
        });
        assert_eq!(seen, 71);
    }

    #[test]
    fn the_nearest_are_found_exactly() {
        for (rows, columns, count) in
            [(1, 1, 1), (2, 3, 5), (63, 2, 4), (64, 2, 64), (300, 1, 7), (500, 9, 20)]
        {
            check(&laws::cloud(rows, columns), count);
        }
        // So many columns that products of long rows leave the range.
        let mut wide = laws::cloud(150, 200);
        wide.push(&[1e18; 200]);
        wide.push(&[-1e18; 200]);
        check(&wide, 6);
    }

    #[test]
    fn ties_and_large_offsets_are_exact() {
        let grid: Vec<f32> = (0..400).flat_map(|cell| [(cell % 20) as f32, (cell / 20) as f32]).collect();
        check(&Table::from_values(grid, 2).unwrap(), 6);
        check(&Table::from_values(vec![5.0; 300], 2).unwrap(), 4);
        let mut far = laws::cloud(200, 3);
        far.values_mut().iter_mut().for_each(|value| *value += 1e6);
        check(&far, 5);
    }

    #[test]
    fn what_short_numbers_cannot_tell_apart_is_told_apart() {
        // A lattice whose cells differ by far less than a short number can say, near the origin and far from it.
        for (middle, cell) in [(0.0, 1.0 / 3.0), (1e4, 1.0 / 3.0), (7.0, 1e-9), (-3e5, 1e-4)] {
            for columns in [1, 3, 17] {
                let value = |at: usize| middle + cell * (at * 7919 % 13) as f64 * (1.0 + at as f64 * 1e-13);
                check_measured(&Measured::new((0..300 * columns).map(value).collect(), columns), 7);
            }
        }
    }
}
