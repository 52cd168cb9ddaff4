//! The journal in, what is unusual out.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use logsift_stores::journal::{Tail, Turn};

use super::counted::Shared;

/// How long is waited for lines.
const PATIENCE: Duration = Duration::from_millis(250);

/// Reads the journal.
pub(super) struct Judge {
    shared: Arc<Shared>,
    tail: Tail,
}

impl Judge {
    pub(super) fn new(shared: Arc<Shared>, journal: PathBuf, segment: u64) -> Judge {
        Judge { shared, tail: Tail::new(&journal, segment) }
    }

    /// Works until all ends and nothing waits.
    pub(super) fn run(mut self) {
        loop {
            let (mark, last) = {
                let progress = self.shared.progress();
                (progress.mark, progress.kept_all)
            };
            let (mut lines, mut bytes) = (0, 0);
            while let Ok(turn) = self.tail.turn(mark) {
                match turn {
                    Turn::Lines(_, frame) => {
                        lines += frame.count;
                        bytes += frame.bytes.len() as u64;
                    }
                    Turn::Sealed(_) => {}
                    Turn::End => break,
                }
            }
            let mut progress = self.shared.progress();
            progress.read.0 += lines;
            progress.read.1 += bytes;
            progress.caught_up = true;
            progress.answered = progress.asked;
            self.shared.room.notify_all();
            self.shared.moved.notify_all();
            if last && bytes == 0 {
                return;
            }
            let waited = self.shared.moved.wait_timeout(progress, PATIENCE);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
            self.shared.renew_ready();
        }
    }
}
