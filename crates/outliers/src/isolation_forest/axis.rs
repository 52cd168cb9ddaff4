//! A tree that cuts along the axes: grown from a sub-sample, packed, walked by many rows at a time.
//!
//! A node is eight bytes and its children are neighbours. A leaf is a node that leads to itself, so
//! that a walk has as many steps as the tree is deep and no branch: sixteen rows take a step
//! together, and the processor overlaps what each of them waits for.

use crate::data::Rows;
use crate::error::LoadError;
use crate::isolation_forest::expected_depth;
use crate::lanes::wide;
use crate::save::{Reader, Writer};
use crate::seed::Random;

/// Rows that walk together.
const LANES: usize = 16;

/// Numbers of a block of rows that stay in the cache while all trees are walked.
const BLOCK_VALUES: usize = 4096;

/// Steps between two looks at whether all rows have arrived; trees are rarely deeper.
const STEPS: usize = 8;

/// Nodes up to which a tree is padded to exactly as many. Together with a fixed number of columns this
/// shows the compiler that no step leaves the tree or the row, and the checks go.
const PADDED: usize = 512;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Node {
    /// Rows above it go right; infinite in a leaf.
    threshold: f32,
    column: u16,
    /// The left child, before the right one; the node itself in a leaf.
    left: u16,
}

/// A packed tree.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tree {
    /// As many as there are depths, and behind them what makes a small tree [`PADDED`] long.
    nodes: Vec<Node>,
    /// Depth of each leaf, with what remained to be cut; 0 for inner nodes.
    depths: Vec<f32>,
    /// Steps to the deepest leaf.
    steps: usize,
}

/// A node that is still to be cut, and where its rows stand.
struct Open {
    node: usize,
    start: usize,
    end: usize,
    depth: usize,
}

impl Tree {
    /// Grows a tree of all these rows, at the root by the column `first` if rows differ in it.
    pub(super) fn grow(rows: Rows<'_>, most: usize, first: usize, random: &mut Random) -> Self {
        let mut tree = Self { nodes: Vec::new(), depths: Vec::new(), steps: 0 };
        tree.add_leaf();
        let mut order: Vec<usize> = (0..rows.len()).collect();
        let mut columns: Vec<usize> = (0..rows.columns()).collect();
        let mut open = vec![Open { node: 0, start: 0, end: rows.len(), depth: 0 }];
        while let Some(Open { node, start, end, depth }) = open.pop() {
            let members = &mut order[start..end];
            let cut = if depth < most && members.len() > 1 {
                let first = (node == 0).then_some(first);
                cut(rows, members, first, &mut columns, random)
            } else {
                None
            };
            let Some((column, threshold)) = cut else {
                tree.depths[node] = (depth as f64 + expected_depth(members.len())) as f32;
                tree.steps = tree.steps.max(depth);
                continue;
            };
            let middle = start + partition(members, |row| rows.row(row)[column] <= threshold);
            let left = tree.add_leaf();
            let right = tree.add_leaf();
            tree.nodes[node] = Node { threshold, column: column as u16, left: left as u16 };
            open.push(Open { node: right, start: middle, end, depth: depth + 1 });
            open.push(Open { node: left, start, end: middle, depth: depth + 1 });
        }
        tree.pad();
        tree
    }

    fn pad(&mut self) {
        if self.nodes.len() <= PADDED {
            self.nodes.resize(PADDED, Node { threshold: f32::INFINITY, column: 0, left: 0 });
        }
    }

    fn add_leaf(&mut self) -> usize {
        let index = self.nodes.len();
        self.nodes.push(Node { threshold: f32::INFINITY, column: 0, left: index as u16 });
        self.depths.push(0.0);
        index
    }

    /// Adds the depth at which each of sixteen rows ends; `values` has sixteen numbers per column.
    #[inline(always)]
    fn add(&self, values: &[[f32; LANES]], out: &mut [f64; LANES]) {
        let fixed = <&[Node; PADDED]>::try_from(self.nodes.as_slice()).ok();
        let at = match (fixed, values.len()) {
            (Some(nodes), 4) => walk_fixed::<4>(nodes, values, self.steps),
            (Some(nodes), 8) => walk_fixed::<8>(nodes, values, self.steps),
            (Some(nodes), 16) => walk_fixed::<16>(nodes, values, self.steps),
            (Some(nodes), 32) => walk_fixed::<32>(nodes, values, self.steps),
            _ => None,
        };
        let at = at.unwrap_or_else(|| walk(&self.nodes, values, self.steps));
        for (sum, at) in out.iter_mut().zip(at) {
            *sum += f64::from(self.depths[at]);
        }
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.length(self.depths.len());
        for (node, depth) in self.nodes.iter().zip(&self.depths) {
            writer.f32(node.threshold);
            writer.u16(node.column);
            writer.u16(node.left);
            writer.f32(*depth);
        }
    }

