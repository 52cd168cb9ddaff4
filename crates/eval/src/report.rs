//! Units and verdicts in, the report of an evaluation out: only here do labels and verdicts meet.

use std::collections::BTreeMap;
use std::ops::Range;

use logsift_reports::eval_report::{
    AlertsRow, CostRow, CurvesRow, DelayRow, EVAL_VERSION, EvalReport, FoldRow, IntervalsRow, KindRow,
    ModelFigures, Oracle, PrecisionAt, WeightsRow,
};
use logsift_reports::scan_report::Product;

use crate::metrics::{Bootstrap, Confusion, Costs, Curves, Judged, Ranking, Weights, alerts, delay};
use crate::units::{Judgement, Unit, judged};

/// Of how many of the highest scores the abnormal share is told, beside as many as there are abnormal units.
const FIRST: [u64; 2] = [10, 100];

/// What was judged.
#[derive(Clone, Debug, Default)]
pub struct Evaluation<'a> {
    /// `session`, `run` or `line`.
    pub unit: &'static str,
    /// The labelled set.
    pub name: &'a str,
    /// What was trained on, in words.
    pub trained_on: &'a str,
    /// How many units that were.
    pub train_units: usize,
    /// The share of normal units that may be flagged.
    pub false_alarms: Option<f64>,
    /// What should be known about the set.
    pub notes: Vec<String>,
    /// The labelled units.
    pub units: &'a [Unit],
    /// What the models said of them.
    pub judgements: &'a [Judgement],
    /// When each unit happened, in seconds since 1970; nothing where units have no times.
    pub times: &'a [Option<f64>],
    /// Which units were tested together, after which training.
    pub folds: &'a [Fold],
}

/// Units that were tested after one training.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fold {
    /// How many units were trained on.
    pub trained: usize,
    /// The places of the units that were tested.
    pub tested: Range<usize>,
}

/// How figures are made.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FigureSettings {
    /// For how many units one stands.
    pub weights: Option<Weights>,
    /// What errors cost.
    pub costs: Option<Costs>,
    /// How intervals are made.
    pub bootstrap: Bootstrap,
    /// Whether somebody is going to draw the curves.
    pub curves: bool,
}

impl Evaluation<'_> {
    /// Makes all figures.
    pub fn report(self, settings: &FigureSettings) -> EvalReport {
        let abnormal = self.units.iter().filter(|unit| unit.abnormal).count() as u64;
        let units = self.units.len() as u64;
        let mut notes = self.notes;
        if abnormal == 0 || abnormal == units {
            let all = if abnormal == 0 { "normal" } else { "abnormal" };
            notes.push(format!("every tested {} is {all}: most figures have no meaning", self.unit));
        }
        EvalReport {
            eval_version: EVAL_VERSION,
            product: Product { name: "logsift".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
            unit: self.unit.to_owned(),
            name: self.name.to_owned(),
            trained_on: self.trained_on.to_owned(),
            train_units: self.train_units as u64,
            test_units: units,
            normal: units - abnormal,
            abnormal,
            false_alarms: self.false_alarms,
            weights: settings
                .weights
                .map(|weights| WeightsRow { normal: weights.normal, abnormal: weights.abnormal }),
            notes,
            models: self
                .judgements
                .iter()
                .map(|judgement| ModelFigures {
                    alerts: alerts_row(self.units, judgement, self.times),
                    delay: delay_row(self.units, judgement, self.times),
                    folds: folds(self.units, judgement, self.folds, settings),
                    ..figures(self.units, judgement, settings)
                })
                .collect(),
        }
    }
}

/// The figures of one model.
fn figures(units: &[Unit], judgement: &Judgement, settings: &FigureSettings) -> ModelFigures {
    let judged = judged(units, &judgement.verdicts);
    let weights = settings.weights.unwrap_or_default();
    let counts = Confusion::of(&judged, Weights::default());
    let sums = Confusion::of(&judged, weights);
    let ranking = Ranking::of(&judged, weights);
    ModelFigures {
        model: judgement.model.clone(),
        precision: sums.precision(),
        recall: sums.recall(),
        f1: sums.f_beta(1.0),
        f05: sums.f_beta(0.5),
        accuracy: sums.accuracy(),
        balanced_accuracy: sums.balanced_accuracy(),
        specificity: sums.specificity(),
        false_alarm_rate: sums.false_alarm_rate(),
        mcc: sums.mcc(),
        kappa: sums.kappa(),
        roc_auc: ranking.roc_auc(),
        average_precision: ranking.average_precision(),
        precision_at: precision_at(&ranking, &sums),
        tp: counts.true_positives as u64,
        fp: counts.false_positives as u64,
        tn: counts.true_negatives as u64,
        fn_: counts.false_negatives as u64,
        threshold: judgement.threshold.is_finite().then_some(judgement.threshold),
        fit_seconds: judgement.fit.as_secs_f64(),
        score_seconds: judgement.score.as_secs_f64(),
        cost: settings.costs.map(|costs| cost(&ranking, &sums, costs)),
        oracle: ranking.best().map(|best| Oracle {
            threshold: best.threshold,
            precision: best.confusion.precision(),
            recall: best.confusion.recall(),
            f1: best.confusion.f_beta(1.0),
            false_alarm_rate: best.confusion.false_alarm_rate(),
            mcc: best.confusion.mcc(),
        }),
        intervals: intervals(&judged, weights, &settings.bootstrap),
        kinds: kinds(units, judgement),
        peak_bytes: judgement.peak,
        curves: settings.curves.then(|| curves(&judged, weights)),
        alerts: None,
        delay: None,
        folds: Vec::new(),
    }
}

