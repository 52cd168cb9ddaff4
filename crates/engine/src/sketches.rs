//! Many values in few bytes: summaries of slots, templates and streams that can be merged.
//!
//! Each is a function of *what* was added, never of the order, of how the log was split or of how often it was
//! merged: adding in parts and absorbing gives the same state, bit for bit, as adding everything to one. So
//! what must be forgotten is chosen by content (the smallest hashes, the coarsest scale that fits), never by
//! arrival. [`Distinct`] and [`Bloom`] hold sets, so absorbing the same thing twice changes nothing; the others
//! count, and [`crate::model::Parts`] sees to it that nothing is counted twice.
//!
//! `bytes()` is the memory held. It, too, depends on the content alone, so that a budget measured with it
//! decides the same on every machine; allocators may round up by a few bytes for each allocation.

mod bloom;
mod counts;
mod distinct;
mod few;
#[cfg(test)]
mod laws;
mod quantiles;
mod sum;
mod top;

pub use bloom::Bloom;
pub use counts::Counts;
pub use distinct::Distinct;
pub use quantiles::Quantiles;
pub use top::{Top, TopValue};

/// Spreads the bits of a hash over all 64, one to one, so that a weak hash does no harm. It is the last step
/// of MurmurHash3.
pub(crate) const fn mix(hash: u64) -> u64 {
    let hash = hash ^ (hash >> 33);
    let hash = hash.wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    let hash = hash ^ (hash >> 33);
    let hash = hash.wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::BlockWriter;
    use crate::records::time::Time;

    /// What stands in a model must be read by every later release: a change here is a new version of a block.
    #[test]
    fn encodings_are_fixed() {
        let check = |write: &dyn Fn(&mut BlockWriter), expected: &str| {
            let mut block = BlockWriter::default();
            write(&mut block);
            let hex: String = block.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, expected);
        };
        let mut distinct = Distinct::default();
        [1, 2].into_iter().for_each(|hash| distinct.add(hash));
        check(&|block| distinct.write(block), "0002e7830665202abf3a2ccbc234fcbc56b4");
        let mut quantiles = Quantiles::default();
        [200.0, 404.5, 0.0, -1.0].into_iter().for_each(|value| quantiles.add(value));
        check(
            &|block| quantiles.write(block),
            "00010003f93f010001b440100001bc40200001000000000000f0bf00000000004879400021018080f09601",
        );
        let mut top = Top::default();
        top.add(1, b"GET");
        top.add_hash(2);
        check(&|block| top.write(block), "02e7830665202abf3a01002ccbc234fcbc56b401010347455400");
        let mut counts = Counts::default();
        counts.add_untimed();
        [0, 1_000_000_000, 70_000_000_000].into_iter().for_each(|nanos| counts.add(Time::from_nanos(nanos)));
        check(
            &|block| counts.write(block),
            "01240200000000000000000000000000000000000000000000000000000000000000000000010080f099c58904",
        );
        let mut bloom = Bloom::default();
        bloom.add(1);
        check(&|block| bloom.write(block), "00012ccbc234fcbc56b4");
    }

    /// The table of `docs/book/model-format.md`, tried on values that need as much as any.
    #[test]
    fn memory_is_bounded_as_stated() {
        let (mut distinct, mut quantiles) = (Distinct::default(), Quantiles::default());
        let (mut top, mut counts, mut bloom) = (Top::default(), Counts::default(), Bloom::default());
        for item in 0..20_000u64 {
            distinct.add(item);
            quantiles.add(f64::from_bits(mix(item)));
            top.add(item, &[b'x'; 99]);
            counts.add(Time::from_nanos(mix(item).cast_signed()));
            bloom.add(item);
        }
        quantiles.add(f64::MAX);
        quantiles.add(f64::from_bits(1));
        let held = [distinct.bytes(), quantiles.bytes(), top.bytes(), counts.bytes(), bloom.bytes()];
        for (held, stated) in held.into_iter().zip([800, 9_100, 3_400, 600, 16_410]) {
            assert!(held <= stated && held > stated * 3 / 4, "{held} bytes, stated {stated}");
        }
        let empty = [
            Distinct::default().bytes(),
            Quantiles::default().bytes(),
            Top::default().bytes(),
            Counts::default().bytes(),
        ];
        assert!(empty.iter().all(|bytes| *bytes <= 176), "{empty:?}");
    }

    /// The sketched forms of sets, too large to show: their digests.
    #[test]
    fn large_encodings_are_fixed() {
        let check = |write: &dyn Fn(&mut BlockWriter), expected: u128| {
            let mut block = BlockWriter::default();
            write(&mut block);
            assert_eq!(crate::model::digest(block.bytes()), expected);
        };
        let (mut distinct, mut bloom) = (Distinct::default(), Bloom::default());
        (0..1000).for_each(|hash| distinct.add(hash));
        (0..1000).for_each(|id| bloom.add(id));
        check(&|block| distinct.write(block), 0x7C72_43D0_2FA6_F0A9_3B24_F0B2_6B8F_F683);
        check(&|block| bloom.write(block), 0x8034_082E_5E67_63E5_4B60_7ED7_64F5_8499);
    }
}
