//! Takes a folder of labelled tables (`NAME.csv.gz`: a column `label`, then numbers) and prints the
//! area under the ROC curve of the models, beside what `reference-sklearn.csv` there says.
//!
//!     cargo run --release -p logsift-outliers --example tabular -- FOLDER [MODEL...]

#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::Read;
use std::path::Path;

use logsift_outliers::catalogue::{Card, Choice, Takes, cards};
use logsift_outliers::{Alone, Rows, Seed, Table};

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("usage: tabular FOLDER [MODEL...]")?;
    let only: Vec<String> = arguments.collect();
    let references = references(Path::new(&folder))?;
    let models = cards().iter().filter(|card| card.takes == Takes::Rows);
    let models: Vec<&Card> =
        models.filter(|card| only.is_empty() || only.iter().any(|name| name == card.name)).collect();
    println!("{:<24} {:<26} {:>7} {:>10} {:>8}", "table", "model", "area", "reference", "more");
    for name in tables(Path::new(&folder))? {
        let (table, labels) = read(&Path::new(&folder).join(format!("{name}.csv.gz")))?;
        for card in &models {
            let area = mean_area(card, table.rows(), &labels)?;
            let reference = references.get(&(name.clone(), in_reference(card.name)));
            let (told, more) = reference.map_or((String::new(), String::new()), |reference| {
                (format!("{reference:.4}"), format!("{:+.4}", area - reference))
            });
            println!("{name:<24} {:<26} {area:>7.4} {told:>10} {more:>8}", card.name);
        }
    }
    Ok(())
}

/// How the reference calls a model.
fn in_reference(name: &str) -> String {
    if name == "local-outlier-factor" { "lof".to_owned() } else { name.replace('-', "_") }
}

/// The mean over five seeds where chance takes part, which is where scales do not matter.
fn mean_area(card: &Card, rows: Rows<'_>, labels: &[bool]) -> Result<f64, Failure> {
    let seeds = if card.name.ends_with("isolation-forest") { 5 } else { 1 };
    let mut sum = 0.0;
    for seed in 0..seeds {
        let choice = Choice::named(card.name)?;
        let model = choice.fit_rows(rows, card.standardise, Seed(seed), &Alone)?;
        let scores = match model.training_scores() {
            Some(scores) => scores.to_vec(),
            None => {
                let mut scores = Vec::new();
                model.score(rows, &mut scores)?;
                scores
            }
        };
        sum += area(&scores, labels);
    }
    Ok(sum / seeds as f64)
}

/// The share of pairs of an outlier and an ordinary row in which the outlier scores higher; ties
/// count half.
fn area(scores: &[f64], labels: &[bool]) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let (mut below, mut won, mut outliers) = (0.0, 0.0, 0.0);
    for tied in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let positive = tied.iter().filter(|&&index| labels[index]).count() as f64;
        let negative = tied.len() as f64 - positive;
        won += positive * (below + negative / 2.0);
        below += negative;
        outliers += positive;
    }
    won / (outliers * below)
}

fn tables(folder: &Path) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".csv.gz").map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

fn read(path: &Path) -> Result<(Table, Vec<bool>), Failure> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(fs::File::open(path)?).read_to_string(&mut text)?;
    let mut lines = text.lines();
    let columns = lines.next().ok_or("an empty table")?.split(',').count() - 1;
    let mut labels = Vec::new();
    let mut table = Table::new(columns);
    for line in lines {
        let (label, rest) = line.split_once(',').ok_or("a line without numbers")?;
        labels.push(label.trim().parse::<f32>()? != 0.0);
        let row: Result<Vec<f32>, _> = rest.split(',').map(|cell| cell.trim().parse()).collect();
        if !table.push(&row?) {
            return Err(format!("{}: lines of different length", path.display()).into());
        }
    }
    Ok((table, labels))
}

/// Areas by table and model; the settings are quoted text, of which only the end matters here.
fn references(folder: &Path) -> Result<BTreeMap<(String, String), f64>, Failure> {
    let Ok(text) = fs::read_to_string(folder.join("reference-sklearn.csv")) else {
        return Ok(BTreeMap::new());
    };
    let mut references = BTreeMap::new();
    for line in text.lines().skip(1) {
        let mut front = line.splitn(3, ',');
        let (Some(name), Some(model)) = (front.next(), front.next()) else { continue };
        if let Some(area) = line.rsplit(',').nth(1) {
            references.insert((name.to_owned(), model.to_owned()), area.parse()?);
        }
    }
    Ok(references)
}
