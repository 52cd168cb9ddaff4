//! The sampled values and the sketches of a slot in, what can be said of the slot out.
//!
//! The sample is an even choice of the records (see `sample.rs`), so a share or a rank taken from
//! `n` of them is off by about `1 / (2 √n)`. Where the sample holds all records it is exact. The
//! sketches have seen one record of 1,024; where that is more than the sample holds, they are asked.

use std::collections::BTreeMap;

use super::broad::Sketches;
use super::sample::Seen;
use super::slot::Kind;

/// Top values shown at most.
const TOP: usize = 8;
/// Share of the sampled values that must have a type for the slot to have it.
const AGREED: f64 = 0.8;

/// How numbers of a slot go on in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// Neither only up nor only down, or too few to say.
    Mixed,
    /// Never falls, and rises.
    Rising,
    /// Never rises, and falls.
    Falling,
}

/// A slot of a template.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// The type of most values.
    pub kind: Kind,
    /// Values looked at. All other figures are about these.
    pub sampled: u64,
    /// Different values among them.
    pub distinct: u64,
    /// Values among them that were seen once.
    pub singles: u64,
    /// Frequent values with their counts, the most frequent first; empty where texts are not kept.
    pub top: Vec<(Vec<u8>, u64)>,
    /// The numbers among them, in their order.
    pub numbers: Vec<f64>,
    /// Whether numbers only rise or only fall in time.
    pub trend: Trend,
    /// Records behind the sketches.
    sketched: u64,
    sketches: Option<Sketches>,
}

impl Slot {
    /// Makes a slot of its values, which come in the order of time.
    pub(crate) fn of(values: &[Seen], (sketched, sketches): (u64, Option<Sketches>)) -> Slot {
        let mut counts: BTreeMap<u64, (u64, Option<&[u8]>)> = BTreeMap::new();
        for value in values {
            let (count, text) = counts.entry(value.hash).or_default();
            *count += 1;
            *text = text.or(value.text.as_deref());
        }
        let in_time: Vec<f64> = values.iter().filter_map(|value| value.number).collect();
        let trend = trend_of(&in_time);
        let mut numbers = in_time;
        numbers.sort_by(f64::total_cmp);
        Slot {
            kind: common_kind(values),
            sampled: values.len() as u64,
            distinct: counts.len() as u64,
            singles: counts.values().filter(|(count, _)| *count == 1).count() as u64,
            top: top_of(&counts),
            numbers,
            trend,
            sketched,
            sketches: sketches.filter(|_| sketched > values.len() as u64),
        }
    }

    /// The chance that the next value is one never seen: the share of values seen once (Good and
    /// Turing). Small for a closed set such as states, near one for ids.
    pub fn chance_of_new(&self) -> f64 {
        if self.sampled == 0 { 1.0 } else { self.singles as f64 / self.sampled as f64 }
    }

    /// Whether the values are a closed set.
    pub fn is_closed(&self) -> bool {
        self.sampled >= 16 && self.chance_of_new() <= 0.05
    }

    /// The number below which that share of the numbers lies (`0.5` gives the median). From the
    /// sketch it is within 1 % of a value of that rank, from the sample it is a value seen.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        if let Some(sketches) = &self.sketches {
            return sketches.numbers.quantile(share);
        }
        let last = self.numbers.len().checked_sub(1)?;
        let rank = (share.clamp(0.0, 1.0) * last as f64).round() as usize;
        self.numbers.get(rank).copied()
    }

    /// The smallest and the greatest number that was looked at.
    pub fn range(&self) -> Option<(f64, f64)> {
        let (low, high) = (*self.numbers.first()?, *self.numbers.last()?);
        let numbers = self.sketches.as_ref().map(|sketches| &sketches.numbers);
        let smallest = numbers.and_then(|numbers| numbers.smallest()).unwrap_or(low);
        let greatest = numbers.and_then(|numbers| numbers.greatest()).unwrap_or(high);
        Some((smallest.min(low), greatest.max(high)))
    }

    /// How many records were looked at.
    pub fn looked_at(&self) -> u64 {
        self.sketched.max(self.sampled)
    }

    /// How many different values were looked at: a lower bound for how many there are.
    pub fn distinct_seen(&self) -> u64 {
        self.sketches
            .as_ref()
            .map_or(self.distinct, |sketches| sketches.distinct.estimate().max(self.distinct))
    }

    /// How many different values there may be among so many records. Values that repeat are nearly
    /// all seen by now, and values that do not are seen in proportion to the records looked at; what
    /// lies between is raised by the share of new values. Right at both ends, a rough guess between.
    pub fn distinct_guess(&self, records: u64) -> u64 {
        let looked_at = self.sketched.max(self.sampled).max(1);
        let unseen = (records as f64 / looked_at as f64).max(1.0);
        let guess = self.distinct_seen() as f64 * unseen.powf(self.chance_of_new());
        (guess.round() as u64).clamp(self.distinct_seen(), records.max(self.distinct_seen()))
    }

    /// Values with the share of the records that have them, the most frequent first. All of them
    /// where the set is closed and small; else those in the sample.
    pub fn frequent(&self) -> Vec<(Vec<u8>, f64)> {
        let closed = self.sketches.as_ref().map(|sketches| &sketches.top).filter(|top| top.is_closed());
        let counted: Vec<(Vec<u8>, u64)> = match closed {
            Some(top) => {
                top.values().iter().filter_map(|value| Some((value.text?.to_vec(), value.count))).collect()
            }
            None => self.top.clone(),
        };
        let all = closed.map_or(self.sampled, |top| top.total()).max(1) as f64;
        let mut shares: Vec<(Vec<u8>, f64)> =
            counted.into_iter().map(|(text, count)| (text, count as f64 / all)).collect();
        shares.sort_by(|(text, share), (other, more)| more.total_cmp(share).then_with(|| text.cmp(other)));
        shares
    }
}

