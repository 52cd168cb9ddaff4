//! How the API's document describes the routes for log shippers.

use crate::openapi::{Operation, PUSH, operation};

pub(crate) fn ingest() -> Operation {
    operation(PUSH, "Send lines, plain or NDJSON; parameters of the address are labels of the stream")
        .takes_raw("text/plain")
        .takes_raw("application/x-ndjson")
        .answers_nothing(204, "They are on the disk")
}

pub(crate) fn otlp() -> Operation {
    operation(PUSH, "OTLP/HTTP logs")
        .takes_raw("application/x-protobuf")
        .takes_raw("application/json")
        .answers_raw(200, "They are on the disk, but for those it names", "application/x-protobuf")
        .answers_raw(200, "They are on the disk, but for those it names", "application/json")
}

pub(crate) fn loki() -> Operation {
    operation(PUSH, "Loki's push")
        .takes_raw("application/x-protobuf")
        .takes_raw("application/json")
        .answers_nothing(204, "They are on the disk")
}

pub(crate) fn bulk() -> Operation {
    operation(PUSH, "Elasticsearch's bulk API: `index` and `create`")
        .text("Clients that take a path to their server may use `/elastic`, where the whole handshake is answered.")
        .takes_raw("application/x-ndjson")
        .takes_raw("application/json")
        .answers_raw(200, "The documents are on the disk, but for those it names", "application/json")
}

pub(crate) fn bulk_into() -> Operation {
    bulk().path("index", "The index of documents that name none")
}
