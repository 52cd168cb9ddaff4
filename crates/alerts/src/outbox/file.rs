//! An outbox on a plain file: a line for every change, written and synced before anybody is told that it is kept.
//!
//! For runs that have no store: `scan --alert`. The last line of an id holds; a line cut by a crash is left out, and
//! the file is written anew, in one step, when it has grown to several times what it must hold. One process at a time.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use logsift_engine::records::time::Time;

use super::memory::Table;
use super::{Entry, EntryState, Outbox, OutboxError};

/// Bytes of a file that is read.
const LONGEST: u64 = 256 << 20;
/// Lines beyond those that are needed, before the file is written anew.
const WASTE: usize = 1000;

/// Entries on a file.
#[derive(Debug)]
pub struct FileOutbox {
    path: PathBuf,
    /// Held for as long as the outbox is open. A file beside it, since the outbox itself is replaced.
    _lock: File,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    table: Table,
    file: File,
    /// The bytes up to the end of the last whole line: where the next one begins.
    end: u64,
    lines: usize,
}

impl FileOutbox {
    /// Opens an outbox, or makes one. Only one process may have it.
    pub fn open(path: &Path) -> Result<FileOutbox, OutboxError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder)?;
        }
        let lock = private().open(with_ending(path, ".lock"))?;
        lock.try_lock()
            .map_err(|_| OutboxError(format!("`{}` is in use by another logsift", path.display())))?;
        let mut file = private().open(path)?;
        let size = file.metadata()?.len();
        if size > LONGEST {
            return Err(OutboxError(format!("`{}` is larger than 256 MiB", path.display())));
        }
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let (table, end, lines) = read(&text);
        let kept = Kept { table, file, end: end as u64, lines };
        Ok(FileOutbox { path: path.to_owned(), _lock: lock, kept: Mutex::new(kept) })
    }

    /// What an outbox holds that another process may have open: entries in that state, or all, the newest first.
    pub fn peek(path: &Path, state: Option<EntryState>, most: usize) -> Result<Vec<Entry>, OutboxError> {
        let cannot = |why: String| OutboxError(format!("`{}` cannot be read: {why}", path.display()));
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(cannot(error.to_string())),
            Ok(kept) if kept.len() > LONGEST => return Err(cannot("it is larger than 256 MiB".to_owned())),
            Ok(_) => {}
        }
        let text = fs::read(path).map_err(|error| cannot(error.to_string()))?;
        Ok(read(&text).0.list(state, most))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, kept: &mut Kept, entries: &[Entry]) -> Result<(), OutboxError> {
        if entries.is_empty() {
            return Ok(());
        }
        let text = lines_of(entries.iter())?;
        kept.file.seek(SeekFrom::Start(kept.end))?;
        let written = kept.file.write_all(&text).and_then(|()| kept.file.sync_data());
        if let Err(error) = written {
            // What was written in part must not become part of the next line.
            kept.file.set_len(kept.end)?;
            return Err(error.into());
        }
        kept.end += text.len() as u64;
        kept.lines += entries.len();
        entries.iter().for_each(|entry| kept.table.put(entry.clone()));
        if kept.lines > kept.table.len() * 2 + WASTE { self.write_anew(kept) } else { Ok(()) }
    }

    fn write_anew(&self, kept: &mut Kept) -> Result<(), OutboxError> {
        let text = lines_of(kept.table.all())?;
        let beside = with_ending(&self.path, ".new");
        let mut file = private().truncate(true).open(&beside)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)?;
        if let Some(folder) = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            File::open(folder)?.sync_all()?;
        }
        (kept.file, kept.end, kept.lines) = (file, text.len() as u64, kept.table.len());
        Ok(())
    }
}

/// Notices quote logs: nobody else reads them.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn lines_of<'a>(entries: impl Iterator<Item = &'a Entry>) -> Result<Vec<u8>, OutboxError> {
    let mut text = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut text, entry).map_err(io::Error::from)?;
        text.push(b'\n');
    }
    Ok(text)
}

/// The entries of all whole lines, where the last of them ends, and how many there are.
fn read(text: &[u8]) -> (Table, usize, usize) {
    let mut table = Table::default();
    let (mut end, mut lines) = (0, 0);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if line.last() != Some(&b'\n') {
            break;
        }
        end += line.len();
        lines += 1;
        // A damaged line costs one entry, not the outbox.
        if let Ok(entry) = serde_json::from_slice::<Entry>(line) {
            table.put(entry);
        }
    }
    (table, end, lines)
}

