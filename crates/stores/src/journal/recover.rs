//! What a journal holds at a start: how far every source came, and where to go on.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::frame::Lines;
use super::parts::{self, PartName};
use super::tail::{Tail, Turn};
use super::write::{Journal, Mark};
use super::{FilePosition, JOURNALD, Source};
use crate::StoreError;
use crate::generation::SourceState;

/// Positions of files that are remembered of a source.
const FILES: usize = 1024;

/// What was found.
#[derive(Debug)]
pub struct Recovered {
    /// The journal, to go on.
    pub journal: Journal,
    /// How far it is on the disk.
    pub mark: Mark,
    /// How far every source came.
    pub sources: Vec<SourceState>,
    /// Lines that are in it behind the first segment.
    pub lines: u64,
    /// Files in which something could not be read.
    pub damaged: Vec<PathBuf>,
}

/// Reads the journal from that segment on. `before` is how far every source came before it; a segment ends at
/// the first line at or after `most` bytes.
pub fn recover(
    folder: &Path,
    segment: u64,
    before: &[SourceState],
    most: u64,
) -> Result<Recovered, StoreError> {
    let parts = parts::list(folder)?;
    let mut ours = parts.iter().filter(|name| name.segment >= segment);
    let last = ours.next_back().copied().unwrap_or(PartName { segment, part: 0 });
    let exists = parts.contains(&last);
    // Whatever is in the files counts, if it is sound: also what nobody was promised.
    let all = Mark { name: PartName { segment: last.segment, part: u32::MAX }, bytes: u64::MAX };
    let mut tail = Tail::new(folder, segment);
    let mut known = Known::new(before);
    let (mut now, mut filled, mut lines) = (segment, 0, 0);
    loop {
        match tail.turn(all)? {
            Turn::Lines(source, frame, _) => {
                filled += frame.bytes.len() as u64;
                lines += frame.count;
                known.came(source, &frame);
            }
            Turn::Sealed(next) => (now, filled) = (next, 0),
            Turn::End => break,
        }
    }
    let damaged = tail.damage();
    let number = tail.next_number();
    let behind = if exists { last } else { PartName { segment: u64::MAX, part: 0 } };
    let journal = Journal::new(folder, most, now, filled, number, behind);
    // Up to the part that will be written next, none of which is on the disk: whoever reads up to here reads all that was
    // found, and takes no half of what is being written for the end of a part.
    let mark = Mark { name: behind.next(now), bytes: 0 };
    Ok(Recovered { journal, mark, sources: known.sources, lines, damaged })
}

/// How far sources came.
#[derive(Debug, Default)]
pub struct Known {
    /// The sources.
    pub sources: Vec<SourceState>,
    places: HashMap<Source, usize>,
}

impl Known {
    /// How far they came before.
    pub fn new(before: &[SourceState]) -> Known {
        let places = before.iter().enumerate().map(|(at, state)| (state.source.clone(), at)).collect();
        Known { sources: before.to_vec(), places }
    }

    /// The place of a source.
    pub fn place(&mut self, source: &Source) -> usize {
        if let Some(at) = self.places.get(source) {
            return *at;
        }
        let at = self.sources.len();
        self.sources.push(SourceState { source: source.clone(), ..SourceState::default() });
        self.places.insert(source.clone(), at);
        at
    }

    /// Lines of a source came. Gives its place.
    pub fn came(&mut self, source: &Source, lines: &Lines<'_>) -> usize {
        let at = self.place(source);
        if let Some(state) = self.sources.get_mut(at) {
            state.lines += lines.count;
            state.bytes += lines.bytes.len() as u64;
            state.last_line = lines.received;
            if let Some(file) = lines.file {
                move_on(&mut state.files, file);
            }
            if source.kind == JOURNALD {
                state.cursor = cursor(lines.bytes).or(state.cursor.take());
            }
        }
        at
    }
}

/// The cursor of the last entry: it stands in the entry itself, so that both are one unit.
fn cursor(lines: &[u8]) -> Option<String> {
    const NAME: &[u8] = b"\"__CURSOR\"";
    let from = lines.windows(NAME.len()).rposition(|bytes| bytes == NAME)? + NAME.len();
    let mut parts = lines.get(from..)?.split(|byte| *byte == b'"');
    let colon = parts.next()?;
    let cursor = parts.next().filter(|_| colon.trim_ascii() == b":")?;
    String::from_utf8(cursor.to_vec()).ok()
}

/// The latest stands last; of the others only some are remembered.
fn move_on(files: &mut Vec<FilePosition>, file: FilePosition) {
    if let Some(last) = files.last_mut().filter(|last| last.is_same_file(&file)) {
        *last = file;
        return;
    }
    files.retain(|known| !known.is_same_file(&file));
    if files.len() >= FILES {
        files.remove(0);
    }
    files.push(file);
}
