//! What was gathered in, what is unusual out: the part of a report that people look at first.
//!
//! The engine decides what deserves a person; here its places become quotes, its numbers names and times, and its
//! evidence sentences, so that a report can be read without the engine.

pub(crate) mod odd_rows;
mod rows;
mod scores;
pub(crate) mod session_rows;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use logsift_engine::detection::{Beside, Detected, DetectionSettings, detect_all};
use logsift_engine::detectors::new_meaning::NewMeaning;
use logsift_engine::detectors::rule::{Firings, RuleSet};
use logsift_engine::detectors::{self, ModelWish};
use logsift_engine::embedding::Embed;
use logsift_engine::features::Asked;
use logsift_engine::findings::Budget;
use logsift_engine::findings::feedback::Feedback;
use logsift_engine::incidents::Deploy;
use logsift_engine::model::Learned;
use logsift_engine::reader::Settings;
use logsift_engine::records::time::Time;
use logsift_engine::records::versions::VersionChange;
use logsift_engine::sessions::{
    Course, GatherSettings, JudgedSessions, Judging, KnownSessions, judge_sessions,
};
use logsift_engine::templates::Templates;
use logsift_engine::windows::{Place, Timeline, TimelineSettings};
use logsift_reports::detection::Detection;
use logsift_reports::differences::MatchRow;
use logsift_reports::scan_report::{Notice, NoticeKind};
use logsift_sources::Plan;

use crate::kinship::kinship;
use crate::mining::Mined;
use crate::moment::Moment;
use crate::quotes::{LogAt, Quote, quotes};
use crate::tally::masked;

pub use rows::known_kinds;
pub(crate) use scores::{SCORES_HEADER, Scores};

/// How detection works.
#[derive(Clone, Debug)]
pub struct Detecting {
    /// How many false incidents are accepted.
    pub budget: Budget,
    /// What the user asked for, as it was written.
    pub budget_words: String,
    /// Above 1 more is found, below 1 less.
    pub sensitivity: f64,
    /// What is known already, and what it is called.
    pub known: Option<(String, Learned)>,
    /// What ties records together: a field, a key, or how identifiers begin; nothing to find out.
    pub session: Option<String>,
    /// Every session is wanted, not only as many as little memory holds.
    pub all_sessions: bool,
    /// When something was deployed.
    pub deploys: Vec<Moment>,
    /// The rules that are listened for; nothing where there are none.
    pub rules: Option<Arc<RuleSet>>,
    /// What people said about findings, and the name of the file; nothing where nobody said anything.
    pub feedback: Option<(String, Feedback)>,
    /// How intervals are chosen.
    pub timeline: TimelineSettings,
    /// How the logs stand whose sessions are judged,
    pub course: Course,
    /// and what was learned of such sessions beside what is known.
    pub learned_sessions: KnownSessions,
    /// What is known is a baseline: its streams are those of what is read, even where their names differ, and what
    /// differs is told.
    pub baseline: Option<Baseline>,
    /// Findings held that are listed at most; only [`HELD_LISTED`] of them with their records.
    pub held_listed: usize,
    /// Outlier models that look at windows, or at records where features of them are asked for, or at sessions.
    pub models: Vec<ModelWish>,
    /// Features of records by which outlier models judge them.
    pub features: Option<Asked>,
    /// What makes vectors of the meanings of templates; nothing where nobody looks at meanings.
    pub embeddings: Option<Arc<dyn Embed>>,
}

impl Detecting {
    /// What people say who want it found out what ties records together.
    pub const FOUND: &str = "auto";
    /// What people say who want no sessions looked at.
    const NO_SESSIONS: &str = "none";

    /// What ties records together, as people say it; nothing where no sessions are to be looked at.
    pub fn sessions_by(word: &str) -> Option<String> {
        Some(word).filter(|word| *word != Detecting::NO_SESSIONS).map(str::to_owned)
    }

