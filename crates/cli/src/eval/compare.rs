//! `eval compare`: models in, one table of them over generated and fetched logs out.

use std::path::Path;

use logsift_eval::compare::{CompareSettings, LabelledLog, compare, generated};
use logsift_eval::fetch::{labelled_of, sets};
use logsift_eval::lines::LineOutliers;
use logsift_eval::models::FitSettings;
use logsift_reports::json;
use logsift_reports::text::compare::{CompareText, markdown};
use logsift_reports::text::figures::thousands;
use logsift_sources::Plan;

use super::{fetch, lines, refused};
use crate::arguments::Manners;
use crate::arguments::eval::EvalCompare;
use crate::exit::{Exit, Problem, unless_pipe_closed};
use crate::{detecting, outputs, reading, screen};

pub(super) fn run(asked: &EvalCompare, manners: &Manners) -> Result<Exit, Problem> {
    let names = lines::names(&asked.model);
    lines::refuse_unknown(&names, &LineOutliers::names())?;
    let mut place = match asked.json.as_deref() {
        Some(path) => Some((path, outputs::writer(path)?)),
        None => None,
    };
    let folder = tempfile::tempdir()
        .map_err(|error| Problem::usage(format!("no folder for logs: {error}\nhint: set TMPDIR")))?;
    let mut logs = generated(folder.path(), asked.lines, asked.seed).map_err(refused)?;
    let lines_each = asked
        .lines
        .map_or_else(|| "their usual length".to_owned(), |lines| format!("{} lines", thousands(lines)));
    let made = format!("{} generated logs of {lines_each}, seed {}", logs.len(), asked.seed);
    logs.extend(fetched(asked)?);
    let settings = CompareSettings {
        models: names.into_iter().map(str::to_owned).collect(),
        detecting: detecting::usual()?,
        fitting: FitSettings { threads: reading::threads(manners), ..FitSettings::default() },
        made,
    };
    let work = |watch: &_| compare(&logs, &settings, watch);
    let report = reading::watched(&Plan::default(), false, !manners.quiet, work).map_err(refused)?;
    if let Some((path, out)) = &mut place {
        let written = json::document(&report, out);
        unless_pipe_closed(written).map_err(|error| outputs::cannot_write(path, &error))?;
    }
    if !manners.quiet && asked.json.as_deref() != Some(Path::new("-")) {
        let text = CompareText { width: screen::width(), palette: screen::palette(manners) };
        outputs::print(
            |out| if asked.markdown { markdown(&report, out) } else { text.render(&report, out) },
        )?;
    }
    Ok(Exit::Ran)
}

/// The labelled logs that somebody has fetched; nothing is fetched here.
fn fetched(asked: &EvalCompare) -> Result<Vec<LabelledLog>, Problem> {
    // Without a folder for caches there is nothing in it.
    let Ok(cache) = fetch::cache(asked.cache.as_deref()) else { return Ok(Vec::new()) };
    let sets = sets(None).map_err(refused)?;
    let there = sets.iter().filter_map(|set| Some((set, labelled_of(set, &cache)?)));
    let log = |(set, (log, labels)): (&logsift_eval::fetch::PublishedSet, _)| LabelledLog {
        name: set.name.clone(),
        generated: false,
        log,
        labels,
    };
    Ok(there.map(log).collect())
}
