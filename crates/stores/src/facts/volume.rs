//! How many records there were, by level: of a minute, an hour, a step, a stream.

use logsift_engine::records::level::Level;
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use super::reader::{Facts, count};
use super::rows::{Page, Paged, StreamFact, VolumeStep};
use crate::StoreError;

/// Steps of a timeline at most.
const STEPS: i64 = 5000;
const MINUTE: i64 = 60_000_000_000;
const HOUR: i64 = 60 * MINUTE;

/// The columns of a count, in the order in which [`read`] takes them.
pub(super) const SUMS: &str = "sum(records), sum(warnings), sum(errors), sum(trace), sum(debug), sum(info), \
    sum(notice), sum(critical), sum(fatal)";

/// Records, and how many of them are of each level; those without a level are in no other count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Volume {
    /// All of them.
    pub records: u64,
    /// Of each level, the mildest first.
    pub levels: [u64; 8],
}

impl Volume {
    /// Counts so many more.
    pub fn add(&mut self, level: Option<Level>, records: u64) {
        self.records += records;
        if let Some(sum) = level.and_then(|level| self.levels.get_mut(level as usize)) {
            *sum += records;
        }
    }

    /// Those of a level.
    pub fn of(&self, level: Level) -> u64 {
        self.levels.get(level as usize).copied().unwrap_or_default()
    }

    /// Those of level warn.
    pub fn warnings(&self) -> u64 {
        self.of(Level::Warn)
    }

    /// Those of level error and graver.
    pub fn errors(&self) -> u64 {
        self.levels.iter().skip(Level::Error as usize).sum()
    }

    /// The columns of a row, in the order of the table.
    pub(super) fn columns(&self) -> [i64; 9] {
        let of = |level| self.of(level);
        let kinds = [of(Level::Trace), of(Level::Debug), of(Level::Info), of(Level::Notice)];
        let [trace, debug, info, notice] = kinds;
        let (critical, fatal) = (of(Level::Critical), of(Level::Fatal));
        [self.records, self.warnings(), self.errors(), trace, debug, info, notice, critical, fatal]
            .map(u64::cast_signed)
    }
}

/// The count that begins in that column of a row.
fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Volume> {
    let [records, warnings, errors] = [count(row, at)?, count(row, at + 1)?, count(row, at + 2)?];
    let [trace, debug, info] = [count(row, at + 3)?, count(row, at + 4)?, count(row, at + 5)?];
    let [notice, critical, fatal] = [count(row, at + 6)?, count(row, at + 7)?, count(row, at + 8)?];
    // What was counted before levels were is an error and no more is known.
    let error = errors.saturating_sub(critical).saturating_sub(fatal);
    Ok(Volume { records, levels: [trace, debug, info, notice, warnings, error, critical, fatal] })
}

impl Facts {
    /// How many records there were, in steps of so many nanoseconds (whole minutes), of one stream or all.
    pub fn timeline(
        &self,
        since: i64,
        until: i64,
        step: i64,
        stream: Option<&str>,
    ) -> Result<Vec<VolumeStep>, StoreError> {
        let fewest = until.saturating_sub(since).max(0) / STEPS;
        let step = step.max(fewest).max(MINUTE).div_euclid(MINUTE).saturating_mul(MINUTE);
        // Sums over hours do where a step is made of whole ones, and both ends are their beginnings or do not matter.
        let hourly = step % HOUR == 0;
        let (table, by) = match (hourly, stream) {
            (true, _) => ("volume_hours", "hour"),
            (false, None) => ("volume_minutes", "minute"),
            (false, Some(_)) => ("volume", "minute"),
        };
        let only = if stream.is_some() { "AND stream = ?4" } else { "AND ?4 IS NULL" };
        let since = if hourly { since.div_euclid(HOUR).saturating_mul(HOUR) } else { since };
        let sql = format!(
            "SELECT {by} - ({by} % ?3), {SUMS} FROM {table} WHERE {by} >= ?1 AND {by} <= ?2 {only}
             GROUP BY 1 ORDER BY 1 LIMIT ?5"
        );
        self.all(&sql, params![since, until, step, stream, STEPS + 1], |row| {
            Ok(VolumeStep { start: row.get(0)?, volume: read(row, 1)? })
        })
    }

