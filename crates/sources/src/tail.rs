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
use crate::follow::identity;
use crate::notice::{Notice, NoticeKind, shown_path};
use open::{Open, Rest, Turned};
use siblings::Sibling;

pub use place::{FilePlace, Sample};

/// A file that was rotated away or deleted may get late lines for so long.
const LATE: Duration = Duration::from_secs(10);
/// A file that has lost its name is let go of after so long, whatever is in it: it may hold room on the disk.
const HELD: Duration = Duration::from_secs(300);
/// Half a line waits so long for its other half, where nobody says otherwise.
pub const HALF_LINE: Duration = Duration::from_secs(5);
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
    /// Bytes of half a line that waits for its other half, and since when.
    pub unfinished: Option<(u64, Instant)>,
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
    /// How the file looked when it was closed to make room for others.
    resting: Option<Rest>,
    /// Files that were rotated away, and since when.
    late: Vec<(Open, Instant)>,
    /// Since when nothing stands under the name.
    missing: Option<Instant>,
    /// The file that was rotated away last: what is followed while nothing stands under the name.
    beside: Option<Sibling>,
    /// Where nothing is known and nothing stands under the name, what was rotated away is read from the beginning.
    reads_rotated: bool,
    /// There was a file under the name in this run.
    seen: bool,
    /// The folder that links must not lead out of.
    within: Option<PathBuf>,
    late_for: Duration,
    held_for: Duration,
    half_for: Duration,
    told: bool,
}

