//! Lines in, on the disk out. What waits is written and brought to the disk in one go, so that a hundred that wait cost
//! what one does.
//!
//! A write that failed may have left anything; a failed fsync above all, since the next one may say that all is well when
//! pages were lost. So nothing written since the last good one is trusted: it is written once more, from memory, into a
//! new part.

use std::collections::{HashMap, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use logsift_engine::records::redact::Redactor;

use super::frame::{self, Frame, Lines};
use super::parts::{self, PartName};
use super::{FilePosition, Source, count_lines};
use crate::StoreError;
use crate::replace::{private, sync_folder_of};

/// Memory that is kept from one write to the next.
const SPARE: usize = 4 << 20;

/// How far the journal is on the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// The file that is written to.
    pub name: PartName,
    /// Bytes of it that are on the disk.
    pub bytes: u64,
}

/// Frames of one segment that are not on the disk.
#[derive(Debug, Default)]
struct Waiting {
    segment: u64,
    /// The number of the first frame in it.
    first: u64,
    bytes: Vec<u8>,
}

/// Writes a journal.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    /// Bytes of lines in a segment.
    most: u64,
    /// The segment that lines go to, and bytes of lines in it.
    segment: u64,
    filled: u64,
    number: u64,
    sources: HashMap<Source, u32>,
    waiting: VecDeque<Waiting>,
    /// The memory of what was written last, for what comes next: to get it anew costs more than to fill it.
    spare: Vec<u8>,
    /// What nobody may see is taken out before anything is written.
    door: Option<Redactor>,
    file: Option<File>,
    mark: Mark,
}

impl Journal {
    /// Goes on behind what was recovered. A segment ends at the first line at or after `most` bytes.
    pub(super) fn new(
        folder: &Path,
        most: u64,
        segment: u64,
        filled: u64,
        number: u64,
        last: PartName,
    ) -> Journal {
        Journal {
            folder: folder.to_owned(),
            most: most.max(1),
            segment,
            filled,
            number,
            sources: HashMap::new(),
            waiting: VecDeque::new(),
            spare: Vec::new(),
            door: None,
            file: None,
            mark: Mark { name: last, bytes: 0 },
        }
    }

