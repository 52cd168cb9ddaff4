//! Clusters: a row far from the centre of every group of rows is abnormal.
//!
//! k-means with the start of Arthur and Vassilvitskii (k-means++). The score is the distance from the
//! nearest centre; if asked for, relative to how far its own rows lie from it, so that a wide cluster
//! does not make its rows look odd. By default it is not: outliers that were trained on widen their
//! cluster, and hide behind its width. Columns should be standardised first.

use crate::data::{Rows, Table};
use crate::error::{FitError, LoadError};
use crate::fit::{BLOCK, Fit, Score, shares_of_parts};
use crate::guard::Guard;
use crate::save::{Reader, Save, Writer};
use crate::seed::{Random, Seed};
use crate::settings::settings;
use crate::workers::{self, Workers};

settings! {
    /// Parameters of the clusters.
    pub struct Params => Method {
        /// How many clusters; at most one for each row is taken.
        clusters: usize = 8, "1 to 4096", |clusters| (1..=4096).contains(clusters);
        /// How often centres are moved at most.
        passes: usize = 100, "1 to 10000", |passes| (1..=10_000).contains(passes);
        /// Whether distances are relative to those of the cluster's own rows.
        relative: bool = false, "true, false", |_| true;
    }
}

/// Fitted centres.
#[derive(Clone, Debug, PartialEq)]
pub struct Clusters {
    guard: Guard,
    centres: Table,
    /// What distances from each centre are divided by.
    widths: Vec<f64>,
}

impl Fit for Method {
    type Fitted = Clusters;

    fn fit_with(&self, rows: Rows<'_>, seed: Seed, workers: &dyn Workers) -> Result<Clusters, FitError> {
        let params = self.params();
        let guard = Guard::fit(rows, 1)?;
        let mut centres = start(rows, params.clusters, &mut seed.random());
        let mut nearest = assign(rows, centres.rows(), workers);
        for _ in 0..params.passes {
            centres = moved(rows, &nearest, &centres, workers);
            let next = assign(rows, centres.rows(), workers);
            let settled = next.iter().zip(&nearest).all(|(next, before)| next.0 == before.0);
            nearest = next;
            if settled {
                break;
            }
        }
        let widths = widths(&nearest, centres.rows().len(), params.relative);
        Ok(Clusters { guard, centres, widths })
    }
}

/// Each next centre is a row, drawn by its squared distance from those there are. Ends early where
/// all rows are centres already.
fn start(rows: Rows<'_>, count: usize, random: &mut Random) -> Table {
    let mut centres = Table::new(rows.columns());
    let mut squares = vec![f64::INFINITY; rows.len()];
    let mut drawn = random.below(rows.len());
    while centres.rows().len() < count {
        let centre = rows.row(drawn);
        centres.push(centre);
        for (nearest, row) in squares.iter_mut().zip(rows.iter()) {
            *nearest = nearest.min(square(row, centre));
        }
        let total: f64 = squares.iter().sum();
        if total <= 0.0 {
            break;
        }
        let mut left = random.unit() * total;
        let place = squares.iter().position(|square| {
            left -= square;
            left < 0.0
        });
        let furthest = || (0..squares.len()).max_by(|&a, &b| squares[a].total_cmp(&squares[b])).unwrap_or(0);
        drawn = place.unwrap_or_else(furthest);
    }
    centres
}

