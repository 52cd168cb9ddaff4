//! `explain`: a word that logsift uses in, what it means and what to do about it out.
//!
//! The words stand in one flat list; a test holds it against the lists of the engine, so that no note,
//! reason, level or exit code is without its explanation.

mod catalogue;
mod words;

use std::fmt::Write as _;
use std::io::{self, Write};

use anstyle::Style;
use logsift_engine::records::format::{FormatFile, FormatKind, FormatSample};
use logsift_reports::escape::for_terminal;
use logsift_reports::text::palette::Palette;

use logsift_pipeline::training::named;

use crate::arguments::{Explain, Manners};
use crate::exit::{Exit, Problem, unless_pipe_closed};
use crate::{formats, screen};
use words::{GROUPS, Group, WORDS, Word};

const WIDEST: usize = 100;
const SAMPLES: usize = 2;

pub(crate) fn run(arguments: &Explain, manners: &Manners) -> Result<Exit, Problem> {
    let page = Page { width: screen::width().min(WIDEST), palette: screen::palette(manners) };
    let formats = formats::files(arguments.own.formats.as_deref())?;
    let text = match arguments.code.as_deref() {
        None => page.everything(&formats),
        Some(code) => answer(code, &formats, &page).ok_or_else(|| unknown(code, &formats))?,
    };
    unless_pipe_closed(io::stdout().write_all(text.as_bytes())).map_err(Problem::internal)?;
    Ok(Exit::Ran)
}

fn answer(code: &str, formats: &[FormatFile], page: &Page) -> Option<String> {
    let code = code.trim().to_lowercase();
    if let Some(group) = GROUPS.iter().find(|group| group.plural == code || group.name == code) {
        return Some(page.group(group, formats));
    }
    let (group, name) =
        code.split_once(':').map_or((None, code.as_str()), |(group, name)| (Some(group), name));
    let in_group = |other: &str| group.is_none_or(|group| group == other);
    let words = WORDS.iter().filter(|word| word.code == name && in_group(word.group));
    let formats = formats.iter().filter(|format| format.name == name && in_group("format"));
    let told = catalogue::page(&name_of(name), page).filter(|(group, _)| in_group(group));
    let texts: Vec<String> = words
        .map(|word| page.word(word))
        .chain(formats.map(|format| page.format(format)))
        .chain(told.map(|(_, text)| text))
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

/// A short name of a model stands for its whole one.
fn name_of(name: &str) -> String {
    named(name).map_or_else(|_| name.to_owned(), |choice| choice.card().name.to_owned())
}

fn unknown(code: &str, formats: &[FormatFile]) -> Problem {
    let name = code.split_once(':').map_or(code, |(_, name)| name);
    let known = WORDS.iter().map(|word| word.code).chain(formats.iter().map(|format| format.name.as_str()));
    let known =
        known.chain(GROUPS.iter().flat_map(|group| catalogue::entries(group.name)).map(|(name, _)| name));
    let nearest = known.min_by_key(|known| (distance(known, name), known.len()));
    let hint = match nearest {
        Some(known) if distance(known, name) <= 1 + name.len() / 4 => {
            format!("did you mean `{known}`? `logsift explain` lists all words")
        }
        _ => "`logsift explain` lists all words".to_owned(),
    };
    Problem::usage(format!("`{code}` is no word of logsift\nhint: {hint}"))
}

/// How many characters must be changed, put in or left out to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, character) in one.chars().enumerate() {
        let mut diagonal = above;
        row[0] = above + 1;
        for (index, candidate) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(*candidate != character);
            diagonal = row[index + 1];
            row[index + 1] = replaced.min(diagonal + 1).min(row[index] + 1);
        }
    }
    row[other.len()]
}

struct Page {
    width: usize,
    palette: Palette,
}

impl Page {
    fn everything(&self, formats: &[FormatFile]) -> String {
        let groups = GROUPS.iter().map(|group| self.group(group, formats));
        groups.collect::<Vec<_>>().join("\n")
    }

    fn group(&self, group: &Group, formats: &[FormatFile]) -> String {
        let words = WORDS.iter().filter(|word| word.group == group.name);
        let mut entries: Vec<_> = words.map(|word| (word.code, word.summary)).collect();
        if group.name == "format" {
            entries.extend(formats.iter().map(|format| (format.name.as_str(), format.title.as_str())));
        }
        entries.extend(catalogue::entries(group.name));
        self.list(group.title, &entries)
    }

    fn list(&self, title: &str, entries: &[(&str, &str)]) -> String {
        let widest = entries.iter().map(|(code, _)| code.len()).max().unwrap_or(0);
        let mut text = styled(self.palette.title, title) + "\n";
        for (code, summary) in entries {
            let lines = wrapped(&for_terminal(summary), self.width.saturating_sub(widest + 4));
            for (index, line) in lines.iter().enumerate() {
                let code = if index == 0 { *code } else { "" };
                let padding = " ".repeat(widest - code.len() + 2);
                let code = styled(self.palette.name, &for_terminal(code));
                // Writing to a string cannot fail.
                let _ = writeln!(text, "  {code}{padding}{line}");
            }
        }
        text
    }

