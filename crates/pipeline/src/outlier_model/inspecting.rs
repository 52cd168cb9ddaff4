//! A model file in, what its outlier model is out, if it holds one.

use std::path::Path;

use logsift_engine::features::{Family, Unit};
use logsift_engine::model::ModelReader;
use logsift_engine::records::time::Time;
use logsift_reports::model_report::{BlockRow, ModelHeader};
use logsift_reports::outlier_report::{ColumnRow, OUTLIER_MODEL_VERSION, OutlierReport, ParameterRow};
use logsift_reports::scan_report::TimeRange;

use super::{Judge, OutlierModel, OutlierModelError, is_outlier_model};
use crate::learning::product;
use crate::model_file::read_model_file;
use crate::signing::Signer;

/// Says what an outlier model holds; nothing where the file holds something else, sound or not. Every block is read.
pub fn inspect(path: &Path, signer: Option<&Signer>) -> Result<Option<OutlierReport>, OutlierModelError> {
    let bytes = read_model_file(path, signer)?;
    let Ok(model) = ModelReader::open(&bytes) else { return Ok(None) };
    if !is_outlier_model(&model) {
        return Ok(None);
    }
    let at = |error| OutlierModelError::Model { path: path.to_owned(), error };
    let trained = OutlierModel::of_model(&model).map_err(at)?;
    Ok(Some(report(path, bytes.len() as u64, &model, trained)))
}

fn report(path: &Path, bytes: u64, model: &ModelReader<'_>, trained: OutlierModel) -> OutlierReport {
    let columns = columns(&trained);
    let rows_of = trained.rows_of().to_owned();
    let provenance = trained.provenance;
    let asked = if let Judge::Rows(layout, _) = &trained.judge { Some(layout.asked()) } else { None };
    let windows = asked.filter(|asked| asked.unit() == Unit::Windows);
    let family = |family: &Family| family.name().to_owned();
    let times = provenance.times.and_then(|(first, last)| {
        Some(TimeRange::from((Time::from_seconds(first)?, Time::from_seconds(last)?)))
    });
    OutlierReport {
        outlier_model_version: OUTLIER_MODEL_VERSION,
        product: product(),
        name: path.to_string_lossy().into_owned(),
        bytes,
        header: ModelHeader {
            format: model.header().format,
            written_by: model.header().product.clone(),
            settings: format!("{:016x}", model.header().settings),
        },
        blocks: model.blocks().iter().map(block).collect(),
        model: provenance.model,
        parameters: provenance
            .settings
            .into_iter()
            .map(|(name, value)| ParameterRow { name, value })
            .collect(),
        seed: provenance.seed,
        rows_of,
        window_seconds: windows.map(|asked| asked.window()),
        session: provenance.session,
        features: asked.map(|asked| asked.families().iter().map(family).collect()).unwrap_or_default(),
        redaction: provenance.redaction.name().to_owned(),
        rows: provenance.rows,
        rows_seen: provenance.seen,
        time: times,
        fit_seconds: trained.effort,
        threshold: trained.threshold,
        threshold_by: provenance.threshold_by,
        flagged: provenance.flagged,
        matching: columns.len() as u64,
        columns,
        events: if let Judge::Sequences(events, _) = &trained.judge { events.len() as u64 } else { 0 },
    }
}

fn block(block: &logsift_engine::model::Block<'_>) -> BlockRow {
    BlockRow {
        kind: block.kind,
        name: block.name.map(str::to_owned),
        version: block.version,
        bytes: block.payload.len() as u64,
        understood: block.understood,
    }
}

/// The columns, those that matter most first.
fn columns(trained: &OutlierModel) -> Vec<ColumnRow> {
    let named = trained.columns().iter().zip(&trained.importance);
    let mut columns: Vec<ColumnRow> = named
        .map(|(name, importance)| ColumnRow {
            name: name.clone(),
            importance: (importance * 1e6).round() / 1e6,
        })
        .collect();
    columns.sort_by(|one, other| other.importance.total_cmp(&one.importance));
    columns
}
