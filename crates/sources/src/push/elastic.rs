//! Elasticsearch's bulk API: takes actions and documents by turns, gives the documents as lines.
//!
//! `index` and `create` are taken; what would change or delete a document is refused item by item,
//! as is a document that is no JSON object. A document in which a shipper has only put a line of a
//! file into an envelope of its own (which agent, which host, which file) is opened: the line is
//! handed on as the program wrote it, and the envelope names the stream. Every other document is
//! handed on as it is.

mod document;
pub mod handshake;

use std::borrow::Cow;

use serde::Deserialize;

use super::fields::{shown, string};
use super::{Batch, Rejected, Request};

/// Items that one request may hold: the reply is many times as long as the smallest item.
const MOST_ITEMS: usize = 100_000;

/// The items of a bulk request.
#[derive(Debug, Default)]
pub struct Bulk {
    /// Its documents.
    pub batch: Batch,
    items: Vec<u8>,
    count: usize,
}

#[derive(Deserialize)]
struct Target<'a> {
    #[serde(borrow, default, rename = "_index")]
    index: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "_id")]
    id: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action<'a> {
    #[serde(borrow)]
    Index(Target<'a>),
    #[serde(borrow)]
    Create(Target<'a>),
    #[serde(borrow)]
    Update(Target<'a>),
    #[serde(borrow)]
    Delete(Target<'a>),
}

impl<'a> Action<'a> {
    fn parts(&self) -> (&'static str, &Target<'a>) {
        match self {
            Action::Index(target) => ("index", target),
            Action::Create(target) => ("create", target),
            Action::Update(target) => ("update", target),
            Action::Delete(target) => ("delete", target),
        }
    }
}

/// The documents of a bulk request; `index` is that of the path, where there is one.
pub fn decode(request: Request<'_>, index: Option<&str>) -> Result<Bulk, Rejected> {
    let mut bulk = Bulk::default();
    let mut lines = request.body.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    while let Some(line) = lines.next() {
        if bulk.count == MOST_ITEMS {
            return Err(Rejected::TooLarge(format!("more than {MOST_ITEMS} items in one request")));
        }
        let action: Action<'_> = serde_json::from_slice(line).map_err(|error| {
            let item = bulk.count + 1;
            Rejected::Malformed(format!("Malformed action/metadata line [{item}]: {error}"))
        })?;
        let (name, target) = action.parts();
        let index = target.index.as_deref().or(index).unwrap_or("logs");
        let problem = match name {
            "delete" => Err(Cow::Borrowed("documents are not kept, so none can be deleted")),
            "update" => {
                lines.next();
                Err(Cow::Borrowed("documents are not kept, so none can be changed"))
            }
            _ => {
                let document = lines.next().ok_or_else(|| {
                    Rejected::Malformed(format!("the last action, `{name}`, has no document behind it"))
                })?;
                document::give(document, index, request.received, &mut bulk.batch)?
            }
        };
        bulk.item(name, index, target.id.as_deref(), request.received, problem.err());
    }
    Ok(bulk)
}

impl Bulk {
    /// The reply, an item for every action in its order.
    pub fn reply(&self) -> Vec<u8> {
        let errors = self.batch.refused > 0;
        let mut out = format!("{{\"took\":0,\"errors\":{errors},\"items\":[").into_bytes();
        out.extend_from_slice(&self.items);
        out.extend_from_slice(b"]}");
        out
    }

    fn item(
        &mut self,
        action: &str,
        index: &str,
        id: Option<&str>,
        received: u64,
        problem: Option<Cow<'_, str>>,
    ) {
        let out = &mut self.items;
        if self.count > 0 {
            out.push(b',');
        }
        shown(out, format_args!("{{\"{action}\":{{\"_index\":"));
        string(out, index);
        out.extend_from_slice(b",\"_id\":");
        match id {
            Some(id) => string(out, id),
            None => shown(out, format_args!("\"{received:x}-{:x}\"", self.count)),
        }
        match problem {
            None => {
                let shards = "\"_shards\":{\"total\":1,\"successful\":1,\"failed\":0}";
                let count = self.count;
                shown(
                    out,
                    format_args!(
                        ",\"_version\":1,\"result\":\"created\",{shards},\"_seq_no\":{count},\"_primary_term\":1,\"status\":201"
                    ),
                );
            }
            Some(problem) => {
                out.extend_from_slice(
                    b",\"status\":400,\"error\":{\"type\":\"illegal_argument_exception\",\"reason\":",
                );
                string(out, &problem);
                out.push(b'}');
                self.batch.refuse(problem);
            }
        }
        self.items.extend_from_slice(b"}}");
        self.count += 1;
    }
}

/// The reply to a request that was refused as a whole.
pub fn refusal(status: u16, message: &str) -> Vec<u8> {
    let kind = if status == 429 { "es_rejected_execution_exception" } else { "illegal_argument_exception" };
    let mut reason = Vec::new();
    string(&mut reason, message);
    let reason = String::from_utf8_lossy(&reason);
    let cause = format!("{{\"type\":\"{kind}\",\"reason\":{reason}}}");
    format!(
        "{{\"error\":{{\"root_cause\":[{cause}],\"type\":\"{kind}\",\"reason\":{reason}}},\"status\":{status}}}"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(body: &str) -> Result<Bulk, Rejected> {
        decode(Request { body: body.as_bytes(), received: 1 }, Some("logs-path"))
    }

    #[test]
    fn items_answer_actions_in_order() {
        let body = "{\"index\":{\"_index\":\"a\",\"_id\":\"7\"}}\n{\"level\":\"info\",\"message\":\"x\"}\n\
            {\"delete\":{\"_id\":\"1\"}}\n{\"create\":{}}\n[1]\n\n{\"update\":{}}\n{}\n{\"create\":{}}\n{\"n\":1}";
        let bulk = bulk(body).unwrap();
        assert_eq!((bulk.batch.accepted, bulk.batch.refused), (2, 3));
        let reply: serde_json::Value = serde_json::from_slice(&bulk.reply()).unwrap();
        let items = reply["items"].as_array().unwrap();
        let shown: Vec<String> = items
            .iter()
            .flat_map(|item| item.as_object().unwrap())
            .map(|(action, item)| format!("{action} {} {}", item["_index"].as_str().unwrap(), item["status"]))
            .collect();
        let expected = [
            "index a 201",
            "delete logs-path 400",
            "create logs-path 400",
            "update logs-path 400",
            "create logs-path 201",
        ];
        assert_eq!(shown, expected);
        assert_eq!((reply["errors"].as_bool(), items[0]["index"]["_id"].as_str()), (Some(true), Some("7")));
    }

    #[test]
    fn a_broken_request_is_refused_whole() {
        for body in ["{}", "{\"index\":{}}", "x\n{}", "{\"drop\":{}}\n{}", "{\"index\":[]}\n"] {
            assert!(matches!(bulk(body), Err(Rejected::Malformed(_))), "{body}");
        }
        let many = "{\"index\":{}}\n{}\n".repeat(MOST_ITEMS + 1);
        assert!(matches!(bulk(&many), Err(Rejected::TooLarge(_))));
    }

    #[test]
    fn a_refusal_is_json_whatever_it_quotes() {
        let refusal: serde_json::Value = serde_json::from_slice(&refusal(400, "a \"b\"\n")).unwrap();
        assert_eq!(refusal["error"]["root_cause"][0]["reason"], "a \"b\"\n");
    }
}
