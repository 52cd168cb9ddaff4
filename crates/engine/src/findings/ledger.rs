//! Stories of a log in, which of them are raised within the budget out, and the account of it.
//!
//! Three questions are asked of every story, and each of them alone would keep the budget if what it rests on were
//! true. *By the detectors' own reckoning*: would chance show something this surprising more often than the budget
//! allows? *By the log*: how many stories of this log were at least as surprising, for its length? *By the account*:
//! is there anything left to spend? The first can be wrong when detectors are, the second when the log
//! changes; the third always holds.
//!
//! Where a past is known, there is another way to be raised: what is new and grave in a story is compared with what
//! was new and grave in the stories of the later half of that past. Nothing is assumed about chance there: if past and
//! present are alike, so are their ranks. A failing run beside a hundred good ones is found so, although a single new
//! error is no surprise to any detector.
//!
//! As long as the log is too short for the second question, the first is asked ten times as strictly, and only one
//! story is raised, of several templates, that stands far above all others.

use super::tested::State;
use super::{Budget, Held};

/// How much more demanding the first question is while ranks say nothing yet, and how much more lenient once they do.
const STRICTER: f64 = std::f64::consts::LN_10;
/// How far the only story of a short log has to stand above the next.
const FAR_ABOVE: f64 = 1.5;
/// How many templates have to be odd in it: bursts of one template are too common to be told from an incident.
const SEVERAL: usize = 3;

/// The account of the false alarms: asked for, allowed, spent and held back.
#[derive(Clone, Debug, PartialEq)]
pub struct Ledger {
    /// What was asked for.
    pub asked: Budget,
    /// Days of log time or gigabytes, as asked.
    pub units: f64,
    /// False incidents allowed in this log.
    pub allowed: f64,
    /// Incidents raised on account of it.
    pub spent: u32,
    /// Incidents raised because they are bad by themselves; they cost nothing.
    pub hard: u32,
    /// Incidents held because more surprising ones used the budget up, or because they are no rarer than the
    /// budget allows.
    pub over_budget: u32,
    /// Incidents held because too little is known yet.
    pub still_learning: u32,
    /// Incidents held because somebody said that they are normal.
    pub marked_normal: u32,
    /// Findings and incidents that are not even listed, because there were too many.
    pub forgotten: u64,
    /// The surprise from which on an incident is raised, as a negative natural logarithm of its chance in one interval,
    /// corrected for everything that was tested.
    pub threshold: f64,
    /// How well the log is known.
    pub state: State,
}

/// What the account needs to know of a story.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Standing {
    /// How surprising in one interval, by the detectors' own reckoning and after correction.
    pub(crate) surprise: f64,
    /// What orders stories: how much there is that surprises.
    pub(crate) weight: f64,
    /// Templates that are odd.
    pub(crate) templates: usize,
    /// How grave what is new in it is.
    pub(crate) news: f64,
    /// It is of the known past: it is compared with, and never raised.
    pub(crate) known: bool,
    /// It is of the later half of the known past, when little was new any more.
    pub(crate) settled: bool,
    /// It is bad by itself.
    pub(crate) hard: bool,
    /// Somebody said that it is normal.
    pub(crate) normal: bool,
}

/// How long the log is and what is accepted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Means {
    /// What was asked for.
    pub(crate) asked: Budget,
    /// Days or gigabytes of what was just read.
    pub(crate) units: f64,
    /// Intervals of the known past.
    pub(crate) past: f64,
    /// Intervals of what was just read.
    pub(crate) present: f64,
    /// How much more is to be raised; 1 is as it is.
    pub(crate) sensitivity: f64,
}

impl Means {
    /// False incidents allowed.
    pub(crate) fn allowed(&self) -> f64 {
        let (Budget::PerDay(each) | Budget::PerGigabyte(each)) = self.asked;
        let allowed = each * self.units;
        if allowed.is_finite() { allowed.max(0.0) } else { 0.0 }
    }

    /// False incidents allowed in one interval.
    pub(crate) fn chance(&self) -> f64 {
        self.allowed() / self.present.max(1.0)
    }

    /// How well the log is known.
    pub(crate) fn state(&self) -> State {
        State::of(self.past + self.present, self.chance())
    }

    /// The surprise that is asked for, by the detectors' own reckoning.
    fn threshold(&self) -> f64 {
        let wanted = -self.chance().max(f64::MIN_POSITIVE).ln();
        let adjusted = match self.state() {
            State::Trusted => wanted - STRICTER,
            State::Learning | State::Provisional => wanted + STRICTER,
        };
        adjusted / self.sensitivity.max(1e-3)
    }

    /// How many stories of past and present may be at least as surprising.
    fn rank(&self) -> f64 {
        (self.chance() * (self.past + self.present)).floor()
    }

    /// How many stories of the later half of the past may have news as grave.
    fn rank_of_news(&self) -> f64 {
        (self.chance() * (self.past / 2.0 + self.present)).floor()
    }

