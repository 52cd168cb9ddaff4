//! Sessions of which an unknown share is abnormal in, those that are surely normal out.
//!
//! What is abnormal is rare and unlike the rest. For every shape the number of sessions near it is estimated
//! (each session counts the less the further away it is), and the sessions in the thinnest places are set aside
//! before anything is called normal. Nobody says which they are, and more is set aside than is expected to be
//! abnormal: a normal session among them loses nothing, since it is scored like every other afterwards. A shape
//! that one in a hundred sessions has is a way of doing things, however far it is from the others, and stays.

use super::learned::LearnedSessions;
use super::shape::{self, Counts, Shape};

/// The share of sessions that is set aside.
pub(super) const TRIMMED: f64 = 0.06;

/// The share of sessions from which on their shape is not set aside.
const COMMON: f64 = 0.01;

/// The sessions that are left.
pub(super) fn normal_part(learned: &LearnedSessions) -> LearnedSessions {
    let shape = Shape::of(learned);
    let densities = shape.densities();
    let mut places: Vec<(f64, u64)> = shape
        .known()
        .filter_map(|(counts, sessions)| densities.get(counts).map(|density| (*density, sessions)))
        .collect();
    let least = least_density(&mut places);
    let common = (learned.sessions() as f64 * COMMON).max(2.0);
    let is_normal = |counts: &Counts| {
        shape.sessions(counts) as f64 >= common
            || densities.get(counts).is_some_and(|density| *density >= least)
    };
    let mut normal = LearnedSessions::default();
    for held in learned.sequences() {
        if is_normal(&shape::counts(&held.events)) {
            normal.add_many(&held.events, held.sessions);
        }
    }
    normal
}

/// The density below which the share to be set aside lies.
fn least_density(places: &mut [(f64, u64)]) -> f64 {
    places.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    let sessions = places.iter().fold(0u64, |sum, (_, sessions)| sum.saturating_add(*sessions));
    let trimmed = (sessions as f64 * TRIMMED) as u64;
    let mut below = 0u64;
    let first_left = places.iter().find(|(_, sessions)| {
        below = below.saturating_add(*sessions);
        below > trimmed
    });
    first_left.map_or(0.0, |(density, _)| *density)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thinnest_places_are_set_aside() {
        let mut learned = LearnedSessions::default();
        (0..900).for_each(|_| learned.add(&[0, 1, 2]));
        (0..80).for_each(|_| learned.add(&[0, 1, 2, 2]));
        (0..20).for_each(|idx| learned.add(&[0, 10 + idx]));
        let normal = normal_part(&learned);
        assert_eq!(normal.sessions(), 980);
        assert_eq!(normal.sessions_with(10), Some(0));
    }

    #[test]
    fn what_is_common_is_kept_however_far_it_is() {
        let mut learned = LearnedSessions::default();
        (0..980).for_each(|_| learned.add(&[0, 1, 2]));
        (0..11).for_each(|_| learned.add(&[7, 8, 9]));
        (0..9).for_each(|_| learned.add(&[4, 5, 6]));
        assert_eq!(normal_part(&learned).sessions(), 991);
    }

    #[test]
    fn what_is_all_alike_is_kept() {
        let mut learned = LearnedSessions::default();
        (0..100).for_each(|_| learned.add(&[0, 1, 2]));
        assert_eq!(normal_part(&learned), learned);
    }
}
