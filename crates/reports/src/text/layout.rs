//! Labelled rows, headings, bars and remarks in, lines of a page out.
//!
//! Widths are those of a terminal's columns, so wide characters count twice. Whatever comes from a
//! log goes through [`foreign`] before it is measured.

use std::fmt::Write as _;

use anstyle::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::WIDTHS;
use super::figures::thousands;
use super::palette::Palette;
use super::templates::template_text;
use crate::escape::{for_terminal, without_commands};
use crate::scan_report::TemplateBrief;

const INDENT: usize = 2;
const LABEL: usize = 9;
/// The column in which the content of a labelled row begins.
pub(super) const CONTENT: usize = INDENT + LABEL;
const WIDEST_BAR: usize = 50;

/// The text of a log, as a terminal or the log of a build may see it.
pub fn foreign(text: &str) -> String {
    without_commands(&for_terminal(text))
}

/// The name of an input, as a terminal may see it.
pub fn input_name(name: &str) -> String {
    match foreign(name) {
        shown if shown == "-" => "standard input".to_owned(),
        // Names stand where lines begin, see `keep_off_the_start`.
        shown if shown.trim_start().starts_with("::") => format!("›{shown}"),
        shown => shown,
    }
}

/// How many columns a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Cuts the middle out of a text that is too wide; its end tells more than its beginning.
pub fn shorten_middle(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let tail_columns = columns.saturating_sub(1) * 2 / 3;
    let head = fitting(text.chars(), columns.saturating_sub(1 + tail_columns));
    let tail: Vec<char> = fitting(text.chars().rev(), tail_columns);
    head.into_iter().chain(['…']).chain(tail.into_iter().rev()).collect()
}

/// Cuts the end off a text that is too wide.
pub fn shorten_end(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    fitting(text.chars(), columns.saturating_sub(1)).into_iter().chain(['…']).collect()
}

fn fitting(text: impl Iterator<Item = char>, columns: usize) -> Vec<char> {
    let mut used = 0;
    text.take_while(|character| {
        used += character.width().unwrap_or(0);
        used <= columns
    })
    .collect()
}

/// Puts items one after another into lines of at most that many columns, parted by ` · `.
fn flow(items: &[String], columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for item in items {
        let item = shorten_middle(item, columns);
        match lines.last_mut() {
            Some(line) if width(line) + 3 + width(&item) <= columns => {
                line.push_str(" · ");
                line.push_str(&item);
            }
            _ => lines.push(item),
        }
    }
    lines
}

/// Breaks a text between words into lines of at most that many columns.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(shorten_middle(word, columns)),
        }
    }
    lines
}

/// One bar of a group.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What it stands for.
    pub name: String,
    /// Its figure.
    pub count: String,
    /// Its share of the whole, in words.
    pub percent: String,
    /// Its share of the whole, from 0 to 1.
    pub share: f64,
    /// The style of name and bar.
    pub style: Style,
}

/// What stands at the left of a line of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// It stands around what is meant.
    Thin,
    /// It is what is meant.
    Thick,
}

/// A page that is being written.
#[derive(Debug)]
pub struct Page {
    width: usize,
    palette: Palette,
    text: String,
}

impl Page {
    /// An empty page.
    pub fn new(width: usize, palette: Palette) -> Page {
        Page { width, palette, text: String::new() }
    }

    /// An empty page for a screen of so many columns, which are brought into [`WIDTHS`].
    pub fn for_screen(columns: usize, palette: &Palette) -> Page {
        Page::new(columns.clamp(*WIDTHS.start(), *WIDTHS.end()), palette.clone())
    }

    /// Columns of the page.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The colours.
    pub fn palette(&self) -> &Palette {
        &self.palette
    }

    /// What was written.
    pub fn text(self) -> String {
        self.text
    }

