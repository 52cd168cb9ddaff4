//! Provisional.
#![allow(missing_docs)]
use crate::detectors::Detector;
use crate::findings::{Budget, Finding, Severity};
use crate::incidents::{Cause, Incident};
use crate::windows::Timeline;

#[derive(Clone, Copy, Debug, Default)]
pub struct DetectionSettings {
    pub budget: Budget,
    pub sensitivity: f64,
    pub gigabytes: f64,
}
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub units: f64,
    pub allowed: f64,
    pub spent: u64,
    pub held_over_budget: u64,
    pub held_learning: u64,
    pub held_marked_normal: u64,
    pub threshold: f64,
}
#[derive(Clone, Debug, Default)]
pub struct Detected {
    pub findings: Vec<Finding>,
    pub incidents: Vec<Incident>,
    pub ledger: Ledger,
}

pub fn detect(timeline: &Timeline, mut detectors: Vec<Box<dyn Detector>>, _: &DetectionSettings) -> Detected {
    let mut made = Detected::default();
    let mut out = Vec::new();
    for (at, interval) in timeline.intervals.iter().enumerate() {
        for detector in &mut detectors {
            if at >= timeline.past {
                detector.score(interval, timeline, &mut out);
            }
            detector.learn(interval, timeline);
        }
    }
    out.sort_by(|a, b| b.surprise.total_cmp(&a.surprise));
    for evidence in out.into_iter().take(30) {
        let facts = evidence.subject.template.and_then(|t| timeline.templates.get(t as usize));
        made.findings.push(Finding {
            subject: evidence.subject,
            session: None,
            intervals: (evidence.interval, evidence.interval),
            p_value: (-evidence.surprise).exp(),
            score: evidence.surprise,
            severity: Severity::Medium,
            level: facts.and_then(|f| f.gravest),
            hard: None,
            records: evidence.seen as u64,
            place: evidence.place,
            held: None,
            evidence: vec![evidence],
        });
    }
    let causes = made
        .findings
        .iter()
        .zip(0..)
        .filter_map(|(f, at)| Some(Cause { place: f.place?, finding: at, weight: 0.3 }))
        .take(3)
        .collect();
    made.incidents.push(Incident {
        fingerprint: 7,
        findings: (0..made.findings.len() as u32).collect(),
        intervals: (0, 0),
        severity: Severity::High,
        score: 3.0,
        causes,
    });
    made
}