    /// What ties records together; nothing where that is to be found out.
    pub(crate) fn session_named(&self) -> Option<String> {
        self.session.clone().filter(|by| by != Detecting::FOUND)
    }

    /// All that is known of sessions. Only who follows logs for long has learned some beside a model.
    fn known_sessions(&self) -> Cow<'_, KnownSessions> {
        match &self.known {
            None => Cow::Borrowed(&self.learned_sessions),
            Some((_, learned)) if self.learned_sessions.is_empty() => Cow::Borrowed(learned.sessions()),
            Some((_, learned)) => {
                let mut all = self.learned_sessions.clone();
                all.absorb(learned.sessions());
                Cow::Owned(all)
            }
        }
    }

    /// How sessions are gathered.
    pub(crate) fn gathering(&self) -> GatherSettings {
        let known = self.known_sessions().keys().cloned().collect();
        let usual = GatherSettings::default();
        let most =
            if self.all_sessions || self.session_named().is_some() { ALL_SESSIONS } else { usual.most };
        GatherSettings { by: self.session_named(), known, most, begun: false }
    }
}

/// What a comparison is called.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    /// Whether the baseline is a model.
    pub model: bool,
    /// The name of what is compared with it.
    pub target: String,
}

/// Bytes that sessions may take where all of them are wanted.
const ALL_SESSIONS: usize = 128 << 20;
/// Findings of incidents whose records are quoted at most.
const RAISED_QUOTED: usize = 500;
/// Changes of versions that are told.
const UPGRADES_TOLD: usize = 8;
/// Held incidents that are told.
pub(crate) const HELD_TOLD: usize = 3;
/// Findings held that are listed where nobody asks for more.
pub const HELD_LISTED: usize = 50;

/// What was detected, with everything that its report is made of.
pub(crate) struct Ruled {
    pub(crate) timeline: Timeline,
    pub(crate) detected: Detected,
    pub(crate) sessions: JudgedSessions,
    /// Which rules fired.
    pub(crate) rules: Arc<Firings>,
    /// Which streams of a baseline are which of what was read.
    pub(crate) streams: Vec<MatchRow>,
    /// When which stream began to name another version.
    pub(crate) upgrades: Vec<VersionChange>,
}

/// When a finding was: seconds since 1970, or as many blocks of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: i64,
    pub(crate) to: i64,
    /// The length of an interval.
    pub(crate) seconds: i64,
    /// The number of its first interval.
    pub(crate) first: i64,
}

/// Finds what is unusual.
pub(crate) fn rule(mined: &mut Mined, templates: &Templates, settings: &Detecting, gigabytes: f64) -> Ruled {
    let mut gathered = std::mem::take(&mut mined.gathered);
    gathered.settle();
    let past = settings.known.as_ref().map(|(_, learned)| learned.history());
    let (mut renamed, mut streams) = (None, Vec::new());
    if let (Some(past), Some(baseline)) = (past, &settings.baseline) {
        let kin = kinship(past.streams(), gathered.history.streams(), &baseline.target);
        let mut history = past.clone();
        history.rename(&kin.baseline);
        gathered.history.rename(&kin.target);
        mined.rename_streams(&kin.target);
        (renamed, streams) = (Some(history), kin.rows);
    }
    let timeline = Timeline::of(renamed.as_ref().or(past), gathered, templates, &settings.timeline);
    let upgrades = upgrades(std::mem::take(&mut mined.upgrades));
    let sessions = mined.sessions.take();
    let sessions = sessions.map(|gathered| {
        let known = settings.known_sessions();
        let judging = Judging { known: &known, models: &settings.models, course: settings.course };
        judge_sessions(gathered, templates, &judging)
    });
    let sessions = sessions.unwrap_or_default();
    let asked = DetectionSettings {
        budget: settings.budget,
        sensitivity: settings.sensitivity,
        gigabytes,
        deploys: deploys(&settings.deploys, &upgrades, &timeline),
        feedback: settings.feedback.as_ref().map(|(_, feedback)| feedback.clone()).unwrap_or_default(),
        ..DetectionSettings::default()
    };
    let heard = mined.heard.take();
    let rules = heard.map_or_else(Firings::none, |heard| Firings::of(&heard, &timeline, templates));
    let rules = Arc::new(rules);
    // Where features of records are asked for, models look at records and not at windows.
    let of_windows = if settings.features.is_some() { &[][..] } else { &settings.models };
    let beside = Beside { sessions: &sessions, rows: &mined.odd_rows, rules: Some(&rules) };
    let mut looking = detectors::with(of_windows);
    if let Some(embed) = &settings.embeddings {
        looking.push(Box::new(NewMeaning::new(&timeline, &**embed)));
    }
    let detected = detect_all(&timeline, looking, &beside, &asked);
    Ruled { timeline, detected, sessions, rules, streams, upgrades }
}

