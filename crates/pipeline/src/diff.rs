//! A baseline and logs in, the report of a scan with what differs out: `logsift diff`.
//!
//! The baseline is learned like any model and is the known past of the target, so incidents are judged against it. Its
//! streams go by the names of the target's (see [`crate::kinship`]), and what differs is told beside the incidents:
//! logs of a few lines give no incidents, but they do differ.

use logsift_engine::model::{Learned, Redaction};
use logsift_engine::reader::Settings;
use logsift_engine::templates::Templates;
use logsift_reports::differences::Differences;
use logsift_reports::scan_report::NoticeKind;
use logsift_sources::Plan;

use crate::compare::Compared;
use crate::detection::{Baseline, Detecting, Ruled};
use crate::differences::Comparison;
use crate::mining::Mined;
use crate::quotes::{LogAt, quotes};
use crate::scan::{RowsOut, ScanError, ScanSettings, Scanned, scan};
use crate::watch::Watch;

/// Reads the target and compares it with the baseline. `settings` must ask for detection.
pub fn diff(
    baseline: Compared,
    plan: &Plan,
    target: &str,
    settings: &ScanSettings,
    out: RowsOut<'_>,
    watch: &Watch,
) -> Result<Scanned, ScanError> {
    let mut settings = settings.clone();
    if let Some(detecting) = &mut settings.detecting {
        detecting.known = Some((baseline.name, baseline.learned));
        detecting.baseline = Some(Baseline { model: baseline.model, target: target.to_owned() });
    }
    let mut scanned = scan(plan, &settings, out, watch)?;
    // What is noted about a good log helps nobody; what was not read of it does.
    let of_baseline = baseline.notices.into_iter().filter(|notice| notice.kind != NoticeKind::Noted);
    scanned.report.notices.splice(0..0, of_baseline);
    Ok(scanned)
}

/// The two sides of a comparison.
pub(crate) struct Sides {
    baseline: Compared,
    target: Compared,
}

/// Where records can be read once more.
pub(crate) struct ReadAgain<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) logs: &'a [LogAt],
    pub(crate) reader: &'a Settings,
}

/// Puts what was mined on top of its baseline, if there is one, and keeps both sides as they are.
pub(crate) fn sides(mined: &mut Mined, detecting: &Detecting) -> Option<Sides> {
    let (Some(baseline), Some((name, known))) = (&detecting.baseline, &detecting.known) else { return None };
    let alone = std::mem::replace(&mut mined.learned, known.clone());
    mined.learned.miner_mut().absorb(alone.miner().clone());
    let side = |name: &str, model: bool, learned: Learned| Compared {
        name: name.to_owned(),
        model,
        learned,
        notices: Vec::new(),
    };
    Some(Sides {
        baseline: side(name, baseline.model, known.clone()),
        target: side(&baseline.target, false, alone),
    })
}

impl Sides {
    /// What differs, by the templates of both.
    pub(crate) fn differences(
        &self,
        templates: &Templates,
        ruled: &Ruled,
        again: &ReadAgain<'_>,
        redaction: Redaction,
    ) -> Differences {
        let redacted = redaction != Redaction::None;
        let comparison = Comparison {
            baseline: &self.baseline,
            target: &self.target,
            templates,
            timeline: &ruled.timeline,
            logs: again.logs,
            streams: ruled.streams.clone(),
        };
        comparison.differences(|places| quotes(again.plan, again.logs, again.reader, redacted, places))
    }
}
