//! Logs with a fault in, the detector that is made for it out, at the right place, once, and in words.

use super::simulation::{Law, Simulation, shown};
use super::{Detector, Evidence, Subject, all};
use crate::records::level::Level;
use crate::windows::{Extremes, Numbers};

/// The interval at which every fault begins.
const FAULT: i64 = 600;

fn detector(kind: &str) -> Box<dyn Detector> {
    all().into_iter().find(|detector| detector.card().kind == kind).unwrap()
}

fn of_stream(stream: u32) -> Subject {
    Subject { stream: Some(stream), ..Subject::default() }
}

fn of(stream: u32, template: u32) -> Subject {
    Subject { template: Some(template), ..of_stream(stream) }
}

/// Two streams that write three templates each, as always.
fn usual(seed: u64, until: i64) -> Simulation {
    let mut simulation = Simulation::new(seed, 2, 8);
    (0..until).for_each(|number| simulation.quiet(number, Law::Bursty, &[20.0, 5.0, 1.0]));
    simulation
}

/// Goes on as always, with a fault.
fn then(simulation: &mut Simulation, until: i64, fault: &mut dyn FnMut(&mut Simulation, i64)) {
    let from = simulation.timeline.intervals.last().unwrap().number + 1;
    for number in from..until {
        simulation.quiet(number, Law::Bursty, &[20.0, 5.0, 1.0]);
        fault(simulation, number);
    }
}

/// The evidence about the subject since the fault, which must be there, with the words that explain it.
fn found(kind: &str, simulation: &Simulation, subject: Subject, least: f64) -> (Vec<Evidence>, String) {
    let mut detector = detector(kind);
    let all = shown(detector.as_mut(), &simulation.timeline, 9.0);
    let late: Vec<Evidence> = all
        .into_iter()
        .filter(|evidence| {
            evidence.interval >= FAULT && evidence.subject == subject && evidence.surprise > least
        })
        .collect();
    let first = late.first().unwrap_or_else(|| panic!("{kind} says nothing about {subject:?}"));
    assert_eq!(first.kind, kind);
    assert!(first.place.is_some(), "{kind} points at no record");
    let explained = detector.explain(first, &simulation.timeline);
    assert!(!explained.sentence.ends_with('.') && !explained.figures.is_empty());
    (late, explained.sentence)
}

#[test]
fn a_new_template_is_new_once() {
    let mut simulation = usual(1, FAULT);
    then(&mut simulation, 640, &mut |simulation, number| {
        simulation.put(number, 1, 7, 1);
    });
    let (evidence, words) = found("new-template", &simulation, of(1, 7), 5.0);
    assert_eq!(evidence.len(), 1, "{evidence:#?}");
    assert_eq!(evidence[0].interval, FAULT);
    assert!(words.starts_with("first of its shape in 10 h; one is to be expected every "), "{words}");
}

#[test]
fn a_log_that_always_brings_new_templates_is_not_surprised() {
    let mut simulation = Simulation::new(3, 1, 200);
    for number in 0..1000 {
        simulation.quiet(number, Law::Poisson, &[20.0]);
        if number % 7 == 3 {
            simulation.put(number, 0, 1 + (number / 7) as u32, 1);
        }
    }
    let mut detector = detector("new-template");
    let found = shown(detector.as_mut(), &simulation.timeline, f64::INFINITY);
    assert!(found.iter().all(|evidence| evidence.surprise < 5.0), "{found:#?}");
}

#[test]
fn what_is_rare_returns() {
    let mut simulation = usual(2, 10);
    simulation.put(10, 0, 5, 1);
    then(&mut simulation, FAULT, &mut |_, _| ());
    simulation.put(FAULT, 0, 5, 2);
    simulation.put(FAULT, 0, 0, 2);
    let (evidence, words) = found("rare-template", &simulation, of(0, 5), 5.0);
    assert_eq!(evidence.len(), 1);
    assert_eq!(words, "2 times; before that in one interval only, in 10 h");
}

