//! What keys are called, as far as memory allows.

use std::collections::BTreeMap;

use super::super::sheet::Space;

/// Names that are kept at most.
const MOST: usize = 1 << 16;
/// Letters of a name.
const LETTERS: usize = 120;

/// Names of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    of: BTreeMap<(Space, u64), Box<str>>,
}

impl Names {
    /// Names a key, unless it has a name.
    pub(in crate::features) fn add(&mut self, space: Space, key: u64, name: impl FnOnce() -> String) {
        if self.of.len() < MOST && !self.of.contains_key(&(space, key)) {
            let name = name();
            let shown: String = name.chars().filter(|letter| !letter.is_control()).take(LETTERS).collect();
            self.of.insert((space, key), shown.into());
        }
    }

    /// Names skeletons by their templates.
    pub fn skeletons<'a>(&mut self, names: impl Iterator<Item = (u64, &'a str)>) {
        names.for_each(|(key, name)| self.add(Space::Template, key, || name.to_owned()));
    }

    /// Takes over the names of another, where there are none yet.
    pub fn absorb(&mut self, other: Names) {
        for ((space, key), name) in other.of {
            self.add(space, key, || name.into());
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.of.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// The template of a key, if it has a name.
    pub(super) fn template(&self, key: u64) -> Option<&str> {
        self.of.get(&(Space::Template, key)).map(|name| &**name)
    }

    /// The name of a key; its digits where it has none.
    pub(super) fn name(&self, space: Space, key: u64) -> String {
        self.of.get(&(space, key)).map_or_else(|| format!("{key:016x}"), |name| name.to_string())
    }
}
