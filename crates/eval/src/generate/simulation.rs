//! The world of a log: what happens next, until all lines are said.
//!
//! Three things happen: a scene of the usual traffic begins, something regular is due, something goes wrong. Whatever
//! comes first is played, and what was to be said before is written.

use std::io;

use super::Order;
use super::cast::Cast;
use super::catalogue::Catalogue;
use super::episodes::Episodes;
use super::moment::{DAY, HOUR, Micros, SECOND};
use super::random::{mixed, mixed_text};
use super::stage::{Manner, Stage};
use super::story::{Outputs, Recorder, Summary};
use super::traffic::Traffic;

/// A log in the making.
struct Simulation<'a, 'o> {
    catalogue: &'a Catalogue,
    stage: Stage<'a>,
    recorder: Recorder<'o>,
    episodes: Episodes,
    traffic: Traffic,
    arrival: Micros,
    occasions: Vec<Micros>,
    cast: Cast,
}

/// Makes a log.
pub(super) fn run(order: &Order, catalogue: &Catalogue, outputs: Outputs<'_>) -> io::Result<Summary> {
    let definition = catalogue.definition;
    let abnormal = order.abnormal_lines();
    let normal = order.lines - abnormal;
    let seed = mixed(order.seed ^ mixed_text(definition.name.as_bytes()));
    let per_second = order.per_second.unwrap_or(definition.per_hour as f64 / 3600.0);
    let span = (order.lines as f64 / per_second * SECOND as f64).max(1.0) as Micros;
    let mut stage = Stage::new(catalogue, seed, (normal, abnormal), span, order.table);
    // Whoever asks for a rate wants to see it, unless the log is long enough to have nights.
    let season = Some(definition.season).filter(|_| order.per_second.is_none() || span > DAY);
    let gap = catalogue.lines_per_scene() as f64 / 1000.0 / per_second * SECOND as f64;
    let start = order.start;
    let traffic = Traffic::new(season, gap, start, &mut stage.world.random);
    let occasions =
        definition.occasions.iter().map(|it| it.when.after(start, &mut stage.world.random)).collect();
    let mut simulation = Simulation {
        catalogue,
        stage,
        recorder: Recorder::new(outputs),
        episodes: Episodes::new(catalogue, abnormal, normal, span),
        traffic,
        arrival: start,
        occasions,
        cast: Cast::default(),
    };
    simulation.recorder.head(&beginning(order, catalogue), order.table)?;
    simulation.go(start)?;
    simulation.recorder.finish()
}

/// How the story begins.
fn beginning(order: &Order, catalogue: &Catalogue) -> String {
    format!(
        "{{\n  \"profile\": \"{}\",\n  \"seed\": {},\n  \"about\": \"{}\",\n  \"events\": [",
        catalogue.definition.name, order.seed, catalogue.definition.about
    )
}

impl Simulation<'_, '_> {
    fn go(&mut self, start: Micros) -> io::Result<()> {
        let mut now = start;
        while self.stage.normal_left + self.stage.odd_left > 0 {
            let traffic = if self.stage.normal_left > 0 { self.arrival } else { Micros::MAX };
            let occasion = self.occasions.iter().copied().min().filter(|_| self.stage.normal_left > 0);
            let occasion = occasion.unwrap_or(Micros::MAX);
            let play = self.episodes.next_play().unwrap_or(Micros::MAX);
            let next = traffic.min(occasion).min(play);
            // With the traffic gone and nothing going on, what is owed begins at once.
            now = if next == Micros::MAX { now + SECOND } else { now.max(next) };
            self.write(now)?;
            if play <= now {
                self.episodes.play(&mut self.stage, now, &mut self.cast);
            }
            if occasion <= now {
                self.play_occasions(now)?;
            }
            if traffic <= now {
                self.play_scene(now)?;
            }
            self.episodes.plan(&mut self.stage, &mut self.recorder, now)?;
        }
        self.write(Micros::MAX)?;
        self.episodes.plan(&mut self.stage, &mut self.recorder, Micros::MAX / 2)
    }

    /// Writes what was to be said until now.
    fn write(&mut self, until: Micros) -> io::Result<()> {
        while let Some(waiting) = self.stage.queue.pop(until) {
            self.recorder.record(waiting)?;
        }
        Ok(())
    }

    fn play_scene(&mut self, now: Micros) -> io::Result<()> {
        let all = self.catalogue.weights.last().copied().unwrap_or(1);
        let place = self.catalogue.scene_at(self.stage.world.random.below(all));
        if let Some(script) = self.catalogue.scenes.get(place) {
            self.stage.clear(&mut self.cast);
            let how = self.episodes.bend(&mut self.stage, script, now, &mut self.cast);
            let said = self.stage.play(script, &how, now, &mut self.cast);
            self.episodes.bent(&how, said);
        }
        let mut surge = None;
        let random = &mut self.stage.world.random;
        self.arrival = self.traffic.next(now, random, |until| surge = Some(until));
        match surge {
            Some(until) => {
                let what = "more traffic than usual at this hour".to_owned();
                self.recorder.mention("traffic-surge", what, now, until)
            }
            None => Ok(()),
        }
    }

    fn play_occasions(&mut self, now: Micros) -> io::Result<()> {
        for (place, script) in self.catalogue.occasions.iter().enumerate() {
            let (Some(occasion), Some(due)) =
                (self.catalogue.definition.occasions.get(place), self.occasions.get_mut(place))
            else {
                continue;
            };
            if *due > now {
                continue;
            }
            // The slack of one must not reach into the next.
            *due = occasion.when.after(now + SECOND, &mut self.stage.world.random).max(now + SECOND);
            if occasion.deploy {
                self.stage.world.deploys += 1;
                let what = "a new version is rolled out".to_owned();
                self.recorder.mention("deploy", what, now, now + HOUR / 60)?;
            }
            self.stage.clear(&mut self.cast);
            self.stage.play(script, &Manner::NORMAL, now, &mut self.cast);
        }
        Ok(())
    }
}
