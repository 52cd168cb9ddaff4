//! The laws that what was learned from sessions keeps, tried on any sessions in any split.

use proptest::prelude::*;

use super::{LearnedSessions, SessionModel, SessionSettings};
use crate::model::{Allowance, BlockReader, BlockWriter, ModelError};

const SETTINGS: SessionSettings = SessionSettings { false_alarms: 0.01 };

fn learned(sequences: &[Vec<u32>]) -> LearnedSessions {
    let mut learned = LearnedSessions::default();
    sequences.iter().for_each(|sequence| learned.add(sequence));
    learned
}

fn written(learned: &LearnedSessions) -> Vec<u8> {
    let mut block = BlockWriter::default();
    learned.write(&mut block);
    block.bytes().to_vec()
}

fn read(bytes: &[u8]) -> Result<LearnedSessions, ModelError> {
    let allowance = Allowance::for_input(bytes.len());
    let mut block = BlockReader::new(bytes, &allowance);
    let learned = LearnedSessions::read(&mut block)?;
    block.end()?;
    Ok(learned)
}

fn sequences() -> impl Strategy<Value = Vec<Vec<u32>>> {
    proptest::collection::vec(proptest::collection::vec(0u32..8, 0..12), 0..40)
}

fn same_scores(one: &SessionModel, other: &SessionModel, sequences: &[Vec<u32>]) {
    assert_eq!(one.threshold().to_bits(), other.threshold().to_bits());
    for sequence in sequences {
        assert_eq!(one.score(sequence), other.score(sequence));
    }
}

proptest! {
    #[test]
    fn parts_make_the_whole(sequences in sequences(), cut in 0usize..40) {
        let whole = learned(&sequences);
        let (one, two) = sequences.split_at(cut.min(sequences.len()));
        let (one, two) = (learned(one), learned(two));
        let (mut both, mut turned) = (one.clone(), two.clone());
        both.absorb(&two);
        turned.absorb(&one);
        prop_assert_eq!(&both, &whole);
        prop_assert_eq!(&turned, &whole);
        prop_assert_eq!(&read(&written(&whole)).unwrap(), &whole);
        same_scores(&both.model(&SETTINGS), &SessionModel::train(&sequences, &SETTINGS), &sequences);
        let unlabelled = SessionModel::train_unlabelled(&sequences, &SETTINGS);
        same_scores(&turned.model_unlabelled(&SETTINGS), &unlabelled, &sequences);
    }

    /// The order of the sessions must not matter, and no score may be less than a number.
    #[test]
    fn order_does_not_matter(sequences in sequences(), strange in proptest::collection::vec(any::<u32>(), 0..20)) {
        let mut turned = sequences.clone();
        turned.reverse();
        let model = SessionModel::train(&sequences, &SETTINGS);
        let tried = [&sequences[..], &[strange]].concat();
        same_scores(&model, &SessionModel::train(&turned, &SETTINGS), &tried);
        for sequence in &tried {
            let score = model.score(sequence);
            prop_assert!(score.score.is_finite() && score.score >= 0.0);
            prop_assert!(score.p_value > 0.0 && score.p_value <= 1.0);
            prop_assert!(score.parts.iter().all(|part| part.surprise.is_finite()));
        }
    }
}

/// Each cut is an error; any changed byte gives an error or something that can be used and written.
#[test]
fn damage_does_no_harm() {
    let bytes = written(&learned(&[vec![1, 2, 300], vec![], vec![1, 2, 300], vec![70_000, 4]]));
    for end in 0..bytes.len() {
        assert!(read(&bytes[..end]).is_err(), "cut at {end}");
    }
    for at in 0..bytes.len() {
        for change in [1, 2, 4, 8, 16, 32, 64, 128, 255] {
            let mut damaged = bytes.clone();
            damaged[at] ^= change;
            let Ok(read) = read(&damaged) else { continue };
            assert_eq!(written(&read), damaged, "there is one way to write it");
            assert!(!read.model(&SETTINGS).score(&[1, 2]).score.is_nan());
            assert!(!read.model_unlabelled(&SETTINGS).score(&[9]).score.is_nan());
        }
    }
}

/// Counts near the greatest number must not overflow.
#[test]
fn great_counts_do_no_harm() {
    let mut learned = LearnedSessions::default();
    for sequence in [[1, 2, 3], [1, 3, 3], [4, 5, 6]] {
        learned.add_many(&sequence, u64::MAX - 1);
    }
    learned.absorb(&learned.clone());
    for model in [learned.model(&SETTINGS), learned.model_unlabelled(&SETTINGS)] {
        assert!(!model.score(&[1, 2]).score.is_nan());
    }
}

/// More distinct sessions than are kept: the same ones are kept whoever counted them.
#[test]
fn what_is_forgotten_does_not_depend_on_the_split() {
    let long = |seed: u32| (0..40_000).map(|at| at % (seed + 2)).collect::<Vec<u32>>();
    let sequences: Vec<Vec<u32>> = (0..150).map(long).collect();
    let whole = learned(&sequences);
    assert!(whole.sequences().len() < sequences.len(), "some must have been forgotten");
    let (mut one, two) = (learned(&sequences[..70]), learned(&sequences[70..]));
    one.absorb(&two);
    assert_eq!(one, whole);
    assert_eq!(read(&written(&whole)).unwrap(), whole);
}
