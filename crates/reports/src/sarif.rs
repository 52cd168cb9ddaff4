//! A report in, SARIF 2.1.0 out: what tools that scan code write, and what code hosts show beside it.
//!
//! Every kind of evidence is a rule, every finding that was raised a result. Findings that were held are no results,
//! since many readers count whatever they are given; the properties of the run say how many there were.

use std::collections::BTreeSet;
use std::io;

use serde_json::{Value, json};

use crate::detection::{Detection, FindingRow};
use crate::scan_report::{Notice, NoticeKind};
use crate::{Renderer, ScanReport, json};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
const HOME: &str = "https://github.com/logsift/logsift";

/// Writes SARIF 2.1.0.
#[derive(Clone, Copy, Debug, Default)]
pub struct SarifRenderer;

impl Renderer for SarifRenderer {
    fn render(&self, report: &ScanReport, out: &mut dyn io::Write) -> io::Result<()> {
        let nothing = Detection::default();
        let detection = report.detection.as_ref().unwrap_or(&nothing);
        let kinds = kinds(detection);
        let raised = detection.findings.iter().filter(|finding| finding.incident_id.is_some());
        let results: Vec<Value> = raised.map(|finding| result(finding, detection, &kinds)).collect();
        let notifications: Vec<Value> = report.notices.iter().map(notification).collect();
        let whole = !report.notices.iter().any(|notice| notice.kind == NoticeKind::Failed);
        let run = json!({
            "tool": { "driver": {
                "name": report.product.name,
                "semanticVersion": report.product.version,
                "informationUri": HOME,
                "rules": kinds.iter().map(|kind| rule(kind, detection)).collect::<Vec<_>>(),
            } },
            "invocations": [{ "executionSuccessful": whole, "toolExecutionNotifications": notifications }],
            "columnKind": "unicodeCodePoints",
            "results": results,
            "properties": { "budget": detection.budget, "incidents": detection.incidents.len() },
        });
        json::document(&json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] }), out)
    }
}

/// All kinds that are told of or found, in the order of the alphabet.
fn kinds(detection: &Detection) -> Vec<&str> {
    let told = detection.kinds.iter().map(|row| row.kind.as_str());
    let found = detection.findings.iter().map(|finding| finding.kind.as_str());
    told.chain(found).collect::<BTreeSet<_>>().into_iter().collect()
}

fn rule(kind: &str, detection: &Detection) -> Value {
    let row = detection.kinds.iter().find(|row| row.kind == kind);
    let sentence = row.map_or(kind, |row| row.sentence.as_str());
    let help = row.map_or_else(
        || kind.to_owned(),
        |row| format!("{}\n\nWhen it is wrong: {}", row.sentence, row.wrong_when),
    );
    json!({
        "id": kind,
        "name": kind.split('-').map(capitalised).collect::<String>(),
        "shortDescription": { "text": sentence },
        "help": { "text": help },
        "defaultConfiguration": { "level": "warning" },
    })
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn result(finding: &FindingRow, detection: &Detection, kinds: &[&str]) -> Value {
    let incident = detection.incidents.iter().find(|row| finding.incident_id.as_ref() == Some(&row.id));
    let subject = finding.template_id.as_ref().or(finding.stream.as_ref());
    json!({
        "ruleId": finding.kind,
        "ruleIndex": kinds.iter().position(|kind| *kind == finding.kind),
        "level": level(&finding.severity),
        "message": { "text": message(finding) },
        "locations": location(finding).into_iter().collect::<Vec<_>>(),
        "partialFingerprints": {
            "logsiftStory/v1": incident.map_or("", |row| row.fingerprint.as_str()),
            "logsiftSubject/v1": format!("{}:{}", finding.kind, subject.map_or("", String::as_str)),
        },
        "rank": rank(finding.p_value),
        "properties": {
            "id": finding.id,
            "incident": finding.incident_id,
            "severity": finding.severity,
            "score": finding.score,
            "time": finding.time,
            "stream": finding.stream,
            "template": finding.template,
            "class": finding.class,
            "tags": finding.rules,
        },
    })
}

fn level(severity: &str) -> &'static str {
    match severity {
        "critical" | "high" => "error",
        "medium" => "warning",
        _ => "note",
    }
}

