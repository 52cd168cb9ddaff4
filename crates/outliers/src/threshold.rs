//! From scores to verdicts: where to draw the line, and what a score is worth.
//!
//! Three ways to a line: the share that is to be flagged (contamination), the number that a person
//! can look at (budget), and how often ordinary rows may be flagged by mistake (false alarms, from
//! scores of rows that training did not see, or of training itself). Flagged is what lies *above* the
//! line, so that ties at it never flag more than was asked for. [`Calibration`] turns scores of
//! different models into the same unit.

use crate::error::{FitError, LoadError, ParamError, require};
use crate::save::{Reader, Save, Writer};

/// Values of the training that a calibration keeps.
const MOST_KEPT: usize = 4096;

/// The line that leaves at most this share of the scores above it.
///
/// # Errors
/// A share outside of 0 to 1.
pub fn by_contamination(scores: &[f64], share: f64) -> Result<f64, ParamError> {
    require((0.0..=1.0).contains(&share), "contamination", share, "0 to 1")?;
    Ok(by_budget(scores, (share * scores.len() as f64) as usize))
}

/// The line that leaves at most so many scores above it. Without scores, nothing is above.
#[must_use]
pub fn by_budget(scores: &[f64], most: usize) -> f64 {
    if most >= scores.len() {
        return if scores.is_empty() { f64::INFINITY } else { f64::NEG_INFINITY };
    }
    let mut sorted = scores.to_vec();
    let place = sorted.len() - 1 - most;
    *sorted.select_nth_unstable_by(place, f64::total_cmp).1
}

/// The line above which a new ordinary row lies with at most this probability. Without enough
/// ordinary scores to tell, that is the largest of them.
///
/// # Errors
/// A probability outside of 0 to 1.
pub fn by_false_alarms(ordinary: &[f64], probability: f64) -> Result<f64, ParamError> {
    require((0.0..=1.0).contains(&probability), "false_alarms", probability, "0 to 1")?;
    // A new row lies above the m-th largest of n with probability m / (n + 1).
    let above = (probability * (ordinary.len() as f64 + 1.0)) as usize;
    Ok(by_budget(ordinary, above.saturating_sub(1)))
}

/// Which scores lie above the line.
#[must_use]
pub fn flags(scores: &[f64], line: f64) -> Vec<bool> {
    scores.iter().map(|&score| score > line).collect()
}

/// Knows how scores of ordinary rows are distributed, and says how rare a score is.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// In order.
    kept: Vec<f64>,
    /// How many there were.
    count: u64,
    /// The mean excess over the upper tenth, by which rarity goes on beyond the largest.
    tail: f64,
}

impl Calibration {
    /// Learns from scores of ordinary rows.
    ///
    /// # Errors
    /// No score.
    pub fn fit(ordinary: &[f64]) -> Result<Self, FitError> {
        if ordinary.is_empty() {
            return Err(FitError::TooFew { found: 0, needed: 1 });
        }
        if ordinary.iter().any(|score| !score.is_finite()) {
            return Err(FitError::Diverged("a score is not finite"));
        }
        let mut kept = ordinary.to_vec();
        kept.sort_unstable_by(f64::total_cmp);
        let upper = &kept[kept.len() - (kept.len() / 10).max(1)..];
        let mean = upper.iter().map(|score| score / upper.len() as f64).sum::<f64>();
        let tail = (mean - upper[0]).max(0.0);
        let last = kept.len() - 1;
        if kept.len() > MOST_KEPT {
            kept = (0..MOST_KEPT).map(|place| kept[place * last / (MOST_KEPT - 1)]).collect();
        }
        Ok(Self { kept, count: last as u64 + 1, tail })
    }

    /// The probability that an ordinary row scores at least as high: above 0, up to 1. Beyond all that
    /// was seen it goes on falling, as an exponential tail does.
    #[must_use]
    pub fn p_value(&self, score: f64) -> f64 {
        let least = 1.0 / (self.count as f64 + 1.0);
        let largest = self.kept.last().copied().unwrap_or(0.0);
        if score > largest {
            let beyond = if self.tail > 0.0 { (score - largest) / self.tail } else { f64::INFINITY };
            return least * (-beyond.min(600.0)).exp();
        }
        let below = self.kept.partition_point(|&other| other < score);
        (1.0 - below as f64 / self.kept.len() as f64).max(least)
    }

    /// How rare the score is: 1 for one in ten, 2 for one in a hundred.
    #[must_use]
    pub fn rarity(&self, score: f64) -> f64 {
        -self.p_value(score).log10()
    }
}

