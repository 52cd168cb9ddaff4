//! The settings in force, for people to look at: what was loaded and what flags say instead, each with its origin.

use logsift_pipeline::settings::{Loaded, shown};
use logsift_server::Setting;
use serde_json::{Value, json};

use crate::arguments::serve::Serve;

/// What a flag says: the key that it is over, the flag, the value.
pub(super) type Flag = (&'static str, &'static str, Value);

/// What flags say, before the settings fill in the rest.
pub(super) fn flags(arguments: &Serve) -> Vec<Flag> {
    let listening = &arguments.listening;
    let said = [
        ("listen", "--listen", (!listening.listen.is_empty()).then(|| json!(listening.listen))),
        ("auth.insecure", "--insecure", listening.insecure.then_some(json!(true))),
        ("tls.certificate", "--tls-certificate", listening.tls_certificate.as_ref().map(|path| json!(path))),
        ("tls.key", "--tls-key", listening.tls_key.as_ref().map(|path| json!(path))),
        ("state.folder", "--state", arguments.state.as_ref().map(|path| json!(path))),
        ("detect.budget", "--budget", arguments.detect.budget.as_ref().map(|words| json!(words))),
        ("detect.model", "--model", arguments.known.model.as_ref().map(|path| json!(path))),
        ("feedback.file", "--feedback", arguments.detect.feedback.as_ref().map(|path| json!(path))),
        ("rules.packs", "--no-rules", arguments.detect.no_rules.then_some(json!(false))),
        ("rules.folders", "--rules", arguments.detect.rules.as_ref().map(|path| json!([path]))),
        (
            "sources.journald.folder",
            "--journald-folder",
            arguments.journald_folder.as_ref().map(|path| json!(path)),
        ),
        ("sources.journald.enabled", "--journald", arguments.journald.then_some(json!(true))),
    ];
    said.into_iter().filter_map(|(key, flag, value)| Some((key, flag, value?))).collect()
}

/// The settings in force. A flag that says what was loaded already changes no origin.
pub(super) fn settings(loaded: &Loaded, flags: &[Flag]) -> Vec<Setting> {
    let of_flag = |key: &str| flags.iter().find(|(known, _, _)| *known == key);
    let setting = |line: logsift_pipeline::settings::Shown| {
        let (mut value, mut origin) = (line.value, line.place.to_string());
        let said = of_flag(&line.key).map(|(_, flag, said)| (flag, said.to_string()));
        if let Some((flag, said)) = said.filter(|(_, said)| *said != value) {
            (value, origin) = (said, (*flag).to_owned());
        }
        Setting { key: line.key, value, origin, variable: Some(line.variable) }
    };
    shown(loaded).into_iter().map(setting).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use logsift_pipeline::settings::{Variables, load};

    use super::*;
    use crate::arguments::{Arguments, Command};

    #[test]
    fn flags_are_over_what_was_loaded_and_secrets_stay_hidden() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text =
            "detect: {budget: 2/day}\nauth: {tokens: [{name: a, role: read, token: 0123456789abcdef}]}\n";
        std::fs::write(file.path(), text).unwrap();
        let loaded = load(Some(file.path()), &Variables::default()).unwrap();
        let words = ["logsift", "serve", "--listen", "127.0.0.1:0", "--state", "/s"];
        let Command::Serve(arguments) = Arguments::parse_from(words).command else { panic!("not serve") };
        let settings = settings(&loaded, &flags(&arguments));
        let of = |key: &str| {
            let found = settings.iter().find(|setting| setting.key == key).unwrap_or_else(|| panic!("{key}"));
            (found.value.as_str(), found.origin.as_str())
        };
        assert_eq!(of("listen"), ("[\"127.0.0.1:0\"]", "--listen"));
        assert_eq!(of("state.folder"), ("\"/s\"", "--state"));
        assert_eq!(of("detect.budget").0, "\"2/day\"");
        assert!(of("detect.budget").1.ends_with(":1"));
        assert!(!format!("{settings:?}").contains("0123456789abcdef"));
    }
}
