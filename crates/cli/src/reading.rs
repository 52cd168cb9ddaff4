//! What all commands that read logs have in common: words in, settings and a plan out, and what is said
//! about inputs that could not be read.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use clap::CommandFactory;
use logsift_engine::features::Family;
use logsift_engine::model::Redaction;
use logsift_engine::reader::Settings;
use logsift_engine::records::redact::Kinds;
use logsift_engine::records::zone::Zone;
use logsift_pipeline::moment::Moment;
use logsift_pipeline::scan::ScanSettings;
use logsift_pipeline::watch::Watch;
use logsift_reports::ScanReport;
use logsift_reports::scan_report::{Notice, NoticeKind};
use logsift_reports::text::figures::counted;
use logsift_sources::{Part, Plan, PlanOptions, SourceSet, plan};

use crate::arguments::{Arguments, How, Input, Manners, Redact};
use crate::exit::{Exit, Problem};
use crate::progress::Progress;
use crate::{formats, outputs, redaction, screen};

/// So many notices are told on standard error unless all are asked for.
const NOTICES: usize = 5;

impl Input {
    /// Takes standard input where nothing was named; says no where that is a terminal.
    pub(crate) fn or_stdin(&mut self) -> bool {
        if self.paths.is_empty() {
            self.paths.push("-".into());
            return !io::stdin().is_terminal();
        }
        true
    }

    /// What is read.
    pub(crate) fn plan(&self) -> Plan {
        self.how.plan(&self.paths)
    }
}

impl How {
    /// How it is read.
    pub(crate) fn settings(&self, manners: &Manners) -> Result<ScanSettings, Problem> {
        Ok(ScanSettings {
            reader: self.reader_settings()?,
            since: self.moment(self.since.as_deref())?,
            until: self.moment(self.until.as_deref())?,
            stream: self.stream.clone(),
            redaction: self.redaction(),
            threads: threads(manners),
            only_rows: false,
            detecting: None,
        })
    }

    /// The same where numbers in fields are wanted: files that are called tables are read as such, however few lines
    /// they have.
    pub(crate) fn as_tables(&mut self, paths: &[OsString], families: &[Family]) {
        let is_table = |path: &OsString| {
            let name = path.to_string_lossy().to_lowercase();
            [".gz", ".zst", ".xz", ".bz2"]
                .iter()
                .fold(&*name, |name, end| name.trim_end_matches(end))
                .ends_with(".csv")
        };
        if self.log_format.is_none() && families.contains(&Family::Columns) && paths.iter().all(is_table) {
            self.log_format = Some("csv".to_owned());
        }
    }

    /// A time as the user wrote it.
    pub(crate) fn moment(&self, text: Option<&str>) -> Result<Option<Moment>, Problem> {
        let zone = Zone::choose(None, self.tz.as_deref()).map_err(Problem::usage)?;
        text.map(|text| Moment::parse(text, &zone)).transpose().map_err(Problem::usage)
    }

