//! An autoencoder: a row that a network cannot make again from a few numbers is abnormal.
//!
//! Dense layers press a row into a code and make a row of the code. Trained on ordinary rows, they
//! learn what goes together in them. The score is the mean squared difference between the row and what
//! was made of it, in deviations of the training; each column's part of it is its share. Rows are
//! brought to one scale here, whatever stands before.

use crate::data::{Rows, Table};
use crate::error::{FitError, LoadError};
use crate::fit::{Fit, Score, shares_of_parts};
use crate::guard::Guard;
use crate::nn::chain::{self, Chain, Drop};
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
    /// Parameters of the autoencoder.
    pub struct Params => Method {
        /// How many units stand between a row and its code, and between the code and what is made of it.
        hidden: usize = 32, "1 to 4096", |hidden| (1..=4096).contains(hidden);
        /// How many numbers a code has; 0: a quarter of the columns, at least 2.
        code: usize = 0, "0 to 4096", |code| *code <= 4096;
        /// Share of the inner inputs that is dropped by chance in training.
        dropout: f64 = 0.0, "0 to 0.9", |dropout| (0.0..=0.9).contains(dropout);
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

/// Wider rows would need more memory for the weights than there may be.
pub(crate) const MOST_COLUMNS: usize = 65_536;

/// How many numbers a code has, if nothing is said.
pub(crate) fn usual_code(columns: usize) -> usize {
    (columns / 4).max(2)
}

/// A fitted autoencoder.
#[derive(Clone, Debug)]
pub struct Autoencoder {
    scale: Scale,
    sizes: [usize; 2],
    parameters: Vec<f32>,
    chain: Chain,
    ready: Vec<dense::Ready>,
}

/// The network and the rows that it is trained on.
struct Training<'a> {
    chain: &'a Chain,
    table: &'a Table,
    dropout: f64,
}

impl Network for Training<'_> {
    type Ready = Vec<dense::Ready>;
    type Room = (chain::Room, Vec<Wide>);

    fn ready(&self, parameters: &[f32]) -> Self::Ready {
        self.chain.ready(parameters)
    }

    fn room(&self) -> Self::Room {
        (self.chain.room(), vec![[0.0; WIDTH]; self.table.rows().columns()])
    }

    fn loss(
        &self,
        ready: &Self::Ready,
        (room, input): &mut Self::Room,
        examples: &[usize],
        gradient: Option<(&mut [f32], Seed)>,
    ) -> f64 {
        scale::side_by_side(examples.iter().map(|&row| self.table.rows().row(row)), input);
        let drop = gradient.as_ref().map(|&(_, seed)| Drop { share: self.dropout, seed });
        self.chain.forward(ready, room, input, drop);
        let (out, of_out) = self.chain.of_output(room);
        let loss = loss::squares(out, input, &training::weights(examples.len()), of_out);
        if let Some((gradient, _)) = gradient {
            self.chain.backward(ready, room, gradient);
        }
        loss
    }
}

impl Fit for Method {
    type Fitted = Autoencoder;

    fn fit_with(&self, rows: Rows<'_>, seed: Seed, workers: &dyn Workers) -> Result<Autoencoder, FitError> {
        let params = self.params();
        let scale = Scale::fit(rows, params.unit)?;
        refuse_wide(rows.columns())?;
        let code = if params.code == 0 { usual_code(rows.columns()) } else { params.code };
        let sizes = [params.hidden, code];
        let chain = shape(rows.columns(), sizes);
        let mut parameters = Vec::new();
        chain.begin(&mut seed.split(0).random(), &mut parameters);
        let table = scale.apply(rows);
        let training = Training { chain: &chain, table: &table, dropout: params.dropout };
        let plan =
            Plan { passes: params.passes, batch: params.batch, rate: params.rate, patience: params.patience };
        let parts = training::hold_back(rows.len(), params.held, seed.split(1));
        let parameters = training::train(&training, parameters, parts, plan, seed.split(2), workers)?;
        Ok(Autoencoder::new(scale, sizes, chain, parameters))
    }
}

/// Refuses rows that are wider than networks are made for.
pub(crate) fn refuse_wide(columns: usize) -> Result<(), FitError> {
    let legal = format!("1 to {MOST_COLUMNS}");
    Ok(crate::error::require(columns <= MOST_COLUMNS, "columns", columns, &legal)?)
}

