//! Bytes of a model to a file and back: whole or not at all, and never over something that is no model.
//!
//! A model is written to a new file beside the target, brought to the disk, and only then given the target's
//! name; at last the folder is brought to the disk, too. So a crash at any moment leaves the old model or the
//! new one. What stands under the target's name must be a model or empty, so that a slip of the fingers does
//! not cost a log.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use logsift_engine::model::MAGIC;

use crate::signing::{Signer, SigningError};

/// No model comes near this; what is larger was named by mistake.
const LARGEST: u64 = 4 << 30;

/// How many names are tried for the new file before giving up.
const NAMES: u32 = 100;

/// Why a model could not be written or read.
#[derive(Debug)]
#[non_exhaustive]
pub enum ModelFileError {
    /// The system refused.
    Io {
        /// What was being done.
        action: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The target holds something that is no model.
    NotAModel {
        /// The target.
        path: PathBuf,
    },
    /// A folder, pipe or device.
    NotAFile {
        /// What was named.
        path: PathBuf,
    },
    /// Larger than any model.
    TooLarge {
        /// What was named.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// It must be signed, and is not taken.
    Untrusted(Box<SigningError>),
}

impl fmt::Display for ModelFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ModelFileError::Io { action, path, source } => {
                write!(f, "cannot {action} `{}`: {source}", path.display())
            }
            ModelFileError::NotAModel { path } => write!(
                f,
                "`{}` exists and is no logsift model, so it is not overwritten\n\
                 hint: name another file, or move that one away",
                path.display()
            ),
            ModelFileError::NotAFile { path } => write!(
                f,
                "`{}` is no regular file\nhint: a model is written beside its target and then renamed, so the target \
                 must be a file",
                path.display()
            ),
            ModelFileError::TooLarge { path, bytes } => write!(
                f,
                "`{}` has {bytes} bytes, a model has {LARGEST} at most\nhint: name a file that `logsift learn` wrote",
                path.display()
            ),
            ModelFileError::Untrusted(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ModelFileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ModelFileError::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Reads a whole model file, which must be what the signer signed if there is one. Its content is not judged here.
pub fn read_model_file(path: &Path, signer: Option<&Signer>) -> Result<Vec<u8>, ModelFileError> {
    let failed = |source| ModelFileError::Io { action: "read", path: path.to_owned(), source };
    // Opening a pipe would wait for its other end.
    let found = fs::metadata(path).map_err(failed)?;
    if !found.is_file() {
        return Err(ModelFileError::NotAFile { path: path.to_owned() });
    }
    if found.len() > LARGEST {
        return Err(ModelFileError::TooLarge { path: path.to_owned(), bytes: found.len() });
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    // The file may grow meanwhile; what is cut off there is found by the checksums.
    file.take(LARGEST).read_to_end(&mut bytes).map_err(failed)?;
    if let Some(signer) = signer {
        signer.check(path, &bytes).map_err(|error| ModelFileError::Untrusted(Box::new(error)))?;
    }
    Ok(bytes)
}

/// Writes a model file in one step. A link is followed: what it points to is replaced, the link stays.
pub fn write_model_file(path: &Path, model: &[u8]) -> Result<(), ModelFileError> {
    let target = target(path)?;
    let before = check_target(&target)?;
    put(&target, before.as_ref(), model)
}

/// Writes a file whose content the caller has read, whatever that is, in one step and through links, too.
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), ModelFileError> {
    let target = target(path)?;
    put(&target, fs::metadata(&target).ok().as_ref(), bytes)
}

fn put(target: &Path, before: Option<&fs::Metadata>, bytes: &[u8]) -> Result<(), ModelFileError> {
    let (beside, file) = create_beside(target)?;
    let written = fill(file, bytes, before).and_then(|()| fs::rename(&beside, target));
    if let Err(source) = written {
        // The first error is the one to report; a file left behind does no harm.
        let _ = fs::remove_file(&beside);
        return Err(ModelFileError::Io { action: "write", path: target.to_owned(), source });
    }
    sync_folder(target)
}

/// The file that a path stands for, through all links, also where it does not exist yet.
fn target(path: &Path) -> Result<PathBuf, ModelFileError> {
    let failed = |source| ModelFileError::Io { action: "find", path: path.to_owned(), source };
    match fs::canonicalize(path) {
        Ok(target) => Ok(target),
        Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::read_link(path) {
            Ok(_) => Err(failed(error)),
            Err(_) => Ok(path.to_owned()),
        },
        Err(error) => Err(failed(error)),
    }
}

/// What stands under the target's name, if anything; an error where it may not be replaced.
fn check_target(target: &Path) -> Result<Option<fs::Metadata>, ModelFileError> {
    let failed = |source| ModelFileError::Io { action: "look at", path: target.to_owned(), source };
    let found = match fs::metadata(target) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    if !found.is_file() {
        return Err(ModelFileError::NotAFile { path: target.to_owned() });
    }
    let mut start = Vec::new();
    let file = File::open(target).map_err(failed)?;
    file.take(MAGIC.len() as u64).read_to_end(&mut start).map_err(failed)?;
    if start.is_empty() || start == MAGIC {
        Ok(Some(found))
    } else {
        Err(ModelFileError::NotAModel { path: target.to_owned() })
    }
}

/// A new file in the folder of the target, since only within a file system a rename is one step.
fn create_beside(target: &Path) -> Result<(PathBuf, File), ModelFileError> {
    let failed = |path: &Path, source| ModelFileError::Io { action: "create", path: path.to_owned(), source };
    let Some(name) = target.file_name() else {
        return Err(ModelFileError::NotAFile { path: target.to_owned() });
    };
    for attempt in 0..NAMES {
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}-{attempt}.tmp", std::process::id()));
        let beside = target.with_file_name(hidden);
        match OpenOptions::new().write(true).create_new(true).open(&beside) {
            Ok(file) => return Ok((beside, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(&beside, error)),
        }
    }
    Err(failed(target, io::ErrorKind::AlreadyExists.into()))
}

/// Writes everything and brings it to the disk. Whoever could read the old file can read the new one.
fn fill(mut file: File, model: &[u8], before: Option<&fs::Metadata>) -> io::Result<()> {
    if let Some(before) = before {
        file.set_permissions(before.permissions())?;
    }
    file.write_all(model)?;
    file.sync_all()
}

/// Brings the new name to the disk.
#[cfg(unix)]
fn sync_folder(target: &Path) -> Result<(), ModelFileError> {
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|source| ModelFileError::Io {
        action: "bring to the disk",
        path: folder.to_owned(),
        source,
    })
}

/// Folders cannot be opened here; the system sees to it itself.
#[cfg(not(unix))]
fn sync_folder(_target: &Path) -> Result<(), ModelFileError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An empty folder for one test, removed at its end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("logsift-model-file-{}-{name}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir(&path).unwrap();
            Folder(path)
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.join(name)
        }

        fn names(&self) -> Vec<String> {
            let mut names: Vec<String> = fs::read_dir(&self.0)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn model(text: &str) -> Vec<u8> {
        [&MAGIC[..], text.as_bytes()].concat()
    }

    #[test]
    fn a_model_replaces_nothing_an_empty_file_or_a_model() {
        let folder = Folder::new("replaces");
        let path = folder.path("m");
        for text in ["first", "second, longer", "3"] {
            write_model_file(&path, &model(text)).unwrap();
            assert_eq!(read_model_file(&path, None).unwrap(), model(text));
        }
        fs::write(folder.path("empty"), "").unwrap();
        write_model_file(&folder.path("empty"), &model("x")).unwrap();
        assert_eq!(folder.names(), ["empty", "m"]);
    }

    #[test]
    fn nothing_else_is_overwritten() {
        let folder = Folder::new("refuses");
        let check = |name: &str, content: &[u8]| {
            fs::write(folder.path(name), content).unwrap();
            let error = write_model_file(&folder.path(name), &model("x")).unwrap_err();
            assert!(matches!(error, ModelFileError::NotAModel { .. }), "{error}");
            assert!(error.to_string().contains("hint: "));
            assert_eq!(fs::read(folder.path(name)).unwrap(), content);
        };
        check("app.log", b"Jan  1 00:00:00 host app: text\n");
        check("short", &MAGIC[..7]);
        fs::create_dir(folder.path("folder")).unwrap();
        let error = write_model_file(&folder.path("folder"), &model("x")).unwrap_err();
        assert!(matches!(error, ModelFileError::NotAFile { .. }), "{error}");
        assert_eq!(folder.names(), ["app.log", "folder", "short"]);
    }

    #[test]
    fn a_failed_write_leaves_the_folder_as_it_was() {
        let folder = Folder::new("fails");
        let error = write_model_file(&folder.path("none/m"), &model("x")).unwrap_err();
        assert!(matches!(error, ModelFileError::Io { action: "create", .. }), "{error}");
        assert!(folder.names().is_empty());
        let error = read_model_file(&folder.path("none"), None).unwrap_err();
        assert!(matches!(error, ModelFileError::Io { action: "read", .. }), "{error}");
        assert!(matches!(read_model_file(&folder.0, None), Err(ModelFileError::NotAFile { .. })));
    }

    #[test]
    fn what_is_larger_than_any_model_is_not_read() {
        let folder = Folder::new("large");
        // A file of holes takes no room on the disk.
        File::create(folder.path("m")).unwrap().set_len(LARGEST + 1).unwrap();
        let error = read_model_file(&folder.path("m"), None).unwrap_err();
        assert!(matches!(error, ModelFileError::TooLarge { .. }), "{error}");
    }

    #[test]
    fn a_file_left_by_a_crash_is_no_obstacle() {
        let folder = Folder::new("left");
        let left = format!(".m.{}-0.tmp", std::process::id());
        fs::write(folder.path(&left), "half a mo").unwrap();
        write_model_file(&folder.path("m"), &model("x")).unwrap();
        assert_eq!(folder.names(), [left, "m".to_owned()]);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folder = Folder::new("links");
        write_model_file(&folder.path("m"), &model("x")).unwrap();
        fs::set_permissions(folder.path("m"), fs::Permissions::from_mode(0o640)).unwrap();
        symlink("m", folder.path("link")).unwrap();
        write_model_file(&folder.path("link"), &model("y")).unwrap();
        assert_eq!(fs::read_link(folder.path("link")).unwrap(), Path::new("m"));
        assert_eq!(fs::read(folder.path("m")).unwrap(), model("y"));
        assert_eq!(fs::metadata(folder.path("m")).unwrap().permissions().mode() & 0o777, 0o640);
        symlink("nowhere", folder.path("dangling")).unwrap();
        assert!(write_model_file(&folder.path("dangling"), &model("z")).is_err());
    }
}
