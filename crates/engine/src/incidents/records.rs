//! Findings of an incident in, how many records they are about out, none counted twice.
//!
//! Several findings may be about the same records: the template that is new, and the stream that has more errors than
//! usual since. What they have in common is not known record by record, so of what may overlap the larger counts: the
//! number is never above what the log has.

use std::collections::BTreeMap;

use crate::findings::Finding;

/// The first and the last interval, and records in them.
type Span = (i64, i64, u64);

/// How many records all of them are about, at least.
pub fn records_of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> u64 {
    // By stream, and in it by template, from the first interval on.
    let mut spans: BTreeMap<Option<u32>, BTreeMap<Option<u32>, Vec<Span>>> = BTreeMap::new();
    for finding in findings {
        let of = spans.entry(finding.subject.stream).or_default().entry(finding.subject.template);
        of.or_default().push((finding.intervals.0, finding.intervals.1, finding.records));
    }
    let mut wide = 0;
    let mut streams: u64 = 0;
    for (stream, mut templates) in spans {
        let whole = templates.remove(&None).map_or(0, apart);
        let parts: u64 = templates.into_values().map(apart).sum();
        match stream {
            Some(_) => streams = streams.saturating_add(whole.max(parts)),
            None => wide = whole.max(parts),
        }
    }
    wide.max(streams)
}

/// The sum of what lies apart; of spans that overlap the largest.
fn apart(mut spans: Vec<Span>) -> u64 {
    spans.sort_unstable();
    let (mut sum, mut end, mut largest) = (0u64, None, 0);
    for (first, last, records) in spans {
        if end.is_none_or(|end| first > end) {
            sum = sum.saturating_add(std::mem::take(&mut largest));
            end = Some(last);
        }
        end = end.max(Some(last));
        largest = largest.max(records);
    }
    sum.saturating_add(largest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::Subject;
    use crate::findings::Severity;

    /// Stream, template, intervals, records.
    type Given = (Option<u32>, Option<u32>, (i64, i64), u64);

    fn finding((stream, template, intervals, records): &Given) -> Finding {
        Finding {
            subject: Subject { stream: *stream, template: *template, slot: None },
            session: None,
            intervals: *intervals,
            evidence: Vec::new(),
            p_value: 1.0,
            score: 0.0,
            severity: Severity::Low,
            level: None,
            hard: None,
            records: *records,
            place: None,
            held: None,
        }
    }

    #[test]
    fn no_record_is_counted_twice() {
        let (here, there, one, two) = (Some(0), Some(1), Some(7), Some(8));
        let table: &[(&[Given], u64)] = &[
            (&[], 0),
            (&[(here, one, (0, 3), 10), (here, two, (0, 3), 5)], 15),
            // The same template twice: at one time the larger counts, at two times both.
            (&[(here, one, (0, 3), 10), (here, one, (2, 9), 30)], 30),
            (&[(here, one, (0, 3), 10), (here, one, (4, 9), 30)], 40),
            (&[(here, one, (0, 9), 10), (here, one, (2, 3), 4), (here, one, (5, 6), 3)], 10),
            // The whole stream has what its templates have.
            (&[(here, one, (0, 3), 10), (here, None, (0, 3), 12)], 12),
            (&[(here, one, (0, 3), 10), (here, None, (0, 0), 2)], 10),
            // Streams lie apart; all streams together hold them.
            (&[(here, one, (0, 3), 10), (there, one, (0, 3), 5)], 15),
            (&[(here, one, (0, 3), 10), (there, one, (0, 3), 5), (None, None, (0, 3), 20)], 20),
        ];
        for (given, wanted) in table {
            let findings: Vec<Finding> = given.iter().map(finding).collect();
            assert_eq!(records_of(&findings), *wanted, "{given:?}");
        }
    }
}