impl Save for Calibration {
    const KIND: &'static str = "calibration";

    fn write(&self, writer: &mut Writer) {
        writer.u64(self.count);
        writer.f64(self.tail);
        writer.f64s(&self.kept);
    }

    fn read(reader: &mut Reader<'_>, _version: u16) -> Result<Self, LoadError> {
        let (count, tail, kept) = (reader.u64()?, reader.finite_f64()?, reader.finite_f64s()?);
        if kept.is_empty() || !kept.is_sorted() || tail < 0.0 {
            return Err(LoadError::Damaged("calibrated scores"));
        }
        Ok(Self { kept, count, tail })
    }
}

/// The value below which this share of a normal distribution lies (Acklam's approximation).
pub(crate) fn normal_quantile(share: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 5] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 4] =
        [7.784_695_709_041_462e-3, 3.224_671_290_700_398e-1, 2.445_134_137_142_996, 3.754_408_661_907_416];
    let series = |terms: &[f64], x: f64| terms.iter().fold(0.0, |sum, term| sum * x + term);
    let tail = |share: f64| {
        let x = (-2.0 * share.ln()).sqrt();
        series(&C, x) / (series(&D, x) * x + 1.0)
    };
    let share = share.clamp(1e-300, 1.0 - 1e-16);
    if share < 0.02425 {
        return tail(share);
    }
    if share > 1.0 - 0.02425 {
        return -tail(1.0 - share);
    }
    let x = share - 0.5;
    let square = x * x;
    series(&A, square) * x / (series(&B, square) * square + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_flag_at_most_what_was_asked_for() {
        let scores = [5.0, 1.0, 4.0, 4.0, 2.0, 3.0];
        let count = |line: f64| flags(&scores, line).into_iter().filter(|&flag| flag).count();
        let check = |most, expected| assert_eq!(count(by_budget(&scores, most)), expected, "{most}");
        // Two tie at the second place: neither is flagged if only one of them may be.
        [(0, 0), (1, 1), (2, 1), (3, 3), (6, 6), (9, 6)]
            .into_iter()
            .for_each(|(most, flagged)| check(most, flagged));
        assert_eq!(count(by_contamination(&scores, 0.5).unwrap()), 3);
        assert_eq!(by_budget(&[], 3), f64::INFINITY);
        let refused = by_contamination(&scores, 1.5).unwrap_err();
        assert_eq!(refused.to_string(), "`contamination` is `1.5`, legal is 0 to 1");
        assert!(by_false_alarms(&scores, f64::NAN).is_err());
    }

    #[test]
    fn false_alarms_are_kept() {
        let ordinary: Vec<f64> = (0..999).map(f64::from).collect();
        assert_eq!(by_false_alarms(&ordinary, 0.01).unwrap(), 989.0);
        assert_eq!(by_false_alarms(&ordinary, 1e-9).unwrap(), 998.0);
    }

    #[test]
    fn rarity_goes_on_beyond_what_was_seen() {
        let ordinary: Vec<f64> = (0..20_000).map(|rank| f64::from(rank) / 1000.0).collect();
        let calibration = Calibration::fit(&ordinary).unwrap();
        let check = |score: f64, expected: f64| {
            let p = calibration.p_value(score);
            assert!((p / expected - 1.0).abs() < 0.02, "{score}: {p}");
        };
        check(-1.0, 1.0);
        check(10.0, 0.5);
        check(19.8, 0.01);
        assert!(calibration.p_value(21.0) > calibration.p_value(22.0));
        assert!(calibration.p_value(f64::MAX) > 0.0 && calibration.rarity(18.0) > 0.99);
        assert_eq!(Calibration::from_bytes(&calibration.to_bytes()), Ok(calibration));
        assert!(Calibration::fit(&[]).is_err() && Calibration::fit(&[f64::NAN]).is_err());
        // All the same: what is more is as rare as can be.
        let constant = Calibration::fit(&[1.0; 9]).unwrap();
        assert!(constant.p_value(1.0) == 1.0 && constant.p_value(1.1) < 1e-100);
    }

    #[test]
    fn quantiles_are_those_of_the_table() {
        for (share, expected) in [(0.5, 0.0), (0.975, 1.959_964), (0.99, 2.326_348), (0.001, -3.090_232)] {
            assert!((normal_quantile(share) - expected).abs() < 1e-5, "{share}");
        }
    }
}
