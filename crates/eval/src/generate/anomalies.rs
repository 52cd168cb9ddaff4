//! What goes wrong: the anomalies of every profile, by family.
//!
//! An anomaly is an episode: an opening, a body that is played again and again, a closing. All of its lines are
//! abnormal, of whatever level they are. [`General`] anomalies have no text of their own: they are the normal
//! scenes of a profile, played wrongly.

mod authentication;
mod cascade;
mod database;
mod known_trouble;
mod messages;
mod platform;
mod resources;
mod web;

use super::moment::{MINUTE, Micros, SECOND};

/// An anomaly with texts of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Anomaly {
    /// The profiles it belongs to.
    pub(super) profiles: &'static [&'static str],
    /// What it is, in the labels.
    pub(super) kind: &'static str,
    /// What happens, in words.
    pub(super) story: &'static str,
    /// Variables that keep their value all the time.
    pub(super) pinned: &'static [&'static str],
    /// Between two plays of the body, about.
    pub(super) gap: Micros,
    /// How many lines it usually has.
    pub(super) lines: (u64, u64),
    pub(super) opening: &'static [&'static str],
    pub(super) body: &'static [&'static [&'static str]],
    pub(super) closing: &'static [&'static str],
}

impl Anomaly {
    /// What most have in common.
    const USUAL: Anomaly = Anomaly {
        profiles: &[],
        kind: "",
        story: "",
        pinned: &[],
        gap: 4 * SECOND,
        lines: (12, 45),
        opening: &[],
        body: &[],
        closing: &[],
    };
}

/// A normal scene played wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum General {
    OddValue,
    LevelShift,
    Peer,
    Burst,
    Silence,
    MissingStep,
    BrokenOrder,
    DuplicatedStep,
    SlowStep,
    NewValue,
}

impl General {
    /// What it is, in the labels.
    pub(super) const fn kind(self) -> &'static str {
        match self {
            General::OddValue => "odd-value",
            General::LevelShift => "level-shift",
            General::Peer => "peer",
            General::Burst => "burst",
            General::Silence => "gone-silent",
            General::MissingStep => "missing-step",
            General::BrokenOrder => "broken-order",
            General::DuplicatedStep => "duplicated-step",
            General::SlowStep => "slow-step",
            General::NewValue => "new-value",
        }
    }

    /// How many lines it usually has, and the time between two plays.
    pub(super) const fn size(self) -> ((u64, u64), Micros) {
        match self {
            General::OddValue => ((3, 9), 25 * MINUTE),
            General::LevelShift => ((30, 90), 0),
            General::Peer => ((20, 60), 0),
            General::Burst => ((40, 120), SECOND / 8),
            General::Silence => ((0, 0), 0),
            General::MissingStep | General::BrokenOrder | General::DuplicatedStep => ((4, 12), 9 * MINUTE),
            General::SlowStep => ((3, 8), 9 * MINUTE),
            General::NewValue => ((4, 14), 6 * MINUTE),
        }
    }
}

/// Every kind that labels can have, with what it means.
pub(super) const KINDS: &[(&str, &str)] = &[
    ("odd-value", "a measurement far beyond all others"),
    ("level-shift", "measurements are several times as high for a while; the lines that tell them"),
    ("peer", "one host or pod of several is slower than the others; the lines that tell it"),
    ("burst", "a usual message many times in a few seconds"),
    ("gone-silent", "a component, or the whole log, says nothing; no line to label, the story has the span"),
    ("missing-step", "a session lacks a step; the line after the gap"),
    ("broken-order", "two steps of a session have changed places; both lines"),
    ("duplicated-step", "a step of a session happens again; the copies"),
    ("slow-step", "a step of a session comes seconds or minutes late; its line"),
    ("new-value", "a user, host or country that was never there; the lines that name it"),
    ("new-message", "a message that the software never wrote, without any word of trouble in it"),
    ("rare-error", "an error that never happened, with its trace"),
    ("brute-force", "passwords are guessed"),
    ("user-enumeration", "many names are tried, to learn which exist"),
    ("port-scan", "one source knocks at many ports"),
    ("privilege-escalation", "somebody takes rights that are not his"),
    ("data-exfiltration", "far more leaves than ever"),
    ("disk-full", "a disk fills up, then writes fail"),
    ("memory-exhaustion", "memory runs out"),
    ("cpu-saturation", "processors have no time left"),
    ("file-handles-exhausted", "no more files can be opened"),
    ("connection-pool-exhausted", "all connections to a database are taken"),
    ("database-failure", "a database is gone, and all who need it fail"),
    ("deadlock", "transactions wait for each other"),
    ("slow-query", "statements take seconds or minutes"),
    ("data-corruption", "stored pages or rows are damaged"),
    ("replication-lag", "a replica falls behind"),
    ("cascading-failure", "one service fails, then those that need it"),
    ("oom-killed", "the kernel kills for want of memory"),
    ("crash-loop", "a container starts and fails, again and again"),
    ("image-pull-failure", "an image cannot be had"),
    ("segfault", "a program breaks"),
    ("disk-error", "a device fails to read or write"),
    ("certificate-expired", "a certificate is no longer valid"),
    ("dns-failure", "names cannot be resolved"),
    ("error-burst", "one program writes errors in numbers"),
    ("server-error-burst", "answers are 5xx for a while"),
    ("probing", "somebody looks for holes"),
    ("scraping", "one client asks for everything"),
];

/// The anomalies of a profile.
pub(super) fn of(profile: &str) -> impl Iterator<Item = &'static Anomaly> {
    let families = [
        messages::ALL,
        authentication::ALL,
        resources::ALL,
        database::ALL,
        cascade::ALL,
        platform::ALL,
        web::ALL,
        known_trouble::ALL,
    ];
    families.into_iter().flatten().filter(move |anomaly| anomaly.profiles.contains(&profile))
}
