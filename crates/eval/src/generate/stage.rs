//! Where scenes are played: scripts in, records with their times out.
//!
//! Every line that is said is counted against one of two accounts, the normal and the abnormal; where an account
//! is empty nothing more is said. So a log has exactly the lines and the share that were asked for.

use super::cast::{Cast, Line, World};
use super::catalogue::{Catalogue, Continuation};
use super::moment::{MINUTE, Micros, SECOND, Stamp, Stamps, push_decimal};
use super::queue::Queue;
use super::script::{Script, Step};
use super::template::Part;

/// What goes wrong lets no step take longer, and none longer than a fortieth of a short log.
const LONGEST: Micros = 8 * MINUTE;

/// What is not as the script says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Change {
    Nothing,
    /// A step does not happen.
    Without(usize),
    /// A step and the one after it change places.
    Swapped(usize),
    /// A step happens again and again.
    Repeated(usize),
    /// A step takes that many times as long, and seconds at least.
    Slow(usize, f64),
}

/// Which lines of a scene are abnormal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    All,
    /// Those at which the change shows.
    Changed,
    /// Those that tell a measurement.
    Measured,
    /// Those that have the value of a variable in them.
    With(usize),
}

/// How a scene is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Manner {
    pub(super) change: Change,
    /// What measurements and times are multiplied with.
    pub(super) factor: f64,
    pub(super) mark: Mark,
    /// The episode that marked lines belong to.
    pub(super) episode: u64,
    pub(super) progress: Option<f64>,
}

impl Manner {
    pub(super) const NORMAL: Manner =
        Manner { change: Change::Nothing, factor: 1.0, mark: Mark::None, episode: 0, progress: None };
}

/// Nothing is said for a while.
#[derive(Clone, Copy, Debug)]
pub(super) struct Silence {
    /// By whom; by everybody where it is nothing.
    pub(super) source: Option<&'static str>,
    pub(super) from: Micros,
    pub(super) until: Micros,
}

/// Where scenes are played.
#[derive(Debug)]
pub(super) struct Stage<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) world: World,
    pub(super) queue: Queue,
    pub(super) normal_left: u64,
    pub(super) odd_left: u64,
    pub(super) silence: Option<Silence>,
    longest: f64,
    table: bool,
    stamps: Stamps,
    component: Vec<u8>,
    message: Vec<u8>,
    beside: Vec<u8>,
    record: Vec<u8>,
}

