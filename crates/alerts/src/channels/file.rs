//! Notices in a file, a line each: `[2024-03-04 09:12:31] HIGH …`, as alert logs have been for ever.
//!
//! The file is rotated by size: `alerts.txt` becomes `alerts.txt.1`, that becomes `alerts.txt.2`, and the last one goes.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Kind;
use crate::delivery::{Channel, DeliveryError};
use crate::inert::{Manner, within};
use crate::notice::Notice;
use crate::settings::Fault;

/// Where, and how large.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The file.
    #[serde(default = "alerts_txt")]
    pub path: PathBuf,
    /// MiB after which it is rotated.
    #[serde(default = "ten")]
    pub rotate_mib: u32,
    /// How many rotated files are kept.
    #[serde(default = "five")]
    pub keep: u32,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { path: alerts_txt(), rotate_mib: ten(), keep: five() }
    }
}

fn alerts_txt() -> PathBuf {
    "alerts.txt".into()
}

fn ten() -> u32 {
    10
}

fn five() -> u32 {
    5
}

impl Kind for Settings {
    const NAME: &'static str = "file";
    const KEEPS_STATE: bool = false;

    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.path.file_name().is_none() {
            faults.push(Fault::new("path", "names no file", "such as /var/log/logsift/alerts.txt"));
        }
        if self.rotate_mib == 0 || self.keep > 1000 {
            faults.push(Fault::new("rotate_mib", "leaves no room", "at least 1 MiB, at most 1000 files"));
        }
        faults
    }

    fn open(&self, _: Duration) -> Result<Box<dyn Channel>, String> {
        Ok(Box::new(AlertFile { settings: self.clone() }))
    }
}

struct AlertFile {
    settings: Settings,
}

/// The line of a notice.
pub(crate) fn line(notice: &Notice) -> String {
    let time = notice.since.as_deref().unwrap_or(&notice.written);
    let time = time.trim_end_matches('Z').replacen('T', " ", 1);
    let grave = notice.severity.to_uppercase();
    let title = within(&notice.title, Manner::Plain, 600);
    let place = notice.cause.as_ref().map(|cause| format!(" {}", within(&cause.place, Manner::Plain, 300)));
    let others = notice.others.len() as u64 + notice.more;
    let others = if others > 0 { format!(", {others} more incidents") } else { String::new() };
    let happened = notice.happened.name();
    format!(
        "[{time}] {grave} {happened}: {title} ({} records{others}){} #{}\n",
        notice.records,
        place.unwrap_or_default(),
        within(&notice.key, Manner::Plain, 100)
    )
}

impl AlertFile {
    fn write(&self, text: &str) -> std::io::Result<()> {
        let path = &self.settings.path;
        let size = fs::metadata(path).map_or(0, |kept| kept.len());
        if size > 0 && size + text.len() as u64 > u64::from(self.settings.rotate_mib) << 20 {
            self.rotate()?;
        }
        let mut file = opened(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_data()
    }

    fn rotate(&self) -> std::io::Result<()> {
        let numbered = |number: u32| {
            let mut name = self.settings.path.as_os_str().to_owned();
            name.push(format!(".{number}"));
            PathBuf::from(name)
        };
        for number in (1..self.settings.keep).rev() {
            if fs::symlink_metadata(numbered(number)).is_ok() {
                fs::rename(numbered(number), numbered(number + 1))?;
            }
        }
        match self.settings.keep {
            0 => fs::remove_file(&self.settings.path),
            _ => fs::rename(&self.settings.path, numbered(1)),
        }
    }
}

/// Opened for appending; a link in its place is not followed, since whoever put it there could choose what is written to.
fn opened(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o640).custom_flags(libc::O_NOFOLLOW);
    }
    options.open(path)
}

impl Channel for AlertFile {
    fn deliver(&mut self, notice: &Notice, _: &str) -> Result<(), DeliveryError> {
        let failed = |error: std::io::Error| {
            DeliveryError::Later(format!("{}: {error}", self.settings.path.display()))
        };
        self.write(&line(notice)).map_err(failed)
    }

    fn connect(&mut self) -> Result<(), DeliveryError> {
        let folder = self.settings.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let there = folder.is_none_or(Path::is_dir);
        if there {
            Ok(())
        } else {
            Err(DeliveryError::Later(format!("{}: no such folder", self.settings.path.display())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn golden() {
        insta::assert_snapshot!(sample::all().iter().map(|(_, notice)| line(notice)).collect::<String>());
        assert_eq!(line(&sample::hostile()).lines().count(), 1);
    }

    #[test]
    fn it_is_rotated_by_size_and_the_oldest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings { path: folder.path().join("alerts.txt"), rotate_mib: 1, keep: 2 };
        let mut channel = settings.open(Duration::ZERO).unwrap();
        for letter in ["a", "b", "c", "d"] {
            fs::write(&settings.path, letter.repeat(1 << 20)).unwrap();
            channel.deliver(&sample::opened(), "1").unwrap();
        }
        let first =
            |name: &str| fs::read_to_string(folder.path().join(name)).unwrap().chars().next().unwrap();
        assert_eq!((first("alerts.txt"), first("alerts.txt.1"), first("alerts.txt.2")), ('[', 'd', 'c'));
        assert!(!folder.path().join("alerts.txt.3").exists());
    }

    #[test]
    #[cfg(unix)]
    fn a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("alerts.txt"), folder.path().join("other"));
        fs::write(&other, "").unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        let mut channel = Settings { path, ..Settings::default() }.open(Duration::ZERO).unwrap();
        assert!(channel.deliver(&sample::opened(), "1").is_err());
        assert_eq!(fs::read_to_string(other).unwrap(), "");
    }
}
