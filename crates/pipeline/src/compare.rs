//! Two things learned in, what differs between them out.
//!
//! Templates depend on all that was seen, so those of two sides cannot simply be laid beside each other: a word
//! that is a slot in one may be constant in the other. The skeletons of both are put together, templates are
//! made of the whole, and each side is counted by them.

use std::collections::BTreeMap;

use logsift_engine::model::Learned;
use logsift_engine::templates::{Pins, Stats, Template, TemplateId, Templates};
use logsift_reports::scan_report::Notice;
use logsift_reports::templates_diff::{DIFF_VERSION, DiffRow, Side, SideCount, TemplatesDiff};
use logsift_reports::templates_report::{per_hour, shown};

use crate::learning::product;

/// A share must change by this factor.
const FACTOR: f64 = 2.0;
/// The G statistic that chance exceeds once in ten thousand comparisons of equal shares.
const BEYOND_CHANCE: f64 = 15.14;

/// One side of a comparison.
#[derive(Clone, Debug)]
pub struct Compared {
    /// What the user named.
    pub name: String,
    /// Whether that is a model.
    pub model: bool,
    /// What was learned from it.
    pub learned: Learned,
    /// What was not read as asked.
    pub notices: Vec<Notice>,
}

/// What differs.
pub fn compare(a: &Compared, b: &Compared, pins: &Pins) -> TemplatesDiff {
    let mut both = a.learned.miner().clone();
    both.absorb(b.learned.miner().clone());
    compare_by(&both.templates_with(pins), a, b)
}

/// What differs, by the templates of both.
pub(crate) fn compare_by(templates: &Templates, a: &Compared, b: &Compared) -> TemplatesDiff {
    let sides = [Counted::of(a, a.learned.counted(templates)), Counted::of(b, b.learned.counted(templates))];
    let mut diff = TemplatesDiff {
        diff_version: DIFF_VERSION,
        product: product(),
        a: sides[0].side(a),
        b: sides[1].side(b),
        new: Vec::new(),
        gone: Vec::new(),
        more: Vec::new(),
        less: Vec::new(),
        unchanged: 0,
        notices: a.notices.iter().chain(&b.notices).cloned().collect(),
    };
    let mut changed: Vec<(f64, DiffRow)> = Vec::new();
    for template in templates.list() {
        let row = row(template, &sides);
        match (row.a.count, row.b.count) {
            (0, _) => diff.new.push(row),
            (_, 0) => diff.gone.push(row),
            _ => match change(&row, &sides) {
                None => diff.unchanged += 1,
                Some(clear) => changed.push((clear, row)),
            },
        }
    }
    // The list of templates is sorted, and equal ones keep their order.
    changed.sort_by(|(one, _), (two, _)| two.total_cmp(one));
    for (_, row) in changed {
        if row.b.share > row.a.share { diff.more.push(row) } else { diff.less.push(row) }
    }
    diff
}

struct Counted {
    counts: BTreeMap<TemplateId, Stats>,
    records: u64,
    nanos: Option<u64>,
    totals: Stats,
}

impl Counted {
    fn of(side: &Compared, counts: BTreeMap<TemplateId, Stats>) -> Counted {
        let totals = side.learned.totals();
        let nanos = totals.times().map(|(first, last)| last.nanos().abs_diff(first.nanos()));
        Counted { counts, records: totals.count(), nanos, totals }
    }

    fn side(&self, side: &Compared) -> Side {
        Side {
            name: side.name.clone(),
            model: side.model,
            records: self.records,
            forgotten_records: side.learned.miner().account().forgotten_records,
            templates: self.counts.len() as u64,
            time: self.totals.times().map(Into::into),
        }
    }

    fn count(&self, id: TemplateId) -> SideCount {
        let count = self.counts.get(&id).map_or(0, Stats::count);
        let share = if self.records == 0 { 0.0 } else { count as f64 / self.records as f64 };
        SideCount { count, share, per_hour: per_hour(count, self.nanos) }
    }
}