fn shape(columns: usize, [hidden, code]: [usize; 2]) -> Chain {
    Chain::new(&[columns, hidden, code, hidden, columns])
}

impl Autoencoder {
    fn new(scale: Scale, sizes: [usize; 2], chain: Chain, parameters: Vec<f32>) -> Self {
        let ready = chain.ready(&parameters);
        Self { scale, sizes, parameters, chain, ready }
    }

    /// Tells `take` the squared differences of each row, column by column.
    fn differences(&self, rows: Rows<'_>, mut take: impl FnMut(&[f64])) {
        let table = self.scale.apply(rows);
        let (mut room, mut squares) = (self.chain.room(), Vec::new());
        let mut input = vec![[0.0; WIDTH]; self.scale.columns()];
        for first in (0..rows.len()).step_by(WIDTH) {
            let block = table.rows().slice(first, first + WIDTH);
            scale::side_by_side(block.iter(), &mut input);
            let made = self.chain.forward(&self.ready, &mut room, &input, None);
            for (example, row) in block.iter().enumerate() {
                scale::squares(row, made, example, &mut squares);
                take(&squares);
            }
        }
    }
}

impl Score for Autoencoder {
    fn guard(&self) -> &Guard {
        self.scale.guard()
    }

    fn score_block(&self, rows: Rows<'_>, out: &mut [f64]) {
        let mut out = out.iter_mut();
        self.differences(rows, |squares| {
            if let Some(score) = out.next() {
                *score = squares.iter().sum::<f64>() / squares.len() as f64;
            }
        });
    }

    fn shares_of(&self, row: &[f32]) -> Vec<f64> {
        let mut parts = Vec::new();
        self.differences(Rows::one(row), |squares| parts = squares.to_vec());
        shares_of_parts(parts)
    }
}

impl Save for Autoencoder {
    const KIND: &'static str = "autoencoder";

    fn write(&self, writer: &mut Writer) {
        self.scale.write(writer);
        self.sizes.iter().for_each(|&size| writer.length(size));
        writer.f32s(&self.parameters);
    }

    fn read(reader: &mut Reader<'_>, _version: u16) -> Result<Self, LoadError> {
        let scale = Scale::read(reader)?;
        let sizes = [reader.count(4096)?, reader.count(MOST_COLUMNS)?];
        let parameters = reader.finite_f32s()?;
        let chain = shape(scale.columns(), sizes);
        if sizes.contains(&0) || scale.columns() > MOST_COLUMNS || chain.parameters() != parameters.len() {
            return Err(LoadError::Damaged("the weights of a network"));
        }
        Ok(Self::new(scale, sizes, chain, parameters))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws;
    use crate::nn::training::tests::gradients_are_those_of_small_steps;

    #[test]
    fn gradients_are_right() {
        let chain = shape(5, [6, 2]);
        let table = laws::cloud(40, 5);
        let mut parameters = Vec::new();
        chain.begin(&mut Seed(1).random(), &mut parameters);
        for dropout in [0.0, 0.4] {
            let training = Training { chain: &chain, table: &table, dropout };
            gradients_are_those_of_small_steps(&training, &parameters, &[3, 1, 39, 20, 7]);
        }
    }

    #[test]
    fn what_breaks_the_tie_stands_out() {
        let mut table = laws::cloud(400, 4);
        for row in table.values_mut().chunks_exact_mut(4) {
            row[2] = row[0] * 2.0;
            row[3] = row[0] - row[1];
        }
        let params = Params { hidden: 12, passes: 60, rate: 0.01, ..Params::default() };
        let model = params.check().unwrap().fit(table.rows(), Seed(1)).unwrap();
        let mut scores = Vec::new();
        let rows = [1.0, 0.5, 2.0, 0.5, 1.0, 0.5, -2.0, 0.5];
        model.score(Rows::new(&rows, 4).unwrap(), &mut scores).unwrap();
        assert!(scores[0] < 0.1 && scores[1] > 0.5, "{scores:?}");
        let shares = model.shares(&[0.1, 0.1, 0.2, 9.0]).unwrap();
        assert!(shares[3] > 0.6, "{shares:?}");
    }

    #[test]
    fn laws_hold() {
        let params = Params { hidden: 6, passes: 3, dropout: 0.2, ..Params::default() };
        laws::hold(&params.check().unwrap(), 3);
    }
}
