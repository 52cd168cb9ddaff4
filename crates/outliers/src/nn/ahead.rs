//! Layers of long short-term memory, walked ahead by those who never come back.
//!
//! A walk that leaves a trace ([`Stack::forward`](super::stack::Stack::forward)) touches new memory at every
//! step. Who only wants to know where it ends keeps one state for each layer, which stays near the
//! processor; that is what makes scoring quick. A state can be taken out and put back, example by example.

use super::lstm_cell::{Cell, Ready, quarters};
use super::matrix::{WIDTH, Wide, widest};
use crate::lanes::exp_fused as exp;

/// What a layer knows of the steps so far.
#[derive(Clone, Debug)]
struct Layer {
    cell: Cell,
    /// The numbers that come in, and what came out last.
    joined: Vec<Wide>,
    memory: Vec<Wide>,
}

/// What all layers know of the steps so far; at first nothing.
#[derive(Clone, Debug)]
pub(crate) struct Ahead {
    layers: Vec<Layer>,
    gates: Vec<Wide>,
}

impl Layer {
    fn new(cell: &Cell) -> Self {
        let wides = |count: usize| vec![[0.0; WIDTH]; count];
        Self { cell: *cell, joined: wides(cell.joined()), memory: wides(cell.units) }
    }

    fn output(&self) -> &[Wide] {
        &self.joined[self.cell.inputs..]
    }

    fn step(&mut self, ready: &Ready, gates: &mut [Wide], events: Option<&[u32; WIDTH]>) {
        let gates = &mut gates[..self.cell.gates()];
        self.cell.sums(ready, &self.joined, events, gates);
        advance(gates, &mut self.memory, &mut self.joined[self.cell.inputs..]);
    }
}

impl Ahead {
    /// Before the first step of layers on top of each other.
    pub(crate) fn new(cells: &[Cell]) -> Self {
        let gates = cells.iter().map(Cell::gates).max().unwrap_or(0);
        Self { layers: cells.iter().map(Layer::new).collect(), gates: vec![[0.0; WIDTH]; gates] }
    }

    /// Goes one step in all layers.
    pub(crate) fn step(&mut self, ready: &[Ready], events: &[u32; WIDTH]) {
        let mut below: Option<&Layer> = None;
        for (layer, ready) in self.layers.iter_mut().zip(ready) {
            if let Some(below) = below {
                layer.joined[..layer.cell.inputs].copy_from_slice(below.output());
            }
            layer.step(ready, &mut self.gates, below.is_none().then_some(events));
            below = Some(layer);
        }
    }

    /// What came out at the top of the last step.
    pub(crate) fn top(&self) -> &[Wide] {
        self.layers.last().map_or(&[], Layer::output)
    }

    /// How many numbers the state of an example is.
    pub(crate) fn state_length(&self) -> usize {
        self.layers.iter().map(|layer| 2 * layer.cell.units).sum()
    }

    /// Puts states in the place of what is known.
    pub(crate) fn set_states(&mut self, states: [&[f32]; WIDTH]) {
        let mut at = 0;
        for layer in &mut self.layers {
            let units = layer.cell.units;
            for places in [&mut layer.joined[layer.cell.inputs..], &mut layer.memory] {
                set_side_by_side(states.map(|numbers| &numbers[at..at + units]), places);
                at += units;
            }
        }
    }

    /// Appends the states of the first few examples, one after the other.
    pub(crate) fn append_states(&self, examples: usize, states: &mut Vec<f32>) {
        for example in 0..examples {
            for layer in &self.layers {
                for places in [layer.output(), &layer.memory] {
                    states.extend(places.iter().map(|wide| wide[example]));
                }
            }
        }
    }
}

/// Numbers of the examples of a block, which come one example after the other. Eight at a time, so that what was
/// fetched is used while it is near.
fn set_side_by_side(examples: [&[f32]; WIDTH], places: &mut [Wide]) {
    const NEAR: usize = 8;
    for (example, numbers) in examples.into_iter().enumerate() {
        let (whole, rest) = numbers.as_chunks::<NEAR>();
        let mut places = places.chunks_mut(NEAR);
        for (numbers, places) in whole.iter().map(|chunk| chunk.as_slice()).chain([rest]).zip(&mut places) {
            places.iter_mut().zip(numbers).for_each(|(place, number)| place[example] = *number);
        }
    }
}

/// Beyond this, a gate is as open or as shut as a number of this length can say; and the product of three powers
/// of it is still a number.
const WIDEST: f32 = 20.0;

/// `e` to the power of so many times the values, which are cut where nothing changes any more.
#[inline(always)]
fn powers(values: &Wide, times: f32) -> Wide {
    let mut powers = *values;
    powers.iter_mut().for_each(|value| *value = (*value * times).clamp(-WIDEST, WIDEST));
    exp(&mut powers);
    powers
}

