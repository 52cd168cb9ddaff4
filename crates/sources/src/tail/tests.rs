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

#[test]
fn what_was_rotated_before_it_could_be_read_is_read_to_its_end() {
    let mut case = Case::new();
    case.tail.late_for = Duration::ZERO;
    let line = format!("{}\n", "x".repeat(1023));
    case.append("app.log", &line.repeat(40 << 10));
    let mut lines = 0;
    let mut look = |case: &mut Case| {
        case.tail.look(&mut |tailed| {
            lines += tailed.lines.len() >> 10;
            true
        });
    };
    look(&mut case);
    case.rename("app.log", "app.log.1");
    case.append("app.log", &line);
    for _ in 0..10 {
        look(&mut case);
    }
    assert_eq!(lines, (40 << 10) + 1);
}

#[test]
fn a_file_that_was_deleted_is_read_to_its_end_and_let_go_of() {
    let mut case = Case::new();
    case.append("app.log", "one\n");
    case.append("app.log.1", "long ago\n");
    let old = OpenOptions::new().append(true).open(case.at("app.log.1")).unwrap();
    old.set_modified(std::time::UNIX_EPOCH).unwrap();
    case.check("one\n");
    case.append("app.log", "two\nthr");
    fs::remove_file(case.at("app.log")).unwrap();
    case.check("two\n");
    assert_eq!((case.tail.handles(), case.tail.is_gone()), (1, false), "its writer may write on");
    case.tail.late_for = Duration::ZERO;
    case.check("thr");
    assert_eq!((case.tail.handles(), case.tail.is_gone()), (0, true));
    case.append("app.log", "four\n");
    case.check("four\n");
    assert!(!case.tail.is_gone());
}

#[test]
fn a_file_that_was_moved_away_is_held_for_some_time() {
    let mut case = Case::new();
    case.append("app.log", "one\n");
    case.check("one\n");
    case.tail.late_for = Duration::ZERO;
    case.rename("app.log", "app.log.1");
    case.append("app.log.1", "two\n");
    case.check("two\n");
    assert_eq!(case.tail.handles(), 0, "it is found again by its name");
    case.append("app.log.1", "three\n");
    case.check("three\n");
    case.rename("app.log.1", "app.log.2");
    case.append("app.log.2", "four\n");
    case.check("four\n");
    case.append("app.log", "five\n");
    case.check("five\n");
    case.rename("app.log", "elsewhere");
    case.append("elsewhere", "six\n");
    case.check("six\n");
    case.tail.rest();
    assert_eq!(case.tail.handles(), 1, "nothing says where it is now");
    case.tail.held_for = Duration::ZERO;
    case.check("");
    assert!(case.tail.is_gone());
    case.append("app.log", "seven\n");
    case.check("seven\n");
}

#[test]
fn a_log_that_is_not_begun_anew_yet_goes_on_where_it_was_rotated_to() {
    let mut case = Case::new();
    case.append("app.log.1", "long ago\n");
    case.append("app.log", "one\ntwo\n");
    case.check("one\ntwo\n");
    case.append("app.log", "three\n");
    case.rename("app.log.1", "app.log.2");
    case.rename("app.log", "app.log.1");
    case.restart();
    case.check("three\n");
    case.append("app.log.1", "four\nfi");
    case.check("four\n");
    case.restart();
    case.append("app.log.1", "ve\n");
    case.check("five\n");
    case.append("app.log.1", "six\n");
    case.append("app.log", "seven\n");
    case.check("six\nseven\n");
    case.append("app.log.1", "late\n");
    case.append("app.log", "eight\n");
    case.check("late\neight\n");
    // It is rotated twice while nobody looks.
    case.append("app.log", "nine\n");
    case.rename("app.log", "app.log.2");
    fs::remove_file(case.at("app.log.1")).unwrap();
    case.append("app.log.1", "ten\n");
    case.restart();
    case.check("nine\nten\n");
    case.restart();
    case.check("");
}

