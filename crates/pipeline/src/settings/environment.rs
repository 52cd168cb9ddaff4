//! Environment variables in, what they set put over what the file says.
//!
//! Every key is a variable: `alerts.channels.ops.slack.url` is LOGSIFT_ALERTS_CHANNELS_OPS_SLACK_URL, and what is in a list
//! goes by its number, LOGSIFT_SOURCES_FILES_0_PATHS. A secret may also come from the file that …_FILE names. Names of
//! the user's own must stand in the file; so a variable always means one key.

use std::collections::BTreeMap;

use super::fitting::nearest;
use super::problem::{Place, Problem};
use super::shape::{Key, Shape, Shapes};
use super::tree::{Node, Step, Value, read_value};

const PREFIX: &str = "LOGSIFT_";

/// Variables that the command line reads.
const OF_FLAGS: [&str; 10] = [
    "COLOR",
    "THREADS",
    "BUDGET",
    "TZ",
    "FORMATS",
    "REDACT_KEY",
    "CONFIG",
    "SMTP",
    "STATE",
    "REQUIRE_SIGNED",
];

/// Variables by name.
pub type Variables = BTreeMap<String, String>;

/// The variables of this process that begin with `LOGSIFT_`.
pub fn of_process() -> Variables {
    let all = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    all.filter(|(name, _)| name.starts_with(PREFIX)).collect()
}

/// Puts every variable over the tree. Gives the variables that mean no key, each with a word about it.
pub(crate) fn overlay(tree: &mut Node, shapes: &Shapes, variables: &Variables) -> Vec<Problem> {
    let mut places = Vec::new();
    collect(Some(tree), shapes.root(), shapes, &mut Vec::new(), &mut places);
    let mut meant: Vec<&str> = Vec::new();
    for (path, shape) in &places {
        let name = variable(path);
        if let Some((found, value)) = variables.get_key_value(&name) {
            meant.push(found);
            tree.put(path, value_of(value, shape, shapes, &Place::Environment(name.clone())));
        }
        let file = format!("{name}_FILE");
        if let (Shape::Secret, Some((found, value))) = (shape, variables.get_key_value(&file)) {
            meant.push(found);
            let mut path = path.clone();
            if let Some(Step::Key(last)) = path.last_mut() {
                last.push_str("_file");
            }
            let place = Place::Environment(file.clone());
            tree.put(&path, Node { place, value: Value::Text(value.clone()) });
        }
    }
    let names: Vec<String> = places.iter().map(|(path, _)| variable(path)).collect();
    let unknown = variables.keys().filter(|name| !meant.contains(&name.as_str()) && !of_others(name));
    unknown.map(|name| not_meant(name, &names)).collect()
}

/// Kubernetes puts variables of its own beside ours when a service has our name; and flags have some.
fn of_others(name: &str) -> bool {
    let rest = name.strip_prefix(PREFIX).unwrap_or(name);
    let of_kubernetes = rest == "PORT" || rest.starts_with("PORT_") || rest.contains("SERVICE_");
    of_kubernetes || OF_FLAGS.contains(&rest)
}

fn not_meant(name: &str, known: &[String]) -> Problem {
    let remedy = match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {near}?"),
        None => "`logsift config show --origin` lists every key with its variable".to_owned(),
    };
    Problem::new(
        Place::Environment(name.to_owned()),
        "",
        "is the variable of no key, so it sets nothing",
        remedy,
    )
}

/// The name of the variable of a key.
pub(crate) fn variable(path: &[Step]) -> String {
    let mut name = PREFIX.trim_end_matches('_').to_owned();
    for step in path {
        name.push('_');
        match step {
            Step::Key(key) => name.extend(key.chars().map(|letter| match letter {
                letter if letter.is_ascii_alphanumeric() => letter.to_ascii_uppercase(),
                _ => '_',
            })),
            Step::Item(at) => name.push_str(&at.to_string()),
        }
    }
    name
}

/// A value as its shape wants it: texts are taken as they are, so that a password may look like a number.
fn value_of(text: &str, shape: &Shape, shapes: &Shapes, place: &Place) -> Node {
    let plain = |value| Node { place: place.clone(), value };
    match shapes.resolve(shape) {
        Shape::Text(_) | Shape::Secret | Shape::Choice(_) => plain(Value::Text(text.to_owned())),
        Shape::List(inner) if !text.trim_start().starts_with('[') => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            plain(Value::List(items.map(|item| value_of(item, inner, shapes, place)).collect()))
        }
        _ => read_value(text, place).unwrap_or_else(|| plain(Value::Text(text.to_owned()))),
    }
}

/// Every key that a variable may set: all known ones, and those in lists and under names that the file has.
fn collect(
    node: Option<&Node>,
    shape: &Shape,
    shapes: &Shapes,
    path: &mut Vec<Step>,
    places: &mut Vec<(Vec<Step>, Shape)>,
) {
    let shape = shapes.resolve(shape);
    match shape {
        Shape::Section(keys) => {
            for Key { name, shape, .. } in keys {
                path.push(Step::Key(name.clone()));
                collect(node.and_then(|node| node.get(name)), shape, shapes, path, places);
                path.pop();
            }
        }
        Shape::Names(inner) => {
            let Some(Node { value: Value::Map(entries), .. }) = node else { return };
            for (name, node) in entries {
                path.push(Step::Key(name.clone()));
                collect(Some(node), inner, shapes, path, places);
                path.pop();
            }
        }
        Shape::List(inner) => {
            places.push((path.clone(), shape.clone()));
            let Some(Node { value: Value::List(items), .. }) = node else { return };
            for (at, item) in items.iter().enumerate() {
                path.push(Step::Item(at));
                collect(Some(item), inner, shapes, path, places);
                path.pop();
            }
        }
        _ => places.push((path.clone(), shape.clone())),
    }
}
