//! A labelled table of numbers in, verdicts of the models that take rows out.
//!
//! Columns are `label`, optionally `id` and `kind`, and any others, all of which hold numbers. Fitted on is the whole
//! table, without its labels, or another file, which is taken to be normal.

use std::path::{Path, PathBuf};

use logsift_outliers::Table as Numbers;
use logsift_outliers::guard::LIMIT;
use logsift_reports::text::figures::counted;

use crate::error::EvalError;
use crate::models::{Judgements, Models, TableMaterial};
use crate::table::{self, Column, Row, Table, shown};
use crate::units::Unit;

const HEADER: &str = "label, and columns of numbers";
/// Columns that are no numbers.
const NAMED: [&str; 3] = ["label", "id", "kind"];

/// What is fitted on, and as what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableChoice {
    /// The rows of this file instead of those that are judged.
    pub train: Option<PathBuf>,
    /// At most so many, the first ones.
    pub limit: Option<usize>,
    /// Columns are taken as they stand, and not brought to one scale.
    pub raw: bool,
}

/// A labelled table.
#[derive(Clone, Debug, PartialEq)]
pub struct TableSet {
    /// The file.
    pub name: String,
    /// What is fitted on, in words.
    pub trained_on: String,
    /// What should be known about it.
    pub notes: Vec<String>,
    /// What is judged.
    pub units: Vec<Unit>,
    tested: Numbers,
    trained: Option<Numbers>,
    limit: usize,
    raw: bool,
}

impl TableSet {
    /// Reads a table and what is fitted on.
    pub fn read(path: &Path, choice: &TableChoice) -> Result<TableSet, EvalError> {
        let own = table::read(path, HEADER, |table| Read::of(table, None))?;
        let other = choice.train.as_ref().map(|file| {
            let read = table::read(file, HEADER, |table| Read::of(table, Some(&own.names)))?;
            Ok((shown(file), read))
        });
        let other: Option<(String, Read)> = other.transpose()?;
        let mut set = TableSet {
            name: shown(path),
            trained_on: String::new(),
            notes: other.iter().filter_map(|(file, read)| read.note(file)).collect(),
            units: own.units,
            tested: own.numbers,
            limit: choice.limit.unwrap_or(usize::MAX),
            raw: choice.raw,
            trained: None,
        };
        let words = match other {
            Some((file, read)) => {
                set.trained = Some(read.numbers);
                format!("of {file}")
            }
            None => "of those that are judged, without their labels".to_owned(),
        };
        set.trained_on = format!("{} {words}", counted(set.train_units() as u64, "row", "rows"));
        if set.train_units() == 0 || set.units.is_empty() {
            let reason =
                format!("`{}`: {} to fit on and {} to judge", set.name, set.train_units(), set.units.len());
            return Err(EvalError::unsuited(reason, format!("a table has a header and rows: {HEADER}")));
        }
        Ok(set)
    }

    /// How many rows are fitted on.
    pub fn train_units(&self) -> usize {
        self.trained.as_ref().unwrap_or(&self.tested).rows().len().min(self.limit)
    }

    /// Fits every model and lets it judge the table.
    pub fn judge(&self, models: &Models) -> Result<Judgements, EvalError> {
        models.of_rows(&TableMaterial {
            trained: self.trained.as_ref().unwrap_or(&self.tested).rows().slice(0, self.limit),
            tested: self.tested.rows(),
            normal: self.trained.is_some(),
            standardise: !self.raw,
        })
    }
}

/// What stands in a file.
struct Read {
    names: Vec<String>,
    units: Vec<Unit>,
    numbers: Numbers,
}

impl Read {
    /// Reads rows; with `names`, the columns of that name in that order, and then a label is not needed.
    fn of(table: Table<'_>, names: Option<&[String]>) -> Result<Read, EvalError> {
        let label = if names.is_some() { table.optional("label") } else { Some(table.column("label")?) };
        let (id, kind) = (table.optional("id"), table.optional("kind"));
        let columns = match names {
            Some(names) => names.iter().map(|name| table.named(name)).collect::<Result<_, _>>()?,
            None => table.others(&NAMED),
        };
        let names: Vec<String> = columns.iter().map(|column: &Column| column.name().to_owned()).collect();
        let mut read = Read { names, units: Vec::new(), numbers: Numbers::new(columns.len()) };
        if columns.is_empty() {
            return Err(table.without_columns());
        }
        let mut values = Vec::with_capacity(columns.len());
        table.each(|row: &Row<'_>| {
            values.clear();
            for column in &columns {
                values.push(number(row, column)?);
            }
            read.numbers.push(&values);
            let name = row.text_of(id.as_ref())?;
            read.units.push(Unit {
                id: if name.is_empty() { (read.units.len() + 1).to_string() } else { name.to_owned() },
                abnormal: label.as_ref().map_or(Ok(false), |label| row.label(label))?,
                kind: row.text_of(kind.as_ref())?.to_owned(),
            });
            Ok(())
        })?;
        Ok(read)
    }

    /// What is fitted on is taken as normal; labels that say otherwise are told and not looked at.
    fn note(&self, file: &str) -> Option<String> {
        let abnormal = self.units.iter().filter(|unit| unit.abnormal).count() as u64;
        let rows = counted(abnormal, "row", "rows");
        (abnormal > 0).then(|| format!("{rows} of {file} labelled abnormal, and fitted on as all others"))
    }
}

