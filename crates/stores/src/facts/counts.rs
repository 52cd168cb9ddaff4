//! How often every template came in a stretch of time, in steps: what two times are compared by.

use std::collections::HashMap;

use rusqlite::params;

use super::reader::Facts;
use super::rows::{Page, Paged, TemplateFact};
use crate::StoreError;

const SECOND: i64 = 1_000_000_000;
/// Counts are kept by the hour.
const HOUR: i64 = 3_600 * SECOND;
const WEEK: i64 = 7 * 24 * HOUR;
/// Counts that are read for a page.
const READ: i64 = 50_000;
/// Counts that are read at most where all are needed.
const MOST: i64 = 500_000;
/// What a stretch is parted into to see what rises.
const QUARTERS: usize = 4;
/// What rises by less may be chance.
const STRIKING: f64 = 6.0;

/// How often a template came, step by step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateCounts {
    /// The template.
    pub id: String,
    /// Records in each step.
    pub counts: Vec<u64>,
}

/// How often a template came in two stretches of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateChange {
    /// The template.
    pub id: String,
    /// Its text, where it is still known.
    pub text: Option<String>,
    /// Its gravest level.
    pub level: Option<String>,
    /// Records in the first stretch.
    pub before: u64,
    /// Records in the second.
    pub after: u64,
}

impl Facts {
    /// How often each template came between two moments, in so many steps, by id; those that did not come are left out.
    ///
    /// A short time is summed up as a whole. Of a long one so many counts are read for a page, in the order of templates.
    pub fn template_counts(
        &self,
        since: i64,
        until: i64,
        steps: usize,
        page: &Page,
    ) -> Result<Paged<TemplateCounts>, StoreError> {
        let between = Between::of(since, until, steps);
        let after = page.after.as_deref().unwrap_or_default();
        if self.is_short(&between)? {
            let mut all = self.counts_between(&between)?;
            all.retain(|one| one.id.as_str() > after);
            let more = all.len() > page.limit;
            all.truncate(page.limit);
            let next = all.last().filter(|_| more).map(|one| one.id.clone());
            return Ok(Paged { rows: all, next, reached: None });
        }
        self.counts_behind(&[between], after, page.limit)
    }

    /// The templates that come more often in the last quarter of a stretch than before, the most striking first. Of a long
    /// stretch its last week is looked at.
    pub fn rising(&self, since: i64, until: i64, most: usize) -> Result<Vec<TemplateCounts>, StoreError> {
        let since = since.max(until.saturating_sub(WEEK));
        let mut all = self.counts_between(&Between::of(since, until, QUARTERS))?;
        all.retain(|one| striking(&one.counts) >= STRIKING);
        let by = |one: &TemplateCounts| striking(&one.counts);
        all.sort_by(|one, other| by(other).total_cmp(&by(one)).then_with(|| one.id.cmp(&other.id)));
        all.truncate(most);
        Ok(all)
    }

