//! Who may do what: takes the headers of a request, gives who sent it.
//!
//! A token is kept as its SHA-256 only; tokens are made by us from 256 random bits, so a slow hash
//! would protect nothing. A presented token is compared with every known one in constant time.
//! Where no token is set up, whoever reaches the loopback address may do everything; then the names
//! under which the server is reached are checked, since a browser would carry foreign pages here.

mod session;
mod token;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

pub(crate) use session::{LIFETIME, Sessions};
pub(crate) use token::hash;
pub use token::{Token, TokenError};

/// The name of the cookie that the dashboard gets at login.
pub(crate) const COOKIE: &str = "logsift";

/// A header that no form of a foreign page can send; writes with a cookie need it.
pub(crate) const WRITE_HEADER: &str = "x-requested-with";

/// What the owner of a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Send lines, and nothing else: for log shippers.
    Push,
    /// See everything.
    Read,
    /// See everything and say what is normal.
    Feedback,
    /// Everything.
    Admin,
}

impl Role {
    /// The role with this name.
    pub fn of(name: &str) -> Option<Role> {
        Some(match name {
            "push" => Role::Push,
            "read" => Role::Read,
            "feedback" => Role::Feedback,
            "admin" => Role::Admin,
            _ => return None,
        })
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Push => "push",
            Role::Read => "read",
            Role::Feedback => "feedback",
            Role::Admin => "admin",
        }
    }

    /// Whether it covers what a route needs.
    pub(crate) fn may(self, needed: Role) -> bool {
        match (self, needed) {
            (Role::Admin, _) => true,
            (Role::Push, needed) => needed == Role::Push,
            (Role::Read, needed) => needed == Role::Read,
            (Role::Feedback, needed) => matches!(needed, Role::Read | Role::Feedback),
        }
    }
}

/// Who sent a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The name of the token, or `local` where none is set up.
    pub(crate) name: String,
    pub(crate) role: Role,
    /// The browser sent its cookie by itself, whoever made it send the request.
    pub(crate) by_cookie: bool,
}

/// Why a request is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    /// Nobody is known by what it presents.
    Unknown,
    /// It may not do this.
    Forbidden(&'static str),
}

/// The door.
#[derive(Debug, Default)]
pub(crate) struct Access {
    tokens: RwLock<Vec<Token>>,
    pub(crate) sessions: Sessions,
    /// Tokens are asked for, also when the last was revoked.
    locked: AtomicBool,
    insecure: bool,
}

impl Access {
    pub(crate) fn new(tokens: Vec<Token>, insecure: bool) -> Access {
        let locked = AtomicBool::new(!tokens.is_empty());
        Access { tokens: RwLock::new(tokens), sessions: Sessions::default(), locked, insecure }
    }

    /// Whether no token is asked for.
    pub(crate) fn is_open(&self) -> bool {
        !self.locked.load(Ordering::Relaxed)
    }

    /// Whether a token with this role leaves somebody who can make others.
    pub(crate) fn may_add(&self, role: Role) -> bool {
        !self.is_open() || role == Role::Admin
    }

    /// Adds a token; from then on one is asked for. Says whether its name was free.
    pub(crate) fn add(&self, token: Token) -> bool {
        let mut tokens = self.tokens.write().unwrap_or_else(PoisonError::into_inner);
        let free = tokens.iter().all(|known| known.name() != token.name());
        if free {
            tokens.push(token);
            self.locked.store(true, Ordering::Relaxed);
        }
        free
    }

    /// A token opens nothing any more, nor do the sessions that it began.
    pub(crate) fn remove(&self, name: &str) {
        let mut tokens = self.tokens.write().unwrap_or_else(PoisonError::into_inner);
        tokens.retain(|token| token.name() != name);
        self.sessions.end_of(name);
    }

