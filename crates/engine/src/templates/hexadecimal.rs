//! Text in, the long runs of hexadecimal digits in it out: most bytes of a log are in none, and few looks tell that.

/// Digits of a run at least.
pub(crate) const SHORTEST: usize = 8;
/// Bytes that are looked at in one step.
const BLOCK: usize = 64;

/// Where the next run of so many digits begins, of a text in which none goes on across that place.
pub(crate) fn long_run(text: &[u8], mut from: usize) -> Option<usize> {
    loop {
        let rest = text.get(from..).filter(|rest| rest.len() >= SHORTEST)?;
        let digits = rest.first_chunk().map_or_else(|| digits_in_short(rest), digits_in);
        // Bits that are followed by so many others.
        let runs = [1, 2, 4].into_iter().fold(digits, |bits, by| bits & bits >> by);
        if runs != 0 {
            return Some(from + runs.trailing_zeros() as usize);
        }
        from += BLOCK - (SHORTEST - 1);
    }
}

/// The same where no whole block is left; what is missing is none.
#[inline(never)]
fn digits_in_short(rest: &[u8]) -> u64 {
    let mut block = [0; BLOCK];
    if let Some(place) = block.get_mut(..rest.len()) {
        place.copy_from_slice(rest);
    }
    digits_in(&block)
}

/// A bit for each byte that is a hexadecimal digit.
#[inline]
fn digits_in(block: &[u8; BLOCK]) -> u64 {
    let is_digit = |byte: u8| byte.wrapping_sub(b'0') < 10 || (byte | 0x20).wrapping_sub(b'a') < 6;
    let flags = block.map(|byte| u8::from(is_digit(byte)));
    // The product has the lowest bits of all eight bytes side by side in its highest byte.
    let gathered = |word: &[u8; 8]| u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    flags.as_chunks().0.iter().rev().fold(0, |bits, word| bits << 8 | gathered(word))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn runs_are_found_where_they_begin(
            text in "[0-9a-fA-F]{0,20}([g@G/:é`][0-9a-fA-F]{0,70}){0,9}",
            from in 0usize..80,
        ) {
            let text = text.as_bytes();
            let runs = text.windows(SHORTEST).enumerate().skip(from);
            let first = runs.filter(|(_, run)| run.iter().all(u8::is_ascii_hexdigit)).map(|(at, _)| at).next();
            prop_assert_eq!(long_run(text, from), first);
        }
    }
}
