//! A log in, what rules say of its lines out: how much of the known trouble do they know, and what else do they take for it?
//!
//! No detector is asked, so a pack of rules is measured by itself. A rule that is merely worth knowing flags nothing, as in
//! a scan.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use logsift_engine::detectors::rule::RuleSet;
use logsift_engine::findings::Severity;
use logsift_engine::model::Redaction;
use logsift_engine::reader::Settings;
use logsift_pipeline::rules::{Said, said};
use logsift_pipeline::scan::ScanSettings;
use logsift_pipeline::watch::Watch;

use super::{LineScorer, LineScores};
use crate::error::EvalError;
use crate::lone;
use crate::table::shown;
use crate::units::Verdict;

/// What rules say of every line.
#[derive(Clone, Debug)]
pub struct Ruling<'a> {
    rules: Arc<RuleSet>,
    threads: usize,
    watch: &'a Watch,
}

impl<'a> Ruling<'a> {
    /// These rules, and nothing else.
    pub fn new(rules: Arc<RuleSet>, threads: usize, watch: &'a Watch) -> Ruling<'a> {
        Ruling { rules, threads, watch }
    }
}

impl LineScorer for Ruling<'_> {
    fn name(&self) -> String {
        "rules".to_owned()
    }

    fn score(&self, log: &Path) -> Result<LineScores, EvalError> {
        let settings = ScanSettings {
            reader: Settings::new(),
            since: None,
            until: None,
            stream: None,
            redaction: Redaction::None,
            threads: self.threads,
            only_rows: false,
            detecting: None,
        };
        let begun = Instant::now();
        let told = said(&lone::planned(log), &settings, &self.rules, self.watch)
            .map_err(|error| EvalError::Unreadable { file: shown(log), reason: error.to_string() })?;
        let verdicts = told.into_iter().map(|said| (said.line, verdict(said))).collect();
        Ok(LineScores { verdicts, fit: Duration::ZERO, score: begun.elapsed() })
    }
}

fn verdict(said: Said) -> Verdict {
    let score = match said.severity {
        None => 0.0,
        Some(Severity::Low) => 1.0,
        Some(Severity::Medium) => 2.0,
        Some(Severity::High) => 3.0,
        Some(Severity::Critical) => 4.0,
    };
    Verdict { score, flagged: said.severity >= Some(Severity::Medium) }
}
