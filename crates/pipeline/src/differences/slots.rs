//! The slots of templates on both sides in, durations that grew and values never seen before out.
//!
//! Numbers of both sides are compared by their ranks, so neither their unit nor their distribution plays a part.
//! Numbers that only rise, and numbers that hardly ever repeat and count nothing that is named, are ids: they differ in
//! every run and say nothing. What is left is corrected for the number of slots that were compared.

use std::collections::BTreeSet;

use logsift_engine::templates::{Kind, Side, Slot, Template, Trend};
use logsift_reports::differences::{SlowerRow, Spread, ValuesRow};

use super::{Comparison, shared};
use crate::tally::masked;

/// A median must grow by this factor.
const FACTOR: f64 = 1.5;
/// The chance, after correction, below which a difference is no chance.
const BEYOND_CHANCE: f64 = 0.01;
/// Numbers needed on each side.
const ENOUGH: usize = 5;
/// Values named in a row.
const NAMED: usize = 5;
/// A number that names nothing is an id where more of its values than this are seen once.
const HARDLY_REPEATS: f64 = 0.5;

/// Words that say after a number what it counts, and what it is shown in.
const UNITS: [(&str, &str); 22] = [
    ("ns", "ns"),
    ("us", "µs"),
    ("µs", "µs"),
    ("ms", "ms"),
    ("msec", "ms"),
    ("msecs", "ms"),
    ("millis", "ms"),
    ("milliseconds", "ms"),
    ("s", "s"),
    ("sec", "s"),
    ("secs", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("min", "min"),
    ("minutes", "min"),
    ("bytes", "bytes"),
    ("kb", "kB"),
    ("mb", "MB"),
    ("gb", "GB"),
    ("percent", "%"),
    ("records", "records"),
    ("rows", "rows"),
];
/// Those of them that are times.
const TIMES: [&str; 5] = ["ns", "µs", "ms", "s", "min"];
/// Names of times before a number.
const TIME_NAMES: [&str; 8] = ["duration", "elapsed", "latency", "took", "time", "delay", "wait", "runtime"];
/// Names of other quantities before a number.
const QUANTITY_NAMES: [&str; 10] =
    ["size", "length", "count", "total", "bytes", "queue", "depth", "load", "temperature", "status"];

/// A slot of a template on both sides.
struct Pair<'a> {
    template: &'a Template,
    nth: usize,
    a: Slot,
    b: Slot,
}

/// What the text around a slot says of its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    /// A time, in a unit that is named or not.
    Time(&'static str),
    /// Something else that is counted or measured.
    Quantity,
    /// Nothing: it may be an id.
    Unknown,
}

/// Durations that grew, and slots with new values.
pub(super) fn compare_slots(comparison: &Comparison<'_>) -> (Vec<SlowerRow>, Vec<ValuesRow>) {
    let sides = [comparison.baseline, comparison.target].map(|side| Side::of(side.learned.miner()));
    let mut pairs = Vec::new();
    for template in shared(comparison).filter(|template| !template.slots.is_empty()) {
        let [a, b] = [&sides[0], &sides[1]].map(|side| side.slots(template));
        let both = a.into_iter().zip(b).enumerate();
        pairs.extend(both.map(|(nth, (a, b))| Pair { template, nth, a, b }));
    }
    let tests = pairs.len().max(1) as f64;
    let mut slower: Vec<SlowerRow> = pairs.iter().filter_map(|pair| pair.slower(tests)).collect();
    let mut values: Vec<ValuesRow> = pairs.iter().filter_map(|pair| pair.values(tests)).collect();
    // That a duration is longer than ever is said once.
    values.retain(|row| {
        let told = |slow: &SlowerRow| (&slow.template_id, slow.slot) == (&row.template_id, row.slot);
        row.what != "above" || !slower.iter().any(told)
    });
    // Pairs stand in the order of the templates, and equal rows keep it.
    slower.sort_by(|one, two| two.factor.total_cmp(&one.factor));
    values.sort_by(|one, two| one.p_value.total_cmp(&two.p_value));
    (slower, values)
}

