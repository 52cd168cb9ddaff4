//! Values in, their mean over the last few hundred out.

/// Values after which the weight of one has fallen to a third.
const MEMORY: f32 = 512.0;

/// A mean that fades.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mean {
    sum: f32,
    weight: f32,
}

impl Mean {
    /// The mean of what was learned.
    pub(crate) fn value(&self) -> f64 {
        f64::from(self.sum / self.weight.max(1.0))
    }

    /// Learns a value.
    #[inline]
    pub(crate) fn learn(&mut self, value: f32) {
        const KEPT: f32 = 1.0 - 1.0 / MEMORY;
        self.sum = self.sum * KEPT + value;
        self.weight = self.weight * KEPT + 1.0;
    }

    /// Learns so many zeros.
    pub(crate) fn fade(&mut self, zeros: u64) {
        let kept = (-(zeros as f32) / MEMORY).exp();
        self.sum *= kept;
        self.weight = self.weight * kept + MEMORY * (1.0 - kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_at_once_are_zeros_one_by_one() {
        let mut slow = Mean::default();
        (0..100u8).for_each(|value| slow.learn(f32::from(value)));
        let mut fast = slow;
        (0..300).for_each(|_| slow.learn(0.0));
        fast.fade(300);
        assert!((slow.value() / fast.value() - 1.0).abs() < 0.01, "{} {}", slow.value(), fast.value());
        fast.fade(u64::MAX);
        assert_eq!(fast.value(), 0.0);
    }
}
