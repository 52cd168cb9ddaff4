//! A plan and what was asked for in, the report of its templates out; and a row per record where asked for.

use std::cmp::Ordering;
use std::io::{self, Write};

use logsift_engine::model::Redaction;
use logsift_engine::records::level::Level;
use logsift_engine::records::time::Time;
use logsift_engine::templates::{Pins, Template, Templates};
use logsift_reports::TemplatesReport;
use logsift_reports::scan_report::ScanReport;
use logsift_reports::templates_report::{
    ExampleRow, TEMPLATES_VERSION, TemplateRow, TemplateTotals, TimelineRow, shown,
};
use logsift_sources::Plan;

use crate::assignments::{self, Assignments};
use crate::batch::read;
use crate::examples::Examples;
use crate::mining::{Mined, Mining, MiningSettings};
use crate::moment::Moment;
use crate::scan::{self, Chosen, ScanError, ScanSettings};
use crate::trail::Trail;
use crate::watch::Watch;

/// Which templates are listed, and how.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The order.
    pub order: Order,
    /// Templates whose text holds this, in any case.
    pub grep: Option<String>,
    /// Templates with a record of this level or a graver one.
    pub level: Option<Level>,
    /// Templates whose first record is not earlier.
    pub new_since: Option<Moment>,
    /// At most so many.
    pub limit: Option<usize>,
    /// So many of the first records of each.
    pub examples: usize,
}

/// An order of templates. Equal ones stand in the order of their counts, then of their texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The most frequent first.
    #[default]
    Count,
    /// The newest first: that whose first record is the latest.
    First,
    /// That which was seen last first.
    Last,
    /// The gravest first.
    Level,
    /// By rate over its own time, the highest first.
    Rate,
    /// By text.
    Text,
}

/// How templates are made and listed.
#[derive(Debug)]
pub struct TemplatesSettings {
    /// What is read, and how.
    pub scan: ScanSettings,
    /// What the user decided about templates.
    pub pins: Pins,
    /// What is listed.
    pub listing: Listing,
}

/// What came of it.
#[derive(Debug)]
pub struct TemplatesMade {
    /// The report.
    pub report: TemplatesReport,
    /// What was read, as `scan` tells it.
    pub scanned: ScanReport,
    /// Whether the rows could be written.
    pub assignments: io::Result<()>,
}

/// Reads everything and makes its templates.
pub fn templates(
    plan: &Plan,
    settings: &TemplatesSettings,
    assignments: Option<&mut dyn Write>,
    watch: &Watch,
) -> Result<TemplatesMade, ScanError> {
    let chosen = Chosen::of(plan, &settings.scan, watch)?;
    let trail = assignments.is_some().then(Trail::new);
    let mining = MiningSettings {
        redaction: settings.scan.redaction,
        as_parts: false,
        examples: settings.listing.examples,
        sets: plan.sets.len(),
        gathers: None,
        minutes: false,
        sessions: None,
        rules: None,
    };
    let mining = Mining::new(plan, mining, None, trail.as_ref());
    let sets = read(plan, &chosen.job(&settings.scan, watch), &&mining);
    let mined = mining.finish();
    let mut scanned = scan::report(plan, sets, chosen.asked);
    let made = mined.learned.miner().templates_with(&settings.pins);
    scanned.notices.extend(mined.notices(&made));
    let written = match (trail, assignments) {
        (Some(trail), Some(out)) => {
            out.write_all(assignments::HEADER).and_then(|()| trail.follow(&mut Assignments::new(&made), out))
        }
        _ => Ok(()),
    };
    let report = report(&mined, &made, &settings.listing, &scanned)?;
    Ok(TemplatesMade { report, scanned, assignments: written })
}

fn report(
    mined: &Mined,
    made: &Templates,
    listing: &Listing,
    scanned: &ScanReport,
) -> Result<TemplatesReport, ScanError> {
    let totals = mined.learned.totals();
    let listed = listing.choose(made, totals.times().map(|(_, last)| last))?;
    let nanos = totals.times().map(|(first, last)| last.nanos().abs_diff(first.nanos()));
    let limit = listing.limit.unwrap_or(usize::MAX);
    let values = mined.learned.conditions().redaction == Redaction::None;
    let row = |template: &&Template| TemplateRow {
        examples: examples(&mined.examples, template),
        ..TemplateRow::of(template, totals.count(), nanos, values)
    };
    Ok(TemplatesReport {
        templates_version: TEMPLATES_VERSION,
        product: scanned.product.clone(),
        asked: scanned.asked.clone(),
        totals: TemplateTotals {
            inputs: scanned.totals.inputs,
            bytes: scanned.totals.bytes,
            balance: scanned.totals.balance.clone(),
            time: scanned.totals.time.clone(),
            timeline: TimelineRow::of(&totals),
            mined: (mined.learned.miner().account(), made.list().len() as u64).into(),
        },
        matching: listed.len() as u64,
        templates: listed.iter().take(limit).map(row).collect(),
        notices: scanned.notices.clone(),
    })
}

fn examples(examples: &Examples, template: &Template) -> Vec<ExampleRow> {
    let row = |(file, line, text): (&str, u64, &str)| ExampleRow {
        file: file.to_owned(),
        line,
        text: text.to_owned(),
    };
    examples.of(template).into_iter().map(row).collect()
}

impl Listing {
    /// The templates that were asked for, in the order that was asked for.
    fn choose<'t>(&self, made: &'t Templates, end: Option<Time>) -> Result<Vec<&'t Template>, ScanError> {
        let since = match self.new_since {
            None => None,
            Some(moment) => Some(moment.resolve(end).ok_or(ScanError::NoEnd)?),
        };
        let mut chosen: Vec<&Template> =
            made.list().iter().filter(|template| self.wants(template, since)).collect();
        // The list is sorted by count and text already, and equal ones keep their order.
        chosen.sort_by(|one, two| self.order.compare(one, two));
        Ok(chosen)
    }

    fn wants(&self, template: &Template, since: Option<Time>) -> bool {
        let text = |grep: &String| shown(template.text()).to_lowercase().contains(&grep.to_lowercase());
        let new = |since: Time| template.stats.times().is_some_and(|(first, _)| first >= since);
        self.level.is_none_or(|level| template.stats.gravest() >= Some(level))
            && since.is_none_or(new)
            && self.grep.as_ref().is_none_or(text)
    }
}

impl Order {
    fn compare(self, one: &Template, two: &Template) -> Ordering {
        let times = |template: &Template| template.stats.times();
        match self {
            Order::Count => Ordering::Equal,
            Order::First => times(two).map(|(first, _)| first).cmp(&times(one).map(|(first, _)| first)),
            Order::Last => times(two).map(|(_, last)| last).cmp(&times(one).map(|(_, last)| last)),
            Order::Level => two.stats.gravest().cmp(&one.stats.gravest()),
            Order::Rate => rate(two).total_cmp(&rate(one)),
            Order::Text => one.raw.cmp(&two.raw),
        }
    }
}

/// Records in a second between the first and the last of the template itself: bursts come first.
fn rate(template: &Template) -> f64 {
    let seconds =
        template.stats.times().map_or(0.0, |(first, last)| last.nanos().abs_diff(first.nanos()) as f64 / 1e9);
    template.stats.count() as f64 / seconds.max(1.0)
}
