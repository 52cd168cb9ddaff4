//! Digits at a place of a text, several at a time, without ever reading beyond it.

const ZEROS: u64 = 0x3030_3030_3030_3030;
const CARRY: u64 = 0x0606_0606_0606_0606;
const HIGH: u64 = 0xF0F0_F0F0_F0F0_F0F0;

/// The eight bytes at `at` as a little-endian number: the first byte is the lowest.
#[inline]
pub(super) fn eight(text: &[u8], at: usize) -> Option<u64> {
    text.get(at..)?.first_chunk::<8>().map(|bytes| u64::from_le_bytes(*bytes))
}

/// The digit at `at`.
#[inline]
pub(super) fn one(text: &[u8], at: usize) -> Option<u32> {
    let digit = text.get(at)?.wrapping_sub(b'0');
    (digit < 10).then_some(u32::from(digit))
}

/// Exactly two digits at `at`.
#[inline]
pub(super) fn two(text: &[u8], at: usize) -> Option<u32> {
    Some(one(text, at)? * 10 + one(text, at + 1)?)
}

/// One or two digits at `at`, and where they end.
#[inline]
pub(super) fn one_or_two(text: &[u8], at: usize) -> Option<(u32, usize)> {
    let first = one(text, at)?;
    match one(text, at + 1) {
        Some(second) => Some((first * 10 + second, at + 2)),
        None => Some((first, at + 1)),
    }
}

/// Exactly four digits at `at`.
#[inline]
pub(super) fn four(text: &[u8], at: usize) -> Option<u32> {
    Some(two(text, at)? * 100 + two(text, at + 2)?)
}

/// How many digits stand at `at`, counted up to 20.
pub(super) fn run(text: &[u8], at: usize) -> usize {
    let mut count = 0;
    while count < 16
        && let Some(chunk) = eight(text, at + count)
    {
        let digits = chunk ^ ZEROS;
        let others = (digits.wrapping_add(CARRY) | digits) & HIGH;
        if others != 0 {
            return count + (others.trailing_zeros() / 8) as usize;
        }
        count += 8;
    }
    let rest = text.get(at + count..).unwrap_or_default();
    count + rest.iter().take(20 - count).take_while(|byte| byte.is_ascii_digit()).count()
}

/// `dd?dd?dd` with the given separator: hours, minutes and seconds, not yet checked for their range.
#[inline]
pub(super) fn clock(text: &[u8], at: usize, separator: u8) -> Option<(u32, u32, u32)> {
    let marks = u64::from(separator) << 16 | u64::from(separator) << 40;
    let digits = eight(text, at)? ^ (0x3030_0030_3000_3030 | marks);
    let between = digits & 0x0000_FF00_00FF_0000;
    if ((digits.wrapping_add(CARRY) | digits) & HIGH) | between != 0 {
        return None;
    }
    let pairs = (digits * 10).wrapping_add(digits >> 8);
    let pair = |shift: u32| (pairs >> shift) as u32 & 0xFF;
    Some((pair(0), pair(24), pair(48)))
}

/// The digits at `at` as a decimal fraction in nanoseconds, and how many there are.
///
/// More than nine digits are read past and cut.
#[inline]
pub(super) fn fraction(text: &[u8], at: usize) -> (u32, usize) {
    let Some(chunk) = eight(text, at) else { return fraction_at_end(text, at) };
    let digits = chunk ^ ZEROS;
    let others = (digits.wrapping_add(CARRY) | digits) & HIGH;
    let count = (others.trailing_zeros() / 8) as usize;
    if count == 8 {
        return fraction_at_end(text, at);
    }
    let kept = digits & ((1 << (count * 8)) - 1);
    (eight_digits(kept) * 10, count)
}

/// The number that eight digits make, the first digit in the lowest byte.
#[inline]
const fn eight_digits(digits: u64) -> u32 {
    let pairs = (digits * 10).wrapping_add(digits >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs * 100).wrapping_add(pairs >> 16) & 0x0000_FFFF_0000_FFFF;
    ((fours & 0xFFFF) * 10_000 + (fours >> 32)) as u32
}

/// The same digit by digit: for fractions that are long or stand at the end of the text.
fn fraction_at_end(text: &[u8], at: usize) -> (u32, usize) {
    let (mut nanos, mut unit, mut count) = (0, 100_000_000, 0);
    while let Some(digit) = one(text, at + count) {
        nanos += digit * unit;
        unit /= 10;
        count += 1;
    }
    (nanos, count)
}

/// Up to nineteen digits as a number; more than fit give nothing.
pub(super) fn number(text: &[u8], at: usize, count: usize) -> Option<i64> {
    let digits = text.get(at..at.checked_add(count)?)?;
    let (mut value, mut rest) = (0_i64, digits);
    if let Some((front, behind)) = digits.split_first_chunk::<8>() {
        let front = u64::from_le_bytes(*front) ^ ZEROS;
        if (front.wrapping_add(CARRY) | front) & HIGH != 0 {
            return None;
        }
        (value, rest) = (i64::from(eight_digits(front)), behind);
    }
    for byte in rest {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(i64::from(digit))?;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_clock_only_where_every_byte_fits() {
        assert_eq!(clock(b"x15:42:50", 1, b':'), Some((15, 42, 50)));
        assert_eq!(clock(b"15.42.50", 0, b'.'), Some((15, 42, 50)));
        for wrong in ["15:42.50", "1a:42:50", "15:42:5", "15:42:5:", "//:42:50", "15:42:\u{fa}"] {
            assert_eq!(clock(wrong.as_bytes(), 0, b':'), None, "{wrong}");
        }
    }

    #[test]
    fn counts_digits_and_reads_numbers_of_any_length() {
        let check = |text: &str, digits: usize, value: Option<i64>| {
            assert_eq!(run(text.as_bytes(), 0), digits, "{text}");
            assert_eq!(number(text.as_bytes(), 0, digits), value, "{text}");
        };
        check("", 0, Some(0));
        check("7", 1, Some(7));
        check("1234567x", 7, Some(1_234_567));
        check("12345678", 8, Some(12_345_678));
        check("1740787200 and more", 10, Some(1_740_787_200));
        check("1740787200123456 x", 16, Some(1_740_787_200_123_456));
        check("1740787200123456789", 19, Some(1_740_787_200_123_456_789));
        check("99999999999999999999999", 20, None);
        assert_eq!((number(b"1234567:", 0, 8), number(b"12345678/", 0, 9)), (None, None));
        assert_eq!(run("12345678\u{3b0}".as_bytes(), 0), 8);
    }

    #[test]
    fn reads_fractions_of_any_length() {
        let check = |text: &str, nanos, count| {
            assert_eq!(fraction(text.as_bytes(), 0), (nanos, count), "{text}");
        };
        check("123 and more text", 123_000_000, 3);
        check("123", 123_000_000, 3);
        check("123456Z and more", 123_456_000, 6);
        check("12345678 and", 123_456_780, 8);
        check("123456789+02:00", 123_456_789, 9);
        check("1234567891234 x", 123_456_789, 13);
        check("5,12345678", 500_000_000, 1);
        check("", 0, 0);
        check("x1234567", 0, 0);
    }
}