fn square(a: &[f32], b: &[f32]) -> f64 {
    let mut sums = [0f64; 4];
    for (a, b) in a.chunks(4).zip(b.chunks(4)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            let apart = f64::from(*a) - f64::from(*b);
            *sum += apart * apart;
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}

/// The nearest centre of a row and its squared distance; of equally near ones the first.
fn nearest(row: &[f32], centres: Rows<'_>) -> (usize, f64) {
    let squares = centres.iter().map(|centre| square(row, centre)).enumerate();
    squares.fold((0, f64::INFINITY), |best, next| if next.1 < best.1 { next } else { best })
}

fn assign(rows: Rows<'_>, centres: Rows<'_>, workers: &dyn Workers) -> Vec<(usize, f64)> {
    let mut found = vec![(0, 0.0); rows.len()];
    workers::fill(workers, &mut found, BLOCK, |first, piece| {
        for (offset, found) in piece.iter_mut().enumerate() {
            *found = nearest(rows.row(first + offset), centres);
        }
    });
    found
}

/// The mean of the rows of each cluster. One that has lost all its rows stays where it is.
fn moved(rows: Rows<'_>, nearest: &[(usize, f64)], centres: &Table, workers: &dyn Workers) -> Table {
    let (columns, count) = (rows.columns(), centres.rows().len());
    let block = BLOCK.max(rows.len().div_ceil(64));
    let parts = workers::map(workers, rows.len().div_ceil(block), |part| {
        let (mut sums, mut counts) = (vec![0.0; count * columns], vec![0u64; count]);
        let block_rows = rows.slice(part * block, (part + 1) * block);
        for (row, (cluster, _)) in block_rows.iter().zip(&nearest[part * block..]) {
            counts[*cluster] += 1;
            let sums = &mut sums[cluster * columns..(cluster + 1) * columns];
            sums.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        (sums, counts)
    });
    let (mut sums, mut counts) = (vec![0.0; count * columns], vec![0u64; count]);
    for (part_sums, part_counts) in parts {
        sums.iter_mut().zip(part_sums).for_each(|(sum, part)| *sum += part);
        counts.iter_mut().zip(part_counts).for_each(|(sum, part)| *sum += part);
    }
    let mut next = centres.clone();
    for (place, value) in next.values_mut().iter_mut().enumerate() {
        if counts[place / columns] > 0 {
            *value = (sums[place] / counts[place / columns] as f64) as f32;
        }
    }
    next
}

/// The root mean square distance of each cluster's rows, not less than a part of the mean over all:
/// a cluster of one row has no width, and would make its neighbours infinitely odd.
fn widths(nearest: &[(usize, f64)], count: usize, relative: bool) -> Vec<f64> {
    if !relative {
        return vec![1.0; count];
    }
    let (mut sums, mut counts) = (vec![0.0; count], vec![0u64; count]);
    for &(cluster, square) in nearest {
        sums[cluster] += square;
        counts[cluster] += 1;
    }
    let overall = (sums.iter().sum::<f64>() / nearest.len().max(1) as f64).sqrt();
    let least = if overall > 0.0 { overall * 0.1 } else { 1.0 };
    sums.iter().zip(counts).map(|(sum, count)| (sum / count.max(1) as f64).sqrt().max(least)).collect()
}

impl Clusters {
    /// The centres.
    #[must_use]
    pub fn centres(&self) -> Rows<'_> {
        self.centres.rows()
    }
}

impl Score for Clusters {
    fn guard(&self) -> &Guard {
        &self.guard
    }

    fn score_block(&self, rows: Rows<'_>, out: &mut [f64]) {
        for (row, score) in rows.iter().zip(out) {
            let (cluster, square) = nearest(row, self.centres.rows());
            *score = square.sqrt() / self.widths[cluster];
        }
    }

    fn shares_of(&self, row: &[f32]) -> Vec<f64> {
        let centre = self.centres.rows().row(nearest(row, self.centres.rows()).0);
        let apart = row.iter().zip(centre).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2));
        shares_of_parts(apart.collect())
    }
}

impl Save for Clusters {
    const KIND: &'static str = "clusters";

    fn write(&self, writer: &mut Writer) {
        self.guard.write(writer);
        writer.f32s(self.centres.rows().values());
        writer.f64s(&self.widths);
    }

    fn read(reader: &mut Reader<'_>, _version: u16) -> Result<Self, LoadError> {
        let guard = Guard::read(reader)?;
        let centres = Table::from_values(reader.finite_f32s()?, guard.columns());
        let centres = centres.ok_or(LoadError::Damaged("the centres"))?;
        let widths = reader.finite_f64s()?;
        let sensible = widths.iter().all(|&width| width > 1e-30);
        if widths.is_empty() || widths.len() != centres.rows().len() || !sensible {
            return Err(LoadError::Damaged("the centres"));
        }
        Ok(Self { guard, centres, widths })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws;

    #[test]
    fn groups_are_found_and_what_is_between_them_is_odd() {
        let mut table = laws::cloud(400, 2);
        for (index, row) in table.values_mut().chunks_exact_mut(2).enumerate() {
            row[index % 2] += 20.0;
        }
        let method = Params { clusters: 2, relative: true, ..Params::default() }.check().unwrap();
        let model = method.fit(table.rows(), Seed(3)).unwrap();
        let mut firsts: Vec<f32> = model.centres().column(0).collect();
        firsts.sort_by(f32::total_cmp);
        assert!(firsts[0].abs() < 0.3 && (firsts[1] - 20.0).abs() < 0.3, "{firsts:?}");
        let mut scores = Vec::new();
        model.score(Rows::new(&[10.0, 10.0, 20.0, 0.5], 2).unwrap(), &mut scores).unwrap();
        assert!(scores[0] > 5.0 && scores[1] < 1.0, "{scores:?}");
    }

    #[test]
    fn more_clusters_than_different_rows_are_no_harm() {
        let rows = [1.0, 1.0, 2.0, 2.0];
        let model = Params::default().check().unwrap().fit(Rows::new(&rows, 1).unwrap(), Seed(1)).unwrap();
        assert_eq!(model.centres().len(), 2);
    }

    #[test]
    fn laws_hold() {
        laws::hold(&Params::default().check().unwrap(), 3);
        laws::hold(&Params { relative: true, ..Params::default() }.check().unwrap(), 2);
    }
}
