//! A record in, its skeleton and the places of its values out, for detectors that look at every
//! record.
//!
//! The way is that of [`Miner::add`], with another cache in front: one that knows the spots of a
//! glance, too (see `spots.rs`), and of messages that are alike but for their ids (`alike.rs`). For others the holes are
//! found by the line key (`layout.rs`), and only for a line key of which no message was looked at the skeleton is read.

use super::super::glance::Glance;
use super::super::id::SkeletonId;
use super::super::spots::Spot;
use super::super::stats::Facts;
use super::super::token::head;
use super::Miner;

/// What [`Miner::add_spotted`] says of a record.
#[derive(Clone, Copy, Debug)]
pub struct Spotted<'a> {
    /// The skeleton of its message.
    pub skeleton: SkeletonId,
    /// Whether this miner had never seen the skeleton before.
    pub is_new: bool,
    /// How its message looks.
    pub look: Look,
    /// Where its values stand, numbers and identifiers first. Empty where it was counted without a
    /// shape of its own.
    pub spots: &'a [Spot],
}

/// How a message looks at a glance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Equal for messages that differ in nothing but the digits of their values.
    pub key: u64,
    /// Whether all of the message was looked at: it is one line, and not a very long one.
    pub is_whole: bool,
    /// Whether messages of this look came before lately, or it is early to tell.
    pub comes_again: bool,
    /// Where they did not, but messages did that are like it but for the ids in them: equal for those.
    pub alike: Option<u64>,
}

