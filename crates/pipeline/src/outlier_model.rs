//! An outlier model that was trained on logs: what it was fitted on, how its rows are made, and what its scores mean.
//!
//! It is a model file like any other (`docs/book/model-format.md`), with blocks of its own. What is read may come
//! from a stranger: every length is bounded, what does not belong together is refused, and there is no code in it.

mod inspecting;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use logsift_engine::features::Layout;
use logsift_engine::model::{
    BlockReader, BlockWriter, EFFORT, FEATURES, ModelError, ModelReader, ModelWriter, OUTLIERS, Redaction,
};
use logsift_outliers::catalogue::{Choice, RowModel, SequenceModel, load_rows, load_sequences};
use logsift_outliers::threshold::Calibration;
use logsift_outliers::{Save, Score};
use thiserror::Error;

use crate::model_file::{ModelFileError, read_model_file};
use crate::signing::Signer;
pub use inspecting::inspect;

/// Bytes of an outlier model at most.
const LARGEST: usize = 2 << 30;
/// Bytes of a short text.
const TEXT: usize = 1024;
/// Names of events at most.
const EVENTS: usize = 1 << 16;
/// Bytes of saved scores at most.
const SCORES: usize = 1 << 20;
/// What files of this kind say of their settings, before what is said of redaction.
const SETTINGS: u64 = 0x4c53_4f4d_0000_0000;

/// What was fitted.
pub enum Judge {
    /// Something over rows, and how they are made.
    Rows(Layout, Box<dyn RowModel>),
    /// Something over sequences of events, and what events are called.
    Sequences(BTreeMap<u32, String>, Box<dyn SequenceModel>),
}

/// What was fitted on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Provenance {
    /// The model, as the catalogue calls it.
    pub model: String,
    /// Its parameters.
    pub settings: Vec<(String, String)>,
    /// The seed.
    pub seed: u64,
    /// Rows or sequences that were fitted on.
    pub rows: u64,
    /// Rows that there were; where memory did not suffice, one in a power of two was fitted on.
    pub seen: u64,
    /// Seconds since 1970 of the first and the last of them, where they have times.
    pub times: Option<(i64, i64)>,
    /// What ties records together to sessions, where that was asked for.
    pub session: Option<String>,
    /// What was removed from the lines.
    pub redaction: Redaction,
    /// How the threshold was chosen, as the user would say it.
    pub threshold_by: String,
    /// Rows of the training that are beyond the threshold.
    pub flagged: u64,
}

/// A trained model.
pub struct OutlierModel {
    /// What it was fitted on.
    pub provenance: Provenance,
    /// What was fitted.
    pub judge: Judge,
    /// Scores beyond it are flagged.
    pub threshold: f64,
    /// How the scores of the training are distributed.
    pub calibration: Calibration,
    /// The share of every column in what made the most abnormal rows of the training abnormal; none for sequences.
    pub importance: Vec<f64>,
    /// Seconds that it took to fit, if that is kept.
    pub effort: Option<f64>,
}

/// Why a trained model cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OutlierModelError {
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
    /// A model that `learn` wrote.
    #[error("`{}` holds templates and no outlier model\nhint: logsift train writes one", path.display())]
    Learned {
        /// The file.
        path: PathBuf,
    },
}

impl OutlierModel {
    /// What it takes as one row: `records`, `windows` or `sessions`.
    pub fn rows_of(&self) -> &'static str {
        match &self.judge {
            Judge::Rows(layout, _) => layout.asked().unit().name(),
            Judge::Sequences(..) => "sessions",
        }
    }

    /// The bytes of a model file.
    pub fn write(&self) -> Vec<u8> {
        let mut writer = ModelWriter::new(SETTINGS | self.provenance.redaction as u64);
        if let Judge::Rows(layout, _) = &self.judge {
            writer.block(FEATURES, |block| layout.write(block));
        }
        writer.block(OUTLIERS, |block| self.write_outliers(block));
        if let Some(seconds) = self.effort {
            writer.block(EFFORT, |block| block.f64(seconds));
        }
        writer.finish()
    }

    fn write_outliers(&self, block: &mut BlockWriter) {
        self.provenance.write(block);
        block.f64(self.threshold);
        block.slice(&self.calibration.to_bytes());
        block.list(self.importance.iter(), |block, share| block.f64(*share));
        match &self.judge {
            Judge::Rows(_, model) => {
                block.flag(false);
                block.slice(&model.saved());
            }
            Judge::Sequences(events, model) => {
                block.flag(true);
                block.list(events.iter(), |block, (event, name)| {
                    block.varint(u64::from(*event));
                    block.text(name);
                });
                block.slice(&model.saved());
            }
        }
    }

    /// Reads what [`OutlierModel::write`] wrote.
    pub fn read(bytes: &[u8]) -> Result<OutlierModel, ModelError> {
        OutlierModel::of_model(&ModelReader::open(bytes)?)
    }

    /// The same, of a model that is open already.
    pub fn of_model(model: &ModelReader<'_>) -> Result<OutlierModel, ModelError> {
        let layout = model.block_if_any(FEATURES, Layout::read)?;
        let mut outliers = model.block(OUTLIERS, |block| read_outliers(block, layout))?;
        model.require_settings(SETTINGS | outliers.provenance.redaction as u64)?;
        outliers.effort =
            model.block_if_any(EFFORT, |block| block.f64())?.filter(|effort| effort.is_finite());
        Ok(outliers)
    }

    /// Reads a model file, of that signer if one is named.
    pub fn load(path: &Path, signer: Option<&Signer>) -> Result<OutlierModel, OutlierModelError> {
        let bytes = read_model_file(path, signer)?;
        let at = |error| OutlierModelError::Model { path: path.to_owned(), error };
        let model = ModelReader::open(&bytes).map_err(at)?;
        if !is_outlier_model(&model) {
            return Err(OutlierModelError::Learned { path: path.to_owned() });
        }
        OutlierModel::of_model(&model).map_err(at)
    }

    /// The names of its columns; none for sequences.
    pub fn columns(&self) -> &[String] {
        match &self.judge {
            Judge::Rows(layout, _) => layout.names(),
            Judge::Sequences(..) => &[],
        }
    }
}

