//! Trees in, the lengths of a row's paths through all of them out.
//!
//! A row of words has a few of very many columns, and a tree cuts most of its nodes at words that the row lacks: there
//! it goes below, as 0 does. So nothing is walked. The cuts of all trees are sorted by column; for each word of the
//! row, every cut that it lies above takes the ends below that cut out of its tree, and the first end that is left is
//! the one the row comes to (QuickScorer, Lucchese and others 2015).

use super::forest::Node;

/// Ends of a tree whose bits stand together.
const BLOCK: usize = 64;

/// A cut of one tree, or what it takes out of one block of its ends.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cut {
    value: f32,
    block: u32,
    /// Bits of the ends that stay for what is above.
    stay: u64,
}

/// The cuts and ends of all trees.
#[derive(Debug)]
pub(super) struct Cuts {
    /// By column, its place among those that any tree cuts; 0 for one that none does.
    places: Vec<u32>,
    /// By that place, from the lowest to the highest value; none at the first.
    cuts: Vec<Vec<Cut>>,
    /// By tree, its blocks.
    trees: Vec<std::ops::Range<usize>>,
    /// By end, the length of the path.
    lengths: Vec<[f64; BLOCK]>,
    /// By block, the ends that the row may still come to.
    left: Vec<u64>,
}

impl Cuts {
    /// Takes trees over rows with so many columns.
    pub(super) fn of(trees: &[Vec<Node>], columns: usize) -> Cuts {
        let mut cuts = Cuts {
            places: vec![0; columns],
            cuts: vec![Vec::new()],
            trees: Vec::with_capacity(trees.len()),
            lengths: Vec::new(),
            left: Vec::new(),
        };
        trees.iter().for_each(|tree| cuts.add(tree));
        for of_column in &mut cuts.cuts {
            of_column
                .sort_by(|one, other| one.value.total_cmp(&other.value).then(one.block.cmp(&other.block)));
        }
        cuts
    }

    fn add(&mut self, tree: &[Node]) {
        let ends = ends_below(tree);
        let all = ends.first().copied().unwrap_or(1);
        let first = self.left.len();
        self.trees.push(first..first + all.div_ceil(BLOCK));
        self.left.resize(first + all.div_ceil(BLOCK), u64::MAX);
        self.lengths.resize(self.left.len(), [0.0; BLOCK]);
        // Children stand behind their parents, so the first end below a node is known when it is come to.
        let mut firsts = vec![0; tree.len()];
        for (at, node) in tree.iter().enumerate() {
            let start = firsts.get(at).copied().unwrap_or(0);
            match *node {
                Node::Split { column, value, below } => {
                    let taken = ends.get(below).copied().unwrap_or(0);
                    if let Some([low, high]) = firsts.get_mut(below..below + 2) {
                        (*low, *high) = (start, start + taken);
                    }
                    self.cut(column, value, first, start..start + taken);
                }
                Node::End { path } => {
                    let length = self.lengths.get_mut(first + start / BLOCK);
                    if let Some(length) = length.and_then(|block| block.get_mut(start % BLOCK)) {
                        *length = path;
                    }
                }
            }
        }
    }

    fn cut(&mut self, column: u32, value: f32, first: usize, taken: std::ops::Range<usize>) {
        let new = self.cuts.len();
        let Some(place) = self.places.get_mut(column as usize) else { return };
        if *place == 0 {
            *place = new as u32;
            self.cuts.push(Vec::new());
        }
        let Some(cuts) = self.cuts.get_mut(*place as usize) else { return };
        for block in taken.start / BLOCK..taken.end.div_ceil(BLOCK) {
            let low = taken.start.saturating_sub(block * BLOCK);
            let high = (taken.end - block * BLOCK).min(BLOCK);
            let taken = u64::MAX >> (BLOCK - (high - low)) << low;
            cuts.push(Cut { value, block: (first + block) as u32, stay: !taken });
        }
    }

