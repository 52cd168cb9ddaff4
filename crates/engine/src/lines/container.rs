//! Lines as a container runtime wrapped them: takes the wrapping off and keeps what it says.
//!
//! Docker's `json-file`, the CRI format of Kubernetes, `docker compose logs` and
//! `kubectl logs --prefix` each put a stamp, a lane (stdout, stderr, the container's name) or both
//! before the line. Runtimes split lines at 16 KiB; a part says that more follows.

use std::ops::Range;

use memchr::memchr;

use super::clean::{Trouble, clean_lines};
use crate::records::json::{RawString, string_at, unescape};
use crate::records::level::Level;
use crate::records::notes::Notes;

/// A way of wrapping lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapper {
    /// `2024-05-21T10:00:00.123456789Z stdout F message`; a tag behind a colon may state the level: `F:level=warn`.
    Cri,
    /// `{"log":"message\n","stream":"stdout","time":"2024-05-21T10:00:00.123456789Z"}`
    DockerJson,
    /// `web-1  | message`
    Compose,
    /// `[pod/web-5d9c/app] message`
    Kubectl,
}

/// The tag of a CRI line that states its level. No runtime writes it; what is pushed with a level does.
pub const LEVEL_TAG: &[u8] = b"level=";

const ALL: [Wrapper; 4] = [Wrapper::Cri, Wrapper::DockerJson, Wrapper::Compose, Wrapper::Kubectl];

/// What stood in a wrapped line; reused from line to line.
#[derive(Clone, Debug, Default)]
pub struct Unwrapped {
    /// More of the same message follows in the next line of this lane.
    pub partial: bool,
    /// How grave the line is by its wrapping, which then wraps one record and no part of one.
    pub level: Option<Level>,
    stamp: Range<usize>,
    lane: Range<usize>,
    inner: Option<Range<usize>>,
    scratch: Vec<u8>,
    cleaned: Vec<u8>,
    notes: Notes,
}

impl Unwrapped {
    /// The message as the program wrote it.
    pub fn text<'a>(&'a self, line: &'a [u8]) -> &'a [u8] {
        match &self.inner {
            Some(range) => line.get(range.clone()).unwrap_or_default(),
            None => &self.scratch,
        }
    }

    /// Where the message stands in the line; nothing where it had to be unescaped.
    pub fn range(&self) -> Option<Range<usize>> {
        self.inner.clone()
    }

    /// What had to be removed from a message once its escapes were gone.
    pub fn notes(&self) -> Notes {
        self.notes
    }

    /// The stamp of the runtime, empty where there is none.
    pub fn stamp<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        line.get(self.stamp.clone()).unwrap_or_default()
    }

    /// `stdout`, `stderr`, or the name of the container; empty where there is none.
    pub fn lane<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        line.get(self.lane.clone()).unwrap_or_default()
    }

    fn set(&mut self, stamp: Range<usize>, lane: Range<usize>, inner: Range<usize>) {
        self.partial = false;
        self.level = None;
        self.stamp = stamp;
        self.lane = lane;
        self.inner = Some(inner);
        self.notes = Notes::NONE;
    }

    /// Colour codes are no control codes as long as they are escaped, so the line could not be cleaned of them.
    fn clean(&mut self) {
        if !Trouble::scan(&self.scratch).is_none() {
            self.cleaned.clear();
            self.notes = clean_lines(&self.scratch, &mut self.cleaned);
            std::mem::swap(&mut self.scratch, &mut self.cleaned);
        }
    }
}

impl Wrapper {
    /// How the lines of a sample are wrapped: nine of ten must be.
    pub fn detect(sample: &[&[u8]]) -> Option<Wrapper> {
        ALL.into_iter().find(|wrapper| wrapper.fits(sample))
    }

    fn fits(self, sample: &[&[u8]]) -> bool {
        let mut out = Unwrapped::default();
        let (mut lines, mut wrapped, mut numbered) = (0, 0, 0);
        for line in sample.iter().filter(|line| !line.is_empty()) {
            lines += 1;
            if self.unwrap(line, &mut out) {
                wrapped += 1;
                numbered += usize::from(ends_in_number(out.lane(line)));
            }
        }
        // A bar behind a word is common in logs; a service with the number of its copy is not.
        let sure = self != Wrapper::Compose || numbered * 2 >= wrapped;
        sure && wrapped > 0 && wrapped * 10 >= lines * 9
    }