impl Pair<'_> {
    fn measure(&self) -> Measure {
        match self.b.kind {
            Kind::Duration => Measure::Time("s"),
            Kind::Size | Kind::Percentage => Measure::Quantity,
            _ => measure(&self.template.raw, self.nth),
        }
    }

    /// The numbers of a time that is not merely a clock.
    fn slower(&self, tests: f64) -> Option<SlowerRow> {
        let Measure::Time(unit) = self.measure() else { return None };
        if self.only_rises() || self.a.numbers.len() < ENOUGH || self.b.numbers.len() < ENOUGH {
            return None;
        }
        let (a, b) = (spread(&self.a)?, spread(&self.b)?);
        // What was slow for a part of the time has the same median still.
        let factors = [(a.median, b.median), (a.p90, b.p90)].map(|(a, b)| grown(a, b));
        let factor = factors.into_iter().fold(0.0, f64::max);
        let p_value = (chance_of_shift(&self.a.numbers, &self.b.numbers) * tests).min(1.0);
        (factor >= FACTOR && p_value < BEYOND_CHANCE).then(|| SlowerRow {
            template_id: self.template.id.to_string(),
            template: masked(self.template.text()),
            slot: self.nth as u64,
            unit: unit.to_owned(),
            a,
            b,
            factor,
            p_value,
        })
    }

    fn only_rises(&self) -> bool {
        [&self.a, &self.b].iter().any(|slot| slot.trend != Trend::Mixed)
    }

    fn values(&self, tests: f64) -> Option<ValuesRow> {
        let row = if self.a.is_closed() { self.new_values() } else { self.beyond() }?;
        let row = ValuesRow { p_value: (row.p_value * tests).min(1.0), ..row };
        (row.p_value < BEYOND_CHANCE).then_some(row)
    }

    /// Values that a closed set did not have.
    fn new_values(&self) -> Option<ValuesRow> {
        let known = self.a.frequent();
        // A set that is not known whole says nothing about what is new.
        if (known.len() as u64) < self.a.distinct_seen() {
            return None;
        }
        let set: BTreeSet<&[u8]> = known.iter().map(|(text, _)| text.as_slice()).collect();
        let seen = self.b.frequent();
        let new: Vec<&(Vec<u8>, f64)> =
            seen.iter().filter(|(text, _)| !set.contains(text.as_slice())).collect();
        let share: f64 = new.iter().map(|(_, share)| share).sum();
        // What is the same throughout a run and another in the next is the name of the run.
        if new.is_empty() || (new.len() == seen.len() && self.names_a_run()) {
            return None;
        }
        let (n, m) = (self.a.looked_at() as f64, self.b.looked_at() as f64);
        Some(ValuesRow {
            known: known.iter().take(NAMED).map(|(text, _)| shown(text)).collect(),
            new: new.iter().take(NAMED).map(|(text, _)| shown(text)).collect(),
            share,
            p_value: chance_of_all_new(share * m, m, n),
            ..self.row("new")
        })
    }

    fn names_a_run(&self) -> bool {
        !matches!(self.b.kind, Kind::Word | Kind::Literal | Kind::Percentage)
            && self.measure() == Measure::Unknown
    }

    /// Numbers beyond all that the baseline had.
    fn beyond(&self) -> Option<ValuesRow> {
        let id = self.measure() == Measure::Unknown && self.a.chance_of_new() > HARDLY_REPEATS;
        let numbers = matches!(self.b.kind, Kind::Number | Kind::Duration | Kind::Size | Kind::Percentage);
        if id || !numbers || self.only_rises() || self.a.numbers.len() < 2 * ENOUGH {
            return None;
        }
        let (low, high) = self.a.range()?;
        let all = &self.b.numbers;
        let above: Vec<f64> = all.iter().rev().copied().filter(|number| *number > high).collect();
        let below: Vec<f64> = all.iter().copied().filter(|number| *number < low).collect();
        let (what, beyond) = if above.len() >= below.len() { ("above", above) } else { ("below", below) };
        if beyond.is_empty() || beyond.len() == all.len() && self.measure() == Measure::Unknown {
            return None;
        }
        let (m, n) = (all.len() as f64, self.a.looked_at() as f64);
        let mut new: Vec<String> = beyond.iter().map(f64::to_string).collect();
        new.dedup();
        new.truncate(NAMED);
        Some(ValuesRow {
            known: vec![low.to_string(), high.to_string()],
            new,
            share: beyond.len() as f64 / m.max(1.0),
            p_value: chance_of_all_new(beyond.len() as f64, m, n),
            ..self.row(what)
        })
    }

    fn row(&self, what: &str) -> ValuesRow {
        ValuesRow {
            template_id: self.template.id.to_string(),
            template: masked(self.template.text()),
            slot: self.nth as u64,
            kind: self.b.kind.name().to_owned(),
            what: what.to_owned(),
            ..ValuesRow::default()
        }
    }
}

/// By which factor a duration has grown. From nothing to something there is none, so it is bounded.
fn grown(a: f64, b: f64) -> f64 {
    if b <= a { 1.0 } else { (b / a.max(f64::MIN_POSITIVE)).min(1e6) }
}

fn shown(text: &[u8]) -> String {
    masked(String::from_utf8_lossy(text).into_owned())
}

fn spread(slot: &Slot) -> Option<Spread> {
    Some(Spread {
        sampled: slot.looked_at(),
        median: slot.quantile(0.5)?,
        p90: slot.quantile(0.9)?,
        greatest: slot.range()?.1,
    })
}

