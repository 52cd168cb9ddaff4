//! A Sigma rule in, rules of ours out, or what of it cannot be said.
//!
//! Sigma rules name log sources and fields of other programs. Read are those whose lines this program sees: web servers
//! and proxies, applications, and Linux. Fields that are parts of one line of text, such as the parts of a request, are
//! looked for in the line; that is said in the description of the rule. What has no counterpart is refused by its name,
//! never left out in silence.

mod expression;
mod selection;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use super::file::{ConditionFile, CountFile, RuleFile};
use expression::Expression;
use selection::Lines;

/// Nothing that people write is longer.
const LONGEST: usize = 1 << 20;

/// Why a Sigma rule cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SigmaError {
    /// It is no YAML, or no Sigma rule.
    #[error("no Sigma rule: {0}")]
    Shape(String),
    /// Its log source is none that is read here.
    #[error(
        "log source {0} is not one whose lines are read here\nhint: webserver, proxy, application, linux"
    )]
    Source(String),
    /// Something in it has no counterpart.
    #[error("{place}: {problem}")]
    Cannot {
        /// Where.
        place: String,
        /// What.
        problem: String,
    },
}

impl SigmaError {
    fn cannot(place: impl Into<String>, problem: impl Into<String>) -> SigmaError {
        SigmaError::Cannot { place: place.into(), problem: problem.into() }
    }
}

/// What is read of a Sigma rule.
#[derive(Debug, Deserialize)]
struct SigmaFile {
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    level: String,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default)]
    falsepositives: Value,
    logsource: Source,
    detection: BTreeMap<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
struct Source {
    #[serde(default)]
    category: String,
    #[serde(default)]
    product: String,
    #[serde(default)]
    service: String,
}

/// Makes rules of a Sigma rule: one for each of its conditions.
pub fn translate(text: &str) -> Result<Vec<RuleFile>, SigmaError> {
    if text.len() > LONGEST {
        return Err(SigmaError::Shape("it is longer than 1 MiB".to_owned()));
    }
    let sigma: SigmaFile =
        serde_saphyr::from_str(text).map_err(|error| SigmaError::Shape(error.to_string()))?;
    let lines = lines_of(&sigma.logsource)?;
    let conditions: Vec<String> = match sigma.detection.get("condition") {
        Some(Value::String(condition)) => vec![condition.clone()],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => return Err(SigmaError::Shape("detection has no condition".to_owned())),
    };
    let timeframe = sigma.detection.get("timeframe").and_then(Value::as_str);
    let each = conditions.iter().enumerate();
    each.map(|(at, condition)| rule(&sigma, condition, at, lines, timeframe)).collect()
}

fn lines_of(source: &Source) -> Result<Lines, SigmaError> {
    let of = |names: &[&str], name: &str| names.contains(&name);
    let Source { category, product, service } = source;
    match () {
        () if of(&["webserver", "proxy", "web"], category) => Ok(Lines::Web),
        () if of(&["apache", "nginx", "iis"], product) || of(&["apache", "nginx", "iis"], service) => {
            Ok(Lines::Web)
        }
        () if product == "linux" && service == "auditd" => Ok(Lines::Audit),
        () if product == "linux" && category.is_empty() => Ok(Lines::Text),
        () if category == "application"
            || of(
                &["django", "python", "spring", "ruby_on_rails", "jvm", "nodejs", "sql", "velocity"],
                product,
            ) =>
        {
            Ok(Lines::Text)
        }
        () if category.is_empty() && product.is_empty() && !service.is_empty() => Ok(Lines::Text),
        () => {
            let words = [("category", category), ("product", product), ("service", service)];
            let words = words.iter().filter(|(_, word)| !word.is_empty());
            let words: Vec<String> = words.map(|(name, word)| format!("{name} `{word}`")).collect();
            Err(SigmaError::Source(words.join(", ")))
        }
    }
}

