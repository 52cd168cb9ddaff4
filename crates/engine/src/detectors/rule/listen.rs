//! Records of one log in, which rules are about them out, at the speed of the reader.
//!
//! Messages that differ in the digits of their values only get one answer, which is kept. Nearly always it is that no
//! rule is concerned, and then a record costs one look into a small table. Where numbers, fields or the hour decide,
//! the rules that are concerned are asked about the record itself.

use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::condition::{Answer, Shape, has};
use super::hits::{Hit, HitKey, Hits};
use super::set::{Named, RuleSet, name_of};
use crate::records::batch::Needs;
use crate::records::record::{Record, StreamId};
use crate::templates::{SkeletonId, head_of};
use crate::windows::Place;

/// Answers kept at most, and at first.
const KEPT: usize = 1 << 14;
const AT_FIRST: usize = 1 << 6;
/// After so many records it is known whether a log has fields that are looked for.
const HEAD: u64 = 1 << 10;
/// As long as no time is known, 2^6 records pass for a second, as for cells.
const RECORDS_PER_SECOND: u32 = 6;
/// The longest text of a field that is read.
const LONGEST_FIELD: usize = 64 << 10;
/// Different answers at most; beyond, they are found anew each time.
const ANSWERS: usize = 1 << 16;

/// Says which rules are about the records of one log.
#[derive(Clone, Debug)]
pub struct Listener {
    rules: Arc<RuleSet>,
    kept: Vec<(u64, u32)>,
    taken: usize,
    answers: Interned<Vec<(u32, bool)>>,
    /// Of the answers with nothing left to ask their conditions, by the number of the answer.
    sure: Vec<Option<Arc<Held>>>,
    marks: Interned<Vec<u32>>,
    hits: Hits,
    streams: Vec<String>,
    records: u64,
    second: Option<i64>,
    /// Whether the log has fields that are looked for.
    has_fields: bool,
    desk: Desk,
}

/// The conditions that hold for a record.
#[derive(Debug, Default)]
struct Held {
    conditions: Vec<u32>,
    /// Their number among the marks of the log.
    mark: u32,
}

/// Memory that is used again for every record.
#[derive(Clone, Debug, Default)]
struct Desk {
    lower: Vec<u8>,
    plain: Vec<u8>,
    found: Vec<u64>,
    asked: Vec<u64>,
    matched: Vec<u32>,
    groups: Vec<u32>,
}

/// What was heard about a record.
#[derive(Clone, Copy, Debug, Default)]
pub struct Heard<'a> {
    /// Which rules, as a number among the marks of this log; 0 is none.
    pub mark: u32,
    /// For each of its conditions, whom it is counted apart by.
    pub groups: &'a [u32],
}

/// What was heard in a log.
#[derive(Clone, Debug, Default)]
pub struct HeardLog {
    pub(super) hits: Hits,
    /// The conditions of every mark.
    pub(super) marks: Vec<Vec<u32>>,
}

/// Things by number, each once. The first is nothing.
#[derive(Clone, Debug)]
struct Interned<T> {
    list: Vec<T>,
    places: HashMap<T, u32, FixedState>,
}

impl<T: Clone + Default + Eq + std::hash::Hash> Interned<T> {
    fn new() -> Interned<T> {
        let places = HashMap::from_iter([(T::default(), 0)]);
        Interned { list: vec![T::default()], places }
    }

    /// Its number, or none where there are too many.
    fn number(&mut self, thing: &T) -> Option<u32> {
        if let Some(known) = self.places.get(thing) {
            return Some(*known);
        }
        let number = self.list.len();
        if number >= ANSWERS {
            return None;
        }
        self.list.push(thing.clone());
        self.places.insert(thing.clone(), number as u32);
        Some(number as u32)
    }
}

impl Listener {
    /// Has heard nothing yet.
    pub fn new(rules: Arc<RuleSet>) -> Listener {
        Listener {
            rules,
            kept: vec![(0, u32::MAX); AT_FIRST],
            taken: 0,
            answers: Interned::new(),
            sure: Vec::new(),
            marks: Interned::new(),
            hits: Hits::default(),
            streams: Vec::new(),
            records: 0,
            second: None,
            has_fields: false,
            desk: Desk::default(),
        }
    }

    /// A stream was found.
    pub fn stream(&mut self, id: StreamId, name: &str) {
        let at = id.0 as usize;
        self.streams.resize(self.streams.len().max(at + 1), String::new());
        if let Some(known) = self.streams.get_mut(at) {
            name.clone_into(known);
        }
    }

    /// What is looked at from now on.
    pub fn needs(&self) -> Needs {
        let may = self.records < HEAD || self.has_fields;
        if may && !self.rules.is_empty() { Needs::Everything } else { Needs::Message }
    }

