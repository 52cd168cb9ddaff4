//! Time of every built-in rule over lines of growing length: no text makes one of them slow.
//!
//! Each line is made of what the rule listens for, again and again, which is the worst that a line can be for it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use logsift_engine::detectors::rule::file::RuleFile;
use logsift_engine::detectors::rule::{RuleSet, built_in_files};
use logsift_pipeline::rules::check;

/// The lengths that are compared, three doublings apart, and how much longer the long one may take: 2.2 for each.
const SHORT: usize = 128 << 10;
const LONG: usize = 1 << 20;
const MOST: f64 = 2.2 * 2.2 * 2.2;
/// What is over sooner is not told from the noise of the machine.
const NOISE: Duration = Duration::from_millis(8);

/// A line of that length.
fn line(words: &str, length: usize) -> String {
    words.chars().cycle().take(length).collect()
}

/// The least time of so many.
fn time(file: &RuleFile, rules: &Arc<RuleSet>, line: &str, times: usize) -> Duration {
    let file = RuleFile { fires: vec![line.to_owned()], quiet: Vec::new(), ..file.clone() };
    let once = || {
        let begun = Instant::now();
        let _ = check(&file, rules);
        begun.elapsed()
    };
    (0..times).map(|_| once()).min().unwrap()
}

/// The times of the short and the long line, where the long one took too much longer.
fn too_slow(
    file: &RuleFile,
    rules: &Arc<RuleSet>,
    words: &str,
    times: usize,
) -> Option<(Duration, Duration)> {
    let short = time(file, rules, &line(words, SHORT), times).max(NOISE);
    let long = time(file, rules, &line(words, LONG), times);
    (long.as_secs_f64() > MOST * short.as_secs_f64()).then_some((short, long))
}

#[test]
fn the_time_of_every_rule_grows_with_the_line_and_no_faster() {
    let mut slow = Vec::new();
    for (_, file) in built_in_files() {
        let rules = Arc::new(RuleSet::compile(std::slice::from_ref(&file)).unwrap());
        for words in file.fires.iter().chain(&file.quiet).take(4) {
            let words = format!("{words} ");
            // A machine that does something else meanwhile makes a line slow now and then, a bad rule every time.
            let first = too_slow(&file, &rules, &words, 3);
            if let Some((short, long)) = first.and_then(|_| too_slow(&file, &rules, &words, 15)) {
                slow.push(format!("{}: {short:?}, {long:?}: {words}", file.name));
            }
        }
    }
    assert!(slow.is_empty(), "{slow:#?}");
}
