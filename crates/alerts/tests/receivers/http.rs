//! An HTTP receiver that misbehaves on order.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use logsift_alerts::outbox::EntryState;
use serde_json::{Value, json};

use super::server::{Behaviour, Server};
use super::work::{Work, until};

const LONG: Duration = Duration::from_secs(60);

fn webhook(server: &Server) -> Value {
    json!({ "webhook": { "url": server.url("/hook"), "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" } })
}

#[test]
fn every_misbehaviour_that_may_pass_is_sat_out_and_lost_answers_double_under_the_same_key() {
    use Behaviour::{Garbage, Huge, Lost, Ok, Status, TooMany};
    let script = [Ok, Status(500), Status(503), TooMany, Lost, Garbage, Status(408), Lost, Huge, Ok];
    let server = Server::http(&script);
    let work = Work::start(json!({ "ops": webhook(&server) }));
    work.tell(&["a", "b", "c"]);
    work.sent_within(LONG);
    let mut times: BTreeMap<String, Vec<Behaviour>> = BTreeMap::new();
    for got in server.got() {
        let key = got.header("idempotency-key").unwrap();
        assert_eq!(got.header("webhook-id").as_ref(), Some(&key));
        assert!(got.header("webhook-signature").unwrap().starts_with("v1,"));
        times.entry(key).or_default().push(got.behaviour);
    }
    assert_eq!(times.len(), 3, "a notice keeps its key: {times:?}");
    for behaviours in times.values() {
        let lost = behaviours.iter().filter(|behaviour| **behaviour == Lost).count();
        let taken = behaviours.iter().filter(|behaviour| matches!(behaviour, Ok | Huge)).count();
        assert_eq!(taken, 1, "no more than one besides those whose answer was lost: {behaviours:?} {lost}");
    }
    work.stop();
}

#[test]
fn no_redirect_is_followed_and_a_refusal_is_told_on_the_other_channel() {
    let canary = Server::http(&[Behaviour::Ok]);
    let broken = Server::http(&[Behaviour::Redirect(canary.port), Behaviour::Status(404)]);
    let other = Server::http(&[Behaviour::Ok]);
    let work = Work::start(json!({ "broken": webhook(&broken), "other": webhook(&other) }));
    work.tell(&["a"]);
    until(LONG, "the other channel hears of it", || other.got().len() >= 2);
    work.tell(&["b"]);
    work.sent_within(LONG);
    let bodies: Vec<Value> = other.got().iter().map(|got| serde_json::from_str(&got.body).unwrap()).collect();
    let about = bodies.iter().filter(|body| body["happened"] == "channel-broken").collect::<Vec<_>>();
    assert_eq!((bodies.len(), about.len()), (3, 1), "{bodies:?}");
    assert!(about[0]["title"].as_str().unwrap().contains("302"), "{}", about[0]["title"]);
    assert_eq!(canary.got().len(), 0, "the canary was called");
    let parked = work.service.outbox().list(Some(EntryState::Parked), 10).unwrap();
    assert_eq!(parked.len(), 2);
    // It is sent by hand when it works again.
    work.stop();
}

#[test]
fn a_channel_that_hangs_or_drips_delays_no_other() {
    let hanging = Server::http(&[Behaviour::Hang]);
    let slow = Server::http(&[Behaviour::Slow]);
    let good = Server::http(&[Behaviour::Ok]);
    let work = Work::start(
        json!({ "a-hangs": webhook(&hanging), "b-drips": webhook(&slow), "good": webhook(&good) }),
    );
    for number in 0..20 {
        let begun = Instant::now();
        work.tell(&[&format!("i{number}")]);
        until(Duration::from_secs(5), "told in time", || good.got().len() > number);
        assert!(good.got()[number].at.duration_since(begun) < Duration::from_secs(5));
    }
    until(LONG, "the others are tried again", || hanging.got().len() >= 2 && slow.got().len() >= 2);
    let begun = Instant::now();
    work.stop();
    assert!(begun.elapsed() < Duration::from_secs(3), "stopping waits for nobody");
}

#[test]
fn places_that_nobody_meant_are_not_connected_to() {
    let server = Server::http(&[Behaviour::Ok]);
    let port = server.port;
    for host in ["0x7f.1", "2130706433", "[::ffff:169.254.169.254]", "169.254.169.254", "127.1"] {
        let url = format!("http://{host}:{port}/hook");
        let work = Work::start(json!({ "ops": { "webhook": { "url": url } } }));
        work.tell(&["a"]);
        let settled = || {
            !work.service.outbox().list(Some(EntryState::Parked), 1).unwrap().is_empty()
                || work.service.outbox().list(None, 1).unwrap()[0].attempts > 0
        };
        until(LONG, host, settled);
        work.stop();
    }
    assert_eq!(server.got().len(), 0);
}

#[test]
fn what_is_told_of_a_failure_holds_no_secret() {
    let server = Server::http(&[Behaviour::Status(403)]);
    let url = server.url("/services/T000/SECRETSECRET?token=hunter2hunter2");
    let work = Work::start(json!({ "ops": { "slack": { "url": url } } }));
    work.tell(&["a"]);
    work.sent_within(LONG);
    let parked = work.service.outbox().list(Some(EntryState::Parked), 1).unwrap();
    let health = format!("{:?}", work.service.health());
    let told = format!("{:?} {health}", parked[0].why);
    assert!(told.contains("403") && !told.contains("SECRET") && !told.contains("hunter2"), "{told}");
    let folder = work.stop();
    let kept = std::fs::read_to_string(folder.path().join("alerts.outbox")).unwrap();
    assert!(!kept.contains("SECRETSECRET") && !kept.contains("hunter2"));
}

#[test]
fn chats_and_pagers_get_what_they_know() {
    let server = Server::http(&[Behaviour::Ok]);
    let api = server.url("");
    let work = Work::start(json!({
        "teams": { "teams": { "url": server.url("/teams") } },
        "discord": { "discord": { "url": server.url("/discord") } },
        "telegram": { "telegram": { "token": "123:abc", "chat": "-1", "api": api } },
        "pagerduty": { "pagerduty": { "routing_key": "k", "api": api } },
        "opsgenie": { "opsgenie": { "key": "k", "api": api } },
    }));
    work.tell(&["a"]);
    work.sent_within(LONG);
    let paths = || {
        let got = server.got();
        let mut paths: Vec<String> =
            got.iter().map(|got| got.head.split(' ').nth(1).unwrap().to_owned()).collect();
        paths.sort();
        paths
    };
    assert_eq!(paths(), ["/bot123:abc/sendMessage", "/discord", "/teams", "/v2/alerts", "/v2/enqueue"]);
    let over = logsift_alerts::notice::Change { open: false, ..super::work::incident("a") };
    work.service.tell(&[over]).unwrap();
    work.sent_within(LONG);
    assert_eq!(paths().len(), 7, "only those who keep a state hear that it is over");
    assert!(paths().iter().any(|path| path.ends_with("/close?identifierType=alias")));
    let opsgenie = server.got().into_iter().find(|got| got.head.contains("/v2/alerts")).unwrap();
    assert_eq!(opsgenie.header("authorization").as_deref(), Some("GenieKey k"));
    work.stop();
}
