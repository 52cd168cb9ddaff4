//! Questions about what was found in, rows out: a connection of its own that only reads.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Params, Row, named_params, params};
use serde_json::Value;

use super::cursor::Cursor;
use super::rows::{
    AuditFact, Filter, FindingFact, IncidentFact, JobFact, ModelFact, OutboxFact, Page, Paged, SourceFact,
    TemplateFact, TemplateHour, TokenFact,
};
use super::{open_to_read, rank, severity};
use crate::StoreError;

/// Rows of a page at most.
const MOST: usize = 1000;

/// Reads facts.
#[derive(Debug)]
pub struct Facts {
    pub(super) connection: Connection,
}

const INCIDENT: &str = "id, fingerprint, title, severity, score, state, start, end, opened, changed, resolved, \
    findings, records, streams, kinds, cause, document, at";
const FINDING: &str =
    "id, incident, kind, severity, score, stream, template, time, explanation, held, document";

impl Facts {
    /// Opens the database that a [`Writer`](super::Writer) made.
    pub fn open(path: &Path) -> Result<Facts, StoreError> {
        Ok(Facts { connection: open_to_read(path)? })
    }

    /// Incidents, the latest first.
    pub fn incidents(&self, filter: &Filter, page: &Page) -> Result<Paged<IncidentFact>, StoreError> {
        self.incidents_with(INCIDENT, filter, page)
    }

    /// The same without what they say in full, which is most of what there is to read.
    pub fn incidents_in_short(
        &self,
        filter: &Filter,
        page: &Page,
    ) -> Result<Paged<IncidentFact>, StoreError> {
        self.incidents_with(&INCIDENT.replace("document", "'null'"), filter, page)
    }

    fn incidents_with(
        &self,
        columns: &str,
        filter: &Filter,
        page: &Page,
    ) -> Result<Paged<IncidentFact>, StoreError> {
        let sql = format!(
            "SELECT {columns} FROM incidents WHERE (at < :at OR (at = :at AND id > :id))
             AND (:state IS NULL OR state = :state) AND severity >= :severity
             AND (:kind IS NULL OR EXISTS (SELECT 1 FROM json_each(kinds) WHERE value = :kind))
             AND (:stream IS NULL OR EXISTS (SELECT 1 FROM json_each(streams) WHERE value = :stream))
             AND (:since IS NULL OR coalesce(end, at) >= :since) AND (:until IS NULL OR coalesce(start, at) <= :until)
             AND (:text IS NULL OR instr(lower(title), lower(:text)) > 0)
             AND (:fingerprint IS NULL OR fingerprint = :fingerprint)
             ORDER BY at DESC, id LIMIT :limit"
        );
        let cursor = Cursor::of(page.after.as_ref())?;
        let limit = limit(page);
        let rows = self.all(
            &sql,
            named_params! {
                ":at": cursor.at, ":id": cursor.id, ":state": filter.state, ":severity": least(filter),
                ":kind": filter.kind, ":stream": filter.stream, ":since": filter.since, ":until": filter.until,
                ":text": filter.text, ":fingerprint": filter.fingerprint, ":limit": limit as i64 + 1,
            },
            |row| Ok((incident(row)?, row.get(17)?)),
        )?;
        Ok(paged(rows, limit, |incident| &incident.id))
    }

    /// One incident, by its id or, since links in alerts carry that, the latest of a fingerprint.
    pub fn incident(&self, id: &str) -> Result<Option<IncidentFact>, StoreError> {
        let sql = format!(
            "SELECT {INCIDENT} FROM incidents WHERE id = ?1 OR fingerprint = ?1
             ORDER BY id = ?1 DESC, at DESC, id LIMIT 1"
        );
        self.one(&sql, params![id], incident)
    }

    /// One finding.
    pub fn finding(&self, id: &str) -> Result<Option<FindingFact>, StoreError> {
        let sql = format!("SELECT {FINDING} FROM findings WHERE id = ?1 ORDER BY epoch DESC LIMIT 1");
        self.one(&sql, params![id], finding)
    }

    /// Templates, the most frequent first. `text` is looked for in them.
    /// `first` are two moments between which they were first seen.
    pub fn templates(
        &self,
        text: Option<&str>,
        first: (Option<i64>, Option<i64>),
        page: &Page,
    ) -> Result<Paged<TemplateFact>, StoreError> {
        let sql = "SELECT id, text, count, first, last, level, slots, parent FROM templates
             WHERE (count < :at OR (count = :at AND id > :id))
             AND (:since IS NULL OR first >= :since) AND (:until IS NULL OR first <= :until)
             AND (:text IS NULL OR instr(lower(text), lower(:text)) > 0)
             ORDER BY count DESC, id LIMIT :limit";
        let cursor = Cursor::of(page.after.as_ref())?;
        let limit = limit(page);
        let rows = self.all(
            sql,
            named_params! {
                ":at": cursor.at, ":id": cursor.id, ":text": text, ":since": first.0, ":until": first.1,
                ":limit": limit as i64 + 1,
            },
            |row| Ok((template(row)?, row.get(2)?)),
        )?;
        Ok(paged(rows, limit, |template| &template.id))
    }

