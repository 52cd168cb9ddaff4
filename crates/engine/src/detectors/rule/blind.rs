//! An expression in, one in which every digit is `0` out: what no text of a look can match is known from any one of them.
//!
//! It matches every text, with its digits as `0`, that the expression itself matches with whatever digits. So where it
//! does not match, no message of the look is concerned, and none of them need be asked. It is compiled when it is asked
//! for the first time, since most never are.

use std::sync::OnceLock;

use regex_automata::meta::Regex;
use regex_syntax::hir::{Class, ClassBytesRange, Hir, HirKind, Repetition};

use super::expression::compiled;
use super::phrase::without_digits;

/// An expression that does not tell digits apart.
#[derive(Clone, Debug)]
pub(super) struct Blind {
    hir: Hir,
    /// Nothing where it is too large.
    regex: OnceLock<Option<Box<Regex>>>,
}

impl Blind {
    pub(super) fn of(hir: &Hir) -> Blind {
        Blind { hir: blind(hir), regex: OnceLock::new() }
    }

    /// Whether one of these texts may match with some other digits in the place of its own.
    pub(super) fn may_match(&self, texts: &[&[u8]]) -> bool {
        let Some(regex) = self.regex.get_or_init(|| compiled(&self.hir).map(Box::new)) else { return true };
        texts.iter().any(|text| regex.is_match(&without_digits(text)))
    }
}

fn blind(hir: &Hir) -> Hir {
    let all = |parts: &[Hir]| parts.iter().map(blind).collect();
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(Class::Unicode(_)) => hir.clone(),
        HirKind::Literal(literal) => Hir::literal(without_digits(&literal.0)),
        HirKind::Class(Class::Bytes(class)) => {
            let mut class = class.clone();
            if class.ranges().iter().any(|range| range.start() <= b'9' && range.end() >= b'0') {
                class.push(ClassBytesRange::new(b'0', b'0'));
            }
            Hir::class(Class::Bytes(class))
        }
        HirKind::Capture(capture) => blind(&capture.sub),
        HirKind::Repetition(repetition) => {
            Hir::repetition(Repetition { sub: Box::new(blind(&repetition.sub)), ..repetition.clone() })
        }
        HirKind::Concat(parts) => Hir::concat(all(parts)),
        HirKind::Alternation(parts) => Hir::alternation(all(parts)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex_automata::util::syntax;

    use super::*;

    const PATTERNS: [&str; 6] = [
        r"(?i)\b(try|turn) #?(2 ?(of|/) ?2|10 ?of ?10)\b",
        r"(?i)\b(try|of)\b[^%\n]{0,9}\b(9\d|100)(\.\d+)? ?%",
        r"[^\d.]\d(\.\d+)? ?% (of|turn)",
        r"^(of [3-9]+|1[^2]turn)$",
        r"(?:[a-z]*[57]){2,3}/",
        r"turn[0-4]?\B.\b2",
    ];

    fn parsed(pattern: &str) -> Hir {
        let syntax = syntax::Config::new().utf8(false).unicode(false).multi_line(true);
        syntax::parse_with(pattern, &syntax).expect("a pattern")
    }

    #[test]
    fn what_no_digits_can_match_is_known() {
        let check = |pattern: usize, text: &str, may: bool| {
            let blind = Blind::of(&parsed(PATTERNS[pattern]));
            assert_eq!(blind.may_match(&[text.as_bytes()]), may, "{} {text}", PATTERNS[pattern]);
        };
        check(0, "last TRY!", false);
        check(0, "try 7 of 8", true);
        check(0, "try 7 of 88", false);
        check(1, "of the try 17.5 %", true);
        check(1, "of the try 7 %", false);
        check(2, "7% of 8", false);
        check(2, " 7% of 8", true);
    }

    proptest! {
        #[test]
        fn nothing_is_missed(text in r"((try|Turn|of|[ #/%.]|[0-9]{1,2}|100|\n)){0,9}") {
            for pattern in PATTERNS {
                let hir = parsed(pattern);
                let matches = compiled(&hir).expect("a small one").is_match(text.as_bytes());
                prop_assert!(!matches || Blind::of(&hir).may_match(&[text.as_bytes()]), "{pattern} {text:?}");
            }
        }
    }
}
