//! A fitted model as bytes, and back: little-endian, with its kind and version in front.
//!
//! The bytes are a block of the model file, which has the checksum. They may come from a stranger:
//! every length is compared with what is left before anything is allocated, so reading needs no more
//! memory than the bytes themselves (times a small factor), and what no fit would have written is
//! refused. There is no code in the bytes.

use crate::error::LoadError;

/// Stands at the front of every saved model.
const MAGIC: &[u8; 4] = b"LSOM";

/// A model that can be written and read.
pub trait Save: Sized {
    /// The name of the model, as the catalogue has it.
    const KIND: &'static str;
    /// Grows when the layout changes; older ones must still be read.
    const VERSION: u16 = 1;

    /// Appends all that scoring needs.
    fn write(&self, writer: &mut Writer);

    /// Reads what `write` wrote in this version or an earlier one.
    ///
    /// # Errors
    /// Bytes that no fit would have written.
    fn read(reader: &mut Reader<'_>, version: u16) -> Result<Self, LoadError>;

    /// The model as bytes.
    fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.bytes.extend_from_slice(MAGIC);
        writer.text(Self::KIND);
        writer.u16(Self::VERSION);
        self.write(&mut writer);
        writer.bytes
    }

    /// The model that these bytes hold.
    ///
    /// # Errors
    /// Another kind, a later version, or damage.
    fn from_bytes(bytes: &[u8]) -> Result<Self, LoadError> {
        let (kind, version, mut reader) = open(bytes)?;
        if kind != Self::KIND {
            return Err(LoadError::Kind { expected: Self::KIND.to_owned(), found: kind.to_owned() });
        }
        if version == 0 || version > Self::VERSION {
            return Err(LoadError::Version { kind: kind.to_owned(), found: version, newest: Self::VERSION });
        }
        let model = Self::read(&mut reader, version)?;
        reader.end()?;
        Ok(model)
    }
}

/// Kind, version and the rest of saved bytes.
///
/// # Errors
/// Bytes that are no saved model at all.
pub fn open(bytes: &[u8]) -> Result<(&str, u16, Reader<'_>), LoadError> {
    let mut reader = Reader::new(bytes);
    if reader.take(MAGIC.len())? != MAGIC {
        return Err(LoadError::Damaged("the mark at the front"));
    }
    let kind = reader.text()?;
    let version = reader.u16()?;
    Ok((kind, version, reader))
}

/// Bytes that grow.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

macro_rules! plain_numbers {
    ($($name:ident, $many:ident, $kind:ty;)*) => {
        impl Writer {
            $(
                #[doc = concat!("Appends a `", stringify!($kind), "`.")]
                pub fn $name(&mut self, value: $kind) {
                    self.bytes.extend_from_slice(&value.to_le_bytes());
                }

                #[doc = concat!("Appends how many, and so many `", stringify!($kind), "`.")]
                pub fn $many(&mut self, values: &[$kind]) {
                    self.length(values.len());
                    values.iter().for_each(|&value| self.$name(value));
                }
            )*
        }

        impl<'a> Reader<'a> {
            $(
                #[doc = concat!("Reads a `", stringify!($kind), "`.")]
                ///
                /// # Errors
                /// The bytes end too early.
                pub fn $name(&mut self) -> Result<$kind, LoadError> {
                    let mut array = [0; size_of::<$kind>()];
                    array.copy_from_slice(self.take(size_of::<$kind>())?);
                    Ok(<$kind>::from_le_bytes(array))
                }

                #[doc = concat!("Reads how many, and so many `", stringify!($kind), "`.")]
                ///
                /// # Errors
                /// The bytes end too early.
                pub fn $many(&mut self) -> Result<Vec<$kind>, LoadError> {
                    let count = self.length(size_of::<$kind>())?;
                    (0..count).map(|_| self.$name()).collect()
                }
            )*
        }
    };
}

plain_numbers! {
    u8, u8s, u8;
    u16, u16s, u16;
    u32, u32s, u32;
    u64, u64s, u64;
    f32, f32s, f32;
    f64, f64s, f64;
}

impl Writer {
    /// Appends a length or another count.
    pub fn length(&mut self, length: usize) {
        self.u64(length as u64);
    }

    /// Appends a short text.
    pub fn text(&mut self, text: &str) {
        self.u8s(text.as_bytes());
    }
}

