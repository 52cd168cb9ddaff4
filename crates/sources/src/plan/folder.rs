//! All files in a folder and the folders in it, sorted by name.
//!
//! Links are looked at last: one that leads out of the folder is not followed, and what one inside
//! leads to has mostly been found by its own name already, so a loop of links ends by itself.

use std::collections::VecDeque;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use crate::archive::is_hidden;
use crate::file::{FileKind, reason};
use crate::notice::{NoticeKind, shown_path};
use crate::plan::{Gathering, Identity};

/// File systems that hold the state of the system and not files: reading some of it blocks.
pub(super) struct PseudoFileSystems(Vec<u64>);

impl PseudoFileSystems {
    #[cfg(unix)]
    pub(super) fn find() -> PseudoFileSystems {
        use std::os::unix::fs::MetadataExt;
        let device = |path: &str| std::fs::metadata(path).ok().map(|metadata| metadata.dev());
        let root = device("/");
        let found = ["/proc", "/sys"].into_iter().map(device).filter(|&device| device != root);
        PseudoFileSystems(found.flatten().collect())
    }

    #[cfg(not(unix))]
    pub(super) fn find() -> PseudoFileSystems {
        PseudoFileSystems(Vec::new())
    }

    #[cfg(unix)]
    pub(super) fn hold(&self, metadata: &Metadata) -> bool {
        use std::os::unix::fs::MetadataExt;
        self.0.contains(&metadata.dev())
    }

    #[cfg(not(unix))]
    pub(super) fn hold(&self, _metadata: &Metadata) -> bool {
        let PseudoFileSystems(none) = self;
        !none.is_empty()
    }
}

/// One walk: what is still to be looked at, and what was passed over.
#[derive(Default)]
struct Walk {
    /// The folder with all links resolved.
    root: PathBuf,
    /// The next one last.
    waiting: Vec<PathBuf>,
    /// Looked at when nothing else is waiting.
    links: VecDeque<PathBuf>,
    hidden: u64,
    outside: Vec<PathBuf>,
}

impl Gathering<'_> {
    /// All files in the folder.
    pub(super) fn folder(&mut self, path: &Path) {
        let root = match path.canonicalize() {
            Ok(root) => root,
            Err(error) => return self.missing(path, &error),
        };
        let before = (self.parts.len(), self.notices.len());
        let mut walk = Walk { root, ..Walk::default() };
        match std::fs::metadata(path) {
            Ok(metadata) => self.enter(path, &metadata, &mut walk),
            Err(error) => self.missing(path, &error),
        }
        self.walk(&mut walk);
        self.tell_passed_over(path, &walk);
        if (self.parts.len(), self.notices.len()) == before {
            self.tell(NoticeKind::Noted, path, "holds no file that was not named before");
        }
    }

    fn walk(&mut self, walk: &mut Walk) {
        loop {
            if let Some(path) = walk.waiting.pop() {
                self.found(&path, walk);
            } else if let Some(link) = walk.links.pop_front() {
                self.link(&link, walk);
            } else {
                return;
            }
        }
    }

    fn found(&mut self, path: &Path, walk: &mut Walk) {
        match path.symlink_metadata() {
            Ok(metadata) if metadata.is_symlink() => walk.links.push_back(path.to_owned()),
            Ok(metadata) => self.entry(path, &metadata, walk),
            // It was there a moment ago: somebody rotates.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.missing(path, &error),
        }
    }

    fn entry(&mut self, path: &Path, metadata: &Metadata, walk: &mut Walk) {
        match FileKind::of(metadata) {
            FileKind::Folder => self.enter(path, metadata, walk),
            FileKind::Regular => self.file(path, metadata, false),
            kind => {
                let text = format!("is {} and was skipped", kind.name());
                self.tell(NoticeKind::Skipped, path, text);
            }
        }
    }

    fn enter(&mut self, path: &Path, metadata: &Metadata, walk: &mut Walk) {
        if self.pseudo.hold(metadata) {
            let text = "holds the state of the system and not logs; it was skipped";
            self.tell(NoticeKind::Skipped, path, text);
            return;
        }
        if !self.folders.insert(Identity::of(path, metadata)) {
            return;
        }
        match list(path) {
            Ok(names) => {
                let all = names.len();
                let wanted = |path: &PathBuf| self.options.hidden || !has_hidden_name(path);
                let before = walk.waiting.len();
                walk.waiting.extend(names.into_iter().rev().filter(wanted));
                walk.hidden += (all + before - walk.waiting.len()) as u64;
            }
            Err(error) => {
                let hint = match error.kind() {
                    io::ErrorKind::PermissionDenied => "\nhint: read it as a user who may",
                    _ => "",
                };
                let text = format!("the folder could not be read: {}{hint}", reason(&error));
                self.tell(NoticeKind::Unreadable, path, text);
            }
        }
    }

    fn link(&mut self, path: &Path, walk: &mut Walk) {
        let Ok(target) = path.canonicalize() else {
            self.tell(NoticeKind::Skipped, path, "is a link to nothing, or to itself, and was skipped");
            return;
        };
        if !target.starts_with(&walk.root) {
            walk.outside.push(path.to_owned());
            return;
        }
        let Ok(metadata) = std::fs::metadata(path) else { return };
        let is_known = self.files.contains_key(&Identity::of(path, &metadata));
        if !is_known {
            self.entry(path, &metadata, walk);
        }
    }

    fn tell_passed_over(&mut self, path: &Path, walk: &Walk) {
        if walk.hidden > 0 {
            let what = if walk.hidden == 1 { "file or folder was" } else { "files or folders were" };
            let text = format!("{} hidden {what} skipped\nhint: name them to read them", walk.hidden);
            self.tell(NoticeKind::Skipped, path, text);
        }
        if let Some(first) = walk.outside.first() {
            let count = walk.outside.len();
            let what = if count == 1 { "link that leads" } else { "links that lead" };
            let text = format!(
                "{count} {what} out of it skipped, first `{}`\nhint: name links to follow them",
                shown_path(first)
            );
            self.tell(NoticeKind::Skipped, path, text);
        }
    }
}

fn has_hidden_name(path: &Path) -> bool {
    path.file_name().is_some_and(|name| is_hidden(name.as_encoded_bytes()))
}

/// What is in a folder, sorted; an empty path is the current folder.
pub(super) fn list(path: &Path) -> io::Result<Vec<PathBuf>> {
    let folder = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let mut names: Vec<_> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<_>>()?;
    names.sort();
    Ok(names.into_iter().map(|name| path.join(name)).collect())
}
