//! The Markdown pages of the repository: which there are, and whether what they link to exists.

use std::fs;
use std::path::{Path, PathBuf};

use crate::run::root;

/// A page with its text.
pub(crate) struct Page {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl Page {
    /// The path as a reader of the repository knows it.
    pub(crate) fn shown(&self) -> String {
        shown(&self.path)
    }
}

/// A path without the part before the repository.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// All pages, by path.
pub(crate) fn all() -> Result<Vec<Page>, String> {
    let mut pages = Vec::new();
    for path in files(root(), "md")? {
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", shown(&path)))?;
        pages.push(Page { path, text });
    }
    Ok(pages)
}

/// Every file below the folder with that extension, sorted; what is built or hidden is left out, but for
/// the templates of issues.
pub(crate) fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let entered = (!name.starts_with('.') || name == ".github") && name != "target";
        if path.is_dir() && entered {
            found.extend(files(&path, extension)?);
        } else if path.extension().is_some_and(|other| other == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Links of the page that lead nowhere.
pub(crate) fn broken_links(page: &Page) -> Vec<String> {
    let folder = page.path.parent().unwrap_or(root());
    let leads_nowhere = |link: &&str| !folder.join(link).exists();
    let broken = |link: &str| format!("{}: `{link}` does not exist", page.shown());
    links(&page.text).into_iter().filter(leads_nowhere).map(broken).collect()
}

/// The relative links of a text, without what stands after `#`; code is no link.
fn links(text: &str) -> Vec<&str> {
    let mut links = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if !in_code {
            links.extend(line.split("](").skip(1).filter_map(target));
        }
    }
    links
}

fn target(after: &str) -> Option<&str> {
    let (link, _) = after.split_once(')')?;
    let (file, _) = link.split_once('#').unwrap_or((link, ""));
    let is_elsewhere = file.is_empty() || file.contains(':') || file.contains(' ');
    (!is_elsewhere).then_some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_links_are_found() {
        let check = |text: &str, expected: &[&str]| assert_eq!(links(text), expected, "{text}");
        check("see [a](a.md) and [b](../b.md#part)", &["a.md", "../b.md"]);
        check("[out](https://example.com), [here](#part), [mail](mailto:a@example.com)", &[]);
        check("```\n[a](a.md)\n```\n[b](b.md)", &["b.md"]);
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        let page = |text: &str| Page { path: root().join("README.md"), text: text.to_owned() };
        assert!(broken_links(&page("[here](Cargo.toml)")).is_empty());
        assert_eq!(broken_links(&page("[nowhere](no-such-page.md)")).len(), 1);
    }
}
