//! Who does the work: the crate cuts it into numbered parts, the caller runs them.
//!
//! The crate starts no thread. A caller with threads hands in [`Workers`] that spread the parts; a
//! caller without hands in [`Alone`]. How work is cut depends on the data only, each part draws
//! from its own seed and writes to its own place, and what parts give is put together in the order
//! of their numbers: so the result is the same bits for every number of threads. This was preferred
//! to a number of threads handed in, because a process has one budget of threads, and libraries
//! that start their own overdraw it.

use std::sync::{Mutex, OnceLock, PoisonError};

/// Runs the parts of a task, in any order, on any thread.
pub trait Workers: Sync {
    /// Calls `task` once for every number in `0..parts` and returns when all have ended.
    fn run(&self, parts: usize, task: &(dyn Fn(usize) + Sync));
}

/// Runs one part after another on the calling thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Workers for Alone {
    fn run(&self, parts: usize, task: &(dyn Fn(usize) + Sync)) {
        (0..parts).for_each(task);
    }
}

/// What `make` gives for every part, in the order of their numbers.
///
/// # Panics
/// Where the workers leave a part out.
pub fn map<T: Send + Sync>(workers: &dyn Workers, parts: usize, make: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let places: Vec<OnceLock<T>> = (0..parts).map(|_| OnceLock::new()).collect();
    workers.run(parts, &|part| {
        if let Some(place) = places.get(part) {
            place.get_or_init(|| make(part));
        }
    });
    places
        .into_iter()
        .map(|place| place.into_inner().expect("`Workers::run` calls the task for every part"))
        .collect()
}

/// Lets `fill` write each piece of `out`; a piece has `length` places, the last one maybe fewer.
/// `fill` is told the place at which its piece begins.
pub fn fill<T: Send>(
    workers: &dyn Workers,
    out: &mut [T],
    length: usize,
    fill: impl Fn(usize, &mut [T]) + Sync,
) {
    let length = length.max(1);
    // Each lock is taken once, by the one part it belongs to: it is there for the borrow checker.
    let pieces: Vec<Mutex<&mut [T]>> = out.chunks_mut(length).map(Mutex::new).collect();
    workers.run(pieces.len(), &|part| {
        if let Some(piece) = pieces.get(part) {
            fill(part * length, &mut piece.lock().unwrap_or_else(PoisonError::into_inner));
        }
    });
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Spreads parts over real threads, last part first, to show that order does not matter.
    pub(crate) struct Threads(pub(crate) usize);

    impl Workers for Threads {
        fn run(&self, parts: usize, task: &(dyn Fn(usize) + Sync)) {
            let next = AtomicUsize::new(0);
            std::thread::scope(|scope| {
                for _ in 0..self.0 {
                    scope.spawn(|| {
                        loop {
                            let taken = next.fetch_add(1, Ordering::Relaxed);
                            if taken >= parts {
                                break;
                            }
                            task(parts - 1 - taken);
                        }
                    });
                }
            });
        }
    }

    #[test]
    fn parts_come_back_in_order() {
        for threads in 1..4 {
            assert_eq!(map(&Threads(threads), 5, |part| part * part), [0, 1, 4, 9, 16]);
            let mut out = vec![0; 10];
            fill(&Threads(threads), &mut out, 4, |start, piece| {
                piece.iter_mut().enumerate().for_each(|(place, value)| *value = start + place);
            });
            assert_eq!(out, (0..10).collect::<Vec<_>>());
        }
        assert!(map(&Alone, 0, |part| part).is_empty());
        fill(&Alone, &mut [0u8; 0], 0, |_, _| {});
    }
}
