//! What was found in, committed out: everything of one judgement in one transaction.
//!
//! An epoch is the lines of one segment of the journal. As long as it goes on, its facts are provisional: each judgement
//! puts the new ones in the place of the old. Counts are kept by epoch for that reason: to write those of an epoch again
//! changes nothing.

use std::path::Path;

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, Transaction, TransactionBehavior, params, params_from_iter};
use serde_json::Value;

use super::reader::incident;
use super::rows::{
    AuditFact, FindingFact, IncidentFact, JobFact, ModelFact, OutboxFact, SourceFact, TemplateFact, TokenFact,
};
use super::volume::Volume;
use super::{lines, open_to_read, open_to_write, rank};
use crate::StoreError;

/// An incident and the epoch that it belongs to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EpochIncident {
    /// The incident.
    pub fact: IncidentFact,
    /// The epoch it was first seen in.
    pub first_epoch: u64,
    /// The epoch it was seen in last.
    pub epoch: u64,
    /// Its epoch is over: it changes no more, unless the same trouble goes on in the next.
    pub is_final: bool,
    /// How many findings it had when somebody was told last.
    pub told: u64,
}

/// Records of a template in an hour and stream.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HourRow {
    /// The template.
    pub template: String,
    /// When the hour begins, nanoseconds since 1970.
    pub hour: i64,
    /// The stream.
    pub stream: String,
    /// Records.
    pub count: u64,
}

/// Records of a stream in a minute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VolumeRow {
    /// When the minute begins, nanoseconds since 1970.
    pub minute: i64,
    /// The stream.
    pub stream: String,
    /// Its records.
    pub volume: Volume,
}

/// A notice that is to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// The incident, or nothing.
    pub incident: Option<String>,
    /// What equal notices are known by.
    pub key: String,
    /// `opened`, `grew`, `resolved`, `notice`.
    pub change: String,
    /// The incident as it is now.
    pub document: Value,
}

/// What a judgement changes.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// The epoch.
    pub epoch: u64,
    /// The clock.
    pub now: i64,
    /// What was written of the epoch before is taken out first: another run wrote it.
    pub anew: bool,
    /// Incidents that are new or changed.
    pub incidents: Vec<EpochIncident>,
    /// Incidents that are raised no more.
    pub withdrawn: Vec<String>,
    /// Findings that are new or changed.
    pub findings: Vec<FindingFact>,
    /// Findings of the epoch that are raised no more.
    pub dropped_findings: Vec<String>,
    /// Templates that are new or changed.
    pub templates: Vec<TemplateFact>,
    /// Templates that go by another id now.
    pub dropped_templates: Vec<String>,
    /// Counts of templates that changed; a count of 0 is taken out.
    pub hours: Vec<HourRow>,
    /// Counts of streams that changed; a count of 0 is taken out.
    pub volume: Vec<VolumeRow>,
    /// Sources that changed.
    pub sources: Vec<SourceFact>,
    /// Notices of it.
    pub notices: Vec<Notice>,
}

/// Lines of incidents are of no epoch: an incident goes on in the next.
const INCIDENTS: i64 = -1;

/// A larger database is not read as a whole at the start.
const CHECKED: u64 = 64 << 20;

/// Rows of a judgement that are written before somebody is asked whether to go on.
const AT_ONCE: usize = 200;
/// Counts of minutes that are written by one statement.
const TOGETHER: usize = 50;

/// Writes facts.
#[derive(Debug)]
pub struct Writer {
    pub(super) connection: Connection,
}

impl Writer {
    /// Opens the database; makes it where there is none.
    pub fn open(path: &Path) -> Result<Writer, StoreError> {
        Ok(Writer { connection: open_to_write(path)? })
    }

    /// Writes what a judgement changed: all of it or nothing.
    pub fn judged(&mut self, judged: &Judged) -> Result<(), StoreError> {
        self.judged_unless(judged, &|| false).map(|_| ())
    }

