//! Which format does a stream have? Decided from a sample of its lines.
//!
//! Every known format and one inferred pattern are tried on the sample. The winner is the one that
//! matches most of the lines that could begin a record and says most about them.

use std::sync::Arc;

use super::clock::{Clock, Reading};
use super::fields::Fields;
use super::fitted::{Fitted, Parser, Patterns, joint_stamp};
use super::format::{Format, FormatKind};
use super::infer;
use super::level::Level;
use super::library::Library;
use super::notes::Notes;
use super::pattern::{OwnLevels, Pattern, ReadStamp};
use super::roles::{Claim, Role};
use super::separated::Columns;
use super::time::Time;
use super::timestamp::{self, Shape};
use super::zone::Zone;
use super::{json, logfmt};
use crate::lines::traces;

/// Lines that are tried with every format.
const TRIED: usize = 200;

/// A pattern must match this share of the lines that could begin a record.
const ENOUGH: f64 = 0.5;

/// What a known format is preferred by over an inferred one that says as much.
const KNOWN: f64 = 1.5;

/// What structured data is worth against a pattern's weight.
const STRUCTURED: f64 = 12.0;

/// What clocks are made with, whatever their shape.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClockSettings {
    pub(crate) zone: Zone,
    pub(crate) modified: Option<Time>,
}

impl ClockSettings {
    pub(crate) fn clock(&self, shape: Shape) -> Clock {
        Clock::new(shape, self.zone.clone(), self.modified)
    }
}

/// The lines of a sample that could begin a record.
pub(crate) struct Sample<'a> {
    lines: Vec<&'a [u8]>,
    /// The lines as they stand, from the first.
    opening: Vec<&'a [u8]>,
}

