//! Records of one log from the thread that reads to another that makes something of them.
//!
//! The state of reading runs from line to line, so a log is not cut into pieces: one thread unpacks, reads and cuts
//! it into records, the other takes them, in batches and in their order. The taker sees the very same records, so
//! what it makes does not depend on whether there was a second thread. Batches go round and are used again.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use logsift_engine::records::batch::{Needs, RecordBatch};
use logsift_engine::records::record::{Record, RecordSink, StreamId};

/// Batches that wait for the taker at most.
const WAITING: usize = 2;

/// Threads that nobody uses at the moment.
#[derive(Debug, Default)]
pub(super) struct Spare(AtomicUsize);

/// One of them, until it is let go.
#[derive(Debug)]
pub(super) struct Borrowed<'a>(&'a Spare);

impl Spare {
    pub(super) fn new(threads: usize) -> Spare {
        Spare(AtomicUsize::new(threads))
    }

    /// One more is free.
    pub(super) fn give(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn borrow(&self) -> Option<Borrowed<'_>> {
        let less = |threads: usize| threads.checked_sub(1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).ok().map(|_| Borrowed(self))
    }
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        self.0.give();
    }
}

/// Takes records on the thread that reads and passes them on.
#[derive(Debug)]
pub(super) struct Passing {
    needs: Needs,
    batch: RecordBatch,
    full: SyncSender<RecordBatch>,
    empty: Receiver<RecordBatch>,
    is_heard: bool,
}

/// Runs `read` here, with a sink that passes all on to `sink` on a thread of its own. Where the system gives no
/// thread, `Err` gives the sink back. A panic of the taker becomes one of the caller.
pub(super) fn staged<S: RecordSink + Send, T>(
    sink: S,
    needs: Needs,
    read: impl FnOnce(&mut Passing) -> T,
) -> Result<(T, S), S> {
    thread::scope(|scope| {
        let (full, filled) = sync_channel(WAITING);
        let (emptied, empty) = channel();
        // The sink follows only when there is a thread for it.
        let (hand_over, handed) = sync_channel::<S>(1);
        let taking = move || handed.recv().ok().map(|sink| take_all(sink, &filled, &emptied));
        let Ok(taker) = thread::Builder::new().spawn_scoped(scope, taking) else { return Err(sink) };
        if let Err(unsent) = hand_over.send(sink) {
            return Err(unsent.0);
        }
        let batch = RecordBatch::new(needs);
        let mut passing = Passing { needs, batch, full, empty, is_heard: true };
        let read = read(&mut passing);
        passing.pass_on();
        drop(passing);
        let sink = taker.join().unwrap_or_else(|panic| resume_unwind(panic));
        Ok((read, sink.expect("the sink was handed over")))
    })
}

fn take_all<S: RecordSink>(mut sink: S, filled: &Receiver<RecordBatch>, emptied: &Sender<RecordBatch>) -> S {
    for mut batch in filled {
        batch.replay(&mut sink);
        batch.clear();
        // At the end nobody wants it any more.
        let _ = emptied.send(batch);
    }
    sink
}

impl Passing {
    /// Whether anybody still takes what is passed on.
    pub(super) fn is_heard(&self) -> bool {
        self.is_heard
    }

    fn pass_on(&mut self) {
        let empty = self.empty.try_recv().unwrap_or_else(|_| RecordBatch::new(self.needs));
        let full = std::mem::replace(&mut self.batch, empty);
        self.is_heard &= self.full.send(full).is_ok();
    }
}

impl RecordSink for Passing {
    fn stream(&mut self, id: StreamId, name: &str) {
        self.batch.stream(id, name);
    }

    #[inline]
    fn record(&mut self, record: &Record<'_>) {
        self.batch.record(record);
        if self.batch.is_full() {
            self.pass_on();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use logsift_engine::reader::{Reader, Settings, SourceHint};
    use std::io::Read;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    /// Takes messages until one of them is too much.
    struct Messages(Vec<String>);

    impl RecordSink for Messages {
        fn record(&mut self, record: &Record<'_>) {
            assert!(record.message != b"too much", "as asked");
            self.0.push(String::from_utf8_lossy(record.message).into_owned());
        }
    }

    fn read(log: &[u8], passing: &mut Passing) {
        let mut reader = Reader::new(&Settings::default(), SourceHint::default());
        for mut rest in log.chunks(10_000) {
            while !rest.is_empty() {
                let count = rest.read(reader.space()).unwrap();
                reader.filled(count, passing);
            }
        }
        reader.finish(passing);
    }

    #[test]
    fn the_taker_gets_every_record_in_order() {
        for lines in [0, 1, 100, 40_000] {
            let log: Vec<String> = (0..lines).map(|line| format!("line {line} of the log")).collect();
            let text = log.iter().map(|line| format!("{line}\n")).collect::<String>();
            let (read, taken) =
                staged(Messages(Vec::new()), Needs::Message, |passing| read(text.as_bytes(), passing))
                    .unwrap_or_else(|_| panic!("there is no thread"));
            assert_eq!((read, taken.0 == log), ((), true), "{lines}");
        }
    }

    #[test]
    fn a_panic_of_the_taker_reaches_the_caller_and_nobody_waits() {
        let text = "one\ntoo much\n".to_owned() + &"another line\n".repeat(100_000);
        let both = AssertUnwindSafe(|| {
            let sink = Messages(Vec::new());
            let read = |passing: &mut Passing| {
                read(text.as_bytes(), passing);
                assert!(!passing.is_heard());
            };
            staged(sink, Needs::Everything, read).is_ok()
        });
        let panic = catch_unwind(both).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"as asked"));
    }

    #[test]
    fn a_thread_is_lent_to_one_at_a_time() {
        let spare = Spare::new(1);
        let first = spare.borrow();
        assert!(first.is_some() && spare.borrow().is_none());
        drop(first);
        assert!(spare.borrow().is_some());
    }
}
