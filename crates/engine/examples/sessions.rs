//! Labelled sessions on standard input, how well they are told apart on standard output.
//!
//! `zcat sessions.csv.gz | cargo run --release --example sessions -- PART [FALSE_ALARMS] [NORMALS ABNORMALS]`
//!
//! The input is CSV: `session_id,label,events,part,kind`, events parted by spaces. Trained is on the rows whose
//! part or kind is PART, and the others are scored; with `unlabelled` for PART everything is trained on, and rows of
//! the part `train` are left out of the figures. Precision is weighted as if the set had so many NORMALS and
//! ABNORMALS.

#![allow(clippy::print_stdout, reason = "the result is what is printed")]

use std::io::Read;
use std::time::Instant;

use logsift_engine::sessions::{SessionModel, SessionSettings};

struct Row {
    is_abnormal: bool,
    events: Vec<u32>,
    part: String,
    kind: String,
}

fn row(line: &str) -> Option<Row> {
    let mut cells = line.trim_end().split(',').skip(1);
    let is_abnormal = cells.next()? == "1";
    let events = cells.next()?.split(' ').filter_map(|event| event.parse().ok()).collect();
    let part = cells.next().unwrap_or_default().to_owned();
    let kind = cells.next().unwrap_or_default().to_owned();
    Some(Row { is_abnormal, events, part, kind })
}

/// The chance that an abnormal session scores above a normal one.
fn area(scored: &[(f64, bool)]) -> f64 {
    let abnormal = scored.iter().filter(|(_, is_abnormal)| *is_abnormal).count() as f64;
    let (mut above, mut wins) = (0.0, 0.0);
    for tied in scored.chunk_by(|one, other| one.0 == other.0) {
        let here = tied.iter().filter(|(_, is_abnormal)| *is_abnormal).count() as f64;
        wins += (tied.len() as f64 - here) * (above + here / 2.0);
        above += here;
    }
    wins / abnormal / (scored.len() as f64 - abnormal)
}

struct Counted {
    normals: f64,
    abnormals: f64,
    weights: (f64, f64),
}

impl Counted {
    fn f1(&self, hits: f64, alarms: f64) -> f64 {
        let (hits, all) = (hits * self.weights.1, self.abnormals * self.weights.1);
        2.0 * hits / (hits + alarms * self.weights.0 + all)
    }
}

fn report(scored: &[(f64, bool)], threshold: f64, counted: &Counted) {
    let (mut hits, mut alarms, mut best) = (0.0, 0.0, (0.0, 0.0));
    for tied in scored.chunk_by(|one, other| one.0 == other.0) {
        let here = tied.iter().filter(|(_, is_abnormal)| *is_abnormal).count();
        hits += here as f64;
        alarms += (tied.len() - here) as f64;
        let f1 = counted.f1(hits, alarms);
        if f1 > best.0 {
            best = (f1, tied[0].0);
        }
    }
    let flagged = scored.iter().filter(|(score, _)| *score > threshold);
    let hits = flagged.clone().filter(|(_, is_abnormal)| *is_abnormal).count() as f64;
    let alarms = flagged.count() as f64 - hits;
    println!("AUC {:.4}  best F1 {:.4} at {:.3}", area(scored), best.0, best.1);
    println!(
        "automatic F1 {:.4} at {threshold:.3}: false alarms {alarms} of {} ({:.2} %), found {hits} of {}",
        counted.f1(hits, alarms),
        counted.normals,
        alarms / counted.normals * 100.0,
        counted.abnormals,
    );
}

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let part = arguments.first().map_or("train_normal", String::as_str);
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<f64>().ok());
    let settings = SessionSettings { false_alarms: number(1).unwrap_or(0.001) };
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let rows: Vec<Row> = text.lines().skip(1).filter_map(row).collect();
    let is_training = |row: &&Row| part == "unlabelled" || row.part == part || row.kind == part;
    let training: Vec<Vec<u32>> = rows.iter().filter(is_training).map(|row| row.events.clone()).collect();
    let start = Instant::now();
    let model = match part {
        "unlabelled" => SessionModel::train_unlabelled(&training, &settings),
        _ => SessionModel::train(&training, &settings),
    };
    let fit = start.elapsed();
    let is_tested = |row: &&Row| if part == "unlabelled" { row.part != "train" } else { !is_training(row) };
    let start = Instant::now();
    let tested = rows.iter().filter(is_tested);
    let mut scored: Vec<(f64, bool)> =
        tested.map(|row| (model.score(&row.events).score, row.is_abnormal)).collect();
    println!("{} trained in {fit:.1?}, {} scored in {:.1?}", training.len(), scored.len(), start.elapsed());
    scored.sort_by(|one, other| other.0.total_cmp(&one.0));
    let abnormals = scored.iter().filter(|(_, is_abnormal)| *is_abnormal).count() as f64;
    let normals = scored.len() as f64 - abnormals;
    let weights = number(2).zip(number(3)).map_or((1.0, 1.0), |(all_normals, all_abnormals)| {
        (all_normals / normals, all_abnormals / abnormals)
    });
    report(&scored, model.threshold(), &Counted { normals, abnormals, weights });
    Ok(())
}