    fn is_short(&self, between: &Between) -> Result<bool, StoreError> {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM template_hours INDEXED BY template_hours_hour
             WHERE hour > ?1 AND hour < ?2 LIMIT ?3)";
        let found: Option<i64> =
            self.one(sql, params![between.after, between.before, READ + 1], |row| row.get(0))?;
        Ok(found.is_some_and(|rows| rows <= READ))
    }

    fn counts_between(&self, between: &Between) -> Result<Vec<TemplateCounts>, StoreError> {
        let sql = "SELECT template, hour, count FROM template_hours INDEXED BY template_hours_hour
             WHERE hour > ?1 AND hour < ?2 LIMIT ?3";
        let mut all: HashMap<String, Vec<u64>> = HashMap::new();
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![between.after, between.before, MOST])?;
        while let Some(row) = rows.next()? {
            let id = row.get_ref(0)?.as_str().unwrap_or_default();
            if !all.contains_key(id) {
                all.insert(id.to_owned(), vec![0; between.steps]);
            }
            if let Some(counts) = all.get_mut(id) {
                between.add(counts, row.get(1)?, row.get(2)?);
            }
        }
        let mut all: Vec<_> = all.into_iter().map(|(id, counts)| TemplateCounts { id, counts }).collect();
        all.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(all)
    }

    /// How often each template came in two stretches of time, by id, so many counts read for a page; those that came in
    /// neither are left out.
    pub fn template_changes(
        &self,
        before: (i64, i64),
        after: (i64, i64),
        page: &Page,
    ) -> Result<Paged<TemplateChange>, StoreError> {
        let stretches = [Between::of(before.0, before.1, 1), Between::of(after.0, after.1, 1)];
        let behind = page.after.as_deref().unwrap_or_default();
        let found = self.counts_behind(&stretches, behind, page.limit)?;
        let ids: Vec<&str> = found.rows.iter().map(|row| row.id.as_str()).collect();
        let named = self.templates_named(&ids)?;
        let named: HashMap<&str, &TemplateFact> = named.iter().map(|fact| (fact.id.as_str(), fact)).collect();
        let rows = found.rows.iter().map(|row| {
            let known = named.get(row.id.as_str());
            TemplateChange {
                id: row.id.clone(),
                text: known.map(|fact| fact.text.clone()),
                level: known.and_then(|fact| fact.level.clone()),
                before: row.counts.first().copied().unwrap_or_default(),
                after: row.counts.last().copied().unwrap_or_default(),
            }
        });
        Ok(Paged { rows: rows.collect(), next: found.next, reached: None })
    }

    /// Counts of the templates behind one, as many as enough rows or templates make, the steps of each stretch behind those
    /// of the one before. A template is never told in parts.
    fn counts_behind(
        &self,
        stretches: &[Between],
        after: &str,
        most: usize,
    ) -> Result<Paged<TemplateCounts>, StoreError> {
        let sql = "SELECT template, hour, count FROM template_hours WHERE template > ?1 ORDER BY template";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut found = statement.query(params![after])?;
        let steps = stretches.iter().map(|stretch| stretch.steps).sum();
        let mut rows: Vec<TemplateCounts> = Vec::new();
        let mut one = TemplateCounts::default();
        let mut read = 0;
        while let Some(row) = found.next()? {
            let id = row.get_ref(0)?.as_str().unwrap_or_default();
            if id != one.id {
                let id = id.to_owned();
                let before = std::mem::replace(&mut one, TemplateCounts { id, counts: vec![0; steps] });
                let last = before.id.clone();
                keep(before, &mut rows);
                if read >= READ || rows.len() >= most {
                    return Ok(Paged { rows, next: Some(last), reached: None });
                }
            }
            read += 1;
            let (hour, count) = (row.get(1)?, row.get(2)?);
            let mut counts = one.counts.as_mut_slice();
            for stretch in stretches {
                let (own, others) = counts.split_at_mut(stretch.steps);
                if stretch.has(hour) {
                    stretch.add(own, hour, count);
                }
                counts = others;
            }
        }
        keep(one, &mut rows);
        Ok(Paged { rows, next: None, reached: None })
    }
}

/// Takes a template that came.
fn keep(one: TemplateCounts, rows: &mut Vec<TemplateCounts>) {
    if one.counts.iter().any(|count| *count > 0) {
        rows.push(one);
    }
}

/// A stretch of time in steps.
struct Between {
    /// Hours that begin behind this and before that are in it; one that began before and goes on is part of the first step.
    after: i64,
    before: i64,
    since: i64,
    length: i64,
    steps: usize,
}

impl Between {
    fn of(since: i64, until: i64, steps: usize) -> Between {
        let length = until.saturating_sub(since).max(SECOND);
        Between { after: since.saturating_sub(HOUR), before: until, since, length, steps }
    }

