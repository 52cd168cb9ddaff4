//! Silences: what is not told for a while, because somebody said so, who, why and until when.
//!
//! They are read and written as Alertmanager's API (v2) has them, so that they can be carried over both ways:
//! `amtool silence query -o json` is a file that can be read here.

use std::fs;
use std::path::{Path, PathBuf};

use logsift_engine::records::time::Time;
use serde::{Deserialize, Serialize};

use crate::calendar::Moment;
use crate::labels::Labels;
use crate::matcher::{Matcher, Operator, all_match};
use crate::settings::SilenceSettings;

/// Bytes of a file with silences, and how many there may be.
const LONGEST: u64 = 16 << 20;
const MOST: usize = 10_000;

/// A silence.
#[derive(Clone, Debug, PartialEq)]
pub struct Silence {
    /// Its name.
    pub id: String,
    /// Which incidents; all must hold.
    pub matchers: Vec<Matcher>,
    /// From when on.
    pub from: Moment,
    /// Until when.
    pub until: Moment,
    /// Who said so.
    pub author: String,
    /// Why.
    pub comment: String,
}

/// A silence as Alertmanager's API has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Foreign {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    matchers: Vec<ForeignMatcher>,
    starts_at: Moment,
    ends_at: Moment,
    created_by: String,
    comment: String,
    #[serde(default, skip_serializing)]
    status: Option<ForeignStatus>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct ForeignStatus {
    state: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ForeignMatcher {
    name: String,
    value: String,
    is_regex: bool,
    #[serde(default = "yes")]
    is_equal: bool,
}

fn yes() -> bool {
    true
}

impl Silence {
    /// Whether it holds now for something with these labels.
    pub fn covers(&self, labels: &Labels, now: Time) -> bool {
        self.holds(now) && all_match(&self.matchers, labels)
    }

    /// Whether it holds now.
    pub fn holds(&self, now: Time) -> bool {
        Time::from(self.from) <= now && now < Time::from(self.until)
    }

    /// A silence of the settings file; its name is its place there.
    pub fn of_settings(at: usize, settings: &SilenceSettings) -> Silence {
        Silence {
            id: format!("settings-{}", at + 1),
            matchers: settings.matchers.clone(),
            from: settings.from.unwrap_or(Moment(jiff::Timestamp::MIN)),
            until: settings.until,
            author: settings.author.clone(),
            comment: settings.comment.clone(),
        }
    }
}

/// Reads silences as Alertmanager's API gives them. Those that have expired are left out.
pub fn from_alertmanager(json: &str) -> Result<Vec<Silence>, String> {
    let foreign: Vec<Foreign> = serde_json::from_str(json)
        .map_err(|error| format!("no silences of Alertmanager's API v2: {error}"))?;
    if foreign.len() > MOST {
        return Err(format!("more than {MOST} silences"));
    }
    let lasting = foreign
        .into_iter()
        .filter(|silence| silence.status.as_ref().is_none_or(|status| status.state != "expired"));
    lasting.enumerate().map(|(at, silence)| silence.own(at)).collect()
}

/// Writes silences as Alertmanager's API takes them.
pub fn to_alertmanager(silences: &[Silence]) -> String {
    let foreign: Vec<Foreign> = silences.iter().map(Foreign::of).collect();
    // Plain data with texts as keys can always be written.
    serde_json::to_string_pretty(&foreign).unwrap_or_default()
}

impl Foreign {
    fn own(self, at: usize) -> Result<Silence, String> {
        let matchers = self.matchers.iter().map(ForeignMatcher::own).collect::<Result<Vec<_>, _>>();
        let matchers = matchers.map_err(|why| format!("silence {}: {why}", at + 1))?;
        if matchers.is_empty() {
            return Err(format!("silence {} has no matchers and would silence everything", at + 1));
        }
        Ok(Silence {
            id: self.id.unwrap_or_else(|| format!("imported-{}", at + 1)),
            matchers,
            from: self.starts_at,
            until: self.ends_at,
            author: self.created_by,
            comment: self.comment,
        })
    }

    fn of(silence: &Silence) -> Foreign {
        Foreign {
            id: None,
            matchers: silence.matchers.iter().map(ForeignMatcher::of).collect(),
            starts_at: silence.from,
            ends_at: silence.until,
            created_by: silence.author.clone(),
            comment: silence.comment.clone(),
            status: None,
        }
    }
}

impl ForeignMatcher {
    fn own(&self) -> Result<Matcher, String> {
        let operator = match (self.is_regex, self.is_equal) {
            (false, true) => Operator::Is,
            (false, false) => Operator::IsNot,
            (true, true) => Operator::Matches,
            (true, false) => Operator::MatchesNot,
        };
        Matcher::new(&self.name, operator, &self.value)
    }

    /// Ranks of severities have no counterpart there: they become the words they mean.
    fn of(matcher: &Matcher) -> ForeignMatcher {
        let grades = ["low", "medium", "high", "critical"];
        let place = grades.iter().position(|grade| *grade == matcher.value).unwrap_or(0);
        let among = |words: &[&str]| (words.join("|"), true, true);
        let (value, is_regex, is_equal) = match matcher.operator {
            Operator::Is => (matcher.value.clone(), false, true),
            Operator::IsNot => (matcher.value.clone(), false, false),
            Operator::Matches => (matcher.value.clone(), true, true),
            Operator::MatchesNot => (matcher.value.clone(), true, false),
            Operator::AtLeast => among(grades.get(place..).unwrap_or_default()),
            Operator::AtMost => among(grades.get(..=place).unwrap_or_default()),
        };
        ForeignMatcher { name: matcher.name.clone(), value, is_regex, is_equal }
    }
}

/// The file in which silences of a state folder are kept.
#[derive(Clone, Debug)]
pub struct SilenceFile(PathBuf);

/// A silence as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    id: String,
    #[serde(rename = "match")]
    matchers: Vec<Matcher>,
    from: Moment,
    until: Moment,
    author: String,
    comment: String,
}

