//! Differences for the tests of renderers.

use super::{Differences, MatchRow, NewRow, SlowerRow, Spread, ValuesRow};
use crate::templates_diff::{DiffRow, Side, SideCount};

/// A red run against a green one.
pub(crate) fn compared() -> Differences {
    let mut diff = saying("thread 'main' panicked at src/lib.rs:7:9:\nleft: 3, right: 4");
    diff.baseline.name = "green.log".to_owned();
    diff.target.name = "red.log".to_owned();
    (diff.streams[0].target, diff.streams[0].baseline[0]) = ("red.log".to_owned(), "green.log".to_owned());
    diff.new[0].file = Some("red.log".to_owned());
    diff.new[1] = NewRow {
        level: "info".to_owned(),
        failure: 0.0,
        count: 1_200,
        file: None,
        message: None,
        template: "resumed after <number> ms".to_owned(),
        ..diff.new[1].clone()
    };
    diff.slower[0].template = "request <number> took <number> ms".to_owned();
    diff.values[0].template = "mode=<word>".to_owned();
    diff.values[0].known = vec!["normal".to_owned(), "fast".to_owned()];
    diff.values[0].new = vec!["degraded".to_owned()];
    for row in [&mut diff.gone, &mut diff.more, &mut diff.less].into_iter().flatten() {
        row.template = "heartbeat sent to <ip>".to_owned();
        row.level = "debug".to_owned();
    }
    diff
}

/// Every place that a stranger may fill says that; names of levels, units, types and ids are our own.
pub(crate) fn saying(text: &str) -> Differences {
    let said = || text.to_owned();
    let side = |records: u64| Side { name: said(), records, templates: 9, ..Side::default() };
    let count = |count: u64, share: f64| SideCount { count, share, per_hour: None };
    let row = || DiffRow {
        template_id: "0123456789abcdef".to_owned(),
        level: "error".to_owned(),
        a: count(40, 0.02),
        b: count(9, 0.004),
        template: said(),
    };
    let new = NewRow {
        template_id: "0123456789abcdef".to_owned(),
        level: "error".to_owned(),
        count: 1,
        share: 0.01,
        template: said(),
        failure: 4.0,
        words: vec![said()],
        file: Some(said()),
        line: Some(168),
        time: Some("2024-01-31T10:00:00Z".to_owned()),
        message: Some(said()),
        before: vec![said(), said()],
        after: vec![said()],
    };
    let spread = |median: f64| Spread { sampled: 900, median, p90: 2.0 * median, greatest: 9.0 * median };
    Differences {
        baseline: side(2000),
        target: side(2100),
        streams: vec![MatchRow { target: said(), baseline: vec![said()], by: "all".to_owned() }],
        new: vec![new.clone(), new],
        gone: vec![row()],
        more: vec![row()],
        less: vec![row()],
        slower: vec![SlowerRow {
            template_id: "0123456789abcdef".to_owned(),
            template: said(),
            slot: 1,
            unit: "ms".to_owned(),
            a: spread(20.0),
            b: spread(96.0),
            factor: 4.8,
            p_value: 1e-9,
        }],
        values: vec![ValuesRow {
            template_id: "0123456789abcdef".to_owned(),
            template: said(),
            slot: 0,
            kind: "word".to_owned(),
            what: "new".to_owned(),
            known: vec![said()],
            new: vec![said(), said()],
            share: 0.4,
            p_value: 1e-5,
        }],
        unchanged: 7,
    }
}
