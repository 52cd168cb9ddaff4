//! The bytes of a block to values, on any bytes whatever.
//!
//! Three rules keep a hostile model harmless. A length is compared with the bytes that are left before it is
//! believed. A count has a limit and the least size of an item, so it is bounded by the input. And memory is
//! charged to an [`Allowance`] before it is taken: a byte in the file can claim a hundred in memory only until
//! the allowance for a file of that size is used up.

use std::cell::Cell;

use super::error::ModelError;

/// How much memory the reading of one model may still take.
#[derive(Debug)]
pub struct Allowance {
    left: Cell<u64>,
}

impl Allowance {
    /// Three bytes for each byte of the model and 48 MiB beside. What is held in the end stays under four
    /// bytes for each byte of the model and 64 MiB, with room for what tables add around their items.
    pub fn for_input(bytes: usize) -> Allowance {
        Allowance { left: Cell::new((bytes as u64).saturating_mul(3).saturating_add(48 << 20)) }
    }

    /// How many bytes may still be taken.
    pub fn left(&self) -> u64 {
        self.left.get()
    }
}

/// Reads what [`super::BlockWriter`] wrote; the methods have the same names.
#[derive(Debug)]
pub struct BlockReader<'a> {
    rest: &'a [u8],
    offset: usize,
    within: &'static str,
    version: u16,
    allowance: &'a Allowance,
}

