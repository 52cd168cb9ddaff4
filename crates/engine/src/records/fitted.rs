//! A format fitted to a stream: a line in, what its header says out, or that it has no such header.
//!
//! One match answers both what begins a record and what it says: [`Entry`] has time, level, notes and the place of
//! the message, and the fields are filled on the way. So nothing is read twice, whatever a line turns out to be.
//! The clock belongs to the stream and not to the format, since it remembers the dates of the lines before.

use std::sync::Arc;

use super::clock::{Clock, Reading};
use super::detect::ClockSettings;
use super::fields::{Fields, Span};
use super::format::Format;
use super::level::Level;
use super::library::Library;
use super::meaning::Meaning;
use super::notes::Notes;
use super::pattern::{Head, Headers, Matched, OwnLevels, Pattern, ReadStamp, Tree, is_blind};
use super::separated::Columns;
use super::time::Time;
use super::timestamp::{Found, Shape, find};
use super::{json, logfmt};

/// How far into a line of another format its stamp may begin.
const STRAY_REACH: usize = 48;

/// A format fitted to a stream.
#[derive(Clone, Debug)]
pub(crate) struct Fitted {
    pub(crate) format: Arc<Format>,
    pub(crate) parser: Parser,
    /// A clock per shape of stamp; nearly always one.
    pub(crate) clocks: Vec<Clock>,
    pub(crate) settings: ClockSettings,
    pub(crate) meaning: Meaning,
    /// The messages are JSON objects themselves.
    pub(crate) nested: bool,
    /// Share of the sample's lines that could begin a record and did match.
    pub(crate) confidence: f64,
}

/// How lines are taken apart.
#[derive(Clone, Debug)]
pub(crate) enum Parser {
    Patterns(Patterns),
    Json,
    Logfmt,
    Columns(Columns),
    /// By entries, not by lines; see the reader's `journal`.
    Journal,
    /// Every line is a message.
    Plain,
}

/// What a line that begins a record said.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) time: Option<Time>,
    pub(crate) level: Option<Level>,
    pub(crate) notes: Notes,
    pub(crate) message: Place,
}

/// Where the message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// From here to the end of the record's text.
    From(usize),
    /// The value of a field.
    Value(Span),
}

impl Default for Place {
    fn default() -> Place {
        Place::From(0)
    }
}

/// Shapes of stamps that one format may mix.
const MOST_CLOCKS: usize = 4;

/// Reads stamps with the clock that knows their shape.
struct Clocks<'a>(&'a mut Vec<Clock>);

impl ReadStamp for Clocks<'_> {
    #[inline]
    fn read(&mut self, text: &[u8]) -> Option<Reading> {
        self.0.iter_mut().find_map(|clock| clock.read(text))
    }
}

/// The same for a line whose first stamp was read already.
struct ClocksAgain<'a, 'b>(&'a mut Clocks<'b>, Option<Reading>);

impl ReadStamp for ClocksAgain<'_, '_> {
    fn read(&mut self, text: &[u8]) -> Option<Reading> {
        self.1.take().or_else(|| self.0.read(text))
    }
}

/// Reads stamps of any shape; a shape that no clock knows gets one.
struct NewClocks<'a>(&'a mut Vec<Clock>, &'a ClockSettings);

impl ReadStamp for NewClocks<'_> {
    fn read(&mut self, text: &[u8]) -> Option<Reading> {
        let known = Clocks(self.0).read(text);
        if known.is_some() || self.0.len() == MOST_CLOCKS {
            return known;
        }
        let (shape, _) = Shape::detect(text)?;
        let mut clock = self.1.clock(shape);
        let reading = clock.read(text);
        self.0.push(clock);
        reading
    }
}

