//! Values of the past in, how surprising a new one is out: the upper end of a series, in a few dozen bytes.
//!
//! Kept are the greatest values, how many values there were, and how often the greatest was exceeded. The chance
//! of a value among those known is its rank; the chance of a new greatest is how often that happened lately, so a
//! series that keeps growing (a counter, a trend) is not surprised by growing. Beyond the greatest value the tail is
//! extrapolated as one of exponential excesses whose scale is itself uncertain (Lomax). Callers hand in logarithms, and
//! in these that is a power law: heavy enough for bursts, and a Poisson count, whose greatest values stand close
//! together, still gets a steep one.
//!
//! No family of distributions is assumed for the body, and no mean is needed: a bursty stream has had bursts, and they
//! stand in the list.

/// Values kept.
const KEPT: usize = 12;
/// After so many values half of the past is forgotten.
const MEMORY: u32 = 8192;

/// The upper end of a series of values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tail {
    /// The greatest values, the greatest first.
    top: [f32; KEPT],
    kept: u8,
    /// Values at or below it are not all in the list.
    floor: f32,
    seen: u32,
    /// How often a value was greater than all before, lately.
    broken: f32,
    /// By how much, added up.
    excess: f32,
}

impl Default for Tail {
    fn default() -> Tail {
        Tail { top: [0.0; KEPT], kept: 0, floor: f32::NEG_INFINITY, seen: 0, broken: 0.0, excess: 0.0 }
    }
}

impl Tail {
    /// How many values were learned and are not forgotten.
    pub(crate) fn seen(&self) -> f64 {
        f64::from(self.seen)
    }

    /// The greatest value.
    pub(crate) fn greatest(&self) -> Option<f32> {
        self.list().first().copied()
    }

    fn list(&self) -> &[f32] {
        self.top.get(..usize::from(self.kept)).unwrap_or_default()
    }

    /// Whether a value can be surprising at all: asked first, since nearly all are not.
    #[inline]
    pub(crate) fn is_open(&self, value: f32) -> bool {
        value > self.floor && self.list().last().is_none_or(|least| value > *least)
    }

    /// How surprising a value as great as this is. `grain` is the least difference that tells two values apart.
    pub(crate) fn surprise(&self, value: f32, grain: f32) -> f64 {
        if self.kept == 0 || !self.is_open(value) {
            return 0.0;
        }
        let all = f64::from(self.seen) + 1.0;
        let above = self.list().iter().filter(|known| **known >= value).count();
        if above > 0 {
            return (all / (above as f64 + 1.0)).ln().max(0.0);
        }
        let beyond = f64::from(value - self.top[0]);
        (all / (f64::from(self.broken) + 1.0)).ln().max(0.0)
            + self.power() * (beyond / self.scale(grain)).ln_1p()
    }

    /// The least value that is so surprising; nothing where no value is.
    pub(crate) fn reaching(&self, surprise: f64, grain: f32) -> Option<f32> {
        let greatest = self.greatest()?;
        let left = surprise - ((f64::from(self.seen) + 1.0) / (f64::from(self.broken) + 1.0)).ln().max(0.0);
        if self.power() < 1.0 {
            return None;
        }
        let beyond = self.scale(grain) * ((left.max(0.0) / self.power()).exp() - 1.0);
        Some(greatest + beyond.max(f64::from(grain)) as f32)
    }

    fn power(&self) -> f64 {
        let least_is_base = self.floor == f32::NEG_INFINITY;
        f64::from(self.kept) - f64::from(u8::from(least_is_base))
    }

    /// The sum of the excesses, of the list over its base and of what broke the record.
    fn scale(&self, grain: f32) -> f64 {
        let list = self.list();
        let base = if self.floor == f32::NEG_INFINITY { list.last().copied() } else { Some(self.floor) };
        let base = base.unwrap_or(0.0);
        let sum: f32 = list.iter().map(|value| value - base).sum();
        f64::from(sum + self.excess + f32::from(self.kept) * grain).max(f64::MIN_POSITIVE)
    }

    /// Learns a value.
    #[inline]
    pub(crate) fn learn(&mut self, value: f32) {
        self.seen += 1;
        if self.is_open(value) || usize::from(self.kept) < KEPT && value > self.floor {
            self.insert(value);
        } else {
            self.floor = self.floor.max(value);
        }
        if self.seen.is_power_of_two() {
            (self.broken, self.excess) = (self.broken / 2.0, self.excess / 2.0);
        }
        if self.seen >= MEMORY {
            self.forget();
        }
    }

