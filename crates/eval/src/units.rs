//! Labelled units and what a model said of them, whatever they are: sessions, runs or lines.

use std::io::{self, BufWriter, Write};
use std::time::Duration;

use logsift_reports::csv;
use logsift_reports::escape::for_terminal;

use crate::metrics::Judged;

/// Something that was labelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its name in the labels.
    pub id: String,
    /// Whether it is abnormal.
    pub abnormal: bool,
    /// What the labels say beyond that; may be empty.
    pub kind: String,
}

/// What a model said of one unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Grows with abnormality.
    pub score: f64,
    /// Whether it was flagged.
    pub flagged: bool,
}

impl Verdict {
    /// The threshold of verdicts that somebody else has made; above every score where nothing was flagged.
    pub(crate) fn lowest_flagged(verdicts: &[Verdict]) -> f64 {
        let flagged = verdicts.iter().filter(|verdict| verdict.flagged);
        flagged.map(|verdict| verdict.score).fold(f64::INFINITY, f64::min)
    }
}

/// What a model said of all units, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// The name of the model.
    pub model: String,
    /// One for each unit.
    pub verdicts: Vec<Verdict>,
    /// Its automatic threshold.
    pub threshold: f64,
    /// How long training took.
    pub fit: Duration,
    /// How long judging took.
    pub score: Duration,
    /// Bytes that the program held at most meanwhile, where the system tells it.
    pub peak: Option<u64>,
}

/// Labels and verdicts, side by side.
pub(crate) fn judged(units: &[Unit], verdicts: &[Verdict]) -> Vec<Judged> {
    let pair = |(unit, verdict): (&Unit, &Verdict)| Judged {
        abnormal: unit.abnormal,
        score: verdict.score,
        flagged: verdict.flagged,
    };
    units.iter().zip(verdicts).map(pair).collect()
}

/// Writes a row for every unit: `id,label,score,flagged`. Scores have all their digits.
pub fn write_scores(units: &[Unit], verdicts: &[Verdict], out: &mut dyn Write) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    out.write_all(b"id,label,score,flagged\n")?;
    let mut row = Vec::new();
    for (unit, verdict) in units.iter().zip(verdicts) {
        row.clear();
        csv::push_safe(&for_terminal(&unit.id), &mut row);
        writeln!(row, ",{},{},{}", u8::from(unit.abnormal), verdict.score, u8::from(verdict.flagged))?;
        out.write_all(&row)?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_every_digit_and_do_no_harm() {
        let unit = |id: &str, abnormal| Unit { id: id.to_owned(), abnormal, kind: String::new() };
        let units = [unit("blk_-1", true), unit("=a,b", false), unit("x\x1b[2J", false)];
        let verdict = |score, flagged| Verdict { score, flagged };
        let verdicts = [verdict(0.1 + 0.2, true), verdict(1e300, false), verdict(f64::INFINITY, true)];
        let mut out = Vec::new();
        write_scores(&units, &verdicts, &mut out).unwrap();
        let rows = String::from_utf8(out).unwrap();
        let big = format!("{}", 1e300);
        assert_eq!(
            rows,
            format!(
                "id,label,score,flagged\nblk_-1,1,0.30000000000000004,1\n\"'=a,b\",0,{big},0\nx\\x1b[2J,0,inf,1\n"
            )
        );
    }
}
