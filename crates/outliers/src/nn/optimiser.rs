//! Adam (Kingma and Ba 2015), and gradients cut to a length before it.

/// How far each parameter has been moving.
#[derive(Clone, Debug)]
pub(crate) struct Adam {
    rate: f32,
    means: Vec<f32>,
    squares: Vec<f32>,
    /// What is left of the beginning, where both were 0.
    left: (f64, f64),
}

const KEPT_MEAN: f32 = 0.9;
const KEPT_SQUARE: f32 = 0.999;

impl Adam {
    /// Nothing has moved yet.
    pub(crate) fn new(rate: f64, parameters: usize) -> Self {
        let zeros = vec![0.0; parameters];
        Self { rate: rate as f32, means: zeros.clone(), squares: zeros, left: (1.0, 1.0) }
    }

    /// Moves the parameters against the gradient; `slower` is a factor of the rate.
    pub(crate) fn step(&mut self, gradient: &[f32], slower: f32, parameters: &mut [f32]) {
        self.left.0 *= f64::from(KEPT_MEAN);
        self.left.1 *= f64::from(KEPT_SQUARE);
        let rate = self.rate * slower * ((1.0 - self.left.1).sqrt() / (1.0 - self.left.0)) as f32;
        let state = self.means.iter_mut().zip(&mut self.squares);
        for ((parameter, &gradient), (mean, square)) in parameters.iter_mut().zip(gradient).zip(state) {
            *mean += (1.0 - KEPT_MEAN) * (gradient - *mean);
            *square += (1.0 - KEPT_SQUARE) * (gradient * gradient - *square);
            *parameter -= rate * *mean / (square.sqrt() + 1e-8);
        }
    }
}

/// Shortens a gradient that is longer than `most`; says whether it is finite.
pub(crate) fn clip(gradient: &mut [f32], most: f64) -> bool {
    let length = gradient.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
    if length > most {
        let factor = (most / length) as f32;
        gradient.iter_mut().for_each(|value| *value *= factor);
    }
    length.is_finite()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bowl_is_descended() {
        let mut parameters = vec![3.0, -2.0];
        let mut adam = Adam::new(0.1, 2);
        for _ in 0..400 {
            let gradient = [parameters[0] - 1.0, 10.0 * parameters[1]];
            adam.step(&gradient, 1.0, &mut parameters);
        }
        assert!((parameters[0] - 1.0).abs() < 0.01 && parameters[1].abs() < 0.01, "{parameters:?}");
    }

    #[test]
    fn long_gradients_are_cut() {
        let mut gradient = [3.0, 4.0];
        assert!(clip(&mut gradient, 10.0));
        assert_eq!(gradient, [3.0, 4.0]);
        assert!(clip(&mut gradient, 1.0));
        assert!((gradient[0] - 0.6).abs() < 1e-6 && (gradient[1] - 0.8).abs() < 1e-6);
        assert!(!clip(&mut [f32::NAN], 1.0));
    }
}
