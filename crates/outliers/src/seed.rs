//! A seed gives streams of random numbers that are the same on every machine and in every run.
//!
//! Seeds split: the part of the work with number `n` draws from `seed.split(n)`, so what it draws
//! does not depend on which thread runs it or when. The generator is ours (xoshiro256++, seeded by
//! splitmix64) so that no release of another crate changes a score.

/// Where randomness begins; equal seeds give equal models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seed(pub u64);

impl Default for Seed {
    fn default() -> Self {
        Self(42)
    }
}

impl Seed {
    /// The seed of the part with this number, independent of the other parts.
    #[must_use]
    pub fn split(self, part: u64) -> Self {
        let mut state = self.0 ^ part.wrapping_mul(0xd1b5_4a32_d192_ed03).rotate_left(32);
        let first = splitmix(&mut state);
        Self(first ^ splitmix(&mut state).rotate_left(17))
    }

    /// The random numbers of this seed.
    #[must_use]
    pub fn random(self) -> Random {
        let mut state = self.0;
        Random { state: std::array::from_fn(|_| splitmix(&mut state)), spare: None }
    }
}

fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Random {
    state: [u64; 4],
    /// The polar method gives two normal numbers at a time; the second waits here.
    spare: Option<f64>,
}

impl Random {
    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.state;
        let drawn = a.wrapping_add(*d).rotate_left(23).wrapping_add(*a);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        drawn
    }

    /// A number in `0.0..1.0`.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A number in `low..high`; `low` where the two are equal.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A whole number in `0..end`, 0 where `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        // The bias of a multiply-shift is end / 2^64: far below anything that could be seen.
        ((u128::from(self.bits()) * end as u128) >> 64) as usize
    }

    /// A number from the normal distribution with mean 0 and deviation 1.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (x, y) = (self.between(-1.0, 1.0), self.between(-1.0, 1.0));
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                let factor = (-2.0 * square.ln() / square).sqrt();
                self.spare = Some(y * factor);
                return x * factor;
            }
        }
    }

    /// Puts the items into a random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// Draws `count` different numbers of `0..end` (all of them where `count` is not smaller), in
    /// random order.
    pub fn sample(&mut self, end: usize, count: usize) -> Vec<usize> {
        let count = count.min(end);
        if count.saturating_mul(8) >= end {
            let mut all: Vec<usize> = (0..end).collect();
            for place in 0..count {
                all.swap(place, place + self.below(end - place));
            }
            all.truncate(count);
            return all;
        }
        let mut taken = std::collections::BTreeSet::new();
        let mut drawn = Vec::with_capacity(count);
        while drawn.len() < count {
            let candidate = self.below(end);
            if taken.insert(candidate) {
                drawn.push(candidate);
            }
        }
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_for_ever() {
        // A change of these is a change of every model that was ever fitted.
        let mut random = Seed(42).random();
        assert_eq!([random.bits(), random.bits()], [15021278609987233951, 5881210131331364753]);
        assert_ne!(Seed(42).split(0), Seed(42).split(1));
        assert_ne!(Seed(42).split(1), Seed(43).split(1));
        assert_ne!(Seed(42).split(0), Seed(42));
    }

    #[test]
    fn draws_have_their_distribution() {
        let mut random = Seed(1).random();
        let count = 20_000;
        let units: Vec<f64> = (0..count).map(|_| random.unit()).collect();
        let normals: Vec<f64> = (0..count).map(|_| random.normal()).collect();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / count as f64;
        let square: Vec<f64> = normals.iter().map(|value| value * value).collect();
        assert!((mean(&units) - 0.5).abs() < 0.01);
        assert!(mean(&normals).abs() < 0.03);
        assert!((mean(&square) - 1.0).abs() < 0.04);
        assert!(units.iter().all(|value| (0.0..1.0).contains(value)));
    }

    #[test]
    fn samples_are_without_repetition() {
        let check = |end: usize, count: usize| {
            let drawn = Seed(7).random().sample(end, count);
            let mut sorted = drawn.clone();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), count.min(end), "{end} {count}");
            assert!(sorted.iter().all(|&value| value < end));
        };
        for (end, count) in [(0, 3), (1, 1), (5, 9), (10, 10), (1000, 2), (1000, 900), (100_000, 256)] {
            check(end, count);
        }
        let mut items: Vec<usize> = (0..50).collect();
        Seed(3).random().shuffle(&mut items);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
        assert_eq!(Seed(3).random().below(0), 0);
    }
}
