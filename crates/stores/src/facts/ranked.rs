//! Incidents by how much they matter: of a stretch of time the worst, and how many there are of each kind.
//!
//! Both are read from one index, which has all that is compared, so that what an incident says in full is read only of the few
//! that are shown.

use std::collections::BTreeMap;

use rusqlite::{Row, params};

use super::reader::{Facts, limit};
use super::rows::{IncidentFact, Page};
use super::severity;
use crate::StoreError;

/// How many incidents there are of a state and a severity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IncidentCount {
    /// `open`, `resolved` or `withdrawn`.
    pub state: String,
    /// `low`, `medium`, `high`, `critical`.
    pub severity: String,
    /// How many.
    pub count: u64,
}

/// What of an incident is compared.
struct Seen {
    id: String,
    open: bool,
    severity: i64,
    score: f64,
    at: i64,
}

impl Facts {
    /// The incidents that touch a stretch of time, the worst first: open before resolved, grave before mild, then by
    /// score, and of equals the latest.
    /// Those that were withdrawn are left out.
    pub fn worst_incidents(
        &self,
        since: Option<i64>,
        until: Option<i64>,
        most: usize,
    ) -> Result<Vec<IncidentFact>, StoreError> {
        let mut seen = Vec::new();
        self.each_incident(since, until, |row| {
            let state: String = row.get(0)?;
            if state != "withdrawn" {
                let open = state == "open";
                seen.push(Seen {
                    id: row.get(3)?,
                    open,
                    severity: row.get(1)?,
                    score: row.get(2)?,
                    at: row.get(4)?,
                });
            }
            Ok(())
        })?;
        let by = |one: &Seen, other: &Seen| {
            let grave = (other.open, other.severity).cmp(&(one.open, one.severity));
            let likely = grave.then(other.score.total_cmp(&one.score));
            likely.then(other.at.cmp(&one.at)).then_with(|| one.id.cmp(&other.id))
        };
        seen.sort_by(by);
        seen.truncate(limit(&Page { limit: most, after: None }));
        let found: Result<Vec<Option<IncidentFact>>, StoreError> =
            seen.iter().map(|one| self.incident(&one.id)).collect();
        Ok(found?.into_iter().flatten().collect())
    }

    /// How many incidents touch a stretch of time, by state and severity.
    pub fn incident_counts_in(
        &self,
        since: Option<i64>,
        until: Option<i64>,
    ) -> Result<Vec<IncidentCount>, StoreError> {
        let mut counts: BTreeMap<(String, i64), u64> = BTreeMap::new();
        self.each_incident(since, until, |row| {
            *counts.entry((row.get(0)?, row.get(1)?)).or_default() += 1;
            Ok(())
        })?;
        let rows = counts.into_iter().map(|((state, rank), count)| IncidentCount {
            state,
            severity: severity(rank),
            count,
        });
        Ok(rows.collect())
    }

    fn each_incident(
        &self,
        since: Option<i64>,
        until: Option<i64>,
        mut show: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let sql = "SELECT state, severity, score, id, at FROM incidents INDEXED BY incidents_ranked
             WHERE coalesce(end, at) >= ?1 AND coalesce(start, at) <= ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![since.unwrap_or(i64::MIN), until.unwrap_or(i64::MAX)])?;
        while let Some(row) = rows.next()? {
            show(row)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Writer;
    use super::super::tests::judged;
    use super::*;

    #[test]
    fn the_worst_come_first_and_all_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("facts.sqlite");
        let mut all = judged();
        let kinds = [
            ("resolved", "critical", 9.0),
            ("open", "low", 1.0),
            ("withdrawn", "critical", 99.0),
            ("open", "high", 3.0),
            ("open", "high", 3.0),
        ];
        for (incident, (state, severity, score)) in all.incidents.iter_mut().zip(kinds) {
            let fact = &mut incident.fact;
            (fact.state, fact.severity, fact.score) = (state.to_owned(), severity.to_owned(), score);
        }
        Writer::open(&path).unwrap().judged(&all).unwrap();
        let facts = Facts::open(&path).unwrap();
        let ids = |since, until, most| {
            let rows = facts.worst_incidents(since, until, most).unwrap();
            rows.into_iter().map(|row| row.id).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(ids(None, None, 10), "i4 i3 i1 i0");
        assert_eq!(ids(None, None, 2), "i4 i3");
        // The first two begin at 0 and last an hour, the next two begin when they end.
        assert_eq!(ids(None, Some(0), 10), "i1 i0");
        let hour = 3_600_000_000_000;
        assert_eq!(ids(Some(2 * hour + 1), None, 10), "i4");
        let counts = facts.incident_counts_in(None, None).unwrap();
        let open = counts.iter().find(|row| row.state == "open" && row.severity == "high");
        assert_eq!((open.map(|row| row.count), counts.len()), (Some(2), 4));
    }
}
