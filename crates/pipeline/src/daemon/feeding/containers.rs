//! Folders of container logs in, the files in them with the names of what wrote them out.

use std::fs;
use std::path::{Path, PathBuf};

use logsift_stores::journal::Source;

/// Files of Kubernetes: `NAMESPACE_POD_UID/CONTAINER/N.log`.
pub(super) fn kubernetes(folder: &Path) -> Vec<(PathBuf, Source)> {
    let mut found = Vec::new();
    for pod in entries(folder) {
        let name = name_of(&pod);
        let mut parts = name.splitn(3, '_');
        let (Some(namespace), Some(pod_name)) = (parts.next(), parts.next()) else { continue };
        for container in entries(&pod) {
            let labels = [
                ("container", name_of(&container)),
                ("namespace", namespace.to_owned()),
                ("pod", pod_name.to_owned()),
            ];
            let source = source("kubernetes", &labels);
            let logs = entries(&container).into_iter().filter(|log| is_live(log));
            found.extend(logs.map(|log| (log, source.clone())));
        }
    }
    found
}

/// Files of Docker: `ID/ID-json.log`, and beside it what the container is called.
pub(super) fn docker(folder: &Path) -> Vec<(PathBuf, Source)> {
    let mut found = Vec::new();
    for container in entries(folder) {
        let id = name_of(&container);
        let log = container.join(format!("{id}-json.log"));
        if log.is_file() {
            let name = called(&container).unwrap_or_else(|| id.chars().take(12).collect());
            found.push((log, source("docker", &[("container", name)])));
        }
    }
    found
}

fn source(name: &str, labels: &[(&str, String)]) -> Source {
    let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Source { name: name.to_owned(), kind: "file".to_owned(), labels }
}

/// The file that is written to: `0.log`, not `0.log.20260101-120000`.
fn is_live(log: &Path) -> bool {
    log.extension().is_some_and(|extension| extension == "log")
}

fn called(container: &Path) -> Option<String> {
    let text = fs::read_to_string(container.join("config.v2.json")).ok()?;
    let settings: serde_json::Value = serde_json::from_str(&text).ok()?;
    let name = settings.get("Name")?.as_str()?.trim_start_matches('/');
    (!name.is_empty()).then(|| name.to_owned())
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    found.sort();
    found
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_where_the_files_stand() {
        let folder = tempfile::tempdir().unwrap();
        let pod = folder.path().join("shop_web-7d4_0b1c/nginx");
        fs::create_dir_all(&pod).unwrap();
        for name in ["0.log", "0.log.20260101-120000", "1.log"] {
            fs::write(pod.join(name), "x\n").unwrap();
        }
        let found = kubernetes(folder.path());
        let shown: Vec<String> = found.iter().map(|(_, source)| source.shown()).collect();
        assert_eq!(shown, ["kubernetes{container=nginx,namespace=shop,pod=web-7d4}"; 2]);
        let container = folder.path().join("0123456789abcdef");
        fs::create_dir(&container).unwrap();
        fs::write(container.join("0123456789abcdef-json.log"), "{}\n").unwrap();
        assert_eq!(docker(folder.path())[0].1.shown(), "docker{container=0123456789ab}");
        fs::write(container.join("config.v2.json"), r#"{"Name":"/web"}"#).unwrap();
        assert_eq!(docker(folder.path())[0].1.shown(), "docker{container=web}");
    }
}
