//! An order in, a realistic log with labels out: of every kind that operators read, with everything that goes wrong
//! in them, and with what looks wrong and is not.
//!
//! Who measures a detector on a log that was made for it measures nothing. So the texts are those that real
//! software writes, normal logs have errors of their own, what goes wrong often says so at level INFO, and no
//! detector was looked at. The same order gives the same bytes on every machine.
//!
//! A [`Profile`] is a catalogue of scenes in a small language (`template`, `script`). The `simulation` plays them over
//! log time, `episodes` lets things go wrong, and `story` writes down which lines that were.

mod anomalies;
mod cast;
mod catalogue;
mod episodes;
mod frames;
mod moment;
mod profiles;
mod queue;
mod random;
mod script;
mod simulation;
mod stage;
mod story;
mod template;
mod traffic;

use std::io;

use catalogue::{Catalogue, Definition};

pub use story::{Outputs, Summary};

/// When logs begin unless another time is asked for: 2024-03-04T00:00:00Z, a Monday, in microseconds.
pub const START: u64 = 1_709_510_400_000_000;

/// A kind of log.
#[derive(Clone, Copy, Debug)]
pub struct Profile(&'static Definition);

impl PartialEq for Profile {
    fn eq(&self, other: &Profile) -> bool {
        self.name() == other.name()
    }
}

impl Profile {
    /// All profiles of whole systems.
    pub fn all() -> impl Iterator<Item = Profile> {
        profiles::ALL.iter().map(|definition| Profile(definition))
    }

    /// Those with one kind of trouble each that everybody knows, to measure packs of rules by.
    pub fn known_trouble() -> impl Iterator<Item = Profile> {
        profiles::KNOWN_TROUBLE.iter().map(|definition| Profile(definition))
    }

    /// The profile of that name.
    pub fn named(name: &str) -> Option<Profile> {
        Profile::all().chain(Profile::known_trouble()).find(|profile| profile.name() == name)
    }

    /// Its name, which is also the name of its files.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// What it is, in a few words.
    pub fn about(self) -> &'static str {
        self.0.about
    }

    /// How many lines it has unless others are asked for.
    pub fn lines(self) -> u64 {
        self.0.lines
    }

    /// The share of abnormal lines unless another is asked for.
    pub fn share(self) -> f64 {
        self.0.share as f64 / 1000.0
    }

    /// The kinds of its anomalies, each once.
    pub fn kinds(self) -> Vec<&'static str> {
        let general = self.0.general.iter().map(|general| general.kind());
        let mut kinds: Vec<&str> =
            general.chain(anomalies::of(self.name()).map(|anomaly| anomaly.kind)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }
}

/// Every kind that labels can have, with what it means.
pub fn kinds() -> &'static [(&'static str, &'static str)] {
    anomalies::KINDS
}

/// What is to be made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Order {
    /// The kind of log.
    pub profile: Profile,
    /// How many lines.
    pub lines: u64,
    /// The share of abnormal ones, below 1; 0 for a clean log.
    pub share: f64,
    /// Another seed gives another log.
    pub seed: u64,
    /// When it begins, in microseconds since 1970.
    pub start: u64,
    /// Lines in a second of log time on the average; that of the profile where it is nothing.
    pub per_second: Option<f64>,
    /// As a table of `timestamp,log_level,response_time,message`.
    pub table: bool,
}

impl Order {
    /// What a profile is unless something else is asked for.
    pub fn usual(profile: Profile) -> Order {
        let (lines, share) = (profile.lines(), profile.share());
        Order { profile, lines, share, seed: 1, start: START, per_second: None, table: false }
    }

    fn abnormal_lines(&self) -> u64 {
        ((self.lines as f64 * self.share + 0.5) as u64).min(self.lines)
    }
}

