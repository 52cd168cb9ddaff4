//! Counts by the hour of the day and of the week in, what is left of them when the hour is allowed for out.
//!
//! A series gets a season only when that explains something: for three days the mean of each hour is learned beside the
//! plain mean, and it is used once it misses by clearly less. So a heartbeat that never sleeps keeps its narrow range
//! in a stream that does. After a week the hours of the week are learned, too. When each came three times they are used where
//! they miss by clearly less than those of the day: on a Saturday what is usual on Saturdays. Hours are those of log time as
//! it is written (UTC), which is good enough: a day is a day in every zone.

use super::tail::Tail;

const HOURS: usize = 24;
const WEEK: usize = 7 * HOURS;
/// As often must an hour have come to be known.
const TIMES: u32 = 3;
/// The hours miss by at most that share of what is missed by without them.
const BETTER: f32 = 0.8;
/// Intervals that are longer than so many seconds belong to no hour. The longest that a scan makes by itself are little longer
/// than an hour, and the one in which they begin says nearly as much.
const LONGEST: i64 = 4096;

/// What is known of a series by the hour.
#[derive(Clone, Debug, Default)]
pub(super) struct Season {
    day: Cycle<HOURS>,
    /// Once a week has been seen.
    week: Option<Box<Cycle<WEEK>>>,
    plain: f32,
    /// What the plain mean misses by.
    miss: f32,
}

/// The hours of something that comes round.
#[derive(Clone, Debug)]
struct Cycle<const N: usize> {
    means: [f32; N],
    seen: [u32; N],
    /// Values that came in an hour that was known; of those in the tails half is forgotten now and then.
    learned: u32,
    /// What they miss by.
    miss: f32,
    high: Tail,
    low: Tail,
}

/// The hour of an interval and how many intervals it has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hour {
    of_day: usize,
    of_week: usize,
    intervals: u32,
}

impl Hour {
    /// The hour in which an interval begins; nothing where it is far longer than that.
    pub(super) fn of(number: i64, seconds: i64) -> Option<Hour> {
        let seconds = Some(seconds).filter(|seconds| (1..=LONGEST).contains(seconds))?;
        let hour = number.checked_mul(seconds)?.div_euclid(3600);
        let intervals = (3600 / seconds).max(1) as u32;
        let of = |hours: usize| hour.rem_euclid(hours as i64) as usize;
        Some(Hour { of_day: of(HOURS), of_week: of(WEEK), intervals })
    }
}

impl<const N: usize> Default for Cycle<N> {
    fn default() -> Cycle<N> {
        let (high, low) = (Tail::default(), Tail::default());
        Cycle { means: [0.0; N], seen: [0; N], learned: 0, miss: 0.0, high, low }
    }
}

impl<const N: usize> Cycle<N> {
    /// The mean of an hour and the two ends of what is left, if it is known and misses by clearly less than that.
    fn at(&self, hour: usize, intervals: u32, other: f32) -> Option<(f32, &Tail, &Tail)> {
        let enough = TIMES * intervals;
        let known = self.seen.get(hour).is_some_and(|seen| *seen >= enough);
        let whole = f64::from(self.learned) >= f64::from(enough) * N as f64 / 2.0;
        let mean = self.means.get(hour)?;
        (known && whole && self.miss < BETTER * other).then_some((*mean, &self.high, &self.low))
    }

    /// Learns the logarithm of a count; says whether the hour was known.
    fn learn(&mut self, hour: usize, intervals: u32, value: f32) -> bool {
        let Some((mean, seen)) = self.means.get_mut(hour).zip(self.seen.get_mut(hour)) else { return false };
        let is_known = *seen >= intervals;
        if is_known {
            let rest = value - *mean;
            approach(&mut self.miss, rest);
            self.learned = self.learned.saturating_add(1);
            self.high.learn(rest);
            self.low.learn(-rest);
        }
        *seen = seen.saturating_add(1);
        *mean += (value - *mean) / (*seen).min(2 * TIMES * intervals) as f32;
        is_known
    }
}

