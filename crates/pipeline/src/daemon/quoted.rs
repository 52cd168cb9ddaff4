//! Records that are shown in, their quotes out; what was quoted once is not read again.
//!
//! An epoch is judged many times, and mostly the same records are shown. A quote is kept as long as it is shown, if
//! nothing that comes later can change it: when all the lines around it were there, and its log is read as it was.

use std::collections::BTreeMap;

use logsift_engine::reader::Settings;

use crate::quotes::{AFTER, LogAt, Quote, quote};

/// Where a record stands: the number of its source, and the byte of it.
type Place = (usize, u64);

/// Quotes of an epoch.
#[derive(Debug, Default)]
pub(super) struct Quoted {
    shown: BTreeMap<Place, Kept>,
    before: BTreeMap<Place, Kept>,
}

#[derive(Debug)]
struct Kept {
    formats: Vec<String>,
    quote: Quote,
}

impl Quoted {
    /// A judgement begins to be shown.
    pub(super) fn begin(&mut self) {
        self.before = std::mem::take(&mut self.shown);
    }

    /// The record at a place of a source. `around` reads what stands before it and from it on.
    pub(super) fn quote(
        &mut self,
        source: usize,
        offset: u64,
        log: &LogAt,
        reader: &Settings,
        around: impl FnOnce() -> Option<(Vec<u8>, Vec<u8>)>,
    ) -> Option<Quote> {
        let place = (source, offset);
        let known = self.before.remove(&place).filter(|kept| kept.formats == log.formats);
        if let Some(kept) = known {
            let quote = kept.quote.clone();
            self.shown.insert(place, kept);
            return Some(quote);
        }
        let (before, rest) = around()?;
        let quote = quote(log, reader, None, &before, &rest);
        if rest.len() as u64 >= AFTER {
            self.shown.insert(place, Kept { formats: log.formats.clone(), quote: quote.clone() });
        }
        Some(quote)
    }

    /// All was shown: the others are forgotten.
    pub(super) fn end(&mut self) {
        self.before.clear();
    }

    /// Bytes that it has.
    pub(super) fn bytes(&self) -> usize {
        let around = |lines: &[String]| lines.iter().map(String::len).sum::<usize>();
        let of = |kept: &Kept| {
            size_of::<Kept>()
                + kept.quote.message.len()
                + around(&kept.quote.before)
                + around(&kept.quote.after)
        };
        self.shown.values().map(of).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn log(format: &str) -> LogAt {
        LogAt { set: 0, file: "a.log".to_owned(), formats: vec![format.to_owned()] }
    }

    #[test]
    fn a_record_is_read_again_only_where_that_may_say_something_else() {
        let reads = Cell::new(0);
        let (mut quoted, settings) = (Quoted::default(), Settings::default());
        let show = |quoted: &mut Quoted, format: &str, bytes: usize| {
            let around = || {
                reads.set(reads.get() + 1);
                let mut rest = b"2026-01-01T00:00:00Z ERROR it broke\n".to_vec();
                rest.resize(bytes, b'\n');
                Some((Vec::new(), rest))
            };
            quoted.begin();
            let quote = quoted.quote(1, 7, &log(format), &settings, around);
            quoted.end();
            assert!(quote.unwrap().message.contains("it broke"));
            reads.get()
        };
        let (short, whole) = (100, AFTER as usize);
        assert_eq!(show(&mut quoted, "iso", short), 1);
        assert_eq!(show(&mut quoted, "iso", whole), 2, "more came after it");
        assert_eq!(show(&mut quoted, "iso", whole), 2);
        assert_eq!(show(&mut quoted, "other", whole), 3, "its log is read otherwise");
        assert!(quoted.bytes() > 0);
        quoted.begin();
        quoted.end();
        assert_eq!(quoted.bytes(), 0);
        assert_eq!(show(&mut quoted, "other", whole), 4, "it was shown no more");
    }
}