fn alerts_row(units: &[Unit], judgement: &Judgement, times: &[Option<f64>]) -> Option<AlertsRow> {
    let alerts = alerts(&judged(units, &judgement.verdicts), times)?;
    Some(AlertsRow {
        days: alerts.days,
        alerts: alerts.alerts,
        false_alerts: alerts.false_alerts,
        per_day: alerts.alerts as f64 / alerts.days,
        false_per_day: alerts.false_alerts as f64 / alerts.days,
    })
}

fn delay_row(units: &[Unit], judgement: &Judgement, times: &[Option<f64>]) -> Option<DelayRow> {
    let kinds: Vec<&str> = units.iter().map(|unit| unit.kind.as_str()).collect();
    let delay = delay(&judged(units, &judgement.verdicts), &kinds, times)?;
    Some(DelayRow {
        episodes: delay.episodes,
        found: delay.found,
        median_seconds: delay.median_seconds,
        median_lines: delay.median_lines,
    })
}

fn curves(judged: &[Judged], weights: Weights) -> CurvesRow {
    let Curves { roc, precision_recall, range, normal, abnormal } = Curves::of(judged, weights);
    CurvesRow { roc, precision_recall, range, normal, abnormal }
}

fn folds(units: &[Unit], judgement: &Judgement, folds: &[Fold], settings: &FigureSettings) -> Vec<FoldRow> {
    let weights = settings.weights.unwrap_or_default();
    let row = |fold: &Fold| {
        let units = units.get(fold.tested.clone())?;
        let judged = judged(units, judgement.verdicts.get(fold.tested.clone())?);
        let (sums, ranking) = (Confusion::of(&judged, weights), Ranking::of(&judged, weights));
        Some(FoldRow {
            trained: fold.trained as u64,
            tested: units.len() as u64,
            abnormal: units.iter().filter(|unit| unit.abnormal).count() as u64,
            precision: sums.precision(),
            recall: sums.recall(),
            f1: sums.f_beta(1.0),
            false_alarm_rate: sums.false_alarm_rate(),
            roc_auc: ranking.roc_auc(),
            average_precision: ranking.average_precision(),
        })
    };
    folds.iter().filter_map(row).collect()
}

/// Counted in weights, as precision is.
fn precision_at(ranking: &Ranking, sums: &Confusion) -> Vec<PrecisionAt> {
    let abnormal = sums.abnormal().round() as u64;
    let mut firsts: Vec<u64> = FIRST.into_iter().filter(|first| *first < abnormal).collect();
    firsts.push(abnormal);
    let at = |k: u64| Some(PrecisionAt { k, precision: ranking.precision_at(k as f64)? });
    firsts.into_iter().filter_map(at).collect()
}

fn cost(ranking: &Ranking, sums: &Confusion, costs: Costs) -> CostRow {
    let total = sums.cost(costs);
    let cheapest = ranking.cheapest(costs);
    let nothing_flagged = Confusion { false_negatives: sums.abnormal(), ..Confusion::default() };
    CostRow {
        fp: costs.false_alarm,
        fn_: costs.missed,
        total,
        per_unit: total / (sums.normal() + sums.abnormal()),
        nothing_flagged: nothing_flagged.cost(costs),
        best: ranking.best().map(|best| best.confusion.cost(costs)),
        oracle: cheapest.cost,
        oracle_threshold: cheapest.threshold,
    }
}

fn intervals(judged: &[Judged], weights: Weights, bootstrap: &Bootstrap) -> Option<IntervalsRow> {
    let intervals = (bootstrap.resamples > 0).then(|| bootstrap.intervals(judged, weights))?;
    Some(IntervalsRow {
        level: bootstrap.level,
        resamples: bootstrap.resamples as u64,
        precision: intervals.precision,
        recall: intervals.recall,
        f1: intervals.f1,
        mcc: intervals.mcc,
        false_alarm_rate: intervals.false_alarm_rate,
        roc_auc: intervals.roc_auc,
        average_precision: intervals.average_precision,
    })
}