fn common_kind(values: &[Seen]) -> Kind {
    let mut counts = [0usize; Kind::ALL.len()];
    for value in values {
        counts[value.kind as usize] += 1;
    }
    let filled = values.len() - counts[Kind::Empty as usize];
    let most = Kind::ALL.into_iter().skip(1).max_by_key(|kind| (counts[*kind as usize], *kind));
    match most {
        _ if values.is_empty() => Kind::Text,
        _ if filled == 0 => Kind::Empty,
        Some(kind) if counts[kind as usize] as f64 >= AGREED * filled as f64 => kind,
        _ => Kind::Text,
    }
}

fn top_of(counts: &BTreeMap<u64, (u64, Option<&[u8]>)>) -> Vec<(Vec<u8>, u64)> {
    let known = counts.values().filter_map(|(count, text)| Some((text.map(<[u8]>::to_vec)?, *count)));
    let mut top: Vec<(Vec<u8>, u64)> = known.collect();
    top.sort_by(|(text, count), (other, more)| more.cmp(count).then_with(|| text.cmp(other)));
    top.truncate(TOP);
    top
}

fn trend_of(numbers: &[f64]) -> Trend {
    let steps = || numbers.windows(2).filter_map(|pair| Some(pair.last()? - pair.first()?));
    let (up, down) = (steps().any(|step| step > 0.0), steps().any(|step| step < 0.0));
    match (numbers.len() >= 4, up, down) {
        (true, true, false) => Trend::Rising,
        (true, false, true) => Trend::Falling,
        _ => Trend::Mixed,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::Keep;
    use super::*;

    fn slot(values: &[&str]) -> Slot {
        let seen: Vec<Seen> = values.iter().map(|value| Seen::of(value.as_bytes(), Keep::Text)).collect();
        Slot::of(&seen, (0, None))
    }

    #[test]
    fn a_closed_set_of_words() {
        let values: Vec<&str> = ["up", "down"].into_iter().cycle().take(20).collect();
        let slot = slot(&values);
        assert_eq!((slot.kind, slot.distinct, slot.is_closed()), (Kind::Word, 2, true));
        assert_eq!(slot.top, [(b"down".to_vec(), 10), (b"up".to_vec(), 10)]);
    }

    #[test]
    fn numbers_that_rise() {
        let slot = slot(&["1", "2", "4", "8", "16"]);
        assert_eq!((slot.kind, slot.trend), (Kind::Number, Trend::Rising));
        assert_eq!(
            (slot.quantile(0.0), slot.quantile(0.5), slot.quantile(1.0)),
            (Some(1.0), Some(4.0), Some(16.0))
        );
        assert!(!slot.is_closed());
    }

    #[test]
    fn mixed_types_are_text() {
        assert_eq!(slot(&["1", "up", "/a/b", "10.0.0.1"]).kind, Kind::Text);
        assert_eq!(slot(&["", "", "7"]).kind, Kind::Number);
        assert_eq!(slot(&[]).quantile(0.5), None);
    }

    #[test]
    fn sketches_are_asked_where_they_have_seen_more() {
        let mut sketches = Sketches::default();
        let values: Vec<Seen> = (0..1000).map(|n| Seen::of(n.to_string().as_bytes(), Keep::Text)).collect();
        values.iter().for_each(|seen| sketches.add(seen, seen.text.as_deref()));
        let slot = Slot::of(&values[400..464], (1000, Some(sketches)));
        assert_eq!(slot.range(), Some((0.0, 999.0)));
        assert!(slot.quantile(0.5).is_some_and(|median| (median - 500.0).abs() < 10.0));
        assert!((900..1100).contains(&slot.distinct_seen()));
        assert!((50_000..=64_000).contains(&slot.distinct_guess(64_000)), "{}", slot.distinct_guess(64_000));
        assert_eq!(slot.frequent().len(), TOP);
    }

    #[test]
    fn a_closed_set_is_counted_whole() {
        let mut sketches = Sketches::default();
        let values: Vec<Seen> =
            (0..100).map(|n| Seen::of([&b"up"[..], b"down"][n % 2], Keep::Text)).collect();
        values.iter().for_each(|seen| sketches.add(seen, seen.text.as_deref()));
        let slot = Slot::of(&values[..64], (100, Some(sketches)));
        assert_eq!(slot.frequent(), [(b"down".to_vec(), 0.5), (b"up".to_vec(), 0.5)]);
        assert_eq!(slot.distinct_guess(1_000_000), 2);
    }
}
