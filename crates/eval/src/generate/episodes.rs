//! When what goes wrong goes wrong: owed lines in, episodes out.
//!
//! Abnormal lines are owed in proportion to the normal ones, after a stretch in which all is well. Every kind of the
//! profile gets its turn before any comes again; sizes are heavy-tailed and grow with what is owed in all, so that
//! a log of any length has each of them a few times.

use super::anomalies::General;
use super::cast::Cast;
use super::catalogue::{Catalogue, Trouble};
use super::moment::{HOUR, MINUTE, Micros, SECOND};
use super::script::Script;
use super::stage::{Change, Manner, Mark, Silence, Stage};
use super::story::Recorder;
use std::io;

/// The share of normal lines, in hundredths, before anything goes wrong, and after nothing does any more.
const QUIET: (u64, u64) = (12, 4);

/// So many go on at once.
const AT_ONCE: usize = 3;

/// The share of the log, in hundredths, that an episode lasts at most.
const LASTS: u64 = 4;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The trouble at that place of the catalogue.
    Trouble(usize),
    General(General),
}

/// Something that goes wrong at the moment.
#[derive(Debug)]
struct Episode {
    id: u64,
    kind: Kind,
    size: u64,
    said: u64,
    plays: u64,
    next: Micros,
    gap: Micros,
    until: Micros,
    cast: Cast,
    /// The scene that a burst repeats.
    scene: usize,
    factor: f64,
}

impl Episode {
    /// Whether it bends the scenes of others instead of playing its own.
    fn bends(&self) -> bool {
        matches!(self.kind, Kind::General(General::LevelShift | General::Peer | General::Silence))
    }

    fn is_over(&self, stage: &Stage<'_>, now: Micros) -> bool {
        if self.kind == Kind::General(General::Silence) {
            return now >= self.until;
        }
        let all_said = self.said >= self.size || stage.odd_left == 0;
        // What says nothing, because it falls into a silence, does not go on for ever.
        let in_vain = self.plays > 6 * self.size + 12;
        all_said || if self.bends() { now >= self.until || stage.normal_left == 0 } else { in_vain }
    }
}

/// All that goes wrong in a log.
#[derive(Debug)]
pub(super) struct Episodes {
    kinds: Vec<Kind>,
    turn: usize,
    next: Option<(Kind, u64)>,
    active: Vec<Episode>,
    started: u64,
    total: u64,
    normal: u64,
    span: Micros,
    scale: f64,
}

impl Episodes {
    /// For a log of so many abnormal and normal lines, which lasts about that long.
    pub(super) fn new(catalogue: &Catalogue, total: u64, normal: u64, span: Micros) -> Episodes {
        let general = catalogue.definition.general.iter().map(|general| Kind::General(*general));
        let kinds: Vec<Kind> = general.chain((0..catalogue.troubles.len()).map(Kind::Trouble)).collect();
        let round: u64 =
            kinds.iter().map(|kind| usual(catalogue, *kind).0).map(|(low, high)| (low + high) / 2).sum();
        let scale = (total as f64 / (2.2 * round.max(1) as f64)).min(12.0);
        Episodes { kinds, turn: 0, next: None, active: Vec::new(), started: 0, total, normal, span, scale }
    }

    /// When an episode plays next.
    pub(super) fn next_play(&self) -> Option<Micros> {
        self.active.iter().filter(|episode| !episode.bends()).map(|episode| episode.next).min()
    }

    /// How a normal scene is played now.
    pub(super) fn bend(
        &mut self,
        stage: &mut Stage<'_>,
        script: &Script,
        now: Micros,
        cast: &mut Cast,
    ) -> Manner {
        let Some(episode) = self.active.iter().find(|episode| episode.bends() && episode.factor > 1.0) else {
            return Manner::NORMAL;
        };
        let bent =
            Manner { factor: episode.factor, mark: Mark::Measured, episode: episode.id, ..Manner::NORMAL };
        let measured = script.measures() && stage.odd_left > 0;
        match (episode.kind, stage.catalogue.peer) {
            (Kind::General(General::LevelShift), _) if measured => bent,
            (Kind::General(General::Peer), Some(peer)) if measured => {
                stage.preset(script, cast, now);
                stage.draw(peer, cast, now);
                if cast.get(peer) == episode.cast.get(peer) { bent } else { Manner::NORMAL }
            }
            _ => Manner::NORMAL,
        }
    }

    /// Notes how many abnormal lines a bent scene had.
    pub(super) fn bent(&mut self, how: &Manner, said: u64) {
        if let Some(episode) = self.active.iter_mut().find(|episode| episode.id == how.episode) {
            episode.said += said;
        }
    }

