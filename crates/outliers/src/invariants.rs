//! Invariants: a row of counts that breaks a sum which always holds is abnormal.
//!
//! What a program logs is tied together: as many files are closed as opened, each job has one start.
//! Mining finds such equations with small whole coefficients that hold in nearly all training rows
//! (after Lou et al. 2010): one count that is always the same, two that are in a fixed ratio, three
//! of which one is made of the others. Shorter equations are preferred; a longer one is only kept if
//! no shorter one is a part of it. The score is the sum over the broken equations of the surprise
//! that each is broken, in bits.

use std::collections::BTreeMap;

use crate::data::Rows;
use crate::error::{FitError, LoadError};
use crate::fit::{Fit, Score, shares_of_parts};
use crate::guard::Guard;
use crate::save::{Reader, Save, Writer};
use crate::seed::Seed;
use crate::settings::settings;
use crate::workers::{self, Workers};

/// Columns up to which three are looked at together: there are a sixth of their third power.
const MOST_FOR_THREE: usize = 128;

settings! {
    /// Parameters of the invariants.
    pub struct Params => Method {
        /// The share of the rows in which an equation must hold.
        support: f64 = 0.98, "0.5 to 1", |support| (0.5..=1.0).contains(support);
        /// The share of the rows in which a count of the equation must occur at all.
        activity: f64 = 0.02, "0 to 1", |activity| (0.0..=1.0).contains(activity);
        /// The largest coefficient.
        coefficient: usize = 2, "1 to 5", |coefficient| (1..=5).contains(coefficient);
        /// How many counts an equation ties together at most.
        length: usize = 3, "1 to 3", |length| (1..=3).contains(length);
    }
}

/// `sum of coefficient * count = constant`
#[derive(Clone, Debug, PartialEq)]
pub struct Invariant {
    /// Columns and their coefficients.
    pub terms: Vec<(usize, i32)>,
    /// What they come to.
    pub constant: f64,
    /// How surprising it is that it does not hold, in bits.
    pub surprise: f64,
}

/// Mined equations.
#[derive(Clone, Debug, PartialEq)]
pub struct Invariants {
    guard: Guard,
    invariants: Vec<Invariant>,
}

/// Different rows and how often each occurs: rows of counts repeat a great deal.
struct Distinct {
    /// One column after another.
    columns: Vec<Vec<f64>>,
    times: Vec<u64>,
    total: u64,
}

impl Distinct {
    fn of(rows: Rows<'_>) -> Self {
        let mut found: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
        for row in rows.iter() {
            // Adding 0 makes one of the two zeros.
            *found.entry(row.iter().map(|value| (value + 0.0).to_bits()).collect()).or_default() += 1;
        }
        // The most frequent first: what breaks an equation most is met soonest.
        let mut sorted: Vec<(Vec<u32>, u64)> = found.into_iter().collect();
        sorted.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
        let column =
            |column: usize| sorted.iter().map(|(row, _)| f64::from(f32::from_bits(row[column]))).collect();
        Self {
            columns: (0..rows.columns()).map(column).collect(),
            times: sorted.iter().map(|(_, times)| *times).collect(),
            total: rows.len() as u64,
        }
    }
}

/// Whether two sides are the same, within the precision of the counts.
fn same(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-6 * (1.0 + left.abs().max(right.abs()))
}

struct Miner<'a> {
    distinct: &'a Distinct,
    params: &'a Params,
    /// Columns that say something: not always the same.
    varying: Vec<usize>,
}

