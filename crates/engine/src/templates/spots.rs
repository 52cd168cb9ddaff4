//! A message and the holes of its skeleton in, the places of its numbers and identifiers out.
//!
//! Messages with equal glances (`glance.rs`) have the same length and the same bytes but for digits,
//! and those digits that may belong to a word are the same, too. So they fall into the same tokens at
//! the same places, and the holes of their skeletons lie at the same offsets. Classes of values are
//! told from the message with every digit read as `0`, which is the same for all of them by
//! construction. So one look serves every message of its glance: that is what [`Spotting`] keeps.
//!
//! Where each message has a glance of its own, since letters are part of its values, a table of them is only a way to
//! empty the processor's cache. So once it has a fair size, a glance must come twice to be kept. Most such letters are
//! those of hexadecimal ids, and messages that differ in nothing else have a key in common (`alike.rs`), by which the
//! spots are kept, too.

use std::ops::Range;

use super::alike;
use super::explosion::Door;
use super::number::Measure;
use super::sample::VALUES;
use super::slot::{is_time_or_address, is_uuid};

/// Spots of a record at most.
pub const SPOTS: usize = 8;

/// Glances whose spots are kept at most.
const KNOWN: usize = 1 << 14;
/// Room for so many is there at first: most logs of a folder of very many are short.
const AT_FIRST: usize = 1 << 6;
/// From so many on, only glances that came before are kept.
const FAIR: usize = 1 << 10;
/// Bytes of what remembers which did.
const DOOR: usize = 1 << 17;
/// The share of the budget that they may take.
const SHARE: usize = 8;
/// Digits of a number that names something rather than counts it.
const LONG_NUMBER: usize = 12;
/// Parts of a value that are told apart.
const PARTS: u8 = 63;
/// Bytes of an identifier at least.
const SHORTEST: usize = 7;
/// Length of a UUID.
const UUID: usize = 36;

/// What can be done with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SpotClass {
    /// It is a number, see [`Spot::number`].
    Number,
    /// It names one thing among many: a UUID, `blk_-1608999687919862906`, `4bf92f3577b34da6`.
    Identifier,
    /// Neither: an address, a path, a time, a short name.
    Other,
}

/// Where a value stands in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    start: u16,
    end: u16,
    slot: u8,
    /// The class in the lowest bits, then the part.
    mark: u8,
}

const NO_SPOT: Spot = Spot { start: 0, end: 0, slot: 0, mark: 0 };

impl Spot {
    fn new(slot: usize, part: usize, class: SpotClass, range: Range<usize>) -> Spot {
        let mark = (part.min(usize::from(PARTS)) as u8) << 2 | class as u8;
        // Messages are looked at up to 4096 bytes, and records have 32 values.
        Spot { start: range.start as u16, end: range.end as u16, slot: slot as u8, mark }
    }

    /// The number of its hole in the skeleton.
    pub fn slot(&self) -> usize {
        usize::from(self.slot)
    }

    /// The number of its part in the hole, where values side by side share one: `200 4523` has two.
    pub fn part(&self) -> usize {
        usize::from(self.mark >> 2)
    }

    /// What can be done with the value.
    pub fn class(&self) -> SpotClass {
        match self.mark & 3 {
            0 => SpotClass::Number,
            1 => SpotClass::Identifier,
            _ => SpotClass::Other,
        }
    }

    /// The bytes of the message that it covers.
    pub fn range(&self) -> Range<usize> {
        usize::from(self.start)..usize::from(self.end)
    }

    /// The value in the message that was added.
    #[inline]
    pub fn of<'a>(&self, message: &'a [u8]) -> &'a [u8] {
        message.get(self.range()).unwrap_or_default()
    }

    /// The number in the message that was added. Nothing where the class is another, or where the
    /// number is too large to be one.
    #[inline]
    pub fn number(&self, message: &[u8]) -> Option<Measure> {
        if self.mark & 3 == SpotClass::Number as u8 { Measure::of(self.of(message)) } else { None }
    }

    fn behind(&self, blanks: usize) -> Spot {
        let moved = |offset: u16| offset.saturating_add(blanks as u16);
        Spot { start: moved(self.start), end: moved(self.end), ..*self }
    }
}

/// The spots of all messages of a glance. One line of the processor's cache.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Known {
    key: u64,
    place: u32,
    count: u8,
    spots: [Spot; SPOTS],
}

