//! Rows in, how soon each is alone out: the isolation forest of Liu, Ting and Zhou (2008).
//!
//! A tree is grown of 256 rows: a column in which they differ is drawn, then a value between its ends, until a row
//! is alone or the tree as high as a balanced one would be. Where it ends with several rows, the mean path that
//! would tell them apart is added. A score is `2^(-path / mean path)`, so what is soon alone comes near 1.

use super::words::Rows;
use crate::random::Random;

const SEED: u64 = 0x6c6f_6773_6966_7432;
const TREES: usize = 100;
const SAMPLE: usize = 256;
/// Euler's constant, of the harmonic numbers.
const EULER: f64 = 0.577_215_664_901_532_9;

/// The trees.
pub(super) struct Forest {
    trees: Vec<Tree>,
    /// The mean path of a tree.
    usual: f64,
}

type Tree = Vec<Node>;

enum Node {
    /// What is at most `value` goes on with the next node, the rest with that at `above`.
    Split { column: u32, value: f32, above: usize },
    /// The length of the path to here and of what would follow.
    End { path: f64 },
}

/// Column, lowest and highest value.
type Span = (u32, f32, f32);

impl Forest {
    /// Grows the trees.
    pub(super) fn grow(rows: &Rows) -> Forest {
        let mut random = Random::new(SEED);
        let size = rows.len().min(SAMPLE);
        let highest = (size.max(1) as f64).log2().ceil();
        let mut tree = || {
            let mut tree = Vec::new();
            let sample = sample(rows.len(), size, &mut random);
            let mut growing = Growing { rows, highest, random: &mut random, tree: &mut tree };
            growing.node(sample, 0.0);
            tree
        };
        Forest { trees: (0..TREES).map(|_| tree()).collect(), usual: mean_path(size) }
    }

    /// The score of every row.
    pub(super) fn scores(&self, rows: &Rows) -> Vec<f64> {
        // One row at a time is spread out, so that a look-up costs no search.
        let mut spread = vec![0.0; rows.columns];
        let mut scores = Vec::with_capacity(rows.len());
        for row in (0..rows.len()).map(|row| rows.row(row)) {
            set(&mut spread, row.iter().copied());
            scores.push(self.score(&spread));
            set(&mut spread, row.iter().map(|(column, _)| (*column, 0.0)));
        }
        scores
    }

    fn score(&self, spread: &[f32]) -> f64 {
        if self.usual <= 0.0 {
            return 0.5;
        }
        let paths: f64 = self.trees.iter().map(|tree| path(tree, spread)).sum();
        (-paths / self.trees.len() as f64 / self.usual).exp2()
    }
}

fn set(spread: &mut [f32], weights: impl Iterator<Item = (u32, f32)>) {
    for (column, weight) in weights {
        if let Some(place) = spread.get_mut(column as usize) {
            *place = weight;
        }
    }
}

fn path(tree: &Tree, spread: &[f32]) -> f64 {
    let mut at = 0;
    loop {
        match tree.get(at) {
            Some(Node::Split { column, value, above }) => {
                let weight = spread.get(*column as usize).copied().unwrap_or(0.0);
                at = if weight <= *value { at + 1 } else { *above };
            }
            Some(Node::End { path }) => return *path,
            None => return 0.0,
        }
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

struct Growing<'a> {
    rows: &'a Rows,
    highest: f64,
    random: &'a mut Random,
    tree: &'a mut Tree,
}

impl Growing<'_> {
    /// Trees are at most eight nodes high, so calling itself is no danger.
    fn node(&mut self, rows: Vec<usize>, depth: f64) {
        let spans = if depth < self.highest { self.spans(&rows) } else { Vec::new() };
        let Some(&(column, low, high)) = spans.get(self.random.below(spans.len().max(1))) else {
            self.tree.push(Node::End { path: depth + mean_path(rows.len()) });
            return;
        };
        let value = low + (high - low) * self.random.share() as f32;
        // Rounding may reach the upper end, beyond which nothing is.
        let value = if value < high { value } else { low };
        let (below, above) = rows.into_iter().partition(|row| self.rows.at(*row, column) <= value);
        let at = self.tree.len();
        self.tree.push(Node::Split { column, value, above: 0 });
        self.node(below, depth + 1.0);
        let next = self.tree.len();
        if let Some(Node::Split { above, .. }) = self.tree.get_mut(at) {
            *above = next;
        }
        self.node(above, depth + 1.0);
    }

    /// The columns in which the rows differ.
    fn spans(&self, rows: &[usize]) -> Vec<Span> {
        let mut entries: Vec<(u32, f32)> = rows.iter().flat_map(|row| self.rows.row(*row)).copied().collect();
        entries.sort_unstable_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
        let span = |same: &[(u32, f32)]| {
            let (column, lowest) = same.first().copied()?;
            let (_, high) = same.last().copied()?;
            let low = if same.len() < rows.len() { lowest.min(0.0) } else { lowest };
            (low < high).then_some((column, low, high))
        };
        entries.chunk_by(|one, other| one.0 == other.0).filter_map(span).collect()
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
        assert!(close && scores.len() == expected.len(), "{lines:?}: {scores:?} is not {expected:?}");
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
