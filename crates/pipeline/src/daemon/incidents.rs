//! Incidents as they are judged now in, those that were known before with what is new about them out.
//!
//! A report counts its incidents anew each time; for people they go on. An incident is the one that was known when it
//! shares a finding with it, or is of the same kind and near in time. What was found and is raised no more, now that more
//! lines have come, is closed and says so; nothing that somebody was told of vanishes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use logsift_reports::detection::IncidentRow;
use logsift_stores::facts::{EpochIncident, IncidentFact, Notice};
use serde_json::Value;

use super::epoch::Found;
use super::events::Event;

/// The same trouble within so long is the same incident; after so long without it is over.
const NEAR: i64 = 15 * 60 * 1_000_000_000;
/// Somebody is told again when there is so many times as much of it.
const GREW: u64 = 10;
/// What the document of an incident says that became part of another one.
pub(super) const MERGED_INTO: &str = "merged_into";
const SEVERITIES: [&str; 4] = ["low", "medium", "high", "critical"];

/// All incidents that may still change.
#[derive(Clone, Debug, Default)]
pub(super) struct Incidents {
    pub(super) list: Vec<EpochIncident>,
}

/// What is new about them.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) changed: Vec<EpochIncident>,
    pub(super) notices: Vec<Notice>,
    pub(super) events: Vec<Event>,
    /// The id that people know, by that of the report.
    pub(super) ids: BTreeMap<String, String>,
}

/// When it is judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    pub(super) epoch: u64,
    /// The clock.
    pub(super) clock: i64,
    /// The time of the last record.
    pub(super) log: Option<i64>,
    /// Nothing has come for so long that what is not going on is over.
    pub(super) is_idle: bool,
    /// The epoch is over: what is not raised now never will be.
    pub(super) is_final: bool,
}

impl Incidents {
    /// Takes in what was found.
    pub(super) fn renew(&mut self, found: &Found, now: Now) -> Changes {
        let mut changes = Changes::default();
        let mut seen = vec![false; self.list.len()];
        for row in &found.detection.incidents {
            let at = self.find(row, &seen, now);
            let certain = row.finding_ids.iter().any(|id| !found.uncertain.contains(id));
            match at {
                Some(at) => {
                    if let Some(place) = seen.get_mut(at) {
                        *place = true;
                    }
                    self.go_on(at, row, now, &mut changes);
                }
                None if certain => {
                    seen.push(true);
                    self.open(row, now, &mut changes);
                }
                None => {}
            }
        }
        for (incident, seen) in self.list.iter_mut().zip(seen) {
            let into = if seen { None } else { part_of(incident, &found.detection.incidents, &changes.ids) };
            close(incident, seen, into, now, &mut changes);
            if now.is_final && incident.epoch == now.epoch && !incident.is_final {
                incident.is_final = true;
                changes.note(incident);
            }
        }
        changes
    }

    /// Forgets what can no longer go on.
    pub(super) fn forget(&mut self, now: Now) {
        let since = now.log.unwrap_or(i64::MAX).saturating_sub(NEAR);
        self.list.retain(|incident| {
            let ended = incident.fact.end.unwrap_or(incident.fact.changed);
            incident.fact.state == "open" || incident.epoch >= now.epoch || ended >= since
        });
    }

    fn find(&self, row: &IncidentRow, seen: &[bool], now: Now) -> Option<usize> {
        let free = |at: &usize| !seen.get(*at).copied().unwrap_or(false);
        let shares = |incident: &EpochIncident| {
            incident.epoch == now.epoch && ids(incident).any(|id| row.finding_ids.iter().any(|own| own == id))
        };
        let (start, end) = (nanos(row.start.as_ref()), nanos(row.end.as_ref()));
        let near = |incident: &EpochIncident| {
            let fact = &incident.fact;
            let (Some(start), Some(end)) = (start, end) else { return incident.epoch == now.epoch };
            let (from, to) = (fact.start.unwrap_or(start), fact.end.unwrap_or(end));
            fact.fingerprint == row.fingerprint
                && start <= to.saturating_add(NEAR)
                && end >= from.saturating_sub(NEAR)
        };
        let places = || (0..self.list.len()).filter(free);
        let of = |wanted: &dyn Fn(&EpochIncident) -> bool| {
            places().find(|at| self.list.get(*at).is_some_and(wanted))
        };
        of(&shares).or_else(|| of(&|incident| incident.fact.fingerprint == row.fingerprint && near(incident)))
    }

