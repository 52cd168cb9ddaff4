//! The list of channels: a file each, with what it needs, how that is checked, and how it delivers.
//!
//! To add one: a file with `Settings`, `faults`, `open` and golden payloads of [`sample`] in its tests; a field and a line
//! in each of the three lists here. Foreign text goes through [`crate::inert`] in the manner of the receiver. Secrets are
//! [`crate::scalars::Secret`], and no word of an error repeats what was sent.

pub mod alertmanager;
pub mod console;
pub mod discord;
pub mod exec;
pub mod file;
pub mod opsgenie;
pub mod pagerduty;
#[cfg(test)]
pub(crate) mod sample;
pub mod slack;
pub mod smtp;
pub mod syslog;
pub mod teams;
pub mod telegram;
pub mod webhook;

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::allowance::Allowance;
use crate::delivery::Channel;
use crate::dispatch::{NamedChannel, Unusable};
use crate::settings::{Alerts, Fault, Limits};

/// One channel: one kind with what that needs, and what holds for this channel alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChannelSettings {
    /// Standard output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub console: Option<console::Settings>,
    /// A file with a line for each notice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<file::Settings>,
    /// Mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp: Option<smtp::Settings>,
    /// Slack, by a webhook or a bot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slack: Option<slack::Settings>,
    /// Microsoft Teams, by a webhook of a workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teams: Option<teams::Settings>,
    /// Discord, by a webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discord: Option<discord::Settings>,
    /// Telegram, by a bot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub telegram: Option<telegram::Settings>,
    /// A request to a service of your own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<webhook::Settings>,
    /// PagerDuty, Events v2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pagerduty: Option<pagerduty::Settings>,
    /// Opsgenie.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opsgenie: Option<opsgenie::Settings>,
    /// Alertmanager of Prometheus, API v2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alertmanager: Option<alertmanager::Settings>,
    /// Syslog, RFC 5424.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub syslog: Option<syslog::Settings>,
    /// A program that is run for each notice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exec: Option<exec::Settings>,
    /// Incidents a day, instead of `alerts.budget`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Allowance>,
    /// Notices a minute and an hour, instead of `alerts.limits`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// Whether it is told that an incident is over. By default only systems that keep a state are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved: Option<bool>,
}

/// What a kind of channel can do once it is set.
pub(crate) trait Kind {
    /// Its name in the settings.
    const NAME: &'static str;
    /// Whether the receiver keeps a state, and wants to hear that an incident is over.
    const KEEPS_STATE: bool;

    /// Everything that is wrong with it.
    fn faults(&self) -> Vec<Fault>;

    /// Ready to deliver. Fails where a file that it needs cannot be read.
    fn open(&self, timeout: Duration) -> Result<Box<dyn Channel>, String>;
}

/// A kind, whichever it is.
struct Chosen<'a> {
    name: &'static str,
    keeps_state: bool,
    faults: Box<dyn Fn() -> Vec<Fault> + 'a>,
    open: Box<dyn Fn(Duration) -> Result<Box<dyn Channel>, String> + 'a>,
}

fn chosen<K: Kind>(kind: &Option<K>) -> Option<Chosen<'_>> {
    kind.as_ref().map(|kind| Chosen {
        name: K::NAME,
        keeps_state: K::KEEPS_STATE,
        faults: Box::new(|| kind.faults()),
        open: Box::new(|timeout| kind.open(timeout)),
    })
}

impl ChannelSettings {
    fn kinds(&self) -> Vec<Chosen<'_>> {
        let all = [
            chosen(&self.console),
            chosen(&self.file),
            chosen(&self.smtp),
            chosen(&self.slack),
            chosen(&self.teams),
            chosen(&self.discord),
            chosen(&self.telegram),
            chosen(&self.webhook),
            chosen(&self.pagerduty),
            chosen(&self.opsgenie),
            chosen(&self.alertmanager),
            chosen(&self.syslog),
            chosen(&self.exec),
        ];
        all.into_iter().flatten().collect()
    }

    /// Its kind, by its name in the settings.
    pub fn kind_name(&self) -> &'static str {
        self.kinds().first().map_or("none", |kind| kind.name)
    }

    /// Everything that is wrong with it.
    pub fn faults(&self) -> Vec<Fault> {
        match self.kinds().as_slice() {
            [] => {
                let remedy = "give one of console, file, smtp, slack, teams, discord, telegram, webhook, pagerduty, opsgenie, alertmanager, syslog, exec";
                vec![Fault::new("", "says not what kind of channel it is", remedy)]
            }
            [kind] => (kind.faults)().into_iter().map(|fault| fault.under(kind.name)).collect(),
            [one, other, ..] => {
                let reason = format!("is {} and {} at once", one.name, other.name);
                vec![Fault::new("", reason, "make two channels of it")]
            }
        }
    }

    /// Whether it is told that an incident is over.
    pub fn wants_end(&self) -> bool {
        self.resolved.unwrap_or_else(|| self.kinds().first().is_some_and(|kind| kind.keeps_state))
    }

    /// Ready to deliver.
    pub fn open(&self, timeout: Duration) -> Result<Box<dyn Channel>, String> {
        match self.kinds().first() {
            Some(kind) => (kind.open)(timeout),
            None => Err("says not what kind of channel it is".to_owned()),
        }
    }
}

impl Alerts {
    /// All channels, ready to deliver. One that cannot be opened says so whenever it is to deliver, and so the others
    /// hear of it.
    pub fn open_channels(&self) -> Vec<NamedChannel> {
        let open = |(name, settings): (&String, &ChannelSettings)| {
            let channel = settings.open(self.retry.timeout.0);
            (name.clone(), channel.unwrap_or_else(|why| Box::new(Unusable(why))))
        };
        self.channels.iter().map(open).collect()
    }
}

/// How grave, as a number from 0 to 3 for tables of receivers.
pub(crate) fn grade(severity: &str) -> usize {
    crate::matcher::rank(severity).unwrap_or(1)
}
