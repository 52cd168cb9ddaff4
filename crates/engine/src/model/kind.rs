//! The kinds of block: one list, so that no number is given twice.
//!
//! A number never changes its meaning. Numbers from 0x8000 are optional: a reader that does not know them
//! passes them over, as with the chunks of PNG. All others must be understood or the model is refused.

/// From here on, unknown kinds may be passed over.
const OPTIONAL: u16 = 0x8000;

/// The end mark stands where a kind would; no block can have this number.
pub(super) const END: u16 = 0xFFFF;

/// A kind of block: its number, its name in messages, and the newest version that this release writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    number: u16,
    name: &'static str,
    version: u16,
}

impl Kind {
    /// A kind without which the model is not understood; `number` is 1 to 0x7FFF.
    pub const fn mandatory(number: u16, name: &'static str, version: u16) -> Kind {
        assert!(number > 0 && number < OPTIONAL, "mandatory kinds have the numbers 1 to 0x7FFF");
        assert!(version > 0, "versions begin at 1");
        Kind { number, name, version }
    }

    /// A kind that older releases may pass over; `number` is 0x8000 to 0xFFFE.
    pub const fn optional(number: u16, name: &'static str, version: u16) -> Kind {
        assert!(number >= OPTIONAL && number < END, "optional kinds have the numbers 0x8000 to 0xFFFE");
        assert!(version > 0, "versions begin at 1");
        Kind { number, name, version }
    }

    /// The number in the file.
    pub const fn number(self) -> u16 {
        self.number
    }

    /// The name in messages.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The newest version that can be read, and the one that is written.
    pub const fn version(self) -> u16 {
        self.version
    }

    /// Whether a reader may pass over it.
    pub const fn is_optional(self) -> bool {
        is_optional(self.number)
    }
}

/// Whether a kind of that number may be passed over.
pub(super) const fn is_optional(number: u16) -> bool {
    number >= OPTIONAL
}

/// Which learned parts the model holds.
pub const PARTS: Kind = Kind::mandatory(1, "parts", 1);

/// Under which conditions the model was learned.
pub const SETTINGS: Kind = Kind::mandatory(2, "settings", 1);

/// The counted skeletons, of which templates are made.
pub const TEMPLATES: Kind = Kind::mandatory(3, "templates", 1);

/// How many records of every skeleton there were in every stream and interval.
pub const HISTORY: Kind = Kind::mandatory(4, "history", 1);

/// What sessions look like, by what ties their records together.
pub const SESSIONS: Kind = Kind::mandatory(5, "sessions", 1);

/// How rows of numbers are made of logs for an outlier model.
pub const FEATURES: Kind = Kind::mandatory(16, "features", 1);

/// An outlier model, and what its scores mean.
pub const OUTLIERS: Kind = Kind::mandatory(17, "outlier-model", 1);

/// How long it took to fit an outlier model: the one thing that two equal trainings do not share.
pub const EFFORT: Kind = Kind::optional(0x8010, "effort", 1);

/// Every kind this release knows.
pub const KINDS: &[Kind] = &[PARTS, SETTINGS, TEMPLATES, HISTORY, SESSIONS, FEATURES, OUTLIERS, EFFORT];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_given_once() {
        for (idx, kind) in KINDS.iter().enumerate() {
            for other in &KINDS[..idx] {
                assert_ne!(kind.number(), other.number(), "{} and {}", kind.name(), other.name());
                assert_ne!(kind.name(), other.name());
            }
        }
    }
}
