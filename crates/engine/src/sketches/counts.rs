//! Times in, how many there were in each interval of log time out.
//!
//! Intervals are 1, 2, 4, 8, … seconds long, begin at multiples of their length since 1970 and are as short
//! as 64 of them allow from the first time to the last. So the length is a function of these two alone, and
//! merging two summaries is widening to the coarser and adding. First and last time are exact.

use crate::model::{BlockReader, BlockWriter, ModelError};
use crate::records::time::Time;

const BINS: u64 = 64;

/// Counts per interval of log time. Merging is exact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    untimed: u64,
    span: Option<Span>,
    /// One for each interval from that of the first time to that of the last.
    bins: Vec<u64>,
}

/// From the first time to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    first: Time,
    last: Time,
    /// Intervals have 2^level seconds.
    level: u32,
}

impl Span {
    fn new(first: Time, last: Time) -> Span {
        let mut span = Span { first, last, level: 0 };
        while span.bins() > BINS {
            span.level += 1;
        }
        span
    }

    /// The number of the first interval, counted from 1970.
    fn base(self) -> i64 {
        self.first.seconds() >> self.level
    }

    fn bins(self) -> u64 {
        // Seconds of an `i64` of nanoseconds are far from overflowing.
        ((self.last.seconds() >> self.level) - self.base()).unsigned_abs() + 1
    }

    fn joined(self, other: Span) -> Span {
        Span::new(self.first.min(other.first), self.last.max(other.last))
    }
}

impl Counts {
    /// Counts one at that time.
    #[inline]
    pub fn add(&mut self, time: Time) {
        if let Some(span) = &mut self.span {
            let at = usize::try_from((time.seconds() >> span.level) - span.base());
            if let Some(bin) = at.ok().and_then(|at| self.bins.get_mut(at)) {
                *bin = bin.saturating_add(1);
                span.first = span.first.min(time);
                span.last = span.last.max(time);
                return;
            }
        }
        self.add_outside(time);
    }

    /// Counts one whose time is unknown.
    pub fn add_untimed(&mut self) {
        self.untimed = self.untimed.saturating_add(1);
    }

    #[cold]
    fn add_outside(&mut self, time: Time) {
        let one = Counts { untimed: 0, span: Some(Span::new(time, time)), bins: vec![1] };
        self.absorb(&one);
    }

    /// Takes in everything the other has seen.
    pub fn absorb(&mut self, other: &Counts) {
        self.untimed = self.untimed.saturating_add(other.untimed);
        let Some(theirs) = other.span else { return };
        let span = self.span.map_or(theirs, |ours| ours.joined(theirs));
        self.widen(span);
        self.add_bins(theirs, &other.bins);
    }

    /// Lays the bins out anew for a wider span.
    fn widen(&mut self, span: Span) {
        let bins = usize::try_from(span.bins()).unwrap_or(usize::MAX);
        let same_layout = self.span.is_some_and(|ours| {
            ours.level == span.level && ours.base() == span.base() && self.bins.len() == bins
        });
        let before = self.span.replace(span);
        if same_layout {
            return;
        }
        let mut wider = Vec::with_capacity(room(bins));
        wider.resize(bins, 0);
        let old = std::mem::replace(&mut self.bins, wider);
        if let Some(before) = before {
            self.add_bins(before, &old);
        }
    }

    /// Adds bins that lie within the span and are at most as wide as ours.
    fn add_bins(&mut self, theirs: Span, bins: &[u64]) {
        let Some(ours) = self.span else { return };
        let wider = ours.level - theirs.level;
        for (number, count) in (theirs.base()..).zip(bins) {
            let at = usize::try_from((number >> wider) - ours.base());
            if let Some(bin) = at.ok().and_then(|at| self.bins.get_mut(at)) {
                *bin = bin.saturating_add(*count);
            }
        }
    }

    /// How many there were, with and without a time.
    pub fn total(&self) -> u64 {
        self.bins.iter().fold(self.untimed, |sum, count| sum.saturating_add(*count))
    }

    /// How many had no time.
    pub fn untimed(&self) -> u64 {
        self.untimed
    }

    /// The first time.
    pub fn first(&self) -> Option<Time> {
        self.span.map(|span| span.first)
    }

    /// The last time.
    pub fn last(&self) -> Option<Time> {
        self.span.map(|span| span.last)
    }

    /// How many seconds an interval has.
    pub fn seconds(&self) -> u64 {
        1 << self.span.map_or(0, |span| span.level)
    }

    /// The second at which each interval begins, since 1970, and how many there were in it; no interval
    /// between the first and the last is left out. There are at most 64.
    pub fn bins(&self) -> impl ExactSizeIterator<Item = (i64, u64)> {
        let (base, level) = self.span.map_or((0, 0), |span| (span.base(), span.level));
        self.bins.iter().enumerate().map(move |(at, count)| ((base + at as i64) << level, *count))
    }

    /// The memory held.
    pub fn bytes(&self) -> usize {
        size_of::<Counts>() + room(self.bins.len()) * size_of::<u64>()
    }

