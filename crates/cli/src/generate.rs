//! `generate`: the name of a profile in; a log, its labels and its story out.
//!
//! Files are made under a passing name and get their own when they are whole: a run that is broken off leaves no log
//! without labels. A log that is played live has its name from the start, since somebody is watching it.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use logsift_engine::records::zone::Zone;
use logsift_eval::generate::{Order, Outputs, Profile, Summary, generate};
use logsift_pipeline::moment::Moment;
use logsift_reports::text::figures::counted;

use crate::arguments::Manners;
use crate::arguments::generate::Generate;
use crate::exit::{Exit, Problem};
use crate::outputs;

/// Bytes that are collected before they are written.
const BUFFER: usize = 256 * 1024;

pub(crate) fn run(arguments: &Generate, manners: &Manners) -> Result<Exit, Problem> {
    let start = start_of(&arguments.start)?;
    let profiles = &arguments.profile.0;
    if arguments.output == Path::new("-") {
        let [profile] = profiles.as_slice() else {
            return Err(Problem::usage(
                "all profiles do not go to standard output\nhint: name one of them, or a folder",
            ));
        };
        return to_stdout(&order(arguments, *profile, start), arguments.follow);
    }
    let folder = &arguments.output;
    let targets: Vec<Targets> =
        profiles.iter().map(|profile| Targets::new(folder, *profile, arguments)).collect();
    for target in &targets {
        target.refuse_existing(arguments.force)?;
    }
    fs::create_dir_all(folder)
        .map_err(|error| Problem::usage(format!("cannot write to `{}`: {error}", folder.display())))?;
    for (profile, target) in profiles.iter().zip(&targets) {
        let summary = target.write(&order(arguments, *profile, start), arguments.follow)?;
        if !manners.quiet {
            outputs::print(|out| writeln!(out, "{}", told(target, &summary)))?;
        }
    }
    Ok(Exit::Ran)
}

fn told(target: &Targets, summary: &Summary) -> String {
    format!(
        "{}: {}, {} abnormal, {}",
        target.log.display(),
        counted(summary.lines, "line", "lines"),
        summary.abnormal,
        counted(summary.episodes, "episode", "episodes"),
    )
}

fn order(arguments: &Generate, profile: Profile, start: u64) -> Order {
    let usual = Order::usual(profile);
    Order {
        lines: arguments.lines.unwrap_or(usual.lines),
        share: if arguments.clean { 0.0 } else { arguments.anomalies.unwrap_or(usual.share) },
        seed: arguments.seed,
        start,
        per_second: arguments.rate,
        table: arguments.csv,
        ..usual
    }
}

/// Microseconds since 1970.
fn start_of(text: &str) -> Result<u64, Problem> {
    if text == "now" {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        return Ok(since.as_micros().try_into().unwrap_or(u64::MAX));
    }
    let refused = |reason: &str| Problem::usage(format!("--start `{text}`: {reason}"));
    match Moment::parse(text, &Zone::default()) {
        Ok(Moment::At(time)) => u64::try_from(time.nanos() / 1000)
            .map_err(|_| refused("it lies before 1970\nhint: name a later time")),
        Ok(Moment::BeforeEnd(_)) => Err(refused("a distance from what?\nhint: 2024-03-04, or now")),
        Err(error) => Err(Problem::usage(error)),
    }
}

fn to_stdout(order: &Order, follow: bool) -> Result<Exit, Problem> {
    outputs::print(|out| {
        let (mut labels, mut story) = (io::sink(), io::sink());
        let mut pace = Pace::new();
        let mut wait = |time| pace.wait(time);
        let pace: Option<&mut dyn FnMut(u64)> = if follow { Some(&mut wait) } else { None };
        let outputs = Outputs { log: out, labels: &mut labels, story: &mut story, pace };
        generate(order, outputs).map(|_| ())
    })?;
    Ok(Exit::Ran)
}

/// Waits until it is as late as the log says.
struct Pace {
    began: Option<(Instant, u64)>,
}

impl Pace {
    fn new() -> Pace {
        Pace { began: None }
    }

    fn wait(&mut self, time: u64) {
        let (began, first) = *self.began.get_or_insert((Instant::now(), time));
        let due = Duration::from_micros(time.saturating_sub(first));
        thread::sleep(due.saturating_sub(began.elapsed()));
    }
}

/// The files of a log.
struct Targets {
    log: PathBuf,
    labels: PathBuf,
    story: PathBuf,
}

impl Targets {
    fn new(folder: &Path, profile: Profile, arguments: &Generate) -> Targets {
        let name = |end: &str| folder.join(format!("{}.{end}", profile.name()));
        let log = name(if arguments.csv { "csv" } else { "log" });
        Targets { log, labels: name("labels.csv"), story: name("story.json") }
    }

    fn all(&self) -> [&PathBuf; 3] {
        [&self.log, &self.labels, &self.story]
    }

    /// Nothing has been written yet when this is asked.
    fn refuse_existing(&self, force: bool) -> Result<(), Problem> {
        match self.all().into_iter().find(|path| path.exists()) {
            Some(path) if !force => Err(Problem::usage(format!(
                "`{}` exists\nhint: name another folder with -o, or write over it with --force",
                path.display()
            ))),
            _ => Ok(()),
        }
    }

    fn write(&self, order: &Order, follow: bool) -> Result<Summary, Problem> {
        let [log, labels, story] = self.all().map(|path| if follow { path.clone() } else { passing(path) });
        let written = write_files([&log, &labels, &story], order, follow);
        let named = written.and_then(|summary| {
            if !follow {
                for (from, to) in [&log, &labels, &story].into_iter().zip(self.all()) {
                    fs::rename(from, to).map_err(|error| outputs::cannot_write(to, &error))?;
                }
            }
            Ok(summary)
        });
        if named.is_err() && !follow {
            for path in [&log, &labels, &story] {
                // What could not be made may not be there.
                let _ = fs::remove_file(path);
            }
        }
        named
    }
}

/// The name of a file that is not whole yet.
fn passing(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}

fn write_files(paths: [&PathBuf; 3], order: &Order, follow: bool) -> Result<Summary, Problem> {
    let open = |path: &Path| {
        Ok::<BufWriter<File>, Problem>(BufWriter::with_capacity(BUFFER, outputs::create(path)?))
    };
    let [log_path, labels_path, story_path] = paths;
    let (mut log, mut labels, mut story) = (open(log_path)?, open(labels_path)?, open(story_path)?);
    let mut pace = Pace::new();
    let mut wait = |time| pace.wait(time);
    let pace: Option<&mut dyn FnMut(u64)> = if follow { Some(&mut wait) } else { None };
    let places = Outputs { log: &mut log, labels: &mut labels, story: &mut story, pace };
    generate(order, places).map_err(|error| outputs::cannot_write(log_path, &error))
}
