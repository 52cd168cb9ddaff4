//! What was made, for people and for `eval`: records in, log, labels and story out, all written as they come.
//!
//! Of the story, only the episodes that are going on are kept, so memory does not grow with the log.

use std::fmt;
use std::io::{self, Write};

use super::moment::{Micros, Stamp, Stamps, push_number};
use super::queue::Waiting;
use super::stage::push_escaped;

/// Where a log and what is known of it go.
pub struct Outputs<'a> {
    /// The lines.
    pub log: &'a mut dyn Write,
    /// A row for every line: `line_number,label,kind`.
    pub labels: &'a mut dyn Write,
    /// What was injected, when, and which lines it is.
    pub story: &'a mut dyn Write,
    /// Is told the time of every record before it is written, in microseconds since 1970, and may wait.
    pub pace: Option<&'a mut dyn FnMut(u64)>,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Lines of the log.
    pub lines: u64,
    /// Of these, abnormal ones.
    pub abnormal: u64,
    /// Abnormal episodes of the story.
    pub episodes: u64,
}

/// Something that is told of.
#[derive(Clone, Debug)]
struct Event {
    id: u64,
    kind: &'static str,
    abnormal: bool,
    what: String,
    from: Option<Micros>,
    until: Micros,
    lines: u64,
    ranges: Vec<(u64, u64)>,
    /// How many lines it has, as soon as that is known; some may still wait for their time.
    expected: Option<u64>,
}

/// Writes log, labels and story.
pub(super) struct Recorder<'a> {
    outputs: Outputs<'a>,
    summary: Summary,
    first: Option<Micros>,
    last: Micros,
    open: Vec<Event>,
    told: bool,
    row: Vec<u8>,
    stamps: Stamps,
}

impl fmt::Debug for Recorder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("summary", &self.summary).finish_non_exhaustive()
    }
}

impl<'a> Recorder<'a> {
    pub(super) fn new(outputs: Outputs<'a>) -> Recorder<'a> {
        Recorder {
            outputs,
            summary: Summary { lines: 0, abnormal: 0, episodes: 0 },
            first: None,
            last: 0,
            open: Vec::new(),
            told: false,
            row: Vec::new(),
            stamps: Stamps::new(),
        }
    }

    /// Writes what stands before everything: `story` is how the story begins, up to its events.
    pub(super) fn head(&mut self, story: &str, table: bool) -> io::Result<()> {
        self.outputs.labels.write_all(b"line_number,label,kind\n")?;
        self.outputs.story.write_all(story.as_bytes())?;
        if table {
            self.outputs.log.write_all(b"timestamp,log_level,response_time,message\n")?;
            self.label(1, None)?;
        }
        Ok(())
    }

    /// Writes a record and its labels.
    pub(super) fn record(&mut self, waiting: &Waiting) -> io::Result<()> {
        if let Some(pace) = &mut self.outputs.pace {
            self.outputs.log.flush()?;
            pace(waiting.time);
        }
        self.outputs.log.write_all(&waiting.bytes)?;
        self.first.get_or_insert(waiting.time);
        self.last = waiting.time;
        let kind = waiting.episode.and_then(|id| self.note(id, waiting.lines, waiting.time));
        self.label(waiting.lines, kind)?;
        match waiting.episode {
            Some(_) => self.close(),
            None => Ok(()),
        }
    }

    fn note(&mut self, id: u64, lines: u64, time: Micros) -> Option<&'static str> {
        let event = self.open.iter_mut().find(|event| event.id == id)?;
        let (first, last) = (self.summary.lines + 1, self.summary.lines + lines);
        match event.ranges.last_mut() {
            Some((_, end)) if *end + 1 == first => *end = last,
            _ => event.ranges.push((first, last)),
        }
        event.lines += lines;
        event.from.get_or_insert(time);
        event.until = time;
        Some(event.kind)
    }

    fn label(&mut self, lines: u64, kind: Option<&'static str>) -> io::Result<()> {
        self.row.clear();
        for _ in 0..lines {
            self.summary.lines += 1;
            push_number(self.summary.lines, &mut self.row);
            self.row.extend_from_slice(if kind.is_some() { b",1," } else { b",0," });
            self.row.extend_from_slice(kind.unwrap_or_default().as_bytes());
            self.row.push(b'\n');
        }
        if kind.is_some() {
            self.summary.abnormal += lines;
        }
        self.outputs.labels.write_all(&self.row)
    }

