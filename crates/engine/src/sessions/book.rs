//! Records with the identifiers they name in, sessions out: what happened to each of them, in order.
//!
//! Steps are appended to one list as they come and sorted by session at the end, so a step costs the look-up of its
//! session and twenty-four bytes, and no session has memory of its own. Books of several logs become one: sessions of one
//! name are joined, and their steps put into the order of time.
//!
//! A long identifier means the same everywhere. A short one (a process, a thread) means something only within its
//! stream, and not for ever: after an hour of silence it is given to somebody else.
//!
//! When memory is used up, half of the sessions are put out, by the hash of their names: what is left is a fair
//! sample of the whole log, and the same sample whoever counted first.

mod name;
mod sorted;
mod step;

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::numbering::Numbering;
use crate::templates::SkeletonId;
use crate::windows::Place;
use name::Name;
pub(super) use sorted::Sorted;
use step::Step;

/// Digits from which on an identifier is the only one of its name.
const LASTING_DIGITS: usize = 8;
/// Letters from which on a hexadecimal number is.
const LASTING_LENGTH: usize = 12;
/// Milliseconds of silence after which a short identifier means somebody else.
const FORGOTTEN: i64 = 3_600_000;
/// Steps in one piece of the list.
const PIECE: usize = 1 << 15;
/// Sessions after which is asked again whether there is memory for more.
const ASKED: usize = 4096;
/// Names that are found without a search, at first and at most; powers of two.
const NEAR_AT_FIRST: usize = 1 << 8;
const NEAR: usize = 1 << 13;
/// The scope of an identifier that means the same everywhere.
const NOWHERE: u64 = 0;
/// The new number of a session that was put out.
const GONE: u32 = u32::MAX;

/// A name, and the session that goes on under it. A step must know no more than that, and short names are given to one
/// session after the other, so there are far fewer of these than of sessions, and they are near at hand.
#[derive(Clone, Copy, Debug)]
struct Live {
    hash: u64,
    last: i64,
    id: Name,
    session: u32,
}

/// A session, without its steps.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) stream: u32,
    /// The place of its name.
    name: u32,
    pub(super) first: Place,
    begin: i64,
}

/// A record, as far as sessions care.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) skeleton: SkeletonId,
    /// The stream, by its place among those of the book.
    pub(super) stream: u32,
    /// Milliseconds since 1970, of the record before where it has no time.
    pub(super) at: i64,
    pub(super) place: Place,
}

/// A stream of a book.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stream {
    name: Box<str>,
    hash: u64,
}

/// The sessions of one kind of identifier.
#[derive(Clone, Debug)]
pub(super) struct Book {
    most: usize,
    /// Of the sessions those are kept whose hashes begin with so many zeros.
    thinned: u32,
    /// Records of sessions that were put out.
    dropped: u64,
    streams: Vec<Stream>,
    sessions: Vec<Session>,
    /// Their names, each once.
    live: Vec<Live>,
    /// The sessions of the record at hand.
    told: Vec<u32>,
    ids: Vec<u8>,
    /// Bytes of the names of all sessions, where each has one of its own.
    named: usize,
    /// The places of names.
    table: HashTable<u32>,
    /// Names that were met lately, with their hashes: of very many only a few go on at a time, and those are near at
    /// hand, while the table is far away in memory.
    near: Vec<(u64, u32)>,
    steps: Vec<Vec<Step>>,
    events: Numbering,
    /// More is held than may be.
    is_over: bool,
}

impl Book {
    /// An empty one that takes so many bytes.
    pub(super) fn new(most: usize) -> Book {
        Book {
            most,
            thinned: 0,
            dropped: 0,
            streams: Vec::new(),
            sessions: Vec::new(),
            live: Vec::new(),
            told: Vec::new(),
            ids: Vec::new(),
            named: 0,
            table: HashTable::new(),
            near: vec![(0, GONE); NEAR_AT_FIRST],
            steps: Vec::new(),
            events: Numbering::default(),
            is_over: false,
        }
    }

    /// The number of a stream.
    pub(super) fn stream(&mut self, name: &str) -> u32 {
        let hash = hash(name.as_bytes());
        let known = self.streams.iter().position(|stream| stream.hash == hash && &*stream.name == name);
        let at = known.unwrap_or_else(|| {
            self.streams.push(Stream { name: name.into(), hash });
            self.streams.len() - 1
        });
        at as u32
    }

