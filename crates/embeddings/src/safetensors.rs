//! The bytes of a `model.safetensors` in, tensors of `f32` out.
//!
//! The file is the length of a JSON header, the header, and the numbers. The header says of every tensor where it
//! begins and ends; nothing of that is believed before it was held against the bytes that are there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::EmbeddingError;

/// Bytes of a header.
const LONGEST: usize = 16 << 20;

/// A file of tensors.
pub(crate) struct Tensors {
    path: PathBuf,
    bytes: Vec<u8>,
    tensors: BTreeMap<String, Tensor>,
}

/// Where the numbers of a tensor stand.
#[derive(Clone, Debug)]
struct Tensor {
    number: Number,
    shape: Vec<usize>,
    start: usize,
    end: usize,
}

/// A tensor by its lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines {
    number: Number,
    start: usize,
    /// Of a line.
    bytes: usize,
}

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    Single,
    Half,
    Brain,
}

impl Number {
    fn named(name: &str) -> Option<Number> {
        match name {
            "F32" => Some(Number::Single),
            "F16" => Some(Number::Half),
            "BF16" => Some(Number::Brain),
            _ => None,
        }
    }

    fn bytes(self) -> usize {
        if self == Number::Single { 4 } else { 2 }
    }

    fn read(self, bytes: &[u8]) -> f32 {
        match (self, bytes) {
            (Number::Single, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
            (Number::Half, &[a, b]) => half(u16::from_le_bytes([a, b])),
            (Number::Brain, &[a, b]) => f32::from_bits(u32::from(u16::from_le_bytes([a, b])) << 16),
            _ => f32::NAN,
        }
    }
}

/// A number of 16 bits, of which five are the exponent.
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
    match exponent {
        0 => sign * fraction * 2f32.powi(-24),
        31 => f32::NAN,
        _ => sign * (1024.0 + fraction) * 2f32.powi(exponent - 25),
    }
}

impl Tensors {
    /// Reads the header and holds it against the bytes.
    pub(crate) fn read(path: &Path, bytes: Vec<u8>) -> Result<Tensors, EmbeddingError> {
        let malformed = |what: &str, found: String, expected: &str| {
            EmbeddingError::malformed(path, what, found, expected)
        };
        let length = bytes.first_chunk::<8>().map(|bytes| u64::from_le_bytes(*bytes));
        let length =
            length.and_then(|length| usize::try_from(length).ok()).filter(|length| *length <= LONGEST);
        let header = length.and_then(|length| bytes.get(8..8 + length));
        let (Some(length), Some(header)) = (length, header) else {
            let found = format!("not within {} bytes", bytes.len());
            return Err(malformed("the header", found, "a length of at most 16 MiB, and as many bytes"));
        };
        let header: BTreeMap<String, Value> = serde_json::from_slice(header)
            .map_err(|error| malformed("the header", error.to_string(), "a JSON object"))?;
        let room = bytes.len() - 8 - length;
        let mut tensors = BTreeMap::new();
        for (name, value) in header.iter().filter(|(name, _)| *name != "__metadata__") {
            // What is written as whole numbers is of no use here.
            if let Some(tensor) = tensor(path, name, value, room)? {
                let (start, end) = (tensor.start + 8 + length, tensor.end + 8 + length);
                tensors.insert(name.clone(), Tensor { start, end, ..tensor });
            }
        }
        Ok(Tensors { path: path.to_owned(), bytes, tensors })
    }

    /// What stands before the names of all tensors, such as `bert.`: what stands before this one.
    pub(crate) fn prefix(&self, of: &str) -> Result<String, EmbeddingError> {
        let mut found = self.tensors.keys().filter_map(|name| name.strip_suffix(of));
        found.next().map(str::to_owned).ok_or_else(|| {
            EmbeddingError::malformed(
                &self.path,
                format!("tensor `{of}`"),
                "missing",
                "the weights of a BERT encoder",
            )
        })
    }

    /// That a tensor is of no use.
    pub(crate) fn refuse(&self, name: &str) -> EmbeddingError {
        EmbeddingError::malformed(&self.path, format!("tensor `{name}`"), "empty", "the weights of a layer")
    }

