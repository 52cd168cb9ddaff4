//! Parts in, bytes out: where slots get their values.
//!
//! The [`World`] is what lasts (chance, counters, the version that runs), the [`Cast`] is what a scene keeps: who
//! the user was, which order it was about. A value is drawn when it is first needed.

use super::frames;
use super::moment::{MILLISECOND, Micros, Stamps, push_decimal, push_number, push_padded};
use super::random::{Random, mixed, mixed_text};
use super::template::Part;

/// Letters and digits that names of pods are made of.
const ALNUM: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const HEX: &[u8; 16] = b"0123456789abcdef";

/// So many pods serve a component.
const REPLICAS: u64 = 3;

/// What lasts longer than a scene.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) random: Random,
    pub(super) deploys: u64,
    seed: u64,
    stamps: Stamps,
    counters: Vec<u64>,
}

/// The values of a scene's variables.
#[derive(Clone, Debug, Default)]
pub(super) struct Cast {
    bytes: Vec<u8>,
    spans: Vec<Option<(usize, usize)>>,
    replica: u64,
}

/// What slots say about the line they stand in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub(super) time: Micros,
    /// When the scene began.
    pub(super) began: Micros,
    /// When the step before was.
    pub(super) before: Micros,
    pub(super) level: &'static str,
    pub(super) component: &'a [u8],
    /// How far the episode is: 0 to 1.
    pub(super) progress: Option<f64>,
    /// What measurements are multiplied with.
    pub(super) factor: f64,
    /// The last measurement that was told.
    pub(super) measured: Option<Micros>,
}

impl Cast {
    pub(super) fn clear(&mut self, variables: usize, random: &mut Random) {
        self.bytes.clear();
        self.spans.clear();
        self.spans.resize(variables, None);
        self.replica = random.below(REPLICAS);
    }

    /// Takes over all values.
    pub(super) fn copy(&mut self, other: &Cast) {
        self.bytes.clone_from(&other.bytes);
        self.spans.clone_from(&other.spans);
        self.replica = other.replica;
    }

    pub(super) fn get(&self, place: usize) -> Option<&[u8]> {
        let (from, to) = self.spans.get(place).copied().flatten()?;
        self.bytes.get(from..to)
    }

    pub(super) fn set(&mut self, place: usize, value: &[u8]) {
        let from = self.bytes.len();
        self.bytes.extend_from_slice(value);
        if let Some(span) = self.spans.get_mut(place) {
            *span = Some((from, self.bytes.len()));
        }
    }
}

impl World {
    pub(super) fn new(seed: u64, counters: usize) -> World {
        let random = Random::new(seed);
        World { random, deploys: 0, seed, stamps: Stamps::new(), counters: vec![0; counters] }
    }

    /// Appends the parts; `variables` says how those are drawn that have no value yet.
    pub(super) fn fill(
        &mut self,
        parts: &[Part],
        variables: &[Vec<Part>],
        cast: &mut Cast,
        line: &mut Line<'_>,
        out: &mut Vec<u8>,
    ) {
        for part in parts {
            match part {
                Part::Text(text) => out.extend_from_slice(text.as_bytes()),
                Part::Variable(place) => {
                    self.draw(*place, variables, cast, line);
                    out.extend_from_slice(cast.get(*place).unwrap_or_default());
                }
                Part::Component => out.extend_from_slice(line.component),
                Part::Stamp(stamp) => self.stamps.write(*stamp, line.time, out),
                Part::Pod(name) => self.pod(name.map_or(line.component, str::as_bytes), cast.replica, out),
                Part::Level { padded, lower } => push_level(line.level, *padded, *lower, out),
                Part::Tail { .. } | Part::Took { .. } | Part::Since(_) | Part::Ramp { .. } => {
                    self.measure(part, line, out)
                }
                _ => self.generate(part, out),
            }
        }
    }

    /// Gives a variable its value unless it has one.
    pub(super) fn draw(
        &mut self,
        place: usize,
        variables: &[Vec<Part>],
        cast: &mut Cast,
        line: &mut Line<'_>,
    ) {
        if cast.get(place).is_some() {
            return;
        }
        let mut value = Vec::new();
        // A variable can use those before it alone, so this ends.
        if let Some(parts) = variables.get(place) {
            self.fill(parts, variables, cast, line, &mut value);
        }
        cast.set(place, &value);
    }