/// Abnormal kinds first, the most frequent first.
fn kinds(units: &[Unit], judgement: &Judgement) -> Vec<KindRow> {
    let mut counts: BTreeMap<(bool, &str), (u64, u64)> = BTreeMap::new();
    for (unit, verdict) in units.iter().zip(&judgement.verdicts) {
        let count = counts.entry((!unit.abnormal, &unit.kind)).or_default();
        *count = (count.0 + 1, count.1 + u64::from(verdict.flagged));
    }
    if counts.keys().all(|(_, kind)| kind.is_empty()) {
        return Vec::new();
    }
    let row = |((normal, kind), (units, flagged)): ((bool, &str), (u64, u64))| KindRow {
        kind: if kind.is_empty() { "(none)".to_owned() } else { kind.to_owned() },
        label: u8::from(!normal),
        units,
        flagged,
    };
    let mut rows: Vec<KindRow> = counts.into_iter().map(row).collect();
    rows.sort_by(|one, other| other.label.cmp(&one.label).then(other.units.cmp(&one.units)));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::examples::sixteen;
    use crate::units::Verdict;
    use std::time::Duration;

    fn units() -> Vec<Unit> {
        let unit = |(nth, judged): (usize, &Judged)| Unit {
            id: nth.to_string(),
            abnormal: judged.abnormal,
            kind: if judged.abnormal && nth > 3 { "late".to_owned() } else { String::new() },
        };
        sixteen().iter().enumerate().map(unit).collect()
    }

    fn judgement() -> Judgement {
        let verdict = |judged: Judged| Verdict { score: judged.score, flagged: judged.flagged };
        Judgement {
            model: "default".to_owned(),
            verdicts: sixteen().into_iter().map(verdict).collect(),
            threshold: 6.0,
            fit: Duration::from_millis(1500),
            score: Duration::from_millis(250),
            peak: None,
        }
    }

    fn report(units: &[Unit], settings: &FigureSettings) -> EvalReport {
        let evaluation = Evaluation {
            unit: "session",
            name: "a.csv",
            trained_on: "5 sessions",
            train_units: 5,
            false_alarms: Some(0.001),
            notes: Vec::new(),
            units,
            judgements: &[judgement()],
            times: &[],
            folds: &[],
        };
        evaluation.report(settings)
    }

    #[test]
    fn counts_are_units_and_figures_are_weights() {
        let settings = FigureSettings {
            weights: Some(Weights { normal: 99.08, abnormal: 2.0168 }),
            costs: Some(Costs { false_alarm: 1.0, missed: 20.0 }),
            ..FigureSettings::default()
        };
        let report = report(&units(), &settings);
        assert_eq!((report.test_units, report.normal, report.abnormal), (16, 10, 6));
        let figures = &report.models[0];
        assert_eq!((figures.tp, figures.fp, figures.tn, figures.fn_), (4, 2, 8, 2));
        assert!((figures.precision - 0.039_118_021_289_141_3).abs() < 1e-12, "{figures:?}");
        assert!(
            (figures.average_precision.unwrap() - 0.036_144_396_303_583_924).abs() < 1e-12,
            "{figures:?}"
        );
        let cost = figures.cost.unwrap();
        assert!((cost.total - (2.0 * 99.08 + 2.0 * 2.0168 * 20.0)).abs() < 1e-9, "{cost:?}");
        assert!(
            (cost.nothing_flagged - 6.0 * 2.0168 * 20.0).abs() < 1e-9 && cost.oracle <= cost.total,
            "{cost:?}"
        );
        // Nothing below 5.0 is worth the false alarms it brings at these weights and prices.
        let best = cost.best.unwrap();
        assert!(cost.oracle <= best && cost.oracle_threshold.is_none_or(|line| line >= 5.0), "{cost:?}");
        assert_eq!((figures.fit_seconds, figures.score_seconds), (1.5, 0.25));
        assert!(figures.oracle.unwrap().f1 >= figures.f1);
    }

    #[test]
    fn kinds_are_counted_by_label() {
        let report = report(&units(), &FigureSettings::default());
        let rows: Vec<_> = report.models[0]
            .kinds
            .iter()
            .map(|row| (row.kind.as_str(), row.label, row.units, row.flagged))
            .collect();
        assert_eq!(rows, [("(none)", 1, 3, 3), ("late", 1, 3, 1), ("(none)", 0, 10, 2)]);
        let ats: Vec<_> = report.models[0].precision_at.iter().map(|at| at.k).collect();
        assert_eq!(ats, [6]);
    }

    #[test]
    fn a_set_of_one_kind_is_told() {
        let normal: Vec<Unit> = units().into_iter().map(|unit| Unit { abnormal: false, ..unit }).collect();
        let report = report(&normal, &FigureSettings::default());
        assert_eq!(report.notes, ["every tested session is normal: most figures have no meaning"]);
        let figures = &report.models[0];
        assert_eq!((figures.recall, figures.roc_auc, figures.precision), (None, None, 0.0));
        assert_eq!(figures.precision_at, []);
    }
}
