//! A mail server that misbehaves on order.

use std::time::Duration;

use logsift_alerts::outbox::EntryState;
use serde_json::{Value, json};

use super::server::{Behaviour, Got, Server};
use super::work::Work;

const LONG: Duration = Duration::from_secs(60);

fn smtp(server: &Server) -> Value {
    json!({ "smtp": {
        "host": "127.0.0.1", "port": server.port, "tls": "none", "user": "ada", "password": "hunter2",
        "from": "logsift <logsift@example.com>", "to": ["you@example.com", "Zoë <zoe@example.com>"],
    } })
}

fn message_id(got: &Got) -> String {
    let line = got.body.lines().find(|line| line.starts_with("Message-ID: ")).unwrap();
    line.trim_start_matches("Message-ID: ").to_owned()
}

#[test]
fn mails_arrive_in_spite_of_451_and_a_lost_answer_and_are_the_same_mail() {
    let server = Server::mail(&[Behaviour::Refuse(451), Behaviour::Drop, Behaviour::Ok]);
    let work = Work::start(json!({ "mail": smtp(&server) }));
    work.tell(&["a"]);
    work.sent_within(LONG);
    let got = server.got();
    assert_eq!(got.len(), 2, "one whose answer was lost, one that was answered");
    assert_eq!(message_id(&got[0]), message_id(&got[1]));
    assert!(
        got[1].head.contains("RCPT TO:<zoe@example.com>") && got[1].head.contains("AUTH"),
        "{}",
        got[1].head
    );
    assert!(got[1].body.contains("multipart/alternative") && got[1].body.contains("text/html"));
    work.stop();
}

#[test]
fn what_a_mail_server_refuses_for_good_is_parked() {
    let server = Server::mail(&[Behaviour::Refuse(550)]);
    let work = Work::start(json!({ "mail": smtp(&server) }));
    work.tell(&["a"]);
    work.sent_within(LONG);
    let parked = work.service.outbox().list(Some(EntryState::Parked), 9).unwrap();
    assert_eq!((parked.len(), parked[0].why.contains("hunter2")), (1, false), "{parked:?}");
    work.stop();
}

#[test]
fn a_server_that_cannot_encrypt_is_not_talked_to() {
    let server = Server::mail(&[Behaviour::Ok]);
    let mut channel = smtp(&server);
    channel["smtp"]["tls"] = json!("starttls");
    let work = Work::start(json!({ "mail": channel }));
    work.tell(&["a"]);
    assert!(!work.service.drain(Duration::from_secs(3)));
    assert_eq!(server.got().len(), 0, "neither the password nor the mail went out");
    work.stop();
}
