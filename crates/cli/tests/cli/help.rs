//! Help: what it says, and that it fits a terminal of 80 columns.

use super::run::Folder;

fn help(words: &[&str]) -> String {
    let run = Folder::empty().run(words);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    for line in run.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    run.stdout
}

#[test]
fn short_and_long_help() {
    insta::assert_snapshot!("help_short", help(&["-h"]));
    insta::assert_snapshot!("help_scan_short", help(&["scan", "-h"]));
    insta::assert_snapshot!("help_scan_long", help(&["scan", "--help"]));
    insta::assert_snapshot!("help_templates_long", help(&["templates", "--help"]));
    insta::assert_snapshot!("help_diff_long", help(&["templates", "diff", "--help"]));
    insta::assert_snapshot!("help_compare_long", help(&["diff", "--help"]));
    insta::assert_snapshot!("help_watch_long", help(&["watch", "--help"]));
    insta::assert_snapshot!("help_learn_short", help(&["learn", "-h"]));
    insta::assert_snapshot!("help_merge_long", help(&["merge", "--help"]));
    insta::assert_snapshot!("help_inspect_long", help(&["model", "inspect", "--help"]));
    insta::assert_snapshot!("help_verify_long", help(&["model", "verify", "--help"]));
    insta::assert_snapshot!("help_model_key_long", help(&["model", "key", "--help"]));
    insta::assert_snapshot!("help_model_sign_long", help(&["model", "sign", "--help"]));
    insta::assert_snapshot!("help_eval_long", help(&["eval", "--help"]));
    insta::assert_snapshot!("help_eval_sessions_long", help(&["eval", "sessions", "--help"]));
    insta::assert_snapshot!("help_eval_runs_short", help(&["eval", "runs", "-h"]));
    insta::assert_snapshot!("help_eval_lines_short", help(&["eval", "lines", "-h"]));
    insta::assert_snapshot!("help_eval_table_short", help(&["eval", "table", "-h"]));
    insta::assert_snapshot!("help_eval_backtest_short", help(&["eval", "backtest", "-h"]));
    insta::assert_snapshot!("help_eval_inject_long", help(&["eval", "inject", "--help"]));
    insta::assert_snapshot!("help_eval_fetch_long", help(&["eval", "fetch", "--help"]));
    insta::assert_snapshot!("help_eval_compare_short", help(&["eval", "compare", "-h"]));
    insta::assert_snapshot!("help_train_long", help(&["train", "--help"]));
    insta::assert_snapshot!("help_score_short", help(&["score", "-h"]));
    insta::assert_snapshot!("help_generate_long", help(&["generate", "--help"]));
    insta::assert_snapshot!("help_explain_long", help(&["explain", "--help"]));
    insta::assert_snapshot!("help_completions_long", help(&["help", "completions"]));
    insta::assert_snapshot!("help_man_long", help(&["man", "--help"]));
}

#[test]
fn without_a_command_there_is_help_and_an_error() {
    let run = Folder::empty().run(&[]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("Usage: logsift [OPTIONS] <COMMAND>"), "{}", run.stderr);
}

#[test]
fn the_short_version_is_one_line_and_the_long_one_tells_of_the_build() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(help(&["-V"]), format!("logsift {version}\n"));
    let long = help(&["--version"]);
    let labels: Vec<&str> = long.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(labels, ["logsift", "revision", "target", "compiler", "profile", "features"]);
    assert!(long.contains("compiler  rustc 1."), "{long}");
}
