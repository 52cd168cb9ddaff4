//! Rules and lines in, what fires out: the trial of a rule's own lines, and of rules on logs.
//!
//! Lines are read by the same reader, mined by the same miner and heard by the same listener as in a scan, so what a
//! trial says is what a scan will find.

mod said;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use logsift_engine::detectors::rule::file::RuleFile;
use logsift_engine::detectors::rule::{Firings, RuleSet};
use logsift_engine::model::{Learned, Redaction};
use logsift_engine::reader::{Reader, Settings, SourceHint};
use logsift_engine::records::record::{Record, RecordSink, StreamId};
use logsift_engine::templates::{Miner, MinerSettings, Templates};
use logsift_engine::windows::{Place, Timeline, TimelineSettings};
use logsift_sources::Plan;

use crate::batch::{LogStart, SetRead, read};
use crate::mining::{BUDGET, LogMined, Mined, Mining, MiningSettings};
use crate::quotes::quotes;
use crate::scan::{Chosen, ScanError, ScanSettings, logs_of};
use crate::trail::{self, Follower, Step, Trail};
use crate::watch::Watch;

pub use said::{Said, said};

/// Records quoted of each rule at most.
const QUOTED: usize = 5;

/// Records shown of each rule that is tried on lines at hand.
const SHOWN: usize = 50;

/// A line of a rule on which it does what it must not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It must fire and does not. Of rules that count, all lines together are one log.
    Quiet(String),
    /// It must not fire and does.
    Fires(String),
}

/// Tries the lines of a rule.
pub fn check(file: &RuleFile, rules: &Arc<RuleSet>) -> Vec<Wrong> {
    let alone =
        file.count.is_none() && file.share.is_none() && file.then.is_none() && file.absent_for.is_none();
    let mut wrong = Vec::new();
    if alone {
        let quiet = file.fires.iter().filter(|line| !fires(rules, line));
        wrong.extend(quiet.map(|line| Wrong::Quiet(line.clone())));
        let loud = file.quiet.iter().filter(|line| fires(rules, line));
        wrong.extend(loud.map(|line| Wrong::Fires(line.clone())));
        return wrong;
    }
    if !file.fires.is_empty() && !fires(rules, &file.fires.join("\n")) {
        wrong.push(Wrong::Quiet(file.fires.join("\n")));
    }
    if !file.quiet.is_empty() && fires(rules, &file.quiet.join("\n")) {
        wrong.push(Wrong::Fires(file.quiet.join("\n")));
    }
    wrong
}

/// Whether one of the rules fires in a log of these lines.
fn fires(rules: &Arc<RuleSet>, lines: &str) -> bool {
    let log = ("sample".to_owned(), format!("{lines}\n").into_bytes());
    let (firings, _, _) = fired(&mut heard(rules, std::slice::from_ref(&log)));
    !firings.is_empty()
}

/// What rules would do on lines that are at hand, each part of them a log with its name.
pub fn try_lines(rules: &Arc<RuleSet>, logs: &[(String, Vec<u8>)]) -> TriedLines {
    let begun = Instant::now();
    let mut mined = heard(rules, logs);
    let records = mined.gathered.records;
    let (firings, _, _) = fired(&mut mined);
    let took = begun.elapsed();
    let would = firings.counts().into_iter().filter_map(|(number, (intervals, records))| {
        let places = firings.places(SHOWN).remove(&number).unwrap_or_default();
        let first = places.into_iter().filter_map(|place| {
            let (name, lines) = logs.get(place.log as usize)?;
            let at = usize::try_from(place.line.checked_sub(1)?).ok()?;
            let text = lines.split(|byte| *byte == b'\n').nth(at)?;
            Some((name.clone(), place.line, String::from_utf8_lossy(text).into_owned()))
        });
        let rule = rules.rule(number)?.name.clone();
        Some(WouldFire { rule, intervals, records, first: first.collect() })
    });
    TriedLines { fired: would.collect(), records, took }
}

/// What came of a trial on lines that are at hand.
#[derive(Clone, Debug, PartialEq)]
pub struct TriedLines {
    /// Each rule that fired, in the order of the rules.
    pub fired: Vec<WouldFire>,
    /// Records that were read.
    pub records: u64,
    /// How long it took.
    pub took: Duration,
}

/// Listens for rules in logs.
fn heard(rules: &Arc<RuleSet>, logs: &[(String, Vec<u8>)]) -> Mined {
    let settings =
        MiningSettings { gathers: Some(0), rules: Some(Arc::clone(rules)), ..MiningSettings::default() };
    let mut mined = Mined::begin(Learned::new(Redaction::None, 1 << 20), &settings);
    for (name, lines) in logs {
        // Two streams that say the same are two.
        mined.absorb(listened(&settings, name, lines).without_part());
    }
    mined
}

