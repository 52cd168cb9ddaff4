//! A folder of labelled runs in, a verdict for every tested run out.
//!
//! `labels.csv` (`run_id,label[,part][,kind]`) names the runs, `runs/RUN.log` holds them, packed or not. A run
//! is read the way `scan` reads a log and becomes one sequence of templates. Templates are made of the texts of all runs
//! together; what is normal is learned from the training runs alone.

mod mining;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use logsift_engine::reader::Settings;
use logsift_pipeline::watch::Watch;
use logsift_reports::text::figures::counted;
use logsift_sources::{Plan, PlanOptions, plan};

use crate::error::EvalError;
use crate::folds::{self, Folded};
use crate::models::{Judgements, Models};
use crate::sequences::Training;
use crate::sessions::TRAINED;
use crate::table::{self, Row, Table, shown};
use crate::units::Unit;

const HEADER: &str = "run_id,label[,part][,kind]";
const LABELS: [&str; 2] = ["labels.csv", "labels.csv.gz"];
/// How a run may be packed.
const ENDINGS: [&str; 5] = ["log", "log.gz", "log.zst", "log.xz", "log.bz2"];

/// Labelled runs.
#[derive(Clone, Debug)]
pub struct RunSet {
    /// The folder.
    pub name: String,
    /// What is trained on, in words.
    pub trained_on: String,
    /// What is tested.
    pub units: Vec<Unit>,
    tested: Plan,
    /// Nothing: the first `limit` of what is tested.
    trained: Option<Plan>,
    limit: usize,
    /// Every run in the order of the labels, and whether it is trained on.
    all: Vec<(Unit, bool)>,
}

/// How runs are read.
#[derive(Clone, Copy)]
pub struct RunSettings<'a> {
    /// How every log is read.
    pub reader: &'a Settings,
    /// What judges them, on how many threads.
    pub models: &'a Models,
    /// Where the reading says how far it is.
    pub watch: &'a Watch,
}

impl RunSet {
    /// Reads the labels of a folder and finds its runs; `limit` trains on the first so many.
    pub fn read(folder: &Path, limit: Option<usize>) -> Result<RunSet, EvalError> {
        let limit = limit.unwrap_or(usize::MAX);
        let labels = &labels_of(folder);
        let mut runs = Runs::of(folder);
        runs.read(labels)?;
        let has_parts = runs.has_parts;
        if let Some(trained) = runs.trained.sets.get(..limit) {
            runs.trained.sets = trained.to_vec();
        }
        let trained = has_parts.then_some(runs.trained);
        let count = trained.as_ref().map_or(runs.tested.sets.len().min(limit), |plan| plan.sets.len());
        let words = if has_parts {
            format!("whose part is {TRAINED}")
        } else {
            "of those that are tested, without their labels".to_owned()
        };
        if count == 0 || runs.units.is_empty() {
            let reason =
                format!("`{}`: {count} runs to train on and {} to test", shown(labels), runs.units.len());
            let hint =
                format!("some normal runs must be called `{TRAINED}` in the column `part`, and others not");
            return Err(EvalError::unsuited(reason, hint));
        }
        Ok(RunSet {
            name: shown(folder),
            trained_on: format!("{} {words}", counted(count as u64, "run", "runs")),
            units: runs.units,
            tested: runs.tested,
            trained,
            limit,
            all: runs.all,
        })
    }

    /// How many runs are trained on.
    pub fn train_units(&self) -> usize {
        self.trained.as_ref().map_or(self.tested.sets.len().min(self.limit), |plan| plan.sets.len())
    }

    /// All that is read, for whoever shows how far the reading is.
    pub fn plan(&self) -> Plan {
        let trained = self.trained.iter().flat_map(|plan| &plan.sets);
        Plan { sets: trained.chain(&self.tested.sets).cloned().collect(), notices: Vec::new() }
    }

