//! Packed logs that are cut, changed, nested or named with bad intent.

use super::making::{PACKS, gzip, lines, tar_of, zip_of};
use super::scan::Place;

#[test]
fn packed_logs_cut_anywhere_give_what_came_before() {
    let log = lines(3_000);
    for (ending, pack) in PACKS {
        let packed = pack(&log);
        let name = format!("cut.{ending}");
        for length in [1, 5, 20, packed.len() / 7, packed.len() / 2, packed.len() - 40, packed.len() - 1] {
            let place = Place::new();
            place.write(&name, &packed[..length]);
            place.write("good.log", lines(20));
            let scanned = place.scan_words(&["."]);
            let of_good =
                scanned.rows.iter().filter(|row| row["file"] == "./good.log" || row["file"] == "good.log");
            assert_eq!(of_good.count(), 20, "{name} {length}");
            if length > 20 && ending != "zip" && length < packed.len() - 40 {
                assert_eq!(scanned.code, 3, "{name} {length}");
                assert!(scanned.told("cut.", ""), "{name} {length}: {}", scanned.report["notices"]);
            }
        }
    }
}

#[test]
fn packed_logs_with_changed_bytes_are_endured() {
    let log = lines(3_000);
    for (ending, pack) in PACKS {
        let packed = pack(&log);
        for part in 1..6 {
            let mut changed = packed.clone();
            let at = packed.len() * part / 6;
            changed[at..at + 4].copy_from_slice(&[0xFF, 0, 0x55, 0xAA]);
            let place = Place::new();
            place.write(&format!("changed.{ending}"), &changed);
            place.write("good.log", lines(20));
            let scanned = place.scan();
            assert!(scanned.records() >= 20);
        }
    }
}

#[test]
fn garbage_after_a_packed_log_costs_nothing() {
    for (ending, pack) in PACKS {
        let place = Place::new();
        place.write(&format!("tail.{ending}"), [pack(&lines(50)), b"garbage".repeat(20)].concat());
        let scanned = place.scan();
        assert_eq!(scanned.count("was served"), 50, "{ending}: {}", scanned.report["notices"]);
    }
}

#[test]
fn archives_twenty_deep_end_with_a_message() {
    let mut nested = lines(20);
    for depth in 0..20 {
        nested = match depth % 3 {
            0 => zip_of(&[("a.zip", &nested)]),
            1 => tar_of(&[("a.tar", &nested)]),
            _ => gzip(&nested),
        };
    }
    let place = Place::new();
    place.write("nested.bin", &nested);
    place.write("good.log", lines(20));
    let scanned = place.scan();
    assert_eq!((scanned.code, scanned.count("was served")), (3, 20));
    assert!(scanned.told("nested.bin", "deeper"), "{}", scanned.report["notices"]);
}

#[test]
fn names_in_archives_are_only_names() {
    let log = lines(20);
    let names =
        ["../../escape.log", "/etc/passwd", "C:\\x.log", "a\u{1b}]52;c;aGk=\u{7}\u{202e}.log", "=cmd|x\nnew"];
    for name in names {
        let place = Place::new();
        place.write("names.zip", zip_of(&[(name, &log), ("good.log", &log)]));
        let scanned = place.scan();
        assert_eq!((scanned.code, scanned.count("was served")), (0, 40), "{name:?}");
        assert!(
            !place.path().join("../escape.log").exists() && !place.path().join("../../escape.log").exists()
        );
        assert!(
            scanned.rows.iter().all(|row| row["file"].as_str().unwrap().contains("names.zip!")),
            "{name:?}"
        );
    }
}

#[test]
fn an_archive_of_thousands_of_members_is_read_to_its_end() {
    let names: Vec<String> = (0..3_000).map(|n| format!("logs/{n}.log")).collect();
    let log = lines(2);
    let members: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), log.as_slice())).collect();
    let place = Place::new();
    place.write("many.tar.gz", gzip(&tar_of(&members)));
    let scanned = place.scan();
    assert_eq!((scanned.code, scanned.count("was served")), (0, 6_000));
    scanned.check_memory(64);
}
