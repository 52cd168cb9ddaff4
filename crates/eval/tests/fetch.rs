//! Public sets fetched from a server of the test's own: whole, broken off, changed, wrong.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use logsift_eval::EvalError;
use logsift_eval::fetch::{Fetched, PublishedSet, Trust, fetch, is_there};

/// A server of one file, which changes while it serves.
struct Server {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    body: Vec<u8>,
    tag: Option<&'static str>,
    status: Option<&'static str>,
    /// An answer ends after so many bytes of the body, whatever was promised.
    breaks_after: Option<usize>,
    /// The ranges that were asked for.
    ranges: Vec<Option<String>>,
}

impl Server {
    fn with(body: &[u8], tag: Option<&'static str>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State { body: body.to_vec(), tag, ..State::default() }));
        let serving = Arc::clone(&state);
        // It ends with the test.
        thread::spawn(move || listener.incoming().flatten().for_each(|stream| answer(stream, &serving)));
        Server { address, state }
    }

    fn set(&self, sha256: Option<&str>, bytes: Option<u64>) -> PublishedSet {
        PublishedSet {
            name: "small".to_owned(),
            title: "a small set".to_owned(),
            url: format!("http://{}/small.log", self.address),
            file: "small.log".to_owned(),
            bytes,
            sha256: sha256.map(str::to_owned),
            licence: "free".to_owned(),
            licence_url: "https://example.com/licence".to_owned(),
            citation: "nobody".to_owned(),
            labels: None,
        }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
    }

