//! The user's own log in, how many known faults in it would have been found out.
//!
//! Nobody has labels for their own log. But a fault can be put into a copy of it, and then it is known where it is. Every
//! fault gets a copy to itself, as trouble comes alone: many in one copy would hide each other and use one budget. It
//! counts as found where the scan of the copy raises something within the fault's time that the scan of the
//! log as it is does not raise; what would have been raised in any case proves nothing.

mod copy;
mod faults;
mod judged;
mod numbers;
mod original;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use logsift_engine::findings::Budget;
use logsift_pipeline::detection::Detecting;
use logsift_pipeline::scan::{RowsOut, ScanSettings, scan};
use logsift_pipeline::watch::Watch;
use logsift_reports::ScanReport;
use logsift_reports::inject_report::{
    BudgetRow, INJECT_VERSION, InjectReport, InjectedKindRow, InjectionRow,
};
use logsift_reports::scan_report::Product;
use logsift_reports::text::figures::counted;

use crate::error::EvalError;
use crate::lone;
use crate::metrics::wilson;
use crate::random::Random;
use crate::table::shown;
use faults::{Fault, Faults};
use judged::{Raised, Verdict};
use original::{Original, Reading};

pub use faults::FaultKind;

/// Budgets that are tried for a fault that was missed, as multiples of the one that was asked for.
const LADDER: [f64; 8] = [1.0, 2.0, 4.0, 10.0, 40.0, 100.0, 400.0, 1000.0];
/// Of a kind, the share of faults that the budget must find which would be needed for it.
const NEEDED: f64 = 0.9;
/// Faults lie in this part of a log: before it too little is known, after it too little follows.
const FIRST: f64 = 0.25;
const LAST: f64 = 0.9;
/// Places that are tried for a fault that cannot befall the one that was drawn.
const PLACES: usize = 8;
const DAY: f64 = 86_400.0;

/// What is injected.
#[derive(Clone, Debug, PartialEq)]
pub struct InjectSettings {
    /// Which kinds.
    pub kinds: Vec<FaultKind>,
    /// How many faults of each kind.
    pub faults: usize,
    /// Another seed makes other faults.
    pub seed: u64,
    /// At most so many lines of the log are taken, the first ones.
    pub lines: usize,
    /// Copies are written into this folder and stay there; nothing for a passing one.
    pub keep: Option<PathBuf>,
}

/// What all scans of an injection have in common.
struct Bench<'a> {
    scan: &'a ScanSettings,
    detecting: &'a Detecting,
    watch: &'a Watch,
    original: &'a Original,
    /// Its first and last time.
    span: (f64, f64),
    /// The log as it is.
    path: &'a Path,
    folder: &'a Path,
    /// What is raised in the log as it is, by the place of the budget on the ladder.
    unchanged: RefCell<BTreeMap<usize, Rc<Raised>>>,
}

