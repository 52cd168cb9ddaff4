//! What a container must survive: every byte changed, every length lied about, every end cut off.

use super::*;
use crate::model::{PARTS, PartDigest, Parts};

const NAMES: Kind = Kind::mandatory(2, "names", 3);
const COLOURS: Kind = Kind::optional(0x8001, "colours", 2);
const KNOWN: &[Kind] = &[PARTS, NAMES, COLOURS];

#[derive(Debug, PartialEq)]
struct Sample {
    settings: u64,
    parts: Parts,
    names: Vec<(String, u64)>,
    colours: Option<Vec<f64>>,
}

fn sample() -> Sample {
    let mut digest = PartDigest::default();
    digest.add(b"a record");
    let mut parts = Parts::default();
    parts.add(digest.part().unwrap());
    let names = vec![("sshd".to_owned(), 40), ("cron".to_owned(), 1 << 40)];
    Sample { settings: 99, parts, names, colours: Some(vec![0.5, -1.0]) }
}

fn write(sample: &Sample) -> Vec<u8> {
    let mut writer = ModelWriter::new(sample.settings);
    if let Some(colours) = &sample.colours {
        writer.block(COLOURS, |block| block.list(colours.iter(), |block, colour| block.f64(*colour)));
    }
    writer.block(NAMES, |block| {
        block.list(sample.names.iter(), |block, (name, count)| {
            block.text(name);
            block.varint(*count);
        });
    });
    writer.block(PARTS, |block| sample.parts.write(block));
    writer.finish()
}

fn read(bytes: &[u8], checksums: Checksums) -> Result<Sample, ModelError> {
    let model = ModelReader::open_comparing(bytes, KNOWN, checksums)?;
    let name = |block: &mut BlockReader<'_>| Ok((block.text("a name", 64)?.to_owned(), block.varint()?));
    Ok(Sample {
        settings: model.header().settings,
        parts: model.block(PARTS, Parts::read)?,
        names: model.block(NAMES, |block| block.list("names", 100, 2, name))?,
        colours: model.block_if_any(COLOURS, |block| block.list("colours", 100, 8, |colour| colour.f64()))?,
    })
}

/// A model of blocks with any kind and version.
fn raw_model(blocks: &[(u16, u16, &[u8])]) -> Vec<u8> {
    let mut out = header(FORMAT, 99, "9.9.9");
    blocks.iter().for_each(|(kind, version, payload)| append_block(&mut out, *kind, *version, payload));
    finish(&mut out, blocks.len());
    out.into_bytes()
}

/// The example of `docs/book/model-format.md`: models of this release must stay readable for ever.
#[test]
fn the_layout_is_fixed() {
    let mut out = header(1, 7, "0.1.0");
    append_block(&mut out, 1, 1, &[0]);
    finish(&mut out, 1);
    let lines = [
        "89 4c 53 4d 0d 0a 1a 0a 01 00 07 00 00 00 00 00",
        "00 00 05 30 2e 31 2e 30 d3 9d b8 10 01 00 01 00",
        "01 00 00 00 00 00 00 00 00 08 bc c6 ef ff ff 01",
        "00 00 00 f4 14 96 33 70 64 29 e0",
    ];
    let hex: Vec<String> = out.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let shown: Vec<String> = hex.chunks(16).map(|line| line.join(" ")).collect();
    assert_eq!(shown, lines);
    assert!(ModelReader::open(out.bytes()).is_ok());
}

#[test]
fn what_is_written_is_read() {
    assert_eq!(read(&write(&sample()), Checksums::Compare), Ok(sample()));
}

#[test]
fn every_flipped_byte_is_noticed() {
    let bytes = write(&sample());
    for at in 0..bytes.len() {
        for change in 1..=u8::MAX {
            let mut damaged = bytes.clone();
            damaged[at] ^= change;
            let result = read(&damaged, Checksums::Compare);
            assert!(result.is_err(), "byte {at} changed by {change:#x} went unnoticed");
            // Without checksums anything may come out but a panic.
            let _ = read(&damaged, Checksums::Ignore);
        }
    }
}

#[test]
fn every_cut_is_noticed() {
    let bytes = write(&sample());
    for end in 0..bytes.len() {
        assert!(read(&bytes[..end], Checksums::Compare).is_err(), "cut at {end}");
        assert!(read(&bytes[..end], Checksums::Ignore).is_err(), "cut at {end} without checksums");
    }
    let mut longer = bytes;
    longer.push(0);
    assert!(matches!(read(&longer, Checksums::Compare), Err(ModelError::Trailing { left: 1, .. })));
}

#[test]
fn lengths_that_lie_are_refused() {
    let bytes = write(&sample());
    for at in 0..bytes.len() - 7 {
        for length in [0, 1 << 32, 1 << 63, u64::MAX] {
            let mut damaged = bytes.clone();
            damaged[at..at + 8].copy_from_slice(&u64::to_le_bytes(length));
            if damaged != bytes {
                assert!(read(&damaged, Checksums::Compare).is_err(), "{length:#x} at {at}");
                let _ = read(&damaged, Checksums::Ignore);
            }
        }
    }
    let block = MAGIC.len() + 2 + 8 + 1 + PRODUCT.len() + 4;
    let mut damaged = bytes;
    damaged[block + 4..block + 12].copy_from_slice(&u64::to_le_bytes(1 << 63));
    let error = read(&damaged, Checksums::Ignore).unwrap_err();
    assert!(matches!(error, ModelError::Truncated { needed, .. } if needed == 1 << 63), "{error}");
}