    fn ranges(&self) -> Vec<Option<String>> {
        self.state.lock().unwrap().ranges.clone()
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let head: Vec<String> =
        lines.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let header = |name: &str| {
        head.iter()
            .filter_map(|line| line.split_once(": "))
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
    };
    let mut state = state.lock().unwrap();
    let range = header("Range");
    state.ranges.push(range.clone());
    let same = header("If-Range").is_some_and(|tag| Some(tag.as_str()) == state.tag);
    let from = range
        .filter(|_| same)
        .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let (status, body) = match (state.status, from) {
        (Some(status), _) => (status, &b""[..]),
        (None, Some(from)) if from >= state.body.len() => ("416 Range Not Satisfiable", &b""[..]),
        (None, Some(from)) => ("206 Partial Content", &state.body[from..]),
        (None, None) => ("200 OK", &state.body[..]),
    };
    let tag = state.tag.map(|tag| format!("ETag: {tag}\r\n")).unwrap_or_default();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{tag}Connection: close\r\n\r\n", body.len());
    let sent = body.len().min(state.breaks_after.unwrap_or(usize::MAX));
    // Whoever has hung up is of no interest.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body[..sent]));
}

const BODY: &[u8] = b"one line\nand another\n";
/// Of BODY.
const SUM: &str = "26b607bd8ff0ce610310d53b571db48e32622b7ff497070bded171eef5cedb55";

fn get(set: &PublishedSet, cache: &Path) -> Result<Fetched, EvalError> {
    fetch(set, cache, &mut |_, _| {})
}

fn names(cache: &Path) -> Vec<String> {
    let folder = fs::read_dir(cache.join("small")).unwrap();
    let mut names: Vec<String> =
        folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_comes_once_and_its_sum_is_compared() {
    let (server, cache) = (Server::with(BODY, None), tempfile::tempdir().unwrap());
    let set = server.set(Some(SUM), Some(BODY.len() as u64));
    assert!(!is_there(&set, cache.path()));
    let mut told = Vec::new();
    let fetched = fetch(&set, cache.path(), &mut |have, whole| told.push((have, whole))).unwrap();
    assert_eq!((fetched.trust, fetched.was_there, fetched.sha256.as_str()), (Trust::Published, false, SUM));
    assert_eq!(fs::read(&fetched.path).unwrap(), BODY);
    assert_eq!(told.last(), Some(&(BODY.len() as u64, Some(BODY.len() as u64))));
    assert_eq!(names(cache.path()), ["small.log"]);
    assert!(get(&set, cache.path()).unwrap().was_there && is_there(&set, cache.path()));
    assert_eq!(server.ranges().len(), 1, "what is there is not fetched again");
}

#[test]
fn a_wrong_file_never_gets_its_name() {
    let (server, cache) = (Server::with(b"something else", None), tempfile::tempdir().unwrap());
    for (sum, bytes) in [(Some(SUM), None), (None, Some(3)), (Some(SUM), Some(BODY.len() as u64))] {
        let error = get(&server.set(sum, bytes), cache.path()).unwrap_err().to_string();
        assert!(error.contains("instead of"), "{error}");
        assert_eq!(names(cache.path()), [""; 0], "{error}");
    }
}

#[test]
fn a_sum_that_nobody_knows_is_recorded_and_compared_later() {
    let (server, cache) = (Server::with(BODY, None), tempfile::tempdir().unwrap());
    let set = server.set(None, None);
    assert_eq!(get(&set, cache.path()).unwrap().trust, Trust::FirstUse);
    assert_eq!(names(cache.path()), ["small.log", "small.log.sha256"]);
    assert_eq!(get(&set, cache.path()).unwrap().trust, Trust::Recorded);
    let path = cache.path().join("small/small.log");
    assert_eq!(
        fs::read_to_string(path.with_file_name("small.log.sha256")).unwrap(),
        format!("{SUM}  small.log\n")
    );
    fs::remove_file(&path).unwrap();
    server.change(|state| state.body = b"what is published now".to_vec());
    let error = get(&set, cache.path()).unwrap_err().to_string();
    assert!(error.contains("is not what `small` was") && !path.exists(), "{error}");
}

#[test]
fn what_was_broken_off_goes_on_where_it_ended() {
    let (server, cache) = (Server::with(BODY, Some("\"v1\"")), tempfile::tempdir().unwrap());
    let set = server.set(Some(SUM), None);
    server.change(|state| state.breaks_after = Some(9));
    let error = get(&set, cache.path()).unwrap_err().to_string();
    assert!(error.contains("hint: run it again to go on"), "{error}");
    assert_eq!(names(cache.path()), ["small.log.part", "small.log.part.tag"]);
    server.change(|state| state.breaks_after = None);
    assert_eq!(fs::read(get(&set, cache.path()).unwrap().path).unwrap(), BODY);
    assert_eq!(server.ranges(), [None, Some("bytes=9-".to_owned())]);
    assert_eq!(names(cache.path()), ["small.log"]);
}

#[test]
fn another_version_is_not_put_behind_half_of_the_first() {
    let (server, cache) =
        (Server::with(b"an older file that is longer", Some("\"v0\"")), tempfile::tempdir().unwrap());
    let set = server.set(Some(SUM), None);
    server.change(|state| state.breaks_after = Some(9));
    assert!(get(&set, cache.path()).is_err());
    server
        .change(|state| (state.breaks_after, state.tag, state.body) = (None, Some("\"v1\""), BODY.to_vec()));
    assert_eq!(fs::read(get(&set, cache.path()).unwrap().path).unwrap(), BODY);
}

#[test]
fn a_part_longer_than_the_file_begins_anew() {
    let (server, cache) = (Server::with(BODY, Some("\"v1\"")), tempfile::tempdir().unwrap());
    let set = server.set(Some(SUM), None);
    fs::create_dir_all(cache.path().join("small")).unwrap();
    fs::write(cache.path().join("small/small.log.part"), [b'x'; 99]).unwrap();
    fs::write(cache.path().join("small/small.log.part.tag"), "\"v1\"").unwrap();
    assert_eq!(fs::read(get(&set, cache.path()).unwrap().path).unwrap(), BODY);
    assert_eq!(server.ranges(), [Some("bytes=99-".to_owned()), None]);
}

#[test]
fn a_server_that_says_no_is_quoted() {
    let (server, cache) = (Server::with(BODY, None), tempfile::tempdir().unwrap());
    server.change(|state| state.status = Some("404 Not Found"));
    let error = get(&server.set(None, None), cache.path()).unwrap_err().to_string();
    assert!(error.contains("the server answers 404"), "{error}");
    assert_eq!(names(cache.path()), [""; 0]);
    let gone = PublishedSet { url: "http://127.0.0.1:1/".to_owned(), ..server.set(None, None) };
    assert!(get(&gone, cache.path()).unwrap_err().to_string().contains("could not be fetched"));
}
