//! Which format does a stream have? Decided from a sample of its lines.
//!
//! Every known format and one inferred pattern are tried on the sample. The winner is the one that
//! matches most of the lines that could begin a record and says most about them.

use std::ops::Range;
use std::sync::Arc;

use super::clock::{Clock, Reading};
use super::fields::{Fields, Span};
use super::fitted::{Fitted, Parser, Patterns, joint_stamp};
use super::format::{Format, FormatKind};
use super::infer;
use super::level::Level;
use super::library::Library;
use super::meaning::Meaning;
use super::notes::Notes;
use super::pattern::{OwnLevels, Pattern, ReadStamp};
use super::roles::{Claim, Role};
use super::separated::Columns;
use super::time::Time;
use super::timestamp::{self, Shape};
use super::zone::Zone;
use super::{json, logfmt};
use crate::lines::traces;
use crate::sketches::mix;

/// Lines that are tried with every format that a glance does not rule out.
const TRIED: usize = 200;

/// Lines of a glance.
const GLANCE: usize = 24;

/// A pattern must match this share of the lines that could begin a record.
const ENOUGH: f64 = 0.5;

/// What a known format is preferred by over an inferred one that says as much.
const KNOWN: f64 = 1.5;

/// Formats that the lines of a sample may mix.
const MIXED: usize = 4;

/// Lines left over by the formats so far are looked at again where they are at least one in so many.
const FEW: usize = 25;

/// What structured data is worth against a pattern's weight.
const STRUCTURED: f64 = 40.0;

/// The same for pairs that name no time.
const UNSURE: f64 = 6.0;

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
        let mut all: Vec<&[u8]> = lines.iter().filter(could_begin).copied().collect();
        if all.is_empty() {
            // Some formats pad the first column of every line.
            all = lines.iter().filter(|line| !is_blank(line)).copied().collect();
        }
        let stamped: Vec<&[u8]> = all.iter().filter(|line| has_stamp(line)).copied().collect();
        // Where some lines carry a stamp near their beginning, the others rarely begin a record.
        let chosen = if stamped.len() * 10 >= all.len() && stamped.len() >= 2 { stamped } else { all };
        Sample {
            lines: spread(chosen.len(), TRIED).filter_map(|at| chosen.get(at).copied()).collect(),
            opening: lines.iter().take(TRIED).copied().collect(),
        }
    }
}

