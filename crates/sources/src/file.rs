//! A part of the plan in, its bytes as they lie on disk or in a pipe out, and never a hang.
//!
//! A file is opened without waiting and looked at by its handle afterwards, so that one that was
//! swapped for a FIFO meanwhile cannot block. Only a FIFO that the user named is waited for.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use logsift_engine::records::time::Time;

use crate::notice::{Notice, NoticeKind};
use crate::plan::{Origin, Part};
use crate::visit::Session;

/// What kind of thing a name leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    Regular,
    Folder,
    Fifo,
    Socket,
    /// A device that merely ends at once.
    Null,
    Device,
}

impl FileKind {
    #[cfg(unix)]
    pub(crate) fn of(metadata: &Metadata) -> FileKind {
        use std::os::unix::fs::{FileTypeExt, MetadataExt};
        let kind = metadata.file_type();
        if kind.is_file() {
            FileKind::Regular
        } else if kind.is_dir() {
            FileKind::Folder
        } else if kind.is_fifo() {
            FileKind::Fifo
        } else if kind.is_socket() {
            FileKind::Socket
        } else if std::fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == metadata.rdev()) {
            FileKind::Null
        } else {
            FileKind::Device
        }
    }

    #[cfg(not(unix))]
    pub(crate) fn of(metadata: &Metadata) -> FileKind {
        if metadata.is_dir() { FileKind::Folder } else { FileKind::Regular }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            FileKind::Regular => "a file",
            FileKind::Folder => "a folder",
            FileKind::Fifo => "a FIFO",
            FileKind::Socket => "a socket",
            FileKind::Null | FileKind::Device => "a device",
        }
    }
}

/// An open part. A failure to read is told to the session, once.
pub(crate) struct OpenFile<'a> {
    file: File,
    name: &'a str,
    session: &'a Session,
    progress: &'a AtomicU64,
    /// Of a regular file as it was when it was opened.
    metadata: Option<Metadata>,
    read: u64,
    /// Where reading ends for now; nothing where only the end of the stream tells.
    limit: Option<u64>,
    extended: bool,
    ended: bool,
}

/// Opens the part, or says why not.
pub(crate) fn open<'a>(
    part: &'a Part,
    session: &'a Session,
    progress: &'a AtomicU64,
) -> Result<OpenFile<'a>, Notice> {
    let unreadable = |text: String| Notice::new(NoticeKind::Unreadable, part.name.as_str(), text);
    let file = match &part.origin {
        Origin::StandardInput => standard_input(),
        Origin::File { path, waits } => open_path(path, *waits),
    };
    let file = file.map_err(|error| unreadable(open_error(&error)))?;
    let metadata = file.metadata().map_err(|error| unreadable(open_error(&error)))?;
    let kind = FileKind::of(&metadata);
    let expected = match &part.origin {
        Origin::StandardInput => kind != FileKind::Folder,
        Origin::File { waits, .. } => *waits || matches!(kind, FileKind::Regular | FileKind::Null),
    };
    if !expected {
        return Err(unreadable(format!("is now {}, no file any more, and was skipped", kind.name())));
    }
    let metadata = (kind == FileKind::Regular).then_some(metadata);
    // Files of /proc have no size but hold something; standard input may begin anywhere.
    let is_whole = part.origin != Origin::StandardInput;
    let limit = metadata.as_ref().map(Metadata::len).filter(|&size| size > 0 && is_whole);
    Ok(OpenFile {
        file,
        name: &part.name,
        session,
        progress,
        metadata,
        read: 0,
        limit,
        extended: false,
        ended: false,
    })
}

/// The file of a part, never waiting for one that is no regular file any more.
pub(crate) fn open_regular(part: &Part) -> io::Result<File> {
    let Origin::File { path, .. } = &part.origin else { return Err(io::ErrorKind::Unsupported.into()) };
    let file = open_path(path, false)?;
    let is_regular = FileKind::of(&file.metadata()?) == FileKind::Regular;
    if is_regular { Ok(file) } else { Err(io::ErrorKind::Unsupported.into()) }
}

fn open_error(error: &io::Error) -> String {
    let hint = match error.kind() {
        io::ErrorKind::PermissionDenied => "\nhint: read it as a user who may, or copy it",
        io::ErrorKind::NotFound => "\nhint: it vanished after it was found; was it rotated?",
        _ => "",
    };
    format!("could not be opened: {}{hint}", reason(error))
}

/// The words of the system without the number that the standard library adds.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or(&text);
    words.chars().enumerate().map(|(at, c)| if at == 0 { c.to_ascii_lowercase() } else { c }).collect()
}

#[cfg(unix)]
fn standard_input() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}

#[cfg(windows)]
fn standard_input() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    Ok(File::from(io::stdin().as_handle().try_clone_to_owned()?))
}

