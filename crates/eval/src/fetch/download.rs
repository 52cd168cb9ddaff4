//! An address in, the bytes behind it in a file with a passing name out, gone on with where they were broken off.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ureq::http::Response;
use ureq::{Agent, Body};

use super::{PublishedSet, ended, unwritable};
use crate::error::EvalError;

/// How long a server may take to answer, and how long nothing may come of a file.
const PATIENCE: Duration = Duration::from_secs(60);
/// The server sends the rest of a file.
const PARTIAL: u16 = 206;
/// There is no rest: the file is whole, or another one.
const NO_RANGE: u16 = 416;

/// Fetches the file under a passing name, which it gives.
pub(super) fn download(
    set: &PublishedSet,
    path: &Path,
    told: &mut dyn FnMut(u64, Option<u64>),
) -> Result<PathBuf, EvalError> {
    let part = Part::of(path);
    let refused = |reason: String| {
        let hint = "hint: run it again to go on where it ended";
        EvalError::Unreadable {
            file: set.url.clone(),
            reason: format!("could not be fetched: {reason}\n{hint}"),
        }
    };
    let agent = agent(set);
    let mut response = part.ask(&agent, &set.url).map_err(|error| refused(error.to_string()))?;
    if response.status().as_u16() == NO_RANGE {
        part.forget();
        response = part.ask(&agent, &set.url).map_err(|error| refused(error.to_string()))?;
    }
    if !response.status().is_success() {
        return Err(refused(format!("the server answers {}", response.status())));
    }
    let (mut file, have) = part.open(&response).map_err(|error| unwritable(&part.path, &error))?;
    let whole = length(&response).map(|rest| have + rest);
    if let Some((whole, wanted)) = whole.zip(set.bytes).filter(|(whole, wanted)| whole != wanted) {
        part.forget();
        return Err(refused(format!("it has {whole} bytes instead of {wanted}")));
    }
    let most = set.bytes.or(whole).unwrap_or(u64::MAX);
    copy(response.into_body(), &mut file, have, most, &mut |bytes| told(bytes, whole))
        .and_then(|bytes| match whole {
            Some(whole) if bytes < whole => {
                Err(io::Error::other(format!("it ended after {bytes} of {whole} bytes")))
            }
            _ => file.sync_all(),
        })
        .map_err(|error| refused(error.to_string()))?;
    // What is left of the tag is of no use any more.
    let _ = fs::remove_file(&part.tag);
    Ok(part.path)
}

fn agent(set: &PublishedSet) -> Agent {
    let config = Agent::config_builder()
        // Whoever asks for an encrypted address is not led to another.
        .https_only(set.url.starts_with("https:"))
        .http_status_as_error(false)
        .timeout_connect(Some(PATIENCE))
        .timeout_recv_response(Some(PATIENCE))
        .timeout_per_read(Some(PATIENCE))
        .user_agent(concat!("logsift/", env!("CARGO_PKG_VERSION")));
    config.build().into()
}

/// A file that is not whole yet, and what the server called that version of it.
struct Part {
    path: PathBuf,
    tag: PathBuf,
}

impl Part {
    fn of(path: &Path) -> Part {
        Part { path: ended(path, ".part"), tag: ended(path, ".part.tag") }
    }

    /// Asks for what is missing; without a name of the version nobody knows whether both belong together.
    fn ask(&self, agent: &Agent, url: &str) -> Result<Response<Body>, ureq::Error> {
        let request = agent.get(url).header("Accept-Encoding", "identity");
        let have = fs::metadata(&self.path).map_or(0, |file| file.len());
        match fs::read_to_string(&self.tag) {
            Ok(tag) if have > 0 => {
                request.header("Range", format!("bytes={have}-")).header("If-Range", tag).call()
            }
            _ => request.call(),
        }
    }

    /// Opens the file where the answer goes on: at its end, or anew. Gives how much of it is there.
    fn open(&self, response: &Response<Body>) -> io::Result<(File, u64)> {
        if response.status().as_u16() == PARTIAL {
            let file = File::options().append(true).open(&self.path)?;
            let have = file.metadata()?.len();
            return Ok((file, have));
        }
        let file = File::create(&self.path)?;
        let tag = response.headers().get("ETag").and_then(|tag| tag.to_str().ok());
        match tag.filter(|tag| !tag.starts_with("W/")) {
            Some(tag) => fs::write(&self.tag, tag)?,
            None => self.forget_tag(),
        }
        Ok((file, 0))
    }

    fn forget_tag(&self) {
        // It may never have been there.
        let _ = fs::remove_file(&self.tag);
    }

    fn forget(&self) {
        let _ = fs::remove_file(&self.path);
        self.forget_tag();
    }
}

fn length(response: &Response<Body>) -> Option<u64> {
    response.headers().get("Content-Length")?.to_str().ok()?.parse().ok()
}

/// Writes what comes, and no more than was said; gives how many bytes the file has.
fn copy(body: Body, file: &mut File, have: u64, most: u64, told: &mut dyn FnMut(u64)) -> io::Result<u64> {
    let mut bytes = body.into_with_config().limit(u64::MAX).reader();
    let (mut written, mut buffer) = (have, vec![0; 1 << 16]);
    loop {
        let read = bytes.read(&mut buffer)?;
        if read == 0 {
            return Ok(written);
        }
        written += read as u64;
        if written > most {
            return Err(io::Error::other(format!("more than {most} bytes came")));
        }
        file.write_all(buffer.get(..read).unwrap_or_default())?;
        told(written);
    }
}
