//! Lines that wait in, the same on the disk out, and everybody told who waits for it.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use logsift_stores::journal::{Journal, Known, Mark};

use super::counted::{Append, Shared, Then, now};
use super::handle::Lost;

/// How long is waited after a write that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// Keeps what comes in.
pub(super) struct Keeper {
    pub(super) shared: Arc<Shared>,
    pub(super) journal: Journal,
    pub(super) known: Known,
}

impl Keeper {
    /// Works until all ends and nothing waits.
    pub(super) fn run(mut self) {
        while let Some(batch) = self.next() {
            self.keep(batch);
        }
        self.shared.progress().kept_all = true;
        self.shared.moved.notify_all();
    }

    /// All that waits; nothing where no more will come.
    fn next(&mut self) -> Option<Vec<Append>> {
        let mut intake = self.shared.intake();
        while intake.queue.is_empty() && !intake.seals {
            if intake.closed {
                return None;
            }
            let (held, _) = self
                .shared
                .came
                .wait_timeout(intake, Duration::from_millis(500))
                .unwrap_or_else(PoisonError::into_inner);
            intake = held;
        }
        if std::mem::take(&mut intake.seals) {
            self.journal.end_segment();
        }
        Some(intake.queue.drain(..).collect())
    }

    fn keep(&mut self, batch: Vec<Append>) {
        let received = now();
        let (mut lines, mut bytes, mut waiting): (u64, u64, Vec<Then>) = (0, 0, Vec::new());
        let (mut stored, known) = ((0, 0), &mut self.known);
        let mut grew = BTreeSet::new();
        for append in batch {
            let Append { source, file, lines: text, ends, .. } = &append;
            // What is written may be longer or shorter than what came: both sides count what is written.
            self.journal.add(source, received, *file, text, *ends, &mut |written| {
                stored = (stored.0 + written.count, stored.1 + written.bytes.len() as u64);
                grew.insert(known.came(source, written));
            });
            (lines, bytes) = (lines + append.count, bytes + append.lines.len() as u64);
            waiting.extend(append.then);
        }
        let kept = self.commit();
        {
            let mut intake = self.shared.intake();
            let mut progress = self.shared.progress();
            intake.bytes = intake.bytes.saturating_sub(bytes);
            intake.lines = intake.lines.saturating_sub(lines);
            if let Some(mark) = kept {
                progress.mark = mark;
                progress.kept.0 += stored.0;
                progress.kept.1 += stored.1;
            }
        }
        if kept.is_some() {
            self.tell_sources(&grew);
        } else {
            self.shared.drop_lines("lost-at-stop", lines);
        }
        self.shared.moved.notify_all();
        self.shared.room.notify_all();
        let result = kept.map(|_| ()).ok_or(Lost);
        waiting.into_iter().for_each(|then| then(result));
    }

    /// Only those that grew and those that are new: where there are thousands, looking through all of them for each line
    /// would take most of the time.
    fn tell_sources(&self, grew: &BTreeSet<usize>) {
        let mut told = self.shared.sources();
        for at in grew {
            if let (Some(before), Some(state)) = (told.get_mut(*at), self.known.sources.get(*at)) {
                before.clone_from(state);
            }
        }
        let new = self.known.sources.get(told.len()..).unwrap_or_default();
        told.extend_from_slice(new);
    }

    /// Tries until it is done or all ends.
    fn commit(&mut self) -> Option<Mark> {
        loop {
            match self.journal.commit() {
                Ok(mark) => {
                    let was_unsaved = self.shared.progress().unsaved.take().is_some();
                    if was_unsaved {
                        self.shared.renew_ready();
                    }
                    return Some(mark);
                }
                Err(error) => {
                    self.shared.progress().unsaved = Some(error.to_string());
                    self.shared.renew_ready();
                    if self.shared.is_stopping() {
                        return None;
                    }
                    std::thread::sleep(PAUSE);
                }
            }
        }
    }
}
