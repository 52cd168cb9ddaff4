//! Labelled lines in, and the score of every line from whoever scores them.
//!
//! Labels are `line_number,label[,kind]`, scores are what `scan --scores` writes. Whoever scores is a
//! [`LineScorer`]: a file of scores is one, so any tool that can write such a file can be measured; what `scan`
//! finds is another, [`Scanning`].

mod features;
mod folds;
mod outliers;
mod rules;
mod scanning;
mod times;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use logsift_engine::records::time::Time;
use logsift_pipeline::watch::Watch;
use logsift_reports::text::figures::counted;

use crate::error::EvalError;
use crate::memory::Peak;
use crate::table::{self, Row, Table, shown};
use crate::units::{Judgement, Unit, Verdict};

pub use outliers::LineOutliers;
pub use rules::Ruling;
pub use scanning::Scanning;

const LABELS: &str = "line_number,label[,kind]";
const SCORES: &str = "file,line,template_id,score,flagged,top_detector";

/// Gives a score for the lines of a log, without its labels.
pub trait LineScorer {
    /// The name of the model that scores.
    fn name(&self) -> String;

    /// Scores the log.
    fn score(&self, log: &Path) -> Result<LineScores, EvalError>;
}

/// The scores of a log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LineScores {
    /// For lines at which a record begins, what was said of it.
    pub verdicts: HashMap<u64, Verdict>,
    /// How long learning took.
    pub fit: Duration,
    /// How long scoring took.
    pub score: Duration,
}

impl LineScores {
    /// Whether they were made here and not read from a file.
    fn is_timed(&self) -> bool {
        !(self.fit + self.score).is_zero()
    }
}

/// Labelled lines.
#[derive(Clone, Debug, PartialEq)]
pub struct LineSet {
    /// The log.
    pub name: String,
    /// The lines, in the order of their labels.
    pub units: Vec<Unit>,
    log: PathBuf,
    lines: Vec<u64>,
}

impl LineSet {
    /// Reads the labels of a log.
    pub fn read(log: &Path, labels: &Path) -> Result<LineSet, EvalError> {
        let mut set = LineSet { name: shown(log), units: Vec::new(), log: log.to_owned(), lines: Vec::new() };
        let mut seen = HashSet::new();
        table::read(labels, LABELS, |table: Table<'_>| {
            let (line, label) = (table.column("line_number")?, table.column("label")?);
            let kind = table.optional("kind");
            table.each(|row: &Row<'_>| {
                let number = row.line_number(&line)?;
                if !seen.insert(number) {
                    return Err(
                        row.refused(&line, "stands here for the second time\nhint: a line has one label")
                    );
                }
                set.lines.push(number);
                let (abnormal, kind) = (row.label(&label)?, row.text_of(kind.as_ref())?.to_owned());
                set.units.push(Unit { id: number.to_string(), abnormal, kind });
                Ok(())
            })
        })?;
        if set.units.is_empty() {
            let reason = format!("`{}` labels no line", shown(labels));
            return Err(EvalError::unsuited(reason, format!("its rows are {LABELS}")));
        }
        Ok(set)
    }

    /// Asks for scores and puts them beside the labels. Gives also what should be known about them.
    pub fn judge(&self, scorer: &dyn LineScorer) -> Result<(Judgement, Vec<String>), EvalError> {
        let peak = Peak::begin();
        let scores = scorer.score(&self.log)?;
        let peak = scores.is_timed().then(|| peak.bytes()).flatten();
        let mut begun: Vec<u64> = scores.verdicts.keys().copied().collect();
        begun.sort_unstable();
        // A line that begins no record is part of the one above; above the first nothing was said.
        let of = |line: &u64| {
            let above = begun.partition_point(|begun| begun <= line).checked_sub(1)?;
            scores.verdicts.get(begun.get(above)?).copied()
        };
        let unsaid = Verdict { score: 0.0, flagged: false };
        let verdicts: Vec<Verdict> = self.lines.iter().map(|line| of(line).unwrap_or(unsaid)).collect();
        let without = self.lines.iter().filter(|line| !scores.verdicts.contains_key(line)).count() as u64;
        if without as usize == self.lines.len() {
            let reason = format!("no labelled line of `{}` has a score", self.name);
            return Err(EvalError::unsuited(reason, "give the scores of the same log"));
        }
        let judgement = Judgement {
            model: scorer.name(),
            threshold: Verdict::lowest_flagged(&verdicts),
            verdicts,
            fit: scores.fit,
            score: scores.score,
            peak,
        };
        Ok((judgement, self.notes(without, scores.verdicts.len())))
    }

    /// When each line was written, or the record that it is part of; nothing for what stands above the first.
    pub fn times(&self, threads: usize, watch: &Watch) -> Result<Vec<Option<f64>>, EvalError> {
        let seconds = |time: Time| time.nanos() as f64 / 1e9;
        let moments =
            times::each(&self.log, threads, watch, |record| (record.origin.line, record.time.map(seconds)))?;
        let mut known: Vec<(u64, f64)> =
            moments.into_iter().filter_map(|(line, time)| Some((line, time?))).collect();
        known.sort_unstable_by_key(|(line, _)| *line);
        let of = |line: &u64| {
            let above = known.partition_point(|(begun, _)| begun <= line).checked_sub(1)?;
            known.get(above).map(|(_, time)| *time)
        };
        Ok(self.lines.iter().map(of).collect())
    }

    fn notes(&self, without: u64, scored: usize) -> Vec<String> {
        let mut notes = Vec::new();
        if without > 0 {
            let lines = counted(without, "labelled line", "labelled lines");
            notes.push(format!("{lines} without a score: taken as part of the record above"));
        }
        let unlabelled = (scored + without as usize).saturating_sub(self.lines.len()) as u64;
        if unlabelled > 0 {
            let lines = counted(unlabelled, "scored line", "scored lines");
            notes.push(format!("{lines} without a label: left out"));
        }
        notes
    }
}

