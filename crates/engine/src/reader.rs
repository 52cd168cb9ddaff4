//! The one loop: chunks of a source in, records out.
//!
//! A [`Reader`] belongs to one source (a file, a pipe, a container). Bytes are read straight into
//! its buffer and a record usually borrows from there, so nothing is copied that need not be. The
//! result does not depend on where the chunks end: whatever is decided by looking ahead looks at a
//! fixed number of bytes, or at all there are.

use std::sync::Arc;

use crate::balance::{Balance, Skip};
use crate::lines::clean::{Cleaned, Trouble, clean_line};
use crate::lines::container::{Unwrapped, Wrapper};
use crate::lines::encoding::Encoding;
use crate::records::clock::Clock;
use crate::records::detect::{self, ClockSettings, Sample};
use crate::records::fitted::Fitted;
use crate::records::format::{Format, FormatError};
use crate::records::level::Level;
use crate::records::library::Library;
use crate::records::notes::Notes;
use crate::records::record::{Record, RecordSink};
use crate::records::redact::{Kinds, Manner, Redactor};
use crate::records::time::Time;
use crate::records::timestamp::Shape;
use crate::records::zone::{UnknownZone, Zone, ZoneOrigin};

mod intake;
mod journal;
mod lane;
mod order;
pub mod samples;
mod streams;

pub use streams::StreamInfo;

use intake::Intake;
use journal::Journal;
use lane::{Lane, Line, Part};
use order::{Order, OwnedRecord, Slot};
use streams::Streams;

/// Bytes that are looked at to find a format.
const SAMPLE: usize = 1 << 17;

/// Bytes of a line that are kept; the rest is counted and left out.
const MOST_LINE: usize = 1 << 20;

/// Bytes before the line at hand that an open record may keep in the buffer.
const MOST_KEPT: usize = 2 << 20;

/// Writers that are told apart in one source.
const MOST_LANES: usize = 1024;

/// Formats of a source that are named to read it again.
const MOST_KNOWN: usize = 8;

/// How sources are read; the same for all of them.
#[derive(Clone, Debug)]
pub struct Settings {
    zone: Zone,
    given: Option<Arc<Format>>,
    library: Library,
    window: (Option<Time>, Option<Time>),
    redactor: Option<Redactor>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            zone: Zone::default(),
            given: None,
            library: Library::built_in().clone(),
            window: (None, None),
            redactor: None,
        }
    }
}

impl Settings {
    /// Everything found by itself.
    pub fn new() -> Settings {
        Settings::default()
    }

    /// The zone of stamps that carry none: `UTC`, `+02:00`, `Europe/Berlin`.
    pub fn with_zone(mut self, words: &str) -> Result<Settings, UnknownZone> {
        self.zone = Zone::from_words(words, ZoneOrigin::Flag)?;
        Ok(self)
    }

    /// The formats to choose from.
    #[must_use]
    pub fn with_library(mut self, library: Library) -> Settings {
        self.library = library;
        self
    }

    /// Whether everything is read with one pattern, whatever it looks like.
    pub fn has_pattern(&self) -> bool {
        self.given.as_ref().is_some_and(|given| !given.patterns.is_empty())
    }

    /// One format for everything: the name of a known one, or a pattern.
    pub fn with_format(mut self, words: &str) -> Result<Settings, FormatError> {
        self.given = Some(self.library.named(words)?);
        Ok(self)
    }

    /// Leaves out records before `since` and after `until`. Records without a time stay.
    #[must_use]
    pub fn within(mut self, since: Option<Time>, until: Option<Time>) -> Settings {
        self.window = (since, until);
        self
    }

    /// What removes values from lines, where that was asked for.
    pub fn redactor(&self) -> Option<Redactor> {
        self.redactor.clone()
    }

    /// Removes these kinds of values from every line before anything else sees it.
    #[must_use]
    pub fn redacted(mut self, kinds: Kinds, manner: Manner) -> Settings {
        self.redactor = Some(Redactor::new(kinds, manner));
        self
    }
}

