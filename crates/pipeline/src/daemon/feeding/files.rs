//! Paths and patterns in, the lines of all files that they mean to the keeper, as they are written.
//!
//! Files are looked at, a few times a second, and patterns somewhat less often: that works on every file system, and what a
//! look costs is one question to the system for a file at rest. A file at which nothing happens is looked at less often, and
//! where more files are open than may be, it is closed until something happens to it.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use globset::{Glob, GlobSet, GlobSetBuilder};
use logsift_sources::{FilePlace, HALF_LINE, LogTail, Part, PlanOptions, Rotated, Sample, plan};
use logsift_stores::generation::SourceState;
use logsift_stores::journal::{self, FilePosition, Source, count_lines};

use super::super::counted::{Append, Shared, now};
use super::super::settings::SourceSettings;
use super::containers;

/// How often files are looked at, and those at which nothing happened for a while.
const LOOK: Duration = Duration::from_millis(200);
const LOOK_AT_QUIET: Duration = Duration::from_millis(800);
const QUIET: Duration = Duration::from_secs(30);
/// Places in files that are gone that are remembered of a source.
const PLACES: usize = 1024;
/// How often patterns are.
const FIND: Duration = Duration::from_millis(700);
/// Times are kept in nanoseconds.
const SECOND: i64 = 1_000_000_000;
/// Names of files that are no text.
const NO_LOGS: [&str; 11] =
    [".gz", ".xz", ".zst", ".bz2", ".zip", ".tar", ".tgz", ".journal", "/wtmp", "/btmp", "/lastlog"];

/// Something that is watched.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    words: String,
    labels: Vec<(String, String)>,
    exclude: GlobSet,
    only_new: bool,
    half_line: Duration,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Files,
    Kubernetes,
    Docker,
}

/// A file that is to be followed, and the source that its lines are of.
type Wanted = (PathBuf, Source);

impl Watched {
    /// What is to be watched, where it is files.
    pub(super) fn of(settings: &SourceSettings) -> Option<Watched> {
        let plain = |words: &String, kind| Watched {
            words: words.clone(),
            labels: Vec::new(),
            exclude: GlobSet::empty(),
            only_new: false,
            half_line: HALF_LINE,
            kind,
        };
        match settings {
            SourceSettings::Files { path, labels, exclude, only_new, half_line } => Some(Watched {
                labels: labels.clone(),
                exclude: globs(exclude),
                only_new: *only_new,
                half_line: *half_line,
                ..plain(path, Kind::Files)
            }),
            SourceSettings::Kubernetes { path } => Some(plain(path, Kind::Kubernetes)),
            SourceSettings::Docker { path } => Some(plain(path, Kind::Docker)),
            _ => None,
        }
    }

    /// The files that it means now, without those that are left out.
    fn find(&self, knows: &dyn Fn(&Source) -> bool) -> Vec<Wanted> {
        let mut found = self.find_all(knows);
        found.retain(|(path, _)| !self.exclude.is_match(path));
        found
    }

    /// The folder that links must not lead out of: whoever may write in it is not trusted with what is elsewhere.
    fn folder(&self) -> Option<&Path> {
        Some(Path::new(&self.words)).filter(|path| self.kind == Kind::Files && path.is_dir())
    }

    fn find_all(&self, knows: &dyn Fn(&Source) -> bool) -> Vec<Wanted> {
        let path = Path::new(&self.words);
        let file = |path: PathBuf, name: String| {
            (path, Source { name, kind: "file".to_owned(), labels: self.labels.clone() })
        };
        match self.kind {
            Kind::Kubernetes => containers::kubernetes(path),
            Kind::Docker => containers::docker(path),
            // What was named is waited for where it is not there yet.
            Kind::Files if !path.is_dir() && (path.exists() || !is_pattern(&self.words)) => {
                vec![file(path.to_owned(), self.words.clone())]
            }
            Kind::Files => {
                let plan = plan(&[OsString::from(&self.words)], &PlanOptions::default());
                let mut found = Vec::new();
                for set in &plan.sets {
                    let paths = set.parts().iter().filter_map(Part::path);
                    let paths = paths.filter(|path| is_log(path) && !self.exclude.is_match(path));
                    let paths: Vec<&Path> = paths.collect();
                    let rotated = |path: &Path| {
                        let rotated = Rotated::of(path)?;
                        let (_, source) = file(path.to_owned(), rotated.name());
                        (rotated.is_sure || knows(&source)).then_some((rotated, source))
                    };
                    let is_live = |path: &&&Path| path.to_string_lossy() == set.name();
                    // Of a rotated set only the file that is written to. A set of one file has the name of that.
                    if let Some(live) = paths.iter().find(is_live).filter(|live| rotated(live).is_none()) {
                        found.push(file(live.to_path_buf(), set.name().to_owned()));
                        continue;
                    }
                    found.extend(paths.into_iter().map(|path| match rotated(path) {
                        Some((rotated, source)) if is_awaited(&rotated, path) => (rotated.log, source),
                        Some((_, source)) => (path.to_owned(), source),
                        None => file(path.to_owned(), set.name().to_owned()),
                    }));
                }
                found.dedup();
                found
            }
        }
    }
}