    /// Hears a record. `look` is equal for messages that differ in their digits only, `before` the lines and bytes
    /// that stand before the log.
    #[inline]
    pub fn hear(
        &mut self,
        record: &Record<'_>,
        skeleton: SkeletonId,
        look: u64,
        before: (u64, u64),
    ) -> Heard<'_> {
        self.records += 1;
        let fields =
            if self.records <= HEAD || self.has_fields { self.fields(record) } else { Named::default() };
        let text = head_of(record.message);
        let is_whole = text.len() == record.message.len() || record.message.trim_ascii().len() == text.len();
        if is_whole && !fields.is_text {
            let key = self.key(record, look, fields.bits);
            let answer = match self.kept.get(key as usize & (self.kept.len() - 1)) {
                Some((known, answer)) if *known == key && *answer != u32::MAX => *answer,
                _ => self.find(record, key, fields.bits),
            };
            if answer == 0 {
                return self.nothing(record);
            }
            if let Some(sure) = self.sure(answer) {
                return self.hear_closely(record, skeleton, &sure, before);
            }
        }
        let held = self.ask(record, fields.bits, true).into_iter().map(|(number, _)| number).collect();
        let held = self.held(held);
        self.hear_closely(record, skeleton, &held, before)
    }

    /// The conditions of an answer, where nothing is left to ask.
    #[inline]
    fn sure(&self, answer: u32) -> Option<Arc<Held>> {
        self.sure.get(answer as usize)?.clone()
    }

    fn held(&mut self, conditions: Vec<u32>) -> Held {
        let mark = self.marks.number(&conditions).unwrap_or(0);
        Held { conditions, mark }
    }

    /// Remembers what an answer says for sure. Answers are numbered as they come.
    fn note_sure(&mut self, number: u32, answer: &[(u32, bool)]) {
        if self.sure.len() <= number as usize {
            let is_sure = answer.iter().all(|(_, is_sure)| *is_sure);
            let held =
                is_sure.then(|| Arc::new(self.held(answer.iter().map(|(number, _)| *number).collect())));
            self.sure.resize(number as usize, None);
            self.sure.push(held);
        }
    }

    /// Time goes on although no rule is concerned.
    #[inline]
    fn nothing(&mut self, record: &Record<'_>) -> Heard<'_> {
        if let Some(time) = record.time {
            self.turn(time.seconds());
        }
        Heard::default()
    }

    fn turn(&mut self, second: i64) {
        if self.second.is_none() {
            self.hits.move_all(second);
        }
        self.second = Some(second);
    }

    #[inline]
    fn key(&self, record: &Record<'_>, look: u64, fields: u64) -> u64 {
        let level = record.level.map_or(0, |level| level as u64 + 1);
        let stream = if self.rules.minds_streams { u64::from(record.stream.0) + 1 } else { 0 };
        let mixed = (level << 56) ^ (stream << 24) ^ fields.rotate_left(17);
        look ^ mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    /// The fields that are looked for, and whether there is text in others.
    fn fields(&mut self, record: &Record<'_>) -> Named {
        let mut all = Named::default();
        for (name, value) in record.fields() {
            if let Some(named) = self.rules.fields.get(&name_of(name)) {
                all.bits |= named.bits;
                all.is_text |= named.is_text && !value.bytes.is_empty();
            }
        }
        self.has_fields |= all.bits != 0 || all.is_text;
        all
    }

    /// The answer for all messages of the look, which is kept.
    #[cold]
    #[inline(never)]
    fn find(&mut self, record: &Record<'_>, key: u64, fields: u64) -> u32 {
        let answer = self.ask(record, fields, false);
        let Some(number) = self.answers.number(&answer) else { return u32::MAX };
        self.note_sure(number, &answer);
        if self.taken * 2 > self.kept.len() && self.kept.len() < KEPT {
            let larger = self.kept.len() * 4;
            let before = std::mem::replace(&mut self.kept, vec![(0, u32::MAX); larger]);
            before.into_iter().filter(|(_, answer)| *answer != u32::MAX).for_each(|(key, answer)| {
                self.kept[key as usize & (larger - 1)] = (key, answer);
            });
        }
        let at = key as usize & (self.kept.len() - 1);
        self.taken += usize::from(self.kept[at].1 == u32::MAX);
        self.kept[at] = (key, number);
        number
    }

    /// The conditions that may hold, and whether they surely do. With `closely` they are asked about the record itself,
    /// and those that hold are given.
    fn ask(&mut self, record: &Record<'_>, fields: u64, closely: bool) -> Vec<(u32, bool)> {
        let rules = Arc::clone(&self.rules);
        let Desk { lower, plain, found, asked, matched, .. } = &mut self.desk;
        let texts = texts_of(&rules, record, closely);
        let bounds = lowered(&texts, lower);
        let lower: Vec<&[u8]> =
            bounds.iter().map(|(from, to)| lower.get(*from..*to).unwrap_or_default()).collect();
        listen(&rules, &lower, plain, found);
        candidates(&rules, found, fields, asked, matched);
        let stream = self.streams.get(record.stream.0 as usize).map_or("", String::as_str);
        let shape = Shape { found, lower: &lower, texts: &texts, level: record.level, stream, fields };
        let answered = matched.iter().filter_map(|number| {
            let condition = &rules.selectors.get(*number as usize)?.condition;
            match condition.of_shape(&shape) {
                Answer::No => None,
                Answer::Yes => Some((*number, true)),
                Answer::Perhaps if closely => condition.holds(record, &shape).then_some((*number, true)),
                Answer::Perhaps => Some((*number, false)),
            }
        });
        answered.collect()
    }

    /// A record that rules are concerned with.
    #[inline(never)]
    fn hear_closely(
        &mut self,
        record: &Record<'_>,
        skeleton: SkeletonId,
        held: &Held,
        before: (u64, u64),
    ) -> Heard<'_> {
        if let Some(time) = record.time {
            self.turn(time.seconds());
        }
        let second = self.second.unwrap_or((self.records >> RECORDS_PER_SECOND).cast_signed());
        let place =
            Place { log: 0, line: record.origin.line + before.0, offset: record.origin.offset + before.1 };
        self.desk.groups.clear();
        for number in &held.conditions {
            let Some(selector) = self.rules.selectors.get(*number as usize) else { continue };
            let group = selector.by.as_ref().map_or(0, |by| by.of_record(record));
            self.desk.groups.push(group);
            let key = HitKey { selector: *number, stream: record.stream.0, group, second, skeleton };
            self.hits.add(key, Hit { count: 1, first: place, last_line: place.line });
        }
        Heard { mark: held.mark, groups: if held.mark == 0 { &[] } else { &self.desk.groups } }
    }

    /// The log has ended.
    pub fn finish(self) -> HeardLog {
        HeardLog { hits: self.hits, marks: self.marks.list }
    }
}

