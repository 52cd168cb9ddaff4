//! What both encodings of a log record have in common: takes its parts, gives its line.

use logsift_engine::records::level::Level;

use super::super::batch::is_one_line;
use super::super::fields::ObjectLine;
use super::super::{Batch, Form, Labels, Rejected};

/// Attributes that say where a line stands and nothing about what happened; they name the stream.
const FILE: [&str; 4] = ["log.file.path", "log.file.name", "log.iostream", "log.file.path_resolved"];

/// One record, filled part by part and used again for the next.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) time: u64,
    pub(super) observed: u64,
    pub(super) severity: u64,
    pub(super) severity_text: String,
    body: Vec<u8>,
    has_body: bool,
    pub(super) fields: ObjectLine,
    file: Labels,
}

impl Draft {
    pub(super) fn clear(&mut self) {
        (self.time, self.observed, self.severity) = (0, 0, 0);
        self.severity_text.clear();
        self.body.clear();
        self.has_body = false;
        self.fields.clear();
        self.file.clear();
    }

    /// Takes what the record says.
    pub(super) fn says(&mut self, body: &[u8]) {
        self.body.clear();
        self.body.extend_from_slice(body);
        self.has_body = true;
    }

    /// Takes an attribute that names the file, if it is one.
    pub(super) fn names_file(&mut self, name: &str, value: &str) -> bool {
        let names = FILE.contains(&name);
        if names {
            self.file.push((name.to_owned(), value.to_owned()));
        }
        names
    }

    /// Writes the record as a line of its stream.
    pub(super) fn give(
        &mut self,
        resource: &mut Resource,
        batch: &mut Batch,
        received: u64,
    ) -> Result<(), Rejected> {
        if !self.has_body && self.fields.is_empty() {
            batch.refuse("a record has neither body nor attributes");
            return Ok(());
        }
        let moment = [self.time, self.observed, received].into_iter().find(|time| *time > 0).unwrap_or(0);
        let plain = self.fields.is_empty();
        let level = self.level();
        if plain && level.is_none() && self.severity_text.is_empty() {
            let place = resource.place(&self.file, Form::Stamped, batch)?;
            return batch.stamped(place, moment, &self.body);
        }
        if let Some(level) = level.filter(|_| plain && is_one_line(&self.body)) {
            let place = resource.place(&self.file, Form::Stamped, batch)?;
            return batch.told(place, moment, level, &self.body);
        }
        let place = resource.place(&self.file, Form::Fields, batch)?;
        self.finish(batch.stamp(moment), level);
        batch.line(place, self.fields.close())
    }

    /// What the record itself says stands last: of two fields with one name, the later counts.
    fn finish(&mut self, stamp: &[u8], level: Option<Level>) {
        self.fields.text("@timestamp", &String::from_utf8_lossy(stamp));
        if !self.severity_text.is_empty() {
            self.fields.text("severity_text", &self.severity_text);
        } else if let Some(level) = level {
            self.fields.text("severity_text", level.name());
        }
        if self.has_body {
            self.fields.text("message", &String::from_utf8_lossy(&self.body));
        }
    }

    /// What the sender calls it counts before its number.
    fn level(&self) -> Option<Level> {
        let by_number = || Level::from_otel(u32::try_from(self.severity).ok()?);
        Level::from_word(self.severity_text.as_bytes()).or_else(by_number)
    }
}

/// The labels of a resource, and the stream that its last record went to.
#[derive(Debug, Default)]
pub(super) struct Resource {
    pub(super) labels: Labels,
    last: Option<(Labels, Form, usize)>,
}

impl Resource {
    fn place(&mut self, file: &Labels, form: Form, batch: &mut Batch) -> Result<usize, Rejected> {
        if let Some((last, kind, place)) = &self.last
            && *kind == form
            && last == file
        {
            return Ok(*place);
        }
        let labels = [&self.labels[..], file].concat();
        let place = batch.stream(&labels, form)?;
        self.last = Some((file.clone(), form, place));
        Ok(place)
    }
}
