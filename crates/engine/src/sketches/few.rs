//! A few hashes, kept exactly: how a set begins before it is worth a sketch.

use crate::model::{BlockReader, BlockWriter, ModelError};

/// At most `N` hashes in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Few<const N: usize> {
    hashes: Vec<u64>,
}

impl<const N: usize> Few<N> {
    /// Adds a hash; says whether it is held now, or found no room.
    pub(super) fn add(&mut self, hash: u64) -> bool {
        match self.hashes.binary_search(&hash) {
            Ok(_) => true,
            Err(_) if self.hashes.len() >= N => false,
            Err(at) => {
                self.hashes.insert(at, hash);
                true
            }
        }
    }

    pub(super) fn holds(&self, hash: u64) -> bool {
        self.hashes.binary_search(&hash).is_ok()
    }

    pub(super) fn as_slice(&self) -> &[u64] {
        &self.hashes
    }

    /// The memory beside the struct: room grows by doubling from four on.
    pub(super) fn heap(&self) -> usize {
        let room = match self.hashes.len() {
            0 => 0,
            held => held.next_power_of_two().max(4),
        };
        room * size_of::<u64>()
    }

    pub(super) fn write(&self, block: &mut BlockWriter) {
        block.list(self.hashes.iter(), |block, hash| block.u64(*hash));
    }

    pub(super) fn read(block: &mut BlockReader<'_>) -> Result<Few<N>, ModelError> {
        let offset = block.offset();
        let hashes = block.list("the number of hashes", N, size_of::<u64>(), |block| block.u64())?;
        if hashes.is_sorted_by(|one, two| one < two) {
            Ok(Few { hashes })
        } else {
            Err(block.malformed("hashes", offset, "an ascending order", "another"))
        }
    }
}