fn approach(known: &mut f32, miss: f32) {
    *known += (miss.abs() - *known) / 256.0;
}

impl Season {
    /// The mean of the hour and the two ends of what is left, if the season is of use.
    pub(super) fn at(&self, hour: Hour) -> Option<(f32, &Tail, &Tail)> {
        let without = self.miss.min(self.day.miss);
        let week = self.week.as_ref().and_then(|week| week.at(hour.of_week, hour.intervals, without));
        week.or_else(|| self.day.at(hour.of_day, hour.intervals, self.miss))
    }

    /// Learns the logarithm of a count.
    pub(super) fn learn(&mut self, hour: Hour, value: f32) {
        if self.day.learn(hour.of_day, hour.intervals, value) {
            approach(&mut self.miss, value - self.plain);
        }
        let all = self.day.learned.saturating_add(1);
        self.plain += (value - self.plain) / all.min(2048) as f32;
        if all >= hour.intervals.saturating_mul(WEEK as u32) {
            self.week.get_or_insert_default().learn(hour.of_week, hour.intervals, value);
        }
    }

    /// Learns that there was nothing, from one interval to another, for a day at most.
    pub(super) fn learn_silence(&mut self, last: i64, silent: u64, seconds: i64) {
        let first = last.saturating_sub(silent.min((86_400 / seconds.max(1)) as u64) as i64 - 1);
        for number in first..=last {
            if let Some(hour) = Hour::of(number, seconds) {
                self.learn(hour, 0.5f32.ln());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    /// What is known after so many weeks of intervals of that length, each with the count that is said of its day and hour.
    fn known(weeks: i64, seconds: i64, count: impl Fn(i64, i64) -> f32) -> Season {
        let mut season = Season::default();
        for number in 0..weeks * 7 * DAY / seconds {
            // The first day of 1970 was a Thursday.
            let (day, hour) = ((number * seconds / DAY + 3) % 7, number * seconds % DAY / 3600);
            season.learn(Hour::of(number, seconds).unwrap(), (count(day, hour) + (number % 3) as f32).ln());
        }
        season
    }

    /// What is usual at ten on the Saturday after that.
    fn on_saturday(season: &Season, weeks: i64, seconds: i64) -> Option<f32> {
        let saturday = (weeks * 7 + 2) * DAY + 10 * 3600;
        season.at(Hour::of(saturday / seconds + 1, seconds).unwrap()).map(|(mean, ..)| mean.exp())
    }

    #[test]
    fn a_saturday_is_held_against_saturdays_once_those_are_known() {
        let office = |day: i64, hour: i64| match (day, hour) {
            (0..5, 8..18) => 1000.0,
            (0..5, _) => 100.0,
            _ => 20.0,
        };
        for seconds in [64, 128, 900, 4096] {
            let mean = on_saturday(&known(8, seconds, office), 8, seconds).unwrap();
            assert!((19.0..24.0).contains(&mean), "{seconds} s: {mean}");
            let mean = on_saturday(&known(3, seconds, office), 3, seconds);
            assert!(mean.is_none_or(|mean| mean > 60.0), "{seconds} s: of all days, {mean:?}");
        }
    }

    #[test]
    fn a_week_is_not_looked_at_where_a_day_says_as_much() {
        let season = known(8, 900, |_, hour| if (8..18).contains(&hour) { 1000.0 } else { 100.0 });
        let hour = Hour::of(8 * 7 * DAY / 900 + 40, 900).unwrap();
        let week = season.week.as_ref().unwrap();
        assert!(week.at(hour.of_week, hour.intervals, season.miss).is_some(), "it is known");
        let (_, high, _) = season.at(hour).unwrap();
        assert!(std::ptr::eq(high, &season.day.high));
        let season = known(8, 900, |_, _| 50.0);
        assert!(on_saturday(&season, 8, 900).is_none(), "nor any hour where all are alike");
    }
}
