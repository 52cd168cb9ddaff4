//! The commands beside `scan`.

use super::run::Folder;

fn said(words: &[&str]) -> String {
    let run = Folder::empty().run(words);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{words:?}");
    run.stdout
}

#[test]
fn every_word_is_listed() {
    let all = said(&["explain"]);
    let (words, formats) = all.split_once("Formats: ").unwrap();
    insta::assert_snapshot!("explain_words", words);
    assert_eq!(said(&["explain", "formats"]), format!("Formats: {formats}"));
    for format in ["syslog-rfc3164", "json", "plain", "log4j"] {
        assert!(formats.lines().any(|line| line.trim_start().starts_with(format)), "{format}");
    }
}

#[test]
fn one_word_is_explained() {
    insta::assert_snapshot!("explain_note", said(&["explain", "year-inferred"]));
    insta::assert_snapshot!("explain_exit", said(&["explain", "exit:3"]));
    let format = said(&["explain", "format:syslog-rfc3164"]);
    for part in ["patterns", "{time}", "for example", "a stream for each"] {
        assert!(format.contains(part), "{format}");
    }
}

#[test]
fn a_word_that_is_none_is_refused_with_the_nearest() {
    let run = Folder::empty().run(&["explain", "zone-asumed"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    insta::assert_snapshot!(run.stderr);
}

#[test]
fn completions_know_the_flags() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = said(&["completions", shell]);
        assert!(script.contains("no-rotated"), "{shell}");
    }
}

#[test]
fn the_manual_is_a_page_or_a_page_for_each_command() {
    let page = said(&["man"]);
    assert!(page.contains(".TH logsift 1"), "{page}");
    let folder = Folder::empty();
    assert_eq!(folder.run(&["man", "--dir", "pages"]).code, 0);
    assert!(folder.read("pages/logsift-scan.1").contains("\\-\\-no\\-rotated"));
}

#[test]
fn formats_of_a_folder_are_known_and_wrong_ones_are_refused() {
    let folder = Folder::with_logs();
    let own = "name: shop\ntitle: the shop's own\npatterns: ['{time} {level} {rest}: {message}']\n";
    folder.write("formats/shop.yaml", own.as_bytes());
    folder.write("formats/notes.txt", b"not a format");
    let run = folder.run(&["explain", "--formats", "formats", "format:shop"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains("the shop's own"));
    let run =
        folder.run(&["scan", "--no-detect", "python.log", "--formats", "formats", "--log-format", "shop"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains("shop  fits"), "{}", run.stdout);
    folder.write("formats/wrong.yaml", b"name: wrong\ntitle: wrong\npaterns: []\n");
    let run = folder.run(&["scan", "python.log", "--formats", "formats"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("wrong.yaml"), "{}", run.stderr);
}
