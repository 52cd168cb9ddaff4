//! A pattern in, the files and folders that match it, sorted.
//!
//! `*`, `?`, `[…]` and `{…}` stay within a name, `**` spans folders. As in a shell, what begins
//! with a dot matches only where the pattern says so, and links are followed but below `**`. Links come last: a file that
//! matches goes by its own name, wherever a link to it leads a moment later.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use crate::notice::NoticeKind;
use crate::plan::{Gathering, folder};

/// Whether a word can be meant as a pattern.
pub(super) fn is_pattern(word: &OsStr) -> bool {
    word.as_encoded_bytes().iter().any(|byte| b"*?[{".contains(byte))
}

struct Pattern {
    matcher: GlobMatcher,
    /// The folder that all matches lie in.
    base: PathBuf,
    /// Names below the base, unless the pattern spans folders.
    depth: Option<usize>,
    hidden: bool,
}

impl Pattern {
    fn new(word: &OsStr) -> Result<Pattern, String> {
        let text = word.to_str().ok_or("is no UTF-8, which a pattern must be")?;
        let normal: PathBuf = Path::new(text).components().collect();
        let glob = GlobBuilder::new(normal.to_str().unwrap_or(text))
            .literal_separator(true)
            .backslash_escape(true)
            .build();
        let glob = glob.map_err(|error| format!("is no valid pattern: {}", error.kind()))?;
        let parts: Vec<_> = Path::new(text).components().collect();
        let is_literal = |part: &&Component<'_>| !is_pattern(part.as_os_str());
        let base: PathBuf = parts.iter().take_while(is_literal).collect();
        let rest = parts.iter().skip_while(is_literal);
        let spans = text.contains("**") || text.contains('{');
        Ok(Pattern {
            matcher: glob.compile_matcher(),
            base,
            depth: (!spans).then(|| rest.clone().count()),
            hidden: rest.clone().any(|part| part.as_os_str().as_encoded_bytes().starts_with(b".")),
        })
    }

    fn may_enter(&self, path: &Path, depth: usize) -> bool {
        match self.depth {
            Some(most) => depth < most && path.is_dir(),
            None => path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()),
        }
    }

    fn takes_name(&self, path: &Path, hidden: bool) -> bool {
        let is_dotted = |name: &OsStr| name.as_encoded_bytes().starts_with(b".");
        hidden || self.hidden || !path.file_name().is_some_and(is_dotted)
    }
}

impl Gathering<'_> {
    pub(super) fn glob(&mut self, word: &OsStr) {
        let pattern = match Pattern::new(word) {
            Ok(pattern) => pattern,
            Err(text) => return self.tell(NoticeKind::Unreadable, Path::new(word), text),
        };
        let mut matches = self.matches(&pattern);
        matches.sort_by_cached_key(|path| path.is_symlink());
        if matches.is_empty() {
            let text = "no file matches\nhint: `*` stays within a name, `**` spans folders";
            self.tell(NoticeKind::Unreadable, Path::new(word), text);
        }
        for path in matches {
            match std::fs::metadata(&path) {
                Ok(metadata) => self.named(&path, &metadata),
                Err(error) => self.missing(&path, &error),
            }
        }
    }

    fn matches(&self, pattern: &Pattern) -> Vec<PathBuf> {
        let mut matches = Vec::new();
        let mut waiting = vec![(pattern.base.clone(), 0)];
        while let Some((path, depth)) = waiting.pop() {
            if depth > 0 && pattern.matcher.is_match(&path) {
                matches.push(path);
                continue;
            }
            if depth > 0 && !pattern.may_enter(&path, depth) || self.is_pseudo(&path) {
                continue;
            }
            let names = folder::list(&path).unwrap_or_default().into_iter().rev();
            let names = names.filter(|path| pattern.takes_name(path, self.options.hidden));
            waiting.extend(names.map(|path| (path, depth + 1)));
        }
        matches
    }

    fn is_pseudo(&self, path: &Path) -> bool {
        std::fs::metadata(path).is_ok_and(|metadata| self.pseudo.hold(&metadata))
    }
}
