//! Days of alerts in milliseconds: the planner, the outbox and the desks of several channels under a clock that is moved by
//! hand, with receivers that do as they are told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use logsift_engine::records::time::Time;
use logsift_reports::detection::IncidentRow;

use crate::clock::{Clock, HandClock};
use crate::delivery::{Channel, DeliveryError};
use crate::desk::Now;
use crate::dispatch::{Worker, desks};
use crate::notice::{Change, Happened, Notice};
use crate::outbox::memory::MemoryOutbox;
use crate::outbox::{Entry, EntryState, Outbox};
use crate::planner::Planner;
use crate::settings::Alerts;
use crate::silence::Silence;

const START: &str = "2024-03-04T09:00:00Z";

/// What a receiver does: takes it, or says why not.
type Answer = Box<dyn FnMut(&Notice) -> Result<(), DeliveryError> + Send>;
type Got = Arc<Mutex<Vec<(Duration, Notice, String)>>>;

struct Receiver {
    got: Got,
    clock: Arc<HandClock>,
    answer: Answer,
}

impl Channel for Receiver {
    fn deliver(&mut self, notice: &Notice, id: &str) -> Result<(), DeliveryError> {
        let result = (self.answer)(notice);
        if result.is_ok() {
            self.got.lock().unwrap().push((self.clock.elapsed(), notice.clone(), id.to_owned()));
        }
        result
    }

    fn connect(&mut self) -> Result<(), DeliveryError> {
        Ok(())
    }
}

struct World {
    clock: Arc<HandClock>,
    outbox: Arc<MemoryOutbox>,
    planner: Planner,
    settings: Alerts,
    got: BTreeMap<String, Got>,
    workers: Vec<Worker<'static>>,
}

fn time(text: &str) -> Time {
    text.parse::<crate::calendar::Moment>().unwrap().into()
}

impl World {
    fn new(settings: serde_json::Value) -> World {
        World::with_answers(settings, |_| Box::new(|_| Ok(())))
    }

    fn with_answers(settings: serde_json::Value, answers: impl Fn(&str) -> Answer) -> World {
        let settings: Alerts = serde_json::from_value(settings).unwrap();
        assert_eq!(settings.faults(), []);
        let clock = Arc::new(HandClock::at(time(START)));
        let planner = Planner::new(settings.clone(), Vec::new(), &*clock);
        let mut world = World {
            clock,
            outbox: Arc::default(),
            planner,
            settings,
            got: BTreeMap::new(),
            workers: Vec::new(),
        };
        world.start(answers);
        world
    }

    fn start(&mut self, answers: impl Fn(&str) -> Answer) {
        // The outbox outlives all workers of a test.
        let outbox: &'static Arc<MemoryOutbox> = Box::leak(Box::new(Arc::clone(&self.outbox)));
        let outbox: &'static MemoryOutbox = outbox;
        let names: Vec<String> = self.settings.channels.keys().cloned().collect();
        self.workers.clear();
        for (name, desk) in desks(&self.settings, false) {
            let got = self.got.entry(name.clone()).or_default().clone();
            let receiver = Receiver { got, clock: Arc::clone(&self.clock), answer: answers(&name) };
            let others = names.iter().filter(|other| **other != name).cloned().collect();
            let mut worker =
                Worker { desk, channel: Box::new(receiver), outbox, others, health: Default::default() };
            worker.recall(self.now()).unwrap();
            self.workers.push(worker);
        }
    }

    /// A kill and a start: nothing is left but the outbox.
    fn restart(&mut self, answers: impl Fn(&str) -> Answer) {
        self.planner = Planner::new(self.settings.clone(), Vec::new(), &*self.clock);
        self.start(answers);
    }

    fn now(&self) -> Now {
        Now { elapsed: self.clock.elapsed(), wall: self.clock.wall() }
    }

    fn see(&mut self, changes: &[Change]) {
        let entries = self.planner.plan(changes, &*self.outbox, &*self.clock).unwrap();
        self.outbox.add(&entries).unwrap();
    }

