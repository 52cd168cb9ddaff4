//! Labelled logs in, honest figures out.

pub mod metrics;
