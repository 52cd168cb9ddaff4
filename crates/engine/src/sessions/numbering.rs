//! Skeletons in, small numbers out, so that a step of a session takes four bytes for what happened.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::templates::SkeletonId;

/// Skeletons whose numbers are found without a search.
const RECENT: usize = 256;

/// Numbers of skeletons, in the order in which they came.
#[derive(Clone, Debug)]
pub(super) struct Numbering {
    skeletons: Vec<SkeletonId>,
    numbers: HashMap<u64, u32, FixedState>,
    recent: Vec<(u64, u32)>,
}

impl Default for Numbering {
    fn default() -> Numbering {
        let recent = vec![(0, u32::MAX); RECENT];
        Numbering { skeletons: Vec::new(), numbers: HashMap::default(), recent }
    }
}

impl Numbering {
    /// The number of a skeleton.
    #[inline]
    pub(super) fn of(&mut self, skeleton: SkeletonId) -> u32 {
        let place = skeleton.0 as usize % RECENT;
        match self.recent.get(place) {
            Some((known, number)) if *known == skeleton.0 && *number != u32::MAX => *number,
            _ => self.look_up(skeleton, place),
        }
    }

    fn look_up(&mut self, skeleton: SkeletonId, place: usize) -> u32 {
        let next = self.skeletons.len() as u32;
        let number = *self.numbers.entry(skeleton.0).or_insert(next);
        if number == next {
            self.skeletons.push(skeleton);
        }
        if let Some(recent) = self.recent.get_mut(place) {
            *recent = (skeleton.0, number);
        }
        number
    }

    /// The skeletons, by their numbers.
    pub(super) fn skeletons(&self) -> &[SkeletonId] {
        &self.skeletons
    }

    /// Bytes that are held.
    pub(super) fn bytes(&self) -> usize {
        self.skeletons.len() * 32
    }
}
