//! The skeleton of every record in, a row of CSV for every record out: `file,line,template_id,template`.
//!
//! Templates are known only when everything was read, so until then a record is kept as its line and its
//! skeleton: ten bytes or so, in the order of the input. Up to 16 MiB of them stay in memory; from then on they
//! go to a temporary file that has no name and is gone when the run ends, however it ends. The
//! alternative, reading the logs twice, is impossible for standard input and twice the work for packed files.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, Write};
use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashMap;
use logsift_engine::templates::{SkeletonId, Templates};
use logsift_reports::csv;
use logsift_reports::escape::for_terminal;

use crate::ordered::Ordered;
use crate::tally::masked;

/// Bytes that stay in memory.
const IN_MEMORY: usize = 16 << 20;
/// Rows are handed on in blocks of about this size.
const AT_ONCE: usize = 64 << 10;

/// The skeletons of all records, in the order of the plan.
pub(crate) struct Assigned {
    out: Ordered,
    kept: Arc<Mutex<Kept>>,
}

/// Those of one log.
pub(crate) struct AssignedLog<'a> {
    assigned: &'a Assigned,
    set: usize,
    last: u64,
    buffer: Vec<u8>,
}

impl Assigned {
    /// Nothing yet.
    pub(crate) fn new() -> Assigned {
        let kept = Arc::new(Mutex::new(Kept::default()));
        Assigned { out: Ordered::new(Box::new(Shared(Arc::clone(&kept)))), kept }
    }

    /// A log begins.
    pub(crate) fn log(&self, set: usize, file: &str) -> AssignedLog<'_> {
        let mut buffer = Vec::with_capacity(AT_ONCE + 64);
        push_number(&mut buffer, 0);
        push_number(&mut buffer, file.len() as u64);
        buffer.extend_from_slice(file.as_bytes());
        AssignedLog { assigned: self, set, last: 0, buffer }
    }

    pub(crate) fn set_ended(&self, set: usize) {
        self.out.end(set);
    }

    /// Writes a row for every record.
    pub(crate) fn write(self, templates: &Templates, out: &mut dyn Write) -> io::Result<()> {
        self.out.finish()?;
        let kept = std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        let mut from = kept.reader()?;
        let mut out = io::BufWriter::with_capacity(AT_ONCE, out);
        out.write_all(b"file,line,template_id,template\n")?;
        rows(&mut from, &Tails::of(templates), &mut out)?;
        out.flush()
    }
}

impl AssignedLog<'_> {
    pub(crate) fn add(&mut self, line: u64, skeleton: SkeletonId) {
        // Zero begins a log, so steps are written one higher, folded so that those backwards are small, too.
        let step = line.wrapping_sub(self.last).cast_signed();
        let folded = ((step << 1) ^ (step >> 63)).cast_unsigned();
        push_number(&mut self.buffer, folded + 1);
        self.buffer.extend_from_slice(&skeleton.0.to_le_bytes());
        self.last = line;
        if self.buffer.len() >= AT_ONCE {
            self.hand_on();
        }
    }

    pub(crate) fn finish(mut self) {
        self.hand_on();
    }

    /// Whether it could be kept is told at the end.
    fn hand_on(&mut self) {
        self.assigned.out.write(self.set, &mut self.buffer);
    }
}

/// What a row ends with, by skeleton: made once, not for every record.
struct Tails {
    texts: Vec<Vec<u8>>,
    of: HashMap<u64, usize, foldhash::fast::FixedState>,
}

impl Tails {
    fn of(templates: &Templates) -> Tails {
        // Records whose skeleton had to be forgotten have no template.
        let mut tails = Tails { texts: vec![b",,\n".to_vec()], of: HashMap::default() };
        for template in templates.list() {
            let text = masked(template.text());
            let mut tail = format!(",{},", template.id).into_bytes();
            csv::push_safe(&for_terminal(&text), &mut tail);
            tail.push(b'\n');
            tails.of.extend(template.skeletons.iter().map(|skeleton| (skeleton.0, tails.texts.len())));
            tails.texts.push(tail);
        }
        tails
    }

    fn of_skeleton(&self, skeleton: u64) -> &[u8] {
        let place = self.of.get(&skeleton).copied().unwrap_or(0);
        self.texts.get(place).map_or(b",,\n", Vec::as_slice)
    }
}

fn rows(from: &mut dyn BufRead, tails: &Tails, out: &mut impl Write) -> io::Result<()> {
    let (mut file, mut line) = (Vec::new(), 0u64);
    while let Some(number) = read_number(from)? {
        if number == 0 {
            let length = read_number(from)?.unwrap_or(0);
            let mut name = Vec::new();
            from.take(length).read_to_end(&mut name)?;
            file.clear();
            csv::push(&for_terminal(&String::from_utf8_lossy(&name)), &mut file);
            line = 0;
            continue;
        }
        let folded = number - 1;
        let step = (folded >> 1).cast_signed() ^ -((folded & 1).cast_signed());
        line = line.wrapping_add_signed(step);
        let mut skeleton = [0; 8];
        from.read_exact(&mut skeleton)?;
        out.write_all(&file)?;
        write!(out, ",{line}")?;
        out.write_all(tails.of_skeleton(u64::from_le_bytes(skeleton)))?;
    }
    Ok(())
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
    use logsift_engine::templates::{Facts, Miner};

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
    fn rows_stand_in_the_order_of_the_plan_and_lines_may_go_back() {
        let mut miner = Miner::default();
        let known = miner.add(b"=now, at once", &Facts::default());
        let assigned = Assigned::new();
        let lines = [7, 3, 1 << 40, 1];
        for set in [1, 0] {
            let mut log = assigned.log(set, if set == 0 { "a,b.log" } else { "-" });
            lines.iter().for_each(|line| log.add(*line, known));
            log.add(9, SkeletonId(known.0 ^ 1));
            log.finish();
            assigned.set_ended(set);
        }
        let mut out = Vec::new();
        let templates = miner.templates();
        let id = templates.list()[0].id;
        assigned.write(&templates, &mut out).unwrap();
        let rows = |file: &str| -> String {
            let row = |line: &u64| format!("{file},{line},{id},\"'=now, at once\"\n");
            lines.iter().map(row).collect::<String>() + &format!("{file},9,,\n")
        };
        let all = format!("file,line,template_id,template\n{}{}", rows("\"a,b.log\""), rows("-"));
        assert_eq!(String::from_utf8(out).unwrap(), all);
    }
}
