//! Feedback: what people said, what one thing more would have changed, and saying it. It stands in the same file that
//! `logsift feedback` writes, and holds from the next judgement on.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use logsift_engine::findings::feedback::{EntryFile, Feedback, FeedbackFile, Plain, SlotFile};
use logsift_pipeline::daemon::Facts;
use logsift_pipeline::feedback::{FileError, about_finding, about_fingerprint, today, words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Caller;
use crate::face::Face;
use crate::openapi::{Operation, operation};
use crate::problem::Problem;
use crate::query::Query;

/// Days that a preview looks back.
const DAYS: u32 = 7;
/// Bytes of what somebody says.
const LONGEST: usize = 1000;

/// Something that is to be said. It names exactly one thing that it is about.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Saying {
    /// `normal`, `expected-until`, `important`, `severity`, `not-normal`.
    #[schemars(extend("enum" = ["normal", "expected-until", "important", "severity", "not-normal"]))]
    verdict: String,
    /// Why; needed where it is to be kept.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    why: String,
    /// The day, or the moment, from which on it no longer holds.
    #[serde(default)]
    until: Option<String>,
    /// With `severity`: `low`, `medium`, `high`, `critical`.
    #[serde(default)]
    severity: Option<String>,
    /// Incidents like this one: its id.
    #[serde(default)]
    incident: Option<String>,
    /// Findings like this one: its id.
    #[serde(default)]
    finding: Option<String>,
    /// Incidents with this fingerprint.
    #[serde(default)]
    fingerprint: Option<String>,
    /// A template, by its id or its text.
    #[serde(default)]
    template: Option<String>,
    /// Numbers of a slot of a template.
    #[serde(default)]
    slot: Option<Slot>,
    /// What a rule is about.
    #[serde(default)]
    rule: Option<String>,
    /// Streams with such a name: `web-*`.
    #[serde(default)]
    stream: Option<String>,
}

/// Numbers of a slot.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Slot {
    /// The template, by its id or its text.
    template: String,
    /// The number of the slot, from 1; any where nothing is said.
    #[serde(default)]
    slot: Option<u8>,
    /// The least that is normal.
    #[serde(default)]
    from: Option<f64>,
    /// The greatest that is normal.
    #[serde(default)]
    to: Option<f64>,
}

/// What was said.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Said {
    /// `normal`, `expected-until`, `important`, `severity`.
    verdict: String,
    /// What it is about, in words.
    about: String,
    /// What is meant, in words.
    meaning: String,
    /// The day, or the moment, from which on it no longer holds.
    until: Option<String>,
    /// Who said it.
    who: String,
    /// When.
    when: String,
    /// Why.
    why: String,
}

/// All that was said.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AllSaid {
    /// The oldest first.
    rows: Vec<Said>,
    /// The file in which it stands.
    file: Option<String>,
    /// Why that file cannot be used; what it said before holds as long.
    problem: Option<String>,
}

/// What something would have changed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Effect {
    /// The days before the last record that were looked at.
    days: u32,
    /// Incidents in them.
    incidents: u64,
    /// Those that would not have been raised.
    hidden: u64,
    /// Those that would have been of another severity, or raised whatever the budget.
    changed: u64,
    /// What was learned as a new normal and would not have been.
    taken_back: u64,
    /// Findings and incidents that it is about.
    matches: u64,
    /// There was more than could be looked at.
    more: bool,
}

pub(crate) async fn list(
    State(face): State<Arc<Face>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Query::only(&uri, &[])?;
    let shared = Arc::clone(&face);
    let all = face.aside(move || all(&shared)).await?;
    Ok(super::tagged(&headers, &all))
}

fn all(face: &Face) -> AllSaid {
    let file = face.handle.feedback_file().map(|path| path.display().to_string());
    match face.handle.feedback() {
        Ok((written, feedback)) => AllSaid { rows: rows(&written, &feedback), file, problem: None },
        Err(error) => AllSaid { rows: Vec::new(), file, problem: Some(error.to_string()) },
    }
}

fn rows(written: &FeedbackFile, feedback: &Feedback) -> Vec<Said> {
    let row = |(entry, checked): (&EntryFile, &logsift_engine::findings::feedback::Entry)| Said {
        verdict: entry.say.clone(),
        about: checked.target.words(),
        meaning: words(checked.say),
        until: entry.until.clone(),
        who: entry.who.clone(),
        when: entry.when.clone(),
        why: entry.why.clone(),
    };
    written.entries.iter().zip(feedback.entries()).map(row).collect()
}

