//! A CSV file in, packed or not, its rows out; whatever is wrong is told with file, line and column.
//!
//! Files are opened the way logs are, so the same compressions are known and nothing hangs.

use std::io::Read;
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};

use crate::error::EvalError;
use crate::lone;

/// A value that is shown in an error is cut to so many characters.
const SHOWN: usize = 40;

/// A table that is being read.
pub(crate) struct Table<'a> {
    file: String,
    header: Vec<String>,
    expected: &'static str,
    rows: csv::Reader<&'a mut dyn Read>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    at: usize,
    name: String,
}

impl Column {
    /// As the header has it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

/// A row of a table.
pub(crate) struct Row<'a> {
    file: &'a str,
    line: u64,
    fields: &'a ByteRecord,
}

/// Opens a table and hands it to `take`; `expected` names its columns for whoever has to repair it.
pub(crate) fn read<T>(
    path: &Path,
    expected: &'static str,
    take: impl FnOnce(Table<'_>) -> Result<T, EvalError>,
) -> Result<T, EvalError> {
    lone::read(path, |file, bytes| Table::open(file, expected, bytes).and_then(take))
}

/// A path as an error shows it.
pub(crate) fn shown(path: &Path) -> String {
    path.display().to_string()
}

impl<'a> Table<'a> {
    /// Of bytes that are there already.
    pub(crate) fn open(
        file: &str,
        expected: &'static str,
        bytes: &'a mut dyn Read,
    ) -> Result<Table<'a>, EvalError> {
        let mut rows = ReaderBuilder::new().flexible(true).from_reader(bytes);
        let header = rows.byte_headers().map_err(|error| unreadable(file, &error))?;
        let name = |field: &[u8]| {
            let field = field.strip_prefix(b"\xef\xbb\xbf").unwrap_or(field);
            String::from_utf8_lossy(field).trim().to_owned()
        };
        let header = header.iter().map(name).collect();
        Ok(Table { file: file.to_owned(), header, expected, rows })
    }

    /// A column that must be there.
    pub(crate) fn column(&self, name: &'static str) -> Result<Column, EvalError> {
        self.optional(name).ok_or_else(|| EvalError::NoColumn {
            file: self.file.clone(),
            column: name,
            expected: self.expected,
        })
    }

    /// A column that may be there.
    pub(crate) fn optional(&self, name: &str) -> Option<Column> {
        let at = self.header.iter().position(|known| known == name)?;
        Some(Column { at, name: name.to_owned() })
    }

    /// A column that must be there, because another table has it.
    pub(crate) fn named(&self, name: &str) -> Result<Column, EvalError> {
        self.optional(name).ok_or_else(|| EvalError::Unreadable {
            file: self.file.clone(),
            reason: format!(
                "has no column `{name}`\nhint: it must have the columns of the table that is judged"
            ),
        })
    }

    /// All columns but those of these names.
    pub(crate) fn others(&self, names: &[&str]) -> Vec<Column> {
        let others = self.header.iter().enumerate().filter(|(_, name)| !names.contains(&name.as_str()));
        others.map(|(at, name)| Column { at, name: name.clone() }).collect()
    }

    /// The error of a table without any column that could be fitted on.
    pub(crate) fn without_columns(&self) -> EvalError {
        EvalError::Unreadable {
            file: self.file.clone(),
            reason: format!("has no column of numbers\nhint: its columns are {}", self.expected),
        }
    }

    /// Hands every row to `take`, up to its first error.
    pub(crate) fn each(
        mut self,
        mut take: impl FnMut(&Row<'_>) -> Result<(), EvalError>,
    ) -> Result<(), EvalError> {
        let mut fields = ByteRecord::new();
        while self.rows.read_byte_record(&mut fields).map_err(|error| unreadable(&self.file, &error))? {
            let line = fields.position().map_or(0, csv::Position::line);
            if fields.len() != self.header.len() {
                let (found, expected) = (fields.len(), self.header.len());
                return Err(EvalError::Fields { file: self.file, line, found, expected });
            }
            take(&Row { file: &self.file, line, fields: &fields })?;
        }
        Ok(())
    }
}

fn unreadable(file: &str, error: &csv::Error) -> EvalError {
    EvalError::Unreadable { file: file.to_owned(), reason: format!("could not be read: {error}") }
}

impl Row<'_> {
    /// A field.
    pub(crate) fn text(&self, column: &Column) -> Result<&str, EvalError> {
        let bytes = self.fields.get(column.at).unwrap_or_default();
        std::str::from_utf8(bytes).map_err(|_| {
            let value = String::from_utf8_lossy(bytes).into_owned();
            self.wrong(column, &value, "is not UTF-8\nhint: write the file as UTF-8")
        })
    }

    /// A field of a column that may be there; nothing where it is not.
    pub(crate) fn text_of(&self, column: Option<&Column>) -> Result<&str, EvalError> {
        column.map_or(Ok(""), |column| self.text(column))
    }

    /// A label: whether the unit is abnormal.
    pub(crate) fn label(&self, column: &Column) -> Result<bool, EvalError> {
        match self.text(column)?.trim() {
            "0" => Ok(false),
            "1" => Ok(true),
            _ => Err(self.refused(column, "is no label\nhint: 0 stands for normal and 1 for abnormal")),
        }
    }

    /// A number of a line.
    pub(crate) fn line_number(&self, column: &Column) -> Result<u64, EvalError> {
        match self.text(column)?.trim().parse() {
            Ok(number) if number > 0 => Ok(number),
            _ => Err(self.refused(column, "is no line\nhint: lines are counted from 1")),
        }
    }

    /// A score.
    pub(crate) fn score(&self, column: &Column) -> Result<f64, EvalError> {
        match self.text(column)?.trim().parse::<f64>() {
            Ok(score) if !score.is_nan() => Ok(score),
            _ => Err(self.refused(column, "is no score\nhint: scores are numbers; higher is more abnormal")),
        }
    }

    /// The error of a field.
    pub(crate) fn refused(&self, column: &Column, reason: &str) -> EvalError {
        let value = String::from_utf8_lossy(self.fields.get(column.at).unwrap_or_default()).into_owned();
        self.wrong(column, &value, reason)
    }

    fn wrong(&self, column: &Column, value: &str, reason: &str) -> EvalError {
        let mut short: String = value.chars().take(SHOWN).collect();
        if short.len() < value.len() {
            short.push('…');
        }
        EvalError::Value {
            file: self.file.to_owned(),
            line: self.line,
            column: column.name.clone(),
            value: short,
            reason: reason.to_owned(),
        }
    }
}

