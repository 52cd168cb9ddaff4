//! Colours: where they were asked for and nowhere else.

use super::run::{Folder, IntoRun};

fn coloured(words: &[&str], variables: &[(&str, &str)]) -> bool {
    let folder = Folder::with_logs();
    let mut command = folder.logsift(words);
    command.envs(variables.iter().copied());
    let run = command.into_run();
    assert_eq!(run.code, 0, "{run:?}");
    run.stdout.contains('\x1b')
}

#[test]
fn a_pipe_gets_colours_only_on_request() {
    let scan = ["scan", "java.log"];
    assert!(!coloured(&scan, &[]));
    assert!(coloured(&["scan", "java.log", "--color", "always"], &[]));
    assert!(coloured(&["scan", "java.log", "--color", "always"], &[("NO_COLOR", "1")]));
    assert!(coloured(&scan, &[("LOGSIFT_COLOR", "always")]));
    assert!(coloured(&scan, &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&["scan", "java.log", "--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&scan, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

#[test]
fn help_and_explanations_obey_too() {
    assert!(!coloured(&["scan", "--help"], &[]));
    assert!(coloured(&["scan", "--color=always", "--help"], &[]));
    assert!(coloured(&["explain", "cut", "--color", "always"], &[]));
    assert!(!coloured(&["explain", "cut"], &[]));
}

#[test]
fn what_is_for_programs_is_never_coloured() {
    assert!(!coloured(&["scan", "java.log", "--color", "always", "--format", "json"], &[]));
    assert!(!coloured(&["scan", "java.log", "--color", "always", "--records", "-"], &[]));
}

#[test]
fn files_are_never_coloured() {
    let folder = Folder::with_logs();
    assert_eq!(folder.run(&["scan", "java.log", "--color", "always", "-o", "a.txt"]).code, 0);
    assert!(!folder.read("a.txt").contains('\x1b'));
}

#[test]
fn colours_change_nothing_else() {
    let folder = Folder::with_logs();
    let plain = folder.run(&["scan", ".", "--color", "never"]).stdout;
    let coloured = folder.run(&["scan", ".", "--color", "always"]).stdout;
    let mut stripped = String::new();
    for (index, part) in coloured.split('\x1b').enumerate() {
        stripped.push_str(if index == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    assert_eq!(stripped, plain);
}
