//! Whole archives and compressed files of every kind, alone and in each other.

use std::io::{Read, Write};
use std::ops::ControlFlow;
use std::sync::atomic::AtomicU64;

use logsift_sources::{LogInfo, Notice, NoticeKind, PlanOptions, Visitor, plan, visit};

use crate::making::*;

fn logs(seen: &Seen) -> Vec<(&str, &[u8])> {
    seen.logs.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect()
}

#[test]
fn every_compression_is_undone() {
    let text = lines(20_000);
    for (name, compress) in METHODS {
        let seen = read_bytes(&compress(&text));
        assert!(logs(&seen) == [("x", text.as_slice())], "{name}");
        assert_eq!(seen.notices, [], "{name}");
        assert_eq!(seen.progress, compress(&text).len() as u64);
        assert_eq!(seen.infos[0].bytes, Some(seen.progress));
    }
}

#[test]
fn streams_one_after_another_are_one_log() {
    for (name, compress) in METHODS {
        let (first, second) = (lines(3000), b"and more\n".to_vec());
        let joined = [compress(&first), compress(b""), compress(&second)].concat();
        let seen = read_bytes(&joined);
        assert!(logs(&seen) == [("x", [first.clone(), second.clone()].concat().as_slice())], "{name}");
        assert_eq!(seen.notices, [], "{name}");

        for (after, words) in
            [(vec![0; 1000], "1000 zero bytes"), (b"garbage".to_vec(), "bytes that are none")]
        {
            let seen = read_bytes(&[joined.clone(), after].concat());
            assert!(logs(&seen) == [("x", [first.clone(), second.clone()].concat().as_slice())], "{name}");
            assert!(seen.told(NoticeKind::Noted, words), "{name} {:?}", seen.notices);
            assert_eq!(seen.unreadable(), 0);
        }
        let seen = read_bytes(&[compress(&first), vec![0; 512], compress(&second)].concat());
        assert!(logs(&seen) == [("x", [first, second].concat().as_slice())], "{name}");
    }
}

#[test]
fn a_skippable_frame_before_zstd_is_passed() {
    let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc", &zstd(b"hello\n")].concat();
    let seen = read_bytes(&skippable);
    assert_eq!(logs(&seen), [("x", &b"hello\n"[..])]);
    assert_eq!(seen.notices, []);
}

#[test]
fn a_gzip_header_may_hold_everything() {
    let mut encoder = flate2::GzBuilder::new()
        .filename("app.log")
        .comment("kept")
        .extra(vec![1; 100])
        .mtime(1_700_000_000)
        .write(Vec::new(), flate2::Compression::fast());
    encoder.write_all(b"hello\n").unwrap();
    let seen = read_bytes(&encoder.finish().unwrap());
    assert_eq!(logs(&seen), [("x", &b"hello\n"[..])]);
    assert_eq!(seen.infos[0].modified.unwrap().seconds(), 1_700_000_000);
}

#[test]
fn a_window_that_is_too_large_is_told() {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.long_distance_matching(true).unwrap();
    encoder.window_log(28).unwrap();
    encoder.write_all(b"hello\n").unwrap();
    encoder.flush().unwrap();
    encoder.write_all(b"more\n").unwrap();
    let seen = read_bytes(&encoder.finish().unwrap());
    assert_eq!((seen.logs.len(), seen.unreadable()), (0, 1), "{:?}", seen.notices);
    assert!(seen.told(NoticeKind::Unreadable, "needs a window above 128 MiB"), "{:?}", seen.notices);
    // The header of the first block is made to ask for a dictionary of 128 MiB.
    let mut bytes = xz(b"hello\n");
    let header = &mut bytes[12..24];
    header[4] = 30;
    let mut sum = flate2::Crc::new();
    sum.update(&header[..8]);
    header[8..].copy_from_slice(&sum.sum().to_le_bytes());
    assert!(read_bytes(&bytes).told(NoticeKind::Unreadable, "needs a window above 64 MiB"));
}

#[test]
fn members_of_archives_are_logs() {
    let text = lines(5000);
    let long = format!("{}/app.log", "folder".repeat(40));
    let members: [(&str, &[u8]); 4] =
        [("a.log", &text), ("dir/b.log", b"b\n"), (&long, b"long\n"), ("empty.log", b"")];
    let expected: Vec<_> =
        members.iter().map(|(name, bytes)| (format!("x!{name}"), bytes.to_vec())).collect();
    let stored = zip::CompressionMethod::Stored;
    let deflated = zip::CompressionMethod::Deflated;
    let archives = [
        tar(&members),
        zip(&members),
        zip_method(&members, stored, false),
        zip_method(&members, stored, true),
        zip_method(&members, deflated, true),
    ];
    for archive in &archives {
        let seen = read_bytes(archive);
        assert!(seen.logs == expected, "{:?}", seen.notices);
        assert_eq!(seen.notices, []);
        for (name, compress) in METHODS {
            let seen = read_bytes(&compress(archive));
            assert!(seen.logs == expected, "{name} {:?}", seen.notices);
            assert_eq!(seen.notices, []);
        }
    }
    assert_eq!(read_bytes(&archives[0]).infos[0].modified.unwrap().seconds(), 1_700_000_000);
}

