//! Logs in, a model out; models in, one model out; a model in, what it holds out.

use std::path::{Path, PathBuf};

use logsift_engine::model::{Learned, ModelError, ModelReader, Redaction};
use logsift_engine::sessions::{Course, GatherSettings, learn_sessions};
use logsift_engine::templates::{Pins, Templates};
use logsift_reports::model_report::{
    BlockRow, MODEL_VERSION, ModelHeader, ModelReport, ModelSettings, Moved, PartRow,
};
use logsift_reports::scan_report::{LevelCount, Product, ScanReport};
use logsift_reports::templates_report::{TemplateRow, TimelineRow};
use logsift_sources::Plan;
use thiserror::Error;

use crate::batch::read;
use crate::mining::{BUDGET, Mining, MiningSettings};
use crate::model_file::{ModelFileError, read_model_file};
use crate::scan::{self, Chosen, ScanError, ScanSettings};
use crate::signing::Signer;
use crate::watch::Watch;

/// Why a model cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ModelUseError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] ModelFileError),
    /// What is in it cannot be understood.
    #[error("`{}`: {error}", path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: ModelError,
    },
}

impl ModelUseError {
    /// Whether the user asked for something that cannot be, though the model is sound.
    pub fn is_usage(&self) -> bool {
        use ModelError::{OtherSettings, Overlap};
        matches!(self, ModelUseError::Model { error: OtherSettings { .. } | Overlap { .. }, .. })
    }
}

/// What came of learning.
#[derive(Debug)]
pub struct Lesson {
    /// Everything learned.
    pub learned: Learned,
    /// What was read, as `scan` tells it.
    pub scanned: ScanReport,
    /// Logs that had been learned before and changed nothing.
    pub held: Vec<String>,
}

/// Learns all logs of a plan, on top of what was learned before.
pub fn learn(
    plan: &Plan,
    settings: &ScanSettings,
    before: Learned,
    as_parts: bool,
    watch: &Watch,
) -> Result<Lesson, ScanError> {
    let chosen = Chosen::of(plan, settings, watch)?;
    let mining = MiningSettings {
        redaction: before.conditions().redaction,
        as_parts,
        examples: 0,
        sets: plan.sets.len(),
        gathers: Some(0),
        minutes: false,
        sessions: Some(GatherSettings {
            known: before.sessions().keys().cloned().collect(),
            ..GatherSettings::default()
        }),
        rules: None,
    };
    let mining = Mining::new(plan, mining, Some(before), None);
    let sets = read(plan, &chosen.job(settings, watch), &&mining);
    let mut mined = mining.finish();
    if let Some(gathered) = mined.sessions.take() {
        let sessions = learn_sessions(gathered, &mined.learned.miner().templates(), &Course::default());
        mined.learned.learn_sessions(&sessions);
    }
    // Of parts everything is learned already.
    mined.learned.remember(std::mem::take(&mut mined.gathered.history).settled());
    let mut scanned = scan::report(plan, sets, chosen.asked);
    if !mined.coarsened.is_empty() {
        scanned.notices.extend(mined.notices(&mined.learned.miner().templates()));
    }
    Ok(Lesson { learned: mined.learned, scanned, held: mined.held })
}

/// Reads a model, of that signer if one is named.
pub fn load(path: &Path, signer: Option<&Signer>) -> Result<Learned, ModelUseError> {
    let bytes = read_model_file(path, signer)?;
    Learned::read(&bytes, BUDGET).map_err(|error| at(path, error))
}

fn at(path: &Path, error: ModelError) -> ModelUseError {
    ModelUseError::Model { path: path.to_owned(), error }
}

/// Merges models. Those with most parts come first, so that a model which holds others is found to do
/// so before anything is added up; the order in which they are named has no say.
pub fn merge(paths: &[PathBuf], signer: Option<&Signer>) -> Result<Learned, ModelUseError> {
    let mut models = Vec::new();
    for path in paths {
        models.push((path, load(path, signer)?));
    }
    models.sort_by_cached_key(|(_, model)| {
        let ids: Vec<_> = model.parts().iter().map(|part| part.id).collect();
        (usize::MAX - ids.len(), ids)
    });
    let mut models = models.into_iter();
    let Some((_, mut sum)) = models.next() else { return Ok(Learned::new(Default::default(), BUDGET)) };
    for (path, model) in models {
        sum.absorb(model).map_err(|error| at(path, error))?;
    }
    Ok(sum)
}

/// Says what a model holds. Every block is read, so what can be inspected is sound.
pub fn inspect(path: &Path, signer: Option<&Signer>) -> Result<ModelReport, ModelUseError> {
    let bytes = read_model_file(path, signer)?;
    let model = ModelReader::open(&bytes).map_err(|error| at(path, error))?;
    let learned = Learned::of_model(&model, BUDGET).map_err(|error| at(path, error))?;
    let templates = learned.miner().templates_with(&Pins::default());
    let blocks = model.blocks().iter().map(|block| BlockRow {
        kind: block.kind,
        name: block.name.map(str::to_owned),
        version: block.version,
        bytes: block.payload.len() as u64,
        understood: block.understood,
    });
    let header = ModelHeader {
        format: model.header().format,
        written_by: model.header().product.clone(),
        settings: format!("{:016x}", model.header().settings),
    };
    let name = path.to_string_lossy().into_owned();
    Ok(report(name, bytes.len() as u64, header, blocks.collect(), &learned, &templates))
}

fn report(
    name: String,
    bytes: u64,
    header: ModelHeader,
    blocks: Vec<BlockRow>,
    learned: &Learned,
    templates: &Templates,
) -> ModelReport {
    let totals = learned.totals();
    let nanos = totals.times().map(|(first, last)| last.nanos().abs_diff(first.nanos()));
    let conditions = learned.conditions();
    let values = conditions.redaction == Redaction::None;
    let moved = learned.miner().lineage().moved(templates);
    let parts = learned.parts().iter();
    ModelReport {
        model_version: MODEL_VERSION,
        product: product(),
        name,
        bytes,
        header,
        blocks,
        settings: ModelSettings {
            template_rules: conditions.rules,
            redaction: conditions.redaction.name().to_owned(),
        },
        parts: parts.map(|part| PartRow { id: part.id.to_string(), records: part.records }).collect(),
        mined: (learned.miner().account(), templates.list().len() as u64).into(),
        time: totals.times().map(Into::into),
        timeline: TimelineRow::of(&totals),
        levels: LevelCount::of(&totals),
        lineage: moved
            .into_iter()
            .map(|(from, to)| Moved { from: from.to_string(), to: to.to_string() })
            .collect(),
        matching: templates.list().len() as u64,
        templates: templates
            .list()
            .iter()
            .map(|template| TemplateRow::of(template, totals.count(), nanos, values))
            .collect(),
    }
}

/// This program.
pub(crate) fn product() -> Product {
    Product { name: "logsift".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
}
