//! What a scan found, as users store it: one struct per noun, with a version.
//!
//! Fields are only ever added. A change of meaning or a removal raises [`REPORT_VERSION`], and
//! reports of every released version stay loadable.

use std::collections::BTreeMap;

use logsift_engine::balance::{Balance, Skip};
use logsift_engine::reader::FormatUse;
use logsift_engine::records::level::Level;
use logsift_engine::records::time::Time;
use logsift_engine::templates::Stats;
use serde::{Deserialize, Serialize};

use crate::detection::Detection;
use crate::differences::Differences;

/// The version of the report's shape.
pub const REPORT_VERSION: u32 = 1;

/// The result of `scan`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScanReport {
    /// [`REPORT_VERSION`] of the product that wrote it.
    pub report_version: u32,
    /// What wrote it.
    pub product: Product,
    /// What was asked for, resolved to points in time.
    pub asked: Asked,
    /// What was read, in the order of the command line.
    pub inputs: Vec<Input>,
    /// All inputs together.
    pub totals: Totals,
    /// The templates of all records, in short; nothing where they were not made.
    #[serde(default)]
    pub templates: Option<TemplatesOverview>,
    /// What is unusual; nothing where it was not looked for.
    #[serde(default)]
    pub detection: Option<Detection>,
    /// What differs from a baseline; nothing where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<Differences>,
    /// What was skipped, could not be read or failed.
    pub notices: Vec<Notice>,
}

/// What wrote a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Always `logsift`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The part of the logs that was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Records from this time on, RFC 3339.
    pub since: Option<String>,
    /// Records up to this time, RFC 3339.
    pub until: Option<String>,
    /// Streams whose name matches.
    pub stream: Option<String>,
}

/// One log: a file, a set of rotated files, an entry of an archive, standard input.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// The name shown to users.
    pub name: String,
    /// The files it was read from, oldest first.
    pub files: Vec<String>,
    /// Bytes read, unpacked.
    pub bytes: u64,
    /// What became of every line.
    pub balance: LineBalance,
    /// The formats it was read with.
    pub formats: Vec<Format>,
    /// The zone its times were read in, and why.
    pub zone: Option<String>,
    /// What else was assumed.
    pub assumptions: Vec<String>,
    /// The earliest and the latest time.
    pub time: Option<TimeRange>,
    /// Records by level, gravest first; `none` last. Levels without records are left out.
    pub levels: Vec<LevelCount>,
    /// Records by stream.
    pub streams: Streams,
}

/// All inputs together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// How many inputs there are.
    pub inputs: u64,
    /// Bytes read, unpacked.
    pub bytes: u64,
    /// What became of every line.
    pub balance: LineBalance,
    /// The earliest and the latest time.
    pub time: Option<TimeRange>,
    /// Records by level, as in [`Input::levels`].
    pub levels: Vec<LevelCount>,
}

/// Lines read = records + continuations + skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineBalance {
    /// Lines read.
    pub lines: u64,
    /// Records, one line each.
    pub records: u64,
    /// Lines that belong to a record begun earlier.
    pub continuations: u64,
    /// Lines skipped, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// Whether the sum holds.
    pub holds: bool,
}

/// A format that an input was read with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Format {
    /// Its name, or `inferred`.
    pub name: String,
    /// Its pattern, as `--log-format` takes it.
    pub pattern: String,
    /// Share of the lines that it matched, of those that could begin a record (0 to 1).
    pub confidence: f64,
    /// The first line that it was used for.
    pub since_line: u64,
}

/// The earliest and the latest time, RFC 3339.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRange {
    /// The earliest.
    pub first: String,
    /// The latest.
    pub last: String,
    /// Whole seconds from the first to the last.
    pub seconds: u64,
}

/// How many records had a level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelCount {
    /// The name of the level, or `none`.
    pub level: String,
    /// Records.
    pub records: u64,
}

/// Records by stream: the largest, and how many more there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Streams {
    /// How many streams there are.
    pub count: u64,
    /// The largest, most records first.
    pub largest: Vec<Stream>,
    /// Records of all streams that are not listed.
    pub other_records: u64,
}

/// One stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    /// Its name, unique within the input.
    pub name: String,
    /// Its records.
    pub records: u64,
}

/// The templates of all records, in short.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TemplatesOverview {
    /// How many there are.
    pub count: u64,
    /// Records whose shape had to be forgotten for want of memory; they belong to no template.
    pub forgotten_records: u64,
    /// The most frequent, most records first.
    pub top: Vec<TemplateBrief>,
    /// The rarest of the others, fewest records first, graver ones before milder ones.
    pub rare: Vec<TemplateBrief>,
}

