//! First bytes in, their encoding out; then chunks of UTF-16 or UTF-32 in, UTF-8 out.
//!
//! Whatever is not UTF-16 or UTF-32 stays as it is: whether a line is UTF-8 or Latin-1 is decided line by line when
//! it is cleaned, since one file often holds both. A decoder keeps the bytes of a character that a chunk cuts in two,
//! so the result does not depend on where the chunks end. What is no character becomes U+FFFD: nothing is lost
//! without a trace.

/// How many bytes the encoding is judged by where no byte order mark settles it.
const SAMPLE: usize = 1024;
/// The character that stands for what could not be decoded.
const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// How the characters of a source are written as bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// ASCII, UTF-8, Latin-1 or a mixture of them: decided per line.
    #[default]
    Bytes,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// UTF-32, low byte first.
    Utf32Le,
    /// UTF-32, high byte first.
    Utf32Be,
}

impl Encoding {
    /// The encoding of a source that begins with these bytes, and the length of its byte order mark.
    ///
    /// Without a mark at least 1 KiB should be given where the source has that much.
    pub fn detect(first: &[u8]) -> (Encoding, usize) {
        match first {
            [0xEF, 0xBB, 0xBF, ..] => (Encoding::Bytes, 3),
            [0xFF, 0xFE, 0, 0, ..] => (Encoding::Utf32Le, 4),
            [0, 0, 0xFE, 0xFF, ..] => (Encoding::Utf32Be, 4),
            [0xFF, 0xFE, ..] => (Encoding::Utf16Le, 2),
            [0xFE, 0xFF, ..] => (Encoding::Utf16Be, 2),
            _ => (by_nul_pattern(&first[..first.len().min(SAMPLE)]), 0),
        }
    }

    /// The name shown to users.
    pub const fn name(self) -> &'static str {
        match self {
            Encoding::Bytes => "utf-8",
            Encoding::Utf16Le => "utf-16le",
            Encoding::Utf16Be => "utf-16be",
            Encoding::Utf32Le => "utf-32le",
            Encoding::Utf32Be => "utf-32be",
        }
    }
}

/// Logs are full of digits and blanks, so a wide encoding shows as NULs that stand at one side of the units only.
fn by_nul_pattern(sample: &[u8]) -> Encoding {
    let candidates = [
        (Encoding::Utf32Le, is_utf32(sample, u32::from_le_bytes)),
        (Encoding::Utf32Be, is_utf32(sample, u32::from_be_bytes)),
        (Encoding::Utf16Le, is_utf16(sample, u16::from_le_bytes)),
        (Encoding::Utf16Be, is_utf16(sample, u16::from_be_bytes)),
    ];
    candidates.into_iter().find(|(_, fits)| *fits).map_or(Encoding::Bytes, |(encoding, _)| encoding)
}

/// Every unit is a character that text has, and at least half of them are ASCII.
fn is_utf32(sample: &[u8], read: fn([u8; 4]) -> u32) -> bool {
    let mut units = 0;
    let mut ascii = 0;
    for bytes in sample.as_chunks::<4>().0 {
        let unit = read(*bytes);
        if char::from_u32(unit).is_none() || !is_texty(unit) {
            return false;
        }
        units += 1;
        ascii += u32::from(unit < 0x80);
    }
    units >= 2 && ascii * 2 >= units
}

/// A quarter of the units or more are ASCII, next to none have their NUL on the other side or are controls, and the
/// units that two letters of narrow text would look like are fewer.
fn is_utf16(sample: &[u8], read: fn([u8; 2]) -> u16) -> bool {
    let mut units = 0;
    let mut ascii = 0;
    let mut odd = 0;
    let mut like_narrow = 0;
    for bytes in sample.as_chunks::<2>().0 {
        let unit = u32::from(read(*bytes));
        units += 1;
        like_narrow += u32::from(bytes.iter().all(|byte| matches!(byte, 0x20..=0x7E)));
        if unit & 0xFF == 0 || (unit < 0x80 && !is_texty(unit)) {
            odd += 1;
        } else if unit < 0x80 {
            ascii += 1;
        }
    }
    units >= 2 && ascii * 4 >= units && odd * 50 <= units && like_narrow < ascii
}

/// Not a control code that text never holds.
fn is_texty(unit: u32) -> bool {
    matches!(unit, 0x08..=0x0D | 0x1B) || unit >= 0x20
}

/// Turns the chunks of one source into UTF-8.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    encoding: Encoding,
    /// The first bytes of a unit whose rest comes with the next chunk.
    part: [u8; 4],
    part_length: usize,
    /// The first half of a surrogate pair.
    high: Option<u16>,
}

impl Decoder {
    /// A decoder for a source of that encoding; the byte order mark must not be given to it.
    pub fn new(encoding: Encoding) -> Decoder {
        Decoder { encoding, ..Decoder::default() }
    }

