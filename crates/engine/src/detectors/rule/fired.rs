//! What was heard in, which rules fired when out.
//!
//! A rule on single records fires with each of them. One that counts fires while there are more than it allows within
//! its time, one on a share while the share is too large, one on a sequence when the second step follows the first,
//! and one on absence when nothing came for too long. All of it follows from counted hits, so neither the order of logs
//! nor the number of threads matters.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::hits::{Hits, Sets, What};
use super::listen::HeardLog;
use super::seen::{Cells, Seen, SeenHits};
use super::set::{Kind, Part, RuleSet};
use crate::findings::Severity;
use crate::templates::Templates;
use crate::windows::{Place, Timeline};

/// Streams that are not told apart.
const ALL_STREAMS: u32 = u32::MAX;
/// Parts of a log in which a rule fires or does not,
const PARTS: i64 = 256;
/// and the share of them from which on what it says is usual for the log, if there are so many at least.
const USUAL: f64 = 0.125;
const ENOUGH: usize = 32;

/// What was heard in all logs.
#[derive(Clone, Debug)]
pub struct HeardRules {
    rules: Arc<RuleSet>,
    hits: Hits,
    sets: Sets,
    /// Names of streams.
    streams: Vec<String>,
    places: BTreeMap<String, u32>,
    /// By log, the conditions of every mark.
    marks: Vec<Vec<Vec<u32>>>,
}

/// A rule fired at records of a template.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fired {
    pub(crate) rule: u32,
    pub(crate) stream: Option<u32>,
    pub(crate) template: Option<u32>,
    pub(crate) interval: i64,
    pub(crate) count: u64,
    pub(crate) place: Option<Place>,
}

/// Which rules fired, and when.
#[derive(Clone, Debug)]
pub struct Firings {
    rules: Arc<RuleSet>,
    /// In the order of intervals, streams and templates.
    fired: Vec<Fired>,
    /// When rules fired that need more than one record, by rule, stream and whom they count apart.
    spans: BTreeMap<(u32, u32, u32), Vec<(i64, i64)>>,
    /// Rules that fire in a stream at a template all the time.
    usual: Usual,
    marks: Vec<Vec<Vec<u32>>>,
    step: i64,
}

/// Where something fires: a rule, a stream and a template.
type Spot = (u32, u32, Option<u32>);
type Usual = BTreeSet<Spot>;

/// What is said of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// The rule, the gravest one.
    pub rule: u32,
    /// How grave.
    pub severity: Severity,
}

impl HeardRules {
    /// Has heard nothing yet.
    pub fn new(rules: Arc<RuleSet>) -> HeardRules {
        HeardRules {
            rules,
            hits: Hits::default(),
            sets: Sets::default(),
            streams: Vec::new(),
            places: BTreeMap::new(),
            marks: Vec::new(),
        }
    }

    /// The rules that are listened for.
    pub fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// Takes in what was heard in the next log, whose streams have these names.
    pub fn absorb(&mut self, heard: HeardLog, log: u32, names: &[String]) {
        self.marks.resize(self.marks.len().max(log as usize + 1), Vec::new());
        if let Some(marks) = self.marks.get_mut(log as usize) {
            *marks = heard.marks;
        }
        let numbers: Vec<u32> = names.iter().map(|name| self.stream(name)).collect();
        // Of the first log streams and sets keep their numbers, unless two of its streams have one name.
        if self.sets.list().is_empty() && numbers.iter().zip(0..).all(|(number, at)| *number == at) {
            self.sets = heard.sets;
            self.hits = heard.hits.in_log(log);
            return;
        }
        let sets: Vec<Vec<u32>> = heard.sets.list().iter().map(|set| self.sets.numbers(set)).collect();
        self.hits.absorb(heard.hits, log, |what, put| {
            let stream = numbers.get(what.stream as usize).copied().unwrap_or(0);
            for set in sets.get(what.set as usize).into_iter().flatten() {
                put(What { stream, set: *set, ..what });
            }
        });
    }

