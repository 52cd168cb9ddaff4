//! `gone-silent`: a template, a stream or everything stops.
//!
//! **What it looks at.** How long a template was silent while its stream spoke, how long a stream was silent while others
//! spoke, and how long nothing at all was written.
//!
//! **The statistic.** The logarithm of the present silence against the longest ones of the past ([`Tail`]), and never more
//! surprising than so many missing records are under a Poisson law, nor than it was lasting: twice the logarithm of how often
//! it came, so the end of a storm of thirty intervals is no silence. Things also end for good reasons: how often
//! streams (or templates of a stream) have fallen silent before is a rate, and where endings are usual a silence
//! says no more than that. A silence speaks when it becomes surprising, and again only when it is much more so.
//!
//! The clock of a template is its stream's and that of a stream is everybody's, without what was silent in whole:
//! when everything stops, one thing is said and not a thousand. The end of the log is no silence, since nothing
//! was seen after it; and a stream is not missed whose last words were a farewell (`shutting down`), or that another
//! one took over from when it ended, as with rotated files.
//!
//! **When it is wrong.** Work that is over for the day is silent, too, until two or three days are known. A template
//! that a release has removed is silent for ever.
//!
//! **Example.** `heartbeat <number>`: silent for 10 min; before that never longer than 64 s.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::clock::{Clock, Step};
use super::pairs::{Pairs, pair};
use super::tail::Tail;
use super::words::span;
use super::{Card, Detector, EARLY, Evidence, EvidenceList, Explanation, Subject};
use crate::windows::{Interval, Place, Timeline, Window};

const CARD: Card = Card {
    kind: "gone-silent",
    sentence: "a template, a stream or everything has stopped",
    wrong_when: "Work that is over for the day is silent until some days are known; a template that a release removed stays silent.",
};

/// The surprises at which a silence speaks.
const STEPS: [f64; 3] = [7.0, 11.0, 16.0];
/// Logarithms of lengths are told apart by that much.
const GRAIN: f32 = 0.2;
/// Beginnings of streams remembered.
const REMEMBERED: usize = 64;
/// Silences that begin within so many intervals are one.
const TOGETHER: u64 = 16;
/// Stands for a stream as a whole.
const WHOLE: u32 = u32::MAX;

/// Somebody who speaks, and how long the silences in between are.
#[derive(Clone, Copy, Debug, Default)]
struct Speaker {
    gaps: Tail,
    /// On the clock of whom it belongs to.
    last: u64,
    first: u64,
    records: u64,
    /// How many steps of the present silence were said.
    said: u8,
    place: Option<Place>,
}

impl Speaker {
    /// How surprising a silence of that length is.
    fn surprise(&self, gap: u64) -> f64 {
        let span = (self.last - self.first + 1) as f64;
        let missing = self.records as f64 / span * gap.saturating_sub(1) as f64;
        self.gaps.surprise(log(gap), GRAIN).min(missing).min(self.lasting())
    }

    /// Everything ends once, and storms soon: what came often may be missed more than what came a few times.
    fn lasting(&self) -> f64 {
        2.0 * self.gaps.seen().max(1.0).ln()
    }

    /// The length of silence that has this surprise.
    fn reaching(&self, surprise: f64) -> Option<u64> {
        if self.lasting() < surprise {
            return None;
        }
        let length = f64::from(self.gaps.reaching(surprise, GRAIN)?).exp().ceil();
        let per_interval = self.records as f64 / (self.last - self.first + 1) as f64;
        Some(length.max(1.0 + surprise / per_interval).min(1e15) as u64)
    }

    fn longest(&self) -> u64 {
        self.gaps.greatest().map_or(1, |longest| f64::from(longest).exp().round() as u64)
    }
}

fn log(gap: u64) -> f32 {
    (gap as f32).ln()
}

/// A clock, and who is missed when on it.
#[derive(Debug, Default)]
struct Room {
    now: u64,
    /// When to look at whom again, the earliest first.
    due: BinaryHeap<Reverse<(u64, u64)>>,
    /// How many are in it, and how long they were there in sum.
    members: u64,
    presence: f64,
    /// How many fell silent for good, as it seems; how many before the last few, and when the last one did.
    gone: u64,
    before: u64,
    end: u64,
    /// The steps of its own clock.
    steps: Tail,
}

impl Room {
    /// The clock goes on: no further than it ever did, for a silence in whole is told of elsewhere.
    fn step(&mut self, gap: u64) {
        let longest = self.steps.greatest().map_or(1, |longest| f64::from(longest).exp().round() as u64);
        let by = gap.min(longest.max(1));
        self.now += by;
        self.presence += (self.members * by) as f64;
    }

    /// How surprising it is that one ends within that time, as others did before. What ends together ends once.
    fn ending(&mut self, gap: u64) -> f64 {
        if self.end + TOGETHER < self.now {
            self.before = self.gone;
        }
        self.end = self.now;
        let expected = self.before as f64 / self.presence.max(1.0) * gap as f64;
        -(-(-expected).exp_m1()).ln()
    }

