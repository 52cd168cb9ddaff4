//! Which layout has the stamp that begins here? Answered by looking, part by part.
//!
//! The first run of digits (or the first name) leaves a handful of orders of the date; for each, the
//! parts behind it are looked at in turn. A layout counts only if it reads a legal time.

use super::date::{Date, DateLayout, Order};
use super::epoch::{self, Unit};
use super::rest::{self, Daytime, RestLayout, Style, ZoneStyle};
use super::{Layout, Shape, Stamp, digits, ends, names};

pub(super) fn detect(text: &[u8]) -> Option<(Shape, usize)> {
    match *text.first()? {
        b'@' => read(Layout::Tai, text),
        b'0'..=b'9' => from_digits(text),
        first if first.is_ascii_alphabetic() || first >= 0x80 => from_name(text),
        _ => None,
    }
}

/// The layout, if it reads the text and the time is legal and likely.
fn read(layout: Layout, text: &[u8]) -> Option<(Shape, usize)> {
    let shape = Shape(layout);
    let (stamp, end) = shape.parse(text)?;
    let likely = match stamp {
        Stamp::Epoch(nanos) => epoch::is_plausible(nanos),
        Stamp::Civil(civil) => civil.date.and_then(|date| date.year).is_none_or(is_likely_year),
    };
    (likely && stamp.is_legal()).then_some((shape, end))
}

fn is_likely_year(year: i32) -> bool {
    (1969..=2100).contains(&year)
}

fn from_digits(text: &[u8]) -> Option<(Shape, usize)> {
    let run = digits::run(text, 0);
    if let Some(unit) = Unit::of_digits(run).filter(|_| text.first() != Some(&b'0')) {
        let places = digits::run(text, run + 1) as u8;
        let places = if text.get(run) == Some(&b'.') { places } else { 0 };
        return read(Layout::Epoch(unit, places), text);
    }
    if run <= 2 && text.get(run) == Some(&b':') {
        return with_time(text, DateLayout::NONE, None, 0);
    }
    from_date_digits(text, 0)
}

/// A date that begins with digits at `at`; a weekday may stand before them.
fn from_date_digits(text: &[u8], at: usize) -> Option<(Shape, usize)> {
    use Order::{
        Compact, CompactMonthDay, DayMonth, DayMonthShortYear, DayMonthYear, DayName, DayNameShortYear,
        DayNameYear, MonthDay, MonthDayShortYear, MonthDayYear, ShortCompact, ShortYearMonthDay,
        YearMonthDay, YearNameDay,
    };
    let run = digits::run(text, at);
    let mark = text.get(at + run).copied().unwrap_or(0);
    let after = text.get(at + run + 1).copied();
    let (separator, orders): (u8, &[Order]) = match (run, mark) {
        (4, b'-' | b'/' | b'.') => (mark, &[YearMonthDay, YearNameDay]),
        (4, b' ') if after.is_some_and(|byte| byte.is_ascii_digit()) => (0, &[CompactMonthDay]),
        (4, b' ') => (mark, &[YearNameDay]),
        (6, _) => (0, &[ShortCompact]),
        (8 | 14, _) => (0, &[Compact]),
        (1 | 2, b'.') if after == Some(b' ') => (b' ', &[DayNameYear, DayName]),
        (1 | 2, b'.') => {
            (mark, &[DayMonthYear, MonthDayYear, DayMonthShortYear, ShortYearMonthDay, DayMonth, MonthDay])
        }
        (1 | 2, b'/') => (
            mark,
            &[
                DayNameYear,
                ShortYearMonthDay,
                MonthDayYear,
                DayMonthYear,
                MonthDayShortYear,
                DayMonthShortYear,
                MonthDay,
                DayMonth,
            ],
        ),
        (1 | 2, b'-') => (
            mark,
            &[
                DayNameYear,
                DayNameShortYear,
                ShortYearMonthDay,
                DayMonthYear,
                MonthDayYear,
                DayMonthShortYear,
                MonthDayShortYear,
                MonthDay,
                DayMonth,
            ],
        ),
        (1 | 2, b' ') => (mark, &[DayNameYear, DayName]),
        _ => return None,
    };
    first_of(orders, text, separator, at > 0)
}

fn from_name(text: &[u8]) -> Option<(Shape, usize)> {
    let start = names::weekday(text).unwrap_or(0);
    if start > 0 && text.get(start)?.is_ascii_digit() {
        return from_date_digits(text, start);
    }
    let (_, length) = names::month(text.get(start..)?)?;
    let separator = *text.get(start + length)?;
    if !matches!(separator, b' ' | b'-' | b'/') {
        return None;
    }
    first_of(&[Order::NameDayYear, Order::NameDay], text, separator, start > 0)
}

