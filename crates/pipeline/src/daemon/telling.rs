//! Facts in, alerts told: the step from the notices that stand beside incidents to the channels of people.
//!
//! A notice is written in one transaction with the incident that it tells of. Here it is handed to the alerts, which keep
//! it until somebody has it, and only then noted as handed on. Who dies between the two hands it on once more, and the
//! alerts know that they had it: nothing is lost, and nothing is told twice.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use logsift_alerts::notice::Change;
use logsift_alerts::outbox::OutboxError;
use logsift_alerts::service::{Service, tags_of};
use logsift_alerts::settings::Alerts;
use logsift_engine::detectors::rule::RuleSet;
use logsift_reports::detection::{FindingRow, IncidentRow};
use logsift_stores::StoreError;
use logsift_stores::facts::{Facts, Filter, IncidentFact, OutboxFact, Page};
use thiserror::Error;

use super::counted::Shared;
use super::events::Event;
use super::incidents::MERGED_INTO;

/// How often is looked for what is to be told, and how often at all that is open: some of it is told again.
const OFTEN: Duration = Duration::from_secs(1);
const ALL: Duration = Duration::from_secs(30);
/// Notices that are handed on at once, and open incidents of a page.
const AT_ONCE: usize = 500;
/// Open incidents that are looked at, the newest first.
const OPEN: usize = 10_000;
/// How long the channels may take when all ends; what is not sent then is sent after the next start.
const LAST: Duration = Duration::from_secs(1);

/// Hands on what is to be told.
pub(super) struct Teller {
    shared: Arc<Shared>,
    /// Nothing only while new settings cannot be put into force.
    service: Option<Arc<Service>>,
    /// Whose tags routes can ask for.
    rules: Option<Arc<RuleSet>>,
    /// When everything that is open was looked at.
    looked: Option<Instant>,
    /// Why the last time failed.
    problem: Option<String>,
}

#[derive(Debug, Error)]
enum Untold {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Outbox(#[from] OutboxError),
}

impl Teller {
    pub(super) fn new(
        shared: Arc<Shared>,
        alerts: &Alerts,
        rules: Option<Arc<RuleSet>>,
    ) -> Result<Teller, OutboxError> {
        let mut teller = Teller { shared, service: None, rules, looked: None, problem: None };
        teller.begin(alerts)?;
        Ok(teller)
    }

    fn begin(&mut self, alerts: &Alerts) -> Result<(), OutboxError> {
        let service = Arc::new(Service::start(alerts, &self.shared.state, false)?);
        *self.shared.alerts() = Arc::downgrade(&service);
        self.service = Some(service);
        Ok(())
    }

    /// New settings take the place of those before. What waits in the outbox is sent by the new ones.
    fn renew(&mut self) -> Result<(), OutboxError> {
        let Some(alerts) = self.shared.renewed().take() else { return Ok(()) };
        if let Some(before) = self.service.take() {
            before.stop(LAST);
        }
        self.begin(&alerts).inspect_err(|_| {
            // The outbox is free again as soon as nobody looks into it any more.
            self.shared.renewed().get_or_insert(alerts);
        })
    }

    /// Works until all ends.
    pub(super) fn run(mut self) {
        let events = self.shared.listeners.listen(false);
        let mut last = Instant::now();
        while let Ok(event) = events.next(OFTEN) {
            // What opens is told at once; what comes with it is told with it. However much else happens, the rest
            // has its turn.
            let hurries = matches!(event, Some(Event::IncidentOpened(_)));
            if event.is_none() || hurries || last.elapsed() >= OFTEN {
                self.look();
                last = Instant::now();
            }
        }
        self.look();
        if let Some(service) = self.service {
            service.stop(LAST);
        }
    }

    fn look(&mut self) {
        let told = self.renew().map_err(Untold::from).and_then(|()| self.hand_on());
        let problem = told.err().map(|error| format!("alerts are not told: {error}"));
        if problem != self.problem {
            self.problem.clone_from(&problem);
            self.shared.listeners.tell(&Event::Source { name: "alerts".to_owned(), problem });
        }
    }

