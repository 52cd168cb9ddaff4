//! What models know of sessions: one more block of a model file.
//!
//! Events are named by the skeleton with the lowest id of their template. Templates of today may be others than those
//! that were learned, but a skeleton is never changed; so what an event means today is the template to which that
//! skeleton belongs today.

use std::collections::{BTreeMap, HashMap};

use super::candidates::Form;
use super::finder::SessionKey;
use super::learned::LearnedSessions;
use crate::model::{BlockReader, BlockWriter, ModelError};
use crate::templates::{Template, Templates};

/// Kinds of identifier that a model knows.
const MOST: usize = 64;
const FORMS: [Form; 6] = [Form::Field, Form::Key, Form::Prefix, Form::Uuid, Form::Hexadecimal, Form::Decimal];

/// What is known of sessions, by what ties their records together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KnownSessions {
    kinds: BTreeMap<SessionKey, LearnedSessions>,
}

/// The number of a template in sessions.
pub(super) fn event_of(template: &Template) -> u32 {
    template.skeletons.first().map_or(0, |skeleton| number(skeleton.0))
}

/// A part of a hash, so that it means the same in every model.
fn number(skeleton: u64) -> u32 {
    (skeleton >> 32) as u32
}

impl KnownSessions {
    /// Nothing yet.
    pub fn new() -> KnownSessions {
        KnownSessions::default()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// The kinds of identifier.
    pub fn keys(&self) -> impl Iterator<Item = &SessionKey> {
        self.kinds.keys()
    }

    /// How many sessions of all kinds were learned.
    pub fn sessions(&self) -> u64 {
        self.kinds.values().fold(0, |sum, learned| sum.saturating_add(learned.sessions()))
    }

    /// What is known of sessions of a kind.
    pub(super) fn get(&self, key: &SessionKey) -> Option<&LearnedSessions> {
        self.kinds.get(key)
    }

    /// Learns sessions of a kind.
    pub(super) fn learn(&mut self, key: SessionKey, learned: &LearnedSessions) {
        self.kinds.entry(key).or_default().absorb(learned);
        while self.kinds.len() > MOST {
            self.kinds.pop_last();
        }
    }

    /// Keeps a fair sample of so many events of all kinds together.
    pub fn thin(&mut self, most: u64) {
        let share = most / self.kinds.len().max(1) as u64;
        self.kinds.values_mut().for_each(|learned| learned.thin(share));
    }

    /// Bytes that are held, about.
    pub fn bytes(&self) -> usize {
        self.kinds.values().map(LearnedSessions::bytes).sum()
    }

    /// Learns what another has learned.
    pub fn absorb(&mut self, other: &KnownSessions) {
        other.kinds.iter().for_each(|(key, learned)| self.learn(key.clone(), learned));
    }

    /// The same, with the events of the templates of today.
    pub fn today(&self, templates: &Templates) -> KnownSessions {
        let mut today: HashMap<u32, u32> = HashMap::new();
        for template in templates.list() {
            let event = event_of(template);
            today.extend(template.skeletons.iter().map(|skeleton| (number(skeleton.0), event)));
        }
        let of = |event: u32| today.get(&event).copied().unwrap_or(event);
        let kinds = self.kinds.iter().map(|(key, learned)| (key.clone(), learned.renamed(of)));
        KnownSessions { kinds: kinds.collect() }
    }

    /// Writes what is known.
    pub fn write(&self, block: &mut BlockWriter) {
        block.list(self.kinds.iter(), |block, (key, learned)| {
            block.byte(FORMS.iter().position(|form| *form == key.form).unwrap_or(0) as u8);
            block.slice(&key.label);
            learned.write(block);
        });
    }

    /// Reads what was written, on any bytes whatever.
    pub fn read(block: &mut BlockReader<'_>) -> Result<KnownSessions, ModelError> {
        let offset = block.offset();
        let kinds = block.list("the kinds of sessions", MOST, 3, |block| {
            let offset = block.offset();
            let number = block.byte()?;
            let form = FORMS.get(usize::from(number)).copied();
            let form = form.ok_or_else(|| block.malformed("a kind of sessions", offset, "0 to 5", number))?;
            let label = block.slice("a name of sessions", 4096)?.into();
            Ok((SessionKey { form, label }, LearnedSessions::read(block)?))
        })?;
        if !kinds.is_sorted_by(|one, other| one.0 < other.0) {
            return Err(block.malformed("the kinds of sessions", offset, "their order", "another"));
        }
        Ok(KnownSessions { kinds: kinds.into_iter().collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Allowance;
    use crate::templates::{Facts, Miner};

    fn known(label: &str, sequences: &[&[u32]]) -> KnownSessions {
        let mut learned = LearnedSessions::default();
        sequences.iter().for_each(|sequence| learned.add(sequence));
        let mut known = KnownSessions::new();
        known.learn(SessionKey { form: Form::Prefix, label: label.as_bytes().into() }, &learned);
        known
    }

    fn written(known: &KnownSessions) -> Vec<u8> {
        let mut block = BlockWriter::default();
        known.write(&mut block);
        block.bytes().to_vec()
    }

    fn read(bytes: &[u8]) -> Result<KnownSessions, ModelError> {
        let allowance = Allowance::for_input(bytes.len());
        let mut block = BlockReader::new(bytes, &allowance);
        let known = KnownSessions::read(&mut block)?;
        block.end()?;
        Ok(known)
    }

    #[test]
    fn what_is_written_is_read_back_and_what_is_damaged_is_refused() {
        let mut both = known("blk_", &[&[1, 2, 3], &[1, 3]]);
        both.absorb(&known("req-", &[&[7]]));
        let bytes = written(&both);
        assert_eq!(read(&bytes).unwrap(), both);
        assert_eq!(both.sessions(), 3);
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length]).is_err(), "{length} bytes");
        }
        let mut other = bytes.clone();
        other[1] = 9;
        assert!(read(&other).is_err());
    }

