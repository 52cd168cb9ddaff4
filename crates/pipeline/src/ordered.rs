//! Bytes from several threads in, one stream in the order of the plan out.
//!
//! The set whose turn it is writes straight through. Others park what they have, up to a limit in all;
//! beyond that they wait. Since sets are taken in order, the set whose turn it is always has a thread
//! that does not wait, so waiting ends.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

const PARKED_AT_MOST: usize = 8 << 20;

/// Writes what the sets of a plan give in their order.
pub struct Ordered {
    state: Mutex<State>,
    turned: Condvar,
}

struct State {
    out: Box<dyn Write + Send>,
    turn: usize,
    parked: BTreeMap<usize, Vec<u8>>,
    parked_bytes: usize,
    /// Sets that ended before their turn came.
    ended: BTreeSet<usize>,
    error: Option<io::Error>,
}

impl Ordered {
    /// Writes to this.
    pub fn new(out: Box<dyn Write + Send>) -> Ordered {
        let state = State {
            out,
            turn: 0,
            parked: BTreeMap::new(),
            parked_bytes: 0,
            ended: BTreeSet::new(),
            error: None,
        };
        Ordered { state: Mutex::new(state), turned: Condvar::new() }
    }

    /// Takes the bytes of a set and leaves the buffer empty. Says whether more is wanted: after an error
    /// everything is dropped.
    pub fn write(&self, set: usize, bytes: &mut Vec<u8>) -> bool {
        let mut state = self.lock();
        while state.turn != set && state.parked_bytes + bytes.len() > PARKED_AT_MOST && state.error.is_none()
        {
            state = self.turned.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.turn == set {
            state.put(bytes);
        } else if state.error.is_none() {
            state.parked_bytes += bytes.len();
            state.parked.entry(set).or_default().extend_from_slice(bytes);
        }
        bytes.clear();
        state.error.is_none()
    }

    /// The set gives no more.
    pub fn end(&self, set: usize) {
        let mut state = self.lock();
        state.ended.insert(set);
        state.turn_on();
        drop(state);
        self.turned.notify_all();
    }

    /// All sets have ended; gives the first error.
    pub fn finish(self) -> io::Result<()> {
        let mut state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        match state.error.take() {
            Some(error) => Err(error),
            None => state.out.flush(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn put(&mut self, bytes: &[u8]) {
        if self.error.is_none() {
            self.error = self.out.write_all(bytes).err();
        }
    }

    fn turn_on(&mut self) {
        while self.ended.remove(&self.turn) {
            self.turn += 1;
            if let Some(bytes) = self.parked.remove(&self.turn) {
                self.parked_bytes -= bytes.len();
                self.put(&bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn any_number_of_threads_writes_the_same() {
        const SETS: usize = 24;
        let rows = |set: usize| format!("set {set} ").repeat(200_000 * (set % 3));
        let expected: String = (0..SETS).map(rows).collect();
        for threads in [1, 2, 7] {
            let shared = Shared::default();
            let ordered = Ordered::new(Box::new(shared.clone()));
            let next = AtomicUsize::new(0);
            thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| {
                        loop {
                            let set = next.fetch_add(1, Ordering::Relaxed);
                            if set >= SETS {
                                break;
                            }
                            for chunk in rows(set).as_bytes().chunks(65_536) {
                                assert!(ordered.write(set, &mut chunk.to_vec()));
                            }
                            ordered.end(set);
                        }
                    });
                }
            });
            ordered.finish().unwrap();
            assert!(*shared.0.lock().unwrap() == expected.as_bytes(), "{threads} threads");
        }
    }

    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn after_an_error_nobody_waits_and_the_error_is_told() {
        let ordered = Ordered::new(Box::new(Full));
        assert!(!ordered.write(0, &mut b"row".to_vec()));
        assert!(!ordered.write(1, &mut vec![b'x'; PARKED_AT_MOST + 1]));
        ordered.end(0);
        ordered.end(1);
        assert_eq!(ordered.finish().unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
