//! The leading causes of a story in, a number out that is the same when the same trouble comes again.
//!
//! Of a story only the first three causes count, in no order, each with its template and the kind of its strongest
//! evidence. Kinds that say the same in other words are one: the first time an error is new, the next time it is severe.
//! What follows in its wake differs from one time to the next: another service times out, another rate doubles.
//! Neither time nor number, neither log nor place is part of it.

use crate::findings::Finding;
use crate::windows::Timeline;

/// FNV-1a, which will give the same number for ever.
const BASIS: u64 = 0xCBF2_9CE4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01B3;

/// The fingerprint of a story with these leading causes.
pub(crate) fn fingerprint(causes: &[&Finding], timeline: &Timeline) -> u64 {
    hash(causes.iter().map(|finding| part(finding, timeline)).collect())
}

/// The fingerprint of a flood of new messages in these streams. Its causes never come again.
pub(crate) fn of_flood(streams: &[&str]) -> u64 {
    let named = |stream: &&str| [b"flood\0", stream.as_bytes()].concat();
    hash(streams.iter().map(named).collect())
}

fn hash(mut parts: Vec<Vec<u8>>) -> u64 {
    parts.sort();
    parts.dedup();
    let bytes = parts.iter().flat_map(|part| part.iter().copied().chain([0xFF]));
    bytes.fold(BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

/// What a detector says, in the coarsest words.
fn said(kind: &'static str) -> &'static str {
    match kind {
        "new-template" | "rare-template" | "severity" | "rare-error" | "hard-signal" => "said",
        "rate-change" | "level-shift" | "burst" => "rate",
        kind => kind,
    }
}

/// A template by its lasting name; where there is none the stream by its own.
fn part(finding: &Finding, timeline: &Timeline) -> Vec<u8> {
    let kind = finding.evidence.first().map_or("", |evidence| said(evidence.kind));
    let mut part = kind.as_bytes().to_vec();
    part.push(0);
    let at = |number: Option<u32>| number.map(|number| number as usize);
    if let Some(facts) = at(finding.subject.template).and_then(|at| timeline.templates.get(at)) {
        part.extend(facts.id.0.to_le_bytes());
    } else if let Some(stream) = at(finding.subject.stream).and_then(|at| timeline.streams.get(at)) {
        part.extend(stream.name.bytes());
    }
    part
}
