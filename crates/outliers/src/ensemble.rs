//! Several opinions become one: votes, ranks, the rarest score, or a judge trained on labels.
//!
//! Members differ in unit and spread, so their scores are never added as they are. A vote counts who
//! would flag; ranks compare rows within a batch; calibrated scores say how rare each member finds a
//! row and work on single rows; stacking weighs the members by labels, where there are some.

mod members;
mod together;

use crate::error::{FitError, LoadError, ParamError, require};
use crate::fit::shares_of_parts;
use crate::save::{Reader, Save, Writer};
use crate::settings::settings;
use crate::threshold::Calibration;

pub use members::Members;
pub use together::{Combine, Method, Params, Together};

/// The weighted share of members that score a row above their line, for each row.
///
/// # Errors
/// Lines, weights or scores that are not as many as they must be, or a weight that is not positive.
pub fn weighted_vote(members: &[&[f64]], lines: &[f64], weights: &[f64]) -> Result<Vec<f64>, ParamError> {
    let rows = rows_of(members)?;
    require(lines.len() == members.len(), "lines", lines.len(), "one for each member")?;
    check_weights(weights, members.len())?;
    let whole: f64 = weights.iter().sum();
    let mut votes = vec![0.0; rows];
    for ((scores, line), weight) in members.iter().zip(lines).zip(weights) {
        for (vote, score) in votes.iter_mut().zip(*scores) {
            if score > line {
                *vote += weight / whole;
            }
        }
    }
    Ok(votes)
}

/// The weighted mean of each row's ranks: 0 for the lowest score of a batch, 1 for the highest; what
/// ties has the rank in the middle.
///
/// # Errors
/// Weights or scores that are not as many as they must be, or a weight that is not positive.
pub fn rank_average(members: &[&[f64]], weights: &[f64]) -> Result<Vec<f64>, ParamError> {
    let rows = rows_of(members)?;
    check_weights(weights, members.len())?;
    let whole: f64 = weights.iter().sum();
    let mut means = vec![0.0; rows];
    for (scores, weight) in members.iter().zip(weights) {
        for (mean, rank) in means.iter_mut().zip(ranks(scores)) {
            *mean += weight / whole * rank;
        }
    }
    Ok(means)
}

fn rows_of(members: &[&[f64]]) -> Result<usize, ParamError> {
    let rows = members.first().map_or(0, |scores| scores.len());
    require(!members.is_empty(), "members", 0, "at least 1")?;
    let odd = members.iter().find(|scores| scores.len() != rows);
    match odd {
        Some(odd) => {
            Err(ParamError::new("scores", odd.len(), format!("{rows}, as many as the first member's")))
        }
        None => Ok(rows),
    }
}

fn check_weights(weights: &[f64], members: usize) -> Result<(), ParamError> {
    require(weights.len() == members, "weights", weights.len(), "one for each member")?;
    let odd = weights.iter().find(|&&weight| !(weight > 0.0 && weight <= 1e12));
    odd.map_or(Ok(()), |odd| Err(ParamError::new("weights", odd, "above 0, up to 1e12")))
}

fn ranks(scores: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let mut ranks = vec![0.5; scores.len()];
    let last = scores.len().saturating_sub(1).max(1) as f64;
    let mut first = 0;
    for tied in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let middle = (2 * first + tied.len() - 1) as f64 / 2.0;
        if scores.len() > 1 {
            tied.iter().for_each(|&row| ranks[row] = middle / last);
        }
        first += tied.len();
    }
    ranks
}

/// Members whose scores are compared by how rare they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Rarest {
    members: Vec<Calibration>,
}

impl Rarest {
    /// Learns each member's scores of ordinary rows.
    ///
    /// # Errors
    /// A member without scores, or no member.
    pub fn fit(ordinary: &[&[f64]]) -> Result<Self, FitError> {
        if ordinary.is_empty() {
            return Err(FitError::TooFew { found: 0, needed: 1 });
        }
        Ok(Self {
            members: ordinary.iter().map(|scores| Calibration::fit(scores)).collect::<Result<_, _>>()?,
        })
    }

    /// How rare the row is to the member that finds it rarest, and which one that is. The more members
    /// ask, the likelier one of them is surprised: that is taken off (Bonferroni). Scores beyond the
    /// members are left out.
    #[must_use]
    pub fn score(&self, scores: &[f64]) -> (f64, usize) {
        let rarities = self.members.iter().zip(scores).map(|(member, &score)| member.rarity(score));
        let (member, rarity) =
            rarities.enumerate().fold((0, 0.0), |best, next| if next.1 > best.1 { next } else { best });
        ((rarity - (self.members.len() as f64).log10()).max(0.0), member)
    }
}

impl Save for Rarest {
    const KIND: &'static str = "rarest";

    fn write(&self, writer: &mut Writer) {
        writer.length(self.members.len());
        self.members.iter().for_each(|member| member.write(writer));
    }

