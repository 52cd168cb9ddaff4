//! The JSON schema of the settings in, the shape that a file must have out.
//!
//! The structs of [`super::sections`] are the only place where keys are listed. Their schema is made by machine, and
//! everything else is read off it: which keys there are, which environment variables, what is a secret, what a
//! key is for.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::sections::Settings;

/// What a value must be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// A text of a format.
    Text(Option<String>),
    /// A text that is never shown.
    Secret,
    Bool,
    /// A whole number that is not negative.
    Count,
    /// A whole number.
    Integer,
    Number,
    /// One of these words.
    Choice(Vec<String>),
    List(Box<Shape>),
    /// Names of the user's own, each with a value.
    Names(Box<Shape>),
    /// Keys that are known.
    Section(Vec<Key>),
    /// What stands elsewhere, since it contains itself.
    Named(String),
}

/// A key that is known.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) shape: Shape,
    pub(crate) required: bool,
}

/// The shape of a whole file.
#[derive(Clone, Debug)]
pub(crate) struct Shapes {
    root: Shape,
    named: BTreeMap<String, Shape>,
}

impl Shapes {
    /// The shape of the settings file.
    pub(crate) fn of_settings() -> Shapes {
        let schema = generated();
        let defs = schema.get("$defs").and_then(Value::as_object).cloned().unwrap_or_default();
        let named = defs.iter().map(|(name, schema)| (name.clone(), shape(schema))).collect();
        Shapes { root: shape(&schema), named }
    }

    /// What the file itself must be.
    pub(crate) fn root(&self) -> &Shape {
        &self.root
    }

    /// What a shape is that may be only a name.
    pub(crate) fn resolve<'a>(&'a self, shape: &'a Shape) -> &'a Shape {
        match shape {
            Shape::Named(name) => self.named.get(name).unwrap_or(shape),
            other => other,
        }
    }
}

/// The JSON schema for editors: unknown keys are wrong there, too, and every secret may come from a file.
pub fn schema() -> Value {
    let mut schema = generated();
    close(&mut schema);
    if let Some(top) = schema.as_object_mut() {
        top.insert("title".to_owned(), json!("Settings of logsift"));
    }
    schema
}

fn generated() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    generator.into_root_schema_for::<Settings>().to_value()
}

/// Adds the `…_file` of every secret.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Object(properties)) = map.get_mut("properties") {
                let secrets: Vec<String> = properties
                    .iter()
                    .filter(|(_, value)| is_secret(value))
                    .map(|(name, _)| name.clone())
                    .collect();
                for name in secrets {
                    let words =
                        json!({ "type": "string", "description": format!("A file that holds `{name}`.") });
                    properties.insert(format!("{name}_file"), words);
                }
            }
            map.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

fn is_secret(schema: &Value) -> bool {
    let here = schema.get("format").and_then(Value::as_str) == Some("secret");
    here || schema.get("anyOf").and_then(Value::as_array).is_some_and(|any| any.iter().any(is_secret))
}

fn shape(schema: &Value) -> Shape {
    let Some(map) = schema.as_object() else { return Shape::Text(None) };
    if let Some(name) = map.get("$ref").and_then(Value::as_str) {
        return Shape::Named(name.rsplit('/').next().unwrap_or(name).to_owned());
    }
    if let Some(words) = words(map) {
        return Shape::Choice(words);
    }
    for alternatives in ["anyOf", "oneOf"] {
        let any = map.get(alternatives).and_then(Value::as_array);
        if let Some(only) = any.and_then(|any| any.iter().find(|schema| !is_null(schema))) {
            return shape(only);
        }
    }
    match type_of(map) {
        "boolean" => Shape::Bool,
        "integer" if map.get("minimum").and_then(Value::as_f64).is_some_and(|least| least >= 0.0) => {
            Shape::Count
        }
        "integer" => Shape::Integer,
        "number" => Shape::Number,
        "array" => Shape::List(Box::new(map.get("items").map_or(Shape::Text(None), shape))),
        "object" => object(map),
        _ => match map.get("format").and_then(Value::as_str) {
            Some("secret") => Shape::Secret,
            format => Shape::Text(format.map(str::to_owned)),
        },
    }
}

