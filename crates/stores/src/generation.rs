//! What was learned up to a segment of the journal in, a file out, and back: one unit of model, positions and totals.
//!
//! Written beside, brought to the disk, renamed; two are kept, so that one damaged file costs the lines of one epoch being
//! read again, not the model. A file says what it is, which version, how long and with which checksum, before anything in
//! it is believed.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crc32c::crc32c;
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::folder::set_aside;
use crate::journal::{FilePosition, Source};
use crate::replace::replace;

const MAGIC: &[u8; 8] = b"LOGSIFTG";
const VERSION: u32 = 1;
/// Magic, version, length of the table, length of the model, checksum.
const HEADER: usize = 8 + 4 + 8 + 8 + 4;
/// No generation comes near this.
const LARGEST: u64 = 1 << 30;
/// Generations that are kept.
const KEPT: usize = 2;

/// What a source came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceState {
    /// The source.
    pub source: Source,
    /// Lines that came in.
    pub lines: u64,
    /// Bytes that came in.
    pub bytes: u64,
    /// When the last came, nanoseconds since 1970 by the clock.
    pub last_line: i64,
    /// How far its files were read, the latest last.
    pub files: Vec<FilePosition>,
    /// The format that it was mostly read with: a pattern, or the name of one that has none.
    pub pattern: Option<String>,
    /// Where the systemd journal was left.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// Everything but the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// The segment behind it: the first that is not in it.
    pub segment: u64,
    /// The sources.
    pub sources: Vec<SourceState>,
    /// Records that were learned.
    pub records: u64,
}

/// A generation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Generation {
    /// Everything but the model.
    pub table: Table,
    /// The bytes of the model; none where nothing was learned.
    pub model: Vec<u8>,
}

/// What was found at a start.
#[derive(Debug, Default)]
pub struct Found {
    /// The newest that is sound; nothing at the very first start.
    pub generation: Option<Generation>,
    /// Files that were damaged, and what was wrong; they have other names now.
    pub damaged: Vec<(PathBuf, String)>,
}

/// Writes a generation, and lets go of the oldest.
pub fn write(folder: &Path, generation: &Generation) -> Result<u64, StoreError> {
    let path = folder.join(name(generation.table.segment));
    let table = serde_json::to_vec(&generation.table)
        .map_err(|error| StoreError::damaged(&path, error.to_string()))?;
    let mut header = Vec::with_capacity(HEADER);
    header.extend_from_slice(MAGIC);
    header.extend_from_slice(&VERSION.to_le_bytes());
    header.extend_from_slice(&(table.len() as u64).to_le_bytes());
    header.extend_from_slice(&(generation.model.len() as u64).to_le_bytes());
    let checksum = checksum(&header, &table, &generation.model);
    header.extend_from_slice(&checksum.to_le_bytes());
    replace(&path, &[&header, &table, &generation.model]).map_err(StoreError::io("write", &path))?;
    let mut numbers = numbers(folder)?;
    numbers.reverse();
    for old in numbers.into_iter().filter(|number| *number <= generation.table.segment).skip(KEPT) {
        // One too many does no harm.
        let _ = fs::remove_file(folder.join(name(old)));
    }
    Ok((HEADER + table.len() + generation.model.len()) as u64)
}

/// Finds the newest sound generation. With `sets_aside` damaged ones get another name.
pub fn newest(folder: &Path, sets_aside: bool) -> Result<Found, StoreError> {
    let mut found = Found::default();
    for number in numbers(folder)?.into_iter().rev() {
        let path = folder.join(name(number));
        match read(&path) {
            Ok(generation) => {
                found.generation = Some(generation);
                break;
            }
            Err(StoreError::Damaged { what, .. }) => {
                let aside = if sets_aside { set_aside(&path).unwrap_or(path) } else { path };
                found.damaged.push((aside, what));
            }
            Err(other) => return Err(other),
        }
    }
    Ok(found)
}

/// Reads one generation.
pub fn read(path: &Path) -> Result<Generation, StoreError> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(StoreError::io("read", path))?;
    file.take(LARGEST).read_to_end(&mut bytes).map_err(StoreError::io("read", path))?;
    let damaged = |what: &str| StoreError::damaged(path, what);
    let (header, rest) = bytes.split_at_checked(HEADER).ok_or_else(|| damaged("it is cut off"))?;
    let number = |from: usize| {
        let bytes = header.get(from..from + 8).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, u64::from_le_bytes)
    };
    if !header.starts_with(MAGIC) {
        return Err(damaged("it is no generation of logsift"));
    }
    let word = |from: usize| {
        let bytes = header.get(from..from + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, u32::from_le_bytes)
    };
    let version = word(8);
    if version > VERSION {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found: version.into(),
            known: VERSION.into(),
        });
    }
    let (table_bytes, model_bytes) = (number(12), number(20));
    if table_bytes.checked_add(model_bytes) != Some(rest.len() as u64) {
        return Err(damaged("its length is not what it says"));
    }
    let (table, model) = rest.split_at(table_bytes as usize);
    if checksum(header.get(..HEADER - 4).unwrap_or_default(), table, model) != word(HEADER - 4) {
        return Err(damaged("its checksum is wrong"));
    }
    let table = serde_json::from_slice(table).map_err(|error| damaged(&error.to_string()))?;
    Ok(Generation { table, model: model.to_vec() })
}

/// The numbers of the generations there are, the oldest first.
pub fn numbers(folder: &Path) -> Result<Vec<u64>, StoreError> {
    let entries = fs::read_dir(folder).map_err(StoreError::io("read", folder))?;
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut numbers: Vec<u64> = names
        .filter_map(|name| name.strip_prefix("generation-")?.strip_suffix(".state")?.parse().ok())
        .collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// The name of a generation.
pub fn name(number: u64) -> String {
    format!("generation-{number:010}.state")
}

/// Of all three parts: the checksum of their checksums.
fn checksum(header: &[u8], table: &[u8], model: &[u8]) -> u32 {
    let parts: Vec<u8> = [header, table, model].iter().flat_map(|part| crc32c(part).to_le_bytes()).collect();
    crc32c(&parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generation(segment: u64) -> Generation {
        Generation { table: Table { segment, ..Table::default() }, model: vec![7; 100] }
    }

    #[test]
    fn the_newest_sound_one_is_found_and_two_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        for segment in 1..=4 {
            write(folder.path(), &generation(segment)).unwrap();
        }
        assert_eq!(numbers(folder.path()).unwrap(), [3, 4]);
        assert_eq!(newest(folder.path(), true).unwrap().generation, Some(generation(4)));
        fs::write(folder.path().join(name(4)), b"LOGSIFTGxx").unwrap();
        let found = newest(folder.path(), true).unwrap();
        assert_eq!(found.generation, Some(generation(3)));
        assert!(found.damaged[0].0.to_string_lossy().ends_with(".state.damaged"));
        assert_eq!(numbers(folder.path()).unwrap(), [3]);
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &generation(1)).unwrap();
        let path = folder.path().join(name(1));
        let sound = fs::read(&path).unwrap();
        for at in 0..sound.len() {
            let mut changed = sound.clone();
            changed[at] ^= 1 << (at % 8);
            fs::write(&path, &changed).unwrap();
            assert!(read(&path).is_err(), "byte {at}");
            fs::write(&path, &sound[..at]).unwrap();
            assert!(read(&path).is_err(), "cut at {at}");
        }
        let mut newer = sound.clone();
        newer[8] = 9;
        fs::write(&path, &newer).unwrap();
        assert!(matches!(newest(folder.path(), true), Err(StoreError::Newer { found: 9, .. })));
    }
}