#[test]
fn pax_names_and_links_and_hidden_members() {
    let mut builder = tar::Builder::new(Vec::new());
    let long = format!("{}.log", "n".repeat(200));
    builder.append_pax_extensions([("path", long.as_bytes()), ("mtime", b"1600000000.5")]).unwrap();
    let mut header = tar::Header::new_ustar();
    header.set_size(2);
    builder.append_data(&mut header, "short", &b"a\n"[..]).unwrap();
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Link);
    link.set_size(0);
    builder.append_link(&mut link, "link.log", "short").unwrap();
    for name in ["./.git/config", "./b.log"] {
        let mut header = tar::Header::new_gnu();
        header.set_size(2);
        header.set_path(name).unwrap();
        header.set_cksum();
        builder.append(&header, &b"b\n"[..]).unwrap();
    }
    let archive = builder.into_inner().unwrap();
    let seen = read_bytes(&archive);
    let expected = [(format!("x!{long}"), b"a\n".to_vec()), ("x!b.log".into(), b"b\n".to_vec())];
    let names: Vec<_> =
        seen.logs.iter().map(|(name, bytes)| (name.replace("!./", "!"), bytes.clone())).collect();
    assert_eq!(names, expected);
    assert_eq!(seen.infos[0].modified.unwrap().seconds(), 1_600_000_000);
    assert!(seen.told(NoticeKind::Skipped, "1 hidden member was skipped"), "{:?}", seen.notices);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    std::fs::write(&path, archive).unwrap();
    let options = PlanOptions { hidden: true, ..PlanOptions::default() };
    assert_eq!(read(&plan(&[path.into()], &options)).logs.len(), 3);
}

#[test]
fn sparse_members_are_read_without_their_holes() {
    let map = format!("{:0<512}", "1\n4096\n6\n").replace('0', "\0").into_bytes();
    let map = [b"1\n4096\n6\n".to_vec(), vec![0; map.len() - 9]].concat();
    let data = [map, b"hello\n".to_vec()].concat();
    let mut builder = tar::Builder::new(Vec::new());
    builder
        .append_pax_extensions([
            ("GNU.sparse.major", &b"1"[..]),
            ("GNU.sparse.minor", b"0"),
            ("GNU.sparse.name", b"sparse.log"),
        ])
        .unwrap();
    let mut header = tar::Header::new_ustar();
    header.set_size(data.len() as u64);
    builder.append_data(&mut header, "GNUSparseFile.0/sparse.log", data.as_slice()).unwrap();
    let mut header = tar::Header::new_ustar();
    header.set_size(2);
    builder.append_data(&mut header, "next.log", &b"n\n"[..]).unwrap();
    let seen = read_bytes(&builder.into_inner().unwrap());
    assert_eq!(logs(&seen), [("x!sparse.log", &b"hello\n"[..]), ("x!next.log", b"n\n")]);
    assert_eq!(seen.notices, []);
}

#[test]
fn archives_lie_in_archives() {
    let inner = zip(&[("deep.log", b"deep\n")]);
    let middle = gzip(&tar(&[("inner.zip", &inner), ("m.log", b"m\n"), ("c.log.xz", &xz(b"c\n"))]));
    let outer = zip_method(&[("middle", &middle), ("o.log", b"o\n")], zip::CompressionMethod::Stored, true);
    let seen = read_bytes(&zstd(&outer));
    assert_eq!(
        logs(&seen),
        [
            ("x!middle!inner.zip!deep.log", &b"deep\n"[..]),
            ("x!middle!m.log", b"m\n"),
            ("x!middle!c.log.xz", b"c\n"),
            ("x!o.log", b"o\n"),
        ]
    );
    assert_eq!(seen.notices, []);
}

#[test]
fn nesting_ends_at_eight() {
    let nest = |levels: usize| {
        let mut bytes = b"core\n".to_vec();
        for _ in 0..levels {
            bytes = tar(&[("t", &bytes), ("beside.log", b"beside\n")]);
        }
        read_bytes(&bytes)
    };
    let seen = nest(8);
    assert_eq!((seen.logs.len(), seen.unreadable()), (9, 0));
    let seen = nest(9);
    assert_eq!((seen.logs.len(), seen.unreadable()), (8, 1), "{:?}", seen.notices);
    assert!(seen.told(NoticeKind::Unreadable, "deeper than 8 archives"));

    let mut bytes = b"core\n".to_vec();
    for _ in 0..40 {
        bytes = gzip(&bytes);
    }
    let seen = read_bytes(&bytes);
    assert_eq!((seen.logs.len(), seen.unreadable()), (0, 1));
}

