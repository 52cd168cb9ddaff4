//! The language of the catalogues: `"Order {order} accepted for {user} in {took} ms"` in, parts out.
//!
//! Texts are parsed once, at the start; a line is then made by appending parts. A slot is the name of a variable
//! of the profile (drawn once in a scene, then kept) or a generator with its arguments (drawn anew each time):
//!
//! | slot | what is written |
//! | --- | --- |
//! | `{n:1..500}`, `{n:001..500}` | a whole number, as wide as the first |
//! | `{f:0.10..2.00}` | a decimal number with as many decimals as the first |
//! | `{hex:16}`, `{HEX:8}`, `{alnum:5}`, `{base64:20}`, `{uuid}` | random characters |
//! | `{one:a\|b\|c}`, `{zipf:a\|b\|c}` | a choice, evenly or the first most often |
//! | `{any:names}`, `{top:names}` | the same of a list of the profile |
//! | `{rank:5000}` | a whole number below, small ones most often |
//! | `{address:900}`, `{stranger}` | an address of a customer, and one that is no customer's |
//! | `{tail:12}`, `{tail:12.00}` | a heavy-tailed measurement with this median; what goes wrong makes it grow |
//! | `{size:2300}` | the same for sizes that nothing makes grow |
//! | `{took}`, `{took:3}`, `{tooks:3}` | milliseconds or seconds since the scene began, with decimals |
//! | `{since}`, `{since:2}` | milliseconds since the step before |
//! | `{ramp:70..99}`, `{ramp:0.5..0.9}` | from low to high while an episode goes on |
//! | `{up:name:5000}` | a counter that rises, from about there |
//! | `{version}`, `{build}`, `{pod}`, `{pod:name}` | what a deploy changes |
//! | `{java:4..9}`, `{python:..}`, `{go:..}`, `{node:..}`, `{dotnet:..}` | frames of a stack trace |
//! | `{@iso}`, `{@level}`, `{@component}`, … | of the line: a stamp, its level, who says it |
//!
//! `{{` and `}}` stand for braces.

use super::frames::Language;
use super::moment::Stamp;

/// Of what a text is made.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Text(&'static str),
    Variable(usize),
    Integer { low: u64, high: u64, width: usize },
    Decimal { low: u64, high: u64, digits: u32 },
    Hex { length: usize, upper: bool },
    Alnum(usize),
    Base64(usize),
    Uuid,
    One(Choice),
    Zipf(Choice),
    Rank(u64),
    Address(u64),
    Stranger,
    Tail { median: u64, digits: u32 },
    Size(u64),
    Took { digits: u32, seconds: bool },
    Since(u32),
    Ramp { low: u64, high: u64, digits: u32 },
    Up { counter: usize, from: u64 },
    Version,
    Build,
    Pod(Option<&'static str>),
    Frames { language: Language, low: u64, high: u64 },
    Stamp(Stamp),
    Level { padded: bool, lower: bool },
    Component,
}

/// What can be chosen of: a list as it stands in the catalogue.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Choice {
    List(&'static [&'static str]),
    Own(Vec<&'static str>),
}

impl Choice {
    pub(super) fn items(&self) -> &[&'static str] {
        match self {
            Choice::List(list) => list,
            Choice::Own(own) => own,
        }
    }
}

/// A list of words with its name.
pub(super) type List = (&'static str, &'static [&'static str]);

/// The names that texts of a profile may use.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) variables: Vec<&'static str>,
    pub(super) counters: Vec<&'static str>,
    pub(super) lists: Vec<List>,
}

impl Names {
    pub(super) fn variable(&self, name: &str) -> Option<usize> {
        self.variables.iter().position(|known| *known == name)
    }

    fn list(&self, name: &str) -> Result<Choice, String> {
        let found = self.lists.iter().find(|(known, _)| *known == name);
        found.map(|(_, list)| Choice::List(list)).ok_or_else(|| format!("no list is called `{name}`"))
    }

    fn counter(&mut self, name: &'static str) -> usize {
        self.counters.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.counters.push(name);
            self.counters.len() - 1
        })
    }
}

/// Parses a text of the catalogue.
pub(super) fn parse(text: &'static str, names: &mut Names) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        push_text(before, &mut parts);
        if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
            push_text(if from.starts_with('{') { "{" } else { "}" }, &mut parts);
            rest = after;
            continue;
        }
        let (slot, after) = from
            .strip_prefix('{')
            .and_then(|from| from.split_once('}'))
            .ok_or_else(|| format!("a brace of `{text}` stands alone"))?;
        parts.push(slot_of(slot, names).map_err(|fault| format!("`{{{slot}}}` of `{text}`: {fault}"))?);
        rest = after;
    }
    push_text(rest, &mut parts);
    Ok(parts)
}

fn push_text(text: &'static str, parts: &mut Vec<Part>) {
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
}

