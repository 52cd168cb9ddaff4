//! When what is done.

use std::time::{Duration, Instant};

/// The least time between two judgements, and how much longer than the judgement itself.
const PAUSE: Duration = Duration::from_secs(1);
const SHARE: u32 = 5;
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

    /// Whether enough time has passed since the last judgement: more where reading takes most of it.
    fn has_paused(&self) -> bool {
        let passed = self.judged.elapsed();
        let share = if self.reading * 2 > passed { SHARE_BUSY } else { SHARE };
        self.judgements.0 == 0 || passed >= PAUSE.max(self.took * share)
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
