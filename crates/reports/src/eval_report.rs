//! What an evaluation found: how well models did on labelled units, as `eval` tells it.
//!
//! Counts (`tp`, `fp`, `tn`, `fn`) are units of the set as it stands; every other figure is made of their weights.

use serde::{Deserialize, Serialize};

use crate::scan_report::Product;

/// The version of the report's shape.
pub const EVAL_VERSION: u32 = 1;

/// An evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvalReport {
    /// [`EVAL_VERSION`] of the product that wrote the report.
    pub eval_version: u32,
    /// What wrote the report.
    pub product: Product,
    /// What was labelled: `session`, `run` or `line`.
    pub unit: String,
    /// The labelled set.
    pub name: String,
    /// What the models were trained on, in words.
    pub trained_on: String,
    /// How many units that were.
    pub train_units: u64,
    /// How many units were judged.
    pub test_units: u64,
    /// How many of them are normal.
    pub normal: u64,
    /// How many of them are abnormal.
    pub abnormal: u64,
    /// The share of normal units that may be flagged, from which the automatic threshold follows.
    pub false_alarms: Option<f64>,
    /// For how many units one stands, where the set is a sample that was drawn unevenly.
    pub weights: Option<WeightsRow>,
    /// What should be known about the set.
    pub notes: Vec<String>,
    /// The models, in the order in which they were asked for.
    pub models: Vec<ModelFigures>,
}

/// For how many units one unit stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeightsRow {
    /// A normal one.
    pub normal: f64,
    /// An abnormal one.
    pub abnormal: f64,
}

/// How well a model did. A figure that has no meaning on this set is `null`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelFigures {
    /// Its name.
    pub model: String,
    /// Of what was flagged, the abnormal share.
    pub precision: f64,
    /// Of what was abnormal, the flagged share.
    pub recall: Option<f64>,
    /// The harmonic mean of both.
    pub f1: f64,
    /// The same, with precision weighing more.
    pub f05: f64,
    /// The share that was judged rightly.
    pub accuracy: Option<f64>,
    /// The mean of recall and specificity.
    pub balanced_accuracy: Option<f64>,
    /// Of what was normal, the share that was left alone.
    pub specificity: Option<f64>,
    /// Of what was normal, the flagged share.
    pub false_alarm_rate: Option<f64>,
    /// Matthews' correlation.
    pub mcc: f64,
    /// Cohen's kappa.
    pub kappa: Option<f64>,
    /// The area under the ROC curve.
    pub roc_auc: Option<f64>,
    /// Average precision.
    pub average_precision: Option<f64>,
    /// The abnormal share of the highest scores.
    pub precision_at: Vec<PrecisionAt>,
    /// Abnormal and flagged.
    pub tp: u64,
    /// Normal and flagged.
    pub fp: u64,
    /// Normal and left alone.
    pub tn: u64,
    /// Abnormal and left alone.
    #[serde(rename = "fn")]
    pub fn_: u64,
    /// The automatic threshold.
    pub threshold: Option<f64>,
    /// How long training took.
    pub fit_seconds: f64,
    /// How long judging took.
    pub score_seconds: f64,
    /// What the errors cost, where prices were given.
    pub cost: Option<CostRow>,
    /// What the best threshold would give, which nobody knows without the labels.
    pub oracle: Option<Oracle>,
    /// How sure the figures are.
    pub intervals: Option<IntervalsRow>,
    /// Units by kind, where the labels name kinds.
    pub kinds: Vec<KindRow>,
    /// Bytes that the program held at most while it trained and judged, data included.
    #[serde(default)]
    pub peak_bytes: Option<u64>,
    /// How often somebody would have been called, where units have times.
    #[serde(default)]
    pub alerts: Option<AlertsRow>,
    /// How soon trouble was found, where units have times.
    #[serde(default)]
    pub delay: Option<DelayRow>,
    /// The figures of every fold, where there were folds.
    #[serde(default)]
    pub folds: Vec<FoldRow>,
    /// What pictures are drawn of, where somebody asked for some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curves: Option<CurvesRow>,
}

/// An alert covers the five minutes from its first flagged unit on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertsRow {
    /// Days from the first to the last unit.
    pub days: f64,
    /// How many alerts.
    pub alerts: u64,
    /// Those without any abnormal unit.
    pub false_alerts: u64,
    /// Alerts a day.
    pub per_day: f64,
    /// False ones a day.
    pub false_per_day: f64,
}

