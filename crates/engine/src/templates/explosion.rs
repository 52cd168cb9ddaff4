//! The keys of lines never seen before in, what to do with them out, when too many are new.
//!
//! A log can hold more shapes than memory. Once the young shapes fill their area, the first sight
//! of a line only sets bits; the second makes a skeleton. At the same time it is found out which
//! chunks of such lines *explode*: words that come again and again at their place are constant, the
//! others vary, and where the same constant words stand around varying ones many times, those are
//! values from then on. So a sentence with one random word or several becomes one skeleton.
//!
//! Everything is kept per stream, so that a noisy one does not coarsen the lines of a quiet one.

mod door;
mod remembered;

use hashbrown::HashTable;

use super::glance::Glance;
use super::scan::{PARTS, Scan, fold};
use super::stats::Facts;
pub(crate) use door::Door;
use door::{Beginnings, Counters};
pub(crate) use remembered::Remembered;

/// The share of the budget that the door, the counters, the beginnings and the remembered ids may
/// each take.
const SHARE: usize = 128;
/// A word that was seen so often at its place is constant, and so many lines that differ in varying
/// words alone make those explode.
const ENOUGH: u32 = 16;
/// One line of so many is counted, chosen by its key, which is as good as all and cheaper.
const COUNTED: u64 = 32;
/// Exploding sentences that are kept; more would be a log without any shape.
pub(crate) const PATTERNS: usize = 4096;
/// Choices of open chunks that are tried for a line of so many chunks.
const CHOICES: usize = 16;
/// Streams beyond this number share what they may do.
const STREAMS: usize = 64;
/// So much of the budget lets a stream show one line, each of which costs a hundred turned away.
const SHOWN: usize = 1 << 20;
/// After so many lines streams may show new lines again.
const RENEWED: u64 = 1 << 16;

/// What to do with a line of a new key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Make its skeleton.
    Admit,
    /// Make its skeleton with those chunks as values, and remember it under that key.
    Open(u32, u64),
    /// Count it among the lines without a shape.
    Formless,
}

/// A sentence with chunks that explode: the key without them, and the skeleton of its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    pub(crate) rest: u64,
    pub(crate) skeleton: u64,
    /// The stream whose lines exploded.
    pub(crate) stream: u32,
    /// The open chunks, a bit for each.
    pub(crate) open: u32,
    /// How many chunks there are.
    pub(crate) chunks: u32,
}

/// What is known while too much is new.
#[derive(Clone, Debug)]
pub(crate) struct Explosion {
    patterns: HashTable<Pattern>,
    /// For every number of chunks, which of them were opened together.
    choices: Vec<Vec<u32>>,
    beginnings: Beginnings,
    budget: usize,
    flood: Option<Box<Flood>>,
}

/// What is kept from the moment at which too much is new.
#[derive(Clone, Debug)]
struct Flood {
    door: Door,
    counters: Counters,
    shown: [u32; STREAMS],
    since: u64,
}

impl Explosion {
    pub(crate) fn new(budget: usize) -> Explosion {
        Explosion {
            patterns: HashTable::new(),
            choices: Vec::new(),
            beginnings: Beginnings::new(budget),
            budget,
            flood: None,
        }
    }

    /// Too much is new from now on.
    pub(crate) fn begin(&mut self) {
        let budget = self.budget;
        self.flood.get_or_insert_with(|| {
            let (door, counters) = (Door::new(budget), Counters::new(budget));
            Box::new(Flood { door, counters, shown: [0; STREAMS], since: 0 })
        });
    }

    /// Whether too much was new already.
    #[inline]
    pub(crate) fn has_begun(&self) -> bool {
        self.flood.is_some()
    }

    /// A skeleton was made of that line.
    pub(crate) fn admitted(&mut self, scan: &Scan, open: u32) {
        self.beginnings.learn(scan, open);
    }

    /// There are skeletons of which no line was seen here.
    pub(crate) fn is_told(&mut self) {
        self.beginnings.give_up();
    }

    /// Reads a line while too much is new. Most lines of a flood begin like no other; they are turned
    /// away at once, but for those that came before, and for one of some that is looked at closely.
    pub(crate) fn turns_away(
        &mut self,
        scan: &mut Scan,
        message: &[u8],
        glance: Glance,
        facts: &Facts,
    ) -> bool {
        let Some(flood) = &mut self.flood else { return false };
        // Asked before it matters: the answer comes from far in memory, and arrives meanwhile.
        let again = flood.door.knows(glance.key);
        if self.beginnings.read(scan, message) {
            return false;
        }
        if again || is_counted(glance.key) || flood.may_show(facts, self.budget) {
            scan.read(message);
            return false;
        }
        flood.door.pass(glance.key);
        true
    }

    /// The skeleton of a line that differs from others in exploding chunks alone, and these chunks.
    #[inline]
    pub(crate) fn known(&self, scan: &Scan, stream: u32) -> Option<(u64, u32)> {
        let choices = self.choices.get(scan.chunks.min(PARTS + 1))?;
        choices.iter().find_map(|open| {
            let rest = rest(scan, *open, stream);
            let pattern = self.patterns.find(rest, |pattern| pattern.rest == rest)?;
            Some((pattern.skeleton, *open))
        })
    }

