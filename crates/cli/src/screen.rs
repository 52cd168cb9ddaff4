//! The terminal: its width, its colours, and the lines on standard error.

use std::env;
use std::fmt::Write as _;
use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use logsift_reports::escape::for_terminal;
use logsift_reports::text::palette::Palette;

use crate::arguments::{Manners, When};

const WIDTH: usize = 80;

/// Columns of the page: those of the terminal, or of `COLUMNS` where there is none, or 80.
pub(crate) fn width() -> usize {
    let terminal = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
    let asked = || env::var("COLUMNS").ok()?.trim().parse().ok();
    terminal.or_else(asked).filter(|columns| *columns > 0).unwrap_or(WIDTH)
}

/// The palette for standard output.
pub(crate) fn palette(manners: &Manners) -> Palette {
    let coloured = match manners.color {
        When::Always => true,
        When::Never => false,
        When::Auto => AutoStream::choice(&io::stdout()) != ColorChoice::Never,
    };
    if coloured { Palette::coloured() } else { Palette::plain() }
}

/// The colours of help, which is written before the arguments are known.
pub(crate) fn help_colour(words: impl Iterator<Item = String>) -> clap::ColorChoice {
    let words: Vec<String> = words.take_while(|word| word != "--").collect();
    let flag = words.iter().enumerate().rev().find_map(|(index, word)| match word.strip_prefix("--color") {
        Some("") => words.get(index + 1).cloned(),
        Some(rest) => rest.strip_prefix('=').map(str::to_owned),
        None => None,
    });
    match flag.or_else(|| env::var("LOGSIFT_COLOR").ok()).as_deref() {
        Some("always") => clap::ColorChoice::Always,
        Some("never") => clap::ColorChoice::Never,
        _ => clap::ColorChoice::Auto,
    }
}

/// Says on standard error what went wrong; what follows the first line is indented.
pub(crate) fn complain(text: &str) {
    let red: Style = AnsiColor::Red.on_default().bold();
    let mut said = format!("{red}logsift{red:#}: ");
    for (index, line) in text.lines().enumerate() {
        let start = if index == 0 { "" } else { "  " };
        // Writing to a string cannot fail.
        let _ = writeln!(said, "{start}{}", for_terminal(line));
    }
    // Nobody is left to be told that this could not be said.
    let _ = anstream::stderr().write_all(said.as_bytes());
}

/// Panics are caught and told in our own words; their trace is for those who ask for it.
pub(crate) fn quiet_panics() {
    if env::var_os("RUST_BACKTRACE").is_none() {
        std::panic::set_hook(Box::new(|_| {}));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(words: &[&str], choice: clap::ColorChoice) {
        assert_eq!(help_colour(words.iter().map(|word| (*word).to_owned())), choice, "{words:?}");
    }

    #[test]
    fn help_is_coloured_as_asked() {
        check(&["logsift", "--color", "never", "--help"], clap::ColorChoice::Never);
        check(&["logsift", "scan", "--color=always", "-h"], clap::ColorChoice::Always);
        check(&["logsift", "--color=always", "--color=never"], clap::ColorChoice::Never);
        check(&["logsift", "scan", "--", "--color=always"], clap::ColorChoice::Auto);
        check(&["logsift", "--color"], clap::ColorChoice::Auto);
    }
}
