//! A folder of a model in, its files and settings out. What is in it may come from a stranger: files have a largest
//! size, and numbers a range, before memory is taken for them.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::error::EmbeddingError;

/// Bytes of a file of settings or words.
const LARGEST_TEXT: u64 = 64 << 20;
/// Bytes of weights.
const LARGEST_WEIGHTS: u64 = 4 << 30;

/// A folder with a model in it.
pub(crate) struct Folder {
    path: PathBuf,
}

/// An object of a file of settings.
pub(crate) struct Keys {
    pub(crate) path: PathBuf,
    pub(crate) keys: Map<String, Value>,
}

impl Folder {
    pub(crate) fn new(path: &Path) -> Folder {
        Folder { path: path.to_owned() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// A file of settings, which must be there.
    pub(crate) fn keys(&self, name: &str) -> Result<Keys, EmbeddingError> {
        let bytes = self.bytes(name, LARGEST_TEXT, "name the folder of a sentence-transformers model")?;
        keys(self.path(name), &bytes)
    }

    /// A file of settings that need not be there.
    pub(crate) fn keys_if_any(&self, name: &str) -> Result<Option<Keys>, EmbeddingError> {
        self.text_if_any(name)?.map(|bytes| keys(self.path(name), &bytes)).transpose()
    }

    /// A text that need not be there.
    pub(crate) fn text_if_any(&self, name: &str) -> Result<Option<Vec<u8>>, EmbeddingError> {
        match self.bytes(name, LARGEST_TEXT, "make it readable") {
            Ok(bytes) => Ok(Some(bytes)),
            Err(EmbeddingError::Unreadable { error, .. }) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The weights.
    pub(crate) fn weights(&self, name: &str) -> Result<Vec<u8>, EmbeddingError> {
        self.bytes(
            name,
            LARGEST_WEIGHTS,
            "weights are read from model.safetensors; save the model in that format",
        )
    }

    fn bytes(&self, name: &str, most: u64, hint: &'static str) -> Result<Vec<u8>, EmbeddingError> {
        let path = self.path(name);
        let unreadable = |error| EmbeddingError::Unreadable { path: path.clone(), error, hint };
        let file = File::open(&path).map_err(unreadable)?;
        let told = file.metadata().map_err(unreadable)?;
        if !told.is_file() {
            let error = std::io::Error::new(ErrorKind::InvalidInput, "not a file");
            return Err(unreadable(error));
        }
        if told.len() > most {
            return Err(EmbeddingError::TooLarge { path, bytes: told.len(), most });
        }
        // A file may grow while it is read.
        let mut bytes = Vec::with_capacity(usize::try_from(told.len()).unwrap_or(0));
        file.take(most).read_to_end(&mut bytes).map_err(unreadable)?;
        Ok(bytes)
    }
}

fn keys(path: PathBuf, bytes: &[u8]) -> Result<Keys, EmbeddingError> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(keys)) => Ok(Keys { path, keys }),
        Ok(_) => Err(EmbeddingError::malformed(&path, "the whole", "something else", "a JSON object")),
        Err(error) => Err(EmbeddingError::malformed(&path, "the whole", error, "a JSON object")),
    }
}

impl Keys {
    /// A whole number within a range, or what it is where the key is missing.
    pub(crate) fn number(
        &self,
        key: &str,
        range: std::ops::RangeInclusive<u64>,
        missing: Option<u64>,
    ) -> Result<usize, EmbeddingError> {
        let value = self.keys.get(key).filter(|value| !value.is_null());
        let number = value.map_or(missing, Value::as_u64);
        match number.filter(|number| range.contains(number)) {
            Some(number) => Ok(number as usize),
            None => {
                Err(self.refused(key, value, format!("a whole number, {} to {}", range.start(), range.end())))
            }
        }
    }

    /// A number within a range.
    pub(crate) fn real(&self, key: &str, least: f64, most: f64, missing: f64) -> Result<f64, EmbeddingError> {
        let value = self.keys.get(key).filter(|value| !value.is_null());
        let number = value.map_or(Some(missing), Value::as_f64);
        let number = number.filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| self.refused(key, value, format!("a number, {least} to {most}")))
    }

    /// Yes or no.
    pub(crate) fn flag(&self, key: &str, missing: bool) -> Result<bool, EmbeddingError> {
        let value = self.keys.get(key).filter(|value| !value.is_null());
        let flag = value.map_or(Some(missing), Value::as_bool);
        flag.ok_or_else(|| self.refused(key, value, "true or false".to_owned()))
    }

    /// A word, if it is there.
    pub(crate) fn word(&self, key: &str) -> Option<&str> {
        self.keys.get(key).and_then(Value::as_str)
    }

    fn refused(&self, key: &str, value: Option<&Value>, expected: String) -> EmbeddingError {
        let found = value.map_or_else(|| "missing".to_owned(), |value| format!("`{value}`"));
        EmbeddingError::malformed(&self.path, format!("`{key}`"), found, expected)
    }
}