    /// Lets so much time pass, a second at a time.
    fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.work();
            self.clock.pass(Duration::from_secs(1));
        }
        self.work();
    }

    fn work(&mut self) {
        let clock = Arc::clone(&self.clock);
        for worker in &mut self.workers {
            for _ in 0..100_000 {
                let pause = worker.step(|| Now { elapsed: clock.elapsed(), wall: clock.wall() }).unwrap();
                if !pause.is_zero() {
                    break;
                }
            }
        }
    }

    fn told(&self, channel: &str) -> Vec<(u64, Happened, String)> {
        let got = self.got[channel].lock().unwrap();
        got.iter().map(|(at, notice, _)| (at.as_secs(), notice.happened, notice.key.clone())).collect()
    }

    fn notices(&self, channel: &str) -> Vec<Notice> {
        self.got[channel].lock().unwrap().iter().map(|(_, notice, _)| notice.clone()).collect()
    }

    fn in_state(&self, state: EntryState) -> Vec<Entry> {
        self.outbox.list(Some(state), 1_000_000).unwrap()
    }
}

fn console(names: &[&str]) -> serde_json::Value {
    names
        .iter()
        .map(|name| ((*name).to_owned(), serde_json::json!({ "console": {} })))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn incident(fingerprint: &str, severity: &str, records: u64) -> Change {
    let incident = IncidentRow {
        fingerprint: fingerprint.to_owned(),
        title: format!("trouble {fingerprint}"),
        severity: severity.to_owned(),
        start: Some(START.to_owned()),
        end: Some(START.to_owned()),
        streams: vec!["web".to_owned()],
        kinds: vec!["new-template".to_owned()],
        records,
        ..IncidentRow::default()
    };
    Change { incident, open: true, ..Change::default() }
}

#[test]
fn a_million_identical_lines_are_two_notices_and_another_error_is_told_at_once() {
    let mut world = World::new(serde_json::json!({ "channels": console(&["ops"]) }));
    // A million lines in a thousand seconds; every second the incident is looked at.
    for second in 1..=1_000 {
        let mut changes = vec![incident("same", "high", second * 1_000)];
        if second >= 500 {
            changes.push(incident("other", "high", 1));
        }
        world.see(&changes);
        world.pass(1);
    }
    world.see(&[Change { open: false, ..incident("same", "high", 1_000_000) }]);
    world.pass(3_600);
    let told = world.told("ops");
    let about = |key: &str| {
        told.iter()
            .filter(|(_, _, about)| about == key)
            .map(|(at, happened, _)| (*at, *happened))
            .collect::<Vec<_>>()
    };
    assert_eq!(about("same"), [(0, Happened::Opened), (900, Happened::Grew)]);
    assert_eq!(about("other"), [(499, Happened::Opened)]);
}

#[test]
fn a_storm_of_a_hundred_thousand_is_ten_notices_a_minute_and_one_summary() {
    let mut world =
        World::new(serde_json::json!({ "channels": { "ops": { "console": {}, "budget": "none" } } }));
    for second in 0..60u64 {
        let changes: Vec<Change> = (0..1_667u64)
            .map(|at| second * 1_667 + at)
            .filter(|number| *number < 100_000)
            .map(|number| incident(&format!("{number:016x}"), "high", 1))
            .collect();
        world.see(&changes);
        world.pass(1);
    }
    world.pass(3_600);
    let told = world.told("ops");
    let minute = |at: u64| told.iter().filter(|(other, ..)| (at..at + 60).contains(other)).count();
    assert!(told.iter().all(|(at, ..)| minute(*at) <= 10), "{told:?}");
    assert_eq!(told.iter().filter(|(_, happened, _)| *happened == Happened::Summary).count(), 1);
    let summary =
        world.notices("ops").into_iter().find(|notice| notice.happened == Happened::Summary).unwrap();
    assert_eq!(summary.findings + told.len() as u64 - 1, 100_000, "{}", summary.title);
    assert_eq!(world.in_state(EntryState::Waiting).len(), 0);
    assert_eq!(world.outbox.list(None, 1_000_000).unwrap().len(), 100_001, "every incident is listed");
}

#[test]
fn a_new_kind_is_told_within_a_minute_of_a_storm_of_three_others() {
    let mut world =
        World::new(serde_json::json!({ "channels": { "ops": { "console": {}, "budget": "none" } } }));
    for second in 0..900u64 {
        let mut changes: Vec<Change> = (0..50)
            .map(|at| {
                let mut change = incident(&format!("{second}-{at}"), "high", 1);
                change.incident.kinds = vec![["burst", "rate-change", "new-value"][at % 3].to_owned()];
                change
            })
            .collect();
        if second == 600 {
            let mut silent = incident("silent", "high", 1);
            silent.incident.kinds = vec!["gone-silent".to_owned()];
            changes.push(silent);
        }
        world.see(&changes);
        world.pass(1);
    }
    let told = world.told("ops").into_iter().find(|(_, _, key)| key == "silent").expect("never told");
    assert!((600..=660).contains(&told.0), "{told:?}");
}

#[test]
fn the_budget_is_kept_and_what_was_held_back_is_listed() {
    let mut world = World::new(serde_json::json!({ "channels": console(&["ops"]), "budget": "5/day" }));
    for hour in 0..72u64 {
        world.see(&[incident(&format!("i{hour}"), "high", 1)]);
        world.pass(3_600);
    }
    let told = world.told("ops");
    let opened: Vec<u64> =
        told.iter().filter(|(_, happened, _)| *happened == Happened::Opened).map(|(at, ..)| *at).collect();
    for at in &opened {
        assert!(opened.iter().filter(|other| (*at..at + 86_400).contains(other)).count() <= 5, "{opened:?}");
    }
    assert!(opened.len() >= 9, "{opened:?}");
    let held = world.in_state(EntryState::HeldBack);
    assert_eq!(held.len() + opened.len(), 72);
    assert!(held[0].why.contains("5 a day"), "{}", held[0].why);
    let summaries = told.iter().filter(|(_, happened, _)| *happened == Happened::Summary).count();
    assert!((3..=4).contains(&summaries), "one a day: {told:?}");
}

#[test]
fn a_restart_tells_nothing_twice_and_old_incidents_as_one_summary() {
    let mut world = World::new(serde_json::json!({ "channels": console(&["ops"]) }));
    world.see(&[incident("known", "high", 5)]);
    world.pass(60);
    // Two hours later it starts again; while it was away, forty things began and ended.
    world.clock.pass(Duration::from_secs(7_200));
    world.restart(|_| Box::new(|_| Ok(())));
    let mut changes = vec![incident("known", "high", 6)];
    changes.extend((0..40).map(|at| Change { open: false, ..incident(&format!("old{at}"), "high", 1) }));
    let mut fresh = incident("fresh", "high", 1);
    fresh.incident.end = Some(world.clock.wall().to_string());
    changes.push(fresh);
    world.see(&changes);
    world.pass(300);
    let told: Vec<(Happened, String)> =
        world.told("ops").into_iter().map(|(_, happened, key)| (happened, key)).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[..2], [(Happened::Opened, "known".to_owned()), (Happened::Opened, "fresh".to_owned())]);
    let summary = &world.notices("ops")[2];
    assert_eq!((summary.happened, summary.findings), (Happened::Summary, 40));
    assert!(summary.title.contains("over before logsift started"), "{}", summary.title);
}