fn rule(
    sigma: &SigmaFile,
    condition: &str,
    at: usize,
    lines: Lines,
    timeframe: Option<&str>,
) -> Result<RuleFile, SigmaError> {
    let (condition, count) = counted(condition, timeframe)?;
    let expression = Expression::parse(condition)?;
    let mut loose = false;
    let mut of = |name: &str| -> Result<Vec<ConditionFile>, SigmaError> {
        let named = sigma.detection.iter().filter(|(known, _)| {
            known.as_str() != "condition" && known.as_str() != "timeframe" && is_meant(name, known)
        });
        let conditions: Vec<ConditionFile> = named
            .map(|(known, value)| selection::condition(known, value, lines, &mut loose))
            .collect::<Result<_, _>>()?;
        if conditions.is_empty() {
            return Err(SigmaError::cannot("condition", format!("no selection is called `{name}`")));
        }
        Ok(conditions)
    };
    let when = expression.condition(&mut of)?;
    let mut name = name_of(&sigma.title);
    if at > 0 {
        name = format!("{name}-{}", at + 1);
    }
    let mut description = sigma.description.trim().replace('\n', " ");
    if loose {
        description.push_str(" Parts of a line are looked for in the whole line.");
    }
    Ok(RuleFile {
        name,
        title: sigma.title.clone(),
        severity: severity(&sigma.level).to_owned(),
        class: Some("SIGMA".to_owned()),
        description: description.trim().to_owned(),
        remedy: remedy(&sigma.falsepositives),
        runbook: sigma.references.first().cloned(),
        tags: sigma.tags.clone(),
        when,
        count,
        ..RuleFile::default()
    })
}

fn severity(level: &str) -> &'static str {
    match level {
        "critical" => "critical",
        "high" => "high",
        "medium" => "medium",
        _ => "low",
    }
}

fn remedy(false_positives: &Value) -> String {
    let known: Vec<&str> = match false_positives {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let known: Vec<&str> = known
        .into_iter()
        .filter(|one| !matches!(one.to_ascii_lowercase().as_str(), "unknown" | "none" | "unlikely"))
        .collect();
    if known.is_empty() { String::new() } else { format!("May be harmless: {}.", known.join("; ")) }
}

/// Lower case, digits and dashes.
fn name_of(title: &str) -> String {
    let mut name = String::from("sigma");
    for word in title.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        name.push('-');
        name.push_str(&word.to_ascii_lowercase());
    }
    name.truncate(100);
    name.trim_end_matches('-').to_owned()
}

/// Whether a name of a condition, which may end with `*`, means a selection. Those that begin with `_` are meant by
/// their own name only.
fn is_meant(name: &str, selection: &str) -> bool {
    match name.strip_suffix('*') {
        _ if name == "them" => !selection.starts_with('_'),
        Some(begin) => selection.starts_with(begin),
        None => name == selection,
    }
}

/// Parts `selection | count() by user > 10` from its count.
fn counted<'a>(
    condition: &'a str,
    timeframe: Option<&str>,
) -> Result<(&'a str, Option<CountFile>), SigmaError> {
    let Some((condition, count)) = condition.split_once('|') else { return Ok((condition, None)) };
    let cannot =
        || SigmaError::cannot("condition", format!("`|{count}` cannot be said: only count() with > or >="));
    let rest = count.trim().strip_prefix("count()").ok_or_else(cannot)?.trim();
    let (by, limit) = match rest.strip_prefix("by ") {
        Some(rest) => {
            let (field, limit) = rest.trim().split_once(' ').ok_or_else(cannot)?;
            (Some(field), limit.trim())
        }
        None => (None, rest),
    };
    let (limit, less) = match (limit.strip_prefix(">="), limit.strip_prefix('>')) {
        (Some(limit), _) => (limit, 1),
        (None, Some(limit)) => (limit, 0),
        (None, None) => return Err(cannot()),
    };
    let more_than: u64 = limit.trim().parse().map_err(|_| cannot())?;
    let within = timeframe.ok_or_else(|| SigmaError::cannot("timeframe", "a count needs one"))?.to_owned();
    let by = by.map(|field| match field {
        "src_ip" | "c-ip" | "source.ip" | "ClientIP" | "src" => "ip".to_owned(),
        "user" | "username" | "User" => "user".to_owned(),
        "host" | "hostname" | "dst_host" => "host".to_owned(),
        other => other.to_owned(),
    });
    Ok((condition, Some(CountFile { more_than: more_than.saturating_sub(less), within, by })))
}

#[cfg(test)]
mod tests;
