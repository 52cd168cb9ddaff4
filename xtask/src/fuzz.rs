//! Runs every fuzz target for a while, on the stable compiler.

use std::process::Command;

use crate::run::{Done, root};

/// Every target that `cargo fuzz list` names, one after the other.
pub(crate) fn all(seconds: &str) -> Done {
    let targets = run(&["list"])?;
    for target in targets.lines() {
        eprintln!("$ cargo fuzz run {target}");
        let limit = format!("-max_total_time={seconds}");
        let status = command(&["run", target, "--", &limit, "-rss_limit_mb=2048", "-timeout=10"])
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
