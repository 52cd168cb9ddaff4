//! Records in, those of the streams that were asked for out.
//!
//! Times are chosen by the reader itself; here the names of streams are, since only the caller knows
//! what a source is called. What is left out is counted as skipped, so that the balance still holds.

use globset::GlobMatcher;
use logsift_engine::balance::{Balance, Skip};
use logsift_engine::reader::{Reader, StreamInfo};
use logsift_engine::records::level::Level;
use logsift_engine::records::record::{Record, RecordSink, StreamId};
use logsift_engine::records::time::Time;

/// What a log had in it, of what was asked for.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    /// What became of every line.
    pub balance: Balance,
    /// Records by level, mildest first.
    pub levels: [u64; Level::ALL.len()],
    /// Records without a level.
    pub without_level: u64,
    /// The earliest and the latest time.
    pub range: Option<(Time, Time)>,
    /// The streams with their records. A stream that is the whole source has the source's name.
    pub streams: Vec<StreamInfo>,
}

/// Stands between a reader and a consumer and lets through what was asked for.
pub(crate) struct Sifted<'s, C> {
    /// The name of the source.
    name: &'s str,
    /// What was let through, where streams are chosen; otherwise the reader has counted.
    chosen: Option<Chosen<'s>>,
    consumer: C,
}

struct Chosen<'s> {
    glob: &'s GlobMatcher,
    wanted: Vec<bool>,
    overview: Overview,
    left_out: Balance,
}

impl Overview {
    fn of(reader: &Reader, name: &str) -> Overview {
        let streams = reader.streams().iter().filter(|stream| stream.records > 0);
        let named = |stream: &StreamInfo| StreamInfo {
            name: stream_name(&stream.name, name).to_owned(),
            records: stream.records,
        };
        Overview {
            balance: reader.balance(),
            levels: Level::ALL.map(|level| reader.level_count(Some(level))),
            without_level: reader.level_count(None),
            range: reader.time_range(),
            streams: streams.map(named).collect(),
        }
    }

    fn count(&mut self, record: &Record<'_>) {
        match record.level {
            Some(level) => self.levels[level as usize] += 1,
            None => self.without_level += 1,
        }
        if let Some(stream) = self.streams.get_mut(record.stream.0 as usize) {
            stream.records += 1;
        }
        if let Some(time) = record.time {
            let (first, last) = self.range.get_or_insert((time, time));
            *first = time.min(*first);
            *last = time.max(*last);
        }
    }
}

/// A reader leaves the stream that is the whole source without a name.
fn stream_name<'a>(stream: &'a str, source: &'a str) -> &'a str {
    if stream.is_empty() { source } else { stream }
}

impl<'s> Chosen<'s> {
    fn new(glob: &'s GlobMatcher) -> Chosen<'s> {
        Chosen { glob, wanted: Vec::new(), overview: Overview::default(), left_out: Balance::default() }
    }

    fn stream(&mut self, id: StreamId, name: &str) {
        let length = self.wanted.len().max(id.0 as usize + 1);
        let unknown = StreamInfo { name: String::new(), records: 0 };
        self.wanted.resize(length, false);
        self.overview.streams.resize(length, unknown);
        self.wanted[id.0 as usize] = self.glob.is_match(name);
        name.clone_into(&mut self.overview.streams[id.0 as usize].name);
    }

    /// Counts the record, and says whether it is wanted.
    fn judge(&mut self, record: &Record<'_>) -> bool {
        let wanted = self.wanted.get(record.stream.0 as usize).copied().unwrap_or(false);
        if wanted {
            self.overview.count(record);
        } else {
            let lines = u64::from(record.origin.lines.max(1));
            self.left_out.records += 1;
            self.left_out.continuations += lines - 1;
        }
        wanted
    }

    /// The reader's balance, with what was left out moved from records to skipped.
    fn close(mut self, mut balance: Balance) -> Overview {
        balance.records -= self.left_out.records;
        balance.continuations -= self.left_out.continuations;
        balance.skip(Skip::OtherStream, self.left_out.records + self.left_out.continuations);
        self.overview.balance = balance;
        self.overview.streams.retain(|stream| stream.records > 0);
        self.overview
    }
}

impl<'s, C: RecordSink> Sifted<'s, C> {
    pub(crate) fn new(streams: Option<&'s GlobMatcher>, name: &'s str, consumer: C) -> Sifted<'s, C> {
        Sifted { name, chosen: streams.map(Chosen::new), consumer }
    }

    /// Who takes what is let through.
    pub(crate) fn consumer(&self) -> &C {
        &self.consumer
    }

    /// What was let through, and who took it.
    pub(crate) fn close(self, reader: &Reader) -> (Overview, C) {
        let overview = match self.chosen {
            None => Overview::of(reader, self.name),
            Some(chosen) => chosen.close(reader.balance()),
        };
        (overview, self.consumer)
    }
}

impl<C: RecordSink> RecordSink for Sifted<'_, C> {
    fn stream(&mut self, id: StreamId, name: &str) {
        let name = stream_name(name, self.name);
        if let Some(chosen) = &mut self.chosen {
            chosen.stream(id, name);
        }
        self.consumer.stream(id, name);
    }

    fn record(&mut self, record: &Record<'_>) {
        if self.chosen.as_mut().is_none_or(|chosen| chosen.judge(record)) {
            self.consumer.record(record);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use globset::Glob;
    use logsift_engine::reader::{Settings, SourceHint};

    const TWO_HOSTS: &str = "\
Mar  4 06:25:01 web1 sshd[1]: one
Mar  4 06:25:02 web2 sshd[1]: two
Mar  4 06:25:03 web1 cron[2]: three
Mar  4 06:25:04 web2 sshd[1]: four
";

    fn check(glob: Option<&str>, messages: &[&str], streams: usize) {
        let glob = glob.map(|text| Glob::new(text).unwrap().compile_matcher());
        let mut seen = Vec::new();
        let take = |record: &Record<'_>| seen.push(String::from_utf8_lossy(record.message).trim().to_owned());
        let mut sifted = Sifted::new(glob.as_ref(), "syslog", take);
        let mut reader = Reader::new(&Settings::default(), SourceHint::default());
        reader.space()[..TWO_HOSTS.len()].copy_from_slice(TWO_HOSTS.as_bytes());
        reader.filled(TWO_HOSTS.len(), &mut sifted);
        reader.finish(&mut sifted);
        let (overview, _) = sifted.close(&reader);
        assert_eq!(seen, messages, "{glob:?}");
        assert_eq!(overview.streams.len(), streams, "{:?}", overview.streams);
        assert!(overview.balance.holds());
        assert_eq!(overview.balance.lines, 4);
        assert_eq!(overview.balance.records, messages.len() as u64);
        assert_eq!(overview.balance.skipped(Skip::OtherStream), 4 - messages.len() as u64);
        assert_eq!(overview.without_level + overview.levels.iter().sum::<u64>(), messages.len() as u64);
    }

    #[test]
    fn streams_are_chosen_by_their_names_and_every_line_is_accounted_for() {
        check(None, &["one", "two", "three", "four"], 3);
        check(Some("*"), &["one", "two", "three", "four"], 3);
        check(Some("web2/*"), &["two", "four"], 1);
        check(Some("*/cron"), &["three"], 1);
        check(Some("db*"), &[], 0);
    }
}
