//! Judged sessions in, a row of CSV for each out: `session_id,stream,records,score,flagged,top_detector`.

use std::io::{self, Write};

use logsift_engine::sessions::JudgedSessions;
use logsift_reports::csv;
use logsift_reports::escape::for_terminal;

use crate::tally::masked;

const HEADER: &[u8] = b"session_id,stream,records,score,flagged,top_detector\n";

/// Writes the rows, in the order of the sessions.
pub(crate) fn write(sessions: &JudgedSessions, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::with_capacity(64 << 10, out);
    out.write_all(HEADER)?;
    let mut row = Vec::new();
    for session in &sessions.sessions {
        row.clear();
        csv::push_safe(&for_terminal(&masked(sessions.id(session).to_owned())), &mut row);
        row.push(b',');
        csv::push_safe(&for_terminal(sessions.stream(session)), &mut row);
        let flagged = u8::from(session.flagged);
        writeln!(row, ",{},{:.4},{flagged},{}", session.records, session.score, session.top)?;
        out.write_all(&row)?;
    }
    out.flush()
}
