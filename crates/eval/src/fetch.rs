//! The name of a published set in, its file in a cache out: nothing is fetched that nobody asked for by name.
//!
//! A file comes under a passing name, goes on where it was broken off, and has its own name only when it is
//! whole and its sum is right. Where the list knows no sum, the first one is recorded beside the file and every
//! later one is compared with it: trust on first use, and said so. No set is a part of the program.

mod download;
mod labels;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::error::EvalError;
use crate::table::shown;

/// The sets that the program knows of.
const SETS: &str = include_str!("../sets.json");

/// A published set.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedSet {
    /// What it is asked for by.
    pub name: String,
    /// What it is.
    pub title: String,
    /// Where it is published.
    pub url: String,
    /// The name of its file in the cache.
    pub file: String,
    /// How long the file is, where that is known.
    #[serde(default)]
    pub bytes: Option<u64>,
    /// Its SHA-256, where somebody has verified it.
    #[serde(default)]
    pub sha256: Option<String>,
    /// Under which terms it may be used.
    pub licence: String,
    /// Where they stand.
    pub licence_url: String,
    /// Whom to cite.
    pub citation: String,
    /// How its labels stand in it, where they can be told apart.
    #[serde(default)]
    pub labels: Option<LabelsIn>,
}

/// How labels stand in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabelsIn {
    /// The first word of every line: `-` is normal, anything else names the kind.
    FirstColumn,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sets {
    sets: Vec<PublishedSet>,
}

/// What came of fetching a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The file.
    pub path: PathBuf,
    /// How long it is.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// What the sum was compared with.
    pub trust: Trust,
    /// It was there already.
    pub was_there: bool,
    /// The log without its labels, and the labels, where they could be told apart.
    pub labelled: Option<(PathBuf, PathBuf)>,
}

/// What a sum was compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// With that of the list.
    Published,
    /// With nothing: it was recorded now.
    FirstUse,
    /// With that recorded when the set was fetched first.
    Recorded,
}

/// The sets of a list, or of the program's own.
pub fn sets(list: Option<&Path>) -> Result<Vec<PublishedSet>, EvalError> {
    let (name, text) = match list {
        None => ("sets.json".to_owned(), SETS.to_owned()),
        Some(path) => (shown(path), fs::read_to_string(path).map_err(|error| unreadable(path, &error))?),
    };
    let wrong = |reason: String| EvalError::Unreadable { file: name.clone(), reason };
    let sets: Sets =
        serde_json::from_str(&text).map_err(|error| wrong(format!("is no list of sets: {error}")))?;
    for set in &sets.sets {
        let plain =
            |text: &str| !text.is_empty() && !text.starts_with('.') && !text.contains(['/', '\\', ':']);
        if !plain(&set.name) || !plain(&set.file) {
            return Err(wrong(format!(
                "names `{}` and `{}`, which cannot be names of files",
                set.name, set.file
            )));
        }
    }
    Ok(sets.sets)
}

/// The set of that name.
pub fn named<'a>(sets: &'a [PublishedSet], name: &str) -> Result<&'a PublishedSet, EvalError> {
    sets.iter().find(|set| set.name == name).ok_or_else(|| {
        let known: Vec<&str> = sets.iter().map(|set| set.name.as_str()).collect();
        EvalError::unsuited(format!("there is no set `{name}`"), format!("one of {}", known.join(", ")))
    })
}

/// Whether a set is in the cache.
pub fn is_there(set: &PublishedSet, cache: &Path) -> bool {
    file_of(set, cache).is_file()
}

/// The log of a set without its labels, and the labels, where both are in the cache.
pub fn labelled_of(set: &PublishedSet, cache: &Path) -> Option<(PathBuf, PathBuf)> {
    let (log, labels) = labels::paths(set, &cache.join(&set.name));
    (log.is_file() && labels.is_file()).then_some((log, labels))
}

fn file_of(set: &PublishedSet, cache: &Path) -> PathBuf {
    cache.join(&set.name).join(&set.file)
}