impl SilenceFile {
    /// The file of a state folder.
    pub fn in_folder(folder: &Path) -> SilenceFile {
        SilenceFile(folder.join("silences.json"))
    }

    /// When it was written; nothing where there is no file.
    pub fn written(&self) -> Option<std::time::SystemTime> {
        fs::metadata(&self.0).and_then(|kept| kept.modified()).ok()
    }

    /// The silences; none where there is no file.
    pub fn read(&self) -> Result<Vec<Silence>, String> {
        let cannot =
            |error: &dyn std::fmt::Display| format!("`{}` cannot be read: {error}", self.0.display());
        match fs::metadata(&self.0) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(cannot(&error)),
            Ok(kept) if kept.len() > LONGEST => return Err(cannot(&"it is larger than 16 MiB")),
            Ok(_) => {}
        }
        let text = fs::read_to_string(&self.0).map_err(|error| cannot(&error))?;
        let kept: Vec<Kept> = serde_json::from_str(&text).map_err(|error| cannot(&error))?;
        let silence = |Kept { id, matchers, from, until, author, comment }| Silence {
            id,
            matchers,
            from,
            until,
            author,
            comment,
        };
        Ok(kept.into_iter().map(silence).collect())
    }

    /// Writes the silences, in one step.
    pub fn write(&self, silences: &[Silence]) -> Result<(), String> {
        let kept: Vec<Kept> = silences
            .iter()
            .cloned()
            .map(|Silence { id, matchers, from, until, author, comment }| Kept {
                id,
                matchers,
                from,
                until,
                author,
                comment,
            })
            .collect();
        let cannot = |error: std::io::Error| format!("`{}` cannot be written: {error}", self.0.display());
        let text = serde_json::to_vec_pretty(&kept).map_err(|error| cannot(error.into()))?;
        if let Some(folder) = self.0.parent() {
            fs::create_dir_all(folder).map_err(cannot)?;
        }
        let beside = self.0.with_extension("json.new");
        let write = || {
            let mut file = fs::File::create(&beside)?;
            std::io::Write::write_all(&mut file, &text)?;
            file.sync_all()?;
            fs::rename(&beside, &self.0)
        };
        write().map_err(cannot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        text.parse().unwrap()
    }

    fn silence(matchers: &[&str]) -> Silence {
        Silence {
            id: "one".to_owned(),
            matchers: matchers.iter().map(|matcher| matcher.parse().unwrap()).collect(),
            from: moment("2024-03-01T10:00:00Z"),
            until: moment("2024-03-01T12:00:00Z"),
            author: "ada@example.com".to_owned(),
            comment: "known since \"Monday\"".to_owned(),
        }
    }

    #[test]
    fn a_silence_holds_from_its_beginning_until_its_end() {
        let labels = Labels::of(&[("severity", "low"), ("stream", "db")]);
        let check = |matchers: &[&str], at: &str, covered: bool| {
            assert_eq!(silence(matchers).covers(&labels, moment(at).into()), covered, "{matchers:?} {at}");
        };
        check(&["stream=db"], "2024-03-01T10:00:00Z", true);
        check(&["stream=db"], "2024-03-01T12:00:00Z", false);
        check(&["stream=db"], "2024-03-01T09:59:59Z", false);
        check(&["stream=db", "severity=high"], "2024-03-01T11:00:00Z", false);
    }

    #[test]
    fn silences_go_to_alertmanager_and_come_back() {
        let silences = [silence(&["stream=~\"web.*\"", "severity!=low"]), silence(&["kind=burst"])];
        let back = from_alertmanager(&to_alertmanager(&silences)).unwrap();
        assert_eq!(
            back.iter().map(|silence| &silence.matchers).collect::<Vec<_>>(),
            [&silences[0].matchers, &silences[1].matchers]
        );
        assert_eq!(
            (&back[0].author, &back[0].comment, back[0].until),
            (&silences[0].author, &silences[0].comment, silences[0].until)
        );
        let ranked = to_alertmanager(&[silence(&["severity>=high"])]);
        assert_eq!(
            from_alertmanager(&ranked).unwrap()[0].matchers[0].to_string(),
            "severity=~\"high|critical\""
        );
    }

    #[test]
    fn what_its_api_gives_is_read_without_what_has_expired() {
        let json = r#"[{"id":"a1","matchers":[{"name":"job","value":"x","isRegex":false}],"startsAt":"2024-03-01T10:00:00.000Z",
            "endsAt":"2024-03-01T12:00:00.000Z","createdBy":"ada","comment":"c","status":{"state":"active"},"updatedAt":"2024-03-01T10:00:00.000Z"},
            {"id":"a2","matchers":[{"name":"job","value":"x","isRegex":false}],"startsAt":"2024-03-01T10:00:00.000Z",
            "endsAt":"2024-03-01T12:00:00.000Z","createdBy":"ada","comment":"c","status":{"state":"expired"}}]"#;
        let silences = from_alertmanager(json).unwrap();
        assert_eq!(silences.len(), 1);
        assert_eq!(
            (silences[0].id.as_str(), silences[0].matchers[0].to_string().as_str()),
            ("a1", "job=\"x\"")
        );
        for wrong in [
            "",
            "{}",
            "[{}]",
            r#"[{"matchers":[],"startsAt":"2024-03-01T10:00:00Z","endsAt":"2024-03-01T10:00:00Z","createdBy":"","comment":""}]"#,
        ] {
            assert!(from_alertmanager(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_file_of_silences_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = SilenceFile::in_folder(&folder.path().join("state"));
        assert_eq!(file.read().unwrap(), []);
        file.write(&[silence(&["severity>=high"])]).unwrap();
        assert_eq!(file.read().unwrap(), [silence(&["severity>=high"])]);
    }
}
