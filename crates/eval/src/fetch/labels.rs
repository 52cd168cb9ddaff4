//! A log that carries its own labels in, the log without them and the labels beside it out.
//!
//! A detector that is given its labels with the log has not been tested.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::{LabelsIn, PublishedSet, ended, unreadable, unwritable};
use crate::error::EvalError;
use crate::lone;

/// Where both go.
pub(super) fn paths(set: &PublishedSet, folder: &Path) -> (PathBuf, PathBuf) {
    (folder.join(format!("{}.log", set.name)), folder.join(format!("{}.labels.csv", set.name)))
}

/// Parts them, unless that was done before.
pub(super) fn part(
    set: &PublishedSet,
    kind: LabelsIn,
    file: &Path,
    folder: &Path,
) -> Result<(PathBuf, PathBuf), EvalError> {
    let (log, labels) = paths(set, folder);
    if log.is_file() && labels.is_file() {
        return Ok((log, labels));
    }
    let LabelsIn::FirstColumn = kind;
    let passing = (ended(&log, ".part"), ended(&labels, ".part"));
    lone::read(file, |_, bytes| {
        let open =
            |path: &Path| File::create(path).map(BufWriter::new).map_err(|error| unwritable(path, &error));
        let (mut log, mut labels) = (open(&passing.0)?, open(&passing.1)?);
        first_columns(&mut BufReader::new(bytes), &mut log, &mut labels)
            .map_err(|error| unreadable(file, &error))
    })?;
    for (from, to) in [(&passing.0, &log), (&passing.1, &labels)] {
        fs::rename(from, to).map_err(|error| unwritable(to, &error))?;
    }
    Ok((log, labels))
}

fn first_columns(
    bytes: &mut dyn BufRead,
    log: &mut dyn Write,
    labels: &mut dyn Write,
) -> std::io::Result<()> {
    labels.write_all(b"line_number,label,kind\n")?;
    let (mut line, mut number) = (Vec::new(), 0u64);
    while bytes.read_until(b'\n', &mut line)? > 0 {
        number += 1;
        let blank = line.iter().position(|byte| *byte == b' ').unwrap_or(0);
        let (label, rest) = line.split_at(blank);
        log.write_all(rest.strip_prefix(b" ").unwrap_or(rest))?;
        let is_normal = label.is_empty() || label == b"-";
        // A kind is a name; whatever else stands there is not worth a quoted field.
        let kind: String =
            String::from_utf8_lossy(label).chars().filter(char::is_ascii_alphanumeric).collect();
        let kind = if is_normal { "" } else { &kind };
        writeln!(labels, "{number},{},{kind}", u8::from(!is_normal))?;
        line.clear();
    }
    log.flush()?;
    labels.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_column_is_the_label() {
        let (mut log, mut labels) = (Vec::new(), Vec::new());
        let text = "- 117 RAS KERNEL INFO ok\nKERNDTLB 118 RAS data TLB\n\nAP\"P,X 9 z";
        first_columns(&mut text.as_bytes(), &mut log, &mut labels).unwrap();
        assert_eq!(String::from_utf8(log).unwrap(), "117 RAS KERNEL INFO ok\n118 RAS data TLB\n\n9 z");
        let expected = "line_number,label,kind\n1,0,\n2,1,KERNDTLB\n3,0,\n4,1,APPX\n";
        assert_eq!(String::from_utf8(labels).unwrap(), expected);
    }
}
