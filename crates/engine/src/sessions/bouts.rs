//! Where sessions deviated in some way in, the bouts of it out and how much chance shows of such.
//!
//! What recurs all through a log is a habit, however odd a model finds it; what came once, in a few minutes, in many
//! sessions, is not. So what deviates is looked at in time: a *bout* is a run of intervals in which sessions deviated in
//! one way. How surprising it is, its rank tells: how many bouts of the log are of ways that are met as seldom, and are as
//! dense? Where every tenth session is one of a kind, one more says nothing (Good and Turing), and forty within a minute
//! still do. Beyond the densest of the others the tail is taken for that of Zipf.
//!
//! Where a model says what is normal, nothing that recurs in what was read is a habit, and it is not asked when: how
//! surprising a way is follows from its rank among all of them, and the oddest of a thousand sessions is one in a
//! thousand.

/// A bout goes on over a gap of one interval.
const PAUSE: i64 = 2;
/// What was met at this share of all other times, and at some, is a habit; so is what was met often.
const HABIT: f64 = 1.0 / 16.0;
const SOME: f64 = 4.0;
const OFTEN: f64 = 24.0;
/// What is asked for beyond what chance shows: these are ranks within the log, and on a clean one they must leave most of
/// a budget to others.
const MARGIN: f64 = 2.5;

/// A session that deviates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Met {
    /// The interval in which it began.
    pub(super) interval: i64,
    /// Its place in the list.
    pub(super) session: u32,
    /// How odd it is.
    pub(super) score: f64,
}

/// A run of intervals in which sessions deviated in one way.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bout<W> {
    /// The way.
    pub(super) way: W,
    /// The sessions, in the order of time.
    pub(super) met: Vec<Met>,
    /// Times at which others deviated so: intervals of the log, and sessions of what was learned.
    pub(super) elsewhere: u64,
    /// The latter of these; of them no more is known than that there were.
    learned: u64,
    /// How surprising that is: the chance of it in one session, as a natural logarithm, negated.
    pub(super) surprise: f64,
}

/// All bouts of a log, while they are gathered.
#[derive(Debug)]
pub(super) struct Bouts<W> {
    all: Vec<Bout<W>>,
    /// Ways that are only known from what was learned, and were met there once.
    novel: u64,
    sessions: f64,
    intervals: f64,
}

impl<W: Copy> Bouts<W> {
    /// Of a log of so many sessions, what was learned among them, and intervals. Of ways that are only known from what
    /// was learned so many were met once.
    pub(super) fn new(sessions: u64, intervals: usize, novel: u64) -> Bouts<W> {
        Bouts { all: Vec::new(), novel, sessions: sessions.max(1) as f64, intervals: intervals as f64 }
    }

    /// Takes all sessions that deviate in a way, with the number of those that were learned.
    pub(super) fn add(&mut self, way: W, mut met: Vec<Met>, learned: u64) {
        met.sort_by_key(|met| (met.interval, met.session));
        let together = |one: &Met, next: &Met| next.interval.saturating_sub(one.interval) <= PAUSE;
        let of_way: Vec<&[Met]> = met.chunk_by(together).collect();
        let occupied: u64 = of_way.iter().map(|met| intervals(met)).sum();
        self.all.extend(of_way.into_iter().map(|met| Bout {
            way,
            met: met.to_vec(),
            elsewhere: learned.saturating_add(occupied - intervals(met)),
            learned,
            surprise: 0.0,
        }));
    }

    /// Takes the same where a model says what is normal: all sessions are one bout.
    pub(super) fn add_whole(&mut self, way: W, mut met: Vec<Met>) {
        met.sort_by_key(|met| (met.interval, met.session));
        self.all.push(Bout { way, met, elsewhere: 0, learned: 0, surprise: 0.0 });
    }

