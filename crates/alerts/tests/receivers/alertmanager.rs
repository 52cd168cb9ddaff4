//! The Alertmanager of Prometheus itself: alerts arrive, stay while they are sent again, end, and silences go both ways.
//!
//! Where it is not installed the tests say so and pass; `cargo xtask test` installs it. `LOGSIFT_NEED_SERVICES=1` makes
//! its absence a failure.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use logsift_alerts::silence::{from_alertmanager, to_alertmanager};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::work::{Work, incident, until};

const LONG: Duration = Duration::from_secs(60);

struct Alertmanager {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl Alertmanager {
    /// Starts one; nothing where there is none to start.
    fn start() -> Option<Alertmanager> {
        let folder = tempfile::tempdir().unwrap();
        let settings = folder.path().join("am.yml");
        std::fs::write(&settings, "route: {receiver: none}\nreceivers: [{name: none}]\n").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let started = Command::new("prometheus-alertmanager")
            .arg(format!("--config.file={}", settings.display()))
            .arg(format!("--storage.path={}", folder.path().join("state").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg("--cluster.listen-address=")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match started {
            Ok(process) => {
                let started = Alertmanager { process, port, _folder: folder };
                until(LONG, "Alertmanager answers", || started.ask("GET", "/-/ready", None).is_some());
                Some(started)
            }
            Err(error) => {
                assert!(
                    std::env::var_os("LOGSIFT_NEED_SERVICES").is_none(),
                    "prometheus-alertmanager: {error}"
                );
                eprintln!("SKIPPED: prometheus-alertmanager is not installed: {error}");
                None
            }
        }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn ask(&self, method: &str, path: &str, body: Option<String>) -> Option<String> {
        let url = format!("{}{path}", self.url());
        let request =
            ureq::http::Request::builder().method(method).uri(url).header("Content-Type", "application/json");
        let mut answer = ureq::run(request.body(body.unwrap_or_default()).unwrap()).ok()?;
        answer.body_mut().read_to_string().ok()
    }

    fn alerts(&self) -> Vec<Value> {
        let text = self.ask("GET", "/api/v2/alerts", None).unwrap_or_else(|| "[]".to_owned());
        serde_json::from_str(&text).unwrap()
    }
}

impl Drop for Alertmanager {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn alerts_arrive_stay_and_end() {
    let Some(manager) = Alertmanager::start() else { return };
    let channel = json!({ "alertmanager": { "urls": [manager.url()], "labels": { "cluster": "eu" } } });
    let work = Work::start(json!({ "am": channel }));
    let mut hostile = incident("bbb");
    hostile.incident.title = "<!channel> https://evil.example.com {{ .Labels }} \u{202e}".to_owned();
    hostile.incident.streams = vec!["日本/\"quoted\"\\\n".to_owned()];
    work.service.tell(&[incident("aaa"), hostile]).unwrap();
    work.sent_within(LONG);
    let alerts = manager.alerts();
    assert_eq!(alerts.len(), 2, "{alerts:?}");
    let first = alerts.iter().find(|alert| alert["labels"]["fingerprint"] == "aaa").unwrap();
    assert_eq!(
        (first["labels"]["severity"].as_str(), first["labels"]["cluster"].as_str()),
        (Some("high"), Some("eu"))
    );
    assert_eq!(first["status"]["state"], "active");
    assert!(first["annotations"]["summary"].as_str().unwrap().contains("trouble aaa"));
    let over = logsift_alerts::notice::Change { open: false, ..incident("aaa") };
    work.service.tell(&[over]).unwrap();
    work.sent_within(LONG);
    until(LONG, "the alert is over", || {
        let alerts = manager.alerts();
        alerts.len() == 1 && alerts[0]["labels"]["fingerprint"] == "bbb"
    });
    work.stop();
}

#[test]
fn silences_go_there_and_come_back() {
    let Some(manager) = Alertmanager::start() else { return };
    let own = r#"[{"matchers":[{"name":"stream","value":"web.*","isRegex":true,"isEqual":true}],"startsAt":"2024-03-01T10:00:00Z",
        "endsAt":"2099-03-01T12:00:00Z","createdBy":"ada","comment":"known"}]"#;
    let silences = from_alertmanager(own).unwrap();
    let written: Vec<Value> = serde_json::from_str(&to_alertmanager(&silences)).unwrap();
    let answer =
        manager.ask("POST", "/api/v2/silences", Some(written[0].to_string())).expect("it takes the silence");
    assert!(answer.contains("silenceID"), "{answer}");
    let back = from_alertmanager(&manager.ask("GET", "/api/v2/silences", None).unwrap()).unwrap();
    assert_eq!(back.len(), 1);
    assert_eq!(
        (&back[0].matchers, &back[0].author, back[0].until),
        (&silences[0].matchers, &silences[0].author, silences[0].until)
    );
}
