//! Reads a journal from a segment on, as far as it is on the disk, while it is being written.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::Source;
use super::frame::{Frame, Lines};
use super::parts::{Next, Opened, PartName, PartReader, list};
use super::write::Mark;
use crate::StoreError;

/// Reads frame after frame.
#[derive(Debug)]
pub struct Tail {
    folder: PathBuf,
    segment: u64,
    open: Option<Open>,
    /// The part that was read to its end last.
    done: Option<PartName>,
    /// The number of the next frame, where it is known; earlier ones of the segment were read.
    next: Option<u64>,
    /// Parts whose end seemed never to have been written. They are damaged after all where the next frame shows that there
    /// were others.
    doubtful: Vec<PathBuf>,
    sources: Vec<Source>,
    damage: Vec<PathBuf>,
}

#[derive(Debug)]
struct Open {
    name: PartName,
    reader: PartReader,
    /// The number that the part behind it begins with, once there is one.
    later: Option<u64>,
}

/// Where lines stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The segment.
    pub segment: u64,
    /// The part of it.
    pub part: u32,
    /// The byte in that file at which they begin.
    pub at: u64,
}

impl Place {
    /// Reads so many bytes from there on.
    pub fn read(self, folder: &Path, bytes: usize) -> io::Result<Vec<u8>> {
        let mut file = File::open(PartName { segment: self.segment, part: self.part }.path(folder))?;
        file.seek(SeekFrom::Start(self.at))?;
        let mut found = Vec::with_capacity(bytes);
        file.take(bytes as u64).read_to_end(&mut found)?;
        Ok(found)
    }
}

/// What came next.
#[derive(Debug, PartialEq)]
pub enum Turn<'a> {
    /// Lines of a source, and where their bytes stand.
    Lines(&'a Source, Lines<'a>, Place),
    /// The segment is over; that one begins.
    Sealed(u64),
    /// That was all up to the mark.
    End,
}

/// What was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Met {
    Lines,
    Sealed,
    End,
}

impl Tail {
    /// Reads from the beginning of that segment on.
    pub fn new(folder: &Path, segment: u64) -> Tail {
        Tail {
            folder: folder.to_owned(),
            segment,
            open: None,
            done: None,
            // Whatever is in the first segment was numbered from its beginning on.
            next: (segment == 0).then_some(0),
            doubtful: Vec::new(),
            sources: Vec::new(),
            damage: Vec::new(),
        }
    }

    /// Files in which something could not be read, since this was asked last.
    pub fn damage(&mut self) -> Vec<PathBuf> {
        std::mem::take(&mut self.damage)
    }

    /// The number that the next frame has.
    pub(super) fn next_number(&self) -> u64 {
        self.next.unwrap_or(0)
    }