/// A file with the scores of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoresFile {
    path: PathBuf,
}

impl ScoresFile {
    /// The file of that path.
    pub fn new(path: &Path) -> ScoresFile {
        ScoresFile { path: path.to_owned() }
    }
}

/// The rows of one log in a file of scores.
#[derive(Default)]
struct OfLog {
    file: String,
    verdicts: HashMap<u64, Verdict>,
}

impl LineScorer for ScoresFile {
    fn name(&self) -> String {
        let name = self.path.file_name().map(|name| name.to_string_lossy().into_owned());
        name.unwrap_or_else(|| shown(&self.path))
    }

    fn score(&self, log: &Path) -> Result<LineScores, EvalError> {
        let logs = table::read(&self.path, SCORES, logs_of)?;
        Ok(LineScores { verdicts: self.chosen(logs, log)?, ..LineScores::default() })
    }
}

/// The rows of a table of scores, log by log.
fn logs_of(table: Table<'_>) -> Result<Vec<OfLog>, EvalError> {
    let mut logs: Vec<OfLog> = Vec::new();
    let file = table.optional("file");
    let (line, score) = (table.column("line")?, table.column("score")?);
    let flagged = table.column("flagged")?;
    table.each(|row: &Row<'_>| {
        let name = row.text_of(file.as_ref())?;
        if logs.last().is_none_or(|last| last.file != name) {
            logs.push(OfLog { file: name.to_owned(), ..OfLog::default() });
        }
        let verdict = Verdict { score: row.score(&score)?, flagged: row.label(&flagged)? };
        let number = row.line_number(&line)?;
        let known = logs.last_mut().and_then(|last| last.verdicts.insert(number, verdict));
        if known.is_some() {
            return Err(row.refused(&line, "stands here for the second time\nhint: a line has one score"));
        }
        Ok(())
    })?;
    Ok(logs)
}

