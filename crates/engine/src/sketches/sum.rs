//! The exact sum of any finite numbers, so that it does not hang on their order.
//!
//! Floating-point addition rounds, so the sum of the same values in another order differs in its last bits.
//! Here a sum is one long binary number from 2^-1074 upwards, in digits of 32 bits. An `i64` holds each digit
//! with room for 2^30 additions before a carry is due. Only the digits in use are kept: values
//! of everyday size take three to five of them.

use crate::model::{BlockReader, BlockWriter, ModelError};

/// The exponent of the lowest bit of an `f64`.
const LOWEST: i32 = -1074;
const DIGIT_BITS: u32 = 32;
const DIGIT_MASK: i64 = 0xFFFF_FFFF;
/// A mantissa shifted within a digit touches three.
const TOUCHED: usize = 3;
/// The digits of 2^64 times the greatest value, and one for the sign.
const DIGITS: usize = 69;
/// Fewer than an `i64` has room for.
const ADDITIONS_TO_CARRY: u32 = 1 << 30;
const _: () = assert!((ADDITIONS_TO_CARRY as u64) << DIGIT_BITS <= 1 << 62);

/// A sum of finite numbers without any rounding.
#[derive(Clone, Debug, Default)]
pub(super) struct ExactSum {
    digits: Vec<i64>,
    /// The place of the first digit.
    first: usize,
    /// Additions since the last carry.
    pending: u32,
}

impl ExactSum {
    /// Adds a finite number.
    #[inline]
    pub(super) fn add(&mut self, value: f64) {
        let bits = value.to_bits();
        let exponent = (bits >> 52 & 0x7FF) as u32;
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, place) = match exponent {
            0 => (fraction, 0),
            _ => (fraction | 1 << 52, exponent - 1),
        };
        let shifted = u128::from(mantissa) << (place % DIGIT_BITS);
        let sign = bits.cast_signed() >> 63;
        let digit = |at: u32| (((shifted >> (DIGIT_BITS * at)) as i64 & DIGIT_MASK) ^ sign) - sign;
        let place = (place / DIGIT_BITS) as usize;
        let at = place.wrapping_sub(self.first);
        match self.digits.get_mut(at..at.wrapping_add(TOUCHED)) {
            Some([low, middle, high]) => {
                *low += digit(0);
                *middle += digit(1);
                *high += digit(2);
            }
            _ => self.add_beyond(place, [digit(0), digit(1), digit(2)]),
        }
        self.pending += 1;
        if self.pending >= ADDITIONS_TO_CARRY {
            self.carry();
        }
    }

    /// Adds digits that have no room yet.
    #[cold]
    fn add_beyond(&mut self, place: usize, digits: [i64; TOUCHED]) {
        self.make_room(place, place + TOUCHED);
        let at = place - self.first;
        self.digits.iter_mut().skip(at).zip(digits).for_each(|(sum, digit)| *sum += digit);
    }

    fn make_room(&mut self, from: usize, to: usize) {
        if self.digits.is_empty() {
            self.first = from;
        }
        let before = self.first.saturating_sub(from);
        self.digits.splice(0..0, std::iter::repeat_n(0, before));
        self.first -= before;
        let needed = to.saturating_sub(self.first);
        if needed > self.digits.len() {
            self.digits.resize(needed, 0);
        }
    }

    /// Adds another sum.
    pub(super) fn absorb(&mut self, other: &ExactSum) {
        // Digits of the other that await their carry leave room for one that has none to await.
        self.carry();
        self.make_room(other.first, other.first + other.digits.len());
        let at = other.first - self.first;
        self.digits.iter_mut().skip(at).zip(&other.digits).for_each(|(sum, digit)| *sum += digit);
        self.carry();
    }

    /// Brings the digits to their only form: all from 0 to 2^32 - 1, without zeros at either end, but for a
    /// -1 at the top of a negative sum.
    fn carry(&mut self) {
        self.pending = 0;
        let mut carry = 0;
        for digit in &mut self.digits {
            let sum = *digit + carry;
            *digit = sum & DIGIT_MASK;
            carry = sum >> DIGIT_BITS;
        }
        while carry != 0 && carry != -1 {
            self.digits.push(carry & DIGIT_MASK);
            carry >>= DIGIT_BITS;
        }
        if carry == -1 {
            self.digits.push(-1);
        }
        self.trim();
    }

    fn trim(&mut self) {
        loop {
            match self.digits.as_mut_slice() {
                [.., 0] => {}
                [.., below @ DIGIT_MASK, -1] => *below = -1,
                _ => break,
            }
            self.digits.pop();
        }
        let zeros = self.digits.iter().take_while(|digit| **digit == 0).count();
        self.digits.drain(..zeros);
        self.first = if self.digits.is_empty() { 0 } else { self.first + zeros };
    }

    fn carried(&self) -> ExactSum {
        let mut carried = self.clone();
        carried.carry();
        carried
    }

    /// The sum as the nearest `f64`, but for the last bit or two; infinite where it is beyond the greatest.
    pub(super) fn value(&self) -> f64 {
        let sum = self.carried();
        let (digits, sign) = match sum.digits.split_last() {
            Some((-1, below)) => (negated(below), -1.0),
            _ => (sum.digits, 1.0),
        };
        let scaled = digits.iter().enumerate().rev().map(|(at, digit)| {
            let exponent = LOWEST.saturating_add_unsigned((sum.first + at) as u32 * DIGIT_BITS);
            if *digit == 0 { 0.0 } else { *digit as f64 * power_of_two(exponent) }
        });
        sign * scaled.fold(0.0, |sum, part| sum + part)
    }

    /// The memory beside the struct, with the digits an addition may touch.
    pub(super) fn heap(&self) -> usize {
        match self.carried().digits.len() {
            0 => 0,
            used => (used + TOUCHED) * size_of::<i64>(),
        }
    }

    pub(super) fn write(&self, block: &mut BlockWriter) {
        let sum = self.carried();
        block.count(sum.first);
        block.list(sum.digits.iter(), |block, digit| block.signed(*digit));
    }

    pub(super) fn read(block: &mut BlockReader<'_>) -> Result<ExactSum, ModelError> {
        let offset = block.offset();
        let first = block.count("the place of a sum", DIGITS, 0)?;
        let digits = block.list("the digits of a sum", DIGITS - first, 1, |block| block.signed())?;
        let read = ExactSum { digits, first, pending: 0 };
        let in_range = read.digits.iter().all(|digit| (-1..=DIGIT_MASK).contains(digit));
        if in_range && read.form() == read.carried().form() {
            Ok(read)
        } else {
            Err(block.malformed("a sum", offset, "its only form", "another"))
        }
    }

    fn form(&self) -> (usize, &[i64]) {
        (self.first, &self.digits)
    }
}