    fn stream(&mut self, name: &str) -> u32 {
        let next = self.streams.len() as u32;
        let number = *self.places.entry(name.to_owned()).or_insert(next);
        if number == next {
            self.streams.push(name.to_owned());
        }
        number
    }

    /// Gives streams other names, where there is one for theirs.
    pub fn rename_streams(&mut self, names: &BTreeMap<String, String>) {
        for stream in &mut self.streams {
            if let Some(name) = names.get(stream) {
                stream.clone_from(name);
            }
        }
    }
}

impl Firings {
    /// Nothing was listened for.
    pub fn none() -> Firings {
        let rules = RuleSet::compile(&[]).expect("no rule has no mistake");
        Firings {
            rules: Arc::new(rules),
            fired: Vec::new(),
            spans: BTreeMap::new(),
            usual: Usual::new(),
            marks: Vec::new(),
            step: 1,
        }
    }

    /// Which rules fired, given the timeline of the same logs.
    pub fn of(heard: &HeardRules, timeline: &Timeline, templates: &Templates) -> Firings {
        let mut firings = Firings {
            rules: Arc::clone(&heard.rules),
            marks: heard.marks.clone(),
            step: heard.hits.seconds(),
            ..Firings::none()
        };
        // Streams without a place in the timeline have no records in it.
        let streams: Vec<Option<u32>> = heard.streams.iter().map(|name| timeline.stream_of(name)).collect();
        let mut hits = SeenHits::of(&heard.hits, &heard.sets, &streams, timeline, templates);
        for (number, _) in (0u32..).zip(heard.rules.rules()) {
            firings.rule(number, &mut hits, timeline);
        }
        firings.fired.sort_by_key(|fired| (fired.interval, fired.stream, fired.template, fired.rule));
        firings.usual = usual(&firings.fired, timeline);
        firings
    }

    fn rule(&mut self, rule: u32, hits: &mut SeenHits, timeline: &Timeline) {
        // The conditions of a rule stand together.
        let all = &self.rules.selectors;
        let from = all.partition_point(|one| one.rule < rule);
        let to = all.partition_point(|one| one.rule <= rule);
        let own = all.get(from..to).unwrap_or_default();
        let has_of = own.iter().any(|one| one.part == Part::Of);
        let is_apart = own.iter().any(|one| one.by.is_some());
        let of_part = |part: Part| -> Vec<Seen> {
            let numbers = (from as u32..).zip(own).filter(|(_, one)| one.part == part);
            numbers.flat_map(|(number, _)| hits.of_selector(number)).collect()
        };
        let Some(kind) = self.rules.rule(rule).map(|rule| rule.kind.clone()) else { return };
        let when = of_part(Part::When);
        match kind {
            Kind::Event => self.fire(rule, &when, &mut hits.cells, |_| true),
            Kind::Count { more_than, within, across } => {
                // Where records are counted apart, those that do not say whose they are are nobody's.
                let when: Vec<Seen> = when.into_iter().filter(|seen| !is_apart || seen.group != 0).collect();
                let spans = counted(&when, more_than, within.max(self.step), across);
                self.fire_within(rule, &when, spans, across, &mut hits.cells);
            }
            Kind::Share { over, within, at_least } => {
                let of = of_part(Part::Of);
                let others = has_of.then_some(of.as_slice());
                let spans = shares(&when, others, over, within.max(self.step), at_least, timeline);
                self.fire_within(rule, &when, spans, false, &mut hits.cells);
            }
            Kind::Then { within } => {
                let then = of_part(Part::Then);
                let spans = followed(&when, &then, within.max(self.step));
                self.fire_within(rule, &then, spans, false, &mut hits.cells);
            }
            Kind::Absent { seconds } => self.fire_absent(rule, &when, seconds, timeline),
        }
    }

    fn fire_within(&mut self, rule: u32, hits: &[Seen], spans: Spans, across: bool, cells: &mut Cells) {
        let within = |seen: &Seen| {
            let stream = if across { ALL_STREAMS } else { seen.stream };
            spans.get(&(stream, seen.group)).is_some_and(|spans| is_within(spans, seen.second))
        };
        if !spans.is_empty() {
            self.fire(rule, hits, cells, within);
        }
        self.spans.extend(spans.into_iter().map(|((stream, group), spans)| ((rule, stream, group), spans)));
    }

