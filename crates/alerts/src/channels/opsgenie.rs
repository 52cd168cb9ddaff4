//! Opsgenie: an alert that is created and closed under the fingerprint of the incident.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Kind, grade};
use crate::delivery::{Channel, DeliveryError, name_of};
use crate::http::{Client, Request, url_fault};
use crate::inert::{Manner, Page, within};
use crate::notice::{Happened, Notice};
use crate::reach::Reach;
use crate::scalars::Secret;
use crate::settings::Fault;

/// An integration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The key of an API integration.
    pub key: Secret,
    /// Where the API is; that of the EU is https://api.eu.opsgenie.com.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    /// What may be reached.
    #[serde(default)]
    pub reach: Reach,
}

impl Kind for Settings {
    const NAME: &'static str = "opsgenie";
    const KEEPS_STATE: bool = true;

    fn faults(&self) -> Vec<Fault> {
        let mut faults: Vec<Fault> =
            self.api.as_deref().and_then(|api| url_fault("api", api)).into_iter().collect();
        if self.key.is_empty() {
            faults.push(Fault::new("key", "is empty", "give key_file"));
        }
        faults
    }

    fn open(&self, timeout: Duration) -> Result<Box<dyn Channel>, String> {
        Ok(Box::new(Opsgenie { settings: self.clone(), client: Client::new(&self.reach, timeout)? }))
    }
}

struct Opsgenie {
    settings: Settings,
    client: Client,
}

/// The name of the alert there: no foreign text, so that it fits into a path.
fn alias(notice: &Notice) -> String {
    format!("logsift-{}", name_of(&notice.key))
}

fn payload(notice: &Notice) -> Value {
    let page = Page::of(notice, Manner::Chat);
    let priority = ["P4", "P3", "P2", "P1"].get(grade(&notice.severity)).copied().unwrap_or("P3");
    let tags = ["severity", "kind", "tag"].into_iter().flat_map(|name| notice.labels.values(name));
    json!({
        "message": page.headline.chars().take(130).collect::<String>(),
        "alias": alias(notice),
        "description": page.text(),
        "priority": priority,
        "source": "logsift",
        "entity": notice.labels.values("stream").next().map(|stream| within(stream, Manner::Chat, 500)),
        "tags": tags.take(20).map(|tag| within(tag, Manner::Chat, 50)).collect::<Vec<_>>(),
    })
}

impl Opsgenie {
    fn api(&self) -> &str {
        self.settings.api.as_deref().unwrap_or("https://api.opsgenie.com")
    }

    fn headers(&self) -> Vec<(&'static str, String)> {
        vec![("Authorization", format!("GenieKey {}", self.settings.key.reveal()))]
    }
}

impl Channel for Opsgenie {
    fn deliver(&mut self, notice: &Notice, _: &str) -> Result<(), DeliveryError> {
        let (url, body) = match notice.happened {
            Happened::Resolved => {
                let path = format!("{}/v2/alerts/{}/close?identifierType=alias", self.api(), alias(notice));
                (path, json!({ "source": "logsift", "note": "over" }))
            }
            _ => (format!("{}/v2/alerts", self.api()), payload(notice)),
        };
        self.client.post_json(&url, self.headers(), &body).map(|_| ())
    }

    fn connect(&mut self) -> Result<(), DeliveryError> {
        let url = format!("{}/v2/alerts/count", self.api());
        let request = Request { method: "GET", url: &url, headers: self.headers(), body: Vec::new() };
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
        sample::assert_inert(&payload(&sample::hostile()), &[]);
        assert!(alias(&sample::hostile()).bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
        assert_eq!(alias(&sample::opened()), alias(&sample::resolved()));
    }
}
