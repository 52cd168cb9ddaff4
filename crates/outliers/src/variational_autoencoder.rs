//! A variational autoencoder (Kingma and Welling 2014): a row that is unlikely under what a network
//! has learnt to make is abnormal.
//!
//! A row becomes a small cloud of codes instead of one; training pulls all clouds towards the normal
//! distribution, which leaves no gaps between codes. The score is what bounds how unlikely the row is:
//! half its squared differences, in deviations of the training, and how far its cloud stands from the
//! normal distribution, both per column. It is taken at the middle of the cloud, so that no chance takes
//! part.

use crate::autoencoder::{MOST_COLUMNS, refuse_wide, usual_code};
use crate::data::{Rows, Table};
use crate::error::{FitError, LoadError};
use crate::fit::{Fit, Score, shares_of_parts};
use crate::guard::Guard;
use crate::lanes::exp;
use crate::nn::chain::{self, Chain};
use crate::nn::matrix::{WIDTH, Wide};
pub use crate::nn::scale::Unit;
use crate::nn::scale::{self, Scale};
use crate::nn::training::{self, Network, Plan};
use crate::nn::{dense, loss};
use crate::save::{Reader, Save, Writer};
use crate::seed::Seed;
use crate::settings::settings;
use crate::workers::Workers;

settings! {
    /// Parameters of the variational autoencoder.
    pub struct Params => Method {
        /// How many units stand between a row and its code, and between the code and what is made of it.
        hidden: usize = 32, "1 to 4096", |hidden| (1..=4096).contains(hidden);
        /// How many numbers a code has; 0: a quarter of the columns, at least 2.
        code: usize = 0, "0 to 4096", |code| *code <= 4096;
        /// How strongly codes are pulled towards the normal distribution.
        pull: f64 = 0.1, "0 to 100", |pull| (0.0..=100.0).contains(pull);
        /// What columns are measured in: each in its own deviation, or all in a common one.
        unit: Unit = Unit::Each, "each, common", |_| true;
        /// How often the rows are gone through, at most.
        passes: usize = 100, "1 to 10000", |passes| (1..=10_000).contains(passes);
        /// How many rows a step looks at; fewer where there are few.
        batch: usize = 256, "1 to 1000000", |batch| (1..=1_000_000).contains(batch);
        /// How long the steps are.
        rate: f64 = 0.003, "above 0, up to 1", |rate| *rate > 0.0 && *rate <= 1.0;
        /// Share of the rows that is held back to tell when to stop.
        held: f64 = 0.1, "0 to 0.5", |held| (0.0..=0.5).contains(held);
        /// After how many passes without improvement to stop.
        patience: usize = 10, "1 to 10000", |patience| (1..=10_000).contains(patience);
    }
}

/// Logarithms of a cloud's variance are cut to this size.
const WIDEST: f32 = 8.0;

/// The shape: a chain to the code, and one from it.
#[derive(Clone, Debug)]
struct Pair {
    to_code: Chain,
    from_code: Chain,
    code: usize,
}

/// Both chains' weights.
#[derive(Clone, Debug)]
struct Ready {
    to_code: Vec<dense::Ready>,
    from_code: Vec<dense::Ready>,
}

/// Room for the way there and back.
struct Room {
    to_code: chain::Room,
    from_code: chain::Room,
    input: Vec<Wide>,
    code: Vec<Wide>,
    noise: Vec<Wide>,
}

impl Pair {
    fn new(columns: usize, [hidden, code]: [usize; 2]) -> Self {
        let to_code = Chain::new(&[columns, hidden, 2 * code]);
        Self { to_code, from_code: Chain::new(&[code, hidden, columns]), code }
    }

    fn parameters(&self) -> usize {
        self.to_code.parameters() + self.from_code.parameters()
    }

    fn ready(&self, parameters: &[f32]) -> Ready {
        let (to_code, from_code) = parameters.split_at(self.to_code.parameters());
        Ready { to_code: self.to_code.ready(to_code), from_code: self.from_code.ready(from_code) }
    }

    fn room(&self, columns: usize) -> Room {
        Room {
            to_code: self.to_code.room(),
            from_code: self.from_code.room(),
            input: vec![[0.0; WIDTH]; columns],
            code: vec![[0.0; WIDTH]; self.code],
            noise: vec![[0.0; WIDTH]; self.code],
        }
    }

