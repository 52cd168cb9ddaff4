//! Facts for people, in SQLite: incidents, findings, templates over time, volume, sources, jobs, models, an audit log,
//! notices to be sent, tokens.
//!
//! SQLite because it is one file, crash-safe, known to everybody and readable without us. One connection writes what was
//! found, in one transaction per judgement, so that an incident and the notice of it are there both or neither; others write
//! the little that people do. Readers have connections of their own and never wait for a writer (WAL).

mod counts;
mod cursor;
mod kept;
mod line_counts;
mod lines;
mod looked;
mod ranked;
mod reader;
pub mod rows;
mod schema;
mod volume;
mod writer;

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::StoreError;

pub use counts::{TemplateChange, TemplateCounts};
pub use kept::Kept;
pub use line_counts::LineCounts;
pub use lines::LineFact;
pub use ranked::IncidentCount;
pub use reader::Facts;
pub use rows::{
    AuditFact, Filter, FindingFact, IncidentFact, JobFact, ModelFact, OutboxFact, Page, Paged, SourceFact,
    StreamFact, TemplateFact, TemplateHour, TokenFact, VolumeStep,
};
pub use volume::Volume;
pub use writer::{EpochIncident, HourRow, Judged, Notice, VolumeRow, Writer};

/// How long a statement waits for another writer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The severities, the mildest first: in the database they are their place here.
const SEVERITIES: [&str; 4] = ["low", "medium", "high", "critical"];

fn rank(severity: &str) -> i64 {
    SEVERITIES.iter().position(|name| *name == severity).unwrap_or(0) as i64
}

fn severity(rank: i64) -> String {
    let name = usize::try_from(rank).ok().and_then(|rank| SEVERITIES.get(rank));
    name.copied().unwrap_or("low").to_owned()
}

/// Opens a database to write, makes it where there is none, and brings it to the newest version.
fn open_to_write(path: &Path) -> Result<Connection, StoreError> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    let version = schema::version(&connection)?;
    if version > schema::NEWEST {
        // Before anything else touches it: not even its journal mode is changed.
        return Err(StoreError::Newer { path: path.to_owned(), found: version, known: schema::NEWEST });
    }
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "journal_size_limit", 4 << 20)?;
    // The system keeps the file in its own memory. What is kept here grows with the facts until it is full, and a daemon
    // whose memory grows for hours is one that is thought to leak.
    connection.pragma_update(None, "cache_size", -1024)?;
    // Else what a statement may have to undo is written to a file, page by page.
    connection.pragma_update(None, "temp_store", "memory")?;
    schema::migrate(&mut connection, path)?;
    Ok(connection)
}

fn open_to_read(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "cache_size", -2048)?;
    Ok(connection)
}

/// Whether a database is whole: what SQLite's own check says is wrong.
pub fn check(path: &Path) -> Result<Vec<String>, StoreError> {
    match checked(path) {
        Err(StoreError::Facts(error)) if is_damage(&error) => Ok(vec![error.to_string()]),
        found => found,
    }
}

/// Whether the error says that the file is no sound database.
fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(NotADatabase | DatabaseCorrupt))
}

fn checked(path: &Path) -> Result<Vec<String>, StoreError> {
    let connection = open_to_read(path)?;
    let version = schema::version(&connection)?;
    if version > schema::NEWEST {
        return Err(StoreError::Newer { path: path.to_owned(), found: version, known: schema::NEWEST });
    }
    let mut statement = connection.prepare("PRAGMA quick_check(20)")?;
    let found = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    Ok(found.into_iter().filter(|line| line != "ok").collect())
}

#[cfg(test)]
mod tests;