    /// Takes the wrapping off a line; says whether it had one.
    pub fn unwrap(self, line: &[u8], out: &mut Unwrapped) -> bool {
        let done = match self {
            Wrapper::Cri => unwrap_cri(line, out),
            Wrapper::DockerJson => unwrap_docker(line, out),
            Wrapper::Compose => unwrap_compose(line, out),
            Wrapper::Kubectl => unwrap_kubectl(line, out),
        };
        done.is_some()
    }
}

fn unwrap_cri(line: &[u8], out: &mut Unwrapped) -> Option<()> {
    let stamp = memchr(b' ', line.get(..line.len().min(40))?)?;
    if !is_stamp(line.get(..stamp)?) {
        return None;
    }
    let lane = stamp + 1..stamp + 7;
    if !matches!(line.get(lane.clone())?, b"stdout" | b"stderr") || line.get(lane.end) != Some(&b' ') {
        return None;
    }
    let tags = lane.end + 1;
    let partial = match line.get(tags)? {
        b'P' => true,
        b'F' => false,
        _ => return None,
    };
    let (inner, level) = match line.get(tags + 1) {
        None => (line.len(), None),
        Some(b' ') => (tags + 2, None),
        Some(b':') => {
            let end = tags + memchr(b' ', line.get(tags..)?)?;
            (end + 1, stated_level(line.get(tags + 2..end)?))
        }
        Some(_) => return None,
    };
    out.set(0..stamp, lane, inner..line.len());
    out.partial = partial;
    out.level = level;
    Some(())
}

/// What the tags of a line say of its level; others mean nothing to us.
fn stated_level(tags: &[u8]) -> Option<Level> {
    let level = |tag: &[u8]| Level::from_word(tag.strip_prefix(LEVEL_TAG)?);
    tags.split(|byte| *byte == b':').find_map(level)
}

/// RFC 3339 with the `T`, as far as telling it from other words needs.
fn is_stamp(word: &[u8]) -> bool {
    let digit = |at: usize| word.get(at).is_some_and(u8::is_ascii_digit);
    let is = |at: usize, byte| word.get(at) == Some(&byte);
    word.len() >= 20
        && is(4, b'-')
        && is(7, b'-')
        && is(10, b'T')
        && is(13, b':')
        && is(16, b':')
        && [0, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18].into_iter().all(digit)
}

fn unwrap_docker(line: &[u8], out: &mut Unwrapped) -> Option<()> {
    let mut keys = Keys { line, at: line.iter().position(|byte| !byte.is_ascii_whitespace())? };
    let (mut log, mut stream, mut time) = (None, None, None);
    keys.open()?;
    loop {
        let key = keys.string()?;
        keys.take(b':')?;
        match line.get(key.start..key.close)? {
            b"log" => log = Some(keys.string()?),
            b"stream" => stream = Some(keys.string()?),
            b"time" => time = Some(keys.string()?),
            b"attrs" => keys.skip_flat_object()?,
            _ => return None,
        }
        if keys.take(b',').is_none() {
            break;
        }
    }
    keys.take(b'}')?;
    let (log, time) = (log?, time?);
    let lane = stream.map_or(0..0, |lane| lane.start..lane.close);
    let raw = line.get(log.start..log.close)?;
    let (end, partial) = without_newline(raw);
    out.set(time.start..time.close, lane, log.start..log.start + end);
    out.partial = partial;
    let raw = raw.get(..end)?;
    if memchr(b'\\', raw).is_some() {
        out.scratch.clear();
        unescape(raw, &mut out.scratch);
        out.inner = None;
        out.clean();
    }
    Some(())
}

/// The length without the escaped line end, and whether there was none: then more follows.
fn without_newline(raw: &[u8]) -> (usize, bool) {
    let Some(body) = raw.strip_suffix(b"\\n") else { return (raw.len(), true) };
    let backslashes = body.iter().rev().take_while(|&&byte| byte == b'\\').count();
    if backslashes % 2 == 1 {
        return (raw.len(), true);
    }
    match body.strip_suffix(b"\\r") {
        Some(body) if body.iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 0 => {
            (body.len(), false)
        }
        _ => (body.len(), false),
    }
}

/// Walks over the few keys of a wrapping object.
struct Keys<'a> {
    line: &'a [u8],
    at: usize,
}

