//! All models by name: what each is, what can be set, and how to fit and load it.
//!
//! A program that lets its user choose (`--model isolation-forest --set trees=200`) needs no list of
//! its own: [`cards`] tells, [`Choice`] takes names and values as text, and what comes out scores,
//! explains and saves without the caller knowing which model it is.
//!
//! ```
//! use logsift_outliers::{Alone, Score, Seed, Table, catalogue::Choice};
//!
//! let table = Table::from_values(vec![1.0, 1.1, 0.9, 1.0, 8.0], 1).unwrap_or_default();
//! let mut choice = Choice::named("isolation-forest")?;
//! choice.set("trees", "50")?;
//! let model = choice.fit_rows(table.rows(), true, Seed(1), &Alone)?;
//! let mut scores = Vec::new();
//! model.score(table.rows(), &mut scores)?;
//! assert!(scores[4] > scores[0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::data::{Rows, Sequences};
use crate::error::{FitError, LoadError, ParamError};
use crate::fit::{Fit, FitSequences, Score, ScoreSequences};
use crate::guard::Guard;
use crate::save::{self, Reader, Save, Writer};
use crate::seed::Seed;
use crate::settings::{Parameter, Settings};
use crate::standardise::Standardiser;
use crate::workers::Workers;
use crate::{
    autoencoder, clusters, ensemble, histogram, invariants, isolation_forest, local_outlier_factor, lstm,
    lstm_autoencoder, markov, one_class_svm, pca, robust, tails, variational_autoencoder,
};

/// What a model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Rows of numbers.
    Rows,
    /// Sequences of events.
    Sequences,
}

/// What may be said about a model.
#[derive(Clone, Copy, Debug)]
pub struct Card {
    /// As a user names it.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub sentence: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// Whether columns should be brought to one scale first.
    pub standardise: bool,
    parameters: fn() -> Vec<Parameter>,
    plan: fn() -> Plan,
}

impl Card {
    /// What can be set, with defaults and legal ranges.
    #[must_use]
    pub fn parameters(&self) -> Vec<Parameter> {
        (self.parameters)()
    }
}

/// A fitted model over rows, whichever it is.
pub trait RowModel: Score {
    /// What kind of model it is, as its bytes say.
    fn kind(&self) -> &'static str;
    /// The model as bytes.
    fn saved(&self) -> Vec<u8>;
}

impl<M: Score + Save> RowModel for M {
    fn kind(&self) -> &'static str {
        M::KIND
    }

    fn saved(&self) -> Vec<u8> {
        self.to_bytes()
    }
}

/// A fitted model over sequences, whichever it is.
pub trait SequenceModel: ScoreSequences {
    /// What kind of model it is, as its bytes say.
    fn kind(&self) -> &'static str;
    /// The model as bytes.
    fn saved(&self) -> Vec<u8>;
}

impl<M: ScoreSequences + Save> SequenceModel for M {
    fn kind(&self) -> &'static str {
        M::KIND
    }

    fn saved(&self) -> Vec<u8> {
        self.to_bytes()
    }
}

