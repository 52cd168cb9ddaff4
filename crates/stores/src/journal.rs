//! Everything that came in, in the order in which it came: frames of whole lines with where they are from.
//!
//! For lines of a file the frame says how far the file was read with it. Position and lines are one unit that is there or
//! is not, so no line is lost or counted twice, whenever the process dies. Segments end after a number of bytes of lines,
//! at a line, and not after a time: so a run that was killed a hundred times has the same segments as one that was not.
//!
//! Each start, and each write that failed, begins a new part of the segment. A part is only ever added to, so what was
//! brought to the disk is never touched again. Frames are numbered; where a part begins with a number that the one before
//! it has already, that one wrote what it could not bring to the disk, and the later part counts.

mod frame;
mod parts;
mod recover;
mod tail;
mod write;

use memchr::memchr_iter;
use serde::{Deserialize, Serialize};

pub use frame::{Frame, Lines};
pub use parts::{PartName, segments};
pub use recover::{Known, Recovered, recover};
pub use tail::{Place, Tail, Turn};
pub use write::{Journal, Mark};

/// Where lines come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Source {
    /// Its name: the path of a log, `push/loki`, `syslog`.
    pub name: String,
    /// `file`, `push`, `syslog`, `journald`, `stdin`.
    pub kind: String,
    /// What tells it from others of the same name.
    pub labels: Vec<(String, String)>,
}

impl Source {
    /// The name with the labels, as people are shown it and streams are called.
    pub fn shown(&self) -> String {
        if self.labels.is_empty() {
            return self.name.clone();
        }
        let labels: Vec<String> = self.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{}{{{}}}", self.name, labels.join(","))
    }
}

/// Some bytes of a file, known by what they hash to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// How many.
    pub bytes: u16,
    /// Their hash.
    pub hash: u64,
}

impl Sample {
    /// The sample that those bytes are.
    pub fn of(bytes: &[u8]) -> Sample {
        let bytes = bytes.get(..usize::from(u16::MAX)).unwrap_or(bytes);
        // FNV-1a: who could make two files alike could as well write into the log.
        let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Sample { bytes: bytes.len() as u16, hash }
    }
}

/// The kind of a source whose entries say where they stand.
pub const JOURNALD: &str = "journald";

/// The bytes before a position that are remembered of it.
pub const TAIL: usize = 64;

/// How far a file was read, and what tells it from others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePosition {
    /// The device it is on.
    pub device: u64,
    /// Its number there, which is given to another file when this one is gone.
    pub inode: u64,
    /// Where its content begins: behind a hole.
    pub start: u64,
    /// Its first bytes.
    pub head: Sample,
    /// Bytes that were read, the hole among them.
    pub bytes: u64,
    /// Lines that were read.
    pub lines: u64,
    /// The last bytes that were read.
    pub tail: Sample,
}

impl FilePosition {
    /// The same file further on, behind some more lines.
    #[must_use]
    pub fn after(mut self, lines: &[u8]) -> FilePosition {
        self.bytes += lines.len() as u64;
        self.lines += count_lines(lines);
        let tail = lines.len().saturating_sub(TAIL);
        if !lines.is_empty() {
            self.tail = Sample::of(lines.get(tail..).unwrap_or_default());
        }
        self
    }

    /// Whether both are about one file.
    pub fn is_same_file(&self, other: &FilePosition) -> bool {
        (self.device, self.inode, self.start) == (other.device, other.inode, other.start)
            && (self.head.bytes != other.head.bytes || self.head == other.head)
    }
}

/// How many lines; one without an end counts.
pub fn count_lines(bytes: &[u8]) -> u64 {
    let ends = memchr_iter(b'\n', bytes).count() as u64;
    ends + u64::from(bytes.last().is_some_and(|byte| *byte != b'\n'))
}

#[cfg(test)]
mod tests;
