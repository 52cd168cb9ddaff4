//! Rows in the order of the log in, the same rows out, those told that stand beside something grave: the records of the
//! request that failed, the statement behind an error of the database, and what sounds like trouble a few seconds
//! before or after, whoever says it, unless it is said as often when nothing is grave.
//!
//! Whom a record belongs to is found out while it is read. Rows wait until nothing that comes can concern them any more:
//! a few seconds of the log, and never more than a few thousand rows.

use std::collections::VecDeque;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// So many seconds before and after.
const WITHIN: i64 = 3;
/// So many seconds before and after something grave, what sounds like trouble belongs to it.
const IN_SIGHT: i64 = 10;
/// Rows that wait at most.
const WAITING: usize = 4096;
/// From this score on a flagged record tells of others: about that of an error in grave words that a rule knows.
const CARRIES: f64 = 8.0;
/// What it adds to their scores, in nats.
const ADDED: f64 = 3.0;
/// What speaks for them.
pub(super) const BY_COMPANY: &str = "companion";

/// What is written about a record.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) template: Option<u32>,
    pub(super) score: f64,
    pub(super) flagged: bool,
    /// It sounds like trouble, but not so much that it counts by itself.
    pub(super) suspect: bool,
    /// What flags it is its place in a session, and says nothing of what stands beside it.
    pub(super) alone: bool,
    pub(super) top: &'static str,
}

impl Row {
    fn carries(&self) -> bool {
        self.flagged && !self.alone && self.score >= CARRIES
    }

    fn flag(&mut self) {
        if !self.flagged {
            (self.flagged, self.top) = (true, BY_COMPANY);
            self.score += ADDED;
        }
    }
}

/// Rows that wait.
#[derive(Clone, Debug, Default)]
pub(super) struct Companions {
    rows: VecDeque<Waiting>,
    /// The number of the first row that waits.
    first: u64,
    /// By whom records belong to, the last of them and when the last of them was grave.
    last: HashMap<u32, Last, FixedState>,
    /// The numbers of rows that wait and sound like trouble.
    suspects: VecDeque<u64>,
    /// When something grave came last, whoever said it.
    grave: Option<i64>,
    /// By template of what sounds like trouble, how often it came in sight of something grave, and how often by itself.
    habits: HashMap<u32, Habit, FixedState>,
}

/// How a template is met. What comes by itself as often as it comes with trouble is a habit of the log: a name that is
/// refused every few minutes says nothing of the trouble that it happens to stand beside.
#[derive(Clone, Copy, Debug, Default)]
struct Habit {
    in_sight: u32,
    by_itself: u32,
}

impl Habit {
    fn is_companion(self) -> bool {
        self.in_sight > self.by_itself
    }
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    row: Row,
    kin: u32,
    second: i64,
    /// The number of the row before it that belongs to the same.
    before: Option<u64>,
    /// All before it that can be concerned have been told.
    is_told: bool,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    row: u64,
    grave: Option<i64>,
}

impl Companions {
    /// Takes the row of a record.
    pub(super) fn take(&mut self, mut row: Row, kin: u32, second: i64) {
        if row.carries() {
            self.tell_suspects(second);
        } else if row.suspect {
            self.suspect(&mut row, second);
        }
        if kin == 0 {
            self.rows.push_back(Waiting { row, kin, second, before: None, is_told: false });
            return;
        }
        let number = self.first + self.rows.len() as u64;
        let known = self.last.get(&kin).copied();
        let before = known.map(|known| known.row);
        let mut grave = known.and_then(|known| known.grave);
        let carries = row.carries();
        if carries {
            self.tell(before, second);
            grave = Some(second);
        } else if grave.is_some_and(|grave| is_near(grave, second)) {
            row.flag();
        }
        self.rows.push_back(Waiting { row, kin, second, before, is_told: carries });
        self.last.insert(kin, Last { row: number, grave });
    }

    fn suspect(&mut self, row: &mut Row, second: i64) {
        if self.grave.is_some_and(|grave| is_in_sight(grave, second)) {
            met_in_sight(&mut self.habits, row);
        } else {
            self.suspects.push_back(self.first + self.rows.len() as u64);
        }
    }

    fn tell_suspects(&mut self, second: i64) {
        self.grave = Some(second);
        for number in self.suspects.drain(..) {
            let waiting = number.checked_sub(self.first).and_then(|at| self.rows.get_mut(at as usize));
            match waiting {
                Some(waiting) if is_in_sight(waiting.second, second) => {
                    met_in_sight(&mut self.habits, &mut waiting.row);
                }
                Some(waiting) => met_by_itself(&mut self.habits, &waiting.row),
                None => {}
            }
        }
    }

