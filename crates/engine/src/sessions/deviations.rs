//! Judged sessions in, the ways in which some of them deviate out.
//!
//! Five hundred sessions that lack the same step are one thing to look at, so flagged sessions are put together by what
//! speaks for them most. How surprising such a deviation is follows from its rank among all deviations and from the
//! number of sessions: the oddest of a thousand is one in a thousand, whatever its score.

use std::collections::BTreeMap;

use super::judged::JudgedSessions;
use super::session_model::OddFact;
use super::slow::{self, SlowStep};
use super::{SessionFact, Step};
use crate::detectors::words::{duration, figure, number, times};
use crate::detectors::{Explanation, Figure};
use crate::windows::Place;

/// Deviations told; the oddest are.
const MOST: usize = 64;
/// Sessions of which too little is known.
const EARLY: u64 = 30;

/// A way in which sessions deviate.
#[derive(Clone, Debug, PartialEq)]
pub struct Deviation {
    /// The detector.
    pub kind: &'static str,
    /// The first session that deviates so, by its place in the list.
    pub session: u32,
    /// How many do.
    pub sessions: u64,
    /// How many sessions there are of that kind of identifier.
    pub of: u64,
    /// Records of the sessions that deviate so.
    pub records: u64,
    /// Milliseconds since 1970 of the first and the last record of them.
    pub times: Option<(i64, i64)>,
    /// The first record of the first of them.
    pub place: Place,
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

#[derive(Clone, Debug, PartialEq)]
enum What {
    Fact(SessionFact),
    Slow(SlowStep),
    Odd(OddFact),
}

/// What makes two deviations the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Sameness(u32, &'static str, Option<u32>, Option<u32>, bool);

struct Found {
    score: f64,
    deviation: Deviation,
}

impl JudgedSessions {
    /// The ways in which sessions deviate, the oddest first.
    pub fn deviations(&self) -> Vec<Deviation> {
        let mut found: BTreeMap<Sameness, Found> = BTreeMap::new();
        for (session, at) in self.sessions.iter().zip(0u32..) {
            let part = session.parts.first().map(|part| (part.kind, What::Fact(part.fact.clone())));
            let slow = session.slow.as_deref().map(|slow| (slow::KIND, What::Slow(*slow)));
            for (kind, what) in part.into_iter().chain(slow) {
                let score = if let What::Slow(slow) = &what { slow.surprise } else { session.score };
                let same = Sameness::of(session.kind, kind, &what);
                let new = || Found { score, deviation: self.begin(at, kind, what.clone()) };
                let known = found.entry(same).or_insert_with(new);
                known.score = known.score.max(score);
                known.deviation.join(session.records, session.times);
            }
        }
        let of_models = self.odd_deviations();
        let mut found: Vec<Found> = found.into_values().collect();
        found.sort_by(|one, other| {
            let key = |found: &Found| (found.deviation.place, found.deviation.session);
            other.score.total_cmp(&one.score).then_with(|| key(one).cmp(&key(other)))
        });
        found.truncate(MOST);
        let (slow, odd): (Vec<Found>, Vec<Found>) =
            found.into_iter().partition(|found| found.deviation.kind == slow::KIND);
        let mut deviations = ranked(odd);
        deviations.extend(slow.into_iter().map(Found::slow));
        deviations.extend(of_models);
        deviations
    }

    /// What outlier models say, the same event of a model together.
    fn odd_deviations(&self) -> Vec<Deviation> {
        let mut found: BTreeMap<Sameness, Deviation> = BTreeMap::new();
        for odd in &self.odd {
            let Some(session) = self.sessions.get(odd.session as usize) else { continue };
            let what = What::Odd(odd.fact);
            let same = Sameness::of(session.kind, odd.kind, &what);
            let known = found.entry(same).or_insert_with(|| self.begin(odd.session, odd.kind, what));
            known.surprise = known.surprise.max(odd.surprise);
            known.join(session.records, session.times);
        }
        found.into_values().collect()
    }

