//! The section `alerts` of the settings: channels, routes, silences, calendars, limits.
//!
//! Plain data as it is written. What can only be right by itself is a type of its own ([`crate::scalars`]); what
//! must fit together is checked by [`Alerts::faults`], all of it at once.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::allowance::Allowance;
use crate::calendar::{Calendar, Moment};
use crate::channels::ChannelSettings;
use crate::matcher::Matcher;
use crate::scalars::Span;

/// Who is told of incidents, when, and when not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Alerts {
    /// Where the dashboard is reached, for the link in every notice: `https://logsift.example.com`.
    pub link: Option<String>,
    /// How many incidents each channel tells a day; what is beyond is held back and listed. A channel may have its own.
    pub budget: Allowance,
    /// Channels by name.
    pub channels: BTreeMap<String, ChannelSettings>,
    /// Where incidents go. Without routes everything goes to all channels.
    pub route: Route,
    /// What is not told while something else is open.
    pub inhibit: Vec<Inhibition>,
    /// What is not told for a while, because somebody said so.
    pub silences: Vec<SilenceSettings>,
    /// Times by name, for `mute` and `quiet` of a route.
    pub calendars: BTreeMap<String, Calendar>,
    /// How many notices at most, whatever happens.
    pub limits: Limits,
    /// How a notice that was not delivered is tried again.
    pub retry: Retry,
    /// An open incident is told again when it has ten times as many records, but not sooner than this.
    pub grown_after: Span,
    /// Incidents that ended so long before the start are told as one summary.
    pub old: Span,
    /// A URL that is called once a minute, so that somebody notices when that stops.
    pub heartbeat: Option<crate::scalars::Secret>,
}

impl Default for Alerts {
    fn default() -> Alerts {
        Alerts {
            link: None,
            budget: Allowance::default(),
            channels: BTreeMap::new(),
            route: Route::default(),
            inhibit: Vec::new(),
            silences: Vec::new(),
            calendars: BTreeMap::new(),
            limits: Limits::default(),
            retry: Retry::default(),
            grown_after: Span::seconds(15 * 60),
            old: Span::seconds(15 * 60),
            heartbeat: None,
        }
    }
}

/// How many notices at most.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// To one channel in a minute.
    pub per_minute: u32,
    /// To one channel in an hour.
    pub per_hour: u32,
    /// To all channels together in a minute.
    pub all_per_minute: u32,
    /// The share of places, 0 to 1, that kinds of incidents have for themselves that were not told lately.
    pub reserved: f64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { per_minute: 10, per_hour: 60, all_per_minute: 60, reserved: 0.3 }
    }
}

/// How a notice that was not delivered is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Retry {
    /// The first pause; each is twice as long as the one before.
    pub first: Span,
    /// The longest pause.
    pub longest: Span,
    /// After so long a notice is parked: it is listed, and can be sent by hand.
    pub give_up: Span,
    /// How long a receiver may take to answer.
    pub timeout: Span,
}

impl Default for Retry {
    fn default() -> Retry {
        Retry {
            first: Span::seconds(1),
            longest: Span::seconds(300),
            give_up: Span::seconds(86_400),
            timeout: Span::seconds(10),
        }
    }
}

/// Where incidents go: a tree. An incident takes the first branch that means it, and more where `continue` says so.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Route {
    /// Which incidents: `severity>=high`, `stream=~"web.*"`, `kind=new-template`, `tag=security`. All must hold.
    #[serde(rename = "match")]
    pub matchers: Vec<Matcher>,
    /// The channels that are told; where there are none, those of the branch above.
    pub channels: Vec<String>,
    /// Branches, tried in order before this one is taken itself.
    pub routes: Vec<Route>,
    /// Whether the branches behind this one are tried, too.
    #[serde(rename = "continue")]
    pub goes_on: bool,
    /// What incidents of one notice share: `stream`, `severity`, `kind`, `tag`. Nothing: each has its own.
    pub group_by: Option<Vec<String>>,
    /// How long the first notice of a group waits for others.
    pub group_wait: Option<Span>,
    /// How long a group that was told of waits before more of it is told.
    pub group_interval: Option<Span>,
    /// After so long an incident that is still open is told again; `0s` is never.
    pub repeat: Option<Span>,
    /// Calendars in which nothing is told, for good: maintenance.
    pub mute: Option<Vec<String>>,
    /// Times in which what is not grave enough waits for the end of them.
    pub quiet: Option<Quiet>,
    /// Who is told when an incident stays open.
    pub escalate: Option<Vec<Escalation>>,
}

/// Quiet hours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// The calendar.
    pub calendar: String,
    /// What is told all the same.
    #[serde(default = "graver_than_quiet")]
    pub unless: Vec<Matcher>,
}

fn graver_than_quiet() -> Vec<Matcher> {
    "severity>=critical".parse().into_iter().collect()
}

/// A step of an escalation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// How long the incident has been open.
    pub after: Span,
    /// Who is told then.
    pub channels: Vec<String>,
}

/// Something that is not told while something else is open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inhibition {
    /// What is open.
    pub open: Vec<Matcher>,
    /// What is not told.
    pub mutes: Vec<Matcher>,
    /// Labels that both must share.
    #[serde(default)]
    pub equal: Vec<String>,
}

