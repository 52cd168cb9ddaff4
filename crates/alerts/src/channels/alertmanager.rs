//! Alertmanager of Prometheus, API v2: sent again and again until it is over, as Prometheus itself does.
//!
//! An alert is told to every address, since the Alertmanagers of a cluster do not forward alerts to each other. One that
//! takes it is enough; the others get it with the next round.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Kind;
use crate::delivery::{Channel, DeliveryError};
use crate::http::{Client, Request, url_fault};
use crate::inert::{Manner, Page, within};
use crate::notice::{Happened, Notice};
use crate::reach::Reach;
use crate::scalars::Secret;
use crate::settings::Fault;

/// How often what is open is sent, and how long it counts as open when nothing more is sent.
const AGAIN: Duration = Duration::from_secs(60);
const LASTS: SignedDuration = SignedDuration::from_secs(300);
/// Alerts that are kept open, and for how long after a start.
const MOST: usize = 10_000;

/// One Alertmanager, or all of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where they are: `http://alertmanager.example.com:9093`, with the path before `/api` if there is one.
    pub urls: Vec<String>,
    /// A bearer token, for a gate before it.
    pub token: Option<Secret>,
    /// Labels that every alert gets.
    pub labels: BTreeMap<String, String>,
    /// What may be reached.
    pub reach: Reach,
}

impl Kind for Settings {
    const NAME: &'static str = "alertmanager";
    const KEEPS_STATE: bool = true;

    fn faults(&self) -> Vec<Fault> {
        let mut faults: Vec<Fault> = self.urls.iter().filter_map(|url| url_fault("urls", url)).collect();
        if self.urls.is_empty() {
            faults.push(Fault::new(
                "urls",
                "names no Alertmanager",
                "such as http://alertmanager.example.com:9093",
            ));
        }
        for name in self.labels.keys().filter(|name| !is_label(name)) {
            faults.push(Fault::new(
                format!("labels.{name}"),
                "is no name of a label",
                "letters, digits and underscores",
            ));
        }
        faults
    }

    fn open(&self, timeout: Duration) -> Result<Box<dyn Channel>, String> {
        let client = Client::new(&self.reach, timeout)?;
        Ok(Box::new(Alertmanager { settings: self.clone(), client, open: BTreeMap::new(), sent: None }))
    }
}

fn is_label(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.bytes().all(letter) && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

struct Alertmanager {
    settings: Settings,
    client: Client,
    /// What is open, by key.
    open: BTreeMap<String, Notice>,
    sent: Option<Duration>,
}

/// An alert. Only what stays the same for as long as it is open is a label, since labels are its identity.
fn payload(own: &BTreeMap<String, String>, notice: &Notice, now: Timestamp) -> Value {
    let page = Page::of(notice, Manner::Chat);
    let text = |text: &str, most: usize| within(text, Manner::Chat, most);
    let mut labels = own.clone();
    labels.insert("alertname".to_owned(), "LogsiftIncident".to_owned());
    labels.insert("fingerprint".to_owned(), text(&notice.key, 200));
    labels.insert("severity".to_owned(), text(&notice.severity, 20));
    for name in ["stream", "kind", "tag"] {
        if let Some(first) = notice.labels.values(name).next() {
            labels.insert(name.to_owned(), text(first, 200));
        }
    }
    let mut annotations = json!({
        "summary": page.headline,
        "description": page.text(),
        "mute": page.mute,
    });
    if let Some(fields) = annotations.as_object_mut() {
        fields.retain(|_, value| value.as_str() != Some(""));
    }
    let ends =
        if notice.happened == Happened::Resolved { now } else { now.saturating_add(LASTS).unwrap_or(now) };
    json!({
        "labels": labels,
        "annotations": annotations,
        "startsAt": notice.since.as_deref().filter(|since| since.parse::<Timestamp>().is_ok_and(|since| since < ends)).unwrap_or(&notice.written),
        "endsAt": ends.to_string(),
        "generatorURL": page.link,
    })
}

impl Alertmanager {
    fn post(&self, alerts: &[Value]) -> Result<(), DeliveryError> {
        let body = Value::Array(alerts.to_vec());
        let mut failed = None;
        let mut taken = false;
        for url in &self.settings.urls {
            let url = format!("{}/api/v2/alerts", url.trim_end_matches('/'));
            match self.client.post_json(&url, self.headers(), &body) {
                Ok(_) => taken = true,
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            Some(error) if !taken => Err(error),
            _ => Ok(()),
        }
    }

    fn headers(&self) -> Vec<(&'static str, String)> {
        let token = self.settings.token.as_ref();
        token.map(|token| ("Authorization", format!("Bearer {}", token.reveal()))).into_iter().collect()
    }

    fn alert(&self, notice: &Notice) -> Value {
        payload(&self.settings.labels, notice, Timestamp::now())
    }

    fn keep(&mut self, notice: &Notice) {
        match notice.happened {
            Happened::Resolved => {
                self.open.remove(&notice.key);
            }
            Happened::Opened | Happened::Grew | Happened::Reminder | Happened::Escalated
                if self.open.len() < MOST =>
            {
                // The labels are those of its beginning: with others it would be another alert.
                let mut kept = notice.clone();
                if let Some(known) = self.open.get(&notice.key) {
                    (kept.labels, kept.severity) = (known.labels.clone(), known.severity.clone());
                }
                self.open.insert(notice.key.clone(), kept);
            }
            _ => {}
        }
    }
}

impl Channel for Alertmanager {
    fn deliver(&mut self, notice: &Notice, _: &str) -> Result<(), DeliveryError> {
        let mut told = notice.clone();
        if let Some(known) = self.open.get(&notice.key) {
            (told.labels, told.severity) = (known.labels.clone(), known.severity.clone());
        }
        self.post(&[self.alert(&told)])?;
        self.keep(notice);
        Ok(())
    }

    fn tick(&mut self, elapsed: Duration) -> Result<(), DeliveryError> {
        if self.open.is_empty() || self.sent.is_some_and(|sent| elapsed < sent + AGAIN) {
            return Ok(());
        }
        self.sent = Some(elapsed);
        let alerts: Vec<Value> = self.open.values().map(|notice| self.alert(notice)).collect();
        alerts.chunks(100).try_for_each(|some| self.post(some))
    }

    fn recall(&mut self, told: &[Notice]) {
        told.iter().for_each(|notice| self.keep(notice));
    }

    fn connect(&mut self) -> Result<(), DeliveryError> {
        for url in &self.settings.urls {
            let url = format!("{}/api/v2/status", url.trim_end_matches('/'));
            let request = Request { method: "GET", url: &url, headers: self.headers(), body: Vec::new() };
            self.client.send(request)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn golden_payload(notice: &Notice) -> Value {
        payload(
            &BTreeMap::from([("cluster".to_owned(), "eu".to_owned())]),
            notice,
            "2024-03-04T09:21:00Z".parse().unwrap(),
        )
    }

    #[test]
    fn golden() {
        insta::assert_snapshot!(sample::payloads(golden_payload));
    }

    #[test]
    fn labels_stay_and_hostile_text_is_inert() {
        assert_eq!(
            golden_payload(&sample::opened())["labels"],
            golden_payload(&sample::resolved())["labels"]
        );
        sample::assert_inert(&golden_payload(&sample::hostile()), &[]);
        assert!(!is_label("0a") && !is_label("a-b") && !is_label("") && is_label("a_b0"));
    }
}
