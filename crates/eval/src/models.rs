//! Names of models in, verdicts out: the outlier models, side by side and beside the default.
//!
//! A model over rows takes a table as it stands, and of sequences how often each event happens; a model over
//! sequences takes them as they are. None sees a label, and the threshold of each follows from the scores of
//! what it was fitted on.

mod counts;
mod fitting;

use logsift_outliers::Seed;
use logsift_outliers::catalogue::{Card, Choice, Takes, cards};
use logsift_pipeline::threads::Threads;

use crate::error::EvalError;
use crate::sequences::{self, Training};
use crate::units::Judgement;
use counts::Counts;
use fitting::{Fitting, Material};

pub(crate) use fitting::TableMaterial;

/// Stands for the model that is taken where none is named.
pub const DEFAULT: &str = "default";
/// Stands for all models that there are.
pub const ALL: &str = "all";
/// What `default` is for a table, of which a scan knows nothing.
const DEFAULT_OF_TABLES: &str = "isolation-forest";

/// What is judged, and so which models can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// Rows of numbers.
    Tables,
    /// Sequences of events.
    Sequences,
}

/// A model that was asked for.
enum Wish {
    /// What a scan uses.
    Default,
    /// One of the outlier models.
    Outliers(Choice),
}

/// How models are fitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitSettings {
    /// The seed of those in which chance takes part.
    pub seed: u64,
    /// The share of normal units that may be flagged.
    pub false_alarms: f64,
    /// At most so many threads.
    pub threads: usize,
}

impl Default for FitSettings {
    fn default() -> FitSettings {
        FitSettings { seed: Seed::default().0, false_alarms: 0.001, threads: 1 }
    }
}

/// Models that were asked for, and how they are fitted.
pub struct Models {
    wishes: Vec<Wish>,
    /// Where all are asked for, one that cannot be fitted is left out.
    all: bool,
    pub(crate) fitting: FitSettings,
}

/// What several models said, and what should be known about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgements {
    /// In the order of the names.
    pub judgements: Vec<Judgement>,
    /// Models that were left out, and why.
    pub notes: Vec<String>,
}

impl Models {
    /// Finds models by their names; `settings` are names and values for whichever of them has such a parameter.
    pub fn named(
        judged: Judged,
        names: &[String],
        settings: &[(String, String)],
        fitting: FitSettings,
    ) -> Result<Models, EvalError> {
        let all = names.iter().any(|name| name == ALL);
        let mut wishes = Vec::new();
        for name in expanded(judged, names) {
            wishes.push(wish(judged, name)?);
        }
        if judged == Judged::Sequences {
            wishes.iter_mut().for_each(expect_counts);
        }
        for (name, value) in settings {
            set(&mut wishes, name, value)?;
        }
        Ok(Models { wishes, all, fitting })
    }

    /// The default alone.
    pub fn usual(fitting: FitSettings) -> Models {
        Models { wishes: vec![Wish::Default], all: false, fitting }
    }

    /// The names of the models that take rows.
    pub(crate) fn of_rows_named() -> Vec<&'static str> {
        of_tables().map(|card| card.name).collect()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.wishes.len()
    }

    /// Trains every model on sequences and judges others.
    pub(crate) fn of_sequences(
        &self,
        training: Training<'_>,
        tested: &[Vec<u32>],
    ) -> Result<Judgements, EvalError> {
        let mut counts = None;
        self.each(|wish, fitting| match wish {
            Wish::Default => {
                Ok(sequences::judge(training, tested, self.fitting.false_alarms, self.fitting.threads))
            }
            Wish::Outliers(choice) if choice.card().takes == Takes::Sequences => {
                fitting.judge(choice, &Material::sequences(training, tested))
            }
            Wish::Outliers(choice) => {
                let counts = counts.get_or_insert_with(|| Counts::of(training, tested));
                fitting.judge(choice, &Material::rows(&counts.material(choice.card().name)))
            }
        })
    }

    /// Fits every model on rows and judges others.
    pub(crate) fn of_rows(&self, material: &TableMaterial<'_>) -> Result<Judgements, EvalError> {
        self.each(|wish, fitting| match wish {
            Wish::Default => {
                Err(EvalError::unsuited("a table has no default model", "name one with --model"))
            }
            Wish::Outliers(choice) => {
                // Where the scale does not matter, or is the meaning, columns stay as they are.
                let standardise = material.standardise && choice.card().standardise;
                fitting.judge(choice, &Material::rows(&TableMaterial { standardise, ..*material }))
            }
        })
    }

    fn each(
        &self,
        mut judge: impl FnMut(&Wish, &Fitting<'_>) -> Result<Judgement, EvalError>,
    ) -> Result<Judgements, EvalError> {
        let FitSettings { seed, false_alarms, threads } = self.fitting;
        let fitting = Fitting { seed: Seed(seed), false_alarms, workers: &Threads(threads) };
        let mut told = Judgements::default();
        for wish in &self.wishes {
            match judge(wish, &fitting) {
                Ok(judgement) => told.judgements.push(judgement),
                Err(EvalError::Unsuited { reason, .. }) if self.all => told.notes.push(left_out(&reason)),
                Err(error) => return Err(error),
            }
        }
        if told.judgements.is_empty() {
            let reason = told.notes.join("; ");
            return Err(EvalError::unsuited(reason, "there may be too little to fit a model on"));
        }
        Ok(told)
    }
}

