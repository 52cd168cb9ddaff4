//! The document of the API: takes the list of routes, gives OpenAPI 3.1, and a page to read it.
//!
//! A route describes itself with an [`Operation`]; the schemas come from the types that are sent, so
//! the document cannot say something else than the answers. The page needs no network: it is made
//! here, from the same document, and has no script.

mod page;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use crate::access::Role;
use crate::routes::{Needs, ROUTES, Route};

/// What a route does, for who wants to call it.
#[derive(Default)]
pub(crate) struct Operation {
    topic: &'static str,
    summary: &'static str,
    text: &'static str,
    parameters: Vec<Value>,
    bodies: Vec<(&'static str, Maker)>,
    answers: Vec<(u16, &'static str, &'static str, Option<Maker>)>,
}

type Maker = fn(&mut SchemaGenerator) -> Schema;

/// An operation of a topic.
pub(crate) fn operation(topic: &'static str, summary: &'static str) -> Operation {
    Operation { topic, summary, ..Operation::default() }
}

impl Operation {
    /// More than the summary says.
    pub(crate) fn text(mut self, text: &'static str) -> Operation {
        self.text = text;
        self
    }

    /// A parameter of the address.
    pub(crate) fn query(self, name: &str, about: &str, schema: Value) -> Operation {
        self.parameter("query", name, about, schema)
    }

    /// `limit` and `cursor`.
    pub(crate) fn paged(self) -> Operation {
        self.query(
            "limit",
            "How many rows at most",
            json!({"type": "integer", "minimum": 1, "maximum": 1000}),
        )
        .query("cursor", "The cursor that the page before gave in `next`", text())
    }

    /// A part of the path.
    pub(crate) fn path(self, name: &str, about: &str) -> Operation {
        self.parameter("path", name, about, json!({"type": "string", "minLength": 1}))
    }

    fn parameter(mut self, place: &str, name: &str, about: &str, schema: Value) -> Operation {
        self.parameters.push(json!({
            "name": name, "in": place, "required": place == "path", "description": about, "schema": schema,
        }));
        self
    }

    /// A body of that type.
    pub(crate) fn takes<T: JsonSchema>(mut self) -> Operation {
        self.bodies.push(("application/json", |generator| generator.subschema_for::<T>()));
        self
    }

    /// A body that is not JSON of ours.
    pub(crate) fn takes_raw(mut self, kind: &'static str) -> Operation {
        self.bodies.push((kind, |_| anything()));
        self
    }

    /// An answer of that type, in JSON.
    pub(crate) fn answers<T: JsonSchema>(mut self, status: u16, about: &'static str) -> Operation {
        self.answers.push((
            status,
            about,
            "application/json",
            Some(|generator| generator.subschema_for::<T>()),
        ));
        self
    }

    /// An answer that is not JSON of ours.
    pub(crate) fn answers_raw(mut self, status: u16, about: &'static str, kind: &'static str) -> Operation {
        self.answers.push((status, about, kind, Some(|_| anything())));
        self
    }

    /// An answer without a body.
    pub(crate) fn answers_nothing(mut self, status: u16, about: &'static str) -> Operation {
        self.answers.push((status, about, "", None));
        self
    }

