//! A text in, the numbers of its word pieces out, as BERT takes texts apart.
//!
//! First the text is made plain (control characters go, capitals and accents where the model has none), then it is
//! cut into words at blanks and punctuation, then every word into the longest pieces that the vocabulary has. The
//! vocabulary stands in `tokenizer.json` or in `vocab.txt`.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::path::Path;

use serde_json::Value;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::error::EmbeddingError;
use crate::folder::{Folder, Keys};

/// Word pieces of a vocabulary.
const MOST: usize = 1 << 20;
/// Letters of a word that is taken apart; a longer one is unknown.
const LONGEST_WORD: usize = 100;
/// What stands before a piece that goes on with a word.
const CONTINUING: &str = "##";

type Vocabulary = HashMap<String, u32, BuildHasherDefault<std::hash::DefaultHasher>>;

/// How texts are taken apart.
pub(crate) struct WordPieces {
    vocabulary: Vocabulary,
    manner: Manner,
    begin: u32,
    end: u32,
    unknown: u32,
}

/// What happens to a text before it is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Manner {
    lowercase: bool,
    strip_accents: bool,
    clean: bool,
    /// Whether every Chinese character is a word.
    characters: bool,
}

impl WordPieces {
    /// The vocabulary of a folder; no piece may have a number from `most` on.
    pub(crate) fn read(folder: &Folder, most: usize) -> Result<WordPieces, EmbeddingError> {
        if let Some(keys) = folder.keys_if_any("tokenizer.json")? {
            return of_tokenizer(&keys, most);
        }
        let Some(text) = folder.text_if_any("vocab.txt")? else {
            let path = folder.path("tokenizer.json");
            return Err(EmbeddingError::malformed(
                &path,
                "the vocabulary",
                "missing",
                "tokenizer.json or vocab.txt",
            ));
        };
        let settings = folder.keys_if_any("tokenizer_config.json")?;
        let lowercase = settings.as_ref().map_or(Ok(true), |keys| keys.flag("do_lower_case", true))?;
        let strip_accents =
            settings.as_ref().map_or(Ok(lowercase), |keys| keys.flag("strip_accents", lowercase))?;
        let manner = Manner { lowercase, strip_accents, clean: true, characters: true };
        let text = String::from_utf8_lossy(&text);
        let words = text.lines().map(|line| line.trim_end_matches('\r').to_owned()).zip(0..);
        WordPieces::new(&folder.path("vocab.txt"), words.collect(), manner, most)
    }

    fn new(
        path: &Path,
        vocabulary: Vocabulary,
        manner: Manner,
        most: usize,
    ) -> Result<WordPieces, EmbeddingError> {
        let limit = most.min(MOST);
        if let Some((word, number)) = vocabulary.iter().find(|(_, number)| **number as usize >= limit) {
            let what = format!("the number of `{word}`");
            return Err(EmbeddingError::malformed(path, what, number, format!("a number below {limit}")));
        }
        let special = |word: &str| {
            let missing = || {
                EmbeddingError::malformed(path, format!("`{word}`"), "missing", "a word piece of that name")
            };
            vocabulary.get(word).copied().ok_or_else(missing)
        };
        let (begin, end, unknown) = (special("[CLS]")?, special("[SEP]")?, special("[UNK]")?);
        Ok(WordPieces { vocabulary, manner, begin, end, unknown })
    }

    /// The pieces of a text, begin and end among them; at most so many.
    pub(crate) fn pieces(&self, text: &str, most: usize) -> Vec<u32> {
        let room = most.saturating_sub(1).max(1);
        let mut pieces = vec![self.begin];
        // A text that is far longer than what is used of it is not read to its end.
        let start: String = text.chars().take(most.saturating_mul(LONGEST_WORD)).collect();
        for word in self.words(&start) {
            if pieces.len() >= room {
                break;
            }
            self.cut(&word, &mut pieces);
        }
        pieces.truncate(room);
        pieces.push(self.end);
        pieces
    }

