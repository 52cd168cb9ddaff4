//! The set of skeletons in, templates out: which words of a skeleton are data after all?
//!
//! Nothing here depends on the order in which skeletons came. Words are numbered by their content,
//! groups are found by sorting, and ties are broken by content, so the same set gives the same
//! templates on every machine. A word position becomes a slot where its values look like data:
//! many, made by programs, or known as data from elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::lexicon::{BLANK, HOLE_ID, Lexicon, TokenId};
use super::multiword;
use super::pins::Pins;
use super::scan::fold;

/// A word position with this many different words is a slot.
const MANY: usize = 4;
/// The same where the words are identifiers or the position names an open set.
const FEW: usize = 3;
/// The same where hardly any other word holds the skeleton together.
const MANY_ALONE: usize = 8;
/// The same for the word that begins a message and for forms of verbs, which are nearly always part
/// of what it says.
const MANY_FIRST: usize = 12;
/// Passes over the whole set; it settles after two or three.
const ROUNDS: usize = 8;

/// Templates under way, and which of them each skeleton belongs to.
#[derive(Debug)]
pub(crate) struct Generalised {
    /// The tokens of every template.
    pub(crate) templates: Vec<Vec<TokenId>>,
    /// For every skeleton, in the order given, the number of its template.
    pub(crate) of: Vec<usize>,
    /// What the tokens mean.
    pub(crate) lexicon: Lexicon,
}

/// Makes templates of skeletons.
pub(crate) fn generalise<'a>(
    skeletons: impl Iterator<Item = &'a [u8]> + Clone,
    pins: &'a Pins,
) -> Generalised {
    let lexicon = Lexicon::of(skeletons.clone().chain(pins.texts()));
    let shapes: Vec<Vec<TokenId>> = skeletons.map(|text| lexicon.read(text)).collect();
    let mut work = Work { templates: Vec::new(), of: Vec::new(), lexicon, data: BTreeSet::new() };
    let kept = if *pins == Pins::default() { Vec::new() } else { shapes.clone() };
    work.begin(shapes);
    work.identifiers();
    work.fields();
    for _ in 0..ROUNDS {
        let words = work.one_word();
        let several = work.several_words();
        if !words && !several {
            break;
        }
    }
    let mut made = Generalised { templates: work.templates, of: work.of, lexicon: work.lexicon };
    if !kept.is_empty() {
        pins.apply(&mut made, &kept);
    }
    made
}

struct Work {
    templates: Vec<Vec<TokenId>>,
    of: Vec<usize>,
    lexicon: Lexicon,
    /// Words that were found to be values somewhere.
    data: BTreeSet<TokenId>,
}

impl Work {
    fn begin(&mut self, shapes: Vec<Vec<TokenId>>) {
        self.of = (0..shapes.len()).collect();
        self.templates = shapes;
        self.settle(BTreeMap::new());
    }

    /// Replaces templates, and makes one of those that became equal.
    fn settle(&mut self, mut changed: BTreeMap<usize, Vec<TokenId>>) {
        let mut seen: HashMap<u128, usize, foldhash::fast::FixedState> = HashMap::default();
        let mut moved = Vec::with_capacity(self.templates.len());
        let mut kept: Vec<Vec<TokenId>> = Vec::new();
        for (at, old) in std::mem::take(&mut self.templates).into_iter().enumerate() {
            let mut tokens = changed.remove(&at).unwrap_or(old);
            self.lexicon.collapse(&mut tokens);
            let place = *seen.entry(hash_of(tokens.iter().copied(), tokens.len())).or_insert(kept.len());
            if place == kept.len() {
                kept.push(tokens);
            }
            moved.push(place);
        }
        self.templates = kept;
        for place in &mut self.of {
            *place = moved[*place];
        }
    }

    /// Skeletons that differ in identifiers and assigned values alone: columns with enough of them
    /// are slots.
    fn identifiers(&mut self) {
        let mut groups: BTreeMap<u128, Vec<usize>> = BTreeMap::new();
        for (at, tokens) in self.templates.iter().enumerate() {
            let erased: Vec<TokenId> = (0..tokens.len()).map(|column| self.erased(tokens, column)).collect();
            let held = erased.iter().any(|token| self.lexicon.is_word(*token));
            if held && erased.contains(&HOLE_ID) {
                groups.entry(hash_of(erased.into_iter(), tokens.len())).or_default().push(at);
            }
        }
        let (mut changed, mut data) = (BTreeMap::new(), BTreeSet::new());
        for members in groups.values().filter(|members| members.len() > 1) {
            self.erase_columns(members, &mut changed, &mut data);
        }
        self.data.extend(data);
        self.settle(changed);
    }

