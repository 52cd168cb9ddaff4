//! The streams of a source, by the captures that part it: host and application, pod and container.
//!
//! A record carries a number; the name is made once, when the stream is new. The last stream is remembered, since
//! the next record is mostly of the same one.

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::{BuildHasher, Hasher};

use crate::records::record::{RecordSink, StreamId};

/// Streams that are told apart in one source; what comes later shares one stream.
const MOST: usize = 10_000;

/// A stream found in a source: the source itself, or one host and application of a syslog file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamInfo {
    /// The name shown to users, unique within the source; empty for the source itself.
    pub name: String,
    /// Records so far.
    pub records: u64,
}

/// Names of streams, each with its number.
#[derive(Clone, Debug)]
pub(crate) struct Streams {
    list: Vec<StreamInfo>,
    table: HashTable<(u64, u32)>,
    last: (u64, StreamId),
    /// The writer and the values of the last record: to compare them costs less than to hash others.
    last_values: Vec<Vec<u8>>,
    name: Vec<u8>,
    /// How many of the list the sink has been told of.
    announced: usize,
}

impl Streams {
    /// With the source itself as the first stream.
    pub(crate) fn new() -> Streams {
        let whole = StreamInfo { name: String::new(), records: 0 };
        Streams {
            list: vec![whole],
            table: HashTable::new(),
            last: (0, StreamId(0)),
            last_values: Vec::new(),
            name: Vec::new(),
            announced: 0,
        }
    }

    /// Tells the sink of the streams that are new to it.
    #[inline]
    pub(crate) fn announce(&mut self, sink: &mut impl RecordSink) {
        while let Some(stream) = self.list.get(self.announced) {
            sink.stream(StreamId(self.announced as u32), &stream.name);
            self.announced += 1;
        }
    }

    pub(crate) fn list(&self) -> &[StreamInfo] {
        &self.list
    }

    pub(crate) fn count(&mut self, stream: StreamId) {
        if let Some(info) = self.list.get_mut(stream.0 as usize) {
            info.records += 1;
        }
    }

    /// The stream of a writer and the values that part its records. Hashes are 64 bits wide: of ten
    /// thousand streams two share a number with a probability of 1 in 10^11, and then they share a stream.
    #[inline]
    pub(crate) fn of<'a>(
        &mut self,
        lane: &'a [u8],
        values: impl Iterator<Item = &'a [u8]> + Clone,
    ) -> StreamId {
        if self.is_last(lane, values.clone()) {
            return self.last.1;
        }
        let stream = self.of_others(lane, values.clone());
        self.keep_values(lane, values);
        stream
    }

    #[inline]
    fn is_last<'a>(&self, lane: &[u8], mut values: impl Iterator<Item = &'a [u8]>) -> bool {
        let Some((known_lane, known)) = self.last_values.split_first() else { return false };
        let mut known = known.iter();
        let same = |value| known.next().is_some_and(|known| is_same(known, value));
        is_same(known_lane, lane) && values.all(same) && known.len() == 0
    }

    fn keep_values<'a>(&mut self, lane: &'a [u8], values: impl Iterator<Item = &'a [u8]>) {
        let mut count = 0;
        for value in std::iter::once(lane).chain(values) {
            match self.last_values.get_mut(count) {
                Some(known) => value.clone_into(known),
                None => self.last_values.push(value.to_vec()),
            }
            count += 1;
        }
        self.last_values.truncate(count);
    }

    fn of_others<'a>(&mut self, lane: &[u8], values: impl Iterator<Item = &'a [u8]> + Clone) -> StreamId {
        let mut hasher = FixedState::with_seed(17).build_hasher();
        hasher.write(lane);
        let mut length = lane.len();
        for value in values.clone() {
            hasher.write(value);
            hasher.write_u8(b'/');
            length += value.len();
        }
        if length == 0 {
            self.last = (0, StreamId(0));
            return StreamId(0);
        }
        let hash = hasher.finish();
        if hash != self.last.0 {
            self.last = (hash, self.look_up(hash, lane, values));
        }
        self.last.1
    }

    fn look_up<'a>(&mut self, hash: u64, lane: &[u8], values: impl Iterator<Item = &'a [u8]>) -> StreamId {
        if let Some((_, index)) = self.table.find(hash, |(other, _)| *other == hash) {
            return StreamId(*index);
        }
        if self.list.len() >= MOST {
            return self.overflow();
        }
        self.name.clear();
        self.name.extend_from_slice(lane);
        for value in values {
            if !self.name.is_empty() {
                self.name.push(b'/');
            }
            self.name.extend_from_slice(value.get(..value.len().min(200)).unwrap_or_default());
        }
        let index = self.list.len() as u32;
        self.list.push(StreamInfo { name: String::from_utf8_lossy(&self.name).into_owned(), records: 0 });
        self.table.insert_unique(hash, (hash, index), |(hash, _)| *hash);
        StreamId(index)
    }

    fn overflow(&mut self) -> StreamId {
        if self.list.len() == MOST {
            self.list.push(StreamInfo { name: "(other)".to_owned(), records: 0 });
        }
        StreamId(MOST as u32)
    }
}

/// Two names without a letter are not compared byte by byte: they stand nowhere, and some processors take very long to
/// look at nothing there.
#[inline]
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && (one.is_empty() || one == other)
}
