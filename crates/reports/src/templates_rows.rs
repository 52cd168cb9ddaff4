//! Templates in, CSV out: a row per template.

use std::io;

use crate::TemplatesReport;
use crate::csv;
use crate::escape::for_terminal;
use crate::templates_report::TemplateRow;

const HEADER: &[u8] = b"template_id,count,share,per_hour,level,first,last,template\n";

/// Writes a header and the rows.
pub fn csv(report: &TemplatesReport, out: &mut dyn io::Write) -> io::Result<()> {
    let mut text = HEADER.to_vec();
    report.templates.iter().for_each(|template| row(template, &mut text));
    out.write_all(&text)
}

fn row(template: &TemplateRow, out: &mut Vec<u8>) {
    let per_hour = template.per_hour.map(|rate| rate.to_string()).unwrap_or_default();
    let time = |time: &Option<String>| time.clone().unwrap_or_default();
    let (first, last) = (time(&template.first), time(&template.last));
    let TemplateRow { template_id, count, share, level, .. } = template;
    let figures = format!("{template_id},{count},{share},{per_hour},{level},{first},{last},");
    out.extend_from_slice(figures.as_bytes());
    csv::push_safe(&for_terminal(&template.template), out);
    out.push(b'\n');
}