    /// Appends the text of one chunk to `out`. Bytes of a character that is not complete are kept for the next one.
    pub fn decode(&mut self, input: &[u8], out: &mut Vec<u8>) {
        match self.encoding {
            Encoding::Bytes => out.extend_from_slice(input),
            Encoding::Utf16Le => self.decode_utf16(input, u16::from_le_bytes, out),
            Encoding::Utf16Be => self.decode_utf16(input, u16::from_be_bytes, out),
            Encoding::Utf32Le => self.decode_utf32(input, u32::from_le_bytes, out),
            Encoding::Utf32Be => self.decode_utf32(input, u32::from_be_bytes, out),
        }
    }

    /// The source has ended: what is still kept is no whole character.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.flush_high(out);
        if self.part_length > 0 {
            push(REPLACEMENT, out);
            self.part_length = 0;
        }
    }

    fn decode_utf16(&mut self, input: &[u8], read: fn([u8; 2]) -> u16, out: &mut Vec<u8>) {
        let Some(rest) = self.complete_part::<2>(input, |decoder, bytes| decoder.unit16(read(bytes), out))
        else {
            return;
        };
        out.reserve(rest.len() / 2);
        let (blocks, tail) = rest.as_chunks::<16>();
        for block in blocks {
            if self.high.is_some() || !push_ascii16(block, read, out) {
                self.units16(block, read, out);
            }
        }
        let left = self.units16(tail, read, out);
        self.keep(left);
    }

    fn decode_utf32(&mut self, input: &[u8], read: fn([u8; 4]) -> u32, out: &mut Vec<u8>) {
        let character = |bytes| char::from_u32(read(bytes)).unwrap_or(REPLACEMENT);
        let Some(rest) = self.complete_part::<4>(input, |_, bytes| push(character(bytes), out)) else {
            return;
        };
        let (units, left) = rest.as_chunks::<4>();
        for bytes in units {
            push(character(*bytes), out);
        }
        self.keep(left);
    }

    /// Fills up the unit begun with the last chunk; gives back the input after it, or nothing if it is still short.
    fn complete_part<'a, const N: usize>(
        &mut self,
        input: &'a [u8],
        take: impl FnOnce(&mut Decoder, [u8; N]),
    ) -> Option<&'a [u8]> {
        if self.part_length == 0 {
            return Some(input);
        }
        let missing = N.saturating_sub(self.part_length);
        let (now, rest) = input.split_at(missing.min(input.len()));
        for byte in now {
            self.part[self.part_length] = *byte;
            self.part_length += 1;
        }
        let bytes = *self.part.first_chunk::<N>()?;
        if self.part_length < N {
            return None;
        }
        self.part_length = 0;
        take(self, bytes);
        Some(rest)
    }

    fn units16<'a>(&mut self, bytes: &'a [u8], read: fn([u8; 2]) -> u16, out: &mut Vec<u8>) -> &'a [u8] {
        let (units, left) = bytes.as_chunks::<2>();
        for unit in units {
            self.unit16(read(*unit), out);
        }
        left
    }

    fn unit16(&mut self, unit: u16, out: &mut Vec<u8>) {
        match (self.high.take(), unit) {
            (Some(high), 0xDC00..=0xDFFF) => push(pair(high, unit), out),
            (before, _) => {
                if before.is_some() {
                    push(REPLACEMENT, out);
                }
                self.single16(unit, out);
            }
        }
    }

    fn single16(&mut self, unit: u16, out: &mut Vec<u8>) {
        match unit {
            0xD800..=0xDBFF => self.high = Some(unit),
            _ => push(char::from_u32(u32::from(unit)).unwrap_or(REPLACEMENT), out),
        }
    }

    fn flush_high(&mut self, out: &mut Vec<u8>) {
        if self.high.take().is_some() {
            push(REPLACEMENT, out);
        }
    }

    fn keep(&mut self, left: &[u8]) {
        for (place, byte) in self.part.iter_mut().zip(left) {
            *place = *byte;
        }
        self.part_length = left.len();
    }
}

/// Eight units at once if all of them are ASCII, which is most of any log.
fn push_ascii16(block: &[u8; 16], read: fn([u8; 2]) -> u16, out: &mut Vec<u8>) -> bool {
    let mut all = 0;
    let mut narrow = [0; 8];
    for (place, bytes) in narrow.iter_mut().zip(block.as_chunks::<2>().0) {
        let unit = read(*bytes);
        all |= unit;
        *place = unit.to_le_bytes()[0];
    }
    if all < 0x80 {
        out.extend_from_slice(&narrow);
    }
    all < 0x80
}

fn pair(high: u16, low: u16) -> char {
    let code = 0x1_0000 + (u32::from(high & 0x3FF) << 10) + u32::from(low & 0x3FF);
    char::from_u32(code).unwrap_or(REPLACEMENT)
}