    /// Reads the runs in the order of their labels, and judges them fold by fold: see [`crate::folds`].
    pub fn judge_folds(&self, settings: &RunSettings<'_>, folds: usize) -> Result<Folded, EvalError> {
        if self.limit != usize::MAX {
            return Err(EvalError::unsuited("folds choose what is trained on", "leave --limit-train out"));
        }
        let read = mining::sequences(&self.plan(), settings)?;
        let begins = self.trained.as_ref().map_or(0, |trained| trained.sets.len());
        let (mut trained, mut tested) = (read.iter().take(begins), read.iter().skip(begins));
        let next = |(_, is_trained): &(Unit, bool)| if *is_trained { trained.next() } else { tested.next() };
        let sequences: Vec<Vec<u32>> = self.all.iter().filter_map(next).cloned().collect();
        let units = self.all.iter().map(|(unit, _)| unit.clone()).collect();
        folds::judge(settings.models, units, &sequences, self.trained.is_some(), folds)
    }

    /// Reads the runs, trains every model and lets it judge what is tested. Reading is part of the time to fit.
    pub fn judge(&self, settings: &RunSettings<'_>) -> Result<Judgements, EvalError> {
        let begun = Instant::now();
        let mut sequences = mining::sequences(&self.plan(), settings)?;
        let reading = begun.elapsed();
        let tested = match &self.trained {
            Some(trained) => sequences.split_off(trained.sets.len().min(sequences.len())),
            None => sequences.clone(),
        };
        let trained = sequences.get(..self.train_units()).unwrap_or(&sequences);
        let training = match self.trained {
            Some(_) => Training::Normal(trained),
            None => Training::Unlabelled(trained),
        };
        let mut judged = settings.models.of_sequences(training, &tested)?;
        judged.judgements.iter_mut().for_each(|judgement| judgement.fit += reading);
        Ok(judged)
    }
}

/// The labels of a folder.
pub fn labels_of(folder: &Path) -> PathBuf {
    let found = LABELS.iter().map(|name| folder.join(name)).find(|path| path.is_file());
    found.unwrap_or_else(|| folder.join(LABELS[0]))
}

struct Runs {
    folder: PathBuf,
    seen: HashSet<String>,
    has_parts: bool,
    trained: Plan,
    tested: Plan,
    units: Vec<Unit>,
    all: Vec<(Unit, bool)>,
}

impl Runs {
    fn of(folder: &Path) -> Runs {
        Runs {
            folder: folder.join("runs"),
            seen: HashSet::new(),
            has_parts: false,
            trained: Plan::default(),
            tested: Plan::default(),
            units: Vec::new(),
            all: Vec::new(),
        }
    }

    fn read(&mut self, labels: &Path) -> Result<(), EvalError> {
        table::read(labels, HEADER, |table: Table<'_>| {
            let (id, label) = (table.column("run_id")?, table.column("label")?);
            let (part, kind) = (table.optional("part"), table.optional("kind"));
            self.has_parts = part.is_some();
            table.each(|row: &Row<'_>| {
                let abnormal = row.label(&label)?;
                let name = row.text(&id)?.to_owned();
                if name.is_empty() || name.contains(['/', '\\']) {
                    return Err(
                        row.refused(&id, "is no name of a run\nhint: it must be that of a file in `runs`")
                    );
                }
                if !self.seen.insert(name.clone()) {
                    return Err(
                        row.refused(&id, "stands here for the second time\nhint: a run has one label")
                    );
                }
                let found = self.file(&name).map(|path| log(&path));
                let Some(found) = found else {
                    let hint =
                        format!("hint: it should be `{}`", shown(&self.folder.join(format!("{name}.log"))));
                    return Err(row.refused(&id, &format!("has no log\n{hint}, which may be packed")));
                };
                let unit = Unit { id: name, abnormal, kind: row.text_of(kind.as_ref())?.to_owned() };
                let is_trained = row.text_of(part.as_ref())? == TRAINED;
                self.all.push((unit.clone(), is_trained));
                if !is_trained {
                    self.units.push(unit);
                    self.tested.sets.extend(found.sets);
                } else if abnormal {
                    return Err(row.refused(&label, "is trained on\nhint: only normal runs can be"));
                } else {
                    self.trained.sets.extend(found.sets);
                }
                Ok(())
            })
        })
    }

    fn file(&self, run: &str) -> Option<PathBuf> {
        let paths = ENDINGS.iter().map(|ending| self.folder.join(format!("{run}.{ending}")));
        paths.into_iter().find(|path| path.is_file())
    }
}

