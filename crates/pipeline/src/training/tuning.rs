//! A choice with room for more in, the parameters that serve best out, without a label: what tells later rows or
//! sequences from made-up ones, as [`logsift_outliers::tuning::unlabelled`] makes them.

use logsift_outliers::catalogue::Choice;
use logsift_outliers::tuning::unlabelled::{self, Way};

use super::TrainError;
use super::fitting::{Fitting, refused};
use super::material::Material;

/// Parameters that were tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// Names and values; none for what was set.
    pub settings: Vec<(String, String)>,
    /// How often something made up scores higher than what was there: 1 is best, 0.5 is chance.
    pub value: f64,
    /// Why it could not be tried.
    pub failure: Option<String>,
}

/// Tries so many settings of what is not fixed, what was set among them. Gives the best, and all that were tried.
pub(super) fn tune(
    choice: &Choice,
    material: &Material,
    fitting: &Fitting<'_>,
    fixed: &[String],
    count: usize,
) -> Result<(Choice, Vec<Tried>), TrainError> {
    let asked = (fixed, Way::Random(count.saturating_sub(1)));
    let tuned = match material {
        Material::Rows { table, .. } => {
            let standardise = choice.card().standardise;
            unlabelled::rows(choice, asked, table.rows(), standardise, fitting.seed, fitting.workers)
        }
        Material::Sequences { table, .. } => {
            unlabelled::sequences(choice, asked, table.sequences(), fitting.seed, fitting.workers)
        }
    };
    let tuned = tuned.map_err(|error| refused(choice, error))?;
    let tried = tuned.trials.into_iter().map(|trial| Tried {
        settings: trial.candidate,
        value: trial.mean,
        failure: trial.failure,
    });
    Ok((tuned.choice, tried.collect()))
}
