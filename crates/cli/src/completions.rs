//! `completions`: the name of a shell in, its completion script out.

use std::io::{self, Write};

use clap::CommandFactory;

use crate::arguments::{Arguments, Completions};
use crate::exit::{Exit, Problem, unless_pipe_closed};

pub(crate) fn run(arguments: &Completions) -> Result<Exit, Problem> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "logsift", &mut script);
    unless_pipe_closed(io::stdout().write_all(&script)).map_err(Problem::internal)?;
    Ok(Exit::Ran)
}
