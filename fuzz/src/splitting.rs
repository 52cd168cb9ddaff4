//! Bytes to lines and entries: containers, the journal, traces.

use logsift_engine::lines::container::{Unwrapped, Wrapper};
use logsift_engine::lines::journal::{Entry, JournalReader, looks_like_journal};
use logsift_engine::lines::traces::{self, Trace, Verdict};

/// Each line through each way of wrapping.
pub(crate) fn container(bytes: &[u8]) {
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let _ = Wrapper::detect(&lines);
    let mut unwrapped = Unwrapped::default();
    for wrapper in [Wrapper::Cri, Wrapper::DockerJson, Wrapper::Compose, Wrapper::Kubectl] {
        for line in &lines {
            if wrapper.unwrap(line, &mut unwrapped) {
                let parts = [unwrapped.stamp(line), unwrapped.lane(line), unwrapped.text(line)];
                assert!(parts.iter().all(|part| part.len() <= line.len()), "{}", line.escape_ascii());
            }
        }
    }
}

/// The first byte says how long the chunks are.
pub(crate) fn journal(bytes: &[u8]) {
    let Some((&chunk, bytes)) = bytes.split_first() else { return };
    let _ = looks_like_journal(bytes);
    let whole = entries(bytes, usize::MAX);
    assert_eq!(whole, entries(bytes, 1 + usize::from(chunk)));
    let newlines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    assert_eq!((whole.lines, whole.bytes), (newlines, bytes.len() as u64));
}

#[derive(Debug, Default, PartialEq)]
struct Entries {
    shown: Vec<String>,
    lines: u64,
    bytes: u64,
}

fn entries(bytes: &[u8], chunk: usize) -> Entries {
    let mut all = Entries::default();
    let mut reader = JournalReader::new();
    let mut sink = |entry: &Entry<'_>| {
        let names = entry.fields.iter(entry.text).map(|(name, value)| (name.to_vec(), value.bytes.to_vec()));
        let fields: Vec<(Vec<u8>, Vec<u8>)> = names.collect();
        all.shown.push(format!("{entry:?} {fields:?}"));
        all.lines += entry.blank_lines + entry.lines;
        all.bytes += entry.blank_bytes + entry.bytes;
    };
    for piece in bytes.chunks(chunk) {
        reader.push(piece, &mut sink);
    }
    reader.finish(&mut sink);
    let (lines, rest) = reader.unclaimed();
    all.lines += lines;
    all.bytes += rest;
    all
}

/// Each line may begin a trace, which all lines after it are offered to in every manner.
pub(crate) fn traces(bytes: &[u8]) {
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').take(40).collect();
    let offers: [fn(&mut Trace, &[u8]) -> Verdict; 3] =
        [Trace::accepts, Trace::accepts_message, Trace::accepts_repeated];
    for (at, line) in lines.iter().enumerate() {
        let _ = (traces::continues(line), traces::joins_repeated_header(line));
        for offer in offers {
            let Some(mut trace) = Trace::begin(line) else { break };
            let _ = (trace.stands_alone(), trace.is_body());
            for next in lines.iter().skip(at + 1) {
                if offer(&mut trace, next) != Verdict::Yes {
                    break;
                }
            }
        }
    }
}
