//! What is wrong with settings, and where: all of it in one list.

use std::fmt;
use std::path::PathBuf;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Nobody said anything.
    Default,
    /// A line of a file; 0 where no line is known.
    File {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
    },
    /// An environment variable.
    Environment(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Default => f.write_str("default"),
            Place::File { file, line: 0 } => write!(f, "{}", file.display()),
            Place::File { file, line } => write!(f, "{}:{line}", file.display()),
            Place::Environment(name) => write!(f, "env {name}"),
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// Under which key: `alerts.route.channels[0]`; empty for the whole.
    pub key: String,
    /// What stands there, if that can be shown.
    pub value: Option<String>,
    /// What is wrong with it.
    pub reason: String,
    /// What to do.
    pub remedy: String,
}

impl Problem {
    pub(crate) fn new(
        place: Place,
        key: impl Into<String>,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Problem {
        Problem { place, key: key.into(), value: None, reason: reason.into(), remedy: remedy.into() }
    }

    pub(crate) fn with_value(self, value: impl Into<String>) -> Problem {
        Problem { value: Some(value.into()), ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", shown(&self.key))?;
        }
        if let Some(value) = &self.value {
            write!(f, "`{}` ", shown(value))?;
        }
        write!(f, "{}", shown(&self.reason))?;
        if self.remedy.is_empty() { Ok(()) } else { write!(f, "\n  hint: {}", shown(&self.remedy)) }
    }
}

/// Settings are shown on terminals: what could do more than show itself is written by its code.
fn shown(text: &str) -> String {
    logsift_reports::escape::for_terminal(text).into_owned()
}

/// Everything that is wrong, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.0.iter().enumerate() {
            let end = if at + 1 < self.0.len() { "\n" } else { "" };
            write!(f, "{problem}{end}")?;
        }
        Ok(())
    }
}