impl Fitted {
    /// Reads a line that begins a record, or says that it does not have this format.
    #[inline]
    pub(crate) fn read_into(&mut self, line: &[u8], fields: &mut Fields, entry: &mut Entry) -> bool {
        if let Parser::Patterns(patterns) = &mut self.parser
            && !self.nested
            && let Some(head) = patterns.read_known(line, &mut self.clocks, &self.format.levels, fields)
        {
            *entry = head.into();
            return true;
        }
        let read = self.read(line, fields);
        if let Some(read) = read {
            *entry = read;
        }
        read.is_some()
    }

    /// The same; a stamp of a new shape is taken on.
    pub(crate) fn read(&mut self, line: &[u8], fields: &mut Fields) -> Option<Entry> {
        let mut entry = match &mut self.parser {
            Parser::Patterns(patterns) => {
                let levels = &self.format.levels;
                let mut stamps = NewClocks(&mut self.clocks, &self.settings);
                patterns.read(line, &mut stamps, levels, fields)?.into()
            }
            Parser::Json => {
                let start = line.iter().position(|byte| *byte != b' ')?;
                if line.get(start) != Some(&b'{') {
                    return None;
                }
                fields.clear();
                let notes = match json::read_object(line, start, fields) {
                    Ok(object) if object.duplicate => Notes::DUPLICATE_KEY,
                    Ok(_) => Notes::NONE,
                    Err(_) if fields.is_empty() => return None,
                    Err(_) => Notes::MALFORMED,
                };
                entry_of_fields(
                    line,
                    fields,
                    None,
                    &mut self.meaning,
                    &mut NewClocks(&mut self.clocks, &self.settings),
                    notes,
                )
            }
            Parser::Logfmt => {
                fields.clear();
                if logfmt::read_pairs(line, 0, fields).pairs == 0 {
                    return None;
                }
                entry_of_fields(
                    line,
                    fields,
                    None,
                    &mut self.meaning,
                    &mut NewClocks(&mut self.clocks, &self.settings),
                    Notes::NONE,
                )
            }
            Parser::Columns(columns) => {
                if !read_row(columns, line, fields) {
                    return None;
                }
                let stamp = joint_stamp(columns, line, fields);
                entry_of_fields(
                    line,
                    fields,
                    stamp,
                    &mut self.meaning,
                    &mut NewClocks(&mut self.clocks, &self.settings),
                    Notes::NONE,
                )
            }
            Parser::Journal => return None,
            Parser::Plain => {
                fields.clear();
                Entry { time: None, level: None, notes: Notes::NO_TIME, message: Place::From(0) }
            }
        };
        if self.nested {
            unfold_message(line, &mut entry, fields, &mut self.meaning);
        }
        Some(entry)
    }
}

/// Reads a row, or says that the line is none: a directive, or the header come again.
pub(crate) fn read_row(columns: &Columns, line: &[u8], fields: &mut Fields) -> bool {
    fields.clear();
    if columns.is_directive(line) {
        return false;
    }
    let row = columns.read_row(line, fields);
    row.cells >= 2 && !columns.is_header_row(row, line, fields)
}

/// The stamp of a row whose date and time of day are two columns.
pub(crate) fn joint_stamp(columns: &Columns, line: &[u8], fields: &mut Fields) -> Option<Span> {
    let (date, time) = columns.date_and_time()?;
    let (Span::Text(date_start, date_end), _) = fields.span_at(date)? else { return None };
    let (Span::Text(time_start, time_end), _) = fields.span_at(time)? else { return None };
    let kept = fields.scratch().len();
    fields.scratch().extend_from_slice(line.get(date_start as usize..date_end as usize)?);
    fields.scratch().push(b' ');
    fields.scratch().extend_from_slice(line.get(time_start as usize..time_end as usize)?);
    Some(fields.kept_since(kept))
}

/// The patterns of a format, with how often each has matched.
#[derive(Clone, Debug)]
pub(crate) struct Patterns {
    list: Vec<Pattern>,
    tree: Tree,
    matched: Vec<u64>,
    headers: Headers,
    /// Whether headers of a pattern may be remembered.
    blind: Vec<bool>,
}