/// Injects faults into copies of a log and says which were found.
pub fn inject(
    log: &Path,
    settings: &InjectSettings,
    scan: &ScanSettings,
    detecting: &Detecting,
    watch: &Watch,
) -> Result<InjectReport, EvalError> {
    let passing = tempfile::tempdir().map_err(|error| {
        EvalError::unsuited(format!("no folder for copies: {error}"), "name one with --keep")
    })?;
    let folder = settings.keep.as_deref().unwrap_or(passing.path());
    let reading = Reading { reader: &scan.reader, threads: scan.threads, watch };
    let (original, path) = Original::read(log, settings.lines, &folder.join("unchanged"), &reading)?;
    let Some(span) = original.span() else {
        let reason = format!("no two records of `{}` have different times", original.name);
        return Err(EvalError::unsuited(reason, "faults last for a while, so records need times"));
    };
    let unchanged = RefCell::default();
    let bench = Bench { scan, detecting, watch, original: &original, span, path: &path, folder, unchanged };
    let faults = Faults { original: &original, span };
    let unchanged = bench.unchanged(0)?;
    let mut rows = Vec::new();
    let mut kinds = Vec::new();
    for kind in &settings.kinds {
        let made = made(&faults, *kind, settings);
        let mut of_kind = Vec::new();
        for (nth, fault) in made.iter().enumerate() {
            of_kind.push(bench.judged(fault, nth, &unchanged, settings.keep.is_some())?);
        }
        kinds.push(kind_row(*kind, &of_kind, bench.detecting));
        rows.extend(of_kind);
    }
    let budgets = bench.budgets(&rows)?;
    let days = (span.1 - span.0) / DAY;
    let found = rows.iter().filter(|row| row.found).count();
    Ok(InjectReport {
        inject_version: INJECT_VERSION,
        product: Product { name: "logsift".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        name: shown(log),
        records: original.records.len() as u64,
        days,
        budget: detecting.budget_words.clone(),
        seed: settings.seed,
        injected: rows.len() as u64,
        found: found as u64,
        recall: share(found, rows.len()),
        recall_interval: wilson(found, rows.len()),
        found_elsewhere: rows.iter().filter(|row| row.found_elsewhere).count() as u64,
        alerts: unchanged.incidents as u64,
        alerts_per_day: unchanged.incidents as f64 / days,
        notes: notes(&original, &rows, settings),
        kinds,
        budgets,
        injections: rows,
    })
}

/// Faults of one kind, spread over the log.
fn made(faults: &Faults<'_>, kind: FaultKind, settings: &InjectSettings) -> Vec<Fault> {
    let at = |share: f64| (faults.original.records.len() as f64 * share) as usize;
    let mut made = Vec::new();
    for nth in 0..settings.faults {
        // Every fault has numbers of its own, so that one kind alone gets the same faults as among others.
        let mut random = Random::new(settings.seed ^ ((kind as u64 + 1) << 32) ^ ((nth as u64 + 1) << 16));
        let fault = (0..PLACES).find_map(|_| {
            let place = (nth as f64 + random.share()) / settings.faults as f64;
            faults.make(kind, at(FIRST + (LAST - FIRST) * place), &mut random)
        });
        made.extend(fault);
    }
    made
}

impl Bench<'_> {
    /// What is raised in the log as it is with a budget of the ladder.
    fn unchanged(&self, rung: usize) -> Result<Rc<Raised>, EvalError> {
        if let Some(known) = self.unchanged.borrow().get(&rung) {
            return Ok(Rc::clone(known));
        }
        let raised = Rc::new(self.scanned(self.path, rung)?);
        self.unchanged.borrow_mut().insert(rung, Rc::clone(&raised));
        Ok(raised)
    }

    /// What a scan raises with a budget of the ladder.
    fn scanned(&self, path: &Path, rung: usize) -> Result<Raised, EvalError> {
        let times = LADDER.get(rung).copied().unwrap_or(1.0);
        let detecting = Detecting { budget: many(self.detecting.budget, times), ..self.detecting.clone() };
        let settings = ScanSettings { detecting: Some(detecting), ..self.scan.clone() };
        let unreadable = |reason: String| EvalError::Unreadable { file: path.display().to_string(), reason };
        let scanned = scan(&lone::planned(path), &settings, RowsOut::default(), self.watch);
        let report: ScanReport = scanned.map_err(|error| unreadable(error.to_string()))?.report;
        Ok(Raised::of(&report))
    }

    /// Scans the copy with one fault in it; where it was missed, with larger budgets.
    fn judged(
        &self,
        fault: &Fault,
        nth: usize,
        unchanged: &Raised,
        keep: bool,
    ) -> Result<InjectionRow, EvalError> {
        let folder = self.folder.join(format!("{}-{}", fault.kind.name(), nth + 1));
        let mut lines = Vec::new();
        let path = self.original.write(&folder, |out| {
            lines = fault.changes.write(self.original, out)?;
            Ok(())
        })?;
        let raised = self.scanned(&path, 0)?;
        let verdict = raised.verdict(fault, unchanged);
        let elsewhere = raised.verdict(&self.moved(fault), unchanged).is_some();
        let needed = match &verdict {
            Some(_) => LADDER.first().copied(),
            None => self.needed(&path, fault)?,
        };
        if keep {
            write_labels(&folder, &lines)?;
        } else {
            // What was judged is not needed any more; a folder that cannot be removed goes with the passing one.
            let _ = fs::remove_dir_all(&folder);
        }
        let needed = needed.map(|times| budget_words(self.detecting, times));
        Ok(InjectionRow { needed, found_elsewhere: elsewhere, ..row(fault, verdict) })
    }

    /// The same fault half a log away, where nothing happened: what is found there is found by chance.
    fn moved(&self, fault: &Fault) -> Fault {
        let half = (self.span.1 - self.span.0) / 2.0;
        let away = if fault.from - self.span.0 > half { -half } else { half };
        Fault { from: fault.from + away, until: fault.until + away, ..fault.clone() }
    }

    /// The least budget of the ladder with which the fault is found. A greater budget raises no less, so half of
    /// the ladder is left out with every scan.
    fn needed(&self, path: &Path, fault: &Fault) -> Result<Option<f64>, EvalError> {
        let found = |rung: usize| -> Result<bool, EvalError> {
            let unchanged = self.unchanged(rung)?;
            Ok(self.scanned(path, rung)?.verdict(fault, &unchanged).is_some())
        };
        let (mut missed, mut enough) = (0, LADDER.len() - 1);
        if !found(enough)? {
            return Ok(None);
        }
        while enough - missed > 1 {
            let middle = (missed + enough) / 2;
            if found(middle)? { enough = middle } else { missed = middle }
        }
        Ok(LADDER.get(enough).copied())
    }

    /// What every budget of the ladder would find, and how often it would call.
    fn budgets(&self, rows: &[InjectionRow]) -> Result<Vec<BudgetRow>, EvalError> {
        let days = (self.span.1 - self.span.0) / DAY;
        let words = ladder_words(self.detecting);
        let place = |row: &InjectionRow| words.iter().position(|words| Some(words) == row.needed.as_ref());
        let mut budgets = Vec::new();
        for (nth, budget) in words.iter().enumerate() {
            let found = rows.iter().filter(|row| place(row).is_some_and(|place| place <= nth)).count();
            let more = rows.iter().any(|row| place(row) == Some(nth));
            if nth > 0 && !more {
                continue;
            }
            let alerts = self.unchanged(nth)?.incidents;
            budgets.push(BudgetRow {
                budget: budget.clone(),
                found: found as u64,
                recall: share(found, rows.len()),
                alerts: alerts as u64,
                alerts_per_day: alerts as f64 / days,
            });
        }
        Ok(budgets)
    }
}