    /// Starts what is due and ends what is over. `normal_left` lines are still to come; with none left, whatever is
    /// owed is said.
    pub(super) fn plan(
        &mut self,
        stage: &mut Stage<'_>,
        recorder: &mut Recorder<'_>,
        now: Micros,
    ) -> io::Result<()> {
        self.end(stage, recorder, now)?;
        while self.active.len() < AT_ONCE && stage.odd_left > 0 {
            let (kind, size) = match self.next {
                Some(next) => next,
                None => self.choose(stage),
            };
            self.next = Some((kind, size));
            let owed = self.owed(stage);
            // At the end nothing more will be owed: the last episode is as small as it must be.
            let enough = if stage.normal_left == 0 { 1 } else { size.div_ceil(2).max(1) };
            if owed < enough {
                break;
            }
            let size = if stage.normal_left == 0 { size.min(owed) } else { size };
            self.next = None;
            self.start(kind, size, stage, recorder, now);
        }
        Ok(())
    }

    /// Abnormal lines that should have been said or promised by now.
    fn owed(&self, stage: &Stage<'_>) -> u64 {
        let done = self.normal - stage.normal_left;
        let (from, to) = (self.normal * QUIET.0 / 100, self.normal * (100 - QUIET.1) / 100);
        let target = if stage.normal_left == 0 || done >= to {
            self.total
        } else {
            let share = done.saturating_sub(from) as f64 / (to - from).max(1) as f64;
            (self.total as f64 * share) as u64
        };
        let said = self.total - stage.odd_left;
        let promised: u64 = self.active.iter().map(|episode| episode.size.saturating_sub(episode.said)).sum();
        target.saturating_sub(said + promised)
    }

    fn choose(&mut self, stage: &mut Stage<'_>) -> (Kind, u64) {
        if self.turn == 0 {
            for place in (1..self.kinds.len()).rev() {
                self.kinds.swap(place, stage.world.random.index(place + 1));
            }
        }
        let kind = self.kinds.get(self.turn).copied().unwrap_or(Kind::General(General::OddValue));
        self.turn = (self.turn + 1) % self.kinds.len().max(1);
        let (low, high) = usual(stage.catalogue, kind).0;
        let size = stage.world.random.between(low, high) as f64 * self.scale;
        // A silence has no lines, and everything else has at least one.
        (kind, if high == 0 { 0 } else { (size as u64).max(1) })
    }

    fn start(
        &mut self,
        kind: Kind,
        size: u64,
        stage: &mut Stage<'_>,
        recorder: &mut Recorder<'_>,
        now: Micros,
    ) {
        let fits = match kind {
            Kind::General(
                General::MissingStep | General::BrokenOrder | General::DuplicatedStep | General::SlowStep,
            ) => !stage.catalogue.sessions.is_empty(),
            Kind::General(General::LevelShift | General::Peer | General::Silence) => {
                // One after the other, and none when there is nothing left to bend.
                stage.normal_left > self.normal / 20 && !self.active.iter().any(Episode::bends)
            }
            Kind::General(_) | Kind::Trouble(_) => true,
        };
        if !fits {
            return;
        }
        self.started += 1;
        let mut episode = Episode {
            id: self.started,
            kind,
            size,
            said: 0,
            plays: 0,
            next: now + stage.world.random.below(self.span / 400 + SECOND),
            gap: self.gap(stage, kind, size),
            until: now + self.length(stage),
            cast: Cast::default(),
            scene: 0,
            factor: 1.0,
        };
        stage.clear(&mut episode.cast);
        let what = episode.prepare(stage, now);
        recorder.begin(episode.id, kind_name(stage.catalogue, kind), what, now);
        if kind == Kind::General(General::Silence) {
            recorder.lasts(episode.id, now, episode.until);
        }
        self.active.push(episode);
    }

    /// So long lasts what bends scenes.
    fn length(&self, stage: &mut Stage<'_>) -> Micros {
        let usual = 20 * MINUTE + stage.world.random.below(2 * HOUR);
        usual.min(self.span * LASTS / 100).max(1)
    }

    /// The time between two plays, so that all of them fit.
    fn gap(&self, stage: &Stage<'_>, kind: Kind, size: u64) -> Micros {
        let (_, gap) = usual(stage.catalogue, kind);
        let lines = match kind {
            Kind::Trouble(place) => stage.catalogue.troubles.get(place).map_or(1000, |trouble| {
                let body: u64 = trouble.body.iter().map(Script::expected).sum();
                body / trouble.body.len().max(1) as u64
            }),
            Kind::General(_) => 1000,
        };
        let plays = (size * 1000 / lines.max(1)).max(1);
        gap.min(self.span * LASTS / 100 / plays)
    }

    /// Plays the episodes that are due.
    pub(super) fn play(&mut self, stage: &mut Stage<'_>, now: Micros, cast: &mut Cast) {
        for episode in &mut self.active {
            if !episode.bends() && episode.next <= now {
                episode.play(stage, now, cast);
            }
        }
    }

