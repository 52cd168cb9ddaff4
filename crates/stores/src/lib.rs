//! What the daemon keeps in its state folder: a journal of everything that came in, generations of what was learned
//! from it, and facts for people in SQLite.
//!
//! The journal is the input: what is in it has come in, and nothing else. A generation is what was learned from all
//! segments of the journal before one of them. So a start that reads the newest generation and the journal behind it comes
//! to exactly where it was. Facts are made from both and may be made again; they are kept because people ask for
//! them long after the lines are gone. This crate knows nothing of what a finding is: such things are documents to it.

mod error;
pub mod facts;
mod folder;
pub mod generation;
pub mod journal;
mod replace;

pub use error::StoreError;
pub use facts::{Facts, Writer};
pub use folder::{Folder, Space, set_aside_database};
