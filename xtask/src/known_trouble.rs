//! How much of the trouble that everybody knows is found, on generated logs of every kind: recall by lines, and what is
//! flagged of the lines that are normal. Writes a page of the book and fails where a bar is missed.
//!
//! Lines are what an anomaly wrote, of whatever level; those that read like any other day count as much as those that
//! say `failed`. What no line says in words (a value that is higher, a step that is missing) is told apart.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use crate::docs::logsift::Logsift;
use crate::run::{Done, root};

const PAGE: &str = "docs/book/known-trouble.md";
/// Where the logs are made.
const LOGS: &str = "target/known-trouble";
const LINES: &str = "30000";
const SEEDS: [&str; 3] = ["1", "2", "3"];
/// The bars: recall of what is known, the share of normal lines flagged, and what rules alone must reach.
const RECALL: f64 = 0.95;
const FALSE_ALARMS: f64 = 0.02;
const OF_RULES: f64 = 0.98;

/// Kinds that no line tells in words: they are the usual messages at a wrong time, with a wrong value or in a wrong
/// place, or messages without a word of trouble.
const WITHOUT_WORDS: [&str; 13] = [
    "odd-value",
    "level-shift",
    "peer",
    "burst",
    "gone-silent",
    "missing-step",
    "broken-order",
    "duplicated-step",
    "slow-step",
    "new-value",
    "new-message",
    "data-exfiltration",
    "scraping",
];
/// The log that rules alone are measured on, each with one kind of trouble.
const OF_ONE_KIND: [&str; 5] =
    ["database-failures", "authentication-failures", "resource-exhaustion", "slow-queries", "error-bursts"];

/// Measures, writes the page, and says which bars are missed. With seeds of somebody's own the page stays as it is: so it
/// is seen whether the bars hold on logs that nobody has looked at.
pub(crate) fn all(own: &[&str]) -> Done {
    let logsift = Logsift::build_release()?;
    let mut profiles: BTreeMap<String, Profile> = BTreeMap::new();
    let mut rules: BTreeMap<String, Profile> = BTreeMap::new();
    let seeds = if own.is_empty() { &SEEDS } else { own };
    for seed in seeds {
        for what in ["all", "known-trouble"] {
            let words = ["generate", what, "--lines", LINES, "--seed", seed, "--force", "-q", "-o", LOGS];
            logsift.run_in(".", &words)?;
        }
        for name in made()? {
            let (model, sums) = if OF_ONE_KIND.contains(&name.as_str()) {
                ("rules", &mut rules)
            } else {
                ("default", &mut profiles)
            };
            let told = told(&logsift, &name, model)?;
            sums.entry(name.clone()).or_default().add(&told);
        }
    }
    let page = page(&profiles, &rules);
    if own.is_empty() {
        fs::write(root().join(PAGE), &page).map_err(|error| format!("{PAGE}: {error}"))?;
    }
    print_tables(&page);
    let missed = missed(&profiles, &rules);
    if missed.is_empty() { Ok(()) } else { Err(missed.join("\n")) }
}

/// The tables alone: what is round them is for readers of the book.
#[expect(clippy::print_stdout, reason = "what was measured is shown")]
fn print_tables(page: &str) {
    page.lines().filter(|line| line.starts_with('|')).for_each(|line| println!("{line}"));
}

fn made() -> Result<Vec<String>, String> {
    let folder = fs::read_dir(root().join(LOGS)).map_err(|error| format!("{LOGS}: {error}"))?;
    let names = folder.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> =
        names.filter_map(|name| Some(name.strip_suffix(".log")?.to_owned())).collect();
    names.sort();
    Ok(names)
}

fn told(logsift: &Logsift, name: &str, model: &str) -> Result<Value, String> {
    let (log, labels) = (format!("{name}.log"), format!("{name}.labels.csv"));
    let words = ["eval", "lines", "--log", &log, "--labels", &labels, "--model", model];
    let words: Vec<&str> = words.into_iter().chain(["--resamples", "0", "-q", "--json", "-"]).collect();
    let told: Value =
        serde_json::from_str(&logsift.run_in(LOGS, &words)?).map_err(|error| format!("{name}: {error}"))?;
    Ok(told["models"][0].clone())
}

fn is_known(kind: &str) -> bool {
    !WITHOUT_WORDS.contains(&kind)
}

/// What was found in the logs of a profile.
#[derive(Debug, Default, PartialEq)]
struct Profile {
    /// By kind, its lines and those that are flagged.
    kinds: BTreeMap<String, (u64, u64)>,
    flagged_normal: u64,
    normal: u64,
}

impl Profile {
    fn add(&mut self, told: &Value) {
        let number = |value: &Value| value.as_u64().unwrap_or(0);
        self.flagged_normal += number(&told["fp"]);
        self.normal += number(&told["fp"]) + number(&told["tn"]);
        for kind in told["kinds"].as_array().into_iter().flatten().filter(|kind| kind["label"] == 1) {
            let name = kind["kind"].as_str().unwrap_or_default().to_owned();
            let sums = self.kinds.entry(name).or_default();
            (sums.0, sums.1) = (sums.0 + number(&kind["units"]), sums.1 + number(&kind["flagged"]));
        }
    }

    /// Lines and flagged lines of the kinds that are known, or of the others.
    fn lines(&self, known: bool) -> (u64, u64) {
        let of = self.kinds.iter().filter(|(kind, _)| is_known(kind) == known);
        of.fold((0, 0), |sum, (_, lines)| (sum.0 + lines.0, sum.1 + lines.1))
    }

