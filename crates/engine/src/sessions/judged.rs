//! Gathered sessions and templates in, every session with its score out.
//!
//! Sessions of each kind of identifier are a world of their own. Where a model knows that kind, it says what is normal;
//! where nothing is known, it is told from the sessions themselves.

use std::collections::BTreeMap;
use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashTable};

use super::book::{Session, Sorted};
use super::candidates::Form;
use super::cut::{Bounds, Cut};
use super::finder::SessionKey;
use super::gather::GatheredSessions;
use super::known::{KnownSessions, event_of};
use super::session_model::{OddSession, odd_sessions};
use super::slow::{Pace, SlowStep};
use super::ways::{Sameness, What};
use super::{LearnedSessions, SessionModel, SessionScore, SessionSettings};
use crate::detectors::ModelWish;
use crate::templates::{TemplateId, Templates};
use crate::windows::Place;

/// The share of normal sessions that may be flagged.
const FALSE_ALARMS: f64 = 0.001;

/// All sessions of what was read, judged.
#[derive(Clone, Debug, Default)]
pub struct JudgedSessions {
    /// What ties records together, and how many sessions there are of it.
    pub kinds: Vec<SessionKind>,
    /// The sessions, kind by kind in the order of their first records.
    pub sessions: Vec<JudgedSession>,
    /// The templates, by the numbers of events.
    pub templates: BTreeMap<u32, TemplateId>,
    /// The ways in which stories deviate.
    pub(super) ways: Vec<(&'static str, What)>,
    /// How often sessions deviated in those that were learned, kind by kind.
    pub(super) learned: Vec<LearnedWays>,
    /// What outlier models say of them, and the records that show it.
    pub(super) odd: Vec<(OddSession, Place)>,
    /// Their names, one after another: there are very many.
    ids: String,
    streams: Vec<Box<str>>,
}

/// Sessions of one kind, in short.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionKind {
    /// What ties their records together, for people: `blk_…`, `trace_id`.
    pub by: String,
    /// How many were judged.
    pub count: u64,
    /// How many of them are beyond the threshold.
    pub flagged: u64,
    /// One session in so many was kept; 1 where memory sufficed.
    pub one_in: u64,
    /// Records of sessions that were not kept.
    pub dropped: u64,
}

/// A session with its score.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgedSession {
    /// What ties its records together, by its place in the list.
    pub kind: u32,
    /// Where it is among the names of sessions.
    id: (u32, u32),
    /// How many records it has.
    pub records: u64,
    /// Its first record.
    pub place: Place,
    /// Milliseconds since 1970 of its first and last record, if the log has times.
    pub times: Option<(i64, i64)>,
    /// Grows with abnormality.
    pub score: f64,
    /// The share of normal sessions that score at least as high.
    pub p_value: f64,
    /// Whether it is beyond the threshold.
    pub flagged: bool,
    /// The detector that speaks for it most; empty where none does.
    pub top: &'static str,
    /// In which way it deviates, by its place in the list, and the record that shows it.
    pub(super) way: Option<u32>,
    pub(super) shown_by: Place,
    /// The step that took far too long, if there is one, and its record. Boxed, since hardly any session has one.
    pub(super) slow: Option<Box<(SlowStep, Place)>>,
    stream: u32,
}

/// How often sessions that were learned deviate.
#[derive(Clone, Debug, Default)]
pub(super) struct LearnedWays {
    /// In how many of them it is so.
    pub(super) ways: BTreeMap<Sameness, u64>,
    /// In how many there is too much of an event.
    excesses: HashMap<u32, u64, FixedState>,
    pub(super) sessions: u64,
    /// They say what is normal.
    pub(super) is_normal: bool,
}

impl JudgedSessions {
    /// A session as it is called in the log.
    pub fn id(&self, session: &JudgedSession) -> &str {
        self.ids.get(session.id.0 as usize..session.id.1 as usize).unwrap_or_default()
    }

    /// The stream of the first record of a session.
    pub fn stream(&self, session: &JudgedSession) -> &str {
        self.streams.get(session.stream as usize).map_or("", |name| name)
    }

    fn stream_number(&mut self, name: &str) -> u32 {
        let known = self.streams.iter().position(|known| **known == *name);
        let at = known.unwrap_or_else(|| {
            self.streams.push(name.into());
            self.streams.len() - 1
        });
        at as u32
    }
}

/// How the logs stand of which sessions are judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// More lines may come; none have come for so many milliseconds. Nothing where all has come.
    pub goes_on: Option<i64>,
    /// What is known was learned from these logs themselves, with whatever was odd in them.
    pub is_own: bool,
}

