//! Who a record is of in, what they did lately out. Where no user is named, the client stands for them.

use super::facts::Facts;
use super::recent::Recent;
use super::sheet::hash;
use super::{Feature, feature};

/// In the order in which they are written.
pub(super) const FEATURES: &[Feature] = &[
    feature("user_records", "Records of the same user without an hour of silence, as log(1 + count)."),
    feature("user_error_rate", "The share of errors among them."),
    feature("user_gap", "Seconds since the record of this user before, as log(1 + seconds)."),
    feature("user_new", "1 for the first record of a user, or the first after an hour of silence."),
];

/// Appends the features of a record.
pub(super) fn push(facts: &Facts<'_>, seconds: i64, users: &mut Recent, row: &mut Vec<f32>) {
    let Some(user) = facts.user.or(facts.client) else {
        return row.extend([f32::NAN, f32::NAN, f32::NAN, 0.0]);
    };
    let doing = users.add(hash(user), seconds, facts.is_bad());
    let rate = doing.bad as f64 / doing.records.max(1) as f64;
    let gap = doing.gap.map_or(f32::NAN, |gap| (gap as f64).ln_1p() as f32);
    row.extend([(doing.records as f64).ln_1p() as f32, rate as f32, gap, f32::from(doing.records == 1)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::level::Level;

    #[test]
    fn the_client_stands_in_for_a_user_and_errors_are_shared_out() {
        let mut users = Recent::default();
        let mut of = |facts: Facts<'_>, seconds| {
            let mut row = Vec::new();
            push(&facts, seconds, &mut users, &mut row);
            assert_eq!(row.len(), FEATURES.len());
            row
        };
        let ann = Facts { user: Some(b"ann"), client: Some(b"10.0.0.1"), ..Facts::default() };
        assert_eq!(of(ann, 0)[3], 1.0);
        let row = of(Facts { level: Some(Level::Error), ..ann }, 7);
        assert_eq!((row[1], row[3]), (0.5, 0.0));
        assert!((row[2] - 8f32.ln()).abs() < 1e-6);
        assert_eq!(of(Facts { client: Some(b"10.0.0.1"), ..Facts::default() }, 8)[3], 1.0);
        assert!(of(Facts::default(), 9)[0].is_nan());
    }
}
