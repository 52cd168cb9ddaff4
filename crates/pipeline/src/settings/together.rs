//! Settings in, what does not fit together out: each fault at the line of the key that it is about.

use std::path::Path;

use super::problem::{Place, Problem};
use super::sections::{Redact, Settings};
use super::tree::{Step, shown};

/// A key, what is wrong, what to do.
type Fault = (String, String, String);

/// Everything that does not fit together.
pub(crate) fn faults(
    settings: &Settings,
    places: &[(Vec<Step>, Place)],
    file: Option<&Path>,
) -> Vec<Problem> {
    let mut faults: Vec<Fault> = Vec::new();
    listening(settings, &mut faults);
    tokens(settings, &mut faults);
    limits(settings, &mut faults);
    sources(settings, &mut faults);
    detect(settings, &mut faults);
    let alerts = settings.alerts.faults().into_iter();
    faults.extend(alerts.map(|fault| (format!("alerts.{}", fault.key), fault.reason, fault.remedy)));
    let problem = |(key, reason, remedy): Fault| Problem::new(place(&key, places, file), key, reason, remedy);
    faults.into_iter().map(problem).collect()
}

/// The place of a key; of a section that of the first key in it, or of the section above.
fn place(key: &str, places: &[(Vec<Step>, Place)], file: Option<&Path>) -> Place {
    let mut key = key;
    loop {
        let within = |path: &[Step]| {
            let path = shown(path);
            path.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        if let Some((_, place)) = places.iter().find(|(path, _)| within(path)) {
            return place.clone();
        }
        match key.rfind(['.', '[']) {
            Some(at) => key = key.get(..at).unwrap_or_default(),
            None => {
                return file.map_or(Place::Default, |file| Place::File { file: file.to_owned(), line: 0 });
            }
        }
    }
}

fn fault(key: impl Into<String>, reason: impl Into<String>, remedy: impl Into<String>) -> Fault {
    (key.into(), reason.into(), remedy.into())
}

fn listening(settings: &Settings, faults: &mut Vec<Fault>) {
    let open = settings.listen.iter().find(|address| !address.0.ip().is_loopback());
    if let Some(address) = open
        && settings.auth.tokens.is_empty()
        && settings.tls.client_authority.is_none()
        && !settings.auth.insecure
    {
        let reason = format!("{address} can be reached from other machines, and there is no token");
        let remedy = "add a token under auth.tokens, listen on 127.0.0.1, or set auth.insecure: true";
        faults.push(fault("listen", reason, remedy));
    }
    let tls = &settings.tls;
    if tls.certificate.is_some() != tls.key.is_some() {
        faults.push(fault(
            "tls",
            "has a certificate without a key, or a key without a certificate",
            "give both",
        ));
    }
    if tls.client_authority.is_some() && tls.certificate.is_none() {
        let remedy = "give tls.certificate and tls.key, too";
        faults.push(fault(
            "tls.client_authority",
            "asks clients for certificates without having one",
            remedy,
        ));
    }
}

fn tokens(settings: &Settings, faults: &mut Vec<Fault>) {
    for (at, token) in settings.auth.tokens.iter().enumerate() {
        let key = format!("auth.tokens[{at}]");
        match (&token.token, &token.hash) {
            (Some(text), None) if text.reveal().len() < 16 => {
                faults.push(fault(
                    format!("{key}.token"),
                    "is shorter than 16 characters",
                    "openssl rand -hex 32",
                ));
            }
            (None, Some(hash)) if !is_hash(hash) => {
                let remedy = "printf %s TOKEN | sha256sum";
                faults.push(fault(
                    format!("{key}.hash"),
                    "is not `sha256:` and 64 hexadecimal digits",
                    remedy,
                ));
            }
            (None, None) | (Some(_), Some(_)) => {
                faults.push(fault(key, "needs either a token or a hash", "give token, token_file or hash"));
            }
            _ => {}
        }
        let twice = settings.auth.tokens.iter().take(at).any(|other| other.name == token.name);
        if twice {
            let reason = format!("has the name `{}`, which another token has", token.name);
            faults.push(fault(format!("auth.tokens[{at}].name"), reason, "give each a name of its own"));
        }
    }
}

fn is_hash(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:");
    digits.is_some_and(|digits| digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn limits(settings: &Settings, faults: &mut Vec<Fault>) {
    let limits = &settings.limits;
    if limits.memory.0 < 64 << 20 {
        faults.push(fault(
            "limits.memory",
            format!("`{}` is too little to work with", limits.memory),
            "at least 64MiB",
        ));
    }
    if limits.queue.0 > limits.memory.0 / 2 {
        let reason = format!("`{}` is more than half of limits.memory", limits.queue);
        faults.push(fault("limits.queue", reason, "a smaller queue, or more memory"));
    }
    if limits.body > limits.inflated {
        let reason =
            format!("`{}` is more than limits.inflated, which it is before it is unpacked", limits.body);
        faults.push(fault("limits.body", reason, "raise limits.inflated"));
    }
    if limits.connections == 0 {
        faults.push(fault("limits.connections", "0 lets nobody in", "at least 1"));
    }
    if settings.state.journal > settings.state.size {
        let reason = format!("`{}` is more than state.size", settings.state.journal);
        faults.push(fault("state.journal", reason, "a smaller journal, or more room"));
    }
}

fn sources(settings: &Settings, faults: &mut Vec<Fault>) {
    for (at, files) in settings.sources.files.iter().enumerate() {
        if files.paths.is_empty() {
            faults.push(fault(
                format!("sources.files[{at}].paths"),
                "names no file",
                "give a file, folder or glob",
            ));
        }
        for glob in files.exclude.iter().filter(|glob| globset::Glob::new(glob).is_err()) {
            let reason = format!("`{glob}` is no glob");
            faults.push(fault(format!("sources.files[{at}].exclude"), reason, "such as *.gz"));
        }
    }
}

fn detect(settings: &Settings, faults: &mut Vec<Fault>) {
    let detect = &settings.detect;
    if !(0.01..=100.0).contains(&detect.sensitivity) {
        let reason = format!("`{}` is not between 0.01 and 100", detect.sensitivity);
        faults.push(fault("detect.sensitivity", reason, "1 is what the budget says"));
    }
    if detect.session.is_empty() {
        let remedy = "`auto` finds what ties records together, `none` looks at no sessions";
        faults.push(fault("detect.session", "is empty", remedy));
    }
    let keyed = detect.redact_key.as_ref().is_some_and(|key| !key.is_empty());
    if detect.redact == Redact::Hash && !keyed {
        let remedy = "give detect.redact_key_file, or LOGSIFT_DETECT_REDACT_KEY";
        faults.push(fault("detect.redact", "`hash` needs a key", remedy));
    }
}