impl Patterns {
    pub(crate) fn new(list: Vec<Pattern>) -> Patterns {
        let (tree, matched) = (Tree::new(&list), vec![0; list.len()]);
        let blind = list.iter().map(is_blind).collect();
        Patterns { list, tree, matched, headers: Headers::new(), blind }
    }

    /// Reads a line as one before it was read, where their headers differ in their digits only.
    #[inline]
    fn read_known(
        &mut self,
        line: &[u8],
        clocks: &mut Vec<Clock>,
        levels: &OwnLevels,
        fields: &mut Fields,
    ) -> Option<Head> {
        let mut stamps = Clocks(clocks);
        match self.headers.find(line, &mut stamps, fields) {
            Ok((head, pattern)) => {
                self.count(pattern);
                Some(head)
            }
            Err(None) => self.read_new(line, &mut stamps, levels, fields),
            Err(read) => self.read(line, &mut ClocksAgain(&mut stamps, read), levels, fields),
        }
    }

    #[inline(never)]
    fn read_new(
        &mut self,
        line: &[u8],
        stamps: &mut Clocks<'_>,
        levels: &OwnLevels,
        fields: &mut Fields,
    ) -> Option<Head> {
        let matched = self.tree.matches(line, stamps, levels, fields)?;
        self.count(matched.pattern);
        if self.blind.get(matched.pattern).is_some_and(|blind| *blind) {
            self.headers.note(line, &matched, fields);
        }
        Some(matched.head)
    }

    #[inline]
    fn count(&mut self, pattern: usize) {
        if let Some(count) = self.matched.get_mut(pattern) {
            *count += 1;
        }
    }

    #[inline]
    fn read(
        &mut self,
        line: &[u8],
        stamps: &mut impl ReadStamp,
        levels: &OwnLevels,
        fields: &mut Fields,
    ) -> Option<Head> {
        let Matched { head, pattern, .. } = self.tree.matches(line, stamps, levels, fields)?;
        self.count(pattern);
        Some(head)
    }

    /// The pattern that matched most lines; of equals the first.
    fn usual(&self) -> Option<&Pattern> {
        let most = self.matched.iter().max()?;
        self.list.iter().zip(&self.matched).find(|(_, count)| *count == most).map(|(pattern, _)| pattern)
    }
}

