//! Units in the order of time in, what models say of each that had seen only what came before it out.
//!
//! The units are cut into one block more than there are folds. The first is only trained on; each of the others is tested
//! after training on all blocks before it, as it would have been on that day. Where somebody said which
//! units are normal, only normal ones are trained on; where nobody did, all are, without their labels.

use std::ops::Range;

use crate::error::EvalError;
use crate::models::{Judgements, Models};
use crate::report::Fold;
use crate::sequences::Training;
use crate::units::{Judgement, Unit};

/// A set that was judged fold by fold.
#[derive(Clone, Debug, Default)]
pub struct Folded {
    /// What was tested.
    pub units: Vec<Unit>,
    /// What the models said of it.
    pub judged: Judgements,
    /// Which units were tested together.
    pub folds: Vec<Fold>,
}

/// The blocks, of which the first is only trained on.
pub(crate) fn blocks(units: usize, folds: usize) -> Result<Vec<Range<usize>>, EvalError> {
    if folds == 0 || units < 2 * (folds + 1) {
        let reason = format!("{units} units are too few for {folds} folds");
        return Err(EvalError::unsuited(reason, "ask for fewer with --folds"));
    }
    let bound = |nth: usize| units * nth / (folds + 1);
    Ok((0..=folds).map(|nth| bound(nth)..bound(nth + 1)).collect())
}

/// Judges sequences fold by fold; `normal` says whether labels may choose what is trained on.
pub(crate) fn judge(
    models: &Models,
    units: Vec<Unit>,
    sequences: &[Vec<u32>],
    normal: bool,
    folds: usize,
) -> Result<Folded, EvalError> {
    let blocks = blocks(units.len(), folds)?;
    let first = blocks.first().map_or(0, |block| block.end);
    let mut folded = Folded::default();
    for block in blocks.iter().skip(1) {
        let before = sequences.iter().zip(&units).take(block.start);
        let kept = before.filter(|(_, unit)| !normal || !unit.abnormal);
        let trained: Vec<Vec<u32>> = kept.map(|(sequence, _)| sequence.clone()).collect();
        let training = if normal { Training::Normal(&trained) } else { Training::Unlabelled(&trained) };
        let judged = models.of_sequences(training, sequences.get(block.clone()).unwrap_or_default())?;
        join(&mut folded.judged, judged, folded.folds.is_empty());
        let tested = block.start - first..block.end - first;
        folded.folds.push(Fold { trained: trained.len(), tested });
    }
    folded.units = units.into_iter().skip(first).collect();
    Ok(folded)
}

/// Puts the verdicts of a fold behind those of the others. A model that could not judge every fold has no figures.
pub(crate) fn join(all: &mut Judgements, fold: Judgements, is_first: bool) {
    for note in fold.notes {
        if !all.notes.contains(&note) {
            all.notes.push(note);
        }
    }
    if is_first {
        all.judgements = fold.judgements;
        return;
    }
    let mut of_fold = fold.judgements;
    all.judgements.retain_mut(|judgement| {
        let same = of_fold.iter().position(|other| other.model == judgement.model);
        same.map(|place| judgement.follow(of_fold.swap_remove(place))).is_some()
    });
}

impl Judgement {
    /// What the same model said of what came after.
    pub(crate) fn follow(&mut self, next: Judgement) {
        self.verdicts.extend(next.verdicts);
        self.threshold = next.threshold;
        self.fit += next.fit;
        self.score += next.score;
        self.peak = self.peak.max(next.peak);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::FitSettings;

    #[test]
    fn blocks_cover_everything_once() {
        assert_eq!(blocks(10, 3).unwrap(), [0..2, 2..5, 5..7, 7..10]);
        assert_eq!(blocks(4, 1).unwrap(), [0..2, 2..4]);
        assert!(blocks(3, 1).is_err() && blocks(100, 0).is_err() && blocks(9, 4).is_err());
    }

    /// What is normal changes halfway, and what is abnormal has a foreign event.
    fn set() -> (Vec<Unit>, Vec<Vec<u32>>) {
        let unit = |nth: u32| Unit { id: nth.to_string(), abnormal: nth % 10 == 9, kind: String::new() };
        let sequence = |nth: u32| {
            let usual = if nth < 300 { vec![1, 2, 3] } else { vec![1, 4, 4, 3] };
            if nth % 10 == 9 { [usual, vec![90 + nth]].concat() } else { usual }
        };
        ((0..600).map(unit).collect(), (0..600).map(sequence).collect())
    }

    #[test]
    fn nothing_is_known_of_what_comes_later() {
        let (units, sequences) = set();
        let folded = judge(&Models::usual(FitSettings::default()), units, &sequences, true, 3).unwrap();
        let sizes: Vec<(usize, Range<usize>)> =
            folded.folds.iter().map(|fold| (fold.trained, fold.tested.clone())).collect();
        assert_eq!(sizes, [(135, 0..150), (270, 150..300), (405, 300..450)]);
        let judgement = &folded.judged.judgements[0];
        assert_eq!((judgement.verdicts.len(), folded.units.len()), (450, 450));
        let false_alarms = |range: Range<usize>| {
            range.filter(|nth| judgement.verdicts[*nth].flagged && !folded.units[*nth].abnormal).count()
        };
        assert_eq!((false_alarms(0..150), false_alarms(300..450)), (0, 0));
        assert!(false_alarms(150..300) > 100, "the change had not been seen before");
    }

    #[test]
    fn a_model_that_misses_a_fold_has_no_figures() {
        let of = |names: &[&str]| Judgements {
            judgements: names
                .iter()
                .map(|name| Judgement { model: (*name).to_owned(), ..Judgement::default() })
                .collect(),
            notes: vec!["x".to_owned()],
        };
        let mut all = Judgements::default();
        join(&mut all, of(&["a", "b"]), true);
        join(&mut all, of(&["b"]), false);
        assert_eq!(all, of(&["b"]));
    }
}
