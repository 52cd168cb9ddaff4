//! Combined evidence interval by interval in, findings with a beginning and an end out.
//!
//! The same subject in intervals in a row is one finding, which is told once however long it lasts. Whether something
//! is a finding, and whether it is kept from being learned, does not depend on the budget: so a greater budget
//! raises more of the same findings and never other ones.
//!
//! What lasts is a new level in the end. A finding that was held back from learning for long enough is adopted: it is
//! learned from then on, and that is noted. Where somebody said that it is not normal, it is not.

use std::collections::BTreeMap;

use super::combine::{Combined, Key, strongest_first};
use super::learnable::Flag;
use super::{Finding, Severity};
use crate::detectors::{Evidence, Subject};
use crate::records::level::Level;
use crate::windows::{Interval, Place, Timeline};

/// After correction, the surprise of what chance shows in one interval of five: the least to open a finding.
pub(crate) const STRONG: f64 = 1.6;
/// The surprise, before correction, of what may be part of a story that something else began.
const WEAK: f64 = 2.0;
/// After correction, the surprise of what is not learned: chance shows that in one interval of twenty.
const FLAGGED: f64 = 3.0;
/// A finding goes on over a gap of one interval.
const PAUSE: i64 = 2;
/// Intervals in a row after which a level is taken for the new normal.
const LASTING: i64 = 32;
/// Pieces of evidence kept with a finding.
const EVIDENCE: usize = 8;
/// Findings kept; of more the weaker half is forgotten.
const KEPT: usize = 1 << 14;

/// A finding on its way, with what the ruling needs to know of it.
#[derive(Clone, Debug)]
pub(crate) struct Track {
    /// The finding as it will be handed out.
    pub(crate) finding: Finding,
    /// Surprise after correction of what can be trusted; negative where chance shows it in every interval.
    pub(crate) trusted: f64,
    /// The same, with detectors that are still learning.
    pub(crate) shown: f64,
    /// It may begin a story.
    pub(crate) strong: bool,
    /// It is of the known past.
    pub(crate) known: bool,
    /// The interval from which on it was learned as normal.
    pub(crate) adopted: Option<i64>,
}

/// What is said of a subject in an interval.
pub(crate) struct Told {
    /// By the detectors.
    pub(crate) combined: Combined,
    /// What is bad by itself.
    pub(crate) hard: Option<&'static str>,
    /// It begins a story however surprising it is.
    pub(crate) first: bool,
}

/// The interval at hand.
struct Moment<'a> {
    interval: &'a Interval,
    tests: f64,
    known: bool,
    adoptable: Adoptable<'a>,
}

/// Whether a finding that lasts may be taken for the new normal.
pub(crate) type Adoptable<'a> = &'a dyn Fn(&Finding) -> bool;

/// Follows findings through the intervals.
#[derive(Debug, Default)]
pub(crate) struct Tracks {
    open: BTreeMap<Key, Track>,
    closed: Vec<Track>,
    forgotten: u64,
}

