//! PagerDuty, Events API v2: an alert that is triggered and resolved under the fingerprint of the incident.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Kind, grade};
use crate::delivery::{Channel, DeliveryError};
use crate::http::{Client, url_fault};
use crate::inert::{Manner, Page};
use crate::notice::{Happened, Notice};
use crate::reach::Reach;
use crate::scalars::Secret;
use crate::settings::Fault;

/// An integration of a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The integration key of the service.
    pub routing_key: Secret,
    /// Where the API is; that of the EU is https://events.eu.pagerduty.com.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    /// What may be reached.
    #[serde(default)]
    pub reach: Reach,
}

impl Kind for Settings {
    const NAME: &'static str = "pagerduty";
    const KEEPS_STATE: bool = true;

    fn faults(&self) -> Vec<Fault> {
        let mut faults: Vec<Fault> =
            self.api.as_deref().and_then(|api| url_fault("api", api)).into_iter().collect();
        if self.routing_key.is_empty() {
            faults.push(Fault::new("routing_key", "is empty", "give routing_key_file"));
        }
        faults
    }

    fn open(&self, timeout: Duration) -> Result<Box<dyn Channel>, String> {
        Ok(Box::new(PagerDuty { settings: self.clone(), client: Client::new(&self.reach, timeout)? }))
    }
}

struct PagerDuty {
    settings: Settings,
    client: Client,
}

fn payload(routing_key: &str, notice: &Notice) -> Value {
    let action = if notice.happened == Happened::Resolved { "resolve" } else { "trigger" };
    let mut body = json!({ "routing_key": routing_key, "event_action": action, "dedup_key": format!("logsift-{}", notice.key) });
    if let (Some(fields), "trigger") = (body.as_object_mut(), action) {
        fields.insert("payload".to_owned(), event(notice));
        fields.insert("client".to_owned(), json!("logsift"));
        if let Some(link) = &notice.link {
            fields.insert("client_url".to_owned(), json!(link));
            fields.insert("links".to_owned(), json!([{ "href": link, "text": "Open in logsift" }]));
        }
    }
    body
}

fn event(notice: &Notice) -> Value {
    let page = Page::of(notice, Manner::Chat);
    let grave =
        ["info", "warning", "error", "critical"].get(grade(&notice.severity)).copied().unwrap_or("error");
    let first = |name: &str| {
        notice.labels.values(name).next().map(|value| crate::inert::within(value, Manner::Chat, 200))
    };
    json!({
        "summary": page.headline.chars().take(1024).collect::<String>(),
        "source": first("stream").unwrap_or_else(|| "logsift".to_owned()),
        "severity": grave,
        "timestamp": notice.since.as_deref().unwrap_or(&notice.written),
        "class": first("kind"),
        "custom_details": {
            "against": page.against,
            "when": page.when,
            "cause": page.cause,
            "line": page.quote_inert,
            "story": page.story,
            "others": page.others,
            "mute": page.mute,
        },
    })
}

impl Channel for PagerDuty {
    fn deliver(&mut self, notice: &Notice, _: &str) -> Result<(), DeliveryError> {
        let api = self.settings.api.as_deref().unwrap_or("https://events.pagerduty.com");
        let body = payload(self.settings.routing_key.reveal(), notice);
        self.client.post_json(&format!("{api}/v2/enqueue"), Vec::new(), &body).map(|_| ())
    }

    fn connect(&mut self) -> Result<(), DeliveryError> {
        // An empty event is refused by whoever is there to refuse it.
        let api = self.settings.api.as_deref().unwrap_or("https://events.pagerduty.com");
        match self.client.post_json(&format!("{api}/v2/enqueue"), Vec::new(), &json!({})) {
            Err(error @ (DeliveryError::Later(_) | DeliveryError::After(..))) => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn golden() {
        insta::assert_snapshot!(sample::payloads(|notice| payload("R0UT1NG", notice)));
    }

    #[test]
    fn all_notices_of_an_incident_have_one_key_and_hostile_text_is_inert() {
        let key = |notice: &Notice| payload("k", notice)["dedup_key"].clone();
        assert_eq!(key(&sample::opened()), key(&sample::grew()));
        assert_eq!(key(&sample::opened()), key(&sample::resolved()));
        sample::assert_inert(&payload("k", &sample::hostile()), &[]);
    }
}