    pub(super) fn stream_name(&self, number: u32) -> &str {
        self.streams.get(number as usize).map_or("", |stream| &stream.name)
    }

    /// Another record begins.
    #[inline]
    pub(super) fn turn(&mut self) {
        self.told.clear();
        if self.is_over {
            self.make_room();
        }
    }

    /// The record at hand belongs to that session.
    #[inline]
    pub(super) fn add(&mut self, id: &[u8], told: &Told) {
        let scope = if is_lasting(id) { NOWHERE } else { self.scope_of(told.stream) };
        let hash = hash_of(id, scope);
        if self.is_out(hash) {
            self.dropped += 1;
            return;
        }
        let name = self.name(hash, scope, id, told);
        let event = self.events.of(told.skeleton);
        let Some(live) = self.live.get_mut(name as usize) else { return };
        let session = live.session;
        // A record may name a session twice.
        if self.told.contains(&session) {
            return;
        }
        self.told.push(session);
        live.last = live.last.max(told.at);
        self.push(Step::of(session, event, told.at, told.place));
    }

    fn scope_of(&self, stream: u32) -> u64 {
        self.streams.get(stream as usize).map_or(1, |stream| stream.hash | 1)
    }

    #[inline]
    fn is_out(&self, hash: u64) -> bool {
        hash.leading_zeros() < self.thinned
    }

    /// The place of a name, under which a session goes on: another one where the one before is long over.
    #[inline]
    fn name(&mut self, hash: u64, scope: u64, id: &[u8], told: &Told) -> u32 {
        let Some(name) = self.find_near(hash, id) else { return self.begin(hash, id, told) };
        let last = self.live.get(name as usize).map_or(0, |live| live.last);
        if scope != NOWHERE && told.at.saturating_sub(last) > FORGOTTEN {
            self.begin_again(name, id, told);
        }
        name
    }

    #[inline]
    fn find_near(&mut self, hash: u64, id: &[u8]) -> Option<u32> {
        let known = self.near.get(self.near_at(hash)).filter(|(known, _)| *known == hash);
        if let Some((_, number)) = known
            && self.live.get(*number as usize).is_some_and(|live| live.id.of(&self.ids) == id)
        {
            return Some(*number);
        }
        let found = self.find(hash, id)?;
        self.bring_near(hash, found);
        Some(found)
    }

    fn bring_near(&mut self, hash: u64, name: u32) {
        if self.live.len() > self.near.len() && self.near.len() < NEAR {
            self.near = vec![(0, GONE); self.near.len() * 2];
        }
        let at = self.near_at(hash);
        if let Some(near) = self.near.get_mut(at) {
            *near = (hash, name);
        }
    }

    #[inline]
    fn near_at(&self, hash: u64) -> usize {
        hash as usize & (self.near.len() - 1)
    }

    /// The place of a name. The scope is part of the hash, and no two scopes of one name have the same.
    #[inline]
    fn find(&self, hash: u64, id: &[u8]) -> Option<u32> {
        let is_it = |name: &u32| {
            let live = self.live.get(*name as usize);
            live.is_some_and(|live| live.hash == hash && live.id.of(&self.ids) == id)
        };
        self.table.find(spread(hash), is_it).copied()
    }

    /// A session begins, under a name that was not met before.
    fn begin(&mut self, hash: u64, id: &[u8], told: &Told) -> u32 {
        let name = self.add_name(hash, id);
        self.bring_near(hash, name);
        self.begin_again(name, id, told);
        name
    }

    /// A session begins, under that name.
    fn begin_again(&mut self, name: u32, id: &[u8], told: &Told) {
        self.named += Name::room(id);
        self.is_over |= self.sessions.len().is_multiple_of(ASKED) && self.bytes() > self.most;
        let session = Session { stream: told.stream, name, first: told.place, begin: told.at };
        self.keep(session, told.at);
    }

    /// How the session is called in the log.
    pub(super) fn id(&self, number: u32) -> &[u8] {
        let live =
            self.sessions.get(number as usize).and_then(|session| self.live.get(session.name as usize));
        live.map_or(&[], |live| live.id.of(&self.ids))
    }

