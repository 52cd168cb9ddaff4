//! Numbers in, scores out: outlier models that know nothing of logs.
//!
//! Every model goes the same way: `Params` (anything a user wrote) → `check()` → a method with
//! only legal values → `fit` → a fitted model that scores. Higher is more abnormal. The crate
//! opens no file, reads no clock and starts no thread: who calls says on how many threads work
//! may run ([`Workers`]), and the result is the same, bit for bit, for every number of them.

pub mod autoencoder;
pub mod catalogue;
pub mod clusters;
pub mod data;
pub mod ensemble;
pub mod error;
pub mod fit;
pub mod guard;
pub mod histogram;
pub mod invariants;
pub mod isolation_forest;
mod lanes;
#[cfg(test)]
mod laws;
pub mod layer;
pub mod local_outlier_factor;
pub mod lstm;
pub mod lstm_autoencoder;
pub mod markov;
mod nn;
pub mod one_class_svm;
pub mod pca;
pub mod refit;
pub mod robust;
pub mod save;
pub mod seed;
pub mod settings;
pub mod standardise;
pub mod tails;
pub mod tfidf;
pub mod threshold;
pub mod tuning;
pub mod variational_autoencoder;
pub mod workers;

pub use data::{Rows, SequenceTable, Sequences, Table};
pub use error::{FitError, LoadError, ParamError, ScoreError};
pub use fit::{Fit, FitSequences, Score, ScoreSequences};
pub use guard::Guard;
pub use save::Save;
pub use seed::{Random, Seed};
pub use settings::{Parameter, Settings};
pub use standardise::Standardiser;
pub use workers::{Alone, Workers};