    /// Tells the rows before, as far as they are near.
    fn tell(&mut self, mut next: Option<u64>, second: i64) {
        while let Some(at) = next.and_then(|number| number.checked_sub(self.first)) {
            let Some(waiting) = self.rows.get_mut(at as usize).filter(|row| is_near(row.second, second))
            else {
                return;
            };
            waiting.row.flag();
            if std::mem::replace(&mut waiting.is_told, true) {
                return;
            }
            next = waiting.before;
        }
    }

    /// A row that nothing to come can concern, where one waits.
    pub(super) fn ready(&mut self, now: i64) -> Option<Row> {
        let is_ready = |waiting: &Waiting| match () {
            () if waiting.row.suspect => !is_in_sight(waiting.second, now),
            () => !is_near(waiting.second, now) || waiting.kin == 0,
        };
        let is_full = self.rows.len() > WAITING;
        if is_full || self.rows.front().is_some_and(is_ready) { self.pop() } else { None }
    }

    /// The next row, whatever comes.
    pub(super) fn pop(&mut self) -> Option<Row> {
        let waiting = self.rows.pop_front()?;
        if self.last.get(&waiting.kin).is_some_and(|last| last.row == self.first) {
            self.last.remove(&waiting.kin);
        }
        if self.suspects.front() == Some(&self.first) {
            self.suspects.pop_front();
            met_by_itself(&mut self.habits, &waiting.row);
        }
        self.first += 1;
        Some(waiting.row)
    }
}

fn is_near(one: i64, other: i64) -> bool {
    one.abs_diff(other) <= WITHIN.unsigned_abs()
}

fn is_in_sight(one: i64, other: i64) -> bool {
    one.abs_diff(other) <= IN_SIGHT.unsigned_abs()
}

/// Something grave is in sight of what sounds like trouble: it goes with that, unless it is a habit.
fn met_in_sight(habits: &mut HashMap<u32, Habit, FixedState>, row: &mut Row) {
    let Some(habit) = row.template.map(|template| habits.entry(template).or_default()) else {
        return;
    };
    habit.in_sight = habit.in_sight.saturating_add(1);
    if habit.is_companion() {
        row.flag();
    }
}