/// Whether a model holds an outlier model.
pub fn is_outlier_model(model: &ModelReader<'_>) -> bool {
    model.blocks().iter().any(|block| block.kind == OUTLIERS.number())
}

impl Provenance {
    fn write(&self, block: &mut BlockWriter) {
        block.text(&self.model);
        block.list(self.settings.iter(), |block, (name, value)| {
            block.text(name);
            block.text(value);
        });
        block.u64(self.seed);
        block.varint(self.rows);
        block.varint(self.seen);
        block.flag(self.times.is_some());
        if let Some((first, last)) = self.times {
            block.signed(first);
            block.signed(last);
        }
        block.flag(self.session.is_some());
        if let Some(session) = &self.session {
            block.text(session);
        }
        block.byte(self.redaction as u8);
        block.text(&self.threshold_by);
        block.varint(self.flagged);
    }

    fn read(block: &mut BlockReader<'_>) -> Result<Provenance, ModelError> {
        let text = |block: &mut BlockReader<'_>| Ok(block.text("a text", TEXT)?.to_owned());
        let model = text(block)?;
        let settings = block.list("parameters", 256, 2, |block| Ok((text(block)?, text(block)?)))?;
        let (seed, rows, seen) = (block.u64()?, block.varint()?, block.varint()?);
        let times = if block.flag()? { Some((block.signed()?, block.signed()?)) } else { None };
        let session = if block.flag()? { Some(text(block)?) } else { None };
        let offset = block.offset();
        let number = block.byte()?;
        let known = Redaction::ALL.into_iter().find(|redaction| *redaction as u8 == number);
        let redaction = known.ok_or_else(|| block.malformed("the redaction", offset, "0 to 3", number))?;
        let (threshold_by, flagged) = (text(block)?, block.varint()?);
        Ok(Provenance { model, settings, seed, rows, seen, times, session, redaction, threshold_by, flagged })
    }

    /// The model with these parameters, to be fitted once more.
    pub fn choice(&self) -> Result<Choice, logsift_outliers::ParamError> {
        let mut choice = Choice::named(&self.model)?;
        for (name, value) in &self.settings {
            choice.set(name, value)?;
        }
        Ok(choice)
    }
}

fn read_outliers(block: &mut BlockReader<'_>, layout: Option<Layout>) -> Result<OutlierModel, ModelError> {
    let provenance = Provenance::read(block)?;
    let threshold = block.f64()?;
    let offset = block.offset();
    let calibration = Calibration::from_bytes(block.slice("calibrated scores", SCORES)?);
    let calibration = calibration
        .map_err(|error| block.malformed("calibrated scores", offset, "scores in order", error))?;
    let importance = block.list("importance", 1 << 15, 8, BlockReader::f64)?;
    let judge = judge(block, layout)?;
    let columns = if let Judge::Rows(layout, _) = &judge { layout.names().len() } else { 0 };
    if threshold.is_nan() || importance.len() != columns || !importance.iter().all(|share| share.is_finite())
    {
        return Err(block.malformed(
            "the threshold and importance",
            offset,
            "a number for each column",
            "others",
        ));
    }
    Ok(OutlierModel { provenance, judge, threshold, calibration, importance, effort: None })
}

