//! How a message sounds.

/// What the words of a message say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meaning {
    /// Nothing said is 0.
    pub weight: f64,
}

/// What the words of a message say.
pub fn of_text(_: &[u8]) -> Meaning {
    Meaning::default()
}
