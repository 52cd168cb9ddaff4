//! `man`: the manual page to standard output, or a page per command into a folder.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::CommandFactory;
use clap_mangen::Man;

use crate::arguments::{self, Arguments};
use crate::exit::{Exit, Problem, unless_pipe_closed};

pub(crate) fn run(arguments: &arguments::Man) -> Result<Exit, Problem> {
    match &arguments.dir {
        Some(folder) => write_pages(folder)
            .map_err(|error| Problem::usage(format!("cannot write to `{}`: {error}", folder.display())))?,
        None => unless_pipe_closed(write_page()).map_err(Problem::internal)?,
    }
    Ok(Exit::Ran)
}

fn write_page() -> io::Result<()> {
    let mut page = Vec::new();
    Man::new(Arguments::command()).render(&mut page)?;
    io::stdout().write_all(&page)
}

fn write_pages(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Arguments::command(), folder)
}
