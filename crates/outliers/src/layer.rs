//! A dense layer that others trained: rows in, rows out, on the kernels of this crate's own networks.
//!
//! No row's result depends on the rows beside it, and the same rows give the same bits on every processor.

use crate::nn::matrix::{self, Packed, WIDTH, Wide};

/// Weights and constants, ready to be multiplied.
#[derive(Clone, Debug)]
pub struct Layer {
    inputs: usize,
    weights: Packed,
    constants: Vec<f32>,
}

impl Layer {
    /// A layer with an output for each constant; of each output stand the weights of all inputs, one output after the
    /// other. Nothing where their number does not fit.
    #[must_use]
    pub fn new(weights: &[f32], constants: Vec<f32>, inputs: usize) -> Option<Layer> {
        let outputs = constants.len();
        let fits = inputs > 0 && outputs > 0 && outputs.checked_mul(inputs) == Some(weights.len());
        fits.then(|| Layer { inputs, weights: Packed::new(weights, outputs, inputs), constants })
    }

    /// What the layer makes of rows that stand one after the other; what is left behind the last whole row is not
    /// looked at.
    #[must_use]
    pub fn apply(&self, rows: &[f32]) -> Vec<f32> {
        let outputs = self.constants.len();
        let mut made = vec![0.0; rows.len() / self.inputs * outputs];
        let mut input = vec![[0.0; WIDTH]; self.inputs];
        let mut out: Vec<Wide> = vec![[0.0; WIDTH]; outputs];
        let blocks = rows.chunks(self.inputs * WIDTH).zip(made.chunks_mut(outputs * WIDTH));
        for (block, made) in blocks {
            for (lane, row) in block.chunks_exact(self.inputs).enumerate() {
                input.iter_mut().zip(row).for_each(|(wide, value)| wide[lane] = *value);
            }
            matrix::spread(&self.constants, &mut out);
            matrix::multiply(&self.weights, &input, &mut out);
            for (lane, made) in made.chunks_exact_mut(outputs).enumerate() {
                made.iter_mut().zip(&out).for_each(|(made, wide)| *made = wide[lane]);
            }
        }
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_multiplied_whatever_stands_beside_them() {
        let layer = Layer::new(&[1.0, 2.0, 3.0, -1.0, 0.5, 0.25], vec![10.0, 20.0], 3).unwrap();
        let row = |nth: usize| [nth as f32, 1.0, -2.0 * nth as f32];
        for count in [0usize, 1, 31, 32, 33, 100] {
            let rows: Vec<f32> = (0..count).flat_map(row).collect();
            let wanted: Vec<f32> = (0..count)
                .map(row)
                .flat_map(|[a, b, c]| [10.0 + a + 2.0 * b + 3.0 * c, 20.0 - a + 0.5 * b + 0.25 * c])
                .collect();
            assert_eq!(layer.apply(&rows), wanted, "{count}");
        }
        assert!(Layer::new(&[1.0; 5], vec![0.0; 2], 3).is_none());
        assert!(Layer::new(&[], Vec::new(), 3).is_none());
    }
}
