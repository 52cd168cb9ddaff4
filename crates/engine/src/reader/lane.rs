//! The lines of one writer become records.
//!
//! A file has one lane; where containers share it, each has its own. A record stays open until the
//! next one begins, since a line never says that it is the last of its record.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;

use crate::lines::traces::{self, Trace, Verdict};
use crate::records::fields::{Fields, Span};
use crate::records::fitted::{Entry, Fitted, Place};
use crate::records::level::Level;
use crate::records::names::Name;
use crate::records::notes::Notes;
use crate::records::record::{Origin, Record, StreamId};
use crate::records::time::Time;

use super::order::{OwnedRecord, Slot};
use super::streams::Streams;

/// Bytes of a record that are kept; what follows is counted and left out.
pub(crate) const MOST_BYTES: usize = 1 << 20;

/// Formats that a stream may mix.
const MOST_FORMATS: usize = 8;

/// Lines after which it is asked again whether the format still fits.
const ROUND: u32 = 1024;

/// The same for lines without any format.
const PLAIN_ROUND: u32 = 8192;

/// How often the time between two looks doubles.
const MOST_PLAIN_ROUNDS: u32 = 7;

/// Interrupted traces that may go on.
const MOST_PARKED: usize = 16;

/// A line as it comes to a lane.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    pub(crate) text: &'a [u8],
    /// Where the text stands in the buffer, unless it was changed on the way.
    pub(crate) place: Option<usize>,
    pub(crate) number: u64,
    pub(crate) offset: u64,
    /// Lines of the source that it was put together from.
    pub(crate) physical: u32,
    pub(crate) notes: Notes,
    /// The stamp of the container's log driver.
    pub(crate) outer_time: Option<Time>,
    /// The level that the wrapping states, by which the line is a record of its own.
    pub(crate) outer_level: Option<Level>,
    /// The place in the order that was kept for it.
    pub(crate) slot: Option<Slot>,
}

impl<'a> Line<'a> {
    /// One line of the source, with its number and offset there, in no wrapping yet.
    #[inline]
    pub(crate) fn of_source(
        text: &'a [u8],
        place: Option<usize>,
        (number, offset): (u64, u64),
        notes: Notes,
    ) -> Line<'a> {
        Line {
            text,
            place,
            number,
            offset,
            physical: 1,
            notes,
            outer_time: None,
            outer_level: None,
            slot: None,
        }
    }
}

/// What a line is to its lane.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    /// It begins a record; what it says waits in the lane until [`Lane::begin`].
    Begins,
    /// It belongs to the open record.
    Continues,
    /// It belongs to a parked record.
    ContinuesParked(usize),
    /// It belongs to nothing.
    Blank,
    /// It names the columns of what follows.
    Header,
}

/// A record that is still open.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    pub(crate) origin: Origin,
    pub(crate) stream: StreamId,
    pub(crate) entry: Entry,
    pub(crate) slot: Option<Slot>,
    text: Text,
    trace: Option<Trace>,
    /// Who wrote it, where its logger repeats the header on every line of a trace.
    writer: Option<u64>,
    /// Blanks between its header and its message.
    padding: usize,
}

impl Open {
    /// Where the message of a line with the same header begins. Blanks beyond those that its format puts
    /// there are the message's own: they are what tells the line of a trace.
    fn header_length(&self, text: &[u8], start: usize) -> usize {
        start - blanks_before(text, start).saturating_sub(self.padding)
    }
}

#[derive(Clone, Copy, Debug)]
enum Text {
    /// A range of the reader's buffer.
    Buffer(usize, usize),
    /// Memory of its own.
    Own,
}

/// A trace that was interrupted by other writers and may go on.
#[derive(Clone, Debug)]
struct Parked {
    open: Open,
    text: Vec<u8>,
    fields: Fields,
}

/// The state of one writer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lane {
    pub(crate) name: Vec<u8>,
    formats: Vec<(Fitted, u64)>,
    current: usize,
    open: Option<Open>,
    fields: Fields,
    next: Fields,
    own: Vec<u8>,
    parked: Vec<Parked>,
    /// Bytes of a repeated header, which the line that continues a record leaves behind.
    header: usize,
    /// The line at hand begins a trace that its writer may go on with after lines of others.
    announced: Option<(u64, Trace)>,
    /// How often lines without a format were looked at in vain.
    plain_rounds: u32,
    /// What the last beginning said.
    entry: Entry,
    seen: u32,
    missed: u32,
    /// The next lines must be looked at as a sample before they are read.
    pub(crate) wants_sample: bool,
}

