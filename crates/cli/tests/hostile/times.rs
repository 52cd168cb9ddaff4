//! Clocks that are wrong, jump, or write what is no time.

use super::making::line;
use super::scan::{Place, Scanned};

fn with_stamp(stamp: &str) -> String {
    format!("{stamp} INFO api: odd clock\n")
}

/// A log with one odd stamp in the middle.
fn odd(stamp: &str) -> Scanned {
    let log = (0..50).map(line).chain([with_stamp(stamp)]).chain((50..100).map(line));
    let scanned = Place::with(log.collect::<String>()).scan();
    assert_eq!((scanned.code, scanned.count("was served")), (0, 100), "{stamp}");
    assert_eq!(scanned.count("odd clock"), 1, "{stamp}: {:?}", scanned.some_messages());
    scanned
}

#[test]
fn impossible_times_cost_no_line() {
    for stamp in [
        "2024-13-04T09:00:00Z",
        "2024-00-00T00:00:00Z",
        "2023-02-29T09:00:00Z",
        "2024-02-30T09:00:00Z",
        "2024-03-04T25:61:61Z",
        "0000-00-00T00:00:00Z",
        "2024-03-04T09:00:60Z",
    ] {
        let scanned = odd(stamp);
        let time = &scanned.report["totals"]["time"];
        assert!(time["first"].as_str().unwrap().starts_with("2024-03-04T09:00:00"), "{stamp}: {time}");
        assert!(time["last"].as_str().unwrap().starts_with("2024-03-04T09:01:"), "{stamp}: {time}");
    }
}

#[test]
fn times_far_away_do_not_move_the_clock() {
    for stamp in
        ["9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "2262-04-12T00:00:00Z", "1677-09-20T00:00:00Z"]
    {
        let scanned = odd(stamp);
        for number in [49, 50, 99] {
            let row = scanned.row(&format!("request {number} was served"));
            assert_eq!(row["notes"].as_array().unwrap().len(), 0, "{stamp}: {row}");
        }
    }
}

#[test]
fn a_clock_that_jumps_back_an_hour_loses_nothing() {
    let at = |hour: usize, n: usize| {
        format!("2024-10-27 {hour:02}:{:02}:{:02} INFO api: tick {n}\n", n / 60, n % 60)
    };
    let log = (0..300).map(|n| at(2, n)).chain((0..300).map(|n| at(2, n))).chain((0..300).map(|n| at(3, n)));
    let scanned = Place::with(log.collect::<String>()).scan();
    assert_eq!((scanned.code, scanned.records()), (0, 900));
    assert!(scanned.rows.iter().all(|row| row["time"].is_string()));
}

#[test]
fn leap_days_and_turns_of_the_year_without_a_year() {
    let days =
        ["Dec 31 23:59:58", "Dec 31 23:59:59", "Jan  1 00:00:00", "Feb 29 12:00:00", "Mar  1 00:00:00"];
    let log = days.iter().flat_map(|day| (0..10).map(move |n| format!("{day} web1 app[7]: tick {n}\n")));
    let scanned = Place::with(log.collect::<String>()).scan();
    assert_eq!((scanned.code, scanned.records(), scanned.count("tick")), (0, 50, 50));
}

#[test]
fn epochs_of_several_units_lose_nothing() {
    let stamp = |n: u64| match n % 4 {
        0 => format!("{}", 1_709_542_800 + n),
        1 => format!("{}", (1_709_542_800 + n) * 1_000),
        2 => format!("{}", (1_709_542_800 + n) * 1_000_000),
        _ => format!("{}", u64::MAX),
    };
    let log: String = (0..200).map(|n| format!("{} INFO api: tick {n}\n", stamp(n))).collect();
    let scanned = Place::with(log).scan();
    // What can be no time continues the line before it.
    assert_eq!((scanned.code, scanned.lines()), (0, 200));
    for n in (0..200).filter(|n| n % 4 != 3) {
        let row = scanned.row(&format!("tick {n}"));
        assert!(row["time"].as_str().unwrap().starts_with("2024-03-04T09:0"), "{row}");
    }
    let json = (0..200).map(|n| format!("{{\"ts\":{},\"msg\":\"tick {n}\"}}\n", stamp(n)));
    let scanned = Place::with(json.collect::<String>()).scan();
    assert_eq!((scanned.code, scanned.records(), scanned.count("tick")), (0, 200, 200));
}
