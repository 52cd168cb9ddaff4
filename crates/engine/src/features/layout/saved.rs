//! A layout to bytes and back; what is read may come from a stranger.

use super::{CATEGORIES, Counted, Family, Known, Layout, Meanings, Terms};
use crate::features::{Asked, Unit};
use crate::model::{BlockReader, BlockWriter, ModelError};

/// Columns at most.
const COLUMNS: usize = 1 << 15;
/// Bytes of a name.
const NAME: usize = 1024;

impl Layout {
    /// Writes it.
    pub fn write(&self, block: &mut BlockWriter) {
        let asked = &self.asked;
        block.byte(asked.unit() as u8);
        block.list(asked.families().iter(), |block, family| block.byte(*family as u8));
        block.signed(asked.window());
        block.count(asked.vocabulary());
        block.list(self.numbers.iter(), |block, at| block.varint(u64::from(*at)));
        block.list(self.categories.iter(), |block, known| known.write(block));
        write_if(block, self.templates.as_ref(), |block, counted| {
            counted.known.write(block);
            block.varint(u64::from(counted.count));
            block.list(counted.columns.iter(), |block, (key, column)| {
                block.u64(*key);
                block.varint(u64::from(*column));
            });
        });
        write_if(block, self.terms.as_ref(), |block, terms| terms.write(block));
        write_if(block, self.buckets.as_ref(), |block, terms| terms.write(block));
        block.list(self.fields.iter(), |block, key| block.u64(*key));
        block.list(self.names.iter(), |block, name| block.text(name));
        block.list(self.centres.iter(), |block, centre| block.u32(centre.to_bits()));
        // Who did not ask for meanings has a file that older releases can read.
        if asked.has(Family::Semantic) {
            write_if(block, self.meanings.as_ref(), |block, meanings| meanings.write(block));
        }
    }

    /// Reads what [`Layout::write`] wrote.
    pub fn read(block: &mut BlockReader<'_>) -> Result<Layout, ModelError> {
        let asked = asked(block)?;
        let whole = |block: &mut BlockReader<'_>| Ok(block.at_most("a place", COLUMNS as u64)? as u32);
        let numbers = block.list("numbers", COLUMNS, 1, whole)?;
        let categories = block.list("categories", usize::from(CATEGORIES), 2, Known::read)?;
        let templates = read_if(block, counted)?;
        let terms = read_if(block, Terms::read)?;
        let buckets = read_if(block, Terms::read)?;
        let fields = block.list("fields", COLUMNS, 8, BlockReader::u64)?;
        let offset = block.offset();
        let names = block.list("names of columns", COLUMNS, 1, |block| {
            Ok(block.text("the name of a column", NAME)?.to_owned())
        })?;
        let centres =
            block.list("middles of columns", COLUMNS, 4, |block| Ok(f32::from_bits(block.u32()?)))?;
        let meanings = if asked.has(Family::Semantic) { read_if(block, Meanings::read)? } else { None };
        let layout = Layout {
            asked,
            numbers,
            categories,
            templates,
            terms,
            buckets,
            fields,
            meanings,
            names,
            centres,
        };
        let finite = layout.centres.iter().all(|centre| centre.abs() <= 1e18);
        if layout.names.len() != layout.width() || layout.centres.len() != layout.width() || !finite {
            return Err(block.malformed("columns", offset, "a name and a middle for each", "others"));
        }
        Ok(layout)
    }

    /// How many columns its parts have.
    fn width(&self) -> usize {
        let each = if self.asked.unit() == Unit::Windows { 2 } else { 1 };
        self.numbers.len()
            + each * self.categories.len()
            + self.templates.as_ref().map_or(0, |counted| 2 + counted.count as usize)
            + self.terms.as_ref().map_or(0, Terms::columns)
            + self.buckets.as_ref().map_or(0, Terms::columns)
            + self.fields.len()
            + self.meanings.as_ref().map_or(0, Meanings::columns)
    }
}

fn asked(block: &mut BlockReader<'_>) -> Result<Asked, ModelError> {
    let offset = block.offset();
    let unit = usize::from(block.byte()?);
    let families = block.list("families", Family::ALL.len(), 1, |block| block.byte())?;
    let (window, vocabulary) = (block.signed()?, block.at_most("columns", COLUMNS as u64)? as usize);
    let unit = Unit::ALL.get(unit).copied();
    let families: Option<Vec<Family>> =
        families.iter().map(|family| Family::ALL.get(usize::from(*family)).copied()).collect();
    let asked = unit.zip(families).and_then(|(unit, families)| {
        let asked = Asked::new(&families, unit).ok().filter(|asked| asked.families() == families)?;
        asked.with_window(window).ok()?.with_vocabulary(vocabulary).ok()
    });
    asked.ok_or_else(|| {
        block.malformed("what is asked for", offset, "families, rows, window, vocabulary", "others")
    })
}

fn counted(block: &mut BlockReader<'_>) -> Result<Counted, ModelError> {
    let known = Known::read(block)?;
    let count = block.at_most("columns of templates", COLUMNS as u64)? as u32;
    let offset = block.offset();
    let columns = block.list("columns of templates", super::known::MOST, 9, |block| {
        Ok((block.u64()?, block.at_most("a column", COLUMNS as u64)? as u32))
    })?;
    let rising = columns.is_sorted_by(|one, other| one.0 < other.0);
    if !rising || columns.iter().any(|(_, column)| *column >= count) {
        return Err(block.malformed(
            "columns of templates",
            offset,
            "rising keys with a column each",
            "others",
        ));
    }
    Ok(Counted { known, columns, count })
}

fn write_if<T>(block: &mut BlockWriter, value: Option<&T>, write: impl FnOnce(&mut BlockWriter, &T)) {
    block.flag(value.is_some());
    if let Some(value) = value {
        write(block, value);
    }
}

fn read_if<T>(
    block: &mut BlockReader<'_>,
    read: impl FnOnce(&mut BlockReader<'_>) -> Result<T, ModelError>,
) -> Result<Option<T>, ModelError> {
    if block.flag()? { read(block).map(Some) } else { Ok(None) }
}
