//! Findings in, a line each out.

use std::io::{self, Write};
use std::path::Path;

use logsift_pipeline::following::News;
use logsift_reports::ndjson;
use logsift_reports::text::figures::counted;
use logsift_reports::text::finding_line::finding_line;
use logsift_reports::text::palette::Palette;

use crate::arguments::Manners;
use crate::arguments::watch::FollowFormat;
use crate::exit::{Problem, unless_pipe_closed};
use crate::{outputs, screen};

/// Tells findings on standard output.
pub(super) struct Teller {
    format: FollowFormat,
    palette: Palette,
    quiet: bool,
}

impl Teller {
    pub(super) fn new(format: FollowFormat, manners: &Manners) -> Teller {
        Teller { format, palette: screen::palette(manners), quiet: manners.quiet }
    }

    /// Tells what is new, at once: nothing stays in a buffer.
    pub(super) fn tell(&self, news: &News) -> Result<(), Problem> {
        let mut out = io::stdout().lock();
        let mut written = Ok(());
        for (row, title) in &news.findings {
            written = written.and_then(|()| match self.format {
                FollowFormat::Ndjson => ndjson::finding(row, &mut out),
                FollowFormat::Text => writeln!(out, "{}", finding_line(row, title, &self.palette)),
            });
        }
        match written.and_then(|()| out.flush()) {
            // Nobody listens any more.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
            other => unless_pipe_closed(other)
                .map_err(|error| outputs::cannot_write(Path::new("standard output"), &error)),
        }
    }

    /// What it came to, for people.
    pub(super) fn sum_up(&self, news: &News) {
        if self.quiet {
            return;
        }
        let records = counted(news.records, "record", "records");
        let told = counted(news.told, "finding", "findings");
        let withdrawn = match news.withdrawn {
            0 => String::new(),
            count => format!("; seen from the end, {count} would not be raised"),
        };
        screen::complain(&format!("{told} in {records}{withdrawn}"));
    }
}
