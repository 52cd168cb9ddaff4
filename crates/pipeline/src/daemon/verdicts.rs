//! Lines that are not kept in, what is unusual about each record out, by what was known when the judge last looked.

use std::collections::HashMap;

use logsift_engine::meaning::{self, LineEvidence, Meaning};
use logsift_engine::reader::{Reader, Settings, SourceHint};
use logsift_engine::records::level::Level;
use logsift_engine::records::record::{Record, RecordSink};
use logsift_engine::surprise::Rarity;
use logsift_engine::templates::{Facts, Miner, Templates};
use logsift_reports::templates_report::shown;

use super::handle::Verdict;

/// From so many nats on a record is unusual: an error that says so and comes seldom, or a hard signal.
const BAD: f64 = 5.0;

/// What records are judged by.
#[derive(Debug, Default)]
pub(super) struct Verdicts {
    reader: Settings,
    of_skeleton: HashMap<u64, usize>,
    templates: Vec<Known>,
    rarity: Rarity,
    levels: [f64; Level::ALL.len()],
}

#[derive(Debug)]
struct Known {
    id: String,
    text: String,
    count: u64,
    meaning: Meaning,
    level: Option<Level>,
}

impl Verdicts {
    /// What is known by those templates.
    pub(super) fn new(reader: &Settings, templates: &Templates) -> Verdicts {
        let list = templates.list();
        let total = list.iter().map(|template| template.stats.count()).sum::<u64>().max(1) as f64;
        let share = |level: Level| {
            let graver = Level::ALL.into_iter().filter(|other| *other >= level);
            let count = |level| list.iter().map(|template| template.stats.level(Some(level))).sum::<u64>();
            graver.map(count).sum::<u64>() as f64 / total
        };
        let of_skeleton = list
            .iter()
            .enumerate()
            .flat_map(|(at, template)| template.skeletons.iter().map(move |skeleton| (skeleton.0, at)));
        Verdicts {
            reader: reader.clone(),
            of_skeleton: of_skeleton.collect(),
            templates: list
                .iter()
                .map(|template| Known {
                    id: template.id.to_string(),
                    text: template.text(),
                    count: template.stats.count(),
                    meaning: meaning::of_text(&template.raw),
                    level: template.stats.gravest(),
                })
                .collect(),
            rarity: Rarity::of(list.iter().map(|template| template.stats.count())),
            levels: Level::ALL.map(share),
        }
    }

    /// What is said of every record of those lines.
    pub(super) fn verdicts(&self, lines: &[u8]) -> Vec<Verdict> {
        let mut judging = Judging { known: self, miner: Miner::default(), verdicts: Vec::new() };
        let mut reader = Reader::new(&self.reader, SourceHint::default());
        let mut rest = lines;
        while !rest.is_empty() {
            let space = reader.space();
            let (now, later) = rest.split_at(space.len().min(rest.len()));
            space[..now.len()].copy_from_slice(now);
            reader.filled(now.len(), &mut judging);
            rest = later;
        }
        reader.finish(&mut judging);
        judging.verdicts
    }

    fn share(&self, level: Option<Level>) -> f64 {
        level.and_then(|level| self.levels.get(level as usize).copied()).unwrap_or(1.0)
    }
}

struct Judging<'a> {
    known: &'a Verdicts,
    miner: Miner,
    verdicts: Vec<Verdict>,
}

impl RecordSink for Judging<'_> {
    fn record(&mut self, record: &Record<'_>) {
        let skeleton = self.miner.add(record.message, &Facts::default());
        let place = self.known.of_skeleton.get(&skeleton.0);
        let known = place.and_then(|at| self.known.templates.get(*at));
        let said = meaning::of_text(record.message);
        let level = record.level.max(known.and_then(|known| known.level));
        let meaning = known.map_or(said, |known| known.meaning);
        let count = known.map_or(0, |known| known.count);
        let share_of_level = self.known.share(level);
        let evidence = LineEvidence { level, share_of_level, rarity: self.known.rarity.p(count), burst: 1.0 };
        let score = meaning::line_score(&meaning, &evidence);
        let words: Vec<&str> = said.words().collect();
        let often = match (known, count) {
            (None, _) => "no template like it is known".to_owned(),
            (Some(_), 1) => "its template came once".to_owned(),
            (Some(_), count) => format!("its template came {count} times"),
        };
        let sounds = if words.is_empty() { String::new() } else { format!("; it says {}", words.join(", ")) };
        self.verdicts.push(Verdict {
            line: record.origin.line,
            template_id: known.map(|known| known.id.clone()),
            template: known.map_or_else(
                || shown(String::from_utf8_lossy(record.message).into_owned()),
                |known| known.text.clone(),
            ),
            score,
            anomalous: score >= BAD,
            explanation: format!("{often}{sounds}"),
            level: record.level.map(|level| level.name().to_owned()),
        });
    }
}
