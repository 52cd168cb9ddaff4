//! Nothing in, a labelled log of a made-up shop out: the same bytes in every run.
//!
//! The page about the naive baseline must be true for whoever reads it, so it rests on data that the project carries.
//! A day of a small service is made of ordinary lines, some of them rare and some of them warnings, and of eight
//! troubles of different kinds; most of those say nothing louder than INFO.

use std::fs;

use crate::run::{Done, root};

mod lines;

/// Where the log and its labels are.
pub(crate) const FOLDER: &str = "docs/sample";

/// Both files: name and content.
fn files() -> [(&'static str, String); 2] {
    let day = lines::day();
    let mut log = String::new();
    let mut labels = "line_number,label,kind\n".to_owned();
    for (line, number) in day.iter().zip(1..) {
        let (hour, rest) = (line.second / 3600, line.second % 3600);
        log.push_str(&format!("2024-05-14 {hour:02}:{:02}:{:02} {}\n", rest / 60, rest % 60, line.text));
        labels.push_str(&format!("{number},{},{}\n", u8::from(!line.kind.is_empty()), line.kind));
    }
    [("shop.log", log), ("shop-labels.csv", labels)]
}

/// Writes both files where they are not as they should be.
pub(crate) fn write() -> Done {
    for (name, text) in files() {
        let path = root().join(FOLDER).join(name);
        if fs::read_to_string(&path).ok().as_ref() != Some(&text) {
            fs::create_dir_all(root().join(FOLDER)).map_err(|error| format!("{FOLDER}: {error}"))?;
            fs::write(&path, text).map_err(|error| format!("{FOLDER}/{name}: {error}"))?;
            eprintln!("renewed {FOLDER}/{name}");
        }
    }
    Ok(())
}

/// Files that are not what is made.
pub(crate) fn stale() -> Vec<String> {
    let is_other = |(name, text): &(&str, String)| {
        fs::read_to_string(root().join(FOLDER).join(name)).ok().as_ref() != Some(text)
    };
    let told = |(name, _): (&str, String)| format!("{FOLDER}/{name}: out of date: run `cargo xtask docs`");
    files().into_iter().filter(is_other).map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_small_in_order_and_labelled() {
        let [(_, log), (_, labels)] = files();
        assert!(log.len() < 180 << 10, "{}", log.len());
        assert_eq!(log.lines().count() + 1, labels.lines().count());
        let stamps: Vec<&str> = log.lines().filter_map(|line| line.get(..19)).collect();
        assert!(stamps.is_sorted());
        let abnormal = labels.lines().filter(|line| line.contains(",1,")).count();
        assert!((40..120).contains(&abnormal), "{abnormal}");
    }
}
