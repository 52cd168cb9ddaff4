//! Here are bytes: where does one message begin and end?
//!
//! A chunk of any size becomes lines, lines become messages. Nothing in here can fail: whatever the
//! bytes are, every line comes out, with notes on what had to be done to it.

pub mod clean;
pub mod container;
pub mod encoding;
pub mod journal;
pub mod traces;