    /// How many may be raised. A known past carries the fraction of a story that a short log is allowed.
    fn most(&self) -> f64 {
        let carried = self.chance() * self.past >= 1.0;
        if carried { self.allowed().ceil() } else { self.allowed().floor() }
    }
}

/// Rules over the stories of a log: why each is held, or that it is not, and the account.
pub(crate) fn rule(stories: &[Standing], means: &Means) -> (Vec<Option<Held>>, Ledger) {
    let mut ledger = Ledger {
        asked: means.asked,
        units: means.units,
        allowed: means.allowed(),
        spent: 0,
        hard: 0,
        over_budget: 0,
        still_learning: 0,
        marked_normal: 0,
        forgotten: 0,
        threshold: means.threshold(),
        state: means.state(),
    };
    let mut held = vec![None; stories.len()];
    let mut order: Vec<usize> = (0..stories.len()).collect();
    // Equal weights are ruled upon in the order of the list, which is that of time.
    order.sort_by(|one, other| stories[*other].weight.total_cmp(&stories[*one].weight));
    let counted: Vec<usize> = order.iter().copied().filter(|at| counts(&stories[*at])).collect();
    let lone = lone(stories, &counted, means);
    let news = News::of(stories, means);
    let mut above = 0u32;
    for at in order {
        let story = &stories[at];
        let stands_out = Some(at) == lone && means.allowed() > 0.0;
        let place = Place { above, stands_out, is_news: news.is_rare(story.news) };
        held[at] = ruling(story, &place, means, &mut ledger);
        above += u32::from(counts(story));
    }
    (held, ledger)
}

/// Whether a story is one of those that ranks are made of.
fn counts(story: &Standing) -> bool {
    !story.hard && !story.normal && story.weight > 0.0
}

/// The story of a log too short for ranks that stands far above all others.
fn lone(stories: &[Standing], counted: &[usize], means: &Means) -> Option<usize> {
    let first = *counted.first()?;
    let next = counted.get(1).map_or(0.0, |at| stories[*at].weight);
    let strict = (-means.chance().max(f64::MIN_POSITIVE).ln() + STRICTER) / means.sensitivity.max(1e-3);
    let story = &stories[first];
    let stands_out = story.weight >= FAR_ABOVE * next && story.templates >= SEVERAL;
    (story.surprise >= strict && stands_out).then_some(first)
}

/// How grave the news of the settled past were.
struct News {
    /// Rising.
    past: Vec<f64>,
    rank: f64,
}

impl News {
    fn of(stories: &[Standing], means: &Means) -> News {
        let settled = stories.iter().filter(|story| story.settled && !story.normal);
        let mut past: Vec<f64> = settled.map(|story| story.news).collect();
        past.sort_by(f64::total_cmp);
        News { past, rank: if means.past > 0.0 { means.rank_of_news() } else { 0.0 } }
    }

    /// Whether the settled past had fewer as grave than the budget allows.
    fn is_rare(&self, news: f64) -> bool {
        let as_grave = self.past.len() - self.past.partition_point(|other| *other < news);
        news > 0.0 && (as_grave as f64) < self.rank
    }
}

/// Where a story stands among the others.
struct Place {
    /// Stories that surprise more.
    above: u32,
    /// It is the one story of a short log that stands far above all others.
    stands_out: bool,
    /// The settled past had little that is as new and as grave.
    is_news: bool,
}

