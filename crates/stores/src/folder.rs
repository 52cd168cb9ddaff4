//! The state folder: what stands where, who uses it, and how much room there is.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::StoreError;
use crate::replace::private;

/// A state folder that is ours alone.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Holds the lock; the system lets go of it when the process ends, however it ends.
    _lock: Option<File>,
}

/// How much room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Bytes of the disk.
    pub total: u64,
    /// Bytes of it that are free.
    pub free: u64,
}

impl Folder {
    /// Makes the folder where there is none, and keeps others out.
    pub fn open(path: &Path) -> Result<Folder, StoreError> {
        fs::create_dir_all(path.join("journal")).map_err(StoreError::io("make", path))?;
        fs::create_dir_all(path.join("models")).map_err(StoreError::io("make", path))?;
        keep_private(path).map_err(StoreError::io("protect", path))?;
        let lock = lock(path)?;
        Ok(Folder { path: path.to_owned(), _lock: Some(lock) })
    }

    /// To look at only, even while a daemon uses it.
    pub fn look(path: &Path) -> Result<Folder, StoreError> {
        fs::read_dir(path).map_err(StoreError::io("read", path))?;
        Ok(Folder { path: path.to_owned(), _lock: None })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Segments of the journal.
    pub fn journal(&self) -> PathBuf {
        self.path.join("journal")
    }

    /// Generations of the model.
    pub fn models(&self) -> PathBuf {
        self.path.join("models")
    }

    /// The database.
    pub fn facts(&self) -> PathBuf {
        self.path.join("facts.sqlite")
    }

    /// Bytes of all files in it.
    pub fn bytes(&self) -> u64 {
        let folders = [self.path.clone(), self.journal(), self.models()];
        let files = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
        files
            .filter_map(|file| file.metadata().ok())
            .filter(fs::Metadata::is_file)
            .map(|file| file.len())
            .sum()
    }

    /// The room of the disk that it is on; nothing where that cannot be asked.
    pub fn space(&self) -> Option<Space> {
        space(&self.path)
    }
}

/// A damaged file gets another name, so that nobody reads it again and somebody can look at it. Gives the name.
pub(crate) fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let aside = path.with_file_name(format!("{name}.damaged"));
    fs::rename(path, &aside)?;
    Ok(aside)
}

/// The same with a database and what belongs to it.
pub fn set_aside_database(path: &Path) -> Result<PathBuf, StoreError> {
    for end in ["-wal", "-shm"] {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Mostly there is none.
        let _ = set_aside(&path.with_file_name(format!("{name}{end}")));
    }
    set_aside(path).map_err(StoreError::io("rename", path))
}

#[cfg(unix)]
fn keep_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn keep_private(_: &Path) -> io::Result<()> {
    Ok(())
}

fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join("lock");
    let mut file = private(OpenOptions::new().read(true).write(true).create(true).truncate(false))
        .open(&path)
        .map_err(StoreError::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => {
            let mut pid = String::new();
            // Who does not say who it is, is in use nevertheless.
            let _ = (&file).take(32).read_to_string(&mut pid);
            let pid = if pid.trim().is_empty() { "of unknown id".to_owned() } else { pid.trim().to_owned() };
            return Err(StoreError::InUse { path: folder.to_owned(), pid });
        }
        Err(fs::TryLockError::Error(error)) => return Err(StoreError::io("lock", &path)(error)),
    }
    let named = || -> io::Result<()> {
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(std::process::id().to_string().as_bytes())
    };
    // On a full disk the lock still holds; it only cannot say whose it is.
    let mut named = named;
    let _ = named();
    Ok(file)
}

#[cfg(unix)]
fn space(path: &Path) -> Option<Space> {
    let found = rustix::fs::statvfs(path).ok()?;
    Some(Space {
        total: found.f_blocks.saturating_mul(found.f_frsize),
        free: found.f_bavail.saturating_mul(found.f_frsize),
    })
}

#[cfg(not(unix))]
fn space(_: &Path) -> Option<Space> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_one_is_kept_out_and_told_who_is_in() {
        let folder = tempfile::tempdir().unwrap();
        let first = Folder::open(folder.path()).unwrap();
        match Folder::open(folder.path()) {
            Err(StoreError::InUse { pid, .. }) => assert_eq!(pid, std::process::id().to_string()),
            other => panic!("{other:?}"),
        }
        assert!(Folder::look(folder.path()).is_ok());
        drop(first);
        let again = Folder::open(folder.path()).unwrap();
        assert!(again.space().is_none_or(|space| space.free <= space.total));
    }
}
