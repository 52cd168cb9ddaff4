//! Facts as they are written, asked for, and forgotten.

use logsift_engine::records::level::Level;
use serde_json::json;

use super::*;

const HOUR: i64 = 3_600_000_000_000;

fn incident(id: &str, start: i64) -> EpochIncident {
    EpochIncident {
        fact: IncidentFact {
            id: id.to_owned(),
            fingerprint: "f".to_owned(),
            title: format!("Trouble {id}"),
            severity: "high".to_owned(),
            state: "open".to_owned(),
            start: Some(start),
            end: Some(start + HOUR),
            streams: vec!["app".to_owned()],
            kinds: vec!["burst".to_owned()],
            document: json!({"id": id}),
            ..IncidentFact::default()
        },
        first_epoch: 1,
        epoch: 1,
        is_final: true,
        told: 1,
    }
}

/// Seven records, two of them warnings and one an error.
fn seven() -> Volume {
    let mut volume = Volume::default();
    volume.add(None, 4);
    volume.add(Some(Level::Warn), 2);
    volume.add(Some(Level::Error), 1);
    volume
}

pub(super) fn judged() -> Judged {
    Judged {
        epoch: 1,
        now: 5,
        incidents: (0..5).map(|nth| incident(&format!("i{nth}"), HOUR * (nth / 2))).collect(),
        hours: vec![HourRow { template: "t".to_owned(), hour: HOUR, stream: "app".to_owned(), count: 7 }],
        volume: vec![VolumeRow { minute: 0, stream: "app".to_owned(), volume: seven() }],
        notices: vec![Notice {
            incident: Some("i0".to_owned()),
            key: "f".to_owned(),
            change: "opened".to_owned(),
            document: json!({}),
        }],
        ..Judged::default()
    }
}

#[test]
fn pages_show_everything_once_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facts.sqlite");
    let mut writer = Writer::open(&path).unwrap();
    writer.judged(&judged()).unwrap();
    let facts = Facts::open(&path).unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = facts.incidents(&Filter::default(), &Page { limit: 2, after }).unwrap();
        seen.extend(page.rows.into_iter().map(|row| row.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["i4", "i2", "i3", "i0", "i1"]);
    let graver = Filter { severity: Some("critical".to_owned()), ..Filter::default() };
    assert!(facts.incidents(&graver, &Page::default()).unwrap().rows.is_empty());
    let found =
        Filter { text: Some("TROUBLE I3".to_owned()), stream: Some("app".to_owned()), ..Filter::default() };
    assert_eq!(facts.incidents(&found, &Page::default()).unwrap().rows.len(), 1);
    let known = facts.incident("i4").unwrap().unwrap();
    assert_eq!(facts.incident(&known.fingerprint).unwrap().unwrap().fingerprint, known.fingerprint);
    assert_eq!(facts.incident("nobody").unwrap(), None);
    assert_eq!(facts.outbox("pending", 10).unwrap().len(), 1);
    assert!(facts.incidents(&Filter::default(), &Page { limit: 1, after: Some("zz".to_owned()) }).is_err());
}

#[test]
fn to_write_an_epoch_again_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facts.sqlite");
    let mut writer = Writer::open(&path).unwrap();
    writer.judged(&judged()).unwrap();
    let again = Judged { anew: true, notices: Vec::new(), ..judged() };
    writer.judged(&again).unwrap();
    let facts = Facts::open(&path).unwrap();
    assert_eq!(facts.template_history("t", None, None).unwrap()[0].count, 7);
    assert_eq!(facts.timeline(0, HOUR, 0, None).unwrap()[0].volume.records, 7);
    // Those of another epoch are added.
    writer.judged(&Judged { epoch: 2, anew: true, ..again }).unwrap();
    assert_eq!(facts.template_history("t", None, None).unwrap()[0].count, 14);
    assert_eq!(facts.streams(&Page::default()).unwrap().rows[0].volume.errors(), 2);
}

#[test]
fn what_is_given_up_on_the_way_is_not_written_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facts.sqlite");
    let mut writer = Writer::open(&path).unwrap();
    writer.judged(&judged()).unwrap();
    let known = || Facts::open(&path).unwrap().template_history("t", None, None).unwrap();
    let before = known();
    let next = Judged { epoch: 2, anew: true, notices: Vec::new(), ..judged() };
    let mut given_up = 0;
    loop {
        let asked = std::cell::Cell::new(0);
        let is_given_up = || asked.replace(asked.get() + 1) >= given_up;
        if writer.judged_unless(&next, &is_given_up).unwrap() {
            break;
        }
        assert_eq!(known(), before, "given up when it was asked after {given_up} times");
        given_up += 1;
    }
    assert!(given_up >= 3, "{given_up}");
    assert_ne!(known(), before);
}

#[test]
fn a_newer_database_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facts.sqlite");
    drop(Writer::open(&path).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(Writer::open(&path), Err(StoreError::Newer { found: 99, .. })));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn what_is_too_old_goes_and_what_is_open_or_unsent_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facts.sqlite");
    let mut writer = Writer::open(&path).unwrap();
    let mut judged = judged();
    judged.incidents[0].fact.state = "resolved".to_owned();
    writer.judged(&judged).unwrap();
    writer.keep(&Kept { logged_since: 100 * HOUR, since: 100, bytes: 1 }).unwrap();
    let facts = Facts::open(&path).unwrap();
    assert_eq!(facts.incidents(&Filter::default(), &Page::default()).unwrap().rows.len(), 4);
    assert!(facts.streams(&Page::default()).unwrap().rows.is_empty());
    assert_eq!(facts.outbox("pending", 10).unwrap().len(), 1);
    writer.compact().unwrap();
    assert_eq!(check(&path).unwrap(), Vec::<String>::new());
}