    /// An empty line, unless nothing stands above it.
    pub fn gap(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    /// Text in a style.
    pub fn span(&mut self, style: Style, text: &str) {
        if !text.is_empty() {
            self.keep_off_the_start(text);
            // Writing to a string cannot fail.
            let _ = write!(self.text, "{style}{text}{style:#}");
        }
    }

    /// A line that begins with `::` is a command to some runners of builds, so a mark is put before it.
    fn keep_off_the_start(&mut self, text: &str) {
        let line = self.text.rsplit('\n').next().unwrap_or_default();
        let blank = line.chars().all(|character| character == ' ');
        if blank && text.trim_start_matches(' ').starts_with("::") {
            self.text.truncate(self.text.len() - usize::from(!line.is_empty()));
            self.text.push('›');
        }
    }

    /// Blanks.
    pub fn blanks(&mut self, count: usize) {
        self.text.extend(std::iter::repeat_n(' ', count));
    }

    /// The end of the line; blanks at its end are taken back.
    pub fn end_line(&mut self) {
        self.text.truncate(self.text.trim_end_matches(' ').len());
        self.text.push('\n');
    }

    /// A name at the left, figures at the right.
    pub fn heading(&mut self, name: &str, aside: &str) {
        let room = self.width.saturating_sub(width(aside) + 2);
        let name = shorten_middle(name, room);
        self.gap();
        self.span(self.palette.title, &name);
        self.blanks(self.width.saturating_sub(width(&name) + width(aside)));
        self.span(self.palette.dim, aside);
        self.end_line();
    }

    /// What stands at the left of a row.
    pub(super) fn label(&mut self, label: &str) {
        self.styled_label(label, self.palette.dim);
    }

    /// What stands at the left of a row, in a style of its own.
    pub(super) fn styled_label(&mut self, label: &str, style: Style) {
        self.blanks(INDENT);
        self.span(style, label);
        self.blanks(LABEL.saturating_sub(width(label)));
    }

    /// How many columns the content of a labelled row has.
    pub(super) fn content_columns(&self) -> usize {
        self.width - CONTENT
    }

    fn labelled_lines(&mut self, label: &str, style: Style, lines: &[String]) {
        for (index, line) in lines.iter().enumerate() {
            self.label(if index == 0 { label } else { "" });
            self.span(style, line);
            self.end_line();
        }
    }

    /// Lines of a log, behind an edge: whatever they begin with, they do not begin a line of the page,
    /// so that nothing which reads the page line by line takes them for a command.
    pub(super) fn quote(&mut self, edge: Edge, style: Style, text: &str, most: usize) {
        let room = self.content_columns().saturating_sub(2);
        let shown = |line: &str| wrap(&foreign(&line.replace('\t', "    ")), room);
        let lines: Vec<String> = text.lines().flat_map(shown).take(most.saturating_add(1)).collect();
        for (index, line) in lines.iter().take(most).enumerate() {
            self.label("");
            match edge {
                Edge::Thin => self.span(self.palette.dim, "│ "),
                Edge::Thick => self.span(style, "┃ "),
            }
            let cut = index + 1 == most && lines.len() > most;
            let line = if cut { shorten_end(&format!("{line} …"), room) } else { line.clone() };
            self.span(style, &line);
            self.end_line();
        }
    }

    /// A labelled sentence in a style of its own.
    pub(super) fn styled_row(&mut self, label: &str, style: Style, text: &str) {
        let lines = wrap(text, self.content_columns());
        self.labelled_lines(label, style, &lines);
    }

    /// A labelled list that stands beside what it says something about.
    pub(super) fn dim_list(&mut self, label: &str, items: &[String]) {
        let lines = flow(items, self.content_columns());
        self.labelled_lines(label, self.palette.dim, &lines);
    }

    /// A labelled sentence.
    pub fn row(&mut self, label: &str, text: &str) {
        let lines = wrap(text, self.content_columns());
        self.labelled_lines(label, Style::new(), &lines);
    }

    /// A labelled sentence that must be seen.
    pub fn alarm(&mut self, label: &str, text: &str) {
        let lines = wrap(text, self.content_columns());
        self.labelled_lines(label, self.palette.error, &lines);
    }

    /// A template in short, on one line.
    pub fn brief(&mut self, label: &str, brief: &TemplateBrief, figures: usize, level: usize) {
        let count = thousands(brief.count);
        self.label(label);
        self.blanks(figures.saturating_sub(width(&count)));
        self.span(Style::new(), &count);
        self.blanks(2);
        self.span(self.palette.level(&brief.level), &brief.level);
        self.blanks(level.saturating_sub(width(&brief.level)) + 2);
        let room = self.content_columns().saturating_sub(figures + level + 4);
        template_text(&shorten_end(&foreign(&brief.template), room), self);
        self.end_line();
    }

    /// A labelled list.
    pub fn list(&mut self, label: &str, items: &[String]) {
        let lines = flow(items, self.content_columns());
        self.labelled_lines(label, Style::new(), &lines);
    }

    /// A labelled name with what is to be said about it, and a line of code beneath.
    pub fn definition(&mut self, label: &str, name: &str, about: &str, code: &str) {
        let name = shorten_middle(name, self.content_columns().saturating_sub(width(about) + 2));
        self.label(label);
        self.span(self.palette.name, &name);
        self.blanks(2);
        self.span(Style::new(), about);
        self.end_line();
        let code = shorten_end(code, self.content_columns());
        self.labelled_lines("", self.palette.dim, &[code]);
    }

    /// A group of bars, all on one scale.
    pub fn bars(&mut self, label: &str, bars: &[Bar]) {
        let widest = |text: fn(&Bar) -> &str| bars.iter().map(|bar| width(text(bar))).max().unwrap_or(0);
        let (names, counts) = (widest(|bar| &bar.name), widest(|bar| &bar.count));
        let percents = widest(|bar| &bar.percent);
        let used = names + 2 + counts + 2 + percents + 2;
        let room = self.content_columns().saturating_sub(used).min(WIDEST_BAR);
        for (index, bar) in bars.iter().enumerate() {
            self.label(if index == 0 { label } else { "" });
            self.span(bar.style, &bar.name);
            self.blanks(names - width(&bar.name) + 2 + counts - width(&bar.count));
            self.span(Style::new(), &bar.count);
            self.blanks(2 + percents - width(&bar.percent));
            self.span(self.palette.dim, &bar.percent);
            self.blanks(2);
            self.span(bar.style, &drawn(bar.share, room));
            self.end_line();
        }
    }

    /// What was not read as asked. The reason is never cut and may have a hint on a line of its own; the
    /// name may be cut.
    pub fn notice(&mut self, kind: &str, style: Style, name: &str, text: &str) {
        const KIND: usize = 12;
        let reason: Vec<String> =
            text.lines().flat_map(|line| wrap(&foreign(line), self.width - KIND - 2)).collect();
        let first = reason.first().map_or(0, |line| width(line));
        let name = foreign(name);
        let alone = reason.len() > 1 || KIND + width(&name) + 2 + first > self.width;
        let room = self.width - KIND - 1;
        self.span(style, kind);
        self.blanks(KIND.saturating_sub(width(kind)));
        self.span(Style::new(), &shorten_middle(&name, room));
        self.text.push(':');
        for line in &reason {
            if alone {
                self.end_line();
                self.blanks(KIND + 2);
            } else {
                self.blanks(1);
            }
            self.span(Style::new(), line);
        }
        self.end_line();
    }

    /// A remark of our own.
    pub fn remark(&mut self, text: &str) {
        let lines = wrap(text, self.width - INDENT);
        for line in lines {
            self.blanks(INDENT);
            self.span(self.palette.dim, &line);
            self.end_line();
        }
    }
}

/// A bar with eight steps a column; what is not nothing is seen.
fn drawn(share: f64, columns: usize) -> String {
    const STEPS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share.clamp(0.0, 1.0) * columns as f64 * 8.0).round() as usize;
    let eighths = if share > 0.0 { eighths.max(1) } else { eighths };
    "█".repeat(eighths / 8) + STEPS[eighths % 8]
}

