//! SIGHUP in, the settings read anew: who is told of incidents changes at once, the rest is named and waits for a start.
//!
//! Settings that are wrong change nothing. Feedback needs no signal: its file is looked at all the time.

use std::collections::BTreeMap;

use logsift_pipeline::daemon::Handle;
use logsift_pipeline::settings::{Loaded, shown};
#[cfg(feature = "serve")]
use logsift_server::{InForce, Setting};

use super::alerts;
#[cfg(feature = "serve")]
use super::inforce;
use super::log::Log;
use crate::arguments::serve::Serve;

/// The section that needs no start.
const AT_ONCE: &str = "alerts.";

/// What was read last, and from where.
pub(super) struct Renewal {
    loaded: Loaded,
    arguments: Serve,
    /// Where the settings in force are shown, and what flags say over them.
    #[cfg(feature = "serve")]
    shown: Option<(InForce, Vec<inforce::Flag>)>,
}

impl Renewal {
    pub(super) fn new(loaded: Loaded, arguments: Serve) -> Renewal {
        Renewal {
            loaded,
            arguments,
            #[cfg(feature = "serve")]
            shown: None,
        }
    }

    /// Shows what is in force there from now on.
    #[cfg(feature = "serve")]
    pub(super) fn show(&mut self, config: InForce, flags: Vec<inforce::Flag>) {
        self.shown = Some((config, flags));
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
        #[cfg(feature = "serve")]
        if let Some((config, flags)) = &self.shown {
            let renewed = inforce::settings(&loaded, flags);
            config.renew(in_force(config.settings(), renewed));
        }
        // What waits is named again as long as it waits.
        self.loaded.settings.alerts = loaded.settings.alerts;
    }
}

/// What is in force now: what is renewed at once as it was read, the rest as it was.
#[cfg(feature = "serve")]
fn in_force(before: Vec<Setting>, renewed: Vec<Setting>) -> Vec<Setting> {
    let at_once = |setting: &Setting| setting.key.starts_with(AT_ONCE);
    let (renewed, kept) =
        (renewed.into_iter().filter(at_once), before.into_iter().filter(|old| !at_once(old)));
    let mut settings: Vec<Setting> = kept.chain(renewed).collect();
    settings.sort_by(|one, other| one.key.cmp(&other.key));
    settings
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

    #[cfg(feature = "serve")]
    #[test]
    fn what_is_shown_is_what_is_in_force() {
        let setting = |key: &str, value: &str| Setting {
            key: key.to_owned(),
            value: value.to_owned(),
            origin: "default".to_owned(),
            variable: None,
        };
        let before = vec![setting("alerts.link", "null"), setting("detect.budget", "\"5/day\"")];
        let renewed = vec![setting("alerts.link", "\"x\""), setting("detect.budget", "\"1/day\"")];
        let expected = vec![setting("alerts.link", "\"x\""), setting("detect.budget", "\"5/day\"")];
        assert_eq!(in_force(before, renewed), expected);
    }
}
