//! Records in any pieces and any order in, one history out: what may never depend on how a log was read.

use proptest::prelude::*;

use super::{Gather, Gathered, History, Seen, Timeline, TimelineSettings};
use crate::model::{Allowance, BlockReader, BlockWriter};
use crate::records::level::Level;
use crate::records::record::StreamId;
use crate::records::time::Time;
use crate::templates::{Facts, Miner, SkeletonId};

/// A record with at most two numbers.
type Given = (Seen, Vec<(u8, f64)>);
/// Its stream, its skeleton, its second and its numbers.
type Drawn = (u32, u64, i64, Vec<(u8, f64)>);

fn seen(stream: u32, skeleton: u64, second: Option<i64>, line: u64) -> Seen {
    Seen {
        stream: StreamId(stream),
        skeleton: SkeletonId(skeleton),
        time: second.and_then(Time::from_seconds),
        level: [None, Some(Level::Info), Some(Level::Error)][(line % 3) as usize],
        line,
        offset: line * 10,
    }
}

fn gathered(records: &[Given]) -> Gathered {
    gathered_at(0, records)
}

fn gathered_at(level: u32, records: &[Given]) -> Gathered {
    let mut gather = Gather::at_level(level);
    ["b", "a", "c"].iter().zip(0..).for_each(|(name, id)| gather.stream(StreamId(id), name));
    records.iter().for_each(|(seen, numbers)| gather.add(seen, numbers.iter().copied()));
    gather.finish()
}

fn timed_record() -> impl Strategy<Value = Drawn> {
    let value = prop_oneof![Just(0.0), Just(-0.0), -5.0..5.0f64, Just(f64::NAN), Just(f64::INFINITY)];
    (0..3u32, 0..4u64, -3..40i64, proptest::collection::vec((0..3u8, value), 0..3))
}

fn given(drawn: Vec<Drawn>) -> Vec<Given> {
    let number =
        |(line, (stream, skeleton, second, numbers))| (seen(stream, skeleton, Some(second), line), numbers);
    (1..).zip(drawn).map(number).collect()
}

fn written(history: &History) -> Vec<u8> {
    let mut block = BlockWriter::default();
    history.write(&mut block);
    block.bytes().to_vec()
}

fn read(bytes: &[u8]) -> Option<History> {
    let allowance = Allowance::for_input(bytes.len());
    let mut block = BlockReader::new(bytes, &allowance);
    let history = History::read(&mut block).ok()?;
    block.end().ok()?;
    Some(history)
}

