//! Messages on standard input, one a line; templates on standard output.
//!
//!     mine assign     the template of every line: `id<TAB>template`
//!     mine time       the time that mining takes; with one more word, without times of records

use std::io::{Read, Write};
use std::time::Instant;

use logsift_engine::records::level::Level;
use logsift_engine::records::time::Time;
use logsift_engine::templates::{Facts, Miner};

fn main() -> std::io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let mut data = Vec::new();
    std::io::stdin().lock().read_to_end(&mut data)?;
    let lines: Vec<&[u8]> = data.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut miner = Miner::default();
    let facts = |line: usize| Facts { line: line as u64, ..Facts::default() };
    let stamped = words.get(1).is_none();
    if words.first().is_some_and(|word| word == "time") {
        let began = Instant::now();
        let mut sum = 0u64;
        for (nth, line) in lines.iter().enumerate() {
            let time = stamped.then(|| Time::from_nanos(nth as i64 * 1_000_000));
            let facts = Facts { line: nth as u64 + 1, time, level: Some(Level::Info) };
            sum = sum.wrapping_add(miner.add(line, &facts).0);
        }
        let nanos = began.elapsed().as_nanos() as f64 / lines.len().max(1) as f64;
        let templates = Instant::now();
        let count = miner.templates().list().len();
        writeln!(
            out,
            "{nanos:.1} ns a line, {} bytes, {count} templates in {:?}",
            miner.bytes(),
            templates.elapsed()
        )?;
        return writeln!(out, "{:?} {sum:x}", miner.account());
    }
    let skeletons: Vec<_> =
        lines.iter().enumerate().map(|(nth, line)| miner.add(line, &facts(nth + 1))).collect();
    let templates = miner.templates();
    for skeleton in skeletons {
        match templates.of(skeleton) {
            Some(template) => writeln!(out, "{}\t{}", template.id, template.text())?,
            None => writeln!(out, "forgotten\t")?,
        }
    }
    Ok(())
}
