//! First bytes in; is this file text at all?
//!
//! Well-known files are known by how they begin, all others by their share of control codes.

use super::Encoding;

/// How many bytes are looked at.
const BINARY_SAMPLE: usize = 8192;

/// How well-known binary files begin.
const MAGIC: &[&[u8]] = &[
    b"\x7FELF",
    b"\x89PNG",
    b"\xFF\xD8\xFF",
    b"GIF87a",
    b"GIF89a",
    b"\x1F\x8B\x08",
    b"\x28\xB5\x2F\xFD",
    b"\xFD7zXZ\0",
    b"\x04\x22\x4D\x18",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"7z\xBC\xAF\x27\x1C",
    b"Rar!\x1A\x07",
    b"%PDF-",
    b"SQLite format 3\0",
    b"LPKSHHRH",
    b"ElfFile\0",
    b"\xFEbin",
    b"\xCA\xFE\xBA\xBE",
    b"\xCF\xFA\xED\xFE",
    b"\0asm",
    b"!<arch>\n",
    b"PAR1",
    b"Obj\x01",
    b"\xED\xAB\xEE\xDB",
    b"\xD4\xC3\xB2\xA1",
    b"\xA1\xB2\xC3\xD4",
    b"\x0A\x0D\x0D\x0A",
    b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
    b"\xFF\x06\0\0sNaPpY",
    b"GDBM",
    b"MZ\x90\0",
    b"hsqs",
    b"\xDE\x12\x04\x95",
];

/// Whether a file that begins with these bytes holds no text at all.
///
/// Never so for a text log with a few NULs, with a hole of NULs at its start (a writer that went on after its file
/// was truncated), with colour codes, in Latin-1 or in UTF-16.
pub fn looks_binary(first: &[u8]) -> bool {
    if MAGIC.iter().any(|magic| first.starts_with(magic)) || is_bzip2(first) {
        return true;
    }
    let hole = first.iter().take_while(|byte| **byte == 0).count();
    let sample = first.get(hole..).unwrap_or_default();
    let sample = &sample[..sample.len().min(BINARY_SAMPLE)];
    let unmarked_text = Encoding::detect(sample) == (Encoding::Bytes, 0) && !is_wide_text(first);
    unmarked_text && has_many_controls(sample)
}

/// `BZh` and a digit could begin a text; the mark of the first block cannot.
fn is_bzip2(first: &[u8]) -> bool {
    first.starts_with(b"BZh") && first.get(4..7) == Some(b"1AY".as_slice())
}

/// The unskipped bytes of UTF-16 or UTF-32, high byte first, begin with a NUL that is no hole.
fn is_wide_text(first: &[u8]) -> bool {
    Encoding::detect(first).0 != Encoding::Bytes
}

/// More than four bytes of a hundred are controls that text does not have; a run of NULs counts once.
///
/// Random bytes have 7.4 of a hundred. The separators of FIX and of data dumps (0x01, 0x1C to 0x1F) are not counted.
fn has_many_controls(sample: &[u8]) -> bool {
    let mut strange = 0;
    let mut solid = 0;
    let mut before = 1;
    for byte in sample {
        solid += usize::from(*byte != 0);
        let begins_nuls = *byte == 0 && before != 0;
        strange += usize::from(begins_nuls || matches!(byte, 0x02..=0x07 | 0x0E..=0x1A));
        before = *byte;
    }
    solid >= 16 && strange * 25 > solid
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One entry of wtmp as glibc writes it.
    fn login(pid: u8, user: &[u8], host: &[u8]) -> Vec<u8> {
        let mut entry = vec![0; 384];
        entry[0] = 7;
        entry[4..6].copy_from_slice(&[pid, 0x1F]);
        entry[8..13].copy_from_slice(b"pts/0");
        entry[40..44].copy_from_slice(b"ts/0");
        entry[44..44 + user.len()].copy_from_slice(user);
        entry[76..76 + host.len()].copy_from_slice(host);
        entry[340..348].copy_from_slice(&[0x10, 0x32, 0x6A, 0x66, 0x98, 0x77, 0x02, 0]);
        entry[348..352].copy_from_slice(&[10, 0, 0, 7]);
        entry
    }

    #[test]
    fn binary_files_are_known() {
        let noise: Vec<u8> =
            (0..4096_u64).map(|n| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect();
        let logins = [login(1, b"alice", b"example.com"), login(9, b"bob", b"192.0.2.7")].concat();
        let lastlog = [vec![0; 292], login(1, b"alice", b"example.com")].concat();
        let files: [&[u8]; 7] = [
            &noise,
            &logins,
            &lastlog,
            b"\x7FELF\x02\x01\x01",
            b"SQLite format 3\0\x10\0",
            b"LPKSHHRH\0\0\0\0",
            b"BZh91AY&SY\x01",
        ];
        for file in files {
            assert!(looks_binary(file), "{:?}", &file[..file.len().min(16)]);
        }
    }

    #[test]
    fn odd_text_is_not_binary() {
        let coloured = b"\x1B[32mINFO\x1B[0m \x1B[1mstarted\x1B[0m\n".repeat(40);
        let latin = b"10:00 Stra\xDFe gesperrt, Z\xFCrich \xE0 \xE9\n".repeat(40);
        let fix = b"8=FIX.4.2\x019=65\x0135=A\x0149=SERVER\x0156=CLIENT\x0134=177\x01\n".repeat(40);
        let few_nuls = b"2024-05-01 INFO name=\0\0\0\0 started and went on for a while\n".repeat(40);
        for text in [&coloured[..], &latin, &fix, &few_nuls, b"BZh9 is a name\n", b"MZ alone\n", b"\x07"] {
            assert!(!looks_binary(text), "{:?}", String::from_utf8_lossy(text));
        }
    }
}