    fn fire(&mut self, rule: u32, hits: &[Seen], cells: &mut Cells, fires: impl Fn(&Seen) -> bool) {
        hits.iter().filter(|seen| fires(seen)).for_each(|seen| cells.add(seen));
        self.fired.extend(cells.drain().map(|(key, count, place)| Fired {
            rule,
            stream: Some(key.stream),
            template: key.template,
            interval: key.interval,
            count,
            place: Some(place),
        }));
    }

    /// The times at which nothing had come for too long. What is expected from the beginning on counts, too.
    fn fire_absent(&mut self, rule: u32, hits: &[Seen], seconds: i64, timeline: &Timeline) {
        let present = timeline.intervals.get(timeline.past..).unwrap_or_default();
        let Some((first, last)) = present.first().zip(present.last()).filter(|_| timeline.timed) else {
            return;
        };
        let each = timeline.seconds.max(1);
        let begin = first.number.saturating_mul(each);
        let end = last.number.saturating_add(1).saturating_mul(each);
        let mut times: Vec<i64> = hits.iter().map(|seen| seen.second).collect();
        times.sort_unstable();
        times.push(end);
        let mut since = begin;
        for time in times {
            if time.saturating_sub(since) > seconds {
                let interval = since.saturating_add(seconds).div_euclid(each);
                self.fired.push(Fired {
                    rule,
                    stream: None,
                    template: None,
                    interval,
                    count: 0,
                    place: None,
                });
            }
            since = since.max(time);
        }
    }

    /// The rules.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// Whether nothing fired.
    pub fn is_empty(&self) -> bool {
        self.fired.is_empty()
    }

    /// What fired in an interval.
    pub(crate) fn in_interval(&self, interval: i64) -> &[Fired] {
        let from = self.fired.partition_point(|fired| fired.interval < interval);
        let rest = self.fired.get(from..).unwrap_or_default();
        rest.get(..rest.partition_point(|fired| fired.interval == interval)).unwrap_or_default()
    }

    /// The rules that fired about a subject between two intervals, the gravest first, each once.
    pub(crate) fn about(
        &self,
        stream: Option<u32>,
        template: Option<u32>,
        intervals: (i64, i64),
    ) -> Vec<u32> {
        let from = self.fired.partition_point(|fired| fired.interval < intervals.0);
        let to = self.fired.partition_point(|fired| fired.interval <= intervals.1);
        let among = self.fired.get(from..to).unwrap_or_default().iter();
        let mut rules: Vec<u32> = among
            .filter(|fired| fired.stream == stream && fired.template == template)
            .map(|fired| fired.rule)
            .collect();
        let severity = |rule: &u32| self.rules.rule(*rule).map(|rule| rule.severity);
        rules.sort_by(|one, other| severity(other).cmp(&severity(one)).then(one.cmp(other)));
        rules.dedup();
        rules
    }

    /// How often every rule fired: intervals and records, by its number.
    pub fn counts(&self) -> BTreeMap<u32, (u64, u64)> {
        let mut counts: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
        for fired in &self.fired {
            let count = counts.entry(fired.rule).or_default();
            count.0 += 1;
            count.1 += fired.count;
        }
        counts
    }

    /// The first places at which every rule fired, by its number.
    pub fn places(&self, most: usize) -> BTreeMap<u32, Vec<Place>> {
        let mut places: BTreeMap<u32, Vec<Place>> = BTreeMap::new();
        for fired in &self.fired {
            places.entry(fired.rule).or_default().extend(fired.place);
        }
        for places in places.values_mut() {
            places.sort_unstable();
            places.truncate(most);
        }
        places
    }

