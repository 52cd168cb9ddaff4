//! Records in, the first few of every skeleton out, without their secrets.
//!
//! Which skeletons make one template is known only at the end, so the first records of every skeleton are kept.
//! Texts are cut and all of them together are bounded: beyond the bound, skeletons seen later have no example.

use std::collections::BTreeMap;

use logsift_engine::records::record::Record;
use logsift_engine::records::redact::mask_secrets;
use logsift_engine::templates::{SkeletonId, Template};

/// Bytes of a record that are shown.
const LONGEST: usize = 400;
/// Bytes of all examples together.
const MOST: usize = 8 << 20;

/// One record, as people are shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Example {
    pub(crate) file: usize,
    pub(crate) line: u64,
    pub(crate) text: String,
}

/// The first records of every skeleton.
#[derive(Clone, Debug, Default)]
pub(crate) struct Examples {
    wanted: usize,
    files: Vec<String>,
    of: BTreeMap<SkeletonId, Vec<Example>>,
    bytes: usize,
}

impl Examples {
    /// So many of every template; none where nobody asked.
    pub(crate) fn new(wanted: usize) -> Examples {
        Examples { wanted, ..Examples::default() }
    }

    /// The same, for the records of one file.
    pub(crate) fn of_log(wanted: usize, file: &str) -> Examples {
        let files = if wanted > 0 { vec![file.to_owned()] } else { Vec::new() };
        Examples { wanted, files, ..Examples::default() }
    }

    /// Keeps the record, if it is among the first.
    #[inline]
    pub(crate) fn add(&mut self, skeleton: SkeletonId, record: &Record<'_>) {
        if self.wanted > 0 {
            self.keep(skeleton, record);
        }
    }

    fn keep(&mut self, skeleton: SkeletonId, record: &Record<'_>) {
        let has = self.of.get(&skeleton).map_or(0, Vec::len);
        if has < self.wanted && self.bytes < MOST {
            let example = Example { file: 0, line: record.origin.line, text: shown(record.text) };
            self.push(skeleton, example);
        }
    }

    fn push(&mut self, skeleton: SkeletonId, example: Example) {
        self.bytes += example.text.len() + size_of::<Example>();
        self.of.entry(skeleton).or_default().push(example);
    }

    /// Takes in those of a log that comes later.
    pub(crate) fn absorb(&mut self, later: Examples) {
        let first = self.files.len();
        self.files.extend(later.files);
        for (skeleton, examples) in later.of {
            for mut example in examples {
                if self.of.get(&skeleton).map_or(0, Vec::len) < self.wanted && self.bytes < MOST {
                    example.file += first;
                    self.push(skeleton, example);
                }
            }
        }
    }

    /// The first records of a template: file, line and text.
    pub(crate) fn of(&self, template: &Template) -> Vec<(&str, u64, &str)> {
        let kept = template.skeletons.iter().filter_map(|skeleton| self.of.get(skeleton));
        let mut examples: Vec<&Example> = kept.flatten().collect();
        examples.sort_by_key(|example| (example.file, example.line));
        let named = |example: &Example| self.files.get(example.file).map_or("", String::as_str);
        let first = examples.into_iter().take(self.wanted);
        first.map(|example| (named(example), example.line, example.text.as_str())).collect()
    }
}

fn shown(text: &[u8]) -> String {
    let head = text.get(..LONGEST).unwrap_or(text);
    let mut masked = Vec::new();
    let head = if mask_secrets(head, &mut masked) { masked.as_slice() } else { head };
    let mut shown = String::from_utf8_lossy(head).into_owned();
    if text.len() > LONGEST {
        shown.push('…');
    }
    shown
}
