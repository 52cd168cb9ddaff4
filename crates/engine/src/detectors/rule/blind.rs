//! An expression in, what it says of all messages of a look at once out: it matches none of them, each, or some perhaps.
//!
//! Two expressions are made of it that do not read what such messages differ in. The wide one matches whatever the
//! expression matches with any digits and ids; the narrow one matches only what it matches with all. So nearly all
//! messages of a look need not be asked one by one. They are compiled when they are asked for the first time, since most
//! never are.

use std::sync::OnceLock;

use regex_automata::meta::Regex;
use regex_syntax::hir::{
    Class, ClassBytes, ClassBytesRange, ClassUnicodeRange, Hir, HirKind, Look, Repetition,
};

use super::expression::{compiled, minds_digits};
use super::phrase::without_digits;
use crate::templates::alike::{LOWER, UPPER, cover};

/// What is known of all messages of a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// None matches.
    No,
    /// Some may, from that byte on.
    Perhaps(u32),
    /// Each matches.
    Yes,
}

/// What messages differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Differ {
    /// In their digits, each of which is `0`.
    Digits,
    /// In their ids, too, which are covered.
    Ids,
}

/// An expression that reads neither digits nor ids.
#[derive(Clone, Debug)]
pub(super) struct Blind {
    hir: Hir,
    minds_digits: bool,
    digits: OnceLock<Between>,
    ids: OnceLock<Between>,
}

/// An expression is between these; nothing where one is too large.
#[derive(Clone, Debug)]
struct Between {
    wide: Option<Box<Regex>>,
    narrow: Option<Box<Regex>>,
}

impl Blind {
    pub(super) fn of(hir: &Hir) -> Blind {
        let (digits, ids) = Default::default();
        Blind { minds_digits: minds_digits(hir), hir: hir.clone(), digits, ids }
    }

    /// What `regex`, of which this was made, says of messages that differ from this one in their digits; and in their ids,
    /// where they are `alike`.
    pub(super) fn says(&self, regex: &Regex, text: &[u8], is_alike: bool) -> Says {
        if !is_alike && !self.minds_digits {
            return if regex.is_match(text) { Says::Yes } else { Says::No };
        }
        let (kept, differ) = if is_alike { (&self.ids, Differ::Ids) } else { (&self.digits, Differ::Digits) };
        let Between { wide, narrow } = kept.get_or_init(|| Between::of(&self.hir, differ));
        let mut plain = text.to_vec();
        if is_alike {
            cover(&mut plain);
        }
        // Ids are told by their digits, so they are covered before that.
        let mut plain = without_digits(&plain);
        if narrow.as_ref().is_some_and(|narrow| narrow.is_match(&plain)) {
            return Says::Yes;
        }
        let covers = plain.iter_mut().filter(|byte| is_alike && matches!(**byte, LOWER | UPPER));
        covers.for_each(|byte| *byte = b'0');
        let begins = match wide {
            Some(wide) => wide.find(&plain).map(|found| found.start()),
            None => Some(0),
        };
        begins.map_or(Says::No, |at| Says::Perhaps(u32::try_from(at).unwrap_or(0)))
    }
}

impl Between {
    fn of(hir: &Hir, differ: Differ) -> Between {
        let of = |hir: Hir| compiled(&hir).map(Box::new);
        Between { wide: of(wide(hir, differ)), narrow: of(narrow(hir, differ)) }
    }
}

impl Differ {
    /// Whether another message may have another byte in the place of that one.
    fn varies(self, byte: u8) -> bool {
        match self {
            Differ::Digits => byte.is_ascii_digit(),
            Differ::Ids => byte.is_ascii_hexdigit(),
        }
    }
}

/// Digits and covered ids are `0` in what it reads, which it takes for any of them.
fn wide(hir: &Hir, differ: Differ) -> Hir {
    match hir.kind() {
        HirKind::Literal(literal) => {
            let bytes = literal.0.iter().map(|byte| {
                let any = [*byte, b'0'].map(|byte| ClassBytesRange::new(byte, byte));
                let any = if differ.varies(*byte) { any.to_vec() } else { vec![any[0]] };
                Hir::class(Class::Bytes(ClassBytes::new(any)))
            });
            Hir::concat(bytes.collect())
        }
        HirKind::Class(Class::Bytes(class)) => {
            let mut class = class.clone();
            if (0..=u8::MAX).any(|byte| differ.varies(byte) && has(&class, byte)) {
                class.push(ClassBytesRange::new(b'0', b'0'));
            }
            Hir::class(Class::Bytes(class))
        }
        HirKind::Class(Class::Unicode(class)) => {
            let mut class = class.clone();
            class.push(ClassUnicodeRange::new('0', '0'));
            Hir::class(Class::Unicode(class))
        }
        _ => with_parts(hir, |part| wide(part, differ)),
    }
}

