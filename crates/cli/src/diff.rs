//! `diff`: a baseline and a target in, the report of what is unusual and what differs out.

use std::path::Path;

use logsift_engine::model::Redaction;
use logsift_pipeline::diff::diff;
use logsift_pipeline::scan::RowsOut;

use crate::arguments::Manners;
use crate::arguments::comparing::Compare;
use crate::exit::{Exit, Problem};
use crate::sides::side;
use crate::{detecting, outputs, reading};

/// Whoever compares is looking for a difference, so more of them are shown.
const BUDGET: &str = "50/day";

pub(crate) fn run(arguments: &Compare, manners: &Manners) -> Result<Exit, Problem> {
    let mut settings = arguments.how.settings(manners)?;
    settings.detecting = Some(arguments.detect.settings_within(BUDGET, None)?);
    let plan = arguments.how.plan(std::slice::from_ref(&arguments.target));
    reading::refuse(arguments.report.places(), settings.needs_end(), &plan)?;
    let baseline = arguments.how.plan(std::slice::from_ref(&arguments.baseline));
    let read = baseline.sets.iter().flat_map(|set| set.parts()).filter_map(|part| part.path());
    let named = [Path::new(&arguments.baseline)];
    outputs::refuse_inputs(arguments.report.places(), read.chain(named))?;
    let files = arguments.report.open()?;
    let known = side(&arguments.baseline, &arguments.how, manners)?;
    refuse_other_redaction(known.learned.conditions().redaction, settings.redaction, &known.name)?;
    let target = arguments.target.to_string_lossy().into_owned();
    let work = |watch: &_| diff(known, &plan, &target, &settings, RowsOut::default(), watch);
    let scanned =
        reading::watched(&plan, settings.needs_end(), !manners.quiet, work).map_err(Problem::usage)?;
    for file in files {
        file.write(&scanned.report)?;
    }
    let told = arguments.report.show(manners, &scanned.report)?;
    reading::tell(&scanned.report, told, manners);
    match reading::exit(&scanned.report) {
        Exit::Ran => Ok(detecting::exit(&scanned.report, arguments.failing.fail_on)),
        other => Ok(other),
    }
}

fn refuse_other_redaction(theirs: Redaction, ours: Redaction, name: &str) -> Result<(), Problem> {
    if theirs == ours { Ok(()) } else { Err(detecting::other_redaction(name, theirs)) }
}
