//! The daemon as whoever works with it sees it.

use std::collections::BTreeMap;
use std::time::Duration;

use logsift_engine::findings::Budget;
use logsift_engine::model::Redaction;
use logsift_engine::reader;
use logsift_engine::windows::TimelineSettings;
use logsift_stores::facts::Volume;
use logsift_stores::journal::Source;

use super::*;
use crate::detection::{Detecting, HELD_LISTED};

const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn settings(state: &std::path::Path) -> DaemonSettings {
    DaemonSettings {
        state: state.to_owned(),
        require_state: false,
        sources: Vec::new(),
        reader: reader::Settings::default(),
        readers: Vec::new(),
        redaction: Redaction::None,
        detecting: Detecting {
            budget: Budget::PerDay(5.0),
            budget_words: "5/day".to_owned(),
            sensitivity: 1.0,
            known: None,
            session: None,
            all_sessions: false,
            deploys: Vec::new(),
            timeline: TimelineSettings::default(),
            course: Default::default(),
            learned_sessions: Default::default(),
            baseline: None,
            held_listed: HELD_LISTED,
            models: Vec::new(),
            features: None,
            embeddings: None,
            rules: None,
            feedback: None,
        },
        limits: Limits::default(),
        retention: Retention::default(),
        alerts: Default::default(),
    }
}

fn push(text: &str) -> Push {
    Push { source: "push/text".to_owned(), lines: text.as_bytes().to_vec(), ..Push::default() }
}

#[test]
fn what_was_answered_is_there_after_a_start() {
    let state = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(settings(state.path())).unwrap();
    let handle = daemon.handle();
    handle.push(push("one\ntwo")).unwrap().wait().unwrap();
    handle.push(push("three\n")).unwrap().wait().unwrap();
    assert!(handle.settle(PATIENCE));
    let status = handle.status();
    assert_eq!((status.lines.came_in, status.lines.processed, status.lines.in_flight), (3, 3, 0));
    assert!(matches!(
        Daemon::start(settings(state.path())),
        Err(StartError::State(StoreError::InUse { .. }))
    ));
    daemon.stop();
    let daemon = Daemon::start(settings(state.path())).unwrap();
    assert!(daemon.handle().settle(PATIENCE));
    let status = daemon.handle().status();
    assert_eq!((status.lines.came_in, status.lines.processed), (3, 3));
    assert_eq!((status.sources[0].name.as_str(), status.sources[0].lines), ("push/text", 3));
    daemon.stop();
}

#[test]
fn lines_can_be_judged_without_being_kept() {
    let state = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(settings(state.path())).unwrap();
    let lines =
        "2026-01-01T00:00:00Z INFO all is well\n2026-01-01T00:00:01Z ERROR out of memory: killed process 7\n";
    let verdicts = daemon.handle().detect(lines.as_bytes());
    let anomalous: Vec<bool> = verdicts.iter().map(|verdict| verdict.anomalous).collect();
    assert_eq!(anomalous, [false, true]);
    assert_eq!(daemon.handle().status().lines.came_in, 0);
    daemon.stop();
}

/// Ten minutes of a service, with a minute of trouble in it.
pub(super) fn service() -> String {
    service_from("2026-01-15T10:00:00Z".parse().unwrap())
}

pub(super) fn service_from(start: jiff::Timestamp) -> String {
    let mut lines = String::new();
    for number in 0..6000u32 {
        let at = start + Duration::from_secs(u64::from(number / 10));
        let trouble = (3000..3600).contains(&number) && number % 4 == 0;
        let text = match number % 3 {
            _ if trouble => format!("ERROR out of memory: worker-{} of the pool was killed", number % 3),
            0 => format!("INFO request {number} served in {} ms", number * 7 % 50),
            1 => format!("INFO session {} opened", number * 13 % 1000),
            _ => format!("WARN cache miss for item {}", number % 97),
        };
        lines.push_str(&format!("{} {text}\n", at.strftime("%Y-%m-%dT%H:%M:%SZ")));
    }
    lines
}

pub(super) fn send(handle: &Handle, text: &str) {
    for piece in text.as_bytes().chunks(40_000) {
        handle.push(push(&String::from_utf8_lossy(piece))).unwrap().wait().unwrap();
    }
}

