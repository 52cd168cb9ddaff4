//! The journal of systemd in, its entries to the keeper, through `journalctl`.
//!
//! Where it was left stands in the entries themselves, so that it is kept with them and a start goes on behind the last.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use logsift_stores::journal::{JOURNALD, Source, count_lines};

use super::super::counted::{Append, Shared};
use super::super::{StartError, thread};

/// How long is waited before it is started again.
const AGAIN: Duration = Duration::from_secs(5);
/// Entries are handed on together, when there are so many bytes or nothing more comes at once.
const TOGETHER: usize = 256 << 10;

/// Which entries of which journal.
pub(super) struct Wanted {
    units: Vec<String>,
    folder: Option<PathBuf>,
}

impl Wanted {
    /// Those of some units, or all; of the journal in a folder, or of this system's.
    pub(super) fn of(units: &[String], folder: Option<&Path>) -> Wanted {
        Wanted { units: units.to_vec(), folder: folder.map(Path::to_owned) }
    }
}

/// Starts to read, behind a cursor if there is one.
pub(super) fn start(
    shared: Arc<Shared>,
    wanted: Wanted,
    cursor: Option<String>,
) -> Result<std::thread::JoinHandle<()>, StartError> {
    thread("journald", move || follow(&shared, &wanted, cursor))
}

fn source() -> Source {
    Source { name: JOURNALD.to_owned(), kind: JOURNALD.to_owned(), labels: Vec::new() }
}

fn follow(shared: &Arc<Shared>, wanted: &Wanted, cursor: Option<String>) {
    let mut cursor = cursor;
    while !shared.is_stopping() {
        match command(wanted, cursor.as_deref()).spawn() {
            Ok(child) => read(shared, child),
            Err(error) => {
                shared.set_problem(JOURNALD, Some(format!("journalctl cannot be started: {error}")))
            }
        }
        let since = Instant::now();
        while since.elapsed() < AGAIN && !shared.is_stopping() {
            std::thread::sleep(Duration::from_millis(200));
        }
        let sources = shared.sources();
        cursor = sources.iter().find(|state| state.source == source()).and_then(|state| state.cursor.clone());
    }
}

fn command(wanted: &Wanted, cursor: Option<&str>) -> Command {
    let mut command = Command::new("journalctl");
    // Who follows is shown ten entries, also behind a cursor, and never those between them and what is new.
    command.args(["--output=json", "--follow", "--all", "--quiet", "--lines=all"]);
    command.args(cursor.map(|cursor| format!("--after-cursor={cursor}")));
    command.args(wanted.units.iter().map(|unit| format!("--unit={unit}")));
    command.args(wanted.folder.iter().map(|folder| format!("--directory={}", folder.display())));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

fn read(shared: &Arc<Shared>, mut child: Child) {
    let Some(out) = child.stdout.take() else { return };
    let watched = Arc::clone(shared);
    // It blocks in reading, and ends when the child does.
    let watcher = thread("journald-stop", move || {
        while !watched.is_stopping() && matches!(child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(200));
        }
        // It may be gone already.
        let _ = child.kill();
        let _ = child.wait();
    });
    let (mut out, mut lines) = (BufReader::with_capacity(TOGETHER, out), Vec::new());
    while let Ok(count) = out.read_until(b'\n', &mut lines) {
        let more = out.buffer().contains(&b'\n') && lines.len() < TOGETHER;
        if (count > 0 && more) || (count == 0 && lines.is_empty()) {
            if count == 0 {
                break;
            }
            continue;
        }
        let entries = std::mem::take(&mut lines);
        let count_entries = count_lines(&entries);
        shared.set_problem(JOURNALD, None);
        let append = Append {
            source: source(),
            file: None,
            lines: entries,
            count: count_entries,
            ends: true,
            then: None,
        };
        if shared.hand(append).is_err() || count == 0 {
            break;
        }
    }
    if !shared.is_stopping() {
        shared.set_problem(JOURNALD, Some("journalctl has ended; it is started again".to_owned()));
    }
    if let Ok(watcher) = watcher {
        // Where it panicked the child is gone with it.
        let _ = watcher.join();
    }
}
