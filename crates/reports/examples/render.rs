//! A stored report on standard input, the same report in another format on standard output:
//! `logsift scan app.log --format json | cargo run -p logsift-reports --example render html > report.html`

use std::error::Error;
use std::io;

use logsift_reports::ScanReport;
use logsift_reports::format::{Format, render};

fn main() -> Result<(), Box<dyn Error>> {
    let name = std::env::args().nth(1).unwrap_or_else(|| "text".to_owned());
    let format = Format::from_name(&name).ok_or("no such format")?;
    let report: ScanReport = serde_json::from_reader(io::stdin().lock())?;
    render(format, &report, &mut io::stdout().lock())?;
    Ok(())
}
