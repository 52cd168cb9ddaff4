//! Files beside a log that were rotated from it.

use std::cmp::Ordering;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use flate2::read::MultiGzDecoder;

use super::open::{Open, Turned};
use super::place::{FilePlace, HEAD, Sample};
use super::{Looked, Tailed, Take};
use crate::follow::{identity, open_file};
use crate::rotated::{Age, place_of_name};

/// Bytes of a packed file that are read at once.
const BLOCK: usize = 256 << 10;
/// What the names of rotated files are made of, behind the name of the log.
const MARKS: &[u8] = b"0123456789.-_TZ";

/// A file that was rotated from a log.
#[derive(Debug)]
pub(super) struct Sibling {
    path: PathBuf,
    /// How old it is by its name.
    age: Option<Age>,
    /// When it was last written, seconds since 1970.
    pub(super) modified: i64,
    nanos: u32,
    identity: (u64, u64),
    pub(super) is_packed: bool,
}

/// The files that were rotated from that log, the oldest first.
pub(super) fn of(path: &Path) -> Vec<Sibling> {
    // Where the name is a link, the files are where it leads.
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut found = beside(path, path);
    if real.parent() != path.parent() {
        found.extend(beside(&real, path));
    }
    found.sort_by(|one, two| one.by_age(two));
    found
}

fn beside(path: &Path, log: &Path) -> Vec<Sibling> {
    let (Some(folder), Some(name)) = (path.parent(), log.file_name()) else { return Vec::new() };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let age = age(entry.file_name().as_encoded_bytes(), name.as_encoded_bytes())?;
            // Of the entry itself: a rotation makes no links, and one could lead anywhere.
            let metadata = entry.metadata().ok().filter(Metadata::is_file)?;
            let since = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
            Some(Sibling {
                is_packed: entry.file_name().as_encoded_bytes().ends_with(b".gz"),
                path: entry.path(),
                age,
                modified: i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
                nanos: since.subsec_nanos(),
                identity: identity(&metadata),
            })
        })
        .collect()
}

/// Whether a file with that name was rotated from a log of that name, and how old it is where the name says so.
fn age(name: &[u8], log: &[u8]) -> Option<Option<Age>> {
    if let Some((stem, age)) = place_of_name(name)
        && stem == log
    {
        return Some(Some(age));
    }
    let rest = name.strip_prefix(log)?;
    let rest = rest.strip_suffix(b".gz").unwrap_or(rest);
    let marked = rest.len() > 1 && rest.iter().all(|byte| MARKS.contains(byte));
    marked.then_some(None)
}

impl Sibling {
    /// Whether it is that file.
    pub(super) fn is_file(&self, device: u64, inode: u64) -> bool {
        self.identity == (device, inode)
    }

    /// Whether it is the file that was read up to that place.
    pub(super) fn is_identical(&self, place: &FilePlace) -> bool {
        self.is_file(place.device, place.inode) && self.holds(place)
    }

    /// The same, or a copy of it.
    pub(super) fn is_at(&self, place: &FilePlace) -> bool {
        self.holds(place)
    }

    /// Whether what was read up to that place is in it.
    pub(super) fn holds(&self, place: &FilePlace) -> bool {
        if !self.is_packed {
            return self.open().and_then(Open::of).is_ok_and(|mut open| open.holds(place));
        }
        self.holds_packed(place).unwrap_or(false)
    }

    /// What stands under its name, where that is still it.
    pub(super) fn found(&self) -> Option<Metadata> {
        fs::symlink_metadata(&self.path).ok().filter(|found| identity(found) == self.identity)
    }

    /// The file itself, should a link have taken its place meanwhile.
    pub(super) fn open(&self) -> io::Result<File> {
        let file = open_file(&self.path)?;
        match identity(&file.metadata()?) == self.identity {
            true => Ok(file),
            false => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Its beginning.
    pub(super) fn beginning(&self) -> FilePlace {
        let (device, inode) = self.identity;
        FilePlace { device, inode, ..FilePlace::default() }
    }

    /// Whether it was rotated later than another.
    pub(super) fn is_newer_than(&self, other: &Sibling) -> bool {
        self.by_age(other) == Ordering::Greater
    }

    /// Names decide where both say the same kind of thing; else when they were written.
    fn by_age(&self, other: &Sibling) -> Ordering {
        let named = self.age.zip(other.age);
        let alike = named.filter(|(one, two)| std::mem::discriminant(one) == std::mem::discriminant(two));
        match alike {
            Some((one, two)) => one.cmp(&two),
            None => (self.modified, self.nanos).cmp(&(other.modified, other.nanos)),
        }
    }

    /// Reads it from a place to its end.
    pub(super) fn read_on(
        &self,
        place: &mut FilePlace,
        looked: &mut Looked,
        take: Take<'_>,
    ) -> io::Result<()> {
        if self.is_packed {
            return self.read_packed(place, looked, take);
        }
        let mut open = Open::of(self.open()?)?;
        if place.bytes > 0 {
            open.go_on(*place);
            // The place is that of the file that this is a copy of.
            (open.place.device, open.place.inode) = (place.device, place.inode);
        }
        loop {
            let before = open.place;
            let turned = open.read(looked, take)?;
            *place = open.place;
            if !matches!(turned, Turned::Read | Turned::More) || open.place == before {
                break;
            }
        }
        open.end(looked, take);
        *place = open.place;
        Ok(())
    }

    fn holds_packed(&self, place: &FilePlace) -> io::Result<bool> {
        let mut bytes = MultiGzDecoder::new(self.open()?);
        let mut sample = |from: u64, at: u64, count: u16| -> io::Result<Sample> {
            io::copy(&mut bytes.by_ref().take(from.saturating_sub(at)), &mut io::sink())?;
            let mut found = vec![0; usize::from(count)];
            bytes.read_exact(&mut found)?;
            Ok(Sample::of(&found))
        };
        let head_end = place.start + u64::from(place.head.bytes);
        let tail_from = place.bytes.saturating_sub(u64::from(place.tail.bytes));
        if place.bytes == 0 || sample(place.start, 0, place.head.bytes)? != place.head {
            return Ok(false);
        }
        // Where both overlap, the first says enough.
        Ok(tail_from < head_end || sample(tail_from, head_end, place.tail.bytes)? == place.tail)
    }

    fn read_packed(&self, place: &mut FilePlace, looked: &mut Looked, take: Take<'_>) -> io::Result<()> {
        let mut bytes = MultiGzDecoder::new(self.open()?);
        io::copy(&mut bytes.by_ref().take(place.bytes), &mut io::sink())?;
        let (mut pending, mut head) = (Vec::new(), Vec::new());
        loop {
            let count = (&mut bytes).take(BLOCK as u64).read_to_end(&mut pending)?;
            let whole = match count {
                0 => pending.len(),
                _ => pending.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1),
            };
            if let Some(lines) = pending.get(..whole).filter(|lines| !lines.is_empty()) {
                if place.bytes == u64::from(place.head.bytes) && place.head.bytes < HEAD as u16 {
                    let missing = HEAD - head.len();
                    head.extend_from_slice(lines.get(..missing.min(lines.len())).unwrap_or_default());
                    if place.bytes == 0 {
                        place.head = Sample::of(&head);
                    }
                }
                if !take(Tailed { before: *place, lines, ends: count == 0 }) {
                    return Ok(());
                }
                *place = place.after(lines);
                looked.bytes += lines.len() as u64;
                pending.drain(..whole);
            }
            if count == 0 {
                return Ok(());
            }
        }
    }
}
