//! `new-template`: a template is seen for the first time.
//!
//! **What it looks at.** For every stream, the windows in which a template appeared that the log had not shown, and
//! those in which one appeared that only other streams had shown.
//!
//! **The statistic.** The rate of such windows lately ([`Novelty`]): in a log that shows a new template every few
//! minutes nothing is surprising, after a month of none it is. A template that differs from a known one in a single
//! word is a variant; variants are measured against all news, wholly new templates against wholly new ones only.
//! How often there is news elsewhere is a prior for young streams.
//!
//! **When it is wrong.** A release that rewords its messages is all news; a rare but ordinary job (a yearly one, say)
//! is news the first time. What the templates' own stage takes for a variable is no news at all.
//!
//! **Example.** `ERROR pool exhausted: 0 of 20 free`, first of its shape in three days, in a stream that shows a new
//! one every six hours.

use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};

use super::clock::{Clock, Step};
use super::novelty::Novelty;
use super::pairs::pair;
use super::{Card, Detector, EARLY, Evidence, EvidenceList, Explanation, Subject, WORTH, words};
use crate::windows::{Interval, Timeline, Window};

const CARD: Card = Card {
    kind: "new-template",
    sentence: "a template is seen for the first time",
    wrong_when: "A release that rewords its messages is all news, and so is an ordinary job the first time it runs.",
};

/// Templates of one beginning that a new one is compared with.
const COMPARED: usize = 16;

/// How new a template is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    /// Nothing like it is known.
    Whole,
    /// It is a known template but for one word.
    Variant,
    /// It is known, but not from this stream.
    Moved,
}

#[derive(Clone, Debug, Default)]
struct Rates {
    whole: Novelty,
    any: Novelty,
    moved: Novelty,
}

impl Rates {
    fn of(&self, news: News) -> &Novelty {
        match news {
            News::Whole => &self.whole,
            News::Variant => &self.any,
            News::Moved => &self.moved,
        }
    }

    fn learn(&mut self, found: &[(u32, u32, News)]) {
        let any = |wanted: &[News]| found.iter().any(|(.., news)| wanted.contains(news));
        self.whole.learn(any(&[News::Whole]));
        self.any.learn(any(&[News::Whole, News::Variant]));
        self.moved.learn(any(&[News::Moved]));
    }
}

/// The detector.
#[derive(Debug, Default)]
pub(super) struct NewTemplate {
    clock: Clock,
    /// Templates seen anywhere.
    seen: Vec<bool>,
    /// Streams and templates.
    pairs: HashSet<u64, FixedState>,
    /// Templates by the words they begin with.
    alike: HashMap<(String, usize), Vec<u32>, FixedState>,
    streams: Vec<Rates>,
    all: Rates,
    /// What is new in the interval at hand: stream, template, how; in their order.
    news: Vec<(u32, u32, News)>,
}

impl NewTemplate {
    /// Notes what is new in an interval.
    fn look(&mut self, interval: &Interval, timeline: &Timeline) {
        let mut news = std::mem::take(&mut self.news);
        news.clear();
        for window in &interval.windows {
            for cell in &window.cells {
                let new = self.meet(window.stream, cell.template, timeline);
                news.extend(new.map(|new| (window.stream, cell.template, new)));
            }
        }
        self.news = news;
    }

    /// What is new in a stream.
    fn found(&self, stream: u32) -> &[(u32, u32, News)] {
        let from = self.news.partition_point(|(other, ..)| *other < stream);
        let to = self.news.partition_point(|(other, ..)| *other <= stream);
        self.news.get(from..to).unwrap_or_default()
    }

    fn meet(&mut self, stream: u32, template: u32, timeline: &Timeline) -> Option<News> {
        if !self.pairs.insert(pair(stream, template)) {
            return None;
        }
        let at = template as usize;
        if self.seen.len() <= at {
            self.seen.resize(at + 1, false);
        }
        if std::mem::replace(&mut self.seen[at], true) {
            return Some(News::Moved);
        }
        let near = self.is_near(template, timeline);
        let returned = timeline.templates.get(at).is_some_and(|facts| facts.returned);
        (!returned).then_some(if near { News::Variant } else { News::Whole })
    }

    /// Whether a known template has the same words but for one; notes this one beside them.
    fn is_near(&mut self, template: u32, timeline: &Timeline) -> bool {
        let Some(facts) = timeline.templates.get(template as usize) else { return false };
        let first = facts.text.split(' ').next().unwrap_or_default().to_owned();
        let known = self.alike.entry((first, facts.text.split(' ').count())).or_default();
        let near = known.iter().any(|at| {
            timeline.templates.get(*at as usize).is_some_and(|other| differs_by_one(&facts.text, &other.text))
        });
        if known.len() < COMPARED {
            known.push(template);
        }
        near
    }

    fn rates(&mut self, stream: u32) -> &mut Rates {
        let at = stream as usize;
        if self.streams.len() <= at {
            self.streams.resize(at + 1, Rates::default());
        }
        &mut self.streams[at]
    }

    fn judge(&self, window: &Window, news: News) -> (f64, f64, f64) {
        let Some(own) = self.streams.get(window.stream as usize).map(|rates| rates.of(news)) else {
            return (0.0, 1.0, 0.0);
        };
        let elsewhere = self.all.of(news).rate(None);
        (own.surprise(Some(elsewhere)), own.rate(Some(elsewhere)), own.windows())
    }
}

/// Texts of equally many words, of which one differs.
fn differs_by_one(one: &str, other: &str) -> bool {
    one.split(' ').zip(other.split(' ')).filter(|(one, other)| one != other).nth(1).is_none()
}

impl Detector for NewTemplate {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn score(&mut self, interval: &Interval, timeline: &Timeline, out: &mut EvidenceList) {
        self.clock.judge(interval, timeline);
        self.look(interval, timeline);
        for window in &interval.windows {
            for (_, template, news) in self.found(window.stream) {
                let (surprise, rate, windows) = self.judge(window, *news);
                let Some(cell) = window.of(*template).filter(|_| surprise >= WORTH) else { continue };
                out.push(Evidence {
                    kind: CARD.kind,
                    subject: Subject { stream: Some(window.stream), template: Some(*template), slot: None },
                    interval: interval.number,
                    surprise,
                    seen: cell.count as f64,
                    expected: rate,
                    grounds: windows,
                    learning: windows < EARLY,
                    place: cell.first,
                });
            }
        }
    }

    fn learn(&mut self, interval: &Interval, timeline: &Timeline) {
        if self.clock.learn(interval, timeline) != Step::Same {
            self.look(interval, timeline);
        }
        for window in &interval.windows {
            let found = self.found(window.stream).to_vec();
            self.rates(window.stream).learn(&found);
            self.all.learn(&found);
        }
    }

    fn explain(&self, evidence: &Evidence, timeline: &Timeline) -> Explanation {
        let (span, looked_at) = words::span("looked at", evidence.grounds, timeline);
        let every = 1.0 / evidence.expected.max(f64::MIN_POSITIVE);
        let (every, expected) = words::span("expected every", every, timeline);
        Explanation {
            sentence: format!("first of its shape in {span}; one is to be expected every {every}"),
            figures: vec![looked_at, expected],
        }
    }
}
