//! Rows of a training in, the columns of a model out; and later rows laid out in the same columns.
//!
//! What is a number by itself has a column if any row of the training has it. Keys become columns by what the
//! training says of them: how rare each value of a category is, which templates and words are frequent enough for a
//! column of their own, which fields hold numbers. What the training never met is counted in a column that says so.
//! Where a row lacks a number, the middle of the training stands in, which speaks neither for nor against.

mod known;
mod meanings;
mod names;
mod saved;
mod terms;

use logsift_outliers::Table;

use super::sheet::{Entry, RowView, Sheet, Space};
use super::{Asked, Family, Feature, Unit, categorical, feature};
use crate::embedding::{Embed, wording};
pub use names::Names;

use known::Known;
use meanings::Meanings;
pub(super) use meanings::Met;
use terms::Terms;

/// Columns that hashed words share.
pub(super) const BUCKETS: u64 = 256;
/// Rows that the middle of a column is taken from.
const LOOKED_AT: usize = 20_000;
/// Categories of a record.
const CATEGORIES: u8 = categorical::FITTED.len() as u8;

/// The features of templates.
pub(super) const TEMPLATES: &[Feature] = &[
    feature("rarity", "How rare its rarest template is in the training, as a natural logarithm, negated."),
    feature("unseen", "Records of templates that the training never met, as log(1 + count)."),
    feature(
        "[TEMPLATE]",
        "Of windows and sessions: records of a template, as log(1 + count), a column for each.",
    ),
];

/// The features of words.
pub(super) const WORDS: &[Feature] = &[feature(
    "[WORD]",
    "The weight of a word, a column for each of the most frequent: frequent here, rare elsewhere.",
)];

/// The features of hashed words.
pub(super) const HASHED: &[Feature] =
    &[feature("[0-255]", "The weight of all words that fall into a bucket.")];

/// The features of fields.
pub(super) const COLUMNS: &[Feature] =
    &[feature("[FIELD]", "The number that a field says, a column for each field with numbers.")];

/// The features of meanings.
pub(super) const SEMANTIC: &[Feature] = &[
    feature(
        "novelty",
        "How unlike its nearest template of the training a message means, 0 to 2; of several the most.",
    ),
    feature(
        "[TEMPLATE]",
        "How like a template of the training it means, -1 to 1, a column for each of 16 that mean different things.",
    ),
];

/// How rows become columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    asked: Asked,
    /// Which numbers of a row have a column.
    numbers: Vec<u32>,
    /// How often each value of each category was there.
    categories: Vec<Known>,
    templates: Option<Counted>,
    terms: Option<Terms>,
    buckets: Option<Terms>,
    /// The fields by the hashes of their names, in the order of their columns.
    fields: Vec<u64>,
    meanings: Option<Meanings>,
    names: Vec<String>,
    centres: Vec<f32>,
}

/// Templates by the hashes of their skeletons.
#[derive(Clone, Debug, Default, PartialEq)]
struct Counted {
    known: Known,
    /// The column of each skeleton that has one, in the order of the skeletons.
    columns: Vec<(u64, u32)>,
    count: u32,
}

impl Layout {
    /// Fits the columns to the rows of a training.
    pub fn fit(asked: &Asked, sheet: &Sheet, names: &Names) -> Layout {
        Layout::fit_with(asked, sheet, names, None)
    }

    /// The same where something makes vectors of texts; without it there are no columns of meanings.
    pub fn fit_with(asked: &Asked, sheet: &Sheet, names: &Names, embed: Option<&dyn Embed>) -> Layout {
        let mut layout = Layout {
            asked: asked.clone(),
            numbers: present(sheet),
            categories: Vec::new(),
            templates: None,
            terms: None,
            buckets: None,
            fields: Vec::new(),
            meanings: None,
            names: Vec::new(),
            centres: Vec::new(),
        };
        let by_itself: Vec<String> = asked.names().collect();
        let numbers = layout.numbers.iter().filter_map(|at| by_itself.get(*at as usize).cloned());
        layout.names = numbers.collect();
        layout.fit_categories(sheet);
        layout.fit_templates(sheet, names);
        layout.fit_words(sheet, names);
        layout.fit_fields(sheet, names);
        if let Some(embed) = embed.filter(|_| asked.has(Family::Semantic)) {
            let (meanings, columns) = Meanings::fit(&Known::of(sheet, Space::Template), names, embed);
            layout.names.extend(columns);
            layout.meanings = Some(meanings);
        }
        layout.centres = layout.middles(sheet);
        layout
    }

