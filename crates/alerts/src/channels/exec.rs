//! A program that is run for each notice, with the notice as JSON on its standard input.
//!
//! It is run only where the setting says `enabled: true`, never by a shell, with nothing of the log among its arguments or
//! its environment, and ended when it takes too long.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, webhook};
use crate::delivery::{Channel, DeliveryError, name_of};
use crate::notice::Notice;
use crate::settings::Fault;

/// The exit code that means: try again later (`EX_TEMPFAIL`).
const LATER: i32 = 75;

/// A program.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whether it may be run at all.
    pub enabled: bool,
    /// The program, with its whole path.
    pub command: PathBuf,
    /// Its arguments, as they are.
    pub arguments: Vec<String>,
}

impl Kind for Settings {
    const NAME: &'static str = "exec";
    const KEEPS_STATE: bool = true;

    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !self.enabled {
            faults.push(Fault::new(
                "enabled",
                "is off, so that the program would not be run",
                "set enabled: true if you mean it",
            ));
        }
        if !self.command.is_absolute() {
            faults.push(Fault::new("command", "is no whole path", "such as /usr/local/bin/tell"));
        }
        faults
    }

    fn open(&self, timeout: Duration) -> Result<Box<dyn Channel>, String> {
        Ok(Box::new(Exec { settings: self.clone(), timeout }))
    }
}

struct Exec {
    settings: Settings,
    timeout: Duration,
}

impl Channel for Exec {
    fn deliver(&mut self, notice: &Notice, id: &str) -> Result<(), DeliveryError> {
        if !self.settings.enabled {
            return Err(DeliveryError::Never("exec is not enabled".to_owned()));
        }
        let shown = self.settings.command.display().to_string();
        let failed = |error: std::io::Error| DeliveryError::Later(format!("{shown}: {error}"));
        let mut child = Command::new(&self.settings.command)
            .args(&self.settings.arguments)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LOGSIFT_NOTICE_ID", name_of(id))
            .env("LOGSIFT_HAPPENED", notice.happened.name())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        if let Some(mut input) = child.stdin.take() {
            // No more than fits into a pipe, so that a program that never reads cannot hold us up; one that does not
            // care for it closes it.
            let _ = input.write_all(webhook::payload(notice).to_string().as_bytes());
        }
        let end = Instant::now() + self.timeout;
        loop {
            match child.try_wait().map_err(failed)? {
                Some(status) if status.success() => return Ok(()),
                Some(status) if status.code() == Some(LATER) => {
                    return Err(DeliveryError::Later(format!("{shown} asks to be run later")));
                }
                Some(status) => return Err(DeliveryError::Never(format!("{shown}: {status}"))),
                None if Instant::now() >= end => {
                    child.kill().and_then(|()| child.wait()).map_err(failed)?;
                    return Err(DeliveryError::Later(format!("{shown} took too long")));
                }
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        }
    }

    fn connect(&mut self) -> Result<(), DeliveryError> {
        let there = self.settings.command.is_file();
        if there {
            Ok(())
        } else {
            Err(DeliveryError::Never(format!("{}: no such program", self.settings.command.display())))
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::super::sample;
    use super::*;

    fn shell(script: &str, enabled: bool) -> Settings {
        Settings { enabled, command: "/bin/sh".into(), arguments: vec!["-c".to_owned(), script.to_owned()] }
    }

    fn run(script: &str) -> Result<(), DeliveryError> {
        shell(script, true).open(Duration::from_millis(500)).unwrap().deliver(&sample::hostile(), "1")
    }

    #[test]
    fn the_notice_is_on_standard_input_and_the_exit_code_says_how_it_went() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("got");
        run(&format!("cat > {}", file.display())).unwrap();
        let got: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        assert_eq!(got["happened"], "opened");
        assert!(matches!(run("exit 1"), Err(DeliveryError::Never(_))));
        assert!(matches!(run("exit 75"), Err(DeliveryError::Later(_))));
        assert!(matches!(run("sleep 30"), Err(DeliveryError::Later(_))));
        assert!(
            matches!(run("env | grep -v -E '^(LOGSIFT_|PATH=|PWD=|SHLVL=|_=)' && exit 1; true"), Ok(())),
            "nothing else is in its environment"
        );
    }

    #[test]
    fn it_is_off_by_default() {
        assert_eq!(shell("true", false).faults()[0].key, "enabled");
        let result =
            shell("true", false).open(Duration::from_secs(1)).unwrap().deliver(&sample::opened(), "1");
        assert!(matches!(result, Err(DeliveryError::Never(_))));
    }
}
