//! The listening part of `serve`: the handle of a daemon in, a server at each address out.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use logsift_pipeline::daemon::Handle;
use logsift_pipeline::settings::{self, Settings as File};
use logsift_server::{InForce, Limits, Role, Server, ServerError, Settings, Tls, Token, start};

use super::bounds::Handles;
use super::log::Log;
use crate::arguments::listening::Listening;
use crate::exit::Problem;

/// Listens, unless it should not. What a flag says is over the settings; tokens of both are let in.
pub(crate) fn begin(
    arguments: &Listening,
    file: &File,
    handles: Handles,
    config: &InForce,
    handle: &Handle,
    log: &Log,
) -> Result<Vec<Server>, Problem> {
    if arguments.no_listen {
        return Ok(Vec::new());
    }
    if file.tls.client_authority.is_some() {
        return Err(Problem::usage(
            "`tls.client_authority`: clients are not asked for certificates\nhint: leave it out, and give them tokens",
        ));
    }
    let insecure = arguments.insecure || file.auth.insecure;
    let mut tokens = arguments.tokens.as_deref().map(tokens).transpose()?.unwrap_or_default();
    for token in &file.auth.tokens {
        tokens.push(written(token)?);
    }
    let flags = arguments.tls_certificate.clone().zip(arguments.tls_key.clone());
    let tls = flags.or_else(|| file.tls.certificate.clone().zip(file.tls.key.clone()));
    let tls = tls.map(|(certificate, key)| Tls { certificate, key });
    let scheme = if tls.is_some() { "https" } else { "http" };
    let mut servers = Vec::new();
    for listen in addresses(arguments, file) {
        if insecure && !listen.ip().is_loopback() {
            log.say("warn", "insecure: other machines are let in, and no token is asked for", &[]);
        }
        let settings = Settings {
            listen,
            tokens: tokens.clone(),
            insecure,
            tls: tls.clone(),
            limits: limits(file, handles),
            config: config.clone(),
        };
        let server = start(settings, handle.clone()).map_err(|error| match error {
            ServerError::Open(_) | ServerError::Bind { .. } | ServerError::Tls(_) => Problem::usage(error),
            _ => Problem::internal(error),
        })?;
        log.say("info", &format!("listening at {scheme}://{}", server.address()), &[]);
        servers.push(server);
    }
    Ok(servers)
}

/// Where the dashboard is, for links in alerts; nothing where nobody listens.
pub(crate) fn link(arguments: &Listening, file: &File) -> Option<String> {
    let secured = arguments.tls_certificate.is_some() || file.tls.certificate.is_some();
    let scheme = if secured { "https" } else { "http" };
    let first = addresses(arguments, file).into_iter().find(|address| !address.ip().is_unspecified());
    first
        .filter(|address| !arguments.no_listen && address.port() != 0)
        .map(|address| format!("{scheme}://{address}"))
}

fn addresses(arguments: &Listening, file: &File) -> Vec<SocketAddr> {
    if arguments.listen.is_empty() {
        return file.listen.iter().map(|address| address.0).collect();
    }
    arguments.listen.clone()
}

fn limits(file: &File, handles: Handles) -> Limits {
    let given = &file.limits;
    let bytes = |size: u64| usize::try_from(size).unwrap_or(usize::MAX);
    Limits {
        connections: handles.connections,
        head_bytes: bytes(given.headers.0),
        head_time: given.header_time.0,
        body_bytes: bytes(given.body.0),
        body_time: given.body_time.0,
        ..Limits::default()
    }
}

/// A token of the settings.
fn written(token: &settings::Token) -> Result<Token, Problem> {
    let role = match token.role {
        settings::Role::Ingest => Role::Push,
        settings::Role::Read => Role::Read,
        settings::Role::Feedback => Role::Feedback,
        settings::Role::Admin => Role::Admin,
    };
    let made = match (&token.token, &token.hash) {
        (Some(secret), _) => Token::of_secret(&token.name, role, secret.reveal().as_bytes()),
        (None, hash) => {
            let digits = hash.as_deref().unwrap_or_default();
            Token::of_hash(&token.name, role, digits.strip_prefix("sha256:").unwrap_or(digits))
        }
    };
    made.map_err(Problem::usage)
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
    fn tokens_and_addresses_of_the_settings_are_taken() {
        let text = format!(
            "listen: ['127.0.0.1:0', '127.0.0.2:7']\nauth:\n  tokens:\n    - {{ name: a, role: ingest, token: 0123456789abcdef }}\n    - {{ name: b, role: read, hash: 'sha256:{}' }}\n",
            "b".repeat(64)
        );
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        let loaded = settings::load(Some(file.path()), &settings::Variables::default()).unwrap();
        let roles: Vec<Role> =
            loaded.settings.auth.tokens.iter().map(|token| written(token).unwrap().role()).collect();
        assert_eq!(roles, [Role::Push, Role::Read]);
        let silent = Listening {
            listen: Vec::new(),
            no_listen: false,
            tokens: None,
            insecure: false,
            tls_certificate: None,
            tls_key: None,
        };
        assert_eq!(addresses(&silent, &loaded.settings).len(), 2);
        assert_eq!(link(&silent, &loaded.settings), None, "a port that is chosen later is not known");
        let said = Listening { listen: vec![([127, 0, 0, 1], 9).into()], ..silent };
        assert_eq!(link(&said, &loaded.settings).as_deref(), Some("http://127.0.0.1:9"));
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
