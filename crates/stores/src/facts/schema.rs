//! The tables, and how those of an older program become those of this one.
//!
//! Every released version is a step that stays for ever: a database of any age goes through the steps that it lacks, in one
//! transaction. A database of a newer program is refused, and left as it is.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::StoreError;

/// The steps, the oldest first; the version of a database is how many it went through.
const STEPS: &[&str] = &["
    CREATE TABLE incidents (
        id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, title TEXT NOT NULL, severity INTEGER NOT NULL,
        score REAL NOT NULL, state TEXT NOT NULL, start INTEGER, end INTEGER, at INTEGER NOT NULL,
        opened INTEGER NOT NULL, changed INTEGER NOT NULL, resolved INTEGER, findings INTEGER NOT NULL,
        records INTEGER NOT NULL, streams TEXT NOT NULL, kinds TEXT NOT NULL, cause TEXT, document TEXT NOT NULL,
        first_epoch INTEGER NOT NULL, epoch INTEGER NOT NULL, final INTEGER NOT NULL, told INTEGER NOT NULL);
    CREATE INDEX incidents_at ON incidents (at DESC, id);
    CREATE INDEX incidents_fingerprint ON incidents (fingerprint);
    CREATE INDEX incidents_epoch ON incidents (epoch);
    CREATE TABLE findings (
        id TEXT NOT NULL, epoch INTEGER NOT NULL, incident TEXT, kind TEXT NOT NULL, severity INTEGER NOT NULL,
        score REAL NOT NULL, stream TEXT, template TEXT, time INTEGER, at INTEGER NOT NULL, explanation TEXT NOT NULL,
        held TEXT, document TEXT NOT NULL, PRIMARY KEY (id, epoch)) WITHOUT ROWID;
    CREATE INDEX findings_at ON findings (at DESC, id);
    CREATE INDEX findings_incident ON findings (incident);
    CREATE INDEX findings_epoch ON findings (epoch);
    CREATE TABLE templates (
        id TEXT PRIMARY KEY, text TEXT NOT NULL, count INTEGER NOT NULL, first INTEGER, last INTEGER, level TEXT,
        slots TEXT NOT NULL);
    CREATE INDEX templates_count ON templates (count DESC, id);
    CREATE TABLE template_hours (
        template TEXT NOT NULL, hour INTEGER NOT NULL, stream TEXT NOT NULL, epoch INTEGER NOT NULL,
        count INTEGER NOT NULL, PRIMARY KEY (template, hour, stream, epoch)) WITHOUT ROWID;
    CREATE INDEX template_hours_epoch ON template_hours (epoch);
    CREATE TABLE volume (
        minute INTEGER NOT NULL, stream TEXT NOT NULL, epoch INTEGER NOT NULL, records INTEGER NOT NULL,
        warnings INTEGER NOT NULL, errors INTEGER NOT NULL, PRIMARY KEY (minute, stream, epoch)) WITHOUT ROWID;
    CREATE INDEX volume_epoch ON volume (epoch);
    CREATE TABLE sources (
        name TEXT PRIMARY KEY, kind TEXT NOT NULL, labels TEXT NOT NULL, lines INTEGER NOT NULL, bytes INTEGER NOT NULL,
        last_line INTEGER);
    CREATE TABLE jobs (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, progress REAL NOT NULL, started INTEGER NOT NULL,
        ended INTEGER, message TEXT);
    CREATE TABLE models (
        generation INTEGER PRIMARY KEY, written INTEGER NOT NULL, bytes INTEGER NOT NULL, records INTEGER NOT NULL,
        templates INTEGER NOT NULL, active INTEGER NOT NULL, kept INTEGER NOT NULL, note TEXT NOT NULL);
    CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
        subject TEXT NOT NULL, outcome TEXT NOT NULL);
    CREATE TABLE outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT, incident TEXT, key TEXT NOT NULL, change TEXT NOT NULL, at INTEGER NOT NULL,
        document TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL, next INTEGER, problem TEXT);
    CREATE INDEX outbox_state ON outbox (state, next);
    CREATE TABLE tokens (
        name TEXT PRIMARY KEY, role TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, created INTEGER NOT NULL, used INTEGER);
