//! The user's log in, its records with their places, times and templates out: what faults are made of.
//!
//! The bytes stay as they are; a record is a stretch of them, from where it begins to where the next one does, so that
//! whatever is left alone in a copy is left alone to the byte.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use logsift_engine::reader::{Reader, Settings};
use logsift_engine::records::record::{Record, RecordSink};
use logsift_engine::templates::{Facts, Miner, MinerSettings, SkeletonId};
use logsift_pipeline::batch::{Consumer, Factory, Job, LogStart, read};
use logsift_pipeline::watch::Watch;
use logsift_sources::NoticeKind;

use crate::error::EvalError;
use crate::lone;

/// Bytes that the miner may keep.
const BUDGET: usize = 256 << 20;
const NANOS: f64 = 1e9;
/// A message that does not end its line is looked for in so many bytes of it, if it has at most so many itself: a
/// search through long lines would cost the product of both.
const LONG_LINE: usize = 4096;
const LONG_MESSAGE: usize = 512;

/// A log that faults are injected into.
#[derive(Debug)]
pub(super) struct Original {
    /// Its name, without the ending of a packer.
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    /// In the order in which they stand.
    pub(super) records: Vec<Place>,
    /// The text of every template and the places of its records.
    pub(super) templates: Vec<(String, Vec<usize>)>,
    /// The log has more lines than were taken.
    pub(super) is_cut: bool,
    modified: Option<SystemTime>,
}

/// A record in the bytes of its log.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Seconds since 1970.
    pub(super) time: Option<f64>,
    pub(super) template: usize,
    /// Where in the bytes its message stands as it is, if it does.
    pub(super) message: Option<(usize, usize)>,
}

impl Original {
    /// Reads the first so many lines of a log. The copy of them in `folder` is what a scan without any fault sees.
    pub(super) fn read(
        log: &Path,
        most: usize,
        folder: &Path,
        job: &Reading<'_>,
    ) -> Result<(Original, PathBuf), EvalError> {
        let (bytes, is_cut) = lone::read(log, |file, bytes| {
            first_lines(&mut BufReader::new(bytes), most).map_err(|error| EvalError::Unreadable {
                file: file.to_owned(),
                reason: format!("could not be read: {error}"),
            })
        })?;
        let mut original = Original {
            name: bare(log),
            bytes,
            records: Vec::new(),
            templates: Vec::new(),
            is_cut,
            modified: fs::metadata(log).and_then(|file| file.modified()).ok(),
        };
        let path = original.write(folder, |out| out.write_all(&original.bytes))?;
        (original.records, original.templates) = records(&path, &original.bytes, job)?;
        Ok((original, path))
    }

    /// Writes a copy under the log's own name, last written when the log was: a year that stamps leave out comes from
    /// there.
    pub(super) fn write(
        &self,
        folder: &Path,
        write: impl FnOnce(&mut File) -> std::io::Result<()>,
    ) -> Result<PathBuf, EvalError> {
        let path = folder.join(&self.name);
        let written = fs::create_dir_all(folder).and_then(|()| File::create(&path)).and_then(|mut file| {
            write(&mut file)?;
            self.modified.map_or(Ok(()), |time| file.set_modified(time))
        });
        let refused = |error| {
            let reason = format!("cannot write a copy to `{}`: {error}", path.display());
            EvalError::unsuited(reason, "name another folder with --keep")
        };
        written.map(|()| path.clone()).map_err(refused)
    }

    /// The bytes of a record.
    pub(super) fn text(&self, at: usize) -> &[u8] {
        self.records.get(at).and_then(|place| self.bytes.get(place.start..place.end)).unwrap_or_default()
    }

    /// The first and the last time; nothing where there is none.
    pub(super) fn span(&self) -> Option<(f64, f64)> {
        let times = || self.records.iter().filter_map(|place| place.time);
        let first = times().fold(f64::INFINITY, f64::min);
        let last = times().fold(f64::NEG_INFINITY, f64::max);
        (first < last).then_some((first, last))
    }

