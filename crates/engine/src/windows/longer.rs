//! Entries by kind and step of time in, how much longer steps must be for few of them to be left out.
//!
//! Steps become twice as long until there are few enough entries. To make each length in turn would sort and add up all
//! of them again and again. But whether an entry falls together with the one before of its kind is told by the highest
//! bit in which their steps differ, so one pass counts what is left at every length.

use std::hash::Hash;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// How often steps must be made twice as long, at least once and at most so often, for at most so many entries to be left
/// of these. They come in the order of their steps, each kind once in a step.
pub(crate) fn doublings<K: Eq + Hash>(
    entries: impl Iterator<Item = (K, i64)>,
    most: usize,
    longest: u32,
) -> u32 {
    // Entries that are apart from the one before of their kind up to so many doublings.
    let mut apart = [0usize; 65];
    let mut before: HashMap<K, i64, FixedState> = HashMap::default();
    let mut left = 0;
    for (kind, step) in entries {
        match before.insert(kind, step) {
            None => left += 1,
            Some(before) => apart[64 - (before ^ step).leading_zeros() as usize] += 1,
        }
    }
    let mut by = 64;
    while by > 1 && left + apart[by as usize] <= most {
        left += apart[by as usize];
        by -= 1;
    }
    by.min(longest).max(1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn left(entries: &BTreeSet<(i64, u8)>, by: u32) -> usize {
        entries.iter().map(|(step, kind)| (step >> by, *kind)).collect::<BTreeSet<_>>().len()
    }

    proptest! {
        #[test]
        fn it_is_the_first_length_that_fits(
            entries in proptest::collection::btree_set((-3000i64..3000, 0u8..4), 1..80),
            most in 0usize..90,
            longest in 1u32..15,
        ) {
            let by = doublings(entries.iter().map(|(step, kind)| (*kind, *step)), most, longest);
            let first = (1..longest).find(|by| left(&entries, *by) <= most).unwrap_or(longest);
            prop_assert_eq!(by, first);
        }
    }
}
