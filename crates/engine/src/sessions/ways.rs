//! A way in which a session deviates in, what it is about and its words out.

use super::session_model::OddFact;
use super::slow::SlowStep;
use super::{SessionFact, Step};
use crate::detectors::words::{duration, figure, number, times};
use crate::detectors::{Explanation, Figure};

/// What is odd in a session.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    Fact(SessionFact),
    Slow(SlowStep),
    Odd(OddFact),
}

/// What makes two ways to deviate the same: the detector, the events, and whether there is too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Sameness(&'static str, Option<u32>, Option<u32>, bool);

/// In how many sessions something was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    /// Sessions in a row.
    pub(super) here: u64,
    /// Times at which there were others.
    pub(super) elsewhere: u64,
    /// All sessions of that kind of identifier.
    pub(super) of: u64,
}

impl Sameness {
    /// The detector.
    pub(super) fn kind(self) -> &'static str {
        self.0
    }

    pub(super) fn of(kind: &'static str, what: &What) -> Sameness {
        let event = |step: Step| if let Step::Event(event) = step { Some(event) } else { None };
        match what {
            What::Fact(SessionFact::NewEvent { event, .. }) => Sameness(kind, Some(*event), None, false),
            What::Fact(SessionFact::Count { event, seen, expected, .. }) => {
                Sameness(kind, Some(*event), None, seen > expected)
            }
            What::Fact(SessionFact::Transition { from, to, .. }) => {
                Sameness(kind, event(*from), event(*to), *from == Step::Start)
            }
            What::Fact(SessionFact::Missing { event, .. }) => Sameness(kind, Some(*event), None, false),
            What::Slow(slow) => Sameness(kind, Some(slow.from), Some(slow.to), false),
            What::Odd(odd) => Sameness(kind, odd.event, None, false),
        }
    }
}

impl What {
    /// The event of which there is too much, if there is one. Where most sessions that have it deviate so, that is how
    /// it always comes, and windows judge how often it does.
    pub(super) fn excess(&self) -> Option<u32> {
        match *self {
            What::Fact(SessionFact::NewEvent { event, .. }) => Some(event),
            What::Fact(SessionFact::Count { event, seen, expected, .. }) => {
                (seen > expected).then_some(event)
            }
            What::Fact(SessionFact::Transition { to: Step::Event(event), .. }) => Some(event),
            What::Fact(SessionFact::Transition { from: Step::Event(event), .. }) => Some(event),
            What::Fact(SessionFact::Transition { .. } | SessionFact::Missing { .. }) => None,
            What::Slow(_) | What::Odd(_) => None,
        }
    }

