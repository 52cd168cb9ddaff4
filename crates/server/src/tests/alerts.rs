//! Who is told: channels, silences, the outbox and calendars over the alerts of the daemon.

use std::time::Instant;

use serde_json::json;

use super::*;

fn running() -> Running {
    let alerts = |state: &std::path::Path| {
        let settings = json!({
            "channels": {
                "paper": {"file": {"path": state.join("alerts.txt")}},
                "broken": {"file": {"path": state.join("facts.sqlite/none")}},
            },
            "route": {"channels": ["paper"], "quiet": {"calendar": "nights"}},
            "calendars": {
                "nights": {"zone": "Europe/Berlin", "windows": [{"weekdays": ["monday"], "hours": ["22:00-06:00"]}]},
                "spare": {},
            },
            "silences": [{"match": ["kind=x"], "until": "2999-01-01T00:00:00Z", "author": "a", "comment": "b"}],
        });
        serde_json::from_value(settings).unwrap()
    };
    Running::telling(Settings::default(), alerts)
}

#[test]
fn channels_are_shown_and_tried() {
    let running = running();
    let rows = running.get("/api/v1/channels").json()["rows"].clone();
    assert_eq!((&rows[1]["name"], &rows[1]["kind"]), (&json!("paper"), &json!("file")));
    assert_eq!((&rows[1]["state"], &rows[1]["last_sent"]), (&json!("working"), &Value::Null));
    let tried = running.post("/api/v1/channels/paper/test", "application/json", "");
    assert_eq!(tried.json(), json!({"sent": true, "problem": null}));
    let told = std::fs::read_to_string(running.state.path().join("alerts.txt")).unwrap();
    assert!(told.contains("paper"), "{told}");
    let tried = running.post("/api/v1/channels/broken/test", "application/json", "").json();
    assert_eq!((&tried["sent"], tried["problem"].is_string()), (&json!(false), true), "{tried}");
    assert_eq!(running.post("/api/v1/channels/none/test", "application/json", "").status, 404);
    let audit = running.get("/api/v1/audit").json();
    assert_eq!(
        (&audit["rows"][0]["subject"], &audit["rows"][0]["outcome"]),
        (&json!("broken"), &json!("failed"))
    );
}

#[test]
fn silences_are_made_and_ended() {
    let running = running();
    let wanted = json!({
        "matchers": [{"name": "stream", "op": "=~", "value": "web.*"}], "ends": "2999-01-01T00:00:00Z", "comment": "moving",
    });
    let made = running.post("/api/v1/silences", "application/json", wanted.to_string());
    assert_eq!((made.status, &made.json()["author"]), (201, &json!("local")));
    let rows = running.get("/api/v1/silences").json()["rows"].clone();
    assert_eq!((&rows[0]["matchers"], &rows[0]["fixed"]), (&wanted["matchers"], &json!(false)));
    assert_eq!((&rows[1]["id"], &rows[1]["fixed"]), (&json!("settings-1"), &json!(true)));
    let end = |id: &str| running.ask("DELETE", &format!("/api/v1/silences/{id}"), &[], b"").status;
    assert_eq!((end("1"), end("1"), end("settings-1")), (204, 404, 409));
    for (change, said) in [
        (json!({"matchers": []}), "`matchers` must be 1 to 20"),
        (json!({"matchers": [{"name": "stream", "op": "~", "value": "x"}]}), "`op` must be one of"),
        (json!({"matchers": [{"name": "stream", "op": "=~", "value": "("}]}), "the matcher of `stream`"),
        (json!({"matchers": [{"name": "kind", "op": ">=", "value": "high"}]}), "other than severity"),
        (json!({"ends": "2001-01-01T00:00:00Z"}), "later than now"),
        (json!({"ends": "soon"}), "no time such as"),
        (json!({"comment": " "}), "must say why"),
    ] {
        let mut asked = wanted.clone();
        asked.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = running.post("/api/v1/silences", "application/json", asked.to_string());
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert_eq!((answer.status, detail.contains(said)), (400, true), "{detail}");
    }
}

#[test]
fn what_was_told_stands_in_the_outbox() {
    let running = running();
    // The alerts tell what is new by the clock, so the log is of the last hours.
    let now = jiff::Timestamp::now();
    let line = |minute: i64| {
        let time = now - jiff::SignedDuration::from_mins(240 - minute);
        let trouble = format!("{time} FATAL [db] out of memory: killed process 7 (postgres)\n");
        let usual = format!("{time} INFO [api] request {minute} served in 12 ms\n");
        if minute >= 230 { usual.repeat(10) + &trouble.repeat(10) } else { usual.repeat(10) }
    };
    let log: String = (0..240).map(line).collect();
    assert_eq!(running.post("/ingest", "text/plain", log).status, 204);
    running.lines();
    let begun = Instant::now();
    let rows = loop {
        let rows = running.get("/api/v1/outbox").json()["rows"].clone();
        if rows.as_array().is_some_and(|rows| !rows.is_empty()) {
            break rows;
        }
        assert!(begun.elapsed() < PATIENCE, "nothing was told");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!((&rows[0]["channel"], &rows[0]["change"]), (&json!("paper"), &json!("opened")));
    let fingerprint = rows[0]["fingerprint"].as_str().unwrap();
    assert_eq!(running.get(&format!("/api/v1/incidents/{fingerprint}")).status, 200, "a link leads there");
    assert_eq!(running.get("/api/v1/outbox?state=parked").json()["rows"], json!([]));
    assert_eq!(running.get("/api/v1/outbox?state=gone").status, 400);
    let id = rows[0]["id"].as_str().unwrap().replace('/', "%2F");
    let again = running.post(&format!("/api/v1/outbox/{id}/retry"), "application/json", "");
    assert_eq!(again.status, 404, "it was not parked");
}

#[test]
fn calendars_are_told_in_words() {
    let running = running();
    let rows = running.get("/api/v1/calendars").json()["rows"].clone();
    assert_eq!(rows[0]["when"], "Mon 22:00-06:00 Europe/Berlin");
    assert_eq!(rows[0]["effect"], "only severity>=\"critical\" is told, the rest waits for its end");
    assert_eq!((&rows[0]["kind"], &rows[1]["kind"]), (&json!("quiet-hours"), &json!("unused")));
    assert_eq!((&rows[1]["when"], &rows[1]["active"]), (&json!("never"), &json!(false)));
}