#[test]
fn trouble_becomes_an_incident_with_its_lines_its_counts_and_a_notice() {
    let state = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(settings(state.path())).unwrap();
    let handle = daemon.handle();
    let events = handle.events();
    handle.push(push(&service())).unwrap().wait().unwrap();
    assert!(handle.settle(PATIENCE));
    let facts = handle.facts().unwrap();
    let incidents = facts.incidents(&Filter::default(), &Page::default()).unwrap().rows;
    let incident = incidents.first().expect("memory was used up");
    assert!(incident.cause.as_ref().is_some_and(|cause| cause.contains("out of memory")), "{incident:?}");
    let before = incident.document.pointer("/causes/0/before/0").and_then(|line| line.as_str());
    assert!(before.is_some_and(|line| line.contains("2026-01-15T10:0")), "{before:?}");
    let of = Filter { incident: Some(incident.id.clone()), ..Filter::default() };
    let findings = facts.findings(&of, &Page::default()).unwrap().rows;
    assert_eq!(findings.len() as u64, incident.findings);
    let templates = facts.templates(None, (None, None), &Page::default()).unwrap().rows;
    assert_eq!(templates.iter().map(|template| template.count).sum::<u64>(), 6000);
    let hours = facts.template_history(&templates[0].id, None, None).unwrap();
    assert_eq!(hours.iter().map(|hour| hour.count).sum::<u64>(), templates[0].count);
    let (first, last) = facts.span().unwrap().unwrap();
    let volume = facts.timeline(first, last, 0, None).unwrap();
    assert_eq!(volume.iter().map(|step| step.volume.records).sum::<u64>(), 6000);
    let mut notices = facts.outbox("pending", 10).unwrap();
    notices.extend(facts.outbox("sent", 10).unwrap());
    assert_eq!(notices[0].incident.as_ref(), Some(&incident.id));
    let heard = std::iter::from_fn(|| events.next(Duration::ZERO).ok().flatten());
    assert!(heard.into_iter().any(|event| matches!(event, Event::IncidentOpened(_))));
    daemon.stop();
}

/// Blocks of four steps, three at a time; two of them lack their third step.
fn blocks() -> String {
    const STEPS: [&str; 4] =
        ["opened for reading", "read from disk", "checksum verified", "closed by client"];
    let start: jiff::Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    let line = |at: usize| {
        let (block, step) = (at / 12 * 3 + at % 3, at % 12 / 3);
        let is_missing = [700, 1900].contains(&block) && step == 2;
        let time = (start + Duration::from_secs(at as u64)).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        (!is_missing).then(|| format!("{time} INFO blk_77{block:08} {}\n", STEPS[step]))
    };
    (0..12_000).filter_map(line).collect()
}

#[test]
fn sessions_are_judged_where_people_say_what_ties_records_together() {
    let of_sessions = |session: Option<&str>, epoch_bytes: u64| {
        let state = tempfile::tempdir().unwrap();
        let mut settings = settings(state.path());
        settings.detecting.session = session.map(str::to_owned);
        settings.detecting.budget = Budget::PerDay(50.0);
        settings.limits.epoch_bytes = epoch_bytes;
        let daemon = Daemon::start(settings).unwrap();
        send(&daemon.handle(), &blocks());
        assert!(daemon.handle().settle(PATIENCE));
        let facts = daemon.handle().facts().unwrap();
        let findings = facts.findings(&Filter::default(), &Page::default()).unwrap();
        let whole = findings.rows.iter().filter_map(|row| facts.finding(&row.id).unwrap());
        let found = whole.filter(|row| !row.document["session"].is_null()).count();
        daemon.stop();
        found
    };
    assert_eq!(of_sessions(None, 48 << 20), 0);
    assert!(of_sessions(Some("blk_"), 48 << 20) >= 1);
    assert!(of_sessions(Some("auto"), 48 << 20) >= 1);
    assert!(of_sessions(Some("blk_"), 300_000) >= 1, "also over the end of an epoch");
}

