//! `alerts`: channels are tried, what was told is listed, silences are kept, what was parked is sent again.

use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use logsift_alerts::calendar::Moment;
use logsift_alerts::clock::{Clock, SystemClock};
use logsift_alerts::matcher::Matcher;
use logsift_alerts::notice::Notice;
use logsift_alerts::outbox::file::FileOutbox;
use logsift_alerts::outbox::{Entry, EntryState};
use logsift_alerts::service::{Service, outbox_of};
use logsift_alerts::silence::{self, SilenceFile};
use logsift_reports::escape::for_terminal;

use crate::arguments::alerts::{
    Alerts, AlertsCommand, EntryKind, List, ListFormat, Retry, Silence, StateFolder, Test,
};
use crate::config::printed;
use crate::exit::{Exit, Problem};
use crate::screen;

/// Entries that are looked at when parked ones are sent again.
const MOST: usize = 100_000;

pub(crate) fn run(alerts: &Alerts) -> Result<Exit, Problem> {
    match &alerts.command {
        AlertsCommand::Test(arguments) => test(arguments),
        AlertsCommand::List(arguments) => list(arguments),
        AlertsCommand::Silence(arguments) => silence(arguments),
        AlertsCommand::Retry(arguments) => retry(arguments),
    }
}

/// The folder that was named by a flag or by the settings, or that of the user.
pub(crate) fn state_folder(named: Option<&PathBuf>) -> Result<PathBuf, Problem> {
    if let Some(named) = named {
        return Ok(named.clone());
    }
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
    base.map(|base| base.join("logsift")).ok_or_else(|| {
        Problem::usage("there is no folder for the outbox: neither XDG_STATE_HOME nor HOME is set\nhint: name one with --state")
    })
}

impl StateFolder {
    fn path(&self) -> Result<PathBuf, Problem> {
        if self.folder.is_some() || self.settings.config.is_none() {
            return state_folder(self.folder.as_ref());
        }
        state_folder(self.settings.load()?.settings.state.folder.as_ref())
    }
}

fn test(arguments: &Test) -> Result<Exit, Problem> {
    let alerts = arguments.settings.load()?.settings.alerts;
    let known: Vec<&str> = alerts.channels.keys().map(String::as_str).collect();
    if let Some(unknown) = arguments.channels.iter().find(|name| !known.contains(&name.as_str())) {
        let hint = if known.is_empty() {
            "the settings have no channels: add one under alerts.channels".to_owned()
        } else {
            format!("one of {}", known.join(", "))
        };
        return Err(Problem::usage(format!("there is no channel `{unknown}`\nhint: {hint}")));
    }
    let written = SystemClock::default().wall().to_string();
    let mut failed = false;
    for (name, mut channel) in alerts.open_channels() {
        if !arguments.all && !arguments.channels.contains(&name) {
            continue;
        }
        match channel.deliver(&Notice::test(&name, &written), &format!("test/{written}/{name}")) {
            Ok(()) => {
                printed(&format!("{name}: delivered\n"))?;
            }
            Err(error) => {
                screen::complain(&format!("{name}: not delivered: {}", for_terminal(&error.to_string())));
                failed = true;
            }
        }
    }
    Ok(if failed { Exit::Unreadable } else { Exit::Ran })
}

fn list(arguments: &List) -> Result<Exit, Problem> {
    let path = outbox_of(&arguments.state.path()?);
    let state = arguments.only.map(EntryKind::state);
    let entries = FileOutbox::peek(&path, state, arguments.most).map_err(Problem::usage)?;
    let mut text = String::new();
    for entry in &entries {
        match arguments.format {
            ListFormat::Text => text.push_str(&line(entry)),
            ListFormat::Ndjson => {
                text.push_str(&serde_json::to_string(entry).map_err(Problem::internal)?);
                text.push('\n');
            }
        }
    }
    printed(&text)
}

impl EntryKind {
    fn state(self) -> EntryState {
        match self {
            EntryKind::Waiting => EntryState::Waiting,
            EntryKind::Delivered => EntryState::Delivered,
            EntryKind::Summarised => EntryState::Summarised,
            EntryKind::HeldBack => EntryState::HeldBack,
            EntryKind::Muted => EntryState::Muted,
            EntryKind::Parked => EntryState::Parked,
        }
    }
}

fn line(entry: &Entry) -> String {
    let Entry { notice, state, why, channel, attempts, .. } = entry;
    let mut line = format!(
        "{}  {:<10}  {:<12}  {:<8}  {}: {}",
        notice.written,
        state.name(),
        for_terminal(channel),
        notice.severity,
        notice.happened.name(),
        for_terminal(&notice.title),
    );
    if !why.is_empty() {
        line.push_str(&format!(" ({})", for_terminal(why)));
    }
    if *attempts > 1 {
        line.push_str(&format!(" [{attempts} attempts]"));
    }
    line.push('\n');
    line
}