    fn end(&mut self, stage: &mut Stage<'_>, recorder: &mut Recorder<'_>, now: Micros) -> io::Result<()> {
        let mut place = 0;
        while let Some(episode) = self.active.get(place) {
            if !episode.is_over(stage, now) {
                place += 1;
                continue;
            }
            if episode.kind == Kind::General(General::Silence) {
                stage.silence = None;
            }
            recorder.end(episode.id, episode.said)?;
            self.active.remove(place);
        }
        Ok(())
    }
}

/// How many lines a kind usually has, and the time between two plays.
fn usual(catalogue: &Catalogue, kind: Kind) -> ((u64, u64), Micros) {
    match kind {
        Kind::General(general) => general.size(),
        Kind::Trouble(place) => catalogue
            .troubles
            .get(place)
            .map_or(((1, 1), 0), |trouble| (trouble.anomaly.lines, trouble.anomaly.gap)),
    }
}

fn kind_name(catalogue: &Catalogue, kind: Kind) -> &'static str {
    match kind {
        Kind::General(general) => general.kind(),
        Kind::Trouble(place) => catalogue.troubles.get(place).map_or("", |trouble| trouble.anomaly.kind),
    }
}

impl Episode {
    /// Draws what stays the same all the time; gives what happens, in words.
    fn prepare(&mut self, stage: &mut Stage<'_>, now: Micros) -> String {
        let catalogue = stage.catalogue;
        match self.kind {
            Kind::Trouble(place) => match catalogue.troubles.get(place) {
                Some(trouble) => self.pin(trouble, stage, now),
                None => String::new(),
            },
            Kind::General(General::LevelShift) => {
                self.factor = 3.0 + stage.world.random.unit() * 4.0;
                format!("everything takes about {:.1} times as long as usual", self.factor)
            }
            Kind::General(General::Peer) => {
                self.factor = 4.0 + stage.world.random.unit() * 5.0;
                let who = self.choose_peer(stage, now);
                format!("{who} takes about {:.1} times as long as its peers", self.factor)
            }
            Kind::General(General::Silence) => {
                let source = self.voice(stage);
                stage.silence = Some(Silence { source, from: now, until: self.until });
                match source {
                    Some(source) => format!("{source} says nothing, the others go on"),
                    None => "nothing is said at all".to_owned(),
                }
            }
            Kind::General(General::Burst) => {
                let all = catalogue.weights.last().copied().unwrap_or(1);
                self.scene = catalogue.scene_at(stage.world.random.below(all));
                "one usual message, again and again in quick succession".to_owned()
            }
            Kind::General(General::OddValue) => {
                "single measurements 60 to 400 times as high as usual".to_owned()
            }
            Kind::General(General::MissingStep) => "sessions that leave out a step".to_owned(),
            Kind::General(General::BrokenOrder) => "sessions with two steps in the wrong order".to_owned(),
            Kind::General(General::DuplicatedStep) => "sessions that do one step several times".to_owned(),
            Kind::General(General::SlowStep) => "sessions in which one step takes very long".to_owned(),
            Kind::General(General::NewValue) => self.foreign(stage, now),
        }
    }

    /// Draws the variables that a trouble pins; gives its story.
    fn pin(&mut self, trouble: &Trouble, stage: &mut Stage<'_>, now: Micros) -> String {
        for place in &trouble.pinned {
            stage.draw(*place, &mut self.cast, now);
        }
        // A copy, so that what only the story needs is drawn anew in every scene.
        let mut cast = self.cast.clone();
        String::from_utf8_lossy(&stage.told(&trouble.story, &mut cast, now)).into_owned()
    }

    /// Chooses the machine that differs from its peers; gives its name.
    fn choose_peer(&mut self, stage: &mut Stage<'_>, now: Micros) -> String {
        let catalogue = stage.catalogue;
        let peer = catalogue.peer.unwrap_or_default();
        // One that tells measurements at all.
        let at = stage.world.random.index(catalogue.measuring.len());
        let scene = catalogue.measuring.get(at).and_then(|place| catalogue.scenes.get(*place));
        if let Some(script) = scene {
            stage.preset(script, &mut self.cast, now);
        }
        stage.draw(peer, &mut self.cast, now);
        String::from_utf8_lossy(self.cast.get(peer).unwrap_or_default()).into_owned()
    }

