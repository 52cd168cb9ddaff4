//! Every record in, a row of CSV with its score out: `file,line,template_id,score,flagged,top_detector`.
//!
//! A score is made of what the words and the level of the template say, how rare it is, and how odd its window was.
//! All of it is known per template and window, so a record costs two look-ups and no model is asked line by line. What
//! stands beside something grave is told last (`companions`).

mod companions;

use std::collections::BTreeMap;
use std::io::{self, Write};

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use logsift_engine::detectors::{Evidence, Subject};
use logsift_engine::findings::{Finding, Held, Severity};
use logsift_engine::meaning::{self, LineEvidence};
use logsift_engine::records::level::Level;
use logsift_engine::surprise::Rarity;
use logsift_engine::templates::Templates;
use logsift_reports::csv;
use logsift_reports::escape::for_terminal;

use self::companions::{Companions, Row};
use super::Ruled;
use crate::trail::{Follower, Numbers, Said, Step};

/// The header of the rows.
pub(crate) const SCORES_HEADER: &[u8] = b"file,line,template_id,score,flagged,top_detector\n";

/// Nothing but words and level speak for it.
const BY_WORDS: &str = "severity";
/// A rule speaks for it most.
const BY_RULE: &str = "rule";
/// Its rarity speaks for it most.
const BY_RARITY: &str = "rare-template";

/// Intervals of a finding whose records are flagged at most.
const LONGEST: i64 = 10_000;

/// Kinds that say: this should not be here.
const WHOLE: [&str; 5] = ["hard-signal", "rare-error", "new-template", "rare-template", "burst"];
/// Kinds that say: there are too many.
const CROWDS: [&str; 3] = ["rate-change", "level-shift", "peer"];
/// Of a crowd so many times as large as usual, three in four are too many. In a smaller one too large a share of those that
/// would be flagged came as on any other day: at twice the usual number, every other one.
const CROWDED: f64 = 4.0;

/// What words, level and rarity must say of a record for it to be flagged whatever its window looks like, in nats: an error
/// that says so and comes seldom, or a hard signal. An error where errors are rare, in a word of failure, has that much.
const BAD: f64 = 6.0;
/// So much says that something is wrong, but not that it matters: beside something grave it does.
const SUSPICIOUS: f64 = 4.0;
/// A number is beyond a bound by this share of the way from the bound to the number that was found.
const BEYOND: f64 = 0.1;
/// A number so far beyond its bound, in nats, counts whether or not the budget has room for what it belongs to.
const FAR_BEYOND: f64 = 12.0;
/// So far beyond its bound must a number be that was raised beside something else. A finding may be about far graver
/// things than its numbers; these then say nothing of other records.
const PLAINLY_BEYOND: f64 = 6.0;
/// What a number beyond its bound adds to a score, in nats.
const BEYOND_ADDS: f64 = 3.0;
/// What it adds that a record is out of place in its session, in nats.
const STRAYS_ADDS: f64 = 3.0;
/// A number that is out of its range speaks for it most.
const BY_RANGE: &str = "value-range";
/// What goes on for such a part of the log is a new normal: only its beginning was unusual.
const LASTING: i64 = 8;

/// Parts of a log in which something comes or does not.
const OCCASIONS: i64 = 256;

/// Writes the rows.
pub(crate) struct Scores<'a> {
    ruled: &'a Ruled,
    /// By log and stream within the log, the stream of the timeline.
    streams: &'a [Vec<Option<u32>>],
    of_skeleton: HashMap<u64, u32, FixedState>,
    by_template: Vec<OfTemplate>,
    by_window: HashMap<(u32, u32, i64), OfWindow, FixedState>,
    /// By stream and template of the timeline, the numbers that are out of their range.
    ranges: HashMap<(u32, u32), Vec<OutOfRange>, FixedState>,
    /// By log and line, the records that findings and causes point at; and where it is one about sessions, its detector.
    pointed: BTreeMap<(u32, u64), Option<&'static str>>,
    file: Vec<u8>,
    log: u32,
    waiting: Companions,
}

/// What is the same for all records of a template.
struct OfTemplate {
    id: String,
    score: f64,
    top: &'static str,
    /// What its words, its level and its rarity say is enough by itself.
    is_bad: bool,
}