    /// From the input in the room to what is made of it; gives each example's distance of its cloud from
    /// the normal distribution. Without noise the middle of the cloud is taken.
    fn forward<'a>(&self, ready: &Ready, room: &'a mut Room, noise: Option<Seed>) -> (&'a [Wide], Wide) {
        let cloud = self.to_code.forward(&ready.to_code, &mut room.to_code, &room.input, None);
        let (middles, widths) = cloud.split_at(self.code);
        let mut distance = [0.0; WIDTH];
        for ((code, middle), width) in room.code.iter_mut().zip(middles).zip(widths) {
            *code = *middle;
            let (_, square) = deviations(width);
            for example in 0..WIDTH {
                let width = width[example].clamp(-WIDEST, WIDEST);
                distance[example] +=
                    0.5 * (middle[example] * middle[example] + square[example] - 1.0 - width);
            }
        }
        if let Some(seed) = noise {
            let mut random = seed.random();
            for ((code, width), noise) in room.code.iter_mut().zip(widths).zip(&mut room.noise) {
                let (deviation, _) = deviations(width);
                *noise = std::array::from_fn(|_| random.normal() as f32);
                for example in 0..WIDTH {
                    code[example] += deviation[example] * noise[example];
                }
            }
        }
        (self.from_code.forward(&ready.from_code, &mut room.from_code, &room.code, None), distance)
    }

    /// From the gradient of what was made to that of the parameters.
    fn backward(&self, ready: &Ready, room: &mut Room, pull: f32, weights: &Wide, gradient: &mut [f32]) {
        let (to_code, from_code) = gradient.split_at_mut(self.to_code.parameters());
        let of_code = self.from_code.backward(&ready.from_code, &mut room.from_code, from_code);
        let (cloud, of_cloud) = self.to_code.of_output(&mut room.to_code);
        let (middles, widths) = cloud.split_at(self.code);
        let (of_middles, of_widths) = of_cloud.split_at_mut(self.code);
        for unit in 0..self.code {
            let (deviation, square) = deviations(&widths[unit]);
            for example in 0..WIDTH {
                let (of_code, pull) = (of_code[unit][example], pull * weights[example]);
                of_middles[unit][example] = of_code + pull * middles[unit][example];
                let of_width = 0.5 * of_code * deviation[example] * room.noise[unit][example]
                    + 0.5 * pull * (square[example] - 1.0);
                let cut = widths[unit][example].abs() > WIDEST;
                of_widths[unit][example] = if cut { 0.0 } else { of_width };
            }
        }
        self.to_code.backward(&ready.to_code, &mut room.to_code, to_code);
    }
}

/// Deviations and variances of a cloud, from the logarithms of its variances.
fn deviations(width: &Wide) -> (Wide, Wide) {
    let mut deviations = width.map(|width| 0.5 * width.clamp(-WIDEST, WIDEST));
    exp(&mut deviations);
    (deviations, deviations.map(|deviation| deviation * deviation))
}

/// The network and the rows that it is trained on.
struct Training<'a> {
    pair: &'a Pair,
    table: &'a Table,
    pull: f32,
}

impl Network for Training<'_> {
    type Ready = Ready;
    type Room = Room;

    fn ready(&self, parameters: &[f32]) -> Ready {
        self.pair.ready(parameters)
    }

    fn room(&self) -> Room {
        self.pair.room(self.table.rows().columns())
    }

    fn loss(
        &self,
        ready: &Ready,
        room: &mut Room,
        examples: &[usize],
        gradient: Option<(&mut [f32], Seed)>,
    ) -> f64 {
        scale::side_by_side(examples.iter().map(|&row| self.table.rows().row(row)), &mut room.input);
        let weights = training::weights(examples.len());
        let (_, distance) = self.pair.forward(ready, room, gradient.as_ref().map(|&(_, seed)| seed));
        let (out, of_out) = self.pair.from_code.of_output(&mut room.from_code);
        let mut loss = loss::squares(out, &room.input, &weights, of_out);
        for (distance, weight) in distance.iter().zip(&weights) {
            loss += f64::from(self.pull * distance * weight);
        }
        if let Some((gradient, _)) = gradient {
            self.pair.backward(ready, room, self.pull, &weights, gradient);
        }
        loss
    }
}

/// A fitted variational autoencoder.
#[derive(Clone, Debug)]
pub struct VariationalAutoencoder {
    scale: Scale,
    sizes: [usize; 2],
    pull: f32,
    parameters: Vec<f32>,
    pair: Pair,
    ready: Ready,
}

impl Fit for Method {
    type Fitted = VariationalAutoencoder;

    fn fit_with(
        &self,
        rows: Rows<'_>,
        seed: Seed,
        workers: &dyn Workers,
    ) -> Result<VariationalAutoencoder, FitError> {
        let params = self.params();
        let scale = Scale::fit(rows, params.unit)?;
        refuse_wide(rows.columns())?;
        let code = if params.code == 0 { usual_code(rows.columns()) } else { params.code };
        let sizes = [params.hidden, code];
        let pair = Pair::new(rows.columns(), sizes);
        let mut parameters = Vec::new();
        let mut random = seed.split(0).random();
        pair.to_code.begin(&mut random, &mut parameters);
        pair.from_code.begin(&mut random, &mut parameters);
        let (table, pull) = (scale.apply(rows), params.pull as f32);
        let training = Training { pair: &pair, table: &table, pull };
        let plan =
            Plan { passes: params.passes, batch: params.batch, rate: params.rate, patience: params.patience };
        let parts = training::hold_back(rows.len(), params.held, seed.split(1));
        let parameters = training::train(&training, parameters, parts, plan, seed.split(2), workers)?;
        let ready = pair.ready(&parameters);
        Ok(VariationalAutoencoder { scale, sizes, pull, parameters, pair, ready })
    }
}

