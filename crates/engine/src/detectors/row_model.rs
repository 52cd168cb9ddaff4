//! Any outlier model over rows: this window of a stream is unlike the windows before.
//!
//! **What it looks at.** Every window of every stream as a row: when it is, how many records there are, and how many
//! beside what the stream wrote before, errors, warnings, how many templates, how many of them new to the stream, how
//! evenly they share, and the counts of the most frequent templates.
//!
//! **The statistic.** The score of the model, against the scores of the newest third of the windows by a model fitted
//! on the older two thirds: so nothing that was fitted on says what is usual. Beyond the highest of them a little more
//! is believed and no more. It is fitted anew whenever half as many windows have come as it was fitted on; the last
//! 4096 count.
//!
//! **When it is wrong.** Models say that a window is unlike the others, not that it is bad; and most of them do not
//! know which of their columns matter.
//!
//! **Example.** Unlike 299 of 300 windows before, most of all by errors (46 %).

use std::collections::{BTreeMap, VecDeque};
use std::sync::OnceLock;

use logsift_outliers::catalogue::{Choice, RowModel as Fitted, Takes, cards};
use logsift_outliers::refit::Window as Rows;
use logsift_outliers::threshold::Calibration;
use logsift_outliers::{Alone, FitError, ParamError, Rows as View, Seed, Table};

use super::words::{figure, number, short};
use super::{Card, Detector, EARLY, Evidence, EvidenceList, Explanation, Subject, WORTH};
use crate::features::interval::IntervalRows;
use crate::windows::{Interval, Timeline, Window};

/// Rows that are fitted on.
const MOST: usize = 4096;
/// Rows before the first fit.
const FIRST: usize = 32;
/// What is so surprising is not learned,
const FLAGGED: f64 = 7.0;
/// unless it comes so often in a row that it is a new normal.
const LASTING: u32 = 16;
/// How much more than the rarest that was seen may be said, in nats.
const BEYOND: f64 = 2.0;
/// Windows whose columns are remembered for the words.
const TOLD: usize = 1 << 12;
/// Columns that are named.
const NAMED: usize = 3;

/// Which outlier model is asked for, with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelWish {
    name: &'static str,
    settings: Vec<(String, String)>,
    seed: u64,
}

impl ModelWish {
    /// A model of the catalogue, as it is set.
    pub fn new(choice: &Choice, seed: u64) -> ModelWish {
        let settings = choice.values().into_iter().map(|(name, value)| (name.to_owned(), value));
        ModelWish { name: choice.card().name, settings: settings.collect(), seed }
    }

    /// The name of the model, which is the kind of what it finds.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it takes.
    pub fn takes(&self) -> Takes {
        cards().iter().find(|card| card.name == self.name).map_or(Takes::Rows, |card| card.takes)
    }

    /// The seed.
    pub fn seed(&self) -> Seed {
        Seed(self.seed)
    }

    /// The model, ready to be fitted.
    pub fn choice(&self) -> Result<Choice, ParamError> {
        let mut choice = Choice::named(self.name)?;
        for (name, value) in &self.settings {
            choice.set(name, value)?;
        }
        Ok(choice)
    }

    /// What it is.
    pub fn card(&self) -> &'static Card {
        let fallback = || model_cards().first();
        model_cards().iter().find(|card| card.kind == self.name).or_else(fallback).unwrap_or(&UNKNOWN)
    }
}

const UNKNOWN: Card = Card { kind: "outlier-model", sentence: "an outlier model", wrong_when: "Always." };

/// What every outlier model is as a detector.
pub fn model_cards() -> &'static [Card] {
    static CARDS: OnceLock<Vec<Card>> = OnceLock::new();
    let card = |card: &logsift_outliers::catalogue::Card| Card {
        kind: card.name,
        sentence: card.sentence,
        wrong_when: "It says that something is unlike the rest, not that it is bad; ask for it with `--with`.",
    };
    CARDS.get_or_init(|| cards().iter().map(card).collect())
}

/// An outlier model that looks at windows.
pub(super) struct RowModel {
    wish: ModelWish,
    rows: IntervalRows,
    window: Option<Rows>,
    fitted: Option<Fit>,
    /// Rows of the interval at hand, by stream, with their surprises.
    seen: BTreeMap<u32, (Vec<f32>, f64)>,
    refused: BTreeMap<u32, u32>,
    told: BTreeMap<(i64, u32), Vec<(usize, f64)>>,
    proved: Proved,
}

/// What was said so far: who was surprised often is believed less.
#[derive(Default)]
struct Proved {
    windows: u64,
    /// What was worth saying.
    said: VecDeque<f64>,
}