#[test]
fn a_thread_that_breaks_off_is_said_and_the_daemon_can_be_stopped() {
    let state = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(settings(state.path())).unwrap();
    let handle = daemon.handle();
    let broken = guarded(&handle.shared, "judge", || panic!("a bug")).unwrap();
    broken.join().unwrap();
    match handle.ready() {
        Ready::Degraded(reason) => assert!(reason.contains("`judge` broke off"), "{reason}"),
        other => panic!("{other:?}"),
    }
    handle.push(push("one\n")).unwrap().wait().unwrap();
    daemon.stop();
}

#[test]
fn epochs_turn_and_nothing_is_counted_twice() {
    let state = tempfile::tempdir().unwrap();
    let mut settings = settings(state.path());
    settings.limits.epoch_bytes = 80_000;
    let daemon = Daemon::start(settings.clone()).unwrap();
    send(&daemon.handle(), &service());
    assert!(daemon.handle().settle(PATIENCE));
    let status = daemon.handle().status();
    assert_eq!((status.lines.processed, status.model.generation), (status.lines.came_in, 3));
    assert!(status.judgements.0 >= 3, "{} judgements: the end of an epoch is one", status.judgements.0);
    let count = |handle: &Handle| {
        let templates = handle
            .facts()
            .unwrap()
            .templates(None, (None, None), &Page { limit: 1000, after: None })
            .unwrap();
        templates.rows.iter().map(|template| template.count).sum::<u64>()
    };
    let before = count(&daemon.handle());
    daemon.stop();
    let daemon = Daemon::start(settings).unwrap();
    assert!(daemon.handle().settle(PATIENCE));
    assert_eq!(count(&daemon.handle()), before);
    let models = daemon.handle().facts().unwrap().models().unwrap();
    assert_eq!(models.iter().filter(|model| model.kept).count(), 2);
    assert_eq!(models.iter().filter(|model| model.active).count(), 1);
    let job = daemon.handle().roll_back().unwrap();
    assert!(daemon.handle().settle(PATIENCE) && daemon.handle().settle(PATIENCE));
    let job = daemon.handle().facts().unwrap().job(&job.id).unwrap().unwrap();
    assert_eq!(job.state, "done", "{job:?}");
    daemon.stop();
}

/// The intervals that detectors look at are a minute and more then.
#[test]
fn minutes_and_hours_are_exact_in_a_long_log_of_few_lines() {
    const MINUTE: i64 = 60_000_000_000;
    let start: jiff::Timestamp = "2026-01-15T10:00:00Z".parse().unwrap();
    let levels = ["INFO", "WARN", "INFO", "ERROR", "INFO"];
    let (mut lines, mut minutes, mut hours) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    for number in 0..12_000usize {
        let at = start + Duration::from_secs(number as u64 * 7);
        let level = levels[number % levels.len()];
        lines.push(format!("{} {level} job {number} is done\n", at.strftime("%Y-%m-%dT%H:%M:%SZ")));
        let minute = at.as_second() / 60 * MINUTE;
        let counts: &mut [u64; 3] = minutes.entry(minute).or_default();
        counts[0] += 1;
        counts[1] += u64::from(level == "WARN");
        counts[2] += u64::from(level == "ERROR");
        *hours.entry(minute / (60 * MINUTE) * 60 * MINUTE).or_insert(0) += 1;
    }
    let state = tempfile::tempdir().unwrap();
    let mut settings = settings(state.path());
    settings.limits.epoch_bytes = 80_000;
    let daemon = Daemon::start(settings).unwrap();
    for lines in lines.chunks(500) {
        daemon.handle().push(push(&lines.concat())).unwrap().wait().unwrap();
    }
    assert!(daemon.handle().settle(PATIENCE));
    assert!(daemon.handle().status().model.generation > 3);
    let facts = daemon.handle().facts().unwrap();
    let (first, last) = facts.span().unwrap().unwrap();
    let steps = facts.timeline(first, last, MINUTE, None).unwrap();
    let counts = |volume: Volume| [volume.records, volume.warnings(), volume.errors()];
    let found: BTreeMap<_, _> = steps.iter().map(|step| (step.start, counts(step.volume))).collect();
    let first_other = minutes.iter().zip(&found).find(|(wanted, found)| wanted != found);
    assert_eq!((first_other, found.len()), (None, minutes.len()));
    let templates = facts.templates(None, (None, None), &Page::default()).unwrap().rows;
    let mut of_hours = BTreeMap::new();
    for template in &templates {
        let history = facts.template_history(&template.id, None, None).unwrap();
        history.iter().for_each(|row| *of_hours.entry(row.hour).or_insert(0) += row.count);
    }
    assert_eq!(of_hours, hours);
    daemon.stop();
}

