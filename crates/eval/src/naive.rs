//! A log in, scores out as this field makes them by habit: TF-IDF over the words of the raw line, an isolation
//! forest over that, and a tenth of all lines flagged by decree.
//!
//! It is here to be compared with and nowhere else: a scan never uses it. It does what tutorials do, with the
//! settings that libraries come with, and is given every care that costs no thought: the forest is the published
//! one, rows are sparse, the seed is fixed, and it is quick. The forests that users may choose have a crate of their own.

mod cuts;
mod forest;
mod lexicon;
mod tokens;
mod words;

use std::path::Path;
use std::time::Instant;

use crate::error::EvalError;
use crate::lines::{LineScorer, LineScores};
use crate::units::Verdict;
use forest::Forest;

/// The share of all lines that is flagged, whatever is in them.
const FLAGGED: f64 = 0.1;

/// So many of the most frequent words are kept.
const VOCABULARY: usize = 1000;

/// The baseline of habit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Naive;

impl LineScorer for Naive {
    fn name(&self) -> String {
        "naive".to_owned()
    }

    fn score(&self, log: &Path) -> Result<LineScores, EvalError> {
        let begun = Instant::now();
        let rows = words::read(log)?.weighed(Some(VOCABULARY));
        let mut forest = Forest::grow(&rows);
        let fit = begun.elapsed();
        let begun = Instant::now();
        let scores = forest.scores(&rows);
        let verdicts = (1..).zip(verdicts(&scores)).collect();
        Ok(LineScores { verdicts, fit, score: begun.elapsed() })
    }
}

/// The scores alone, with all words or so many of the most frequent ones: for those who measure time.
///
/// # Errors
/// What cannot be read.
pub fn scores(log: &Path, vocabulary: Option<usize>) -> Result<Vec<f64>, EvalError> {
    let rows = words::read(log)?.weighed(vocabulary);
    Ok(Forest::grow(&rows).scores(&rows))
}

/// Flagged is what is above the threshold that leaves the decreed share above it.
fn verdicts(scores: &[f64]) -> impl Iterator<Item = Verdict> {
    let threshold = quantile(scores, 1.0 - FLAGGED);
    scores.iter().map(move |score| Verdict { score: *score, flagged: *score > threshold })
}

/// Between two scores, in proportion; above every score where there is none.
fn quantile(scores: &[f64], share: f64) -> f64 {
    let mut sorted = scores.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = sorted.len().saturating_sub(1) as f64 * share;
    let at = |place: f64| sorted.get(place as usize).copied().unwrap_or(f64::INFINITY);
    let (below, above) = (at(place.floor()), at(place.ceil()));
    if below < above { below + (above - below) * place.fract() } else { below }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::making::write;

    fn scores(name: &str, text: &str) -> Result<LineScores, EvalError> {
        let folder = tempfile::tempdir().unwrap();
        Naive.score(&write(folder.path(), name, text))
    }

    /// Two hundred and ninety-nine lines of one shape, and one that shares no word with them.
    fn log() -> String {
        let usual = |nth: u32| format!("INFO served page {} in {} ms\n", nth % 7, 10 + nth % 5);
        let line =
            |nth| if nth == 150 { "kernel BUG: unable to handle paging\n".to_owned() } else { usual(nth) };
        (1..=300).map(line).collect()
    }

    #[test]
    fn an_obvious_outlier_has_the_highest_score() {
        let verdicts = scores("app.log.gz", &log()).unwrap().verdicts;
        assert_eq!(verdicts.len(), 300);
        let odd = verdicts[&150];
        assert!(odd.flagged);
        let others = verdicts.iter().filter(|(line, _)| **line != 150).map(|(_, verdict)| verdict.score);
        let highest = others.fold(0.0, f64::max);
        assert!(odd.score > highest + 0.05, "{} {highest}", odd.score);
    }

    #[test]
    fn the_same_log_has_the_same_scores() {
        let once = scores("app.log", &log()).unwrap().verdicts;
        assert_eq!(once, scores("app.log", &log()).unwrap().verdicts);
    }

    #[test]
    fn a_tenth_is_flagged_whatever_it_is() {
        let flagged = |scores: &[f64]| verdicts(scores).filter(|verdict| verdict.flagged).count();
        let rising: Vec<f64> = (0..500).map(f64::from).collect();
        assert_eq!(flagged(&rising), 50);
        assert_eq!(flagged(&[0.5; 40]), 0, "no score is above all others");
        assert_eq!(flagged(&[]), 0);
        assert_eq!(flagged(&[0.5]), 0);
    }

    #[test]
    fn quantiles_are_those_of_linear_interpolation() {
        let check = |scores: &[f64], share: f64, expected: f64| {
            assert!((quantile(scores, share) - expected).abs() < 1e-12, "{scores:?} {share}");
        };
        check(&[4.0, 1.0, 3.0, 2.0], 0.9, 3.7);
        check(&[1.0, 2.0, 3.0], 0.5, 2.0);
        check(&[1.0, 2.0], 0.25, 1.25);
    }

    #[test]
    fn a_log_with_nothing_in_it_has_no_scores_and_a_missing_one_is_told() {
        let few = scores("app.log", "one line\n").unwrap().verdicts;
        assert_eq!((few.len(), few[&1].flagged), (1, false));
        let error = Naive.score(Path::new("no/such.log")).unwrap_err().to_string();
        assert!(error.contains("`no/such.log` does not exist"), "{error}");
    }
}
