//! The listening part of `serve`: the handle of a daemon in, a server at an address out.

use std::fs;
use std::path::Path;

use logsift_pipeline::daemon::Handle;
use logsift_server::{Limits, Role, Server, ServerError, Setting, Settings, Tls, Token, start};

use super::log::Log;
use crate::arguments::listening::Listening;
use crate::exit::Problem;

/// Listens, unless it should not.
pub(crate) fn begin(
    arguments: &Listening,
    config: Vec<Setting>,
    handle: Handle,
    log: &Log,
) -> Result<Option<Server>, Problem> {
    if arguments.no_listen {
        return Ok(None);
    }
    if arguments.insecure && !arguments.listen.ip().is_loopback() {
        log.say("warn", "insecure: other machines are let in, and no token is asked for", &[]);
    }
    let scheme = if arguments.tls_certificate.is_some() { "https" } else { "http" };
    let tls = arguments.tls_certificate.clone().zip(arguments.tls_key.clone());
    let settings = Settings {
        listen: arguments.listen,
        tokens: arguments.tokens.as_deref().map(tokens).transpose()?.unwrap_or_default(),
        insecure: arguments.insecure,
        tls: tls.map(|(certificate, key)| Tls { certificate, key }),
        limits: Limits::default(),
        config,
    };
    let server = start(settings, handle).map_err(|error| match error {
        ServerError::Open(_) | ServerError::Bind { .. } | ServerError::Tls(_) => Problem::usage(error),
        _ => Problem::internal(error),
    })?;
    log.say("info", &format!("listening at {scheme}://{}", server.address()), &[]);
    Ok(Some(server))
}

/// The tokens of a file: a line `NAME ROLE SHA256` each.
fn tokens(file: &Path) -> Result<Vec<Token>, Problem> {
    let text = fs::read_to_string(file).map_err(|error| {
        Problem::usage(format!("cannot read the tokens in `{}`: {error}", file.display()))
    })?;
    let lines = text.lines().zip(1..).map(|(line, number)| (line.trim(), number));
    let lines = lines.filter(|(line, _)| !line.is_empty() && !line.starts_with('#'));
    let wrong = |number: usize, why: &str| {
        Problem::usage(format!(
            "`{}`, line {number}: {why}\nhint: `logsift token new` prints such a line",
            file.display()
        ))
    };
    let token = |(line, number): (&str, usize)| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, role, hash] = words.as_slice() else {
            return Err(wrong(number, "a token is written `NAME ROLE SHA256`"));
        };
        let role =
            Role::of(role).ok_or_else(|| wrong(number, "the role is none of push, read, feedback, admin"))?;
        Token::of_hash(name, role, hash).map_err(|_| wrong(number, "the hash is not 64 hexadecimal digits"))
    };
    lines.map(token).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<usize, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tokens");
        fs::write(&file, text).unwrap();
        tokens(&file).map(|tokens| tokens.len()).map_err(|problem| problem.to_string())
    }

    #[test]
    fn tokens_are_read_from_a_file() {
        let hash = "a".repeat(64);
        assert_eq!(read(&format!("# ours\n\nops admin {hash}\nshipper push {hash}\n")), Ok(2));
        for (text, expected) in [
            ("ops admin\n".to_owned(), "line 1: a token is written"),
            (format!("\nops king {hash}\n"), "line 2: the role is none of"),
            ("ops read abc\n".to_owned(), "line 1: the hash is not 64"),
        ] {
            let problem = read(&text).unwrap_err();
            assert!(problem.contains(expected), "{problem}");
        }
    }
}
