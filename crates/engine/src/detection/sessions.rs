//! Deviations of sessions in, findings on their way out, with their words.
//!
//! What chance shows in one interval is what it shows in one session, as often as there are sessions in an interval.

use std::collections::BTreeMap;

use crate::detectors::{Evidence, Explanation, Subject};
use crate::findings::tracks::{STRONG, Track};
use crate::findings::{Finding, Severity};
use crate::sessions::{Deviation, InTime, JudgedSession, JudgedSessions};
use crate::windows::{Interval, Place, Timeline};

/// Letters of a template that a sentence shows.
const LETTERS: usize = 80;
/// Seconds of a block of records, where there are no times.
const RECORDS_PER_SECOND: u32 = 6;

/// What was found in sessions.
#[derive(Default)]
pub(super) struct OfSessions {
    pub(super) tracks: Vec<Track>,
    told: BTreeMap<(u32, &'static str), Told>,
}

/// What there is to say of a finding about a session: its words, and the records that show it in other sessions.
struct Told {
    words: Explanation,
    others: Vec<Place>,
}

/// Where things are in a timeline.
struct Found<'a> {
    sessions: &'a JudgedSessions,
    timeline: &'a Timeline,
    templates: BTreeMap<u64, u32>,
    present: &'a [Interval],
}

impl OfSessions {
    /// Makes findings of all deviations.
    pub(super) fn of(sessions: &JudgedSessions, timeline: &Timeline) -> OfSessions {
        if sessions.sessions.is_empty() {
            return OfSessions::default();
        }
        let found = Found {
            sessions,
            timeline,
            templates: timeline.templates.iter().zip(0..).map(|(facts, at)| (facts.id.0, at)).collect(),
            present: timeline.intervals.get(timeline.past..).unwrap_or_default(),
        };
        let interval = |session: &JudgedSession, at| found.interval(session, at);
        let time = InTime { interval: &interval, intervals: timeline.intervals.len() };
        let mut made = OfSessions::default();
        for deviation in sessions.deviations(time) {
            let Some(session) = sessions.sessions.get(deviation.session as usize) else { continue };
            made.tracks.extend(found.track(&deviation, session));
            let words = deviation.explain(sessions.id(session), |event| found.text(event));
            let told = Told { words, others: deviation.others };
            made.told.insert((deviation.session, deviation.kind), told);
        }
        made
    }

    /// The words for a finding about a session.
    pub(super) fn explain(&self, finding: &Finding) -> Option<Vec<Explanation>> {
        self.told.get(&key_of(finding)?).map(|told| vec![told.words.clone()])
    }

    /// Hands out the records that show it in other sessions.
    pub(super) fn take_others(&mut self, finding: &Finding) -> Vec<Place> {
        let told = key_of(finding).and_then(|key| self.told.get_mut(&key));
        told.map(|told| std::mem::take(&mut told.others)).unwrap_or_default()
    }
}

fn key_of(finding: &Finding) -> Option<(u32, &'static str)> {
    Some((finding.session?, finding.evidence.first()?.kind))
}

impl Found<'_> {
    fn track(&self, deviation: &Deviation, session: &JudgedSession) -> Option<Track> {
        let template = deviation.event.and_then(|event| self.template(event));
        let stream = self.timeline.stream_of(self.sessions.stream(session));
        let intervals = self.intervals(deviation);
        let facts = template.and_then(|template| self.timeline.templates.get(template as usize));
        let shown = deviation.surprise - self.in_an_interval(deviation).ln();
        let evidence = Evidence {
            kind: deviation.kind,
            subject: Subject { stream, template, slot: None },
            interval: intervals.0,
            surprise: deviation.surprise,
            seen: deviation.seen,
            expected: deviation.expected,
            grounds: deviation.of as f64,
            learning: deviation.learning,
            place: Some(deviation.place),
        };
        let finding = Finding {
            subject: evidence.subject,
            session: Some(deviation.session),
            intervals,
            p_value: 1.0,
            score: 0.0,
            severity: Severity::Low,
            // What is missing is as grave as it would have been; what is merely frequent says little.
            level: facts.filter(|_| deviation.expected == 0.0).and_then(|facts| facts.gravest),
            hard: None,
            records: deviation.records,
            place: evidence.place,
            held: None,
            evidence: vec![evidence],
        };
        let trusted = if deviation.learning { -1.0 } else { shown };
        (shown > 0.0).then_some(Track {
            finding,
            trusted,
            shown,
            strong: shown >= STRONG,
            known: false,
            adopted: None,
        })
    }

    fn template(&self, event: u32) -> Option<u32> {
        self.templates.get(&self.sessions.templates.get(&event)?.0).copied()
    }

    /// The text of a template on one line.
    fn text(&self, event: u32) -> String {
        let template = self.template(event).and_then(|at| self.timeline.templates.get(at as usize));
        let line = template.and_then(|facts| facts.text.lines().next()).unwrap_or("a forgotten message");
        match line.char_indices().nth(LETTERS) {
            Some((at, _)) => format!("{}…", line.get(..at).unwrap_or_default()),
            None => line.to_owned(),
        }
    }

    /// How many sessions there are in an interval; one at least.
    fn in_an_interval(&self, deviation: &Deviation) -> f64 {
        let learned = deviation.among > deviation.of;
        let intervals = if learned { self.timeline.intervals.len() } else { self.present.len() };
        (deviation.among as f64 / intervals.max(1) as f64).max(1.0)
    }

    /// In which interval a session began, or a moment in milliseconds is.
    fn interval(&self, session: &JudgedSession, at: Option<i64>) -> i64 {
        match at.or(session.times.map(|times| times.0)).filter(|_| self.timeline.timed) {
            Some(milliseconds) => self.number(milliseconds),
            None => self.block(session.place),
        }
    }

    fn intervals(&self, deviation: &Deviation) -> (i64, i64) {
        match deviation.times.filter(|_| self.timeline.timed) {
            Some((first, last)) => {
                let first = self.number(deviation.at().unwrap_or(first));
                (first, self.number(last).max(first))
            }
            None => {
                let block = self.block(deviation.place);
                (block, block)
            }
        }
    }

    /// The interval of a moment in milliseconds.
    fn number(&self, milliseconds: i64) -> i64 {
        milliseconds.div_euclid(1000).div_euclid(self.timeline.seconds.max(1))
    }

    /// The interval of a record, where there are no times.
    fn block(&self, place: Place) -> i64 {
        (place.line >> RECORDS_PER_SECOND).cast_signed() / self.timeline.seconds.max(1)
    }
}