impl Keys<'_> {
    fn open(&mut self) -> Option<()> {
        self.take(b'{')
    }

    fn blanks(&mut self) {
        while self.line.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        self.blanks();
        if self.line.get(self.at) != Some(&byte) {
            return None;
        }
        self.at += 1;
        Some(())
    }

    fn string(&mut self) -> Option<RawString> {
        self.blanks();
        let string = string_at(self.line, self.at)?;
        self.at = string.end;
        Some(string)
    }

    /// `attrs` holds labels of the container: strings only.
    fn skip_flat_object(&mut self) -> Option<()> {
        self.open()?;
        if self.take(b'}').is_some() {
            return Some(());
        }
        loop {
            self.string()?;
            self.take(b':')?;
            self.string()?;
            if self.take(b',').is_none() {
                return self.take(b'}');
            }
        }
    }
}

fn unwrap_compose(line: &[u8], out: &mut Unwrapped) -> Option<()> {
    let name = line.iter().take(128).take_while(|&&byte| is_name_byte(byte)).count();
    let rest = line.get(name..)?;
    let blanks = rest.iter().take_while(|&&byte| byte == b' ').count();
    let after = rest.get(blanks..)?.strip_prefix(b"|")?;
    if name == 0 || blanks == 0 {
        return None;
    }
    let inner = name + blanks + 1 + usize::from(after.first() == Some(&b' '));
    out.set(0..0, 0..name, inner..line.len());
    Some(())
}

/// `web_1`, `web-1`: compose numbers the copies of a service.
fn ends_in_number(name: &[u8]) -> bool {
    let digits = name.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let before = name.len().checked_sub(digits + 1).and_then(|at| name.get(at));
    digits > 0 && matches!(before, Some(b'-' | b'_'))
}