#[test]
fn a_flood_and_a_drought_are_changes_of_rate() {
    let mut simulation = usual(3, FAULT);
    then(&mut simulation, 603, &mut |simulation, number| {
        simulation.put(number, 0, 1, 9_000);
    });
    let (evidence, words) = found("rate-change", &simulation, of(0, 1), 9.0);
    assert_eq!(evidence.len(), 3, "while it lasts and is not learned");
    assert!(words.starts_with("9,0") && words.contains(" times in 64 s; usually "), "{words}");

    let mut simulation = Simulation::new(4, 1, 1);
    (0..FAULT).for_each(|number| simulation.quiet(number, Law::Poisson, &[400.0]));
    simulation.put(FAULT, 0, 0, 9);
    simulation.put(FAULT + 1, 0, 0, 9);
    let (evidence, words) = found("rate-change", &simulation, of(0, 0), 12.0);
    assert_eq!(evidence.len(), 1, "the last interval may be cut short");
    assert!(words.starts_with("9 times in 64 s; usually "), "{words}");
}

#[test]
fn the_rest_of_an_interval_is_no_drought() {
    let told_low = |past: usize| {
        let mut simulation = Simulation::new(4, 1, 1);
        (0..FAULT).for_each(|number| simulation.quiet(number, Law::Poisson, &[400.0]));
        (FAULT..FAULT + 3).for_each(|number| {
            simulation.put(number, 0, 0, 9);
        });
        simulation.timeline.past = past;
        let shown = shown(detector("rate-change").as_mut(), &simulation.timeline, f64::INFINITY);
        let low = shown.into_iter().filter(|evidence| evidence.seen == 9.0 && evidence.subject == of(0, 0));
        low.map(|evidence| evidence.interval - FAULT).collect::<Vec<_>>()
    };
    assert_eq!(told_low(0), [0, 1], "what was read ends with 2");
    assert_eq!(told_low(FAULT as usize), [1], "and begins with 0");
}

#[test]
fn an_interval_that_was_known_in_part_is_judged_as_a_whole() {
    let told = |part: u64, rest: u64| {
        let mut simulation = Simulation::new(4, 1, 1);
        (0..FAULT).for_each(|number| simulation.quiet(number, Law::Poisson, &[400.0]));
        simulation.put(FAULT, 0, 0, part);
        simulation.timeline.past = simulation.timeline.intervals.len();
        let mut again = Simulation::new(4, 1, 1);
        again.put(FAULT, 0, 0, rest);
        simulation.timeline.intervals.append(&mut again.timeline.intervals);
        (FAULT + 1..FAULT + 3).for_each(|number| simulation.quiet(number, Law::Poisson, &[400.0]));
        let shown = shown(detector("rate-change").as_mut(), &simulation.timeline, 9.0);
        let late = shown.into_iter().filter(|evidence| evidence.interval >= FAULT && evidence.surprise > 9.0);
        let late = late.filter(|evidence| evidence.subject == of(0, 0));
        late.map(|evidence| evidence.seen).collect::<Vec<_>>()
    };
    assert_eq!(told(250, 150), [0.0; 0]);
    assert_eq!(told(100, 9), [109.0]);
    assert_eq!(told(9, 391), [0.0; 0]);
    assert_eq!(told(250, 9_000), [9_250.0]);
}

#[test]
fn three_silences_have_three_messages() {
    // A template.
    let mut simulation = usual(5, FAULT);
    for number in FAULT..700 {
        simulation.quiet(number, Law::Bursty, &[0.0, 5.0, 1.0]);
    }
    let (evidence, words) = found("gone-silent", &simulation, of(0, 0), 7.0);
    assert!(evidence.len() <= 3 && evidence[0].interval < FAULT + 30, "{evidence:#?}");
    assert!(words.starts_with("this message was not seen for"), "{words}");

    // A stream, with everything in it: one message.
    let mut simulation = usual(6, FAULT);
    for number in FAULT..700 {
        let count = simulation.random.poisson(20.0);
        simulation.put(number, 1, 0, count);
    }
    let (evidence, words) = found("gone-silent", &simulation, of_stream(0), 7.0);
    assert!(evidence[0].interval < FAULT + 10, "{evidence:#?}");
    assert!(words.starts_with("this stream wrote nothing for"), "{words}");
    let mut detector = detector("gone-silent");
    let all = shown(detector.as_mut(), &simulation.timeline, 12.0);
    assert!(all.iter().all(|evidence| evidence.interval < FAULT || evidence.subject != of(0, 0)));

    // Everything.
    let mut simulation = usual(7, FAULT);
    (FAULT + 50..700).for_each(|number| simulation.quiet(number, Law::Bursty, &[20.0, 5.0, 1.0]));
    let (evidence, words) = found("gone-silent", &simulation, Subject::default(), 7.0);
    assert_eq!(evidence.len(), 1);
    assert!(words.starts_with("nothing at all was written for 54 min; before that never longer"), "{words}");
    let all = shown(self::detector("gone-silent").as_mut(), &simulation.timeline, 12.0);
    let late = all.iter().filter(|evidence| evidence.interval >= FAULT);
    assert_eq!(late.count(), 1, "what is silent with everything is not told of");
}

