//! The C library's allocator, told how a daemon lives: it gives back what it needs only now and then.
//!
//! Every epoch the daemon learns a new model and lets go of the old one: some large pieces that live for a minute beside
//! many small ones that live for hours. As it comes, glibc keeps such pieces for later, in as many arenas as there are
//! threads, and the memory of the process creeps up for most of an hour until every arena has seen the greatest epoch.
//! With two arenas, and large pieces that come from the system and go back to it, it is settled within minutes
//! (`scripts/soak`).
//!
//! Limits can be set from within by `mallopt`, which would be the only `unsafe` call of the program, or by the
//! environment, which is read when a process begins. So the program begins once more, as the same process with the same
//! words. Whoever has set any of them decides for himself.

/// What the allocator reads when a process begins.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const WORDS: [(&str, &str); 3] =
    [("MALLOC_ARENA_MAX", "2"), ("MALLOC_MMAP_THRESHOLD_", "524288"), ("MALLOC_TRIM_THRESHOLD_", "524288")];

/// Begins once more with other limits, if none are set. Where that cannot be done all goes on as it is.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(super) fn settle() {
    use std::os::unix::process::CommandExt;

    let is_told = |name: &str| std::env::var_os(name).is_some();
    if is_told("GLIBC_TUNABLES") || WORDS.iter().any(|(name, _)| is_told(name)) {
        return;
    }
    let mut words = std::env::args_os();
    let name = words.next().unwrap_or_default();
    let _ = std::process::Command::new("/proc/self/exe").arg0(name).args(words).envs(WORDS).exec();
}

/// Other allocators have no such limits.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(super) fn settle() {}