    /// The same, unless it is given up on the way; then nothing is written. Says whether all of it is.
    pub fn judged_unless(
        &mut self,
        judged: &Judged,
        is_given_up: &dyn Fn() -> bool,
    ) -> Result<bool, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if judged.anew {
            for table in ["findings", "lines", "template_hours", "volume"] {
                transaction.execute(
                    &format!("DELETE FROM {table} WHERE epoch = ?1"),
                    [judged.epoch.cast_signed()],
                )?;
            }
            transaction.execute("DELETE FROM templates", [])?;
        }
        write_incidents(&transaction, judged)?;
        write_findings(&transaction, judged)?;
        // Of incidents and findings there are some hundred, of counts as many as there are streams and templates.
        if !write_counts(&transaction, judged, is_given_up)? || is_given_up() {
            return Ok(false);
        }
        write_sources(&transaction, &judged.sources)?;
        write_notices(&transaction, judged)?;
        if is_given_up() {
            return Ok(false);
        }
        transaction.commit()?;
        Ok(true)
    }

    /// Opens the database; damage is an error of its own.
    pub fn open_sound(path: &Path) -> Result<Writer, StoreError> {
        let damaged = |what: String| StoreError::damaged(path, what);
        match Writer::open(path) {
            Err(StoreError::Facts(error)) if super::is_damage(&error) => Err(damaged(error.to_string())),
            Err(other) => Err(other.of_database(path)),
            Ok(writer) if writer.bytes()? > CHECKED => Ok(writer),
            Ok(writer) => {
                let wrong = super::check(path)?.into_iter().next();
                wrong.map_or(Ok(writer), |what| Err(damaged(what)))
            }
        }
    }

    /// The same, to look at only.
    pub fn look(path: &Path) -> Result<Writer, StoreError> {
        open_to_read(path).map(|connection| Writer { connection }).map_err(|error| error.of_database(path))
    }

    /// All incidents.
    pub fn all_incidents(&self) -> Result<Vec<EpochIncident>, StoreError> {
        self.recent_incidents(0, i64::MIN)
    }

    /// Incidents of that epoch, and those of earlier ones that ended at or after that time.
    pub fn recent_incidents(&self, epoch: u64, since: i64) -> Result<Vec<EpochIncident>, StoreError> {
        let sql =
            "SELECT id, fingerprint, title, severity, score, state, start, end, opened, changed, resolved,
             findings, records, streams, kinds, cause, document, first_epoch, epoch, final, told FROM incidents
             WHERE epoch >= ?1 OR state = 'open' OR coalesce(end, at) >= ?2 ORDER BY at, id";
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map(params![epoch.cast_signed(), since], |row| {
            Ok(EpochIncident {
                fact: incident(row)?,
                first_epoch: row.get::<_, i64>(17)?.cast_unsigned(),
                epoch: row.get::<_, i64>(18)?.cast_unsigned(),
                is_final: row.get(19)?,
                told: row.get::<_, i64>(20)?.cast_unsigned(),
            })
        })?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?)
    }

    /// Notes a generation of the model, which is the one in use from now on.
    pub fn model(&mut self, model: &ModelFact) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if model.active {
            transaction.execute("UPDATE models SET active = 0", [])?;
        }
        transaction.execute(
            "INSERT OR REPLACE INTO models (generation, written, bytes, records, templates, active, kept, note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                model.generation.cast_signed(),
                model.written,
                model.bytes.cast_signed(),
                model.records.cast_signed(),
                model.templates.cast_signed(),
                model.active,
                model.kept,
                model.note
            ],
        )?;
        transaction.commit()?;
        Ok(())
    }

    /// Says of which generations there are files.
    pub fn models_kept(&mut self, kept: &[u64]) -> Result<(), StoreError> {
        let kept = serde_json::to_string(kept).unwrap_or_default();
        self.connection.execute(
            "UPDATE models SET kept = generation IN (SELECT value FROM json_each(?1))",
            params![kept],
        )?;
        Ok(())
    }

    /// Notes a job, or how far it is.
    pub fn job(&self, job: &JobFact) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT OR REPLACE INTO jobs (id, kind, state, progress, started, ended, message)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![job.id, job.kind, job.state, job.progress, job.started, job.ended, job.message],
        )?;
        Ok(())
    }

    /// Jobs of a run before this one did not end.
    pub fn jobs_broken_off(&self, now: i64) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE jobs SET state = 'failed', ended = ?1, message = 'the daemon was stopped'
             WHERE state IN ('running', 'waiting')",
            [now],
        )?;
        Ok(())
    }

    /// Notes who did what; the id is given out here.
    pub fn audit(&self, entry: &AuditFact) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT INTO audit (at, actor, action, subject, outcome) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![entry.at, entry.actor, entry.action, entry.subject, entry.outcome],
        )?;
        Ok(())
    }

    /// A notice that is about logsift itself.
    pub fn notice(&self, key: &str, document: &Value, now: i64) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT INTO outbox (incident, key, change, at, document, state, attempts)
             VALUES (NULL, ?1, 'notice', ?2, ?3, 'pending', 0)",
            params![key, now, document.to_string()],
        )?;
        Ok(())
    }

    /// What became of a notice.
    pub fn outbox(&self, row: &OutboxFact) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE outbox SET state = ?2, attempts = ?3, next = ?4, problem = ?5 WHERE id = ?1",
            params![row.id, row.state, row.attempts, row.next, row.problem],
        )?;
        Ok(())
    }

    /// Keeps a token, or puts it in the place of one of the same name.
    pub fn token(&self, token: &TokenFact) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT OR REPLACE INTO tokens (name, role, hash, created, used) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![token.name, token.role, token.hash, token.created, token.used],
        )?;
        Ok(())
    }

    /// A token opens nothing any more; says whether there was one.
    pub fn revoke(&self, name: &str) -> Result<bool, StoreError> {
        Ok(self.connection.execute("DELETE FROM tokens WHERE name = ?1", [name])? > 0)
    }
}