    fn has(&self, hour: i64) -> bool {
        hour > self.after && hour < self.before
    }

    fn add(&self, counts: &mut [u64], hour: i64, count: i64) {
        let into = i128::from(hour.saturating_sub(self.since).max(0)) * self.steps as i128;
        let place = usize::try_from(into / i128::from(self.length)).unwrap_or_default();
        if let Some(sum) = counts.get_mut(place.min(self.steps.saturating_sub(1))) {
            *sum += count.max(0).cast_unsigned();
        }
    }
}

/// By how many times of what chance does the last quarter is more than the mean of those before it. What never came before
/// is new and not rising.
fn striking(counts: &[u64]) -> f64 {
    let Some((last, before)) = counts.split_last() else { return 0.0 };
    let sum: u64 = before.iter().sum();
    if sum == 0 {
        return 0.0;
    }
    let usual = sum as f64 / before.len() as f64;
    let rest = *last as f64 - usual;
    // Twice as often at the least: of what comes a million times, a hundredth more is beyond chance and of no interest.
    if rest < usual { 0.0 } else { rest / (usual + 1.0).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::super::{HourRow, Judged, Writer};
    use super::*;

    #[test]
    fn what_rises_came_before_and_comes_much_more_often() {
        for (counts, strikes) in [
            ([10, 12, 11, 100], true),
            ([0, 0, 0, 100], false),
            ([10, 12, 11, 20], false),
            ([1, 0, 1, 3], false),
            ([1_000_000, 1_000_000, 1_000_000, 1_500_000], false),
            ([0, 0, 1, 60], true),
        ] {
            assert_eq!(striking(&counts) >= STRIKING, strikes, "{counts:?} {}", striking(&counts));
        }
    }

    fn stored(templates: u64, hours: i64) -> (tempfile::TempDir, Facts) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("facts.sqlite");
        let hour = |template: u64, hour| HourRow {
            template: format!("t{template:04}"),
            hour: hour * HOUR,
            stream: "app".to_owned(),
            count: 1,
        };
        let rows = (0..templates).flat_map(|template| (0..hours).map(move |nth| hour(template, nth)));
        let judged = Judged { hours: rows.collect(), ..Judged::default() };
        Writer::open(&path).unwrap().judged(&judged).unwrap();
        let facts = Facts::open(&path).unwrap();
        (folder, facts)
    }

    #[test]
    fn short_and_long_times_are_counted_alike_page_by_page() {
        let (_folder, facts) = stored(300, 240);
        for (hours, steps) in [(24, 24), (48, 5), (240, 24), (240, 1)] {
            let (mut rows, mut after, mut pages) = (Vec::new(), None, 0);
            loop {
                let page = Page { limit: 120, after };
                let found = facts.template_counts(0, hours * HOUR, steps, &page).unwrap();
                rows.extend(found.rows);
                pages += 1;
                after = found.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!((rows.len(), pages), (300, 3), "{hours} h");
            assert!(rows.is_sorted_by_key(|row| row.id.clone()));
            for row in &rows {
                assert_eq!(row.counts.len(), steps);
                assert_eq!(row.counts.iter().sum::<u64>(), hours as u64, "{row:?}");
            }
        }
        let found =
            facts.template_changes((0, 10 * HOUR), (20 * HOUR, 25 * HOUR), &Page { limit: 290, after: None });
        let found = found.unwrap();
        // As many as enough rows make: 50,000 and what the last of them has.
        assert_eq!((found.rows.len(), found.next.as_deref()), (209, Some("t0208")));
        assert!(found.rows.iter().all(|row| (row.before, row.after) == (10, 5) && row.text.is_none()));
        let later = facts.template_counts(30 * HOUR - HOUR / 2, 32 * HOUR, 2, &Page::default()).unwrap();
        // The hour that goes on when it begins is part of it.
        assert_eq!(later.rows[0].counts, [2, 1]);
    }
}