/// What a window adds for the records of one template.
#[derive(Clone, Copy, Default)]
struct OfWindow {
    surprise: f64,
    kind: &'static str,
    flagged: bool,
}

/// Numbers in a slot that lie beyond what was ever seen there, for a while.
#[derive(Clone, Copy, Debug)]
struct OutOfRange {
    slot: u8,
    intervals: (i64, i64),
    bound: f64,
    found: f64,
}

impl OutOfRange {
    fn has(&self, interval: i64, (slot, number): (u8, f32)) -> bool {
        let (first, last) = self.intervals;
        let beyond = (f64::from(number) - self.bound) / (self.found - self.bound);
        slot == self.slot && (first..=last).contains(&interval) && beyond >= BEYOND
    }
}

impl<'a> Scores<'a> {
    pub(crate) fn new(
        ruled: &'a Ruled,
        templates: &Templates,
        streams: &'a [Vec<Option<u32>>],
    ) -> Scores<'a> {
        let mut of_skeleton = HashMap::default();
        for (template, at) in templates.list().iter().zip(0..) {
            of_skeleton.extend(template.skeletons.iter().map(|skeleton| (skeleton.0, at)));
        }
        Scores {
            by_template: by_template(ruled),
            by_window: by_window(ruled),
            ranges: ranges(ruled),
            pointed: pointed(ruled),
            ruled,
            streams,
            of_skeleton,
            file: Vec::new(),
            log: 0,
            waiting: Companions::default(),
        }
    }

    fn stream(&self, step: &Step) -> Option<u32> {
        let streams = self.streams.get(self.log as usize);
        streams.and_then(|streams| streams.get(step.stream as usize).copied().flatten())
    }

    fn interval(&self, step: &Step) -> i64 {
        step.second.div_euclid(self.ruled.timeline.seconds)
    }

    /// Whether a number of the record is beyond what was found to be the range of its slot.
    fn is_out_of_range(&self, step: &Step, stream: Option<u32>, template: u32, numbers: &Numbers) -> bool {
        let ranges = stream.and_then(|stream| self.ranges.get(&(stream, template)));
        let interval = self.interval(step);
        ranges.is_some_and(|ranges| {
            ranges.iter().any(|range| numbers.iter().any(|number| range.has(interval, *number)))
        })
    }

    fn window(&self, step: &Step, stream: Option<u32>, template: u32) -> OfWindow {
        let interval = self.interval(step);
        let found = stream.and_then(|stream| self.by_window.get(&(stream, template, interval)));
        found.copied().unwrap_or_default()
    }
}

fn by_template(ruled: &Ruled) -> Vec<OfTemplate> {
    let templates = &ruled.timeline.templates;
    let counts: Vec<u64> = templates.iter().map(|facts| facts.count + facts.known).collect();
    let often = occasions(ruled);
    let rarity = Rarity::of(often.iter().copied());
    let total = counts.iter().sum::<u64>().max(1) as f64;
    let at_least = |level: Option<Level>| {
        let graver = templates.iter().zip(&counts).filter(|(facts, _)| facts.gravest >= level);
        graver.map(|(_, count)| *count).sum::<u64>() as f64 / total
    };
    let shares = Level::ALL.map(|level| at_least(Some(level)));
    let share = |level: Option<Level>| level.map_or(1.0, |level| shares[level as usize]);
    let of = |(facts, often): (&logsift_engine::windows::TemplateFacts, &u64)| {
        let evidence = LineEvidence {
            level: facts.gravest,
            share_of_level: share(facts.gravest),
            rarity: rarity.p(*often),
            burst: 1.0,
        };
        let words = meaning::combined(&facts.meaning, facts.gravest, evidence.share_of_level);
        let score = meaning::line_score(&facts.meaning, &evidence);
        let top = if words * 2.0 >= score { BY_WORDS } else { BY_RARITY };
        OfTemplate { id: facts.id.to_string(), score, top, is_bad: score >= BAD }
    };
    templates.iter().zip(&often).map(of).collect()
}