    fn open(&mut self, row: &IncidentRow, now: Now, changes: &mut Changes) {
        let start = nanos(row.start.as_ref());
        let mut fact = fact(row, now);
        let key = format!("{}/{}/{}", row.fingerprint, start.unwrap_or_default(), now.epoch);
        fact.id = format!("inc-{:016x}", logsift_stores::journal::Sample::of(key.as_bytes()).hash);
        while self.list.iter().any(|known| known.fact.id == fact.id) {
            fact.id.push('x');
        }
        fact.document = document(row, &fact.id);
        changes.ids.insert(row.id.clone(), fact.id.clone());
        let told = fact.findings.max(1);
        let incident =
            EpochIncident { fact, first_epoch: now.epoch, epoch: now.epoch, is_final: false, told };
        changes.tell(&incident, "opened");
        changes.events.push(Event::IncidentOpened(incident.fact.clone()));
        changes.note(&incident);
        self.list.push(incident);
    }

    fn go_on(&mut self, at: usize, row: &IncidentRow, now: Now, changes: &mut Changes) {
        let Some(known) = self.list.get_mut(at) else { return };
        changes.ids.insert(row.id.clone(), known.fact.id.clone());
        let mut fact = fact(row, now);
        fact.id.clone_from(&known.fact.id);
        fact.opened = known.fact.opened;
        if known.first_epoch < now.epoch {
            // It began in an epoch that is over.
            fact.start = known.fact.start.min(fact.start).or(known.fact.start);
        }
        fact.document = document(row, &fact.id);
        fact.changed = known.fact.changed;
        fact.resolved = known.fact.resolved;
        if is_going_on(&fact, now) {
            fact.resolved = None;
        } else if known.fact.state != "open" {
            "resolved".clone_into(&mut fact.state);
        }
        if fact == known.fact && known.epoch == now.epoch && !known.is_final {
            return;
        }
        fact.changed = now.clock;
        let graver = rank(&fact.severity) > rank(&known.fact.severity);
        let more = fact.findings >= known.told.saturating_mul(GREW);
        let again = known.fact.state != "open" && fact.state == "open";
        (known.fact, known.epoch, known.is_final) = (fact, now.epoch, false);
        if graver || more || again {
            known.told = known.fact.findings.max(1);
            changes.tell(known, if again { "opened" } else { "grew" });
        }
        changes.events.push(Event::IncidentChanged(known.fact.clone()));
        changes.note(known);
    }
}

impl Changes {
    /// The incident is to be written; what was noted of it before is older.
    fn note(&mut self, incident: &EpochIncident) {
        self.changed.retain(|known| known.fact.id != incident.fact.id);
        self.changed.push(incident.clone());
    }

    fn tell(&mut self, incident: &EpochIncident, change: &str) {
        self.notices.push(Notice {
            incident: Some(incident.fact.id.clone()),
            key: incident.fact.fingerprint.clone(),
            change: change.to_owned(),
            document: serde_json::to_value(&incident.fact).unwrap_or_default(),
        });
    }
}

/// The incident as which a finding of this one is raised now.
fn part_of(
    incident: &EpochIncident,
    raised: &[IncidentRow],
    known: &BTreeMap<String, String>,
) -> Option<String> {
    let has = |row: &&IncidentRow| ids(incident).any(|id| row.finding_ids.iter().any(|own| own == id));
    raised.iter().filter(has).find_map(|row| known.get(&row.id)).cloned()
}

