//! The rules of the house that a machine can check; each is a sentence in docs/ARCHITECTURE.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::run::{Done, cargo_output, root};
use crate::{docs, pages};

/// Who may use whom. A crate that is not listed as a user of another must not be one.
const MAY_USE: &[(&str, &[&str])] = &[
    ("logsift-outliers", &[]),
    ("logsift-embeddings", &["logsift-outliers"]),
    ("logsift-engine", &["logsift-outliers"]),
    ("logsift-sources", &["logsift-engine"]),
    ("logsift-reports", &["logsift-engine"]),
    ("logsift-stores", &["logsift-engine"]),
    ("logsift-alerts", &["logsift-engine", "logsift-reports"]),
    (
        "logsift-pipeline",
        &[
            "logsift-engine",
            "logsift-outliers",
            "logsift-sources",
            "logsift-reports",
            "logsift-stores",
            "logsift-alerts",
        ],
    ),
    (
        "logsift-eval",
        &["logsift-engine", "logsift-outliers", "logsift-sources", "logsift-reports", "logsift-pipeline"],
    ),
    (
        "logsift-server",
        &["logsift-engine", "logsift-outliers", "logsift-sources", "logsift-alerts", "logsift-pipeline"],
    ),
    (
        "logsift",
        &[
            "logsift-engine",
            "logsift-outliers",
            "logsift-embeddings",
            "logsift-sources",
            "logsift-reports",
            "logsift-stores",
            "logsift-alerts",
            "logsift-pipeline",
            "logsift-eval",
            "logsift-server",
        ],
    ),
    ("xtask", &[]),
];

/// Crates that are plain libraries: what goes in decides alone what comes out.
const PURE: &[&str] = &["crates/engine/src", "crates/outliers/src"];

/// What must never be found in the source of a plain library, with the reason.
const BANNED_IN_PURE: &[(&str, &str)] = &[
    ("std::fs", "a plain library opens no file"),
    ("std::net::Tcp", "a plain library opens no connection"),
    ("std::net::Udp", "a plain library opens no connection"),
    ("std::thread", "a plain library starts no thread"),
    ("std::env", "a plain library reads no environment"),
    ("SystemTime", "a plain library reads no clock: time is handed in"),
    ("Instant::now", "a plain library reads no clock: time is handed in"),
    ("RandomState", "hashes of a plain library are the same in every run"),
];

/// Folder and file names that say nothing about what is in them.
const SAYING_NOTHING: &[&str] = &["utils", "util", "common", "helpers", "helper", "misc"];

/// Lines after which a file needs a reason; a flat list of like things is one.
const LONG: usize = 900;

/// Checks all rules and lists every breach: walls, links, generated parts, then file by file.
pub(crate) fn check() -> Done {
    let mut breaches = crate_edges()?;
    for page in pages::all()? {
        breaches.extend(pages::broken_links(&page));
    }
    breaches.extend(docs::stale()?);
    for file in pages::files(root(), "rs")? {
        let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        breaches.extend(breaches_of_file(&file, &text));
    }
    if breaches.is_empty() {
        return Ok(());
    }
    Err(format!("tidy found {} breaches:\n  {}", breaches.len(), breaches.join("\n  ")))
}

fn crate_edges() -> Result<Vec<String>, String> {
    let metadata = cargo_output(&["metadata", "--format-version", "1", "--no-deps", "--locked"])?;
    let metadata: Value = serde_json::from_slice(&metadata).map_err(|error| error.to_string())?;
    let may_use: BTreeMap<&str, BTreeSet<&str>> =
        MAY_USE.iter().map(|(name, used)| (*name, used.iter().copied().collect())).collect();
    let mut breaches = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(allowed) = may_use.get(name) else {
            breaches.push(format!("the crate `{name}` stands in no wall: list it in xtask/src/tidy.rs"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let used = dependency["name"].as_str().unwrap_or_default();
            let ordinary = dependency["kind"].is_null();
            if ordinary && may_use.contains_key(used) && !allowed.contains(used) {
                breaches.push(format!("`{name}` must not use `{used}`"));
            }
        }
    }
    Ok(breaches)
}

fn breaches_of_file(file: &Path, text: &str) -> Vec<String> {
    let shown = file.strip_prefix(root()).unwrap_or(file).display().to_string();
    let mut breaches = Vec::new();
    let pure = PURE.iter().any(|folder| shown.starts_with(folder));
    // Tests may take the time.
    let production = text.split("#[cfg(test)]").next().unwrap_or_default();
    for (word, reason) in BANNED_IN_PURE {
        if pure && production.contains(word) {
            breaches.push(format!("{shown}: `{word}`: {reason}"));
        }
    }
    for part in file.components() {
        let part = part.as_os_str().to_string_lossy();
        let stem = part.strip_suffix(".rs").unwrap_or(&part);
        if SAYING_NOTHING.contains(&stem) {
            breaches.push(format!("{shown}: `{stem}` says nothing: name the noun that the code serves"));
        }
        if part == "mod.rs" {
            breaches.push(format!("{shown}: `name.rs` beside `name/` instead of `mod.rs`"));
        }
    }
    if text.lines().count() > LONG {
        breaches.push(format!("{shown}: more than {LONG} lines: split it by responsibility"));
    }
    let documented = text.trim_start().starts_with("//!");
    if shown.contains("/src/") && !documented {
        breaches.push(format!("{shown}: begin with `//!` and what the file takes and gives"));
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_is_tidy() {
        if let Err(breaches) = check() {
            panic!("{breaches}");
        }
    }

    #[test]
    fn a_breach_is_found() {
        let check = |name: &str, text: &str| breaches_of_file(&root().join(name), text).len();
        assert_eq!(check("crates/engine/src/a.rs", "//! Head.\nuse std::fs;"), 1);
        assert_eq!(check("crates/outliers/src/a.rs", "//! Head.\nuse std::thread;"), 1);
        assert_eq!(check("crates/cli/src/a.rs", "//! Head.\nuse std::fs;"), 0);
        assert_eq!(check("crates/cli/src/utils/a.rs", "//! Head."), 1);
        assert_eq!(check("crates/cli/src/a.rs", "fn main() {}"), 1);
    }
}
