//! Texts in, vectors of their meaning out: texts that mean alike have vectors that point alike.
//!
//! Runs what sentence-transformers saved in a folder, as long as it is of the BERT family (MiniLM, for one):
//! `config.json`, `tokenizer.json` or `vocab.txt`, `model.safetensors`. Nothing is fetched. The network is run by hand
//! on the kernels of [`logsift_outliers`], because all that is asked of it is the way forward over a few hundred
//! short texts; a framework would bring more than a hundred crates for it. A folder may come from a stranger: every
//! length is held against what is there, and what does not fit is refused with the file, the key and what was expected.

mod encoder;
mod error;
mod folder;
mod layers;
mod safetensors;
mod settings;
mod wordpiece;

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use encoder::Network;
pub use error::EmbeddingError;
use folder::Folder;
use settings::Settings;
use wordpiece::WordPieces;

/// Word pieces that go through the network together.
const TOGETHER: usize = 512;
/// Texts whose vectors are remembered.
const REMEMBERED: usize = 1 << 14;

/// A model that makes vectors of texts.
pub struct Encoder {
    pieces: WordPieces,
    network: Network,
    longest: usize,
    known: Mutex<Vectors>,
}

/// Vectors by their texts.
type Vectors = HashMap<Box<str>, Arc<[f32]>, BuildHasherDefault<DefaultHasher>>;

impl std::fmt::Debug for Encoder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Encoder").field("dimensions", &self.dimensions()).finish_non_exhaustive()
    }
}

impl Encoder {
    /// Reads the model of a folder.
    ///
    /// # Errors
    /// A file is missing, cannot be read, or holds what no model of this kind has.
    pub fn open(folder: &Path) -> Result<Encoder, EmbeddingError> {
        let folder = Folder::new(folder);
        let settings = Settings::read(&folder)?;
        let pieces = WordPieces::read(&folder, settings.vocabulary)?;
        let longest = settings.longest;
        let network = Network::read(&folder, settings)?;
        Ok(Encoder { pieces, network, longest, known: Mutex::default() })
    }

    /// How many numbers a vector has.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.network.dimensions()
    }

    /// The vector of each text, of length 1. What was asked before is remembered.
    #[must_use]
    pub fn vectors(&self, texts: &[&str]) -> Vec<Arc<[f32]>> {
        let mut found: Vec<Option<Arc<[f32]>>> = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            texts.iter().map(|text| known.get(*text).cloned()).collect()
        };
        let missing: Vec<usize> =
            (0..texts.len()).filter(|at| found.get(*at).is_some_and(Option::is_none)).collect();
        let mut batch: Vec<(usize, Vec<u32>)> = Vec::new();
        let mut length = 0;
        for at in missing {
            let pieces = self.pieces.pieces(texts.get(at).copied().unwrap_or_default(), self.longest);
            length += pieces.len();
            batch.push((at, pieces));
            if length >= TOGETHER {
                self.run(&mut batch, &mut found);
                length = 0;
            }
        }
        self.run(&mut batch, &mut found);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for (text, vector) in texts.iter().zip(found.iter().flatten()) {
            if known.len() < REMEMBERED && !known.contains_key(*text) {
                known.insert((*text).into(), Arc::clone(vector));
            }
        }
        found.into_iter().map(|vector| vector.unwrap_or_else(|| Arc::from([]))).collect()
    }

    fn run(&self, batch: &mut Vec<(usize, Vec<u32>)>, found: &mut [Option<Arc<[f32]>>]) {
        let (places, pieces): (Vec<usize>, Vec<Vec<u32>>) = batch.drain(..).unzip();
        for (at, vector) in places.into_iter().zip(self.network.vectors(&pieces)) {
            if let Some(place) = found.get_mut(at) {
                *place = Some(vector.into());
            }
        }
    }
}
