//! What is searched in, one page of what fits out: findings and kept lines, the latest first.
//!
//! Rows are read in the order of their time and looked at one by one, and no more of them than [`LOOKED`] for a page. So a
//! page is made in the same short time whatever is asked for, however much is kept, and without an index of words that
//! would be larger than the text. Where more is to be looked at, the page says how far it came, and its cursor goes on.

use rusqlite::{Row, named_params};

use super::cursor::Cursor;
use super::lines::LineFact;
use super::reader::{Facts, limit};
use super::rows::{Filter, FindingFact, Page, Paged};
use super::{rank, severity};
use crate::StoreError;

/// Rows that are looked at for a page.
pub(super) const LOOKED: i64 = 20_000;

const FINDING: &str = "at, id, incident, kind, severity, score, stream, template, time, explanation, held";
const LINE: &str = "at, owner, place, kept, incident, stream, template, level, file, line, text";

/// What one of the rows is compared with.
pub(super) struct Wanted<'a> {
    filter: &'a Filter,
    severity: i64,
    text: Option<String>,
}

impl<'a> Wanted<'a> {
    pub(super) fn of(filter: &'a Filter) -> Wanted<'a> {
        let severity = filter.severity.as_deref().map_or(0, rank);
        Wanted { filter, severity, text: filter.text.as_ref().map(|text| text.to_lowercase()) }
    }

    fn finding(&self, row: &Row<'_>) -> rusqlite::Result<bool> {
        let held = || Ok::<_, rusqlite::Error>(!is_none(row, 10)?);
        let state = match self.filter.state.as_deref() {
            Some(state) => (state == "held") == held()?,
            None => true,
        };
        Ok(state
            && row.get::<_, i64>(4)? >= self.severity
            && is(row, 3, self.filter.kind.as_ref())?
            && is(row, 6, self.filter.stream.as_ref())?
            && is(row, 7, self.filter.template.as_ref())?
            && is(row, 2, self.filter.incident.as_ref())?
            && self.says(row, 9)?)
    }

    pub(super) fn line(&self, row: &Row<'_>) -> rusqlite::Result<bool> {
        Ok(is(row, 3, self.filter.kind.as_ref())?
            && is(row, 4, self.filter.incident.as_ref())?
            && is(row, 5, self.filter.stream.as_ref())?
            && is(row, 6, self.filter.template.as_ref())?
            && self.filter.level.as_ref().is_none_or(|level| level_of(row).as_deref() == Some(level))
            && self.says(row, 10)?)
    }

    fn says(&self, row: &Row<'_>, at: usize) -> rusqlite::Result<bool> {
        let Some(wanted) = &self.text else { return Ok(true) };
        Ok(row.get_ref(at)?.as_str().is_ok_and(|text| text.to_lowercase().contains(wanted)))
    }
}

/// The level of a line; `none` where it has none.
pub(super) fn level_of(row: &Row<'_>) -> Option<String> {
    row.get::<_, Option<String>>(7).ok().map(|level| level.unwrap_or_else(|| "none".to_owned()))
}

fn is_none(row: &Row<'_>, at: usize) -> rusqlite::Result<bool> {
    Ok(row.get_ref(at)?.data_type() == rusqlite::types::Type::Null)
}

fn is(row: &Row<'_>, at: usize, wanted: Option<&String>) -> rusqlite::Result<bool> {
    match wanted {
        Some(wanted) => Ok(row.get_ref(at)?.as_str().is_ok_and(|value| value == wanted)),
        None => Ok(true),
    }
}

/// Where looking came to.
pub(super) struct Came {
    pub(super) last: Option<Cursor>,
    pub(super) more: bool,
}

impl Facts {
    /// Findings, the latest first, without their documents.
    pub fn findings(&self, filter: &Filter, page: &Page) -> Result<Paged<FindingFact>, StoreError> {
        // Those of an incident or a template stand together: to look for them from the latest on would be to read all.
        let (by, only) = match (&filter.incident, &filter.template) {
            (Some(_), _) => ("findings_incident", "incident = :only AND"),
            (None, Some(_)) => ("findings_template", "template = :only AND"),
            (None, None) => ("findings_looked", ":only IS NULL AND"),
        };
        let only_value = filter.incident.as_ref().or(filter.template.as_ref());
        let sql = format!(
            "SELECT {FINDING} FROM findings INDEXED BY {by} WHERE {only} at <= :at AND at >= :since
             AND (at < :at OR id > :id) ORDER BY at DESC, id LIMIT :looked"
        );
        let (from, since) = edges(filter, page)?;
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query(named_params! {
            ":only": only_value, ":at": from.at, ":id": from.id, ":since": since, ":looked": LOOKED + 1,
        })?;
        let wanted = Wanted::of(filter);
        let mut found = Vec::new();
        let place = |row: &Row<'_>| Ok(Cursor { at: row.get(0)?, id: row.get(1)? });
        let came = look(rows, limit(page), place, |row| {
            if !wanted.finding(row)? {
                return Ok(false);
            }
            found.push(finding(row)?);
            Ok(true)
        })?;
        Ok(paged(found, came))
    }

