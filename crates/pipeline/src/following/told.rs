//! Findings that are raised in, those of them that nobody was told of out.
//!
//! A finding is about one thing for a time. While it goes on its time grows, its strongest evidence may become another,
//! and its template may be made anew. So what was told is known by what it is about and when, and by the line to look
//! at: a finding that has either in common with one told before is that one.

use std::collections::{BTreeMap, BTreeSet};

use logsift_reports::detection::FindingRow;

use super::News;
use crate::detection::Span;

/// A finding that is raised.
#[derive(Debug)]
pub(super) struct Raised {
    pub(super) row: FindingRow,
    /// The title of its incident.
    pub(super) title: String,
    pub(super) span: Span,
}

/// What was told.
#[derive(Debug, Default)]
pub(super) struct Told {
    by_subject: BTreeMap<(Option<String>, Option<String>, Option<String>), Vec<Once>>,
    /// The lines that were pointed at, with the finding that did.
    lines: BTreeSet<(String, u64)>,
    count: u64,
}

#[derive(Debug)]
struct Once {
    from: i64,
    to: i64,
    raised: bool,
}

impl Told {
    /// The findings that were not told yet, in the order of time; now they are. `silently` hands out none.
    pub(super) fn news(&mut self, mut raised: Vec<Raised>, silently: bool) -> News {
        self.by_subject.values_mut().flatten().for_each(|once| once.raised = false);
        raised.sort_by(|one, two| (one.span.from, &one.row.id).cmp(&(two.span.from, &two.row.id)));
        let mut news = News::default();
        for finding in raised {
            if self.is_new(&finding) && !silently {
                self.count += 1;
                news.findings.push((finding.row, finding.title));
            }
        }
        news.told = self.count;
        news.withdrawn = self.by_subject.values().flatten().filter(|once| !once.raised).count() as u64;
        news
    }

    fn is_new(&mut self, finding: &Raised) -> bool {
        let row = &finding.row;
        let subject = (row.stream.clone(), row.template_id.clone(), row.session.clone());
        let Span { from, to, seconds, .. } = finding.span;
        let known = self.by_subject.entry(subject).or_default();
        let near =
            |once: &&mut Once| from <= once.to.saturating_add(2 * seconds) && to >= once.from - 2 * seconds;
        let line = row.file.clone().zip(row.line);
        let same_line = line.is_some_and(|line| !self.lines.insert(line));
        match known.iter_mut().find(near) {
            Some(once) => {
                *once = Once { from: once.from.min(from), to: once.to.max(to), raised: true };
                false
            }
            None => {
                known.push(Once { from, to, raised: true });
                !same_line
            }
        }
    }
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
            ..FindingRow::default()
        };
        Raised { row, title: String::new(), span: Span { from, to, seconds: 8, first: from / 8 } }
    }

    #[test]
    fn what_goes_on_or_gets_another_name_is_told_once() {
        let mut told = Told::default();
        let mut check = |findings: Vec<Raised>, wanted: &[u64], withdrawn: u64| {
            let news = told.news(findings, false);
            let lines: Vec<u64> = news.findings.iter().filter_map(|(row, _)| row.line).collect();
            assert_eq!((lines.as_slice(), news.withdrawn), (wanted, withdrawn));
        };
        check(vec![raised("a", 7, 0, 8)], &[7], 0);
        check(vec![raised("a", 7, 0, 64)], &[], 0);
        // Another line of the same, as it goes on.
        check(vec![raised("a", 90, 72, 80)], &[], 0);
        // The same line under another template.
        check(vec![raised("b", 7, 0, 64), raised("c", 8, 0, 8)], &[8], 1);
        // The same again much later.
        check(vec![raised("a", 400, 8000, 8008), raised("a", 7, 0, 64)], &[400], 2);
    }

    #[test]
    fn what_was_taken_for_told_is_not_told() {
        let mut told = Told::default();
        assert!(told.news(vec![raised("a", 7, 0, 8)], true).findings.is_empty());
        let news = told.news(vec![raised("a", 7, 0, 8), raised("b", 9, 0, 8)], false);
        assert_eq!((news.findings.len(), news.told), (1, 1));
    }
}
