//! What a stamp and a level cost: `cargo bench -p logsift-engine --bench timestamp`.
//!
//! Every figure is for a block of 1000 lines whose seconds go on as a log's do.

use divan::{Bencher, black_box};
use logsift_engine::records::clock::Clock;
use logsift_engine::records::level::Level;
use logsift_engine::records::timestamp::{Shape, find};
use logsift_engine::records::zone::{Zone, ZoneOrigin};

const SHAPES: [&str; 10] = [
    "2015-10-18 HH:MM:SS,978 INFO [main] x",
    "2015-10-18THH:MM:SS.123456Z INFO x",
    "2015-10-18THH:MM:SS.123456789+02:00 INFO x",
    "2005-06-03-15.42.50.675872 R02-M1",
    "081109 203615 148 INFO dfs.DataNode",
    "Dec 10 HH:MM:SS LabSZ sshd[24200]: x",
    "10/Oct/2000:HH:MM:SS -0700] GET /",
    "Sun Dec 04 HH:MM:SS 2005] [notice] x",
    "20171223-22:15:29:606|Step_LSC|30002312",
    "1700000000.123 some message",
];

fn main() {
    divan::main();
}

fn lines(shape: &str) -> Vec<String> {
    let clock = |second: u32| format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
    (0..1000).map(|second| shape.replace("HH:MM:SS", &clock(10_000 + second))).collect()
}

fn shape_of(lines: &[String]) -> Shape {
    Shape::detect(lines[0].as_bytes()).expect("every line of the list begins with a stamp").0
}

#[divan::bench(args = SHAPES)]
fn clock(bencher: Bencher<'_, '_>, shape: &str) {
    read_with(bencher, shape, Zone::default());
}

#[divan::bench(args = [SHAPES[0]])]
fn clock_in_a_named_zone(bencher: Bencher<'_, '_>, shape: &str) {
    let zone = Zone::from_words("Europe/Berlin", ZoneOrigin::Flag).expect("the zone exists");
    read_with(bencher, shape, zone);
}

fn read_with(bencher: Bencher<'_, '_>, shape: &str, zone: Zone) {
    let lines = lines(shape);
    let clock = Clock::new(shape_of(&lines), zone, None);
    bencher.with_inputs(|| clock.clone()).bench_local_values(|mut clock| {
        for line in &lines {
            black_box(clock.read(black_box(line.as_bytes())));
        }
    });
}

#[divan::bench(args = SHAPES)]
fn parse(bencher: Bencher<'_, '_>, shape: &str) {
    let lines = lines(shape);
    let shape = shape_of(&lines);
    bencher.bench_local(|| {
        for line in &lines {
            black_box(shape.parse(black_box(line.as_bytes())));
        }
    });
}

#[divan::bench(args = ["2015-10-18 HH:MM:SS,978 INFO [main] x", "Dec 10 HH:MM:SS LabSZ x", "no stamp in this line of 40 letters"])]
fn search(bencher: Bencher<'_, '_>, shape: &str) {
    let lines = lines(shape);
    bencher.bench_local(|| {
        for line in &lines {
            black_box(find(black_box(line.as_bytes()), 64).next());
        }
    });
}

#[divan::bench(args = ["INFO", "warning", "Error", "fatal", "Informational", "RAS"])]
fn level(bencher: Bencher<'_, '_>, word: &str) {
    bencher.bench_local(|| {
        for _ in 0..1000 {
            black_box(Level::from_word(black_box(word.as_bytes())));
        }
    });
}
