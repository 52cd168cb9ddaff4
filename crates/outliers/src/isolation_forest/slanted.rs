//! A tree whose cuts are slanted over several columns (the extended isolation forest).
//!
//! A cut is a random direction over `extension + 1` random columns, through a random point of the
//! box that holds the rows. Directions are kept sparse: a number for every column that takes part.

use crate::data::Rows;
use crate::error::LoadError;
use crate::isolation_forest::axis::{extremes, partition};
use crate::isolation_forest::expected_depth;
use crate::save::{Reader, Writer};
use crate::seed::Random;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Node {
    /// The left child, before the right one; the node itself in a leaf.
    left: u32,
    /// Rows whose sum along the direction is above it go right; the depth in a leaf.
    threshold: f64,
}

/// A tree of slanted cuts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// Columns of a cut.
    width: usize,
    /// For each node as many columns and weights as a cut has; zeros in leaves.
    columns: Vec<u16>,
    weights: Vec<f32>,
}

struct Open {
    node: usize,
    start: usize,
    end: usize,
    depth: usize,
}

impl Tree {
    /// Grows a tree of all these rows.
    pub(super) fn grow(rows: Rows<'_>, most: usize, extension: usize, random: &mut Random) -> Self {
        let mut tree =
            Self { nodes: Vec::new(), width: extension + 1, columns: Vec::new(), weights: Vec::new() };
        tree.add_leaf();
        let mut order: Vec<usize> = (0..rows.len()).collect();
        let mut open = vec![Open { node: 0, start: 0, end: rows.len(), depth: 0 }];
        while let Some(Open { node, start, end, depth }) = open.pop() {
            let members = &mut order[start..end];
            let cuttable = depth < most && members.len() > 1 && tree.cut(node, rows, members, random);
            if !cuttable {
                tree.nodes[node].threshold = depth as f64 + expected_depth(members.len());
                continue;
            }
            let middle = start + partition(members, |row| !tree.goes_right(node, rows.row(row)));
            let left = tree.add_leaf();
            let right = tree.add_leaf();
            tree.nodes[node].left = left as u32;
            open.push(Open { node: right, start: middle, end, depth: depth + 1 });
            open.push(Open { node: left, start, end: middle, depth: depth + 1 });
        }
        tree
    }

    fn add_leaf(&mut self) -> usize {
        let index = self.nodes.len();
        self.nodes.push(Node { left: index as u32, threshold: 0.0 });
        self.columns.resize(self.columns.len() + self.width, 0);
        self.weights.resize(self.weights.len() + self.width, 0.0);
        index
    }

    /// Draws a cut for the node, and says whether the members differ at all in its columns. Members
    /// that do not are tried again with other columns.
    fn cut(&mut self, node: usize, rows: Rows<'_>, members: &[usize], random: &mut Random) -> bool {
        let order = random.sample(rows.columns(), rows.columns());
        let boxes = order.iter().map(|&column| (column, extremes(rows, members, column)));
        let differing: Vec<_> = boxes.filter(|(_, (low, high))| low < high).take(self.width).collect();
        let mut threshold = 0.0;
        for (place, &(column, (low, high))) in differing.iter().enumerate() {
            let weight = random.normal() as f32;
            self.columns[node * self.width + place] = column as u16;
            self.weights[node * self.width + place] = weight;
            threshold += f64::from(weight) * random.between(f64::from(low), f64::from(high));
        }
        self.nodes[node].threshold = threshold;
        !differing.is_empty()
    }

    fn goes_right(&self, node: usize, row: &[f32]) -> bool {
        let cut = node * self.width..(node + 1) * self.width;
        let along: f64 = self.columns[cut.clone()]
            .iter()
            .zip(&self.weights[cut])
            .map(|(&column, &weight)| f64::from(weight) * f64::from(row[usize::from(column)]))
            .sum();
        along > self.nodes[node].threshold
    }

    fn depth_of(&self, row: &[f32]) -> f64 {
        let mut at = 0;
        loop {
            let node = self.nodes[at];
            if node.left as usize == at {
                return node.threshold;
            }
            at = node.left as usize + usize::from(self.goes_right(at, row));
        }
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.length(self.width);
        writer.u16s(&self.columns);
        writer.f32s(&self.weights);
        writer.length(self.nodes.len());
        for node in &self.nodes {
            writer.u32(node.left);
            writer.f64(node.threshold);
        }
    }

    /// Reads a tree whose children stand behind their parents, so that every walk ends.
    pub(super) fn read(reader: &mut Reader<'_>, columns: usize) -> Result<Self, LoadError> {
        let width = reader.count(columns)?;
        let (taken, weights) = (reader.u16s()?, reader.finite_f32s()?);
        let count = reader.length(12)?;
        let even = count.checked_mul(width) == Some(taken.len()) && taken.len() == weights.len();
        if count == 0 || width == 0 || !even || taken.iter().any(|&column| usize::from(column) >= columns) {
            return Err(LoadError::Damaged("the cuts of a tree"));
        }
        let mut nodes = Vec::with_capacity(count);
        for index in 0..count {
            let node = Node { left: reader.u32()?, threshold: reader.finite_f64()? };
            let left = node.left as usize;
            if left < index || (left > index && left + 1 >= count) {
                return Err(LoadError::Damaged("a node of a tree"));
            }
            nodes.push(node);
        }
        Ok(Self { nodes, width, columns: taken, weights })
    }
}

/// Adds for every row the depths at which it ends in the trees.
pub(super) fn add_depths(trees: &[Tree], rows: Rows<'_>, out: &mut [f64]) {
    for tree in trees {
        for (row, out) in rows.iter().zip(out.iter_mut()) {
            *out += tree.depth_of(row);
        }
    }
}
