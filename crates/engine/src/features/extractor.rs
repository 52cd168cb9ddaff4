//! Records of one log in, rows of a sheet out, as they come.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::facts::Facts;
use super::layout::{BUCKETS, Names};
use super::open::Open;
use super::recent::Recent;
use super::rolling::Rolling;
use super::sheet::{Entry, RowPlace, Sheet, Space, hash};
use super::words::each_term;
use super::{Asked, Family, Unit, behaviour, categorical, network, performance, text, time};
use crate::records::fields::Kind;
use crate::records::record::Record;
use crate::templates::{Measure, SkeletonId};

/// Streams of a log that are told apart; what is beyond shares the last place.
const MOST_STREAMS: u32 = 4096;
/// Fields with numbers that are looked at in a record.
const MOST_FIELDS: usize = 512;
/// Terms of a record that count.
const MOST_TERMS: usize = 128;

/// Makes the rows of one log.
#[derive(Clone, Debug)]
pub struct Extractor {
    asked: Asked,
    log: u64,
    streams: HashMap<u32, Stream, FixedState>,
    users: Recent,
    clients: Recent,
    numbers: Vec<f32>,
    entries: Vec<Entry>,
    sheet: Sheet,
    names: Option<Names>,
}

#[derive(Clone, Debug, Default)]
struct Stream {
    rolling: Rolling,
    /// The time of the last record that had one.
    last: Option<i64>,
    records: i64,
    open: Option<Box<Open>>,
}

impl Extractor {
    /// For a log of that name. `naming` keeps what keys are called, as a training needs it.
    pub fn new(asked: &Asked, log: &str, naming: bool) -> Extractor {
        Extractor {
            asked: asked.clone(),
            log: hash(log.as_bytes()),
            streams: HashMap::default(),
            users: Recent::default(),
            clients: Recent::default(),
            numbers: Vec::new(),
            entries: Vec::new(),
            sheet: Sheet::new(asked.names().count()),
            names: naming.then(Names::default),
        }
    }

    /// The rows so far.
    pub fn sheet(&mut self) -> &mut Sheet {
        &mut self.sheet
    }

    /// The rows and the names, when all records were seen.
    pub fn into_parts(self) -> (Sheet, Names) {
        (self.sheet, self.names.unwrap_or_default())
    }

    /// Takes a record. Its skeleton is wanted where [`Asked::needs_templates`] says so.
    pub fn add(&mut self, record: &Record<'_>, skeleton: Option<SkeletonId>) {
        let facts = Facts::of(record);
        let number = record.stream.0.min(MOST_STREAMS);
        let stream = self.streams.entry(number).or_default();
        if let Some(time) = record.time {
            stream.last = Some(time.seconds());
        }
        // A log without times counts a second for every record.
        let seconds = stream.last.unwrap_or(stream.records);
        stream.records += 1;
        let timed = stream.last;
        if self.asked.has(Family::Rolling) {
            stream.rolling.add(seconds, facts.is_bad(), record.message.len());
        }
        self.entries.clear();
        self.keys(record, skeleton);
        match self.asked.unit() {
            Unit::Windows => self.add_to_window(record, &facts, number, seconds),
            _ => self.add_row(record, &facts, number, (seconds, timed)),
        }
    }

    fn add_row(&mut self, record: &Record<'_>, facts: &Facts<'_>, number: u32, at: (i64, Option<i64>)) {
        let (seconds, timed) = at;
        self.numbers.clear();
        for at in 0..self.asked.families().len() {
            match self.asked.families().get(at) {
                Some(Family::Time) => time::push(timed, &mut self.numbers),
                Some(Family::Rolling) => {
                    if let Some(stream) = self.streams.get(&number) {
                        stream.rolling.push(&mut self.numbers);
                    }
                }
                Some(family) => self.family(*family, record, facts, seconds),
                None => {}
            }
        }
        let (line, offset) = (record.origin.line, record.origin.offset);
        let place = RowPlace { line, offset, stream: record.stream.0, seconds: timed, records: 1 };
        self.sheet.push(&self.numbers, &self.entries, place, self.log);
    }

    /// Appends the features of a family that a record has by itself.
    fn family(&mut self, family: Family, record: &Record<'_>, facts: &Facts<'_>, seconds: i64) {
        let row = &mut self.numbers;
        match family {
            Family::Text => text::push(record.message, row),
            Family::Categorical => categorical::push(facts, row, &mut self.entries),
            Family::Network => network::push(facts, record.message, seconds, &mut self.clients, row),
            Family::Performance => performance::push(facts, row),
            Family::Behaviour => behaviour::push(facts, seconds, &mut self.users, row),
            _ => {}
        }
    }

