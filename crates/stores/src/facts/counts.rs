//! How often every template came in a stretch of time, in steps: what two times are compared by.

use rusqlite::params;

use super::reader::Facts;
use crate::StoreError;

const SECOND: i64 = 1_000_000_000;
/// Counts are kept by the hour.
const HOUR: i64 = 3_600;
/// Rows at most: a template and a step each.
const MOST: i64 = 2_000_000;

/// How often a template came, step by step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateCounts {
    /// The template.
    pub id: String,
    /// Records in each step.
    pub counts: Vec<u64>,
}

impl Facts {
    /// How often each template came between two moments, in so many steps; those that did not come are left out.
    pub fn template_counts(
        &self,
        since: i64,
        until: i64,
        steps: usize,
    ) -> Result<Vec<TemplateCounts>, StoreError> {
        let (since, until) = (since.div_euclid(SECOND), until.div_euclid(SECOND));
        let length = until.saturating_sub(since).max(1);
        // An hour that began before and goes on is part of the first step.
        let sql = "SELECT template, max(0, (hour / 1000000000 - ?1) * ?3 / ?4), sum(count) FROM template_hours
             WHERE hour > (?1 - ?5) * 1000000000 AND hour < ?2 * 1000000000 GROUP BY 1, 2 ORDER BY 1, 2 LIMIT ?6";
        let rows: Vec<(String, i64, i64)> =
            self.all(sql, params![since, until, steps as i64, length, HOUR, MOST], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        Ok(gathered(rows, steps))
    }
}

/// Rows in the order of their templates, one after another, as one list for each.
fn gathered(rows: Vec<(String, i64, i64)>, steps: usize) -> Vec<TemplateCounts> {
    let mut all: Vec<TemplateCounts> = Vec::new();
    for (id, step, count) in rows {
        if all.last().is_none_or(|last| last.id != id) {
            all.push(TemplateCounts { id, counts: vec![0; steps] });
        }
        let place = usize::try_from(step).unwrap_or_default().min(steps.saturating_sub(1));
        if let Some(sum) = all.last_mut().and_then(|last| last.counts.get_mut(place)) {
            *sum += count.max(0).cast_unsigned();
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_of_a_template_stand_together() {
        let row = |id: &str, step, count| (id.to_owned(), step, count);
        let rows = vec![row("a", 0, 2), row("a", 2, 5), row("b", 7, 1), row("c", 1, -4)];
        let all = gathered(rows, 3);
        let counts: Vec<(&str, &[u64])> =
            all.iter().map(|one| (one.id.as_str(), one.counts.as_slice())).collect();
        assert_eq!(counts, [("a", &[2, 0, 5][..]), ("b", &[0, 0, 1]), ("c", &[0, 0, 0])]);
    }
}
