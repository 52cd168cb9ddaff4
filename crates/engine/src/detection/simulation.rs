//! Clean logs of known habits: does detection keep within the budget on them, and still see what is put into them?

use super::{Detected, DetectionSettings, detect};
use crate::detectors;
use crate::findings::feedback::{Feedback, FeedbackFile};
use crate::findings::{Budget, Held, Severity};
use crate::meaning;
use crate::records::level::Level;
use crate::templates::TemplateId;
use crate::windows::{Interval, Place, Stream, TemplateFacts, Timeline, TimelineCell, Window};

/// A small generator of numbers that are random enough (SplitMix64).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x1234_5678)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Between 0 and 1, neither of them included.
    fn unit(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }

    fn poisson(&mut self, mean: f64) -> u64 {
        if mean > 40.0 {
            return (mean + mean.sqrt() * self.normal() + 0.5).max(0.0) as u64;
        }
        let (mut count, mut product, least) = (0, self.unit(), (-mean).exp());
        while product > least {
            count += 1;
            product *= self.unit();
        }
        count
    }
}

/// How a template is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Habit {
    /// Evenly, by chance.
    Poisson,
    /// In bursts whose sizes have a heavy tail; the number is how many bursts there are for every thousand records.
    Bursty(f64),
    /// More by day than by night.
    Daily,
    /// In office hours, and little at weekends.
    Weekly,
    /// As often every time, once in so many seconds.
    Cron(i64),
    /// Now and then the rate changes for good, by a factor of two at most.
    Drifting,
}

/// A log to be made.
pub(super) struct Plan {
    pub(super) hours: i64,
    /// Stream, habit, records a minute.
    pub(super) templates: Vec<(u32, Habit, f64)>,
    /// Templates that are seen once or a few times, at times that become rarer.
    pub(super) rarities: f64,
    /// How much the load of everything goes up and down together: the deviation of its logarithm.
    pub(super) waves: f64,
}

/// How much there is to do in each interval: what it was the last time, and something new.
fn load(dice: &mut Dice, waves: f64, intervals: i64) -> Vec<f64> {
    let mut state = 0.0;
    let mut next = || {
        state = 0.9 * state + 0.19f64.sqrt() * dice.normal();
        (waves * state).exp()
    };
    (0..intervals).map(|_| next()).collect()
}

/// Counts by interval of one template.
fn counts(dice: &mut Dice, habit: Habit, a_minute: f64, seconds: i64, load: &[f64]) -> Vec<u64> {
    let usual = a_minute * seconds as f64 / 60.0;
    let mut drift = 1.0;
    let intervals = load.len();
    load.iter()
        .zip(0i64..)
        .map(|(load, number)| (load * usual, number))
        .map(|(mean, number)| match habit {
            Habit::Poisson => dice.poisson(mean),
            Habit::Bursty(a_thousand) => {
                let bursts = dice.poisson(mean * a_thousand / 1000.0);
                // Sizes have a Pareto tail whose variance has no bound; the scale keeps the rate.
                let scale = 1000.0 / a_thousand / 3.0;
                (0..bursts).map(|_| (scale * dice.unit().powf(-1.0 / 1.5)).min(1e6).ceil() as u64).sum()
            }
            Habit::Daily => {
                let hour = (number * seconds) as f64 / 3600.0;
                dice.poisson(mean * (1.0 + 0.8 * (hour * std::f64::consts::TAU / 24.0).sin()))
            }
            Habit::Weekly => {
                let hour = number * seconds / 3600;
                let share = match (hour / 24 % 7, hour % 24) {
                    (5.., _) => 0.1,
                    (_, 8..18) => 3.0,
                    _ => 0.7,
                };
                dice.poisson(mean * share)
            }
            Habit::Cron(every) => {
                let before = number * seconds / every;
                u64::try_from(((number + 1) * seconds) / every - before).unwrap_or(0)
            }
            Habit::Drifting => {
                if dice.unit() < 2.0 / intervals as f64 {
                    drift *= 2f64.powf(2.0 * dice.unit() - 1.0);
                }
                dice.poisson(mean * drift)
            }
        })
        .collect()
}

pub(super) fn facts(number: u32, text: &str) -> TemplateFacts {
    TemplateFacts {
        id: TemplateId(u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15) + 1),
        text: text.to_owned(),
        meaning: meaning::of_text(text.as_bytes()),
        gravest: None,
        count: 0,
        known: 0,
        returned: false,
    }
}