/// How soon trouble was found. Abnormal units of one kind within five minutes of each other are one episode.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DelayRow {
    /// How many episodes.
    pub episodes: u64,
    /// Those in which a unit was flagged.
    pub found: u64,
    /// Of those found, seconds from the first unit to the first flagged one, in the middle.
    pub median_seconds: Option<f64>,
    /// The same in units.
    pub median_lines: Option<f64>,
}

/// The figures of one fold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoldRow {
    /// Units trained on.
    pub trained: u64,
    /// Units tested.
    pub tested: u64,
    /// Abnormal ones among them.
    pub abnormal: u64,
    /// Of what was flagged, the abnormal share.
    pub precision: f64,
    /// Of what was abnormal, the flagged share.
    pub recall: Option<f64>,
    /// The harmonic mean of both.
    pub f1: f64,
    /// Of what was normal, the flagged share.
    pub false_alarm_rate: Option<f64>,
    /// The area under the ROC curve.
    pub roc_auc: Option<f64>,
    /// Average precision.
    pub average_precision: Option<f64>,
}

/// The points of a model's curves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvesRow {
    /// Rate of false alarms and recall, from the highest threshold on.
    pub roc: Vec<(f64, f64)>,
    /// Recall and precision, from the highest threshold on.
    pub precision_recall: Vec<(f64, f64)>,
    /// The lowest and the highest score that is drawn; what is beyond stands in the outermost bars.
    pub range: (f64, f64),
    /// Normal units of each stretch of scores.
    pub normal: Vec<u64>,
    /// Abnormal units of each stretch of scores.
    pub abnormal: Vec<u64>,
}

/// The abnormal share of the highest scores.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrecisionAt {
    /// How many.
    pub k: u64,
    /// The share.
    pub precision: f64,
}

/// The best threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Oracle {
    /// Units of this score and above.
    pub threshold: f64,
    /// Of what would be flagged, the abnormal share.
    pub precision: f64,
    /// Of what was abnormal, the share that would be flagged.
    pub recall: Option<f64>,
    /// The harmonic mean of both.
    pub f1: f64,
    /// Of what was normal, the share that would be flagged.
    pub false_alarm_rate: Option<f64>,
    /// Matthews' correlation.
    pub mcc: f64,
}

/// What errors cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostRow {
    /// The price of a false alarm.
    pub fp: f64,
    /// The price of an abnormal unit that was left alone.
    #[serde(rename = "fn")]
    pub fn_: f64,
    /// What it cost.
    pub total: f64,
    /// What it cost for every unit.
    pub per_unit: f64,
    /// What it would have cost to flag nothing.
    pub nothing_flagged: f64,
    /// What the best threshold would cost, the one with the greatest F1.
    #[serde(default)]
    pub best: Option<f64>,
    /// What the threshold that is best for these prices would cost.
    pub oracle: f64,
    /// That threshold; nothing where it costs least to flag nothing.
    #[serde(default)]
    pub oracle_threshold: Option<f64>,
}

/// Lower and upper end.
pub type IntervalRow = Option<(f64, f64)>;

/// Intervals from drawing units anew.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct IntervalsRow {
    /// The share of drawings that lies within.
    pub level: f64,
    /// How many drawings.
    pub resamples: u64,
    /// Of precision.
    pub precision: IntervalRow,
    /// Of recall.
    pub recall: IntervalRow,
    /// Of F1.
    pub f1: IntervalRow,
    /// Of Matthews' correlation.
    pub mcc: IntervalRow,
    /// Of the rate of false alarms.
    pub false_alarm_rate: IntervalRow,
    /// Of the area under the ROC curve.
    pub roc_auc: IntervalRow,
    /// Of average precision.
    pub average_precision: IntervalRow,
}

/// Units of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindRow {
    /// Its name.
    pub kind: String,
    /// 1 for abnormal ones.
    pub label: u8,
    /// How many there are.
    pub units: u64,
    /// How many were flagged.
    pub flagged: u64,
}

#[cfg(test)]
pub(crate) mod sample {
    use super::*;