impl PartialEq for ExactSum {
    fn eq(&self, other: &ExactSum) -> bool {
        self.carried().form() == other.carried().form()
    }
}

/// What the digits below a -1 lack to a full one.
fn negated(digits: &[i64]) -> Vec<i64> {
    let mut carry = 1;
    let mut negated = Vec::with_capacity(digits.len() + 1);
    for digit in digits {
        let sum = DIGIT_MASK - digit + carry;
        negated.push(sum & DIGIT_MASK);
        carry = sum >> DIGIT_BITS;
    }
    negated.push(carry);
    negated
}

fn power_of_two(exponent: i32) -> f64 {
    match exponent {
        1024.. => f64::INFINITY,
        -1022.. => f64::from_bits(((exponent + 1023) as u64) << 52),
        _ => f64::from_bits(1 << (exponent - LOWEST)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum(values: &[f64]) -> ExactSum {
        let mut sum = ExactSum::default();
        values.iter().for_each(|value| sum.add(*value));
        sum
    }

    #[test]
    fn values() {
        let check = |values: &[f64], expected: f64| assert_eq!(sum(values).value(), expected, "{values:?}");
        check(&[], 0.0);
        check(&[1.0], 1.0);
        check(&[-1.0], -1.0);
        check(&[1.0, -1.0], 0.0);
        check(&[0.1; 10], 1.0);
        check(&[1e300, 1.0, -1e300], 1.0);
        check(&[1e300, -1.0, -1e300], -1.0);
        check(&[-3.5, 1.25, 4294967296.0], 4294967293.75);
        check(&[f64::from_bits(1), f64::from_bits(1)], f64::from_bits(2));
        check(&[f64::MAX], f64::MAX);
        check(&[-f64::MAX, f64::from_bits(1)], -f64::MAX);
        check(&[f64::MAX, f64::MAX], f64::INFINITY);
        check(&[-f64::MAX, -f64::MAX, f64::MAX], -f64::MAX);
    }

    #[test]
    fn carries_are_in_time() {
        let mut sum = ExactSum { pending: ADDITIONS_TO_CARRY - 3, ..sum(&[f64::MAX, 1.5]) };
        (0..10).for_each(|_| sum.add(0.75));
        sum.add(-f64::MAX);
        assert_eq!(sum.value(), 9.0);
    }

    proptest! {
        #[test]
        fn whole_numbers_are_exact(values in proptest::collection::vec(-(1i64 << 52)..1 << 52, 0..200)) {
            let floats: Vec<f64> = values.iter().map(|value| *value as f64).collect();
            let exact: i128 = values.iter().map(|value| i128::from(*value)).sum();
            prop_assert_eq!(sum(&floats).value(), exact as f64);
        }

        #[test]
        fn order_and_grouping_do_not_matter(bits in proptest::collection::vec(any::<u64>(), 0..40), cut in 0..40usize) {
            let values: Vec<f64> = bits.into_iter().map(f64::from_bits).filter(|value| value.is_finite()).collect();
            let whole = sum(&values);
            let turned: Vec<f64> = values.iter().rev().copied().collect();
            prop_assert_eq!(&sum(&turned), &whole);
            let cut = cut.min(values.len());
            let mut parts = sum(&values[..cut]);
            parts.absorb(&sum(&values[cut..]));
            prop_assert_eq!(&parts, &whole);
            let negated: Vec<f64> = values.iter().map(|value| -value).collect();
            prop_assert_eq!(sum(&negated).value(), -whole.value());
            parts.absorb(&sum(&negated));
            prop_assert_eq!(parts, ExactSum::default());
        }
    }
}
