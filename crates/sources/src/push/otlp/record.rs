//! What both encodings of a log record have in common: takes its parts, gives its line.

use std::borrow::Cow;

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
    pub(super) body: Option<String>,
    pub(super) fields: ObjectLine,
    file: Labels,
}

impl Draft {
    pub(super) fn clear(&mut self) {
        (self.time, self.observed, self.severity) = (0, 0, 0);
        self.severity_text.clear();
        self.body = None;
        self.fields.clear();
        self.file.clear();
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
        if self.body.is_none() && self.fields.is_empty() {
            batch.refuse("a record has neither body nor attributes");
            return Ok(());
        }
        let moment = [self.time, self.observed, received].into_iter().find(|time| *time > 0).unwrap_or(0);
        let plain = self.severity == 0 && self.severity_text.is_empty() && self.fields.is_empty();
        let form = if plain { Form::Stamped } else { Form::Fields };
        let place = resource.place(&self.file, form, batch)?;
        match &self.body {
            Some(body) if plain => batch.stamped(place, moment, body.as_bytes()),
            _ => {
                self.finish(batch.stamp(moment));
                batch.line(place, self.fields.close())
            }
        }
    }

    /// What the record itself says stands last: of two fields with one name, the later counts.
    fn finish(&mut self, stamp: &[u8]) {
        self.fields.text("@timestamp", &String::from_utf8_lossy(stamp));
        if let Some(level) = self.level() {
            self.fields.text("severity_text", &level);
        }
        if let Some(body) = &self.body {
            self.fields.text("message", body);
        }
    }

    fn level(&self) -> Option<Cow<'static, str>> {
        if !self.severity_text.is_empty() {
            return Some(Cow::Owned(self.severity_text.clone()));
        }
        let level = match self.severity {
            1..=4 => "TRACE",
            5..=8 => "DEBUG",
            9..=12 => "INFO",
            13..=16 => "WARN",
            17..=20 => "ERROR",
            21..=24 => "FATAL",
            _ => return None,
        };
        Some(Cow::Borrowed(level))
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