/// A template, in short.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TemplateBrief {
    /// Its lasting name.
    pub template_id: String,
    /// Its records.
    pub count: u64,
    /// Its share of all records (0 to 1).
    pub share: f64,
    /// The gravest level of its records, or `none`.
    pub level: String,
    /// Its text with the type of every slot.
    pub template: String,
}

/// Something that was not read as asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What became of it.
    pub kind: NoticeKind,
    /// The name of the file or archive entry.
    pub name: String,
    /// Why.
    pub text: String,
}

/// What became of something that was not read as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// An error of logsift itself; the others were read.
    Failed,
    /// It, or its rest, could not be read.
    Unreadable,
    /// Left out on purpose: binary, a link out of the folder, nothing to read.
    Skipped,
    /// Everything was read; something was assumed.
    Noted,
}

impl NoticeKind {
    /// The name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            NoticeKind::Failed => "failed",
            NoticeKind::Unreadable => "unreadable",
            NoticeKind::Skipped => "skipped",
            NoticeKind::Noted => "noted",
        }
    }
}

impl From<Balance> for LineBalance {
    fn from(balance: Balance) -> LineBalance {
        let counted = |reason: Skip| (reason.name().to_owned(), balance.skipped(reason));
        LineBalance {
            lines: balance.lines,
            records: balance.records,
            continuations: balance.continuations,
            skipped: Skip::ALL.into_iter().map(counted).collect(),
            holds: balance.holds(),
        }
    }
}

impl LineBalance {
    /// Lines skipped for any reason.
    pub fn skipped_in_all(&self) -> u64 {
        self.skipped.values().sum()
    }
}

impl From<FormatUse> for Format {
    fn from(used: FormatUse) -> Format {
        let FormatUse { name, pattern, since_line, confidence } = used;
        Format { name, pattern, since_line, confidence }
    }
}

impl From<(Time, Time)> for TimeRange {
    fn from((first, last): (Time, Time)) -> TimeRange {
        let seconds = last.nanos().abs_diff(first.nanos()) / 1_000_000_000;
        TimeRange { first: first.to_string(), last: last.to_string(), seconds }
    }
}

impl LevelCount {
    /// The list of a report from what was counted.
    pub fn of(stats: &Stats) -> Vec<LevelCount> {
        LevelCount::list(&Level::ALL.map(|level| stats.level(Some(level))), stats.level(None))
    }

    /// The list of a report from counts per level, mildest first, and the count of records without one.
    pub fn list(counts: &[u64; Level::ALL.len()], none: u64) -> Vec<LevelCount> {
        let named = Level::ALL.iter().zip(counts).rev().map(|(level, records)| (level.name(), *records));
        named
            .chain([("none", none)])
            .filter(|(_, records)| *records > 0)
            .map(|(level, records)| LevelCount { level: level.to_owned(), records })
            .collect()
    }
}

impl Streams {
    /// The largest `limit` of the streams; equal ones by name.
    pub fn largest_of(mut streams: Vec<Stream>, limit: usize) -> Streams {
        let count = streams.len() as u64;
        streams.sort_by(|a, b| b.records.cmp(&a.records).then_with(|| a.name.cmp(&b.name)));
        let rest = streams.split_off(limit.min(streams.len()));
        Streams { count, largest: streams, other_records: rest.iter().map(|stream| stream.records).sum() }
    }
}

#[cfg(test)]
pub(crate) mod sample {
    use super::*;

    fn balance(records: u64, continuations: u64, blank: u64) -> Balance {
        let mut balance = Balance::default();
        balance.lines = records + continuations + blank;
        balance.records = records;
        balance.continuations = continuations;
        balance.skip(Skip::Blank, blank);
        balance
    }

    fn range(first: i64, last: i64) -> (Time, Time) {
        (Time::from_seconds(first).unwrap(), Time::from_seconds(last).unwrap())
    }

    fn streams(names: &[(&str, u64)]) -> Vec<Stream> {
        names.iter().map(|(name, records)| Stream { name: (*name).to_owned(), records: *records }).collect()
    }

