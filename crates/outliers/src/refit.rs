//! When a model grows old: the rows it would be fitted on anew, the sign that it should be, and the
//! contest in which a new one has to win.
//!
//! Pure bookkeeping: it fits nothing and reads no clock. A caller pushes rows and scores as they come,
//! fits when told to, lets both models score the same later rows, and asks here who stays. A champion
//! that was replaced is kept, so that a bad replacement can be taken back.

use std::collections::VecDeque;

use crate::data::{Rows, Table};
use crate::error::{FitError, ParamError, require};
use crate::settings::settings;

/// The last rows, and how many came since the last fit.
#[derive(Clone, Debug)]
pub struct Window {
    rows: Table,
    most: usize,
    /// Where the oldest row stands once the window is full.
    oldest: usize,
    since: usize,
}

impl Window {
    /// Keeps so many rows of so many columns.
    ///
    /// # Errors
    /// No row or no column.
    pub fn new(most: usize, columns: usize) -> Result<Self, ParamError> {
        require(most > 0, "window", most, "at least 1")?;
        require(columns > 0, "columns", columns, "at least 1")?;
        Ok(Self { rows: Table::new(columns), most, oldest: 0, since: 0 })
    }

    /// Takes in a row and says whether it had the right width; if not, it is left out. What was flagged
    /// should not be pushed: a model must not learn the incident.
    pub fn push(&mut self, row: &[f32]) -> bool {
        let columns = self.rows.rows().columns();
        if row.len() != columns {
            return false;
        }
        if self.rows.rows().len() < self.most {
            self.rows.push(row);
        } else {
            let start = self.oldest * columns;
            self.rows.values_mut()[start..start + columns].copy_from_slice(row);
            self.oldest = (self.oldest + 1) % self.most;
        }
        self.since += 1;
        true
    }

    /// How many rows came since the last fit.
    #[must_use]
    pub fn since(&self) -> usize {
        self.since
    }

    /// The rows, the oldest first, for a fit; counting begins anew.
    pub fn take(&mut self) -> Table {
        self.since = 0;
        let rows: Rows<'_> = self.rows.rows();
        let order: Vec<usize> = (self.oldest..rows.len()).chain(0..self.oldest).collect();
        Table::pick(rows, &order)
    }
}

settings! {
    /// Parameters of the drift alarm.
    pub struct DriftParams => DriftMethod {
        /// How many of the last scores are compared with those of the training.
        recent: usize = 500, "20 to 1000000", |recent| (20..=1_000_000).contains(recent);
        /// How often it may be wrong, for each comparison.
        level: f64 = 0.0001, "1e-12 to 0.5", |level| (1e-12..=0.5).contains(level);
        /// The least distance between the distributions that matters, however certain it is.
        distance: f64 = 0.1, "0 to 1", |distance| (0.0..=1.0).contains(distance);
    }
}

/// Notices when scores are no longer distributed as they were.
#[derive(Clone, Debug)]
pub struct DriftAlarm {
    params: DriftParams,
    /// Scores of the training, in order.
    reference: Vec<f64>,
    recent: VecDeque<f64>,
    since: usize,
}

/// How far two distributions are apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// The largest difference between the shares below any score (Kolmogorov and Smirnov).
    pub distance: f64,
    /// Above this, chance is no explanation.
    pub limit: f64,
    /// Whether recent scores are higher rather than lower.
    pub higher: bool,
}

impl DriftMethod {
    /// Compares with these scores.
    ///
    /// # Errors
    /// No score, or one that is not finite.
    pub fn start(&self, reference: &[f64]) -> Result<DriftAlarm, FitError> {
        if reference.is_empty() {
            return Err(FitError::TooFew { found: 0, needed: 1 });
        }
        if reference.iter().any(|score| !score.is_finite()) {
            return Err(FitError::Diverged("a score is not finite"));
        }
        let mut reference = reference.to_vec();
        reference.sort_unstable_by(f64::total_cmp);
        Ok(DriftAlarm { params: *self.params(), reference, recent: VecDeque::new(), since: 0 })
    }
}

