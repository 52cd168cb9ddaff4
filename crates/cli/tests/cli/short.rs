//! Logs of a few minutes, in which somebody looks for what went wrong: no budget allows anything in so short a time.

use std::fmt::Write;

use super::run::Folder;

/// Five minutes of a shop; where there is trouble its database is lost for some seconds.
fn shop(trouble: bool) -> String {
    let mut log = String::new();
    for nth in 0..600u32 {
        let stamp = format!("2026-03-04T10:{:02}:{:02}.{:03}Z", nth / 120, nth / 2 % 60, nth % 2 * 500);
        let user = nth * 7919 % 500;
        match nth {
            401 if trouble => writeln!(log, "{stamp} ERROR database connection lost: connection refused"),
            402..=430 if trouble => {
                writeln!(log, "{stamp} ERROR request GET /orders/{user} failed: no connection available")
            }
            _ if nth % 3 == 0 => writeln!(log, "{stamp} INFO cache hit for user:{user}"),
            _ => writeln!(log, "{stamp} INFO request GET /orders/{user} served in {} ms", user % 70 + 5),
        }
        .unwrap();
    }
    log
}

fn scanned(name: &str, log: &str) -> String {
    let folder = Folder::with_logs();
    folder.write(name, log.as_bytes());
    let run = folder.run(&["scan", name]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    run.stdout
}

#[test]
fn an_outbreak_of_errors_is_raised_with_the_first_of_them_as_its_cause() {
    let report = scanned("shop.log", &shop(true));
    assert!(report.starts_with("1 incident"), "{report}");
    assert!(report.contains("Outbreak of errors: `database connection lost"), "{report}");
    assert!(report.contains("cause    shop.log:402"), "{report}");
}

#[test]
fn the_same_log_without_it_has_no_incident() {
    let report = scanned("shop.log", &shop(false));
    assert!(report.starts_with("no incident"), "{report}");
}

#[test]
fn a_failed_test_is_the_cause_and_not_the_sum_of_them() {
    let mut log = String::from("[INFO] Scanning for projects...\n");
    for nth in 0..80 {
        writeln!(log, "[INFO] Downloading https://repo.example.com/maven2/b{nth}-1.{nth}.pom").unwrap();
    }
    log.push_str("[ERROR] com.example.CartTest.total  Time elapsed: 0.01 s  <<< FAILURE!\n");
    log.push_str("[INFO] BUILD FAILURE\n[INFO] Total time:  12.3 s\n");
    let report = scanned("build.log", &log);
    assert!(report.starts_with("1 incident"), "{report}");
    assert!(report.contains("cause    build.log:82"), "{report}");
}
