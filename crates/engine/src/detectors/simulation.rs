//! Logs made by chance in, timelines out: what the tests of detectors are run on.

use super::{Detector, EvidenceList};
use crate::meaning::Meaning;
use crate::records::level::Level;
use crate::templates::TemplateId;
use crate::windows::{
    Extremes, Interval, Numbers, Place, Stream, TemplateFacts, Timeline, TimelineCell, Window,
};

/// Numbers that look random and are the same in every run.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03)
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// Between 0 and 1, and never either.
    pub(super) fn share(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    pub(super) fn normal(&mut self) -> f64 {
        (-2.0 * self.share().ln()).sqrt() * (std::f64::consts::TAU * self.share()).cos()
    }

    pub(super) fn poisson(&mut self, mean: f64) -> u64 {
        if mean > 50.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as u64;
        }
        let (limit, mut product, mut count) = ((-mean).exp(), self.share(), 0);
        while product > limit {
            product *= self.share();
            count += 1;
        }
        count
    }
}

/// How the rate of a template moves.
#[derive(Clone, Copy, Debug)]
pub(super) enum Law {
    /// It does not.
    Poisson,
    /// It is drawn anew for every interval, from a log-normal distribution.
    Bursty,
    /// Bursts of some twenty intervals, fifty times as strong as what lies between.
    Spells,
}

/// A timeline in the making.
pub(super) struct Simulation {
    pub(super) random: Random,
    pub(super) timeline: Timeline,
    spell: Vec<bool>,
}

impl Simulation {
    pub(super) fn new(seed: u64, streams: u32, templates: u32) -> Simulation {
        let stream = |nth: u32| Stream { name: format!("s{nth}"), records: 0 };
        let words = ["opened", "closed", "read", "wrote", "sent", "got", "joined", "left", "began", "ended"];
        let facts = |nth: u32| TemplateFacts {
            id: TemplateId(u64::from(nth)),
            text: format!("{} {nth} of {}", words[nth as usize % 10], words[nth as usize / 10 % 10]),
            meaning: Meaning::default(),
            gravest: None,
            count: 0,
            known: 0,
            returned: false,
        };
        Simulation {
            random: Random::new(seed),
            timeline: Timeline {
                seconds: 64,
                streams: (0..streams).map(stream).collect(),
                templates: (0..templates).map(facts).collect(),
                timed: true,
                ..Timeline::default()
            },
            spell: vec![false; (streams * templates) as usize],
        }
    }

    /// Records of a template, or none.
    pub(super) fn put(
        &mut self,
        number: i64,
        stream: u32,
        template: u32,
        count: u64,
    ) -> Option<&mut TimelineCell> {
        if count == 0 {
            return None;
        }
        let intervals = &mut self.timeline.intervals;
        if intervals.last().is_none_or(|last| last.number != number) {
            intervals.push(Interval { number, windows: Vec::new() });
        }
        let windows = &mut intervals.last_mut()?.windows;
        let at = match windows.binary_search_by_key(&stream, |window| window.stream) {
            Ok(at) => at,
            Err(at) => {
                windows.insert(at, Window { stream, records: 0, cells: Vec::new() });
                at
            }
        };
        let window = windows.get_mut(at)?;
        window.records += count;
        let cells = &mut window.cells;
        let at = match cells.binary_search_by_key(&template, |cell| cell.template) {
            Ok(at) => at,
            Err(at) => {
                cells.insert(
                    at,
                    TimelineCell {
                        template,
                        count: 0,
                        shapes: vec![u64::from(template)],
                        gravest: Some(Level::Info),
                        first: Some(Place { log: 0, line: number as u64 + 1, offset: 0 }),
                        numbers: Vec::new(),
                    },
                );
                at
            }
        };
        let cell = cells.get_mut(at)?;
        cell.count += count;
        Some(cell)
    }

    /// Records with wordings, levels and numbers drawn by chance.
    pub(super) fn put_rich(&mut self, number: i64, stream: u32, template: u32, count: u64) {
        let draws = count.min(20);
        let values: Vec<(u64, f64)> = (0..draws)
            .map(|_| {
                // Few wordings are frequent and many are rare.
                let wording = (1.0 / self.random.share()).min(40.0 * f64::from(template % 3)) as u64;
                (u64::from(template) << 32 | wording, self.random.normal().exp() * 20.0)
            })
            .collect();
        let grave = self.random.share() < 0.02;
        let Some(cell) = self.put(number, stream, template, count) else { return };
        let place = cell.first.unwrap();
        cell.gravest = Some(match template % 10 {
            7 => Level::Error,
            3 if grave => Level::Warn,
            _ => Level::Info,
        });
        cell.shapes.clear();
        for (shape, value) in values {
            let extremes = Extremes::of(0, value, place);
            match cell.numbers.iter_mut().find(|known| known.shape == shape) {
                Some(known) => known.extremes.absorb(&extremes),
                None => {
                    cell.shapes.push(shape);
                    cell.numbers.push(Numbers { shape, extremes });
                }
            }
        }
    }

    pub(super) fn draw(&mut self, law: Law, mean: f64, who: usize) -> u64 {
        let rate = match law {
            Law::Poisson => mean,
            Law::Bursty => mean * (1.5 * self.random.normal() - 1.125).exp(),
            Law::Spells => {
                let turn = if self.spell[who] { 0.05 } else { 0.005 };
                self.spell[who] ^= self.random.share() < turn;
                mean * if self.spell[who] { 10.0 } else { 0.2 }
            }
        };
        self.random.poisson(rate)
    }

    /// An interval in which every stream writes as it always does.
    pub(super) fn quiet(&mut self, number: i64, law: Law, means: &[f64]) {
        for stream in 0..self.timeline.streams.len() as u32 {
            for (template, mean) in (0..).zip(means) {
                let who = stream as usize * means.len() + template as usize;
                let count = self.draw(law, *mean, who);
                self.put(number, stream, template, count);
            }
        }
    }
}

/// Shows a timeline to a detector. What is flagged beyond `flag` is not learned.
pub(super) fn shown(detector: &mut dyn Detector, timeline: &Timeline, flag: f64) -> EvidenceList {
    let mut found = EvidenceList::new();
    for interval in &timeline.intervals {
        let before = found.len();
        detector.score(interval, timeline, &mut found);
        if found[before..].iter().all(|evidence| evidence.surprise < flag) {
            detector.learn(interval, timeline);
        }
    }
    found
}

/// Streams of one kind with templates of every rate, level and number of wordings, and with numbers.
pub(super) fn rich(seed: u64, law: Law) -> Simulation {
    const STREAMS: u32 = 6;
    let mut simulation = Simulation::new(seed, STREAMS, 40);
    for number in 0..2_000 {
        for stream in 0..STREAMS {
            for template in 0..40 {
                let mean = 30.0 * 0.7f64.powi(template);
                let count = simulation.draw(law, mean, (stream * 40) as usize + template as usize);
                simulation.put_rich(number, stream, template as u32, count);
            }
        }
    }
    simulation
}
