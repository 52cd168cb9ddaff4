//! How much memory the program held at most while something was done, where the system tells it.

use std::fs;

/// Forgets the highest mark of this process. Only Linux has one that can be forgotten.
const FORGET: (&str, &str) = ("/proc/self/clear_refs", "5");
const STATUS: &str = "/proc/self/status";
const MARK: &str = "VmHWM:";

/// Measures from its making on.
pub(crate) struct Peak {
    is_known: bool,
}

impl Peak {
    /// Begins to measure.
    pub(crate) fn begin() -> Peak {
        Peak { is_known: fs::write(FORGET.0, FORGET.1).is_ok() }
    }

    /// The most bytes that the whole process held since then.
    pub(crate) fn bytes(&self) -> Option<u64> {
        let status = self.is_known.then(|| fs::read_to_string(STATUS).ok()).flatten()?;
        let mark = status.lines().find_map(|line| line.strip_prefix(MARK))?;
        let kibibytes: u64 = mark.split_whitespace().next()?.parse().ok()?;
        Some(kibibytes * 1024)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_was_held_is_seen() {
        let peak = Peak::begin();
        let Some(before) = peak.bytes() else { return };
        let held = vec![1u8; 64 << 20];
        let after = peak.bytes().unwrap();
        assert!(after >= before + (held.len() as u64) / 2, "{before} {after}");
    }
}