    /// Somebody who was taken for gone is back.
    fn returns(&mut self) {
        self.gone = self.gone.saturating_sub(1);
        self.before = self.before.min(self.gone);
    }
}

/// The detector.
#[derive(Debug, Default)]
pub(super) struct GoneSilent {
    clock: Clock,
    /// Intervals in which nothing at all was written.
    silences: Tail,
    records: u64,
    /// Everything, and each stream.
    all: Room,
    streams: Vec<Room>,
    speakers: Pairs<Speaker>,
    /// When streams began, the latest first.
    begun: Vec<u64>,
    /// The last window of a stream ended with a farewell.
    left: Vec<bool>,
    /// The templates that are one.
    farewells: Vec<bool>,
    /// Gaps of the interval at hand, to be learned.
    heard: Vec<(u64, u64)>,
    gap: u64,
}

impl GoneSilent {
    fn look(&mut self, gap: u64, interval: &Interval, timeline: &Timeline, out: &mut EvidenceList) {
        self.gap = gap;
        self.all.step(gap);
        self.heard.clear();
        self.hear(interval, timeline);
        self.miss_streams(interval, out);
        for window in &interval.windows {
            self.miss_templates(window, interval, out);
        }
    }

    /// Notes who speaks.
    fn hear(&mut self, interval: &Interval, timeline: &Timeline) {
        let read = self.farewells.len();
        let unread = timeline.templates.iter().skip(read);
        self.farewells.extend(unread.map(|facts| is_farewell(&facts.text)));
        for window in &interval.windows {
            let at = window.stream as usize;
            if self.streams.len() <= at {
                self.streams.resize_with(at + 1, Room::default);
                self.left.resize(at + 1, false);
            }
            let place = window.cells.iter().filter_map(|cell| cell.first).max();
            let gap = self.speak(window.stream, WHOLE, window.records, place, self.all.now);
            self.streams[at].step(gap);
            let now = self.streams[at].now;
            for cell in &window.cells {
                self.speak(window.stream, cell.template, cell.count, cell.first, now);
            }
            self.left[at] = self.ends(window);
        }
    }

    fn speak(&mut self, stream: u32, template: u32, records: u64, place: Option<Place>, now: u64) -> u64 {
        let key = pair(stream, template);
        let room = match self.streams.get_mut(stream as usize) {
            Some(room) if template != WHOLE => room,
            _ => &mut self.all,
        };
        let mut begun = false;
        let speaker = self.speakers.entry(key, || {
            begun = true;
            Speaker { last: now, first: now, ..Speaker::default() }
        });
        let gap = now - speaker.last;
        if begun {
            room.members += 1;
            if template == WHOLE {
                self.begun.truncate(REMEMBERED - 1);
                self.begun.insert(0, now);
            }
            room.due.push(Reverse((now + 2, key)));
        } else if speaker.said > 0 {
            speaker.said = 0;
            room.returns();
            room.due.push(Reverse((now + 2, key)));
        }
        speaker.last = now;
        speaker.records = speaker.records.saturating_add(records);
        speaker.place = place.or(speaker.place);
        if gap > 0 {
            self.heard.push((key, gap));
        }
        gap.max(1)
    }

    fn miss_streams(&mut self, interval: &Interval, out: &mut EvidenceList) {
        let mut room = std::mem::take(&mut self.all);
        while let Some(key) = self.next_due(&mut room) {
            let left = self.left.get((key >> 32) as usize) == Some(&true);
            if left || self.is_succeeded(key) {
                room.gone += 1;
                self.speakers.entry(key, Speaker::default).said = STEPS.len() as u8;
            } else {
                self.say(&mut room, key, interval, out);
            }
        }
        self.all = room;
    }

    /// Whether another stream began when this one ended: a log was rotated, a machine replaced.
    fn is_succeeded(&self, key: u64) -> bool {
        let Some(speaker) = self.speakers.get(key) else { return false };
        let until = speaker.last + speaker.longest() + 2;
        self.begun.iter().any(|first| (speaker.last.saturating_sub(2)..=until).contains(first))
    }

    fn miss_templates(&mut self, window: &Window, interval: &Interval, out: &mut EvidenceList) {
        let Some(mut room) = self.streams.get_mut(window.stream as usize).map(std::mem::take) else { return };
        while let Some(key) = self.next_due(&mut room) {
            self.say(&mut room, key, interval, out);
        }
        if let Some(place) = self.streams.get_mut(window.stream as usize) {
            *place = room;
        }
    }

