//! Numbers in, quantiles out, each within 0.78 % of the true value.
//!
//! A value's bin is the top of its own bits: the exponent and six bits of the mantissa, so finding it takes a
//! shift and no logarithm. A bin reaches from `low` to at most `low · 65/64`, and its harmonic middle is
//! within 1/129 = 0.775 % of everything in it. Bins stand in pages of 16; when the values need more than 64
//! pages, every two bins become one. That halves the resolution (1.54 %, 3.03 %, …, see
//! [`Quantiles::relative_error`]), but it depends only on which pages are in use, so order and split do not
//! matter, and a single odd value costs one page and no accuracy. 64 pages hold at least 16 doublings of
//! unbroken values at full resolution: 1 ms to 65 s. Count, smallest, greatest and sum are exact.

use super::sum::ExactSum;
use crate::model::{BlockReader, BlockWriter, ModelError};

/// Exponent and six bits of the mantissa are what is left of a value's bits after this shift.
const BIN_SHIFT: u32 = 46;
const PAGE_BITS: u32 = 4;
const PAGE: usize = 1 << PAGE_BITS;
const PAGES: usize = 64;
/// At this level a sign has 32 pages at most, so no more is ever needed.
const COARSEST: u32 = 8;

type Page = [u64; PAGE];

/// A summary of numbers that answers for any quantile. Merging is exact.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantiles {
    count: u64,
    ignored: u64,
    zeros: u64,
    smallest: f64,
    greatest: f64,
    sum: ExactSum,
    /// Whether every value was a whole number, so that quantiles are, too.
    whole: bool,
    /// How often bins were joined in pairs.
    level: u32,
    /// Which pages are in use, in the order of their values: `!page` for negative ones.
    keys: Vec<i16>,
    pages: Vec<Page>,
}

impl Default for Quantiles {
    fn default() -> Quantiles {
        Quantiles {
            count: 0,
            ignored: 0,
            zeros: 0,
            smallest: f64::INFINITY,
            greatest: f64::NEG_INFINITY,
            sum: ExactSum::default(),
            whole: true,
            level: 0,
            keys: Vec::new(),
            pages: Vec::new(),
        }
    }
}

impl Quantiles {
    /// Adds a value. Infinities and NaN are only counted, see [`Quantiles::ignored`].
    #[inline]
    pub fn add(&mut self, value: f64) {
        if !value.is_finite() {
            self.ignored = self.ignored.saturating_add(1);
            return;
        }
        // Minus zero becomes zero, so that it does not matter which of them comes first.
        let value = value + 0.0;
        self.count = self.count.saturating_add(1);
        self.smallest = if value < self.smallest { value } else { self.smallest };
        self.greatest = if value > self.greatest { value } else { self.greatest };
        self.whole &= (value as i64) as f64 == value;
        self.sum.add(value);
        if value.abs() < f64::MIN_POSITIVE {
            self.zeros = self.zeros.saturating_add(1);
        } else {
            self.add_to_bin(value);
        }
    }

    #[inline]
    fn add_to_bin(&mut self, value: f64) {
        let bin = (value.abs().to_bits() >> BIN_SHIFT >> self.level) as usize;
        let page = (bin >> PAGE_BITS) as i16;
        let key = if value < 0.0 { !page } else { page };
        let at = self.keys.partition_point(|held| *held < key);
        match (self.keys.get(at), self.pages.get_mut(at)) {
            (Some(held), Some(page)) if *held == key => {
                let count = &mut page[bin % PAGE];
                *count = count.saturating_add(1);
            }
            _ => {
                let mut page = [0; PAGE];
                page[bin % PAGE] = 1;
                self.insert(at, key, page);
                self.keep_within_bounds();
            }
        }
    }

    /// Takes in everything the other has seen.
    pub fn absorb(&mut self, other: &Quantiles) {
        self.count = self.count.saturating_add(other.count);
        self.ignored = self.ignored.saturating_add(other.ignored);
        self.zeros = self.zeros.saturating_add(other.zeros);
        self.smallest = self.smallest.min(other.smallest);
        self.greatest = self.greatest.max(other.greatest);
        self.whole &= other.whole;
        self.sum.absorb(&other.sum);
        while self.level < other.level {
            self.coarsen();
        }
        let finer = self.level - other.level;
        for (key, page) in other.keys.iter().zip(&other.pages) {
            self.add_page(*key, page, finer);
        }
        self.keep_within_bounds();
    }

