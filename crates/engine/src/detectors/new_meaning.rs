//! `new-meaning`: a template says what nothing known says in other words.
//!
//! **What it looks at.** The vectors that a language model gives to the words of templates. For every template that
//! appears for the first time in the log, how like the nearest known one its meaning is.
//!
//! **The statistic.** How often there is news of any kind ([`Novelty`]), times the share of all news so far that was at
//! least as unlike what was known. A release that rewords its messages brings much news and little that is far
//! from everything; the first word about a full disk is far.
//!
//! **When it is wrong.** A language model knows the words of people. Messages of codes and names are all alike to it,
//! or all strange.
//!
//! **Example.** Means what nothing known means: nearest is `disk check passed`, by 0.31; news is usually within 0.72.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::clock::{Clock, Step};
use super::novelty::Novelty;
use super::words::{figure, number, short};
use super::{Card, Detector, EARLY, Evidence, EvidenceList, Explanation, Subject, WORTH};
use crate::embedding::{Embed, similarity, wording};
use crate::windows::{Interval, Timeline};

const CARD: Card = Card {
    kind: "new-meaning",
    sentence: "a template says what no known one says in other words",
    wrong_when: "Messages of codes and names mean little to a language model. It looks only where `--embeddings` names one.",
};

/// Templates whose meaning is looked at.
const MOST: usize = 4096;
/// Known meanings before one can be unlike them.
const FIRST: usize = 8;
/// News that is remembered with its distance.
const REMEMBERED: usize = 1024;

/// What it is.
pub fn card() -> &'static Card {
    &CARD
}

/// A template that was seen for the first time.
#[derive(Clone, Copy, Debug)]
struct News {
    stream: u32,
    template: u32,
    /// How like the nearest known one.
    like: f64,
    nearest: u32,
}

/// The detector.
pub struct NewMeaning {
    clock: Clock,
    /// Of each template; none where there are too many.
    vectors: Vec<Arc<[f32]>>,
    seen: Vec<bool>,
    known: Vec<u32>,
    novelty: Novelty,
    /// How like known ones news was, in order.
    likes: Vec<f64>,
    news: Vec<News>,
    nearest: BTreeMap<u32, u32>,
}

impl NewMeaning {
    /// For a timeline, with vectors of its templates.
    pub fn new(timeline: &Timeline, embed: &dyn Embed) -> NewMeaning {
        let wordings: Vec<String> =
            timeline.templates.iter().take(MOST).map(|facts| wording(&facts.text)).collect();
        let texts: Vec<&str> = wordings.iter().map(String::as_str).collect();
        NewMeaning {
            clock: Clock::default(),
            vectors: embed.vectors(&texts),
            seen: vec![false; timeline.templates.len()],
            known: Vec::new(),
            novelty: Novelty::default(),
            likes: Vec::new(),
            news: Vec::new(),
            nearest: BTreeMap::new(),
        }
    }

    /// Notes what is new in an interval. What comes together is held against what was there before.
    fn look(&mut self, interval: &Interval, timeline: &Timeline) {
        self.news.clear();
        let mut met = Vec::new();
        for window in &interval.windows {
            for cell in &window.cells {
                let seen =
                    self.seen.get_mut(cell.template as usize).map(|seen| std::mem::replace(seen, true));
                if seen != Some(false) || self.vector(cell.template).is_empty() {
                    continue;
                }
                met.push(cell.template);
                let returned =
                    timeline.templates.get(cell.template as usize).is_some_and(|facts| facts.returned);
                let news = self.judged(window.stream, cell.template).filter(|_| !returned);
                self.news.extend(news);
            }
        }
        self.known.extend(met);
    }

    fn vector(&self, template: u32) -> &[f32] {
        self.vectors.get(template as usize).map_or(&[], |vector| vector)
    }

    fn judged(&self, stream: u32, template: u32) -> Option<News> {
        let own = self.vector(template);
        let all = self.known.iter().map(|known| (similarity(own, self.vector(*known)), *known));
        let (like, nearest) =
            all.filter(|_| self.known.len() >= FIRST).max_by(|one, other| one.0.total_cmp(&other.0))?;
        Some(News { stream, template, like, nearest })
    }

    /// How surprising news is that is no more like what is known than this.
    fn surprise(&self, like: f64) -> f64 {
        let as_far = self.likes.partition_point(|other| *other <= like);
        let share = (as_far as f64 + 1.0) / (self.likes.len() as f64 + 1.0);
        -(-(-self.novelty.rate(None) * share).exp_m1()).ln()
    }

    fn remember(&mut self, like: f64) {
        // Of many, every second is kept: the shares stay.
        if self.likes.len() == REMEMBERED {
            self.likes = self.likes.iter().copied().step_by(2).collect();
        }
        let at = self.likes.partition_point(|other| *other < like);
        self.likes.insert(at, like);
    }
}