/// One run alone.
fn log(path: &Path) -> Plan {
    plan(&[path.into()], &PlanOptions { rotated: false, ..PlanOptions::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::FitSettings;
    use crate::table::making::write;
    use crate::units::Judgement;
    use tempfile::TempDir;

    /// A service that starts, works and ends; what is wrong with it comes before the end.
    fn run(seed: usize, wrong: &str) -> String {
        let mut text = String::new();
        let mut say = |second: usize, what: &str| {
            text.push_str(&format!("2024-03-04 10:{:02}:{:02} INFO {what}\n", seed % 60, second));
        };
        say(0, &format!("server started on port {}", 8000 + seed));
        for item in 0..6 + seed % 3 {
            say(item + 1, &format!("request {} answered in {} ms", seed * 100 + item, seed + item));
        }
        if !wrong.is_empty() {
            say(30, wrong);
        }
        say(59, "server stopped");
        text
    }

    fn folder(labels: &str) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "labels.csv", labels);
        for nth in 0..40 {
            write(folder.path(), &format!("runs/good{nth}.log.gz"), &run(nth, ""));
        }
        write(folder.path(), "runs/fine.log", &run(77, ""));
        write(folder.path(), "runs/bad.log", &run(78, "volume sdb1 cannot be attached: device is busy"));
        folder
    }

    fn labels() -> String {
        let mut text = "run_id,label,part,kind\n".to_owned();
        (0..40).for_each(|nth| text.push_str(&format!("good{nth},0,train_normal,\n")));
        text + "fine,0,test_normal,\nbad,1,test_abnormal,attach\n"
    }

    fn judged(folder: &TempDir, threads: usize) -> Judgement {
        let set = RunSet::read(folder.path(), None).unwrap();
        let (reader, watch) = (Settings::new(), Watch::default());
        let models = Models::usual(FitSettings { false_alarms: 0.05, threads, ..FitSettings::default() });
        let settings = RunSettings { reader: &reader, models: &models, watch: &watch };
        set.judge(&settings).unwrap().judgements.remove(0)
    }

    #[test]
    fn a_run_with_a_message_of_its_own_is_found_whatever_the_threads() {
        let folder = folder(&labels());
        let one = judged(&folder, 1);
        let [fine, bad] = one.verdicts[..] else { panic!("{one:?}") };
        assert!(bad.flagged && !fine.flagged && bad.score > fine.score, "{one:?}");
        assert_eq!(judged(&folder, 5).verdicts, one.verdicts);
    }

    #[test]
    fn without_parts_everything_is_trained_on_and_tested() {
        let text: String = (0..40).map(|nth| format!("good{nth},0\n")).collect();
        let folder = folder(&format!("run_id,label\n{text}bad,1\n"));
        let set = RunSet::read(folder.path(), None).unwrap();
        assert_eq!((set.train_units(), set.units.len(), set.plan().sets.len()), (41, 41, 41));
        assert_eq!(judged(&folder, 2).verdicts.len(), 41);
    }

    #[test]
    fn what_is_wrong_with_labels_is_told() {
        let check = |rows: &str, says: &str| {
            let folder = folder(&format!("run_id,label,part\n{rows}"));
            let error = RunSet::read(folder.path(), None).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        };
        check("gone,0,train_normal\n", "labels.csv` line 2, column `run_id`: `gone` has no log");
        check("good1,0,train_normal\ngood1,0,\n", "line 3, column `run_id`: `good1` stands here");
        check("../labels,0,\n", "`../labels` is no name of a run");
        check("good1,1,train_normal\n", "line 2, column `label`: `1` is trained on");
        check("good1,0,train_normal\n", "1 runs to train on and 0 to test");
        let error = RunSet::read(Path::new("no/such"), None).unwrap_err();
        assert!(error.to_string().contains("no/such"), "{error}");
    }

    #[test]
    fn a_damaged_run_is_no_shorter_run() {
        let folder = folder(&labels());
        let path = folder.path().join("runs/good7.log.gz");
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let set = RunSet::read(folder.path(), None).unwrap();
        let (reader, watch) = (Settings::new(), Watch::default());
        let models = Models::usual(FitSettings { false_alarms: 0.05, threads: 2, ..FitSettings::default() });
        let settings = RunSettings { reader: &reader, models: &models, watch: &watch };
        let error = set.judge(&settings).unwrap_err().to_string();
        assert!(error.contains("good7.log.gz") && error.contains("gzip"), "{error}");
    }
}