#[test]
fn an_end_is_no_silence() {
    // The log just ends, and so does a stream that said farewell.
    let mut simulation = usual(8, FAULT);
    let facts = &mut simulation.timeline.templates;
    facts[6].text = "Received signal <number>, shutting down".to_owned();
    simulation.put(FAULT - 1, 0, 6, 1);
    for number in FAULT..700 {
        let count = simulation.random.poisson(20.0);
        simulation.put(number, 1, 0, 1 + count);
    }
    let silent = |simulation: &Simulation, from: i64| {
        let all = shown(detector("gone-silent").as_mut(), &simulation.timeline, 12.0);
        all.iter().find(|one| one.interval >= from && one.subject.stream == Some(0)).cloned()
    };
    assert_eq!(silent(&simulation, FAULT), None);
    // It is back, and missed the next time it is away for longer.
    (700..760).for_each(|number| simulation.quiet(number, Law::Bursty, &[20.0, 5.0, 1.0]));
    for number in 760..2_000 {
        simulation.put(number, 1, 0, 20);
    }
    assert!(silent(&simulation, 760).is_some());
}

#[test]
fn the_end_of_a_storm_is_no_silence() {
    let mut simulation = usual(23, FAULT);
    then(&mut simulation, 900, &mut |simulation, number| {
        if (FAULT..FAULT + 30).contains(&number) {
            simulation.put(number, 0, 7, 500);
        }
    });
    let all = shown(detector("gone-silent").as_mut(), &simulation.timeline, 12.0);
    assert_eq!(all.iter().find(|evidence| evidence.subject == of(0, 7)), None);
}

#[test]
fn a_rotated_log_is_no_silence() {
    for rotated in [true, false] {
        let mut simulation = Simulation::new(22, 3, 3);
        for number in 0..700 {
            let written = if number < FAULT { 0 } else { 1 };
            let second = (number < FAULT || rotated).then_some(written);
            for stream in [2].into_iter().chain(second) {
                let count = simulation.random.poisson(20.0);
                simulation.put(number, stream, 0, count);
            }
        }
        let all = shown(detector("gone-silent").as_mut(), &simulation.timeline, 12.0);
        let missed = all.iter().any(|evidence| evidence.subject.stream == Some(0));
        assert_eq!(missed, !rotated, "{all:?}");
    }
}

#[test]
fn the_step_from_the_known_past_to_the_present_is_no_silence() {
    for jump in [100_000, -100_000] {
        let mut simulation = usual(9, FAULT);
        simulation.timeline.past = simulation.timeline.intervals.len();
        for number in FAULT..900 {
            simulation.quiet(number, Law::Bursty, &[20.0, 5.0, 1.0]);
        }
        let past = simulation.timeline.past;
        simulation.timeline.intervals.iter_mut().skip(past).for_each(|interval| interval.number += jump);
        for mut detector in all() {
            let found = shown(detector.as_mut(), &simulation.timeline, f64::INFINITY);
            let first = simulation.timeline.intervals[past].number;
            let near = found
                .iter()
                .find(|evidence| (first..first + 4).contains(&evidence.interval) && evidence.surprise > 9.0);
            assert_eq!(near, None, "{jump}");
        }
    }
}

#[test]
fn a_shift_is_told_of_once() {
    let mut simulation = Simulation::new(10, 1, 1);
    (0..FAULT).for_each(|number| simulation.quiet(number, Law::Poisson, &[20.0]));
    (FAULT..900).for_each(|number| simulation.quiet(number, Law::Poisson, &[80.0]));
    for learned in [f64::INFINITY, 5.0] {
        let mut detector = detector("level-shift");
        let all = shown(detector.as_mut(), &simulation.timeline, learned);
        let late: Vec<_> = all.iter().filter(|one| one.interval >= FAULT && one.surprise > 5.0).collect();
        assert_eq!(late.len(), 1, "{late:#?}");
        assert!(late[0].interval < FAULT + 40);
        let words = detector.explain(late[0], &simulation.timeline).sentence;
        assert!(
            words.starts_with("at least ") && words.contains(" records in 9 min, twice in a row"),
            "{words}"
        );
    }
}