    /// Learns the same value many times over.
    pub(crate) fn learn_again(&mut self, value: f32, times: u64) {
        let one_by_one = times.min(KEPT as u64 + 1);
        (0..one_by_one).for_each(|_| self.learn(value));
        // More of the same changes nothing but their number.
        let rest = (times - one_by_one).min(u64::from(2 * MEMORY)) as u32;
        let doublings = (self.seen + rest).ilog2().saturating_sub(self.seen.max(1).ilog2());
        let faded = 0.5f32.powi(doublings as i32);
        (self.broken, self.excess) = (self.broken * faded, self.excess * faded);
        self.seen += rest;
        while self.seen >= MEMORY {
            self.forget();
        }
    }

    fn insert(&mut self, value: f32) {
        if let Some(greatest) = self.greatest().filter(|greatest| value > *greatest) {
            self.broken += 1.0;
            self.excess += value - greatest;
        }
        let at = self.list().iter().position(|known| value > *known).unwrap_or(usize::from(self.kept));
        if usize::from(self.kept) == KEPT {
            self.floor = self.floor.max(self.top[KEPT - 1]);
        } else {
            self.kept += 1;
        }
        let kept = usize::from(self.kept);
        if let Some(list) = self.top.get_mut(at..kept) {
            list.rotate_right(1);
            list[0] = value;
        }
    }

    /// Forgets every other value, as if only half of the past had been seen.
    #[cold]
    fn forget(&mut self) {
        self.seen /= 2;
        self.kept = self.kept.div_ceil(2);
        for nth in 1..usize::from(self.kept) {
            self.top[nth] = self.top[2 * nth];
        }
        if self.kept <= 1 {
            *self = Tail { seen: self.seen, ..Tail::default() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail(values: &[f32]) -> Tail {
        let mut tail = Tail::default();
        values.iter().for_each(|value| tail.learn(*value));
        tail
    }

    #[test]
    fn a_rank_is_a_chance() {
        let tail = tail(&(0..99u8).map(f32::from).collect::<Vec<_>>());
        let chance = |value| (-tail.surprise(value, 0.1)).exp();
        assert!((chance(97.5) - 0.02).abs() < 1e-9);
        assert!((chance(92.5) - 0.07).abs() < 1e-9);
        assert_eq!(chance(86.0), 1.0, "the list does not reach so low");
        assert!(tail.surprise(99.0, 0.1) < tail.surprise(120.0, 0.1));
    }

    #[test]
    fn a_series_that_grows_is_not_surprised_by_growing() {
        let growing: Vec<f32> = (0..1000u16).map(f32::from).collect();
        assert!(tail(&growing).surprise(1000.0, 0.01) < 3.0);
        let steady: Vec<f32> = (0..1000u16).map(|nth| f32::from(nth % 10)).collect();
        assert!(tail(&steady).surprise(1000.0, 0.01) > 20.0);
    }

    #[test]
    fn the_same_value_again_and_again_is_learned_at_once() {
        for times in [1, 5, 9, 40, 1_000, 5_000] {
            let mut slow = tail(&[3.0, 4.0, 4.5]);
            let mut fast = slow;
            (0..times).for_each(|_| slow.learn(1.0));
            fast.learn_again(1.0, times);
            assert_eq!(fast.seen(), slow.seen());
            assert!((fast.surprise(5.0, 0.1) - slow.surprise(5.0, 0.1)).abs() < 1e-3, "{times}");
        }
        let mut tail = Tail::default();
        tail.learn_again(1.0, u64::MAX);
        assert!(tail.surprise(9.0, 0.1) > 7.0);
    }

    #[test]
    fn what_reaches_a_surprise_is_that_surprising() {
        let tail = tail(&(0..200u16).map(|nth| f32::from(nth % 17)).collect::<Vec<_>>());
        for wanted in [7.0, 10.0, 20.0] {
            let value = tail.reaching(wanted, 0.1).unwrap();
            assert!(tail.surprise(value, 0.1) >= wanted - 1e-3, "{wanted}: {value}");
        }
    }

    #[test]
    fn old_extremes_are_forgotten() {
        let mut tail = tail(&[50.0, 60.0, 70.0]);
        for nth in 0..80_000u32 {
            tail.learn((nth % 7) as f32);
        }
        assert!(tail.surprise(40.0, 0.1) > 6.0);
    }
}
