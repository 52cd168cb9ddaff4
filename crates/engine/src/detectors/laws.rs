//! Quiet logs in, silence out: the surprise of every detector is what it says it is.

use super::all;
use super::simulation::{Law, Simulation, rich, shown};
use crate::windows::Timeline;

/// How often a detector was surprised, of how often it could have been.
#[derive(Debug, Default)]
struct Alarms {
    kind: &'static str,
    chances: u64,
    /// Beyond one in a thousand, and beyond one in a hundred thousand.
    alarms: [u64; 2],
}

impl Alarms {
    fn count(&mut self, nth: usize, timeline: &Timeline) {
        let detector = &mut all()[nth];
        self.kind = detector.card().kind;
        let found = shown(detector.as_mut(), timeline, f64::INFINITY);
        let beyond = |chance: f64, from: i64| {
            let late = found.iter().filter(|evidence| evidence.interval >= from);
            late.filter(|evidence| evidence.surprise > -chance.ln()).count() as u64
        };
        self.alarms[0] += beyond(1e-3, 0);
        // The first burst of a log that has been quiet so far is news, whatever comes later.
        self.alarms[1] += beyond(1e-5, 800);
        let streams = timeline.streams.len() as u64;
        let subjects = match self.kind {
            "level-shift" | "severity" | "peer" | "burst" => streams,
            _ => streams * (timeline.templates.len() as u64 + 1) + 1,
        };
        let last = timeline.intervals.last().map_or(0, |interval| interval.number as u64);
        self.chances += subjects * last;
    }

    fn is_quiet(&self, context: &str) -> bool {
        let share = self.alarms.map(|alarms| alarms as f64 / self.chances as f64);
        println!("{} {context}: {:.5} {:.6} {:?}", self.kind, share[0], share[1], self.alarms);
        share[0] <= 0.002 && share[1] <= 0.0001
    }
}

#[test]
fn quiet_on_quiet_logs() {
    let mut loud = Vec::new();
    for law in [Law::Poisson, Law::Bursty, Law::Spells] {
        for mean in [0.01, 0.1, 1.0, 10.0, 100.0, 1000.0] {
            let mut counted: Vec<Alarms> = all().iter().map(|_| Alarms::default()).collect();
            for seed in 0..2 {
                let mut simulation = Simulation::new(seed, 2, 3);
                let means = [mean, mean / 3.0, mean * 2.0];
                (0..3_000).for_each(|number| simulation.quiet(number, law, &means));
                for (nth, alarms) in counted.iter_mut().enumerate() {
                    alarms.count(nth, &simulation.timeline);
                }
            }
            let context = format!("{law:?} {mean}");
            loud.extend(counted.into_iter().filter(|alarms| !alarms.is_quiet(&context)));
        }
    }
    assert!(loud.is_empty(), "{loud:#?}");
}

#[test]
fn quiet_on_rich_logs() {
    let mut loud = Vec::new();
    for law in [Law::Poisson, Law::Bursty, Law::Spells] {
        let mut counted: Vec<Alarms> = all().iter().map(|_| Alarms::default()).collect();
        for seed in 0..2 {
            let simulation = rich(seed, law);
            for (nth, alarms) in counted.iter_mut().enumerate() {
                alarms.count(nth, &simulation.timeline);
            }
        }
        loud.extend(counted.into_iter().filter(|alarms| !alarms.is_quiet(&format!("rich {law:?}"))));
    }
    assert!(loud.is_empty(), "{loud:#?}");
}
