//! An expression in, stretches of fixed text out of which one is in everything that it matches.
//!
//! By them it is found out which expressions need be asked about a text at all.

use regex_automata::meta::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::phrase::{is_found_by, without_digits};

/// Bytes of a compiled pattern at most.
const COMPILED: usize = 1 << 20;

/// An expression that can be asked; nothing where it is too large.
pub(super) fn compiled(hir: &Hir) -> Option<Regex> {
    let config =
        Regex::config().utf8_empty(false).nfa_size_limit(Some(COMPILED)).onepass_size_limit(Some(COMPILED));
    Regex::builder().configure(config).build_from_hir(hir).ok()
}

/// Stretches of text in lower case of which one is in everything that matches; none where that is not known.
pub(super) fn required(hir: &Hir) -> Vec<Vec<u8>> {
    match hir.kind() {
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        HirKind::Alternation(parts) => {
            let each: Vec<Vec<Vec<u8>>> = parts.iter().map(required).collect();
            if each.iter().any(Vec::is_empty) { Vec::new() } else { each.concat() }
        }
        HirKind::Concat(parts) => {
            let runs = stretches_of(parts).into_iter().map(|run| vec![run]);
            let inner = parts.iter().filter(|part| !is_letter(part)).map(required);
            let all = runs.chain(inner).filter(|found| !found.is_empty());
            all.max_by_key(|found| (found.iter().map(Vec::len).min(), std::cmp::Reverse(found.len())))
                .unwrap_or_default()
        }
        _ => stretches_of(std::slice::from_ref(hir))
            .into_iter()
            .map(|run| vec![run])
            .next()
            .unwrap_or_default(),
    }
}

/// What a part is as a piece of fixed text, in lower case: a literal, or a letter in either case.
fn fixed(part: &Hir) -> Option<Vec<u8>> {
    match part.kind() {
        HirKind::Literal(literal) => Some(without_digits(&literal.0.to_ascii_lowercase())),
        HirKind::Class(Class::Bytes(class)) => {
            let is_digit = |byte: u8| byte.is_ascii_digit();
            if class.ranges().iter().all(|range| is_digit(range.start()) && is_digit(range.end())) {
                return Some(vec![b'0']);
            }
            let [one, other] = class.ranges() else { return None };
            let single = one.start() == one.end() && other.start() == other.end();
            (single && one.start().eq_ignore_ascii_case(&other.start()))
                .then(|| vec![one.start().to_ascii_lowercase()])
        }
        _ => None,
    }
}

fn is_letter(part: &Hir) -> bool {
    fixed(part).is_some()
}

/// The longest run of fixed text among parts in a row.
fn stretches_of(parts: &[Hir]) -> Option<Vec<u8>> {
    let mut best: Vec<u8> = Vec::new();
    let mut run: Vec<u8> = Vec::new();
    for part in parts {
        let Some(text) = fixed(part) else {
            run.clear();
            continue;
        };
        for byte in text {
            if byte == b'\n' {
                run.clear();
                continue;
            }
            run.push(byte);
            if run.len() > best.len() {
                best.clone_from(&run);
            }
        }
    }
    is_found_by(&best).then_some(best)
}

/// Whether it tells digits apart.
pub(super) fn minds_digits(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.iter().any(u8::is_ascii_digit),
        HirKind::Class(Class::Bytes(class)) => {
            let digits = (b'0'..=b'9').filter(|digit| {
                class.ranges().iter().any(|range| (range.start()..=range.end()).contains(digit))
            });
            !matches!(digits.count(), 0 | 10)
        }
        HirKind::Class(Class::Unicode(_)) => true,
        HirKind::Capture(capture) => minds_digits(&capture.sub),
        HirKind::Repetition(repetition) => minds_digits(&repetition.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(minds_digits),
        HirKind::Empty | HirKind::Look(_) => false,
    }
}
