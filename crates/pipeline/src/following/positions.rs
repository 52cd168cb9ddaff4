//! How far files were read in, a document out, and back.

use std::collections::BTreeMap;

use logsift_sources::Position;
use serde::{Deserialize, Serialize};

/// The version of the document.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Document {
    positions_version: u32,
    files: BTreeMap<String, Row>,
}

#[derive(Serialize, Deserialize)]
struct Row {
    device: u64,
    inode: u64,
    bytes: u64,
    lines: u64,
}

/// The document.
pub fn write(positions: &BTreeMap<String, Position>) -> String {
    let row = |position: &Position| Row {
        device: position.identity.0,
        inode: position.identity.1,
        bytes: position.bytes,
        lines: position.lines,
    };
    let files = positions.iter().map(|(name, position)| (name.clone(), row(position))).collect();
    let document = Document { positions_version: VERSION, files };
    serde_json::to_string_pretty(&document).expect("names and numbers can always be written") + "\n"
}

/// What stands in a document, or what is wrong with it.
pub fn read(text: &str) -> Result<BTreeMap<String, Position>, String> {
    let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if document.positions_version != VERSION {
        return Err(format!("version {} is not known", document.positions_version));
    }
    let position =
        |row: Row| Position { identity: (row.device, row.inode), bytes: row.bytes, lines: row.lines };
    Ok(document.files.into_iter().map(|(name, row)| (name, position(row))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let position = Position { identity: (1, u64::MAX), bytes: 7, lines: 2 };
        let positions = BTreeMap::from([("a \"b\".log".to_owned(), position)]);
        assert_eq!(read(&write(&positions)), Ok(positions));
        for text in ["", "{}", "[]", "{\"positions_version\":9,\"files\":{}}"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
