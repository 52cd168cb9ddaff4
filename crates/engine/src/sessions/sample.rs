//! Things with weights in, those with the smallest hashes out, as many as fit: a bounded sample that does not
//! depend on the order or on how the things were parted.
//!
//! What was put out once sets a ceiling, and nothing at or above it comes in again. So the sample is always the
//! longest run of all that was ever added, in the order of hashes, whose weights fit together.

use std::collections::BTreeMap;

/// A sample of distinct things by their hash.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sample<T> {
    held: BTreeMap<u64, T>,
    weight: u64,
    limit: u64,
    ceiling: Option<u64>,
}

impl<T> Sample<T> {
    /// An empty sample for things that weigh `limit` together.
    pub(super) fn new(limit: u64) -> Sample<T> {
        Sample { held: BTreeMap::new(), weight: 0, limit, ceiling: None }
    }

    /// The thing with that hash, made if it is new, unless it is beyond what fits.
    pub(super) fn change(
        &mut self,
        hash: u64,
        weight: u64,
        make: impl FnOnce() -> T,
        change: impl FnOnce(&mut T),
    ) where
        T: Weighed,
    {
        if self.is_beyond(hash) {
            return;
        }
        let added = &mut self.weight;
        change(self.held.entry(hash).or_insert_with(|| {
            *added += weight;
            make()
        }));
        self.thin(self.limit);
    }

    /// Puts out what does not fit into so much, and lets it in no more.
    pub(super) fn thin(&mut self, limit: u64)
    where
        T: Weighed,
    {
        while self.weight > limit {
            let Some((hash, last)) = self.held.pop_last() else { return };
            self.weight = self.weight.saturating_sub(last.weight());
            self.ceiling = Some(hash);
        }
    }

    /// Whether things with that hash were put out, so that nothing is known of them.
    pub(super) fn is_beyond(&self, hash: u64) -> bool {
        self.ceiling.is_some_and(|ceiling| hash >= ceiling)
    }

    /// Lowers the ceiling to that of another sample, as if what it put out had been added here.
    pub(super) fn lower(&mut self, ceiling: Option<u64>)
    where
        T: Weighed,
    {
        let Some(ceiling) = ceiling.filter(|ceiling| !self.is_beyond(*ceiling)) else { return };
        for (_, last) in self.held.split_off(&ceiling) {
            self.weight = self.weight.saturating_sub(last.weight());
        }
        self.ceiling = Some(ceiling);
    }

    /// The hash from which on nothing is held.
    pub(super) fn ceiling(&self) -> Option<u64> {
        self.ceiling
    }

    /// What is held, by hash.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (u64, &T)> {
        self.held.iter().map(|(hash, held)| (*hash, held))
    }

    /// The thing with that hash.
    pub(super) fn get(&self, hash: u64) -> Option<&T> {
        self.held.get(&hash)
    }
}

/// What takes room in a sample.
pub(super) trait Weighed {
    /// How much, always the same for the same thing.
    fn weight(&self) -> u64;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Thing {
        weight: u64,
        count: u64,
    }

    impl Weighed for Thing {
        fn weight(&self) -> u64 {
            self.weight
        }
    }

    fn weight_of(hash: u64) -> u64 {
        1 + hash % 7
    }

    fn of(hashes: &[u64]) -> Sample<Thing> {
        let mut sample = Sample::new(20);
        for hash in hashes {
            let weight = weight_of(*hash);
            sample.change(*hash, weight, || Thing { weight, count: 0 }, |thing| thing.count += 1);
        }
        sample
    }

    /// The definition: in the order of hashes, as long as the weights fit.
    fn expected(hashes: &[u64]) -> Vec<(u64, u64)> {
        fitting(hashes, 20)
    }

    fn fitting(hashes: &[u64], limit: u64) -> Vec<(u64, u64)> {
        let mut sorted = hashes.to_vec();
        sorted.sort_unstable();
        let runs = sorted.chunk_by(|one, other| one == other);
        let mut weight = 0;
        runs.map(|run| (run[0], run.len() as u64))
            .take_while(|(hash, _)| {
                weight += weight_of(*hash);
                weight <= limit
            })
            .collect()
    }

    proptest! {
        #[test]
        fn the_smallest_hashes_that_fit(hashes in proptest::collection::vec(0u64..30, 0..60)) {
            let sample = of(&hashes);
            let held: Vec<(u64, u64)> = sample.iter().map(|(hash, thing)| (hash, thing.count)).collect();
            prop_assert_eq!(held, expected(&hashes));
            let mut turned = hashes;
            turned.reverse();
            prop_assert_eq!(of(&turned), sample);
        }

        #[test]
        fn what_is_thinned_is_a_shorter_run_and_stays_one(
            hashes in proptest::collection::vec(0u64..30, 0..60),
            limit in 0u64..20,
        ) {
            let mut sample = of(&hashes);
            sample.thin(limit);
            let held = |sample: &Sample<Thing>| -> Vec<u64> { sample.iter().map(|(hash, _)| hash).collect() };
            let wanted: Vec<u64> = fitting(&hashes, limit).into_iter().map(|(hash, _)| hash).collect();
            prop_assert_eq!(held(&sample), &wanted[..]);
            let put_out: Vec<u64> = hashes.into_iter().filter(|hash| !wanted.contains(hash)).collect();
            for hash in put_out {
                sample.change(hash, weight_of(hash), || Thing { weight: weight_of(hash), count: 0 }, |_| ());
            }
            prop_assert_eq!(held(&sample), wanted);
        }
    }
}