/// Changes of versions in the order of time. Where the same release reaches one stream after the other, the first counts.
fn upgrades(mut all: Vec<VersionChange>) -> Vec<VersionChange> {
    all.sort_by(|one, other| (one.at, &one.stream).cmp(&(other.at, &other.stream)));
    let mut first: Vec<VersionChange> = Vec::new();
    for change in all {
        let is_same = |known: &VersionChange| {
            (&known.from, &known.to) == (&change.from, &change.to) && known.stream != change.stream
        };
        if !first.iter().any(is_same) {
            first.push(change);
        }
    }
    first
}

/// When something was deployed. Distances count back from the last interval.
fn deploys(moments: &[Moment], upgrades: &[VersionChange], timeline: &Timeline) -> Vec<Deploy> {
    let last = timeline.intervals.last().filter(|_| timeline.timed);
    let end = last.map(|last| {
        Time::from_nanos(last.number.saturating_mul(timeline.seconds).saturating_mul(1_000_000_000))
    });
    let times = moments.iter().filter_map(|moment| moment.resolve(end));
    let told = times.map(|time| Deploy { at: time.seconds(), version: None });
    let named =
        upgrades.iter().map(|upgrade| Deploy { at: upgrade.at.seconds(), version: Some(upgrade.to.clone()) });
    // Of two at one time that which names its version counts.
    named.chain(told).collect()
}

impl Ruled {
    /// What people should know about the feedback that was heeded: entries that changed nothing.
    pub(crate) fn feedback_notices(&self, settings: &Detecting) -> Vec<Notice> {
        let Some((name, feedback)) = &settings.feedback else { return Vec::new() };
        let silent = self.detected.said.iter().filter(|count| **count == 0).count();
        let text = match silent {
            0 => return Vec::new(),
            _ => format!(
                "{silent} of {} entries changed nothing here (logsift feedback check says which)",
                feedback.entries().len()
            ),
        };
        vec![Notice { kind: NoticeKind::Noted, name: name.clone(), text }]
    }

    /// What people should know about versions: which came when.
    pub(crate) fn version_notices(&self) -> Vec<Notice> {
        let told = self.upgrades.iter().take(UPGRADES_TOLD).map(|upgrade| Notice {
            kind: NoticeKind::Noted,
            name: upgrade.stream.clone(),
            text: masked(format!("version {} became {} at {}", upgrade.from, upgrade.to, upgrade.at)),
        });
        told.collect()
    }

    /// What people should know about the sessions.
    pub(crate) fn session_notices(&self, settings: &Detecting) -> Vec<Notice> {
        let notice =
            |name: &str, text: String| Notice { kind: NoticeKind::Noted, name: name.to_owned(), text };
        let mut notices: Vec<Notice> = Vec::new();
        if let Some(by) = settings.session_named().filter(|_| self.sessions.sessions.is_empty()) {
            notices.push(notice("sessions", format!("no record has `{by}`, so there are no sessions")));
        }
        for kind in self.sessions.kinds.iter().filter(|kind| kind.dropped > 0) {
            let (one_in, dropped) = (kind.one_in, kind.dropped);
            notices.push(notice(
                "sessions",
                format!(
                    "by {}: one session in {one_in} was looked at; {dropped} records of others are in none (--session looks at more)",
                    kind.by
                ),
            ));
        }
        notices
    }

