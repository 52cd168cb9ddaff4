//! Microsoft Teams: an adaptive card to the webhook of a workflow.
//!
//! Foreign text stands in runs of rich text, which know no Markdown.

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
    /// The URL of a workflow that starts "when a Teams webhook request is received".
    pub url: Secret,
    /// What may be reached.
    #[serde(default)]
    pub reach: Reach,
}

impl Kind for Settings {
    const NAME: &'static str = "teams";
    const KEEPS_STATE: bool = false;

    fn faults(&self) -> Vec<Fault> {
        url_fault("url", self.url.reveal()).into_iter().collect()
    }

    fn open(&self, timeout: Duration) -> Result<Box<dyn Channel>, String> {
        Ok(Box::new(Teams { url: self.url.clone(), client: Client::new(&self.reach, timeout)? }))
    }
}

struct Teams {
    url: Secret,
    client: Client,
}

fn payload(notice: &Notice) -> Value {
    let page = Page::of(notice, Manner::Chat);
    let colour = ["default", "accent", "warning", "attention"]
        .get(grade(&notice.severity))
        .copied()
        .unwrap_or("default");
    let run = |text: &str| json!({ "type": "TextRun", "text": text });
    let rich = |runs: Vec<Value>| json!({ "type": "RichTextBlock", "inlines": runs });
    let headline = json!({ "type": "TextRun", "text": page.headline, "weight": "bolder", "size": "medium", "color": colour });
    let mut body = vec![rich(vec![headline])];
    let facts = [&page.against, &page.when].into_iter().filter(|text| !text.is_empty());
    body.extend(facts.map(|text| rich(vec![run(text)])));
    if !page.cause.is_empty() {
        body.push(rich(vec![run(&format!("Cause: {}", page.cause))]));
        let quote = json!({ "type": "TextRun", "text": page.quote_inert, "fontType": "monospace" });
        body.push(json!({ "type": "Container", "style": "emphasis", "items": [rich(vec![quote])] }));
    }
    body.extend(page.story.iter().map(|step| rich(vec![run(&format!("• {step}"))])));
    body.extend(page.others.iter().map(|other| rich(vec![run(&format!("+ {other}"))])));
    if !page.mute.is_empty() {
        let mute = json!({ "type": "TextRun", "text": format!("To mute: {}", page.mute), "isSubtle": true, "size": "small" });
        body.push(rich(vec![mute]));
    }
    let mut card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": { "width": "Full" },
        "body": body,
    });
    if let (Some(card), false) = (card.as_object_mut(), page.link.is_empty()) {
        let open = json!([{ "type": "Action.OpenUrl", "title": "Open", "url": page.link }]);
        card.insert("actions".to_owned(), open);
    }
    json!({
        "type": "message",
        "attachments": [{ "contentType": "application/vnd.microsoft.card.adaptive", "content": card }],
    })
}

impl Channel for Teams {
    fn deliver(&mut self, notice: &Notice, _: &str) -> Result<(), DeliveryError> {
        self.client.post_json(self.url.reveal(), Vec::new(), &payload(notice)).map(|_| ())
    }

    fn connect(&mut self) -> Result<(), DeliveryError> {
        // A webhook cannot be asked anything without writing to the channel.
        Ok(())
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
        sample::assert_inert(&payload(&sample::hostile()), &[]);
        // Blocks of plain text would read Markdown.
        assert!(!payload(&sample::hostile()).to_string().contains("\"TextBlock\""));
    }
}