    /// An episode begins.
    pub(super) fn begin(&mut self, id: u64, kind: &'static str, what: String, now: Micros) {
        let (ranges, lines, expected) = (Vec::new(), 0, None);
        let event = Event { id, kind, abnormal: true, what, from: None, until: now, lines, ranges, expected };
        self.open.push(event);
    }

    /// An episode has no lines but a time.
    pub(super) fn lasts(&mut self, id: u64, from: Micros, until: Micros) {
        if let Some(event) = self.open.iter_mut().find(|event| event.id == id) {
            (event.from, event.until) = (Some(from), until);
        }
    }

    /// An episode is over, with so many lines.
    pub(super) fn end(&mut self, id: u64, lines: u64) -> io::Result<()> {
        if let Some(event) = self.open.iter_mut().find(|event| event.id == id) {
            event.expected = Some(lines);
        }
        self.close()
    }

    /// Tells of something normal that is good to know.
    pub(super) fn mention(
        &mut self,
        kind: &'static str,
        what: String,
        from: Micros,
        until: Micros,
    ) -> io::Result<()> {
        let (ranges, lines, expected) = (Vec::new(), 0, None);
        let event =
            Event { id: 0, kind, abnormal: false, what, from: Some(from), until, lines, ranges, expected };
        self.tell(&event)
    }

    /// Tells of the episodes of which all lines have been written.
    fn close(&mut self) -> io::Result<()> {
        while let Some(place) = self.open.iter().position(|event| event.expected == Some(event.lines)) {
            let event = self.open.remove(place);
            // An episode that came too late to say anything did not happen.
            if event.from.is_some() {
                self.summary.episodes += 1;
                self.tell(&event)?;
            }
        }
        Ok(())
    }

    fn tell(&mut self, event: &Event) -> io::Result<()> {
        let out = &mut self.row;
        out.clear();
        out.extend_from_slice(if self.told { b",\n" } else { b"\n" });
        self.told = true;
        out.extend_from_slice(b"    {\"kind\": \"");
        out.extend_from_slice(event.kind.as_bytes());
        out.extend_from_slice(b"\", \"abnormal\": ");
        out.extend_from_slice(if event.abnormal { b"true" } else { b"false" });
        out.extend_from_slice(b", \"what\": \"");
        push_escaped(event.what.as_bytes(), out);
        out.extend_from_slice(b"\", \"from\": \"");
        self.stamps.write(Stamp::Iso, event.from.unwrap_or(event.until), out);
        out.extend_from_slice(b"\", \"until\": \"");
        self.stamps.write(Stamp::Iso, event.until, out);
        out.extend_from_slice(b"\", \"line_count\": ");
        push_number(event.lines, out);
        out.extend_from_slice(b", \"lines\": [");
        for (place, (first, last)) in event.ranges.iter().enumerate() {
            out.extend_from_slice(if place > 0 { b", [" } else { b"[" });
            push_number(*first, out);
            out.extend_from_slice(b", ");
            push_number(*last, out);
            out.push(b']');
        }
        out.extend_from_slice(b"]}");
        self.outputs.story.write_all(out)
    }

    /// Ends the story and empties all buffers.
    pub(super) fn finish(mut self) -> io::Result<Summary> {
        let out = &mut self.row;
        out.clear();
        out.extend_from_slice(b"\n  ],\n  \"from\": \"");
        self.stamps.write(Stamp::Iso, self.first.unwrap_or_default(), out);
        out.extend_from_slice(b"\",\n  \"until\": \"");
        self.stamps.write(Stamp::Iso, self.last, out);
        out.extend_from_slice(b"\",\n  \"line_count\": ");
        push_number(self.summary.lines, out);
        out.extend_from_slice(b",\n  \"abnormal_line_count\": ");
        push_number(self.summary.abnormal, out);
        out.extend_from_slice(b"\n}\n");
        self.outputs.story.write_all(out)?;
        self.outputs.log.flush()?;
        self.outputs.labels.flush()?;
        self.outputs.story.flush()?;
        Ok(self.summary)
    }
}
