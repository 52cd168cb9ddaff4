//! The cells and the minutes of an epoch in, counts for people out: of templates by the hour, of streams by the minute.

use std::collections::BTreeMap;

use logsift_engine::templates::Templates;
use logsift_engine::windows::Gathered;
use logsift_stores::facts::Volume;

use crate::minutes::MinuteCounts;

const SECOND: i64 = 1_000_000_000;
/// A minute and an hour in nanoseconds.
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// Records by template, hour and stream.
pub(super) type Hours = BTreeMap<(String, i64, String), u64>;
/// Records by minute and stream.
pub(super) type Minutes = BTreeMap<(i64, String), Volume>;

/// Counts of an epoch.
#[derive(Debug, Default)]
pub(super) struct Tallies {
    pub(super) hours: Hours,
    pub(super) minutes: Minutes,
    /// The last interval that has a record, nanoseconds since 1970.
    pub(super) last: Option<i64>,
}

impl Tallies {
    /// Counts cells and minutes. An interval belongs to the hour in which it begins: up to sixteen seconds long it ends
    /// there, too. Where records have no time there is nothing to count by.
    pub(super) fn of(gathered: &Gathered, minutes: &MinuteCounts, templates: &Templates) -> Tallies {
        let mut tallies = Tallies::default();
        if !gathered.timed {
            return tallies;
        }
        let history = &gathered.history;
        let seconds = 1i64 << history.level();
        let templates = templates.list();
        let places: BTreeMap<u64, usize> = templates
            .iter()
            .enumerate()
            .flat_map(|(at, template)| template.skeletons.iter().map(move |skeleton| (skeleton.0, at)))
            .collect();
        // There are far more cells than templates and streams, so those go by their places until all is counted.
        let mut hours = BTreeMap::new();
        for cell in history.cells() {
            let start = cell.interval.saturating_mul(seconds).saturating_mul(SECOND);
            tallies.last = tallies.last.max(Some(start.saturating_add(seconds.saturating_mul(SECOND))));
            if let Some(template) = places.get(&cell.skeleton.0) {
                let hour = start.div_euclid(HOUR).saturating_mul(HOUR);
                *hours.entry((*template, hour, cell.stream)).or_default() += cell.count;
            }
        }
        let name = |stream: u32| history.streams().get(stream as usize).cloned().unwrap_or_default();
        let id = |at: usize| templates.get(at).map_or_else(String::new, |template| template.id.to_string());
        let named =
            hours.into_iter().map(|((at, hour, stream), count)| ((id(at), hour, name(stream)), count));
        tallies.hours = named.collect();
        for count in minutes.each() {
            let key = (count.minute.saturating_mul(MINUTE), count.stream.to_owned());
            tallies.minutes.entry(key).or_default().add(count.level, count.records);
        }
        tallies
    }
}
