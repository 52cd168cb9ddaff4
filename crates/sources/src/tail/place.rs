//! How far a file was read, and how it is known again.

/// Bytes at the beginning of a file that it is known by.
pub(super) const HEAD: usize = 1024;
/// Bytes before a place that it is known by.
pub(super) const TAIL: usize = 64;

/// Some bytes, known by their hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// How many.
    pub bytes: u16,
    /// Their hash (FNV-1a).
    pub hash: u64,
}

impl Sample {
    /// The sample that those bytes are.
    pub fn of(bytes: &[u8]) -> Sample {
        let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Sample { bytes: u16::try_from(bytes.len()).unwrap_or(u16::MAX), hash }
    }
}

/// How far a file was read, and what tells it from others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FilePlace {
    /// The device it is on.
    pub device: u64,
    /// Its number there.
    pub inode: u64,
    /// Where its content begins: behind a hole.
    pub start: u64,
    /// Its first bytes, as many as were read, up to 1024.
    pub head: Sample,
    /// Bytes that were read, a hole among them.
    pub bytes: u64,
    /// Lines that were read.
    pub lines: u64,
    /// The last bytes that were read, up to 64.
    pub tail: Sample,
}

impl FilePlace {
    /// The same file further on, behind some more lines.
    #[must_use]
    pub fn after(mut self, lines: &[u8]) -> FilePlace {
        self.bytes += lines.len() as u64;
        self.lines += lines.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.lines += u64::from(lines.last().is_some_and(|byte| *byte != b'\n'));
        if !lines.is_empty() {
            self.tail = Sample::of(lines.get(lines.len().saturating_sub(TAIL)..).unwrap_or_default());
        }
        self
    }

    /// Whether both are about one file with one content.
    pub fn is_same_file(&self, other: &FilePlace) -> bool {
        (self.device, self.inode, self.start) == (other.device, other.inode, other.start)
            && (self.head.bytes != other.head.bytes || self.head == other.head)
    }
}
