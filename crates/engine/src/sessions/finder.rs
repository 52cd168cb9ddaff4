//! Records with their identifiers in, the kind of identifier that ties them together out, or none.
//!
//! Here are the first thousands of records of a log: is there a block, a request, a process or a thread whose
//! records make up a story that begins, goes on and ends, again and again? Each kind of identifier is measured:
//! how many records carry it, how many of its values come more than once and not all the time, how many different
//! templates a value meets, how alike the stories of its values are, and how soon they end. A measured number (a
//! size, a port) meets one template; a constant is everywhere; a host's records never come to an end; a client's
//! address tells no story that repeats.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::candidates::{Form, Namespace};

/// How many records are looked at.
pub(super) const SAMPLE: usize = 8192;
/// How many kinds of identifier are measured; the rest came later and is rarer.
const MOST_NAMESPACES: usize = 128;
/// Fewer stories are none.
const LEAST_SESSIONS: usize = 8;
/// A story has at least so many records.
const LEAST_RECORDS: usize = 2;
/// The share of records that must be part of a story.
const LEAST_TOLD: f64 = 0.3;
/// The share of all records that one value may have.
const MOST_IN_ONE: f64 = 0.25;
/// How many templates a story meets on average.
const LEAST_TEMPLATES: f64 = 1.8;
/// How long the median story may last, against records strewn over the whole log.
const MOST_LASTING: f64 = 0.5;
/// The share of stories that are like another.
const LEAST_ALIKE: f64 = 0.35;

/// A kind of identifier, by itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionKey {
    /// How the identifiers look.
    pub form: Form,
    /// The part that is the same in all.
    pub label: Box<[u8]>,
}

impl SessionKey {
    /// Whether an identifier of that namespace is meant.
    pub fn is(&self, namespace: Namespace<'_>) -> bool {
        self.form == namespace.form && *self.label == *namespace.label
    }
}

/// Finds out which identifier ties records together.
#[derive(Clone, Debug, Default)]
pub struct Finder {
    records: usize,
    last: Option<u64>,
    namespaces: Vec<Measured>,
    index: HashMap<(Form, u64), usize, foldhash::fast::FixedState>,
}

#[derive(Clone, Debug)]
struct Measured {
    key: SessionKey,
    values: HashMap<u64, Story, foldhash::fast::FixedState>,
}

/// The records of one value.
#[derive(Clone, Debug, Default)]
struct Story {
    templates: Vec<u32>,
    /// The places of the first and the last record.
    first: usize,
    last: usize,
}

/// The figures that decide.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SessionFigures {
    /// The share of records that are part of a story.
    pub told: f64,
    /// How many stories there are.
    pub sessions: usize,
    /// The share of all records in the longest one.
    pub longest: f64,
    /// How many different templates a story meets on average.
    pub templates: f64,
    /// The share of stories that meet the same templates as another one.
    pub alike: f64,
    /// How long the median story lasts, where 1 is as long as if its records were strewn over the whole log.
    pub lasting: f64,
}

impl SessionFigures {
    /// How well such an identifier tells stories; zero where it tells none.
    fn merit(&self) -> f64 {
        let is_good = self.sessions >= LEAST_SESSIONS
            && self.told >= LEAST_TOLD
            && self.longest <= MOST_IN_ONE
            && self.templates >= LEAST_TEMPLATES
            && self.alike >= LEAST_ALIKE
            && self.lasting <= MOST_LASTING;
        if is_good { self.told * self.alike * (1.0 - 1.0 / self.templates) } else { 0.0 }
    }
}

