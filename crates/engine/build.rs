//! Lists the files of formats and rules, so that adding one is adding a file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("../..");
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    let formats = yaml_files(&root.join("formats"))?;
    fs::write(out.join("formats.rs"), list(&formats, false)?)?;
    let mut rules = Vec::new();
    for topic in sorted(&root.join("rules"))?.into_iter().filter(|path| path.is_dir()) {
        rules.extend(yaml_files(&topic)?);
    }
    fs::write(out.join("rules.rs"), list(&rules, true)?)
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

fn yaml_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "yaml");
    Ok(sorted(folder)?.into_iter().filter(is_yaml).collect())
}

/// An expression: the names of files, of their folders where those count, and their texts.
fn list(files: &[PathBuf], with_folder: bool) -> io::Result<String> {
    let mut list = String::from("&[\n");
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let folder = file.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        let folder = if with_folder { format!("{folder:?}, ") } else { String::new() };
        writeln!(list, "({folder}{name:?}, include_str!({:?})),", file.display().to_string())
            .map_err(io::Error::other)?;
    }
    list.push_str("]\n");
    Ok(list)
}
