//! `learn`: paths in, a model file out.

use std::path::{Path, PathBuf};

use logsift_engine::model::Learned;
use logsift_pipeline::learning::{self, Lesson};
use logsift_pipeline::mining::BUDGET;
use logsift_pipeline::model_file::write_model_file;
use logsift_pipeline::signing::Signer;
use logsift_reports::text::figures::counted;

use crate::arguments::{Learn, Manners};
use crate::exit::{Exit, Problem};
use crate::models::{self, unusable};
use crate::outputs;
use crate::reading::{self, nothing_to_read};
use crate::screen;

pub(crate) fn run(mut arguments: Learn, manners: &Manners) -> Result<Exit, Problem> {
    if !arguments.input.or_stdin() {
        return Ok(nothing_to_read("learn"));
    }
    let target = target(&arguments)?;
    let settings = arguments.input.how.settings(manners)?;
    let plan = arguments.input.plan();
    reading::refuse([target.as_path()].into_iter(), settings.needs_end(), &plan)?;
    models::refuse_target(&target)?;
    let before = before(&arguments, manners.signer()?.as_ref())?;
    let work = |watch: &_| learning::learn(&plan, &settings, before, true, watch);
    let lesson = reading::watched(&plan, settings.needs_end(), !manners.quiet, work);
    let mut lesson = lesson.map_err(Problem::usage)?;
    reading::tell(&lesson.scanned, false, manners);
    for name in &lesson.held {
        if !manners.quiet {
            screen::complain(&format!("{name}: learned before, nothing changed"));
        }
    }
    if lesson.scanned.inputs.is_empty() {
        return Ok(Exit::Unreadable);
    }
    // Whoever looks into the model sees these ids, so what they stand for is remembered.
    lesson.learned.miner_mut().issue();
    write_model_file(&target, &lesson.learned.write()).map_err(Problem::internal)?;
    if !manners.quiet {
        outputs::print(|out| writeln!(out, "{}", summary(&lesson, &target)))?;
    }
    Ok(reading::exit(&lesson.scanned))
}

fn target(arguments: &Learn) -> Result<PathBuf, Problem> {
    let target = arguments.output.as_ref().or(arguments.onto.as_ref());
    target.cloned().ok_or_else(|| Problem::usage("no place for the model\nhint: give one with -o"))
}

fn before(arguments: &Learn, signer: Option<&Signer>) -> Result<Learned, Problem> {
    let redaction = arguments.input.how.redaction();
    let mut learned = Learned::new(redaction, BUDGET);
    if let Some(path) = &arguments.onto {
        let known = learning::load(path, signer).map_err(|error| unusable(&error))?;
        // Into nothing, so that other conditions are refused as in a merge.
        learned.absorb(known).map_err(|error| Problem::usage(format!("`{}`: {error}", path.display())))?;
    }
    Ok(learned)
}

fn summary(lesson: &Lesson, target: &Path) -> String {
    let templates = lesson.learned.miner().templates().list().len() as u64;
    let records = lesson.learned.miner().account().records;
    format!(
        "{}: {} in {}, {}",
        target.display(),
        counted(records, "record", "records"),
        counted(lesson.learned.parts().len() as u64, "part", "parts"),
        counted(templates, "template", "templates"),
    )
}
