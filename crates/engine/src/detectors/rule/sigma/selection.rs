//! A selection of a Sigma rule in, a condition of ours out.

use std::collections::BTreeMap;

use serde_json::Value;

use super::expression::{all, one};
use super::{ConditionFile, SigmaError};
use crate::detectors::rule::file::{Few, FieldFile};

/// What the lines are whose parts a rule names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lines {
    /// Requests: the parts of one line.
    Web,
    /// `name=value` in one line.
    Audit,
    /// Words, and fields where there are some.
    Text,
}

/// Names of parts of a request that have a field of their own here.
const FIELDS: [(&str, &str); 6] = [
    ("cs-method", "method"),
    ("c-method", "method"),
    ("sc-status", "status"),
    ("status", "status"),
    ("c-ip", "client"),
    ("cs-username", "user"),
];

/// The condition of a selection. `loose` is set where a part of a line is looked for in all of it.
pub(super) fn condition(
    name: &str,
    value: &Value,
    lines: Lines,
    loose: &mut bool,
) -> Result<ConditionFile, SigmaError> {
    match value {
        Value::Object(map) => {
            let parts = map.iter().map(|(key, value)| test(name, key, value, lines, loose));
            let parts: Vec<ConditionFile> = parts.collect::<Result<_, _>>()?;
            if parts.is_empty() { Err(SigmaError::cannot(name, "says nothing")) } else { Ok(all(parts)) }
        }
        Value::Array(list) if list.iter().all(|one| one.is_object()) && !list.is_empty() => Ok(one(list
            .iter()
            .map(|value| condition(name, value, lines, loose))
            .collect::<Result<_, _>>()?)),
        Value::Array(_) | Value::String(_) | Value::Number(_) => keywords(name, value, &[]),
        _ => Err(SigmaError::cannot(name, "is no selection")),
    }
}

/// The words of a value or a list of them.
fn values(place: &str, value: &Value) -> Result<Vec<String>, SigmaError> {
    let single = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(is) => Ok(is.to_string()),
        _ => Err(SigmaError::cannot(place, "has a value that is no text")),
    };
    match value {
        Value::Array(list) => list.iter().map(single).collect(),
        other => Ok(vec![single(other)?]),
    }
}

/// Words that stand anywhere in the line.
fn keywords(place: &str, value: &Value, modifiers: &[&str]) -> Result<ConditionFile, SigmaError> {
    let words = values(place, value)?
        .iter()
        .map(|text| phrase(place, text, true, true))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(joined(words, modifiers.contains(&"all")))
}

/// Phrases, of which one is there, or all are.
fn joined(words: Vec<String>, all_of_them: bool) -> ConditionFile {
    let of = |words: Vec<String>| ConditionFile { words: Few(words), ..ConditionFile::default() };
    if all_of_them { all(words.into_iter().map(|word| of(vec![word])).collect()) } else { of(words) }
}

/// A value with the wildcards of Sigma as a phrase of ours.
fn phrase(place: &str, text: &str, open_before: bool, open_behind: bool) -> Result<String, SigmaError> {
    if text.contains('?') && text.contains("\\?") || text.contains("\\*") {
        return Err(SigmaError::cannot(
            place,
            format!("`{text}` has an escaped wildcard, which cannot be said"),
        ));
    }
    let inner = text.trim_matches('*').replace("\\\\", "\\");
    let before = if open_before || text.starts_with('*') { "*" } else { "" };
    let behind = if open_behind || text.ends_with('*') { "*" } else { "" };
    Ok(format!("{before}{inner}{behind}"))
}

/// A field with what must hold of it: `cs-uri-query|contains|all`.
fn test(
    name: &str,
    key: &str,
    value: &Value,
    lines: Lines,
    loose: &mut bool,
) -> Result<ConditionFile, SigmaError> {
    let mut parts = key.split('|');
    let field = parts.next().unwrap_or_default();
    let modifiers: Vec<&str> = parts.collect();
    let place = format!("{name}.{key}");
    const KNOWN: [&str; 11] =
        ["contains", "startswith", "endswith", "all", "re", "i", "exists", "gt", "gte", "lt", "lte"];
    if let Some(unknown) = modifiers.iter().find(|modifier| !KNOWN.contains(modifier)) {
        return Err(SigmaError::cannot(place, format!("`{unknown}` cannot be said")));
    }
    if field.is_empty() {
        return keywords(&place, value, &modifiers);
    }
    if value.is_null() {
        return Err(SigmaError::cannot(place, "an empty value cannot be said"));
    }
    if modifiers.contains(&"re") {
        let flags = if modifiers.contains(&"i") { "(?i)" } else { "" };
        let patterns = values(&place, value)?.into_iter().map(|pattern| format!("{flags}{pattern}"));
        *loose = true;
        return Ok(ConditionFile { regex: Few(patterns.collect()), ..ConditionFile::default() });
    }
    if let Some(test) = compared(&place, value, &modifiers)? {
        return Ok(of_field(ours(field), test));
    }
    match lines {
        Lines::Web => match FIELDS.iter().find(|(theirs, _)| theirs.eq_ignore_ascii_case(field)) {
            Some((_, ours)) => Ok(of_field(ours, plain(&place, value, &modifiers)?)),
            None => {
                *loose = true;
                anywhere(&place, value, &modifiers)
            }
        },
        Lines::Audit => audited(field, &place, value, &modifiers),
        Lines::Text if modifiers.is_empty() || modifiers == ["contains"] => {
            Ok(of_field(field, plain(&place, value, &modifiers)?))
        }
        Lines::Text => {
            *loose = true;
            anywhere(&place, value, &modifiers)
        }
    }
}

