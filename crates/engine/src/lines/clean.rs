//! A line as it was written in, the text a reader would see out: valid UTF-8 without control codes.
//!
//! Almost every line needs nothing done, so the work is in two steps. [`Trouble::scan`] goes over a whole block of
//! lines at the speed of memory and says whether anything in it needs care; only then is [`clean_line`] asked, line by
//! line, and it writes nothing unless something changes. Tabulators stay: formats and stack traces need them.

use memchr::{memchr, memchr_iter, memrchr};

use crate::records::notes::Notes;

mod escapes;
mod segment;

type Occurs = fn(&[u8]) -> bool;

/// What in a block of lines needs care.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trouble(u8);

impl Trouble {
    /// Nothing needs care: every line is printable ASCII.
    pub const NONE: Trouble = Trouble(0);
    /// An escape code begins.
    pub const ESCAPE: Trouble = Trouble(1);
    /// A NUL byte.
    pub const NUL: Trouble = Trouble(2);
    /// A carriage return.
    pub const RETURN: Trouble = Trouble(4);
    /// Any other control code but tabulator and newline.
    pub const CONTROL: Trouble = Trouble(8);
    /// A byte that is not ASCII.
    pub const HIGH: Trouble = Trouble(16);

    /// What in this block needs care.
    pub fn scan(block: &[u8]) -> Trouble {
        const STRETCH: usize = 4096;
        let mut found = Trouble::NONE;
        for stretch in block.chunks(STRETCH) {
            if !is_plain(stretch) {
                found.look_for_kinds(stretch);
            }
        }
        found
    }

    /// What was found once need not be searched for again: where every line is troubled, it is by the same kind.
    fn look_for_kinds(&mut self, bytes: &[u8]) {
        let kinds: [(Trouble, Occurs); 5] = [
            (Trouble::ESCAPE, |bytes| memchr(0x1B, bytes).is_some()),
            (Trouble::NUL, |bytes| memchr(0, bytes).is_some()),
            (Trouble::RETURN, |bytes| memchr(b'\r', bytes).is_some()),
            (Trouble::HIGH, |bytes| !bytes.is_ascii()),
            (Trouble::CONTROL, |bytes| bytes.iter().fold(false, |any, byte| any | is_other_control(*byte))),
        ];
        for (kind, occurs) in kinds {
            if !self.has(kind) && occurs(bytes) {
                self.0 |= kind.0;
            }
        }
    }

    /// Whether nothing needs care.
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Whether all of `other` occur.
    pub const fn has(self, other: Trouble) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Printable ASCII, tabulators and newlines only. As a signed number, what is not ASCII lies below the blank, too.
#[inline]
fn is_plain(bytes: &[u8]) -> bool {
    let mut strange = 0;
    for byte in bytes {
        let below_blank = byte.cast_signed() < 0x20;
        strange |= u8::from((below_blank & (*byte != b'\n') & (*byte != b'\t')) | (*byte == 0x7F));
    }
    strange == 0
}

fn is_other_control(byte: u8) -> bool {
    let named = (byte == 0) | (byte == b'\t') | (byte == b'\n') | (byte == b'\r') | (byte == 0x1B);
    ((byte < 0x20) & !named) | (byte == 0x7F)
}

/// Whether a line had to be written anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleaned {
    /// The line is clean as it stands; nothing was written.
    Same,
    /// The clean line was appended to the output.
    Changed(Notes),
}

/// Appends the clean form of a line (given without its newline) to `out`, unless the line is clean already.
///
/// The clean form is valid UTF-8 without control codes but tabulators. Cleaning it again changes nothing.
pub fn clean_line(line: &[u8], out: &mut Vec<u8>) -> Cleaned {
    let text = without_returns(line);
    if memchr(b'\r', text).is_some() {
        return Cleaned::Changed(rewritten(text, out));
    }
    if is_clean(text) {
        return same_or_shorter(line, text, out);
    }
    let mut notes = Notes::NONE;
    segment::append(text, out, &mut notes);
    Cleaned::Changed(notes)
}

/// Cleans what `out` holds from `start` on, line by line.
///
/// What comes out of the escapes of a string may hold any code, whatever was done to the line before.
pub(crate) fn clean_since(out: &mut Vec<u8>, start: usize) -> Notes {
    if !holds_codes(out.get(start..).unwrap_or_default()) {
        return Notes::NONE;
    }
    let raw = out.split_off(start);
    clean_lines(&raw, out)
}

fn holds_codes(text: &[u8]) -> bool {
    let code = |byte: &u8| ((*byte < 0x20) & (*byte != b'\t') & (*byte != b'\n')) | (*byte == 0x7F);
    text.iter().fold(false, |any, byte| any | code(byte)) || has_c1(text)
}

