//! A plan in, the newest file of every log and the older ones apart out: what came before is what to compare with.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Part, Plan, PlanOptions, SourceSet, plan};

impl Plan {
    /// The newest file of every log, and the older ones apart. Where only one file of a log was named, the older ones
    /// are looked for beside it. An empty newest file was just begun: the one before it is taken for the newest.
    pub fn split_newest(self) -> (Plan, Plan) {
        let (mut newest, mut older) = (Vec::new(), Vec::new());
        let mut beside = Beside::default();
        for mut set in self.sets {
            if set.parts.len() == 1 {
                set = beside.with_older(set);
            }
            while set.parts.len() > 1 && set.parts.last().is_some_and(|part| part.bytes == Some(0)) {
                set.parts.pop();
            }
            let last = set.parts.len().saturating_sub(1);
            let new = set.parts.split_off(last);
            if !set.parts.is_empty() {
                older.push(SourceSet { name: set.name.clone(), parts: set.parts });
            }
            newest.push(SourceSet { name: set.name, parts: new });
        }
        (Plan { sets: newest, notices: self.notices }, Plan { sets: older, notices: Vec::new() })
    }
}

/// The logs of folders, each folder looked at once.
#[derive(Default)]
struct Beside {
    folders: BTreeMap<PathBuf, Vec<SourceSet>>,
}

impl Beside {
    /// The same log with the files that were rotated before its only one.
    fn with_older(&mut self, set: SourceSet) -> SourceSet {
        let Some(path) = set.parts.first().and_then(Part::path).filter(|path| path.is_file()) else {
            return set;
        };
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let sets = self.folders.entry(folder.clone()).or_insert_with(|| logs_in(&folder));
        let is_it = |part: &Part| part.path() == Some(path);
        for known in sets.iter() {
            if let Some(at) = known.parts.iter().position(is_it) {
                let parts = known.parts.iter().take(at + 1).cloned().collect();
                return SourceSet { name: set.name, parts };
            }
        }
        set
    }
}

fn logs_in(folder: &Path) -> Vec<SourceSet> {
    let shown = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = fs::read_dir(shown).into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.path().is_file());
    let mut names: Vec<OsString> =
        files.map(|entry| folder.join(entry.file_name()).into_os_string()).collect();
    names.sort();
    plan(&names, &PlanOptions::default()).sets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(plan: &Plan) -> Vec<Vec<String>> {
        let name = |part: &Part| {
            part.path().and_then(|path| path.file_name()).map(|name| name.to_string_lossy().into())
        };
        plan.sets.iter().map(|set| set.parts.iter().filter_map(name).collect()).collect()
    }

    #[test]
    fn the_newest_is_apart_from_the_older() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in
            [("app.log", "a"), ("app.log.1", "b"), ("app.log.2", "c"), ("new.log", ""), ("new.log.1", "d")]
        {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let check = |words: &[&str], newest: &[&[&str]], older: &[&[&str]]| {
            let words: Vec<OsString> = words.iter().map(|word| folder.path().join(word).into()).collect();
            let (new, old) = plan(&words, &PlanOptions::default()).split_newest();
            assert_eq!(
                (names(&new), names(&old)),
                (
                    newest.iter().map(|set| set.iter().map(|name| (*name).to_owned()).collect()).collect(),
                    older.iter().map(|set| set.iter().map(|name| (*name).to_owned()).collect()).collect(),
                ),
                "{words:?}"
            );
        };
        check(&["app.log"], &[&["app.log"]], &[&["app.log.2", "app.log.1"]]);
        check(&["app.log.1"], &[&["app.log.1"]], &[&["app.log.2"]]);
        check(&["app.log", "app.log.1"], &[&["app.log"]], &[&["app.log.1"]]);
        check(&["new.log"], &[&["new.log.1"]], &[]);
        check(&["new.log.1"], &[&["new.log.1"]], &[]);
        check(&[""], &[&["app.log"], &["new.log.1"]], &[&["app.log.2", "app.log.1"]]);
    }
}