impl Finder {
    /// Takes a record: its number, its identifiers and its template. What comes after the sample is passed over.
    pub fn add(&mut self, record: u64, candidates: &[(Namespace<'_>, &[u8])], template: u32) {
        if self.last != Some(record) {
            self.records += 1;
            self.last = Some(record);
        }
        if self.records > SAMPLE {
            return;
        }
        let here = self.records;
        for (idx, (namespace, value)) in candidates.iter().enumerate() {
            let is_repeated = candidates.iter().take(idx).any(|other| other == &(*namespace, *value));
            let Some(measured) = self.measured(*namespace).filter(|_| !is_repeated) else { continue };
            let story = measured
                .values
                .entry(hash(value))
                .or_insert_with(|| Story { first: here, ..Story::default() });
            story.last = here;
            story.templates.push(template);
        }
    }

    /// Whether enough was seen; more records change nothing.
    pub fn is_full(&self) -> bool {
        self.records >= SAMPLE
    }

    fn measured(&mut self, namespace: Namespace<'_>) -> Option<&mut Measured> {
        let place = (namespace.form, hash(namespace.label));
        let idx = match self.index.get(&place) {
            Some(idx) => *idx,
            None if self.namespaces.len() >= MOST_NAMESPACES => return None,
            None => {
                let key = SessionKey { form: namespace.form, label: namespace.label.into() };
                self.namespaces.push(Measured { key, values: HashMap::default() });
                self.index.insert(place, self.namespaces.len() - 1);
                self.namespaces.len() - 1
            }
        };
        self.namespaces.get_mut(idx)
    }

    /// The kind of identifier whose values tell stories, if there is one.
    pub fn decide(&self) -> Option<SessionKey> {
        let judged = self.figures().map(|(key, figures)| (figures.merit(), key));
        let best = judged
            .filter(|(merit, _)| *merit > 0.0)
            .max_by(|one, other| one.0.total_cmp(&other.0).then_with(|| other.1.cmp(one.1)));
        best.map(|(_, key)| key.clone())
    }

    /// What was measured of each kind of identifier.
    pub fn figures(&self) -> impl Iterator<Item = (&SessionKey, SessionFigures)> {
        let records = self.records.clamp(1, SAMPLE);
        self.namespaces.iter().map(move |measured| (&measured.key, measured.figures(records)))
    }
}

impl Story {
    /// From the first record to the last, against as many records strewn over the whole log.
    fn lasting(&self, records: usize) -> f64 {
        let count = self.templates.len() as f64;
        let strewn = records as f64 * (count - 1.0) / (count + 1.0);
        (self.last - self.first) as f64 / strewn.max(1.0)
    }
}

impl Measured {
    fn figures(&self, records: usize) -> SessionFigures {
        let stories: Vec<&Story> =
            self.values.values().filter(|story| story.templates.len() >= LEAST_RECORDS).collect();
        let told: usize = stories.iter().map(|story| story.templates.len()).sum();
        let longest = stories.iter().map(|story| story.templates.len()).max().unwrap_or(0);
        let mut lasting: Vec<f64> = stories.iter().map(|story| story.lasting(records)).collect();
        lasting.sort_by(f64::total_cmp);
        let lasting = lasting.get(lasting.len() / 2).copied().unwrap_or(0.0);
        let mut sets: BTreeMap<BTreeSet<u32>, usize> = BTreeMap::new();
        for story in &stories {
            *sets.entry(story.templates.iter().copied().collect()).or_default() += 1;
        }
        let templates: usize = sets.iter().map(|(set, stories)| set.len() * stories).sum();
        let alike: usize = sets.values().filter(|stories| **stories > 1).sum();
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        SessionFigures {
            told: share(told, records).min(1.0),
            sessions: stories.len(),
            longest: share(longest, records),
            templates: share(templates, stories.len()),
            alike: share(alike, stories.len()),
            lasting,
        }
    }
}

fn hash(bytes: &[u8]) -> u64 {
    use std::hash::BuildHasher;
    foldhash::fast::FixedState::with_seed(7).hash_one(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::candidates::candidates;
    use super::*;

    /// Records of text, whose template is the text without its digits.
    fn decided(records: impl Iterator<Item = String>) -> Option<(Form, String)> {
        let mut finder = Finder::default();
        let mut templates: BTreeMap<String, u32> = BTreeMap::new();
        for (text, number) in records.zip(0..) {
            let skeleton: String = text.chars().filter(|letter| !letter.is_ascii_hexdigit()).collect();
            let next = templates.len() as u32;
            let template = *templates.entry(skeleton).or_insert(next);
            let mut found = Vec::new();
            candidates(text.as_bytes(), &mut found);
            finder.add(number, &found, template);
        }
        finder.decide().map(|key| (key.form, String::from_utf8_lossy(&key.label).into_owned()))
    }

    /// Stories of four steps each, three at a time.
    fn stories(step: impl Fn(usize, usize) -> String) -> Vec<String> {
        let tell = |at: usize| {
            let (group, within) = (at / 12, at % 12);
            step(group * 3 + within % 3, within / 3)
        };
        (0..600).map(tell).collect()
    }

    const WORDS: [&str; 4] = ["opened", "reading", "sent", "closing"];

    #[test]
    fn what_ties_records_together_is_found() {
        let check = |step: &dyn Fn(usize, usize) -> String, expected: Option<(Form, &str)>| {
            let expected = expected.map(|(form, label)| (form, label.to_owned()));
            assert_eq!(decided(stories(step).into_iter()), expected, "{}", step(7, 1));
        };
        check(
            &|story, step| format!("{} block blk_-{}77 on port {}", WORDS[step], story * 7919, 40 + step),
            Some((Form::Prefix, "blk_")),
        );
        check(
            &|story, step| {
                format!(
                    "{{\"trace_id\":\"{story:04x}1\",\"message\":\"{}\",\"ms\":{}}}",
                    WORDS[step],
                    story % 5
                )
            },
            Some((Form::Key, "trace_id")),
        );
        check(&|story, step| format!("{} req-{story:08x}-0000-4000-8000-{step:012x}", WORDS[step]), None);
        check(
            &|story, step| format!("{} req-{story:08x}-0000-4000-8000-000000000000", WORDS[step]),
            Some((Form::Uuid, "req-")),
        );
        // One process for the whole log, sizes that come again by chance, and a number in one template only.
        check(&|_, step| format!("{} by worker17", WORDS[step]), None);
        check(&|story, step| format!("{} size={}", WORDS[0], (story * 31 + step * 17) % 97), None);
        check(&|story, _| format!("sent id={story}"), None);
        check(&|story, step| format!("{} on node-{}", WORDS[step], story % 9), None);
        check(&|_, step| WORDS[step].to_owned(), None);
    }

    #[test]
    fn the_sample_is_bounded() {
        let mut finder = Finder::default();
        for number in 0..20_000u64 {
            let (label, value) = (number.to_string(), (number % 7).to_string());
            finder.add(number, &[(Namespace::field(label.as_bytes()), value.as_bytes())], 0);
        }
        assert!(finder.is_full());
        assert_eq!(finder.namespaces.len(), MOST_NAMESPACES);
        assert_eq!(finder.decide(), None);
    }
}
