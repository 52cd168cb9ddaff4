#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| logsift_fuzz::check("push_otlp", bytes));
