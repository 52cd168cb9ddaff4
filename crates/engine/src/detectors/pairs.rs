//! What a detector knows of every stream and template, found in a few nanoseconds and bounded in number.
//!
//! When there are too many, the quarter that was not seen for longest is forgotten. That is what a detector
//! needs to be told about again anyhow.

use hashbrown::HashTable;

/// Known at most.
const MOST: usize = 1 << 16;

/// Something for every stream and template.
#[derive(Clone, Debug)]
pub(crate) struct Pairs<T> {
    index: HashTable<u32>,
    known: Vec<Known<T>>,
    most: usize,
    uses: u64,
}

#[derive(Clone, Debug)]
struct Known<T> {
    key: u64,
    used: u64,
    value: T,
}

impl<T> Default for Pairs<T> {
    fn default() -> Pairs<T> {
        Pairs { index: HashTable::new(), known: Vec::new(), most: MOST, uses: 0 }
    }
}

/// The key of a stream and a template.
pub(crate) fn pair(stream: u32, template: u32) -> u64 {
    u64::from(stream) << 32 | u64::from(template)
}

impl<T> Pairs<T> {
    /// What is known of a key.
    #[inline]
    pub(crate) fn get(&self, key: u64) -> Option<&T> {
        let found = self.index.find(hash(key), |at| self.key_at(*at) == Some(key))?;
        Some(&self.known.get(*found as usize)?.value)
    }

    /// What is known of a key, which is begun where nothing is, and counts as seen.
    #[inline]
    pub(crate) fn entry(&mut self, key: u64, begin: impl FnOnce() -> T) -> &mut T {
        self.uses += 1;
        let found = self.index.find(hash(key), |at| self.key_at(*at) == Some(key)).copied();
        let at = found.unwrap_or_else(|| self.insert(key, begin())) as usize;
        let known = &mut self.known[at];
        known.used = self.uses;
        &mut known.value
    }

    #[inline]
    fn key_at(&self, at: u32) -> Option<u64> {
        self.known.get(at as usize).map(|known| known.key)
    }

    #[cold]
    fn insert(&mut self, key: u64, value: T) -> u32 {
        if self.known.len() >= self.most {
            self.forget();
        }
        let at = self.known.len() as u32;
        self.known.push(Known { key, used: self.uses, value });
        let known = &self.known;
        self.index.insert_unique(hash(key), at, |at| known.get(*at as usize).map_or(0, |of| hash(of.key)));
        at
    }

    fn forget(&mut self) {
        let mut used: Vec<u64> = self.known.iter().map(|known| known.used).collect();
        let quarter = used.len() / 4;
        let (_, oldest, _) = used.select_nth_unstable(quarter);
        let oldest = *oldest;
        self.known.retain(|known| known.used > oldest);
        self.index.clear();
        let known = &self.known;
        for (at, of) in known.iter().enumerate() {
            self.index.insert_unique(hash(of.key), at as u32, |at| {
                known.get(*at as usize).map_or(0, |of| hash(of.key))
            });
        }
    }
}

/// Mixes all bits of a key into all bits of the hash; the numbers are those of SplitMix64.
#[inline]
fn hash(key: u64) -> u64 {
    let mixed = (key ^ key >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_seen_for_longest_is_forgotten() {
        let mut pairs: Pairs<u32> = Pairs { most: 100, ..Pairs::default() };
        for nth in 0..1_000u32 {
            *pairs.entry(pair(7, nth), || 0) += 1;
            *pairs.entry(pair(1, 1), || 0) += 1;
            assert!(pairs.known.len() <= 100);
        }
        assert_eq!(pairs.get(pair(1, 1)), Some(&1_000));
        assert_eq!(pairs.get(pair(7, 999)), Some(&1));
        assert_eq!(pairs.get(pair(7, 3)), None);
    }

    #[test]
    fn streams_and_templates_are_told_apart() {
        assert_ne!(pair(1, 2), pair(2, 1));
    }
}
