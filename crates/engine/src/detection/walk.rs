//! Intervals in, findings without a ruling out. Nothing here knows of a budget.

use crate::detectors::{Detector, Evidence, EvidenceList, Subject};
use crate::findings::combine::{Combined, MOST, combine};
use crate::findings::hard::{FirstWord, Hard};
use crate::findings::learnable::learnable;
use crate::findings::outbreak::Outbreaks;
use crate::findings::tested::Tested;
use crate::findings::tracks::{Adoptable, Told, Track, Tracks};
use crate::windows::{Interval, Timeline};

use super::CellScore;

/// The detector that stands for words which are bad by themselves.
pub(super) const HARD_SIGNAL: &str = "hard-signal";
/// The detector that stands for errors which were hardly ever seen before.
pub(super) const RARE_ERROR: &str = "rare-error";

/// What came of the walk.
pub(super) struct Walked {
    /// The detectors, for their words.
    pub(super) detectors: Vec<Box<dyn Detector>>,
    pub(super) tracks: Vec<Track>,
    pub(super) forgotten: u64,
    pub(super) tested: Tested,
    pub(super) scores: Vec<CellScore>,
}

/// Walks through all intervals. In a short log an outbreak of errors is bad by itself.
pub(super) fn walk(
    timeline: &Timeline,
    mut detectors: Vec<Box<dyn Detector>>,
    is_short: bool,
    adoptable: Adoptable<'_>,
) -> Walked {
    let mut tracks = Tracks::default();
    let mut tested = Tested::default();
    let mut hard = Hard::default();
    let mut outbreaks = is_short.then(Outbreaks::default);
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
        let mut words = hard.listen(interval, known, timeline);
        let broken_out = outbreaks.as_mut().map(|outbreaks| outbreaks.listen(interval, known, timeline));
        words.extend(broken_out.unwrap_or_default());
        let tests = tested.see(interval);
        let told = with_words(interval, combined, &words);
        let flags = tracks.take(interval, told, tests, known, (timeline, adoptable));
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

/// Adds what is told because it is said for the first time to what the detectors said.
fn with_words(interval: &Interval, combined: Vec<Combined>, words: &[FirstWord]) -> Vec<Told> {
    let told = |combined| Told { combined, hard: None, first: false };
    let mut all: Vec<Told> = combined.into_iter().map(told).collect();
    for word in words {
        let key = (Some(word.stream), Some(word.template));
        let at = all.iter().position(|told| told.combined.key == key).unwrap_or_else(|| {
            all.push(told(Combined { key, trusted: 0.0, shown: 0.0, evidence: Vec::new() }));
            all.len() - 1
        });
        if let Some(told) = all.get_mut(at) {
            told.combined.evidence.push(evidence_of(interval, word));
            (told.hard, told.first) = (told.hard.or(word.signal), true);
        }
    }
    all
}

/// What is bad by itself says the most there is to say; an error says nothing but that it is there.
fn evidence_of(interval: &Interval, word: &FirstWord) -> Evidence {
    let window = interval.windows.iter().find(|window| window.stream == word.stream);
    let cell = window.and_then(|window| window.of(word.template));
    let (kind, surprise) = if word.signal.is_some() { (HARD_SIGNAL, MOST) } else { (RARE_ERROR, 0.0) };
    Evidence {
        kind,
        subject: Subject { stream: Some(word.stream), template: Some(word.template), slot: None },
        interval: interval.number,
        surprise,
        seen: word.seen as f64,
        expected: word.past.0 as f64,
        grounds: word.past.1 as f64,
        learning: word.signal.is_none(),
        place: cell.and_then(|cell| cell.first),
    }
}
