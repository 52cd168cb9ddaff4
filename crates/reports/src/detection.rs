//! Findings and incidents, as users store them: the part of a report that says what is unusual.
//!
//! Plain data with every figure ready to print; renderers compute nothing. Texts are as they stand in the log,
//! cut and without secrets; escaping is the renderer's.

use serde::{Deserialize, Serialize};

/// What was found to be unusual.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// The budget of false alarms and what became of it.
    pub budget: BudgetReport,
    /// What was compared with: nothing known, a model, a baseline.
    pub compared_with: Option<String>,
    /// Incidents, the gravest first. They count against the budget.
    pub incidents: Vec<IncidentRow>,
    /// The likeliest of what was held, told like incidents: where to look first although nothing counts.
    #[serde(default)]
    pub held_incidents: Vec<IncidentRow>,
    /// Findings of the incidents, by incident and time, then those that were held, the most surprising first.
    pub findings: Vec<FindingRow>,
    /// Findings held beyond those listed.
    pub held_beyond: u64,
    /// What lasted for so long that it was learned as a new normal, in the order of time.
    #[serde(default)]
    pub adoptions: Vec<AdoptionRow>,
    /// How many records there were over time.
    pub volume: Volume,
    /// The sessions that were found, in short.
    pub sessions: Option<SessionsOverview>,
    /// The kinds of evidence there are, in words.
    #[serde(default)]
    pub kinds: Vec<KindRow>,
    /// How surprising everything was that was weighed, not only what is listed.
    #[serde(default)]
    pub scores: Scores,
}

/// The budget of false alarms and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BudgetReport {
    /// As it was asked for: `5/day`.
    pub asked: String,
    /// Days of log time, or gigabytes, that it was applied to.
    pub units: f64,
    /// False incidents that are accepted over all of the log.
    pub allowed: f64,
    /// Incidents raised.
    pub spent: u64,
    /// Findings held because the budget was used up.
    pub held_over_budget: u64,
    /// Findings held because too little was known.
    pub held_learning: u64,
    /// Findings held because somebody said they are normal.
    pub held_marked_normal: u64,
    /// The chance below which a finding is raised.
    pub threshold: f64,
}

/// An incident: findings that belong together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct IncidentRow {
    /// Unique in the report: `inc-1`, the gravest first.
    pub id: String,
    /// Equal for the same kind of story, whenever it happens.
    pub fingerprint: String,
    /// One line that says what happened.
    pub title: String,
    /// `low`, `medium`, `high`, `critical`.
    pub severity: String,
    /// Grows with how sure and how grave it is.
    pub score: f64,
    /// When it began, RFC 3339; nothing in a log without times.
    pub start: Option<String>,
    /// When it ended.
    pub end: Option<String>,
    /// Seconds from the first to the last finding.
    pub seconds: u64,
    /// Streams it touches.
    pub streams: Vec<String>,
    /// Kinds of its findings, the strongest first.
    pub kinds: Vec<String>,
    /// How many findings.
    pub finding_count: u64,
    /// How many records they are about.
    pub records: u64,
    /// Records that look like the cause, the likeliest first.
    pub causes: Vec<CauseRow>,
    /// What happened, in order.
    pub story: Vec<StoryRow>,
    /// The ids of its findings.
    pub finding_ids: Vec<String>,
    /// Classes of its findings, the gravest first: `DATABASE_CONNECTION_ISSUE`.
    #[serde(default)]
    pub classes: Vec<String>,
    /// The rules that its findings are about.
    #[serde(default)]
    pub rules: Vec<String>,
    /// Its first and last interval, as places in the lists of [`Volume`]; nothing where it has none.
    #[serde(default)]
    pub intervals: Option<(u64, u64)>,
}

/// A record that looks like the cause of an incident.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CauseRow {
    /// The file or entry.
    pub file: String,
    /// The line, counted from 1.
    pub line: u64,
    /// When, RFC 3339.
    pub time: Option<String>,
    /// The level, or nothing.
    pub level: Option<String>,
    /// The template.
    pub template_id: Option<String>,
    /// The record as it stands in the log; several lines for a trace.
    pub message: String,
    /// Why it looks like the cause.
    pub why: String,
    /// How likely, 0 to 1, against the other causes.
    pub weight: f64,
    /// Lines before it.
    pub before: Vec<String>,
    /// Lines after it.
    pub after: Vec<String>,
}

/// One step of what happened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StoryRow {
    /// When, RFC 3339.
    pub time: Option<String>,
    /// What kind of finding.
    pub kind: String,
    /// In words.
    pub sentence: String,
    /// The stream.
    pub stream: Option<String>,
    /// The file or entry to look into.
    pub file: Option<String>,
    /// The line to look at.
    pub line: Option<u64>,
}