/// Closes what is over, and what is raised no more or as part of another one.
fn close(incident: &mut EpochIncident, seen: bool, into: Option<String>, now: Now, changes: &mut Changes) {
    let withdrawn = !seen && incident.epoch == now.epoch && !incident.is_final;
    let state = match incident.fact.state.as_str() {
        // It was there before this epoch, and that part of it stays.
        "open" | "resolved" if withdrawn && incident.first_epoch == now.epoch => "withdrawn",
        "open" if withdrawn || !is_going_on(&incident.fact, now) => "resolved",
        _ => return,
    };
    if let (true, Some(into), Some(document)) = (withdrawn, into, incident.fact.document.as_object_mut()) {
        document.insert(MERGED_INTO.to_owned(), into.into());
    }
    let was_open = incident.fact.state == "open";
    state.clone_into(&mut incident.fact.state);
    incident.fact.resolved = Some(now.clock);
    incident.fact.changed = now.clock;
    if was_open {
        changes.tell(incident, "resolved");
        changes.events.push(Event::IncidentResolved(incident.fact.clone()));
    }
    changes.note(incident);
}

/// Whether its end is not so long ago that it is over.
fn is_going_on(fact: &IncidentFact, now: Now) -> bool {
    let over = fact.end.zip(now.log).is_some_and(|(end, last)| end.saturating_add(NEAR) < last);
    !over && !now.is_idle
}

fn fact(row: &IncidentRow, now: Now) -> IncidentFact {
    IncidentFact {
        id: String::new(),
        fingerprint: row.fingerprint.clone(),
        title: row.title.clone(),
        severity: row.severity.clone(),
        score: row.score,
        state: "open".to_owned(),
        start: nanos(row.start.as_ref()),
        end: nanos(row.end.as_ref()),
        opened: now.clock,
        changed: now.clock,
        resolved: None,
        findings: row.finding_count,
        records: row.records,
        streams: row.streams.clone(),
        kinds: row.kinds.clone(),
        cause: row.causes.first().map(|cause| cause.message.clone()),
        document: Value::Null,
    }
}

fn document(row: &IncidentRow, id: &str) -> Value {
    let row = IncidentRow { id: id.to_owned(), ..row.clone() };
    serde_json::to_value(row).unwrap_or_default()
}

fn ids(incident: &EpochIncident) -> impl Iterator<Item = &str> {
    let ids = incident.fact.document.get("finding_ids").and_then(Value::as_array);
    ids.into_iter().flatten().filter_map(Value::as_str)
}

fn rank(severity: &str) -> usize {
    SEVERITIES.iter().position(|name| *name == severity).unwrap_or(0)
}

/// A time as reports write it.
pub(super) fn nanos(time: Option<&String>) -> Option<i64> {
    let time: Timestamp = time?.parse().ok()?;
    i64::try_from(time.as_nanosecond()).ok()
}

#[cfg(test)]
mod tests {
    use logsift_reports::detection::Detection;

    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn row(fingerprint: &str, minute: u32, findings: &[&str]) -> IncidentRow {
        IncidentRow {
            id: "inc-1".to_owned(),
            fingerprint: fingerprint.to_owned(),
            severity: "high".to_owned(),
            start: Some(format!("2026-01-01T00:{minute:02}:00Z")),
            end: Some(format!("2026-01-01T00:{minute:02}:10Z")),
            finding_count: findings.len() as u64,
            finding_ids: findings.iter().map(|id| (*id).to_owned()).collect(),
            ..IncidentRow::default()
        }
    }

    fn at(epoch: u64, minute: i64) -> Now {
        let log = nanos(Some(&"2026-01-01T00:00:00Z".to_owned())).unwrap() + minute * 60 * SECOND;
        Now { epoch, clock: 1, log: Some(log), is_idle: false, is_final: false }
    }

    fn found(rows: Vec<IncidentRow>) -> Found {
        Found { detection: Detection { incidents: rows, ..Detection::default() }, ..Found::empty() }
    }

