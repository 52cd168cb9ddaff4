//! A log, a kind of fault and a place in, what has to be changed in a copy out.
//!
//! How large a fault is follows from the log alone: so many records of a message, so much of its usual rate. No detector
//! was looked at. Where a log has nothing that such a fault could befall, there is none.

use super::copy::{Changes, stamped};
use super::numbers::shifted;
use super::original::Original;
use crate::random::Random;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// A message that was usual is missing.
    Drop,
    /// A message is there far more often than usual, for a minute.
    Burst,
    /// Records stand in another order.
    Reordering,
    /// A message is there that never was.
    NewLine,
    /// A number of a message is ten times as great.
    ValueShift,
    /// Nothing is there at all.
    Silence,
    /// A message is three times as frequent from a moment on.
    LevelShift,
    /// Every record of a message is there twice.
    DuplicatedStep,
}

/// Records that are dropped.
const DROPPED: usize = 30;
/// Records that are there twice.
const DUPLICATED: usize = 20;
/// Records whose number is shifted, and how.
const SHIFTED: usize = 30;
/// Records that change places.
const REORDERED: usize = 40;
/// Lines that nobody wrote before.
const NEW: usize = 5;
/// Seconds of a burst, how often its message is there at least, at most, and how much more than usual.
const BURST_SECONDS: f64 = 60.0;
const BURST_LEAST: f64 = 50.0;
const BURST_MOST: f64 = 5000.0;
const BURST_TIMES: f64 = 20.0;
/// A silence is as long as so many records would be, and as this many times the longest gap there is.
const SILENT_RECORDS: f64 = 100.0;
const SILENT_GAPS: f64 = 2.0;
/// The share of the log that a fault may last.
const LONGEST: f64 = 0.1;
/// Records of a message in a level shift before its rate is multiplied.
const LEVEL_LEAST: usize = 50;
/// Messages that are tried before a place is given up.
const TRIES: usize = 64;

/// What a line says that nobody wrote before.
const NOVEL: [&str; 8] = [
    "falling back to secondary index for tenant northwind after checksum drift",
    "discarding 3 orphaned leases held by retired coordinator",
    "schema negotiation downgraded to revision 4, peer declined extended framing",
    "watermark regressed, replaying journal segment 00017 from snapshot",
    "quorum reached without preferred leader, continuing in degraded placement",
    "entropy pool reseeded outside of maintenance window",
    "shadow copy diverged from primary, scheduling reconciliation",
    "license heartbeat answered by unexpected authority",
];

/// Something that goes wrong.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) kind: FaultKind,
    /// In words, with the message it befalls.
    pub(super) what: String,
    /// Seconds since 1970.
    pub(super) from: f64,
    pub(super) until: f64,
    pub(super) changes: Changes,
}

impl FaultKind {
    /// All kinds.
    pub const ALL: [FaultKind; 8] = [
        FaultKind::Drop,
        FaultKind::Burst,
        FaultKind::Reordering,
        FaultKind::NewLine,
        FaultKind::ValueShift,
        FaultKind::Silence,
        FaultKind::LevelShift,
        FaultKind::DuplicatedStep,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            FaultKind::Drop => "drop",
            FaultKind::Burst => "burst",
            FaultKind::Reordering => "reordering",
            FaultKind::NewLine => "new-line",
            FaultKind::ValueShift => "value-shift",
            FaultKind::Silence => "silence",
            FaultKind::LevelShift => "level-shift",
            FaultKind::DuplicatedStep => "duplicated-step",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<FaultKind> {
        FaultKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What a log lacks that has no such fault.
    pub(super) fn lacks(self) -> &'static str {
        match self {
            FaultKind::Drop | FaultKind::LevelShift | FaultKind::DuplicatedStep => {
                "no message is frequent enough for it"
            }
            FaultKind::Reordering => "too few different messages stand beside each other",
            FaultKind::ValueShift => "no frequent message has a number that measures something",
            FaultKind::Silence => "it would last more than a tenth of the log",
            FaultKind::Burst | FaultKind::NewLine => "no record has a message of one piece",
        }
    }
}

/// Makes faults of one log.
pub(super) struct Faults<'a> {
    pub(super) original: &'a Original,
    /// First and last time of the log.
    pub(super) span: (f64, f64),
}