/// What is known about a source before its first byte.
#[derive(Clone, Debug, Default)]
pub struct SourceHint {
    /// The name shown to users: a path, `archive.tar.gz!inner/path`, or `-`.
    pub name: String,
    /// When the source was last written; the anchor for stamps without a year.
    pub modified: Option<Time>,
}

/// A format that a source was read with.
#[derive(Clone, Debug, PartialEq)]
pub struct FormatUse {
    /// The name of the format, or `inferred`.
    pub name: String,
    /// Its pattern, as one could write it in a format file.
    pub pattern: String,
    /// The first line that it was used for.
    pub since_line: u64,
    /// Share of the sample's lines that could begin a record and did match (0 to 1).
    pub confidence: f64,
}

/// Reads one source.
#[derive(Clone, Debug)]
pub struct Reader {
    intake: Intake,
    core: Core,
}

impl Reader {
    /// A reader for one source.
    pub fn new(settings: &Settings, hint: SourceHint) -> Reader {
        Reader { intake: Intake::new(), core: Core::new(settings, &hint) }
    }

    /// Free room for the next bytes; never empty.
    pub fn space(&mut self) -> &mut [u8] {
        self.intake.space()
    }

    /// Takes the first `count` bytes that were written to [`Reader::space`].
    pub fn filled(&mut self, count: usize, sink: &mut impl RecordSink) {
        self.intake.filled(count);
        if self.intake.encoding().is_some() {
            self.work(false, sink);
        }
    }

    /// Nothing has come for a while: gives out records that were kept open for more lines. What comes later is a
    /// record of its own, so whoever pauses takes care not to do it in the middle of one.
    pub fn pause(&mut self, sink: &mut impl RecordSink) {
        self.core.finish(self.intake.bytes(), sink);
    }

    /// The source has ended: gives out what is still open.
    pub fn finish(&mut self, sink: &mut impl RecordSink) {
        self.intake.finish();
        self.work(true, sink);
        self.core.finish(self.intake.bytes(), sink);
        let left = self.intake.bytes().len();
        self.intake.consume(left);
    }

    fn work(&mut self, last: bool, sink: &mut impl RecordSink) {
        let used = self.core.block(self.intake.bytes(), last, sink);
        self.intake.consume(used);
        self.core.moved(used);
    }

    /// What became of every line so far.
    pub fn balance(&self) -> Balance {
        self.core.balance
    }

    /// The streams found so far, at the index of their
    /// [`StreamId`](crate::records::record::StreamId).
    pub fn streams(&self) -> &[StreamInfo] {
        self.core.streams.list()
    }

    /// The formats of its lines in words that [`Settings::with_format`] takes where a few such lines are read again: names,
    /// and patterns of what has none. What says more of a line stands before what says less, since that may have it, too.
    pub fn known_formats(&self) -> Vec<String> {
        let lanes = self.core.lanes.iter();
        // The main format of a sample is adopted last.
        let mut all: Vec<&Fitted> =
            lanes.flat_map(|lane| lane.formats().rev()).map(|(fitted, _)| fitted).collect();
        if all.iter().any(|fitted| !fitted.is_plain()) {
            all.retain(|fitted| !fitted.is_plain());
        }
        all.sort_by(|one, other| other.says().total_cmp(&one.says()));
        let mut known: Vec<String> = Vec::new();
        for words in all.into_iter().map(|fitted| fitted.words(&self.core.library)) {
            if known.len() < MOST_KNOWN && !known.contains(&words) {
                known.push(words);
            }
        }
        known
    }