impl Miner<'_> {
    fn constants(&self) -> (Vec<Invariant>, Vec<usize>) {
        let (mut found, mut varying) = (Vec::new(), Vec::new());
        for (column, values) in self.distinct.columns.iter().enumerate() {
            let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
            for (value, times) in values.iter().zip(&self.distinct.times) {
                *counts.entry((value + 0.0).to_bits()).or_default() += times;
            }
            let usual = counts.iter().max_by_key(|(_, times)| **times).map_or(0, |(bits, _)| *bits);
            match self.holding(&[(column, 1)], f64::from_bits(usual), false) {
                Some(invariant) => found.push(invariant),
                None => varying.push(column),
            }
        }
        (found, varying)
    }

    /// The equation, if it holds in enough rows. Rows in which none of the counts occurs are silent
    /// about it, if `only_active`.
    fn holding(&self, terms: &[(usize, i32)], constant: f64, only_active: bool) -> Option<Invariant> {
        let allowed = ((1.0 - self.params.support) * self.distinct.total as f64) as u64;
        let (mut broken, mut active) = (0u64, 0u64);
        for (place, &times) in self.distinct.times.iter().enumerate() {
            let (mut sum, mut any) = (0.0, !only_active);
            for &(column, coefficient) in terms {
                let value = self.distinct.columns[column][place];
                any |= value != 0.0;
                sum += f64::from(coefficient) * value;
            }
            if !any {
                continue;
            }
            active += times;
            if !same(sum, constant) {
                broken += times;
                if broken > allowed {
                    return None;
                }
            }
        }
        let wanted = (self.params.activity * self.distinct.total as f64).max(1.0);
        let holds = (active - broken) as f64 >= self.params.support * active as f64;
        let rate = (broken as f64 + 1.0) / (active as f64 + 2.0);
        (active as f64 >= wanted && holds).then(|| Invariant {
            terms: terms.to_vec(),
            constant,
            surprise: -rate.log2(),
        })
    }

    fn pairs(&self, first: usize) -> Vec<Invariant> {
        let most = self.params.coefficient as i32;
        let mut found = Vec::new();
        for &second in self.varying.iter().filter(|&&second| second > first) {
            let ratios =
                (1..=most).flat_map(|a| (1..=most).map(move |b| (a, b))).filter(|&(a, b)| divisor(a, b) == 1);
            found.extend(
                ratios.filter_map(|(a, b)| self.holding(&[(first, a), (second, -b)], 0.0, true)).next(),
            );
        }
        found
    }

    fn threes(&self, first: usize, tied: &dyn Fn(usize, usize) -> bool) -> Vec<Invariant> {
        let mut found = Vec::new();
        let behind = |than: usize| self.varying.iter().copied().filter(move |&column| column > than);
        for second in behind(first).filter(|&second| !tied(first, second)) {
            for third in behind(second).filter(|&third| !tied(first, third) && !tied(second, third)) {
                found.extend(self.three([first, second, third]));
            }
        }
        found
    }

    fn three(&self, [first, second, third]: [usize; 3]) -> Option<Invariant> {
        let most = self.params.coefficient as i32;
        for a in 1..=most {
            for b in (-most..=most).filter(|&b| b != 0) {
                for c in (-most..=most).filter(|&c| c != 0) {
                    // Counts are not negative: coefficients of one sign tie nothing together.
                    let mixed = b < 0 || c < 0;
                    if mixed && divisor(divisor(a, b.abs()), c.abs()) == 1 {
                        let found = self.holding(&[(first, a), (second, b), (third, c)], 0.0, true);
                        if found.is_some() {
                            return found;
                        }
                    }
                }
            }
        }
        None
    }
}

fn divisor(a: i32, b: i32) -> i32 {
    if b == 0 { a } else { divisor(b, a % b) }
}

impl Fit for Method {
    type Fitted = Invariants;

    fn fit_with(&self, rows: Rows<'_>, _seed: Seed, workers: &dyn Workers) -> Result<Invariants, FitError> {
        let params = self.params();
        let guard = Guard::fit(rows, 1)?;
        let distinct = Distinct::of(rows);
        let mut miner = Miner { distinct: &distinct, params, varying: Vec::new() };
        let (mut invariants, varying) = miner.constants();
        miner.varying = varying;
        let miner = &miner;
        let varying = &miner.varying;
        if params.length >= 2 {
            let pairs = workers::map(workers, varying.len(), |place| miner.pairs(varying[place]));
            invariants.extend(pairs.into_iter().flatten());
        }
        if params.length >= 3 && varying.len() <= MOST_FOR_THREE {
            let tied = |a: usize, b: usize| invariants.iter().any(|found| ties(found, a, b));
            let tied: Vec<bool> = (0..rows.columns().pow(2))
                .map(|pair| tied(pair / rows.columns(), pair % rows.columns()))
                .collect();
            let tied = |a: usize, b: usize| tied[a * rows.columns() + b];
            let threes = workers::map(workers, varying.len(), |place| miner.threes(varying[place], &tied));
            invariants.extend(threes.into_iter().flatten());
        }
        Ok(Invariants { guard, invariants })
    }
}

fn ties(invariant: &Invariant, a: usize, b: usize) -> bool {
    matches!(invariant.terms[..], [(first, _), (second, _)] if first == a && second == b)
}

impl Invariant {
    fn holds(&self, row: &[f32]) -> bool {
        let sum = self.terms.iter().map(|&(column, coefficient)| {
            f64::from(coefficient) * row.get(column).copied().map_or(0.0, f64::from)
        });
        same(sum.sum(), self.constant)
    }
}

impl Invariants {
    /// The equations.
    #[must_use]
    pub fn invariants(&self) -> &[Invariant] {
        &self.invariants
    }
}

impl Score for Invariants {
    fn guard(&self) -> &Guard {
        &self.guard
    }

