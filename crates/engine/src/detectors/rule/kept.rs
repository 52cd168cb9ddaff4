//! Answers by the key of what was asked, as near at hand as they can be.
//!
//! Nearly each record looks one up, at a place that is another each time. So an answer takes sixteen bytes, of which the
//! lowest of its key are not kept: they hold the answer instead, and 48 bits tell keys apart. A key lies at its home or
//! close behind. Where all these places are taken, what is at home goes, and its answer is found anew.

use super::values::AddressPlace;

/// Places at first and at most; powers of two.
const AT_FIRST: usize = 1 << 6;
const MOST: usize = 1 << 16;
/// Places that a key may lie at.
const NEAR: usize = 8;
/// Bits of a key that hold an answer instead.
const ANSWER: u32 = 16;
/// The answer of a free place.
const NONE: u64 = (1 << ANSWER) - 1;

/// So many answers can be kept.
pub(super) const ANSWERS: usize = NONE as usize;

#[derive(Clone, Debug)]
pub(super) struct KeptAnswers {
    places: Vec<Kept>,
    taken: usize,
}

/// An answer for messages of a look, and where they have an address.
#[derive(Clone, Copy, Debug)]
struct Kept {
    /// The key, with the number of the answer as its lowest bits.
    marked: u64,
    address: AddressPlace,
}

impl Kept {
    const FREE: Kept = Kept { marked: NONE, address: AddressPlace::UNKNOWN };

    #[inline]
    fn is_free(&self) -> bool {
        self.marked & NONE == NONE
    }

    #[inline]
    fn is_of(&self, key: u64) -> bool {
        (self.marked ^ key) >> ANSWER == 0 && !self.is_free()
    }
}

impl KeptAnswers {
    pub(super) fn new() -> KeptAnswers {
        KeptAnswers { places: vec![Kept::FREE; AT_FIRST], taken: 0 }
    }

    /// Where the answer to a key is, if it is kept.
    #[inline]
    pub(super) fn find(&self, key: u64) -> Option<usize> {
        for at in self.near(key) {
            let kept = self.places.get(at)?;
            if kept.is_of(key) {
                return Some(at);
            }
            if kept.is_free() {
                return None;
            }
        }
        None
    }

    /// The number of the answer at a place.
    #[inline]
    pub(super) fn answer(&self, place: usize) -> u32 {
        self.places.get(place).map_or(0, |kept| (kept.marked & NONE) as u32)
    }

    /// Where messages of the look at a place have an address.
    #[inline]
    pub(super) fn address(&mut self, place: usize) -> Option<&mut AddressPlace> {
        self.places.get_mut(place).map(|kept| &mut kept.address)
    }

    /// Keeps the answer to a key that is not kept yet; gives its place.
    pub(super) fn keep(&mut self, key: u64, answer: u32) -> usize {
        if self.taken * 2 >= self.places.len() && self.places.len() < MOST {
            let larger = vec![Kept::FREE; self.places.len() * 2];
            let before = std::mem::replace(&mut self.places, larger);
            self.taken = 0;
            for kept in before.into_iter().filter(|kept| !kept.is_free()) {
                self.put(kept);
            }
        }
        self.put(Kept { marked: key & !NONE | u64::from(answer) & NONE, address: AddressPlace::UNKNOWN })
    }

    /// Whether nothing is kept.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.taken == 0
    }

    fn put(&mut self, one: Kept) -> usize {
        let free = self.near(one.marked).find(|at| self.places.get(*at).is_some_and(Kept::is_free));
        self.taken += usize::from(free.is_some());
        let at = free.unwrap_or_else(|| self.home(one.marked));
        if let Some(place) = self.places.get_mut(at) {
            *place = one;
        }
        at
    }

    /// By the highest bits, which a kept key still has.
    #[inline]
    fn home(&self, key: u64) -> usize {
        (key >> (u64::BITS - self.places.len().trailing_zeros())) as usize
    }

    #[inline]
    fn near(&self, key: u64) -> impl Iterator<Item = usize> + use<> {
        let (home, last) = (self.home(key), self.places.len() - 1);
        (home..home + NEAR).map(move |at| at & last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys as hashes are.
    fn key(number: u64) -> u64 {
        number
            .wrapping_add(1)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .rotate_left(29)
            .wrapping_mul(0xD6E8_FEB8_6659_FD93)
    }

    #[test]
    fn what_is_kept_is_found_with_its_answer() {
        let mut kept = KeptAnswers::new();
        for number in 0..10_000 {
            assert_eq!(kept.find(key(number)), None, "{number}");
            let place = kept.keep(key(number), (number % 1000) as u32);
            assert_eq!((kept.find(key(number)), kept.answer(place)), (Some(place), (number % 1000) as u32));
        }
        let found: Vec<u64> = (0..10_000).filter(|number| kept.find(key(*number)).is_some()).collect();
        assert!(found.len() > 9_900, "{}", found.len());
        for number in found {
            let place = kept.find(key(number)).unwrap();
            assert_eq!(u64::from(kept.answer(place)), number % 1000);
        }
    }

    #[test]
    fn memory_is_bounded_and_the_latest_is_there() {
        let mut kept = KeptAnswers::new();
        for number in 0..3 * MOST as u64 {
            let place = kept.keep(key(number), ANSWERS as u32 - 1);
            assert_eq!(kept.find(key(number)), Some(place));
        }
        assert!(kept.places.len() == MOST && kept.taken <= MOST);
        assert_eq!(size_of::<Kept>(), 16);
    }

    #[test]
    fn addresses_stay_with_their_keys() {
        let mut kept = KeptAnswers::new();
        for number in 0..100 {
            let place = kept.keep(key(number), 7);
            super::super::values::name_of_address(b"from 10.0.0.1", kept.address(place));
            let again = kept.address(place).map(|address| *address);
            assert_ne!(format!("{again:?}"), format!("{:?}", Some(AddressPlace::UNKNOWN)));
        }
        // The table grew, and what was found out went along.
        let known = (0..100).filter_map(|number| kept.find(key(number)));
        let mut known: Vec<String> = known.map(|place| format!("{:?}", kept.places[place].address)).collect();
        known.dedup();
        assert_eq!(known.len(), 1);
        assert_ne!(known[0], format!("{:?}", AddressPlace::UNKNOWN));
    }
}