    fn hand_on(&mut self) -> Result<(), Untold> {
        let facts = Facts::open(&self.shared.facts)?;
        let waiting = facts.outbox("pending", AT_ONCE)?;
        let all = self.looked.is_none_or(|at| at.elapsed() >= ALL);
        if waiting.is_empty() && !all {
            return Ok(());
        }
        let open = if all { open(&facts)? } else { Vec::new() };
        let mut changes: Vec<Change> = Vec::new();
        let mut named: BTreeSet<String> = BTreeSet::new();
        for notice in &waiting {
            match &notice.incident {
                Some(id) if named.insert(id.clone()) => {
                    let withdrawn_untold = |fact: &IncidentFact| {
                        fact.state == "withdrawn"
                            && waiting
                                .iter()
                                .any(|other| other.incident.as_ref() == Some(id) && other.change == "opened")
                    };
                    let fact = facts.incident(id)?.filter(|fact| !withdrawn_untold(fact));
                    changes.extend(fact.map(|fact| self.change(&facts, &fact)));
                }
                Some(_) => {}
                None => changes.push(about_itself(notice)),
            }
        }
        let others = open.iter().filter(|fact| !named.contains(&fact.id));
        changes.extend(others.map(|fact| self.change(&facts, fact)));
        let Some(service) = &self.service else { return Ok(()) };
        service.tell(&changes)?;
        if all {
            self.looked = Some(Instant::now());
        }
        let writer = self.shared.writer.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for mut notice in waiting {
            "sent".clone_into(&mut notice.state);
            writer.outbox(&notice)?;
        }
        Ok(())
    }

