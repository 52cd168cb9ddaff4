//! The names of the streams of a baseline and of a target in, which are compared with which out.
//!
//! Streams of one name are the same thing, and so are those whose names differ in nothing but numbers, ids and folders:
//! `good/app.log` and `bad/app.log`, `run-17.log` and `run-18.log`. Where the two sides have no name and no kind in
//! common, as with `good.log` and `bad.log`, the user has said by naming them that they are to be compared, so
//! everything is compared with everything.

use std::collections::{BTreeMap, BTreeSet};

use logsift_engine::windows::kind_of;
use logsift_reports::differences::MatchRow;

/// Under which names the streams of both sides are compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Kinship {
    /// The new name of every stream of the baseline that gets one.
    pub(crate) baseline: BTreeMap<String, String>,
    /// The new name of every stream of the target that gets one.
    pub(crate) target: BTreeMap<String, String>,
    /// The same in words.
    pub(crate) rows: Vec<MatchRow>,
}

/// Matches the streams of two sides. `target_name` is what everything is called where nothing can be told apart.
pub(crate) fn kinship(baseline: &[String], target: &[String], target_name: &str) -> Kinship {
    let mut found = Kinship::default();
    let (mut old, mut new) = (sorted(baseline), sorted(target));
    for name in old.intersection(&new) {
        found.rows.push(row(name, vec![*name], "name"));
    }
    let same: BTreeSet<&str> = old.intersection(&new).copied().collect();
    old.retain(|name| !same.contains(name));
    new.retain(|name| !same.contains(name));
    let (of_old, of_new) = (by_kind(&old), by_kind(&new));
    for (kind, targets) in &of_new {
        let Some(baselines) = of_old.get(kind) else { continue };
        let name = if let [only] = targets.as_slice() { (*only).to_owned() } else { kind.clone() };
        found.unite(&name, baselines, targets, "kind");
        targets.iter().for_each(|target| {
            new.remove(target);
        });
    }
    if found.rows.is_empty() && !old.is_empty() && !new.is_empty() {
        let (baselines, targets): (Vec<&str>, Vec<&str>) =
            (old.into_iter().collect(), new.iter().copied().collect());
        let name = if let [only] = targets.as_slice() { *only } else { target_name };
        found.unite(name, &baselines, &targets, "all");
        new.clear();
    }
    found.rows.extend(new.into_iter().map(|name| row(name, Vec::new(), "none")));
    found.rows.sort_by(|one, two| one.target.cmp(&two.target));
    found
}

impl Kinship {
    fn unite(&mut self, name: &str, baselines: &[&str], targets: &[&str], by: &str) {
        let named = |list: &[&str]| -> Vec<(String, String)> {
            list.iter().map(|old| ((*old).to_owned(), name.to_owned())).collect()
        };
        self.baseline.extend(named(baselines));
        self.target.extend(named(targets));
        self.rows.push(row(name, baselines.to_vec(), by));
    }
}

fn sorted(names: &[String]) -> BTreeSet<&str> {
    names.iter().map(String::as_str).collect()
}

fn by_kind<'a>(names: &BTreeSet<&'a str>) -> BTreeMap<String, Vec<&'a str>> {
    let mut kinds: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    names.iter().for_each(|name| kinds.entry(kind_of(name)).or_default().push(name));
    kinds
}

fn row(target: &str, baseline: Vec<&str>, by: &str) -> MatchRow {
    let baseline = baseline.into_iter().map(str::to_owned).collect();
    MatchRow { target: target.to_owned(), baseline, by: by.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(baseline: &[&str], target: &[&str], rows: &[(&str, &[&str], &str)]) -> Kinship {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let found = kinship(&owned(baseline), &owned(target), "everything");
        let seen: Vec<_> =
            found.rows.iter().map(|row| (row.target.as_str(), row.baseline.clone(), &*row.by)).collect();
        let wanted: Vec<_> = rows.iter().map(|(target, names, by)| (*target, owned(names), *by)).collect();
        assert_eq!(seen, wanted);
        found
    }

    #[test]
    fn names_come_before_kinds_and_kinds_before_everything() {
        check(&["a.log", "b.log"], &["a.log"], &[("a.log", &["a.log"], "name")]);
        check(
            &["ok/a.log"],
            &["red/a.log", "red/new.log"],
            &[("red/a.log", &["ok/a.log"], "kind"), ("red/new.log", &[], "none")],
        );
        check(
            &["run-1.log", "run-2.log"],
            &["run-3.log"],
            &[("run-3.log", &["run-1.log", "run-2.log"], "kind")],
        );
        check(&["good.log"], &["bad.log"], &[("bad.log", &["good.log"], "all")]);
        check(&["good.log"], &[], &[]);
        check(&[], &["bad.log"], &[("bad.log", &[], "none")]);
    }

    #[test]
    fn several_of_a_kind_are_one() {
        let found =
            check(&["pod-1.log"], &["pod-2.log", "pod-3.log"], &[("pod-#.log", &["pod-1.log"], "kind")]);
        assert!(found.target.values().chain(found.baseline.values()).all(|name| name == "pod-#.log"));
        let found = check(&["good.log"], &["x.log", "y.log"], &[("everything", &["good.log"], "all")]);
        assert_eq!(found.target.len(), 2);
    }
}
