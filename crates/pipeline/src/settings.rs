//! A settings file and the environment in, settings that can only be right out; or everything that is wrong with them.
//!
//! Settings take three forms: a tree as it was written, with lines ([`tree`]); a document that fits the shape of
//! [`Settings`] ([`fitting`]), whose parts also fit together ([`together`]); and what runs, which is the business of whoever
//! takes them. All problems come in one list, each with its place, key, value, reason and remedy. Nothing here opens a
//! connection, and wrong settings change nothing: [`reload`] gives either what changes or what is wrong.

mod environment;
mod fitting;
mod problem;
pub mod scalars;
mod sections;
mod shape;
mod show;
mod together;
mod tree;

use std::fs;
use std::path::{Path, PathBuf};

pub use environment::{Variables, of_process};
pub use problem::{Place, Problem, Problems};
pub use sections::{
    Auth, Containers, Detect, Feedback, Files, Journald, Limits, Log, LogFormat, LogLevel, Redact, Retention,
    Role, Rules, Settings, Sources, State, Syslog, Tls, Token,
};
pub use shape::schema;
pub use show::{Shown, shown};

use shape::Shapes;
use tree::{Node, Step};

/// Bytes of a settings file.
const LONGEST: u64 = 4 << 20;

/// Settings that were checked, and where each value came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// The file they were read from; nothing where there is none.
    pub file: Option<PathBuf>,
    /// What was said that sets nothing, such as a misspelt variable: no reason to stop, worth being told.
    pub notes: Vec<Problem>,
    places: Vec<(Vec<Step>, Place)>,
}

impl PartialEq for Loaded {
    fn eq(&self, other: &Loaded) -> bool {
        self.settings == other.settings
    }
}

/// What is different between two settings.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The new settings.
    pub loaded: Loaded,
    /// The keys that have another value now, such as `alerts.budget`.
    pub keys: Vec<String>,
}

impl Changes {
    /// Whether something under this key changed: `alerts`, `sources.files`.
    pub fn touch(&self, key: &str) -> bool {
        let within = |changed: &String| {
            changed.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.keys.iter().any(within)
    }
}

/// Reads a settings file, if there is one, and puts the variables over it.
pub fn load(file: Option<&Path>, variables: &Variables) -> Result<Loaded, Problems> {
    let mut tree = match file {
        Some(file) => read(file).map_err(|problem| Problems(vec![problem]))?,
        None => Node::empty(),
    };
    let shapes = Shapes::of_settings();
    let notes = environment::overlay(&mut tree, &shapes, variables);
    let base = file.and_then(Path::parent).unwrap_or(Path::new(""));
    let (document, fitted) = fitting::fit(&tree, &shapes, base);
    let mut problems = fitted.problems;
    let places = fitted.places;
    match serde_json::from_value::<Settings>(document) {
        Ok(settings) => {
            problems.extend(together::faults(&settings, &places, file));
            if problems.is_empty() {
                let file = file.map(Path::to_owned);
                return Ok(Loaded { settings, file, notes, places });
            }
        }
        // Whatever fits the shape can be read; a gap between the two still is no reason to go on.
        Err(error) if problems.is_empty() => {
            let place = file.map_or(Place::Default, |file| Place::File { file: file.to_owned(), line: 0 });
            problems.push(Problem::new(place, "", error.to_string(), "see `logsift config schema`"));
        }
        Err(_) => {}
    }
    problems.sort_by_key(|problem| match &problem.place {
        Place::File { line, .. } => (0, *line),
        _ => (1, 0),
    });
    Err(Problems(problems))
}

/// Reads the settings again. What is wrong changes nothing: the caller keeps what it has.
pub fn reload(old: &Loaded, variables: &Variables) -> Result<Changes, Problems> {
    let loaded = load(old.file.as_deref(), variables)?;
    let keys = show::differences(&old.settings, &loaded.settings);
    Ok(Changes { loaded, keys })
}

fn read(file: &Path) -> Result<Node, Problem> {
    let place = || Place::File { file: file.to_owned(), line: 0 };
    let cannot = |error: &dyn std::fmt::Display| {
        Problem::new(
            place(),
            "",
            format!("cannot be read: {error}"),
            "give a file with -c, or none for the defaults",
        )
    };
    let kept = fs::metadata(file).map_err(|error| cannot(&error))?;
    if kept.len() > LONGEST {
        return Err(Problem::new(place(), "", "is larger than 4 MiB", "this is no settings file"));
    }
    let text = fs::read_to_string(file).map_err(|error| cannot(&error))?;
    tree::read(&text, file)
}

#[cfg(test)]
mod tests;
