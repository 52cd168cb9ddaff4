//! How far files were read and with which format in, a document out, and back.

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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pattern: Option<String>,
}

/// Where a file was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// How far it was read.
    pub position: Position,
    /// The pattern that it was read with.
    pub pattern: Option<String>,
}

/// The document.
pub fn write(files: &BTreeMap<String, Left>) -> String {
    let row = |Left { position, pattern }: &Left| Row {
        device: position.identity.0,
        inode: position.identity.1,
        bytes: position.bytes,
        lines: position.lines,
        pattern: pattern.clone(),
    };
    let files = files.iter().map(|(name, left)| (name.clone(), row(left))).collect();
    let document = Document { positions_version: VERSION, files };
    serde_json::to_string_pretty(&document).expect("names and numbers can always be written") + "\n"
}

/// What stands in a document, or what is wrong with it.
pub fn read(text: &str) -> Result<BTreeMap<String, Left>, String> {
    let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if document.positions_version != VERSION {
        return Err(format!("version {} is not known", document.positions_version));
    }
    let left = |row: Row| Left {
        position: Position { identity: (row.device, row.inode), bytes: row.bytes, lines: row.lines },
        pattern: row.pattern,
    };
    Ok(document.files.into_iter().map(|(name, row)| (name, left(row))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let position = Position { identity: (1, u64::MAX), bytes: 7, lines: 2 };
        for pattern in [None, Some("{time} {message}".to_owned())] {
            let files = BTreeMap::from([("a \"b\".log".to_owned(), Left { position, pattern })]);
            assert_eq!(read(&write(&files)), Ok(files));
        }
        for text in ["", "{}", "[]", "{\"positions_version\":9,\"files\":{}}"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