    fn words(&self, text: &str) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        let mut open = false;
        for letter in self.plain(text).chars() {
            let alone = is_punctuation(letter) || self.manner.characters && is_chinese(letter);
            if letter.is_whitespace() {
                open = false;
            } else if alone {
                words.push(letter.to_string());
                open = false;
            } else {
                match words.last_mut().filter(|_| open) {
                    Some(word) => word.push(letter),
                    None => words.push(letter.to_string()),
                }
                open = true;
            }
        }
        words
    }

    fn plain(&self, text: &str) -> String {
        let manner = self.manner;
        let cleaned: String =
            if manner.clean { text.chars().filter_map(cleaned).collect() } else { text.to_owned() };
        let stripped: String = if manner.strip_accents {
            cleaned.nfd().filter(|letter| !is_accent(*letter)).collect()
        } else {
            cleaned
        };
        if manner.lowercase { stripped.chars().flat_map(char::to_lowercase).collect() } else { stripped }
    }

    /// Appends the longest pieces of a word, or that it is unknown.
    fn cut(&self, word: &str, pieces: &mut Vec<u32>) {
        let before = pieces.len();
        let mut rest = word;
        if word.chars().count() > LONGEST_WORD {
            rest = "";
            pieces.push(self.unknown);
        }
        let mut piece = String::new();
        while !rest.is_empty() {
            let ends = rest.char_indices().map(|(at, letter)| at + letter.len_utf8()).rev();
            let found = ends.into_iter().find_map(|end| {
                piece.clear();
                if pieces.len() > before {
                    piece.push_str(CONTINUING);
                }
                piece.push_str(rest.get(..end)?);
                self.vocabulary.get(&piece).map(|number| (*number, end))
            });
            let Some((number, end)) = found else {
                pieces.truncate(before);
                pieces.push(self.unknown);
                return;
            };
            pieces.push(number);
            rest = rest.get(end..).unwrap_or_default();
        }
    }
}

/// A `tokenizer.json` whose model is WordPiece and which treats texts as BERT does.
fn of_tokenizer(keys: &Keys, most: usize) -> Result<WordPieces, EmbeddingError> {
    let refuse = |what: &str, found: &Value, expected: &str| {
        Err(EmbeddingError::malformed(&keys.path, what, format!("`{found}`"), expected))
    };
    let null = Value::Null;
    let of = |value: &Value, key: &str| value.get(key).cloned().unwrap_or(Value::Null);
    let model = keys.keys.get("model").unwrap_or(&null);
    if model.get("type").is_some_and(|kind| kind != "WordPiece") {
        return refuse("`model.type`", &of(model, "type"), "`WordPiece`: a model of the BERT family");
    }
    if model.get("continuing_subword_prefix").is_some_and(|prefix| prefix != CONTINUING) {
        return refuse("`model.continuing_subword_prefix`", &of(model, "continuing_subword_prefix"), "`##`");
    }
    let normaliser = keys.keys.get("normalizer").unwrap_or(&null);
    if normaliser.get("type").is_none_or(|kind| kind != "BertNormalizer") {
        return refuse("`normalizer.type`", &of(normaliser, "type"), "`BertNormalizer`");
    }
    let flag = |key: &str, missing: bool| normaliser.get(key).and_then(Value::as_bool).unwrap_or(missing);
    let lowercase = flag("lowercase", true);
    let manner = Manner {
        lowercase,
        strip_accents: flag("strip_accents", lowercase),
        clean: flag("clean_text", true),
        characters: flag("handle_chinese_chars", true),
    };
    let Some(words) = model.get("vocab").and_then(Value::as_object) else {
        return refuse("`model.vocab`", &null, "an object of word pieces and their numbers");
    };
    let mut vocabulary = Vocabulary::default();
    for (word, number) in words {
        match number.as_u64().and_then(|number| u32::try_from(number).ok()) {
            Some(number) => vocabulary.insert(word.clone(), number),
            None => return refuse(&format!("the number of `{word}`"), number, "a whole number"),
        };
    }
    WordPieces::new(&keys.path, vocabulary, manner, most)
}

