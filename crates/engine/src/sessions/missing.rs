//! An event that follows in almost every session and did not: `missing-step`.
//!
//! It is the shape of a session that gives it away; here is found after which step it was due, so that the
//! explanation can say "after Y comes Z in 98 %".

use super::order::Order;
use super::shape::{Counts, Shape};
use super::{SessionFact, Step};

/// The name of this detector.
pub(super) const KIND: &str = "missing-step";

/// An event that is missing more often than this was not due.
const LEAST_SHARE: f64 = 0.9;

/// What should have followed what, if `event` was due in a session with those counts.
pub(super) fn fact(shape: &Shape, order: &Order, counts: &Counts, event: u32) -> Option<SessionFact> {
    let before = counts.iter().map(|(event, _)| Step::Event(*event)).chain([Step::Start]);
    let most =
        |one: &Step, other: &Step| order.count_between(*one, event).cmp(&order.count_between(*other, event));
    let after = before.filter(|step| *step != Step::Event(event)).max_by(most)?;
    let (mut cases, mut followed) = (0u64, 0u64);
    for (known, sessions) in shape.prototypes().filter(|(known, _)| has_step(known, after)) {
        cases = cases.saturating_add(sessions);
        followed = followed.saturating_add(if has(known, event) { sessions } else { 0 });
    }
    let share = followed as f64 / cases.max(1) as f64;
    (share >= LEAST_SHARE).then_some(SessionFact::Missing { after, event, share, cases })
}

fn has_step(counts: &Counts, step: Step) -> bool {
    match step {
        Step::Event(event) => has(counts, event),
        Step::Start | Step::End => true,
    }
}

fn has(counts: &Counts, event: u32) -> bool {
    counts.binary_search_by_key(&event, |(event, _)| *event).is_ok()
}

#[cfg(test)]
mod tests {
    use super::super::learned::LearnedSessions;
    use super::super::shape::counts;
    use super::*;

    #[test]
    fn what_was_due_is_named() {
        let mut learned = LearnedSessions::default();
        (0..50).for_each(|_| learned.add(&[0, 1, 2]));
        learned.add(&[0, 1]);
        learned.add(&[0, 5]);
        let (shape, order) = (Shape::of(&learned), Order::of(&learned));
        let check = |sequence: &[u32], event: u32, expected: Option<(Step, u64)>| {
            let fact = fact(&shape, &order, &counts(sequence), event);
            let named = fact.map(|fact| match fact {
                SessionFact::Missing { after, cases, .. } => (after, cases),
                other => panic!("{other:?}"),
            });
            assert_eq!(named, expected, "{sequence:?}");
        };
        check(&[0, 1], 2, Some((Step::Event(1), 51)));
        check(&[1, 2], 0, Some((Step::Start, 52)));
        check(&[0, 1, 2], 5, None);
    }
}
