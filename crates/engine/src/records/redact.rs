//! Text in, the same text without secrets and personal data out.
//!
//! A [`Redactor`] is off unless the settings ask for it; it stands at the door, before anything is
//! learned. [`mask_secrets`] is for reports and always on: authorization headers, passwords, private
//! keys, passwords in addresses, web tokens. Both walk once over the text; a table says which bytes
//! can begin anything, and each such place is looked at over a bounded way.
//!
//! What is masked becomes `[redacted:email]`: no blank and no quote, so that a line keeps its
//! format. With a keyed hash (`[redacted:email:3f9a…]`) equal values stay recognisable.

mod secrets;
mod shapes;
mod siphash;

use std::io::Write;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use memchr::{memchr, memchr2_iter};
use secrets::Secret;
use shapes::{byte, is_local, is_word, run};
use siphash::siphash;

/// A set of kinds of values to remove.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds(u16);

impl Kinds {
    /// E-mail addresses.
    pub const EMAIL: Kinds = Kinds(1);
    /// Card numbers with a right check digit.
    pub const CARD: Kinds = Kinds(1 << 1);
    /// Bank accounts (IBAN) with right check digits.
    pub const IBAN: Kinds = Kinds(1 << 2);
    /// Telephone numbers, international or clearly formatted.
    pub const PHONE: Kinds = Kinds(1 << 3);
    /// Web tokens, keys of known services, private keys.
    pub const TOKEN: Kinds = Kinds(1 << 4);
    /// Values with the name of a secret, and passwords in addresses.
    pub const SECRET: Kinds = Kinds(1 << 5);
    /// All of them.
    pub const ALL: Kinds = Kinds(0b11_1111);
    /// What reports never show; only part of the names and tokens count.
    const ALWAYS: Kinds = Kinds(1 << 6);

    /// Each kind with its name in settings.
    pub const NAMES: [(Kinds, &'static str); 6] = [
        (Kinds::EMAIL, "email"),
        (Kinds::CARD, "card"),
        (Kinds::IBAN, "iban"),
        (Kinds::PHONE, "phone"),
        (Kinds::TOKEN, "token"),
        (Kinds::SECRET, "secret"),
    ];

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    const fn any_of(self, other: Kinds) -> bool {
        self.0 & other.0 != 0
    }
}

/// What takes the place of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Nothing.
    Drop,
    /// The name of its kind.
    Mask,
    /// The name of its kind and a hash of the value under this key.
    Hash([u8; 16]),
}

/// Removes the kinds asked for, line by line or record by record of one stream.
#[derive(Clone, Debug)]
pub struct Redactor {
    kinds: Kinds,
    manner: Manner,
    /// A private key began and did not end: so many lines may still belong to it.
    key_lines: u8,
}

/// A private key has some 50 lines at most; foreign lines may come between them.
const MAX_KEY_LINES: u8 = 120;

impl Redactor {
    /// A redactor for one stream.
    pub fn new(kinds: Kinds, manner: Manner) -> Redactor {
        Redactor { kinds, manner, key_lines: 0 }
    }

    /// A redactor for what is shown of one log, record by record: it does what [`mask_secrets`] does, and
    /// knows a private key whose lines are records of their own.
    pub fn for_reports() -> Redactor {
        Redactor::new(Kinds::ALWAYS, Manner::Mask)
    }

    /// Writes the text without what is to be removed and says whether there was anything. Where
    /// there was nothing, nothing is written: the text may be used as it is.
    pub fn redact(&mut self, text: &[u8], out: &mut Vec<u8>) -> bool {
        if self.kinds == Kinds::ALWAYS && self.key_lines == 0 && !may_hold_secrets(text) {
            return false;
        }
        let mut walk = Walk::new(text, self.kinds, self.manner, out);
        let mut begin = 0;
        while self.key_lines > 0 && begin < text.len() {
            begin = self.key_line(&mut walk, begin);
        }
        walk.run(begin, text.len());
        if walk.open_key {
            self.key_lines = MAX_KEY_LINES;
        }
        walk.close()
    }