/// Digits are `0` in what it reads, and ids are covered: it takes them for what they may be only where all would do.
fn narrow(hir: &Hir, differ: Differ) -> Hir {
    let all =
        |class: &ClassBytes, among: fn(&u8) -> bool| (0..=u8::MAX).filter(among).all(|byte| has(class, byte));
    match hir.kind() {
        HirKind::Literal(literal) if literal.0.iter().any(|byte| stands_for_others(*byte)) => Hir::fail(),
        HirKind::Class(Class::Bytes(class)) => {
            let stand = [
                (b'0', all(class, u8::is_ascii_digit)),
                // Behind `0x` digits are of either case.
                (LOWER, all(class, u8::is_ascii_hexdigit)),
                (UPPER, all(class, |byte| byte.is_ascii_digit() || matches!(byte, b'A'..=b'F'))),
            ];
            let mut plain = class.clone();
            let others = (0..=u8::MAX).filter(|byte| stands_for_others(*byte));
            plain.difference(&ClassBytes::new(others.map(|byte| ClassBytesRange::new(byte, byte))));
            for (byte, _) in stand.iter().filter(|(_, may)| *may) {
                plain.push(ClassBytesRange::new(*byte, *byte));
            }
            Hir::class(Class::Bytes(plain))
        }
        HirKind::Class(Class::Unicode(_)) => Hir::fail(),
        // A covered id is a word, and its cover is none.
        HirKind::Look(look) if differ == Differ::Ids && !is_of_lines(*look) => Hir::fail(),
        _ => with_parts(hir, |part| narrow(part, differ)),
    }
}

/// Whether the byte stands for others in what the narrow expression reads.
fn stands_for_others(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, LOWER | UPPER)
}

fn is_of_lines(look: Look) -> bool {
    matches!(look, Look::Start | Look::End | Look::StartLF | Look::EndLF | Look::StartCRLF | Look::EndCRLF)
}

fn has(class: &ClassBytes, byte: u8) -> bool {
    class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&byte))
}