/// Appends the clean form of each line of a text, parted by newlines as before.
pub(crate) fn clean_lines(bytes: &[u8], out: &mut Vec<u8>) -> Notes {
    let mut notes = Notes::NONE;
    let mut first = true;
    for line in bytes.split(|byte| *byte == b'\n') {
        if !std::mem::take(&mut first) {
            out.push(b'\n');
        }
        match clean_line(line, out) {
            Cleaned::Same => out.extend_from_slice(line),
            Cleaned::Changed(more) => notes.add(more),
        }
    }
    notes
}
/// The line without the carriage returns before its newline; some programs write two.
///
/// A reader that takes them off first spares [`clean_line`] the copy.
pub fn without_returns(line: &[u8]) -> &[u8] {
    let kept = line.iter().rposition(|byte| *byte != b'\r').map_or(0, |last| last + 1);
    line.get(..kept).unwrap_or_default()
}

fn same_or_shorter(line: &[u8], text: &[u8], out: &mut Vec<u8>) -> Cleaned {
    if text.len() == line.len() {
        return Cleaned::Same;
    }
    out.extend_from_slice(text);
    Cleaned::Changed(Notes::NONE)
}

fn is_clean(text: &[u8]) -> bool {
    if is_plain(text) {
        return !text.contains(&b'\n');
    }
    let no_controls =
        text.iter().fold(true, |all, byte| all & (*byte == b'\t' || (*byte >= 0x20 && *byte != 0x7F)));
    no_controls
        && !text.starts_with(segment::BYTE_ORDER_MARK)
        && std::str::from_utf8(text).is_ok()
        && !has_c1(text)
}

/// The control codes from U+0080 to U+009F, in text that is valid UTF-8.
fn has_c1(text: &[u8]) -> bool {
    memchr_iter(0xC2, text).any(|at| text.get(at + 1).is_some_and(|next| *next < 0xA0))
}

