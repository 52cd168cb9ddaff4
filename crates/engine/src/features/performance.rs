//! Durations, sizes and status codes of a record in, numbers on a scale that models can use out.

use super::facts::Facts;
use super::{Feature, feature};

/// In the order in which they are written.
pub(super) const FEATURES: &[Feature] = &[
    feature("duration", "How long it took, as log(1 + milliseconds)."),
    feature("bytes", "How much it was, as log(1 + bytes)."),
    feature("status", "The status code."),
    feature("client_error", "1 for a status of 400 to 499."),
    feature("server_error", "1 for a status from 500 on."),
];

/// Appends the features of a record; what it does not say is missing.
pub(super) fn push(facts: &Facts<'_>, row: &mut Vec<f32>) {
    let logarithm = |value: Option<f64>| value.map_or(f32::NAN, |value| value.max(0.0).ln_1p() as f32);
    let status = facts.status;
    row.push(logarithm(facts.duration.map(|seconds| seconds * 1000.0)));
    row.push(logarithm(facts.bytes));
    row.push(status.map_or(f32::NAN, |status| status as f32));
    row.push(f32::from(status.is_some_and(|status| (400.0..500.0).contains(&status))));
    row.push(f32::from(status.is_some_and(|status| status >= 500.0)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_missing_and_what_is_there_is_on_its_scale() {
        let mut row = Vec::new();
        let facts = Facts { status: Some(503.0), duration: Some(0.999), ..Facts::default() };
        push(&facts, &mut row);
        assert_eq!(row.len(), FEATURES.len());
        assert!((row[0] - 1000f32.ln()).abs() < 1e-4 && row[1].is_nan());
        assert_eq!(row[2..], [503.0, 0.0, 1.0]);
        let mut row = Vec::new();
        push(&Facts { duration: Some(-1.0), bytes: Some(0.0), ..Facts::default() }, &mut row);
        assert_eq!(row[..2], [0.0, 0.0]);
    }
}