fn unwrap_kubectl(line: &[u8], out: &mut Unwrapped) -> Option<()> {
    let path = line.strip_prefix(b"[pod/")?;
    let length = path.iter().take(512).take_while(|&&byte| is_name_byte(byte) || byte == b'/').count();
    let (name, rest) = path.split_at_checked(length)?;
    let rest = rest.strip_prefix(b"]")?;
    if !name.contains(&b'/') || !(rest.is_empty() || rest.starts_with(b" ")) {
        return None;
    }
    let lane = 5..5 + length;
    let inner = (lane.end + 2).min(line.len());
    out.set(0..0, lane, inner..line.len());
    Some(())
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(wrapper: Wrapper, line: &str, expected: Option<(&str, &str, bool, &str)>) {
        let mut out = Unwrapped::default();
        let line = line.as_bytes();
        let found = wrapper
            .unwrap(line, &mut out)
            .then(|| (out.stamp(line), out.lane(line), out.partial, out.text(line)));
        let expected = expected.map(|(stamp, lane, partial, text)| {
            (stamp.as_bytes(), lane.as_bytes(), partial, text.as_bytes())
        });
        assert_eq!(found, expected, "{}", String::from_utf8_lossy(line));
    }

    #[test]
    fn cri() {
        let stamp = "2024-05-21T10:00:00.123456789Z";
        let check_one = |rest: &str, expected| check(Wrapper::Cri, &format!("{stamp} {rest}"), expected);
        check_one("stdout F hello  world", Some((stamp, "stdout", false, "hello  world")));
        check_one("stderr P part", Some((stamp, "stderr", true, "part")));
        check_one("stdout F ", Some((stamp, "stdout", false, "")));
        check_one("stdout F", Some((stamp, "stdout", false, "")));
        check_one("stdout F:x tagged", Some((stamp, "stdout", false, "tagged")));
        let offset = "2024-05-21T10:00:00.1+02:00";
        check(Wrapper::Cri, &format!("{offset} stdout F  x"), Some((offset, "stdout", false, " x")));
        for other in ["stdin F x", "stdout X y", "stdout Fy", "stdout", "INFO started"] {
            check_one(other, None);
        }
        check(Wrapper::Cri, "2024-05-21 10:00:00 stdout F x", None);
    }

    #[test]
    fn a_tag_states_the_level() {
        for (tags, expected) in [
            ("F:level=warn", Some(Level::Warn)),
            ("F:x:level=ERROR", Some(Level::Error)),
            ("F:level=:y", None),
            ("F:warn", None),
            ("F", None),
        ] {
            let line = format!("2024-05-21T10:00:00Z stdout {tags} text");
            let mut out = Unwrapped::default();
            assert!(Wrapper::Cri.unwrap(line.as_bytes(), &mut out));
            assert_eq!((out.level, out.text(line.as_bytes())), (expected, &b"text"[..]), "{tags}");
        }
    }

    #[test]
    fn docker_json_file() {
        let time = "2024-05-21T10:00:00.1Z";
        let check_one = |line: String, expected| check(Wrapper::DockerJson, &line, expected);
        check_one(
            format!(r#"{{"log":"plain\n","stream":"stdout","time":"{time}"}}"#),
            Some((time, "stdout", false, "plain")),
        );
        check_one(
            format!(
                r#"{{"time":"{time}", "attrs":{{"tag":"a","b":"c"}},"log":"\u001b[1mq \"x\"\r\n", "stream":"stderr"}}"#
            ),
            Some((time, "stderr", false, "q \"x\"")),
        );
        check_one(
            format!(r#"{{"log":"16 KiB","stream":"stdout","time":"{time}"}}"#),
            Some((time, "stdout", true, "16 KiB")),
        );
        check_one(
            format!(r#"{{"log":"path C:\\n","stream":"stdout","time":"{time}"}}"#),
            Some((time, "stdout", true, "path C:\\n")),
        );
        check_one(
            format!(r#"{{"log":"C:\\r\n","attrs":{{}},"time":"{time}"}}"#),
            Some((time, "", false, "C:\\r")),
        );
        check_one(
            format!(r#"{{"log":"\n","stream":"stdout","time":"{time}"}}"#),
            Some((time, "stdout", false, "")),
        );
        check_one(format!(r#"{{"log":"x","level":"info","time":"{time}"}}"#), None);
        check_one(r#"{"log":"no time\n","stream":"stdout"}"#.into(), None);
        check_one(r#"{"log":"cut"#.into(), None);
    }

    #[test]
    fn compose_and_kubectl() {
        check(Wrapper::Compose, "web-1      | GET / | 200", Some(("", "web-1", false, "GET / | 200")));
        check(Wrapper::Compose, "db_1  |", Some(("", "db_1", false, "")));
        check(Wrapper::Compose, "a|b", None);
        check(Wrapper::Compose, "  | x", None);
        check(Wrapper::Kubectl, "[pod/web-5d9c-x/app] [x] hi", Some(("", "web-5d9c-x/app", false, "[x] hi")));
        check(Wrapper::Kubectl, "[pod/a/b]", Some(("", "a/b", false, "")));
        check(Wrapper::Kubectl, "[pod/a] x", None);
        check(Wrapper::Kubectl, "[info/a/b] x", None);
    }

    #[test]
    fn the_wrapper_is_found_from_a_sample() {
        let detect = |lines: &[&str]| {
            let lines: Vec<_> = lines.iter().map(|line| line.as_bytes()).collect();
            Wrapper::detect(&lines)
        };
        assert_eq!(
            detect(&["2024-05-21T10:00:00Z stdout F a", "2024-05-21T10:00:01Z stderr P b"]),
            Some(Wrapper::Cri)
        );
        assert_eq!(
            detect(&[r#"{"log":"a\n","stream":"stdout","time":"2024-05-21T10:00:00Z"}"#]),
            Some(Wrapper::DockerJson)
        );
        assert_eq!(detect(&["web-1  | a", "", "db-1   | b"]), Some(Wrapper::Compose));
        assert_eq!(detect(&["[pod/a/b] x", "[pod/a/c] y"]), Some(Wrapper::Kubectl));
        assert_eq!(detect(&["INFO | started", "WARN | slow"]), None);
        assert_eq!(detect(&["2024-05-21T10:00:00Z stdout F a", "other"]), None);
        assert_eq!(detect(&[r#"{"log":"a","level":"info"}"#]), None);
        assert_eq!(detect(&["", ""]), None);
        assert_eq!(detect(&[]), None);
    }

    proptest! {
        #[test]
        fn docker_lines_come_back(message in "[ -~\n\té😀]{0,60}") {
            let log = serde_json::to_string(&format!("{message}\n")).unwrap();
            let line = format!(r#"{{"log":{log},"stream":"stdout","time":"2024-05-21T10:00:00Z"}}"#);
            let mut out = Unwrapped::default();
            prop_assert!(Wrapper::DockerJson.unwrap(line.as_bytes(), &mut out));
            prop_assert_eq!(out.text(line.as_bytes()), message.as_bytes());
            prop_assert!(!out.partial);
        }

        #[test]
        fn no_bytes_panic(line in "[\\[\\]{}\":,\\\\a-z0-9TZ| /-]{0,80}") {
            let mut out = Unwrapped::default();
            for wrapper in ALL {
                wrapper.unwrap(line.as_bytes(), &mut out);
                out.text(line.as_bytes());
            }
        }
    }
}
