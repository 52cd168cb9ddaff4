//! What a record says about a session, in twenty-four bytes: there is a step for every record that names one.

use crate::windows::Place;

/// The bits of a log. Milliseconds that count in the rest reach four thousand years in either direction.
const LOG: u32 = 16;
/// It is not known in which log.
const NO_LOG: u16 = u16::MAX;
/// It is not known at which line.
const NO_LINE: u32 = u32::MAX;

/// Something that happened in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) session: u32,
    pub(super) event: u32,
    /// When, and below it in which log.
    when: i64,
    line: u32,
    offset: u32,
}

impl Step {
    #[inline]
    pub(super) fn of(session: u32, event: u32, at: i64, place: Place) -> Step {
        let known = u32::try_from(place.line).ok().zip(u32::try_from(place.offset).ok());
        let (line, offset) = known.unwrap_or((NO_LINE, 0));
        let milliseconds = at.clamp(i64::MIN >> LOG, i64::MAX >> LOG);
        Step { session, event, when: milliseconds << LOG, line, offset }.in_log(place.log)
    }

    /// The same in that log.
    pub(super) fn in_log(self, log: u32) -> Step {
        let log = u16::try_from(log).unwrap_or(NO_LOG);
        Step { when: self.when >> LOG << LOG | i64::from(log), ..self }
    }

    /// Milliseconds since 1970; `i64::MIN` where the log has no times.
    #[inline]
    pub(super) fn at(&self) -> i64 {
        match self.when >> LOG {
            at if at == i64::MIN >> LOG => i64::MIN,
            at => at,
        }
    }

    /// Where the record stands, as far as that could be kept: in a log of less than 4 GiB.
    pub(super) fn place(&self) -> Option<Place> {
        let (log, line) = (self.when as u16, self.line);
        let known = log != NO_LOG && line != NO_LINE;
        known.then_some(Place { log: log.into(), line: line.into(), offset: self.offset.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_kept_and_what_does_not_is_known_to_be_missing() {
        let check = |at: i64, (log, line, offset): (u32, u64, u64), kept: bool| {
            let place = Place { log, line, offset };
            let step = Step::of(1, 2, at, place);
            assert_eq!((step.at(), step.place()), (at, kept.then_some(place)), "{at} {place:?}");
            let moved = step.in_log(7);
            let line = place.line < u64::from(u32::MAX) && place.offset <= u64::from(u32::MAX);
            assert_eq!((moved.at(), moved.place()), (at, line.then_some(Place { log: 7, ..place })));
        };
        check(1_700_000_000_123, (0, 1, 0), true);
        check(-62_135_596_800_000, (65_534, 4_294_967_294, 4_294_967_295), true);
        check(i64::MIN, (3, 9, 99), true);
        check(0, (65_535, 1, 0), false);
        check(0, (100_000, 1, 0), false);
        check(0, (0, 4_294_967_295, 0), false);
        check(0, (0, 5_000_000_000, 0), false);
        check(0, (0, 1, 4_294_967_296), false);
    }
}
