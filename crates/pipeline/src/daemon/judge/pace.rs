//! When what is done.

use std::time::{Duration, Instant};

/// The least time between two judgements, and how much longer than the judgement itself.
const PAUSE: Duration = Duration::from_secs(1);
const SHARE: u32 = 5;
/// After so long nobody waits any more for a judgement that takes less than its share.
const PATIENCE: Duration = Duration::from_secs(4);
/// How much longer must have been read for it to be worth a judgement before that.
const READ: u32 = 8;
/// The same while there is so much to read that judging would hold it up.
const SHARE_BUSY: u32 = 19;
/// Counts are written at most so often.
const COUNTS: Duration = Duration::from_secs(5);
/// So long somebody who stops the daemon may wait for a last judgement.
const QUICK: Duration = Duration::from_secs(2);
/// After so long without a line, intervals are over.
const IDLE: Duration = Duration::from_secs(70);

/// When what was done, and may be done again.
#[derive(Debug)]
pub(super) struct Pace {
    /// Lines have come that were not judged.
    waiting: bool,
    /// Lines have come at all.
    begun: bool,
    idled: bool,
    last_lines: Instant,
    judged: Instant,
    /// How long was read since.
    reading: Duration,
    counted: Option<Instant>,
    judgements: (u64, f64),
    /// How long the last judgement took.
    took: Duration,
    /// When the house was kept.
    pub(super) kept: Option<Instant>,
}

impl Pace {
    pub(super) fn new() -> Pace {
        let now = Instant::now();
        Pace {
            waiting: true,
            begun: false,
            idled: true,
            last_lines: now,
            judged: now,
            reading: Duration::ZERO,
            counted: None,
            judgements: (0, 0.0),
            took: Duration::ZERO,
            kept: None,
        }
    }

    /// Lines have come, and were read from then on.
    pub(super) fn came(&mut self, since: Instant) {
        (self.waiting, self.begun, self.idled, self.last_lines) = (true, true, false, Instant::now());
        self.reading += since.elapsed();
    }

    /// What was judged must be judged anew.
    pub(super) fn anew(&mut self) {
        self.waiting = true;
    }

    /// Nothing has come for so long that what is open is over.
    pub(super) fn is_idle(&self) -> bool {
        self.last_lines.elapsed() >= IDLE
    }

    /// What was there at the beginning is judged when all of it has been read.
    pub(super) fn is_due(&self, caught_up: bool) -> bool {
        let idle = self.is_idle() && !self.idled;
        caught_up && self.has_paused() && (self.waiting || idle || self.counts_wait())
    }

    fn has_paused(&self) -> bool {
        self.judgements.0 == 0 || is_enough(self.judged.elapsed(), self.reading, self.took)
    }

    pub(super) fn counts_are_due(&self) -> bool {
        self.counted.is_none_or(|at| at.elapsed() >= COUNTS)
    }

    /// Something was judged whose counts were not written.
    fn counts_wait(&self) -> bool {
        self.counts_are_due() && self.counted.is_some_and(|at| at < self.last_lines)
    }

    /// Whether a judgement takes no time that anybody would notice.
    pub(super) fn is_quick(&self) -> bool {
        self.took < QUICK
    }

    pub(super) fn judged(&mut self, begun: Instant, is_idle: bool, with_counts: bool) {
        let took = begun.elapsed();
        self.took = took;
        self.waiting = false;
        self.idled |= is_idle;
        // The counts of nothing are no reason to let the first ones wait.
        if with_counts && self.begun {
            self.counted = Some(Instant::now());
        }
        (self.judged, self.reading) = (Instant::now(), Duration::ZERO);
        self.judgements = (self.judgements.0 + 1, self.judgements.1 + took.as_secs_f64());
    }

    pub(super) fn judgements(&self) -> (u64, f64) {
        self.judgements
    }
}

/// Whether enough time has passed since a judgement that took so long, and in which so long was read. Judging costs no more
/// than an eighth of what reading does, since whoever sends much wants it taken; and where little comes, a twentieth of the
/// time, until somebody would have waited too long for what is new.
fn is_enough(passed: Duration, reading: Duration, took: Duration) -> bool {
    let share = if reading * 2 > passed { SHARE_BUSY } else { SHARE };
    let is_worth_it = reading >= took * READ || passed >= PATIENCE.min(took * SHARE_BUSY);
    passed >= PAUSE.max(took * share) && is_worth_it
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judging_is_paid_for_by_reading_or_by_waiting() {
        let table = [
            // It costs nothing: once a second.
            (900, 10, 1, false),
            (1000, 10, 1, true),
            // Much is read: an eighth of that.
            (1500, 700, 100, false),
            (1800, 820, 100, true),
            // Reading takes all the time.
            (1800, 1700, 100, false),
            (1900, 1700, 100, true),
            // Little is read: a twentieth of the time, and four seconds are enough to wait,
            (1500, 10, 100, false),
            (1900, 10, 100, true),
            (3900, 10, 500, false),
            (4000, 10, 500, true),
            // but never more than a sixth.
            (4000, 10, 1000, false),
            (5000, 10, 1000, true),
        ];
        for (passed, reading, took, expected) in table {
            let [passed, reading, took] = [passed, reading, took].map(Duration::from_millis);
            assert_eq!(is_enough(passed, reading, took), expected, "{passed:?} {reading:?} {took:?}");
        }
    }
}
