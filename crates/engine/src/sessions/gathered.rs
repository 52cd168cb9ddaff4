//! Laws of gathering: whatever a log is cut into, its sessions are the same.

use proptest::prelude::*;

use super::*;
use crate::reader::{Reader, Settings, SourceHint};
use crate::records::record::{Record, RecordSink, StreamId};
use crate::templates::{Facts, Miner};

/// Mines and gathers one log.
struct Log {
    miner: Miner,
    gather: SessionGather,
}

impl RecordSink for Log {
    fn stream(&mut self, id: StreamId, _: &str) {
        self.gather.stream(id, "app");
    }

    fn record(&mut self, record: &Record<'_>) {
        let skeleton = self.miner.add(record.message, &Facts::default());
        self.gather.add(record, skeleton, (0, 0));
        if self.gather.wants_decision() {
            self.gather.decide(&self.miner.templates());
        }
    }
}

/// Reads several logs one after the other and judges their sessions.
fn judged(logs: &[&[String]], settings: &GatherSettings) -> JudgedSessions {
    let (gathered, miner) = gathered(logs, settings);
    let judging = Judging { known: &KnownSessions::new(), models: &[], course: Course::default() };
    judge_sessions(gathered, &miner.templates(), &judging)
}

fn gathered(logs: &[&[String]], settings: &GatherSettings) -> (GatheredSessions, Miner) {
    let mut all = Miner::default();
    let mut gathered = GatheredSessions::new(settings.clone());
    for (lines, number) in logs.iter().zip(0..) {
        let mut log = Log { miner: Miner::default(), gather: SessionGather::new(settings.clone()) };
        let mut reader = Reader::new(&Settings::default(), SourceHint::default());
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        for part in text.as_bytes().chunks(1 << 14) {
            reader.space()[..part.len()].copy_from_slice(part);
            reader.filled(part.len(), &mut log);
        }
        reader.finish(&mut log);
        all.absorb(log.miner);
        gathered.absorb(log.gather, number);
        if gathered.wants_decision() {
            gathered.decide(&all.templates());
        }
    }
    (gathered, all)
}

/// Sessions as they come out, without the places of their records.
fn rows(judged: &JudgedSessions) -> Vec<(String, u64, String, bool)> {
    let row = |session: &JudgedSession| {
        (judged.id(session).to_owned(), session.records, format!("{:.9}", session.score), session.flagged)
    };
    judged.sessions.iter().map(row).collect()
}

const STEPS: [&str; 4] = ["opened", "reading", "sent", "closing"];

/// Requests of four steps, three at a time; every fiftieth does not read.
fn requests(records: usize) -> Vec<String> {
    let tell = |at: usize| {
        let (request, step) = (at / 12 * 3 + at % 3, at % 12 / 3);
        let step = if request % 50 == 7 && step == 1 { 2 } else { step };
        let (minute, second) = (at / 60 % 60, at % 60);
        let hour = at / 3600;
        format!("2026-03-01 {hour:02}:{minute:02}:{second:02} INFO {} req_9{request:09}", STEPS[step])
    };
    (0..records).map(tell).collect()
}

/// Workers whose short names are used again and again.
fn workers(records: usize) -> Vec<String> {
    let tell = |at: usize| {
        let job = at / 4;
        let minute = job * 9 + at % 4;
        let (day, hour, minute) = (1 + minute / 1440, minute / 60 % 24, minute % 60);
        format!("2026-03-{day:02} {hour:02}:{minute:02}:00 INFO {} pid={}", STEPS[at % 4], job % 20)
    };
    (0..records).map(tell).collect()
}

#[test]
fn sessions_are_found_and_judged() {
    let judged = judged(&[&requests(12_000)], &GatherSettings::default());
    let kinds: Vec<(&str, u64)> = judged.kinds.iter().map(|kind| (kind.by.as_str(), kind.count)).collect();
    assert_eq!(kinds, [("req_…", 3000)]);
    assert!(judged.sessions.iter().all(|session| session.records == 4));
    let first: Vec<&str> = judged.sessions.iter().take(3).map(|session| judged.id(session)).collect();
    assert_eq!(first, ["req_9000000000", "req_9000000001", "req_9000000002"]);
    assert_eq!(judged.stream(&judged.sessions[0]), "app");
}

#[test]
fn short_names_are_given_to_others_after_a_while() {
    let by = GatherSettings { by: Some("pid".to_owned()), ..GatherSettings::default() };
    let judged = judged(&[&workers(2000)], &by);
    assert_eq!(judged.sessions.len(), 500);
    assert!(judged.sessions.iter().all(|session| session.records == 4));
}

