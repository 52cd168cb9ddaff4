//! The name of one side of a comparison in, what was learned from it out: a model is read, logs are learned.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use logsift_engine::model::Learned;
use logsift_pipeline::compare::Compared;
use logsift_pipeline::learning::{learn, load};
use logsift_pipeline::mining::BUDGET;
use logsift_sources::Plan;

use crate::arguments::{How, Manners};
use crate::exit::Problem;
use crate::models::{is_model, unusable};
use crate::reading;

/// One side of a comparison.
pub(crate) fn side(name: &OsStr, how: &How, manners: &Manners) -> Result<Compared, Problem> {
    let path = Path::new(name);
    let shown = path.to_string_lossy().into_owned();
    if is_model(path) {
        let learned = load(path, manners.signer()?.as_ref()).map_err(|error| unusable(&error))?;
        return Ok(Compared { name: shown, model: true, learned, notices: Vec::new() });
    }
    of_plan(shown, &how.plan(&[OsString::from(name)]), how, manners)
}

/// One side of a comparison, learned from logs.
pub(crate) fn of_plan(shown: String, plan: &Plan, how: &How, manners: &Manners) -> Result<Compared, Problem> {
    let settings = how.settings(manners)?;
    reading::refuse(std::iter::empty(), settings.needs_end(), plan)?;
    let before = Learned::new(how.redaction(), BUDGET);
    let work = |watch: &_| learn(plan, &settings, before, false, watch);
    let lesson = reading::watched(plan, settings.needs_end(), !manners.quiet, work);
    let lesson = lesson.map_err(Problem::usage)?;
    if lesson.scanned.inputs.is_empty() {
        reading::tell(&lesson.scanned, false, manners);
        return Err(Problem::unreadable(format!("nothing of `{shown}` could be read")));
    }
    let notices = lesson.scanned.notices;
    Ok(Compared { name: shown, model: false, learned: lesson.learned, notices })
}