#[test]
fn what_is_damaged_is_set_aside_and_made_again() {
    let state = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(settings(state.path())).unwrap();
    send(&daemon.handle(), &service());
    assert!(daemon.handle().settle(PATIENCE));
    daemon.stop();
    std::fs::write(state.path().join("facts.sqlite"), vec![7; 9000]).unwrap();
    let daemon = Daemon::start(settings(state.path())).unwrap();
    assert!(daemon.handle().settle(PATIENCE));
    assert!(state.path().join("facts.sqlite.damaged").exists());
    let facts = daemon.handle().facts().unwrap();
    assert_eq!(facts.incidents(&Filter::default(), &Page::default()).unwrap().rows.len(), 1);
    let mut notices = facts.outbox("pending", 10).unwrap();
    notices.extend(facts.outbox("sent", 10).unwrap());
    assert!(notices.iter().any(|notice| notice.key == "state-damaged"));
    daemon.stop();
}

#[test]
fn who_comes_when_there_is_no_room_is_told_to_come_later() {
    let state = tempfile::tempdir().unwrap();
    let mut settings = settings(state.path());
    settings.limits.queue_bytes = 1000;
    let daemon = Daemon::start(settings).unwrap();
    let handle = daemon.handle();
    let (mut tickets, mut later) = (Vec::new(), 0);
    for _ in 0..2000 {
        match handle.push(push(&"x".repeat(400))) {
            Ok(ticket) => tickets.push(ticket),
            Err(busy) => {
                assert!(busy.retry_after > Duration::ZERO);
                later += 1;
            }
        }
        let status = handle.status();
        let dropped: u64 = status.dropped.iter().map(|dropped| dropped.lines).sum();
        assert_eq!(status.lines.came_in, status.lines.processed + status.lines.in_flight + dropped);
    }
    let taken = tickets.len() as u64;
    assert!(later > 0 && taken > 0, "{taken} taken, {later} told to come later");
    for ticket in tickets {
        ticket.wait().unwrap();
    }
    assert!(handle.settle(PATIENCE));
    assert_eq!(handle.status().lines.processed, taken);
    daemon.stop();
}

/// Lines of the service, three of each of many sources, one after the other.
fn of_many_sources() -> Vec<Push> {
    let lines: Vec<String> = service().lines().map(str::to_owned).collect();
    let sources = lines.chunks(3).zip(0..);
    let push = |(lines, number): (&[String], usize)| Push {
        labels: vec![("number".to_owned(), number.to_string())],
        ..push(&lines.join("\n"))
    };
    sources.map(push).collect()
}

/// Everything that people see of it, without when they were told.
fn seen(handle: &Handle) -> Vec<String> {
    assert!(handle.settle(PATIENCE * 3));
    let facts = handle.facts().unwrap();
    let all = Page { limit: 10_000, after: None };
    let mut seen: Vec<String> = Vec::new();
    for row in facts.templates(None, (None, None), &all).unwrap().rows {
        seen.push(format!("{} {} {}", row.id, row.count, row.text));
    }
    for row in facts.findings(&Filter::default(), &all).unwrap().rows {
        seen.push(format!("{} {:?} {}", row.id, row.incident, row.explanation));
    }
    for row in facts.incidents(&Filter::default(), &all).unwrap().rows {
        seen.push(format!("{} {} {} {} {:?}", row.id, row.title, row.findings, row.records, row.start));
    }
    seen.extend(handle.status().sources.iter().map(|source| format!("{:?} {}", source.labels, source.lines)));
    seen
}

