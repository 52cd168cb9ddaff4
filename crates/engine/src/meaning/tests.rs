//! What counts, what does not, and the laws of it.

use proptest::prelude::*;

use super::*;
use crate::records::level::Level;

fn nothing(message: &str) {
    let meaning = of_text(message.as_bytes());
    assert_eq!((meaning.weight, meaning.hard), (0.0, None), "{message}: {:?}", meaning.words);
}

fn check(message: &str, least: f64, most: f64, words: &[&str]) {
    let meaning = of_text(message.as_bytes());
    assert!((least - 1e-9..=most + 1e-9).contains(&meaning.weight), "{message}: {meaning:?}");
    assert_eq!(meaning.words().collect::<Vec<_>>(), words, "{message}");
    assert_eq!(meaning.hard, None, "{message}");
}

fn hard(message: &str, signal: HardSignal) {
    let meaning = of_text(message.as_bytes());
    assert_eq!(meaning.hard, Some(signal), "{message}: {meaning:?}");
    assert!(meaning.weight >= 8.0, "{message}: {meaning:?}");
}

fn soft(message: &str) {
    let meaning = of_text(message.as_bytes());
    assert_eq!(meaning.hard, None, "{message}: {meaning:?}");
}

#[test]
fn ordinary_messages_say_nothing() {
    for message in [
        "",
        "Started session 42 of user root",
        "GET /index.html HTTP/1.1 200 512",
        "Received block blk_-160899 of size 67108864",
        "terror mirror horror default deadline",
        "the notable knowledge of nothing",
        "binding to port 8080, loading classes",
    ] {
        nothing(message);
    }
}

#[test]
fn what_is_turned_round_says_nothing() {
    for message in [
        "no error",
        "No errors found",
        "completed without failure",
        "finished with 0 errors",
        "0 errors, 0 warnings",
        "12 passed; 0 failed; 0 crashed",
        "no error or crash or panic",
        "failed: 0",
        "failed=0 succeeded_total=12",
        "errors=0",
        "errors = 0",
        "error count: 0",
        "errorCode 0",
        "error_code=0",
        "error code: 0x0",
        "err=<nil>",
        "err=nil msg=x",
        "error=null",
        "{\"error\":null,\"failures\":[]}",
        "{\"error\": \"\", \"id\": 3}",
        "error: none",
        "was not corrupted",
        "did not fail",
        "didn't crash",
        "ist ohne Fehler beendet",
        "kein Fehler",
        "aucune erreur",
        "terminado sin errores",
        "没有错误",
    ] {
        nothing(message);
    }
}

#[test]
fn names_and_flags_say_nothing() {
    for message in [
        "ErrorHandler registered",
        "registering the error handler",
        "org.example.FailurePolicy loaded",
        "on_error=continue",
        "onFailure hook installed",
        "java -XX:+ExitOnOutOfMemoryError -XX:+HeapDumpOnOutOfMemoryError",
        "run --on-error --fail-fast --max-failures 3",
        "isFailed isError",
        "soft error detector enabled",
        "fault tolerance is on",
        "fail-safe defaults",
        "the dead-letter queue was made",
        "timeout=30s",
        "connect timeout: 5000 ms",
    ] {
        nothing(message);
    }
}

#[test]
fn trouble_is_heard() {
    check("Failed password for root", 3.0, 3.0, &["fail"]);
    check("FAILED", 3.0, 3.0, &["fail"]);
    check("java.io.IOException: Connection refused", 4.0, 5.0, &["exception", "refus"]);
    check("connection_refused by peer", 3.0, 3.0, &["refus"]);
    check("NullPointerException in run", 3.5, 5.0, &["null pointer", "exception"]);
    check("nullpointerexception in run", 3.0, 5.0, &["nullpointer"]);
    check("KeyError: 'a', ioerror", 3.0, 3.0, &["error"]);
    check("request timed out after 30 s", 3.0, 3.0, &["timed out"]);
    check("no such file or directory", 1.5, 1.5, &["no such"]);
    check("host is not responding", 3.0, 3.0, &["not responding"]);
    check("3 errors", 3.0, 3.0, &["error"]);
    check("10 errors", 3.0, 3.0, &["error"]);
    check("disk 0 failed", 3.0, 3.0, &["fail"]);
    check("error 0x3f read", 3.0, 3.0, &["error"]);
    check("no backup: error", 3.0, 3.0, &["error"]);
    check("open failed: no such file", 2.0, 2.1, &["fail", "no such"]);
    check("open failed: permission denied, no such file", 4.5, 4.6, &["fail", "denied", "no such"]);
    check("retrying", 0.5, 0.5, &["retry"]);
    check("errors=3", 3.0, 3.0, &["error"]);
    check("errors=\u{1}", 1.5, 1.5, &["error"]);
    check("see /var/log/error", 0.75, 0.75, &["error"]);
    check("exit if failed", 1.2, 1.2, &["fail"]);
    check("Das Öffnen ist fehlgeschlagen", 3.0, 3.0, &["fehlgeschlagen"]);
    check("Lesefehler auf Platte", 3.0, 3.0, &["fehler"]);
    check("échec de la connexion", 3.0, 3.0, &["échec"]);
    check("conexión rechazada", 3.0, 3.0, &["rechazad"]);
    check("falha ao abrir", 3.0, 3.0, &["falha"]);
    check("数据库连接失败", 3.0, 3.0, &["失败"]);
    check("接続エラーが発生", 3.0, 3.0, &["エラー"]);
}