fn left_out(reason: &str) -> String {
    format!("left out: {reason}")
}

/// The names, with all models in the place of `all` and nothing twice.
fn expanded(judged: Judged, names: &[String]) -> Vec<&str> {
    let mut expanded: Vec<&str> = Vec::new();
    let mut add = |name| {
        if !expanded.contains(&name) {
            expanded.push(name);
        }
    };
    for name in names {
        match (name.as_str(), judged) {
            (ALL, Judged::Tables) => of_tables().for_each(|card| add(card.name)),
            (ALL, Judged::Sequences) => {
                add(DEFAULT);
                cards().iter().for_each(|card| add(card.name));
            }
            (DEFAULT, Judged::Tables) => add(DEFAULT_OF_TABLES),
            (name, _) => add(name),
        }
    }
    expanded
}

fn of_tables() -> impl Iterator<Item = &'static Card> {
    cards().iter().filter(|card| card.takes == Takes::Rows)
}

fn wish(judged: Judged, name: &str) -> Result<Wish, EvalError> {
    let choice = Choice::named(name).ok();
    match (judged, choice) {
        (Judged::Sequences, None) if name == DEFAULT => Ok(Wish::Default),
        (Judged::Sequences, Some(choice)) => Ok(Wish::Outliers(choice)),
        (Judged::Tables, Some(choice)) if choice.card().takes == Takes::Rows => Ok(Wish::Outliers(choice)),
        (Judged::Tables, Some(_)) => {
            let reason = format!("`{name}` takes sequences of events and no tables");
            Err(EvalError::unsuited(reason, format!("one of {}", known(judged))))
        }
        (_, None) => {
            let reason = format!("there is no model `{name}`");
            Err(EvalError::unsuited(reason, format!("one of {}", known(judged))))
        }
    }
}

/// Counts of events are all in one unit, and a model that brings columns to one scale by itself should know.
fn expect_counts(wish: &mut Wish) {
    let Wish::Outliers(choice) = wish else { return };
    if choice.card().takes == Takes::Rows {
        // Most models have no such parameter, and are left as they are.
        let _ = choice.set("unit", "common");
    }
}

fn known(judged: Judged) -> String {
    let every = match judged {
        Judged::Tables => expanded(judged, &[ALL.to_owned()]).join(", "),
        Judged::Sequences => cards().iter().map(|card| card.name).collect::<Vec<_>>().join(", "),
    };
    format!("{DEFAULT}, {every}, {ALL}")
}

