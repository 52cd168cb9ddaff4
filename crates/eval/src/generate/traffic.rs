//! How much happens when: the hour of the week in, a factor out.
//!
//! People sleep, work and rest, and now and then something brings many of them at once.

use super::moment::{DAY, HOUR, MINUTE, Micros, SECOND, WEEK};
use super::random::Random;

/// The course of a day, hour by hour, and what is left of it at weekends, in per cent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Season {
    pub(super) hours: [u32; 24],
    pub(super) weekend: u32,
}

/// Customers: little at night, most in the evening.
pub(super) const CUSTOMERS: Season = Season {
    hours: [
        32, 22, 16, 13, 13, 18, 34, 60, 88, 108, 122, 130, 134, 128, 122, 120, 126, 138, 156, 172, 176, 152,
        104, 60,
    ],
    weekend: 118,
};
/// An office: from eight to six, hardly at weekends.
pub(super) const OFFICE: Season = Season {
    hours: [
        22, 20, 18, 18, 20, 28, 60, 128, 186, 210, 214, 198, 158, 176, 206, 200, 184, 142, 92, 58, 44, 36,
        30, 26,
    ],
    weekend: 34,
};
/// Machines among themselves: a little more by day.
pub(super) const MACHINES: Season = Season {
    hours: [
        84, 82, 80, 80, 82, 86, 92, 100, 108, 112, 114, 114, 112, 112, 114, 114, 112, 110, 106, 104, 102, 98,
        92, 88,
    ],
    weekend: 90,
};

impl Season {
    /// The factor of a moment before it is compared with the mean; 1970 began with a Thursday.
    fn raw(&self, time: Micros) -> f64 {
        let hour = (time / HOUR % 24) as usize;
        let here = self.hours.get(hour).copied().unwrap_or(100);
        let next = self.hours.get((hour + 1) % 24).copied().unwrap_or(100);
        let within = (time % HOUR) as f64 / HOUR as f64;
        let of_hour = f64::from(here) + (f64::from(next) - f64::from(here)) * within;
        let weekday = (time / DAY + 3) % 7;
        if weekday >= 5 { of_hour * f64::from(self.weekend) / 100.0 } else { of_hour }
    }

    fn mean(&self) -> f64 {
        let hours = (0..WEEK / HOUR).map(|hour| self.raw(hour * HOUR + HOUR / 2));
        hours.sum::<f64>() / (WEEK / HOUR) as f64
    }
}

/// The arrivals of scenes.
#[derive(Clone, Debug)]
pub(super) struct Traffic {
    season: Option<Season>,
    mean: f64,
    /// Microseconds between scenes on the average.
    gap: f64,
    surge_until: Micros,
    surge: f64,
    next_surge: Micros,
}

impl Traffic {
    /// Scenes with that many microseconds between them on the average; without a season, evenly.
    pub(super) fn new(season: Option<Season>, gap: f64, start: Micros, random: &mut Random) -> Traffic {
        let next_surge = start + (random.wait() * (14 * HOUR) as f64) as Micros;
        let mean = season.map_or(1.0, |season| season.mean());
        Traffic { season, mean, gap, surge_until: 0, surge: 1.0, next_surge }
    }

    /// When the next scene begins; `surge` is told of a rush that begins, with its end.
    pub(super) fn next(&mut self, now: Micros, random: &mut Random, surge: impl FnOnce(Micros)) -> Micros {
        if now >= self.next_surge {
            self.surge_until = now + (2 * MINUTE) + (random.wait() * (4 * MINUTE) as f64) as Micros;
            self.surge = 1.8 + random.unit() * 1.7;
            self.next_surge = self.surge_until + (random.wait() * (14 * HOUR) as f64) as Micros;
            surge(self.surge_until);
        }
        let mut factor = self.season.map_or(1.0, |season| season.raw(now) / self.mean);
        if now < self.surge_until {
            factor *= self.surge;
        }
        now + 1 + (random.wait() * self.gap / factor).min((12 * HOUR) as f64) as Micros
    }
}

/// When something regular happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Timetable {
    every: Micros,
    at: Micros,
    /// So late it may be.
    slack: Micros,
}

impl Timetable {
    /// Every so many minutes, at so many seconds past.
    pub(super) const fn minutes(every: u64, seconds: u64) -> Timetable {
        Timetable { every: every * MINUTE, at: seconds * SECOND, slack: 2 * SECOND }
    }

    /// Every day at that time.
    pub(super) const fn daily(hour: u64, minute: u64) -> Timetable {
        Timetable { every: DAY, at: hour * HOUR + minute * MINUTE, slack: 5 * SECOND }
    }

    /// Every so many days at about that time.
    pub(super) const fn days(every: u64, hour: u64, minute: u64) -> Timetable {
        Timetable { every: every * DAY, at: DAY + hour * HOUR + minute * MINUTE, slack: 2 * HOUR }
    }

    /// The first time after `now`.
    pub(super) fn after(&self, now: Micros, random: &mut Random) -> Micros {
        let slots = now.saturating_sub(self.at) / self.every + u64::from(now >= self.at);
        self.at + slots * self.every + random.below(self.slack)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Monday.
    const START: Micros = 1_709_510_400 * SECOND;

    #[test]
    fn a_week_has_its_mean_and_its_nights() {
        let mut random = Random::new(1);
        let mut traffic = Traffic::new(Some(OFFICE), (20 * SECOND) as f64, START, &mut random);
        let (mut now, mut scenes, mut nights, mut weekend) = (START, 0u32, 0u32, 0u32);
        while now < START + WEEK {
            now = traffic.next(now, &mut random, |_| {});
            scenes += 1;
            nights += u32::from(now / HOUR % 24 < 5);
            weekend += u32::from(now > START + 5 * DAY);
        }
        let expected = (WEEK / (20 * SECOND)) as u32;
        assert!((expected * 95 / 100..expected * 115 / 100).contains(&scenes), "{scenes} of {expected}");
        assert!(nights * 20 < scenes && weekend * 6 < scenes, "{nights} {weekend} of {scenes}");
    }

    #[test]
    fn timetables_keep_their_hours() {
        let mut random = Random::new(1);
        let table = Timetable::daily(2, 30);
        let first = table.after(START, &mut random);
        assert_eq!((first - START) / MINUTE, 150);
        let second = table.after(first, &mut random);
        assert_eq!((second - START) / MINUTE, 150 + 24 * 60);
    }
}