fn ours(field: &str) -> &str {
    FIELDS.iter().find(|(theirs, _)| theirs.eq_ignore_ascii_case(field)).map_or(field, |(_, ours)| ours)
}

fn of_field(name: &str, test: FieldFile) -> ConditionFile {
    ConditionFile { fields: BTreeMap::from([(name.to_owned(), test)]), ..ConditionFile::default() }
}

/// A comparison of numbers, or whether there is a field at all.
fn compared(place: &str, value: &Value, modifiers: &[&str]) -> Result<Option<FieldFile>, SigmaError> {
    let number = || {
        let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
        number.ok_or_else(|| SigmaError::cannot(place, "is compared with what is no number"))
    };
    let least = f64::MIN_POSITIVE;
    Ok(match modifiers {
        ["exists"] => {
            Some(FieldFile { exists: Some(value.as_bool().unwrap_or(true)), ..FieldFile::default() })
        }
        ["gte"] => Some(FieldFile { at_least: Some(number()?), ..FieldFile::default() }),
        ["lte"] => Some(FieldFile { at_most: Some(number()?), ..FieldFile::default() }),
        ["gt"] => Some(FieldFile { at_least: Some(number()?.next_up().max(least)), ..FieldFile::default() }),
        ["lt"] => Some(FieldFile { at_most: Some(number()?.next_down()), ..FieldFile::default() }),
        _ => None,
    })
}

/// What a field is, or what is in it.
fn plain(place: &str, value: &Value, modifiers: &[&str]) -> Result<FieldFile, SigmaError> {
    let words = values(place, value)?;
    if modifiers.contains(&"all") && words.len() > 1 {
        return Err(SigmaError::cannot(place, "all values of one field cannot be said"));
    }
    let wild = |word: &String| word.contains('*');
    if modifiers.is_empty() && !words.iter().any(wild) {
        return Ok(FieldFile { is: Few(words), ..FieldFile::default() });
    }
    let open = modifiers.contains(&"contains");
    let begins = |at: &str| open || modifiers.contains(&at);
    let phrases = words.iter().map(|word| phrase(place, word, begins("endswith"), begins("startswith")));
    Ok(FieldFile { words: Few(phrases.collect::<Result<_, _>>()?), ..FieldFile::default() })
}

/// Words in the line, wherever the part that is named stands in it.
fn anywhere(place: &str, value: &Value, modifiers: &[&str]) -> Result<ConditionFile, SigmaError> {
    let open = modifiers.contains(&"contains");
    let words = values(place, value)?;
    let phrases = words.iter().map(|word| {
        phrase(
            place,
            word,
            open || modifiers.contains(&"endswith"),
            open || modifiers.contains(&"startswith"),
        )
    });
    Ok(joined(phrases.collect::<Result<_, _>>()?, modifiers.contains(&"all")))
}

/// `name=value` and `name="value"` in a line of the audit.
fn audited(field: &str, place: &str, value: &Value, modifiers: &[&str]) -> Result<ConditionFile, SigmaError> {
    let words = values(place, value)?;
    let (before, behind) = match modifiers.iter().find(|modifier| **modifier != "all") {
        Some(&"contains") => ("*", "*"),
        Some(&"startswith") => ("", "*"),
        Some(&"endswith") => ("*", ""),
        _ => ("", ""),
    };
    let each = words.into_iter().map(|word| {
        let word = phrase(place, &word, false, false)?;
        let plain = format!("{field}={before}{word}{behind}");
        let quoted = format!("{field}=\"{before}{word}{}", if behind.is_empty() { "\"" } else { behind });
        Ok(vec![plain, quoted])
    });
    let each: Vec<Vec<String>> = each.collect::<Result<_, SigmaError>>()?;
    if modifiers.contains(&"all") {
        return Ok(all(each.into_iter().map(|words| joined(words, false)).collect()));
    }
    Ok(joined(each.concat(), false))
}