/// What the words beside a slot say of it. The byte 0x01 stands for slots.
fn measure(raw: &[u8], nth: usize) -> Measure {
    let mut parts = raw.split(|byte| *byte == 1);
    let before = parts.by_ref().take(nth + 1).last().unwrap_or_default();
    let after = parts.next().unwrap_or_default();
    let (before, after) = (String::from_utf8_lossy(before), String::from_utf8_lossy(after));
    let letters = |letter: char| !letter.is_alphabetic();
    let unit = after.trim_start_matches(' ').split(letters).next().unwrap_or_default().to_lowercase();
    let named =
        before.trim_end_matches([' ', '=', ':', '"', '\'']).rsplit(letters).next().unwrap_or_default();
    let named = named.to_lowercase();
    let of_unit = |word: &str| UNITS.iter().find(|(unit, _)| *unit == word).map(|(_, shown)| *shown);
    match of_unit(&unit).or_else(|| of_unit(&named).filter(|_| named.len() > 1)) {
        Some(unit) if TIMES.contains(&unit) => Measure::Time(unit),
        Some(_) => Measure::Quantity,
        None if TIME_NAMES.contains(&named.as_str()) => Measure::Time(""),
        None if QUANTITY_NAMES.contains(&named.as_str()) => Measure::Quantity,
        None => Measure::Unknown,
    }
}

/// The chance that the numbers of `b` rank as high among those of both as they do, if there is no difference: the
/// rank-sum test with its correction for ties. Both are sorted.
fn chance_of_shift(a: &[f64], b: &[f64]) -> f64 {
    let (n, m) = (a.len() as f64, b.len() as f64);
    let mut all: Vec<(f64, bool)> =
        a.iter().map(|value| (*value, false)).chain(b.iter().map(|value| (*value, true))).collect();
    all.sort_by(|one, two| one.0.total_cmp(&two.0));
    let (mut ranks, mut ties, mut before) = (0.0, 0.0, 0.0);
    for equal in all.chunk_by(|one, two| one.0 == two.0) {
        let count = equal.len() as f64;
        let rank = before + (count + 1.0) / 2.0;
        ranks += rank * equal.iter().filter(|(_, of_b)| *of_b).count() as f64;
        ties += count * (count * count - 1.0);
        before += count;
    }
    let whole = n + m;
    let expected = m * (whole + 1.0) / 2.0;
    let variance = n * m / 12.0 * (whole + 1.0 - ties / (whole * (whole - 1.0)));
    tail((ranks - expected) / variance.max(f64::MIN_POSITIVE).sqrt())
}

/// No less than the chance that a normal number lies so many deviations above its mean.
fn tail(deviations: f64) -> f64 {
    if deviations < 1.0 {
        return 1.0;
    }
    (-deviations * deviations / 2.0).exp() / (deviations * (2.0 * std::f64::consts::PI).sqrt())
}

/// The chance that so many given records of both are all among the `m` of the target and not among the `n` of the
/// baseline, if there is no difference.
fn chance_of_all_new(count: f64, m: f64, n: f64) -> f64 {
    let steps = count.round().clamp(0.0, 1000.0) as u32;
    (0..steps).fold(1.0, |chance, step| {
        let step = f64::from(step);
        chance * ((m - step).max(1.0) / (n + m - step).max(1.0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_beside_a_slot_say_what_it_is() {
        let check = |text: &str, nth: usize, wanted: Measure| {
            assert_eq!(measure(text.replace('*', "\u{1}").as_bytes(), nth), wanted, "{text}");
        };
        check("request * took * ms", 1, Measure::Time("ms"));
        check("request * took * ms", 0, Measure::Unknown);
        check("done in *s", 0, Measure::Time("s"));
        check("latency=* user=*", 0, Measure::Time(""));
        check("latency=* user=*", 1, Measure::Unknown);
        check("read * bytes from *", 0, Measure::Quantity);
        check("status: *", 0, Measure::Quantity);
        check("thing's *", 0, Measure::Unknown);
        check("*", 3, Measure::Unknown);
    }

    #[test]
    fn ranks_tell_a_shift_from_chance() {
        let numbers = |from: f64| (0..40).map(|n| from + f64::from(n)).collect::<Vec<_>>();
        assert!(chance_of_shift(&numbers(0.0), &numbers(30.0)) < 1e-8);
        assert!(chance_of_shift(&numbers(0.0), &numbers(0.0)) > 0.1);
        assert!(chance_of_shift(&numbers(30.0), &numbers(0.0)) > 0.9);
        assert!(chance_of_shift(&[1.0; 40], &[1.0; 40]) > 0.9);
        // What only repeats is nearly nothing: one record of many beyond is chance.
        assert!(chance_of_all_new(1.0, 50.0, 50.0) > 0.4 && chance_of_all_new(10.0, 50.0, 50.0) < 1e-3);
        assert!(chance_of_all_new(1.0, 1.0, 9999.0) < 1e-3);
    }
}
