//! Records of one log in, counts by minute, stream and level out.
//!
//! People look at volume by the minute, whatever intervals detectors want. They are gathered as cells are: with minutes
//! for seconds and levels for skeletons, so they are bounded and become one in any order as cells do.

use logsift_engine::records::level::Level;
use logsift_engine::records::record::StreamId;
use logsift_engine::records::time::Time;
use logsift_engine::templates::SkeletonId;
use logsift_engine::windows::{Gather, Gathered, Seen};

/// Counts the records of one log.
#[derive(Clone, Debug, Default)]
pub(crate) struct MinuteGather {
    gather: Gather,
}

impl MinuteGather {
    pub(crate) fn stream(&mut self, id: StreamId, name: &str) {
        self.gather.stream(id, name);
    }

    #[inline]
    pub(crate) fn add(&mut self, stream: StreamId, time: Option<Time>, level: Option<Level>) {
        let minute = |time: Time| Time::from_seconds(time.seconds().div_euclid(60));
        let seen = Seen {
            stream,
            skeleton: SkeletonId(level.map_or(0, |level| level as u64 + 1)),
            time: time.and_then(minute),
            level,
            line: 0,
            offset: 0,
        };
        self.gather.add(&seen, std::iter::empty());
    }

    /// The log has ended. Records of a log without any time are of no minute.
    pub(crate) fn finish(self) -> MinuteCounts {
        let gathered = self.gather.finish();
        if gathered.timed { MinuteCounts { gathered } } else { MinuteCounts::default() }
    }
}

/// Counts of many logs.
#[derive(Clone, Debug, Default)]
pub(crate) struct MinuteCounts {
    gathered: Gathered,
}

/// Records of a stream and a level within a minute.
pub(crate) struct MinuteCount<'a> {
    /// Minutes since 1970.
    pub(crate) minute: i64,
    pub(crate) stream: &'a str,
    pub(crate) level: Option<Level>,
    pub(crate) records: u64,
}

impl MinuteCounts {
    /// Takes in those of one more log.
    pub(crate) fn append(&mut self, other: MinuteCounts, log: u32) {
        self.gathered.append(other.gathered, log);
    }

    /// Adds up what was appended.
    pub(crate) fn settle(&mut self) {
        self.gathered.settle();
    }

    pub(crate) fn bytes(&self) -> usize {
        self.gathered.history.bytes()
    }

    /// All of them, in the order of time. Where there are too many minutes, the first stands for several.
    pub(crate) fn each(&self) -> impl Iterator<Item = MinuteCount<'_>> {
        let history = &self.gathered.history;
        history.cells().iter().map(|cell| MinuteCount {
            minute: cell.interval << history.level(),
            stream: history.streams().get(cell.stream as usize).map_or("", String::as_str),
            level: cell.gravest,
            records: cell.count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The minutes of records with these seconds and levels, of two logs.
    fn counted(logs: [&[(Option<i64>, Option<Level>)]; 2]) -> Vec<(i64, String, Option<Level>, u64)> {
        let mut counts = MinuteCounts::default();
        for (records, log) in logs.into_iter().zip(0..) {
            let mut gather = MinuteGather::default();
            gather.stream(StreamId(0), "app");
            for (second, level) in records {
                gather.add(StreamId(0), second.and_then(Time::from_seconds), *level);
            }
            counts.append(gather.finish(), log);
        }
        counts.settle();
        counts.each().map(|one| (one.minute, one.stream.to_owned(), one.level, one.records)).collect()
    }

    #[test]
    fn every_level_of_a_minute_is_counted_by_itself() {
        let (info, error) = (Some(Level::Info), Some(Level::Error));
        let one: &[_] = &[(None, info), (Some(-1), info), (Some(0), info), (Some(59), error), (None, error)];
        let other: &[_] = &[(Some(61), None), (Some(3), info)];
        let row = |minute, level, records| (minute, "app".to_owned(), level, records);
        assert_eq!(
            counted([one, other]),
            [row(-1, info, 2), row(0, info, 2), row(0, error, 2), row(1, None, 1)]
        );
        assert_eq!(counted([&[(None, info)], &[]]), []);
        assert_eq!(counted([&[(None, info)], &[(Some(61), error)]]), [row(1, error, 1)]);
    }
}
