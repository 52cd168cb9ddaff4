//! Findings and incidents of the engine in, rows of a report out.

use std::collections::BTreeMap;

use logsift_engine::detection::Detected;
use logsift_engine::detectors::{self, Detector, Evidence, Explanation};
use logsift_engine::findings::{Finding, Held};
use logsift_engine::incidents::{Cause, Incident};
use logsift_engine::records::time::Time;
use logsift_engine::windows::{Place, TemplateFacts, Timeline};
use logsift_reports::detection::{
    BudgetReport, CauseRow, Detection, EvidenceRow, FigureRow, FindingRow, IncidentRow, StoryRow,
};

use super::{Detecting, HELD_LISTED, Quotes, Ruled};
use crate::quotes::{LogAt, Quote};
use crate::tally::masked;

/// Makes the rows of one report.
pub(super) struct Rows<'a> {
    timeline: &'a Timeline,
    detected: &'a Detected,
    logs: &'a [LogAt],
    quotes: &'a Quotes,
    detectors: Vec<Box<dyn Detector>>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(ruled: &'a Ruled, logs: &'a [LogAt], quotes: &'a Quotes) -> Rows<'a> {
        let (timeline, detected) = (&ruled.timeline, &ruled.detected);
        Rows { timeline, detected, logs, quotes, detectors: detectors::all() }
    }

    pub(super) fn detection(&self, settings: &Detecting) -> Detection {
        let incident_of = self.incident_of();
        let incidents = self.detected.incidents.iter().enumerate();
        let mut rows: Vec<FindingRow> = Vec::new();
        for incident in &self.detected.incidents {
            rows.extend(incident.findings.iter().filter_map(|at| self.finding(*at, &incident_of)));
        }
        let held = (0..self.detected.findings.len() as u32).filter(|at| !incident_of.contains_key(at));
        let held: Vec<u32> = held.collect();
        rows.extend(held.iter().take(HELD_LISTED).filter_map(|at| self.finding(*at, &incident_of)));
        Detection {
            budget: self.budget(settings),
            compared_with: settings.known.as_ref().map(|(name, _)| name.clone()),
            incidents: incidents.map(|(at, incident)| self.incident(at, incident)).collect(),
            findings: rows,
            held_beyond: held.len().saturating_sub(HELD_LISTED) as u64,
            ..Detection::default()
        }
    }

    fn incident_of(&self) -> BTreeMap<u32, usize> {
        let incidents = self.detected.incidents.iter().enumerate();
        incidents
            .flat_map(|(at, incident)| incident.findings.iter().map(move |finding| (*finding, at)))
            .collect()
    }

    fn budget(&self, settings: &Detecting) -> BudgetReport {
        let ledger = &self.detected.ledger;
        BudgetReport {
            asked: settings.budget_words.clone(),
            units: ledger.units,
            allowed: ledger.allowed,
            spent: ledger.spent,
            held_over_budget: ledger.held_over_budget,
            held_learning: ledger.held_learning,
            held_marked_normal: ledger.held_marked_normal,
            threshold: ledger.threshold,
        }
    }

    fn incident(&self, at: usize, incident: &Incident) -> IncidentRow {
        let findings: Vec<&Finding> =
            incident.findings.iter().filter_map(|at| self.detected.findings.get(*at as usize)).collect();
        let mut streams: Vec<String> = findings.iter().filter_map(|finding| self.stream(finding)).collect();
        streams.sort();
        streams.dedup();
        let mut kinds: Vec<String> = Vec::new();
        for finding in &findings {
            let kind = finding.evidence.first().map_or("", |evidence| evidence.kind);
            if !kinds.iter().any(|known| known == kind) {
                kinds.push(kind.to_owned());
            }
        }
        let (start, end) = self.times(incident.intervals);
        IncidentRow {
            id: incident_id(at),
            fingerprint: format!("{:016x}", incident.fingerprint),
            title: String::new(),
            severity: incident.severity.name().to_owned(),
            score: incident.score,
            start: start.map(|time| time.to_string()),
            end: end.map(|time| time.to_string()),
            seconds: (incident.intervals.1 - incident.intervals.0)
                .saturating_mul(self.timeline.seconds)
                .unsigned_abs(),
            streams,
            kinds,
            finding_count: findings.len() as u64,
            records: findings.iter().map(|finding| finding.records).sum(),
            causes: incident.causes.iter().filter_map(|cause| self.cause(cause)).collect(),
            story: Vec::new(),
            finding_ids: incident.findings.iter().filter_map(|at| self.finding_id(*at)).collect(),
        }
    }

    /// When an interval begins, and when another ends.
    fn times(&self, intervals: (i64, i64)) -> (Option<Time>, Option<Time>) {
        if !self.timeline.timed {
            return (None, None);
        }
        (self.timeline.start(intervals.0), self.timeline.start(intervals.1.saturating_add(1)))
    }

    fn cause(&self, cause: &Cause) -> Option<CauseRow> {
        let finding = self.detected.findings.get(cause.finding as usize)?;
        let template = self.template(finding);
        let quote = self.quotes.get(&cause.place);
        Some(CauseRow {
            file: self.file(cause.place)?,
            line: cause.place.line,
            time: quote.and_then(|quote| quote.time).map(|time| time.to_string()),
            level: quote.and_then(|quote| quote.level).or(finding.level).map(|level| level.name().to_owned()),
            template_id: template.map(|facts| facts.id.to_string()),
            message: message(quote, template).unwrap_or_default(),
            why: finding.evidence.first().map(|evidence| self.explain(evidence).sentence).unwrap_or_default(),
            weight: cause.weight,
            before: quote.map(|quote| quote.before.clone()).unwrap_or_default(),
            after: quote.map(|quote| quote.after.clone()).unwrap_or_default(),
        })
    }

    fn finding(&self, at: u32, incident_of: &BTreeMap<u32, usize>) -> Option<FindingRow> {
        let finding = self.detected.findings.get(at as usize)?;
        let template = self.template(finding);
        let quote = finding.place.and_then(|place| self.quotes.get(&place));
        let first = finding.evidence.first();
        let time = quote.and_then(|quote| quote.time).or(self.times(finding.intervals).0);
        Some(FindingRow {
            id: self.finding_id(at)?,
            kind: first.map(|evidence| evidence.kind.to_owned()).unwrap_or_default(),
            severity: finding.severity.name().to_owned(),
            score: finding.score,
            p_value: finding.p_value,
            budget_rank: u64::from(at) + 1,
            stream: self.stream(finding),
            file: finding.place.and_then(|place| self.file(place)),
            line: finding.place.map(|place| place.line),
            time: time.map(|time| time.to_string()),
            level: quote.and_then(|quote| quote.level).or(finding.level).map(|level| level.name().to_owned()),
            template_id: template.map(|facts| facts.id.to_string()),
            template: template.map(|facts| masked(facts.text.clone())),
            message: message(quote, template),
            explanation: first.map(|evidence| self.explain(evidence).sentence).unwrap_or_default(),
            evidence: finding.evidence.iter().map(|evidence| self.evidence(evidence)).collect(),
            incident_id: incident_of.get(&at).map(|incident| incident_id(*incident)),
            held: finding.held.map(|held: Held| held.name().to_owned()),
            session: None,
            records: finding.records,
        })
    }

    /// Equal in every run over the same log: what it is about and when, not its rank.
    fn finding_id(&self, at: u32) -> Option<String> {
        let finding = self.detected.findings.get(at as usize)?;
        let template = self.template(finding).map_or_else(String::new, |facts| facts.id.to_string());
        let stream = self.stream(finding).unwrap_or_default();
        let kind = finding.evidence.first().map_or("", |evidence| evidence.kind);
        let slot = finding.subject.slot;
        let text =
            format!("{kind}\n{stream}\n{template}\n{slot:?}\n{:?}\n{:?}", finding.session, finding.intervals);
        Some(format!("{:016x}", logsift_engine::model::digest(text.as_bytes()) as u64))
    }

    fn evidence(&self, evidence: &Evidence) -> EvidenceRow {
        let Explanation { sentence, figures } = self.explain(evidence);
        let figure = |figure: &detectors::Figure| FigureRow {
            name: figure.name.to_owned(),
            value: figure.value,
            unit: figure.unit.to_owned(),
        };
        EvidenceRow {
            kind: evidence.kind.to_owned(),
            sentence,
            expected: evidence.expected,
            seen: evidence.seen,
            surprise: evidence.surprise,
            figures: figures.iter().map(figure).collect(),
        }
    }

    fn explain(&self, evidence: &Evidence) -> Explanation {
        let detector = self.detectors.iter().find(|detector| detector.card().kind == evidence.kind);
        match detector {
            Some(detector) => detector.explain(evidence, self.timeline),
            None => Explanation { sentence: evidence.kind.to_owned(), figures: Vec::new() },
        }
    }

    fn template(&self, finding: &Finding) -> Option<&TemplateFacts> {
        self.timeline.templates.get(finding.subject.template? as usize)
    }

    fn stream(&self, finding: &Finding) -> Option<String> {
        self.timeline.streams.get(finding.subject.stream? as usize).map(|stream| stream.name.clone())
    }

    fn file(&self, place: Place) -> Option<String> {
        self.logs.get(place.log as usize).map(|log| log.file.clone())
    }
}

fn incident_id(at: usize) -> String {
    format!("inc-{}", at + 1)
}

/// The record as it stands in the log, or at least its template.
fn message(quote: Option<&Quote>, template: Option<&TemplateFacts>) -> Option<String> {
    quote.map(|quote| quote.message.clone()).or_else(|| template.map(|facts| masked(facts.text.clone())))
}
