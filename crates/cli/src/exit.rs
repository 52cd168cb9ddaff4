//! How a run ended: the exit codes, and what is said when it did not end well.

use std::fmt;
use std::io;
use std::process::ExitCode;

/// The exit codes. They are a contract: scripts rest on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Ran, and nothing is at or above `--fail-on`.
    Ran = 0,
    /// There are findings at or above `--fail-on`.
    Findings = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// Some input could not be read; the rest was analysed.
    Unreadable = 3,
    /// An error of logsift itself.
    Internal = 4,
}

impl Exit {
    /// All exit codes.
    #[cfg(test)]
    pub(crate) const ALL: [Exit; 5] =
        [Exit::Ran, Exit::Findings, Exit::Usage, Exit::Unreadable, Exit::Internal];

    /// The number a shell sees.
    pub(crate) const fn code(self) -> u8 {
        self as u8
    }

    /// That number as a word.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Exit::Ran => "0",
            Exit::Findings => "1",
            Exit::Usage => "2",
            Exit::Unreadable => "3",
            Exit::Internal => "4",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// Why a run ended early.
#[derive(Debug)]
pub(crate) struct Problem {
    exit: Exit,
    text: String,
}

impl Problem {
    /// The user asked for something that cannot be done.
    pub(crate) fn usage(text: impl fmt::Display) -> Problem {
        Problem { exit: Exit::Usage, text: text.to_string() }
    }

    /// An input could not be read, and without it there is nothing to do.
    pub(crate) fn unreadable(text: impl fmt::Display) -> Problem {
        Problem { exit: Exit::Unreadable, text: text.to_string() }
    }

    /// Something of ours failed.
    pub(crate) fn internal(text: impl fmt::Display) -> Problem {
        Problem { exit: Exit::Internal, text: text.to_string() }
    }

    /// The exit code that tells it.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whoever read our output has seen enough: `logsift … | head` is a success.
pub(crate) fn unless_pipe_closed(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_those_of_the_contract() {
        assert_eq!(Exit::ALL.map(Exit::code), [0, 1, 2, 3, 4]);
        assert_eq!(Exit::ALL.map(Exit::name), Exit::ALL.map(|exit| exit.code().to_string()));
    }

    #[test]
    fn a_closed_pipe_is_no_error_and_a_full_disk_is() {
        assert!(unless_pipe_closed(Err(io::ErrorKind::BrokenPipe.into())).is_ok());
        assert!(unless_pipe_closed(Err(io::ErrorKind::StorageFull.into())).is_err());
    }
}
