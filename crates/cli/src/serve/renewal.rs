//! SIGHUP in, the settings read anew: who is told of incidents changes at once, the rest is named and waits for a start.
//!
//! Settings that are wrong change nothing. Feedback needs no signal: its file is looked at all the time.

use std::collections::BTreeMap;

use logsift_pipeline::daemon::Handle;
use logsift_pipeline::settings::{Loaded, shown};

use super::alerts;
use super::log::Log;
use crate::arguments::serve::Serve;

/// The section that needs no start.
const AT_ONCE: &str = "alerts.";

/// What was read last, and from where.
pub(super) struct Renewal {
    loaded: Loaded,
    arguments: Serve,
}

impl Renewal {
    pub(super) fn new(loaded: Loaded, arguments: Serve) -> Renewal {
        Renewal { loaded, arguments }
    }

    /// Reads the settings anew and puts into force what can be.
    pub(super) fn renew(&mut self, handle: &Handle, log: &Log) {
        let loaded = match self.arguments.settings.load() {
            Ok(loaded) => loaded,
            Err(problem) => {
                log.say("error", &format!("the settings are wrong, so nothing changes: {problem}"), &[]);
                return;
            }
        };
        if loaded.settings.alerts != self.loaded.settings.alerts {
            handle.renew_alerts(alerts(&self.arguments, &loaded.settings));
        }
        let waiting = later(&self.loaded, &loaded);
        log.say("info", "the settings were read anew", &[]);
        if !waiting.is_empty() {
            log.say("warn", &format!("takes effect at the next start: {}", waiting.join(", ")), &[]);
        }
        // What waits is named again as long as it waits.
        self.loaded.settings.alerts = loaded.settings.alerts;
    }
}

/// Keys that changed and need a start.
fn later(before: &Loaded, after: &Loaded) -> Vec<String> {
    let lines = |loaded: &Loaded| -> BTreeMap<String, String> {
        shown(loaded).into_iter().map(|line| (line.key, line.value)).collect()
    };
    let (before, after) = (lines(before), lines(after));
    let keys = before.keys().chain(after.keys().filter(|key| !before.contains_key(*key)));
    let changed = keys.filter(|key| before.get(*key) != after.get(*key) && !key.starts_with(AT_ONCE));
    changed.cloned().collect()
}

#[cfg(test)]
mod tests {
    use logsift_pipeline::settings::{Variables, load};

    use super::*;

    #[test]
    fn what_needs_a_start_is_named() {
        let read = |text: &str| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), text).unwrap();
            load(Some(file.path()), &Variables::default()).unwrap()
        };
        let before = read("listen: ['127.0.0.1:1']\n");
        let after = read(
            "listen: ['127.0.0.1:2']\nalerts: { channels: { a: { file: { path: a.txt } } } }\ndetect: { budget: 1/day }\n",
        );
        assert_eq!(later(&before, &after), ["detect.budget", "listen"]);
        assert!(later(&before, &before).is_empty());
    }
}