#[cfg(test)]
pub(crate) mod making {
    use std::fs;
    use std::io::Write;
    use std::path::{Path, PathBuf};

    use flate2::Compression;
    use flate2::write::GzEncoder;

    /// Writes a file, packed where its name says so.
    pub(crate) fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut bytes = text.as_bytes().to_vec();
        if name.ends_with(".gz") {
            let mut packing = GzEncoder::new(Vec::new(), Compression::fast());
            packing.write_all(&bytes).unwrap();
            bytes = packing.finish().unwrap();
        }
        fs::write(&path, bytes).unwrap();
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scores(name: &str, bytes: &[u8]) -> Result<Vec<(String, bool, f64)>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let rows = read(&path, "id,label,score", |table| {
            let (id, label, score) = (table.column("id")?, table.column("label")?, table.column("score")?);
            let mut rows = Vec::new();
            table.each(|row| {
                rows.push((row.text(&id)?.to_owned(), row.label(&label)?, row.score(&score)?));
                Ok(())
            })?;
            Ok(rows)
        });
        rows.map_err(|error| error.to_string().replace(&shown(folder.path()), ""))
    }

    fn check(text: &str, says: &str) {
        assert_eq!(scores("a.csv", text.as_bytes()), Err(says.to_owned()), "{text}");
    }

    #[test]
    fn rows_are_read_in_any_order_of_columns() {
        let text = "\u{feff}score,label,more, id\r\n1.5,1,,\"a,b\"\r\n-inf,0,x,\"c\"\"d\"\r\n";
        let rows = scores("a.csv", text.as_bytes()).unwrap();
        assert_eq!(rows, [("a,b".to_owned(), true, 1.5), ("c\"d".to_owned(), false, f64::NEG_INFINITY)]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        check(
            "id,score\n",
            "`/a.csv` has no column `label`\nhint: its first line must name these columns: id,label,score",
        );
        check(
            "id,label,score\na,1,1\n\"b\nb\",yes,1\n",
            "`/a.csv` line 3, column `label`: `yes` is no label\nhint: 0 stands for normal and 1 for abnormal",
        );
        check(
            "id,label,score\na,1,nan\n",
            "`/a.csv` line 2, column `score`: `nan` is no score\nhint: scores are numbers; higher is more abnormal",
        );
        check(
            "id,label,score\na,1\n",
            "`/a.csv` line 2: 2 fields where the header has 3\nhint: quote fields that contain a comma",
        );
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let error = scores("a.csv", b"id,label,score\n\xff,1,1\n").unwrap_err();
        assert!(error.starts_with("`/a.csv` line 2, column `id`: `\u{fffd}` is not UTF-8"), "{error}");
    }

    #[test]
    fn damage_is_no_smaller_table() {
        let folder = tempfile::tempdir().unwrap();
        let rows: String =
            (0..5000).map(|row| format!("{row},{},{}\n", row % 2, row * 7919 % 1000)).collect();
        let path = making::write(folder.path(), "b.csv.gz", &format!("id,label,score\n{rows}"));
        let whole = std::fs::read(&path).unwrap();
        assert_eq!(scores("b.csv.gz", &whole).unwrap().len(), 5000);
        let error = scores("b.csv.gz", &whole[..whole.len() / 2]).unwrap_err();
        assert!(error.contains("ended in the middle of its gzip stream"), "{error}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_bytes_are_endured(bytes in prop::collection::vec(any::<u8>(), 0..400), begins_well: bool) {
            let head: &[u8] = if begins_well { b"id,label,score\n" } else { b"" };
            // Whether it is a table does not matter: it ends.
            let _ = scores("a.csv", &[head, &bytes].concat());
        }
    }

    #[test]
    fn what_is_not_there_is_told() {
        let error = read(Path::new("no/such.csv"), "", |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("`no/such.csv` does not exist"), "{error}");
    }
}
