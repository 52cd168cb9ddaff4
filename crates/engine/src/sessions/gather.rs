//! Records of one log in, its sessions out; and sessions of many logs in, those of all of them out.
//!
//! The first thousands of records are kept until it is known what ties them together; then they are gone through, and
//! from then on every record is asked for nothing but that kind of identifier. Where nothing ties records together,
//! nothing is asked any more. Logs that are too short to tell are kept whole and decided upon together.

use super::book::{Book, Told};
use super::cut::Bounds;
use super::extract::{Extractor, all_of};
use super::finder::{Finder, SAMPLE, SessionKey};
use super::head::Head;
use super::judged::Course;
use super::named;
use crate::records::batch::Needs;
use crate::records::record::{Record, StreamId};
use crate::templates::{SkeletonId, Templates};
use crate::windows::Place;

/// The share of the records of a short log that must name a session of a known kind.
const LEAST_TOLD: f64 = 0.3;

/// What sessions are gathered by, and within which bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatherSettings {
    /// A field, a key or the beginning of an identifier; nothing to find out.
    pub by: Option<String>,
    /// Kinds of identifier that are known already: where a log has one of them, it is taken.
    pub known: Vec<SessionKey>,
    /// Bytes that sessions may take.
    pub most: usize,
    /// Records came before the first that is seen.
    pub begun: bool,
}

impl Default for GatherSettings {
    fn default() -> GatherSettings {
        GatherSettings { by: None, known: Vec::new(), most: 24 << 20, begun: false }
    }
}

/// Gathers the sessions of one log while it is read.
#[derive(Clone, Debug)]
pub struct SessionGather {
    settings: GatherSettings,
    state: State,
    streams: Vec<Option<Box<str>>>,
    first: i64,
    last: i64,
}

#[derive(Clone, Debug)]
enum State {
    /// It is not known yet what ties records together.
    Head(Head),
    /// Boxed, since it is far larger than nothing.
    Follows(Box<Following>),
    /// Nothing does.
    Nothing,
}

#[derive(Clone, Debug)]
struct Following {
    key: SessionKey,
    extractor: Extractor,
    book: Book,
    /// Streams of the log by their places in the book.
    streams: Vec<u32>,
}

/// The sessions of many logs.
#[derive(Clone, Debug)]
pub struct GatheredSessions {
    settings: GatherSettings,
    books: Vec<(SessionKey, Book)>,
    /// Logs that were too short to tell.
    heads: Vec<ShortLog>,
    heads_records: usize,
    /// The last first record of those logs that had begun before.
    begun: Option<i64>,
    /// The last record of all logs.
    last: Option<i64>,
}

#[derive(Clone, Debug)]
struct ShortLog {
    number: u32,
    head: Head,
    streams: Vec<Option<Box<str>>>,
}

impl SessionGather {
    /// Gathers for one log.
    pub fn new(settings: GatherSettings) -> SessionGather {
        SessionGather {
            settings,
            state: State::Head(Head::default()),
            streams: Vec::new(),
            first: i64::MIN,
            last: i64::MIN,
        }
    }

    /// A stream was found. Its name stands for it in every output.
    pub fn stream(&mut self, id: StreamId, name: &str) {
        let at = id.0 as usize;
        if self.streams.len() <= at {
            self.streams.resize(at + 1, None);
        }
        if let Some(stream) = self.streams.get_mut(at) {
            *stream = Some(name.into());
        }
    }

    /// Takes a record. So many lines and bytes stand before the first that is read.
    #[inline]
    pub fn add(&mut self, record: &Record<'_>, skeleton: SkeletonId, before: (u64, u64)) {
        if matches!(self.state, State::Nothing) {
            return;
        }
        if let Some(time) = record.time {
            self.last = time.nanos().div_euclid(1_000_000);
            if self.first == i64::MIN {
                self.first = self.last;
            }
        }
        let (line, offset) = (record.origin.line + before.0, record.origin.offset + before.1);
        let place = Place { log: 0, line, offset };
        let (stream, at) = (record.stream.0, self.last);
        match &mut self.state {
            State::Follows(following) => {
                let stream = following.stream(stream, &self.streams);
                following.take(record, &Told { skeleton, stream, at, place });
            }
            State::Head(head) => {
                head.add(record, Told { skeleton, stream, at, place }, self.settings.by.as_deref());
            }
            State::Nothing => {}
        }
    }

