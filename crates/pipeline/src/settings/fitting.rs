//! What was written in, a document that fits the shape of the settings out, with everything that did not fit.
//!
//! Nothing stops at the first problem. A value that does not fit is left out of the document, so that what depends on
//! it is not complained about, too.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value as Json};

use super::problem::{Place, Problem};
use super::scalars;
use super::shape::{Key, Shape, Shapes};
use super::tree::{Node, Step, Value, shown};

/// Bytes of a file with a secret.
const LONGEST_SECRET: u64 = 64 << 10;

/// A document that fits, where each of its values came from, and what did not fit.
#[derive(Debug, Default)]
pub(crate) struct Fitted {
    pub(crate) places: Vec<(Vec<Step>, Place)>,
    pub(crate) problems: Vec<Problem>,
}

/// Fits a tree into the shape of the settings.
pub(crate) fn fit(tree: &Node, shapes: &Shapes, base: &Path) -> (Json, Fitted) {
    let mut fitting = Fitting { shapes, base, fitted: Fitted::default() };
    let document = fitting.value(tree, shapes.root(), &mut Vec::new());
    (document.unwrap_or_else(|| Json::Object(Map::new())), fitting.fitted)
}

struct Fitting<'a> {
    shapes: &'a Shapes,
    base: &'a Path,
    fitted: Fitted,
}

impl Fitting<'_> {
    fn value(&mut self, node: &Node, shape: &Shape, path: &mut Vec<Step>) -> Option<Json> {
        let shape = self.shapes.resolve(shape).clone();
        match (&node.value, &shape) {
            (Value::Null, _) => None,
            (Value::Map(entries), Shape::Section(keys)) => self.section(node, entries, keys, path),
            (Value::Map(entries), Shape::Names(inner)) => self.names(entries, inner, path),
            (Value::List(items), Shape::List(inner)) => self.list(node, items, inner, path),
            // One value where a list of them may stand is a list of one.
            (Value::Map(_) | Value::List(_), _) => self.misfit(node, &shape, path),
            (_, Shape::List(inner)) => self.value(node, inner, path).map(|value| Json::Array(vec![value])),
            _ => self.scalar(node, &shape, path),
        }
    }

    fn section(
        &mut self,
        node: &Node,
        entries: &[(String, Node)],
        keys: &[Key],
        path: &mut Vec<Step>,
    ) -> Option<Json> {
        let mut document = Map::new();
        for (name, inner) in entries {
            path.push(Step::Key(name.clone()));
            match keys.iter().find(|key| key.name == *name) {
                Some(key) => {
                    if let Some(value) = self.value(inner, &key.shape, path) {
                        document.insert(name.clone(), value);
                    }
                }
                None => self.secret_or_unknown(name, inner, keys, path, &mut document),
            }
            path.pop();
        }
        let given = |name: &str| {
            entries.iter().any(|(known, _)| known == name || known.strip_suffix("_file") == Some(name))
        };
        let missing: Vec<&str> = keys
            .iter()
            .filter(|key| key.required && !given(&key.name))
            .map(|key| key.name.as_str())
            .collect();
        for name in &missing {
            let reason = format!("has no `{name}`");
            self.complain(Problem::new(node.place.clone(), shown(path), reason, format!("add `{name}:`")));
        }
        missing.is_empty().then_some(Json::Object(document))
    }

    /// `token_file` stands for the `token` that is in that file.
    fn secret_or_unknown(
        &mut self,
        name: &str,
        node: &Node,
        keys: &[Key],
        path: &[Step],
        document: &mut Map<String, Json>,
    ) {
        let secret = name
            .strip_suffix("_file")
            .and_then(|bare| keys.iter().find(|key| key.name == bare && key.shape == Shape::Secret));
        match (secret, &node.value) {
            (Some(key), Value::Text(file)) => {
                let read = secret_of(&self.base.join(file));
                match read {
                    Ok(text) => {
                        let mut place = path.to_vec();
                        place.pop();
                        place.push(Step::Key(key.name.clone()));
                        self.fitted.places.push((place, node.place.clone()));
                        document.insert(key.name.clone(), Json::String(text));
                    }
                    Err(why) => {
                        let remedy = "name a file that logsift may read";
                        self.complain(
                            Problem::new(node.place.clone(), shown(path), why, remedy).with_value(file),
                        );
                    }
                }
            }
            (Some(_), _) => {
                self.complain(Problem::new(
                    node.place.clone(),
                    shown(path),
                    "is no file name",
                    "write a path",
                ));
            }
            (None, _) => self.unknown(name, node, keys, path),
        }
    }

    fn unknown(&mut self, name: &str, node: &Node, keys: &[Key], path: &[Step]) {
        let known = || keys.iter().map(|key| key.name.as_str());
        let remedy = match nearest(name, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("one of {}", known().collect::<Vec<_>>().join(", ")),
        };
        self.complain(Problem::new(node.place.clone(), shown(path), "is no key that is known here", remedy));
    }

    fn names(&mut self, entries: &[(String, Node)], inner: &Shape, path: &mut Vec<Step>) -> Option<Json> {
        let mut document = Map::new();
        for (name, node) in entries {
            path.push(Step::Key(name.clone()));
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) {
                let remedy = "at most 64 letters, digits, dots, dashes and underscores";
                self.complain(Problem::new(node.place.clone(), shown(path), "is no name", remedy));
            } else if let Some(value) = self.value(node, inner, path) {
                document.insert(name.clone(), value);
            }
            path.pop();
        }
        Some(Json::Object(document))
    }

    fn list(&mut self, node: &Node, items: &[Node], inner: &Shape, path: &mut Vec<Step>) -> Option<Json> {
        let mut list = Vec::new();
        for (at, item) in items.iter().enumerate() {
            path.push(Step::Item(at));
            list.extend(self.value(item, inner, path));
            path.pop();
        }
        self.fitted.places.push((path.clone(), node.place.clone()));
        Some(Json::Array(list))
    }

    fn scalar(&mut self, node: &Node, shape: &Shape, path: &mut Vec<Step>) -> Option<Json> {
        let value = match (&node.value, shape) {
            (Value::Bool(value), Shape::Bool) => Json::Bool(*value),
            (Value::Number(number), Shape::Number) => Json::Number(number.clone()),
            (Value::Number(number), Shape::Integer) if number.is_i64() => Json::Number(number.clone()),
            (Value::Number(number), Shape::Count)
                if number.as_u64().is_some_and(|count| count <= u64::from(u32::MAX)) =>
            {
                Json::Number(number.clone())
            }
            (Value::Text(text), Shape::Text(None) | Shape::Secret) => Json::String(text.clone()),
            (Value::Text(text), Shape::Text(Some(format))) => match scalars::refusal(format, text) {
                None => Json::String(text.clone()),
                Some(why) => {
                    self.complain(Problem::new(node.place.clone(), shown(path), why, "").with_value(text));
                    return None;
                }
            },
            (Value::Text(text), Shape::Choice(words)) => match words.iter().any(|word| word == text) {
                true => Json::String(text.clone()),
                false => {
                    let remedy = format!("one of {}", words.join(", "));
                    let problem = Problem::new(
                        node.place.clone(),
                        shown(path),
                        "is none of the words known here",
                        remedy,
                    );
                    self.complain(problem.with_value(text));
                    return None;
                }
            },
            _ => return self.misfit(node, shape, path),
        };
        self.fitted.places.push((path.clone(), node.place.clone()));
        Some(value)
    }

    fn misfit(&mut self, node: &Node, shape: &Shape, path: &[Step]) -> Option<Json> {
        let remedy = match (shape, &node.value) {
            (Shape::Text(_), Value::Number(_) | Value::Bool(_)) => "put it in quotes, or give it its unit",
            (Shape::Bool, _) => "write true or false",
            _ => "see `logsift config schema`",
        };
        let wanted = wanted(shape);
        let mut problem = Problem::new(node.place.clone(), shown(path), format!("is not {wanted}"), remedy);
        let secret = matches!(shape, Shape::Secret);
        problem.value = match &node.value {
            Value::Text(text) if !secret => Some(text.clone()),
            Value::Number(number) if !secret => Some(number.to_string()),
            Value::Bool(value) => Some(value.to_string()),
            _ => None,
        };
        self.complain(problem);
        None
    }

    fn complain(&mut self, problem: Problem) {
        self.fitted.problems.push(problem);
    }
}

