//! Rules and lines in, what fires out: the trial of a rule's own lines, and of rules on logs.
//!
//! Lines are read by the same reader, mined by the same miner and heard by the same listener as in a scan, so what a
//! trial says is what a scan will find.

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

use crate::batch::{LogStart, read};
use crate::mining::{BUDGET, LogMined, Mined, Mining, MiningSettings};
use crate::quotes::quotes;
use crate::scan::{Chosen, ScanError, ScanSettings, logs_of};
use crate::trail::{Follower, Step, Trail};
use crate::watch::Watch;

/// Records quoted of each rule at most.
const QUOTED: usize = 5;

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
    let alone = file.count.is_none() && file.share.is_none() && file.then.is_none() && file.absent_for.is_none();
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
    let settings = MiningSettings { gathers: true, rules: Some(Arc::clone(rules)), ..MiningSettings::default() };
    let miner = Miner::new(MinerSettings { budget: 1 << 20, keep_values: true });
    let log = LogStart { set: 0, name: "sample", file: "sample" };
    let mut mined = Mined::begin(Learned::new(Redaction::None, 1 << 20), &settings);
    let mut sink = Lines(LogMined::begin(&settings, miner, &log, 0, (0, 0)));
    let mut reader = Reader::new(&Settings::default(), SourceHint::default());
    let mut text = lines.as_bytes().to_vec();
    text.push(b'\n');
    let mut rest = text.as_slice();
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
    mined.absorb(sink.0);
    let (firings, _, _) = fired(&mut mined);
    !firings.is_empty()
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
    let firings = mined.heard.take().map_or_else(Firings::none, |heard| Firings::of(&heard, &timeline, &templates));
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

/// Says what rules would do on the logs of a plan. Everything is read twice, once without the rules, to tell what they
/// cost.
pub fn try_rules(
    plan: &Plan,
    settings: &ScanSettings,
    rules: &Arc<RuleSet>,
    watch: &Watch,
) -> Result<Tried, ScanError> {
    let chosen = Chosen::of(plan, settings, watch)?;
    let reading = |rules: Option<Arc<RuleSet>>, trail: Option<&Trail>| {
        let mining = MiningSettings {
            redaction: settings.redaction,
            sets: plan.sets.len(),
            gathers: true,
            rules,
            ..MiningSettings::default()
        };
        let begun = Instant::now();
        let mining = Mining::new(plan, mining, Some(Learned::new(settings.redaction, BUDGET)), trail);
        let sets = read(plan, &chosen.job(settings, watch), &&mining);
        (mining.finish(), sets, begun.elapsed())
    };
    let (_, _, without) = reading(None, None);
    let trail = Trail::new();
    let (mut mined, sets, with) = reading(Some(Arc::clone(rules)), Some(&trail));
    let logs = logs_of(&sets);
    let records = mined.gathered.records;
    let (firings, timeline, _) = fired(&mut mined);
    let streams: Vec<Vec<Option<u32>>> =
        mined.streams.iter().map(|names| names.iter().map(|name| timeline.stream_of(name)).collect()).collect();
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

    fn record(&mut self, step: &Step, groups: &[u32], _: &mut dyn Write) -> io::Result<()> {
        let streams = self.streams.get(self.log as usize);
        let stream = streams.and_then(|streams| streams.get(step.stream as usize).copied().flatten());
        let rules: BTreeSet<u32> =
            self.firings.all_named(self.log, stream, step.mark, groups, step.second).map(|named| named.rule).collect();
        rules.into_iter().for_each(|rule| *self.found.entry(rule).or_default() += 1);
        Ok(())
    }
}