    /// What is looked at from now on: where nothing ties records together, no more than everybody needs.
    pub fn needs(&self) -> Needs {
        match self.state {
            State::Nothing => Needs::Message,
            State::Head(_) | State::Follows(_) => Needs::Everything,
        }
    }

    /// Enough was seen to tell what ties records together.
    #[inline]
    pub fn wants_decision(&self) -> bool {
        matches!(&self.state, State::Head(head) if head.is_full())
    }

    /// Finds out what ties records together, given the templates so far.
    pub fn decide(&mut self, templates: &Templates) {
        let State::Head(head) = std::mem::replace(&mut self.state, State::Nothing) else { return };
        let Some(key) = decided(&[&head], &self.settings, templates) else { return };
        let mut following = Following::new(key, self.settings.most);
        following.go_through(&head, &self.streams);
        self.state = State::Follows(Box::new(following));
    }

    /// Hands out all that was gathered, and goes on with nothing, as in the middle of a log. Where it is not known yet what
    /// ties records together, nothing is handed out.
    pub fn turn(&mut self) -> Option<SessionGather> {
        let State::Follows(following) = &self.state else { return None };
        let next = SessionGather {
            settings: GatherSettings { begun: true, ..self.settings.clone() },
            state: State::Follows(Box::new(Following::new(following.key.clone(), self.settings.most))),
            streams: self.streams.clone(),
            first: i64::MIN,
            last: self.last,
        };
        Some(std::mem::replace(self, next))
    }

    /// Bytes that are held.
    pub fn bytes(&self) -> usize {
        match &self.state {
            State::Head(head) => head.bytes(),
            State::Follows(following) => following.book.bytes(),
            State::Nothing => 0,
        }
    }
}

impl Following {
    fn new(key: SessionKey, most: usize) -> Following {
        Following { extractor: Extractor::new(&key), book: Book::new(most), key, streams: Vec::new() }
    }

    fn go_through(&mut self, head: &Head, streams: &[Option<Box<str>>]) {
        head.each(|record, told| {
            let stream = self.stream(told.stream, streams);
            self.take(record, &Told { stream, ..told });
        });
    }

    #[inline]
    fn take<S: super::extract::Sighted>(&mut self, record: &S, told: &Told) {
        let book = &mut self.book;
        book.turn();
        self.extractor.each(record, &mut |id| book.add(id, told));
    }

    #[inline]
    fn stream(&mut self, number: u32, streams: &[Option<Box<str>>]) -> u32 {
        match self.streams.get(number as usize) {
            Some(known) if *known != u32::MAX => *known,
            _ => self.name_stream(number, streams),
        }
    }

    #[cold]
    fn name_stream(&mut self, number: u32, streams: &[Option<Box<str>>]) -> u32 {
        let at = number as usize;
        if self.streams.len() <= at {
            self.streams.resize(at + 1, u32::MAX);
        }
        let name = streams.get(at).and_then(Option::as_deref).unwrap_or_default();
        let known = self.book.stream(name);
        if let Some(stream) = self.streams.get_mut(at) {
            *stream = known;
        }
        known
    }
}

/// What ties the records of these logs together.
fn decided(heads: &[&Head], settings: &GatherSettings, templates: &Templates) -> Option<SessionKey> {
    if let Some(by) = &settings.by {
        return Some(named::key_of(heads, by));
    }
    if let Some(key) = known_key(heads, settings.known.iter()) {
        return Some(key);
    }
    let mut finder = Finder::default();
    let mut number = 0;
    for head in heads {
        head.each(|record, told| {
            let mut found = Vec::new();
            all_of(record, &mut found);
            let template = templates.of(told.skeleton).map_or(told.skeleton.0, |template| template.id.0);
            finder.add(number, &found, (template >> 32) as u32);
            number += 1;
        });
    }
    finder.decide()
}

