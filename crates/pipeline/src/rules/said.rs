//! Rules and logs in, the gravest that they say of every record out.
//!
//! Nothing else is asked: neither how unusual a record is nor how usual it is that a rule fires. So a pack of rules can be
//! measured by itself.

use std::io::{self, Write};
use std::sync::Arc;

use logsift_engine::detectors::rule::{Firings, RuleSet};
use logsift_engine::findings::Severity;
use logsift_sources::Plan;

use super::{Heard, hear};
use crate::scan::{ScanError, ScanSettings};
use crate::trail::{self, Follower, Step, Trail};
use crate::watch::Watch;

/// What rules say of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// The line at which it begins.
    pub line: u64,
    /// How grave the gravest rule is that fires at it.
    pub severity: Option<Severity>,
}

/// What rules say of the records of a plan, in the order of the logs.
pub fn said(
    plan: &Plan,
    settings: &ScanSettings,
    rules: &Arc<RuleSet>,
    watch: &Watch,
) -> Result<Vec<Said>, ScanError> {
    let trail = Trail::new();
    let Heard { firings, streams, .. } = hear(plan, settings, rules, &trail, watch)?;
    let mut all = All { firings: &firings, streams, log: 0, said: Vec::new() };
    trail.follow(&mut all, &mut io::sink()).map_err(|error| ScanError::Kept(error.to_string()))?;
    Ok(all.said)
}

struct All<'a> {
    firings: &'a Firings,
    streams: Vec<Vec<Option<u32>>>,
    log: u32,
    said: Vec<Said>,
}

impl Follower for All<'_> {
    fn log(&mut self, number: u32, _: &str) {
        self.log = number;
    }

    fn record(&mut self, step: &Step, kept: &trail::Said<'_>, _: &mut dyn Write) -> io::Result<()> {
        let streams = self.streams.get(self.log as usize);
        let stream = streams.and_then(|streams| streams.get(step.stream as usize).copied().flatten());
        let named = self.firings.all_named(self.log, stream, step.mark, kept.groups, step.second);
        self.said.push(Said { line: step.line, severity: named.map(|named| named.severity).max() });
        Ok(())
    }
}
