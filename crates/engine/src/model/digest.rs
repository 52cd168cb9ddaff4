//! A digest of bytes that is the same on every machine and in every release.
//!
//! What is written to a model must not hang on the hash of a dependency, which may change with its version.
//! This is MurmurHash3 (x64, 128 bits, seed 0), a published function with published values. It guards against
//! accidents only: whoever wants two texts with the same digest can make them.

const FIRST: u64 = 0x87C3_7B91_1142_53D5;
const SECOND: u64 = 0x4CF5_AD43_2745_937F;

/// MurmurHash3 x64 128 of `bytes`, its first half in the upper 64 bits.
pub fn digest(bytes: &[u8]) -> u128 {
    let (blocks, tail) = bytes.as_chunks::<16>();
    let (mut one, mut two) = (0u64, 0u64);
    for block in blocks {
        let (low, high) = halves(*block);
        one = (one ^ scatter_low(low)).rotate_left(27).wrapping_add(two);
        one = one.wrapping_mul(5).wrapping_add(0x52DC_E729);
        two = (two ^ scatter_high(high)).rotate_left(31).wrapping_add(one);
        two = two.wrapping_mul(5).wrapping_add(0x3849_5AB5);
    }
    // Zero bytes scatter to zero, so a padded tail is the tail.
    let mut padded = [0u8; 16];
    padded.iter_mut().zip(tail).for_each(|(to, from)| *to = *from);
    let (low, high) = halves(padded);
    finish(one ^ scatter_low(low), two ^ scatter_high(high), bytes.len() as u64)
}

fn halves(block: [u8; 16]) -> (u64, u64) {
    let both = u128::from_le_bytes(block);
    (both as u64, (both >> 64) as u64)
}

fn scatter_low(word: u64) -> u64 {
    word.wrapping_mul(FIRST).rotate_left(31).wrapping_mul(SECOND)
}

fn scatter_high(word: u64) -> u64 {
    word.wrapping_mul(SECOND).rotate_left(33).wrapping_mul(FIRST)
}

fn finish(one: u64, two: u64, length: u64) -> u128 {
    let one = one ^ length;
    let two = two ^ length;
    let one = one.wrapping_add(two);
    let two = two.wrapping_add(one);
    let one = crate::sketches::mix(one);
    let two = crate::sketches::mix(two);
    let one = one.wrapping_add(two);
    let two = two.wrapping_add(one);
    u128::from(one) << 64 | u128::from(two)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_values() {
        let check = |text: &str, one: u64, two: u64| {
            assert_eq!(digest(text.as_bytes()), u128::from(one) << 64 | u128::from(two), "{text}");
        };
        check("", 0, 0);
        check("hello", 0xCBD8_A7B3_41BD_9B02, 0x5B1E_906A_48AE_1D19);
        check("hello, world", 0x342F_AC62_3A5E_BC8E, 0x4CDC_BC07_9642_414D);
        check("19 Jan 2038 at 3:14:07 AM", 0xB89E_5988_B737_AFFC, 0x664F_C295_0231_B2CB);
        let fox = "The quick brown fox jumps over the lazy dog.";
        check(fox, 0xCD99_481F_9EE9_02C9, 0x695D_A1A3_8987_B6E7);
    }
}