pub(super) fn cell(template: u32, count: u64, level: Option<Level>, line: u64) -> TimelineCell {
    TimelineCell {
        template,
        count,
        shapes: vec![u64::from(template)],
        gravest: level,
        first: Some(Place { log: 0, line, offset: line * 80 }),
        numbers: Vec::new(),
    }
}

/// Makes a clean log.
pub(super) fn clean(plan: &Plan, seed: u64) -> Timeline {
    let mut dice = Dice::new(seed);
    let level = ((plan.hours * 3600 / 240).max(1)).ilog2().clamp(3, 12);
    let (seconds, intervals) = (1i64 << level, (plan.hours * 3600) >> level);
    let load = load(&mut dice, plan.waves, intervals);
    let mut all: Vec<(u32, Vec<u64>)> = plan
        .templates
        .iter()
        .map(|(stream, habit, a_minute)| (*stream, counts(&mut dice, *habit, *a_minute, seconds, &load)))
        .collect();
    // The rarities of a log that has been running for a while: news comes ever more rarely.
    for number in 0..intervals {
        let news = dice.poisson(plan.rarities / (number + 3) as f64);
        for _ in 0..news {
            let mut counts = vec![0; intervals as usize];
            counts[number as usize] = 1 + dice.poisson(0.5);
            let again = number + (dice.unit() * intervals as f64) as i64;
            if let Some(later) = counts.get_mut(again as usize) {
                *later += 1;
            }
            all.push((plan.templates[(dice.next() % plan.templates.len() as u64) as usize].0, counts));
        }
    }
    timeline(&all, seconds, intervals)
}

fn timeline(all: &[(u32, Vec<u64>)], seconds: i64, intervals: i64) -> Timeline {
    let streams = all.iter().map(|(stream, _)| stream + 1).max().unwrap_or(0);
    let mut line = 0;
    let mut laid = Vec::new();
    for number in 0..intervals {
        let mut windows: Vec<Window> = Vec::new();
        for stream in 0..streams {
            let mut window = Window { stream, records: 0, cells: Vec::new() };
            for ((_, counts), template) in all.iter().zip(0u32..).filter(|((of, _), _)| *of == stream) {
                let count = counts[number as usize];
                if count > 0 {
                    line += count;
                    window.records += count;
                    window.cells.push(cell(template, count, Some(Level::Info), line));
                }
            }
            windows.extend(Some(window).filter(|window| window.records > 0));
        }
        laid.extend(Some(Interval { number, windows }).filter(|interval| !interval.windows.is_empty()));
    }
    let text = |at: usize| format!("step number{at} of job{} done", at * 7);
    Timeline {
        seconds,
        streams: (0..streams).map(|stream| Stream { name: format!("s{stream}"), records: 0 }).collect(),
        templates: (0..all.len()).map(|at| facts(at as u32, &text(at))).collect(),
        intervals: laid,
        timed: true,
        ..Timeline::default()
    }
}

fn settings(a_day: f64) -> DetectionSettings {
    DetectionSettings { budget: Budget::PerDay(a_day), ..DetectionSettings::default() }
}

pub(super) fn run(timeline: &Timeline, a_day: f64) -> Detected {
    detect(timeline, detectors::all(), &settings(a_day))
}

/// Templates of that habit whose rates lie between 0.01 and 1,000 records a minute.
fn spread(habit: Habit) -> Vec<(u32, Habit, f64)> {
    (0..24).map(|at| (at % 3, habit, 10f64.powf(f64::from(at) * 5.0 / 23.0 - 2.0))).collect()
}

fn plans(hours: i64) -> Vec<(&'static str, Plan)> {
    let plan = |templates, rarities| Plan { hours, templates, rarities, waves: 0.0 };
    let mut mixed = spread(Habit::Poisson);
    mixed.extend(spread(Habit::Bursty(20.0)));
    mixed.extend(spread(Habit::Daily));
    mixed.extend((0..4).map(|at| (at % 3, Habit::Cron(60 << (2 * at)), 1.0)));
    vec![
        ("poisson", plan(spread(Habit::Poisson), 0.0)),
        ("bursty", plan(spread(Habit::Bursty(20.0)), 0.0)),
        ("very bursty", plan(spread(Habit::Bursty(2.0)), 0.0)),
        ("daily", plan(spread(Habit::Daily), 0.0)),
        ("weekly", plan(spread(Habit::Weekly), 0.0)),
        ("drifting", plan(spread(Habit::Drifting), 0.0)),
        ("rarities", plan(spread(Habit::Poisson), 20.0)),
        ("mixed", plan(mixed, 20.0)),
        ("waves", Plan { waves: 0.5, ..plan(spread(Habit::Poisson), 5.0) }),
        ("one slow", plan(vec![(0, Habit::Poisson, 0.01)], 0.0)),
        ("one bursty", plan(vec![(0, Habit::Bursty(20.0), 10.0)], 0.0)),
    ]
}

