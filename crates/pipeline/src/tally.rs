//! Logs that were read in, the figures of a report out: parts of one log are put together, and all logs.
//!
//! All figures are computed here, so that renderers need not; and secrets that an inferred pattern repeats are
//! masked here, so that no report has them.

use std::collections::BTreeMap;

use logsift_engine::balance::Balance;
use logsift_engine::reader::FormatUse;
use logsift_engine::records::redact::mask_secrets;
use logsift_engine::records::time::Time;
use logsift_reports::scan_report::{
    Asked, Format, Input, LevelCount, Notice, NoticeKind, Product, REPORT_VERSION, ScanReport, Stream,
    Streams, Totals,
};

use crate::batch::LogRead;
use crate::sieve::Overview;

/// So many streams of an input are listed.
const STREAMS: usize = 10;

/// The report of logs in the order of the plan. Parts of a log follow each other.
pub(crate) fn report(
    logs: impl Iterator<Item = LogRead<()>>,
    asked: Asked,
    notices: Vec<Notice>,
) -> ScanReport {
    let mut inputs: Vec<Input> = Vec::new();
    let mut open: Option<Parts> = None;
    let mut all = Figures::default();
    for log in logs {
        all.add(&log.overview);
        all.bytes += log.bytes;
        match &mut open {
            Some(parts) if parts.name == log.name => parts.add(log),
            _ => inputs.extend(open.replace(Parts::begin(log)).map(Parts::close)),
        }
    }
    inputs.extend(open.map(Parts::close));
    let totals = all.totals(inputs.len());
    let product = Product { name: "logsift".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() };
    ScanReport {
        report_version: REPORT_VERSION,
        product,
        asked,
        inputs,
        totals,
        templates: None,
        detection: None,
        diff: None,
        notices,
    }
}

/// A notice of the sources, as reports have it.
pub(crate) fn notice(notice: &logsift_sources::Notice) -> Notice {
    let kind = match notice.kind {
        logsift_sources::NoticeKind::Noted => NoticeKind::Noted,
        logsift_sources::NoticeKind::Skipped => NoticeKind::Skipped,
        logsift_sources::NoticeKind::Unreadable => NoticeKind::Unreadable,
    };
    Notice { kind, name: notice.name.clone(), text: notice.text.clone() }
}

/// A pattern that was inferred repeats what all lines have in common, and that may be a secret.
fn shown(format: FormatUse) -> Format {
    Format::from(FormatUse { pattern: masked(format.pattern), ..format })
}

pub(crate) fn masked(text: String) -> String {
    let mut out = Vec::new();
    if mask_secrets(text.as_bytes(), &mut out) { String::from_utf8_lossy(&out).into_owned() } else { text }
}

/// What simply adds up.
#[derive(Default)]
struct Figures {
    bytes: u64,
    overview: Overview,
}

impl Figures {
    fn add(&mut self, more: &Overview) {
        let sum = &mut self.overview;
        sum.balance += more.balance;
        sum.without_level += more.without_level;
        for (sum, more) in sum.levels.iter_mut().zip(more.levels) {
            *sum += more;
        }
        sum.range = wider(sum.range, more.range);
    }

    fn levels(&self) -> Vec<LevelCount> {
        LevelCount::list(&self.overview.levels, self.overview.without_level)
    }

    fn totals(&self, inputs: usize) -> Totals {
        Totals {
            inputs: inputs as u64,
            bytes: self.bytes,
            balance: self.overview.balance.into(),
            time: self.overview.range.map(Into::into),
            levels: self.levels(),
        }
    }
}

fn wider(a: Option<(Time, Time)>, b: Option<(Time, Time)>) -> Option<(Time, Time)> {
    match (a, b) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (a, b) => a.or(b),
    }
}

/// The parts of one log that were read so far.
struct Parts {
    name: String,
    files: Vec<String>,
    figures: Figures,
    streams: BTreeMap<String, u64>,
    formats: Vec<(FormatUse, u64)>,
    /// By their topic, with the lines of the part that they come from.
    assumptions: BTreeMap<String, (String, u64)>,
}

impl Parts {
    fn begin(log: LogRead<()>) -> Parts {
        let mut parts = Parts {
            name: log.name.clone(),
            files: Vec::new(),
            figures: Figures::default(),
            streams: BTreeMap::new(),
            formats: Vec::new(),
            assumptions: BTreeMap::new(),
        };
        parts.add(log);
        parts
    }

    fn add(&mut self, log: LogRead<()>) {
        let balance = log.overview.balance;
        for format in log.formats {
            self.add_format(format, balance);
        }
        for assumption in log.assumptions {
            self.add_assumption(assumption, balance.lines);
        }
        for stream in &log.overview.streams {
            *self.streams.entry(stream.name.clone()).or_default() += stream.records;
        }
        self.figures.bytes += log.bytes;
        self.figures.add(&log.overview);
        self.files.push(log.file);
    }

