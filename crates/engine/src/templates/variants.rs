//! Templates in, those that say the same but for one word out: `VM Started`, `VM Paused`.
//!
//! Such templates stay apart, because the word is part of what they say. Their parent is the text
//! with that word open: a name for the family, not a template of its own.

use std::collections::BTreeMap;

use super::generalise::{Generalised, part};
use super::id::TemplateId;
use super::lexicon::{HOLE_ID, TokenId};
use super::view::Template;

/// Words that must be alike beside the one that differs.
const ALIKE: usize = 2;

/// The text that variants share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    /// Its name.
    pub id: TemplateId,
    /// Its text, with the byte 0x01 for slots and for the word that differs.
    pub raw: Vec<u8>,
    /// Its variants, in the order of their ids.
    pub variants: Vec<TemplateId>,
}

/// Finds parents, and names each template's own. Of several families the largest is taken, and of
/// equal ones that with the lowest id.
pub(crate) fn parents(made: &Generalised, list: &mut [Template]) -> Vec<Parent> {
    let mut best: BTreeMap<usize, (usize, std::cmp::Reverse<TemplateId>)> = BTreeMap::new();
    let mut texts: BTreeMap<TemplateId, Vec<u8>> = BTreeMap::new();
    for (position, members) in families(made) {
        let Some(first) = members.first().and_then(|at| made.templates.get(*at)) else { continue };
        let mut tokens = first.clone();
        if let Some(token) = tokens.get_mut(position) {
            *token = HOLE_ID;
        }
        let raw = made.lexicon.write(&tokens);
        let id = TemplateId::of(&raw);
        let offer = (members.len(), std::cmp::Reverse(id));
        for member in members {
            if best.get(&member).is_none_or(|had| offer > *had) {
                best.insert(member, offer);
            }
        }
        texts.insert(id, raw);
    }
    let mut variants: BTreeMap<TemplateId, Vec<TemplateId>> = BTreeMap::new();
    for (at, (_, std::cmp::Reverse(parent))) in best {
        if let Some(template) = list.get_mut(at) {
            template.parent = Some(parent);
            variants.entry(parent).or_default().push(template.id);
        }
    }
    texts
        .into_iter()
        .filter_map(|(id, raw)| {
            let mut variants = variants.remove(&id)?;
            variants.sort_unstable();
            Some(Parent { id, raw, variants })
        })
        .collect()
}

/// Templates that differ in one word: its position and the templates.
fn families(made: &Generalised) -> Vec<(usize, Vec<usize>)> {
    let mut groups: BTreeMap<(u128, usize, usize), Vec<usize>> = BTreeMap::new();
    for (at, tokens) in made.templates.iter().enumerate() {
        let words = |token: &&TokenId| made.lexicon.is_word(**token);
        if tokens.iter().filter(words).count() <= ALIKE {
            continue;
        }
        let places = tokens.iter().enumerate();
        let sum = places.clone().fold(0u128, |sum, (place, token)| sum.wrapping_add(part(*token, place)));
        for (place, token) in places.filter(|(_, token)| made.lexicon.is_word(**token)) {
            let key = (sum.wrapping_sub(part(*token, place)), place, tokens.len());
            groups.entry(key).or_default().push(at);
        }
    }
    let families = groups.into_iter().filter(|(_, members)| members.len() > 1);
    families.map(|((_, place, _), members)| (place, members)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Facts, Miner};

    #[test]
    fn variants_have_a_parent() {
        let mut miner = Miner::default();
        for message in
            ["VM Started (Lifecycle Event) 5", "VM Paused (Lifecycle Event) 6", "nothing to do here"]
        {
            miner.add(message.as_bytes(), &Facts::default());
        }
        let templates = miner.templates();
        let [parent] = templates.parents() else { panic!("{:?}", templates.parents()) };
        assert_eq!(parent.raw, b"VM \x01 (Lifecycle Event) \x01");
        assert_eq!(parent.variants.len(), 2);
        for variant in &parent.variants {
            assert_eq!(templates.get(*variant).and_then(|template| template.parent), Some(parent.id));
        }
        let alone = templates.list().iter().find(|template| template.raw == b"nothing to do here");
        assert_eq!(alone.and_then(|template| template.parent), None);
    }
}
