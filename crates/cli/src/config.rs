//! `config`: a settings file in; its values, its problems or the schema of all such files out.

use std::io::Write;
use std::path::Path;

use logsift_alerts::settings::Alerts;
use logsift_pipeline::settings::{self, Loaded};
use logsift_reports::escape::for_terminal;

use crate::arguments::alerts::{Check, Config, ConfigCommand, SettingsFile, Show};
use crate::exit::{Exit, Problem, unless_pipe_closed};
use crate::{outputs, screen};

pub(crate) fn run(config: &Config) -> Result<Exit, Problem> {
    match &config.command {
        ConfigCommand::Show(arguments) => show(arguments),
        ConfigCommand::Check(arguments) => check(arguments),
        ConfigCommand::Schema(_) => schema(),
    }
}

impl SettingsFile {
    /// The settings; what sets nothing is told.
    pub(crate) fn load(&self) -> Result<Loaded, Problem> {
        let loaded =
            settings::load(self.config.as_deref(), &settings::of_process()).map_err(Problem::usage)?;
        loaded.notes.iter().for_each(|note| screen::complain(&note.to_string()));
        Ok(loaded)
    }
}

fn show(arguments: &Show) -> Result<Exit, Problem> {
    let loaded = arguments.settings.load()?;
    let lines = settings::shown(&loaded);
    let widest = lines.iter().map(|line| line.key.len() + line.value.len()).filter(|width| *width < 60).max();
    let column = widest.unwrap_or(0) + 3;
    let mut text = String::new();
    for line in lines {
        let value = format!("{}: {}", line.key, for_terminal(&line.value));
        match arguments.origin {
            true => text.push_str(&format!("{value:<column$} # {} ({})\n", line.place, line.variable)),
            false => text.push_str(&format!("{value}\n")),
        }
    }
    printed(&text)
}

fn check(arguments: &Check) -> Result<Exit, Problem> {
    let loaded = arguments.settings.load()?;
    let name =
        loaded.file.as_deref().map_or_else(|| "the defaults".to_owned(), |file| file.display().to_string());
    if !arguments.connect {
        return printed(&format!("{name}: no problems\n"));
    }
    let unreached = connect(&loaded.settings.alerts)?;
    printed(&format!("{name}: no problems\n"))?;
    Ok(if unreached { Exit::Unreadable } else { Exit::Ran })
}

/// Opens every channel. Says whether one could not be reached.
fn connect(alerts: &Alerts) -> Result<bool, Problem> {
    let mut unreached = false;
    for (name, mut channel) in alerts.open_channels() {
        match channel.connect() {
            Ok(()) => {
                printed(&format!("alerts.channels.{name}: can be reached\n"))?;
            }
            Err(error) => {
                screen::complain(&format!("alerts.channels.{name}: {}", for_terminal(&error.to_string())));
                unreached = true;
            }
        }
    }
    Ok(unreached)
}

fn schema() -> Result<Exit, Problem> {
    let text = serde_json::to_string_pretty(&settings::schema()).map_err(Problem::internal)?;
    printed(&format!("{text}\n"))
}

/// Text to standard output; somebody who has seen enough is no error.
pub(crate) fn printed(text: &str) -> Result<Exit, Problem> {
    let written = std::io::stdout().lock().write_all(text.as_bytes());
    unless_pipe_closed(written)
        .map_err(|error| outputs::cannot_write(Path::new("standard output"), &error))?;
    Ok(Exit::Ran)
}
