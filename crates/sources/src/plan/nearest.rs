//! A path that does not exist in, the name beside it that was probably meant out.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::plan::folder::list;

/// Names that are compared at most.
const MOST_NAMES: usize = 10_000;

/// The path whose last name differs in the fewest letters, if those are few.
pub(super) fn nearest(path: &Path) -> Option<PathBuf> {
    let wanted = letters(path.file_name()?);
    let most = (wanted.len() / 4).clamp(1, 3);
    let distance = |near: &PathBuf| near.file_name().map(|name| distance(&wanted, &letters(name), most));
    let names = list(path.parent()?).ok()?.into_iter().take(MOST_NAMES);
    names
        .filter_map(|near| Some((distance(&near)?, near)))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, near)| near)
}

fn letters(name: &OsStr) -> Vec<char> {
    name.to_string_lossy().to_lowercase().chars().collect()
}

/// Letters to change, add or leave out; anything above `most` where it is more.
fn distance(left: &[char], right: &[char], most: usize) -> usize {
    if left.len().abs_diff(right.len()) > most {
        return most + 1;
    }
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (row, from) in left.iter().enumerate() {
        let mut diagonal = row;
        let mut before = row + 1;
        let mut line = vec![before];
        for (to, &over) in right.iter().zip(above.iter().skip(1)) {
            let changed = diagonal + usize::from(from != to);
            before = changed.min(over + 1).min(before + 1);
            diagonal = over;
            line.push(before);
        }
        above = line;
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_counted() {
        let check = |left: &str, right: &str, expected: usize| {
            let (left, right) = (letters(OsStr::new(left)), letters(OsStr::new(right)));
            assert_eq!(distance(&left, &right, 3), expected);
        };
        check("app.log", "app.log", 0);
        check("app.log", "App.log", 0);
        check("app.log", "ap.log", 1);
        check("kitten", "sitting", 3);
        check("a", "application.log", 4);
    }
}