impl Miner {
    /// Counts a record as [`Miner::add`] does, and says where its values stand.
    ///
    /// ```
    /// use logsift_engine::templates::{Facts, Miner, SpotClass};
    ///
    /// let mut miner = Miner::default();
    /// let message = b"block blk_-1608999687919862906 read in 12ms";
    /// let spotted = miner.add_spotted(message, &Facts::default());
    /// assert!(spotted.is_new);
    /// let [block, time] = spotted.spots else { panic!("there are two values") };
    /// assert_eq!((block.class(), block.of(message)), (SpotClass::Identifier, &message[6..30]));
    /// assert_eq!(time.number(message).map(|number| number.value), Some(0.012));
    /// ```
    #[inline]
    pub fn add_spotted(&mut self, message: &[u8], facts: &Facts) -> Spotted<'_> {
        let line = head(message);
        let glance = Glance::at(line);
        let place = self.spotting.place(glance.key);
        let (skeleton, is_new) = match self.count_known(place, line, glance.content, 0, facts) {
            Some(skeleton) => (skeleton, false),
            None => self.add_and_look(line, glance, facts),
        };
        let blanks = match message.first() {
            Some(0..=b' ') => message.iter().take_while(|byte| **byte <= b' ').count(),
            _ => 0,
        };
        let behind = message.get(blanks + line.len()..).unwrap_or_default();
        let look = Look {
            key: glance.key,
            is_whole: behind.iter().all(|byte| *byte <= b' '),
            comes_again: self.spotting.comes_again(),
            alike: self.spotting.alike(),
        };
        Spotted { skeleton, is_new, look, spots: self.spotting.spots(blanks) }
    }

    /// The same for a message of which no like was looked at lately. Also says whether its skeleton
    /// is new.
    #[inline(never)]
    fn add_and_look(&mut self, message: &[u8], glance: Glance, facts: &Facts) -> (SkeletonId, bool) {
        let alike = self.spotting.place_alike(glance.key, message);
        if let Some(skeleton) = self.count_known(alike, message, glance.content, 0, facts) {
            return (skeleton, false);
        }
        let skeleton = self.add_scanned(message, glance, facts);
        self.spotting.make_room(self.settings.budget);
        // Such a line was turned away unread, so nothing is known of its holes.
        let formless = self.formless_place.and_then(|place| self.entry(place));
        if formless.is_some_and(|entry| entry.id == skeleton.0) {
            return (skeleton, false);
        }
        if let Some((place, holes)) = self.layouts.find(self.scan.key, message) {
            self.spotting.note(glance.key, place, message, holes);
            return (skeleton, false);
        }
        let Some(place) = self.find_id(skeleton.0) else { return (skeleton, false) };
        let Some(entry) = self.entries.get(place as usize).and_then(Option::as_ref) else {
            return (skeleton, false);
        };
        let is_new = entry.stats.count == 1 && !entry.returned;
        self.skeletons.read(message, 0);
        if self.skeletons.text() == &*entry.text {
            self.layouts.note(self.scan.key, place, message, self.skeletons.holes());
            self.spotting.note(glance.key, place, message, self.skeletons.holes());
            return (skeleton, is_new);
        }
        // A chunk explodes, or there was no room for a shape: other messages of its glance may then
        // have other skeletons.
        let known = self.explosion.known(&self.scan, facts.stream);
        let open = known.filter(|(known, _)| *known == skeleton.0).map(|(_, open)| open);
        self.skeletons.read(message, open.unwrap_or(0));
        let holes = self.skeletons.holes().take_while(|_| open.is_some());
        self.spotting.note(glance.key, u32::MAX, message, holes);
        (skeleton, is_new)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::spots::SpotClass;
    use super::*;
    use crate::model::BlockWriter;
    use crate::templates::MinerSettings;

    fn written(miner: &Miner) -> Vec<u8> {
        let mut block = BlockWriter::default();
        miner.write(&mut block);
        block.bytes().to_vec()
    }

    /// The skeleton of what is turned away unread.
    fn formless(miner: &Miner) -> Option<u64> {
        miner.formless_place.and_then(|place| miner.entry(place)).map(|entry| entry.id)
    }

    fn message(line: u64) -> String {
        match line % 4 {
            0 => format!("request {line} of host-{} took {}ms", line % 7, line * line % 1000),
            1 => format!("   read blk_{} of {} bytes", line.wrapping_mul(0x9E37_79B9_7F4A_7C15), line % 100),
            2 => "nothing to do".to_owned(),
            _ => format!("state {} after {line}", ["up", "down", "lost"][line as usize / 4 % 3]),
        }
    }

    #[test]
    fn it_counts_as_adding_does() {
        let (mut one, mut two) = (Miner::default(), Miner::default());
        for line in 0..3000 {
            let facts = Facts { line, ..Facts::default() };
            let message = message(line);
            assert_eq!(
                one.add(message.as_bytes(), &facts),
                two.add_spotted(message.as_bytes(), &facts).skeleton
            );
        }
        assert_eq!(written(&one), written(&two));
        assert!(one.bytes() < two.bytes(), "spots are paid for by those who ask for them");
    }

    #[test]
    fn every_record_has_its_own_values() {
        let mut miner = Miner::default();
        for line in 0..3000 {
            let message = message(line);
            let spotted = miner.add_spotted(message.as_bytes(), &Facts::default());
            assert_eq!(spotted.is_new, line < 4 || line == 7 || line == 11, "{line}");
            let numbers: Vec<f64> = spotted
                .spots
                .iter()
                .filter_map(|spot| spot.number(message.as_bytes()))
                .map(|measure| measure.value)
                .collect();
            let wanted = match line % 4 {
                0 => vec![line as f64, (line * line % 1000) as f64 / 1000.0],
                1 => vec![(line % 100) as f64],
                2 => vec![],
                _ => vec![line as f64],
            };
            assert_eq!(numbers, wanted, "{message}");
            let id = spotted.spots.iter().find(|spot| spot.class() == SpotClass::Identifier);
            let name = id.map(|spot| spot.of(message.as_bytes()).starts_with(b"blk_"));
            assert_eq!(name, (line % 4 == 1).then_some(true), "{message}");
        }
    }

    #[test]
    fn values_beside_an_exploding_word_are_found() {
        let mut miner = Miner::new(MinerSettings { budget: 2 << 20, keep_values: true });
        let letters = |number: u64| -> String {
            (0..9)
                .map(|at| {
                    char::from(b'a' + (number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (5 * at)) as u8 % 26)
                })
                .collect()
        };
        let (mut found, mut turned_away) = (0, 0);
        for line in 0..20_000u64 {
            let message = format!("Invalid name {} after {line} ms at the desk", letters(line));
            let spotted = miner.add_spotted(message.as_bytes(), &Facts::default());
            found += spotted.spots.iter().filter(|spot| spot.number(message.as_bytes()).is_some()).count();
            let skeleton = spotted.skeleton.0;
            turned_away += usize::from(Some(skeleton) == formless(&miner));
        }
        assert_eq!(miner.account().exploded, 1);
        assert!(found > 18_000, "{found}");
        assert_eq!(found + turned_away, 20_000);
    }

    #[test]
    fn values_are_found_whether_their_like_comes_again_or_not() {
        let (mut miner, mut strangers) = (Miner::default(), 0);
        for line in 0..30_000u64 {
            let id = format!("b{:016x}", line.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let (message, wanted) = match line % 3 {
                0 => (format!("[{id}] served in {line} ms"), line as f64),
                1 => (format!("  [{id}] sent {} bytes", line % 100), (line % 100) as f64),
                _ => (format!("slept {} times", line % 7_000), (line % 7_000) as f64),
            };
            let spotted = miner.add_spotted(message.as_bytes(), &Facts::default());
            let numbers = spotted.spots.iter().filter_map(|spot| spot.number(message.as_bytes()));
            assert_eq!(numbers.map(|number| number.value).collect::<Vec<_>>(), [wanted], "{message}");
            let ids = spotted.spots.iter().filter(|spot| spot.class() == SpotClass::Identifier);
            let ids: Vec<&[u8]> = ids.map(|spot| spot.of(message.as_bytes())).collect();
            assert_eq!(ids.contains(&id.as_bytes()), line % 3 < 2, "{message}");
            if line >= 21_000 {
                assert!(spotted.look.comes_again || line % 3 < 2, "{message}");
                strangers += usize::from(!spotted.look.comes_again);
            }
        }
        // Some ids differ in digits only.
        assert!((5_900..=6_000).contains(&strangers), "{strangers} of 6,000");
    }

    #[test]
    fn what_is_turned_away_unread_has_no_values() {
        let mut miner = Miner::new(MinerSettings { budget: 1 << 20, keep_values: true });
        let mut turned_away = 0;
        for line in 0..60_000u64 {
            let hash = |nth: u64| (line * 8 + nth).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
            let word =
                |nth: u64| format!("{:x}", hash(nth)).replace(|letter: char| letter.is_ascii_digit(), "g");
            let flood = format!("{} {} {} {} {line}", word(0), word(1), word(2), word(3));
            let message = if line % 2 == 0 { format!("took {line} ms") } else { flood };
            let spotted = miner.add_spotted(message.as_bytes(), &Facts::default());
            let (skeleton, spots) = (spotted.skeleton.0, spotted.spots.len());
            if Some(skeleton) == formless(&miner) {
                turned_away += 1;
                assert_eq!(spots, 0, "{message}");
            }
        }
        assert!(turned_away > 10_000, "{turned_away}");
    }

    #[test]
    fn what_was_learned_before_is_not_new() {
        let mut learned = Miner::default();
        learned.add(b"took 5 ms", &Facts::default());
        let mut miner = Miner::default();
        miner.absorb(learned);
        assert!(!miner.add_spotted(b"took 6 ms", &Facts::default()).is_new);
        assert!(miner.add_spotted(b"gave 6 ms", &Facts::default()).is_new);
    }
}
