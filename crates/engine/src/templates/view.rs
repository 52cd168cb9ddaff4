//! Counted skeletons in, the templates that people read out.

use hashbrown::HashMap;

use super::coarse::Coarse;
use super::generalise::generalise;
use super::id::{SkeletonId, TemplateId};
use super::lexicon::{Lexicon, TokenId};
use super::lineage::Lineage;
use super::pins::Pins;
use super::sample::Row;
use super::skeleton::HOLE;
use super::slots::slots;
use super::stats::Stats;
use super::summary::Slot;
use super::table::{Entry, Miner};
use super::variants::{Parent, parents};

/// A template: constant text with typed slots, and what was counted of it.
#[derive(Clone, Debug)]
pub struct Template {
    /// Its lasting name.
    pub id: TemplateId,
    /// Its text, with the byte 0x01 for every slot.
    pub raw: Vec<u8>,
    /// Its slots, in the order of the text.
    pub slots: Vec<Slot>,
    /// What was counted.
    pub stats: Stats,
    /// The skeletons that it stands for, in the order of their ids.
    pub skeletons: Vec<SkeletonId>,
    /// The text that it shares with its variants, where it has any.
    pub parent: Option<TemplateId>,
    /// All its skeletons had been seen and forgotten before they came back.
    pub returned: bool,
}

impl Template {
    /// The text with the type of every slot: `Connection from <ip> closed`.
    pub fn text(&self) -> String {
        let mut slots = self.slots.iter();
        let mut text = Vec::with_capacity(self.raw.len() + 8 * self.slots.len());
        for byte in &self.raw {
            if *byte == HOLE {
                let kind = slots.next().map_or("text", |slot| slot.kind.name());
                text.extend_from_slice(format!("<{kind}>").as_bytes());
            } else {
                text.push(*byte);
            }
        }
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// All templates of a miner.
#[derive(Clone, Debug)]
pub struct Templates {
    list: Vec<Template>,
    parents: Vec<Parent>,
    of: HashMap<SkeletonId, usize, foldhash::fast::FixedState>,
    forgotten: Stats,
}

impl Templates {
    /// Makes the templates of what a miner has seen.
    pub(crate) fn of_miner(miner: &Miner, pins: &Pins) -> Templates {
        let entries = miner.in_order();
        let exploded = miner.exploded_entries().into_iter();
        let coarse = Coarse::of(exploded.map(|(entry, _)| (entry.stats.count, &*entry.text)).collect());
        let texts: Vec<&[u8]> = entries.iter().map(|entry| coarse.text(&entry.text)).collect();
        let made = generalise(texts.iter().copied(), pins);
        let mut members: Vec<Vec<&Entry>> = vec![Vec::new(); made.templates.len()];
        for (entry, template) in entries.iter().zip(&made.of) {
            if let Some(list) = members.get_mut(*template) {
                list.push(entry);
            }
        }
        let mut list: Vec<Template> = made
            .templates
            .iter()
            .zip(&members)
            .map(|(tokens, members)| template(tokens, members, &made.lexicon, miner))
            .collect();
        let parents = parents(&made, &mut list);
        Templates::ordered(list, parents, miner.forgotten().clone())
    }

    /// The most frequent first, then by text.
    fn ordered(mut list: Vec<Template>, parents: Vec<Parent>, forgotten: Stats) -> Templates {
        list.sort_by(|one, two| {
            two.stats.count().cmp(&one.stats.count()).then_with(|| one.raw.cmp(&two.raw))
        });
        let mut of = HashMap::default();
        for (nth, template) in list.iter().enumerate() {
            of.extend(template.skeletons.iter().map(|skeleton| (*skeleton, nth)));
        }
        Templates { list, parents, of, forgotten }
    }

    /// The templates, the most frequent first.
    pub fn list(&self) -> &[Template] {
        &self.list
    }

    /// Texts that several templates share but for one word, in the order of their ids.
    pub fn parents(&self) -> &[Parent] {
        &self.parents
    }

    /// The template of a skeleton. Nothing for one that was forgotten: its records are in
    /// [`Templates::forgotten`].
    pub fn of(&self, skeleton: SkeletonId) -> Option<&Template> {
        self.list.get(*self.of.get(&skeleton)?)
    }

    /// The template of that id.
    pub fn get(&self, id: TemplateId) -> Option<&Template> {
        self.list.iter().find(|template| template.id == id)
    }

    /// What was counted of skeletons that had to be forgotten. With it the counts of all templates
    /// sum up to the records seen.
    pub fn forgotten(&self) -> &Stats {
        &self.forgotten
    }
}

impl Miner {
    /// The templates of all records so far.
    pub fn templates(&self) -> Templates {
        self.templates_with(&Pins::default())
    }

    /// The templates of all records so far, with what users decided about them.
    pub fn templates_with(&self, pins: &Pins) -> Templates {
        Templates::of_miner(&self.settled(), pins)
    }

    /// The templates, whose ids are remembered from now on because somebody is about to see them.
    pub fn issue(&mut self) -> Templates {
        let templates = self.templates();
        self.lineage.issue(&templates);
        templates
    }

    /// The ids that were given out.
    pub fn lineage(&self) -> &Lineage {
        &self.lineage
    }

    /// The same, to give out the ids of templates that were made with pins.
    pub fn lineage_mut(&mut self) -> &mut Lineage {
        &mut self.lineage
    }
}

fn template(tokens: &[TokenId], members: &[&Entry], lexicon: &Lexicon, miner: &Miner) -> Template {
    let raw = lexicon.write(tokens);
    let mut stats = Stats::default();
    let mut chosen: Vec<(&Row, &Entry)> = Vec::new();
    for entry in members {
        stats.absorb(&entry.stats);
        chosen.extend(entry.sample.rows().iter().map(|row| (row, *entry)));
    }
    chosen.sort_by_key(|(row, entry)| (row.hash, entry.id));
    chosen.truncate(miner.rows());
    chosen.sort_by_key(|(row, entry)| (row.time, row.hash, entry.id));
    let mut skeletons: Vec<SkeletonId> = members.iter().map(|entry| SkeletonId(entry.id)).collect();
    skeletons.sort_unstable();
    Template {
        id: TemplateId::of(&raw),
        slots: slots(tokens, members, &chosen, lexicon, miner.keeps()),
        raw,
        stats,
        skeletons,
        parent: None,
        returned: members.iter().all(|entry| entry.returned),
    }
}