    /// Handles one line after the beginning of a private key and gives the position after it.
    fn key_line(&mut self, walk: &mut Walk<'_>, begin: usize) -> usize {
        let rest = walk.text.get(begin..).unwrap_or_default();
        let end = memchr(b'\n', rest).map_or(walk.text.len(), |place| begin + place);
        let line = walk.text.get(begin..end).unwrap_or_default();
        self.key_lines -= 1;
        if memchr::memmem::find(line, b"-----END ").is_some() {
            self.key_lines = 0;
        }
        match key_material(line) {
            Some(start) => walk.replace(begin + start, end, "key", false),
            None => walk.run(begin, end),
        }
        end + 1
    }
}

/// Where the part of a private key begins in a line that may have a header before it.
fn key_material(line: &[u8]) -> Option<usize> {
    let line = line.trim_ascii_end();
    let start = line.iter().rposition(|&byte| matches!(byte, b' ' | b'\t')).map_or(0, |blank| blank + 1);
    let word = line.get(start..).filter(|word| !word.is_empty())?;
    let base64 = word.iter().all(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='));
    (base64 && (start == 0 || word.len() >= 40 || word.ends_with(b"="))).then_some(start)
}

/// Writes the text with what no report shows masked, and says whether there was anything; where
/// there was nothing, nothing is written.
pub fn mask_secrets(text: &[u8], out: &mut Vec<u8>) -> bool {
    Redactor::for_reports().redact(text, out)
}

/// Which parts of a text hold values of those kinds, in their order.
pub(crate) fn covered(text: &[u8], kinds: Kinds) -> Vec<Range<usize>> {
    let (mut out, mut covered) = (Vec::new(), Vec::new());
    let mut walk = Walk::new(text, kinds, Manner::Drop, &mut out);
    walk.covered = Some(&mut covered);
    walk.run(0, text.len());
    covered
}

/// Whether the value of a field with that name is never shown: a password or an authorization.
pub fn is_secret_field(name: &[u8], value: &[u8]) -> bool {
    let is_directory = name.ends_with(b"PWD") && value.starts_with(b"/");
    !value.is_empty() && !value.starts_with(b"[redacted") && !is_directory && secrets::is_never_shown(name)
}

/// Whether there is anything in the text that a report must not show. Nearly all text has nothing, and
/// this says so much sooner than the walk: it only looks at the places where a secret must have a mark.
fn may_hold_secrets(text: &[u8]) -> bool {
    let named = |at: usize| match text.get(at..) {
        Some([b':', b'/', b'/', rest @ ..]) => rest.iter().take(512).any(|byte| *byte == b'@'),
        _ => secrets::ends_never_shown(text, at),
    };
    memchr2_iter(b'=', b':', text).any(named)
        || (text.len() >= SHORTEST_MARKED && MARKS.iter().any(|mark| mark.find(text).is_some()))
}

/// A web token takes at least so much room; the other marked secrets take more.
const SHORTEST_MARKED: usize = 16;

/// What stands in secrets that need no name.
static MARKS: LazyLock<[Finder<'static>; 4]> =
    LazyLock::new(|| ["eyJ", "earer ", "EARER ", "-----BEGIN "].map(Finder::new));

/// What a byte can begin or be part of.
mod class {
    pub(super) const AT: u8 = 1;
    pub(super) const SEPARATOR: u8 = 2;
    pub(super) const NUMBER: u8 = 3;
    pub(super) const DASH: u8 = 4;
    pub(super) const LETTER: u8 = 5;
    /// Set where the byte cannot stand before the `@` of an address.
    pub(super) const BREAK: u8 = 0x80;
}

static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let letter = byte as u8;
        classes[byte] = match letter {
            b'@' => class::AT | class::BREAK,
            b'=' | b':' => class::SEPARATOR | class::BREAK,
            b'(' => class::NUMBER | class::BREAK,
            b'0'..=b'9' | b'+' => class::NUMBER,
            b'-' => class::DASH,
            // Capitals begin an account or a key, the small ones a key of a known service.
            b'A'..=b'Z' | b'b' | b'd' | b'e' | b'g' | b'h' | b'n' | b'p' | b'r' | b's' | b'x' | b'y' => {
                class::LETTER
            }
            b'a'..=b'z' | b'.' | b'_' | b'%' | 0x80.. => 0,
            _ => class::BREAK,
        };
        byte += 1;
    }
    classes
};

