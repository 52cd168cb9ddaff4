//! The result is a function of the bytes: not of the threads, the chunks they come in, or the packing.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use proptest::prelude::*;
use serde_json::Value;

use super::making::{PACKS, line};
use super::scan::{Place, Scanned};

const PIECES: [&str; 12] = [
    "{\"time\":\"2024-03-04T09:00:03Z\",\"level\":\"warn\",\"msg\":\"json \\u001b[1m\"}\n",
    "time=2024-03-04T09:00:02Z level=info msg=\"logfmt line\" queue=a\n",
    "192.0.2.10 - - [04/Mar/2024:09:00:03 +0000] \"GET / HTTP/1.1\" 200 5316 \"-\" \"curl/8\"\n",
    "Traceback (most recent call last):\n  File \"/app/a.py\", line 3, in f\n    g()\nTypeError: no\n",
    "java.lang.Error: x\n\tat a.B.c(B.java:1)\nCaused by: d.E: f\n\t... 2 more\n",
    "\n",
    "   \n",
    "plain words\n",
    "half a line",
    "\r\n",
    "\u{1b}[31mred\u{1b}[0m\n",
    "{\"cut\": \"off\n",
];

fn log() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => (0usize..5_000).prop_map(|number| line(number).into_bytes()),
        6 => prop::sample::select(PIECES.to_vec()).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..30),
    ];
    (prop::collection::vec(piece, 1..60), 1usize..60)
        .prop_map(|(pieces, times)| pieces.concat().repeat(times))
}

/// What was read, without the names of the files that it was read from.
fn content(scanned: &Scanned) -> (Value, Vec<Value>) {
    let nameless = |value: &Value| {
        let mut value = value.clone();
        for key in ["name", "files", "file", "notices"] {
            value.as_object_mut().unwrap().remove(key);
        }
        value
    };
    let inputs = scanned.report["inputs"].as_array().unwrap().iter().map(|input| {
        let mut input = nameless(input);
        // A stream without a name of its own has that of its log.
        input["streams"]["largest"].take();
        input
    });
    let rows = scanned.rows.iter().map(|row| {
        let mut row = nameless(row);
        row["stream"].take();
        row
    });
    (inputs.collect(), rows.collect())
}

fn through_a_pipe(place: &Place, bytes: &[u8], chunk: usize) -> Scanned {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let running = place.start(&["-"], Stdio::from(reader), true);
    let bytes = bytes.to_vec();
    let writing = std::thread::spawn(move || {
        for part in bytes.chunks(chunk) {
            writer.write_all(part).unwrap();
        }
    });
    let scanned = running.wait(|| {});
    writing.join().unwrap();
    scanned
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn neither_packing_nor_chunks_change_what_is_read(bytes in log(), pack in 0..PACKS.len(), chunk in 1usize..9_000) {
        let place = Place::with(&bytes);
        let plain = content(&place.scan());
        fs::remove_file(place.path().join("input.log")).unwrap();
        let piped = content(&through_a_pipe(&place, &bytes, chunk));
        let (ending, pack) = PACKS[pack];
        place.write(&format!("packed.{ending}"), pack(&bytes));
        let packed = content(&place.scan());
        // Stamps without a year look at when the file was written, which a pipe does not say.
        prop_assert_eq!(&plain, &packed);
        prop_assert_eq!(&plain, &piped);
    }

    #[test]
    fn threads_do_not_change_what_is_read(logs in prop::collection::vec(log(), 2..6)) {
        let place = Place::new();
        for (number, log) in logs.iter().enumerate() {
            place.write(&format!("log-{number}.txt"), log);
        }
        let one = place.scan_words(&[".", "--threads", "1"]);
        for threads in ["2", "3", "4"] {
            let many = place.scan_words(&[".", "--threads", threads]);
            prop_assert_eq!(&one.report, &many.report);
            prop_assert_eq!(&one.rows, &many.rows);
        }
    }
}
