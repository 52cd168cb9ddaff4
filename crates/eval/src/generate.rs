//! An order in, a realistic log with labels out: of every kind that operators read, with everything that goes wrong
//! in them, and with what looks wrong and is not.
//!
//! Who measures a detector on a log that was made for it measures nothing. So the texts are those that real
//! software writes, normal logs have errors of their own, what goes wrong often says so at level INFO, and no
//! detector was looked at. The same order gives the same bytes on every machine.
//!
//! A [`Profile`] is a catalogue of scenes in a small language (`template`, `script`). The `simulation` plays them over
//! log time, `episodes` lets things go wrong, and `story` writes down which lines that were.

mod anomalies;
mod cast;
mod catalogue;
mod episodes;
mod frames;
mod moment;
mod profiles;
mod queue;
mod random;
mod script;
mod simulation;
mod stage;
mod story;
mod template;
mod traffic;

use std::io;

use catalogue::{Catalogue, Definition};

pub use story::{Outputs, Summary};

/// When logs begin unless another time is asked for: 2024-03-04T00:00:00Z, a Monday, in microseconds.
pub const START: u64 = 1_709_510_400_000_000;

/// A kind of log.
#[derive(Clone, Copy, Debug)]
pub struct Profile(&'static Definition);

impl PartialEq for Profile {
    fn eq(&self, other: &Profile) -> bool {
        self.name() == other.name()
    }
}

impl Profile {
    /// All profiles.
    pub fn all() -> impl Iterator<Item = Profile> {
        profiles::ALL.iter().map(|definition| Profile(definition))
    }

    /// The profile of that name.
    pub fn named(name: &str) -> Option<Profile> {
        Profile::all().find(|profile| profile.name() == name)
    }

    /// Its name, which is also the name of its files.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// What it is, in a few words.
    pub fn about(self) -> &'static str {
        self.0.about
    }

    /// How many lines it has unless others are asked for.
    pub fn lines(self) -> u64 {
        self.0.lines
    }

    /// The share of abnormal lines unless another is asked for.
    pub fn share(self) -> f64 {
        self.0.share as f64 / 1000.0
    }

    /// The kinds of its anomalies, each once.
    pub fn kinds(self) -> Vec<&'static str> {
        let general = self.0.general.iter().map(|general| general.kind());
        let mut kinds: Vec<&str> =
            general.chain(anomalies::of(self.name()).map(|anomaly| anomaly.kind)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }
}

/// Every kind that labels can have, with what it means.
pub fn kinds() -> &'static [(&'static str, &'static str)] {
    anomalies::KINDS
}

/// What is to be made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Order {
    /// The kind of log.
    pub profile: Profile,
    /// How many lines.
    pub lines: u64,
    /// The share of abnormal ones, below 1; 0 for a clean log.
    pub share: f64,
    /// Another seed gives another log.
    pub seed: u64,
    /// When it begins, in microseconds since 1970.
    pub start: u64,
    /// Lines in a second of log time on the average; that of the profile where it is nothing.
    pub per_second: Option<f64>,
    /// As a table of `timestamp,log_level,response_time,message`.
    pub table: bool,
}

impl Order {
    /// What a profile is unless something else is asked for.
    pub fn usual(profile: Profile) -> Order {
        let (lines, share) = (profile.lines(), profile.share());
        Order { profile, lines, share, seed: 1, start: START, per_second: None, table: false }
    }

    fn abnormal_lines(&self) -> u64 {
        ((self.lines as f64 * self.share + 0.5) as u64).min(self.lines)
    }
}

/// Makes a log, its labels and its story. Nothing of it is kept in memory but what is going on.
///
/// A table has one line more than were asked for: its header, with label 0.
pub fn generate(order: &Order, outputs: Outputs<'_>) -> io::Result<Summary> {
    let catalogue = Catalogue::compile(order.profile.0).expect("a test compiles every profile");
    simulation::run(order, &catalogue, outputs)
}