/// Takes lines; gives `false` when no more can be taken now.
pub type Take<'a> = &'a mut dyn FnMut(Tailed<'_>) -> bool;

impl LogTail {
    /// Follows that path. `known` is how far its files were read, the latest last; `last_line` when that was,
    /// in seconds since 1970.
    pub fn new(path: &Path, known: Vec<FilePlace>, last_line: i64) -> LogTail {
        LogTail {
            path: path.to_owned(),
            known,
            last_line,
            live: None,
            resting: None,
            late: Vec::new(),
            missing: None,
            beside: None,
            reads_rotated: false,
            seen: false,
            within: None,
            late_for: LATE,
            held_for: HELD,
            half_for: HALF_LINE,
            told: false,
        }
    }

    /// The same; half a line waits so long for its other half.
    #[must_use]
    pub fn half_lines_wait(self, half_for: Duration) -> LogTail {
        LogTail { half_for, ..self }
    }

    /// The same; links that lead out of that folder are not followed, also when they take a file's place later.
    #[must_use]
    pub fn within(mut self, folder: &Path) -> LogTail {
        self.within = Some(folder.canonicalize().unwrap_or_else(|_| folder.to_owned()));
        self
    }

    /// The same; where nothing is known yet and the log itself is not there, the files that were rotated from it are read.
    #[must_use]
    pub fn or_rotated(self) -> LogTail {
        LogTail { reads_rotated: true, ..self }
    }

    /// The same for a file whose name stays, as one with a date in it does. There may be one for every day, and of what is
    /// known of their log only what is about this one matters.
    #[must_use]
    pub fn with_a_name_that_stays(mut self) -> LogTail {
        let file = fs::metadata(&self.path).map(|found| identity(&found)).unwrap_or_default();
        let last = self.known.last().copied();
        self.known.retain(|known| (known.device, known.inode) == file || Some(*known) == last);
        self
    }

    /// There is a log now under the name that the file it follows was rotated from: it goes on with that.
    pub fn go_on_at(&mut self, log: &Path) {
        log.clone_into(&mut self.path);
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How far its files were read, the latest last.
    pub fn known(&self) -> &[FilePlace] {
        &self.known
    }

    /// How many files it holds open.
    pub fn handles(&self) -> usize {
        usize::from(self.live.is_some()) + self.late.len()
    }

    /// Whether there was a file and there is none any more.
    pub fn is_gone(&self) -> bool {
        self.missing.is_some() && self.handles() == 0
    }

    /// Closes the file until something happens to it, where all of it was read and it can be found again.
    pub fn rest(&mut self) {
        if self.missing.is_some() && self.beside.is_none() {
            return;
        }
        if let Some(rest) = self.live.as_ref().and_then(Open::at_rest) {
            self.resting = Some(rest);
            self.live = None;
        }
    }

    /// Hands on what has come since the last look.
    pub fn look(&mut self, take: Take<'_>) -> Looked {
        let mut looked = Looked::default();
        match self.turn(&mut looked, take) {
            Ok(()) => self.told = false,
            Err(error) => looked.notice = self.notice(&error),
        }
        looked.unfinished = self.live.as_ref().and_then(Open::unfinished);
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
        self.look_at_late(looked, take);
        // Asked before reading: whatever was written before the file was moved away is read then.
        let found = match fs::metadata(&self.path) {
            Ok(found) => {
                (self.missing, self.beside) = (None, None);
                Some(found)
            }
            // Between two steps of a rotation there may be nothing under the name.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let found = self.find_beside();
                if found.is_none() && !self.seen {
                    return Err(error);
                }
                found
            }
            Err(error) => return Err(error),
        };
        if self.resting.is_some() && self.resting == found.as_ref().map(Rest::of) {
            return Ok(());
        }
        self.resting = None;
        if let Some(mut live) = self.live.take() {
            let turned = live.read(looked, take)?;
            // A file that was moved away has a longer time of its own.
            if turned == Turned::Read && found.as_ref().is_some_and(|found| live.is(found)) {
                let least = self.beside.as_ref().map_or(Duration::ZERO, |_| self.late_for);
                live.give_out_half(self.half_for.max(least), looked, take);
            }
            match turned {
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
                Turned::Read | Turned::More => {}
            }
            self.remember(live.place);
            self.last_line = self.last_line.max(live.modified());
            let Some(found) = &found else {
                self.keep_nameless(live, turned, looked, take);
                return Ok(());
            };
            if live.is(found) {
                self.live = Some(live);
                if self.missing.is_some_and(|since| since.elapsed() > self.late_for) {
                    self.rest();
                }
                return Ok(());
            }
            self.late.push((live, Instant::now()));
        }
        if found.is_none() {
            return Ok(());
        }
        self.open_live(looked, take)
    }

    /// Nothing stands under the name: where it was rotated to, by the name of the file, is where it goes on until
    /// something does.
    fn find_beside(&mut self) -> Option<fs::Metadata> {
        let is_news = self.missing.is_none();
        self.missing.get_or_insert_with(Instant::now);
        let found = self.beside.as_ref().and_then(Sibling::found);
        if found.is_some() || !(is_news || self.beside.is_some()) {
            return found;
        }
        let mut siblings = siblings::of(&self.path).into_iter().rev();
        self.beside = siblings.find(|sibling| !sibling.is_packed && self.goes_on_in(sibling));
        self.beside.as_ref().and_then(Sibling::found)
    }

    /// Whether a file is the one that was read last, or was written since.
    fn goes_on_in(&self, sibling: &Sibling) -> bool {
        match &self.live {
            Some(live) => sibling.is_file(live.place.device, live.place.inode),
            None if self.known.is_empty() => self.reads_rotated,
            None => sibling.modified >= self.last_line || self.known.iter().any(|known| sibling.is_at(known)),
        }
    }

    /// Nothing stands under the name of the file. It may come back, and its writer may write on; but a file that was
    /// deleted holds its room on the disk as long as it is open.
    fn keep_nameless(&mut self, mut live: Open, turned: Turned, looked: &mut Looked, take: Take<'_>) {
        let missing = self.missing.map_or(Duration::ZERO, |since| since.elapsed());
        let is_deleted = live.is_deleted();
        if is_deleted && turned == Turned::Read && missing > self.late_for {
            live.end(looked, take);
            self.remember(live.place);
        } else if missing > self.held_for {
            looked.possibly_lost += if is_deleted { live.unread() } else { 0 };
        } else {
            self.live = Some(live);
        }
    }

    /// Lines that a writer wrote to a file that was rotated away already.
    fn look_at_late(&mut self, looked: &mut Looked, take: Take<'_>) {
        for (mut open, since) in std::mem::take(&mut self.late) {
            let Ok(turned) = open.read(looked, take) else {
                // It costs no other file anything.
                looked.possibly_lost += open.unread();
                continue;
            };
            if since.elapsed() > self.late_for && turned == Turned::Read {
                open.end(looked, take);
                self.remember(open.place);
                continue;
            }
            self.remember(open.place);
            if since.elapsed() > self.held_for && open.is_deleted() {
                looked.possibly_lost += open.unread();
                continue;
            }
            // What was emptied after it was rotated away is of no interest any more.
            if turned != Turned::Replaced {
                self.late.push((open, since));
            }
        }
    }

    /// Opens the file that is written to; before that, what was rotated away unread is read.
    fn open_live(&mut self, looked: &mut Looked, take: Take<'_>) -> io::Result<()> {
        let mut live = match &self.beside {
            Some(beside) => Open::of(beside.open()?)?,
            None => Open::new(&self.path, self.within.as_deref())?,
        };
        self.seen = true;
        let known = self.known.iter().rev().find(|known| live.is_at(known)).copied();
        match known {
            Some(place) => live.go_on(place),
            None => self.catch_up(&mut live, looked, take)?,
        }
        live.read(looked, take)?;
        self.remember(live.place);
        self.last_line = self.last_line.max(live.modified());
        self.live = Some(live);
        Ok(())
    }

    /// The file is new: what was read last was rotated away, and others perhaps after it.
    fn catch_up(&mut self, live: &mut Open, looked: &mut Looked, take: Take<'_>) -> io::Result<()> {
        let last = self.known.last().copied();
        if last.is_none() && self.beside.is_none() {
            return Ok(());
        }
        let siblings: Vec<Sibling> = siblings::of(&self.path)
            .into_iter()
            .filter(|sibling| !sibling.is_file(live.place.device, live.place.inode))
            .collect();
        let Some(last) = last else {
            for sibling in siblings.iter().filter(|sibling| !sibling.is_packed) {
                self.read_on(sibling, sibling.beginning(), looked, take)?;
            }
            return Ok(());
        };
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
                None => sibling.modified >= self.last_line,
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
        self.known.drain(..(self.known.len() + 1).saturating_sub(PLACES));
        // Late lines of an older file do not make it the latest.
        let newest = self.live.is_none() || self.known.is_empty();
        let at = if newest { self.known.len() } else { self.known.len() - 1 };
        self.known.insert(at, place);
    }
}

#[cfg(test)]
mod tests;