impl<'a> BlockReader<'a> {
    /// Reads `bytes` that stand alone.
    pub fn new(bytes: &'a [u8], allowance: &'a Allowance) -> BlockReader<'a> {
        BlockReader::within(bytes, 0, "the bytes", 0, allowance)
    }

    /// Reads `bytes` that stand at `offset` of a model, in the block of that name and version.
    pub(super) fn within(
        bytes: &'a [u8],
        offset: usize,
        within: &'static str,
        version: u16,
        allowance: &'a Allowance,
    ) -> BlockReader<'a> {
        BlockReader { rest: bytes, offset, within, version, allowance }
    }

    /// The version of the block, at most that of its [`super::Kind`].
    pub fn version(&self) -> u16 {
        self.version
    }

    /// Where the next value stands in the model.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// How many bytes are left in the block.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// Fails unless every byte was read.
    pub fn end(&self) -> Result<(), ModelError> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(ModelError::Trailing { within: self.within, offset: self.offset, left: self.rest.len() })
    }

    /// The next `length` bytes, without a copy.
    pub fn raw(&mut self, what: &'static str, length: u64) -> Result<&'a [u8], ModelError> {
        let taken = usize::try_from(length).ok().and_then(|length| self.rest.split_at_checked(length));
        let (taken, rest) = taken.ok_or(ModelError::Truncated {
            what,
            offset: self.offset,
            needed: length,
            left: self.rest.len() as u64,
            within: self.within,
        })?;
        self.rest = rest;
        self.offset = self.offset.saturating_add(taken.len());
        Ok(taken)
    }

    fn fixed<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], ModelError> {
        let mut fixed = [0; N];
        fixed.copy_from_slice(self.raw(what, N as u64)?);
        Ok(fixed)
    }

    /// One byte.
    pub fn byte(&mut self) -> Result<u8, ModelError> {
        let [byte] = self.fixed("a byte")?;
        Ok(byte)
    }

    /// A yes or no.
    pub fn flag(&mut self) -> Result<bool, ModelError> {
        let offset = self.offset;
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(self.malformed("a yes or no", offset, "0 or 1", other)),
        }
    }

    /// A whole number.
    pub fn varint(&mut self) -> Result<u64, ModelError> {
        let offset = self.offset;
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let [byte] = self.fixed("a whole number")?;
            let bits = u64::from(byte & 0x7F);
            if shift == 63 && byte > 1 {
                return Err(self.malformed("a whole number", offset, "64 bits at most", byte));
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                let padded = byte == 0 && shift > 0;
                return if padded {
                    Err(self.malformed("a whole number", offset, "its shortest form", value))
                } else {
                    Ok(value)
                };
            }
        }
        Err(self.malformed("a whole number", offset, "64 bits at most", "a longer one"))
    }

    /// A whole number of either sign.
    pub fn signed(&mut self) -> Result<i64, ModelError> {
        let folded = self.varint()?;
        Ok((folded >> 1).cast_signed() ^ -(folded & 1).cast_signed())
    }

    /// Two bytes.
    pub fn u16(&mut self) -> Result<u16, ModelError> {
        Ok(u16::from_le_bytes(self.fixed("two bytes")?))
    }

    /// Four bytes.
    pub fn u32(&mut self) -> Result<u32, ModelError> {
        Ok(u32::from_le_bytes(self.fixed("four bytes")?))
    }

    /// Eight bytes.
    pub fn u64(&mut self) -> Result<u64, ModelError> {
        Ok(u64::from_le_bytes(self.fixed("eight bytes")?))
    }

    /// Sixteen bytes.
    pub fn u128(&mut self) -> Result<u128, ModelError> {
        Ok(u128::from_le_bytes(self.fixed("sixteen bytes")?))
    }

    /// The bits of a fraction; any bits, also those of infinities and NaN.
    pub fn f64(&mut self) -> Result<f64, ModelError> {
        Ok(f64::from_bits(self.u64()?))
    }

    /// A whole number of at most `limit`.
    pub fn at_most(&mut self, what: &'static str, limit: u64) -> Result<u64, ModelError> {
        let offset = self.offset;
        let found = self.varint()?;
        if found <= limit {
            return Ok(found);
        }
        Err(ModelError::AboveLimit { what, offset, within: self.within, found, limit })
    }

    /// How many items follow: at most `limit`, each of at least `least` bytes, all within the bytes left.
    pub fn count(&mut self, what: &'static str, limit: usize, least: usize) -> Result<usize, ModelError> {
        let offset = self.offset;
        let count = self.at_most(what, limit as u64)?;
        let needed = count.saturating_mul(least as u64);
        let left = self.rest.len() as u64;
        match usize::try_from(count) {
            Ok(count) if needed <= left => Ok(count),
            _ => Err(ModelError::Truncated { what, offset, needed, left, within: self.within }),
        }
    }

    /// Bytes after their length, at most `limit`, without a copy.
    pub fn slice(&mut self, what: &'static str, limit: usize) -> Result<&'a [u8], ModelError> {
        let length = self.at_most(what, limit as u64)?;
        self.raw(what, length)
    }

    /// A text of at most `limit` bytes, without a copy.
    pub fn text(&mut self, what: &'static str, limit: usize) -> Result<&'a str, ModelError> {
        let offset = self.offset;
        let bytes = self.slice(what, limit)?;
        std::str::from_utf8(bytes).map_err(|error| self.malformed(what, offset, "UTF-8", error))
    }

    /// A list: its count, then every item by the given function. The memory is charged before it is taken.
    pub fn list<T>(
        &mut self,
        what: &'static str,
        limit: usize,
        least: usize,
        mut read: impl FnMut(&mut BlockReader<'a>) -> Result<T, ModelError>,
    ) -> Result<Vec<T>, ModelError> {
        let count = self.count(what, limit, least)?;
        self.charge(count.saturating_mul(size_of::<T>()))?;
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(read(self)?);
        }
        Ok(items)
    }

    /// Claims memory that the caller is about to take for what it reads.
    pub fn charge(&self, bytes: usize) -> Result<(), ModelError> {
        let (needed, left) = (bytes as u64, self.allowance.left());
        match left.checked_sub(needed) {
            Some(rest) => {
                self.allowance.left.set(rest);
                Ok(())
            }
            None => Err(ModelError::Memory { within: self.within, offset: self.offset, needed, left }),
        }
    }

    /// The error for a value at `offset` that no writer writes.
    pub fn malformed(
        &self,
        what: &'static str,
        offset: usize,
        expected: &'static str,
        found: impl ToString,
    ) -> ModelError {
        ModelError::Malformed { what, offset, within: self.within, expected, found: found.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::write::BlockWriter;
    use super::*;

    fn read<T>(
        bytes: &[u8],
        read: impl FnOnce(&mut BlockReader<'_>) -> Result<T, ModelError>,
    ) -> Result<T, ModelError> {
        let allowance = Allowance::for_input(bytes.len());
        let mut reader = BlockReader::new(bytes, &allowance);
        let value = read(&mut reader)?;
        reader.end()?;
        Ok(value)
    }

    #[test]
    fn lengths_beyond_the_bytes_are_refused() {
        for length in [5, 1 << 32, 1 << 63, u64::MAX] {
            let mut writer = BlockWriter::default();
            writer.varint(length);
            writer.raw(b"four");
            let slice = read(writer.bytes(), |reader| reader.slice("a name", usize::MAX).map(<[u8]>::to_vec));
            assert!(matches!(slice, Err(ModelError::Truncated { left: 4, needed, .. }) if needed == length));
            let list = read(writer.bytes(), |reader| reader.list("names", usize::MAX, 1, BlockReader::byte));
            assert!(matches!(list, Err(ModelError::Truncated { left: 4, needed, .. }) if needed == length));
        }
    }

    #[test]
    fn memory_is_claimed_before_it_is_taken() {
        let mut writer = BlockWriter::default();
        writer.count(1 << 20);
        writer.raw(&vec![0; 1 << 20]);
        let large = |reader: &mut BlockReader<'_>| reader.list("pages", 1 << 20, 1, |_| Ok([0u64; 16]));
        assert!(matches!(read(writer.bytes(), large), Err(ModelError::Memory { needed: 0x800_0000, .. })));
    }

    #[test]
    fn odd_values_are_refused() {
        let check = |bytes: &[u8]| {
            let result = read(bytes, |reader| reader.varint());
            assert!(matches!(result, Err(ModelError::Malformed { offset: 0, .. })), "{bytes:x?}: {result:?}");
        };
        check(&[0x80, 0x00]);
        check(&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02]);
        check(&[0xFF; 11]);
        assert!(matches!(read(&[2], |reader| reader.flag()), Err(ModelError::Malformed { .. })));
        let text = read(&[1, 0xFF], |reader| reader.text("a name", 9).map(str::to_owned));
        assert!(matches!(text, Err(ModelError::Malformed { .. })));
        let above = read(&[10], |reader| reader.at_most("names", 9));
        assert!(matches!(above, Err(ModelError::AboveLimit { found: 10, limit: 9, .. })));
        assert!(matches!(read(&[1, 1], |reader| reader.byte()), Err(ModelError::Trailing { left: 1, .. })));
    }

    #[test]
    fn messages_name_the_place_and_the_way_out() {
        let message = read(&[200, 1, 0], |reader| reader.slice("a name", 64).map(<[u8]>::to_vec));
        let expected = "a name at byte 0 of the bytes: `200` is above the limit `64`\n\
                        hint: the model is damaged or was not written by logsift; learn it anew";
        assert_eq!(message.unwrap_err().to_string(), expected);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            whole in any::<u64>(), shift in 0..64u32, signed in any::<i64>(), bits in any::<u64>(),
            text in ".{0,20}", bytes in proptest::collection::vec(any::<u8>(), 0..40), wide in any::<u128>(),
        ) {
            let mut writer = BlockWriter::default();
            writer.varint(whole >> shift);
            writer.signed(signed >> shift);
            writer.f64(f64::from_bits(bits));
            writer.text(&text);
            writer.u128(wide);
            writer.list(bytes.iter(), |writer, byte| writer.byte(*byte));
            writer.flag(bits % 2 == 0);
            let read_back = read(writer.bytes(), |reader| {
                Ok((
                    reader.varint()?, reader.signed()?, reader.f64()?.to_bits(), reader.text("text", 80)?.to_owned(),
                    reader.u128()?, reader.list("bytes", 40, 1, BlockReader::byte)?, reader.flag()?,
                ))
            }).unwrap();
            prop_assert_eq!(read_back, (whole >> shift, signed >> shift, bits, text, wide, bytes, bits % 2 == 0));
        }

        #[test]
        fn any_bytes_end_in_a_value_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(value) = read(&bytes, |reader| reader.varint()) {
                let mut writer = BlockWriter::default();
                writer.varint(value);
                prop_assert_eq!(writer.bytes(), &bytes[..]);
            }
            let _ = read(&bytes, |reader| reader.text("text", 30).map(str::to_owned));
            let _ = read(&bytes, |reader| reader.list("texts", 30, 1, |item| item.slice("text", 9).map(<[u8]>::to_vec)));
        }
    }
}
