//! Judged units with times in, what somebody who is called would have seen of it out: alerts a day, and how long trouble
//! went on before the first of them.
//!
//! Nobody is called for every line. An alert covers the five minutes from its first flagged line on, the way those
//! who send alerts group them; after that, the next one calls again, so that whoever flags all the time calls all
//! the time. It is the same for every model, however it came to its flags.

use std::collections::BTreeMap;

use super::Judged;

/// Seconds that an alert covers, after which the next flagged line is another one, and the next abnormal one of its kind another episode.
const APART: f64 = 300.0;
const DAY: f64 = 86_400.0;

/// How often somebody would have been called.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Alerts {
    /// Days between the first and the last time.
    pub days: f64,
    /// How many alerts.
    pub alerts: u64,
    /// Those without any abnormal line.
    pub false_alerts: u64,
}

/// How soon trouble was found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Delay {
    /// Stretches of abnormal lines of one kind.
    pub episodes: u64,
    /// Those in which a line was flagged.
    pub found: u64,
    /// Of those found, seconds from the first line to the first flagged one, in the middle.
    pub median_seconds: Option<f64>,
    /// The same in lines.
    pub median_lines: Option<f64>,
}

/// Groups flagged units into alerts; nothing where times do not differ.
pub fn alerts(units: &[Judged], times: &[Option<f64>]) -> Option<Alerts> {
    let known = || times.iter().filter_map(|time| *time);
    let (first, last) = (known().reduce(f64::min)?, known().reduce(f64::max)?);
    let mut alerts = Alerts { days: (last - first) / DAY, ..Alerts::default() };
    let mut flagged: Vec<(f64, bool)> = units
        .iter()
        .zip(times)
        .filter(|(unit, _)| unit.flagged)
        .filter_map(|(unit, time)| Some(((*time)?, unit.abnormal)))
        .collect();
    flagged.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut rest = flagged.as_slice();
    while let Some((begun, _)) = rest.first().copied() {
        let (alert, later) = rest.split_at(rest.partition_point(|(time, _)| *time <= begun + APART));
        alerts.alerts += 1;
        alerts.false_alerts += u64::from(!alert.iter().any(|(_, abnormal)| *abnormal));
        rest = later;
    }
    (last > first).then_some(alerts)
}

/// Finds the episodes and when each was noticed. `kinds` tells which units belong together.
pub fn delay(units: &[Judged], kinds: &[&str], times: &[Option<f64>]) -> Option<Delay> {
    let mut open: BTreeMap<&str, Episode> = BTreeMap::new();
    let mut ended: Vec<Episode> = Vec::new();
    for (place, ((unit, kind), time)) in units.iter().zip(kinds).zip(times).enumerate() {
        let Some(time) = time.filter(|_| unit.abnormal) else { continue };
        let new = Episode { first: (place, time), last: time, noticed: None };
        let episode = open.entry(kind).or_insert(new);
        if time - episode.last > APART {
            ended.push(std::mem::replace(episode, new));
        }
        episode.last = time;
        if unit.flagged && episode.noticed.is_none() {
            episode.noticed = Some((place, time));
        }
    }
    ended.extend(open.into_values());
    let found = || ended.iter().filter_map(|episode| Some((episode.first, episode.noticed?)));
    let seconds = found().map(|(first, noticed)| (noticed.1 - first.1).max(0.0)).collect();
    let lines = found().map(|(first, noticed)| (noticed.0 - first.0) as f64).collect();
    (!ended.is_empty()).then(|| Delay {
        episodes: ended.len() as u64,
        found: found().count() as u64,
        median_seconds: median(seconds),
        median_lines: median(lines),
    })
}

/// Place and time.
type Moment = (usize, f64);

#[derive(Clone, Copy)]
struct Episode {
    first: Moment,
    last: f64,
    noticed: Option<Moment>,
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let above = *values.get(values.len() / 2)?;
    let below = *values.get(values.len().saturating_sub(1) / 2)?;
    Some((above + below) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Time, label, flag.
    const ROWS: [(f64, bool, bool); 9] = [
        (0.0, false, false),
        (100.0, true, false),
        (110.0, false, true),
        (160.0, true, true),
        (400.0, false, true),
        (1000.0, true, false),
        (2000.0, false, true),
        (2100.0, false, true),
        (86_400.0, false, false),
    ];

    fn units() -> (Vec<Judged>, Vec<Option<f64>>) {
        let unit = |(_, abnormal, flagged): (f64, bool, bool)| Judged { abnormal, score: 0.0, flagged };
        (ROWS.into_iter().map(unit).collect(), ROWS.into_iter().map(|row| Some(row.0)).collect())
    }

    #[test]
    fn flags_within_five_minutes_are_one_alert() {
        let (units, mut times) = units();
        let expected = Alerts { days: 1.0, alerts: 2, false_alerts: 1 };
        assert_eq!(alerts(&units, &times), Some(expected));
        times[6] = None;
        assert_eq!(alerts(&units, &times), Some(expected));
        assert_eq!(alerts(&units, &[None; 9]), None);
        assert_eq!(alerts(&units, &[Some(5.0); 9]), None, "no time goes by");
    }

    #[test]
    fn episodes_end_after_five_minutes_and_are_noticed_at_their_first_flag() {
        let (units, times) = units();
        let found = delay(&units, &[""; 9], &times).unwrap();
        assert_eq!((found.episodes, found.found), (2, 1));
        assert_eq!((found.median_seconds, found.median_lines), (Some(60.0), Some(2.0)));
        let kinds = ["", "disk", "", "net", "", "net", "", "", ""];
        let found = delay(&units, &kinds, &times).unwrap();
        assert_eq!((found.episodes, found.found, found.median_seconds), (3, 1, Some(0.0)));
        let normal = vec![Judged { abnormal: false, score: 0.0, flagged: true }; 9];
        assert_eq!(delay(&normal, &kinds, &times), None);
    }

    #[test]
    fn the_middle_of_two_lies_between_them() {
        assert_eq!(
            (median(vec![3.0, 1.0]), median(vec![7.0, 1.0, 3.0]), median(vec![])),
            (Some(2.0), Some(3.0), None)
        );
    }
}
