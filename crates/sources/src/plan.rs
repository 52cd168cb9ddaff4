//! The words a user typed in, the logs to read out: which files, in which order, and what was left
//! out.
//!
//! The order is that of the words, and within a folder that of the names, so that it does not
//! depend on the file system. A file that is reached twice is read once.

mod folder;
mod glob;
mod nearest;
mod previous;

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use logsift_engine::records::time::Time;

use crate::file::{self, FileKind, modified, reason};
use crate::notice::{Notice, NoticeKind, shown, shown_path};
use crate::rotated;

/// Names that mean standard input; opening them anew fails where it is a socket.
const STANDARD_INPUT: [&str; 3] = ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];

/// How words become logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanOptions {
    /// Read the files of a rotated set as one log; else each is a log of its own.
    pub rotated: bool,
    /// Take hidden files and folders inside folders and archives along.
    pub hidden: bool,
}

impl Default for PlanOptions {
    fn default() -> PlanOptions {
        PlanOptions { rotated: true, hidden: false }
    }
}

/// What is to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The logs, in the order in which their first file was named or found.
    pub sets: Vec<SourceSet>,
    /// What was left out, and why.
    pub notices: Vec<Notice>,
}

/// One log: a single file, or the files of a rotated set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSet {
    pub(crate) name: String,
    pub(crate) parts: Vec<Part>,
}

impl SourceSet {
    /// The name fit to be shown: that of the file, or of the log that its files were rotated from.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The files, oldest first.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }
}

/// One thing to open: a file or standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub(crate) name: String,
    pub(crate) modified: Option<Time>,
    pub(crate) bytes: Option<u64>,
    /// Hidden members of an archive are taken along.
    pub(crate) hidden: bool,
    pub(crate) origin: Origin,
}

impl Part {
    /// The name fit to be shown.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The size on disk, where it has one.
    pub fn bytes(&self) -> Option<u64> {
        self.bytes
    }

    /// The path, unless it is standard input.
    pub fn path(&self) -> Option<&Path> {
        match &self.origin {
            Origin::StandardInput => None,
            Origin::File { path, .. } => Some(path),
        }
    }

    /// The file once more, to look at some places of it, if it is still a regular one.
    pub fn open_again(&self) -> io::Result<File> {
        file::open_regular(self)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    StandardInput,
    /// `waits` for a FIFO that the user named: it is opened even if nobody writes yet.
    File {
        path: PathBuf,
        waits: bool,
    },
}

/// Resolves the words. Nothing is opened yet.
pub fn plan(words: &[OsString], options: &PlanOptions) -> Plan {
    let mut gathering = Gathering::new(options);
    for word in words {
        gathering.word(word);
    }
    let Gathering { parts, mut notices, .. } = gathering;
    let sets = if options.rotated { rotated::group(parts, &mut notices) } else { alone(parts) };
    Plan { sets, notices }
}

fn alone(parts: Vec<Part>) -> Vec<SourceSet> {
    parts.into_iter().map(|part| SourceSet { name: part.name.clone(), parts: vec![part] }).collect()
}

/// What makes two names the same file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Identity {
    #[cfg(unix)]
    device: u64,
    #[cfg(unix)]
    inode: u64,
    #[cfg(not(unix))]
    path: PathBuf,
}

impl Identity {
    #[cfg(unix)]
    fn of(_path: &Path, metadata: &Metadata) -> Identity {
        use std::os::unix::fs::MetadataExt;
        Identity { device: metadata.dev(), inode: metadata.ino() }
    }

    #[cfg(not(unix))]
    fn of(path: &Path, _metadata: &Metadata) -> Identity {
        Identity { path: path.canonicalize().unwrap_or_else(|_| path.into()) }
    }
}

struct Gathering<'a> {
    options: &'a PlanOptions,
    parts: Vec<Part>,
    notices: Vec<Notice>,
    files: HashMap<Identity, PathBuf>,
    folders: HashSet<Identity>,
    standard_input: bool,
    pseudo: folder::PseudoFileSystems,
}

