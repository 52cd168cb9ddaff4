//! A request to a service of your own: the notice as JSON, or what a template makes of it, signed.
//!
//! The signature is that of the Standard Webhooks specification: HMAC-SHA256 over id, time and body. The id is the same
//! when a notice is tried again, so that a receiver that got it twice can tell.

use std::collections::BTreeMap;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use minijinja::{AutoEscape, Environment};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;

use super::Kind;
use crate::clock::{Clock, SystemClock};
use crate::delivery::{Channel, DeliveryError, name_of};
use crate::http::{Client, Request, url_fault};
use crate::inert::LONGEST;
use crate::notice::Notice;
use crate::reach::Reach;
use crate::scalars::Secret;
use crate::settings::Fault;

/// The version of the default body.
const VERSION: u32 = 1;
/// Steps that a template may take.
const STEPS: u64 = 100_000;

/// Where, and in what form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The URL.
    pub url: Secret,
    /// A template of the body (Jinja); every value in it is written as JSON. Without it the notice itself is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Headers that are sent with it, such as `Authorization`.
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    /// The key of the signature; `whsec_…` is read as base64.
    #[serde(default)]
    pub secret: Option<Secret>,
    /// What may be reached.
    #[serde(default)]
    pub reach: Reach,
}

impl Kind for Settings {
    const NAME: &'static str = "webhook";
    const KEEPS_STATE: bool = true;

    fn faults(&self) -> Vec<Fault> {
        let mut faults: Vec<Fault> = url_fault("url", self.url.reveal()).into_iter().collect();
        if let Some(Err(why)) =
            self.template.as_deref().map(|template| rendered(template, &Notice::test("x", "")))
        {
            faults.push(Fault::new(
                "template",
                format!("cannot be used: {why}"),
                "see docs/book/alerts.md for what it may use",
            ));
        }
        for (name, value) in &self.headers {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            let shown = |byte: u8| (b' '..=b'~').contains(&byte);
            if name.is_empty() || !name.bytes().all(plain) || !value.reveal().bytes().all(shown) {
                faults.push(Fault::new(
                    format!("headers.{name}"),
                    "is no header",
                    "letters, digits and dashes; one line",
                ));
            }
        }
        faults
    }

    fn open(&self, timeout: Duration) -> Result<Box<dyn Channel>, String> {
        Ok(Box::new(Webhook { settings: self.clone(), client: Client::new(&self.reach, timeout)? }))
    }
}

struct Webhook {
    settings: Settings,
    client: Client,
}

/// The notice as services take it: the words are raw, since JSON has its own way to hold them.
pub(crate) fn payload(notice: &Notice) -> Value {
    let mut body = serde_json::to_value(notice).unwrap_or_default();
    if let Some(fields) = body.as_object_mut() {
        fields.insert("version".to_owned(), json!(VERSION));
        fields.insert("source".to_owned(), json!("logsift"));
    }
    // Fields are cut in characters; what is left is cut by what it comes to, the least important first.
    for field in ["others", "story"] {
        while body.to_string().len() > LONGEST {
            let Some(items) = body.get_mut(field).and_then(Value::as_array_mut) else { break };
            if items.pop().is_none() {
                break;
            }
        }
    }
    for field in
        ["/cause/text", "/against", "/cause/why", "/cause/place", "/labels/stream", "/labels/tag", "/title"]
    {
        if body.to_string().len() > LONGEST {
            shorten(body.pointer_mut(field));
        }
    }
    body
}

fn shorten(value: Option<&mut Value>) {
    match value {
        Some(Value::String(text)) => *text = text.chars().take(80).collect(),
        Some(Value::Array(items)) => {
            items.truncate(2);
            items.iter_mut().for_each(|item| shorten(Some(item)));
        }
        _ => {}
    }
}

fn rendered(template: &str, notice: &Notice) -> Result<String, String> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Json);
    environment.set_fuel(Some(STEPS));
    let body =
        environment.render_str(template, value_of(payload(notice))).map_err(|error| error.to_string())?;
    match serde_json::from_str::<Value>(&body) {
        Ok(_) => Ok(body),
        Err(error) => Err(format!("what it gives is no JSON: {error}")),
    }
}

