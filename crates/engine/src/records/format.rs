//! A format as a file describes it, and compiled.
//!
//! Formats are data: a name, patterns, and sample lines that are the format's own test. The same
//! struct comes out of the built-in files, of a user's folder and of inference.

use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;

use super::level::Level;
use super::names::Name;
use super::pattern::{OwnLevels, Pattern, PatternError};

/// A format file as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FormatFile {
    /// Unique, lower case with dashes.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// How its lines are taken apart.
    #[serde(default)]
    pub kind: FormatKind,
    /// Tried in this order.
    #[serde(default)]
    pub patterns: Vec<String>,
    /// Captures that part a file into streams.
    #[serde(default)]
    pub stream: Vec<String>,
    /// Captures that tell interleaved writers apart.
    #[serde(default)]
    pub lane: Vec<String>,
    /// The format's own level words.
    #[serde(default)]
    pub levels: BTreeMap<String, String>,
    /// Lines with what must come out of them.
    #[serde(default)]
    pub samples: Vec<FormatSample>,
}

/// A line of a format and what must come out of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FormatSample {
    /// The line, or several lines parted by `\n`.
    pub line: String,
    /// In UTC.
    pub time: Option<String>,
    /// On the one scale.
    pub level: Option<String>,
    /// The message, without surrounding blanks.
    pub message: Option<String>,
    /// The stream's captures, joined with `/`.
    pub stream: Option<String>,
    /// Some of the fields.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// Why the line alone does not tell its format: its log is then only read with the format given.
    pub ambiguous: Option<String>,
}

/// How the lines of a format are taken apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FormatKind {
    /// By patterns.
    #[default]
    Pattern,
    /// One JSON object per line.
    Json,
    /// `key=value` pairs.
    Logfmt,
    /// Comma-separated (or `;`, `|`) with a header line.
    Csv,
    /// Tab-separated with a header line.
    Tsv,
    /// W3C extended: `#Fields:` names the columns.
    W3c,
    /// `journalctl -o export`.
    JournalExport,
}

/// A compiled format.
#[derive(Clone, Debug)]
pub(crate) struct Format {
    pub(crate) name: String,
    pub(crate) kind: FormatKind,
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) stream: Vec<Name>,
    pub(crate) lane: Vec<Name>,
    pub(crate) levels: OwnLevels,
}

/// Why a format cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The file is no YAML or not of this shape.
    #[error("format file `{file}`: {problem}")]
    File {
        /// The file's name.
        file: String,
        /// What the parser says, with line and column.
        problem: String,
    },
    /// A pattern does not compile.
    #[error("format `{format}`, pattern `{pattern}`: {problem}")]
    Pattern {
        /// The format's name.
        format: String,
        /// The pattern as written.
        pattern: String,
        /// What is wrong.
        problem: PatternError,
    },
    /// A level word stands for no level.
    #[error(
        "format `{format}`: `{level}` is no level\nhint: trace, debug, info, notice, warn, error, critical, fatal"
    )]
    Level {
        /// The format's name.
        format: String,
        /// The word as written.
        level: String,
    },
    /// Two formats have one name.
    #[error("two formats are called `{0}`")]
    Twice(String),
    /// No format has that name and the text is no pattern either.
    #[error("no format is called `{0}`{hint}", hint = near(.1))]
    Unknown(String, Option<String>),
}

fn near(name: &Option<String>) -> String {
    match name {
        Some(name) => format!(
            "\nhint: did you mean `{name}`? `logsift explain formats` lists all; a pattern holds `{{…}}`"
        ),
        None => "\nhint: `logsift explain formats` lists all; a pattern holds `{…}`".to_owned(),
    }
}

impl FormatFile {
    /// Reads the text of a format file.
    pub fn parse(file: &str, text: &str) -> Result<FormatFile, FormatError> {
        serde_saphyr::from_str(text)
            .map_err(|problem| FormatError::File { file: file.to_owned(), problem: problem.to_string() })
    }
}

impl Format {
    pub(crate) fn compile(file: &FormatFile) -> Result<Format, FormatError> {
        let pattern = |text: &String| {
            Pattern::parse(text).map_err(|problem| FormatError::Pattern {
                format: file.name.clone(),
                pattern: text.clone(),
                problem,
            })
        };
        let names = |words: &[String]| words.iter().map(|name| Name::of(name)).collect();
        let level = |(word, level): (&String, &String)| match Level::from_word(level.as_bytes()) {
            Some(found) => Ok((word.as_bytes().into(), found)),
            None => Err(FormatError::Level { format: file.name.clone(), level: level.clone() }),
        };
        let mut levels: Vec<(Box<[u8]>, Level)> = file.levels.iter().map(level).collect::<Result<_, _>>()?;
        // `W` must not win over `WW`.
        levels.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        Ok(Format {
            name: file.name.clone(),
            kind: file.kind,
            patterns: file.patterns.iter().map(pattern).collect::<Result<_, _>>()?,
            stream: names(&file.stream),
            lane: names(&file.lane),
            levels: OwnLevels(levels),
        })
    }

    /// A format that is known by its kind alone, with no file of its own.
    pub(crate) fn generic(kind: FormatKind) -> Format {
        let name = match kind {
            FormatKind::Json => "json",
            FormatKind::Logfmt => "logfmt",
            FormatKind::W3c => "w3c",
            FormatKind::Csv => "csv",
            FormatKind::Tsv => "tsv",
            FormatKind::JournalExport => "journal-export",
            FormatKind::Pattern => "pattern",
        };
        Format { kind, ..Format::of_patterns(name, Vec::new()) }
    }

    /// Lines without any structure.
    pub(crate) fn plain() -> Format {
        Format::of_patterns("plain", Vec::new())
    }

    pub(crate) fn is_plain(&self) -> bool {
        self.kind == FormatKind::Pattern && self.patterns.is_empty()
    }

    /// The format without a file that reports call by that name.
    pub(crate) fn without_file(name: &str) -> Option<Format> {
        use FormatKind::{Csv, Json, Logfmt, Tsv, W3c};
        let generic = [Json, Logfmt, W3c, Csv, Tsv].map(Format::generic);
        generic.into_iter().chain([Format::plain()]).find(|format| format.name == name)
    }

    /// Whether the words for a format are a pattern and not a name.
    pub(crate) fn is_pattern(words: &str) -> bool {
        words.contains('{')
    }

    /// A format that is nothing but patterns.
    pub(crate) fn of_patterns(name: &str, patterns: Vec<Pattern>) -> Format {
        Format {
            name: name.to_owned(),
            kind: FormatKind::Pattern,
            patterns,
            stream: Vec::new(),
            lane: Vec::new(),
            levels: OwnLevels::default(),
        }
    }
}
