//! A profile as it stands in its file, and as it runs: texts in, scripts out.

use super::anomalies::{self, Anomaly, General};
use super::script::Script;
use super::template::{List, Names, Part, parse};
use super::traffic::{Season, Timetable};

/// What follows the first line of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Continuation {
    /// As it is.
    Bare,
    /// Every line has the head of the first.
    Headed,
    /// Line feeds and quotes are escaped as in JSON.
    Escaped,
}

/// How a line is written: what stands before its message and after it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) head: &'static str,
    pub(super) tail: &'static str,
    pub(super) continuation: Continuation,
}

/// Something that happens regularly.
#[derive(Clone, Copy, Debug)]
pub(super) struct Occasion {
    pub(super) when: Timetable,
    /// Whether a new version runs from then on.
    pub(super) deploy: bool,
    pub(super) texts: &'static [&'static str],
}

/// A scene with its weight among the scenes of the profile.
pub(super) type Scene = (u32, &'static [&'static str]);

/// A profile as it stands in its file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Definition {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// How many lines it has unless others are asked for.
    pub(super) lines: u64,
    /// The share of abnormal lines, in thousandths.
    pub(super) share: u64,
    /// Lines in an hour, on the average of a week.
    pub(super) per_hour: u64,
    pub(super) season: Season,
    pub(super) layout: Layout,
    pub(super) lists: &'static [List],
    /// Names with how their values are drawn; a value can use the variables before it.
    pub(super) variables: &'static [(&'static str, &'static str)],
    pub(super) scenes: &'static [Scene],
    pub(super) occasions: &'static [Occasion],
    /// What can go wrong with the profile's own scenes.
    pub(super) general: &'static [General],
    /// The variable that tells one of several like machines from another.
    pub(super) peer: &'static str,
    /// Variables with values that nobody has ever had.
    pub(super) strangers: &'static [(&'static str, &'static str)],
    /// Whether all of it falls silent at once; else one component does.
    pub(super) silent_at_once: bool,
}

/// An anomaly as it runs.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub(super) anomaly: Anomaly,
    pub(super) story: Vec<Part>,
    pub(super) pinned: Vec<usize>,
    pub(super) opening: Script,
    pub(super) body: Vec<Script>,
    pub(super) closing: Script,
}

/// A profile as it runs.
#[derive(Clone, Debug)]
pub(super) struct Catalogue {
    pub(super) definition: &'static Definition,
    pub(super) head: Vec<Part>,
    pub(super) tail: Vec<Part>,
    pub(super) variables: Vec<Vec<Part>>,
    pub(super) counters: usize,
    pub(super) scenes: Vec<Script>,
    /// Sums of weights.
    pub(super) weights: Vec<u64>,
    pub(super) occasions: Vec<Script>,
    pub(super) troubles: Vec<Trouble>,
    pub(super) peer: Option<usize>,
    pub(super) strangers: Vec<(usize, Vec<Part>)>,
    /// Scenes that tell a measurement.
    pub(super) measuring: Vec<usize>,
    /// Scenes of at least three steps that are never left out.
    pub(super) sessions: Vec<usize>,
}

impl Catalogue {
    /// Parses all texts of a profile.
    pub(super) fn compile(definition: &'static Definition) -> Result<Catalogue, String> {
        let mut names = Names { lists: definition.lists.to_vec(), ..Names::default() };
        let mut variables = Vec::new();
        for (name, text) in definition.variables {
            variables.push(parse(text, &mut names)?);
            names.variables.push(name);
        }
        let head = parse(definition.layout.head, &mut names)?;
        let tail = parse(definition.layout.tail, &mut names)?;
        let scripts = |texts: &mut dyn Iterator<Item = &&'static [&'static str]>, names: &mut Names| {
            texts.map(|texts| Script::compile(texts, names)).collect::<Result<Vec<Script>, String>>()
        };
        let mut scenes = scripts(&mut definition.scenes.iter().map(|(_, texts)| texts), &mut names)?;
        for scene in &mut scenes {
            scene.variables = with_inner(&scene.variables, &variables);
        }
        let occasions =
            scripts(&mut definition.occasions.iter().map(|occasion| &occasion.texts), &mut names)?;
        let mut troubles = Vec::new();
        for anomaly in anomalies::of(definition.name) {
            troubles.push(trouble(anomaly, &mut names)?);
        }
        let mut strangers = Vec::new();
        for (name, value) in definition.strangers {
            let place = names.variable(name).ok_or_else(|| format!("no variable is called `{name}`"))?;
            strangers.push((place, parse(value, &mut names)?));
        }
        let places = |wanted: &dyn Fn(&Script) -> bool| -> Vec<usize> {
            scenes.iter().enumerate().filter(|(_, scene)| wanted(scene)).map(|(place, _)| place).collect()
        };
        let measuring = places(&Script::measures);
        let sessions =
            places(&|scene| scene.certain().len() >= 3 && scene.steps.iter().any(|step| step.delay > 0));
        let mut sum = 0;
        let weights = definition.scenes.iter().map(|(weight, _)| {
            sum += u64::from(*weight);
            sum
        });
        Ok(Catalogue {
            definition,
            head,
            tail,
            variables,
            counters: names.counters.len(),
            weights: weights.collect(),
            scenes,
            occasions,
            troubles,
            peer: names.variable(definition.peer),
            strangers,
            measuring,
            sessions,
        })
    }

    /// Lines of a scene on the average, in thousandths.
    pub(super) fn lines_per_scene(&self) -> u64 {
        let all: u64 = self
            .scenes
            .iter()
            .zip(self.definition.scenes)
            .map(|(scene, (weight, _))| scene.expected() * u64::from(*weight))
            .sum();
        (all / self.weights.last().copied().unwrap_or(1).max(1)).max(1)
    }

    /// The scene at that place of the sum of all weights.
    pub(super) fn scene_at(&self, weight: u64) -> usize {
        self.weights.partition_point(|sum| *sum <= weight)
    }
}

/// Variables and those inside them.
fn with_inner(places: &[usize], variables: &[Vec<Part>]) -> Vec<usize> {
    let mut all = places.to_vec();
    let mut next = 0;
    while let Some(place) = all.get(next).copied() {
        next += 1;
        for part in variables.get(place).into_iter().flatten() {
            if let Part::Variable(inner) = part
                && !all.contains(inner)
            {
                all.push(*inner);
            }
        }
    }
    all
}

fn trouble(anomaly: &Anomaly, names: &mut Names) -> Result<Trouble, String> {
    let pinned = anomaly
        .pinned
        .iter()
        .map(|name| names.variable(name).ok_or_else(|| format!("no variable is called `{name}`")));
    let pinned = pinned.collect::<Result<Vec<usize>, String>>()?;
    let mut body = Vec::new();
    for texts in anomaly.body {
        body.push(Script::compile(texts, names)?);
    }
    Ok(Trouble {
        anomaly: *anomaly,
        story: parse(anomaly.story, names)?,
        pinned,
        opening: Script::compile(anomaly.opening, names)?,
        body,
        closing: Script::compile(anomaly.closing, names)?,
    })
}