#[test]
fn a_stop_in_the_middle_of_reading_changes_nothing() {
    let send_all = |handle: &Handle| {
        let (send, kept) = std::sync::mpsc::sync_channel(1);
        handle.push_all_then(of_many_sources(), move |result| send.send(result).unwrap()).unwrap();
        kept.recv().unwrap().unwrap();
    };
    let state = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(settings(state.path())).unwrap();
    send_all(&daemon.handle());
    let expected = seen(&daemon.handle());
    assert!(expected.iter().any(|line| line.contains("out of memory")), "{expected:?}");
    daemon.stop();

    let state = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(settings(state.path())).unwrap();
    let handle = daemon.handle();
    send_all(&handle);
    // Nobody waits any longer, at whatever it is.
    handle.shared.stopping.store(true, std::sync::atomic::Ordering::Relaxed);
    let since = std::time::Instant::now();
    daemon.stop();
    assert!(since.elapsed() < Duration::from_secs(3), "{:?}", since.elapsed());
    let lines = handle.status().lines;
    assert!(lines.processed < lines.came_in, "{lines:?}: it was not in the middle of anything");
    let daemon = Daemon::start(settings(state.path())).unwrap();
    assert_eq!(seen(&daemon.handle()), expected);
    daemon.stop();
}

#[test]
fn a_judgement_that_is_given_up_anywhere_is_as_if_nobody_had_asked() {
    use super::epoch::{Epoch, Manner};
    use logsift_engine::model::Learned;
    use logsift_stores::journal::Place;
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    let known = Learned::new(Redaction::None, settings.limits.memory_bytes);
    let mut epoch = Epoch::new(Manner::of(&settings), folder.path(), known, &[]);
    let lines = service();
    for (half, source) in lines.as_bytes().chunks(lines.len() / 2 + 1).zip(0..) {
        let state = SourceState {
            source: Source { name: format!("{source}"), ..Source::default() },
            ..SourceState::default()
        };
        epoch.take(source, &state, 0, half, Place::default());
    }
    let judge = |epoch: &mut Epoch, patience: usize| {
        let asked = std::cell::Cell::new(0);
        let found = epoch.judge(false, &|| asked.replace(asked.get() + 1) >= patience);
        (found.map(|found| format!("{:?} {:?}", found.detection, found.hours)), asked.get())
    };
    let (expected, asked) = judge(&mut epoch, usize::MAX);
    assert!(expected.as_ref().is_some_and(|found| found.contains("out of memory")) && asked > 4, "{asked}");
    for patience in 0..asked {
        assert_eq!(judge(&mut epoch, patience).0, None, "{patience}");
    }
    assert_eq!(judge(&mut epoch, usize::MAX).0, expected);
}

/// A folder of logs that is followed, run after run. Lines that came in are counted over all of them.
struct Logs {
    folder: tempfile::TempDir,
    daemon: Option<Daemon>,
    lines: u64,
}

impl Logs {
    fn new() -> Logs {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("logs")).unwrap();
        Logs { folder, daemon: None, lines: 0 }
    }

    fn at(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join("logs").join(name)
    }

    fn append(&mut self, name: &str, text: &str) {
        let file = std::fs::OpenOptions::new().append(true).create(true).open(self.at(name));
        std::io::Write::write_all(&mut file.unwrap(), text.as_bytes()).unwrap();
        self.lines += text.lines().count() as u64;
    }

    fn run(&mut self) {
        self.stop();
        let files = SourceSettings::Files {
            path: self.folder.path().join("logs").display().to_string(),
            labels: Vec::new(),
            exclude: vec!["**/left-out*".to_owned()],
            only_new: false,
            half_line: Duration::from_millis(100),
        };
        let settings = settings(&self.folder.path().join("state"));
        self.daemon = Some(Daemon::start(DaemonSettings { sources: vec![files], ..settings }).unwrap());
    }

    /// Waits until all lines came in, then until the folder was looked at again, and none came twice.
    fn check(&mut self) {
        self.wait();
        let looked = format!("left-over-{}.log", self.lines);
        self.append(&looked, "one\n");
        self.wait();
    }

    fn wait(&self) {
        let came_in = || self.daemon.as_ref().map(|daemon| daemon.handle().status().lines.came_in);
        let since = std::time::Instant::now();
        while came_in() < Some(self.lines) && since.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(came_in(), Some(self.lines));
    }

    /// The names of the logs, without the folder and those that are written to see that it was looked at.
    fn names(&self) -> Vec<String> {
        let status = self.daemon.as_ref().map(|daemon| daemon.handle().status());
        let sources = status.into_iter().flat_map(|status| status.sources);
        let names = sources.filter_map(|source| source.name.rsplit('/').next().map(str::to_owned));
        let mut names: Vec<String> = names.filter(|name| !name.starts_with("left-over")).collect();
        names.sort();
        names
    }

    fn stop(&mut self) {
        if let Some(daemon) = self.daemon.take() {
            daemon.stop();
        }
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        self.stop();
    }
}

