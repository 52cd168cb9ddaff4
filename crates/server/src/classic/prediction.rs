//! `/predict`: a level and a latency in, `Anomaly` or `Normal` out; and `/train`, which changes by what.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Caller;
use crate::api;
use crate::face::Face;
use crate::forest::{CONTAMINATION, MOST_ROWS, Predictor, Sample, Trained};
use crate::given::{is_json, parsed};
use crate::problem::Problem;
use crate::push::reply;
use crate::query::Query;

/// One request of the service that is watched.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(crate) struct Asked {
    /// How grave its line is: 0 info, 1 warning, 2 error, 3 critical; or the word.
    log_level: Level,
    /// How long the answer took, in milliseconds.
    #[schemars(range(min = 0.0))]
    response_time: f64,
}

/// A level as a number or a word.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Level {
    Number(f64),
    Word(String),
}

/// What `/predict` says.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Predicted {
    /// `Anomaly` or `Normal`.
    #[schemars(extend("enum" = ["Anomaly", "Normal"]))]
    result: &'static str,
    /// How unusual it is, 0 to 1; only with `?score=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
}

/// Rows to be trained with.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Training {
    /// What is usual. Without rows, the built-in set.
    #[serde(default, alias = "data")]
    #[schemars(length(max = 1_000_000))]
    rows: Vec<Asked>,
    /// The share of rows that counts as unusual.
    #[serde(default = "usual_contamination")]
    #[schemars(range(min = 0.0001, max = 0.5))]
    contamination: f64,
}

fn usual_contamination() -> f64 {
    CONTAMINATION
}

/// What was trained.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Done {
    /// `trained`
    status: &'static str,
    /// What `/predict` answers from now on.
    model: Trained,
}

/// `POST /predict`
pub(crate) async fn predict(State(face): State<Arc<Face>>, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let query = if head.uri.query().is_some() {
        Query::only(&head.uri, &["log_level", "response_time", "score"])?
    } else {
        Query::default()
    };
    let sample = match of_query(&query)? {
        Some(sample) => sample,
        None => {
            let received = face.intake.receive(&head.headers, body).await?;
            if !is_json(&head.headers) && received.bytes.is_empty() {
                return Err(Problem::bad(
                    "send `log_level` and `response_time`, in a JSON body or as parameters",
                ));
            }
            sample(&parsed::<Asked>(&received.bytes)?)?
        }
    };
    let started = std::time::Instant::now();
    let judged = face.predictor().judge(sample);
    face.traffic.scoring.note(started.elapsed());
    let with_score = query.one_of("score", &["true", "false"])?.is_some_and(|wanted| wanted == "true");
    Ok(answer(judged.abnormal, with_score.then_some(judged.score)))
}

fn answer(abnormal: bool, score: Option<f64>) -> Response {
    let result = if abnormal { "Anomaly" } else { "Normal" };
    match score {
        // The answer that is given thousands of times a second is written already.
        None if abnormal => reply(StatusCode::OK, "application/json", br#"{"result":"Anomaly"}"#.to_vec()),
        None => reply(StatusCode::OK, "application/json", br#"{"result":"Normal"}"#.to_vec()),
        Some(_) => api::json(StatusCode::OK, &Predicted { result, score }),
    }
}

fn of_query(query: &Query) -> Result<Option<Sample>, Problem> {
    match (query.text("log_level"), query.number::<f64>("response_time")?) {
        (Some(level), Some(response_time)) => {
            let log_level = match level.parse() {
                Ok(number) => Level::Number(number),
                Err(_) => Level::Word(level.to_owned()),
            };
            sample(&Asked { log_level, response_time }).map(Some)
        }
        (None, None) => Ok(None),
        _ => Err(Problem::bad("`log_level` and `response_time` go together")),
    }
}

fn sample(asked: &Asked) -> Result<Sample, Problem> {
    let level = match &asked.log_level {
        Level::Number(number) => *number,
        Level::Word(word) => level(word)?,
    };
    let fits = level.is_finite() && asked.response_time.is_finite() && asked.response_time >= 0.0;
    match fits {
        true => Ok(Sample { level, milliseconds: asked.response_time }),
        false => Err(Problem::bad("`log_level` must be a number or a word, `response_time` not negative")),
    }
}

fn level(word: &str) -> Result<f64, Problem> {
    let level = match word.to_ascii_lowercase().as_str() {
        "trace" | "debug" | "info" | "information" | "notice" => 0.0,
        "warn" | "warning" => 1.0,
        "error" | "err" | "severe" => 2.0,
        "critical" | "crit" | "fatal" | "alert" | "emergency" | "emerg" | "panic" => 3.0,
        _ => {
            return Err(Problem::bad(
                "`log_level` is no level: `info`, `warning`, `error` and `critical` are",
            ));
        }
    };
    Ok(level)
}

/// `POST /train`: rows of one's own, or the built-in set again.
pub(crate) async fn train(
    State(face): State<Arc<Face>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
    request: Request,
) -> Result<Response, Problem> {
    Query::only(&uri, &[])?;
    let (head, body) = request.into_parts();
    let received = face.intake.receive(&head.headers, body).await?;
    let shared = Arc::clone(&face);
    let trained = face.aside(move || {
        let trained = fitted(&received.bytes).inspect(|trained| {
            shared.note(&caller.name, "predictor.train", &trained.trained.rows.to_string(), "done");
        })?;
        let model = trained.trained.clone();
        shared.set_predictor(trained);
        Ok(model)
    });
    let model: Trained = trained.await?.map_err(|problem: Problem| problem)?;
    Ok(api::json(StatusCode::OK, &Done { status: "trained", model }))
}

fn fitted(body: &[u8]) -> Result<Predictor, Problem> {
    if body.trim_ascii().is_empty() {
        return Predictor::built_in().map_err(|_| Problem::internal());
    }
    let training: Training = parsed(body)?;
    if !(0.0001..=0.5).contains(&training.contamination) {
        return Err(Problem::bad("`contamination` must be 0.0001 to 0.5"));
    }
    if training.rows.len() > MOST_ROWS {
        let detail = format!("at most {MOST_ROWS} rows are taken for training");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    if training.rows.is_empty() {
        return Predictor::built_in().map_err(|_| Problem::internal());
    }
    let samples: Vec<Sample> = training.rows.iter().map(sample).collect::<Result<_, _>>()?;
    Predictor::train(&samples, training.contamination).map_err(|error| Problem::bad(error.to_string()))
}