/// Parameters that can be checked and fitted, whichever they are.
trait PlanRows: Settings {
    fn fit(&self, rows: Rows<'_>, seed: Seed, workers: &dyn Workers) -> Result<Box<dyn RowModel>, FitError>;
    /// Nothing where it does not bring rows to a scale by itself.
    fn fit_on_scale(
        &self,
        rows: Rows<'_>,
        scale: &Standardiser,
        workers: &dyn Workers,
    ) -> Result<Option<Box<dyn RowModel>>, FitError>;
}

trait PlanSequences: Settings {
    fn fit(
        &self,
        sequences: Sequences<'_>,
        seed: Seed,
        workers: &dyn Workers,
    ) -> Result<Box<dyn SequenceModel>, FitError>;
}

enum Plan {
    Rows(Box<dyn PlanRows>),
    Sequences(Box<dyn PlanSequences>),
}

/// Declares the models: each name with its sentence and the parameters it begins with. What is fitted
/// can be loaded; several names may stand for one kind.
macro_rules! models {
    (
        rows { $($name:literal, $standardise:literal, $params:path, $begin:expr, $sentence:literal;)* }
        sequences { $($sequence_name:literal, $sequence_params:path, $sequence_begin:expr, $sequence_sentence:literal;)* }
        plan rows { $($plan:path => $fitted:path;)* }
        plan sequences { $($sequence_plan:path => $sequence_fitted:path;)* }
    ) => {
        const CARDS: &[Card] = &[
            $(Card {
                name: $name,
                sentence: $sentence,
                takes: Takes::Rows,
                standardise: $standardise,
                parameters: || begun::<$params>($begin),
                plan: || Plan::Rows(Box::new($begin)),
            },)*
            $(Card {
                name: $sequence_name,
                sentence: $sequence_sentence,
                takes: Takes::Sequences,
                standardise: false,
                parameters: || begun::<$sequence_params>($sequence_begin),
                plan: || Plan::Sequences(Box::new($sequence_begin)),
            },)*
        ];

        $(impl PlanRows for $plan {
            fn fit(
                &self,
                rows: Rows<'_>,
                seed: Seed,
                workers: &dyn Workers,
            ) -> Result<Box<dyn RowModel>, FitError> {
                Ok(Box::new(self.check()?.fit_with(rows, seed, workers)?))
            }

            fn fit_on_scale(
                &self,
                rows: Rows<'_>,
                scale: &Standardiser,
                workers: &dyn Workers,
            ) -> Result<Option<Box<dyn RowModel>>, FitError> {
                let fitted = self.check()?.fit_on_scale(rows, scale, workers).transpose()?;
                Ok(fitted.map(|model| Box::new(model) as Box<dyn RowModel>))
            }
        })*

        $(impl PlanSequences for $sequence_plan {
            fn fit(
                &self,
                sequences: Sequences<'_>,
                seed: Seed,
                workers: &dyn Workers,
            ) -> Result<Box<dyn SequenceModel>, FitError> {
                Ok(Box::new(self.check()?.fit_with(sequences, seed, workers)?))
            }
        })*

        fn load_kind(kind: &str, bytes: &[u8]) -> Option<Result<Box<dyn RowModel>, LoadError>> {
            $(if kind == <$fitted>::KIND {
                return Some(<$fitted>::from_bytes(bytes).map(|model| Box::new(model) as Box<dyn RowModel>));
            })*
            None
        }

        fn load_sequence_kind(kind: &str, bytes: &[u8]) -> Option<Result<Box<dyn SequenceModel>, LoadError>> {
            $(if kind == <$sequence_fitted>::KIND {
                return Some(
                    <$sequence_fitted>::from_bytes(bytes).map(|model| Box::new(model) as Box<dyn SequenceModel>),
                );
            })*
            None
        }
    };
}

models! {
    rows {
        "isolation-forest", false, isolation_forest::Params, isolation_forest::Params::default(),
            "a row that few random cuts set apart is abnormal";
        "rolling-isolation-forest", false, isolation_forest::RollingParams,
            isolation_forest::RollingParams::default(),
            "an isolation forest over a sliding window of the last rows";
        "one-class-svm", true, one_class_svm::Params, one_class_svm::Params::default(),
            "a row outside of the boundary around most rows is abnormal";
        "approximate-one-class-svm", true, one_class_svm::ApproximateParams,
            one_class_svm::ApproximateParams::default(),
            "the one-class machine in linear time, for many rows";
        "local-outlier-factor", true, local_outlier_factor::Params, local_outlier_factor::Params::default(),
            "a row in a thinner place than its neighbours is abnormal";
        "pca", true, pca::Params, pca::Params::default(),
            "a row that breaks how columns usually go together is abnormal";
        "clusters", true, clusters::Params, clusters::Params::default(),
            "a row far from the centre of every group of rows is abnormal";
        "invariants", false, invariants::Params, invariants::Params::default(),
            "a row of counts that breaks a sum which always holds is abnormal";
        "hbos", false, histogram::Params, histogram::Params::default(),
            "a row with values in sparse places of its columns is abnormal";
        "ecod", false, tails::Params, tails::Params { sum: tails::Sum::Ecod },
            "a row with values far out in the tails of its columns is abnormal";
        "copod", false, tails::Params, tails::Params { sum: tails::Sum::Copod },
            "like ecod, with the longer tail of each column or the mean of both";
        "z-score", false, robust::Params, robust::Params::default(),
            "a row with a value many deviations from the median of its column is abnormal";
        "iqr", false, robust::Params,
            robust::Params { measure: robust::Measure::Quartiles, ..robust::Params::default() },
            "a row with a value far beyond the quartiles of its column is abnormal";
        "autoencoder", false, autoencoder::Params, autoencoder::Params::default(),
            "a row that a network cannot make again from a few numbers is abnormal";
        "variational-autoencoder", false, variational_autoencoder::Params,
            variational_autoencoder::Params::default(),
            "a row that is unlikely under what a network has learnt to make is abnormal";
        "ensemble", false, ensemble::Params, ensemble::Params::default(),
            "a row that several models together find rare is abnormal";
    }
    sequences {
        "markov", markov::Params, markov::Params::default(),
            "a sequence with steps that hardly ever follow what came before is abnormal";
        "lstm", lstm::Params, lstm::Params::default(),
            "a sequence with events that a network did not expect next is abnormal";
        "lstm-autoencoder", lstm_autoencoder::Params, lstm_autoencoder::Params::default(),
            "a sequence that a network cannot make again from a few numbers is abnormal";
    }
    plan rows {
        isolation_forest::Params => isolation_forest::Forest;
        isolation_forest::RollingParams => isolation_forest::Rolling;
        one_class_svm::Params => one_class_svm::Svm;
        one_class_svm::ApproximateParams => one_class_svm::Approximate;
        local_outlier_factor::Params => local_outlier_factor::Lof;
        pca::Params => pca::Pca;
        clusters::Params => clusters::Clusters;
        invariants::Params => invariants::Invariants;
        histogram::Params => histogram::Histograms;
        tails::Params => tails::Tails;
        robust::Params => robust::Robust;
        autoencoder::Params => autoencoder::Autoencoder;
        variational_autoencoder::Params => variational_autoencoder::VariationalAutoencoder;
        ensemble::Params => ensemble::Together;
    }
    plan sequences {
        markov::Params => markov::Chain;
        lstm::Params => lstm::Lstm;
        lstm_autoencoder::Params => lstm_autoencoder::LstmAutoencoder;
    }
}

/// The parameters, with the values that this name begins with as their defaults.
fn begun<P: Settings>(begin: P) -> Vec<Parameter> {
    let mut parameters = P::parameters();
    for (parameter, (_, value)) in parameters.iter_mut().zip(begin.values()) {
        parameter.default = value;
    }
    parameters
}

/// All models, those over rows first.
#[must_use]
pub fn cards() -> &'static [Card] {
    CARDS
}

