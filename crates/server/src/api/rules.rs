//! Rules: which are in force and how often they fired, and one more tried on lines.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use logsift_engine::detectors::rule::file::RuleFile;
use logsift_engine::detectors::rule::{Rule as InForce, RuleSet};
use logsift_pipeline::rules::{self, TriedLines, Wrong};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::wire::List;
use crate::face::Face;
use crate::openapi::{Operation, operation};
use crate::problem::Problem;
use crate::query::Query;

/// Bytes of a rule that is tried.
const LONGEST: usize = 64 << 10;
/// Bytes of a line that is shown.
const LONGEST_LINE: usize = 4 << 10;
/// What a rule is called that says no name.
const UNNAMED: &str = "tried.yaml";

/// A rule in force.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Rule {
    /// Its name.
    name: String,
    /// One line that says what it means when it fires.
    title: String,
    /// Its class, as classic tools name it.
    classic: String,
    /// `low`, `medium`, `high`, `critical`.
    severity: String,
    /// What it means.
    description: String,
    /// What to do.
    remedy: String,
    /// Where it is written what to do.
    runbook: Option<String>,
    /// Words to find it by.
    tags: Vec<String>,
    /// Records at which it fired since the daemon started.
    hits: u64,
}

impl From<(InForce, u64)> for Rule {
    fn from((rule, hits): (InForce, u64)) -> Rule {
        Rule {
            name: rule.name,
            title: rule.title,
            classic: rule.class,
            severity: rule.severity.name().to_owned(),
            description: rule.description,
            remedy: rule.remedy,
            runbook: rule.runbook,
            tags: rule.tags,
            hits,
        }
    }
}

/// A rule to be tried.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trial {
    /// The rule, in YAML, as in a file of rules.
    #[schemars(length(min = 1, max = 65536))]
    rule: String,
    /// The lines to try it on; those that came lately where there are none.
    #[serde(default)]
    lines: Option<Vec<String>>,
}

/// What a rule would do.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Tried {
    /// Records at which it fires.
    matched: u64,
    /// Intervals in which it does.
    intervals: u64,
    /// Records that were read.
    records: u64,
    /// How long reading them took.
    microseconds: u64,
    /// The first few of the lines at which it fires.
    lines: Vec<Hit>,
    /// Lines of its own at which it does not what it must.
    wrong: Vec<Unlike>,
}

/// A line at which a rule fires.
#[derive(Debug, Serialize, JsonSchema)]
struct Hit {
    /// The stream.
    stream: String,
    /// The line within what was read of it, counted from 1.
    line: u64,
    /// Its text.
    text: String,
}

/// A line of a rule at which it does not what it must.
#[derive(Debug, Serialize, JsonSchema)]
struct Unlike {
    /// Whether it should fire there.
    should_fire: bool,
    /// The line.
    text: String,
}

pub(crate) async fn list(
    State(face): State<Arc<Face>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Query::only(&uri, &[])?;
    Ok(super::tagged(&headers, &List::<Rule>::of(face.handle.rules())))
}

pub(crate) async fn test(State(face): State<Arc<Face>>, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let trial: Trial = crate::given::json(&face, &head.headers, body).await?;
    if trial.rule.len() > LONGEST {
        return Err(Problem::bad("`rule` must be at most 64 KiB"));
    }
    let shared = Arc::clone(&face);
    Ok(super::json(StatusCode::OK, &face.aside(move || tried(&shared, &trial)).await??))
}

fn tried(face: &Face, trial: &Trial) -> Result<Tried, Problem> {
    let wrong = |error: &dyn std::fmt::Display| Problem::bad(format!("the rule cannot be used: {error}"));
    let file = RuleFile::parse(UNNAMED, &trial.rule).map_err(|error| wrong(&error))?;
    let rules = RuleSet::compile(std::slice::from_ref(&file)).map_err(|error| wrong(&error))?;
    let rules = Arc::new(rules);
    let found = match &trial.lines {
        Some(lines) => {
            let text: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
            rules::try_lines(&rules, &[("lines".to_owned(), text.into_bytes())])
        }
        None => face.handle.try_rules(&rules).map_err(|error| super::store_problem(&error))?,
    };
    Ok(shown(found, rules::check(&file, &rules)))
}

fn shown(found: TriedLines, wrong: Vec<Wrong>) -> Tried {
    let hit = |(stream, line, text): (String, u64, String)| Hit { stream, line, text: cut(text) };
    let unlike = |wrong| match wrong {
        Wrong::Quiet(text) => Unlike { should_fire: true, text },
        Wrong::Fires(text) => Unlike { should_fire: false, text },
    };
    Tried {
        matched: found.fired.iter().map(|fired| fired.records).sum(),
        intervals: found.fired.iter().map(|fired| fired.intervals).sum(),
        records: found.records,
        microseconds: u64::try_from(found.took.as_micros()).unwrap_or(u64::MAX),
        lines: found.fired.into_iter().flat_map(|fired| fired.first).map(hit).collect(),
        wrong: wrong.into_iter().map(unlike).collect(),
    }
}

fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(LONGEST_LINE));
    text
}

pub(crate) fn describe_list() -> Operation {
    operation("Rules", "Rules in force, with how often they fired").answers::<List<Rule>>(200, "All of them")
}

pub(crate) fn describe_test() -> Operation {
    operation("Rules", "Try a rule on lines")
        .text(
            "Without `lines` it is tried on those that came lately, about 4 MiB of them. Nothing is kept; a rule \
             that stays goes into a file of the folder that `--rules` names.",
        )
        .takes::<Trial>()
        .answers::<Tried>(200, "What it would do")
}
