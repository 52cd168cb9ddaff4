//! Notices on standard output, a paragraph each.

use std::io::{self, Write};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Kind;
use crate::delivery::{Channel, DeliveryError};
use crate::inert::{Manner, Page};
use crate::notice::Notice;
use crate::settings::Fault;

/// Standard output needs no settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {}

impl Kind for Settings {
    const NAME: &'static str = "console";
    const KEEPS_STATE: bool = false;

    fn faults(&self) -> Vec<Fault> {
        Vec::new()
    }

    fn open(&self, _: Duration) -> Result<Box<dyn Channel>, String> {
        Ok(Box::new(Console))
    }
}

struct Console;

impl Channel for Console {
    fn deliver(&mut self, notice: &Notice, _: &str) -> Result<(), DeliveryError> {
        let text = Page::of(notice, Manner::Plain).text();
        let mut out = io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        written.map_err(|error| DeliveryError::Never(format!("standard output: {error}")))
    }

    fn connect(&mut self) -> Result<(), DeliveryError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn golden() {
        let shown = |(name, notice): (&str, Notice)| {
            format!("--- {name}\n{}", Page::of(&notice, Manner::Plain).text())
        };
        insta::assert_snapshot!(sample::all().into_iter().map(shown).collect::<String>());
    }

    #[test]
    fn a_page_is_short_and_its_lines_are_ours() {
        for manner in [Manner::Plain, Manner::Chat, Manner::Html, Manner::Slack, Manner::Markdown] {
            let text = Page::of(&sample::hostile(), manner).text();
            assert!(text.len() <= crate::inert::LONGEST, "{manner:?}: {}", text.len());
            assert!(!text.lines().any(|line| line.starts_with("Bcc:") || line.starts_with("<0>")), "{text}");
        }
    }
}
