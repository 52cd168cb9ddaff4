//! Whether what looks at meanings has what it looks with: asked before anything is read.

use logsift_engine::embedding::Embed;
use logsift_engine::features::{Asked, Family, Layout, Names, Sheet};

use crate::training::TrainError;

/// Features of meanings need something that makes them, and a fitted layout the same that it was fitted with.
pub(crate) fn required(
    asked: &Asked,
    layout: Option<&Layout>,
    embed: Option<&dyn Embed>,
) -> Result<(), TrainError> {
    let fitted = layout.filter(|layout| layout.looks_at_meanings());
    let refuse = |text: &str| Err(TrainError::Other(text.to_owned()));
    match (embed, fitted) {
        (None, _) if asked.has(Family::Semantic) => {
            refuse("features `semantic` need a language model\nhint: name its folder with --embeddings")
        }
        (Some(embed), Some(layout)) if !layout.is_by(embed) => refuse(
            "the model was trained with another language model\nhint: name the folder of that one with --embeddings",
        ),
        _ => Ok(()),
    }
}

/// Tells a sheet what its templates mean, where that is asked for.
pub(crate) fn tell(layout: &Layout, sheet: &mut Sheet, names: &Names, embed: Option<&dyn Embed>) {
    if let Some(embed) = embed {
        layout.tell_meanings(sheet, names, embed);
    }
}
