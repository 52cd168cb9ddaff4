//! Logs that tests of comparisons and of following are made of: a service on a good or a bad day, and runs of a build.

/// Numbers that look random and are the same in every run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// A day of May 2024 of a service. On a bad day requests become slow after the 800th record, heartbeats cease, and
/// connections are refused.
pub(crate) fn service(day: u64, bad: bool) -> String {
    let (mut dice, mut text) = (Dice::new(day), String::new());
    for nth in 0..2400 {
        let late = bad && nth > 800;
        let second = 8 * 3600 + nth * 3 + dice.below(3);
        let stamp =
            format!("2024-05-{day:02} {:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
        let line = match dice.below(100) {
            0..60 => {
                let ms = (15 + dice.below(20)) * if late { 8 } else { 1 };
                format!(
                    "INFO request {} served in {ms} ms by worker-{}",
                    1000 + dice.below(9000),
                    dice.below(8)
                )
            }
            60..90 => format!(
                "INFO cache {} for key user:{}",
                ["hit", "miss"][dice.below(2) as usize],
                dice.below(500)
            ),
            90..96 if !late => format!("DEBUG heartbeat sent to 10.0.0.{}", dice.below(9)),
            _ => format!("WARN retry {} of job {}", dice.below(3), dice.below(1000)),
        };
        text.push_str(&format!("{stamp} {line}\n"));
        if late && dice.below(15) == 0 {
            text.push_str(&format!("{stamp} ERROR connection to 10.0.0.7:5432 refused: too many clients\n"));
        }
    }
    text
}

/// The log of a build without times.
pub(crate) fn build(seed: u64, red: bool) -> String {
    let (mut dice, mut text) = (Dice::new(seed), String::from("Checking out the repository\n"));
    (0..40).for_each(|nth| {
        text.push_str(&format!("   Compiling crate{nth} v0.{}.{}\n", nth % 7, dice.below(9)))
    });
    for nth in 0..120 {
        let result = if red && nth == 77 { "FAILED" } else { "ok" };
        text.push_str(&format!("test module_{}::case_{nth} ... {result}\n", nth % 9));
    }
    text.push_str(if red {
        "\nfailures:\n\n---- module_5::case_77 stdout ----\n\
         thread 'module_5::case_77' panicked at src/module_5.rs:88:9:\n\
         assertion `left == right` failed\n  left: 3\n right: 4\n\n\
         test result: FAILED. 119 passed; 1 failed\nerror: test failed, to rerun pass `--lib`\n"
    } else {
        "test result: ok. 120 passed; 0 failed\nUploading artifacts\n"
    });
    text
}