/// Places spread over so many, one somewhere in each stretch: with equal steps a log whose formats take turns would show
/// one of them.
fn spread(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let step = count.div_ceil(most).max(1);
    (0..count).step_by(step).map(move |from| {
        let room = step.min(count - from) as u64;
        from + (mix(from as u64) % room) as usize
    })
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

impl Candidate {
    fn known(self) -> Candidate {
        Candidate { score: self.score * KNOWN, ..self }
    }

    fn fitted(mut self, sample: &Sample<'_>) -> Fitted {
        if matches!(self.fitted.parser, Parser::Patterns(_)) {
            self.fitted.nested = messages_are_objects(&mut self.fitted, sample);
        }
        self.fitted
    }
}

/// The formats of a sample, the main one first; plain lines where nothing fits.
pub(crate) fn choose(sample: &Sample<'_>, library: &Library, clock: &ClockSettings) -> Vec<Fitted> {
    let mut chosen = Vec::new();
    let mut left = Sample { lines: sample.lines.clone(), opening: sample.opening.clone() };
    while chosen.len() < MIXED && left.lines.len() >= 2.max(sample.lines.len().div_ceil(FEW))
        || chosen.is_empty()
    {
        let Some(mut fitted) = best(&left, library, clock) else { break };
        let mut fields = Fields::new();
        let mut scouts = scouts_of(&fitted);
        std::mem::swap(&mut scouts, &mut fitted.clocks);
        left.lines.retain(|line| fitted.read(line, &mut fields).is_none());
        std::mem::swap(&mut scouts, &mut fitted.clocks);
        chosen.push(fitted);
    }
    if chosen.is_empty() { vec![plain()] } else { chosen }
}

/// Clocks of the same shapes that may be moved without harm.
fn scouts_of(fitted: &Fitted) -> Vec<Clock> {
    fitted.clocks.iter().map(|clock| fitted.settings.clock(clock.shape())).collect()
}

/// The format that says most about a sample.
fn best(sample: &Sample<'_>, library: &Library, clock: &ClockSettings) -> Option<Fitted> {
    let mut probe = Probe::new(&sample.lines);
    let mut best: Option<Candidate> = None;
    let mut offer = |candidate: Option<Candidate>| {
        let Some(candidate) = candidate else { return };
        if best.as_ref().is_none_or(|best| candidate.score > best.score) {
            best = Some(candidate);
        }
    };
    for format in library.formats() {
        offer(fit(format, sample, &mut probe, clock).map(Candidate::known));
    }
    for kind in [FormatKind::Json, FormatKind::Logfmt, FormatKind::W3c, FormatKind::Csv, FormatKind::Tsv] {
        offer(fit(&Arc::new(Format::generic(kind)), sample, &mut probe, clock));
    }
    if let Some(format) = infer::format(&sample.lines) {
        offer(fit_patterns(&Arc::new(format), sample, &mut probe, clock));
    }
    best.map(|candidate| candidate.fitted(sample))
}

/// A format that the user named: used whatever the sample says.
pub(crate) fn given(format: &Arc<Format>, sample: &Sample<'_>, clock: &ClockSettings) -> Fitted {
    if format.is_plain() {
        return plain();
    }
    let mut probe = Probe::new(&sample.lines);
    match fit(format, sample, &mut probe, clock) {
        Some(candidate) => candidate.fitted(sample),
        None => Fitted {
            parser: parser_of(format, sample)
                .unwrap_or_else(|| Parser::Patterns(Patterns::new(format.patterns.clone()))),
            format: Arc::clone(format),
            clocks: Vec::new(),
            settings: clock.clone(),
            meaning: Meaning::default(),
            nested: false,
            confidence: 0.0,
        },
    }
}

/// An export of the journal: every entry says when it was written, in microseconds.
pub(crate) fn journal(given: Option<&Arc<Format>>, clock: &ClockSettings) -> Fitted {
    let format = given.cloned().unwrap_or_else(|| Arc::new(Format::generic(FormatKind::JournalExport)));
    let microseconds = Shape::detect(b"1700000000000000").map(|(shape, _)| clock.clock(shape));
    Fitted {
        format,
        parser: Parser::Journal,
        clocks: microseconds.into_iter().collect(),
        settings: clock.clone(),
        meaning: Meaning::default(),
        nested: false,
        confidence: 1.0,
    }
}

/// Lines without any structure.
pub(crate) fn plain() -> Fitted {
    Fitted {
        format: Arc::new(Format::plain()),
        parser: Parser::Plain,
        clocks: Vec::new(),
        settings: ClockSettings::default(),
        meaning: Meaning::default(),
        nested: false,
        confidence: 1.0,
    }
}

fn fit(
    format: &Arc<Format>,
    sample: &Sample<'_>,
    probe: &mut Probe<'_>,
    clock: &ClockSettings,
) -> Option<Candidate> {
    match format.kind {
        FormatKind::Pattern => fit_patterns(format, sample, probe, clock),
        _ => fit_structured(format, parser_of(format, sample)?, sample, clock),
    }
}

/// How lines of a format are taken apart, where no pattern does it.
fn parser_of(format: &Format, sample: &Sample<'_>) -> Option<Parser> {
    match format.kind {
        FormatKind::Json => Some(Parser::Json),
        FormatKind::Logfmt => Some(Parser::Logfmt),
        FormatKind::W3c | FormatKind::Csv | FormatKind::Tsv => {
            columns_of(format.kind, sample).map(Parser::Columns)
        }
        FormatKind::Pattern | FormatKind::JournalExport => None,
    }
}

/// Which pattern of a format reads a line.
pub(crate) fn pattern_of(format: &Format, line: &[u8]) -> Option<usize> {
    let mut probe = Probe::new(&[line]);
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

/// Takes any shape of stamp and remembers where each one is, since many patterns ask for the same.
struct Probe<'a> {
    lines: Vec<Known<'a>>,
    line: usize,
    /// The stamp that was read last.
    last: Option<&'a [u8]>,
}

/// A line with the places at which a stamp was looked for, and the stamps found there.
struct Known<'a> {
    text: &'a [u8],
    places: Vec<(usize, Option<&'a [u8]>)>,
    /// Where the first stamp of the line stands: none begins in the middle of it.
    first: Option<Range<usize>>,
}

impl<'a> Probe<'a> {
    fn new(lines: &[&'a [u8]]) -> Probe<'a> {
        let first =
            |text| timestamp::find(text, 64).next().map(|found| found.offset..found.offset + found.length);
        let lines = lines.iter().map(|text| Known { text, places: Vec::new(), first: first(text) }).collect();
        Probe { lines, line: 0, last: None }
    }
}

impl ReadStamp for Probe<'_> {
    fn read(&mut self, rest: &[u8]) -> Option<Reading> {
        let line = self.lines.get_mut(self.line)?;
        let at = line.text.len().checked_sub(rest.len())?;
        if line.first.as_ref().is_some_and(|first| first.start < at && at < first.end) {
            return None;
        }
        let known = line.places.iter().find(|(place, _)| *place == at).map(|(_, stamp)| *stamp);
        let stamp = known.unwrap_or_else(|| {
            let from = line.text.get(at..).unwrap_or_default();
            let stamp = Shape::detect(from).and_then(|(_, length)| from.get(..length));
            line.places.push((at, stamp));
            stamp
        })?;
        self.last = Some(stamp);
        Some(Reading { length: stamp.len(), time: None, notes: Notes::NONE })
    }
}

/// How the patterns of a format did on the sample.
struct Trial<'a> {
    /// Lines that each pattern matched.
    tally: Vec<usize>,
    stamps: Vec<&'a [u8]>,
    /// What the matches said, together.
    weight: f64,
    tried: usize,
}

impl Trial<'_> {
    fn matched(&self) -> usize {
        self.tally.iter().sum()
    }

    fn coverage(&self) -> f64 {
        share(self.matched(), self.tried)
    }
}