    /// Each with the surprise of its rank.
    pub(super) fn ranked(self) -> Vec<Bout<W>> {
        let mut all = self.all;
        all.sort_by(|one, other| {
            let first = |bout: &Bout<W>| bout.met.first().map(|met| met.session);
            other.score().total_cmp(&one.score()).then_with(|| first(one).cmp(&first(other)))
        });
        for (bout, rank) in all.iter_mut().zip(1u32..) {
            let by_rank = (self.sessions + 1.0).ln() - f64::from(rank).ln();
            bout.surprise = by_rank + (bout.met.len() as f64).ln();
        }
        all
    }

    /// Each with the surprise of its score, which is that of a log of so many sessions.
    pub(super) fn by_score(self) -> Vec<Bout<W>> {
        let (mut all, of_a_session) = (self.all, self.sessions.ln());
        all.iter_mut().for_each(|bout| bout.surprise = bout.score() + of_a_session);
        all
    }

    /// Each that is no habit with the surprise of its rank among those that are met as seldom.
    pub(super) fn judged(self) -> Vec<Bout<W>> {
        let habit = (self.intervals * HABIT).clamp(SOME, OFTEN);
        let mut all = self.all;
        all.retain(|bout| (bout.elsewhere as f64) < habit);
        all.sort_by_key(|bout| bout.elsewhere);
        let mut densities = Densities::of(&all);
        for as_seldom in all.chunk_by_mut(|one, other| one.elsewhere == other.elsewhere) {
            as_seldom.iter().for_each(|bout| densities.count(bout.density()));
            for bout in as_seldom {
                let density = bout.density();
                let known = if density > 1.0 { 0 } else { bout.learned.saturating_add(self.novel) };
                let others = (densities.at_least(density) - 1).saturating_add(known) as f64;
                bout.surprise = (self.sessions / (others + 1.0 / density)).ln() - MARGIN;
            }
        }
        all
    }
}

impl<W> Bout<W> {
    /// Sessions in an interval.
    fn density(&self) -> f64 {
        let length = match (self.met.first(), self.met.last()) {
            (Some(first), Some(last)) => last.interval.saturating_sub(first.interval).saturating_add(1),
            _ => 1,
        };
        (self.met.len() as f64 / length as f64).max(1.0)
    }

    fn score(&self) -> f64 {
        self.met.iter().map(|met| met.score).fold(0.0, f64::max)
    }
}

/// How many bouts are as dense, while they are counted: a tree of sums (Fenwick) over all densities.
struct Densities {
    /// Falling.
    all: Vec<f64>,
    sums: Vec<u64>,
}

impl Densities {
    fn of<W>(bouts: &[Bout<W>]) -> Densities {
        let mut all: Vec<f64> = bouts.iter().map(Bout::density).collect();
        all.sort_by(|one, other| other.total_cmp(one));
        Densities { sums: vec![0; all.len() + 1], all }
    }

    /// How many of all are at least as high.
    fn place(&self, density: f64) -> usize {
        self.all.partition_point(|other| *other >= density)
    }

    fn count(&mut self, density: f64) {
        let mut at = self.place(density);
        while let Some(sum) = self.sums.get_mut(at).filter(|_| at > 0) {
            *sum += 1;
            at += at & at.wrapping_neg();
        }
    }

    /// How many of those that were counted are at least as dense.
    fn at_least(&self, density: f64) -> u64 {
        let (mut at, mut sum) = (self.place(density), 0);
        while at > 0 {
            sum += self.sums.get(at).copied().unwrap_or(0);
            at &= at - 1;
        }
        sum
    }
}

