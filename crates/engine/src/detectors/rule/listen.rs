//! Records of one log in, which rules are about them out, at the speed of the reader.
//!
//! Messages that differ in the digits of their values only get one answer, which is kept. Nearly always it is that no
//! rule is concerned, and then a record costs one look into a small table. Where numbers, fields or the hour decide,
//! the rules that are concerned are asked about the record itself.

use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::condition::{Answer, Places, Shape, has};
use super::hits::{Counted, Hit, Hits, Sets, What};
use super::left::Left;
use super::set::{Named, RuleSet, name_of};
use super::values::{AddressPlace, By, name_of_address};
use crate::records::batch::Needs;
use crate::records::record::{Record, StreamId};
use crate::templates::{Look, SkeletonId};
use crate::windows::Place;

/// Answers kept at most, and at first.
const KEPT: usize = 1 << 14;
const AT_FIRST: usize = 1 << 6;
/// After so many records it is known whether a log has fields that are looked for.
const HEAD: u64 = 1 << 10;
/// From so many texts on that were listened to, a faster automaton is worth its memory.
const MANY: u64 = 1 << 13;
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
    kept: Vec<Kept>,
    taken: usize,
    answers: Interned<Answered>,
    /// What follows from every answer, by its number.
    follows: Vec<Follows>,
    /// Lists of conditions that hold, and what becomes of them, by the same number.
    marks: Interned<Vec<u32>>,
    held: Vec<Held>,
    /// What holds for the record at hand, where there are too many to keep them all.
    unkept: Held,
    sets: Sets,
    hits: Hits,
    streams: Vec<String>,
    records: u64,
    /// How many texts were listened to.
    asked: u64,
    second: Option<i64>,
    /// Whether the log has fields that are looked for, and some that records are counted apart by.
    has_fields: bool,
    has_groups: bool,
    desk: Desk,
}

/// An answer for messages of a look, and where they have an address.
#[derive(Clone, Copy, Debug)]
struct Kept {
    key: u64,
    answer: u32,
    address: AddressPlace,
}

impl Kept {
    const NOTHING: Kept = Kept { key: 0, answer: u32::MAX, address: AddressPlace::UNKNOWN };

    #[inline]
    fn is_taken(&self) -> bool {
        self.answer != u32::MAX
    }
}

/// What can be said of all messages of a look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Answered {
    /// The conditions that may hold, and whether they surely do.
    conditions: Vec<(u32, bool)>,
    /// Where one is open, the stretches that are in the text, and the fields.
    found: Vec<u32>,
    fields: u64,
}

/// What follows from an answer.
#[derive(Clone, Debug)]
enum Follows {
    /// Nothing is left to ask: that holds.
    Sure(u32),
    /// This is to be asked about each record, for each of the conditions; and whether that reads its text in lower case.
    Ask(Box<[Left]>, bool),
}

/// Conditions that hold together, and how they are counted.
#[derive(Clone, Debug, Default)]
struct Held {
    /// Their number among the marks of the log.
    mark: u32,
    /// What they are counted apart by, each once, and for each condition its place there.
    by: Vec<By>,
    places: Vec<Option<u32>>,
    /// Sets of conditions, and what each is counted apart by.
    sets: Vec<(u32, Option<u32>)>,
}

