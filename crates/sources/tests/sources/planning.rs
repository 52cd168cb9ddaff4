//! Words into plans: folders, links, patterns, names that do not exist.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use logsift_sources::{NoticeKind, PlanOptions, plan};

use crate::making::*;

fn folder_with(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::Builder::new().prefix("planning").tempdir().unwrap();
    for name in names {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("{name}\n")).unwrap();
    }
    folder
}

fn check(folder: &Path, word: &str, expected: &[&str]) -> Seen {
    let seen = read(&plan_of(&[&folder.join(word)]));
    assert_eq!(seen.names(folder), expected, "{word} {:?}", seen.notices);
    seen
}

#[test]
fn folders_are_read_in_the_order_of_names() {
    let folder = folder_with(&["b/z.log", "b/a.log", "a.log", "c.log", ".hidden", ".git/x", "CVS/Root"]);
    let seen = check(folder.path(), "", &["a.log", "b/a.log", "b/z.log", "c.log"]);
    assert!(seen.told(NoticeKind::Skipped, "3 hidden files or folders were skipped"), "{:?}", seen.notices);
    let options = PlanOptions { hidden: true, ..PlanOptions::default() };
    assert_eq!(plan(&[folder.path().into()], &options).sets.len(), 7);
    check(folder.path(), ".hidden", &[".hidden"]);
}

#[test]
fn links_stay_inside_and_loops_end() {
    let outside = folder_with(&["secret.log"]);
    let folder = folder_with(&["a/x.log", "b/y.log", ".kept/z.log"]);
    let root = folder.path();
    symlink(root, root.join("a/up")).unwrap();
    symlink("../b", root.join("a/sideways")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    symlink("nothing", root.join("dangling")).unwrap();
    symlink(outside.path(), root.join("out")).unwrap();
    symlink(outside.path().join("secret.log"), root.join("secret.log")).unwrap();
    symlink(".kept/z.log", root.join("z.log")).unwrap();
    symlink("a/x.log", root.join("0.log")).unwrap();
    let seen = check(root, "", &["a/x.log", "b/y.log", "z.log"]);
    assert!(seen.told(NoticeKind::Skipped, "2 links that lead out of it skipped"), "{:?}", seen.notices);
    assert_eq!(seen.notices.iter().filter(|notice| notice.text.contains("link to nothing")).count(), 2);
    check(root, "secret.log", &["secret.log"]);
    check(root, "out", &["out/secret.log"]);
}

#[test]
fn patterns_match_as_in_a_shell() {
    let folder = folder_with(&["a.log", "b.txt", "x/c.log", "x/y/d.log", ".e.log", "[a].log", "x/.f/g.log"]);
    let root = folder.path();
    check(root, "*.log", &["[a].log", "a.log"]);
    check(root, "*/*.log", &["x/c.log"]);
    check(root, "**/*.log", &["[a].log", "a.log", "x/c.log", "x/y/d.log"]);
    check(root, "?.{log,txt}", &["a.log", "b.txt"]);
    check(root, "[a].log", &["[a].log"]);
    check(root, "[b].txt", &["b.txt"]);
    check(root, ".*.log", &[".e.log"]);
    check(root, "x*", &["x/c.log", "x/y/d.log"]);
    let seen = check(root, "*.nothing", &[]);
    assert!(seen.told(NoticeKind::Unreadable, "no file matches"));
    assert!(check(root, "[.log", &[]).told(NoticeKind::Unreadable, "is no valid pattern"));
}

#[test]
fn what_does_not_exist_is_told_with_the_nearest_name() {
    let folder = folder_with(&["access.log", "error.log"]);
    let seen = check(folder.path(), "acess.log", &[]);
    assert!(seen.told(NoticeKind::Unreadable, "does not exist\nhint: is it `"), "{:?}", seen.notices);
    assert!(seen.told(NoticeKind::Unreadable, "access.log`?"));
    let seen = check(folder.path(), "other.txt", &[]);
    assert_eq!(seen.notices[0].text, "does not exist");
    let seen = check(folder.path(), "error.log/x", &[]);
    assert_eq!(seen.unreadable(), 1);
}

#[test]
fn what_is_reached_twice_is_read_once() {
    let folder = folder_with(&["a.log", "b.log"]);
    let (a, root) = (folder.path().join("a.log"), folder.path());
    let seen = read(&plan_of(&[&a, root, &a]));
    assert_eq!(seen.names(root), ["a.log", "b.log"]);
    assert!(seen.told(NoticeKind::Noted, "was named twice"));
    fs::hard_link(&a, root.join("c.log")).unwrap();
    let seen = check(root, "", &["a.log", "b.log"]);
    assert!(seen.told(NoticeKind::Noted, "is the same file as"));
}

#[test]
fn an_empty_folder_is_told() {
    let folder = folder_with(&[]);
    assert!(check(folder.path(), "", &[]).told(NoticeKind::Noted, "holds no file"));
}

#[test]
fn odd_names_work_and_are_escaped() {
    let folder = folder_with(&[]);
    for name in [&b"\xff\xfe.log"[..], b"a\nb\x1b[31m.log", "größe.log".as_bytes()] {
        let path = folder.path().join(OsStr::from_bytes(name));
        fs::write(&path, "x\n").unwrap();
        let seen = read(&plan_of(&[&path]));
        assert_eq!(seen.logs.len(), 1);
        assert!(!seen.logs[0].0.contains(char::is_control));
    }
    let seen = check(folder.path(), "", &["a\\x0ab\\x1b[31m.log", "größe.log", "\u{fffd}\u{fffd}.log"]);
    assert_eq!(seen.notices, []);
    assert_eq!(read(&plan_of(&[&folder.path().join("*")])).logs.len(), 3);
}

#[test]
fn standard_input_is_planned_once() {
    let words: Vec<OsString> = vec!["-".into(), "/dev/stdin".into()];
    let plan = plan(&words, &PlanOptions::default());
    assert_eq!(plan.sets.len(), 1);
    assert_eq!((plan.sets[0].name(), plan.sets[0].parts()[0].path()), ("-", None));
    assert_eq!(plan.notices.len(), 1);
}