    /// When something was deployed.
    pub(crate) fn deploys(&self, texts: &[String]) -> Result<Vec<Moment>, Problem> {
        let moments = texts.iter().map(|text| self.moment(Some(text)));
        Ok(moments.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    fn reader_settings(&self) -> Result<Settings, Problem> {
        let mut settings = Settings::new().with_library(formats::library(self.own.formats.as_deref())?);
        if let Some(zone) = &self.tz {
            settings = settings.with_zone(zone).map_err(Problem::usage)?;
        }
        if let Some(format) = &self.log_format {
            settings = settings.with_format(format).map_err(Problem::usage)?;
        }
        if let Some(redact) = self.redact {
            settings = settings.redacted(Kinds::ALL, redaction::manner(redact)?);
        }
        Ok(settings)
    }

    /// What is removed, as a model tells it.
    pub(crate) fn redaction(&self) -> Redaction {
        match self.redact {
            None => Redaction::None,
            Some(Redact::Mask) => Redaction::Mask,
            Some(Redact::Drop) => Redaction::Drop,
            Some(Redact::Hash) => Redaction::Hash,
        }
    }

    /// What is read.
    pub(crate) fn plan(&self, paths: &[OsString]) -> Plan {
        plan(paths, &PlanOptions { rotated: !self.no_rotated, ..PlanOptions::default() })
    }
}

/// How many threads read at most.
pub(crate) fn threads(manners: &Manners) -> usize {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    manners.threads.map_or_else(cores, usize::from)
}

/// There is nothing to read: says so with the help of the command.
pub(crate) fn nothing_to_read(command: &str) -> Exit {
    let mut all = Arguments::command();
    all.build();
    let help = all.find_subcommand_mut(command).map(|command| command.render_help());
    screen::complain("nothing to read\nhint: give a PATH, or pipe logs into it");
    if let Some(help) = help {
        anstream::eprint!("\n{}", help.ansi());
    }
    Exit::Usage
}

/// Refuses outputs that are inputs, and distances from an end that cannot be known.
pub(crate) fn refuse<'a>(
    outputs: impl Iterator<Item = &'a Path>,
    needs_end: bool,
    plan: &'a Plan,
) -> Result<(), Problem> {
    let parts = || plan.sets.iter().flat_map(SourceSet::parts);
    outputs::refuse_inputs(outputs, parts().filter_map(Part::path))?;
    // Where the end must be known first, everything is read twice; what flows by cannot be.
    match parts().find(|part| part.bytes().is_none()) {
        Some(part) if needs_end => Err(Problem::usage(format!(
            "the end of `{}` is not known before it is read\nhint: give --since and --until as dates",
            part.name()
        ))),
        _ => Ok(()),
    }
}

/// Shows how far the reading is while the work is done.
pub(crate) fn watched<T>(plan: &Plan, needs_end: bool, wanted: bool, work: impl FnOnce(&Watch) -> T) -> T {
    let watch = Arc::new(Watch::default());
    let passes = if needs_end { 2 } else { 1 };
    let total = stored_bytes(plan).map(|bytes| bytes * passes);
    let progress = Progress::show(&watch, total, wanted);
    let done = work(&watch);
    drop(progress);
    done
}

/// Bytes of all parts, if all are known.
fn stored_bytes(plan: &Plan) -> Option<u64> {
    plan.sets.iter().flat_map(SourceSet::parts).map(Part::bytes).sum()
}

/// Tells what was not read as asked, unless the report for people has told it already.
pub(crate) fn tell(report: &ScanReport, told: bool, manners: &Manners) {
    if !told {
        tell_notices(report, manners);
    }
    if report.inputs.is_empty() {
        screen::complain("nothing could be read");
    }
}

fn tell_notices(report: &ScanReport, manners: &Manners) {
    let grave = |notice: &&Notice| manners.verbose || is_failure(notice) || report.inputs.is_empty();
    let notices: Vec<&Notice> = report.notices.iter().filter(grave).collect();
    let shown = if manners.verbose { notices.len() } else { NOTICES };
    for notice in notices.iter().take(shown) {
        screen::complain(&format!("{}: {}", notice.name, notice.text));
    }
    if notices.len() > shown {
        let more = counted((notices.len() - shown) as u64, "more notice", "more notices");
        screen::complain(&format!("{more}; -v shows all"));
    }
}

fn is_failure(notice: &Notice) -> bool {
    matches!(notice.kind, NoticeKind::Failed | NoticeKind::Unreadable)
}

/// How a run that read logs ends.
pub(crate) fn exit(report: &ScanReport) -> Exit {
    let has = |kind| report.notices.iter().any(|notice| notice.kind == kind);
    if has(NoticeKind::Failed) {
        Exit::Internal
    } else if has(NoticeKind::Unreadable) || report.inputs.is_empty() {
        Exit::Unreadable
    } else {
        Exit::Ran
    }
}
#[cfg(test)]
mod tests {
    use super::*;
    use logsift_reports::scan_report::{Asked, Input, Product, REPORT_VERSION, Totals};

    fn check(inputs: usize, kinds: &[NoticeKind], expected: Exit) {
        let notice = |kind: &NoticeKind| Notice { kind: *kind, name: String::new(), text: String::new() };
        let report = ScanReport {
            report_version: REPORT_VERSION,
            product: Product { name: String::new(), version: String::new() },
            asked: Asked::default(),
            inputs: vec![Input::default(); inputs],
            totals: Totals::default(),
            templates: None,
            detection: None,
            diff: None,
            notices: kinds.iter().map(notice).collect(),
        };
        assert_eq!(exit(&report), expected, "{inputs} {kinds:?}");
    }

    #[test]
    fn the_gravest_notice_decides_the_exit() {
        use NoticeKind::{Failed, Noted, Skipped, Unreadable};
        check(1, &[], Exit::Ran);
        check(1, &[Skipped, Noted], Exit::Ran);
        check(0, &[Skipped], Exit::Unreadable);
        check(1, &[Skipped, Unreadable], Exit::Unreadable);
        check(1, &[Unreadable, Failed], Exit::Internal);
    }
}
