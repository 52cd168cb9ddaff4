//! A YAML text in, its keys and values with the lines they stand on out.
//!
//! Nothing is interpreted yet: what a key means is asked of the schema ([`super::fitting`]). `no` is a text and
//! `010` the number ten, as YAML 1.2 has it; a key that stands twice is refused, and so are aliases that grow.

use std::fmt;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::problem::{Place, Problem};

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    /// A map with nothing in it.
    pub(crate) fn empty() -> Node {
        Node { place: Place::Default, value: Value::Map(Vec::new()) }
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, node)| node),
            _ => None,
        }
    }

    /// Puts a value under a path of keys, over what stood there; maps on the way are made.
    pub(crate) fn put(&mut self, path: &[Step], node: Node) {
        let Some((step, rest)) = path.split_first() else {
            *self = node;
            return;
        };
        match step {
            Step::Key(key) => {
                if let Some(inner) = self.entry(key) {
                    inner.put(rest, node);
                }
            }
            Step::Item(at) => {
                if let Value::List(items) = &mut self.value
                    && let Some(item) = items.get_mut(*at)
                {
                    item.put(rest, node);
                }
            }
        }
    }

    fn entry(&mut self, key: &str) -> Option<&mut Node> {
        if !matches!(self.value, Value::Map(_)) {
            self.value = Value::Map(Vec::new());
        }
        let Value::Map(entries) = &mut self.value else { return None };
        let at = entries.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
            entries.push((key.to_owned(), Node::empty()));
            entries.len() - 1
        });
        entries.get_mut(at).map(|(_, node)| node)
    }
}

/// A step on the way to a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    Key(String),
    Item(usize),
}

/// A path as users read it: `alerts.routes[2].channels`.
pub(crate) fn shown(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => {
                text.push('.');
                text.push_str(key);
            }
            Step::Item(at) => text.push_str(&format!("[{at}]")),
        }
    }
    text
}

/// Reads a YAML text; an empty one is a map with nothing in it.
pub(crate) fn read(text: &str, file: &Path) -> Result<Node, Problem> {
    if text.trim().is_empty() {
        return Ok(Node::empty());
    }
    let read: Result<Spanned<Raw>, _> = serde_saphyr::from_str(text);
    match read {
        Ok(raw) => Ok(node(raw, &|line| Place::File { file: file.to_owned(), line })),
        Err(error) => {
            let line = error.location().map_or(0, |location| location.line());
            let why = error.to_string();
            let reason = format!("is no YAML: {}", why.lines().next().unwrap_or_default());
            let place = Place::File { file: file.to_owned(), line };
            Err(Problem::new(
                place,
                "",
                reason,
                "indent with blanks, and put texts with `: ` or `#` in quotes",
            ))
        }
    }
}

/// Reads the value of an environment variable: YAML in one line.
pub(crate) fn read_value(text: &str, place: &Place) -> Option<Node> {
    let read: Result<Spanned<Raw>, _> = serde_saphyr::from_str(text);
    read.ok().map(|raw| node(raw, &|_| place.clone()))
}

fn node(raw: Spanned<Raw>, place: &dyn Fn(u64) -> Place) -> Node {
    let here = place(raw.referenced.line());
    let value = match raw.value {
        Raw::Null => Value::Null,
        Raw::Bool(value) => Value::Bool(value),
        Raw::Number(value) => Value::Number(value),
        Raw::Text(value) => Value::Text(value),
        Raw::List(items) => Value::List(items.into_iter().map(|item| node(item, place)).collect()),
        Raw::Map(entries) => {
            Value::Map(entries.into_iter().map(|(key, value)| (key, node(value, place))).collect())
        }
    };
    Node { place: here, value }
}

/// A value as the reader of YAML gives it.
enum Raw {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(String, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Raw, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Raw, E> {
        Ok(serde_json::Number::from_f64(value).map_or_else(|| Raw::Text(value.to_string()), Raw::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = entries.next_key::<String>()? {
            map.push((key, entries.next_value()?));
        }
        Ok(Raw::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(node: &Node) -> u64 {
        match node.place {
            Place::File { line, .. } => line,
            _ => 0,
        }
    }

    #[test]
    fn values_know_their_lines() {
        let tree = read("a: 1\nb:\n  - x\n  - c: no\n    d: 1.5\n", Path::new("l.yaml")).unwrap();
        assert_eq!(line(tree.get("a").unwrap()), 1);
        let Value::List(items) = &tree.get("b").unwrap().value else { panic!("no list") };
        assert_eq!(items[0].value, Value::Text("x".to_owned()));
        let inner = items[1].get("c").unwrap();
        assert_eq!((line(inner), &inner.value), (4, &Value::Text("no".to_owned())));
        assert_eq!(line(items[1].get("d").unwrap()), 5);
    }

    #[test]
    fn what_is_no_yaml_names_its_line() {
        let problem = read("a: 1\nb: [1, 2\nc: 3\n", Path::new("l.yaml")).unwrap_err();
        assert!(matches!(problem.place, Place::File { line: 2..=3, .. }), "{problem:?}");
        assert!(read("a: 1\na: 2\n", Path::new("l.yaml")).is_err(), "a key that stands twice");
        let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n";
        assert!(read(bomb, Path::new("l.yaml")).is_err(), "aliases that grow");
        assert!(read(&"[".repeat(100_000), Path::new("l.yaml")).is_err(), "too deep");
    }

    #[test]
    fn a_value_is_put_over_another() {
        let mut tree = read("a: {b: 1}\nl: [{x: 1}]\n", Path::new("l.yaml")).unwrap();
        let new = read_value("2", &Place::Default).unwrap();
        tree.put(&[Step::Key("a".into()), Step::Key("c".into())], new.clone());
        tree.put(&[Step::Key("l".into()), Step::Item(0), Step::Key("x".into())], new.clone());
        tree.put(&[Step::Key("l".into()), Step::Item(7)], new.clone());
        assert_eq!(tree.get("a").unwrap().get("c"), Some(&new));
        assert_eq!(shown(&[Step::Key("l".into()), Step::Item(0), Step::Key("x".into())]), "l[0].x");
    }
}