/// Mean incidents and the most of one log, over so many clean logs.
fn raised(plan: &Plan, a_day: f64, seeds: u64) -> (f64, usize) {
    let counts = (0..seeds).map(|seed| run(&clean(plan, seed), a_day).raised);
    let (sum, most) = counts.fold((0, 0), |(sum, most), count| (sum + count, most.max(count)));
    (sum as f64 / seeds as f64, most)
}

fn few(habit: Habit) -> Plan {
    let templates = (0..8).map(|at| (at % 2, habit, 10f64.powf(f64::from(at) / 2.0 - 2.0))).collect();
    Plan { hours: 24, templates, rarities: 3.0, waves: 0.2 }
}

/// So long are logs that know what is usual at weekends.
const WEEKS: i64 = 8;

/// Appends templates, and records of them to an interval: templates by their texts and levels, with counts.
fn put(timeline: &mut Timeline, at: usize, stream: u32, said: &[(&str, Level, u64)]) {
    for (text, level, count) in said {
        let known = timeline.templates.iter().position(|facts| facts.text == *text);
        let template = known.unwrap_or_else(|| {
            timeline.templates.push(facts(timeline.templates.len() as u32, text));
            timeline.templates.len() - 1
        });
        let interval = &mut timeline.intervals[at];
        let last =
            interval.windows.iter().flat_map(|window| &window.cells).filter_map(|cell| cell.first).max();
        let line = last.map_or(0, |place| place.line) + 1;
        let Some(window) = interval.windows.iter_mut().find(|window| window.stream == stream) else {
            continue;
        };
        window.records += count;
        window.cells.push(cell(template as u32, *count, Some(*level), line));
        window.cells.sort_by_key(|cell| cell.template);
    }
}

const TROUBLE: [(&str, Level, u64); 6] = [
    ("Connection to <host> refused: ConnectionError", Level::Error, 3),
    ("Retrying request <id>", Level::Warn, 400),
    ("Request <id> failed", Level::Error, 90),
    ("Circuit breaker open for <host>", Level::Warn, 2),
    ("Queue is <number> long", Level::Info, 300),
    ("Falling back to <path>", Level::Info, 50),
];

fn with_trouble(seed: u64) -> Timeline {
    let mut timeline = clean(&few(Habit::Poisson), seed);
    (0..3).for_each(|later| put(&mut timeline, 250 + later, 0, &TROUBLE));
    timeline
}

#[test]
fn an_incident_is_raised_once_and_its_first_error_is_the_cause() {
    for seed in 0..4 {
        let timeline = with_trouble(seed);
        let detected = run(&timeline, 5.0);
        let first = detected.incidents.first().expect("there is an incident");
        let story = &detected.stories[0];
        let begins = timeline.intervals[250].number;
        assert!(
            detected.raised >= 1 && (begins - 2..begins + 2).contains(&first.intervals.0),
            "{:?}",
            detected.ledger
        );
        let raised = &detected.incidents[..detected.raised];
        let same = raised.iter().filter(|incident| (begins - 1..=begins + 3).contains(&incident.intervals.0));
        assert_eq!(same.count(), 1, "dozens of findings are one incident");
        assert!(story.title.contains("Connection to <host> refused"), "{}", story.title);
        assert!(story.title.contains(" within "), "{}", story.title);
        assert!(
            story.steps.len() >= 3 && story.steps.windows(2).all(|two| two[0].interval <= two[1].interval)
        );
    }
}