    /// The formats used, in the order in which they were found.
    pub fn formats(&self) -> Vec<FormatUse> {
        let mut uses: Vec<FormatUse> = Vec::new();
        for (fitted, since_line) in self.core.lanes.iter().flat_map(Lane::formats) {
            let pattern = fitted.described();
            if uses.iter().any(|other| other.name == fitted.format.name && other.pattern == pattern) {
                continue;
            }
            uses.push(FormatUse {
                name: fitted.format.name.clone(),
                pattern,
                since_line: *since_line,
                confidence: fitted.confidence,
            });
        }
        uses.sort_by_key(|format| format.since_line);
        uses
    }

    /// What was assumed about the whole source, in words: `zone: UTC, no offset in 10,432 stamps`.
    pub fn assumptions(&self) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        if let Some(encoding) = self.intake.encoding().filter(|encoding| *encoding != Encoding::Bytes) {
            words.push(format!("encoding: {}", encoding.name()));
        }
        if let Some(wrapper) = &self.core.wrapper {
            words.push(format!("wrapped lines: {}", name_of(*wrapper)));
        }
        let clocks = self.core.lanes.iter().flat_map(Lane::formats).flat_map(|(fitted, _)| &fitted.clocks);
        for assumption in clocks.flat_map(|clock| clock.assumptions()) {
            if !words.contains(&assumption) {
                words.push(assumption);
            }
        }
        words
    }

    /// How many records had that level.
    pub fn level_count(&self, level: Option<Level>) -> u64 {
        self.core.levels[level_index(level)]
    }

    /// The earliest and the latest time of the records.
    pub fn time_range(&self) -> Option<(Time, Time)> {
        self.core.range
    }
}

fn level_index(level: Option<Level>) -> usize {
    level.map_or(Level::ALL.len(), |level| level as usize)
}

/// Everything but the buffer.
#[derive(Clone, Debug)]
struct Core {
    library: Library,
    given: Option<Arc<Format>>,
    clock: ClockSettings,
    window: (Option<Time>, Option<Time>),
    wrapper: Option<Wrapper>,
    wrapper_known: bool,
    journal: Journal,
    /// Lines must be looked at before they are read: at the beginning, and when a format fits no more.
    sample_wanted: bool,
    unwrapped: Unwrapped,
    outer_clock: Option<Clock>,
    lanes: Vec<Lane>,
    /// Parts of split container lines, per lane.
    parts: Vec<Parts>,
    streams: Streams,
    order: Order,
    balance: Balance,
    levels: [u64; Level::ALL.len() + 1],
    range: Option<(Time, Time)>,
    cleaned: Vec<u8>,
    redactor: Option<Redactor>,
    redacted: Vec<u8>,
    /// Where the next line begins in the buffer.
    at: usize,
    /// Where the buffer begins in the source.
    offset: u64,
    /// The rest of a line that was too long is being left out.
    discarding: bool,
    /// NULs before the line at hand were passed over.
    after_hole: bool,
}

/// The parts of a container line that was split by its log driver.
#[derive(Clone, Debug, Default)]
struct Parts {
    text: Vec<u8>,
    number: u64,
    offset: u64,
    count: u32,
    cut: bool,
    /// Its place in the order, since records of others may be complete before it.
    slot: Option<Slot>,
    time: Option<Time>,
    level: Option<Level>,
}

impl Parts {
    /// The parts so far, as one line.
    fn line(&self, notes: Notes) -> Line<'_> {
        Line {
            text: &self.text,
            place: None,
            number: self.number,
            offset: self.offset,
            physical: self.count,
            notes: if self.cut { notes.with(Notes::CUT) } else { notes },
            outer_time: self.time,
            outer_level: self.level,
            slot: self.slot,
        }
    }
}