#[cfg(unix)]
fn open_path(path: &Path, waits: bool) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = if waits { libc::O_NOCTTY } else { libc::O_NOCTTY | libc::O_NONBLOCK };
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

#[cfg(not(unix))]
fn open_path(path: &Path, _waits: bool) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// When the file was last written.
pub(crate) fn modified(metadata: &Metadata) -> Option<Time> {
    let since = metadata.modified().ok()?;
    let nanos = match since.duration_since(std::time::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()).ok()?,
        Err(before) => -i64::try_from(before.duration().as_nanos()).ok()?,
    };
    Some(Time::from_nanos(nanos))
}

impl OpenFile<'_> {
    /// When a regular file was last written.
    pub(crate) fn modified(&self) -> Option<Time> {
        self.metadata.as_ref().and_then(modified)
    }

    /// The size of a regular file.
    pub(crate) fn size(&self) -> Option<u64> {
        self.metadata.as_ref().map(Metadata::len)
    }

    /// Whether bytes may come slowly.
    pub(crate) fn is_live(&self) -> bool {
        self.metadata.is_none()
    }

    /// How much may be read now. What was appended while reading is taken along, but only once,
    /// so that reading ends also where a writer is faster.
    fn room(&mut self) -> u64 {
        let Some(limit) = self.limit else { return u64::MAX };
        if self.read >= limit && !self.extended {
            self.extended = true;
            let now = self.file.metadata().map_or(limit, |metadata| metadata.len());
            self.limit = Some(now.max(limit));
        }
        self.limit.unwrap_or(limit).saturating_sub(self.read)
    }

    fn tell_if_shrunk(&mut self) {
        let Some(limit) = self.limit else { return };
        let now = self.file.metadata().map_or(limit, |metadata| metadata.len());
        if self.read < limit || now < self.read {
            let text = format!(
                "shrank from {limit} to {now} bytes while it was read; {} bytes were read, lines may be missing",
                self.read
            );
            self.session.tell(NoticeKind::Unreadable, self.name, text);
        }
    }
}

impl Read for OpenFile<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.ended {
            return Ok(0);
        }
        let room = usize::try_from(self.room()).unwrap_or(usize::MAX).min(out.len());
        let Some(out) = out.get_mut(..room) else { return Ok(0) };
        match self.file.read(out) {
            Ok(0) => {
                self.ended = true;
                self.tell_if_shrunk();
                Ok(0)
            }
            Ok(count) => {
                self.read += count as u64;
                self.progress.fetch_add(count as u64, Ordering::Relaxed);
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let text = format!(
                    "could not be read after {} bytes: {}; what came before was read",
                    self.read,
                    reason(&error)
                );
                self.session.tell(NoticeKind::Unreadable, self.name, text);
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn part(path: &Path) -> Part {
        Part {
            name: "x.log".into(),
            modified: None,
            bytes: None,
            hidden: false,
            origin: Origin::File { path: path.into(), waits: false },
        }
    }

    fn told(session: &Session) -> Vec<String> {
        struct Ears(Vec<String>);
        impl crate::visit::Visitor for Ears {
            fn log(&mut self, _: &crate::visit::LogInfo, _: &mut dyn Read) -> std::ops::ControlFlow<()> {
                std::ops::ControlFlow::Continue(())
            }
            fn notice(&mut self, notice: Notice) {
                self.0.push(notice.to_string());
            }
        }
        let mut ears = Ears(Vec::new());
        session.flush(&mut ears);
        ears.0
    }

    #[test]
    fn what_is_appended_is_read_once_and_shrinking_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log");
        std::fs::write(&path, vec![b'a'; 100]).unwrap();
        let (part, session, progress) = (part(&path), Session::default(), AtomicU64::new(0));
        let mut file = open(&part, &session, &progress).unwrap();
        let mut out = [0; 60];
        assert_eq!(file.read(&mut out).unwrap(), 60);
        let mut writer = OpenOptions::new().append(true).open(&path).unwrap();
        writer.write_all(&[b'b'; 30]).unwrap();
        assert_eq!(file.read(&mut out).unwrap(), 40);
        assert_eq!(file.read(&mut out).unwrap(), 30);
        writer.write_all(&[b'c'; 30]).unwrap();
        assert_eq!(file.read(&mut out).unwrap(), 0);
        assert_eq!(progress.load(Ordering::Relaxed), 130);
        assert!(told(&session).is_empty());

        let mut file = open(&part, &session, &progress).unwrap();
        assert_eq!(file.read(&mut out).unwrap(), 60);
        writer.set_len(10).unwrap();
        assert_eq!(file.read(&mut out).unwrap(), 0);
        assert_eq!(file.read(&mut out).unwrap(), 0);
        assert_eq!(
            told(&session),
            [
                "x.log: shrank from 160 to 10 bytes while it was read; 60 bytes were read, lines may be missing"
            ]
        );
    }
}