proptest! {
    #[test]
    fn pieces_in_any_order_make_the_whole(
        drawn in proptest::collection::vec(timed_record(), 0..60),
        shuffle in proptest::collection::vec(any::<u32>(), 60),
        cuts in proptest::collection::vec(any::<bool>(), 60),
    ) {
        let records = given(drawn);
        let whole = gathered(&records);
        let mut shuffled: Vec<(u32, Given)> = shuffle.into_iter().zip(records).collect();
        shuffled.sort_by_key(|(place, _)| *place);
        let mut pieces: Vec<Vec<Given>> = vec![Vec::new()];
        for ((_, record), cut) in shuffled.into_iter().zip(cuts) {
            if cut {
                pieces.push(Vec::new());
            }
            pieces.last_mut().unwrap().push(record);
        }
        let mut sum = Gathered::default();
        pieces.iter().for_each(|piece| sum.absorb(gathered(piece), 0));
        prop_assert_eq!(&sum, &whole);
        let mut appended = Gathered::default();
        pieces.iter().for_each(|piece| appended.append(gathered(piece), 0));
        appended.settle();
        prop_assert_eq!(&appended, &whole);
        prop_assert_eq!(written(&sum.history.settled()), written(&whole.history.settled()));
    }

    #[test]
    fn intervals_that_are_long_from_the_start_are_as_if_they_were_made_longer(
        drawn in proptest::collection::vec(timed_record(), 0..60),
        untimed in 0..200u64,
        level in 0..6u32,
    ) {
        // Records before the first time get its interval.
        let before = (1..=untimed).map(|line| (seen(0, line % 3, None, line), Vec::new()));
        let records: Vec<Given> = before.chain(given(drawn)).collect();
        let mut widened = gathered(&records);
        widened.history.widen(level);
        prop_assert_eq!(gathered_at(level, &records), widened);
    }

    #[test]
    fn what_is_written_is_read(drawn in proptest::collection::vec(timed_record(), 0..60)) {
        let history = gathered(&given(drawn)).history.settled();
        prop_assert_eq!(read(&written(&history)), Some(history));
    }

    #[test]
    fn any_bytes_are_a_history_or_none(
        drawn in proptest::collection::vec(timed_record(), 0..6),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = written(&gathered(&given(drawn)).history.settled());
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Some(history) = read(&bytes) {
            let settled = history.clone().settled();
            prop_assert_eq!(read(&written(&settled)), Some(settled));
            let templates = Miner::default().templates();
            let past = Timeline::of(Some(&history), Gathered::default(), &templates, &TimelineSettings::default());
            prop_assert!(past.intervals.is_empty(), "no template is known");
        }
    }

    #[test]
    fn a_timeline_accounts_for_every_record(
        drawn in proptest::collection::vec((0..3u32, 0..4usize, -5_000..500_000i64), 1..200),
        level in prop_oneof![Just(None), (0..30u32).prop_map(Some)],
    ) {
        let messages = ["opened <a>", "state is red", "state is blue", "gone 5"];
        let mut miner = Miner::default();
        let records: Vec<Given> = (1..)
            .zip(&drawn)
            .map(|(line, (stream, message, second))| {
                let skeleton = miner.add(messages[*message].as_bytes(), &Facts::default());
                (seen(*stream, skeleton.0, Some(*second), line), Vec::new())
            })
            .collect();
        let templates = miner.templates();
        let read = gathered(&records);
        let past = read.history.clone().settled();
        let timeline = Timeline::of(Some(&past), read, &templates, &TimelineSettings { level, longest: None });
        let count = drawn.len() as u64;
        let of = |intervals: &[super::Interval]| {
            let windows = intervals.iter().flat_map(|interval| &interval.windows);
            windows.map(|window| window.records).sum::<u64>()
        };
        prop_assert_eq!(of(&timeline.intervals[..timeline.past]), count);
        prop_assert_eq!(of(&timeline.intervals[timeline.past..]), count);
        prop_assert_eq!(timeline.templates.iter().map(|facts| facts.count).sum::<u64>(), count);
        prop_assert_eq!(timeline.templates.iter().map(|facts| facts.known).sum::<u64>(), count);
        prop_assert_eq!(timeline.streams.iter().map(|stream| stream.records).sum::<u64>(), 2 * count);
        for part in [&timeline.intervals[..timeline.past], &timeline.intervals[timeline.past..]] {
            prop_assert!(part.is_sorted_by(|one, other| one.number < other.number));
        }
        for interval in &timeline.intervals {
            prop_assert!(interval.windows.is_sorted_by(|one, other| one.stream < other.stream));
            for window in &interval.windows {
                prop_assert!(window.cells.is_sorted_by(|one, other| one.template < other.template));
                prop_assert_eq!(window.cells.iter().map(|cell| cell.count).sum::<u64>(), window.records);
                for cell in &window.cells {
                    prop_assert!(cell.shapes.is_sorted_by(|one, other| one < other), "each of them once");
                }
            }
        }
    }
}

/// The intervals of a log with a record at each of these seconds, and how many records they hold.
fn intervals(seconds: &[Option<i64>]) -> Vec<(i64, u64)> {
    let records: Vec<Given> =
        (1..).zip(seconds).map(|(line, second)| (seen(0, 7, *second, line), Vec::new())).collect();
    gathered(&records).history.cells().iter().map(|cell| (cell.interval, cell.count)).collect()
}

#[test]
fn clocks_go_as_they_like() {
    let check = |seconds: &[Option<i64>], wanted: &[(i64, u64)]| {
        assert_eq!(intervals(seconds), wanted, "{seconds:?}");
    };
    check(&[], &[]);
    check(&[Some(10), Some(10), Some(11)], &[(10, 2), (11, 1)]);
    // Backwards and forwards again.
    check(&[Some(10), Some(4), Some(10), Some(2_000_000_000)], &[(4, 1), (10, 2), (2_000_000_000, 1)]);
    // One that comes late, and what belongs to it; and a clock that was set back.
    check(&[Some(10), Some(4), None, Some(10), None], &[(4, 2), (10, 3)]);
    let back: Vec<Option<i64>> = [Some(10)].into_iter().chain([Some(4), None].repeat(20)).collect();
    check(&back, &[(4, 40), (10, 1)]);
    // Without a time it is as old as the one before, and before the first time as old as that.
    check(&[None, None, Some(10), None, Some(12), None], &[(10, 4), (12, 2)]);
    check(&[Some(0), None], &[(0, 2)]);
    check(&[None], &[(0, 1)]);
}

/// A clock that is wrong now and then, in either direction, in a log so long that its cells are added up many times.
#[test]
fn what_comes_late_is_added_up_with_its_interval() {
    let second = |line: i64| match line {
        line if line % 97 == 0 => line * 31 % 40_000,
        line if line % 9_001 == 0 => 3_000_000 + line,
        line => 1_000_000 + line * 2 / 3,
    };
    let records: Vec<Given> = (1..400_000)
        .map(|line| (seen(0, line as u64 % 5, Some(second(line)), line as u64), vec![(0, line as f64)]))
        .collect();
    let mut in_order = records.clone();
    in_order.sort_by_key(|(seen, _)| seen.time);
    let as_it_came = gathered(&records);
    assert!(as_it_came.history.level() >= 2, "{}", as_it_came.history.level());
    assert_eq!(as_it_came, gathered(&in_order));
}