fn try_patterns<'a>(format: &Format, probe: &mut Probe<'a>, most: usize) -> Trial<'a> {
    let mut fields = Fields::new();
    let mut trial =
        Trial { tally: vec![0; format.patterns.len()], stamps: Vec::new(), weight: 0.0, tried: 0 };
    for index in spread(probe.lines.len(), most) {
        probe.line = index;
        trial.tried += 1;
        let Some(text) = probe.lines.get(index).map(|line| line.text) else { continue };
        for (pattern, count) in format.patterns.iter().zip(&mut trial.tally) {
            probe.last = None;
            fields.clear();
            if matches_well(pattern, text, probe, &format.levels, &mut fields) {
                *count += 1;
                trial.weight += pattern.weight();
                trial.stamps.extend(probe.last);
                break;
            }
        }
    }
    trial
}

fn fit_patterns(
    format: &Arc<Format>,
    sample: &Sample<'_>,
    probe: &mut Probe<'_>,
    settings: &ClockSettings,
) -> Option<Candidate> {
    // Most formats are none, and a few lines tell.
    if sample.lines.len() > GLANCE && try_patterns(format, probe, GLANCE).coverage() < ENOUGH / 2.0 {
        return None;
    }
    let trial = try_patterns(format, probe, TRIED);
    let coverage = trial.coverage();
    if coverage < ENOUGH {
        return None;
    }
    let weight = trial.weight / trial.matched() as f64;
    let clocks = Shape::settle(&trial.stamps).map(|shape| settings.clock(shape)).into_iter().collect();
    let fitted = Fitted {
        format: Arc::clone(format),
        parser: Parser::Patterns(Patterns::new(format.patterns.clone())),
        clocks,
        settings: settings.clone(),
        meaning: Meaning::default(),
        nested: false,
        confidence: coverage,
    };
    Some(Candidate { fitted, score: coverage * weight })
}