impl Lane {
    pub(crate) fn new(name: &[u8]) -> Lane {
        Lane { name: name.to_vec(), wants_sample: true, ..Lane::default() }
    }

    /// The formats in use, with the line since when.
    pub(crate) fn formats(&self) -> impl DoubleEndedIterator<Item = &(Fitted, u64)> {
        self.formats.iter()
    }

    pub(crate) fn format(&self) -> Option<&Fitted> {
        self.formats.get(self.current).map(|(fitted, _)| fitted)
    }

    pub(crate) fn format_mut(&mut self) -> Option<&mut Fitted> {
        self.formats.get_mut(self.current).map(|(fitted, _)| fitted)
    }

    /// Uses that format from now on; one that is already known comes to the front again.
    pub(crate) fn adopt(&mut self, fitted: Fitted, line: u64) {
        self.wants_sample = false;
        (self.seen, self.missed) = (0, 0);
        if let Some(index) = self.formats.iter().position(|(known, _)| known.same_as(&fitted)) {
            self.current = index;
            return;
        }
        if self.formats.len() == MOST_FORMATS {
            self.formats.remove(0);
        }
        self.formats.push((fitted, line));
        self.current = self.formats.len() - 1;
    }

    /// Reads a line and says what it is; the fields of a beginning wait until [`Lane::begin`].
    #[inline]
    pub(crate) fn classify(&mut self, buffer: &[u8], line: &Line<'_>) -> Part {
        self.header = 0;
        self.announced = None;
        if line.outer_level.is_some() {
            return self.classify_alone(line);
        }
        let in_body = self.open.as_ref().is_some_and(|open| open.trace.as_ref().is_some_and(Trace::is_body));
        if in_body && self.accepted_by_trace(buffer, line.text) {
            return Part::Continues;
        }
        let Some((fitted, _)) = self.formats.get_mut(self.current) else { return Part::Blank };
        if fitted.is_plain() {
            return self.classify_plain(buffer, line);
        }
        self.seen += 1;
        if !fitted.read_into(line.text, &mut self.next, &mut self.entry) {
            return self.classify_odd(buffer, line);
        }
        self.repeated_header(buffer, line.text).unwrap_or(Part::Begins)
    }

    /// A line that is known to be a record.
    fn classify_alone(&mut self, line: &Line<'_>) -> Part {
        let Some((fitted, _)) = self.formats.get_mut(self.current) else { return Part::Blank };
        if fitted.is_plain() {
            return self.begin_without_format();
        }
        self.seen += 1;
        if fitted.read_into(line.text, &mut self.next, &mut self.entry) {
            return Part::Begins;
        }
        if let Some(part) = self.read_by_another_format(line.text) {
            return part;
        }
        self.miss();
        self.begin_plainly(Notes::NO_TIME.with(Notes::OTHER_FORMAT))
    }

    /// Some loggers write the whole header again before each line of a trace.
    #[inline]
    fn repeated_header(&mut self, buffer: &[u8], text: &[u8]) -> Option<Part> {
        let Place::From(start) = self.entry.message else { return None };
        let may_join = match text.get(start..).unwrap_or_default() {
            [] => true,
            message @ [b'T' | b'C' | b'a', ..] => begins_like_a_trace(message),
            _ => is_indented(text, start),
        };
        let in_trace = self.open.as_ref().is_some_and(|open| open.writer.is_some());
        if !(may_join || in_trace || !self.parked.is_empty()) {
            return None;
        }
        let entry = self.entry;
        let writer = writer_of(self.lane_names(), &self.next, text, &entry);
        let part = self.join_repeated(buffer, text, start, &entry, writer);
        if part.is_none() && entry.time.is_some() {
            let message = text.get(start..).filter(|message| traces::joins_repeated_header(message));
            self.announced = message.and_then(Trace::begin).map(|trace| (writer, trace));
        }
        part
    }

