//! Findings of a story in, whether it is a flood of messages that nobody wrote before out.
//!
//! Random bytes, a program that prints its memory, or somebody who wants the log to be unreadable: each line is new, and
//! none of them is what happened. What happened is that there are so many, and where they come from; so that is the title,
//! and it has the same fingerprint the next time, when none of the lines comes again.

use std::collections::BTreeSet;

use super::causes::is_news;
use crate::findings::Finding;
use crate::windows::Timeline;

/// So many new messages in one story are a flood. A release of a large program brings some hundreds.
const MANY: usize = 1000;

/// How many messages are new in a story, where they are a flood. Where one of them is bad by itself, that is what happened:
/// a program may print its memory when it dies.
pub(crate) fn of_new<'a>(findings: impl Iterator<Item = &'a Finding> + Clone) -> Option<usize> {
    if findings.clone().any(|finding| finding.hard.is_some()) {
        return None;
    }
    let new = findings.filter(|finding| is_news(finding));
    let templates: BTreeSet<u32> = new.filter_map(|finding| finding.subject.template).collect();
    (templates.len() >= MANY).then_some(templates.len())
}

/// What a flood is called in a fingerprint: the streams that it came in, each once.
pub(crate) fn streams<'a>(findings: &[&Finding], timeline: &'a Timeline) -> Vec<&'a str> {
    let new = findings.iter().filter(|finding| is_news(finding));
    let streams: BTreeSet<u32> = new.filter_map(|finding| finding.subject.stream).collect();
    let names = streams.iter().filter_map(|stream| timeline.streams.get(*stream as usize));
    let mut names: Vec<&str> = names.map(|stream| stream.name.as_str()).collect();
    names.sort_unstable();
    names
}
