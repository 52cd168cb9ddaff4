//! Runs every fuzz target for a while, on the stable compiler.

use std::fs;
use std::process::Command;

use crate::run::{Done, root};

/// Every target that `cargo fuzz list` names, one after the other.
pub(crate) fn all(seconds: &str) -> Done {
    let targets = run(&["list"])?;
    for target in targets.lines() {
        eprintln!("$ cargo fuzz run {target}");
        let limit = format!("-max_total_time={seconds}");
        // What was found in earlier runs goes on growing in the corpus; the seeds stay as they are.
        let (corpus, seeds) = (format!("fuzz/corpus/{target}"), format!("fuzz/seeds/{target}"));
        fs::create_dir_all(root().join(&corpus)).map_err(|error| format!("{corpus}: {error}"))?;
        let options = ["--", &limit, "-rss_limit_mb=2048", "-timeout=10", "-print_final_stats=1"];
        let status = command(&[&["run", target, &corpus, &seeds], &options[..]].concat())
            .status()
            .map_err(|error| error.to_string())?;
        if !status.success() {
            return Err(format!("the fuzz target `{target}` found something: see fuzz/artifacts/{target}"));
        }
    }
    Ok(())
}

fn run(words: &[&str]) -> Result<String, String> {
    let hint = "hint: `cargo install cargo-fuzz` brings the fuzzer";
    let output = command(words).output().map_err(|error| format!("cargo did not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("{}{hint}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The sanitizer needs unstable flags, which the stable compiler takes with this variable.
fn command(words: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.arg("fuzz").args(words).current_dir(root()).env("RUSTC_BOOTSTRAP", "1");
    command
}