    /// An incident as the alerts take it: what the report said of it, under the id and with the times that it has here.
    fn change(&self, facts: &Facts, fact: &IncidentFact) -> Change {
        let mut incident: IncidentRow = serde_json::from_value(fact.document.clone()).unwrap_or_default();
        incident.id.clone_from(&fact.id);
        incident.fingerprint.clone_from(&fact.fingerprint);
        incident.title.clone_from(&fact.title);
        incident.severity.clone_from(&fact.severity);
        incident.start = fact.start.and_then(written).or(incident.start);
        let leading = incident.finding_ids.first().and_then(|id| facts.finding(id).ok().flatten());
        let leading = leading.and_then(|finding| serde_json::from_value::<FindingRow>(finding.document).ok());
        let tags = tags_of(self.rules.as_deref(), &incident.rules);
        let title_of = |id: &str| facts.incident(id).ok().flatten().map(|other| other.title);
        let taken_back = taken_back(fact, title_of);
        Change { incident, leading, open: fact.state == "open", taken_back, tags }
    }
}

/// Why an incident is over whose trouble has not ended.
fn taken_back(fact: &IncidentFact, title_of: impl Fn(&str) -> Option<String>) -> Option<String> {
    if let Some(into) = fact.document.get(MERGED_INTO).and_then(|id| id.as_str()) {
        let title = title_of(into).unwrap_or_else(|| into.to_owned());
        return Some(format!("It is part of another incident now: {title}"));
    }
    (fact.state == "withdrawn").then(|| "Withdrawn: with what came since it is not unusual enough".to_owned())
}

fn open(facts: &Facts) -> Result<Vec<IncidentFact>, StoreError> {
    let filter = Filter { state: Some("open".to_owned()), ..Filter::default() };
    let mut page = Page { limit: AT_ONCE, after: None };
    let mut found: Vec<IncidentFact> = Vec::new();
    loop {
        let part = facts.incidents(&filter, &page)?;
        found.extend(part.rows);
        match part.next {
            Some(next) if found.len() < OPEN => page.after = Some(next),
            _ => return Ok(found),
        }
    }
}

/// What is wrong with logsift itself is told like trouble of a log.
fn about_itself(notice: &OutboxFact) -> Change {
    let said = |key: &str| notice.document.get(key).and_then(|value| value.as_str()).unwrap_or_default();
    let title = format!("logsift: {}: {} ({})", said("title"), said("file"), said("what"));
    let incident = IncidentRow {
        id: format!("logsift-{}", notice.id),
        fingerprint: format!("logsift/{}/{}", notice.key, said("file")),
        title,
        severity: "high".to_owned(),
        start: written(notice.at),
        end: written(notice.at),
        streams: vec!["logsift".to_owned()],
        kinds: vec![notice.key.clone()],
        ..IncidentRow::default()
    };
    Change { incident, open: true, ..Change::default() }
}

fn written(nanos: i64) -> Option<String> {
    Timestamp::from_nanosecond(i128::from(nanos)).ok().map(|time| time.to_string())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::tests::{send, service_from, settings};
    use super::super::{Daemon, DaemonSettings};
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn told_to(file: &Path) -> Alerts {
        let channel = serde_json::json!({ "file": { "path": file } });
        serde_json::from_value(serde_json::json!({ "channels": { "paper": channel } })).unwrap()
    }

    fn run(settings: &DaemonSettings, text: Option<&str>, file: &Path, expected: usize) -> String {
        let daemon = Daemon::start(settings.clone()).unwrap();
        if let Some(text) = text {
            send(&daemon.handle(), text);
        }
        assert!(daemon.handle().settle(PATIENCE));
        let until = Instant::now() + PATIENCE;
        let read = || std::fs::read_to_string(file).unwrap_or_default();
        let count = |text: &str| text.matches("memory").count();
        while count(&read()) < expected && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
        daemon.stop();
        read()
    }

    #[test]
    fn an_incident_is_told_once_over_starts() {
        let state = tempfile::tempdir().unwrap();
        let file = state.path().join("alerts.txt");
        let settings = DaemonSettings { alerts: told_to(&file), ..settings(state.path()) };
        let text = service_from(Timestamp::now() - Duration::from_secs(600));
        let told = run(&settings, Some(&text), &file, 1);
        assert!(told.contains("out of memory"), "{told}");
        assert_eq!(run(&settings, None, &file, 1), told, "a start tells nothing anew");
        let facts = Facts::open(&state.path().join("facts.sqlite")).unwrap();
        assert!(facts.outbox("pending", 10).unwrap().is_empty());
    }

    #[test]
    fn new_settings_are_put_into_force_while_it_runs() {
        let state = tempfile::tempdir().unwrap();
        let [before, after] = ["before.txt", "after.txt"].map(|name| state.path().join(name));
        let daemon =
            Daemon::start(DaemonSettings { alerts: told_to(&before), ..settings(state.path()) }).unwrap();
        daemon.handle().renew_alerts(told_to(&after));
        let until = Instant::now() + PATIENCE;
        while daemon.handle().shared.renewed().is_some() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
        send(&daemon.handle(), &service_from(Timestamp::now() - Duration::from_secs(600)));
        while !after.exists() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
        daemon.stop();
        assert!(std::fs::read_to_string(&after).unwrap().contains("out of memory"));
        assert!(!before.exists());
    }

    #[test]
    fn what_is_taken_back_says_why() {
        let of = |state: &str, document| {
            let fact = IncidentFact { state: state.to_owned(), document, ..IncidentFact::default() };
            taken_back(&fact, |id| (id == "inc-2").then(|| "Disk full".to_owned()))
        };
        let part = |id: &str| serde_json::json!({ MERGED_INTO: id });
        let told = |text: &str| Some(text.to_owned());
        assert_eq!(of("withdrawn", part("inc-2")), told("It is part of another incident now: Disk full"));
        assert_eq!(of("resolved", part("inc-3")), told("It is part of another incident now: inc-3"));
        assert_eq!(
            of("withdrawn", serde_json::json!({})),
            told("Withdrawn: with what came since it is not unusual enough")
        );
        assert_eq!(of("resolved", serde_json::Value::Null), None);
    }

    #[test]
    fn what_is_wrong_with_the_state_is_told() {
        let state = tempfile::tempdir().unwrap();
        let file = state.path().join("alerts.txt");
        let settings = DaemonSettings { alerts: told_to(&file), ..settings(state.path()) };
        run(&settings, None, &file, 0);
        std::fs::write(state.path().join("facts.sqlite"), vec![7; 9000]).unwrap();
        let daemon = Daemon::start(settings).unwrap();
        let until = Instant::now() + PATIENCE;
        let read = || std::fs::read_to_string(&file).unwrap_or_default();
        while read().is_empty() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
        daemon.stop();
        assert!(read().contains("a file of the state was damaged"), "{}", read());
    }
}