/// In how many parts of the log every template came. Fifty records within a minute are one occasion, and one on each of
/// fifty days are fifty: so what comes all the time is told from what came once and in numbers.
fn occasions(ruled: &Ruled) -> Vec<u64> {
    let intervals = &ruled.timeline.intervals;
    let numbers = intervals.first().zip(intervals.last());
    let span = numbers.map_or(0, |(first, last)| last.number.saturating_sub(first.number));
    let part = span / OCCASIONS + 1;
    let mut often = vec![0u64; ruled.timeline.templates.len()];
    let mut last = vec![i64::MIN; often.len()];
    for interval in intervals {
        for cell in interval.windows.iter().flat_map(|window| &window.cells) {
            let at = cell.template as usize;
            if let (Some(often), Some(last)) = (often.get_mut(at), last.get_mut(at)) {
                let number = interval.number.div_euclid(part);
                *often += u64::from(*last != number);
                *last = number;
            }
        }
    }
    often
}

/// What a rule adds to a score, in nats: about as much as grave words. What is merely worth knowing adds nothing.
fn nats_of(severity: Severity) -> f64 {
    match severity {
        Severity::Low => 0.0,
        Severity::Medium => 3.0,
        Severity::High => 5.0,
        Severity::Critical => 7.0,
    }
}

/// Windows in which something was odd about a template. How odd is told by rank among the cells of this log: in a
/// restless log, a restless window says nothing about its records.
fn by_window(ruled: &Ruled) -> HashMap<(u32, u32, i64), OfWindow, FixedState> {
    let mut windows: HashMap<(u32, u32, i64), OfWindow, FixedState> = HashMap::default();
    let present = ruled.timeline.intervals.get(ruled.timeline.past..).unwrap_or_default();
    let cells: usize =
        present.iter().flat_map(|interval| &interval.windows).map(|window| window.cells.len()).sum();
    let mut scores: Vec<f64> = ruled.detected.scores.iter().map(|cell| cell.score).collect();
    scores.sort_by(f64::total_cmp);
    for cell in &ruled.detected.scores {
        if let (Some(stream), Some(template)) = (cell.stream, cell.template) {
            let at_least = scores.len() - scores.partition_point(|score| *score < cell.score);
            let surprise = ((cells.max(scores.len()) + 1) as f64 / (at_least + 1) as f64).ln();
            let window = windows.entry((stream, template, cell.interval)).or_default();
            (window.surprise, window.kind) = (surprise, cell.kind);
        }
    }
    let bounds = present.first().zip(present.last());
    let span = bounds.map_or(0, |(first, last)| last.number - first.number).max(LASTING);
    for finding in ruled.detected.findings.iter().filter(|finding| finding.held.is_none()) {
        let (Some(stream), Some(template)) = (finding.subject.stream, finding.subject.template) else {
            continue;
        };
        let (first, last) = finding.intervals;
        let lasts = last.saturating_sub(first).saturating_mul(LASTING) >= span;
        let reach = if lasts { Reach::One } else { Reach::of(finding) };
        for interval in first..=last.min(first.saturating_add(LONGEST)) {
            let window = windows.get(&(stream, template, interval)).copied();
            let crowded = || window.is_some_and(|window| CROWDS.contains(&window.kind));
            if reach == Reach::All || reach == Reach::Crowd && crowded() {
                windows.entry((stream, template, interval)).or_default().flagged = true;
            }
        }
    }
    windows
}

/// Which records of its template a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// All of them: that they are there is what was found.
    All,
    /// Those of intervals in which most were too many.
    Crowd,
    /// The one at its place.
    One,
}

impl Reach {
    fn of(finding: &Finding) -> Reach {
        let mut evidence = finding.evidence.iter();
        if evidence.clone().any(|evidence| WHOLE.contains(&evidence.kind)) {
            return Reach::All;
        }
        let too_many = |evidence: &Evidence| {
            CROWDS.contains(&evidence.kind) && evidence.seen >= CROWDED * evidence.expected.max(1.0)
        };
        if evidence.any(too_many) { Reach::Crowd } else { Reach::One }
    }
}

