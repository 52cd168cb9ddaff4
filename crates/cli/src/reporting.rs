//! The report of a scan in, files and standard output with it out: the same for every command that makes one.

use std::io::{self, IsTerminal};
use std::path::Path;

use logsift_reports::{Format, ScanReport, TextRenderer};

use crate::arguments::{Manners, ReportTo};
use crate::exit::Problem;
use crate::outputs::{self, ReportFile};
use crate::screen;

impl ReportTo {
    /// The files that will be written.
    pub(crate) fn places(&self) -> impl Iterator<Item = &Path> {
        self.output.iter().chain(&self.png).map(|path| path.as_path())
    }

    /// Opens the files, so that a long run never ends with a place that cannot be written to.
    pub(crate) fn open(&self) -> Result<Vec<ReportFile>, Problem> {
        if self.format.is_binary() && io::stdout().is_terminal() {
            return Err(Problem::usage("a picture is nothing for a terminal\nhint: give a file with --png"));
        }
        let named = self.output.iter().map(|path| ReportFile::create(path));
        let drawn = self.png.iter().map(|path| ReportFile::create_as(path, Format::Png));
        named.chain(drawn).collect()
    }

    /// The report to standard output, unless quiet was asked for. Says whether people have been told of everything
    /// that went wrong.
    pub(crate) fn show(&self, manners: &Manners, report: &ScanReport) -> Result<bool, Problem> {
        match self.format {
            Format::Text if manners.quiet || report.inputs.is_empty() => Ok(false),
            Format::Text => {
                let palette = screen::palette(manners);
                let text = TextRenderer { width: screen::width(), palette, everything: manners.verbose };
                outputs::to_stdout(report, &text).map(|()| true)
            }
            other => outputs::to_stdout(report, &*other.renderer()).map(|()| false),
        }
    }
}
