//! What the program makes of eight generated logs: how well it does, how often it calls, and the hash of its report.
//!
//! The fingerprints are kept in `crates/eval/fingerprints`. A change that alters one of them may be better or worse, and
//! it must not be an accident: whoever makes it accepts the new one and says in the commit why.

use std::fs;
use std::path::PathBuf;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::docs::logsift::Logsift;
use crate::run::{Done, root};

const KEPT: &str = "crates/eval/fingerprints";
/// Where the logs are made.
const LOGS: &str = "target/fingerprints";
/// Enough for seasons of a day and few enough for every test run.
const LINES: &str = "3000";
const SEED: &str = "1";
/// Figures that are kept, as `eval lines` names them.
const FIGURES: [&str; 8] = ["precision", "recall", "f1", "roc_auc", "average_precision", "tp", "fp", "fn"];

/// Compares all fingerprints with those that are kept.
pub(crate) fn check() -> Done {
    let mut differing = Vec::new();
    for (name, found) in all()? {
        let kept = fs::read_to_string(kept_at(&name)).unwrap_or_default();
        if kept != found {
            differing.push(difference(&name, &kept, &found));
        }
    }
    if differing.is_empty() {
        return Ok(());
    }
    Err(format!(
        "fingerprints differ from those in {KEPT}:\n{}\nhint: if that is wanted, run `cargo xtask fingerprint \
         --accept` and say in the commit why",
        differing.join("\n")
    ))
}

/// Keeps the fingerprints as they are now.
pub(crate) fn accept() -> Done {
    for (name, found) in all()? {
        let path = kept_at(&name);
        let kept = fs::read_to_string(&path).unwrap_or_default();
        if kept != found {
            fs::create_dir_all(root().join(KEPT)).map_err(|error| format!("{KEPT}: {error}"))?;
            fs::write(&path, &found).map_err(|error| format!("{}: {error}", path.display()))?;
            eprintln!("{}", difference(&name, &kept, &found));
        }
    }
    Ok(())
}

fn kept_at(name: &str) -> PathBuf {
    root().join(KEPT).join(format!("{name}.json"))
}

/// The fingerprint of every profile, in the order of the alphabet.
fn all() -> Result<Vec<(String, String)>, String> {
    let logsift = Logsift::build()?;
    let words = ["generate", "all", "--lines", LINES, "--seed", SEED, "--force", "-o", LOGS];
    logsift.run_in(".", &words)?;
    let folder = fs::read_dir(root().join(LOGS)).map_err(|error| format!("{LOGS}: {error}"))?;
    let names = folder.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> =
        names.filter_map(|name| Some(name.strip_suffix(".log")?.to_owned())).collect();
    names.sort();
    names.into_iter().map(|name| Ok((name.clone(), of(&logsift, &name)?))).collect()
}

fn of(logsift: &Logsift, name: &str) -> Result<String, String> {
    let (log, labels) = (format!("{name}.log"), format!("{name}.labels.csv"));
    let report = logsift.run_in(LOGS, &["scan", &log, "--format", "json"])?;
    let words = ["eval", "lines", "--log", &log, "--labels", &labels, "--resamples", "0", "--json", "-"];
    let told = parsed(&logsift.run_in(LOGS, &words)?)?;
    let figures = &told["models"][0];
    let mut kept = Map::new();
    for figure in FIGURES {
        kept.insert(figure.to_owned(), rounded(&figures[figure]));
    }
    kept.insert("alerts_per_day".to_owned(), rounded(&figures["alerts"]["per_day"]));
    kept.insert("false_alerts_per_day".to_owned(), rounded(&figures["alerts"]["false_per_day"]));
    kept.insert("episodes_found".to_owned(), figures["delay"]["found"].clone());
    kept.insert("episodes".to_owned(), figures["delay"]["episodes"].clone());
    let incidents = parsed(&report)?["detection"]["incidents"].as_array().map_or(0, Vec::len);
    kept.insert("incidents".to_owned(), json!(incidents));
    let bytes = fs::read(root().join(LOGS).join(&log)).map_err(|error| format!("{log}: {error}"))?;
    kept.insert("log_sha256".to_owned(), json!(hash(&bytes)));
    kept.insert("report_sha256".to_owned(), json!(hash(report.as_bytes())));
    let text = serde_json::to_string_pretty(&kept).map_err(|error| error.to_string())?;
    Ok(format!("{text}\n"))
}

fn parsed(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// Six digits: a sum in another order is no other figure.
fn rounded(figure: &Value) -> Value {
    match figure.as_f64() {
        Some(number) if !figure.is_u64() => json!((number * 1e6).round() / 1e6),
        _ => figure.clone(),
    }
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What has changed, line by line.
fn difference(name: &str, kept: &str, found: &str) -> String {
    let pair = |text: &str| -> Map<String, Value> { serde_json::from_str(text).unwrap_or_default() };
    let (kept, found) = (pair(kept), pair(found));
    let was = |key: &str| kept.get(key).map_or_else(|| "nothing".to_owned(), Value::to_string);
    let changed = found.iter().filter(|(key, value)| kept.get(*key) != Some(*value));
    let lines: Vec<String> = changed.map(|(key, value)| format!("  {key}: {} → {value}", was(key))).collect();
    format!("{name}\n{}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprints_are_those_that_are_kept() {
        if let Err(differing) = check() {
            panic!("{differing}");
        }
    }

    #[test]
    fn a_difference_names_what_has_changed() {
        let told = difference("web", r#"{"f1": 0.5, "tp": 3}"#, r#"{"f1": 0.25, "tp": 3, "fp": 1}"#);
        assert_eq!(told, "web\n  f1: 0.5 → 0.25\n  fp: nothing → 1");
        assert_eq!(rounded(&json!(0.123_456_789)), json!(0.123_457));
        assert_eq!((rounded(&json!(7)), rounded(&Value::Null)), (json!(7), Value::Null));
        assert_eq!(hash(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
