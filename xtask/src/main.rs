//! Chores of the workspace. `cargo xtask` lists them.

use std::process::ExitCode;

mod bench;
mod docs;
mod fingerprint;
mod fuzz;
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
  bench             measures the engine and writes docs/book/performance-table.md
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
        ["bench"] => bench::all(),
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
