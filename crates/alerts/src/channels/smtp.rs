//! Mail: text and HTML, encrypted, all notices of an incident in one thread.
//!
//! The name of the message follows from the notice, so that a mail that was sent twice, because the answer got lost, is the
//! same mail; and every notice answers to the first one of its story, which is what mail programs make threads of.

use std::time::{Duration, SystemTime};

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message, MultiPart, MultiPartKind, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{SmtpTransport, Transport};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Kind;
use crate::delivery::{Channel, DeliveryError, name_of};
use crate::inert::{Manner, Page};
use crate::notice::{Happened, Notice};
use crate::reach::{Reach, ReachError};
use crate::scalars::Secret;
use crate::settings::Fault;

/// Recipients of one mail.
const MOST: usize = 100;

/// A mail server, and whom to write to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The host of the mail server.
    pub host: String,
    /// Its port; 587 for STARTTLS, 465 for TLS, 25 without either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How the connection is encrypted.
    #[serde(default)]
    pub tls: Encryption,
    /// The name to log in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The password.
    #[serde(default)]
    pub password: Option<Secret>,
    /// The sender: `logsift <logsift@example.com>`.
    pub from: String,
    /// The recipients.
    pub to: Vec<String>,
    /// What may be reached.
    #[serde(default)]
    pub reach: Reach,
}

/// How a connection is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Encryption {
    /// It becomes encrypted before anything is said; a server that cannot is not talked to.
    #[default]
    Starttls,
    /// It is encrypted from the beginning.
    Tls,
    /// Not at all: for a server on this machine.
    None,
}

impl Kind for Settings {
    const NAME: &'static str = "smtp";
    const KEEPS_STATE: bool = false;

    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let address = |key: &str, text: &str| {
            let wrong = text.parse::<Mailbox>().is_err() || text.contains(['\r', '\n']);
            wrong.then(|| Fault::new(key, format!("`{text}` is no mail address"), "such as you@example.com"))
        };
        faults.extend(address("from", &self.from));
        faults.extend(self.to.iter().filter_map(|to| address("to", to)));
        if self.to.is_empty() || self.to.len() > MOST {
            faults.push(Fault::new(
                "to",
                "names nobody, or more than 100",
                "give the recipients, or the address of a list",
            ));
        }
        if self.user.is_some() != self.password.is_some() {
            faults.push(Fault::new(
                "user",
                "has no password, or a password no user",
                "give user and password_file",
            ));
        }
        let local = self.host == "localhost"
            || self.host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback());
        if self.tls == Encryption::None && self.user.is_some() && !local {
            faults.push(Fault::new(
                "tls",
                "is none, so that the password could be read on its way",
                "starttls or tls",
            ));
        }
        faults
    }

    fn open(&self, timeout: Duration) -> Result<Box<dyn Channel>, String> {
        Ok(Box::new(Mail { settings: self.clone(), parameters: self.parameters()?, timeout }))
    }
}

impl Settings {
    fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            Encryption::Starttls => 587,
            Encryption::Tls => 465,
            Encryption::None => 25,
        })
    }

    fn parameters(&self) -> Result<Option<TlsParameters>, String> {
        if self.tls == Encryption::None {
            return Ok(None);
        }
        let mut builder = TlsParameters::builder(self.host.clone());
        if let Some(path) = &self.reach.authority {
            let cannot = |why: String| format!("`{}` cannot be read: {why}", path.display());
            let pem = std::fs::read(path).map_err(|error| cannot(error.to_string()))?;
            let certificate = Certificate::from_pem(&pem).map_err(|error| cannot(error.to_string()))?;
            builder = builder.certificate_store(CertificateStore::None).add_root_certificate(certificate);
        }
        builder.build().map(Some).map_err(|error| format!("{}: {error}", self.host))
    }

    fn domain(&self) -> String {
        let mailbox: Option<Mailbox> = self.from.parse().ok();
        mailbox.map_or_else(|| "logsift.invalid".to_owned(), |mailbox| mailbox.email.domain().to_owned())
    }

    fn message(&self, notice: &Notice, id: &str, date: SystemTime) -> Result<Message, String> {
        let never = |_| "an address of the settings cannot be written".to_owned();
        let domain = self.domain();
        let root = format!("<{}.story@{domain}>", name_of(&notice.story_key));
        let own = match notice.happened {
            Happened::Opened => root.clone(),
            _ => format!("<{}@{domain}>", name_of(id)),
        };
        let subject: String = Page::of(notice, Manner::Chat).headline.chars().take(200).collect();
        let mut builder = Message::builder()
            .from(self.from.parse().map_err(never)?)
            .subject(subject)
            .date(date)
            .message_id(Some(own.clone()));
        for to in &self.to {
            builder = builder.to(to.parse().map_err(never)?);
        }
        if own != root {
            builder = builder.in_reply_to(root.clone()).references(root);
        }
        let text =
            SinglePart::builder().header(ContentType::TEXT_PLAIN).body(Page::of(notice, Manner::Chat).text());
        let page = SinglePart::builder().header(ContentType::TEXT_HTML).body(html(notice));
        let parts = MultiPart::builder()
            .kind(MultiPartKind::Alternative)
            .boundary(format!("logsift-{}", name_of(id)));
        let parts = parts.singlepart(text).singlepart(page);
        builder.multipart(parts).map_err(|error| error.to_string())
    }
}