#[test]
fn what_is_over_says_less() {
    check("parity error corrected", 1.0, 1.3, &["parity error"]);
    check("recovered from failure", 1.2, 1.2, &["fail"]);
    check("error could not be corrected", 3.0, 3.0, &["error", "could not"]);
    check("failed to recover; not repaired", 3.0, 3.0, &["failed to"]);
    soft("checksum mismatch was repaired from the replica");
}

#[test]
fn the_exception_of_a_trace_counts_and_its_frames_do_not() {
    let python = "Traceback (most recent call last):\n  File \"fail.py\", line 3, in crash\n    raise Panic()\n\
                  OSError: [Errno 28] No space left on device";
    hard(python, HardSignal::DiskFull);
    let java = "request done\n\tat org.example.Deadlock.OutOfMemoryError(Crash.java:3)\n\t... 3 more";
    nothing(java);
    hard(
        "request done\n\tat a.B.c(B.java:3)\nCaused by: java.lang.OutOfMemoryError: Java heap space",
        HardSignal::OutOfMemory,
    );
}

#[test]
fn hard_signals_are_statements() {
    use HardSignal::*;
    hard("Kernel panic - not syncing: Fatal exception", Panic);
    hard("panic: assignment to entry in nil map", Panic);
    hard("thread 'main' panicked at src/main.rs:3:5:", Panic);
    hard("kernel BUG at mm/slub.c:3601!", Panic);
    hard("BUG: unable to handle kernel paging request at 0000", Panic);
    hard("Oops: 0002 [#1] SMP", Panic);
    hard("Out of memory: Killed process 4242 (java)", OutOfMemory);
    hard("mysqld invoked oom-killer: gfp_mask=0x201da", OutOfMemory);
    hard("OOMKilled", OutOfMemory);
    hard("fork: Cannot allocate memory", OutOfMemory);
    hard("terminate called after throwing an instance of 'std::bad_alloc'", OutOfMemory);
    hard("fatal error: all goroutines are asleep - deadlock!", Deadlock);
    hard("app[7]: segfault at 0 ip 00007f sp 00007f error 4", Segfault);
    hard("Segmentation fault (core dumped)", Segfault);
    hard("worker 3 exited: core dumped", Crash);
    hard("Back-off restarting: CrashLoopBackOff", Crash);
    hard("page verification failed, checksum mismatch in block 3", Corruption);
    hard("ERROR 1213: Deadlock found when trying to get lock", Deadlock);
    hard("write: No space left on device", DiskFull);
    hard("accept4: Too many open files", FilesExhausted);
    hard("EXT4-fs (sda1): Remounting filesystem read-only", ReadOnly);
    hard("task jbd2:42 blocked for more than 120 seconds.", Hang);
    hard("watchdog: BUG: soft lockup - CPU#1 stuck for 22s!", Hang);
    hard("BUILD FAILED in 12s", RunFailed);
    hard("[INFO] BUILD FAILURE", RunFailed);
    hard("test result: FAILED. 180 passed; 1 failed; 0 ignored", RunFailed);
    hard("--- FAIL: TestParse (0.00s)", RunFailed);
    hard("##[error]Process completed with exit code <int>.", RunFailed);
    hard("ERROR: Job failed: exit code 1", RunFailed);
    hard("npm ERR! code ELIFECYCLE", RunFailed);
    hard("=== short test summary info ===", RunFailed);
    hard("mce: [Hardware Error]: Machine check events logged", Hardware);
    hard("fatal error: unexpected signal", Fatal);
}

