//! A log in, what its records are and when out, one by one and in their order.

use std::path::Path;

use logsift_engine::reader::{Reader, Settings};
use logsift_engine::records::record::{Record, RecordSink};
use logsift_pipeline::batch::{Consumer, Factory, Job, LogStart, read};
use logsift_pipeline::watch::Watch;
use logsift_sources::NoticeKind;

use crate::error::EvalError;
use crate::lone;
use crate::table::shown;

/// What `make` makes of every record.
pub(super) fn each<T: Send>(
    log: &Path,
    threads: usize,
    watch: &Watch,
    make: impl Fn(&Record<'_>) -> T + Sync,
) -> Result<Vec<T>, EvalError> {
    let reader = Settings::new();
    let job = Job { reader: &reader, streams: None, threads, watch };
    let mut made = Vec::new();
    for set in read(&lone::planned(log), &job, &Making { make: &make }) {
        let unread = set.notices.into_iter().find(|notice| notice.kind != NoticeKind::Noted);
        if let Some(notice) = unread {
            return Err(EvalError::Unreadable { file: notice.name, reason: notice.text });
        }
        if let Some(failure) = set.failures.into_iter().next() {
            return Err(EvalError::Unreadable { file: failure.name, reason: failure.text });
        }
        made.extend(set.logs.into_iter().map(|log| log.output));
    }
    if made.len() > 1 {
        let reason = "holds more than one log\nhint: unpack it and name one of them".to_owned();
        return Err(EvalError::Unreadable { file: shown(log), reason });
    }
    Ok(made.pop().unwrap_or_default())
}

struct Making<'a, F> {
    make: &'a F,
}

impl<'a, T: Send, F: Fn(&Record<'_>) -> T + Sync> Factory for Making<'a, F> {
    type Consumer = Made<'a, T, F>;

    fn consumer(&self, _: &LogStart<'_>) -> Made<'a, T, F> {
        Made { make: self.make, made: Vec::new() }
    }
}

struct Made<'a, T, F> {
    make: &'a F,
    made: Vec<T>,
}

impl<T: Send, F: Fn(&Record<'_>) -> T + Sync> RecordSink for Made<'_, T, F> {
    fn record(&mut self, record: &Record<'_>) {
        self.made.push((self.make)(record));
    }
}

impl<T: Send, F: Fn(&Record<'_>) -> T + Sync> Consumer for Made<'_, T, F> {
    type Output = Vec<T>;

    fn finish(self, _: &Reader) -> Vec<T> {
        self.made
    }
}