    /// Lines that are kept, the latest first. Of a [`Filter`] the kind is what a line is kept as.
    pub fn lines(&self, filter: &Filter, page: &Page) -> Result<Paged<LineFact>, StoreError> {
        let wanted = Wanted::of(filter);
        let mut found = Vec::new();
        let came = self.look_at_lines(filter, page, limit(page), |row| {
            if !wanted.line(row)? {
                return Ok(false);
            }
            found.push(line(row)?);
            Ok(true)
        })?;
        Ok(paged(found, came))
    }

    /// Shows lines to somebody who takes them or not, until so many were taken or enough were looked at.
    pub(super) fn look_at_lines(
        &self,
        filter: &Filter,
        page: &Page,
        most: usize,
        take: impl FnMut(&Row<'_>) -> rusqlite::Result<bool>,
    ) -> Result<Came, StoreError> {
        let sql = format!(
            "SELECT {LINE} FROM lines WHERE at <= :at AND at >= :since AND (at < :at OR owner > :owner
             OR (owner = :owner AND place > :place)) ORDER BY at DESC, owner, place LIMIT :looked"
        );
        let (from, since) = edges(filter, page)?;
        // An owner has many lines at one moment, so that the id of a cursor is both.
        let (owner, place) = from.id.rsplit_once('/').unwrap_or((from.id.as_str(), ""));
        let place = place.parse::<i64>().unwrap_or(-1);
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query(named_params! {
            ":at": from.at, ":owner": owner, ":place": place, ":since": since, ":looked": LOOKED + 1,
        })?;
        let place = |row: &Row<'_>| {
            let id = format!("{}/{}", row.get::<_, String>(1)?, row.get::<_, i64>(2)?);
            Ok(Cursor { at: row.get(0)?, id })
        };
        look(rows, most, place, take)
    }
}

/// From where on is looked and how far at most.
fn edges(filter: &Filter, page: &Page) -> Result<(Cursor, i64), StoreError> {
    let from = Cursor::of(page.after.as_ref())?;
    let until = filter.until.unwrap_or(i64::MAX);
    // A page that goes on begins behind its cursor, unless that lies behind the end that is asked for.
    let begins = if from.at > until { Cursor { at: until, id: String::new() } } else { from };
    Ok((begins, filter.since.unwrap_or(i64::MIN)))
}

