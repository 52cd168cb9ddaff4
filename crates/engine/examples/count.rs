//! Reads a log from standard input and prints how many records it has: the shortest use of the engine.

#![allow(clippy::print_stdout, reason = "an example shows what it found")]

use std::io::{self, Read};

use logsift_engine::reader::{Reader, Settings, SourceHint};
use logsift_engine::records::record::Record;

fn main() -> io::Result<()> {
    let mut reader = Reader::new(&Settings::new(), SourceHint::default());
    let mut bytes = 0;
    let mut sink = |record: &Record<'_>| bytes += record.message.len();
    let mut input = io::stdin().lock();
    loop {
        let count = input.read(reader.space())?;
        if count == 0 {
            break;
        }
        reader.filled(count, &mut sink);
    }
    reader.finish(&mut sink);
    println!("{}; {bytes} bytes of messages", reader.balance());
    for format in reader.formats() {
        println!(
            "{} {:.2} since line {}: {}",
            format.name, format.confidence, format.since_line, format.pattern
        );
    }
    println!("{}", reader.assumptions().join("\n"));
    Ok(())
}