/// By what sessions are judged.
#[derive(Clone, Copy, Debug)]
pub struct Judging<'a> {
    /// What is known of them.
    pub known: &'a KnownSessions,
    /// Outlier models over sequences beside.
    pub models: &'a [ModelWish],
    /// How the logs stand.
    pub course: Course,
}

/// Judges all sessions that were gathered.
pub fn judge_sessions(
    gathered: GatheredSessions,
    templates: &Templates,
    judging: &Judging<'_>,
) -> JudgedSessions {
    let known = judging.known.today(templates);
    let bounds = gathered.bounds(&judging.course);
    let mut judged = JudgedSessions {
        templates: templates.list().iter().map(|template| (event_of(template), template.id)).collect(),
        ..JudgedSessions::default()
    };
    for (key, book) in gathered.into_books(templates) {
        let told = Sequences::of(book.sorted(), templates).whole(bounds);
        judged.take(&key, &told, known.get(&key), judging);
    }
    judged
}

/// What was gathered, as a model keeps it. Of logs that go on sessions that are not over are left out.
pub fn learn_sessions(gathered: GatheredSessions, templates: &Templates, course: &Course) -> KnownSessions {
    let mut known = KnownSessions::new();
    let bounds = gathered.bounds(course);
    for (key, book) in gathered.into_books(templates) {
        let told = Sequences::of(book.sorted(), templates).whole(bounds);
        known.learn(key, &Stories::of(&told).learned());
    }
    known
}

/// The sessions of a book as sequences of templates.
pub(super) struct Sequences {
    pub(super) sorted: Sorted,
    /// By the numbers of the book; nothing for a skeleton that was forgotten.
    events: Vec<Option<u32>>,
    has_forgotten: bool,
}

impl Sequences {
    pub(super) fn of(sorted: Sorted, templates: &Templates) -> Sequences {
        let event = |skeleton| templates.of(skeleton).map(event_of);
        let events: Vec<Option<u32>> =
            sorted.book.skeletons().iter().map(|skeleton| event(*skeleton)).collect();
        let has_forgotten = events.iter().any(Option::is_none);
        Sequences { sorted, events, has_forgotten }
    }

    /// The same without sessions of which steps may be missing.
    fn whole(mut self, bounds: Bounds) -> Sequences {
        if bounds == Bounds::default() {
            return self;
        }
        let mut cut = Cut::new(bounds);
        self.sorted.sessions().for_each(|(number, _)| cut.add(self.steps(number)));
        let whole = |number: &u32| !cut.may_be_cut(self.steps(*number));
        let left = self.sorted.sessions().map(|(number, _)| number).filter(whole).collect();
        self.sorted.keep(left);
        self
    }

    /// Events and times.
    pub(super) fn steps(&self, number: u32) -> impl Iterator<Item = (u32, i64)> {
        let known = |(event, at): (u32, i64)| Some((self.events.get(event as usize).copied().flatten()?, at));
        self.sorted.steps(number).filter_map(known)
    }

    /// The record of a step, or the first of the session where that is not known.
    fn place_of(&self, number: u32, session: &Session, nth: Option<usize>) -> Place {
        let place = nth.and_then(|nth| self.sorted.place(number, self.with_forgotten(number, nth)?));
        place.unwrap_or(session.first)
    }

    /// The place of a step among all, those of forgotten skeletons with them.
    fn with_forgotten(&self, number: u32, nth: usize) -> Option<usize> {
        if !self.has_forgotten {
            return Some(nth);
        }
        let steps = self.sorted.steps(number).enumerate();
        let known =
            steps.filter(|(_, (event, _))| self.events.get(*event as usize).copied().flatten().is_some());
        known.map(|(at, _)| at).nth(nth)
    }

    fn times(&self, number: u32) -> Option<(i64, i64)> {
        let mut steps = self.sorted.steps(number).map(|(_, at)| at).filter(|at| *at != i64::MIN);
        let first = steps.next()?;
        Some((first, steps.next_back().unwrap_or(first)))
    }
}

/// The different sequences. Most sessions are like many others, and what is worked out of a sequence is worked out
/// once for all of them.
#[derive(Default)]
struct Stories {
    /// Each with the number of sessions that are like it.
    all: Vec<(Box<[u32]>, u64)>,
    /// The story of each session, in the order of the sessions.
    of_sessions: Vec<u32>,
}