",
// Counts by every level, and sums of them over streams and hours, which are kept by the database itself, so that no way of
// writing forgets them; what lists of findings are made of in one place, in order; the lines that are kept.
"
    ALTER TABLE volume ADD COLUMN trace INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE volume ADD COLUMN debug INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE volume ADD COLUMN info INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE volume ADD COLUMN notice INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE volume ADD COLUMN critical INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE volume ADD COLUMN fatal INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE volume_minutes (
        minute INTEGER PRIMARY KEY, records INTEGER NOT NULL, warnings INTEGER NOT NULL,
        errors INTEGER NOT NULL, trace INTEGER NOT NULL, debug INTEGER NOT NULL, info INTEGER NOT NULL,
        notice INTEGER NOT NULL, critical INTEGER NOT NULL, fatal INTEGER NOT NULL);
    CREATE TABLE volume_hours (
        stream TEXT NOT NULL, hour INTEGER NOT NULL, records INTEGER NOT NULL, warnings INTEGER NOT NULL,
        errors INTEGER NOT NULL, trace INTEGER NOT NULL, debug INTEGER NOT NULL, info INTEGER NOT NULL,
        notice INTEGER NOT NULL, critical INTEGER NOT NULL, fatal INTEGER NOT NULL,
        PRIMARY KEY (stream, hour)) WITHOUT ROWID;
    INSERT INTO volume_minutes SELECT minute, sum(records), sum(warnings), sum(errors), sum(trace),
        sum(debug), sum(info), sum(notice), sum(critical), sum(fatal)
        FROM volume GROUP BY minute;
    INSERT INTO volume_hours SELECT stream, minute - (minute % 3600000000000), sum(records), sum(warnings), sum(errors), sum(trace),
        sum(debug), sum(info), sum(notice), sum(critical), sum(fatal)
        FROM volume GROUP BY 1, 2;
    CREATE TRIGGER volume_comes AFTER INSERT ON volume BEGIN
        INSERT INTO volume_minutes (minute, records, warnings, errors, trace, debug, info, notice, critical, fatal)
            VALUES (new.minute, new.records, new.warnings, new.errors, new.trace, new.debug, new.info, new.notice,
            new.critical, new.fatal)
            ON CONFLICT (minute) DO UPDATE SET records = records + excluded.records, warnings = warnings +
                excluded.warnings, errors = errors + excluded.errors, trace = trace + excluded.trace, debug = debug +
                excluded.debug, info = info + excluded.info, notice = notice + excluded.notice, critical = critical +
                excluded.critical, fatal = fatal + excluded.fatal;
        INSERT INTO volume_hours (stream, hour, records, warnings, errors, trace, debug, info, notice, critical,
            fatal) VALUES (new.stream, new.minute - (new.minute % 3600000000000), new.records, new.warnings,
            new.errors, new.trace, new.debug, new.info, new.notice, new.critical, new.fatal)
            ON CONFLICT (stream, hour) DO UPDATE SET records = records + excluded.records, warnings = warnings +
                excluded.warnings, errors = errors + excluded.errors, trace = trace + excluded.trace, debug = debug +
                excluded.debug, info = info + excluded.info, notice = notice + excluded.notice, critical = critical +
                excluded.critical, fatal = fatal + excluded.fatal;
    END;
    CREATE TRIGGER volume_goes AFTER DELETE ON volume BEGIN
        INSERT INTO volume_minutes (minute, records, warnings, errors, trace, debug, info, notice, critical, fatal)
            VALUES (old.minute, -old.records, -old.warnings, -old.errors, -old.trace, -old.debug, -old.info,
            -old.notice, -old.critical, -old.fatal)
            ON CONFLICT (minute) DO UPDATE SET records = records + excluded.records, warnings = warnings +
                excluded.warnings, errors = errors + excluded.errors, trace = trace + excluded.trace, debug = debug +
                excluded.debug, info = info + excluded.info, notice = notice + excluded.notice, critical = critical +
                excluded.critical, fatal = fatal + excluded.fatal;
        INSERT INTO volume_hours (stream, hour, records, warnings, errors, trace, debug, info, notice, critical,
            fatal) VALUES (old.stream, old.minute - (old.minute % 3600000000000), -old.records, -old.warnings,
            -old.errors, -old.trace, -old.debug, -old.info, -old.notice, -old.critical, -old.fatal)
            ON CONFLICT (stream, hour) DO UPDATE SET records = records + excluded.records, warnings = warnings +
                excluded.warnings, errors = errors + excluded.errors, trace = trace + excluded.trace, debug = debug +
                excluded.debug, info = info + excluded.info, notice = notice + excluded.notice, critical = critical +
                excluded.critical, fatal = fatal + excluded.fatal;
        DELETE FROM volume_minutes WHERE minute = old.minute AND records <= 0;
        DELETE FROM volume_hours WHERE stream = old.stream AND hour = old.minute - (old.minute % 3600000000000) AND
            records <= 0;
    END;
    CREATE INDEX incidents_ranked ON incidents (state, severity, score, start, end, at, id);
    ALTER TABLE templates ADD COLUMN parent TEXT;
    CREATE INDEX templates_parent ON templates (parent) WHERE parent IS NOT NULL;
    CREATE INDEX template_hours_hour ON template_hours (hour, template, count);
    DROP INDEX findings_at;
    DROP INDEX findings_incident;
    CREATE INDEX findings_looked ON findings (at DESC, id, incident, kind, severity, score, stream, template, time,
        explanation, held);
    CREATE INDEX findings_incident ON findings (incident, at DESC, id);
    CREATE INDEX findings_template ON findings (template, at DESC, id);
    CREATE TABLE lines (
        at INTEGER NOT NULL, owner TEXT NOT NULL, place INTEGER NOT NULL, epoch INTEGER NOT NULL, kept TEXT NOT NULL,
        incident TEXT, stream TEXT, template TEXT, level TEXT, file TEXT, line INTEGER, text TEXT NOT NULL,
        PRIMARY KEY (at DESC, owner, place, epoch)) WITHOUT ROWID;
    CREATE INDEX lines_owner ON lines (owner);
    INSERT INTO lines SELECT at, id, 0, epoch, 'finding', incident, stream, template, document ->> '$.level',
        document ->> '$.file', document ->> '$.line', substr(document ->> '$.message', 1, 2000)
        FROM findings WHERE document ->> '$.message' <> '';