/// Whether a log is followed under its own name though only files that were rotated from it are there: their names change.
/// Where each has a date, they stay, and each is followed for itself.
fn is_awaited(rotated: &Rotated, path: &Path) -> bool {
    let could_be_a_log = match rotated.log.symlink_metadata() {
        Ok(found) => found.is_file(),
        Err(error) => error.kind() == ErrorKind::NotFound,
    };
    !rotated.is_dated() && !path.is_symlink() && could_be_a_log
}

/// What no glob can be made of leaves nothing out; the settings were checked before.
fn globs(words: &[String]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for glob in words.iter().filter_map(|words| Glob::new(words).ok()) {
        set.add(glob);
    }
    set.build().unwrap_or_default()
}

fn is_pattern(words: &str) -> bool {
    words.contains(['*', '?', '[', '{'])
}

fn is_log(path: &Path) -> bool {
    let name = path.to_string_lossy();
    !NO_LOGS.iter().any(|end| name.ends_with(end))
}

/// Follows files.
pub(super) struct Files {
    shared: Arc<Shared>,
    watched: Vec<Watched>,
    known: HashMap<Source, (Vec<FilePlace>, i64)>,
    followed: Vec<Followed>,
    /// The paths of those.
    paths: HashSet<PathBuf>,
    found_at: Option<Instant>,
    /// Links that are not followed yet, and where each led at the last look.
    turned: HashMap<PathBuf, PathBuf>,
}

struct Followed {
    tail: LogTail,
    source: Source,
    /// Half a line at its end, as it was told last.
    unfinished: Option<(u64, Instant)>,
    /// When something came last, and when it is looked at next.
    came: Instant,
    next: Instant,
}

impl Files {
    pub(super) fn new(shared: Arc<Shared>, watched: Vec<Watched>, known: &[SourceState]) -> Files {
        let known = known.iter().map(|state| {
            let places = state.files.iter().map(place).collect();
            (state.source.clone(), (places, state.last_line.div_euclid(SECOND)))
        });
        let known = known.collect();
        Files {
            shared,
            watched,
            known,
            followed: Vec::new(),
            paths: HashSet::new(),
            found_at: None,
            turned: HashMap::new(),
        }
    }

    /// Works until all ends.
    pub(super) fn run(mut self) {
        while !self.shared.is_stopping() {
            self.find();
            if self.look() == 0 {
                std::thread::sleep(LOOK);
            }
        }
    }

    /// Looks at all files whose turn it is. Gives the number of bytes that came.
    fn look(&mut self) -> u64 {
        let (now, most) = (Instant::now(), self.shared.limits.open_files);
        let mut open = handles(&self.followed);
        let mut came = 0;
        for at in 0..self.followed.len() {
            let Some(followed) = self.followed.get_mut(at).filter(|followed| followed.next <= now) else {
                continue;
            };
            let before = followed.tail.handles();
            came += followed.look(&self.shared);
            open = open + followed.tail.handles() - before;
            if open > most {
                rest(&mut self.followed, open - most + most / 8);
                open = handles(&self.followed);
            }
            if self.shared.is_stopping() {
                break;
            }
        }
        came
    }

    fn find(&mut self) {
        if self.found_at.is_some_and(|at| at.elapsed() < FIND) {
            return;
        }
        // What appears later is new as a whole.
        let is_first = self.found_at.replace(Instant::now()).is_none();
        let wanted: Vec<_> = self
            .watched
            .iter()
            .map(|watched| (watched.find(&|source| self.knows(source)), watched.clone()))
            .collect();
        let named: HashSet<&PathBuf> =
            wanted.iter().flat_map(|(found, _)| found).map(|(path, _)| path).collect();
        self.forget(&named);
        self.turned.retain(|link, _| named.contains(link));
        for (found, watched) in &wanted {
            for (path, source) in found {
                self.follow(path, source, watched, is_first);
            }
        }
    }

