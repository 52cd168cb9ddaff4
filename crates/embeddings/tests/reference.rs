//! Vectors of small models with random weights, beside those of PyTorch; and folders that are not what they say.
//!
//! `tests/make_models.py` makes the models and what the reference makes of some texts. `LOGSIFT_EMBEDDINGS` may name
//! the folder of a real model in which the script wrote its vectors.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use std::fs;
use std::path::{Path, PathBuf};

use logsift_embeddings::Encoder;
use proptest::prelude::*;
use serde_json::Value;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models").join(name)
}

/// Texts and the vectors that PyTorch makes of them.
fn expected(folder: &Path) -> Vec<(String, Vec<f64>)> {
    let written: Value = serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let one = |value: &Value| {
        let numbers = value["vector"].as_array().unwrap().iter().map(|number| number.as_f64().unwrap());
        (value["text"].as_str().unwrap().to_owned(), numbers.collect())
    };
    written.as_array().unwrap().iter().map(one).collect()
}

fn compare(folder: &Path) {
    let encoder = Encoder::open(folder).unwrap();
    let expected = expected(folder);
    let texts: Vec<&str> = expected.iter().map(|(text, _)| text.as_str()).collect();
    let together = encoder.vectors(&texts);
    for ((text, wanted), vector) in expected.iter().zip(&together) {
        assert_eq!(vector.len(), encoder.dimensions());
        let off =
            vector.iter().zip(wanted).map(|(one, other)| (f64::from(*one) - other).abs()).fold(0.0, f64::max);
        assert!(off < 1e-4, "{text:?} is off by {off}");
        // Alone, by a model that remembers nothing: the same bits.
        let alone = Encoder::open(folder).unwrap().vectors(&[text]);
        assert_eq!(alone[0], *vector, "{text:?}");
    }
    assert_eq!(encoder.vectors(&texts), together, "what is remembered is what was made");
}

#[test]
fn vectors_are_those_of_pytorch() {
    compare(&folder("mean"));
    compare(&folder("first"));
}

#[test]
fn vectors_of_a_real_model_are_those_of_pytorch() {
    match std::env::var_os("LOGSIFT_EMBEDDINGS") {
        Some(folder) => compare(Path::new(&folder)),
        None => eprintln!("skipped: LOGSIFT_EMBEDDINGS names no folder"),
    }
}

/// A copy of a folder in which one file was changed.
fn changed(name: &str, file: &str, change: impl FnOnce(Vec<u8>) -> Option<Vec<u8>>) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    fs::create_dir(copy.path().join("1_Pooling")).unwrap();
    for part in [
        "config.json",
        "tokenizer.json",
        "vocab.txt",
        "model.safetensors",
        "modules.json",
        "sentence_bert_config.json",
        "tokenizer_config.json",
        "1_Pooling/config.json",
    ] {
        if let Ok(bytes) = fs::read(folder(name).join(part)) {
            fs::write(copy.path().join(part), bytes).unwrap();
        }
    }
    match change(fs::read(copy.path().join(file)).unwrap()) {
        Some(bytes) => fs::write(copy.path().join(file), bytes).unwrap(),
        None => fs::remove_file(copy.path().join(file)).unwrap(),
    }
    copy
}

#[test]
fn what_does_not_fit_is_refused_with_what_was_expected() {
    let edited = |from: &'static str, to: &'static str| {
        move |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains(from), "{text}");
            Some(text.replace(from, to).into_bytes())
        }
    };
    let check = |folder: tempfile::TempDir, wanted: &str| {
        let refused = Encoder::open(folder.path()).err().map(|error| error.to_string()).unwrap_or_default();
        let refused = refused.replace(&format!("{}/", folder.path().display()), "");
        assert_eq!(refused, wanted);
    };
    check(
        changed("mean", "config.json", edited("\"hidden_size\": 24", "\"hidden_size\": 48")),
        "`model.safetensors`: tensor `embeddings.position_embeddings.weight` is of the shape [64, 24], expected numbers of the shape [64, 48]",
    );
    check(
        changed("mean", "config.json", edited("\"num_attention_heads\": 3", "\"num_attention_heads\": 5")),
        "`config.json`: `num_attention_heads` is 5, expected a number that divides `hidden_size` 24",
    );
    check(
        changed("mean", "config.json", edited("\"model_type\": \"bert\"", "\"model_type\": \"llama\"")),
        "`config.json`: `model_type` is `llama`, expected `bert`: models of the BERT family are run, such as MiniLM",
    );
    check(
        changed("mean", "config.json", edited("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1e9")),
        "`config.json`: `num_hidden_layers` is `1000000000.0`, expected a whole number, 0 to 64",
    );
    check(
        changed("mean", "config.json", edited("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3")),
        "`model.safetensors`: tensor `encoder.layer.2.attention.self.query.weight` is missing, expected numbers of the shape [24, 24]",
    );
    check(
        changed("mean", "tokenizer.json", edited("\"WordPiece\"", "\"BPE\"")),
        "`tokenizer.json`: `model.type` is `\"BPE\"`, expected `WordPiece`: a model of the BERT family",
    );
    check(
        changed("mean", "modules.json", edited("1_Pooling", "../elsewhere")),
        "`modules.json`: the whole is something else, expected a list of modules with type and path",
    );
    check(
        changed("mean", "modules.json", edited("models.Normalize", "models.Dense")),
        "`modules.json`: a module is `sentence_transformers.models.Dense`, expected Transformer, Pooling or Normalize",
    );
    check(
        changed("first", "vocab.txt", |_| None),
        "`tokenizer.json`: the vocabulary is missing, expected tokenizer.json or vocab.txt",
    );
    check(
        changed("mean", "model.safetensors", |_| None),
        "`model.safetensors`: No such file or directory (os error 2)\nhint: weights are read from model.safetensors; save the model in that format",
    );
}

#[test]
fn half_a_file_is_refused() {
    let half = changed("mean", "model.safetensors", |mut bytes| {
        bytes.truncate(bytes.len() / 2);
        Some(bytes)
    });
    let refused = Encoder::open(half.path()).unwrap_err().to_string();
    assert!(refused.contains("expected a shape that fills its place, within "), "{refused}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever byte is changed: refused, or vectors of finite numbers.
    #[test]
    fn no_damage_does_harm(
        file in prop::sample::select(vec!["config.json", "tokenizer.json", "model.safetensors", "modules.json"]),
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        head in any::<bool>(),
    ) {
        let damaged = changed("mean", file, |mut bytes| {
            // The header of the weights is what lengths are read from.
            let within = if head { bytes.len().min(3000) } else { bytes.len() };
            for (place, byte) in places {
                let at = place.index(within);
                bytes[at] = byte;
            }
            Some(bytes)
        });
        if let Ok(encoder) = Encoder::open(damaged.path()) {
            for vector in encoder.vectors(&["connection closed", "error"]){
                prop_assert!(vector.iter().all(|number| number.is_finite()), "{file}");
            }
        }
    }
}
