//! Words for levels that are told apart letter by letter because they are rare: words of other languages.

use super::Level;

/// Words that mean a level and nothing else at the head of a line, in lower case.
const FOREIGN: &[(&str, Level)] = &[
    ("warnung", Level::Warn),
    ("fehler", Level::Error),
    ("schwerwiegend", Level::Error),
    ("kritisch", Level::Critical),
    ("hinweis", Level::Notice),
    ("avertissement", Level::Warn),
    ("erreur", Level::Error),
    ("critique", Level::Critical),
    ("advertencia", Level::Warn),
    ("información", Level::Info),
    ("informacion", Level::Info),
    ("crítico", Level::Critical),
    ("critico", Level::Critical),
    ("avvertenza", Level::Warn),
    ("avviso", Level::Warn),
    ("errore", Level::Error),
    ("informazioni", Level::Info),
    ("advertência", Level::Warn),
    ("informação", Level::Info),
    ("отладка", Level::Debug),
    ("инфо", Level::Info),
    ("информация", Level::Info),
    ("предупреждение", Level::Warn),
    ("ошибка", Level::Error),
    ("调试", Level::Debug),
    ("信息", Level::Info),
    ("警告", Level::Warn),
    ("错误", Level::Error),
    ("严重", Level::Error),
    ("致命", Level::Fatal),
    ("除錯", Level::Debug),
    ("資訊", Level::Info),
    ("錯誤", Level::Error),
    ("嚴重", Level::Error),
    ("デバッグ", Level::Debug),
    ("情報", Level::Info),
    ("エラー", Level::Error),
    ("致命的", Level::Fatal),
];

/// The level of a word of another language, in any case.
#[cold]
pub(super) fn foreign(word: &[u8]) -> Option<Level> {
    let word = std::str::from_utf8(word).ok()?;
    let same = |known: &str| word.chars().flat_map(char::to_lowercase).eq(known.chars());
    FOREIGN.iter().find(|(known, _)| same(known)).map(|(_, level)| *level)
}
