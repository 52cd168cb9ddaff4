//! The network: numbers of word pieces in, a vector for each text out (Devlin and others 2018).
//!
//! All dense layers go over the pieces of many texts together; a text's attention looks at its own pieces only. So no
//! vector depends on the texts beside it.

use logsift_outliers::layer::Layer;

use crate::error::EmbeddingError;
use crate::folder::Folder;
use crate::layers::{Bend, Norm, attend};
use crate::safetensors::{Lines, Tensors};
use crate::settings::{Pooling, Settings};

/// The tensor by whose name all others are found.
const WORDS: &str = "embeddings.word_embeddings.weight";

/// A network that is ready to run.
pub(crate) struct Network {
    settings: Settings,
    tensors: Tensors,
    words: Lines,
    /// Where in a text a piece stands.
    positions: Vec<f32>,
    /// What is the same for all pieces of a lone text.
    kind: Vec<f32>,
    norm: Norm,
    blocks: Vec<Block>,
}

/// One block of attention and what follows it.
struct Block {
    query: Layer,
    key: Layer,
    value: Layer,
    mixed: Layer,
    mixed_norm: Norm,
    wide: Layer,
    narrow: Layer,
    narrow_norm: Norm,
}

impl Network {
    /// Reads the weights of a folder.
    pub(crate) fn read(folder: &Folder, settings: Settings) -> Result<Network, EmbeddingError> {
        const FILE: &str = "model.safetensors";
        let tensors = Tensors::read(&folder.path(FILE), folder.weights(FILE)?)?;
        let prefix = tensors.prefix(WORDS)?;
        let of = Weights { tensors: &tensors, prefix: &prefix, settings: &settings };
        let hidden = settings.hidden;
        let positions = tensors.numbers(
            &format!("{prefix}embeddings.position_embeddings.weight"),
            &[settings.positions, hidden],
        )?;
        let kinds = format!("{prefix}embeddings.token_type_embeddings.weight");
        let kinds = tensors.lines(&kinds, [settings.kinds, hidden])?;
        let kind = tensors.line(&kinds, 0).collect();
        // The table of words stays as it is in the file: of its many lines only few are asked for.
        let words = tensors.lines(&format!("{prefix}{WORDS}"), [settings.vocabulary, hidden])?;
        let norm = of.norm("embeddings.LayerNorm")?;
        let blocks = (0..settings.layers).map(|at| of.block(at)).collect::<Result<_, _>>()?;
        Ok(Network { norm, blocks, positions, kind, words, tensors, settings })
    }

    /// How many numbers a vector has.
    pub(crate) fn dimensions(&self) -> usize {
        self.settings.hidden
    }

    /// The vector of each text, by its word pieces.
    pub(crate) fn vectors(&self, texts: &[Vec<u32>]) -> Vec<Vec<f32>> {
        let hidden = self.settings.hidden;
        let mut rows = self.begin(texts);
        let lengths: Vec<usize> = texts.iter().map(Vec::len).collect();
        for block in &self.blocks {
            rows = block.forward(&rows, &lengths, &self.settings);
        }
        let mut vectors = Vec::with_capacity(texts.len());
        let mut rest = rows.as_slice();
        for length in lengths {
            let (text, others) = rest.split_at_checked(length * hidden).unwrap_or((rest, &[]));
            vectors.push(self.settings.pooling.pool(text, hidden));
            rest = others;
        }
        vectors
    }

    /// The rows of all pieces before the first block.
    fn begin(&self, texts: &[Vec<u32>]) -> Vec<f32> {
        let hidden = self.settings.hidden;
        let mut rows = Vec::with_capacity(texts.iter().map(Vec::len).sum::<usize>() * hidden);
        for text in texts {
            for (piece, place) in text.iter().zip(self.positions.chunks_exact(hidden)) {
                let word = self.tensors.line(&self.words, *piece as usize);
                let sums = word.zip(place).zip(&self.kind);
                rows.extend(sums.map(|((word, place), kind)| word + place + kind));
            }
        }
        self.norm.apply(&mut rows);
        rows
    }
}

