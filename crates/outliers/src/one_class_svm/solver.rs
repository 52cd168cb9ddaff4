//! Sequential minimal optimisation: two weights at a time, until none gains anything.
//!
//! The weights `a` of the rows minimise `a'Qa / 2` within `0..=1` each and a given sum. The pair is
//! chosen by second-order information, and weights that stay at a bound are set aside (shrinking), as
//! Fan, Chen and Lin describe and libsvm does: so the results agree with those of libsvm.

use crate::lanes;
use crate::one_class_svm::cache::Matrix;

/// Stands in for a curvature that is not positive.
const TINY: f64 = 1e-12;

/// What the optimisation found.
pub(super) struct Solution {
    /// The weight of each row.
    pub(super) weights: Vec<f64>,
    /// The sum of the kernel at the boundary.
    pub(super) boundary: f64,
}

/// How far the optimisation goes.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// How far from optimal is good enough.
    pub(super) tolerance: f64,
    /// Steps after which it ends in any case.
    pub(super) most: usize,
    /// Steps between two looks at what can be set aside.
    pub(super) rest: usize,
}

struct Solver {
    matrix: Matrix,
    weights: Vec<f64>,
    gradients: Vec<f64>,
    /// The row that stands at each place.
    order: Vec<usize>,
    /// Places before this one are not set aside.
    active: usize,
    limits: Limits,
    /// Whether all were taken back once, near the end.
    taken_back: bool,
}

/// Distributes `sum` over the rows, within the limits.
pub(super) fn solve(matrix: Matrix, count: usize, sum: f64, limits: Limits) -> Solution {
    let weights: Vec<f64> = (0..count).map(|row| (sum - row as f64).clamp(0.0, 1.0)).collect();
    let gradients = matrix.sums(&weights, 0);
    let order = (0..count).collect();
    let mut solver = Solver { matrix, weights, gradients, order, active: count, limits, taken_back: false };
    solver.run();
    solver.solution()
}

impl Solver {
    fn run(&mut self) {
        for step in 0..self.limits.most {
            if step % self.limits.rest == self.limits.rest - 1 {
                self.set_aside();
            }
            let pair = self.pair().or_else(|| {
                self.take_back();
                self.pair()
            });
            let Some((up, down)) = pair else { break };
            self.step(up, down);
        }
        self.take_back();
    }

    /// The weight that gains most by growing, and the one that then gains most by shrinking.
    fn pair(&mut self) -> Option<(usize, usize)> {
        let active = self.active;
        let mut best = f64::NEG_INFINITY;
        let mut up = usize::MAX;
        for (place, (&weight, &gradient)) in self.weights[..active].iter().zip(&self.gradients).enumerate() {
            if weight < 1.0 && -gradient >= best {
                best = -gradient;
                up = place;
            }
        }
        if up == usize::MAX {
            return None;
        }
        self.matrix.load(up, up, active);
        let (row, diagonal) = (self.matrix.row(up, active), self.matrix.diagonal());
        let (mut worst, mut gain, mut down) = (f64::NEG_INFINITY, f64::NEG_INFINITY, usize::MAX);
        for place in 0..active {
            if self.weights[place] <= 0.0 {
                continue;
            }
            let gradient = self.gradients[place];
            worst = worst.max(gradient);
            let difference = best + gradient;
            if difference > 0.0 {
                let curvature = diagonal[up] + diagonal[place] - 2.0 * f64::from(row[place]);
                let gained = difference * difference / curvature.max(TINY);
                if gained >= gain {
                    gain = gained;
                    down = place;
                }
            }
        }
        (best + worst >= self.limits.tolerance && down != usize::MAX).then_some((up, down))
    }

    fn step(&mut self, up: usize, down: usize) {
        let active = self.active;
        self.matrix.load(up, down, active);
        let (first, second) = (self.matrix.row(up, active), self.matrix.row(down, active));
        let diagonal = self.matrix.diagonal();
        let curvature = (diagonal[up] + diagonal[down] - 2.0 * f64::from(first[down])).max(TINY);
        let wanted = (self.gradients[down] - self.gradients[up]) / curvature;
        let moved = wanted.min(1.0 - self.weights[up]).min(self.weights[down]).max(0.0);
        let (before_up, before_down) = (self.weights[up], self.weights[down]);
        // At the bounds exactly, so that rounding leaves nothing just beside them.
        self.weights[up] = if moved >= 1.0 - before_up { 1.0 } else { before_up + moved };
        self.weights[down] = if moved >= before_down { 0.0 } else { before_down - moved };
        lanes::add_two(&mut self.gradients[..active], (first, moved), (second, -moved));
    }

    fn set_aside(&mut self) {
        let (mut up, mut down) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        for (&weight, &gradient) in self.weights[..self.active].iter().zip(&self.gradients) {
            if weight < 1.0 {
                up = up.max(-gradient);
            }
            if weight > 0.0 {
                down = down.max(gradient);
            }
        }
        if !self.taken_back && up + down <= self.limits.tolerance * 10.0 {
            self.taken_back = true;
            self.take_back();
        }
        let mut place = 0;
        while place < self.active {
            if self.stays(place, up, down) {
                self.active -= 1;
                self.swap(place, self.active);
            } else {
                place += 1;
            }
        }
    }

    /// Whether a weight is at a bound and will not leave it as things are.
    fn stays(&self, place: usize, up: f64, down: f64) -> bool {
        let (weight, gradient) = (self.weights[place], self.gradients[place]);
        (weight >= 1.0 && -gradient > up) || (weight <= 0.0 && gradient > down)
    }

    fn swap(&mut self, a: usize, b: usize) {
        self.matrix.swap(a, b);
        self.weights.swap(a, b);
        self.gradients.swap(a, b);
        self.order.swap(a, b);
    }

    /// Takes back what was set aside, with gradients as they are now.
    fn take_back(&mut self) {
        let count = self.weights.len();
        if self.active < count {
            let sums = self.matrix.sums(&self.weights, self.active);
            self.gradients[self.active..].copy_from_slice(&sums);
            self.active = count;
        }
    }

    fn solution(self) -> Solution {
        let boundary = self.boundary();
        let mut weights = vec![0.0; self.weights.len()];
        for (place, &row) in self.order.iter().enumerate() {
            weights[row] = self.weights[place];
        }
        Solution { weights, boundary }
    }

    /// The mean of the free gradients; where there is none, the middle of where it could be.
    fn boundary(&self) -> f64 {
        let (mut above, mut below) = (f64::INFINITY, f64::NEG_INFINITY);
        let (mut sum, mut free) = (0.0, 0usize);
        for (&weight, &gradient) in self.weights.iter().zip(&self.gradients) {
            if weight >= 1.0 {
                below = below.max(gradient);
            } else if weight <= 0.0 {
                above = above.min(gradient);
            } else {
                sum += gradient;
                free += 1;
            }
        }
        match (free, above.is_finite(), below.is_finite()) {
            (0, true, true) => (above + below) / 2.0,
            (0, true, false) => above,
            (0, _, _) => below,
            _ => sum / free as f64,
        }
    }
}