impl Proved {
    /// What can be believed of a surprise, beside those before.
    fn believed(&mut self, surprise: f64) -> f64 {
        let as_high = self.said.iter().filter(|other| **other >= surprise).count();
        self.windows += 1;
        if surprise >= WORTH {
            if self.said.len() == TOLD {
                self.said.pop_front();
            }
            self.said.push_back(surprise);
        }
        let beyond = if as_high == 0 { BEYOND } else { 0.0 };
        surprise.min((self.windows as f64 / (as_high as f64 + 1.0)).ln() + beyond)
    }
}

struct Fit {
    model: Box<dyn Fitted>,
    calibration: Calibration,
    rows: usize,
    /// Rows that it was not fitted on, by which scores are judged.
    judged: usize,
    /// Their scores, in order.
    scores: Vec<f64>,
}

impl RowModel {
    pub(super) fn new(wish: ModelWish) -> RowModel {
        RowModel {
            wish,
            rows: IntervalRows::default(),
            window: None,
            fitted: None,
            seen: BTreeMap::new(),
            refused: BTreeMap::new(),
            told: BTreeMap::new(),
            proved: Proved::default(),
        }
    }

    fn evidence(&mut self, interval: &Interval, window: &Window, row: &[f32]) -> Option<Evidence> {
        let fit = self.fitted.as_ref()?;
        let mut scores = Vec::new();
        fit.model.score(View::one(row), &mut scores).ok()?;
        let score = *scores.first()?;
        let surprise = self.proved.believed(fit.surprise(score));
        if surprise < WORTH {
            return None;
        }
        let columns = most_of(&fit.model.shares(row).unwrap_or_default());
        let first = columns.first().map(|(column, _)| self.rows.column(*column));
        let cell = first.and_then(|(_, template)| window.of(template?)).or_else(|| window.cells.first());
        if self.told.len() < TOLD {
            self.told.insert((interval.number, window.stream), columns);
        }
        Some(Evidence {
            kind: self.wish.name,
            subject: Subject { stream: Some(window.stream), template: None, slot: None },
            interval: interval.number,
            surprise,
            seen: score,
            expected: fit.scores.get(fit.judged / 2).copied().unwrap_or(0.0),
            grounds: fit.judged as f64,
            learning: (fit.judged as f64) < EARLY,
            place: cell.and_then(|cell| cell.first),
        })
    }

    fn refit(&mut self) {
        let Some(window) = &mut self.window else { return };
        let known = self.fitted.as_ref().map_or(0, |fit| fit.rows);
        let due = if known == 0 { FIRST } else { (known / 2).max(FIRST) };
        if window.since() >= due {
            // A model that cannot be fitted to these rows may be fitted to later ones; until then the old one stays.
            if let Ok(fit) = fit(&self.wish, &window.take()) {
                self.fitted = Some(fit);
            }
        }
    }
}

impl Fit {
    /// How rare so high a score is: by its rank among those it is judged by, and beyond them a little more.
    fn surprise(&self, score: f64) -> f64 {
        let as_high = self.judged - self.scores.partition_point(|other| *other < score);
        let by_rank = ((self.judged + 1) as f64 / (as_high + 1) as f64).ln();
        let beyond = if as_high == 0 { -self.calibration.p_value(score).ln() } else { 0.0 };
        by_rank.max(beyond.min(by_rank + BEYOND))
    }
}

/// Fits the model to all rows, and judges it by the newest third under a fit to the others.
fn fit(wish: &ModelWish, table: &Table) -> Result<Fit, FitError> {
    let rows = table.rows();
    let border = rows.len() - rows.len() / 3;
    let choice = wish.choice()?;
    let of = |rows: View<'_>| choice.fit_rows(rows, choice.card().standardise, wish.seed(), &Alone);
    let older = of(rows.slice(0, border))?;
    let mut scores = Vec::new();
    let scored = older.score(rows.slice(border, rows.len()), &mut scores);
    scored.map_err(|_| FitError::Diverged("rows have lost columns"))?;
    let calibration = Calibration::fit(&scores)?;
    scores.sort_unstable_by(f64::total_cmp);
    Ok(Fit { model: of(rows)?, calibration, rows: rows.len(), judged: scores.len(), scores })
}

fn most_of(shares: &[f64]) -> Vec<(usize, f64)> {
    let mut order: Vec<(usize, f64)> =
        shares.iter().copied().enumerate().filter(|(_, share)| *share > 0.05).collect();
    order.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    order.truncate(NAMED);
    order
}