fn slot_of(slot: &'static str, names: &mut Names) -> Result<Part, String> {
    if let Some(place) = names.variable(slot) {
        return Ok(Part::Variable(place));
    }
    if let Some(of_line) = slot.strip_prefix('@') {
        return of_the_line(of_line);
    }
    let (name, words) = slot.split_once(':').unwrap_or((slot, ""));
    let own = || Choice::Own(words.split('|').collect());
    Ok(match name {
        "n" => {
            let (low, high) = range(words)?;
            let first = words.split("..").next().unwrap_or_default();
            let width = if first.starts_with('0') { first.len() } else { 1 };
            Part::Integer { low: scaled(low)?.0, high: scaled(high)?.0, width }
        }
        "f" => {
            let (low, high, digits) = decimals(words)?;
            Part::Decimal { low, high, digits }
        }
        "ramp" => {
            let (low, high, digits) = decimals(words)?;
            Part::Ramp { low, high, digits }
        }
        "hex" | "HEX" => Part::Hex { length: whole(words)?, upper: name == "HEX" },
        "alnum" => Part::Alnum(whole(words)?),
        "base64" => Part::Base64(whole(words)?),
        "uuid" => Part::Uuid,
        "one" => Part::One(own()),
        "zipf" => Part::Zipf(own()),
        "any" => Part::One(names.list(words)?),
        "top" => Part::Zipf(names.list(words)?),
        "rank" => Part::Rank(whole(words)? as u64),
        "address" => Part::Address(whole(words)? as u64),
        "stranger" => Part::Stranger,
        "tail" => {
            let (median, digits) = scaled(words)?;
            Part::Tail { median, digits }
        }
        "size" => Part::Size(whole(words)? as u64),
        "took" | "tooks" => {
            let digits = if words.is_empty() { 0 } else { whole(words)? as u32 };
            Part::Took { digits, seconds: name == "tooks" }
        }
        "since" => Part::Since(if words.is_empty() { 0 } else { whole(words)? as u32 }),
        "up" => {
            let (counter, from) = words.split_once(':').ok_or("a counter needs a name and a number")?;
            Part::Up { counter: names.counter(counter), from: whole(from)? as u64 }
        }
        "version" => Part::Version,
        "build" => Part::Build,
        "pod" => Part::Pod(Some(words).filter(|words| !words.is_empty())),
        _ => frames(name, words)?,
    })
}

fn of_the_line(name: &str) -> Result<Part, String> {
    Ok(match name {
        "level" => Part::Level { padded: false, lower: false },
        "level5" => Part::Level { padded: true, lower: false },
        "lower" => Part::Level { padded: false, lower: true },
        "component" => Part::Component,
        _ => Part::Stamp(Stamp::named(name).ok_or("no such stamp")?),
    })
}

fn frames(name: &str, words: &str) -> Result<Part, String> {
    let language = Language::named(name).ok_or("neither a variable nor a generator")?;
    let (low, high) = range(words)?;
    Ok(Part::Frames { language, low: scaled(low)?.0, high: scaled(high)?.0 })
}

fn whole(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("`{text}` is no whole number"))
}

fn range(text: &str) -> Result<(&str, &str), String> {
    text.split_once("..").ok_or_else(|| format!("`{text}` is no range"))
}

/// `1.25` is 125 with 2 digits.
fn scaled(text: &str) -> Result<(u64, u32), String> {
    let digits = text.split_once('.').map_or(0, |(_, decimals)| decimals.len() as u32);
    let number = text.replace('.', "").parse().map_err(|_| format!("`{text}` is no number"))?;
    Ok((number, digits))
}

fn decimals(text: &str) -> Result<(u64, u64, u32), String> {
    let (low, high) = range(text)?;
    let ((low, digits), (high, others)) = (scaled(low)?, scaled(high)?);
    if digits == others {
        Ok((low, high, digits))
    } else {
        Err("both ends need the same decimals".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names { variables: vec!["user"], counters: Vec::new(), lists: vec![("fruit", &["apple", "pear"])] }
    }

    fn check(text: &'static str, expected: &[Part]) {
        assert_eq!(parse(text, &mut names()).unwrap(), expected, "{text}");
    }

    #[test]
    fn texts_become_parts() {
        check("plain", &[Part::Text("plain")]);
        check("{user}", &[Part::Variable(0)]);
        check(
            "a{{b}}{n:007..9}",
            &[
                Part::Text("a"),
                Part::Text("{"),
                Part::Text("b"),
                Part::Text("}"),
                Part::Integer { low: 7, high: 9, width: 3 },
            ],
        );
        check("{f:0.10..2.00}", &[Part::Decimal { low: 10, high: 200, digits: 2 }]);
        check("{one:x|y}", &[Part::One(Choice::Own(vec!["x", "y"]))]);
        check("{top:fruit}", &[Part::Zipf(Choice::List(&["apple", "pear"]))]);
        check("{tail:1.5}", &[Part::Tail { median: 15, digits: 1 }]);
        check("{@iso}", &[Part::Stamp(Stamp::Iso)]);
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for wrong in
            ["{", "}", "{nobody}", "{n:1}", "{n:a..b}", "{any:nuts}", "{f:1.0..2}", "{@never}", "{hex:}"]
        {
            assert!(parse(wrong, &mut names()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn counters_are_shared_by_name() {
        let mut names = names();
        let one = parse("{up:order:5}", &mut names).unwrap();
        let two = parse("{up:order:9}{up:page:1}", &mut names).unwrap();
        assert_eq!(one, [Part::Up { counter: 0, from: 5 }]);
        assert_eq!(two, [Part::Up { counter: 0, from: 9 }, Part::Up { counter: 1, from: 1 }]);
    }
}