    /// Writes it into a block of the model.
    pub fn write(&self, block: &mut BlockWriter) {
        block.varint(self.untimed);
        block.list(self.bins.iter(), |block, count| block.varint(*count));
        if let Some(span) = self.span {
            block.signed(span.first.nanos());
            block.signed(span.last.nanos());
        }
    }

    /// Reads what [`Counts::write`] wrote.
    pub fn read(block: &mut BlockReader<'_>) -> Result<Counts, ModelError> {
        let untimed = block.varint()?;
        let offset = block.offset();
        let bins = block.list("the number of intervals", BINS as usize, 1, |block| block.varint())?;
        let (Some(in_first), Some(in_last)) = (bins.first(), bins.last()) else {
            return Ok(Counts { untimed, ..Counts::default() });
        };
        let (first, last) = (Time::from_nanos(block.signed()?), Time::from_nanos(block.signed()?));
        let fits = first <= last && *in_first > 0 && *in_last > 0;
        let span =
            Some(Span::new(first, last.max(first))).filter(|span| fits && span.bins() == bins.len() as u64);
        match span {
            Some(span) => Ok(Counts { untimed, span: Some(span), bins }),
            None => {
                let found = format!("{} from {first} to {last}", bins.len());
                Err(block.malformed(
                    "intervals",
                    offset,
                    "as many as reach from the first time to the last",
                    found,
                ))
            }
        }
    }
}

/// For how many intervals there is room: a function of their number, so that memory is one, too.
fn room(bins: usize) -> usize {
    if bins == 0 { 0 } else { bins.next_power_of_two() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::laws::{self, Sketch};
    use super::*;

    impl Sketch for Counts {
        /// Nanoseconds, where there is a time.
        type Item = Option<i64>;
        fn add_item(&mut self, item: &Option<i64>) {
            match item {
                Some(nanos) => self.add(Time::from_nanos(*nanos)),
                None => self.add_untimed(),
            }
        }
        fn absorb_other(&mut self, other: &Counts) {
            self.absorb(other);
        }
        fn write_to(&self, block: &mut BlockWriter) {
            self.write(block);
        }
        fn read_from(block: &mut BlockReader<'_>) -> Result<Counts, ModelError> {
            Counts::read(block)
        }
        fn memory(&self) -> usize {
            self.bytes()
        }
    }

    fn at_seconds(seconds: &[i64]) -> Counts {
        let mut counts = Counts::default();
        seconds.iter().for_each(|second| counts.add(Time::from_seconds(*second).unwrap()));
        counts
    }

    #[test]
    fn intervals_double_when_they_must() {
        let check = |seconds: &[i64], width: u64, expected: &[(i64, u64)]| {
            let counts = at_seconds(seconds);
            let used: Vec<(i64, u64)> = counts.bins().filter(|(_, count)| *count > 0).collect();
            assert_eq!((counts.seconds(), used.as_slice()), (width, expected), "{seconds:?}");
        };
        check(&[], 1, &[]);
        check(&[100, 163, 100], 1, &[(100, 2), (163, 1)]);
        check(&[100, 101, 164], 2, &[(100, 2), (164, 1)]);
        check(&[-1, 0], 1, &[(-1, 1), (0, 1)]);
        check(&[-1, 0, 100], 2, &[(-2, 1), (0, 1), (100, 1)]);
        check(&[0, 86_400], 2_048, &[(0, 1), (86_016, 1)]);
    }

    #[test]
    fn a_steady_log_fills_half_of_the_intervals_at_least() {
        for length in 65..3_000 {
            let counts = at_seconds(&(0..length).collect::<Vec<i64>>());
            assert!((32..=64).contains(&counts.bins().len()), "{length}: {}", counts.bins().len());
            assert_eq!(counts.total(), length.unsigned_abs());
        }
    }

    #[test]
    fn damage_is_survived() {
        laws::survive_damage::<Counts>(&[]);
        laws::survive_damage::<Counts>(&[None]);
        laws::survive_damage::<Counts>(&[Some(5), None, Some(70_000_000_000), Some(-1)]);
        laws::survive_damage::<Counts>(&[Some(i64::MIN), Some(i64::MAX)]);
    }

    proptest! {
        #[test]
        fn laws(
            items in proptest::collection::vec(prop_oneof![
                Just(None),
                any::<i64>().prop_map(Some),
                (0..200_000_000_000i64).prop_map(Some),
                (1_700_000_000_000_000_000..1_700_090_000_000_000_000i64).prop_map(Some),
            ], 0..60),
            cuts in (0..60usize, 0..60usize),
        ) {
            laws::hold::<Counts>(&items, cuts);
        }

        #[test]
        fn what_is_counted_stays(seconds in proptest::collection::vec(-5_000..90_000i64, 1..60)) {
            let counts = at_seconds(&seconds);
            for (start, count) in counts.bins() {
                let end = start + counts.seconds().cast_signed();
                let truth = seconds.iter().filter(|second| (start..end).contains(second)).count();
                prop_assert_eq!(count, truth as u64);
            }
            prop_assert_eq!(counts.first().map(Time::seconds), seconds.iter().min().copied());
            prop_assert_eq!(counts.last().map(Time::seconds), seconds.iter().max().copied());
        }
    }
}
