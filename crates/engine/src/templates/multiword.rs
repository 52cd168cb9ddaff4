//! Templates of different length in, those that one slot explains out: `John Smith` is one value.
//!
//! Where a template has a slot, others may have several words in its place. They are its values
//! when the words are names (`John Smith`), known as data from elsewhere, or change in every place
//! (`invalid user` in front of a name does not, and stays what it is: another message).

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::generalise::part;
use super::lexicon::{BLANK, HOLE_ID, Lexicon, TokenId};

/// The most words of one value.
const WORDS: usize = 4;
/// Different values that every word of a value must show to be data without looking like it.
const DIFFERENT: usize = 3;

type Index = HashMap<(u128, u128), (usize, usize), foldhash::fast::FixedState>;

/// A run of tokens that may be a value.
#[derive(Clone, Copy, Debug)]
struct Span {
    template: usize,
    start: usize,
    end: usize,
}

/// Templates that change, with the several words of one value replaced by a hole.
pub(crate) fn values(
    templates: &[Vec<TokenId>],
    lexicon: &Lexicon,
    data: &BTreeSet<TokenId>,
) -> BTreeMap<usize, Vec<TokenId>> {
    let (slots, named) = spans(templates, lexicon);
    let mut changed: BTreeMap<usize, (usize, Vec<TokenId>)> = BTreeMap::new();
    let beside_slot = slots.values().flat_map(|group| explained(group, templates, lexicon, data));
    let among_names = named.values().flat_map(|group| names(group, templates));
    for span in beside_slot.chain(among_names) {
        let tokens = &templates[span.template];
        let mut made = tokens[..span.start].to_vec();
        made.push(HOLE_ID);
        made.extend_from_slice(&tokens[span.end..]);
        let offer = (span.end - span.start, made);
        if changed.get(&span.template).is_none_or(|had| offer > *had) {
            changed.insert(span.template, offer);
        }
    }
    changed.into_iter().map(|(at, (_, made))| (at, made)).collect()
}

type Groups = BTreeMap<(u128, u128), Vec<Span>>;

/// Runs of words whose surroundings are those of a slot, and runs of two names.
fn spans(templates: &[Vec<TokenId>], lexicon: &Lexicon) -> (Groups, Groups) {
    let sums: Vec<_> = templates.iter().map(|tokens| surroundings(tokens)).collect();
    let index = slots(templates, &sums);
    let (mut beside, mut named) = (Groups::new(), Groups::new());
    for (template, tokens) in templates.iter().enumerate() {
        let (before, after) = &sums[template];
        for start in 0..tokens.len() {
            if !begins_field(tokens, start, lexicon) {
                continue;
            }
            for end in ends(tokens, start, lexicon) {
                let key = (before[start], after[end]);
                let span = Span { template, start, end };
                if index.get(&key).is_some_and(|(other, _)| *other != template) {
                    beside.entry(key).or_default().push(span);
                }
                if tokens[start..end].iter().all(|token| *token == BLANK || lexicon.is_title(*token))
                    && end < tokens.len()
                    && start > 0
                {
                    named.entry(key).or_default().push(span);
                }
            }
        }
    }
    (beside, named)
}

/// Hashes of all that stands before, and of all that stands behind, each place of a template.
fn surroundings(tokens: &[TokenId]) -> (Vec<u128>, Vec<u128>) {
    let mut before = vec![0u128; tokens.len() + 1];
    let mut after = vec![0u128; tokens.len() + 1];
    for at in 0..tokens.len() {
        before[at + 1] = before[at].wrapping_add(part(tokens[at], at));
        let back = tokens.len() - 1 - at;
        after[back] = after[back + 1].wrapping_add(part(tokens[back], at));
    }
    (before, after)
}

fn slots(templates: &[Vec<TokenId>], sums: &[(Vec<u128>, Vec<u128>)]) -> Index {
    let mut index = Index::default();
    for (template, (tokens, (before, after))) in templates.iter().zip(sums).enumerate() {
        for (at, token) in tokens.iter().enumerate() {
            if *token == HOLE_ID {
                index.insert((before[at], after[at + 1]), (template, at));
            }
        }
    }
    index
}

fn is_part(token: TokenId, lexicon: &Lexicon) -> bool {
    token == HOLE_ID || lexicon.is_word(token)
}

fn begins_field(tokens: &[TokenId], at: usize, lexicon: &Lexicon) -> bool {
    is_part(tokens[at], lexicon) && (at == 0 || !is_part(tokens[at - 1], lexicon))
}

/// Where runs of two to four words or holes that begin at a place end.
fn ends(tokens: &[TokenId], start: usize, lexicon: &Lexicon) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = start + 1;
    while found.len() + 1 < WORDS
        && tokens.get(at) == Some(&BLANK)
        && tokens.get(at + 1).is_some_and(|token| is_part(*token, lexicon))
    {
        at += 2;
        found.push(at);
    }
    found
}

/// The runs beside a slot that are values of it.
fn explained(
    group: &[Span],
    templates: &[Vec<TokenId>],
    lexicon: &Lexicon,
    data: &BTreeSet<TokenId>,
) -> Vec<Span> {
    let words = |span: &Span| -> Vec<TokenId> {
        templates[span.template][span.start..span.end]
            .iter()
            .copied()
            .filter(|token| *token != BLANK)
            .collect()
    };
    let constants = |span: &Span| {
        let tokens = &templates[span.template];
        let outside = tokens[..span.start].iter().chain(&tokens[span.end..]);
        outside.filter(|token| lexicon.is_word(**token)).count()
    };
    let looks_like_data = |span: &Span| {
        let words = words(span);
        let known = |word: &TokenId| data.contains(word) || lexicon.is_title(*word);
        words.iter().all(known)
    };
    let changing = changing_lengths(group, words);
    group
        .iter()
        .filter(|span| {
            constants(span) >= 2 && (looks_like_data(span) || changing.contains(&(span.end - span.start)))
        })
        .copied()
        .collect()
}

/// The lengths of runs in which every word changes.
fn changing_lengths(group: &[Span], words: impl Fn(&Span) -> Vec<TokenId>) -> BTreeSet<usize> {
    let mut columns: BTreeMap<usize, Vec<BTreeSet<TokenId>>> = BTreeMap::new();
    for span in group {
        let words = words(span);
        let columns = columns.entry(span.end - span.start).or_default();
        columns.resize_with(words.len().max(columns.len()), BTreeSet::new);
        for (column, word) in columns.iter_mut().zip(words) {
            column.insert(word);
        }
    }
    let changes = |column: &BTreeSet<TokenId>| column.len() >= DIFFERENT && !column.contains(&HOLE_ID);
    columns.into_iter().filter(|(_, columns)| columns.iter().all(changes)).map(|(length, _)| length).collect()
}

/// Runs of names with the same surroundings: enough different ones are values.
fn names(group: &[Span], templates: &[Vec<TokenId>]) -> Vec<Span> {
    let column = |place: fn(&Span) -> usize| -> usize {
        group.iter().map(|span| templates[span.template][place(span)]).collect::<BTreeSet<_>>().len()
    };
    let different = column(|span| span.start).min(column(|span| span.end - 1));
    if different >= DIFFERENT { group.to_vec() } else { Vec::new() }
}
