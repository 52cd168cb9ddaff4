//! Clocks over whole logs: turns of the year, zones, jumps and impossible stamps.

use super::*;
use crate::records::zone::ZoneOrigin;

fn time(text: &str) -> Time {
    let (shape, _) = Shape::detect(text.as_bytes()).expect("a stamp");
    Clock::new(shape, Zone::default(), None).read(text.as_bytes()).and_then(|read| read.time).expect("a time")
}

fn clock(first: &str, modified: Option<&str>) -> Clock {
    let (shape, _) = Shape::detect(first.as_bytes()).expect("a stamp");
    Clock::new(shape, Zone::default(), modified.map(time))
}

fn read(clock: &mut Clock, text: &str) -> (String, Notes) {
    let read = clock.read(text.as_bytes()).unwrap_or_else(|| panic!("{text} is no stamp"));
    (read.time.map_or_else(String::new, |time| time.to_string()), read.notes)
}

/// Reads stamps one after another and compares the times.
fn check(modified: Option<&str>, stamps: &[(&str, &str)]) -> Clock {
    let mut clock = clock(stamps[0].0, modified);
    for (stamp, expected) in stamps {
        assert_eq!(read(&mut clock, &format!("{stamp} and then a message")).0, *expected, "{stamp}");
    }
    clock
}

#[test]
fn the_same_date_again_and_another() {
    check(
        None,
        &[
            ("2015-10-18 18:01:47,978", "2015-10-18T18:01:47.978Z"),
            ("2015-10-18 18:01:48", "2015-10-18T18:01:48Z"),
            ("2015-10-19 00:00:00,001", "2015-10-19T00:00:00.001Z"),
        ],
    );
    check(
        None,
        &[
            ("Sun Dec 04 04:47:44 2005", "2005-12-04T04:47:44Z"),
            ("Sun Dec 04 04:47:45 2005", "2005-12-04T04:47:45Z"),
            ("Sun Dec 04 04:47:45 2006", "2006-12-04T04:47:45Z"),
        ],
    );
    check(
        None,
        &[
            ("070101  1:02:03", "2007-01-01T01:02:03Z"),
            ("070101 10:02:03", "2007-01-01T10:02:03Z"),
            ("070101  1:02:04", "2007-01-01T01:02:04Z"),
        ],
    );
}

#[test]
fn offsets_in_the_stamp_win() {
    let mut clock = check(None, &[("2024-01-01T10:00:00+02:00", "2024-01-01T08:00:00Z")]);
    assert_eq!(read(&mut clock, "2024-01-01T10:00:00Z x").1, Notes::NONE);
    assert_eq!(read(&mut clock, "2024-01-01T10:00:00 x").1, Notes::ZONE_ASSUMED);
    assert_eq!(clock.assumptions(), ["zone: UTC, no offset in 1 of 3 stamps"]);
    for _ in 0..1_234 {
        read(&mut clock, "2024-01-01T10:00:00 x");
    }
    assert_eq!(clock.assumptions(), ["zone: UTC, no offset in 1,235 of 1,237 stamps"]);
}

#[test]
fn named_zones() {
    let (shape, _) = Shape::detect(b"2024-07-01 10:00:00").expect("a stamp");
    let berlin = Zone::from_words("Europe/Berlin", ZoneOrigin::Flag).expect("a zone");
    let mut clock = Clock::new(shape, berlin, None);
    assert_eq!(read(&mut clock, "2024-07-01 10:00:00"), ("2024-07-01T08:00:00Z".to_owned(), Notes::NONE));
    assert_eq!(read(&mut clock, "2024-12-01 10:00:00").0, "2024-12-01T09:00:00Z");
    assert_eq!(clock.assumptions(), ["zone: Europe/Berlin as given with --tz, no offset in 2 stamps"]);
}

#[test]
fn the_year_goes_on_with_the_log() {
    let clock = check(
        Some("2024-01-02 00:00:00"),
        &[
            ("Dec 31 23:59:59", "2023-12-31T23:59:59Z"),
            ("Jan  1 00:00:00", "2024-01-01T00:00:00Z"),
            ("Dec 31 23:59:59", "2023-12-31T23:59:59Z"),
            ("Jan  1 00:00:01", "2024-01-01T00:00:01Z"),
        ],
    );
    assert_eq!(
        clock.assumptions(),
        ["zone: UTC, no offset in 4 stamps", "year: 2023 to 2024, from the date the file was written",]
    );
    check(Some("2024-06-30 00:00:00"), &[("Jun 29 10:00:00", "2024-06-29T10:00:00Z")]);
    check(Some("2024-06-30 00:00:00"), &[("Jul 29 10:00:00", "2023-07-29T10:00:00Z")]);
}

