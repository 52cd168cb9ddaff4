//! Every record in, what is to be written about it out, once everything was read.
//!
//! Templates and scores are known only at the end, so until then a record is kept as its line, skeleton, stream and
//! second; where scores are asked for, with whom it belongs to and the numbers in it. That is a few dozen bytes, in the
//! order of the input. Up to 16 MiB of them stay in memory; from then on they go to a temporary file that has no name and
//! is gone when the run ends, however it ends. The alternative, reading the logs twice, is impossible for standard input and twice the work for packed files.

mod kin;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, Write};
use std::sync::{Arc, Mutex, PoisonError};

use logsift_engine::detectors::rule::Heard;
use logsift_engine::records::record::Record;
use logsift_engine::templates::SkeletonId;

use self::kin::Kinds;
use crate::ordered::Ordered;

/// Bytes that stay in memory.
const IN_MEMORY: usize = 16 << 20;
/// Records are handed on in blocks of about this size.
const AT_ONCE: usize = 64 << 10;

/// All records, in the order of the plan.
pub(crate) struct Trail {
    out: Ordered,
    kept: Arc<Mutex<Kept>>,
    details: bool,
}

/// Those of one log.
pub(crate) struct LogTrail<'a> {
    trail: &'a Trail,
    set: usize,
    line: u64,
    second: i64,
    kinds: Option<Kinds>,
    buffer: Vec<u8>,
}

/// A record, as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) line: u64,
    pub(crate) skeleton: SkeletonId,
    /// The number of its stream within the log.
    pub(crate) stream: u32,
    /// The second of its time; that of the record before where it has none.
    pub(crate) second: i64,
    /// Which rules are about it, as its log numbers them.
    pub(crate) mark: u32,
    /// Whom it belongs to: a request or a worker, as a number; 0 is nobody, or nobody asked.
    pub(crate) kin: u32,
}

impl Step {
    /// Before the first record of a log.
    const NONE: Step = Step { line: 0, skeleton: SkeletonId(0), stream: 0, second: 0, mark: 0, kin: 0 };
}

/// What else is kept of a record.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Said<'a> {
    /// Whom its rules count it apart by.
    pub(crate) groups: &'a [u32],
    /// The numbers in it, where details are kept.
    pub(crate) numbers: &'a Numbers,
}

/// The numbers in a record, with the slots of its skeleton that they stand in.
pub(crate) type Numbers = [(u8, f32)];

/// Is told of every record again.
pub(crate) trait Follower {
    /// A log begins. Logs are numbered in the order of the plan.
    fn log(&mut self, number: u32, file: &str);

    /// A record of that log.
    fn record(&mut self, step: &Step, said: &Said<'_>, out: &mut dyn Write) -> io::Result<()>;

    /// The log has ended.
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let _ = out;
        Ok(())
    }
}

impl Trail {
    /// Nothing yet.
    pub(crate) fn new() -> Trail {
        let kept = Arc::new(Mutex::new(Kept::default()));
        Trail { out: Ordered::new(Box::new(Shared(Arc::clone(&kept)))), kept, details: false }
    }

    /// Nothing yet; keeps whom records belong to and the numbers in them, too.
    pub(crate) fn with_details() -> Trail {
        Trail { details: true, ..Trail::new() }
    }

    /// Whether more than the message is looked at.
    pub(crate) fn has_details(&self) -> bool {
        self.details
    }

    /// A log begins.
    pub(crate) fn log(&self, set: usize, file: &str) -> LogTrail<'_> {
        let mut buffer = Vec::with_capacity(AT_ONCE + 64);
        push_number(&mut buffer, 0);
        push_number(&mut buffer, file.len() as u64);
        buffer.extend_from_slice(file.as_bytes());
        let kinds = self.details.then(Kinds::default);
        LogTrail { trail: self, set, line: 0, second: 0, kinds, buffer }
    }

    pub(crate) fn set_ended(&self, set: usize) {
        self.out.end(set);
    }

    /// Tells of every record, and writes what is said about it.
    pub(crate) fn follow(self, follower: &mut dyn Follower, out: &mut dyn Write) -> io::Result<()> {
        self.out.finish()?;
        let kept = std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        let mut from = kept.reader()?;
        let mut out = io::BufWriter::with_capacity(AT_ONCE, out);
        let (mut step, mut logs, mut groups) = (Step::NONE, 0, Vec::new());
        let mut numbers = Vec::new();
        while let Some(number) = read_number(&mut *from)? {
            if number == 0 {
                let length = read_number(&mut *from)?.unwrap_or(0);
                let mut name = Vec::new();
                (&mut *from).take(length).read_to_end(&mut name)?;
                if logs > 0 {
                    follower.end(&mut out)?;
                }
                follower.log(logs, &String::from_utf8_lossy(&name));
                (step, logs) = (Step::NONE, logs + 1);
                continue;
            }
            step.line = step.line.wrapping_add_signed(unfolded(number - 1));
            step.second = step.second.wrapping_add(unfolded(read_number(&mut *from)?.unwrap_or(0)));
            step.stream = read_number(&mut *from)?.unwrap_or(0) as u32;
            let mut skeleton = [0; 8];
            from.read_exact(&mut skeleton)?;
            step.skeleton = SkeletonId(u64::from_le_bytes(skeleton));
            step.mark = read_number(&mut *from)?.unwrap_or(0) as u32;
            step.kin = read_number(&mut *from)?.unwrap_or(0) as u32;
            groups.clear();
            if step.mark > 0 {
                let count = read_number(&mut *from)?.unwrap_or(0);
                for _ in 0..count {
                    groups.push(read_number(&mut *from)?.unwrap_or(0) as u32);
                }
            }
            numbers.clear();
            if self.details {
                for _ in 0..read_number(&mut *from)?.unwrap_or(0) {
                    let mut number = [0; 5];
                    from.read_exact(&mut number)?;
                    let [slot, number @ ..] = number;
                    numbers.push((slot, f32::from_le_bytes(number)));
                }
            }
            follower.record(&step, &Said { groups: &groups, numbers: &numbers }, &mut out)?;
        }
        if logs > 0 {
            follower.end(&mut out)?;
        }
        out.flush()
    }
}

