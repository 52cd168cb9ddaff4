//! A layout as one would write it down.

use super::Layout;
use super::date::{DateLayout, Order};
use super::epoch::Unit;
use super::rest::{RestLayout, Style, ZoneStyle};

pub(super) fn describe(layout: Layout) -> String {
    match layout {
        Layout::Tai => "TAI64N".to_owned(),
        Layout::Epoch(unit, places) => epoch(unit, places),
        Layout::Civil(date, rest) => describe_date(date) + &describe_rest(rest),
    }
}

fn epoch(unit: Unit, places: u8) -> String {
    let unit = match unit {
        Unit::Seconds => "s",
        Unit::Milliseconds => "ms",
        Unit::Microseconds => "µs",
        Unit::Nanoseconds => "ns",
    };
    format!("epoch {unit}{}", if places > 0 { " with fraction" } else { "" })
}

fn describe_date(date: DateLayout) -> String {
    let parts: &[&str] = match date.order {
        Order::None => return String::new(),
        Order::YearMonthDay | Order::Compact => &["YYYY", "MM", "DD"],
        Order::ShortYearMonthDay | Order::ShortCompact => &["YY", "MM", "DD"],
        Order::DayMonthYear => &["DD", "MM", "YYYY"],
        Order::MonthDayYear => &["MM", "DD", "YYYY"],
        Order::DayMonthShortYear => &["DD", "MM", "YY"],
        Order::MonthDayShortYear => &["MM", "DD", "YY"],
        Order::MonthDay | Order::CompactMonthDay => &["MM", "DD"],
        Order::DayMonth => &["DD", "MM"],
        Order::NameDay => &["MMM", "DD"],
        Order::NameDayYear => &["MMM", "DD", "YYYY"],
        Order::DayName => &["DD", "MMM"],
        Order::DayNameYear => &["DD", "MMM", "YYYY"],
        Order::DayNameShortYear => &["DD", "MMM", "YY"],
        Order::YearNameDay => &["YYYY", "MMM", "DD"],
    };
    let weekday = if date.weekday { "EEE " } else { "" };
    format!("{weekday}{}{}", parts.join(&mark(date.separator)), mark(date.joint))
}

fn describe_rest(rest: RestLayout) -> String {
    let parts: &[&str] = match rest.style {
        Style::Padded | Style::Compact => &["HH", "MM", "SS"],
        Style::Loose => &["H", "M", "S"],
        Style::Minutes => &["HH", "MM"],
    };
    let mut text = parts.join(&mark(rest.separator));
    if rest.point != 0 {
        let letter = match rest.places {
            3 => "m",
            6 => "u",
            9 => "n",
            _ => "f",
        };
        text += &mark(rest.point);
        text += &if rest.point == b':' { "mmm".to_owned() } else { letter.repeat(usize::from(rest.places)) };
    }
    text += if rest.meridiem { " AM" } else { "" };
    text += match rest.zone {
        ZoneStyle::None => "",
        ZoneStyle::Attached => "Z",
        ZoneStyle::Apart => " +ZZZZ",
        ZoneStyle::Word => " ZZZ",
    };
    text + if rest.year_last { " YYYY" } else { "" }
}

fn mark(byte: u8) -> String {
    if byte == 0 { String::new() } else { char::from(byte).to_string() }
}
