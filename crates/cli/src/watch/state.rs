//! The state of `watch`: a model, and how far every file was read, in a folder; each replaced in one step.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use logsift_engine::model::{Learned, Redaction};
use logsift_pipeline::following::positions::{self, Left};
use logsift_pipeline::model_file::write_model_file;
use logsift_sources::Position;

use crate::detecting;
use crate::exit::Problem;

/// The state in a folder.
pub(super) struct State {
    model: PathBuf,
    positions: PathBuf,
    known: Option<(String, Learned)>,
    at: BTreeMap<String, Left>,
}

impl State {
    /// Opens the folder, which is made where there is none.
    pub(super) fn open(folder: &Path, redaction: Redaction) -> Result<State, Problem> {
        let failed =
            |error| Problem::usage(format!("cannot keep a state in `{}`: {error}", folder.display()));
        fs::create_dir_all(folder).map_err(failed)?;
        let (model, positions) = (folder.join("watch.model"), folder.join("positions.json"));
        let known = if model.exists() { Some(detecting::known(&model, redaction, None)?) } else { None };
        // Without the model the positions would make it miss what was read before.
        let at = match (&known, fs::read_to_string(&positions)) {
            (Some(_), Ok(text)) => positions::read(&text).map_err(|error| damaged(&positions, &error))?,
            _ => BTreeMap::new(),
        };
        Ok(State { model, positions, known, at })
    }

    /// What was known at the start.
    pub(super) fn known(&self) -> Option<(String, Learned)> {
        self.known.clone()
    }

    /// How far a file was read before.
    pub(super) fn position(&self, name: &str) -> Option<Position> {
        self.at.get(name).map(|left| left.position)
    }

    /// The pattern that a file was read with before.
    pub(super) fn pattern(&self, name: &str) -> Option<String> {
        self.at.get(name)?.pattern.clone()
    }

    /// Saves both. Positions come last: lines that are in the model already are at worst learned twice, never missed.
    pub(super) fn save(&mut self, model: &[u8], files: BTreeMap<String, Left>) -> Result<(), Problem> {
        write_model_file(&self.model, model).map_err(Problem::internal)?;
        // Of files that are not followed this time it is still known.
        self.at.extend(files);
        let text = positions::write(&self.at);
        let written = replace(&self.positions, text.as_bytes());
        written.map_err(|error| {
            Problem::internal(format!("cannot write `{}`: {error}", self.positions.display()))
        })
    }
}

fn damaged(path: &Path, error: &dyn std::fmt::Display) -> Problem {
    Problem::usage(format!(
        "`{}`: {error}\nhint: remove it, and all files are read from their beginning",
        path.display()
    ))
}

fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension("json.new");
    let mut file = fs::File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)
}
