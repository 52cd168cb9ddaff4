//! A token: takes a secret or its hash, gives whether another secret is the same.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;

use super::Role;

/// A shorter secret can be guessed.
const SHORTEST: usize = 16;

/// A secret that somebody holds; only its hash is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    name: String,
    role: Role,
    hash: [u8; 32],
}

/// Why something is no token.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// Too short to be safe.
    #[error("the token `{0}` is shorter than {SHORTEST} bytes\nhint: `logsift token new` makes one")]
    Short(String),
    /// No hash.
    #[error("the token `{0}` has no SHA-256 of 64 hexadecimal digits\nhint: `logsift token new` prints one")]
    Hash(String),
    /// No random bits to be had.
    #[error("the system gives no random bytes: {0}")]
    Random(String),
}

impl Token {
    /// The token with this secret.
    pub fn of_secret(name: &str, role: Role, secret: &[u8]) -> Result<Token, TokenError> {
        if secret.len() < SHORTEST {
            return Err(TokenError::Short(name.into()));
        }
        Ok(Token { name: name.into(), role, hash: hash(secret) })
    }

    /// The token whose secret has this hash, in hexadecimal digits.
    pub fn of_hash(name: &str, role: Role, digits: &str) -> Result<Token, TokenError> {
        let hash = from_digits(digits).ok_or_else(|| TokenError::Hash(name.into()))?;
        Ok(Token { name: name.into(), role, hash })
    }

    /// A new token and its secret, which is shown once.
    pub fn generate(name: &str, role: Role) -> Result<(Token, String), TokenError> {
        let secret = format!("lst_{}", random_digits()?);
        Ok((Token::of_secret(name, role, secret.as_bytes())?, secret))
    }

    /// Whose it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its owner may do.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Its hash in hexadecimal digits.
    pub fn digits(&self) -> String {
        digits(&self.hash)
    }

    pub(crate) fn is(&self, hash: &[u8; 32]) -> bool {
        self.hash.ct_eq(hash).into()
    }
}

pub(crate) fn hash(secret: &[u8]) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// 256 random bits.
pub(crate) fn random_digits() -> Result<String, TokenError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| TokenError::Random(error.to_string()))?;
    Ok(digits(&bytes))
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_digits(digits: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if digits.len() != 64 {
        return None;
    }
    for (place, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
        *place = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_stands_for_its_secret() {
        let (token, secret) = Token::generate("ops", Role::Read).unwrap();
        let again = Token::of_hash("ops", Role::Read, &token.digits()).unwrap();
        assert_eq!(token, again);
        assert!(token.is(&hash(secret.as_bytes())) && !token.is(&hash(b"other")));
        assert_eq!(secret.len(), 68);
        assert!(!format!("{token:?}").contains(&secret));
    }

    #[test]
    fn weak_secrets_and_broken_hashes_are_refused() {
        assert_eq!(Token::of_secret("a", Role::Read, b"short"), Err(TokenError::Short("a".into())));
        for digits in ["", "ab", &"x".repeat(64), &"é".repeat(32)] {
            assert_eq!(Token::of_hash("a", Role::Read, digits), Err(TokenError::Hash("a".into())));
        }
    }
}