impl DriftAlarm {
    /// Takes in a score. Looks four times while the recent scores are replaced once, and tells what it
    /// sees if that is drift. Scores that are not finite are left out.
    pub fn push(&mut self, score: f64) -> Option<Drift> {
        if !score.is_finite() {
            return None;
        }
        if self.recent.len() == self.params.recent {
            self.recent.pop_front();
        }
        self.recent.push_back(score);
        self.since += 1;
        let due = self.recent.len() == self.params.recent && self.since >= self.params.recent.div_ceil(4);
        if !due {
            return None;
        }
        self.since = 0;
        let drift = self.compare();
        (drift.distance > drift.limit.max(self.params.distance)).then_some(drift)
    }

    /// Forgets the recent scores, as after a refit.
    pub fn reset(&mut self) {
        self.recent.clear();
        self.since = 0;
    }

    fn compare(&self) -> Drift {
        let mut recent: Vec<f64> = self.recent.iter().copied().collect();
        recent.sort_unstable_by(f64::total_cmp);
        let (mut distance, mut higher) = (0.0, false);
        for &score in recent.iter().chain(&self.reference) {
            let apart = share_up_to(&self.reference, score) - share_up_to(&recent, score);
            if apart.abs() > distance {
                distance = apart.abs();
                higher = apart > 0.0;
            }
        }
        let (few, many) = (recent.len() as f64, self.reference.len() as f64);
        let limit = (-(self.params.level / 2.0).ln() / 2.0 * (few + many) / (few * many)).sqrt();
        Drift { distance, limit, higher }
    }
}

fn share_up_to(sorted: &[f64], score: f64) -> f64 {
    sorted.partition_point(|&other| other <= score) as f64 / sorted.len() as f64
}

settings! {
    /// Parameters of the contest.
    pub struct ContestParams => ContestMethod {
        /// How much better a challenger must be, as a share of the champion's loss.
        margin: f64 = 0.02, "0 to 1", |margin| (0.0..=1.0).contains(margin);
        /// Rows that both must have scored before anything is decided.
        rows: usize = 1000, "1 to 1000000000", |rows| (1..=1_000_000_000).contains(rows);
        /// Former champions that are kept.
        kept: usize = 3, "1 to 100", |kept| (1..=100).contains(kept);
    }
}

/// What a comparison came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// There is no challenger.
    Unchallenged,
    /// Not enough rows yet.
    Undecided,
    /// The challenger is champion now.
    Promoted,
    /// The challenger was not good enough and is gone.
    Kept,
}

/// A champion, who may challenge it, and who was champion before.
#[derive(Clone, Debug)]
pub struct Contest<M> {
    params: ContestParams,
    champion: M,
    challenger: Option<M>,
    former: Vec<M>,
    losses: [f64; 2],
    rows: usize,
}

impl ContestMethod {
    /// Begins with a champion.
    pub fn start<M>(&self, champion: M) -> Contest<M> {
        Contest {
            params: *self.params(),
            champion,
            challenger: None,
            former: Vec::new(),
            losses: [0.0; 2],
            rows: 0,
        }
    }
}

impl<M> Contest<M> {
    /// Who decides now.
    pub fn champion(&self) -> &M {
        &self.champion
    }

    /// Who would like to.
    pub fn challenger(&self) -> Option<&M> {
        self.challenger.as_ref()
    }

    /// Puts up a challenger, in the place of one that is undecided.
    pub fn challenge(&mut self, challenger: M) {
        self.challenger = Some(challenger);
        self.losses = [0.0; 2];
        self.rows = 0;
    }

    /// Adds what both lost on the same rows, and decides if there are enough. What a loss is, is the
    /// caller's to say; lower is better. A challenger whose loss is no number loses.
    pub fn compare(&mut self, rows: usize, champion_loss: f64, challenger_loss: f64) -> Verdict {
        if self.challenger.is_none() {
            return Verdict::Unchallenged;
        }
        self.losses[0] += champion_loss;
        self.losses[1] += challenger_loss;
        self.rows = self.rows.saturating_add(rows);
        if self.rows < self.params.rows {
            return Verdict::Undecided;
        }
        let [champion, challenger] = self.losses;
        let better = challenger < champion - self.params.margin * champion.abs();
        match self.challenger.take().filter(|_| better) {
            Some(challenger) => {
                self.promote(challenger);
                Verdict::Promoted
            }
            None => Verdict::Kept,
        }
    }