    /// What is said of a record `of` a stream and a template with a mark of its log, the gravest; nothing where no rule
    /// fires, or where it does so all the time.
    pub fn named(
        &self,
        log: u32,
        of: (Option<u32>, Option<u32>),
        mark: u32,
        groups: &[u32],
        second: i64,
    ) -> Option<Named> {
        let (stream, template) = of;
        if mark == 0 {
            return None;
        }
        let unusual = |named: &Named| {
            stream.is_some_and(|stream| !self.usual.contains(&(named.rule, stream, template)))
        };
        let named = self.all_named(log, stream, mark, groups, second).filter(unusual);
        named.reduce(|one, other| if other.severity > one.severity { other } else { one })
    }

    /// All that is said of a record with a mark of its log.
    pub fn all_named(
        &self,
        log: u32,
        stream: Option<u32>,
        mark: u32,
        groups: &[u32],
        second: i64,
    ) -> impl Iterator<Item = Named> {
        let marks = self.marks.get(log as usize).and_then(|marks| marks.get(mark as usize));
        let selectors = marks.zip(stream).into_iter();
        let each = selectors.flat_map(|(marks, stream)| {
            marks.iter().enumerate().map(move |(at, number)| (at, number, stream))
        });
        each.filter_map(move |(at, number, stream)| {
            let selector = self.rules.selectors.get(*number as usize)?;
            let rule = self.rules.rule(selector.rule)?;
            let group = groups.get(at).copied().unwrap_or(0);
            let fires = match rule.kind {
                Kind::Event => selector.part == Part::When,
                Kind::Then { .. } => {
                    selector.part == Part::Then && self.is_in_span(selector.rule, stream, group, second)
                }
                Kind::Count { .. } | Kind::Share { .. } => {
                    selector.part == Part::When && self.is_in_span(selector.rule, stream, group, second)
                }
                Kind::Absent { .. } => false,
            };
            fires.then_some(Named { rule: selector.rule, severity: rule.severity })
        })
    }

    fn is_in_span(&self, rule: u32, stream: u32, group: u32, second: i64) -> bool {
        let second = second.div_euclid(self.step) * self.step;
        let of = |stream: u32, group: u32| self.spans.get(&(rule, stream, group));
        let known = [of(stream, group), of(ALL_STREAMS, group), of(stream, 0)];
        known.into_iter().flatten().any(|spans| is_within(spans, second))
    }
}

/// Spans of seconds in which a rule fires, by stream and whom it counts apart.
type Spans = HashMap<(u32, u32), Vec<(i64, i64)>, FixedState>;

fn is_within(spans: &[(i64, i64)], second: i64) -> bool {
    let after = spans.partition_point(|(from, _)| *from <= second);
    after.checked_sub(1).and_then(|at| spans.get(at)).is_some_and(|(_, to)| second <= *to)
}

/// Hits by stream and group, in the order of time.
fn by_group(hits: &[Seen], across: bool) -> HashMap<(u32, u32), Vec<&Seen>, FixedState> {
    let mut groups: HashMap<(u32, u32), Vec<&Seen>, FixedState> = HashMap::default();
    for seen in hits {
        let stream = if across { ALL_STREAMS } else { seen.stream };
        groups.entry((stream, seen.group)).or_default().push(seen);
    }
    groups.values_mut().for_each(|hits| hits.sort_by_key(|seen| (seen.second, seen.first)));
    groups
}

/// The spans in which there are more than so many within so long.
fn counted(hits: &[Seen], more_than: u64, within: i64, across: bool) -> Spans {
    let groups = by_group(hits, across).into_iter();
    let spans = groups.map(|(group, hits)| {
        let (mut spans, mut from, mut sum) = (Vec::new(), 0, 0u64);
        for seen in &hits {
            sum = sum.saturating_add(seen.count);
            while let Some(old) = hits.get(from).filter(|old| seen.second - old.second >= within) {
                sum = sum.saturating_sub(old.count);
                from += 1;
            }
            if let Some(first) = hits.get(from).filter(|_| sum > more_than) {
                lengthen(&mut spans, first.second, seen.second);
            }
        }
        (group, spans)
    });
    spans.filter(|(_, spans)| !spans.is_empty()).collect()
}