impl<'a> Sample<'a> {
    /// Leaves out blank lines and what looks like the continuation of another line.
    pub(crate) fn new(lines: &[&'a [u8]]) -> Sample<'a> {
        let could_begin = |line: &&&[u8]| !is_blank(line) && !traces::continues(line);
        let all: Vec<&[u8]> = lines.iter().filter(could_begin).copied().collect();
        let stamped: Vec<&[u8]> = all.iter().filter(|line| has_stamp(line)).copied().collect();
        // Where some lines carry a stamp near their beginning, the others rarely begin a record.
        let chosen = if stamped.len() * 10 >= all.len() && stamped.len() >= 2 { stamped } else { all };
        let step = chosen.len().div_ceil(TRIED).max(1);
        Sample {
            lines: chosen.into_iter().step_by(step).collect(),
            opening: lines.iter().take(TRIED).copied().collect(),
        }
    }
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

fn has_stamp(line: &[u8]) -> bool {
    timestamp::find(line, 64).next().is_some()
}

/// A format with how well it fits.
struct Candidate {
    fitted: Fitted,
    score: f64,
}

/// The format of a sample; plain lines where nothing fits.
pub(crate) fn choose(sample: &Sample<'_>, library: &Library, clock: &ClockSettings) -> Fitted {
    let known = library.formats().iter().filter_map(|format| {
        let mut candidate = fit(format, sample, clock)?;
        candidate.score *= 1.0 + KNOWN / 10.0;
        Some(candidate)
    });
    let structured =
        [FormatKind::Json, FormatKind::Logfmt, FormatKind::W3c, FormatKind::Csv, FormatKind::Tsv]
            .into_iter()
            .filter_map(|kind| fit(&Arc::new(generic(kind)), sample, clock));
    let inferred = infer::pattern(&sample.lines)
        .and_then(|patterns| fit(&Arc::new(Format::of_patterns("inferred", patterns)), sample, clock));
    let mut best: Option<Candidate> = None;
    for candidate in known.chain(structured).chain(inferred) {
        if best.as_ref().is_none_or(|best| candidate.score > best.score) {
            best = Some(candidate);
        }
    }
    best.map_or_else(plain, |candidate| candidate.fitted)
}

/// A format that the user named: used whatever the sample says.
pub(crate) fn given(format: &Arc<Format>, sample: &Sample<'_>, clock: &ClockSettings) -> Fitted {
    fit(format, sample, clock).map_or_else(
        || Fitted {
            parser: Parser::Patterns(Patterns::new(format.patterns.clone())),
            format: Arc::clone(format),
            clocks: Vec::new(),
            settings: clock.clone(),
            nested: false,
            confidence: 0.0,
        },
        |candidate| candidate.fitted,
    )
}

/// An export of the journal: every entry says when it was written, in microseconds.
pub(crate) fn journal(given: Option<&Arc<Format>>, clock: &ClockSettings) -> Fitted {
    let format = given.cloned().unwrap_or_else(|| Arc::new(generic(FormatKind::JournalExport)));
    let microseconds = Shape::detect(b"1700000000000000").map(|(shape, _)| clock.clock(shape));
    Fitted {
        format,
        parser: Parser::Journal,
        clocks: microseconds.into_iter().collect(),
        settings: clock.clone(),
        nested: false,
        confidence: 1.0,
    }
}

/// Lines without any structure.
pub(crate) fn plain() -> Fitted {
    Fitted {
        format: Arc::new(Format::of_patterns("plain", Vec::new())),
        parser: Parser::Plain,
        clocks: Vec::new(),
        settings: ClockSettings::default(),
        nested: false,
        confidence: 1.0,
    }
}

fn generic(kind: FormatKind) -> Format {
    let name = match kind {
        FormatKind::Json => "json",
        FormatKind::Logfmt => "logfmt",
        FormatKind::W3c => "w3c",
        FormatKind::Csv => "csv",
        FormatKind::Tsv => "tsv",
        FormatKind::JournalExport => "journal-export",
        FormatKind::Pattern => "pattern",
    };
    Format { kind, ..Format::of_patterns(name, Vec::new()) }
}

fn fit(format: &Arc<Format>, sample: &Sample<'_>, clock: &ClockSettings) -> Option<Candidate> {
    match format.kind {
        FormatKind::Pattern => fit_patterns(format, sample, clock),
        FormatKind::Json => fit_structured(format, Parser::Json, sample, clock),
        FormatKind::Logfmt => fit_structured(format, Parser::Logfmt, sample, clock),
        FormatKind::W3c | FormatKind::Csv | FormatKind::Tsv => {
            let columns = columns_of(format.kind, sample)?;
            fit_structured(format, Parser::Columns(columns), sample, clock)
        }
        FormatKind::JournalExport => None,
    }
}

/// Which pattern of a format reads a line.
pub(crate) fn pattern_of(format: &Format, line: &[u8]) -> Option<usize> {
    let mut probe = Probe { line, ..Probe::default() };
    let mut fields = Fields::new();
    format.patterns.iter().position(|pattern| {
        fields.clear();
        pattern.matches(line, &mut probe, &format.levels, &mut fields).is_some()
    })
}

fn columns_of(kind: FormatKind, sample: &Sample<'_>) -> Option<Columns> {
    match kind {
        FormatKind::W3c => sample.opening.iter().find_map(|line| Columns::from_directive(line)),
        _ => Columns::detect(&sample.opening),
    }
}

/// Takes any shape of stamp and remembers its text.
#[derive(Default)]
struct Probe<'a> {
    found: Vec<&'a [u8]>,
    line: &'a [u8],
}

impl ReadStamp for Probe<'_> {
    fn read(&mut self, text: &[u8]) -> Option<Reading> {
        let (_, length) = Shape::detect(text)?;
        let at = self.line.len() - text.len();
        self.found.push(self.line.get(at..at + length)?);
        Some(Reading { length, time: None, notes: Notes::NONE })
    }
}

fn fit_patterns(format: &Arc<Format>, sample: &Sample<'_>, settings: &ClockSettings) -> Option<Candidate> {
    let mut probe = Probe::default();
    let mut fields = Fields::new();
    let mut tally = vec![0usize; format.patterns.len()];
    let mut stamps = Vec::new();
    for line in &sample.lines {
        probe.line = line;
        for (pattern, count) in format.patterns.iter().zip(&mut tally) {
            probe.found.clear();
            fields.clear();
            if matches_well(pattern, line, &mut probe, &format.levels, &mut fields) {
                *count += 1;
                stamps.extend(probe.found.last());
                break;
            }
        }
    }
    let coverage = share(tally.iter().sum(), sample.lines.len());
    if coverage < ENOUGH {
        return None;
    }
    let weight: f64 =
        format.patterns.iter().zip(&tally).map(|(pattern, n)| pattern.weight() * *n as f64).sum();
    let weight = weight / tally.iter().sum::<usize>() as f64;
    let clocks = Shape::settle(&stamps).map(|shape| settings.clock(shape)).into_iter().collect();
    let mut fitted = Fitted {
        format: Arc::clone(format),
        parser: Parser::Patterns(Patterns::new(format.patterns.clone())),
        clocks,
        settings: settings.clone(),
        nested: false,
        confidence: coverage,
    };
    fitted.nested = messages_are_objects(&mut fitted, sample, settings);
    Some(Candidate { fitted, score: coverage * coverage * weight })
}

/// A match whose captures hold a level word took the level for something else.
fn matches_well<'a>(
    pattern: &Pattern,
    line: &'a [u8],
    probe: &mut Probe<'a>,
    levels: &OwnLevels,
    fields: &mut Fields,
) -> bool {
    let Some(head) = pattern.matches(line, probe, levels, fields) else { return false };
    let mistaken = |value: &[u8]| {
        value.len() > 3 && value.iter().all(u8::is_ascii_uppercase) && Level::from_word(value).is_some()
    };
    head.level.is_some() || !fields.iter(line).any(|(_, value)| mistaken(value.bytes))
}

