//! Sequences of events in, the verdicts of a session model out, with the time it took.
//!
//! Sessions and runs are both sequences by the time they come here.

use std::collections::HashMap;
use std::thread;
use std::time::Instant;

use logsift_engine::sessions::{SessionModel, SessionSettings};

use crate::memory::Peak;
use crate::units::{Judgement, Verdict};

/// What a model learns from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Training<'a> {
    /// All of these are normal.
    Normal(&'a [Vec<u32>]),
    /// Nobody knows which of these are normal.
    Unlabelled(&'a [Vec<u32>]),
}

impl<'a> Training<'a> {
    /// The sequences, and whether they are known to be normal.
    pub(crate) fn sequences(self) -> (&'a [Vec<u32>], bool) {
        match self {
            Training::Normal(sequences) => (sequences, true),
            Training::Unlabelled(sequences) => (sequences, false),
        }
    }
}

/// Numbers for the names of events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    known: HashMap<String, u32>,
}

impl Names {
    /// The events of a session, parted by blanks.
    pub(crate) fn sequence(&mut self, events: &str) -> Vec<u32> {
        events.split_ascii_whitespace().map(|name| self.number(name)).collect()
    }

    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.known.get(name) {
            return *number;
        }
        let number = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        self.known.insert(name.to_owned(), number);
        number
    }
}

/// Trains the default model.
pub(crate) fn train(training: Training<'_>, false_alarms: f64) -> SessionModel {
    let settings = SessionSettings { false_alarms };
    match training {
        Training::Normal(sequences) => SessionModel::train(sequences, &settings),
        Training::Unlabelled(sequences) => SessionModel::train_unlabelled(sequences, &settings),
    }
}

/// What the model says of one sequence.
fn verdict(model: &SessionModel, sequence: &[u32]) -> Verdict {
    let score = model.score(sequence);
    Verdict { score: score.score, flagged: score.flagged }
}

/// Trains the default model and judges all sequences.
pub(crate) fn judge(
    training: Training<'_>,
    tested: &[Vec<u32>],
    false_alarms: f64,
    threads: usize,
) -> Judgement {
    let peak = Peak::begin();
    let begun = Instant::now();
    let model = train(training, false_alarms);
    let fit = begun.elapsed();
    let begun = Instant::now();
    let verdicts = verdicts(&model, tested, threads);
    Judgement {
        model: "default".to_owned(),
        verdicts,
        threshold: model.threshold(),
        fit,
        score: begun.elapsed(),
        peak: peak.bytes(),
    }
}

/// What the model says of all sequences, in their order; every thread judges a piece of them.
pub(crate) fn verdicts(model: &SessionModel, tested: &[Vec<u32>], threads: usize) -> Vec<Verdict> {
    let piece = tested.len().div_ceil(threads.max(1)).max(1);
    let judge = |piece: &[Vec<u32>]| -> Vec<Verdict> {
        piece.iter().map(|sequence| verdict(model, sequence)).collect()
    };
    thread::scope(|scope| {
        let running: Vec<_> = tested.chunks(piece).map(|piece| scope.spawn(move || judge(piece))).collect();
        let ended = running.into_iter().map(|thread| match thread.join() {
            Ok(verdicts) => verdicts,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        ended.flatten().collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_same_number_everywhere() {
        let mut names = Names::default();
        assert_eq!(names.sequence("E5 E5 22\tE5"), [0, 0, 1, 0]);
        assert_eq!(names.sequence("22 new"), [1, 2]);
        assert_eq!(names.sequence("  "), [0u32; 0]);
    }

    #[test]
    fn the_number_of_threads_changes_no_verdict() {
        let normal: Vec<Vec<u32>> = (0..200).map(|nth| vec![0, 1, 1 + nth % 3, 4]).collect();
        let tested: Vec<Vec<u32>> = (0..37).map(|nth| vec![0, 1, nth % 5, 4]).collect();
        let judged = |threads| judge(Training::Normal(&normal), &tested, 0.01, threads).verdicts;
        let one = judged(1);
        assert!(one.len() == 37 && one.iter().any(|verdict| verdict.flagged));
        for threads in [0, 2, 5, 64] {
            assert_eq!(judged(threads), one);
        }
        assert_eq!(judge(Training::Normal(&normal), &[], 0.01, 4).verdicts, []);
    }
}