    #[cold]
    fn join_repeated(
        &mut self,
        buffer: &[u8],
        text: &[u8],
        start: usize,
        entry: &Entry,
        writer: u64,
    ) -> Option<Part> {
        let belongs = |open: &Open| open.writer == Some(writer);
        if let Some(open) = self.open.as_mut().filter(|open| belongs(open)) {
            self.header = open.header_length(text, start);
            return goes_on(open, entry, text.get(self.header..)?).then_some(Part::Continues);
        }
        let parked =
            self.parked.iter().position(|parked| belongs(&parked.open) && may_go_on(&parked.open, entry));
        if let Some(index) = parked {
            let open = &mut self.parked.get_mut(index)?.open;
            self.header = open.header_length(text, start);
            if goes_on(open, entry, text.get(self.header..)?) {
                return Some(Part::ContinuesParked(index));
            }
        }
        let open = self.open.as_ref()?;
        self.header = open.header_length(text, start);
        let message = text.get(self.header..)?;
        // Without a time nothing says that two lines belong together.
        if entry.time.is_none() || open.entry.time != entry.time || open.entry.level != entry.level {
            return None;
        }
        let opened = self.open_text(buffer);
        if open.writer.is_some() || writer_of(self.lane_names(), &self.fields, opened, &open.entry) != writer
        {
            return None;
        }
        let begun = match open.entry.message {
            Place::From(start) => Trace::begin(opened.get(start..).unwrap_or_default()),
            Place::Value(_) => None,
        };
        let mut trace = match begun {
            Some(mut trace) => (trace.accepts_repeated(message) != Verdict::No).then_some(trace),
            None => None,
        };
        if trace.is_none() {
            trace = Trace::begin(message);
            // Blanks before a message are proof only where the stamps are finer than a second.
            let proof = trace.is_some() || is_fine(entry.time);
            if !proof || !traces::joins_repeated_header(message) {
                return None;
            }
        }
        let open = self.open.as_mut()?;
        open.trace = trace;
        open.writer = Some(writer);
        Some(Part::Continues)
    }

    /// The captures by which the format in use tells writers apart.
    fn lane_names(&self) -> &[Name] {
        self.format().map_or(&[], |fitted| &fitted.format.lane)
    }

    fn classify_plain(&mut self, buffer: &[u8], line: &Line<'_>) -> Part {
        if self.accepted_by_trace(buffer, line.text) {
            return Part::Continues;
        }
        if is_blank(line.text) {
            return Part::Blank;
        }
        if self.open.is_some() && traces::continues(line.text) {
            return Part::Continues;
        }
        self.begin_without_format()
    }

    /// A record of a stream that has no format.
    fn begin_without_format(&mut self) -> Part {
        self.seen += 1;
        // Text without a format may be followed by lines that have one.
        if self.seen >= PLAIN_ROUND << self.plain_rounds {
            // The longer it had none, the rarer it is worth a look.
            self.plain_rounds = (self.plain_rounds + 1).min(MOST_PLAIN_ROUNDS);
            self.seen = 0;
            self.wants_sample = true;
        }
        self.begin_plainly(Notes::NO_TIME)
    }

    fn begin_plainly(&mut self, notes: Notes) -> Part {
        self.next.clear();
        self.entry = Entry { notes, ..Entry::default() };
        Part::Begins
    }

    /// A line that has not the stream's format: a continuation, a record of another format, or
    /// something new.
    #[cold]
    fn classify_odd(&mut self, buffer: &[u8], line: &Line<'_>) -> Part {
        if self.accepted_by_trace(buffer, line.text) {
            return Part::Continues;
        }
        let joins = self.open.is_some() && self.format().is_some_and(Fitted::stamps_begin_records);
        if is_blank(line.text) {
            return if joins { Part::Continues } else { Part::Blank };
        }
        if let Some(part) = self.read_directive(line.text).or_else(|| self.read_by_another_format(line.text))
        {
            return part;
        }
        if self.open.is_some() && (traces::continues(line.text) || self.row_goes_on(buffer)) {
            return Part::Continues;
        }
        self.miss();
        if self.read_stray_stamp(line.text).is_some() {
            return Part::Begins;
        }
        // A runtime's last words are no part of what happened to be logged before them.
        let alone = Trace::begin(line.text).is_some_and(|trace| trace.stands_alone());
        if joins && !alone {
            return Part::Continues;
        }
        self.begin_plainly(Notes::NO_TIME.with(Notes::OTHER_FORMAT))
    }

    /// When most lines miss the format, it is time to look for another one.
    fn miss(&mut self) {
        self.missed += 1;
        if self.seen >= ROUND {
            self.wants_sample = self.missed * 2 > self.seen;
            (self.seen, self.missed) = (0, 0);
        }
    }

