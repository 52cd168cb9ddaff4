//! A dense layer: every output is a weighted sum of all inputs and a constant, maybe bent by `tanh`.

use super::lstm_cell::bend;
use super::matrix::{self, Packed, WIDTH, Wide};
use crate::seed::Random;

/// The shape of a layer; its parameters are weights, row after row, and then the constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dense {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) bent: bool,
}

/// The weights, ready for both directions.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    forward: Packed,
    backward: Packed,
    constants: Vec<f32>,
}

impl Dense {
    /// How many parameters it has.
    pub(crate) fn parameters(&self) -> usize {
        self.outputs * (self.inputs + 1)
    }

    /// Parameters to begin with: as wide as keeps the size of what passes (Glorot and Bengio 2010).
    pub(crate) fn begin(&self, random: &mut Random, parameters: &mut Vec<f32>) {
        let limit = (6.0 / (self.inputs + self.outputs) as f64).sqrt();
        parameters.extend((0..self.outputs * self.inputs).map(|_| random.between(-limit, limit) as f32));
        parameters.resize(parameters.len() + self.outputs, 0.0);
    }

    /// Packs the parameters.
    pub(crate) fn ready(&self, parameters: &[f32]) -> Ready {
        let (weights, constants) = parameters.split_at(self.outputs * self.inputs);
        Ready {
            forward: Packed::new(weights, self.outputs, self.inputs),
            backward: Packed::turned(weights, self.outputs, self.inputs),
            constants: constants.to_vec(),
        }
    }

    /// What the layer makes of its inputs.
    pub(crate) fn forward(&self, ready: &Ready, input: &[Wide], out: &mut [Wide]) {
        matrix::spread(&ready.constants, out);
        matrix::multiply(&ready.forward, input, out);
        if self.bent {
            bend(out);
        }
    }

    /// Takes the gradient of the outputs (and leaves it at that of the sums), adds to the gradient of the
    /// parameters, and to that of the inputs.
    pub(crate) fn backward(
        &self,
        ready: &Ready,
        (input, out): (&[Wide], &[Wide]),
        of_out: &mut [Wide],
        of_parameters: &mut [f32],
        of_input: &mut [Wide],
    ) {
        if self.bent {
            unbend(out, of_out);
        }
        let (of_weights, of_constants) = of_parameters.split_at_mut(self.outputs * self.inputs);
        let mut turned: Vec<Wide> = Vec::new();
        matrix::turn(input, &mut turned);
        matrix::add_outer(of_out, &turned, self.inputs, of_weights);
        matrix::add_sums(of_out, of_constants);
        matrix::multiply(&ready.backward, of_out, of_input);
    }
}

/// From the gradient of what is bent to that of what was not.
fn unbend(out: &[Wide], gradient: &mut [Wide]) {
    for (gradient, out) in gradient.iter_mut().zip(out) {
        for example in 0..WIDTH {
            gradient[example] *= 1.0 - out[example] * out[example];
        }
    }
}