    #[inline]
    fn push(&mut self, step: Step) {
        match self.steps.last_mut() {
            Some(piece) if piece.len() < PIECE => piece.push(step),
            last => {
                // A log with more than one piece is long; a short one takes no more than it needs.
                let mut piece = Vec::with_capacity(if last.is_some() { PIECE } else { 0 });
                piece.push(step);
                self.steps.push(piece);
                self.is_over |= self.bytes() > self.most;
            }
        }
    }

    /// Bytes that are held, and more where sessions share their names.
    pub(super) fn bytes(&self) -> usize {
        self.steps.len() * PIECE * size_of::<Step>()
            + self.sessions.len() * (size_of::<Session>() + size_of::<Live>() + 2 * size_of::<u32>())
            + self.named
            + self.events.bytes()
    }

    /// Puts out as many sessions as must be.
    #[cold]
    fn make_room(&mut self) {
        // The last piece is the one that is being filled.
        let spare = PIECE * size_of::<Step>();
        while self.bytes() > self.most + spare && self.thinned < u64::BITS {
            self.thin(self.thinned + 1);
        }
        self.is_over = false;
    }

    /// Puts out the sessions whose hashes do not begin with so many zeros.
    fn thin(&mut self, zeros: u32) {
        if zeros <= self.thinned {
            return;
        }
        self.thinned = zeros;
        self.near.fill((0, GONE));
        let names = self.thin_names();
        let mut numbers = vec![GONE; self.sessions.len()];
        let mut left = 0;
        self.named = 0;
        for (at, number) in numbers.iter_mut().enumerate() {
            let name = names[self.sessions[at].name as usize];
            if name == GONE {
                continue;
            }
            self.sessions.swap(left, at);
            self.sessions[left].name = name;
            *number = left as u32;
            left += 1;
            self.named += self.live[name as usize].id.room_taken();
        }
        self.sessions.truncate(left);
        self.live.iter_mut().for_each(|live| live.session = numbers[live.session as usize]);
        self.renumber_steps(&numbers);
    }

    /// Puts out the names whose hashes do not begin with so many zeros. Gives the new places of all.
    fn thin_names(&mut self) -> Vec<u32> {
        let mut names = vec![GONE; self.live.len()];
        let (all, all_ids) = (std::mem::take(&mut self.live), std::mem::take(&mut self.ids));
        self.table.clear();
        for (live, name) in all.iter().zip(&mut names) {
            if self.is_out(live.hash) {
                continue;
            }
            *name = self.add_name(live.hash, live.id.of(&all_ids));
            let known = &mut self.live[*name as usize];
            (known.last, known.session) = (live.last, live.session);
        }
        names
    }

    /// Gives steps the new numbers of their sessions and puts those out that have none, without any new memory.
    fn renumber_steps(&mut self, numbers: &[u32]) {
        let mut left = 0;
        for piece in 0..self.steps.len() {
            for at in 0..self.steps[piece].len() {
                let mut step = self.steps[piece][at];
                step.session = numbers.get(step.session as usize).copied().unwrap_or(GONE);
                if step.session != GONE {
                    // All pieces but the last are full, and what is kept stands no further behind.
                    self.steps[left / PIECE][left % PIECE] = step;
                    left += 1;
                } else {
                    self.dropped += 1;
                }
            }
        }
        self.steps.truncate(left.div_ceil(PIECE));
        if let Some(last) = self.steps.last_mut() {
            last.truncate(left - (left - 1) / PIECE * PIECE);
        }
    }

    /// Adds a session, which goes on under its name. Its last record was then.
    fn keep(&mut self, session: Session, last: i64) -> u32 {
        let number = self.sessions.len() as u32;
        if let Some(live) = self.live.get_mut(session.name as usize) {
            (live.session, live.last) = (number, last);
        }
        self.sessions.push(session);
        number
    }

    /// Adds a name, under which no session goes on yet.
    fn add_name(&mut self, hash: u64, id: &[u8]) -> u32 {
        let name = self.live.len() as u32;
        let id = Name::keep(id, &mut self.ids);
        self.live.push(Live { hash, last: i64::MIN, id, session: GONE });
        let all = &self.live;
        let rehash = |name: &u32| all.get(*name as usize).map_or(0, |live| spread(live.hash));
        self.table.insert_unique(spread(hash), name, rehash);
        name
    }

    /// Adds steps of another book, that of a log, whose sessions and events have other numbers here.
    fn take_steps(&mut self, steps: Vec<Step>, log: u32, sessions: &[u32], events: &[u32]) {
        for mut step in steps {
            let session = sessions.get(step.session as usize).copied();
            let event = events.get(step.event as usize).copied();
            if let (Some(session), Some(event)) = (session, event) {
                (step.session, step.event) = (session, event);
                self.push(step.in_log(log));
            }
        }
    }

