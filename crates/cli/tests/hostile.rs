//! Inputs that want to break something, and inputs that merely went wrong.
//!
//! Each test makes its input, runs the binary under a clock and looks at what is promised for every
//! input: no panic, no hang, a documented exit code, a balance that holds, a row for every record,
//! nothing that a terminal would obey, and no good line lost beside a bad one.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod hostile {
    mod archives;
    mod encodings;
    mod giants;
    mod laws;
    mod lines;
    mod making;
    mod places;
    mod scan;
    mod secrets;
    mod times;
}
