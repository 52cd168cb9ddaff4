//! A layer of long short-term memory (Hochreiter and Schmidhuber 1997, with the gate that forgets).
//!
//! It takes numbers, or events by their number, or both. An event chooses a line of a table, which is
//! what a matrix would make of it if all features but one were 0.

use super::matrix::{self, Packed, WIDTH, Wide, widest};
use crate::lanes::exp_fused as exp;
use crate::seed::Random;

/// Gates of a unit: let in, forget, what comes in, let out.
const GATES: usize = 4;

/// The shape of a layer. Its parameters: weights of numbers and of its own last output, one row per gate
/// and unit; constants; and for each event a line of what it adds to the gates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) events: usize,
    pub(crate) inputs: usize,
    pub(crate) units: usize,
}

/// The weights, ready for both directions.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    forward: Packed,
    backward: Packed,
    constants: Vec<f32>,
    /// By gate, what each event adds: the other way round than in the parameters.
    table: Vec<f32>,
}

/// What a walk over some steps leaves behind, for the way back.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    /// Per step, and one more: the inputs, and the output of the step before.
    joined: Vec<Wide>,
    gates: Vec<Wide>,
    /// Per step, and one more: the memory before it.
    cells: Vec<Wide>,
    bent: Vec<Wide>,
}

/// Gradients on the way back through one layer.
#[derive(Clone, Debug)]
pub(crate) struct Back {
    of_out: Vec<Wide>,
    of_cells: Vec<Wide>,
    of_gates: Vec<Wide>,
    of_joined: Vec<Wide>,
    turned: Vec<Wide>,
}

impl Cell {
    /// How many numbers a step takes: what comes in, and its own last output.
    pub(crate) fn joined(&self) -> usize {
        self.inputs + self.units
    }

    /// How many gates it has.
    pub(crate) fn gates(&self) -> usize {
        GATES * self.units
    }

    /// How many parameters it has.
    pub(crate) fn parameters(&self) -> usize {
        self.gates() * (self.joined() + 1 + self.events)
    }

    /// Parameters to begin with; what is remembered is at first rather kept than forgotten.
    pub(crate) fn begin(&self, random: &mut Random, parameters: &mut Vec<f32>) {
        let limit = 1.0 / (self.units as f64).sqrt();
        let mut draw =
            |count: usize| (0..count).map(|_| random.between(-limit, limit) as f32).collect::<Vec<_>>();
        parameters.extend(draw(self.gates() * self.joined()));
        let forget = self.units..2 * self.units;
        parameters.extend((0..self.gates()).map(|gate| if forget.contains(&gate) { 1.0 } else { 0.0 }));
        parameters.extend(draw(self.gates() * self.events));
    }

    /// Packs the parameters.
    pub(crate) fn ready(&self, parameters: &[f32]) -> Ready {
        let (weights, rest) = parameters.split_at(self.gates() * self.joined());
        let (constants, table) = rest.split_at(self.gates());
        Ready {
            forward: Packed::new(weights, self.gates(), self.joined()),
            backward: Packed::turned(weights, self.gates(), self.joined()),
            constants: constants.to_vec(),
            table: turned(table, self.gates()),
        }
    }

    /// Room for a walk over so many steps.
    pub(crate) fn trace(&self, steps: usize) -> Trace {
        let wides = |count: usize| vec![[0.0; WIDTH]; count];
        Trace {
            joined: wides((steps + 1) * self.joined()),
            gates: wides(steps * self.gates()),
            cells: wides((steps + 1) * self.units),
            bent: wides(steps * self.units),
        }
    }

    /// Room for the way back.
    pub(crate) fn back(&self) -> Back {
        let wides = |count: usize| vec![[0.0; WIDTH]; count];
        Back {
            of_out: wides(self.units),
            of_cells: wides(self.units),
            of_gates: wides(self.gates()),
            of_joined: wides(self.joined()),
            turned: Vec::new(),
        }
    }