    /// A quoted value of a row may hold newlines.
    fn row_goes_on(&self, buffer: &[u8]) -> bool {
        self.format().is_some_and(|fitted| fitted.row_goes_on(self.open_text(buffer)))
    }

    fn read_directive(&mut self, text: &[u8]) -> Option<Part> {
        let (fitted, _) = self.formats.get_mut(self.current)?;
        fitted.read_directive(text).then_some(Part::Header)
    }

    fn read_by_another_format(&mut self, text: &[u8]) -> Option<Part> {
        for (index, (fitted, _)) in self.formats.iter_mut().enumerate() {
            if index == self.current || fitted.is_plain() {
                continue;
            }
            if fitted.read_into(text, &mut self.next, &mut self.entry) {
                self.current = index;
                return Some(Part::Begins);
            }
        }
        None
    }

    fn read_stray_stamp(&mut self, text: &[u8]) -> Option<()> {
        let (fitted, _) = self.formats.get_mut(self.current)?;
        self.entry = fitted.read_stray_stamp(text)?;
        self.next.clear();
        Some(())
    }

    fn accepted_by_trace(&mut self, buffer: &[u8], text: &[u8]) -> bool {
        let Some(open) = &self.open else { return false };
        if open.trace.is_none() && open.origin.lines == 1 {
            // Only now, when a second line came, is it worth asking what the first one began.
            let trace = Trace::begin(self.open_message(buffer));
            if let Some(open) = &mut self.open {
                open.trace = trace;
            }
        }
        self.open.as_mut().is_some_and(|open| accept(&mut open.trace, text))
    }

    fn open_text<'a>(&'a self, buffer: &'a [u8]) -> &'a [u8] {
        match self.open.as_ref().map(|open| open.text) {
            Some(Text::Buffer(start, end)) => buffer.get(start..end).unwrap_or_default(),
            Some(Text::Own) => &self.own,
            None => &[],
        }
    }

    fn open_message<'a>(&'a self, buffer: &'a [u8]) -> &'a [u8] {
        let text = self.open_text(buffer);
        match self.open.as_ref().map(|open| open.entry.message) {
            Some(Place::From(start)) => text.get(start..).unwrap_or_default(),
            Some(Place::Value(span)) => self.fields.resolve(span, text),
            None => &[],
        }
    }

    /// Opens a record with the line that was just classified as its beginning.
    #[inline]
    pub(crate) fn begin(&mut self, line: &Line<'_>, streams: &mut Streams) {
        std::mem::swap(&mut self.fields, &mut self.next);
        let mut entry = self.entry;
        entry.notes.add(line.notes.with(self.fields.notes()));
        if entry.time.is_none() && line.outer_time.is_some() {
            entry.time = line.outer_time;
            entry.notes = entry.notes.without(Notes::NO_TIME);
        }
        entry.level = entry.level.or(line.outer_level);
        let parts = self.formats.get(self.current).map_or(&[][..], |(fitted, _)| &fitted.format.stream);
        let values = parts.iter().filter_map(|part| self.fields.known(*part, line.text));
        let stream = streams.of(&self.name, values);
        let text = match line.place {
            Some(start) => Text::Buffer(start, start + line.text.len()),
            None => {
                self.own.clear();
                self.own.extend_from_slice(line.text);
                Text::Own
            }
        };
        let origin = Origin { line: line.number, offset: line.offset, lines: line.physical };
        let padding = match entry.message {
            Place::From(start) => blanks_before(line.text, start),
            Place::Value(_) => 0,
        };
        let (writer, trace) = match self.announced {
            None => (None, None),
            Some((writer, trace)) => (Some(writer), Some(trace)),
        };
        self.open = Some(Open { origin, stream, entry, slot: None, text, trace, writer, padding });
    }

    /// Adds a line to the open record.
    pub(crate) fn join(&mut self, buffer: &[u8], line: &Line<'_>) {
        let Some(open) = &mut self.open else { return };
        open.origin.lines += line.physical;
        open.entry.notes.add(line.notes.with(Notes::JOINED));
        if let (Text::Buffer(start, end), Some(place)) = (open.text, line.place)
            && self.header == 0
            && place == end + 1
            && place + line.text.len() - start <= MOST_BYTES
        {
            open.text = Text::Buffer(start, place + line.text.len());
            return;
        }
        self.detach(buffer);
        let Some(open) = &mut self.open else { return };
        append(&mut self.own, without_header(line.text, self.header), &mut open.entry.notes);
    }

