//! Records of one log in, which rules are about them out, at the speed of the reader.
//!
//! Messages that differ in the digits of their values only get one answer, which is kept where such messages come again,
//! and so do messages that differ in their ids only, but for those in whose ids rules may find something.
//! Nearly always it is that no rule is concerned, and then a record costs one look into a small table. Where numbers,
//! fields or the hour decide, the rules that are concerned are asked about the record itself.

use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::condition::{Places, Shape};
use super::hits::{Counted, Hit, Hits, Sets, What};
use super::kept::{ANSWERS, KeptAnswers};
use super::left::Left;
use super::set::{Named, RuleSet, name_of};
use super::stretches::{bits_of, candidates, listen, lowered, set_bit, texts_of};
use super::values::{By, name_of_address, of_client};
use crate::records::batch::Needs;
use crate::records::record::{Record, StreamId};
use crate::templates::{Look, SkeletonId, alike};
use crate::windows::Place;

/// After so many records it is known whether a log has fields that are looked for.
const HEAD: u64 = 1 << 10;
/// From so many texts on that were listened to, a faster automaton is worth its memory.
const MANY: u64 = 1 << 13;
/// As long as no time is known, 2^6 records pass for a second, as for cells.
const RECORDS_PER_SECOND: u32 = 6;
/// Values of this length at most are part of a look: a status decides what a record is, and there are few of them.
const SHORT_VALUE: usize = 4;

/// Says which rules are about the records of one log.
#[derive(Clone, Debug)]
pub struct Listener {
    rules: Arc<RuleSet>,
    kept: KeptAnswers,
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
    /// Whether the log has fields that are looked for, some that records are counted apart by, and some that hold
    /// addresses.
    has_fields: bool,
    has_groups: bool,
    has_clients: bool,
    desk: Desk,
}

/// What can be said of all messages of a look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Answered {
    /// The conditions that may hold, and what is left to ask of them.
    conditions: Vec<(u32, Left)>,
    /// Where one is open, the stretches that are in the text.
    found: Vec<u32>,
    /// An id at one of its places may hold what rules look for.
    minds_ids: bool,
}

impl Answered {
    fn is_open(&self) -> bool {
        self.conditions.iter().any(|(_, left)| *left != Left::Nothing)
    }
}

/// Of which messages something is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    /// Of one record.
    This,
    /// Of all messages of its look.
    Look,
    /// Of those whose ids are others, too.
    Alike,
}

/// What follows from an answer.
#[derive(Clone, Copy, Debug)]
enum Follows {
    /// Nothing is left to ask: that holds.
    Sure(u32),
    /// Each record is to be asked; and whether that reads its text in lower case.
    Ask(bool),
}

/// The fields of a record that are looked for.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    bits: u64,
    /// Those of them whose values are part of the look, and a hash of these.
    told: u64,
    values: u64,
    /// Whether there is text in others.
    is_text: bool,
}

impl Seen {
    /// Other for other fields, and for other values of those that are part of the look.
    fn mark(&self) -> u64 {
        self.bits.rotate_left(17) ^ self.values
    }
}

/// Conditions that hold together, and how they are counted.
#[derive(Clone, Debug, Default)]
struct Held {
    /// Their number among the marks of the log.
    mark: u32,
    /// What they are counted apart by, each once, and for each condition its place there, from 1 on: 0 is everybody.
    by: Vec<By>,
    places: Vec<u32>,
    /// Sets of conditions, and what each is counted apart by.
    sets: Vec<(u32, u32)>,
}

