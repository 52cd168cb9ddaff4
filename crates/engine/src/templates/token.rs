//! A message in, its tokens out: words, opaque chunks, delimiters and blanks.
//!
//! A *chunk* is a run of bytes between delimiters. What the rest of the miner may know of a chunk
//! is fixed here, and it is little: a chunk that holds a digit or looks like a path is opaque,
//! whatever its bytes. That makes the skeleton a function of few things, so that a hash of those
//! few things can stand for it (see `scan.rs`).

/// What a chunk is. The numbers are marks inside the line key; no word of a log hashes to them,
/// since words have no bytes below 0x20.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Chunk {
    /// Constant text, or an identifier with a single digit such as `ssh2` or `jk2_init`.
    Word = 1,
    /// Holds digits: some kind of value.
    Opaque = 2,
    /// Begins like a path: `/…`, `./…`, `../…`, `\…`.
    Path = 3,
    /// Begins with two slashes: the rest of a URL, if a scheme stands before it.
    Authority = 4,
}

/// One token of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A chunk.
    Chunk(Chunk),
    /// A delimiter other than a blank.
    Punctuation(u8),
    /// Blanks and control characters, as many as there are.
    Blank,
    /// Two dots or more.
    Dots,
}

/// A token and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) token: Token,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// Bytes that part chunks: blanks, control characters and most punctuation.
pub(crate) const DELIMITERS: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte <= 0x20 {
        table[byte] = true;
        byte += 1;
    }
    let marks = b"!\"'(),:;<=>?[]{|}";
    let mut at = 0;
    while at < marks.len() {
        table[marks[at] as usize] = true;
        at += 1;
    }
    table
};

/// Messages are looked at up to here; what follows does not change the template.
pub(crate) const LONGEST: usize = 4096;

/// The part of a message that makes its skeleton: the first line, without blanks around it.
#[inline]
pub(crate) fn head(message: &[u8]) -> &[u8] {
    let message = message.get(..LONGEST).unwrap_or(message);
    let mut line = match memchr::memchr(b'\n', message) {
        Some(end) => message.get(..end).unwrap_or(message),
        None => message,
    };
    while let [rest @ .., 0..=0x20] = line {
        line = rest;
    }
    while let [0..=0x20, rest @ ..] = line {
        line = rest;
    }
    line
}

/// What a chunk is, given whether it holds no digit, one or more.
#[inline(always)]
pub(crate) fn chunk_of(chunk: &[u8], digits: u32) -> Chunk {
    match chunk {
        [b'/' | b'.' | b'\\', _, ..] => path_or(chunk, digits),
        _ if digits == 0 => Chunk::Word,
        _ => word_or_opaque(chunk, digits),
    }
}

#[inline(never)]
fn path_or(chunk: &[u8], digits: u32) -> Chunk {
    match chunk {
        [b'/', b'/', _, ..] => Chunk::Authority,
        [b'/' | b'\\', _, ..] | [b'.', b'/', ..] => Chunk::Path,
        _ => word_or_opaque(chunk, digits),
    }
}

#[inline(always)]
fn word_or_opaque(chunk: &[u8], digits: u32) -> Chunk {
    if digits == 0 || digits == 1 && is_soft(chunk) { Chunk::Word } else { Chunk::Opaque }
}

/// Identifiers that merely end in a digit (`ssh2`, `eth0`) or hold one between words (`jk2_init`).
pub(crate) fn is_soft(chunk: &[u8]) -> bool {
    let letters = chunk.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let rest = chunk.get(letters..).unwrap_or_default();
    match rest {
        [digit] => letters >= 2 && digit.is_ascii_digit(),
        [digit, b'_', tail @ ..] => {
            letters >= 2
                && digit.is_ascii_digit()
                && tail.iter().all(|b| b.is_ascii_alphabetic() || *b == b'_')
        }
        _ => false,
    }
}

/// Appends the tokens of a message.
pub(crate) fn tokens(message: &[u8], into: &mut Vec<Piece>) {
    let mut at = 0;
    while at < message.len() {
        let (token, end) = token_at(message, at);
        into.push(Piece { token, start: at as u32, end: end as u32 });
        at = end;
    }
}

fn token_at(message: &[u8], at: usize) -> (Token, usize) {
    let rest = message.get(at..).unwrap_or_default();
    let run = |test: fn(&u8) -> bool| at + rest.iter().take_while(|byte| test(byte)).count();
    match rest {
        [0..=0x20, ..] => (Token::Blank, run(|byte| *byte <= 0x20)),
        [b'.', b'.', ..] => (Token::Dots, run(|byte| *byte == b'.')),
        [byte, ..] if DELIMITERS[usize::from(*byte)] => (Token::Punctuation(*byte), at + 1),
        _ => {
            let end = at + chunk_length(rest);
            let chunk = message.get(at..end).unwrap_or_default();
            let digits = chunk.iter().filter(|byte| byte.is_ascii_digit()).count();
            (Token::Chunk(chunk_of(chunk, digits as u32)), end)
        }
    }
}

/// How many bytes stand before the next delimiter or run of dots.
fn chunk_length(rest: &[u8]) -> usize {
    let ends = |at: &usize| match rest.get(*at..).unwrap_or_default() {
        [b'.', b'.', ..] => true,
        [byte, ..] => DELIMITERS[usize::from(*byte)],
        [] => true,
    };
    (1..=rest.len()).find(ends).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, wanted: &str) {
        let mut pieces = Vec::new();
        tokens(message.as_bytes(), &mut pieces);
        let shown: Vec<String> = pieces
            .iter()
            .map(|piece| {
                let text = &message[piece.start as usize..piece.end as usize];
                match piece.token {
                    Token::Chunk(kind) => format!("{kind:?}({text})"),
                    Token::Punctuation(byte) => char::from(byte).to_string(),
                    Token::Blank => "_".to_owned(),
                    Token::Dots => "..".to_owned(),
                }
            })
            .collect();
        assert_eq!(shown.join(" "), wanted, "{message}");
    }

    #[test]
    fn messages_fall_into_tokens() {
        check("blk_-16 of  size", "Opaque(blk_-16) _ Word(of) _ Word(size)");
        check("key=va.lue, x", "Word(key) = Word(va.lue) , _ Word(x)");
        check("wait....5", "Word(wait) .. Opaque(5)");
        check(
            "../etc ./a /b //c/d / .",
            ".. Path(/etc) _ Path(./a) _ Path(/b) _ Authority(//c/d) _ Word(/) _ Word(.)",
        );
        check(
            "ssh2 jk2_init a1 x12 v1.0",
            "Word(ssh2) _ Word(jk2_init) _ Opaque(a1) _ Opaque(x12) _ Opaque(v1.0)",
        );
        check("(é)\u{1}\t!", "( Word(é) ) _ !");
        check("C:\\a", "Word(C) : Path(\\a)");
    }

    #[test]
    fn the_head_is_the_first_line() {
        assert_eq!(head(b"  one two \r\nthree"), b"one two");
        assert_eq!(head(b"\n"), b"");
        assert_eq!(head(&[b'x'; 9000]).len(), LONGEST);
    }
}
