//! What is sent: the types of the API, apart from what the store keeps, so that either may change.

use logsift_pipeline::daemon as stored;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// A part of a list.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Page<T> {
    /// The rows.
    pub(crate) rows: Vec<T>,
    /// The cursor of the next page; nothing behind the last. A search looks at so many rows for a page, so that one may have
    /// few or none and a next nevertheless.
    pub(crate) next: Option<String>,
    /// How far back a search has looked, where it is one and not at its end: what fits and is later stands in `rows`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reached: Option<String>,
}

impl<T> Page<T> {
    pub(crate) fn of<F: Into<T>>(page: stored::Paged<F>) -> Page<T> {
        let reached = maybe(page.reached);
        Page { rows: page.rows.into_iter().map(Into::into).collect(), next: page.next, reached }
    }
}

/// A list that is sent whole.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct List<T> {
    /// The rows.
    pub(crate) rows: Vec<T>,
}

impl<T> List<T> {
    pub(crate) fn of<F: Into<T>>(rows: impl IntoIterator<Item = F>) -> List<T> {
        List { rows: rows.into_iter().map(Into::into).collect() }
    }
}

/// A moment as RFC 3339, in UTC.
pub(crate) fn moment(nanoseconds: i64) -> String {
    jiff::Timestamp::from_nanosecond(nanoseconds.into()).map(|moment| moment.to_string()).unwrap_or_default()
}

pub(crate) fn maybe(nanoseconds: Option<i64>) -> Option<String> {
    nanoseconds.map(moment)
}

/// An incident in short.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Incident {
    /// Stays the same for the life of the incident.
    pub(crate) id: String,
    /// Equal for the same kind of story, whenever it happens.
    pub(crate) fingerprint: String,
    /// One line that says what happened.
    pub(crate) title: String,
    /// `low`, `medium`, `high`, `critical`.
    pub(crate) severity: String,
    /// Grows with how sure and how grave it is.
    pub(crate) score: f64,
    /// `open`, `resolved`, or `withdrawn`: more lines or feedback said that it was none, or no one of its own.
    pub(crate) state: String,
    /// When it began, in log time.
    pub(crate) start: Option<String>,
    /// When it was last seen, in log time.
    pub(crate) end: Option<String>,
    /// When it was found.
    pub(crate) opened: String,
    /// When it last changed.
    pub(crate) changed: String,
    /// When it was over.
    pub(crate) resolved: Option<String>,
    /// How many findings.
    pub(crate) finding_count: u64,
    /// How many records they are about.
    pub(crate) records: u64,
    /// Streams it touches.
    pub(crate) streams: Vec<String>,
    /// Kinds of its findings, the strongest first.
    pub(crate) kinds: Vec<String>,
    /// The record that looks most like the cause.
    pub(crate) cause: Option<String>,
}

impl From<stored::IncidentFact> for Incident {
    fn from(fact: stored::IncidentFact) -> Incident {
        Incident {
            id: fact.id,
            fingerprint: fact.fingerprint,
            title: fact.title,
            severity: fact.severity,
            score: fact.score,
            state: fact.state,
            start: maybe(fact.start),
            end: maybe(fact.end),
            opened: moment(fact.opened),
            changed: moment(fact.changed),
            resolved: maybe(fact.resolved),
            finding_count: fact.findings,
            records: fact.records,
            streams: fact.streams,
            kinds: fact.kinds,
            cause: fact.cause,
        }
    }
}

/// An incident with all that is known of it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct IncidentDetail {
    /// The same as in lists.
    #[serde(flatten)]
    pub(crate) incident: Incident,
    /// The incident that it became part of, where it was withdrawn for that.
    pub(crate) merged_into: Option<String>,
    /// The incident object of `scan --format json`.
    pub(crate) report: Value,
}

impl From<stored::IncidentFact> for IncidentDetail {
    fn from(mut fact: stored::IncidentFact) -> IncidentDetail {
        let mut report = std::mem::take(&mut fact.document);
        let merged_into = report.as_object_mut().and_then(|report| report.remove("merged_into"));
        let merged_into = merged_into.and_then(|id| Some(id.as_str()?.to_owned()));
        IncidentDetail { incident: fact.into(), merged_into, report }
    }
}

/// A finding.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Finding {
    /// Equal in every run over the same log.
    pub(crate) id: String,
    /// The incident that it belongs to; nothing if it was held.
    pub(crate) incident_id: Option<String>,
    /// The kind of its strongest evidence.
    pub(crate) kind: String,
    /// `low`, `medium`, `high`, `critical`.
    pub(crate) severity: String,
    /// Grows with how surprising it is.
    pub(crate) score: f64,
    /// The stream.
    pub(crate) stream: Option<String>,
    /// The template.
    pub(crate) template_id: Option<String>,
    /// When, in log time.
    pub(crate) time: Option<String>,
    /// Why, in a sentence.
    pub(crate) explanation: String,
    /// Why it was held: `over-budget`, `still-learning`, `marked-normal`; nothing if it was raised.
    pub(crate) held: Option<String>,
}