/// Memory that is used again for every record.
#[derive(Clone, Debug, Default)]
struct Desk {
    lower: Vec<u8>,
    plain: Vec<u8>,
    found: Vec<u64>,
    asked: Vec<u64>,
    matched: Vec<u32>,
    /// Where the fields of the record at hand stand that are looked for.
    places: Places,
    holding: Vec<u32>,
    /// Whom a record is counted apart by: for each way to do so, and for each condition.
    apart: Vec<u32>,
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
    /// The sets that hits are counted by.
    pub(super) sets: Sets,
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
            kept: vec![Kept::NOTHING; AT_FIRST],
            taken: 0,
            answers: Interned::new(),
            follows: Vec::new(),
            marks: Interned::new(),
            held: vec![Held::default()],
            unkept: Held::default(),
            sets: Sets::default(),
            hits: Hits::default(),
            streams: Vec::new(),
            records: 0,
            asked: 0,
            second: None,
            has_fields: false,
            has_groups: false,
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
        let may = self.records < HEAD || self.has_fields || self.has_groups;
        if may && !self.rules.is_empty() { Needs::Everything } else { Needs::Message }
    }

    /// Hears a record. `look` is equal for messages that differ in their digits only, `before` the lines and bytes
    /// that stand before the log.
    #[inline]
    pub fn hear(
        &mut self,
        record: &Record<'_>,
        skeleton: SkeletonId,
        look: Look,
        before: (u64, u64),
    ) -> Heard<'_> {
        self.records += 1;
        let fields =
            if self.records <= HEAD || self.has_fields { self.fields(record) } else { Named::default() };
        if look.is_whole && !fields.is_text {
            let key = self.key(record, look.key, fields.bits);
            if let Some(place) = self.known(key).or_else(|| self.find(record, key, fields.bits)) {
                let answer = self.kept.get(place).map_or(0, |kept| kept.answer);
                if answer == 0 {
                    return self.nothing(record);
                }
                let held = match self.follows.get(answer as usize) {
                    Some(Follows::Sure(sure)) => *sure,
                    _ => self.ask_again(record, answer, fields.bits),
                };
                return self.hear_closely(record, skeleton, held, Some(place), before);
            }
        }
        let held = self.ask(record, fields.bits, true).into_iter().map(|(number, _)| number).collect();
        let held = self.held(&held);
        self.hear_closely(record, skeleton, held, None, before)
    }

    /// The number of a list of conditions. Where there are too many, it is that of the list at hand.
    fn held(&mut self, conditions: &Vec<u32>) -> u32 {
        match self.marks.number(conditions) {
            Some(known) if (known as usize) < self.held.len() => known,
            Some(mark) => {
                let held = Held::of(conditions, mark, &self.rules, &mut self.sets);
                self.held.push(held);
                mark
            }
            None => {
                self.unkept = Held::of(conditions, 0, &self.rules, &mut self.sets);
                u32::MAX
            }
        }
    }

    /// Remembers what follows from an answer. Answers are numbered as they come.
    fn note(&mut self, number: u32, answer: &Answered) {
        // The first answer is that nothing holds.
        if self.follows.is_empty() {
            self.follows.push(Follows::Sure(0));
        }
        if self.follows.len() <= number as usize {
            let is_sure = answer.conditions.iter().all(|(_, is_sure)| *is_sure);
            let conditions = answer.conditions.iter().map(|(number, _)| *number).collect();
            let held = is_sure.then(|| self.held(&conditions)).filter(|held| *held != u32::MAX);
            self.follows.push(held.map_or_else(|| self.left(answer), Follows::Sure));
        }
    }

    /// What is left to ask of the conditions of an answer.
    fn left(&self, answer: &Answered) -> Follows {
        let mut reads = false;
        let left = answer.conditions.iter().map(|(number, _)| {
            let selector = self.rules.selectors.get(*number as usize);
            let left =
                selector.and_then(|selector| Left::of(&selector.condition, &self.desk.found, answer.fields));
            let left = left.unwrap_or(Left::Whole);
            reads |= selector.is_some_and(|selector| left.reads(&selector.condition));
            left
        });
        Follows::Ask(left.collect(), reads)
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
        for ((name, value), at) in record.fields().zip(0..) {
            if let Some(named) = self.rules.fields.get(&name_of(name)) {
                self.desk.places.note(named.bits, at);
                all.bits |= named.bits;
                all.is_text |= named.is_text && !value.bytes.is_empty();
            }
            if self.records <= HEAD && !self.has_groups {
                self.has_groups = self.rules.by.iter().any(|by| by.is_of_field(name));
            }
        }
        self.has_fields |= all.bits != 0 || all.is_text;
        all
    }

    /// Finds the answer for all messages of the look. Gives the place where it is kept, or none where it cannot be.
    #[cold]
    #[inline(never)]
    fn find(&mut self, record: &Record<'_>, key: u64, fields: u64) -> Option<usize> {
        let conditions = self.ask(record, fields, false);
        let is_open = conditions.iter().any(|(_, is_sure)| !is_sure);
        let found = if is_open { bits_of(&self.desk.found) } else { Vec::new() };
        let answer = Answered { conditions, found, fields: if is_open { fields } else { 0 } };
        let number = self.answers.number(&answer)?;
        self.note(number, &answer);
        if self.taken * 4 > self.kept.len() && self.kept.len() < KEPT {
            let larger = self.kept.len() * 4;
            let before = std::mem::replace(&mut self.kept, vec![Kept::NOTHING; larger]);
            self.taken = 0;
            for kept in before.into_iter().filter(Kept::is_taken) {
                self.keep(kept);
            }
        }
        Some(self.keep(Kept { key, answer: number, address: AddressPlace::UNKNOWN }))
    }

    /// Where the answer to a key is, if it is kept: at its place or at the one beside it.
    #[inline]
    fn known(&self, key: u64) -> Option<usize> {
        let at = self.place(key);
        let is_it = |at: &usize| self.kept.get(*at).is_some_and(|kept| kept.key == key && kept.is_taken());
        Some(at).filter(is_it).or(Some(at ^ 1).filter(is_it))
    }

    #[inline]
    fn place(&self, key: u64) -> usize {
        key as usize & (self.kept.len() - 1)
    }

    /// Keeps an answer at its place, which it gives. What was there goes to the place beside.
    fn keep(&mut self, one: Kept) -> usize {
        let at = self.place(one.key);
        let Some(before) = self.kept.get_mut(at).map(|place| std::mem::replace(place, one)) else {
            return at;
        };
        self.taken += usize::from(!before.is_taken());
        if let Some(beside) = self.kept.get_mut(at ^ 1).filter(|_| before.is_taken()) {
            self.taken += usize::from(!beside.is_taken());
            *beside = before;
        }
        at
    }

    /// The conditions that may hold, and whether they surely do. With `closely` they are asked about the record itself,
    /// and those that hold are given.
    fn ask(&mut self, record: &Record<'_>, fields: u64, closely: bool) -> Vec<(u32, bool)> {
        let rules = Arc::clone(&self.rules);
        let Desk { lower, plain, found, asked, matched, places, .. } = &mut self.desk;
        let texts = texts_of(&rules, record, closely);
        let bounds = lowered(&texts, lower);
        let lower: Vec<&[u8]> =
            bounds.iter().map(|(from, to)| lower.get(*from..*to).unwrap_or_default()).collect();
        self.asked += 1;
        listen(&rules, &lower, plain, found, self.asked >= MANY);
        candidates(&rules, found, fields, asked, matched);
        let stream = self.streams.get(record.stream.0 as usize).map_or("", String::as_str);
        let shape =
            Shape { found, lower: &lower, texts: &texts, level: record.level, stream, fields, places };
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

    /// Asks a record what its look has left open; gives the number of what holds.
    #[inline(never)]
    fn ask_again(&mut self, record: &Record<'_>, answer: u32, fields: u64) -> u32 {
        let rules = Arc::clone(&self.rules);
        let Some(Answered { conditions, found: stretches, .. }) = self.answers.list.get(answer as usize)
        else {
            return 0;
        };
        let Some(Follows::Ask(left, reads)) = self.follows.get(answer as usize) else { return 0 };
        let Desk { lower, found, places, holding, .. } = &mut self.desk;
        let texts = [record.message];
        lower.clear();
        if *reads {
            lower.extend(record.message.iter().map(u8::to_ascii_lowercase));
        }
        found.clear();
        found.resize(rules.stretches.len().div_ceil(64), 0);
        stretches.iter().for_each(|stretch| set_bit(found, *stretch));
        let stream = self.streams.get(record.stream.0 as usize).map_or("", String::as_str);
        let lower = [lower.as_slice()];
        let shape =
            Shape { found, lower: &lower, texts: &texts, level: record.level, stream, fields, places };
        let holds = |(number, is_sure): &(u32, bool), left: &Left| {
            let selector = rules.selectors.get(*number as usize);
            *is_sure || selector.is_some_and(|selector| left.holds(&selector.condition, record, &shape))
        };
        let each = conditions.iter().zip(left);
        holding.clear();
        holding.extend(each.filter(|(one, left)| holds(one, left)).map(|((number, _), _)| *number));
        if holding.is_empty() {
            return 0;
        }
        let holding = std::mem::take(holding);
        let held = self.held(&holding);
        self.desk.holding = holding;
        held
    }

    /// A record that rules are concerned with, and where the answer for its look is kept.
    #[inline(never)]
    fn hear_closely(
        &mut self,
        record: &Record<'_>,
        skeleton: SkeletonId,
        held: u32,
        kept: Option<usize>,
        before: (u64, u64),
    ) -> Heard<'_> {
        if let Some(time) = record.time {
            self.turn(time.seconds());
        }
        let second = self.second.unwrap_or((self.records >> RECORDS_PER_SECOND).cast_signed());
        let place =
            Place { log: 0, line: record.origin.line + before.0, offset: record.origin.offset + before.1 };
        let held = self.held.get(held as usize).unwrap_or(&self.unkept);
        let Desk { apart, groups, .. } = &mut self.desk;
        let mut address = kept.and_then(|at| self.kept.get_mut(at)).map(|kept| &mut kept.address);
        apart.clear();
        apart.extend(held.by.iter().map(|by| match by {
            By::Address => name_of_address(record, address.as_deref_mut()),
            by => by.of_record(record),
        }));
        let group = |by: &Option<u32>| by.and_then(|by| apart.get(by as usize)).copied().unwrap_or(0);
        groups.clear();
        groups.extend(held.places.iter().map(group));
        for (set, by) in &held.sets {
            let what = What { stream: record.stream.0, set: *set, group: group(by), skeleton };
            self.hits.add(second, what, Hit { count: 1, first: place, last_line: place.line });
        }
        Heard { mark: held.mark, groups: if held.mark == 0 { &[] } else { groups } }
    }

    /// The log has ended.
    pub fn finish(self) -> HeardLog {
        HeardLog { hits: self.hits.finished(), sets: self.sets, marks: self.marks.list }
    }
}

