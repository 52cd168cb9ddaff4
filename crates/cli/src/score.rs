//! `score`: a trained model and logs in, a row with a score for each record, window or session out.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use logsift_engine::features::Family;
use logsift_pipeline::outlier_model::{Judge, OutlierModel};
use logsift_pipeline::scoring::{ScoreFormat, ScoreSettings, score};
use logsift_pipeline::training::same_redaction;

use crate::arguments::Manners;
use crate::arguments::train::{RowFormat, Score};
use crate::exit::{Exit, Problem, unless_pipe_closed};
use crate::reading::{self, nothing_to_read};
use crate::train::{load, refused};
use crate::{embeddings, outputs};

pub(crate) fn run(mut arguments: Score, manners: &Manners) -> Result<Exit, Problem> {
    if arguments.paths.is_empty() {
        if io::stdin().is_terminal() {
            return Ok(nothing_to_read("score"));
        }
        arguments.paths.push("-".into());
    }
    let model = load(&arguments.model, manners)?;
    arguments.how.as_tables(&arguments.paths, families(&model));
    let settings = arguments.how.settings(manners)?;
    same_redaction(&model, settings.redaction).map_err(|error| refused(&error))?;
    let embeddings = embeddings::open(arguments.embeddings.as_deref())?;
    let plan = arguments.how.plan(&arguments.paths);
    let place = arguments.output.clone().unwrap_or_else(|| PathBuf::from("-"));
    reading::refuse([place.as_path()].into_iter(), settings.needs_end(), &plan)?;
    outputs::refuse_inputs([place.as_path()].into_iter(), [arguments.model.as_path()].into_iter())?;
    let out = outputs::writer(&place)?;
    let asked = ScoreSettings {
        scan: &settings,
        model: &model,
        embeddings: embeddings.as_deref(),
        format: format(arguments.format),
        only_flagged: arguments.flagged,
    };
    // Rows and a bar on one terminal would be drawn into each other.
    let rows_are_seen = place == Path::new("-") && io::stdout().is_terminal();
    let wanted = !manners.quiet && !rows_are_seen;
    let rated =
        reading::watched(&plan, settings.needs_end(), wanted, |watch| score(&plan, &asked, out, watch));
    let rated = rated.map_err(|error| refused(&error))?;
    unless_pipe_closed(rated.written).map_err(|error| outputs::cannot_write(&place, &error))?;
    reading::tell(&rated.scanned, false, manners);
    Ok(reading::exit(&rated.scanned))
}

fn format(format: RowFormat) -> ScoreFormat {
    match format {
        RowFormat::Csv => ScoreFormat::Csv,
        RowFormat::Ndjson => ScoreFormat::Ndjson,
    }
}

/// The families of features that a model takes.
pub(crate) fn families(model: &OutlierModel) -> &[Family] {
    match &model.judge {
        Judge::Rows(layout, _) => layout.asked().families(),
        Judge::Sequences(..) => &[],
    }
}