/// What a terminal shows in the end: what follows the last carriage return that anything visible follows.
fn rewritten(text: &[u8], out: &mut Vec<u8>) -> Notes {
    let mut notes = Notes::REWRITTEN;
    let begin = out.len();
    let mut rest = text;
    while out.len() == begin {
        let start = memrchr(b'\r', rest).map_or(0, |at| at + 1);
        segment::append(rest.get(start..).unwrap_or_default(), out, &mut notes);
        if start == 0 {
            break;
        }
        rest = rest.get(..start - 1).unwrap_or_default();
    }
    notes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cleaned(line: &[u8]) -> (Vec<u8>, Notes) {
        let mut out = Vec::new();
        match clean_line(line, &mut out) {
            Cleaned::Same => {
                assert!(out.is_empty());
                (line.to_vec(), Notes::NONE)
            }
            Cleaned::Changed(notes) => (out, notes),
        }
    }

    #[track_caller]
    fn check(line: &[u8], expected: &str, notes: Notes) {
        let (out, found) = cleaned(line);
        assert_eq!((String::from_utf8_lossy(&out).as_ref(), found), (expected, notes), "{line:?}");
    }

    #[test]
    fn clean_lines_stay() {
        for line in ["", "plain", "\tat com.example.Main(Main.java:1)", "Zürich → 日本", "\u{A0}\u{1F600}"]
        {
            assert_eq!(clean_line(line.as_bytes(), &mut Vec::new()), Cleaned::Same, "{line}");
        }
    }

    #[test]
    fn carriage_returns() {
        check(b"one\r", "one", Notes::NONE);
        check(b"one\r\r", "one", Notes::NONE);
        check(b"\r", "", Notes::NONE);
        check(b" 10%\r 50%\r100%", "100%", Notes::REWRITTEN);
        check(b" 10%\r100%\r", "100%", Notes::REWRITTEN);
        check(b" 10%\r100%\r\x1B[K", "100%", Notes::REWRITTEN.with(Notes::ESCAPES_REMOVED));
        check(b"\rstart", "start", Notes::REWRITTEN);
    }

    #[test]
    fn what_came_out_of_escapes() {
        let check = |text: &str, expected: &str, notes| {
            let mut out = b"\x1B before".to_vec();
            out.extend_from_slice(text.as_bytes());
            let found = clean_since(&mut out, 8);
            let shown = String::from_utf8_lossy(&out).into_owned();
            assert_eq!((shown.as_str(), found), (format!("\u{1b} before{expected}").as_str(), notes));
        };
        check("two\nlines\t", "two\nlines\t", Notes::NONE);
        check("two\r\nlines", "two\nlines", Notes::NONE);
        check("\u{1b}[31mred\u{1b}[0m\nx", "red\nx", Notes::ESCAPES_REMOVED);
        check("\u{9b}31mé\0", " 31mé", Notes::CONTROLS_REPLACED.with(Notes::NULS_REMOVED));
        check("10%\r20%\nnext", "20%\nnext", Notes::REWRITTEN);
        check("é\u{a0}", "é\u{a0}", Notes::NONE);
    }

    #[test]
    fn escape_codes() {
        let escapes = |line: &[u8], expected| check(line, expected, Notes::ESCAPES_REMOVED);
        escapes(b"\x1B[1;31mERROR\x1B[0m disk", "ERROR disk");
        escapes(b"\x1B[38;2;10;20;30mx\x1B[m", "x");
        escapes(b"\x1B[?25lx\x1B[2K\x1B[1A", "x");
        escapes(b"\x1B]0;title\x07prompt", "prompt");
        escapes(b"\x1B]8;;https://example.com\x1B\\link\x1B]8;;\x1B\\", "link");
        escapes(b"\x1B]0;never ended", "0;never ended");
        escapes(b"\x1BPq data\x1B\\after", "after");
        escapes(b"\x1B(Bx\x1B)0y\x1B=\x1B>\x1B7z", "xyz");
        escapes(b"end\x1B", "end");
        escapes(b"end\x1B[", "end");
        escapes(b"end\x1B[12", "end");
        escapes(b"\x1B\xC3\xA9", "é");
        escapes(b"\x1B[31\xC3\xA9", "é");
    }

    #[test]
    fn nuls_and_controls() {
        check(b"a\0b", "ab", Notes::NULS_REMOVED);
        check(&[&[0; 100_000][..], b"10:00 started"].concat(), "10:00 started", Notes::NULS_REMOVED);
        check(b"8=FIX.4.2\x019=65\x01", "8=FIX.4.2 9=65 ", Notes::CONTROLS_REPLACED);
        check(b"beep\x07 del\x7F", "beep del", Notes::CONTROLS_REPLACED);
        check("a\u{85}b\u{9B}31m".as_bytes(), "a b 31m", Notes::CONTROLS_REPLACED);
        check(b"a\nb", "a b", Notes::CONTROLS_REPLACED);
    }

    #[test]
    fn overstrikes() {
        check(b"_\x08b_\x08o_\x08l_\x08d", "bold", Notes::REWRITTEN);
        check(b"N\x08NA\x08AM\x08ME\x08E", "NAME", Notes::REWRITTEN);
        check(b"wait |\x08/\x08-\x08 done", "wait  done", Notes::REWRITTEN);
        check("é\u{8}è".as_bytes(), "è", Notes::REWRITTEN);
        check(b"end\x08", "end", Notes::REWRITTEN);
        check(b"\x08\x08\x08x", "x", Notes::REWRITTEN);
    }

    #[test]
    fn bytes_that_are_no_utf8() {
        check(b"Stra\xDFe", "Straße", Notes::NOT_UTF8);
        check(b"\x93quoted\x94 \x80 5", "“quoted” € 5", Notes::NOT_UTF8);
        check(b"caf\xC3\xA9 caf\xE9", "café café", Notes::NOT_UTF8);
        check(b"cut \xE2\x82", "cut â‚", Notes::NOT_UTF8);
        check(b"\x81", "\u{FFFD}", Notes::NOT_UTF8);
        check("\u{FEFF}2024-05-01".as_bytes(), "2024-05-01", Notes::NONE);
    }

    #[test]
    fn trouble_is_found_wherever_it_stands() {
        let kinds = [
            (0x1B, Trouble::ESCAPE),
            (0, Trouble::NUL),
            (b'\r', Trouble::RETURN),
            (0x07, Trouble::CONTROL),
            (0x7F, Trouble::CONTROL),
            (0x80, Trouble::HIGH),
            (0xFF, Trouble::HIGH),
            (b'\t', Trouble::NONE),
            (b'\n', Trouble::NONE),
            (b'~', Trouble::NONE),
        ];
        for (byte, trouble) in kinds {
            for place in [0, 15, 16, 4095, 4096, 9000] {
                let mut block = vec![b'x'; 9001];
                block[place] = byte;
                assert_eq!(Trouble::scan(&block), trouble, "{byte:#x} at {place}");
            }
        }
    }

    /// Bytes as logs have them when they go wrong: mostly text, with every special byte likely.
    fn nasty_line() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![
            5 => prop::sample::select(b"ab []()0;m\\PX^_\t".as_slice()),
            3 => prop::sample::select(b"\x1B\0\r\x08\x07\x7F\n\xC2\x9B\xE2\x82\xAC".as_slice()),
            1 => any::<u8>(),
        ];
        prop::collection::vec(byte, 0..60)
    }

    proptest! {
        #[test]
        fn what_comes_out_is_safe(line in nasty_line()) {
            let (out, _) = cleaned(&line);
            let text = std::str::from_utf8(&out).expect("the clean form is UTF-8");
            prop_assert!(!text.chars().any(|character| character.is_control() && character != '\t'));
            prop_assert_eq!(cleaned(&out), (out.clone(), Notes::NONE));
        }

        #[test]
        fn printable_lines_stay(line in "[ -~\t]{0,200}") {
            prop_assert!(Trouble::scan(line.as_bytes()).is_none());
            prop_assert_eq!(clean_line(line.as_bytes(), &mut Vec::new()), Cleaned::Same);
        }

        #[test]
        fn a_block_without_trouble_needs_no_cleaning(line in nasty_line()) {
            let line: Vec<u8> = line.into_iter().filter(|byte| *byte != b'\n').collect();
            let changed = clean_line(&line, &mut Vec::new()) != Cleaned::Same;
            prop_assert!(!(changed && Trouble::scan(&line).is_none()));
        }

        #[test]
        fn what_stood_before_in_the_output_stays(line in nasty_line()) {
            let mut out = b"before".to_vec();
            clean_line(&line, &mut out);
            prop_assert!(out.starts_with(b"before"));
        }
    }
}
