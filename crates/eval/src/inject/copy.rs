//! A log and what is changed in it in, a copy with the fault out.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use logsift_engine::records::timestamp::find;

use super::original::Original;

/// Bytes of a line in which its stamp is looked for.
const HEAD: usize = 256;

/// What happens to a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Change {
    removed: bool,
    replaced: Option<Vec<u8>>,
    /// Written behind it.
    after: Vec<Vec<u8>>,
}

/// What is changed in a log, record by record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Changes(BTreeMap<usize, Change>);

impl Changes {
    /// Leaves a record out.
    pub(super) fn remove(&mut self, at: usize) {
        self.0.entry(at).or_default().removed = true;
    }

    /// Puts other bytes in the place of a record.
    pub(super) fn replace(&mut self, at: usize, bytes: Vec<u8>) {
        self.0.entry(at).or_default().replaced = Some(bytes);
    }

    /// Puts bytes behind a record.
    pub(super) fn insert_after(&mut self, at: usize, bytes: Vec<u8>) {
        self.0.entry(at).or_default().after.push(bytes);
    }

    /// How many records are another way than before.
    pub(super) fn records(&self) -> u64 {
        let own = |change: &Change| u64::from(change.removed || change.replaced.is_some());
        self.0.values().map(|change| own(change) + change.after.len() as u64).sum()
    }

    /// Writes the copy; gives the numbers of its lines that the log does not have.
    pub(super) fn write(&self, original: &Original, out: &mut dyn Write) -> io::Result<Vec<u64>> {
        let mut copy = Copy { out: BufWriter::new(out), lines: 0, foreign: Vec::new() };
        let mut from = 0;
        for (at, change) in &self.0 {
            let Some(place) = original.records.get(*at) else { continue };
            copy.write(original.bytes.get(from..place.start).unwrap_or_default(), false)?;
            match &change.replaced {
                _ if change.removed => {}
                Some(bytes) => copy.write(bytes, true)?,
                None => copy.write(original.text(*at), false)?,
            }
            for bytes in &change.after {
                copy.write(bytes, true)?;
            }
            from = place.end;
        }
        copy.write(original.bytes.get(from..).unwrap_or_default(), false)?;
        copy.out.flush()?;
        Ok(copy.foreign)
    }
}

struct Copy<'a> {
    out: BufWriter<&'a mut dyn Write>,
    lines: u64,
    foreign: Vec<u64>,
}

impl Copy<'_> {
    fn write(&mut self, bytes: &[u8], foreign: bool) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.out.write_all(bytes)?;
        let mut lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        if foreign && !bytes.ends_with(b"\n") {
            // The last line of a log may lack its end.
            self.out.write_all(b"\n")?;
            lines += 1;
        }
        if foreign {
            self.foreign.extend(self.lines + 1..=self.lines + lines);
        }
        self.lines += lines;
        Ok(())
    }
}

/// A record with the stamp of another one, so that it says to have happened then. Without two stamps it stays as
/// it is.
pub(super) fn stamped(record: &[u8], like: &[u8]) -> Vec<u8> {
    let stamp = |text: &[u8]| {
        let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        find(line, HEAD).next().map(|found| found.offset..found.offset + found.length)
    };
    let (Some(own), Some(other)) = (stamp(record), stamp(like)) else { return record.to_vec() };
    let parts = [record.get(..own.start), like.get(other), record.get(own.end..)];
    parts.into_iter().flatten().flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::super::original::making::original;
    use super::*;

    fn written(text: &str, change: impl FnOnce(&mut Changes)) -> (String, Vec<u64>) {
        let (mut changes, mut out) = (Changes::default(), Vec::new());
        change(&mut changes);
        let lines = changes.write(&original(text), &mut out).unwrap();
        (String::from_utf8(out).unwrap(), lines)
    }

    const LOG: &str = "10:00:00 INFO one\n10:00:01 INFO two\n10:00:02 INFO three";

    #[test]
    fn what_is_not_changed_stays_to_the_byte() {
        assert_eq!(written(LOG, |_| {}), (LOG.to_owned(), vec![]));
        let removed = written(LOG, |changes| changes.remove(1));
        assert_eq!(removed, ("10:00:00 INFO one\n10:00:02 INFO three".to_owned(), vec![]));
        let (text, lines) = written(LOG, |changes| {
            changes.replace(0, b"another\n".to_vec());
            changes.insert_after(1, b"more\n".to_vec());
            changes.insert_after(1, b"and\nmore\n".to_vec());
        });
        let expected = "another\n10:00:01 INFO two\nmore\nand\nmore\n10:00:02 INFO three";
        assert_eq!((text.as_str(), lines), (expected, vec![1, 3, 4, 5]));
    }

    #[test]
    fn records_are_counted_once() {
        let mut changes = Changes::default();
        changes.remove(4);
        changes.insert_after(4, Vec::new());
        changes.replace(7, Vec::new());
        assert_eq!(changes.records(), 3);
    }

    #[test]
    fn a_record_takes_the_stamp_of_another() {
        let check = |record: &str, like: &str, expected: &str| {
            assert_eq!(String::from_utf8_lossy(&stamped(record.as_bytes(), like.as_bytes())), expected);
        };
        check("2024-03-04 10:00:00 a\n  b\n", "[2024-03-05 11:12:13] c", "2024-03-05 11:12:13 a\n  b\n");
        check(
            r#"{"time":"2024-03-04T10:00:00Z","msg":"x"}"#,
            r#"{"time":"2024-03-04T10:00:09Z","msg":"y"}"#,
            r#"{"time":"2024-03-04T10:00:09Z","msg":"x"}"#,
        );
        check("no stamp", "2024-03-04 10:00:00 a", "no stamp");
    }
}
