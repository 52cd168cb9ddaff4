//! `eval inject`: the user's own log in, which faults in copies of it would have been found out.

use std::path::Path;

use logsift_eval::inject::{InjectSettings, inject};
use logsift_reports::json;
use logsift_reports::text::inject::InjectText;
use logsift_sources::Plan;

use super::refused;
use crate::arguments::Manners;
use crate::arguments::eval::EvalInject;
use crate::exit::{Exit, Problem, unless_pipe_closed};
use crate::{outputs, reading, screen};

pub(super) fn run(asked: &EvalInject, manners: &Manners) -> Result<Exit, Problem> {
    let how = &asked.how;
    if how.since.is_some() || how.until.is_some() || how.stream.is_some() {
        return Err(Problem::usage(
            "--since, --until and --stream do not go with faults\nhint: cut the log first, or take its first lines with --lines",
        ));
    }
    let settings = how.settings(manners)?;
    let detecting = asked.detect.settings(asked.known.load(settings.redaction, manners)?)?;
    let detecting =
        logsift_pipeline::detection::Detecting { deploys: how.deploys(&asked.detect.deploy)?, ..detecting };
    refuse_the_log(asked)?;
    let mut place = match asked.json.as_deref() {
        Some(path) => Some((path, outputs::writer(path)?)),
        None => None,
    };
    let faults = InjectSettings {
        kinds: asked.kind.clone(),
        faults: asked.faults.into(),
        seed: asked.seed,
        lines: asked.lines,
        keep: asked.keep.clone(),
    };
    // How many bytes all copies have is not known before.
    let work = |watch: &_| inject(&asked.path, &faults, &settings, &detecting, watch);
    let report = reading::watched(&Plan::default(), false, !manners.quiet, work).map_err(refused)?;
    if let Some((path, out)) = &mut place {
        let written = json::document(&report, out);
        unless_pipe_closed(written).map_err(|error| outputs::cannot_write(path, &error))?;
    }
    if !manners.quiet && asked.json.as_deref() != Some(Path::new("-")) {
        let (width, palette) = (screen::width(), screen::palette(manners));
        let text = InjectText { width, palette, everything: manners.verbose };
        outputs::print(|out| text.render(&report, out))?;
    }
    Ok(Exit::Ran)
}

/// Neither the figures nor a copy may be written over the log.
fn refuse_the_log(asked: &EvalInject) -> Result<(), Problem> {
    let name = asked.path.file_name();
    let copy = asked.keep.iter().filter_map(|folder| Some(folder.join("unchanged").join(name?)));
    let outputs: Vec<_> = asked.json.iter().cloned().chain(copy).collect();
    outputs::refuse_inputs(outputs.iter().map(|path| path.as_path()), [asked.path.as_path()].into_iter())
}
