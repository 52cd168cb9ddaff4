//! A settings file in, what no flag says filled in: a flag is over the environment, and that over the file.

use std::path::Path;
use std::sync::Arc;

use logsift_alerts::calendar::Zone;
use logsift_engine::detectors::rule::RuleSet;
use logsift_engine::reader;
use logsift_pipeline::daemon::{Limits, OwnReader, Retention, SourceSettings};
use logsift_pipeline::settings::{self, LogFormat, Settings};

use crate::arguments::serve::{self, Serve};
use crate::arguments::{How, Redact};
use crate::exit::Problem;

const DAY: u64 = 86_400;
/// Mined templates have this part of the memory: they are there several times while something is judged.
const MINED: u64 = 8;
/// An epoch is this part of the journal, in quarters; the rest is for what comes while it is judged.
const EPOCH: u64 = 3;

/// Fills in what no flag says.
pub(super) fn fill(arguments: &mut Serve, settings: &Settings) -> Result<(), Problem> {
    let sources = &settings.sources;
    if sources.stdin {
        arguments.paths.push("-".to_owned());
    }
    arguments.syslog_udp.extend(sources.syslog.udp.map(|address| address.0));
    arguments.syslog_tcp.extend(sources.syslog.tcp.map(|address| address.0));
    arguments.journald_folder = arguments.journald_folder.take().or_else(|| sources.journald.folder.clone());
    arguments.journald |= sources.journald.enabled;
    arguments.units.extend(sources.journald.units.iter().cloned());
    let folder = |containers: &settings::Containers, usual: &str| {
        let path = containers.folder.as_deref().unwrap_or(Path::new(usual));
        containers.enabled.then(|| path.display().to_string())
    };
    let Serve { kubernetes, docker, .. } = arguments;
    *kubernetes = kubernetes.take().or_else(|| folder(&sources.kubernetes, "/var/log/pods"));
    *docker = docker.take().or_else(|| folder(&sources.docker, "/var/lib/docker/containers"));
    arguments.state = arguments.state.take().or_else(|| settings.state.folder.clone());
    if settings.log.format == LogFormat::Json {
        arguments.own_log = serve::LogFormat::Json;
    }
    let detect = &settings.detect;
    arguments.how.own.formats = arguments.how.own.formats.take().or_else(|| detect.formats.clone());
    arguments.detect.budget = arguments.detect.budget.take().or(Some(detect.budget.words.clone()));
    if arguments.detect.sensitivity == 1.0 {
        arguments.detect.sensitivity = detect.sensitivity;
    }
    arguments.known.model = arguments.known.model.take().or_else(|| detect.model.clone());
    arguments.detect.feedback = arguments.detect.feedback.take().or_else(|| settings.feedback.file.clone());
    fill_reading(&mut arguments.how, detect);
    Ok(())
}

/// The rules that are listened for: those of the folder that a flag names, else as the settings say.
pub(super) fn rules(arguments: &Serve, settings: &Settings) -> Result<Option<Arc<RuleSet>>, Problem> {
    let said = &settings.rules;
    let detect = &arguments.detect;
    if detect.no_rules || detect.rules.is_some() || *said == settings::Rules::default() {
        return detect.rules();
    }
    crate::rules::chosen(said.packs, &said.folders, &said.off).map(Some)
}

fn fill_reading(how: &mut How, detect: &settings::Detect) {
    if how.tz.is_none() && detect.tz != settings::Detect::default().tz {
        how.tz = zone_words(&detect.tz);
    }
    how.redact = how.redact.take().or(match detect.redact {
        settings::Redact::Off => None,
        settings::Redact::Mask => Some(Redact::Mask),
        settings::Redact::Drop => Some(Redact::Drop),
        settings::Redact::Hash => Some(Redact::Hash),
    });
}

/// What it may take.
pub(super) fn limits(settings: &Settings, epoch: Option<u64>) -> Limits {
    let usual = Limits::default();
    Limits {
        queue_bytes: settings.limits.queue.0,
        epoch_bytes: epoch.unwrap_or(settings.state.journal.0 / 4 * EPOCH).max(4096),
        disk_bytes: settings.state.size.0,
        memory_bytes: usize::try_from(settings.limits.memory.0 / MINED).unwrap_or(usual.memory_bytes),
        ..usual
    }
}

/// How long facts are kept.
pub(super) fn retention(settings: &Settings) -> Retention {
    let days = settings.retention.incidents.0.as_secs() / DAY;
    Retention { days: u32::try_from(days).unwrap_or(u32::MAX) }
}