    fn heading(&self, name: &str, group: &str, summary: &str) -> String {
        let title = styled(self.palette.title, &for_terminal(name));
        let summary = wrapped(&for_terminal(summary), self.width).join("\n");
        format!("{title}  {}\n\n{summary}\n", styled(self.palette.dim, group))
    }

    fn word(&self, word: &Word) -> String {
        self.heading(word.code, word.group, word.summary) + &wrapped(word.more, self.width).join("\n") + "\n"
    }

    fn format(&self, format: &FormatFile) -> String {
        let mut text = self.heading(&format.name, "format", &format.title);
        let mut part = |label: &str, lines: &[String]| {
            if !lines.is_empty() {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "\n{}", styled(self.palette.dim, label));
                lines.iter().for_each(|line| text.extend(["  ", &for_terminal(line), "\n"]));
            }
        };
        part("taken apart", &[kind(format.kind).to_owned()]);
        part("patterns", &format.patterns);
        let streams = if format.stream.is_empty() { Vec::new() } else { vec![format.stream.join(" and ")] };
        part("a stream for each", &streams);
        for sample in format.samples.iter().take(SAMPLES) {
            part("for example", &sample_lines(sample));
        }
        text
    }
}

fn kind(kind: FormatKind) -> &'static str {
    match kind {
        FormatKind::Pattern => "by patterns, the first that matches",
        FormatKind::Json => "as a JSON object per line",
        FormatKind::Logfmt => "as key=value pairs",
        FormatKind::Csv => "as comma-separated values under a header line",
        FormatKind::Tsv => "as tab-separated values under a header line",
        FormatKind::W3c => "as columns that a #Fields: line names",
        FormatKind::JournalExport => "as the blocks of a journal export",
    }
}

fn sample_lines(sample: &FormatSample) -> Vec<String> {
    let found = [("time", &sample.time), ("level", &sample.level), ("message", &sample.message)];
    let found = found.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    let fields = sample.fields.iter().map(|(name, value)| (name.as_str(), value));
    let found = found.chain(fields).map(|(name, value)| format!("  {name} = {value}"));
    sample.line.lines().map(str::to_owned).chain(found).collect()
}

fn styled(style: Style, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{style}{text}{style:#}") }
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use logsift_engine::balance::Skip;
    use logsift_engine::records::level::Level;
    use logsift_engine::records::notes::Notes;
    use logsift_engine::templates::Kind;
    use logsift_reports::scan_report::NoticeKind;
    use std::collections::BTreeSet;

    fn words_of(group: &str) -> BTreeSet<&'static str> {
        WORDS.iter().filter(|word| word.group == group).map(|word| word.code).collect()
    }

    #[test]
    fn every_word_in_the_output_is_explained_and_no_other() {
        assert_eq!(words_of("note"), Notes::ALL.iter().map(|(_, name)| *name).collect());
        assert_eq!(words_of("skipped"), Skip::ALL.map(Skip::name).into());
        assert_eq!(words_of("level"), Level::ALL.map(Level::name).into_iter().chain(["none"]).collect());
        assert_eq!(words_of("slot"), Kind::ALL.map(Kind::name).into());
        assert_eq!(words_of("exit"), Exit::ALL.map(Exit::name).into());
        let kinds = [NoticeKind::Failed, NoticeKind::Unreadable, NoticeKind::Skipped, NoticeKind::Noted];
        assert_eq!(words_of("notice"), kinds.map(NoticeKind::name).into());
    }

    #[test]
    fn every_word_belongs_to_a_group_and_says_something() {
        for word in WORDS {
            assert!(GROUPS.iter().any(|group| group.name == word.group), "{}", word.code);
            assert!(word.summary.ends_with('.') && word.more.ends_with('.'), "{}", word.code);
        }
    }

    #[test]
    fn words_that_are_nearly_right_are_hinted_at() {
        assert_eq!(distance("blank", "blank"), 0);
        assert_eq!(distance("blank", "blnk"), 1);
        assert_eq!(distance("", "abc"), 3);
        let said = |code| unknown(code, &[]).to_string();
        assert!(said("year-infered").contains("`year-inferred`"));
        assert!(said("note:blnk").contains("`blank`"));
        assert!(!said("xyzzy-plugh-foo").contains("did you mean"));
    }

    #[test]
    fn a_word_can_be_asked_for_with_its_group() {
        let page = Page { width: 80, palette: Palette::plain() };
        for code in ["3", "exit:3", "Blank", "notes", "exit", "level:warn", "formats"] {
            assert!(answer(code, &[], &page).is_some(), "{code}");
        }
        for code in ["level:3", "", ":", "note:", "format:3"] {
            assert!(answer(code, &[], &page).is_none(), "{code}");
        }
    }
}
