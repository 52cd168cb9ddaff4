//! A feedback file in, what it says out; and one entry more in it, as whoever says something wants it.
//!
//! Everybody who writes it, a command or a server, writes it here. What stands in the file stays as it is, to the last
//! comment: people review it like code.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{fs, io::Read as _};

use logsift_engine::findings::feedback::{EntryFile, Feedback, FeedbackError, FeedbackFile};
use logsift_engine::records::time::civil_from_days;
use thiserror::Error;

use crate::model_file::{ModelFileError, replace_file};

/// The file that is heeded where nobody names one.
pub const USUAL: &str = "logsift.feedback.yaml";
const HEAD: &str = "# What people said about findings of logsift. Review it like code; `logsift feedback check` tries it.\nentries:\n";
/// Nothing that people write is longer.
const LONGEST: u64 = 4 << 20;

/// Why a feedback file cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileError {
    /// It cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// What it says cannot be meant.
    #[error(transparent)]
    Wrong(#[from] FeedbackError),
    /// Somebody wrote the list in another way, so that nothing can be added at its end.
    #[error("`{}` is not written as a list of blocks\nhint: add it by hand:\n{block}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// The entry, as it would have been written.
        block: String,
    },
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] ModelFileError),
}

/// What a file says, as written and checked; a file that is not there says nothing.
pub fn load(path: &Path) -> Result<(FeedbackFile, Feedback), FileError> {
    match text(path)? {
        Some(text) => parsed(path, &text),
        None => Ok(Default::default()),
    }
}

/// Writes the file anew with one entry more; what stands in it stays as it is.
pub fn append(path: &Path, entry: &EntryFile) -> Result<(), FileError> {
    let mut text = text(path)?.unwrap_or_else(|| HEAD.to_owned());
    let count = parsed(path, &text)?.1.entries().len();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    if !text.lines().any(|line| line.trim_end() == "entries:") {
        text.push_str("entries:\n");
    }
    text.push_str(&block(entry)?);
    // Somebody may have written the list in another way; then nothing is appended to it blindly.
    let added = parsed(path, &text).is_ok_and(|(_, feedback)| feedback.entries().len() == count + 1);
    if !added {
        return Err(FileError::Shape { path: path.to_owned(), block: block(entry)? });
    }
    Ok(replace_file(path, text.as_bytes())?)
}

/// The day it is, as entries say it.
pub fn today() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (year, month, day) = civil_from_days((since.as_secs() / 86_400).cast_signed());
    format!("{year:04}-{month:02}-{day:02}")
}

fn text(path: &Path) -> Result<Option<String>, FileError> {
    let mut text = String::new();
    let read = fs::File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_string(&mut text));
    match read {
        Ok(_) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(FileError::Read { path: path.to_owned(), source }),
    }
}

fn parsed(path: &Path, text: &str) -> Result<(FeedbackFile, Feedback), FileError> {
    let name = path.display().to_string();
    let file = FeedbackFile::parse(&name, text)?;
    let feedback = Feedback::of(&file, &name)?;
    Ok((file, feedback))
}

/// An entry as a block of the list.
fn block(entry: &EntryFile) -> Result<String, FileError> {
    let written = EntryFile::to_yaml(entry)?;
    let mut text = String::new();
    for (at, line) in written.trim_end().lines().enumerate() {
        let _ = writeln!(text, "{}{line}", if at == 0 { "  - " } else { "    " });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(template: &str) -> EntryFile {
        EntryFile {
            say: "normal".to_owned(),
            template: Some(template.to_owned()),
            who: "alice".to_owned(),
            when: today(),
            why: "known: \"retried\"\n# and more".to_owned(),
            ..EntryFile::default()
        }
    }

    #[test]
    fn what_stands_in_the_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f.yaml");
        assert_eq!(load(&path).unwrap().1, Feedback::default());
        append(&path, &entry("a <number>")).unwrap();
        let first = fs::read_to_string(&path).unwrap();
        append(&path, &entry("b: <ip>")).unwrap();
        assert!(fs::read_to_string(&path).unwrap().starts_with(&first));
        let (written, _) = load(&path).unwrap();
        assert_eq!(written.entries, [entry("a <number>"), entry("b: <ip>")]);
    }

    #[test]
    fn a_list_of_another_shape_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f.yaml");
        let text = "entries: [{say: normal, rule: x, who: a, when: 2024-01-01, why: b}]\n";
        fs::write(&path, text).unwrap();
        let problem = append(&path, &entry("a")).unwrap_err().to_string();
        assert!(problem.contains("add it by hand:\n  - say: normal"), "{problem}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}