/// The files of the settings, and how those of them are read that say so.
pub(super) fn files(
    settings: &Settings,
    usual: &reader::Settings,
) -> Result<(Vec<SourceSettings>, Vec<OwnReader>), Problem> {
    let (mut sources, mut readers) = (Vec::new(), Vec::new());
    for (at, files) in settings.sources.files.iter().enumerate() {
        let key = |name: &str| format!("`sources.files[{at}].{name}`");
        let mut reader = None;
        if let Some(format) = &files.format {
            let made = usual.clone().with_format(format);
            reader = Some(made.map_err(|error| Problem::usage(format!("{}: {error}", key("format"))))?);
        }
        if let Some(tz) = files.tz.as_ref().and_then(zone_words) {
            let made = reader.unwrap_or_else(|| usual.clone()).with_zone(&tz);
            reader = Some(made.map_err(|error| Problem::usage(format!("{}: {error}", key("tz"))))?);
        }
        for path in files.paths.iter().map(|path| path.display().to_string()) {
            readers.extend(reader.clone().map(|reader| OwnReader { words: path.clone(), reader }));
            sources.push(SourceSettings::Files {
                path,
                labels: Vec::new(),
                exclude: files.exclude.clone(),
                only_new: files.only_new,
                half_line: files.half_line.0,
            });
        }
    }
    Ok((sources, readers))
}

/// A zone as it is written.
fn zone_words(zone: &Zone) -> Option<String> {
    serde_json::to_value(zone).ok()?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::Parser;

    use super::*;
    use crate::arguments::{Arguments, Command};

    fn filled(text: &str, words: &[&str]) -> Result<Serve, Problem> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let loaded = settings::load(Some(file.path()), &settings::Variables::default()).unwrap();
        let words = ["logsift", "serve"].iter().chain(words);
        let Command::Serve(mut serve) = Arguments::parse_from(words).command else { panic!("no serve") };
        fill(&mut serve, &loaded.settings).map(|()| serve)
    }

    #[test]
    fn flags_are_over_the_file_and_sources_of_both_are_read() {
        let text = "sources:\n  files:\n    - paths: [/var/log/a.log]\n  syslog:\n    udp: 127.0.0.1:5514\n\
                    detect:\n  budget: 9/day\n  redact: mask\nstate:\n  folder: /there\n";
        let serve = filled(text, &["b.log", "--state", "here"]).unwrap();
        assert_eq!(serve.paths, ["b.log"]);
        assert_eq!(serve.syslog_udp.len(), 1);
        assert_eq!(serve.state.as_deref(), Some(Path::new("here")));
        assert_eq!(serve.detect.budget.as_deref(), Some("9/day"));
        assert_eq!(serve.how.redact, Some(Redact::Mask));
        assert_eq!(filled(text, &["--budget", "1/day"]).unwrap().detect.budget.as_deref(), Some("1/day"));
    }

    #[test]
    fn the_journal_may_stand_in_another_folder() {
        let text = "sources:\n  journald:\n    enabled: true\n    folder: /far\n";
        assert_eq!(filled(text, &[]).unwrap().journald_folder.as_deref(), Some(Path::new("/far")));
        let flags = ["--journald", "--journald-folder", "/near"];
        assert_eq!(filled(text, &flags).unwrap().journald_folder.as_deref(), Some(Path::new("/near")));
    }

    fn of_files(text: &str) -> Result<(Vec<SourceSettings>, Vec<OwnReader>), Problem> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let loaded = settings::load(Some(file.path()), &settings::Variables::default()).unwrap();
        files(&loaded.settings, &reader::Settings::default())
    }

    #[test]
    fn files_may_be_read_in_a_manner_of_their_own() {
        let text = "sources:\n  files:\n    - paths: [a.log, b.log]\n      tz: Europe/Berlin\n      format: json\n    \
                    - paths: [c.log]\n      exclude: ['*.old']\n      only_new: true\n      half_line: 20s\n";
        let (sources, readers) = of_files(text).unwrap();
        assert_eq!((sources.len(), readers.len()), (3, 2));
        let last = SourceSettings::Files {
            path: "c.log".to_owned(),
            labels: Vec::new(),
            exclude: vec!["*.old".to_owned()],
            only_new: true,
            half_line: Duration::from_secs(20),
        };
        assert_eq!(sources.last(), Some(&last));
        let refused = of_files("sources:\n  files:\n    - paths: [a.log]\n      format: nothing-known\n");
        let problem = refused.unwrap_err().to_string();
        assert!(problem.contains("`sources.files[0].format`"), "{problem}");
    }
}
