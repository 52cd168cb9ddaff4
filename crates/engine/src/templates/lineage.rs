//! Ids that were given out in, what has become of them out.
//!
//! A template that generalises has another text and so another id. Every id that was given out is
//! kept with one skeleton that it stood for (the one with the lowest id). Skeletons are never
//! changed, so the template to which that skeleton belongs today is what the old id means today.

use std::collections::BTreeMap;

use super::id::{SkeletonId, TemplateId};
use super::view::Templates;

/// Ids that are kept; more than that many templates are never shown to anybody.
pub(crate) const MOST: usize = 1 << 16;

/// The ids that were given out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    issued: BTreeMap<TemplateId, SkeletonId>,
}

impl Lineage {
    /// Remembers the ids of templates, because somebody is about to see them.
    pub fn issue(&mut self, templates: &Templates) {
        for template in templates.list() {
            if let Some(first) = template.skeletons.first() {
                self.note(template.id, *first);
            }
        }
    }

    pub(crate) fn note(&mut self, id: TemplateId, skeleton: SkeletonId) {
        if self.issued.len() < MOST || self.issued.contains_key(&id) {
            let kept = self.issued.entry(id).or_insert(skeleton);
            *kept = skeleton.min(*kept);
        }
    }

    /// The id that an old id has become. Nothing for one that was never given out or whose records
    /// are forgotten.
    pub fn resolve(&self, id: TemplateId, today: &Templates) -> Option<TemplateId> {
        if today.get(id).is_some() {
            return Some(id);
        }
        today.of(*self.issued.get(&id)?).map(|template| template.id)
    }

    /// The ids that have become part of a template: child and parent, in the order of the children.
    pub fn moved(&self, today: &Templates) -> Vec<(TemplateId, TemplateId)> {
        let moved = self.issued.keys().filter_map(|id| Some((*id, self.resolve(*id, today)?)));
        moved.filter(|(child, parent)| child != parent).collect()
    }

    /// Takes in the ids of another.
    pub(crate) fn absorb(&mut self, other: &Lineage) {
        for (id, skeleton) in &other.issued {
            self.note(*id, *skeleton);
        }
    }

    pub(crate) fn issued(&self) -> impl ExactSizeIterator<Item = (TemplateId, SkeletonId)> {
        self.issued.iter().map(|(id, skeleton)| (*id, *skeleton))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Facts, Miner};
    use super::*;

    #[test]
    fn old_ids_resolve_to_the_template_that_took_them_in() {
        let mut miner = Miner::default();
        let say = |miner: &mut Miner, name: &str| {
            miner.add(format!("Accepted the password of {name} today").as_bytes(), &Facts::default());
        };
        say(&mut miner, "ann");
        let early = miner.issue();
        let old = early.list()[0].id;
        for name in ["ben", "cid", "dan", "eve", "fay"] {
            say(&mut miner, name);
        }
        let today = miner.issue();
        let new = today.list()[0].id;
        assert_eq!(today.list()[0].text(), "Accepted the password of <word> today");
        assert_ne!(old, new);
        assert_eq!(miner.lineage().resolve(old, &today), Some(new));
        assert_eq!(miner.lineage().resolve(new, &today), Some(new));
        assert_eq!(miner.lineage().resolve(TemplateId(1), &today), None);
        assert_eq!(miner.lineage().moved(&today), [(old, new)]);
    }
}
