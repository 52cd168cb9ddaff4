//! How long facts are kept in, what is too old out: by age and by size.

use rusqlite::params;

use super::Writer;
use crate::StoreError;

/// How long facts are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Findings, counts and resolved incidents of log time before this go.
    pub logged_since: i64,
    /// Of jobs, notices and the audit log what is older than this, by the clock.
    pub since: i64,
    /// Bytes that the database may have.
    pub bytes: u64,
}

/// Rows that go at once where the database is too large: a share of all, the oldest.
const SHARE: i64 = 10;

impl Writer {
    /// Takes out what is too old, and the oldest where there is too much.
    pub fn keep(&mut self, kept: &Kept) -> Result<(), StoreError> {
        self.forget_before(kept)?;
        if self.bytes()? > kept.bytes {
            for table in ["findings", "lines", "template_hours", "volume", "outbox", "audit"] {
                let by = match table {
                    "template_hours" => "hour",
                    "volume" => "minute",
                    _ => "at",
                };
                // What is still to be sent is never given up for room.
                let kept = if table == "outbox" { "AND state = 'sent'" } else { "" };
                self.connection.execute(
                    &format!(
                        "DELETE FROM {table} WHERE {by} <= (SELECT {by} FROM {table} ORDER BY {by}
                         LIMIT 1 OFFSET (SELECT count(*) / {SHARE} FROM {table})) {kept}"
                    ),
                    [],
                )?;
            }
        }
        Ok(())
    }

    /// Gives room back to the system.
    pub fn compact(&self) -> Result<(), StoreError> {
        self.connection
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE); VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
        Ok(())
    }

    /// Bytes in use; what was given up and can be used again is not counted.
    pub fn bytes(&self) -> Result<u64, StoreError> {
        let one = |name: &str| -> Result<i64, StoreError> {
            Ok(self.connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))?)
        };
        let pages = one("page_count")?.saturating_sub(one("freelist_count")?);
        Ok(pages.saturating_mul(one("page_size")?).max(0).cast_unsigned())
    }

    fn forget_before(&mut self, kept: &Kept) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        let logged = params![kept.logged_since];
        transaction.execute(
            "DELETE FROM incidents WHERE state <> 'open' AND final = 1 AND coalesce(end, at) < ?1",
            logged,
        )?;
        for (table, by) in
            [("findings", "at"), ("lines", "at"), ("template_hours", "hour"), ("volume", "minute")]
        {
            transaction.execute(&format!("DELETE FROM {table} WHERE {by} < ?1"), logged)?;
        }
        let since = params![kept.since];
        transaction.execute("DELETE FROM audit WHERE at < ?1", since)?;
        transaction.execute("DELETE FROM outbox WHERE at < ?1 AND state IN ('sent', 'held')", since)?;
        transaction.execute("DELETE FROM jobs WHERE ended < ?1", since)?;
        transaction.commit()?;
        Ok(())
    }
}
