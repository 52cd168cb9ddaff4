//! Telegram: a message of a bot. Foreign text is marked as code by position, so that nothing in it is markup or a link.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Kind;
use crate::delivery::{Channel, DeliveryError};
use crate::http::{Client, url_fault};
use crate::inert::{Manner, Page};
use crate::notice::Notice;
use crate::reach::Reach;
use crate::scalars::Secret;
use crate::settings::Fault;

/// A bot and a chat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The token of the bot.
    pub token: Secret,
    /// The chat it writes to: a number in quotes, or `@name` of a channel.
    pub chat: String,
    /// Where the API of Telegram is, for a server of your own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    /// What may be reached.
    #[serde(default)]
    pub reach: Reach,
}

impl Kind for Settings {
    const NAME: &'static str = "telegram";
    const KEEPS_STATE: bool = false;

    fn faults(&self) -> Vec<Fault> {
        let mut faults: Vec<Fault> =
            self.api.as_deref().and_then(|api| url_fault("api", api)).into_iter().collect();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b":_-".contains(&byte);
        if self.token.is_empty() || !self.token.reveal().bytes().all(plain) {
            faults.push(Fault::new(
                "token",
                "is no token of a bot",
                "as BotFather gave it: digits, a colon, letters",
            ));
        }
        faults
    }

    fn open(&self, timeout: Duration) -> Result<Box<dyn Channel>, String> {
        Ok(Box::new(Telegram { settings: self.clone(), client: Client::new(&self.reach, timeout)? }))
    }
}

struct Telegram {
    settings: Settings,
    client: Client,
}

/// A text and the marks on it, counted in UTF-16 as Telegram does.
#[derive(Default)]
struct Marked {
    text: String,
    units: usize,
    marks: Vec<Value>,
}

impl Marked {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.units += text.encode_utf16().count();
    }

    fn marked(&mut self, text: &str, kind: &str) {
        let offset = self.units;
        self.push(text);
        let length = self.units - offset;
        if length > 0 {
            self.marks.push(json!({ "type": kind, "offset": offset, "length": length }));
        }
    }

    fn line(&mut self, own: &str, foreign: &str) {
        if !foreign.is_empty() {
            self.push(own);
            self.marked(foreign, "code");
            self.push("\n");
        }
    }
}

fn payload(chat: &str, notice: &Notice) -> Value {
    let page = Page::of(notice, Manner::Chat);
    let mut marked = Marked::default();
    marked.line("", &page.headline);
    marked.line("", &page.against);
    marked.line("", &page.when);
    marked.line("Cause: ", &page.cause);
    if !page.quote.is_empty() {
        marked.marked(&page.quote, "pre");
        marked.push("\n");
    }
    page.story.iter().for_each(|step| marked.line("• ", step));
    page.others.iter().for_each(|other| marked.line("+ ", other));
    if !page.link.is_empty() {
        marked.push(&page.link);
        marked.push("\n");
    }
    marked.line("To mute: ", &page.mute);
    json!({
        "chat_id": chat,
        "text": marked.text,
        "entities": marked.marks,
        "link_preview_options": { "is_disabled": true },
    })
}

impl Telegram {
    fn url(&self, method: &str) -> String {
        let api = self.settings.api.as_deref().unwrap_or("https://api.telegram.org");
        format!("{api}/bot{}/{method}", self.settings.token.reveal())
    }
}

impl Channel for Telegram {
    fn deliver(&mut self, notice: &Notice, _: &str) -> Result<(), DeliveryError> {
        let body = payload(&self.settings.chat, notice);
        self.client.post_json(&self.url("sendMessage"), Vec::new(), &body).map(|_| ())
    }

    fn connect(&mut self) -> Result<(), DeliveryError> {
        self.client.post_json(&self.url("getMe"), Vec::new(), &json!({})).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn golden() {
        insta::assert_snapshot!(sample::payloads(|notice| payload("-100123", notice)));
    }

    #[test]
    fn hostile_text_is_inert() {
        let payload = payload("1", &sample::hostile());
        let text: Vec<u16> = payload["text"].as_str().unwrap().encode_utf16().collect();
        assert!(text.len() <= 4_096);
        let mut outside = text.clone();
        let mut last = 0;
        for mark in payload["entities"].as_array().unwrap() {
            let (from, length) =
                (mark["offset"].as_u64().unwrap() as usize, mark["length"].as_u64().unwrap() as usize);
            assert!(from >= last && from + length <= text.len());
            last = from + length;
            outside[from..last].fill(u16::from(b' '));
        }
        let outside = String::from_utf16(&outside).unwrap();
        let words: Vec<&str> = outside.split_whitespace().collect();
        let foreign = words.iter().filter(|word| {
            !["•", "+", "Cause:", "To", "mute:", "https://logsift.example.com/#/incidents/8f14e45fceea167a"]
                .contains(word)
        });
        assert_eq!(foreign.count(), 0, "{outside}");
    }
}
