//! `templates`: paths in, the shapes of their messages out.

mod diff;

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use logsift_engine::templates::Pins;
use logsift_pipeline::templates::{Listing, Order, TemplatesMade, TemplatesSettings, templates};
use logsift_sources::Plan;

use crate::arguments::{Manners, SortKey, TableFormat, Templates, TemplatesCommand};
use crate::exit::{Exit, Problem, unless_pipe_closed};
use crate::outputs::{self, ListFile, TemplatesFormat};
use crate::reading::{self, nothing_to_read};
use crate::screen;

/// So many templates are listed for people unless more are asked for.
const LISTED: usize = 40;

pub(crate) fn run(mut arguments: Templates, manners: &Manners) -> Result<Exit, Problem> {
    if let Some(TemplatesCommand::Diff(diff)) = arguments.command {
        return diff::run(&diff, manners);
    }
    if !arguments.input.or_stdin() {
        return Ok(nothing_to_read("templates"));
    }
    let settings = settings(&arguments, manners)?;
    let plan = arguments.input.plan();
    let places = arguments.output.iter().chain(&arguments.assignments).map(PathBuf::as_path);
    reading::refuse(places, settings.scan.needs_end(), &plan)?;
    let files: Vec<ListFile> =
        arguments.output.iter().map(|path| ListFile::create(path)).collect::<Result<_, _>>()?;
    let mut made = make(&arguments, &settings, &plan, manners)?;
    for file in files {
        file.write(&made.report, arguments.slots)?;
    }
    let rows = arguments.assignments.as_deref().unwrap_or(Path::new("-"));
    let written = std::mem::replace(&mut made.assignments, Ok(()));
    unless_pipe_closed(written).map_err(|error| outputs::cannot_write(rows, &error))?;
    let told = show(&arguments, manners, &mut made)?;
    reading::tell(&made.scanned, told, manners);
    Ok(reading::exit(&made.scanned))
}

fn settings(arguments: &Templates, manners: &Manners) -> Result<TemplatesSettings, Problem> {
    let input = &arguments.input.how;
    let order = match arguments.sort {
        SortKey::Count => Order::Count,
        SortKey::First => Order::First,
        SortKey::Last => Order::Last,
        SortKey::Level => Order::Level,
        SortKey::Rate => Order::Rate,
        SortKey::Text => Order::Text,
    };
    Ok(TemplatesSettings {
        scan: input.settings(manners)?,
        pins: pins(arguments.templates.as_deref())?,
        listing: Listing {
            order,
            grep: arguments.grep.clone(),
            level: arguments.level,
            new_since: input.moment(arguments.new_since.as_deref())?,
            limit: arguments.limit,
            examples: arguments.examples,
        },
    })
}

/// What the user decided about templates.
pub(crate) fn pins(path: Option<&Path>) -> Result<Pins, Problem> {
    let Some(path) = path else { return Ok(Pins::default()) };
    let failed = |error: &dyn std::fmt::Display| Problem::usage(format!("`{}`: {error}", path.display()));
    let yaml = fs::read_to_string(path).map_err(|error| failed(&error))?;
    Pins::parse(&yaml).map_err(|error| failed(&error))
}

fn make(
    arguments: &Templates,
    settings: &TemplatesSettings,
    plan: &Plan,
    manners: &Manners,
) -> Result<TemplatesMade, Problem> {
    let mut rows = arguments.assignments.as_deref().map(outputs::writer).transpose()?;
    let rows_are_seen = rows_on_stdout(arguments) && io::stdout().is_terminal();
    let wanted = !manners.quiet && !rows_are_seen;
    let work = |watch: &_| {
        let rows = rows.as_mut().map(|rows| rows as &mut dyn Write);
        templates(plan, settings, rows, watch)
    };
    reading::watched(plan, settings.scan.needs_end(), wanted, work).map_err(Problem::usage)
}

fn rows_on_stdout(arguments: &Templates) -> bool {
    arguments.assignments.as_deref() == Some(Path::new("-"))
}

/// The list to standard output, unless that is taken or quiet was asked for.
fn show(arguments: &Templates, manners: &Manners, made: &mut TemplatesMade) -> Result<bool, Problem> {
    let text = arguments.format == TableFormat::Text;
    if rows_on_stdout(arguments) || (text && (manners.quiet || made.scanned.inputs.is_empty())) {
        return Ok(false);
    }
    if text && arguments.limit.is_none() && !arguments.all {
        made.report.templates.truncate(LISTED);
    }
    let format = match arguments.format {
        TableFormat::Text => TemplatesFormat::Text {
            width: screen::width(),
            palette: screen::palette(manners),
            everything: manners.verbose,
        },
        TableFormat::Json => TemplatesFormat::Json,
        TableFormat::Csv => TemplatesFormat::Csv,
        TableFormat::Ndjson => TemplatesFormat::Ndjson,
    };
    outputs::print(|out| format.write(&made.report, arguments.slots, out))?;
    Ok(text)
}
