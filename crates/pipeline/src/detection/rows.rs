//! Findings and incidents of the engine in, rows of a report out.

use std::collections::BTreeMap;

use logsift_engine::detection::{Adoption, Detected};
use logsift_engine::detectors::rule::{Rule, RuleSet};
use logsift_engine::detectors::{self, Evidence, Explanation};
use logsift_engine::findings::{Finding, Held, Severity};
use logsift_engine::incidents::{Cause, Incident, Story, records_of};
use logsift_engine::records::level::Level;
use logsift_engine::records::time::Time;
use logsift_engine::sessions::JudgedSessions;
use logsift_engine::windows::{Place, TemplateFacts, Timeline};
use logsift_reports::detection::{
    AdoptionRow, BudgetReport, CauseRow, Detection, EvidenceRow, FigureRow, FindingRow, IncidentRow, KindRow,
    Scores, SessionsOverview, StoryRow, Volume,
};

use super::{Detecting, HELD_TOLD, Quotes, Ruled};
use crate::quotes::{LogAt, Quote};
use crate::tally::masked;

/// The class of errors that no rule is about,
const ERROR_LEVEL: &str = "ERROR_LEVEL";
/// and of what only detectors found.
const ML_DETECTED: &str = "ML_DETECTED";

/// Steps of the volume at most.
const STEPS: i64 = 240;
/// Steps of the scores at most; what is beyond is counted in the last.
const SCORES: usize = 60;

/// Makes the rows of one report.
pub(super) struct Rows<'a> {
    timeline: &'a Timeline,
    detected: &'a Detected,
    sessions: &'a JudgedSessions,
    rules: &'a RuleSet,
    logs: &'a [LogAt],
    quotes: &'a Quotes,
}

impl<'a> Rows<'a> {
    pub(super) fn new(ruled: &'a Ruled, logs: &'a [LogAt], quotes: &'a Quotes) -> Rows<'a> {
        let (timeline, detected) = (&ruled.timeline, &ruled.detected);
        Rows { timeline, detected, sessions: &ruled.sessions, rules: ruled.rules.rules(), logs, quotes }
    }

    /// The sessions in short. Of several kinds all are named.
    fn sessions(&self) -> Option<SessionsOverview> {
        let kinds = || self.sessions.kinds.iter().filter(|kind| kind.count > 0);
        let by: Vec<&str> = kinds().map(|kind| kind.by.as_str()).collect();
        (!by.is_empty()).then(|| SessionsOverview {
            by: masked(by.join(", ")),
            count: kinds().map(|kind| kind.count).sum(),
            flagged: kinds().map(|kind| kind.flagged).sum(),
        })
    }

    pub(super) fn detection(&self, settings: &Detecting) -> Detection {
        let raised = self.raised();
        let incident_of: BTreeMap<u32, usize> = raised
            .iter()
            .enumerate()
            .flat_map(|(at, incident)| incident.findings.iter().map(move |finding| (*finding, at)))
            .collect();
        let of_incidents = raised.iter().flat_map(|incident| incident.findings.iter().copied());
        let held = self.held();
        let listed = of_incidents.chain(held.iter().copied().take(settings.held_listed));
        let stories = raised.iter().zip(&self.detected.stories).enumerate();
        Detection {
            budget: self.budget(settings),
            compared_with: settings.known.as_ref().map(|(name, _)| name.clone()),
            incidents: stories
                .map(|(at, (incident, story))| self.incident(incident_id(at), incident, story))
                .collect(),
            held_incidents: self.held_incidents(),
            findings: listed.zip(1..).filter_map(|(at, rank)| self.finding(at, rank, &incident_of)).collect(),
            held_beyond: held.len().saturating_sub(settings.held_listed) as u64,
            adoptions: self.adoptions(&incident_of),
            volume: self.volume(),
            sessions: self.sessions(),
            kinds: kinds(settings),
            scores: self.scores(),
        }
    }

    /// The incidents that were raised, the weightiest first.
    fn raised(&self) -> &'a [Incident] {
        self.detected.incidents.get(..self.detected.raised).unwrap_or_default()
    }

    /// What comes closest to an incident among what was held.
    fn held_incidents(&self) -> Vec<IncidentRow> {
        let raised = self.detected.raised;
        let held = self.detected.incidents.iter().zip(&self.detected.stories).skip(raised).take(HELD_TOLD);
        held.zip(1..)
            .map(|((incident, story), nth)| self.incident(format!("held-{nth}"), incident, story))
            .collect()
    }

    /// The findings that were held, the most surprising first.
    fn held(&self) -> Vec<u32> {
        held(self.detected)
    }