    /// A format that an earlier part was read with goes on; its confidence is that of both, by lines.
    fn add_format(&mut self, mut format: FormatUse, balance: Balance) {
        let same =
            |(known, _): &&mut (FormatUse, u64)| known.name == format.name && known.pattern == format.pattern;
        let lines = balance.lines.max(1);
        if let Some((known, weight)) = self.formats.iter_mut().find(same) {
            let sum = known.confidence * *weight as f64 + format.confidence * lines as f64;
            *weight += lines;
            known.confidence = sum / *weight as f64;
        } else {
            format.since_line += self.figures.overview.balance.lines;
            self.formats.push((format, lines));
        }
    }

    /// Of one topic, what was assumed about the largest part stands for all.
    fn add_assumption(&mut self, assumption: String, lines: u64) {
        let topic = assumption.split(':').next().unwrap_or_default().to_owned();
        match self.assumptions.get(&topic) {
            Some((_, known)) if *known >= lines => {}
            _ => drop(self.assumptions.insert(topic, (assumption, lines))),
        }
    }

    fn close(mut self) -> Input {
        let zone = self.assumptions.remove("zone").map(|(text, _)| text);
        let zone = zone.map(|text| text.trim_start_matches("zone:").trim_start().to_owned());
        let streams = self.streams.into_iter().map(|(name, records)| Stream { name: masked(name), records });
        Input {
            name: self.name,
            files: self.files,
            bytes: self.figures.bytes,
            balance: self.figures.overview.balance.into(),
            formats: self.formats.into_iter().map(|(format, _)| shown(format)).collect(),
            zone,
            assumptions: self.assumptions.into_values().map(|(text, _)| text).collect(),
            time: self.figures.overview.range.map(Into::into),
            levels: self.figures.levels(),
            streams: Streams::largest_of(streams.collect(), STREAMS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use logsift_engine::balance::Skip;
    use logsift_engine::reader::StreamInfo;

    fn log(name: &str, file: &str, records: u64, first: i64) -> LogRead<()> {
        let mut overview = Overview { without_level: records, ..Overview::default() };
        overview.balance.lines = records + 2;
        overview.balance.records = records;
        overview.balance.skip(Skip::Blank, 2);
        overview.range = Time::from_seconds(first).zip(Time::from_seconds(first + 10));
        overview.streams = vec![StreamInfo { name: "web".to_owned(), records }];
        LogRead {
            name: name.to_owned(),
            file: file.to_owned(),
            bytes: records * 10,
            overview,
            known_formats: Vec::new(),
            formats: vec![FormatUse {
                name: "syslog".to_owned(),
                pattern: "{time} {message}".to_owned(),
                since_line: 1,
                confidence: if records > 5 { 1.0 } else { 0.4 },
            }],
            assumptions: vec![format!("zone: UTC, no offset in {records} lines")],
            output: (),
        }
    }

    #[test]
    fn parts_of_one_log_become_one_input() {
        let logs =
            [log("app.log", "app.log.1", 10, 100), log("app.log", "app.log", 2, 200), log("b", "b", 1, 0)];
        let report = report(logs.into_iter(), Asked::default(), Vec::new());
        let [app, other] = report.inputs.as_slice() else { panic!("{:?}", report.inputs) };
        assert_eq!(app.files, ["app.log.1", "app.log"]);
        assert_eq!((app.bytes, app.balance.lines, app.balance.records), (120, 16, 12));
        assert!(app.balance.holds);
        assert_eq!(app.time.as_ref().unwrap().seconds, 110);
        assert_eq!(app.zone.as_deref(), Some("UTC, no offset in 10 lines"));
        assert_eq!(app.formats.len(), 1);
        assert!((app.formats[0].confidence - (12.0 + 0.4 * 4.0) / 16.0).abs() < 1e-9);
        assert_eq!(app.streams.largest[0].records, 12);
        assert_eq!(other.name, "b");
        assert_eq!(report.totals.inputs, 2);
        assert_eq!(report.totals.balance.records, 13);
        assert_eq!(report.totals.time.unwrap().seconds, 210);
    }

    #[test]
    fn a_report_shows_no_secrets() {
        let mut secret = log("app.log", "app.log", 2, 200);
        secret.formats[0].pattern = "{time} password=hunter22secret {message}".to_owned();
        secret.overview.streams[0].name = "api?password=hunter22secret".to_owned();
        let report = report([secret].into_iter(), Asked::default(), Vec::new());
        let text = format!("{report:?}");
        assert!(!text.contains("hunter"), "{text}");
        assert!(text.contains("{time} password="), "{text}");
    }

    #[test]
    fn a_new_format_in_a_later_part_counts_its_line_from_the_first() {
        let mut later = log("app.log", "app.log", 2, 200);
        later.formats[0].name = "json".to_owned();
        later.formats[0].since_line = 2;
        let logs = [log("app.log", "app.log.1", 10, 100), later];
        let report = report(logs.into_iter(), Asked::default(), Vec::new());
        assert_eq!(report.inputs[0].formats[1].since_line, 14);
    }
}