/// The page as HTML: no style but in its elements, no picture, one link, which is ours.
fn html(notice: &Notice) -> String {
    let page = Page::of(notice, Manner::Html);
    let mut body = format!("<h3>{}</h3>\n", page.headline);
    let facts = [&page.against, &page.when].into_iter().filter(|text| !text.is_empty());
    body.extend(facts.map(|text| format!("<p>{text}</p>\n")));
    if !page.cause.is_empty() {
        body.push_str(&format!(
            "<p>Cause: {}</p>\n<pre style=\"white-space:pre-wrap\">{}</pre>\n",
            page.cause, page.quote_inert
        ));
    }
    let items: Vec<String> =
        page.story.iter().chain(&page.others).map(|text| format!("<li>{text}</li>\n")).collect();
    if !items.is_empty() {
        body.push_str(&format!("<ul>\n{}</ul>\n", items.concat()));
    }
    if !page.link.is_empty() {
        let link = crate::inert::escaped_attribute(&page.link);
        body.push_str(&format!("<p><a href=\"{link}\">Open in logsift</a></p>\n"));
    }
    if !page.mute.is_empty() {
        body.push_str(&format!("<p><small>To mute: <code>{}</code></small></p>\n", page.mute));
    }
    format!("<!doctype html>\n<html><body>\n{body}</body></html>\n")
}

struct Mail {
    settings: Settings,
    parameters: Option<TlsParameters>,
    timeout: Duration,
}

impl Mail {
    /// A connection to the address that was checked; certificates are checked against the name of the settings.
    fn transport(&self) -> Result<SmtpTransport, DeliveryError> {
        let Settings { host, reach, .. } = &self.settings;
        let addresses = named_in_settings(reach, host, self.settings.port())?;
        let address = addresses.first().ok_or_else(|| DeliveryError::Later(format!("{host}: no address")))?;
        let tls = match (self.settings.tls, &self.parameters) {
            (Encryption::Starttls, Some(parameters)) => Tls::Required(parameters.clone()),
            (Encryption::Tls, Some(parameters)) => Tls::Wrapper(parameters.clone()),
            _ => Tls::None,
        };
        let mut builder = SmtpTransport::builder_dangerous(address.ip().to_string())
            .port(address.port())
            .tls(tls)
            .timeout(Some(self.timeout))
            .hello_name(ClientId::Domain(self.settings.domain()));
        if let (Some(user), Some(password)) = (&self.settings.user, &self.settings.password) {
            builder = builder.credentials(Credentials::new(user.clone(), password.reveal().to_owned()));
        }
        Ok(builder.build())
    }

    fn failed(&self, error: &lettre::transport::smtp::Error) -> DeliveryError {
        let words: String =
            logsift_reports::escape::for_terminal(&error.to_string()).chars().take(200).collect();
        let words = format!("{}: {words}", self.settings.host);
        // Only what the server said for good is for good; whatever went wrong on the way may go right.
        if error.is_permanent() { DeliveryError::Never(words) } else { DeliveryError::Later(words) }
    }
}

/// The mail server of a house is usually on a private network, and whoever may write this file may name it.
fn named_in_settings(
    reach: &Reach,
    host: &str,
    port: u16,
) -> Result<Vec<std::net::SocketAddr>, DeliveryError> {
    let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7", "::1"];
    let mut reach = reach.clone();
    reach.allow.extend(private.iter().filter_map(|network| network.parse::<crate::reach::Network>().ok()));
    reach.resolve(host, port).map_err(|error| match error {
        ReachError::Refused(why) => DeliveryError::Never(why),
        ReachError::Unknown(why) => DeliveryError::Later(why),
    })
}