    /// Who sent these headers, given the time in seconds on a clock that only goes forward.
    pub(crate) fn caller(&self, headers: &HeaderMap, now: u64) -> Result<Caller, Denied> {
        if self.is_open() {
            if !self.insecure && !is_local(headers) {
                return Err(Denied::Forbidden(
                    "without tokens only `localhost` and loopback addresses are served",
                ));
            }
            return Ok(Caller { name: "local".into(), role: Role::Admin, by_cookie: false });
        }
        if let Some(secret) = presented(headers) {
            return self.owner(secret.as_bytes()).ok_or(Denied::Unknown);
        }
        let session = cookie(headers).and_then(|id| self.sessions.owner(id, now)).ok_or(Denied::Unknown)?;
        Ok(Caller { by_cookie: true, ..session })
    }

    /// Lets a caller do what needs a role, or not.
    pub(crate) fn admit(
        &self,
        headers: &HeaderMap,
        needed: Role,
        writes: bool,
        now: u64,
    ) -> Result<Caller, Denied> {
        let caller = self.caller(headers, now)?;
        if !caller.role.may(needed) {
            return Err(Denied::Forbidden("the token has not the role that this needs"));
        }
        if writes && is_foreign(headers) {
            return Err(Denied::Forbidden("pages of other origins may not write"));
        }
        if writes && caller.by_cookie && !headers.contains_key(WRITE_HEADER) {
            return Err(Denied::Forbidden("writes with a cookie need the header `X-Requested-With`"));
        }
        Ok(caller)
    }

    /// The owner of a secret. Every token is compared, whether one was found or not.
    pub(crate) fn owner(&self, secret: &[u8]) -> Option<Caller> {
        let hash = token::hash(secret);
        let mut found = None;
        for token in self.tokens.read().unwrap_or_else(PoisonError::into_inner).iter() {
            if token.is(&hash) {
                found = Some(Caller { name: token.name().into(), role: token.role(), by_cookie: false });
            }
        }
        found
    }
}

/// The secret in `Authorization`: as a bearer, or where agents cannot do that, as the password of
/// basic authentication or the key of Elasticsearch.
fn presented(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    let rest = rest.trim();
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Some(rest.to_owned()),
        "basic" | "apikey" => {
            let decoded = STANDARD.decode(rest).or_else(|_| STANDARD_NO_PAD.decode(rest)).ok()?;
            let text = String::from_utf8(decoded).ok()?;
            text.split_once(':').map(|(_, secret)| secret.to_owned())
        }
        _ => None,
    }
}

pub(crate) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}

/// Whether a request was sent to this machine by a name that nobody else can point here.
fn is_local(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST) else { return true };
    let Ok(host) = host.to_str() else { return false };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let is_loopback = name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    is_loopback || name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost")
}

