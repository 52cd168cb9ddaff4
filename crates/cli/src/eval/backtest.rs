//! `eval backtest`: logs in, what a scan would have raised on every day of them out.

use std::path::{Path, PathBuf};

use logsift_eval::backtest::backtest;
use logsift_pipeline::detection::Detecting;
use logsift_pipeline::scan::{RowsOut, scan};
use logsift_reports::json;
use logsift_reports::text::backtest::BacktestText;

use super::refused;
use crate::arguments::Manners;
use crate::arguments::eval::EvalBacktest;
use crate::exit::{Exit, Problem, unless_pipe_closed};
use crate::reading::{self, nothing_to_read};
use crate::{outputs, screen};

pub(super) fn run(mut asked: EvalBacktest, manners: &Manners) -> Result<Exit, Problem> {
    if !asked.input.or_stdin() {
        return Ok(nothing_to_read("eval"));
    }
    let how = &asked.input.how;
    let mut settings = how.settings(manners)?;
    let detecting = asked.detect.settings(asked.known.load(settings.redaction, manners)?)?;
    let deploys = how.deploys(&asked.detect.deploy)?;
    // Everything that is held has a day.
    settings.detecting = Some(Detecting { deploys, held_listed: usize::MAX, ..detecting });
    let plan = asked.input.plan();
    reading::refuse(asked.json.iter().map(PathBuf::as_path), settings.needs_end(), &plan)?;
    let mut place = match asked.json.as_deref() {
        Some(path) => Some((path, outputs::writer(path)?)),
        None => None,
    };
    let work = |watch: &_| scan(&plan, &settings, RowsOut::default(), watch);
    let scanned = reading::watched(&plan, settings.needs_end(), !manners.quiet, work);
    let report = scanned.map_err(Problem::usage)?.report;
    reading::tell(&report, false, manners);
    let exit = reading::exit(&report);
    if report.inputs.is_empty() {
        return Ok(exit);
    }
    let report = backtest(&report).map_err(refused)?;
    if let Some((path, out)) = &mut place {
        let written = json::document(&report, out);
        unless_pipe_closed(written).map_err(|error| outputs::cannot_write(path, &error))?;
    }
    if !manners.quiet && asked.json.as_deref() != Some(Path::new("-")) {
        let (width, palette) = (screen::width(), screen::palette(manners));
        let text = BacktestText { width, palette, everything: manners.verbose };
        outputs::print(|out| text.render(&report, out))?;
    }
    Ok(exit)
}