fn wanted(shape: &Shape) -> &'static str {
    match shape {
        Shape::Text(_) | Shape::Secret | Shape::Choice(_) => "a text",
        Shape::Bool => "true or false",
        Shape::Count => "a whole number from 0 on",
        Shape::Integer => "a whole number",
        Shape::Number => "a number",
        Shape::List(_) => "a list",
        Shape::Names(_) | Shape::Section(_) | Shape::Named(_) => "a section with keys",
    }
}

/// What a file holds, without the newline that editors end it with.
pub(crate) fn secret_of(path: &Path) -> Result<String, String> {
    let shown = path.display();
    let kept = fs::metadata(path).map_err(|error| format!("cannot be read: {shown}: {error}"))?;
    if !kept.is_file() || kept.len() > LONGEST_SECRET {
        return Err(format!("is no small file: {shown}"));
    }
    let text = fs::read_to_string(path).map_err(|error| format!("cannot be read: {shown}: {error}"))?;
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() { Err(format!("is empty: {shown}")) } else { Ok(text.to_owned()) }
}

/// The known name that is least far from what was written, if it is near.
pub(crate) fn nearest<'a>(written: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.map(|name| (distance(written, name), name)).min()?;
    (near.0 <= 1 + written.len() / 4).then_some(near.1)
}

/// How many letters must be changed, added or removed.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().take(64).enumerate() {
        let mut before = at;
        let mut left = at + 1;
        for (cell, theirs) in row.iter_mut().skip(1).zip(&other) {
            let changed = before + usize::from(letter != *theirs);
            before = *cell;
            left = changed.min(before + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = at + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name() {
        let known = ["channels", "route", "silences"];
        assert_eq!(nearest("chanels", known.into_iter()), Some("channels"));
        assert_eq!(nearest("routes", known.into_iter()), Some("route"));
        assert_eq!(nearest("colour", known.into_iter()), None);
        assert_eq!((distance("", "abc"), distance("abc", ""), distance("kitten", "sitting")), (3, 3, 3));
    }
}
