//! Here is a message: when, how grave, whose, which fields?
//!
//! The format of a stream is found from a sample and found again when it changes. Reading a line
//! cannot fail: a record always comes out, with notes on what was assumed.

pub mod batch;
pub(crate) mod claims;
pub mod clock;
pub(crate) mod detect;
pub mod fields;
pub(crate) mod fitted;
pub mod format;
pub(crate) mod infer;
pub mod json;
pub mod level;
pub mod library;
pub mod logfmt;
pub(crate) mod meaning;
pub mod names;
pub mod notes;
pub mod pattern;
pub mod record;
pub mod redact;
pub mod roles;
pub mod separated;
pub mod syslog_data;
pub mod time;
pub mod timestamp;
pub mod versions;
pub mod zone;
