//! Headers of formats that nobody listed: the time, the level and the message are found from the lines.

use logsift_engine::reader::{Reader, Settings, SourceHint};
use logsift_engine::records::library::Library;
use logsift_engine::records::record::Record;

/// Messages that are easily taken for a part of the header.
const MESSAGES: [&str; 12] = [
    "started in 12 ms",
    "[cache] miss for key user:17",
    "Error: cannot open /var/lib/shop/db: Permission denied",
    "42 rows written",
    "retry=3 delay=200ms giving up",
    "Connection from 192.0.2.7:55123 closed",
    "GET /api/items?id=5 200 17ms",
    "java.lang.IllegalStateException: no session",
    "(re)connecting to db-1",
    "user 'anna' logged in - from 192.0.2.9",
    "-> next step",
    "100% done | nothing left",
];

const LEVELS: [&str; 4] = ["INFO", "WARN", "INFO", "ERROR"];
const THREADS: [&str; 3] = ["main", "worker-3", "http-nio-8080-exec-1"];
const LOGGERS: [&str; 4] =
    ["org.example.shop.Cart", "org.example.Main", "org.example.shop.Pool", "org.example.db.Query"];
const MODULES: [&str; 4] = ["cart", "main", "connection_pool", "query"];
const HOSTS: [&str; 3] = ["web-1", "web-2", "db.example.com"];
const SOURCES: [&str; 3] = ["cart.go:41", "pool/pool.go:7", "main.go:120"];
const IDS: [&str; 4] = ["3f2a91c04b7d", "77e0aa1290fe", "b5c4d3e2f1a0", "0a1b2c3d4e5f"];

/// The line of a shape with that number, and its level.
fn line(shape: &str, number: usize, message: &str) -> String {
    let level = LEVELS[number % LEVELS.len()];
    let second = 10 + number;
    let of = |list: &[&'static str]| list[number % list.len()];
    let words = [
        ("<iso>", format!("2024-03-01T10:11:{second}.{:03}Z", number * 37)),
        ("<comma>", format!("2024-03-01 10:11:{second},{:03}", number * 37)),
        ("<plain>", format!("2024-03-01 10:11:{second}")),
        ("<slash>", format!("01/Mar/2024:10:11:{second} +0000")),
        ("<glog>", format!("0301 10:11:{second}.123456")),
        ("<name>", format!("Mar  1 10:11:{second}")),
        ("<day>", format!("10:11:{second}.{:03}", number * 37)),
        ("<epoch>", format!("17092878{second}.{:03}", number * 37)),
        ("<millis>", format!("17092878{second}{:03}", number * 37)),
        ("<compact>", format!("20240301-10:11:{second}:{:03}", number * 37)),
        ("<uptime>", format!("{:>5}.{:06}", number * 731, number * 40_001)),
        ("<L>", level.to_owned()),
        ("<l>", level.to_lowercase()),
        ("<L5>", format!("{level:<5}")),
        ("<R5>", format!("{level:>5}")),
        ("<1>", level[..1].to_owned()),
        ("<pid>", (4000 + number * number).to_string()),
        ("<tid>", (17 + number % 3).to_string()),
        ("<thread>", of(&THREADS).to_owned()),
        ("<logger>", of(&LOGGERS).to_owned()),
        ("<logger30>", format!("{:<30}", of(&LOGGERS))),
        ("<module>", of(&MODULES).to_owned()),
        ("<module20>", format!("{:<20}", of(&MODULES))),
        ("<host>", of(&HOSTS).to_owned()),
        ("<source>", of(&SOURCES).to_owned()),
        ("<id>", of(&IDS).to_owned()),
        ("<m>", message.to_owned()),
    ];
    words.iter().fold(shape.to_owned(), |line, (place, word)| line.replace(place, word))
}

struct Seen {
    timed: bool,
    level: Option<String>,
    message: String,
}

fn read(log: &str, library: Library) -> Vec<Seen> {
    let settings = Settings::new().with_library(library);
    let mut reader = Reader::new(&settings, SourceHint::default());
    let mut seen = Vec::new();
    let mut sink = |record: &Record<'_>| {
        seen.push(Seen {
            timed: record.time.is_some(),
            level: record.level.map(|level| level.to_string()),
            message: String::from_utf8_lossy(record.message.trim_ascii()).into_owned(),
        });
    };
    let mut rest = log.as_bytes();
    while !rest.is_empty() {
        let space = reader.space();
        let count = space.len().min(rest.len());
        space[..count].copy_from_slice(&rest[..count]);
        rest = &rest[count..];
        reader.filled(count, &mut sink);
    }
    reader.finish(&mut sink);
    seen
}

/// What is wrong with the records of a shape.
fn problems(shape: &str, count: usize) -> Vec<String> {
    let messages = || MESSAGES.iter().take(count).enumerate();
    let log: String = messages().map(|(number, message)| line(shape, number, message) + "\n").collect();
    let seen = read(&log, Library::default());
    if seen.len() != count {
        return vec![format!("{shape}: {} records of {count} lines\n{log}", seen.len())];
    }
    let leveled = ["<L>", "<l>", "<L5>", "<R5>", "<1>"].iter().any(|place| shape.contains(place));
    let stamps = [
        "<iso>",
        "<comma>",
        "<plain>",
        "<slash>",
        "<name>",
        "<glog>",
        "<day>",
        "<epoch>",
        "<millis>",
        "<compact>",
    ];
    let timed = stamps.iter().any(|place| shape.contains(place));
    let mut problems = Vec::new();
    for ((number, message), seen) in messages().zip(&seen) {
        let level = leveled.then(|| LEVELS[number % LEVELS.len()].to_lowercase());
        if seen.level != level || seen.timed != timed || seen.message != *message {
            problems.push(format!(
                "{shape}: {}\n    time {} level {:?} message `{}`",
                line(shape, number, message),
                seen.timed,
                seen.level,
                seen.message
            ));
        }
    }
    problems
}