impl Core {
    fn new(settings: &Settings, hint: &SourceHint) -> Core {
        Core {
            library: settings.library.clone(),
            given: settings.given.clone(),
            clock: ClockSettings { zone: settings.zone.clone(), modified: hint.modified },
            window: settings.window,
            wrapper: None,
            wrapper_known: false,
            journal: Journal::default(),
            sample_wanted: true,
            unwrapped: Unwrapped::default(),
            outer_clock: None,
            lanes: vec![Lane::new(b"")],
            parts: vec![Parts::default()],
            streams: Streams::new(),
            order: Order::default(),
            balance: Balance::default(),
            levels: [0; Level::ALL.len() + 1],
            range: None,
            cleaned: Vec::new(),
            redactor: settings.redactor.clone(),
            redacted: Vec::new(),
            at: 0,
            offset: 0,
            discarding: false,
            after_hole: false,
        }
    }

    /// Reads the whole lines of a buffer and says how many of its bytes are no longer needed.
    fn block(&mut self, buffer: &[u8], last: bool, sink: &mut impl RecordSink) -> usize {
        if self.journal_block(buffer, last, sink) {
            return buffer.len();
        }
        let trouble = Trouble::scan(buffer.get(self.at..).unwrap_or_default());
        if self.discarding {
            self.discard(buffer);
        }
        let mut searched = self.at;
        while self.at < buffer.len() {
            if self.sample_wanted {
                self.pass_hole(buffer, buffer.len());
                if !self.sample(buffer, last) {
                    break;
                }
                searched = searched.max(self.at);
            }
            // One search for all lines that need no second look at the format.
            let mut lines = memchr::memchr_iter(b'\n', buffer.get(searched..).unwrap_or_default());
            let from = searched;
            for found in lines.by_ref() {
                let end = from + found;
                self.whole_line(buffer, end, trouble, sink);
                searched = self.at;
                if self.sample_wanted {
                    break;
                }
            }
            if !self.sample_wanted {
                self.tail(buffer, last, trouble, sink);
                break;
            }
        }
        self.needed(buffer).min(buffer.len())
    }

    /// The first byte that must stay in the buffer. What was passed over behind an open record, as the rest of
    /// a line that was too long, must not: then the record gets memory of its own.
    fn needed(&mut self, buffer: &[u8]) -> usize {
        let needed = self.lanes.iter().filter_map(Lane::needs_from).fold(self.at, usize::min);
        if self.at - needed <= MOST_KEPT {
            return needed;
        }
        self.lanes.iter_mut().for_each(|lane| lane.detach(buffer));
        self.at
    }

    /// A hole is what a file has where it was truncated under its writer: NULs before the next line.
    fn pass_hole(&mut self, buffer: &[u8], end: usize) {
        let ahead = buffer.get(self.at..end).unwrap_or_default();
        let length = ahead.iter().position(|byte| *byte != 0).unwrap_or(ahead.len());
        self.at += length;
        self.after_hole |= length > 0;
    }

    /// What stands after the last newline.
    fn tail(&mut self, buffer: &[u8], last: bool, trouble: Trouble, sink: &mut impl RecordSink) {
        if buffer.len() - self.at > MOST_LINE {
            self.pass_hole(buffer, buffer.len());
        }
        let length = buffer.len() - self.at;
        if length > MOST_LINE {
            self.physical_line(buffer, self.at + MOST_LINE, Notes::CUT, trouble, sink);
            self.at = buffer.len();
            self.discarding = true;
        } else if last && length > 0 {
            self.physical_line(buffer, buffer.len(), Notes::NO_NEWLINE, trouble, sink);
            self.at = buffer.len();
        }
    }

    #[inline]
    fn whole_line(&mut self, buffer: &[u8], end: usize, trouble: Trouble, sink: &mut impl RecordSink) {
        if end - self.at > MOST_LINE {
            self.pass_hole(buffer, end);
        }
        if end - self.at > MOST_LINE {
            self.physical_line(buffer, self.at + MOST_LINE, Notes::CUT, trouble, sink);
        } else {
            self.physical_line(buffer, end, Notes::NONE, trouble, sink);
        }
        self.at = end + 1;
    }

    fn discard(&mut self, buffer: &[u8]) {
        match memchr::memchr(b'\n', buffer.get(self.at..).unwrap_or_default()) {
            Some(found) => {
                self.at += found + 1;
                self.discarding = false;
            }
            None => self.at = buffer.len(),
        }
    }