    fn read(reader: &mut Reader<'_>, version: u16) -> Result<Self, LoadError> {
        let count = reader.length(24)?;
        let members: Vec<_> =
            (0..count).map(|_| Calibration::read(reader, version)).collect::<Result<_, _>>()?;
        if members.is_empty() { Err(LoadError::Damaged("no member")) } else { Ok(Self { members }) }
    }
}

settings! {
    /// Parameters of stacking.
    pub struct StackingParams => StackingMethod {
        /// How strongly weights are held at 0; less trusts the labels more.
        penalty: f64 = 1.0, "1e-6 to 1e6", |penalty| (1e-6..=1e6).contains(penalty);
        /// Steps of the optimisation at most.
        steps: usize = 50, "1 to 1000", |steps| (1..=1000).contains(steps);
    }
}

/// A judge over members, trained on labels: the probability that a row is abnormal.
#[derive(Clone, Debug, PartialEq)]
pub struct Stacking {
    members: Vec<Calibration>,
    /// The weight of each member, and behind them the constant.
    weights: Vec<f64>,
}

impl StackingMethod {
    /// Fits a logistic regression on how rare the members find each labelled row.
    ///
    /// # Errors
    /// Scores and labels that do not match, or labels of one kind only.
    pub fn fit(&self, members: &[&[f64]], labels: &[bool]) -> Result<Stacking, FitError> {
        let rows = rows_of(members)?;
        if labels.len() != rows {
            return Err(ParamError::new("labels", labels.len(), format!("{rows}, one for each row")).into());
        }
        let abnormal = labels.iter().filter(|&&label| label).count();
        if abnormal == 0 || abnormal == rows {
            return Err(ParamError::new(
                "labels",
                format!("{abnormal} abnormal of {rows}"),
                "some of both kinds",
            )
            .into());
        }
        let calibrations: Vec<Calibration> =
            members.iter().map(|scores| Calibration::fit(scores)).collect::<Result<_, _>>()?;
        let features: Vec<Vec<f64>> = (0..rows)
            .map(|row| with_constant(members.iter().zip(&calibrations).map(|(s, c)| c.rarity(s[row]))))
            .collect();
        let weights = logistic(&features, labels, self.params().penalty, self.params().steps)?;
        Ok(Stacking { members: calibrations, weights })
    }
}

fn with_constant(rarities: impl Iterator<Item = f64>) -> Vec<f64> {
    rarities.chain([1.0]).collect()
}

/// Newton's method on the penalised likelihood; the constant, at the end, is not penalised.
fn logistic(
    features: &[Vec<f64>],
    labels: &[bool],
    penalty: f64,
    steps: usize,
) -> Result<Vec<f64>, FitError> {
    let size = features.first().map_or(0, Vec::len);
    let mut weights = vec![0.0; size];
    for _ in 0..steps {
        let mut gradient = vec![0.0; size];
        let mut curvature = vec![0.0; size * size];
        for index in 0..size - 1 {
            gradient[index] = penalty * weights[index];
            curvature[index * size + index] = penalty;
        }
        for (row, &label) in features.iter().zip(labels) {
            let expected = probability(row, &weights);
            let spread = (expected * (1.0 - expected)).max(1e-9);
            for (index, one) in row.iter().enumerate() {
                gradient[index] += (expected - f64::from(u8::from(label))) * one;
                for (other, value) in row.iter().enumerate() {
                    curvature[index * size + other] += spread * one * value;
                }
            }
        }
        let step = solve(curvature, gradient).ok_or(FitError::Diverged("the labels cannot be separated"))?;
        weights.iter_mut().zip(&step).for_each(|(weight, step)| *weight -= step.clamp(-4.0, 4.0));
        if step.iter().all(|step| step.abs() < 1e-9) {
            break;
        }
    }
    Ok(weights)
}

fn probability(row: &[f64], weights: &[f64]) -> f64 {
    let sum: f64 = row.iter().zip(weights).map(|(value, weight)| value * weight).sum();
    1.0 / (1.0 + (-sum).exp())
}

/// Solves a small system by elimination; nothing where it has no single solution.
fn solve(mut matrix: Vec<f64>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let size = right.len();
    for place in 0..size {
        let pivot = (place..size)
            .max_by(|&a, &b| matrix[a * size + place].abs().total_cmp(&matrix[b * size + place].abs()))?;
        if matrix[pivot * size + place].abs() < 1e-300 {
            return None;
        }
        (0..size).for_each(|column| matrix.swap(place * size + column, pivot * size + column));
        right.swap(place, pivot);
        for row in (0..size).filter(|&row| row != place) {
            let factor = matrix[row * size + place] / matrix[place * size + place];
            (place..size)
                .for_each(|column| matrix[row * size + column] -= factor * matrix[place * size + column]);
            right[row] -= factor * right[place];
        }
    }
    let solution: Vec<f64> = (0..size).map(|place| right[place] / matrix[place * size + place]).collect();
    solution.iter().all(|value| value.is_finite()).then_some(solution)
}

