//! `scan`: thousands of lines that nobody wrote before are one incident, and the same one the next time.

use serde_json::Value;

use super::run::Folder;
use super::writing::Dice;

/// They end amid an interval.
const LINES: u64 = 20_000;

/// The log of a service, and amid it a line and so many lines of random words within half a minute.
fn log(seed: u64, first: &str, flood: u64) -> String {
    let (mut dice, mut text) = (Dice::new(seed), String::new());
    let stamp = |millis: u64| {
        let second = millis / 1000;
        format!(
            "2024-05-01 {:02}:{:02}:{:02}.{:03}",
            second / 3600,
            second / 60 % 60,
            second % 60,
            millis % 1000
        )
    };
    for nth in 0..LINES {
        let at = nth * 2000;
        if nth == LINES * 3 / 4 {
            text.push_str(&format!("{} {first}\n", stamp(at)));
            for line in 0..flood {
                let mut word = || (0..7).map(|_| char::from(b'a' + dice.below(26) as u8)).collect::<String>();
                let words = [word(), word(), word(), word(), word(), word()].join(" ");
                text.push_str(&format!("{} INFO {words}\n", stamp(at + line * 30_000 / flood)));
            }
        }
        let (key, took) = (dice.below(10_000), dice.below(90));
        let message = match dice.below(4) {
            0 => format!("served order {key} in {took} ms"),
            1 => format!("cache misses item {key}"),
            2 => format!("retries job {key} in queue mail"),
            _ => format!("closes connection {key} after {took} s"),
        };
        text.push_str(&format!("{} INFO {message}\n", stamp(at)));
    }
    text
}

/// Titles and fingerprints of the incidents that are raised.
fn raised(text: &str) -> Vec<(String, String)> {
    let folder = Folder::empty();
    folder.write("app.log", text.as_bytes());
    let run = folder.run(&["scan", "app.log", "--format", "json"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let incidents = report["detection"]["incidents"].as_array().unwrap();
    let word = |incident: &Value, key: &str| incident[key].as_str().unwrap().to_owned();
    incidents.iter().map(|incident| (word(incident, "title"), word(incident, "fingerprint"))).collect()
}

#[test]
fn a_flood_of_new_messages_is_one_incident_with_one_fingerprint() {
    let [one, other] = [1, 2].map(|seed| raised(&log(seed, "INFO a first word", 3_000)));
    for incidents in [&one, &other] {
        let [(title, _)] = incidents.as_slice() else { panic!("{incidents:?}") };
        assert!(title.starts_with("Flood of new messages, "), "{title}");
    }
    assert_eq!(one[0].1, other[0].1);
    let few = raised(&log(1, "INFO a first word", 20));
    let died = raised(&log(1, "FATAL kernel panic - not syncing: out of memory", 3_000));
    for (incidents, wanted) in [(&few, "New message"), (&died, "Panic")] {
        assert!(incidents.iter().any(|(title, _)| title.starts_with(wanted)), "{incidents:?}");
        assert!(!incidents.iter().any(|(title, _)| title.starts_with("Flood")), "{incidents:?}");
    }
}
