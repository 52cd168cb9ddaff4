//! Lines made to be slow must not be: nothing in the tokenizer is quadratic in the length of a line.

use std::time::Instant;

use logsift_engine::templates::{Facts, Miner};

#[test]
fn no_line_is_slow() {
    let units = [
        "a:", "a b ", "()", "=x", "a://", "'", "\"a 1\"", "<a", "/a:", "1 <b> ", "(1 KB) ", "|1", "..",
        "1,x ", "k=", "a]", "Jun ", "C:\\", "::", "a.b:1 ", "<1 ",
    ];
    let mut miner = Miner::default();
    let began = Instant::now();
    for unit in units {
        for nth in 0..20 {
            // Another first word each time, so that every line is new and tokenised.
            let name: String =
                (0..3).map(|at| char::from(b'a' + (nth >> at & 1))).chain([char::from(b'a' + nth)]).collect();
            let message = format!("{name} {}", unit.repeat(4096 / unit.len()));
            miner.add(message.as_bytes(), &Facts::default());
        }
    }
    let _ = miner.templates();
    // Unoptimised and on a busy machine; a quadratic step would take minutes.
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}
