//! Chance that is the same on every machine: a seed in, numbers out.
//!
//! The generator is xoshiro256++, seeded through SplitMix64. What is not uniform is made of additions,
//! multiplications and divisions alone, which IEEE 754 fixes to the last bit; the functions of a mathematical
//! library are not fixed so.

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub(super) struct Random {
    state: [u64; 4],
}

/// The finaliser of SplitMix64: spreads a number over all 64 bits.
pub(super) fn mixed(number: u64) -> u64 {
    let mut bits = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// A number that stands for a text.
pub(super) fn mixed_text(text: &[u8]) -> u64 {
    text.iter().fold(text.len() as u64, |sum, byte| mixed(sum ^ u64::from(*byte)))
}

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        let mut at = seed;
        let state = std::array::from_fn(|_| {
            let word = mixed(at);
            at = at.wrapping_add(0x9e37_79b9_7f4a_7c15);
            word
        });
        Random { state }
    }

    pub(super) fn next(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// Uniform in `0..bound`; 0 where the bound is 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// Uniform in `low..=high`.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }

    /// Whether something with so many per cent happens.
    pub(super) fn percent(&mut self, chance: u8) -> bool {
        self.below(100) < u64::from(chance)
    }

    /// One of so many places, all as likely.
    pub(super) fn index(&mut self, count: usize) -> usize {
        self.below(count as u64) as usize
    }

    /// One of so many places: the second half as likely as the first, the tenth a tenth.
    pub(super) fn popular(&mut self, count: usize) -> usize {
        let power = self.unit() * ln(count as f64 + 1.0);
        (exp(power) as usize).saturating_sub(1).min(count.saturating_sub(1))
    }

    /// Uniform in `0.0..1.0`.
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// The time to the next of independent events: exponential with mean 1.
    pub(super) fn wait(&mut self) -> f64 {
        -ln(1.0 - self.unit())
    }

    /// What latencies and sizes are multiplied with: median 1, most within 0.3 and 4, now and then 30.
    pub(super) fn heavy(&mut self) -> f64 {
        let bell = self.unit() + self.unit() + self.unit() + self.unit() - 2.0;
        let body = exp(bell);
        // A request in 150 meets a collection of garbage, a cold cache or a lock.
        if self.below(150) == 0 { body * (1.0 + 2.5 * self.wait()) } else { body }
    }
}

/// The natural logarithm of a positive number, to about 1e-9.
fn ln(number: f64) -> f64 {
    let number = number.max(f64::MIN_POSITIVE);
    let bits = number.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i64 - 1023;
    let mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | (1023 << 52));
    let part = (mantissa - 1.0) / (mantissa + 1.0);
    let square = part * part;
    let mut sum = 0.0;
    for odd in [17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0, 1.0] {
        sum = sum * square + 1.0 / odd;
    }
    exponent as f64 * std::f64::consts::LN_2 + 2.0 * part * sum
}

/// `e` to the power of a small number.
fn exp(power: f64) -> f64 {
    let mut sum = 1.0;
    let eighth = power / 8.0;
    for divisor in [9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0] {
        sum = 1.0 + sum * eighth / divisor;
    }
    let fourth = sum * sum * sum * sum;
    fourth * fourth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_of_a_seed_is_that_of_the_published_generators() {
        let mut random = Random::new(1);
        let first: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(
            first,
            [14_971_601_782_005_023_387, 13_781_649_495_232_077_965, 1_847_458_086_238_483_744]
        );
    }

    #[test]
    fn functions_agree_with_the_mathematical_library() {
        for step in 1..2000 {
            let number = f64::from(step) * 0.013;
            assert!((ln(number) - number.ln()).abs() < 1e-8, "{number}");
            let power = f64::from(step) * 0.002 - 2.0;
            assert!((exp(power) / power.exp() - 1.0).abs() < 1e-8, "{power}");
        }
    }

    #[test]
    fn draws_keep_their_bounds_and_means() {
        let mut random = Random::new(7);
        let mut waits = 0.0;
        let mut below_one = 0;
        for _ in 0..20_000 {
            assert!(random.below(7) < 7);
            assert!((3..=5).contains(&random.between(3, 5)));
            waits += random.wait();
            below_one += u32::from(random.heavy() < 1.0);
        }
        assert!((waits / 20_000.0 - 1.0).abs() < 0.03, "{waits}");
        assert!((9_500..10_500).contains(&below_one), "{below_one}");
        assert_eq!(random.below(0), 0);
    }
}