impl VariationalAutoencoder {
    /// Tells `take` the squared differences of each row, column by column, and the distance of its cloud.
    fn differences(&self, rows: Rows<'_>, mut take: impl FnMut(&[f64], f64)) {
        let table = self.scale.apply(rows);
        let (mut room, mut squares) = (self.pair.room(self.scale.columns()), Vec::new());
        for first in (0..rows.len()).step_by(WIDTH) {
            let block = table.rows().slice(first, first + WIDTH);
            scale::side_by_side(block.iter(), &mut room.input);
            let (made, distance) = self.pair.forward(&self.ready, &mut room, None);
            for (example, row) in block.iter().enumerate() {
                scale::squares(row, made, example, &mut squares);
                take(&squares, f64::from(distance[example]));
            }
        }
    }
}

impl Score for VariationalAutoencoder {
    fn guard(&self) -> &Guard {
        self.scale.guard()
    }

    fn score_block(&self, rows: Rows<'_>, out: &mut [f64]) {
        let (mut out, pull) = (out.iter_mut(), f64::from(self.pull));
        self.differences(rows, |squares, distance| {
            if let Some(score) = out.next() {
                *score = (squares.iter().sum::<f64>() / 2.0 + pull * distance) / squares.len() as f64;
            }
        });
    }

    fn shares_of(&self, row: &[f32]) -> Vec<f64> {
        let mut parts = Vec::new();
        self.differences(Rows::one(row), |squares, _| parts = squares.to_vec());
        shares_of_parts(parts)
    }
}

impl Save for VariationalAutoencoder {
    const KIND: &'static str = "variational-autoencoder";

    fn write(&self, writer: &mut Writer) {
        self.scale.write(writer);
        self.sizes.iter().for_each(|&size| writer.length(size));
        writer.f32(self.pull);
        writer.f32s(&self.parameters);
    }

    fn read(reader: &mut Reader<'_>, _version: u16) -> Result<Self, LoadError> {
        let scale = Scale::read(reader)?;
        let sizes = [reader.count(4096)?, reader.count(MOST_COLUMNS)?];
        let pull = reader.f32()?;
        let parameters = reader.finite_f32s()?;
        let pair = Pair::new(scale.columns(), sizes);
        let sensible = (0.0..=100.0).contains(&pull) && scale.columns() <= MOST_COLUMNS;
        if !sensible || sizes.contains(&0) || pair.parameters() != parameters.len() {
            return Err(LoadError::Damaged("the weights of a network"));
        }
        let ready = pair.ready(&parameters);
        Ok(Self { scale, sizes, pull, parameters, pair, ready })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws;
    use crate::nn::training::tests::gradients_are_those_of_small_steps;

    #[test]
    fn gradients_are_right() {
        let pair = Pair::new(4, [5, 2]);
        let table = laws::cloud(40, 4);
        let mut parameters = Vec::new();
        pair.to_code.begin(&mut Seed(1).random(), &mut parameters);
        pair.from_code.begin(&mut Seed(2).random(), &mut parameters);
        let training = Training { pair: &pair, table: &table, pull: 0.7 };
        gradients_are_those_of_small_steps(&training, &parameters, &[3, 1, 39, 20, 7]);
    }

    #[test]
    fn what_breaks_the_tie_stands_out() {
        let mut table = laws::cloud(400, 3);
        for row in table.values_mut().chunks_exact_mut(3) {
            row[2] = row[0] * 2.0;
        }
        let params = Params { hidden: 12, passes: 60, rate: 0.01, ..Params::default() };
        let model = params.check().unwrap().fit(table.rows(), Seed(1)).unwrap();
        let mut scores = Vec::new();
        let rows = [1.0, 0.5, 2.0, 1.0, 0.5, -2.0];
        model.score(Rows::new(&rows, 3).unwrap(), &mut scores).unwrap();
        assert!(scores[1] > 2.0 * scores[0], "{scores:?}");
        let shares = model.shares(&[0.1, 9.0, 0.2]).unwrap();
        assert!(shares[1] > 0.6, "{shares:?}");
    }

    #[test]
    fn laws_hold() {
        let params = Params { hidden: 6, passes: 3, ..Params::default() };
        laws::hold(&params.check().unwrap(), 3);
    }
}
