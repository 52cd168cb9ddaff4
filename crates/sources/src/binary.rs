//! Whether a sample of bytes is no log: by magic number, then by its control bytes.
//!
//! Logs hold odd bytes too: a hole of NULs where a writer's file was truncated, colour codes, any
//! encoding, one separator all over (FIX messages). What sets binary data apart is many *kinds* of
//! control bytes, so the two most frequent kinds do not count, and NULs scattered in short runs.

/// Magic numbers of files that are no logs, and what they are.
const MAGIC: [(&[u8], &str); 20] = [
    (b"\x7fELF", "an ELF file"),
    (b"LPKSHHRH", "a systemd journal"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"%PDF-", "a PDF document"),
    (b"\xca\xfe\xba\xbe", "a Java class"),
    (b"\xcf\xfa\xed\xfe", "a Mach-O file"),
    (b"\0asm", "a WebAssembly module"),
    (b"ElfFile\0", "a Windows event log"),
    (b"\x30\0\0\0LfLe", "a Windows event log"),
    (b"\xd4\xc3\xb2\xa1", "a packet capture"),
    (b"\xa1\xb2\xc3\xd4", "a packet capture"),
    (b"PAR1", "a Parquet file"),
    (b"Obj\x01", "an Avro file"),
    (b"\x80\x04\x95", "a Python pickle"),
    (b"OggS", "an Ogg file"),
    (b"ID3\x03", "an MP3 file"),
];

/// A record of login accounting (`wtmp`, `btmp`) on Linux.
const LOGIN_RECORD: usize = 384;

/// What the bytes are, if they are no log.
pub(crate) fn binary(sample: &[u8]) -> Option<&'static str> {
    if let Some((_, what)) = MAGIC.iter().find(|(magic, _)| sample.starts_with(magic)) {
        return Some(what);
    }
    if is_login_accounting(sample) {
        return Some("login accounting");
    }
    let hole = sample.iter().take_while(|&&byte| byte == 0).count();
    let sample = sample.get(hole..).unwrap_or(&[]);
    if starts_with_utf16_mark(sample) || alternates_with_nuls(sample) {
        return None;
    }
    (has_scattered_nuls(sample) || has_many_control_bytes(sample)).then_some("binary data")
}

/// Every record begins with its kind (1 to 9) as a number of four bytes.
fn is_login_accounting(sample: &[u8]) -> bool {
    let is_kind = |record: &[u8]| matches!(record, [1..=9, 0, 0, 0, ..]);
    sample.len() >= LOGIN_RECORD
        && sample.chunks(LOGIN_RECORD).filter(|record| record.len() >= 4).all(is_kind)
}

fn starts_with_utf16_mark(sample: &[u8]) -> bool {
    sample.starts_with(b"\xff\xfe") || sample.starts_with(b"\xfe\xff")
}

/// UTF-16 without a mark: NULs nearly always at even, or nearly always at odd places.
fn alternates_with_nuls(sample: &[u8]) -> bool {
    let count = |from: usize| sample.iter().skip(from).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd) = (count(0), count(1));
    let (most, fewest) = (even.max(odd), even.min(odd));
    most * 10 >= sample.len() && fewest * 20 <= most && has_text_beside_nuls(sample, even > odd)
}

/// The other halves must read as text, else it is a table of small numbers.
fn has_text_beside_nuls(sample: &[u8], nuls_are_even: bool) -> bool {
    let others = sample.iter().skip(usize::from(nuls_are_even)).step_by(2);
    let controls = others.clone().filter(|&&byte| is_control(byte)).count();
    controls * 50 <= others.count()
}

/// NULs in many places: a log has them in one hole or a few, or as one more separator.
fn has_scattered_nuls(sample: &[u8]) -> bool {
    let nuls = sample.iter().filter(|&&byte| byte == 0).count();
    let runs = sample.windows(2).filter(|pair| matches!(pair, [1..=u8::MAX, 0])).count();
    nuls * 10 > sample.len() * 3 && runs >= 8
}

fn has_many_control_bytes(sample: &[u8]) -> bool {
    let mut counts = [0usize; 33];
    for &byte in sample.iter().filter(|&&byte| is_control(byte)) {
        if let Some(count) = counts.get_mut(usize::from(byte).min(32)) {
            *count += 1;
        }
    }
    counts.sort_unstable();
    let rare: usize = counts.iter().take(counts.len() - 2).sum();
    rare > 2 + sample.len() * 3 / 100
}

/// Control bytes but those of text: tab, line ends, form feed, backspace, bell, escape.
fn is_control(byte: u8) -> bool {
    matches!(byte, 0..=6 | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(length: usize) -> Vec<u8> {
        let mut state = 88_172_645_463_325_252_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 24) as u8
        };
        (0..length).map(|_| next()).collect()
    }

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        let unit = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn logs_are_no_binaries() {
        let check = |bytes: &[u8]| assert_eq!(binary(bytes), None, "{:?}", String::from_utf8_lossy(bytes));
        let lines = "2024-01-01 12:00:00 INFO served\r\n".repeat(100);
        check(b"");
        check(b"\x1f");
        check(lines.as_bytes());
        check(&vec![0; 8192]);
        check(&[&[0; 5000], lines.as_bytes()].concat());
        check(&[lines.as_bytes(), &[0; 5000]].concat());
        check(lines.replace(' ', "\0").as_bytes());
        check(lines.replace("INFO", "\x1b[32mINFO\x1b[0m\x07").as_bytes());
        check(lines.replace(' ', "\x01").replace(':', "\x02").as_bytes());
        check(&utf16(&lines, false));
        check(&utf16(&lines, true));
        check(&utf16("2024-01-01 12:00:00 警告 数据库连接失败\n", false).repeat(50));
        let high: Vec<u8> =
            (0..4000).map(|n| if n % 40 == 39 { b'\n' } else { 0xc0 + (n % 60) as u8 }).collect();
        check(&high);
    }

    #[test]
    fn binaries_are_told() {
        let check = |bytes: &[u8]| assert!(binary(bytes).is_some());
        check(&noise(8192));
        check(&noise(500));
        check(b"\x7fELF\x02\x01\x01");
        let record = |kind: u8| {
            let mut record = vec![0u8; LOGIN_RECORD];
            record[0] = kind;
            record[8..13].copy_from_slice(b"pts/0");
            record
        };
        check(&[record(7), record(8), record(2)].concat());
        let table: Vec<u8> = (0..2000u32).flat_map(|n| (n * 7).to_le_bytes()).collect();
        check(&table);
    }
}