impl From<stored::FindingFact> for Finding {
    fn from(fact: stored::FindingFact) -> Finding {
        Finding {
            id: fact.id,
            incident_id: fact.incident,
            kind: fact.kind,
            severity: fact.severity,
            score: fact.score,
            stream: fact.stream,
            template_id: fact.template,
            time: maybe(fact.time),
            explanation: fact.explanation,
            held: fact.held,
        }
    }
}

/// A finding with its evidence.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FindingDetail {
    /// The same as in lists.
    #[serde(flatten)]
    pub(crate) finding: Finding,
    /// The finding object of `scan --format json`, with its evidence.
    pub(crate) report: Value,
}

impl From<stored::FindingFact> for FindingDetail {
    fn from(mut fact: stored::FindingFact) -> FindingDetail {
        let report = std::mem::take(&mut fact.document);
        FindingDetail { finding: fact.into(), report }
    }
}

/// A template.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Template {
    /// Its id, which comes from its text.
    pub(crate) id: String,
    /// Its text.
    pub(crate) template: String,
    /// Records in all.
    pub(crate) count: u64,
    /// The first of them, in log time.
    pub(crate) first: Option<String>,
    /// The last of them.
    pub(crate) last: Option<String>,
    /// The gravest level.
    pub(crate) level: Option<String>,
    /// What it is a variant of, if it is one.
    pub(crate) parent: Option<String>,
}

impl From<stored::TemplateFact> for Template {
    fn from(fact: stored::TemplateFact) -> Template {
        Template {
            id: fact.id,
            template: fact.text,
            count: fact.count,
            first: maybe(fact.first),
            last: maybe(fact.last),
            level: fact.level,
            parent: fact.parent,
        }
    }
}

/// Records of a template in an hour.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Hour {
    /// When the hour begins, in log time.
    pub(crate) hour: String,
    /// The stream.
    pub(crate) stream: String,
    /// Records.
    pub(crate) count: u64,
}

impl From<stored::TemplateHour> for Hour {
    fn from(fact: stored::TemplateHour) -> Hour {
        Hour { hour: moment(fact.hour), stream: fact.stream, count: fact.count }
    }
}

/// The variable places of a template.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Slots {
    /// The template.
    pub(crate) id: String,
    /// Its slots, as `templates --format json` writes them.
    pub(crate) slots: Value,
}

/// Records by level.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Levels {
    trace: u64,
    debug: u64,
    info: u64,
    notice: u64,
    warn: u64,
    error: u64,
    critical: u64,
    fatal: u64,
}

impl From<stored::Volume> for Levels {
    fn from(volume: stored::Volume) -> Levels {
        let [trace, debug, info, notice, warn, error, critical, fatal] = volume.levels;
        Levels { trace, debug, info, notice, warn, error, critical, fatal }
    }
}

/// A stream.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Stream {
    /// Its name.
    pub(crate) name: String,
    /// Records.
    pub(crate) records: u64,
    /// Records of level warn.
    pub(crate) warnings: u64,
    /// Records of level error and graver.
    pub(crate) errors: u64,
    /// Records of each level, the mildest first; those without a level are in none.
    pub(crate) levels: Levels,
    /// The minute of the first, in log time.
    pub(crate) first: Option<String>,
    /// The minute of the last.
    pub(crate) last: Option<String>,
}

impl From<stored::StreamFact> for Stream {
    fn from(fact: stored::StreamFact) -> Stream {
        Stream {
            name: fact.name,
            records: fact.volume.records,
            warnings: fact.volume.warnings(),
            errors: fact.volume.errors(),
            levels: fact.volume.into(),
            first: maybe(fact.first),
            last: maybe(fact.last),
        }
    }
}

/// A label of a source.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Label {
    /// Its name.
    pub(crate) name: String,
    /// Its value.
    pub(crate) value: String,
}

/// A source.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Source {
    /// Its name.
    pub(crate) name: String,
    /// `file`, `push`, `syslog`, `journald`, `stdin`.
    pub(crate) kind: String,
    /// Its labels.
    pub(crate) labels: Vec<Label>,
    /// Lines that came in.
    pub(crate) lines: u64,
    /// Bytes that came in.
    pub(crate) bytes: u64,
    /// Seconds since the last line; nothing where none came.
    pub(crate) last_line_age_seconds: Option<f64>,
    /// Lines a second, lately.
    pub(crate) lines_per_second: f64,
    /// What is wrong with it.
    pub(crate) problem: Option<String>,
    /// Bytes that may have been lost when a file was truncated.
    pub(crate) possibly_lost_bytes: u64,
    /// Bytes of half a line at the end of its file, which waits for its other half.
    pub(crate) unfinished_bytes: u64,
    /// Seconds for which nothing of that line has come.
    pub(crate) unfinished_age_seconds: Option<f64>,
}

