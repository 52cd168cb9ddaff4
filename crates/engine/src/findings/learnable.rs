//! An interval and what was odd about it in, the part of it that may be learned as normal out.
//!
//! What was flagged is not learned, or the second hour of a fault would look normal because of the first. But
//! leaving it out altogether would teach that the template was silent. So a count that was too high is brought
//! back to what was expected, numbers of a slot that were odd are left out of that slot, and only what should not
//! have been there at all is removed.

use std::borrow::Cow;

use super::combine::Key;
use crate::detectors::Evidence;
use crate::windows::{Interval, TimelineCell, Window};

/// A subject that was flagged, and the evidence.
#[derive(Clone, Debug)]
pub(crate) struct Flag {
    /// Who.
    pub(crate) key: Key,
    /// Why.
    pub(crate) evidence: Vec<Evidence>,
}

/// The interval as it may be learned.
pub(crate) fn learnable<'a>(interval: &'a Interval, flags: &[Flag]) -> Cow<'a, Interval> {
    let mut learned = Cow::Borrowed(interval);
    for flag in flags {
        let (Some(stream), Some(template)) = flag.key else { continue };
        let spoke =
            interval.windows.iter().any(|window| window.stream == stream && window.of(template).is_some());
        if spoke {
            let windows = &mut learned.to_mut().windows;
            let window = windows.iter_mut().find(|window| window.stream == stream);
            window.into_iter().for_each(|window| hold_back(window, template, &flag.evidence));
        }
    }
    learned
}

fn hold_back(window: &mut Window, template: u32, evidence: &[Evidence]) {
    let Some(at) = window.cells.iter().position(|cell| cell.template == template) else { return };
    let Some(cell) = window.cells.get_mut(at) else { return };
    let before = cell.count;
    evidence.iter().for_each(|evidence| hold_back_one(cell, evidence));
    let left = cell.count;
    window.records = window.records.saturating_sub(before - left);
    if left == 0 {
        window.cells.remove(at);
    }
}

fn hold_back_one(cell: &mut TimelineCell, evidence: &Evidence) {
    if let Some(slot) = evidence.subject.slot {
        cell.numbers.retain(|numbers| numbers.extremes.slot != slot);
    } else if evidence.seen > evidence.expected {
        let expected = evidence.expected.round().max(0.0);
        cell.count = cell.count.min(expected as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::Subject;
    use crate::windows::{Extremes, Numbers, Place};

    fn numbers(slot: u8) -> Numbers {
        Numbers { shape: 1, extremes: Extremes::of(slot, 1.0, Place::default()) }
    }

    fn check(seen: f64, expected: f64, slot: Option<u8>, wanted: Option<(u64, usize)>) {
        let cell = TimelineCell {
            template: 3,
            count: 50,
            shapes: vec![1],
            gravest: None,
            first: None,
            numbers: [0, 1].map(numbers).to_vec(),
        };
        let interval =
            Interval { number: 5, windows: vec![Window { stream: 2, records: 80, cells: vec![cell] }] };
        let evidence = Evidence {
            kind: "any",
            subject: Subject { stream: Some(2), template: Some(3), slot },
            interval: 5,
            surprise: 20.0,
            seen,
            expected,
            grounds: 100.0,
            learning: false,
            place: None,
        };
        let flags = [Flag { key: (Some(2), Some(3)), evidence: vec![evidence] }];
        let learned = learnable(&interval, &flags);
        let left = learned.windows[0].of(3).map(|cell| (cell.count, cell.numbers.len()));
        assert_eq!(left, wanted);
        assert_eq!(learned.windows[0].records, 80 - 50 + left.map_or(0, |left| left.0));
    }

    #[test]
    fn too_many_become_as_many_as_expected() {
        check(50.0, 4.2, None, Some((4, 2)));
        check(50.0, 400.0, None, Some((50, 2)));
        check(1.0, 0.001, None, None);
        check(f64::NAN, 4.0, None, Some((50, 2)));
        check(9_000.0, 60.0, Some(1), Some((50, 1)));
    }

    #[test]
    fn what_was_not_flagged_is_learned_as_it_is() {
        let interval = Interval { number: 5, windows: Vec::new() };
        let flags = [
            Flag { key: (Some(0), Some(0)), evidence: Vec::new() },
            Flag { key: (None, None), evidence: Vec::new() },
        ];
        assert!(matches!(learnable(&interval, &flags), Cow::Borrowed(_)));
    }
}