/// No place of a table.
const NOWHERE: usize = usize::MAX;
/// The count of spots where nothing is noted.
const FREE: u8 = u8::MAX;
const UNKNOWN: Known = Known { key: 0, place: u32::MAX, count: FREE, spots: [NO_SPOT; SPOTS] };

/// Spots of glances seen lately. It takes memory from the first look on, and more as more is noted.
#[derive(Clone, Debug)]
pub(crate) struct Spotting {
    known: Vec<Known>,
    /// Places of the table that are taken.
    taken: usize,
    most: usize,
    /// Glances that came lately; nothing while all are kept.
    door: Option<Door>,
    /// Where the glance at hand is known, or nowhere.
    at: usize,
    /// What is known of it where it is not kept.
    lone: Known,
    /// The key of messages that are like the one at hand but for their ids, and whether it is kept.
    alike: Option<u64>,
    is_alike: bool,
    covered: Vec<u8>,
    found: Vec<Spot>,
    plain: Vec<u8>,
    shown: [Spot; SPOTS],
}

impl Default for Spotting {
    fn default() -> Spotting {
        Spotting {
            known: Vec::new(),
            taken: 0,
            most: 0,
            door: None,
            at: NOWHERE,
            lone: UNKNOWN,
            alike: None,
            is_alike: false,
            covered: Vec::new(),
            found: Vec::new(),
            plain: Vec::new(),
            shown: [NO_SPOT; SPOTS],
        }
    }
}

impl Spotting {
    /// The place of the skeleton of a glance, or none. It is known at its place or at the one beside it.
    #[inline(always)]
    pub(crate) fn place(&mut self, key: u64) -> u32 {
        match self.find(key) {
            Some((at, known)) => {
                let place = known.place;
                self.at = at;
                place
            }
            None => {
                (self.at, self.lone.count, self.is_alike) = (NOWHERE, FREE, false);
                u32::MAX
            }
        }
    }

    #[inline(always)]
    fn find(&self, key: u64) -> Option<(usize, &Known)> {
        let first = self.index(key);
        let at = |at: usize| self.known.get(at).filter(|known| known.key == key).map(|known| (at, known));
        at(first).or_else(|| at(first ^ 1))
    }

    /// The same for a glance that is not known, where a message like this one but for its ids is. Its spots are those of
    /// the glance from now on.
    pub(crate) fn place_alike(&mut self, key: u64, message: &[u8]) -> u32 {
        self.alike = alike::key_of(message, &mut self.covered);
        let known = self.alike.and_then(|alike| self.find(alike)).map(|(_, known)| *known);
        let Some(known) = known else { return u32::MAX };
        self.is_alike = true;
        self.keep(Known { key, ..known });
        known.place
    }

    /// Whether messages of the glance at hand may well come again: they did already, or it is early to tell.
    #[inline(always)]
    pub(crate) fn comes_again(&self) -> bool {
        self.at != NOWHERE
    }

    /// The key of messages like the one at hand but for their ids, where such messages come again and it does not.
    #[inline(always)]
    pub(crate) fn alike(&self) -> Option<u64> {
        self.alike.filter(|_| self.is_alike && self.at == NOWHERE)
    }

    /// The spots of the glance whose place was asked for or noted last, moved by the blanks before the message.
    #[inline(always)]
    pub(crate) fn spots(&mut self, blanks: usize) -> &[Spot] {
        let known = self.known.get(self.at).unwrap_or(&self.lone);
        // Where nothing is noted, there are more than that.
        let spots = known.spots.get(..usize::from(known.count)).unwrap_or_default();
        if blanks == 0 {
            return spots;
        }
        for (shown, spot) in self.shown.iter_mut().zip(spots) {
            *shown = spot.behind(blanks);
        }
        self.shown.get(..spots.len()).unwrap_or_default()
    }

    /// Takes the memory that it needs: at most a share of so many bytes.
    pub(crate) fn make_room(&mut self, budget: usize) {
        if self.known.is_empty() {
            let most = 1 << (budget / SHARE / size_of::<Known>()).max(1).ilog2();
            self.most = KNOWN.min(most);
            self.known = vec![UNKNOWN; AT_FIRST.min(self.most)];
        }
    }

    /// Makes the table larger where half of it is taken.
    fn grow(&mut self) {
        if self.taken * 2 <= self.known.len() || self.known.len() >= self.most {
            return;
        }
        let larger = (self.known.len() * 4).min(self.most);
        let before = std::mem::replace(&mut self.known, vec![UNKNOWN; larger]);
        self.taken = 0;
        before.into_iter().filter(|known| known.count != FREE).for_each(|known| self.put(known));
    }

