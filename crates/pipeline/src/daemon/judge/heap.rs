//! Gives back to the system what a judgement has used and freed.
//!
//! A judgement takes some megabytes of small pieces and frees them again. The allocator of glibc keeps those for the next
//! time, and since each falls a little differently, the memory of a daemon creeps for an hour though it holds no more.

/// Gives back the pages in which nothing is any more. Elsewhere than with glibc the allocator is left alone.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the system's library has no other way to be asked")]
pub(super) fn give_back() {
    // SAFETY: `malloc_trim` takes a number and no pointer, may be called by any thread at any time (it takes the locks of
    // the allocator itself), and touches only pages in which nothing is allocated, whose content nobody may rely on.
    unsafe { libc::malloc_trim(0) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(super) fn give_back() {}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    use super::*;

    /// KiB that the process has in memory.
    fn resident() -> Option<u64> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find(|line| line.starts_with("RssAnon:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }

    /// Pieces below one that stays are kept by the allocator until it is asked; what stays is untouched.
    #[test]
    fn what_was_freed_goes_back() {
        let pieces: Vec<Vec<u8>> = (0..64_000).map(|nth| vec![nth as u8; 1000]).collect();
        let stays: Vec<Vec<u8>> = (0..64).map(|nth| vec![nth; 100]).collect();
        drop(pieces);
        let before = resident().unwrap();
        give_back();
        let after = resident().unwrap();
        assert!(after + (16 << 10) < before, "{before} KiB, then {after}");
        assert!(stays.iter().zip(0..).all(|(piece, nth): (_, u8)| piece.iter().all(|byte| *byte == nth)));
    }
}
