//! The inner steps of the miner, for benchmarks.

use super::scan::Scan;
use super::skeleton::Skeletons;
use super::token::head;

/// Scans messages and makes skeletons, without counting anything.
#[derive(Debug, Default)]
pub struct Scanner {
    scan: Scan,
    skeletons: Skeletons,
}

impl Scanner {
    /// The line key of a message.
    pub fn key(&mut self, message: &[u8]) -> u64 {
        self.scan.read(head(message));
        self.scan.key
    }

    /// The text of a message's skeleton.
    pub fn skeleton(&mut self, message: &[u8]) -> &[u8] {
        self.skeletons.read(head(message), 0);
        self.skeletons.text()
    }
}