fn many(budget: Budget, times: f64) -> Budget {
    match budget {
        Budget::PerDay(each) => Budget::PerDay(each * times),
        Budget::PerGigabyte(each) => Budget::PerGigabyte(each * times),
    }
}

fn ladder_words(detecting: &Detecting) -> Vec<String> {
    LADDER.iter().map(|times| budget_words(detecting, *times)).collect()
}

/// So many times the budget, in the words of whoever asked for it.
fn budget_words(detecting: &Detecting, times: f64) -> String {
    let words = &detecting.budget_words;
    let scaled = words.split_once('/').and_then(|(number, unit)| {
        let number: f64 = number.trim().parse().ok()?;
        Some(format!("{}/{}", number * times, unit.trim()))
    });
    scaled.unwrap_or_else(|| words.clone())
}

fn write_labels(folder: &Path, lines: &[u64]) -> Result<(), EvalError> {
    let mut text = "line_number,label\n".to_owned();
    lines.iter().for_each(|line| text.push_str(&format!("{line},1\n")));
    let path = folder.join("changed.csv");
    fs::write(&path, text).map_err(|error| {
        let reason = format!("cannot write to `{}`: {error}", path.display());
        EvalError::unsuited(reason, "name another folder with --keep")
    })
}

fn row(fault: &Fault, verdict: Option<Verdict>) -> InjectionRow {
    InjectionRow {
        kind: fault.kind.name().to_owned(),
        what: fault.what.clone(),
        from: judged::time(fault.from),
        until: judged::time(fault.until),
        records: fault.changes.records(),
        found: verdict.is_some(),
        found_by: verdict.as_ref().map(|verdict| verdict.kind.clone()),
        delay_seconds: verdict.map(|verdict| verdict.delay),
        ..InjectionRow::default()
    }
}