impl Channel for Mail {
    fn deliver(&mut self, notice: &Notice, id: &str) -> Result<(), DeliveryError> {
        let message = self.settings.message(notice, id, SystemTime::now()).map_err(DeliveryError::Never)?;
        self.transport()?.send(&message).map(|_| ()).map_err(|error| self.failed(&error))
    }

    fn connect(&mut self) -> Result<(), DeliveryError> {
        match self.transport()?.test_connection() {
            Ok(true) => Ok(()),
            Ok(false) => Err(DeliveryError::Later(format!("{} does not answer", self.settings.host))),
            Err(error) => Err(self.failed(&error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn settings() -> Settings {
        serde_json::from_value(serde_json::json!({
            "host": "mail.example.com", "from": "logsift <logsift@example.com>", "to": ["you@example.com"],
        }))
        .unwrap()
    }

    fn written(notice: &Notice) -> String {
        let id = format!("{}/{}", notice.story_key, notice.happened.name());
        let message = settings()
            .message(notice, &id, SystemTime::UNIX_EPOCH + Duration::from_secs(1_709_544_000))
            .unwrap();
        String::from_utf8(message.formatted()).unwrap()
    }

    #[test]
    fn golden() {
        let shown = |(name, notice): (&str, Notice)| {
            format!("--- {name}\n{}\n", written(&notice).replace("\r\n", "\n"))
        };
        insta::assert_snapshot!(sample::all().into_iter().map(shown).collect::<String>());
        insta::assert_snapshot!("html", html(&sample::hostile()));
    }

    #[test]
    fn no_log_text_becomes_a_header_or_a_tag() {
        let mail = written(&sample::hostile());
        let (head, _) = mail.split_once("\r\n\r\n").unwrap();
        let names: Vec<&str> = head
            .split("\r\n")
            .filter(|line| !line.starts_with(' '))
            .map(|line| line.split(':').next().unwrap())
            .collect();
        assert_eq!(
            names,
            ["From", "Subject", "Date", "Message-ID", "To", "MIME-Version", "Content-Type"],
            "{head}"
        );
        assert!(mail.split("\r\n").all(|line| line.len() <= 998 && line != "."), "{mail}");
        let page = html(&sample::hostile());
        let tags: std::collections::BTreeSet<&str> = page
            .split('<')
            .skip(1)
            .map(|rest| rest.split(['>', ' ']).next().unwrap().trim_start_matches('/'))
            .collect();
        let ours = ["!doctype", "a", "body", "code", "h3", "html", "li", "p", "pre", "small", "ul"];
        assert!(tags.iter().all(|tag| ours.contains(tag)), "{tags:?}");
        assert_eq!(page.matches("href").count(), 2, "ours, and the word in the text: {page}");
        assert!(page.len() <= 6_000, "{}", page.len());
    }

    #[test]
    fn a_story_is_a_thread() {
        let header = |notice: &Notice, name: &str| {
            let mail = written(notice);
            mail.split("\r\n").find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned))
        };
        let first = header(&sample::opened(), "Message-ID").unwrap();
        assert_eq!(header(&sample::opened(), "In-Reply-To"), None);
        for later in [sample::grew(), sample::resolved()] {
            assert_eq!(header(&later, "In-Reply-To").as_ref(), Some(&first));
            assert_eq!(header(&later, "References").as_ref(), Some(&first));
            assert_ne!(header(&later, "Message-ID").as_ref(), Some(&first));
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let check = |change: serde_json::Value, key: &str| {
            let mut document = serde_json::json!({ "host": "mail.example.com", "from": "a@example.com", "to": ["b@example.com"] });
            document.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let settings: Settings = serde_json::from_value(document).unwrap();
            assert_eq!(
                settings.faults().first().map(|fault| fault.key.clone()).as_deref(),
                Some(key),
                "{change}"
            );
        };
        check(serde_json::json!({ "to": [] }), "to");
        check(serde_json::json!({ "to": ["nobody"] }), "to");
        check(serde_json::json!({ "from": "a@example.com\r\nBcc: c@example.com" }), "from");
        check(serde_json::json!({ "user": "a" }), "user");
        check(serde_json::json!({ "user": "a", "password": "b", "tls": "none" }), "tls");
    }
}