    /// The numbers of a tensor of that shape.
    pub(crate) fn numbers(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, EmbeddingError> {
        let tensor = self.shaped(name, shape)?;
        self.check(name, tensor)?;
        Ok(self.all(tensor).collect())
    }

    /// A tensor of that shape whose lines stay in the file until they are asked for.
    pub(crate) fn lines(&self, name: &str, shape: [usize; 2]) -> Result<Lines, EmbeddingError> {
        let tensor = self.shaped(name, &shape)?;
        self.check(name, tensor)?;
        let [_, width] = shape;
        Ok(Lines { number: tensor.number, start: tensor.start, bytes: width * tensor.number.bytes() })
    }

    /// The numbers of a line; none where there are not so many.
    pub(crate) fn line(&self, lines: &Lines, at: usize) -> impl Iterator<Item = f32> {
        let start = at.checked_mul(lines.bytes).and_then(|from| from.checked_add(lines.start));
        let bytes = start.and_then(|start| self.bytes.get(start..start.checked_add(lines.bytes)?));
        let number = lines.number;
        bytes.unwrap_or_default().chunks_exact(number.bytes()).map(move |bytes| number.read(bytes))
    }

    fn shaped(&self, name: &str, shape: &[usize]) -> Result<&Tensor, EmbeddingError> {
        let what = || format!("tensor `{name}`");
        let expected = || format!("numbers of the shape {shape:?}");
        let Some(tensor) = self.tensors.get(name) else {
            return Err(EmbeddingError::malformed(&self.path, what(), "missing", expected()));
        };
        if tensor.shape != shape {
            let found = format!("of the shape {:?}", tensor.shape);
            return Err(EmbeddingError::malformed(&self.path, what(), found, expected()));
        }
        Ok(tensor)
    }

    /// Every number of a tensor is one, and none is so large that it would become infinite on its way.
    fn check(&self, name: &str, tensor: &Tensor) -> Result<(), EmbeddingError> {
        match self.all(tensor).find(|number| number.is_nan() || number.abs() > 1e4) {
            None => Ok(()),
            Some(number) => {
                let what = format!("a number of tensor `{name}`");
                Err(EmbeddingError::malformed(&self.path, what, number, "numbers from -10000 to 10000"))
            }
        }
    }

    fn all(&self, tensor: &Tensor) -> impl Iterator<Item = f32> {
        let (bytes, number) = (self.bytes.get(tensor.start..tensor.end).unwrap_or_default(), tensor.number);
        bytes.chunks_exact(number.bytes()).map(move |bytes| number.read(bytes))
    }
}

/// Where a tensor stands among `room` bytes; nothing where its numbers are of a kind that has no use here.
fn tensor(path: &Path, name: &str, value: &Value, room: usize) -> Result<Option<Tensor>, EmbeddingError> {
    let whole = |value: &Value| value.as_u64().and_then(|number| usize::try_from(number).ok());
    let wholes =
        |key: &str| -> Option<Vec<usize>> { value.get(key)?.as_array()?.iter().map(whole).collect() };
    let Some(number) = value.get("dtype").and_then(Value::as_str).and_then(Number::named) else {
        return Ok(None);
    };
    let place = wholes("shape").zip(wholes("data_offsets"));
    let place = place.and_then(|(shape, offsets)| match offsets.as_slice() {
        &[start, end] => Some((shape, start, end)),
        _ => None,
    });
    let bytes = |shape: &[usize]| {
        shape.iter().try_fold(number.bytes(), |product, length| product.checked_mul(*length))
    };
    match place {
        Some((shape, start, end)) if start <= end && end <= room && bytes(&shape) == Some(end - start) => {
            Ok(Some(Tensor { number, shape, start, end }))
        }
        _ => {
            let expected = format!("a shape that fills its place, within {room} bytes");
            Err(EmbeddingError::malformed(path, format!("tensor `{name}`"), format!("`{value}`"), expected))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    fn read(bytes: Vec<u8>) -> Result<Tensors, String> {
        Tensors::read(Path::new("model.safetensors"), bytes).map_err(|error| error.to_string())
    }

    #[test]
    fn numbers_of_every_width_are_read() {
        let header = r#"{"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},
            "b":{"dtype":"F16","shape":[3],"data_offsets":[8,14]},
            "c":{"dtype":"BF16","shape":[1],"data_offsets":[14,16]},
            "ids":{"dtype":"I64","shape":[9],"data_offsets":[0,1]}}"#;
        let mut data = [1.5f32.to_le_bytes(), (-2.25f32).to_le_bytes()].concat();
        for half in [0x3c00u16, 0xc100, 0x0001] {
            data.extend(half.to_le_bytes());
        }
        data.extend(0x3fc0u16.to_le_bytes());
        let tensors = read(file(header, &data)).unwrap();
        assert_eq!(tensors.numbers("a", &[2, 1]).unwrap(), [1.5, -2.25]);
        let lines = tensors.lines("a", [2, 1]).unwrap();
        assert_eq!(tensors.line(&lines, 1).collect::<Vec<_>>(), [-2.25]);
        assert_eq!(tensors.line(&lines, usize::MAX).count(), 0);
        assert_eq!(tensors.numbers("b", &[3]).unwrap(), [1.0, -2.5, 2f32.powi(-24)]);
        assert_eq!(tensors.numbers("c", &[1]).unwrap(), [1.5]);
        let refused = tensors.numbers("a", &[1, 2]).unwrap_err().to_string();
        assert_eq!(
            refused,
            "`model.safetensors`: tensor `a` is of the shape [2, 1], expected numbers of the shape [1, 2]"
        );
    }

    #[test]
    fn lies_are_refused() {
        let of = |tensor: &str| file(&format!(r#"{{"a":{tensor}}}"#), &[0; 8]);
        for bytes in [
            vec![],
            vec![1; 7],
            u64::MAX.to_le_bytes().to_vec(),
            file("", &[])[..8].to_vec(),
            file("[1]", &[]),
            of(r#"{"dtype":"F32","shape":[2],"data_offsets":[0,9]}"#),
            of(r#"{"dtype":"F32","shape":[2],"data_offsets":[8,0]}"#),
            of(r#"{"dtype":"F32","shape":[3],"data_offsets":[0,8]}"#),
            of(r#"{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}"#),
            of(r#"{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}"#),
            of(r#"{"dtype":"F32","shape":[2],"data_offsets":[0]}"#),
            of(r#"{"dtype":"F32"}"#),
        ] {
            let shown = String::from_utf8_lossy(&bytes).into_owned();
            assert!(read(bytes).is_err(), "{shown}");
        }
        let nan = file(r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, &f32::NAN.to_le_bytes());
        assert!(read(nan).unwrap().numbers("a", &[1]).is_err());
    }
}