/// Cells of what comes late become so many that intervals are widened, while another is at hand.
#[test]
fn intervals_may_be_widened_by_what_comes_late() {
    let late = |line: i64| (line % 3 == 1).then_some(line);
    let second = |line: i64| late(line).unwrap_or(5_000_001);
    let time = |line: i64| (line % 3 != 2).then(|| second(line));
    let of = |line: i64, second| (seen(0, line as u64 % 5, second, line as u64), vec![(0, line as f64)]);
    let records: Vec<Given> = (0..600_000).map(|line| of(line, time(line))).collect();
    let as_it_came = gathered(&records);
    assert!(as_it_came.history.level() >= 1);
    // What has no time is as old as what came before it.
    let mut in_order: Vec<Given> = (0..600_000)
        .map(|line| of(line, Some(second(if line % 3 == 2 { line - 1 } else { line }))))
        .collect();
    in_order.sort_by_key(|(seen, _)| seen.time);
    assert_eq!(as_it_came, gathered(&in_order));
}

#[test]
fn a_log_without_times_is_cut_into_blocks() {
    let blocks = intervals(&[None; 1000]);
    assert_eq!(blocks.len(), 16);
    assert_eq!(blocks.iter().map(|(_, count)| count).sum::<u64>(), 1000);
    assert!(blocks[1..15].iter().all(|(_, count)| *count == 64), "{blocks:?}");
}

#[test]
fn intervals_grow_when_there_are_too_many_cells() {
    for timed in [true, false] {
        let mut gather = Gather::default();
        gather.stream(StreamId(0), "long");
        let count = 500_000;
        for line in 0..count {
            // Every block of records has as many skeletons as records.
            let second = timed.then_some(1_000_000_000 + line as i64);
            gather.add(&seen(0, line % 64, second, line), std::iter::empty());
        }
        let gathered = gather.finish();
        let cells = gathered.history.cells();
        assert!(gathered.history.level() >= 2, "{}", gathered.history.level());
        assert!(cells.len() <= 1 << 17);
        assert_eq!(cells.iter().map(|cell| cell.count).sum::<u64>(), count);
        assert!(cells.is_sorted_by(|one, other| one.key() < other.key()));
        let last = if timed { 1_000_000_000 + count as i64 - 1 } else { count as i64 >> 6 };
        assert_eq!(cells.last().unwrap().interval, last >> gathered.history.level());
    }
}

#[test]
fn histories_of_other_levels_meet_at_the_wider_one() {
    let mut records: Vec<Given> = Vec::new();
    (0..200).for_each(|line| records.push((seen(0, 1, Some(line as i64), line), Vec::new())));
    let fine = gathered(&records).history;
    let mut coarse = fine.clone();
    coarse.widen_to(4);
    coarse.settle();
    let (mut one, mut two) = (fine.clone(), coarse.clone());
    one.absorb(coarse);
    two.absorb(fine);
    assert_eq!(one, two);
    assert_eq!((one.level(), one.cells().len()), (4, 13));
    assert_eq!(one.cells()[0].count, 32);
}

#[test]
fn streams_of_one_name_are_one() {
    let of = |names: &[&str]| {
        let mut gather = Gather::default();
        for (name, id) in names.iter().zip(0..) {
            gather.stream(StreamId(id), name);
            gather.add(&seen(id, 1, Some(5), u64::from(id)), std::iter::empty());
        }
        gather.finish().history
    };
    for (one, other) in [(vec!["a", "b", "a"], vec!["b", "b"]), (vec!["b", "b"], vec!["a", "b", "a"])] {
        let mut sum = History::default();
        sum.absorb(of(&one));
        sum.absorb(of(&other));
        let mut begun_raw = of(&one);
        begun_raw.absorb(of(&other));
        for history in [sum, begun_raw] {
            let settled = history.settled();
            assert_eq!(settled.streams(), ["a", "b"]);
            let counts: Vec<u64> = settled.cells().iter().map(|cell| cell.count).collect();
            assert_eq!(counts, [2, 3]);
        }
    }
}

#[test]
fn an_untimed_log_beside_a_timed_one_does_not_stretch_the_intervals() {
    let mut miner = Miner::default();
    let skeleton = miner.add(b"hello", &Facts::default()).0;
    let record = |second: Option<i64>| {
        move |line: u64| (seen(0, skeleton, second.map(|from| from + line as i64), line), Vec::new())
    };
    let timed: Vec<Given> = (0..4_000).map(record(Some(1_700_000_000))).collect();
    let untimed: Vec<Given> = (0..4_000).map(record(None)).collect();
    let mut both = gathered(&timed);
    both.absorb(gathered(&untimed), 1);
    let timeline = Timeline::of(None, both, &miner.templates(), &TimelineSettings::default());
    assert_eq!(timeline.seconds, 16);
    assert!(timeline.timed);
}
