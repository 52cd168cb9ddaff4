//! A state folder in, what it holds out, as lines that depend on nothing but what came in.
//!
//! The newest generation and the journal behind it are read as a start would read them, so what is told is true at this
//! moment, whenever facts were written last, and a daemon may go on meanwhile.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use logsift_engine::model::Learned;
use logsift_stores::facts::{self, EpochIncident};
use logsift_stores::generation::{self, Generation};
use logsift_stores::journal::{self, Known, Mark, PartName, Tail, Turn};
use logsift_stores::{Folder, StoreError, Writer};
use serde_json::json;

use super::StartError;
use super::epoch::{Epoch, Found, Manner};
use super::incidents::{Incidents, Now};
use super::settings::{DaemonSettings, Limits};

/// Everything that is on the disk.
const ALL: Mark = Mark { name: PartName { segment: u64::MAX, part: u32::MAX }, bytes: u64::MAX };

/// Whether a state is sound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// The newest generation.
    pub generation: u64,
    /// Segments of the journal that are kept.
    pub segments: u64,
    /// Lines behind the generation.
    pub lines: u64,
    /// What is wrong.
    pub problems: Vec<String>,
}

/// Looks at everything in a state folder and changes nothing.
pub fn check(state: &Path) -> Result<Check, StartError> {
    let folder = Folder::look(state)?;
    let found = generation::newest(&folder.models(), false)?;
    let mut checked = Check::default();
    for (path, what) in &found.damaged {
        checked.problems.push(format!("`{}`: {what}", path.display()));
    }
    let generation = found.generation.unwrap_or_default();
    checked.generation = generation.table.segment;
    if !generation.model.is_empty()
        && let Err(error) = Learned::read(&generation.model, Limits::default().memory_bytes)
    {
        checked.problems.push(format!("the model of generation {}: {error}", checked.generation));
    }
    let segments = journal::segments(&folder.journal())?;
    checked.segments = segments.len() as u64;
    let mut tail = Tail::new(&folder.journal(), generation.table.segment);
    loop {
        match tail.turn(ALL)? {
            Turn::Lines(_, lines, _) => checked.lines += lines.count,
            Turn::Sealed(next) if segments.iter().all(|(segment, _)| *segment < next) => break,
            Turn::Sealed(_) => {}
            Turn::End => break,
        }
    }
    for path in tail.damage() {
        checked.problems.push(format!("`{}`: something in it cannot be read", path.display()));
    }
    for problem in facts::check(&folder.facts())? {
        checked.problems.push(format!("`{}`: {problem}", folder.facts().display()));
    }
    Ok(checked)
}

/// Gives room back. Gives the bytes of the folder before and after.
pub fn compact(state: &Path) -> Result<(u64, u64), StartError> {
    let folder = Folder::open(state)?;
    let before = folder.bytes();
    Writer::open(&folder.facts())?.compact()?;
    if let Some(oldest) = generation::numbers(&folder.models())?.first() {
        journal::Journal::forget_before(&folder.journal(), *oldest)?;
    }
    Ok((before, folder.bytes()))
}

/// Writes all lines that are kept.
pub fn export_lines(state: &Path, out: &mut dyn Write) -> Result<io::Result<()>, StartError> {
    let folder = Folder::look(state)?;
    let Some((first, _)) = journal::segments(&folder.journal())?.first().copied() else { return Ok(Ok(())) };
    let mut tail = Tail::new(&folder.journal(), first);
    let last = journal::segments(&folder.journal())?.last().map_or(first, |(last, _)| *last);
    loop {
        match tail.turn(ALL)? {
            Turn::Lines(_, lines, _) => {
                if let Err(error) = out.write_all(lines.bytes) {
                    return Ok(Err(error));
                }
            }
            Turn::Sealed(next) if next > last => return Ok(Ok(())),
            Turn::Sealed(_) => {}
            Turn::End => return Ok(Ok(())),
        }
    }
}

/// Writes counts of templates and sources, and incidents, a line of JSON each. What is not learned yet is read as the
/// settings say.
pub fn export(
    state: &Path,
    settings: &DaemonSettings,
    out: &mut dyn Write,
) -> Result<io::Result<()>, StartError> {
    let folder = Folder::look(state)?;
    let generation = generation::newest(&folder.models(), false)?.generation.unwrap_or_default();
    let memory = settings.limits.memory_bytes;
    let named = settings.detecting.known.as_ref().map(|(_, learned)| learned.clone());
    let known = match generation.model.is_empty() {
        true => named.unwrap_or_else(|| Learned::new(settings.redaction, memory)),
        false => Learned::read(&generation.model, memory)
            .map_err(|error| StartError::Model(format!("`{}`: {error}", folder.models().display())))?,
    };
    let mut replay = Replay::new(&folder, &generation, known, settings);
    let mut earlier = Writer::look(&folder.facts())?.all_incidents()?;
    // What the daemon wrote of the epoch that goes on is found anew.
    earlier.retain(|incident| incident.first_epoch < generation.table.segment);
    replay.ended = earlier;
    replay.run()?;
    Ok(replay.write(out))
}

