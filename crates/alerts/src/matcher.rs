//! `severity=~"high|critical"` in, whether an incident is meant out: the matchers of Alertmanager.
//!
//! Besides its four operators there are `>=` and `<=` for the severity, since "high and graver" is what most routes
//! want. A label of an incident may have several values: `=` asks whether one of them is it, `!=` whether none is.
//! Expressions match whole values and take time that is linear in their length.

use std::fmt;
use std::str::FromStr;

use regex::Regex;

use crate::labels::Labels;

/// How grave, from the mildest on.
const SEVERITIES: [&str; 4] = ["low", "medium", "high", "critical"];
/// Bytes of an expression, and of what it is compiled to.
const LONGEST: usize = 4096;
const COMPILED: usize = 1 << 20;

/// A condition on one label.
#[derive(Clone, Debug)]
pub struct Matcher {
    /// The name of the label.
    pub name: String,
    /// How it is compared.
    pub operator: Operator,
    /// With what.
    pub value: String,
    expression: Option<Regex>,
}

/// How a label is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// One value is it.
    Is,
    /// No value is it.
    IsNot,
    /// One value matches.
    Matches,
    /// No value matches.
    MatchesNot,
    /// At least as grave.
    AtLeast,
    /// At most as grave.
    AtMost,
}

impl Operator {
    /// Longer signs first, so that `=~` is not read as `=`.
    const ALL: [(&'static str, Operator); 6] = [
        ("=~", Operator::Matches),
        ("!~", Operator::MatchesNot),
        (">=", Operator::AtLeast),
        ("<=", Operator::AtMost),
        ("!=", Operator::IsNot),
        ("=", Operator::Is),
    ];

    fn sign(self) -> &'static str {
        Operator::ALL.iter().find(|(_, operator)| *operator == self).map_or("=", |(sign, _)| sign)
    }
}

impl Matcher {
    /// A matcher from its parts.
    pub fn new(name: &str, operator: Operator, value: &str) -> Result<Matcher, String> {
        let named = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
        if name.is_empty() || !named {
            return Err("has no name of a label before its sign: write severity=high".to_owned());
        }
        let ranked = matches!(operator, Operator::AtLeast | Operator::AtMost);
        if ranked && (name != "severity" || rank(value).is_none()) {
            return Err(
                "compares something other than severity with low, medium, high or critical".to_owned()
            );
        }
        let pattern = matches!(operator, Operator::Matches | Operator::MatchesNot);
        let expression = pattern.then(|| expression(value)).transpose()?;
        Ok(Matcher { name: name.to_owned(), operator, value: value.to_owned(), expression })
    }

    /// Whether labels are meant.
    pub fn matches(&self, labels: &Labels) -> bool {
        let mut values = labels.values(&self.name);
        let fits =
            |value: &str| self.expression.as_ref().is_some_and(|expression| expression.is_match(value));
        match self.operator {
            // As in Alertmanager, a label that is not there is an empty one.
            Operator::Is => labels.any_or_empty(&self.name, |value| value == self.value),
            Operator::IsNot => !labels.any_or_empty(&self.name, |value| value == self.value),
            Operator::Matches => labels.any_or_empty(&self.name, fits),
            Operator::MatchesNot => !labels.any_or_empty(&self.name, fits),
            Operator::AtLeast => values.any(|value| rank(value) >= rank(&self.value)),
            Operator::AtMost => values.any(|value| rank(value).is_some() && rank(value) <= rank(&self.value)),
        }
    }
}

/// Whether all of several matchers mean these labels.
pub fn all_match(matchers: &[Matcher], labels: &Labels) -> bool {
    matchers.iter().all(|matcher| matcher.matches(labels))
}

/// The place of a severity, the mildest first.
pub fn rank(severity: &str) -> Option<usize> {
    SEVERITIES.iter().position(|known| *known == severity)
}

fn expression(pattern: &str) -> Result<Regex, String> {
    if pattern.len() > LONGEST {
        return Err(format!("has an expression of more than {LONGEST} bytes"));
    }
    let mut builder = regex::RegexBuilder::new(&format!("^(?:{pattern})$"));
    builder.size_limit(COMPILED).build().map_err(|error| {
        let why = error.to_string();
        format!("has an expression that cannot be read: {}", why.lines().last().unwrap_or_default())
    })
}

impl FromStr for Matcher {
    type Err = String;

    fn from_str(text: &str) -> Result<Matcher, String> {
        let text = text.trim().trim_start_matches('{').trim_end_matches('}').trim();
        let at = text.find(['=', '!', '>', '<']).ok_or("has no sign: write severity=high")?;
        let (name, rest) = text.split_at(at);
        let found =
            Operator::ALL.iter().find_map(|(sign, operator)| Some((rest.strip_prefix(sign)?, *operator)));
        let (value, operator) = found.ok_or("has none of the signs = != =~ !~ >= <=")?;
        Matcher::new(name.trim(), operator, &unquoted(value.trim())?)
    }
}

/// A value with or without quotes, `\"`, `\\` and `\n` in quotes.
fn unquoted(value: &str) -> Result<String, String> {
    let Some(inner) = value.strip_prefix('"') else { return Ok(value.to_owned()) };
    let inner = inner.strip_suffix('"').ok_or("has a quote that does not end")?;
    let mut text = String::new();
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => text.push('\n'),
                Some(kept @ ('"' | '\\')) => text.push(kept),
                Some(other) => text.extend(['\\', other]),
                None => return Err("ends with a lone backslash".to_owned()),
            },
            '"' => return Err("has a quote within quotes".to_owned()),
            other => text.push(other),
        }
    }
    Ok(text)
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        write!(f, "{}{}\"{value}\"", self.name, self.operator.sign())
    }
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Matcher) -> bool {
        (&self.name, self.operator, &self.value) == (&other.name, other.operator, &other.value)
    }
}

crate::written_as_text!(Matcher, "matcher", "severity>=high");

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> Labels {
        Labels::of(&[
            ("severity", "high"),
            ("stream", "web1/sshd"),
            ("stream", "web1/cron"),
            ("kind", "rate-change"),
        ])
    }

    #[test]
    fn what_is_meant() {
        let check = |text: &str, meant: bool| {
            let matcher: Matcher = text.parse().unwrap();
            assert_eq!(matcher.matches(&labels()), meant, "{text}");
            assert_eq!(matcher.to_string().parse::<Matcher>().unwrap(), matcher, "{text}");
        };
        check("severity=high", true);
        check("severity = \"high\"", true);
        check("severity>=high", true);
        check("severity>=critical", false);
        check("severity<=medium", false);
        check("severity=~\"high|critical\"", true);
        check("severity=~\"hi\"", false);
        check("stream=web1/cron", true);
        check("stream!=web1/cron", false);
        check("stream=~web1/.*", true);
        check("stream!~\"db.*\"", true);
        check("tag=\"\"", true);
        check("tag=security", false);
        check("tag!=security", true);
    }

    #[test]
    fn what_is_refused() {
        for wrong in [
            "",
            "severity",
            "=high",
            "severity~high",
            "stream>=a",
            "severity>=grave",
            "stream=~\"(\"",
            "a=\"b",
            "a b=c",
        ] {
            assert!(wrong.parse::<Matcher>().is_err(), "{wrong}");
        }
        assert!(format!("stream=~\"{}\"", "a".repeat(5000)).parse::<Matcher>().is_err());
        assert!("stream=~\"(?:a{1000}){1000}\"".parse::<Matcher>().is_err(), "too big when compiled");
    }
}