/// Whether a browser says that a page of another origin made it send this.
pub(crate) fn is_foreign(headers: &HeaderMap) -> bool {
    if headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        return true;
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return false };
    let origin = origin.to_str().unwrap_or_default();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    origin.split_once("://").is_none_or(|(_, of)| !of.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn access() -> Access {
        let token = |name: &str, role| {
            Token::of_secret(name, role, b"0123456789abcdef-".repeat(2).as_slice()).unwrap()
        };
        let other = Token::of_secret("shipper", Role::Push, b"another-secret-of-good-length").unwrap();
        Access::new(vec![token("ops", Role::Read), other], false)
    }

    const OPS: &str = "0123456789abcdef-0123456789abcdef-";

    #[test]
    fn a_token_is_known_in_every_form_that_agents_send() {
        let basic = format!("Basic {}", STANDARD.encode(format!("any:{OPS}")));
        let key = format!("ApiKey {}", STANDARD_NO_PAD.encode(format!("id:{OPS}")));
        for value in [format!("Bearer {OPS}"), format!("bearer   {OPS} "), basic, key] {
            let caller = access().caller(&headers(&[("authorization", &value)]), 0).unwrap();
            assert_eq!((caller.name.as_str(), caller.role), ("ops", Role::Read), "{value}");
        }
        for value in ["Bearer x", "Bearer", "Basic !!", "Digest x", ""] {
            let denied = access().caller(&headers(&[("authorization", value)]), 0);
            assert_eq!(denied, Err(Denied::Unknown), "{value}");
        }
    }

    #[test]
    fn roles_cover_what_they_should() {
        let all = [Role::Push, Role::Read, Role::Feedback, Role::Admin];
        let may = |role: Role| {
            all.into_iter().filter(|needed| role.may(*needed)).map(Role::name).collect::<Vec<_>>()
        };
        assert_eq!(may(Role::Push), ["push"]);
        assert_eq!(may(Role::Read), ["read"]);
        assert_eq!(may(Role::Feedback), ["read", "feedback"]);
        assert_eq!(may(Role::Admin), ["push", "read", "feedback", "admin"]);
        assert!(all.into_iter().all(|role| Role::of(role.name()) == Some(role)));
    }

    #[test]
    fn without_tokens_only_local_names_are_served() {
        let open = Access::new(Vec::new(), false);
        for host in ["localhost:4040", "127.0.0.1", "127.9.9.9:1", "[::1]:4040", "logsift.localhost"] {
            assert!(open.caller(&headers(&[("host", host)]), 0).is_ok(), "{host}");
        }
        for host in ["evil.example.com", "10.0.0.1:4040", "[fe80::1]", "localhost.example.com", ""] {
            assert!(open.caller(&headers(&[("host", host)]), 0).is_err(), "{host}");
        }
        let insecure = Access::new(Vec::new(), true);
        assert!(insecure.caller(&headers(&[("host", "10.0.0.1:4040")]), 0).is_ok());
    }

    #[test]
    fn foreign_pages_cannot_write() {
        let open = Access::new(Vec::new(), false);
        let admit = |pairs: &[(&'static str, &str)], writes| {
            open.admit(&headers(pairs), Role::Admin, writes, 0).is_ok()
        };
        let own = [("host", "localhost:4040"), ("origin", "http://localhost:4040")];
        let foreign = [("host", "localhost:4040"), ("origin", "http://evil.example.com")];
        assert!(admit(&own, true) && admit(&foreign, false));
        assert!(!admit(&foreign, true));
        assert!(!admit(&[("host", "localhost:4040"), ("origin", "null")], true));
        assert!(!admit(&[("host", "localhost:4040"), ("sec-fetch-site", "cross-site")], true));
    }

    #[test]
    fn the_door_stays_locked() {
        let access = Access::new(Vec::new(), false);
        assert!(access.is_open() && !access.may_add(Role::Read) && access.may_add(Role::Admin));
        let (token, secret) = Token::generate("ops", Role::Admin).unwrap();
        assert!(access.add(token.clone()) && !access.add(token));
        let session = access.sessions.begin(access.owner(secret.as_bytes()).unwrap(), 0).unwrap();
        access.remove("ops");
        assert!(access.owner(secret.as_bytes()).is_none() && access.sessions.owner(&session, 0).is_none());
        assert!(!access.is_open());
    }

    #[test]
    fn a_cookie_writes_only_with_the_header() {
        let access = access();
        let id = access.sessions.begin(access.owner(OPS.as_bytes()).unwrap(), 100).unwrap();
        let cookie = format!("a=b; {COOKIE}={id}");
        let plain = headers(&[("cookie", &cookie)]);
        let marked = headers(&[("cookie", &cookie), (WRITE_HEADER, "dashboard")]);
        assert!(access.admit(&plain, Role::Read, false, 101).is_ok());
        assert!(access.admit(&plain, Role::Read, true, 101).is_err());
        assert!(access.admit(&marked, Role::Read, true, 101).is_ok());
        assert!(access.admit(&marked, Role::Admin, true, 101).is_err());
        access.sessions.end(&id);
        assert_eq!(access.admit(&plain, Role::Read, false, 101), Err(Denied::Unknown));
    }
}
