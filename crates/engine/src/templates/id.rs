//! A text in, its lasting name out: ids are hashes of content.
//!
//! The same skeleton or template has the same id in every run, on every machine and in every
//! release with the same [`VERSION`]. The hash is written out here, so that no library can change it.

use std::fmt;
use std::str::FromStr;

use super::scan::fold;

/// Raised when the rules that make skeletons change, so that old and new ids cannot be confused.
pub const VERSION: u8 = 1;

/// The skeleton of a record: cheap, known at once, and resolved to a template later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SkeletonId(pub u64);

/// A template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TemplateId(pub u64);

/// 128 bits that stand for a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digest {
    pub(crate) high: u64,
    pub(crate) low: u64,
}

/// Hashes a text of a kind (`s` for skeletons, `t` for templates).
pub(crate) fn digest(kind: u8, text: &[u8]) -> Digest {
    let seed = u64::from(VERSION) << 8 | u64::from(kind);
    let mut high = 0x9E37_79B9_7F4A_7C15 ^ seed;
    let mut low = 0xD6E8_FEB8_6659_FD93 ^ seed.rotate_left(32);
    let (whole, rest) = text.as_chunks::<8>();
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    for word in whole.iter().chain([&last]) {
        let word = u64::from_le_bytes(*word);
        high = fold(high ^ word, 0xA076_1D64_78BD_642F);
        low = fold(low ^ word.rotate_left(29), 0x8EBC_6AF0_9C88_C6E3);
    }
    let length = text.len() as u64;
    Digest {
        high: fold(high ^ length, 0xE703_7ED1_A0B4_28DB),
        low: fold(low ^ length, 0x5899_65CC_7537_4CC3),
    }
}

impl TemplateId {
    /// The id of a template's text, with [`super::skeleton::HOLE`] for its slots.
    pub(crate) fn of(text: &[u8]) -> TemplateId {
        TemplateId(digest(b't', text).high)
    }
}

/// Sixteen hexadecimal digits.
impl fmt::Display for TemplateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// What is no id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no template id\nhint: an id has 16 hexadecimal digits, as `logsift templates` prints them")]
pub struct NotAnId(pub String);

impl FromStr for TemplateId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<TemplateId, NotAnId> {
        let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u64::from_str_radix(text, 16).ok().filter(|_| digits);
        number.map(TemplateId).ok_or_else(|| NotAnId(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_never_change() {
        let id = |text: &[u8]| TemplateId::of(text).to_string();
        assert_eq!(id(b"Connection from \x01 closed"), "0ff6c9a267feb3d2");
        assert_eq!(id(b""), "26e83e52070b8c6e");
        assert_eq!(id(b"eight by"), "f917c0974793389f");
        assert_ne!(id(b"a"), id(b"a\0"));
    }

    #[test]
    fn ids_can_be_read_back() {
        let id = TemplateId::of(b"VM Started");
        assert_eq!(id.to_string().parse(), Ok(id));
        for wrong in ["", "12", "+00000000000000a", "000000000000000g"] {
            assert_eq!(wrong.parse::<TemplateId>(), Err(NotAnId(wrong.to_owned())));
        }
    }
}
