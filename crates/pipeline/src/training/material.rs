//! Logs in, what a model is fitted on out: a table, or sequences of events.

use std::collections::BTreeMap;

use logsift_engine::features::{Layout, Names, Sheet, Unit, session_rows};
use logsift_engine::sessions::{GatherSettings, SessionStory, SessionTold, session_stories};
use logsift_outliers::catalogue::Takes;
use logsift_outliers::{SequenceTable, Table};
use logsift_reports::ScanReport;
use logsift_reports::text::figures::counted;
use logsift_sources::Plan;

use super::{TrainError, TrainSettings, layout_of};
use crate::batch::read;
use crate::meanings;
use crate::mining::{Mining, MiningSettings};
use crate::outlier_model::OutlierModel;
use crate::rows::Gathering;
use crate::scan::{self, Chosen, ScanSettings};
use crate::watch::Watch;

/// Bytes that sessions may take.
const SESSIONS: usize = 128 << 20;
/// Cells of a table at most.
const CELLS: usize = 1 << 26;

/// What a model is fitted on.
pub(crate) enum Material {
    Rows { layout: Layout, table: Table },
    Sequences { events: BTreeMap<u32, String>, table: SequenceTable },
}

/// The same with what is known of it.
pub(crate) struct Gathered {
    pub(crate) material: Material,
    pub(crate) scanned: ScanReport,
    /// Rows that there were.
    pub(crate) seen: u64,
    pub(crate) times: Option<(i64, i64)>,
    pub(crate) notes: Vec<String>,
}

impl Material {
    /// How many rows or sequences.
    pub(crate) fn len(&self) -> usize {
        match self {
            Material::Rows { table, .. } => table.rows().len(),
            Material::Sequences { table, .. } => table.sequences().len(),
        }
    }

    /// What should be known where not all rows were taken.
    pub(super) fn thinned(&self, seen: u64) -> Option<String> {
        let rows = self.len() as u64;
        (rows < seen).then(|| {
            let (rows, seen) = (counted(rows, "row", "rows"), counted(seen, "row", "rows"));
            format!("{seen} are more than memory holds: {rows}, chosen by lot, were trained on")
        })
    }
}

/// Reads all logs. What goes on from another model is laid out as that one is.
pub(crate) fn gather(
    plan: &Plan,
    settings: &TrainSettings,
    before: Option<&OutlierModel>,
    watch: &Watch,
) -> Result<Gathered, TrainError> {
    let sequences = settings.choice.card().takes == Takes::Sequences;
    let unit = settings.asked.unit();
    if sequences && unit != Unit::Sessions {
        let model = settings.choice.card().name;
        return Err(TrainError::Other(format!(
            "`{model}` takes sequences of events, not {}\nhint: leave --rows out, or give --rows sessions",
            unit.name()
        )));
    }
    if unit != Unit::Sessions {
        return of_records(plan, settings, before.and_then(layout_of), watch);
    }
    let (told, scanned) = stories(plan, &settings.scan, settings.session.as_deref(), watch)?;
    if told.stories.is_empty() {
        let hint = "name what ties records together with --session";
        return Err(nothing(&scanned, "sessions", hint));
    }
    let mut notes = vec![format!("sessions by {}", told.by.join(", "))];
    if told.dropped > 0 {
        let dropped = counted(told.dropped, "record", "records");
        notes.push(format!("there was no memory for the sessions of {dropped}"));
    }
    let times = told.stories.iter().filter_map(SessionStory::times);
    let times = times.map(|(first, last)| (first.div_euclid(1000), last.div_euclid(1000)));
    let times = times.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
    let seen = told.stories.len() as u64;
    let material = if sequences {
        Material::Sequences { table: sequences_of(&told.stories), events: told.events }
    } else {
        let sheet = session_rows(&told.stories, &settings.asked);
        let mut names = Names::default();
        names.events(told.events.iter().map(|(event, name)| (*event, name.as_str())));
        laid_out(settings, before.and_then(layout_of), sheet, &names)
    };
    Ok(Gathered { material, scanned, seen, times, notes })
}

fn of_records(
    plan: &Plan,
    settings: &TrainSettings,
    layout: Option<&Layout>,
    watch: &Watch,
) -> Result<Gathered, TrainError> {
    let chosen = Chosen::of(plan, &settings.scan, watch)?;
    let gathering = Gathering::new(&settings.asked);
    let sets = read(plan, &chosen.job(&settings.scan, watch), &&gathering);
    let mut logs = Vec::new();
    let sets = sets.into_iter().map(|set| set.emptied(&mut logs)).collect();
    let (mut sheet, mut names) = (Sheet::default(), Names::default());
    let least = gathering.quota.least();
    for mut rows in logs {
        rows.sheet.thin(least);
        sheet.append(&rows.sheet);
        names.absorb(rows.names);
    }
    let scanned = scan::report(plan, sets, chosen.asked);
    if sheet.is_empty() {
        return Err(nothing(&scanned, settings.asked.unit().name(), "give a PATH with records in it"));
    }
    let seconds = (0..sheet.len()).filter_map(|row| sheet.place(row).seconds).map(|at| (at, at));
    let times = seconds.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
    let material = laid_out(settings, layout, sheet, &names);
    if material.len() == 0 {
        return Err(TrainError::Other(
            "no record has any of these features\nhint: ask for others with --features, or name the format with --log-format".to_owned(),
        ));
    }
    Ok(Gathered { material, scanned, seen: gathering.seen(), times, notes: Vec::new() })
}

fn nothing(scanned: &ScanReport, unit: &'static str, hint: &'static str) -> TrainError {
    let hint = if scanned.inputs.is_empty() { "nothing could be read" } else { hint };
    TrainError::Nothing { unit, hint }
}

fn laid_out(settings: &TrainSettings, layout: Option<&Layout>, mut sheet: Sheet, names: &Names) -> Material {
    let embed = settings.embeddings.as_deref();
    let fit = || Layout::fit_with(&settings.asked, &sheet, names, embed);
    let layout = layout.cloned().unwrap_or_else(fit);
    meanings::tell(&layout, &mut sheet, names, embed);
    let most = CELLS / layout.names().len().max(1);
    let mut least = 0;
    while sheet.len() > most && least < 64 {
        least += 1;
        sheet.thin(least);
    }
    let table = layout.table(&sheet, 0..sheet.len());
    Material::Rows { layout, table }
}

/// All sessions of all logs.
pub(crate) fn stories(
    plan: &Plan,
    settings: &ScanSettings,
    by: Option<&str>,
    watch: &Watch,
) -> Result<(SessionTold, ScanReport), TrainError> {
    let chosen = Chosen::of(plan, settings, watch)?;
    let mining = MiningSettings {
        redaction: settings.redaction,
        sets: plan.sets.len(),
        sessions: Some(GatherSettings {
            by: by.map(str::to_owned),
            known: Vec::new(),
            most: SESSIONS,
            begun: false,
        }),
        ..MiningSettings::default()
    };
    let mining = Mining::new(plan, mining, None, None);
    let sets = read(plan, &chosen.job(settings, watch), &&mining);
    let mut mined = mining.finish();
    let templates = mined.learned.miner().templates();
    let told = mined.sessions.take().map(|gathered| session_stories(gathered, &templates));
    Ok((told.unwrap_or_default(), scan::report(plan, sets, chosen.asked)))
}

/// The events of every session, in order.
pub(crate) fn sequences_of(stories: &[SessionStory]) -> SequenceTable {
    let events = |story: &SessionStory| story.steps.iter().map(|(event, _)| *event).collect::<Vec<u32>>();
    stories.iter().map(events).collect()
}