fn type_of(map: &Map<String, Value>) -> &str {
    match map.get("type") {
        Some(Value::String(name)) => name,
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or_default()
        }
        _ => "",
    }
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

/// The words of an enum, with or without a description each.
fn words(map: &Map<String, Value>) -> Option<Vec<String>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if let Some(Value::Array(words)) = map.get("enum") {
        return Some(words.iter().filter_map(text).collect());
    }
    let variants = map.get("oneOf")?.as_array()?;
    variants.iter().map(|variant| variant.get("const").and_then(text)).collect()
}

fn object(map: &Map<String, Value>) -> Shape {
    let Some(Value::Object(properties)) = map.get("properties") else {
        let values = map.get("additionalProperties").filter(|schema| schema.is_object());
        return match values {
            Some(schema) => Shape::Names(Box::new(shape(schema))),
            None => Shape::Section(Vec::new()),
        };
    };
    let required = |name: &str| {
        let list = map.get("required").and_then(Value::as_array);
        list.is_some_and(|list| list.iter().any(|known| known.as_str() == Some(name)))
    };
    let key = |(name, schema): (&String, &Value)| Key {
        name: name.clone(),
        shape: shape(schema),
        required: required(name),
    };
    Shape::Section(properties.iter().map(key).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at<'a>(shapes: &'a Shapes, path: &[&str]) -> &'a Shape {
        let mut shape = shapes.root();
        for name in path {
            let Shape::Section(keys) = shapes.resolve(shape) else { panic!("no section above {name}") };
            shape = &keys.iter().find(|key| key.name == *name).unwrap_or_else(|| panic!("no {name}")).shape;
        }
        shapes.resolve(shape)
    }

    #[test]
    fn shapes_are_those_of_the_structs() {
        let shapes = Shapes::of_settings();
        assert_eq!(at(&shapes, &["listen"]), &Shape::List(Box::new(Shape::Text(Some("address".to_owned())))));
        assert_eq!(at(&shapes, &["limits", "memory"]), &Shape::Text(Some("size".to_owned())));
        assert_eq!(at(&shapes, &["limits", "connections"]), &Shape::Count);
        assert_eq!(at(&shapes, &["detect", "redact_key"]), &Shape::Secret);
        assert_eq!(at(&shapes, &["detect", "sensitivity"]), &Shape::Number);
        assert_eq!(
            at(&shapes, &["log", "format"]),
            &Shape::Choice(vec!["text".to_owned(), "json".to_owned()])
        );
        assert!(matches!(at(&shapes, &["alerts", "channels"]), Shape::Names(_)));
        assert!(matches!(at(&shapes, &["alerts", "route", "routes"]), Shape::List(_)));
    }

    #[test]
    fn every_key_says_what_it_is_for_and_every_secret_may_come_from_a_file() {
        fn walk(schema: &Value, path: &str, seen: &mut usize) {
            let Some(map) = schema.as_object() else { return };
            if let Some(Value::Object(properties)) = map.get("properties") {
                for (name, value) in properties {
                    let path = format!("{path}.{name}");
                    assert!(value.get("description").is_some(), "{path} has no words");
                    assert!(!is_secret(value) || properties.contains_key(&format!("{name}_file")), "{path}");
                    *seen += 1;
                    walk(value, &path, seen);
                }
                assert_eq!(
                    map.get("additionalProperties"),
                    Some(&Value::Bool(false)),
                    "{path} takes anything"
                );
            }
            for (name, value) in map.get("$defs").and_then(Value::as_object).into_iter().flatten() {
                walk(value, name, seen);
            }
        }
        let mut seen = 0;
        walk(&schema(), "", &mut seen);
        assert!(seen > 80, "{seen}");
    }
}