fn listened(settings: &MiningSettings, name: &str, lines: &[u8]) -> LogMined {
    let miner = Miner::new(MinerSettings { budget: 1 << 20, keep_values: true });
    let log = LogStart { set: 0, name, file: name };
    let mut sink = Lines(LogMined::begin(settings, miner, &log, 0, (0, 0)));
    let mut reader = Reader::new(&Settings::default(), SourceHint::default());
    let mut rest = lines;
    while !rest.is_empty() {
        let space = reader.space();
        let (now, later) = rest.split_at(space.len().min(rest.len()));
        for (into, byte) in space.iter_mut().zip(now) {
            *into = *byte;
        }
        reader.filled(now.len(), &mut sink);
        rest = later;
    }
    reader.finish(&mut sink);
    sink.0
}

/// Takes the records of lines.
struct Lines(LogMined);

impl RecordSink for Lines {
    fn stream(&mut self, id: StreamId, name: &str) {
        self.0.stream(id, name);
    }

    fn record(&mut self, record: &Record<'_>) {
        let _ = self.0.record(record);
    }
}

fn fired(mined: &mut Mined) -> (Firings, Timeline, Templates) {
    let templates = mined.learned.miner().templates();
    let gathered = std::mem::take(&mut mined.gathered);
    let timeline = Timeline::of(None, gathered, &templates, &TimelineSettings::default());
    let firings =
        mined.heard.take().map_or_else(Firings::none, |heard| Firings::of(&heard, &timeline, &templates));
    (firings, timeline, templates)
}

/// What a rule would do on logs.
#[derive(Clone, Debug, PartialEq)]
pub struct WouldFire {
    /// The rule.
    pub rule: String,
    /// In so many intervals.
    pub intervals: u64,
    /// At so many records.
    pub records: u64,
    /// The first few of them: file, line and text.
    pub first: Vec<(String, u64, String)>,
}

/// What came of a trial on logs.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// Each rule that fired, in the order of the rules.
    pub fired: Vec<WouldFire>,
    /// Records that were read.
    pub records: u64,
    /// How long reading took with the rules,
    pub with: Duration,
    /// and without any.
    pub without: Duration,
}

/// What was heard in the logs of a plan.
struct Heard {
    firings: Firings,
    /// By log and stream within the log, the stream of the timeline.
    streams: Vec<Vec<Option<u32>>>,
    sets: Vec<SetRead<()>>,
    records: u64,
    took: Duration,
}

/// Listens to the logs of a plan, and keeps their records in the trail.
fn hear(
    plan: &Plan,
    settings: &ScanSettings,
    rules: &Arc<RuleSet>,
    trail: &Trail,
    watch: &Watch,
) -> Result<Heard, ScanError> {
    let chosen = Chosen::of(plan, settings, watch)?;
    let begun = Instant::now();
    let mining = listening(plan, settings, Some(rules), Some(trail));
    let sets = read(plan, &chosen.job(settings, watch), &&mining);
    let mut mined = mining.finish();
    let (records, took) = (mined.gathered.records, begun.elapsed());
    let (firings, timeline, _) = fired(&mut mined);
    let of_log = |names: &Vec<String>| names.iter().map(|name| timeline.stream_of(name)).collect();
    let streams = mined.streams.iter().map(of_log).collect();
    Ok(Heard { firings, streams, sets, records, took })
}

/// Mines for the sake of rules alone, or without them.
fn listening<'a>(
    plan: &Plan,
    settings: &ScanSettings,
    rules: Option<&Arc<RuleSet>>,
    trail: Option<&'a Trail>,
) -> Mining<'a> {
    let mining = MiningSettings {
        redaction: settings.redaction,
        sets: plan.sets.len(),
        gathers: Some(0),
        rules: rules.map(Arc::clone),
        ..MiningSettings::default()
    };
    Mining::new(plan, mining, Some(Learned::new(settings.redaction, BUDGET)), trail)
}

