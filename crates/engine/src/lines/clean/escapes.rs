//! What follows an escape byte in, the length of the whole code out.
//!
//! A code that does not end must not swallow the line: of a string without its end only the two bytes that begin it
//! are taken, so its text stays readable.

use memchr::memchr2;

/// The longest string (title, link, image) that is looked through for its end.
const LONGEST_STRING: usize = 4096;
/// The longest row of parameters of a colour or cursor code.
const LONGEST_PARAMETERS: usize = 256;

/// How many bytes belong to the code, given what stands after the escape byte.
pub(super) fn length(after: &[u8]) -> usize {
    match after {
        [b'[', rest @ ..] => 1 + control_sequence(rest),
        [b']' | b'P' | b'X' | b'^' | b'_', rest @ ..] => 1 + string(rest),
        [0x20..=0x2F, ..] => with_intermediates(after),
        [0x30..=0x7E, ..] => 1,
        _ => 0,
    }
}

/// Parameters, intermediates, one final byte. Without a final byte, what was read of it is taken all the same.
fn control_sequence(rest: &[u8]) -> usize {
    let rest = rest.get(..LONGEST_PARAMETERS).unwrap_or(rest);
    let parameters = rest.iter().take_while(|byte| matches!(byte, 0x20..=0x3F)).count();
    parameters + usize::from(matches!(rest.get(parameters), Some(0x40..=0x7E)))
}

/// Up to BEL or `ESC \`; nothing if neither comes soon.
fn string(rest: &[u8]) -> usize {
    let within = rest.get(..LONGEST_STRING).unwrap_or(rest);
    match memchr2(0x07, 0x1B, within) {
        Some(end) if within.get(end) == Some(&0x07) => end + 1,
        Some(end) if within.get(end + 1) == Some(&b'\\') => end + 2,
        _ => 0,
    }
}

/// A choice of character set and the like.
fn with_intermediates(after: &[u8]) -> usize {
    let intermediates = after.iter().take(4).take_while(|byte| matches!(byte, 0x20..=0x2F)).count();
    intermediates + usize::from(matches!(after.get(intermediates), Some(0x30..=0x7E)))
}