    /// Reads a tree whose children stand behind their parents, so that every walk ends.
    pub(super) fn read(reader: &mut Reader<'_>, columns: usize) -> Result<Self, LoadError> {
        let count = reader.length(12)?;
        let mut tree = Self { nodes: Vec::with_capacity(count), depths: Vec::with_capacity(count), steps: 0 };
        let mut steps_to = vec![0usize; count];
        for index in 0..count {
            let node = Node { threshold: reader.f32()?, column: reader.u16()?, left: reader.u16()? };
            let depth = reader.f32()?;
            let left = usize::from(node.left);
            let leaf = left == index && node.threshold == f32::INFINITY;
            let inner = left > index && left + 1 < count && node.threshold.is_finite();
            if !(leaf || inner) || usize::from(node.column) >= columns || !depth.is_finite() {
                return Err(LoadError::Damaged("a node of a tree"));
            }
            if inner {
                let below = steps_to[index] + 1;
                steps_to[left..left + 2].iter_mut().for_each(|steps| *steps = below.max(*steps));
            }
            tree.nodes.push(node);
            tree.depths.push(depth);
        }
        tree.steps = steps_to.into_iter().max().ok_or(LoadError::Damaged("a tree without nodes"))?;
        tree.pad();
        Ok(tree)
    }
}

/// The leaves in which sixteen rows end.
fn walk(nodes: &[Node], values: &[[f32; LANES]], steps: usize) -> [usize; LANES] {
    let mut at = [0usize; LANES];
    let mut left = steps;
    while left > 0 {
        for _ in 0..left.min(STEPS) {
            for (lane, at) in at.iter_mut().enumerate() {
                let node = nodes[*at];
                let above = values[usize::from(node.column)][lane] > node.threshold;
                *at = usize::from(node.left) + usize::from(above);
            }
        }
        left = left.saturating_sub(STEPS);
        if left > 0 && at.iter().all(|&at| usize::from(nodes[at].left) == at) {
            break;
        }
    }
    at
}

/// The same, where sizes are known; nothing where the columns are other ones.
#[inline(always)]
fn walk_fixed<const COLUMNS: usize>(
    nodes: &[Node; PADDED],
    values: &[[f32; LANES]],
    steps: usize,
) -> Option<[usize; LANES]> {
    let values = <&[[f32; LANES]; COLUMNS]>::try_from(values).ok()?;
    let mut at = [0usize; LANES];
    for _ in 0..steps {
        for (lane, at) in at.iter_mut().enumerate() {
            let node = nodes[*at % PADDED];
            let above = values[usize::from(node.column) % COLUMNS][lane] > node.threshold;
            *at = usize::from(node.left) + usize::from(above);
        }
    }
    Some(at)
}

/// A random column in which the members differ, and a random value between their extremes; nothing
/// where they are all the same.
fn cut(
    rows: Rows<'_>,
    members: &[usize],
    first: Option<usize>,
    columns: &mut [usize],
    random: &mut Random,
) -> Option<(usize, f32)> {
    for tried in 0..columns.len() {
        let next = match first {
            Some(first) if tried == 0 => first,
            _ => tried + random.below(columns.len() - tried),
        };
        columns.swap(tried, next);
        let column = columns[tried];
        let (low, high) = extremes(rows, members, column);
        if low < high {
            let value = random.between(f64::from(low), f64::from(high)) as f32;
            // Rounding to the upper end would leave nothing on the right.
            return Some((column, if value >= high { low } else { value.max(low) }));
        }
    }
    None
}

pub(super) fn extremes(rows: Rows<'_>, members: &[usize], column: usize) -> (f32, f32) {
    members
        .iter()
        .map(|&row| rows.row(row)[column])
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

/// Puts the members that pass before those that do not, and says how many do.
pub(super) fn partition(members: &mut [usize], pass: impl Fn(usize) -> bool) -> usize {
    let mut passed = 0;
    for place in 0..members.len() {
        if pass(members[place]) {
            members.swap(place, passed);
            passed += 1;
        }
    }
    passed
}

/// Columns of a group of rows: few are rounded up to a number that is known to the compiler.
fn padded(columns: usize) -> usize {
    if columns <= 32 { columns.next_power_of_two().max(4) } else { columns }
}

wide! {
    /// Adds for every row the depths at which it ends in the trees.
    pub(crate) fn add_depths(trees: &[Tree], rows: Rows<'_>, out: &mut [f64]) {
        let columns = padded(rows.columns());
        let groups = (BLOCK_VALUES / (columns * LANES)).max(1);
        let mut values = vec![[0f32; LANES]; groups * columns];
        let mut sums = vec![[0f64; LANES]; groups];
        let step = groups * LANES;
        for start in (0..rows.len()).step_by(step) {
            let block = rows.slice(start, start + step);
            transpose(block, columns, &mut values);
            let used = block.len().div_ceil(LANES);
            sums.fill([0.0; LANES]);
            for tree in trees {
                for (group, sums) in values.chunks_exact(columns).zip(&mut sums).take(used) {
                    tree.add(group, sums);
                }
            }
            for (sum, out) in sums.iter().flatten().zip(&mut out[start..start + block.len()]) {
                *out += sum;
            }
        }
    }
}

/// Lays rows side by side, sixteen to a group; the last group repeats what stood there before.
fn transpose(rows: Rows<'_>, columns: usize, values: &mut [[f32; LANES]]) {
    for (index, row) in rows.iter().enumerate() {
        let group = &mut values[index / LANES * columns..][..columns];
        for (lanes, &value) in group.iter_mut().zip(row) {
            lanes[index % LANES] = value;
        }
    }
}
