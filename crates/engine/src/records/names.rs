//! Names of captures, kept once for the life of the program.
//!
//! A capture's name stands in every record of its format, so it is a `&'static str`. The names
//! come from format files and `--log-format`, never from log text; the set stays small.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// The one copy of a name.
pub(crate) fn known(name: &str) -> &'static str {
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = names.get(name) {
        return found;
    }
    let kept: &'static str = Box::leak(name.to_owned().into_boxed_str());
    names.insert(kept);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_is_the_same_place() {
        let built = ["log", "ger"].concat();
        assert!(std::ptr::eq(known("logger"), known(&built)));
    }
}
