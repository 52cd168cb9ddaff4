//! Labels in, who is told and in what manner out: the routing tree.
//!
//! An incident goes down the first branch that means it, and down the next ones too where a branch says `continue`. What
//! a branch does not say it has from the one above. A tree without channels tells all of them.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::labels::Labels;
use crate::matcher::all_match;
use crate::settings::{Escalation, Quiet, Route};

/// After so long an open incident is told again where nobody says otherwise.
const REPEAT: Duration = Duration::from_secs(86_400);
const GROUP_INTERVAL: Duration = Duration::from_secs(300);

/// Who is told of an incident, and in what manner.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Target<'a> {
    pub(crate) channels: &'a [String],
    pub(crate) group_by: &'a [String],
    pub(crate) group_wait: Duration,
    pub(crate) group_interval: Duration,
    /// Nothing where it is never told again.
    pub(crate) repeat: Option<Duration>,
    pub(crate) mute: &'a [String],
    pub(crate) quiet: Option<&'a Quiet>,
    pub(crate) escalate: &'a [Escalation],
}

/// Everyone who is told, each channel once.
pub(crate) fn targets<'a>(route: &'a Route, all: &'a [String], labels: &Labels) -> Vec<Target<'a>> {
    let root = Target {
        channels: all,
        group_by: &[],
        group_wait: Duration::ZERO,
        group_interval: GROUP_INTERVAL,
        repeat: Some(REPEAT),
        mute: &[],
        quiet: None,
        escalate: &[],
    };
    let mut found = Vec::new();
    if all_match(&route.matchers, labels) {
        descend(route, &root, labels, &mut found);
    }
    found
}

/// Every channel that some target tells, with the first of its targets.
pub(crate) fn by_channel<'a, 'b>(targets: &'b [Target<'a>]) -> Vec<(&'a str, &'b Target<'a>)> {
    let mut seen = BTreeSet::new();
    let each = targets
        .iter()
        .flat_map(|target| target.channels.iter().map(move |channel| (channel.as_str(), target)));
    each.filter(|(channel, _)| seen.insert(*channel)).collect()
}

fn descend<'a>(route: &'a Route, above: &Target<'a>, labels: &Labels, found: &mut Vec<Target<'a>>) {
    let here = merged(route, above);
    let before = found.len();
    for branch in &route.routes {
        if all_match(&branch.matchers, labels) {
            descend(branch, &here, labels, found);
            if !branch.goes_on {
                return;
            }
        }
    }
    if found.len() == before {
        found.push(here);
    }
}

fn merged<'a>(route: &'a Route, above: &Target<'a>) -> Target<'a> {
    Target {
        channels: if route.channels.is_empty() { above.channels } else { &route.channels },
        group_by: route.group_by.as_deref().unwrap_or(above.group_by),
        group_wait: route.group_wait.map_or(above.group_wait, |span| span.0),
        group_interval: route.group_interval.map_or(above.group_interval, |span| span.0),
        repeat: route.repeat.map_or(above.repeat, |span| Some(span.0).filter(|span| !span.is_zero())),
        mute: route.mute.as_deref().unwrap_or(above.mute),
        quiet: route.quiet.as_ref().or(above.quiet),
        escalate: route.escalate.as_deref().unwrap_or(above.escalate),
    }
}

impl Target<'_> {
    /// What is told together, and nothing where each incident is told alone.
    pub(crate) fn group(&self, labels: &Labels) -> Option<String> {
        let named = self.group_by.iter().map(|name| format!("{name}={}", labels.joined(name)));
        (!self.group_by.is_empty()).then(|| named.collect::<Vec<_>>().join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(labels: &[(&str, &str)]) -> Vec<String> {
        let route: Route = serde_json::from_value(serde_json::json!({
            "channels": ["mail"],
            "repeat": "4h",
            "routes": [
                { "match": ["tag=security"], "channels": ["soc"], "continue": true },
                { "match": ["severity>=high"], "channels": ["pager", "chat"], "routes": [
                    { "match": ["stream=~\"db.*\""], "channels": ["dba"], "repeat": "0s", "group_by": ["stream"] },
                ] },
                { "match": ["kind=rate-change"], "channels": ["mail", "soc"] },
            ],
        }))
        .unwrap();
        let all = ["mail", "soc", "pager", "chat", "dba"].map(str::to_owned);
        let labels = Labels::of(labels);
        let targets = targets(&route, &all, &labels);
        by_channel(&targets).into_iter().map(|(channel, _)| channel.to_owned()).collect()
    }

    #[test]
    fn the_first_branch_is_taken_and_more_where_it_says_so() {
        assert_eq!(told(&[("severity", "low")]), ["mail"]);
        assert_eq!(told(&[("severity", "high")]), ["pager", "chat"]);
        assert_eq!(told(&[("severity", "critical"), ("stream", "db1")]), ["dba"]);
        assert_eq!(told(&[("severity", "high"), ("tag", "security")]), ["soc", "pager", "chat"]);
        assert_eq!(
            told(&[("severity", "low"), ("tag", "security"), ("kind", "rate-change")]),
            ["soc", "mail"]
        );
        assert_eq!(told(&[("severity", "low"), ("tag", "security")]), ["soc"]);
    }

    #[test]
    fn a_branch_has_from_above_what_it_does_not_say() {
        let route: Route = serde_json::from_value(serde_json::json!({
            "repeat": "4h", "group_by": ["stream"],
            "routes": [{ "match": ["severity=high"], "repeat": "0s" }, { "match": ["severity=low"], "group_wait": "30s" }],
        }))
        .unwrap();
        let all = ["a".to_owned()];
        let target = |severity: &str| {
            targets(&route, &all, &Labels::of(&[("severity", severity), ("stream", "x")])).remove(0)
        };
        assert_eq!((target("high").repeat, target("high").channels), (None, &all[..]));
        assert_eq!(
            (target("low").repeat, target("low").group_wait),
            (Some(Duration::from_secs(14_400)), Duration::from_secs(30))
        );
        assert_eq!(target("medium").group(&Labels::of(&[("stream", "x")])).as_deref(), Some("stream=x"));
        let nobody: Route =
            serde_json::from_value(serde_json::json!({ "match": ["severity=high"] })).unwrap();
        assert!(targets(&nobody, &all, &Labels::of(&[("severity", "low")])).is_empty());
    }
}
