//! Many values in few bytes: summaries of slots, templates and streams that can be merged.
//!
//! Each is a function of *what* was added, never of the order, of how the log was split or of how often it was
//! merged: adding in parts and absorbing gives the same state, bit for bit, as adding everything to one. So
//! what must be forgotten is chosen by content (the smallest hashes, the coarsest scale that fits), never by
//! arrival. [`Distinct`] and [`Bloom`] hold sets, so absorbing the same thing twice changes nothing; the others
//! count, and [`crate::model::Parts`] sees to it that nothing is counted twice.
//!
//! `bytes()` is the memory held. It, too, depends on the content alone, so that a budget measured with it
//! decides the same on every machine; allocators may round up by a few bytes for each allocation.

mod bloom;
mod counts;
mod distinct;
mod few;
#[cfg(test)]
mod laws;
mod quantiles;
mod sum;
mod top;

pub use bloom::Bloom;
pub use counts::Counts;
pub use distinct::Distinct;
pub use quantiles::Quantiles;
pub use top::{Top, TopValue};

/// Spreads the bits of a hash over all 64, one to one, so that a weak hash does no harm. It is the last step
/// of MurmurHash3.
pub(crate) const fn mix(hash: u64) -> u64 {
    let hash = hash ^ (hash >> 33);
    let hash = hash.wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    let hash = hash ^ (hash >> 33);
    let hash = hash.wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    hash ^ (hash >> 33)
}