impl Tracks {
    /// Takes in what was combined in an interval. `tests` is the logarithm of how much was tested. Gives what must not
    /// be learned.
    pub(crate) fn take(
        &mut self,
        interval: &Interval,
        told: Vec<Told>,
        tests: f64,
        known: bool,
        (timeline, adoptable): (&Timeline, Adoptable<'_>),
    ) -> Vec<Flag> {
        self.end_before(interval.number - PAUSE);
        let moment = Moment { interval, tests, known, adoptable };
        told.into_iter().filter_map(|told| self.take_one(&moment, told, timeline)).collect()
    }

    fn take_one(
        &mut self,
        moment: &Moment<'_>,
        Told { combined, hard, first }: Told,
        timeline: &Timeline,
    ) -> Option<Flag> {
        let strong = first || combined.shown - moment.tests >= STRONG;
        if !strong && combined.shown < WEAK {
            return None;
        }
        let flagged = combined.trusted - moment.tests >= FLAGGED;
        let flag = flagged.then(|| Flag { key: combined.key, evidence: combined.evidence.clone() });
        let track = self.track_of(moment, &combined, strong, timeline);
        track.go_on(moment, combined, hard);
        let lasting = moment.interval.number - track.finding.intervals.0 >= LASTING;
        if flagged && lasting && track.adopted.is_none() && (moment.adoptable)(&track.finding) {
            track.adopted = Some(moment.interval.number);
        }
        flag.filter(|_| track.adopted.is_none())
    }

    /// The track that goes on, or one that begins. A weak one does not become strong: a spike begins where it begins.
    fn track_of(
        &mut self,
        moment: &Moment<'_>,
        combined: &Combined,
        strong: bool,
        timeline: &Timeline,
    ) -> &mut Track {
        let key = combined.key;
        if strong && self.open.get(&key).is_some_and(|track| !track.strong) {
            self.closed.extend(self.open.remove(&key));
        }
        self.open.entry(key).or_insert_with(|| Track::begin(moment, combined, strong, timeline))
    }

    fn end_before(&mut self, number: i64) {
        let ended: Vec<Key> = self
            .open
            .iter()
            .filter(|(_, track)| track.finding.intervals.1 < number)
            .map(|(key, _)| *key)
            .collect();
        self.closed.extend(ended.iter().filter_map(|key| self.open.remove(key)));
        if self.closed.len() > 2 * KEPT {
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.forgotten += self.closed.len().saturating_sub(KEPT) as u64;
        self.closed.sort_by(|one, other| {
            let key =
                |track: &Track| (track.finding.hard.is_none(), track.finding.intervals, track.finding.place);
            other.shown.total_cmp(&one.shown).then_with(|| key(one).cmp(&key(other)))
        });
        self.closed.truncate(KEPT);
    }

    /// What was followed up to here ends: the next interval belongs to another time.
    pub(crate) fn end_all(&mut self) {
        self.closed.extend(std::mem::take(&mut self.open).into_values());
    }

    /// All findings, and how many were forgotten because there were too many.
    pub(crate) fn finish(mut self) -> (Vec<Track>, u64) {
        self.end_all();
        (self.closed, self.forgotten)
    }
}

impl Track {
    fn begin(moment: &Moment<'_>, combined: &Combined, strong: bool, timeline: &Timeline) -> Track {
        let (stream, template) = combined.key;
        // Of everything the first record counts, whichever stream it is of.
        let spoken = combined.evidence.iter().filter(|_| stream.is_some());
        let told = spoken.into_iter().find_map(|evidence| evidence.place);
        let facts = template.and_then(|template| timeline.templates.get(template as usize));
        let finding = Finding {
            subject: Subject {
                stream,
                template,
                slot: combined.evidence.first().and_then(|first| first.subject.slot),
            },
            session: None,
            intervals: (moment.interval.number, moment.interval.number),
            evidence: Vec::new(),
            p_value: 1.0,
            score: 0.0,
            severity: Severity::Low,
            // A silence is as grave as what is missing.
            level: facts
                .filter(|_| cells(moment.interval, combined.key).is_none())
                .and_then(|facts| facts.gravest),
            hard: None,
            records: 0,
            place: told.or_else(|| first_place(moment.interval, combined.key)),
            held: None,
        };
        Track {
            finding,
            trusted: f64::NEG_INFINITY,
            shown: f64::NEG_INFINITY,
            strong,
            known: moment.known,
            adopted: None,
        }
    }

    fn go_on(&mut self, moment: &Moment<'_>, combined: Combined, hard: Option<&'static str>) {
        self.trusted = self.trusted.max(combined.trusted - moment.tests);
        self.shown = self.shown.max(combined.shown - moment.tests);
        self.finding.intervals.1 = moment.interval.number;
        self.finding.hard = self.finding.hard.or(hard);
        if let Some((records, level)) = cells(moment.interval, combined.key) {
            self.finding.records = self.finding.records.saturating_add(records);
            self.finding.level = self.finding.level.max(level);
        }
        keep_strongest(&mut self.finding.evidence, combined.evidence);
    }
}

/// Of each detector and slot the strongest evidence is kept.
fn keep_strongest(kept: &mut Vec<Evidence>, more: Vec<Evidence>) {
    for evidence in more {
        let same = |known: &&mut Evidence| {
            known.kind == evidence.kind && known.subject.slot == evidence.subject.slot
        };
        match kept.iter_mut().find(same) {
            Some(known) if known.surprise < evidence.surprise => *known = evidence,
            Some(_) => {}
            None => kept.push(evidence),
        }
    }
    kept.sort_by(strongest_first);
    kept.truncate(EVIDENCE);
}

/// Records of a subject in an interval and the gravest level of them; nothing where there are none.
fn cells(interval: &Interval, key: Key) -> Option<(u64, Option<Level>)> {
    let mut found: Option<(u64, Option<Level>)> = None;
    for cell in interval.of_subject(key.0, key.1) {
        let (records, level) = found.unwrap_or_default();
        // The level of a whole stream says nothing about what is odd in it.
        let gravest = if key.1.is_some() { cell.gravest } else { None };
        found = Some((records.saturating_add(cell.count), level.max(gravest)));
    }
    found
}

fn first_place(interval: &Interval, key: Key) -> Option<Place> {
    interval.of_subject(key.0, key.1).filter_map(|cell| cell.first).min()
}