    /// The next that is not behind the mark.
    pub fn turn(&mut self, mark: Mark) -> Result<Turn<'_>, StoreError> {
        match self.meet(mark)? {
            Met::End => Ok(Turn::End),
            Met::Sealed => {
                self.segment += 1;
                (self.open, self.done) = (None, None);
                // A start at an empty segment begins to count anew, so numbers say nothing over its end.
                self.next = None;
                self.sources.clear();
                Ok(Turn::Sealed(self.segment))
            }
            Met::Lines => {
                let Some(open) = &self.open else { return Ok(Turn::End) };
                let Some(Frame::Lines(lines)) = open.reader.frame() else { return Ok(Turn::End) };
                let at = open.reader.at.saturating_sub(lines.bytes.len() as u64);
                let place = Place { segment: self.segment, part: open.name.part, at };
                match self.sources.get(lines.source as usize) {
                    Some(source) => Ok(Turn::Lines(source, lines, place)),
                    None => Err(StoreError::damaged(&self.folder, "lines are of a source that is not named")),
                }
            }
        }
    }

    fn meet(&mut self, mark: Mark) -> Result<Met, StoreError> {
        loop {
            if self.open.is_none() && !self.open_next(mark)? {
                // A segment behind this one says that this one is over, though its end was lost.
                return Ok(if mark.name.segment > self.segment { Met::Sealed } else { Met::End });
            }
            let Some(open) = &mut self.open else { return Ok(Met::End) };
            let is_last = open.name == mark.name;
            let until = if is_last { mark.bytes } else { u64::MAX };
            let path = || open.name.path(&self.folder);
            match open.reader.next(until).map_err(|error| StoreError::io("read", &path())(error))? {
                Next::Frame(number) if open.later.is_some_and(|later| number >= later) => self.close(),
                Next::Frame(number) if self.next.is_some_and(|next| number < next) => {}
                Next::Frame(number) => {
                    let is_missed = self.next.is_some_and(|next| number > next);
                    let doubtful = self.doubtful.drain(..);
                    if is_missed {
                        self.damage.extend(doubtful);
                    }
                    self.next = Some(number + 1);
                    match open.reader.frame() {
                        Some(Frame::Source(id, source)) => {
                            let at = id as usize;
                            let known = self.sources.len();
                            match self.sources.get_mut(at) {
                                Some(known) => *known = source,
                                None if at == known => self.sources.push(source),
                                // Those before it were lost with what was damaged.
                                None => {}
                            }
                        }
                        Some(Frame::Lines(lines)) if (lines.source as usize) < self.sources.len() => {
                            return Ok(Met::Lines);
                        }
                        Some(Frame::Seal) => return Ok(Met::Sealed),
                        // Its source was lost with what was damaged.
                        Some(Frame::Lines(_)) | None => {}
                    }
                }
                Next::End | Next::Torn if is_last => return Ok(Met::End),
                Next::End => self.close(),
                Next::Torn => self.pass_damage()?,
            }
        }
    }

    fn close(&mut self) {
        self.done = self.open.take().map(|open| open.name);
    }

    /// A frame that was not written to its end has nothing behind it; damage has. No frame begins with zeros.
    fn pass_damage(&mut self) -> Result<(), StoreError> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let path = open.name.path(&self.folder);
        let goes_on = open.reader.resume().map_err(StoreError::io("read", &path))?;
        if goes_on {
            self.damage.push(path);
            return Ok(());
        }
        let from = open.reader.at;
        let is_zero = open.reader.is_zero_from(from).map_err(StoreError::io("read", &path))?;
        if is_zero { &mut self.damage } else { &mut self.doubtful }.push(path);
        self.close();
        Ok(())
    }

    /// Opens the next part of the segment up to that of the mark; says whether there is one.
    fn open_next(&mut self, mark: Mark) -> Result<bool, StoreError> {
        let ours = |name: &PartName| {
            name.segment == self.segment && *name <= mark.name && self.done.is_none_or(|done| *name > done)
        };
        let parts: Vec<PartName> = list(&self.folder)?.into_iter().filter(ours).collect();
        let Some((first, rest)) = parts.split_first() else { return Ok(false) };
        let opened = PartReader::open(&self.folder, *first)?;
        if *first == mark.name && !matches!(opened, Opened::Sound(_)) {
            // It is being begun at this moment.
            return Ok(false);
        }
        if matches!(opened, Opened::Damaged(_) | Opened::Unreadable) {
            self.damage.push(first.path(&self.folder));
        }
        let is_begun = matches!(opened, Opened::Begun);
        let Some(reader) = opened.reader() else {
            if is_begun {
                self.doubtful.push(first.path(&self.folder));
            }
            self.done = Some(*first);
            return self.open_next(mark);
        };
        let mut later = None;
        for name in rest {
            later = PartReader::open(&self.folder, *name)?.reader().map(|part| part.first);
            if later.is_some() {
                break;
            }
        }
        self.open = Some(Open { name: *first, reader, later });
        Ok(true)
    }
}