    /// Decides about a line of a new key while too much is new.
    pub(crate) fn judge(&mut self, scan: &Scan, glance: Glance, facts: &Facts) -> Verdict {
        self.begin();
        let Some(flood) = &mut self.flood else { return Verdict::Admit };
        if flood.show(facts, self.budget) {
            return Verdict::Admit;
        }
        // Both are learned: a line may come again as it is, or with other values.
        let (again, alike) = (flood.door.pass(glance.key), flood.door.pass(scan.key ^ u64::MAX));
        if again || alike {
            return Verdict::Admit;
        }
        if is_counted(glance.key) && self.patterns.len() < PATTERNS {
            return self.weigh(scan, facts.stream);
        }
        Verdict::Formless
    }

    /// Counts the words of a line, and the line without those that vary.
    fn weigh(&mut self, scan: &Scan, stream: u32) -> Verdict {
        let Some(flood) = &mut self.flood else { return Verdict::Formless };
        let (mut open, mut constant) = (0u32, 0);
        for (nth, part) in scan.parts().iter().enumerate() {
            let is_constant = flood.counters.count(fold(*part, u64::from(stream) | 1 << 40)) >= ENOUGH;
            if !is_constant {
                open |= 1 << nth;
            } else if scan.is_word(nth) {
                constant += 1;
            }
        }
        if open != 0 {
            let key = rest(scan, open, stream);
            // With fewer constant words than varying ones it is no sentence.
            let holds = open.count_ones() <= constant && flood.counters.count(key) >= ENOUGH;
            return self.open(scan, open, key, holds);
        }
        // Each word is frequent; then it may be one of few places that takes all of many values.
        for nth in 0..scan.parts().len() {
            let key = rest(scan, 1 << nth, stream);
            if flood.counters.count(key) >= ENOUGH {
                return self.open(scan, 1 << nth, key, true);
            }
        }
        Verdict::Formless
    }

    fn open(&self, scan: &Scan, open: u32, rest: u64, holds: bool) -> Verdict {
        let choices = self.choices.get(scan.chunks.min(PARTS + 1));
        let full = choices.is_some_and(|had| had.len() >= CHOICES && !had.contains(&open));
        if holds && !full { Verdict::Open(open, rest) } else { Verdict::Formless }
    }

    /// Remembers exploding chunks.
    pub(crate) fn remember(&mut self, pattern: Pattern) {
        let same = |had: &Pattern| had.rest == pattern.rest;
        if self.patterns.find(pattern.rest, same).is_some() {
            return;
        }
        self.patterns.insert_unique(pattern.rest, pattern, |had| had.rest);
        self.choices.resize(PARTS + 2, Vec::new());
        if let Some(choices) = self.choices.get_mut((pattern.chunks as usize).min(PARTS + 1))
            && choices.len() < CHOICES
            && !choices.contains(&pattern.open)
        {
            choices.push(pattern.open);
        }
    }

    /// All exploding sentences, in the order of their keys.
    pub(crate) fn patterns(&self) -> Vec<Pattern> {
        let mut all: Vec<Pattern> = self.patterns.iter().copied().collect();
        all.sort_by_key(|pattern| (pattern.rest, pattern.skeleton));
        all
    }

    /// Heap bytes.
    pub(crate) fn bytes(&self) -> usize {
        let flood = self.flood.as_ref().map_or(0, |flood| flood.door.bytes() + flood.counters.bytes());
        let choices = self.choices.len() * (size_of::<Vec<u32>>() + CHOICES * size_of::<u32>());
        self.beginnings.bytes() + flood + choices + self.patterns.capacity() * (size_of::<Pattern>() + 1)
    }
}

impl Flood {
    /// Whether a stream may still show a new line, of which few are taken at first sight.
    fn may_show(&mut self, facts: &Facts, budget: usize) -> bool {
        if facts.line.wrapping_sub(self.since) >= RENEWED {
            (self.shown, self.since) = ([0; STREAMS], facts.line);
        }
        let shown = self.shown.get(facts.stream as usize % STREAMS);
        shown.is_some_and(|shown| (*shown as usize) < budget / SHOWN)
    }

    fn show(&mut self, facts: &Facts, budget: usize) -> bool {
        let may = self.may_show(facts, budget);
        if let Some(shown) = self.shown.get_mut(facts.stream as usize % STREAMS) {
            *shown += u32::from(may);
        }
        may
    }
}

fn is_counted(key: u64) -> bool {
    key.is_multiple_of(COUNTED)
}

/// The key of a line without its open chunks, in its stream.
#[inline]
fn rest(scan: &Scan, open: u32, stream: u32) -> u64 {
    fold(scan.key_without(open), u64::from(stream) ^ 0xC2B2_AE3D_27D4_EB4F)
}