/// A local header and data, by hand: the writer in use knows fewer methods.
fn local(flags: u16, method: u16, data: &[u8], size: u32) -> Vec<u8> {
    let mut sum = flate2::Crc::new();
    sum.update(b"hello\n");
    let mut bytes = b"PK\x03\x04\x14\0".to_vec();
    bytes.extend(flags.to_le_bytes());
    bytes.extend(method.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(sum.sum().to_le_bytes());
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(size.to_le_bytes());
    bytes.extend([5, 0, 0, 0]);
    bytes.extend(b"x.log");
    bytes.extend(data);
    bytes
}

#[test]
fn zip_members_of_every_method() {
    let end = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    for (method, data) in
        [(0, b"hello\n".to_vec()), (12, bzip2(b"hello\n")), (93, zstd(b"hello\n")), (95, xz(b"hello\n"))]
    {
        let seen = read_bytes(&[local(0, method, &data, 6), end.to_vec()].concat());
        assert_eq!(logs(&seen), [("x!x.log", &b"hello\n"[..])], "{method}");
        assert_eq!(seen.notices, [], "{method}");
    }
    let after = local(0, 0, b"hello\n", 6);
    for (flags, method, words) in [(1, 0, "is encrypted"), (0, 9, "method `9`")] {
        let seen = read_bytes(&[local(flags, method, b"secret", 6), after.clone(), end.to_vec()].concat());
        assert_eq!(logs(&seen), [("x!x.log", &b"hello\n"[..])]);
        assert!(seen.told(NoticeKind::Unreadable, words), "{:?}", seen.notices);
    }
    assert!(read_bytes(end).told(NoticeKind::Noted, "holds no files"));
}

#[test]
fn what_is_no_log_is_told() {
    let seen = read_bytes(b"7z\xbc\xaf\x27\x1c\0\x04rest of it");
    assert!(seen.logs.is_empty() && seen.told(NoticeKind::Unreadable, "is a 7z archive"));
    let noise: Vec<u8> = (0..9000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let seen = read_bytes(&tar(&[("noise", &noise), ("a.log", b"a\n")]));
    assert_eq!(logs(&seen), [("x!a.log", &b"a\n"[..])]);
    assert!(seen.told(NoticeKind::Skipped, "is binary data, not a log"));
}

struct Counts(u64);

impl Visitor for Counts {
    fn log(&mut self, _: &LogInfo, bytes: &mut dyn Read) -> ControlFlow<()> {
        let mut out = vec![0; 1 << 18];
        loop {
            let count = bytes.read(&mut out).unwrap();
            if count == 0 {
                return ControlFlow::Continue(());
            }
            self.0 += count as u64;
        }
    }

    fn notice(&mut self, notice: Notice) {
        panic!("{notice}");
    }
}

#[cfg(target_os = "linux")]
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

#[cfg(target_os = "linux")]
#[test]
fn a_bomb_merely_streams() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.gz");
    let file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    let zeros = vec![0; 1 << 20];
    for _ in 0..1024 {
        encoder.write_all(&zeros).unwrap();
    }
    encoder.finish().unwrap().flush().unwrap();
    let plan = plan_of(&[&path]);
    let before = most_memory();
    let mut counts = Counts(0);
    let _ = visit(&plan.sets[0].parts()[0], &AtomicU64::new(0), &mut counts);
    assert_eq!(counts.0, 1 << 30);
    // Other tests run beside this one, so the bound is wide; the bomb is 1 GiB.
    assert!(most_memory() - before < 256 << 20);
}

#[test]
fn a_visitor_may_stop_and_may_leave_bytes_unread() {
    struct Stops(Vec<String>, bool);
    impl Visitor for Stops {
        fn log(&mut self, info: &LogInfo, _: &mut dyn Read) -> ControlFlow<()> {
            self.0.push(info.name.rsplit('!').next().unwrap().to_owned());
            if self.1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
        fn notice(&mut self, notice: Notice) {
            panic!("{notice}");
        }
    }
    let text = lines(10_000);
    let members: [(&str, &[u8]); 2] = [("a", &text), ("b", &text)];
    let deflated = zip::CompressionMethod::Deflated;
    for archive in [tar(&members), zip(&members), zip_method(&members, deflated, true)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, archive).unwrap();
        for (stops, expected) in [(false, vec!["a", "b"]), (true, vec!["a"])] {
            let mut visitor = Stops(Vec::new(), stops);
            let flow = visit(&plan_of(&[&path]).sets[0].parts()[0], &AtomicU64::new(0), &mut visitor);
            assert_eq!(
                (visitor.0, flow.is_break()),
                (expected.iter().map(|name| name.to_string()).collect(), stops)
            );
        }
    }
}
