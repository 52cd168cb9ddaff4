//! The crate as its callers see it: files in a temporary folder, words in, logs and notices out.

mod archives;
mod damage;
mod files;
mod making;
mod planning;
mod rotation;
