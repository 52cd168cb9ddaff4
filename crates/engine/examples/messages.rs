//! Reads a log from standard input and prints a row per record: line, lines, time, level, message.

use std::io::{self, Read, Write};

use logsift_engine::reader::{Reader, Settings, SourceHint};
use logsift_engine::records::record::Record;

fn main() -> io::Result<()> {
    let mut reader = Reader::new(&Settings::new(), SourceHint::default());
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut sink = |record: &Record<'_>| {
        let time = record.time.map_or("-".to_owned(), |time| time.to_string());
        let level = record.level.map_or("-", |level| level.name());
        let message = String::from_utf8_lossy(record.message).replace('\n', "\\n");
        // A closed pipe ends the example; nothing else can go wrong here.
        let _ = writeln!(out, "{}\t{}\t{time}\t{level}\t{message}", record.origin.line, record.origin.lines);
    };
    let mut input = io::stdin().lock();
    loop {
        let count = input.read(reader.space())?;
        if count == 0 {
            break;
        }
        reader.filled(count, &mut sink);
    }
    reader.finish(&mut sink);
    for format in reader.formats() {
        eprintln!(
            "{} {:.2} since line {}: {}",
            format.name, format.confidence, format.since_line, format.pattern
        );
    }
    Ok(())
}