    /// The token of a column, or a hole where it is likely to be data.
    fn erased(&self, tokens: &[TokenId], column: usize) -> TokenId {
        let token = tokens[column];
        let open = self.lexicon.is_identifier(token) || self.is_assigned(tokens, column);
        if open { HOLE_ID } else { token }
    }

    fn is_assigned(&self, tokens: &[TokenId], column: usize) -> bool {
        let assigned = column > 0 && self.lexicon.is_mark(tokens[column - 1], b'=');
        assigned && self.lexicon.is_word(tokens[column])
    }

    fn erase_columns(
        &self,
        members: &[usize],
        changed: &mut BTreeMap<usize, Vec<TokenId>>,
        data: &mut BTreeSet<TokenId>,
    ) {
        let length = self.templates[members[0]].len();
        for column in 0..length {
            let mut values: Vec<TokenId> = members.iter().map(|at| self.templates[*at][column]).collect();
            values.sort_unstable();
            values.dedup();
            if values.len() < 2 || !self.are_data(&values) {
                continue;
            }
            data.extend(values.iter().filter(|value| self.lexicon.is_word(**value)));
            for at in members {
                changed.entry(*at).or_insert_with(|| self.templates[*at].clone())[column] = HOLE_ID;
            }
        }
    }

    /// Whether the different values of a column of identifiers or assigned words are data.
    fn are_data(&self, values: &[TokenId]) -> bool {
        let identifiers = values.iter().filter(|value| self.lexicon.is_identifier(**value)).count();
        let enough = if identifiers * 2 >= values.len() { FEW } else { MANY };
        values.len() >= enough
            || values.contains(&HOLE_ID)
            || values.iter().all(|value| self.lexicon.is_name(*value))
    }

    /// A field between blanks that is a bare hole in one template and structured data in its twin.
    fn fields(&mut self) {
        let mut changed = BTreeMap::new();
        for group in self.fields_left_out().chunk_by(|one, two| one.key == two.key) {
            let bare = |field: &Field| self.templates[field.template][field.start..field.end] == [HOLE_ID];
            if group.len() < 2 || !group.iter().any(bare) {
                continue;
            }
            for field in group {
                let tokens = &self.templates[field.template];
                if self.is_structured_value(tokens, field.start, field.end) {
                    let mut made = tokens[..field.start].to_vec();
                    made.push(HOLE_ID);
                    made.extend_from_slice(&tokens[field.end..]);
                    changed.entry(field.template).or_insert(made);
                }
            }
        }
        self.settle(changed);
    }

    /// Every template with the core of every one of its fields left out, equal remainders together.
    fn fields_left_out(&self) -> Vec<Field> {
        let mut all = Vec::new();
        for (template, tokens) in self.templates.iter().enumerate() {
            let fields = self.lexicon.fields(tokens);
            let hashes = field_hashes(tokens, &fields);
            let sum = hashes.iter().fold(fields.len() as u128, |sum, part| sum.wrapping_add(*part));
            for (nth, (start, end)) in fields.iter().enumerate() {
                let behind = &tokens[*end..field_end(&fields, nth, tokens.len())];
                let without = hash_of(behind.iter().copied(), nth);
                let key = sum.wrapping_sub(hashes[nth]).wrapping_add(without);
                all.push(Field { key, template, start: *start, end: *end });
            }
        }
        all.sort_unstable_by_key(|field| (field.key, field.template));
        all
    }

    fn is_structured_value(&self, tokens: &[TokenId], start: usize, end: usize) -> bool {
        let value = &tokens[start..end];
        let outside = tokens[..start].iter().chain(&tokens[end..]);
        let held = outside.filter(|token| self.lexicon.is_word(**token)).count() > 0;
        let assignment = value.iter().any(|token| self.lexicon.is_mark(*token, b'='));
        let data = value.iter().any(|token| *token == HOLE_ID || self.lexicon.is_identifier(*token));
        held && !assignment && data && value != [HOLE_ID]
    }

    /// Templates that differ in one word: with enough different words it is a slot.
    fn one_word(&mut self) -> bool {
        let holes = self.leave_one_out();
        let mut best: BTreeMap<usize, (usize, Vec<TokenId>)> = BTreeMap::new();
        let mut data = BTreeSet::new();
        for group in holes.chunk_by(|one, two| one.key == two.key) {
            if group.len() < 2 || !self.is_slot(group) {
                continue;
            }
            let place = &group[0];
            let mut made = self.templates[place.template()].clone();
            made[place.position()] = HOLE_ID;
            for member in group {
                data.insert(self.templates[member.template()][member.position()]);
                let offer = (group.len(), made.clone());
                let better = best.get(&member.template()).is_none_or(|had| offer > *had);
                if better {
                    best.insert(member.template(), offer);
                }
            }
        }
        data.remove(&HOLE_ID);
        self.data.extend(data);
        let any = !best.is_empty();
        self.settle(best.into_iter().map(|(at, (_, made))| (at, made)).collect());
        any
    }

