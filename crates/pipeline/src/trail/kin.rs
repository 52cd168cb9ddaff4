//! A record in, whom it belongs to out: the request that it serves, the pod that it is about, or the worker that wrote it.
//!
//! What happened to a request is told by several records, and the one that says `failed` is rarely all of it. A trace
//! is the same thing in every stream; a process or a thread is one in its own. Whoever writes a large part of
//! the log is nobody in particular: that a daemon has one process id ties none of its records together.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use logsift_engine::records::fields::Kind;
use logsift_engine::records::record::Record;
use logsift_engine::records::roles::{Claim, Role};

/// Whoever writes more than one in so many records, and more than the first few, is nobody in particular.
const ONE_IN: u32 = 50;
const FEW: u32 = 40;
/// So much of a message is searched.
const READ: usize = 1024;
/// As many are counted at most; of those beyond, each is taken for somebody.
const COUNTED: usize = 1 << 16;

/// Tells of the records of one log whom they belong to.
#[derive(Default)]
pub(super) struct Kinds {
    records: u32,
    counts: HashMap<u32, u32, FixedState>,
}

impl Kinds {
    /// A number for whom the record belongs to; 0 is nobody.
    pub(super) fn of(&mut self, record: &Record<'_>) -> u32 {
        self.records = self.records.saturating_add(1);
        let kin = named(record);
        if kin == 0 || self.is_everywhere(kin) { 0 } else { kin }
    }

    fn is_everywhere(&mut self, kin: u32) -> bool {
        if self.counts.len() >= COUNTED && !self.counts.contains_key(&kin) {
            return false;
        }
        let count = self.counts.entry(kin).or_default();
        *count = count.saturating_add(1);
        *count > FEW + self.records / ONE_IN
    }
}

/// The trace, or else the pod that the message is about, or else the process and the thread.
fn named(record: &Record<'_>) -> u32 {
    let (mut trace, mut process, mut thread) = (Best::default(), Best::default(), Best::default());
    for (name, value) in record.fields().filter(|(_, value)| value.kind != Kind::Null) {
        let Some(claim) = Claim::of(name) else { continue };
        match claim.role {
            Role::TraceId => trace.offer(claim.rank, value.bytes),
            Role::Pid => process.offer(claim.rank, value.bytes),
            Role::Thread => thread.offer(claim.rank, value.bytes),
            _ => {}
        }
    }
    if let Some(object) = trace.value.or_else(|| object_of(record.message)) {
        return hashed(&[object]);
    }
    let workers: Vec<&[u8]> = [process.value, thread.value].into_iter().flatten().collect();
    match workers.as_slice() {
        [] => 0,
        workers => hashed(&[&record.stream.0.to_le_bytes(), workers.concat().as_slice()]),
    }
}

/// The value of the field that has the best claim to a role.
#[derive(Default)]
struct Best<'a> {
    rank: u8,
    value: Option<&'a [u8]>,
}

impl<'a> Best<'a> {
    fn offer(&mut self, rank: u8, value: &'a [u8]) {
        if !value.is_empty() && (self.value.is_none() || rank <= self.rank) {
            (self.rank, self.value) = (rank, Some(value));
        }
    }
}

/// The value of the first `trace_id=` or `pod=` in a message.
fn object_of(message: &[u8]) -> Option<&[u8]> {
    let text = message.get(..READ).unwrap_or(message);
    let signs = text.iter().enumerate().filter(|(_, byte)| **byte == b'=');
    signs.map(|(at, _)| at).find_map(|at| {
        let (before, after) = (text.get(..at)?, text.get(at + 1..)?);
        let key = before.rsplit(|byte| !byte.is_ascii_alphanumeric() && !b"_.-".contains(byte)).next()?;
        let role = Claim::of(key)?.role;
        let value = unquoted(after);
        (matches!(role, Role::TraceId | Role::Pod) && !value.is_empty()).then_some(value)
    })
}

fn unquoted(text: &[u8]) -> &[u8] {
    let quoted = text.strip_prefix(b"\"");
    let ends = |byte: &u8| if quoted.is_some() { *byte == b'"' } else { b" ,;)]}\t\n".contains(byte) };
    quoted.unwrap_or(text).split(ends).next().unwrap_or_default()
}

fn hashed(parts: &[&[u8]]) -> u32 {
    let mut hasher = FixedState::default().build_hasher();
    parts.iter().for_each(|part| hasher.write(part));
    (hasher.finish() as u32).max(1)
}

#[cfg(test)]
mod tests {
    use logsift_engine::reader::{Reader, Settings, SourceHint};

    use super::*;

    fn kin_of(log: &str) -> Vec<u32> {
        let (mut kinds, mut found) = (Kinds::default(), Vec::new());
        let mut reader = Reader::new(&Settings::default(), SourceHint::default());
        let mut take = |record: &Record<'_>| found.push(kinds.of(record));
        for part in log.as_bytes().chunks(4096) {
            reader.space()[..part.len()].copy_from_slice(part);
            reader.filled(part.len(), &mut take);
        }
        reader.finish(&mut take);
        found
    }

    #[test]
    fn records_of_a_request_belong_together_and_those_of_nobody_do_not() {
        let line =
            |trace: &str| format!("{{\"level\":\"info\",\"trace_id\":\"{trace}\",\"message\":\"m\"}}\n");
        let found = kin_of(
            &(line("4bf92f3577b34da6") + &line("00f067aa0ba902b7") + &line("4bf92f3577b34da6") + &line("")),
        );
        assert_eq!(found[0], found[2]);
        assert!(found[0] != found[1] && found[0] != 0 && found[3] == 0, "{found:?}");
    }

    #[test]
    fn a_message_names_a_trace_or_a_pod() {
        let table: &[(&str, &str)] = &[
            ("\"event for pod\" pod=\"shop/web-1\" event=x", "shop/web-1"),
            ("status=200 trace_id=4bf9, took=3", "4bf9"),
            ("podium=3", ""),
            ("pod= x=1", ""),
            ("nothing", ""),
            ("pod=\"unclosed", "unclosed"),
        ];
        for (message, wanted) in table {
            assert_eq!(object_of(message.as_bytes()).unwrap_or_default(), wanted.as_bytes(), "{message}");
        }
    }

    #[test]
    fn a_process_is_somebody_unless_it_writes_everything() {
        let line = |nth: u32, pid: u32| {
            format!(
                "2024-03-04 10:00:{:02}.{:03} UTC [{pid}] app@shop LOG:  statement {nth}\n",
                nth / 20 % 60,
                nth % 1000
            )
        };
        let several: String = (0..200).map(|nth| line(nth, 4000 + nth / 4)).collect();
        let found = kin_of(&several);
        assert!(found.iter().all(|kin| *kin != 0));
        assert!(found.chunks(4).all(|four| four.iter().all(|kin| *kin == four[0])));
        let alone = kin_of(&(0..200).map(|nth| line(nth, 4000)).collect::<String>());
        assert!(
            alone[..FEW as usize].iter().all(|kin| *kin == alone[0])
                && alone[100..].iter().all(|kin| *kin == 0)
        );
    }
}