/// Memory that is used again for every record.
#[derive(Clone, Debug, Default)]
struct Desk {
    lower: Vec<u8>,
    plain: Vec<u8>,
    found: Vec<u64>,
    asked: Vec<u64>,
    matched: Vec<u32>,
    /// What each field of the record before was called, and what it is looked for as: the next is made alike mostly.
    names: Vec<(Vec<u8>, u64, Named)>,
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

/// Things by number, each once, as many as answers can be kept; beyond, they are found anew each time. The first is
/// nothing.
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
            kept: KeptAnswers::new(),
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
            has_clients: false,
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
        // Told apart here: zeros that are written to memory and read again at once are a step that waits.
        let may = self.records <= HEAD || self.has_fields;
        let fields = if may { self.fields(record) } else { Seen::default() };
        let (mark, is_text) = if may { (fields.mark(), fields.is_text) } else { (0, false) };
        let is_alike = !look.comes_again;
        let shared = if is_alike { look.alike } else { Some(look.key) };
        if let Some(look) = shared.filter(|_| look.is_whole && !is_text) {
            let key = self.key(record, look, mark);
            if let Some(place) = self.kept.find(key).or_else(|| self.find(record, key, fields, is_alike)) {
                let answer = self.kept.answer(place);
                if answer == 0 {
                    return self.nothing(record);
                }
                if !(is_alike && self.finds_in_ids(record, answer)) {
                    let held = match self.follows.get(answer as usize) {
                        Some(Follows::Sure(sure)) => *sure,
                        Some(Follows::Ask(reads)) => self.ask_again(record, answer, *reads, fields),
                        None => 0,
                    };
                    // An address is remembered for messages of which each digit has its place.
                    let place = Some(place).filter(|_| !is_alike);
                    return self.hear_closely(record, skeleton, held, place, before);
                }
            }
        }
        let held = self.ask(record, fields, Of::This).into_iter().map(|(number, _)| number).collect();
        let held = self.held(&held);
        self.hear_closely(record, skeleton, held, None, before)
    }

    /// Whether a record whose ids may hold what rules look for does so: then the answer for all such records is not its.
    #[inline]
    fn finds_in_ids(&mut self, record: &Record<'_>, answer: u32) -> bool {
        let minds = self.answers.list.get(answer as usize).is_some_and(|answer| answer.minds_ids);
        minds && {
            let plain = &mut self.desk.plain;
            plain.clear();
            plain.extend(record.message.iter().map(|byte| match byte {
                b'0'..=b'9' => b'0',
                byte => byte.to_ascii_lowercase(),
            }));
            self.rules.may_find_in_ids(plain)
        }
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
            let conditions = answer.conditions.iter().map(|(number, _)| *number).collect();
            let held = (!answer.is_open()).then(|| self.held(&conditions));
            let held = held.filter(|held| *held != u32::MAX);
            self.follows.push(held.map_or_else(|| Follows::Ask(self.reads(answer)), Follows::Sure));
        }
    }

    /// Whether what is left to ask reads the text in lower case.
    fn reads(&self, answer: &Answered) -> bool {
        answer.conditions.iter().any(|(number, left)| {
            let selector = self.rules.selectors.get(*number as usize);
            selector.is_some_and(|selector| left.reads(&selector.condition))
        })
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
        let mixed = (level << 56) ^ (stream << 24) ^ fields;
        look ^ mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    fn fields(&mut self, record: &Record<'_>) -> Seen {
        let Desk { names, places, .. } = &mut self.desk;
        let (mut all, mut untold) = (Seen::default(), 0);
        for ((name, value), at) in record.fields().zip(0..) {
            if at == names.len() {
                names.push(Default::default());
            }
            let Some((known, hash, named)) = names.get_mut(at) else { break };
            if known != name {
                name.clone_into(known);
                *hash = name_of(name);
                *named = self.rules.fields.get(hash).copied().unwrap_or_default();
            }
            if named.bits != 0 || named.is_text {
                places.note(named.bits, at);
                all.bits |= named.bits;
                all.is_text |= named.is_text && !value.bytes.is_empty();
                match value_of(value.bytes).filter(|_| named.is_compared) {
                    Some(value) => all.values = mixed(all.values ^ *hash, value),
                    None => untold |= named.bits,
                }
            }
            if self.records <= HEAD {
                self.has_groups = self.has_groups || self.rules.by.iter().any(|by| by.is_of_field(name));
                self.has_clients = self.has_clients || By::Address.is_of_field(name);
            }
        }
        self.has_fields |= all.bits != 0 || all.is_text;
        all.told = all.bits & !untold;
        all
    }

    /// Finds the answer for all messages of the look. Gives the place where it is kept, or none where it cannot be.
    #[cold]
    #[inline(never)]
    fn find(&mut self, record: &Record<'_>, key: u64, fields: Seen, is_alike: bool) -> Option<usize> {
        let conditions = self.ask(record, fields, if is_alike { Of::Alike } else { Of::Look });
        // The text that was listened to is still there, with its ids covered.
        let minds_ids = is_alike && self.rules.may_hold_in_ids(&self.desk.plain);
        let mut answer = Answered { conditions, found: Vec::new(), minds_ids };
        if answer.is_open() {
            answer.found = bits_of(self.desk.found.iter().copied(), 0).collect();
        }
        let number = self.answers.number(&answer)?;
        self.note(number, &answer);
        Some(self.kept.keep(key, number))
    }

    /// The conditions that may hold, and what is left to ask of them. Of this record alone those that hold are given.
    fn ask(&mut self, record: &Record<'_>, fields: Seen, of: Of) -> Vec<(u32, Left)> {
        let rules = Arc::clone(&self.rules);
        let Desk { lower, plain, found, asked, matched, places, .. } = &mut self.desk;
        let texts = texts_of(&rules, record, of == Of::This);
        let bounds = lowered(&texts, lower);
        if of == Of::Alike {
            alike::cover(lower);
        }
        let lower: Vec<&[u8]> =
            bounds.iter().map(|(from, to)| lower.get(*from..*to).unwrap_or_default()).collect();
        self.asked += 1;
        listen(&rules, &lower, plain, found, self.asked >= MANY);
        candidates(&rules, found, fields.bits, asked, matched);
        let stream = self.streams.get(record.stream.0 as usize).map_or("", String::as_str);
        let shape = Shape {
            found,
            lower: &lower,
            texts: &texts,
            level: record.level,
            stream,
            fields: fields.bits,
            told: fields.told,
            places,
            is_alike: of == Of::Alike,
        };
        let answered = matched.iter().filter_map(|number| {
            let condition = &rules.selectors.get(*number as usize)?.condition;
            let left = match of {
                Of::This => condition.holds(record, &shape).then_some(Left::Nothing),
                Of::Look | Of::Alike => Left::of(condition, record, &shape),
            };
            left.map(|left| (*number, left))
        });
        answered.collect()
    }

    /// Asks a record what its look has left open; gives the number of what holds.
    #[inline(never)]
    fn ask_again(&mut self, record: &Record<'_>, answer: u32, reads: bool, fields: Seen) -> u32 {
        let rules = Arc::clone(&self.rules);
        let Some(Answered { conditions, found: stretches, .. }) = self.answers.list.get(answer as usize)
        else {
            return 0;
        };
        let Desk { lower, found, places, holding, .. } = &mut self.desk;
        lower.clear();
        if reads {
            lower.extend(record.message.iter().map(u8::to_ascii_lowercase));
        }
        found.clear();
        found.resize(rules.stretches.len().div_ceil(64), 0);
        stretches.iter().for_each(|stretch| set_bit(found, *stretch));
        let shape = Shape {
            found,
            lower: &[lower.as_slice()],
            texts: &[record.message],
            level: record.level,
            stream: self.streams.get(record.stream.0 as usize).map_or("", String::as_str),
            fields: fields.bits,
            told: fields.told,
            places,
            is_alike: false,
        };
        holding.clear();
        holding.extend(conditions.iter().filter_map(|(number, left)| {
            let condition = &rules.selectors.get(*number as usize)?.condition;
            left.holds(condition, record, &shape).then_some(*number)
        }));
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
        apart.clear();
        apart.push(0);
        for by in &held.by {
            apart.push(match by {
                By::Address => {
                    let client = if self.has_clients { of_client(record) } else { None };
                    let place = kept.and_then(|at| self.kept.address(at));
                    client.unwrap_or_else(|| name_of_address(record.message, place))
                }
                by => by.of_record(record),
            });
        }
        let group = |by: &u32| apart.get(*by as usize).copied().unwrap_or(0);
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
            let place = by.map_or(0, |by| held.place_of(by));
            held.places.push(place);
        }
        let first = u32::from(!held.by.is_empty());
        for nth in first..=held.by.len() as u32 {
            let is_of = |place: u32| place == nth || place == 0 && nth == first;
            let those = conditions.iter().zip(&held.places).filter(|(_, place)| is_of(**place));
            let set: Vec<Counted> = those.map(|(number, place)| (*number, *place != 0)).collect();
            held.sets.extend(sets.numbers(&set).into_iter().map(|number| (number, nth)));
        }
        held
    }

    fn place_of(&mut self, by: &By) -> u32 {
        let known = self.by.iter().position(|known| known == by);
        let at = known.unwrap_or_else(|| {
            self.by.push(by.clone());
            self.by.len() - 1
        });
        at as u32 + 1
    }
}

