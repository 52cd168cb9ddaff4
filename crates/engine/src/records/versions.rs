//! Records of one log in, the moments at which the version that they name changed out.
//!
//! Structured logs often say which version wrote them: `version`, `service.version`, `git.sha`. When that changes,
//! something was deployed, and nobody need say so. Fields of such names are looked for in the first records of a log; where
//! there is none, nothing is looked at any more. A value takes over when it comes oftener than the one before: while a
//! release is rolled out both come, and what takes turns (the version of a protocol, those of clients) is none.

use super::fields::Kind;
use super::record::{Record, StreamId};
use super::time::Time;

/// So many records are searched for fields that name a version.
const SAMPLE: u32 = 1000;
/// Fields that are looked at, over all streams of a log.
const MOST_FIELDS: usize = 64;
/// What changes more often is no version.
const MOST_CHANGES: usize = 16;
/// Versions are short.
const LONGEST: usize = 64;
/// The lead of a value over the one before that makes it the version, where there are many records.
const LEAD: u64 = 16;
/// And the part of all records, where there are few.
const PART: u64 = 64;
/// A value that does not come for so many records begins anew.
const MISSED: u64 = 64;
/// A version that stood for fewer records and then gave way to the one before it was none.
const RUN: u64 = 16;

/// Names of fields, in small letters and without what parts their words. A longer name may stand before them.
const NAMES: [&str; 11] = [
    "serviceversion",
    "appversion",
    "applicationversion",
    "appkubernetesioversion",
    "releaseversion",
    "buildversion",
    "imagetag",
    "gitsha",
    "gitcommit",
    "commitsha",
    "sentryrelease",
];
/// Those that have nothing before them.
const WHOLE: [&str; 5] = ["version", "release", "build", "commit", "ddversion"];

/// A moment at which another version took over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionChange {
    /// When it came for the first time.
    pub at: Time,
    /// The stream that names it.
    pub stream: String,
    /// The version before.
    pub from: String,
    /// The version since.
    pub to: String,
}

/// Looks for versions in the records of one log.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    looked: u32,
    fields: Vec<Field>,
    streams: Vec<(StreamId, Box<str>)>,
}

/// A field of a stream that may name the version.
#[derive(Clone, Debug)]
struct Field {
    stream: StreamId,
    name: Box<str>,
    records: u64,
    now: Box<[u8]>,
    /// Records since it took over.
    run: u64,
    next: Option<Next>,
    changes: Vec<Change>,
    /// Values that came and went.
    blips: usize,
}

#[derive(Clone, Debug)]
struct Change {
    at: Time,
    from: String,
    to: String,
}

/// A value that may take over.
#[derive(Clone, Debug)]
struct Next {
    value: Box<[u8]>,
    /// When it came for the first time.
    since: Option<Time>,
    lead: u64,
    /// Records since it came last.
    missed: u64,
}

impl Versions {
    /// A stream was found. Its name stands for it in every output.
    pub fn stream(&mut self, id: StreamId, name: &str) {
        if self.looked < SAMPLE {
            self.streams.push((id, name.into()));
        }
    }

    /// Whether more records may tell anything.
    #[inline]
    pub fn is_looking(&self) -> bool {
        self.looked < SAMPLE || self.needs_fields()
    }

    /// Whether it looks at the fields of records from now on.
    pub fn needs_fields(&self) -> bool {
        self.fields.iter().any(Field::may_be_steady)
    }

    /// Takes a record.
    pub fn add(&mut self, record: &Record<'_>) {
        if self.looked < SAMPLE {
            self.looked += 1;
            self.look_for(record);
        }
        let own = |field: &&mut Field| field.stream == record.stream && field.may_be_steady();
        for field in self.fields.iter_mut().filter(own) {
            let value =
                record.field(&field.name).filter(|value| matches!(value.kind, Kind::Text | Kind::Number));
            if let Some(value) = value.filter(|value| may_be_version(value.bytes)) {
                field.see(value.bytes, record.time);
            }
        }
    }

    fn look_for(&mut self, record: &Record<'_>) {
        for (name, _) in record.fields().filter(|(name, _)| names_version(name)) {
            let Ok(name) = std::str::from_utf8(name) else { continue };
            let known = |field: &Field| field.stream == record.stream && *field.name == *name;
            if self.fields.len() < MOST_FIELDS && !self.fields.iter().any(known) {
                self.fields.push(Field::new(record.stream, name));
            }
        }
    }