    /// One template.
    pub fn template(&self, id: &str) -> Result<Option<TemplateFact>, StoreError> {
        let sql = "SELECT id, text, count, first, last, level, slots, parent FROM templates WHERE id = ?1";
        self.one(sql, params![id], template)
    }

    /// Templates by their ids, the most frequent first; those that are not known are left out.
    pub fn templates_named(&self, ids: &[&str]) -> Result<Vec<TemplateFact>, StoreError> {
        let sql = "SELECT id, text, count, first, last, level, slots, parent FROM templates
             WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY count DESC, id";
        self.all(sql, params![serde_json::to_string(ids).unwrap_or_default()], template)
    }

    /// Templates that are variants of one, the most frequent first.
    pub fn variants(&self, parent: &str) -> Result<Vec<TemplateFact>, StoreError> {
        let sql = "SELECT id, text, count, first, last, level, slots, parent FROM templates WHERE parent = ?1
             ORDER BY count DESC, id LIMIT 200";
        self.all(sql, params![parent], template)
    }

    /// How often a template came in each hour, by stream.
    pub fn template_history(
        &self,
        id: &str,
        since: Option<i64>,
        until: Option<i64>,
    ) -> Result<Vec<TemplateHour>, StoreError> {
        let sql = "SELECT hour, stream, sum(count) FROM template_hours WHERE template = ?1
             AND (?2 IS NULL OR hour >= ?2) AND (?3 IS NULL OR hour <= ?3)
             GROUP BY hour, stream ORDER BY hour, stream LIMIT 20000";
        self.all(sql, params![id, since, until], |row| {
            Ok(TemplateHour { hour: row.get(0)?, stream: row.get(1)?, count: count(row, 2)? })
        })
    }

    /// Sources, by name.
    pub fn sources(&self) -> Result<Vec<SourceFact>, StoreError> {
        let sql = "SELECT name, kind, labels, lines, bytes, last_line FROM sources ORDER BY name";
        self.all(sql, [], |row| {
            Ok(SourceFact {
                name: row.get(0)?,
                kind: row.get(1)?,
                labels: serde_json::from_str(&row.get::<_, String>(2)?).unwrap_or_default(),
                lines: count(row, 3)?,
                bytes: count(row, 4)?,
                last_line: row.get(5)?,
            })
        })
    }

    /// Jobs, the latest first.
    pub fn jobs(&self) -> Result<Vec<JobFact>, StoreError> {
        self.all(&format!("SELECT {JOB} FROM jobs ORDER BY started DESC, id LIMIT 200"), [], job)
    }

    /// One job.
    pub fn job(&self, id: &str) -> Result<Option<JobFact>, StoreError> {
        self.one(&format!("SELECT {JOB} FROM jobs WHERE id = ?1"), params![id], job)
    }

    /// Generations of the model, the newest first.
    pub fn models(&self) -> Result<Vec<ModelFact>, StoreError> {
        let sql = "SELECT generation, written, bytes, records, templates, active, kept, note FROM models
             ORDER BY generation DESC LIMIT 200";
        self.all(sql, [], |row| {
            Ok(ModelFact {
                generation: count(row, 0)?,
                written: row.get(1)?,
                bytes: count(row, 2)?,
                records: count(row, 3)?,
                templates: count(row, 4)?,
                active: row.get(5)?,
                kept: row.get(6)?,
                note: row.get(7)?,
            })
        })
    }

