//! The first bytes of a stream in; what is it: packed, an archive, a known kind that is not read, or a log?
//!
//! Names are not asked: `app.log.1` may be packed and `app.gz` may be text.

use memchr::memchr;

use crate::archive::tar;
use crate::binary::binary;
use crate::codec::Method;
use crate::peek::Peek;

/// How many bytes are looked at.
const SAMPLE: usize = 8192;

/// The first block of a bzip2 stream, or the end of an empty one, after `BZh` and a digit.
const BZIP2_BLOCKS: [&[u8]; 2] = [b"\x31\x41\x59\x26\x53\x59", b"\x17\x72\x45\x38\x50\x90"];

/// Known kinds that are not read: magic number, name, a command that makes a stream of it.
const FOREIGN: [(&[u8], &str, &str); 7] = [
    (b"\x04\x22\x4d\x18", "compressed with lz4", "lz4 -dc"),
    (b"\x1f\x9d", "compressed with compress", "uncompress -c"),
    (b"LZIP\x01", "compressed with lzip", "lzip -dc"),
    (b"\xff\x06\0\0sNaPpY", "compressed with snappy", "snzip -dc"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "7z x -so"),
    (b"Rar!\x1a\x07", "a RAR archive", "unrar p -inul"),
    (b"\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff", "compressed with lzma", "xz --format=lzma -dc"),
];

/// What the first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Compressed(Method),
    Tar,
    Zip,
    /// A known kind that is not read, and the command that makes a stream of it.
    Foreign(&'static str, &'static str),
    /// No log.
    Binary(&'static str),
    /// All there is are the first bytes of a known kind.
    CutShort(&'static str),
    Log,
}

/// Looks at the next bytes of the input. A live input (a pipe) is not waited for longer than it
/// takes to see that it is text.
pub(crate) fn content(input: &mut Peek<'_>, live: bool) -> Content {
    while input.ready().len() < SAMPLE && !(live && is_surely_text(input.ready())) && input.more() {}
    let sample = input.ready();
    content_of(sample.get(..SAMPLE).unwrap_or(sample))
}

fn is_surely_text(sample: &[u8]) -> bool {
    memchr(b'\n', sample).is_some() && content_of(sample) == Content::Log
}

fn content_of(sample: &[u8]) -> Content {
    if let Some(method) = compression(sample) {
        return Content::Compressed(method);
    }
    if is_zip(sample) {
        return Content::Zip;
    }
    if tar::is_header(sample) {
        return Content::Tar;
    }
    if let Some((_, what, command)) = FOREIGN.iter().find(|(magic, ..)| sample.starts_with(magic)) {
        return Content::Foreign(what, command);
    }
    if let Some(what) = cut_short(sample) {
        return Content::CutShort(what);
    }
    binary(sample).map_or(Content::Log, Content::Binary)
}

/// The method of compression whose stream begins here.
pub(crate) fn compression(sample: &[u8]) -> Option<Method> {
    match sample {
        [0x1f, 0x8b, 8, flags, ..] if flags & 0xe0 == 0 => Some(Method::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Method::Zstd),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Method::Xz),
        [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] => {
            BZIP2_BLOCKS.iter().any(|block| rest.starts_with(block)).then_some(Method::Bzip2)
        }
        _ => None,
    }
}

fn is_zip(sample: &[u8]) -> bool {
    [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"].iter().any(|magic| sample.starts_with(*magic))
        || sample.starts_with(b"PK00PK\x03\x04")
}

/// Files that hold a beginning and nothing else, which would else pass as a very short log.
fn cut_short(sample: &[u8]) -> Option<&'static str> {
    let begins = |magic: &[u8]| sample.len() < magic.len() && magic.starts_with(sample);
    match sample {
        [] => None,
        [0x1f] | [0x1f, 0x8b] | [0x1f, 0x8b, 8] => Some("gzip"),
        [0x28, 0xb5] | [0x28, 0xb5, 0x2f] | [0x28] => (sample.len() > 1).then_some("zstd"),
        [0xfd, ..] if begins(b"\xfd7zXZ\0") => Some("xz"),
        [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..]
            if BZIP2_BLOCKS.iter().any(|block| rest.len() < block.len() && block.starts_with(rest)) =>
        {
            Some("bzip2")
        }
        [b'P', b'K', 3] => Some("zip"),
        _ => tar::is_cut_header(sample).then_some("tar"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_content() {
        let check = |sample: &[u8], expected: Content| assert_eq!(content_of(sample), expected, "{sample:?}");
        check(b"", Content::Log);
        check(b"hello\n", Content::Log);
        check(b"\x1f\x8b\x08\x00\0\0\0\0", Content::Compressed(Method::Gzip));
        check(b"\x1f\x8b\x08", Content::CutShort("gzip"));
        check(b"\x28\xb5\x2f\xfd", Content::Compressed(Method::Zstd));
        check(b"\x53\x2a\x4d\x18", Content::Compressed(Method::Zstd));
        check(b"BZh91AY&SY", Content::Compressed(Method::Bzip2));
        check(b"BZh91AY", Content::CutShort("bzip2"));
        check(b"BZh9 is how bzip2 begins\n", Content::Log);
        check(b"(", Content::Log);
        check(b"PK\x03\x04", Content::Zip);
        check(b"PK is a key\n", Content::Log);
        check(b"\x04\x22\x4d\x18abc", Content::Foreign("compressed with lz4", "lz4 -dc"));
    }

    #[test]
    fn a_live_line_is_not_waited_for() {
        struct Slow(bool);
        impl std::io::Read for Slow {
            fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
                assert!(!self.0, "it would have blocked here");
                self.0 = true;
                out[..6].copy_from_slice(b"hello\n");
                Ok(6)
            }
        }
        let mut slow = Slow(false);
        assert_eq!(content(&mut Peek::new(&mut slow), true), Content::Log);
    }
}