impl Detector for RowModel {
    fn card(&self) -> &'static Card {
        self.wish.card()
    }

    fn score(&mut self, interval: &Interval, timeline: &Timeline, out: &mut EvidenceList) {
        self.seen.clear();
        for window in &interval.windows {
            let row = self.rows.row(window, interval.number, timeline);
            let evidence = self.evidence(interval, window, &row);
            let surprise = evidence.as_ref().map_or(0.0, |evidence| evidence.surprise);
            out.extend(evidence);
            self.seen.insert(window.stream, (row, surprise));
        }
    }

    fn learn(&mut self, interval: &Interval, timeline: &Timeline) {
        let width = self.rows.width(timeline);
        for window in &interval.windows {
            self.rows.learn(window);
            let Some((row, surprise)) = self.seen.remove(&window.stream) else { continue };
            let refused = self.refused.entry(window.stream).or_default();
            if surprise >= FLAGGED && *refused < LASTING {
                *refused += 1;
                continue;
            }
            *refused = if surprise >= FLAGGED { *refused } else { 0 };
            if self.window.is_none() {
                self.window = Rows::new(MOST, width).ok();
            }
            self.window.iter_mut().for_each(|rows| {
                rows.push(&row);
            });
        }
        self.refit();
    }

    fn explain(&self, evidence: &Evidence, timeline: &Timeline) -> Explanation {
        let chance = (-evidence.surprise).exp();
        let windows = (1.0 / chance.max(1e-12)).round();
        let mut explanation = Explanation {
            sentence: format!(
                "{} finds one window in {} as unlike the {} before",
                evidence.kind,
                number(windows),
                number(evidence.grounds)
            ),
            figures: vec![
                figure("score", evidence.seen, ""),
                figure("usual score", evidence.expected, ""),
                figure("one window in", windows, "windows"),
                figure("windows before", evidence.grounds, "windows"),
            ],
        };
        let stream = evidence.subject.stream.unwrap_or(u32::MAX);
        let columns = self.told.get(&(evidence.interval, stream));
        for (nth, (column, share)) in columns.into_iter().flatten().enumerate() {
            let (name, template) = self.rows.column(*column);
            let text =
                template.and_then(|at| timeline.templates.get(at as usize)).map(|facts| short(&facts.text));
            let percent = (share * 100.0).round();
            explanation.sentence += if nth == 0 { ", most of all by " } else { ", " };
            explanation.sentence += &match text {
                Some(text) => format!("{name} `{text}` ({percent} %)"),
                None => format!("{name} ({percent} %)"),
            };
            explanation.figures.push(figure(name, percent, "%"));
        }
        explanation
    }
}

#[cfg(test)]
mod tests {
    use super::super::simulation::{Law, Simulation, rich, shown};
    use super::*;

    fn wish(name: &str) -> ModelWish {
        ModelWish::new(&Choice::named(name).unwrap(), 42)
    }

    #[test]
    fn quiet_on_quiet_logs() {
        for name in ["isolation-forest", "pca", "ecod", "z-score", "clusters"] {
            for law in [Law::Poisson, Law::Bursty] {
                let simulation = rich(1, law);
                let mut detector = RowModel::new(wish(name));
                let found = shown(&mut detector, &simulation.timeline, f64::INFINITY);
                let windows: usize =
                    simulation.timeline.intervals.iter().map(|interval| interval.windows.len()).sum();
                let beyond = found.iter().filter(|evidence| evidence.surprise > 1000f64.ln()).count();
                assert!(beyond as f64 / windows as f64 <= 0.003, "{name} {law:?}: {beyond} of {windows}");
            }
        }
    }

    #[test]
    fn a_window_of_errors_is_found_and_explained() {
        let mut simulation = Simulation::new(3, 1, 3);
        (0..400).for_each(|number| simulation.quiet(number, Law::Poisson, &[20.0, 5.0, 10.0]));
        simulation.quiet(400, Law::Poisson, &[0.0, 400.0, 0.0]);
        for name in ["isolation-forest", "local-outlier-factor", "pca"] {
            let mut detector = RowModel::new(wish(name));
            let found = shown(&mut detector, &simulation.timeline, f64::INFINITY);
            let last = found
                .iter()
                .filter(|evidence| evidence.interval == 400)
                .max_by(|one, other| one.surprise.total_cmp(&other.surprise));
            let last = last.unwrap_or_else(|| panic!("{name} saw nothing"));
            assert!(last.surprise > 4.5 && !last.learning, "{name}: {last:?}");
            let words = detector.explain(last, &simulation.timeline);
            assert!(
                words.sentence.starts_with(name) && words.sentence.contains("most of all by"),
                "{words:?}"
            );
        }
    }

    #[test]
    fn every_model_over_rows_endures_a_short_log() {
        let mut simulation = Simulation::new(5, 2, 2);
        (0..70).for_each(|number| simulation.quiet(number, Law::Poisson, &[3.0, 1.0]));
        for card in cards().iter().filter(|card| card.takes == Takes::Rows) {
            let mut choice = Choice::named(card.name).unwrap();
            for (name, value) in [("passes", "2"), ("hidden", "4")] {
                if card.parameters().iter().any(|parameter| parameter.name == name) {
                    choice.set(name, value).unwrap();
                }
            }
            let mut detector = RowModel::new(ModelWish::new(&choice, 1));
            let found = shown(&mut detector, &simulation.timeline, f64::INFINITY);
            assert!(found.iter().all(|evidence| evidence.surprise.is_finite()), "{}", card.name);
        }
    }
}
