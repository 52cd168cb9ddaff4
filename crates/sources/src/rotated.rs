//! Files in, logs out: the files of a rotated set become one log, oldest first.
//!
//! Only files of one folder and one stem belong together, and only those that were named or found.
//! Names decide; the time of last writing only where they leave it open, for copying changes it.

mod name;
mod stamp;

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::notice::{Notice, NoticeKind, shown_path};
use crate::plan::{Part, SourceSet};
use crate::rotated::name::{place, without_compression};

pub(crate) use crate::rotated::name::Age;

/// The name of the log that a file of that name was rotated from, and how old it is.
pub(crate) fn place_of_name(name: &[u8]) -> Option<(Vec<u8>, Age)> {
    place(name).map(|place| (place.stem, place.age))
}

/// What the name of a file says about the log that it was rotated from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// The log.
    pub log: PathBuf,
    /// The name says so alone: `app.log.1` does; `app.1.log` does where there is an `app.log`, and else may be the log of
    /// one of several that run.
    pub is_sure: bool,
    age: Age,
}

impl Rotated {
    /// What the name of that file says.
    pub fn of(path: &Path) -> Option<Rotated> {
        let place = place(path.file_name()?.as_encoded_bytes())?;
        let log = with_name(path, &place.stem).filter(|log| log != path)?;
        Some(Rotated { log, is_sure: !place.needs_live, age: place.age })
    }

    /// The name of the log fit to be shown.
    pub fn name(&self) -> String {
        shown_path(&self.log)
    }

    /// Whether it is told by a date: then its name stays, and there need be no log of the plain name.
    pub fn is_dated(&self) -> bool {
        matches!(self.age, Age::Dated(..))
    }

    /// Whether it was rotated after another one from the same log.
    pub fn is_newer_than(&self, other: &Rotated) -> bool {
        self.age > other.age
    }
}

/// A file and its place in its set.
struct Member {
    part: Part,
    age: Age,
}

/// Puts the parts into sets, which come in the order of their first part.
pub(crate) fn group(parts: Vec<Part>, notices: &mut Vec<Notice>) -> Vec<SourceSet> {
    let present: HashSet<PathBuf> = parts.iter().filter_map(Part::path).filter_map(plain).collect();
    let mut sets: Vec<(PathBuf, Vec<Member>)> = Vec::new();
    let mut index: HashMap<PathBuf, usize> = HashMap::new();
    for part in parts {
        let (stem, age) = stem(&part, &present);
        let at = match stem.as_os_str().is_empty() {
            true => sets.len(),
            false => *index.entry(stem.clone()).or_insert(sets.len()),
        };
        match sets.get_mut(at) {
            Some((_, members)) => members.push(Member { part, age }),
            None => sets.push((stem, vec![Member { part, age }])),
        }
    }
    sets.into_iter().map(|(stem, members)| ordered(&stem, members, notices)).collect()
}

/// The path without a suffix of compression.
fn plain(path: &Path) -> Option<PathBuf> {
    with_name(path, without_compression(path.file_name()?.as_encoded_bytes()))
}

/// The log that a part belongs to, and how old it is in it. Standard input belongs to none.
fn stem(part: &Part, present: &HashSet<PathBuf>) -> (PathBuf, Age) {
    let Some(path) = part.path() else { return (PathBuf::new(), Age::Live) };
    let name = path.file_name().unwrap_or(OsStr::new("")).as_encoded_bytes();
    if let Some(place) = place(name)
        && let Some(stem) = with_name(path, &place.stem)
        && (!place.needs_live || present.contains(&stem))
    {
        return (stem, place.age);
    }
    (plain(path).unwrap_or_else(|| path.to_owned()), Age::Live)
}

#[cfg(unix)]
fn with_name(path: &Path, name: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Some(path.with_file_name(OsStr::from_bytes(name)))
}

#[cfg(not(unix))]
fn with_name(path: &Path, name: &[u8]) -> Option<PathBuf> {
    std::str::from_utf8(name).ok().map(|name| path.with_file_name(name))
}

fn ordered(stem: &Path, mut members: Vec<Member>, notices: &mut Vec<Notice>) -> SourceSet {
    if ages_ascend(&members) {
        for member in &mut members {
            member.age = member.age.turned();
        }
    }
    members.sort_by(|left, right| {
        let key = |member: &Member| (member.age, member.part.modified);
        key(left).cmp(&key(right)).then_with(|| left.part.name.cmp(&right.part.name))
    });
    tell_doubles(&members, notices);
    let name = match members.as_slice() {
        [only] => only.part.name.clone(),
        _ => shown_path(stem),
    };
    SourceSet { name, parts: members.into_iter().map(|member| member.part).collect() }
}

/// Of `app.1.log`, `app.2.log` some programs write the highest last, some the lowest: here the
/// times of last writing decide, if they rise with the numbers throughout.
fn ages_ascend(members: &[Member]) -> bool {
    let mut numbered: Vec<_> = members
        .iter()
        .filter_map(|member| Some((member.age.inner_number()?, member.part.modified?)))
        .collect();
    numbered.sort_unstable();
    let rises = |pair: &[(u64, _)]| matches!(pair, [(_, left), (_, right)] if left < right);
    numbered.len() > 1 && numbered.windows(2).all(rises)
}

/// A file beside its compressed copy: a rotation that is under way, or was broken off.
fn tell_doubles(members: &[Member], notices: &mut Vec<Notice>) {
    for pair in members.windows(2) {
        let [first, second] = pair else { continue };
        let names = (first.part.path().and_then(plain), second.part.path().and_then(plain));
        if names.0.is_some() && names.0 == names.1 {
            let text = format!(
                "may hold the same lines as `{}`; both are read\nhint: name one of them to read one",
                first.part.name
            );
            notices.push(Notice::new(NoticeKind::Noted, second.part.name.as_str(), text));
        }
    }
}