fn silence(arguments: &Silence) -> Result<Exit, Problem> {
    let file = SilenceFile::in_folder(&arguments.state.path()?);
    let mut silences = file.read().map_err(Problem::usage)?;
    let now = SystemClock::default().wall();
    // What is over is of no use any more.
    silences.retain(|silence| now < silence.until.into());
    if arguments.list {
        return printed(&silences.iter().map(silence_line).collect::<String>());
    }
    if arguments.export {
        return printed(&format!("{}\n", silence::to_alertmanager(&silences)));
    }
    if let Some(id) = &arguments.end {
        let before = silences.len();
        silences.retain(|silence| silence.id != *id);
        if silences.len() == before {
            return Err(Problem::usage(format!(
                "there is no silence `{id}`\nhint: `logsift alerts silence --list` names them"
            )));
        }
        file.write(&silences).map_err(Problem::usage)?;
        return printed(&format!("ended {id}\n"));
    }
    let added = match &arguments.import {
        Some(path) => imported(path)?,
        None => vec![asked(arguments)?],
    };
    let mut told = String::new();
    for mut silence in added {
        silence.id = free_name(&silences);
        told.push_str(&silence_line(&silence));
        silences.push(silence);
    }
    file.write(&silences).map_err(Problem::usage)?;
    printed(&told)
}

fn asked(arguments: &Silence) -> Result<silence::Silence, Problem> {
    let read =
        |text: &String| text.parse::<Matcher>().map_err(|why| Problem::usage(format!("`{text}` {why}")));
    let matchers = arguments.matchers.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let from = Timestamp::now();
    let until = from.checked_add(arguments.span.0).map_err(|_| Problem::usage("--for is too long"))?;
    Ok(silence::Silence {
        id: String::new(),
        matchers,
        from: Moment(from),
        until: Moment(until),
        author: arguments.author.clone(),
        comment: arguments.comment.clone().unwrap_or_default(),
    })
}

fn imported(path: &Path) -> Result<Vec<silence::Silence>, Problem> {
    let cannot =
        |error: std::io::Error| Problem::usage(format!("`{}` cannot be read: {error}", path.display()));
    let mut text = String::new();
    match path == Path::new("-") {
        true => std::io::stdin().lock().take(16 << 20).read_to_string(&mut text),
        false => std::fs::File::open(path).and_then(|file| file.take(16 << 20).read_to_string(&mut text)),
    }
    .map_err(cannot)?;
    silence::from_alertmanager(&text).map_err(|why| Problem::usage(format!("`{}`: {why}", path.display())))
}

/// The smallest number that names no silence.
fn free_name(silences: &[silence::Silence]) -> String {
    let taken = |name: &String| silences.iter().any(|silence| silence.id == *name);
    (1u64..).map(|number| number.to_string()).find(|name| !taken(name)).unwrap_or_default()
}

fn silence_line(silence: &silence::Silence) -> String {
    let matchers: Vec<String> = silence.matchers.iter().map(ToString::to_string).collect();
    let shown = |text: &str| for_terminal(text).into_owned();
    let (matchers, author, comment) =
        (shown(&matchers.join(" ")), shown(&silence.author), shown(&silence.comment));
    format!("{}  {matchers}  until {}  {author}: {comment}\n", shown(&silence.id), silence.until)
}

fn retry(arguments: &Retry) -> Result<Exit, Problem> {
    let alerts = arguments.state.settings.load()?.settings.alerts;
    if alerts.channels.is_empty() {
        return Err(Problem::usage("the settings have no channels\nhint: name the settings file with -c"));
    }
    let service = Service::start(&alerts, &arguments.state.path()?, true).map_err(Problem::usage)?;
    let parked = service.outbox().list(Some(EntryState::Parked), MOST).map_err(Problem::internal)?;
    let meant = |entry: &Entry| arguments.channel.as_ref().is_none_or(|channel| entry.channel == *channel);
    let now = SystemClock::default().wall();
    let again: Vec<Entry> = parked.into_iter().filter(meant).map(|entry| entry.again(now)).collect();
    service.outbox().change(&again).map_err(Problem::internal)?;
    let sent = service.drain(arguments.wait.0);
    let left = left(&service, &again)?;
    service.stop(std::time::Duration::from_secs(1));
    printed(&format!("{} of {} delivered\n", again.len() - left, again.len()))?;
    Ok(if sent && left == 0 { Exit::Ran } else { Exit::Unreadable })
}

/// How many of them were not delivered.
fn left(service: &Service, entries: &[Entry]) -> Result<usize, Problem> {
    let all = service.outbox().list(None, MOST).map_err(Problem::internal)?;
    let not_yet = |entry: &&Entry| {
        let now = all.iter().find(|known| known.id == entry.id);
        now.is_none_or(|now| matches!(now.state, EntryState::Waiting | EntryState::Parked))
    };
    Ok(entries.iter().filter(not_yet).count())
}