struct Walk<'a> {
    text: &'a [u8],
    kinds: Kinds,
    manner: Manner,
    out: &'a mut Vec<u8>,
    start: usize,
    copied: usize,
    changed: bool,
    open_key: bool,
    /// Where to note what was replaced.
    covered: Option<&'a mut Vec<Range<usize>>>,
}

impl<'a> Walk<'a> {
    fn new(text: &'a [u8], kinds: Kinds, manner: Manner, out: &'a mut Vec<u8>) -> Walk<'a> {
        let start = out.len();
        Walk { text, kinds, manner, out, start, copied: 0, changed: false, open_key: false, covered: None }
    }

    fn run(&mut self, begin: usize, end: usize) {
        let mut at = begin;
        // Where the part before a possible `@` begins.
        let mut local = begin;
        while at < end {
            let class = CLASSES[usize::from(byte(self.text, at))];
            let next = match class & !class::BREAK {
                0 => None,
                class::AT => self.email(local, at),
                class::SEPARATOR => self.separator(at),
                class::NUMBER => self.number(at),
                class::DASH => self.private_key(at),
                _ => self.token(at),
            };
            match next {
                Some(next) => (at, local) = (next.max(at + 1), next.max(at + 1)),
                None => {
                    at += 1;
                    if class & class::BREAK != 0 {
                        local = at;
                    }
                }
            }
        }
    }

    fn email(&mut self, local: usize, at: usize) -> Option<usize> {
        if !self.kinds.any_of(Kinds::EMAIL) || at - local.max(self.copied) == 0 {
            return None;
        }
        let end = shapes::email_domain(self.text, at)?;
        self.replace(local, end, "email", false);
        Some(end)
    }

    fn separator(&mut self, at: usize) -> Option<usize> {
        if !self.kinds.any_of(Kinds::SECRET.with(Kinds::ALWAYS)) {
            return None;
        }
        if self.text.get(at..)?.starts_with(b"://") {
            let (start, end) = password_of_address(self.text, at + 3)?;
            self.replace(start, end, "secret", false);
            return Some(end);
        }
        let all = self.kinds != Kinds::ALWAYS;
        let wanted = |secret| all || matches!(secret, Secret::Password | Secret::Authorization);
        let found = secrets::find(self.text, self.copied, at, wanted)?;
        self.replace(found.start, found.end, "secret", found.quote);
        Some(found.end)
    }

    fn number(&mut self, at: usize) -> Option<usize> {
        if !self.kinds.any_of(Kinds::CARD.with(Kinds::PHONE)) || !self.begins_here(at) {
            return None;
        }
        let card = || shapes::card(self.text, at).filter(|_| self.kinds.any_of(Kinds::CARD));
        let phone = || shapes::phone(self.text, at).filter(|_| self.kinds.any_of(Kinds::PHONE));
        let (end, kind) = card().map(|end| (end, "card")).or_else(|| phone().map(|end| (end, "phone")))?;
        self.replace(at, end, kind, self.is_json_value(at));
        Some(end)
    }

    fn token(&mut self, at: usize) -> Option<usize> {
        if !self.begins_here(at) {
            return None;
        }
        if self.kinds.any_of(Kinds::TOKEN.with(Kinds::ALWAYS))
            && let Some(end) = shapes::jwt(self.text, at)
        {
            self.replace(at, end, "token", false);
            return Some(end);
        }
        if self.kinds.any_of(Kinds::TOKEN)
            && let Some(end) = shapes::key(self.text, at)
        {
            self.replace(at, end, "token", false);
            return Some(end);
        }
        if let Some((start, end)) = bearer(self.text, at).filter(|_| !self.kinds.is_harmless()) {
            self.replace(start, end, "token", false);
            return Some(end);
        }
        if self.kinds.any_of(Kinds::IBAN)
            && let Some(end) = shapes::iban(self.text, at)
        {
            self.replace(at, end, "iban", false);
            return Some(end);
        }
        None
    }

    fn private_key(&mut self, at: usize) -> Option<usize> {
        if !self.kinds.any_of(Kinds::TOKEN.with(Kinds::ALWAYS)) {
            return None;
        }
        let key = shapes::private_key(self.text, at)?;
        self.open_key |= !key.whole;
        self.replace(at, key.end, "key", false);
        Some(key.end)
    }

    /// No word, and no number with a sign or point, goes on at this position.
    fn begins_here(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return true };
        let previous = byte(self.text, before);
        !(is_word(previous) || matches!(previous, b'-' | b'.' | b'+'))
    }

    /// A bare value of JSON, whose replacement needs quotes.
    fn is_json_value(&self, at: usize) -> bool {
        let window = self.text.get(at.saturating_sub(8)..at).unwrap_or_default().trim_ascii_end();
        window.strip_suffix(b":").is_some_and(|key| key.trim_ascii_end().ends_with(b"\""))
    }

    fn replace(&mut self, start: usize, end: usize, kind: &str, quote: bool) {
        let start = start.max(self.copied);
        if let Some(covered) = &mut self.covered {
            covered.push(start..end);
        }
        let value = self.text.get(start..end).unwrap_or_default();
        self.out.extend_from_slice(self.text.get(self.copied..start).unwrap_or_default());
        let quote: &[u8] = if quote { b"\"" } else { b"" };
        self.out.extend_from_slice(quote);
        // Writing to memory does not fail.
        let _ = match self.manner {
            Manner::Drop => Ok(()),
            Manner::Mask => write!(self.out, "[redacted:{kind}]"),
            Manner::Hash(key) => write!(self.out, "[redacted:{kind}:{:016x}]", siphash(key, value)),
        };
        self.out.extend_from_slice(quote);
        self.copied = end.max(self.copied);
        self.changed = true;
    }

    fn close(self) -> bool {
        if self.changed {
            self.out.extend_from_slice(self.text.get(self.copied..).unwrap_or_default());
        } else {
            self.out.truncate(self.start);
        }
        self.changed
    }
}

