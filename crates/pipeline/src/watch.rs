//! How far the reading has come, for whoever shows it; and the word to stop.
//!
//! Readers write here once per block, never per line, so that watching costs nothing.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Shared between the threads that read and the one that shows.
#[derive(Debug, Default)]
pub struct Watch {
    stored: AtomicU64,
    current: Mutex<String>,
    stopped: AtomicBool,
}

impl Watch {
    /// Stored bytes that were taken in: of packed files, the packed ones.
    pub fn stored_bytes(&self) -> u64 {
        self.stored.load(Ordering::Relaxed)
    }

    /// The log that was begun last.
    pub fn current(&self) -> String {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks all readers to end as if their logs had ended.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether the readers were asked to end.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    pub(crate) fn stored(&self) -> &AtomicU64 {
        &self.stored
    }

    pub(crate) fn begin(&self, log: &str) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.clear();
        current.push_str(log);
    }
}