#[test]
fn newer_formats_name_both_versions_and_the_way_out() {
    let mut newer = header(999, 0, "9.9.9").into_bytes();
    newer.extend_from_slice(b"whatever the future holds");
    let error = read(&newer, Checksums::Compare).unwrap_err();
    let expected = format!(
        "model format `999` (written by logsift `9.9.9`) is newer than `1`, the newest that logsift `{PRODUCT}` reads\n\
         hint: use logsift `9.9.9` or later, or learn the model again with this one; if no newer logsift wrote it, \
         the header is damaged"
    );
    assert_eq!(error.to_string(), expected);
    let odd = read(&header(999, 0, "\x1b[2J").into_bytes(), Checksums::Compare).unwrap_err();
    assert!(matches!(&odd, ModelError::NewerFormat { writer, .. } if writer == "unknown"), "{odd}");
    let odd = read(&header(FORMAT, 0, "\x1b[2J").into_bytes(), Checksums::Compare).unwrap_err();
    assert!(!odd.to_string().contains('\x1b'), "{odd}");
    let none = header(0, 0, "0").into_bytes();
    assert!(matches!(read(&none, Checksums::Compare), Err(ModelError::Malformed { offset: 8, .. })));
}

#[test]
fn unknown_blocks() {
    let error = |blocks: &[(u16, u16, &[u8])]| {
        let bytes = raw_model(blocks);
        ModelReader::open_knowing(&bytes, KNOWN).map(|model| model.blocks().len()).unwrap_err()
    };
    assert!(matches!(error(&[(5, 1, b"")]), ModelError::UnknownBlock { kind: 5, .. }));
    assert!(matches!(error(&[(2, 4, b"")]), ModelError::NewerBlock { found: 4, newest: 3, .. }));
    assert!(matches!(error(&[(2, 1, b""), (2, 1, b"")]), ModelError::Malformed { .. }));
    assert!(matches!(error(&[(2, 1, b""), (1, 1, b"")]), ModelError::Malformed { .. }));
    assert!(matches!(error(&[(0, 1, b"")]), ModelError::Malformed { .. }));
    assert!(matches!(error(&[(2, 0, b"")]), ModelError::Malformed { .. }));

    let bytes = raw_model(&[(1, 1, b"\0"), (0x8001, 9, b"newer"), (0x8002, 1, b"unknown")]);
    let model = ModelReader::open_knowing(&bytes, KNOWN).unwrap();
    let understood: Vec<bool> = model.blocks().iter().map(|block| block.understood).collect();
    assert_eq!(understood, [true, false, false]);
    assert_eq!(model.block_if_any(COLOURS, |block| block.byte()), Ok(None));
    assert_eq!(model.block(NAMES, |block| block.byte()), Err(ModelError::MissingBlock { block: "names" }));
}

#[test]
fn a_block_must_be_read_to_its_end() {
    let bytes = raw_model(&[(1, 1, b"\0x")]);
    let model = ModelReader::open(&bytes).unwrap();
    let error = model.block(PARTS, Parts::read).unwrap_err();
    assert!(matches!(error, ModelError::Trailing { within: "parts", left: 1, .. }), "{error}");
}

#[test]
fn a_lost_block_is_noticed() {
    let two = raw_model(&[(1, 1, b"\0"), (2, 1, b"\0")]);
    let one = raw_model(&[(1, 1, b"\0")]);
    // The blocks of the first with the end of the second, and the other way round.
    let body = |bytes: &[u8]| bytes[..bytes.len() - 14].to_vec();
    let end = |bytes: &[u8]| bytes[bytes.len() - 14..].to_vec();
    for mixed in [[body(&two), end(&one)].concat(), [body(&one), end(&two)].concat()] {
        let error = read(&mixed, Checksums::Compare).unwrap_err();
        assert!(matches!(error, ModelError::Malformed { what: "the number of blocks", .. }), "{error}");
    }
}

#[test]
fn foreign_files_are_named() {
    let check = |bytes: &[u8], hint: &str| {
        let error = ModelReader::open(bytes).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(hint), "{error}");
    };
    check(b"", "empty");
    check(b"\x89LS", "cut off");
    check(b"\x1f\x8b\x08\0\0\0\0\0", "gzip");
    check(b"\x80\x04\x95abc", "pickle");
    check(b"SQLite format 3\0", "SQLite");
    check(b"\x89LSM\n\x1a\n\x01\0", "line ends");
    check(b"Jan  1 00:00:00 host app: text", "logsift learn");
}

#[test]
fn settings_must_agree() {
    let bytes = write(&sample());
    let model = ModelReader::open_knowing(&bytes, KNOWN).unwrap();
    assert_eq!(model.require_settings(99), Ok(()));
    assert_eq!(model.require_settings(98), Err(ModelError::OtherSettings { found: 99, expected: 98 }));
}