    /// Puts it at its place. What was there goes to the place beside.
    fn put(&mut self, known: Known) {
        self.at = self.index(known.key);
        let Some(before) = self.known.get_mut(self.at).map(|slot| std::mem::replace(slot, known)) else {
            return;
        };
        self.taken += usize::from(before.count == FREE);
        if before.count == FREE || before.key == known.key {
            return;
        }
        if let Some(beside) = self.known.get_mut(self.at ^ 1) {
            self.taken += usize::from(beside.count == FREE);
            *beside = before;
        }
    }

    /// Their number is a power of two, or none.
    #[inline(always)]
    fn index(&self, key: u64) -> usize {
        key as usize & self.known.len().wrapping_sub(1)
    }

    /// Notes where the values of a message stand, given its holes. `place` is that of its skeleton,
    /// or none where messages of the same glance need not have the same.
    pub(crate) fn note<'a>(
        &mut self,
        key: u64,
        place: u32,
        message: &[u8],
        holes: impl Iterator<Item = Range<usize>> + 'a,
    ) {
        self.plain.clear();
        self.plain.extend(message.iter().map(|byte| if byte.is_ascii_digit() { b'0' } else { *byte }));
        self.found.clear();
        for (slot, hole) in holes.take(VALUES).enumerate() {
            spots_of_hole(&self.plain, slot, hole, &mut self.found);
        }
        // What can be used comes first; the order within is that of the message.
        self.found.sort_by_key(|spot| spot.class() == SpotClass::Other);
        let mut known = Known { key, place, count: 0, ..UNKNOWN };
        for (into, spot) in known.spots.iter_mut().zip(&self.found) {
            *into = *spot;
            known.count += 1;
        }
        // The glance comes last, since its are the spots that are asked for.
        if let Some(key) = self.alike.filter(|_| place != u32::MAX) {
            self.keep(Known { key, ..known });
        }
        self.keep(known);
    }

    /// Keeps what is known where it comes again or there is room, and else as that of the glance at hand.
    fn keep(&mut self, known: Known) {
        if self.known.len() < FAIR || self.door.get_or_insert_with(|| Door::of_bytes(DOOR)).pass(known.key) {
            self.grow();
            self.put(known);
        } else {
            (self.at, self.lone) = (NOWHERE, known);
        }
    }

    /// Forgets the places of skeletons, which have changed.
    pub(crate) fn forget(&mut self) {
        self.known.fill(UNKNOWN);
        self.taken = 0;
    }

    /// Heap bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.known.len() * size_of::<Known>()
            + self.door.as_ref().map_or(0, Door::bytes)
            + self.covered.capacity()
    }
}

/// The spots of a hole in a message whose digits are all `0`.
fn spots_of_hole(plain: &[u8], slot: usize, hole: Range<usize>, found: &mut Vec<Spot>) {
    let value = plain.get(hole.clone()).unwrap_or_default();
    if let Some(class) = class_of_number(value) {
        found.push(Spot::new(slot, 0, class, hole));
        return;
    }
    let before = found.len();
    let mut at = hole.start;
    let fields = value.split(|byte| matches!(byte, b' ' | b',' | b';' | b'|' | b'\t'));
    for (part, field) in fields.enumerate() {
        let end = at + field.len();
        // A value of one field was no number already.
        let class = if field.len() < value.len() { class_of_number(field) } else { None };
        match class {
            Some(class) => found.push(Spot::new(slot, part, class, at..end)),
            None => identifiers_of_field(field, at, |range| {
                found.push(Spot::new(slot, part, SpotClass::Identifier, range));
            }),
        }
        at = end + 1;
    }
    if found.len() == before {
        found.push(Spot::new(slot, 0, SpotClass::Other, hole));
    }
}

/// Whether a value counts something, or is a number so long that it names something.
fn class_of_number(value: &[u8]) -> Option<SpotClass> {
    if is_long_number(value) {
        return Some(SpotClass::Identifier);
    }
    Measure::of(value).map(|_| SpotClass::Number)
}

fn is_long_number(value: &[u8]) -> bool {
    let digits = value.strip_prefix(b"-").unwrap_or(value);
    digits.len() >= LONG_NUMBER && digits.iter().all(u8::is_ascii_digit)
}