#[test]
fn the_same_trouble_has_the_same_fingerprint_and_can_be_marked_as_normal() {
    let (one, other) = (with_trouble(1), with_trouble(2));
    let fingerprint = run(&one, 5.0).incidents[0].fingerprint;
    assert_eq!(fingerprint, run(&other, 5.0).incidents[0].fingerprint);
    let mut settings = settings(5.0);
    settings.normal.fingerprints.insert(fingerprint);
    let detected = detect(&one, detectors::all(), &settings);
    let of_it =
        detected.incidents.iter().find(|incident| incident.fingerprint == fingerprint).expect("it is listed");
    let held = of_it.findings.iter().map(|at| detected.findings[*at as usize].held);
    assert!(held.into_iter().all(|held| held == Some(Held::MarkedNormal)));
    assert_eq!(detected.ledger.marked_normal, 1);
}

#[test]
fn stories_of_rates_alone_have_fingerprints_of_their_own() {
    let of_template = |doubled: usize| {
        let mut timeline = clean(&few(Habit::Poisson), 3);
        let middle = timeline.intervals.len() / 2;
        for window in timeline.intervals[middle..middle + 2].iter_mut().flat_map(|one| &mut one.windows) {
            let more = 50 * window.cells[doubled].count;
            window.cells[doubled].count += more;
            window.records += more;
        }
        run(&timeline, 5.0).incidents[0].fingerprint
    };
    let [one, other] = [0, 1].map(of_template);
    assert!(one != other && one == of_template(0), "{one:x} {other:x}");
}

#[test]
fn a_hard_signal_is_told_once_however_often_it_is_said() {
    let plan = Plan { hours: 2, ..few(Habit::Poisson) };
    let mut timeline = clean(&plan, 3);
    let said = [("Out of memory: Killed process <number> (java)", Level::Error, 1)];
    (20..timeline.intervals.len()).step_by(9).for_each(|at| put(&mut timeline, at, 0, &said));
    let detected = run(&timeline, 1.0);
    assert_eq!((detected.ledger.hard, detected.raised), (1, 1));
    assert_eq!(detected.incidents[0].severity, Severity::Critical);
    assert_eq!(detected.stories[0].title.split(':').next(), Some("Out of memory in s0"));
    // Once it is known, it is nothing.
    timeline.past = timeline.intervals.len() / 2;
    assert_eq!(run(&timeline, 1.0).ledger.hard, 0);
}

#[test]
fn numbers_of_streams_do_not_matter() {
    let timeline = with_trouble(5);
    let mut turned = timeline.clone();
    turned.streams.reverse();
    let streams = turned.streams.len() as u32;
    for interval in &mut turned.intervals {
        interval.windows.iter_mut().for_each(|window| window.stream = streams - 1 - window.stream);
        interval.windows.sort_by_key(|window| window.stream);
    }
    let (one, other) = (run(&timeline, 5.0), run(&turned, 5.0));
    let names = |detected: &Detected| {
        detected
            .incidents
            .iter()
            .map(|incident| (incident.fingerprint, incident.intervals))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&one), names(&other));
    assert_eq!((one.stories, one.ledger), (other.stories, other.ledger));
}

#[test]
fn a_greater_budget_never_raises_fewer() {
    for seed in 0..2 {
        let timeline = clean(&few(Habit::Bursty(20.0)), seed);
        let raised = [0.0, 0.5, 1.0, 2.0, 5.0, 20.0, 50.0, 1000.0].map(|a_day| run(&timeline, a_day).raised);
        assert!(raised.is_sorted() && raised[0] == 0, "{raised:?}");
    }
}

#[test]
fn clean_logs_keep_within_the_budget() {
    for hours in [2, 24] {
        for habit in [Habit::Poisson, Habit::Bursty(20.0), Habit::Drifting] {
            let plan = Plan { hours, ..few(habit) };
            for a_day in [1.0, 5.0] {
                let (mean, most) = raised(&plan, a_day, 6);
                let allowed = a_day * hours as f64 / 24.0;
                assert!(
                    mean <= allowed && most as f64 <= allowed + 1.0,
                    "{habit:?}, {hours} h: {mean}, {most}"
                );
            }
        }
    }
}

#[test]
fn weeks_of_clean_logs_keep_within_the_budget() {
    for habit in [Habit::Daily, Habit::Weekly, Habit::Bursty(20.0)] {
        let plan = Plan { hours: WEEKS * 168, ..few(habit) };
        for a_day in [0.02, 0.1] {
            let (mean, most) = raised(&plan, a_day, 3);
            let allowed = a_day * (WEEKS * 7) as f64;
            assert!(
                mean <= allowed && most as f64 <= allowed + 1.0,
                "{habit:?}: {mean}, {most} of {allowed}"
            );
        }
    }
}

