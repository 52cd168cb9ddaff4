//! Intervals in, findings without a ruling out. Nothing here knows of a budget.

use crate::detectors::{Detector, Evidence, EvidenceList, Subject};
use crate::findings::combine::{Combined, MOST, combine};
use crate::findings::hard::{Hard, HardWord};
use crate::findings::learnable::learnable;
use crate::findings::tested::Tested;
use crate::findings::tracks::{Track, Tracks};
use crate::windows::{Interval, Timeline};

use super::CellScore;

/// The detector that stands for words which are bad by themselves.
pub(super) const HARD_SIGNAL: &str = "hard-signal";

/// What came of the walk.
pub(super) struct Walked {
    /// The detectors, for their words.
    pub(super) detectors: Vec<Box<dyn Detector>>,
    pub(super) tracks: Vec<Track>,
    pub(super) forgotten: u64,
    pub(super) tested: Tested,
    pub(super) scores: Vec<CellScore>,
}

/// Walks through all intervals.
pub(super) fn walk(timeline: &Timeline, mut detectors: Vec<Box<dyn Detector>>) -> Walked {
    let mut tracks = Tracks::default();
    let mut tested = Tested::default();
    let mut hard = Hard::default();
    let mut scores = Vec::new();
    for (at, interval) in timeline.intervals.iter().enumerate() {
        let known = at < timeline.past;
        if at == timeline.past {
            tracks.end_all();
        }
        let mut evidence = EvidenceList::new();
        detectors.iter_mut().for_each(|detector| detector.score(interval, timeline, &mut evidence));
        let combined = combine(evidence, detectors.len());
        if !known {
            scores.extend(combined.iter().filter_map(|combined| score_of(interval, combined)));
        }
        let words = hard.listen(interval, known, timeline);
        let tests = tested.see(interval);
        let flags = tracks.take(interval, with_words(interval, combined, &words), tests, known, timeline);
        let learned = learnable(interval, &flags);
        detectors.iter_mut().for_each(|detector| detector.learn(&learned, timeline));
    }
    scores.sort_by_key(|score| (score.interval, score.stream, score.template));
    let (tracks, forgotten) = tracks.finish();
    Walked { detectors, tracks, forgotten, tested, scores }
}

fn score_of(interval: &Interval, combined: &Combined) -> Option<CellScore> {
    let kind = combined.evidence.first()?.kind;
    let (stream, template) = combined.key;
    Some(CellScore { interval: interval.number, stream, template, score: combined.shown, kind })
}

/// Adds what is bad by itself to what the detectors said.
fn with_words(
    interval: &Interval,
    combined: Vec<Combined>,
    words: &[HardWord],
) -> Vec<(Combined, Option<&'static str>)> {
    let mut all: Vec<(Combined, Option<&'static str>)> =
        combined.into_iter().map(|combined| (combined, None)).collect();
    for word in words {
        let key = (Some(word.stream), Some(word.template));
        let evidence = evidence_of(interval, word);
        match all.iter_mut().find(|(combined, _)| combined.key == key) {
            Some((combined, hard)) => {
                combined.evidence.push(evidence);
                *hard = Some(word.signal);
            }
            None => {
                let combined = Combined { key, trusted: 0.0, shown: 0.0, evidence: vec![evidence] };
                all.push((combined, Some(word.signal)));
            }
        }
    }
    all
}

fn evidence_of(interval: &Interval, word: &HardWord) -> Evidence {
    let window = interval.windows.iter().find(|window| window.stream == word.stream);
    let cell = window.and_then(|window| window.of(word.template));
    Evidence {
        kind: HARD_SIGNAL,
        subject: Subject { stream: Some(word.stream), template: Some(word.template), slot: None },
        interval: interval.number,
        surprise: MOST,
        seen: cell.map_or(0.0, |cell| cell.count as f64),
        expected: 0.0,
        grounds: 0.0,
        learning: false,
        place: cell.and_then(|cell| cell.first),
    }
}