    fn promote(&mut self, challenger: M) {
        if self.former.len() == self.params.kept {
            self.former.remove(0);
        }
        self.former.push(std::mem::replace(&mut self.champion, challenger));
    }

    /// Makes the last former champion champion again, and says whether there was one. Who was champion
    /// is given back, and who challenges is gone.
    pub fn roll_back(&mut self) -> Option<M> {
        let former = self.former.pop()?;
        self.challenger = None;
        Some(std::mem::replace(&mut self.champion, former))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    #[test]
    fn a_window_keeps_the_last_rows_in_order() {
        let mut window = Window::new(3, 1).unwrap();
        for value in 0..5u8 {
            assert!(window.push(&[f32::from(value)]));
        }
        assert!(!window.push(&[1.0, 2.0]));
        assert_eq!(window.since(), 5);
        assert_eq!(window.take().rows().values(), [2.0, 3.0, 4.0]);
        assert_eq!(window.since(), 0);
        assert!(Window::new(0, 1).is_err() && Window::new(1, 0).is_err());
    }

    fn first_alarm(shift: f64, count: usize) -> Option<(usize, Drift)> {
        let mut random = Seed(8).random();
        let reference: Vec<f64> = (0..2000).map(|_| random.normal()).collect();
        let mut alarm = DriftParams::default().check().unwrap().start(&reference).unwrap();
        (0..count).find_map(|place| alarm.push(random.normal() + shift).map(|drift| (place, drift)))
    }

    #[test]
    fn drift_is_noticed_and_chance_is_not() {
        assert_eq!(first_alarm(0.0, 50_000), None);
        let (place, drift) = first_alarm(1.0, 5000).unwrap();
        assert!(place == 499 && drift.higher && drift.distance > 0.3, "{place} {drift:?}");
        assert!(first_alarm(-1.0, 5000).is_some_and(|(_, drift)| !drift.higher));
        let mut alarm = DriftParams::default().check().unwrap().start(&[1.0]).unwrap();
        assert_eq!(alarm.push(f64::NAN), None);
        assert!(DriftParams::default().check().unwrap().start(&[]).is_err());
    }

    #[test]
    fn a_reset_forgets() {
        let mut alarm =
            DriftParams { recent: 20, ..DriftParams::default() }.check().unwrap().start(&[0.0; 100]).unwrap();
        for _ in 0..19 {
            assert_eq!(alarm.push(5.0), None);
        }
        alarm.reset();
        assert_eq!(alarm.push(5.0), None);
        assert!((0..19).any(|_| alarm.push(5.0).is_some()));
    }

    #[test]
    fn challengers_have_to_win() {
        let params = ContestParams { margin: 0.1, rows: 100, kept: 2 };
        let mut contest = params.check().unwrap().start("first");
        assert_eq!(contest.compare(500, 1.0, 0.0), Verdict::Unchallenged);
        contest.challenge("second");
        assert_eq!(contest.compare(60, 10.0, 8.0), Verdict::Undecided);
        assert_eq!(contest.challenger(), Some(&"second"));
        assert_eq!(contest.compare(60, 10.0, 8.0), Verdict::Promoted);
        contest.challenge("hardly better");
        assert_eq!(contest.compare(100, 10.0, 9.5), Verdict::Kept);
        contest.challenge("broken");
        assert_eq!(contest.compare(100, 10.0, f64::NAN), Verdict::Kept);
        assert_eq!((contest.champion(), contest.challenger()), (&"second", None));
    }

    #[test]
    fn replacements_can_be_taken_back() {
        let params = ContestParams { margin: 0.0, rows: 1, kept: 2 };
        let mut contest = params.check().unwrap().start(0);
        for next in 1..5 {
            contest.challenge(next);
            assert_eq!(contest.compare(1, 2.0, 1.0), Verdict::Promoted);
        }
        contest.challenge(9);
        assert_eq!([contest.roll_back(), contest.roll_back(), contest.roll_back()], [Some(4), Some(3), None]);
        assert_eq!((contest.champion(), contest.challenger()), (&2, None));
    }
}
