//! Where in the journal the lines of every source stand in, the lines around a record out.

use std::collections::BTreeMap;
use std::path::Path;

use logsift_stores::journal::Place;

use crate::quotes::{AFTER, BEFORE};

/// Where the lines of an epoch stand.
#[derive(Debug, Default)]
pub(super) struct Texts {
    by_source: BTreeMap<usize, Vec<Piece>>,
    segment: u64,
}

/// Some lines of a source.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// The first byte, counted from the beginning of the source.
    from: u64,
    /// Where in the file it stands.
    at: u32,
    bytes: u32,
    part: u32,
}

impl Texts {
    /// Lines of a source stand there; `from` is their first byte, counted from the beginning of the source.
    pub(super) fn add(&mut self, source: usize, from: u64, bytes: usize, place: Place) {
        self.segment = place.segment;
        // A file that is larger has no quotes from there on.
        let (Ok(at), Ok(bytes)) = (u32::try_from(place.at), u32::try_from(bytes)) else { return };
        self.by_source.entry(source).or_default().push(Piece { from, at, bytes, part: place.part });
    }

    /// Bytes that it has.
    pub(super) fn bytes(&self) -> usize {
        self.by_source.values().map(|pieces| pieces.capacity() * size_of::<Piece>()).sum()
    }

    /// Some lines before that byte of a source, and some from it on.
    pub(super) fn around(&self, journal: &Path, source: usize, offset: u64) -> Option<(Vec<u8>, Vec<u8>)> {
        let from = offset.saturating_sub(BEFORE);
        let (start, bytes) = self.read(journal, source, from, offset + AFTER)?;
        let split = usize::try_from(offset.checked_sub(start)?).ok()?;
        let (before, rest) = bytes.split_at_checked(split)?;
        Some((before.to_vec(), rest.to_vec()))
    }

    /// The bytes of a source from one place to another, as far as they are there, and where they begin.
    fn read(&self, journal: &Path, source: usize, from: u64, to: u64) -> Option<(u64, Vec<u8>)> {
        let pieces = self.by_source.get(&source)?;
        let first = pieces.partition_point(|piece| piece.from + u64::from(piece.bytes) <= from);
        let mut found: Option<(u64, Vec<u8>)> = None;
        for piece in pieces.get(first..)?.iter().take_while(|piece| piece.from < to) {
            let place = Place { segment: self.segment, part: piece.part, at: u64::from(piece.at) };
            let wanted = u64::from(piece.bytes).min(to - piece.from) as usize;
            let skipped = from.saturating_sub(piece.from).min(wanted as u64);
            let place = Place { at: place.at + skipped, ..place };
            let bytes = place.read(journal, wanted - skipped as usize).ok()?;
            let (_, all) = found.get_or_insert((piece.from + skipped, Vec::new()));
            all.extend_from_slice(&bytes);
        }
        found
    }
}