    fn add_to_window(&mut self, record: &Record<'_>, facts: &Facts<'_>, number: u32, seconds: i64) {
        let window = seconds.div_euclid(self.asked.window());
        let is_over = |open: &Open| window > open.number;
        let open = self.streams.get(&number).and_then(|stream| stream.open.as_deref());
        if open.is_some_and(is_over) {
            self.close(number);
        }
        self.numbers.clear();
        for at in 0..self.asked.families().len() {
            if let Some(family) = self.asked.families().get(at).copied().filter(|one| Asked::is_summed(*one))
            {
                self.family(family, record, facts, seconds);
            }
        }
        let Some(stream) = self.streams.get_mut(&number) else { return };
        // What comes late is counted in the window that is open.
        let open = stream.open.get_or_insert_with(|| Box::new(Open::new(window, record.origin)));
        open.add(&self.numbers, &self.entries, facts.is_bad());
    }

    /// Makes a row of the open window of a stream.
    fn close(&mut self, number: u32) {
        let Some(stream) = self.streams.get_mut(&number) else { return };
        let Some(open) = stream.open.take() else { return };
        let begins = stream.last.map(|_| open.number.saturating_mul(self.asked.window()));
        self.numbers.clear();
        open.push_figures(&mut self.numbers);
        let mut start = 0;
        for family in self.asked.families() {
            match family {
                Family::Time => time::push(begins, &mut self.numbers),
                Family::Rolling => stream.rolling.push(&mut self.numbers),
                family => {
                    let end = start + family.features().len();
                    open.push_sums(start..end, &mut self.numbers);
                    start = end;
                }
            }
        }
        let (line, offset, records) = (open.line, open.offset, open.records);
        let place = RowPlace { line, offset, stream: number, seconds: begins, records };
        self.sheet.push(&self.numbers, &open.entries(), place, self.log);
    }

    /// All records were seen: windows that are open are closed, in the order of their streams.
    pub fn finish(&mut self) {
        let mut open: Vec<u32> = self.streams.keys().copied().collect();
        open.sort_unstable();
        open.into_iter().for_each(|number| self.close(number));
    }

    /// The keys of a record that have no family of numbers.
    fn keys(&mut self, record: &Record<'_>, skeleton: Option<SkeletonId>) {
        if let Some(skeleton) = skeleton.filter(|_| self.asked.needs_templates()) {
            self.entries.push(Entry { space: Space::Template, key: skeleton.0, value: 1.0 });
        }
        let (by_vocabulary, by_hash) = (self.asked.has(Family::Tfidf), self.asked.has(Family::Hashed));
        if by_vocabulary || by_hash {
            self.terms(record.message, by_vocabulary, by_hash);
        }
        if self.asked.has(Family::Columns) {
            self.fields(record);
        }
    }

    fn terms(&mut self, message: &[u8], by_vocabulary: bool, by_hash: bool) {
        let start = self.entries.len();
        let (entries, names) = (&mut self.entries, &mut self.names);
        each_term(message, |key, term| {
            if entries.len() - start >= 2 * MOST_TERMS {
                return;
            }
            if by_vocabulary {
                entries.push(Entry { space: Space::Term, key, value: 1.0 });
                if let Some(names) = names {
                    names.add(Space::Term, key, || String::from_utf8_lossy(term).into_owned());
                }
            }
            if by_hash {
                entries.push(Entry { space: Space::Bucket, key: key % BUCKETS, value: 1.0 });
            }
        });
        join_equal(entries, start);
    }

    fn fields(&mut self, record: &Record<'_>) {
        let is_number = |kind: Kind| matches!(kind, Kind::Number | Kind::Text | Kind::Bool);
        for (name, value) in record.fields().filter(|(_, value)| is_number(value.kind)).take(MOST_FIELDS) {
            let Some(number) = number_of(value.bytes, value.kind) else { continue };
            let key = hash(name);
            self.entries.push(Entry { space: Space::Field, key, value: number });
            if let Some(names) = &mut self.names {
                names.add(Space::Field, key, || String::from_utf8_lossy(name).into_owned());
            }
        }
    }
}

/// The number that a field says. Infinities and what is no number stay missing.
fn number_of(value: &[u8], kind: Kind) -> Option<f32> {
    if kind == Kind::Bool {
        return Some(f32::from(value == b"true"));
    }
    let text = std::str::from_utf8(value).ok()?.trim();
    let plain = text.parse::<f64>().ok().filter(|number| number.is_finite());
    let number = plain.or_else(|| Measure::of(value).map(|measure| measure.value))?;
    Some(number.clamp(-1e18, 1e18) as f32)
}