    fn begin(&self, at: u32, kind: &'static str, what: What) -> Deviation {
        let session = self.sessions.get(at as usize);
        let of =
            session.and_then(|session| self.kinds.get(session.kind as usize)).map_or(0, |kind| kind.count);
        let (seen, expected) = what.figures();
        Deviation {
            kind,
            session: at,
            sessions: 0,
            of,
            records: 0,
            times: None,
            place: session.map(|session| session.place).unwrap_or_default(),
            event: what.event(),
            surprise: 0.0,
            seen,
            expected,
            learning: of < EARLY,
            what,
        }
    }
}

impl Found {
    /// For a slow step the chance in all of the log is known; in one session it is so much less.
    fn slow(self) -> Deviation {
        let surprise = self.score + (self.deviation.of.max(1) as f64).ln();
        Deviation { surprise, ..self.deviation }
    }
}

/// Gives each the surprise of its rank.
fn ranked(found: Vec<Found>) -> Vec<Deviation> {
    let surprised = |(found, rank): (Found, u32)| {
        let mut deviation = found.deviation;
        let by_rank = ((deviation.of + 1) as f64).ln() - f64::from(rank).ln();
        deviation.surprise = by_rank + (deviation.sessions as f64).ln();
        deviation
    };
    found.into_iter().zip(1u32..).map(surprised).collect()
}

impl Sameness {
    fn of(of: u32, kind: &'static str, what: &What) -> Sameness {
        let event = |step: Step| if let Step::Event(event) = step { Some(event) } else { None };
        match what {
            What::Fact(SessionFact::NewEvent { event, .. }) => Sameness(of, kind, Some(*event), None, false),
            What::Fact(SessionFact::Count { event, seen, expected, .. }) => {
                Sameness(of, kind, Some(*event), None, seen > expected)
            }
            What::Fact(SessionFact::Transition { from, to, .. }) => {
                Sameness(of, kind, event(*from), event(*to), *from == Step::Start)
            }
            What::Fact(SessionFact::Missing { event, .. }) => Sameness(of, kind, Some(*event), None, false),
            What::Slow(slow) => Sameness(of, kind, Some(slow.from), Some(slow.to), false),
            What::Odd(odd) => Sameness(of, kind, odd.event, None, false),
        }
    }
}

impl What {
    fn event(&self) -> Option<u32> {
        match self {
            What::Fact(SessionFact::NewEvent { event, .. } | SessionFact::Count { event, .. }) => {
                Some(*event)
            }
            What::Fact(SessionFact::Missing { event, .. }) => Some(*event),
            What::Fact(SessionFact::Transition { to: Step::Event(event), .. }) => Some(*event),
            What::Fact(SessionFact::Transition { from: Step::Event(event), .. }) => Some(*event),
            What::Fact(SessionFact::Transition { .. }) => None,
            What::Slow(slow) => Some(slow.to),
            What::Odd(odd) => odd.event,
        }
    }

    /// What was seen and what was expected.
    fn figures(&self) -> (f64, f64) {
        match self {
            What::Fact(SessionFact::NewEvent { count, .. }) => (f64::from(*count), 0.0),
            What::Fact(SessionFact::Count { seen, expected, .. }) => (f64::from(*seen), f64::from(*expected)),
            What::Fact(SessionFact::Transition { .. }) => (1.0, 0.0),
            What::Fact(SessionFact::Missing { .. }) => (0.0, 1.0),
            What::Slow(slow) => (seconds(slow.gap), seconds(slow.usual)),
            What::Odd(odd) => (odd.score, odd.usual),
        }
    }
}

fn seconds(milliseconds: f64) -> f64 {
    (milliseconds / 100.0).round() / 10.0
}

fn percent(share: f64) -> f64 {
    (share * 1000.0).round() / 10.0
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
        let mut words = Words { sentence: String::new(), figures: Vec::new() };
        match &self.what {
            What::Fact(fact) => words.fact(fact, &text),
            What::Slow(slow) => words.slow(slow, &text),
            What::Odd(odd) => words.odd(self.kind, odd, &text),
        }
        words.say(", in ");
        words.figure("sessions so", self.sessions as f64, "sessions");
        words.say(" of ");
        words.figure("sessions", self.of as f64, "sessions");
        words.say(if self.of == 1 { " session, first " } else { " sessions, first " });
        words.say(id);
        Explanation { sentence: words.sentence, figures: words.figures }
    }
}

/// A sentence in the making, with the figures that are in it.
struct Words {
    sentence: String,
    figures: Vec<Figure>,
}

impl Words {
    fn say(&mut self, words: &str) {
        self.sentence.push_str(words);
    }

    fn figure(&mut self, name: &'static str, value: f64, unit: &'static str) {
        self.sentence.push_str(&number(value));
        self.figures.push(figure(name, value, unit));
    }

    fn span(&mut self, name: &'static str, milliseconds: f64) {
        let seconds = seconds(milliseconds);
        self.sentence.push_str(&duration(seconds));
        self.figures.push(figure(name, seconds, "seconds"));
    }

    fn step(&mut self, step: Step, text: &impl Fn(u32) -> String) {
        match step {
            Step::Start => self.say("the beginning"),
            Step::End => self.say("the end"),
            Step::Event(event) => self.quoted(event, text),
        }
    }

    fn quoted(&mut self, event: u32, text: &impl Fn(u32) -> String) {
        self.say("`");
        self.say(&text(event));
        self.say("`");
    }

