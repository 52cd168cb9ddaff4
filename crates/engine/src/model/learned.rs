//! Logs that were learned in, the bytes of a model out, and back; and two models in, one out.
//!
//! A [`Learned`] is what a model file holds: the counted skeletons, what happened when, what sessions look like, which parts they came
//! from, and the conditions under which they were made. Templates, totals by level and totals by time all
//! follow from the skeletons, and what detectors know follows from what happened when, so neither is written:
//! nothing in a model can contradict itself.

use std::collections::BTreeMap;

use super::digest::digest;
use super::error::ModelError;
use super::frame::{ModelReader, ModelWriter};
use super::kind::{HISTORY, PARTS, SESSIONS, SETTINGS, TEMPLATES};
use super::parts::{Meeting, Part, Parts};
use super::read::BlockReader;
use super::write::BlockWriter;
use crate::sessions::KnownSessions;
use crate::templates::{Miner, MinerSettings, SkeletonId, Stats, TemplateId, Templates, VERSION};
use crate::windows::History;

/// What was removed from lines before they were learned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Redaction {
    /// Nothing.
    #[default]
    None = 0,
    /// Personal data and secrets; the name of their kind took their place.
    Mask,
    /// The same; nothing took their place.
    Drop,
    /// The same; a keyed hash took their place.
    Hash,
}

impl Redaction {
    /// All of them.
    pub const ALL: [Redaction; 4] = [Redaction::None, Redaction::Mask, Redaction::Drop, Redaction::Hash];

    /// The name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Redaction::None => "none",
            Redaction::Mask => "mask",
            Redaction::Drop => "drop",
            Redaction::Hash => "hash",
        }
    }
}

/// What decides whether two models may become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conditions {
    /// The rules that made the skeletons.
    pub rules: u8,
    /// What was removed from the lines.
    pub redaction: Redaction,
}

impl Conditions {
    /// Those of this release.
    pub const fn new(redaction: Redaction) -> Conditions {
        Conditions { rules: VERSION, redaction }
    }

    /// The hash that stands in the header of a model.
    pub fn hash(self) -> u64 {
        let mut block = BlockWriter::default();
        self.write(&mut block);
        (digest(block.bytes()) >> 64) as u64
    }

    fn write(self, block: &mut BlockWriter) {
        block.byte(self.rules);
        block.byte(self.redaction as u8);
    }

    fn read(block: &mut BlockReader<'_>) -> Result<Conditions, ModelError> {
        let rules = block.byte()?;
        let offset = block.offset();
        let number = block.byte()?;
        let known = Redaction::ALL.into_iter().find(|redaction| *redaction as u8 == number);
        let redaction = known.ok_or_else(|| block.malformed("the redaction", offset, "0 to 3", number))?;
        Ok(Conditions { rules, redaction })
    }

    /// How a miner works under these conditions: where values were removed, none are kept.
    pub fn miner(self, budget: usize) -> MinerSettings {
        MinerSettings { budget, keep_values: self.redaction == Redaction::None }
    }
}

/// Everything learned.
#[derive(Clone, Debug)]
pub struct Learned {
    conditions: Conditions,
    miner: Miner,
    history: History,
    sessions: KnownSessions,
    parts: Parts,
}

impl Learned {
    /// Nothing learned yet, with a miner that keeps to that many bytes.
    pub fn new(redaction: Redaction, budget: usize) -> Learned {
        let conditions = Conditions::new(redaction);
        Learned {
            conditions,
            miner: Miner::new(conditions.miner(budget)),
            history: History::default(),
            sessions: KnownSessions::new(),
            parts: Parts::default(),
        }
    }

    /// Under which conditions it was learned.
    pub fn conditions(&self) -> Conditions {
        self.conditions
    }

    /// The counted skeletons.
    pub fn miner(&self) -> &Miner {
        &self.miner
    }

    /// The same, to add records or to give out ids.
    pub fn miner_mut(&mut self) -> &mut Miner {
        &mut self.miner
    }

    /// Nothing but the counted skeletons.
    pub fn into_miner(self) -> Miner {
        self.miner
    }

    /// What happened when.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// What sessions look like.
    pub fn sessions(&self) -> &KnownSessions {
        &self.sessions
    }

    /// Takes in the sessions of parts that were learned.
    pub fn learn_sessions(&mut self, sessions: &KnownSessions) {
        self.sessions.absorb(sessions);
    }

    /// The parts.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Takes in what was mined and gathered of one part, unless that part is held already; says whether it was
    /// new.
    pub fn learn(&mut self, part: Part, mined: Miner, gathered: History) -> bool {
        let new = self.parts.add(part);
        if new {
            self.miner.absorb(mined);
            self.history.absorb(gathered);
        }
        new
    }

    /// Takes in what happened when in logs that are no parts: what they count is not told apart later.
    pub fn remember(&mut self, gathered: History) {
        self.history.absorb(gathered);
    }

    /// Keeps of sessions a fair sample of so many events.
    pub fn thin_sessions(&mut self, most: u64) {
        self.sessions.thin(most);
    }