/// Brings a set into the cache. `told` hears how many bytes are there, and of how many, where that is known.
pub fn fetch(
    set: &PublishedSet,
    cache: &Path,
    told: &mut dyn FnMut(u64, Option<u64>),
) -> Result<Fetched, EvalError> {
    let path = file_of(set, cache);
    let folder = cache.join(&set.name);
    fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, &error))?;
    let was_there = path.is_file();
    let file = if was_there { path.clone() } else { download::download(set, &path, told)? };
    let (bytes, sha256) = sum(&file).map_err(|error| unreadable(&file, &error))?;
    let trust = match judged(set, &path, bytes, &sha256) {
        Ok(trust) => trust,
        Err(error) => {
            if !was_there {
                // A wrong file must not be gone on with.
                let _ = fs::remove_file(&file);
            }
            return Err(error);
        }
    };
    if !was_there {
        fs::rename(&file, &path).map_err(|error| unwritable(&path, &error))?;
    }
    if trust == Trust::FirstUse {
        record(&path, &sha256).map_err(|error| unwritable(&recorded_at(&path), &error))?;
    }
    let labelled = set.labels.map(|kind| labels::part(set, kind, &path, &folder)).transpose()?;
    Ok(Fetched { path, bytes, sha256, trust, was_there, labelled })
}

fn judged(set: &PublishedSet, path: &Path, bytes: u64, sha256: &str) -> Result<Trust, EvalError> {
    if let Some(wanted) = set.bytes.filter(|wanted| *wanted != bytes) {
        return Err(differs(set, path, &format!("{bytes} bytes"), &format!("{wanted} bytes")));
    }
    let recorded = fs::read_to_string(recorded_at(path)).ok();
    let recorded = recorded.as_deref().and_then(|text| text.split_whitespace().next());
    let (wanted, trust) = match (&set.sha256, recorded) {
        (Some(wanted), _) => (wanted.as_str(), Trust::Published),
        (None, Some(recorded)) => (recorded, Trust::Recorded),
        (None, None) => return Ok(Trust::FirstUse),
    };
    if wanted.eq_ignore_ascii_case(sha256) {
        return Ok(trust);
    }
    Err(differs(set, path, sha256, wanted))
}

fn differs(set: &PublishedSet, path: &Path, found: &str, wanted: &str) -> EvalError {
    let reason = format!("is not what `{}` was: it has {found} instead of {wanted}", set.name);
    let hint =
        format!("hint: remove `{}` and `{}` to take it as new", shown(path), shown(&recorded_at(path)));
    EvalError::Unreadable { file: set.url.clone(), reason: format!("{reason}\n{hint}") }
}

fn recorded_at(path: &Path) -> PathBuf {
    ended(path, ".sha256")
}

/// The path with something behind its name.
fn ended(path: &Path, end: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(end);
    path.with_file_name(name)
}

/// In the form that `sha256sum --check` reads.
fn record(path: &Path, sha256: &str) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let passing = ended(path, ".sha256.part");
    fs::write(&passing, format!("{sha256}  {name}\n"))?;
    fs::rename(&passing, recorded_at(path))
}

fn sum(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut sha256, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        sha256.update(buffer.get(..read).unwrap_or_default());
        bytes += read as u64;
    }
    let hex = sha256.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((bytes, hex))
}

fn unreadable(path: &Path, error: &io::Error) -> EvalError {
    EvalError::Unreadable { file: shown(path), reason: format!("could not be read: {error}") }
}

fn unwritable(path: &Path, error: &io::Error) -> EvalError {
    EvalError::unsuited(
        format!("cannot write to `{}`: {error}", shown(path)),
        "name another folder with --cache",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sound() {
        let sets = sets(None).unwrap();
        for set in &sets {
            assert!(
                set.url.starts_with("https://") && !set.licence.is_empty() && !set.citation.is_empty(),
                "{set:?}"
            );
            assert!(set.sha256.as_ref().is_none_or(|sum| sum.len() == 64), "{set:?}");
            assert_eq!(named(&sets, &set.name).unwrap(), set);
        }
        let error = named(&sets, "hdf").unwrap_err().to_string();
        assert!(error.contains("no set `hdf`\nhint: one of bgl-2k, bgl, hdfs"), "{error}");
    }

    #[test]
    fn a_list_cannot_name_files_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let check = |name: &str, file: &str| {
            let path = folder.path().join("sets.json");
            let set = format!(
                r#"{{"sets": [{{"name": "{name}", "title": "", "url": "", "file": "{file}", "licence": "", "licence_url": "", "citation": ""}}]}}"#
            );
            fs::write(&path, set).unwrap();
            sets(Some(&path)).is_ok()
        };
        assert!(check("a", "b.log"));
        for (name, file) in
            [("../a", "b"), ("a", "../b"), ("", "b"), ("a", ".ssh"), ("a", "c:b"), ("a", "/b")]
        {
            assert!(!check(name, file), "{name} {file}");
        }
    }
}