    /// The sum of the lengths of the paths of a row.
    pub(super) fn paths(&mut self, row: &[(u32, f32)]) -> f64 {
        self.left.fill(u64::MAX);
        for (column, weight) in row {
            let place = self.places.get(*column as usize).copied().unwrap_or(0);
            for cut in self.cuts.get(place as usize).into_iter().flatten() {
                if cut.value >= *weight {
                    break;
                }
                if let Some(left) = self.left.get_mut(cut.block as usize) {
                    *left &= cut.stay;
                }
            }
        }
        self.trees.iter().map(|blocks| self.length(blocks.clone())).sum()
    }

    #[inline]
    fn length(&self, mut blocks: std::ops::Range<usize>) -> f64 {
        let found = blocks.find(|block| self.left.get(*block).is_some_and(|left| *left != 0));
        let block = found.and_then(|block| self.left.get(block).zip(self.lengths.get(block)));
        block.map_or(0.0, |(left, lengths)| lengths[left.trailing_zeros() as usize % BLOCK])
    }
}

/// By node, how many ends stand below it.
fn ends_below(tree: &[Node]) -> Vec<usize> {
    let mut ends = vec![1; tree.len()];
    for (at, node) in tree.iter().enumerate().rev() {
        if let Node::Split { below, .. } = node {
            let of_both = ends.iter().skip(*below).take(2).sum();
            if let Some(ends) = ends.get_mut(at) {
                *ends = of_both;
            }
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// A tree as high as that, over so many columns; paths are numbered.
    fn tree(random: &mut Random, height: usize, columns: usize) -> Vec<Node> {
        let mut tree = vec![Node::End { path: 0.0 }];
        let mut open = vec![(0, 0)];
        while let Some((at, depth)) = open.pop() {
            if depth == height || random.below(12) == 0 {
                tree[at] = Node::End { path: at as f64 };
                continue;
            }
            let below = tree.len();
            let value = random.share() as f32;
            tree[at] = Node::Split { column: random.below(columns) as u32, value, below };
            tree.extend([Node::End { path: 0.0 }; 2]);
            open.extend([(below, depth + 1), (below + 1, depth + 1)]);
        }
        tree
    }

    fn walked(tree: &[Node], row: &[(u32, f32)]) -> f64 {
        let mut at = 0;
        loop {
            match tree[at] {
                Node::Split { column, value, below } => {
                    let own = row.iter().find(|(own, _)| *own == column).map_or(0.0, |(_, value)| *value);
                    at = below + usize::from(own > value);
                }
                Node::End { path } => return path,
            }
        }
    }

    #[test]
    fn rows_come_to_the_ends_that_a_walk_comes_to() {
        let mut random = Random::new(9);
        for (height, columns) in [(0, 1), (3, 4), (5, 40), (8, 300), (8, 3)] {
            let trees: Vec<Vec<Node>> = (0..7).map(|_| tree(&mut random, height, columns)).collect();
            let mut cuts = Cuts::of(&trees, columns);
            for _ in 0..200 {
                let mut weight = |column| (random.below(3) == 0).then(|| (column, random.share() as f32));
                let row: Vec<(u32, f32)> = (0..columns as u32).filter_map(&mut weight).collect();
                let expected: f64 = trees.iter().map(|tree| walked(tree, &row)).sum();
                assert_eq!(cuts.paths(&row), expected, "{height} {columns}");
            }
        }
    }

    #[test]
    fn what_is_equal_to_a_cut_is_not_above_it() {
        let tree = vec![
            Node::Split { column: 0, value: 0.5, below: 1 },
            Node::End { path: 1.0 },
            Node::End { path: 2.0 },
        ];
        let mut cuts = Cuts::of(&[tree], 1);
        assert_eq!(cuts.paths(&[(0, 0.5)]), 1.0);
        assert_eq!(cuts.paths(&[(0, 0.6)]), 2.0);
        assert_eq!(cuts.paths(&[(7, 9.0)]), 1.0, "no column of the trees");
    }
}
