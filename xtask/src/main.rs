//! Chores of the workspace. `cargo xtask` lists them.

use std::process::ExitCode;

mod bench;
mod compare;
mod docs;
mod fingerprint;
mod fuzz;
mod known_trouble;
mod pages;
mod run;
mod services;
mod test;
mod tidy;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test              everything that must hold: formatting, lints, walls, all tests
  tidy              the walls between the crates and other rules of the house
  docs              writes the parts of the pages that come from the program
  fingerprint [--accept]
                    compares what is made of generated logs with what is kept
  known-trouble [SEED...]
                    measures how much known trouble is found in generated logs, and writes
                    docs/book/known-trouble.md; with SEEDs it only measures
  bench             measures the engine and writes docs/book/performance-table.md
  compare-outliers [MODEL...] outlier models beside scikit-learn, PyOD and PyTorch, which
                    are installed for it (Python 3 and 5 GB)
  fuzz [--seconds N] every fuzz target for N seconds each (60)
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["test"] => test::all(),
        ["tidy"] => tidy::check(),
        ["docs"] => docs::write(),
        ["fingerprint"] => fingerprint::check(),
        ["fingerprint", "--accept"] => fingerprint::accept(),
        ["known-trouble", seeds @ ..] => known_trouble::all(seeds),
        ["bench"] => bench::all(),
        ["compare-outliers", words @ ..] => compare::outliers(words),
        ["fuzz"] => fuzz::all("60"),
        ["fuzz", "--seconds", seconds] => fuzz::all(seconds),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}
