//! Requests to receivers: no redirect is followed, no proxy taken, no answer read without end, no secret printed.

use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

use crate::delivery::DeliveryError;
use crate::reach::{Reach, ReachError};
use crate::settings::Fault;

/// Bytes of an answer that are read.
const ANSWER: u64 = 64 << 10;
/// Characters of an answer that are told.
const TOLD: usize = 200;

/// Sends requests to one receiver.
pub(crate) struct Client {
    agent: Agent,
    refused: Refused,
}

/// Why the last address was refused: an error of the client cannot carry it.
type Refused = Arc<Mutex<Option<String>>>;

/// One request.
pub(crate) struct Request<'a> {
    pub(crate) method: &'static str,
    pub(crate) url: &'a str,
    pub(crate) headers: Vec<(&'a str, String)>,
    pub(crate) body: Vec<u8>,
}

/// A status of success, and what was said.
pub(crate) struct Answer {
    pub(crate) text: String,
}

impl Client {
    /// A client that may reach this, and waits so long for an answer.
    pub(crate) fn new(reach: &Reach, timeout: Duration) -> Result<Client, String> {
        let refused = Refused::default();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(concat!("logsift/", env!("CARGO_PKG_VERSION")))
            .timeout_global(Some(timeout))
            .max_response_header_size(16 << 10)
            // A connection that the receiver closes while it is kept would cost an attempt.
            .max_idle_connections(0)
            .tls_config(tls(reach.authority.as_deref())?)
            .build();
        let resolver = CheckedResolver { reach: reach.clone(), refused: Arc::clone(&refused) };
        Ok(Client { agent: Agent::with_parts(config, DefaultConnector::default(), resolver), refused })
    }

    /// Posts JSON.
    pub(crate) fn post_json(
        &self,
        url: &str,
        headers: Vec<(&str, String)>,
        body: &serde_json::Value,
    ) -> Result<Answer, DeliveryError> {
        let mut all = vec![("Content-Type", "application/json".to_owned())];
        all.extend(headers);
        self.send(Request { method: "POST", url, headers: all, body: body.to_string().into_bytes() })
    }

    /// Sends a request; anything but success is an error that says whether to try again.
    pub(crate) fn send(&self, request: Request<'_>) -> Result<Answer, DeliveryError> {
        let mut builder = ureq::http::Request::builder().method(request.method).uri(request.url);
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        // The words of these errors may quote the request: they are left out.
        let ready = builder
            .body(request.body)
            .map_err(|_| DeliveryError::Never("the request cannot be written".to_owned()))?;
        let mut response = self.agent.run(ready).map_err(|error| self.failed(&error, request.url))?;
        let status = response.status().as_u16();
        let retry_after =
            response.headers().get("retry-after").and_then(|value| value.to_str().ok()).and_then(seconds);
        let mut said = Vec::new();
        // What was said matters less than the status; an answer that never ends is left where it has said enough.
        let _ = response.body_mut().as_reader().take(ANSWER).read_to_end(&mut said);
        let text = String::from_utf8_lossy(&said).into_owned();
        if (200..300).contains(&status) {
            return Ok(Answer { text });
        }
        let words: String = logsift_reports::escape::for_terminal(text.trim()).chars().take(TOLD).collect();
        let words = without_secrets(&words, request.url);
        let words =
            if (300..400).contains(&status) { "redirects are not followed".to_owned() } else { words };
        Err(DeliveryError::of_status(status, retry_after, &words))
    }

    fn failed(&self, error: &Error, url: &str) -> DeliveryError {
        if let Some(why) = self.refused.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return DeliveryError::Never(why);
        }
        let place = shown_url(url);
        let words = match error {
            Error::Timeout(_) => "no answer in time".to_owned(),
            Error::HostNotFound => "no such host".to_owned(),
            Error::Io(error) => error.to_string(),
            Error::ConnectionFailed => "connection refused".to_owned(),
            Error::BadUri(_) => return DeliveryError::Never(format!("{place} is no address")),
            other => without_secrets(&other.to_string(), url),
        };
        DeliveryError::Later(format!("{place}: {words}"))
    }
}