#[test]
fn a_name_says_what_ties_records_together() {
    let check = |by: &str, expected: &[(&str, u64)]| {
        let settings = GatherSettings { by: Some(by.to_owned()), ..GatherSettings::default() };
        let judged = judged(&[&requests(600)], &settings);
        let kinds: Vec<(&str, u64)> =
            judged.kinds.iter().map(|kind| (kind.by.as_str(), kind.count)).collect();
        assert_eq!(kinds, expected, "{by}");
    };
    check("req_", &[("req_…", 150)]);
    check("req_…", &[("req_…", 150)]);
    check("nobody", &[("nobody", 0)]);
}

#[test]
fn a_log_without_sessions_has_none() {
    let line = |at: usize| format!("2026-03-01 00:{:02}:{:02} INFO tick {at}", at / 60 % 60, at % 60);
    let lines: Vec<String> = (0..10_000).map(line).collect();
    let judged = judged(&[&lines], &GatherSettings::default());
    assert!(judged.sessions.is_empty() && judged.kinds.is_empty());
}

#[test]
fn what_does_not_fit_is_sampled_fairly_and_counted() {
    let whole = judged(&[&requests(60_000)], &GatherSettings::default());
    let small = GatherSettings { most: 700_000, ..GatherSettings::default() };
    let part = judged(&[&requests(60_000)], &small);
    let kind = &part.kinds[0];
    assert!(kind.one_in >= 2 && kind.dropped > 0, "{kind:?}");
    let expected = whole.sessions.len() as f64 / kind.one_in as f64;
    assert!((kind.count as f64 / expected - 1.0).abs() < 0.2, "{kind:?}, expected about {expected}");
    assert_eq!(kind.count * 4 + kind.dropped, 60_000);
    assert!(part.sessions.iter().all(|session| session.records == 4), "no session is cut");
}

/// What a message that is rare always comes with is no deviation; what a usual session lacks is.
#[test]
fn how_a_rare_message_always_comes_is_no_deviation() {
    let mut lines = requests(4000);
    let lacking: Vec<String> = (500..506).map(|nth| format!("req_9{nth:09}")).collect();
    lines.retain(|line| !(line.contains(" sent ") && lacking.iter().any(|id| line.ends_with(id))));
    let rare: Vec<String> = (0..6).map(|nth| format!("req_90000770{nth:02}")).collect();
    lines.extend(rare.iter().map(|id| format!("2026-03-01 00:59:00 INFO swept nightly {id}")));
    let judged = judged(&[&lines], &GatherSettings::default());
    let deviating = |ids: &[String]| {
        let mine = judged.sessions.iter().filter(|session| ids.contains(&judged.id(session).to_owned()));
        mine.map(|session| session.way.is_some()).collect::<Vec<bool>>()
    };
    assert_eq!((deviating(&lacking), deviating(&rare)), (vec![true; 6], vec![false; 6]));
}

/// Where the record stands that shows how each of these sessions deviates.
fn shown_by(judged: &JudgedSessions, ids: &[&str]) -> Vec<(u32, u64)> {
    let of = |id: &&str| judged.sessions.iter().find(|session| judged.id(session) == *id);
    ids.iter().filter_map(of).map(|session| (session.shown_by.log, session.shown_by.line)).collect()
}

/// A message that comes too late is pointed at, and of what is missing the step before; in whichever log they stand, and
/// where there was no memory for all sessions.
#[test]
fn the_record_that_shows_a_deviation_is_known() {
    let mut lines = requests(30_000);
    let ids = ["req_9000000600", "req_9000001500", "req_9000006000"];
    let at = |lines: &[String], step: &str, id: &str| {
        lines
            .iter()
            .position(|line| line.contains(step) && line.ends_with(id))
            .expect("a step of the request")
    };
    // The first closes before it has sent, the others never send.
    let (sent, closing) = (at(&lines, " sent ", ids[0]), at(&lines, " closing ", ids[0]));
    lines[sent] = lines[sent].replace(" sent ", " closing ");
    lines[closing] = lines[closing].replace(" closing ", " sent ");
    lines.retain(|line| !(line.contains(" sent ") && ids[1..].iter().any(|id| line.ends_with(id))));
    let line = |of: &[String], step: &str, id: &str| at(of, step, id) as u64 + 1;
    let wanted = |lines: &[String]| {
        let steps = [" sent ", " reading ", " reading "];
        ids.iter().zip(steps).map(|(id, step)| line(lines, step, id)).collect::<Vec<u64>>()
    };
    let (first, rest) = lines.split_at(at(&lines, " opened ", "req_9000003000"));
    let one = shown_by(&judged(&[&lines], &GatherSettings::default()), &ids);
    assert_eq!(one, wanted(&lines).into_iter().map(|line| (0, line)).collect::<Vec<_>>());
    let several = shown_by(&judged(&[&workers(100), first, rest], &GatherSettings::default()), &ids);
    let in_first = |id| (1, line(first, if id == ids[0] { " sent " } else { " reading " }, id));
    assert_eq!(several, [in_first(ids[0]), in_first(ids[1]), (2, line(rest, " reading ", ids[2]))]);
    let small = GatherSettings { most: 200_000, ..GatherSettings::default() };
    let part = judged(&[&lines], &small);
    assert!(part.kinds[0].one_in >= 2, "{:?}", part.kinds);
    let is_its = |session: &JudgedSession| {
        let line = session.shown_by.line.checked_sub(1).and_then(|at| lines.get(at as usize));
        line.is_some_and(|line| line.ends_with(part.id(session)))
    };
    assert!(part.sessions.iter().all(is_its) && !part.sessions.is_empty());
}

