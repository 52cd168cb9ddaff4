//! A log that somebody hands in as a whole: a file in the state folder in, a job and at its end a report out.
//!
//! It is a scan as `logsift scan` makes it, beside the daemon's own work: nothing of it is learned, and it has one thread.
//! What is kept of it is bounded in number, size and time, so that nobody fills the disk by dropping files.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

use logsift_sources::{PlanOptions, plan};
use logsift_stores::StoreError;
use logsift_stores::facts::JobFact;
use serde_json::Value;
use thiserror::Error;

use super::counted::now;
use super::handle::Handle;
use crate::scan::{RowsOut, ScanSettings, scan};
use crate::watch::Watch;

/// Bytes of a log, as it is handed in.
const LARGEST: u64 = 256 << 20;
/// Analyses that run or wait at a time.
const AT_ONCE: usize = 4;
/// How long one may take.
const LONGEST: Duration = Duration::from_secs(600);
/// Reports that are kept, how many and how long.
const KEPT: usize = 20;
const KEPT_FOR: Duration = Duration::from_secs(86_400);
/// How often a job says how far it is.
const TELLS: Duration = Duration::from_secs(2);
/// Bytes of the name of a log.
const LONGEST_NAME: usize = 80;

/// Why a log is not analysed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AnalysisError {
    /// Others are.
    #[error("{AT_ONCE} logs are being analysed already")]
    Busy,
    /// It is too large.
    #[error("a log of more than {} MiB is not analysed here\nhint: `logsift scan` takes any size", LARGEST >> 20)]
    TooLarge,
    /// There is no room for it.
    #[error("there is no room for it: {0}")]
    Full(String),
    /// It cannot be kept.
    #[error("it cannot be kept: {0}")]
    Io(#[from] io::Error),
    /// Its job cannot be kept.
    #[error(transparent)]
    State(#[from] StoreError),
}

/// A log that is being handed in. Who lets go of it before it has begun has handed in nothing.
#[derive(Debug)]
pub struct Upload {
    handle: Handle,
    job: JobFact,
    path: PathBuf,
    file: Option<BufWriter<File>>,
    bytes: u64,
    begun: bool,
}

impl Handle {
    /// Takes a log; `name` is what it is called in its report.
    pub fn upload(&self, name: &str) -> Result<Upload, AnalysisError> {
        if let Some(full) = self.shared.progress().full.clone() {
            return Err(AnalysisError::Full(full));
        }
        let analysing = &self.shared.analysing;
        if analysing.fetch_add(1, Ordering::Relaxed) >= AT_ONCE {
            analysing.fetch_sub(1, Ordering::Relaxed);
            return Err(AnalysisError::Busy);
        }
        let started = now();
        let job = JobFact {
            id: format!("analysis-{started:x}"),
            kind: "analyse".to_owned(),
            state: "waiting".to_owned(),
            started,
            ..JobFact::default()
        };
        let folder = folder(&self.shared.state);
        let path = folder.join(format!("{}{BETWEEN}{}", job.id, plain(name)));
        let mut upload = Upload { handle: self.clone(), job, path, file: None, bytes: 0, begun: false };
        fs::create_dir_all(&folder)?;
        upload.file = Some(BufWriter::new(File::create_new(&upload.path)?));
        Ok(upload)
    }

    /// The report of an analysis, as `scan --format json` writes it; nothing where there is none (any more).
    pub fn analysis(&self, job: &str) -> io::Result<Option<Vec<u8>>> {
        // A job is named by us: letters, digits and one dash. Nothing else leads to a file.
        if !job.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Ok(None);
        }
        match fs::read(report_of(&self.shared.state, job)) {
            Ok(report) => Ok(Some(report)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Upload {
    /// Takes the next bytes of the log.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), AnalysisError> {
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        if self.bytes > LARGEST {
            return Err(AnalysisError::TooLarge);
        }
        if let Some(file) = &mut self.file {
            file.write_all(bytes)?;
        }
        Ok(())
    }

    /// That was all of it: it is analysed now. Gives the job.
    pub fn begin(mut self) -> Result<JobFact, AnalysisError> {
        if let Some(mut file) = self.file.take() {
            file.flush()?;
        }
        self.handle.job(&self.job)?;
        let job = self.job.clone();
        self.begun = true;
        std::thread::Builder::new().name("analysis".to_owned()).spawn(move || self.run())?;
        Ok(job)
    }

    fn run(mut self) {
        // One after the other: the daemon's own work goes on beside them.
        let shared = std::sync::Arc::clone(&self.handle.shared);
        let turn = shared.analysis.lock().unwrap_or_else(PoisonError::into_inner);
        let done =
            if shared.is_stopping() { Err("the daemon was stopped".to_owned()) } else { self.analyse() };
        drop(turn);
        self.job.ended = Some(now());
        self.job.progress = 1.0;
        self.job.state = if done.is_ok() { "done" } else { "failed" }.to_owned();
        self.job.message = done.err();
        self.tell();
    }

    /// The analysis is done whether its job can be noted or not.
    fn tell(&self) {
        let _ = self.handle.job(&self.job);
    }

    fn analyse(&mut self) -> Result<(), String> {
        "running".clone_into(&mut self.job.state);
        self.tell();
        let mut settings = self.handle.shared.scanning.get().cloned().ok_or("the daemon does not scan")?;
        if let (Some(detecting), Ok((_, feedback))) = (&mut settings.detecting, self.handle.feedback()) {
            detecting.feedback = Some(("feedback".to_owned(), feedback));
        }
        let mut report = self.watched(&settings)?;
        let prefix = self.path.display().to_string();
        let end = self.path.file_name().and_then(|name| name.to_str()?.split_once(BETWEEN));
        let (_, name) = end.ok_or("the log has lost its name")?;
        rename(&mut report, &prefix, name);
        let bytes = serde_json::to_vec(&report).map_err(|error| error.to_string())?;
        fs::write(report_of(&self.handle.shared.state, &self.job.id), bytes)
            .map_err(|error| error.to_string())
    }

    /// Scans on a thread of its own, and says how far it is.
    fn watched(&mut self, settings: &ScanSettings) -> Result<Value, String> {
        let plan = plan(&[self.path.clone().into_os_string()], &PlanOptions { rotated: false, hidden: true });
        let (watch, begun) = (Watch::default(), Instant::now());
        let scanned = std::thread::scope(|scope| {
            let scanning = scope.spawn(|| scan(&plan, settings, RowsOut::default(), &watch));
            let mut told = Instant::now();
            while !scanning.is_finished() {
                std::thread::sleep(Duration::from_millis(20));
                if self.handle.shared.is_stopping() || begun.elapsed() > LONGEST {
                    watch.stop();
                }
                if told.elapsed() >= TELLS {
                    told = Instant::now();
                    let share = watch.stored_bytes() as f64 / self.bytes.max(1) as f64;
                    self.job.progress = share.clamp(0.0, 0.99);
                    self.tell();
                }
            }
            scanning.join()
        });
        let scanned = scanned.map_err(|_| "the analysis broke off".to_owned())?;
        if watch.is_stopped() {
            return Err("it was stopped: it took too long, or the daemon ended".to_owned());
        }
        let scanned = scanned.map_err(|error| error.to_string())?;
        serde_json::to_value(&scanned.report).map_err(|error| error.to_string())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.handle.shared.analysing.fetch_sub(1, Ordering::Relaxed);
        // What is left over is taken out at the next start.
        let _ = fs::remove_file(&self.path);
    }
}

/// Between the job and the name of a log in the name of its file.
const BETWEEN: char = '_';

fn folder(state: &Path) -> PathBuf {
    state.join("analyses")
}

fn report_of(state: &Path, job: &str) -> PathBuf {
    folder(state).join(format!("{job}.json"))
}

/// The name of a log as that of a file: its last part, of plain letters.
fn plain(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain =
        |letter: char| if letter.is_ascii_alphanumeric() || ".-".contains(letter) { letter } else { '-' };
    let name: String = last.chars().map(plain).take(LONGEST_NAME).collect();
    if name.trim_matches(['.', '-']).is_empty() { "log".to_owned() } else { name }
}

/// The path of the file becomes the name of the log, wherever it stands.
fn rename(value: &mut Value, path: &str, name: &str) {
    match value {
        Value::String(text) if text.contains(path) => *text = text.replace(path, name),
        Value::Array(rows) => rows.iter_mut().for_each(|row| rename(row, path, name)),
        Value::Object(map) => map.values_mut().for_each(|row| rename(row, path, name)),
        _ => {}
    }
}

/// Takes out what is too old or too much; at a start also logs, whose analyses did not end.
pub(super) fn forget(state: &Path, is_start: bool) {
    let Ok(files) = fs::read_dir(folder(state)) else { return };
    let mut reports = Vec::new();
    for file in files.flatten() {
        let path = file.path();
        let written = file.metadata().and_then(|kept| kept.modified());
        match path.extension().is_some_and(|end| end == "json") && !is_log(&path) {
            true => reports.push((written.unwrap_or(SystemTime::UNIX_EPOCH), path)),
            false if is_start => remove(&path),
            false => {}
        }
    }
    reports.sort_by(|one, other| other.cmp(one));
    let old = |written: &SystemTime| written.elapsed().is_ok_and(|age| age > KEPT_FOR);
    let gone = reports.iter().enumerate().filter(|(place, (written, _))| *place >= KEPT || old(written));
    gone.for_each(|(_, (_, path))| remove(path));
}

/// Bytes of all of them.
pub(super) fn bytes(state: &Path) -> u64 {
    let Ok(files) = fs::read_dir(folder(state)) else { return 0 };
    files.flatten().filter_map(|file| file.metadata().ok()).map(|kept| kept.len()).sum()
}

/// Takes out reports, the oldest first, until so many bytes less are held or there are no more. Gives the bytes that
/// came free.
pub(super) fn give_back(state: &Path, wanted: u64) -> u64 {
    let Ok(files) = fs::read_dir(folder(state)) else { return 0 };
    let report = |file: fs::DirEntry| {
        let (path, kept) = (file.path(), file.metadata().ok()?);
        let is_report = path.extension().is_some_and(|end| end == "json") && !is_log(&path);
        is_report.then(|| (kept.modified().unwrap_or(SystemTime::UNIX_EPOCH), path, kept.len()))
    };
    let mut reports: Vec<_> = files.flatten().filter_map(report).collect();
    reports.sort();
    let mut given = 0;
    for (_, path, size) in reports {
        if given >= wanted {
            break;
        }
        remove(&path);
        given += size;
    }
    given
}

fn is_log(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().contains(BETWEEN))
}

/// What cannot be taken out now is taken out next time.
fn remove(path: &Path) {
    let _ = fs::remove_file(path);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_else() {
        let table = [
            ("app.log", "app.log"),
            ("../../etc/passwd", "passwd"),
            ("C:\\logs\\web 1.log.gz", "web-1.log.gz"),
            ("..", "log"),
            ("", "log"),
            ("a_b\n\u{202e}c", "a-b--c"),
        ];
        for (name, expected) in table {
            assert_eq!(plain(name), expected, "{name:?}");
        }
        assert_eq!(plain(&"x".repeat(500)).len(), LONGEST_NAME);
    }

    #[test]
    fn reports_are_forgotten_by_number_and_logs_at_a_start() {
        let state = tempfile::tempdir().unwrap();
        fs::create_dir(folder(state.path())).unwrap();
        for number in 0..KEPT + 5 {
            fs::write(report_of(state.path(), &format!("analysis-{number:02}")), "{}").unwrap();
        }
        let log = folder(state.path()).join("analysis-1_trap.json");
        fs::write(&log, "x").unwrap();
        forget(state.path(), false);
        assert_eq!(fs::read_dir(folder(state.path())).unwrap().count(), KEPT + 1);
        forget(state.path(), true);
        assert!(!log.exists());
    }

    #[test]
    fn the_oldest_reports_give_room_back() {
        let state = tempfile::tempdir().unwrap();
        assert_eq!((bytes(state.path()), give_back(state.path(), 10)), (0, 0));
        fs::create_dir(folder(state.path())).unwrap();
        let log = folder(state.path()).join("analysis-1_app.log");
        fs::write(&log, "x".repeat(500)).unwrap();
        for number in 0..4 {
            let path = report_of(state.path(), &format!("analysis-{number}"));
            fs::write(&path, "x".repeat(100)).unwrap();
            let written = SystemTime::UNIX_EPOCH + Duration::from_secs(100 - number);
            File::options().append(true).open(&path).unwrap().set_modified(written).unwrap();
        }
        assert_eq!(give_back(state.path(), 150), 200);
        let left = |number: u64| report_of(state.path(), &format!("analysis-{number}")).exists();
        assert_eq!([0, 1, 2, 3].map(left), [true, true, false, false]);
        assert_eq!(give_back(state.path(), 9_999), 200);
        assert_eq!((bytes(state.path()), log.exists()), (500, true), "what is being analysed stays");
    }
}
