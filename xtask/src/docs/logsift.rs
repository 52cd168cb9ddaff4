//! The program that the pages are about: commands in, what it prints out, the same on every machine.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::run::{cargo_output, root};

/// The logs that examples are made with.
pub(crate) const LOGS: &str = "crates/cli/tests/fixtures";

/// Where logs for examples are generated.
const GENERATED: &str = "target/generated-logs";

/// The program, built.
pub(crate) struct Logsift {
    binary: PathBuf,
    generated: OnceCell<()>,
}

impl Logsift {
    /// Builds it and finds where cargo put it.
    pub(crate) fn build() -> Result<Logsift, String> {
        Logsift::built(&[])
    }

    /// The same, as fast as it is for users.
    pub(crate) fn build_release() -> Result<Logsift, String> {
        Logsift::built(&["--release"])
    }

    fn built(how: &[&str]) -> Result<Logsift, String> {
        let words = ["build", "--quiet", "--package", "logsift", "--message-format", "json"];
        let words: Vec<&str> = words.iter().chain(how).copied().collect();
        let messages = String::from_utf8_lossy(&cargo_output(&words)?).into_owned();
        let binary = messages
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
            .next_back();
        Ok(Logsift { binary: binary.ok_or("cargo built no program")?, generated: OnceCell::new() })
    }

    /// The folder of generated logs, which are made when they are asked for first.
    pub(crate) fn generated(&self) -> Result<&'static str, String> {
        if self.generated.get().is_none() {
            let words = ["generate", "all", "--lines", "6000", "--force", "-o", GENERATED];
            self.run_in(".", &words)?;
            self.generated.get_or_init(|| ());
        }
        Ok(GENERATED)
    }

    /// Runs it among the logs that examples are made with.
    pub(crate) fn run(&self, words: &[&str]) -> Result<String, String> {
        self.run_in(LOGS, words)
    }

    /// Runs it in a folder, on a page of 80 columns without colours, and with no settings from the environment.
    pub(crate) fn run_in(&self, folder: &str, words: &[&str]) -> Result<String, String> {
        let mut command = Command::new(&self.binary);
        command.args(words).current_dir(root().join(folder)).env("COLUMNS", "80").env("NO_COLOR", "1");
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("LOGSIFT_"))
        {
            command.env_remove(name);
        }
        let output = command.output().map_err(|error| format!("logsift did not start: {error}"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("`logsift {}` ended with {}: {said}", words.join(" "), output.status));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The words of a group that `explain` lists, each with its sentence.
    pub(crate) fn group(&self, group: &str) -> Result<Vec<(String, String)>, String> {
        Ok(entries(&self.run(&["explain", group])?))
    }

    /// All that `explain` says about a word.
    pub(crate) fn meaning(&self, group: &str, code: &str) -> Result<String, String> {
        // Reasons are named by what they are reasons for; all other groups lose their plural.
        let singular = if group == "reasons" { "skipped" } else { group.trim_end_matches('s') };
        let page = self.run(&["explain", &format!("{singular}:{code}")])?;
        let (_, said) = page.split_once("\n\n").ok_or("explain printed no text")?;
        Ok(said.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

/// `  code  sentence`, with what did not fit on a line indented further.
fn entries(list: &str) -> Vec<(String, String)> {
    let mut entries: Vec<(String, String)> = Vec::new();
    for line in list.lines().filter_map(|line| line.strip_prefix("  ")) {
        match (line.split_once(' '), entries.last_mut()) {
            (Some((code, sentence)), _) if !code.is_empty() => {
                entries.push((code.to_owned(), sentence.trim().to_owned()));
            }
            (_, Some((_, sentence))) => {
                sentence.push(' ');
                sentence.push_str(line.trim());
            }
            _ => {}
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_words_is_read() {
        let list = "Notes: what was assumed\n  cut      The line was longer\n           than the limit.\n  joined   Lines.\n";
        let entry = |code: &str, sentence: &str| (code.to_owned(), sentence.to_owned());
        assert_eq!(
            entries(list),
            [entry("cut", "The line was longer than the limit."), entry("joined", "Lines.")]
        );
    }
}
