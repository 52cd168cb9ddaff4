//! What was judged in, figures, rows, pages and pictures out, each to its place.

use std::fs;
use std::path::{Path, PathBuf};

use logsift_eval::metrics::Bootstrap;
use logsift_eval::report::{Evaluation, FigureSettings};
use logsift_eval::write_scores;
use logsift_reports::eval_report::EvalReport;
use logsift_reports::png::evaluation;
use logsift_reports::text::eval::EvalText;
use logsift_reports::{eval_html, json};

use crate::arguments::Manners;
use crate::arguments::eval::Figures;
use crate::exit::{Exit, Problem, unless_pipe_closed};
use crate::{outputs, screen};

type Place = (PathBuf, Box<dyn std::io::Write + Send>);

/// Where figures, rows and pictures go, opened before anything is judged.
pub(super) struct Places {
    json: Option<Place>,
    scores: Option<Place>,
    html: Option<Place>,
    plots: Option<PathBuf>,
}

impl Places {
    pub(super) fn open<'a>(
        figures: &'a Figures,
        inputs: impl Iterator<Item = &'a Path> + Clone,
    ) -> Result<Places, Problem> {
        let asked = [figures.json.as_ref(), figures.scores.as_ref(), figures.html.as_ref()];
        outputs::refuse_inputs(asked.into_iter().flatten().map(PathBuf::as_path), inputs)?;
        if figures.json.is_some() && figures.json == figures.scores {
            return Err(Problem::usage(
                "--json and --scores go to the same place\nhint: name another for one of them",
            ));
        }
        let open = |path: &Option<PathBuf>| -> Result<Option<Place>, Problem> {
            path.as_ref().map(|path| Ok((path.clone(), outputs::writer(path)?))).transpose()
        };
        if let Some(folder) = &figures.plots {
            fs::create_dir_all(folder).map_err(|error| {
                Problem::usage(format!("cannot write to `{}`: {error}", folder.display()))
            })?;
        }
        Ok(Places {
            json: open(&figures.json)?,
            scores: open(&figures.scores)?,
            html: open(&figures.html)?,
            plots: figures.plots.clone(),
        })
    }

    /// Makes the figures and writes them to every place.
    pub(super) fn tell(
        self,
        evaluation: Evaluation<'_>,
        figures: &Figures,
        manners: &Manners,
    ) -> Result<Exit, Problem> {
        let settings = FigureSettings {
            weights: figures.weight,
            costs: figures.cost,
            bootstrap: Bootstrap { resamples: figures.resamples, ..Bootstrap::default() },
            curves: self.html.is_some() || self.plots.is_some(),
        };
        let taken = [&self.json, &self.scores, &self.html];
        let stdout_is_taken = taken.into_iter().flatten().any(|(path, _)| path == Path::new("-"));
        if let (Some((path, mut out)), Some(judgement)) = (self.scores, evaluation.judgements.first()) {
            let written = write_scores(evaluation.units, &judgement.verdicts, &mut out);
            unless_pipe_closed(written).map_err(|error| outputs::cannot_write(&path, &error))?;
        }
        let mut report = evaluation.report(&settings);
        if let Some((path, mut out)) = self.html {
            let written = eval_html::render(&report, &mut out);
            unless_pipe_closed(written).map_err(|error| outputs::cannot_write(&path, &error))?;
        }
        if let Some(folder) = self.plots {
            draw(&report, &folder)?;
        }
        // They are for pictures; whoever reads figures has --scores for their own.
        report.models.iter_mut().for_each(|figures| figures.curves = None);
        if let Some((path, mut out)) = self.json {
            let written = json::document(&report, &mut out);
            unless_pipe_closed(written).map_err(|error| outputs::cannot_write(&path, &error))?;
        }
        if !manners.quiet && !stdout_is_taken {
            let (width, palette) = (screen::width(), screen::palette(manners));
            let text = EvalText { width, palette, everything: manners.verbose };
            outputs::print(|out| text.render(&report, out))?;
        }
        Ok(Exit::Ran)
    }
}

/// A picture of every model, and one of all of them.
fn draw(report: &EvalReport, folder: &Path) -> Result<(), Problem> {
    for figures in &report.models {
        let path = folder.join(format!("{}.png", file_name(&figures.model)));
        let mut file = outputs::create(&path)?;
        let drawn = evaluation::model(report, figures, &mut file);
        drawn.map_err(|error| outputs::cannot_write(&path, &error))?;
    }
    if report.models.len() > 1 {
        let path = folder.join("all-models.png");
        let mut file = outputs::create(&path)?;
        evaluation::models(report, &mut file).map_err(|error| outputs::cannot_write(&path, &error))?;
    }
    Ok(())
}

/// Scores of a file are named by that file, which may have any name.
fn file_name(model: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let name: String = model.chars().map(|letter| if plain(letter) { letter } else { '_' }).collect();
    let name = name.trim_start_matches('.');
    if name.is_empty() { "model".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_have_plain_names() {
        for (model, name) in
            [("pca", "pca"), ("my scores.csv", "my_scores.csv"), ("../x", "_x"), ("", "model")]
        {
            assert_eq!(file_name(model), name);
        }
    }
}
