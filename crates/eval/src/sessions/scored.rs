//! Labelled sessions that somebody else has scored: `scan --session-scores`, or any tool that writes such rows.
//!
//! Labels are `session_id,label[,part][,kind]`; scores are `session_id,…,score,flagged,…`. What the labels call
//! `train_normal` is left out. A session that was found in several streams has the highest of its scores, and is
//! flagged where one of them is.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use logsift_reports::text::figures::counted;

use super::{Chosen, table_of};
use crate::error::EvalError;
use crate::table::{self, Row, Table, shown};
use crate::units::{Judgement, Unit, Verdict};

const LABELS: &str = "session_id,label[,part][,kind]";
const SCORES: &str = "session_id,stream,records,score,flagged,top_detector";

/// Labels and scores of sessions, side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredSessions {
    /// The file with the labels.
    pub name: String,
    /// The labelled sessions.
    pub units: Vec<Unit>,
    /// Their scores.
    pub judgement: Judgement,
    /// What should be known about them.
    pub notes: Vec<String>,
}

impl ScoredSessions {
    /// Reads both files.
    pub fn read(
        labels: &Path,
        scores: &Path,
        condition: Option<&(String, String)>,
    ) -> Result<ScoredSessions, EvalError> {
        let labels = &table_of(labels);
        let units = units(labels, condition)?;
        let known = verdicts(scores)?;
        let unsaid = Verdict { score: 0.0, flagged: false };
        let of = |unit: &Unit| known.get(&unit.id).copied();
        let verdicts: Vec<Verdict> = units.iter().map(|unit| of(unit).unwrap_or(unsaid)).collect();
        let without = units.iter().filter(|unit| of(unit).is_none()).count();
        if without == units.len() {
            let reason =
                format!("no session that `{}` labels has a score in `{}`", shown(labels), shown(scores));
            return Err(EvalError::unsuited(reason, "session_id must be written alike in both"));
        }
        let model =
            scores.file_name().map_or_else(|| shown(scores), |name| name.to_string_lossy().into_owned());
        let threshold = Verdict::lowest_flagged(&verdicts);
        let (fit, score) = (Duration::ZERO, Duration::ZERO);
        Ok(ScoredSessions {
            name: shown(labels),
            notes: notes(without, (known.len() + without).saturating_sub(units.len())),
            units,
            judgement: Judgement { model, verdicts, threshold, fit, score, peak: None },
        })
    }
}

fn units(labels: &Path, condition: Option<&(String, String)>) -> Result<Vec<Unit>, EvalError> {
    table::read(labels, LABELS, |table: Table<'_>| {
        let (id, label) = (table.column("session_id")?, table.column("label")?);
        let (chosen, kind) = (Chosen::of(&table, condition)?, table.optional("kind"));
        let mut units = Vec::new();
        table.each(|row: &Row<'_>| {
            if chosen.is_trained(row)? != Some(true) {
                let (id, kind) = (row.text(&id)?.to_owned(), row.text_of(kind.as_ref())?.to_owned());
                units.push(Unit { id, abnormal: row.label(&label)?, kind });
            }
            Ok(())
        })?;
        Ok(units)
    })
}

fn verdicts(scores: &Path) -> Result<HashMap<String, Verdict>, EvalError> {
    table::read(scores, SCORES, |table: Table<'_>| {
        let (id, score) = (table.column("session_id")?, table.column("score")?);
        let flagged = table.column("flagged")?;
        let mut verdicts: HashMap<String, Verdict> = HashMap::new();
        table.each(|row: &Row<'_>| {
            let new = Verdict { score: row.score(&score)?, flagged: row.label(&flagged)? };
            let known = verdicts.entry(row.text(&id)?.to_owned()).or_insert(new);
            known.score = known.score.max(new.score);
            known.flagged |= new.flagged;
            Ok(())
        })?;
        Ok(verdicts)
    })
}

fn notes(without: usize, unlabelled: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if without > 0 {
        let sessions = counted(without as u64, "labelled session", "labelled sessions");
        notes.push(format!("{sessions} without a score: taken as not flagged, with score 0"));
    }
    if unlabelled > 0 {
        let sessions = counted(unlabelled as u64, "scored session", "scored sessions");
        notes.push(format!("{sessions} without a label: left out"));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::making::write;

    fn read(labels: &str, scores: &str) -> Result<ScoredSessions, EvalError> {
        let folder = tempfile::tempdir().unwrap();
        let labels = write(folder.path(), "labels.csv.gz", labels);
        let scores = write(folder.path(), "scores.csv", &format!("{SCORES}\n{scores}"));
        ScoredSessions::read(&labels, &scores, None)
    }

    #[test]
    fn scores_stand_beside_labels_by_name() {
        let labels = "session_id,label,part\nblk_1,0,\nblk_-2,1,\nblk_3,1,\nblk_4,0,train_normal\n";
        let rows = "blk_-2,a.log,5,7.5,0,x\nblk_1,a.log,9,0.5,0,\nblk_-2,b.log,2,3,1,x\nother,a.log,1,1,1,\n";
        let scored = read(labels, rows).unwrap();
        let verdicts: Vec<_> =
            scored.judgement.verdicts.iter().map(|verdict| (verdict.score, verdict.flagged)).collect();
        assert_eq!(verdicts, [(0.5, false), (7.5, true), (0.0, false)]);
        assert_eq!(scored.judgement.threshold, 7.5);
        assert_eq!(
            scored.notes,
            [
                "1 labelled session without a score: taken as not flagged, with score 0",
                "1 scored session without a label: left out"
            ]
        );
    }

    #[test]
    fn scores_of_something_else_are_refused() {
        let error = read("session_id,label\na,0\n", "b,x,1,1,1,\n").unwrap_err().to_string();
        assert!(error.contains("hint: session_id must be written alike in both"), "{error}");
        let error = read("session_id,label\na,0\n", "a,x,1,1,perhaps,\n").unwrap_err().to_string();
        assert!(error.contains("scores.csv` line 2, column `flagged`: `perhaps`"), "{error}");
    }
}
