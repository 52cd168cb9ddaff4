//! Labelled logs in, honest figures out: how well does a detector do, and how sure is that?
//!
//! A labelled set is read ([`sessions`], [`runs`], [`lines`], [`tables`]), a model is trained and judges what is tested without seeing a label,
//! and only then do labels and verdicts meet, in [`report`]. What all of it rests on is [`metrics`]: figures are
//! a function of labels, scores and flags, and those can be had for every unit.

pub mod backtest;
pub mod compare;
mod error;
pub mod fetch;
pub mod folds;
pub mod generate;
pub mod inject;
pub mod lines;
mod lone;
mod memory;
pub mod metrics;
pub mod models;
pub mod naive;
mod random;
pub mod report;
pub mod runs;
mod sequences;
pub mod sessions;
mod table;
pub mod tables;
mod times;
mod units;

pub use error::EvalError;
pub use units::{Judgement, Unit, Verdict, write_scores};
