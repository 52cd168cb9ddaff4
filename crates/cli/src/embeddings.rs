//! The folder of a language model in, what makes vectors of texts out.

use std::path::Path;
use std::sync::Arc;

use logsift_engine::embedding::Embed;

use crate::exit::Problem;

/// The language model of a folder, if one is named.
pub(crate) fn open(folder: Option<&Path>) -> Result<Option<Arc<dyn Embed>>, Problem> {
    folder.map(read).transpose()
}

#[cfg(feature = "embeddings")]
fn read(folder: &Path) -> Result<Arc<dyn Embed>, Problem> {
    let encoder = logsift_embeddings::Encoder::open(folder).map_err(Problem::usage)?;
    Ok(Arc::new(Encoding(encoder)))
}

#[cfg(not(feature = "embeddings"))]
fn read(_: &Path) -> Result<Arc<dyn Embed>, Problem> {
    Err(Problem::usage(
        "this program was built without language models\nhint: build it with --features embeddings",
    ))
}

/// A language model as the engine wants it.
#[cfg(feature = "embeddings")]
#[derive(Debug)]
struct Encoding(logsift_embeddings::Encoder);

#[cfg(feature = "embeddings")]
impl Embed for Encoding {
    fn dimensions(&self) -> usize {
        self.0.dimensions()
    }

    fn vectors(&self, texts: &[&str]) -> Vec<Arc<[f32]>> {
        self.0.vectors(texts)
    }
}
