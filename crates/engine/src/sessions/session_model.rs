//! Any outlier model over sequences beside the detectors of sessions: this session is unlike the others.
//!
//! The model is fitted to all sessions of a kind, each different sequence a few times at most, so that what is frequent
//! does not drown the rest. What it scores beyond the tail that the middle of the scores suggests is told, with the
//! event that makes most of it.

use logsift_outliers::catalogue::{SequenceModel, Takes};
use logsift_outliers::{Alone, FitError, SequenceTable};

use crate::detectors::ModelWish;
use crate::line::Oddness;

/// How often one sequence counts at most.
const OFTEN: u64 = 16;
/// Sequences that are fitted to.
const FITTED: usize = 1 << 16;
/// Sessions that are told for each model; the oddest are.
const TOLD: usize = 64;

/// A session that a model finds odd.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct OddSession {
    pub(super) session: u32,
    pub(super) kind: &'static str,
    pub(super) surprise: f64,
    pub(super) fact: OddFact,
}

/// The figures of that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct OddFact {
    pub(super) score: f64,
    pub(super) usual: f64,
    /// The event that makes most of it, and its share.
    pub(super) event: Option<u32>,
    pub(super) share: f64,
}

/// The sessions that a model over sequences finds odd. `stories` are the different sequences, `of_sessions` says which
/// of them each session is, `first` is the number of the first session. Nothing where the model cannot be fitted.
pub(super) fn odd_sessions(
    wish: &ModelWish,
    stories: &[(Box<[u32]>, u64)],
    of_sessions: &[u32],
    first: u32,
) -> Vec<OddSession> {
    let Ok((model, scores)) = fitted(wish, stories) else { return Vec::new() };
    let of = |story: &u32| scores.get(*story as usize).copied().unwrap_or(0.0);
    let all: Vec<f64> = of_sessions.iter().map(of).collect();
    let odd = Oddness::of(&all);
    let mut told: Vec<(f64, u32)> =
        all.iter().copied().zip(0u32..).filter(|(score, _)| odd.is_told(*score)).collect();
    told.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    told.truncate(TOLD);
    let session = |(score, at): (f64, u32)| {
        let story = of_sessions.get(at as usize).and_then(|story| stories.get(*story as usize));
        let sequence = story.map_or(&[][..], |(sequence, _)| sequence);
        let (event, share) = most_odd(&*model, sequence);
        OddSession {
            session: first + at,
            kind: wish.name(),
            surprise: odd.surprise(score),
            fact: OddFact { score, usual: odd.middle(), event, share },
        }
    };
    told.into_iter().map(session).collect()
}

fn fitted(
    wish: &ModelWish,
    stories: &[(Box<[u32]>, u64)],
) -> Result<(Box<dyn SequenceModel>, Vec<f64>), FitError> {
    let choice = wish.choice()?;
    if wish.takes() != Takes::Sequences {
        return Err(FitError::TooFew { found: 0, needed: 1 });
    }
    let each = stories.iter().flat_map(|(sequence, sessions)| {
        std::iter::repeat_n(sequence, usize::try_from((*sessions).min(OFTEN)).unwrap_or(1))
    });
    let table: SequenceTable = each.take(FITTED).collect();
    let model = choice.fit_sequences(table.sequences(), wish.seed(), &Alone)?;
    let stories: SequenceTable = stories.iter().map(|(sequence, _)| sequence).collect();
    let mut scores = Vec::new();
    model.score(stories.sequences(), &mut scores);
    Ok((model, scores))
}

/// The event that makes most of a score, all its places together.
fn most_odd(model: &dyn SequenceModel, sequence: &[u32]) -> (Option<u32>, f64) {
    let mut of_events: Vec<(u32, f64)> = Vec::new();
    for (event, share) in sequence.iter().zip(model.shares(sequence)) {
        match of_events.iter_mut().find(|(known, _)| known == event) {
            Some((_, sum)) => *sum += share,
            None => of_events.push((*event, share)),
        }
    }
    let most = of_events.into_iter().fold(None, |best: Option<(u32, f64)>, next| match best {
        Some(best) if best.1 >= next.1 => Some(best),
        _ => Some(next),
    });
    most.map_or((None, 0.0), |(event, share)| (Some(event), share))
}

#[cfg(test)]
mod tests {
    use super::*;
    use logsift_outliers::catalogue::Choice;

    fn wish(name: &str) -> ModelWish {
        ModelWish::new(&Choice::named(name).unwrap(), 42)
    }

    type Stories = Vec<(Box<[u32]>, u64)>;

    /// Three ways in which all is well, and one session out of order.
    fn stories() -> (Stories, Vec<u32>) {
        let usual: [&[u32]; 3] = [&[1, 2, 3, 4], &[1, 2, 2, 3, 4], &[1, 3, 4]];
        let mut stories: Stories = usual.iter().map(|one| ((*one).into(), 100)).collect();
        stories.push(([4, 9, 1, 9].as_slice().into(), 1));
        let mut of_sessions: Vec<u32> = (0..300).map(|nth| nth % 3).collect();
        of_sessions.insert(150, 3);
        (stories, of_sessions)
    }

    #[test]
    fn the_session_out_of_order_is_found_with_its_event() {
        let (stories, of_sessions) = stories();
        let odd = odd_sessions(&wish("markov"), &stories, &of_sessions, 1000);
        assert_eq!(odd.iter().map(|odd| odd.session).collect::<Vec<_>>(), [1150]);
        assert!(odd[0].fact.score > odd[0].fact.usual && odd[0].surprise > 5.0, "{odd:?}");
        assert!([Some(9), Some(1), Some(4)].contains(&odd[0].fact.event));
    }

    #[test]
    fn what_cannot_be_fitted_says_nothing() {
        let (stories, of_sessions) = stories();
        assert!(odd_sessions(&wish("pca"), &stories, &of_sessions, 0).is_empty());
        assert!(odd_sessions(&wish("markov"), &[], &[], 0).is_empty());
    }
}
