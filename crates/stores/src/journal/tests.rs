//! What is kept, over starts, damage and writes that fail.

use std::fs;
use std::path::Path;

use super::*;

const MOST: u64 = 100;

fn source() -> Source {
    Source { name: "app".to_owned(), kind: "file".to_owned(), labels: Vec::new() }
}

fn open(folder: &Path) -> Recovered {
    recover(folder, 0, &[], MOST).unwrap()
}

/// All lines with the segments they are in.
fn read(folder: &Path) -> Vec<(u64, String)> {
    let mut tail = Tail::new(folder, 0);
    let all = Mark { name: PartName { segment: u64::MAX, part: u32::MAX }, bytes: u64::MAX };
    let last = segments(folder).unwrap().last().map_or(0, |(last, _)| *last);
    let (mut found, mut segment): (Vec<(u64, String)>, u64) = (Vec::new(), 0);
    loop {
        match tail.turn(all).unwrap() {
            Turn::Lines(of, lines, place) => {
                assert_eq!(*of, source());
                assert_eq!(place.read(folder, lines.bytes.len()).unwrap(), lines.bytes);
                let text = String::from_utf8_lossy(lines.bytes).into_owned();
                found.extend(text.lines().map(|line| (segment, line.to_owned())));
            }
            Turn::Sealed(next) if next > last => return found,
            Turn::Sealed(next) => segment = next,
            Turn::End => return found,
        }
    }
}

fn line(number: usize) -> String {
    format!("line {number:04}")
}

#[test]
fn segments_end_at_the_same_lines_however_they_come() {
    let mut expected: Option<Vec<(u64, String)>> = None;
    for pieces in [1, 2, 7, 60] {
        let folder = tempfile::tempdir().unwrap();
        let lines: Vec<String> = (0..60).map(line).collect();
        for chunk in lines.chunks(pieces) {
            // A start for each: what was there goes on.
            let mut journal = open(folder.path()).journal;
            let text = chunk.iter().map(|line| format!("{line}\n")).collect::<String>();
            journal.add(&source(), 1, None, text.as_bytes(), true, &mut |_| ());
            journal.commit().unwrap();
        }
        let found = read(folder.path());
        assert_eq!(found.iter().map(|(_, line)| line.clone()).collect::<Vec<_>>(), lines);
        assert_eq!(*expected.get_or_insert(found.clone()), found, "{pieces}");
    }
}

#[test]
fn positions_go_with_the_lines_also_where_a_segment_ends_between() {
    let folder = tempfile::tempdir().unwrap();
    let text: String = (0..30).map(|number| line(number) + "\n").collect();
    let file = FilePosition { device: 1, inode: 2, ..FilePosition::default() };
    let mut journal = open(folder.path()).journal;
    journal.add(&source(), 5, Some(file), text.as_bytes(), true, &mut |_| ());
    journal.commit().unwrap();
    let found = open(folder.path());
    let state = &found.sources[0];
    assert_eq!((state.lines, state.bytes, state.last_line), (30, text.len() as u64, 5));
    assert_eq!(state.files, [file.after(text.as_bytes())]);
    assert_eq!(found.journal.segment(), 2);
    // The beginning of the last segment alone says how far the file was.
    let later = recover(folder.path(), 2, &[], MOST).unwrap();
    assert_eq!(later.sources[0].files, [file.after(text.as_bytes())]);
}

#[test]
fn the_last_line_of_a_file_gets_an_end_and_the_place_does_not_count_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path()).journal;
    journal.add(&source(), 1, Some(FilePosition::default()), b"one\ntwo", true, &mut |_| ());
    journal.add(&source(), 1, None, b"three\n", true, &mut |_| ());
    journal.commit().unwrap();
    let lines: Vec<String> = read(folder.path()).into_iter().map(|(_, line)| line).collect();
    assert_eq!(lines, ["one", "two", "three"]);
    assert_eq!(open(folder.path()).sources[0].files[0].bytes, 7);
}