fn is_accent(letter: char) -> bool {
    is_combining_mark(letter) && letter.general_category() == GeneralCategory::NonspacingMark
}

/// Blanks of all kinds become spaces, and what nobody sees goes.
fn cleaned(letter: char) -> Option<char> {
    match letter {
        '\t' | '\n' | '\r' => Some(' '),
        '\0' | '\u{fffd}' => None,
        letter if letter.general_category_group() == GeneralCategoryGroup::Other => None,
        letter if letter.is_whitespace() => Some(' '),
        letter => Some(letter),
    }
}

fn is_punctuation(letter: char) -> bool {
    letter.is_ascii_punctuation() || letter.general_category_group() == GeneralCategoryGroup::Punctuation
}

fn is_chinese(letter: char) -> bool {
    matches!(u32::from(letter),
        0x4e00..=0x9fff | 0x3400..=0x4dbf | 0x2_0000..=0x2_a6df | 0x2_a700..=0x2_b73f | 0x2_b740..=0x2_b81f
        | 0x2_b920..=0x2_ceaf | 0xf900..=0xfaff | 0x2_f800..=0x2_fa1f)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WORDS: [&str; 16] = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "connect", "##ion", "closed", "un", "##a", "##ff", "##able", ":",
        "中", "zurich", "a", "Zurich",
    ];

    fn pieces(lowercase: bool) -> WordPieces {
        let vocabulary = WORDS.iter().map(|word| (*word).to_owned()).zip(0..).collect();
        let manner = Manner { lowercase, strip_accents: lowercase, clean: true, characters: true };
        WordPieces::new(Path::new("vocab.txt"), vocabulary, manner, WORDS.len()).unwrap()
    }

    fn cut(text: &str) -> Vec<&'static str> {
        pieces(true).pieces(text, 32).into_iter().map(|piece| WORDS[piece as usize]).collect()
    }

    #[test]
    fn texts_are_cut_into_the_longest_pieces() {
        let check = |text: &str, wanted: &str| {
            let wanted = format!("[CLS] {wanted} [SEP]").replace("  ", " ");
            assert_eq!(cut(text).join(" "), wanted, "{text:?}");
        };
        check("", "");
        check("Connection closed", "connect ##ion closed");
        check("unaffable: Zürich", "un ##a ##ff ##able : zurich");
        check("closed中closed", "closed 中 closed");
        check("connections", "[UNK]");
        check("a\u{0}\u{200b}a\ta", "a ##a a");
        check(&"a".repeat(101), "[UNK]");
        check("closed—closed", "closed [UNK] closed");
    }

    #[test]
    fn capitals_stay_where_the_model_knows_them() {
        let found = pieces(false).pieces("Zurich zurich", 9);
        assert_eq!(found, [2, 15, 13, 3]);
    }

    #[test]
    fn a_vocabulary_that_does_not_fit_is_refused() {
        let manner = Manner { lowercase: true, strip_accents: true, clean: true, characters: true };
        let make = |words: &[&str], most| {
            let vocabulary = words.iter().map(|word| (*word).to_owned()).zip(0..).collect();
            WordPieces::new(Path::new("vocab.txt"), vocabulary, manner, most)
                .err()
                .map(|error| error.to_string())
        };
        assert_eq!(
            make(&["[CLS]", "[SEP]"], 9).unwrap(),
            "`vocab.txt`: `[UNK]` is missing, expected a word piece of that name"
        );
        assert_eq!(
            make(&["[CLS]", "[SEP]", "[UNK]"], 2).unwrap(),
            "`vocab.txt`: the number of `[UNK]` is 2, expected a number below 2"
        );
    }

    proptest! {
        #[test]
        fn any_text_has_a_begin_and_an_end_and_no_more_than_asked(text in ".{0,200}", most in 2usize..20) {
            let found = pieces(true).pieces(&text, most);
            prop_assert!(found.len() >= 2 && found.len() <= most.max(2));
            prop_assert_eq!((found[0], found[found.len() - 1]), (2, 3));
            prop_assert!(found.iter().all(|piece| (*piece as usize) < WORDS.len()));
        }
    }
}