/// What must hold of every page: nothing in it commands the screen, and no line is wider.
#[cfg(test)]
pub(super) fn check_page(text: &str, columns: usize) {
    assert!(!text.chars().any(|letter| crate::escape::is_unsafe(letter) && letter != '\n'), "{text}");
    for line in text.lines() {
        assert!(line.width() <= columns, "{columns}: {line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_keep_both_ends_and_more_of_the_last() {
        assert_eq!(shorten_middle("/var/log/app.log", 16), "/var/log/app.log");
        assert_eq!(shorten_middle("/srv/shop/checkout/app.log", 16), "/srv/…ut/app.log");
        assert_eq!(shorten_middle("日本語日本語日本語", 9), "日…本語");
        assert_eq!(shorten_end("{time} {level} {message}", 10), "{time} {l…");
        for columns in 0..20 {
            assert!(width(&shorten_middle("日本語a日本語b日本語", columns)) <= columns.max(1));
        }
    }

    #[test]
    fn items_flow_and_words_wrap() {
        let items: Vec<String> = ["sshd 500", "cron 300", "kernel 60"].map(str::to_owned).into();
        assert_eq!(flow(&items, 20), ["sshd 500 · cron 300", "kernel 60"]);
        assert_eq!(wrap("a bb ccc dddd", 6), ["a bb", "ccc", "dddd"]);
        assert_eq!(wrap("abcdefghijkl x", 6), ["ab…jkl", "x"]);
    }

    #[test]
    fn bars_show_the_smallest_share() {
        assert_eq!(drawn(1.0, 4), "████");
        assert_eq!(drawn(0.5, 3), "█▌");
        assert_eq!(drawn(0.000_001, 40), "▏");
        assert_eq!(drawn(0.0, 40), "");
    }
}
