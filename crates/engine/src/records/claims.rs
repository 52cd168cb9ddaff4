//! What the names of a stream's fields claim to be, remembered from line to line.
//!
//! The lines of a stream name their fields in the same order, so the name at a position is mostly the one that
//! stood there before. Comparing the two costs a fifth of a look-up.

use super::roles::Claim;

/// Positions that are remembered; what stands behind them is looked up.
const MOST: usize = 64;

/// A longer name is looked up each time.
const LONGEST: usize = 24;

/// The bytes of a name of 1 to 24 bytes; with the length no two names have the same.
type Words = [u64; 3];

#[derive(Clone, Copy, Debug)]
struct Known {
    length: usize,
    words: Words,
    claim: Option<Claim>,
}

/// The claims by position.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims {
    known: Vec<Known>,
}

impl Claims {
    /// What the name at a position claims to be.
    #[inline]
    pub(crate) fn of(&mut self, position: usize, name: &[u8]) -> Option<Claim> {
        let Some(words) = words_of(name) else { return Claim::of(name) };
        match self.known.get(position) {
            Some(known) if known.length == name.len() && known.words == words => known.claim,
            _ => self.look_up(position, name, words),
        }
    }

    #[cold]
    fn look_up(&mut self, position: usize, name: &[u8], words: Words) -> Option<Claim> {
        let claim = Claim::of(name);
        let fresh = Known { length: name.len(), words, claim };
        if let Some(known) = self.known.get_mut(position) {
            *known = fresh;
        } else if position == self.known.len() && position < MOST {
            self.known.push(fresh);
        }
        claim
    }
}

/// The first eight bytes, the last eight and eight in the middle; they overlap in short names.
#[inline]
fn words_of(name: &[u8]) -> Option<Words> {
    let (Some(first), Some(last)) = (name.first_chunk::<8>(), name.last_chunk::<8>()) else {
        return Some([short_word(name), 0, 0]);
    };
    if name.len() > LONGEST {
        return None;
    }
    let middle = name.get(name.len() / 2 - 4..)?.first_chunk::<8>()?;
    Some([first, middle, last].map(|bytes| u64::from_le_bytes(*bytes)))
}

#[inline]
fn short_word(name: &[u8]) -> u64 {
    match (name.first_chunk::<4>(), name.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32
        }
        _ => name.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_equal_length_are_told_apart_by_every_byte() {
        for length in 1..=LONGEST {
            let name = vec![b'a'; length];
            for place in 0..length {
                let mut other = name.clone();
                other[place] = b'b';
                assert_ne!(words_of(&name), words_of(&other), "{place} of {length}");
            }
        }
    }

    #[test]
    fn names_beyond_the_memory_are_known_too() {
        let mut claims = Claims::default();
        for position in [MOST + 9, MOST, 3, 0, 1] {
            assert_eq!(claims.of(position, b"level"), Claim::of(b"level"), "{position}");
            assert_eq!(claims.of(position, b""), None, "{position}");
        }
        assert!(claims.known.len() <= MOST);
    }

    proptest! {
        #[test]
        fn the_memory_changes_nothing(names in prop::collection::vec(
            (0_usize..4, prop::sample::select(vec!["level", "Level", "msg", "ts", "k8s.container.name", "x",
                "kubernetes.labels.app.kubernetes.io/name", "", "severity_text", "leveL"])), 0..60)) {
            let mut claims = Claims::default();
            for (position, name) in names {
                prop_assert_eq!(claims.of(position, name.as_bytes()), Claim::of(name.as_bytes()));
            }
        }
    }
}