    #[test]
    fn absorbing_commutes_and_is_bounded() {
        let (one, two) = (known("a", &[&[1, 2]]), known("a", &[&[1, 2], &[3]]));
        let sum = |first: &KnownSessions, second: &KnownSessions| {
            let mut sum = first.clone();
            sum.absorb(second);
            sum
        };
        assert_eq!(written(&sum(&one, &two)), written(&sum(&two, &one)));
        let mut many = KnownSessions::new();
        (0..200).for_each(|nth| many.absorb(&known(&format!("p{nth:03}"), &[&[1]])));
        assert_eq!(many.keys().count(), MOST);
        assert!(read(&written(&many)).is_ok());
    }

    #[test]
    fn kinds_share_what_is_kept() {
        let sequences: Vec<Vec<u32>> = (0..40).map(|nth| vec![nth; 5]).collect();
        let sequences: Vec<&[u32]> = sequences.iter().map(Vec::as_slice).collect();
        let mut both = known("a", &sequences);
        both.absorb(&known("b", &sequences[..10]));
        let (before, bytes) = (both.clone(), both.bytes());
        both.thin(64 * 40);
        let kept =
            |of: &KnownSessions| of.kinds.values().map(|kind| kind.sequences().len()).collect::<Vec<_>>();
        assert_eq!((kept(&before), kept(&both)), (vec![40, 10], vec![20, 10]));
        assert_eq!(bytes - both.bytes(), 20 * (5 * 4 + 48));
        assert_eq!(both.sessions(), 50);
        both.thin(0);
        assert!(both.kinds.values().all(|kind| kind.distinct_events() == 0));
        KnownSessions::new().thin(0);
    }

    #[test]
    fn events_mean_the_templates_of_today() {
        let mut miner = Miner::default();
        let first = miner.add(b"user alice logged in", &Facts::default());
        let before = miner.templates();
        let event = event_of(&before.list()[0]);
        assert_eq!(event, number(first.0));
        for nth in 0..50u8 {
            let name = [b'a' + nth % 26, b'c' + nth / 26, b'x'];
            let message = format!("user {} logged in", String::from_utf8_lossy(&name));
            miner.add(message.as_bytes(), &Facts::default());
        }
        let today = miner.templates();
        let now = event_of(today.of(first).unwrap());
        let known = known("u", &[&[event, event]]).today(&today);
        let learned = known.kinds.values().next().unwrap();
        assert_eq!(learned.sessions_with(now), Some(1));
        assert_ne!(now, event, "the template has a lower skeleton by now");
    }
}
