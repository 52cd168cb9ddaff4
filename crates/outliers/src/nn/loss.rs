//! What training makes small: squared distances, and the surprise of an event.

use super::matrix::{WIDTH, Wide, widest};
use crate::lanes::exp_fused as exp;

/// Sets the gradient of half the squared distances between `out` and `target`, each example weighted,
/// and gives the sum of them.
pub(crate) fn squares(out: &[Wide], target: &[Wide], weights: &Wide, gradient: &mut [Wide]) -> f64 {
    let mut sum = 0.0;
    for ((out, target), gradient) in out.iter().zip(target).zip(gradient) {
        let mut squares = 0f32;
        for example in 0..WIDTH {
            let apart = out[example] - target[example];
            gradient[example] = apart * weights[example];
            squares += apart * apart * weights[example];
        }
        sum += f64::from(squares) / 2.0;
    }
    sum
}

/// What the outputs say about the event that came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    /// How surprising it is for each example, in natural units.
    pub(crate) surprise: Wide,
    /// How many events were held to be likelier.
    pub(crate) likelier: [u32; WIDTH],
}

#[inline(always)]
fn plain_softmax(outputs: &mut [Wide], totals: &mut Wide) {
    let mut largest = [f32::MIN; WIDTH];
    for output in outputs.iter() {
        for example in 0..WIDTH {
            largest[example] = largest[example].max(output[example]);
        }
    }
    *totals = [0.0; WIDTH];
    for output in outputs.iter_mut() {
        for example in 0..WIDTH {
            output[example] -= largest[example];
        }
        exp(output);
        for example in 0..WIDTH {
            totals[example] += output[example];
        }
    }
    for output in outputs.iter_mut() {
        for example in 0..WIDTH {
            output[example] /= totals[example];
        }
    }
}

widest! {
    /// Turns outputs into probabilities that sum to 1; `totals` is room to work in.
    fn softmax(outputs: &mut [Wide], totals: &mut Wide), plain_softmax, plain_softmax
}

/// Judges the events that came (each below the number of outputs) and leaves probabilities.
pub(crate) fn judge(outputs: &mut [Wide], came: &[u32; WIDTH]) -> Verdict {
    softmax(outputs, &mut [0.0; WIDTH]);
    let mut verdict = Verdict { surprise: [0.0; WIDTH], likelier: [0; WIDTH] };
    for (example, &event) in came.iter().enumerate() {
        let probability = outputs.get(event as usize).map_or(0.0, |output| output[example]);
        verdict.surprise[example] = -probability.max(f32::MIN_POSITIVE).ln();
        let likelier = outputs.iter().filter(|output| output[example] > probability).count();
        verdict.likelier[example] = u32::try_from(likelier).unwrap_or(u32::MAX);
    }
    verdict
}

/// Sets the gradient of the surprise, each example weighted, in place of the outputs, and gives the sum
/// of the surprises.
pub(crate) fn surprise(outputs: &mut [Wide], came: &[u32; WIDTH], weights: &Wide) -> f64 {
    softmax(outputs, &mut [0.0; WIDTH]);
    let mut sum = 0.0;
    for (example, &event) in came.iter().enumerate() {
        if let Some(output) = outputs.get_mut(event as usize) {
            let probability = output[example].max(f32::MIN_POSITIVE);
            sum -= f64::from(weights[example]) * f64::from(probability).ln();
            output[example] -= 1.0;
        }
    }
    for output in outputs.iter_mut() {
        output.iter_mut().zip(weights).for_each(|(output, weight)| *output *= weight);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_judged_by_their_share() {
        let mut outputs = [[0.0; WIDTH], [1f32.ln(); WIDTH], [2f32.ln(); WIDTH]];
        let mut came = [2; WIDTH];
        came[1] = 0;
        let verdict = judge(&mut outputs, &came);
        assert!((verdict.surprise[0] - 2f32.ln()).abs() < 1e-6);
        assert!((verdict.surprise[1] - 4f32.ln()).abs() < 1e-6);
        assert_eq!(verdict.likelier[..2], [0, 1]);
        // Far beyond what a power of e can be.
        let mut outputs = [[1e30; WIDTH], [-1e30; WIDTH]];
        let verdict = judge(&mut outputs, &[1; WIDTH]);
        assert!(verdict.surprise[0].is_finite() && verdict.surprise[0] > 80.0);
    }
}
