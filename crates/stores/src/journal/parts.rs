//! The files of a journal: their names, their first bytes, and frame after frame of what is in them.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crc32c::crc32c;

use super::frame::{self, Frame};
use crate::StoreError;

const MAGIC: &[u8; 8] = b"LOGSIFTJ";
const VERSION: u32 = 1;
/// Magic, version, segment, part, number of the first frame, checksum.
pub(super) const HEADER: usize = 8 + 4 + 8 + 4 + 8 + 4;

/// One file of a journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartName {
    /// The segment.
    pub segment: u64,
    /// The part of it.
    pub part: u32,
}

impl PartName {
    /// Its path.
    pub fn path(self, folder: &Path) -> PathBuf {
        folder.join(format!("{:010}-{:06}.journal", self.segment, self.part))
    }

    /// The part of a segment that is begun after this one.
    pub(super) fn next(self, segment: u64) -> PartName {
        let part = if self.segment == segment { self.part.saturating_add(1) } else { 0 };
        PartName { segment, part }
    }
}

/// The parts there are, in order.
pub(super) fn list(folder: &Path) -> Result<Vec<PartName>, StoreError> {
    let entries = fs::read_dir(folder).map_err(StoreError::io("read", folder))?;
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let parse = |name: String| {
        let (segment, part) = name.strip_suffix(".journal")?.split_once('-')?;
        Some(PartName { segment: segment.parse().ok()?, part: part.parse().ok()? })
    };
    let mut parts: Vec<PartName> = names.filter_map(parse).collect();
    parts.sort_unstable();
    Ok(parts)
}

/// The segments there are, in order, each with the bytes of its files.
pub fn segments(folder: &Path) -> Result<Vec<(u64, u64)>, StoreError> {
    let mut segments: Vec<(u64, u64)> = Vec::new();
    for part in list(folder)? {
        let bytes = fs::metadata(part.path(folder)).map_or(0, |found| found.len());
        match segments.last_mut() {
            Some((segment, sum)) if *segment == part.segment => *sum += bytes,
            _ => segments.push((part.segment, bytes)),
        }
    }
    Ok(segments)
}

/// Takes the files of a segment away.
pub(super) fn remove(folder: &Path, segment: u64) -> Result<(), StoreError> {
    for part in list(folder)?.into_iter().filter(|part| part.segment == segment) {
        let path = part.path(folder);
        fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
    }
    Ok(())
}

/// The first bytes of a part.
pub(super) fn header(name: PartName, first: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&name.segment.to_le_bytes());
    bytes.extend_from_slice(&name.part.to_le_bytes());
    bytes.extend_from_slice(&first.to_le_bytes());
    bytes.extend_from_slice(&crc32c(&bytes).to_le_bytes());
    bytes
}

/// A part that is read.
#[derive(Debug)]
pub(super) struct PartReader {
    file: BufReader<File>,
    /// The number of its first frame.
    pub(super) first: u64,
    /// Where the next frame begins.
    pub(super) at: u64,
    payload: Vec<u8>,
}

/// What a part turned out to be when it was opened.
#[derive(Debug)]
pub(super) enum Opened {
    Sound(PartReader),
    /// Its beginning is damaged; what is behind it can be read.
    Damaged(PartReader),
    /// There is something in it, be it nothing but zeros, and nothing that can be read.
    Unreadable,
    /// Its beginning was not written to the end, so nothing in it counts.
    Begun,
}

impl Opened {
    pub(super) fn reader(self) -> Option<PartReader> {
        match self {
            Opened::Sound(reader) | Opened::Damaged(reader) => Some(reader),
            Opened::Unreadable | Opened::Begun => None,
        }
    }
}

/// What stands at a place of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A frame with that number; [`PartReader::frame`] gives it.
    Frame(u64),
    /// Nothing, or not yet.
    End,
    /// Bytes that are no frame: one that was not written to its end, or damage.
    Torn,
}

