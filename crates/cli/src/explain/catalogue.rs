//! Families of features and outlier models in, pages about them out: what they are is said where they are made.

use std::fmt::Write as _;

use logsift_engine::features::{Family, Feature};
use logsift_outliers::catalogue::{Card, Takes, cards};

use super::{Page, styled, wrapped};

/// The entries of a group: names, each with its sentence.
pub(super) fn entries(group: &str) -> Vec<(&'static str, &'static str)> {
    match group {
        "feature" => Family::ALL.iter().map(|family| (family.name(), family.about())).collect(),
        "model" => cards().iter().map(|card| (card.name, card.sentence)).collect(),
        _ => Vec::new(),
    }
}

/// The page about a family of features or a model, with the name of its group.
pub(super) fn page(name: &str, page: &Page) -> Option<(&'static str, String)> {
    if let Some(family) = Family::from_name(name) {
        return Some(("feature", of_family(family, page)));
    }
    let card = cards().iter().find(|card| card.name == name)?;
    Some(("model", of_model(card, page)))
}

fn of_family(family: Family, page: &Page) -> String {
    let mut text = page.heading(family.name(), "feature", family.about());
    let mut part = |label: &str, features: &[Feature]| {
        if !features.is_empty() {
            let entries: Vec<(&str, &str)> =
                features.iter().map(|feature| (feature.name, feature.about)).collect();
            text += &format!("\n{}", page.list(label, &entries));
        }
    };
    let (of_records, of_sessions) = (family.features(), family.of_sessions());
    part("of records", of_records);
    part("by what the training says", family.fitted());
    if of_sessions != of_records && of_sessions != family.fitted() {
        part("of sessions", of_sessions);
    }
    text
}

fn of_model(card: &Card, page: &Page) -> String {
    let mut text = page.heading(card.name, "model", &capital(card.sentence));
    let takes = match card.takes {
        Takes::Rows => "It takes rows of numbers: records, windows or sessions.",
        Takes::Sequences => "It takes sequences of events: sessions.",
    };
    text += &format!("{}\n", wrapped(takes, page.width).join("\n"));
    let parameters = card.parameters();
    if !parameters.is_empty() {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\n{}", styled(page.palette.dim, "what can be set"));
    }
    for parameter in parameters {
        let name = styled(page.palette.name, parameter.name);
        let _ = writeln!(text, "  {name}={}  legal is {}", parameter.default, parameter.legal);
        for line in wrapped(&parameter.about, page.width.saturating_sub(6)) {
            let _ = writeln!(text, "      {line}");
        }
    }
    text
}

/// A sentence with its capital letter and its full stop.
fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
