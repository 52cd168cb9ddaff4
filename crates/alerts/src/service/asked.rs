//! What people ask of alerts at work: how the channels do, to try one, to be silent, to send once more what was parked.

use std::sync::PoisonError;

use logsift_engine::records::time::Time;

use super::Service;
use crate::clock::Clock;
use crate::delivery::Channel;
use crate::notice::Notice;
use crate::outbox::{Entry, EntryState, Outbox, OutboxError};
use crate::settings::Alerts;
use crate::silence::Silence;

/// Entries that are looked through at most.
const MOST: usize = 10_000;

/// How a channel does, and what became of its notices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelState {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: &'static str,
    /// Why it does not work; nothing while it does.
    pub problem: Option<String>,
    /// Notices delivered since the start.
    pub sent: u64,
    /// Attempts that failed since the start.
    pub failed: u64,
    /// Notices that wait.
    pub waiting: u64,
    /// Notices that could not be delivered.
    pub parked: u64,
    /// When one was delivered last.
    pub last_sent: Option<Time>,
}

impl Service {
    /// What was set.
    pub fn settings(&self) -> &Alerts {
        &self.settings
    }

    /// How every channel does.
    pub fn channels(&self) -> Result<Vec<ChannelState>, OutboxError> {
        let (health, all) = (self.health(), self.outbox.list(None, MOST)?);
        let state = |(name, settings): (&String, &crate::channels::ChannelSettings)| {
            let health = health.get(name).cloned().unwrap_or_default();
            let of = |state| all.iter().filter(move |entry| entry.channel == *name && entry.state == state);
            ChannelState {
                name: name.clone(),
                kind: settings.kind_name(),
                problem: health.broken,
                sent: health.delivered,
                failed: health.failed,
                waiting: of(EntryState::Waiting).count() as u64,
                parked: of(EntryState::Parked).count() as u64,
                last_sent: of(EntryState::Delivered).map(|entry| entry.settled).max(),
            }
        };
        Ok(self.settings.channels.iter().map(state).collect())
    }

    /// Sends a notice that says that somebody tries the channel; nothing where there is no such channel. This takes as
    /// long as the channel does.
    pub fn try_channel(&self, name: &str) -> Option<Result<(), String>> {
        let channel = self.settings.channels.get(name)?;
        let written = self.clock.wall().to_string();
        let deliver = |mut channel: Box<dyn Channel>| {
            let key = format!("test/{written}/{name}");
            channel.deliver(&Notice::test(name, &written), &key).map_err(|error| error.to_string())
        };
        Some(channel.open(self.settings.retry.timeout.0).and_then(deliver))
    }

    /// Silences that hold or will: those that people made, then those of the settings.
    pub fn silences(&self) -> Result<Vec<Silence>, String> {
        let now = self.clock.wall();
        let of_settings = self.settings.silences.iter().enumerate();
        let of_settings = of_settings.map(|(at, settings)| Silence::of_settings(at, settings));
        let mut all = self.silences.read()?;
        all.extend(of_settings);
        all.retain(|silence| now < silence.until.into());
        Ok(all)
    }

    /// Is silent as it says; gives the name that the silence has.
    pub fn silence(&self, mut silence: Silence) -> Result<Silence, String> {
        self.with_silences(|silences| {
            let taken = |name: &String| silences.iter().any(|silence| silence.id == *name);
            let free = (1_u64..).map(|number| number.to_string()).find(|name| !taken(name));
            silence.id = free.unwrap_or_default();
            silences.push(silence.clone());
            silence
        })
    }

    /// Ends a silence that somebody made; says whether there was one.
    pub fn end_silence(&self, id: &str) -> Result<bool, String> {
        self.with_silences(|silences| {
            let before = silences.len();
            silences.retain(|silence| silence.id != id);
            silences.len() < before
        })
    }

    /// Changes the silences of the file; those that are over are left out. It is read again when something is told.
    fn with_silences<T>(&self, change: impl FnOnce(&mut Vec<Silence>) -> T) -> Result<T, String> {
        let _held = self.silencing.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.wall();
        let mut silences = self.silences.read()?;
        silences.retain(|silence| now < silence.until.into());
        let changed = change(&mut silences);
        self.silences.write(&silences)?;
        Ok(changed)
    }

    /// Sends once more what could not be delivered; says whether there was such an entry.
    pub fn retry(&self, id: &str) -> Result<bool, OutboxError> {
        let parked = self.outbox.list(Some(EntryState::Parked), MOST)?;
        let Some(entry) = parked.into_iter().find(|entry: &Entry| entry.id == id) else { return Ok(false) };
        self.outbox.change(&[entry.again(self.clock.wall())])?;
        self.dispatcher.wake();
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn silences_are_made_listed_and_ended() {
        let folder = tempfile::tempdir().unwrap();
        let settings = serde_json::json!({
            "silences": [{"match": ["kind=x"], "until": "2999-01-01T00:00:00Z", "author": "a", "comment": "b"}],
            "channels": {"paper": {"file": {"path": folder.path().join("alerts.txt")}}},
        });
        let settings: Alerts = serde_json::from_value(settings).unwrap();
        let service = Service::start(&settings, folder.path(), false).unwrap();
        let asked = Silence {
            id: String::new(),
            matchers: vec!["stream=~\"web.*\"".parse().unwrap()],
            from: "2024-01-01T00:00:00Z".parse().unwrap(),
            until: "2999-01-01T00:00:00Z".parse().unwrap(),
            author: "ops".to_owned(),
            comment: "moving".to_owned(),
        };
        let over = Silence { until: "2024-02-01T00:00:00Z".parse().unwrap(), ..asked.clone() };
        assert_eq!(service.silence(asked.clone()).unwrap().id, "1");
        assert_eq!(service.silence(over).unwrap().id, "2");
        assert_eq!(service.silence(asked).unwrap().id, "2", "what is over has no name any more");
        let names = |service: &Service| -> Vec<String> {
            service.silences().unwrap().into_iter().map(|silence| silence.id).collect()
        };
        assert_eq!(names(&service), ["1", "2", "settings-1"]);
        assert_eq!((service.end_silence("1"), service.end_silence("settings-1")), (Ok(true), Ok(false)));
        assert_eq!(names(&service), ["2", "settings-1"]);

        assert_eq!(service.try_channel("paper"), Some(Ok(())));
        assert_eq!(service.try_channel("nobody"), None);
        assert!(std::fs::read_to_string(folder.path().join("alerts.txt")).unwrap().contains("paper"));
        let channels = service.channels().unwrap();
        assert_eq!((channels[0].kind, channels[0].problem.clone()), ("file", None));
        assert!(!service.retry("none").unwrap());
        service.stop(Duration::from_secs(1));
    }
}
