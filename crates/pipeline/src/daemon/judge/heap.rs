//! Keeps what a judgement takes and frees again apart from what stays, and gives it back to the system.
//!
//! A judgement takes some megabytes of small pieces and frees them again. Among them the allocator of glibc puts what
//! stays, so that few of the pages could go back; and since each judgement falls a little differently, the memory of a
//! daemon creeps for an hour though it holds no more. A thread has a region of its own to take pieces from, and so a
//! judgement has a thread of its own: when its last piece is freed, its region is empty.

use std::panic::resume_unwind;
use std::thread;

/// Works in a thread of its own, or in this one where there can be none, and gives back what that has freed.
pub(super) fn apart<T: Send>(mut work: impl FnMut() -> T + Send) -> T {
    let mut work = || {
        let made = work();
        give_back();
        made
    };
    let done = thread::scope(|scope| {
        let started = thread::Builder::new().name("judgement".to_owned()).spawn_scoped(scope, &mut work);
        started.ok().map(|started| started.join().unwrap_or_else(|panic| resume_unwind(panic)))
    });
    done.unwrap_or_else(work)
}

/// Gives back all pages in which nothing is any more. Elsewhere than with glibc the allocator is left alone.
pub(super) fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    glibc::give_back();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc {
    use std::hint::black_box;

    /// The pages behind the last piece of a thread's region are looked at only when a piece as large as this is freed there.
    const LARGE: usize = 96 << 10;
    /// Pieces from this length on are taken from the system and go back there when they are freed.
    const ALONE: i32 = 4 << 20;
    /// So many free bytes at the end of a region are kept: buffers are taken there and freed again, thousands of times,
    const KEPT: i32 = 64 << 20;
    /// and so many while memory is given back.
    const KEPT_NOW: i32 = 64 << 10;

    #[expect(unsafe_code, reason = "the system's library has no other way to be asked")]
    pub(super) fn give_back() {
        // SAFETY: `mallopt` takes two numbers and no pointer and may be called by any thread at any time; what it changes is
        // when the allocator asks the system for pages, not which pieces are whose.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, ALONE);
            libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT_NOW);
        }
        drop(black_box(Vec::<u8>::with_capacity(LARGE)));
        // SAFETY: as above; and `malloc_trim` takes a number and no pointer, may be called by any thread at any time (it
        // takes the locks of the allocator itself), and touches only pages in which nothing is allocated, whose content
        // nobody may rely on.
        unsafe {
            libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT);
            libc::malloc_trim(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_once_and_its_panic_is_handed_on() {
        let mut times = 0;
        apart(|| times += 1);
        assert_eq!(times, 1);
        let broken = std::panic::catch_unwind(|| apart(|| assert_eq!(times, 2, "broken")));
        assert!(broken.is_err());
    }

    /// KiB that the process has in memory.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn resident() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Pieces below one that stays are kept by the allocator until it is asked, and those at the end of a region until
    /// something large is freed; what stays is untouched.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[test]
    fn what_was_freed_goes_back() {
        let mut before = 0;
        let stays = apart(|| {
            let pieces: Vec<Vec<u8>> = (0..32_000).map(|nth| vec![nth as u8; 1000]).collect();
            let stays: Vec<Vec<u8>> = (0..64).map(|nth| vec![nth; 100]).collect();
            let behind: Vec<Vec<u8>> = (0..32_000).map(|nth| vec![nth as u8; 1000]).collect();
            before = resident();
            drop((pieces, behind));
            stays
        });
        let after = resident();
        assert!(after + (56 << 10) < before, "{before} KiB, then {after}");
        assert!(stays.iter().zip(0..).all(|(piece, nth): (_, u8)| piece.iter().all(|byte| *byte == nth)));
    }
}