/// A field as models take it.
fn number(row: &Row<'_>, column: &Column) -> Result<f32, EvalError> {
    match row.text(column)?.trim().parse::<f32>() {
        Ok(number) if number.abs() <= LIMIT => Ok(number),
        Ok(_) => Err(row.refused(column, "is no finite number of at most 1e18\nhint: leave the row out")),
        Err(_) => {
            Err(row.refused(column, "is no number\nhint: leave the column out, or call it `id` or `kind`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{FitSettings, Judged};
    use crate::table::making::write;

    const TABLE: &str = "a,label,kind,b\n1,0,,2.5\n-3e2,1,far,1\n";

    fn read(text: &str, train: Option<&str>) -> Result<TableSet, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), "table.csv.gz", text);
        let train = train.map(|text| write(folder.path(), "train.csv", text));
        let choice = TableChoice { train, ..TableChoice::default() };
        let set = TableSet::read(&path, &choice);
        set.map_err(|error| error.to_string().replace(&shown(folder.path()), ""))
    }

    #[test]
    fn columns_that_have_no_name_of_their_own_are_numbers() {
        let set = read(TABLE, None).unwrap();
        assert_eq!(set.tested.rows().values(), [1.0, 2.5, -300.0, 1.0]);
        let unit = Unit { id: "2".to_owned(), abnormal: true, kind: "far".to_owned() };
        assert_eq!((&set.units[1], set.train_units()), (&unit, 2));
    }

    #[test]
    fn another_file_is_fitted_on_by_the_names_of_its_columns() {
        let set = read(TABLE, Some("b,more,a\n7,x,8\n")).unwrap();
        assert_eq!(set.trained.as_ref().unwrap().rows().values(), [8.0, 7.0]);
        assert!(set.trained_on.starts_with("1 row of ") && set.notes.is_empty(), "{}", set.trained_on);
        let set = read(TABLE, Some("label,b,a\n1,7,8\n0,1,1\n")).unwrap();
        assert_eq!(
            set.notes,
            ["1 row of /train.csv labelled abnormal, and fitted on as all others"
                .replace("/train.csv", set.trained_on.rsplit(' ').next().unwrap())]
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let refused = |text: &str, train: Option<&str>, says: &str| {
            let error = read(text, train).unwrap_err();
            assert!(error.contains(says), "{error}");
        };
        refused("a,b\n1,2\n", None, "no column `label`");
        refused("label\n1\n", None, "has no column of numbers");
        refused("label,a\n1,x\n", None, "line 2, column `a`: `x` is no number");
        refused("label,a\n1,\n", None, "line 2, column `a`: `` is no number");
        refused("label,a\n1,inf\n", None, "`inf` is no finite number");
        refused("label,a\n1,NaN\n", None, "`NaN` is no finite number");
        refused("label,a\n2,1\n", None, "`2` is no label");
        refused("label,a\n", None, "0 to fit on and 0 to judge");
        refused(TABLE, Some("a\n1\n"), "train.csv` has no column `b`");
    }

    #[test]
    fn scales_matter_only_to_models_that_measure_across_columns() {
        let mut text = "label,small,large\n".to_owned();
        for nth in 0..200 {
            let (small, large) = (f64::from(nth % 7) / 1000.0, nth * 7919 % 1009);
            text.push_str(&format!("0,{small},{large}\n"));
        }
        text.push_str("1,0.05,500\n");
        let scores = |model: &str, raw: bool| {
            let set = TableSet { raw, ..read(&text, None).unwrap() };
            let models =
                Models::named(Judged::Tables, &[model.to_owned()], &[], FitSettings::default()).unwrap();
            set.judge(&models).unwrap().judgements[0].verdicts.iter().map(|one| one.score).collect::<Vec<_>>()
        };
        let odd = |scores: &[f64]| scores[..200].iter().all(|score| *score < scores[200]);
        assert!(odd(&scores("local-outlier-factor", false)) && !odd(&scores("local-outlier-factor", true)));
        assert!(odd(&scores("isolation-forest", false)));
        assert_eq!(scores("isolation-forest", false), scores("isolation-forest", true));
    }
}