    /// Every template with every one of its words or holes left out, equal remainders together.
    fn leave_one_out(&self) -> Vec<LeftOut> {
        let mut all = Vec::new();
        for (template, tokens) in self.templates.iter().enumerate() {
            let sum = hash_of(tokens.iter().copied(), tokens.len());
            for (position, token) in tokens.iter().enumerate() {
                if *token == HOLE_ID || self.lexicon.is_word(*token) {
                    let key =
                        sum.wrapping_sub(part(*token, position)).wrapping_add(part(TokenId::MAX, position));
                    all.push(LeftOut { key, template: template as u32, position: position as u32 });
                }
            }
        }
        all.sort_unstable_by_key(|place| (place.key, place.template));
        all
    }

    fn is_slot(&self, group: &[LeftOut]) -> bool {
        let first = &group[0];
        let tokens = &self.templates[first.template()];
        let values: Vec<TokenId> =
            group.iter().map(|place| self.templates[place.template()][place.position()]).collect();
        let words: Vec<TokenId> = values.iter().copied().filter(|value| *value != HOLE_ID).collect();
        let constants = tokens.iter().filter(|token| self.lexicon.is_word(**token)).count()
            - usize::from(tokens[first.position()] != HOLE_ID);
        if constants == 0 {
            return false;
        }
        let identifiers = words.iter().filter(|word| self.lexicon.is_identifier(**word)).count();
        if values.len() > words.len() {
            let known = self.are_known(&words);
            return values.len() >= FEW
                || identifiers > 0
                || known
                || self.is_enclosed(tokens, first.position());
        }
        if self.are_known(&words) {
            return true;
        }
        values.len() >= self.enough(tokens, first.position(), constants, &words, identifiers)
    }

    /// All words are values elsewhere.
    fn are_known(&self, words: &[TokenId]) -> bool {
        words.iter().all(|word| self.data.contains(word))
    }

    /// How many different words make a slot of a position.
    fn enough(
        &self,
        tokens: &[TokenId],
        position: usize,
        constants: usize,
        words: &[TokenId],
        identifiers: usize,
    ) -> usize {
        let numbered = self.lexicon.are_numbered(words);
        if identifiers * 2 >= words.len() || numbered || self.follows_open_key(tokens, position) {
            return FEW;
        }
        let verbs = words.iter().filter(|word| self.lexicon.is_verb_form(**word)).count();
        if position == 0 || 2 * verbs >= words.len() {
            return MANY_FIRST;
        }
        if constants < 2 { MANY_ALONE } else { MANY }
    }

    /// Alone in brackets or quotes: `(pwd)`.
    fn is_enclosed(&self, tokens: &[TokenId], position: usize) -> bool {
        let beside = |at: Option<usize>| {
            at.and_then(|at| tokens.get(at)).map_or(&b""[..], |token| self.lexicon.text(*token))
        };
        let pair = (beside(position.checked_sub(1)), beside(position.checked_add(1)));
        matches!(pair, (b"(", b")") | (b"[", b"]") | (b"{", b"}") | (b"\"", b"\"") | (b"'", b"'"))
    }

    fn follows_open_key(&self, tokens: &[TokenId], position: usize) -> bool {
        let Some(before) = tokens.get(..position) else { return false };
        let [.., key, blank] = before else { return false };
        *blank == BLANK && self.lexicon.names_open_set(*key)
    }

    fn several_words(&mut self) -> bool {
        let changed = multiword::values(&self.templates, &self.lexicon, &self.data);
        let any = !changed.is_empty();
        self.settle(changed);
        any
    }
}

/// A template without the token at a position.
struct LeftOut {
    key: u128,
    template: u32,
    position: u32,
}

impl LeftOut {
    fn template(&self) -> usize {
        self.template as usize
    }

    fn position(&self) -> usize {
        self.position as usize
    }
}

/// A template without the core of a field.
struct Field {
    key: u128,
    template: usize,
    start: usize,
    end: usize,
}

fn field_end(fields: &[(usize, usize)], nth: usize, length: usize) -> usize {
    fields.get(nth + 1).map_or(length, |(start, _)| start - 1)
}

fn field_hashes(tokens: &[TokenId], fields: &[(usize, usize)]) -> Vec<u128> {
    let mut hashes = Vec::with_capacity(fields.len());
    for (nth, (start, _)) in fields.iter().enumerate() {
        let end = field_end(fields, nth, tokens.len());
        hashes.push(hash_of(tokens[*start..end].iter().copied(), nth ^ 0x5eed));
    }
    hashes
}

/// What a token at a position adds to the hash of its template.
pub(crate) fn part(token: TokenId, position: usize) -> u128 {
    let one = fold(u64::from(token) ^ 0x9E37_79B9_7F4A_7C15, position as u64 ^ 0xD6E8_FEB8_6659_FD93);
    let two = fold(u64::from(token) ^ 0xA076_1D64_78BD_642F, position as u64 ^ 0x8EBC_6AF0_9C88_C6E3);
    u128::from(one) << 64 | u128::from(two)
}

