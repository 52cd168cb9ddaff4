//! Clean logs of known habits: does detection keep within the budget on them, and still see what is put into them?

use super::{Detected, DetectionSettings, detect};
use crate::detectors;
use crate::findings::Budget;
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
}

/// Counts by interval of one template.
fn counts(dice: &mut Dice, habit: Habit, a_minute: f64, seconds: i64, intervals: i64) -> Vec<u64> {
    let mean = a_minute * seconds as f64 / 60.0;
    let mut rate = mean;
    (0..intervals)
        .map(|number| match habit {
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
            Habit::Cron(every) => {
                let before = number * seconds / every;
                u64::try_from(((number + 1) * seconds) / every - before).unwrap_or(0)
            }
            Habit::Drifting => {
                if dice.unit() < 2.0 / intervals as f64 {
                    rate *= 2f64.powf(2.0 * dice.unit() - 1.0);
                }
                dice.poisson(rate)
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
    let mut all: Vec<(u32, Vec<u64>)> = plan
        .templates
        .iter()
        .map(|(stream, habit, a_minute)| (*stream, counts(&mut dice, *habit, *a_minute, seconds, intervals)))
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
    let plan = |templates, rarities| Plan { hours, templates, rarities };
    let mut mixed = spread(Habit::Poisson);
    mixed.extend(spread(Habit::Bursty(20.0)));
    mixed.extend(spread(Habit::Daily));
    mixed.extend((0..4).map(|at| (at % 3, Habit::Cron(60 << (2 * at)), 1.0)));
    vec![
        ("poisson", plan(spread(Habit::Poisson), 0.0)),
        ("bursty", plan(spread(Habit::Bursty(20.0)), 0.0)),
        ("very bursty", plan(spread(Habit::Bursty(2.0)), 0.0)),
        ("daily", plan(spread(Habit::Daily), 0.0)),
        ("drifting", plan(spread(Habit::Drifting), 0.0)),
        ("rarities", plan(spread(Habit::Poisson), 20.0)),
        ("mixed", plan(mixed, 20.0)),
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

#[test]
#[ignore = "prints a table of many simulated logs; takes minutes"]
fn table_of_the_budget() {
    let seeds = std::env::var("SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(20);
    for hours in [2, 24, 168] {
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