#[test]
fn what_is_older_than_a_log_is_not_taken_for_it() {
    let mut case = Case::new();
    case.append("app.log.1", "long ago\n");
    case.check("");
    case.append("app.log", "one\n");
    case.check("one\n");
    fs::remove_file(case.at("app.log")).unwrap();
    let last_line = case.tail.last_line + 1;
    case.tail = LogTail::new(&case.at("app.log"), case.tail.known.clone(), last_line).or_rotated();
    case.check("");
    case.append("app.log", "two\n");
    case.check("two\n");
}

#[test]
fn files_that_were_rotated_from_a_log_that_is_not_there_are_read_oldest_first() {
    let mut case = Case::new();
    case.tail = LogTail::new(&case.at("app.log"), Vec::new(), 0).or_rotated();
    case.append("app.log.1", "three\nfour\n");
    case.append("app.log.2", "one\ntwo\n");
    case.check("one\ntwo\nthree\nfour\n");
    case.append("app.log.1", "five\n");
    case.append("app.log", "six\n");
    case.check("five\nsix\n");
    case.restart();
    case.check("");
}

#[test]
fn the_file_of_a_day_goes_on_as_the_log_that_is_begun_beside_it() {
    let mut case = Case::new();
    let log = case.at("app.log");
    case.tail = LogTail::new(&case.at("app-2026-01-02.log"), Vec::new(), 0).with_a_name_that_stays();
    case.append("app-2026-01-01.log", "long ago\n");
    case.append("app-2026-01-02.log", "one\ntw");
    case.check("one\n");
    case.tail.go_on_at(&log);
    case.check("");
    case.append("app-2026-01-02.log", "o\n");
    case.append("app.log", "three\n");
    case.check("two\nthree\n");
    case.append("app-2026-01-02.log", "late\n");
    case.check("late\n");
    case.restart();
    case.check("");
}

#[test]
fn of_very_many_files_of_a_log_those_that_matter_are_remembered() {
    let mut case = Case::new();
    let mut known = Vec::new();
    for day in 10..90 {
        let name = format!("app.log.20260101{day}");
        case.append(&name, &format!("{day}\n"));
        case.tail = LogTail::new(&case.at(&name), known.clone(), 0).with_a_name_that_stays();
        case.check(&format!("{day}\n"));
        known.push(*case.tail.known().last().unwrap());
    }
    for day in [10, 50, 89] {
        let name = format!("app.log.20260101{day}");
        case.tail = LogTail::new(&case.at(&name), known.clone(), 0).with_a_name_that_stays();
        assert!(case.tail.known().len() <= 2);
        case.check("");
    }
    case.tail = LogTail::new(&case.at("app.log.2026010189"), known, 0);
    case.append("app.log.2026010189", "more\n");
    case.append("app.log", "new\n");
    case.check("more\n");
    case.tail.go_on_at(&case.at("app.log"));
    case.check("new\n");
    assert_eq!(case.tail.known().len(), PLACES);
}

#[test]
fn what_a_deleted_file_takes_on_the_disk_is_given_back_though_it_is_not_read() {
    let mut case = Case::new();
    case.append("app.log", "one\n");
    case.check("one\n");
    (case.tail.late_for, case.tail.held_for) = (Duration::ZERO, Duration::ZERO);
    let line = format!("{}\n", "x".repeat(1023));
    case.append("app.log", &line.repeat(20 << 10));
    fs::remove_file(case.at("app.log")).unwrap();
    let looked = case.tail.look(&mut |_| true);
    assert_eq!(case.tail.handles(), 0);
    assert_eq!(looked.bytes + looked.possibly_lost, 20 << 20);
    assert!(looked.possibly_lost > 0);
}