/// A match that took something else for what it names is none.
fn matches_well(
    pattern: &Pattern,
    line: &[u8],
    probe: &mut Probe<'_>,
    levels: &OwnLevels,
    fields: &mut Fields,
) -> bool {
    let Some(head) = pattern.matches(line, probe, levels, fields) else { return false };
    // What follows the beginning of the message is part of it, levels among it.
    let in_header = |index: usize| match fields.span_at(index) {
        Some((Span::Text(start, _), _)) => (start as usize) < head.message,
        _ => true,
    };
    fields.iter(line).enumerate().all(|(index, (name, value))| {
        let swallowed = head.level.is_none() && in_header(index) && is_level(value.bytes);
        !swallowed
            && match name {
                b"host" => is_host(value.bytes),
                // `Error: text` is a message and no program of that name.
                b"app" | b"logger" => value.bytes.len() < 4 || Level::from_word(value.bytes).is_none(),
                _ => true,
            }
    })
}

/// Whether a captured value is a level word in capitals, with or without brackets.
fn is_level(value: &[u8]) -> bool {
    let start = value.iter().take_while(|byte| matches!(byte, b'[' | b'(' | b'<')).count();
    let inside = value.get(start..).unwrap_or_default();
    let length = inside.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (word, after) = inside.split_at(length);
    let bare = after.iter().all(|byte| matches!(byte, b']' | b')' | b'>' | b':' | b','));
    bare && word.len() > 3 && word.iter().all(u8::is_ascii_uppercase) && Level::from_word(word).is_some()
}

/// Whether a value may be the name or address of a machine.
fn is_host(value: &[u8]) -> bool {
    let named = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80 || b"-._:%#@/[]()~+".contains(byte);
    let begins = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80 || b":#[(".contains(byte);
    value == b"-" || (value.first().is_some_and(begins) && value.iter().all(named) && !value.ends_with(b":"))
}

fn messages_are_objects(fitted: &mut Fitted, sample: &Sample<'_>) -> bool {
    let mut fields = Fields::new();
    let mut scouts = scouts_of(fitted);
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
        meaning: Meaning::default(),
        nested: false,
        confidence: coverage,
    };
    // Pairs without a time are often the end of a line whose beginning says more.
    let unsure = fitted.clocks.is_empty() && matches!(fitted.parser, Parser::Logfmt);
    let weight = if unsure { UNSURE } else { STRUCTURED };
    Some(Candidate { fitted, score: coverage * weight })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_levels_are_told_from_other_words() {
        for host in ["web-1", "192.0.2.7", "2001:db8::7", "#7", "[::1]", "-", "db.example.com"] {
            assert!(is_host(host.as_bytes()), "{host}");
        }
        for other in ["->", "--", "*", "Error:", "a=b", "'x'", ""] {
            assert!(!is_host(other.as_bytes()), "{other}");
        }
        for level in ["INFO", "[ERROR]", "WARN:", "<DEBUG>"] {
            assert!(is_level(level.as_bytes()), "{level}");
        }
        for other in ["info", "ERROR-7", "INFORMED", "[main]", ""] {
            assert!(!is_level(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn columns_are_fitted_without_their_directives() {
        let log: Vec<&[u8]> = vec![
            b"#Version: 1.0",
            b"#Fields: date time cs-method sc-status",
            b"2024-05-21 10:00:00 GET 200",
            b"#Date: 2024-05-21 10:00:01",
            b"2024-05-21 10:00:02 GET 404",
        ];
        let mut fitted = choose(&Sample::new(&log), &Library::default(), &ClockSettings::default()).remove(0);
        assert_eq!((fitted.format.name.as_str(), fitted.confidence), ("w3c", 1.0));
        let mut fields = Fields::new();
        let times: Vec<_> = log.iter().filter_map(|line| fitted.read(line, &mut fields)?.time).collect();
        assert_eq!(
            times.iter().map(Time::to_string).collect::<Vec<_>>(),
            ["2024-05-21T10:00:00Z", "2024-05-21T10:00:02Z"]
        );
    }
}