    /// Keeps of what happened when intervals of 2^shortest seconds and more: twice as long as long as there are more
    /// than so many of them or more than so many cells, but no longer than 2^longest seconds.
    pub fn keep_intervals(&mut self, most: usize, cells: usize, (shortest, longest): (u32, u32)) {
        self.history.widen(shortest);
        self.history.widen_to_fit(most, cells, longest);
    }

    /// Forgets what happened before the latest so many cells; what was counted of templates stays.
    pub fn keep_latest(&mut self, cells: usize) {
        self.history.keep_latest(cells);
    }

    /// Takes in another model, unless both share some parts and each has others.
    pub fn absorb(&mut self, other: Learned) -> Result<Meeting, ModelError> {
        if other.conditions != self.conditions {
            let (found, expected) = (other.conditions.hash(), self.conditions.hash());
            return Err(ModelError::OtherSettings { found, expected });
        }
        let meeting = self.parts.absorb(&other.parts)?;
        match meeting {
            Meeting::Apart => {
                self.miner.absorb(other.miner);
                self.history.absorb(other.history);
                self.sessions.absorb(&other.sessions);
            }
            Meeting::Held => {}
            Meeting::Outgrown => {
                (self.miner, self.history) = (other.miner, other.history);
                self.sessions = other.sessions;
            }
        }
        Ok(meeting)
    }

    /// What was counted in all.
    pub fn totals(&self) -> Stats {
        let mut sum = self.miner.forgotten().clone();
        self.miner.in_order().into_iter().for_each(|entry| sum.absorb(&entry.stats));
        sum
    }

    /// What was counted here of templates that were made of more than this: the two sides of a comparison
    /// are told apart so.
    pub fn counted(&self, templates: &Templates) -> BTreeMap<TemplateId, Stats> {
        counted(&self.miner, templates)
    }

    /// The bytes of a model. Equal things learned give equal bytes.
    pub fn write(&self) -> Vec<u8> {
        let mut writer = ModelWriter::new(self.conditions.hash());
        writer.block(PARTS, |block| self.parts.write(block));
        writer.block(SETTINGS, |block| self.conditions.write(block));
        writer.block(TEMPLATES, |block| self.miner.write(block));
        let history = self.history.clone().settled();
        writer.block(HISTORY, |block| history.write(block));
        writer.block(SESSIONS, |block| self.sessions.write(block));
        writer.finish()
    }

    /// Reads what [`Learned::write`] wrote.
    pub fn read(bytes: &[u8], budget: usize) -> Result<Learned, ModelError> {
        Learned::of_model(&ModelReader::open(bytes)?, budget)
    }

    /// The same, of a model that is open already.
    pub fn of_model(model: &ModelReader<'_>, budget: usize) -> Result<Learned, ModelError> {
        let parts = model.block(PARTS, Parts::read)?;
        let conditions = model.block(SETTINGS, Conditions::read)?;
        model.require_settings(conditions.hash())?;
        let miner = model.block(TEMPLATES, |block| Miner::read(block, conditions.miner(budget)))?;
        let history = model.block(HISTORY, History::read)?;
        let sessions = model.block(SESSIONS, KnownSessions::read)?;
        Ok(Learned { conditions, miner, history, sessions, parts })
    }
}

