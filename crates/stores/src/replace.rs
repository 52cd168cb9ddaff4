//! A file's new bytes in, the file replaced in one step: whole or not at all, whatever happens meanwhile.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Writes beside the file, brings that to the disk, gives it the name, and brings the name to the disk.
pub(crate) fn replace(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let written = write(&beside, parts).and_then(|()| fs::rename(&beside, path));
    if let Err(error) = written {
        // The first error is the one to report; what is left behind is overwritten next time.
        let _ = fs::remove_file(&beside);
        return Err(error);
    }
    sync_folder_of(path)
}

fn write(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let mut file = private(OpenOptions::new().write(true).create(true).truncate(true)).open(path)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.sync_all()
}

/// What is kept is nobody else's business.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Brings the names in the folder of a file to the disk.
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}
