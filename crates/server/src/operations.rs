//! What machines that watch machines ask: does it live, is it ready, how is it in figures.

mod exposition;
mod process;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use logsift_pipeline::daemon::{Ready, SourceStatus, Status};
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::{self, status::ready};
use crate::face::Face;
use crate::openapi::{Operation, operation};
use crate::push::reply;
use crate::routes::ROUTES;
use crate::traffic::{BOUNDS, CLASSES};
use exposition::{Exposition, Style};

/// Sources that have a series of their own; the rest are one together.
const MOST_SOURCES: usize = 100;

/// Whether it is ready.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Readiness {
    /// `starting`, `replaying`, `ready`, `degraded`, `stopping`.
    ready: &'static str,
}

/// `GET /livez`: whoever can answer lives.
pub(crate) async fn livez() -> Response {
    reply(StatusCode::OK, "text/plain; charset=utf-8", b"ok\n".to_vec())
}

/// `GET /readyz`: why it is degraded is for those who may read.
pub(crate) async fn readyz(State(face): State<Arc<Face>>) -> Response {
    let now = face.handle.ready();
    let status = match now {
        Ready::Ready | Ready::Degraded(_) => StatusCode::OK,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    api::json(status, &Readiness { ready: ready(&now) })
}

/// `GET /metrics`
pub(crate) async fn metrics(State(face): State<Arc<Face>>, headers: HeaderMap) -> Response {
    let wants_open = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("application/openmetrics-text"));
    let style = if wants_open { Style::OpenMetrics } else { Style::Prometheus };
    let mut out = Exposition::new(style);
    of_daemon(&mut out, &face.handle.status());
    of_traffic(&mut out, &face);
    process::write(&mut out);
    reply(StatusCode::OK, style.content_type(), out.done().into_bytes())
}

fn of_daemon(out: &mut Exposition, status: &Status) {
    out.gauge("logsift_build_info", "The version of logsift.");
    out.sample(&[("version", env!("CARGO_PKG_VERSION"))], 1.0);
    out.gauge("logsift_ready", "Whether logsift works, in full (1) or in part (0.5).");
    out.sample(
        &[],
        match status.ready {
            Ready::Ready => 1.0,
            Ready::Degraded(_) => 0.5,
            _ => 0.0,
        },
    );
    out.gauge("logsift_uptime_seconds", "Seconds since the start.");
    out.sample(&[], status.uptime_seconds);
    out.counter("logsift_lines_total", "Lines that came in.");
    out.sample(&[], status.lines.came_in as f64);
    out.counter("logsift_lines_processed_total", "Lines that were read and counted.");
    out.sample(&[], status.lines.processed as f64);
    out.gauge("logsift_lines_in_flight", "Lines that wait.");
    out.sample(&[], status.lines.in_flight as f64);
    out.counter("logsift_lines_dropped_total", "Lines that were given up, by reason.");
    for dropped in &status.dropped {
        out.sample(&[("reason", &dropped.reason)], dropped.lines as f64);
    }
    out.counter("logsift_received_bytes_total", "Bytes of lines that came in.");
    out.sample(&[], status.bytes.came_in as f64);
    out.gauge("logsift_lag_seconds", "Seconds that the judging is behind.");
    out.sample(&[], status.lag_seconds);
    out.gauge("logsift_queue_bytes", "Bytes that wait, by what for.");
    out.sample(&[("waits_for", "disk")], status.queue.unsaved_bytes as f64);
    out.sample(&[("waits_for", "judging")], status.queue.unread_bytes as f64);
    out.gauge("logsift_queue_limit_bytes", "Bytes that may wait in all.");
    out.sample(&[], status.queue.limit_bytes as f64);
    of_findings(out, status);
    out.gauge("logsift_memory_bytes", "Memory, by part.");
    for part in &status.memory {
        out.sample(&[("part", &part.part)], part.bytes as f64);
    }
    out.gauge("logsift_state_bytes", "Bytes of the state folder.");
    out.sample(&[], status.disk_bytes as f64);
    out.gauge("logsift_model_generation", "The generation of the model; 0 where nothing was learned.");
    out.sample(&[], status.model.generation as f64);
    if let Some(age) = status.model.age_seconds {
        out.gauge("logsift_model_age_seconds", "Seconds since the model was written.");
        out.sample(&[], age);
    }
    of_sources(out, &status.sources);
}

fn of_findings(out: &mut Exposition, status: &Status) {
    out.gauge("logsift_templates", "Templates known.");
    out.sample(&[], status.templates as f64);
    out.gauge("logsift_findings", "Raised findings that are kept, by kind and severity.");
    for (kind, severity, count) in &status.findings {
        out.sample(&[("kind", kind), ("severity", severity)], *count as f64);
    }
    out.gauge("logsift_incidents", "Incidents that are kept, by state and severity.");
    for (state, severity, count) in &status.incidents {
        out.sample(&[("severity", severity), ("state", state)], *count as f64);
    }
    let raised: u64 = status.findings.iter().map(|(_, _, count)| count).sum();
    out.gauge("logsift_anomaly_ratio", "Raised findings per line.");
    out.sample(&[], raised as f64 / status.lines.processed.max(1) as f64);
    out.gauge("logsift_budget_allowed_incidents", "False incidents accepted over the present epoch.");
    out.sample(&[], status.budget.allowed);
    out.gauge("logsift_budget_spent_incidents", "Incidents raised in the present epoch.");
    out.sample(&[], status.budget.spent as f64);
    out.gauge("logsift_budget_held_findings", "Findings held in the present epoch.");
    out.sample(&[], status.budget.held as f64);
    let (count, seconds) = status.judgements;
    out.summary("logsift_judgement_duration_seconds", "How long judging what had come took.");
    out.totals(&[], count, seconds);
}

