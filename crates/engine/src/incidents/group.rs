//! Findings in, stories out: what began within a short time of something else belongs to it.
//!
//! How short depends on the log. Where something odd begins every few minutes, closeness says little; where nothing
//! did for hours, two things within minutes of each other have something to do with each other. So the gap is
//! an eighth of the usual distance between beginnings, at most a quarter of an hour. Findings of one template, and of one
//! stream where there are several, may be three times as far apart.
//!
//! Only strong findings begin a story or make it longer; a weak one joins the story that it falls into.

use std::collections::BTreeSet;

use crate::findings::tracks::Track;

/// A share of the usual distance between two beginnings.
const SHARE: i64 = 8;
/// The longest gap in seconds.
const LONGEST: i64 = 900;
/// How much longer it is between findings that share more than the time.
const RELATED: i64 = 3;
/// Stories that may still be joined.
const OPEN: usize = 8;

/// Findings that belong together, by their places in the list.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Group {
    /// Members in the order of the list.
    pub(crate) members: Vec<usize>,
    first: i64,
    last: i64,
    streams: BTreeSet<u32>,
    templates: BTreeSet<u32>,
}

/// Groups tracks, which come in the order of their beginnings, all of one time: known past or present.
pub(crate) fn group(tracks: &[&Track], seconds: i64, streams: usize) -> Vec<Group> {
    let gap = gap(tracks, seconds);
    let mut groups: Vec<Group> = Vec::new();
    for (at, track) in tracks.iter().enumerate().filter(|(_, track)| track.strong) {
        let start = track.finding.intervals.0;
        let near = groups.iter().enumerate().rev().take(OPEN).find(|(_, group)| {
            let distance = start - group.last;
            distance <= gap || distance <= RELATED * gap && group.is_related(track, streams)
        });
        let place = near.map_or(groups.len(), |(place, _)| place);
        if place == groups.len() {
            groups.push(Group { first: start, ..Group::default() });
        }
        groups[place].join(at, track);
    }
    for (at, track) in tracks.iter().enumerate().filter(|(_, track)| !track.strong) {
        let (first, last) = track.finding.intervals;
        let after = groups.partition_point(|group| group.first - gap <= last);
        let around = groups.iter_mut().take(after).rev().take(OPEN).find(|group| first <= group.last + gap);
        around.into_iter().for_each(|group| group.members.push(at));
    }
    groups.iter_mut().for_each(|group| group.members.sort_unstable());
    groups
}

impl Group {
    fn join(&mut self, at: usize, track: &Track) {
        self.members.push(at);
        self.last = track.finding.intervals.0;
        self.streams.extend(track.finding.subject.stream);
        self.templates.extend(track.finding.subject.template);
    }

    fn is_related(&self, track: &Track, streams: usize) -> bool {
        let subject = &track.finding.subject;
        subject.template.is_some_and(|template| self.templates.contains(&template))
            || streams > 1 && subject.stream.is_some_and(|stream| self.streams.contains(&stream))
    }
}

/// The gap between findings of one story, in intervals.
fn gap(tracks: &[&Track], seconds: i64) -> i64 {
    let mut starts: Vec<i64> =
        tracks.iter().filter(|track| track.strong).map(|track| track.finding.intervals.0).collect();
    starts.sort_unstable();
    starts.dedup();
    let span = match (starts.first(), starts.last()) {
        (Some(first), Some(last)) => last.saturating_sub(*first),
        _ => 0,
    };
    let usual = span / (starts.len() as i64).max(1);
    let longest = (LONGEST / seconds.max(1)).max(1);
    (usual / SHARE).clamp(1, longest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::Subject;
    use crate::findings::{Finding, Severity};

    fn track(start: i64, stream: u32, template: u32, strong: bool) -> Track {
        let finding = Finding {
            subject: Subject { stream: Some(stream), template: Some(template), slot: None },
            session: None,
            intervals: (start, start),
            evidence: Vec::new(),
            p_value: 1.0,
            score: 0.0,
            severity: Severity::Low,
            level: None,
            hard: None,
            records: 1,
            place: None,
            held: None,
        };
        Track { finding, trusted: 10.0, shown: 10.0, strong, known: false, adopted: None }
    }

    fn check(list: &[(i64, u32, u32, bool)], seconds: i64, streams: usize, wanted: &[&[usize]]) {
        let tracks: Vec<Track> =
            list.iter().map(|(at, stream, of, strong)| track(*at, *stream, *of, *strong)).collect();
        let groups = group(&tracks.iter().collect::<Vec<_>>(), seconds, streams);
        let members: Vec<&[usize]> = groups.iter().map(|group| group.members.as_slice()).collect();
        assert_eq!(members, wanted, "{list:?}");
    }

    #[test]
    fn what_is_close_in_a_quiet_log_belongs_together() {
        // The second begins two intervals after the first, which is close where something begins every 25.
        check(&[(0, 0, 1, true), (2, 0, 2, true), (50, 0, 3, true)], 8, 1, &[&[0, 1], &[2]]);
        // The same distance is usual here.
        check(&[(0, 0, 1, true), (2, 0, 2, true), (4, 0, 3, true)], 8, 1, &[&[0], &[1], &[2]]);
        // An hour is far however quiet the log is.
        check(&[(0, 0, 1, true), (1, 0, 2, true), (900, 0, 3, true)], 3600, 1, &[&[0, 1], &[2]]);
    }

    #[test]
    fn what_shares_a_template_or_one_stream_of_several_may_be_farther_apart() {
        check(&[(0, 0, 1, true), (3, 1, 1, true), (40, 0, 3, true)], 8, 2, &[&[0, 1], &[2]]);
        check(&[(0, 0, 1, true), (3, 0, 2, true), (40, 0, 3, true)], 8, 2, &[&[0, 1], &[2]]);
        check(&[(0, 0, 1, true), (3, 1, 2, true), (40, 0, 3, true)], 8, 2, &[&[0], &[1], &[2]]);
    }

    #[test]
    fn a_weak_finding_joins_and_neither_begins_nor_prolongs() {
        check(&[(4, 0, 1, false), (5, 0, 2, true), (6, 0, 3, false), (9, 0, 4, false)], 8, 1, &[&[0, 1, 2]]);
        check(&[(4, 0, 1, false)], 8, 1, &[]);
    }
}