#[test]
fn a_file_that_was_closed_at_rest_loses_nothing() {
    let mut case = Case::new();
    case.append("app.log", "one\nhal");
    case.check("one\n");
    case.tail.rest();
    assert_eq!(case.tail.handles(), 1, "half a line is no rest");
    case.append("app.log", "f\n");
    case.check("half\n");
    let rest = |case: &mut Case| {
        case.tail.rest();
        case.check("");
        assert_eq!((case.tail.handles(), case.tail.is_gone()), (0, false));
    };
    rest(&mut case);
    case.append("app.log", "two\n");
    case.check("two\n");
    rest(&mut case);
    case.append("app.log", "three\n");
    case.rename("app.log", "app.log.1");
    case.append("app.log", "four\n");
    case.check("three\nfour\n");
    rest(&mut case);
    case.append("app.log", "five\n");
    fs::copy(case.at("app.log"), case.at("app.log.2")).unwrap();
    fs::write(case.at("app.log"), "six\n").unwrap();
    case.check("five\nsix\n");
    rest(&mut case);
    for name in ["app.log", "app.log.1", "app.log.2"] {
        fs::remove_file(case.at(name)).unwrap();
    }
    case.check("");
    assert!(case.tail.is_gone());
}

#[cfg(unix)]
#[test]
fn no_link_that_takes_the_place_of_a_file_leads_out_of_the_folder() {
    let elsewhere = tempfile::tempdir().unwrap();
    let secret = elsewhere.path().join("secret");
    fs::write(&secret, "root\n").unwrap();
    let mut case = Case::new();
    let folder = case.folder.path().to_owned();
    case.tail = LogTail::new(&case.at("app.log"), Vec::new(), 0).within(&folder);
    case.append("app.log", "one\n");
    case.check("one\n");
    fs::remove_file(case.at("app.log")).unwrap();
    std::os::unix::fs::symlink(&secret, case.at("app.log")).unwrap();
    let looked = case.tail.look(&mut |_| panic!("it was followed"));
    assert!(looked.notice.unwrap().to_string().contains("leads out of the folder"));
    fs::remove_file(case.at("app.log")).unwrap();
    case.append("other.log", "two\n");
    std::os::unix::fs::symlink(case.at("other.log"), case.at("app.log")).unwrap();
    case.check("two\n");
    // Nor does one that has the name of a rotated file.
    case.rename("other.log", "app.log.2");
    std::os::unix::fs::symlink(&secret, case.at("app.log.1")).unwrap();
    fs::remove_file(case.at("app.log")).unwrap();
    case.append("app.log", "three\n");
    case.check("three\n");
}

#[test]
fn half_a_line_that_waits_too_long_is_one_line_and_its_rest_another() {
    let mut case = Case::new();
    case.append("app.log", "one\ntw");
    case.check("one\n");
    let looked = case.tail.look(&mut |_| true);
    assert_eq!(looked.unfinished.map(|(bytes, _)| bytes), Some(2), "it is told");
    // A start waits anew, and knows of the same half.
    case.restart();
    case.check("");
    case.tail.half_for = Duration::ZERO;
    let (mut seen, mut ends) = (String::new(), Vec::new());
    let looked = case.tail.look(&mut |tailed| {
        seen.push_str(&String::from_utf8_lossy(tailed.lines));
        ends.push(tailed.ends);
        true
    });
    assert_eq!((seen.as_str(), ends, looked.unfinished), ("tw", vec![true], None));
    assert_eq!(case.tail.known().last().unwrap().lines, 2);
    // Its rest comes: not the whole once more, also not after a start.
    case.append("app.log", "o\nthree\n");
    case.restart();
    case.check("o\nthree\n");
    case.restart();
    case.check("");
}

#[test]
fn half_a_line_of_a_writer_that_gathers_is_waited_for() {
    let mut case = Case::new();
    case.tail.half_for = Duration::ZERO;
    let line = format!("{}\n", "x".repeat(99));
    let text = line.repeat(90);
    // From the beginning of a file on, and behind something that another writer wrote.
    for begun in ["", "begun\n"] {
        case.append("app.log", begun);
        let before = case.seen().len();
        assert_eq!(before, begun.len());
        case.append("app.log", &text[..4096]);
        assert_eq!(case.seen(), text[..4000]);
        case.append("app.log", &text[4096..8192]);
        assert_eq!(case.seen(), text[4000..8100]);
        let looked = case.tail.look(&mut |_| true);
        assert_eq!(looked.unfinished.map(|(bytes, _)| bytes), Some(92));
        case.append("app.log", &text[8192..]);
        assert_eq!(case.seen(), text[8100..]);
    }
}
