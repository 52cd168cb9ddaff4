//! How the API's document describes the classic endpoints.

use serde_json::json;

use super::prediction::{Asked, Done, Predicted, Training};
use super::upload::Uploaded;
use super::{Brief, Detected, Ingested, Models, Running};
use crate::api::detect::described;
use crate::openapi::{Operation, operation, words};

const TOPIC: &str = "Classic";

pub(crate) fn root() -> Operation {
    operation(TOPIC, "That it runs; for browsers, the dashboard")
        .answers::<Running>(200, "It runs")
        .answers_raw(200, "It runs", "text/html")
}

pub(crate) fn health() -> Operation {
    operation(TOPIC, "That it is healthy").answers::<Running>(200, "It is")
}

pub(crate) fn status() -> Operation {
    operation(TOPIC, "How it is, in short").answers::<Brief>(200, "How it is")
}

pub(crate) fn models() -> Operation {
    operation(TOPIC, "The models there are").answers::<Models>(200, "All of them")
}

pub(crate) fn predict() -> Operation {
    operation(TOPIC, "Whether a level and a latency are usual")
        .text("By an isolation forest over both. The values may also be sent as parameters.")
        .query("score", "Whether to say how unusual it is", words(&["true", "false"]))
        .query("log_level", "As in the body", json!({"type": "number"}))
        .query("response_time", "As in the body", json!({"type": "number", "minimum": 0}))
        .takes::<Asked>()
        .answers::<Predicted>(200, "Whether they are")
}

pub(crate) fn train() -> Operation {
    operation(TOPIC, "Train what `/predict` answers from, with rows of one's own or the built-in set")
        .takes::<Training>()
        .answers::<Done>(200, "It is trained")
}

pub(crate) fn detect() -> Operation {
    described(operation(TOPIC, "Score lines or entries without keeping them"))
        .answers::<Detected>(200, "A verdict for each record")
}

pub(crate) fn ingest() -> Operation {
    described(operation(TOPIC, "Send lines or entries; parameters of the address are labels"))
        .answers::<Ingested>(200, "They are on the disk")
}

pub(crate) fn upload() -> Operation {
    operation(TOPIC, "Send files from a form, also packed with gzip or zstd")
        .takes_raw("multipart/form-data")
        .answers::<Uploaded>(200, "They are on the disk")
}