    /// Looks at the lines to come; says no where too few have come to look at.
    #[cold]
    fn sample(&mut self, buffer: &[u8], last: bool) -> bool {
        let ahead = buffer.get(self.at..).unwrap_or_default();
        let ahead = match ahead.get(..SAMPLE) {
            Some(enough) => enough,
            None if last => ahead,
            None => return false,
        };
        let lines = sample_lines(ahead, last && ahead.len() < SAMPLE);
        if !self.wrapper_known {
            self.wrapper = Wrapper::detect(&lines.iter().map(Vec::as_slice).collect::<Vec<_>>());
            self.wrapper_known = true;
        }
        for index in 0..self.lanes.len() {
            if self.lanes[index].wants_sample {
                let own = self.lines_of_lane(index, &lines);
                self.fit_lane(index, &own);
            }
        }
        self.sample_wanted = false;
        true
    }

    /// The sample's lines of one lane, out of their wrapping.
    fn lines_of_lane(&mut self, index: usize, lines: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let Some(wrapper) = self.wrapper else { return lines.to_vec() };
        let name = &self.lanes[index].name;
        let mut own = Vec::new();
        let mut stamp: &[u8] = &[];
        for line in lines {
            if !wrapper.unwrap(line, &mut self.unwrapped) {
                continue;
            }
            if name.is_empty() || self.unwrapped.lane(line) == name.as_slice() {
                own.push(self.unwrapped.text(line).to_vec());
                stamp = self.unwrapped.stamp(line);
            }
        }
        // What the wrapping says of the year is surer than when the file was written.
        if let Some((shape, _)) = Shape::detect(stamp)
            && let Some(time) = self.clock.clock(shape).read(stamp).and_then(|reading| reading.time)
        {
            self.clock.modified = Some(time);
        }
        own
    }

    fn fit_lane(&mut self, index: usize, lines: &[Vec<u8>]) {
        let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
        let sample = Sample::new(&lines);
        let fitted = match &self.given {
            Some(format) => vec![detect::given(format, &sample, &self.clock)],
            None => detect::choose(&sample, &self.library, &self.clock),
        };
        let line = self.balance.lines + 1;
        // The one adopted last is tried first.
        for fitted in fitted.into_iter().rev() {
            self.lanes[index].adopt(fitted, line);
        }
    }

    /// A line as it stands in the source, without its newline.
    #[inline]
    fn physical_line(
        &mut self,
        buffer: &[u8],
        end: usize,
        mut notes: Notes,
        trouble: Trouble,
        sink: &mut impl RecordSink,
    ) {
        self.balance.lines += 1;
        let start = self.at;
        let text = buffer.get(start..end).unwrap_or_default();
        let number = self.balance.lines;
        let offset = self.offset + start as u64;
        if self.after_hole {
            self.after_hole = false;
            notes.add(Notes::NULS_REMOVED);
        }
        if trouble.is_none() {
            let line = Line::of_source(text, Some(start), (number, offset), notes);
            return self.admitted(buffer, &line, sink);
        }
        // Most sources with carriage returns have one at every line's end and nothing else to clean.
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let mut cleaned = std::mem::take(&mut self.cleaned);
        cleaned.clear();
        let (text, place) = match clean_line(text, &mut cleaned) {
            Cleaned::Same => (text, Some(start)),
            Cleaned::Changed(more) => {
                notes.add(more);
                (cleaned.as_slice(), None)
            }
        };
        let line = Line::of_source(text, place, (number, offset), notes);
        self.admitted(buffer, &line, sink);
        self.cleaned = cleaned;
    }

