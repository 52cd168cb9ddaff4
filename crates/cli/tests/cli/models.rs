//! Models: what is learned, merged, looked into, and what happens to damaged ones.

use std::fs;
use std::process::Command;

use super::run::{Folder, Run};

/// Lines of a log, of which some repeat.
fn log(seed: usize, lines: usize) -> String {
    let line = |nth: usize| {
        let stamp = format!("2024-03-04T{:02}:{:02}:{:02}Z", nth / 3600 % 24, nth / 60 % 60, nth % 60);
        match (nth * 5 + seed) % 4 {
            0 => format!("{stamp} INFO user u{} logged in from 10.0.{seed}.{}\n", nth % 11, nth % 200),
            1 => format!("{stamp} INFO request {} took {} ms\n", nth + seed, nth % 90),
            2 => format!("{stamp} DEBUG state {} reached\n", ["up", "down", "lost"][(nth / 4) % 3]),
            _ => format!("{stamp} WARN queue {} holds {} entries\n", ["in", "out"][nth / 4 % 2], nth),
        }
    };
    (0..lines).map(line).collect()
}

fn good(folder: &Folder, words: &[&str]) -> String {
    let run = folder.run(words);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{words:?}");
    run.stdout
}

fn learnt(folder: &Folder, model: &str) -> Vec<(String, u64)> {
    let report = good(folder, &["model", "inspect", model, "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let list = report["templates"].as_array().unwrap();
    let pair = |template: &serde_json::Value| {
        (template["template_id"].as_str().unwrap().to_owned(), template["count"].as_u64().unwrap())
    };
    list.iter().map(pair).collect()
}

fn bytes(folder: &Folder, model: &str) -> Vec<u8> {
    fs::read(folder.path().join(model)).unwrap()
}

/// Three logs and a model of each.
fn three() -> Folder {
    let folder = Folder::empty();
    for (nth, name) in ["a", "b", "c"].into_iter().enumerate() {
        folder.write(format!("{name}.log"), log(nth + 1, 60 + 40 * nth).as_bytes());
        good(&folder, &["learn", &format!("{name}.log"), "-o", &format!("{name}.model")]);
    }
    folder
}

fn refused(run: &Run, code: i32, says: &str) {
    assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{run:?}");
    assert!(run.stderr.contains(says), "{}", run.stderr);
}

#[test]
fn merging_in_any_order_is_learning_all_at_once() {
    let folder = three();
    good(&folder, &["learn", "a.log", "b.log", "c.log", "-o", "all.model"]);
    let all = learnt(&folder, "all.model");
    assert!(all.len() >= 4, "{all:?}");
    good(&folder, &["merge", "a.model", "b.model", "c.model", "-o", "abc.model"]);
    good(&folder, &["merge", "c.model", "a.model", "b.model", "-o", "cab.model"]);
    good(&folder, &["merge", "a.model", "b.model", "-o", "ab.model"]);
    good(&folder, &["merge", "c.model", "ab.model", "-o", "c-ab.model"]);
    assert_eq!(learnt(&folder, "abc.model"), all);
    assert_eq!(bytes(&folder, "cab.model"), bytes(&folder, "abc.model"));
    assert_eq!(bytes(&folder, "c-ab.model"), bytes(&folder, "abc.model"));
    good(&folder, &["merge", "a.model", "abc.model", "a.model", "ab.model", "-o", "again.model"]);
    assert_eq!(bytes(&folder, "again.model"), bytes(&folder, "abc.model"));
}

#[test]
fn threads_have_no_say_in_a_model() {
    let folder = three();
    for threads in ["1", "2", "7"] {
        let model = format!("{threads}.model");
        good(&folder, &["learn", "a.log", "b.log", "c.log", "-o", &model, "--threads", threads]);
        assert_eq!(bytes(&folder, &model), bytes(&folder, "1.model"));
    }
}

#[test]
fn learning_on_is_learning_at_once_and_the_same_log_changes_nothing() {
    let folder = three();
    good(&folder, &["learn", "b.log", "--onto", "a.model", "-o", "ab.model"]);
    good(&folder, &["learn", "a.log", "b.log", "-o", "both.model"]);
    assert_eq!(learnt(&folder, "ab.model"), learnt(&folder, "both.model"));
    let before = bytes(&folder, "ab.model");
    folder.write("copy.log", log(1, 60).as_bytes());
    let run = folder.run(&["learn", "copy.log", "--onto", "ab.model"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("learned before"), "{}", run.stderr);
    assert_eq!(bytes(&folder, "ab.model"), before);
}

#[test]
fn models_that_overlap_in_part_are_refused() {
    let folder = three();
    good(&folder, &["merge", "a.model", "b.model", "-o", "ab.model"]);
    good(&folder, &["merge", "b.model", "c.model", "-o", "bc.model"]);
    let run = folder.run(&["merge", "ab.model", "bc.model", "-o", "x.model"]);
    refused(&run, 2, "hint: merge models that share no part");
    assert!(!folder.path().join("x.model").exists());
    good(&folder, &["learn", "c.log", "--redact", "-o", "redacted.model"]);
    refused(&folder.run(&["merge", "a.model", "redacted.model", "-o", "x.model"]), 2, "settings");
}

#[test]
fn a_model_is_told_in_words() {
    let folder = three();
    good(&folder, &["merge", "a.model", "b.model", "-o", "ab.model"]);
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(&regex(env!("CARGO_PKG_VERSION")), "[version]");
    for columns in [60, 100] {
        let run = folder.run_wide(columns, &["model", "inspect", "ab.model"]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        assert!(run.stdout.lines().all(|line| line.chars().count() <= columns as usize), "{}", run.stdout);
        settings.bind(|| insta::assert_snapshot!(format!("inspect_{columns}"), run.stdout));
    }
    insta::assert_snapshot!("verify", good(&folder, &["model", "verify", "ab.model"]));
    let report = good(&folder, &["model", "inspect", "ab.model", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    for key in ["header", "blocks", "settings", "parts", "mined", "time", "levels", "lineage", "templates"] {
        assert!(!report[key].is_null(), "{key}");
    }
    assert_eq!(report["parts"].as_array().unwrap().len(), 2);
}

fn regex(text: &str) -> String {
    text.replace('.', "\\.")
}

#[test]
fn redacted_models_hold_no_value_of_any_slot() {
    let folder = Folder::empty();
    folder.write("a.log", log(1, 80).as_bytes());
    good(&folder, &["learn", "a.log", "-o", "plain.model"]);
    good(&folder, &["learn", "a.log", "--redact", "-o", "redacted.model"]);
    let holds = |model: &str, value: &[u8]| {
        let bytes = bytes(&folder, model);
        bytes.windows(value.len()).any(|window| window == value)
    };
    // Users come again, addresses do not.
    assert!(holds("plain.model", b"\x02u8"));
    assert!(!holds("redacted.model", b"\x02u8"));
    assert!(!holds("plain.model", b"10.0.1.") && !holds("redacted.model", b"10.0.1."));
    let report = good(&folder, &["model", "inspect", "redacted.model", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let slots =
        report["templates"].as_array().unwrap().iter().flat_map(|row| row["slots"].as_array().unwrap());
    assert!(slots.map(|slot| slot["top"].as_array().unwrap().len()).sum::<usize>() == 0);
}

#[test]
fn damaged_models_are_refused_and_nothing_is_written() {
    let folder = Folder::empty();
    folder.write("a.log", log(1, 12).as_bytes());
    good(&folder, &["learn", "a.log", "-o", "a.model"]);
    let whole = bytes(&folder, "a.model");
    let step = whole.len() / 60 + 1;
    for length in (0..whole.len()).step_by(step) {
        folder.write("cut.model", &whole[..length]);
        refused(&folder.run(&["model", "verify", "cut.model"]), 3, "hint: ");
    }
    for place in (0..whole.len()).step_by(step) {
        let mut flipped = whole.clone();
        flipped[place] ^= 1 << (place % 8);
        folder.write("flipped.model", &flipped);
        refused(&folder.run(&["model", "verify", "flipped.model"]), 3, "flipped.model");
    }
    for words in [
        &["model", "inspect", "flipped.model"][..],
        &["merge", "a.model", "flipped.model", "-o", "out.model"],
        &["learn", "a.log", "--onto", "flipped.model", "-o", "out.model"],
        &["templates", "diff", "flipped.model", "a.log"],
        &["model", "verify", "none.model"],
    ] {
        let run = folder.run(words);
        assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{words:?} {run:?}");
    }
    assert!(!folder.path().join("out.model").exists());
}

#[test]
fn nothing_but_a_model_is_overwritten() {
    let folder = three();
    let before = folder.read("b.log");
    for words in [
        &["learn", "a.log", "-o", "b.log"][..],
        &["learn", "a.log", "-o", "a.log"],
        &["merge", "a.model", "-o", "b.log"],
        &["learn", "a.log", "-o", "no/such/folder/m"],
        &["learn", "a.log"],
        &["merge", "-o", "m"],
        &["learn", "a.log", "-o", "."],
    ] {
        let run = folder.run(words);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{words:?} {run:?}");
    }
    assert_eq!(folder.read("b.log"), before);
    let run = folder.run(&["learn", "none.log", "-o", "new.model"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(!folder.path().join("new.model").exists());
}

/// A model that is signed, with the keys `team.key` and `team.pub`.
fn signed() -> Folder {
    let folder = three();
    let made = good(&folder, &["model", "key", "team"]);
    assert!(made.contains("team.key") && made.contains("team.pub"), "{made}");
    let said = good(&folder, &["model", "sign", "a.model", "--key", "team.key"]);
    assert_eq!(said, "a.model: signed, a.model.sig\n");
    folder
}

#[test]
fn only_signed_models_are_read_where_that_is_required() {
    let folder = signed();
    good(&folder, &["train", "a.log", "--model", "isolation-forest", "-o", "a.forest"]);
    let readers: [(&str, &[&str]); 12] = [
        ("a.model", &["model", "verify", "a.model"]),
        ("a.model", &["model", "inspect", "a.model"]),
        ("a.model", &["merge", "a.model", "-o", "out.model"]),
        ("a.model", &["learn", "b.log", "--onto", "a.model", "-o", "out.model"]),
        ("a.model", &["scan", "b.log", "--model", "a.model"]),
        ("a.model", &["watch", "-", "--model", "a.model"]),
        ("a.model", &["diff", "a.model", "b.log"]),
        ("a.model", &["eval", "backtest", "b.log", "--model", "a.model"]),
        ("a.model", &["eval", "inject", "b.log", "--model", "a.model"]),
        ("a.model", &["serve", "--model", "a.model", "--state", "kept"]),
        ("a.forest", &["score", "a.log", "--model", "a.forest"]),
        ("a.forest", &["train", "a.log", "--onto", "a.forest", "-o", "out.forest"]),
    ];
    good(&folder, &["model", "sign", "a.forest", "--key", "team.key"]);
    let run = |words: &[&str]| folder.run(&[words, &["--require-signed", "team.pub"]].concat());
    for (model, words) in readers {
        // A daemon that takes its model goes on for ever.
        if words[0] != "serve" {
            let taken = run(words);
            assert!(taken.code == 0 || taken.code == 1, "{words:?}: {taken:?}");
        }
        let whole = bytes(&folder, model);
        // Behind the last block stands nothing, so without a signature that is damage, too; in the middle of one it need not be.
        let mut changed = whole.clone();
        let last = changed.len() - 1;
        changed[last] ^= 1;
        folder.write(model, &changed);
        let refused = run(words);
        assert_eq!(refused.code, 3, "{words:?}: {refused:?}");
        assert!(
            refused.stderr.contains("is not what the owner of `team.pub` signed"),
            "{words:?}: {refused:?}"
        );
        folder.write(model, &whole);
        let (name, away) = (format!("{model}.sig"), folder.path().join("away"));
        fs::rename(folder.path().join(&name), &away).unwrap();
        let refused = run(words);
        assert_eq!(refused.code, 3, "{words:?}: {refused:?}");
        assert!(refused.stderr.contains(&format!("`{model}` is not signed")), "{words:?}: {refused:?}");
        fs::rename(&away, folder.path().join(&name)).unwrap();
    }
    assert_eq!(
        good(&folder, &["model", "verify", "a.model", "--require-signed", "team.pub"]),
        good(&folder, &["model", "verify", "a.model"]).replace('\n', ", signed by team.pub\n")
    );
}

#[test]
fn keys_that_are_none_are_named() {
    let folder = signed();
    refused(
        &folder.run(&["model", "verify", "a.model", "--require-signed", "team.key"]),
        2,
        "public Ed25519 key",
    );
    refused(&folder.run(&["model", "verify", "a.model", "--require-signed", "none.pub"]), 2, "`none.pub`");
    refused(&folder.run(&["model", "sign", "a.model", "--key", "team.pub"]), 2, "secret Ed25519 key");
    refused(&folder.run(&["model", "sign", "a.log", "--key", "team.key"]), 3, "a.log");
    assert!(!folder.path().join("a.log.sig").exists());
    let before = bytes(&folder, "team.key");
    refused(&folder.run(&["model", "key", "team"]), 2, "cannot create `team.key`");
    assert_eq!(bytes(&folder, "team.key"), before);
}

#[test]
fn signatures_and_keys_are_those_of_openssl() {
    let folder = signed();
    let openssl = |words: &[&str]| {
        let run = Command::new("openssl").args(words).current_dir(folder.path()).output().unwrap();
        assert!(run.status.success(), "{words:?}: {run:?}");
    };
    let check = ["pkeyutl", "-verify", "-pubin", "-rawin", "-inkey", "team.pub", "-in", "a.model"];
    openssl(&[&check[..], &["-sigfile", "a.model.sig"]].concat());
    openssl(&["genpkey", "-algorithm", "ed25519", "-out", "theirs.key"]);
    openssl(&["pkey", "-in", "theirs.key", "-pubout", "-out", "theirs.pub"]);
    openssl(&["pkeyutl", "-sign", "-rawin", "-inkey", "theirs.key", "-in", "b.model", "-out", "b.model.sig"]);
    good(&folder, &["model", "verify", "b.model", "--require-signed", "theirs.pub"]);
    good(&folder, &["model", "sign", "c.model", "--key", "theirs.key"]);
    good(&folder, &["model", "verify", "c.model", "--require-signed", "theirs.pub"]);
    refused(&folder.run(&["model", "verify", "b.model", "--require-signed", "team.pub"]), 3, "b.model");
}
