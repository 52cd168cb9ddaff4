//! Rows that outlier models find odd in, findings on their way out, with their words.
//!
//! A row is a record here, a line of a CSV perhaps. What chance shows in one interval is what it shows in one row, as
//! often as there are rows in an interval.

use std::collections::BTreeMap;

use crate::detectors::words::{figure, number};
use crate::detectors::{Evidence, Explanation, Subject};
use crate::findings::tracks::{STRONG, Track};
use crate::findings::{Finding, Severity};
use crate::windows::{Place, Timeline};

/// Seconds of a block of records, where there are no times.
const RECORDS_PER_SECOND: u32 = 6;
/// Rows of which too little is known.
const EARLY: u64 = 30;

/// A row that a model finds odd.
#[derive(Clone, Debug, PartialEq)]
pub struct OddRow {
    /// The model.
    pub kind: &'static str,
    /// The stream, by its name in the timeline.
    pub stream: String,
    /// Its record.
    pub place: Place,
    /// Seconds since 1970 of it.
    pub seconds: Option<i64>,
    /// How odd, in nats.
    pub surprise: f64,
    /// Its score.
    pub score: f64,
    /// The middle score.
    pub usual: f64,
    /// How many rows there are.
    pub of: u64,
    /// The columns that made it odd, with their shares and what stands in them.
    pub columns: Vec<(String, f64, f64)>,
}

/// What was found in rows.
#[derive(Default)]
pub(super) struct OfRows {
    pub(super) tracks: Vec<Track>,
    /// How many rows there were.
    pub(super) looked_at: u64,
    words: BTreeMap<(Place, &'static str), Explanation>,
}

impl OfRows {
    pub(super) fn of(rows: &[OddRow], timeline: &Timeline) -> OfRows {
        let mut made = OfRows::default();
        for row in rows {
            made.looked_at = made.looked_at.max(row.of);
            made.tracks.extend(track(row, timeline));
            made.words.insert((row.place, row.kind), words(row));
        }
        made
    }

    /// Whether a finding is about a row.
    pub(super) fn is_of_row(&self, finding: &Finding) -> bool {
        let evidence = finding.evidence.first();
        let key = evidence.and_then(|evidence| Some((evidence.place?, evidence.kind)));
        key.is_some_and(|key| self.words.contains_key(&key))
    }

    /// The words for a finding about a row.
    pub(super) fn explain(&self, finding: &Finding) -> Option<Vec<Explanation>> {
        let evidence = finding.evidence.first()?;
        self.words.get(&(evidence.place?, evidence.kind)).map(|words| vec![words.clone()])
    }
}

fn track(row: &OddRow, timeline: &Timeline) -> Option<Track> {
    let present = timeline.intervals.get(timeline.past..).unwrap_or_default();
    // A table has no intervals: each of its rows is one.
    let intervals = if timeline.timed { present.len() } else { row.of as usize };
    let in_an_interval = (row.of as f64 / intervals.max(1) as f64).max(1.0);
    let shown = row.surprise - in_an_interval.ln();
    let block = (row.place.line >> RECORDS_PER_SECOND).cast_signed();
    let seconds = row.seconds.filter(|_| timeline.timed).unwrap_or(block);
    let interval = seconds.div_euclid(timeline.seconds.max(1));
    let learning = row.of < EARLY;
    let evidence = Evidence {
        kind: row.kind,
        subject: Subject { stream: timeline.stream_of(&row.stream), template: None, slot: None },
        interval,
        surprise: row.surprise,
        seen: row.score,
        expected: row.usual,
        grounds: row.of as f64,
        learning,
        place: Some(row.place),
    };
    let finding = Finding {
        subject: evidence.subject,
        session: None,
        intervals: (interval, interval),
        p_value: 1.0,
        score: 0.0,
        severity: Severity::Low,
        level: None,
        hard: None,
        records: 1,
        place: evidence.place,
        held: None,
        evidence: vec![evidence],
    };
    let trusted = if learning { -1.0 } else { shown };
    (shown > 0.0).then_some(Track {
        finding,
        trusted,
        shown,
        strong: shown >= STRONG,
        known: false,
        adopted: None,
    })
}

fn words(row: &OddRow) -> Explanation {
    let mut explanation = Explanation {
        sentence: format!("{} scores it {}, usually {}", row.kind, number(row.score), number(row.usual)),
        figures: vec![figure("score", row.score, ""), figure("usual score", row.usual, "")],
    };
    for (nth, (name, share, value)) in row.columns.iter().enumerate() {
        let percent = (share * 100.0).round();
        explanation.sentence += if nth == 0 { ", most of all by " } else { ", " };
        explanation.sentence += &format!("{name} = {} ({percent} %)", number(*value));
        explanation.figures.push(figure("value", *value, ""));
        explanation.figures.push(figure("share", percent, "%"));
    }
    explanation
}