    /// Whether a link leads where it led at the last look. One that has just been turned may lead to a file that was not
    /// there when names were read; from the next look on that goes by its own name, and must not be read twice.
    fn rests(&mut self, link: &Path) -> bool {
        let Ok(target) = link.canonicalize() else { return false };
        let before = self.turned.insert(link.to_owned(), target.clone());
        before == Some(target)
    }

    /// Files that are gone are followed no more, unless they were named. Where they were read to is remembered.
    fn forget(&mut self, named: &HashSet<&PathBuf>) {
        let (gone, followed) = std::mem::take(&mut self.followed).into_iter().partition(|followed| {
            followed.tail.is_gone() && !named.contains(&followed.tail.path().to_owned())
        });
        self.followed = followed;
        let gone: Vec<Followed> = gone;
        for Followed { tail, source, .. } in gone {
            self.paths.remove(tail.path());
            // Others of its source may be followed still, and what was read of them is known, too.
            let (known, last_line) = self.known.entry(source).or_default();
            known.retain(|known| !tail.known().iter().any(|place| place.is_same_file(known)));
            known.extend(tail.known());
            known.drain(..known.len().saturating_sub(PLACES));
            *last_line = now().div_euclid(SECOND);
        }
    }

    /// Whether a log was read already.
    fn knows(&self, source: &Source) -> bool {
        self.known.get(source).is_some_and(|(known, _)| !known.is_empty())
            || self.followed.iter().any(|followed| followed.source == *source)
    }

    /// Of the files that were rotated from a log, the newest that is followed: there was no log of that name.
    fn newest_of(&mut self, log: &Path, source: &Source) -> Option<&mut Followed> {
        let of_log = self.followed.iter_mut().filter(|followed| followed.source == *source);
        let of_log = of_log.filter_map(|followed| {
            let rotated = Rotated::of(followed.tail.path()).filter(|rotated| rotated.log == log)?;
            Some((rotated, followed))
        });
        let newest = of_log.reduce(|one, two| if two.0.is_newer_than(&one.0) { two } else { one });
        newest.map(|(_, followed)| followed)
    }

    fn follow(&mut self, path: &Path, source: &Source, watched: &Watched, is_first: bool) {
        if self.paths.contains(path) {
            return;
        }
        // Where its writer is late, a log is rotated away and not yet begun anew: who follows it reads that file, too.
        let is_named = path == Path::new(&watched.words);
        let rotated = Rotated::of(path);
        if !is_named && rotated.as_ref().is_some_and(|rotated| self.paths.contains(&rotated.log)) {
            return;
        }
        if !is_first && !is_named && path.is_symlink() && !self.rests(path) {
            return;
        }
        self.paths.insert(path.to_owned());
        let is_dated = rotated.is_some_and(|rotated| rotated.is_dated());
        // What follows the file that was rotated away last goes on with the log, and with what comes late of that file.
        if !is_dated && let Some(followed) = self.newest_of(path, source) {
            let before = followed.tail.path().to_owned();
            followed.tail.go_on_at(path);
            self.paths.remove(&before);
            return;
        }
        let (known, last_line) = self.known.get(source).cloned().unwrap_or_default();
        let skips = is_first && watched.only_new && known.is_empty();
        let mut tail = LogTail::new(path, known, last_line).half_lines_wait(watched.half_line);
        if is_dated {
            tail = tail.with_a_name_that_stays();
        }
        if !is_named {
            tail = tail.or_rotated();
        }
        if let Some(folder) = watched.folder() {
            tail = tail.within(folder);
        }
        if skips {
            tail.look(&mut |_| true);
        }
        let now = Instant::now();
        self.followed.push(Followed { tail, source: source.clone(), unfinished: None, came: now, next: now });
    }
}

/// How many files are open.
fn handles(followed: &[Followed]) -> usize {
    followed.iter().map(|followed| followed.tail.handles()).sum()
}

/// Closes so many files of which all was read, first those to which nothing happened for the longest time.
fn rest(followed: &mut [Followed], count: usize) {
    let mut open: Vec<&mut Followed> =
        followed.iter_mut().filter(|followed| followed.tail.handles() > 0).collect();
    open.sort_by_key(|followed| followed.came);
    let mut left = count;
    for followed in open {
        if left == 0 {
            return;
        }
        let before = followed.tail.handles();
        followed.tail.rest();
        left -= before - followed.tail.handles();
    }
}

