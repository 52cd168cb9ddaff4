//! Settings in, a line for each key out: its value, where that comes from, and the variable that would set it.

use serde_json::Value;

use super::Loaded;
use super::environment::variable;
use super::problem::Place;
use super::sections::Settings;
use super::tree::{Step, shown as path_shown};

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The key: `alerts.budget`.
    pub key: String,
    /// Its value, JSON; secrets are `"***"`.
    pub value: String,
    /// Where it comes from.
    pub place: Place,
    /// The environment variable that would set it.
    pub variable: String,
}

/// Every key with its value, in the order of the sections.
pub fn shown(loaded: &Loaded) -> Vec<Shown> {
    let line = |(path, value): (Vec<Step>, Value)| {
        let place = loaded.places.iter().find(|(known, _)| *known == path);
        Shown {
            key: path_shown(&path),
            value: value.to_string(),
            place: place.map_or(Place::Default, |(_, place)| place.clone()),
            variable: variable(&path),
        }
    };
    leaves(&loaded.settings).into_iter().map(line).collect()
}

/// The keys whose values are different. A secret is compared and not shown.
pub(crate) fn differences(old: &Settings, new: &Settings) -> Vec<String> {
    let (before, after) = (leaves(old), leaves(new));
    let differ = |one: &[(Vec<Step>, Value)], other: &[(Vec<Step>, Value)]| {
        let changed = one.iter().filter(|leaf| !other.contains(leaf));
        changed.map(|(path, _)| path_shown(path)).collect::<Vec<_>>()
    };
    let mut keys = differ(&before, &after);
    keys.extend(differ(&after, &before));
    let hidden = sections_that_differ(old, new).filter(|name| !keys.iter().any(|key| key.starts_with(name)));
    let hidden: Vec<String> = hidden.map(str::to_owned).collect();
    keys.extend(hidden);
    keys.sort();
    keys.dedup();
    keys
}

/// Secrets look alike when they are shown, so the sections that have some are compared as wholes.
fn sections_that_differ(old: &Settings, new: &Settings) -> impl Iterator<Item = &'static str> {
    let sections = [
        ("auth", old.auth != new.auth),
        ("detect", old.detect != new.detect),
        ("alerts", old.alerts != new.alerts),
    ];
    sections.into_iter().filter(|(_, differ)| *differ).map(|(name, _)| name)
}

fn leaves(settings: &Settings) -> Vec<(Vec<Step>, Value)> {
    // Plain data with texts as keys can always be written.
    let document = serde_json::to_value(settings).unwrap_or_default();
    let mut leaves = Vec::new();
    collect(document, &mut Vec::new(), &mut leaves);
    leaves
}

fn collect(value: Value, path: &mut Vec<Step>, leaves: &mut Vec<(Vec<Step>, Value)>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                path.push(Step::Key(key));
                collect(value, path, leaves);
                path.pop();
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (at, value) in items.into_iter().enumerate() {
                path.push(Step::Item(at));
                collect(value, path, leaves);
                path.pop();
            }
        }
        // What may be said and is not needs no line of its own within names and lists of the user.
        Value::Null if path.len() > 2 => {}
        other => leaves.push((path.clone(), other)),
    }
}