/// Sets a parameter of every model that has it.
fn set(wishes: &mut [Wish], name: &str, value: &str) -> Result<(), EvalError> {
    let mut met = false;
    let mut names: Vec<&str> = Vec::new();
    for wish in wishes {
        let Wish::Outliers(choice) = wish else { continue };
        let parameters = choice.values();
        names.extend(parameters.iter().map(|(name, _)| *name));
        if parameters.iter().any(|(known, _)| *known == name) {
            met = true;
            let model = choice.card().name;
            let legal = |error| {
                EvalError::unsuited(format!("{model}: {error}"), "explained in the chapter on outlier models")
            };
            choice.set(name, value).map_err(legal)?;
        }
    }
    names.sort_unstable();
    names.dedup();
    if met {
        return Ok(());
    }
    let hint = match names.as_slice() {
        [] => "the model has nothing to set".to_owned(),
        names => format!("one of {}", names.join(", ")),
    };
    Err(EvalError::unsuited(format!("no chosen model has a parameter `{name}`"), hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(judged: Judged, names: &[&str], settings: &[(&str, &str)]) -> Result<Models, EvalError> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let settings: Vec<(String, String)> =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Models::named(judged, &names, &settings, FitSettings::default())
    }

    fn refused(judged: Judged, names: &[&str], settings: &[(&str, &str)], says: &str) {
        let error = named(judged, names, settings).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains(says), "{names:?} {settings:?}: {error}");
    }

    #[test]
    fn all_are_all_that_can_judge_it() {
        let count = |judged, names: &[&str]| named(judged, names, &[]).unwrap().count();
        assert_eq!(count(Judged::Sequences, &["all"]), cards().len() + 1);
        let of_rows = cards().iter().filter(|card| card.takes == Takes::Rows).count();
        assert_eq!(count(Judged::Tables, &["all", "pca"]), of_rows);
        assert_eq!(count(Judged::Tables, &["default", "isolation-forest"]), 1);
    }

    #[test]
    fn what_cannot_be_is_refused_with_a_remedy() {
        refused(Judged::Tables, &["pcaa"], &[], "no model `pcaa`\nhint: one of default, isolation-forest");
        refused(Judged::Tables, &["markov"], &[], "`markov` takes sequences");
        refused(Judged::Sequences, &["default"], &[("trees", "5")], "nothing to set");
        refused(Judged::Sequences, &["markov"], &[("trees", "5")], "no chosen model has a parameter `trees`");
        refused(Judged::Tables, &["default"], &[("trees", "many")], "isolation-forest: `trees` is `many`");
        assert!(named(Judged::Tables, &["all"], &[("trees", "7")]).is_ok());
    }

    /// Sessions of which the last lacks its end and has a foreign event.
    fn sessions() -> (Vec<Vec<u32>>, Vec<Vec<u32>>) {
        let normal = |nth: u32| (0..8 + nth % 3).map(|step| step % 4).chain([9]).collect::<Vec<u32>>();
        let trained = (0..300).map(normal).collect();
        let mut tested: Vec<Vec<u32>> = (0..40).map(normal).collect();
        tested.push(vec![0, 1, 17, 17, 17, 2, 2, 2, 2]);
        (trained, tested)
    }

    #[test]
    fn every_model_sees_what_is_odd_whatever_the_threads() {
        let (trained, tested) = sessions();
        let judged = |threads| {
            let mut models = named(Judged::Sequences, &["all"], &[("passes", "2")]).unwrap();
            models.fitting.threads = threads;
            models.of_sequences(Training::Normal(&trained), &tested).unwrap()
        };
        let (one, many) = (judged(1), judged(3));
        assert!(one.judgements.len() >= 10, "{:?}", one.notes);
        for (one, other) in one.judgements.iter().zip(&many.judgements) {
            assert_eq!(one.verdicts, other.verdicts, "{}", one.model);
            let odd = one.verdicts[40].score;
            let usual = one.verdicts[..40].iter().map(|verdict| verdict.score).fold(f64::MIN, f64::max);
            // Models that cut columns where training had values know nothing of what lies beyond them.
            let sees =
                ["default", "local-outlier-factor", "pca", "clusters", "invariants", "z-score", "markov"];
            assert!(odd > usual || !sees.contains(&one.model.as_str()), "{}: {odd} {usual}", one.model);
        }
    }

    #[test]
    fn one_that_cannot_be_fitted_is_an_error_alone_and_a_note_among_all() {
        let few = [vec![1, 2]];
        let judge = |names: &[&str]| {
            named(Judged::Sequences, names, &[]).unwrap().of_sequences(Training::Normal(&few), &few)
        };
        let all = judge(&["all"]).unwrap();
        assert!(all.notes.iter().any(|note| note.starts_with("left out: ")), "{:?}", all.notes);
        let left_out = all.notes[0].split(' ').nth(2).unwrap().trim_end_matches(':').to_owned();
        assert!(judge(&[&left_out]).is_err(), "{left_out}");
    }
}