/// Makes a log, its labels and its story. Nothing of it is kept in memory but what is going on.
///
/// A table has one line more than were asked for: its header, with label 0.
pub fn generate(order: &Order, outputs: Outputs<'_>) -> io::Result<Summary> {
    let catalogue = Catalogue::compile(order.profile.0).expect("a test compiles every profile");
    simulation::run(order, &catalogue, outputs)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;
    use serde_json::Value;

    use super::random::mixed_text;
    use super::*;

    /// A log with its labels and its story.
    struct Made {
        log: String,
        labels: String,
        story: Value,
        summary: Summary,
    }

    fn made(order: &Order) -> Made {
        let (mut log, mut labels, mut story) = (Vec::new(), Vec::new(), Vec::new());
        let outputs = Outputs { log: &mut log, labels: &mut labels, story: &mut story, pace: None };
        let summary = generate(order, outputs).unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Made { log: text(log), labels: text(labels), story: serde_json::from_slice(&story).unwrap(), summary }
    }

    /// Abnormal lines with their kinds, after what every log must keep has been checked.
    fn check(order: &Order) -> (Made, BTreeMap<u64, String>) {
        let made = made(order);
        let lines = made.log.lines().count() as u64;
        assert_eq!(lines, order.lines + u64::from(order.table), "{order:?}");
        let mut labelled = BTreeMap::new();
        let mut rows = made.labels.lines();
        assert_eq!(rows.next(), Some("line_number,label,kind"));
        for (nth, row) in rows.enumerate() {
            let fields: Vec<&str> = row.split(',').collect();
            assert_eq!(fields[0].parse(), Ok(nth as u64 + 1), "{row}");
            assert_eq!(fields[1] == "1", !fields[2].is_empty(), "{row}");
            if fields[1] == "1" {
                labelled.insert(nth as u64 + 1, fields[2].to_owned());
            }
        }
        assert_eq!(made.labels.lines().count() as u64, lines + 1);
        assert_eq!(labelled.len() as u64, order.abnormal_lines(), "{order:?}");
        assert_eq!(made.summary.abnormal, order.abnormal_lines());
        let mut told = BTreeMap::new();
        for event in made.story["events"].as_array().unwrap() {
            for range in event["lines"].as_array().unwrap() {
                for line in range[0].as_u64().unwrap()..=range[1].as_u64().unwrap() {
                    assert!(
                        told.insert(line, event["kind"].as_str().unwrap().to_owned()).is_none(),
                        "{event}"
                    );
                }
            }
        }
        assert_eq!(told, labelled, "{order:?}");
        (made, labelled)
    }

    #[test]
    fn every_profile_has_its_lines_its_share_and_all_its_kinds() {
        let known: BTreeSet<&str> = kinds().iter().map(|(kind, _)| *kind).collect();
        let mut seen = BTreeSet::new();
        for profile in Profile::all().chain(Profile::known_trouble()) {
            let (made, labelled) = check(&Order::usual(profile));
            let mut found: BTreeSet<&str> = labelled.values().map(String::as_str).collect();
            let silences = made.story["events"].as_array().unwrap().iter();
            found.extend(silences.filter(|event| event["kind"] == "gone-silent").map(|_| "gone-silent"));
            let promised: BTreeSet<&str> = profile.kinds().into_iter().collect();
            assert_eq!(found, promised, "{}", profile.name());
            seen.extend(promised);
        }
        assert_eq!(seen, known);
        let page = include_str!("../../../docs/book/generate.md");
        for (kind, meaning) in kinds() {
            assert!(page.contains(&format!("| `{kind}` | {meaning} |")), "the page lacks `{kind}`");
        }
    }

    #[test]
    fn the_same_order_gives_the_same_bytes_everywhere() {
        let order = Order { lines: 5_000, ..Order::usual(Profile::named("application").unwrap()) };
        let (one, other) = (made(&order), made(&order));
        assert!(one.log == other.log && one.labels == other.labels && one.story == other.story);
        let sums: Vec<u64> = Profile::all()
            .map(|profile| {
                let made = made(&Order { lines: 3_000, ..Order::usual(profile) });
                mixed_text(made.log.as_bytes()) ^ mixed_text(made.labels.as_bytes())
            })
            .collect();
        insta::assert_debug_snapshot!("sums", sums);
        assert_ne!(one.log, made(&Order { seed: 2, ..order }).log);
    }

    #[test]
    fn a_clean_log_has_nothing_abnormal_and_errors_of_its_own() {
        for profile in Profile::all() {
            let (made, _) = check(&Order { share: 0.0, lines: 8_000, ..Order::usual(profile) });
            assert_eq!(made.summary.episodes, 0);
            assert!(made.log.contains("rror") || made.log.contains(" 404 "), "{}", profile.name());
        }
    }

    #[test]
    fn what_goes_wrong_is_not_known_by_its_level() {
        let order = Order { table: true, ..Order::usual(Profile::named("application").unwrap()) };
        let (made, labelled) = check(&order);
        let mut levels: BTreeMap<(bool, &str), u32> = BTreeMap::new();
        for (nth, row) in made.log.lines().enumerate().skip(1) {
            let level = row.split(',').nth(1).unwrap();
            *levels.entry((labelled.contains_key(&(nth as u64 + 1)), level)).or_default() += 1;
        }
        for wanted in [(true, "INFO"), (true, "WARN"), (true, "ERROR"), (false, "WARN"), (false, "ERROR")] {
            assert!(levels.get(&wanted).is_some_and(|count| *count > 20), "{levels:?}");
        }
    }

    #[test]
    fn a_table_is_csv() {
        for profile in Profile::all() {
            let made = made(&Order { table: true, lines: 2_000, ..Order::usual(profile) });
            let mut rows = csv::Reader::from_reader(made.log.as_bytes());
            assert_eq!(rows.headers().unwrap(), vec!["timestamp", "log_level", "response_time", "message"]);
            let mut count = 0;
            for row in rows.records() {
                let row = row.unwrap();
                assert!(row[2].parse::<f64>().unwrap() >= 0.0 && row[0].len() == 23, "{row:?}");
                count += 1;
            }
            assert_eq!(count, 2_000, "{}", profile.name());
        }
    }

    #[test]
    fn json_lines_are_json_and_times_never_go_back() {
        let made = made(&Order::usual(Profile::named("microservices").unwrap()));
        let mut last = String::new();
        for line in made.log.lines() {
            let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            let time = value["timestamp"].as_str().unwrap().to_owned();
            assert!(time >= last, "{time} after {last}");
            last = time;
        }
    }

    #[test]
    fn a_rate_is_kept_and_so_is_the_share() {
        let profile = Profile::named("performance").unwrap();
        let order = Order { lines: 20_000, per_second: Some(500.0), share: 0.15, ..Order::usual(profile) };
        let (made, _) = check(&order);
        let seconds = |name: &str| {
            let clock = &made.story[name].as_str().unwrap()[11..19];
            clock.split(':').fold(0, |sum, part| sum * 60 + part.parse::<u64>().unwrap())
        };
        let span = seconds("until") - seconds("from");
        assert!((30..60).contains(&span), "{span} s");
    }

    #[test]
    fn the_first_lines_of_every_profile() {
        for profile in Profile::all() {
            let made = made(&Order::usual(profile));
            let lines: Vec<&str> = made.log.lines().take(30).collect();
            insta::assert_snapshot!(profile.name(), lines.join("\n"));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn any_size_share_and_seed_can_be_made(
            place in 0usize..8, lines in 1u64..500, share in 0.0f64..0.15, seed: u64, table: bool,
            per_second in prop::option::of(0.001f64..10_000.0), days in 0u64..40_000,
        ) {
            let profile = Profile::all().nth(place).unwrap();
            check(&Order { profile, lines, share, seed, start: days * moment::DAY, per_second, table });
        }
    }
}
