//! Judged sessions in, the ways in which some of them deviate out.
//!
//! Five hundred sessions that lack the same step are one thing to look at, so sessions are put together by what speaks
//! for them most, each bout of it for itself. How surprising a bout is follows from the bouts of the log: where many
//! sessions are one of a kind, one more is not worth a look, whatever its score. What most sessions with an event have
//! in common is about that event, and windows judge how often it comes.

use std::collections::BTreeMap;

use super::bouts::{Bout, Bouts, Met};
use super::judged::{JudgedSession, JudgedSessions};
use super::slow;
use super::ways::{Extent, Sameness, What};
use crate::detectors::Explanation;
use crate::windows::Place;

/// Deviations told; the most surprising are.
const MOST: usize = 64;
/// Sessions of a bout whose records are named, beside the first.
const OTHERS: usize = 1 << 12;
/// Sessions of which too little is known.
const EARLY: u64 = 30;

/// A bout of sessions that deviate in one way.
#[derive(Clone, Debug, PartialEq)]
pub struct Deviation {
    /// The detector.
    pub kind: &'static str,
    /// The first session that deviates so, by its place in the list.
    pub session: u32,
    /// How many do in this bout.
    pub sessions: u64,
    /// At how many other times sessions deviated so.
    pub elsewhere: u64,
    /// How many sessions there are of that kind of identifier.
    pub of: u64,
    /// Among how many its surprise is told: these, and what was learned of the same logs.
    pub among: u64,
    /// Records of the sessions that deviate so.
    pub records: u64,
    /// Milliseconds since 1970 of the first and the last record of them.
    pub times: Option<(i64, i64)>,
    /// The record that shows it in the first of them.
    pub place: Place,
    /// Those that show it in the others, where a record is out of place; where one is missing, each that is there is not.
    pub others: Vec<Place>,
    /// The event that it is about.
    pub event: Option<u32>,
    /// How odd: the chance of it in one session, as a natural logarithm, negated.
    pub surprise: f64,
    /// What was seen.
    pub seen: f64,
    /// What was expected.
    pub expected: f64,
    /// Too few sessions are known.
    pub learning: bool,
    what: What,
}

/// Where sessions are in time.
#[derive(Clone, Copy)]
pub struct InTime<'a> {
    /// In which interval a session began, or the given moment in milliseconds is.
    pub interval: &'a dyn Fn(&JudgedSession, Option<i64>) -> i64,
    /// How many intervals there are, those of what was learned among them.
    pub intervals: usize,
}

/// The sessions that deviate in each way.
type Ways = BTreeMap<Sameness, Vec<Met>>;

impl JudgedSessions {
    /// The ways in which sessions deviate, the most surprising first.
    pub fn deviations(&self, time: InTime<'_>) -> Vec<Deviation> {
        let mut found: Vec<Deviation> =
            (0..self.kinds.len() as u32).flat_map(|kind| self.of_kind(kind, time)).collect();
        found.retain(|deviation| deviation.surprise > 0.0);
        found.sort_by(|one, other| {
            let key = |deviation: &Deviation| (deviation.place, deviation.session);
            other.surprise.total_cmp(&one.surprise).then_with(|| key(one).cmp(&key(other)))
        });
        found.truncate(MOST);
        found.extend(self.odd_deviations());
        found
    }

    fn of_kind(&self, kind: u32, time: InTime<'_>) -> Vec<Deviation> {
        let (Some(facts), Some(learned)) = (self.kinds.get(kind as usize), self.learned.get(kind as usize))
        else {
            return Vec::new();
        };
        let (ways, slow) = self.ways_of(kind, time);
        let among = facts.count.saturating_add(learned.sessions);
        let judged = if learned.is_normal {
            let mut bouts = Bouts::new(facts.count, time.intervals, 0);
            ways.into_iter().for_each(|(same, met)| bouts.add_whole(same, met));
            bouts.ranked()
        } else {
            let once = learned.ways.iter().filter(|(same, met)| **met == 1 && !ways.contains_key(same));
            let mut bouts = Bouts::new(among, time.intervals, once.count() as u64);
            for (same, met) in ways {
                bouts.add(same, met, learned.ways.get(&same).copied().unwrap_or(0));
            }
            bouts.judged()
        };
        // Of slow steps the chance in all of the log is known; in one session it is so much less.
        let mut bouts = Bouts::new(facts.count, time.intervals, 0);
        slow.into_iter().for_each(|(same, met)| bouts.add(same, met, 0));
        let slow = bouts.by_score();
        let judged = judged.iter().filter_map(|bout| Some(Deviation { among, ..self.of_bout(bout)? }));
        judged.chain(slow.iter().filter_map(|bout| self.of_bout(bout))).collect()
    }