/// Bytes that are read from the front.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Reads these bytes.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Reads so many bytes.
    fn take(&mut self, count: usize) -> Result<&'a [u8], LoadError> {
        let end = self.at.checked_add(count).ok_or(LoadError::Ends { at: self.at })?;
        let taken = self.bytes.get(self.at..end).ok_or(LoadError::Ends { at: self.at })?;
        self.at = end;
        Ok(taken)
    }

    /// Reads how many things of so many bytes follow, and refuses more than can follow.
    ///
    /// # Errors
    /// More than the bytes that are left can hold.
    pub fn length(&mut self, bytes_each: usize) -> Result<usize, LoadError> {
        let at = self.at;
        let count = usize::try_from(self.u64()?).map_err(|_| LoadError::Ends { at })?;
        let left = self.bytes.len() - self.at;
        if count > left / bytes_each.max(1) {
            return Err(LoadError::Ends { at });
        }
        Ok(count)
    }

    /// Reads a count that is no length of what follows, up to `most`.
    ///
    /// # Errors
    /// A larger count, or the end.
    pub fn count(&mut self, most: usize) -> Result<usize, LoadError> {
        let count = usize::try_from(self.u64()?).map_err(|_| LoadError::Damaged("a count"))?;
        if count > most { Err(LoadError::Damaged("a count")) } else { Ok(count) }
    }

    /// Reads `f32` numbers that must be finite.
    ///
    /// # Errors
    /// The end, or a number that is not finite.
    pub fn finite_f32s(&mut self) -> Result<Vec<f32>, LoadError> {
        let values = self.f32s()?;
        let finite = values.iter().all(|value| value.is_finite());
        if finite { Ok(values) } else { Err(LoadError::Damaged("a number is not finite")) }
    }

    /// Reads `f64` numbers that must be finite.
    ///
    /// # Errors
    /// The end, or a number that is not finite.
    pub fn finite_f64s(&mut self) -> Result<Vec<f64>, LoadError> {
        let values = self.f64s()?;
        let finite = values.iter().all(|value| value.is_finite());
        if finite { Ok(values) } else { Err(LoadError::Damaged("a number is not finite")) }
    }

    /// Reads an `f64` that must be finite.
    ///
    /// # Errors
    /// The end, or a number that is not finite.
    pub fn finite_f64(&mut self) -> Result<f64, LoadError> {
        let value = self.f64()?;
        if value.is_finite() { Ok(value) } else { Err(LoadError::Damaged("a number is not finite")) }
    }

    /// Reads a short text.
    ///
    /// # Errors
    /// The end, or bytes that are not text.
    pub fn text(&mut self) -> Result<&'a str, LoadError> {
        let length = self.length(1)?;
        std::str::from_utf8(self.take(length)?).map_err(|_| LoadError::Damaged("a name is not text"))
    }

    /// Refuses bytes after the end of the model.
    ///
    /// # Errors
    /// There are some.
    pub fn end(&self) -> Result<(), LoadError> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(LoadError::Damaged("bytes after the end")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Example(Vec<f32>, u64);

    impl Save for Example {
        const KIND: &'static str = "example";

        fn write(&self, writer: &mut Writer) {
            writer.f32s(&self.0);
            writer.u64(self.1);
        }

        fn read(reader: &mut Reader<'_>, _version: u16) -> Result<Self, LoadError> {
            Ok(Self(reader.finite_f32s()?, reader.u64()?))
        }
    }

    #[test]
    fn a_model_comes_back() {
        let bytes = Example(vec![1.5, -0.0], 7).to_bytes();
        assert_eq!(Example::from_bytes(&bytes), Ok(Example(vec![1.5, -0.0], 7)));
        for length in 0..bytes.len() {
            assert!(Example::from_bytes(&bytes[..length]).is_err(), "{length}");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(Example::from_bytes(&longer), Err(LoadError::Damaged("bytes after the end")));
    }

    #[test]
    fn foreign_kinds_versions_and_lengths_are_refused() {
        let bytes = Example(vec![1.0], 7).to_bytes();
        let changed = |at: usize, to: u8| {
            let mut changed = bytes.clone();
            changed[at] = to;
            Example::from_bytes(&changed)
        };
        // Mark (4), length of the kind (8), kind (7), version (2), length of the numbers (8).
        assert!(matches!(changed(0, b'X'), Err(LoadError::Damaged(_))));
        assert!(matches!(changed(12, b'E'), Err(LoadError::Kind { .. })));
        assert!(matches!(changed(19, 2), Err(LoadError::Version { found: 2, .. })));
        assert!(matches!(changed(19, 0), Err(LoadError::Version { found: 0, .. })));
        assert!(matches!(changed(28, 0xff), Err(LoadError::Ends { .. })));
        assert!(
            matches!(Example(vec![f32::NAN], 1).to_bytes(), bytes if Example::from_bytes(&bytes).is_err())
        );
    }
}