impl Held {
    /// What is counted apart by different things is counted by itself; what is not counted apart, with the first.
    fn of(conditions: &[u32], mark: u32, rules: &RuleSet, sets: &mut Sets) -> Held {
        let mut held = Held { mark, ..Held::default() };
        for number in conditions {
            let by = rules.selectors.get(*number as usize).and_then(|selector| selector.by.as_ref());
            let place = by.map(|by| held.place_of(by));
            held.places.push(place);
        }
        for nth in 0..held.by.len().max(1) as u32 {
            let is_of = |place: &Option<u32>| place.map_or(nth == 0, |place| place == nth);
            let those = conditions.iter().zip(&held.places).filter(|(_, place)| is_of(place));
            let set: Vec<Counted> = those.map(|(number, place)| (*number, place.is_some())).collect();
            let apart = ((nth as usize) < held.by.len()).then_some(nth);
            held.sets.extend(sets.numbers(&set).into_iter().map(|number| (number, apart)));
        }
        held
    }

    fn place_of(&mut self, by: &By) -> u32 {
        let at = self.by.iter().position(|known| known == by).unwrap_or_else(|| {
            self.by.push(by.clone());
            self.by.len() - 1
        });
        at as u32
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
fn listen(rules: &RuleSet, texts: &[&[u8]], plain: &mut Vec<u8>, found: &mut Vec<u64>, many: bool) {
    found.clear();
    found.resize(rules.stretches.len().div_ceil(64), 0);
    let Some(automaton) = rules.automaton(many) else { return };
    for text in texts {
        plain.clear();
        plain.extend(text.iter().map(|byte| if byte.is_ascii_digit() { b'0' } else { *byte }));
        for hit in automaton.find_overlapping_iter(&plain) {
            set_bit(found, hit.pattern().as_u32());
        }
    }
}

fn set_bit(bits: &mut [u64], number: u32) {
    if let Some(bits) = bits.get_mut(number as usize / 64) {
        *bits |= 1 << (number % 64);
    }
}

/// The numbers of the bits that are set.
fn bits_of(bits: &[u64]) -> Vec<u32> {
    let mut numbers = Vec::new();
    for (bits, at) in bits.iter().zip(0u32..) {
        let mut bits = *bits;
        while bits != 0 {
            numbers.push(at * 64 + bits.trailing_zeros());
            bits &= bits - 1;
        }
    }
    numbers
}

/// The conditions that are to be asked, each once, in their order.
fn candidates(rules: &RuleSet, found: &[u64], fields: u64, asked: &mut Vec<u64>, into: &mut Vec<u32>) {
    asked.clear();
    asked.resize(rules.selectors.len().div_ceil(64), 0);
    into.clear();
    let mut ask = |number: u32| {
        if !has(asked, number) {
            set_bit(asked, number);
            into.push(number);
        }
    };
    rules.always.iter().for_each(|number| ask(*number));
    for stretch in bits_of(found) {
        rules.of_stretch.get(stretch as usize).into_iter().flatten().for_each(|number| ask(*number));
    }
    rules.of_fields.iter().filter(|(bits, _)| bits & fields != 0).for_each(|(_, number)| ask(*number));
    into.sort_unstable();
}
