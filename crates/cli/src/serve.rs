//! `serve`: sources in, for as long as nobody stops it.

mod bounds;
mod configured;
#[cfg(feature = "serve")]
mod inforce;
#[cfg(feature = "serve")]
mod listening;
mod log;
mod renewal;
mod said;
mod supervisor;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use logsift_alerts::settings::Alerts;
use logsift_pipeline::daemon::{
    Daemon, DaemonSettings, Event, Handle, Limits, Ready, Retention, SourceSettings, StartError,
};
use logsift_pipeline::detection::Detecting;
use logsift_pipeline::settings::Settings;
#[cfg(feature = "serve")]
use logsift_server::InForce;
use logsift_sources::HALF_LINE;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::arguments::Manners;
use crate::arguments::serve::Serve;
use crate::exit::{Exit, Problem};
use crate::feedback::heeded;
use bounds::Handles;
use log::Log;
use renewal::Renewal;
use supervisor::Supervisor;

/// How often signals and events are looked at.
const LOOK: Duration = Duration::from_millis(100);

pub(crate) fn run(mut arguments: Serve, manners: &Manners) -> Result<Exit, Problem> {
    // First of all: whoever is told to stop while it starts stops in order, too.
    let signals = signals()?;
    bounds::leave_no_core();
    let loaded = arguments.settings.load()?;
    #[cfg(feature = "serve")]
    let flags = inforce::flags(&arguments);
    configured::fill(&mut arguments, &loaded.settings)?;
    #[cfg(feature = "serve")]
    let config = InForce::from(inforce::settings(&loaded, &flags));
    let named = arguments.detect.feedback.take();
    let wished = usize::try_from(loaded.settings.limits.connections).unwrap_or(usize::MAX);
    let handles = Handles::of(bounds::handles(), wished);
    let limits = configured::limits(&loaded.settings, arguments.epoch);
    let mut settings = DaemonSettings {
        limits: Limits { open_files: handles.files, ..limits },
        retention: configured::retention(&loaded.settings),
        alerts: alerts(&arguments, &loaded.settings),
        ..of_arguments(&arguments, &loaded.settings, manners)?
    };
    let said = said::file(named, &loaded, &settings.state);
    settings.detecting.feedback = said.is_file().then(|| heeded(Some(&said))).transpose()?.flatten();
    let log = Log::new(arguments.own_log, manners.quiet);
    let supervisor = Supervisor::of_environment();
    let state = settings.state.display().to_string();
    let daemon = Daemon::start(settings).map_err(refused)?;
    daemon.handle().heed(said);
    log.say("info", &format!("started; the state is in {state}"), &[]);
    #[cfg(feature = "serve")]
    let servers = match listening::begin(
        &arguments.listening,
        &loaded.settings,
        handles,
        &config,
        &daemon.handle(),
        &log,
    ) {
        Ok(servers) => servers,
        Err(problem) => {
            daemon.stop();
            return Err(problem);
        }
    };
    let mut renewal = Renewal::new(loaded, arguments);
    #[cfg(feature = "serve")]
    renewal.show(config, flags);
    watch(&daemon.handle(), &signals, &log, &supervisor, &mut renewal);
    supervisor.tell("STOPPING=1");
    log.say("info", "stopping", &[]);
    // First the server: what it has taken is answered while the daemon can still keep it.
    #[cfg(feature = "serve")]
    drop(servers);
    daemon.stop();
    log.say("info", "stopped", &[]);
    Ok(Exit::Ran)
}

/// Who is told of incidents; links lead to the dashboard, where there is one.
fn alerts(arguments: &Serve, settings: &Settings) -> Alerts {
    let mut alerts = settings.alerts.clone();
    #[cfg(feature = "serve")]
    {
        alerts.link = alerts.link.or_else(|| listening::link(&arguments.listening, settings));
    }
    #[cfg(not(feature = "serve"))]
    let _ = arguments;
    alerts
}

/// Tells what happens until somebody wants an end of it.
fn watch(handle: &Handle, signals: &Signals, log: &Log, supervisor: &Supervisor, renewal: &mut Renewal) {
    let events = handle.events();
    let (mut ready, mut alive) = (false, Instant::now());
    while !signals.stopped.load(Ordering::Relaxed) {
        if signals.renewed.swap(false, Ordering::Relaxed) {
            renewal.renew(handle, log);
        }
        match events.next(LOOK) {
            Ok(Some(event)) => tell(&event, log),
            Ok(None) => {}
            Err(_) => return,
        }
        if !ready && matches!(handle.ready(), Ready::Ready | Ready::Degraded(_)) {
            ready = true;
            supervisor.tell("READY=1");
        }
        if supervisor.wants_life(alive) {
            alive = Instant::now();
            supervisor.tell("WATCHDOG=1");
        }
    }
}

