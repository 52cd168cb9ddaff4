//! Sessions in, their rows out: when, how long, how many of what.

use super::layout::Names;
use super::sheet::{Entry, RowPlace, Sheet, Space};
use super::{Asked, Family, Feature, feature, time};
use crate::sessions::SessionStory;

/// In the order in which they are written.
pub(super) const FEATURES: &[Feature] = &[
    feature("records", "Records of the session, as log(1 + count)."),
    feature("distinct", "Different templates among them."),
    feature("duration", "Seconds from the first to the last, as log(1 + seconds)."),
    feature("gap_mean", "Seconds between one and the next, the mean, as log(1 + seconds)."),
    feature("gap_max", "The longest time between two, as log(1 + seconds)."),
    feature("repetition", "The share of records that repeat the template before."),
];

/// A session and where its row came from.
pub type SessionRow = SessionStory;

/// Makes a row of every session.
pub fn session_rows(stories: &[SessionRow], asked: &Asked) -> Sheet {
    let mut sheet = Sheet::new(asked.names().count());
    let (mut row, mut entries) = (Vec::new(), Vec::new());
    for (story, nth) in stories.iter().zip(0u64..) {
        row.clear();
        let seconds = story.times().map(|(first, _)| first.div_euclid(1000));
        for family in asked.families() {
            match family {
                Family::Time => time::push(seconds, &mut row),
                Family::Behaviour => push(story, &mut row),
                _ => {}
            }
        }
        counts(&story.steps, &mut entries);
        let records = u32::try_from(story.steps.len()).unwrap_or(u32::MAX);
        let place =
            RowPlace { line: story.place.line, offset: story.place.offset, stream: 0, seconds, records };
        sheet.push(&row, &entries, place, nth);
    }
    sheet
}

/// How often each event is in a session.
fn counts(steps: &[(u32, i64)], entries: &mut Vec<Entry>) {
    let mut events: Vec<u32> = steps.iter().map(|(event, _)| *event).collect();
    events.sort_unstable();
    entries.clear();
    let entry = |equal: &[u32]| Entry {
        space: Space::Template,
        key: equal.first().copied().map_or(0, u64::from),
        value: equal.len() as f32,
    };
    entries.extend(events.chunk_by(|one, other| one == other).map(entry));
}

fn push(story: &SessionRow, row: &mut Vec<f32>) {
    let steps = &story.steps;
    let mut events: Vec<u32> = steps.iter().map(|(event, _)| *event).collect();
    let repeated = events.windows(2).filter(|two| two.first() == two.last()).count();
    events.sort_unstable();
    events.dedup();
    let seconds = |milliseconds: i64| (milliseconds.max(0) as f64 / 1000.0).ln_1p() as f32;
    row.extend([(steps.len() as f64).ln_1p() as f32, events.len() as f32]);
    let gaps = || steps.windows(2).filter_map(|two| two.last()?.1.checked_sub(two.first()?.1));
    match story.times() {
        None => row.extend([f32::NAN; 3]),
        Some((first, last)) => {
            let whole = last.saturating_sub(first);
            let mean = whole / (steps.len().max(2) as i64 - 1);
            row.extend([seconds(whole), seconds(mean), seconds(gaps().max().unwrap_or(0))]);
        }
    }
    row.push((repeated as f64 / steps.len().max(1) as f64) as f32);
}

impl Names {
    /// Takes what events are called.
    pub fn events<'a>(&mut self, names: impl Iterator<Item = (u32, &'a str)>) {
        for (event, name) in names {
            self.add(Space::Template, u64::from(event), || name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::windows::Place;

    fn story(steps: &[(u32, i64)]) -> SessionRow {
        SessionRow { id: "s".into(), stream: "app".into(), place: Place::default(), steps: steps.to_vec() }
    }

    #[test]
    fn a_session_is_its_counts_and_its_pace() {
        let asked = Asked::usual(super::super::Unit::Sessions);
        let told = [story(&[(7, 1000), (7, 2000), (3, 9000)]), story(&[]), story(&[(1, i64::MIN)])];
        let sheet = session_rows(&told, &asked);
        assert_eq!(sheet.len(), 3);
        let first = sheet.view(0);
        let of = |name: &str| first.numbers[asked.names().position(|other| other == name).unwrap()];
        assert_eq!(of("behaviour.distinct"), 2.0);
        assert!((of("behaviour.duration") - 9f32.ln()).abs() < 1e-6);
        assert!((of("behaviour.gap_max") - 8f32.ln()).abs() < 1e-6);
        assert!((of("behaviour.repetition") - 1.0 / 3.0).abs() < 1e-6);
        assert_eq!(
            first.entries.iter().map(|entry| (entry.key, entry.value)).collect::<Vec<_>>(),
            [(3, 1.0), (7, 2.0)]
        );
        assert!(sheet.view(2).numbers[0].is_nan());
    }
}
