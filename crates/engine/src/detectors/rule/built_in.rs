//! The packs that are in the binary: the files of `rules/`, listed by the build script.

use std::sync::{Arc, OnceLock};

use super::file::RuleFile;
use super::set::RuleSet;

const BUILT_IN: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// The built-in rules, compiled when first asked for.
pub fn built_in() -> &'static Arc<RuleSet> {
    static RULES: OnceLock<Arc<RuleSet>> = OnceLock::new();
    RULES.get_or_init(|| {
        let files: Vec<RuleFile> = built_in_files().map(|(_, file)| file).collect();
        Arc::new(
            RuleSet::compile(&files).expect("the built-in rules compile: a test loads every one of them"),
        )
    })
}

/// The built-in rules as they are written, each with its topic.
pub fn built_in_files() -> impl Iterator<Item = (&'static str, RuleFile)> {
    BUILT_IN.iter().map(|(topic, name, text)| {
        (*topic, RuleFile::parse(name, text).expect("the built-in files are read by a test"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_rule_is_read_and_named_as_its_file() {
        for (topic, name, text) in BUILT_IN {
            let file = RuleFile::parse(name, text).unwrap_or_else(|error| panic!("{topic}: {error}"));
            assert_eq!(*name, file.name);
            assert!(
                !file.fires.is_empty() && !file.quiet.is_empty(),
                "{name} has lines that fire and lines that do not"
            );
            assert!(!file.description.is_empty() && !file.remedy.is_empty(), "{name} says what it means");
            RuleSet::compile(&[file]).unwrap_or_else(|error| panic!("{error}"));
        }
    }
}