impl<'a> Stage<'a> {
    pub(super) fn new(
        catalogue: &'a Catalogue,
        seed: u64,
        accounts: (u64, u64),
        span: Micros,
        table: bool,
    ) -> Stage<'a> {
        Stage {
            catalogue,
            world: World::new(seed, catalogue.counters),
            queue: Queue::default(),
            normal_left: accounts.0,
            odd_left: accounts.1,
            silence: None,
            longest: LONGEST.min(span / 40) as f64,
            table,
            stamps: Stamps::new(),
            component: Vec::new(),
            message: Vec::new(),
            beside: Vec::new(),
            record: Vec::new(),
        }
    }

    /// Prepares the cast of a scene.
    pub(super) fn clear(&mut self, cast: &mut Cast) {
        cast.clear(self.catalogue.variables.len(), &mut self.world.random);
    }

    /// Gives a variable of the cast its value.
    pub(super) fn draw(&mut self, place: usize, cast: &mut Cast, time: Micros) {
        let mut line = silent_line(time);
        self.world.draw(place, &self.catalogue.variables, cast, &mut line);
    }

    /// Gives variables the values that a scene sets.
    pub(super) fn preset(&mut self, script: &Script, cast: &mut Cast, time: Micros) {
        for (place, parts) in &script.presets {
            if cast.get(*place).is_none() {
                let value = self.told(parts, cast, time);
                cast.set(*place, &value);
            }
        }
    }

    /// A text with the values of a cast.
    pub(super) fn told(&mut self, parts: &[Part], cast: &mut Cast, time: Micros) -> Vec<u8> {
        let mut out = Vec::new();
        self.world.fill(parts, &self.catalogue.variables, cast, &mut silent_line(time), &mut out);
        out
    }

    /// Plays a scene from that time on; gives how many abnormal lines it had.
    pub(super) fn play(&mut self, script: &Script, how: &Manner, start: Micros, cast: &mut Cast) -> u64 {
        self.preset(script, cast, start);
        let mut time = start;
        let mut odd = 0;
        let mut gap_shows = false;
        for position in 0..script.steps.len() {
            let Some((at, step)) = step_at(script, how.change, position) else { continue };
            if how.change == Change::Without(at) {
                gap_shows = true;
                continue;
            }
            let mut times = self.times(step);
            if how.change == Change::Repeated(at) {
                times += self.world.random.between(1, 4);
            }
            for copy in 0..times {
                let before = time;
                time += self.delay(step, at, how);
                let changed = gap_shows || shows(how.change, at, copy);
                gap_shows = false;
                let line = Line {
                    time,
                    began: start,
                    before,
                    level: step.level,
                    component: &[],
                    progress: how.progress,
                    factor: how.factor,
                    measured: None,
                };
                odd += self.say(step, line, (time - before, changed), how, cast);
            }
        }
        odd
    }

    fn times(&mut self, step: &Step) -> u64 {
        if step.is_certain() {
            return 1;
        }
        let happens = self.world.random.percent(step.chance);
        if happens { self.world.random.between(step.repeats.0, step.repeats.1) } else { 0 }
    }

    fn delay(&mut self, step: &Step, at: usize, how: &Manner) -> Micros {
        if step.delay == 0 && how.change == Change::Nothing {
            return 40 + self.world.random.below(900);
        }
        let usual = step.delay as f64 * self.world.random.heavy();
        // A slow scene does not wait longer for people and timers, which take seconds anyway.
        let factor = if step.delay < 2 * SECOND { how.factor } else { 1.0 };
        let delay = match how.change {
            Change::Slow(place, times) if place == at => {
                (usual * times + (3 * SECOND) as f64).min(self.longest).max(usual)
            }
            _ if factor > 1.0 => (usual * factor).min(self.longest).max(usual),
            _ => usual,
        };
        delay as Micros + 1
    }

    /// Says one step, unless it falls into a silence or an account is empty.
    fn say(
        &mut self,
        step: &Step,
        mut line: Line<'_>,
        (delay, changed): (Micros, bool),
        how: &Manner,
        cast: &mut Cast,
    ) -> u64 {
        if self.silence.is_some_and(|silence| silence.covers(step.source, line.time)) {
            return 0;
        }
        let variables = &self.catalogue.variables;
        let mut component = std::mem::take(&mut self.component);
        component.clear();
        self.world.fill(&step.component, variables, cast, &mut line, &mut component);
        let mut told = Line { component: &component, ..line };
        self.message.clear();
        self.world.fill(&step.message, variables, cast, &mut told, &mut self.message);
        self.beside.clear();
        self.world.fill(&step.beside, variables, cast, &mut told, &mut self.beside);
        let odd = match how.mark {
            Mark::None => false,
            Mark::All => true,
            Mark::Changed => changed,
            Mark::Measured => step.measures,
            Mark::With(place) => {
                let names = |value| contains(&self.message, value) || contains(&self.beside, value);
                cast.get(place).is_some_and(names)
            }
        };
        let left = if odd { self.odd_left } else { self.normal_left };
        let lines = self.cut(left);
        if lines > 0 {
            self.record.clear();
            if self.table {
                self.row(&told, delay)
            } else {
                self.text(&mut told, cast)
            }
            self.queue.push(&self.record, told.time, lines, odd.then_some(how.episode));
        }
        self.component = component;
        if odd {
            self.odd_left -= lines;
            lines
        } else {
            self.normal_left -= lines;
            0
        }
    }

    /// Leaves as many lines of the message as may be said; gives how many.
    fn cut(&mut self, left: u64) -> u64 {
        if left == 0 {
            return 0;
        }
        let one_line = !self.table && self.catalogue.definition.layout.continuation == Continuation::Escaped;
        if one_line {
            return 1;
        }
        let ends = self.message.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at);
        let (mut lines, mut cut) = (1, None);
        for end in ends {
            if lines == left {
                cut = Some(end);
                break;
            }
            lines += 1;
        }
        if let Some(end) = cut {
            self.message.truncate(end);
        }
        lines
    }

    fn text(&mut self, line: &mut Line<'_>, cast: &mut Cast) {
        let (catalogue, variables) = (self.catalogue, &self.catalogue.variables);
        let out = &mut self.record;
        match catalogue.definition.layout.continuation {
            Continuation::Bare => {
                self.world.fill(&catalogue.head, variables, cast, line, out);
                out.extend_from_slice(&self.message);
            }
            Continuation::Escaped => {
                self.world.fill(&catalogue.head, variables, cast, line, out);
                push_escaped(&self.message, out);
                out.push(b'"');
                if !self.beside.is_empty() {
                    out.push(b',');
                    out.extend_from_slice(&self.beside);
                }
            }
            Continuation::Headed => {
                for (nth, text) in self.message.split(|byte| *byte == b'\n').enumerate() {
                    if nth > 0 {
                        out.push(b'\n');
                    }
                    self.world.fill(&catalogue.head, variables, cast, line, out);
                    out.extend_from_slice(text);
                }
            }
        }
        self.world.fill(&catalogue.tail, variables, cast, line, out);
        out.push(b'\n');
    }

    /// `timestamp,log_level,response_time,message`: what took how many milliseconds.
    fn row(&mut self, line: &Line<'_>, delay: Micros) {
        let out = &mut self.record;
        for text in self.message.split(|byte| *byte == b'\n') {
            self.stamps.write(Stamp::Plain, line.time, out);
            out.push(b',');
            out.extend_from_slice(line.level.as_bytes());
            out.push(b',');
            push_decimal(line.measured.unwrap_or(delay), 3, out);
            out.extend_from_slice(b",\"");
            push_quoted(text, out);
            if !self.beside.is_empty() {
                out.push(b' ');
                push_quoted(&self.beside, out);
            }
            out.extend_from_slice(b"\"\n");
        }
    }
}