fn check(shapes: &[&str]) {
    let all: Vec<String> =
        shapes.iter().flat_map(|shape| [6, 12].map(|count| problems(shape, count))).flatten().collect();
    assert!(all.is_empty(), "\n{}", all.join("\n"));
}

#[test]
fn time_first() {
    check(&[
        "<iso> <m>",
        "<comma> <L> <m>",
        "<plain> [<L>] <m>",
        "<comma> <L5> [<thread>] <logger> - <m>",
        "<comma> [<thread>] <L5> <logger>: <m>",
        "<plain> <pid> <L> <module>: <m>",
        "<plain>.<tid> <L> <m>",
        "<iso> <l> <module>: <m>",
        "<comma> - <module> - <L> - <m>",
        "<iso> <L5> <pid> --- [<thread>] <logger30> : <m>",
        "[<plain>] [<pid>] [<L>] <m>",
        "[<day>] <L>: <m>",
        "<day> <R5> <m>",
        "(<plain>) <L> (<thread>) <m>",
        "<plain> <<l>> <m>",
        "<millis> <L> <m>",
        "<epoch> [<pid>] <m>",
        "<compact>|<L>|<module>|<pid>|<m>",
        "<plain> | <L5>    | <module> - <m>",
        "<iso>\t<l>\t<source>\t<m>",
        "<iso> <L> <source>: <m>",
        "<plain> [<id>] <L> <m>",
        "<plain> <L> <id> <m>",
        "<plain>;<L>;<module>;<m>",
        "<plain>, <L5>                 <module20> <m>",
        "<iso> <1> <module>: <m>",
    ]);
}

#[test]
fn other_things_first() {
    check(&[
        "<L>: <m>",
        "[<L>] <m>",
        "<L5> <comma> [<thread>] <m>",
        "<L> [<plain>] <module>: <m>",
        "[<L5>] <iso> <m>",
        "<1><glog> <pid> <source>] <m>",
        "<host> <module>[<pid>]: <iso> <L> <m>",
        "<pid> <plain> <L> <m>",
        "<module> | <plain> <L> <m>",
        "time=\"<iso>\" level=<l> msg=<m>",
        "ts=<iso> lvl=<l> logger=<module> msg=<m>",
        "level=<l> time=<iso> <m>",
        "[<uptime>] <m>",
        "<l>[<tid>]: <m>",
        "<id> <iso> <L> <m>",
        "[<thread>] <L> <logger> - <m>",
        "<name> <host> <module>[<pid>]: <m>",
        "<name> <host> <module>: <L>: <m>",
        "{<iso>} {<L>} {<module>} <m>",
    ]);
}

/// A log in which every `every`th line has another format than the rest, with level and message of
/// each line.
fn mixed(every: usize) -> Vec<(String, Option<&'static str>, String)> {
    let access = |number: usize| {
        let request = format!("\"GET /items/{number} HTTP/1.1\" 200 {} \"-\" \"curl/8.5.0\"", 500 + number);
        (line(&format!("192.0.2.{number} - - [<slash>] {request}"), number, ""), None, request)
    };
    let error = |number: usize| {
        let message = format!("open() \"/srv/{number}\" failed (2: No such file or directory)");
        let stamp = format!("2024/03/01 10:11:{}", 10 + number);
        (format!("{stamp} [error] 812#812: *{number} {message}"), Some("error"), message)
    };
    (0..50).map(|number| if number % every == 1 { error(number) } else { access(number) }).collect()
}

fn check_mixed(every: usize) {
    let lines = mixed(every);
    let log: String = lines.iter().map(|(line, ..)| line.clone() + "\n").collect();
    let seen = read(&log, Library::built_in().clone());
    assert_eq!(seen.len(), lines.len());
    for ((line, level, message), seen) in lines.iter().zip(&seen) {
        assert!(seen.timed, "{line}");
        assert_eq!((seen.level.as_deref(), &seen.message), (*level, message), "{line}");
    }
}

#[test]
fn each_line_is_read_by_its_own_format() {
    for every in [2, 3, 5, 10] {
        check_mixed(every);
    }
}

#[test]
#[ignore = "a measurement: run it with --release"]
fn formats_are_chosen_quickly() {
    let started = std::time::Instant::now();
    let library = Library::built_in();
    println!("built in: {:?}", started.elapsed());
    let shapes = ["<comma> <L5> [<thread>] <logger> - <m>", "<name> <host> <module>[<pid>]: <m>", "<m>"];
    for shape in shapes {
        let line_at = |number: usize| line(shape, number % 80, MESSAGES[number % 12]) + "\n";
        let log: String = (0..3000).map(line_at).collect();
        let started = std::time::Instant::now();
        let seen = read(&log, library.clone()).len();
        println!("{shape}: {seen} records of {} bytes in {:?}", log.len(), started.elapsed());
    }
}