/// Says what rules would do on the logs of a plan. Everything is read twice, once without the rules, to tell what they
/// cost.
pub fn try_rules(
    plan: &Plan,
    settings: &ScanSettings,
    rules: &Arc<RuleSet>,
    watch: &Watch,
) -> Result<Tried, ScanError> {
    let chosen = Chosen::of(plan, settings, watch)?;
    let begun = Instant::now();
    let mining = listening(plan, settings, None, None);
    read(plan, &chosen.job(settings, watch), &&mining);
    mining.finish();
    let without = begun.elapsed();
    let trail = Trail::new();
    let Heard { firings, streams, sets, records, took: with } = hear(plan, settings, rules, &trail, watch)?;
    let logs = logs_of(&sets);
    let mut lines = Matched { firings: &firings, streams, log: 0, files: Vec::new(), found: BTreeMap::new() };
    // Nothing is written, so nothing can fail but the trail itself; then there are no lines to show.
    let _ = trail.follow(&mut lines, &mut io::sink());
    let (found, files) = (lines.found, lines.files);
    let wanted: Vec<Place> = firings.places(QUOTED).into_values().flatten().collect();
    let told = quotes(plan, &logs, &settings.reader, settings.redaction != Redaction::None, wanted);
    let would = firings.counts().into_iter().filter_map(|(number, (intervals, counted))| {
        let rule = rules.rule(number)?;
        let places = firings.places(QUOTED).remove(&number).unwrap_or_default();
        let first = places.into_iter().filter_map(|place| {
            let file = files.get(place.log as usize)?.clone();
            let text = told.get(&place).map(|quote| quote.message.clone()).unwrap_or_default();
            Some((file, place.line, text))
        });
        let records = found.get(&number).copied().unwrap_or(counted);
        Some(WouldFire { rule: rule.name.clone(), intervals, records, first: first.collect() })
    });
    Ok(Tried { fired: would.collect(), records, with, without })
}

/// Counts the records that rules fire at.
struct Matched<'a> {
    firings: &'a Firings,
    streams: Vec<Vec<Option<u32>>>,
    log: u32,
    files: Vec<String>,
    found: BTreeMap<u32, u64>,
}

