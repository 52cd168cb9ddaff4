//! The path of a log that is being written in, its lines as they come out with how far they were read, over rotations,
//! truncations and starts.
//!
//! A file is known by what it is and what is in it, not by its name: by its device and number there, by its first bytes,
//! and by the last bytes that were read. So a number that was given to another file, a file that was truncated and
//! written anew to more than its old length, and a copy or a packed copy that a rotation made are told apart. What was
//! rotated away while nobody looked is looked for beside the log and read from where it was left.

mod open;
mod place;
mod siblings;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::file::reason;
use crate::notice::{Notice, NoticeKind, shown_path};
use open::{Open, Turned};
use siblings::Sibling;

pub use place::{FilePlace, Sample};

/// A file that was rotated away may get late lines for so long.
const LATE: Duration = Duration::from_secs(10);
/// Places that are remembered.
const PLACES: usize = 32;

/// Lines of a log.
#[derive(Clone, Copy, Debug)]
pub struct Tailed<'a> {
    /// How far the file was read before them.
    pub before: FilePlace,
    /// Whole lines; the last may lack its end where the file has ended, or where it is very long.
    pub lines: &'a [u8],
    /// The last of them is whole though it has no newline: nothing of it will come any more.
    pub ends: bool,
}

/// What a look at a log gave.
#[derive(Debug, Default)]
pub struct Looked {
    /// Bytes that were handed on.
    pub bytes: u64,
    /// What is wrong with it, once.
    pub notice: Option<Notice>,
    /// Bytes that were there at the last look and are gone unread.
    pub possibly_lost: u64,
}

/// Follows one log.
#[derive(Debug)]
pub struct LogTail {
    path: PathBuf,
    /// How far its files were read, the latest last.
    known: Vec<FilePlace>,
    /// When the last line came, seconds since 1970: what was last written before it is older than what is known.
    last_line: i64,
    live: Option<Open>,
    /// Files that were rotated away, and since when.
    late: Vec<(Open, Instant)>,
    told: bool,
}

