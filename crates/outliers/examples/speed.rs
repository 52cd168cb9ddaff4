//! Measures the processor time of the fit and the scoring of a model, on one thread, on made-up rows
//! that the seed decides; `benches/against_scikit_learn.py` compares. With a file, the rows are
//! written there as little-endian `f32`, so that others can be measured on the same ones.
//!
//!     cargo run --release -p logsift-outliers --example speed -- isolation-forest 1000000 10 [FILE]

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::fs;
use std::time::Instant;

use logsift_outliers::catalogue::{Choice, RowModel};
use logsift_outliers::{Alone, Rows, Seed, Table};

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (model, rows, columns, file) = match arguments.as_slice() {
        [model, rows, columns] => (model, rows, columns, None),
        [model, rows, columns, file] => (model, rows, columns, Some(file)),
        _ => return Err("usage: speed MODEL ROWS COLUMNS [FILE]".into()),
    };
    let table = made_up(rows.parse()?, columns.parse()?);
    if let Some(file) = file {
        let bytes: Vec<u8> = table.rows().values().iter().flat_map(|value| value.to_le_bytes()).collect();
        fs::write(file, bytes)?;
    }
    measure(&Choice::named(model)?, table.rows())
}

fn measure(choice: &Choice, rows: Rows<'_>) -> Result<(), Failure> {
    let begun = Instant::now();
    let before = processor_seconds();
    let model: Box<dyn RowModel> = choice.fit_rows(rows, false, Seed(1), &Alone)?;
    let fitted = processor_seconds();
    let mut scores = Vec::with_capacity(rows.len());
    model.score(rows, &mut scores)?;
    let scored = processor_seconds();
    let mean = scores.iter().sum::<f64>() / rows.len() as f64;
    println!(
        "fit {:.3} score {:.3} wall {:.3} mean {mean}",
        fitted - before,
        scored - fitted,
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}

/// What this thread has used of the processor; 0 where the system does not tell.
fn processor_seconds() -> f64 {
    let told = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    told.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// Rows from a normal distribution, one in a hundred of them wider.
fn made_up(rows: usize, columns: usize) -> Table {
    let mut random = Seed(7).random();
    let mut values = Vec::with_capacity(rows * columns);
    for row in 0..rows {
        let width = if row % 100 == 0 { 4.0 } else { 1.0 };
        values.extend((0..columns).map(|_| (random.normal() * width) as f32));
    }
    Table::from_values(values, columns).unwrap_or_default()
}