/// A model with its parameters as they are set.
pub struct Choice {
    card: &'static Card,
    plan: Plan,
}

impl Choice {
    /// The model with this name, nothing set.
    ///
    /// # Errors
    /// No such model; names those there are.
    pub fn named(name: &str) -> Result<Self, ParamError> {
        let card = CARDS.iter().find(|card| card.name == name).ok_or_else(|| {
            let names: Vec<&str> = CARDS.iter().map(|card| card.name).collect();
            ParamError::new("model", name, names.join(", "))
        })?;
        Ok(Self { card, plan: (card.plan)() })
    }

    /// What may be said about it.
    #[must_use]
    pub fn card(&self) -> &'static Card {
        self.card
    }

    /// Sets a parameter.
    ///
    /// # Errors
    /// No such parameter, or a value that is not legal; names both.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), ParamError> {
        match &mut self.plan {
            Plan::Rows(plan) => plan.set(name, value),
            Plan::Sequences(plan) => plan.set(name, value),
        }
    }

    /// Names and values as they are set.
    #[must_use]
    pub fn values(&self) -> Vec<(&'static str, String)> {
        match &self.plan {
            Plan::Rows(plan) => plan.values(),
            Plan::Sequences(plan) => plan.values(),
        }
    }

    /// Fits rows; `standardise` brings the columns to one scale, now and whenever rows are scored.
    ///
    /// # Errors
    /// A model over sequences, or rows that it cannot be fitted on.
    pub fn fit_rows(
        &self,
        rows: Rows<'_>,
        standardise: bool,
        seed: Seed,
        workers: &dyn Workers,
    ) -> Result<Box<dyn RowModel>, FitError> {
        let Plan::Rows(plan) = &self.plan else {
            return Err(self.takes_other("sequences of events").into());
        };
        if !standardise {
            return plan.fit(rows, seed, workers);
        }
        let standardiser = Standardiser::fit(rows)?;
        if let Some(model) = plan.fit_on_scale(rows, &standardiser, workers)? {
            return Ok(model);
        }
        let table = standardiser
            .apply(rows)
            .map_err(|_| FitError::Diverged("standardised rows have lost columns"))?;
        let model = plan.fit(table.rows(), seed, workers)?;
        Ok(Box::new(Prepared { standardiser, model }))
    }

    /// Fits sequences.
    ///
    /// # Errors
    /// A model over rows, or sequences that it cannot be fitted on.
    pub fn fit_sequences(
        &self,
        sequences: Sequences<'_>,
        seed: Seed,
        workers: &dyn Workers,
    ) -> Result<Box<dyn SequenceModel>, FitError> {
        match &self.plan {
            Plan::Sequences(plan) => plan.fit(sequences, seed, workers),
            Plan::Rows(_) => Err(self.takes_other("rows of numbers").into()),
        }
    }

    fn takes_other(&self, what: &str) -> ParamError {
        ParamError::new("model", self.card.name, format!("one that does not take {what}"))
    }
}

