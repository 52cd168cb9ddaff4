//! The condition of a Sigma rule in, how its selections are joined out: `selection and not 1 of filter_*`.

use super::{ConditionFile, SigmaError};

/// Parts within parts at most.
const DEEPEST: usize = 12;
/// Words at most.
const WORDS: usize = 500;

/// How selections are joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Not(Box<Expression>),
    /// One of all selections of that name, or all of them.
    Of(bool, String),
}

struct Words<'a> {
    list: Vec<&'a str>,
    at: usize,
}

impl<'a> Words<'a> {
    fn of(text: &'a str) -> Words<'a> {
        let mut list = Vec::new();
        for word in text.split_whitespace() {
            let mut rest = word;
            while let Some(inner) = rest.strip_prefix('(') {
                list.push("(");
                rest = inner;
            }
            let name = rest.trim_end_matches(')');
            if !name.is_empty() {
                list.push(name);
            }
            list.extend(rest.chars().rev().take_while(|letter| *letter == ')').map(|_| ")"));
        }
        Words { list, at: 0 }
    }

    fn peek(&self) -> Option<&'a str> {
        self.list.get(self.at).copied()
    }

    fn next(&mut self) -> Option<&'a str> {
        self.at += 1;
        self.list.get(self.at - 1).copied()
    }

    fn takes(&mut self, word: &str) -> bool {
        let is = self.peek().is_some_and(|next| next.eq_ignore_ascii_case(word));
        self.at += usize::from(is);
        is
    }
}

impl Expression {
    pub(super) fn parse(text: &str) -> Result<Expression, SigmaError> {
        let mut words = Words::of(text);
        if words.list.len() > WORDS {
            return Err(SigmaError::cannot("condition", "is too long"));
        }
        let parsed = any(&mut words, 0)?;
        match words.peek() {
            None => Ok(parsed),
            Some(word) => Err(SigmaError::cannot("condition", format!("`{word}` is not understood"))),
        }
    }

    /// The condition, given those of selections by name.
    pub(super) fn condition(
        &self,
        of: &mut impl FnMut(&str) -> Result<Vec<ConditionFile>, SigmaError>,
    ) -> Result<ConditionFile, SigmaError> {
        Ok(match self {
            Expression::And(parts) => {
                all(parts.iter().map(|part| part.condition(of)).collect::<Result<_, _>>()?)
            }
            Expression::Or(parts) => {
                one(parts.iter().map(|part| part.condition(of)).collect::<Result<_, _>>()?)
            }
            Expression::Not(part) => {
                ConditionFile { not: Some(Box::new(part.condition(of)?)), ..ConditionFile::default() }
            }
            Expression::Of(true, name) => all(of(name)?),
            Expression::Of(false, name) => one(of(name)?),
        })
    }
}

/// All of them hold.
pub(super) fn all(mut parts: Vec<ConditionFile>) -> ConditionFile {
    if parts.len() == 1 {
        parts.swap_remove(0)
    } else {
        ConditionFile { all: parts, ..ConditionFile::default() }
    }
}

/// One of them holds.
pub(super) fn one(mut parts: Vec<ConditionFile>) -> ConditionFile {
    if parts.len() == 1 {
        parts.swap_remove(0)
    } else {
        ConditionFile { any: parts, ..ConditionFile::default() }
    }
}

fn any(words: &mut Words<'_>, depth: usize) -> Result<Expression, SigmaError> {
    let mut parts = vec![both(words, depth)?];
    while words.takes("or") {
        parts.push(both(words, depth)?);
    }
    Ok(if parts.len() == 1 { parts.swap_remove(0) } else { Expression::Or(parts) })
}

fn both(words: &mut Words<'_>, depth: usize) -> Result<Expression, SigmaError> {
    let mut parts = vec![single(words, depth)?];
    while words.takes("and") {
        parts.push(single(words, depth)?);
    }
    Ok(if parts.len() == 1 { parts.swap_remove(0) } else { Expression::And(parts) })
}

fn single(words: &mut Words<'_>, depth: usize) -> Result<Expression, SigmaError> {
    if depth > DEEPEST {
        return Err(SigmaError::cannot("condition", "is nested too deep"));
    }
    if words.takes("not") {
        return Ok(Expression::Not(Box::new(single(words, depth + 1)?)));
    }
    if words.takes("(") {
        let inner = any(words, depth + 1)?;
        return if words.takes(")") {
            Ok(inner)
        } else {
            Err(SigmaError::cannot("condition", "a `)` is missing"))
        };
    }
    let end = || SigmaError::cannot("condition", "ends too soon");
    match words.next().ok_or_else(end)? {
        amount @ ("1" | "all" | "any") if words.takes("of") => {
            let name = words.next().ok_or_else(end)?;
            Ok(Expression::Of(amount == "all", name.to_owned()))
        }
        word @ (")" | "and" | "or" | "of" | "near") => {
            Err(SigmaError::cannot("condition", format!("`{word}` is not understood")))
        }
        name if name.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(SigmaError::cannot("condition", format!("`{name} of` cannot be said: only 1 of, all of")))
        }
        name => Ok(Expression::Of(true, name.to_owned())),
    }
}