impl PartReader {
    /// Opens a part.
    pub(super) fn open(folder: &Path, name: PartName) -> Result<Opened, StoreError> {
        let path = name.path(folder);
        let mut file =
            BufReader::with_capacity(256 << 10, File::open(&path).map_err(StoreError::io("read", &path))?);
        let mut bytes = Vec::new();
        (&mut file).take(HEADER as u64).read_to_end(&mut bytes).map_err(StoreError::io("read", &path))?;
        let word = |from: usize| {
            let bytes = bytes.get(from..from + 4).and_then(|bytes| bytes.try_into().ok());
            bytes.map_or(0, u32::from_le_bytes)
        };
        let version = word(8);
        if bytes.starts_with(MAGIC) && version > VERSION {
            return Err(StoreError::Newer { path, found: version.into(), known: VERSION.into() });
        }
        let first = bytes.get(24..32).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes);
        let reader = PartReader { file, first, at: bytes.len() as u64, payload: Vec::new() };
        if bytes.len() == HEADER && bytes == header(name, first) {
            return Ok(Opened::Sound(reader));
        }
        reader.behind_damage().map_err(StoreError::io("read", &path))
    }

    /// What can be read of a part whose beginning cannot.
    fn behind_damage(mut self) -> io::Result<Opened> {
        let from = self.at;
        self.seek(from.saturating_sub(1))?;
        if self.resume()? {
            let at = self.at;
            if let Next::Frame(number) = self.next(u64::MAX)? {
                self.first = number;
                self.seek(at)?;
                return Ok(Opened::Damaged(self));
            }
        }
        // A beginning is written in one piece and before anything else: what has more than that was one once. Zeros may be
        // what a power cut left where nothing was promised, or what a disk gives back for lines that were; nobody can tell
        // from the file alone, so it is said.
        let is_begun = from < HEADER as u64 && !self.is_zero_from(0)?;
        Ok(if is_begun || from == 0 { Opened::Begun } else { Opened::Unreadable })
    }

    /// Whether there are nothing but zeros from a place on, and at least one.
    pub(super) fn is_zero_from(&mut self, at: u64) -> io::Result<bool> {
        self.seek(at)?;
        let mut some = false;
        loop {
            let found = self.file.fill_buf()?;
            if found.iter().any(|byte| *byte != 0) {
                return Ok(false);
            }
            let count = found.len();
            if count == 0 {
                return Ok(some);
            }
            some = true;
            self.file.consume(count);
        }
    }

    /// The frame that was met last.
    pub(super) fn frame(&self) -> Option<Frame<'_>> {
        frame::read(&self.payload).map(|(_, frame)| frame)
    }

    /// The next frame, if it ends before `until`.
    pub(super) fn next(&mut self, until: u64) -> io::Result<Next> {
        let left = until.saturating_sub(self.at);
        if left == 0 || self.file.fill_buf()?.is_empty() {
            return Ok(Next::End);
        }
        let mut header = [0; frame::HEADER];
        if left < frame::HEADER as u64 || !filled(&mut self.file, &mut header)? {
            return Ok(Next::Torn);
        }
        let length = frame::length(header);
        if length > frame::LONGEST || length as u64 > left - frame::HEADER as u64 {
            return Ok(Next::Torn);
        }
        self.payload.resize(length, 0);
        if !filled(&mut self.file, &mut self.payload)? || !frame::is_sound(header, &self.payload) {
            return Ok(Next::Torn);
        }
        let Some((number, _)) = frame::read(&self.payload) else { return Ok(Next::Torn) };
        self.at += (frame::HEADER + length) as u64;
        Ok(Next::Frame(number))
    }

    /// Goes on at another place.
    pub(super) fn seek(&mut self, at: u64) -> io::Result<()> {
        io::Seek::seek(&mut self.file, io::SeekFrom::Start(at))?;
        self.at = at;
        Ok(())
    }

    /// Looks for the next sound frame behind damage; says whether there is one.
    pub(super) fn resume(&mut self) -> io::Result<bool> {
        let from = self.at;
        self.seek(from)?;
        let mut rest = Vec::new();
        (&mut self.file).take(frame::LONGEST as u64).read_to_end(&mut rest)?;
        for skipped in 1..rest.len() {
            let Some((header, payload)) = rest.get(skipped..).and_then(|bytes| bytes.split_first_chunk())
            else {
                break;
            };
            let length = frame::length(*header);
            let Some(payload) = payload.get(..length).filter(|payload| payload.len() > 8) else { continue };
            if frame::is_sound(*header, payload) && frame::read(payload).is_some() {
                self.seek(from + skipped as u64)?;
                return Ok(true);
            }
        }
        self.seek(from)?;
        Ok(false)
    }
}

fn filled(file: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