fn write_incidents(transaction: &Transaction<'_>, judged: &Judged) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT OR REPLACE INTO incidents (id, fingerprint, title, severity, score, state, start, end, at, opened,
         changed, resolved, findings, records, streams, kinds, cause, document, first_epoch, epoch, final,
         told) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
         ?22)",
    )?;
    for incident in &judged.incidents {
        let fact = &incident.fact;
        statement.execute(params![
            fact.id,
            fact.fingerprint,
            fact.title,
            rank(&fact.severity),
            fact.score,
            fact.state,
            fact.start,
            fact.end,
            fact.start.unwrap_or(fact.opened),
            fact.opened,
            fact.changed,
            fact.resolved,
            fact.findings.cast_signed(),
            fact.records.cast_signed(),
            list(&fact.streams),
            list(&fact.kinds),
            fact.cause,
            fact.document.to_string(),
            incident.first_epoch.cast_signed(),
            incident.epoch.cast_signed(),
            incident.is_final,
            incident.told.cast_signed(),
        ])?;
        lines::write(transaction, &fact.id, INCIDENTS, &lines::of_incident(fact))?;
    }
    let mut statement = transaction.prepare_cached("DELETE FROM incidents WHERE id = ?1")?;
    for id in &judged.withdrawn {
        statement.execute([id])?;
        lines::write(transaction, id, INCIDENTS, &[])?;
    }
    Ok(())
}

fn write_findings(transaction: &Transaction<'_>, judged: &Judged) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT OR REPLACE INTO findings (id, epoch, incident, kind, severity, score, stream, template, time, at,
         explanation, held, document) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?;
    for finding in &judged.findings {
        statement.execute(params![
            finding.id,
            judged.epoch.cast_signed(),
            finding.incident,
            finding.kind,
            rank(&finding.severity),
            finding.score,
            finding.stream,
            finding.template,
            finding.time,
            finding.time.unwrap_or(judged.now),
            finding.explanation,
            finding.held,
            finding.document.to_string(),
        ])?;
        let line = lines::of_finding(finding, finding.time.unwrap_or(judged.now));
        lines::write(transaction, &finding.id, judged.epoch.cast_signed(), line.as_slice())?;
    }
    let mut statement = transaction.prepare_cached("DELETE FROM findings WHERE id = ?1 AND epoch = ?2")?;
    for id in &judged.dropped_findings {
        statement.execute(params![id, judged.epoch.cast_signed()])?;
        lines::write(transaction, id, judged.epoch.cast_signed(), &[])?;
    }
    Ok(())
}

