//! What can be odd about a session, in words for the book, the reports and `logsift explain`.

use crate::detectors::Card;

/// The detectors that look at sessions.
pub const CARDS: [Card; 4] = [
    Card {
        kind: "session-shape",
        sentence: "a session has some message far more or far less often than the sessions most like it",
        wrong_when: "Work of a new kind is unlike all others; sessions cut off by the end of the log lack what came later.",
    },
    Card {
        kind: "broken-order",
        sentence: "the steps of a session come in an order that is hardly ever seen",
        wrong_when: "Writers that run side by side interleave; clocks of several hosts that differ turn steps around.",
    },
    Card {
        kind: "missing-step",
        sentence: "a step is absent that follows in almost every session",
        wrong_when: "The session was still going on when the log ended, or had begun before it did.",
    },
    Card {
        kind: "slow-step",
        sentence: "from one step of a session to the next it took far longer than it ever does",
        wrong_when: "People between two steps take the time they take; clocks that jump look like waiting.",
    },
];
