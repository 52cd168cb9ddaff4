//! `templates.yaml` in, the user's own decisions about templates out: pin, split, merge.
//!
//! ```yaml
//! pin:                      # this text is a template, whatever the miner thinks
//!   - Connection from <*> closed
//! split:                    # the words in this slot (counted from 1) are part of what is said
//!   - template: Process <*> ended
//!     slot: 1
//! merge:                    # these say the same
//!   - templates: [User <*> logged in, User <*> came in]
//!     into: User <*> arrived
//! ```
//!
//! `<*>` stands for a slot, and so does the name of a type (`<ip>`). Decisions are applied to the
//! finished templates, in the order pin, split, merge, so they depend on the order of lines as little
//! as templates do.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::align::{align, covers};
use super::generalise::Generalised;
use super::lexicon::{HOLE_ID, TokenId};
use super::skeleton::HOLE;
use super::slot::Kind;

/// What users decided about templates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pins {
    pins: Vec<Vec<u8>>,
    splits: Vec<(Vec<u8>, usize)>,
    merges: Vec<(Vec<Vec<u8>>, Vec<u8>)>,
}

/// What is wrong with a `templates.yaml`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PinsError {
    /// It is no YAML, or has a key that is not known. The message shows line and column.
    #[error("{0}")]
    Yaml(#[from] Box<serde_saphyr::Error>),
    /// A decision that says nothing.
    #[error("line {line}, column {column}: {what}\nhint: {hint}")]
    Decision {
        /// The line, from 1.
        line: u64,
        /// The column, from 1.
        column: u64,
        /// What is wrong.
        what: String,
        /// What to do about it.
        hint: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    pin: Vec<Spanned<String>>,
    #[serde(default)]
    split: Vec<Split>,
    #[serde(default)]
    merge: Vec<Merge>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Split {
    template: Spanned<String>,
    slot: Spanned<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Merge {
    templates: Vec<Spanned<String>>,
    into: Spanned<String>,
}

impl Pins {
    /// Reads a `templates.yaml`.
    pub fn parse(yaml: &str) -> Result<Pins, PinsError> {
        if yaml.trim().is_empty() {
            return Ok(Pins::default());
        }
        let file: File = serde_saphyr::from_str(yaml).map_err(Box::new)?;
        let pins = file.pin.iter().map(template_text).collect::<Result<_, _>>()?;
        let splits = file.split.iter().map(split).collect::<Result<_, _>>()?;
        let merges = file.merge.iter().map(merge).collect::<Result<_, _>>()?;
        Ok(Pins { pins, splits, merges })
    }

    /// The texts that must have numbers in the lexicon.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.pins.iter().chain(self.merges.iter().map(|(_, into)| into)).map(Vec::as_slice)
    }

    /// Applies the decisions. `shapes` are the skeletons, in the order of `made.of`.
    pub(crate) fn apply(&self, made: &mut Generalised, shapes: &[Vec<TokenId>]) {
        self.apply_pins(made, shapes);
        self.apply_splits(made, shapes);
        self.apply_merges(made);
        made.drop_empty();
    }

    /// Each skeleton that a pinned text explains goes to the first such text.
    fn apply_pins(&self, made: &mut Generalised, shapes: &[Vec<TokenId>]) {
        let pinned: Vec<Vec<TokenId>> = self.pins.iter().map(|text| made.lexicon.read(text)).collect();
        for (nth, shape) in shapes.iter().enumerate() {
            if let Some(pin) = pinned.iter().find(|pin| covers(pin, shape)) {
                made.assign(nth, pin.clone());
            }
        }
    }

    fn apply_splits(&self, made: &mut Generalised, shapes: &[Vec<TokenId>]) {
        for (text, slot) in &self.splits {
            let Some(template) = made.find(text) else { continue };
            let tokens = made.templates[template].clone();
            let hole = tokens.iter().enumerate().filter(|(_, token)| **token == HOLE_ID).nth(slot - 1);
            let Some((place, _)) = hole else { continue };
            for (nth, shape) in shapes.iter().enumerate() {
                let Some((start, end)) = align(&tokens, shape).get(slot - 1).copied() else { continue };
                if made.of[nth] == template {
                    let mut apart = tokens[..place].to_vec();
                    apart.extend_from_slice(&shape[start..end]);
                    apart.extend_from_slice(&tokens[place + 1..]);
                    made.assign(nth, apart);
                }
            }
        }
    }

    fn apply_merges(&self, made: &mut Generalised) {
        for (texts, into) in &self.merges {
            let into = made.lexicon.read(into);
            for template in texts.iter().filter_map(|text| made.find(text)).collect::<Vec<_>>() {
                for nth in 0..made.of.len() {
                    if made.of[nth] == template {
                        made.assign(nth, into.clone());
                    }
                }
            }
        }
    }
}

impl Generalised {
    /// The template with that text.
    fn find(&self, text: &[u8]) -> Option<usize> {
        self.templates.iter().position(|tokens| self.lexicon.write(tokens) == text)
    }

    /// Gives a skeleton to the template with those tokens, which is made where there is none.
    fn assign(&mut self, skeleton: usize, tokens: Vec<TokenId>) {
        let found = self.templates.iter().position(|had| *had == tokens);
        self.of[skeleton] = found.unwrap_or_else(|| {
            self.templates.push(tokens);
            self.templates.len() - 1
        });
    }

    /// Templates that no skeleton belongs to any more are left out.
    fn drop_empty(&mut self) {
        let mut moved: BTreeMap<usize, usize> = self.of.iter().map(|template| (*template, 0)).collect();
        let mut kept = Vec::with_capacity(moved.len());
        for (old, new) in &mut moved {
            *new = kept.len();
            kept.push(std::mem::take(&mut self.templates[*old]));
        }
        self.templates = kept;
        for template in &mut self.of {
            *template = moved[template];
        }
    }
}

fn fault<T>(at: &Spanned<T>, what: String, hint: &'static str) -> PinsError {
    PinsError::Decision { line: at.referenced.line(), column: at.referenced.column(), what, hint }
}

/// A text as users write it, with a hole for every slot.
fn template_text(written: &Spanned<String>) -> Result<Vec<u8>, PinsError> {
    let mut text = written.value.trim().replace("<*>", "\u{1}");
    for kind in Kind::ALL {
        text = text.replace(&format!("<{kind}>"), "\u{1}");
    }
    if text.bytes().all(|byte| byte == HOLE || byte.is_ascii_whitespace()) {
        let what = format!("`{}` has no constant text", written.value);
        return Err(fault(written, what, "a template without a word would take every record"));
    }
    Ok(text.into_bytes())
}

fn split(written: &Split) -> Result<(Vec<u8>, usize), PinsError> {
    let text = template_text(&written.template)?;
    let slots = text.iter().filter(|byte| **byte == HOLE).count();
    if (1..=slots).contains(&written.slot.value) {
        return Ok((text, written.slot.value));
    }
    let what = format!("slot {} of a template with {slots}", written.slot.value);
    Err(fault(&written.slot, what, "slots are counted from 1, from left to right"))
}

fn merge(written: &Merge) -> Result<(Vec<Vec<u8>>, Vec<u8>), PinsError> {
    let into = template_text(&written.into)?;
    if written.templates.is_empty() {
        return Err(fault(
            &written.into,
            "nothing to merge".to_owned(),
            "list the templates under `templates`",
        ));
    }
    let texts = written.templates.iter().map(template_text).collect::<Result<_, _>>()?;
    Ok((texts, into))
}

#[cfg(test)]
mod tests {
    use super::super::{Facts, Miner};
    use super::*;

    fn check(yaml: &str, messages: &[&str], wanted: &[(&str, u64)]) {
        let mut miner = Miner::default();
        for message in messages {
            miner.add(message.as_bytes(), &Facts::default());
        }
        let templates = miner.templates_with(&Pins::parse(yaml).expect("the file is right"));
        let mut found: Vec<(String, u64)> =
            templates.list().iter().map(|template| (template.text(), template.stats.count())).collect();
        found.sort();
        let wanted: Vec<(String, u64)> =
            wanted.iter().map(|(text, count)| ((*text).to_owned(), *count)).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_pinned_text_takes_what_it_explains() {
        let messages = ["door opened by Ann", "door opened by Ben", "door closed", "window opened by Ann"];
        let wanted = [("door closed", 1), ("door opened by <word>", 2), ("window opened by Ann", 1)];
        check("pin:\n  - door opened by <*>\n", &messages, &wanted);
    }

    #[test]
    fn a_slot_is_split_by_its_words() {
        let messages = ["user ann 1 left", "user ben 2 left", "user cid 3 left", "user ann 4 left"];
        let apart =
            [("user ann <number> left", 2), ("user ben <number> left", 1), ("user cid <number> left", 1)];
        check("", &messages, &[("user <text> left", 4)]);
        check("split:\n  - template: user <*> left\n    slot: 1\n", &messages, &apart);
    }

    #[test]
    fn merged_templates_are_one() {
        let messages = ["VM Started at 5", "VM Resumed at 6", "VM Stopped at 7"];
        let yaml =
            "merge:\n  - templates: [VM Started at <*>, VM Resumed at <*>]\n    into: VM runs since <*>\n";
        check(yaml, &messages, &[("VM Stopped at <number>", 1), ("VM runs since <number>", 2)]);
    }

    #[test]
    fn faults_are_shown_with_their_place() {
        let table = [
            ("pin:\n  - <*> <ip>\n", "line 2, column 5: `<*> <ip>` has no constant text"),
            ("split:\n  - template: a <*>\n    slot: 2\n", "line 3, column 11: slot 2 of a template with 1"),
            ("merge:\n  - templates: []\n    into: b\n", "line 3, column 11: nothing to merge"),
            ("pins: []\n", "unknown field `pins`"),
            ("pin: [\n", "line"),
        ];
        for (yaml, wanted) in table {
            let said = Pins::parse(yaml).expect_err(yaml).to_string();
            assert!(said.contains(wanted), "{yaml}: {said}");
        }
        assert_eq!(Pins::parse("# nothing\n").expect("empty").pins.len(), 0);
    }
}
