//! Every built-in format reads its own samples, and is found by itself from them.

use logsift_engine::reader::samples::{self, Mismatch};
use logsift_engine::records::library::{Library, built_in_files};

fn report(name: &str, mismatches: &[Mismatch]) -> String {
    let one =
        |mismatch: &Mismatch| format!("{name}: {}\n    {}", mismatch.line, mismatch.problems.join("\n    "));
    mismatches.iter().map(one).collect::<Vec<_>>().join("\n")
}

#[test]
fn samples_are_read_by_their_own_format() {
    let mut problems = Vec::new();
    for file in built_in_files() {
        assert!(!file.samples.is_empty(), "{} has no samples", file.name);
        let mismatches = samples::check(&file).expect("a format that compiles");
        problems.extend((!mismatches.is_empty()).then(|| report(&file.name, &mismatches)));
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn formats_are_found_from_their_samples() {
    let mut problems = Vec::new();
    for file in built_in_files() {
        let mismatches = samples::check_found(&file, Library::built_in()).expect("a format that compiles");
        problems.extend((!mismatches.is_empty()).then(|| report(&file.name, &mismatches)));
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}