fn kind_row(kind: FaultKind, rows: &[InjectionRow], detecting: &Detecting) -> InjectedKindRow {
    let found = rows.iter().filter(|row| row.found).count();
    let mut delays: Vec<f64> = rows.iter().filter_map(|row| row.delay_seconds).collect();
    delays.sort_by(f64::total_cmp);
    InjectedKindRow {
        kind: kind.name().to_owned(),
        injected: rows.len() as u64,
        found: found as u64,
        recall: share(found, rows.len()),
        recall_interval: wilson(found, rows.len()),
        median_delay_seconds: delays.get(delays.len() / 2).copied(),
        needed: needed_for_most(rows, detecting),
        not_possible: rows.is_empty().then(|| kind.lacks().to_owned()),
    }
}

/// The least budget of the ladder that finds nearly all of them.
fn needed_for_most(rows: &[InjectionRow], detecting: &Detecting) -> Option<String> {
    let words = ladder_words(detecting);
    let wanted = (rows.len() as f64 * NEEDED).ceil() as usize;
    let within = |last: usize| {
        let known = words.get(..=last).unwrap_or_default();
        rows.iter().filter(|row| row.needed.as_ref().is_some_and(|needed| known.contains(needed))).count()
    };
    let least = (0..words.len()).find(|last| wanted > 0 && within(*last) >= wanted)?;
    words.get(least).cloned()
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn notes(original: &Original, rows: &[InjectionRow], settings: &InjectSettings) -> Vec<String> {
    let mut notes = Vec::new();
    if original.is_cut {
        let lines = counted(settings.lines as u64, "line", "lines");
        notes.push(format!("the first {lines} of the log were taken; --lines takes more"));
    }
    if rows.is_empty() {
        notes.push("nothing that was asked for can befall this log".to_owned());
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detecting(words: &str) -> Detecting {
        Detecting {
            budget: Budget::PerDay(5.0),
            budget_words: words.to_owned(),
            sensitivity: 1.0,
            known: None,
            session: None,
            all_sessions: false,
            deploys: Vec::new(),
            rules: None,
            feedback: None,
            timeline: Default::default(),
            course: Default::default(),
            learned_sessions: Default::default(),
            baseline: None,
            held_listed: 0,
            models: Vec::new(),
            features: None,
            embeddings: None,
        }
    }

    fn injected(needed: &[Option<&str>]) -> Vec<InjectionRow> {
        let row = |needed: &Option<&str>| InjectionRow {
            found: *needed == Some("5/day"),
            needed: needed.map(str::to_owned),
            ..InjectionRow::default()
        };
        needed.iter().map(row).collect()
    }

    #[test]
    fn budgets_keep_their_unit() {
        assert_eq!(budget_words(&detecting("5/day"), 40.0), "200/day");
        assert_eq!(budget_words(&detecting("0.5 / hour"), 1.0), "0.5/hour");
        assert_eq!(many(Budget::PerGigabyte(2.0), 10.0), Budget::PerGigabyte(20.0));
    }

    #[test]
    fn the_budget_that_is_needed_finds_nine_in_ten() {
        let needed = |rows: &[Option<&str>]| needed_for_most(&injected(rows), &detecting("5/day"));
        assert_eq!(needed(&[Some("5/day"), Some("20/day")]).as_deref(), Some("20/day"));
        assert_eq!(needed(&[Some("5/day"); 3]).as_deref(), Some("5/day"));
        assert_eq!(needed(&[Some("5/day"), None]), None);
        let mut ten = vec![Some("10/day"); 9];
        ten.push(None);
        assert_eq!(needed(&ten).as_deref(), Some("10/day"));
        assert_eq!(needed(&[]), None);
    }

    #[test]
    fn a_kind_is_told_with_its_interval() {
        let row = kind_row(FaultKind::Drop, &injected(&[Some("5/day"), None]), &detecting("5/day"));
        assert_eq!((row.injected, row.found, row.recall), (2, 1, Some(0.5)));
        let none = kind_row(FaultKind::Drop, &[], &detecting("5/day"));
        assert_eq!((none.recall, none.recall_interval), (None, None));
        assert!(none.not_possible.is_some());
    }
}
