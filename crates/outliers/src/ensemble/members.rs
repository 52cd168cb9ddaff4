//! Who takes part in an ensemble, and with which weight: the text of a parameter in, names and weights out.

use std::fmt;

use crate::catalogue::{Takes, cards};
use crate::settings::Value;

/// More models over rows than there are.
const MOST: usize = 32;

/// What an ensemble calls itself; it is no member of another one, so that nothing goes deeper than that.
pub(super) const ENSEMBLE: &str = "ensemble";

/// A weight for each model over rows, in the order of the catalogue; 0 for those that do not take part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Members([f64; MOST]);

/// The models that may take part, with their places.
fn candidates() -> impl Iterator<Item = (usize, &'static str)> {
    let rows = cards().iter().filter(|card| card.takes == Takes::Rows);
    rows.map(|card| card.name).enumerate().take(MOST).filter(|&(_, name)| name != ENSEMBLE)
}

impl Members {
    /// Names and weights of those that take part.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, f64)> {
        candidates().map(|(place, name)| (name, self.0[place])).filter(|&(_, weight)| weight > 0.0)
    }

    /// Sets a weight; nothing where there is no such model, or it has one already.
    fn add(&mut self, name: &str, weight: f64) -> Option<()> {
        // The short name that commands know, too.
        let name = if name == "lof" { "local-outlier-factor" } else { name };
        let (place, _) = candidates().find(|&(_, known)| known == name)?;
        let free = self.0[place] == 0.0;
        self.0[place] = weight;
        free.then_some(())
    }
}

impl Default for Members {
    fn default() -> Self {
        let mut members = Self([0.0; MOST]);
        for name in ["isolation-forest", "local-outlier-factor", "ecod"] {
            members.add(name, 1.0);
        }
        members
    }
}

impl Value for Members {
    fn parse(text: &str) -> Option<Self> {
        let mut members = Self([0.0; MOST]);
        for word in text.split(',') {
            let (name, weight) = word.split_once(':').unwrap_or((word, "1"));
            let weight: f64 = weight.parse().ok()?;
            members.add(name, (0.001..=1000.0).contains(&weight).then_some(weight)?)?;
        }
        Some(members)
    }
}

impl fmt::Display for Members {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (name, weight)) in self.each().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            match weight {
                1.0 => write!(formatter, "{comma}{name}")?,
                _ => write!(formatter, "{comma}{name}:{weight}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_read_as_they_are_written() {
        for (text, written) in [
            ("lof", "local-outlier-factor"),
            ("pca:2,isolation-forest", "isolation-forest,pca:2"),
            ("ecod:0.5,z-score:1", "ecod:0.5,z-score"),
        ] {
            let members = Members::parse(text).unwrap();
            assert_eq!(members.to_string(), written);
            assert_eq!(Members::parse(written), Some(members));
        }
        for odd in
            ["", "pca,", "foo", "pca,pca", "lof,local-outlier-factor", "pca:0", "pca:-1", "pca:1e9", "pca:x"]
        {
            assert_eq!(Members::parse(odd), None, "{odd}");
        }
        for odd in ["ensemble", "lstm", "pca,ensemble"] {
            assert_eq!(Members::parse(odd), None, "{odd}");
        }
        assert_eq!(Members::default().each().count(), 3);
    }
}