impl Silence {
    fn covers(&self, source: &str, time: Micros) -> bool {
        let who = self.source.is_none_or(|silent| silent == source);
        who && time >= self.from && time < self.until
    }
}

/// A line that is only told about.
fn silent_line(time: Micros) -> Line<'static> {
    Line {
        time,
        began: time,
        before: time,
        level: "",
        component: &[],
        progress: None,
        factor: 1.0,
        measured: None,
    }
}

/// The step at a position, which is that of another where two have changed places.
fn step_at(script: &Script, change: Change, position: usize) -> Option<(usize, &Step)> {
    let at = match change {
        Change::Swapped(place) if position == place => position + 1,
        Change::Swapped(place) if position == place + 1 => place,
        _ => position,
    };
    script.steps.get(at).map(|step| (at, step))
}

/// Whether a change shows at that step.
fn shows(change: Change, at: usize, copy: u64) -> bool {
    match change {
        Change::Nothing | Change::Without(_) => false,
        Change::Swapped(place) => at == place || at == place + 1,
        Change::Repeated(place) => at == place && copy > 0,
        Change::Slow(place, _) => at == place,
    }
}

fn contains(text: &[u8], value: &[u8]) -> bool {
    !value.is_empty() && text.windows(value.len()).any(|window| window == value)
}

/// Appends a text as it stands between the quotes of a field of CSV.
fn push_quoted(text: &[u8], out: &mut Vec<u8>) {
    for byte in text {
        out.push(*byte);
        if *byte == b'"' {
            out.push(b'"');
        }
    }
}

/// Appends a text as it stands between the quotes of a JSON string.
pub(super) fn push_escaped(text: &[u8], out: &mut Vec<u8>) {
    for byte in text {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => out.push(*byte),
        }
    }
}
