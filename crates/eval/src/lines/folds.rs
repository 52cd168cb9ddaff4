//! A labelled log in, verdicts of whoever had read it only so far out: see [`crate::folds`].
//!
//! A log is its own training. So a block is judged by whoever was given the log up to its end, and no line that came
//! after it.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use super::{LineScorer, LineSet};
use crate::error::EvalError;
use crate::folds::{Folded, blocks, join};
use crate::lone;
use crate::models::Judgements;
use crate::report::Fold;

impl LineSet {
    /// Asks for the scores of every block and puts them beside the labels.
    pub fn judge_folds(&self, scorers: &[&dyn LineScorer], folds: usize) -> Result<Folded, EvalError> {
        let blocks = blocks(self.units.len(), folds)?;
        let first = blocks.first().map_or(0, |block| block.end);
        if !self.lines.is_sorted() {
            let reason = format!("the labels of `{}` are not in the order of its lines", self.name);
            return Err(EvalError::unsuited(reason, "sort them, or leave --folds out"));
        }
        let folder = tempfile::tempdir().map_err(|error| {
            EvalError::unsuited(format!("no folder for parts of the log: {error}"), "set TMPDIR")
        })?;
        let mut folded = Folded::default();
        for block in blocks.iter().skip(1) {
            let last = block.end.checked_sub(1).and_then(|last| self.lines.get(last)).copied().unwrap_or(0);
            let part = LineSet {
                name: self.name.clone(),
                units: self.units.get(block.clone()).unwrap_or_default().to_vec(),
                log: folder.path().join(self.log.file_stem().unwrap_or_default()),
                lines: self.lines.get(block.clone()).unwrap_or_default().to_vec(),
            };
            first_lines(&self.log, last, &part.log)?;
            let mut of_block = Judgements::default();
            for scorer in scorers {
                let (judgement, notes) = part.judge(*scorer)?;
                of_block.judgements.push(judgement);
                of_block.notes.extend(notes.into_iter().filter(|note| note.ends_with("record above")));
            }
            join(&mut folded.judged, of_block, folded.folds.is_empty());
            let tested = block.start - first..block.end - first;
            folded.folds.push(Fold { trained: block.start, tested });
        }
        folded.units = self.units.get(first..).unwrap_or_default().to_vec();
        Ok(folded)
    }
}

/// Writes the first lines of a log, last written when the log was: a year that stamps leave out comes from there.
fn first_lines(log: &Path, last: u64, to: &Path) -> Result<(), EvalError> {
    let modified = fs::metadata(log).and_then(|file| file.modified()).ok();
    lone::read(log, |file, bytes| {
        let copied = || -> std::io::Result<()> {
            let mut bytes = BufReader::new(bytes);
            let mut out = BufWriter::new(File::create(to)?);
            let mut line = Vec::new();
            for _ in 0..last {
                line.clear();
                if bytes.read_until(b'\n', &mut line)? == 0 {
                    break;
                }
                out.write_all(&line)?;
            }
            let out = out.into_inner().map_err(|error| error.into_error())?;
            modified.map_or(Ok(()), |time| out.set_modified(time))
        };
        copied().map_err(|error| EvalError::Unreadable {
            file: file.to_owned(),
            reason: format!("could not be read in parts: {error}"),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::LineScores;
    use crate::table::making::write;
    use crate::units::Verdict;

    /// Scores every line by how many lines it was given.
    struct Counting;

    impl LineScorer for Counting {
        fn name(&self) -> String {
            "counting".to_owned()
        }

        fn score(&self, log: &Path) -> Result<LineScores, EvalError> {
            let lines = fs::read_to_string(log).unwrap().lines().count() as u64;
            let verdict = Verdict { score: lines as f64, flagged: false };
            Ok(LineScores {
                verdicts: (1..=lines).map(|line| (line, verdict)).collect(),
                ..LineScores::default()
            })
        }
    }

    #[test]
    fn no_line_is_judged_in_view_of_later_blocks() {
        let folder = tempfile::tempdir().unwrap();
        let log = write(folder.path(), "app.log.gz", &"a line\n".repeat(40));
        let rows: String = (1..=40).map(|line| format!("{line},{}\n", u8::from(line % 9 == 0))).collect();
        let labels = write(folder.path(), "labels.csv", &format!("line_number,label\n{rows}"));
        let set = LineSet::read(&log, &labels).unwrap();
        let folded = set.judge_folds(&[&Counting], 3).unwrap();
        let scores: Vec<f64> = folded.judged.judgements[0].verdicts.iter().map(|one| one.score).collect();
        assert_eq!(scores, [vec![20.0; 10], vec![30.0; 10], vec![40.0; 10]].concat());
        assert_eq!((folded.units[0].id.as_str(), folded.folds[2].trained), ("11", 30));
    }
}
