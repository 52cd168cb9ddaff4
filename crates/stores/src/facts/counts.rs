//! How often every template came in a stretch of time, in steps: what two times are compared by.

use std::collections::HashMap;

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
        let sql = "SELECT template, hour, count FROM template_hours INDEXED BY template_hours_hour
             WHERE hour > (?1 - ?3) * 1000000000 AND hour < ?2 * 1000000000 LIMIT ?4";
        let mut all = Gathered { by_template: HashMap::new(), steps };
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![since, until, HOUR, MOST])?;
        while let Some(row) = rows.next()? {
            let (hour, count): (i64, i64) = (row.get(1)?, row.get(2)?);
            let step = (hour / SECOND).saturating_sub(since).max(0).saturating_mul(steps as i64) / length;
            all.add(row.get_ref(0)?.as_str().unwrap_or_default(), step, count);
        }
        Ok(all.sorted())
    }
}

/// Counts as they are read: in the order of the hours, and not of the templates.
struct Gathered {
    by_template: HashMap<String, Vec<u64>>,
    steps: usize,
}

impl Gathered {
    fn add(&mut self, id: &str, step: i64, count: i64) {
        if !self.by_template.contains_key(id) {
            self.by_template.insert(id.to_owned(), vec![0; self.steps]);
        }
        let place = usize::try_from(step).unwrap_or_default().min(self.steps.saturating_sub(1));
        if let Some(sum) = self.by_template.get_mut(id).and_then(|counts| counts.get_mut(place)) {
            *sum += count.max(0).cast_unsigned();
        }
    }

    fn sorted(self) -> Vec<TemplateCounts> {
        let all = self.by_template.into_iter().map(|(id, counts)| TemplateCounts { id, counts });
        let mut all: Vec<TemplateCounts> = all.collect();
        all.sort_by(|one, other| one.id.cmp(&other.id));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_of_a_template_stand_together() {
        let mut all = Gathered { by_template: HashMap::new(), steps: 3 };
        for (id, step, count) in [("b", 7, 1), ("a", 0, 2), ("c", 1, -4), ("a", 2, 5), ("b", -1, 3)] {
            all.add(id, step, count);
        }
        let all = all.sorted();
        let counts: Vec<(&str, &[u64])> =
            all.iter().map(|one| (one.id.as_str(), one.counts.as_slice())).collect();
        assert_eq!(counts, [("a", &[2, 0, 5][..]), ("b", &[3, 0, 1]), ("c", &[0, 0, 0])]);
    }
}
