//! What time it is: handed in, so that a test runs a day in a millisecond.
//!
//! Two clocks are told apart. Pauses and limits run on one that never jumps; calendars and silences mean the one on the
//! wall, and whoever sets it back an hour must not have everything told twice.

use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use logsift_engine::records::time::Time;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Since some fixed moment; never goes back.
    fn elapsed(&self) -> Duration;
    /// On the wall.
    fn wall(&self) -> Time;
}

/// The clocks of the machine.
#[derive(Debug)]
pub struct SystemClock(Instant);

impl Default for SystemClock {
    fn default() -> SystemClock {
        SystemClock(Instant::now())
    }
}

impl Clock for SystemClock {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn wall(&self) -> Time {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Time::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
    }
}

/// A clock that stands still until it is told to go on.
#[derive(Debug)]
pub struct HandClock(Mutex<(Duration, Time)>);

impl HandClock {
    /// Stands at that time on the wall.
    pub fn at(wall: Time) -> HandClock {
        HandClock(Mutex::new((Duration::ZERO, wall)))
    }

    /// Both clocks go on.
    pub fn pass(&self, time: Duration) {
        let mut now = self.now();
        now.0 += time;
        now.1 = later(now.1, time);
    }

    /// Only the clock on the wall is set.
    pub fn set_wall(&self, wall: Time) {
        self.now().1 = wall;
    }

    fn now(&self) -> std::sync::MutexGuard<'_, (Duration, Time)> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for HandClock {
    fn elapsed(&self) -> Duration {
        self.now().0
    }

    fn wall(&self) -> Time {
        self.now().1
    }
}

/// A time and so much more.
pub(crate) fn later(time: Time, by: Duration) -> Time {
    let nanos = i64::try_from(by.as_nanos()).unwrap_or(i64::MAX);
    Time::from_nanos(time.nanos().saturating_add(nanos))
}

/// How long from one time to a later one; nothing where it is not later.
pub(crate) fn between(from: Time, to: Time) -> Duration {
    u64::try_from(to.nanos().saturating_sub(from.nanos())).map(Duration::from_nanos).unwrap_or_default()
}