    /// Adds a page whose bins are joined in pairs `times` times.
    fn add_page(&mut self, key: i16, page: &Page, times: u32) {
        // Shifting a complement keeps the sign: negative keys stay mirrored.
        let key_here = key >> times;
        let at = self.keys.partition_point(|held| *held < key_here);
        if self.keys.get(at) != Some(&key_here) {
            self.insert(at, key_here, [0; PAGE]);
        }
        let Some(sums) = self.pages.get_mut(at) else { return };
        let first = (magnitude(key) as usize) << PAGE_BITS;
        for (bin, count) in page.iter().enumerate() {
            let sum = &mut sums[(first + bin) >> times & (PAGE - 1)];
            *sum = sum.saturating_add(*count);
        }
    }

    fn insert(&mut self, at: usize, key: i16, page: Page) {
        self.keys.reserve_exact(1);
        self.keys.insert(at, key);
        self.pages.reserve_exact(1);
        self.pages.insert(at, page);
    }

    fn keep_within_bounds(&mut self) {
        while self.pages.len() > PAGES {
            self.coarsen();
        }
    }

    fn coarsen(&mut self) {
        let keys = std::mem::take(&mut self.keys);
        let pages = std::mem::take(&mut self.pages);
        self.level += 1;
        for (key, page) in keys.iter().zip(&pages) {
            self.add_page(*key, page, 1);
        }
    }