#[test]
fn the_leap_day_is_put_into_a_leap_year() {
    check(
        Some("2023-06-30 00:00:00"),
        &[("Feb 29 10:00:00", "2020-02-29T10:00:00Z"), ("Mar  1 10:00:00", "2020-03-01T10:00:00Z")],
    );
    check(
        Some("2024-03-01 00:00:00"),
        &[("Dec 29 10:00:00", "2023-12-29T10:00:00Z"), ("Feb 29 10:00:00", "2024-02-29T10:00:00Z")],
    );
}

#[test]
fn a_clock_without_battery_does_not_turn_the_year() {
    check(
        Some("2024-06-15 00:00:00"),
        &[
            ("Jun 14 10:00:00", "2024-06-14T10:00:00Z"),
            ("Jan  1 00:00:12", "2024-01-01T00:00:12Z"),
            ("Jun 14 10:01:00", "2024-06-14T10:01:00Z"),
        ],
    );
}

#[test]
fn no_date_at_all_rolls_at_midnight() {
    check(
        Some("2024-06-15 01:00:00"),
        &[
            ("23:59:59.5", "2024-06-14T23:59:59.500Z"),
            ("00:00:00.1", "2024-06-15T00:00:00.100Z"),
            ("23:59:59.9", "2024-06-14T23:59:59.900Z"),
            ("00:00:01.0", "2024-06-15T00:00:01Z"),
        ],
    );
}

#[test]
fn impossible_stamps_do_not_move_the_clock() {
    let mut clock = check(None, &[("2024-01-01 10:00:00", "2024-01-01T10:00:00Z")]);
    for stamp in ["2024-13-01 10:00:00", "9999-01-01 10:00:00", "2024-01-01 25:00:00", "2023-02-29 10:00:00"]
    {
        let (time, notes) = read(&mut clock, stamp);
        assert_eq!(time, "2024-01-01T10:00:00Z", "{stamp}");
        assert!(notes.has(Notes::TIME_IMPOSSIBLE), "{stamp}");
    }
    assert_eq!(
        read(&mut clock, "2024-01-01 10:00:01"),
        ("2024-01-01T10:00:01Z".to_owned(), Notes::ZONE_ASSUMED)
    );
    assert_eq!(clock.assumptions()[1], "time: 4 impossible stamps did not move the clock");
}

#[test]
fn a_far_jump_is_followed_when_it_persists() {
    let mut clock = check(None, &[("1970-01-01 00:00:12", "1970-01-01T00:00:12Z")]);
    let mut times = Vec::new();
    for second in 0..4 {
        times.push(read(&mut clock, &format!("2024-01-01 10:00:0{second}")).0);
    }
    assert_eq!(
        times,
        ["1970-01-01T00:00:12Z", "1970-01-01T00:00:12Z", "2024-01-01T10:00:02Z", "2024-01-01T10:00:03Z"]
    );
}

#[test]
fn late_records_are_noted_until_they_are_usual() {
    let mut clock = clock("2024-01-01 10:00:00", None);
    let late = |clock: &mut Clock, text: &str| read(clock, text).1.has(Notes::OUT_OF_ORDER);
    assert!(!late(&mut clock, "2024-01-01 10:00:30"));
    assert!(!late(&mut clock, "2024-01-01 10:00:29"));
    assert!(late(&mut clock, "2024-01-01 10:00:10"));
    for _ in 0..40 {
        late(&mut clock, "2024-01-01 10:00:30");
        late(&mut clock, "2024-01-01 10:00:20");
    }
    assert!(!late(&mut clock, "2024-01-01 10:00:20"));
    assert!(late(&mut clock, "2024-01-01 09:00:20"));
    assert_eq!(clock.latest(), Some(time("2024-01-01 10:00:30")));
}

#[test]
fn a_clock_put_back_is_followed() {
    let mut clock = clock("2024-01-01 10:00:00", None);
    let late = |clock: &mut Clock, text: &str| read(clock, text).1.has(Notes::OUT_OF_ORDER);
    late(&mut clock, "2024-01-01 10:00:00");
    let noted =
        (0..20).filter(|second| late(&mut clock, &format!("2024-01-01 09:00:{:02}", second + 10))).count();
    assert_eq!(noted, 8);
}

#[test]
fn leap_seconds_and_counts() {
    check(None, &[("2016-12-31 23:59:60", "2017-01-01T00:00:00Z")]);
    check(None, &[("1077804742", "2004-02-26T14:12:22Z")]);
    let clock = check(None, &[("1700000000.25", "2023-11-14T22:13:20.250Z")]);
    assert!(clock.assumptions().is_empty());
}