",
// Counts are changed where they stand.
"
    CREATE TRIGGER volume_changes AFTER UPDATE ON volume BEGIN
        UPDATE volume_minutes SET records = records + new.records - old.records, warnings = warnings + new.warnings -
            old.warnings, errors = errors + new.errors - old.errors, trace = trace + new.trace - old.trace, debug =
            debug + new.debug - old.debug, info = info + new.info - old.info, notice = notice + new.notice -
            old.notice, critical = critical + new.critical - old.critical, fatal = fatal + new.fatal - old.fatal
            WHERE minute = new.minute;
        UPDATE volume_hours SET records = records + new.records - old.records, warnings = warnings + new.warnings -
            old.warnings, errors = errors + new.errors - old.errors, trace = trace + new.trace - old.trace, debug =
            debug + new.debug - old.debug, info = info + new.info - old.info, notice = notice + new.notice -
            old.notice, critical = critical + new.critical - old.critical, fatal = fatal + new.fatal - old.fatal
            WHERE stream = new.stream AND hour = new.minute - (new.minute % 3600000000000);
    END;
"];

/// Brings a database to the newest version.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&transaction)?;
    let known = STEPS.len() as u64;
    if found > known {
        return Err(StoreError::Newer { path: path.to_owned(), found, known });
    }
    for step in STEPS.iter().skip(found as usize) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", known.cast_signed())?;
    transaction.commit()?;
    Ok(())
}

/// The version of a database as it is.
pub(super) fn version(connection: &Connection) -> Result<u64, StoreError> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok(version.cast_unsigned())
}

/// The newest version.
pub(super) const NEWEST: u64 = STEPS.len() as u64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_first_version_wrote_is_searched_and_summed_up() {
        let mut old = Connection::open_in_memory().unwrap();
        old.execute_batch(STEPS[0]).unwrap();
        old.execute_batch(
            "INSERT INTO findings VALUES ('f', 1, 'i', 'burst', 1, 2.0, 'app', 't', 60, 60, 'why', NULL,
                '{\"message\": \"out of memory\", \"level\": \"error\", \"file\": \"app\", \"line\": 7}');
             INSERT INTO findings VALUES ('g', 1, NULL, 'gone-silent', 1, 2.0, 'app', NULL, 61, 61, 'why', NULL, '{}');
             INSERT INTO volume VALUES (0, 'a', 1, 5, 2, 1), (0, 'b', 1, 7, 0, 0), (3660000000000, 'a', 2, 1, 0, 0);
             PRAGMA user_version = 1;",
        )
        .unwrap();
        migrate(&mut old, Path::new("facts.sqlite")).unwrap();
        assert_eq!(version(&old).unwrap(), NEWEST);
        let one = |sql: &str| old.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
        let lines = "SELECT group_concat(owner || ' ' || level || ' ' || line || ' ' || text) FROM lines";
        assert_eq!(one(lines), "f error 7 out of memory");
        let sums = |table: &str, by: &str| {
            one(&format!(
                "SELECT group_concat({by} || ':' || records || ':' || errors, ' ')
                 FROM (SELECT * FROM {table} ORDER BY {by})"
            ))
        };
        assert_eq!(sums("volume_minutes", "minute"), "0:12:1 3660000000000:1:0");
        assert_eq!(sums("volume_hours", "stream || hour"), "a0:5:1 a3600000000000:1:0 b0:7:0");
        old.execute("UPDATE volume SET records = 6, errors = 0 WHERE stream = 'a' AND epoch = 1", [])
            .unwrap();
        assert_eq!(sums("volume_minutes", "minute"), "0:13:0 3660000000000:1:0");
        assert_eq!(sums("volume_hours", "stream || hour"), "a0:6:0 a3600000000000:1:0 b0:7:0");
        old.execute("DELETE FROM volume WHERE epoch = 1", []).unwrap();
        assert_eq!(sums("volume_minutes", "minute"), "3660000000000:1:0");
    }
}
