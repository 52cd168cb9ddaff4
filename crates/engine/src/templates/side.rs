//! A miner and templates that were made of more than it in, what this one miner saw in their slots out.
//!
//! Two logs that are compared share their templates. What differs in the values of a slot is seen only where each
//! side's own values are at hand: those of all its skeletons that belong to the template.

use std::borrow::Cow;

use super::lexicon::Lexicon;
use super::sample::Row;
use super::slots::slots;
use super::summary::Slot;
use super::table::{Entry, Miner};
use super::view::Template;

/// One miner of several whose templates are shared.
#[derive(Debug)]
pub struct Side<'a> {
    miner: Cow<'a, Miner>,
}

impl<'a> Side<'a> {
    /// What that miner saw.
    pub fn of(miner: &'a Miner) -> Side<'a> {
        Side { miner: miner.settled() }
    }

    /// The slots of a template with the values of this side alone, in the order of its text.
    pub fn slots(&self, template: &Template) -> Vec<Slot> {
        let own = template.skeletons.iter().filter_map(|skeleton| self.miner.with_id(*skeleton));
        let members: Vec<&Entry> = own.collect();
        let texts = members.iter().map(|entry| &*entry.text).chain([template.raw.as_slice()]);
        let lexicon = Lexicon::of(texts);
        let mut chosen: Vec<(&Row, &Entry)> = Vec::new();
        for entry in &members {
            chosen.extend(entry.sample.rows().iter().map(|row| (row, *entry)));
        }
        chosen.sort_by_key(|(row, entry)| (row.hash, entry.id));
        chosen.truncate(self.miner.rows());
        chosen.sort_by_key(|(row, entry)| (row.time, row.hash, entry.id));
        slots(&lexicon.read(&template.raw), &members, &chosen, &lexicon, self.miner.keeps())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Facts;
    use super::*;

    fn miner(lines: &[&str]) -> Miner {
        let mut miner = Miner::default();
        lines.iter().for_each(|line| {
            miner.add(line.as_bytes(), &Facts::default());
        });
        miner
    }

    fn values(slot: &Slot) -> Vec<String> {
        slot.frequent().into_iter().map(|(text, _)| String::from_utf8_lossy(&text).into_owned()).collect()
    }

    #[test]
    fn each_side_has_its_own_values_in_the_slots_of_both() {
        let one = miner(&["job 1 took 5 ms", "job 2 took 7 ms", "user ann left"]);
        let two =
            miner(&["job 9 took 70 ms", "user bob left", "user cid left", "user dan left", "user eve left"]);
        let mut both = one.clone();
        both.absorb(two.clone());
        let templates = both.templates();
        let (one, two) = (Side::of(&one), Side::of(&two));
        for template in templates.list() {
            let (a, b) = (one.slots(template), two.slots(template));
            assert_eq!(
                (a.len(), b.len()),
                (template.slots.len(), template.slots.len()),
                "{}",
                template.text()
            );
            match template.text().as_str() {
                "job <number> took <number> ms" => {
                    assert_eq!((a[1].range(), b[1].range()), (Some((5.0, 7.0)), Some((70.0, 70.0))));
                }
                "user <word> left" => {
                    assert_eq!((values(&a[0]), values(&b[0]).len()), (vec!["ann".to_owned()], 4));
                }
                other => panic!("{other}"),
            }
        }
    }
}