impl Fitted {
    /// Lines are messages as they stand.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self.parser, Parser::Plain)
    }

    /// The records of the stream carry stamps, so a line without one continues a record.
    pub(crate) fn stamps_begin_records(&self) -> bool {
        match &self.parser {
            Parser::Patterns(patterns) => {
                !self.clocks.is_empty() && patterns.list.iter().any(Pattern::has_time)
            }
            _ => false,
        }
    }

    /// Whether this is the same way of reading as another.
    pub(crate) fn same_as(&self, other: &Fitted) -> bool {
        let shape = |fitted: &Fitted| fitted.clocks.first().map(Clock::shape);
        let texts = |fitted: &Fitted| match &fitted.parser {
            Parser::Patterns(patterns) => {
                patterns.list.iter().map(|pattern| pattern.text().to_owned()).collect()
            }
            _ => vec![fitted.described()],
        };
        texts(self) == texts(other) && shape(self) == shape(other) && self.nested == other.nested
    }

    /// The pattern, as one could write it in a format file.
    pub(crate) fn described(&self) -> String {
        match &self.parser {
            Parser::Patterns(patterns) => patterns.usual().map(Pattern::text).unwrap_or_default().to_owned(),
            Parser::Json => "one JSON object per line".to_owned(),
            Parser::Logfmt => "key=value pairs".to_owned(),
            Parser::Columns(columns) => {
                let names = (0..columns.len()).filter_map(|index| columns.name(index));
                let names: Vec<_> = names.map(String::from_utf8_lossy).collect();
                format!("columns: {}", names.join(", "))
            }
            Parser::Journal => "entries of `KEY=value` lines".to_owned(),
            Parser::Plain => "{message}".to_owned(),
        }
    }

    /// Words that the library takes for it: its name, or the pattern that most of its lines have.
    pub(crate) fn words(&self, library: &Library) -> String {
        if library.named(&self.format.name).is_ok() { self.format.name.clone() } else { self.described() }
    }

    /// How much it says of a line that has it. Nearly every line has pairs somewhere, and every line is a message.
    pub(crate) fn says(&self) -> f64 {
        match &self.parser {
            Parser::Json | Parser::Journal => f64::MAX,
            Parser::Patterns(patterns) => 2.0 + patterns.usual().map_or(0.0, Pattern::weight),
            Parser::Columns(_) => 2.0,
            Parser::Logfmt => 1.0,
            Parser::Plain => 0.0,
        }
    }

    /// Takes a line that names the columns of the rows after it.
    pub(crate) fn read_directive(&mut self, line: &[u8]) -> bool {
        match &mut self.parser {
            Parser::Columns(columns) if columns.is_directive(line) => {
                if let Some(named) = Columns::from_directive(line) {
                    *columns = named;
                }
                true
            }
            Parser::Columns(columns) => {
                let mut fields = Fields::new();
                let row = columns.read_row(line, &mut fields);
                columns.is_header_row(row, line, &fields)
            }
            _ => false,
        }
    }

    /// Whether a row ends inside quotes, so that the next line belongs to it.
    pub(crate) fn row_goes_on(&self, row: &[u8]) -> bool {
        match &self.parser {
            Parser::Columns(columns) => columns.ends_inside_quotes(row, false),
            _ => false,
        }
    }

    /// Reads a line of which only the stamp is recognised.
    pub(crate) fn read_stray_stamp(&mut self, line: &[u8]) -> Option<Entry> {
        let Found { offset: at, length, .. } = find(line, STRAY_REACH).next()?;
        let mut notes = Notes::OTHER_FORMAT;
        let stamp = line.get(at..)?;
        let stamped = NewClocks(&mut self.clocks, &self.settings).read(stamp);
        if stamped.is_none() {
            notes.add(Notes::NO_TIME);
        }
        let mut start = at + length;
        while line
            .get(start)
            .is_some_and(|byte| matches!(byte, b' ' | b'\t' | b']' | b')' | b',' | b':' | b'-'))
        {
            start += 1;
        }
        Some(Entry {
            time: stamped.and_then(|stamped| stamped.time),
            level: None,
            notes: notes.with(stamped.map(|stamped| stamped.notes).unwrap_or_default()),
            message: Place::From(start),
        })
    }
}

impl Entry {
    fn note_time(&mut self, reading: Option<Reading>) {
        match reading {
            Some(reading) => {
                self.time = reading.time;
                self.notes.add(reading.notes);
            }
            None => self.notes.add(Notes::TIME_IMPOSSIBLE),
        }
    }
}

impl From<Head> for Entry {
    fn from(head: Head) -> Entry {
        Entry { time: head.time, level: head.level, notes: head.notes, message: Place::From(head.message) }
    }
}

/// Finds time, level and message among the fields; `stamp` is the time where no single field is.
#[inline]
fn entry_of_fields(
    line: &[u8],
    fields: &mut Fields,
    stamp: Option<Span>,
    meaning: &mut Meaning,
    stamps: &mut impl ReadStamp,
    notes: Notes,
) -> Entry {
    let found = meaning.of(line, fields);
    let message = found.message.map_or(Place::From(0), Place::Value);
    let mut entry = Entry { time: None, level: found.level, notes: notes.with(found.notes), message };
    match stamp.or(found.time).map(|span| fields.resolve(span, line)) {
        Some(stamp) => entry.note_time(stamps.read(stamp)),
        None => entry.notes.add(Notes::NO_TIME),
    }
    entry
}

