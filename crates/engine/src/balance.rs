//! Every line is counted once: as a record, as a continuation of one, or as skipped with its reason.

use std::fmt;
use std::ops::AddAssign;

/// Why a line became no record and no part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Skip {
    /// Nothing but white space, outside of any record.
    Blank = 0,
    /// A header or directive of the format: CSV column names, `#Fields:` of W3C logs.
    Header,
    /// Before `--since` or after `--until`.
    OutsideTime,
    /// Not one of the streams asked for.
    OtherStream,
}

impl Skip {
    /// All reasons.
    pub const ALL: [Skip; 4] = [Skip::Blank, Skip::Header, Skip::OutsideTime, Skip::OtherStream];

    /// The name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Skip::Blank => "blank",
            Skip::Header => "header",
            Skip::OutsideTime => "outside-time",
            Skip::OtherStream => "other-stream",
        }
    }
}

/// Lines read = records + continuation lines + skipped lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Lines read.
    pub lines: u64,
    /// Records, one line each.
    pub records: u64,
    /// Lines that belong to a record begun earlier.
    pub continuations: u64,
    skipped: [u64; Skip::ALL.len()],
}

impl Balance {
    /// Counts lines as skipped.
    pub fn skip(&mut self, reason: Skip, lines: u64) {
        self.skipped[reason as usize] += lines;
    }

    /// Lines skipped for that reason.
    pub fn skipped(&self, reason: Skip) -> u64 {
        self.skipped[reason as usize]
    }

    /// Lines skipped for any reason.
    pub fn skipped_in_all(&self) -> u64 {
        self.skipped.iter().sum()
    }

    /// Whether every line is accounted for.
    pub fn holds(&self) -> bool {
        self.lines == self.records + self.continuations + self.skipped_in_all()
    }
}

impl AddAssign for Balance {
    fn add_assign(&mut self, other: Balance) {
        self.lines += other.lines;
        self.records += other.records;
        self.continuations += other.continuations;
        for (sum, more) in self.skipped.iter_mut().zip(other.skipped) {
            *sum += more;
        }
    }
}

/// `1,204 lines = 1,000 records + 200 continuation lines + 4 skipped (blank 4)`, without the thousands' commas.
impl fmt::Display for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} lines = {} records + {} continuation lines + {} skipped",
            self.lines,
            self.records,
            self.continuations,
            self.skipped_in_all()
        )?;
        let reasons: Vec<String> = Skip::ALL
            .into_iter()
            .filter(|reason| self.skipped(*reason) > 0)
            .map(|reason| format!("{} {}", reason.name(), self.skipped(reason)))
            .collect();
        if reasons.is_empty() { Ok(()) } else { write!(f, " ({})", reasons.join(", ")) }
    }
}
