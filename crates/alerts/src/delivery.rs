//! What a channel says after it was asked to deliver: done, later, or never.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::notice::Notice;

/// Delivers notices to one receiver.
pub trait Channel: Send {
    /// Delivers a notice. `id` is the same whenever this notice is tried again, for receivers that can tell.
    fn deliver(&mut self, notice: &Notice, id: &str) -> Result<(), DeliveryError>;

    /// Called about once a second, for receivers that want to be told again and again.
    fn tick(&mut self, _elapsed: Duration) -> Result<(), DeliveryError> {
        Ok(())
    }

    /// After a start: what was told of incidents that may still be open.
    fn recall(&mut self, _told: &[Notice]) {}

    /// Whether the receiver can be reached, without telling anybody anything.
    fn connect(&mut self) -> Result<(), DeliveryError>;
}

/// Why a notice was not delivered, and whether to try again. The words hold no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// It will be refused again.
    #[error("{0}")]
    Never(String),
    /// It may go through later.
    #[error("{0}")]
    Later(String),
    /// It may go through after so long.
    #[error("{1}")]
    After(Duration, String),
}

impl DeliveryError {
    /// From an answer of HTTP: what it means for the notice.
    pub fn of_status(status: u16, retry_after: Option<Duration>, said: &str) -> DeliveryError {
        let words =
            if said.is_empty() { format!("answered {status}") } else { format!("answered {status}: {said}") };
        match (status, retry_after) {
            (408 | 425 | 429 | 500..=599, Some(after)) => DeliveryError::After(after, words),
            (408 | 425 | 429 | 500..=599, None) => DeliveryError::Later(words),
            _ => DeliveryError::Never(words),
        }
    }
}

/// A name of a notice that any receiver takes: 32 hexadecimal digits that follow from its id.
pub(crate) fn name_of(id: &str) -> String {
    Sha256::digest(id.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_means() {
        let never = |status| matches!(DeliveryError::of_status(status, None, ""), DeliveryError::Never(_));
        for status in [301, 302, 307, 400, 401, 403, 404, 410, 422] {
            assert!(never(status), "{status}");
        }
        for status in [408, 425, 429, 500, 502, 503, 504] {
            assert!(!never(status), "{status}");
        }
        let after = DeliveryError::of_status(429, Some(Duration::from_secs(2)), "slow down");
        assert_eq!(after, DeliveryError::After(Duration::from_secs(2), "answered 429: slow down".to_owned()));
    }
}