#[test]
fn what_was_not_written_to_its_end_is_as_if_it_never_came() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path()).journal;
    journal.add(&source(), 1, None, b"one\n", true, &mut |_| ());
    journal.commit().unwrap();
    let whole = fs::metadata(PartName { segment: 0, part: 0 }.path(folder.path())).unwrap().len();
    journal.add(&source(), 1, None, b"two\n", true, &mut |_| ());
    journal.commit().unwrap();
    let path = PartName { segment: 0, part: 0 }.path(folder.path());
    let sound = fs::read(&path).unwrap();
    for cut in whole..sound.len() as u64 {
        fs::write(&path, &sound[..cut as usize]).unwrap();
        let found = open(folder.path());
        assert_eq!((found.lines, found.damaged.len()), (1, 0), "{cut}");
    }
    // Another goes on behind it.
    let mut journal = open(folder.path()).journal;
    journal.add(&source(), 1, None, b"three\n", true, &mut |_| ());
    journal.commit().unwrap();
    let lines: Vec<String> = read(folder.path()).into_iter().map(|(_, line)| line).collect();
    assert_eq!(lines, ["one", "three"]);
}

#[test]
fn any_changed_byte_costs_one_frame_at_most_and_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path()).journal;
    for number in 0..5 {
        journal.add(&source(), 1, None, format!("{}\n", line(number)).as_bytes(), true, &mut |_| ());
    }
    journal.commit().unwrap();
    let path = PartName { segment: 0, part: 0 }.path(folder.path());
    let sound = fs::read(&path).unwrap();
    for at in parts::HEADER..sound.len() {
        let mut changed = sound.clone();
        changed[at] ^= 0x40;
        fs::write(&path, &changed).unwrap();
        let found = open(folder.path());
        // The frame that names the source stands first: without it no line can be told whose it is.
        let least = if at < 100 { 0 } else { 4 };
        assert!(found.lines >= least, "byte {at}: {} lines", found.lines);
        assert!(found.lines == 4 || at < 100 && found.lines == 0 || found.lines == 5, "byte {at}");
    }
}

#[test]
fn a_damaged_beginning_costs_no_line_and_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path()).journal;
    journal.add(&source(), 1, None, b"one\ntwo\n", true, &mut |_| ());
    journal.commit().unwrap();
    drop(journal);
    let path = PartName { segment: 0, part: 0 }.path(folder.path());
    let sound = fs::read(&path).unwrap();
    for at in (0..parts::HEADER).filter(|at| !(8..12).contains(at)) {
        let mut changed = sound.clone();
        changed[at] ^= 0x40;
        fs::write(&path, &changed).unwrap();
        let found = open(folder.path());
        assert_eq!((found.lines, &found.damaged[..]), (2, &[path.clone()][..]), "byte {at}");
    }
    let none = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let found = open(folder.path());
        assert_eq!(found.lines, 0);
        found.damaged.len()
    };
    assert_eq!(none(&vec![7; sound.len()]), 1);
    assert_eq!(none(&sound[..parts::HEADER - 1]), 0, "nothing was promised");
    assert_eq!(none(&[]), 0, "nothing was promised");
}

/// The first frames of a journal, one in each commit, and where each ends.
fn frames(folder: &Path, count: usize) -> (Vec<u8>, Vec<usize>) {
    let mut journal = open(folder).journal;
    let ends = (0..count).map(|number| {
        journal.add(&source(), 1, None, format!("{}\n", line(number)).as_bytes(), true, &mut |_| ());
        journal.commit().unwrap();
        journal.mark().bytes as usize
    });
    let ends = ends.collect();
    (fs::read(PartName { segment: 0, part: 0 }.path(folder)).unwrap(), ends)
}

#[test]
fn zeros_are_said_wherever_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let (sound, ends) = frames(folder.path(), 4);
    let path = PartName { segment: 0, part: 0 }.path(folder.path());
    // From its beginning on, from the end of a frame on, and from within a frame on.
    for (from, lines) in [(0, 0), (20, 0), (ends[0], 1), (ends[2], 3), (ends[1] + 9, 2)] {
        let mut changed = sound.clone();
        changed[from..].fill(0);
        fs::write(&path, &changed).unwrap();
        let found = open(folder.path());
        let is_frame_begun = from == ends[1] + 9;
        let expected = if is_frame_begun { vec![] } else { vec![path.clone()] };
        assert_eq!((found.lines, found.damaged), (lines, expected), "zeros from byte {from} on");
    }
    // However long it is.
    fs::write(&path, vec![0; 600_000]).unwrap();
    assert_eq!(open(folder.path()).damaged, [path]);
}

