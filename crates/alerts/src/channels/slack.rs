//! Slack: by an incoming webhook, or by a bot, which also keeps the notices of an incident in one thread.
//!
//! Foreign text stands in plain text and preformatted blocks, where Slack makes neither links nor mentions of it.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Kind;
use crate::delivery::{Channel, DeliveryError};
use crate::http::{Client, url_fault};
use crate::inert::{Manner, Page};
use crate::notice::{Happened, Notice};
use crate::reach::Reach;
use crate::scalars::Secret;
use crate::settings::Fault;

/// Threads that are remembered.
const THREADS: usize = 1000;

/// A webhook, or the token of a bot and the channel it writes to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The URL of an incoming webhook.
    pub url: Option<Secret>,
    /// The token of a bot, `xoxb-…`.
    pub token: Option<Secret>,
    /// The channel that the bot writes to: `#alerts` or its id.
    pub channel: Option<String>,
    /// Where the API of Slack is, for a gateway of your own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    /// What may be reached.
    pub reach: Reach,
}

impl Kind for Settings {
    const NAME: &'static str = "slack";
    const KEEPS_STATE: bool = false;

    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        match (&self.url, &self.token) {
            (Some(url), None) => faults.extend(url_fault("url", url.reveal())),
            (None, Some(_)) if self.channel.is_none() => {
                faults.push(Fault::new("channel", "is missing beside the token of a bot", "such as #alerts"));
            }
            (None, Some(_)) => {}
            _ => faults.push(Fault::new(
                "",
                "needs either a url or a token",
                "give url_file, or token_file and channel",
            )),
        }
        faults.extend(self.api.as_deref().and_then(|api| url_fault("api", api)));
        faults
    }

    fn open(&self, timeout: Duration) -> Result<Box<dyn Channel>, String> {
        let client = Client::new(&self.reach, timeout)?;
        Ok(Box::new(Slack { settings: self.clone(), client, threads: BTreeMap::new() }))
    }
}

struct Slack {
    settings: Settings,
    client: Client,
    /// The first message of each story.
    threads: BTreeMap<String, String>,
}

/// What an answer of the API says.
#[derive(Deserialize)]
struct Said {
    ok: bool,
    #[serde(default)]
    error: String,
    #[serde(default)]
    ts: String,
}

fn payload(notice: &Notice) -> Value {
    let fallback = Page::of(notice, Manner::Slack);
    let page = Page::of(notice, Manner::Chat);
    let plain = |text: &str| json!({ "type": "plain_text", "text": text, "emoji": false });
    let section = |text: String| json!({ "type": "section", "text": plain(&text) });
    let header: String = page.headline.chars().take(150).collect();
    let mut blocks = vec![json!({ "type": "header", "text": plain(&header) })];
    let facts: Vec<&str> =
        [&page.against, &page.when].into_iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
    blocks.extend((!facts.is_empty()).then(|| section(facts.join("\n"))));
    if !page.cause.is_empty() {
        blocks.push(section(format!("Cause: {}", page.cause)));
        let quote = json!({ "type": "text", "text": page.quote });
        blocks.push(json!({ "type": "rich_text", "elements": [{ "type": "rich_text_preformatted", "elements": [quote] }] }));
    }
    let steps = page.story.iter().map(|step| format!("• {step}"));
    let lines: Vec<String> = steps.chain(page.others.iter().map(|other| format!("+ {other}"))).collect();
    blocks.extend((!lines.is_empty()).then(|| section(lines.join("\n"))));
    if !page.link.is_empty() {
        let button = json!({ "type": "button", "text": plain("Open"), "url": page.link });
        blocks.push(json!({ "type": "actions", "elements": [button] }));
    }
    if !page.mute.is_empty() {
        blocks.push(json!({ "type": "context", "elements": [plain(&format!("To mute: {}", page.mute))] }));
    }
    json!({
        "text": fallback.headline,
        "blocks": blocks,
        "unfurl_links": false,
        "unfurl_media": false,
        "link_names": false,
        "parse": "none",
    })
}

impl Slack {
    fn by_bot(&mut self, token: &Secret, notice: &Notice) -> Result<(), DeliveryError> {
        let mut body = payload(notice);
        let thread = self.threads.get(&notice.story_key).cloned();
        if let Some(fields) = body.as_object_mut() {
            fields.insert("channel".to_owned(), json!(self.settings.channel));
            fields.extend(thread.clone().map(|thread| ("thread_ts".to_owned(), json!(thread))));
            // What ends or escalates is for everybody, not only for who follows the thread.
            let broadcast = thread.is_some() && notice.happened != Happened::Reminder;
            fields.extend(broadcast.then(|| ("reply_broadcast".to_owned(), json!(true))));
        }
        let said = self.call("chat.postMessage", token, &body)?;
        if thread.is_none() && !said.ts.is_empty() {
            if self.threads.len() >= THREADS {
                self.threads.pop_first();
            }
            self.threads.insert(notice.story_key.clone(), said.ts);
        }
        Ok(())
    }

    fn call(&self, method: &str, token: &Secret, body: &Value) -> Result<Said, DeliveryError> {
        let api = self.settings.api.as_deref().unwrap_or("https://slack.com/api");
        let headers = vec![("Authorization", format!("Bearer {}", token.reveal()))];
        let answer = self.client.post_json(&format!("{api}/{method}"), headers, body)?;
        let said: Said = serde_json::from_str(&answer.text)
            .map_err(|_| DeliveryError::Later("the answer of Slack cannot be read".to_owned()))?;
        match said.error.as_str() {
            _ if said.ok => Ok(said),
            "ratelimited" | "internal_error" | "fatal_error" | "service_unavailable" | "request_timeout" => {
                Err(DeliveryError::Later(format!("Slack says {}", said.error)))
            }
            error => Err(DeliveryError::Never(format!(
                "Slack says {}",
                error.chars().take(80).collect::<String>()
            ))),
        }
    }
}

impl Channel for Slack {
    fn deliver(&mut self, notice: &Notice, _: &str) -> Result<(), DeliveryError> {
        match (&self.settings.token.clone(), &self.settings.url) {
            (Some(token), _) => self.by_bot(token, notice),
            (None, Some(url)) => {
                self.client.post_json(url.reveal(), Vec::new(), &payload(notice)).map(|_| ())
            }
            (None, None) => Err(DeliveryError::Never("neither url nor token".to_owned())),
        }
    }

    fn connect(&mut self) -> Result<(), DeliveryError> {
        match &self.settings.token {
            Some(token) => self.call("auth.test", token, &json!({})).map(|_| ()),
            // A webhook cannot be asked anything without writing to the channel.
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn golden() {
        insta::assert_snapshot!(sample::payloads(payload));
    }

    #[test]
    fn hostile_text_is_inert() {
        let payload = payload(&sample::hostile());
        let mut without_quote = payload.clone();
        let blocks = without_quote["blocks"].as_array_mut().unwrap();
        blocks.retain(|block| block["type"] != "rich_text");
        assert_eq!(blocks.len() + 1, payload["blocks"].as_array().unwrap().len());
        sample::assert_inert(&without_quote, &[]);
        for block in payload["blocks"].as_array().unwrap() {
            assert!(!block.to_string().contains("mrkdwn"), "{block}");
            // Limits of Slack: 3,000 characters in a section, 150 in a header.
            let length = block["text"]["text"].as_str().unwrap_or_default().chars().count();
            assert!(length <= if block["type"] == "header" { 150 } else { 3_000 });
        }
    }
}
