//! A finished report in, its incidents told on the channels: `scan --alert` and `--email`.

use std::time::Duration;

use logsift_alerts::outbox::EntryState;
use logsift_alerts::service::{Service, changes_of};
use logsift_engine::detectors::rule::RuleSet;
use logsift_pipeline::settings::Settings;
use logsift_reports::ScanReport;
use logsift_reports::escape::for_terminal;
use serde_json::json;

use crate::alerts::state_folder;
use crate::arguments::alerts::Telling;
use crate::exit::{Exit, Problem};
use crate::screen;

/// Channels that were opened before anything is read, so that wrong settings are refused at once.
pub(crate) struct Ready {
    service: Service,
    wait: Duration,
}

/// Prepares to tell, where it was asked for.
pub(crate) fn ready(arguments: &Telling) -> Result<Option<Ready>, Problem> {
    if !arguments.alert && arguments.email.is_empty() {
        return Ok(None);
    }
    let settings = if arguments.alert { arguments.settings.load()?.settings } else { Settings::default() };
    let mut alerts = settings.alerts;
    if !arguments.email.is_empty() {
        let mail = by_mail(arguments)?;
        alerts.route.channels.extend((!alerts.route.channels.is_empty()).then(|| "email".to_owned()));
        alerts.channels.insert("email".to_owned(), mail);
    }
    if alerts.channels.is_empty() {
        return Err(Problem::usage(
            "there is no channel to tell incidents on\nhint: name a settings file with alerts.channels (-c), or give --email",
        ));
    }
    let folder = state_folder(arguments.alert_state.as_ref().or(settings.state.folder.as_ref()))?;
    let service = Service::start(&alerts, &folder, true).map_err(Problem::usage)?;
    Ok(Some(Ready { service, wait: arguments.alert_wait.0 }))
}

/// The channel of `--email`.
fn by_mail(arguments: &Telling) -> Result<logsift_alerts::channels::ChannelSettings, Problem> {
    let wrong = |why: &str| Problem::usage(format!("`{}` {why}\nhint: such as localhost:25", arguments.smtp));
    let (host, port) = arguments.smtp.rsplit_once(':').ok_or_else(|| wrong("has no port"))?;
    let port: u16 = port.parse().map_err(|_| wrong("has no port"))?;
    let tls = match port {
        465 => "tls",
        587 => "starttls",
        _ => "none",
    };
    let from = format!("logsift <logsift@{}>", hostname());
    let document =
        json!({ "smtp": { "host": host, "port": port, "tls": tls, "from": from, "to": arguments.email } });
    let channel: logsift_alerts::channels::ChannelSettings =
        serde_json::from_value(document).map_err(Problem::internal)?;
    match channel.faults().first() {
        Some(fault) => Err(Problem::usage(format!("--email: {}\nhint: {}", fault.reason, fault.remedy))),
        None => Ok(channel),
    }
}

/// The name of this machine as the domain of a sender.
fn hostname() -> String {
    let name = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let plain = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
    };
    Some(name.trim().to_owned()).filter(|name| plain(name)).unwrap_or_else(|| "localhost".to_owned())
}

impl Ready {
    /// Tells the incidents of a report. What could not be delivered in time waits, and is said.
    pub(crate) fn tell(self, report: &ScanReport, rules: Option<&RuleSet>) -> Result<Exit, Problem> {
        let changes = report.detection.as_ref().map(|found| changes_of(found, rules)).unwrap_or_default();
        self.service.tell(&changes).map_err(Problem::internal)?;
        let sent = self.service.drain(self.wait);
        let parked = self.service.outbox().list(Some(EntryState::Parked), 1000).map_err(Problem::internal)?;
        let broken: Vec<String> = self
            .service
            .health()
            .into_iter()
            .filter_map(|(name, health)| Some(format!("{name}: {}", for_terminal(&health.broken?))))
            .collect();
        let outbox =
            self.service.outbox().list(Some(EntryState::Waiting), 1000).map_err(Problem::internal)?;
        self.service.stop(Duration::from_secs(1));
        broken.iter().for_each(|line| screen::complain(&format!("alerts are not delivered: {line}")));
        if sent && broken.is_empty() {
            return Ok(Exit::Ran);
        }
        let waiting = outbox.iter().map(|entry| entry.why.as_str()).find(|why| !why.is_empty());
        let why = waiting.map(|why| format!(" ({})", for_terminal(why))).unwrap_or_default();
        screen::complain(&format!(
            "{} notices wait{why}, {} could not be delivered\nhint: the next run sends what waits; `logsift alerts list` and `logsift alerts retry`",
            outbox.len(),
            parked.len()
        ));
        Ok(Exit::Unreadable)
    }
}
