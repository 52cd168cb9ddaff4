//! A file of labelled sessions in, trained and tested sequences out.
//!
//! Columns are `session_id,label,events[,part][,kind]`. Trained on is what `part` calls `train_normal`, or
//! another file; where there is neither, nobody has said what is normal: everything is trained on
//! without its labels, and everything is tested.

mod folds;
mod scored;

use std::path::{Path, PathBuf};

use logsift_reports::text::figures::counted;

use crate::error::EvalError;
use crate::models::{Judgements, Models};
use crate::sequences::{Names, Training};
use crate::table::{self, Column, Row, Table, shown};
use crate::units::Unit;

pub use folds::judge_folds;
pub use scored::ScoredSessions;

const HEADER: &str = "session_id,label,events[,part][,kind]";

/// The part that is trained on.
pub(crate) const TRAINED: &str = "train_normal";

/// Which sessions are trained on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrainingChoice {
    /// Those of this file instead of those that `part` names.
    pub file: Option<PathBuf>,
    /// At most so many, the first ones.
    pub limit: Option<usize>,
    /// Those whose column of that name says this, instead of those whose `part` is `train_normal`.
    pub condition: Option<(String, String)>,
}

/// Which rows are trained on.
struct Chosen {
    column: Option<Column>,
    value: String,
}

impl Chosen {
    fn of(table: &Table<'_>, condition: Option<&(String, String)>) -> Result<Chosen, EvalError> {
        Ok(match condition {
            Some((name, value)) => Chosen { column: Some(table.named(name)?), value: value.clone() },
            None => Chosen { column: table.optional("part"), value: TRAINED.to_owned() },
        })
    }

    /// Nothing where nobody said.
    fn is_trained(&self, row: &Row<'_>) -> Result<Option<bool>, EvalError> {
        self.column.as_ref().map(|column| Ok(row.text(column)? == self.value)).transpose()
    }
}

/// Labelled sessions.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionSet {
    /// The file.
    pub name: String,
    /// What is trained on, in words.
    pub trained_on: String,
    /// What is tested.
    pub units: Vec<Unit>,
    tested: Vec<Vec<u32>>,
    /// Nothing: the first so many of what is tested.
    trained: Option<Vec<Vec<u32>>>,
    limit: usize,
}

impl SessionSet {
    /// Reads a file, or `sessions.csv` or `sessions.csv.gz` of a folder.
    pub fn read(path: &Path, training: &TrainingChoice) -> Result<SessionSet, EvalError> {
        let path = &table_of(path);
        let mut names = Names::default();
        let mut other = Sessions::default();
        if let Some(file) = &training.file {
            other.read(&table_of(file), &mut names, true, None)?;
        }
        let mut own = Sessions::default();
        own.read(path, &mut names, false, training.condition.as_ref())?;
        let limit = training.limit.unwrap_or(usize::MAX);
        let mut set = SessionSet {
            name: shown(path),
            trained_on: String::new(),
            units: own.units,
            tested: own.tested,
            trained: match training.file {
                Some(_) => Some(other.trained),
                None => own.has_parts.then_some(own.trained),
            },
            limit,
        };
        if let Some(trained) = &mut set.trained {
            trained.truncate(limit);
        }
        set.trained_on = set.trained_in_words(training);
        set.check()
    }

    fn check(self) -> Result<SessionSet, EvalError> {
        let hint =
            format!("name normal sessions `{TRAINED}` in the column `part`, or give them with --train");
        if self.train_units() == 0 {
            return Err(EvalError::unsuited(format!("`{}`: there is nothing to train on", self.name), hint));
        }
        if self.units.is_empty() {
            let reason = format!("`{}`: there is nothing to test", self.name);
            return Err(EvalError::unsuited(reason, format!("all of its sessions are `{TRAINED}`")));
        }
        Ok(self)
    }

