//! Measures the processor time of the baseline of habit, TF-IDF over the words of raw lines and an isolation forest,
//! from the bytes of a log to the scores of its lines; `crates/outliers/benches/against_references.py` compares.
//!
//!     cargo run --release -p logsift-eval --example words -- FILE [WORDS]

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let log = arguments.next().ok_or("usage: words FILE [WORDS]")?;
    let words = arguments.next().map(|words| words.parse()).transpose()?;
    let before = processor_seconds();
    let scores = logsift_eval::naive::scores(Path::new(&log), words)?;
    let seconds = processor_seconds() - before;
    let mean = scores.iter().sum::<f64>() / scores.len().max(1) as f64;
    println!("lines {} seconds {seconds:.4} mean {mean}", scores.len());
    Ok(())
}

/// What this thread has used of the processor; 0 where the system does not tell.
fn processor_seconds() -> f64 {
    let told = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    told.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}
