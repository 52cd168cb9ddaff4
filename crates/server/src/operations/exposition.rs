//! Metrics in, text out: the format of Prometheus 0.0.4, or OpenMetrics 1.0 with its small differences.

use std::fmt::Write as _;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Prometheus,
    OpenMetrics,
}

impl Style {
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Style::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Style::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// The text, as it is written.
pub(super) struct Exposition {
    style: Style,
    name: &'static str,
    text: String,
}

type Labels<'a> = &'a [(&'a str, &'a str)];

impl Exposition {
    pub(super) fn new(style: Style) -> Exposition {
        Exposition { style, name: "", text: String::new() }
    }

    pub(super) fn gauge(&mut self, name: &'static str, help: &str) {
        self.family(name, "gauge", help);
    }

    /// The name ends in `_total`.
    pub(super) fn counter(&mut self, name: &'static str, help: &str) {
        self.family(name, "counter", help);
    }

    pub(super) fn summary(&mut self, name: &'static str, help: &str) {
        self.family(name, "summary", help);
    }

    pub(super) fn histogram(&mut self, name: &'static str, help: &str) {
        self.family(name, "histogram", help);
    }

    /// OpenMetrics names a family of counters without the ending of its samples.
    fn family(&mut self, name: &'static str, kind: &str, help: &str) {
        self.name = name;
        let family = match (self.style, kind) {
            (Style::OpenMetrics, "counter") => name.strip_suffix("_total").unwrap_or(name),
            _ => name,
        };
        // Text in memory takes whatever is written.
        let _ = write!(self.text, "# HELP {family} {help}\n# TYPE {family} {kind}\n");
    }

    /// A value of the family that was begun last.
    pub(super) fn sample(&mut self, labels: Labels<'_>, value: f64) {
        self.line("", labels, None, value);
    }

    /// Count and sum of a summary.
    pub(super) fn totals(&mut self, labels: Labels<'_>, count: u64, sum: f64) {
        self.line("_sum", labels, None, sum);
        self.line("_count", labels, None, count as f64);
    }

    /// A histogram: counts by bucket, the last beyond all bounds.
    pub(super) fn buckets(&mut self, labels: Labels<'_>, bounds: &[f64], counts: &[u64], sum: f64) {
        let mut total = 0;
        for (place, count) in counts.iter().enumerate() {
            total += count;
            let bound = bounds.get(place).map_or("+Inf".to_owned(), |bound| number(*bound));
            self.line("_bucket", labels, Some(&bound), total as f64);
        }
        self.totals(labels, total, sum);
    }

    pub(super) fn done(mut self) -> String {
        if self.style == Style::OpenMetrics {
            self.text.push_str("# EOF\n");
        }
        self.text
    }

    fn line(&mut self, ending: &str, labels: Labels<'_>, bound: Option<&str>, value: f64) {
        self.text.push_str(self.name);
        self.text.push_str(ending);
        let bound = bound.map(|bound| ("le", bound));
        for (place, (name, value)) in labels.iter().copied().chain(bound).enumerate() {
            let open = if place == 0 { '{' } else { ',' };
            let _ = write!(self.text, "{open}{name}=\"{}\"", escaped(value));
        }
        if bound.is_some() || !labels.is_empty() {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {}", number(value));
    }
}

/// OpenMetrics wants bounds as floating point numbers.
fn number(value: f64) -> String {
    format!("{value:?}")
}

fn escaped(value: &str) -> String {
    let clean: String = value
        .chars()
        .map(|letter| {
            if letter == '\n' {
                letter
            } else if letter.is_control() {
                ' '
            } else {
                letter
            }
        })
        .collect();
    clean.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(style: Style) -> String {
        let mut out = Exposition::new(style);
        out.counter("x_total", "Some.");
        out.sample(&[("a", "b\"\\\n\u{1}")], 3.0);
        out.histogram("y_seconds", "Times.");
        out.buckets(&[], &[0.5], &[2, 1], 1.25);
        out.done()
    }

    #[test]
    fn both_formats() {
        let expected = "# HELP x_total Some.\n# TYPE x_total counter\nx_total{a=\"b\\\"\\\\\\n \"} 3.0\n\
            # HELP y_seconds Times.\n# TYPE y_seconds histogram\ny_seconds_bucket{le=\"0.5\"} 2.0\n\
            y_seconds_bucket{le=\"+Inf\"} 3.0\ny_seconds_sum 1.25\ny_seconds_count 3.0\n";
        assert_eq!(written(Style::Prometheus), expected);
        let expected =
            expected.replace("HELP x_total", "HELP x").replace("TYPE x_total", "TYPE x") + "# EOF\n";
        assert_eq!(written(Style::OpenMetrics), expected);
    }
}
