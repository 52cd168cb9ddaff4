//! A file that is open and read as it grows.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::place::{FilePlace, HEAD, Sample};
use super::{Looked, Tailed, Take};
use crate::file::FileKind;
use crate::follow::{identity, open_file};

/// Bytes read at once.
const BLOCK: usize = 256 << 10;
/// Bytes read before others have their turn.
const TURN: u64 = 8 << 20;
/// Writers that gather what they write hand it on in pieces of so many bytes, wherever a line is then.
const GATHERED: u64 = 4096;
/// A line longer than this is handed on in pieces.
const LONGEST: usize = 1 << 20;

/// A file that is open.
#[derive(Debug)]
pub(super) struct Open {
    file: File,
    pub(super) place: FilePlace,
    /// Its first bytes, as many as are known.
    head: Vec<u8>,
    /// The beginning of a line whose end has not come.
    pending: Vec<u8>,
    /// Its length when it was looked at last.
    length: u64,
    /// Since when nothing of that line has come.
    waits_since: Option<Instant>,
    /// What came last looks like a piece of what its writer gathers: the rest is there already, in the writer.
    is_gathered: bool,
}

/// How a file at rest looks from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rest {
    identity: (u64, u64),
    length: u64,
    modified: Option<SystemTime>,
}

impl Rest {
    pub(super) fn of(metadata: &Metadata) -> Rest {
        let modified = metadata.modified().ok();
        Rest { identity: identity(metadata), length: metadata.len(), modified }
    }
}

/// How reading went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turned {
    /// To its end.
    Read,
    /// For one turn, and there is more.
    More,
    /// No more can be taken now.
    Full,
    /// What is in it is something else now.
    Replaced,
}

impl Open {
    /// Opens what stands under a name, links followed; `within` a folder only what is in it.
    pub(super) fn new(path: &Path, within: Option<&Path>) -> io::Result<Open> {
        let file = open_file(path)?;
        // Asked of what was opened: a name may lead elsewhere a moment later.
        if within.is_some_and(|folder| !real_path(&file, path).is_ok_and(|real| real.starts_with(folder))) {
            return Err(io::Error::other("it is a link that leads out of the folder"));
        }
        Open::of(file)
    }

    pub(super) fn of(file: File) -> io::Result<Open> {
        let metadata = file.metadata()?;
        if FileKind::of(&metadata) != FileKind::Regular {
            return Err(io::Error::other("it is no regular file"));
        }
        let (device, inode) = identity(&metadata);
        let place = FilePlace { device, inode, ..FilePlace::default() };
        let (head, pending) = (Vec::new(), Vec::new());
        Ok(Open { file, place, head, pending, length: 0, waits_since: None, is_gathered: false })
    }

    /// Whether it is the file that was found under a name.
    pub(super) fn is(&self, found: &Metadata) -> bool {
        identity(found) == (self.place.device, self.place.inode)
    }

    /// Whether it is the file that was read up to that place.
    pub(super) fn is_at(&mut self, place: &FilePlace) -> bool {
        (self.place.device, self.place.inode) == (place.device, place.inode) && self.holds(place)
    }

    /// Whether what is in it is what was read up to that place.
    pub(super) fn holds(&mut self, place: &FilePlace) -> bool {
        let sample = |file: &mut File, from: u64, bytes: u16| -> io::Result<Sample> {
            let mut found = vec![0; usize::from(bytes)];
            file.seek(SeekFrom::Start(from))?;
            file.read_exact(&mut found)?;
            Ok(Sample::of(&found))
        };
        let tail_from = place.bytes.saturating_sub(u64::from(place.tail.bytes));
        let head = sample(&mut self.file, place.start, place.head.bytes);
        let tail = sample(&mut self.file, tail_from, place.tail.bytes);
        place.bytes > 0 && head.ok() == Some(place.head) && tail.ok() == Some(place.tail)
    }

    /// Goes on at that place, which [`Open::holds`].
    pub(super) fn go_on(&mut self, place: FilePlace) {
        let (device, inode) = (self.place.device, self.place.inode);
        self.place = FilePlace { device, inode, ..place };
        self.head.clear();
        let mut head = vec![0; usize::from(place.head.bytes)];
        if self.file.seek(SeekFrom::Start(place.start)).is_ok() && self.file.read_exact(&mut head).is_ok() {
            self.head = head;
        }
    }

    /// What is in it is something else now: it is read from its beginning.
    pub(super) fn begin_anew(&mut self) {
        let FilePlace { device, inode, .. } = self.place;
        self.place = FilePlace { device, inode, ..FilePlace::default() };
        self.head.clear();
        self.pending.clear();
        self.length = 0;
    }

    /// How it looks at rest; nothing where something of it was not read or is half a line.
    pub(super) fn at_rest(&self) -> Option<Rest> {
        let metadata = self.file.metadata().ok()?;
        (self.pending.is_empty() && metadata.len() == self.place.bytes).then(|| Rest::of(&metadata))
    }

    /// Whether it has no name any more: it is gone from the disk when it is closed.
    #[cfg(unix)]
    pub(super) fn is_deleted(&self) -> bool {
        use std::os::unix::fs::MetadataExt;
        self.file.metadata().is_ok_and(|metadata| metadata.nlink() == 0)
    }