/// The numbers that findings say are out of their range.
fn ranges(ruled: &Ruled) -> HashMap<(u32, u32), Vec<OutOfRange>, FixedState> {
    let mut ranges: HashMap<(u32, u32), Vec<OutOfRange>, FixedState> = HashMap::default();
    let counts = |finding: &Finding, evidence: &Evidence| match finding.held {
        None => evidence.surprise >= PLAINLY_BEYOND,
        Some(Held::StillLearning | Held::OverBudget) => evidence.surprise >= FAR_BEYOND,
        Some(_) => false,
    };
    for finding in &ruled.detected.findings {
        let evidence = finding.evidence.iter().filter(|evidence| evidence.kind == BY_RANGE);
        for evidence in evidence.filter(|evidence| counts(finding, evidence)) {
            let Subject { stream: Some(stream), template: Some(template), slot: Some(slot) } =
                evidence.subject
            else {
                continue;
            };
            let intervals = finding.intervals;
            let range = OutOfRange { slot, intervals, bound: evidence.expected, found: evidence.seen };
            ranges.entry((stream, template)).or_default().push(range);
        }
    }
    ranges
}

/// The records that findings and causes point at.
fn pointed(ruled: &Ruled) -> BTreeMap<(u32, u64), Option<&'static str>> {
    let mut pointed = BTreeMap::new();
    let findings = ruled.detected.findings.iter().zip(&ruled.detected.shown_by);
    for (finding, others) in findings.filter(|(finding, _)| finding.held.is_none()) {
        let by = finding.session.and_then(|_| finding.evidence.first()).map(|evidence| evidence.kind);
        for place in finding.place.iter().chain(others) {
            let known = pointed.entry((place.log, place.line)).or_insert(by);
            *known = known.and(by);
        }
    }
    let raised = ruled.detected.incidents.iter().take(ruled.detected.raised);
    let causes = raised.flat_map(|incident| &incident.causes).take(1).map(|cause| cause.place);
    for place in causes {
        pointed.entry((place.log, place.line)).or_insert(None);
    }
    pointed
}

impl Follower for Scores<'_> {
    fn log(&mut self, number: u32, file: &str) {
        self.log = number;
        self.file.clear();
        csv::push(&for_terminal(file), &mut self.file);
    }

    fn record(&mut self, step: &Step, said: &Said<'_>, out: &mut dyn Write) -> io::Result<()> {
        let row = self.row(step, said);
        self.waiting.take(row, step.kin, step.second);
        while let Some(row) = self.waiting.ready(step.second) {
            self.write(&row, out)?;
        }
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        while let Some(row) = self.waiting.pop() {
            self.write(&row, out)?;
        }
        Ok(())
    }
}

impl Scores<'_> {
    fn row(&self, step: &Step, kept: &Said<'_>) -> Row {
        let template = self.of_skeleton.get(&step.skeleton.0).copied();
        let known = template.and_then(|template| Some((template, self.by_template.get(template as usize)?)));
        let Some((template, of)) = known else {
            return Row { line: step.line, ..Row::default() };
        };
        let stream = self.stream(step);
        let window = self.window(step, stream, template);
        let said =
            self.ruled.rules.named(self.log, (stream, Some(template)), step.mark, kept.groups, step.second);
        let said = said.map_or(0.0, |named| nats_of(named.severity));
        let beyond = self.is_out_of_range(step, stream, template, kept.numbers);
        let added = meaning::of_burst(window.surprise) + if beyond { BEYOND_ADDS } else { 0.0 };
        let mut top = match () {
            () if said > added.max(of.score) => BY_RULE,
            () if added > of.score && beyond => BY_RANGE,
            () if added > of.score => window.kind,
            () => of.top,
        };
        let mut score = of.score + added + said;
        let mut flagged = said > 0.0 || window.flagged || of.is_bad || beyond;
        let mut alone = false;
        if !flagged && let Some(by) = self.pointed.get(&(self.log, step.line)) {
            flagged = true;
            if let Some(kind) = by {
                (alone, top) = (true, *kind);
                score += STRAYS_ADDS;
            }
        }
        let suspect = of.score >= SUSPICIOUS && of.top == BY_WORDS;
        Row { line: step.line, template: Some(template), score, flagged, suspect, alone, top }
    }

    fn write(&self, row: &Row, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&self.file)?;
        let of = row.template.and_then(|template| self.by_template.get(template as usize));
        match of {
            Some(of) => {
                writeln!(
                    out,
                    ",{},{},{:.4},{},{}",
                    row.line,
                    of.id,
                    row.score,
                    u8::from(row.flagged),
                    row.top
                )
            }
            None => writeln!(out, ",{},,0,0,", row.line),
        }
    }
}