fn judge(block: &mut BlockReader<'_>, layout: Option<Layout>) -> Result<Judge, ModelError> {
    let sequences = block.flag()?;
    let events: Vec<(u32, String)> = if sequences {
        block.list("events", EVENTS, 2, |block| {
            let event = block.at_most("an event", u64::from(u32::MAX))? as u32;
            Ok((event, block.text("the name of an event", TEXT * 8)?.to_owned()))
        })?
    } else {
        Vec::new()
    };
    let offset = block.offset();
    let bytes = block.slice("the fitted model", LARGEST)?;
    let damaged = |found: &dyn std::fmt::Display| {
        Err(block.malformed("the fitted model", offset, "one that fits its columns", found))
    };
    match layout {
        None if sequences => match load_sequences(bytes) {
            Ok(model) => Ok(Judge::Sequences(events.into_iter().collect(), model)),
            Err(error) => damaged(&error),
        },
        Some(layout) if !sequences => match load_rows(bytes) {
            Ok(model) if Score::columns(&*model) == layout.names().len() => Ok(Judge::Rows(layout, model)),
            Ok(_) => damaged(&"another number of columns"),
            Err(error) => damaged(&error),
        },
        _ => damaged(&"columns of sequences, or none of rows"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use logsift_engine::features::{Asked, Family, Names, Sheet, Unit, session_rows};
    use logsift_engine::model::Allowance;
    use logsift_engine::sessions::SessionStory;
    use logsift_engine::windows::Place;
    use logsift_outliers::{Alone, Seed, SequenceTable};

    fn sessions() -> Vec<SessionStory> {
        let session = |nth: i64| SessionStory {
            id: "s".into(),
            stream: "app".into(),
            place: Place { line: nth as u64, ..Place::default() },
            steps: (0..3 + nth % 3).map(|step| (step as u32, nth * 60_000 + step * 1000)).collect(),
        };
        (0..60).map(session).collect()
    }

    fn sheet() -> Sheet {
        let asked =
            Asked::new(&[Family::Time, Family::Behaviour, Family::Templates], Unit::Sessions).unwrap();
        session_rows(&sessions(), &asked)
    }

    fn over_rows(name: &str, set: &[(&str, &str)]) -> OutlierModel {
        let sheet = sheet();
        let asked = Asked::usual(Unit::Sessions).with_vocabulary(3).unwrap();
        let layout = Layout::fit(&asked, &sheet, &Names::default());
        let mut choice = Choice::named(name).unwrap();
        set.iter().for_each(|(name, value)| choice.set(name, value).unwrap());
        let table = layout.table(&sheet, 0..sheet.len());
        let model = choice.fit_rows(table.rows(), choice.card().standardise, Seed(1), &Alone).unwrap();
        let importance = vec![0.5; layout.names().len()];
        made(name, Judge::Rows(layout, model), importance)
    }

    fn over_sequences() -> OutlierModel {
        let table: SequenceTable = sessions()
            .iter()
            .map(|one| one.steps.iter().map(|(event, _)| *event).collect::<Vec<_>>())
            .collect();
        let model =
            Choice::named("markov").unwrap().fit_sequences(table.sequences(), Seed(1), &Alone).unwrap();
        made("markov", Judge::Sequences([(1, "one".to_owned())].into(), model), Vec::new())
    }

    fn made(name: &str, judge: Judge, importance: Vec<f64>) -> OutlierModel {
        OutlierModel {
            provenance: Provenance { model: name.to_owned(), rows: 60, seen: 60, ..Provenance::default() },
            judge,
            threshold: 0.5,
            calibration: Calibration::fit(&[0.1, 0.2]).unwrap(),
            importance,
            effort: None,
        }
    }

    fn scores(model: &OutlierModel) -> Vec<f64> {
        let mut scores = Vec::new();
        match &model.judge {
            Judge::Rows(layout, fitted) => {
                let sheet = sheet();
                let table = layout.table(&sheet, 0..sheet.len());
                Score::score(&**fitted, table.rows(), &mut scores).unwrap();
                let shares = Score::shares(&**fitted, table.rows().row(0)).unwrap();
                assert_eq!(shares.len(), layout.names().len());
            }
            Judge::Sequences(_, fitted) => {
                let table: SequenceTable = [vec![0u32, 1, 2], vec![9, 9], vec![]].into_iter().collect();
                fitted.score(table.sequences(), &mut scores);
            }
        }
        scores
    }

    #[test]
    fn a_model_comes_back_from_its_bytes_and_scores_the_same_bits() {
        for model in
            [over_rows("isolation-forest", &[("trees", "5")]), over_rows("pca", &[]), over_sequences()]
        {
            let bytes = model.write();
            let back = OutlierModel::read(&bytes).unwrap();
            assert_eq!((back.write(), scores(&back)), (bytes, scores(&model)));
        }
    }

    #[test]
    fn no_damage_behind_the_checksums_does_harm() {
        let small = [("trees", "2"), ("samples", "8")];
        for model in
            [over_rows("isolation-forest", &small), over_rows("local-outlier-factor", &[]), over_sequences()]
        {
            let mut block = BlockWriter::default();
            model.write_outliers(&mut block);
            let layout = if let Judge::Rows(layout, _) = &model.judge { Some(layout.clone()) } else { None };
            let step = block.bytes().len().div_ceil(1500);
            for at in (0..block.bytes().len()).step_by(step) {
                for flip in [0x01, 0x80, 0xff] {
                    let mut damaged = block.bytes().to_vec();
                    damaged[at] ^= flip;
                    let allowance = Allowance::for_input(damaged.len());
                    let mut reader = BlockReader::new(&damaged, &allowance);
                    // What is read in spite of it must score without a panic, and finitely.
                    if let Ok(read) = read_outliers(&mut reader, layout.clone()) {
                        assert!(scores(&read).iter().all(|score| score.is_finite()), "{at}");
                    }
                }
            }
        }
    }
}
