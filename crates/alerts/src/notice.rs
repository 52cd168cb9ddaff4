//! An incident in, what people are told of it out: what, since when, how much against normal, the cause, how to mute.
//!
//! Texts are cut here and escaped by each channel in its own manner: they are foreign, and no longer than a screen.

use logsift_reports::detection::{FindingRow, IncidentRow};
use serde::{Deserialize, Serialize};

use crate::labels::Labels;

/// Characters of a title, of a sentence, of a quoted record.
const TITLE: usize = 200;
const SENTENCE: usize = 160;
/// No more of a record is quoted in any channel.
pub const QUOTE: usize = 500;
/// Steps of the story, and incidents named in one notice.
const STEPS: usize = 4;
/// How many incidents one notice names; how many more there are is said.
pub const NAMED: usize = 8;

/// What happened to what is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Happened {
    /// An incident began.
    Opened,
    /// It has ten times as many records as when it was told.
    Grew,
    /// It is still open.
    Reminder,
    /// It is still open, and others are told.
    Escalated,
    /// It is over.
    Resolved,
    /// Several things at once, which had no place of their own.
    Summary,
    /// A channel does not work.
    ChannelBroken,
    /// Somebody tries a channel.
    Test,
}

/// What people are told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// What happened.
    pub happened: Happened,
    /// The key by which receivers know it again: the fingerprint of the incident.
    pub key: String,
    /// The key of this story: the same for all notices of one incident, another when it comes again.
    pub story_key: String,
    /// `low`, `medium`, `high`, `critical`.
    pub severity: String,
    /// One line.
    pub title: String,
    /// What routes and silences can ask for.
    pub labels: Labels,
    /// Since when, RFC 3339, in the time of the log.
    pub since: Option<String>,
    /// The last that was seen of it.
    pub until: Option<String>,
    /// Records.
    pub records: u64,
    /// Findings.
    pub findings: u64,
    /// How much against what is normal, in a sentence.
    pub against: Option<String>,
    /// What happened, in order.
    pub story: Vec<String>,
    /// What looks like the cause.
    pub cause: Option<Cause>,
    /// Other incidents that this notice speaks of.
    pub others: Vec<Brief>,
    /// How many more there are that are not named.
    pub more: u64,
    /// Where to read on.
    pub link: Option<String>,
    /// How to have it told no more.
    pub mute: String,
    /// When it was written, RFC 3339.
    pub written: String,
}

/// A record that looks like the cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// `file:line`.
    pub place: String,
    /// The record, cut.
    pub text: String,
    /// Why it looks like the cause.
    pub why: String,
}

/// An incident in a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Brief {
    /// How grave.
    pub severity: String,
    /// One line.
    pub title: String,
    /// Since when.
    pub since: Option<String>,
    /// Records.
    pub records: u64,
    /// Its fingerprint.
    pub key: String,
}

/// An incident as it is now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// The incident.
    pub incident: IncidentRow,
    /// Its leading finding, for how much it is against what is normal.
    pub leading: Option<FindingRow>,
    /// Whether it goes on.
    pub open: bool,
    /// Why it is over, in a sentence, where it is not because the trouble has ended.
    pub taken_back: Option<String>,
    /// Tags of the rules that found it.
    pub tags: Vec<String>,
}

impl Happened {
    /// The name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Happened::Opened => "opened",
            Happened::Grew => "grew",
            Happened::Reminder => "reminder",
            Happened::Escalated => "escalated",
            Happened::Resolved => "resolved",
            Happened::Summary => "summary",
            Happened::ChannelBroken => "channel-broken",
            Happened::Test => "test",
        }
    }

    /// How a person says it before a title.
    pub const fn words(self) -> &'static str {
        match self {
            Happened::Opened => "New incident",
            Happened::Grew => "Ten times as much",
            Happened::Reminder => "Still open",
            Happened::Escalated => "Still open, escalated",
            Happened::Resolved => "Over",
            Happened::Summary => "Summary",
            Happened::ChannelBroken => "Alerts are not delivered",
            Happened::Test => "Test",
        }
    }
}

impl Change {
    /// What routes and silences can ask for.
    pub fn labels(&self) -> Labels {
        let mut labels = Labels::default();
        labels.add("severity", &self.incident.severity);
        labels.add("fingerprint", &self.incident.fingerprint);
        self.incident.streams.iter().take(20).for_each(|stream| labels.add("stream", &cut(stream, TITLE)));
        self.incident.kinds.iter().take(20).for_each(|kind| labels.add("kind", kind));
        self.tags.iter().take(20).for_each(|tag| labels.add("tag", &cut(tag, TITLE)));
        labels
    }