    fn measure(&mut self, part: &Part, line: &mut Line<'_>, out: &mut Vec<u8>) {
        match part {
            Part::Tail { median, digits } => {
                let scaled = (*median as f64 * self.random.heavy() * line.factor) as u64;
                line.measured = Some(scaled * MILLISECOND / 10u64.pow(*digits));
                push_decimal(scaled, *digits, out);
            }
            Part::Took { digits, seconds } => {
                let micros = line.time.saturating_sub(line.began);
                line.measured = Some(micros);
                let unit = if *seconds { 6 } else { 3 };
                let digits = *digits.min(&unit);
                push_decimal(micros / 10u64.pow(unit - digits), digits, out);
            }
            Part::Since(digits) => {
                let micros = line.time.saturating_sub(line.before);
                line.measured = Some(micros);
                let digits = (*digits).min(3);
                push_decimal(micros / 10u64.pow(3 - digits), digits, out);
            }
            Part::Ramp { low, high, digits } => {
                let progress = line.progress.unwrap_or_else(|| self.random.unit());
                let reached = *low as f64 + (*high as f64 - *low as f64) * progress;
                let trembling = 1.0 + (self.random.unit() - 0.5) * 0.02;
                let bounds = ((*low).min(*high) as f64, (*low).max(*high) as f64);
                push_decimal((reached * trembling).clamp(bounds.0, bounds.1) as u64, *digits, out);
            }
            _ => {}
        }
    }

    fn generate(&mut self, part: &Part, out: &mut Vec<u8>) {
        match part {
            Part::Integer { low, high, width } => push_padded(self.random.between(*low, *high), *width, out),
            Part::Decimal { low, high, digits } => {
                push_decimal(self.random.between(*low, *high), *digits, out);
            }
            Part::Hex { length, upper } => self.hex(*length, *upper, out),
            Part::Alnum(length) => push_letters(self.random.next(), *length, ALNUM, out),
            Part::Base64(length) => {
                for _ in 0..*length {
                    push_letters(self.random.next(), 1, BASE64, out);
                }
            }
            Part::Uuid => self.uuid(out),
            Part::One(choice) => {
                let at = self.random.index(choice.items().len());
                out.extend_from_slice(choice.items().get(at).copied().unwrap_or_default().as_bytes());
            }
            Part::Zipf(choice) => {
                let at = self.random.popular(choice.items().len());
                out.extend_from_slice(choice.items().get(at).copied().unwrap_or_default().as_bytes());
            }
            Part::Rank(count) => {
                let rank = self.random.popular(*count as usize) as u64;
                push_number(100_000 + mixed(rank ^ self.seed) % 900_000, out);
            }
            Part::Address(count) => {
                let rank = self.random.popular(*count as usize) as u64;
                push_address(mixed(rank.wrapping_mul(3) ^ self.seed), out);
            }
            Part::Stranger => push_address(self.random.next(), out),
            Part::Size(median) => push_number((*median as f64 * self.random.heavy()) as u64, out),
            Part::Up { counter, from } => self.count_up(*counter, *from, out),
            Part::Version => {
                let release = self.deploys + mixed(self.seed) % 9;
                push_number(2 + release / 40, out);
                out.push(b'.');
                push_number(release / 4 % 10, out);
                out.push(b'.');
                push_number(release % 4, out);
            }
            Part::Build => push_letters(mixed(self.seed ^ self.deploys ^ 0xb1d), 7, HEX, out),
            Part::Frames { language, low, high } => {
                let count = self.random.between(*low, *high);
                frames::push(*language, count, &mut self.random, out);
            }
            _ => {}
        }
    }

    fn hex(&mut self, length: usize, upper: bool, out: &mut Vec<u8>) {
        let from = out.len();
        let mut left = length;
        while left > 0 {
            let here = left.min(16);
            push_letters(self.random.next(), here, HEX, out);
            left -= here;
        }
        if upper {
            out.get_mut(from..).unwrap_or_default().make_ascii_uppercase();
        }
    }

    fn uuid(&mut self, out: &mut Vec<u8>) {
        for (at, length) in [8usize, 4, 3, 3, 12].into_iter().enumerate() {
            if at > 0 {
                out.push(b'-');
            }
            match at {
                2 => out.push(b'4'),
                3 => out.push(b"89ab"[self.random.index(4) & 3]),
                _ => {}
            }
            self.hex(length, false, out);
        }
    }

