//! Here is an incident: who is told, when, and when not?
//!
//! The way of a notice:
//!
//! 1. [`planner`]: incidents as they are now in, entries for the outbox out. Only news is told, along the routing tree
//!    ([`routing`]), and silences, calendars and other incidents may keep it quiet.
//! 2. [`outbox`]: entries are committed beside the incidents they tell of. The crate knows no store: whoever keeps incidents
//!    implements [`outbox::Outbox`].
//! 3. [`dispatch`]: a thread for each channel asks its desk ([`desk`]) what to do: deliver, wait, or make what has no place
//!    ([`gate`]) part of a summary.
//! 4. [`channels`]: a file each. They escape foreign text in the manner of their receiver ([`inert`]).
//!
//! Everything blocks, and time is handed in ([`clock`]).

pub mod allowance;
pub mod calendar;
pub mod channels;
pub mod clock;
pub mod delivery;
mod desk;
pub mod dispatch;
mod gate;
mod http;
pub mod inert;
pub mod labels;
pub mod matcher;
pub mod notice;
pub mod outbox;
pub mod planner;
pub mod reach;
mod routing;
pub mod scalars;
pub mod service;
pub mod settings;
pub mod silence;
#[cfg(test)]
mod simulation;
