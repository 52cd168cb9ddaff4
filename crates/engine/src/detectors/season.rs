//! Counts by the hour of the day in, what is left of them when the hour is allowed for out.
//!
//! A series gets a season only when that explains something: for three days the mean of each hour is learned beside the
//! plain mean, and it is used once it misses by clearly less. So a heartbeat that never sleeps keeps its narrow range
//! in a stream that does. Hours are those of log time as it is written (UTC), which is good enough: a day is a day in
//! every zone.

use super::tail::Tail;

const HOURS: usize = 24;
/// Days from which on an hour is known.
const DAYS: u32 = 3;
/// The hours miss by at most that share of what the plain mean misses by.
const BETTER: f32 = 0.8;

/// What is known of a series by the hour.
#[derive(Clone, Debug, Default)]
pub(super) struct Season {
    hours: [f32; HOURS],
    seen: [u32; HOURS],
    plain: f32,
    /// What the hours and the plain mean miss by.
    misses: [f32; 2],
    high: Tail,
    low: Tail,
}

/// The hour of an interval and how many intervals it has; nothing where there are none in an hour.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hour {
    hour: usize,
    intervals: u32,
}

impl Hour {
    /// The hour in which an interval begins.
    pub(super) fn of(number: i64, seconds: i64) -> Option<Hour> {
        let hour = number.checked_mul(seconds)?.div_euclid(3600).rem_euclid(HOURS as i64);
        let intervals = u32::try_from(3600 / seconds.max(1)).ok().filter(|intervals| *intervals > 0)?;
        Some(Hour { hour: hour as usize, intervals })
    }

    fn enough(self) -> u32 {
        DAYS * self.intervals
    }
}

impl Season {
    /// The mean of the hour and the two ends of what is left, if the season is of use.
    pub(super) fn at(&self, hour: Hour) -> Option<(f32, &Tail, &Tail)> {
        let known = self.seen.get(hour.hour).is_some_and(|seen| *seen >= hour.enough());
        let better = self.misses[0] < BETTER * self.misses[1];
        let whole_days = self.high.seen() >= f64::from(hour.enough()) * HOURS as f64 / 2.0;
        let mean = self.hours.get(hour.hour)?;
        (known && better && whole_days).then_some((*mean, &self.high, &self.low))
    }

    /// Learns the logarithm of a count.
    pub(super) fn learn(&mut self, hour: Hour, value: f32) {
        let Some((mean, seen)) = self.hours.get_mut(hour.hour).zip(self.seen.get_mut(hour.hour)) else {
            return;
        };
        if *seen >= hour.intervals {
            let rest = value - *mean;
            let misses = [rest, value - self.plain];
            for (known, miss) in self.misses.iter_mut().zip(misses) {
                *known += (miss.abs() - *known) / 256.0;
            }
            self.high.learn(rest);
            self.low.learn(-rest);
        }
        *seen = seen.saturating_add(1);
        *mean += (value - *mean) / (*seen).min(2 * hour.enough()) as f32;
        let all: u32 = self.high.seen() as u32 + 1;
        self.plain += (value - self.plain) / all.min(2048) as f32;
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