impl Followed {
    fn look(&mut self, shared: &Shared) -> u64 {
        let source = &self.source;
        let looked = self.tail.look(&mut |tailed| {
            let append = Append {
                source: source.clone(),
                file: Some(position(&tailed.before)),
                lines: tailed.lines.to_vec(),
                count: count_lines(tailed.lines),
                ends: tailed.ends,
                then: None,
            };
            shared.hand(append).is_ok()
        });
        let now = Instant::now();
        if looked.bytes > 0 {
            self.came = now;
            shared.set_problem(&source.name, None);
        }
        if let Some(notice) = looked.notice {
            shared.set_problem(&source.name, Some(notice.to_string()));
        }
        if looked.possibly_lost > 0 {
            shared.health().entry(source.name.clone()).or_default().possibly_lost_bytes +=
                looked.possibly_lost;
        }
        if looked.unfinished != self.unfinished {
            self.unfinished = looked.unfinished;
            shared.health().entry(source.name.clone()).or_default().unfinished = looked.unfinished;
        }
        let quiet = self.came.elapsed() > QUIET;
        self.next = if looked.bytes > 0 { now } else { now + if quiet { LOOK_AT_QUIET } else { LOOK } };
        looked.bytes
    }
}

fn place(position: &FilePosition) -> FilePlace {
    let sample = |sample: journal::Sample| Sample { bytes: sample.bytes, hash: sample.hash };
    FilePlace {
        device: position.device,
        inode: position.inode,
        start: position.start,
        head: sample(position.head),
        bytes: position.bytes,
        lines: position.lines,
        tail: sample(position.tail),
    }
}

fn position(place: &FilePlace) -> FilePosition {
    let sample = |sample: Sample| journal::Sample { bytes: sample.bytes, hash: sample.hash };
    FilePosition {
        device: place.device,
        inode: place.inode,
        start: place.start,
        head: sample(place.head),
        bytes: place.bytes,
        lines: place.lines,
        tail: sample(place.tail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_know_a_file_by_the_same_samples() {
        let lines =
            b"one\ntwo and some more, so that there is something to forget of it, too: 0123456789\nthree";
        let before = FilePlace { device: 1, inode: 2, head: Sample::of(lines), ..FilePlace::default() };
        assert_eq!(place(&position(&before).after(lines)), before.after(lines));
        assert_eq!(place(&position(&before)), before);
    }

    #[test]
    fn of_a_rotated_set_the_live_file_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "app.log",
            "app.log.1",
            "app.log.2.gz",
            "excluded.log",
            "other.log",
            "day-2026-01-01.log",
            "day-2026-01-02.log",
            "link.log-00",
            "link.log-01",
            "gone.log.1",
            "gone.log.2",
            "one-2026-01-01.log",
            "worker.1",
            "away.log.9",
        ] {
            std::fs::write(folder.path().join(name), "x\n").unwrap();
        }
        std::os::unix::fs::symlink("link.log-01", folder.path().join("link.log")).unwrap();
        let words = folder.path().display().to_string();
        let found_by = |words: String, knows: &dyn Fn(&Source) -> bool| {
            let settings = SourceSettings::Files {
                path: words,
                labels: Vec::new(),
                exclude: vec!["**/excluded*".to_owned(), "**/*.9".to_owned()],
                only_new: false,
                half_line: HALF_LINE,
            };
            let watched = Watched::of(&settings).unwrap();
            let names = watched.find(knows).into_iter();
            let mut names: Vec<(String, String)> = names
                .map(|(path, source)| {
                    let name = path.file_name().unwrap().to_string_lossy().into_owned();
                    (name, source.name.replace(&folder.path().display().to_string(), ""))
                })
                .collect();
            names.sort();
            names
        };
        let pairs = |list: &[(&str, &str)]| -> Vec<(String, String)> {
            list.iter().map(|(one, two)| ((*one).to_owned(), (*two).to_owned())).collect()
        };
        let all = pairs(&[
            ("app.log", "/app.log"),
            ("day-2026-01-01.log", "/day.log"),
            ("day-2026-01-02.log", "/day.log"),
            ("gone.log", "/gone.log"),
            ("link.log-00", "/link.log-00"),
            ("link.log-01", "/link.log-01"),
            ("one-2026-01-01.log", "/one.log"),
            ("other.log", "/other.log"),
            ("worker.1", "/worker.1"),
        ]);
        let found = |words: String| found_by(words, &|_| false);
        assert_eq!(found(words.clone()), all);
        assert_eq!(found(format!("{words}/app*")), pairs(&[("app.log", "/app.log")]));
        let linked = pairs(&[("link.log-00", "/link.log-00"), ("link.log-01", "/link.log-01")]);
        assert_eq!(found(format!("{words}/link*")), linked);
        let knows = |source: &Source| source.name.ends_with("/worker");
        assert_eq!(found_by(format!("{words}/work*"), &knows), pairs(&[("worker", "/worker")]));
        assert_eq!(found(format!("{words}/new.log")), pairs(&[("new.log", "/new.log")]));
    }
}