    fn score_block(&self, rows: Rows<'_>, out: &mut [f64]) {
        for (row, score) in rows.iter().zip(out) {
            let broken = self.invariants.iter().filter(|invariant| !invariant.holds(row));
            // A sum of nothing is below zero by its sign.
            *score = broken.map(|invariant| invariant.surprise).sum::<f64>() + 0.0;
        }
    }

    fn shares_of(&self, row: &[f32]) -> Vec<f64> {
        let mut parts = vec![0.0; row.len()];
        for invariant in self.invariants.iter().filter(|invariant| !invariant.holds(row)) {
            for &(column, _) in &invariant.terms {
                parts[column] += invariant.surprise / invariant.terms.len() as f64;
            }
        }
        shares_of_parts(parts)
    }
}

impl Save for Invariants {
    const KIND: &'static str = "invariants";

    fn write(&self, writer: &mut Writer) {
        self.guard.write(writer);
        writer.length(self.invariants.len());
        for Invariant { terms, constant, surprise } in &self.invariants {
            writer.length(terms.len());
            for &(column, coefficient) in terms {
                writer.u32(column as u32);
                writer.u32(coefficient.cast_unsigned());
            }
            writer.f64s(&[*constant, *surprise]);
        }
    }

    fn read(reader: &mut Reader<'_>, _version: u16) -> Result<Self, LoadError> {
        let guard = Guard::read(reader)?;
        let mut invariants = Vec::new();
        for _ in 0..reader.length(24)? {
            let mut terms = Vec::new();
            for _ in 0..reader.length(8)? {
                let (column, coefficient) = (reader.u32()? as usize, reader.u32()?.cast_signed());
                if column >= guard.columns() {
                    return Err(LoadError::Damaged("an equation"));
                }
                terms.push((column, coefficient));
            }
            let [constant, surprise] = reader.finite_f64s()?[..] else {
                return Err(LoadError::Damaged("an equation"));
            };
            if !(0.0..=1e6).contains(&surprise) {
                return Err(LoadError::Damaged("an equation"));
            }
            invariants.push(Invariant { terms, constant, surprise });
        }
        Ok(Self { guard, invariants })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Table;
    use crate::laws;

    /// Opened, closed, twice as many checks, failed, reads, hits (reads are hits and misses), misses.
    fn counts(rows: usize) -> Table {
        let mut random = Seed(3).random();
        let mut table = Table::new(7);
        for _ in 0..rows {
            let opened = random.below(6) as f32;
            let (hits, misses) = (random.below(9) as f32, random.below(5) as f32);
            table.push(&[opened, opened, 2.0 * opened, 0.0, hits + misses, hits, misses]);
        }
        table
    }

    fn fit(params: Params, rows: Rows<'_>) -> Invariants {
        params.check().unwrap().fit(rows, Seed(1)).unwrap()
    }

    #[test]
    fn equations_are_found() {
        let model = fit(Params::default(), counts(300).rows());
        let terms: Vec<_> = model.invariants().iter().map(|found| found.terms.clone()).collect();
        assert_eq!(
            terms,
            [
                vec![(3, 1)],
                vec![(0, 1), (1, -1)],
                vec![(0, 2), (2, -1)],
                vec![(1, 2), (2, -1)],
                vec![(4, 1), (5, -1), (6, -1)],
            ]
        );
    }

    #[test]
    fn broken_equations_are_told() {
        let model = fit(Params::default(), counts(300).rows());
        let mut scores = Vec::new();
        let rows = [2.0, 2.0, 4.0, 0.0, 5.0, 3.0, 2.0, 2.0, 2.0, 4.0, 0.0, 5.0, 3.0, 1.0];
        model.score(Rows::new(&rows, 7).unwrap(), &mut scores).unwrap();
        assert!(scores[0] == 0.0 && scores[1] > 5.0, "{scores:?}");
        let shares = model.shares(&rows[7..]).unwrap();
        assert!((shares[4] - 1.0 / 3.0).abs() < 1e-9 && shares[0] == 0.0, "{shares:?}");
    }

    #[test]
    fn a_few_exceptions_are_allowed() {
        let mut table = counts(300);
        table.values_mut()[1] += 3.0;
        let found = |support| {
            let model = fit(Params { support, ..Params::default() }, table.rows());
            model.invariants().iter().any(|found| ties(found, 0, 1))
        };
        assert!(found(0.98) && !found(1.0));
    }

    #[test]
    fn laws_hold() {
        laws::hold(&Params::default().check().unwrap(), 3);
        assert!(fit(Params::default(), laws::cloud(200, 4).rows()).invariants().is_empty());
    }
}
