//! Every seed of the fuzz targets holds what its target checks, without a fuzzer.

use std::fs;
use std::path::{Path, PathBuf};

#[path = "../../../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "the checks are the library of another workspace")]
mod checks;

fn files_of(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.expect("a folder that can be listed").path()).collect();
    files.sort();
    files
}

#[test]
fn every_seed_passes() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    for (target, _) in checks::TARGETS {
        let files = files_of(&seeds.join(target));
        assert!(!files.is_empty(), "`{target}` has no seeds");
        for file in files {
            println!("{}", file.display());
            checks::check(target, &fs::read(&file).unwrap());
        }
    }
}

#[test]
fn every_folder_of_seeds_has_a_target() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    for folder in files_of(&seeds) {
        let known = checks::TARGETS.iter().any(|(target, _)| folder.ends_with(target));
        assert!(known, "{}", folder.display());
    }
}

/// Seeds with one byte changed or the end cut off come near the edges that the seeds themselves miss.
#[test]
fn damaged_seeds_pass() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    for (target, _) in checks::TARGETS {
        for file in files_of(&seeds.join(target)) {
            let bytes = fs::read(&file).unwrap();
            println!("{}", file.display());
            for step in 0..24 {
                let at = step * bytes.len() / 24;
                checks::check(target, &bytes[..at]);
                let mut changed = bytes.clone();
                // The first byte steers the check; the long way is gone by the seeds themselves.
                changed[at.max(1).min(bytes.len() - 1)] ^= 1 << (step % 8);
                checks::check(target, &changed);
            }
        }
    }
}