/// A finding.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FindingRow {
    /// Unique in the report and equal in every run over the same log.
    pub id: String,
    /// The kind of its strongest evidence.
    pub kind: String,
    /// `low`, `medium`, `high`, `critical`.
    pub severity: String,
    /// Grows with how surprising it is.
    pub score: f64,
    /// The chance of something at least as odd when nothing is wrong.
    pub p_value: f64,
    /// Its rank among all findings that were weighed against the budget, 1 the first.
    pub budget_rank: u64,
    /// The stream.
    pub stream: Option<String>,
    /// The file or entry.
    pub file: Option<String>,
    /// The line.
    pub line: Option<u64>,
    /// When, RFC 3339.
    pub time: Option<String>,
    /// The gravest level of its records.
    pub level: Option<String>,
    /// The template.
    pub template_id: Option<String>,
    /// The text of the template.
    pub template: Option<String>,
    /// The record to look at, as it stands in the log.
    pub message: Option<String>,
    /// Why, in a sentence.
    pub explanation: String,
    /// The evidence, the strongest first.
    pub evidence: Vec<EvidenceRow>,
    /// The incident that it belongs to; nothing if it was held.
    pub incident_id: Option<String>,
    /// Why it was held: `over-budget`, `still-learning`, `marked-normal`.
    pub held: Option<String>,
    /// The session it is about, as it stands in the log.
    pub session: Option<String>,
    /// Records it is about.
    pub records: u64,
    /// From when on it was learned as a new normal, RFC 3339, because it had lasted so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopted: Option<String>,
    /// Its class: that of its gravest rule, `ERROR_LEVEL` for other errors, `ML_DETECTED` for the rest.
    #[serde(default)]
    pub class: String,
    /// The rules that are about it, the gravest first.
    #[serde(default)]
    pub rules: Vec<String>,
}

/// Something that lasted for so long that it was learned as a new normal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdoptionRow {
    /// The finding that lasted.
    pub finding_id: String,
    /// Its incident; nothing if it was held.
    pub incident_id: Option<String>,
    /// The kind of its strongest evidence.
    pub kind: String,
    /// The stream.
    pub stream: Option<String>,
    /// The template.
    pub template_id: Option<String>,
    /// The text of the template.
    pub template: Option<String>,
    /// When it began, RFC 3339; nothing in a log without times.
    pub since: Option<String>,
    /// From when on it was learned as normal.
    pub adopted: Option<String>,
    /// What was odd about it, in a sentence.
    pub explanation: String,
}

/// One detector's observation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EvidenceRow {
    /// The detector.
    pub kind: String,
    /// The slot of the template that it is about, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<u8>,
    /// In words.
    pub sentence: String,
    /// What was expected.
    pub expected: f64,
    /// What was seen.
    pub seen: f64,
    /// Negative natural logarithm of the chance, by the detector's own reckoning.
    pub surprise: f64,
    /// The figures of the sentence.
    pub figures: Vec<FigureRow>,
}

/// A figure of a sentence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FigureRow {
    /// What it is.
    pub name: String,
    /// How much.
    pub value: f64,
    /// Of what.
    pub unit: String,
}

/// How many records there were over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Volume {
    /// Where the first interval begins, RFC 3339; nothing in a log without times.
    pub start: Option<String>,
    /// Seconds in an interval; blocks of records where there is no time.
    pub step_seconds: u64,
    /// Records in each interval.
    pub records: Vec<u64>,
    /// Records of level warn.
    pub warnings: Vec<u64>,
    /// Records of level error and graver.
    pub errors: Vec<u64>,
}

/// The sessions that were found, in short.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SessionsOverview {
    /// What ties their records together: `blk_…`, a field.
    pub by: String,
    /// How many there were.
    pub count: u64,
    /// How many are beyond the threshold.
    pub flagged: u64,
}

/// A kind of evidence, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindRow {
    /// Its name.
    pub kind: String,
    /// What it says, in one sentence.
    pub sentence: String,
    /// When it is wrong, in one or two sentences.
    pub wrong_when: String,
}

/// How surprising everything was that was weighed: counts by score.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// The width of a step, from 0 on.
    pub step: f64,
    /// How much was weighed in each step; whatever is beyond the last is counted there.
    pub counts: Vec<u64>,
    /// The score from which on something is raised.
    pub threshold: f64,
}

#[cfg(test)]
pub(crate) mod sample;
