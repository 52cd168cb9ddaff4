//! Layers of long short-term memory on top of each other, over a few steps.

use super::ahead::Ahead;
use super::lstm_cell::{Back, Cell, Ready, Trace};
use super::matrix::{WIDTH, Wide};
use crate::error::{ParamError, require};
use crate::seed::Random;

/// What a walk leaves behind for the way back grows with steps, units and layers: about a kilobyte each.
const MOST: usize = 1 << 18;

/// Refuses a window for which a walk over so many layers would need too much memory.
pub(crate) fn refuse_large(window: usize, units: usize, layers: usize) -> Result<(), ParamError> {
    let legal = format!("such that window × units × layers is at most {MOST}");
    require(window.saturating_mul(units).saturating_mul(layers) <= MOST, "window", window, &legal)
}

/// The shape: what comes in at the bottom, and how many layers of how many units stand above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stack {
    cells: Vec<Cell>,
    steps: usize,
}

/// What comes in at the bottom.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Input<'a> {
    /// An event at every step.
    Events(&'a [[u32; WIDTH]]),
    /// The same numbers at every step.
    Constant(&'a [Wide]),
}

impl Input<'_> {
    fn events(&self, layer: usize, step: usize) -> Option<&[u32; WIDTH]> {
        match self {
            Input::Events(events) if layer == 0 => events.get(step),
            _ => None,
        }
    }
}

/// Room for a walk there and back.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    traces: Vec<Trace>,
    backs: Vec<Back>,
    /// Per step, the gradient of what comes out of the layer in hand.
    of_outputs: Vec<Wide>,
}

impl Stack {
    /// A stack over events (their number) or over constant numbers (how many).
    pub(crate) fn new(events: usize, inputs: usize, units: usize, layers: usize, steps: usize) -> Self {
        let first = Cell { events, inputs, units };
        let above = Cell { events: 0, inputs: units, units };
        Self { cells: (0..layers).map(|layer| if layer == 0 { first } else { above }).collect(), steps }
    }

    fn units(&self) -> usize {
        self.cells.last().map_or(0, |cell| cell.units)
    }

    /// How many parameters it has.
    pub(crate) fn parameters(&self) -> usize {
        self.cells.iter().map(Cell::parameters).sum()
    }

    /// Parameters to begin with.
    pub(crate) fn begin(&self, random: &mut Random, parameters: &mut Vec<f32>) {
        self.cells.iter().for_each(|cell| cell.begin(random, parameters));
    }

    /// Packs the parameters, layer by layer.
    pub(crate) fn ready(&self, mut parameters: &[f32]) -> Vec<Ready> {
        let mut take = |cell: &Cell| {
            let (taken, rest) = parameters.split_at(cell.parameters());
            parameters = rest;
            cell.ready(taken)
        };
        self.cells.iter().map(&mut take).collect()
    }

    /// Room for a walk there and back.
    pub(crate) fn room(&self) -> Room {
        Room {
            traces: self.cells.iter().map(|cell| cell.trace(self.steps)).collect(),
            backs: self.cells.iter().map(Cell::back).collect(),
            of_outputs: vec![[0.0; WIDTH]; self.steps * self.units()],
        }
    }

    /// Room for those who never walk back.
    pub(crate) fn ahead(&self) -> Ahead {
        Ahead::new(&self.cells)
    }

    /// Walks all steps, layer by layer.
    pub(crate) fn forward(&self, ready: &[Ready], room: &mut Room, input: Input<'_>) {
        for (layer, (cell, ready)) in self.cells.iter().zip(ready).enumerate() {
            let (below, above) = room.traces.split_at_mut(layer);
            let (below, Some(trace)) =
                (below.last().zip(self.cells.get(layer.wrapping_sub(1))), above.first_mut())
            else {
                return;
            };
            for step in 0..self.steps {
                match (below, input) {
                    (Some((below, cell_below)), _) => {
                        cell.input(trace, step).copy_from_slice(cell_below.output(below, step));
                    }
                    (None, Input::Constant(numbers)) => cell.input(trace, step).copy_from_slice(numbers),
                    (None, Input::Events(_)) => {}
                }
                cell.forward(ready, trace, step, input.events(layer, step));
            }
        }
    }

    /// What came out at the top of this step.
    pub(crate) fn output<'a>(&self, room: &'a Room, step: usize) -> &'a [Wide] {
        match (self.cells.last(), room.traces.last()) {
            (Some(cell), Some(trace)) => cell.output(trace, step),
            _ => &[],
        }
    }

    /// What came out at the top of the last step.
    pub(crate) fn last<'a>(&self, room: &'a Room) -> &'a [Wide] {
        self.output(room, self.steps - 1)
    }

    /// The place for the gradient of what came out at the top of this step.
    pub(crate) fn of_output<'a>(&self, room: &'a mut Room, step: usize) -> &'a mut [Wide] {
        let units = self.units();
        &mut room.of_outputs[step * units..][..units]
    }

    /// Forgets all gradients of what came out.
    pub(crate) fn forget(&self, room: &mut Room) {
        room.of_outputs.fill([0.0; WIDTH]);
    }

    /// Walks back all steps: adds to the gradient of the parameters, and to that of constant numbers.
    pub(crate) fn backward(
        &self,
        ready: &[Ready],
        room: &mut Room,
        input: Input<'_>,
        mut of_parameters: &mut [f32],
        of_constant: &mut [Wide],
    ) {
        // From the top layer down, so its gradient is split off at the end.
        for (layer, (cell, ready)) in self.cells.iter().zip(ready).enumerate().rev() {
            let end = of_parameters.len() - cell.parameters();
            let (rest, gradient) = of_parameters.split_at_mut(end);
            of_parameters = rest;
            let (Some(trace), Some(back)) = (room.traces.get(layer), room.backs.get_mut(layer)) else {
                return;
            };
            cell.begin_back(back);
            for step in (0..self.steps).rev() {
                let of_output = &mut room.of_outputs[step * cell.units..][..cell.units];
                let events = input.events(layer, step);
                let of_input = cell.backward(ready, (trace, step), events, of_output, back, gradient);
                match layer {
                    0 => add(of_input, of_constant),
                    // The layer below has as many units as this one has inputs.
                    _ => of_output.copy_from_slice(of_input),
                }
            }
        }
    }
}

fn add(values: &[Wide], sums: &mut [Wide]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        sum.iter_mut().zip(value).for_each(|(sum, value)| *sum += value);
    }
}
