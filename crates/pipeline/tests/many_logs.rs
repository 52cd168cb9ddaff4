//! Thousands of logs are taken in one by one: what a log costs does not grow with the number of those before it.

use std::time::{Duration, Instant};

use logsift_engine::records::record::StreamId;
use logsift_engine::records::time::Time;
use logsift_engine::templates::SkeletonId;
use logsift_engine::windows::{Gather, Gathered, Seen};

/// So many logs take a second or two; the square of them takes minutes.
const LOGS: u64 = 40_000;
const MOST: Duration = Duration::from_secs(30);

/// A record of one of three kinds, in one of two seconds.
fn gathered(log: u64) -> Gathered {
    let mut gather = Gather::default();
    gather.stream(StreamId(0), &format!("log {:05}", log * 7919 % LOGS));
    let time = Time::from_seconds(1_000_000 + (log % 2).cast_signed());
    let (stream, skeleton) = (StreamId(0), SkeletonId(log % 3));
    gather.add(&Seen { stream, skeleton, time, level: None, line: 1, offset: 0 }, std::iter::empty());
    gather.finish()
}

#[test]
fn what_a_log_costs_does_not_grow_with_those_before_it() {
    let begun = Instant::now();
    let mut sum = Gathered::default();
    (0..LOGS).for_each(|log| sum.append(gathered(log), log as u32));
    sum.settle();
    assert_eq!((sum.history.streams().len() as u64, sum.records), (LOGS, LOGS));
    assert_eq!(sum.history.cells().iter().map(|cell| cell.count).sum::<u64>(), LOGS);
    assert!(begun.elapsed() < MOST, "{:?}", begun.elapsed());
}