    fn told(changes: &Changes) -> Vec<&str> {
        changes.notices.iter().map(|notice| notice.change.as_str()).collect()
    }

    #[test]
    fn an_incident_goes_on_grows_and_ends() {
        let mut known = Incidents::default();
        let opened = known.renew(&found(vec![row("a", 0, &["1"])]), at(1, 1));
        assert_eq!(told(&opened), ["opened"]);
        let again = known.renew(&found(vec![row("a", 0, &["1"])]), at(1, 1));
        assert!(again.changed.is_empty() && again.notices.is_empty());
        // Its fingerprint changes as more is known of it; a finding in common says that it is the same.
        let more = known.renew(&found(vec![row("b", 1, &["1", "2"])]), at(1, 2));
        assert_eq!((told(&more), known.list.len()), (vec![], 1));
        let ids: Vec<String> = (1..=10).map(|id| id.to_string()).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        assert_eq!(told(&known.renew(&found(vec![row("b", 1, &ids)]), at(1, 3))), ["grew"]);
        assert_eq!(told(&known.renew(&found(vec![row("b", 1, &ids)]), at(1, 40))), ["resolved"]);
        assert_eq!(known.list[0].fact.state, "resolved");
        assert!(known.renew(&found(vec![row("b", 1, &ids)]), at(1, 41)).changed.is_empty());
    }

    #[test]
    fn the_same_trouble_in_the_next_epoch_is_the_same_incident() {
        let mut known = Incidents::default();
        known.renew(&found(vec![row("a", 0, &["1"])]), Now { is_final: true, ..at(1, 1) });
        let start = known.list[0].fact.start;
        let next = known.renew(&found(vec![row("a", 5, &["9"])]), at(2, 6));
        assert!(next.notices.is_empty());
        assert_eq!((known.list.len(), known.list[0].fact.start), (1, start));
        // Much later it is another one.
        assert_eq!(
            told(&known.renew(&found(vec![row("a", 50, &["20"])]), at(2, 51))),
            ["opened", "resolved"]
        );
        assert_eq!(known.list.len(), 2);
    }

    #[test]
    fn what_becomes_part_of_another_says_of_which() {
        let mut known = Incidents::default();
        known.renew(
            &found(vec![row("a", 0, &["1"]), IncidentRow { id: "inc-2".to_owned(), ..row("b", 1, &["2"]) }]),
            at(1, 2),
        );
        let [first, second] = [0, 1].map(|at| known.list[at].fact.id.clone());
        known.renew(&found(vec![row("a", 0, &["1", "2", "3"])]), at(1, 3));
        let into = |known: &Incidents, at: usize| known.list[at].fact.document.get(MERGED_INTO).cloned();
        assert_eq!(known.list[1].fact.state, "withdrawn");
        assert_eq!((into(&known, 0), into(&known, 1)), (None, Some(first.into())));
        // Apart again, it is itself.
        known.renew(
            &found(vec![row("a", 0, &["1"]), IncidentRow { id: "inc-2".to_owned(), ..row("b", 1, &["2"]) }]),
            at(1, 4),
        );
        assert_eq!((known.list[1].fact.state.as_str(), &known.list[1].fact.id), ("open", &second));
        assert_eq!(into(&known, 1), None);
        // What nothing raises any more is part of nothing.
        known.renew(&found(vec![row("a", 0, &["1"])]), at(1, 5));
        assert_eq!((known.list[1].fact.state.as_str(), into(&known, 1)), ("withdrawn", None));
    }

    #[test]
    fn what_is_raised_no_more_is_withdrawn_and_never_vanishes() {
        let mut known = Incidents::default();
        known.renew(&found(vec![row("a", 0, &["1"])]), at(1, 1));
        let gone = known.renew(&found(vec![]), at(1, 2));
        assert_eq!((told(&gone), known.list[0].fact.state.as_str()), (vec!["resolved"], "withdrawn"));
        assert_eq!(told(&known.renew(&found(vec![row("a", 0, &["1"])]), at(1, 3))), ["opened"]);
    }
}
