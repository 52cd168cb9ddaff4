//! Names of streams in, which of them are the same thing under another number out.
//!
//! A build log, a pod or a day's file has a name of its own every time, yet the one of today is to be compared with
//! those of before. So where a stream was never seen under its name, it is compared with the streams whose names
//! differ from it in nothing but numbers and ids. A stream that was seen under its very name is compared with itself.

use std::collections::BTreeMap;

/// The name of a stream without what changes from one run to the next: `web-7d9f8b6c5-x2x1k.log` is `web-#-#.log`.
/// Folders do not count.
pub fn kind_of(name: &str) -> String {
    let (path, stream) = name.split_once(": ").unwrap_or((name, ""));
    let file = path.rsplit(['/', '\\', '!']).next().unwrap_or(path);
    let mut kind = without_numbers(file);
    if !stream.is_empty() {
        kind.push_str(": ");
        kind.push_str(&without_numbers(stream));
    }
    kind
}

/// A word loses what comes from its first digit on; what is left of it stays if it has three letters or more, since
/// shorter beginnings are those of ids.
fn without_numbers(text: &str) -> String {
    let mut kind = String::with_capacity(text.len());
    for word in text.split_inclusive(|letter: char| !letter.is_alphanumeric()) {
        let end = word.trim_end_matches(|letter: char| !letter.is_alphanumeric()).len();
        let (word, rest) = word.split_at(end);
        match word.split_once(|letter: char| letter.is_ascii_digit()) {
            None => kind.push_str(word),
            Some((beginning, _)) => {
                kind.push_str(if beginning.chars().count() < 3 { "" } else { beginning });
                kind.push('#');
            }
        }
        kind.push_str(rest);
    }
    kind
}

/// Under which name each stream of the present is compared with the past, and the streams of the past that go by
/// the name of their kind because of that.
pub(super) fn shared_names(past: &[String], present: &[String]) -> BTreeMap<String, String> {
    let mut kinds: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    past.iter().for_each(|name| kinds.entry(kind_of(name)).or_default().push(name));
    let mut shared = BTreeMap::new();
    for name in present.iter().filter(|name| !past.contains(name)) {
        let kind = kind_of(name);
        if let Some(known) = kinds.get(&kind) {
            shared.extend(known.iter().map(|other| ((*other).clone(), kind.clone())));
            shared.insert(name.clone(), kind);
        }
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_folders_do_not_count() {
        let check = |name: &str, kind: &str| assert_eq!(kind_of(name), kind, "{name}");
        check("/var/log/app.log", "app.log");
        check("runs/run-0123.log.gz", "run-#.log.gz");
        check("web-7d9f8b6c5-x2x1k.log", "web-#-#.log");
        check("logs.tar.gz!a/b7.log: host12/sshd", "#.log: host#/sshd");
        check("-", "-");
        check("", "");
        check("día3/größe4.log", "größe#.log");
    }

    #[test]
    fn only_what_was_never_seen_is_compared_with_its_kind() {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let past = names(&["run1.log", "run2.log", "web.log"]);
        let shared = shared_names(&past, &names(&["run3.log", "web.log", "new.log"]));
        let pairs: Vec<_> = shared.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
        assert_eq!(pairs, [("run1.log", "run#.log"), ("run2.log", "run#.log"), ("run3.log", "run#.log")]);
        assert!(shared_names(&past, &names(&["run1.log"])).is_empty());
        assert!(shared_names(&[], &names(&["run1.log"])).is_empty());
    }
}
