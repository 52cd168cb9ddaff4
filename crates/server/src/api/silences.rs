//! Silences: which incidents nobody is told of, until when, and who said so.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use jiff::Timestamp;
use logsift_alerts::calendar::Moment;
use logsift_alerts::matcher::{Matcher as Checked, Operator};
use logsift_alerts::silence::Silence as Kept;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::channels::asked;
use super::wire::List;
use crate::access::Caller;
use crate::face::Face;
use crate::openapi::{Operation, operation};
use crate::part::Part;
use crate::problem::Problem;
use crate::query::{Query, shown};

/// Matchers of a silence, silences that are kept, and bytes of a text of one.
const MATCHERS: usize = 20;
const MOST: usize = 1000;
const LONGEST: usize = 1000;
/// What the names of silences that stand in the settings begin with.
const OF_SETTINGS: &str = "settings-";

/// A silence.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Silence {
    /// Its name.
    id: String,
    /// Which incidents; all must hold.
    matchers: Vec<Matcher>,
    /// From when on.
    starts: String,
    /// Until when.
    ends: String,
    /// Who said so.
    author: String,
    /// Why.
    comment: String,
    /// It stands in the settings, and is ended there.
    fixed: bool,
}

/// A condition on a label.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Matcher {
    /// The label: `stream`, `severity`, `kind`, `tag`, `fingerprint`.
    #[schemars(length(min = 1))]
    name: String,
    /// How it is compared; the last two with a severity only.
    #[serde(default = "is")]
    #[schemars(extend("enum" = ["=", "!=", "=~", "!~", ">=", "<="]))]
    op: String,
    /// With what.
    value: String,
}

/// A silence that is asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// Which incidents; all must hold.
    #[schemars(length(min = 1, max = 20))]
    matchers: Vec<Matcher>,
    /// From when on; from now on where nothing is said.
    #[serde(default)]
    #[schemars(extend("format" = "date-time"))]
    starts: Option<String>,
    /// Until when.
    #[schemars(extend("format" = "date-time"))]
    ends: String,
    /// Why.
    #[schemars(length(min = 1, max = 1000))]
    comment: String,
}

fn is() -> String {
    "=".to_owned()
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Is => "=",
        Operator::IsNot => "!=",
        Operator::Matches => "=~",
        Operator::MatchesNot => "!~",
        Operator::AtLeast => ">=",
        Operator::AtMost => "<=",
    }
}

impl From<Kept> for Silence {
    fn from(kept: Kept) -> Silence {
        let matcher =
            |one: Checked| Matcher { name: one.name, op: sign(one.operator).to_owned(), value: one.value };
        Silence {
            fixed: kept.id.starts_with(OF_SETTINGS),
            id: kept.id,
            matchers: kept.matchers.into_iter().map(matcher).collect(),
            starts: kept.from.to_string(),
            ends: kept.until.to_string(),
            author: kept.author,
            comment: kept.comment,
        }
    }
}

impl Matcher {
    fn checked(&self) -> Result<Checked, Problem> {
        let all = [
            Operator::Is,
            Operator::IsNot,
            Operator::Matches,
            Operator::MatchesNot,
            Operator::AtLeast,
            Operator::AtMost,
        ];
        let operator = all.into_iter().find(|operator| sign(*operator) == self.op);
        let operator = operator.ok_or_else(|| {
            Problem::bad(format!("`op` must be one of = != =~ !~ >= <=, not `{}`", shown(&self.op)))
        })?;
        if self.value.len() > LONGEST {
            return Err(Problem::bad(format!("a value must be at most {LONGEST} bytes")));
        }
        Checked::new(&self.name, operator, &self.value)
            .map_err(|why| Problem::bad(format!("the matcher of `{}` {why}", shown(&self.name))))
    }
}

impl Wanted {
    fn checked(&self, author: &str) -> Result<Kept, Problem> {
        if !(1..=MATCHERS).contains(&self.matchers.len()) {
            return Err(Problem::bad(format!("`matchers` must be 1 to {MATCHERS}: none would silence all")));
        }
        if self.comment.trim().is_empty() || self.comment.len() > LONGEST {
            return Err(Problem::bad(format!("`comment` must say why, in at most {LONGEST} bytes")));
        }
        let now = Timestamp::now();
        let (from, until) = (self.starts.as_deref().map(moment).transpose()?, moment(&self.ends)?);
        let from = from.unwrap_or(now);
        if until <= now || until <= from {
            return Err(Problem::bad("`ends` must be later than now and than `starts`"));
        }
        let matchers = self.matchers.iter().map(Matcher::checked).collect::<Result<_, _>>()?;
        let (author, comment) = (author.to_owned(), self.comment.clone());
        Ok(Kept { id: String::new(), matchers, from: Moment(from), until: Moment(until), author, comment })
    }
}

fn moment(text: &str) -> Result<Timestamp, Problem> {
    let wrong = |_| Problem::bad(format!("`{}` is no time such as `2026-11-21T10:00:00Z`", shown(text)));
    text.parse().map_err(wrong)
}

/// The file of silences is at fault, not who asks.
fn unkept(_: String) -> Problem {
    Problem::later(StatusCode::SERVICE_UNAVAILABLE, "the silences cannot be read or written at present", 5)
}

pub(crate) async fn list(
    State(face): State<Arc<Face>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Query::only(&uri, &[])?;
    let silences = asked(&face, |service| service.silences().map_err(unkept)).await?;
    Ok(super::tagged(&headers, &List::<Silence>::of(silences)))
}

pub(crate) async fn create(
    State(face): State<Arc<Face>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let wanted: Wanted = crate::given::json(&face, &head.headers, body).await?;
    let shared = Arc::clone(&face);
    let made = asked(&face, move |service| {
        let silence = wanted.checked(&caller.name)?;
        if service.silences().map_err(unkept)?.len() >= MOST {
            return Err(Problem::new(StatusCode::CONFLICT, format!("there are {MOST} silences already")));
        }
        let made = service.silence(silence).map_err(unkept);
        let (id, outcome) = made.as_ref().map_or(("", "failed"), |made| (made.id.as_str(), "done"));
        shared.note(&caller.name, "silence.create", id, outcome);
        made
    });
    Ok(super::json(StatusCode::CREATED, &Silence::from(made.await?)))
}

pub(crate) async fn end(
    State(face): State<Arc<Face>>,
    Part(id): Part<String>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    if id.starts_with(OF_SETTINGS) {
        let detail = "this silence stands in the settings, and is ended there";
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    let shared = Arc::clone(&face);
    let ended = asked(&face, move |service| {
        let ended = service.end_silence(&id).map_err(unkept)?;
        if ended {
            shared.note(&caller.name, "silence.end", &id, "done");
        }
        Ok(ended)
    });
    match ended.await? {
        true => Ok(crate::dashboard::status(StatusCode::NO_CONTENT)),
        false => Err(Problem::missing("silence")),
    }
}

pub(crate) fn describe_list() -> Operation {
    operation("Alerts", "Silences that hold or will").answers::<List<Silence>>(200, "All of them")
}

pub(crate) fn describe_create() -> Operation {
    operation("Alerts", "Be silent about some incidents for a while")
        .text("They are found and shown as before; nobody is told of them. The name of the token is the author.")
        .takes::<Wanted>()
        .answers::<Silence>(201, "The silence")
}

pub(crate) fn describe_end() -> Operation {
    operation("Alerts", "End a silence").path("id", "Its name").answers_nothing(204, "It is over")
}