impl Follower for Matched<'_> {
    fn log(&mut self, number: u32, file: &str) {
        self.log = number;
        self.files.resize(self.files.len().max(number as usize + 1), String::new());
        if let Some(name) = self.files.get_mut(number as usize) {
            file.clone_into(name);
        }
    }

    fn record(&mut self, step: &Step, kept: &trail::Said<'_>, _: &mut dyn Write) -> io::Result<()> {
        let streams = self.streams.get(self.log as usize);
        let stream = streams.and_then(|streams| streams.get(step.stream as usize).copied().flatten());
        let rules: BTreeSet<u32> = self
            .firings
            .all_named(self.log, stream, step.mark, kept.groups, step.second)
            .map(|named| named.rule)
            .collect();
        rules.into_iter().for_each(|rule| *self.found.entry(rule).or_default() += 1);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fires_on(rule: &str, log: &str) -> bool {
        let file = RuleFile::parse("r.yaml", &format!("title: T\nseverity: high\n{rule}\n")).unwrap();
        let rules = RuleSet::compile(&[file]).unwrap_or_else(|error| panic!("{error}"));
        fires(&Arc::new(rules), log)
    }

    fn lines(each: impl IntoIterator<Item = (u32, String)>) -> String {
        let line = |(second, text): (u32, String)| {
            format!("2024-03-04T10:{:02}:{:02}Z {text}\n", second / 60, second % 60)
        };
        each.into_iter().map(line).collect()
    }

    #[test]
    fn the_built_in_rules_do_on_their_lines_what_they_must() {
        for (topic, file) in logsift_engine::detectors::rule::built_in_files() {
            let rules = Arc::new(RuleSet::compile(std::slice::from_ref(&file)).unwrap());
            assert_eq!(check(&file, &rules), [], "{topic}/{}", file.name);
        }
    }

    #[test]
    fn conditions_on_single_records() {
        let table: &[(&str, &str, bool)] = &[
            ("when: {words: payment declined}", "INFO x Payment declined for 7", true),
            ("when: {words: payment declined}", "INFO x payments declined for 7", false),
            ("when: {words: error 42}", "INFO x error 42 here", true),
            ("when: {words: error 42}", "INFO x error 43 here", false),
            ("when: {regex: 'took [5-9]\\d{3} ms'}", "INFO x it took 5123 ms", true),
            ("when: {regex: 'took [5-9]\\d{3} ms'}", "INFO x it took 4123 ms", false),
            ("when: {level: error}", "ERROR x something", true),
            ("when: {level: error}", "WARN x something", false),
            ("when: {level: warn, not: {words: harmless}}", "WARN x harmless thing", false),
            ("when: {level: warn, not: {words: harmless}}", "WARN x harmful thing", true),
            ("when: {number: {of: duration, over: 5s}}", "INFO x query duration=7000ms", true),
            ("when: {number: {of: duration, over: 5s}}", "INFO x query duration_ms=700", false),
            ("when: {words: door, hours: '09:00-11:00'}", "INFO x door opened", true),
            ("when: {words: door, hours: '22:00-06:00'}", "INFO x door opened", false),
            ("when: {template: 'door <number> opened'}", "INFO x: door 7 opened", true),
            ("when: {words: door, stream: other-*}", "INFO x door opened", false),
            ("when: {words: door, stream: sam*}", "INFO x door opened", true),
        ];
        for (rule, line, wanted) in table {
            // The digits of the line before are others, so that a kept answer would be found out.
            let log = lines([
                (0, "INFO x: something else at all 11".to_owned()),
                (1, line.replace(['7', '5'], "1")),
                (2, (*line).to_owned()),
            ]);
            let before = lines([
                (0, "INFO x: something else at all 11".to_owned()),
                (1, line.replace(['7', '5'], "1")),
            ]);
            let found = fires_on(rule, &log);
            assert_eq!(found, *wanted || fires_on(rule, &before), "{rule} on {line}");
            assert!(found || !wanted, "{rule} on {line}");
        }
    }

    #[test]
    fn fields_of_structured_records() {
        let line = |status: u32, error: &str| {
            format!(
                "{{\"time\":\"2024-03-04T10:00:00Z\",\"level\":\"info\",\"message\":\"done\",\"status\":{status},\"error\":\"{error}\"}}\n"
            )
        };
        let server = "when: {fields: {status: {at-least: 500}}}";
        assert!(fires_on(server, &(line(200, "") + &line(503, ""))));
        assert!(!fires_on(server, &(line(200, "") + &line(404, ""))));
        let words = "when: {words: no space left}";
        assert!(fires_on(words, &(line(200, "") + &line(200, "write: no space left on device"))));
        assert!(!fires_on(words, &(line(200, "") + &line(200, "write: done"))));
        assert!(fires_on(
            "when: {fields: {error: {words: 'write*'}, status: {is: 200}}}",
            &line(200, "write: done")
        ));
        assert!(!fires_on("when: {fields: {error: {exists: false}}}", &line(200, "write")));
    }

    #[test]
    fn counts_within_a_time_by_address() {
        let rule = "when: {words: denied}\ncount: {more-than: 3, within: 10s, by: ip}";
        let of = |each: &[(u32, &str)]| {
            lines(each.iter().map(|(second, ip)| (*second, format!("WARN gate: denied {ip}"))))
        };
        let one = "10.0.0.1";
        assert!(fires_on(rule, &of(&[(0, one), (3, one), (6, one), (9, one)])));
        assert!(!fires_on(rule, &of(&[(0, one), (4, one), (8, one), (12, one)])), "not within the time");
        assert!(!fires_on(rule, &of(&[(0, one), (3, "10.0.0.2"), (6, one), (9, one)])), "of two addresses");
        assert!(!fires_on(rule, &of(&[(0, one), (3, one), (6, one)])), "no more than that");
        assert!(!fires_on(rule, &of(&[(0, "x"), (3, "x"), (6, "x"), (9, "x")])), "of nobody");
    }

    #[test]
    fn what_follows_what_is_missing_and_shares() {
        let log = |each: &[(u32, &str)]| {
            lines(each.iter().map(|(second, text)| (*second, format!("INFO app: {text}"))))
        };
        let then = "when: {words: lock taken}\nthen: {when: {words: gave up}, within: 5s}";
        assert!(fires_on(then, &log(&[(0, "lock taken"), (4, "gave up")])));
        assert!(!fires_on(then, &log(&[(0, "lock taken"), (9, "gave up")])));
        assert!(!fires_on(then, &log(&[(0, "gave up"), (4, "lock taken")])));
        let absent = "when: {words: backup done}\nabsent-for: 10m";
        let beats = |seconds: &[u32]| {
            let beat = (0..40).map(|nth| (nth * 60, "INFO app: beat".to_owned()));
            let mut all: Vec<(u32, String)> = beat.collect();
            all.extend(seconds.iter().map(|second| (*second, "INFO app: backup done".to_owned())));
            all.sort();
            lines(all)
        };
        assert!(!fires_on(absent, &beats(&[300, 700, 1200, 1700, 2200])));
        assert!(fires_on(absent, &beats(&[300, 700, 2200])), "a gap in the middle");
        assert!(fires_on(absent, &beats(&[300, 700, 1200])), "none at the end");
        assert!(fires_on(absent, &beats(&[])), "none at all");
        let share =
            "when: {words: failed}\nshare: {over: 20%, within: 1m, at-least: 10, of: {words: request}}";
        let requests = |failed: u32| {
            lines((0..20).map(|nth| {
                let end = if nth < failed { "failed" } else { "answered" };
                (nth, format!("INFO app: request {nth} {end}"))
            }))
        };
        assert!(fires_on(share, &requests(6)) && !fires_on(share, &requests(3)));
    }
}