/// As much as on any other day, but it is a Saturday.
#[test]
fn work_at_a_weekend_is_seen_once_weekends_are_known() {
    let plan = Plan { hours: WEEKS * 168, ..few(Habit::Weekly) };
    for seed in 0..4 {
        let mut timeline = clean(&plan, seed);
        let at = |hours: i64| (hours * 3600 / timeline.seconds) as usize;
        let saturday = (WEEKS - 1) * 168 + 5 * 24;
        let (noon, evening) = (at(saturday + 10), at(saturday + 15));
        for interval in &mut timeline.intervals[noon..evening] {
            for window in interval.windows.iter_mut().filter(|window| window.stream == 0) {
                window.cells.iter_mut().for_each(|cell| cell.count *= 30);
                window.records *= 30;
            }
        }
        let (from, to) = (timeline.intervals[noon].number, timeline.intervals[evening].number);
        let found = run(&timeline, 5.0).findings;
        let evidence = found.iter().flat_map(|finding| &finding.evidence);
        let rates = evidence.filter(|one| one.kind == "rate-change" && (from..to).contains(&one.interval));
        let ratio = rates.map(|one| one.seen / one.expected).fold(0.0, f64::max);
        assert!(ratio > 10.0, "seed {seed}: {ratio} times as much as expected");
    }
}

#[test]
fn what_lasts_is_adopted_and_what_is_flagged_is_not_learned() {
    let mut timeline = clean(&few(Habit::Poisson), 7);
    let busy = timeline.intervals[0].windows[0].stream;
    let before = run(&timeline, 5.0).adoptions.len();
    for at in 150..timeline.intervals.len() {
        for window in timeline.intervals[at].windows.iter_mut().filter(|window| window.stream == busy) {
            if let Some(cell) = window.cells.iter_mut().max_by_key(|cell| cell.count) {
                cell.count *= 40;
            }
            window.records = window.cells.iter().map(|cell| cell.count).sum();
        }
    }
    let detected = run(&timeline, 5.0);
    assert_eq!(before, 0);
    let lasting = |adoption: &super::Adoption| {
        let intervals = detected.findings[adoption.finding as usize].intervals;
        adoption.interval - intervals.0 >= 32
    };
    assert!(!detected.adoptions.is_empty() && detected.adoptions.iter().all(lasting));

    let last = timeline.intervals.last().map(|interval| interval.number);
    let ends = |detected: &Detected, stream: &str| {
        let of = |finding: &&crate::findings::Finding| {
            finding.subject.stream.is_some_and(|at| timeline.streams[at as usize].name == stream)
        };
        detected.findings.iter().filter(of).map(|finding| finding.intervals.1).max()
    };
    let name = timeline.streams[busy as usize].name.clone();
    assert!(ends(&detected, &name) < last);
    let undone = |stream: &str| {
        let entry = format!("{{say: not-normal, stream: '{stream}', who: a, when: 2024-01-01, why: b}}");
        let file = FeedbackFile::parse("f", &format!("entries:\n  - {entry}\n")).unwrap();
        let feedback = Feedback::of(&file, "f").unwrap();
        let settings =
            DetectionSettings { budget: Budget::PerDay(5.0), feedback, ..DetectionSettings::default() };
        detect(&timeline, detectors::all(), &settings)
    };
    assert_eq!(undone("of another name").adoptions, detected.adoptions);
    let kept = undone(&name);
    let of_a_stream =
        |adoption: &super::Adoption| kept.findings[adoption.finding as usize].subject.stream.is_some();
    assert!(!kept.adoptions.iter().any(of_a_stream), "{:?}", kept.adoptions);
    assert!(undone("*").adoptions.is_empty());
    assert_eq!(ends(&kept, &name), last, "it is told to the end");
}

#[test]
#[ignore = "prints a table of many simulated logs; takes minutes"]
fn table_of_the_budget() {
    let seeds = 40;
    for hours in [2, 24, 168, 1008] {
        for (name, plan) in plans(hours) {
            for a_day in [1.0, 5.0, 50.0] {
                let allowed = a_day * hours as f64 / 24.0;
                let (mean, most) = raised(&plan, a_day, seeds);
                let bad = if mean > allowed || most as f64 > allowed + 1.0 { "  EXCEEDS" } else { "" };
                println!(
                    "{hours:4} h  {name:12} {a_day:3}/day: mean {mean:.3} of {allowed:.3}, most {most}{bad}"
                );
            }
        }
    }
}