/// A message that is a JSON object gives its fields, and its own message where it has one.
fn unfold_message(line: &[u8], entry: &mut Entry, fields: &mut Fields, meaning: &mut Meaning) {
    let Place::From(start) = entry.message else { return };
    if line.get(start) != Some(&b'{') {
        return;
    }
    if json::read_object(line, start, fields).is_err() {
        entry.notes.add(Notes::MALFORMED);
        return;
    }
    let found = meaning.of(line, fields);
    entry.notes.add(found.notes);
    entry.level = entry.level.or(found.level);
    entry.message = found.message.map_or(entry.message, Place::Value);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::TestCaseError;

    use super::*;
    use crate::records::zone::Zone;

    const PATTERNS: [&[&str]; 14] = [
        &[
            "({pri})?{time} {host} {app}(\\({module}\\))?[{pid:int}]: {message}",
            "{time} {host} {app}: {message}",
        ],
        &["{time} {host} {level} {app:text} - {message}"],
        &["{time} {host} [{app}] {message}", "{time} {host} {message}"],
        &["{time} {a}->{pid:number}: {message}"],
        &["{host} {time}(x{pid:int})? {message}"],
        &["{time} \"{host}\" 1:{message}"],
        &["{time} ->{c} {message}", "{time} {message}"],
        &["{time} {app}:{pid:int} {message}", "{time} {level}:{message}", "{time} {app}:{message}"],
        &[
            "{time} [{app}:{level}] ([a {pid:int}])? {message}",
            "{time} [{level}] {>}[a {pid:int}] {_:text}",
            "{time} [{level}] {message}",
            "{time} {app}: [( )?{pid:int}.{_:int}] {message}",
            "{time} {app}(\\({host}\\))?: {message}",
            "{time} {app} {_:int}.{_}: {message}",
        ],
        &["{time} {app}/{pid:number}:x{message}", "{time} {level}:{message}", "{time} {app}:{message}"],
        &[
            "{time} {a}{>}[{b}] {c} {_:text}",
            "{time} {a} {b}->{c} {message}",
            "{time} {a} {level} {message}",
            "{time} {a} {message}",
        ],
        &["{time} {level}:{message}", "{time} {app}:{message}"],
        &["{time} [{a}] \"{b}\" {message}", "{time} [{a}]x{message}", "{time} [{a}] {message}"],
        &[
            "{time} (\"{q}\" )?x {message}",
            "{time} {a} ([{b}])?(\"{q}\")?: {message}",
            "{time} {a} {message}",
        ],
    ];

    const PIECES: [&str; 41] = [
        "box7",
        "box81",
        "sshd[17]:",
        "sshd[18]:",
        "sshd[x]:",
        "sshd(a)[17]:",
        "sshd:",
        "WARN",
        "a->7:",
        "a->7.5:",
        "- up",
        "-",
        "\"b\"",
        "\"b",
        "1:",
        "[a[1]]",
        "[a[1]",
        "[a]x[",
        "]",
        "\"b c\"",
        "\" x up",
        "[b]\"c\": d",
        "[WARN]",
        "[warn7]",
        "[a:WARN]",
        "[a 9] b",
        "su(a):",
        "a/7.5:x",
        "warn7:",
        "error:x",
        "error:7",
        "a->b c",
        "->7",
        "[a 9]",
        "x7",
        "x",
        " ",
        "late 9 ]",
        "7",
        "warn8 x",
        "error:xy",
    ];

    /// Lines of few different words, so that some begin alike and go on otherwise.
    fn lines() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec(piece(), 2..7).prop_flat_map(|words| prop::collection::vec(line(words), 1..60))
    }

    fn piece() -> impl Strategy<Value = &'static str> {
        prop::sample::select(PIECES.to_vec())
    }

    fn line(words: Vec<&'static str>) -> impl Strategy<Value = String> {
        let stamp = prop::sample::select(vec![
            "2024-05-01T10:00:00+02:00",
            "2024-05-01T10:00:07+99:99",
            "2024-05-02T10:61:00+02:00",
            "2024-05-01T10:00:00Z",
        ]);
        let pieces = prop::collection::vec(prop::sample::select(words), 0..5);
        (stamp, any::<bool>(), pieces).prop_map(|(stamp, first, pieces)| {
            let rest = pieces.join(" ");
            if first { format!("{stamp} {rest}") } else { format!("<34>{stamp} {rest}") }
        })
    }

    /// Reads the lines with what is known of headers and without.
    fn check(lines: &[String]) -> Result<(), TestCaseError> {
        let settings = ClockSettings { zone: Zone::choose(None, None).expect("UTC"), modified: None };
        let (shape, _) = Shape::detect(b"2024-05-01T10:00:00+02:00").expect("a stamp");
        let own = |word: &str| (Box::from(word.as_bytes()), Level::Debug);
        let levels = [vec![], vec![own("warn7"), own("error:xy")]];
        for (texts, levels) in PATTERNS.iter().flat_map(|texts| levels.iter().map(move |own| (texts, own))) {
            let levels = OwnLevels(levels.clone());
            let list = || texts.iter().map(|text| Pattern::parse(text).expect("a pattern")).collect();
            let (mut one, mut other) = (Patterns::new(list()), Patterns::new(list()));
            let (mut clocks, mut others) = (vec![settings.clock(shape)], vec![settings.clock(shape)]);
            // Each twice, since a header is known only when it was there before.
            for line in lines.iter().flat_map(|line| [line, line]) {
                let (mut fields, mut expected) = (Fields::new(), Fields::new());
                let found = one.read_known(line.as_bytes(), &mut clocks, &levels, &mut fields);
                let head = other.read(line.as_bytes(), &mut Clocks(&mut others), &levels, &mut expected);
                prop_assert_eq!(format!("{found:?}"), format!("{head:?}"), "{}", line);
                if head.is_some() {
                    let same = fields.iter(line.as_bytes()).eq(expected.iter(line.as_bytes()));
                    prop_assert!(same, "{}", line);
                }
            }
            prop_assert_eq!(&one.matched, &other.matched);
            prop_assert_eq!(format!("{clocks:?}"), format!("{others:?}"));
        }
        Ok(())
    }

    #[test]
    fn what_stands_behind_a_header_may_decide_what_it_says() {
        let beginnings = [
            ["error:x", "error:xy"],
            ["error:x", "error:xz"],
            ["warn7:x", "warn8:x"],
            ["[a[1] up", "[a[1] late 9 ] x"],
            ["box [a[1] up", "box [a[1] late 9 ] x"],
            ["\"b up", "\"b \" x up"],
            ["su(a): up", "su(a : ) up"],
        ];
        for ends in beginnings {
            for [one, other] in [ends, [ends[1], ends[0]]] {
                let lines = [one, other].map(|end| format!("2024-05-01T10:00:00+02:00 {end}"));
                check(&lines).unwrap();
            }
        }
    }

    #[test]
    fn headers_that_end_alike_are_not_one() {
        let line = |level: &str| format!("2024-05-01T10:00:00+02:00 box {level} many-requests-at-once - up");
        check(&["INFO", "WARN", "INFO", "WARN", "INFO"].map(line)).unwrap();
    }

    /// More headers than are known at a time, some of them again and again, and some that are too long.
    #[test]
    fn headers_come_and_go() {
        let names = (0..100u32).map(|nth| {
            let letter = |by: u32| char::from(b'a' + (nth / by % 26) as u8);
            match nth % 4 {
                0 => "sshd".to_owned(),
                1 => ["su", "cron", "ftpd", "kernel"][nth as usize / 4 % 4].to_owned(),
                2 => "long".repeat(2 * nth as usize),
                _ => format!("{}{}-{}", letter(1), letter(7), letter(26)),
            }
        });
        let line = |(nth, name)| format!("2024-05-01T10:00:00+02:00 box {name}[{}]: up", nth % 3 * 700);
        check(&(0u32..).zip(names).map(line).collect::<Vec<_>>()).unwrap();
    }

    proptest! {
        #[test]
        fn headers_that_are_known_are_read_as_all_are(lines in lines()) {
            check(&lines)?;
        }
    }
}