/// Writes counts, some at a time, until it is given up. Says whether it was not.
fn write_counts(
    transaction: &Transaction<'_>,
    judged: &Judged,
    is_given_up: &dyn Fn() -> bool,
) -> rusqlite::Result<bool> {
    for rows in judged.templates.chunks(AT_ONCE) {
        write_templates(transaction, rows)?;
        if is_given_up() {
            return Ok(false);
        }
    }
    let mut statement = transaction.prepare_cached("DELETE FROM templates WHERE id = ?1")?;
    for id in &judged.dropped_templates {
        statement.execute([id])?;
    }
    for rows in judged.hours.chunks(AT_ONCE) {
        write_hours(transaction, judged.epoch, rows)?;
        if is_given_up() {
            return Ok(false);
        }
    }
    for rows in judged.volume.chunks(AT_ONCE) {
        write_volume(transaction, judged.epoch, rows)?;
        if is_given_up() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn write_templates(transaction: &Transaction<'_>, rows: &[TemplateFact]) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT OR REPLACE INTO templates (id, text, count, first, last, level, slots, parent)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for row in rows {
        let slots = row.slots.to_string();
        statement.execute(params![
            row.id,
            row.text,
            row.count.cast_signed(),
            row.first,
            row.last,
            row.level,
            slots,
            row.parent
        ])?;
    }
    Ok(())
}

fn write_hours(transaction: &Transaction<'_>, epoch: u64, rows: &[HourRow]) -> rusqlite::Result<()> {
    let epoch = epoch.cast_signed();
    let mut statement = transaction.prepare_cached(
        "INSERT OR REPLACE INTO template_hours (template, hour, stream, epoch, count) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let mut none = transaction.prepare_cached(
        "DELETE FROM template_hours WHERE template = ?1 AND hour = ?2 AND stream = ?3 AND epoch = ?4",
    )?;
    for row in rows {
        match row.count {
            0 => none.execute(params![row.template, row.hour, row.stream, epoch])?,
            count => {
                statement.execute(params![row.template, row.hour, row.stream, epoch, count.cast_signed()])?
            }
        };
    }
    Ok(())
}

fn write_volume(transaction: &Transaction<'_>, epoch: u64, rows: &[VolumeRow]) -> rusqlite::Result<()> {
    let epoch = epoch.cast_signed();
    let mut gone =
        transaction.prepare_cached("DELETE FROM volume WHERE minute = ?1 AND stream = ?2 AND epoch = ?3")?;
    for row in rows.iter().filter(|row| row.volume.records == 0) {
        gone.execute(params![row.minute, row.stream, epoch])?;
    }
    let kept: Vec<&VolumeRow> = rows.iter().filter(|row| row.volume.records > 0).collect();
    // The sums are written with them, so a statement costs more than a row.
    let (many, few) = kept.as_chunks::<TOGETHER>();
    for rows in many {
        write_some_volume(transaction, epoch, rows)?;
    }
    few.iter().try_for_each(|row| write_some_volume(transaction, epoch, &[row]))
}

fn write_some_volume(transaction: &Transaction<'_>, epoch: i64, rows: &[&VolumeRow]) -> rusqlite::Result<()> {
    let places = vec!["(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"; rows.len()].join(", ");
    let mut statement = transaction.prepare_cached(&format!(
        "INSERT INTO volume (minute, stream, epoch, records, warnings, errors, trace, debug, info, notice, critical,
         fatal) VALUES {places} ON CONFLICT (minute, stream, epoch) DO UPDATE SET records = excluded.records,
         warnings = excluded.warnings, errors = excluded.errors, trace = excluded.trace, debug = excluded.debug,
         info = excluded.info, notice = excluded.notice, critical = excluded.critical, fatal = excluded.fatal"
    ))?;
    let values = rows.iter().flat_map(|row| {
        let key =
            [ToSqlOutput::from(row.minute), ToSqlOutput::from(row.stream.as_str()), ToSqlOutput::from(epoch)];
        key.into_iter().chain(row.volume.columns().map(ToSqlOutput::from))
    });
    statement.execute(params_from_iter(values))?;
    Ok(())
}

fn write_sources(transaction: &Transaction<'_>, sources: &[SourceFact]) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT OR REPLACE INTO sources (name, kind, labels, lines, bytes, last_line)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for source in sources {
        let labels = serde_json::to_string(&source.labels).unwrap_or_default();
        let [lines, bytes] = [source.lines, source.bytes].map(u64::cast_signed);
        statement.execute(params![source.name, source.kind, labels, lines, bytes, source.last_line])?;
    }
    Ok(())
}

fn write_notices(transaction: &Transaction<'_>, judged: &Judged) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO outbox (incident, key, change, at, document, state, attempts)
         VALUES (?1, ?2, ?3, ?4, ?5, 'pending', 0)",
    )?;
    for notice in &judged.notices {
        let document = notice.document.to_string();
        statement.execute(params![notice.incident, notice.key, notice.change, judged.now, document])?;
    }
    Ok(())
}

fn list(names: &[String]) -> String {
    serde_json::to_string(names).unwrap_or_default()
}