#[test]
fn a_number_out_of_range_is_found_on_both_sides() {
    for (value, least, words) in [
        (9000.0, 12.0, "9,000; in 600 intervals never above "),
        (0.001, 7.0, "0.001; in 600 intervals never below "),
    ] {
        let mut simulation = Simulation::new(11, 1, 1);
        for number in 0..=FAULT {
            let drawn = 20.0 + 40.0 * simulation.random.share();
            let value = if number == FAULT { value } else { drawn };
            let cell = simulation.put(number, 0, 0, 1).unwrap();
            let extremes = Extremes::of(2, value, cell.first.unwrap());
            cell.numbers.push(Numbers { shape: 1, extremes });
        }
        let subject = Subject { slot: Some(2), ..of(0, 0) };
        let (evidence, said) = found("value-range", &simulation, subject, least);
        assert_eq!(evidence.len(), 1);
        assert!(said.starts_with(words), "{said}");
    }
}

#[test]
fn a_counter_has_no_range() {
    let mut simulation = Simulation::new(12, 1, 1);
    for number in 0..2_000 {
        let step = simulation.random.poisson(30.0);
        let cell = simulation.put(number, 0, 0, 1).unwrap();
        let extremes = Extremes::of(0, (number * 30) as f64 + step as f64, cell.first.unwrap());
        cell.numbers.push(Numbers { shape: 1, extremes });
    }
    let all = shown(detector("value-range").as_mut(), &simulation.timeline, f64::INFINITY);
    assert!(all.len() < 10, "{}", all.len());
}

#[test]
fn a_new_wording_of_a_settled_message() {
    let mut simulation = Simulation::new(13, 1, 1);
    for number in 0..=FAULT {
        let cell = simulation.put(number, 0, 0, 5).unwrap();
        cell.shapes = if number == FAULT { vec![1, 2, 99] } else { vec![1, 2, 3] };
    }
    let (evidence, words) = found("new-value", &simulation, of(0, 0), 6.0);
    assert_eq!(evidence.len(), 1);
    assert!(words.starts_with("a wording not seen in 11 h before"), "{words}");
}

#[test]
fn wordings_explode() {
    let mut simulation = Simulation::new(14, 1, 1);
    for number in 0..=FAULT {
        let many = if number == FAULT { 840 } else { 1 + simulation.random.poisson(2.0) };
        simulation.put(number, 0, 0, 1000).unwrap().shapes = (0..many).collect();
    }
    let (evidence, words) = found("cardinality", &simulation, of(0, 0), 12.0);
    assert_eq!(evidence.len(), 1);
    assert!(words.starts_with("840 wordings in 64 s; usually "), "{words}");
}

#[test]
fn complaints_grow_and_graver_ones_come() {
    let mut simulation = Simulation::new(15, 1, 3);
    for number in 0..=FAULT {
        let broken = number == FAULT;
        simulation.put(number, 0, 0, 50);
        let few = simulation.random.poisson(0.5);
        if let Some(cell) = simulation.put(number, 0, 1, if broken { 40 } else { few }) {
            cell.gravest = Some(Level::Error);
        }
        if broken {
            simulation.put(number, 0, 2, 1).unwrap().gravest = Some(Level::Fatal);
        }
    }
    let (_, words) = found("severity", &simulation, of_stream(0), 9.0);
    assert!(words.starts_with("45.1 % of the records are warnings or worse; usually "), "{words}");
    let (_, words) = found("severity", &simulation, of(0, 2), 6.0);
    assert!(words.starts_with("the gravest message of this stream in 600 intervals"), "{words}");
}

