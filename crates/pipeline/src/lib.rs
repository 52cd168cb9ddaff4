//! Settings in, running process out: wires sources, engine and reports together.
//!
//! [`batch`] reads all logs of a plan with several threads and gives the results in the order of the plan,
//! so that no output depends on the number of threads. What a command wants to know of each log is a
//! [`batch::Consumer`]; [`scan`] is the first of them.

pub mod batch;
pub mod compare;
pub mod daemon;
pub mod detection;
pub mod diff;
pub mod feedback;
pub mod following;
pub mod learning;
pub mod mining;
mod minutes;
pub mod model_file;
pub mod moment;
pub mod ordered;
pub mod outlier_model;
pub mod rows;
pub mod rules;
pub mod scan;
pub mod scoring;
pub mod settings;
pub mod sieve;
pub mod signing;
pub mod templates;
pub mod threads;
pub mod training;
pub mod watch;

mod assignments;
mod both;
mod coarsened;
mod differences;
mod examples;
mod kinship;
mod meanings;
mod quotes;
mod tally;
mod trail;
