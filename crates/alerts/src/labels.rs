//! What routes, silences and groups can ask of an incident, by name: its labels.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Names and their values; a name may have several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Labels(BTreeMap<String, Vec<String>>);

impl Labels {
    /// From pairs.
    pub fn of(pairs: &[(&str, &str)]) -> Labels {
        let mut labels = Labels::default();
        pairs.iter().for_each(|(name, value)| labels.add(name, value));
        labels
    }

    /// One more value.
    pub fn add(&mut self, name: &str, value: &str) {
        let values = self.0.entry(name.to_owned()).or_default();
        if !values.iter().any(|known| known == value) {
            values.push(value.to_owned());
        }
    }

    /// All values of a name.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.get(name).into_iter().flatten().map(String::as_str)
    }

    /// The values of a name as one text, for grouping and for who knows one value only.
    pub fn joined(&self, name: &str) -> String {
        self.values(name).collect::<Vec<_>>().join(",")
    }

    /// Every name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether a value of the name fits; a name without values has one that is empty.
    pub(crate) fn any_or_empty(&self, name: &str, fits: impl Fn(&str) -> bool) -> bool {
        match self.0.get(name) {
            Some(values) if !values.is_empty() => values.iter().any(|value| fits(value)),
            _ => fits(""),
        }
    }
}
