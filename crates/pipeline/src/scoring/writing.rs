//! Scores in, rows of CSV or NDJSON out.

use logsift_engine::features::RowPlace;
use logsift_engine::records::time::Time;
use logsift_engine::sessions::SessionStory;
use logsift_reports::csv;
use logsift_reports::escape::for_terminal;
use serde::Serialize;

use super::{Count, ScoreSettings};
use crate::tally::masked;

/// How rows are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScoreFormat {
    /// A header and a line for each row.
    #[default]
    Csv,
    /// An object for each row.
    Ndjson,
}

/// A row with what is said about it.
pub(super) struct Scored {
    pub(super) score: f64,
    pub(super) p_value: f64,
    pub(super) flagged: bool,
    /// The columns that made it abnormal, their shares and what stands in them.
    pub(super) columns: Vec<(String, f64, Option<f64>)>,
}

/// Where a row comes from.
pub(super) enum Place<'a> {
    /// A record or window of a log.
    Log { file: &'a str, place: RowPlace, stream: &'a str },
    /// A session.
    Session(&'a SessionStory),
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    stream: String,
    time: Option<String>,
    records: u64,
    score: f64,
    p_value: f64,
    flagged: bool,
    columns: Vec<Column<'a>>,
}

#[derive(Serialize)]
struct Column<'a> {
    column: &'a str,
    share: f64,
    value: Option<f64>,
}

impl ScoreFormat {
    /// The header, where there is one.
    pub(super) fn header(self, sessions: bool, out: &mut Vec<u8>) {
        let place = if sessions { "session_id" } else { "file,line" };
        if self == ScoreFormat::Csv {
            let header = format!("{place},stream,time,records,score,p_value,flagged,columns\n");
            out.extend_from_slice(header.as_bytes());
        }
    }
}

/// Writes rows and counts them.
pub(super) struct Writing<'a> {
    pub(super) settings: &'a ScoreSettings<'a>,
    pub(super) out: &'a mut Vec<u8>,
    pub(super) count: &'a mut Count,
}

impl Writing<'_> {
    pub(super) fn row(&mut self, scored: &Scored, place: &Place<'_>) {
        self.count.rows += 1;
        self.count.flagged += u64::from(scored.flagged);
        if self.settings.only_flagged && !scored.flagged {
            return;
        }
        let row = row(scored, place);
        match self.settings.format {
            ScoreFormat::Csv => self.csv(&row),
            ScoreFormat::Ndjson => {
                // Writing numbers and texts to memory cannot fail.
                let _ = serde_json::to_writer(&mut *self.out, &row);
                self.out.push(b'\n');
            }
        }
    }

    fn csv(&mut self, row: &Row<'_>) {
        let out = &mut *self.out;
        match (&row.session_id, row.file) {
            (Some(id), _) => csv::push_safe(&for_terminal(id), out),
            (None, file) => {
                csv::push(&for_terminal(file.unwrap_or_default()), out);
                out.extend_from_slice(format!(",{}", row.line.unwrap_or(0)).as_bytes());
            }
        }
        out.push(b',');
        csv::push_safe(&for_terminal(&row.stream), out);
        let time = row.time.as_deref().unwrap_or_default();
        let (records, flagged) = (row.records, u8::from(row.flagged));
        let figures = format!(",{time},{records},{},{:.3e},{flagged},", rounded(row.score), row.p_value);
        out.extend_from_slice(figures.as_bytes());
        let told: Vec<String> =
            row.columns.iter().map(|column| format!("{} {:.2}", column.column, column.share)).collect();
        csv::push_safe(&for_terminal(&told.join("; ")), out);
        out.push(b'\n');
    }
}

fn row<'a>(scored: &'a Scored, place: &Place<'a>) -> Row<'a> {
    let time = |seconds: Option<i64>| seconds.and_then(Time::from_seconds).map(|time| time.to_string());
    let column = |(column, share, value): &'a (String, f64, Option<f64>)| Column {
        column,
        share: rounded(*share),
        value: *value,
    };
    let row = Row {
        session_id: None,
        file: None,
        line: None,
        stream: String::new(),
        time: None,
        records: 0,
        score: rounded(scored.score),
        p_value: scored.p_value,
        flagged: scored.flagged,
        columns: scored.columns.iter().map(column).collect(),
    };
    match place {
        Place::Log { file, place, stream } => Row {
            file: Some(file),
            line: Some(place.line),
            stream: (*stream).to_owned(),
            time: time(place.seconds),
            records: u64::from(place.records),
            ..row
        },
        Place::Session(story) => Row {
            session_id: Some(masked(story.id.to_string())),
            stream: story.stream.to_string(),
            time: time(story.times().map(|(first, _)| first.div_euclid(1000))),
            records: story.steps.len() as u64,
            ..row
        },
    }
}

/// Six digits are more than a score means.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
