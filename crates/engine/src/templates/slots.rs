//! The samples and sketches of skeletons in, the slots of their template out.
//!
//! A slot of a template may cover a hole of one skeleton, a word of another and several words of a
//! third. What it covers is found once for every skeleton; then values are taken from there.

use std::collections::BTreeMap;

use super::align::cover;
use super::broad::Sketches;
use super::lexicon::{HOLE_ID, Lexicon, TokenId};
use super::sample::{Keep, Row, Sample, Seen, VALUE, value_hash};
use super::slot::kind_of;
use super::summary::Slot;
use super::table::Entry;

/// A skeleton, and what each slot of its template covers of it.
struct Covered<'a> {
    skeleton: Vec<TokenId>,
    spans: Vec<(usize, usize)>,
    lexicon: &'a Lexicon,
    sample: &'a Sample,
    keep: Keep,
}

/// What stands in a slot.
enum Content {
    /// The values of one hole of the skeleton, by its number.
    Hole(usize),
    /// The same words in every record.
    Words(Vec<u8>),
    /// Words and holes.
    Both,
}

/// The slots of a template. `chosen` are rows of its skeletons in the order of time.
pub(crate) fn slots(
    tokens: &[TokenId],
    members: &[&Entry],
    chosen: &[(&Row, &Entry)],
    lexicon: &Lexicon,
    keep: Keep,
) -> Vec<Slot> {
    let holes = tokens.iter().filter(|token| **token == HOLE_ID).count();
    if holes == 0 {
        return Vec::new();
    }
    let covered: BTreeMap<u64, Covered<'_>> = members
        .iter()
        .filter(|entry| !entry.sample.rows().is_empty())
        .map(|entry| (entry.id, Covered::of(tokens, entry, lexicon, keep)))
        .collect();
    let mut values: Vec<Vec<Seen>> = vec![Vec::new(); holes];
    for (row, entry) in chosen {
        let Some(covered) = covered.get(&entry.id) else { continue };
        for (nth, values) in values.iter_mut().enumerate() {
            values.extend(covered.value(row, nth));
        }
    }
    let slot = |(nth, values): (usize, &Vec<Seen>)| Slot::of(values, sketched(nth, members, &covered, keep));
    values.iter().enumerate().map(slot).collect()
}

/// The sketches of a slot and the records behind them. Nothing where some of its skeletons have
/// words beside a hole: their sketches hold parts of values.
fn sketched(
    nth: usize,
    members: &[&Entry],
    covered: &BTreeMap<u64, Covered<'_>>,
    keep: Keep,
) -> (u64, Option<Sketches>) {
    let mut records = 0;
    let mut sketches = Sketches::default();
    for entry in members {
        let Some(broad) = &entry.broad else { continue };
        match covered.get(&entry.id).map(|covered| covered.content(nth)) {
            Some(Content::Hole(hole)) => {
                if let Some(theirs) = broad.slots.get(hole) {
                    sketches.absorb(theirs);
                }
            }
            Some(Content::Words(words)) => {
                let seen = Seen::of(&words, Keep::Number);
                let text = (keep == Keep::Text).then_some(&*words);
                (0..broad.records).for_each(|_| sketches.add(&seen, text));
            }
            _ => return (0, None),
        }
        records += broad.records;
    }
    (records, (records > 0).then_some(sketches))
}

impl<'a> Covered<'a> {
    fn of(tokens: &[TokenId], entry: &'a Entry, lexicon: &'a Lexicon, keep: Keep) -> Covered<'a> {
        let skeleton = lexicon.read(&entry.text);
        Covered { spans: cover(tokens, &skeleton), skeleton, lexicon, sample: &entry.sample, keep }
    }

    fn content(&self, slot: usize) -> Content {
        let (start, end) = self.spans.get(slot).copied().unwrap_or_default();
        let within = self.skeleton.get(start..end).unwrap_or_default();
        if within == [HOLE_ID] {
            Content::Hole(self.holes_before(start))
        } else if within.contains(&HOLE_ID) {
            Content::Both
        } else {
            Content::Words(self.lexicon.write(within))
        }
    }

    fn holes_before(&self, place: usize) -> usize {
        self.skeleton.iter().take(place).filter(|token| **token == HOLE_ID).count()
    }

    /// The value of a slot in a record.
    fn value(&self, row: &Row, slot: usize) -> Option<Seen> {
        match self.content(slot) {
            Content::Hole(hole) => {
                let seen = row.values().get(hole)?;
                let text = self.sample.text(hole, seen).map(Box::from);
                Some(Seen { text, ..seen.clone() })
            }
            Content::Words(words) => Some(Seen::of(&words, self.keep)),
            Content::Both => Some(self.put_together(row, slot)),
        }
    }

    /// The value of a slot that covers words and holes. Its type and hash are made of those of the
    /// holes, so they are the same whether or not texts are known.
    fn put_together(&self, row: &Row, slot: usize) -> Seen {
        let (start, end) = self.spans.get(slot).copied().unwrap_or_default();
        let mut holes = row.values().iter().enumerate().skip(self.holes_before(start));
        let (mut shape, mut parts, mut text) = (Vec::new(), Vec::new(), Some(Vec::new()));
        for token in self.skeleton.get(start..end).unwrap_or_default() {
            let constant = self.lexicon.text(*token);
            let known = if *token != HOLE_ID {
                shape.extend_from_slice(constant);
                parts.extend_from_slice(constant);
                Some(constant)
            } else if let Some((hole, seen)) = holes.next() {
                shape.extend_from_slice(seen.kind.example());
                parts.extend_from_slice(&seen.hash.to_le_bytes());
                self.sample.text(hole, seen)
            } else {
                continue;
            };
            text = text.zip(known).map(|(text, known): (Vec<u8>, &[u8])| [&*text, known].concat());
        }
        if let Some(text) = &mut text {
            text.truncate(VALUE);
        }
        let text = text.filter(|_| self.keep == Keep::Text).map(Vec::into_boxed_slice);
        Seen { kind: kind_of(&shape), number: None, hash: value_hash(&parts), text }
    }
}