    /// What is told of it.
    pub fn notice(&self, happened: Happened, link: Option<&str>, written: &str) -> Notice {
        let row = &self.incident;
        let since = row.start.clone();
        Notice {
            happened,
            key: row.fingerprint.clone(),
            story_key: format!("{}@{}", row.fingerprint, since.as_deref().unwrap_or("-")),
            severity: row.severity.clone(),
            title: cut(&row.title, TITLE),
            labels: self.labels(),
            since,
            until: row.end.clone(),
            records: row.records,
            findings: row.finding_count,
            against: self.against(happened).map(|sentence| cut(sentence, SENTENCE)),
            story: row.story.iter().take(STEPS).map(|step| cut(&step.sentence, SENTENCE)).collect(),
            cause: self.cause(),
            others: Vec::new(),
            more: 0,
            link: link.map(|base| format!("{}/#/incidents/{}", base.trim_end_matches('/'), row.fingerprint)),
            mute: mute(&row.fingerprint),
            written: written.to_owned(),
        }
    }

    /// How much it is against what is normal; in the end, why it is said no more.
    fn against(&self, happened: Happened) -> Option<&str> {
        let over = self.taken_back.as_deref().filter(|_| happened == Happened::Resolved);
        over.or_else(|| Some(self.leading.as_ref()?.explanation.as_str()))
    }

    fn cause(&self) -> Option<Cause> {
        let cause = self.incident.causes.first()?;
        Some(Cause {
            place: cut(&format!("{}:{}", cause.file, cause.line), TITLE),
            text: cut(&cause.message, QUOTE),
            why: cut(&cause.why, SENTENCE),
        })
    }

    /// What kind of trouble it is, in the coarsest words: what came lately has no claim to a reserved place.
    pub(crate) fn class(&self) -> String {
        let first = |list: &[String]| list.first().cloned().unwrap_or_default();
        let row = &self.incident;
        format!("{}|{}|{}", first(&row.kinds), cut(&first(&row.streams), TITLE), row.severity)
    }
}

/// The words that mute an incident.
fn mute(fingerprint: &str) -> String {
    format!("logsift alerts silence fingerprint={fingerprint} --for 2h --comment '…'")
}

impl Notice {
    /// One line of another notice.
    pub fn brief(&self) -> Brief {
        let Notice { severity, title, since, records, key, .. } = self;
        Brief {
            severity: severity.clone(),
            title: title.clone(),
            since: since.clone(),
            records: *records,
            key: key.clone(),
        }
    }

    /// Something that is about logsift itself.
    pub(crate) fn own(happened: Happened, key: &str, severity: &str, title: String, written: &str) -> Notice {
        Notice {
            happened,
            key: key.to_owned(),
            story_key: key.to_owned(),
            severity: severity.to_owned(),
            title: cut(&title, TITLE),
            labels: Labels::of(&[("severity", severity), ("kind", happened.name())]),
            since: None,
            until: None,
            records: 0,
            findings: 0,
            against: None,
            story: Vec::new(),
            cause: None,
            others: Vec::new(),
            more: 0,
            link: None,
            mute: String::new(),
            written: written.to_owned(),
        }
    }

    /// What `alerts test` sends.
    pub fn test(channel: &str, written: &str) -> Notice {
        let title = format!("logsift can reach the channel {channel}");
        let mut notice = Notice::own(Happened::Test, "logsift-test", "low", title, written);
        notice.against = Some("Nothing is wrong: somebody tries this channel.".to_owned());
        notice
    }

    /// Several notices of one group as one: the gravest leads, the others are named.
    pub(crate) fn together(notices: Vec<Notice>) -> Option<Notice> {
        let rank = |notice: &Notice| crate::matcher::rank(&notice.severity);
        let lead = (0..notices.len()).rev().max_by_key(|at| notices.get(*at).map(rank))?;
        let mut rest = notices;
        let mut lead = rest.remove(lead);
        for other in rest {
            lead.name(other.brief());
        }
        Some(lead)
    }

    /// Names one more incident, or counts it.
    pub(crate) fn name(&mut self, brief: Brief) {
        if self.others.len() < NAMED { self.others.push(brief) } else { self.more += 1 }
    }
}

/// The text as far as so many characters, on one line where it had several.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_what_is_taken_back_says_why() {
        let leading =
            FindingRow { explanation: "first of its shape in 31 days".to_owned(), ..FindingRow::default() };
        let over = Change { leading: Some(leading), ..Change::default() };
        let against = |change: &Change, happened| change.notice(happened, None, "").against;
        let told = |text: &str| Some(text.to_owned());
        assert_eq!(against(&over, Happened::Resolved), told("first of its shape in 31 days"));
        let back = Change { taken_back: told("Withdrawn"), ..over };
        assert_eq!(against(&back, Happened::Resolved), told("Withdrawn"));
        assert_eq!(against(&back, Happened::Summary), told("first of its shape in 31 days"));
    }
}
