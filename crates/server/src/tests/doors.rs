//! Who may do what: every route with every role, and everything that is no token.

use super::*;
use crate::access::{Role, Token};
use crate::routes::{Needs, ROUTES};

const ROLES: [Role; 4] = [Role::Push, Role::Read, Role::Feedback, Role::Admin];

fn secret(role: Role) -> String {
    format!("{}-secret-of-good-length", role.name())
}

fn guarded() -> Running {
    let token = |role: Role| Token::of_secret(role.name(), role, secret(role).as_bytes()).unwrap();
    Running::with(Settings { tokens: ROLES.map(token).to_vec(), ..Settings::default() })
}

/// A path of the route with something in the place of its variables.
fn path(route: &crate::routes::Route) -> String {
    let part = |part: &str| if part.starts_with('{') { "1".to_owned() } else { part.to_owned() };
    route.path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[test]
fn every_route_knows_every_role() {
    let running = guarded();
    for route in ROUTES {
        if route.path == "/api/v1/events" {
            // It does not end; who may listen is tried in `reads`.
            continue;
        }
        let asked = |authorization: Option<String>| {
            let value = authorization.unwrap_or_default();
            let headers: Vec<(&str, &str)> =
                if value.is_empty() { Vec::new() } else { vec![("Authorization", value.as_str())] };
            running.ask(route.verb.name(), &path(route), &headers, b"").status
        };
        let name = format!("{} {}", route.verb.name(), route.path);
        for stranger in
            [None, Some("Bearer wrong-secret-of-good-length".to_owned()), Some("Bearer".to_owned())]
        {
            let status = asked(stranger.clone());
            // Who is asked for their name says it in the body there.
            let open = route.needs == Needs::Nobody;
            let login = route.path == "/api/v1/session";
            assert!(login || (status == 401) != open, "{name}: {stranger:?} got {status}");
        }
        for role in ROLES {
            let may = match route.needs {
                Needs::Nobody => true,
                Needs::Role(needed) => role.may(needed),
            };
            if may && route.path.starts_with("/api/v1/models/") && route.writes {
                // What they begin goes on behind; that they may be called is known from the role.
                continue;
            }
            let status = asked(Some(format!("Bearer {}", secret(role))));
            assert_eq!(status != 403, may, "{name}: {} got {status}", role.name());
            assert!(status != 401 || route.path == "/api/v1/session", "{name}: {} got {status}", role.name());
            assert!(status != 500 && status != 0, "{name}: {} got {status}", role.name());
        }
    }
}

#[test]
fn a_login_becomes_a_cookie() {
    let running = guarded();
    let login = |token: &str| {
        running.post("/api/v1/session", "application/json", format!("{{\"token\":\"{token}\"}}"))
    };
    assert_eq!(login("wrong-secret-of-good-length").status, 401);
    let welcome = login(&secret(Role::Admin));
    assert_eq!(welcome.json()["role"], "admin");
    let set = welcome.header("set-cookie").unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(set.contains(part), "{set}");
    }
    let cookie = set.split(';').next().unwrap();
    assert_eq!(running.ask("GET", "/api/v1/status", &[("Cookie", cookie)], b"").status, 200);
    assert_eq!(running.ask("POST", "/train", &[("Cookie", cookie)], b"").status, 403, "forms must not write");
    let marked = [("Cookie", cookie), ("X-Requested-With", "dashboard")];
    assert_eq!(running.ask("POST", "/train", &marked, b"").status, 200);
    assert_eq!(running.ask("DELETE", "/api/v1/session", &marked, b"").status, 204);
    assert_eq!(running.ask("GET", "/api/v1/status", &[("Cookie", cookie)], b"").status, 401);
}

#[test]
fn without_tokens_only_this_machine_and_its_pages_are_served() {
    let running = Running::new();
    assert_eq!(running.ask("GET", "/api/v1/status", &[("Host", "evil.example.com")], b"").status, 403);
    let foreign = [("Origin", "http://evil.example.com"), ("Content-Type", "text/plain")];
    assert_eq!(running.ask("POST", "/ingest", &foreign, b"x").status, 403);
    assert_eq!(running.lines(), 0);
    let preflight = running.ask("OPTIONS", "/ingest", &[("Origin", "http://evil.example.com")], b"");
    assert_eq!((preflight.status, preflight.header("access-control-allow-origin")), (405, None));
}

#[test]
fn a_token_locks_the_door_until_it_is_revoked_and_after() {
    let running = Running::new();
    let make = |name: &str, role: &str, by: &[(&str, &str)]| {
        let headers = [by, &[("Content-Type", "application/json")]].concat();
        running.ask(
            "POST",
            "/api/v1/tokens",
            &headers,
            format!("{{\"name\":\"{name}\",\"role\":\"{role}\"}}").as_bytes(),
        )
    };
    assert_eq!(make("first", "read", &[]).status, 409);
    let made = make("first", "admin", &[]);
    assert_eq!(made.status, 201);
    assert_eq!(running.get("/api/v1/status").status, 401);
    let bearer = format!("Bearer {}", made.json()["token"].as_str().unwrap());
    let by = [("Authorization", bearer.as_str())];
    assert_eq!(make("first", "read", &by).status, 409);
    assert_eq!(make("a b", "read", &by).status, 400);
    assert_eq!(make("shipper", "push", &by).status, 201);
    let listed = running.ask("GET", "/api/v1/tokens", &by, b"").text();
    assert!(listed.contains("shipper") && !listed.contains("lst_") && !listed.contains("hash"), "{listed}");
    assert_eq!(running.ask("DELETE", "/api/v1/tokens/shipper", &by, b"").status, 204);
    assert_eq!(running.ask("DELETE", "/api/v1/tokens/shipper", &by, b"").status, 404);
    let acts = running.ask("GET", "/api/v1/audit", &by, b"").json();
    let acts: Vec<&str> =
        acts["rows"].as_array().unwrap().iter().map(|act| act["action"].as_str().unwrap()).collect();
    assert_eq!(acts[..2], ["token.revoke", "token.revoke"]);
    assert_eq!(running.ask("DELETE", "/api/v1/tokens/first", &by, b"").status, 204);
    assert_eq!(running.get("/api/v1/status").status, 401, "the door stays locked");
}

#[test]
fn other_machines_are_served_with_a_token_only() {
    let state = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(daemon_settings(state.path())).unwrap();
    let everywhere = Settings { listen: ([0, 0, 0, 0], 0).into(), ..Settings::default() };
    let refused = start(everywhere.clone(), daemon.handle()).unwrap_err().to_string();
    assert!(refused.contains("no token is asked for") && refused.contains("--insecure"), "{refused}");
    start(Settings { insecure: true, ..everywhere.clone() }, daemon.handle()).unwrap().stop();
    let token = Token::of_secret("ops", Role::Admin, b"secret-of-good-length").unwrap();
    start(Settings { tokens: vec![token], ..everywhere }, daemon.handle()).unwrap().stop();
    daemon.stop();
}