#[test]
fn what_only_names_a_hard_signal_is_none() {
    for message in [
        "kernel.panic = 10",
        "softlockup_panic=0",
        "panic_on_oom=0",
        "PanicRecovery middleware installed",
        "hard LOCKUP detector enabled",
        "java -XX:+HeapDumpOnOutOfMemoryError",
        "on out of memory error: exit",
        "no deadlock detected",
        "0 data corruption",
        "checksum mismatches: 0",
        "non-fatal error",
        "reading /var/crash/core dumped",
        "if no space left, rotate",
        "data corruption detection is on",
    ] {
        soft(message);
    }
}

#[test]
fn names_are_unlike_and_in_order() {
    let mut names: Vec<&str> = HardSignal::ALL.iter().map(|signal| signal.name()).collect();
    assert!(HardSignal::ALL.is_sorted());
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), HardSignal::ALL.len());
}

#[test]
fn a_common_level_says_less() {
    let text = Meaning::default();
    let levels: Vec<f64> = Level::ALL.into_iter().map(|level| of_level(Some(level))).collect();
    assert!(levels.is_sorted());
    assert_eq!(of_level(None), 0.0);
    let rare = combined(&text, Some(Level::Error), 0.001);
    let common = combined(&text, Some(Level::Error), 0.37);
    assert!(rare > 2.5 && (1.4..1.6).contains(&common), "{rare} {common}");
    assert_eq!(combined(&text, Some(Level::Error), 1.0), 0.0);
}

#[test]
fn a_calm_level_halves_the_words_but_not_a_hard_signal() {
    let failed = of_text(b"it failed");
    assert_eq!(combined(&failed, None, 1.0), 3.0);
    assert_eq!(combined(&failed, Some(Level::Info), 1.0), 1.5);
    assert_eq!(combined(&failed, Some(Level::Error), 1.0), 3.0);
    assert!(combined(&of_text(b"Kernel panic"), Some(Level::Info), 1.0) >= 8.0);
}

#[test]
fn more_evidence_never_lowers_the_score() {
    let evidence = LineEvidence { level: Some(Level::Warn), share_of_level: 0.1, rarity: 0.1, burst: 1.0 };
    let calm = of_text(b"all is well");
    let base = line_score(&calm, &evidence);
    assert!(line_score(&of_text(b"it failed"), &evidence) > base);
    assert!(line_score(&calm, &LineEvidence { level: Some(Level::Error), ..evidence }) > base);
    assert!(line_score(&calm, &LineEvidence { rarity: 0.01, ..evidence }) > base);
    assert!(line_score(&calm, &LineEvidence { burst: 0.01, ..evidence }) > base);
    let odd = LineEvidence { level: None, share_of_level: f64::NAN, rarity: 0.0, burst: -1.0 };
    assert!(line_score(&calm, &odd).is_finite());
}

/// A megabyte of what is looked at twice: with a quadratic step this would not end.
#[test]
fn hostile_texts_take_no_longer_than_others() {
    for piece in [
        "no ",
        "a",
        "0",
        "error=",
        "out of ",
        "errors: 0",
        "--",
        "A",
        "\n  File \"",
        "失",
        "error code ",
        "...",
    ] {
        let text = piece.repeat((1 << 20) / piece.len());
        assert!(of_text(text.as_bytes()).weight < 30.0, "{piece}");
    }
}

/// Pieces of messages, so that random texts hold words of the list.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let row = prop::sample::select(words::ROWS).prop_map(|row| row.text.as_bytes().to_vec());
    let sign = prop::sample::select(vec![
        &b" "[..],
        b"=",
        b": ",
        b"0",
        b"\n",
        b"\n  File \"",
        b"--",
        b"\x01",
        b"\xe3",
        b"\xff",
        b"_",
        b"\"",
        b", ",
    ]);
    let piece = prop_oneof![
        4 => row,
        4 => sign.prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_have_a_meaning(text in texts()) {
        let meaning = of_text(&text);
        prop_assert!(meaning.weight.is_finite() && meaning.weight >= 0.0);
        prop_assert_eq!(meaning.weight > 0.0, meaning.words().next().is_some());
        prop_assert!(meaning.hard.is_none() || meaning.weight >= 8.0);
        prop_assert!(meaning.weight < 30.0);
    }

    #[test]
    fn case_does_not_matter(row in prop::sample::select(words::ROWS)) {
        let upper = of_text(row.shown().to_ascii_uppercase().as_bytes());
        prop_assert_eq!(upper, of_text(row.shown().as_bytes()));
    }
}