/// The same value, for a template.
fn value_of(json: Value) -> minijinja::Value {
    match json {
        Value::Null => minijinja::Value::from(()),
        Value::Bool(value) => value.into(),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => number.into(),
            (None, Some(number)) => number.into(),
            (None, None) => number.as_f64().unwrap_or_default().into(),
        },
        Value::String(text) => text.into(),
        Value::Array(items) => items.into_iter().map(value_of).collect::<Vec<_>>().into(),
        Value::Object(fields) => {
            minijinja::Value::from_pairs(fields.into_iter().map(|(name, value)| (name, value_of(value))))
        }
    }
}

/// `v1,` and the signature in base64.
fn signature(secret: &Secret, id: &str, seconds: i64, body: &[u8]) -> Option<String> {
    let key = match secret.reveal().strip_prefix("whsec_") {
        Some(encoded) => from_base64(encoded)?,
        None => secret.reveal().as_bytes().to_vec(),
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    Some(format!("v1,{}", to_base64(&mac.finalize().into_bytes())))
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn to_base64(bytes: &[u8]) -> String {
    let digit = |at: u32| DIGITS.get(at as usize & 63).copied().map_or('A', char::from);
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let at = |place: usize| u32::from(chunk.get(place).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        let letters = [digit(bits >> 18), digit(bits >> 12), digit(bits >> 6), digit(bits)];
        text.extend(
            letters
                .iter()
                .enumerate()
                .map(|(place, letter)| if place <= chunk.len() { *letter } else { '=' }),
        );
    }
    text
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let digit = DIGITS.iter().position(|digit| *digit == letter)?;
        bits = bits << 6 | u32::try_from(digit).ok()?;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 255).ok()?);
        }
    }
    Some(bytes)
}

impl Channel for Webhook {
    fn deliver(&mut self, notice: &Notice, id: &str) -> Result<(), DeliveryError> {
        let body = match &self.settings.template {
            None => payload(notice).to_string(),
            Some(template) => rendered(template, notice).map_err(DeliveryError::Never)?,
        };
        let (id, seconds) = (name_of(id), SystemClock::default().wall().seconds());
        let mut headers = vec![
            ("Content-Type", "application/json".to_owned()),
            ("Idempotency-Key", id.clone()),
            ("webhook-id", id.clone()),
            ("webhook-timestamp", seconds.to_string()),
        ];
        if let Some(secret) = &self.settings.secret {
            let signed = signature(secret, &id, seconds, body.as_bytes());
            headers.push((
                "webhook-signature",
                signed.ok_or_else(|| DeliveryError::Never("the secret is no base64".to_owned()))?,
            ));
        }
        headers.extend(
            self.settings.headers.iter().map(|(name, value)| (name.as_str(), value.reveal().to_owned())),
        );
        let request =
            Request { method: "POST", url: self.settings.url.reveal(), headers, body: body.into_bytes() };
        self.client.send(request).map(|_| ())
    }

    fn connect(&mut self) -> Result<(), DeliveryError> {
        // Whatever it answers to this, it can be reached.
        let request = Request {
            method: "HEAD",
            url: self.settings.url.reveal(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        match self.client.send(request) {
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
        insta::assert_snapshot!(sample::payloads(payload));
        assert!(payload(&sample::hostile()).to_string().len() <= LONGEST);
    }

    #[test]
    fn a_template_cannot_be_broken_out_of() {
        let template =
            r#"{"text": {{ title }}, "n": {{ records }}, "where": {{ labels.stream | join(", ") }}}"#;
        for (name, notice) in sample::all() {
            let body: Value = serde_json::from_str(&rendered(template, &notice).unwrap()).unwrap();
            assert_eq!(body.as_object().unwrap().len(), 3, "{name}");
            assert!(body["text"].is_string());
        }
        for wrong in [
            "{{ title }",
            "{\"a\": }",
            "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}1",
        ] {
            assert!(rendered(wrong, &sample::opened()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_signature_is_that_of_the_specification() {
        // The example of the Standard Webhooks specification.
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signed =
            signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
        for text in ["", "a", "ab", "abc", "abcd"] {
            assert_eq!(from_base64(&to_base64(text.as_bytes())).unwrap(), text.as_bytes());
        }
    }
}