/// The largest power of two that is not larger, and at least 64.
fn power_of_two(number: usize) -> usize {
    1 << number.max(64).ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(number: u64) -> String {
        let mut random = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let letter = |random: &mut u64| {
            *random = random.rotate_left(9).wrapping_mul(0xD6E8_FEB8_6659_FD93);
            char::from(b'a' + (*random >> 40) as u8 % 26)
        };
        (0..8).map(|_| letter(&mut random)).collect()
    }

    fn scan(line: &str) -> Scan {
        let mut scan = Scan::default();
        scan.read(line.as_bytes());
        scan
    }

    fn of_stream(stream: u32) -> Facts {
        Facts { stream, ..Facts::default() }
    }

    /// A detector in the middle of a flood, whose streams have shown all that they may.
    fn flooded() -> Explosion {
        let mut explosion = Explosion::new(64 << 20);
        explosion.begin();
        if let Some(flood) = &mut explosion.flood {
            flood.shown = [u32::MAX; STREAMS];
        }
        explosion
    }

    fn judge(explosion: &mut Explosion, line: &str, stream: u32) -> Verdict {
        explosion.judge(&scan(line), Glance::at(line.as_bytes()), &of_stream(stream))
    }

    /// Shows lines until a sentence explodes, and gives its open chunks.
    fn explode(explosion: &mut Explosion, stream: u32, line: impl Fn(u64) -> String) -> Option<u32> {
        (0..20_000).find_map(|n| {
            let line = line(n);
            if explosion.known(&scan(&line), stream).is_some() {
                return None;
            }
            let Verdict::Open(open, rest) = judge(explosion, &line, stream) else { return None };
            let chunks = scan(&line).chunks as u32;
            explosion.remember(Pattern { rest, skeleton: 7, stream, open, chunks });
            Some(open)
        })
    }

    #[test]
    fn exploding_words_are_found_and_known() {
        let mut explosion = flooded();
        let open = explode(&mut explosion, 0, |n| format!("user {} went away", word(n)));
        assert_eq!(open, Some(0b10));
        let table = [
            ("user zed went away", Some((7, 0b10))),
            ("user zed came home", None),
            ("user went away", None),
            ("user zed and bob went away", None),
        ];
        for (line, wanted) in table {
            assert_eq!(explosion.known(&scan(line), 0), wanted, "{line}");
        }
    }

    #[test]
    fn several_words_of_a_sentence_explode_together() {
        let mut explosion = flooded();
        let line = |n: u64| {
            let [who, host, why] = [3 * n, 3 * n + 1, 3 * n + 2].map(word);
            format!("user {who} logged in from {host} after check of {why}")
        };
        assert_eq!(explode(&mut explosion, 0, line), Some(1 << 1 | 1 << 5 | 1 << 9));
        assert!(explosion.known(&scan("user a logged in from b after check of c"), 0).is_some());
    }

    #[test]
    fn random_words_and_sentences_of_random_length_have_no_shape() {
        let mut explosion = flooded();
        let random = |n: u64| (0..6).map(|nth| word(6 * n + nth)).collect::<Vec<_>>().join(" ");
        assert_eq!(explode(&mut explosion, 0, random), None);
        let length = |n: u64| {
            let tail = (0..1 + n % 9).map(|nth| word(9 * n + nth)).collect::<Vec<_>>().join(" ");
            format!("tokens {tail}")
        };
        assert_eq!(explode(&mut explosion, 0, length), Some(0b10), "one word behind one is a sentence");
        assert_eq!(explode(&mut explosion, 0, length), None);
    }

    #[test]
    fn a_noisy_stream_leaves_a_quiet_one_alone() {
        let mut explosion = flooded();
        let line = |n: u64| format!("user {} went away", word(n));
        assert!(explode(&mut explosion, 3, line).is_some());
        assert!(explosion.known(&scan("user zed went away"), 3).is_some());
        assert_eq!(explosion.known(&scan("user zed went away"), 4), None);
        // The quiet stream may show what is new; the noisy one has used that up.
        if let Some(flood) = &mut explosion.flood {
            flood.shown[4] = 0;
        }
        assert_eq!(judge(&mut explosion, "the disk is full", 3), Verdict::Formless);
        assert_eq!(judge(&mut explosion, "the disk is gone", 4), Verdict::Admit);
    }

    #[test]
    fn the_second_sight_is_admitted() {
        let mut explosion = flooded();
        assert_eq!(judge(&mut explosion, "once upon a time", 0), Verdict::Formless);
        assert_eq!(judge(&mut explosion, "once upon a time", 0), Verdict::Admit);
        assert_eq!(judge(&mut explosion, "port 1234 is open", 0), Verdict::Formless);
        assert_eq!(judge(&mut explosion, "port 99 is open", 0), Verdict::Admit);
    }

    #[test]
    fn new_lines_are_shown_again_after_a_while() {
        let mut explosion = flooded();
        let at = |line| Facts { line, ..Facts::default() };
        let mut judge =
            |text: &str, line| explosion.judge(&scan(text), Glance::at(text.as_bytes()), &at(line));
        assert_eq!(judge("first of all", 5), Verdict::Formless);
        assert_eq!(judge("something else", RENEWED), Verdict::Admit);
    }
}
