//! Takes an encoded protobuf message, gives its fields one by one, as slices of it.
//!
//! Log shippers need four of its wire types and no schema compiler: a message is walked in place,
//! a length is compared with the bytes that are left, and who nests messages counts the depth.

use super::{Rejected, malformed};

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(&'a [u8]),
}

impl<'a> Value<'a> {
    /// The bytes of a string or message; empty where it is a number.
    pub(crate) fn bytes(self) -> &'a [u8] {
        match self {
            Value::Bytes(bytes) => bytes,
            _ => b"",
        }
    }

    /// A number of any width; 0 where it is none.
    pub(crate) fn number(self) -> u64 {
        match self {
            Value::Varint(number) | Value::Fixed64(number) => number,
            Value::Fixed32(number) => number.into(),
            Value::Bytes(_) => 0,
        }
    }

    /// The same as a signed number.
    pub(crate) fn signed(self) -> i64 {
        self.number().cast_signed()
    }
}

/// The fields of one message, in the order in which they stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) fn new(message: &'a [u8]) -> Fields<'a> {
        Fields { rest: message }
    }

    /// The next field with its number; nothing at the end.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<(u64, Value<'a>)>, Rejected> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let key = self.varint()?;
        let value = match key & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(u64::from_le_bytes(self.fixed()?)),
            2 => {
                let length = self.varint()?;
                Value::Bytes(self.take(length)?)
            }
            5 => Value::Fixed32(u32::from_le_bytes(self.fixed()?)),
            other => return Err(malformed(format!("protobuf: wire type {other} is not used here"))),
        };
        if key >> 3 == 0 {
            return Err(malformed("protobuf: no field has the number 0"));
        }
        Ok(Some((key >> 3, value)))
    }

    /// The first field of that number, wherever it stands.
    pub(crate) fn first(mut self, wanted: u64) -> Result<Option<Value<'a>>, Rejected> {
        while let Some((number, value)) = self.next()? {
            if number == wanted {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// Calls for every field.
    #[inline]
    pub(crate) fn each(
        mut self,
        mut take: impl FnMut(u64, Value<'a>) -> Result<(), Rejected>,
    ) -> Result<(), Rejected> {
        while let Some((number, value)) = self.next()? {
            take(number, value)?;
        }
        Ok(())
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, Rejected> {
        if let Some((&byte, rest)) = self.rest.split_first()
            && byte < 0x80
        {
            self.rest = rest;
            return Ok(byte.into());
        }
        let mut number = 0_u64;
        for (index, &byte) in self.rest.iter().take(10).enumerate() {
            number |= u64::from(byte & 0x7f) << (7 * index).min(63);
            if byte < 0x80 {
                self.rest = self.rest.get(index + 1..).unwrap_or_default();
                return Ok(number);
            }
        }
        Err(malformed("protobuf: a number does not end"))
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Rejected> {
        let (head, rest) =
            self.rest.split_first_chunk::<N>().ok_or_else(|| malformed("protobuf: a number is cut"))?;
        self.rest = rest;
        Ok(*head)
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], Rejected> {
        let split = usize::try_from(length).ok().and_then(|length| self.rest.split_at_checked(length));
        let Some((head, rest)) = split else {
            let left = self.rest.len();
            return Err(malformed(format!("protobuf: a field of {length} bytes where {left} are left")));
        };
        self.rest = rest;
        Ok(head)
    }
}

/// Writes messages, for replies and tests.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    out: Vec<u8>,
}

impl Writer {
    pub(crate) fn varint(mut self, field: u64, number: u64) -> Writer {
        self.put(field << 3);
        self.put(number);
        self
    }

    pub(crate) fn bytes(mut self, field: u64, bytes: impl AsRef<[u8]>) -> Writer {
        self.put(field << 3 | 2);
        self.put(bytes.as_ref().len() as u64);
        self.out.extend_from_slice(bytes.as_ref());
        self
    }

    #[cfg(test)]
    pub(crate) fn fixed64(mut self, field: u64, number: u64) -> Writer {
        self.put(field << 3 | 1);
        self.out.extend_from_slice(&number.to_le_bytes());
        self
    }

    pub(crate) fn done(self) -> Vec<u8> {
        self.out
    }

    fn put(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.out.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.out.push(number as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(message: &[u8]) -> Result<Vec<(u64, Value<'_>)>, Rejected> {
        let mut found = Vec::new();
        Fields::new(message).each(|number, value| {
            found.push((number, value));
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn what_is_written_is_read() {
        let message = Writer::default().varint(1, u64::MAX).bytes(2000, "text").fixed64(3, 7).done();
        let expected = [(1, Value::Varint(u64::MAX)), (2000, Value::Bytes(b"text")), (3, Value::Fixed64(7))];
        assert_eq!(read(&message).unwrap(), expected);
    }

    #[test]
    fn what_is_cut_or_foreign_is_refused() {
        let cases: [(&[u8], &str); 7] = [
            (b"\x0a", "a number does not end"),
            (b"\x0a\x05abc", "a field of 5 bytes where 3 are left"),
            (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "where 0 are left"),
            (b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "a number does not end"),
            (b"\x09\x01\x02", "a number is cut"),
            (b"\x0b", "wire type 3"),
            (b"\x00\x01", "number 0"),
        ];
        for (message, expected) in cases {
            let problem = read(message).unwrap_err().to_string();
            assert!(problem.contains(expected), "{message:?}: {problem}");
        }
    }
}