/// Takes lines; gives `false` when no more can be taken now.
pub type Take<'a> = &'a mut dyn FnMut(Tailed<'_>) -> bool;

impl LogTail {
    /// Follows that path. `known` is how far its files were read, the latest last; `last_line` when that was,
    /// in seconds since 1970.
    pub fn new(path: &Path, known: Vec<FilePlace>, last_line: i64) -> LogTail {
        LogTail { path: path.to_owned(), known, last_line, live: None, late: Vec::new(), told: false }
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Hands on what has come since the last look.
    pub fn look(&mut self, take: Take<'_>) -> Looked {
        let mut looked = Looked::default();
        match self.turn(&mut looked, take) {
            Ok(()) => self.told = false,
            Err(error) => looked.notice = self.notice(&error),
        }
        looked
    }

    fn notice(&mut self, error: &io::Error) -> Option<Notice> {
        let told = std::mem::replace(&mut self.told, true);
        let text = match error.kind() {
            io::ErrorKind::NotFound => "does not exist yet; it is read when it does".to_owned(),
            _ => format!("cannot be followed: {}", reason(error)),
        };
        (!told).then(|| Notice::new(NoticeKind::Unreadable, shown_path(&self.path), text))
    }

    fn turn(&mut self, looked: &mut Looked, take: Take<'_>) -> io::Result<()> {
        self.look_at_late(looked, take)?;
        // Asked before reading: whatever was written before the file was moved away is read then.
        let found = match fs::metadata(&self.path) {
            Ok(found) => Some(found),
            // Between two steps of a rotation there may be nothing under the name.
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.live.is_some() => None,
            Err(error) => return Err(error),
        };
        if let Some(mut live) = self.live.take() {
            match live.read(looked, take)? {
                Turned::Replaced => {
                    let gone = live.place;
                    self.remember(gone);
                    self.read_copies(gone, looked, take)?;
                    looked.possibly_lost += live.unread_at_last_look();
                    live.begin_anew();
                }
                Turned::Full => {
                    self.remember(live.place);
                    self.live = Some(live);
                    return Ok(());
                }
                Turned::Read => {}
            }
            self.remember(live.place);
            if found.is_none_or(|found| live.is(&found)) {
                self.live = Some(live);
                return Ok(());
            }
            self.late.push((live, Instant::now()));
        }
        self.open_live(looked, take)
    }

    /// Lines that a writer wrote to a file that was rotated away already.
    fn look_at_late(&mut self, looked: &mut Looked, take: Take<'_>) -> io::Result<()> {
        for (mut open, since) in std::mem::take(&mut self.late) {
            let turned = open.read(looked, take)?;
            if since.elapsed() > LATE && matches!(turned, Turned::Read) {
                open.end(looked, take);
                self.remember(open.place);
                continue;
            }
            self.remember(open.place);
            // What was emptied after it was rotated away is of no interest any more.
            if !matches!(turned, Turned::Replaced) {
                self.late.push((open, since));
            }
        }
        Ok(())
    }

    /// Opens the file that stands under the name; before that, what was rotated away unread.
    fn open_live(&mut self, looked: &mut Looked, take: Take<'_>) -> io::Result<()> {
        let mut live = Open::new(&self.path)?;
        let known = self.known.iter().rev().find(|known| live.is_at(known)).copied();
        match known {
            Some(place) => live.go_on(place),
            None => self.catch_up(&mut live, looked, take)?,
        }
        live.read(looked, take)?;
        self.remember(live.place);
        self.live = Some(live);
        Ok(())
    }

    /// The file is new: what was read last was rotated away, and others perhaps after it.
    fn catch_up(&mut self, live: &mut Open, looked: &mut Looked, take: Take<'_>) -> io::Result<()> {
        let Some(last) = self.known.last().copied() else { return Ok(()) };
        let siblings: Vec<Sibling> = siblings::of(&self.path)
            .into_iter()
            .filter(|sibling| !sibling.is_file(live.place.device, live.place.inode))
            .collect();
        let at = siblings
            .iter()
            .position(|sibling| sibling.is_identical(&last))
            .or_else(|| siblings.iter().position(|sibling| sibling.holds(&last)));
        let is_open = |sibling: &Sibling, late: &[(Open, Instant)]| {
            late.iter().any(|(open, _)| sibling.is_file(open.place.device, open.place.inode))
        };
        let from = match at.and_then(|at| siblings.get(at)) {
            Some(left) => {
                if !is_open(left, &self.late) {
                    self.read_on(left, last, looked, take)?;
                }
                Some(left)
            }
            // The same content in another file: copied, or brought back from somewhere.
            None if live.holds(&last) => {
                live.go_on(last);
                return Ok(());
            }
            None => None,
        };
        for sibling in &siblings {
            let newer = match from {
                Some(left) => sibling.is_newer_than(left),
                None => sibling.modified > self.last_line,
            };
            if !newer || is_open(sibling, &self.late) {
                continue;
            }
            let known = self.known.iter().rev().find(|known| sibling.is_at(known)).copied();
            let place = known.unwrap_or_else(|| sibling.beginning());
            self.read_on(sibling, place, looked, take)?;
        }
        Ok(())
    }

    /// The file was emptied: a rotation may have made a copy of it before.
    fn read_copies(&mut self, gone: FilePlace, looked: &mut Looked, take: Take<'_>) -> io::Result<()> {
        for sibling in siblings::of(&self.path) {
            if sibling.is_file(gone.device, gone.inode) || !sibling.holds(&gone) {
                continue;
            }
            return self.read_on(&sibling, gone, looked, take);
        }
        Ok(())
    }

    /// Reads a file that was rotated away from a place to its end.
    fn read_on(
        &mut self,
        sibling: &Sibling,
        place: FilePlace,
        looked: &mut Looked,
        take: Take<'_>,
    ) -> io::Result<()> {
        let mut place = place;
        let read = sibling.read_on(&mut place, looked, take);
        self.remember(place);
        match read {
            // It was rotated on, or deleted, between two steps.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// The latest stands last; of others only some are remembered.
    fn remember(&mut self, place: FilePlace) {
        if place.bytes == 0 {
            return;
        }
        if let Some(last) = self.known.last_mut().filter(|last| last.is_same_file(&place)) {
            *last = place;
            return;
        }
        self.known.retain(|known| !known.is_same_file(&place));
        if self.known.len() >= PLACES {
            self.known.remove(0);
        }
        // Late lines of an older file do not make it the latest.
        let newest = self.live.is_none() || self.known.is_empty();
        let at = if newest { self.known.len() } else { self.known.len() - 1 };
        self.known.insert(at, place);
    }
}

#[cfg(test)]
mod tests;