    fn count_up(&mut self, counter: usize, from: u64, out: &mut Vec<u8>) {
        let steps = 1 + self.random.below(3);
        let first = from + mixed(self.seed ^ from) % (from / 10 + 1);
        if let Some(count) = self.counters.get_mut(counter) {
            *count = if *count == 0 { first } else { *count + steps };
            push_number(*count, out);
        }
    }

    fn pod(&self, name: &[u8], replica: u64, out: &mut Vec<u8>) {
        let set = mixed_text(name) ^ mixed(self.seed ^ self.deploys);
        out.extend_from_slice(name);
        out.push(b'-');
        push_letters(mixed(set), 9, ALNUM, out);
        out.push(b'-');
        push_letters(mixed(set ^ (replica + 1)), 5, ALNUM, out);
    }
}

fn push_letters(number: u64, length: usize, letters: &[u8], out: &mut Vec<u8>) {
    let mut rest = number;
    for _ in 0..length {
        let at = rest % letters.len() as u64;
        rest /= letters.len() as u64;
        out.push(letters.get(at as usize).copied().unwrap_or(b'0'));
    }
}

/// Addresses are of the blocks that are set aside for examples and for benchmarks: nobody's.
fn push_address(hash: u64, out: &mut Vec<u8>) {
    let bytes = hash.to_be_bytes();
    let [a, b, c] = [bytes[5], bytes[6], bytes[7]].map(u64::from);
    let [one, two, three] = match bytes[4] % 10 {
        0 => [192, 0, 2],
        1 => [198, 51, 100],
        2 => [203, 0, 113],
        _ => [198, 18 + a % 2, b],
    };
    for number in [one, two, three] {
        push_number(number, out);
        out.push(b'.');
    }
    push_number(1 + c % 254, out);
}

fn push_level(level: &str, padded: bool, lower: bool, out: &mut Vec<u8>) {
    let from = out.len();
    out.extend_from_slice(level.as_bytes());
    if lower {
        out.get_mut(from..).unwrap_or_default().make_ascii_lowercase();
    }
    while padded && out.len() < from + 5 {
        out.push(b' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::template::{Names, parse};

    fn filled(text: &'static str) -> String {
        let mut names = Names { variables: vec!["user"], ..Names::default() };
        let variables = vec![parse("u{n:1..999}", &mut names).unwrap()];
        let parts = parse(text, &mut names).unwrap();
        let mut world = World::new(3, names.counters.len());
        let mut cast = Cast::default();
        cast.clear(1, &mut world.random);
        let mut line = Line {
            time: 1_500_000,
            began: 250_000,
            before: 1_400_000,
            level: "WARN",
            component: b"cart",
            progress: Some(0.5),
            factor: 1.0,
            measured: None,
        };
        let mut out = Vec::new();
        world.fill(&parts, &variables, &mut cast, &mut line, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_variable_keeps_its_value() {
        let text = filled("{user} {user}");
        let (one, other) = text.split_once(' ').unwrap();
        assert!(one == other && one.starts_with('u'), "{text}");
    }

    #[test]
    fn slots_of_the_line_are_exact() {
        assert_eq!(
            filled("{@level5}|{@lower}|{@component}|{took}|{took:2}|{tooks:3}|{since:1}"),
            "WARN |warn|cart|1250|1250.00|1.250|100.0"
        );
    }

    #[test]
    fn drawn_values_have_their_form() {
        assert_eq!(filled("{hex:32}").len(), 32);
        assert_eq!(filled("{alnum:5}").len(), 5);
        let uuid = filled("{uuid}");
        assert!(uuid.len() == 36 && uuid.as_bytes()[14] == b'4', "{uuid}");
        let ramp: u64 = filled("{ramp:0..100}").parse().unwrap();
        assert!((48..=52).contains(&ramp), "{ramp}");
        let number: u64 = filled("{n:007..009}").parse().unwrap();
        assert!((7..=9).contains(&number));
        assert_eq!(filled("{address:9}").split('.').count(), 4);
        assert!(filled("{pod}").starts_with("cart-"));
        let counted = filled("{up:a:10} {up:a:10}");
        let (one, other) = counted.split_once(' ').unwrap();
        assert!(one.parse::<u64>().unwrap() < other.parse::<u64>().unwrap(), "{counted}");
    }
}
