//! Here is a record: which shape is it, and what varies?
//!
//! A [`Miner`] takes messages one by one and counts their *skeletons*: constant text with holes, a
//! pure function of the message. The *templates* are made of the set of skeletons when somebody asks
//! for them, so they do not depend on the order of lines or on how a log was split.
//!
//! ```
//! use logsift_engine::templates::{Facts, Miner};
//!
//! let mut miner = Miner::default();
//! let first = miner.add(b"Connection from 10.0.0.1 closed after 5 ms", &Facts::default());
//! let second = miner.add(b"Connection from 10.0.0.2 closed after 70 ms", &Facts::default());
//! assert_eq!(first, second);
//! let templates = miner.templates();
//! let template = templates.of(first).expect("it was seen just now");
//! assert_eq!(template.text(), "Connection from <ip> closed after <number> ms");
//! assert_eq!(template.stats.count(), 2);
//! ```

mod align;
pub(crate) mod alike;
#[doc(hidden)]
pub mod bench;
mod broad;
mod coarse;
mod explosion;
mod generalise;
mod glance;
pub(crate) mod hexadecimal;
mod id;
#[cfg(test)]
mod laws;
mod layout;
mod lexicon;
mod lineage;
mod multiword;
mod number;
mod pins;
mod sample;
mod scan;
mod side;
mod skeleton;
mod slot;
mod slots;
mod spots;
mod state;
mod stats;
mod summary;
mod table;
mod texts;
mod token;
mod variants;
mod view;
mod words;

pub use id::{NotAnId, SkeletonId, TemplateId, VERSION};
pub use lineage::Lineage;
pub use number::{Measure, Unit};
pub use pins::{Pins, PinsError};
pub use side::Side;
pub use slot::Kind;
pub use spots::{SPOTS, Spot, SpotClass};
pub use stats::{BINS, Facts, Stats, Timeline};
pub use summary::{Slot, Trend};
pub use table::{Account, ESTABLISHED, Look, Miner, MinerSettings, Spotted};
pub use variants::Parent;
pub use view::{Template, Templates};