    fn fact(&mut self, fact: &SessionFact, text: &impl Fn(u32) -> String) {
        match *fact {
            SessionFact::NewEvent { event, sessions, .. } => {
                self.quoted(event, text);
                self.say(" is in none of ");
                self.figure("normal sessions", sessions as f64, "sessions");
                self.say(" normal sessions");
            }
            SessionFact::Count { event, seen, expected, prototype } => {
                self.say("like ");
                self.figure("sessions like it", prototype as f64, "sessions");
                self.say(" others, but ");
                self.quoted(event, text);
                self.say(" comes ");
                self.figures.push(figure("seen", f64::from(seen), "records"));
                self.say(&times(f64::from(seen)));
                self.say(" instead of ");
                self.figures.push(figure("expected", f64::from(expected), "records"));
                self.say(&times(f64::from(expected)));
            }
            SessionFact::Transition { from, to, seen_share, usual, usual_share, cases } => {
                self.step(from, text);
                self.say(" is followed by ");
                self.step(to, text);
                self.say(", as in ");
                self.figure("share", percent(seen_share), "%");
                self.say(" % of ");
                self.figure("cases", cases as f64, "cases");
                self.say(" cases; usually by ");
                self.step(usual, text);
                self.say(" (");
                self.figure("usual share", percent(usual_share), "%");
                self.say(" %)");
            }
            SessionFact::Missing { after, event, share, cases } => {
                self.quoted(event, text);
                self.say(" is missing after ");
                self.step(after, text);
                self.say(", where it follows in ");
                self.figure("share", percent(share), "%");
                self.say(" % of ");
                self.figure("cases", cases as f64, "cases");
                self.say(" cases");
            }
        }
    }

    fn odd(&mut self, kind: &str, odd: &OddFact, text: &impl Fn(u32) -> String) {
        self.say(kind);
        self.say(" scores it ");
        self.figure("score", odd.score, "");
        self.say(", usually ");
        self.figure("usual score", odd.usual, "");
        if let Some(event) = odd.event {
            self.say(", most of all by ");
            self.quoted(event, text);
            self.say(" (");
            self.figure("its share", percent(odd.share), "%");
            self.say(" %)");
        }
    }

    fn slow(&mut self, slow: &SlowStep, text: &impl Fn(u32) -> String) {
        self.say("from ");
        self.quoted(slow.from, text);
        self.say(" to ");
        self.quoted(slow.to, text);
        self.say(" took ");
        self.span("took", slow.gap);
        self.say("; usually ");
        self.span("usually", slow.usual);
        self.say(", and hardly ever more than ");
        self.span("slowest hundredth", slow.slowest);
        self.say(" in ");
        self.figure("cases", slow.cases as f64, "cases");
        self.say(" cases");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(fact: SessionFact, sessions: u64) -> Explanation {
        let deviation = Deviation {
            kind: "session-shape",
            session: 0,
            sessions,
            of: 5807,
            records: 0,
            times: None,
            place: Place::default(),
            event: None,
            surprise: 0.0,
            seen: 0.0,
            expected: 0.0,
            learning: false,
            what: What::Fact(fact),
        };
        deviation.explain("blk_7", |event| format!("event {event}"))
    }

    #[test]
    fn every_number_of_a_sentence_is_a_figure() {
        let check = |fact: SessionFact, sentence: &str, figures: &[f64]| {
            let said = said(fact, 37);
            let rest = ", in 37 of 5,807 sessions, first blk_7";
            assert_eq!(said.sentence.strip_suffix(rest), Some(sentence), "{}", said.sentence);
            let values: Vec<f64> = said.figures.iter().map(|figure| figure.value).collect();
            assert_eq!(values, [figures, &[37.0, 5807.0]].concat());
        };
        check(
            SessionFact::Count { event: 3, seen: 1, expected: 3, prototype: 500 },
            "like 500 others, but `event 3` comes once instead of 3 times",
            &[500.0, 1.0, 3.0],
        );
        check(
            SessionFact::NewEvent { event: 3, count: 2, sessions: 5496 },
            "`event 3` is in none of 5,496 normal sessions",
            &[5496.0],
        );
        check(
            SessionFact::Missing { after: Step::Event(1), event: 3, share: 0.9914, cases: 5000 },
            "`event 3` is missing after `event 1`, where it follows in 99.1 % of 5,000 cases",
            &[99.1, 5000.0],
        );
        check(
            SessionFact::Transition {
                from: Step::Start,
                to: Step::Event(2),
                seen_share: 0.0,
                usual: Step::End,
                usual_share: 0.75,
                cases: 40,
            },
            "the beginning is followed by `event 2`, as in 0 % of 40 cases; usually by the end (75 %)",
            &[0.0, 40.0, 75.0],
        );
    }
}