impl Gathering<'_> {
    fn new(options: &PlanOptions) -> Gathering<'_> {
        Gathering {
            options,
            parts: Vec::new(),
            notices: Vec::new(),
            files: HashMap::new(),
            folders: HashSet::new(),
            standard_input: false,
            pseudo: folder::PseudoFileSystems::find(),
        }
    }

    fn tell(&mut self, kind: NoticeKind, path: &Path, text: impl Into<String>) {
        self.notices.push(Notice::new(kind, shown_path(path), text));
    }

    /// A path that exists wins over a pattern of the same letters.
    fn word(&mut self, word: &OsStr) {
        let path = Path::new(word);
        if word == "-" || STANDARD_INPUT.iter().any(|name| word == *name) {
            self.standard_input(word);
            return;
        }
        match std::fs::metadata(path) {
            Ok(metadata) => self.named(path, &metadata),
            Err(_) if glob::is_pattern(word) && path.symlink_metadata().is_err() => self.glob(word),
            Err(error) => self.missing(path, &error),
        }
    }

    fn standard_input(&mut self, word: &OsStr) {
        if std::mem::replace(&mut self.standard_input, true) {
            let text = "standard input was named twice; it is read once";
            self.tell(NoticeKind::Noted, Path::new(word), text);
            return;
        }
        let name = shown(word.as_encoded_bytes());
        let hidden = self.options.hidden;
        self.parts.push(Part { name, modified: None, bytes: None, hidden, origin: Origin::StandardInput });
    }

    fn missing(&mut self, path: &Path, error: &std::io::Error) {
        let is_link = path.symlink_metadata().is_ok();
        let text = match error.kind() {
            std::io::ErrorKind::NotFound if is_link => "is a link to nothing and was skipped".to_owned(),
            std::io::ErrorKind::NotFound => {
                let hint =
                    nearest::nearest(path).map(|near| format!("\nhint: is it `{}`?", shown_path(&near)));
                format!("does not exist{}", hint.unwrap_or_default())
            }
            std::io::ErrorKind::PermissionDenied => {
                format!("could not be reached: {}\nhint: read it as a user who may", reason(error))
            }
            _ => format!("could not be reached: {}", reason(error)),
        };
        self.tell(NoticeKind::Unreadable, path, text);
    }

    /// What the user named, links followed.
    fn named(&mut self, path: &Path, metadata: &Metadata) {
        let kind = FileKind::of(metadata);
        match kind {
            FileKind::Folder => self.folder(path),
            FileKind::Regular | FileKind::Null => self.file(path, metadata, true),
            FileKind::Fifo => self.push(path, metadata, true),
            FileKind::Device => {
                let text = "is a device, which may never end, and was refused\n\
                            hint: `head -c 1G DEVICE | logsift scan -` reads a bounded part of it";
                self.tell(NoticeKind::Unreadable, path, text);
            }
            FileKind::Socket => {
                let text = "is a socket, which cannot be opened, and was skipped\n\
                            hint: `nc -U SOCKET | logsift scan -`";
                self.tell(NoticeKind::Unreadable, path, text);
            }
        }
    }

    /// A regular file; `named` if it is not merely found in a folder.
    fn file(&mut self, path: &Path, metadata: &Metadata, named: bool) {
        if FileKind::of(metadata) == FileKind::Regular {
            let identity = Identity::of(path, metadata);
            if let Some(first) = self.files.get(&identity) {
                let first = first.clone();
                self.same_again(path, &first, named);
                return;
            }
            self.files.insert(identity, path.to_owned());
        }
        self.push(path, metadata, false);
    }

    fn same_again(&mut self, path: &Path, first: &Path, named: bool) {
        if path != first {
            let text = format!("is the same file as `{}`; it is read once", shown_path(first));
            self.tell(NoticeKind::Noted, path, text);
        } else if named {
            self.tell(NoticeKind::Noted, path, "was named twice; it is read once");
        }
    }

    fn push(&mut self, path: &Path, metadata: &Metadata, waits: bool) {
        let is_file = metadata.is_file();
        self.parts.push(Part {
            name: shown_path(path),
            modified: is_file.then(|| modified(metadata)).flatten(),
            bytes: is_file.then_some(metadata.len()),
            hidden: self.options.hidden,
            origin: Origin::File { path: path.to_owned(), waits },
        });
    }
}
