//! Windows that begin alike are walked together as far as they do.
//!
//! Logs repeat themselves: of all windows, few have a beginning of their own, and every sequence begins with edges.
//! Windows come sorted, so that those with a common beginning stand side by side. Step by step each beginning
//! that differs from the others is walked once, until most windows are alone; from there they go on by
//! themselves. The bits are those of walking every window from its start, because no example of a block
//! depends on those beside it.

use std::ops::Range;

use crate::nn::ahead::Ahead;
use crate::nn::lstm_cell::Ready;
use crate::nn::matrix::WIDTH;

/// What the layers remember after the beginnings of some windows. Serves one set of windows after the other,
/// since it is so much that asking the system for it anew takes a tenth of the time.
#[derive(Debug, Default)]
pub(super) struct Prefixes {
    /// How many steps were walked.
    pub(super) depth: usize,
    states: Vec<f32>,
    /// Room for the states of the next step.
    spare: Vec<f32>,
    length: usize,
    /// By window, which beginning it has.
    beginnings: Vec<usize>,
}

impl Prefixes {
    /// Walks the beginnings of windows that are in order; `starts` are their places among the numbers.
    pub(super) fn walk(
        &mut self,
        (ahead, ready): (&mut Ahead, &[Ready]),
        window: usize,
        numbers: &[u32],
        starts: &[usize],
    ) {
        self.begin(ahead.state_length(), starts.len());
        while self.depth < window {
            let (beginnings, steps) = self.next(numbers, starts);
            // Where most are alone, fetching what was remembered costs more than it saves.
            if steps.len() * 4 > starts.len() * 3 {
                break;
            }
            self.step(ahead, ready, &steps);
            self.beginnings = beginnings;
        }
    }

    /// Before the first step all windows remember the same: nothing.
    fn begin(&mut self, length: usize, windows: usize) {
        self.depth = 0;
        self.length = length;
        self.states.clear();
        self.states.resize(length, 0.0);
        self.beginnings.clear();
        self.beginnings.resize(windows, 0);
    }

    /// The beginnings that are longer by a step, each as the one it follows on and the event it adds; and which
    /// of them each window has.
    fn next(&self, numbers: &[u32], starts: &[usize]) -> (Vec<usize>, Vec<(usize, u32)>) {
        let mut steps: Vec<(usize, u32)> = Vec::new();
        let mut beginnings = Vec::with_capacity(starts.len());
        for (&before, start) in self.beginnings.iter().zip(starts) {
            let step = (before, numbers[start + self.depth]);
            if steps.last() != Some(&step) {
                steps.push(step);
            }
            beginnings.push(steps.len() - 1);
        }
        (beginnings, steps)
    }

    fn step(&mut self, ahead: &mut Ahead, ready: &[Ready], steps: &[(usize, u32)]) {
        let mut states = std::mem::take(&mut self.spare);
        states.clear();
        for block in steps.chunks(WIDTH) {
            let step = |example: usize| block[example.min(block.len() - 1)];
            ahead.set_states(std::array::from_fn(|example| self.state(step(example).0)));
            ahead.step(ready, &std::array::from_fn(|example| step(example).1));
            ahead.append_states(block.len(), &mut states);
        }
        self.spare = std::mem::replace(&mut self.states, states);
        self.depth += 1;
    }

    fn state(&self, beginning: usize) -> &[f32] {
        &self.states[beginning * self.length..][..self.length]
    }

    /// Lets the layers remember the beginnings of these windows; missing ones repeat the first.
    pub(super) fn recall(&self, ahead: &mut Ahead, windows: Range<usize>) {
        ahead.set_states(std::array::from_fn(|example| {
            let window = if example < windows.len() { windows.start + example } else { windows.start };
            self.state(self.beginnings[window])
        }));
    }
}