    /// The value below which a share `q` of the values lies: within [`Quantiles::relative_error`] of the value
    /// with the rank `floor(q · (count - 1))`, and exact for 0 and 1. Nothing where there are no values.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        if self.count == 0 || q.is_nan() {
            return None;
        }
        if q >= 1.0 {
            return Some(self.greatest);
        }
        let rank = (q.max(0.0) * (self.count - 1) as f64) as u64;
        if rank == 0 {
            return Some(self.smallest);
        }
        let mut below = 0u64;
        let found = self.in_order().find(|(_, count)| {
            below = below.saturating_add(*count);
            below > rank
        });
        let value = found.map_or(self.greatest, |(value, _)| value);
        // Of the whole numbers in a bin, the one below its middle is within the same error of the others.
        let value = if self.whole { value.trunc() } else { value };
        Some(value.clamp(self.smallest, self.greatest))
    }

    /// The middle and the count of every bin, from the smallest values to the greatest.
    fn in_order(&self) -> impl Iterator<Item = (f64, u64)> {
        let pages = || self.keys.iter().zip(&self.pages);
        let negative = pages().take_while(|(key, _)| **key < 0).flat_map(move |(key, page)| {
            page.iter().enumerate().rev().map(move |(bin, count)| (-self.middle(!*key, bin), *count))
        });
        let positive = pages().skip_while(|(key, _)| **key < 0).flat_map(move |(key, page)| {
            page.iter().enumerate().map(move |(bin, count)| (self.middle(*key, bin), *count))
        });
        negative.chain(std::iter::once((0.0, self.zeros))).chain(positive).filter(|(_, count)| *count > 0)
    }

    /// The harmonic middle of a bin: as far, relatively, from its lowest value as from its highest.
    fn middle(&self, page: i16, bin: usize) -> f64 {
        let bin = (u64::from(page.unsigned_abs()) << PAGE_BITS) + bin as u64;
        let low = self.edge(bin).max(f64::MIN_POSITIVE);
        let high = self.edge(bin + 1).min(f64::MAX);
        low * (2.0 / (1.0 + low / high))
    }

    /// The lowest value of a bin.
    fn edge(&self, bin: u64) -> f64 {
        f64::from_bits(bin << self.level << BIN_SHIFT)
    }

    /// How far a quantile may be from the true value, as a share of it: 0.00775 unless the values are spread
    /// over more than 64 pages.
    pub fn relative_error(&self) -> f64 {
        // The widest bins begin at a power of two, as that of 1 does.
        let bin = 1.0f64.to_bits() >> BIN_SHIFT >> self.level;
        let (low, high) = (self.edge(bin), self.edge(bin + 1));
        (high - low) / (high + low)
    }

    /// How many values there were.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many infinities and NaN there were beside.
    pub fn ignored(&self) -> u64 {
        self.ignored
    }

    /// The smallest value.
    pub fn smallest(&self) -> Option<f64> {
        (self.count > 0).then_some(self.smallest)
    }

    /// The greatest value.
    pub fn greatest(&self) -> Option<f64> {
        (self.count > 0).then_some(self.greatest)
    }

    /// The sum, added up without rounding and rounded once.
    pub fn sum(&self) -> f64 {
        self.sum.value()
    }

    /// The mean.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum() / self.count as f64)
    }

    /// Whether every value was a whole number.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// The memory held.
    pub fn bytes(&self) -> usize {
        let pages = self.pages.len() * (size_of::<Page>() + size_of::<i16>());
        size_of::<Quantiles>() + pages + self.sum.heap()
    }

    /// Writes it into a block of the model.
    pub fn write(&self, block: &mut BlockWriter) {
        block.varint(self.ignored);
        block.varint(self.zeros);
        block.byte(self.level as u8);
        block.list(self.keys.iter().zip(&self.pages), |block, (key, page)| {
            block.signed(i64::from(*key));
            write_page(page, block);
        });
        if self.count > 0 {
            block.f64(self.smallest);
            block.f64(self.greatest);
            block.flag(self.whole);
            self.sum.write(block);
        }
    }

    /// Reads what [`Quantiles::write`] wrote.
    pub fn read(block: &mut BlockReader<'_>) -> Result<Quantiles, ModelError> {
        let mut read = Quantiles { ignored: block.varint()?, zeros: block.varint()?, ..Quantiles::default() };
        let offset = block.offset();
        read.level = u32::from(block.byte()?);
        if read.level > COARSEST {
            return Err(block.malformed("the level of a sketch", offset, "8 at most", read.level));
        }
        read.read_pages(block)?;
        let binned = read.pages.iter().flatten().fold(0u64, |sum, count| sum.saturating_add(*count));
        read.count = binned.saturating_add(read.zeros);
        if read.count > 0 {
            read.read_exact_figures(block)?;
        }
        Ok(read)
    }

    fn read_pages(&mut self, block: &mut BlockReader<'_>) -> Result<(), ModelError> {
        let offset = block.offset();
        let pages = block.list("the pages of a sketch", PAGES, 4, |block| {
            let key = block.signed()?;
            Ok((key, read_page(block)?))
        })?;
        block.charge(pages.len() * (size_of::<Page>() + size_of::<i16>()))?;
        let highest = f64::MAX.to_bits().cast_signed() >> BIN_SHIFT >> self.level >> PAGE_BITS;
        for (key, page) in pages {
            let after = self.keys.last().is_none_or(|last| i64::from(*last) < key);
            let known = i16::try_from(key).ok().filter(|key| i64::from(magnitude(*key)) <= highest);
            let Some(known) = known.filter(|_| after) else {
                return Err(block.malformed("the key of a page", offset, "one above those before", key));
            };
            self.insert(self.keys.len(), known, page);
        }
        Ok(())
    }

    fn read_exact_figures(&mut self, block: &mut BlockReader<'_>) -> Result<(), ModelError> {
        let offset = block.offset();
        self.smallest = block.f64()?;
        self.greatest = block.f64()?;
        self.whole = block.flag()?;
        self.sum = ExactSum::read(block)?;
        let finite = self.smallest.is_finite() && self.greatest.is_finite();
        let no_minus_zero =
            self.smallest.to_bits() != (-0.0f64).to_bits() && self.greatest.to_bits() != (-0.0f64).to_bits();
        // The sum is rounded when it is shown, hence the last factor.
        let widest = self.smallest.abs().max(self.greatest.abs()) * self.count as f64 * (1.0 + 1e-9);
        let fits = self.smallest <= self.greatest && self.sum.value().abs() <= widest;
        if finite && no_minus_zero && fits {
            Ok(())
        } else {
            let found = format!("{} to {}, sum {}", self.smallest, self.greatest, self.sum.value());
            Err(block.malformed("the range of a sketch", offset, "finite numbers that fit together", found))
        }
    }
}

/// The page of a key without its sign.
fn magnitude(key: i16) -> i16 {
    if key < 0 { !key } else { key }
}

/// Which bins are in use as a bit set, then the count of each.
fn write_page(page: &Page, block: &mut BlockWriter) {
    let used = page.iter().rev().fold(0u16, |used, count| used << 1 | u16::from(*count > 0));
    block.u16(used);
    page.iter().filter(|count| **count > 0).for_each(|count| block.varint(*count));
}

fn read_page(block: &mut BlockReader<'_>) -> Result<Page, ModelError> {
    let offset = block.offset();
    let used = block.u16()?;
    if used == 0 {
        return Err(block.malformed("a page of bins", offset, "a bin in use", "none"));
    }
    let mut page = [0; PAGE];
    for (bin, count) in page.iter_mut().enumerate() {
        if used >> bin & 1 == 1 {
            let offset = block.offset();
            *count = block.varint()?;
            if *count == 0 {
                return Err(block.malformed("the count of a bin", offset, "1 or more", 0));
            }
        }
    }
    Ok(page)
}

#[cfg(test)]
mod tests;
