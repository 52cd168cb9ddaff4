//! Build data for `--version`. Nothing here may fail: a package without git, or an odd compiler, still builds.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    put("LOGSIFT_REVISION", revision());
    put("LOGSIFT_RUSTC", output(&env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned()), &["--version"]));
    put("LOGSIFT_TARGET", env::var("TARGET").ok());
    put("LOGSIFT_PROFILE", env::var("PROFILE").ok());
    put("LOGSIFT_FEATURES", Some(features()));
}

fn put(name: &str, value: Option<String>) {
    println!("cargo:rustc-env={name}={}", value.unwrap_or_else(|| "unknown".to_owned()));
}

/// The revision of the checkout, if this is one: a package unpacked inside another project's checkout
/// is not.
fn revision() -> Option<String> {
    output("git", &["ls-files", "--error-unmatch", "build.rs"])?;
    watch_head();
    let revision = output("git", &["rev-parse", "--short=12", "HEAD"])?;
    let changed = output("git", &["status", "--porcelain", "--untracked-files=no"])?;
    Some(if changed.is_empty() { revision } else { format!("{revision}, changed") })
}

fn watch_head() {
    let Some(head) = output("git", &["rev-parse", "--git-path", "logs/HEAD"]) else { return };
    if Path::new(&head).exists() {
        println!("cargo:rerun-if-changed={head}");
    }
}

fn features() -> String {
    let mut names: Vec<String> = env::vars()
        .filter_map(|(name, _)| name.strip_prefix("CARGO_FEATURE_").map(str::to_lowercase))
        .map(|name| name.replace('_', "-"))
        .collect();
    names.sort();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.lines().collect::<Vec<_>>().join(" ").trim().to_owned())
}