/// A model behind the scale that it was fitted on.
pub struct Prepared {
    standardiser: Standardiser,
    model: Box<dyn RowModel>,
}

impl Prepared {
    fn prepared<T>(&self, rows: Rows<'_>, take: impl FnOnce(Rows<'_>) -> T) -> Option<T> {
        let mut table = self.standardiser.apply(rows).ok()?;
        // What was ordinary may become enormous, divided by a tiny deviation.
        if let Some(repaired) = self.model.guard().repaired(table.rows()) {
            table = repaired;
        }
        Some(take(table.rows()))
    }
}

impl Score for Prepared {
    fn guard(&self) -> &Guard {
        self.standardiser.guard()
    }

    fn block(&self) -> usize {
        self.model.block()
    }

    fn score_block(&self, rows: Rows<'_>, out: &mut [f64]) {
        self.prepared(rows, |rows| self.model.score_block(rows, out));
    }

    fn shares_of(&self, row: &[f32]) -> Vec<f64> {
        let shares = self.prepared(Rows::one(row), |rows| self.model.shares_of(rows.row(0)));
        shares.unwrap_or_default()
    }

    fn training_scores(&self) -> Option<&[f64]> {
        self.model.training_scores()
    }
}

impl Save for Prepared {
    const KIND: &'static str = "standardised";

    fn write(&self, writer: &mut Writer) {
        self.standardiser.write(writer);
        writer.u8s(&self.model.saved());
    }

    fn read(reader: &mut Reader<'_>, version: u16) -> Result<Self, LoadError> {
        let standardiser = Standardiser::read(reader, version)?;
        let bytes = reader.u8s()?;
        let (kind, _, _) = save::open(&bytes)?;
        // Not another scale behind the scale: bytes must not decide how deep this goes.
        let model = load_kind(kind, &bytes).ok_or(LoadError::Damaged("no model behind the scale"))??;
        if model.columns() != standardiser.guard().columns() {
            return Err(LoadError::Damaged("model and scale differ in their columns"));
        }
        Ok(Self { standardiser, model })
    }
}

fn no_model(kind: &str) -> LoadError {
    LoadError::Kind { expected: "a model that is known here".to_owned(), found: kind.to_owned() }
}

/// The model over rows that these bytes hold.
///
/// # Errors
/// No such model, a later version, or damage.
pub fn load_rows(bytes: &[u8]) -> Result<Box<dyn RowModel>, LoadError> {
    let (kind, _, _) = save::open(bytes)?;
    if kind == Prepared::KIND {
        return Ok(Box::new(Prepared::from_bytes(bytes)?));
    }
    load_kind(kind, bytes).unwrap_or_else(|| Err(no_model(kind)))
}

