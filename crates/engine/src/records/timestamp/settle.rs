//! Many stamps of a stream in, the one shape that reads them all out.
//!
//! A single stamp is often ambiguous: `03/04/24` has three readings. The one is taken that reads most stamps and
//! lets time go on most steadily.

use super::date::Order;
use super::rest::Style;
use super::{Layout, Shape, Stamp, digits};
use crate::records::time::days_from_civil;

/// More samples than this change nothing and only cost time.
const SAMPLES: usize = 2000;

/// How well a shape reads the samples; the smaller, the better.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Verdict {
    unread: usize,
    varying_fraction: bool,
    backward_steps: usize,
    way: u64,
}

pub(super) fn settle(samples: &[&[u8]]) -> Option<Shape> {
    let samples = samples.get(..SAMPLES.min(samples.len())).unwrap_or_default();
    let mut best: Option<(Verdict, Shape)> = None;
    for shape in candidates(samples) {
        let verdict = judge(shape, samples);
        if best.as_ref().is_none_or(|(known, _)| verdict < *known) {
            best = Some((verdict, shape));
        }
    }
    best.filter(|(verdict, _)| verdict.unread < samples.len()).map(|(_, shape)| shape)
}

/// The shapes of single samples, the most frequent first, and then their siblings.
fn candidates(samples: &[&[u8]]) -> Vec<Shape> {
    let mut counted: Vec<(Shape, usize)> = Vec::new();
    for (shape, _) in samples.iter().filter_map(|sample| Shape::detect(sample)) {
        if let Some((_, count)) = counted.iter_mut().find(|(known, _)| *known == shape) {
            *count += 1;
        } else if counted.len() < 16 {
            counted.push((shape, 1));
        }
    }
    counted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut shapes: Vec<Shape> = counted.into_iter().map(|(shape, _)| shape).collect();
    for shape in shapes.clone() {
        for sibling in siblings(shape) {
            if !shapes.contains(&sibling) {
                shapes.push(sibling);
            }
        }
    }
    shapes
}

/// Layouts that could have been meant as well.
fn siblings(shape: Shape) -> Vec<Shape> {
    let Layout::Civil(date, rest) = shape.0 else { return Vec::new() };
    let other_orders = same_look(date.order).iter().map(|order| {
        let mut date = date;
        date.order = *order;
        Shape(Layout::Civil(date, rest))
    });
    let mut all: Vec<Shape> = other_orders.collect();
    let mut loose = rest;
    loose.style = Style::Loose;
    let mut plain = rest;
    (plain.point, plain.places) = (0, 0);
    if rest.style == Style::Padded {
        all.push(Shape(Layout::Civil(date, loose)));
    }
    if rest.point == b',' {
        all.push(Shape(Layout::Civil(date, plain)));
    }
    all
}

/// Orders that digits and separators alone do not tell apart.
fn same_look(order: Order) -> &'static [Order] {
    use Order::{
        DayMonth, DayMonthShortYear, DayMonthYear, MonthDay, MonthDayShortYear, MonthDayYear,
        ShortYearMonthDay,
    };
    match order {
        DayMonthYear | MonthDayYear => &[MonthDayYear, DayMonthYear],
        MonthDay | DayMonth => &[MonthDay, DayMonth],
        ShortYearMonthDay | MonthDayShortYear | DayMonthShortYear => {
            &[ShortYearMonthDay, MonthDayShortYear, DayMonthShortYear]
        }
        _ => &[],
    }
}

fn judge(shape: Shape, samples: &[&[u8]]) -> Verdict {
    let (mut read, mut backward_steps, mut way) = (0, 0, 0_u64);
    let (mut last, mut places) = (None, [false; 21]);
    for sample in samples {
        let Some((stamp, _)) = shape.parse(sample).filter(|(stamp, _)| stamp.is_legal()) else { continue };
        read += 1;
        let now = position(stamp);
        if let Some(last) = last {
            backward_steps += usize::from(now < last);
            way = way.saturating_add(now.abs_diff(last));
        }
        last = Some(now);
        if let Some(seen) = fraction_places(shape, sample).and_then(|count| places.get_mut(count)) {
            *seen = true;
        }
    }
    let varying_fraction = places.iter().filter(|seen| **seen).count() > 1;
    Verdict { unread: samples.len() - read, varying_fraction, backward_steps, way }
}

/// Seconds on a scale that is good enough to compare stamps of one shape.
fn position(stamp: Stamp) -> i64 {
    match stamp {
        Stamp::Epoch(nanos) => nanos.div_euclid(1_000_000_000),
        Stamp::Civil(civil) => {
            let day = civil.date.map_or(0, |date| {
                days_from_civil(
                    i64::from(date.year.unwrap_or(2000)),
                    u32::from(date.month),
                    u32::from(date.day),
                )
            });
            day * 86_400 + civil.time.seconds() - i64::from(civil.offset.unwrap_or(0))
        }
    }
}

/// How many digits follow a comma that is taken for the decimal mark of the seconds.
fn fraction_places(shape: Shape, sample: &[u8]) -> Option<usize> {
    let Layout::Civil(date, rest) = shape.0 else { return None };
    if rest.point != b',' {
        return None;
    }
    let (_, start) = date.read(sample)?;
    let comma = sample.iter().skip(start).position(|byte| *byte == b',')?;
    Some(digits::run(sample, start + comma + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(samples: &[&str], layout: &str) {
        let samples: Vec<&[u8]> = samples.iter().map(|sample| sample.as_bytes()).collect();
        let shape = settle(&samples).expect("a shape");
        assert_eq!(shape.describe(), layout, "{samples:?}");
    }

    #[test]
    fn day_and_month_by_what_is_legal() {
        check(&["03/04/2024 10:00:00", "13/04/2024 10:00:00"], "DD/MM/YYYY HH:MM:SS");
        check(&["03/04/2024 10:00:00", "04/13/2024 10:00:00"], "MM/DD/YYYY HH:MM:SS");
        check(&["10.12 16:49:06", "10.30 16:49:06"], "MM.DD HH:MM:SS");
        check(&["17/06/09 20:10:40", "17/06/30 20:10:41"], "YY/MM/DD HH:MM:SS");
    }

    #[test]
    fn day_and_month_by_the_steadier_course() {
        check(&["01/02/2024 10:00:00", "02/02/2024 10:00:00", "03/02/2024 1:00:00"], "DD/MM/YYYY H:M:S");
        check(&["02/01/2024 10:00:00", "02/02/2024 10:00:00", "02/03/2024 10:00:00"], "MM/DD/YYYY HH:MM:SS");
    }

    #[test]
    fn a_comma_may_end_a_column() {
        check(&["2024-01-01 10:00:00,123 a", "2024-01-01 10:00:00,456 b"], "YYYY-MM-DD HH:MM:SS,mmm");
        check(&["2024-01-01 10:00:00,123,a", "2024-01-01 10:00:00,7,b"], "YYYY-MM-DD HH:MM:SS");
    }

    #[test]
    fn the_loosest_style_that_occurs() {
        check(&["20171223-22:15:29:606|x", "20171223-22:16:1:5|x"], "YYYYMMDD-H:M:S:mmm");
    }
}