impl ScoresFile {
    /// Where the file has scores of one log, they are those; of several, those of that name.
    fn chosen(&self, mut logs: Vec<OfLog>, log: &Path) -> Result<HashMap<u64, Verdict>, EvalError> {
        if logs.len() > 1 {
            let full = shown(log);
            let name = log.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let is_full = logs.iter().any(|of| of.file == full);
            logs.retain(|of| {
                of.file == full || (!is_full && Path::new(&of.file).file_name() == Some(name.as_ref()))
            });
        }
        match logs.len() {
            1 => Ok(logs.remove(0).verdicts),
            count => {
                let reason = format!(
                    "`{}` has {} of `{}`",
                    shown(&self.path),
                    if count == 0 { "no scores" } else { "scores of several logs with the name" },
                    shown(log)
                );
                Err(EvalError::unsuited(reason, "score that log alone"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::making::write;
    use tempfile::TempDir;

    const HEAD: &str = "file,line,template_id,score,flagged,top_detector\n";

    fn folder(labels: &str, scores: &str) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "labels.csv.gz", labels);
        write(folder.path(), "scores.csv", &format!("{HEAD}{scores}"));
        folder
    }

    fn judge(folder: &TempDir) -> Result<(Judgement, Vec<String>), EvalError> {
        let set = LineSet::read(Path::new("logs/app.log"), &folder.path().join("labels.csv.gz"))?;
        set.judge(&ScoresFile::new(&folder.path().join("scores.csv")))
    }

    fn refused(labels: &str, scores: &str, says: &str) {
        let error = judge(&folder(labels, scores)).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }

    #[test]
    fn scores_stand_beside_labels_by_line() {
        let labels = "line_number,label,kind\n1,0,\n2,1,disk\n3,0,\n7,1,net\n";
        let folder = folder(
            labels,
            "x.log,7,t1,9.5,1,new-template\nx.log,1,t2,0.5,0,\nx.log,2,t3,3,1,\nx.log,9,t3,3,0,\n",
        );
        let (judgement, notes) = judge(&folder).unwrap();
        let scores: Vec<f64> = judgement.verdicts.iter().map(|verdict| verdict.score).collect();
        assert_eq!((scores, judgement.threshold), (vec![0.5, 3.0, 3.0, 9.5], 3.0));
        assert_eq!(judgement.model, "scores.csv");
        assert_eq!(
            notes,
            [
                "1 labelled line without a score: taken as part of the record above",
                "1 scored line without a label: left out",
            ]
        );
    }

    #[test]
    fn of_several_logs_that_of_the_name_is_taken() {
        let labels = "line_number,label\n1,0\n2,1\n";
        let rows = "b/app.log,1,t,1,0,\nb/app.log,2,t,2,1,\nother.log,1,t,7,1,\n";
        assert_eq!(judge(&folder(labels, rows)).unwrap().0.verdicts[0].score, 1.0);
        let both = format!("{rows}logs/app.log,1,t,5,0,\n");
        assert_eq!(judge(&folder(labels, &both)).unwrap().0.verdicts[0].score, 5.0);
        refused(labels, "a.log,1,t,1,0,\nb.log,1,t,1,0,\n", "has no scores of `logs/app.log`");
        refused(labels, &format!("{rows}c/app.log,1,t,1,0,\n"), "several logs with the name");
    }

    #[test]
    fn what_is_wrong_is_told() {
        refused("line_number,label\n", "", "labels no line");
        refused("line_number,label\n0,1\n", "", "line 2, column `line_number`: `0` is no line");
        refused("line_number,label\n4,1\n4,0\n", "", "line 3, column `line_number`: `4` stands here");
        refused("line_number,label\n4,1\n", "a,5,t,1,0,\n", "no labelled line of `logs/app.log` has a score");
        refused("line_number,label\n4,1\n", "a,4,t,1,0,\na,4,t,1,0,\n", "line 3, column `line`: `4` stands");
        refused("line_number,label\n4,1\n", "a,4,t,1,maybe,\n", "column `flagged`: `maybe` is no label");
        refused("line_number,label\n4,1\n", "", "has no scores");
    }
}
