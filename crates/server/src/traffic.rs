//! Requests in, counts and times by route out: the part of the metrics that the server knows itself.
//!
//! Labels are the routes of the list and classes of status, so their number is fixed whatever comes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::StatusCode;

use crate::routes::ROUTES;

/// Upper bounds of the buckets, in seconds; one more takes the rest.
pub(crate) const BOUNDS: [f64; 8] = [0.001, 0.005, 0.025, 0.1, 0.2, 1.0, 5.0, 30.0];

/// Classes of status, by their first digit.
pub(crate) const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

/// How often something took how long.
#[derive(Debug, Default)]
pub(crate) struct Times {
    buckets: [AtomicU64; BOUNDS.len() + 1],
    nanoseconds: AtomicU64,
}

/// The same at one moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) by_class: [u64; 4],
    pub(crate) buckets: [u64; BOUNDS.len() + 1],
    pub(crate) count: u64,
    pub(crate) seconds: f64,
}

impl Times {
    pub(crate) fn note(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        add(self.buckets.get(BOUNDS.partition_point(|bound| *bound < seconds)), 1);
        add(Some(&self.nanoseconds), u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
    }

    pub(crate) fn seen(&self) -> Seen {
        let buckets = self.buckets.each_ref().map(read);
        let seconds = read(&self.nanoseconds) as f64 / 1e9;
        Seen { by_class: [0; 4], buckets, count: buckets.iter().sum(), seconds }
    }
}

/// Counts of one route.
#[derive(Debug, Default)]
struct Counts {
    by_class: [AtomicU64; 4],
    times: Times,
}

/// Counts of all routes, and of what was pushed.
#[derive(Debug)]
pub(crate) struct Traffic {
    routes: Vec<Counts>,
    pub(crate) scoring: Times,
    pub(crate) pushed_lines: AtomicU64,
    pub(crate) refused_entries: AtomicU64,
    pub(crate) busy: AtomicU64,
}

impl Default for Traffic {
    fn default() -> Traffic {
        Traffic {
            routes: ROUTES.iter().map(|_| Counts::default()).collect(),
            scoring: Times::default(),
            pushed_lines: AtomicU64::new(0),
            refused_entries: AtomicU64::new(0),
            busy: AtomicU64::new(0),
        }
    }
}

impl Traffic {
    pub(crate) fn note(&self, place: usize, status: StatusCode, took: Duration) {
        let Some(counts) = self.routes.get(place) else { return };
        let class = usize::from(status.as_u16() / 100).saturating_sub(2);
        add(counts.by_class.get(class), 1);
        counts.times.note(took);
    }

    /// Routes that were called, each with its place in the list.
    pub(crate) fn called(&self) -> impl Iterator<Item = (usize, Seen)> {
        self.routes
            .iter()
            .enumerate()
            .map(|(place, counts)| (place, counts.seen()))
            .filter(|(_, seen)| seen.count > 0)
    }
}

impl Counts {
    fn seen(&self) -> Seen {
        Seen { by_class: self.by_class.each_ref().map(read), ..self.times.seen() }
    }
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

fn add(counter: Option<&AtomicU64>, more: u64) {
    if let Some(counter) = counter {
        counter.fetch_add(more, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_where_they_belong() {
        let traffic = Traffic::default();
        traffic.note(0, StatusCode::OK, Duration::from_micros(1000));
        traffic.note(0, StatusCode::NOT_FOUND, Duration::from_secs(60));
        traffic.note(ROUTES.len(), StatusCode::OK, Duration::ZERO);
        let seen: Vec<_> = traffic.called().collect();
        assert_eq!(seen.len(), 1);
        let (place, seen) = &seen[0];
        assert_eq!((*place, seen.by_class, seen.count), (0, [1, 0, 1, 0], 2));
        assert_eq!((seen.buckets[0], seen.buckets[BOUNDS.len()]), (1, 1));
        assert!((seen.seconds - 60.001).abs() < 1e-9);
    }
}
