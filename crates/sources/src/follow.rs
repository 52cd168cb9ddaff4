//! The path of a file that is being written in, its lines as they come out, over rotation and truncation.
//!
//! A file is known by its identity, not by its name. When another file stands under the name, the old one was rotated:
//! it is read to its end and the new one from its beginning. When the file is shorter than what was read of it, it
//! was truncated: what is in it now is new. Whoever asks gets whole lines only, so half a line that a
//! writer has not finished yet is never taken for a record.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use logsift_engine::records::time::Time;

use crate::file::{FileKind, modified, reason};
use crate::notice::{Notice, NoticeKind, shown_path};

/// Bytes read at once.
const BLOCK: usize = 1 << 18;
/// Bytes read before others have their turn.
const TURN: u64 = 64 << 20;
/// A line longer than this is handed on in pieces.
const LONGEST: usize = 1 << 20;

/// How far a file was read, so that another run can go on from there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// What tells the file from others under the same name.
    pub identity: (u64, u64),
    /// Bytes read: whole lines.
    pub bytes: u64,
    /// Lines read.
    pub lines: u64,
}

/// What happened to a file.
#[derive(Debug)]
pub enum Change<'a> {
    /// A file begins, or what is left of it after that position.
    Begun {
        /// When it was last written.
        modified: Option<Time>,
        /// Lines and bytes that were read before.
        before: (u64, u64),
    },
    /// Whole lines of it; without the last newline only where the file has ended.
    Lines(&'a [u8]),
    /// It is over: rotated or truncated.
    Ended,
}

/// Follows one file.
#[derive(Debug)]
pub struct Follower {
    path: PathBuf,
    open: Option<Open>,
    /// Where to go on, if the first file that is found is that one.
    position: Option<Position>,
    told: bool,
}

#[derive(Debug)]
struct Open {
    file: File,
    position: Position,
    /// The beginning of a line whose end has not come.
    pending: Vec<u8>,
}

