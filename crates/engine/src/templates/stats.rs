//! What is counted of every skeleton and template: how often, how grave, since and until when.
//!
//! All of it merges exactly, in any order: sums, minima and maxima, and a time line whose bin width
//! follows from the earliest and the latest time alone.

use crate::records::level::Level;
use crate::records::time::Time;

/// Bins of a [`Timeline`].
pub const BINS: usize = 32;

/// The finest bin is 2^30 ns, a little more than a second.
const FINEST: u32 = 30;

/// What is known of a record beside its message.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    /// How grave.
    pub level: Option<Level>,
    /// When.
    pub time: Option<Time>,
    /// The line at which the record begins.
    pub line: u64,
    /// The number of the stream within its log: what floods one stream must not harm another.
    pub stream: u32,
}

/// Counts over time. Bins are powers of two wide and lie at multiples of their width.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    width: u32,
    first: i64,
    bins: Option<Box<[u32; BINS]>>,
}

impl Timeline {
    #[inline]
    fn add(&mut self, nanos: i64, count: u32) {
        let at = (nanos >> self.width).wrapping_sub(self.first);
        match &mut self.bins {
            Some(bins) if (0..BINS as i64).contains(&at) => {
                let bin = &mut bins[at as usize % BINS];
                *bin = bin.saturating_add(count);
            }
            _ => self.make_room(nanos, count),
        }
    }

    #[cold]
    fn make_room(&mut self, nanos: i64, count: u32) {
        let Some(bins) = self.bins.take() else {
            self.width = FINEST;
            self.first = nanos >> FINEST;
            let mut bins = Box::new([0; BINS]);
            bins[0] = count;
            self.bins = Some(bins);
            return;
        };
        let used = bins.iter().rposition(|bin| *bin > 0).unwrap_or(0) as i64;
        let (mut width, mut low, mut high) = (self.width, self.first, self.first + used);
        let at = nanos >> width;
        (low, high) = (low.min(at), high.max(at));
        while high - low >= BINS as i64 {
            (low, high, width) = (low >> 1, high >> 1, width + 1);
        }
        let mut wider = Box::new([0u32; BINS]);
        let mut put = |bin: i64, count: u32| {
            if let Some(slot) = wider.get_mut((bin - low) as usize) {
                *slot = slot.saturating_add(count);
            }
        };
        for (nth, count) in bins.iter().enumerate() {
            if *count > 0 {
                put((self.first + nth as i64) >> (width - self.width), *count);
            }
        }
        put(nanos >> width, count);
        *self = Timeline { width, first: low, bins: Some(wider) };
    }

    fn absorb(&mut self, other: &Timeline) {
        let Some(theirs) = &other.bins else { return };
        // Bins of the finer line fall whole into those of the wider one.
        self.widen(other.width);
        for (nth, count) in theirs.iter().enumerate() {
            if *count > 0 {
                self.add((other.first + nth as i64) << other.width, *count);
            }
        }
    }

    fn widen(&mut self, width: u32) {
        let Some(bins) = self.bins.take_if(|_| self.width < width) else { return };
        let mut wider = Box::new([0u32; BINS]);
        let shift = width - self.width;
        let first = self.first >> shift;
        for (nth, count) in bins.iter().enumerate() {
            if let Some(slot) = wider.get_mut((((self.first + nth as i64) >> shift) - first) as usize) {
                *slot = slot.saturating_add(*count);
            }
        }
        *self = Timeline { width, first, bins: Some(wider) };
    }

    /// Width, first bin and counts, as a model file keeps them.
    pub(crate) fn parts(&self) -> Option<(u32, i64, &[u32; BINS])> {
        Some((self.width, self.first, self.bins.as_deref()?))
    }

    /// The time line of what [`Timeline::parts`] gave.
    pub(crate) fn of_parts(width: u32, first: i64, bins: Box<[u32; BINS]>) -> Option<Timeline> {
        if !(FINEST..64).contains(&width) || bins[0] == 0 {
            return None;
        }
        let used = bins.iter().rposition(|bin| *bin > 0)? as i64;
        let fits = |bin: i64| bin >> (63 - width) == bin >> 63;
        (fits(first) && fits(first.checked_add(used)?)).then_some(Timeline { width, first, bins: Some(bins) })
    }

    /// Where the first bin begins, how wide bins are in nanoseconds, and their counts.
    pub fn bins(&self) -> Option<(Time, u64, &[u32; BINS])> {
        let bins = self.bins.as_deref()?;
        Some((Time::from_nanos(self.first << self.width), 1 << self.width, bins))
    }
}

/// Counts of a skeleton or template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    pub(crate) count: u64,
    levels: [u64; Level::ALL.len()],
    first: i64,
    last: i64,
    first_line: u64,
    last_line: u64,
    timeline: Timeline,
}