fn messages_are_objects(fitted: &mut Fitted, sample: &Sample<'_>, settings: &ClockSettings) -> bool {
    let mut fields = Fields::new();
    let mut scouts: Vec<Clock> = fitted.clocks.iter().map(|clock| settings.clock(clock.shape())).collect();
    std::mem::swap(&mut scouts, &mut fitted.clocks);
    let objects = sample
        .lines
        .iter()
        .filter(|line| match fitted.read(line, &mut fields).map(|entry| entry.message) {
            Some(super::fitted::Place::From(at)) => line.get(at).is_some_and(|byte| *byte == b'{'),
            _ => false,
        })
        .count();
    std::mem::swap(&mut scouts, &mut fitted.clocks);
    share(objects, sample.lines.len()) >= ENOUGH
}

fn fit_structured(
    format: &Arc<Format>,
    parser: Parser,
    sample: &Sample<'_>,
    settings: &ClockSettings,
) -> Option<Candidate> {
    let mut stamps: Vec<Vec<u8>> = Vec::new();
    let mut fields = Fields::new();
    let (mut matched, mut tried) = (0, 0);
    for line in &sample.lines {
        fields.clear();
        if names_columns(&parser, line, &mut fields) {
            continue;
        }
        tried += 1;
        fields.clear();
        if reads_whole(&parser, line, &mut fields) {
            matched += 1;
            stamps.extend(stamp_of(&parser, line, &mut fields));
        }
    }
    let coverage = share(matched, tried);
    if coverage < ENOUGH {
        return None;
    }
    let stamps: Vec<&[u8]> = stamps.iter().map(Vec::as_slice).collect();
    let clocks = Shape::settle(&stamps).map(|shape| settings.clock(shape)).into_iter().collect();
    let fitted = Fitted {
        format: Arc::clone(format),
        parser,
        clocks,
        settings: settings.clone(),
        nested: false,
        confidence: coverage,
    };
    Some(Candidate { fitted, score: coverage * coverage * STRUCTURED })
}

/// Whether a line says what the columns are called, so that it is no row.
fn names_columns(parser: &Parser, line: &[u8], fields: &mut Fields) -> bool {
    match parser {
        Parser::Columns(columns) => {
            columns.is_directive(line) || {
                let row = columns.read_row(line, fields);
                columns.is_header_row(row, line, fields)
            }
        }
        _ => false,
    }
}

/// The text of the stamp among the fields of a line.
fn stamp_of(parser: &Parser, line: &[u8], fields: &mut Fields) -> Option<Vec<u8>> {
    if let Parser::Columns(columns) = parser
        && let Some(stamp) = joint_stamp(columns, line, fields)
    {
        return Some(fields.resolve(stamp, line).to_vec());
    }
    let claimed = fields.iter(line).filter_map(|(name, value)| match Claim::of(name) {
        Some(Claim { role: Role::Time, rank }) => Some((rank, value.bytes.to_vec())),
        _ => None,
    });
    claimed.min_by_key(|(rank, _)| *rank).map(|(_, bytes)| bytes)
}

/// Whether the structured data is the line, and not a part of a sentence.
fn reads_whole(parser: &Parser, line: &[u8], fields: &mut Fields) -> bool {
    match parser {
        Parser::Json => {
            let start = line.iter().take_while(|byte| **byte == b' ').count();
            json::looks_like_object(line) && json::read_object(line, start, fields).is_ok()
        }
        Parser::Logfmt => {
            let found = logfmt::read_pairs(line, 0, fields);
            found.pairs >= 2 && found.share() >= 0.9
        }
        Parser::Columns(columns) => columns.read_row(line, fields).cells == columns.len(),
        Parser::Patterns(_) | Parser::Journal | Parser::Plain => false,
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