/// Goes through the journal as a start would.
struct Replay {
    tail: Tail,
    sources: Known,
    epoch: Option<Epoch>,
    segment: u64,
    folder: std::path::PathBuf,
    last: u64,
    ended: Vec<EpochIncident>,
}

impl Replay {
    fn new(folder: &Folder, generation: &Generation, known: Learned, settings: &DaemonSettings) -> Replay {
        let manner = Manner::of(settings);
        let table = &generation.table;
        let segments = journal::segments(&folder.journal()).unwrap_or_default();
        Replay {
            tail: Tail::new(&folder.journal(), table.segment),
            sources: Known::new(&table.sources),
            epoch: Some(Epoch::new(manner, &folder.journal(), known, &table.sources)),
            segment: table.segment,
            folder: folder.journal(),
            last: segments.last().map_or(table.segment, |(last, _)| *last),
            ended: Vec::new(),
        }
    }

    fn run(&mut self) -> Result<(), StoreError> {
        loop {
            match self.tail.turn(ALL)? {
                Turn::Lines(source, frame, stands) => {
                    let place = self.sources.place(source);
                    if let (Some(epoch), Some(state)) = (&mut self.epoch, self.sources.sources.get(place)) {
                        epoch.take(place, state, frame.received, frame.bytes, stands);
                    }
                    self.sources.came(source, &frame);
                }
                Turn::Sealed(next) if next > self.last => return Ok(()),
                Turn::Sealed(next) => self.turn(next),
                Turn::End => return Ok(()),
            }
        }
    }

    /// An epoch that the daemon has not come to the end of.
    fn turn(&mut self, next: u64) {
        let Some(mut epoch) = self.epoch.take() else { return };
        epoch.close();
        let Some(found) = epoch.judge(false, &|| false) else { return };
        let earlier = std::mem::take(&mut self.ended);
        self.ended = self.incidents(&found, earlier, true);
        let lesson = epoch.learn();
        for (state, pattern) in self.sources.sources.iter_mut().zip(&lesson.patterns) {
            state.pattern.clone_from(pattern);
        }
        let memory = lesson.manner.memory;
        let known = Learned::read(&lesson.known.write(), memory).unwrap_or(lesson.known);
        self.segment = next;
        self.epoch = Some(Epoch::new(lesson.manner, &self.folder, known, &self.sources.sources));
    }

    fn incidents(&self, found: &Found, earlier: Vec<EpochIncident>, is_final: bool) -> Vec<EpochIncident> {
        let now = Now { epoch: self.segment, clock: 0, log: found.last, is_idle: false, is_final };
        let mut incidents = Incidents { list: earlier };
        incidents.renew(found, now);
        incidents.list
    }

    fn write(mut self, out: &mut dyn Write) -> io::Result<()> {
        let Some(found) = self.epoch.take().and_then(|mut epoch| epoch.judge(false, &|| false)) else {
            return Ok(());
        };
        let earlier = std::mem::take(&mut self.ended);
        let incidents = self.incidents(&found, earlier, false);
        let mut sources: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for state in &self.sources.sources {
            sources.insert(state.source.shown(), (state.lines, state.bytes));
        }
        for (name, (lines, bytes)) in sources {
            writeln!(out, "{}", json!({"source": name, "lines": lines, "bytes": bytes}))?;
        }
        let mut templates: Vec<(String, String, u64)> = found
            .templates
            .list()
            .iter()
            .map(|template| (template.id.to_string(), template.text(), template.stats.count()))
            .collect();
        templates.sort();
        for (id, text, count) in templates {
            writeln!(out, "{}", json!({"template": id, "text": text, "count": count}))?;
        }
        let mut rows: Vec<String> = incidents.iter().filter_map(row).collect();
        rows.sort();
        rows.iter().try_for_each(|row| writeln!(out, "{row}"))
    }
}

/// What of an incident does not depend on when it was found.
fn row(incident: &EpochIncident) -> Option<String> {
    let fact = &incident.fact;
    let row = json!({
        "incident": fact.fingerprint,
        "start": fact.start,
        "end": fact.end,
        "title": fact.title,
        "severity": fact.severity,
        "findings": fact.findings,
        "records": fact.records,
        "kinds": fact.kinds,
        "streams": fact.streams,
    });
    (fact.state != "withdrawn").then(|| row.to_string())
}