    /// The door: what redaction removes goes no further.
    #[inline]
    fn admitted(&mut self, buffer: &[u8], line: &Line<'_>, sink: &mut impl RecordSink) {
        let Some(redactor) = &mut self.redactor else { return self.line(buffer, line, sink) };
        let mut redacted = std::mem::take(&mut self.redacted);
        redacted.clear();
        if redactor.redact(line.text, &mut redacted) {
            let notes = line.notes.with(Notes::REDACTED);
            self.line(buffer, &Line { text: &redacted, place: None, notes, ..*line }, sink);
        } else {
            self.line(buffer, line, sink);
        }
        self.redacted = redacted;
    }

    #[inline]
    fn line(&mut self, buffer: &[u8], line: &Line<'_>, sink: &mut impl RecordSink) {
        match self.wrapper {
            None => self.inner_line(buffer, 0, line, sink),
            Some(wrapper) => self.wrapped_line(buffer, wrapper, line, sink),
        }
    }

    /// A line of a container's log: out of its wrapping, put together where it was split.
    fn wrapped_line(&mut self, buffer: &[u8], wrapper: Wrapper, line: &Line<'_>, sink: &mut impl RecordSink) {
        let mut unwrapped = std::mem::take(&mut self.unwrapped);
        if wrapper.unwrap(line.text, &mut unwrapped) {
            let text = unwrapped.text(line.text);
            let index = self.lane_of(unwrapped.lane(line.text), text);
            let inner = Line {
                text,
                place: line.place.zip(unwrapped.range()).map(|(place, inner)| place + inner.start),
                notes: line.notes.with(unwrapped.notes()),
                outer_time: self.outer_time(unwrapped.stamp(line.text)),
                outer_level: unwrapped.level,
                ..*line
            };
            if unwrapped.partial || self.parts[index].count > 0 {
                self.part(index, &inner);
            }
            if !unwrapped.partial {
                self.unwrapped_line(buffer, index, &inner, sink);
            }
        } else {
            // What has no wrapping belongs to whoever wrote last.
            self.inner_line(buffer, 0, &Line { place: None, ..*line }, sink);
        }
        self.unwrapped = unwrapped;
    }

    /// The stamp of the log driver. A driver writes one shape only.
    fn outer_time(&mut self, stamp: &[u8]) -> Option<Time> {
        if self.outer_clock.is_none() {
            let (shape, _) = Shape::detect(stamp)?;
            self.outer_clock = Some(self.clock.clock(shape));
        }
        self.outer_clock.as_mut()?.read(stamp)?.time
    }

    /// Adds a part of a split line.
    fn part(&mut self, index: usize, line: &Line<'_>) {
        let (parts, text) = (&mut self.parts[index], line.text);
        if parts.count == 0 {
            (parts.number, parts.offset) = (line.number, line.offset);
            parts.slot = Some(self.order.reserve());
            (parts.time, parts.level) = (line.outer_time, line.outer_level);
        }
        parts.count += 1;
        let room = MOST_LINE.saturating_sub(parts.text.len());
        parts.cut |= text.len() > room;
        parts.text.extend_from_slice(text.get(..room.min(text.len())).unwrap_or_default());
    }

    fn unwrapped_line(&mut self, buffer: &[u8], index: usize, line: &Line<'_>, sink: &mut impl RecordSink) {
        if self.parts[index].count == 0 {
            return self.inner_line(buffer, index, line, sink);
        }
        let parts = std::mem::take(&mut self.parts[index]);
        let whole = parts.line(line.notes.with(Notes::PARTS_JOINED));
        self.inner_line(buffer, index, &whole, sink);
        self.parts[index].text = parts.text;
        self.parts[index].text.clear();
    }

    fn lane_of(&mut self, name: &[u8], first: &[u8]) -> usize {
        if let Some(index) = self.lanes.iter().position(|lane| lane.name == name) {
            return index;
        }
        if self.lanes.len() == MOST_LANES {
            return 0;
        }
        self.lanes.push(Lane::new(name));
        self.parts.push(Parts::default());
        let index = self.lanes.len() - 1;
        // Its first line alone decides how that line is read; the next look at a sample tells more.
        self.fit_lane(index, &[first.to_vec()]);
        self.lanes[index].wants_sample = true;
        self.sample_wanted = true;
        index
    }