impl Block {
    fn forward(&self, rows: &[f32], lengths: &[usize], settings: &Settings) -> Vec<f32> {
        let (query, key, value) = (self.query.apply(rows), self.key.apply(rows), self.value.apply(rows));
        let seen = attend([&query, &key, &value], lengths, settings.hidden, settings.heads);
        let mut mixed = self.mixed.apply(&seen);
        add(&mut mixed, rows);
        self.mixed_norm.apply(&mut mixed);
        let mut wide = self.wide.apply(&mixed);
        settings.bend.apply(&mut wide);
        let mut narrow = self.narrow.apply(&wide);
        add(&mut narrow, &mixed);
        self.narrow_norm.apply(&mut narrow);
        narrow
    }
}

fn add(sums: &mut [f32], values: &[f32]) {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
}

/// Weights by their names.
struct Weights<'a> {
    tensors: &'a Tensors,
    prefix: &'a str,
    settings: &'a Settings,
}

impl Weights<'_> {
    fn numbers(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, EmbeddingError> {
        self.tensors.numbers(&format!("{}{name}", self.prefix), shape)
    }

    fn norm(&self, name: &str) -> Result<Norm, EmbeddingError> {
        let hidden = self.settings.hidden;
        let of = |part: &str| self.numbers(&format!("{name}.{part}"), &[hidden]);
        Ok(Norm { scale: of("weight")?, shift: of("bias")?, least: self.settings.least })
    }

    fn layer(&self, name: &str, inputs: usize, outputs: usize) -> Result<Layer, EmbeddingError> {
        let weights = self.numbers(&format!("{name}.weight"), &[outputs, inputs])?;
        let constants = self.numbers(&format!("{name}.bias"), &[outputs])?;
        // The shapes were just checked, and no length is 0 in the settings.
        Layer::new(&weights, constants, inputs).ok_or_else(|| self.tensors.refuse(name))
    }

    fn block(&self, at: usize) -> Result<Block, EmbeddingError> {
        let Settings { hidden, inner, .. } = *self.settings;
        let name = |part: &str| format!("encoder.layer.{at}.{part}");
        Ok(Block {
            query: self.layer(&name("attention.self.query"), hidden, hidden)?,
            key: self.layer(&name("attention.self.key"), hidden, hidden)?,
            value: self.layer(&name("attention.self.value"), hidden, hidden)?,
            mixed: self.layer(&name("attention.output.dense"), hidden, hidden)?,
            mixed_norm: self.norm(&name("attention.output.LayerNorm"))?,
            wide: self.layer(&name("intermediate.dense"), hidden, inner)?,
            narrow: self.layer(&name("output.dense"), inner, hidden)?,
            narrow_norm: self.norm(&name("output.LayerNorm"))?,
        })
    }
}

impl Pooling {
    /// One vector of length 1 of the rows of a text's pieces.
    fn pool(self, rows: &[f32], hidden: usize) -> Vec<f32> {
        let mut pooled = match self {
            Pooling::First => rows.iter().take(hidden).copied().collect(),
            Pooling::Mean => vec![0.0; hidden],
            Pooling::Largest => vec![f32::NEG_INFINITY; hidden],
        };
        for row in rows.chunks_exact(hidden) {
            match self {
                Pooling::First => break,
                Pooling::Mean => add(&mut pooled, row),
                Pooling::Largest => {
                    pooled.iter_mut().zip(row).for_each(|(most, value)| *most = most.max(*value))
                }
            }
        }
        let square: f64 = pooled.iter().map(|value| f64::from(*value).powi(2)).sum();
        let length = if square > 0.0 { square.sqrt() } else { 1.0 };
        pooled.iter().map(|value| (f64::from(*value) / length) as f32).collect()
    }
}

/// How what a block makes wide is bent.
impl Bend {
    fn apply(self, values: &mut [f32]) {
        values.iter_mut().for_each(|value| *value = self.of(*value));
    }
}