impl Faults<'_> {
    /// A fault of that kind from about that record on.
    pub(super) fn make(&self, kind: FaultKind, at: usize, random: &mut Random) -> Option<Fault> {
        match kind {
            FaultKind::Drop => self.drop(at, random),
            FaultKind::Burst => self.burst(at, random),
            FaultKind::Reordering => self.reordering(at, random),
            FaultKind::NewLine => self.new_line(at, random),
            FaultKind::ValueShift => self.value_shift(at, random),
            FaultKind::Silence => self.silence(at),
            FaultKind::LevelShift => self.level_shift(at, random),
            FaultKind::DuplicatedStep => self.duplicated(at, random),
        }
    }

    fn drop(&self, at: usize, random: &mut Random) -> Option<Fault> {
        let (template, records) = self.stretch(at, DROPPED, random)?;
        let mut changes = Changes::default();
        records.iter().for_each(|record| changes.remove(*record));
        let what = format!("{DROPPED} times without: {}", self.said(template));
        self.fault(FaultKind::Drop, what, &records, changes)
    }

    fn duplicated(&self, at: usize, random: &mut Random) -> Option<Fault> {
        let (template, records) = self.stretch(at, DUPLICATED, random)?;
        let mut changes = Changes::default();
        for record in &records {
            changes.insert_after(*record, self.original.text(*record).to_vec());
        }
        let what = format!("{DUPLICATED} times twice: {}", self.said(template));
        self.fault(FaultKind::DuplicatedStep, what, &records, changes)
    }

    fn level_shift(&self, at: usize, random: &mut Random) -> Option<Fault> {
        let long = (self.span.1 - self.span.0) * LONGEST;
        let inside = self.original.within(at, long);
        for _ in 0..TRIES {
            let template = random.below(self.original.templates.len());
            let of_template = |record: &usize| self.template_of(*record) == Some(template);
            let records: Vec<usize> = inside.iter().copied().filter(of_template).collect();
            if records.len() < LEVEL_LEAST {
                continue;
            }
            let mut changes = Changes::default();
            for record in &records {
                let text = self.original.text(*record);
                (0..2).for_each(|_| changes.insert_after(*record, text.to_vec()));
            }
            let what = format!("three times as often: {}", self.said(template));
            return self.fault(FaultKind::LevelShift, what, &records, changes);
        }
        None
    }

    fn value_shift(&self, at: usize, random: &mut Random) -> Option<Fault> {
        for _ in 0..TRIES {
            let Some((template, records)) = self.stretch(at, SHIFTED, random) else { continue };
            let Some(texts) = shifted(self.original, template, &records, random) else { continue };
            let mut changes = Changes::default();
            texts.into_iter().zip(&records).for_each(|(text, record)| changes.replace(*record, text));
            let what = format!("a number ten times as great: {}", self.said(template));
            return self.fault(FaultKind::ValueShift, what, &records, changes);
        }
        None
    }

    fn silence(&self, at: usize) -> Option<Fault> {
        let (first, last) = self.span;
        let usual = (last - first) / self.original.records.len() as f64;
        let seconds = (SILENT_RECORDS * usual).max(SILENT_GAPS * self.longest_gap());
        if seconds > (last - first) * LONGEST {
            return None;
        }
        let records = self.original.within(at, seconds);
        let mut changes = Changes::default();
        records.iter().for_each(|record| changes.remove(*record));
        let from = self.time(at)?;
        let what = format!("nothing for {seconds:.0} s");
        (!records.is_empty()).then_some(Fault {
            kind: FaultKind::Silence,
            what,
            from,
            until: from + seconds,
            changes,
        })
    }

    fn burst(&self, at: usize, random: &mut Random) -> Option<Fault> {
        let places = self.original.within(at, BURST_SECONDS);
        let (template, source) = (0..TRIES).find_map(|_| {
            let template = random.below(self.original.templates.len());
            let (_, records) = self.original.templates.get(template)?;
            Some((template, *records.get(random.below(records.len().max(1)))?))
        })?;
        let (_, records) = self.original.templates.get(template)?;
        let usual = records.len() as f64 * BURST_SECONDS / (self.span.1 - self.span.0);
        let count = (BURST_TIMES * usual).clamp(BURST_LEAST, BURST_MOST) as usize;
        let mut changes = Changes::default();
        for nth in 0..count {
            let record = *places.get(nth * places.len() / count)?;
            changes.insert_after(record, stamped(self.original.text(source), self.original.text(record)));
        }
        let what = format!("{count} times within a minute: {}", self.said(template));
        self.fault(FaultKind::Burst, what, &places, changes)
    }

    fn new_line(&self, at: usize, random: &mut Random) -> Option<Fault> {
        let message = NOVEL.get(random.below(NOVEL.len()))?;
        let (mut places, mut changes) = (Vec::new(), Changes::default());
        let rest = self.original.records.iter().enumerate().skip(at);
        for (record, place) in rest.filter(|(_, place)| place.time.is_some()) {
            let Some((start, end)) = place.message else { continue };
            let line_end = self.original.bytes.iter().skip(end).position(|byte| *byte == b'\n');
            let line_end = line_end.map_or(self.original.bytes.len(), |after| end + after + 1);
            let parts = [
                self.original.bytes.get(place.start..start)?,
                message.as_bytes(),
                self.original.bytes.get(end..line_end)?,
            ];
            changes.insert_after(record, parts.concat());
            places.push(record);
            if places.len() == NEW {
                break;
            }
        }
        let what = format!("{} times, never before: {message}", places.len());
        self.fault(FaultKind::NewLine, what, &places, changes)
    }

    fn reordering(&self, at: usize, random: &mut Random) -> Option<Fault> {
        let timed = (at..self.original.records.len()).filter(|record| self.time(*record).is_some());
        let places: Vec<usize> = timed.take(REORDERED).collect();
        let mut templates: Vec<Option<usize>> =
            places.iter().map(|record| self.template_of(*record)).collect();
        templates.sort_unstable();
        templates.dedup();
        if places.len() < REORDERED || templates.len() < 3 {
            return None;
        }
        let mut order = places.clone();
        for last in (1..order.len()).rev() {
            order.swap(last, random.below(last + 1));
        }
        let mut changes = Changes::default();
        for (place, other) in places.iter().zip(&order).filter(|(place, other)| place != other) {
            changes.replace(*place, stamped(self.original.text(*other), self.original.text(*place)));
        }
        let what = format!("{REORDERED} records in another order");
        self.fault(FaultKind::Reordering, what, &places, changes)
    }

    /// So many records of one message in a row, from about that record on, that do not last too long. Messages are
    /// drawn, not records: a rare one is as likely as a frequent one.
    fn stretch(&self, at: usize, count: usize, random: &mut Random) -> Option<(usize, Vec<usize>)> {
        let longest = (self.span.1 - self.span.0) * LONGEST;
        for _ in 0..TRIES {
            let template = random.below(self.original.templates.len());
            let Some((_, records)) = self.original.templates.get(template) else { continue };
            let from = records.partition_point(|record| *record < at);
            let Some(stretch) = records.get(from..from + count) else { continue };
            let times = stretch
                .first()
                .and_then(|first| self.time(*first))
                .zip(stretch.last().and_then(|last| self.time(*last)));
            if times.is_some_and(|(first, last)| last >= first && last - first <= longest) {
                return Some((template, stretch.to_vec()));
            }
        }
        None
    }

    fn fault(&self, kind: FaultKind, what: String, records: &[usize], changes: Changes) -> Option<Fault> {
        let times = || records.iter().filter_map(|record| self.time(*record));
        let from = times().reduce(f64::min)?;
        let until = times().reduce(f64::max)?;
        Some(Fault { kind, what, from, until, changes })
    }

    fn time(&self, record: usize) -> Option<f64> {
        self.original.records.get(record)?.time
    }

    fn template_of(&self, record: usize) -> Option<usize> {
        self.original.records.get(record).map(|place| place.template)
    }

    fn said(&self, template: usize) -> &str {
        self.original.templates.get(template).map_or("", |(text, _)| text)
    }

    fn longest_gap(&self) -> f64 {
        let mut times: Vec<f64> = self.original.records.iter().filter_map(|place| place.time).collect();
        times.sort_by(f64::total_cmp);
        times
            .windows(2)
            .map(|pair| pair.iter().rev().copied().reduce(|last, first| last - first))
            .fold(0.0, |longest: f64, gap| longest.max(gap.unwrap_or(0.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::original::making::original;
    use super::*;

    /// An hour of three messages, one of which measures something.
    fn log() -> String {
        let line = |nth: u32| {
            let (minute, second) = (nth / 60 % 60, nth % 60);
            let said = match nth % 3 {
                0 => format!("request served in {} ms", 20 + nth * 7 % 13),
                1 => format!("user u{} logged in", nth % 17),
                _ => "cache is warm".to_owned(),
            };
            format!("2024-03-04 10:{minute:02}:{second:02} INFO {said}\n")
        };
        (0..3600).map(line).collect()
    }

    fn copy_of(kind: FaultKind, seed: u64) -> (Fault, String, String) {
        let log = log();
        let original = original(&log);
        let faults = Faults { original: &original, span: original.span().unwrap() };
        let fault = faults.make(kind, 1200, &mut Random::new(seed)).unwrap();
        let mut copy = Vec::new();
        fault.changes.write(&original, &mut copy).unwrap();
        (fault, log, String::from_utf8(copy).unwrap())
    }

    fn count(text: &str, word: &str) -> usize {
        text.lines().filter(|line| line.contains(word)).count()
    }

    #[test]
    fn every_kind_changes_what_it_says() {
        let lines = |kind| {
            let (fault, log, copy) = copy_of(kind, 5);
            assert!(fault.from <= fault.until && fault.changes.records() > 0, "{fault:?}");
            assert!((fault.until - fault.from) <= 361.0, "{kind:?}: {}", fault.until - fault.from);
            copy.lines().count() as i64 - log.lines().count() as i64
        };
        assert_eq!(lines(FaultKind::Drop), -30);
        assert_eq!(lines(FaultKind::Burst), 400);
        assert_eq!(lines(FaultKind::Reordering), 0);
        assert_eq!(lines(FaultKind::NewLine), 5);
        assert_eq!(lines(FaultKind::ValueShift), 0);
        assert_eq!(lines(FaultKind::Silence), -100);
        assert_eq!(lines(FaultKind::LevelShift), 240);
        assert_eq!(lines(FaultKind::DuplicatedStep), 20);
    }

    #[test]
    fn what_stays_is_what_was() {
        let (_, log, copy) = copy_of(FaultKind::ValueShift, 2);
        let differing: Vec<(&str, &str)> =
            log.lines().zip(copy.lines()).filter(|(one, other)| one != other).collect();
        assert_eq!(differing.len(), 30);
        assert!(differing.iter().all(|(one, other)| one.contains(" ms") && other.len() == one.len() + 1));
        let (_, log, copy) = copy_of(FaultKind::Reordering, 2);
        let stamps = |text: &str| text.lines().map(|line| line[..19].to_owned()).collect::<Vec<_>>();
        assert_eq!(stamps(&log), stamps(&copy));
        assert_eq!(count(&log, "cache"), count(&copy, "cache"));
        assert_ne!(log, copy);
    }

    #[test]
    fn the_same_seed_makes_the_same_fault() {
        for kind in FaultKind::ALL {
            assert_eq!(copy_of(kind, 9).2, copy_of(kind, 9).2);
            assert_eq!(FaultKind::named(kind.name()), Some(kind));
        }
        assert_ne!(copy_of(FaultKind::Burst, 1).2, copy_of(FaultKind::Burst, 3).2);
    }

    #[test]
    fn a_log_that_nothing_can_befall_has_no_faults() {
        let original = original("2024-03-04 10:00:00 INFO a\n2024-03-04 10:00:01 INFO b\n");
        let faults = Faults { original: &original, span: original.span().unwrap() };
        let possible =
            FaultKind::ALL.into_iter().filter(|kind| faults.make(*kind, 0, &mut Random::new(1)).is_some());
        assert_eq!(possible.collect::<Vec<_>>(), [FaultKind::Burst, FaultKind::NewLine]);
    }
}
