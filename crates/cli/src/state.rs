//! `state`: a state folder in, whether it is sound, or what it holds, out.

use std::io::{self, BufWriter, Write};

use logsift_pipeline::daemon::{self, StartError};

use crate::arguments::Manners;
use crate::arguments::serve::{Export, Serve, State, StateCommand, StateFolder};
use crate::exit::{Exit, Problem, unless_pipe_closed};
use crate::screen;
use crate::serve::{self, state_folder};

pub(crate) fn run(arguments: &State, manners: &Manners) -> Result<Exit, Problem> {
    match &arguments.command {
        StateCommand::Check(folder) => check(folder, manners),
        StateCommand::Export(export) => write(export, manners),
        StateCommand::Compact(folder) => {
            let folder = state_folder(folder.state.as_ref())?;
            let (before, after) = daemon::compact(&folder).map_err(refused)?;
            screen::complain(&format!("{before} bytes before, {after} bytes now"));
            Ok(Exit::Ran)
        }
    }
}

fn check(folder: &StateFolder, manners: &Manners) -> Result<Exit, Problem> {
    let folder = state_folder(folder.state.as_ref())?;
    let checked = daemon::check(&folder).map_err(refused)?;
    for problem in &checked.problems {
        screen::complain(problem);
    }
    if !manners.quiet {
        let daemon::Check { generation, segments, lines, .. } = checked;
        screen::complain(&format!(
            "generation {generation}, {segments} segments of the journal, {lines} lines behind the generation"
        ));
    }
    Ok(if checked.problems.is_empty() { Exit::Ran } else { Exit::Internal })
}

fn write(export: &Export, manners: &Manners) -> Result<Exit, Problem> {
    let folder = state_folder(export.folder.state.as_ref())?;
    let mut out = BufWriter::new(io::stdout().lock());
    let written = match export.lines {
        true => daemon::export_lines(&folder, &mut out),
        false => {
            let settings = serve::of_file(Serve::of_file(&export.settings, &folder), manners)?;
            daemon::export(&folder, &settings, &mut out)
        }
    };
    let written = written.map_err(refused)?;
    unless_pipe_closed(written.and_then(|()| out.flush()))
        .map_err(|error| Problem::internal(format!("cannot write to standard output: {error}")))?;
    Ok(Exit::Ran)
}

fn refused(error: StartError) -> Problem {
    Problem::internal(error)
}
