//! Rows in, how soon each is alone out: the isolation forest of Liu, Ting and Zhou (2008).
//!
//! A tree is grown of 256 rows: a column in which they differ is drawn, then a value between its ends, until a row
//! is alone or the tree as high as a balanced one would be. Where it ends with several rows, the mean path that
//! would tell them apart is added. A score is `2^(-path / mean path)`, so what is soon alone comes near 1.

use super::cuts::Cuts;
use super::words::Rows;
use crate::random::Random;

const SEED: u64 = 0x6c6f_6773_6966_7432;
const TREES: usize = 100;
const SAMPLE: usize = 256;
/// Euler's constant, of the harmonic numbers.
const EULER: f64 = 0.577_215_664_901_532_9;

/// The trees.
pub(super) struct Forest {
    cuts: Cuts,
    /// The mean path of a tree.
    usual: f64,
}

/// A node of a tree that is being grown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Node {
    /// What is at most `value` goes on at `below`, the rest at the node behind that.
    Split { column: u32, value: f32, below: usize },
    /// The length of the path to here and of what would follow.
    End { path: f64 },
}

impl Forest {
    /// Grows the trees.
    pub(super) fn grow(rows: &Rows) -> Forest {
        let mut random = Random::new(SEED);
        let size = rows.len().min(SAMPLE);
        let highest = (size.max(1) as f64).log2().ceil() as usize;
        let mut numbering = Numbering { places: vec![0; rows.columns] };
        let mut tree = || {
            let sample = sample(rows.len(), size, &mut random);
            let local = numbering.local(rows, &sample);
            let spans = Spans::new(local.columns.len());
            let tree = vec![Node::End { path: 0.0 }];
            let mut growing = Growing { local: &local, highest, random: &mut random, spans, tree };
            growing.node(0, (0..size).collect(), 0);
            growing.tree
        };
        let trees: Vec<Vec<Node>> = (0..TREES).map(|_| tree()).collect();
        Forest { cuts: Cuts::of(&trees, rows.columns), usual: mean_path(size) }
    }

    /// The score of every row.
    pub(super) fn scores(&mut self, rows: &Rows) -> Vec<f64> {
        if self.usual <= 0.0 {
            return vec![0.5; rows.len()];
        }
        let factor = -1.0 / (TREES as f64 * self.usual);
        let mut row = Vec::new();
        let score = |at| {
            rows.weigh(at, &mut row);
            (self.cuts.paths(&row) * factor).exp2()
        };
        (0..rows.len()).map(score).collect()
    }
}

/// The mean path to one of so many rows in a search tree.
fn mean_path(rows: usize) -> f64 {
    match rows {
        0 | 1 => 0.0,
        2 => 1.0,
        _ => {
            let others = (rows - 1) as f64;
            2.0 * (others.ln() + EULER) - 2.0 * others / rows as f64
        }
    }
}

/// So many different numbers below `all`, after Floyd.
fn sample(all: usize, size: usize, random: &mut Random) -> Vec<usize> {
    let mut chosen: Vec<usize> = Vec::with_capacity(size);
    for last in all - size..all {
        let drawn = random.below(last + 1);
        chosen.push(if chosen.contains(&drawn) { last } else { drawn });
    }
    chosen
}

/// The rows of a sample, with columns of their own: only those that it has, in their order.
struct Local {
    columns: Vec<u32>,
    rows: Vec<Vec<(usize, f32)>>,
}

/// Gives columns the places that they have among those of a sample; 0 is none.
struct Numbering {
    places: Vec<usize>,
}

impl Numbering {
    fn local(&mut self, rows: &Rows, sample: &[usize]) -> Local {
        let mut columns = Vec::new();
        let sample: Vec<Vec<(u32, f32)>> = sample.iter().map(|row| rows.row(*row)).collect();
        for (column, _) in sample.iter().flatten() {
            if let Some(place) = self.places.get_mut(*column as usize).filter(|place| **place == 0) {
                *place = 1;
                columns.push(*column);
            }
        }
        columns.sort_unstable();
        self.set(&columns, |place| place + 1);
        let place =
            |column: &u32| self.places.get(*column as usize).map_or(0, |place| place.saturating_sub(1));
        let row =
            |row: &Vec<(u32, f32)>| row.iter().map(|(column, weight)| (place(column), *weight)).collect();
        let rows = sample.iter().map(row).collect();
        self.set(&columns, |_| 0);
        Local { columns, rows }
    }

    fn set(&mut self, columns: &[u32], place: impl Fn(usize) -> usize) {
        for (nth, column) in columns.iter().enumerate() {
            if let Some(set) = self.places.get_mut(*column as usize) {
                *set = place(nth);
            }
        }
    }
}

/// Of every local column how many rows of a node have it, and between what it lies in them.
struct Spans {
    met: Vec<(usize, f32, f32)>,
    /// A bit for each column that is in any row of the node.
    touched: Vec<u64>,
    /// Those in which rows differ: column, lowest and highest value.
    differing: Vec<(usize, f32, f32)>,
}

impl Spans {
    fn new(columns: usize) -> Spans {
        let touched = vec![0; columns.div_ceil(64)];
        Spans { met: vec![(0, 0.0, 0.0); columns], touched, differing: Vec::new() }
    }

