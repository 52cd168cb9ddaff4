//! One bad line costs one line: what stands before and after it is read as if it were not there.

use super::making::{between, line};
use super::scan::Place;

/// Twenty good lines around it are records of their own, with time and level.
#[track_caller]
fn check_neighbours(bad: &str) {
    let scanned = Place::with(between(bad)).scan();
    assert_eq!(
        (scanned.code, scanned.count("was served")),
        (0, 20),
        "{bad:.80}: {:?}",
        scanned.some_messages()
    );
    for number in 0..20 {
        let row = scanned.row(&format!("request {number} was served"));
        assert_eq!((row["time"].is_string(), &row["level"]), (true, &"info".into()), "{bad:.80}: {row}");
    }
}

#[test]
fn bad_lines_cost_no_neighbour() {
    for bad in [
        "{\"cut\": \"off",
        "{\"time\":\"2024-03-04T09:00:00Z\",\"msg\":\"json among text\"}",
        "}}}}]]]]",
        "<?xml version=\"1.0\"?><a><b>",
        "-----BEGIN CERTIFICATE-----",
        "2024-03-04T09:00:10Z",
        "2024-03-04T09:00:10Z ERROR",
        "2024-13-45T99:99:99Z ERROR api: no such time",
        "ERROR",
        "=cmd|' /C calc'!A0",
        "%s%s%s%n ${jndi:ldap://example.com/a} {{7*7}} <script>alert(1)</script>",
        "\"\"\"\"\"\"",
        "key=\"never closed value and more",
        "[[[[[[[[[[",
        "Traceback (most recent call last):",
        "java.lang.IllegalStateException: boom",
        "panic: runtime error",
        "{",
        "[",
        "<html>",
    ] {
        check_neighbours(bad);
    }
}

#[test]
fn long_bad_lines_cost_no_neighbour() {
    for part in
        ["{\"a\":", "[", "\\", "\"", "a=b ", "<a>", "2024-03-04T09:00:10Z ", "%", "(", "\t", "\u{1b}["]
    {
        check_neighbours(&part.repeat(200_000 / part.len()));
    }
}

#[test]
fn blank_lines_are_counted_and_nothing_else() {
    let blanks = "   \t  \n".repeat(100_000);
    let scanned = Place::with(between(blanks.trim_end_matches('\n'))).scan();
    assert_eq!((scanned.code, scanned.lines(), scanned.count("was served")), (0, 100_020, 20));
}

#[test]
fn an_error_right_after_its_header_is_part_of_the_record() {
    let trace = "java.lang.IllegalStateException: boom\n\tat com.example.Main.run(Main.java:7)\n\
                 Caused by: java.io.IOException: closed\n\tat com.example.Disk.read(Disk.java:9)\n\t... 3 more";
    let bad = format!("2024-03-04T09:00:10Z ERROR api: it broke\n{trace}");
    let scanned = Place::with(between(bad)).scan();
    assert_eq!(scanned.records(), 21, "{:?}", scanned.some_messages());
    let row = scanned.row("it broke");
    assert_eq!(row["lines"], 6, "{row}");
    assert!(row["message"].as_str().unwrap().ends_with("... 3 more"), "{row}");
}

/// Loggers that repeat the header write the lines of a trace with it; other services write between them.
#[test]
fn a_trace_whose_header_repeats_is_one_record_without_it() {
    let at = |second: usize, pid: usize, rest: &str| {
        format!("2024-03-04 09:{:02}:{:02}.123 {pid} {rest}\n", second / 60, second % 60)
    };
    let trace = [
        "Traceback (most recent call last):",
        "  File \"/app/a.py\", line 3, in f",
        "    g()",
        "TypeError: no",
        "",
    ];
    let mut log = String::new();
    for n in 0..30 {
        log += &at(n * 3, 11, &format!("INFO api.server [req-{n}] GET /{n} done"));
        // Twice, since the first must not stand in the way of the second.
        log += &at(n * 3 + 1, 12, &format!("WARNING api.worker [req-{n}] job {n} is slow"));
        for line in trace {
            log += &at(n * 3 + 1, 12, &format!("ERROR api.worker {line}"));
            if n % 2 == 0 {
                log += &at(n * 3 + 1, 13, &format!("INFO api.other [req-{n}] between"));
            }
        }
    }
    let scanned = Place::with(&log).scan();
    assert_eq!(scanned.count("Traceback"), 30, "{:?}", scanned.some_messages());
    for message in scanned.messages().iter().filter(|message| message.contains("Traceback")) {
        assert_eq!(*message, trace.join("\n").trim_end());
    }
    for message in scanned.messages() {
        assert!(!message.starts_with("File") && !message.starts_with("TypeError"), "{message}");
    }
}

#[test]
fn padded_messages_of_one_moment_stay_apart() {
    let line = |n: usize| format!("2024-03-04 09:00:{:02} INFO      main      started part {n}\n", n / 10);
    let scanned = Place::with((0..200).map(line).collect::<String>()).scan();
    assert_eq!((scanned.records(), scanned.count("started part")), (200, 200));
}

#[test]
fn a_blank_line_of_a_container_is_no_record() {
    let wrap = |n: usize, text: &str| {
        format!("{{\"log\":\"{text}\\n\",\"stream\":\"stdout\",\"time\":\"2024-03-04T09:00:{n:02}.5Z\"}}\n")
    };
    let log: String =
        (0..40).map(|n| if n % 2 == 0 { wrap(n, &format!("job {n} done")) } else { wrap(n, "") }).collect();
    let scanned = Place::with(log).scan();
    assert_eq!((scanned.lines(), scanned.records()), (40, 20), "{:?}", scanned.some_messages());
    for row in &scanned.rows {
        assert!(row["message"].as_str().unwrap().ends_with(" done"), "{row}");
        assert!(row["time"].is_string(), "{row}");
        let notes = row["notes"].as_array().unwrap();
        assert!(!notes.iter().any(|note| note == "no-time"), "the wrapping has the time: {row}");
    }
}

#[test]
fn many_writers_in_one_file_lose_no_line() {
    let text = |n: usize| format!("{} [{}] {}", &line(n)[..20], n % 7, &line(n)[21..]);
    let scanned = Place::with((0..5_000).map(text).collect::<String>()).scan();
    assert_eq!((scanned.code, scanned.records(), scanned.count("was served")), (0, 5_000, 5_000));
}
