//! Names and lines that want to do more than be read.

use logsift_reports::escape::is_unsafe;

use super::run::{Folder, IntoRun};

/// Escape sequences that clear lines, write the clipboard and rename the window, and marks that hide
/// or turn text.
const EVIL: &str =
    "\u{1b}[2K\u{1b}]52;c;aGk=\u{7}\u{1b}]0;x\u{7}\u{9b}1A\u{202e}gol\u{200b}\u{feff}\u{e0041}\u{7f}\u{8}\r";

fn check_harmless(text: &str) {
    let found = text.chars().find(|character| is_unsafe(*character) && *character != '\n');
    assert_eq!(found, None, "{text:?}");
}

fn evil_log() -> String {
    let line = |level: &str, text: &str| format!("2024-03-04T09:00:00Z {level} api: {text}\n");
    let json = format!("{{\"time\":\"2024-03-04T09:00:01Z\",\"msg\":\"{}\"}}\n", EVIL.replace('\u{8}', ""));
    line("INFO", "quiet") + &line("ERROR", EVIL) + &json + &line(EVIL, "level") + &format!("{EVIL}\n")
}

#[test]
fn no_output_carries_what_a_terminal_would_obey() {
    let folder = Folder::empty();
    folder.write("evil.log", evil_log().repeat(20).as_bytes());
    for words in [
        &["scan", "evil.log", "-v"][..],
        &["scan", "evil.log", "--format", "json"],
        &["scan", "evil.log", "--records", "-"],
        &["scan", "evil.log", "--stream", EVIL],
    ] {
        let run = folder.run(words);
        assert_eq!(run.code, 0, "{words:?} {run:?}");
        check_harmless(&run.stdout);
        check_harmless(&run.stderr);
    }
}

#[test]
fn words_of_the_command_line_come_back_escaped() {
    let folder = Folder::with_logs();
    for words in [
        &["scan", "nginx.log", "--since", EVIL][..],
        &["scan", "nginx.log", "--tz", EVIL],
        &["scan", "nginx.log", "--log-format", EVIL],
        &["scan", "nginx.log", "-o", EVIL],
        &["explain", EVIL],
    ] {
        let run = folder.run(words);
        assert_eq!(run.code, 2, "{words:?} {run:?}");
        check_harmless(&run.stderr);
    }
    let run = folder.run(&["scan", "nginx.log", &format!("missing{EVIL}")]);
    assert_eq!(run.code, 3, "{run:?}");
    check_harmless(&run.stdout);
}

#[cfg(unix)]
#[test]
fn hostile_file_names_are_escaped_everywhere() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::empty();
    let log = b"2024-03-04T09:00:00Z INFO api: fine\n";
    folder.write(EVIL, log);
    folder.write("line\nfeed.log", log);
    folder.write(OsStr::from_bytes(b"not\xff\x80utf8.log"), log);
    folder.write("-rf.log", log);
    folder.write("sub/bin\u{1b}[31m.log", &[0, 1, 2, 3, 0, 0, 0, 255].repeat(100));
    for words in [
        &["scan", ".", "-v"][..],
        &["scan", ".", "-v", "--color", "always"],
        &["scan", ".", "--format", "json"],
        &["scan", ".", "--records", "-"],
    ] {
        let run = folder.run(words);
        assert_eq!(run.code, 0, "{run:?}");
        let stripped = strip_our_colours(&run.stdout);
        check_harmless(&stripped);
        check_harmless(&run.stderr);
        assert!(stripped.contains("x0afeed.log"), "{stripped}");
    }
}

fn strip_our_colours(text: &str) -> String {
    let mut stripped = text.to_owned();
    for code in ["0", "1", "2", "31", "32", "33", "36", "90"] {
        stripped = stripped.replace(&format!("\u{1b}[{code}m"), "");
    }
    stripped
}

#[test]
fn any_bytes_on_standard_input_end_well() {
    let bytes: Vec<u8> = (0..200_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let folder = Folder::empty();
    let mut command = folder.logsift(&["scan", "-", "--records", "-"]);
    command.write_stdin(bytes);
    let run = command.into_run();
    check_harmless(&run.stdout);
    assert!([0, 3].contains(&run.code), "{run:?}");
}
