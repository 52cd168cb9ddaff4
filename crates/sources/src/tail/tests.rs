//! Logs as their writers treat them.

use std::fs::OpenOptions;
use std::io::Write;

use super::*;

struct Case {
    folder: tempfile::TempDir,
    tail: LogTail,
}

impl Case {
    fn new() -> Case {
        let folder = tempfile::tempdir().unwrap();
        let tail = LogTail::new(&folder.path().join("app.log"), Vec::new(), 0);
        Case { folder, tail }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn append(&self, name: &str, text: &str) {
        let mut file = OpenOptions::new().append(true).create(true).open(self.at(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.at(from), self.at(to)).unwrap();
    }

    fn pack(&self, from: &str, to: &str) {
        let mut packed = flate2::write::GzEncoder::new(
            fs::File::create(self.at(to)).unwrap(),
            flate2::Compression::fast(),
        );
        packed.write_all(&fs::read(self.at(from)).unwrap()).unwrap();
        packed.finish().unwrap();
        fs::remove_file(self.at(from)).unwrap();
    }

    fn seen(&mut self) -> String {
        let mut seen = String::new();
        for _ in 0..3 {
            self.tail.look(&mut |tailed| {
                seen.push_str(&String::from_utf8_lossy(tailed.lines));
                true
            });
        }
        seen
    }

    /// Goes on as another run would, with what was remembered.
    fn restart(&mut self) {
        let known = self.tail.known.clone();
        self.tail = LogTail::new(&self.at("app.log"), known, 0);
    }

    fn check(&mut self, expected: &str) {
        assert_eq!(self.seen(), expected);
    }
}

#[test]
fn lines_come_whole_and_once_over_rotation() {
    let mut case = Case::new();
    case.append("app.log", "one\ntw");
    case.check("one\n");
    case.append("app.log", "o\nthr");
    case.check("two\n");
    case.rename("app.log", "app.log.1");
    case.append("app.log.1", "ee\n");
    case.check("three\n");
    case.append("app.log", "four\n");
    case.check("four\n");
    // A writer that has not noticed.
    case.append("app.log.1", "late\n");
    case.check("late\n");
    case.append("app.log", "five\n");
    case.check("five\n");
}

#[test]
fn what_was_rotated_while_nobody_looked_is_read_from_where_it_was() {
    for packs in [false, true] {
        let mut case = Case::new();
        case.append("app.log", "one\ntwo\n");
        case.check("one\ntwo\n");
        case.append("app.log", "three\n");
        case.rename("app.log", "app.log.1");
        case.append("app.log", "four\n");
        if packs {
            case.pack("app.log.1", "app.log.1.gz");
        }
        let suffix = if packs { ".gz" } else { "" };
        case.rename(&format!("app.log.1{suffix}"), &format!("app.log.2{suffix}"));
        case.rename("app.log", "app.log.1");
        case.append("app.log", "five\n");
        case.restart();
        case.check("three\nfour\nfive\n");
        case.restart();
        case.check("");
        case.append("app.log", "six\n");
        case.check("six\n");
    }
}

#[test]
fn a_file_that_was_emptied_is_read_anew_and_its_copy_to_its_end() {
    let mut case = Case::new();
    case.append("app.log", "one\ntwo\n");
    case.check("one\ntwo\n");
    for restarts in [false, true] {
        case.append("app.log", "three\n");
        fs::copy(case.at("app.log"), case.at("app.log.1")).unwrap();
        fs::write(case.at("app.log"), "other one\nother two\nother three\n").unwrap();
        if restarts {
            case.restart();
        }
        case.check("three\nother one\nother two\nother three\n");
        fs::write(case.at("app.log"), "").unwrap();
        case.check("");
        fs::write(case.at("app.log"), "one\ntwo\n").unwrap();
        case.check("one\ntwo\n");
    }
}

#[test]
fn a_number_that_is_used_again_is_another_file() {
    let mut case = Case::new();
    case.append("app.log", "one\ntwo\n");
    case.check("one\ntwo\n");
    case.restart();
    fs::write(case.at("app.log"), "three\nfour\nfive\n").unwrap();
    case.check("three\nfour\nfive\n");
}

#[test]
fn a_hole_is_passed_over() {
    let mut case = Case::new();
    case.append("app.log", "one\n");
    case.check("one\n");
    for text in ["two\n", "three\n"] {
        let hole = vec![0u8; 100_000];
        fs::write(case.at("app.log"), [&hole, text.as_bytes()].concat()).unwrap();
        case.check(text);
        case.restart();
        case.check("");
    }
}

#[test]
fn what_cannot_be_taken_now_is_handed_on_later() {
    let mut case = Case::new();
    case.append("app.log", "one\ntwo\n");
    let looked = case.tail.look(&mut |_| false);
    assert_eq!(looked.bytes, 0);
    case.check("one\ntwo\n");
}
