//! The settings of a model: `config.json` of the network, and what says how a text's vector is made of its pieces'.

use serde_json::Value;

use crate::error::EmbeddingError;
use crate::folder::{Folder, Keys};
use crate::layers::Bend;

/// The shape of a network.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    /// Numbers of a piece.
    pub(crate) hidden: usize,
    pub(crate) layers: usize,
    pub(crate) heads: usize,
    /// Numbers of a piece where a block makes it wide.
    pub(crate) inner: usize,
    pub(crate) vocabulary: usize,
    pub(crate) positions: usize,
    pub(crate) kinds: usize,
    pub(crate) least: f64,
    pub(crate) bend: Bend,
    pub(crate) pooling: Pooling,
    /// Pieces of a text that are looked at.
    pub(crate) longest: usize,
}

/// How a text's vector is made of its pieces'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pooling {
    Mean,
    First,
    Largest,
}

impl Settings {
    /// Reads and checks the settings of a folder.
    pub(crate) fn read(folder: &Folder) -> Result<Settings, EmbeddingError> {
        let keys = folder.keys("config.json")?;
        must_be(&keys, "model_type", "bert")?;
        must_be(&keys, "position_embedding_type", "absolute")?;
        let name = keys.word("hidden_act").unwrap_or("gelu");
        let bend =
            Bend::named(name).ok_or_else(|| refused(&keys, "hidden_act", name, "gelu, gelu_new or relu"))?;
        let hidden = keys.number("hidden_size", 1..=4096, None)?;
        let heads = keys.number("num_attention_heads", 1..=256, None)?;
        if hidden % heads != 0 {
            let expected = format!("a number that divides `hidden_size` {hidden}");
            return Err(EmbeddingError::malformed(&keys.path, "`num_attention_heads`", heads, expected));
        }
        let positions = keys.number("max_position_embeddings", 3..=8192, None)?;
        let (pooling, longest) = of_sentences(folder)?;
        Ok(Settings {
            hidden,
            layers: keys.number("num_hidden_layers", 0..=64, None)?,
            heads,
            inner: keys.number("intermediate_size", 1..=32_768, None)?,
            vocabulary: keys.number("vocab_size", 1..=1 << 20, None)?,
            positions,
            kinds: keys.number("type_vocab_size", 1..=16, Some(2))?,
            least: keys.real("layer_norm_eps", 1e-20, 1.0, 1e-12)?,
            bend,
            pooling,
            longest: longest.unwrap_or(positions).min(positions),
        })
    }
}

fn refused(keys: &Keys, key: &str, found: &str, expected: &str) -> EmbeddingError {
    EmbeddingError::malformed(&keys.path, format!("`{key}`"), format!("`{found}`"), expected)
}

fn must_be(keys: &Keys, key: &str, wanted: &str) -> Result<(), EmbeddingError> {
    match keys.word(key) {
        Some(found) if found != wanted => Err(refused(
            keys,
            key,
            found,
            &format!("`{wanted}`: models of the BERT family are run, such as MiniLM"),
        )),
        _ => Ok(()),
    }
}

/// What sentence-transformers says beside the network: pooling, and how long a text may be. Without its files the
/// mean over all pieces is taken.
fn of_sentences(folder: &Folder) -> Result<(Pooling, Option<usize>), EmbeddingError> {
    let keys = folder.keys_if_any("sentence_bert_config.json")?;
    let longest = match &keys {
        Some(keys) if !keys.keys.get("max_seq_length").is_none_or(Value::is_null) => {
            Some(keys.number("max_seq_length", 3..=8192, None)?)
        }
        _ => None,
    };
    let mut pooling = Pooling::Mean;
    for (kind, path) in modules(folder)? {
        match kind.rsplit('.').next().unwrap_or_default() {
            "Transformer" | "Normalize" => {}
            "Pooling" => {
                if let Some(keys) = folder.keys_if_any(&format!("{path}/config.json"))? {
                    pooling = pooling_of(&keys)?;
                }
            }
            _ => {
                let expected = "Transformer, Pooling or Normalize";
                return Err(EmbeddingError::malformed(
                    &folder.path("modules.json"),
                    "a module",
                    format!("`{kind}`"),
                    expected,
                ));
            }
        }
    }
    Ok((pooling, longest))
}

/// The kinds of the modules, and the folders of their settings.
fn modules(folder: &Folder) -> Result<Vec<(String, String)>, EmbeddingError> {
    let Some(bytes) = folder.text_if_any("modules.json")? else { return Ok(Vec::new()) };
    let malformed = |found: &dyn std::fmt::Display| {
        EmbeddingError::malformed(
            &folder.path("modules.json"),
            "the whole",
            found,
            "a list of modules with type and path",
        )
    };
    let list: Value = serde_json::from_slice(&bytes).map_err(|error| malformed(&error))?;
    let module = |value: &Value| {
        let path = value.get("path")?.as_str()?;
        // A folder in this one, and none elsewhere.
        let plain = path.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        plain.then(|| Some((value.get("type")?.as_str()?.to_owned(), path.to_owned())))?
    };
    let list = list.as_array().and_then(|list| list.iter().map(module).collect::<Option<Vec<_>>>());
    list.ok_or_else(|| malformed(&"something else"))
}

fn pooling_of(keys: &Keys) -> Result<Pooling, EmbeddingError> {
    let modes = [
        ("mean", "pooling_mode_mean_tokens", Pooling::Mean),
        ("cls", "pooling_mode_cls_token", Pooling::First),
        ("max", "pooling_mode_max_tokens", Pooling::Largest),
    ];
    let named = keys.word("pooling_mode");
    let on = |(name, key, _): &(&str, &str, Pooling)| match named {
        Some(named) => named == *name,
        None => keys.keys.get(*key).and_then(Value::as_bool) == Some(true),
    };
    let others = keys.keys.iter().filter(|(key, value)| {
        key.starts_with("pooling_mode_")
            && value.as_bool() == Some(true)
            && !modes.iter().any(|(_, known, _)| known == key)
    });
    let chosen: Vec<Pooling> = modes.iter().filter(|mode| on(mode)).map(|(.., pooling)| *pooling).collect();
    match (chosen.as_slice(), others.count()) {
        ([pooling], 0) => Ok(*pooling),
        _ => {
            let found =
                named.map_or_else(|| "none, several or another".to_owned(), |named| format!("`{named}`"));
            Err(EmbeddingError::malformed(&keys.path, "the pooling", found, "one of mean, cls and max"))
        }
    }
}