impl Detector for NewMeaning {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn score(&mut self, interval: &Interval, timeline: &Timeline, out: &mut EvidenceList) {
        self.clock.judge(interval, timeline);
        self.look(interval, timeline);
        for news in &self.news {
            let surprise = self.surprise(news.like);
            let window = interval.windows.iter().find(|window| window.stream == news.stream);
            let cell = window.and_then(|window| window.of(news.template)).filter(|_| surprise >= WORTH);
            let Some(cell) = cell else { continue };
            self.nearest.insert(news.template, news.nearest);
            out.push(Evidence {
                kind: CARD.kind,
                subject: Subject { stream: Some(news.stream), template: Some(news.template), slot: None },
                interval: interval.number,
                surprise,
                seen: news.like,
                expected: self.likes.get(self.likes.len() / 2).copied().unwrap_or(1.0),
                grounds: self.novelty.windows(),
                learning: self.novelty.windows() < EARLY,
                place: cell.first,
            });
        }
    }

    fn learn(&mut self, interval: &Interval, timeline: &Timeline) {
        if self.clock.learn(interval, timeline) != Step::Same {
            self.look(interval, timeline);
        }
        self.novelty.learn(!self.news.is_empty());
        for at in 0..self.news.len() {
            if let Some(like) = self.news.get(at).map(|news| news.like) {
                self.remember(like);
            }
        }
    }

    fn explain(&self, evidence: &Evidence, timeline: &Timeline) -> Explanation {
        let round = |value: f64| (value * 100.0).round() / 100.0;
        let (like, usual) = (round(evidence.seen), round(evidence.expected));
        let nearest = evidence.subject.template.and_then(|template| self.nearest.get(&template));
        let nearest = nearest.and_then(|at| timeline.templates.get(*at as usize));
        let mut sentence = match nearest {
            Some(facts) => format!("means what nothing known means: nearest is `{}`", short(&facts.text)),
            None => "means what nothing known means".to_owned(),
        };
        sentence += &format!(" with a likeness of {}, news usually has {}", number(like), number(usual));
        let figures = vec![figure("likeness", like, ""), figure("usual likeness of news", usual, "")];
        Explanation { sentence, figures }
    }
}

#[cfg(test)]
mod tests {
    use super::super::simulation::{Law, Simulation, shown};
    use super::*;
    use crate::embedding::tests::Topics;

    const TOPICS: Topics = Topics(&[&["disk", "storage"], &["user", "login"], &["torpedo"]]);

    /// A log in which templates come one after the other: half of them early, the last one at the end.
    fn log(last: &str) -> Simulation {
        let mut simulation = Simulation::new(3, 1, 26);
        for (at, facts) in simulation.timeline.templates.iter_mut().enumerate() {
            facts.text = if at % 2 == 0 { format!("disk storage {at}") } else { format!("user login {at}") };
        }
        simulation.timeline.templates[25].text = last.to_owned();
        for number in 0..600 {
            let known = (10 + number as usize / 30).min(25);
            let rates: Vec<f64> = (0..26).map(|at| if at < known { 3.0 } else { 0.0 }).collect();
            simulation.quiet(number, Law::Poisson, &rates);
        }
        let mut rates = vec![3.0; 25];
        rates.push(50.0);
        simulation.quiet(600, Law::Poisson, &rates);
        simulation
    }

    fn last(text: &str) -> Option<(Evidence, String)> {
        let simulation = log(text);
        let mut detector = NewMeaning::new(&simulation.timeline, &TOPICS);
        let found = shown(&mut detector, &simulation.timeline, f64::INFINITY);
        let of_last = found.into_iter().find(|evidence| evidence.subject.template == Some(25));
        of_last.map(|evidence| {
            let words = detector.explain(&evidence, &simulation.timeline).sentence;
            (evidence, words)
        })
    }

    #[test]
    fn news_that_means_something_known_is_less_of_it() {
        let (far, words) = last("torpedo torpedo torpedo").unwrap();
        assert!(far.surprise > 6.0 && !far.learning, "{far:?}");
        assert!(words.starts_with("means what nothing known means: nearest is `"), "{words}");
        let near = last("disk storage 99").map_or(0.0, |(near, _)| near.surprise);
        assert!(far.surprise > near + 2.0, "{} {near}", far.surprise);
    }

    #[test]
    fn the_book_has_it_as_its_card_says() {
        let book = include_str!("../../../../docs/book/detectors.md");
        let Card { kind, sentence, wrong_when } = CARD;
        let row = format!("| `{kind}` | {sentence} | {wrong_when} |");
        assert!(book.contains(&row), "docs/book/detectors.md lacks: {row}");
    }
}