#[test]
fn what_keeps_an_incident_quiet() {
    let mut world = World::new(serde_json::json!({
        "channels": console(&["ops", "dev"]),
        "budget": "none",
        "calendars": { "maintenance": { "windows": [{ "hours": ["09:00-09:10"] }] }, "night": { "windows": [{ "hours": ["08:00-09:30"] }] } },
        "inhibit": [{ "open": ["severity=critical"], "mutes": ["severity<=medium"], "equal": ["stream"] }],
        "silences": [{ "match": ["fingerprint=silenced"], "until": "2024-03-04T09:20:00Z", "author": "ada", "comment": "known" }],
        "route": { "channels": ["ops"], "routes": [
            { "match": ["fingerprint=maintained"], "mute": ["maintenance"] },
            { "match": ["fingerprint=~\"quiet.*\""], "quiet": { "calendar": "night" } },
        ] },
    }));
    let changes = || {
        vec![
            incident("big", "critical", 1),
            incident("small", "low", 1),
            incident("silenced", "high", 1),
            incident("maintained", "high", 1),
            incident("quiet1", "high", 1),
            incident("quiet2", "high", 1),
            incident("quiet3", "critical", 1),
        ]
    };
    for _ in 0..40 {
        world.see(&changes());
        world.pass(60);
    }
    let over = |name: &str| Change { open: false, ..incident(name, "critical", 1) };
    world.see(&[over("big"), over("quiet3"), incident("small", "low", 1)]);
    world.pass(60);
    let told: Vec<(u64, String)> = world.told("ops").into_iter().map(|(at, _, key)| (at / 60, key)).collect();
    let names: Vec<(u64, &str)> = told.iter().map(|(at, key)| (*at, key.as_str())).collect();
    assert_eq!(
        names,
        [(0, "big"), (0, "quiet3"), (10, "maintained"), (20, "silenced"), (30, "quiet1"), (40, "small")],
        "{names:?}"
    );
    assert_eq!(world.notices("ops")[4].others[0].key, "quiet2", "both are told in one notice");
    assert!(world.told("dev").is_empty());
    let muted: Vec<String> = world
        .in_state(EntryState::Muted)
        .into_iter()
        .map(|entry| format!("{}: {}", entry.incident, entry.why))
        .collect();
    assert_eq!(muted.len(), 3, "{muted:?}");
}