    /// Adds a line to a parked record.
    pub(crate) fn join_parked(&mut self, index: usize, line: &Line<'_>) {
        if let Some(parked) = self.parked.get_mut(index) {
            parked.open.origin.lines += line.physical;
            parked.open.entry.notes.add(line.notes.with(Notes::JOINED));
            append(&mut parked.text, without_header(line.text, self.header), &mut parked.open.entry.notes);
        }
    }

    /// Whether a record is open and must be closed or parked before the next begins.
    pub(crate) fn has_open(&self) -> bool {
        self.open.is_some()
    }

    /// Whether the open record is a trace that may go on after lines of other writers.
    pub(crate) fn may_park(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.writer.is_some() && open.trace.is_some())
    }

    /// The slot of the record that was parked first, where no more can be.
    pub(crate) fn longest_parked(&self) -> Option<Slot> {
        self.parked.first().filter(|_| self.parked.len() >= MOST_PARKED)?.open.slot
    }

    /// Keeps the open record aside, at its place in the order.
    pub(crate) fn park(&mut self, buffer: &[u8], slot: Slot) {
        let text = self.open_text(buffer).to_vec();
        if let Some(mut open) = self.open.take() {
            open.slot = Some(open.slot.unwrap_or(slot));
            open.text = Text::Own;
            self.parked.push(Parked { open, text, fields: std::mem::take(&mut self.fields) });
        }
    }

    /// Takes out a parked record: the one in that slot, or any.
    pub(crate) fn unpark(&mut self, slot: Option<Slot>) -> Option<(Slot, OwnedRecord)> {
        let index = match slot {
            Some(slot) => self.parked.iter().position(|parked| parked.open.slot == Some(slot))?,
            None => self.parked.len().checked_sub(1)?,
        };
        let Parked { open, mut text, fields } = self.parked.remove(index);
        text.truncate(without_blank_end(&text, &open).len());
        Some((open.slot?, owned(open, text, fields)))
    }

    /// The slot of the open record, where it has one.
    pub(crate) fn slot(&self) -> Option<Slot> {
        self.open.as_ref()?.slot
    }

    /// Gives the open record a place in the order.
    pub(crate) fn set_slot(&mut self, slot: Slot) {
        if let Some(open) = &mut self.open {
            open.slot = Some(slot);
        }
    }

    /// Closes the open record and lends it to `give`.
    #[inline]
    pub(crate) fn close(&mut self, buffer: &[u8], give: impl FnOnce(&Record<'_>, Option<Slot>)) {
        let Some(open) = &self.open else { return };
        let text = match open.text {
            Text::Buffer(start, end) => buffer.get(start..end).unwrap_or_default(),
            Text::Own => &self.own,
        };
        let text = without_blank_end(text, open);
        let message = match open.entry.message {
            Place::From(start) => text.get(start..).unwrap_or_default(),
            Place::Value(span) => self.fields.resolve(span, text),
        };
        let record = Record {
            origin: open.origin,
            stream: open.stream,
            time: open.entry.time,
            level: open.entry.level,
            text,
            message,
            notes: open.entry.notes,
            fields: self.fields.view(),
        };
        give(&record, open.slot);
        self.open = None;
    }

    /// Takes the text of the open record out of the buffer.
    pub(crate) fn detach(&mut self, buffer: &[u8]) {
        if let Some(Open { text: text @ Text::Buffer(..), .. }) = &mut self.open
            && let Text::Buffer(start, end) = *text
        {
            self.own.clear();
            self.own.extend_from_slice(buffer.get(start..end).unwrap_or_default());
            *text = Text::Own;
        }
    }

    /// The first byte of the buffer that is still needed.
    pub(crate) fn needs_from(&self) -> Option<usize> {
        match self.open.as_ref()?.text {
            Text::Buffer(start, _) => Some(start),
            Text::Own => None,
        }
    }

    /// The buffer lost its first bytes.
    pub(crate) fn moved(&mut self, by: usize) {
        if let Some(Open { text: Text::Buffer(start, end), .. }) = &mut self.open {
            *start -= by;
            *end -= by;
        }
    }
}