    /// A set with weights, kinds, prices and a note.
    pub(crate) fn report() -> EvalReport {
        EvalReport {
            eval_version: EVAL_VERSION,
            product: Product { name: "logsift".to_owned(), version: "0.1.0".to_owned() },
            unit: "session".to_owned(),
            name: "orders/sessions.csv.gz".to_owned(),
            trained_on: "5,583 sessions whose part is train_normal".to_owned(),
            train_units: 5583,
            test_units: 13_927,
            normal: 5578,
            abnormal: 8349,
            false_alarms: Some(0.001),
            weights: Some(WeightsRow { normal: 99.08, abnormal: 2.0168 }),
            notes: vec!["20 sessions have no events".to_owned()],
            models: vec![figures()],
        }
    }

    fn fold(trained: u64, f1: f64) -> FoldRow {
        FoldRow {
            trained,
            tested: 6963,
            abnormal: 4174,
            precision: 0.98,
            recall: Some(0.99),
            f1,
            false_alarm_rate: Some(0.001),
            roc_auc: Some(0.999),
            average_precision: None,
        }
    }

    /// Curves such as a good model has.
    pub(crate) fn curves() -> CurvesRow {
        let share = |nth: i32| f64::from(nth) / 20.0;
        let bars =
            |middle: i32| (0..24).map(|nth| 400u64 >> ((nth - middle).unsigned_abs().min(20))).collect();
        CurvesRow {
            roc: (0..=20).map(|nth| (share(nth).powi(4), share(nth))).collect(),
            precision_recall: (1..=20).map(|nth| (share(nth), 1.0 - 0.6 * share(nth).powi(6))).collect(),
            range: (0.0, 40.0),
            normal: bars(4),
            abnormal: bars(18),
        }
    }

    fn figures() -> ModelFigures {
        ModelFigures {
            model: "default".to_owned(),
            precision: 0.982_371,
            recall: Some(0.987_064),
            f1: 0.984_712,
            f05: 0.983_306,
            accuracy: Some(0.999_093),
            balanced_accuracy: Some(0.993_263),
            specificity: Some(0.999_462),
            false_alarm_rate: Some(0.000_538),
            mcc: 0.984_248,
            kappa: Some(0.984_245),
            roc_auc: Some(0.999_8),
            average_precision: Some(0.991_2),
            precision_at: vec![
                PrecisionAt { k: 10, precision: 1.0 },
                PrecisionAt { k: 16_838, precision: 0.980_4 },
            ],
            tp: 8241,
            fp: 3,
            tn: 5575,
            fn_: 108,
            threshold: Some(23.718_12),
            fit_seconds: 0.412,
            score_seconds: 0.087,
            cost: Some(CostRow {
                fp: 1.0,
                fn_: 20.0,
                total: 4653.2,
                per_unit: 0.00817,
                nothing_flagged: 336_760.0,
                best: Some(3471.5),
                oracle: 3120.0,
                oracle_threshold: Some(21.4),
            }),
            oracle: Some(Oracle {
                threshold: 22.1,
                precision: 0.985,
                recall: Some(0.995),
                f1: 0.99,
                false_alarm_rate: Some(0.000_4),
                mcc: 0.989,
            }),
            intervals: Some(IntervalsRow {
                level: 0.95,
                resamples: 1000,
                precision: Some((0.964_2, 1.0)),
                recall: Some((0.984_5, 0.989_4)),
                f1: Some((0.975_5, 0.993_6)),
                mcc: Some((0.974, 0.993)),
                false_alarm_rate: Some((0.0, 0.001_08)),
                roc_auc: Some((0.999_6, 0.999_9)),
                average_precision: None,
            }),
            kinds: vec![
                KindRow { kind: "disk_full".to_owned(), label: 1, units: 8180, flagged: 8091 },
                KindRow { kind: "network_disconnection".to_owned(), label: 1, units: 169, flagged: 150 },
                KindRow { kind: "replayed".to_owned(), label: 0, units: 5578, flagged: 3 },
            ],
            peak_bytes: Some(57 << 20),
            alerts: Some(AlertsRow {
                days: 2.5,
                alerts: 31,
                false_alerts: 3,
                per_day: 12.4,
                false_per_day: 1.2,
            }),
            delay: Some(DelayRow {
                episodes: 24,
                found: 21,
                median_seconds: Some(12.5),
                median_lines: Some(2.0),
            }),
            folds: vec![fold(1860, 0.981), fold(3720, 0.986)],
            curves: None,
        }
    }
}
