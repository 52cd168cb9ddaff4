//! Records over time in, three lines out: how many, where the incidents are, from when to when.

use anstyle::Style;

use super::figures::{duration, moment, thousands};
use super::layout::{CONTENT, Page, width};
use crate::detection::{IncidentRow, Volume};

const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Fewer intervals than that show no course.
const FEWEST: usize = 4;

/// The course of the volume, with the numbers of the incidents beneath.
pub(super) fn volume(volume: &Volume, incidents: &[IncidentRow], page: &mut Page) {
    let room = page.width() - CONTENT;
    if volume.records.len() < FEWEST {
        return;
    }
    let scale = Scale::of(volume.records.len(), room);
    let sums = scale.sums(&volume.records);
    let highest = sums.iter().copied().max().unwrap_or(0);
    page.label("volume");
    let line: String = sums.iter().map(|sum| step(*sum, highest)).collect();
    page.span(page.palette().info, &line);
    page.end_line();
    marks(&scale, sums.len(), incidents, page);
    axis(volume, &scale, highest, sums.len(), page);
}

/// How many intervals stand in a column, or how many columns show one interval.
struct Scale {
    intervals: usize,
    columns: usize,
}

impl Scale {
    fn of(intervals: usize, room: usize) -> Scale {
        Scale { intervals: intervals.div_ceil(room).max(1), columns: (room / intervals.max(1)).max(1) }
    }

    fn sums(&self, records: &[u64]) -> Vec<u64> {
        let sums = records.chunks(self.intervals).map(|chunk| chunk.iter().sum());
        sums.flat_map(|sum| std::iter::repeat_n(sum, self.columns)).collect()
    }

    fn first_column(&self, interval: u64) -> usize {
        (usize::try_from(interval).unwrap_or(usize::MAX) / self.intervals).saturating_mul(self.columns)
    }
}

fn step(records: u64, highest: u64) -> char {
    if records == 0 || highest == 0 {
        return ' ';
    }
    let last = STEPS.len() as u128 - 1;
    let index = (u128::from(records) * last).div_ceil(u128::from(highest)).min(last);
    STEPS[index as usize]
}

/// The number of each incident where it begins, and a line for as long as it lasts. Graver ones lie on top, and
/// numbers on lines.
fn marks(scale: &Scale, columns: usize, incidents: &[IncidentRow], page: &mut Page) {
    let mut cells: Vec<(char, Style)> = vec![(' ', Style::new()); columns];
    for numbers in [false, true] {
        for (index, row) in incidents.iter().enumerate().rev() {
            let Some((first, last)) = row.intervals else { continue };
            let style = page.palette().severity(&row.severity);
            let first = scale.first_column(first);
            let end = scale.first_column(last.saturating_add(1)).max(first.saturating_add(1)).min(columns);
            let number = char::from_digit(index as u32 + 1, 10).unwrap_or('+');
            let (shown, end) =
                if numbers { (number, end.min(first.saturating_add(1))) } else { ('━', end) };
            cells.get_mut(first..end).into_iter().flatten().for_each(|cell| *cell = (shown, style));
        }
    }
    if cells.iter().all(|(character, _)| *character == ' ') {
        return;
    }
    page.label("");
    for run in cells.chunk_by(|a, b| (a.0 == ' ', a.1) == (b.0 == ' ', b.1)) {
        let text: String = run.iter().map(|(character, _)| character).collect();
        match run.first() {
            Some((' ', _)) | None => page.blanks(text.len()),
            Some((_, style)) => page.span(*style, &text),
        }
    }
    page.end_line();
}

fn axis(volume: &Volume, scale: &Scale, highest: u64, columns: usize, page: &mut Page) {
    let dim = page.palette().dim;
    let span = volume.step_seconds.saturating_mul(scale.intervals as u64);
    let most = thousands(highest);
    let (left, right) = match &volume.start {
        Some(start) => (moment(start), format!("up to {most} in {}", duration(span))),
        None => ("from the first record".to_owned(), format!("{} records a column", thousands(span))),
    };
    page.label("");
    page.span(dim, &left);
    page.blanks(columns.saturating_sub(width(&left) + width(&right)).max(2));
    if width(&left) + 2 + width(&right) <= page.width() - CONTENT {
        page.span(dim, &right);
    }
    page.end_line();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::palette::Palette;

    fn drawn(records: Vec<u64>, marks: &[(u64, u64)]) -> String {
        let incidents: Vec<IncidentRow> = marks
            .iter()
            .map(|intervals| IncidentRow { intervals: Some(*intervals), ..IncidentRow::default() })
            .collect();
        let mut page = Page::new(60, Palette::plain());
        let volume = Volume { records, step_seconds: 60, ..Volume::default() };
        super::volume(&volume, &incidents, &mut page);
        page.text()
    }

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(|line| line.chars().skip(CONTENT).collect()).collect()
    }

    #[test]
    fn few_intervals_are_drawn_wide_and_many_together() {
        let wide = lines(&drawn(vec![1, 0, 4, 8], &[]));
        assert_eq!(
            wide[0],
            format!("{}{}{}{}", "▂".repeat(12), " ".repeat(12), "▅".repeat(12), "█".repeat(12))
        );
        let many = lines(&drawn(vec![7; 1000], &[]));
        assert_eq!(many[0].chars().count(), 1000_usize.div_ceil(1000_usize.div_ceil(49)));
        assert!(many[0].trim_end_matches('█').is_empty() || many[0].ends_with(|c| STEPS.contains(&c)));
    }

    #[test]
    fn incidents_are_marked_where_they_are() {
        let marked = lines(&drawn(vec![5; 49], &[(3, 6), (5, 9), (48, 400), (900, 1000)]));
        assert_eq!(marked[1].trim_end(), format!("   1━2━━━━{}3", " ".repeat(38)));
    }

    #[test]
    fn figures_at_the_edge_do_not_overflow() {
        let text = drawn(vec![u64::MAX / 8; 8], &[(u64::MAX, u64::MAX), (0, u64::MAX)]);
        assert!(text.contains('█'));
        assert_eq!(drawn(vec![1, 2], &[]), "");
        assert!(drawn(vec![0; 9], &[]).contains("volume"));
    }
}