/// Whether a time was written with parts of a second, so that equal times are hardly a chance.
fn is_fine(time: Option<Time>) -> bool {
    time.is_some_and(|time| time.nanos() % 1_000_000_000 != 0)
}

fn begins_like_a_trace(message: &[u8]) -> bool {
    [&b"Traceback"[..], b"Caused by", b"at "].iter().any(|beginning| message.starts_with(beginning))
}

/// Whether more than one blank stands before a message.
#[inline]
fn is_indented(text: &[u8], start: usize) -> bool {
    let before = start.checked_sub(2).and_then(|at| text.get(at));
    matches!(before, Some(b' ' | b'\t'))
}

#[inline]
fn blanks_before(text: &[u8], start: usize) -> usize {
    let header = text.get(..start).unwrap_or_default();
    header.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// A blank message ends before its header does.
fn without_header(text: &[u8], length: usize) -> &[u8] {
    text.get(length..).unwrap_or_default()
}

fn accept(trace: &mut Option<Trace>, line: &[u8]) -> bool {
    let verdict = trace.as_mut().map(|trace| trace.accepts(line));
    if !matches!(verdict, Some(Verdict::Yes)) {
        *trace = None;
    }
    matches!(verdict, Some(Verdict::Yes | Verdict::Last))
}

/// Whether anything can still belong to a parked record: its trace has not ended, or it was written at the same
/// moment.
fn may_go_on(open: &Open, entry: &Entry) -> bool {
    open.trace.is_some() || open.entry.time == entry.time
}

/// Whether a message with a header of its own belongs to a trace of the same writer.
fn goes_on(open: &mut Open, entry: &Entry, message: &[u8]) -> bool {
    let same_time = open.entry.time == entry.time;
    let verdict = match &mut open.trace {
        Some(trace) if same_time => trace.accepts_repeated(message),
        Some(trace) => trace.accepts_message(message),
        None => Verdict::No,
    };
    if verdict != Verdict::Yes {
        open.trace = None;
    }
    verdict != Verdict::No || (same_time && traces::joins_repeated_header(message))
}

fn append(text: &mut Vec<u8>, line: &[u8], notes: &mut Notes) {
    let room = MOST_BYTES.saturating_sub(text.len() + 1);
    if line.len() > room {
        notes.add(Notes::RECORD_CUT);
    }
    if room > 0 {
        text.push(b'\n');
        text.extend_from_slice(whole_letters(line, room));
    }
}

/// The first bytes of a line, without a letter that would be cut in two.
fn whole_letters(line: &[u8], most: usize) -> &[u8] {
    let mut end = most.min(line.len());
    while line.get(end).is_some_and(|next| next & 0xC0 == 0x80) && end > 0 {
        end -= 1;
    }
    line.get(..end).unwrap_or_default()
}

/// Blank lines at the end of a record were counted with it but say nothing.
fn without_blank_end<'a>(text: &'a [u8], open: &Open) -> &'a [u8] {
    if open.origin.lines < 2 {
        return text;
    }
    let end = text.iter().rposition(|byte| !byte.is_ascii_whitespace()).map_or(0, |last| last + 1);
    text.get(..end).unwrap_or_default()
}

fn owned(open: Open, text: Vec<u8>, fields: Fields) -> OwnedRecord {
    let message = match open.entry.message {
        Place::From(start) => Span::text(start.min(text.len())..text.len()),
        Place::Value(span) => span,
    };
    OwnedRecord {
        origin: open.origin,
        stream: open.stream,
        time: open.entry.time,
        level: open.entry.level,
        notes: open.entry.notes,
        text,
        message,
        fields,
    }
}

/// Who wrote a line: what its header says of process, thread, logger and container, and of what its
/// format names besides.
fn writer_of(lane: &[Name], fields: &Fields, text: &[u8], entry: &Entry) -> u64 {
    let mut hasher = FixedState::with_seed(29).build_hasher();
    hasher.write_u8(entry.level.map_or(u8::MAX, |level| level as u8));
    for name in ["pid", "thread", "logger", "component", "module", "host", "app", "container"] {
        if let Some(value) = fields.get(name, text) {
            hasher.write(value.bytes);
            hasher.write_u8(0);
        }
    }
    for value in lane.iter().filter_map(|name| fields.known(*name, text)) {
        hasher.write(value);
        hasher.write_u8(0);
    }
    hasher.finish()
}

fn is_blank(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | 0x0b | 0x0c))
}
