//! The bytes of a value in, its number in a base unit out: `12ms` is 0.012 seconds.
//!
//! A plain number with a unit takes one pass over its digits: up to fifteen of them and a power of
//! ten that is exact as a float give the float nearest to what is written. Only what is written
//! otherwise (exponents, groups of digits, clocks, several units) is looked at more slowly.

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Nothing that is written beside it.
    None,
    /// Time, in seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// Hundredths.
    Percent,
}

/// A number and what it counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// How many of the unit.
    pub value: f64,
    /// The unit.
    pub unit: Unit,
}

impl Measure {
    /// The number of a value: `-12.5`, `1,234`, `1.5s`, `10KB`, `50%`, `00:01:02`, `1h5m`. Nothing
    /// where anything else stands beside it.
    #[inline]
    pub fn of(value: &[u8]) -> Option<Measure> {
        // Most values are no numbers, and their first byte tells.
        if !matches!(value, [b'0'..=b'9' | b'-' | b'+' | b'.' | b'<' | b'>' | 0..=b' ', ..]) {
            return None;
        }
        match plain(value) {
            Some((value, [])) => Some(Measure { value, unit: Unit::None }),
            Some((number, name)) if let Some(measure) = with_unit(number, name.trim_ascii()) => Some(measure),
            Some((_, behind)) if !goes_on(behind) => None,
            _ => Measure::of_any(value),
        }
    }

    /// The same for every way to write a number.
    #[inline(never)]
    fn of_any(value: &[u8]) -> Option<Measure> {
        let text = value.trim_ascii();
        let text = text.strip_suffix(b".").unwrap_or(text);
        if let Some(value) = decimal(text) {
            return Some(Measure { value, unit: Unit::None });
        }
        let seconds = clock(text).or_else(|| several_units(text));
        if let Some(value) = seconds {
            return Some(Measure { value, unit: Unit::Seconds });
        }
        let (number, name) = split_unit(text)?;
        with_unit(number, name)
    }
}

/// Digits of a number that is surely exact as a float.
const EXACT: u32 = 15;

/// Powers of ten, which are exact up to here.
const POWERS: [f64; EXACT as usize + 1] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// `-12.5` with few digits, and what follows it. One rounding, that of the division.
#[inline]
fn plain(text: &[u8]) -> Option<(f64, &[u8])> {
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (whole, whole_digits, rest) = digits(text, 0);
    let (number, count, fraction, rest) = match rest {
        [b'.', tail @ ..] if tail.first().is_some_and(u8::is_ascii_digit) => {
            let (number, more, rest) = digits(tail, whole);
            (number, whole_digits + more, more, rest)
        }
        _ => (whole, whole_digits, 0, rest),
    };
    if whole_digits == 0 || count > EXACT {
        return None;
    }
    let value = match fraction {
        0 => number as f64,
        _ => number as f64 / POWERS.get(fraction as usize)?,
    };
    Some((if negative { -value } else { value }, rest))
}

/// Whether what stands behind digits and no unit can make a number with them in another way. Nothing
/// does behind the digits of an address, a hexadecimal number or a name.
fn goes_on(behind: &[u8]) -> bool {
    let units = |byte: &u8| byte.is_ascii_digit() || b"dhmsnu.\xc2\xce\xb5\xbc".contains(byte);
    match behind {
        [b'.', b'0'..=b'9', ..] => false,
        [b':', ..] => !behind.iter().any(u8::is_ascii_alphabetic),
        [b'e' | b'E' | b',' | b'.' | 0..=b' ', ..] | [.., b'.' | 0..=b' '] => true,
        _ => behind.iter().all(units),
    }
}

/// Appends the digits at the front to a number. Gives how many there are and what follows.
#[inline(always)]
fn digits(text: &[u8], mut number: u64) -> (u64, u32, &[u8]) {
    let mut rest = text;
    let mut count = 0;
    while let [digit @ b'0'..=b'9', tail @ ..] = rest {
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        count += 1;
        rest = tail;
    }
    (number, count, rest)
}

/// A number of the unit that is named behind it.
fn with_unit(number: f64, name: &[u8]) -> Option<Measure> {
    // Parts of a second are divided, not multiplied, since a thousandth is no exact float.
    let seconds = match name {
        b"%" => return Some(Measure { value: number, unit: Unit::Percent }),
        b"ns" => number / 1e9,
        b"us" | b"\xc2\xb5s" | b"\xce\xbcs" => number / 1e6,
        b"ms" | b"msec" | b"msecs" => number / 1e3,
        b"s" | b"sec" | b"secs" | b"second" | b"seconds" => number,
        b"m" | b"min" | b"mins" | b"minute" | b"minutes" => number * 60.0,
        b"h" | b"hr" | b"hour" | b"hours" => number * 3600.0,
        b"d" | b"day" | b"days" => number * 86_400.0,
        _ => return Some(Measure { value: number * bytes_of_unit(name)?, unit: Unit::Bytes }),
    };
    Some(Measure { value: seconds, unit: Unit::Seconds })
}

fn bytes_of_unit(name: &[u8]) -> Option<f64> {
    let (prefix, base) = match name {
        [b'B'] => return Some(1.0),
        [prefix, b'B'] => (prefix, 1000f64),
        [prefix, b'i', b'B'] => (prefix, 1024f64),
        _ => return None,
    };
    let power = b"KMGTP".iter().position(|known| known.eq_ignore_ascii_case(prefix))?;
    Some(base.powi(power as i32 + 1))
}

