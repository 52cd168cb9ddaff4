//! The one command that runs all tests and sets up what they need.

use crate::run::{Done, cargo, script};
use crate::{services, tidy};

/// Formatting, lints, walls, every test and the dashboard in a real browser, in the order of how quickly they fail.
pub(crate) fn all() -> Done {
    cargo(&["fmt", "--all", "--check"])?;
    tidy::check()?;
    cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])?;
    services::install();
    cargo(&["test", "--workspace", "--locked"])?;
    script("scripts/test-dashboard")
}
