//! The findings of a story in, how much each looks like the cause out.
//!
//! What is severe, new, names an exception and comes first is the cause; what merely happens more often, or no longer,
//! is what followed from it. The weights were tried on runs of a cloud platform with injected faults: within a
//! factor of two either way the true line stays among the first three, so they are round numbers.

use crate::detectors::Evidence;
use crate::findings::Finding;
use crate::records::level::Level;
use crate::windows::{TemplateFacts, Timeline};

/// What novelty adds.
const NEW: f64 = 2.0;
/// What the name of an exception adds.
const EXCEPTION: f64 = 1.5;
/// What words add at most.
const WORDS: f64 = 1.5;
/// What something that is bad by itself adds.
const HARD: f64 = 3.0;
/// What is taken off where only the rate or the silence of something is odd, or where it sums up what failed before.
const CONSEQUENCE: f64 = 1.5;
/// What the first of the grave ones gets; the second gets half of it, the third a third.
const FIRST: f64 = 3.0;
/// The share of the greatest weight from which on something is grave.
const GRAVE: f64 = 0.7;

/// Detectors of what is new.
const NOVEL: [&str; 5] = ["new-template", "rare-template", "new-value", "hard-signal", "rare-error"];

/// Detectors of what was never seen before.
const NEVER_SEEN: [&str; 2] = ["new-template", "rare-error"];

/// How much each finding looks like the cause. The findings come in the order of time.
pub(crate) fn weights(findings: &[&Finding], timeline: &Timeline) -> Vec<f64> {
    let mut weights: Vec<f64> = findings.iter().map(|finding| by_itself(finding, timeline)).collect();
    let greatest = weights.iter().copied().fold(0.0, f64::max);
    let mut nth = 0.0;
    for weight in weights.iter_mut().filter(|weight| **weight >= GRAVE * greatest) {
        nth += 1.0;
        *weight += FIRST / nth;
    }
    weights
}

/// Whether it is about a template that was never seen before.
pub(crate) fn is_news(finding: &Finding) -> bool {
    finding.evidence.iter().any(|evidence| NEVER_SEEN.contains(&evidence.kind))
}

/// Without what is around it.
pub(crate) fn by_itself(finding: &Finding, timeline: &Timeline) -> f64 {
    let facts = finding.subject.template.and_then(|template| timeline.templates.get(template as usize));
    let said = |of: &dyn Fn(&Evidence) -> bool| finding.evidence.iter().any(of);
    let mut weight = of_level(finding.level);
    if said(&|evidence| NOVEL.contains(&evidence.kind)) {
        weight += NEW;
    } else if !said(&|evidence| evidence.kind == "severity") {
        weight -= CONSEQUENCE;
    }
    if let Some(facts) = facts {
        weight += (facts.meaning.weight / 3.0).clamp(0.0, WORDS);
        weight += if names_exception(&facts.text) { EXCEPTION } else { 0.0 };
    }
    let sums_up = facts.is_some_and(TemplateFacts::sums_up);
    weight
        + match finding.hard {
            Some(_) if sums_up => -CONSEQUENCE,
            Some(_) => HARD,
            None => 0.0,
        }
}

fn of_level(level: Option<Level>) -> f64 {
    match level {
        Some(Level::Fatal) => 4.0,
        Some(Level::Critical) => 3.5,
        Some(Level::Error) => 3.0,
        Some(Level::Warn) => 1.0,
        _ => 0.0,
    }
}

/// Whether a text names an exception: `Traceback`, `TypeError:`, `java.io.IOException`.
pub(crate) fn names_exception(text: &str) -> bool {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    let is_name = |word: &str| {
        let ending = ["Error", "Exception", "Panic"].into_iter().find(|ending| word.ends_with(ending));
        let begins = word.as_bytes().first().is_some_and(u8::is_ascii_uppercase);
        begins && ending.is_some_and(|ending| word.len() > ending.len() || ending == "Exception")
    };
    words.into_iter().any(|word| word == "Traceback" || is_name(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_are_known_by_their_names() {
        let check = |text: &str, wanted: bool| assert_eq!(names_exception(text), wanted, "{text}");
        check("Traceback (most recent call last):", true);
        check("Failed to copy <uuid>: AttributeError: no attribute", true);
        check("java.io.IOException: broken pipe", true);
        check("Caught exceptions.Exception: x", true);
        check("Error while reading", false);
        check("exception handler ready", false);
        check("0 Errors", false);
        check("", false);
    }
}
