//! Measures the processor time of the fit and the scoring of a model, on one thread, on made-up rows
//! or windows of events that the seed decides; `benches/against_references.py` compares. With a file, the
//! rows are written there as little-endian `f32`, and the windows with the event behind them as `u32`, so
//! that others can be measured on the same ones.
//!
//!     cargo run --release -p logsift-outliers --example speed -- isolation-forest 1000000 10 [FILE [NAME=VALUE...]]

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::fs;
use std::time::Instant;

use logsift_outliers::catalogue::{Choice, Takes};
use logsift_outliers::{Alone, Seed, SequenceTable, Table};

type Failure = Box<dyn Error>;

/// Events that a window shows of a sequence; where it begins, what is missing are edges.
const WINDOW: usize = 10;

/// Windows of a sequence: one for each event, and one for its end.
const LONG: usize = 20;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, units, columns, rest @ ..] = arguments.as_slice() else {
        return Err("usage: speed MODEL UNITS COLUMNS [FILE [NAME=VALUE...]]".into());
    };
    let mut choice = Choice::named(model)?;
    for word in rest.iter().skip(1) {
        let (name, value) = word.split_once('=').ok_or("a setting is NAME=VALUE")?;
        choice.set(name, value)?;
    }
    let (units, columns) = (units.parse()?, columns.parse()?);
    let (bytes, measured) = match choice.card().takes {
        Takes::Rows => {
            let table = made_up(units, columns);
            (bytes_of(table.rows().values().iter().map(|value| value.to_le_bytes())), rows(&choice, &table)?)
        }
        Takes::Sequences => {
            let table = made_up_sequences(units, columns);
            (windows(&table), sequences(&choice, &table)?)
        }
    };
    if let Some(file) = rest.first() {
        fs::write(file, bytes)?;
    }
    let Measured { fit, score, wall, mean } = measured;
    println!("fit {fit:.4} score {score:.4} wall {wall:.3} mean {mean}");
    Ok(())
}

/// Seconds, and the mean score, which tells whether two versions do the same.
struct Measured {
    fit: f64,
    score: f64,
    wall: f64,
    mean: f64,
}

fn rows(choice: &Choice, table: &Table) -> Result<Measured, Failure> {
    timed(
        || Ok(choice.fit_rows(table.rows(), false, Seed(1), &Alone)?),
        |model, scores| Ok(model.score(table.rows(), scores)?),
    )
}

fn sequences(choice: &Choice, table: &SequenceTable) -> Result<Measured, Failure> {
    timed(
        || Ok(choice.fit_sequences(table.sequences(), Seed(1), &Alone)?),
        |model, scores| {
            model.score(table.sequences(), scores);
            Ok(())
        },
    )
}

fn timed<M>(
    fit: impl FnOnce() -> Result<M, Failure>,
    score: impl FnOnce(&M, &mut Vec<f64>) -> Result<(), Failure>,
) -> Result<Measured, Failure> {
    let begun = Instant::now();
    let before = processor_seconds();
    let model = fit()?;
    let fitted = processor_seconds();
    let mut scores = Vec::new();
    score(&model, &mut scores)?;
    let scored = processor_seconds();
    Ok(Measured {
        fit: fitted - before,
        score: scored - fitted,
        wall: begun.elapsed().as_secs_f64(),
        mean: scores.iter().sum::<f64>() / scores.len() as f64,
    })
}

fn bytes_of(values: impl Iterator<Item = [u8; 4]>) -> Vec<u8> {
    values.flatten().collect()
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

/// Sequences that go round, with chance at every step, so that hardly two windows are alike; as many as
/// make so many windows.
fn made_up_sequences(windows: usize, kinds: usize) -> SequenceTable {
    let mut random = Seed(7).random();
    let kinds = kinds.saturating_sub(2).max(1);
    let sequence = |_| {
        let mut event = random.below(kinds);
        (1..LONG)
            .map(|_| {
                event = (event + 1 + random.below(3)) % kinds;
                event as u32
            })
            .collect::<Vec<u32>>()
    };
    (0..windows / LONG).map(sequence).collect()
}

/// Every window with the event behind it: edges are 0 and ends 1, and other events follow.
fn windows(table: &SequenceTable) -> Vec<u8> {
    let mut bytes = Vec::new();
    for sequence in table.sequences().iter() {
        let mut events = vec![0u32; WINDOW];
        events.extend(sequence.iter().map(|event| event + 2));
        events.push(1);
        for window in events.windows(WINDOW + 1) {
            bytes.extend(bytes_of(window.iter().map(|event| event.to_le_bytes())));
        }
    }
    bytes
}
