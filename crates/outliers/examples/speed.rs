//! Times the fit and the scoring of a model on made-up rows, on one thread.
//!
//!     cargo run --release -p logsift-outliers --example speed -- isolation-forest 1000000 10

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::time::Instant;

use logsift_outliers::{
    Fit, Rows, Score, Seed, Table, isolation_forest, local_outlier_factor, one_class_svm,
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, rows, columns] = arguments.as_slice() else {
        return Err("usage: speed MODEL ROWS COLUMNS".into());
    };
    let columns: usize = columns.parse()?;
    let table = made_up(rows.parse()?, columns);
    match model.as_str() {
        "isolation-forest" => measure(&isolation_forest::Params::default().check()?, table.rows()),
        "local-outlier-factor" => measure(&local_outlier_factor::Params::default().check()?, table.rows()),
        "one-class-svm" => measure(&one_class_svm::Params::default().check()?, table.rows()),
        "approximate-one-class-svm" => {
            measure(&one_class_svm::ApproximateParams::default().check()?, table.rows())
        }
        other => Err(format!("no model is called {other}").into()),
    }
}

fn measure(method: &impl Fit, rows: Rows<'_>) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    let model = method.fit(rows, Seed(1))?;
    let fit = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let mut scores = Vec::with_capacity(rows.len());
    model.score(rows, &mut scores)?;
    let score = begun.elapsed().as_secs_f64();
    let sum: f64 = scores.iter().sum();
    println!("fit {fit:.4} s, score {score:.4} s, mean score {:.4}", sum / rows.len() as f64);
    Ok(())
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
