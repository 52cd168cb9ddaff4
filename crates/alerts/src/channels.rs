//! The list of channels: a file each, with what it needs, how that is checked, and how it delivers.

pub mod console;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::allowance::Allowance;
use crate::settings::{Fault, Limits};

/// One channel: one kind with what that needs, and what holds for this channel alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChannelSettings {
    /// Standard output.
    pub console: Option<console::Settings>,
    /// Incidents a day, instead of `alerts.budget`.
    pub budget: Option<Allowance>,
    /// Notices a minute and an hour, instead of `alerts.limits`.
    pub limits: Option<Limits>,
    /// Whether it is told that an incident is over. By default only systems that keep a state are.
    pub resolved: Option<bool>,
}

impl ChannelSettings {
    /// Everything that is wrong with it.
    pub fn faults(&self) -> Vec<Fault> {
        Vec::new()
    }
}