fn tell(event: &Event, log: &Log) {
    match event {
        Event::IncidentOpened(incident) => {
            let fields = [("incident", incident.id.as_str()), ("severity", incident.severity.as_str())];
            log.say("warn", &format!("incident opened: {}", incident.title), &fields);
        }
        Event::IncidentResolved(incident) => {
            log.say("info", &format!("incident is over: {}", incident.title), &[("incident", &incident.id)]);
        }
        Event::Source { name, problem: Some(problem) } => log.say("warn", problem, &[("source", name)]),
        Event::Source { name, problem: None } => log.say("info", "is read again", &[("source", name)]),
        Event::Status { ready, reason: Some(reason) } => log.say("error", reason, &[("status", ready)]),
        Event::Status { ready, reason: None } => log.say("info", &format!("status: {ready}"), &[]),
        _ => {}
    }
}

/// What a daemon would be told that is started with nothing but a settings file.
pub(crate) fn of_file(mut arguments: Serve, manners: &Manners) -> Result<DaemonSettings, Problem> {
    let loaded = arguments.settings.load()?;
    configured::fill(&mut arguments, &loaded.settings)?;
    Ok(DaemonSettings {
        limits: configured::limits(&loaded.settings, arguments.epoch),
        ..of_arguments(&arguments, &loaded.settings, manners)?
    })
}

fn of_arguments(
    arguments: &Serve,
    settings: &Settings,
    manners: &Manners,
) -> Result<DaemonSettings, Problem> {
    let how = arguments.how.settings(manners)?;
    if how.since.is_some() || how.until.is_some() || how.stream.is_some() {
        return Err(Problem::usage(
            "a daemon reads everything\nhint: leave --since, --until and --stream out",
        ));
    }
    let known = arguments.known.load(how.redaction, manners)?;
    let deploys = arguments.how.deploys(&arguments.detect.deploy)?;
    let rules = configured::rules(arguments, settings)?;
    let (files, readers) = configured::files(settings, &how.reader)?;
    let session = Detecting::sessions_by(&settings.detect.session);
    let detecting = Detecting { deploys, rules, session, ..arguments.detect.settings(known)? };
    Ok(DaemonSettings {
        state: state_folder(arguments.state.as_ref())?,
        require_state: arguments.require_state,
        sources: sources(arguments).into_iter().chain(files).collect(),
        readers,
        reader: how.reader,
        redaction: how.redaction,
        detecting,
        limits: Limits::default(),
        retention: Retention::default(),
        alerts: Default::default(),
    })
}

fn sources(arguments: &Serve) -> Vec<SourceSettings> {
    let paths = arguments.paths.iter().map(|path| match path.as_str() {
        "-" => SourceSettings::Stdin,
        path => SourceSettings::Files {
            path: path.to_owned(),
            labels: Vec::new(),
            exclude: Vec::new(),
            only_new: false,
            half_line: HALF_LINE,
        },
    });
    let mut sources: Vec<SourceSettings> = paths.collect();
    sources.extend(arguments.syslog_udp.iter().map(|listen| SourceSettings::SyslogUdp { listen: *listen }));
    sources.extend(arguments.syslog_tcp.iter().map(|listen| SourceSettings::SyslogTcp { listen: *listen }));
    if arguments.journald {
        sources.push(SourceSettings::Journald {
            units: arguments.units.clone(),
            folder: arguments.journald_folder.clone(),
        });
    }
    sources.extend(arguments.kubernetes.iter().map(|path| SourceSettings::Kubernetes { path: path.clone() }));
    sources.extend(arguments.docker.iter().map(|path| SourceSettings::Docker { path: path.clone() }));
    sources
}

/// The folder that was named, else that of the user.
pub(crate) fn state_folder(named: Option<&PathBuf>) -> Result<PathBuf, Problem> {
    if let Some(named) = named {
        return Ok(named.clone());
    }
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
    base.map(|base| base.join("logsift")).ok_or_else(|| {
        Problem::usage("there is no folder for the state: neither XDG_STATE_HOME nor HOME is set\nhint: name one with --state")
    })
}

fn refused(error: StartError) -> Problem {
    Problem::internal(error)
}

/// What the system was asked to tell.
struct Signals {
    stopped: Arc<AtomicBool>,
    /// The settings are to be read anew.
    renewed: Arc<AtomicBool>,
}

fn signals() -> Result<Signals, Problem> {
    let failed = |error| Problem::internal(format!("cannot wait for signals: {error}"));
    let stopped = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // A second one ends the process as if nobody cared for it.
        signal_hook::flag::register_conditional_default(signal, Arc::clone(&stopped))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&stopped)))
            .map_err(failed)?;
    }
    let renewed = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(SIGHUP, Arc::clone(&renewed)).map_err(failed)?;
    Ok(Signals { stopped, renewed })
}