/// What is read of a record: the message, and fields that hold more text.
fn texts_of<'a>(rules: &RuleSet, record: &Record<'a>, with_fields: bool) -> Vec<&'a [u8]> {
    let mut texts = vec![record.message];
    if with_fields {
        let more = record
            .fields()
            .filter(|(name, _)| rules.fields.get(&name_of(name)).is_some_and(|named| named.is_text));
        texts.extend(more.map(|(_, value)| value.bytes.get(..LONGEST_FIELD).unwrap_or(value.bytes)));
    }
    texts
}

/// The texts in lower case, one after the other; gives where each of them stands.
fn lowered(texts: &[&[u8]], into: &mut Vec<u8>) -> Vec<(usize, usize)> {
    into.clear();
    let each = texts.iter().map(|text| {
        let from = into.len();
        into.extend(text.iter().map(u8::to_ascii_lowercase));
        (from, into.len())
    });
    each.collect()
}

/// The stretches that are in the texts.
fn listen(rules: &RuleSet, texts: &[&[u8]], plain: &mut Vec<u8>, found: &mut Vec<u64>) {
    found.clear();
    found.resize(rules.stretches.div_ceil(64), 0);
    let Some(automaton) = &rules.automaton else { return };
    for text in texts {
        plain.clear();
        plain.extend(text.iter().map(|byte| if byte.is_ascii_digit() { b'0' } else { *byte }));
        for hit in automaton.find_overlapping_iter(&plain) {
            let number = hit.pattern().as_usize();
            if let Some(bits) = found.get_mut(number / 64) {
                *bits |= 1 << (number % 64);
            }
        }
    }
}

/// The conditions that are to be asked, each once, in their order.
fn candidates(rules: &RuleSet, found: &[u64], fields: u64, asked: &mut Vec<u64>, into: &mut Vec<u32>) {
    asked.clear();
    asked.resize(rules.selectors.len().div_ceil(64), 0);
    into.clear();
    let mut ask = |number: u32| {
        if !has(asked, number) {
            if let Some(bits) = asked.get_mut(number as usize / 64) {
                *bits |= 1 << (number % 64);
            }
            into.push(number);
        }
    };
    rules.always.iter().for_each(|number| ask(*number));
    for (at, bits) in found.iter().enumerate() {
        let mut bits = *bits;
        while bits != 0 {
            let stretch = at * 64 + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            rules.of_stretch.get(stretch).into_iter().flatten().for_each(|number| ask(*number));
        }
    }
    rules.of_fields.iter().filter(|(bits, _)| bits & fields != 0).for_each(|(_, number)| ask(*number));
    into.sort_unstable();
}