/// The same of other parts.
fn with_parts(hir: &Hir, of: impl Fn(&Hir) -> Hir) -> Hir {
    match hir.kind() {
        HirKind::Capture(capture) => of(&capture.sub),
        HirKind::Repetition(repetition) => {
            Hir::repetition(Repetition { sub: Box::new(of(&repetition.sub)), ..repetition.clone() })
        }
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(of).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(of).collect()),
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Class(_) => hir.clone(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex_automata::util::syntax;

    use super::*;

    const PATTERNS: [&str; 8] = [
        r"(?i)\b(try|turn) #?(2 ?(of|/) ?2|10 ?of ?10)\b",
        r"(?i)\b(try|of)\b[^%\n]{0,9}\b(9\d|100)(\.\d+)? ?%",
        r"[^\d.]\d(\.\d+)? ?% (of|turn)",
        r"^(of [3-9]+|1[^2]turn)$",
        r"(?:[a-z]*[57]){2,3}/",
        r"turn[0-4]?\B.\b2",
        r"try [0-4] of",
        r"(?u:turn [45é])",
    ];

    fn parsed(pattern: &str) -> Hir {
        let syntax = syntax::Config::new().utf8(false).unicode(false).multi_line(true);
        syntax::parse_with(pattern, &syntax).expect("a pattern")
    }

    const PATTERNS_OF_IDS: [&str; 8] = [
        r#""(GET|POST) [^"]*(?: HTTP/[0-9.]+)?""#,
        r"^try .*(of|of .*turn)$",
        r"(?i)\btry [0-9a-f]+\b",
        r"(?i)try 0x[0-9a-f]{8}\b.*(dead|beef)",
        r"try [0-9A-F-]{12} of",
        r"try [^a] ?of",
        r"turn [0-9]{12}\.",
        r"try \B[^ ]+$",
    ];

    /// An expression with what is blind to digits and ids.
    struct Asked(Regex, Blind);

    impl Asked {
        fn of(pattern: &str) -> Asked {
            let hir = parsed(pattern);
            Asked(compiled(&hir).expect("a small one"), Blind::of(&hir))
        }

        fn says(&self, text: &str, is_alike: bool) -> Says {
            self.1.says(&self.0, text.as_bytes(), is_alike)
        }
    }

    #[test]
    fn what_no_digits_can_match_is_known() {
        let check = |pattern: usize, text: &str, wanted: Says| {
            let pattern = PATTERNS[pattern];
            assert_eq!(Asked::of(pattern).says(text, false), wanted, "{pattern} {text}");
        };
        check(0, "last TRY!", Says::No);
        check(0, "try 7 of 8", Says::Perhaps(0));
        check(0, "the last try 7 of 8", Says::Perhaps(9));
        check(0, "try 7 of 88", Says::No);
        check(1, "of the try 17.5 %", Says::Perhaps(0));
        check(1, "of the try 7 %", Says::No);
        check(2, "7% of 8", Says::No);
        check(2, " 7% of 8", Says::Yes);
        check(6, "try 2 of", Says::Perhaps(0));
        check(7, "turn 9", Says::Perhaps(0));
        check(7, "turn x", Says::No);
    }

    #[test]
    fn what_no_id_can_match_is_known_and_what_each_does() {
        let check = |pattern: usize, text: &str, wanted: Says| {
            let pattern = PATTERNS_OF_IDS[pattern];
            assert_eq!(Asked::of(pattern).says(text, true), wanted, "{pattern} {text}");
        };
        check(0, r#"[922116fdbc3b8924] "GET /x/17 HTTP/1.1""#, Says::Yes);
        check(0, r#"[922116fdbc3b8924] "PUT /x/17 HTTP/1.1""#, Says::No);
        check(0, r#""GET /922116fdbc3b8924/x""#, Says::Yes);
        check(1, "try 922116fdbc3b8924 of", Says::Yes);
        check(1, "try 922116fdbc3b8924 or", Says::No);
        check(2, "a try 922116fdbc3b8924", Says::Perhaps(2));
        check(2, "turn 922116fdbc3b8924", Says::No);
        check(3, "try 0x7f3a2c00 of 922116fdbc3b8924", Says::Perhaps(0));
        check(3, "try 0x7f3a2c00 of it", Says::No);
        check(4, "try 17FBDB4F0F0A of", Says::Yes);
        check(4, "try 17fbdb4f0f0a of", Says::Perhaps(0));
        check(5, "try 922116fdbc3b8924 of", Says::No);
        check(5, "try 7 of 922116fdbc3b8924", Says::Yes);
        check(6, "turn 17FBDB4F0F0A.", Says::Perhaps(0));
        check(7, "try 922116fdbc3b8924", Says::No);
        check(7, "try .922116fdbc3b8924", Says::Perhaps(0));
    }

    /// The bytes that cover ids are in no text that is read as it should be; where they are, they are bytes like others.
    #[test]
    fn what_covers_ids_may_be_looked_for() {
        let Asked(regex, blind) = Asked::of(r"try (?-u:\xFF) [5-7]");
        assert_eq!(blind.says(&regex, b"try \xFF 3", false), Says::Perhaps(0));
        assert_eq!(blind.says(&regex, b"try \xFE 3", false), Says::No);
    }

    /// A piece of a text, and of another of the same look.
    fn piece() -> impl Strategy<Value = (String, String)> {
        let same = r#"try|Turn|of|GET|dead|[ #/%.,"]|\n|\[ "#.prop_map(|text| (text.clone(), text));
        let two = |pattern: &'static str| (pattern, pattern);
        prop_oneof![
            6 => same,
            1 => two("[0-9]"),
            1 => two("[0-9]{2}"),
            1 => two("0x[0-9a-fA-F]{8}"),
            1 => two("[0-9]{2}[acf][0-9a-f]{9}"),
            1 => two("[0-9]{2}[ACF][0-9A-F]{9}"),
            1 => two("[0-9]{2}[acf][0-9a-f]{5}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
        ]
    }

    fn covered(text: &str) -> Vec<u8> {
        let mut text = text.as_bytes().to_vec();
        cover(&mut text);
        without_digits(&text)
    }

    #[test]
    fn what_is_said_of_one_is_so_of_all() {
        let asked: Vec<Asked> =
            PATTERNS.iter().chain(&PATTERNS_OF_IDS).map(|pattern| Asked::of(pattern)).collect();
        let runs = proptest::test_runner::Config { cases: 4000, ..Default::default() };
        let pieces = prop::collection::vec(piece(), 0..9);
        let mut runner = proptest::test_runner::TestRunner::new(runs);
        let law = runner.run(&pieces, |pieces| {
            let (one, other): (Vec<String>, Vec<String>) = pieces.into_iter().unzip();
            let (one, other) = (one.concat(), other.concat());
            let differ_in_digits = without_digits(one.as_bytes()) == without_digits(other.as_bytes());
            let is_alike = covered(&one) == covered(&other);
            for asked in &asked {
                let found = asked.0.find(other.as_bytes()).map(|found| found.start());
                let holds = |says: Says| match says {
                    Says::No => found.is_none(),
                    Says::Perhaps(from) => found.is_none_or(|at| at >= from as usize),
                    Says::Yes => found.is_some(),
                };
                prop_assert!(!differ_in_digits || holds(asked.says(&one, false)), "{one:?} {other:?}");
                prop_assert!(!is_alike || holds(asked.says(&one, true)), "{one:?} {other:?}");
            }
            Ok(())
        });
        law.expect("what is said holds of all");
    }
}
