//! Windows that begin alike are walked together as far as they do.
//!
//! Logs repeat themselves: of all windows, few have a beginning of their own, and every sequence begins with edges.
//! Windows come sorted, so that those with a common beginning stand side by side. Step by step each beginning
//! that differs from the others is walked once, until most windows are alone; from there they go on by
//! themselves. The bits are those of walking every window from its start, because no example of a block
//! depends on those beside it.

use crate::lstm::{Ready, Room, Shape};
use crate::nn::matrix::WIDTH;
use crate::nn::stack::Input;

/// What the layers remember after the beginnings of some windows.
pub(super) struct Prefixes {
    /// How many steps were walked.
    pub(super) depth: usize,
    states: Vec<f32>,
    /// Room for the states of the next step, which is large enough to be worth keeping.
    spare: Vec<f32>,
    length: usize,
    /// By window, which beginning it has.
    beginnings: Vec<usize>,
}

impl Prefixes {
    /// Walks the beginnings of windows that are in order; `starts` are their places among the numbers.
    pub(super) fn walk(
        shape: &Shape,
        ready: &Ready,
        room: &mut Room,
        numbers: &[u32],
        starts: &[usize],
    ) -> Self {
        let length = shape.stack.state_length();
        let mut prefixes = Self {
            depth: 0,
            states: vec![0.0; length],
            spare: Vec::new(),
            length,
            beginnings: vec![0; starts.len()],
        };
        while prefixes.depth < shape.window {
            let (beginnings, steps) = prefixes.next(numbers, starts);
            // Where most are alone, fetching what was remembered costs more than it saves.
            if steps.len() * 4 > starts.len() * 3 {
                break;
            }
            prefixes.step(shape, ready, room, &steps);
            prefixes.beginnings = beginnings;
        }
        prefixes
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

    fn step(&mut self, shape: &Shape, ready: &Ready, room: &mut Room, steps: &[(usize, u32)]) {
        let mut states = std::mem::take(&mut self.spare);
        states.clear();
        states.reserve(steps.len() * self.length);
        room.events.resize(shape.window, [0; WIDTH]);
        for block in steps.chunks(WIDTH) {
            let step = |example: usize| block[example.min(block.len() - 1)];
            room.events[self.depth] = std::array::from_fn(|example| step(example).1);
            let before = std::array::from_fn(|example| self.state(step(example).0));
            shape.stack.set_states(&mut room.stack, self.depth, before);
            let walked = self.depth..self.depth + 1;
            shape.stack.walk(&ready.stack, &mut room.stack, Input::Events(&room.events), walked);
            shape.stack.append_states(&room.stack, self.depth + 1, block.len(), &mut states);
        }
        self.spare = std::mem::replace(&mut self.states, states);
        self.depth += 1;
    }

    fn state(&self, beginning: usize) -> &[f32] {
        &self.states[beginning * self.length..][..self.length]
    }

    /// Puts what is remembered of these windows into the room; missing ones repeat the first.
    pub(super) fn recall(&self, shape: &Shape, room: &mut Room, windows: std::ops::Range<usize>) {
        let states = std::array::from_fn(|example| {
            let window = if example < windows.len() { windows.start + example } else { windows.start };
            self.state(self.beginnings[window])
        });
        shape.stack.set_states(&mut room.stack, self.depth, states);
    }
}
