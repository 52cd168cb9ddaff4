//! Puts the outlier models beside scikit-learn, PyOD and PyTorch, which it installs into a folder of its own.

use std::path::Path;
use std::process::Command;

use crate::run::{Done, root};

const SCRIPT: &str = "crates/outliers/benches/against_references.py";
const LIBRARIES: [&str; 3] = ["scikit-learn", "pyod", "torch"];

/// Installs what is compared with, once, and measures; the words go to the script.
pub(crate) fn outliers(words: &[&str]) -> Done {
    let venv = root().join("target/compare-outliers");
    let python = venv.join("bin/python");
    // What was begun and not ended is begun anew.
    let whole = venv.join("installed");
    if !whole.exists() {
        call(Path::new("python3"), &["-m", "venv", &venv.to_string_lossy()])?;
        call(&python, &[["-m", "pip", "install", "-q"].as_slice(), &LIBRARIES].concat())?;
        std::fs::write(&whole, "").map_err(|error| format!("`{}`: {error}", whole.display()))?;
    }
    call(&python, &[[SCRIPT].as_slice(), words].concat())
}

fn call(program: &Path, words: &[&str]) -> Done {
    let status =
        Command::new(program).args(words).current_dir(root()).status().map_err(|error| {
            format!("`{}` cannot be run: {error}\nhint: install Python 3", program.display())
        })?;
    if status.success() { Ok(()) } else { Err(format!("`{} {}` failed", program.display(), words.join(" "))) }
}