    fn document(&self, route: &Route, generator: &mut SchemaGenerator) -> Value {
        let mut responses = Map::new();
        for (status, about, kind, maker) in &self.answers {
            let entry = responses.entry(status.to_string()).or_insert_with(|| json!({"description": about}));
            if let Some(maker) = maker {
                entry["content"][*kind] = json!({"schema": maker(generator)});
            }
        }
        responses.insert("default".into(), problem(self.topic));
        let mut document = json!({
            "operationId": name(route), "tags": [self.topic], "summary": self.summary, "responses": responses,
        });
        if !self.text.is_empty() {
            document["description"] = self.text.into();
        }
        if !self.parameters.is_empty() {
            document["parameters"] = self.parameters.clone().into();
        }
        if !self.bodies.is_empty() {
            let content: Map<String, Value> = self
                .bodies
                .iter()
                .map(|(kind, maker)| ((*kind).to_owned(), json!({"schema": maker(generator)})))
                .collect();
            document["requestBody"] = json!({"required": true, "content": content});
        }
        document["security"] = security(route);
        document
    }
}

/// A text.
pub(crate) fn text() -> Value {
    json!({"type": "string"})
}

/// A moment.
pub(crate) fn moment() -> Value {
    json!({"type": "string", "format": "date-time"})
}

/// One of few words.
pub(crate) fn words(words: &[&str]) -> Value {
    json!({"type": "string", "enum": words})
}

fn anything() -> Schema {
    Schema::default()
}

fn problem(topic: &str) -> Value {
    let schema = json!({"$ref": "#/components/schemas/Problem"});
    let mut content = json!({"application/problem+json": {"schema": schema}});
    if topic == PUSH {
        // Shippers are told in the words of their protocol.
        for kind in ["application/json", "application/x-protobuf", "text/plain"] {
            content[kind] = json!({"schema": {}});
        }
    }
    json!({"description": "Something else; the document says what", "content": content})
}

/// The topic of routes for log shippers.
pub(crate) const PUSH: &str = "Push";

fn security(route: &Route) -> Value {
    match route.needs {
        Needs::Nobody => json!([]),
        Needs::Role(role) => json!([{"token": [role.name()]}]),
    }
}

/// `getApiV1Incidents`
fn name(route: &Route) -> String {
    let mut name = route.verb.name().to_ascii_lowercase();
    for part in
        route.path.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|part| !part.is_empty())
    {
        let (first, rest) = part.split_at(1);
        name.push_str(&first.to_ascii_uppercase());
        name.push_str(rest);
    }
    name
}

/// The whole document.
pub(crate) fn build() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        })
        .into_generator();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for route in ROUTES {
        if let Some(describe) = route.describe {
            let operation = describe().document(route, &mut generator);
            paths.entry(route.path).or_default().insert(route.verb.name().to_ascii_lowercase(), operation);
        }
    }
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Problem".into(), problem_schema());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "logsift",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What logsift found, and how to feed it. Lists are paged by cursor, errors are \
                `application/problem+json`, every answer has an `X-Request-Id`, and answers of lists and single \
                things an `ETag`.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {
                "type": "http", "scheme": "bearer",
                "description": format!("A token with a role: {}.", roles()),
            }},
        },
    })
}

fn roles() -> String {
    [Role::Push, Role::Read, Role::Feedback, Role::Admin].map(|role| format!("`{}`", role.name())).join(", ")
}

fn problem_schema() -> Value {
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        },
    })
}

fn built() -> &'static Value {
    static BUILT: OnceLock<Value> = OnceLock::new();
    BUILT.get_or_init(build)
}

/// `GET /api/openapi.json`
pub(crate) async fn document() -> Response {
    whole("application/json", built().to_string())
}

/// `GET /docs`
pub(crate) async fn page() -> Response {
    let mut response = whole("text/html; charset=utf-8", page::page(built()));
    let policy = HeaderValue::from_static(crate::dashboard::POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

fn whole(kind: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_named_once_and_every_reference_leads_somewhere() {
        let document = build();
        let mut names = Vec::new();
        for operation in document["paths"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|path| path.as_object().unwrap().values())
        {
            names.push(operation["operationId"].as_str().unwrap().to_owned());
            assert!(operation["responses"].as_object().unwrap().len() > 1, "{operation}");
        }
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }

    #[test]
    fn every_part_of_a_path_is_described() {
        let document = build();
        for (path, operations) in document["paths"].as_object().unwrap() {
            for operation in operations.as_object().unwrap().values() {
                let named = operation["parameters"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter(|one| one["in"] == "path");
                assert_eq!(named.count(), path.matches('{').count(), "{path}");
            }
        }
    }
}