    /// Finds the columns in which these rows differ, in their order.
    fn find(&mut self, local: &Local, members: &[usize]) {
        for (column, value) in members.iter().filter_map(|row| local.rows.get(*row)).flatten() {
            let Some(met) = self.met.get_mut(*column) else { continue };
            let (low, high) =
                if met.0 == 0 { (*value, *value) } else { (met.1.min(*value), met.2.max(*value)) };
            *met = (met.0 + 1, low, high);
            if let Some(bits) = self.touched.get_mut(column / 64) {
                *bits |= 1 << (column % 64);
            }
        }
        self.differing.clear();
        for (block, bits) in self.touched.iter_mut().enumerate() {
            while *bits != 0 {
                let column = block * 64 + bits.trailing_zeros() as usize;
                *bits &= *bits - 1;
                let Some(met) = self.met.get_mut(column) else { continue };
                let (rows, low, high) = std::mem::take(met);
                let low = if rows < members.len() { low.min(0.0) } else { low };
                if low < high {
                    self.differing.push((column, low, high));
                }
            }
        }
    }
}

struct Growing<'a> {
    local: &'a Local,
    highest: usize,
    random: &'a mut Random,
    spans: Spans,
    tree: Vec<Node>,
}

impl Growing<'_> {
    /// Grows what stands at this place. Trees are at most eight nodes high, so calling itself is no danger.
    fn node(&mut self, at: usize, members: Vec<usize>, depth: usize) {
        self.spans.differing.clear();
        if depth < self.highest && members.len() > 1 {
            self.spans.find(self.local, &members);
        }
        let differing = &self.spans.differing;
        let Some(&(place, low, high)) = differing.get(self.random.below(differing.len().max(1))) else {
            self.set(at, Node::End { path: depth as f64 + mean_path(members.len()) });
            return;
        };
        let value = low + (high - low) * self.random.share() as f32;
        // Rounding may reach the upper end, beyond which nothing is.
        let value = if value < high { value } else { low };
        let (low, high) = members.into_iter().partition(|row| self.value(*row, place) <= value);
        let below = self.tree.len();
        self.tree.extend([Node::End { path: 0.0 }; 2]);
        let column = self.local.columns.get(place).copied().unwrap_or(0);
        self.set(at, Node::Split { column, value, below });
        self.node(below, low, depth + 1);
        self.node(below + 1, high, depth + 1);
    }

    fn value(&self, row: usize, column: usize) -> f32 {
        let found = self.local.rows.get(row).and_then(|row| row.iter().find(|(own, _)| *own == column));
        found.map_or(0.0, |(_, value)| *value)
    }

    fn set(&mut self, at: usize, node: Node) {
        if let Some(place) = self.tree.get_mut(at) {
            *place = node;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::making::rows;
    use super::*;

    fn scores(lines: &[&str]) -> Vec<f64> {
        let rows = rows(lines);
        Forest::grow(&rows).scores(&rows)
    }

    fn check(lines: &[&str], expected: &[f64]) {
        let scores = scores(lines);
        let close = scores.iter().zip(expected).all(|(one, other)| (one - other).abs() < 1e-12);
        assert!(close && scores.len() == expected.len(), "{:?}: {:?}", lines.first(), scores.first());
    }

    #[test]
    fn the_mean_path_is_the_published_one() {
        let check = |rows, expected: f64| assert!((mean_path(rows) - expected).abs() < 1e-4, "{rows}");
        check(1, 0.0);
        check(2, 1.0);
        check(3, 1.2074);
        check(256, 10.2448);
    }

    #[test]
    fn paths_that_chance_has_no_say_in_are_exact() {
        // Whatever is drawn, one split tells both apart: a path of 1 where 1 is usual.
        check(&["one", "other"], &[0.5, 0.5]);
        // The odd one is alone after one split; the others are told apart by the mean path of two more.
        let usual = mean_path(3);
        check(
            &["one", "one", "other"],
            &[(-2.0 / usual).exp2(), (-2.0 / usual).exp2(), (-1.0 / usual).exp2()],
        );
        // Nothing differs: the path of every row is the usual one.
        check(&["same words"; 300], &[0.5; 300]);
        check(&["alone"], &[0.5]);
        check(&[], &[]);
    }

    #[test]
    fn a_sample_has_no_row_twice() {
        for (all, size) in [(300, 256), (256, 256), (10_000, 256), (3, 3), (0, 0)] {
            let mut sample = sample(all, size, &mut Random::new(3));
            sample.sort_unstable();
            sample.dedup();
            assert_eq!(sample.len(), size);
            assert!(sample.iter().all(|row| *row < all));
        }
    }

    #[test]
    fn scores_are_above_nothing_and_below_one() {
        let lines: Vec<String> =
            (0..600).map(|nth| format!("word{} word{} word{}", nth % 3, nth % 17, nth)).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let scores = scores(&lines);
        assert!(scores.iter().all(|score| (0.0..1.0).contains(score)), "{scores:?}");
        assert!(scores.iter().any(|score| *score != scores[0]));
    }
}
