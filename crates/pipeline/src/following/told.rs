//! Findings that are raised in, those of them that nobody was told of out.
//!
//! A finding is about one thing for a time. While it goes on its time grows, its strongest evidence may become another,
//! and its template may be made anew. So what was told is known by what it is about and when, and by the line to look
//! at: a finding that has either in common with one told before is that one.
//!
//! What is raised changes as more is known, and everything that was ever raised is more than is raised at the end. The
//! budget holds for what is told, so there is an account of that, too.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use logsift_reports::detection::FindingRow;

use super::News;
use crate::detection::Span;

/// A finding that is raised.
#[derive(Clone, Debug)]
pub(super) struct Raised {
    pub(super) row: FindingRow,
    /// The title of its incident.
    pub(super) title: String,
    /// The place of its incident among all.
    pub(super) incident: usize,
    pub(super) span: Span,
    /// It was over before it was judged last.
    pub(super) stale: bool,
    /// Its incident is bad by itself and costs nothing.
    pub(super) free: bool,
}

/// What was told.
#[derive(Debug, Default)]
pub(super) struct Told {
    by_subject: BTreeMap<Subject, Vec<Once>>,
    /// The lines that were pointed at.
    lines: BTreeSet<(String, u64)>,
    count: u64,
    /// Incidents that were told on account of the budget.
    spent: u64,
}

/// What a finding is about: the stream, the template and the session.
type Subject = (Option<String>, Option<String>, Option<String>);

/// A finding that was seen.
#[derive(Debug)]
struct Once {
    from: i64,
    to: i64,
    /// It is raised still.
    raised: bool,
    /// It was told, not merely seen.
    told: bool,
    /// It is about what is no longer looked at.
    over: bool,
}

impl Told {
    /// The findings to tell, in the order of time; now they are told. So many incidents may be told in all. `silently` hands
    /// out none.
    pub(super) fn news(&mut self, mut raised: Vec<Raised>, allowed: f64, silently: bool) -> News {
        self.by_subject.values_mut().flatten().for_each(|once| once.raised = false);
        raised.sort_by(|one, two| {
            let leads = other_first(one, two);
            one.incident.cmp(&two.incident).then(leads)
        });
        let mut found: Vec<Raised> = Vec::new();
        for incident in raised.chunk_by(|one, two| one.incident == two.incident) {
            found.extend(self.of_incident(incident, allowed, silently));
        }
        found.sort_by(|one, two| (one.span.from, &one.row.id).cmp(&(two.span.from, &two.row.id)));
        self.count += found.len() as u64;
        let withdrawn =
            self.by_subject.values().flatten().filter(|once| once.told && !once.raised && !once.over).count();
        News {
            findings: found.into_iter().map(|finding| (finding.row, finding.title)).collect(),
            withdrawn: withdrawn as u64,
            told: self.count,
            records: 0,
        }
    }

    /// A file begins anew: its lines are others now.
    pub(super) fn begins(&mut self, file: &str) {
        self.lines.retain(|(known, _)| known != file);
    }

    /// The sessions so far are looked at no more: what was told of them holds.
    pub(super) fn forget_sessions(&mut self) {
        let of_sessions = self.by_subject.iter_mut().filter(|((_, _, session), _)| session.is_some());
        of_sessions.flat_map(|(_, all)| all).for_each(|once| once.over = true);
    }

    /// What is to be told of one incident, whose leading finding comes first.
    fn of_incident(&mut self, incident: &[Raised], allowed: f64, silently: bool) -> Vec<Raised> {
        let known: Vec<bool> = incident.iter().map(|finding| self.find(finding).is_some()).collect();
        // As long as none of its findings was seen, nobody knows of the incident.
        let unknown = !known.contains(&true);
        let leading = incident.iter().position(|finding| !finding.stale);
        let told = incident.iter().any(|finding| self.find(finding).is_some_and(|once| once.told));
        let costs = !told && !incident.iter().any(|finding| finding.free);
        let tells = !silently && (!costs || (self.spent as f64) < allowed.ceil());
        let mut found = Vec::new();
        for (nth, finding) in incident.iter().enumerate() {
            let grave = finding.row.severity != "low" && !finding.stale;
            let tell = tells && (grave || (unknown && leading == Some(nth)));
            if self.see(finding, tell, silently) {
                found.push(finding.clone());
            }
        }
        self.spent += u64::from(costs && !found.is_empty());
        found
    }

    /// Whether such a finding was seen before.
    fn find(&mut self, finding: &Raised) -> Option<&mut Once> {
        let Span { from, to, seconds, .. } = finding.span;
        let near = |once: &&mut Once| {
            from <= once.to.saturating_add(2 * seconds) && to >= once.from.saturating_sub(2 * seconds)
        };
        self.by_subject.get_mut(&subject(&finding.row))?.iter_mut().find(near)
    }