    /// A component that is heard often.
    fn voice(&self, stage: &mut Stage<'_>) -> Option<&'static str> {
        let catalogue = stage.catalogue;
        if catalogue.definition.silent_at_once {
            return None;
        }
        let all = catalogue.weights.last().copied().unwrap_or(1);
        let scene = catalogue.scene_at(stage.world.random.below(all));
        let steps = &catalogue.scenes.get(scene)?.steps;
        steps.get(stage.world.random.index(steps.len())).map(|step| step.source)
    }

    /// Gives a variable a value that it never had.
    fn foreign(&mut self, stage: &mut Stage<'_>, now: Micros) -> String {
        let at = stage.world.random.index(stage.catalogue.strangers.len());
        let Some((place, parts)) = stage.catalogue.strangers.get(at) else { return String::new() };
        let value = stage.told(parts, &mut self.cast.clone(), now);
        self.cast.set(*place, &value);
        self.scene = *place;
        let name = stage.catalogue.definition.variables.get(*place).map_or("", |(name, _)| *name);
        format!("{name} is {}, which it never was", String::from_utf8_lossy(&value))
    }

    fn play(&mut self, stage: &mut Stage<'_>, now: Micros, cast: &mut Cast) {
        self.plays += 1;
        self.said += match self.kind {
            Kind::Trouble(place) => self.play_trouble(place, stage, now, cast),
            Kind::General(general) => self.play_general(general, stage, now, cast),
        };
        let wait = self.gap as f64 * (0.3 + 0.7 * stage.world.random.wait());
        self.next = now + 1 + wait as Micros;
    }

    fn play_trouble(&self, place: usize, stage: &mut Stage<'_>, now: Micros, cast: &mut Cast) -> u64 {
        let Some(trouble) = stage.catalogue.troubles.get(place) else { return 0 };
        let progress = Some((self.said as f64 / self.size.max(1) as f64).min(1.0));
        let how = Manner { mark: Mark::All, episode: self.id, progress, ..Manner::NORMAL };
        let mut said = 0;
        if self.plays == 1 {
            said += self.perform(&trouble.opening, &how, stage, now, cast);
        }
        let at = stage.world.random.index(trouble.body.len());
        if let Some(script) = trouble.body.get(at) {
            said += self.perform(script, &how, stage, now, cast);
        }
        if self.said + said >= self.size {
            said += self.perform(&trouble.closing, &how, stage, now + self.gap, cast);
        }
        said
    }

    fn perform(
        &self,
        script: &Script,
        how: &Manner,
        stage: &mut Stage<'_>,
        now: Micros,
        cast: &mut Cast,
    ) -> u64 {
        stage.clear(cast);
        cast.copy(&self.cast);
        stage.play(script, how, now, cast)
    }

    fn play_general(&self, general: General, stage: &mut Stage<'_>, now: Micros, cast: &mut Cast) -> u64 {
        let catalogue = stage.catalogue;
        let manner = Manner { episode: self.id, ..Manner::NORMAL };
        let random = &mut stage.world.random;
        let (place, how) = match general {
            General::OddValue => {
                let factor = 60.0 + 340.0 * random.unit();
                let place = catalogue.measuring.get(random.index(catalogue.measuring.len()));
                (place.copied(), Manner { factor, mark: Mark::Measured, ..manner })
            }
            General::Burst => (Some(self.scene), Manner { mark: Mark::All, ..manner }),
            General::NewValue => {
                let naming = |scene: &&Script| scene.variables.contains(&self.scene);
                let scenes = catalogue.scenes.iter().filter(naming).count();
                let nth = random.index(scenes);
                let places = (0..catalogue.scenes.len())
                    .filter(|place| catalogue.scenes.get(*place).as_ref().is_some_and(naming));
                (places.into_iter().nth(nth), Manner { mark: Mark::With(self.scene), ..manner })
            }
            _ => {
                let place = catalogue.sessions.get(random.index(catalogue.sessions.len())).copied();
                let script = place.and_then(|place| catalogue.scenes.get(place));
                let change = script.map_or(Change::Nothing, |script| change_of(general, script, stage));
                (place, Manner { change, mark: Mark::Changed, ..manner })
            }
        };
        match place.and_then(|place| catalogue.scenes.get(place)) {
            Some(script) => self.perform(script, &how, stage, now, cast),
            None => 0,
        }
    }
}

/// What is changed of a session: neither its first step, which nobody would miss, nor one that may be left out.
fn change_of(general: General, script: &Script, stage: &mut Stage<'_>) -> Change {
    let certain = script.certain();
    let inner = certain.get(1..certain.len() - 1).unwrap_or_default();
    let at = stage.world.random.index(inner.len());
    let place = inner.get(at).copied().unwrap_or(1);
    match general {
        General::MissingStep => Change::Without(place),
        General::BrokenOrder => Change::Swapped(place),
        General::DuplicatedStep => Change::Repeated(place),
        _ => {
            let slow =
                script.steps.iter().enumerate().filter(|(_, step)| step.delay > 0).map(|(place, _)| place);
            let slow: Vec<usize> = slow.collect();
            let at = stage.world.random.index(slow.len());
            Change::Slow(slow.get(at).copied().unwrap_or(place), 40.0 + 260.0 * stage.world.random.unit())
        }
    }
}