impl Outbox for FileOutbox {
    fn add(&self, entries: &[Entry]) -> Result<(), OutboxError> {
        let mut kept = self.kept();
        let new: Vec<Entry> = entries.iter().filter(|entry| !kept.table.knows(&entry.id)).cloned().collect();
        self.write(&mut kept, &new)
    }

    fn change(&self, entries: &[Entry]) -> Result<(), OutboxError> {
        self.write(&mut self.kept(), entries)
    }

    fn waiting(&self, channel: &str, most: usize) -> Result<Vec<Entry>, OutboxError> {
        Ok(self.kept().table.waiting(channel, most))
    }

    fn of_incident(&self, fingerprint: &str) -> Result<Vec<Entry>, OutboxError> {
        Ok(self.kept().table.of_incident(fingerprint))
    }

    fn delivered_since(&self, channel: &str, since: Time) -> Result<Vec<Entry>, OutboxError> {
        Ok(self.kept().table.delivered_since(channel, since))
    }

    fn list(&self, state: Option<EntryState>, most: usize) -> Result<Vec<Entry>, OutboxError> {
        Ok(self.kept().table.list(state, most))
    }

    fn forget_before(&self, time: Time) -> Result<(), OutboxError> {
        let mut kept = self.kept();
        kept.table.forget_before(time);
        if kept.lines > kept.table.len() * 2 + WASTE { self.write_anew(&mut kept) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::sample;

    fn entry(id: &str) -> Entry {
        Entry {
            id: id.to_owned(),
            channel: "ops".to_owned(),
            incident: "i".to_owned(),
            class: String::new(),
            group: id.to_owned(),
            notice: sample::hostile(),
            state: EntryState::Waiting,
            why: String::new(),
            created: Time::from_nanos(1),
            due: Time::from_nanos(1),
            settled: Time::from_nanos(1),
            attempts: 0,
        }
    }

    fn ids(outbox: &FileOutbox) -> Vec<String> {
        outbox.waiting("ops", 100).unwrap().into_iter().map(|entry| entry.id).collect()
    }

    #[test]
    fn what_was_added_is_there_after_a_restart_and_what_was_settled_is_not_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/alerts.outbox");
        {
            let outbox = FileOutbox::open(&path).unwrap();
            outbox.add(&[entry("a"), entry("b")]).unwrap();
            outbox.add(&[Entry { attempts: 7, ..entry("a") }]).unwrap();
            outbox.change(&[entry("b").at_end(EntryState::Delivered, "", Time::from_nanos(5))]).unwrap();
            assert!(FileOutbox::open(&path).unwrap_err().to_string().contains("in use"));
            assert_eq!(FileOutbox::peek(&path, None, 10).unwrap().len(), 2);
        }
        let outbox = FileOutbox::open(&path).unwrap();
        assert_eq!(ids(&outbox), ["a"]);
        assert_eq!(outbox.waiting("ops", 1).unwrap()[0], entry("a"), "what is known is left as it is");
        assert_eq!(outbox.delivered_since("ops", Time::from_nanos(5)).unwrap().len(), 1);
        assert_eq!(outbox.of_incident("i").unwrap().len(), 2);
    }

    #[test]
    fn a_cut_at_any_byte_leaves_whole_entries_and_room_for_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("o");
        FileOutbox::open(&path).unwrap().add(&[entry("a"), entry("b")]).unwrap();
        let whole = fs::read(&path).unwrap();
        let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for cut in (0..whole.len()).step_by(97).chain([first - 1, first, first + 1, whole.len() - 1]) {
            fs::write(&path, &whole[..cut]).unwrap();
            let outbox = FileOutbox::open(&path).unwrap();
            let known = usize::from(cut >= first);
            assert_eq!(ids(&outbox).len(), known, "{cut}");
            outbox.add(&[entry("c")]).unwrap();
            drop(outbox);
            assert_eq!(ids(&FileOutbox::open(&path).unwrap()).len(), known + 1, "{cut}");
        }
    }

    #[test]
    fn a_file_that_grew_is_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("o");
        let outbox = FileOutbox::open(&path).unwrap();
        let mut small = entry("a");
        small.notice = crate::notice::Notice::test("x", "");
        for attempts in 0..1_500 {
            outbox.change(&[Entry { attempts, ..small.clone() }]).unwrap();
        }
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 1_002, "{lines}");
        drop(outbox);
        assert_eq!(FileOutbox::open(&path).unwrap().waiting("ops", 9).unwrap()[0].attempts, 1_499);
    }
}
