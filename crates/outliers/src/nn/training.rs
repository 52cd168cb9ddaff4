//! Goes down the gradient in batches until a part that is held back gets no better.
//!
//! A batch is cut into parts of fixed size. Each part adds up its own gradient, and the parts are added
//! in their order, so the bits do not depend on who the workers are.

use std::sync::{Mutex, PoisonError};

use super::matrix::{WIDTH, Wide};
use super::optimiser::{Adam, clip};
use crate::error::FitError;
use crate::seed::Seed;
use crate::workers::{self, Workers};

/// Examples of a part of the work: a few blocks, so that adding gradients costs little beside them.
const PART: usize = 4 * WIDTH;

/// With few examples batches get smaller, so that a pass has about so many steps.
const STEPS: usize = 32;

/// Gradients longer than this are cut.
const LONGEST: f64 = 5.0;

/// What the rate has come down to, linearly, in the last pass.
const LAST_RATE: f32 = 0.1;

/// A network and the examples that it is trained on.
pub(crate) trait Network: Sync {
    /// The parameters, ready for products.
    type Ready: Send + Sync;
    /// Room to work in.
    type Room: Send;

    /// Packs the parameters.
    fn ready(&self, parameters: &[f32]) -> Self::Ready;

    /// Room to work in, which serves any number of blocks.
    fn room(&self) -> Self::Room;

    /// The sum of the losses of up to 32 examples; adds its gradient where one is wanted. Only with a
    /// gradient may chance take part.
    fn loss(
        &self,
        ready: &Self::Ready,
        room: &mut Self::Room,
        examples: &[usize],
        gradient: Option<(&mut [f32], Seed)>,
    ) -> f64;
}

/// How to train.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) passes: usize,
    pub(crate) batch: usize,
    pub(crate) rate: f64,
    /// Passes without improvement after which training ends.
    pub(crate) patience: usize,
}

/// Weights of the examples of a block: 1 for each there is, 0 for those that only fill it.
pub(crate) fn weights(examples: usize) -> Wide {
    std::array::from_fn(|example| if example < examples { 1.0 } else { 0.0 })
}

/// Splits what is numbered `0..count` into what is trained on and what is held back.
pub(crate) fn hold_back(count: usize, share: f64, seed: Seed) -> (Vec<usize>, Vec<usize>) {
    let mut all: Vec<usize> = (0..count).collect();
    seed.random().shuffle(&mut all);
    let held = ((count as f64 * share) as usize).min(count.saturating_sub(1));
    let trained = all.split_off(held);
    (trained, all)
}

/// Trains from these parameters on; gives the best, by what is held back, or the last where nothing is.
pub(crate) fn train<N: Network>(
    network: &N,
    mut parameters: Vec<f32>,
    (mut examples, held): (Vec<usize>, Vec<usize>),
    plan: Plan,
    seed: Seed,
    workers: &dyn Workers,
) -> Result<Vec<f32>, FitError> {
    let mut adam = Adam::new(plan.rate, parameters.len());
    let batch = plan.batch.min((examples.len() / STEPS).next_multiple_of(WIDTH).max(WIDTH));
    let rooms = Rooms { network, free: Mutex::new(Vec::new()) };
    let mut best = (f64::INFINITY, parameters.clone(), 0);
    for pass in 0..plan.passes {
        let seed = seed.split(pass as u64);
        seed.random().shuffle(&mut examples);
        let done = pass as f32 / plan.passes as f32;
        for (number, batch) in examples.chunks(batch).enumerate() {
            let ready = network.ready(&parameters);
            let mut gradient =
                rooms.gradient(&ready, batch, parameters.len(), seed.split(number as u64), workers);
            if !clip(&mut gradient, LONGEST) {
                return Err(FitError::Diverged("a gradient"));
            }
            adam.step(&gradient, 1.0 - (1.0 - LAST_RATE) * done, &mut parameters);
        }
        if held.is_empty() {
            continue;
        }
        let loss = rooms.loss(&network.ready(&parameters), &held, workers);
        if loss < best.0 {
            best = (loss, parameters.clone(), pass);
        } else if pass - best.2 >= plan.patience {
            break;
        }
    }
    Ok(if best.0.is_finite() { best.1 } else { parameters })
}

