//! The terminal face of logsift: words in, a report and an exit code out. One file per command.

mod arguments;
mod completions;
mod exit;
mod explain;
mod formats;
mod manual;
mod outputs;
mod progress;
mod redaction;
mod scan;
mod screen;
mod version;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use arguments::{Arguments, Command};
use exit::{Exit, Problem};

fn main() -> ExitCode {
    screen::quiet_panics();
    let arguments = match parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    match run(arguments) {
        Ok(exit) => exit.into(),
        Err(problem) => {
            screen::complain(&problem.to_string());
            problem.exit().into()
        }
    }
}

fn parse() -> Result<Arguments, clap::Error> {
    let command = Arguments::command().color(screen::help_colour(std::env::args()));
    Arguments::from_arg_matches(&command.try_get_matches()?)
}

fn usage(error: &clap::Error) -> ExitCode {
    // Nobody is left to be told that help could not be shown.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Ran.into() }
}

fn run(arguments: Arguments) -> Result<Exit, Problem> {
    match arguments.command {
        Command::Scan(scan) => scan::run(scan, &arguments.manners),
        Command::Explain(explain) => explain::run(&explain, &arguments.manners),
        Command::Completions(completions) => completions::run(&completions),
        Command::Man(manual) => manual::run(&manual),
    }
}
