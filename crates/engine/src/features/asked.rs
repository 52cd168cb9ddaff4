//! Which features of what are wanted: checked, with the names of their numbers.

use super::{Family, Feature, Unit, session};

/// Seconds of a window where nothing else is asked for.
pub const WINDOW: i64 = 300;
/// Columns that a vocabulary may have where nothing else is asked for.
const VOCABULARY: usize = 256;
/// Columns that a vocabulary may have at most.
const LARGEST: usize = 4096;
/// Seconds of a window at most: a year.
const LONGEST: i64 = 366 * 86_400;
/// The figures that every window has, whatever is asked for.
const OF_WINDOWS: [&str; 3] = ["window.records", "window.error_rate", "window.templates"];

/// Which features of what are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    families: Vec<Family>,
    unit: Unit,
    window: i64,
    vocabulary: usize,
}

/// Features that cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotMade {
    /// A family that rows of this kind do not have.
    #[error("rows of {unit} have no features `{family}`\nhint: they have {legal}")]
    Family {
        /// The kind of rows.
        unit: &'static str,
        /// The family.
        family: &'static str,
        /// The families there are.
        legal: String,
    },
    /// A number out of its range.
    #[error("`{name}` is `{value}`, legal is {legal}")]
    Range {
        /// What was set.
        name: &'static str,
        /// To what.
        value: String,
        /// What it may be.
        legal: String,
    },
}

impl Asked {
    /// Features of these families, of rows of this kind.
    pub fn new(families: &[Family], unit: Unit) -> Result<Asked, NotMade> {
        let legal = |family: &Family| unit != Unit::Sessions || !family.of_sessions().is_empty();
        if let Some(family) = families.iter().find(|family| !legal(family)) {
            let known: Vec<&str> =
                Family::ALL.iter().filter(|family| legal(family)).map(|one| one.name()).collect();
            return Err(NotMade::Family {
                unit: unit.name(),
                family: family.name(),
                legal: known.join(", "),
            });
        }
        let mut families = families.to_vec();
        families.sort_unstable();
        families.dedup();
        Ok(Asked { families, unit, window: WINDOW, vocabulary: VOCABULARY })
    }

    /// What is made where nobody says which features.
    pub fn usual(unit: Unit) -> Asked {
        use Family::{Behaviour, Categorical, Network, Performance, Rolling, Templates, Text, Time};
        let families = match unit {
            Unit::Sessions => vec![Time, Behaviour, Templates],
            _ => vec![Time, Text, Rolling, Categorical, Network, Performance, Behaviour, Templates],
        };
        Asked { families, unit, window: WINDOW, vocabulary: VOCABULARY }
    }

    /// The same with windows of so many seconds.
    pub fn with_window(self, seconds: i64) -> Result<Asked, NotMade> {
        if (1..=LONGEST).contains(&seconds) {
            return Ok(Asked { window: seconds, ..self });
        }
        Err(NotMade::Range {
            name: "window",
            value: format!("{seconds}s"),
            legal: format!("1s to {LONGEST}s"),
        })
    }

    /// The same with at most so many columns for templates, words and fields each.
    pub fn with_vocabulary(self, columns: usize) -> Result<Asked, NotMade> {
        if (1..=LARGEST).contains(&columns) {
            return Ok(Asked { vocabulary: columns, ..self });
        }
        let legal = format!("1 to {LARGEST}");
        Err(NotMade::Range { name: "vocabulary", value: columns.to_string(), legal })
    }

    /// The families, in their order.
    pub fn families(&self) -> &[Family] {
        &self.families
    }

    /// What a row stands for.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// Seconds of a window.
    pub fn window(&self) -> i64 {
        self.window
    }

    /// Columns that a vocabulary may have.
    pub fn vocabulary(&self) -> usize {
        self.vocabulary
    }

    /// Whether a family is among them.
    pub fn has(&self, family: Family) -> bool {
        self.families.contains(&family)
    }

    /// Whether records must be taken apart by their templates.
    pub fn needs_templates(&self) -> bool {
        self.has(Family::Templates) || self.has(Family::Semantic) || self.unit != Unit::Records
    }

    /// The names of the numbers that a row has by itself, in their order.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let mut names: Vec<String> = Vec::new();
        if self.unit == Unit::Windows {
            names.extend(OF_WINDOWS.map(str::to_owned));
        }
        for family in &self.families {
            let name = |feature: &Feature| format!("{}.{}", family.name(), feature.name);
            match self.unit {
                Unit::Sessions if *family == Family::Behaviour => {
                    names.extend(session::FEATURES.iter().map(name))
                }
                Unit::Windows if Asked::is_summed(*family) => {
                    names.extend(family.features().iter().map(|feature| format!("{}.mean", name(feature))));
                    names.extend(family.features().iter().map(|feature| format!("{}.max", name(feature))));
                }
                _ => names.extend(family.features().iter().map(name)),
            }
        }
        names.into_iter()
    }

    /// Whether a window has mean and maximum of the features of its records. When it was, and what the stream did
    /// before, is told once.
    pub(super) fn is_summed(family: Family) -> bool {
        !matches!(family, Family::Time | Family::Rolling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_made_is_refused_with_what_can() {
        let refused = Asked::new(&[Family::Time, Family::Text], Unit::Sessions).unwrap_err().to_string();
        assert_eq!(
            refused,
            "rows of sessions have no features `text`\nhint: they have time, behaviour, templates, semantic"
        );
        let usual = Asked::usual(Unit::Windows);
        let refused = usual.clone().with_window(0).unwrap_err().to_string();
        assert_eq!(refused, "`window` is `0s`, legal is 1s to 31622400s");
        let refused = usual.with_vocabulary(0).unwrap_err().to_string();
        assert_eq!(refused, "`vocabulary` is `0`, legal is 1 to 4096");
    }

    #[test]
    fn families_stand_in_their_order_and_once() {
        let asked = Asked::new(&[Family::Text, Family::Time, Family::Text], Unit::Records).unwrap();
        assert_eq!(asked.families(), [Family::Time, Family::Text]);
        let names: Vec<String> = asked.names().collect();
        assert_eq!(names.len(), Family::Time.features().len() + Family::Text.features().len());
        let windows = Asked::new(&[Family::Time, Family::Performance], Unit::Windows).unwrap();
        let names: Vec<String> = windows.names().collect();
        assert_eq!(names[..4], ["window.records", "window.error_rate", "window.templates", "time.hour"]);
        assert!(names.contains(&"performance.duration.max".to_owned()));
    }
}