    /// Adds lines; for those of a file `file` says how far it was read before them. Where the last has no newline, `ends`
    /// says that it is whole nevertheless. `tell` is handed what is written, which is on the disk after the next
    /// [`Journal::commit`].
    pub fn add(
        &mut self,
        source: &Source,
        received: i64,
        file: Option<FilePosition>,
        lines: &[u8],
        ends: bool,
        tell: &mut dyn FnMut(&Lines<'_>),
    ) {
        let (mut file, mut rest) = (file, lines);
        while !rest.is_empty() {
            if self.filled >= self.most {
                self.seal();
            }
            let (count, stored) = self.fitting(rest, ends);
            let (now, later) = rest.split_at(count);
            file = file.map(|file| file.after(now));
            let id = self.source(source);
            let count = count_lines(now);
            let bytes = stored.as_deref().unwrap_or(now);
            let written = Lines { source: id, received, file, count, bytes };
            tell(&written);
            self.frame(&Frame::Lines(written));
            self.filled += bytes.len() as u64;
            rest = later;
        }
    }

    /// From now on personal data and secrets are taken out of lines before they are written.
    pub fn redact(&mut self, redactor: Redactor) {
        self.door = Some(redactor);
    }

    /// Bytes that wait to be brought to the disk.
    pub fn waiting(&self) -> u64 {
        self.waiting.iter().map(|waiting| waiting.bytes.len() as u64).sum()
    }

    /// Brings everything that was added to the disk. After an error nothing of it is given up: the next call tries anew.
    pub fn commit(&mut self) -> Result<Mark, StoreError> {
        while let Some(waiting) = self.waiting.front() {
            let (segment, first) = (waiting.segment, waiting.first);
            if self.file.is_none() || self.mark.name.segment != segment {
                self.begin(segment, first)?;
            }
            self.write_first()?;
            self.spare = self.waiting.pop_front().map(|waiting| waiting.bytes).unwrap_or_default();
            self.spare.clear();
            self.spare.shrink_to(SPARE);
        }
        Ok(self.mark)
    }

    /// How far it is on the disk.
    pub fn mark(&self) -> Mark {
        self.mark
    }

    /// The segment that lines go to.
    pub fn segment(&self) -> u64 {
        self.segment
    }

    /// Takes away the segments before that one.
    pub fn forget_before(folder: &Path, segment: u64) -> Result<(), StoreError> {
        for (old, _) in parts::segments(folder)?.into_iter().filter(|(old, _)| *old < segment) {
            parts::remove(folder, old)?;
        }
        Ok(())
    }

    /// Whole lines up to the end of the segment, at least one: how many bytes they are, and what is written where that is
    /// something else.
    fn fitting(&mut self, lines: &[u8], ends: bool) -> (usize, Option<Vec<u8>>) {
        let room = usize::try_from(self.most - self.filled).unwrap_or(usize::MAX);
        if let Some(door) = &mut self.door {
            return redacted(door, lines, ends, room);
        }
        let end = lines.get(room.saturating_sub(1)..).and_then(|behind| {
            let end = behind.iter().position(|byte| *byte == b'\n')?;
            Some(room.saturating_sub(1) + end + 1)
        });
        let count = end.unwrap_or(lines.len());
        let now = lines.get(..count).unwrap_or(lines);
        let is_open = count == lines.len() && ends && now.last() != Some(&b'\n');
        (count, is_open.then(|| [now, b"\n"].concat()))
    }

    /// Ends the segment, if there is anything in it, though it is not full.
    pub fn end_segment(&mut self) {
        if self.filled > 0 {
            self.seal();
        }
    }

    fn seal(&mut self) {
        self.frame(&Frame::Seal);
        self.segment += 1;
        self.filled = 0;
        self.sources.clear();
    }

    fn source(&mut self, source: &Source) -> u32 {
        if let Some(id) = self.sources.get(source) {
            return *id;
        }
        let id = self.sources.len() as u32;
        self.frame(&Frame::Source(id, source.clone()));
        self.sources.insert(source.clone(), id);
        id
    }

    fn frame(&mut self, frame: &Frame<'_>) {
        if self.waiting.back().is_none_or(|waiting| waiting.segment != self.segment) {
            let bytes = std::mem::take(&mut self.spare);
            self.waiting.push_back(Waiting { segment: self.segment, first: self.number, bytes });
        }
        if let Some(waiting) = self.waiting.back_mut() {
            frame::write(self.number, frame, &mut waiting.bytes);
        }
        self.number += 1;
    }

    /// Begins a new part.
    fn begin(&mut self, segment: u64, first: u64) -> Result<(), StoreError> {
        let name = self.mark.name.next(segment);
        let path = name.path(&self.folder);
        // Whatever a failed attempt left under that name is nothing that anybody relies on.
        let mut file = private(OpenOptions::new().write(true).create(true).truncate(true))
            .open(&path)
            .map_err(StoreError::io("make", &path))?;
        let header = parts::header(name, first);
        file.write_all(&header).map_err(StoreError::io("write", &path))?;
        sync_folder_of(&path).map_err(StoreError::io("sync", &path))?;
        self.file = Some(file);
        self.mark = Mark { name, bytes: header.len() as u64 };
        Ok(())
    }

    fn write_first(&mut self) -> Result<(), StoreError> {
        let (Some(file), Some(waiting)) = (&mut self.file, self.waiting.front()) else { return Ok(()) };
        let path = self.mark.name.path(&self.folder);
        let written = file
            .write_all(&waiting.bytes)
            .map_err(StoreError::io("write", &path))
            .and_then(|()| file.sync_data().map_err(StoreError::io("sync", &path)));
        if let Err(error) = written {
            // What stands behind the mark is void; taking it away gives the room back where there is too little.
            let _ = file.set_len(self.mark.bytes);
            self.file = None;
            return Err(error);
        }
        self.mark.bytes += waiting.bytes.len() as u64;
        Ok(())
    }
}

/// The same line by line, without what is taken out.
fn redacted(door: &mut Redactor, lines: &[u8], ends: bool, room: usize) -> (usize, Option<Vec<u8>>) {
    let (mut count, mut stored) = (0, Vec::with_capacity(lines.len().min(room)));
    let mut safe = Vec::new();
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        safe.clear();
        let changed = door.redact(text, &mut safe);
        stored.extend_from_slice(if changed { &safe } else { text });
        if text.len() < line.len() || ends {
            stored.push(b'\n');
        }
        count += line.len();
        if stored.len() >= room {
            break;
        }
    }
    (count, Some(stored))
}
