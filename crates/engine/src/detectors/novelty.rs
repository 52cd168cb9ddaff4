//! Windows in, how often something never seen before turns up out: Good and Turing's question, asked of lately.
//!
//! The classical answer counts what was seen exactly once. It takes every record for a draw from one urn, and logs
//! are not one: what was said once while a program started stays once for ever, and would excuse news in a year
//! of quiet. Here the last few times at which there was news are kept, and the rate is their number by the time since:
//! it falls while nothing happens and rises at once when much does.

/// Times kept.
const KEPT: usize = 4;

/// How often there is news.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Novelty {
    windows: u32,
    kept: u8,
    /// The windows with news, the latest first.
    last: [u32; KEPT],
}

impl Novelty {
    /// Windows learned.
    pub(crate) fn windows(&self) -> f64 {
        f64::from(self.windows)
    }

    /// The share of windows with news that is to be expected. `elsewhere` is that share in all that is like this
    /// series; it counts as much as a few windows, so that a young series is not judged by its own few.
    pub(crate) fn rate(&self, elsewhere: Option<f64>) -> f64 {
        /// How much of the start is a guess.
        const HALF: f64 = 0.5;
        let weight = if elsewhere.is_some() { 8.0 } else { 0.0 };
        let kept = usize::from(self.kept);
        let since = match self.last.get(KEPT - 1) {
            Some(last) if kept == KEPT => self.windows - last,
            _ => self.windows,
        };
        let expected = f64::from(self.kept) + HALF + weight * elsewhere.unwrap_or(0.0);
        (expected / (f64::from(since) + weight + 1.0)).min(1.0)
    }

    /// How surprising news is now.
    pub(crate) fn surprise(&self, elsewhere: Option<f64>) -> f64 {
        // The chance of one event or more of so many expected.
        -(-(-self.rate(elsewhere)).exp_m1()).ln()
    }

    /// Learns a window.
    pub(crate) fn learn(&mut self, news: bool) {
        if news {
            self.last.rotate_right(1);
            self.last[0] = self.windows;
            self.kept = (self.kept + 1).min(KEPT as u8);
        }
        if self.windows == u32::MAX {
            self.windows /= 2;
            self.last.iter_mut().for_each(|last| *last = last.saturating_sub(u32::MAX / 2));
        }
        self.windows += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learned(news: impl Iterator<Item = bool>) -> Novelty {
        let mut novelty = Novelty::default();
        news.for_each(|news| novelty.learn(news));
        novelty
    }

    #[test]
    fn what_always_brings_news_is_not_surprised() {
        assert!(learned((0..400).map(|nth| nth % 5 == 0)).surprise(None) < 2.0);
        assert!(learned((0..400).map(|nth| nth == 0)).surprise(None) > 5.0);
    }

    #[test]
    fn a_long_quiet_excuses_a_busy_start() {
        assert!(learned((0..5_000).map(|nth| nth < 50)).surprise(None) > 6.5);
    }

    #[test]
    fn the_young_are_judged_by_the_others() {
        let young = learned([true, false].into_iter());
        assert!(young.surprise(Some(0.001)) > young.surprise(Some(0.9)));
    }
}