    /// What it was fitted for.
    pub fn asked(&self) -> &Asked {
        &self.asked
    }

    /// The names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether it has columns of meanings, for which vectors of later templates are needed.
    pub fn looks_at_meanings(&self) -> bool {
        self.meanings.is_some()
    }

    /// Whether vectors of this model are like those it was fitted with.
    pub fn is_by(&self, embed: &dyn Embed) -> bool {
        self.meanings.as_ref().is_none_or(|meanings| meanings.is_by(embed))
    }

    /// Tells a sheet what its templates mean that the training never met.
    pub fn tell_meanings(&self, sheet: &mut Sheet, names: &Names, embed: &dyn Embed) {
        let Some(meanings) = &self.meanings else { return };
        let wanted = |entry: &&Entry| entry.space == Space::Template && !meanings.knows(entry.key);
        let mut keys: Vec<u64> =
            sheet.views().flat_map(|view| view.entries).filter(wanted).map(|entry| entry.key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.retain(|key| !sheet.met.contains_key(key));
        let named: Vec<(u64, String)> =
            keys.into_iter().filter_map(|key| Some((key, wording(names.template(key)?)))).collect();
        let texts: Vec<&str> = named.iter().map(|(_, text)| text.as_str()).collect();
        let vectors = embed.vectors(&texts);
        sheet.met.extend(named.iter().map(|(key, _)| *key).zip(vectors));
    }

    /// Lays rows out, from one up to another.
    pub fn table(&self, sheet: &Sheet, rows: std::ops::Range<usize>) -> Table {
        let mut table = Table::new(self.names.len());
        let mut row = Vec::with_capacity(self.names.len());
        for at in rows.start..rows.end.min(sheet.len()) {
            self.row(sheet.view(at), &mut row);
            for (value, centre) in row.iter_mut().zip(&self.centres) {
                if value.is_nan() {
                    *value = *centre;
                }
            }
            table.push(&row);
        }
        table
    }

    /// Lays a row out; what it lacks is no number.
    fn row(&self, view: RowView<'_>, row: &mut Vec<f32>) {
        row.clear();
        let number = |at: &u32| view.numbers.get(*at as usize).copied().unwrap_or(f32::NAN);
        row.extend(self.numbers.iter().map(number));
        for (category, known) in (0..).zip(&self.categories) {
            self.push_category(of_space(view.entries, Space::Category(category)), known, row);
        }
        if let Some(templates) = &self.templates {
            templates.push(of_space(view.entries, Space::Template), row);
        }
        if let Some(terms) = &self.terms {
            terms.push(of_space(view.entries, Space::Term), row);
        }
        if let Some(buckets) = &self.buckets {
            buckets.push(of_space(view.entries, Space::Bucket), row);
        }
        let field = |key: &u64| {
            let mut found =
                view.entries.iter().filter(|entry| entry.space == Space::Field && entry.key == *key);
            found.next().map_or(f32::NAN, |entry| entry.value)
        };
        row.extend(self.fields.iter().map(field));
        if let Some(meanings) = &self.meanings {
            meanings.push(of_space(view.entries, Space::Template), view.met, row);
        }
    }

    fn push_category<'a>(&self, entries: impl Iterator<Item = &'a Entry>, known: &Known, row: &mut Vec<f32>) {
        let (mut sum, mut count, mut most) = (0.0, 0.0, f64::NAN);
        for entry in entries {
            let rarity = known.rarity(entry.key);
            sum += rarity * f64::from(entry.value);
            count += f64::from(entry.value);
            most = rarity.max(most);
        }
        row.push((sum / count) as f32);
        if self.asked.unit() == Unit::Windows {
            row.push(most as f32);
        }
    }