/// Room that is used again and again: it is large, and whoever fetches it gets whatever is free.
struct Rooms<'a, N: Network> {
    network: &'a N,
    free: Mutex<Vec<N::Room>>,
}

impl<N: Network> Rooms<'_, N> {
    fn with<T>(&self, work: impl FnOnce(&mut N::Room) -> T) -> T {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut room = free.unwrap_or_else(|| self.network.room());
        let done = work(&mut room);
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(room);
        done
    }

    /// The gradient of the mean loss of a batch.
    fn gradient(
        &self,
        ready: &N::Ready,
        batch: &[usize],
        parameters: usize,
        seed: Seed,
        workers: &dyn Workers,
    ) -> Vec<f32> {
        let parts = workers::map(workers, batch.len().div_ceil(PART), |part| {
            let mut gradient = vec![0.0; parameters];
            let examples = &batch[part * PART..batch.len().min((part + 1) * PART)];
            self.with(|room| {
                for (block, examples) in examples.chunks(WIDTH).enumerate() {
                    let seed = seed.split((part * PART + block) as u64);
                    self.network.loss(ready, room, examples, Some((&mut gradient, seed)));
                }
            });
            gradient
        });
        let mut parts = parts.into_iter();
        let mut sum = parts.next().unwrap_or_else(|| vec![0.0; parameters]);
        for part in parts {
            sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
        let share = 1.0 / batch.len().max(1) as f32;
        sum.iter_mut().for_each(|sum| *sum *= share);
        sum
    }

    /// The mean loss.
    fn loss(&self, ready: &N::Ready, examples: &[usize], workers: &dyn Workers) -> f64 {
        let parts = workers::map(workers, examples.len().div_ceil(PART), |part| {
            let examples = &examples[part * PART..examples.len().min((part + 1) * PART)];
            self.with(|room| {
                examples.chunks(WIDTH).map(|block| self.network.loss(ready, room, block, None)).sum::<f64>()
            })
        });
        parts.into_iter().sum::<f64>() / examples.len().max(1) as f64
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Compares gradients with what small steps to both sides do to the loss.
    pub(crate) fn gradients_are_those_of_small_steps<N: Network>(
        network: &N,
        parameters: &[f32],
        examples: &[usize],
    ) {
        let mut room = network.room();
        let mut gradient = vec![0.0; parameters.len()];
        let told = (&mut gradient[..], Seed(3));
        network.loss(&network.ready(parameters), &mut room, examples, Some(told));
        let mut moved = parameters.to_vec();
        let mut loss = |moved: &[f32]| {
            network.loss(
                &network.ready(moved),
                &mut room,
                examples,
                Some((&mut vec![0.0; moved.len()], Seed(3))),
            )
        };
        for (place, &told) in gradient.iter().enumerate() {
            const STEP: f32 = 1e-2;
            moved[place] = parameters[place] + STEP;
            let above = loss(&moved);
            moved[place] = parameters[place] - STEP;
            let found = (above - loss(&moved)) / (2.0 * f64::from(STEP));
            moved[place] = parameters[place];
            let apart = (found - f64::from(told)).abs();
            assert!(apart < 3e-3 * (1.0 + found.abs()), "{place}: {told}, by steps {found}");
        }
        assert!(gradient.iter().filter(|&&value| value != 0.0).count() > gradient.len() / 2);
    }

    #[test]
    fn what_is_held_back_is_not_trained_on() {
        let (trained, held) = hold_back(50, 0.2, Seed(1));
        assert_eq!((trained.len(), held.len()), (40, 10));
        assert!(held.iter().all(|example| !trained.contains(example)));
        assert_eq!(hold_back(1, 0.5, Seed(1)), (vec![0], vec![]));
    }
}