fn first_of(orders: &[Order], text: &[u8], separator: u8, weekday: bool) -> Option<(Shape, usize)> {
    orders.iter().find_map(|order| {
        let date = DateLayout { order: *order, separator, weekday, joint: 0 };
        let (day, end) = date.read_date(text)?;
        let likely = day.is_legal() && day.year.is_none_or(is_likely_year);
        if likely { with_joint(text, date, day, end) } else { None }
    })
}

fn with_joint(text: &[u8], mut date: DateLayout, day: Date, end: usize) -> Option<(Shape, usize)> {
    date.joint = match *text.get(end)? {
        b'0'..=b'9' if date.order == Order::Compact => 0,
        mark @ (b'T' | b't' | b' ' | b'_' | b'-' | b':' | b',' | b';' | b'\t') => mark,
        _ => return None,
    };
    let at = date.skip_joint(text, end)?;
    with_time(text, date, Some(day), at)
}

fn with_time(text: &[u8], date: DateLayout, day: Option<Date>, at: usize) -> Option<(Shape, usize)> {
    let run = digits::run(text, at);
    let mark = text.get(at + run).copied().unwrap_or(0);
    let dotted = mark == b'.' && date.has_date();
    let dashed = mark == b'-' && matches!(date.joint, b'_' | b'T' | b'-');
    let compact_date = matches!(date.order, Order::Compact | Order::ShortCompact);
    let found = match run {
        6 if compact_date => time_of(text, at, Style::Compact, 0),
        1 | 2 if mark == b':' || dotted || dashed => [Style::Padded, Style::Loose, Style::Minutes]
            .into_iter()
            .find_map(|style| time_of(text, at, style, mark)),
        _ => None,
    };
    let (rest, time, end) = found?;
    let rest =
        with_fraction(text, rest, time, end, date.weekday && day.is_some_and(|day| day.year.is_none()));
    let complete = match (rest.style, date.order) {
        (Style::Minutes, _) => {
            rest.separator == b':' && (date.has_year() || rest.meridiem) && date.has_date()
        }
        (_, Order::CompactMonthDay) => {
            rest.point == b'.' && date.joint == b' ' && rest.style == Style::Padded
        }
        (_, Order::None) => rest.style == Style::Padded || rest.meridiem || rest.point == b'.',
        _ => true,
    };
    if complete { read(Layout::Civil(date, rest), text) } else { None }
}

fn time_of(text: &[u8], at: usize, style: Style, separator: u8) -> Option<(RestLayout, Daytime, usize)> {
    let layout = RestLayout {
        style,
        separator,
        point: 0,
        places: 0,
        meridiem: false,
        zone: ZoneStyle::None,
        year_last: false,
    };
    let (time, end) = layout.read_time(text, at)?;
    Some((layout, time, end))
}

fn with_fraction(
    text: &[u8],
    mut rest: RestLayout,
    mut time: Daytime,
    mut at: usize,
    year_last: bool,
) -> RestLayout {
    let places = digits::run(text, at + 1);
    let loose = rest.style == Style::Loose;
    let behind = text.get(at + 1 + places).copied();
    rest.point = match (text.get(at), places) {
        (Some(b'.'), 1..) if rest.style != Style::Minutes => b'.',
        (Some(b','), 3 | 6 | 9) if rest.style != Style::Minutes => b',',
        (Some(b':'), 3 | 6) if rest.style != Style::Minutes && behind != Some(b':') => b':',
        (Some(b':'), 1 | 2) if loose && behind != Some(b':') => b':',
        _ => 0,
    };
    if rest.point != 0 {
        rest.places = places as u8;
        at += 1 + places;
    }
    if let Some(end) = rest::read_meridiem(text, at, &mut time).filter(|end| ends(text, *end)) {
        rest.meridiem = time.is_legal();
        at = if rest.meridiem { end } else { at };
    }
    with_zone(text, rest, at, year_last)
}

fn with_zone(text: &[u8], mut rest: RestLayout, mut at: usize, year_last: bool) -> RestLayout {
    if let (Some(_), end) = rest::attached(text, at) {
        (rest.zone, at) = (ZoneStyle::Attached, end);
    } else if let Some(end) = apart(text, at) {
        (rest.zone, at) = (ZoneStyle::Apart, end);
    } else if let (Some(_), end) = rest::word(text, at) {
        (rest.zone, at) = (ZoneStyle::Word, end);
    }
    let late_year = rest::read_year(text, at).filter(|(_, end)| year_last && ends(text, *end));
    rest.year_last = late_year.is_some_and(|(year, _)| year.is_some_and(is_likely_year));
    rest
}

/// An offset after a blank; two digits alone after a sign are too little to be one.
fn apart(text: &[u8], at: usize) -> Option<usize> {
    if text.get(at) != Some(&b' ') {
        return None;
    }
    let (_, end) = rest::offset(text, at + 1)?;
    (end - at > 4).then_some(end)
}