    fn fit_categories(&mut self, sheet: &Sheet) {
        if !self.asked.has(Family::Categorical) {
            return;
        }
        let of = |category| Known::of(sheet, Space::Category(category));
        self.categories = (0..CATEGORIES).map(of).collect();
        for feature in categorical::FITTED {
            let name = format!("categorical.{}", feature.name);
            match self.asked.unit() {
                Unit::Windows => self.names.extend([format!("{name}.mean"), format!("{name}.max")]),
                _ => self.names.push(name),
            }
        }
    }

    fn fit_templates(&mut self, sheet: &Sheet, names: &Names) {
        if !self.asked.has(Family::Templates) {
            return;
        }
        let known = Known::of(sheet, Space::Template);
        self.names.extend(["templates.rarity".to_owned(), "templates.unseen".to_owned()]);
        let mut counted = Counted { known, ..Counted::default() };
        if self.asked.unit() != Unit::Records {
            let frequent = counted.known.most_frequent(names, Space::Template, self.asked.vocabulary());
            counted.count = frequent.len() as u32;
            for ((name, keys), column) in frequent.into_iter().zip(0u32..) {
                counted.columns.extend(keys.into_iter().map(|key| (key, column)));
                self.names.push(format!("templates[{name}]"));
            }
            counted.columns.sort_unstable();
        }
        self.templates = Some(counted);
    }

    fn fit_words(&mut self, sheet: &Sheet, names: &Names) {
        if self.asked.has(Family::Tfidf) {
            let known = Known::of_rows(sheet, Space::Term);
            let frequent = known.most_frequent(names, Space::Term, self.asked.vocabulary());
            let keys = frequent.iter().filter_map(|(_, keys)| keys.first().copied()).collect();
            self.names.extend(frequent.iter().map(|(name, _)| format!("tfidf[{name}]")));
            self.terms = Terms::fit(sheet, Space::Term, keys);
        }
        if self.asked.has(Family::Hashed) {
            self.names.extend((0..BUCKETS).map(|bucket| format!("hashed[{bucket}]")));
            self.buckets = Terms::fit(sheet, Space::Bucket, (0..BUCKETS).collect());
        }
    }

    /// Fields that most rows have a number in; where no field is so frequent, any.
    fn fit_fields(&mut self, sheet: &Sheet, names: &Names) {
        if !self.asked.has(Family::Columns) {
            return;
        }
        let known = Known::of_rows(sheet, Space::Field);
        let frequent = known.most_frequent(names, Space::Field, self.asked.vocabulary());
        let in_most =
            |keys: &[u64]| keys.iter().map(|key| known.count(*key)).sum::<u64>() * 2 >= sheet.len() as u64;
        let most = frequent.iter().any(|(_, keys)| in_most(keys));
        let mut fields: Vec<_> = frequent.into_iter().filter(|(_, keys)| !most || in_most(keys)).collect();
        fields.sort();
        for (name, keys) in fields {
            self.fields.extend(keys.first());
            self.names.push(format!("columns[{name}]"));
        }
    }

    /// The middle of every column among the rows that have it.
    fn middles(&self, sheet: &Sheet) -> Vec<f32> {
        let step = sheet.len().div_ceil(LOOKED_AT).max(1);
        let mut values: Vec<Vec<f32>> = vec![Vec::new(); self.names.len()];
        let mut row = Vec::new();
        for at in (0..sheet.len()).step_by(step) {
            self.row(sheet.view(at), &mut row);
            let found = values.iter_mut().zip(&row).filter(|(_, value)| !value.is_nan());
            found.for_each(|(column, value)| column.push(*value));
        }
        values.iter_mut().map(|column| middle(column)).collect()
    }
}

fn middle(values: &mut [f32]) -> f32 {
    let middle = values.len() / 2;
    if values.is_empty() { 0.0 } else { *values.select_nth_unstable_by(middle, f32::total_cmp).1 }
}

