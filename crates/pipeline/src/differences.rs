//! A baseline and a target that share their templates in, what differs out: new, gone, more, less, slower, other values.
//!
//! This needs no time and no history, so it is there for logs of a few lines, too, where detection has nothing to
//! go by. Counts are those of `templates diff`; here they get places, words and the values of slots.

mod slots;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use logsift_engine::meaning::{self, Meaning};
use logsift_engine::records::level::Level;
use logsift_engine::templates::{TemplateId, Templates};
use logsift_engine::windows::{Place, TemplateFacts, Timeline};
use logsift_reports::differences::{Differences, MatchRow, NewRow};
use logsift_reports::templates_diff::DiffRow;

use crate::compare::{Compared, compare_by};
use crate::quotes::{LogAt, Quote};
use crate::tally::masked;

/// New templates whose first record is quoted at most.
const QUOTED: usize = 200;

/// What is compared, once everything was read.
pub(crate) struct Comparison<'a> {
    pub(crate) baseline: &'a Compared,
    pub(crate) target: &'a Compared,
    /// The templates of both.
    pub(crate) templates: &'a Templates,
    pub(crate) timeline: &'a Timeline,
    pub(crate) logs: &'a [LogAt],
    pub(crate) streams: Vec<MatchRow>,
}

/// A template that only the target has.
struct New<'a> {
    row: DiffRow,
    facts: Option<&'a TemplateFacts>,
    place: Option<Place>,
    failure: f64,
}

impl Comparison<'_> {
    /// What differs. `quoted` reads the records at some places once more.
    pub(crate) fn differences(
        self,
        quoted: impl FnOnce(Vec<Place>) -> BTreeMap<Place, Quote>,
    ) -> Differences {
        let compared = compare_by(self.templates, self.baseline, self.target);
        let new = self.new_ones(compared.new);
        let quotes = quoted(new.iter().take(QUOTED).filter_map(|new| new.place).collect());
        let (slower, values) = slots::compare_slots(&self);
        Differences {
            new: new.into_iter().map(|new| self.new_row(new, &quotes)).collect(),
            baseline: compared.a,
            target: compared.b,
            streams: self.streams,
            gone: compared.gone.into_iter().map(clean).collect(),
            more: compared.more.into_iter().map(clean).collect(),
            less: compared.less.into_iter().map(clean).collect(),
            slower,
            values,
            unchanged: compared.unchanged,
        }
    }

    /// Those that speak of failure first, the worst first; then in the order of the log.
    fn new_ones(&self, rows: Vec<DiffRow>) -> Vec<New<'_>> {
        let facts: BTreeMap<String, (&TemplateFacts, u32)> = self
            .timeline
            .templates
            .iter()
            .zip(0..)
            .map(|(facts, at)| (facts.id.to_string(), (facts, at)))
            .collect();
        let places = first_places(self.timeline);
        let mut new: Vec<New<'_>> = rows
            .into_iter()
            .map(|row| {
                let known = facts.get(&row.template_id);
                New {
                    facts: known.map(|(facts, _)| *facts),
                    place: known.and_then(|(_, at)| places.get(at).copied()),
                    failure: known.map_or(0.0, |(facts, _)| failure(&facts.meaning, facts.gravest)),
                    row,
                }
            })
            .collect();
        // Steps of one nat: what sounds about as bad stays in the order of the log.
        new.sort_by_key(|new| (Reverse(new.failure.round() as i64), new.place.is_none(), new.place));
        new
    }

    fn new_row(&self, new: New<'_>, quotes: &BTreeMap<Place, Quote>) -> NewRow {
        let quote = new.place.and_then(|place| quotes.get(&place));
        let file = new.place.and_then(|place| self.logs.get(place.log as usize)).map(|log| log.file.clone());
        let words = new.facts.into_iter().flat_map(|facts| facts.meaning.words());
        NewRow {
            level: new.row.level,
            count: new.row.b.count,
            share: new.row.b.share,
            template: masked(new.row.template),
            template_id: new.row.template_id,
            failure: new.failure,
            words: words.map(str::to_owned).collect(),
            file,
            line: new.place.map(|place| place.line),
            time: quote.and_then(|quote| quote.time).map(|time| time.to_string()),
            message: quote.map(|quote| quote.message.clone()),
            before: quote.map(|quote| quote.before.clone()).unwrap_or_default(),
            after: quote.map(|quote| quote.after.clone()).unwrap_or_default(),
        }
    }
}

fn clean(mut row: DiffRow) -> DiffRow {
    row.template = masked(row.template);
    row
}

/// How much words and level speak of failure. What is new is rare enough for its level to say all it has to say.
fn failure(meaning: &Meaning, level: Option<Level>) -> f64 {
    meaning::combined(meaning, level, f64::MIN_POSITIVE)
}

/// Where every template stands first in the target.
fn first_places(timeline: &Timeline) -> BTreeMap<u32, Place> {
    let mut places: BTreeMap<u32, Place> = BTreeMap::new();
    let present = timeline.intervals.get(timeline.past..).unwrap_or_default();
    for cell in present.iter().flat_map(|interval| &interval.windows).flat_map(|window| &window.cells) {
        let Some(first) = cell.first else { continue };
        let place = places.entry(cell.template).or_insert(first);
        *place = first.min(*place);
    }
    places
}

/// Templates of both sides, in the order of the list.
fn shared<'t>(
    comparison: &'t Comparison<'_>,
) -> impl Iterator<Item = &'t logsift_engine::templates::Template> {
    let has = |side: &Compared| -> BTreeMap<TemplateId, _> { side.learned.counted(comparison.templates) };
    let (a, b) = (has(comparison.baseline), has(comparison.target));
    let list = comparison.templates.list().iter();
    list.filter(move |template| a.contains_key(&template.id) && b.contains_key(&template.id))
}