impl Kinds {
    /// Nothing in the set makes `Bearer …` a secret.
    fn is_harmless(self) -> bool {
        !self.any_of(Kinds::TOKEN.with(Kinds::SECRET).with(Kinds::ALWAYS))
    }
}

/// The credentials behind `Bearer`, wherever it stands.
fn bearer(text: &[u8], at: usize) -> Option<(usize, usize)> {
    if !matches!(byte(text, at), b'B' | b'b') || !text.get(at..at + 7)?.eq_ignore_ascii_case(b"bearer ") {
        return None;
    }
    let start = at + 7;
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    let length = run(text, start, is_token);
    (length >= 16).then_some((start, start + length))
}

/// Names of actors and users can be long, too; a token nearly always holds digits.
fn is_token(user: &[u8]) -> bool {
    user.len() >= 20 && user.iter().all(|&byte| is_local(byte)) && user.iter().any(u8::is_ascii_digit)
}

/// The password in `user:password@host`, or a long user without one, which is a token.
fn password_of_address(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let window = text.get(at..text.len().min(at + 512))?;
    let length = run(window, 0, |byte| byte > b' ' && !b"/?#\"'<>\\,".contains(&byte));
    let authority = window.get(..length)?;
    let at_sign = authority.iter().rposition(|&byte| byte == b'@')?;
    let user = authority.get(..at_sign)?;
    let start = match memchr(b':', user) {
        Some(colon) => colon + 1,
        None if is_token(user) => 0,
        None => return None,
    };
    let password = user.get(start..)?;
    (!password.is_empty() && !password.starts_with(b"[redacted")).then_some((at + start, at + at_sign))
}

#[cfg(test)]
mod tests;