    /// The places of the records from that one on that lie within so many seconds of it.
    pub(super) fn within(&self, at: usize, seconds: f64) -> Vec<usize> {
        let Some(from) = self.records.get(at).and_then(|place| place.time) else { return Vec::new() };
        let inside = |place: &Place| place.time.is_some_and(|time| time >= from && time <= from + seconds);
        // Stamps may go back a little, and lines without one stand among the others.
        let far = |place: &Place| place.time.is_some_and(|time| time > from + 2.0 * seconds + 60.0);
        let rest = self.records.iter().enumerate().skip(at);
        rest.take_while(|(_, place)| !far(place))
            .filter(|(_, place)| inside(place))
            .map(|(at, _)| at)
            .collect()
    }
}

/// How a log is read.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) reader: &'a Settings,
    pub(super) threads: usize,
    pub(super) watch: &'a Watch,
}

fn first_lines(bytes: &mut dyn BufRead, most: usize) -> std::io::Result<(Vec<u8>, bool)> {
    let mut taken = Vec::new();
    for _ in 0..most {
        if bytes.read_until(b'\n', &mut taken)? == 0 {
            return Ok((taken, false));
        }
    }
    let is_cut = !bytes.fill_buf()?.is_empty();
    Ok((taken, is_cut))
}

fn bare(log: &Path) -> String {
    let name = log.file_name().map_or_else(|| "log".to_owned(), |name| name.to_string_lossy().into_owned());
    let ends = [".gz", ".zst", ".xz", ".bz2"];
    let bare = ends.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    if bare.is_empty() || bare == "-" { "log".to_owned() } else { bare.to_owned() }
}

type Read = (Vec<Place>, Vec<(String, Vec<usize>)>);

fn records(path: &Path, bytes: &[u8], how: &Reading<'_>) -> Result<Read, EvalError> {
    let job = Job { reader: how.reader, streams: None, threads: how.threads, watch: how.watch };
    let sets = read(&lone::planned(path), &job, &&Taking { bytes });
    let mut taken = Vec::new();
    for set in sets {
        let unread = set.notices.into_iter().find(|notice| notice.kind != NoticeKind::Noted);
        if let Some(notice) = unread {
            return Err(EvalError::Unreadable { file: notice.name, reason: notice.text });
        }
        if let Some(failure) = set.failures.into_iter().next() {
            return Err(EvalError::Unreadable { file: failure.name, reason: failure.text });
        }
        taken.extend(set.logs.into_iter().map(|log| log.output));
    }
    let Some(taken) = taken.pop() else {
        return Err(EvalError::unsuited("the log is empty", "name a log with records"));
    };
    Ok(placed(taken, bytes.len()))
}

/// Records in the order of their bytes, each up to the next one, with templates by number.
fn placed(taken: Taken<'_>, end: usize) -> Read {
    let made = taken.miner.templates();
    let mut numbers = HashMap::new();
    for (number, template) in made.list().iter().enumerate() {
        numbers.extend(template.skeletons.iter().map(|skeleton| (*skeleton, number)));
    }
    let mut found = taken.found;
    found.sort_by_key(|found| found.start);
    let ends: Vec<usize> = found.iter().skip(1).map(|next| next.start).chain([end]).collect();
    let mut templates: Vec<(String, Vec<usize>)> =
        made.list().iter().map(|template| (template.text(), Vec::new())).collect();
    // What the miner had to forget shares a template at the end.
    templates.push(("a message of its own".to_owned(), Vec::new()));
    let other = templates.len() - 1;
    let place = |(at, (found, end)): (usize, (Found, usize))| {
        let template = numbers.get(&found.skeleton).copied().unwrap_or(other);
        if let Some((_, places)) = templates.get_mut(template) {
            places.push(at);
        }
        Place { start: found.start, end, time: found.time, template, message: found.message }
    };
    let places = found.into_iter().zip(ends).enumerate().map(place).collect();
    (places, templates)
}

struct Taking<'a> {
    bytes: &'a [u8],
}

impl<'a> Factory for &Taking<'a> {
    type Consumer = Taken<'a>;

