//! Dense layers one after another; in training some inputs of the inner ones may be dropped by chance.

use super::dense::{Dense, Ready};
use super::matrix::{WIDTH, Wide};
use crate::seed::{Random, Seed};

/// The shape: all layers but the last are bent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chain {
    layers: Vec<Dense>,
}

/// Room for the way there and back.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    places: Vec<Place>,
}

#[derive(Clone, Debug)]
struct Place {
    input: Vec<Wide>,
    /// What each input was multiplied by; nothing where none was dropped.
    mask: Vec<Wide>,
    out: Vec<Wide>,
    of_out: Vec<Wide>,
    of_input: Vec<Wide>,
}

/// By how much to drop inputs, and the chance that decides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drop {
    pub(crate) share: f64,
    pub(crate) seed: Seed,
}

impl Chain {
    /// Layers between these sizes.
    pub(crate) fn new(sizes: &[usize]) -> Self {
        let count = sizes.len().saturating_sub(1);
        let pairs = sizes.iter().zip(sizes.iter().skip(1)).enumerate();
        let layers =
            pairs.map(|(place, (&inputs, &outputs))| Dense { inputs, outputs, bent: place + 1 < count });
        Self { layers: layers.collect() }
    }

    /// How many parameters it has.
    pub(crate) fn parameters(&self) -> usize {
        self.layers.iter().map(Dense::parameters).sum()
    }

    /// Parameters to begin with.
    pub(crate) fn begin(&self, random: &mut Random, parameters: &mut Vec<f32>) {
        self.layers.iter().for_each(|layer| layer.begin(random, parameters));
    }

    /// Packs the parameters, layer by layer.
    pub(crate) fn ready(&self, mut parameters: &[f32]) -> Vec<Ready> {
        let mut take = |layer: &Dense| {
            let (taken, rest) = parameters.split_at(layer.parameters());
            parameters = rest;
            layer.ready(taken)
        };
        self.layers.iter().map(&mut take).collect()
    }

    /// Room for the way there and back.
    pub(crate) fn room(&self) -> Room {
        let wides = |count: usize| vec![[0.0; WIDTH]; count];
        let place = |layer: &Dense| Place {
            input: wides(layer.inputs),
            mask: Vec::new(),
            out: wides(layer.outputs),
            of_out: wides(layer.outputs),
            of_input: wides(layer.inputs),
        };
        Room { places: self.layers.iter().map(place).collect() }
    }

    /// What comes out for these inputs.
    pub(crate) fn forward<'a>(
        &self,
        ready: &[Ready],
        room: &'a mut Room,
        input: &[Wide],
        drop: Option<Drop>,
    ) -> &'a [Wide] {
        let mut random = drop.map(|drop| drop.seed.random());
        let mut before: Option<&[Wide]> = None;
        for ((layer, ready), place) in self.layers.iter().zip(ready).zip(&mut room.places) {
            place.input.copy_from_slice(before.unwrap_or(input));
            place.mask.clear();
            if let (Some(_), Some(random), Some(drop)) = (before, &mut random, drop) {
                place.drop(drop.share, random);
            }
            layer.forward(ready, &place.input, &mut place.out);
            before = Some(&place.out);
        }
        before.unwrap_or_default()
    }

    /// The place for the gradient of what came out.
    pub(crate) fn of_output<'a>(&self, room: &'a mut Room) -> (&'a [Wide], &'a mut [Wide]) {
        match room.places.last_mut() {
            Some(place) => (&place.out, &mut place.of_out),
            None => (&[], &mut []),
        }
    }

    /// Goes back: adds to the gradient of the parameters, and gives that of the inputs.
    pub(crate) fn backward<'a>(
        &self,
        ready: &[Ready],
        room: &'a mut Room,
        mut of_parameters: &mut [f32],
    ) -> &'a [Wide] {
        let mut later: Option<&[Wide]> = None;
        for ((layer, ready), place) in self.layers.iter().zip(ready).zip(&mut room.places).rev() {
            let end = of_parameters.len() - layer.parameters();
            let (rest, gradient) = of_parameters.split_at_mut(end);
            of_parameters = rest;
            if let Some(later) = later {
                place.of_out.copy_from_slice(later);
            }
            place.of_input.fill([0.0; WIDTH]);
            let pair = (&place.input[..], &place.out[..]);
            layer.backward(ready, pair, &mut place.of_out, gradient, &mut place.of_input);
            multiply(&mut place.of_input, &place.mask);
            later = Some(&place.of_input);
        }
        later.unwrap_or_default()
    }
}

impl Place {
    fn drop(&mut self, share: f64, random: &mut Random) {
        if share <= 0.0 {
            return;
        }
        // What stays gets stronger, so that sums keep their size.
        let stays = (1.0 / (1.0 - share)) as f32;
        let mut draw = || if random.unit() < share { 0.0 } else { stays };
        self.mask.extend(self.input.iter().map(|_| std::array::from_fn::<f32, WIDTH, _>(|_| draw())));
        multiply(&mut self.input, &self.mask);
    }
}

fn multiply(values: &mut [Wide], mask: &[Wide]) {
    for (value, mask) in values.iter_mut().zip(mask) {
        value.iter_mut().zip(mask).for_each(|(value, mask)| *value *= mask);
    }
}