    /// The audit log, the latest first.
    pub fn audit(&self, page: &Page) -> Result<Paged<AuditFact>, StoreError> {
        let limit = limit(page);
        let cursor = Cursor::of(page.after.as_ref())?;
        let sql = "SELECT id, at, actor, action, subject, outcome FROM audit WHERE id < ?1 ORDER BY id DESC LIMIT ?2";
        let mut rows = self.all(sql, params![cursor.at, limit as i64 + 1], |row| {
            Ok(AuditFact {
                id: row.get(0)?,
                at: row.get(1)?,
                actor: row.get(2)?,
                action: row.get(3)?,
                subject: row.get(4)?,
                outcome: row.get(5)?,
            })
        })?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| more);
        let next = last.map(|row| Cursor { at: row.id, id: String::new() }.word());
        Ok(Paged { rows, next, reached: None })
    }

    /// Notices in that state, the oldest first.
    pub fn outbox(&self, state: &str, most: usize) -> Result<Vec<OutboxFact>, StoreError> {
        let sql = "SELECT id, incident, key, change, at, document, state, attempts, next, problem FROM outbox
             WHERE state = ?1 ORDER BY id LIMIT ?2";
        self.all(sql, params![state, most.min(10 * MOST) as i64], |row| {
            Ok(OutboxFact {
                id: row.get(0)?,
                incident: row.get(1)?,
                key: row.get(2)?,
                change: row.get(3)?,
                at: row.get(4)?,
                document: document(row, 5)?,
                state: row.get(6)?,
                attempts: row.get(7)?,
                next: row.get(8)?,
                problem: row.get(9)?,
            })
        })
    }

    /// Tokens, by name.
    pub fn tokens(&self) -> Result<Vec<TokenFact>, StoreError> {
        self.all("SELECT name, role, hash, created, used FROM tokens ORDER BY name", [], |row| {
            Ok(TokenFact {
                name: row.get(0)?,
                role: row.get(1)?,
                hash: row.get(2)?,
                created: row.get(3)?,
                used: row.get(4)?,
            })
        })
    }

    /// How many incidents, by state and severity.
    pub fn incident_counts(&self) -> Result<Vec<(String, String, u64)>, StoreError> {
        let sql = "SELECT state, severity, count(*) FROM incidents GROUP BY 1, 2 ORDER BY 1, 2";
        self.all(sql, [], |row| Ok((row.get(0)?, severity(row.get(1)?), count(row, 2)?)))
    }

    /// How many raised findings, by kind and severity.
    pub fn finding_counts(&self) -> Result<Vec<(String, String, u64)>, StoreError> {
        let sql =
            "SELECT kind, severity, count(*) FROM findings WHERE held IS NULL GROUP BY 1, 2 ORDER BY 1, 2";
        self.all(sql, [], |row| Ok((row.get(0)?, severity(row.get(1)?), count(row, 2)?)))
    }

    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params, read)?.collect::<Result<Vec<_>, _>>()?;
        Ok(rows)
    }

    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.connection.prepare_cached(sql)?.query_row(params, read).optional()?)
    }
}

const JOB: &str = "id, kind, state, progress, started, ended, message";

pub(super) fn limit(page: &Page) -> usize {
    page.limit.clamp(1, MOST)
}

fn least(filter: &Filter) -> i64 {
    filter.severity.as_deref().map_or(0, rank)
}

/// One row more than wanted was asked for: it says whether there is another page.
fn paged<T>(mut rows: Vec<(T, i64)>, limit: usize, id: impl Fn(&T) -> &String) -> Paged<T> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more);
    let next = last.map(|(row, at)| Cursor { at: *at, id: id(row).clone() }.word());
    Paged { rows: rows.into_iter().map(|(row, _)| row).collect(), next, reached: None }
}

/// A number that is never negative.
pub(super) fn count(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(at)?.max(0).cast_unsigned())
}

fn document(row: &Row<'_>, at: usize) -> rusqlite::Result<Value> {
    Ok(serde_json::from_str(&row.get::<_, String>(at)?).unwrap_or_default())
}

fn names(row: &Row<'_>, at: usize) -> rusqlite::Result<Vec<String>> {
    Ok(serde_json::from_str(&row.get::<_, String>(at)?).unwrap_or_default())
}

pub(super) fn incident(row: &Row<'_>) -> rusqlite::Result<IncidentFact> {
    Ok(IncidentFact {
        id: row.get(0)?,
        fingerprint: row.get(1)?,
        title: row.get(2)?,
        severity: severity(row.get(3)?),
        score: row.get(4)?,
        state: row.get(5)?,
        start: row.get(6)?,
        end: row.get(7)?,
        opened: row.get(8)?,
        changed: row.get(9)?,
        resolved: row.get(10)?,
        findings: count(row, 11)?,
        records: count(row, 12)?,
        streams: names(row, 13)?,
        kinds: names(row, 14)?,
        cause: row.get(15)?,
        document: document(row, 16)?,
    })
}

fn finding(row: &Row<'_>) -> rusqlite::Result<FindingFact> {
    Ok(FindingFact {
        id: row.get(0)?,
        incident: row.get(1)?,
        kind: row.get(2)?,
        severity: severity(row.get(3)?),
        score: row.get(4)?,
        stream: row.get(5)?,
        template: row.get(6)?,
        time: row.get(7)?,
        explanation: row.get(8)?,
        held: row.get(9)?,
        document: document(row, 10)?,
    })
}

fn template(row: &Row<'_>) -> rusqlite::Result<TemplateFact> {
    Ok(TemplateFact {
        id: row.get(0)?,
        text: row.get(1)?,
        count: count(row, 2)?,
        first: row.get(3)?,
        last: row.get(4)?,
        level: row.get(5)?,
        slots: document(row, 6)?,
        parent: row.get(7)?,
    })
}

fn job(row: &Row<'_>) -> rusqlite::Result<JobFact> {
    Ok(JobFact {
        id: row.get(0)?,
        kind: row.get(1)?,
        state: row.get(2)?,
        progress: row.get(3)?,
        started: row.get(4)?,
        ended: row.get(5)?,
        message: row.get(6)?,
    })
}