/// Of templates that were forgotten no step is known, but the others stand where they stood.
#[test]
fn the_record_is_known_where_templates_were_forgotten() {
    let mut lines = requests(12_000);
    let id = "req_9000001500";
    lines.retain(|line| !(line.contains(" sent ") && line.ends_with(id)));
    let (gathered, _) = gathered(&[&lines], &GatherSettings::default());
    let mut miner = Miner::default();
    for line in lines.iter().filter(|line| !line.contains(" opened ")) {
        let message = line.split(" INFO ").nth(1).expect("a message");
        miner.add(message.as_bytes(), &Facts::default());
    }
    let judging = Judging { known: &KnownSessions::new(), models: &[], course: Course::default() };
    let judged = judge_sessions(gathered, &miner.templates(), &judging);
    let reading = lines.iter().position(|line| line.contains(" reading ") && line.ends_with(id));
    assert_eq!(shown_by(&judged, &[id]), [(0, reading.expect("it reads") as u64 + 1)]);
}

/// What was learned of the same log counts as if it were still there: a bout is as surprising among both.
#[test]
fn what_was_learned_and_forgotten_still_counts() {
    let mut lines = requests(7200);
    lines.retain(|line| !(line.contains(" sent ") && line.ends_with("req_9000001500")));
    let settings = GatherSettings::default();
    let (whole, miner) = gathered(&[&lines], &settings);
    let templates = miner.templates();
    let (first, _) = gathered(&[&lines[..3600]], &settings);
    let (second, _) = gathered(&[&lines[3600..]], &settings);
    let learned = learn_sessions(first, &templates, &Course::default());
    let told = |gathered, known: &KnownSessions| {
        let course = Course { is_own: true, ..Course::default() };
        let judged = judge_sessions(gathered, &templates, &Judging { known, models: &[], course });
        let interval =
            |session: &JudgedSession, _: Option<i64>| session.times.map_or(0, |times| times.0 / 60_000);
        let deviations = judged.deviations(InTime { interval: &interval, intervals: 130 });
        let odd = deviations.iter().map(|one| (one.of, one.among, (one.surprise * 10.0).round()));
        odd.collect::<Vec<_>>()
    };
    let whole = told(whole, &KnownSessions::new());
    let [(1800, 1800, surprise)] = whole[..] else { panic!("{whole:?}") };
    assert_eq!(told(second, &learned), [(900, 1800, surprise)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    /// Logs too short to tell alone, and those of which the first tells and the others follow.
    #[test]
    fn cutting_a_log_changes_no_session(cuts in prop::collection::vec(0usize..3000, 0..4)) {
        for lines in [requests(3000), workers(3000)] {
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % lines.len()).collect();
            cuts.extend([0, lines.len()]);
            cuts.sort_unstable();
            let parts: Vec<&[String]> = cuts.windows(2).map(|two| &lines[two[0]..two[1]]).collect();
            let by = lines[0].contains("pid").then(|| "pid".to_owned());
            let settings = GatherSettings { by, ..GatherSettings::default() };
            prop_assert_eq!(rows(&judged(&parts, &settings)), rows(&judged(&[&lines], &settings)));
        }
    }

    #[test]
    fn the_rest_of_a_log_follows_its_beginning(cut in 9000usize..12_000) {
        let lines = requests(12_000);
        let settings = GatherSettings::default();
        let (first, rest) = lines.split_at(cut);
        prop_assert_eq!(rows(&judged(&[first, rest], &settings)), rows(&judged(&[&lines], &settings)));
    }

    /// Two programs that write at the same time: the order of time decides, not that of the logs.
    #[test]
    fn logs_side_by_side_are_one_story(choices in prop::collection::vec(any::<bool>(), 600)) {
        let lines = requests(600);
        let (mut one, mut other) = (Vec::new(), Vec::new());
        for (line, choice) in lines.iter().zip(&choices) {
            if *choice { one.push(line.clone()) } else { other.push(line.clone()) }
        }
        let settings = GatherSettings { by: Some("req_".to_owned()), ..GatherSettings::default() };
        let sorted = |judged: &JudgedSessions| {
            let mut rows = rows(judged);
            rows.sort();
            rows
        };
        prop_assert_eq!(sorted(&judged(&[&one, &other], &settings)), sorted(&judged(&[&lines], &settings)));
    }
}
