//! Here is a record, a window or a session: what are its numbers?
//!
//! An [`Extractor`] is told of the records of one log and makes rows of them: a row for every record, or one for
//! every window of a stream. What is a number by itself stands in the row at once; what only means something beside
//! all others (which template, which host, which word) is kept as a key, and becomes columns when a [`Layout`] is
//! fitted to the rows of a training. Rows of later logs are laid out the same way, so a column always means what it
//! meant when the model was fitted.
//!
//! Nothing here reads a clock: windows and rolling figures go by the times of the log. All tables are bounded, and
//! the same records give the same rows.
//!
//! ```
//! use logsift_engine::features::{Asked, Family, Unit};
//!
//! let asked = Asked::new(&[Family::Time, Family::Text], Unit::Records)?;
//! assert_eq!(asked.names().next().as_deref(), Some("time.hour"));
//! # Ok::<(), logsift_engine::features::NotMade>(())
//! ```

mod asked;
mod behaviour;
mod categorical;
mod extractor;
mod facts;
pub(crate) mod interval;
mod layout;
mod network;
mod open;
mod performance;
mod recent;
mod rolling;
mod session;
mod sheet;
mod text;
mod time;
mod words;

pub use asked::{Asked, NotMade, WINDOW};
pub use extractor::Extractor;
pub use layout::{Layout, Names};
pub use session::{SessionRow, session_rows};
pub use sheet::{RowPlace, Sheet};

/// A family of features, by the name users ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Family {
    /// When it happened.
    Time = 0,
    /// What the message looks like.
    Text,
    /// What the stream did just before.
    Rolling,
    /// Level, service, host, logger, status and method.
    Categorical,
    /// Addresses, ports and clients.
    Network,
    /// Durations, sizes and status codes.
    Performance,
    /// What the user, the client or the session does.
    Behaviour,
    /// Which templates, and how often.
    Templates,
    /// The words of the message, by a vocabulary.
    Tfidf,
    /// The words of the message, by hashes.
    Hashed,
    /// The numbers in the fields of the record.
    Columns,
    /// What the message means, by a language model.
    Semantic,
}

/// What a row stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Unit {
    /// A record.
    #[default]
    Records = 0,
    /// The records of a stream in a span of log time.
    Windows,
    /// Records that share an identifier.
    Sessions,
}

/// What may be said about a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feature {
    /// Its name within its family.
    pub name: &'static str,
    /// What it measures.
    pub about: &'static str,
}

const fn feature(name: &'static str, about: &'static str) -> Feature {
    Feature { name, about }
}

impl Family {
    /// All of them.
    pub const ALL: [Family; 12] = [
        Family::Time,
        Family::Text,
        Family::Rolling,
        Family::Categorical,
        Family::Network,
        Family::Performance,
        Family::Behaviour,
        Family::Templates,
        Family::Tfidf,
        Family::Hashed,
        Family::Columns,
        Family::Semantic,
    ];

    /// The name used by every command.
    pub const fn name(self) -> &'static str {
        match self {
            Family::Time => "time",
            Family::Text => "text",
            Family::Rolling => "rolling",
            Family::Categorical => "categorical",
            Family::Network => "network",
            Family::Performance => "performance",
            Family::Behaviour => "behaviour",
            Family::Templates => "templates",
            Family::Tfidf => "tfidf",
            Family::Hashed => "hashed",
            Family::Columns => "columns",
            Family::Semantic => "semantic",
        }
    }

    /// What it is, in one sentence.
    pub const fn about(self) -> &'static str {
        match self {
            Family::Time => "When it happened: what is usual at noon is odd at night.",
            Family::Text => "What the message looks like, and whether it sounds like trouble.",
            Family::Rolling => {
                "What the stream did in the last minute, five minutes, hour and day of log time."
            }
            Family::Categorical => {
                "Level, service, host, logger, status and method, and how rare each of them is."
            }
            Family::Network => "Addresses, ports and clients.",
            Family::Performance => "Durations, sizes and status codes.",
            Family::Behaviour => "What the user, the client or the session does.",
            Family::Templates => "Which templates there are, and how often.",
            Family::Tfidf => "The words of the message, weighted, a column for each of the most frequent.",
            Family::Hashed => "The same without a vocabulary: words share 256 columns by their hashes.",
            Family::Columns => "The numbers in the fields of a record: a CSV of numbers is a log, too.",
            Family::Semantic => "What the message means, by a language model: asks for `--embeddings`.",
        }
    }

    /// The family of that name.
    pub fn from_name(name: &str) -> Option<Family> {
        Family::ALL.into_iter().find(|family| family.name() == name)
    }

    /// The features that are numbers by themselves, of records.
    pub const fn features(self) -> &'static [Feature] {
        match self {
            Family::Time => time::FEATURES,
            Family::Text => text::FEATURES,
            Family::Rolling => rolling::FEATURES,
            Family::Categorical => categorical::FEATURES,
            Family::Network => network::FEATURES,
            Family::Performance => performance::FEATURES,
            Family::Behaviour => behaviour::FEATURES,
            Family::Templates | Family::Tfidf | Family::Hashed | Family::Columns | Family::Semantic => &[],
        }
    }

    /// The features that follow from keys once a layout is fitted.
    pub const fn fitted(self) -> &'static [Feature] {
        match self {
            Family::Categorical => categorical::FITTED,
            Family::Templates => layout::TEMPLATES,
            Family::Tfidf => layout::WORDS,
            Family::Hashed => layout::HASHED,
            Family::Columns => layout::COLUMNS,
            Family::Semantic => layout::SEMANTIC,
            _ => &[],
        }
    }

    /// The features of sessions.
    pub const fn of_sessions(self) -> &'static [Feature] {
        match self {
            Family::Time => time::FEATURES,
            Family::Behaviour => session::FEATURES,
            Family::Templates => layout::TEMPLATES,
            Family::Semantic => layout::SEMANTIC,
            _ => &[],
        }
    }
}

impl Unit {
    /// All of them.
    pub const ALL: [Unit; 3] = [Unit::Records, Unit::Windows, Unit::Sessions];

    /// The name used by every command.
    pub const fn name(self) -> &'static str {
        match self {
            Unit::Records => "records",
            Unit::Windows => "windows",
            Unit::Sessions => "sessions",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_given_once_and_every_feature_says_what_it_is() {
        for family in Family::ALL {
            assert_eq!(Family::from_name(family.name()), Some(family));
            assert!(family.about().ends_with('.'));
            let mut names = Vec::new();
            for feature in family.features().iter().chain(family.fitted()) {
                assert!(!names.contains(&feature.name), "{} {}", family.name(), feature.name);
                assert!(feature.about.ends_with('.'), "{} {}", family.name(), feature.name);
                names.push(feature.name);
            }
            assert!(!names.is_empty(), "{}", family.name());
        }
    }
}