/// The model over rows that these bytes hold, which may take part in an ensemble: not another one, not even behind
/// a scale, since bytes must not decide how deep this goes.
pub(crate) fn load_member(bytes: &[u8]) -> Result<Box<dyn RowModel>, LoadError> {
    let (mut kind, version, mut reader) = save::open(bytes)?;
    let behind;
    if kind == Prepared::KIND {
        Standardiser::read(&mut reader, version)?;
        behind = reader.u8s()?;
        kind = save::open(&behind)?.0;
    }
    if kind == ensemble::Together::KIND {
        return Err(LoadError::Damaged("an ensemble within an ensemble"));
    }
    load_rows(bytes)
}

/// The model over sequences that these bytes hold.
///
/// # Errors
/// No such model, a later version, or damage.
pub fn load_sequences(bytes: &[u8]) -> Result<Box<dyn SequenceModel>, LoadError> {
    let (kind, _, _) = save::open(bytes)?;
    load_sequence_kind(kind, bytes).unwrap_or_else(|| Err(no_model(kind)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws;
    use crate::workers::Alone;

    #[test]
    fn every_model_is_fitted_saved_and_loaded_by_name() {
        let table = laws::cloud_with_outlier(120, 3);
        let sequences = laws::circles(30);
        for card in cards() {
            let mut choice = Choice::named(card.name).unwrap();
            // Networks would take long; what they learn is tried beside them.
            for (name, value) in [("passes", "1"), ("units", "4"), ("hidden", "4")] {
                if card.parameters().iter().any(|parameter| parameter.name == name) {
                    choice.set(name, value).unwrap();
                }
            }
            let (mut scores, mut again) = (Vec::new(), Vec::new());
            match card.takes {
                Takes::Rows => {
                    for standardise in [false, true] {
                        let model = choice.fit_rows(table.rows(), standardise, Seed(1), &Alone).unwrap();
                        let loaded = load_rows(&model.saved()).unwrap();
                        model.score(table.rows(), &mut scores).unwrap();
                        loaded.score(table.rows(), &mut again).unwrap();
                        assert_eq!(loaded.kind(), model.kind());
                        let sum: f64 = model.shares(table.rows().row(120)).unwrap().iter().sum();
                        assert!((sum - 1.0).abs() < 1e-9, "{}", card.name);
                    }
                    assert!(choice.fit_sequences(sequences.sequences(), Seed(1), &Alone).is_err());
                }
                Takes::Sequences => {
                    let model = choice.fit_sequences(sequences.sequences(), Seed(1), &Alone).unwrap();
                    model.score(sequences.sequences(), &mut scores);
                    load_sequences(&model.saved()).unwrap().score(sequences.sequences(), &mut again);
                    assert!(choice.fit_rows(table.rows(), false, Seed(1), &Alone).is_err());
                }
            }
            assert_eq!(scores, again, "{}", card.name);
        }
    }

    #[test]
    fn defaults_are_legal_and_what_is_not_is_named() {
        for card in cards() {
            let mut choice = Choice::named(card.name).unwrap();
            for parameter in card.parameters() {
                choice.set(parameter.name, &parameter.default).unwrap();
                let refused = choice.set(parameter.name, "nonsense").unwrap_err();
                assert_eq!(
                    (refused.parameter.as_str(), refused.value.as_str()),
                    (parameter.name, "nonsense")
                );
                assert_eq!(refused.legal, parameter.legal);
                assert!(parameter.about.ends_with('.'), "{} {}", card.name, parameter.name);
            }
            let values: Vec<String> = choice.values().into_iter().map(|(_, value)| value).collect();
            let defaults: Vec<String> = card.parameters().into_iter().map(|found| found.default).collect();
            assert_eq!(values, defaults);
        }
        let refused = Choice::named("oracle").err().unwrap().to_string();
        assert!(refused.starts_with("`model` is `oracle`, legal is isolation-forest, "), "{refused}");
    }

    #[test]
    fn a_scale_behind_a_scale_is_refused() {
        let table = laws::cloud(40, 2);
        let choice = Choice::named("z-score").unwrap();
        let bytes = choice.fit_rows(table.rows(), true, Seed(1), &Alone).unwrap().saved();
        laws::hostile_bytes::<Prepared>(&bytes);
        let standardiser = Standardiser::fit(table.rows()).unwrap();
        let nested = Prepared { standardiser, model: load_rows(&bytes).unwrap() };
        assert!(load_rows(&nested.to_bytes()).is_err());
    }
}
