//! Lines that are yet to be said: in any order in, in the order of time out.
//!
//! It holds the scenes that are going on and nothing else, so its size does not grow with the log. Buffers are
//! used again.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::moment::Micros;

/// A record that is waiting for its time.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    /// Whole lines with their ends.
    pub(super) bytes: Vec<u8>,
    pub(super) time: Micros,
    pub(super) lines: u64,
    /// The episode it belongs to.
    pub(super) episode: Option<u64>,
}

/// What is yet to be said.
#[derive(Debug, Default)]
pub(super) struct Queue {
    order: BinaryHeap<Reverse<(Micros, u64, usize)>>,
    places: Vec<Waiting>,
    free: Vec<usize>,
    pushed: u64,
}

impl Queue {
    /// Adds a record; of equal times, the first pushed is the first out.
    pub(super) fn push(&mut self, bytes: &[u8], time: Micros, lines: u64, episode: Option<u64>) {
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push(Waiting::default());
            self.places.len() - 1
        });
        if let Some(waiting) = self.places.get_mut(place) {
            waiting.bytes.clear();
            waiting.bytes.extend_from_slice(bytes);
            (waiting.time, waiting.lines, waiting.episode) = (time, lines, episode);
        }
        self.pushed += 1;
        self.order.push(Reverse((time, self.pushed, place)));
    }

    /// The next record, unless it is later than `until`.
    pub(super) fn pop(&mut self, until: Micros) -> Option<&Waiting> {
        let Reverse((time, _, _)) = self.order.peek()?;
        if *time > until {
            return None;
        }
        let Reverse((_, _, place)) = self.order.pop()?;
        self.free.push(place);
        self.places.get(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_leave_in_the_order_of_time_and_buffers_are_used_again() {
        let mut queue = Queue::default();
        for (time, text) in [(5, "late"), (3, "first"), (3, "second"), (9, "never")] {
            queue.push(text.as_bytes(), time, 1, None);
        }
        let mut out = Vec::new();
        while let Some(waiting) = queue.pop(8) {
            out.push(String::from_utf8(waiting.bytes.clone()).unwrap());
        }
        assert_eq!(out, ["first", "second", "late"]);
        for time in 0..100 {
            queue.push(b"x", time, 1, None);
            queue.pop(time);
        }
        assert_eq!(queue.places.len(), 4);
    }
}