/// Looks at rows until enough were taken, and says where that was.
fn look(
    mut rows: rusqlite::Rows<'_>,
    most: usize,
    place: impl Fn(&Row<'_>) -> rusqlite::Result<Cursor>,
    mut take: impl FnMut(&Row<'_>) -> rusqlite::Result<bool>,
) -> Result<Came, StoreError> {
    let (mut looked, mut taken) = (0, 0);
    let mut last = None;
    while let Some(row) = rows.next()? {
        if looked == LOOKED || taken == most {
            return Ok(Came { last, more: true });
        }
        looked += 1;
        taken += usize::from(take(row)?);
        if looked == LOOKED || taken == most {
            last = Some(place(row)?);
        }
    }
    Ok(Came { last, more: false })
}

fn paged<T>(rows: Vec<T>, came: Came) -> Paged<T> {
    let last = came.last.filter(|_| came.more);
    Paged { rows, reached: last.as_ref().map(|last| last.at), next: last.map(|last| last.word()) }
}

fn finding(row: &Row<'_>) -> rusqlite::Result<FindingFact> {
    Ok(FindingFact {
        id: row.get(1)?,
        incident: row.get(2)?,
        kind: row.get(3)?,
        severity: severity(row.get(4)?),
        score: row.get(5)?,
        stream: row.get(6)?,
        template: row.get(7)?,
        time: row.get(8)?,
        explanation: row.get(9)?,
        held: row.get(10)?,
        document: serde_json::Value::Null,
    })
}

fn line(row: &Row<'_>) -> rusqlite::Result<LineFact> {
    Ok(LineFact {
        at: row.get(0)?,
        owner: row.get(1)?,
        kept: row.get(3)?,
        incident: row.get(4)?,
        stream: row.get(5)?,
        template: row.get(6)?,
        level: row.get(7)?,
        file: row.get(8)?,
        line: row.get(9)?,
        text: row.get(10)?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::judged;
    use super::super::{Judged, Writer};
    use super::*;
    use serde_json::json;

    /// One more than is looked at for a page, of which two say something.
    fn many() -> Judged {
        let count = LOOKED + 1;
        let findings = (0..count).map(|nth| {
            let rare = nth == 0 || nth == count - 1;
            let text = if rare { "a Needle, É" } else { "straw" };
            FindingFact {
                id: format!("f{nth:06}"),
                kind: "burst".to_owned(),
                severity: "high".to_owned(),
                template: Some(format!("t{}", nth % 100)),
                incident: Some(format!("i{}", nth % 5)),
                // Three stand at each moment.
                time: Some(nth / 3),
                explanation: text.to_owned(),
                document: json!({"message": text, "level": "error", "line": nth}),
                ..FindingFact::default()
            }
        });
        Judged { findings: findings.collect(), ..judged() }
    }

    fn all<T>(ask: impl Fn(&Page) -> Paged<T>) -> (Vec<T>, usize) {
        let (mut rows, mut after, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = ask(&Page { limit: 700, after });
            rows.extend(page.rows);
            pages += 1;
            assert_eq!(page.next.is_some(), page.reached.is_some());
            after = page.next;
            if after.is_none() {
                return (rows, pages);
            }
        }
    }

    #[test]
    fn a_page_looks_at_so_many_rows_and_the_next_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("facts.sqlite");
        Writer::open(&path).unwrap().judged(&many()).unwrap();
        let facts = Facts::open(&path).unwrap();
        let says = |text: &str| Filter { text: Some(text.to_owned()), ..Filter::default() };
        let ids = |filter: &Filter| {
            let (rows, pages) = all(|page| facts.findings(filter, page).unwrap());
            (rows.into_iter().map(|row| row.id).collect::<Vec<_>>(), pages)
        };
        assert_eq!(ids(&says("NEEDLE, é")), (vec![format!("f{LOOKED:06}"), "f000000".to_owned()], 2));
        assert_eq!(ids(&says("nothing like this")), (Vec::new(), 2));
        let lines = all(|page| facts.lines(&says("needle"), page).unwrap());
        assert_eq!((lines.0.len(), lines.1, lines.0[0].line), (2, 2, Some(LOOKED)));
        // Every one of them stands on one page, the latest first.
        let (every, _) = ids(&Filter::default());
        assert_eq!(every.len() as i64, LOOKED + 1);
        let mut sorted = every.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), every.len());
        let (lines, _) = all(|page| facts.lines(&Filter::default(), page).unwrap());
        assert_eq!(lines.len(), every.len());
        assert!(lines.is_sorted_by_key(|line| -line.at));
    }

    #[test]
    fn what_stands_together_is_looked_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("facts.sqlite");
        Writer::open(&path).unwrap().judged(&many()).unwrap();
        let facts = Facts::open(&path).unwrap();
        let of = |filter: Filter| all(|page| facts.findings(&filter, page).unwrap()).0.len();
        let template = Some("t7".to_owned());
        assert_eq!(of(Filter { template: template.clone(), ..Filter::default() }), 200);
        assert_eq!(of(Filter { incident: Some("i2".to_owned()), template, ..Filter::default() }), 200);
        assert_eq!(of(Filter { since: Some(10), until: Some(19), ..Filter::default() }), 30);
        assert_eq!(of(Filter { severity: Some("critical".to_owned()), ..Filter::default() }), 0);
        assert_eq!(of(Filter { state: Some("held".to_owned()), ..Filter::default() }), 0);
        assert_eq!(of(Filter { kind: Some("burst".to_owned()), since: Some(6660), ..Filter::default() }), 21);
        let lines = |filter: Filter| all(|page| facts.lines(&filter, page).unwrap()).0.len();
        assert_eq!(
            lines(Filter { level: Some("error".to_owned()), until: Some(9), ..Filter::default() }),
            30
        );
        assert_eq!(lines(Filter { level: Some("none".to_owned()), ..Filter::default() }), 0);
        assert_eq!(lines(Filter { kind: Some("around".to_owned()), ..Filter::default() }), 0);
    }
}