    fn trained_in_words(&self, training: &TrainingChoice) -> String {
        let count = counted(self.train_units() as u64, "session", "sessions");
        match (&training.file, &self.trained) {
            (Some(file), _) => format!("{count} of {}", shown(file)),
            (None, Some(_)) => match &training.condition {
                Some((column, value)) => format!("{count} whose {column} is {value}"),
                None => format!("{count} whose part is {TRAINED}"),
            },
            (None, None) => format!("{count} of those that are tested, without their labels"),
        }
    }

    /// How many sessions are trained on.
    pub fn train_units(&self) -> usize {
        self.trained.as_ref().map_or(self.tested.len().min(self.limit), Vec::len)
    }

    /// What should be known about the set.
    pub fn notes(&self) -> Vec<String> {
        let empty = self.tested.iter().filter(|sequence| sequence.is_empty()).count() as u64;
        let note =
            || format!("{} without any event", counted(empty, "tested session is", "tested sessions are"));
        (empty > 0).then(note).into_iter().collect()
    }

    /// Trains every model and lets it judge what is tested.
    pub fn judge(&self, models: &Models) -> Result<Judgements, EvalError> {
        models.of_sequences(self.training(), &self.tested)
    }

    fn training(&self) -> Training<'_> {
        match &self.trained {
            Some(trained) => Training::Normal(trained),
            None => Training::Unlabelled(self.tested.get(..self.limit).unwrap_or(&self.tested)),
        }
    }
}

/// The table of a folder, or the file itself.
pub fn table_of(path: &Path) -> PathBuf {
    let inside = ["sessions.csv", "sessions.csv.gz"].map(|name| path.join(name));
    inside.into_iter().find(|path| path.is_file()).unwrap_or_else(|| path.to_owned())
}

#[derive(Default)]
struct Sessions {
    has_parts: bool,
    trained: Vec<Vec<u32>>,
    tested: Vec<Vec<u32>>,
    units: Vec<Unit>,
}

impl Sessions {
    /// Where a whole file is for training, all of it is unless it names parts.
    fn read(
        &mut self,
        path: &Path,
        names: &mut Names,
        for_training: bool,
        condition: Option<&(String, String)>,
    ) -> Result<(), EvalError> {
        table::read(path, HEADER, |table: Table<'_>| {
            let (id, label) = (table.column("session_id")?, table.column("label")?);
            let events = table.column("events")?;
            let (chosen, kind) = (Chosen::of(&table, condition)?, table.optional("kind"));
            self.has_parts = chosen.column.is_some();
            table.each(|row: &Row<'_>| {
                let abnormal = row.label(&label)?;
                let trained = chosen.is_trained(row)?.unwrap_or(for_training);
                if trained && abnormal {
                    return Err(row.refused(&label, "is trained on\nhint: only normal sessions can be"));
                }
                let sequence = names.sequence(row.text(&events)?);
                if trained {
                    self.trained.push(sequence);
                } else if !for_training {
                    self.tested.push(sequence);
                    let (id, kind) = (row.text(&id)?.to_owned(), row.text_of(kind.as_ref())?.to_owned());
                    self.units.push(Unit { id, abnormal, kind });
                }
                Ok(())
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::FitSettings;
    use crate::table::making::write;

    const MARKED: &str = "session_id,label,events,part,kind\n\
        a,0,1 2 3,train_normal,\n\
        b,0,1 2 2 3,train_normal,\n\
        c,0,1 2 3,test_normal,\n\
        d,1,1 9 3,test_abnormal,broken\n\
        e,1,,test_abnormal,broken\n";

    fn read(text: &str, training: &TrainingChoice) -> Result<SessionSet, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), "sessions.csv.gz", text);
        let set = SessionSet::read(&path, training);
        set.map_err(|error| error.to_string().replace(&shown(folder.path()), ""))
    }

    fn refused(text: &str, training: &TrainingChoice, says: &str) {
        let error = read(text, training).unwrap_err();
        assert!(error.contains(says), "{error}");
    }