    fn budget(&self, settings: &Detecting) -> BudgetReport {
        let ledger = &self.detected.ledger;
        BudgetReport {
            asked: settings.budget_words.clone(),
            units: ledger.units,
            allowed: ledger.allowed,
            spent: self.detected.raised as u64,
            held_over_budget: u64::from(ledger.over_budget),
            held_learning: u64::from(ledger.still_learning),
            held_marked_normal: u64::from(ledger.marked_normal),
            threshold: (-ledger.threshold).exp(),
        }
    }

    fn incident(&self, id: String, incident: &Incident, story: &Story) -> IncidentRow {
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
            id,
            fingerprint: format!("{:016x}", incident.fingerprint),
            title: masked(story.title.clone()),
            severity: incident.severity.name().to_owned(),
            score: incident.score,
            start: start.map(|time| time.to_string()),
            end: end.map(|time| time.to_string()),
            seconds: (incident.intervals.1.saturating_sub(incident.intervals.0).saturating_add(1))
                .saturating_mul(self.timeline.seconds)
                .unsigned_abs(),
            streams,
            kinds,
            finding_count: findings.len() as u64,
            records: records_of(findings.iter().copied()),
            causes: self.causes(&incident.causes),
            story: self.story(story),
            finding_ids: incident.findings.iter().filter_map(|at| self.finding_id(*at)).collect(),
            classes: self.classes(incident),
            rules: self.rules_of_incident(incident),
            intervals: self.span(incident.intervals),
        }
    }

    fn story(&self, story: &Story) -> Vec<StoryRow> {
        let step = |step: &logsift_engine::incidents::StoryStep| {
            let finding = self.detected.findings.get(step.finding as usize)?;
            let quote = step.place.and_then(|place| self.quotes.get(&place));
            let time = quote.and_then(|quote| quote.time).or(self.times((step.interval, step.interval)).0);
            Some(StoryRow {
                time: time.map(|time| time.to_string()),
                kind: finding.evidence.first().map_or("", |evidence| evidence.kind).to_owned(),
                sentence: masked(step.sentence.clone()),
                stream: self.stream(finding),
                file: step.place.and_then(|place| self.file(place)),
                line: step.place.map(|place| place.line),
            })
        };
        story.steps.iter().filter_map(step).collect()
    }

    /// Which intervals of the volume those are.
    fn span(&self, intervals: (i64, i64)) -> Option<(u64, u64)> {
        let first = self.timeline.dated().first()?.number;
        let place = |number: i64| u64::try_from(number.checked_sub(first)? / self.coarser()).ok();
        Some((place(intervals.0)?, place(intervals.1)?))
    }

    /// Intervals that are one step of the volume.
    fn coarser(&self) -> i64 {
        let (first, last) = match self.timeline.dated() {
            [first, .., last] => (first.number, last.number),
            _ => return 1,
        };
        let all = last.saturating_sub(first).saturating_add(1);
        all.saturating_add(STEPS - 1).max(1) / STEPS
    }

    fn volume(&self) -> Volume {
        let Some(first) = self.timeline.dated().first().map(|interval| interval.number) else {
            return Volume::default();
        };
        let coarser = self.coarser().max(1);
        let mut volume = Volume {
            start: self.times((first, first)).0.map(|time| time.to_string()),
            step_seconds: self.timeline.seconds.saturating_mul(coarser).unsigned_abs(),
            ..Volume::default()
        };
        for interval in self.timeline.dated() {
            let at = usize::try_from((interval.number - first) / coarser).unwrap_or(0);
            let lists = [&mut volume.records, &mut volume.warnings, &mut volume.errors];
            for list in lists.into_iter().filter(|list| list.len() <= at) {
                list.resize(at + 1, 0);
            }
            for cell in interval.windows.iter().flat_map(|window| &window.cells) {
                volume.records[at] += cell.count;
                match cell.gravest {
                    Some(Level::Warn) => volume.warnings[at] += cell.count,
                    Some(level) if level > Level::Warn => volume.errors[at] += cell.count,
                    _ => {}
                }
            }
        }
        volume
    }

    fn scores(&self) -> Scores {
        let mut scores = Scores { step: 1.0, counts: Vec::new(), threshold: self.detected.ledger.threshold };
        for cell in &self.detected.scores {
            let at = (cell.score.max(0.0) as usize).min(SCORES - 1);
            if scores.counts.len() <= at {
                scores.counts.resize(at + 1, 0);
            }
            scores.counts[at] += 1;
        }
        scores
    }

    /// When an interval begins, and when another ends.
    fn times(&self, intervals: (i64, i64)) -> (Option<Time>, Option<Time>) {
        if !self.timeline.timed {
            return (None, None);
        }
        (self.timeline.start(intervals.0), self.timeline.start(intervals.1.saturating_add(1)))
    }

    /// Every record once. Weights are on the scale of logarithms and become shares.
    fn causes(&self, causes: &[Cause]) -> Vec<CauseRow> {
        let mut seen = Vec::new();
        let mut of_record: Vec<&Cause> = causes.iter().collect();
        of_record.retain(|cause| {
            let new = !seen.contains(&cause.place);
            seen.push(cause.place);
            new
        });
        let greatest = of_record.iter().map(|cause| cause.weight).fold(f64::NEG_INFINITY, f64::max);
        let likely = |cause: &Cause| (cause.weight - greatest).exp();
        let sum: f64 = of_record.iter().map(|cause| likely(cause)).sum();
        of_record.iter().filter_map(|cause| self.cause(cause, likely(cause) / sum)).collect()
    }

    fn cause(&self, cause: &Cause, share: f64) -> Option<CauseRow> {
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
            why: self.why(cause.finding),
            weight: share,
            before: quote.map(|quote| quote.before.clone()).unwrap_or_default(),
            after: quote.map(|quote| quote.after.clone()).unwrap_or_default(),
        })
    }

    fn finding(&self, at: u32, rank: u64, incident_of: &BTreeMap<u32, usize>) -> Option<FindingRow> {
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
            budget_rank: rank,
            stream: self.stream(finding),
            file: finding.place.and_then(|place| self.file(place)),
            line: finding.place.map(|place| place.line),
            time: time.map(|time| time.to_string()),
            level: quote.and_then(|quote| quote.level).or(finding.level).map(|level| level.name().to_owned()),
            template_id: template.map(|facts| facts.id.to_string()),
            template: template.map(|facts| masked(facts.text.clone())),
            message: message(quote, template),
            explanation: self.why(at),
            evidence: self.evidence(at, finding),
            incident_id: incident_of.get(&at).map(|incident| incident_id(*incident)),
            held: finding.held.map(|held: Held| held.name().to_owned()),
            session: self.session(finding),
            records: finding.records,
            adopted: self.adopted(at),
            class: self.class(at),
            rules: self.rules_of(at).map(|rule| rule.name.clone()).collect(),
        })
    }

    /// When an interval begins, as it is shown.
    fn begin(&self, interval: i64) -> Option<String> {
        self.times((interval, interval)).0.map(|time| time.to_string())
    }

    /// From when on a finding was learned as a new normal.
    fn adopted(&self, at: u32) -> Option<String> {
        let adoption = self.detected.adoptions.iter().find(|adoption| adoption.finding == at)?;
        self.begin(adoption.interval)
    }

    /// What lasted for so long that it was learned as a new normal.
    fn adoptions(&self, incident_of: &BTreeMap<u32, usize>) -> Vec<AdoptionRow> {
        let row = |adoption: &Adoption| {
            let finding = self.detected.findings.get(adoption.finding as usize)?;
            let template = self.template(finding);
            Some(AdoptionRow {
                finding_id: self.finding_id(adoption.finding)?,
                incident_id: incident_of.get(&adoption.finding).map(|incident| incident_id(*incident)),
                kind: finding.evidence.first().map_or("", |evidence| evidence.kind).to_owned(),
                stream: self.stream(finding),
                template_id: template.map(|facts| facts.id.to_string()),
                template: template.map(|facts| masked(facts.text.clone())),
                since: self.begin(finding.intervals.0),
                adopted: self.begin(adoption.interval),
                explanation: self.why(adoption.finding),
            })
        };
        self.detected.adoptions.iter().filter_map(row).collect()
    }

    /// The rules that are about a finding, the gravest first.
    fn rules_of(&self, at: u32) -> impl Iterator<Item = &'a Rule> {
        let numbers = self.detected.rules.get(at as usize).map_or(&[][..], Vec::as_slice);
        let rules = self.rules;
        numbers.iter().filter_map(move |number| rules.rule(*number))
    }

    /// The class of a finding: that of its gravest rule, or whether it is an error.
    fn class(&self, at: u32) -> String {
        let is_error = self
            .detected
            .findings
            .get(at as usize)
            .is_some_and(|finding| finding.level >= Some(Level::Error));
        let other = if is_error { ERROR_LEVEL } else { ML_DETECTED };
        self.rules_of(at).next().map_or_else(|| other.to_owned(), |rule| rule.class.clone())
    }

    /// The classes of its findings: those of the gravest rules first, what no rule is about last.
    fn classes(&self, incident: &Incident) -> Vec<String> {
        let gravest = |at: &u32| self.rules_of(*at).next().map(|rule| rule.severity);
        let mut each: Vec<(Option<Severity>, String)> =
            incident.findings.iter().map(|at| (gravest(at), self.class(*at))).collect();
        each.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
        unique(each.into_iter().map(|(_, class)| class))
    }

    fn rules_of_incident(&self, incident: &Incident) -> Vec<String> {
        let mut rules: Vec<&Rule> = incident.findings.iter().flat_map(|at| self.rules_of(*at)).collect();
        rules.sort_by(|one, other| other.severity.cmp(&one.severity).then_with(|| one.name.cmp(&other.name)));
        unique(rules.into_iter().map(|rule| rule.name.clone()))
    }

    /// The session it is about, as it stands in the log.
    fn session(&self, finding: &Finding) -> Option<String> {
        let session = self.sessions.sessions.get(finding.session? as usize)?;
        Some(masked(self.sessions.id(session).to_owned()))
    }

    /// Equal in every run over the same log: what it is about and when, not its rank.
    pub(super) fn finding_id(&self, at: u32) -> Option<String> {
        let finding = self.detected.findings.get(at as usize)?;
        let template = self.template(finding).map_or_else(String::new, |facts| facts.id.to_string());
        let stream = self.stream(finding).unwrap_or_default();
        let kind = finding.evidence.first().map_or("", |evidence| evidence.kind);
        let slot = finding.subject.slot;
        let session = finding.session.and_then(|at| self.sessions.sessions.get(at as usize));
        let session = session.map(|session| (self.sessions.id(session), session.place.line));
        let text = format!("{kind}\n{stream}\n{template}\n{slot:?}\n{session:?}\n{:?}", finding.intervals);
        Some(format!("{:016x}", logsift_engine::model::digest(text.as_bytes()) as u64))
    }

    /// What speaks for a finding most, in words.
    fn why(&self, finding: u32) -> String {
        let explained = self.detected.explanations.get(finding as usize);
        let first = explained.and_then(|explained| explained.first());
        first.map(|explanation| masked(explanation.sentence.clone())).unwrap_or_default()
    }

    fn evidence(&self, at: u32, finding: &Finding) -> Vec<EvidenceRow> {
        let explained = self.detected.explanations.get(at as usize).map_or(&[][..], Vec::as_slice);
        let row = |(evidence, explanation): (&Evidence, &Explanation)| EvidenceRow {
            kind: evidence.kind.to_owned(),
            slot: evidence.subject.slot,
            sentence: masked(explanation.sentence.clone()),
            expected: evidence.expected,
            seen: evidence.seen,
            surprise: evidence.surprise,
            figures: explanation.figures.iter().map(figure).collect(),
        };
        finding.evidence.iter().zip(explained).map(row).collect()
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

/// The findings that were held, the most surprising first.
pub(super) fn held(detected: &Detected) -> Vec<u32> {
    let findings = detected.findings.iter().zip(0..);
    let mut held: Vec<(&Finding, u32)> = findings.filter(|(finding, _)| finding.held.is_some()).collect();
    held.sort_by(|(one, at), (other, place)| other.score.total_cmp(&one.score).then(at.cmp(place)));
    held.into_iter().map(|(_, at)| at).collect()
}

/// Each once, where it comes first.
fn unique(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for name in names {
        if !list.contains(&name) {
            list.push(name);
        }
    }
    list
}

fn kinds(settings: &Detecting) -> Vec<KindRow> {
    let models = super::odd_rows::wishes(settings);
    let mut kinds = known_kinds();
    kinds.extend(models.iter().map(|wish| kind(wish.card())));
    kinds.extend(settings.embeddings.iter().map(|_| kind(detectors::new_meaning::card())));
    kinds
}

/// Every kind of evidence that there is without settings, in words.
pub fn known_kinds() -> Vec<KindRow> {
    let of_windows = detectors::all();
    let cards = of_windows.iter().map(|detector| detector.card());
    cards.chain([detectors::rule::card()]).chain(&logsift_engine::sessions::CARDS).map(kind).collect()
}

fn kind(card: &detectors::Card) -> KindRow {
    KindRow {
        kind: card.kind.to_owned(),
        sentence: card.sentence.to_owned(),
        wrong_when: card.wrong_when.to_owned(),
    }
}

fn figure(figure: &detectors::Figure) -> FigureRow {
    FigureRow { name: figure.name.to_owned(), value: figure.value, unit: figure.unit.to_owned() }
}

fn incident_id(at: usize) -> String {
    format!("inc-{}", at + 1)
}

/// The record as it stands in the log, or at least its template.
fn message(quote: Option<&Quote>, template: Option<&TemplateFacts>) -> Option<String> {
    quote.map(|quote| quote.message.clone()).or_else(|| template.map(|facts| masked(facts.text.clone())))
}
