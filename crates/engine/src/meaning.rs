//! Here is a message: how bad does it sound?
//!
//! A hand-made list of words and phrases, read with what stands around them, says how much a text
//! sounds like trouble: `failed` does, `0 failed`, `no failure`, `--on-failure` and `FailureHandler`
//! do not. It is evidence for the order in which records are shown, never a gate: what is wrong and
//! says so in calm words is found by others. A few phrases are *hard signals*: a statement that
//! anybody who runs the system wants to see, even once, even in a log that is not known yet.
//!
//! Everything is a pure function of the text, takes time in proportion to it and allocates nothing.
//!
//! ```
//! use logsift_engine::meaning::{self, HardSignal};
//!
//! let bad = meaning::of_text(b"Out of memory: Killed process 4242 (java)");
//! assert_eq!(bad.hard, Some(HardSignal::OutOfMemory));
//! assert_eq!(bad.words().collect::<Vec<_>>(), ["out of memory", "killed"]);
//! assert_eq!(meaning::of_text(b"finished with 0 errors").weight, 0.0);
//! ```

mod letters;
mod lookup;
mod reading;
mod score;
mod signal;
mod trace;
mod value;
mod words;

pub use score::{LineEvidence, combined, line_score, of_burst, of_level};
pub use signal::HardSignal;

use reading::Reading;

/// How many words are kept for the explanation.
const SHOWN: usize = 4;

/// What the words of a text say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Meaning {
    /// How bad it sounds, in nats: 0 where nothing is said, about 3 for `failed`, 8 and more for a hard signal.
    pub weight: f64,
    /// The gravest statement that is enough by itself.
    pub hard: Option<HardSignal>,
    words: [Option<&'static str>; SHOWN],
}

impl Meaning {
    /// The first few words and phrases of the list that counted, in the order of the text.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        self.words.into_iter().flatten()
    }
}

/// What the words of a message say: of a whole record with its trace, or of the constant text of a template.
///
/// A hole of a template is a value that is not known: `errors=<number>` says half of `errors=3`.
pub fn of_text(message: &[u8]) -> Meaning {
    let mut reading = Reading::default();
    for line in trace::speaking_lines(message) {
        reading.line(line);
    }
    reading.meaning()
}

#[cfg(test)]
mod tests;