impl Follower {
    /// Follows that path. `position` is how far an earlier run came.
    pub fn new(path: &Path, position: Option<Position>) -> Follower {
        Follower { path: path.to_owned(), open: None, position, told: false }
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How far it was read.
    pub fn position(&self) -> Option<Position> {
        self.open.as_ref().map(|open| open.position).or(self.position)
    }

    /// Reads what has come since, and says what happened. Gives the number of bytes; a notice where the file cannot be
    /// read, once.
    pub fn poll(&mut self, tell: &mut dyn FnMut(Change<'_>)) -> (u64, Option<Notice>) {
        let mut count = 0;
        match self.turn(&mut count, tell) {
            Ok(()) => {
                self.told = false;
                (count, None)
            }
            Err(error) => (count, self.notice(&error)),
        }
    }

    /// No more is wanted: half a line that was written counts as one.
    pub fn finish(&mut self, tell: &mut dyn FnMut(Change<'_>)) {
        if let Some(mut open) = self.open.take() {
            open.end(tell);
        }
    }

    fn notice(&mut self, error: &io::Error) -> Option<Notice> {
        let told = std::mem::replace(&mut self.told, true);
        let text = match error.kind() {
            io::ErrorKind::NotFound => "does not exist yet; it is read when it does".to_owned(),
            _ => format!("cannot be followed: {}", reason(error)),
        };
        (!told).then(|| Notice::new(NoticeKind::Unreadable, shown_path(&self.path), text))
    }

    fn turn(&mut self, count: &mut u64, tell: &mut dyn FnMut(Change<'_>)) -> io::Result<()> {
        if self.open.is_none() {
            self.open(tell)?;
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        *count += open.read(tell)?;
        // Looked at after reading: whatever was written before the file was moved away has been read then.
        let changed = match fs::metadata(&self.path) {
            Ok(found) => open.was_replaced(&found)?,
            // Between two steps of a rotation there may be nothing under the name.
            Err(_) => return Ok(()),
        };
        if changed {
            // All that is left, since nobody will look at it again.
            loop {
                match open.read(tell)? {
                    0 => break,
                    read => *count += read,
                }
            }
            open.end(tell);
            self.open = None;
            self.open(tell)?;
        }
        Ok(())
    }

    fn open(&mut self, tell: &mut dyn FnMut(Change<'_>)) -> io::Result<()> {
        let mut file = open_file(&self.path)?;
        let metadata = file.metadata()?;
        if FileKind::of(&metadata) != FileKind::Regular {
            return Err(io::Error::other("it is no regular file"));
        }
        let identity = identity(&metadata);
        let known = self
            .position
            .take()
            .filter(|position| position.identity == identity && position.bytes <= metadata.len());
        let position = known.unwrap_or(Position { identity, bytes: 0, lines: 0 });
        file.seek(SeekFrom::Start(position.bytes))?;
        tell(Change::Begun { modified: modified(&metadata), before: (position.lines, position.bytes) });
        self.open = Some(Open { file, position, pending: Vec::new() });
        Ok(())
    }
}

impl Open {
    /// Reads to the end of the file, or for one turn.
    fn read(&mut self, tell: &mut dyn FnMut(Change<'_>)) -> io::Result<u64> {
        let (mut block, mut count) = (vec![0; BLOCK], 0);
        while count < TURN {
            let read = match self.file.read(&mut block) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            count += read as u64;
            self.take(block.get(..read).unwrap_or_default(), tell);
        }
        Ok(count)
    }

    fn take(&mut self, bytes: &[u8], tell: &mut dyn FnMut(Change<'_>)) {
        self.pending.extend_from_slice(bytes);
        let last = self.pending.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let whole = if last == 0 && self.pending.len() > LONGEST { self.pending.len() } else { last };
        self.hand_on(whole, tell);
    }

    fn hand_on(&mut self, count: usize, tell: &mut dyn FnMut(Change<'_>)) {
        let Some(lines) = self.pending.get(..count).filter(|lines| !lines.is_empty()) else { return };
        tell(Change::Lines(lines));
        self.position.bytes += count as u64;
        self.position.lines += lines.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.pending.drain(..count);
    }

    fn end(&mut self, tell: &mut dyn FnMut(Change<'_>)) {
        self.hand_on(self.pending.len(), tell);
        tell(Change::Ended);
    }

    /// Whether another file stands under the name now, or the same one with less in it than was read.
    fn was_replaced(&self, found: &Metadata) -> io::Result<bool> {
        let read = self.position.bytes + self.pending.len() as u64;
        Ok(identity(found) != self.position.identity || self.file.metadata()?.len() < read)
    }
}

#[cfg(unix)]
pub(crate) fn identity(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

/// Elsewhere the time at which a file was made has to do.
#[cfg(not(unix))]
pub(crate) fn identity(metadata: &Metadata) -> (u64, u64) {
    let created = metadata.created().ok();
    let since = created.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    (0, since.map_or(0, |since| since.as_nanos() as u64))
}

#[cfg(unix)]
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().read(true).custom_flags(libc::O_NOCTTY | libc::O_NONBLOCK).open(path)
}

#[cfg(not(unix))]
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn append(path: &Path, text: &str) {
        OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn seen(follower: &mut Follower) -> String {
        let mut seen = String::new();
        follower.poll(&mut |change| match change {
            Change::Begun { before, .. } => seen.push_str(&format!("[{}]", before.1)),
            Change::Lines(lines) => seen.push_str(&String::from_utf8_lossy(lines)),
            Change::Ended => seen.push('.'),
        });
        seen
    }

    #[test]
    fn lines_come_whole_over_rotation_and_truncation() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.log");
        let mut follower = Follower::new(&path, None);
        let mut nothing = |_: Change<'_>| ();
        assert!(follower.poll(&mut nothing).1.is_some() && follower.poll(&mut nothing).1.is_none());
        append(&path, "one\ntw");
        assert_eq!(seen(&mut follower), "[0]one\n");
        append(&path, "o\nthr");
        assert_eq!(seen(&mut follower), "two\n");
        fs::rename(&path, folder.path().join("app.log.1")).unwrap();
        append(&folder.path().join("app.log.1"), "ee\n");
        assert_eq!(seen(&mut follower), "three\n");
        append(&path, "four\n");
        assert_eq!(seen(&mut follower), ".[0]four\n".replace("four\n", ""));
        assert_eq!(seen(&mut follower), "four\n");
        fs::write(&path, "5\n").unwrap();
        assert_eq!(seen(&mut follower), ".[0]");
        assert_eq!(seen(&mut follower), "5\n");
        assert_eq!(seen(&mut follower), "");
    }

    #[test]
    fn a_position_is_gone_on_from_in_the_same_file_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.log");
        append(&path, "one\ntwo\nthr");
        let mut follower = Follower::new(&path, None);
        seen(&mut follower);
        let position = follower.position().unwrap();
        assert_eq!((position.bytes, position.lines), (8, 2));
        append(&path, "ee\n");
        assert_eq!(seen(&mut Follower::new(&path, Some(position))), "[8]three\n");
        let other = Position { identity: (0, 0), ..position };
        assert_eq!(seen(&mut Follower::new(&path, Some(other))), "[0]one\ntwo\nthree\n");
        let further = Position { bytes: 99, ..position };
        assert_eq!(seen(&mut Follower::new(&path, Some(further))), "[0]one\ntwo\nthree\n");
    }
}