/// Adds a span whose end is not before that of the last; spans that touch become one.
fn lengthen(spans: &mut Vec<(i64, i64)>, from: i64, to: i64) {
    match spans.last_mut() {
        Some(last) if from <= last.1 => last.1 = last.1.max(to),
        _ => spans.push((from, to)),
    }
}

/// The spans in which the hits are more than such a share of others, or of all records of their stream.
fn shares(
    hits: &[Seen],
    of: Option<&[Seen]>,
    over: f64,
    within: i64,
    at_least: u64,
    timeline: &Timeline,
) -> Spans {
    if hits.is_empty() {
        return Spans::default();
    }
    // Records are known by interval, so no part is shorter than that.
    let length = if of.is_some() { within } else { within.max(timeline.seconds) };
    let mut parts: BTreeMap<(u32, i64), (u64, u64)> = BTreeMap::new();
    let key = |seen: &Seen| (seen.stream, seen.second.div_euclid(length));
    // Most hits fall into the part of the one before.
    for same in hits.chunk_by(|one, other| key(one) == key(other)) {
        let count: u64 = same.iter().map(|seen| seen.count).sum();
        same.iter().take(1).for_each(|seen| parts.entry(key(seen)).or_default().0 += count);
    }
    match of {
        Some(others) => {
            for same in others.chunk_by(|one, other| key(one) == key(other)) {
                let count: u64 = same.iter().map(|seen| seen.count).sum();
                same.iter().take(1).for_each(|seen| parts.entry(key(seen)).or_default().1 += count);
            }
        }
        None => {
            for interval in timeline.intervals.get(timeline.past..).unwrap_or_default() {
                let part = interval.number.saturating_mul(timeline.seconds).div_euclid(length);
                for window in &interval.windows {
                    parts.entry((window.stream, part)).or_default().1 += window.records;
                }
            }
        }
    }
    let mut spans = Spans::default();
    for ((stream, part), (count, all)) in parts {
        if count > 0 && all >= at_least.max(1) && count as f64 > over * all as f64 {
            let from = part.saturating_mul(length);
            lengthen(spans.entry((stream, 0)).or_default(), from, from + length - 1);
        }
    }
    spans
}

/// The times of what follows something within so long.
fn followed(hits: &[Seen], then: &[Seen], within: i64) -> Spans {
    let first = by_group(hits, false);
    let spans = by_group(then, false).into_iter().filter_map(|(group, then)| {
        let before = first.get(&group)?;
        let mut spans = Vec::new();
        for seen in then {
            let from = before.partition_point(|early| seen.second - early.second > within);
            let mut near = before.get(from..)?.iter().take_while(|early| early.second <= seen.second);
            if near.any(|early| early.second < seen.second || early.first.line < seen.last_line) {
                lengthen(&mut spans, seen.second, seen.second);
            }
        }
        Some((group, spans))
    });
    spans.filter(|(_, spans)| !spans.is_empty()).collect()
}

/// The rules that fire at a template all the time: that is how this log is, and nothing to point at.
fn usual(fired: &[Fired], timeline: &Timeline) -> Usual {
    let present = timeline.intervals.get(timeline.past..).unwrap_or_default();
    let Some((first, last)) = present.first().zip(present.last()) else { return Default::default() };
    let part = (last.number.saturating_sub(first.number)) / PARTS + 1;
    let parts: BTreeSet<i64> = present.iter().map(|interval| interval.number.div_euclid(part)).collect();
    if parts.len() < ENOUGH {
        return Default::default();
    }
    // What fired stands in the order of intervals, so parts come one after another.
    let mut fires: HashMap<Spot, (i64, usize), FixedState> = HashMap::default();
    for fired in fired {
        if let Some(stream) = fired.stream {
            let part = fired.interval.div_euclid(part);
            let seen = fires.entry((fired.rule, stream, fired.template)).or_insert((part, 1));
            if seen.0 != part {
                *seen = (part, seen.1 + 1);
            }
        }
    }
    let often = fires.into_iter().filter(|(_, (_, fires))| *fires as f64 >= USUAL * parts.len() as f64);
    often.map(|(key, _)| key).collect()
}