    pub(crate) fn application() -> Input {
        Input {
            name: "/srv/shop/checkout/logs/checkout-service.log".to_owned(),
            files: vec![
                "/srv/shop/checkout/logs/checkout-service.log.1.gz".to_owned(),
                "/srv/shop/checkout/logs/checkout-service.log".to_owned(),
            ],
            bytes: 148_303_113,
            balance: balance(1_204_332, 31_871, 12).into(),
            formats: vec![
                Format {
                    name: "logback".to_owned(),
                    pattern: "{time} [{thread:text}] {level} {logger} - {message}".to_owned(),
                    confidence: 0.99968,
                    since_line: 1,
                },
                Format {
                    name: "inferred".to_owned(),
                    pattern: "{time} {level} {message}".to_owned(),
                    confidence: 0.82,
                    since_line: 88_201,
                },
            ],
            zone: Some("UTC, no offset in 10,432 lines".to_owned()),
            assumptions: vec!["encoding: Latin-1 in 3 lines that are no UTF-8".to_owned()],
            time: Some(range(1_704_067_200, 1_704_243_661).into()),
            levels: LevelCount::list(&[0, 20, 1_180_000, 0, 24_000, 300, 0, 1], 11),
            streams: Streams::largest_of(streams(&[("checkout-service", 1_204_332)]), 5),
        }
    }

    pub(crate) fn system() -> Input {
        Input {
            name: "/var/log/syslog".to_owned(),
            files: vec!["/var/log/syslog".to_owned()],
            bytes: 91_204,
            balance: balance(911, 0, 0).into(),
            formats: vec![Format {
                name: "syslog".to_owned(),
                pattern: "{time} {host} {app}([{pid:int}])?: {message}".to_owned(),
                confidence: 1.0,
                since_line: 1,
            }],
            zone: Some("Europe/Berlin, from --tz".to_owned()),
            assumptions: vec!["year: 2024, the file was last written 2024-01-02".to_owned()],
            time: Some(range(1_704_100_000, 1_704_243_000).into()),
            levels: LevelCount::list(&[0; 8], 911),
            streams: Streams::largest_of(
                streams(&[("web1/sshd", 500), ("web1/cron", 300), ("web1/kernel", 60), ("web1/dbus", 51)]),
                3,
            ),
        }
    }

    fn templates() -> TemplatesOverview {
        let brief = |id: &str, count: u64, level: &str, template: &str| TemplateBrief {
            template_id: id.to_owned(),
            count,
            share: count as f64 / 1_204_332.0,
            level: level.to_owned(),
            template: template.to_owned(),
        };
        TemplatesOverview {
            count: 212,
            forgotten_records: 0,
            top: vec![
                brief("0ff6c9a267feb3d2", 801_220, "info", "cart <number> has <number> items"),
                brief(
                    "26e83e52070b8c6e",
                    9_221,
                    "warn",
                    "no answer from <host>, attempt <number> of <number>",
                ),
            ],
            rare: vec![brief(
                "f917c0974793389f",
                1,
                "fatal",
                "the payment provider <url> has refused all of <number> connections since <time>, giving up",
            )],
        }
    }

    fn report(inputs: Vec<Input>, totals: Totals, notices: Vec<Notice>) -> ScanReport {
        let product = Product { name: "logsift".to_owned(), version: "0.1.0".to_owned() };
        ScanReport {
            report_version: REPORT_VERSION,
            product,
            asked: Asked::default(),
            inputs,
            totals,
            templates: Some(templates()),
            detection: None,
            diff: None,
            notices,
        }
    }

    pub(crate) fn one_input() -> ScanReport {
        let input = application();
        let totals = Totals {
            inputs: 1,
            bytes: input.bytes,
            balance: input.balance.clone(),
            time: input.time.clone(),
            levels: input.levels.clone(),
        };
        report(vec![input], totals, Vec::new())
    }

    pub(crate) fn two_inputs() -> ScanReport {
        let totals = Totals {
            inputs: 2,
            bytes: 148_394_317,
            balance: balance(1_205_243, 31_871, 12).into(),
            time: Some(range(1_704_067_200, 1_704_243_661).into()),
            levels: LevelCount::list(&[0, 20, 1_180_000, 0, 24_000, 300, 0, 1], 922),
        };
        let notice =
            |kind, name: &str, text: &str| Notice { kind, name: name.to_owned(), text: text.to_owned() };
        let notices = vec![
            notice(NoticeKind::Unreadable, "/var/log/secure", "permission denied"),
            notice(NoticeKind::Skipped, "/var/log/wtmp", "binary"),
        ];
        report(vec![application(), system()], totals, notices)
    }

    #[test]
    fn the_largest_streams_come_first_and_the_rest_is_counted() {
        let streams = system().streams;
        assert_eq!(streams.count, 4);
        assert_eq!(streams.largest.len(), 3);
        assert_eq!(streams.other_records, 51);
        assert_eq!(Streams::largest_of(Vec::new(), 3), Streams::default());
    }

    #[test]
    fn levels_are_listed_gravest_first_without_empty_ones() {
        let names: Vec<String> = application().levels.into_iter().map(|count| count.level).collect();
        assert_eq!(names, ["fatal", "error", "warn", "info", "debug", "none"]);
    }
}