    /// A line of one writer.
    #[inline]
    fn inner_line(&mut self, buffer: &[u8], index: usize, line: &Line<'_>, sink: &mut impl RecordSink) {
        let Some(lane) = self.lanes.get_mut(index) else { return };
        let part = lane.classify(buffer, line);
        self.sample_wanted |= lane.wants_sample;
        match part {
            Part::Begins => {
                self.balance.records += 1;
                self.balance.continuations += u64::from(line.physical) - 1;
                self.close(buffer, index, sink);
                let Some(lane) = self.lanes.get_mut(index) else { return };
                lane.begin(line, &mut self.streams);
                if self.wrapper.is_some() {
                    let slot = line.slot.unwrap_or_else(|| self.order.reserve());
                    self.lanes[index].set_slot(slot);
                    self.relieve(buffer, sink);
                }
                return;
            }
            Part::Continues => {
                lane.join(buffer, line);
                self.balance.continuations += u64::from(line.physical);
            }
            Part::ContinuesParked(parked) => {
                lane.join_parked(parked, line);
                self.balance.continuations += u64::from(line.physical);
            }
            Part::Blank => self.balance.skip(Skip::Blank, u64::from(line.physical)),
            Part::Header => self.balance.skip(Skip::Header, u64::from(line.physical)),
        }
        if let Some(slot) = line.slot {
            self.order.cancel(slot);
            self.order.flush(sink);
        }
    }

    /// Closes the open record of a lane, or keeps it aside if it may go on.
    #[inline]
    fn close(&mut self, buffer: &[u8], index: usize, sink: &mut impl RecordSink) {
        let Some(lane) = self.lanes.get_mut(index) else { return };
        if !lane.has_open() {
            return;
        }
        if lane.may_park() {
            let slot = lane.slot().unwrap_or_else(|| self.order.reserve());
            lane.park(buffer, slot);
            if let Some(longest) = lane.longest_parked() {
                self.release(buffer, longest, sink);
            }
            return self.relieve(buffer, sink);
        }
        self.give_open(buffer, index, sink);
    }

    /// Gives out the open record of a lane: straight to the sink where nothing waits before it.
    #[inline]
    fn give_open(&mut self, buffer: &[u8], index: usize, sink: &mut impl RecordSink) {
        self.streams.announce(sink);
        let Core { lanes, order, balance, levels, range, window, streams, .. } = self;
        let Some(lane) = lanes.get_mut(index) else { return };
        let mut waits = false;
        lane.close(buffer, |record, slot| {
            if !admit(record, *window, balance, levels, range, streams) {
                // A record that is left out must not hold up those behind it.
                if let Some(slot) = slot {
                    order.cancel(slot);
                    waits = true;
                }
                return;
            }
            match slot {
                None if order.is_idle() => sink.record(record),
                None => order.push(OwnedRecord::copy(record)),
                Some(slot) => {
                    // The next in the order need not be copied.
                    if order.oldest() == Some(slot) {
                        sink.record(record);
                        order.cancel(slot);
                    } else {
                        order.fill(slot, OwnedRecord::copy(record));
                    }
                    waits = true;
                }
            }
        });
        if waits {
            order.flush(sink);
        }
    }

    /// When too much waits, whoever holds it up is closed.
    fn relieve(&mut self, buffer: &[u8], sink: &mut impl RecordSink) {
        while self.order.is_crowded() {
            let Some(slot) = self.order.oldest() else { return };
            self.release(buffer, slot, sink);
        }
    }

