//! Runs a command and says which one failed.

use std::path::Path;
use std::process::{Command, Stdio};

/// What a chore gives: nothing, or the problem in words.
pub(crate) type Done = Result<(), String>;

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Runs cargo in the root with its output shown.
pub(crate) fn cargo(words: &[&str]) -> Done {
    eprintln!("$ cargo {}", words.join(" "));
    let status = Command::new("cargo").args(words).current_dir(root()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`cargo {}` ended with {status}", words.join(" "))),
        Err(error) => Err(format!("`cargo {}` did not start: {error}", words.join(" "))),
    }
}

/// Runs a script of the project in the root with its output shown.
pub(crate) fn script(path: &str) -> Done {
    eprintln!("$ {path}");
    match Command::new(root().join(path)).current_dir(root()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{path}` ended with {status}")),
        Err(error) => Err(format!("`{path}` did not start: {error}")),
    }
}

/// Runs cargo in the root and gives what it printed.
pub(crate) fn cargo_output(words: &[&str]) -> Result<Vec<u8>, String> {
    let output = Command::new("cargo")
        .args(words)
        .current_dir(root())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("`cargo {}` did not start: {error}", words.join(" ")))?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(format!("`cargo {}` ended with {}", words.join(" "), output.status))
    }
}