impl LogTrail<'_> {
    pub(crate) fn add(
        &mut self,
        record: &Record<'_>,
        skeleton: SkeletonId,
        heard: Heard<'_>,
        numbers: &Numbers,
    ) {
        let line = record.origin.line;
        let second = record.time.map_or(self.second, |time| time.seconds());
        // Zero begins a log, so steps are written one higher.
        push_number(&mut self.buffer, folded(line.wrapping_sub(self.line).cast_signed()) + 1);
        push_number(&mut self.buffer, folded(second.wrapping_sub(self.second)));
        push_number(&mut self.buffer, u64::from(record.stream.0));
        self.buffer.extend_from_slice(&skeleton.0.to_le_bytes());
        push_number(&mut self.buffer, u64::from(heard.mark));
        let kin = self.kinds.as_mut().map_or(0, |kinds| kinds.of(record));
        push_number(&mut self.buffer, u64::from(kin));
        if heard.mark > 0 {
            push_number(&mut self.buffer, heard.groups.len() as u64);
            heard.groups.iter().for_each(|group| push_number(&mut self.buffer, u64::from(*group)));
        }
        if self.kinds.is_some() {
            push_number(&mut self.buffer, numbers.len() as u64);
            for (slot, number) in numbers {
                self.buffer.push(*slot);
                self.buffer.extend_from_slice(&number.to_le_bytes());
            }
        }
        (self.line, self.second) = (line, second);
        if self.buffer.len() >= AT_ONCE {
            self.hand_on();
        }
    }

    pub(crate) fn finish(mut self) {
        self.hand_on();
    }

    /// Whether it could be kept is told at the end.
    fn hand_on(&mut self) {
        self.trail.out.write(self.set, &mut self.buffer);
    }
}

/// Small steps of either sign become small numbers.
fn folded(step: i64) -> u64 {
    ((step << 1) ^ (step >> 63)).cast_unsigned()
}

fn unfolded(folded: u64) -> i64 {
    (folded >> 1).cast_signed() ^ -((folded & 1).cast_signed())
}

/// Seven bits a byte, the lowest first.
fn push_number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Nothing at the end.
fn read_number(from: &mut dyn BufRead) -> io::Result<Option<u64>> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let mut byte = [0];
        match from.read(&mut byte)? {
            0 if shift == 0 => return Ok(None),
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            _ => value |= u64::from(byte[0] & 0x7f) << shift,
        }
        if byte[0] & 0x80 == 0 {
            break;
        }
    }
    Ok(Some(value))
}

/// Bytes in memory, and in a file from a certain number on.
#[derive(Debug, Default)]
struct Kept {
    memory: Vec<u8>,
    file: Option<File>,
}

impl Kept {
    fn reader(self) -> io::Result<Box<dyn BufRead>> {
        let Some(mut file) = self.file else { return Ok(Box::new(Cursor::new(self.memory))) };
        file.rewind()?;
        Ok(Box::new(BufReader::with_capacity(AT_ONCE, file)))
    }

    fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.file.is_none() && self.memory.len() + bytes.len() > IN_MEMORY {
            let mut file = tempfile::tempfile()?;
            file.write_all(&std::mem::take(&mut self.memory))?;
            self.file = Some(file);
        }
        match &mut self.file {
            Some(file) => file.write_all(bytes),
            None => {
                self.memory.extend_from_slice(bytes);
                Ok(())
            }
        }
    }
}

struct Shared(Arc<Mutex<Kept>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).add(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_memory_comes_back_in_order() {
        let block: Vec<u8> = (0..AT_ONCE).map(|nth| (nth * 31 % 251) as u8).collect();
        for blocks in [3, IN_MEMORY / AT_ONCE + 5] {
            let mut kept = Kept::default();
            (0..blocks).for_each(|_| kept.add(&block).unwrap());
            assert_eq!(kept.file.is_some(), blocks > 3);
            assert!(kept.memory.len() <= IN_MEMORY);
            let mut again = Vec::new();
            kept.reader().unwrap().read_to_end(&mut again).unwrap();
            assert!(again == block.repeat(blocks), "{blocks} blocks");
        }
    }

    #[test]
    fn steps_go_either_way() {
        for step in [0, 1, -1, 63, -64, i64::MAX, i64::MIN, i64::MIN + 1] {
            assert_eq!(unfolded(folded(step)), step);
        }
    }
}
