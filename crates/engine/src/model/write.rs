//! Values to the bytes of a block; every method has its inverse of the same name in [`super::BlockReader`].
//!
//! Whole numbers are varints (LEB128), so that small counts take one byte; hashes are fixed; fractions are
//! the bits of an `f64`. There is one way to write a value, so equal models are equal bytes.

/// The bytes of one block, as they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockWriter {
    bytes: Vec<u8>,
}

impl BlockWriter {
    /// What was written so far.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// One byte.
    pub fn byte(&mut self, value: u8) {
        self.bytes.push(value);
    }

    /// A yes or no: one byte, 1 or 0.
    pub fn flag(&mut self, value: bool) {
        self.byte(u8::from(value));
    }

    /// A whole number in one to ten bytes of seven bits, the lowest first.
    pub fn varint(&mut self, value: u64) {
        let mut rest = value;
        while rest >= 0x80 {
            self.byte((rest & 0x7F) as u8 | 0x80);
            rest >>= 7;
        }
        self.byte(rest as u8);
    }

    /// A whole number of either sign as a varint of 0, -1, 1, -2, 2, …
    pub fn signed(&mut self, value: i64) {
        self.varint(((value << 1) ^ (value >> 63)) as u64);
    }

    /// Two bytes, the lowest first.
    pub fn u16(&mut self, value: u16) {
        self.raw(&value.to_le_bytes());
    }

    /// Four bytes, the lowest first.
    pub fn u32(&mut self, value: u32) {
        self.raw(&value.to_le_bytes());
    }

    /// Eight bytes, the lowest first: for hashes.
    pub fn u64(&mut self, value: u64) {
        self.raw(&value.to_le_bytes());
    }

    /// Sixteen bytes, the lowest first: for digests.
    pub fn u128(&mut self, value: u128) {
        self.raw(&value.to_le_bytes());
    }

    /// The bits of a fraction.
    pub fn f64(&mut self, value: f64) {
        self.u64(value.to_bits());
    }

    /// How many items follow.
    pub fn count(&mut self, items: usize) {
        self.varint(items as u64);
    }

    /// Bytes after their length.
    pub fn slice(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.raw(bytes);
    }

    /// A text after its length in bytes.
    pub fn text(&mut self, text: &str) {
        self.slice(text.as_bytes());
    }

    /// Bytes alone; the reader must know how many there are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// A count, then every item by the given function.
    pub fn list<T>(
        &mut self,
        items: impl ExactSizeIterator<Item = T>,
        mut write: impl FnMut(&mut BlockWriter, T),
    ) {
        self.count(items.len());
        items.for_each(|item| write(self, item));
    }
}