    /// The sessions that deviate in each way, and those with a slow step.
    fn ways_of(&self, kind: u32, time: InTime<'_>) -> (Ways, Ways) {
        let (mut ways, mut slow) = (Ways::new(), Ways::new());
        for (session, at) in self.sessions.iter().zip(0u32..).filter(|(session, _)| session.kind == kind) {
            if let Some((detector, what)) = self.way(session) {
                let met = Met { interval: (time.interval)(session, None), session: at, score: session.score };
                ways.entry(Sameness::of(detector, what)).or_default().push(met);
            }
            if let Some((step, _)) = session.slow.as_deref() {
                let interval = (time.interval)(session, Some(step.at));
                let met = Met { interval, session: at, score: step.surprise };
                slow.entry(Sameness::of(slow::KIND, &What::Slow(*step))).or_default().push(met);
            }
        }
        (ways, slow)
    }

    /// In which way a session deviates by its steps.
    fn way(&self, session: &JudgedSession) -> Option<&(&'static str, What)> {
        session.way.and_then(|way| self.ways.get(way as usize))
    }

    fn of_bout(&self, bout: &Bout<Sameness>) -> Option<Deviation> {
        let first = bout.met.first()?.session;
        let session = self.sessions.get(first as usize)?;
        let kind = bout.way.kind();
        let slow = |session: &JudgedSession| session.slow.as_deref().copied().filter(|_| kind == slow::KIND);
        let (what, place) = match slow(session) {
            Some((step, place)) => (What::Slow(step), place),
            None => (self.way(session)?.1.clone(), session.shown_by),
        };
        let mut deviation = self.begin(first, kind, what, place);
        deviation.surprise = bout.surprise;
        deviation.elsewhere = bout.elsewhere;
        for (met, nth) in bout.met.iter().zip(0usize..) {
            let session = self.sessions.get(met.session as usize)?;
            deviation.join(session.records, session.times);
            if (1..=OTHERS).contains(&nth) && deviation.what.is_of_a_record() {
                deviation.others.push(slow(session).map_or(session.shown_by, |(_, place)| place));
            }
        }
        Some(deviation)
    }

    /// What outlier models say, the same event of a model together.
    fn odd_deviations(&self) -> Vec<Deviation> {
        let mut found: BTreeMap<(u32, Sameness), Deviation> = BTreeMap::new();
        for (odd, place) in &self.odd {
            let Some(session) = self.sessions.get(odd.session as usize) else { continue };
            let what = What::Odd(odd.fact);
            let same = (session.kind, Sameness::of(odd.kind, &what));
            let known = found.entry(same).or_insert_with(|| self.begin(odd.session, odd.kind, what, *place));
            known.surprise = known.surprise.max(odd.surprise);
            if known.session != odd.session {
                known.others.push(*place);
            }
            known.join(session.records, session.times);
        }
        found.into_values().collect()
    }

    fn begin(&self, at: u32, kind: &'static str, what: What, place: Place) -> Deviation {
        let session = self.sessions.get(at as usize);
        let of =
            session.and_then(|session| self.kinds.get(session.kind as usize)).map_or(0, |kind| kind.count);
        let (seen, expected) = what.figures();
        Deviation {
            kind,
            session: at,
            sessions: 0,
            elsewhere: 0,
            of,
            among: of,
            records: 0,
            times: None,
            place,
            others: Vec::new(),
            event: what.event(),
            surprise: 0.0,
            seen,
            expected,
            learning: of < EARLY,
            what,
        }
    }
}

impl Deviation {
    fn join(&mut self, records: u64, times: Option<(i64, i64)>) {
        self.sessions += 1;
        self.records = self.records.saturating_add(records);
        self.times = match (self.times, times) {
            (Some(one), Some(other)) => Some((one.0.min(other.0), one.1.max(other.1))),
            (one, other) => one.or(other),
        };
    }

    /// When the step was taken that is about, where that is known.
    pub fn at(&self) -> Option<i64> {
        if let What::Slow(slow) = &self.what { Some(slow.at) } else { None }
    }

    /// Says in words what is odd. `text` gives the texts of events, `id` is the first session.
    pub fn explain(&self, id: &str, text: impl Fn(u32) -> String) -> Explanation {
        let extent = Extent { here: self.sessions, elsewhere: self.elsewhere, of: self.of };
        self.what.explain(self.kind, extent, id, text)
    }
}