/// The one of these kinds of identifier that most records name, if enough of them do.
fn known_key<'a>(heads: &[&Head], keys: impl Iterator<Item = &'a SessionKey>) -> Option<SessionKey> {
    let records: usize = heads.iter().map(|head| head.len()).sum();
    let share = |key: &SessionKey| named::told(heads, Extractor::new(key)) as f64 / records.max(1) as f64;
    let shares = keys.map(|key| (share(key), key)).filter(|(share, _)| *share >= LEAST_TOLD);
    let best = shares.max_by(|one, other| one.0.total_cmp(&other.0).then_with(|| other.1.cmp(one.1)));
    best.map(|(_, key)| key.clone())
}

impl GatheredSessions {
    /// Nothing yet.
    pub fn new(settings: GatherSettings) -> GatheredSessions {
        GatheredSessions {
            settings,
            books: Vec::new(),
            heads: Vec::new(),
            heads_records: 0,
            begun: None,
            last: None,
        }
    }

    /// Takes in the sessions of a log. Logs are numbered in the order of the plan and come in it.
    pub fn absorb(&mut self, log: SessionGather, number: u32) {
        let timed = |at: i64| Some(at).filter(|at| *at != i64::MIN);
        self.begun = self.begun.max(timed(log.first).filter(|_| log.settings.begun));
        self.last = self.last.max(timed(log.last));
        match log.state {
            State::Nothing => {}
            State::Follows(following) => self.absorb_book(following.key, following.book, number),
            State::Head(head) => {
                self.heads_records += head.len();
                self.heads.push(ShortLog { number, head, streams: log.streams });
            }
        }
    }

    fn absorb_book(&mut self, key: SessionKey, book: Book, number: u32) {
        let at = self.books.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
            self.books.push((key, Book::new(self.settings.most)));
            self.books.len() - 1
        });
        if let Some((_, known)) = self.books.get_mut(at) {
            known.absorb(book, number);
        }
    }

    /// Bytes that are held.
    pub fn bytes(&self) -> usize {
        let books = self.books.iter().map(|(_, book)| book.bytes());
        let heads = self.heads.iter().map(|log| log.head.bytes());
        books.chain(heads).sum()
    }

    /// So many short logs were taken in that something can be said about them.
    pub fn wants_decision(&self) -> bool {
        self.heads_records >= SAMPLE
            || self.heads.iter().map(|log| log.head.bytes()).sum::<usize>() > Head::MOST
    }

    /// Decides upon the short logs, given the templates so far.
    pub fn decide(&mut self, templates: &Templates) {
        let logs = std::mem::take(&mut self.heads);
        self.heads_records = 0;
        let heads: Vec<&Head> = logs.iter().map(|log| &log.head).collect();
        let found = decided(&heads, &self.settings, templates);
        for log in &logs {
            let key =
                found.clone().or_else(|| known_key(&[&log.head], self.books.iter().map(|(key, _)| key)));
            let Some(key) = key else { continue };
            let mut following = Following::new(key, self.settings.most);
            following.go_through(&log.head, &log.streams);
            self.absorb_book(following.key, following.book, log.number);
        }
    }

    /// What is known of the beginning and of the end, where more may come.
    pub(super) fn bounds(&self, course: &Course) -> Bounds {
        let now = course.goes_on.map(|quiet| self.last.map_or(i64::MIN, |last| last.saturating_add(quiet)));
        Bounds { begun: self.begun, now }
    }

    /// All logs were taken in.
    pub(super) fn into_books(mut self, templates: &Templates) -> Vec<(SessionKey, Book)> {
        if !self.heads.is_empty() {
            self.decide(templates);
        }
        self.books
    }
}
