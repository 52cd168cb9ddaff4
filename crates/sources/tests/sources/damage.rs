//! Archives and compressed files that are cut or changed: what came before is read, and it is told.

use std::sync::LazyLock;

use proptest::prelude::*;

use crate::making::*;

/// A tar header that is cut within the name of its member, and what follows it, reads as text.
const TAR_NAME: usize = 108;

/// At most 200 places, evenly spread, and the first and last of them.
fn places(length: usize) -> impl Iterator<Item = usize> {
    let step = (length / 200).max(1);
    (1..length).step_by(step).chain(1..length.min(40)).chain(length.saturating_sub(40).max(1)..length)
}

static KINDS: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(kinds);

fn kinds() -> Vec<(String, Vec<u8>)> {
    let text = lines(1500);
    let other = b"other\n".repeat(300);
    let members: [(&str, &[u8]); 2] = [("a.log", &text), ("b.log", &other)];
    let stored = zip::CompressionMethod::Stored;
    let deflated = zip::CompressionMethod::Deflated;
    let mut kinds = vec![
        ("tar".to_owned(), tar(&members)),
        ("zip".to_owned(), zip(&members)),
        ("streamed zip".to_owned(), zip_method(&members, deflated, true)),
        ("stored zip".to_owned(), zip_method(&members, stored, false)),
        ("stored streamed zip".to_owned(), zip_method(&members, stored, true)),
        ("zip in tar".to_owned(), tar(&[("z", &zip(&members))])),
        ("tar in zip".to_owned(), zip(&[("t", &tar(&members))])),
    ];
    for (name, compress) in METHODS {
        kinds.push((name.to_owned(), compress(&text)));
        kinds.push((format!("{name}, twice"), [compress(&text), compress(&other)].concat()));
        kinds.push((format!("tar in {name}"), compress(&tar(&members))));
        kinds.push((format!("{name} in tar"), tar(&[("a", &compress(&text)), ("b", &compress(&other))])));
    }
    kinds
}

/// Every log must be one of the whole and a prefix of it.
fn check_prefixes(name: &str, cut: usize, seen: &Seen, whole: &Seen) {
    for (log, bytes) in &seen.logs {
        if name.starts_with("tar in") && bytes.len() < TAR_NAME {
            continue;
        }
        let expected = whole.logs.iter().find(|(other, _)| other == log);
        let Some((_, expected)) = expected else { panic!("{name} cut at {cut}: {log} is new") };
        assert!(expected.starts_with(bytes), "{name} cut at {cut}: {log} is no prefix");
    }
}

#[test]
fn what_is_cut_gives_a_prefix_and_a_notice() {
    for (name, bytes) in KINDS.iter() {
        let whole = read_bytes(bytes);
        assert_eq!(whole.notices, [], "{name}");
        let mut most = 0;
        for cut in places(bytes.len()) {
            let seen = read_bytes(bytes.get(..cut).unwrap());
            if is_text(name, cut) {
                continue;
            }
            check_prefixes(name, cut, &seen, &whole);
            let missing = seen.logs != whole.logs;
            let boundary =
                name.ends_with(", twice") && seen.logs.first().is_some_and(|log| log.1 == lines(1500));
            assert!(
                !missing || boundary || !seen.notices.is_empty(),
                "{name} cut at {cut} of {}: nothing was told",
                bytes.len()
            );
            most = most.max(seen.logs.iter().map(|(_, bytes)| bytes.len()).sum());
        }
        let all: usize = whole.logs.iter().map(|(_, bytes)| bytes.len()).sum();
        assert!(most * 10 >= all * 9, "{name}: at most {most} of {all} bytes were read");
    }
}

/// So few bytes that they are but letters, or a name and NULs: nobody can tell that from a log.
fn is_text(name: &str, cut: usize) -> bool {
    match name {
        _ if name.ends_with("tar") => cut < TAR_NAME,
        _ if name.ends_with("zip") => cut < 3,
        _ if name.ends_with("zstd") => cut < 2,
        _ if name.contains("bzip2") => cut < 4,
        _ => cut < 2,
    }
}

#[test]
fn changed_bytes_never_panic_or_hang() {
    for (name, bytes) in KINDS.iter() {
        for at in places(bytes.len()) {
            for bit in [0x01, 0xff] {
                let mut changed = bytes.clone();
                changed[at] ^= bit;
                let seen = read_bytes(&changed);
                let size: usize = seen.logs.iter().map(|(_, bytes)| bytes.len()).sum();
                assert!(size < 10_000_000, "{name} changed at {at}");
            }
        }
    }
}

#[test]
fn everything_before_a_damaged_place_is_read() {
    let text = lines(20_000);
    for (name, compress) in METHODS {
        let mut bytes = compress(&text);
        let at = bytes.len() * 3 / 4;
        for byte in &mut bytes[at..at + 64] {
            *byte ^= 0x5a;
        }
        let seen = read_bytes(&bytes);
        assert!(seen.unreadable() > 0, "{name}");
        let read = &seen.logs[0].1;
        let equal = read.iter().zip(&text).take_while(|(left, right)| left == right).count();
        assert!(equal * 2 >= text.len(), "{name}: {equal} of {}", text.len());
    }
}

#[test]
fn a_changed_member_costs_no_neighbour() {
    let text = lines(2000);
    let members: [(&str, &[u8]); 3] = [("a.log", b"a\n"), ("b.log", &text), ("c.log", b"c\n")];
    for (name, mut archive, at) in [
        ("tar header", tar(&members), 1024 + 5),
        ("zip data", zip(&members), 4000),
        ("streamed zip data", zip_method(&members, zip::CompressionMethod::Deflated, true), 4000),
    ] {
        for byte in &mut archive[at..at + 8] {
            *byte ^= 0x55;
        }
        let seen = read_bytes(&archive);
        let names: Vec<_> = seen.logs.iter().map(|(name, _)| name.as_str()).collect();
        assert!(names.contains(&"x!a.log") && names.contains(&"x!c.log"), "{name}: {names:?}");
        assert!(seen.unreadable() > 0, "{name}");
    }
}

#[test]
fn a_wrong_checksum_is_told_and_all_is_read() {
    let text = lines(100);
    let mut bytes = gzip(&text);
    let at = bytes.len() - 8;
    bytes[at] ^= 1;
    let seen = read_bytes(&bytes);
    assert!(seen.logs[0].1 == text);
    assert_eq!(seen.unreadable(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_after_any_beginning_are_endured(
        kind in 0..KINDS.len(),
        kept in 1usize..200,
        noise in prop::collection::vec(any::<u8>(), 0..3000),
    ) {
        let (_, bytes) = &KINDS[kind];
        let seen = read_bytes(&[bytes.get(..kept).unwrap_or(bytes), &noise].concat());
        prop_assert!(seen.progress as usize <= kept + noise.len());
    }
}