    /// Notes a finding, and says whether it is to be told now. `silently` takes it for told.
    fn see(&mut self, finding: &Raised, tell: bool, silently: bool) -> bool {
        let Span { from, to, .. } = finding.span;
        let line = finding.row.file.clone().zip(finding.row.line);
        let same_line = line.as_ref().is_some_and(|line| self.lines.contains(line));
        let now = match self.find(finding) {
            Some(once) => {
                // What has become grave since is told once.
                let now = tell && !once.told && !same_line;
                let told = once.told || now || silently;
                let (from, to) = (once.from.min(from), once.to.max(to));
                *once = Once { from, to, raised: true, told, over: once.over };
                now
            }
            None => {
                let now = tell && !same_line;
                let once = Once { from, to, raised: true, told: now || silently, over: false };
                self.by_subject.entry(subject(&finding.row)).or_default().push(once);
                now
            }
        };
        if now {
            self.lines.extend(line);
        }
        now
    }
}

/// The weightiest first; of equal ones the earliest.
fn other_first(one: &Raised, two: &Raised) -> Ordering {
    let weight = two.row.score.total_cmp(&one.row.score);
    weight.then_with(|| (one.span.from, &one.row.id).cmp(&(two.span.from, &two.row.id)))
}

fn subject(row: &FindingRow) -> Subject {
    (row.stream.clone(), row.template_id.clone(), row.session.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raised(template: &str, line: u64, from: i64, to: i64) -> Raised {
        let row = FindingRow {
            id: format!("{template}{from}"),
            template_id: Some(template.to_owned()),
            file: Some("a.log".to_owned()),
            line: Some(line),
            severity: "high".to_owned(),
            ..FindingRow::default()
        };
        Raised {
            row,
            title: String::new(),
            incident: 0,
            span: Span { from, to, seconds: 8, first: from / 8 },
            stale: false,
            free: false,
        }
    }

    fn check(told: &mut Told, findings: Vec<Raised>, wanted: &[u64], withdrawn: u64) {
        let news = told.news(findings, 100.0, false);
        let lines: Vec<u64> = news.findings.iter().filter_map(|(row, _)| row.line).collect();
        assert_eq!((lines.as_slice(), news.withdrawn), (wanted, withdrawn));
    }

    #[test]
    fn what_goes_on_or_gets_another_name_is_told_once() {
        let mut told = Told::default();
        check(&mut told, vec![raised("a", 7, 0, 8)], &[7], 0);
        check(&mut told, vec![raised("a", 7, 0, 64)], &[], 0);
        // Another line of the same, as it goes on.
        check(&mut told, vec![raised("a", 90, 72, 80)], &[], 0);
        // The same line under another template.
        check(&mut told, vec![raised("b", 7, 0, 64), raised("c", 8, 0, 8)], &[8], 1);
        // The same again much later.
        check(&mut told, vec![raised("a", 400, 8000, 8008), raised("a", 7, 0, 64)], &[400], 1);
    }

    #[test]
    fn of_an_incident_the_leading_finding_is_told_and_what_is_grave() {
        let of = |template: &str, line: u64, score: f64, severity: &str| {
            let mut finding = raised(template, line, 0, 8);
            (finding.row.score, finding.row.severity) = (score, severity.to_owned());
            finding
        };
        let mut told = Told::default();
        check(&mut told, vec![of("a", 1, 2.0, "low"), of("b", 2, 9.0, "low")], &[2], 0);
        check(
            &mut told,
            vec![of("a", 1, 2.0, "low"), of("b", 2, 9.0, "low"), of("c", 3, 99.0, "low")],
            &[],
            0,
        );
        check(
            &mut told,
            vec![of("a", 1, 2.0, "medium"), of("b", 2, 9.0, "low"), of("d", 4, 1.0, "high")],
            &[1, 4],
            0,
        );
    }

    #[test]
    fn what_is_long_over_is_told_at_the_end_only() {
        let stale = |finding: Raised| Raised { stale: true, ..finding };
        let mut told = Told::default();
        check(&mut told, vec![stale(raised("a", 7, 0, 8)), raised("b", 9, 800, 808)], &[9], 0);
        check(&mut told, vec![stale(raised("a", 7, 0, 8)), stale(raised("b", 9, 800, 808))], &[], 0);
        check(&mut told, vec![raised("a", 7, 0, 8), raised("b", 9, 800, 808)], &[7], 0);
    }

    #[test]
    fn no_more_incidents_are_told_than_are_allowed() {
        let mut told = Told::default();
        let of = |nth: u32, free: bool| {
            let at = 1000 * i64::from(nth);
            Raised { incident: nth as usize, free, ..raised("a", u64::from(nth), at, at + 8) }
        };
        let mut lines = |findings: Vec<Raised>, allowed: f64| {
            let news = told.news(findings, allowed, false);
            news.findings.iter().filter_map(|(row, _)| row.line).collect::<Vec<_>>()
        };
        assert_eq!(lines(vec![of(1, false), of(2, false), of(3, true)], 0.7), [1, 3]);
        assert_eq!(lines(vec![of(1, false), of(2, false), of(4, false)], 0.7), [0u64; 0]);
        // Another day has passed.
        assert_eq!(lines(vec![of(5, false), of(6, false)], 1.7), [5]);
    }

    #[test]
    fn what_was_taken_for_told_is_not_told() {
        let mut told = Told::default();
        assert!(told.news(vec![raised("a", 7, 0, 8)], 100.0, true).findings.is_empty());
        check(&mut told, vec![raised("a", 7, 0, 16), raised("b", 9, 0, 8)], &[9], 0);
    }
}
