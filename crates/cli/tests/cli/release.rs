//! `scan`: a version that words its messages anew, and a crash, which looks a little like one.

use serde_json::Value;

use super::run::Folder;
use super::writing::Dice;

const WORDS: [&str; 24] = [
    "ledger", "closed", "basket", "priced", "parcel", "weighed", "voucher", "checked", "branch", "opened",
    "address", "verified", "invoice", "printed", "refund", "queued", "stock", "counted", "shelf", "sorted",
    "driver", "assigned", "route", "planned",
];

/// The words of a message: two to four, which no other message has in the same places.
fn words(message: usize, version: usize) -> String {
    let word = |nth: usize| WORDS[(message * (7 + 4 * nth) + nth * nth + 11 * version) % WORDS.len()];
    (0..2 + (message + version) % 3).map(word).collect::<Vec<_>>().join(" ")
}

/// What the log of a service becomes after six tenths of it.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    Same,
    /// So many of its thirty messages are worded anew.
    Reworded(usize),
    /// Half of them come no more, and errors come.
    Broken,
}

fn log(seed: u64, then: Then) -> String {
    let (mut dice, mut text) = (Dice::new(seed), String::new());
    for nth in 0..40_000u64 {
        let second = nth * 5 + dice.below(5);
        let (day, rest) = (1 + second / 86_400, second % 86_400);
        let stamp = format!("2024-05-{day:02} {:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60);
        let message = dice.below(30) as usize;
        let (key, node, late) = (dice.below(10_000), dice.below(8), nth > 24_000);
        let (old, new) = (words(message, 0), words(message, 1));
        let line = match then {
            Then::Reworded(some) if late && message < some => format!("INFO {new} node-{node} item={key}"),
            Then::Broken if late && message < 15 => {
                format!("ERROR {new} failed: connection {key} refused")
            }
            _ => format!("INFO {old} {key} on node-{node}"),
        };
        text.push_str(&format!("{stamp} {line}\n"));
    }
    text
}

/// The titles of the incidents that are raised.
fn titles(text: &str, words: &[&str]) -> Vec<String> {
    let folder = Folder::empty();
    folder.write("app.log", text.as_bytes());
    let run = folder.run(&[&["scan", "app.log", "--format", "json"], words].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let incidents = report["detection"]["incidents"].as_array().unwrap();
    incidents.iter().map(|incident| incident["title"].as_str().unwrap().to_owned()).collect()
}

fn is_release(title: &&String) -> bool {
    title.starts_with("A release changed its logs")
}

#[test]
fn many_reworded_messages_are_one_incident() {
    for seed in 1..4 {
        let titles = titles(&log(seed, Then::Reworded(10)), &[]);
        assert_eq!(titles.iter().filter(is_release).count(), 1, "{titles:?}");
        let storm = |title: &String| title.starts_with("New message") || title.starts_with("Silence");
        assert!(titles.len() <= 3 && !titles.iter().any(storm), "{titles:?}");
    }
}

#[test]
fn a_crash_is_no_release_and_neither_is_an_ordinary_day() {
    let titles_of = |then| titles(&log(1, then), &[]);
    let broken = titles_of(Then::Broken);
    assert!(!broken.is_empty() && broken.iter().filter(is_release).count() == 0, "{broken:?}");
    let same = titles_of(Then::Same);
    assert_eq!(same.iter().filter(is_release).count(), 0, "{same:?}");
}

#[test]
fn a_deployment_that_is_told_explains_even_few_new_messages() {
    let text = log(2, Then::Reworded(2));
    assert_eq!(titles(&text, &[]).iter().filter(is_release).count(), 0);
    // The 24,000th record of five seconds each.
    let told = titles(&text, &["--deploy", "2024-05-02 09:20"]);
    assert!(told.iter().filter(is_release).count() <= 1, "{told:?}");
    assert!(!told.iter().any(|title| title.starts_with("New message")), "{told:?}");
    let folder = Folder::empty();
    folder.write("app.log", b"x\n");
    let run = folder.run(&["scan", "app.log", "--deploy", "yesterday-ish"]);
    assert!(run.code == 2 && run.stderr.contains("`yesterday-ish` is no time"), "{run:?}");
}

/// The same log as JSON, each record with the version that wrote it.
fn with_versions(text: &str, of: impl Fn(usize) -> &'static str) -> String {
    let record = |(nth, line): (usize, &str)| {
        let (day, time) = (&line[..10], &line[11..19]);
        let (level, message) = line[20..].split_once(' ').unwrap();
        let version = of(nth);
        format!(
            "{{\"time\":\"{day}T{time}Z\",\"level\":\"{level}\",\"service.version\":\"{version}\",\"msg\":\"{message}\"}}\n"
        )
    };
    text.lines().enumerate().map(record).collect()
}

#[test]
fn a_version_that_changes_in_the_log_is_a_deployment() {
    let text = log(1, Then::Reworded(10));
    let named = with_versions(&text, |nth| if nth <= 24_000 { "1.4.1" } else { "1.5.0" });
    let found = titles(&named, &[]);
    let release =
        found.iter().filter(|title| title.starts_with("Release 1.5.0 changed its logs: 10 messages are new"));
    assert_eq!((release.count(), found.iter().filter(is_release).count()), (1, 0), "{found:?}");
    let few = with_versions(&log(2, Then::Reworded(2)), |nth| if nth <= 24_000 { "1.4.1" } else { "1.5.0" });
    let told = titles(&few, &[]);
    assert!(!told.iter().any(|title| title.starts_with("New message")), "{told:?}");
    let folder = Folder::empty();
    folder.write("app.log", few.as_bytes());
    let run = folder.run(&["scan", "app.log"]);
    assert!(run.stdout.contains("version 1.4.1 became 1.5.0 at 2024-05-02T09:20:0"), "{}", run.stdout);
    let same = titles(&with_versions(&text, |_| "1.4.1"), &[]);
    assert_eq!(same.iter().filter(is_release).count(), 1, "{same:?}");
}
