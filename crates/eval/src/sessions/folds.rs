//! A file of labelled sessions in, verdicts fold by fold out: see [`crate::folds`].

use std::path::Path;

use super::{HEADER, table_of};
use crate::error::EvalError;
use crate::folds::{self, Folded};
use crate::models::Models;
use crate::sequences::Names;
use crate::table::{self, Row, Table};
use crate::units::Unit;

/// Judges the sessions of a file in their order, whatever `part` says of them but that somebody knows what is normal.
pub fn judge_folds(path: &Path, models: &Models, folds: usize) -> Result<Folded, EvalError> {
    let path = &table_of(path);
    let (mut names, mut units, mut sequences) = (Names::default(), Vec::new(), Vec::new());
    let mut has_parts = false;
    table::read(path, HEADER, |table: Table<'_>| {
        let (id, label) = (table.column("session_id")?, table.column("label")?);
        let (events, kind) = (table.column("events")?, table.optional("kind"));
        has_parts = table.optional("part").is_some();
        table.each(|row: &Row<'_>| {
            sequences.push(names.sequence(row.text(&events)?));
            units.push(Unit {
                id: row.text(&id)?.to_owned(),
                abnormal: row.label(&label)?,
                kind: row.text_of(kind.as_ref())?.to_owned(),
            });
            Ok(())
        })
    })?;
    folds::judge(models, units, &sequences, has_parts, folds)
}