    /// The next one whose silence has become surprising.
    fn next_due(&mut self, room: &mut Room) -> Option<u64> {
        while let Some(Reverse((due, key))) = room.due.peek().copied() {
            if due > room.now {
                return None;
            }
            room.due.pop();
            let Some(speaker) = self.speakers.get(key) else { continue };
            let step = STEPS.get(usize::from(speaker.said)).copied();
            let Some(wanted) = step else { continue };
            // Whoever is not in this interval is silent until the next one at least.
            let gap = room.now + 1 - speaker.last;
            match speaker.reaching(wanted) {
                Some(length) if length <= gap => return Some(key),
                Some(length) => {
                    room.due
                        .push(Reverse(((speaker.last + length).saturating_sub(1).max(room.now + 1), key)));
                }
                None => room.due.push(Reverse((room.now + EARLY as u64, key))),
            }
        }
        None
    }

    fn say(&mut self, room: &mut Room, key: u64, interval: &Interval, out: &mut EvidenceList) {
        let speaker = self.speakers.entry(key, Speaker::default);
        let gap = room.now + 1 - speaker.last;
        let surprise = speaker.surprise(gap).min(room.ending(gap));
        let grounds = speaker.gaps.seen();
        if surprise >= STEPS[0] {
            out.push(Evidence {
                kind: CARD.kind,
                subject: Subject {
                    stream: Some((key >> 32) as u32),
                    template: Some(key as u32).filter(|template| *template != WHOLE),
                    slot: None,
                },
                interval: interval.number,
                surprise,
                seen: gap as f64,
                expected: speaker.longest() as f64,
                grounds,
                learning: grounds < EARLY,
                place: speaker.place,
            });
        }
        if speaker.said == 0 {
            room.gone += 1;
        }
        while STEPS.get(usize::from(speaker.said)).is_some_and(|step| speaker.surprise(gap) >= *step) {
            speaker.said += 1;
        }
        speaker.said = speaker.said.max(1);
        if let Some(length) =
            STEPS.get(usize::from(speaker.said)).and_then(|wanted| speaker.reaching(*wanted))
        {
            room.due.push(Reverse(((speaker.last + length).max(room.now + 1), key)));
        }
    }

    /// Whether a stream took its leave in this window: what is said all the time is no farewell.
    fn ends(&self, window: &Window) -> bool {
        let is_one = |template: u32| self.farewells.get(template as usize) == Some(&true);
        window.cells.iter().any(|cell| cell.count <= 2 && is_one(cell.template))
    }

    /// Nothing at all was written before this interval.
    fn miss_everything(&mut self, interval: &Interval, out: &mut EvidenceList) {
        let mean = self.records as f64 / (self.silences.seen() + 1.0);
        let missing = mean * self.gap.saturating_sub(1) as f64;
        let surprise = self.silences.surprise(log(self.gap), GRAIN).min(missing);
        if self.gap == 1 || surprise < STEPS[0] || self.left.iter().all(|left| *left) {
            return;
        }
        let grounds = self.silences.seen();
        let longest = self.silences.greatest().map_or(1.0, |longest| f64::from(longest).exp().round());
        out.push(Evidence {
            kind: CARD.kind,
            subject: Subject::default(),
            interval: interval.number,
            surprise,
            seen: self.gap as f64,
            expected: longest,
            grounds,
            learning: grounds < EARLY,
            place: interval.first(),
        });
    }
}

/// Whether the words say that this is the end.
fn is_farewell(text: &str) -> bool {
    const WORDS: [&str; 7] =
        ["shutting down", "shutdown", "shut down", "exiting", "stopping", "stopped", "halted"];
    let text = text.to_ascii_lowercase();
    WORDS.iter().any(|word| text.contains(word))
}

impl Detector for GoneSilent {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn score(&mut self, interval: &Interval, timeline: &Timeline, out: &mut EvidenceList) {
        self.gap = self.clock.judge(interval, timeline);
        self.miss_everything(interval, out);
        self.look(self.gap, interval, timeline, out);
    }

    fn learn(&mut self, interval: &Interval, timeline: &Timeline) {
        if let Step::On(gap) = self.clock.learn(interval, timeline) {
            self.look(gap, interval, timeline, &mut Vec::new());
        }
        self.silences.learn(log(self.gap));
        self.all.steps.learn(log(self.gap));
        let records = interval.windows.iter().fold(0u64, |sum, window| sum.saturating_add(window.records));
        self.records = self.records.saturating_add(records);
        for (key, gap) in std::mem::take(&mut self.heard) {
            let speaker = self.speakers.entry(key, Speaker::default);
            speaker.gaps.learn(log(gap));
            if key as u32 == WHOLE
                && let Some(room) = self.streams.get_mut((key >> 32) as usize)
            {
                room.steps.learn(log(gap));
            }
        }
    }

    fn explain(&self, evidence: &Evidence, timeline: &Timeline) -> Explanation {
        let (silent, seen) = span("silent", evidence.seen, timeline);
        let (longest, expected) = span("longest", evidence.expected, timeline);
        let who = match evidence.subject {
            Subject { template: Some(_), .. } => "this message was not seen for",
            Subject { stream: Some(_), .. } => "this stream wrote nothing for",
            _ => "nothing at all was written for",
        };
        Explanation {
            sentence: format!("{who} {silent}; before that never longer than {longest}"),
            figures: vec![seen, expected],
        }
    }
}