/// A value that is part of a look.
fn value_of(value: &[u8]) -> Option<u64> {
    let short = value.len() <= SHORT_VALUE;
    short.then(|| value.iter().fold(value.len() as u64, |all, byte| all << 8 | u64::from(*byte)))
}

fn mixed(hash: u64, value: u64) -> u64 {
    let mixed = (hash ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ mixed >> 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::rule::file::RuleFile;
    use crate::reader::{Reader, Settings, SourceHint};
    use crate::records::fields::Fields;
    use crate::records::notes::Notes;
    use crate::records::record::{Origin, RecordSink};
    use crate::templates::{Facts, Miner};

    const CONDITIONS: [&str; 4] = [
        "{fields: {status: {at-least: 500}}}",
        "{words: answer, fields: {status: {is: [404]}}}",
        "{fields: {peer: {is: [shop, warehouse]}}, not: {fields: {status: {is: [200]}}}}",
        "{number: {of: took, over: 0.9}}",
    ];

    /// What one listener hears of each record, and what one hears that was never asked before and keeps no answer.
    struct Both {
        rules: Arc<RuleSet>,
        miner: Miner,
        listener: Listener,
        marks: Vec<u32>,
        fresh: Vec<Vec<u32>>,
    }

    impl RecordSink for Both {
        fn record(&mut self, record: &Record<'_>) {
            let spotted = self.miner.add_spotted(record.message, &Facts::default());
            let (skeleton, look) = (spotted.skeleton, spotted.look);
            self.marks.push(self.listener.hear(record, skeleton, look, (0, 0)).mark);
            assert!(look.comes_again, "so few are all kept");
            let alone = Look { comes_again: false, alike: None, ..look };
            let mut listener = Listener::new(Arc::clone(&self.rules));
            let mark = listener.hear(record, skeleton, alone, (0, 0)).mark;
            assert!(listener.kept.is_empty());
            self.fresh.push(listener.finish().marks[mark as usize].clone());
        }
    }

    /// A short value is part of the look, a long one and a measure are asked for.
    #[test]
    fn what_was_answered_before_changes_no_answer() {
        let files = CONDITIONS.iter().zip(1..).map(|(when, nth)| {
            let text = format!("title: T\nseverity: high\nwhen: {when}\n");
            RuleFile::parse(&format!("r{nth}.yaml"), &text).expect("a rule")
        });
        let rules = Arc::new(RuleSet::compile(&files.collect::<Vec<_>>()).expect("rules"));
        let mut log = String::new();
        for status in ["200", "503", "404", "50000", "200", "404"] {
            for peer in ["shop", "warehouse", "home", "elsewhere"] {
                for took in [7, 950] {
                    let fields = format!("\"status\":{status},\"peer\":\"{peer}\",\"took_ms\":{took}");
                    log += &format!("{{\"msg\":\"answer given\",{fields}}}\n{{\"msg\":\"answer given\"}}\n");
                }
            }
        }
        let listener = Listener::new(Arc::clone(&rules));
        let mut both =
            Both { rules, miner: Miner::default(), listener, marks: Vec::new(), fresh: Vec::new() };
        let mut reader = Reader::new(&Settings::default(), SourceHint::default());
        reader.space()[..log.len()].copy_from_slice(log.as_bytes());
        reader.filled(log.len(), &mut both);
        reader.finish(&mut both);
        let Both { listener, marks, fresh, .. } = both;
        let known = listener.finish().marks;
        let heard: Vec<Vec<u32>> = marks.iter().map(|mark| known[*mark as usize].clone()).collect();
        assert_eq!(heard, fresh);
        assert_eq!(heard.len(), log.lines().count());
        for rule in 0..CONDITIONS.len() as u32 {
            let hits = heard.iter().filter(|held| held.contains(&rule)).count();
            assert!((1..heard.len()).contains(&hits), "rule {rule} is heard {hits} times");
        }
    }

    /// What has ids of its own is asked as seldom as what has none, and answers what it would by itself: words and numbers
    /// may stand in ids, and expressions read them.
    #[test]
    fn messages_that_differ_in_their_ids_have_one_answer() {
        let conditions = [
            "{words: [refused, dead]}",
            "{words: ['took 750ms', 'order * 1c*dead refused']}",
            "{regex: 'order (0x)?[0-9a-f]*dead'}",
            "{regex: 'dead'}",
            "{regex: 'served.{0,9}7'}",
            "{number: {of: took, over: 0.9}}",
        ];
        let files = conditions.iter().zip(1..).map(|(when, nth)| {
            let text = format!("title: T\nseverity: high\nwhen: {when}\n");
            RuleFile::parse(&format!("r{nth}.yaml"), &text).expect("a rule")
        });
        let rules = Arc::new(RuleSet::compile(&files.collect::<Vec<_>>()).expect("rules"));
        let (mut miner, mut listener) = (Miner::default(), Listener::new(Arc::clone(&rules)));
        let (mut alike, mut heard) = (0, vec![0; conditions.len()]);
        let mut id = 0u64;
        for line in 0..12_000u64 {
            id = id.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let what = ["refused", "served in 7 ms", "served", "accepted"][line as usize / 7 % 4];
            let end = ["dead", "beef", "0000", "beef", "face", "0f0f", "bead"][line as usize % 7];
            let (order, took) = (id >> 48, line % 5 * 250);
            let sign = if line % 2 == 0 { "0x" } else { "" };
            let message = format!("[{id:016x}] order {sign}{order:04x}{end} {what}, took {took}ms");
            let spotted = miner.add_spotted(message.as_bytes(), &Facts::default());
            let (skeleton, look) = (spotted.skeleton, spotted.look);
            let fields = Fields::default();
            let record = &Record {
                origin: Origin::default(),
                stream: StreamId(0),
                time: None,
                level: None,
                text: message.as_bytes(),
                message: message.as_bytes(),
                notes: Notes::default(),
                fields: fields.view(),
            };
            let mark = listener.hear(record, skeleton, look, (0, 0)).mark as usize;
            let alone = Look { comes_again: false, alike: None, ..look };
            let mut fresh = Listener::new(Arc::clone(&rules));
            let wanted = fresh.hear(record, skeleton, alone, (0, 0)).mark as usize;
            let held = &listener.marks.list[mark];
            assert_eq!(*held, fresh.marks.list[wanted], "{message}");
            held.iter().for_each(|rule| heard[*rule as usize] += 1);
            alike += u32::from(look.alike.is_some());
        }
        assert!(alike > 9_000, "{alike}");
        // A seventh of the orders ends with a word that is looked for, and some ids of requests hold it by chance.
        assert!(listener.asked < 5_000, "{} of 12,000 messages were read", listener.asked);
        assert!(heard.iter().all(|hits| (1_000..5_000).contains(hits)), "{heard:?}");
    }
}