/// Puts entries of equal keys from a place on together, in the order of their keys.
fn join_equal(entries: &mut Vec<Entry>, start: usize) {
    let Some(tail) = entries.get_mut(start..) else { return };
    tail.sort_unstable_by_key(|entry| (entry.space, entry.key));
    let mut kept = start;
    for at in start..entries.len() {
        let Some(entry) = entries.get(at).copied() else { break };
        let last = kept.checked_sub(1).filter(|last| *last >= start).and_then(|last| entries.get_mut(last));
        match last.filter(|last| (last.space, last.key) == (entry.space, entry.key)) {
            Some(last) => last.value += entry.value,
            None => {
                if let Some(place) = entries.get_mut(kept) {
                    *place = entry;
                }
                kept += 1;
            }
        }
    }
    entries.truncate(kept);
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::facts::tests::each;
    use super::*;
    use crate::templates::Miner;

    pub(in crate::features) fn sheet(log: &str, asked: &Asked) -> (Sheet, Names) {
        let (mut miner, mut extractor) = (Miner::default(), Extractor::new(asked, "app.log", true));
        each(log, |record| {
            let skeleton = miner.add(record.message, &crate::templates::Facts::default());
            extractor.add(record, Some(skeleton));
        });
        extractor.finish();
        extractor.into_parts()
    }

    fn log(minutes: u32) -> String {
        let line = |minute: u32| {
            format!("2024-03-04T{:02}:{:02}:00Z INFO user u{minute} came\n", minute / 60 % 24, minute % 60)
        };
        (0..minutes).map(line).collect()
    }

    #[test]
    fn every_record_is_a_row_of_all_features() {
        let asked = Asked::usual(Unit::Records);
        let (sheet, _) = sheet(&log(100), &asked);
        assert_eq!((sheet.len(), sheet.width()), (100, asked.names().count()));
        let hour = asked.names().position(|name| name == "time.hour").unwrap();
        let count = asked.names().position(|name| name == "rolling.1h.count").unwrap();
        assert!(sheet.view(30).numbers[count].is_nan());
        assert_eq!(sheet.view(99).numbers[hour], 1.0);
        assert!((55.0..=60.0).contains(&sheet.view(99).numbers[count]), "{}", sheet.view(99).numbers[count]);
    }

    #[test]
    fn windows_hold_every_record_once() {
        let asked = Asked::usual(Unit::Windows).with_window(600).unwrap();
        let (sheet, _) = sheet(&log(95), &asked);
        assert_eq!(sheet.width(), asked.names().count());
        let records: Vec<u32> = (0..sheet.len()).map(|row| sheet.place(row).records).collect();
        assert_eq!(records, [10, 10, 10, 10, 10, 10, 10, 10, 10, 5]);
        assert_eq!(sheet.place(1).seconds, Some(1_709_511_000));
        assert_eq!(sheet.place(1).line, 11);
    }

    #[test]
    fn a_log_without_times_has_windows_of_records() {
        let text: String = (0..700).map(|nth| format!("event {nth} happened\n")).collect();
        let (sheet, _) = sheet(&text, &Asked::usual(Unit::Windows));
        assert_eq!((0..sheet.len()).map(|row| sheet.place(row).records).collect::<Vec<_>>(), [300, 300, 100]);
        assert_eq!(sheet.place(0).seconds, None);
    }

    #[test]
    fn columns_are_the_numbers_of_fields() {
        let asked = Asked::new(&[Family::Columns], Unit::Records).unwrap();
        let (sheet, names) = sheet("a,b,c\n1,2.5,x\n3,-1e3,y\n5,nan,z\n", &asked);
        assert_eq!((sheet.len(), names.len()), (3, 2));
        let values: Vec<Vec<f32>> =
            sheet.views().map(|view| view.entries.iter().map(|entry| entry.value).collect()).collect();
        assert_eq!(values, [vec![1.0, 2.5], vec![3.0, -1000.0], vec![5.0]]);
    }

    #[test]
    fn equal_keys_become_one() {
        let entry = |key, value| Entry { space: Space::Term, key, value };
        let mut entries = vec![entry(9, 1.0), entry(3, 1.0), entry(1, 1.0), entry(3, 1.0)];
        join_equal(&mut entries, 1);
        assert_eq!(entries, [entry(9, 1.0), entry(1, 1.0), entry(3, 2.0)]);
    }
}