pub(crate) async fn preview(
    State(face): State<Arc<Face>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Problem> {
    let mut saying = received(&face, request).await?;
    if saying.why.is_empty() {
        "asked what it would change".clone_into(&mut saying.why);
    }
    let shared = Arc::clone(&face);
    let effect = face.aside(move || {
        let (_, feedback) = entry(&shared, &saying, &caller.name)?;
        effect(&shared, &feedback)
    });
    Ok(super::json(StatusCode::OK, &effect.await??))
}

fn effect(face: &Face, feedback: &Feedback) -> Result<Effect, Problem> {
    let would = face.handle.would_change(feedback, DAYS).map_err(|error| super::store_problem(&error))?;
    Ok(Effect {
        days: would.days,
        incidents: would.preview.incidents,
        hidden: would.preview.hidden.len() as u64,
        changed: would.preview.changed.len() as u64,
        taken_back: would.preview.taken_back.len() as u64,
        matches: would.preview.matches.iter().sum(),
        more: would.more,
    })
}

pub(crate) async fn say(
    State(face): State<Arc<Face>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Problem> {
    let saying = received(&face, request).await?;
    if saying.why.trim().is_empty() {
        return Err(Problem::bad("`why` must say why: others will read it"));
    }
    let shared = Arc::clone(&face);
    let said = face.aside(move || kept(&shared, &saying, &caller.name));
    Ok(super::json(StatusCode::CREATED, &said.await??))
}

async fn received(face: &Face, request: Request) -> Result<Saying, Problem> {
    let (head, body) = request.into_parts();
    let saying: Saying = crate::given::json(face, &head.headers, body).await?;
    match saying.why.len() > LONGEST {
        true => Err(Problem::bad(format!("`why` must be at most {LONGEST} bytes"))),
        false => Ok(saying),
    }
}

fn kept(face: &Face, saying: &Saying, who: &str) -> Result<Said, Problem> {
    let (entry, feedback) = entry(face, saying, who)?;
    let subject = feedback.entries().first().map(|entry| entry.target.words()).unwrap_or_default();
    let kept = face.handle.say(&entry);
    let outcome = if matches!(kept, Ok(true)) { "done" } else { "failed" };
    face.note(who, "feedback", &format!("{}: {subject}", saying.verdict), outcome);
    match kept {
        Ok(true) => {}
        Ok(false) => {
            let detail = "this daemon was started without a feedback file";
            return Err(Problem::new(StatusCode::CONFLICT, detail));
        }
        Err(error) => return Err(refused(&error)),
    }
    let file = FeedbackFile { entries: vec![entry] };
    rows(&file, &feedback).pop().ok_or_else(Problem::internal)
}

fn refused(error: &FileError) -> Problem {
    match error {
        FileError::Write(_) => Problem::later(
            StatusCode::SERVICE_UNAVAILABLE,
            "the feedback file cannot be written at present",
            5,
        ),
        error => Problem::new(StatusCode::CONFLICT, error.to_string()),
    }
}

/// The entry for the file, and the same checked.
fn entry(face: &Face, saying: &Saying, who: &str) -> Result<(EntryFile, Feedback), Problem> {
    let slot = saying.slot.clone().map(|slot| SlotFile {
        template: slot.template,
        slot: slot.slot,
        from: slot.from,
        to: slot.to,
    });
    let mut entry = EntryFile {
        say: saying.verdict.clone(),
        template: saying.template.clone(),
        slot,
        fingerprint: saying.fingerprint.clone().map(Plain::Text),
        rule: saying.rule.clone(),
        stream: saying.stream.clone(),
        severity: saying.severity.clone(),
        until: saying.until.clone(),
        who: who.to_owned(),
        when: today(),
        why: saying.why.clone(),
    };
    if saying.incident.is_some() || saying.finding.is_some() {
        let facts = face.handle.facts().map_err(|error| super::store_problem(&error))?;
        about(&mut entry, saying, &facts)?;
    }
    let file = FeedbackFile { entries: vec![entry.clone()] };
    let checked = Feedback::of(&file, "this").map_err(|error| Problem::bad(error.to_string()))?;
    Ok((entry, checked))
}

/// Names by what is lasting what was named by an id.
fn about(entry: &mut EntryFile, saying: &Saying, facts: &Facts) -> Result<(), Problem> {
    let named = [&saying.template, &saying.fingerprint, &saying.rule, &saying.stream];
    let others = named.iter().filter(|name| name.is_some()).count() + usize::from(saying.slot.is_some());
    if others > 0 || saying.incident.is_some() && saying.finding.is_some() {
        return Err(Problem::bad("it must be about one thing: make several of it"));
    }
    let problem = |error| super::store_problem(&error);
    if let Some(id) = &saying.incident {
        let found = facts.incident(id).map_err(problem)?;
        about_fingerprint(entry, &found.ok_or_else(|| Problem::missing("incident"))?.fingerprint);
    }
    if let Some(id) = &saying.finding {
        let found = facts.finding(id).map_err(problem)?.ok_or_else(|| Problem::missing("finding"))?;
        let row = serde_json::from_value(found.document).map_err(|_| Problem::internal())?;
        about_finding(entry, &row).ok_or_else(|| Problem::bad("nothing about this finding is lasting"))?;
    }
    Ok(())
}

pub(crate) fn describe_list() -> Operation {
    operation("Feedback", "What people said about findings").answers::<AllSaid>(200, "All of it")
}

pub(crate) fn describe_say() -> Operation {
    operation("Feedback", "Say that something is normal, expected for a while, important, or of another severity")
        .text(
            "It goes into the same file that `logsift feedback` writes, with the name of the token as who said it, \
             and holds from the next judgement on. It names exactly one of `incident`, `finding`, `fingerprint`, \
             `template`, `slot`, `rule` and `stream`.",
        )
        .takes::<Saying>()
        .answers::<Said>(201, "What was written")
}

pub(crate) fn describe_preview() -> Operation {
    operation("Feedback", "What it would have changed about the last seven days")
        .takes::<Saying>()
        .answers::<Effect>(200, "What it would have changed")
}
