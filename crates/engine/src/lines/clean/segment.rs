//! A line without carriage returns in, clean text appended, with notes on what was done.
//!
//! Only lines in which something needs care come here. Bytes that are no UTF-8 become the characters of
//! Windows-1252, which agrees with Latin-1 wherever that has letters.

use super::escapes;
use crate::records::notes::Notes;

/// U+FEFF, which begins a file that was appended to another.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// What Windows-1252 has from 0x80 to 0x9F, where Latin-1 has control codes.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{FFFD}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{FFFD}', 'Ž', '\u{FFFD}',
    '\u{FFFD}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{FFFD}', 'ž', 'Ÿ',
];

/// Appends the clean form of `text` to `out`.
pub(super) fn append(text: &[u8], out: &mut Vec<u8>, notes: &mut Notes) {
    let mut segment = Segment { begin: out.len(), backs: 0, out, notes };
    let mut rest = text;
    while let Some(&byte) = rest.first() {
        let used = segment.step(byte, rest).max(1);
        rest = rest.get(used..).unwrap_or_default();
    }
}

struct Segment<'a> {
    out: &'a mut Vec<u8>,
    /// Where this text begins in the output: a backspace goes no further.
    begin: usize,
    /// Backspaces that the next character makes good.
    backs: usize,
    notes: &'a mut Notes,
}

impl Segment<'_> {
    /// Handles what `rest` begins with; gives back how many bytes that was.
    fn step(&mut self, byte: u8, rest: &[u8]) -> usize {
        match byte {
            b'\t' | 0x20..=0x7E => self.plain(rest),
            0x80..=0xFF => self.high(rest),
            0x1B => self.escape(rest),
            0 => self.nuls(rest),
            0x08 => self.backspace(),
            0x07 | 0x7F => self.control(b""),
            _ => self.control(b" "),
        }
    }

    fn plain(&mut self, rest: &[u8]) -> usize {
        let length = plain_length(rest);
        self.write(rest.get(..length).unwrap_or_default());
        length
    }

    fn high(&mut self, rest: &[u8]) -> usize {
        let length = rest.iter().position(u8::is_ascii).unwrap_or(rest.len());
        for chunk in rest.get(..length).unwrap_or_default().utf8_chunks() {
            self.characters(chunk.valid());
            for byte in chunk.invalid() {
                self.single_byte(*byte);
            }
        }
        length
    }

    fn characters(&mut self, text: &str) {
        let text = if self.out.len() == self.begin { text.trim_start_matches('\u{FEFF}') } else { text };
        for part in text.split_inclusive(is_c1) {
            let kept = part.trim_end_matches(is_c1);
            self.write(kept.as_bytes());
            if kept.len() < part.len() {
                self.control(b" ");
            }
        }
    }

    fn single_byte(&mut self, byte: u8) {
        let special = usize::from(byte).checked_sub(0x80).and_then(|at| WINDOWS_1252.get(at));
        let character = special.copied().unwrap_or(char::from(byte));
        self.write(character.encode_utf8(&mut [0; 4]).as_bytes());
        self.notes.add(Notes::NOT_UTF8);
    }

    fn escape(&mut self, rest: &[u8]) -> usize {
        self.notes.add(Notes::ESCAPES_REMOVED);
        1 + escapes::length(rest.get(1..).unwrap_or_default())
    }

    /// A hole in a file can be gigabytes of NULs, so the run is passed over in one go.
    fn nuls(&mut self, rest: &[u8]) -> usize {
        self.notes.add(Notes::NULS_REMOVED);
        rest.iter().position(|byte| *byte != 0).unwrap_or(rest.len())
    }

    fn backspace(&mut self) -> usize {
        self.notes.add(Notes::REWRITTEN);
        self.backs += 1;
        1
    }

    fn control(&mut self, instead: &[u8]) -> usize {
        self.notes.add(Notes::CONTROLS_REPLACED);
        self.write(instead);
        1
    }

    /// Appends text; what backspaces went over is overwritten by it.
    fn write(&mut self, text: &[u8]) {
        if text.is_empty() {
            return;
        }
        for _ in 0..std::mem::take(&mut self.backs) {
            if !self.remove_character() {
                break;
            }
        }
        self.out.extend_from_slice(text);
    }

    fn remove_character(&mut self) -> bool {
        let written = self.out.get(self.begin..).unwrap_or_default();
        let last = written.iter().rposition(|byte| byte & 0xC0 != 0x80);
        if let Some(last) = last {
            self.out.truncate(self.begin + last);
        }
        last.is_some()
    }
}

/// How much of the text needs no care; sixteen bytes at a time, as long as all of them need none.
fn plain_length(text: &[u8]) -> usize {
    let is_plain = |byte: &u8| (*byte == b'\t') | ((*byte >= 0x20) & (*byte < 0x7F));
    let (blocks, _) = text.as_chunks::<16>();
    let whole = blocks.iter().take_while(|block| block.iter().fold(true, |all, byte| all & is_plain(byte)));
    let length = whole.count() * 16;
    let tail = text.get(length..).unwrap_or_default();
    length + tail.iter().take_while(|byte| is_plain(byte)).count()
}

fn is_c1(character: char) -> bool {
    matches!(character, '\u{80}'..='\u{9F}')
}