fn ruling(story: &Standing, place: &Place, means: &Means, ledger: &mut Ledger) -> Option<Held> {
    if story.known {
        return None;
    }
    if story.normal {
        ledger.marked_normal += 1;
        return Some(Held::MarkedNormal);
    }
    if story.hard {
        ledger.hard += 1;
        return None;
    }
    let left = f64::from(ledger.spent) < means.most();
    let rare = f64::from(place.above) < means.rank() && left;
    let known = means.state() != State::Learning;
    let surprising = known && story.surprise >= ledger.threshold && (rare || place.stands_out);
    if surprising || place.is_news && left {
        ledger.spent += 1;
        return None;
    }
    if ledger.state == State::Trusted || known && story.weight > 0.0 && story.surprise < ledger.threshold {
        ledger.over_budget += 1;
        return Some(Held::OverBudget);
    }
    ledger.still_learning += 1;
    Some(Held::StillLearning)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn means(a_day: f64, days: f64, past: f64, present: f64) -> Means {
        Means { asked: Budget::PerDay(a_day), units: days, past, present, sensitivity: 1.0 }
    }

    fn story(surprise: f64) -> Standing {
        Standing {
            surprise,
            weight: surprise,
            templates: 3,
            news: 0.0,
            known: false,
            settled: false,
            hard: false,
            normal: false,
        }
    }

    fn raised(stories: &[Standing], means: &Means) -> u32 {
        rule(stories, means).1.spent
    }

    #[test]
    fn a_short_log_raises_one_story_that_stands_far_above_all_others() {
        // Two hours at one a day: an eighth of a thousandth of a story for every 16 s.
        let means = means(1.0, 2.0 / 24.0, 0.0, 450.0);
        assert_eq!(
            raised(&[story(10.0)], &means),
            0,
            "one in twenty thousand is nothing against a tenth of that"
        );
        assert_eq!(raised(&[story(20.0)], &means), 1);
        assert_eq!(raised(&[story(20.0), story(19.0)], &means), 0);
        assert_eq!(raised(&[story(20.0), story(5.0)], &means), 1);
        assert_eq!(raised(&[Standing { templates: 2, ..story(20.0) }], &means), 0);
    }

    #[test]
    fn a_long_log_raises_the_rarest_and_no_more_than_allowed() {
        let means = means(1.0, 10.0, 0.0, 2400.0);
        let many: Vec<Standing> = (0..100).map(|nth| story(20.0 + f64::from(nth) / 10.0)).collect();
        let (held, ledger) = rule(&many, &means);
        assert_eq!((ledger.spent, ledger.over_budget, ledger.state), (10, 90, State::Trusted));
        assert!(held[90..].iter().all(Option::is_none));
        assert_eq!(
            raised(&vec![story(2.0); 100], &means),
            0,
            "what chance shows every day is not raised at all"
        );
    }

    #[test]
    fn what_is_bad_by_itself_costs_nothing_and_what_is_normal_is_held() {
        let means = means(1.0, 2.0 / 24.0, 0.0, 450.0);
        let stories = [
            Standing { hard: true, ..story(0.0) },
            Standing { normal: true, hard: true, ..story(50.0) },
            Standing { known: true, ..story(50.0) },
        ];
        let (held, ledger) = rule(&stories, &means);
        assert_eq!(held, [None, Some(Held::MarkedNormal), None]);
        assert_eq!((ledger.hard, ledger.marked_normal, ledger.spent), (1, 1, 0));
    }

    #[test]
    fn the_known_past_says_how_often_such_things_happen() {
        // Five minutes after a day: at five a day that is five in rank, and one may be raised.
        let means = means(5.0, 5.0 / 1440.0, 10_800.0, 38.0);
        let old = |surprise: f64, many: usize| vec![Standing { known: true, ..story(surprise) }; many];
        assert_eq!(raised(&[old(20.0, 2), vec![story(21.0)]].concat(), &means), 1);
        assert_eq!(raised(&[old(20.0, 9), vec![story(19.0)]].concat(), &means), 0);
        assert_eq!(raised(&[old(2.0, 9), vec![story(21.0), story(22.0)]].concat(), &means), 1);
    }

    #[test]
    fn news_graver_than_those_of_the_settled_past_are_raised() {
        // Five minutes after a day: half of the past has room for two stories as grave.
        let means = means(5.0, 5.0 / 1440.0, 10_800.0, 38.0);
        let run = |news: f64| Standing { news, ..story(0.5) };
        let old = |news: f64, settled: bool| Standing { known: true, settled, ..run(news) };
        let past = [old(50.0, false), old(9.0, true), old(5.0, true), old(3.0, true)];
        let raised_after = |news: &[f64]| {
            let present = news.iter().map(|news| run(*news));
            raised(&past.iter().copied().chain(present).collect::<Vec<_>>(), &means)
        };
        assert_eq!(raised_after(&[6.0]), 1);
        assert_eq!(raised_after(&[4.0]), 0, "there were two as grave");
        assert_eq!(raised_after(&[0.0]), 0);
        assert_eq!(raised_after(&[20.0, 30.0]), 1, "the account holds");
        assert_eq!(raised(&[run(99.0)], &Means { past: 0.0, ..means }), 0, "nothing is known");
    }

    proptest! {
        #[test]
        fn a_greater_budget_never_raises_fewer(
            surprises in prop::collection::vec((0.0f64..40.0, 0.0f64..80.0), 0..40),
            less in 0.0f64..60.0,
            more in 0.0f64..60.0,
            days in 0.01f64..30.0,
            past in 0.0f64..5000.0,
        ) {
            let stories: Vec<Standing> = surprises
                .into_iter()
                .map(|(surprise, more)| Standing { weight: surprise + more, ..story(surprise) })
                .collect();
            let count = |a_day: f64| raised(&stories, &means(a_day, days, past, 400.0));
            prop_assert!(count(less.min(more)) <= count(less.max(more)));
        }

        #[test]
        fn no_log_exceeds_what_is_allowed_by_more_than_one(
            surprises in prop::collection::vec(0.0f64..60.0, 0..60),
            a_day in 0.0f64..60.0,
            days in 0.01f64..3.0,
            past in 0.0f64..5000.0,
        ) {
            let stories: Vec<Standing> = surprises.into_iter().map(story).collect();
            let (_, ledger) = rule(&stories, &means(a_day, days, past, 400.0));
            prop_assert!(f64::from(ledger.spent) <= a_day * days + 1.0);
            let all = ledger.spent + ledger.over_budget + ledger.still_learning;
            prop_assert_eq!(all as usize, stories.len());
        }
    }
}