#[test]
fn groups_repeats_and_escalations() {
    let mut world = World::new(serde_json::json!({
        "channels": console(&["ops", "boss"]),
        "budget": "none",
        "route": { "channels": ["ops"], "group_by": ["stream"], "group_wait": "30s", "group_interval": "5m", "repeat": "4h",
            "escalate": [{ "after": "1h", "channels": ["boss"] }] },
    }));
    let mut all = vec![incident("a", "high", 1)];
    world.see(&all);
    world.pass(10);
    all.push(incident("b", "critical", 1));
    world.see(&all);
    world.pass(50);
    all.push(incident("c", "low", 1));
    for _ in 0..300 {
        world.see(&all);
        world.pass(60);
    }
    let told = world.told("ops");
    assert_eq!((told[0].0, told[1].0), (30, 330), "{told:?}");
    let first = &world.notices("ops")[0];
    assert_eq!(
        (first.key.as_str(), first.others.len(), first.others[0].key.as_str()),
        ("b", 1, "a"),
        "the gravest leads"
    );
    assert!(
        told[2..].iter().all(|(at, happened, _)| *happened == Happened::Reminder && *at >= 14_000),
        "{told:?}"
    );
    let boss = world.told("boss");
    assert!(
        boss.iter().all(|(at, happened, _)| (3_600..3_800).contains(at) && *happened == Happened::Escalated),
        "{boss:?}"
    );
    let named: usize = world.notices("boss").iter().map(|notice| 1 + notice.others.len()).sum();
    assert_eq!(named, 3, "each is escalated once");
}

#[test]
fn only_those_who_keep_a_state_hear_that_it_is_over() {
    let channels = serde_json::json!({
        "chat": { "console": {} }, "both": { "console": {}, "resolved": true }, "pager": { "pagerduty": { "routing_key": "k" } },
    });
    let mut world = World::new(serde_json::json!({ "channels": channels }));
    world.see(&[incident("a", "high", 1)]);
    world.pass(60);
    world.see(&[Change { open: false, ..incident("a", "high", 1) }]);
    world.pass(60);
    assert_eq!((world.told("chat").len(), world.told("both").len(), world.told("pager").len()), (1, 2, 2));
    // The same trouble once more is news.
    let mut again = incident("a", "high", 1);
    again.incident.start = Some("2024-03-04T10:00:00Z".to_owned());
    again.incident.end = again.incident.start.clone();
    world.see(&[again]);
    world.pass(60);
    assert_eq!(world.told("chat").last().map(|told| told.1), Some(Happened::Opened));
}