impl From<stored::SourceStatus> for Source {
    fn from(status: stored::SourceStatus) -> Source {
        Source {
            name: status.name,
            kind: status.kind,
            labels: status.labels.into_iter().map(|(name, value)| Label { name, value }).collect(),
            lines: status.lines,
            bytes: status.bytes,
            last_line_age_seconds: status.last_line_age_seconds,
            lines_per_second: status.lines_per_second,
            problem: status.problem,
            possibly_lost_bytes: status.possibly_lost_bytes,
            unfinished_bytes: status.unfinished_bytes,
            unfinished_age_seconds: status.unfinished_age_seconds,
        }
    }
}

/// Records in a step of time.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Step {
    /// When it begins, in log time.
    pub(crate) start: String,
    /// Records.
    pub(crate) records: u64,
    /// Records of level warn.
    pub(crate) warnings: u64,
    /// Records of level error and graver.
    pub(crate) errors: u64,
    /// Records of each level, the mildest first; those without a level are in none.
    pub(crate) levels: Levels,
}

impl From<stored::VolumeStep> for Step {
    fn from(fact: stored::VolumeStep) -> Step {
        Step {
            start: moment(fact.start),
            records: fact.volume.records,
            warnings: fact.volume.warnings(),
            errors: fact.volume.errors(),
            levels: fact.volume.into(),
        }
    }
}

/// A generation of the model.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Model {
    /// Its number, which grows.
    pub(crate) generation: u64,
    /// When it was written.
    pub(crate) written: String,
    /// Its size.
    pub(crate) bytes: u64,
    /// Records that it was learned from.
    pub(crate) records: u64,
    /// Templates in it.
    pub(crate) templates: u64,
    /// The one in use.
    pub(crate) active: bool,
    /// Whether its file is still there.
    pub(crate) kept: bool,
    /// Why it was made.
    pub(crate) note: String,
}

impl From<stored::ModelFact> for Model {
    fn from(fact: stored::ModelFact) -> Model {
        Model {
            generation: fact.generation,
            written: moment(fact.written),
            bytes: fact.bytes,
            records: fact.records,
            templates: fact.templates,
            active: fact.active,
            kept: fact.kept,
            note: fact.note,
        }
    }
}

/// Something that takes a while.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Job {
    /// Its id.
    pub(crate) id: String,
    /// What it does.
    pub(crate) kind: String,
    /// `waiting`, `running`, `done`, `failed`.
    pub(crate) state: String,
    /// How much is done, 0 to 1.
    pub(crate) progress: f64,
    /// When it was asked for.
    pub(crate) started: String,
    /// When it ended.
    pub(crate) ended: Option<String>,
    /// What came of it, or what went wrong.
    pub(crate) message: Option<String>,
}

impl From<stored::JobFact> for Job {
    fn from(fact: stored::JobFact) -> Job {
        Job {
            id: fact.id,
            kind: fact.kind,
            state: fact.state,
            progress: fact.progress,
            started: moment(fact.started),
            ended: maybe(fact.ended),
            message: fact.message,
        }
    }
}

/// Who did what.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Act {
    /// Grows with time.
    pub(crate) id: i64,
    /// When.
    pub(crate) at: String,
    /// Who: the name of a token, or `local`.
    pub(crate) actor: String,
    /// What.
    pub(crate) action: String,
    /// To what.
    pub(crate) subject: String,
    /// `done`, `refused`, `failed`.
    pub(crate) outcome: String,
}

impl From<stored::AuditFact> for Act {
    fn from(fact: stored::AuditFact) -> Act {
        Act {
            id: fact.id,
            at: moment(fact.at),
            actor: fact.actor,
            action: fact.action,
            subject: fact.subject,
            outcome: fact.outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incident_says_of_which_it_became_part_beside_its_report() {
        let of = |document: Value| {
            let fact = stored::IncidentFact { document, ..stored::IncidentFact::default() };
            let told = serde_json::to_value(IncidentDetail::from(fact)).unwrap();
            (told["merged_into"].clone(), told["report"].clone())
        };
        let report = serde_json::json!({ "id": "inc-1" });
        assert_eq!(
            of(serde_json::json!({ "id": "inc-1", "merged_into": "inc-2" })),
            ("inc-2".into(), report.clone())
        );
        assert_eq!(of(report.clone()), (Value::Null, report));
        assert_eq!(of(Value::Null), (Value::Null, Value::Null));
    }
}