/// The numbers that any row has.
fn present(sheet: &Sheet) -> Vec<u32> {
    let mut present = vec![false; sheet.width()];
    for view in sheet.views() {
        present.iter_mut().zip(view.numbers).for_each(|(present, value)| *present |= !value.is_nan());
    }
    (0u32..).zip(present).filter(|(_, present)| *present).map(|(at, _)| at).collect()
}

fn of_space(entries: &[Entry], space: Space) -> impl Iterator<Item = &Entry> {
    entries.iter().filter(move |entry| entry.space == space)
}

impl Counted {
    fn push<'a>(&self, entries: impl Iterator<Item = &'a Entry>, row: &mut Vec<f32>) {
        let start = row.len();
        row.resize(start + 2 + self.count as usize, 0.0);
        let (mut rarity, mut unseen) = (0.0f64, 0.0f32);
        for entry in entries {
            rarity = rarity.max(self.known.rarity(entry.key));
            if self.known.count(entry.key) == 0 {
                unseen += entry.value;
            }
            let column = self.columns.binary_search_by_key(&entry.key, |(key, _)| *key).ok();
            let column = column.and_then(|at| self.columns.get(at)).map(|(_, column)| *column as usize);
            if let Some(cell) = column.and_then(|column| row.get_mut(start + 2 + column)) {
                *cell += entry.value;
            }
        }
        if let Some(cells) = row.get_mut(start..) {
            cells.iter_mut().for_each(|cell| *cell = cell.ln_1p());
            if let [first, second, ..] = cells {
                (*first, *second) = (rarity as f32, unseen.ln_1p());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::extractor::tests::sheet;
    use super::*;
    use crate::embedding::tests::Topics;
    use crate::model::{Allowance, BlockReader, BlockWriter};

    fn log() -> String {
        let line = |nth: u32| match nth % 10 {
            9 => format!("2024-03-04T00:{:02}:{:02}Z WARN disk {nth} is slow\n", nth / 60, nth % 60),
            _ => format!("2024-03-04T00:{:02}:{:02}Z INFO user u{nth} came in\n", nth / 60, nth % 60),
        };
        (0..600).map(line).collect()
    }

    fn all(unit: Unit) -> Asked {
        Asked::new(&Family::ALL, unit).unwrap().with_window(60).unwrap().with_vocabulary(8).unwrap()
    }

    #[test]
    fn later_rows_stand_in_the_columns_of_the_training() {
        for unit in [Unit::Records, Unit::Windows] {
            let asked = all(unit);
            let (trained, names) = sheet(&log(), &asked);
            let layout = Layout::fit(&asked, &trained, &names);
            let table = layout.table(&trained, 0..trained.len());
            assert_eq!((table.rows().len(), table.rows().columns()), (trained.len(), layout.names().len()));
            assert!(table.rows().values().iter().all(|value| value.is_finite()));
            let (later, _) = sheet("2024-03-05T00:00:00Z ERROR the moon fell down\n", &asked);
            let row = layout.table(&later, 0..9);
            let of = |name: &str| {
                row.rows().row(0)[layout.names().iter().position(|other| other == name).unwrap()]
            };
            assert!((of("templates.unseen") - 2f32.ln()).abs() < 1e-6);
            assert!(of("templates.rarity") > 6.0);
        }
    }

    #[test]
    fn what_no_row_has_is_no_column() {
        let asked = Asked::usual(Unit::Records);
        let (sheet, names) = sheet(&log(), &asked);
        let layout = Layout::fit(&asked, &sheet, &names);
        let has = |name: &str| layout.names().iter().any(|other| other == name);
        assert!(has("time.hour") && has("categorical.level_rarity") && !has("performance.duration"));
    }

    #[test]
    fn templates_of_windows_are_counted_by_their_names() {
        let asked = Asked::new(&[Family::Templates], Unit::Windows).unwrap().with_window(60).unwrap();
        let (sheet, mut names) = sheet(&log(), &asked);
        let mut keys: Vec<u64> =
            sheet.views().flat_map(|view| view.entries.to_vec()).map(|entry| entry.key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.iter().for_each(|key| names.add(Space::Template, *key, || "t0".to_owned()));
        let layout = Layout::fit(&asked, &sheet, &names);
        assert_eq!(layout.names().last().map(String::as_str), Some("templates[t0]"));
        let table = layout.table(&sheet, 0..1);
        assert!((table.rows().row(0).last().unwrap() - 61f32.ln()).abs() < 1e-5);
    }

    #[test]
    fn meanings_are_columns_and_what_is_new_is_told_from_what_is_said_anew() {
        const TOPICS: Topics = Topics(&[&["disk", "storage"], &["page", "served"], &["torpedo"]]);
        let asked = Asked::new(&[Family::Semantic], Unit::Records).unwrap();
        let (trained, names) = sheet_of(&["disk is slow", "served page one", "storage disk full"], &asked);
        let layout = Layout::fit_with(&asked, &trained, &names, Some(&TOPICS));
        assert!(layout.looks_at_meanings() && layout.is_by(&TOPICS) && !layout.is_by(&Topics(&[&["a"]])));
        assert_eq!(layout.names().first().map(String::as_str), Some("semantic.novelty"));
        assert!(
            layout.names().iter().any(|name| name.starts_with("semantic[disk is slow")),
            "{:?}",
            layout.names()
        );
        let (mut later, names) = sheet_of(&["storage gone", "torpedo torpedo"], &asked);
        layout.tell_meanings(&mut later, &names, &TOPICS);
        let table = layout.table(&later, 0..2);
        let novelty = |row: usize| table.rows().row(row)[0];
        assert!(novelty(0) < 0.1 && novelty(1) > 0.5, "{} {}", novelty(0), novelty(1));
        let mut writer = BlockWriter::default();
        layout.write(&mut writer);
        for at in 0..writer.bytes().len() {
            let mut damaged = writer.bytes().to_vec();
            damaged[at] ^= 0x41;
            let allowance = Allowance::for_input(damaged.len());
            let mut reader = BlockReader::new(&damaged, &allowance);
            // Whatever is read must lay rows out without a panic.
            if let Ok(other) = Layout::read(&mut reader) {
                assert_eq!(other.table(&later, 0..2).rows().columns(), other.names().len());
            }
        }
        let allowance = Allowance::for_input(writer.bytes().len());
        assert_eq!(Layout::read(&mut BlockReader::new(writer.bytes(), &allowance)).unwrap(), layout);
    }

    /// A row for each message, and what their skeletons are called.
    fn sheet_of(messages: &[&str], asked: &Asked) -> (Sheet, Names) {
        let text: String =
            messages.iter().map(|message| format!("2024-03-04T00:00:00Z INFO {message}\n")).collect();
        let (sheet, mut names) = sheet(&text, asked);
        let mut keys: Vec<u64> = sheet.views().flat_map(|view| view.entries).map(|entry| entry.key).collect();
        keys.dedup();
        names.skeletons(keys.into_iter().zip(messages.iter().copied()));
        (sheet, names)
    }

    #[test]
    fn a_layout_comes_back_from_its_bytes_and_damage_is_refused() {
        let asked = all(Unit::Windows);
        let (sheet, names) = sheet(&log(), &asked);
        let layout = Layout::fit(&asked, &sheet, &names);
        let mut writer = BlockWriter::default();
        layout.write(&mut writer);
        let read = |bytes: &[u8]| {
            let allowance = Allowance::for_input(bytes.len());
            let mut reader = BlockReader::new(bytes, &allowance);
            let layout = Layout::read(&mut reader)?;
            reader.end()?;
            Ok::<Layout, crate::model::ModelError>(layout)
        };
        assert_eq!(read(writer.bytes()).unwrap(), layout);
        for end in (0..writer.bytes().len()).step_by(7) {
            assert!(read(&writer.bytes()[..end]).is_err(), "{end}");
        }
        for at in 0..writer.bytes().len() {
            let mut damaged = writer.bytes().to_vec();
            damaged[at] ^= 0x41;
            // Whatever is read must lay rows out without a panic.
            if let Ok(other) = read(&damaged) {
                let table = other.table(&sheet, 0..3);
                assert_eq!(table.rows().columns(), other.names().len());
            }
        }
    }
}