#[test]
fn a_log_of_a_folder_that_is_rotated_away_before_it_is_begun_anew_is_read_once() {
    let mut logs = Logs::new();
    logs.append("app.log", "one\ntwo\n");
    logs.run();
    logs.check();
    std::fs::rename(logs.at("app.log"), logs.at("app.log.1")).unwrap();
    logs.check();
    logs.append("app.log.1", "three\n");
    logs.append("app.log", "four\n");
    logs.check();
    assert_eq!(logs.names(), ["app.log"]);
}

#[test]
fn a_log_that_was_rotated_away_while_the_daemon_was_down_is_read_once() {
    let mut logs = Logs::new();
    for (round, rotated) in ["app.log.1", "app.log-20260101", "app.log.old"].into_iter().enumerate() {
        logs.append("app.log", &format!("{round} one\n{round} two\n"));
        logs.run();
        logs.check();
        logs.stop();
        logs.append("app.log", &format!("{round} three\n"));
        std::fs::rename(logs.at("app.log"), logs.at(rotated)).unwrap();
        logs.run();
        logs.check();
        logs.append(rotated, &format!("{round} four\n"));
        logs.check();
        logs.append("app.log", &format!("{round} five\n"));
        logs.check();
        logs.append(rotated, &format!("{round} late\n"));
        logs.check();
        logs.run();
        logs.check();
        assert_eq!(logs.names(), ["app.log"], "{rotated}");
        std::fs::remove_file(logs.at(rotated)).unwrap();
    }
}

#[test]
fn a_log_with_a_file_for_each_day_is_read_once() {
    let mut logs = Logs::new();
    logs.append("day-2026-01-01.log", "one\ntwo\n");
    logs.run();
    logs.check();
    logs.append("day-2026-01-02.log", "three\n");
    logs.append("day-2026-01-01.log", "four\n");
    logs.check();
    for day in 10..31 {
        logs.append(&format!("day-2026-01-{day}.log"), &format!("day {day}\n"));
        logs.append(&format!("day-2026-03-{day}.log"), &format!("day {day} of March\n"));
    }
    logs.check();
    logs.append("day-2026-01-02.log", "five\n");
    logs.run();
    logs.check();
    // A log of the plain name appears, and what was the newest is written to still.
    logs.append("day-2026-03-30.log", "six\n");
    logs.append("day.log", "seven\n");
    logs.check();
    logs.append("day-2026-03-30.log", "eight\n");
    logs.append("day-2026-03-29.log", "nine\n");
    logs.append("day.log", "ten\n");
    logs.check();
    logs.run();
    logs.check();
    assert_eq!(logs.names(), ["day.log"]);
}

#[test]
fn half_a_line_waits_as_long_as_its_files_say() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.log");
    std::fs::write(&file, "one\nand a ha").unwrap();
    let files = SourceSettings::Files {
        path: file.display().to_string(),
        labels: Vec::new(),
        exclude: Vec::new(),
        only_new: false,
        half_line: Duration::from_millis(100),
    };
    let state = folder.path().join("state");
    let since = std::time::Instant::now();
    let daemon = Daemon::start(DaemonSettings { sources: vec![files], ..settings(&state) }).unwrap();
    while daemon.handle().status().lines.came_in < 2 {
        assert!(since.elapsed() < logsift_sources::HALF_LINE, "{:?}", daemon.handle().status().lines);
        std::thread::sleep(Duration::from_millis(20));
    }
    daemon.stop();
}