    pub(super) fn event(&self) -> Option<u32> {
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

    /// Whether a record is out of place, and not one missing.
    pub(super) fn is_of_a_record(&self) -> bool {
        match self {
            What::Fact(SessionFact::NewEvent { .. }) | What::Slow(_) | What::Odd(_) => true,
            What::Fact(SessionFact::Count { seen, expected, .. }) => seen > expected,
            What::Fact(SessionFact::Transition { from: Step::Event(_), to: Step::Event(_), .. }) => true,
            What::Fact(SessionFact::Transition { .. } | SessionFact::Missing { .. }) => false,
        }
    }

    /// At which event of the sequence it shows, counted from nothing. What is missing shows at what it should have
    /// followed.
    pub(super) fn shows_at(&self, sequence: &[u32]) -> Option<usize> {
        let first = |event: u32| sequence.iter().position(|known| *known == event);
        let last = |event: u32| sequence.iter().rposition(|known| *known == event);
        let nth = |event: u32, nth: u32| {
            let places = sequence.iter().enumerate().filter(|(_, known)| **known == event);
            places.map(|(at, _)| at).nth(nth as usize)
        };
        match *self {
            What::Fact(SessionFact::NewEvent { event, .. }) => first(event),
            What::Fact(SessionFact::Count { event, seen, expected, .. }) if seen > expected => {
                nth(event, expected)
            }
            What::Fact(SessionFact::Count { event, .. }) => last(event),
            What::Fact(SessionFact::Transition { from: Step::Start, .. }) => Some(0),
            What::Fact(SessionFact::Transition { to: Step::End | Step::Start, .. }) => {
                sequence.len().checked_sub(1)
            }
            What::Fact(SessionFact::Transition { from, to: Step::Event(to), .. }) => sequence
                .windows(2)
                .position(|two| Step::Event(two[0]) == from && two[1] == to)
                .map(|before| before + 1),
            What::Fact(SessionFact::Missing { after: Step::Event(event), .. }) => last(event),
            What::Fact(SessionFact::Missing { .. }) => Some(0),
            What::Slow(_) => None,
            What::Odd(odd) => first(odd.event?),
        }
    }

    /// What was seen and what was expected.
    pub(super) fn figures(&self) -> (f64, f64) {
        match self {
            What::Fact(SessionFact::NewEvent { count, .. }) => (f64::from(*count), 0.0),
            What::Fact(SessionFact::Count { seen, expected, .. }) => (f64::from(*seen), f64::from(*expected)),
            What::Fact(SessionFact::Transition { .. }) => (1.0, 0.0),
            What::Fact(SessionFact::Missing { .. }) => (0.0, 1.0),
            What::Slow(slow) => (seconds(slow.gap), seconds(slow.usual)),
            What::Odd(odd) => (odd.score, odd.usual),
        }
    }

    /// Says in words what is odd. `text` gives the texts of events, `id` is the first session.
    pub(super) fn explain(
        &self,
        kind: &'static str,
        extent: Extent,
        id: &str,
        text: impl Fn(u32) -> String,
    ) -> Explanation {
        let mut words = Words { sentence: String::new(), figures: Vec::new() };
        match self {
            What::Fact(fact) => words.fact(fact, &text),
            What::Slow(slow) => words.slow(slow, &text),
            What::Odd(odd) => words.odd(kind, odd, &text),
        }
        words.extent(extent);
        words.say(id);
        Explanation { sentence: words.sentence, figures: words.figures }
    }
}

fn seconds(milliseconds: f64) -> f64 {
    (milliseconds / 100.0).round() / 10.0
}

fn percent(share: f64) -> f64 {
    (share * 1000.0).round() / 10.0
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

    fn extent(&mut self, Extent { here, elsewhere, of }: Extent) {
        self.say(", in ");
        self.figure("sessions so", here as f64, "sessions");
        self.say(" of ");
        self.figure("sessions", of as f64, "sessions");
        self.say(if of == 1 { " session" } else { " sessions" });
        if elsewhere > 0 {
            self.say(", and at ");
            self.figure("other times", elsewhere as f64, "times");
            self.say(if elsewhere == 1 { " other time" } else { " other times" });
        }
        self.say(", first ");
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
                self.say(if prototype == 1 { " other, but " } else { " others, but " });
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
        let extent = Extent { here: sessions, elsewhere: 0, of: 5807 };
        What::Fact(fact).explain("session-shape", extent, "blk_7", |event| format!("event {event}"))
    }

    #[test]
    fn a_deviation_shows_at_one_step() {
        let check = |fact: SessionFact, wanted: Option<usize>| {
            let shown = What::Fact(fact.clone()).shows_at(&[1, 2, 3, 2, 4, 2]);
            assert_eq!(shown, wanted, "{fact:?}");
        };
        let count = |event, seen, expected| SessionFact::Count { event, seen, expected, prototype: 9 };
        let (first, last) = (Some(1), Some(5));
        check(SessionFact::NewEvent { event: 2, count: 3, sessions: 9 }, first);
        check(count(2, 3, 1), Some(3));
        check(count(2, 3, 2), last);
        check(count(2, 3, 4), last);
        check(count(9, 0, 1), None);
        let step = |from, to| SessionFact::Transition {
            from,
            to,
            seen_share: 0.0,
            usual: Step::End,
            usual_share: 1.0,
            cases: 9,
        };
        check(step(Step::Event(3), Step::Event(2)), Some(3));
        check(step(Step::Event(3), Step::Event(4)), None);
        check(step(Step::Start, Step::Event(1)), Some(0));
        check(step(Step::Event(2), Step::End), last);
        let missing = |after| SessionFact::Missing { after, event: 7, share: 1.0, cases: 9 };
        check(missing(Step::Event(2)), last);
        check(missing(Step::Event(3)), Some(2));
        check(missing(Step::Start), Some(0));
        let of_a_record = [count(2, 3, 1), step(Step::Event(3), Step::Event(2))];
        assert!(of_a_record.into_iter().all(|fact| What::Fact(fact).is_of_a_record()));
        let lacking = [count(2, 3, 4), step(Step::Start, Step::Event(2)), missing(Step::Start)];
        assert!(!lacking.into_iter().any(|fact| What::Fact(fact).is_of_a_record()));
        let odd = OddFact { score: 1.0, usual: 0.0, event: Some(3), share: 1.0 };
        assert_eq!(What::Odd(odd).shows_at(&[1, 2, 3]), Some(2));
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