fn failing(times: usize, error: DeliveryError) -> Answer {
    let mut left = times;
    Box::new(move |_| {
        left = left.saturating_sub(1);
        if left > 0 || times == usize::MAX { Err(error.clone()) } else { Ok(()) }
    })
}

#[test]
fn what_fails_is_tried_again_with_growing_pauses_until_it_is_parked() {
    let later = || DeliveryError::Later("answered 503".to_owned());
    let tries = Arc::new(Mutex::new(Vec::new()));
    let mut world = World::new(
        serde_json::json!({ "channels": console(&["ops", "other"]), "retry": { "give_up": "10m" } }),
    );
    let (clock, noted) = (Arc::clone(&world.clock), Arc::clone(&tries));
    world.start(move |name| {
        let (clock, noted) = (Arc::clone(&clock), Arc::clone(&noted));
        match name {
            "ops" => Box::new(move |_| {
                noted.lock().unwrap().push(clock.elapsed().as_secs());
                Err(later())
            }),
            _ => Box::new(|_| Ok(())),
        }
    });
    world.see(&[incident("a", "high", 1)]);
    world.pass(1_200);
    let tries = tries.lock().unwrap().clone();
    let pauses: Vec<u64> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses[0] <= 2 && pauses.iter().all(|pause| *pause <= 301), "{pauses:?}");
    assert!(pauses.windows(2).all(|pair| pair[1] >= pair[0]) && *pauses.last().unwrap() >= 90, "{pauses:?}");
    let parked = world.in_state(EntryState::Parked);
    assert_eq!((parked.len(), parked[0].why.as_str()), (1, "given up after 10m: answered 503"));
    // The other channel has the incident, and by now knows that the first one fails.
    assert_eq!(world.told("other").len(), 1);
    // By hand it goes out once more.
    world.outbox.change(&[parked[0].clone().again(world.clock.wall())]).unwrap();
    world.restart(|_| Box::new(|_| Ok(())));
    world.pass(5);
    assert_eq!(world.told("ops").len(), 1);
}

#[test]
fn a_refusal_is_parked_at_once_and_said_on_every_other_channel_once() {
    let refused = || DeliveryError::Never("answered 401".to_owned());
    let mut world = World::with_answers(
        serde_json::json!({ "channels": console(&["a", "b", "c"]), "budget": "none" }),
        |name| match name {
            "a" => failing(usize::MAX, refused()),
            _ => Box::new(|_| Ok(())),
        },
    );
    for number in 0..5 {
        world.see(&[incident(&format!("i{number}"), "high", 1)]);
        world.pass(60);
    }
    assert_eq!(world.in_state(EntryState::Parked).len(), 5);
    for other in ["b", "c"] {
        let broken: Vec<_> = world
            .notices(other)
            .into_iter()
            .filter(|notice| notice.happened == Happened::ChannelBroken)
            .collect();
        assert_eq!(broken.len(), 1);
        assert!(
            broken[0].title.contains("channel a") && broken[0].title.contains("401"),
            "{}",
            broken[0].title
        );
        assert_eq!(world.told(other).len(), 6);
    }
    assert!(world.workers.iter().any(|worker| worker.health.broken.is_some()));
}

#[test]
fn two_channels_that_do_not_work_do_not_talk_about_each_other_for_ever() {
    let refused = || DeliveryError::Never("answered 401".to_owned());
    let mut world = World::with_answers(serde_json::json!({ "channels": console(&["a", "b"]) }), |_| {
        failing(usize::MAX, refused())
    });
    world.see(&[incident("i", "high", 1)]);
    world.pass(3_600);
    assert!(world.in_state(EntryState::Parked).len() <= 4, "{}", world.in_state(EntryState::Parked).len());
}