/// The identifiers in what stands between two blanks.
fn identifiers_of_field(field: &[u8], at: usize, mut take: impl FnMut(Range<usize>)) {
    let joins = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | 0x80..);
    let mut start = at;
    let mut is_other = None;
    for atom in field.split(|byte| !joins(*byte)) {
        if let Some(range) = identifier_in(atom)
            && !*is_other.get_or_insert_with(|| is_time_or_address(field))
        {
            take(start + range.start..start + range.end);
        }
        start += atom.len() + 1;
    }
}

/// The identifier in a run of letters, digits, dashes and underlines: a UUID inside, or all of it.
fn identifier_in(atom: &[u8]) -> Option<Range<usize>> {
    if atom.len() < SHORTEST {
        return None;
    }
    match atom.windows(UUID).position(is_uuid) {
        Some(start) => Some(start..start + UUID),
        None => is_identifier(atom).then_some(0..atom.len()),
    }
}

/// Whether it has so many digits, or so many hexadecimal ones, that it is made by a program for one
/// thing.
fn is_identifier(atom: &[u8]) -> bool {
    if is_long_number(atom) {
        return true;
    }
    let digits = atom.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = atom.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let hex = match atom {
        [b'0'..=b'9', b'x' | b'X', rest @ ..] => rest.len() >= 6 && rest.iter().all(u8::is_ascii_hexdigit),
        _ => atom.split(|byte| matches!(byte, b'_' | b'-')).any(is_long_hex),
    };
    hex || letters > 0 && digits >= 6 || letters + digits >= 10 && digits >= 3 && changes(atom) >= 4
}

/// Eight hexadecimal digits or more, letters and numerals among them.
fn is_long_hex(text: &[u8]) -> bool {
    text.len() >= 8
        && text.iter().all(u8::is_ascii_hexdigit)
        && text.iter().any(u8::is_ascii_digit)
        && text.iter().any(u8::is_ascii_alphabetic)
}

