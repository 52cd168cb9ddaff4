//! What holds for every shape and every text.

use proptest::prelude::*;

use super::{Civil, Shape, Stamp, find};
use crate::records::time::{Time, civil_from_days};

/// One civil time written in every layout, with the layout that should be found.
struct Written {
    text: String,
    layout: &'static str,
    has_year: bool,
    nanos: u32,
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn written(seconds: i64, nanos: u32) -> Vec<Written> {
    let (year, month, day) = civil_from_days(seconds.div_euclid(86_400));
    let second = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let name = MONTHS[month as usize - 1];
    let (milli, micro) = (nanos / 1_000_000, nanos / 1_000);
    let clock = format!("{hour:02}:{minute:02}:{second:02}");
    let iso = format!("{year}-{month:02}-{day:02}");
    let half = if hour < 12 { "AM" } else { "PM" };
    let hour_of_half = (hour + 11) % 12 + 1;
    let (milli_only, micro_only) = (milli * 1_000_000, micro * 1_000);
    let with = |text: String, layout, has_year, nanos| Written { text, layout, has_year, nanos };
    vec![
        with(format!("{iso}T{clock}Z"), "YYYY-MM-DDTHH:MM:SSZ", true, 0),
        with(format!("{iso}T{clock}.{nanos:09}+00:00"), "YYYY-MM-DDTHH:MM:SS.nnnnnnnnnZ", true, nanos),
        with(format!("{iso} {clock},{milli:03}"), "YYYY-MM-DD HH:MM:SS,mmm", true, milli_only),
        with(format!("{iso} {clock}.{micro:06} +0000"), "YYYY-MM-DD HH:MM:SS.uuuuuu +ZZZZ", true, micro_only),
        with(format!("{iso} {clock}.{micro:06}-0000"), "YYYY-MM-DD HH:MM:SS.uuuuuuZ", true, micro_only),
        with(format!("{iso} {clock} UTC"), "YYYY-MM-DD HH:MM:SS ZZZ", true, 0),
        with(format!("{iso}_{clock}"), "YYYY-MM-DD_HH:MM:SS", true, 0),
        with(format!("{year}/{month:02}/{day:02} {clock}"), "YYYY/MM/DD HH:MM:SS", true, 0),
        with(
            format!("{iso}-{hour:02}.{minute:02}.{second:02}.{micro:06}"),
            "YYYY-MM-DD-HH.MM.SS.uuuuuu",
            true,
            micro_only,
        ),
        with(format!("{day:02}/{name}/{year}:{clock} +0000"), "DD/MMM/YYYY:HH:MM:SS +ZZZZ", true, 0),
        with(format!("{name} {day:2} {clock}"), "MMM DD HH:MM:SS", false, 0),
        with(format!("{name} {day:2} {clock}.{milli:03}"), "MMM DD HH:MM:SS.mmm", false, milli_only),
        with(format!("{name} {day:2} {year} {clock}"), "MMM DD YYYY HH:MM:SS", true, 0),
        with(format!("Sun {name} {day:02} {clock} {year}"), "EEE MMM DD HH:MM:SS YYYY", true, 0),
        with(
            format!("Sun {name} {day:02} {clock}.{micro:06} GMT {year}"),
            "EEE MMM DD HH:MM:SS.uuuuuu ZZZ YYYY",
            true,
            micro_only,
        ),
        with(format!("Sun, {day:02} {name} {year} {clock} GMT"), "EEE DD MMM YYYY HH:MM:SS ZZZ", true, 0),
        with(format!("Sun, {day:02} {name} {year} {clock} +0000"), "EEE DD MMM YYYY HH:MM:SS +ZZZZ", true, 0),
        with(
            format!("{day:02} {name} {year} {clock}.{milli:03}"),
            "DD MMM YYYY HH:MM:SS.mmm",
            true,
            milli_only,
        ),
        with(format!("{day:02} {name} {clock}.{milli:03}"), "DD MMM HH:MM:SS.mmm", false, milli_only),
        with(format!("{month:02}-{day:02} {clock}.{milli:03}"), "MM-DD HH:MM:SS.mmm", false, milli_only),
        with(format!("{month:02}{day:02} {clock}.{micro:06}"), "MMDD HH:MM:SS.uuuuuu", false, micro_only),
        with(
            format!("{year}{month:02}{day:02} {clock}.{micro:06}"),
            "YYYYMMDD HH:MM:SS.uuuuuu",
            true,
            micro_only,
        ),
        with(
            format!("{year}{month:02}{day:02}T{hour:02}{minute:02}{second:02}.{milli:03}Z"),
            "YYYYMMDDTHHMMSS.mmmZ",
            true,
            milli_only,
        ),
        with(format!("{year}{month:02}{day:02}{hour:02}{minute:02}{second:02}"), "YYYYMMDDHHMMSS", true, 0),
        with(
            format!("{:02}{month:02}{day:02} {hour:02}{minute:02}{second:02}", year % 100),
            "YYMMDD HHMMSS",
            true,
            0,
        ),
        with(format!("{:02}{month:02}{day:02} {clock}", year % 100), "YYMMDD HH:MM:SS", true, 0),
        with(
            format!("{month}/{day}/{year} {hour_of_half:02}:{minute:02}:{second:02} {half}"),
            "MM/DD/YYYY HH:MM:SS AM",
            true,
            0,
        ),
        with(format!("{month}/{day}/{year}, {clock}"), "MM/DD/YYYY,HH:MM:SS", true, 0),
        with(format!("{day:02}.{month:02}.{year} {clock}"), "DD.MM.YYYY HH:MM:SS", true, 0),
        with(format!("{day:02}-{month:02}-{year} {clock}"), "DD-MM-YYYY HH:MM:SS", true, 0),
        with(format!("{day:02}.{month:02} {clock}"), "DD.MM HH:MM:SS", false, 0),
    ]
}

fn civil_of(text: &str) -> (Shape, Civil, usize) {
    let (shape, length) = Shape::detect(text.as_bytes()).unwrap_or_else(|| panic!("{text} is a stamp"));
    match shape.parse(text.as_bytes()) {
        Some((Stamp::Civil(civil), end)) if end == length => (shape, civil, end),
        other => panic!("{text}: {other:?}"),
    }
}

/// The seconds of the civil time, in the year of `seconds` where the stamp has none.
fn seconds_of(civil: Civil, seconds: i64) -> i64 {
    let date = civil.date.expect("a date");
    let year = date.year.map_or(civil_from_days(seconds.div_euclid(86_400)).0, i64::from);
    let day = crate::records::time::days_from_civil(year, date.month.into(), date.day.into());
    day * 86_400 + civil.time.seconds() - i64::from(civil.offset.unwrap_or(0))
}

proptest! {
    #[test]
    fn every_layout_is_found_and_read_back(seconds in 946_684_800_i64..3_124_224_000, nanos in 0..1_000_000_000_u32) {
        for case in written(seconds, nanos) {
            for tail in ["", " x", "] text", ": 1234567890", "\tand 12:13"] {
                let text = format!("{}{tail}", case.text);
                let (shape, civil, length) = civil_of(&text);
                prop_assert_eq!(length, case.text.len(), "{}", text);
                prop_assert_eq!(seconds_of(civil, seconds), seconds, "{}", text);
                prop_assert_eq!(civil.time.nanos, case.nanos, "{}", text);
                prop_assert_eq!(shape.has_year(), case.has_year, "{}", text);
                let ambiguous = case.layout.starts_with("DD.MM") || case.layout.starts_with("DD-MM")
                    || case.layout.starts_with("MM/DD");
                prop_assert!(ambiguous || shape.describe() == case.layout, "{} {}", text, shape.describe());
            }
        }
    }

    #[test]
    fn counts_are_read_back(nanos in 1_000_000_000_000_000_000_i64..4_102_444_799_000_000_000) {
        let texts = [
            (nanos.to_string(), 1),
            ((nanos / 1_000).to_string(), 1_000),
            ((nanos / 1_000_000).to_string(), 1_000_000),
            ((nanos / 1_000_000_000).to_string(), 1_000_000_000),
            (format!("{}.{:06}", nanos / 1_000_000_000, nanos / 1_000 % 1_000_000), 1_000),
            (format!("@{:016x}{:08x}", nanos / 1_000_000_000 + (1 << 62) + 10, nanos % 1_000_000_000), 1),
        ];
        for (text, unit) in texts {
            let (shape, length) = Shape::detect(text.as_bytes()).expect("a stamp");
            prop_assert_eq!(length, text.len());
            prop_assert_eq!(shape.parse(text.as_bytes()), Some((Stamp::Epoch(nanos - nanos % unit), length)));
        }
    }

    #[test]
    fn bytes_never_panic(text in proptest::collection::vec(any::<u8>(), 0..80)) {
        for found in find(&text, 80) {
            prop_assert!(found.length > 0 && found.offset + found.length <= text.len());
        }
    }

    #[test]
    fn what_is_detected_is_parsed_alike(text in "[0-9JanSun:/., TZ+@-]{0,40}") {
        if let Some((shape, length)) = Shape::detect(text.as_bytes()) {
            let (stamp, end) = shape.parse(text.as_bytes()).expect("it was detected");
            prop_assert!(end == length && length <= text.len() && stamp.is_legal());
            let mut clock = crate::records::clock::Clock::new(shape, Default::default(), Time::from_seconds(0));
            prop_assert_eq!(clock.read(text.as_bytes()).map(|read| read.length), Some(length));
        }
    }
}

/// Layouts with a fixed example: the length of the stamp and its time of day.
#[test]
fn rarer_stamps() {
    let check = |text: &str, stamp: &str, hour, nanos| {
        let (_, civil, length) = civil_of(text);
        assert_eq!(&text[..length], stamp);
        assert_eq!((civil.time.hour, civil.time.nanos), (hour, nanos), "{text}");
    };
    check("20171223-22:15:29:606|Step", "20171223-22:15:29:606", 22, 606_000_000);
    check("20171223-1:5:9:6|Step", "20171223-1:5:9:6", 1, 6_000_000);
    check("070101  1:02:03 [Note]", "070101  1:02:03", 1, 0);
    check("1/2/24, 9:05 PM - Ann: x", "1/2/24, 9:05 PM", 21, 0);
    check("12/31/2024 12:00:01 AM x", "12/31/2024 12:00:01 AM", 0, 0);
    check("Mon Jan 01 2024 10:00:00 GMT+0200 (CEST) x", "Mon Jan 01 2024 10:00:00 GMT+0200 (CEST)", 10, 0);
    check("Mon Jan 1 10:00:00 2024 +0200 x", "Mon Jan 1 10:00:00 2024 +0200", 10, 0);
    check(
        "2024-01-01T10:00:00.5+01:00[Europe/Berlin] x",
        "2024-01-01T10:00:00.5+01:00[Europe/Berlin]",
        10,
        500_000_000,
    );
    check("2016-09-28 04:30:30, Info CBS", "2016-09-28 04:30:30", 4, 0);
    check("2024-01-01 10:00:00.123 CEST [7] LOG", "2024-01-01 10:00:00.123 CEST", 10, 123_000_000);
    check("2024-01-01 10:00:00 ERROR x", "2024-01-01 10:00:00", 10, 0);
    check("Tue 2024-01-02 10:11:12 UTC x", "Tue 2024-01-02 10:11:12 UTC", 10, 0);
    check("04. Dez 2024 10:11:12 x", "04. Dez 2024 10:11:12", 10, 0);
    check("16:49:06.123 x", "16:49:06.123", 16, 123_000_000);
}

#[test]
fn what_is_no_stamp() {
    for text in [
        "",
        "12",
        "12:13",
        "2024-13-01 10:00:00",
        "2024-01-01 10:00:00a",
        "2024-01-01T10:00:00.123x",
        "10:11:12:13:14:15",
        "0999999999",
        "9999999999",
        "1234567890123x",
        "3024-01-01 10:00:00",
        "10:11:12.13.14",
        "Jan",
        "January",
        "Mon Jan",
        "@40000000",
        "123456 789",
        "999999 101112",
        "24:00:00",
    ] {
        assert_eq!(Shape::detect(text.as_bytes()), None, "{text}");
    }
}
