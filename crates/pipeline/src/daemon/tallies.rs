//! The cells of an epoch in, counts for people out: of templates by the hour, of streams by the minute.

use std::collections::BTreeMap;

use logsift_engine::templates::Templates;
use logsift_engine::windows::Gathered;
use logsift_stores::facts::Volume;

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
    /// Counts cells. Where records have no time there is nothing to count by.
    pub(super) fn of(gathered: &Gathered, templates: &Templates) -> Tallies {
        let mut tallies = Tallies::default();
        if !gathered.timed {
            return tallies;
        }
        let history = &gathered.history;
        let seconds = 1i64 << history.level();
        let names: BTreeMap<u64, String> = templates
            .list()
            .iter()
            .flat_map(|template| {
                template.skeletons.iter().map(|skeleton| (skeleton.0, template.id.to_string()))
            })
            .collect();
        for cell in history.cells() {
            let start = cell.interval.saturating_mul(seconds).saturating_mul(SECOND);
            let stream = history.streams().get(cell.stream as usize).cloned().unwrap_or_default();
            tallies.last = tallies.last.max(Some(start.saturating_add(seconds.saturating_mul(SECOND))));
            let minute = start.div_euclid(MINUTE).saturating_mul(MINUTE);
            let counts = tallies.minutes.entry((minute, stream.clone())).or_default();
            counts.add(cell.gravest, cell.count);
            if let Some(template) = names.get(&cell.skeleton.0) {
                let hour = start.div_euclid(HOUR).saturating_mul(HOUR);
                *tallies.hours.entry((template.clone(), hour, stream)).or_default() += cell.count;
            }
        }
        tallies
    }
}
