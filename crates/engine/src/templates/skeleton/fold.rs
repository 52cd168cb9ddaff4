//! Items in, fewer items out: values side by side are one, groups that repeat are one.

use super::super::words;
use super::{Item, Placed, bytes_of};

/// The longest group that is looked for when groups repeat, in items.
const LONGEST_GROUP: usize = 14;

/// How often a group must stand in a row to be taken for a list.
const REPEATS: usize = 3;

/// Whether what stands between two values makes one value of them.
pub(super) fn is_glue(message: &[u8], between: &[Placed]) -> bool {
    let tight = |placed: &Placed| match placed.item {
        Item::Mark(byte) => matches!(byte, b':' | b',' | b'|'),
        Item::Dots => true,
        Item::Text => words::is_sign(bytes_of(message, placed.start, placed.end)),
        Item::Blank | Item::Hole => false,
    };
    match between {
        [] | [Placed { item: Item::Blank, .. }] => true,
        [Placed { item: Item::Mark(b','), .. }, Placed { item: Item::Blank, .. }] => true,
        [Placed { item: Item::Blank, .. }, dash, Placed { item: Item::Blank, .. }] => {
            dash.item == Item::Text && bytes_of(message, dash.start, dash.end) == b"-"
        }
        [_] | [_, _] => between.iter().all(tight),
        _ => false,
    }
}

/// Groups that repeat are written once: `a <ok> b <ok> c <ok>` has the shape of `a <ok>`.
pub(super) fn fold_repeats(message: &[u8], items: &mut Vec<Placed>) {
    for group in 2..=LONGEST_GROUP {
        let mut at = 0;
        while at + group * (REPEATS - 1) < items.len() {
            if let Some((start, end)) = repeats_at(message, items, at, group) {
                items.drain(start..end);
            }
            at += 1;
        }
    }
}

/// The items that repeat the group at a place, if it repeats often enough to be a list.
fn repeats_at(message: &[u8], items: &[Placed], at: usize, group: usize) -> Option<(usize, usize)> {
    let (front, back) = (items.get(at..)?, items.get(at + group..)?);
    let first = front.get(..group)?;
    // Without a hole nothing is folded, however long it repeats; so no run is measured in vain.
    let begins = is_same(message, first.first()?, back.first()?);
    if !begins || !first.iter().any(|placed| placed.item == Item::Hole) {
        return None;
    }
    let run = front.iter().zip(back).take_while(|(one, two)| is_same(message, one, two)).count();
    if run + 1 < group {
        return None;
    }
    let missing = (group - run % group) % group;
    // The last group may lack what parts it from the next.
    let separator = first.get(group - missing..)?;
    let is_separator = separator.iter().all(|placed| matches!(placed.item, Item::Blank | Item::Mark(_)));
    let (groups, kept) =
        if is_separator { ((run + missing) / group + 1, group - missing) } else { (run / group + 1, group) };
    let end = if is_separator { at + group + run } else { at + group + run / group * group };
    (groups >= REPEATS).then_some((at + kept, end))
}

fn is_same(message: &[u8], one: &Placed, two: &Placed) -> bool {
    let text = |placed: &Placed| bytes_of(message, placed.start, placed.end);
    one.item == two.item && (one.item != Item::Text || text(one) == text(two))
}