/// Sources by name. Many labels share a name, so the age is that of the newest line.
fn of_sources(out: &mut Exposition, sources: &[SourceStatus]) {
    let mut by_name: Vec<(&str, u64, Option<f64>)> = Vec::new();
    let mut sorted: Vec<&SourceStatus> = sources.iter().collect();
    sorted.sort_by(|one, other| one.name.cmp(&other.name));
    for source in sorted {
        let age = source.last_line_age_seconds;
        match by_name.last_mut().filter(|(name, _, _)| *name == source.name) {
            Some(last) => *last = (last.0, last.1 + source.lines, youngest(last.2, age)),
            None => by_name.push((&source.name, source.lines, age)),
        }
    }
    // The busiest have series of their own.
    by_name.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    let rest = by_name.split_off(by_name.len().min(MOST_SOURCES));
    if !rest.is_empty() {
        let lines = rest.iter().map(|(_, lines, _)| lines).sum();
        by_name.push(("other", lines, rest.iter().fold(None, |age, (_, _, other)| youngest(age, *other))));
    }
    out.counter(
        "logsift_source_lines_total",
        "Lines that came in, by source; the busiest, and all others together.",
    );
    for (name, lines, _) in &by_name {
        out.sample(&[("source", name)], *lines as f64);
    }
    out.gauge("logsift_source_last_line_age_seconds", "Seconds since the last line of a source.");
    for (name, _, age) in &by_name {
        if let Some(age) = age {
            out.sample(&[("source", name)], *age);
        }
    }
    let troubled = sources.iter().filter(|source| source.problem.is_some()).count();
    out.gauge("logsift_sources_troubled", "Sources with something wrong.");
    out.sample(&[], troubled as f64);
    let waiting = || sources.iter().filter_map(|source| source.unfinished_age_seconds);
    out.gauge("logsift_sources_unfinished", "Files that end in half a line.");
    out.sample(&[], waiting().count() as f64);
    out.gauge(
        "logsift_sources_unfinished_age_seconds",
        "Seconds for which the eldest of those halves waits.",
    );
    out.sample(&[], waiting().fold(0.0, f64::max));
}

fn youngest(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn of_traffic(out: &mut Exposition, face: &Face) {
    let traffic = &face.traffic;
    out.counter("logsift_push_lines_total", "Lines that were pushed and kept.");
    out.sample(&[], traffic.pushed_lines.load(Ordering::Relaxed) as f64);
    out.counter("logsift_push_refused_entries_total", "Pushed entries that could not be taken.");
    out.sample(&[], traffic.refused_entries.load(Ordering::Relaxed) as f64);
    out.counter("logsift_push_busy_total", "Pushes that were told to come later.");
    out.sample(&[], traffic.busy.load(Ordering::Relaxed) as f64);
    let scoring = traffic.scoring.seen();
    out.histogram("logsift_scoring_duration_seconds", "How long scoring given lines or values took.");
    out.buckets(&[], &BOUNDS, &scoring.buckets, scoring.seconds);
    let called: Vec<_> = traffic.called().collect();
    let named = |place: usize| ROUTES.get(place).map(|route| (route.verb.name(), route.path));
    out.counter("logsift_http_requests_total", "Requests, by route and class of status.");
    for (place, seen) in &called {
        let Some((method, route)) = named(*place) else { continue };
        for (class, count) in CLASSES.iter().zip(seen.by_class).filter(|(_, count)| *count > 0) {
            out.sample(&[("class", class), ("method", method), ("route", route)], count as f64);
        }
    }
    out.histogram("logsift_http_request_duration_seconds", "How long answers took, by route.");
    for (place, seen) in &called {
        let Some((method, route)) = named(*place) else { continue };
        out.buckets(&[("method", method), ("route", route)], &BOUNDS, &seen.buckets, seen.seconds);
    }
}

pub(crate) fn describe_metrics() -> Operation {
    operation("Operations", "Metrics, in the formats of Prometheus and OpenMetrics")
        .answers_raw(200, "The metrics", "text/plain")
        .answers_raw(200, "The metrics", "application/openmetrics-text")
}

pub(crate) fn describe_livez() -> Operation {
    operation("Operations", "Whether it lives").answers_raw(200, "It lives", "text/plain")
}

pub(crate) fn describe_readyz() -> Operation {
    operation("Operations", "Whether it is ready")
        .answers::<Readiness>(200, "It works, in full or in part")
        .answers::<Readiness>(503, "It does not yet, or not any more")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_series_is_bounded() {
        let source = |number: u64| SourceStatus {
            name: format!("/var/log/{number}.log\n\"forged\\"),
            lines: number,
            last_line_age_seconds: Some(1.0),
            ..SourceStatus::default()
        };
        let status = Status { sources: (0..10_000).map(source).collect(), ..Status::default() };
        let mut out = Exposition::new(Style::Prometheus);
        of_daemon(&mut out, &status);
        let text = out.done();
        assert!(text.lines().count() < 400, "{}", text.lines().count());
        assert!(text.contains("logsift_source_lines_total{source=\"other\"} "));
        assert!(text.contains("source=\"/var/log/9999.log\\n\\\"forged\\\\\"}"));
    }
}
