//! What the daemon says about itself, on standard error: a line an event, for people or for programs.
//!
//! It is never one of its own sources: what it says goes to standard error alone, and text from logs is escaped in it, so
//! that nobody can make it say something.

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use logsift_engine::records::time::Time;
use logsift_reports::escape::for_terminal;
use serde_json::{Map, Value};

use crate::arguments::serve::LogFormat;

/// Says what happens.
pub(super) struct Log {
    format: LogFormat,
    quiet: bool,
}

impl Log {
    pub(super) fn new(format: LogFormat, quiet: bool) -> Log {
        Log { format, quiet }
    }

    /// Says something. What is no trouble is not said where it should be quiet.
    pub(super) fn say(&self, level: &str, text: &str, fields: &[(&str, &str)]) {
        if self.quiet && level == "info" {
            return;
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let time =
            Time::from_nanos(i64::try_from(now.as_millis()).unwrap_or_default().saturating_mul(1_000_000));
        let line = match self.format {
            LogFormat::Text => {
                let fields: String =
                    fields.iter().map(|(name, value)| format!(" {name}={}", for_terminal(value))).collect();
                format!(
                    "{time} {} {}{fields}\n",
                    level.to_uppercase(),
                    for_terminal(&text.replace('\n', "; "))
                )
            }
            LogFormat::Json => {
                let mut object = Map::new();
                for (name, value) in
                    [("time", time.to_string().as_str()), ("level", level), ("message", text)]
                        .iter()
                        .chain(fields)
                {
                    object.insert((*name).to_owned(), Value::String((*value).to_owned()));
                }
                format!("{}\n", Value::Object(object))
            }
        };
        // Where nobody reads standard error there is nobody to tell that it failed.
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
}
