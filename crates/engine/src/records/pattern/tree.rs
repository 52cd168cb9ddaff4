//! The patterns of one format as a tree: what they begin with in common is matched once.
//!
//! A line is read by the first of the patterns that matches it, exactly as if they were tried one
//! after the other. Only neighbours share a branch, so their order stays what it was.

use super::{Blanks, Head, OwnLevels, Pattern, ReadStamp, Run, Step, Way};
use crate::records::fields::Fields;

/// Patterns in their order, with common beginnings joined.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    branches: Vec<Branch>,
}

/// The pattern that matched a line, and what it found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matched {
    pub(crate) head: Head,
    pub(crate) pattern: usize,
    pub(crate) way: Way,
}

#[derive(Clone, Debug)]
struct Branch {
    steps: Vec<Step>,
    /// Where the patterns go on; empty at the end of a pattern.
    next: Vec<Branch>,
    pattern: usize,
}

impl Tree {
    pub(crate) fn new(patterns: &[Pattern]) -> Tree {
        let mut tree = Tree::default();
        for (index, pattern) in patterns.iter().enumerate() {
            add(&mut tree.branches, &pattern.steps, index);
        }
        tree
    }

    /// Matches the header of a line, adds its captures to the fields and says which pattern it was.
    #[inline]
    pub(crate) fn matches(
        &self,
        line: &[u8],
        stamps: &mut impl ReadStamp,
        levels: &OwnLevels,
        fields: &mut Fields,
    ) -> Option<Matched> {
        fields.clear();
        let mut run = Run {
            line,
            stamps,
            levels,
            fields,
            head: Head::default(),
            message: None,
            blanks: Blanks::default(),
            way: Way::default(),
        };
        let (head, pattern) = any(&mut run, &self.branches, 0)?;
        Some(Matched { head, pattern, way: run.way })
    }
}

fn any<S: ReadStamp>(run: &mut Run<'_, S>, branches: &[Branch], at: usize) -> Option<(Head, usize)> {
    let (fields, head, message) = (run.fields.len(), run.head, run.message);
    for branch in branches {
        if run.cannot_begin(&branch.steps, at) {
            continue;
        }
        if let Some(end) = run.steps(&branch.steps, at) {
            let found = match branch.next.as_slice() {
                [] => {
                    let finished = run.finished(end);
                    if finished.is_none() {
                        run.way.unsure();
                    }
                    finished.map(|head| (head, branch.pattern))
                }
                next => any(run, next, end),
            };
            if found.is_some() {
                return found;
            }
            run.way.tried(&branch.steps);
        }
        run.fields.truncate(fields);
        (run.head, run.message) = (head, message);
    }
    None
}

fn add(branches: &mut Vec<Branch>, steps: &[Step], pattern: usize) {
    let common = branches
        .last()
        .map_or(0, |last| last.steps.iter().zip(steps).take_while(|(ours, theirs)| ours == theirs).count());
    let Some(last) = branches.last_mut().filter(|_| common > 0) else {
        branches.push(Branch { steps: steps.to_vec(), next: Vec::new(), pattern });
        return;
    };
    if common < last.steps.len() || last.next.is_empty() {
        let rest = last.steps.split_off(common);
        let tail = Branch { steps: rest, next: std::mem::take(&mut last.next), pattern: last.pattern };
        last.next.push(tail);
    }
    add(&mut last.next, steps.get(common..).unwrap_or_default(), pattern);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::clock::Reading;
    use crate::records::notes::Notes;

    /// Takes digits as a stamp and counts how often it was asked.
    struct Counting(usize);

    impl ReadStamp for Counting {
        fn read(&mut self, text: &[u8]) -> Option<Reading> {
            self.0 += 1;
            let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
            (length > 0).then_some(Reading { length, time: None, notes: Notes::NONE })
        }
    }

    #[test]
    fn gives_what_the_patterns_give_one_after_the_other() {
        let texts =
            ["{time} {a}[{b:int}]: {message}", "{time} {a}: {message}", "{time} {a}", "{c} {message}", "{c}"];
        let patterns: Vec<Pattern> =
            texts.iter().map(|text| Pattern::parse(text).expect("a pattern")).collect();
        let tree = Tree::new(&patterns);
        for line in ["17 x[3]: y", "17 x: y", "17 x", "x y z", "x", "17 x[y]: z", ""] {
            let line = line.as_bytes();
            let (mut fields, mut alone) = (Fields::new(), Fields::new());
            let found = tree.matches(line, &mut Counting(0), &OwnLevels::default(), &mut fields);
            let expected = patterns.iter().position(|pattern| {
                alone.clear();
                pattern.matches(line, &mut Counting(0), &OwnLevels::default(), &mut alone).is_some()
            });
            assert_eq!(found.map(|found| found.pattern), expected, "{}", line.escape_ascii());
            if expected.is_some() {
                assert!(fields.iter(line).eq(alone.iter(line)), "{}", line.escape_ascii());
            }
        }
    }

    #[test]
    fn common_beginnings_are_matched_once() {
        let texts = ["{time} {a} x {message}", "{time} {a} y {message}", "{time} {a} z {message}"];
        let patterns: Vec<Pattern> =
            texts.iter().map(|text| Pattern::parse(text).expect("a pattern")).collect();
        let mut stamps = Counting(0);
        let found =
            Tree::new(&patterns).matches(b"17 b z m", &mut stamps, &OwnLevels::default(), &mut Fields::new());
        assert_eq!(found.map(|found| found.pattern), Some(2));
        assert_eq!(stamps.0, 1);
    }
}
