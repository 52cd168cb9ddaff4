//! Every record in, a row of CSV with its score out: `file,line,template_id,score,flagged,top_detector`.
//!
//! A score is made of what the words and the level of the template say, how rare it is, and how odd its window was.
//! All of it is known per template and window, so a record costs two look-ups and no model is asked line by line.

use std::io::{self, Write};

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use logsift_engine::meaning::{self, LineEvidence};
use logsift_engine::records::level::Level;
use logsift_engine::surprise::Rarity;
use logsift_engine::templates::Templates;
use logsift_reports::csv;
use logsift_reports::escape::for_terminal;

use super::Ruled;
use crate::trail::{Follower, Step};

/// The header of the rows.
pub(crate) const SCORES_HEADER: &[u8] = b"file,line,template_id,score,flagged,top_detector\n";

/// Nothing but words and level speak for it.
const BY_WORDS: &str = "severity";
/// Its rarity speaks for it most.
const BY_RARITY: &str = "rare-template";

/// Intervals of a finding whose records are flagged at most.
const LONGEST: i64 = 10_000;

/// Writes the rows.
pub(crate) struct Scores<'a> {
    ruled: &'a Ruled,
    /// By log and stream within the log, the stream of the timeline.
    streams: &'a [Vec<Option<u32>>],
    of_skeleton: HashMap<u64, u32, FixedState>,
    by_template: Vec<OfTemplate>,
    by_window: HashMap<(u32, u32, i64), OfWindow, FixedState>,
    file: Vec<u8>,
    log: u32,
}

/// What is the same for all records of a template.
struct OfTemplate {
    id: String,
    score: f64,
    top: &'static str,
}

/// What a window adds for the records of one template.
#[derive(Clone, Copy, Default)]
struct OfWindow {
    surprise: f64,
    kind: &'static str,
    flagged: bool,
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
            ruled,
            streams,
            of_skeleton,
            file: Vec::new(),
            log: 0,
        }
    }

    fn window(&self, step: &Step, template: u32) -> OfWindow {
        let streams = self.streams.get(self.log as usize);
        let stream = streams.and_then(|streams| streams.get(step.stream as usize).copied().flatten());
        let interval = step.second.div_euclid(self.ruled.timeline.seconds);
        let found = stream.and_then(|stream| self.by_window.get(&(stream, template, interval)));
        found.copied().unwrap_or_default()
    }
}

fn by_template(ruled: &Ruled) -> Vec<OfTemplate> {
    let templates = &ruled.timeline.templates;
    let counts: Vec<u64> = templates.iter().map(|facts| facts.count + facts.known).collect();
    let rarity = Rarity::of(counts.iter().copied());
    let total = counts.iter().sum::<u64>().max(1) as f64;
    let at_least = |level: Option<Level>| {
        let graver = templates.iter().zip(&counts).filter(|(facts, _)| facts.gravest >= level);
        graver.map(|(_, count)| *count).sum::<u64>() as f64 / total
    };
    let shares = Level::ALL.map(|level| at_least(Some(level)));
    let share = |level: Option<Level>| level.map_or(1.0, |level| shares[level as usize]);
    let of = |(facts, count): (&logsift_engine::windows::TemplateFacts, &u64)| {
        let evidence = LineEvidence {
            level: facts.gravest,
            share_of_level: share(facts.gravest),
            rarity: rarity.p(*count),
            burst: 1.0,
        };
        let words = meaning::combined(&facts.meaning, facts.gravest, evidence.share_of_level);
        let score = meaning::line_score(&facts.meaning, &evidence);
        let top = if words * 2.0 >= score { BY_WORDS } else { BY_RARITY };
        OfTemplate { id: facts.id.to_string(), score, top }
    };
    templates.iter().zip(&counts).map(of).collect()
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
    for finding in ruled.detected.findings.iter().filter(|finding| finding.held.is_none()) {
        let (Some(stream), Some(template)) = (finding.subject.stream, finding.subject.template) else {
            continue;
        };
        let (first, last) = finding.intervals;
        for interval in first..=last.min(first.saturating_add(LONGEST)) {
            windows.entry((stream, template, interval)).or_default().flagged = true;
        }
    }
    windows
}

impl Follower for Scores<'_> {
    fn log(&mut self, number: u32, file: &str) {
        self.log = number;
        self.file.clear();
        csv::push(&for_terminal(file), &mut self.file);
    }

    fn record(&mut self, step: &Step, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&self.file)?;
        write!(out, ",{},", step.line)?;
        let template = self.of_skeleton.get(&step.skeleton.0).copied();
        let known = template.and_then(|template| Some((template, self.by_template.get(template as usize)?)));
        let Some((template, of)) = known else { return out.write_all(b",0,0,\n") };
        let window = self.window(step, template);
        let added = meaning::of_burst(window.surprise);
        let top = if added > of.score { window.kind } else { of.top };
        writeln!(out, "{},{:.4},{},{top}", of.id, of.score + added, u8::from(window.flagged))
    }
}