    /// Closes whatever is open in that slot.
    fn release(&mut self, buffer: &[u8], slot: Slot, sink: &mut impl RecordSink) {
        if let Some(index) = self.lanes.iter().position(|lane| lane.slot() == Some(slot)) {
            return self.give_open(buffer, index, sink);
        }
        if let Some(index) = self.parts.iter().position(|parts| parts.slot == Some(slot)) {
            return self.finish_parts(buffer, index, sink);
        }
        let parked = self.lanes.iter_mut().find_map(|lane| lane.unpark(Some(slot)));
        match parked {
            Some((slot, record)) => self.give_owned(slot, record, sink),
            None => {
                self.order.cancel(slot);
                self.order.flush(sink);
            }
        }
    }

    fn give_owned(&mut self, slot: Slot, record: OwnedRecord, sink: &mut impl RecordSink) {
        self.streams.announce(sink);
        let Core { order, balance, levels, range, window, streams, .. } = self;
        if admit(&record.borrow(), *window, balance, levels, range, streams) {
            order.fill(slot, record);
        } else {
            order.cancel(slot);
        }
        order.flush(sink);
    }

    /// The source has ended.
    fn finish(&mut self, buffer: &[u8], sink: &mut impl RecordSink) {
        for index in 0..self.lanes.len() {
            self.finish_parts(buffer, index, sink);
            self.give_open(buffer, index, sink);
            while let Some((slot, record)) = self.lanes[index].unpark(None) {
                self.give_owned(slot, record, sink);
            }
        }
        self.order.flush(sink);
    }

    /// A split line whose last part never came.
    fn finish_parts(&mut self, buffer: &[u8], index: usize, sink: &mut impl RecordSink) {
        let parts = std::mem::take(&mut self.parts[index]);
        if parts.count > 0 {
            let whole = parts.line(Notes::PARTS_JOINED.with(Notes::CUT));
            self.inner_line(buffer, index, &whole, sink);
        }
    }

    /// The buffer lost its first bytes.
    fn moved(&mut self, by: usize) {
        self.at -= by;
        self.offset += by as u64;
        for lane in &mut self.lanes {
            lane.moved(by);
        }
    }
}

fn name_of(wrapper: Wrapper) -> &'static str {
    match wrapper {
        Wrapper::Cri => "CRI container log",
        Wrapper::DockerJson => "Docker json-file",
        Wrapper::Compose => "docker compose",
        Wrapper::Kubectl => "kubectl logs --prefix",
    }
}

/// Counts a record, or says that it is not wanted.
#[inline]
fn admit(
    record: &Record<'_>,
    (since, until): (Option<Time>, Option<Time>),
    balance: &mut Balance,
    levels: &mut [u64; Level::ALL.len() + 1],
    range: &mut Option<(Time, Time)>,
    streams: &mut Streams,
) -> bool {
    if let Some(time) = record.time {
        if since.is_some_and(|since| time < since) || until.is_some_and(|until| time > until) {
            balance.records -= 1;
            balance.continuations -= u64::from(record.origin.lines) - 1;
            balance.skip(Skip::OutsideTime, u64::from(record.origin.lines));
            return false;
        }
        let (first, last) = range.get_or_insert((time, time));
        *first = (*first).min(time);
        *last = (*last).max(time);
    }
    levels[level_index(record.level)] += 1;
    streams.count(record.stream);
    true
}

/// The whole lines of a sample, cleaned. A sample without a newline is one line, and the source's
/// last line is whole without one.
fn sample_lines(bytes: &[u8], to_the_end: bool) -> Vec<Vec<u8>> {
    let end = if to_the_end { None } else { memchr::memrchr(b'\n', bytes) }.unwrap_or(bytes.len());
    let whole = bytes.get(..end).unwrap_or_default();
    let mut cleaned = Vec::new();
    let clean = |line: &[u8]| {
        cleaned.clear();
        match clean_line(line, &mut cleaned) {
            Cleaned::Same => line.to_vec(),
            Cleaned::Changed(_) => cleaned.clone(),
        }
    };
    whole.split(|byte| *byte == b'\n').map(clean).collect()
}