#[inline(always)]
fn plain_advance(gates: &mut [Wide], cells: &mut [Wide], out: &mut [Wide]) {
    let units = cells.len();
    let [let_in, forget, coming, let_out] = quarters(gates, units);
    for unit in 0..units {
        let (shut, forgotten) = (powers(&let_in[unit], -1.0), powers(&forget[unit], -1.0));
        let coming = powers(&coming[unit], 2.0);
        for example in 0..WIDTH {
            let (kept, opened) = (1.0 + forgotten[example], (1.0 + shut[example]) * (coming[example] + 1.0));
            let sum = cells[unit][example] * opened + (coming[example] - 1.0) * kept;
            cells[unit][example] = sum / (kept * opened);
        }
        let (shut, bent) = (powers(&let_out[unit], -1.0), powers(&cells[unit], 2.0));
        for example in 0..WIDTH {
            out[unit][example] = (bent[example] - 1.0) / ((1.0 + shut[example]) * (bent[example] + 1.0));
        }
    }
}

widest! {
    /// From sums to the memory, in place, and what comes out: the same as on the way that leaves a trace, but that
    /// the quotients are brought to one denominator, since a processor divides slowly.
    fn advance(gates: &mut [Wide], cells: &mut [Wide], out: &mut [Wide]),
    plain_advance, plain_advance
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::stack::{Input, Stack};
    use crate::seed::Seed;

    const UNITS: usize = 5;
    const STEPS: usize = 6;

    /// Weights so large that some gates are shut and some wide open.
    fn ready(stack: &Stack) -> Vec<Ready> {
        let mut random = Seed(3).random();
        let parameters: Vec<f32> = (0..stack.parameters()).map(|_| (random.normal() * 6.0) as f32).collect();
        stack.ready(&parameters)
    }

    fn events() -> Vec<[u32; WIDTH]> {
        let mut random = Seed(4).random();
        (0..STEPS).map(|_| std::array::from_fn(|_| random.below(7) as u32)).collect()
    }

    #[test]
    fn who_never_comes_back_comes_to_the_same_place() {
        for layers in [1, 3] {
            let stack = Stack::new(7, 0, UNITS, layers, STEPS);
            let (ready, events) = (ready(&stack), events());
            let mut room = stack.room();
            stack.forward(&ready, &mut room, Input::Events(&events));
            let mut ahead = stack.ahead();
            for (step, events) in events.iter().enumerate() {
                ahead.step(&ready, events);
                let pairs = stack.output(&room, step).iter().flatten().zip(ahead.top().iter().flatten());
                for (there, here) in pairs {
                    assert!((there - here).abs() < 1e-4, "{layers} {step}: {there} {here}");
                }
            }
            let spread = ahead.top().iter().flatten().fold(0f32, |most, value| most.max(value.abs()));
            assert!(spread > 0.5, "{spread}");
        }
    }

    #[test]
    fn sums_without_measure_leave_numbers() {
        let extremes = [0.0, -0.0, 1e-6, -0.7, 2.5, -12.0, 30.0, -90.0, 1e30, f32::MAX, f32::MIN];
        let wide =
            |from: usize| std::array::from_fn(|example| extremes[(from * 5 + example) % extremes.len()]);
        let mut gates: Vec<Wide> = (0..4 * UNITS).map(wide).collect();
        let (mut memory, mut out) = (vec![[1e3; WIDTH]; UNITS], vec![[0.0; WIDTH]; UNITS]);
        advance(&mut gates, &mut memory, &mut out);
        assert!(memory.iter().flatten().all(|value| value.abs() <= 1001.0), "{memory:?}");
        assert!(out.iter().flatten().all(|value| value.abs() <= 1.0), "{out:?}");
    }

    #[test]
    fn states_are_put_back_as_they_were_taken() {
        let stack = Stack::new(7, 0, UNITS, 2, STEPS);
        let (ready, events) = (ready(&stack), events());
        let mut ahead = stack.ahead();
        events[..3].iter().for_each(|events| ahead.step(&ready, events));
        let mut states = Vec::new();
        ahead.append_states(WIDTH, &mut states);
        assert_eq!(states.len(), WIDTH * ahead.state_length());
        let mut other = stack.ahead();
        other.set_states(std::array::from_fn(|example| {
            &states[example * ahead.state_length()..][..ahead.state_length()]
        }));
        for events in &events[3..] {
            ahead.step(&ready, events);
            other.step(&ready, events);
        }
        assert_eq!(ahead.top(), other.top());
    }
}
