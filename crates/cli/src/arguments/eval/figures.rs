//! The words of which figures are made, and where they go.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use logsift_eval::metrics::{Costs, Weights};

/// Which figures are made, and where they go.
#[derive(Debug, Args)]
#[command(next_help_heading = "Figures")]
pub(crate) struct Figures {
    /// For how many units one stands, where the set is an uneven sample
    ///
    /// Precision and all that follows from it would be those of the sample otherwise.
    #[arg(long, value_name = "normal=W,abnormal=W", value_parser = weights)]
    pub(crate) weight: Option<Weights>,

    /// What a false alarm and a missed abnormal unit cost
    #[arg(long, value_name = "fp=C,fn=C", value_parser = costs)]
    pub(crate) cost: Option<Costs>,

    /// Draw units anew N times for the intervals; 0 leaves the intervals out
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) resamples: usize,

    /// Cut the units, in their order, into N + 1 blocks, and test each after training on those before
    ///
    /// Cross-validation as it is done with times: nothing is known of what comes later. The
    /// first block is only trained on. The figures are those of all tested blocks together.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) folds: Option<u16>,

    /// Write the figures as JSON to FILE, or to - in place of the table
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) json: Option<PathBuf>,

    /// Write the figures and pictures to FILE as one page of HTML that opens offline
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) html: Option<PathBuf>,

    /// Draw ROC, precision over recall, scores and errors of every model into DIR, as PNG
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) plots: Option<PathBuf>,

    /// Write a row of CSV for every tested unit to FILE: id,label,score,flagged
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) scores: Option<PathBuf>,
}

fn weights(text: &str) -> Result<Weights, String> {
    let [normal, abnormal] = pair(text, ["normal", "abnormal"])?;
    let weights = Weights { normal: normal.unwrap_or(1.0), abnormal: abnormal.unwrap_or(1.0) };
    if weights.normal > 0.0 && weights.abnormal > 0.0 {
        Ok(weights)
    } else {
        Err("weights must be above 0".to_owned())
    }
}

fn costs(text: &str) -> Result<Costs, String> {
    let [false_alarm, missed] = pair(text, ["fp", "fn"])?;
    let costs = Costs { false_alarm: false_alarm.unwrap_or(1.0), missed: missed.unwrap_or(1.0) };
    if costs.false_alarm >= 0.0 && costs.missed >= 0.0 {
        Ok(costs)
    } else {
        Err("costs must not be below 0".to_owned())
    }
}

/// `one=1,other=2`, in any order; either may be left out.
fn pair(text: &str, names: [&str; 2]) -> Result<[Option<f64>; 2], String> {
    let expected = || format!("expected {}=NUMBER,{}=NUMBER", names[0], names[1]);
    let mut found = [None; 2];
    for item in text.split(',') {
        let (name, value) = item.split_once('=').ok_or_else(expected)?;
        let place = names.iter().position(|known| *known == name.trim()).ok_or_else(expected)?;
        let value: f64 = value.trim().parse().map_err(|_| format!("`{value}` is no number"))?;
        if !value.is_finite() {
            return Err(format!("`{value}` is no finite number"));
        }
        if found[place].replace(value).is_some() {
            return Err(format!("`{}` is given twice", names[place]));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_come_in_any_order() {
        let both = Weights { normal: 99.08, abnormal: 2.0168 };
        assert_eq!(weights("normal=99.08,abnormal=2.0168"), Ok(both));
        assert_eq!(weights("abnormal=2.0168, normal=99.08"), Ok(both));
        assert_eq!(weights("normal=3"), Ok(Weights { normal: 3.0, abnormal: 1.0 }));
        assert_eq!(costs("fn=20"), Ok(Costs { false_alarm: 1.0, missed: 20.0 }));
        assert_eq!(costs("fp=0,fn=1"), Ok(Costs { false_alarm: 0.0, missed: 1.0 }));
        for wrong in ["", "normal", "normal=", "normal=0", "odd=1", "normal=1,normal=2", "normal=inf"] {
            assert!(weights(wrong).is_err(), "{wrong}");
        }
        assert!(costs("fp=-1").is_err());
    }
}
