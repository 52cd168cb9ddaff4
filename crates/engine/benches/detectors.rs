//! What counting records and looking at intervals cost: `cargo bench -p logsift-engine --bench detectors`.
//!
//! `gather` counts records, `detectors` counts cells: a stream, a template and an interval, however many records.

use divan::Bencher;
use divan::counter::ItemsCount;
use logsift_engine::detectors::{Detector, EvidenceList, all};
use logsift_engine::meaning::Meaning;
use logsift_engine::records::level::Level;
use logsift_engine::records::record::StreamId;
use logsift_engine::records::time::Time;
use logsift_engine::templates::{SkeletonId, TemplateId};
use logsift_engine::windows::{
    Extremes, Gather, Interval, Numbers, Place, Seen, Stream, TemplateFacts, Timeline, TimelineCell, Window,
};

fn main() {
    divan::main();
}

const RECORDS: u64 = 100_000;

fn mixed(value: u64) -> u64 {
    let mixed = (value ^ value >> 31).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ mixed >> 29
}

/// Records of four streams and some dozen skeletons, few of them frequent, so many a second.
fn records(a_second: u64) -> Vec<Seen> {
    let record = |line: u64| {
        let chance = mixed(line);
        Seen {
            stream: StreamId((chance % 4) as u32),
            skeleton: SkeletonId(mixed(4 * u64::from(chance.leading_zeros()) + (chance >> 8) % 4)),
            time: Time::from_seconds(1_700_000_000 + (line / a_second) as i64),
            level: Some(Level::Info),
            line,
            offset: line * 100,
        }
    };
    (0..RECORDS).map(record).collect()
}

/// How many records a second: the fewer there are, the more intervals begin.
#[divan::bench(args = [1, 100, 10_000])]
fn gather(bencher: Bencher<'_, '_>, a_second: u64) {
    let records = records(a_second);
    bencher.counter(ItemsCount::new(RECORDS)).bench_local(|| {
        let mut gather = Gather::default();
        records.iter().for_each(|seen| gather.add(seen, std::iter::empty()));
        gather.finish()
    });
}

#[divan::bench]
fn gather_with_two_numbers(bencher: Bencher<'_, '_>) {
    let records = records(10_000);
    bencher.counter(ItemsCount::new(RECORDS)).bench_local(|| {
        let mut gather = Gather::default();
        for seen in &records {
            gather.add(seen, [(0, seen.line as f64), (1, 7.0)].into_iter());
        }
        gather.finish()
    });
}

const INTERVALS: u64 = 500;
const STREAMS: u64 = 8;
const TEMPLATES: u64 = 50;

fn cell(interval: u64, stream: u64, template: u64) -> TimelineCell {
    let chance = mixed(interval << 20 | stream << 10 | template);
    let place = Place { log: 0, line: interval, offset: 0 };
    let extremes = Extremes::of(0, (chance >> 7) as f64 % 1000.0, place);
    TimelineCell {
        template: template as u32,
        count: 1 + chance % (template + 1),
        shapes: vec![template, chance % 3 + 100 * template],
        gravest: Some(if template % 10 == 3 { Level::Warn } else { Level::Info }),
        first: Some(place),
        numbers: vec![Numbers { shape: template, extremes }],
    }
}

fn window(interval: u64, stream: u64) -> Window {
    // Nine in ten templates are in each window.
    let shown =
        (0..TEMPLATES).filter(|template| !mixed(interval * 31 + stream * 7 + template).is_multiple_of(10));
    let cells: Vec<TimelineCell> = shown.map(|template| cell(interval, stream, template)).collect();
    Window { stream: stream as u32, records: cells.iter().map(|cell| cell.count).sum(), cells }
}

fn timeline() -> Timeline {
    let facts = |nth: u64| TemplateFacts {
        id: TemplateId(nth),
        text: format!("message number {nth} of <number>"),
        meaning: Meaning::default(),
        gravest: None,
        count: 0,
        known: 0,
        returned: false,
    };
    let interval = |nth: u64| Interval {
        number: nth as i64,
        windows: (0..STREAMS).map(|stream| window(nth, stream)).collect(),
    };
    let mut timeline = Timeline::default();
    timeline.seconds = 64;
    timeline.timed = true;
    timeline.streams = (0..STREAMS).map(|nth| Stream { name: format!("s{nth}"), records: 0 }).collect();
    timeline.templates = (0..TEMPLATES).map(facts).collect();
    timeline.intervals = (0..INTERVALS).map(interval).collect();
    timeline
}

fn run(detectors: &mut [Box<dyn Detector>], timeline: &Timeline) -> EvidenceList {
    let mut found = EvidenceList::new();
    for interval in &timeline.intervals {
        detectors.iter_mut().for_each(|detector| detector.score(interval, timeline, &mut found));
        detectors.iter_mut().for_each(|detector| detector.learn(interval, timeline));
    }
    found
}

fn cells(timeline: &Timeline) -> ItemsCount {
    let windows = timeline.intervals.iter().flat_map(|interval| &interval.windows);
    ItemsCount::new(windows.map(|window| window.cells.len()).sum::<usize>())
}

#[divan::bench]
fn all_detectors(bencher: Bencher<'_, '_>) {
    let timeline = timeline();
    bencher.counter(cells(&timeline)).with_inputs(all).bench_local_values(|mut all| run(&mut all, &timeline));
}

#[divan::bench(args = all().iter().map(|detector| detector.card().kind).collect::<Vec<_>>())]
fn each_detector(bencher: Bencher<'_, '_>, kind: &str) {
    let timeline = timeline();
    let one = || all().into_iter().filter(|detector| detector.card().kind == kind).collect::<Vec<_>>();
    bencher.counter(cells(&timeline)).with_inputs(one).bench_local_values(|mut one| run(&mut one, &timeline));
}
