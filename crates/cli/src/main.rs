//! The terminal face of logsift: words in, a report and an exit code out. One file per command.

mod alerts;
mod arguments;
mod completions;
mod config;
mod detecting;
mod diff;
mod embeddings;
mod eval;
mod exit;
mod explain;
mod feedback;
mod formats;
mod generate;
mod learn;
mod manual;
mod models;
mod outputs;
mod progress;
mod reading;
mod redaction;
mod reporting;
mod rules;
mod scan;
mod score;
mod screen;
mod serve;
mod sides;
mod state;
mod telling;
mod templates;
#[cfg(feature = "serve")]
mod token;
mod train;
mod version;
mod watch;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};
use logsift_pipeline::batch::panic_text;

use arguments::{Arguments, Command, ModelCommand};
use exit::{Exit, Problem};

fn main() -> ExitCode {
    screen::quiet_panics();
    let arguments = match parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    let ended = catch_unwind(AssertUnwindSafe(|| run(arguments))).unwrap_or_else(|panic| Err(fault(&*panic)));
    match ended {
        Ok(exit) => exit.into(),
        Err(problem) => {
            screen::complain(&problem.to_string());
            problem.exit().into()
        }
    }
}

fn fault(panic: &(dyn Any + Send)) -> Problem {
    let hint = "run it again with RUST_BACKTRACE=1 and report what it says";
    Problem::internal(format!("{}\nhint: {hint}", panic_text(panic)))
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
        Command::Diff(compare) => diff::run(&compare, &arguments.manners),
        Command::Watch(follow) => watch::run(&follow, &arguments.manners),
        Command::Serve(serve) => serve::run(serve, &arguments.manners),
        Command::State(state) => state::run(&state, &arguments.manners),
        #[cfg(feature = "serve")]
        Command::Token(token) => token::run(&token),
        Command::Templates(templates) => templates::run(templates, &arguments.manners),
        Command::Learn(learn) => learn::run(learn, &arguments.manners),
        Command::Merge(merge) => models::merge(&merge, &arguments.manners),
        Command::Model(model) => match model.command {
            ModelCommand::Inspect(inspect) => models::inspect(&inspect, &arguments.manners),
            ModelCommand::Verify(verify) => models::verify(&verify, &arguments.manners),
            ModelCommand::Key(keys) => models::keys(&keys, &arguments.manners),
            ModelCommand::Sign(sign) => models::sign(&sign, &arguments.manners),
        },
        Command::Train(train) => train::run(train, &arguments.manners),
        Command::Score(score) => score::run(score, &arguments.manners),
        Command::Generate(generate) => generate::run(&generate, &arguments.manners),
        Command::Eval(eval) => eval::run(eval, &arguments.manners),
        Command::Rules(rules) => rules::run(&rules, &arguments.manners),
        Command::Feedback(feedback) => feedback::run(&feedback, &arguments.manners),
        Command::Alerts(alerts) => alerts::run(&alerts),
        Command::Config(config) => config::run(&config),
        Command::Explain(explain) => explain::run(&explain, &arguments.manners),
        Command::Completions(completions) => completions::run(&completions),
        Command::Man(manual) => manual::run(&manual),
    }
}