fn row(template: &Template, [a, b]: &[Counted; 2]) -> DiffRow {
    DiffRow {
        template_id: template.id.to_string(),
        level: template.stats.gravest().map_or("none", |level| level.name()).to_owned(),
        a: a.count(template.id),
        b: b.count(template.id),
        template: shown(template.text()),
    }
}

/// How clearly the share has changed, where it has changed enough and beyond chance.
fn change(row: &DiffRow, [a, b]: &[Counted; 2]) -> Option<f64> {
    let (low, high) = (row.a.share.min(row.b.share), row.a.share.max(row.b.share));
    let clear = g_statistic((row.a.count, a.records), (row.b.count, b.records));
    (high >= FACTOR * low && clear >= BEYOND_CHANCE).then_some(clear)
}

/// Twice the log-likelihood ratio of two shares against one for both.
fn g_statistic((a, of_a): (u64, u64), (b, of_b): (u64, u64)) -> f64 {
    let all = (of_a + of_b) as f64;
    let term = |seen: u64, column: u64, row: u64| {
        if seen == 0 { 0.0 } else { seen as f64 * (seen as f64 * all / (column as f64 * row as f64)).ln() }
    };
    let (with, without) = (a + b, of_a + of_b - a - b);
    2.0 * (term(a, of_a, with)
        + term(of_a - a, of_a, without)
        + term(b, of_b, with)
        + term(of_b - b, of_b, without))
}

#[cfg(test)]
mod tests {
    use super::*;
    use logsift_engine::model::Redaction;
    use logsift_engine::templates::Facts;

    fn side(lines: &[(&str, usize)]) -> Compared {
        let mut learned = Learned::new(Redaction::None, 64 << 20);
        for (line, count) in lines {
            for nth in 0..*count {
                let line = line.replace('#', &nth.to_string());
                learned.miner_mut().add(line.as_bytes(), &Facts::default());
            }
        }
        Compared { name: String::new(), model: false, learned, notices: Vec::new() }
    }

    fn texts(rows: &[DiffRow]) -> Vec<(&str, u64, u64)> {
        rows.iter().map(|row| (row.template.as_str(), row.a.count, row.b.count)).collect()
    }

    #[test]
    fn templates_are_new_gone_more_or_less() {
        let a =
            side(&[("job # done", 100), ("disk is fine", 50), ("retry #", 5), ("old news", 3), ("ping", 40)]);
        let b = side(&[
            ("job # done", 100),
            ("disk is fine", 4),
            ("retry #", 60),
            ("disk is gone", 2),
            ("ping", 30),
        ]);
        let diff = compare(&a, &b, &Pins::default());
        assert_eq!(texts(&diff.new), [("disk is gone", 0, 2)]);
        assert_eq!(texts(&diff.gone), [("old news", 3, 0)]);
        assert_eq!(texts(&diff.more), [("retry <number>", 5, 60)]);
        assert_eq!(texts(&diff.less), [("disk is fine", 50, 4)]);
        assert_eq!(diff.unchanged, 2);
        assert_eq!((diff.a.records, diff.b.records), (198, 196));
    }

    #[test]
    fn chance_is_no_change_and_the_same_is_none() {
        let (a, b) = (side(&[("x y", 2), ("z", 1000)]), side(&[("x y", 5), ("z", 1000)]));
        assert_eq!(compare(&a, &b, &Pins::default()).unchanged, 2);
        let diff = compare(&a, &a, &Pins::default());
        assert_eq!(diff.unchanged, 2);
        assert!(g_statistic((10, 100), (10, 100)).abs() < 1e-9);
        assert!(g_statistic((0, 0), (0, 0)).abs() < 1e-9);
    }

    #[test]
    fn a_word_that_is_a_slot_in_one_is_no_difference() {
        let names = ["ann", "ben", "cid", "dan", "eve", "fay", "gus"];
        let lines: Vec<(String, usize)> =
            names.iter().map(|name| (format!("hello {name} today"), 2)).collect();
        let many: Vec<(&str, usize)> = lines.iter().map(|(line, count)| (line.as_str(), *count)).collect();
        let diff = compare(&side(&many), &side(&[("hello ann today", 9)]), &Pins::default());
        assert!(diff.new.is_empty() && diff.gone.is_empty(), "{diff:?}");
    }
}
