//! A book in, its sessions in order out, each with its steps.

use super::{Book, PIECE, Session, Step};
use crate::windows::Place;

/// The sessions of a book, each with its steps.
#[derive(Clone, Debug)]
pub(in crate::sessions) struct Sorted {
    pub(in crate::sessions) book: Book,
    order: Vec<u32>,
    /// Places in the list of steps, session by session.
    places: Vec<u32>,
    ends: Vec<u32>,
}

impl Sorted {
    /// Logs that were written side by side are in the order of time afterwards; what has the same time stays as it is.
    fn by_time(&mut self) {
        for bounds in self.ends.windows(2) {
            let steps = &self.book.steps;
            let time = |place: &u32| step_at(steps, *place).at();
            let places = &mut self.places[bounds[0] as usize..bounds[1] as usize];
            if !places.is_sorted_by_key(time) {
                places.sort_by_key(time);
            }
        }
    }

    /// The sessions, in the order of their first records.
    pub(in crate::sessions) fn sessions(&self) -> impl Iterator<Item = (u32, &Session)> {
        self.order.iter().map(|number| (*number, &self.book.sessions[*number as usize]))
    }

    /// No other sessions are wanted than these, which are in order.
    pub(in crate::sessions) fn keep(&mut self, order: Vec<u32>) {
        self.order = order;
    }

    /// How many records a session has.
    pub(in crate::sessions) fn records(&self, number: u32) -> u32 {
        let number = number as usize;
        self.ends[number + 1] - self.ends[number]
    }

    /// The steps of a session: events and times.
    pub(in crate::sessions) fn steps(&self, number: u32) -> impl DoubleEndedIterator<Item = (u32, i64)> {
        let number = number as usize;
        let places = &self.places[self.ends[number] as usize..self.ends[number + 1] as usize];
        places.iter().map(|place| {
            let step = step_at(&self.book.steps, *place);
            (step.event, step.at())
        })
    }

    /// Where the record of a step stands, if that is known.
    pub(in crate::sessions) fn place(&self, number: u32, nth: usize) -> Option<Place> {
        let bounds = self.ends[number as usize] as usize..self.ends[number as usize + 1] as usize;
        let place = self.places[bounds].get(nth)?;
        step_at(&self.book.steps, *place).place()
    }
}

impl Book {
    /// Puts the sessions into the order of their first records, and the steps of each into the order of time.
    pub(in crate::sessions) fn sorted(self) -> Sorted {
        let mut ends: Vec<u32> = vec![0; self.sessions.len() + 1];
        for step in self.steps.iter().flatten() {
            ends[step.session as usize + 1] += 1;
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += *end;
            *end = sum;
        }
        let mut next = ends.clone();
        let mut places: Vec<u32> = vec![0; sum as usize];
        for (step, place) in self.steps.iter().flatten().zip(0u32..) {
            let at = &mut next[step.session as usize];
            places[*at as usize] = place;
            *at += 1;
        }
        let mut order: Vec<u32> = (0..self.sessions.len() as u32).collect();
        order.sort_by_key(|number| {
            let session = &self.sessions[*number as usize];
            (session.first, *number)
        });
        let mut sorted = Sorted { book: self, order, places, ends };
        sorted.by_time();
        sorted
    }
}

/// All pieces but the last are full.
fn step_at(steps: &[Vec<Step>], place: u32) -> Step {
    steps[place as usize / PIECE][place as usize % PIECE]
}