impl Stacking {
    /// The probability that a row with these scores is abnormal.
    #[must_use]
    pub fn score(&self, scores: &[f64]) -> f64 {
        let rarities = self.members.iter().zip(scores).map(|(member, &score)| member.rarity(score));
        probability(&with_constant(rarities), &self.weights)
    }

    /// How much each member counts: one share each, 1 in sum.
    #[must_use]
    pub fn shares(&self) -> Vec<f64> {
        shares_of_parts(self.weights[..self.members.len()].iter().map(|weight| weight.abs()).collect())
    }
}

impl Save for Stacking {
    const KIND: &'static str = "stacking";

    fn write(&self, writer: &mut Writer) {
        writer.f64s(&self.weights);
        self.members.iter().for_each(|member| member.write(writer));
    }

    fn read(reader: &mut Reader<'_>, version: u16) -> Result<Self, LoadError> {
        let weights = reader.finite_f64s()?;
        if weights.len() < 2 {
            return Err(LoadError::Damaged("no member"));
        }
        let members =
            (1..weights.len()).map(|_| Calibration::read(reader, version)).collect::<Result<_, _>>()?;
        Ok(Self { members, weights })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    #[test]
    fn votes_and_ranks_ignore_units() {
        let (a, b): (&[f64], &[f64]) = (&[1.0, 5.0, 3.0], &[100.0, 900.0, 900.0]);
        assert_eq!(weighted_vote(&[a, b], &[4.0, 500.0], &[3.0, 1.0]).unwrap(), [0.0, 1.0, 0.25]);
        assert_eq!(rank_average(&[a, b], &[1.0, 1.0]).unwrap(), [0.0, 0.875, 0.625]);
        assert_eq!(rank_average(&[&[7.0]], &[1.0]).unwrap(), [0.5]);
        assert!(rank_average(&[&[]], &[1.0]).unwrap().is_empty());
    }

    #[test]
    fn what_does_not_match_is_named() {
        let check = |result: Result<Vec<f64>, ParamError>, message: &str| {
            assert_eq!(result.unwrap_err().to_string(), message);
        };
        check(rank_average(&[], &[]), "`members` is `0`, legal is at least 1");
        check(rank_average(&[&[1.0]], &[0.0]), "`weights` is `0`, legal is above 0, up to 1e12");
        check(
            rank_average(&[&[1.0], &[]], &[1.0, 1.0]),
            "`scores` is `0`, legal is 1, as many as the first member's",
        );
        check(weighted_vote(&[&[1.0]], &[], &[1.0]), "`lines` is `0`, legal is one for each member");
    }

    #[test]
    fn the_rarest_opinion_counts() {
        let small: Vec<f64> = (0..1000).map(|rank| f64::from(rank) / 1000.0).collect();
        let large: Vec<f64> = small.iter().map(|score| score * 1e6).collect();
        let ensemble = Rarest::fit(&[&small, &large]).unwrap();
        let (ordinary, _) = ensemble.score(&[0.5, 5e5]);
        let (odd, member) = ensemble.score(&[0.5, 2e6]);
        assert!(ordinary < 0.1 && odd > 3.0 && member == 1, "{ordinary} {odd}");
        assert_eq!(Rarest::from_bytes(&ensemble.to_bytes()), Ok(ensemble));
        assert!(Rarest::fit(&[]).is_err());
    }

    #[test]
    fn labels_say_whom_to_trust() {
        let mut random = Seed(2).random();
        let labels: Vec<bool> = (0..600).map(|row| row % 10 == 0).collect();
        let good: Vec<f64> =
            labels.iter().map(|&label| random.normal() + if label { 4.0 } else { 0.0 }).collect();
        let noise: Vec<f64> = labels.iter().map(|_| random.normal()).collect();
        let judge = StackingParams::default().check().unwrap().fit(&[&good, &noise], &labels).unwrap();
        assert!(judge.shares()[0] > 0.8, "{:?}", judge.shares());
        assert!(judge.score(&[4.5, 0.0]) > 0.7 && judge.score(&[0.0, 2.0]) < 0.1);
        assert_eq!(Stacking::from_bytes(&judge.to_bytes()), Ok(judge));
        let method = StackingParams::default().check().unwrap();
        assert!(method.fit(&[&good], &[true]).is_err() && method.fit(&[&good], &[true; 600]).is_err());
        // Labels that one member tells apart without fail must not run away.
        let clear: Vec<f64> = labels.iter().map(|&label| f64::from(u8::from(label))).collect();
        assert!(method.fit(&[&clear], &labels).unwrap().score(&[1.0]) > 0.5);
    }
}