#[test]
fn an_end_that_is_missing_is_said_where_later_frames_show_that_it_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let (sound, ends) = frames(folder.path(), 4);
    // A start begins another part behind it.
    let mut journal = open(folder.path()).journal;
    journal.add(&source(), 1, None, b"later\n", true, &mut |_| ());
    journal.commit().unwrap();
    assert_eq!(open(folder.path()).damaged, [] as [std::path::PathBuf; 0]);
    let path = PartName { segment: 0, part: 0 }.path(folder.path());
    for (cut, lines) in [(0, 1), (parts::HEADER - 1, 1), (ends[2] - 3, 3), (ends[3] - 1, 4)] {
        fs::write(&path, &sound[..cut]).unwrap();
        let found = open(folder.path());
        assert_eq!((found.lines, found.damaged), (lines, vec![path.clone()]), "cut at byte {cut}");
    }
    // What was not written to its end before that start is nothing that was promised.
    let folder = tempfile::tempdir().unwrap();
    let (sound, ends) = frames(folder.path(), 4);
    let path = PartName { segment: 0, part: 0 }.path(folder.path());
    fs::write(&path, &sound[..ends[3] - 1]).unwrap();
    let mut journal = open(folder.path()).journal;
    journal.add(&source(), 1, None, b"later\n", true, &mut |_| ());
    journal.commit().unwrap();
    let found = open(folder.path());
    assert_eq!((found.lines, found.damaged.len()), (4, 0));
}

/// Who starts where a segment is still empty begins to number its frames anew.
#[test]
fn a_segment_that_was_begun_by_a_start_is_read_behind_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path()).journal;
    (0..5).for_each(|at| journal.add(&source(), 1, None, (line(at) + "\n").as_bytes(), true, &mut |_| ()));
    journal.end_segment();
    journal.commit().unwrap();
    let mut journal = recover(folder.path(), 1, &[], MOST).unwrap().journal;
    journal.add(&source(), 1, None, b"later\n", true, &mut |_| ());
    journal.commit().unwrap();
    let found = read(folder.path());
    assert_eq!((found.len(), found.last().unwrap()), (6, &(1, "later".to_owned())));
}

#[test]
fn a_newer_format_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path()).journal;
    journal.add(&source(), 1, None, b"one\n", true, &mut |_| ());
    journal.commit().unwrap();
    let path = PartName { segment: 0, part: 0 }.path(folder.path());
    let mut bytes = fs::read(&path).unwrap();
    bytes[8] = 77;
    fs::write(&path, &bytes).unwrap();
    let refused = recover(folder.path(), 0, &[], MOST).unwrap_err();
    assert!(matches!(refused, crate::StoreError::Newer { found: 77, .. }), "{refused}");
}

#[test]
fn what_nobody_may_see_is_not_written_and_segments_end_alike() {
    use logsift_engine::records::redact::{Kinds, Manner, Redactor};
    let text: String = (0..40).map(|number| format!("mail to jo{number}@example.com went out\n")).collect();
    let mut ends: Option<Vec<u64>> = None;
    for pieces in [1, 3, 40] {
        let folder = tempfile::tempdir().unwrap();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let mut raw = 0;
        for chunk in lines.chunks(pieces) {
            let mut journal = open(folder.path()).journal;
            journal.redact(Redactor::new(Kinds::ALL, Manner::Mask));
            let file = FilePosition { bytes: raw, ..FilePosition::default() };
            let chunk = chunk.concat();
            raw += chunk.len() as u64;
            journal.add(&source(), 1, Some(file), chunk.as_bytes(), true, &mut |_| ());
            journal.commit().unwrap();
        }
        let found = read(folder.path());
        assert_eq!(found.len(), 40);
        assert!(found.iter().all(|(_, line)| !line.contains("example.com")), "{found:?}");
        // Positions are those of the file, not of what was written.
        assert_eq!(open(folder.path()).sources[0].files.last().unwrap().bytes, text.len() as u64);
        let segments: Vec<u64> = found.into_iter().map(|(segment, _)| segment).collect();
        assert_eq!(*ends.get_or_insert(segments.clone()), segments, "{pieces}");
    }
}

#[test]
fn whoever_reads_while_the_first_part_is_begun_misses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for start in 0..2 {
        let Recovered { mut journal, mark, .. } = open(folder.path());
        let mut tail = Tail::new(folder.path(), 0);
        let lines = |tail: &mut Tail, mark| {
            let mut lines = 0;
            while let Turn::Lines(_, found, _) = tail.turn(mark).unwrap() {
                lines += found.count;
            }
            lines
        };
        assert_eq!(lines(&mut tail, mark), start);
        journal.add(&source(), 1, None, b"one\n", true, &mut |_| ());
        let kept = journal.commit().unwrap();
        // The part is there, and whoever reads knows only the mark of before.
        assert_eq!(lines(&mut tail, mark), 0);
        assert_eq!(lines(&mut tail, kept), 1);
    }
}
