//! A folder with logs, and the binary run in it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use assert_cmd::Command;
use tempfile::TempDir;

/// 2024-03-05T00:00:00Z, when all fixtures were written last.
const WRITTEN: u64 = 1_709_596_800;

/// What a run said and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A folder of its own for a test.
pub(crate) struct Folder {
    folder: TempDir,
}

impl Folder {
    /// With nothing in it.
    pub(crate) fn empty() -> Folder {
        Folder { folder: tempfile::tempdir().unwrap() }
    }

    /// With all fixtures.
    pub(crate) fn with_logs() -> Folder {
        let folder = Folder::empty();
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        for entry in fs::read_dir(fixtures).unwrap() {
            let path = entry.unwrap().path();
            folder.write(path.file_name().unwrap(), &fs::read(&path).unwrap());
        }
        folder
    }

    /// Writes a file, last written when all were.
    pub(crate) fn write(&self, name: impl AsRef<OsStr>, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name.as_ref());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        let written = SystemTime::UNIX_EPOCH + Duration::from_secs(WRITTEN);
        File::options().write(true).open(&path).unwrap().set_modified(written).unwrap();
        path
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    /// The binary in this folder, untouched by the settings of whoever runs the tests.
    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path().join(name)).unwrap()
    }

    pub(crate) fn logsift(&self, words: &[&str]) -> Command {
        let mut command = Command::cargo_bin("logsift").unwrap();
        for name in ["COLUMNS", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "RUST_BACKTRACE"] {
            command.env_remove(name);
        }
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("LOGSIFT_") {
                command.env_remove(name);
            }
        }
        command.current_dir(self.folder.path()).env("TZ", "UTC").args(words);
        command
    }

    /// Runs it to its end, with nothing on standard input.
    pub(crate) fn run(&self, words: &[&str]) -> Run {
        self.logsift(words).into_run()
    }

    /// Runs it with a page of so many columns.
    pub(crate) fn run_wide(&self, columns: u32, words: &[&str]) -> Run {
        let mut command = self.logsift(words);
        command.env("COLUMNS", columns.to_string());
        command.into_run()
    }
}

/// Runs a command to its end.
pub(crate) trait IntoRun {
    fn into_run(self) -> Run;
}

impl IntoRun for Command {
    fn into_run(mut self) -> Run {
        let output = self.output().unwrap();
        Run {
            code: output.status.code().expect("ended by itself"),
            stdout: String::from_utf8(output.stdout).expect("all output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("all output is UTF-8"),
        }
    }
}