impl Stories {
    fn of(told: &Sequences) -> Stories {
        let mut stories = Stories::default();
        let mut table: HashTable<u32> = HashTable::new();
        let mut sequence = Vec::new();
        for (number, _) in told.sorted.sessions() {
            sequence.clear();
            sequence.extend(told.steps(number).map(|(event, _)| event));
            stories.add(&sequence, &mut table);
        }
        stories
    }

    /// The next session has that sequence.
    fn add(&mut self, sequence: &[u32], table: &mut HashTable<u32>) {
        let hash = |sequence: &[u32]| FixedState::with_seed(13).hash_one(sequence);
        let of = |story: &u32| self.all.get(*story as usize).map_or(&[][..], |(sequence, _)| sequence);
        let story = match table.find(hash(sequence), |story| of(story) == sequence) {
            Some(story) => *story,
            None => {
                let story = self.all.len() as u32;
                table.insert_unique(hash(sequence), story, |story| hash(of(story)));
                self.all.push((sequence.into(), 0));
                story
            }
        };
        if let Some((_, sessions)) = self.all.get_mut(story as usize) {
            *sessions += 1;
        }
        self.of_sessions.push(story);
    }

    fn learned(&self) -> LearnedSessions {
        let mut learned = LearnedSessions::default();
        self.all.iter().for_each(|(sequence, sessions)| learned.learn(sequence, *sessions));
        learned
    }

    /// The score of every story, with what speaks for it most.
    fn scores(&self, model: &SessionModel) -> Vec<SessionScore> {
        let score = |(sequence, _): &(Box<[u32]>, u64)| {
            let mut score = model.score(sequence);
            score.parts.truncate(1);
            score.parts.shrink_to_fit();
            score
        };
        self.all.iter().map(score).collect()
    }
}

/// What sessions of a kind are compared with.
struct Known<'a> {
    model: SessionModel,
    /// What was learned of these logs before, if anything was.
    before: Option<&'a LearnedSessions>,
    /// That and what is in hand, where it says itself what is normal.
    own: Option<LearnedSessions>,
}