/// A receiver's way of saying how many seconds to wait. Dates are left to the usual pause.
fn seconds(value: &str) -> Option<Duration> {
    value.trim().parse().ok().map(Duration::from_secs)
}

/// A URL without its path and query, which may hold a token.
pub(crate) fn shown_url(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}")
}

/// Words of others without the parts of the URL that may be a secret.
fn without_secrets(words: &str, url: &str) -> String {
    let (_, rest) = url.split_once("://").unwrap_or(("", url));
    let parts = rest.split(['/', '?', '&', '=', '@', '#']).skip(1).filter(|part| part.len() >= 6);
    parts.fold(words.to_owned(), |words, part| words.replace(part, "***"))
}

/// What is wrong with a URL of the settings.
pub(crate) fn url_fault(key: &str, url: &str) -> Option<Fault> {
    let wrong = |reason: &str| Some(Fault::new(key, reason, "such as https://hooks.example.com/services/…"));
    let Ok(uri) = url.parse::<Uri>() else { return wrong("is no URL") };
    if !matches!(uri.scheme_str(), Some("https" | "http")) {
        return wrong("begins with neither https:// nor http://");
    }
    let authority = uri.authority().map(|authority| authority.as_str().to_owned()).unwrap_or_default();
    if authority.contains('@') {
        let remedy = "give the password in a header or a token, where it is kept secret";
        return Some(Fault::new(key, "holds a name or password before its host", remedy));
    }
    if authority.is_empty() { wrong("has no host") } else { None }
}

fn tls(authority: Option<&Path>) -> Result<TlsConfig, String> {
    let Some(path) = authority else { return Ok(TlsConfig::default()) };
    let cannot = |why: String| format!("`{}` cannot be read: {why}", path.display());
    let pem = std::fs::read(path).map_err(|error| cannot(error.to_string()))?;
    let mut certificates: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| cannot(error.to_string()))? {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(cannot("it holds no certificate".to_owned()));
    }
    Ok(TlsConfig::builder().root_certs(RootCerts::from(certificates)).build())
}

/// Resolves once, checks, and gives the connector the very addresses that were checked.
#[derive(Debug)]
struct CheckedResolver {
    reach: Reach,
    refused: Refused,
}

impl Resolver for CheckedResolver {
    fn resolve(&self, uri: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().ok_or(Error::HostNotFound)?;
        let usual = if uri.scheme_str() == Some("https") { 443 } else { 80 };
        match self.reach.resolve(host, uri.port_u16().unwrap_or(usual)) {
            Ok(addresses) => {
                let mut found = self.empty();
                addresses.into_iter().take(16).for_each(|address| found.push(address));
                Ok(found)
            }
            Err(ReachError::Refused(why)) => {
                *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
                Err(Error::HostNotFound)
            }
            Err(ReachError::Unknown(_)) => Err(Error::HostNotFound),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_what_may_be_secret() {
        let url = "https://hooks.example.com:8443/services/T000/B000/XXXXSECRET?key=hunter2hunter2";
        assert_eq!(shown_url(url), "https://hooks.example.com:8443");
        assert_eq!(shown_url("https://ada:hunter2@hooks.example.com/x"), "https://hooks.example.com");
        let said = "no hook at /services/T000/B000/XXXXSECRET, key hunter2hunter2";
        let told = without_secrets(said, url);
        assert!(!told.contains("XXXXSECRET") && !told.contains("hunter2hunter2"), "{told}");
    }

    #[test]
    fn urls_that_cannot_be_meant_are_refused() {
        for wrong in [
            "",
            "hooks.example.com/x",
            "ftp://example.com",
            "https://",
            "https://ada:x@example.com/",
            "https://a b/",
        ] {
            assert!(url_fault("url", wrong).is_some(), "{wrong}");
        }
        assert!(url_fault("url", "https://hooks.example.com/services/T0/B0/x").is_none());
        assert!(url_fault("url", "http://[::1]:9093/api").is_none());
    }
}