/// How sure, from 0 to 100, as SARIF has it.
fn rank(p_value: f64) -> f64 {
    (100.0 * (1.0 - p_value)).clamp(0.0, 100.0)
}

fn message(finding: &FindingRow) -> String {
    match &finding.message {
        Some(message) => format!("{}\n{message}", finding.explanation),
        None => finding.explanation.clone(),
    }
}

fn location(finding: &FindingRow) -> Option<Value> {
    let file = finding.file.as_ref()?;
    let mut physical = json!({ "artifactLocation": { "uri": uri(file) } });
    if let (Some(line), Some(physical)) = (finding.line, physical.as_object_mut()) {
        physical.insert("region".to_owned(), json!({ "startLine": line.max(1) }));
    }
    Some(json!({ "physicalLocation": physical }))
}

/// A path as a reference that a URI may be resolved against; absolute ones as `file:` URIs.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let path = path.strip_prefix("./").unwrap_or(&path);
    let mut shown = String::with_capacity(path.len() + 8);
    let mut rest = path;
    if let Some((drive, below)) = path.split_once(":/").filter(|(drive, _)| drive.len() == 1) {
        shown.extend(["file:///", drive, ":/"]);
        rest = below;
    } else if path.starts_with('/') {
        shown.push_str("file://");
    }
    for byte in rest.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                shown.push(char::from(byte))
            }
            _ => shown.push_str(&format!("%{byte:02X}")),
        }
    }
    shown
}

fn notification(notice: &Notice) -> Value {
    let level = match notice.kind {
        NoticeKind::Failed => "error",
        NoticeKind::Unreadable => "warning",
        NoticeKind::Skipped | NoticeKind::Noted => "note",
    };
    json!({ "level": level, "message": { "text": format!("{}: {}", notice.name, notice.text) } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::sample;

    fn written(report: &ScanReport) -> Value {
        let mut out = Vec::new();
        SarifRenderer.render(report, &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn the_story_as_results() {
        let mut out = Vec::new();
        SarifRenderer.render(&sample::story(), &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }

    /// What the schema of SARIF 2.1.0 demands of the parts that are written here.
    #[test]
    fn the_structure_is_what_the_schema_demands() {
        let without = crate::scan_report::sample::two_inputs();
        for report in [sample::story(), sample::bare(), sample::hostile(), sample::quiet(), without] {
            let sarif = written(&report);
            assert_eq!(sarif["version"], "2.1.0");
            assert_eq!(sarif["runs"].as_array().unwrap().len(), 1);
            check_run(&sarif["runs"][0]);
        }
    }

    fn check_run(run: &Value) {
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        assert!(run["tool"]["driver"]["name"].is_string());
        assert!(run["invocations"][0]["executionSuccessful"].is_boolean());
        let ids: BTreeSet<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), rules.len(), "rules are unique");
        for rule in rules {
            assert!(rule["shortDescription"]["text"].is_string() && rule["help"]["text"].is_string());
        }
        for result in run["results"].as_array().unwrap() {
            let index = result["ruleIndex"].as_u64().unwrap() as usize;
            assert_eq!(rules[index]["id"], result["ruleId"]);
            assert!(["none", "note", "warning", "error"].contains(&result["level"].as_str().unwrap()));
            assert!(!result["message"]["text"].as_str().unwrap().is_empty());
            let rank = result["rank"].as_f64().unwrap();
            assert!((0.0..=100.0).contains(&rank));
            for location in result["locations"].as_array().unwrap() {
                let physical = &location["physicalLocation"];
                let uri = physical["artifactLocation"]["uri"].as_str().unwrap();
                assert!(uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte)));
                assert!(physical["region"]["startLine"].as_u64().unwrap() >= 1);
            }
            for value in result["partialFingerprints"].as_object().unwrap().values() {
                assert!(value.is_string());
            }
        }
    }

    #[test]
    fn paths_become_references() {
        for (path, shown) in [
            ("logs/app one.log", "logs/app%20one.log"),
            ("./app.log", "app.log"),
            ("/var/log/größe.log", "file:///var/log/gr%C3%B6%C3%9Fe.log"),
            ("C:\\logs\\a.log", "file:///C:/logs/a.log"),
            ("a:b%.log", "a%3Ab%25.log"),
            ("-", "-"),
        ] {
            assert_eq!(uri(path), shown);
        }
    }
}