impl<'a> Known<'a> {
    fn of(learned: Option<&'a LearnedSessions>, stories: &Stories, course: Course) -> Known<'a> {
        let settings = SessionSettings { false_alarms: FALSE_ALARMS };
        let learned = learned.filter(|learned| learned.sessions() > 0);
        if let Some(normal) = learned.filter(|_| !course.is_own) {
            return Known { model: normal.model(&settings), before: None, own: None };
        }
        let mut own = stories.learned();
        learned.into_iter().for_each(|learned| own.absorb(learned));
        Known { model: own.model_unlabelled(&settings), before: learned, own: Some(own) }
    }

    /// How often what was learned before deviates.
    fn ways(&self) -> LearnedWays {
        let mut ways = LearnedWays { is_normal: self.own.is_none(), ..LearnedWays::default() };
        for held in self.before.into_iter().flat_map(LearnedSessions::sequences) {
            ways.sessions = ways.sessions.saturating_add(held.sessions);
            if let Some((kind, what)) = way(&self.model.score(&held.events)) {
                add(ways.ways.entry(Sameness::of(kind, &what)).or_default(), held.sessions);
                if let Some(event) = what.excess() {
                    add(ways.excesses.entry(event).or_default(), held.sessions);
                }
            }
        }
        ways
    }

    /// In which way each story deviates, if it does. Where others say what is normal, all that is flagged does, and
    /// nothing else. Where the stories say it themselves, the most ordinary of them do; so what is rare is new to these,
    /// and how it always comes is no deviation.
    fn of_stories(
        &self,
        stories: &Stories,
        scores: &[SessionScore],
        learned: &LearnedWays,
    ) -> Vec<Option<(&'static str, What)>> {
        let Some(own) = &self.own else {
            let flagged = |score: &SessionScore| Some(score).filter(|score| score.flagged).and_then(way);
            return scores.iter().map(flagged).collect();
        };
        let ways: Vec<_> = scores.iter().map(way).collect();
        let mut met = learned.excesses.clone();
        for (way, (_, sessions)) in ways.iter().zip(&stories.all) {
            if let Some(event) = way.as_ref().and_then(|(_, what)| what.excess()) {
                add(met.entry(event).or_default(), *sessions);
            }
        }
        let is_how_it_comes = |(_, what): &(&'static str, What)| {
            let event = what.excess();
            let with = event.and_then(|event| Some((met.get(&event)?, own.sessions_with(event)?)));
            with.is_some_and(|(met, with)| *met > with / 2)
        };
        ways.into_iter().map(|way| way.filter(|way| !is_how_it_comes(way))).collect()
    }
}

fn add(sum: &mut u64, sessions: u64) {
    *sum = sum.saturating_add(sessions);
}

/// What speaks most for a story being odd.
fn way(score: &SessionScore) -> Option<(&'static str, What)> {
    score.parts.first().map(|part| (part.kind, What::Fact(part.fact.clone())))
}

impl JudgedSessions {
    fn take(
        &mut self,
        key: &SessionKey,
        told: &Sequences,
        known: Option<&LearnedSessions>,
        judging: &Judging<'_>,
    ) {
        let (thinned, dropped) = told.sorted.book.left_out();
        let stories = Stories::of(told);
        let known = Known::of(known, &stories, judging.course);
        let scores = stories.scores(&known.model);
        let learned = known.ways();
        let ways = self.number(known.of_stories(&stories, &scores, &learned), &stories);
        self.learned.push(learned);
        let first = self.sessions.len() as u32;
        let models = judging.models.iter();
        let odd: Vec<OddSession> =
            models.flat_map(|wish| odd_sessions(wish, &stories.all, &stories.of_sessions, first)).collect();
        let mut pace = Pace::default();
        told.sorted.sessions().for_each(|(number, _)| pace.add(told.steps(number)));
        let limits = pace.limits();
        let mut kind =
            SessionKind { by: by(key), count: 0, flagged: 0, one_in: 1 << thinned.min(63), dropped };
        self.sessions.reserve_exact(stories.of_sessions.len());
        for ((number, session), story) in told.sorted.sessions().zip(&stories.of_sessions) {
            let Some(score) = scores.get(*story as usize) else { continue };
            kind.count += 1;
            kind.flagged += u64::from(score.flagged);
            let book = &told.sorted.book;
            let (way, nth) = ways.get(*story as usize).copied().flatten().unzip();
            let slow = limits.slow(told.steps(number)).map(|step| {
                let place = told.place_of(number, session, Some(step.nth));
                Box::new((step, place))
            });
            let judged = JudgedSession {
                kind: self.kinds.len() as u32,
                id: self.keep_id(book.id(number)),
                records: u64::from(told.sorted.records(number)),
                place: session.first,
                times: told.times(number),
                score: score.score,
                p_value: score.p_value,
                flagged: score.flagged,
                top: score.parts.first().map_or("", |part| part.kind),
                way,
                shown_by: told.place_of(number, session, nth.flatten()),
                slow,
                stream: self.stream_number(book.stream_name(session.stream)),
            };
            self.sessions.push(judged);
        }
        self.kinds.push(kind);
        for session in odd {
            let at = session.session.saturating_sub(first) as usize;
            let Some((number, begun)) = told.sorted.sessions().nth(at) else { continue };
            let story = stories.of_sessions.get(at).and_then(|story| stories.all.get(*story as usize));
            let nth = story.and_then(|(sequence, _)| What::Odd(session.fact).shows_at(sequence));
            self.odd.push((session, told.place_of(number, begun, nth)));
        }
    }

    fn keep_id(&mut self, id: &[u8]) -> (u32, u32) {
        let start = self.ids.len() as u32;
        self.ids.push_str(&String::from_utf8_lossy(id));
        (start, self.ids.len() as u32)
    }

    /// Keeps the ways of stories. Gives for each its number, and at which of its events it shows.
    fn number(
        &mut self,
        ways: Vec<Option<(&'static str, What)>>,
        stories: &Stories,
    ) -> Vec<Option<(u32, Option<usize>)>> {
        let mut keep = |way: (&'static str, What), sequence: &[u32]| {
            let nth = way.1.shows_at(sequence);
            self.ways.push(way);
            ((self.ways.len() - 1) as u32, nth)
        };
        let stories = ways.into_iter().zip(&stories.all);
        stories.map(|(way, (sequence, _))| way.map(|way| keep(way, sequence))).collect()
    }
}

/// What ties records together, for people.
pub(super) fn by(key: &SessionKey) -> String {
    let label = String::from_utf8_lossy(&key.label);
    match key.form {
        Form::Field | Form::Key => label.into_owned(),
        Form::Prefix => format!("{label}…"),
        Form::Uuid if label.is_empty() => "UUID".to_owned(),
        Form::Uuid => format!("{label}…"),
        Form::Hexadecimal => "hexadecimal number".to_owned(),
        Form::Decimal => "long number".to_owned(),
    }
}
