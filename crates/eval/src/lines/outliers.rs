//! A log in, the scores that an outlier model gives its lines out.
//!
//! Nobody has said what is normal in it, so the model is fitted on the lines that it judges. One whose cost grows with
//! the square of what it is fitted on is fitted on lines taken evenly from the whole, and judges all.

use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use logsift_outliers::Table;
use logsift_pipeline::watch::Watch;

use super::features::{Said, rows};
use super::times::each;
use super::{LineScorer, LineScores};
use crate::error::EvalError;
use crate::models::{FitSettings, Judged, Models, TableMaterial};
use crate::units::Verdict;

/// Lines that a model is fitted on at most.
const FITTED: usize = 10_000;

/// Outlier models over the lines of one log, which is read once for all of them.
pub struct LineOutliers<'a> {
    fitting: FitSettings,
    watch: &'a Watch,
    read: OnceLock<Result<Read, EvalError>>,
}

struct Read {
    lines: Vec<u64>,
    rows: Table,
    took: Duration,
}

/// One of the models.
struct One<'a, 'b> {
    all: &'a LineOutliers<'b>,
    name: String,
}

impl<'a> LineOutliers<'a> {
    /// Models that are fitted that way.
    pub fn new(fitting: FitSettings, watch: &'a Watch) -> LineOutliers<'a> {
        LineOutliers { fitting, watch, read: OnceLock::new() }
    }

    /// The names of the models that can judge lines.
    pub fn names() -> Vec<&'static str> {
        Models::of_rows_named()
    }

    /// The model of that name.
    pub fn model(&self, name: &str) -> Result<Box<dyn LineScorer + '_>, EvalError> {
        Models::named(Judged::Tables, &[name.to_owned()], &[], self.fitting)?;
        Ok(Box::new(One { all: self, name: name.to_owned() }))
    }

    /// What should be known about how they were fitted.
    pub fn note(lines: usize) -> Option<String> {
        let note =
            || format!("outlier models were fitted on {FITTED} lines, taken evenly from all, and judged all");
        (lines > FITTED).then(note)
    }

    fn read(&self, log: &Path) -> &Result<Read, EvalError> {
        self.read.get_or_init(|| {
            let begun = Instant::now();
            let said = each(log, self.fitting.threads, self.watch, |record| Said {
                line: record.origin.line,
                level: record.level,
                message: record.message.to_vec(),
            })?;
            let lines = said.iter().map(|said| said.line).collect();
            Ok(Read { lines, rows: rows(&said), took: begun.elapsed() })
        })
    }
}

impl LineScorer for One<'_, '_> {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn score(&self, log: &Path) -> Result<LineScores, EvalError> {
        let read = self.all.read(log).as_ref().map_err(Clone::clone)?;
        let models = Models::named(Judged::Tables, std::slice::from_ref(&self.name), &[], self.all.fitting)?;
        let step = read.rows.rows().len().div_ceil(FITTED).max(1);
        let few = (step > 1).then(|| {
            let places: Vec<usize> = (0..read.rows.rows().len()).step_by(step).collect();
            Table::pick(read.rows.rows(), &places)
        });
        let trained = few.as_ref().unwrap_or(&read.rows).rows();
        let material = TableMaterial { trained, tested: read.rows.rows(), normal: false, standardise: true };
        let mut judged = models.of_rows(&material)?;
        let Some(judgement) = judged.judgements.pop() else { return Ok(LineScores::default()) };
        let verdicts: Vec<Verdict> = judgement.verdicts;
        Ok(LineScores {
            verdicts: read.lines.iter().copied().zip(verdicts).collect(),
            // Whoever asks for one model waits for the reading, too.
            fit: judgement.fit + read.took,
            score: judgement.score,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::making::write;

    #[test]
    fn an_obvious_outlier_has_the_highest_score_of_most_models() {
        let usual =
            |nth: u32| format!("2024-03-04 10:00:00 INFO served page {} in {} ms\n", nth % 7, 10 + nth % 5);
        let odd = "2024-03-04 10:00:00 FATAL kernel BUG unable to handle paging request\n".to_owned();
        let log: String = (1..=400).map(|nth| if nth == 250 { odd.clone() } else { usual(nth) }).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), "app.log", &log);
        let watch = Watch::default();
        let all = LineOutliers::new(FitSettings::default(), &watch);
        let first = |name: &str| {
            let verdicts = all.model(name).unwrap().score(&path).unwrap().verdicts;
            assert_eq!(verdicts.len(), 400, "{name}");
            let odd = verdicts[&250].score;
            verdicts.iter().filter(|(line, _)| **line != 250).all(|(_, verdict)| verdict.score < odd)
        };
        for name in ["isolation-forest", "z-score", "ecod", "local-outlier-factor", "hbos"] {
            assert!(first(name), "{name}");
        }
        assert!(all.model("markov").is_err() && all.model("no-such").is_err());
    }
}