fn push(character: char, out: &mut Vec<u8>) {
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn utf16(text: &str, write: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(write).collect()
    }

    fn utf32(text: &str, write: fn(u32) -> [u8; 4]) -> Vec<u8> {
        text.chars().flat_map(|character| write(u32::from(character))).collect()
    }

    fn written(text: &str, encoding: Encoding) -> Vec<u8> {
        match encoding {
            Encoding::Bytes => text.as_bytes().to_vec(),
            Encoding::Utf16Le => utf16(text, u16::to_le_bytes),
            Encoding::Utf16Be => utf16(text, u16::to_be_bytes),
            Encoding::Utf32Le => utf32(text, u32::to_le_bytes),
            Encoding::Utf32Be => utf32(text, u32::to_be_bytes),
        }
    }

    const ALL: [Encoding; 5] =
        [Encoding::Bytes, Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Utf32Le, Encoding::Utf32Be];

    fn decoded(encoding: Encoding, chunks: &[&[u8]]) -> Vec<u8> {
        let mut decoder = Decoder::new(encoding);
        let mut out = Vec::new();
        for chunk in chunks {
            decoder.decode(chunk, &mut out);
        }
        decoder.finish(&mut out);
        out
    }

    #[test]
    fn encodings_are_found_without_a_mark() {
        let texts = [
            "2024-05-01 10:00:00 INFO started\r\n",
            "2024-05-01 10:00:00 ошибка: нет места\n",
            "2024-05-01 10:00:00 错误：磁盘已满\n",
        ];
        for encoding in ALL {
            for text in texts {
                assert_eq!(Encoding::detect(&written(text, encoding)), (encoding, 0), "{text}");
            }
        }
    }

    #[test]
    fn marks_settle_the_encoding() {
        for (encoding, length) in ALL.into_iter().zip([3, 2, 2, 4, 4]) {
            let bytes = written("\u{FEFF}日誌\n", encoding);
            assert_eq!(Encoding::detect(&bytes), (encoding, length));
            assert_eq!(decoded(encoding, &[&bytes[length..]]), "日誌\n".as_bytes());
        }
    }

    #[test]
    fn text_with_nuls_is_no_wide_text() {
        let mut hole = vec![0; 600];
        hole.extend_from_slice(&b"2024-05-01 10:00:00 INFO started\n".repeat(20));
        for text in [hole.as_slice(), b"", b"a", b"a\0", b"\0\0\0\0\0\0\0\0", b"one\0two\0three\0four\0"] {
            assert_eq!(Encoding::detect(text), (Encoding::Bytes, 0), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_character_is_replaced() {
        let check = |encoding, bytes: &[u8], expected: &str| {
            assert_eq!(decoded(encoding, &[bytes]), expected.as_bytes(), "{bytes:?}");
        };
        check(Encoding::Utf16Le, b"a\0b", "a\u{FFFD}");
        check(Encoding::Utf16Le, b"\x3D\xD8a\0", "\u{FFFD}a");
        check(Encoding::Utf16Le, b"\x3D\xD8\x3D\xD8\0\xDE", "\u{FFFD}\u{1F600}");
        check(Encoding::Utf16Le, b"\0\xDEa\0", "\u{FFFD}a");
        check(Encoding::Utf16Be, b"\xD8\x3D", "\u{FFFD}");
        check(Encoding::Utf32Le, b"a\0\0\0\0\0\x11\0b\0", "a\u{FFFD}\u{FFFD}");
        check(Encoding::Utf32Be, b"\0\0\xD8\0\0\0\0b", "\u{FFFD}b");
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in any::<String>(), cuts in prop::collection::vec(0_usize..400, 0..6)) {
            for encoding in ALL {
                let bytes = written(&text, encoding);
                prop_assert_eq!(in_chunks(encoding, &bytes, &cuts), text.as_bytes());
            }
        }

        #[test]
        fn chunk_borders_do_not_matter(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            cuts in prop::collection::vec(0_usize..200, 0..9),
        ) {
            for encoding in ALL {
                let whole = decoded(encoding, &[&bytes]);
                prop_assert_eq!(&in_chunks(encoding, &bytes, &cuts), &whole);
                prop_assert!(encoding == Encoding::Bytes || std::str::from_utf8(&whole).is_ok());
            }
            let _ = Encoding::detect(&bytes);
        }
    }

    fn in_chunks(encoding: Encoding, bytes: &[u8], cuts: &[usize]) -> Vec<u8> {
        let mut borders: Vec<usize> = cuts.iter().map(|cut| (*cut).min(bytes.len())).collect();
        borders.extend([0, bytes.len()]);
        borders.sort_unstable();
        let chunks: Vec<&[u8]> = borders.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        decoded(encoding, &chunks)
    }
}