/// A hash that is a sum over tokens, so that one of them can be taken out of it.
fn hash_of(tokens: impl Iterator<Item = TokenId>, salt: usize) -> u128 {
    let begin = part(TokenId::MAX - 1, salt);
    tokens.enumerate().fold(begin, |sum, (position, token)| sum.wrapping_add(part(token, position)))
}

#[cfg(test)]
mod tests {
    use super::super::{Facts, Miner};

    fn check(messages: &[&str], wanted: &[&str]) {
        let mut miner = Miner::default();
        for message in messages {
            miner.add(message.as_bytes(), &Facts::default());
        }
        let templates = miner.templates();
        let mut found: Vec<String> = templates
            .list()
            .iter()
            .map(|template| String::from_utf8_lossy(&template.raw).replace('\u{1}', "*"))
            .collect();
        found.sort();
        assert_eq!(found, wanted);
    }

    #[test]
    fn few_words_stay_apart() {
        check(
            &["VM Started (Lifecycle Event)", "VM Paused (Lifecycle Event)", "VM Stopped (Lifecycle Event)"],
            &["VM Paused (Lifecycle Event)", "VM Started (Lifecycle Event)", "VM Stopped (Lifecycle Event)"],
        );
    }

    #[test]
    fn many_words_are_data() {
        let names = ["ann", "ben", "cid", "dan", "eve"].map(|name| format!("Accepted key of {name} today"));
        check(&names.each_ref().map(String::as_str), &["Accepted key of * today"]);
    }

    #[test]
    fn a_key_of_an_open_set_needs_fewer() {
        check(&["login by user ann", "login by user ben", "login by user cid"], &["login by user *"]);
        check(&["login by way ann", "login by way ben"], &["login by way ann", "login by way ben"]);
    }

    #[test]
    fn a_word_known_as_data_is_data_elsewhere() {
        let names = ["ann", "ben", "cid", "dan", "eve"].map(|name| format!("Accepted key of {name} today"));
        let mut messages: Vec<&str> = names.iter().map(String::as_str).collect();
        messages.extend(["Too many failures for ann", "Too many failures for ben"]);
        check(&messages, &["Accepted key of * today", "Too many failures for *"]);
    }

    #[test]
    fn identifiers_are_data_sooner() {
        check(
            &["received org.example.tick", "received org.example.boot", "received it all"],
            &["received *", "received it all"],
        );
        check(&["bad state_one now", "bad state_two now"], &["bad state_one now", "bad state_two now"]);
    }

    #[test]
    fn assigned_words_are_data_when_there_are_many() {
        let few = ["user=root ok", "user=guest ok", "user=test ok"];
        check(&few, &["user=guest ok", "user=root ok", "user=test ok"]);
        let many = ["a", "b", "c", "d", "e"].map(|value| format!("set mode={value} and kind={value}x"));
        check(&many.each_ref().map(String::as_str), &["set mode=* and kind=*"]);
    }

    #[test]
    fn a_bare_value_and_a_structured_one_are_twins() {
        check(&["send to 10.0.0.1 now", "send to [node]:x5 now"], &["send to * now"]);
    }

    #[test]
    fn several_words_can_be_one_value() {
        let mut messages: Vec<String> =
            ["ann", "ben", "cid", "dan", "eve"].map(|name| format!("Accepted key of {name} today")).to_vec();
        messages.push("Accepted key of John Smith today".to_owned());
        messages.push("Accepted key of invalid user ann today".to_owned());
        let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
        check(&messages, &["Accepted key of * today", "Accepted key of invalid user ann today"]);
    }

    #[test]
    fn names_of_people_are_one_value() {
        let names =
            ["John Smith", "Mary Jones", "Peter Brown"].map(|name| format!("hello {name}, you may enter"));
        check(&names.each_ref().map(String::as_str), &["hello *, you may enter"]);
    }

    #[test]
    fn lists_of_any_length_are_one_template() {
        check(
            &["stack @0x1 @0x2", "stack @0x1", "stack @0x1 @0x2 @0x3", "ports 1, 2", "ports 1, 2, 3"],
            &["ports *", "stack *"],
        );
    }

    #[test]
    fn the_first_word_is_what_a_message_says() {
        let words = ["cupsd", "syslogd", "hcid", "portmap", "klogd", "irqbalance", "crond", "xinetd"];
        let messages = words.map(|word| format!("{word} startup succeeded"));
        let mut wanted: Vec<&str> = messages.iter().map(String::as_str).collect();
        wanted.sort_unstable();
        check(&messages.each_ref().map(String::as_str), &wanted);
    }
}