/// What [`Stats::parts`] gives.
pub(crate) struct Parts<'a> {
    pub(crate) count: u64,
    pub(crate) levels: &'a [u64; Level::ALL.len()],
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) first_line: u64,
    pub(crate) last_line: u64,
    pub(crate) timeline: &'a Timeline,
}

impl Default for Stats {
    fn default() -> Stats {
        Stats {
            count: 0,
            levels: [0; Level::ALL.len()],
            first: i64::MAX,
            last: i64::MIN,
            first_line: u64::MAX,
            last_line: 0,
            timeline: Timeline::default(),
        }
    }
}

impl Stats {
    /// Counts a record.
    #[inline]
    pub(crate) fn add(&mut self, facts: &Facts) {
        self.count += 1;
        if let Some(level) = facts.level {
            self.levels[level as usize] += 1;
        }
        self.first_line = self.first_line.min(facts.line);
        self.last_line = self.last_line.max(facts.line);
        if let Some(time) = facts.time {
            self.first = self.first.min(time.nanos());
            self.last = self.last.max(time.nanos());
            self.timeline.add(time.nanos(), 1);
        }
    }

    /// Adds what another has counted.
    pub(crate) fn absorb(&mut self, other: &Stats) {
        self.count = self.count.saturating_add(other.count);
        for (sum, more) in self.levels.iter_mut().zip(other.levels) {
            *sum = sum.saturating_add(more);
        }
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.first_line = self.first_line.min(other.first_line);
        self.last_line = self.last_line.max(other.last_line);
        self.timeline.absorb(&other.timeline);
    }

    /// All counts, as a model file keeps them.
    pub(crate) fn parts(&self) -> Parts<'_> {
        Parts {
            count: self.count,
            levels: &self.levels,
            first: self.first,
            last: self.last,
            first_line: self.first_line,
            last_line: self.last_line,
            timeline: &self.timeline,
        }
    }

    /// The counts of what [`Stats::parts`] gave.
    pub(crate) fn of_parts(
        count: u64,
        levels: [u64; Level::ALL.len()],
        (first, last): (i64, i64),
        (first_line, last_line): (u64, u64),
        timeline: Timeline,
    ) -> Stats {
        Stats { count, levels, first, last, first_line, last_line, timeline }
    }

    /// How many records.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many records had that level; `None` counts those without one.
    pub fn level(&self, level: Option<Level>) -> u64 {
        match level {
            Some(level) => self.levels[level as usize],
            None => self.levels.iter().fold(self.count, |rest, count| rest.saturating_sub(*count)),
        }
    }

    /// The gravest level that any record had.
    pub fn gravest(&self) -> Option<Level> {
        Level::ALL.into_iter().rev().find(|level| self.levels[*level as usize] > 0)
    }

    /// The earliest and the latest time.
    pub fn times(&self) -> Option<(Time, Time)> {
        (self.first <= self.last).then(|| (Time::from_nanos(self.first), Time::from_nanos(self.last)))
    }

    /// The first and the last line.
    pub fn lines(&self) -> (u64, u64) {
        (self.first_line.min(self.last_line), self.last_line)
    }

    /// Counts over time.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counted(times: &[i64]) -> Stats {
        let mut stats = Stats::default();
        for (line, time) in times.iter().enumerate() {
            let level = Level::ALL.get(line % 9).copied();
            stats.add(&Facts { level, time: Some(Time::from_nanos(*time)), line: line as u64, stream: 0 });
        }
        stats
    }

    #[test]
    fn levels_and_lines() {
        let stats = counted(&[5, 1, 9, 1, 1, 1, 1, 1, 1]);
        assert_eq!(stats.level(Some(Level::Fatal)), 1);
        assert_eq!(stats.level(None), 1);
        assert_eq!(stats.gravest(), Some(Level::Fatal));
        assert_eq!(stats.times(), Some((Time::from_nanos(1), Time::from_nanos(9))));
        assert_eq!(stats.lines(), (0, 8));
        assert_eq!(Stats::default().times(), None);
    }

    #[test]
    fn bins_keep_every_record() {
        let day = 86_400_000_000_000;
        let stats = counted(&[0, day, 2 * day, 400 * day]);
        let (start, width, bins) = stats.timeline().bins().expect("records had times");
        assert_eq!(start, Time::from_nanos(0));
        assert_eq!(bins.iter().sum::<u32>(), 4);
        assert!(width as i64 * BINS as i64 >= 400 * day && (width as i64) < 32 * day);
    }

    proptest! {
        #[test]
        fn parts_make_the_whole(times in prop::collection::vec(any::<i64>(), 0..40), cut in 0usize..40) {
            let cut = cut.min(times.len());
            let (front, back) = times.split_at(cut);
            let whole = counted(&times).timeline;
            let (front, back) = (counted(front).timeline, counted(back).timeline);
            let mut forwards = front.clone();
            forwards.absorb(&back);
            let mut backwards = back;
            backwards.absorb(&front);
            prop_assert_eq!(&forwards, &whole);
            prop_assert_eq!(&backwards, &whole);
        }
    }
}
