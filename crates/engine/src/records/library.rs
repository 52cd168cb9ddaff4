//! All formats that are known by name: the built-in ones and the user's.
//!
//! The files of `formats/` are in the binary, listed by the build script, so that adding a format is adding a
//! file. They are compiled when first asked for; their samples are only read by who asks for them.

use std::sync::{Arc, OnceLock};

use super::format::{Format, FormatError, FormatFile};
use super::pattern::Pattern;

const BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/formats.rs"));

/// The formats a reader chooses from. There may be a reader for every record that is shown, so copies share them.
#[derive(Clone, Debug, Default)]
pub struct Library {
    listed: Arc<Listed>,
}

#[derive(Clone, Debug, Default)]
struct Listed {
    formats: Vec<Arc<Format>>,
    about: Vec<(String, String)>,
}

impl Library {
    /// The built-in formats.
    pub fn built_in() -> &'static Library {
        static LIBRARY: OnceLock<Library> = OnceLock::new();
        LIBRARY.get_or_init(|| {
            Library::default()
                .with(BUILT_IN.iter().map(|(name, text)| read(name, before_samples(text))))
                .expect("the built-in formats compile: a test loads every one of them")
        })
    }

    /// These formats and more; a format of the same name takes the place of the built-in one.
    pub fn with(mut self, files: impl IntoIterator<Item = FormatFile>) -> Result<Library, FormatError> {
        let mut added: Vec<String> = Vec::new();
        let listed = Arc::make_mut(&mut self.listed);
        for file in files {
            if added.contains(&file.name) {
                return Err(FormatError::Twice(file.name));
            }
            let format = Arc::new(Format::compile(&file)?);
            listed.formats.retain(|other| other.name != file.name);
            listed.about.retain(|(name, _)| *name != file.name);
            listed.formats.push(format);
            listed.about.push((file.name.clone(), file.title));
            added.push(file.name);
        }
        Ok(self)
    }

    /// Name and title of every format.
    pub fn about(&self) -> impl Iterator<Item = (&str, &str)> {
        self.listed.about.iter().map(|(name, title)| (name.as_str(), title.as_str()))
    }

    pub(crate) fn formats(&self) -> &[Arc<Format>] {
        &self.listed.formats
    }

    /// The format of that name, or the one that a pattern describes.
    pub(crate) fn named(&self, words: &str) -> Result<Arc<Format>, FormatError> {
        if let Some(format) = self.listed.formats.iter().find(|format| format.name == words) {
            return Ok(Arc::clone(format));
        }
        if let Some(format) = Format::without_file(words) {
            return Ok(Arc::new(format));
        }
        if !Format::is_pattern(words) {
            return Err(FormatError::Unknown(words.to_owned(), self.nearest(words)));
        }
        let pattern = Pattern::parse(words).map_err(|problem| FormatError::Pattern {
            format: "--log-format".to_owned(),
            pattern: words.to_owned(),
            problem,
        })?;
        Ok(Arc::new(Format::of_patterns("given", vec![pattern])))
    }

    fn nearest(&self, words: &str) -> Option<String> {
        let shares = |name: &str| name.contains(words) || words.contains(name);
        self.formats().iter().map(|format| &format.name).find(|name| shares(name)).cloned()
    }
}

/// The built-in format files, as they are written.
pub fn built_in_files() -> impl Iterator<Item = FormatFile> {
    BUILT_IN.iter().map(|(name, text)| read(name, text))
}

fn read(name: &str, text: &str) -> FormatFile {
    FormatFile::parse(name, text).expect("the built-in files are read by a test")
}

/// Samples are most of a file, stand at its end, and are only needed to try the format.
fn before_samples(text: &str) -> &str {
    text.find("\nsamples:").and_then(|end| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_file_is_read_and_named_as_its_file() {
        for (name, text) in BUILT_IN {
            let file = FormatFile::parse(name, text).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(*name, file.name);
            Format::compile(&file).unwrap_or_else(|error| panic!("{error}"));
            let short = read(name, before_samples(text));
            assert!(short.samples.is_empty(), "{name}");
            assert_eq!(format!("{short:?}"), format!("{:?}", FormatFile { samples: Vec::new(), ..file }));
        }
    }

    #[test]
    fn an_unknown_name_is_told_from_a_pattern() {
        let library = Library::default();
        assert!(matches!(library.named("nginx"), Err(FormatError::Unknown(..))));
        assert!(matches!(library.named("{time"), Err(FormatError::Pattern { .. })));
        assert!(library.named("{time} {message}").is_ok());
    }
}
