//! Discord: an embed to a webhook, with every mention turned off.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Kind, grade};
use crate::delivery::{Channel, DeliveryError};
use crate::http::{Client, url_fault};
use crate::inert::{Manner, Page};
use crate::notice::Notice;
use crate::reach::Reach;
use crate::scalars::Secret;
use crate::settings::Fault;

/// A webhook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The URL of the webhook.
    pub url: Secret,
    /// What may be reached.
    #[serde(default)]
    pub reach: Reach,
}

impl Kind for Settings {
    const NAME: &'static str = "discord";
    const KEEPS_STATE: bool = false;

    fn faults(&self) -> Vec<Fault> {
        url_fault("url", self.url.reveal()).into_iter().collect()
    }

    fn open(&self, timeout: Duration) -> Result<Box<dyn Channel>, String> {
        Ok(Box::new(Discord { url: self.url.clone(), client: Client::new(&self.reach, timeout)? }))
    }
}

struct Discord {
    url: Secret,
    client: Client,
}

fn payload(notice: &Notice) -> Value {
    let page = Page::of(notice, Manner::Markdown);
    let colour = [0x8899a6, 0x3b88c3, 0xf4900c, 0xdd2e44].get(grade(&notice.severity)).copied().unwrap_or(0);
    let mut lines: Vec<String> =
        [&page.against, &page.when].into_iter().filter(|text| !text.is_empty()).cloned().collect();
    if !page.cause.is_empty() {
        lines.push(format!("Cause: {}", page.cause));
        // Nothing within a block of code is markup, as long as it cannot end the block.
        lines.push(format!("```\n{}\n```", page.quote.replace('`', "ˋ")));
    }
    lines.extend(page.story.iter().map(|step| format!("• {step}")));
    lines.extend(page.others.iter().map(|other| format!("+ {other}")));
    let title: String = page.headline.chars().take(256).collect();
    // An escape that was cut in half would escape what comes behind it.
    let title = title.trim_end_matches('\\').to_owned();
    let mut embed = json!({ "title": title, "description": lines.join("\n"), "color": colour });
    if let Some(embed) = embed.as_object_mut() {
        if !page.link.is_empty() {
            embed.insert("url".to_owned(), json!(page.link));
        }
        if !page.mute.is_empty() {
            let plain = Page::of(notice, Manner::Chat).mute;
            embed.insert("footer".to_owned(), json!({ "text": format!("To mute: {plain}") }));
        }
    }
    json!({ "embeds": [embed], "allowed_mentions": { "parse": [] } })
}

impl Channel for Discord {
    fn deliver(&mut self, notice: &Notice, _: &str) -> Result<(), DeliveryError> {
        self.client.post_json(self.url.reveal(), Vec::new(), &payload(notice)).map(|_| ())
    }

    fn connect(&mut self) -> Result<(), DeliveryError> {
        let headers = Vec::new();
        let request =
            crate::http::Request { method: "GET", url: self.url.reveal(), headers, body: Vec::new() };
        self.client.send(request).map(|_| ())
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
        assert_eq!(payload["allowed_mentions"]["parse"], json!([]));
        let embed = &payload["embeds"][0];
        let description = embed["description"].as_str().unwrap();
        let (before, rest) = description.split_once("```\n").unwrap();
        let (_, behind) = rest.split_once("\n```").unwrap();
        assert!(!behind.contains("```"));
        sample::assert_inert(
            &json!({ "title": embed["title"], "footer": embed["footer"], "a": before, "b": behind }),
            &[],
        );
        assert!(
            description.chars().count() <= 4_096 && embed["title"].as_str().unwrap().chars().count() <= 256
        );
    }
}
