//! Rotated sets: who belongs together, and in which order.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use logsift_sources::{NoticeKind, Plan, PlanOptions, plan};
use proptest::prelude::*;

use crate::making::*;

fn write(folder: &Path, names: &[&str]) {
    for name in names {
        fs::write(folder.join(name), format!("{name}\n")).unwrap();
    }
}

fn sets(folder: &Path, plan: &Plan) -> Vec<Vec<String>> {
    let names = |set: &logsift_sources::SourceSet| {
        set.parts().iter().map(|part| below(folder, part.name())).collect()
    };
    plan.sets.iter().map(names).collect()
}

/// The files of a folder, written in the order given, must come as these sets.
fn check(names: &[&str], expected: &[&[&str]]) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), names);
    assert_eq!(sets(folder.path(), &plan_of(&[folder.path()])), expected);
}

#[test]
fn sets_are_put_together() {
    check(
        &["app.log", "app.log.1", "app.log.2.gz", "app.log.10.gz"],
        &[&["app.log.10.gz", "app.log.2.gz", "app.log.1", "app.log"]],
    );
    check(
        &["a.log", "a.log-20231231.gz", "a.log-20240101", "b.log"],
        &[&["a.log-20231231.gz", "a.log-20240101", "a.log"], &["b.log"]],
    );
    check(
        &[
            "app-2024-01-01.1.log.gz",
            "app-2024-01-01.2.log.gz",
            "app-2024-01-01.10.log.gz",
            "app-2024-01-02.1.log",
        ],
        &[&[
            "app-2024-01-01.1.log.gz",
            "app-2024-01-01.2.log.gz",
            "app-2024-01-01.10.log.gz",
            "app-2024-01-02.1.log",
        ]],
    );
    check(&["node-1.log", "node-2.log"], &[&["node-1.log"], &["node-2.log"]]);
    check(&["app.log", "app.2.log", "app.1.log"], &[&["app.2.log", "app.1.log", "app.log"]]);
    check(&["Xorg.0.log", "Xorg.0.log.old"], &[&["Xorg.0.log.old", "Xorg.0.log"]]);
    check(&["ls.1", "cp.1"], &[&["cp.1"], &["ls.1"]]);
    check(&["dmesg", "dmesg.0", "dmesg.1.gz"], &[&["dmesg.1.gz", "dmesg.0", "dmesg"]]);
    check(
        &["web-2024-01-01.log", "db-2024-01-01.log", "db-2024-01-02.log"],
        &[&["db-2024-01-01.log", "db-2024-01-02.log"], &["web-2024-01-01.log"]],
    );
}

#[test]
fn one_named_file_is_read_alone() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &["app.log", "app.log.1", "app.log.2"]);
    let (live, second) = (folder.path().join("app.log"), folder.path().join("app.log.2"));
    assert_eq!(sets(folder.path(), &plan_of(&[&live])), [["app.log"]]);
    let both = plan_of(&[&live, &second]);
    assert_eq!(sets(folder.path(), &both), [["app.log.2", "app.log"]]);
    assert_eq!(below(folder.path(), both.sets[0].name()), "app.log");
    let alone = PlanOptions { rotated: false, ..PlanOptions::default() };
    assert_eq!(plan(&[folder.path().into()], &alone).sets.len(), 3);
}

#[test]
fn folders_keep_their_sets_apart() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b"] {
        fs::create_dir(folder.path().join(name)).unwrap();
        write(&folder.path().join(name), &["x.log", "x.log.1"]);
    }
    let plan = plan_of(&[folder.path()]);
    assert_eq!(sets(folder.path(), &plan), [["a/x.log.1", "a/x.log"], ["b/x.log.1", "b/x.log"]]);
}

#[test]
fn times_decide_only_what_names_leave_open() {
    let order = |times: [u64; 2]| {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &["app.log", "app.1.log", "app.2.log", "old.log.1", "old.log.2"]);
        for (name, time) in [
            ("app.1.log", times[0]),
            ("app.2.log", times[1]),
            ("old.log.1", times[0]),
            ("old.log.2", times[1]),
        ] {
            let file = fs::File::options().write(true).open(folder.path().join(name)).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(time)).unwrap();
        }
        sets(folder.path(), &plan_of(&[folder.path()]))
    };
    assert_eq!(
        order([2000, 1000]),
        [vec!["app.2.log", "app.1.log", "app.log"], vec!["old.log.2", "old.log.1"]]
    );
    assert_eq!(
        order([1000, 2000]),
        [vec!["app.1.log", "app.2.log", "app.log"], vec!["old.log.2", "old.log.1"]]
    );
    assert_eq!(
        order([1000, 1000]),
        [vec!["app.2.log", "app.1.log", "app.log"], vec!["old.log.2", "old.log.1"]]
    );
}

#[test]
fn a_compressed_double_is_told() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &["app.log", "app.log.1", "app.log.1.gz"]);
    let seen = read(&plan_of(&[folder.path()]));
    assert_eq!(seen.logs.len(), 3);
    assert!(seen.told(NoticeKind::Noted, "may hold the same lines as"), "{:?}", seen.notices);
}

/// Names of a set, oldest first, as one of the known programs writes them.
fn names() -> impl Strategy<Value = Vec<String>> {
    let day = |n: u32| format!("2024-{:02}-{:02}", n / 28 + 1, n % 28 + 1);
    let compact = |n: u32| format!("2024{:02}{:02}", n / 28 + 1, n % 28 + 1);
    let live = |mut names: Vec<String>| {
        names.push("app.log".into());
        names
    };
    let ends = || prop::sample::select(vec!["", ".gz", ".zst", ".xz", ".bz2"]);
    prop_oneof![
        (1u32..300, ends())
            .prop_map(move |(n, end)| live((1..=n).rev().map(|n| format!("app.log.{n}{end}")).collect())),
        (1u32..300, ends())
            .prop_map(move |(n, end)| live((0..n).map(|n| format!("app.log-{}{end}", compact(n))).collect())),
        (1u32..300, ends())
            .prop_map(move |(n, end)| live((0..n).map(|n| format!("app.log.{}{end}", day(n))).collect())),
        (2u32..100, 1u32..4, ends()).prop_map(move |(n, parts, end)| {
            (0..n * parts).map(|i| format!("app-{}.{}.log{end}", day(i / parts), i % parts + 8)).collect()
        }),
        (2u32..100, ends()).prop_map(move |(n, end)| {
            live((0..n).map(|n| format!("app.log.{}-{:02}{end}", day(n / 24), n % 24)).collect())
        }),
        (2u64..100, 1u64..100_000).prop_map(move |(n, step)| {
            live((0..n).map(|n| format!("app.log.{}", 1_600_000_000 + n * step)).collect())
        }),
        (1u32..100).prop_map(move |n| live((1..=n).rev().map(|n| format!("app.{n}.log.gz")).collect())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_words_gives_the_true_order(
        (names, shuffled) in names().prop_flat_map(|names| (Just(names.clone()), Just(names).prop_shuffle()))
    ) {
        let folder = tempfile::tempdir().unwrap();
        let words: Vec<_> = shuffled
            .iter()
            .map(|name| {
                let path = folder.path().join(name);
                fs::File::create(&path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
                path.into_os_string()
            })
            .collect();
        let plan = plan(&words, &PlanOptions::default());
        prop_assert_eq!(sets(folder.path(), &plan), vec![names]);
    }
}
