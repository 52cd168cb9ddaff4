//! What was found in, what of it must be written out: only what differs from what was written before.

use std::collections::BTreeMap;

use logsift_engine::templates::Template;
use logsift_reports::templates_report::TemplateRow;
use logsift_stores::facts::{FindingFact, HourRow, Judged, SourceFact, TemplateFact, Volume, VolumeRow};
use logsift_stores::generation::SourceState;
use logsift_stores::journal::Sample;

use super::epoch::Found;
use super::events::Event;
use super::incidents::{Incidents, Now, nanos};
use super::tallies::{Hours, Minutes};

/// What was written.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    pub(super) incidents: Incidents,
    /// Findings by id, with the hash of what was written.
    findings: BTreeMap<String, u64>,
    /// Templates by id, with their counts.
    templates: BTreeMap<String, u64>,
    hours: Hours,
    minutes: Minutes,
    sources: BTreeMap<String, u64>,
    /// Nothing was written of this epoch by this run.
    pub(super) anew: bool,
}

/// What is to be written, and what is true when it was.
pub(super) struct Entry {
    pub(super) judged: Judged,
    pub(super) events: Vec<Event>,
    pub(super) after: Ledger,
}

impl Ledger {
    /// Begins with incidents that were written before.
    pub(super) fn new(incidents: Incidents) -> Ledger {
        Ledger { incidents, anew: true, ..Ledger::default() }
    }

    /// What is to be written. `with_counts` says that counts and templates are written, too.
    pub(super) fn entry(
        &self,
        found: &Found,
        sources: &[SourceState],
        now: Now,
        with_counts: bool,
        values: bool,
    ) -> Entry {
        let mut after = self.clone();
        after.anew = false;
        let changes = after.incidents.renew(found, now);
        let mut judged = Judged {
            epoch: now.epoch,
            now: now.clock,
            anew: self.anew,
            incidents: changes.changed,
            notices: changes.notices,
            ..Judged::default()
        };
        let mut events = changes.events;
        self.findings(found, &changes.ids, &mut judged, &mut after, &mut events);
        if with_counts || self.anew {
            self.templates(found, values, &mut judged, &mut after);
            self.counts(found, &mut judged, &mut after);
        }
        for state in sources {
            let name = state.source.shown();
            if self.sources.get(&name) != Some(&state.lines) {
                judged.sources.push(source(&name, state));
                after.sources.insert(name, state.lines);
            }
        }
        Entry { judged, events, after }
    }

    /// The next epoch begins: what was written of this one stays as it is.
    pub(super) fn turn(&mut self) {
        self.findings.clear();
        self.hours.clear();
        self.minutes.clear();
    }

    fn findings(
        &self,
        found: &Found,
        ids: &BTreeMap<String, String>,
        judged: &mut Judged,
        after: &mut Ledger,
        events: &mut Vec<Event>,
    ) {
        after.findings.clear();
        for row in found.detection.findings.iter().filter(|row| !found.uncertain.contains(&row.id)) {
            let mut row = row.clone();
            row.incident_id = row.incident_id.and_then(|id| ids.get(&id).cloned());
            let document = serde_json::to_value(&row).unwrap_or_default();
            let hash = Sample::of(document.to_string().as_bytes()).hash;
            after.findings.insert(row.id.clone(), hash);
            if self.findings.get(&row.id) == Some(&hash) {
                continue;
            }
            let is_new = !self.findings.contains_key(&row.id);
            let fact = FindingFact {
                incident: row.incident_id,
                kind: row.kind,
                severity: row.severity,
                score: row.score,
                stream: row.stream,
                template: row.template_id,
                time: nanos(row.time.as_ref()),
                explanation: row.explanation,
                held: row.held,
                document,
                id: row.id,
            };
            if is_new && fact.held.is_none() && !self.anew {
                events.push(Event::Finding(fact.clone()));
            }
            judged.findings.push(fact);
        }
        let gone = self.findings.keys().filter(|id| !after.findings.contains_key(*id));
        judged.dropped_findings = gone.cloned().collect();
    }

    fn templates(&self, found: &Found, values: bool, judged: &mut Judged, after: &mut Ledger) {
        after.templates.clear();
        for template in found.templates.list() {
            let id = template.id.to_string();
            let count = template.stats.count();
            if self.templates.get(&id) != Some(&count) {
                judged.templates.push(template_fact(template, &id, values));
            }
            after.templates.insert(id, count);
        }
        let gone = self.templates.keys().filter(|id| !after.templates.contains_key(*id));
        judged.dropped_templates = gone.cloned().collect();
    }

    fn counts(&self, found: &Found, judged: &mut Judged, after: &mut Ledger) {
        let hour = |key: &(String, i64, String), count: u64| HourRow {
            template: key.0.clone(),
            hour: key.1,
            stream: key.2.clone(),
            count,
        };
        let changed = found.hours.iter().filter(|(key, count)| self.hours.get(*key) != Some(*count));
        judged.hours.extend(changed.map(|(key, count)| hour(key, *count)));
        let gone = self.hours.keys().filter(|key| !found.hours.contains_key(*key));
        judged.hours.extend(gone.map(|key| hour(key, 0)));
        let minute =
            |key: &(i64, String), volume: Volume| VolumeRow { minute: key.0, stream: key.1.clone(), volume };
        let changed = found.minutes.iter().filter(|(key, counts)| self.minutes.get(*key) != Some(*counts));
        judged.volume.extend(changed.map(|(key, counts)| minute(key, *counts)));
        let gone = self.minutes.keys().filter(|key| !found.minutes.contains_key(*key));
        judged.volume.extend(gone.map(|key| minute(key, Volume::default())));
        after.hours.clone_from(&found.hours);
        after.minutes.clone_from(&found.minutes);
    }
}

fn template_fact(template: &Template, id: &str, values: bool) -> TemplateFact {
    let row = TemplateRow::of(template, 0, None, values);
    let times = template.stats.times();
    TemplateFact {
        id: id.to_owned(),
        text: row.template,
        count: row.count,
        first: times.map(|(first, _)| first.nanos()),
        last: times.map(|(_, last)| last.nanos()),
        level: template.stats.gravest().map(|level| level.name().to_owned()),
        slots: serde_json::to_value(&row.slots).unwrap_or_default(),
        parent: template.parent.map(|parent| parent.to_string()),
    }
}

fn source(name: &str, state: &SourceState) -> SourceFact {
    SourceFact {
        name: name.to_owned(),
        kind: state.source.kind.clone(),
        labels: state.source.labels.clone(),
        lines: state.lines,
        bytes: state.bytes,
        last_line: Some(state.last_line).filter(|at| *at > 0),
    }
}