    fn recall(&self, known: bool) -> f64 {
        let (lines, flagged) = self.lines(known);
        flagged as f64 / lines.max(1) as f64
    }

    fn false_alarms(&self) -> f64 {
        self.flagged_normal as f64 / self.normal.max(1) as f64
    }

    fn precision(&self) -> f64 {
        let flagged = self.lines(true).1;
        flagged as f64 / (flagged + self.flagged_normal).max(1) as f64
    }

    /// The kinds that are known of which less than the bar is found.
    fn weak(&self) -> String {
        let below = self
            .kinds
            .iter()
            .filter(|(kind, (lines, flagged))| is_known(kind) && (*flagged as f64) < RECALL * *lines as f64);
        let told = below.map(|(kind, (lines, flagged))| format!("`{kind}` {flagged} of {lines}"));
        told.collect::<Vec<String>>().join(", ")
    }
}

fn missed(profiles: &BTreeMap<String, Profile>, rules: &BTreeMap<String, Profile>) -> Vec<String> {
    let mut missed = Vec::new();
    for (name, profile) in profiles {
        let (recall, wrong) = (profile.recall(true), profile.false_alarms());
        if recall < RECALL || wrong >= FALSE_ALARMS {
            missed.push(format!("{name}: recall {recall:.4}, {wrong:.4} of normal lines flagged"));
        }
    }
    for (name, profile) in rules {
        let (recall, precision) = (profile.recall(true), profile.precision());
        if recall < OF_RULES || precision < OF_RULES {
            missed.push(format!("{name}, rules alone: recall {recall:.4}, precision {precision:.4}"));
        }
    }
    missed
}

fn page(profiles: &BTreeMap<String, Profile>, rules: &BTreeMap<String, Profile>) -> String {
    let mut page = format!(
        "\
# Known trouble

Written by `cargo xtask known-trouble`. How much is found of the trouble that everybody knows (errors of the rule packs,
database failures, failed log-ins, resources that run out, slow statements, and what follows from them), line by line, on
[generated logs](generate.md): every profile, {LINES} lines, the seeds {seeds} taken together, at the default budget and
without a word of configuration. Every line that an anomaly wrote counts, also those that read like any other day.

| profile | lines of known trouble | found | normal lines flagged | kinds found less than {percent:.0} % |
| --- | --: | --: | --: | --- |
",
        seeds = SEEDS.join(", "),
        percent = RECALL * 100.0,
    );
    for (name, profile) in profiles {
        let (lines, recall) = (profile.lines(true).0, profile.recall(true) * 100.0);
        let wrong = profile.false_alarms() * 100.0;
        let _ = writeln!(page, "| {name} | {lines} | {recall:.1} % | {wrong:.2} % | {} |", profile.weak());
    }
    page.push_str(
        "
Not counted above is what no line says in words: values that are higher, steps that are missing or late, usual messages in
a wrong number, messages that are merely new. An alarm says that of an interval or a session; most of its lines are not
flagged one by one. Memory that runs out counts also where only gauges tell it, in `performance`.

| profile | lines without words | flagged |
| --- | --: | --: |
",
    );
    for (name, profile) in profiles {
        let (lines, recall) = (profile.lines(false).0, profile.recall(false) * 100.0);
        let _ = writeln!(page, "| {name} | {lines} | {recall:.1} % |");
    }
    page.push_str(
        "
The built-in rules by themselves (`logsift eval lines --model rules`), with no detector beside them, on the five logs of
`logsift generate known-trouble`:

| log | labelled lines | found | precision |
| --- | --: | --: | --: |
",
    );
    for (name, profile) in rules {
        let (lines, recall) = (profile.lines(true).0, profile.recall(true) * 100.0);
        let _ = writeln!(page, "| {name} | {lines} | {recall:.2} % | {:.2} % |", profile.precision() * 100.0);
    }
    page
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(kinds: &[(&str, u64, u64)], wrong: (u64, u64)) -> Value {
        let kinds = kinds.iter().map(
            |(kind, units, flagged)| json!({"kind": kind, "label": 1, "units": units, "flagged": flagged}),
        );
        json!({"fp": wrong.0, "tn": wrong.1, "kinds": kinds.collect::<Vec<Value>>()})
    }

    #[test]
    fn sums_are_by_lines_and_what_has_no_words_is_apart() {
        let mut profile = Profile::default();
        profile.add(&told(&[("probing", 10, 10), ("burst", 30, 3)], (1, 99)));
        profile.add(&told(&[("probing", 30, 25), ("memory-exhaustion", 10, 10)], (3, 97)));
        assert_eq!((profile.lines(true), profile.lines(false)), ((50, 45), (30, 3)));
        assert!((profile.false_alarms() - 0.02).abs() < 1e-9 && (profile.recall(true) - 0.9).abs() < 1e-9);
        assert_eq!(profile.weak(), "`probing` 35 of 40");
    }

    #[test]
    fn a_bar_that_is_missed_is_named() {
        let of = |flagged: u64, wrong: u64| {
            let mut profile = Profile::default();
            profile.add(&told(&[("probing", 100, flagged)], (wrong, 1000 - wrong)));
            BTreeMap::from([("web".to_owned(), profile)])
        };
        assert!(missed(&of(95, 19), &of(98, 2)).is_empty());
        assert_eq!(missed(&of(94, 0), &of(98, 2)).len(), 1);
        assert_eq!(missed(&of(95, 20), &of(98, 2)).len(), 1);
        assert_eq!(missed(&of(95, 0), &of(98, 3)).len(), 1);
        assert_eq!(missed(&of(95, 0), &of(97, 0)).len(), 1);
    }
}
