//! `--redact`: what takes the place of what is removed, and the key of its hashes.
//!
//! The key comes from the environment alone: arguments are seen by everybody who can list processes.

use std::env;

use logsift_engine::records::redact::Manner;

use crate::arguments::Redact;
use crate::exit::Problem;

const VARIABLE: &str = "LOGSIFT_REDACT_KEY";
const KEY_BYTES: usize = 16;

/// The manner asked for.
pub(crate) fn manner(redact: Redact) -> Result<Manner, Problem> {
    match redact {
        Redact::Mask => Ok(Manner::Mask),
        Redact::Drop => Ok(Manner::Drop),
        Redact::Hash => key(&env::var(VARIABLE).unwrap_or_default()).map(Manner::Hash),
    }
}

/// Thirty-two hexadecimal digits: a shorter key could be guessed, and with it every value.
fn key(text: &str) -> Result<[u8; KEY_BYTES], Problem> {
    parsed(text.trim()).ok_or_else(|| {
        Problem::usage(format!(
            "--redact=hash needs a key of 32 hexadecimal digits in {VARIABLE}\n\
             hint: make one with `openssl rand -hex 16` and keep it: equal keys give equal hashes"
        ))
    })
}

fn parsed(text: &str) -> Option<[u8; KEY_BYTES]> {
    let digits: Vec<u8> =
        text.chars().map(|digit| digit.to_digit(16).map(|value| value as u8)).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    if digits.len() == 2 * KEY_BYTES { bytes.try_into().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_sixteen_bytes_in_hexadecimal() {
        let good = "000102030405060708090a0b0c0d0eFF";
        assert_eq!(parsed(good), Some([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255]));
        for bad in ["", "00", "000102030405060708090a0b0c0d0e0", "000102030405060708090a0b0c0d0e0g", "é"] {
            assert_eq!(parsed(bad), None, "{bad}");
        }
        assert!(key("").is_err());
    }
}
