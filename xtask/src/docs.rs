//! What pages say about the program comes from the program: the parts of them between markers are
//! written anew.
//!
//! A part begins with `<!-- generated: WHAT -->` and ends with `<!-- end -->`. WHAT is one of
//!
//! | words | what is written |
//! | --- | --- |
//! | `words GROUP` | a table of what `logsift explain` says about the words of a group: `words notes` |
//! | `formats NAME…` | a table of these formats with their titles |
//! | `help COMMAND…` | what `logsift help COMMAND` prints |
//! | `$ logsift …` | that command, run among the logs of `crates/cli/tests/fixtures`, and what it prints; `\| head -N` keeps the first lines, `\| grep -v WORD` those without the word, `\| sed '/WORD/,$d'` those before it |
//! | `generated $ logsift …` | the same, among logs that `logsift generate all --lines 6000` made |

use std::fs;

use crate::pages::{self, Page};
use crate::run::Done;

pub(crate) mod logsift;

use logsift::{LOGS, Logsift};

const BEGIN: &str = "<!-- generated: ";
const END: &str = "<!-- end -->";

/// Brings every page up to date.
pub(crate) fn write() -> Done {
    let logsift = Logsift::build()?;
    for page in pages::all()? {
        let fresh = renewed(&page, &logsift)?;
        if fresh != page.text {
            fs::write(&page.path, fresh).map_err(|error| format!("{}: {error}", page.shown()))?;
            eprintln!("renewed {}", page.shown());
        }
    }
    Ok(())
}

/// What is not up to date, and which formats no page tells of.
pub(crate) fn stale() -> Result<Vec<String>, String> {
    let logsift = Logsift::build()?;
    let mut breaches = Vec::new();
    let mut told = String::new();
    for page in pages::all()? {
        if renewed(&page, &logsift)? != page.text {
            breaches.push(format!("{}: out of date: run `cargo xtask docs`", page.shown()));
        }
        told.push_str(&page.text);
    }
    let untold = logsift.group("formats")?.into_iter().filter(|(name, _)| !told.contains(&row_start(name)));
    breaches.extend(untold.map(|(name, _)| {
        format!("docs/book/formats.md: `{name}` stands in no table: name it in a `generated: formats` line")
    }));
    Ok(breaches)
}

/// The page with every generated part written anew.
fn renewed(page: &Page, logsift: &Logsift) -> Result<String, String> {
    let mut fresh = String::new();
    let mut lines = page.text.lines();
    while let Some(line) = lines.next() {
        fresh.push_str(line);
        fresh.push('\n');
        let Some(what) = line.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(" -->")) else {
            continue;
        };
        let part = part(what, logsift).map_err(|problem| format!("{}: {what}: {problem}", page.shown()))?;
        fresh.push_str(&format!("\n{part}\n{END}\n"));
        if !lines.any(|line| line == END) {
            return Err(format!("{}: `{line}` has no `{END}`", page.shown()));
        }
    }
    Ok(fresh)
}

fn part(what: &str, logsift: &Logsift) -> Result<String, String> {
    let (kind, rest) = what.split_once(' ').unwrap_or((what, ""));
    match kind {
        "words" => word_table(rest, logsift),
        "formats" => format_table(rest, logsift),
        "help" => Ok(block("text", &logsift.run(&words_of("help", rest))?)),
        "$" => screen(LOGS, rest, logsift),
        "generated" => {
            let command = rest.strip_prefix("$ ").ok_or("names no command after `$ `")?;
            screen(logsift.generated()?, command, logsift)
        }
        _ => Err("is nothing that can be generated; see xtask/src/docs.rs".to_owned()),
    }
}

fn words_of<'a>(first: &'a str, rest: &'a str) -> Vec<&'a str> {
    std::iter::once(first).chain(rest.split_whitespace()).collect()
}

fn word_table(group: &str, logsift: &Logsift) -> Result<String, String> {
    let singular = group.strip_suffix('s').unwrap_or(group);
    let mut table = format!("| {singular} | what it means |\n| --- | --- |\n");
    for (code, _) in logsift.group(group)? {
        table.push_str(&format!("{} {} |\n", row_start(&code), cell(&logsift.meaning(group, &code)?)));
    }
    Ok(table)
}

fn format_table(names: &str, logsift: &Logsift) -> Result<String, String> {
    let known = logsift.group("formats")?;
    let mut table = "| name | what it is |\n| --- | --- |\n".to_owned();
    for name in names.split_whitespace() {
        let format = known.iter().find(|(known, _)| known == name);
        let (_, title) = format.ok_or_else(|| format!("there is no format `{name}`"))?;
        table.push_str(&format!("{} {} |\n", row_start(name), cell(title)));
    }
    Ok(table)
}

fn row_start(name: &str) -> String {
    format!("| `{name}` |")
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// A command as one would type it, and what it prints.
fn screen(folder: &str, command: &str, logsift: &Logsift) -> Result<String, String> {
    let mut stages = command.split(" | ");
    let words: Vec<&str> = stages.next().unwrap_or_default().split_whitespace().skip(1).collect();
    let mut printed = logsift.run_in(folder, &words)?;
    for stage in stages {
        printed = piped(stage, &printed)?;
    }
    Ok(block("console", &format!("$ {command}\n{printed}")))
}

/// What a shell's `head -N`, `grep -v WORD` or `sed '/WORD/,$d'` leaves of a text.
fn piped(stage: &str, text: &str) -> Result<String, String> {
    let lines = text.lines();
    if let Some(word) = stage.strip_prefix("sed '/").and_then(|rest| rest.strip_suffix("/,$d'")) {
        return Ok(lines.take_while(|line| !line.contains(word)).collect::<Vec<_>>().join("\n"));
    }
    let kept: Vec<&str> = match stage.split_once(" -") {
        Some(("head", count)) => {
            lines.take(count.parse().map_err(|_| format!("`{count}` is no number"))?).collect()
        }
        Some(("grep", rest)) if rest.starts_with("v ") => {
            lines.filter(|line| !line.contains(rest.trim_start_matches("v "))).collect()
        }
        _ => return Err(format!("`{stage}` is neither `head -N`, `grep -v WORD` nor `sed '/WORD/,$d'`")),
    };
    Ok(kept.join("\n"))
}

fn block(language: &str, text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
    format!("```{language}\n{}\n```\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_has_no_blanks_at_the_ends_of_lines() {
        assert_eq!(block("text", "a  \n   \nb\n\n"), "```text\na\n\nb\n```\n");
    }

    #[test]
    fn lines_are_kept_as_a_shell_would() {
        assert_eq!(piped("head -2", "a\nb\nc\n").as_deref(), Ok("a\nb"));
        assert_eq!(piped("grep -v b", "a\nabc\nc\n").as_deref(), Ok("a\nc"));
        assert_eq!(piped("sed '/b/,$d'", "a\nabc\nc\n").as_deref(), Ok("a"));
        assert!(piped("grep b", "a").is_err() && piped("head -x", "a").is_err());
    }

    #[test]
    fn a_bar_in_a_cell_is_escaped() {
        assert_eq!(cell("`;` and `|` part, too"), "`;` and `\\|` part, too");
    }
}