fn met_by_itself(habits: &mut HashMap<u32, Habit, FixedState>, row: &Row) {
    if let Some(template) = row.template {
        let habit = habits.entry(template).or_default();
        habit.by_itself = habit.by_itself.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whom a record belongs to, its second, and whether it is grave.
    type Given = (u32, i64, bool);

    /// Records in, the flagged ones out.
    fn flagged(records: &[Given]) -> Vec<u64> {
        let mut companions = Companions::default();
        let mut rows = Vec::new();
        for ((kin, second, grave), line) in records.iter().zip(0..) {
            let score = if *grave { CARRIES } else { 0.0 };
            companions.take(
                Row { line, score, flagged: *grave, top: "rule", ..Row::default() },
                *kin,
                *second,
            );
            while let Some(row) = companions.ready(*second) {
                rows.push(row);
            }
        }
        while let Some(row) = companions.pop() {
            rows.push(row);
        }
        assert!(companions.last.is_empty());
        let lines: Vec<u64> = rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, (0..records.len() as u64).collect::<Vec<u64>>(), "each once and in order");
        rows.iter().filter(|row| row.flagged).map(|row| row.line).collect()
    }

    #[test]
    fn records_of_the_same_within_seconds_go_with_a_grave_one() {
        let table: &[(&[Given], &[u64])] = &[
            (&[(1, 0, false), (2, 0, false), (1, 1, true), (2, 1, false), (1, 2, false)], &[0, 2, 4]),
            (&[(1, 0, false), (1, 9, true), (1, 12, false), (1, 13, false)], &[1, 2]),
            (&[(0, 0, false), (0, 0, true), (0, 0, false)], &[1]),
            (&[(1, 0, false), (1, 1, true), (1, 2, false), (1, 3, true), (1, 6, false)], &[0, 1, 2, 3, 4]),
            (&[(1, 5, false), (1, 4, true), (1, 3, false)], &[0, 1, 2]),
            (&[(1, 0, false), (2, 0, true), (1, 0, false)], &[1]),
            // What goes with another tells of nobody itself.
            (&[(1, 0, true), (1, 3, false), (1, 6, false)], &[0, 1]),
        ];
        for (records, wanted) in table {
            assert_eq!(flagged(records), *wanted, "{records:?}");
        }
    }

    #[test]
    fn what_sounds_like_trouble_goes_with_a_grave_one_in_sight() {
        /// The second, whether it is grave, and whether it sounds like trouble.
        type Heard = (i64, bool, bool);
        let table: &[(&[Heard], &[u64])] = &[
            (
                &[
                    (0, false, true),
                    (4, false, false),
                    (9, true, false),
                    (15, false, true),
                    (20, false, true),
                ],
                &[0, 2, 3],
            ),
            (&[(0, false, true), (11, true, false)], &[1]),
            (&[(0, false, true), (5, false, true)], &[]),
        ];
        for (rows, wanted) in table {
            let mut companions = Companions::default();
            let mut told = Vec::new();
            for ((second, grave, suspect), line) in rows.iter().zip(0..) {
                let score = if *grave { CARRIES } else { 4.0 };
                let template = Some(u32::from(*grave));
                let row = Row {
                    line,
                    template,
                    score,
                    flagged: *grave,
                    suspect: *suspect,
                    top: "rule",
                    ..Row::default()
                };
                companions.take(row, 0, *second);
                told.extend(std::iter::from_fn(|| companions.ready(*second)));
            }
            told.extend(std::iter::from_fn(|| companions.pop()));
            assert!(companions.suspects.is_empty());
            let lines: Vec<u64> = told.iter().filter(|row| row.flagged).map(|row| row.line).collect();
            assert_eq!(lines, *wanted, "{rows:?}");
        }
    }

    #[test]
    fn what_comes_by_itself_as_often_is_no_companion() {
        /// Seconds of what sounds like trouble and of something grave, and which of the first are flagged.
        type Case = (&'static [i64], &'static [i64], &'static [i64]);
        let table: &[Case] = &[
            (&[0, 100, 200], &[2, 198], &[0, 200]),
            (&[0, 100, 200], &[105, 205], &[200]),
            (&[0, 50, 100, 200], &[105, 205], &[]),
            (&[0, 100, 101, 102], &[105], &[101, 102]),
        ];
        for (suspects, graves, wanted) in table {
            let mut rows: Vec<(i64, bool)> = suspects.iter().map(|second| (*second, false)).collect();
            rows.extend(graves.iter().map(|second| (*second, true)));
            rows.sort_unstable();
            let mut companions = Companions::default();
            let mut told = Vec::new();
            for (second, grave) in rows {
                let (line, template) = (second as u64, Some(u32::from(grave)));
                let score = if grave { CARRIES } else { 4.0 };
                let row = Row {
                    line,
                    template,
                    score,
                    flagged: grave,
                    suspect: !grave,
                    top: "severity",
                    ..Row::default()
                };
                companions.take(row, 0, second);
                told.extend(std::iter::from_fn(|| companions.ready(second)));
            }
            told.extend(std::iter::from_fn(|| companions.pop()));
            let flagged: Vec<i64> =
                told.iter().filter(|row| row.top == BY_COMPANY).map(|row| row.line as i64).collect();
            assert_eq!(flagged, *wanted, "{suspects:?} {graves:?}");
        }
    }

    #[test]
    fn what_is_out_of_place_in_its_session_says_nothing_of_the_rest_of_it() {
        for (alone, wanted) in [(false, 2), (true, 1)] {
            let mut companions = Companions::default();
            let row = Row { score: CARRIES, flagged: true, alone, ..Row::default() };
            companions.take(row, 1, 0);
            companions.take(Row { line: 1, ..Row::default() }, 1, 1);
            let told: Vec<Row> = std::iter::from_fn(|| companions.pop()).collect();
            assert_eq!(told.iter().filter(|row| row.flagged).count(), wanted);
        }
    }

    #[test]
    fn no_more_wait_than_a_few_thousand() {
        let mut companions = Companions::default();
        for line in 0..10 * WAITING as u64 {
            let row = Row { line, score: CARRIES, flagged: true, top: "rule", ..Row::default() };
            companions.take(row, line as u32 % 7 + 1, 0);
            while companions.ready(0).is_some() {}
            assert!(companions.rows.len() <= WAITING && companions.last.len() <= 7);
        }
    }

    #[test]
    fn a_score_grows_with_the_company() {
        let mut row = Row { line: 1, score: 0.5, flagged: false, top: "severity", ..Row::default() };
        row.flag();
        assert_eq!((row.score, row.flagged, row.top), (3.5, true, BY_COMPANY));
        row.flag();
        assert_eq!(row.score, 3.5);
    }
}