/// In how many intervals sessions were met.
fn intervals(met: &[Met]) -> u64 {
    met.chunk_by(|one, next| one.interval == next.interval).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(interval: i64) -> Met {
        Met { interval, session: interval as u32, score: 1.0 }
    }

    /// A log of 10,000 sessions in 1,000 intervals.
    fn judged(ways: &[(&'static str, Vec<Met>)]) -> Vec<Bout<&'static str>> {
        let mut bouts = Bouts::new(10_000, 1_000, 0);
        ways.iter().for_each(|(way, met)| bouts.add(*way, met.clone(), 0));
        bouts.judged()
    }

    fn most(bouts: &[Bout<&'static str>], way: &str) -> f64 {
        let of_way = bouts.iter().filter(|bout| bout.way == way);
        of_way.map(|bout| bout.surprise).fold(f64::NEG_INFINITY, f64::max)
    }

    #[test]
    fn a_run_of_intervals_is_one_bout() {
        let bouts = judged(&[("late", [1, 1, 3, 4, 9, 900].map(met).to_vec())]);
        let told: Vec<(usize, u64)> = bouts.iter().map(|bout| (bout.met.len(), bout.elsewhere)).collect();
        assert_eq!(told, [(4, 2), (1, 4), (1, 4)]);
    }

    #[test]
    fn a_habit_is_no_surprise_and_a_run_is() {
        let every = |step: usize| (0..1000).step_by(step).map(met).collect::<Vec<Met>>();
        let run = vec![met(500); 40];
        let single = vec![met(7)];
        let bouts =
            judged(&[("habit", every(10)), ("now and then", every(50)), ("run", run), ("single", single)]);
        let [habit, often, run, single] =
            ["habit", "now and then", "run", "single"].map(|way| most(&bouts, way));
        assert!(run > single + 3.0 && single > often + 2.0, "{run} {single} {often}");
        assert_eq!(habit, f64::NEG_INFINITY);
    }

    #[test]
    fn where_all_is_one_of_a_kind_one_more_says_nothing() {
        let alone = judged(&[("odd", vec![met(3)])]);
        let names: Vec<&'static str> = (0..500).map(|_| "odd").collect();
        let many: Vec<_> = names.iter().zip(0..).map(|(name, nth)| (*name, vec![met(nth * 2)])).collect();
        assert!(most(&alone, "odd") > most(&judged(&many), "odd") + 5.0);
    }

    #[test]
    fn with_a_model_what_recurs_is_one_deviation() {
        let mut bouts = Bouts::new(999, 1_000, 0);
        let odd = |score: f64| move |nth: i64| Met { score, ..met(nth * 20) };
        bouts.add_whole("often", (0..50).map(odd(9.0)).collect());
        bouts.add_whole("odder", (0..1).map(odd(10.0)).collect());
        let told: Vec<_> = bouts.ranked().iter().map(|bout| (bout.way, bout.surprise)).collect();
        assert_eq!(told, [("odder", 1000f64.ln()), ("often", 1000f64.ln() - 2f64.ln() + 50f64.ln())]);
    }

    #[test]
    fn what_was_learned_counts() {
        let surprise = |learned: u64| {
            let mut bouts = Bouts::new(10_000, 1_000, 0);
            bouts.add("odd", vec![met(3)], learned);
            most(&bouts.judged(), "odd")
        };
        assert!(surprise(0) > surprise(20) + 2.5 && surprise(100) == f64::NEG_INFINITY);
    }

    /// Of the most surprising of clean logs few are beyond what is asked for.
    #[test]
    fn chance_shows_little() {
        let mut state = 7u64;
        let mut draw = move |below: u64| {
            state = crate::sketches::mix(state);
            state % below
        };
        let mut beyond = 0;
        for _ in 0..200 {
            let mut bouts = Bouts::new(10_000, 1_000, 0);
            for way in 0..draw(60) {
                let times = 1 << draw(8);
                let met = (0..times).map(|_| Met { score: draw(1000) as f64, ..met(draw(1000) as i64) });
                bouts.add(way, met.collect(), 0);
            }
            // One in a log of so many sessions.
            beyond += bouts.judged().iter().filter(|bout| bout.surprise > 10_000f64.ln()).count();
        }
        assert!(beyond < 40, "{beyond} of 200 logs");
    }
}
