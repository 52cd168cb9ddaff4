//! Gathered sessions and templates in, every session as the list of its steps out: for those who judge by themselves.

use std::collections::BTreeMap;

use super::gather::GatheredSessions;
use super::judged::{Sequences, by};
use super::known::event_of;
use crate::templates::Templates;
use crate::windows::Place;

/// A session with its steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionStory {
    /// As it stands in the log.
    pub id: Box<str>,
    /// The stream of its first record.
    pub stream: Box<str>,
    /// Its first record.
    pub place: Place,
    /// The number of each event and its time in milliseconds since 1970; `i64::MIN` where the log has no times.
    pub steps: Vec<(u32, i64)>,
}

/// All sessions.
#[derive(Clone, Debug, Default)]
pub struct SessionTold {
    /// What ties records together, for people.
    pub by: Vec<String>,
    /// The sessions, kind by kind in the order of their first records.
    pub stories: Vec<SessionStory>,
    /// The texts of the templates, by the numbers of events.
    pub events: BTreeMap<u32, String>,
    /// Records of sessions for which there was no memory.
    pub dropped: u64,
}

impl SessionStory {
    /// The times of the first and the last step, if the log has times.
    pub fn times(&self) -> Option<(i64, i64)> {
        let mut times = self.steps.iter().map(|(_, at)| *at).filter(|at| *at != i64::MIN);
        let first = times.next()?;
        Some((first, times.next_back().unwrap_or(first)))
    }
}

/// Tells all sessions that were gathered.
pub fn session_stories(gathered: GatheredSessions, templates: &Templates) -> SessionTold {
    let mut told = SessionTold {
        events: templates.list().iter().map(|template| (event_of(template), template.text())).collect(),
        ..SessionTold::default()
    };
    for (key, book) in gathered.into_books(templates) {
        told.dropped = told.dropped.saturating_add(book.left_out().1);
        let sequences = Sequences::of(book.sorted(), templates);
        let before = told.stories.len();
        for (number, session) in sequences.sorted.sessions() {
            let book = &sequences.sorted.book;
            told.stories.push(SessionStory {
                id: String::from_utf8_lossy(book.id(number)).into(),
                stream: book.stream_name(session.stream).into(),
                place: session.first,
                steps: sequences.steps(number).collect(),
            });
        }
        if told.stories.len() > before {
            told.by.push(by(&key));
        }
    }
    told
}
