//! Reads a log from the standard input and writes its records as one JSON object per line.
//!
//! With `--inferred` no format is known beforehand, which shows what is found from the lines alone.
//! What was found is said on the standard error.

use std::io::{self, BufWriter, Read, Write};

use logsift_engine::reader::{Reader, Settings, SourceHint};
use logsift_engine::records::library::Library;
use logsift_engine::records::record::Record;

fn main() -> io::Result<()> {
    let mut settings = Settings::new();
    if std::env::args().any(|argument| argument == "--inferred") {
        settings = settings.with_library(Library::default());
    }
    let mut reader = Reader::new(&settings, SourceHint { name: "-".to_owned(), modified: None });
    let mut out = BufWriter::new(io::stdout().lock());
    let mut failed = Ok(());
    let mut sink = |record: &Record<'_>| {
        if failed.is_ok() {
            failed = write_record(&mut out, record);
        }
    };
    loop {
        let count = io::stdin().lock().read(reader.space())?;
        if count == 0 {
            break;
        }
        reader.filled(count, &mut sink);
    }
    reader.finish(&mut sink);
    failed?;
    out.flush()?;
    let mut about = io::stderr().lock();
    for format in reader.formats() {
        let share = 100.0 * format.confidence;
        writeln!(about, "line {}: {} `{}` {share:.0} %", format.since_line, format.name, format.pattern)?;
    }
    writeln!(about, "{:?}", reader.balance())
}

fn write_record(out: &mut impl Write, record: &Record<'_>) -> io::Result<()> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let shown = serde_json::json!({
        "line": record.origin.line,
        "lines": record.origin.lines,
        "time": record.time.map(|time| time.to_string()),
        "level": record.level.map(|level| level.to_string()),
        "message": text(record.message),
        "fields": record.fields().map(|(name, value)| (text(name), text(value.bytes))).collect::<Vec<_>>(),
    });
    writeln!(out, "{shown}")
}
