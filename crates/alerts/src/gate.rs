//! How many notices a channel has had in, whether there is a place for one more out.
//!
//! Three limits hold by construction, because every notice takes its place here before it is sent: so many a minute, so
//! many an hour, and so many incidents a day, the budget. Of each some places are kept for kinds of trouble that
//! were not told lately: whoever provokes fifty thousand alerts of one kind does not hide the one of another.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::allowance::Allowance;
use crate::settings::Limits;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// The places of one channel.
#[derive(Debug)]
pub(crate) struct Gate {
    limits: Limits,
    /// Incidents, and in how long.
    budget: Option<(usize, Duration)>,
    /// What was sent within the hour, oldest first: when, and what kind of trouble.
    sent: VecDeque<(Duration, String)>,
    /// The incidents that were told within the time of the budget.
    told: VecDeque<(Duration, String)>,
    all: Together,
}

/// The places of all channels together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Together(Arc<Mutex<VecDeque<Duration>>>);

/// Whether there is a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// There is one.
    Free,
    /// Not in this minute or hour.
    Crowded,
    /// Not within the budget.
    Spent,
}

/// For what a place is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asking<'a> {
    /// An incident that was not told before, of this kind.
    Incident(&'a str),
    /// More about an incident that was told, of this kind.
    News(&'a str),
    /// A summary or a word about logsift itself: one place is always kept for these.
    Own,
}

impl Gate {
    pub(crate) fn new(limits: Limits, allowance: Allowance, all: Together) -> Gate {
        Gate {
            limits,
            budget: allowance.per_day.map(budget),
            sent: VecDeque::new(),
            told: VecDeque::new(),
            all,
        }
    }

    /// Something that was sent before logsift started, so long before this clock began.
    pub(crate) fn recall(&mut self, ago: Duration, now: Duration, asking: Asking<'_>) {
        // What lies before the beginning of the clock counts as if it was sent at its beginning, which only makes the
        // limits a little stricter after a restart.
        self.take(now.saturating_sub(ago), asking);
    }

    /// Whether there is a place now.
    pub(crate) fn place(&mut self, now: Duration, asking: Asking<'_>) -> Place {
        self.forget(now);
        let Limits { per_minute, per_hour, all_per_minute, reserved } = self.limits;
        let since = |span: Duration| now.saturating_sub(span);
        let (minute, hour) = (self.sent_since(since(MINUTE), now), self.sent.len());
        let all = self.all.count(now);
        if let (Some((places, _)), Asking::Incident(class)) = (self.budget, asking) {
            let new = !self.told.iter().any(|(_, known)| known == class);
            if self.told.len() >= open_to(places, reserved, new) {
                return Place::Spent;
            }
        }
        let fits = |places: u32, taken: usize| {
            let places = places as usize;
            match asking {
                Asking::Own => taken < places,
                Asking::Incident(class) | Asking::News(class) => {
                    let new = !self.sent.iter().any(|(_, known)| known == class);
                    taken < open_to(places.saturating_sub(1), reserved, new)
                }
            }
        };
        let free = fits(per_minute, minute) && fits(per_hour, hour) && all < all_per_minute as usize;
        if free { Place::Free } else { Place::Crowded }
    }

    /// Takes a place.
    pub(crate) fn take(&mut self, now: Duration, asking: Asking<'_>) {
        let class = match asking {
            Asking::Incident(class) | Asking::News(class) => class,
            Asking::Own => "",
        };
        self.sent.push_back((now, class.to_owned()));
        self.all.take(now);
        if let Asking::Incident(class) = asking {
            self.told.push_back((now, class.to_owned()));
        }
    }

    /// How many incidents are told, and in how long.
    pub(crate) fn budget(&self) -> Option<(usize, Duration)> {
        self.budget
    }

    fn sent_since(&self, since: Duration, now: Duration) -> usize {
        // Nothing lies before a clock that has only begun.
        let whole = now < MINUTE;
        self.sent.iter().filter(|(at, _)| whole || *at > since).count()
    }

    fn forget(&mut self, now: Duration) {
        let over = |at: Duration, span: Duration| now >= span && at <= now - span;
        while self.sent.front().is_some_and(|(at, _)| over(*at, HOUR)) {
            self.sent.pop_front();
        }
        let span = self.budget.map_or(DAY, |(_, span)| span);
        while self.told.front().is_some_and(|(at, _)| over(*at, span)) {
            self.told.pop_front();
        }
    }
}

/// A budget of less than one a day is one in several days.
fn budget(per_day: f64) -> (usize, Duration) {
    if per_day >= 1.0 {
        (per_day.floor().min(1e6) as usize, DAY)
    } else if per_day > 0.0 {
        (1, Duration::from_secs_f64((86_400.0 / per_day).min(1e9)))
    } else {
        (0, DAY)
    }
}

/// How many of the places may be taken by a kind of trouble.
fn open_to(places: usize, reserved: f64, new: bool) -> usize {
    if new { places } else { places - ((places as f64 * reserved).ceil() as usize).min(places) }
}

impl Together {
    fn count(&self, now: Duration) -> usize {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while sent.front().is_some_and(|at| now >= MINUTE && *at <= now - MINUTE) {
            sent.pop_front();
        }
        sent.len()
    }

    fn take(&self, now: Duration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(budget: &str) -> Gate {
        Gate::new(Limits::default(), budget.parse().unwrap(), Together::default())
    }

    fn ask(gate: &mut Gate, seconds: u64, asking: Asking<'_>) -> Place {
        let now = Duration::from_secs(seconds);
        let place = gate.place(now, asking);
        if place == Place::Free {
            gate.take(now, asking);
        }
        place
    }

    #[test]
    fn a_minute_has_ten_places_one_of_them_for_a_summary() {
        let mut gate = gate("none");
        let free = (0..1000)
            .filter(|at| ask(&mut gate, 100, Asking::Incident(&at.to_string())) == Place::Free)
            .count();
        assert_eq!(free, 9);
        assert_eq!(ask(&mut gate, 100, Asking::Own), Place::Free);
        assert_eq!(ask(&mut gate, 100, Asking::Own), Place::Crowded);
        assert_eq!(ask(&mut gate, 159, Asking::Own), Place::Crowded);
        assert_eq!(ask(&mut gate, 160, Asking::Own), Place::Free);
    }

    #[test]
    fn an_hour_has_sixty() {
        let mut gate = gate("none");
        let sent: Vec<u64> = (0..3_600)
            .filter(|second| ask(&mut gate, *second, Asking::Incident(&second.to_string())) == Place::Free)
            .collect();
        assert_eq!(sent.len(), 59);
        let most =
            sent.iter().map(|at| sent.iter().filter(|other| (*at..at + 60).contains(other)).count()).max();
        assert_eq!(most, Some(9));
    }

    #[test]
    fn a_kind_that_was_not_told_lately_has_places_of_its_own() {
        let mut gate = gate("none");
        let free =
            (0..1000).filter(|_| ask(&mut gate, 100, Asking::Incident("burst")) == Place::Free).count();
        assert_eq!(free, 6);
        assert_eq!(ask(&mut gate, 101, Asking::Incident("gone-silent")), Place::Free);
        assert_eq!(ask(&mut gate, 101, Asking::Incident("gone-silent")), Place::Crowded);
    }

    #[test]
    fn the_budget_is_kept_over_every_day() {
        let mut gate = gate("5/day");
        let told: Vec<u64> = (0..5 * 86_400)
            .step_by(60)
            .filter(|second| ask(&mut gate, *second, Asking::Incident(&second.to_string())) == Place::Free)
            .collect();
        assert_eq!(told.len(), 25);
        let most = told
            .iter()
            .map(|at| told.iter().filter(|other| (*at..at + 86_400).contains(other)).count())
            .max();
        assert_eq!(most, Some(5));
    }

    #[test]
    fn budgets_of_less_than_one_a_day_and_of_nothing() {
        let mut weekly = gate("1/week");
        let told =
            (0..28 * 24).filter(|hour| ask(&mut weekly, hour * 3_600, Asking::Incident("a")) == Place::Free);
        assert_eq!(told.count(), 4);
        assert_eq!(ask(&mut gate("0/day"), 0, Asking::Incident("a")), Place::Spent);
        assert_eq!(ask(&mut gate("0/day"), 0, Asking::Own), Place::Free);
    }

    #[test]
    fn all_channels_together_have_a_limit_too() {
        let limits = Limits { all_per_minute: 12, ..Limits::default() };
        let all = Together::default();
        let mut gates = [0, 1].map(|_| Gate::new(limits, "none".parse().unwrap(), all.clone()));
        let free = (0..40)
            .filter(|at| {
                ask(&mut gates[*at as usize % 2], 100, Asking::Incident(&at.to_string())) == Place::Free
            })
            .count();
        assert_eq!(free, 12);
    }
}