/// How often letters and digits take turns.
fn changes(atom: &[u8]) -> usize {
    let turns = |pair: &&[u8]| match pair {
        [one, two] => {
            one.is_ascii_digit() && two.is_ascii_alphabetic()
                || one.is_ascii_alphabetic() && two.is_ascii_digit()
        }
        _ => false,
    };
    atom.windows(2).filter(turns).count()
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::glance::Glance;
    use super::super::skeleton::Skeletons;
    use super::super::token::head;
    use super::*;
    use proptest::prelude::*;

    /// The holes of a message and its spots.
    pub(in super::super) fn looked_at(message: &[u8]) -> (Vec<Range<usize>>, Vec<Spot>) {
        let mut skeletons = Skeletons::default();
        skeletons.read(message, 0);
        let mut spotting = Spotting::default();
        spotting.make_room(1 << 10);
        spotting.note(1, 0, message, skeletons.holes());
        (skeletons.holes().collect(), spotting.spots(0).to_vec())
    }

    fn check(message: &str, wanted: &str) {
        let (_, spots) = looked_at(head(message.as_bytes()));
        let shown: Vec<String> = spots
            .iter()
            .map(|spot| {
                let name = match spot.class() {
                    SpotClass::Number => "number",
                    SpotClass::Identifier => "id",
                    SpotClass::Other => "other",
                };
                let value = String::from_utf8_lossy(spot.of(message.as_bytes())).into_owned();
                format!("{}.{} {name} {value}", spot.slot(), spot.part())
            })
            .collect();
        assert_eq!(shown.join("; "), wanted, "{message}");
    }

    #[test]
    fn numbers_and_identifiers_are_found() {
        check(
            "Received block blk_-1608999687919862906 of size 67108864 from /10.250.19.102",
            "0.0 id blk_-1608999687919862906; 1.0 number 67108864; 2.0 other /10.250.19.102",
        );
        check(
            "[instance: b9000564-fe1a-409b-b8cc-1e88b294cd1d] took 19.84 seconds",
            "0.0 id b9000564-fe1a-409b-b8cc-1e88b294cd1d; 1.0 number 19.84",
        );
        check(
            "Deleting /var/lib/nova/instances/b9000564-fe1a-409b-b8cc-1e88b294cd1d_del now",
            "0.0 id b9000564-fe1a-409b-b8cc-1e88b294cd1d",
        );
        check(
            "[req-3ea4052c-895d-4b64-9e2d-04d64c4d94ab 113d3a99c3da401fbd62cc2caa5b96d2 - - -] ok",
            "0.0 id 3ea4052c-895d-4b64-9e2d-04d64c4d94ab; 0.1 id 113d3a99c3da401fbd62cc2caa5b96d2",
        );
        check("answered 200 4523 in 12ms", "0.0 number 200; 0.1 number 4523; 1.0 number 12ms");
        check("sent 5 KB, load 50%", "0.0 number 5 KB; 1.0 number 50%");
        check(
            "order 20240304123456 from 2024-03-04T09:00:04.102Z",
            "0.0 id 20240304123456; 1.0 other 2024-03-04T09:00:04.102Z",
        );
        check(
            "node-17 on 10.0.0.1:8080 and fe80::ba:fe:12:0a",
            "0.0 other node-17; 1.0 other 10.0.0.1:8080; 2.0 other fe80::ba:fe:12:0a",
        );
        check("at 0x7f3a2c001b00 flags 0x1f", "0.0 id 0x7f3a2c001b00; 1.0 other 0x1f");
        check("trace 4bf92f3577b34da6 request kJ8sN2w4QpL7", "0.0 id 4bf92f3577b34da6; 1.0 id kJ8sN2w4QpL7");
        check("nothing to see", "");
        check("logname= uid=0", "1.0 number 0; 0.0 other ");
    }

    #[test]
    fn there_are_eight_spots_at_most_and_useful_ones_first() {
        let message = "a=x/y/1 b=1 c=x/y/2 d=2 e=3 f=4 g=5 h=6 i=7 j=8 k=9";
        let (_, spots) = looked_at(message.as_bytes());
        assert_eq!(spots.len(), SPOTS);
        assert!(spots.iter().all(|spot| spot.class() == SpotClass::Number));
        assert_eq!(spots[0].slot(), 1);
    }

    #[test]
    fn blanks_before_a_message_move_its_spots() {
        let message = b"took 15 ms";
        let mut spotting = Spotting::default();
        spotting.make_room(1 << 20);
        spotting.note(7, 3, message, std::iter::once(5..7));
        assert_eq!(spotting.place(7), 3);
        assert_eq!(spotting.spots(3)[0].range(), 8..10);
        assert_eq!(spotting.spots(0)[0].number(message).map(|measure| measure.value), Some(15.0));
        spotting.forget();
        assert_eq!(spotting.place(7), u32::MAX);
    }

    /// What messages are made of that have all kinds of values.
    pub(in super::super) fn pieces() -> Vec<&'static str> {
        vec![
            "a",
            "word",
            "ssh2",
            "eth0",
            "jk2_init",
            "a1b2",
            "12",
            "7",
            "x7",
            "0x1f",
            "10.0.0.1",
            "/var/log/3",
            " ",
            " ",
            " ",
            "=",
            ":",
            ".",
            "..",
            "-",
            "_",
            "(",
            ")",
            "9a",
            "é4",
            "blk_-17",
            "\"",
            "'",
            "<",
            ">",
            "longer_than_eight_bytes",
            "1",
            "b",
            "Jun",
            "12:30:45",
            "KB",
            "sec",
            "true",
            "|",
            ",",
            "fe80::1",
            "00:11:43:e3:ba:c3",
            "b9000564-fe1a-409b-b8cc-1e88b294cd1d",
            "http://h1/a?b=2",
            "1e5",
            "4%",
            "[",
            "]",
            "?",
            "2005-06-03",
            "C:\\a1",
            "/",
            "GET",
            "3m4s",
        ]
    }

    fn message() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop::sample::select(pieces()), 0..40)
            .prop_map(|pieces| pieces.concat().into_bytes())
    }

    proptest! {
        /// Any digits are replaced by any others: where the glance stays, holes and spots must.
        #[test]
        fn equal_glances_mean_equal_spots(message in message(), seed in any::<u64>(), often in 1u64..17) {
            let mut random = seed;
            let other: Vec<u8> = message.iter().map(|byte| {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let changes = byte.is_ascii_digit() && (random >> 60) < often;
                if changes { b'0' + (random >> 33) as u8 % 10 } else { *byte }
            }).collect();
            let (one, two) = (head(&message), head(&other));
            if Glance::at(one).key == Glance::at(two).key {
                prop_assert_eq!(looked_at(one), looked_at(two));
            }
        }

        #[test]
        fn any_bytes_are_safe(message in prop::collection::vec(any::<u8>(), 0..300)) {
            let message = head(&message);
            let (_, spots) = looked_at(message);
            for spot in spots {
                prop_assert!(spot.range().end <= message.len() && spot.range().start <= spot.range().end);
                let _ = spot.number(message);
            }
        }
    }
}
