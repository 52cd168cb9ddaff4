//! `eval fetch`: the name of a published set in, its file in the cache out.

use std::env;
use std::path::{Path, PathBuf};

use logsift_eval::fetch::{Fetched, PublishedSet, Trust, fetch, is_there, named, sets};
use logsift_reports::escape::for_terminal;
use logsift_reports::text::figures::bytes;

use super::refused;
use crate::arguments::Manners;
use crate::arguments::eval::EvalFetch;
use crate::exit::{Exit, Problem};
use crate::progress::Download;
use crate::{outputs, screen};

pub(super) fn run(asked: &EvalFetch, manners: &Manners) -> Result<Exit, Problem> {
    let sets = sets(asked.list.as_deref()).map_err(refused)?;
    let cache = cache(asked.cache.as_deref())?;
    let Some(name) = &asked.name else {
        outputs::print(|out| sets.iter().try_for_each(|set| writeln!(out, "{}", listed(set, &cache))))?;
        return Ok(Exit::Ran);
    };
    let set = named(&sets, name).map_err(refused)?;
    if !manners.quiet {
        // Terms come before the data.
        screen::complain(&format!("licence: {} ({})", shown(&set.licence), shown(&set.licence_url)));
    }
    let progress = Download::show(!manners.quiet);
    let fetched = fetch(set, &cache, &mut |have, whole| progress.tell(have, whole)).map_err(refused)?;
    drop(progress);
    if !manners.quiet {
        outputs::print(|out| writeln!(out, "{}", told(set, &fetched)))?;
    }
    Ok(Exit::Ran)
}

/// The folder of sets: what was asked for, or the place that the system has for such things.
pub(super) fn cache(asked: Option<&Path>) -> Result<PathBuf, Problem> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let system = || absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
    let chosen = asked.map(Path::to_owned).or_else(|| Some(system()?.join("logsift").join("sets")));
    chosen.ok_or_else(|| Problem::usage("there is no folder for caches\nhint: name one with --cache"))
}

fn listed(set: &PublishedSet, cache: &Path) -> String {
    let size = set.bytes.map(|size| format!(" · {}", bytes(size))).unwrap_or_default();
    let there = if is_there(set, cache) { " · in the cache" } else { "" };
    format!("{}\n  {}{size}{there}\n  {}", shown(&set.name), shown(&set.title), shown(&set.licence))
}

fn told(set: &PublishedSet, fetched: &Fetched) -> String {
    let trust = match fetched.trust {
        Trust::Published => "as the list says",
        Trust::FirstUse => "nobody has verified it; recorded for the next time",
        Trust::Recorded => "as it was when it was fetched first",
    };
    let there = if fetched.was_there { "there already" } else { "fetched" };
    let mut lines = vec![
        format!("{}: {there}, {}", fetched.path.display(), bytes(fetched.bytes)),
        format!("  sha256    {}\n            {trust}", fetched.sha256),
        format!("  licence   {}", shown(&set.licence)),
        format!("  to cite   {}", shown(&set.citation)),
    ];
    if let Some((log, labels)) = &fetched.labelled {
        let command = format!("logsift eval lines --log {} --labels {}", log.display(), labels.display());
        lines.push(format!("  evaluate  {command} --model all"));
    }
    lines.join("\n")
}

fn shown(text: &str) -> String {
    for_terminal(text).into_owned()
}