    /// The place of the numbers that come in at this step.
    pub(crate) fn input<'a>(&self, trace: &'a mut Trace, step: usize) -> &'a mut [Wide] {
        &mut trace.joined[step * self.joined()..][..self.inputs]
    }

    /// What came out of this step.
    pub(crate) fn output<'a>(&self, trace: &'a Trace, step: usize) -> &'a [Wide] {
        &trace.joined[(step + 1) * self.joined() + self.inputs..][..self.units]
    }

    /// Goes one step; the numbers that come in are in their place.
    pub(crate) fn forward(
        &self,
        ready: &Ready,
        trace: &mut Trace,
        step: usize,
        events: Option<&[u32; WIDTH]>,
    ) {
        let gates = &mut trace.gates[step * self.gates()..][..self.gates()];
        let (before, after) = trace.joined.split_at_mut((step + 1) * self.joined());
        self.sums(ready, &before[step * self.joined()..], events, gates);
        let (cells_before, cells) = trace.cells.split_at_mut((step + 1) * self.units);
        activate(
            gates,
            &cells_before[step * self.units..],
            &mut cells[..self.units],
            &mut trace.bent[step * self.units..][..self.units],
            &mut after[self.inputs..][..self.units],
        );
    }

    /// What a step makes of the numbers it takes before they are bent: a sum for each gate.
    pub(crate) fn sums(
        &self,
        ready: &Ready,
        joined: &[Wide],
        events: Option<&[u32; WIDTH]>,
        gates: &mut [Wide],
    ) {
        match events {
            Some(events) => self.look_up(ready, events, gates),
            None => matrix::spread(&ready.constants, gates),
        }
        matrix::multiply(&ready.forward, joined, gates);
    }

    fn look_up(&self, ready: &Ready, events: &[u32; WIDTH], gates: &mut [Wide]) {
        let events = events.map(|event| event as usize);
        let lines = ready.table.chunks_exact(self.events).zip(&ready.constants);
        for (gate, (line, constant)) in gates.iter_mut().zip(lines) {
            *gate = events.map(|event| constant + line[event]);
        }
    }

    /// Forgets the gradients of later steps.
    pub(crate) fn begin_back(&self, back: &mut Back) {
        back.of_cells.fill([0.0; WIDTH]);
        back.of_joined.fill([0.0; WIDTH]);
    }

    /// Goes back one step: takes the gradient of what came out, adds to that of the parameters, and gives
    /// that of the numbers that came in.
    pub(crate) fn backward<'a>(
        &self,
        ready: &Ready,
        (trace, step): (&Trace, usize),
        events: Option<&[u32; WIDTH]>,
        of_output: &[Wide],
        back: &'a mut Back,
        of_parameters: &mut [f32],
    ) -> &'a [Wide] {
        let later = &back.of_joined[self.inputs..];
        for ((sum, above), later) in back.of_out.iter_mut().zip(of_output).zip(later) {
            *sum = std::array::from_fn(|example| above[example] + later[example]);
        }
        deactivate(
            &trace.gates[step * self.gates()..][..self.gates()],
            &trace.cells[step * self.units..][..self.units],
            &trace.bent[step * self.units..][..self.units],
            &back.of_out,
            &mut back.of_cells,
            &mut back.of_gates,
        );
        let (of_weights, rest) = of_parameters.split_at_mut(self.gates() * self.joined());
        let (of_constants, of_table) = rest.split_at_mut(self.gates());
        matrix::turn(&trace.joined[step * self.joined()..][..self.joined()], &mut back.turned);
        matrix::add_outer(&back.of_gates, &back.turned, self.joined(), of_weights);
        matrix::add_sums(&back.of_gates, of_constants);
        if let Some(events) = events {
            self.add_lines(events, &back.of_gates, of_table);
        }
        back.of_joined.fill([0.0; WIDTH]);
        matrix::multiply(&ready.backward, &back.of_gates, &mut back.of_joined);
        &back.of_joined[..self.inputs]
    }

    fn add_lines(&self, events: &[u32; WIDTH], of_gates: &[Wide], of_table: &mut [f32]) {
        for (example, &event) in events.iter().enumerate() {
            let line = &mut of_table[event as usize * self.gates()..][..self.gates()];
            line.iter_mut().zip(of_gates).for_each(|(line, gate)| *line += gate[example]);
        }
    }
}