    #[test]
    fn what_part_names_is_trained_on_and_the_rest_tested() {
        let set = read(MARKED, &TrainingChoice::default()).unwrap();
        assert_eq!(set.trained.as_deref(), Some(&[vec![0, 1, 2], vec![0, 1, 1, 2]][..]));
        assert_eq!(set.tested, [vec![0, 1, 2], vec![0, 3, 2], vec![]]);
        assert_eq!(set.trained_on, "2 sessions whose part is train_normal");
        assert_eq!(set.notes(), ["1 tested session is without any event"]);
        let broken = Unit { id: "d".to_owned(), abnormal: true, kind: "broken".to_owned() };
        assert_eq!(set.units[1], broken);
        let limited = read(MARKED, &TrainingChoice { limit: Some(1), ..none() }).unwrap();
        assert_eq!((limited.train_units(), limited.units.len()), (1, 3));
    }

    #[test]
    fn without_parts_everything_is_trained_on_and_tested() {
        let text = "session_id,label,events\na,0,1 2\nb,1,3\nc,0,1 2\n";
        let set = read(text, &TrainingChoice::default()).unwrap();
        assert_eq!((set.trained.is_none(), set.train_units(), set.units.len()), (true, 3, 3));
        assert_eq!(set.trained_on, "3 sessions of those that are tested, without their labels");
        let limited = read(text, &TrainingChoice { limit: Some(2), ..none() }).unwrap();
        assert_eq!((limited.train_units(), limited.units.len()), (2, 3));
        assert_eq!(
            limited.judge(&Models::usual(FitSettings::default())).unwrap().judgements[0].verdicts.len(),
            3
        );
    }

    fn none() -> TrainingChoice {
        TrainingChoice::default()
    }

    #[test]
    fn any_column_can_say_what_is_trained_on() {
        let choice = |column: &str, value: &str| TrainingChoice {
            condition: Some((column.to_owned(), value.to_owned())),
            ..none()
        };
        let set = read(MARKED, &choice("session_id", "c")).unwrap();
        assert_eq!((set.train_units(), set.units.len()), (1, 4));
        assert_eq!(set.trained_on, "1 session whose session_id is c");
        refused(MARKED, &choice("kind", "broken"), "is trained on");
        refused(MARKED, &choice("colour", "red"), "no column `colour`");
        refused(MARKED, &choice("kind", "whole"), "there is nothing to train on");
    }

    #[test]
    fn another_file_can_be_trained_on() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "sessions.csv", MARKED);
        let normal = write(folder.path(), "normal.csv", "label,session_id,events\n0,x,1 1\n0,y,3 4\n0,z,2\n");
        let choice = TrainingChoice { file: Some(normal.clone()), limit: Some(2), ..none() };
        let set = SessionSet::read(folder.path(), &choice).unwrap();
        assert_eq!((set.train_units(), set.units.len()), (2, 3));
        assert_eq!(set.tested[0], [0, 3, 1], "events have the same numbers in both files");
        write(folder.path(), "normal.csv", "session_id,label,events\nx,1,1 1\n");
        let error = SessionSet::read(folder.path(), &choice).unwrap_err().to_string();
        assert!(error.contains("normal.csv` line 2, column `label`: `1` is trained on"), "{error}");
    }

    #[test]
    fn what_cannot_be_evaluated_is_refused_with_a_remedy() {
        let none = TrainingChoice::default();
        refused("session_id,label\na,0\n", &none, "no column `events`");
        refused(
            "session_id,label,events,part\na,0,1,test_normal\n",
            &none,
            "hint: name normal sessions `train_normal`",
        );
        refused("session_id,label,events,part\na,0,1,train_normal\n", &none, "there is nothing to test");
        refused("session_id,label,events,part\na,1,1,train_normal\n", &none, "line 2, column `label`");
        refused("", &none, "no column `session_id`");
        refused(MARKED, &TrainingChoice { limit: Some(0), ..none }, "nothing to train on");
    }
}