/// A silence of the settings file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SilenceSettings {
    /// Which incidents. All must hold.
    #[serde(rename = "match")]
    pub matchers: Vec<Matcher>,
    /// From when on; at once where it says nothing.
    #[serde(default)]
    pub from: Option<Moment>,
    /// Until when. A silence without an end is what people forget.
    pub until: Moment,
    /// Who said so.
    pub author: String,
    /// Why.
    pub comment: String,
}

/// What does not fit together: the key it stands under, what is wrong, what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The key within `alerts`, with dots: `channels.ops.slack`.
    pub key: String,
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub remedy: String,
}

impl Alerts {
    /// Everything that does not fit together.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (name, channel) in &self.channels {
            let under = format!("channels.{name}");
            faults.extend(channel.faults().into_iter().map(|fault| fault.under(&under)));
        }
        self.limits_fit("limits", &self.limits, &mut faults);
        let heartbeat = self.heartbeat.as_ref();
        faults.extend(heartbeat.and_then(|url| crate::http::url_fault("heartbeat", url.reveal())));
        for (name, channel) in &self.channels {
            if let Some(limits) = &channel.limits {
                self.limits_fit(&format!("channels.{name}.limits"), limits, &mut faults);
            }
        }
        for (name, calendar) in &self.calendars {
            let remedy = "see docs/book/alerts.md for calendars";
            faults.extend(
                calendar.faults().into_iter().map(|why| Fault::new(format!("calendars.{name}"), why, remedy)),
            );
        }
        for (at, inhibition) in self.inhibit.iter().enumerate() {
            if inhibition.open.is_empty() || inhibition.mutes.is_empty() {
                let key = format!("inhibit[{at}]");
                faults.push(Fault::new(
                    key,
                    "would mute everything",
                    "give `open` and `mutes` a matcher each",
                ));
            }
        }
        for (at, silence) in self.silences.iter().enumerate() {
            if silence.matchers.is_empty() {
                let key = format!("silences[{at}].match");
                faults.push(Fault::new(
                    key,
                    "would silence everything",
                    "give a matcher, such as severity=low",
                ));
            }
        }
        self.route.fit("route", self, &mut faults);
        faults
    }

    fn limits_fit(&self, key: &str, limits: &Limits, faults: &mut Vec<Fault>) {
        if !(0.0..=0.9).contains(&limits.reserved) {
            let remedy = "give a share such as 0.3";
            faults.push(Fault::new(format!("{key}.reserved"), "is no share from 0 to 0.9", remedy));
        }
        if limits.per_minute < 2 || limits.per_hour < limits.per_minute {
            let reason = "leaves no place for a summary beside a notice";
            let remedy = "give at least 2 a minute, and no fewer an hour than a minute";
            faults.push(Fault::new(format!("{key}.per_minute"), reason, remedy));
        }
    }

    fn knows_channel(&self, name: &str) -> bool {
        self.channels.contains_key(name)
    }
}

impl Route {
    /// How many branches a tree may be deep.
    const DEEPEST: usize = 16;

    fn fit(&self, key: &str, alerts: &Alerts, faults: &mut Vec<Fault>) {
        if key.matches(".routes[").count() > Route::DEEPEST {
            faults.push(Fault::new(key.to_owned(), "is deeper than 16 branches", "make the tree flatter"));
            return;
        }
        let steps = self.escalate.iter().flatten().flat_map(|step| &step.channels);
        for name in self.channels.iter().chain(steps).filter(|name| !alerts.knows_channel(name)) {
            let known: Vec<&str> = alerts.channels.keys().map(String::as_str).collect();
            let reason = format!("names the channel `{name}`, which there is not");
            faults.push(Fault::new(format!("{key}.channels"), reason, &one_of("channels", &known)));
        }
        let calendars = self.mute.iter().flatten().chain(self.quiet.iter().map(|quiet| &quiet.calendar));
        for name in calendars.filter(|name| !alerts.calendars.contains_key(*name)) {
            let known: Vec<&str> = alerts.calendars.keys().map(String::as_str).collect();
            let reason = format!("names the calendar `{name}`, which there is not");
            faults.push(Fault::new(key.to_owned(), reason, &one_of("calendars", &known)));
        }
        for (at, branch) in self.routes.iter().enumerate() {
            if branch.matchers.is_empty() && !branch.goes_on && at + 1 < self.routes.len() {
                let reason = "takes everything, so that no branch behind it is ever taken";
                faults.push(Fault::new(
                    format!("{key}.routes[{at}]"),
                    reason,
                    "give it a `match`, or put it last",
                ));
            }
            branch.fit(&format!("{key}.routes[{at}]"), alerts, faults);
        }
    }
}

fn one_of(what: &str, known: &[&str]) -> String {
    match known {
        [] => format!("there are no {what} yet: add one under alerts.{what}"),
        known => format!("one of {}", known.join(", ")),
    }
}

impl Fault {
    /// A fault under a key.
    pub fn new(key: impl Into<String>, reason: impl Into<String>, remedy: &str) -> Fault {
        Fault { key: key.into(), reason: reason.into(), remedy: remedy.to_owned() }
    }

    pub(crate) fn under(self, key: &str) -> Fault {
        let joined = if self.key.is_empty() { key.to_owned() } else { format!("{key}.{}", self.key) };
        Fault { key: joined, ..self }
    }
}