    /// The changes of all streams, in the order of time.
    pub fn changes(&self) -> Vec<VersionChange> {
        let steady = self.fields.iter().filter(|field| field.is_steady());
        let each = steady.flat_map(|field| field.changes.iter().map(|change| (field.stream, change)));
        let mut changes: Vec<(StreamId, &Change)> = each.collect();
        changes.sort_by_key(|(stream, change)| (change.at, *stream));
        // A commit and the version of it change at once.
        changes.dedup_by(|one, before| one.1.at == before.1.at && one.0 == before.0);
        let name = |id: StreamId| self.streams.iter().find(|(known, _)| *known == id);
        let named = |(id, change): (StreamId, &Change)| VersionChange {
            at: change.at,
            stream: name(id).map(|(_, name)| name.to_string()).unwrap_or_default(),
            from: change.from.clone(),
            to: change.to.clone(),
        };
        changes.into_iter().map(named).collect()
    }
}

impl Field {
    fn new(stream: StreamId, name: &str) -> Field {
        Field {
            stream,
            name: name.into(),
            records: 0,
            now: Box::default(),
            run: 0,
            next: None,
            changes: Vec::new(),
            blips: 0,
        }
    }

    /// Whether its values follow one upon another, as versions do.
    fn is_steady(&self) -> bool {
        self.may_be_steady() && self.blips <= self.changes.len()
    }

    /// What changed too often is looked at no more.
    fn may_be_steady(&self) -> bool {
        self.changes.len() <= MOST_CHANGES && self.blips <= MOST_CHANGES
    }

    fn see(&mut self, value: &[u8], time: Option<Time>) {
        self.records += 1;
        if *self.now == *value {
            self.run += 1;
            self.fall_behind();
            return;
        }
        if self.now.is_empty() {
            self.now = value.into();
            self.run = 1;
            return;
        }
        if self.next.as_ref().is_some_and(|next| *next.value != *value) {
            self.fall_behind();
            self.next = self.next.take().filter(|next| next.lead > 0);
        }
        let new = || Next { value: value.into(), since: time, lead: 0, missed: 0 };
        let next = self.next.get_or_insert_with(new);
        if *next.value == *value {
            (next.lead, next.missed) = (next.lead + 1, 0);
        }
        if next.lead >= (self.records / PART).clamp(1, LEAD) {
            self.take_over();
        }
    }

    fn fall_behind(&mut self) {
        if let Some(next) = &mut self.next {
            (next.lead, next.missed) = (next.lead.saturating_sub(1), next.missed + 1);
            self.next = self.next.take().filter(|next| next.missed < MISSED);
        }
    }

    fn take_over(&mut self) {
        let Some(Next { value, since, lead, .. }) = self.next.take() else { return };
        let before = std::mem::replace(&mut self.now, value);
        let run = std::mem::replace(&mut self.run, lead);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let is_back = self.changes.last().is_some_and(|change| change.from == text(&self.now));
        if run < RUN && is_back {
            self.changes.pop();
            self.blips += 1;
        } else if let Some(at) = since {
            let (from, to) = (text(&before), text(&self.now));
            self.changes.push(Change { at, from, to });
        }
    }
}

fn may_be_version(value: &[u8]) -> bool {
    value.len() <= LONGEST && value.iter().any(u8::is_ascii_digit)
}