    #[cfg(not(unix))]
    pub(super) fn is_deleted(&self) -> bool {
        false
    }

    /// When it was last written, seconds since 1970.
    pub(super) fn modified(&self) -> i64 {
        let modified = self.file.metadata().and_then(|metadata| metadata.modified()).ok();
        let since = modified.and_then(|modified| modified.duration_since(UNIX_EPOCH).ok());
        since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
    }

    /// Bytes that are there and were not read.
    pub(super) fn unread(&self) -> u64 {
        self.file.metadata().map_or(0, |metadata| metadata.len().saturating_sub(self.place.bytes))
    }

    /// Bytes that were there at the last look and were not read then.
    pub(super) fn unread_at_last_look(&self) -> u64 {
        self.length.saturating_sub(self.place.bytes)
    }

    /// Hands on what has come.
    pub(super) fn read(&mut self, looked: &mut Looked, take: Take<'_>) -> io::Result<Turned> {
        let read_to = self.place.bytes + self.pending.len() as u64;
        let length = self.file.metadata()?.len();
        if length < read_to || !self.is_as_it_was()? {
            return Ok(Turned::Replaced);
        }
        let (mut at, mut count) = (read_to, 0);
        while count < TURN && at < length {
            let mut block = vec![0; BLOCK.min(usize::try_from(length - at).unwrap_or(BLOCK))];
            self.file.seek(SeekFrom::Start(at))?;
            let read = match self.file.read(&mut block) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            block.truncate(read);
            // It may have been emptied and written anew since: then these bytes are of something else.
            if self.file.metadata()?.len() < at + read as u64 || !self.is_as_it_was()? {
                return Ok(Turned::Replaced);
            }
            (at, count) = (at + read as u64, count + read as u64);
            if !self.take(block, looked, take) {
                return Ok(Turned::Full);
            }
        }
        if count > 0 {
            let grew = length.saturating_sub(self.length);
            self.is_gathered = grew.is_multiple_of(GATHERED) || length.is_multiple_of(GATHERED);
            self.waits_since = Some(Instant::now());
        }
        self.length = length;
        Ok(if at < length { Turned::More } else { Turned::Read })
    }

    /// Half a line that has come, and since when it waits for its other half.
    pub(super) fn unfinished(&self) -> Option<(u64, Instant)> {
        let since = self.waits_since?;
        (!self.pending.is_empty()).then_some((self.pending.len() as u64, since))
    }

    /// Half a line that has waited so long counts as one; what comes of it later is another. Who gathers what he writes
    /// may be silent for hours in the middle of a line, and is waited for.
    pub(super) fn give_out_half(&mut self, patience: Duration, looked: &mut Looked, take: Take<'_>) {
        let waits = self.unfinished().is_some_and(|(_, since)| since.elapsed() >= patience);
        if waits && !self.is_gathered {
            self.end(looked, take);
        }
    }

    /// Nothing more will come: half a line that was written counts as one.
    pub(super) fn end(&mut self, looked: &mut Looked, take: Take<'_>) {
        self.hand_on(self.pending.len(), true, looked, take);
    }

    /// Whether it begins as it did.
    fn is_as_it_was(&mut self) -> io::Result<bool> {
        if self.head.is_empty() {
            return Ok(true);
        }
        let mut now = vec![0; self.head.len()];
        self.file.seek(SeekFrom::Start(self.place.start))?;
        match self.file.read_exact(&mut now) {
            Ok(()) => Ok(now == self.head),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn take(&mut self, bytes: Vec<u8>, looked: &mut Looked, take: Take<'_>) -> bool {
        let mut bytes = bytes.as_slice();
        if self.head.is_empty() && self.pending.is_empty() && self.place.bytes == self.place.start {
            // A writer that went on where it was in a file that was emptied left a hole.
            let hole = bytes.iter().take_while(|byte| **byte == 0).count();
            self.place.start += hole as u64;
            self.place.bytes += hole as u64;
            bytes = bytes.get(hole..).unwrap_or_default();
        }
        self.pending.extend_from_slice(bytes);
        let last = self.pending.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let whole = if last == 0 && self.pending.len() > LONGEST { self.pending.len() } else { last };
        self.hand_on(whole, false, looked, take)
    }

    fn hand_on(&mut self, count: usize, ends: bool, looked: &mut Looked, take: Take<'_>) -> bool {
        let Some(lines) = self.pending.get(..count).filter(|lines| !lines.is_empty()) else { return true };
        let missing = HEAD - self.head.len().min(HEAD);
        self.head.extend_from_slice(lines.get(..missing.min(lines.len())).unwrap_or_default());
        let before = FilePlace { head: Sample::of(&self.head), ..self.place };
        if !take(Tailed { before, lines, ends }) {
            // They are read again when there is room.
            self.head.truncate(usize::from(self.place.head.bytes));
            self.pending.clear();
            return false;
        }
        self.place = before.after(lines);
        looked.bytes += count as u64;
        self.pending.drain(..count);
        true
    }
}

/// Where a file that is open stands, all links resolved.
#[cfg(target_os = "linux")]
fn real_path(file: &File, _: &Path) -> io::Result<PathBuf> {
    use std::os::fd::AsRawFd;
    std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

#[cfg(not(target_os = "linux"))]
fn real_path(_: &File, path: &Path) -> io::Result<PathBuf> {
    path.canonicalize()
}