    /// What the report says.
    pub(crate) fn report(
        &self,
        plan: &Plan,
        logs: &[LogAt],
        reader: &Settings,
        settings: &Detecting,
        redacted: bool,
    ) -> Detection {
        self.report_with(logs, &quotes(plan, logs, reader, redacted, self.places()), settings)
    }

    /// The same, with quotes that somebody else found.
    pub(crate) fn report_with(&self, logs: &[LogAt], quotes: &Quotes, settings: &Detecting) -> Detection {
        rows::Rows::new(self, logs, quotes).detection(settings)
    }

    /// When every finding was, by its id.
    pub(crate) fn spans(&self) -> BTreeMap<String, Span> {
        let none = BTreeMap::new();
        let rows = rows::Rows::new(self, &[], &none);
        let seconds = self.timeline.seconds;
        let span = |(first, last): (i64, i64)| Span {
            from: first.saturating_mul(seconds),
            to: last.saturating_add(1).saturating_mul(seconds),
            seconds,
            first,
        };
        let findings = self.detected.findings.iter().zip(0..);
        findings.filter_map(|(finding, at)| Some((rows.finding_id(at)?, span(finding.intervals)))).collect()
    }

    /// When the last interval of each stream, and of all together, is over, in seconds since 1970.
    pub(crate) fn ends(&self) -> BTreeMap<Option<String>, i64> {
        let (mut last, mut ends) = (None, BTreeMap::new());
        for interval in self.timeline.intervals.get(self.timeline.past..).unwrap_or_default() {
            let end = interval.number.saturating_add(1).saturating_mul(self.timeline.seconds);
            last = Some(end);
            ends.extend(interval.windows.iter().map(|window| (window.stream, end)));
        }
        let name = |stream: u32| Some(self.timeline.streams.get(stream as usize)?.name.clone());
        let named = ends.into_iter().map(|(stream, end)| (name(stream), end));
        named.chain(last.map(|end| (None, end))).collect()
    }

    /// The number of the last interval of what was read.
    pub(crate) fn last_interval(&self) -> Option<i64> {
        let present = self.timeline.intervals.get(self.timeline.past..)?;
        present.last().map(|interval| interval.number)
    }

    /// The places that the report shows.
    pub(crate) fn places(&self) -> Vec<Place> {
        let incidents = self.detected.incidents.iter().take(self.detected.raised + HELD_TOLD);
        let stories = self.detected.stories.iter().take(self.detected.raised + HELD_TOLD);
        let causes = incidents.flat_map(|incident| &incident.causes).map(|cause| cause.place);
        let steps = stories.flat_map(|story| &story.steps).filter_map(|step| step.place);
        let raised = self.detected.findings.iter().filter(|finding| finding.held.is_none());
        let of_findings = raised.take(RAISED_QUOTED).filter_map(|finding| finding.place);
        let held = rows::held(&self.detected).into_iter().take(HELD_LISTED);
        let of_held = held.filter_map(|at| self.detected.findings.get(at as usize)?.place);
        causes.chain(steps).chain(of_findings).chain(of_held).collect()
    }
}

pub(crate) type Quotes = BTreeMap<Place, Quote>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sessions_are_looked_at_where_people_say_none() {
        assert_eq!(Detecting::sessions_by("none"), None);
        let by = |word: &str| Detecting::sessions_by(word).unwrap();
        assert_eq!((by(Detecting::FOUND), by("trace_id")), ("auto".to_owned(), "trace_id".to_owned()));
    }
}
