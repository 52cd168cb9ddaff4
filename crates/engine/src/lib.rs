//! Bytes of logs in, records, templates and incidents out: the engine of logsift.
//!
//! The engine is a plain synchronous library. It opens no file, reads no clock and no environment,
//! starts no thread and draws no unseeded random number, so the same bytes give the same result
//! wherever it runs. The modules are the stages, in the order in which the data passes them.

pub mod reader;

pub mod lines;

pub mod records;

pub mod templates;

pub mod windows;

pub mod sessions;

pub mod features;

pub mod detectors;

pub mod findings;

pub mod incidents;

pub mod detection;

pub mod balance;
pub mod embedding;
pub mod line;
pub mod meaning;
pub mod model;
pub mod sketches;
pub mod surprise;