/// `-12.5`, `1e9`, `1,234,567`
fn decimal(text: &[u8]) -> Option<f64> {
    let first = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text).first()?;
    let allowed = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E');
    if text.len() > 40 || !(first.is_ascii_digit() || *first == b'.') {
        return None;
    }
    if text.contains(&b',') {
        return grouped(text);
    }
    let text = std::str::from_utf8(text).ok().filter(|text| text.bytes().all(|byte| allowed(&byte)))?;
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Digits in groups of three.
fn grouped(text: &[u8]) -> Option<f64> {
    let mut groups = text.split(|byte| *byte == b',');
    let first = groups.next()?;
    let whole = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    let digits: Vec<u8> = text.iter().copied().filter(|byte| *byte != b',').collect();
    if whole { digit_value(&digits, 10) } else { None }
}

/// The value of digits alone.
pub(super) fn digit_value(digits: &[u8], radix: u32) -> Option<f64> {
    let text = std::str::from_utf8(digits).ok().filter(|text| text.len() <= 32 && !text.starts_with('+'))?;
    u128::from_str_radix(text, radix).ok().map(|number| number as f64)
}

/// A number, with or without a bound before it, and the name behind it.
fn split_unit(text: &[u8]) -> Option<(f64, &[u8])> {
    let text = text.strip_prefix(b"<").or_else(|| text.strip_prefix(b">")).unwrap_or(text).trim_ascii();
    let end = text.iter().position(|byte| !(byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+')))?;
    let (number, name) = text.split_at(end);
    Some((decimal(number)?, name.trim_ascii()))
}

/// `12:34`, `1:02:03.5`
fn clock(text: &[u8]) -> Option<f64> {
    let mut seconds = 0.0;
    let mut parts = text.split(|byte| *byte == b':').enumerate().peekable();
    while let Some((nth, part)) = parts.next() {
        let digits = part.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let last = parts.peek().is_none();
        let odd = digits == 0 || digits > 4 || (digits < part.len() && !last) || (nth > 0 && digits != 2);
        if odd || nth > 2 || (nth == 0 && last) {
            return None;
        }
        seconds = seconds * 60.0 + decimal(part)?;
    }
    Some(seconds)
}

/// `1h5m30s`: numbers with units of time, the largest first.
fn several_units(text: &[u8]) -> Option<f64> {
    let (mut rest, mut sum, mut last) = (text, 0.0, f64::INFINITY);
    while !rest.is_empty() {
        let (number, behind) = plain(rest)?;
        let length = behind.iter().take_while(|byte| !byte.is_ascii_digit()).count();
        let (name, tail) = behind.split_at(length);
        let one = with_unit(1.0, name).filter(|one| one.unit == Unit::Seconds)?.value;
        if one >= last {
            return None;
        }
        (rest, sum, last) = (tail, sum + with_unit(number, name)?.value, one);
    }
    (!text.is_empty()).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_and_units() {
        let table: &[(&str, Option<(f64, Unit)>)] = &[
            ("42", Some((42.0, Unit::None))),
            ("-1.5", Some((-1.5, Unit::None))),
            ("+7", Some((7.0, Unit::None))),
            ("42.", Some((42.0, Unit::None))),
            (".5", Some((0.5, Unit::None))),
            ("1e3", Some((1000.0, Unit::None))),
            ("1,234,567", Some((1_234_567.0, Unit::None))),
            ("12345678901234567890", Some((12_345_678_901_234_567_890.0, Unit::None))),
            ("12ms", Some((0.012, Unit::Seconds))),
            ("144ms", Some((0.144, Unit::Seconds))),
            ("1.5s", Some((1.5, Unit::Seconds))),
            ("250 ms", Some((0.25, Unit::Seconds))),
            ("<1 sec", Some((1.0, Unit::Seconds))),
            ("00:01:02", Some((62.0, Unit::Seconds))),
            ("1h5m30s", Some((3930.0, Unit::Seconds))),
            ("7\u{b5}s", Some((7e-6, Unit::Seconds))),
            ("10KB", Some((10_000.0, Unit::Bytes))),
            ("2 KiB", Some((2048.0, Unit::Bytes))),
            ("8B", Some((8.0, Unit::Bytes))),
            ("50%", Some((50.0, Unit::Percent))),
            ("5m1h", None),
            ("1m30", None),
            ("12:34:56:78", None),
            ("12", Some((12.0, Unit::None))),
            ("10.0.0.1", None),
            ("inf", None),
            ("1e999", None),
            ("0x10", None),
            ("12,34", None),
            ("5 apples", None),
            ("-", None),
            ("", None),
        ];
        for (text, wanted) in table {
            let found = Measure::of(text.as_bytes()).map(|measure| (measure.value, measure.unit));
            assert_eq!(found, *wanted, "{text}");
        }
    }

    proptest! {
        /// The short way and the long way agree to the last bit.
        #[test]
        fn the_short_way_rounds_as_the_long_one(text in "[-+]?[0-9]{0,12}(\\.[0-9]{0,12})?(ms|s|KB|%| MiB|e5|:[0-9]{2}|,[0-9]{3}|x1|h|m)?([0-9]{0,2}(ms|us|s|m))?( |\\.[0-9]?)?") {
            prop_assert_eq!(Measure::of(text.as_bytes()), Measure::of_any(text.as_bytes()));
        }

        #[test]
        fn any_bytes_are_safe(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Some(measure) = Measure::of(&bytes) {
                prop_assert!(measure.value.is_finite());
            }
        }
    }
}
