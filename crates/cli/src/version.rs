//! What this binary is: the version, and the data of its build.

/// The version alone, for `-V`.
pub(crate) const SHORT: &str = env!("CARGO_PKG_VERSION");

/// Version and build data, for `--version`.
pub(crate) const LONG: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\nrevision  ",
    env!("LOGSIFT_REVISION"),
    "\ntarget    ",
    env!("LOGSIFT_TARGET"),
    "\ncompiler  ",
    env!("LOGSIFT_RUSTC"),
    "\nprofile   ",
    env!("LOGSIFT_PROFILE"),
    "\nfeatures  ",
    env!("LOGSIFT_FEATURES"),
);
