//! How a result reads as a document: one renderer per format.
//!
//! A report is a versioned struct of its own ([`ScanReport`]), apart from the types of the engine, so
//! that what users store keeps its shape while the engine changes. Renderers take a finished report
//! and compute nothing: every figure they print is a field. Log text is foreign everywhere, so
//! each of them escapes it in the way of its format (see [`escape`]).

pub mod alerts;
pub mod backtest_report;
pub mod compare_report;
pub mod csv;
pub mod detection;
pub mod differences;
pub mod escape;
pub mod eval_html;
pub mod eval_report;
pub mod findings_csv;
pub mod format;
pub mod github;
pub mod html;
pub mod inject_report;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod model_report;
pub mod ndjson;
pub mod outlier_report;
pub mod png;
pub mod records;
mod rfc3339;
pub mod sarif;
pub mod scan_report;
pub mod templates_diff;
pub mod templates_report;
pub mod templates_rows;
pub mod text;

use std::io;

pub use format::Format;
pub use json::JsonRenderer;
pub use scan_report::ScanReport;
pub use templates_report::TemplatesReport;
pub use text::TextRenderer;

/// Writes a report in one format.
pub trait Renderer {
    /// Writes the whole report.
    fn render(&self, report: &ScanReport, out: &mut dyn io::Write) -> io::Result<()>;
}