    /// Takes in the sessions of another log, which comes after all that were taken in before.
    pub(super) fn absorb(&mut self, mut other: Book, log: u32) {
        let zeros = self.thinned.max(other.thinned);
        self.thin(zeros);
        other.thin(zeros);
        other.dropped += self.dropped;
        if self.sessions.is_empty() && self.streams.is_empty() {
            other.move_to(log);
            *self = Book { most: self.most, is_over: false, ..other };
        } else {
            self.add_all(other, log);
        }
        self.is_over |= self.bytes() > self.most;
        if self.is_over {
            self.make_room();
        }
    }

    /// Everything stands in that log.
    fn move_to(&mut self, log: u32) {
        self.sessions.iter_mut().for_each(|session| session.first.log = log);
        // What is read stands in the first log.
        if log != 0 {
            self.steps.iter_mut().flatten().for_each(|step| *step = step.in_log(log));
        }
    }

    fn add_all(&mut self, mut other: Book, log: u32) {
        self.dropped = other.dropped;
        let streams: Vec<u32> = other.streams.iter().map(|stream| self.stream(&stream.name)).collect();
        let events: Vec<u32> =
            other.events.skeletons().iter().map(|skeleton| self.events.of(*skeleton)).collect();
        let mut numbers = Vec::with_capacity(other.sessions.len());
        for (session, last) in other.sessions.iter().zip(other.lasts()) {
            let Some(live) = other.live.get(session.name as usize) else { continue };
            let mut session = session.clone();
            session.stream = streams.get(session.stream as usize).copied().unwrap_or(0);
            session.first.log = log;
            numbers.push(self.join(session, last, live.hash, live.id.of(&other.ids)));
        }
        for piece in std::mem::take(&mut other.steps) {
            self.take_steps(piece, log, &numbers, &events);
        }
    }

    /// When the last record of each session was.
    fn lasts(&self) -> Vec<i64> {
        let mut lasts: Vec<i64> = self.sessions.iter().map(|session| session.begin).collect();
        for step in self.steps.iter().flatten() {
            if let Some(last) = lasts.get_mut(step.session as usize) {
                *last = step.at().max(*last);
            }
        }
        lasts
    }

    /// The number of a session of another log here.
    fn join(&mut self, session: Session, last: i64, hash: u64, id: &[u8]) -> u32 {
        let found = self.find(hash, id);
        if let Some(name) = found
            && let Some(live) = self.live.get_mut(name as usize)
            && let Some(known) = self.sessions.get_mut(live.session as usize)
            && (is_lasting(id) || session.begin.saturating_sub(live.last) <= FORGOTTEN)
        {
            known.first = known.first.min(session.first);
            known.begin = known.begin.min(session.begin);
            live.last = live.last.max(last);
            return live.session;
        }
        self.named += Name::room(id);
        let name = found.unwrap_or_else(|| self.add_name(hash, id));
        self.keep(Session { name, ..session }, last)
    }

    /// What could not be kept: one session in two to so many is left, and records of others.
    pub(super) fn left_out(&self) -> (u32, u64) {
        (self.thinned, self.dropped)
    }

    /// The skeletons, by the numbers of their events.
    pub(super) fn skeletons(&self) -> &[SkeletonId] {
        self.events.skeletons()
    }
}

/// Whether an identifier means the same in every stream and for ever.
#[inline]
fn is_lasting(id: &[u8]) -> bool {
    let digits = id.iter().filter(|byte| byte.is_ascii_digit()).count();
    let is_hexadecimal = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b'-' | b'x');
    digits >= LASTING_DIGITS || id.len() >= LASTING_LENGTH && id.iter().all(is_hexadecimal)
}

#[inline]
fn hash(bytes: &[u8]) -> u64 {
    FixedState::with_seed(11).hash_one(bytes)
}

/// A hash for the table, which tells sessions apart by the highest bits. Of the sessions that are left when others
/// were put out these are all the same.
#[inline]
fn spread(hash: u64) -> u64 {
    hash.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[inline]
fn hash_of(id: &[u8], scope: u64) -> u64 {
    crate::sketches::mix(hash(id) ^ scope)
}
