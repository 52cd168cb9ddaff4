//! Words, level, rarity and burst of a record in, one score out: how much somebody wants to see it, in nats.
//!
//! All parts are on the scale of `-ln p` and are added, so a score is comparable between records, templates
//! and logs; it is no probability until it was calibrated on what the same log showed before.

use super::Meaning;
use crate::records::level::Level;

/// Where a level's say is halved: one record in `e` has it or a graver one.
const COMMON_LEVEL: f64 = 1.0;
/// What is left of words that their writer took for ordinary work, and said so.
const CALM: f64 = 0.5;
/// What rarity adds: less than words and level, since most of what is rare is harmless.
const RARITY: f64 = 0.5;
/// The most that rarity adds to, in nats.
const RAREST: f64 = 12.0;
/// What an odd window adds: little, since it says more about the window than about any record of it.
const BURST: f64 = 0.125;
/// The most that a burst adds to, in nats.
const LARGEST_BURST: f64 = 12.0;

/// What a level says by itself, in nats; a record without one says nothing.
pub fn of_level(level: Option<Level>) -> f64 {
    match level {
        None | Some(Level::Trace | Level::Debug | Level::Info) => 0.0,
        Some(Level::Notice) => 0.3,
        Some(Level::Warn) => 1.5,
        Some(Level::Error) => 3.0,
        Some(Level::Critical) => 4.0,
        Some(Level::Fatal) => 4.5,
    }
}

/// Words and level together.
///
/// Whoever wrote `INFO` beside `failed` knew about it: the words say half. A hard signal keeps its whole
/// weight, and a record without a level is not taken for a calm one.
///
/// `share_of_level` is the share of the log's records that have this level or a graver one. Where every
/// third record is an error, the level says half of what it says in a log that has one in a thousand.
pub fn combined(text: &Meaning, level: Option<Level>, share_of_level: f64) -> f64 {
    let news = nats(share_of_level);
    weight_beside(text, level) + of_level(level) * news / (news + COMMON_LEVEL)
}

fn weight_beside(text: &Meaning, level: Option<Level>) -> f64 {
    let calm = text.hard.is_none() && level.is_some_and(|level| level <= Level::Notice);
    if calm { CALM * text.weight } else { text.weight }
}

/// What is known about a record besides its text.
#[derive(Clone, Copy, Debug)]
pub struct LineEvidence {
    /// Its level.
    pub level: Option<Level>,
    /// The share of the log's records that have this level or a graver one.
    pub share_of_level: f64,
    /// How likely a template as rare as its is: [`crate::surprise::Rarity::p`] or [`crate::surprise::good_turing`].
    pub rarity: f64,
    /// How likely as many records of its template are in this interval; 1 where nothing was counted.
    pub burst: f64,
}

/// The score of a record: words + level + half the surprise of its template and of its number.
///
/// Rarity and burst are capped, so that no amount of rarity outweighs a hard signal.
pub fn line_score(text: &Meaning, evidence: &LineEvidence) -> f64 {
    combined(text, evidence.level, evidence.share_of_level)
        + RARITY * nats(evidence.rarity).min(RAREST)
        + of_burst(nats(evidence.burst))
}

/// What a window adds to the scores of its records; `surprise` is `-ln p`.
pub fn of_burst(surprise: f64) -> f64 {
    BURST * surprise.clamp(0.0, LARGEST_BURST)
}

/// `-ln p`; 0 for what is no probability.
fn nats(p: f64) -> f64 {
    if p.is_nan() || p >= 1.0 { 0.0 } else { -p.max(f64::MIN_POSITIVE).ln() }
}
