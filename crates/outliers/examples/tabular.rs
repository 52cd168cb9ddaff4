//! Takes a folder of labelled tables (`NAME.csv.gz`: a column `label`, then numbers) and prints the
//! area under the ROC curve of the models, beside what `reference-sklearn.csv` there says.
//!
//!     cargo run --release -p logsift-outliers --example tabular -- FOLDER [MODEL]

#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::Read;
use std::path::Path;

use logsift_outliers::{
    Fit, Rows, Score, Seed, Standardiser, Table, isolation_forest, local_outlier_factor, one_class_svm,
};

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("usage: tabular FOLDER [MODEL]")?;
    let only = arguments.next();
    let references = references(Path::new(&folder))?;
    println!("{:<24} {:<18} {:>8} {:>10} {:>9}", "table", "model", "here", "reference", "more");
    for name in tables(Path::new(&folder))? {
        let (table, labels) = read(&Path::new(&folder).join(format!("{name}.csv.gz")))?;
        let standardised = Standardiser::fit(table.rows())?.apply(table.rows())?;
        for model in ["isolation_forest", "lof", "one_class_svm", "approximate"] {
            if only.as_deref().is_some_and(|only| only != model) {
                continue;
            }
            let area = area_of(model, table.rows(), standardised.rows(), &labels)?;
            let reference = references.get(&(name.clone(), model.to_owned()));
            let (told, more) = reference.map_or((String::new(), String::new()), |reference| {
                (format!("{reference:.4}"), format!("{:+.4}", area - reference))
            });
            println!("{name:<24} {model:<18} {area:>8.4} {told:>10} {more:>9}");
        }
    }
    Ok(())
}

fn area_of(model: &str, raw: Rows<'_>, standardised: Rows<'_>, labels: &[bool]) -> Result<f64, Failure> {
    match model {
        "isolation_forest" => {
            let method = isolation_forest::Params::default().check()?;
            let areas: Result<Vec<f64>, Failure> =
                (0..5).map(|seed| Ok(area(&scores(&method.fit(raw, Seed(seed))?, raw)?, labels))).collect();
            Ok(areas?.iter().sum::<f64>() / 5.0)
        }
        "lof" => {
            let model = local_outlier_factor::Params::default().check()?.fit(standardised, Seed(1))?;
            Ok(area(model.training_scores().unwrap_or_default(), labels))
        }
        "one_class_svm" => {
            let model = one_class_svm::Params::default().check()?.fit(standardised, Seed(1))?;
            Ok(area(&scores(&model, standardised)?, labels))
        }
        "approximate" => {
            let model = one_class_svm::ApproximateParams::default().check()?.fit(standardised, Seed(1))?;
            Ok(area(&scores(&model, standardised)?, labels))
        }
        other => Err(format!("no model is called {other}").into()),
    }
}

fn scores(model: &impl Score, rows: Rows<'_>) -> Result<Vec<f64>, Failure> {
    let mut scores = Vec::new();
    model.score(rows, &mut scores)?;
    Ok(scores)
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