fn names_version(name: &[u8]) -> bool {
    if name.len() > LONGEST || !name.is_ascii() {
        return false;
    }
    let letters = name.iter().filter(|byte| byte.is_ascii_alphanumeric());
    let letters: String = letters.map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    // `@version` is that of the format.
    let is_whole = name.first().is_some_and(u8::is_ascii_alphabetic) && WHOLE.contains(&letters.as_str());
    is_whole || NAMES.iter().any(|known| letters.ends_with(known))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reader::{Reader, Settings, SourceHint};
    use crate::records::record::RecordSink;

    #[derive(Default)]
    struct Look(Versions);

    impl RecordSink for Look {
        fn record(&mut self, record: &Record<'_>) {
            self.0.add(record);
        }
    }

    fn changes(lines: impl Iterator<Item = String>) -> Vec<(i64, String, String)> {
        let (mut look, mut reader) =
            (Look::default(), Reader::new(&Settings::default(), SourceHint::default()));
        for line in lines {
            reader.space()[..line.len()].copy_from_slice(line.as_bytes());
            reader.filled(line.len(), &mut look);
        }
        reader.finish(&mut look);
        let row = |change: VersionChange| (change.at.seconds() - START, change.from, change.to);
        look.0.changes().into_iter().map(row).collect()
    }

    const START: i64 = 1_714_521_600;

    fn line(nth: usize, fields: &str) -> String {
        let (hour, minute, second) = (nth / 3600, nth / 60 % 60, nth % 60);
        format!(
            "{{\"time\":\"2024-05-01T{hour:02}:{minute:02}:{second:02}Z\",{fields}\"msg\":\"step {nth}\"}}\n"
        )
    }

    /// A log of five thousand records in which that field has these values.
    fn check(name: &str, value: impl Fn(usize) -> String, expected: &[(i64, &str, &str)]) {
        let all = (0..5000).map(|nth| line(nth, &format!("\"{name}\":\"{}\",", value(nth))));
        let owned = |(at, from, to): &(i64, &str, &str)| (*at, (*from).to_owned(), (*to).to_owned());
        assert_eq!(changes(all), expected.iter().map(owned).collect::<Vec<_>>(), "{name}");
    }

    #[test]
    fn a_version_that_takes_over_is_a_change() {
        let at = |nth: usize, from: usize| if nth < from { "1.4.1" } else { "1.5.0" }.to_owned();
        for name in ["version", "service.version", "App_Version", "labels.app.kubernetes.io/version"] {
            check(name, |nth| at(nth, 3000), &[(3000, "1.4.1", "1.5.0")]);
        }
        check("@version", |nth| at(nth, 3000), &[]);
        check("conversion", |nth| at(nth, 3000), &[]);
        // Rolled out over some minutes, and taken back.
        let rolled = |nth: usize| at(nth % 2 * 4000, if (2000..2300).contains(&nth) { 1 } else { 9000 });
        check(
            "version",
            |nth| if nth < 2300 { rolled(nth) } else { at(nth, 0) },
            &[(2001, "1.4.1", "1.5.0")],
        );
        let back = |nth: usize| if (2000..2400).contains(&nth) { "2" } else { "1" }.to_owned();
        check("version", back, &[(2000, "1", "2"), (2400, "2", "1")]);
        check(
            "build",
            |nth| (nth / 1000).to_string(),
            &[(1000, "0", "1"), (2000, "1", "2"), (3000, "2", "3"), (4000, "3", "4")],
        );
    }

    #[test]
    fn what_takes_turns_is_no_version() {
        let of = |words: &[&str], nth: usize| words[(nth * 7919 % 1009) * words.len() / 1009].to_owned();
        check("version", |nth| of(&["1.0", "1.1"], nth), &[]);
        check(
            "version",
            |nth| of(&["1.1", "1.1", "1.1", "1.1", "1.1", "1.1", "1.1", "1.1", "1.1", "1.0"], nth),
            &[],
        );
        check("version", |nth| of(&["8.1", "8.2", "7.4", "9.0", "9.1", "6.2"], nth), &[]);
        check("version", |nth| if nth == 40 { "1.0" } else { "1.1" }.to_owned(), &[]);
        check("build", |nth| (nth / 10).to_string(), &[]);
        check("release", |nth| if nth < 2000 { "stable" } else { "canary" }.to_owned(), &[]);
    }

    #[test]
    fn few_records_may_say_it() {
        let fields = |nth: usize| match nth {
            10 => "\"version\":\"1.4.1\",",
            4000 => "\"version\":\"1.5.0\",",
            _ => "",
        };
        let found = changes((0..5000).map(|nth| line(nth, fields(nth))));
        assert_eq!(found, [(4000, "1.4.1".to_owned(), "1.5.0".to_owned())]);
        let none = changes((0..5000).map(|nth| line(nth, if nth > 1500 { fields(4000) } else { "" })));
        assert_eq!(none, []);
    }

    #[test]
    fn a_log_without_is_not_looked_at_for_long() {
        let mut look = Look::default();
        let mut reader = Reader::new(&Settings::default(), SourceHint::default());
        for nth in 0..5000 {
            let line = line(nth, "");
            reader.space()[..line.len()].copy_from_slice(line.as_bytes());
            reader.filled(line.len(), &mut look);
        }
        reader.finish(&mut look);
        assert!(!look.0.is_looking() && !look.0.needs_fields());
    }

    #[test]
    fn what_has_taken_too_many_turns_is_looked_at_no_more() {
        let mut field = Field::new(StreamId(0), "version");
        for nth in 0..5000 {
            field.see(format!("1.{}", nth / 20).as_bytes(), Time::from_seconds(nth));
        }
        assert!(!field.may_be_steady() && !field.is_steady());
        let looking = Versions { looked: SAMPLE, fields: vec![field], streams: Vec::new() };
        assert!(!looking.is_looking() && looking.changes().is_empty());
    }

    proptest! {
        #[test]
        fn any_values_are_taken(values in prop::collection::vec((0u32..3, prop::collection::vec(any::<u8>(), 0..80)), 0..400)) {
            let mut fields = [0, 1, 2].map(|stream| Field::new(StreamId(stream), "version"));
            for (nth, (stream, value)) in values.iter().enumerate() {
                let field = &mut fields[*stream as usize];
                if !value.is_empty() && field.may_be_steady() {
                    field.see(value, Time::from_seconds(nth as i64));
                }
            }
            for field in fields {
                prop_assert!(field.changes.len() <= MOST_CHANGES + 1);
                prop_assert!(field.changes.is_sorted_by_key(|change| change.at));
            }
        }
    }
}