    fn consumer(&self, _: &LogStart<'_>) -> Taken<'a> {
        let miner = Miner::new(MinerSettings { budget: BUDGET, keep_values: true });
        Taken { bytes: self.bytes, miner, found: Vec::new() }
    }
}

/// The records of a log as they come.
struct Taken<'a> {
    bytes: &'a [u8],
    miner: Miner,
    found: Vec<Found>,
}

struct Found {
    start: usize,
    time: Option<f64>,
    skeleton: SkeletonId,
    message: Option<(usize, usize)>,
}

impl RecordSink for Taken<'_> {
    fn record(&mut self, record: &Record<'_>) {
        let facts = Facts {
            stream: record.stream.0,
            level: record.level,
            time: record.time,
            line: record.origin.line,
        };
        let start = usize::try_from(record.origin.offset).unwrap_or(usize::MAX).min(self.bytes.len());
        self.found.push(Found {
            start,
            time: record.time.map(|time| time.nanos() as f64 / NANOS),
            skeleton: self.miner.add(record.message, &facts),
            message: message_at(self.bytes, start, record.message),
        });
    }
}

impl<'a> Consumer for Taken<'a> {
    type Output = Taken<'a>;

    fn finish(self, _: &Reader) -> Taken<'a> {
        self
    }
}

/// Where the first line of a message stands in the line that begins there.
fn message_at(bytes: &[u8], start: usize, message: &[u8]) -> Option<(usize, usize)> {
    let wanted = message.split(|byte| *byte == b'\n').next().filter(|line| !line.is_empty())?;
    let line = bytes.get(start..)?.split(|byte| *byte == b'\n').next()?;
    let at = if line.ends_with(wanted) {
        line.len() - wanted.len()
    } else if wanted.len() <= LONG_MESSAGE {
        let line = line.get(..LONG_LINE).unwrap_or(line);
        line.windows(wanted.len()).rposition(|window| window == wanted)?
    } else {
        return None;
    };
    Some((start + at, start + at + wanted.len()))
}

#[cfg(test)]
pub(super) mod making {
    use super::*;

    /// A log as it is read for faults.
    pub(crate) fn original(text: &str) -> Original {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.log");
        fs::write(&path, text).unwrap();
        let (reader, watch) = (Settings::new(), Watch::default());
        let how = Reading { reader: &reader, threads: 1, watch: &watch };
        Original::read(&path, usize::MAX, &folder.path().join("copy"), &how).unwrap().0
    }
}

#[cfg(test)]
mod tests {
    use super::making::original;
    use super::*;

    const LOG: &str = "2024-03-04 10:00:00 INFO job 17 done\n\
        2024-03-04 10:00:05 ERROR it broke\n  at line 3\n\
        2024-03-04 10:00:09 INFO job 18 done\n";

    #[test]
    fn records_are_stretches_of_the_bytes() {
        let original = original(LOG);
        let texts: Vec<&[u8]> = (0..3).map(|at| original.text(at)).collect();
        assert_eq!(texts.concat(), LOG.as_bytes());
        assert!(texts[1].ends_with(b"at line 3\n"));
        let (start, end) = original.records[2].message.unwrap();
        assert_eq!(&original.bytes[start..end], b"job 18 done");
        assert_eq!(original.records[0].template, original.records[2].template);
        let (first, last) = original.span().unwrap();
        assert_eq!((last - first, original.within(1, 4.0)), (9.0, vec![1, 2]));
    }

    #[test]
    fn a_log_is_cut_where_it_is_too_long() {
        let cut = |most| first_lines(&mut LOG.as_bytes(), most).unwrap();
        assert_eq!((cut(2).0.len(), cut(2).1), (LOG.find("  at").unwrap(), true));
        assert_eq!((cut(4).1, cut(9).1), (false, false));
    }

    #[test]
    fn names_lose_the_ending_of_a_packer() {
        assert_eq!(bare(Path::new("a/app.log.gz")), "app.log");
        assert_eq!(
            (bare(Path::new("-")), bare(Path::new("app.log"))),
            ("log".to_owned(), "app.log".to_owned())
        );
    }
}