#[test]
fn one_of_many_stands_apart() {
    let mut simulation = Simulation::new(16, 6, 4);
    for number in 0..=FAULT {
        // All of them have busy times together, and the last is always busier.
        let busy = if number % 100 < 20 { 5.0 } else { 1.0 };
        for stream in 0..6 {
            let own = if stream == 5 { 3.0 } else { 1.0 };
            let odd = if stream == 2 && number == FAULT { 8.0 } else { 1.0 };
            for template in 0..4 {
                let count = simulation.random.poisson(30.0 * busy * own * odd);
                simulation.put(number, stream, template, count);
            }
        }
    }
    let (evidence, words) = found("peer", &simulation, of_stream(2), 10.0);
    assert_eq!(evidence.len(), 1);
    assert!(words.contains(" records in 64 s; streams of its kind write "), "{words}");
    let all = shown(detector("peer").as_mut(), &simulation.timeline, f64::INFINITY);
    let others = all.iter().filter(|evidence| evidence.subject.stream != Some(2) && evidence.surprise > 9.0);
    assert_eq!(others.count(), 0);
}

#[test]
fn rare_things_come_together() {
    let mut simulation = Simulation::new(17, 1, 60);
    for number in 0..=FAULT {
        simulation.put(number, 0, 0, 20);
        for template in 1..40 {
            let rare = u64::from(simulation.random.share() < 0.004);
            simulation.put(number, 0, template, rare);
        }
    }
    (40..52).for_each(|template| {
        simulation.put(FAULT, 0, template, 1);
    });
    let (evidence, words) = found("burst", &simulation, of_stream(0), 8.0);
    assert_eq!(evidence.len(), 1);
    assert!(words.starts_with("12 rare messages in 64 s; usually "), "{words}");
}

/// A stream that is busy by day, and something that never sleeps.
fn days(seed: u64, days: i64) -> Simulation {
    let mut simulation = Simulation::new(seed, 1, 2);
    simulation.timeline.seconds = 600;
    for number in 0..days * 144 {
        let busy = if (48..108).contains(&(number % 144)) { 400.0 } else { 10.0 };
        let count = simulation.draw(Law::Poisson, busy, 0);
        simulation.put(number, 0, 0, count);
        simulation.put(number, 0, 1, 60);
    }
    simulation
}

#[test]
fn what_is_usual_by_day_is_a_flood_by_night() {
    let mut simulation = days(18, 10);
    let night = 10 * 144 + 12;
    simulation.put(night, 0, 0, 400);
    let mut detector = detector("rate-change");
    let all = shown(detector.as_mut(), &simulation.timeline, f64::INFINITY);
    let flood =
        all.iter().find(|evidence| evidence.interval == night && evidence.subject == of(0, 0)).unwrap();
    assert!(flood.surprise > 9.0 && flood.expected < 12.0, "{flood:?}");
    let quiet = all.iter().filter(|evidence| evidence.interval < night && evidence.surprise > 1000f64.ln());
    let quiet: Vec<_> = quiet.map(|one| (one.interval, one.subject, one.surprise, one.seen)).collect();
    assert!(quiet.len() < 9, "{quiet:?}");
}

#[test]
fn what_never_sleeps_keeps_its_range() {
    let mut simulation = days(19, 10);
    simulation.put(1440, 0, 1, 6);
    simulation.put(1441, 0, 1, 6);
    let all = shown(detector("rate-change").as_mut(), &simulation.timeline, f64::INFINITY);
    let low = all.iter().find(|evidence| evidence.interval == 1440 && evidence.subject == of(0, 1)).unwrap();
    assert!(low.surprise > 9.0, "{low:?}");
}

#[test]
fn a_log_without_times_is_measured_in_records() {
    let mut simulation = usual(20, FAULT);
    simulation.timeline.timed = false;
    then(&mut simulation, 601, &mut |simulation, number| {
        simulation.put(number, 0, 1, 9_000);
    });
    let (_, words) = found("rate-change", &simulation, of(0, 1), 9.0);
    assert!(words.contains(" times in 4,096 records; usually "), "{words}");
}

#[test]
fn what_is_learned_need_not_be_what_was_judged() {
    let simulation = usual(21, FAULT);
    for mut detector in all() {
        let mut found = Vec::new();
        for (nth, interval) in simulation.timeline.intervals.iter().enumerate() {
            detector.score(interval, &simulation.timeline, &mut found);
            let mut held = interval.clone();
            held.windows.iter_mut().for_each(|window| {
                window.cells.truncate(nth % 3);
            });
            held.windows.truncate(2 - nth % 2);
            detector.learn(&held, &simulation.timeline);
        }
        assert!(found.iter().all(|evidence| evidence.surprise.is_finite()));
    }
}
