//! Takes a file of sessions (`session_id,label,events,part`, events as numbers between spaces; packed if
//! it ends in `.gz`), fits on the part `train_normal` and prints for the others the area under the ROC
//! curve and the best F1. Models over rows see the logarithms of how often each event occurs.
//!
//!     cargo run --release -p logsift-outliers --example sequences -- FILE [MODEL[,NAME=VALUE...]...]
//!
//! Where only a sample of the ordinary or the abnormal sessions was kept, precision is that of all of
//! them with `--of ORDINARY,ABNORMAL`, which says how many there were.

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::fs;
use std::io::Read;
use std::path::Path;

use logsift_outliers::catalogue::{Choice, Takes, cards};
use logsift_outliers::{Alone, Rows, Seed, SequenceTable, Sequences, Table};

type Failure = Box<dyn Error>;

/// What is trained on, and what is scored with its labels.
#[derive(Default)]
struct Sessions {
    trained: SequenceTable,
    scored: SequenceTable,
    labels: Vec<bool>,
}

fn main() -> Result<(), Failure> {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let of = match words.iter().position(|word| word == "--of") {
        Some(place) if place + 1 < words.len() => {
            words.remove(place);
            Some(pair(&words.remove(place))?)
        }
        _ => None,
    };
    let usage = "usage: sequences FILE [MODEL[,NAME=VALUE...]...] [--of ORDINARY,ABNORMAL]";
    let (file, models) = words.split_first().ok_or(usage)?;
    let sessions = read(Path::new(file))?;
    let all: Vec<String> = cards().iter().map(|card| card.name.to_owned()).collect();
    println!(
        "{:<44} {:>7} {:>8} {:>9} {:>10} {:>9} {:>10}",
        "model", "area", "best F1", "fit (s)", "per s", "score (s)", "per s"
    );
    for model in if models.is_empty() { &all } else { models } {
        measure(model, &sessions, of)?;
    }
    Ok(())
}

fn pair(text: &str) -> Result<(f64, f64), Failure> {
    let (ordinary, abnormal) = text.split_once(',').ok_or("--of wants two numbers")?;
    Ok((ordinary.parse()?, abnormal.parse()?))
}

fn measure(model: &str, sessions: &Sessions, of: Option<(f64, f64)>) -> Result<(), Failure> {
    let mut words = model.split(',');
    let mut choice = Choice::named(words.next().unwrap_or_default())?;
    // Counts are in one unit; most models have no such parameter.
    let _ = choice.set("unit", "common");
    for word in words {
        let (name, value) = word.split_once('=').ok_or("a setting is NAME=VALUE")?;
        choice.set(name, value)?;
    }
    let (trained, scored) = (sessions.trained.sequences(), sessions.scored.sequences());
    let mut scores = Vec::new();
    let begun = processor_seconds();
    let fitted;
    match choice.card().takes {
        Takes::Sequences => {
            let model = choice.fit_sequences(trained, Seed(1), &Alone)?;
            fitted = processor_seconds();
            model.score(scored, &mut scores);
        }
        Takes::Rows => {
            let columns = columns(trained);
            let (rows, later) = (counts(trained, columns), counts(scored, columns));
            let model = choice.fit_rows(rows.rows(), false, Seed(1), &Alone)?;
            fitted = processor_seconds();
            score_rows(later.rows(), &mut scores, &*model)?;
        }
    }
    let ended = processor_seconds();
    let (area, best) = judged(&scores, &sessions.labels, of);
    let (fit, score) = (fitted - begun, ended - fitted);
    let places = |sequences: Sequences<'_>| (sequences.event_count() + sequences.len()) as f64;
    let (fit_rate, score_rate) = (places(trained) / fit, places(scored) / score);
    println!(
        "{model:<44} {area:>7.4} {best:>8.4} {fit:>9.2} {fit_rate:>10.0} {score:>9.2} {score_rate:>10.0}"
    );
    Ok(())
}

fn score_rows(
    rows: Rows<'_>,
    scores: &mut Vec<f64>,
    model: &dyn logsift_outliers::catalogue::RowModel,
) -> Result<(), Failure> {
    Ok(model.score(rows, scores)?)
}

/// One more than the largest event of the training, and one for all that are larger.
fn columns(sequences: Sequences<'_>) -> usize {
    sequences.iter().flatten().map(|&event| event as usize + 2).max().unwrap_or(1)
}

fn counts(sequences: Sequences<'_>, columns: usize) -> Table {
    let mut table = Table::new(columns);
    for sequence in sequences.iter() {
        let mut row = vec![0f32; columns];
        sequence.iter().for_each(|&event| row[(event as usize).min(columns - 1)] += 1.0);
        row.iter_mut().for_each(|count| *count = count.ln_1p());
        table.push(&row);
    }
    table
}

/// The area under the ROC curve and the best F1 of any threshold.
fn judged(scores: &[f64], labels: &[bool], of: Option<(f64, f64)>) -> (f64, f64) {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let abnormal = labels.iter().filter(|&&label| label).count() as f64;
    let ordinary = labels.len() as f64 - abnormal;
    let (all_ordinary, all_abnormal) = of.unwrap_or((ordinary, abnormal));
    let (mut area, mut best, mut found, mut wrong) = (0.0, 0.0f64, 0.0, 0.0);
    for tied in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let positive = tied.iter().filter(|&&index| labels[index]).count() as f64;
        let negative = tied.len() as f64 - positive;
        area += negative * (found + positive / 2.0);
        found += positive;
        wrong += negative;
        let (true_rate, false_rate) = (found / abnormal, wrong / ordinary);
        let flagged = all_abnormal * true_rate + all_ordinary * false_rate;
        best = best.max(2.0 * all_abnormal * true_rate / (flagged + all_abnormal));
    }
    (area / (abnormal * ordinary), best)
}

fn read(path: &Path) -> Result<Sessions, Failure> {
    let bytes = fs::read(path)?;
    let mut text = String::new();
    if path.extension().is_some_and(|extension| extension == "gz") {
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text)?;
    } else {
        bytes.as_slice().read_to_string(&mut text)?;
    }
    let mut sessions = Sessions::default();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [_, label, events, part, ..] = cells.as_slice() else {
            return Err("a line without session_id,label,events,part".into());
        };
        let events: Result<Vec<u32>, _> = events.split_ascii_whitespace().map(str::parse).collect();
        if *part == "train_normal" {
            sessions.trained.push(&events?);
        } else {
            sessions.scored.push(&events?);
            sessions.labels.push(*label != "0");
        }
    }
    Ok(sessions)
}

/// What this thread has used of the processor; 0 where the system does not tell.
fn processor_seconds() -> f64 {
    let told = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    told.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}
