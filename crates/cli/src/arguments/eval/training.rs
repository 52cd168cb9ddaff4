//! The words of what is trained, and how.

use clap::Args;
use logsift_eval::models::Way;
use logsift_pipeline::training::full_name;

/// What is trained, and on how much.
#[derive(Debug, Args)]
#[command(next_help_heading = "Training")]
pub(crate) struct Training {
    /// Train on the first N units only
    #[arg(long, value_name = "N")]
    pub(crate) limit_train: Option<usize>,

    /// The models that are trained: `default`, `all`, or names parted by commas
    ///
    /// isolation-forest, rolling-isolation-forest, one-class-svm,
    /// approximate-one-class-svm, local-outlier-factor, pca, clusters, invariants, hbos,
    /// ecod, copod, z-score, iqr, autoencoder, variational-autoencoder and ensemble (of
    /// --set members=isolation-forest,lof:2, by --set combine=rank) take rows of
    /// numbers, and of sequences how often each event happens; markov, lstm and
    /// lstm-autoencoder take sequences. `all` puts all of them side by side.
    #[arg(long, value_name = "NAME", value_delimiter = ',', default_value = "default", value_parser = model)]
    pub(crate) model: Vec<String>,

    /// Set a parameter of a model, such as trees=200; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    pub(crate) set: Vec<(String, String)>,

    /// Look for good parameters first, without labels: `grid`, or `random:N` for N tries
    ///
    /// What is trained on is taken to be in the order of time. Candidates are fitted on the
    /// earlier part, and win who best tells the later part from rows that were made up. What
    /// --set says stays.
    #[arg(long, value_name = "WAY", value_parser = way, num_args = 0..=1, require_equals = true, default_missing_value = "grid")]
    pub(crate) tune: Option<Way>,

    /// The seed of models in which chance takes part
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub(crate) seed: u64,
}

fn way(text: &str) -> Result<Way, String> {
    let tries = text.strip_prefix("random:").map(str::parse);
    match (text, tries) {
        ("grid", _) => Ok(Way::Grid),
        (_, Some(Ok(tries))) if (1..=1000).contains(&tries) => Ok(Way::Random(tries)),
        _ => Err("expected `grid`, or `random:N` with N from 1 to 1000".to_owned()),
    }
}

/// A model by its name or its short name; whether there is one is told where it is looked for.
#[expect(clippy::unnecessary_wraps, reason = "a parser of words may fail")]
pub(crate) fn model(text: &str) -> Result<String, String> {
    Ok(full_name(text).to_owned())
}

pub(crate) fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_to_tune_are_two() {
        assert_eq!((way("grid"), way("random:7")), (Ok(Way::Grid), Ok(Way::Random(7))));
        for wrong in ["", "random", "random:", "random:0", "random:1001", "grid:3"] {
            assert!(way(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn settings_are_names_and_values() {
        let pair = |name: &str, value: &str| Ok((name.to_owned(), value.to_owned()));
        assert_eq!(setting("trees=200"), pair("trees", "200"));
        assert_eq!(setting(" a = b=c "), pair("a", "b=c"));
        assert!(setting("trees").is_err() && setting("=5").is_err());
    }
}