    /// Streams, by name.
    pub fn streams(&self, page: &Page) -> Result<Paged<StreamFact>, StoreError> {
        let limit = super::reader::limit(page);
        let after = page.after.clone().unwrap_or_default();
        // The hours say where to look for the first and the last minute.
        let sql = format!(
            "SELECT stream, {SUMS},
             (SELECT min(minute) FROM volume WHERE minute >= min(hour) AND minute < min(hour) + ?3
              AND volume.stream = volume_hours.stream),
             (SELECT max(minute) FROM volume WHERE minute >= max(hour) AND minute < max(hour) + ?3
              AND volume.stream = volume_hours.stream)
             FROM volume_hours WHERE stream > ?1 GROUP BY stream ORDER BY stream LIMIT ?2"
        );
        let mut rows = self.all(&sql, params![after, limit as i64 + 1, HOUR], |row| {
            Ok(StreamFact {
                name: row.get(0)?,
                volume: read(row, 1)?,
                first: row.get(10)?,
                last: row.get(11)?,
            })
        })?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|stream| stream.name.clone());
        Ok(Paged { rows, next, reached: None })
    }

    /// The first and the last minute of which there are counts.
    pub fn span(&self) -> Result<Option<(i64, i64)>, StoreError> {
        // Each end by itself: together they would be looked for among all.
        let sql = "SELECT (SELECT min(minute) FROM volume_minutes), (SELECT max(minute) FROM volume_minutes)";
        let found = self.one(sql, [], |row| Ok(row.get::<_, Option<i64>>(0)?.zip(row.get(1)?)))?;
        Ok(found.flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::judged;
    use super::super::{VolumeRow, Writer};
    use super::*;

    #[test]
    fn every_level_is_counted_and_comes_back() {
        let mut volume = Volume::default();
        for (place, level) in Level::ALL.into_iter().enumerate() {
            volume.add(Some(level), 1 << place);
        }
        volume.add(None, 1000);
        assert_eq!((volume.records, volume.warnings(), volume.errors()), (1255, 16, 32 + 64 + 128));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("facts.sqlite");
        let rows: Vec<VolumeRow> = (0..180)
            .map(|nth| VolumeRow { minute: nth * MINUTE, stream: format!("s{}", nth % 2), volume })
            .collect();
        let mut writer = Writer::open(&path).unwrap();
        writer.judged(&super::super::Judged { volume: rows.clone(), ..judged() }).unwrap();
        // What is written again takes the place of what was.
        let again = super::super::Judged { volume: rows[..60].to_vec(), ..judged() };
        writer.judged(&again).unwrap();
        let facts = Facts::open(&path).unwrap();
        for (step, stream, records) in [
            (MINUTE, None, vec![1255; 180]),
            (30 * MINUTE, Some("s1"), vec![15 * 1255; 6]),
            (HOUR, None, vec![60 * 1255; 3]),
            (HOUR, Some("s0"), vec![30 * 1255; 3]),
            (2 * HOUR, None, vec![120 * 1255, 60 * 1255]),
        ] {
            let steps = facts.timeline(0, 180 * MINUTE, step, stream).unwrap();
            let counts: Vec<u64> = steps.iter().map(|step| step.volume.records).collect();
            assert_eq!(counts, records, "{step} {stream:?}");
            let all = steps[0].volume.records / volume.records;
            assert_eq!(steps[0].volume.levels, volume.levels.map(|count| count * all));
        }
        let streams = facts.streams(&Page::default()).unwrap().rows;
        let ends: Vec<_> = streams.iter().map(|row| (row.name.as_str(), row.first, row.last)).collect();
        assert_eq!(ends, [("s0", Some(0), Some(178 * MINUTE)), ("s1", Some(MINUTE), Some(179 * MINUTE))]);
        assert_eq!(facts.span().unwrap(), Some((0, 179 * MINUTE)));
    }

    #[test]
    fn sums_forget_what_is_taken_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("facts.sqlite");
        let mut writer = Writer::open(&path).unwrap();
        writer.judged(&judged()).unwrap();
        let none = VolumeRow { minute: 0, stream: "app".to_owned(), volume: Volume::default() };
        writer.judged(&super::super::Judged { volume: vec![none], ..judged() }).unwrap();
        let facts = Facts::open(&path).unwrap();
        assert_eq!(facts.span().unwrap(), None);
        assert_eq!(facts.timeline(0, HOUR, HOUR, None).unwrap(), []);
        assert!(facts.streams(&Page::default()).unwrap().rows.is_empty());
    }
}