#[test]
fn a_receiver_that_asks_for_time_gets_it() {
    let asked = || DeliveryError::After(Duration::from_secs(45), "answered 429".to_owned());
    let mut world =
        World::with_answers(serde_json::json!({ "channels": console(&["ops"]) }), |_| failing(2, asked()));
    world.see(&[incident("a", "high", 1)]);
    world.pass(120);
    let told = world.told("ops");
    assert!((45..=47).contains(&told[0].0), "{told:?}");
}

#[test]
fn one_that_is_never_taken_holds_up_no_other() {
    let mut world =
        World::with_answers(serde_json::json!({ "channels": console(&["ops"]), "budget": "none" }), |_| {
            Box::new(|notice| {
                if notice.key == "poison" {
                    Err(DeliveryError::Later("answered 500".to_owned()))
                } else {
                    Ok(())
                }
            })
        });
    world.see(&[incident("poison", "high", 1)]);
    world.pass(10);
    world.see(&[incident("good", "high", 1)]);
    world.pass(60);
    assert_eq!(world.told("ops").len(), 1);
    assert_eq!(world.told("ops")[0].2, "good");
}

#[test]
fn kills_at_any_moment_lose_nothing_and_double_only_what_was_being_sent() {
    let settings = serde_json::json!({ "channels": { "ops": { "console": {}, "budget": "none" } }, "limits": { "per_minute": 1000, "per_hour": 100_000, "all_per_minute": 1000 } });
    let mut world = World::new(settings);
    for number in 0..100 {
        world.see(&[incident(&format!("i{number}"), "high", 1)]);
        // A kill after the receiver has it and before that is written down.
        let waiting = world.outbox.waiting("ops", 10).unwrap();
        world.got["ops"].lock().unwrap().push((
            world.clock.elapsed(),
            waiting[0].notice.clone(),
            waiting[0].id.clone(),
        ));
        world.restart(|_| Box::new(|_| Ok(())));
        world.see(&[incident(&format!("i{number}"), "high", 1)]);
        world.pass(1);
    }
    let got = world.got["ops"].lock().unwrap();
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    got.iter().for_each(|(_, _, id)| *times.entry(id).or_default() += 1);
    assert_eq!(times.len(), 100);
    assert!(times.values().all(|times| *times == 2), "each once more, under the same id");
}

#[test]
fn a_clock_on_the_wall_that_jumps_changes_nothing() {
    let mut world = World::new(serde_json::json!({ "channels": console(&["ops"]) }));
    let mut now = incident("a", "high", 1);
    now.incident.end = Some("2024-03-04T09:30:00Z".to_owned());
    world.see(&[now.clone()]);
    world.pass(10);
    for wall in
        ["2024-03-04T08:00:00Z", "2024-04-03T09:00:00Z", "2038-01-19T03:14:08Z", "2024-03-04T09:00:30Z"]
    {
        world.clock.set_wall(time(wall));
        world.see(&[now.clone()]);
        world.pass(10);
    }
    let opened = world.told("ops").iter().filter(|(_, happened, _)| *happened == Happened::Opened).count();
    assert_eq!(opened, 1);
}

#[test]
fn silences_of_the_state_folder_can_be_changed_while_it_runs() {
    let mut world = World::new(serde_json::json!({ "channels": console(&["ops"]) }));
    let silence = Silence {
        id: "1".to_owned(),
        matchers: vec!["severity=high".parse().unwrap()],
        from: START.parse().unwrap(),
        until: "2024-03-04T12:00:00Z".parse().unwrap(),
        author: "ada".to_owned(),
        comment: "later".to_owned(),
    };
    world.planner.silence(vec![silence]);
    world.see(&[incident("a", "high", 1)]);
    world.pass(60);
    assert!(world.told("ops").is_empty());
    world.planner.silence(Vec::new());
    world.see(&[incident("a", "high", 1)]);
    world.pass(60);
    assert_eq!(world.told("ops").len(), 1);
}
