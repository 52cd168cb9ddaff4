//! Runs `logsift scan` under a clock, watches its memory and checks what every run promises.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use logsift_reports::escape::is_unsafe;
use serde_json::Value;
use tempfile::TempDir;

/// A run that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(300);

/// A folder for the input, beside which everything else is kept.
pub(crate) struct Place {
    _root: TempDir,
    input: PathBuf,
    outputs: PathBuf,
}

/// What came of a run.
pub(crate) struct Scanned {
    pub(crate) code: i32,
    pub(crate) report: Value,
    pub(crate) rows: Vec<Value>,
    /// The most resident memory that was seen, in KiB; nothing where the system does not say.
    pub(crate) peak: Option<u64>,
}

impl Place {
    pub(crate) fn new() -> Place {
        let root = tempfile::tempdir().unwrap();
        let (input, outputs) = (root.path().join("input"), root.path().join("outputs"));
        fs::create_dir(&input).unwrap();
        fs::create_dir(&outputs).unwrap();
        Place { _root: root, input, outputs }
    }

    /// With one file, `input.log`.
    pub(crate) fn with(bytes: impl AsRef<[u8]>) -> Place {
        let place = Place::new();
        place.write("input.log", bytes);
        place
    }

    pub(crate) fn path(&self) -> &Path {
        &self.input
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.input.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Scans everything in the folder.
    pub(crate) fn scan(&self) -> Scanned {
        self.scan_words(&["."])
    }

    pub(crate) fn scan_words(&self, words: &[&str]) -> Scanned {
        self.start(words, Stdio::null(), true).wait(|| {})
    }

    /// Scans without rows, for inputs whose rows nobody could hold.
    pub(crate) fn scan_report(&self, words: &[&str]) -> Scanned {
        self.start(words, Stdio::null(), false).wait(|| {})
    }

    /// Starts a scan that goes on while the test does something to its input.
    pub(crate) fn start(&self, words: &[&str], input: Stdio, rows: bool) -> Running {
        let file = |name: &str| self.outputs.join(name);
        let mut command = Command::new(env!("CARGO_BIN_EXE_logsift"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("LOGSIFT_") {
                command.env_remove(name);
            }
        }
        command.current_dir(&self.input).env("TZ", "UTC").arg("scan").args(words);
        command.args(["--format", "json", "--color", "never"]);
        let text = file("report.txt");
        command.arg("--output").arg(&text);
        let rows = rows.then(|| file("rows.ndjson"));
        if let Some(rows) = &rows {
            command.arg("--records").arg(rows);
        }
        let (out, error) = (file("stdout"), file("stderr"));
        command.stdin(input).stdout(File::create(&out).unwrap()).stderr(File::create(&error).unwrap());
        Running { child: command.spawn().unwrap(), out, error, text, rows }
    }
}

/// A scan that has not ended.
pub(crate) struct Running {
    child: Child,
    out: PathBuf,
    error: PathBuf,
    text: PathBuf,
    rows: Option<PathBuf>,
}

impl Running {
    /// Waits for its end, calls `meanwhile` again and again until then, and checks what every run promises.
    pub(crate) fn wait(mut self, mut meanwhile: impl FnMut()) -> Scanned {
        let started = Instant::now();
        let mut peak = None;
        let status = loop {
            peak = peak_of(self.child.id()).max(peak);
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if started.elapsed() > PATIENCE {
                self.child.kill().unwrap();
                self.child.wait().unwrap();
                panic!("hangs");
            }
            meanwhile();
            thread::sleep(Duration::from_millis(3));
        };
        let said = text_of(&self.error);
        let code = status.code().unwrap_or_else(|| panic!("{status}: {said}"));
        assert!([0, 3].contains(&code), "{code}: {said}");
        assert!(!said.contains("panicked"), "{said}");
        let report = text_of(&self.out);
        for text in [&said, &report, &text_of(&self.text)] {
            check_harmless(text);
        }
        let report = serde_json::from_str(&report).unwrap_or_else(|error| panic!("{error}: {report}"));
        let rows = self.rows.map(|rows| rows_of(&rows));
        let scanned = Scanned { code, report, rows: rows.unwrap_or_default(), peak };
        scanned.check_balance(scanned.rows.len() as u64);
        scanned
    }
}

fn text_of(path: &Path) -> String {
    String::from_utf8(fs::read(path).unwrap_or_default()).expect("all output is UTF-8")
}

fn rows_of(path: &Path) -> Vec<Value> {
    let text = text_of(path);
    check_harmless(&text);
    let row = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(row).collect()
}

/// Nothing that a terminal would obey, and nothing that turns or hides text.
fn check_harmless(text: &str) {
    let found = text.chars().position(|character| is_unsafe(character) && character != '\n');
    if let Some(at) = found {
        let near: String = text.chars().skip(at.saturating_sub(80)).take(160).collect();
        panic!("unsafe output: {near:?}");
    }
}

/// The most memory that a running process ever had, in KiB.
fn peak_of(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

impl Scanned {
    fn check_balance(&self, rows: u64) {
        let balance = &self.report["totals"]["balance"];
        let figure = |name: &str| balance[name].as_u64().unwrap();
        let skipped: u64 =
            balance["skipped"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
        assert_eq!(figure("lines"), figure("records") + figure("continuations") + skipped, "{balance}");
        assert_eq!(balance["holds"], true, "{balance}");
        if rows > 0 {
            assert_eq!(figure("records"), rows, "{balance}");
            let lines: u64 = self.rows.iter().map(|row| row["lines"].as_u64().unwrap()).sum();
            assert_eq!(figure("records") + figure("continuations"), lines, "{balance}");
        }
    }

    pub(crate) fn lines(&self) -> u64 {
        self.report["totals"]["balance"]["lines"].as_u64().unwrap()
    }

    pub(crate) fn records(&self) -> u64 {
        self.report["totals"]["balance"]["records"].as_u64().unwrap()
    }

    pub(crate) fn messages(&self) -> Vec<&str> {
        self.rows.iter().map(|row| row["message"].as_str().unwrap()).collect()
    }

    /// How many messages contain these words.
    pub(crate) fn count(&self, words: &str) -> usize {
        self.messages().iter().filter(|message| message.contains(words)).count()
    }

    /// The row whose message contains these words.
    #[track_caller]
    pub(crate) fn row(&self, words: &str) -> &Value {
        let found = self.rows.iter().find(|row| row["message"].as_str().unwrap().contains(words));
        found.unwrap_or_else(|| panic!("no message has {words:?}: {:?}", self.some_messages()))
    }

    pub(crate) fn some_messages(&self) -> Vec<String> {
        self.messages().iter().take(20).map(|message| message.chars().take(120).collect()).collect()
    }

    /// Whether a notice names the file and says these words.
    pub(crate) fn told(&self, name: &str, words: &str) -> bool {
        let notices = self.report["notices"].as_array().unwrap();
        let says = |value: &Value, words: &str| value.as_str().unwrap().contains(words);
        notices.iter().any(|notice| says(&notice["name"], name) && says(&notice["text"], words))
    }

    #[track_caller]
    pub(crate) fn check_memory(&self, most_mib: u64) {
        if let Some(peak) = self.peak {
            let most = (most_mib << 10) + idle().saturating_sub(PROGRAM_KIB);
            assert!(peak < most, "{peak} KiB, more than {most} KiB");
        }
    }
}

/// What the limits of the tests leave for the program itself.
const PROGRAM_KIB: u64 = 20 << 10;

/// What a scan of two lines takes. An unoptimised program is larger with everything that is linked to it; the
/// limits are about what the input adds.
fn idle() -> u64 {
    static IDLE: OnceLock<u64> = OnceLock::new();
    *IDLE.get_or_init(|| {
        let place = Place::with("2024-03-04T09:00:10Z a record\n2024-03-04T09:00:11Z another\n");
        place.scan().peak.unwrap_or(0)
    })
}