fn counted(miner: &Miner, templates: &Templates) -> BTreeMap<TemplateId, Stats> {
    let mut counted: BTreeMap<TemplateId, Stats> = BTreeMap::new();
    for entry in miner.in_order() {
        if let Some(template) = templates.of(SkeletonId(entry.id)) {
            counted.entry(template.id).or_default().absorb(&entry.stats);
        }
    }
    counted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PartDigest;
    use crate::templates::Facts;

    const BUDGET: usize = 64 << 20;

    fn learned(lines: &[String]) -> Learned {
        let mut learned = Learned::new(Redaction::None, BUDGET);
        let mut miner = Miner::default();
        let mut digest = PartDigest::default();
        for line in lines {
            miner.add(line.as_bytes(), &Facts::default());
            digest.add(line.as_bytes());
        }
        if let Some(part) = digest.part() {
            assert!(learned.learn(part, miner, History::default()));
        }
        learned
    }

    fn log(seed: usize, length: usize) -> Vec<String> {
        (0..length)
            .map(|line| match (line * 7 + seed) % 3 {
                0 => format!("user u{} logged in from 10.0.0.{}", line % 9 + seed, line % 200),
                1 => format!("request {} took {line} ms", line + seed),
                _ => format!("state {} reached", ["up", "down", "lost"][(line + seed) % 3]),
            })
            .collect()
    }

    fn merged(models: &[&Learned]) -> Vec<u8> {
        let mut sum = Learned::new(Redaction::None, BUDGET);
        for model in models {
            sum.absorb((*model).clone()).unwrap();
        }
        sum.write()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let model = learned(&log(1, 300));
        let bytes = model.write();
        let again = Learned::read(&bytes, BUDGET).unwrap();
        assert_eq!(again.write(), bytes);
        assert_eq!(again.totals(), model.totals());
        assert_eq!(again.parts(), model.parts());
        assert_eq!(Learned::new(Redaction::Mask, BUDGET).totals().count(), 0);
    }

    #[test]
    fn merging_commutes_associates_and_repeats_safely() {
        let [a, b, c] = [1, 2, 3].map(|seed| learned(&log(seed, 40 * seed)));
        let all = merged(&[&a, &b, &c]);
        assert_eq!(merged(&[&c, &b, &a]), all);
        let mut left = a.clone();
        left.absorb(b.clone()).unwrap();
        assert_eq!(merged(&[&c, &left]), all);
        assert_eq!(merged(&[&a, &b, &c, &b, &left, &a]), all);
        let other: Vec<String> = log(1, 40).into_iter().chain(log(2, 80)).chain(log(3, 120)).collect();
        let whole = learned(&other);
        let counts = |model: &Learned| -> Vec<_> {
            let templates = model.miner().templates();
            templates.list().iter().map(|template| (template.id, template.stats.clone())).collect()
        };
        assert_eq!(counts(&Learned::read(&all, BUDGET).unwrap()), counts(&whole));
    }

    #[test]
    fn partial_overlap_and_other_conditions_are_refused_and_change_nothing() {
        let [a, b, c] = [1, 2, 3].map(|seed| learned(&log(seed, 30)));
        let pair = |one: &Learned, two: &Learned| Learned::read(&merged(&[one, two]), BUDGET).unwrap();
        let mut ours = pair(&a, &b);
        let before = ours.write();
        assert!(matches!(ours.absorb(pair(&b, &c)), Err(ModelError::Overlap { shared: 1, .. })));
        let redacted = Learned::new(Redaction::Mask, BUDGET);
        assert!(matches!(ours.absorb(redacted), Err(ModelError::OtherSettings { .. })));
        assert_eq!(ours.write(), before);
    }

    #[test]
    fn each_side_of_a_comparison_is_counted_by_the_templates_of_both() {
        let (one, two) = (learned(&log(1, 60)), learned(&log(5, 90)));
        let mut both = one.clone();
        both.absorb(two.clone()).unwrap();
        let templates = both.miner().templates();
        let (one, two) = (one.counted(&templates), two.counted(&templates));
        for template in templates.list() {
            let count = |side: &BTreeMap<TemplateId, Stats>| side.get(&template.id).map_or(0, Stats::count);
            assert_eq!(count(&one) + count(&two), template.stats.count(), "{}", template.text());
        }
    }

    #[test]
    fn damaged_models_are_refused() {
        let bytes = learned(&log(1, 12)).write();
        for length in 0..bytes.len() {
            assert!(Learned::read(&bytes[..length], BUDGET).is_err(), "{length} bytes");
        }
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0x10;
            assert!(Learned::read(&damaged, BUDGET).is_err(), "byte {place}");
        }
    }

    #[test]
    fn redacted_models_hold_no_values() {
        let holds = |redaction: Redaction| {
            let mut learned = Learned::new(redaction, BUDGET);
            for nth in 0..20 {
                let message = format!("the task {nth} took 4{}977 ms", nth % 10);
                learned.miner_mut().add(message.as_bytes(), &Facts::default());
            }
            let bytes = learned.write();
            assert_eq!(Learned::read(&bytes, BUDGET).unwrap().write(), bytes);
            bytes.windows(5).any(|window| window == b"45977")
        };
        assert_eq!(Redaction::ALL.map(holds), [true, false, false, false]);
    }

    #[test]
    fn of_a_past_that_goes_on_only_the_latest_is_kept() {
        use crate::records::record::StreamId;
        use crate::records::time::Time;
        use crate::windows::{Gather, Seen};
        let mut gather = Gather::default();
        gather.stream(StreamId(0), "app");
        for second in 0..1000i64 {
            let seen = Seen {
                stream: StreamId(0),
                skeleton: SkeletonId(second.cast_unsigned() % 3),
                time: Some(Time::from_nanos(second * 1_000_000_000)),
                level: None,
                line: 1,
                offset: 0,
            };
            gather.add(&seen, [(0, second as f64)].into_iter());
        }
        let mut learned = Learned::new(Redaction::None, BUDGET);
        learned.remember(gather.finish().history.settled());
        let all = learned.history().cells().to_vec();
        learned.keep_latest(5000);
        assert_eq!(learned.history().cells(), all);
        learned.keep_latest(100);
        let kept = learned.history().cells();
        assert!(!kept.is_empty() && kept.len() <= 100);
        assert_eq!(kept, &all[all.len() - kept.len()..]);
        let numbers = |cell: &crate::windows::Cell| learned.history().numbers_of(cell).to_vec();
        assert_eq!(numbers(&kept[0])[0].low, (1000 - kept.len()) as f64);
        assert_eq!(Learned::read(&learned.write(), BUDGET).unwrap().history(), learned.history());
    }
}
