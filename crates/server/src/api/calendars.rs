//! Calendars: times in which less is told, as the settings have them, in words.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use logsift_alerts::calendar::{Calendar as Set, Weekday, Window};
use logsift_alerts::settings::Route;
use logsift_engine::records::time::Time;
use schemars::JsonSchema;
use serde::Serialize;

use super::wire::List;
use crate::face::{self, Face};
use crate::openapi::{Operation, operation};
use crate::problem::Problem;
use crate::query::Query;

/// A calendar.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Calendar {
    /// Its name.
    name: String,
    /// `maintenance`, `quiet-hours`; `unused` where no route names it.
    kind: &'static str,
    /// When, in words.
    when: String,
    /// What it does, in words.
    effect: String,
    /// Whether that is now.
    active: bool,
}

pub(crate) async fn list(
    State(face): State<Arc<Face>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Query::only(&uri, &[])?;
    let service = super::channels::alerts(&face)?;
    let now = Time::from_nanos(i64::try_from(face::now()).unwrap_or(i64::MAX));
    let settings = service.settings();
    let of = |(name, set): (&String, &Set)| {
        let (kind, effect) =
            used(&settings.route, name).unwrap_or(("unused", "no route names it".to_owned()));
        Calendar { name: name.clone(), kind, when: when(set), effect, active: set.contains(now) }
    };
    let rows: Vec<Calendar> = settings.calendars.iter().map(of).collect();
    Ok(super::tagged(&headers, &List { rows }))
}

/// What the first route that names it does with it.
fn used(route: &Route, name: &str) -> Option<(&'static str, String)> {
    if route.mute.iter().flatten().any(|muted| muted == name) {
        return Some(("maintenance", "nothing is told".to_owned()));
    }
    if let Some(quiet) = route.quiet.as_ref().filter(|quiet| quiet.calendar == name) {
        let unless: Vec<String> = quiet.unless.iter().map(ToString::to_string).collect();
        let words = match unless.is_empty() {
            true => "everything waits for its end".to_owned(),
            false => format!("only {} is told, the rest waits for its end", unless.join(" and ")),
        };
        return Some(("quiet-hours", words));
    }
    route.routes.iter().find_map(|route| used(route, name))
}

fn when(set: &Set) -> String {
    let windows: Vec<String> = set.windows.iter().map(window).collect();
    match windows.is_empty() {
        true => "never".to_owned(),
        false => format!("{} {}", windows.join("; "), set.zone),
    }
}

fn window(window: &Window) -> String {
    let list = |words: Vec<String>| words.join(", ");
    let mut parts = Vec::new();
    if !window.weekdays.is_empty() {
        parts.push(list(window.weekdays.iter().map(|day| weekday(*day).to_owned()).collect()));
    }
    if !window.days.is_empty() {
        parts.push(format!("day {}", list(window.days.iter().map(ToString::to_string).collect())));
    }
    if !window.months.is_empty() {
        parts.push(format!("month {}", list(window.months.iter().map(ToString::to_string).collect())));
    }
    if !window.hours.is_empty() {
        parts.push(list(window.hours.iter().map(ToString::to_string).collect()));
    }
    parts.extend(window.from.map(|from| format!("from {from}")));
    parts.extend(window.to.map(|to| format!("to {to}")));
    if parts.is_empty() { "always".to_owned() } else { parts.join(" ") }
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Mon",
        Weekday::Tuesday => "Tue",
        Weekday::Wednesday => "Wed",
        Weekday::Thursday => "Thu",
        Weekday::Friday => "Fri",
        Weekday::Saturday => "Sat",
        Weekday::Sunday => "Sun",
    }
}

pub(crate) fn describe() -> Operation {
    operation("Alerts", "Calendars: maintenance and quiet hours")
        .answers::<List<Calendar>>(200, "All of them")
}