#[inline(always)]
fn squash(values: &mut Wide) {
    values.iter_mut().for_each(|value| *value = -*value);
    exp(values);
    values.iter_mut().for_each(|value| *value = 1.0 / (1.0 + *value));
}

#[inline(always)]
fn tanh(values: &mut Wide) {
    values.iter_mut().for_each(|value| *value *= 2.0);
    exp(values);
    values.iter_mut().for_each(|value| *value = 1.0 - 2.0 / (*value + 1.0));
}

#[inline(always)]
fn plain_bend(values: &mut [Wide]) {
    values.iter_mut().for_each(tanh);
}

widest! {
    /// The hyperbolic tangent.
    fn bend(values: &mut [Wide]), plain_bend, plain_bend
}

/// The columns of lines of this width, one after the other.
fn turned(lines: &[f32], width: usize) -> Vec<f32> {
    (0..width).flat_map(|column| lines.iter().skip(column).step_by(width)).copied().collect()
}

/// The four gates of each unit.
#[inline(always)]
pub(crate) fn quarters(gates: &mut [Wide], units: usize) -> [&mut [Wide]; GATES] {
    let (let_in, rest) = gates.split_at_mut(units);
    let (forget, rest) = rest.split_at_mut(units);
    let (coming, let_out) = rest.split_at_mut(units);
    [let_in, forget, coming, let_out]
}

#[inline(always)]
fn plain_activate(
    gates: &mut [Wide],
    before: &[Wide],
    cells: &mut [Wide],
    bent: &mut [Wide],
    out: &mut [Wide],
) {
    let units = cells.len();
    let [let_in, forget, coming, let_out] = quarters(gates, units);
    for unit in 0..units {
        squash(&mut let_in[unit]);
        squash(&mut forget[unit]);
        tanh(&mut coming[unit]);
        squash(&mut let_out[unit]);
        for example in 0..WIDTH {
            cells[unit][example] =
                forget[unit][example] * before[unit][example] + let_in[unit][example] * coming[unit][example];
        }
        bent[unit] = cells[unit];
        tanh(&mut bent[unit]);
        for example in 0..WIDTH {
            out[unit][example] = let_out[unit][example] * bent[unit][example];
        }
    }
}

widest! {
    /// From sums to gates, from gates to the memory and what comes out.
    fn activate(gates: &mut [Wide], before: &[Wide], cells: &mut [Wide], bent: &mut [Wide], out: &mut [Wide]),
    plain_activate, plain_activate
}

#[inline(always)]
fn plain_deactivate(
    gates: &[Wide],
    before: &[Wide],
    bent: &[Wide],
    of_out: &[Wide],
    of_cells: &mut [Wide],
    of_gates: &mut [Wide],
) {
    let units = before.len();
    let (let_in, forget) = (&gates[..units], &gates[units..2 * units]);
    let (coming, let_out) = (&gates[2 * units..3 * units], &gates[3 * units..]);
    let [of_let_in, of_forget, of_coming, of_let_out] = quarters(of_gates, units);
    for unit in 0..units {
        for example in 0..WIDTH {
            let (i, f) = (let_in[unit][example], forget[unit][example]);
            let (c, o) = (coming[unit][example], let_out[unit][example]);
            let (b, of_out) = (bent[unit][example], of_out[unit][example]);
            let of_cell = of_cells[unit][example] + of_out * o * (1.0 - b * b);
            of_let_in[unit][example] = of_cell * c * i * (1.0 - i);
            of_forget[unit][example] = of_cell * before[unit][example] * f * (1.0 - f);
            of_coming[unit][example] = of_cell * i * (1.0 - c * c);
            of_let_out[unit][example] = of_out * b * o * (1.0 - o);
            of_cells[unit][example] = of_cell * f;
        }
    }
}

widest! {
    /// The way back: from the gradient of what came out and of the memory to that of the sums and of the
    /// memory before.
    fn deactivate(
        gates: &[Wide],
        before: &[Wide],
        bent: &[Wide],
        of_out: &[Wide],
        of_cells: &mut [Wide],
        of_gates: &mut [Wide],
    ), plain_deactivate, plain_deactivate
}
